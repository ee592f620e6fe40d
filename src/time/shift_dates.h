/*
 * shift_dates.h
 *	  Business days: dates on which a shift starts.
 */
#ifndef SHIFT_DATES_H
#define SHIFT_DATES_H

#include "time/timeline.h"

/*
 * From a finite instant, business days on (or back); see business_days_add().  If
 * there are not so many, the result is DT_NOEND or DT_NOBEGIN, and never tells
 * why, as timeline_earliest() does.
 */
extern TimestampTz timeline_days_add(Timeline *line, TimestampTz start,
									 int32 days, bool *never);

/*
 * The end of the hours of the business day that is so many after that of an
 * instant, which is finite; days is at least 0.  A shift that runs into the next
 * day belongs to the one on which it starts; a shift ends when the next one
 * begins.  If the hours of that day are over, those of the next one count.  If
 * there is none, as timeline_days_add().
 */
extern TimestampTz timeline_day_closes(Timeline *line, TimestampTz start,
									   int32 days, bool *never);

/*
 * The largest n for which start and n business days are not after finish, but at
 * least 0; for finish before start, minus the same the other way round.
 */
extern int32 timeline_days_between(Timeline *line, TimestampTz start,
								   TimestampTz finish);

#endif							/* SHIFT_DATES_H */
