/*
 * opening_parse.h
 *	  What the readers of opening hours share: lists of ranges, tokens, errors, and
 *	  the dates of a rule.
 */
#ifndef OPENING_PARSE_H
#define OPENING_PARSE_H

#include "hours/opening_hours.h"
#include "hours/scanner.h"

/* Inclusive ranges as they come in, before they are sorted and merged. */
typedef struct RangeList
{
	int			count;
	int			allocated;
	OpeningRange *items;
} RangeList;

/* Lists of the rule that is being read. */
typedef struct RuleLists
{
	RangeList	years;
	RangeList	easter;
	RangeList	periods;		/* the dates, if one year stands before them */
	RangeList	spans;			/* minutes, both ends inclusive */
	int			year;			/* of the dates that are read; 0: none, or many */
	bool		dated;			/* the periods count in place of the dates */
} RuleLists;

/* Append a range; sort them, and join what overlaps or touches. */
extern void range_list_add(RangeList *list, int from, int to);
extern void range_list_merge(RangeList *list);
extern OpeningRange *range_list_copy(const RangeList *list);

/* The current token as a number, which it is when it begins with a digit. */
extern int	opening_number(const Scanner *p);

/* Read days before or after something, 0 for none. */
extern bool opening_parse_offset(Scanner *p, int min, int max, const char *hint, int *offset);

/* Tokens: a dash of any kind, a number that is no hour, a year. */
extern bool opening_accept_dash(Scanner *p);
extern bool opening_at_number(const Scanner *p);
extern bool opening_at_year(const Scanner *p);

/* The month that the current token is, from 0, or -1. */
extern int	opening_find_month(const Scanner *p);

/* A hint for a token that other notations accept, or NULL. */
extern const char *opening_hint(const Scanner *p);

/* Report what was expected in place of the current token; these return false. */
extern bool opening_expected(const Scanner *p, const char *what);
extern bool opening_expected_with(const Scanner *p, const char *what, const char *hint);

/* Read years, dates and weeks of a rule; false after an error. */
extern bool opening_parse_years(Scanner *p, RuleLists *lists);
extern bool opening_parse_dates(Scanner *p, OpeningRule *rule, RuleLists *lists);
extern bool opening_parse_weeks(Scanner *p, OpeningRule *rule);

/* Select the days from one to another of a leap year, counted from 0. */
extern void opening_select_days(OpeningRule *rule, int from, int to);
extern bool opening_all_days(const OpeningRule *rule);

/*
 * Take the periods of a rule in place of its dates.  Where a year with dates says
 * the same, that is the normal form.
 */
extern void opening_use_periods(OpeningRule *rule, RuleLists *lists);

#endif							/* OPENING_PARSE_H */
