/*
 * dates.h
 *	  The civil calendar: days, years and instants as numbers.
 *
 * A date is a number of days since 1970-01-01 in the proleptic Gregorian
 * calendar.  A local or UTC time is a number of seconds since the midnight
 * that began that day.  Both may lie far outside the range of the server's own
 * types, so nothing here uses those.
 */
#ifndef DATES_H
#define DATES_H

#include "datatype/timestamp.h"

/* Days and seconds from 1970 to 2000, PostgreSQL's epoch. */
#define EPOCH_DAYS		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE)
#define EPOCH_SECS		((int64) EPOCH_DAYS * SECS_PER_DAY)

#define FIRST_YEAR		(-4713) /* timestamps begin in it */
#define LAST_YEAR		294277	/* timestamps end in it */

/* After so many years the calendar repeats, weekdays included. */
#define CYCLE_YEARS		400
#define CYCLE_DAYS		INT64CONST(146097)
#define CYCLE_SECS		(CYCLE_DAYS * SECS_PER_DAY)

/* Quotient, rounded down; b is positive. */
static inline int64
floor_div(int64 a, int64 b)
{
	int64		q = a / b;

	return a % b < 0 ? q - 1 : q;
}

static inline bool
is_leap(int64 year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Number of a date; months and days count from 1. */
static inline int64
day_number(int64 year, int month, int day)
{
	/* Years begin on 1 March here, so that the leap day is the last day. */
	int64		y = month > 2 ? year : year - 1;
	int			m = month > 2 ? month - 3 : month + 9;

	return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) +
		(153 * m + 2) / 5 + day - 1 - 719468;
}

/* Days of a month, which counts from 1. */
static inline int
month_length(int64 year, int month)
{
	return month == 12 ? 31 :
		(int) (day_number(year, month + 1, 1) - day_number(year, month, 1));
}

/* 0 for a Monday. */
static inline int
weekday_of_date(int64 date)
{
	int			weekday = (date + 3) % 7;	/* 1970 began on a Thursday */

	return weekday < 0 ? weekday + 7 : weekday;
}

/* Number of 1 January. */
static inline int64
year_start_date(int64 year)
{
	return day_number(year, 1, 1);
}

/* The year in which a date lies. */
static inline int64
year_of_date(int64 date)
{
	int64		year = 1970 + floor_div(date * CYCLE_YEARS, CYCLE_DAYS);

	/* Off by one at most, near the new year. */
	if (date < year_start_date(year))
		return year - 1;
	if (date >= year_start_date(year + 1))
		return year + 1;
	return year;
}

/* The year, month and day of a date; months and days count from 1. */
static inline void
split_date(int64 date, int64 *year, int *month, int *day)
{
	*year = year_of_date(date);
	*month = 12;
	while (date < day_number(*year, *month, 1))
		(*month)--;
	*day = (int) (date - day_number(*year, *month, 1)) + 1;
}

/* Split a timestamp into whole seconds since 1970 and microseconds. */
static inline int64
split_timestamp(TimestampTz t, int32 *micros)
{
	int64		secs = t / USECS_PER_SEC;

	*micros = (int32) (t - secs * USECS_PER_SEC);
	if (*micros < 0)
	{
		*micros += USECS_PER_SEC;
		secs--;
	}
	return secs + EPOCH_SECS;
}

#endif							/* DATES_H */
