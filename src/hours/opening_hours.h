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

/* Minutes since local midnight of the date on which the shift starts. */
typedef struct OpeningSpan
{
	uint16		start;			/* 0 .. 1439 */
	uint16		end;			/* start + 1 .. 2880, exclusive */
} OpeningSpan;

/* Inclusive range of years or of offsets from Easter, in days. */
typedef struct OpeningRange
{
	int16		from;
	int16		to;				/* years: OH_YEAR_MAX means no end */
} OpeningRange;

/*
 * One rule.  It selects a local date if each of its selectors does; a rule
 * without a selector selects every date.  In normal form, this is always true:
 *	- the ranges of a list are sorted, and neither overlap nor touch;
 *	- without has_days, days and carry are zero;
 *	- has_days is false when all days of every year are selected;
 *	- without years there is no carry: what it means is in days;
 *	- a rule for holidays (PH) has no other selector;
 *	- a rule that is "off" has no spans.
 */
typedef struct OpeningRule
{
	bool		holidays;		/* "PH": the days of the holiday list */
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
	int			nspans;			/* 0: "off" */
	OpeningSpan *spans;
} OpeningRule;

typedef struct OpeningHours
{
	int			nrules;			/* at least 1 */
	OpeningRule *rules;			/* a later rule replaces earlier ones on the
								 * dates it selects */
} OpeningHours;

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

/* True when some rule depends on Easter: then years do not repeat. */
extern bool opening_hours_has_easter(const OpeningHours *hours);

/*
 * The first year, at least OH_YEAR_MIN, from which on the rules treat all
 * years alike, ranges over the new year included; INT_MIN when no rule names a
 * year.
 */
extern int	opening_hours_settled(const OpeningHours *hours);

/*
 * The rule that governs each local date of a year, -1 for none; rule_of[0] is
 * 1 January.  The year 0 is 1 BC; the calendar is proleptic Gregorian, as
 * PostgreSQL's is.  holiday says of each day of the year whether it is a holiday;
 * NULL means that none is.  It costs a few nanoseconds a day.
 */
extern void opening_hours_year(const OpeningHours *hours, int year,
							   const bool *holiday, int16 rule_of[366]);

/* Western Easter Sunday, as a day of the year, 0 for 1 January. */
extern int	easter_day(int year);

#endif							/* OPENING_HOURS_H */
