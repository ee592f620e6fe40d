/*
 * timeline.h
 *	  The compiled time line: open time before an instant, and back.
 *
 * A time line is hours and a zone, compiled so that business time can be
 * measured or added by two look-ups, however long it is.
 *
 * E(t), the open time before the instant t, is counted from a fixed instant, in
 * microseconds.  It is continuous, never decreases, and grows by one microsecond
 * for each open one.  Everything else follows from E and its two inverses.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "datatype/timestamp.h"

#include "time/axis.h"
#include "time/time_cache.h"
#include "time/zones.h"

/* What hours add to a stretch of a zone. */
typedef struct Shift
{
	int32		correction;		/* c(k), seconds */
	uint32		open;			/* E(u(k)), seconds */
} Shift;

/* Open seconds by year, outside the index; as many as were asked for. */
typedef struct YearSums
{
	int64	   *open;			/* NULL: none yet */
	int			n;
	int			room;
} YearSums;

/*
 * An axis in a zone.  What a look-up reads is in the first cache line.  That
 * has copies of what belongs to the axis and the zone, so that these are not
 * touched.  shifts has an entry for each stretch.  It is NULL if all
 * corrections are zero, as they are if the wall clock changes only in closed
 * hours.  base is E at 2000-01-01 00:00:00 UTC.  For callers, E is counted
 * from there; inside, it is counted in seconds as in the index.
 * future.open[i] is the open time from ZONES_UNTIL to the start, in UTC, of
 * year FUTURE_YEAR + i.  past.open[i] is that from the start of PAST_YEAR - i
 * to ZONES_FROM.
 *
 * time_cache.h says how long a pointer to a time line is valid.
 */
typedef struct Timeline
{
	AxisIndex	index;
	const ZoneStretch *stretches;
	const uint16 *stretch_at;	/* index of the stretches, as Zone.bucket */
	const Shift *shifts;
	uint32		open_until;		/* E at ZONES_UNTIL, seconds */
	bool		always;			/* as Axis.always: nothing else is set here */
	Axis	   *axis;
	CacheEntry	cached;			/* of it, used is in the first cache line */

	Zone	   *zone;
	int			nstretches;
	uint32		open_from;		/* E at ZONES_FROM */
	int64		base;
	YearSums	future;
	YearSums	past;
	Size		size;
	void	   *chunk;			/* to be freed: holds it, and shifts */
} Timeline;

/* The time line of an axis in a zone; made if it is not there. */
extern Timeline *timeline_get(Axis *axis, Zone *zone);

/* Mark a time line, got in an earlier call, as used in this one. */
extern void timeline_touch(Timeline *line);

/* What a time line was made from. */
static inline Axis *
timeline_axis(const Timeline *line)
{
	return line->axis;
}

static inline Zone *
timeline_zone(const Timeline *line)
{
	return line->zone;
}

/* E(t); any finite timestamp. */
extern int64 timeline_open_before(Timeline *line, TimestampTz t);

/* Whether the wall clock at t lies in the hours. */
extern bool timeline_is_open(Timeline *line, TimestampTz t);

/*
 * The earliest instant x with E(x) >= open, and the latest with E(x) <= open.
 * If there is none, the result is DT_NOEND or DT_NOBEGIN. *never then tells
 * why: the hours never open again (true), or only beyond the range of
 * timestamps (false).
 */
extern TimestampTz timeline_earliest(Timeline *line, int64 open, bool *never);
extern TimestampTz timeline_latest(Timeline *line, int64 open, bool *never);

/* The deadline: t plus an amount of open time, negative to go back. */
extern TimestampTz timeline_add(Timeline *line, TimestampTz t, int64 amount,
								bool *never);

/* Drop a time line; for time_cache.c. */
extern void timeline_forget(Timeline *line);

#endif							/* TIMELINE_H */
