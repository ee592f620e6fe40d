/*
 * opening_days.h
 *	  What the files of opening hours share: the days of a leap year counted
 *	  from 0, as rules select them, and how names are written.
 */
#ifndef OPENING_DAYS_H
#define OPENING_DAYS_H

#include "base/dates.h"
#include "hours/opening_hours.h"

#define MINUTES_PER_DAY		1440
#define LEAP_DAYS			366

/* How many letters of the English names are written: "Mo", "Jan". */
#define WEEKDAY_LETTERS		2
#define MONTH_LETTERS		3

/* Where months begin in a leap year: a date selector may name 29 February. */
static const int month_start[13] =
{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366};

static inline int
month_days(int month)
{
	return month_start[month + 1] - month_start[month];
}

/* Bits for the days of a month, counted from 0, both ends included. */
static inline uint32
day_bits(int from, int to)
{
	return (PG_UINT32_MAX >> (31 - (to - from))) << from;
}

/* Bits for all days of a month. */
static inline uint32
month_bits(int month)
{
	return day_bits(0, month_days(month) - 1);
}

static inline int
day_index(int month, int day)
{
	return month_start[month] + day - 1;
}

static inline int
month_of(int index)
{
	int			month = 0;

	while (month_start[month + 1] <= index)
		month++;
	return month;
}

static inline int
carry_index(uint16 carry)
{
	return day_index(carry / 32 - 1, carry % 32);
}

/* A date as a day of a leap year, counted from 0. */
static inline int
leap_day_index(int64 date)
{
	int64		year;
	int			month;
	int			day;

	split_date(date, &year, &month, &day);
	return day_index(month - 1, day);
}

/*
 * Do periods say what a year can say: from its 1 January on, or dates of it, of
 * which the last range may run over the new year?
 */
extern bool opening_periods_one_year(int nperiods, const OpeningRange *periods);

/* Ranges of the dates of one rule: every second day, and one over the new year. */
#define MAX_DATE_RANGES		(LEAP_DAYS / 2 + 2)

/*
 * The dates that a rule selects, in the ranges in which its text has them; their
 * number.  A range over the new year has its end before its start.
 */
extern int	opening_date_ranges(const OpeningRule *rule,
								OpeningRange ranges[MAX_DATE_RANGES]);

#endif							/* OPENING_DAYS_H */
