/*
 * timeline_years.h
 *	  Open time before 1970 and after 2105, where a time line has no index; for
 *	  timeline.c.
 */
#ifndef TIMELINE_YEARS_H
#define TIMELINE_YEARS_H

#include "time/timeline.h"

/*
 * E at a whole second before 1970 or after 2105, in seconds as the index counts
 * them.  The window of the time line must reach to that year.
 */
extern int64 years_open_before(Timeline *line, int64 at);

/*
 * The instant at which the open second with a number begins, counted in the
 * same way.  False if there is none; *never then tells whether the reason is
 * that the hours never open again, or never opened before.
 */
extern bool years_find_open(Timeline *line, int64 number, int64 *at, bool *never);

#endif							/* TIMELINE_YEARS_H */
