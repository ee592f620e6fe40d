/*
 * period_scan.h
 *	  A walk over the open periods of hours in a zone, from one instant to
 *	  another: the slow way, for what has no index, and for lists.
 */
#ifndef PERIOD_SCAN_H
#define PERIOD_SCAN_H

#include "time/axis.h"
#include "time/zones.h"

/* A maximal period of open time, in seconds since 1970 UTC, end excluded. */
typedef struct OpenPeriod
{
	int64		start;
	int64		end;
} OpenPeriod;

typedef struct PeriodScan
{
	Axis	   *axis;
	const Zone *zone;
	int64		until;			/* end of the walk */
	int64		stretch_end;	/* end of the stretch of constant offset */
	int64		local_end;		/* the same on the local clock */
	int64		local_from;		/* local time before which all is done */
	int32		offset;			/* of the stretch */
	int64		date;			/* local date being read */
	SpanWalk	walk;			/* over the spans of that date */
	bool		pending;		/* whether period holds one not returned yet */
	bool		done;
	OpenPeriod	period;
} PeriodScan;

/* Begin a walk; instants are seconds since 1970 UTC. */
extern void period_scan_begin(PeriodScan *scan, Axis *axis, const Zone *zone,
							  int64 from, int64 until);

/* The next period, cut to the bounds of the walk; false after the last. */
extern bool period_scan_next(PeriodScan *scan, OpenPeriod *period);

#endif							/* PERIOD_SCAN_H */
