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

#include "time/axis.h"
#include "time/zones.h"

/* An axis as seen in one zone. */
typedef struct Timeline Timeline;

/*
 * To be called once at the start of each SQL call that uses the functions
 * below.  What was got after it stays valid until the next call of it; what
 * was got earlier stays valid while timeline_epoch does not change.
 */
extern void timeline_begin_call(void);
extern uint64 timeline_epoch;

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

/* What a time line was made from. */
extern Axis *timeline_axis(const Timeline *line);
extern Zone *timeline_zone(const Timeline *line);

/* Mark a time line, got in an earlier call, as used in this one. */
extern void timeline_touch(Timeline *line);

/* Registers the settings; called when the library is loaded. */
extern void timeline_init(void);

#endif							/* TIMELINE_H */
