/*
 * timeline.h
 *	  The compiled time line: open time before an instant, and back.
 *
 * Who lives here: hours and a zone, compiled so that measuring and adding
 * business time take two look-ups, however long the time.  What comes in: a
 * business_hours value and a zone.  What goes out: instants and open time, in
 * microseconds.
 *
 * E(t), the open time before the instant t, is counted from a fixed instant.
 * It is continuous, never decreases, and grows by one microsecond for each
 * open one.  Everything else follows from E and its two inverses.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "datatype/timestamp.h"

#include "business_hours.h"
#include "zones.h"

/*
 * The axis: hours on the local wall clock, shared by all zones.  Local time
 * is cut into weeks; each week has the open time before it and a pattern, the
 * open periods of such a week, of which there are few.
 */
typedef struct Axis Axis;

/* An axis as seen in one zone. */
typedef struct Timeline Timeline;

/* A maximal period of open time, in seconds since 1970 UTC, end excluded. */
typedef struct OpenPeriod
{
	int64		start;
	int64		end;
} OpenPeriod;

/*
 * To be called once at the start of each SQL call that uses the functions
 * below.  What was got after it stays valid until the next call of it; what
 * was got earlier stays valid while timeline_epoch does not change.
 */
extern void timeline_begin_call(void);
extern uint64 timeline_epoch;

extern Axis *axis_get(const BusinessHours *hours);
extern bool axis_always(const Axis *axis);
extern Timeline *timeline_get(Axis *axis, Zone *zone);

/* E(t); any finite timestamp. */
extern int64 timeline_open_before(Timeline *line, TimestampTz t);

/* Whether the wall clock at t lies in the hours. */
extern bool timeline_is_open(Timeline *line, TimestampTz t);

/*
 * The earliest instant x with E(x) >= open, and the latest with E(x) <= open.
 * DT_NOEND and DT_NOBEGIN, where there is none although the hours open again
 * beyond the range of timestamps (line_never is false), or because they
 * never do (line_never is true).
 */
extern TimestampTz timeline_earliest(Timeline *line, int64 open, bool *never);
extern TimestampTz timeline_latest(Timeline *line, int64 open, bool *never);

/* The deadline: t plus an amount of open time, negative to go back. */
extern TimestampTz timeline_add(Timeline *line, TimestampTz t, int64 amount,
								bool *never);

/*
 * Local date n shift starts away: from a local date (days since 1970), the
 * n-th date after it (n > 0) or before it (n < 0) on which a shift starts
 * that has open time in the zone.  False if there is none.
 */
extern bool timeline_shift_date(Timeline *line, int64 date, int32 n,
								int64 *result, bool *never);

/* Walk over the open periods between two instants, seconds since 1970 UTC. */
typedef struct PeriodScan
{
	Timeline   *line;
	int64		until;			/* end of the walk */
	int64		stretch_end;	/* end of the stretch of constant offset */
	int64		local_end;		/* the same on the local clock */
	int64		local_from;		/* local time before which all is done */
	int32		offset;			/* of the stretch */
	int64		date;			/* local date being read, days since 1970 */
	int			span;			/* next span of that date */
	bool		pending;		/* whether period holds one not returned yet */
	bool		done;
	OpenPeriod	period;
} PeriodScan;

extern void period_scan_begin(PeriodScan *scan, Timeline *line,
							  int64 from, int64 until);
extern bool period_scan_next(PeriodScan *scan, OpenPeriod *period);

/* What a time line was made from. */
extern Axis *timeline_axis(const Timeline *line);
extern Zone *timeline_zone(const Timeline *line);

/* Mark a time line, got in an earlier call, as used in this one. */
extern void timeline_touch(Timeline *line);

/* Registers the settings; called when the library is loaded. */
extern void timeline_init(void);

#endif							/* TIMELINE_H */
