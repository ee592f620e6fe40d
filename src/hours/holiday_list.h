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

/* One of the lists that a list is made of. */
typedef struct HolidayLayer
{
	int			first_day;		/* in days; they are sorted, and each is there
								 * once */
	int			ndays;
	int			first_rule;		/* in rules */
	int			nrules;
} HolidayLayer;

/*
 * A list, made from its key.  Two lists are equal if and only if the bytes of
 * their keys are.  It has a layer for each list that it is made of, and what an
 * earlier layer says of a day goes before what a later one says.  Within a layer,
 * of what gives hours to a day or makes it a holiday, the first of these counts:
 * its own row, a rule that makes it a holiday, a rule with hours.  Only then, in
 * the same order, come the rules of all layers for days near holidays, which go by
 * the holidays of all of them.  The rules of a layer are in the order of their
 * texts; of several rules with hours, the first counts.
 */
typedef struct HolidayList
{
	ByteKey		key;
	int			nlayers;
	HolidayLayer *layers;
	int			ndays;
	HolidayDay *days;
	int32		last_date;		/* of days; INT_MIN if there are none */
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
 * sorted in place.  A rule that cannot be read is an ERROR.  Keys that are put one
 * after the other are the key of a list that is made of those lists.
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
