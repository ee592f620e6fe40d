/*
 * recurrence.h
 *	  Recurrence rules of iCalendar (RFC 5545, section 3.3.10): the days that
 *	  they mean, and the same as holiday rules.
 *
 * A day is the number of days since 1970-01-01.
 */
#ifndef RECURRENCE_H
#define RECURRENCE_H

#include "lib/stringinfo.h"

/* Holiday rules that one recurrence rule can become, at most. */
#define RECURRENCE_MAX_RULES	12

/* Times of day, as they are written. */
typedef enum FeedForm
{
	FEED_NONE,					/* nothing is given */
	FEED_DATE,
	FEED_LOCAL,					/* a local time, with a zone or without */
	FEED_UTC
} FeedForm;

typedef struct FeedTime
{
	int64		day;
	int32		secs;			/* of the day */
	uint8		form;			/* FeedForm */
} FeedTime;

typedef enum RecurrenceFrequency
{
	RECUR_DAILY,
	RECUR_WEEKLY,
	RECUR_MONTHLY,
	RECUR_YEARLY
} RecurrenceFrequency;

/*
 * A rule that has been read.  Sets of numbers are bits; those that count from
 * the end have a set of their own.  Empty sets restrict nothing.
 */
typedef struct Recurrence
{
	uint8		frequency;		/* RecurrenceFrequency */
	uint8		week_start;		/* 0 is Monday */
	int			interval;		/* 1 or more */
	int64		count;			/* 0: no such end */
	FeedTime	until;			/* FEED_NONE: no such end */

	uint16		months;			/* BYMONTH, bits 1 to 12 */
	uint32		month_days[2];	/* BYMONTHDAY, bits 1 to 31; [1] from the end */
	uint8		weekdays;		/* BYDAY without a number, bit 0 is Monday */
	uint8		nth_weekdays;	/* BYDAY with one: those that have any */
	uint64		nth[7][2];		/* the numbers, bits 1 to 53 */
	bool		has_year_days;
	bool		has_positions;
	uint8		year_days[2][46];	/* BYYEARDAY, bits 1 to 366 */
	uint8		positions[2][46];	/* BYSETPOS, likewise */
} Recurrence;

/*
 * Read a date such as 20260501, or with a time such as 20260501T000000 or
 * 20260501T000000Z.  False if it is neither, or no day of the calendar.
 */
extern bool feed_time_parse(const char *text, int len, FeedTime *time);

/*
 * Read a rule, in capitals.  Otherwise false, with what is wrong as a sentence,
 * and whether it is right but not supported here.
 */
extern bool recurrence_parse(const char *text, Recurrence *rule, StringInfo wrong, bool *unsupported);

/*
 * The days of a rule, in order, from its start to the end of the year 9999;
 * COUNT and UNTIL are left to the caller.
 */
typedef struct RecurrenceScan
{
	const Recurrence *rule;
	int64		start;
	int64		start_year;
	int			start_month;
	int			start_day;
	bool		any_day;		/* no part restricts days: the start's counts */
	uint16		months;			/* that are looked at */
	int64		period;			/* how many intervals have been looked at */
	int64	   *work;			/* counts down for each month or shorter period
								 * that is looked at; the scan ends at 0 */
	int			n;
	int			next;
	int64		days[366];		/* of the period */
} RecurrenceScan;

extern void recurrence_scan(RecurrenceScan *scan, const Recurrence *rule, int64 start, int64 *work);
extern bool recurrence_next(RecurrenceScan *scan, int64 *day);

/*
 * Holiday rules that together mean the days of a rule, without its start and
 * its end.  Returns their number; 0, where the notation has none.
 */
extern int	recurrence_rules(const Recurrence *rule, int64 start, char *rules[RECURRENCE_MAX_RULES]);

#endif							/* RECURRENCE_H */
