/*
 * opening_hours.h
 *	  Opening hours as rules: reading and writing their text, and which rule
 *	  governs a local date.
 *
 * The text form is a part of the opening_hours specification that the
 * OpenStreetMap project publishes.  Nothing here knows of time zones, instants or
 * the stored layout.
 */
#ifndef OPENING_HOURS_H
#define OPENING_HOURS_H

#include "nodes/nodes.h"

/* Limits, so that no text can make a value that is costly to use. */
#define OH_MAX_RULES		1000	/* rules in one value */
#define OH_MAX_SPANS		96	/* spans in one rule, after merging */
#define OH_MAX_YEARS		100 /* year ranges in one rule, after merging */
#define OH_MAX_EASTER		100 /* ranges of Easter offsets in one rule */
#define OH_MAX_PERIODS		100 /* periods in one rule, after merging */
#define OH_MAX_TEXT			65536	/* bytes of input text */

/* Years that a selector can name; OH_YEAR_MAX also means "and ever after". */
#define OH_YEAR_MIN			1000
#define OH_YEAR_MAX			9999

/*
 * Offsets from Easter Sunday that a selector can name.  Within them the day
 * is always in the same year as its Easter (22 March to 25 April).
 */
#define OH_EASTER_MIN		(-80)
#define OH_EASTER_MAX		(250)

#define OH_ALL_WEEKDAYS		0x7f

/* The weeks of a year, as ISO 8601 counts them. */
#define OH_WEEKS			53
#define OH_ALL_WEEKS		((UINT64CONST(1) << OH_WEEKS) - 1)

/* How many days before or after a holiday a selector can name. */
#define OH_HOLIDAY_REACH	30

/* The bit of the days so many days after a holiday; of holidays for 0. */
#define OH_HOLIDAY_BIT(n)	(UINT64CONST(1) << (OH_HOLIDAY_REACH + (n)))
#define OH_HOLIDAY_BITS		((UINT64CONST(1) << (2 * OH_HOLIDAY_REACH + 1)) - 1)

/* The end of a period without one. */
#define OH_PERIOD_MAX		PG_INT32_MAX

/* Minutes since local midnight of the date on which the shift starts. */
typedef struct OpeningSpan
{
	uint16		start;			/* 0 .. 1439 */
	uint16		end;			/* start + 1 .. 2880, exclusive */
} OpeningSpan;

/*
 * Both ends included: of years, of days from Easter, or of local dates in days
 * since 1970-01-01.  OH_YEAR_MAX and OH_PERIOD_MAX mean no end.
 */
typedef struct OpeningRange
{
	int32		from;
	int32		to;
} OpeningRange;

/* What becomes of the hours that earlier rules give to a date. */
typedef enum OpeningEffect
{
	OH_REPLACES,				/* the rule's own hours count instead */
	OH_ADDS,					/* the rule's own count as well */
	OH_TAKES_OUT				/* they stay open outside of the rule's spans */
} OpeningEffect;

/*
 * One rule.  It selects a local date if each of its selectors does; a rule
 * without a selector selects every date.  Weekdays and holidays are one selector
 * if holidays_too is set: then one of the two is enough.  In normal form, this is
 * always true:
 *	- the ranges of a list are sorted, and neither overlap nor touch;
 *	- without has_days, days and carry are zero;
 *	- has_days is false when all days of every year are selected;
 *	- without years there is no carry: what it means is in days;
 *	- weeks are not all of them;
 *	- with periods there are neither years nor dates, and the periods are none
 *	  that years and dates can name;
 *	- with holidays_too there are holidays;
 *	- a rule that is "off" has no spans, and replaces; the first rule does not add.
 */
