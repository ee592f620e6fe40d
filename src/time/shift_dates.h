/*
 * shift_dates.h
 *	  Business days: dates on which a shift starts.
 */
#ifndef SHIFT_DATES_H
#define SHIFT_DATES_H

#include "time/timeline.h"

/* From a finite instant, business days on (or back); see business_days_add(). */
extern TimestampTz timeline_days_add(Timeline *line, TimestampTz start,
									 int32 days);

#endif							/* SHIFT_DATES_H */
