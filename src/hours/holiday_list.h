/*
 * holiday_list.h
 *	  A list of holidays as a value, made from the rows of a list: which local
 *	  dates of a year are holidays, and which have opening hours of their own.
 */
#ifndef HOLIDAY_LIST_H
#define HOLIDAY_LIST_H

#include "base/byte_key.h"
#include "hours/business_hours.h"
#include "hours/holiday_rule.h"

/* A day with a row of its own. */
typedef struct HolidayDay
{
	int32		date;			/* days since 1970 */
	int32		special;		/* index in specials; -1: a holiday */
} HolidayDay;

/* A rule, and the hours of its days. */
typedef struct HolidayListRule
{
	const HolidayRule *rule;
	int			shift;			/* 0: days of its own; else from the holidays */
	int32		special;		/* index in specials; -1: holidays */
} HolidayListRule;

/*
 * A list, made from its key.  Two lists are equal if and only if the bytes of
 * their keys are.  The days are sorted, and each is there once; the rules are in
 * the order of their texts.  Of what gives hours to a day or makes it a holiday,
 * the first of these counts: its own row, a rule that makes it a holiday, a rule
 * with hours; and only then, in the same order, the rules for days near holidays.
 * Of several rules with hours, the first counts.
 */
typedef struct HolidayList
{
	ByteKey		key;
	int			ndays;
	HolidayDay *days;
	int			nspecials;
	OpeningHours **specials;
	int			nrules;
	HolidayListRule *rules;
	bool		has_shifts;		/* whether some rule is for days near holidays */
	int			first_year;		/* the years for which all rules have answers */
	int			last_year;
} HolidayList;

/* A row that gives a day hours of its own, or makes it a holiday. */
typedef struct HolidayRow
{
	int32		date;			/* days since 1970 */
	BusinessHours *special;		/* NULL: a holiday */
} HolidayRow;

/* A row with a rule. */
typedef struct HolidayRuleRow
{
	const char *rule;
	BusinessHours *special;		/* NULL: its days are holidays */
} HolidayRuleRow;

/*
 * Make the key of a list from its rows, which can be in any order; both arrays are
 * sorted in place.  A rule that cannot be read is an ERROR.
 */
extern ByteKey holiday_list_key(HolidayRow *days, int ndays,
								HolidayRuleRow *rules, int nrules);

/*
 * The list of a key, in the current memory context.  It points into the bytes
 * of the key, which must live as long as the list.
 */
extern HolidayList *holiday_list_make(ByteKey key);

/*
 * The local dates of a year.  holidays[around + d] says whether day d of the year,
 * 0 for 1 January, is a holiday; so it does for as many days before and after the
 * year as around says, at most OH_HOLIDAY_REACH.  special[d] is the index of the
 * hours that the day has of its own, or -1.  A rule that has no answer for a year
 * is left out.
 */
extern void holiday_list_year(const HolidayList *list, int year, int around,
							  bool *holidays, int32 special[366]);

#endif							/* HOLIDAY_LIST_H */