typedef struct OpeningRule
{
	uint8		effect;			/* OpeningEffect */
	bool		holidays_too;	/* selects by weekday or by holiday */
	uint64		holidays;		/* OH_HOLIDAY_BIT of each day that counts; 0: any
								 * date */
	uint64		weeks;			/* bit w-1: week w; 0: any */
	bool		has_days;		/* days, carry and easter select */
	uint8		weekdays;		/* bit 0 is Monday; OH_ALL_WEEKDAYS is any */
	uint16		nth[7];			/* per weekday: bits 0-4 the 1st to 5th of the
								 * month, bits 5-9 the last to 5th last */
	uint32		days[12];		/* bit d-1 of days[m-1]: day d of month m */
	uint16		carry;			/* with years: last day, month * 32 + day, of
								 * a range that ran over the new year; else 0 */
	int			nyears;
	OpeningRange *years;
	int			neaster;
	OpeningRange *easter;
	int			nperiods;
	OpeningRange *periods;
	int			nspans;			/* 0: "off" */
	OpeningSpan *spans;
} OpeningRule;

typedef struct OpeningHours
{
	int			nrules;			/* at least 1 */
	OpeningRule *rules;			/* a later rule replaces earlier ones on the
								 * dates it selects, if it is not one that
								 * adds or takes out */
} OpeningHours;

/*
 * The shifts that start on a date: what a rule says, or what later ones have
 * made of it.  Those that came of the same shifts by one more rule are linked.
 */
typedef struct OpeningShifts
{
	int			nspans;
	const OpeningSpan *spans;
	int16		rule;			/* the rule that made them of others */
	int16		first;			/* the first that was made of these, or -1 */
	int16		next;			/* the next of the same origin, or -1 */
} OpeningShifts;

/*
 * All shifts that dates have.  First come those of the rules themselves, of one
 * or more values; the others are added when a year has a date with them.
 */
typedef struct ShiftTable
{
	MemoryContext context;		/* of everything in here */
	int			n;
	int			allocated;
	OpeningShifts **shifts;		/* these stay where they are */
} ShiftTable;

/*
 * Text to rules in normal form.  A syntax error is reported with its position
 * and what was expected there.  If the server has soft errors and escontext
 * takes them, the result is then NULL; otherwise it is an ERROR.
 */
extern OpeningHours *opening_hours_parse(const char *text, Node *escontext);

/* Rules to text in normal form; parsing the result gives equal rules. */
extern char *opening_hours_text(const OpeningHours *hours);

/* True when open at every local time, as "24/7" is. */
extern bool opening_hours_always(const OpeningHours *hours);

/* True when some rule is a PH rule. */
extern bool opening_hours_has_holidays(const OpeningHours *hours);

/* How far the days of PH rules are from holidays, at most; 0 without any. */
extern int	opening_hours_holiday_reach(const OpeningHours *hours);

/*
 * The first rule that a later one replaces on all its dates, and that later one;
 * false if there is none.  A rule that several later ones replace together is not
 * found.
 */
extern bool opening_hours_replaced(const OpeningHours *hours, int *rule, int *by);

/* One rule as text in normal form. */
extern char *opening_rule_text(const OpeningRule *rule);

/* True when some rule depends on Easter: then years do not repeat. */
extern bool opening_hours_has_easter(const OpeningHours *hours);

/*
 * The first year, at least OH_YEAR_MIN, from which on the rules treat all
 * years alike, ranges over the new year included; INT_MIN when no rule names a
 * year.
 */
extern int	opening_hours_settled(const OpeningHours *hours);

/* Make a table without shifts in the current memory context. */
extern ShiftTable *shift_table_make(void);

/*
 * Add the shifts of the rules of a value; returns where they begin.  More than a
 * table holds is an error.
 */
extern int	shift_table_add(ShiftTable *table, const OpeningHours *hours);

/*
 * The shifts of each local date of a year, as their number in the table, -1 for
 * none; shifts_of[0] is for 1 January.  first is where the table has those of
 * the rules.  The year 0 is 1 BC; the calendar is proleptic Gregorian, as
 * PostgreSQL's is.  holiday says of each day of the year whether it is a holiday,
 * and of as many days before and after it as the rules reach; NULL means that
 * none is.  It costs a few nanoseconds a day.
 */
extern void opening_hours_year(const OpeningHours *hours, ShiftTable *table, int first,
							   int year, const bool *holiday, int16 shifts_of[366]);

/* Western Easter Sunday, as a day of the year, 0 for 1 January. */
extern int	easter_day(int64 year);

#endif							/* OPENING_HOURS_H */
