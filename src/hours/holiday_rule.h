/*
 * holiday_rule.h
 *	  Recurring holidays: a rule as text, and the days that it means in a year.
 *
 * The notation is that of the npm package date-holidays, as far as public
 * holidays need it.  Days are numbers of days since 1970-01-01.
 *
 *	rule	 = [ "substitutes" ] base { suffix } | ( "+" | "-" ) n ( "day" | "days" )
 *	base	 = [ [ n ] weekday ( "after" | "before" ) | n "days" ( "after" | "before" ) ] base
 *			 | ( [ n ] | "last" ) weekday "in" month
 *			 | MM-DD | YYYY-MM-DD | month
 *			 | ( "easter" | "orthodox" ) [ [ "+" | "-" ] days ]
 *			 | day ( hebrew-month | islamic-month | persian-month ) [ year ]
 *	suffix	 = "P" n "D"
 *			 | [ "and" ] "if" weekdays "then" ( "next" | "previous" ) weekday
 *			 | [ "not" ] "on" weekdays
 *			 | "in" ( "even" | "odd" | "leap" | "non-leap" ) "years"
 *			 | "every" n "years since" year
 *			 | "since" limit [ [ "and" ] "prior to" limit ] | "prior to" limit
 *	weekdays = weekday { "," weekday }
 *	limit	 = YYYY [ "-" MM [ "-" DD ] ]
 *
 * "after" and "in" count the day itself, "before" does not; "next" and "previous"
 * never mean the day itself.  Of several "if", the first one that applies moves
 * the day.  After "and", the day stays, and each "if" that applies adds a day.
 * Suffixes apply from left to right, but "since" and "prior to" apply to the day
 * on which the holiday begins after all else.  "-1 day" is the day before each
 * holiday of the list in which the rule stands.  In a year that does not have the
 * day, such as 02-29 or a fifth Monday, there is no holiday.
 */
#ifndef HOLIDAY_RULE_H
#define HOLIDAY_RULE_H

#include "nodes/nodes.h"

/* Days that one rule can mean in one year, at most. */
#define HOLIDAY_MAX_DAYS	64

/* How many days from the holidays of its list a rule can name, at most. */
#define HOLIDAY_MAX_SHIFT	30

/* Bytes of the text of a rule, at most. */
#define HOLIDAY_MAX_TEXT	1000

/* A parsed rule; one palloc'd block that can be copied with memcpy. */
typedef struct HolidayRule HolidayRule;

/*
 * Parse a rule.  A syntax error is reported with the position and what was
 * expected there, ERRCODE_INVALID_TEXT_REPRESENTATION, softly through
 * escontext where the server has soft errors (then NULL is returned).
 */
extern HolidayRule *holiday_rule_parse(const char *text, int len, Node *escontext);

/* Bytes of a parsed rule. */
extern Size holiday_rule_size(const HolidayRule *rule);

/*
 * How many days after the holidays of its list the days of a rule are, negative
 * for before; 0 for a rule that has days of its own.
 */
extern int	holiday_rule_shift(const HolidayRule *rule);

/*
 * The days of a rule that lie in a Gregorian year, sorted, each once.  A day
 * that is moved or substituted over the new year counts in the year in which
 * it then lies.  Returns their number; or -1, and writes nothing, when the
 * rule has no answer for the year: a date of Umm al-Qura outside of AH 1420 to
 * 1450, or of the Persian calendar outside of AP 1304 to 1501.  Any year can
 * be asked for.  A call takes a fraction of a microsecond.  For Islamic and
 * Persian dates, ICU is asked once for each year of their calendar.
 */
extern int	holiday_rule_days(const HolidayRule *rule, int year,
							  int64 days[HOLIDAY_MAX_DAYS]);

/*
 * The Gregorian years, without a gap, for which a rule has answers; INT_MIN
 * and INT_MAX where there is no end.
 */
extern void holiday_rule_known(const HolidayRule *rule, int *first, int *last);

/* Of two days, for qsort. */
extern int	compare_days(const void *a, const void *b);

#endif							/* HOLIDAY_RULE_H */
