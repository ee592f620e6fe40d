/*
 * open_time.h
 *	  Amounts of open time, and what can be asked of a time line.
 */
#ifndef OPEN_TIME_H
#define OPEN_TIME_H

#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "time/timeline.h"

/*
 * Microseconds of an interval; a day is 24 hours, as PostgreSQL compares
 * intervals.  Months, and infinite intervals, are an ERROR.
 */
extern int64 amount_from_interval(const Interval *interval);

/* A palloc'd interval that uses its time part only. */
extern Interval *amount_to_interval(int64 micros);

/* An instant that arithmetic returned; an ERROR where there is none. */
extern TimestampTz checked_instant(TimestampTz result, bool never,
								   TimestampTz from, bool forward);

/* Raise an ERROR for an infinite instant; what says what cannot be done. */
extern void require_finite(TimestampTz t, const char *what);

/* Open time from start to finish, in microseconds; both must be finite. */
extern int64 timeline_between(Timeline *line, TimestampTz start,
							  TimestampTz finish);

/* The first instant from t on that is open. */
extern TimestampTz next_open(Timeline *line, TimestampTz t);

/* The last instant up to t that is open or a closing time. */
extern TimestampTz previous_open(Timeline *line, TimestampTz t);

/* The open periods that overlap a range, cut to it. */
extern MultirangeType *timeline_periods(Timeline *line, RangeType *during,
										TypeCacheEntry *multirange);

#endif							/* OPEN_TIME_H */
