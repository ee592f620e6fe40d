/*
 * holiday_list.h
 *	  A list of holidays as a value: days, rules, and special opening.
 *
 * What comes in: the rows of a list.  What goes out: for a year of local
 * dates, which are holidays, and which have opening hours of their own.
 */
#ifndef HOLIDAY_LIST_H
#define HOLIDAY_LIST_H

#include "base/byte_key.h"
#include "hours/business_hours.h"
#include "hours/holiday_rule.h"

/* A day with a row of its own, days since 1970. */
typedef struct HolidayDay
{
	int32		date;
	int32		special;		/* index in specials; -1: a holiday */
} HolidayDay;

/*
 * A list.  key holds everything that tells it from other lists, byte for byte,
 * and is what it is made from.  days are sorted and differ.  A day with a row
 * of its own is what the row says; a rule does not change it.
 */
typedef struct HolidayList
{
	ByteKey		key;
	int			ndays;
	HolidayDay *days;
	int			nspecials;
	OpeningHours **specials;
	int			nrules;
	const HolidayRule **rules;
	int			first_year;		/* years for which all rules have answers */
	int			last_year;
} HolidayList;

/* A row that gives a day hours of its own, or makes it a holiday. */
typedef struct HolidayRow
{
	int32		date;			/* days since 1970 */
	BusinessHours *special;		/* NULL: a holiday */
} HolidayRow;

/*
 * The key of a list, from its rows in any order; sorts days.  A rule that does
 * not parse is an ERROR.
 */
extern ByteKey holiday_list_key(HolidayRow *days, int ndays,
								const char **rules, int nrules);

/*
 * The list of a key, in the current memory context; it points into the bytes
 * of the key, which must stay.
 */
extern HolidayList *holiday_list_make(ByteKey key);

/*
 * The local dates of a year: holiday[d] whether day d of the year, 0 for 1
 * January, is a holiday; special[d] the index of its own hours, or -1.  Rules
 * that have no answer for the year are left out.
 */
extern void holiday_list_year(const HolidayList *list, int year,
							  bool holiday[366], int32 special[366]);

#endif							/* HOLIDAY_LIST_H */
