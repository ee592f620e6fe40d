/*
 * holiday_rule.h
 *	  Recurring holidays: a rule as text, and the days that it means in a year.
 *
 * Who lives here: the notation of holiday rules (the part of that of the npm
 * package date-holidays which public holidays need) and Easter.  What comes
 * in: a rule and a Gregorian year.  What goes out: local dates, days since
 * 1970-01-01.
 *
 *	rule	 = [ "substitutes" ] base { suffix }
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
 * "after" and "in" count the day itself, "before" does not, and "next" and
 * "previous" never mean the same day.  Of several "if", the first that
 * applies moves the day; after "and", each that applies adds one and the day
 * stays.  Suffixes apply from left to right; "since" and "prior to" apply to
 * the day on which the holiday begins at last.  A day that a month or year
 * does not have, such as 02-29 or the fifth Monday, is none in that year.
 */
#ifndef HOLIDAY_RULE_H
#define HOLIDAY_RULE_H

#include "nodes/nodes.h"

/* Days that one rule can mean in one year, at most. */
#define HOLIDAY_MAX_DAYS	64

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
 * The days of a rule that lie in a Gregorian year, sorted, without doubles; a
 * day that was moved or substituted over the new year counts in the year in
 * which it then lies.  Returns their number, or -1 when the rule has no answer
 * for the year (a date of Umm al-Qura outside of AH 1420 to 1450, of the
 * Persian calendar outside of AP 1304 to 1501): then nothing is written.
 * Works for any year.  Takes a fraction of a microsecond; rules of the Islamic
 * and Persian calendars ask ICU for each year of theirs once.
 */
extern int	holiday_rule_days(const HolidayRule *rule, int year,
							  int64 days[HOLIDAY_MAX_DAYS]);

/*
 * The Gregorian years, without a gap, for which a rule has answers; INT_MIN
 * and INT_MAX where there is no end.
 */
extern void holiday_rule_known(const HolidayRule *rule, int *first, int *last);

/*
 * Day of the year, 0 for 1 January, of orthodox Easter Sunday, Gregorian.  In
 * years so far off that the Julian calendar is months away, the day of its
 * year of the same number, which need not lie in this one.
 */
extern int	orthodox_easter_day(int year);

#endif							/* HOLIDAY_RULE_H */
