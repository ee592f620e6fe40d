/*
 * opening_days.h
 *	  What the files of opening_hours share: names and lengths, and the days of
 *	  a leap year counted from 0, as rules select them.
 */
#ifndef OPENING_DAYS_H
#define OPENING_DAYS_H

#include "hours/opening_hours.h"

#define MINUTES_PER_DAY		1440
#define LEAP_DAYS			366

static const char *const weekday_names[7] =
{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

static const char *const month_names[12] =
{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Of a leap year: a date selector may name 29 February. */
static const int month_days[12] =
{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static const int month_start[13] =
{0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366};

/* Bits for the days of a month, counted from 0, both ends included. */
static inline uint32
day_bits(int from, int to)
{
	return (PG_UINT32_MAX >> (31 - (to - from))) << from;
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

#endif							/* OPENING_DAYS_H */
