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

/*
 * A time of constant offset from UTC.  rel + shift is the local time at rel, in
 * seconds since the window and the axis began.
 */
typedef struct LineStretch
{
	uint32		start;			/* seconds since the window began */
	uint32		shift;
	int32		correction;		/* c(k), seconds */
	uint32		open;			/* E at start, seconds */
} LineStretch;

/* Open seconds by 16 years, outside the index; as many as were asked for. */
typedef struct YearSums
{
	int64	   *open;			/* NULL: none yet */
	int			n;
	int			room;
} YearSums;

/*
 * What a look-up reads.  The stretches cover the window without a gap, each up to
 * the start of the next one; the one after the last begins where the window ends.
 * stretch_at[b] is the one at second b << STRETCH_BUCKET_BITS of the window.
 *
 * A copy is good while cache_made and timeline_epoch are what they were when the
 * time line was touched.
 */
typedef struct LineView
{
	AxisIndex	index;			/* as in the axis */
	const LineStretch *stretches;
	const uint16 *stretch_at;
	TimestampTz from;			/* where the window begins */
	uint64		span;			/* its length in microseconds; 0: none yet */
} LineView;

/*
 * An axis in a zone.  What a look-up reads is in the first cache line.  Its window
 * has the years of that of the axis, in UTC.
 *
 * Inside, E is counted in seconds, as in the index, from where the window begins.
 * For callers it is counted in microseconds from anchor, which does not change when
 * the window grows; base is E there, as counted inside.
 *
 * future.open[i] is the open time from ZONES_UNTIL to the start, in UTC, of year
 * FUTURE_YEAR + 16 * i.  past.open[i] is that from the start of PAST_YEAR - 16 * i
 * to ZONES_FROM.
 *
 * time_cache.h says how long a pointer to a time line is valid.
 */
typedef struct Timeline
{
	LineView	view;
	uint64		used;			/* cache_made when last touched */
	uint32		slot;			/* of the zone */
	bool		always;			/* as Axis.always: there is no window */

	Axis	   *axis;			/* begins the second cache line */
	Zone	   *zone;
	struct Timeline *next;		/* in Axis.lines */
	dlist_node	of_zone;		/* in Zone.lines */
	int			nstretches;
	TimestampTz anchor;			/* 0 until there is a window */
	int64		base;
	YearSums	future;
	YearSums	past;
	void	   *chunk;			/* holds it */
} Timeline;

#define STRETCH_BUCKET_BITS	23

extern Timeline *timeline_find(Axis *axis, Zone *zone);
extern void timeline_use(Timeline *line);

/* Mark a time line, got in an earlier call, as used in this one. */
static inline void
timeline_touch(Timeline *line)
{
	if (unlikely(line->used != cache_made))
		timeline_use(line);
}

/* The time line of an axis in a zone; made if it is not there. */
static inline Timeline *
timeline_get(Axis *axis, Zone *zone)
{
	Timeline   *line = axis->lines[zone->slot & axis->lines_mask];

	if (unlikely(line == NULL || line->slot != zone->slot))
		return timeline_find(axis, zone);
	timeline_touch(line);
	return line;
}

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

/* E where the window begins and where it ends, as counted inside. */
static inline uint32
line_open_from(const Timeline *line)
{
	return line->view.stretches[0].open;
}

static inline uint32
line_open_until(const Timeline *line)
{
	return line->view.stretches[line->nstretches].open;
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

/* Stretch at a second of the window. */
static inline const LineStretch *
stretch_at(const LineView *view, uint32 rel)
{
	const LineStretch *stretch = &view->stretches[view->stretch_at[rel >> STRETCH_BUCKET_BITS]];

	while (stretch[1].start <= rel)
		stretch++;
	return stretch;
}

/* E at a second of the window; also whether that is open, and its week. */
static inline uint32
line_open_before(const LineView *view, const LineStretch *stretch, uint32 rel,
				 bool *open, uint32 *week)
{
	return axis_open_before(view->index, rel + stretch->shift, open, week) +
		stretch->correction;
}

/*
 * Start reading what a look-up at an instant reads, where all of it can be told by
 * then.  If many calendars are used in turn, each of these is not in the
 * processor's cache, and otherwise one would wait for the other.  (A function that
 * does nothing else must be inlined at once: the compiler takes it for one that has
 * no effect.)
 */
static pg_attribute_always_inline void
line_prefetch(const LineView *view, TimestampTz t)
{
	uint64		since = (uint64) t - (uint64) view->from;
	uint32		rel;

	if (since >= view->span)
		return;
	rel = (uint32) (since / USECS_PER_SEC);
	prefetch_line(&view->index.blocks[rel / (BLOCK_WEEKS * SECS_PER_WEEK)]);
	/* An ordinary week likely has the first pattern or, after New Year, the second. */
	prefetch_line(&view->index.patterns[0]);
	prefetch_line(view->index.patterns[0].own);
	prefetch_line(&view->index.patterns[1]);
	prefetch_line(view->index.patterns[1].own);
	/* Clocks change about once in two buckets, or never. */
	prefetch_line(&view->stretch_at[rel >> STRETCH_BUCKET_BITS]);
	prefetch_line(&view->stretches[(rel >> STRETCH_BUCKET_BITS) / 2]);
}

/* The open second in which an amount runs out, and how much of that it takes. */
typedef struct LineGoal
{
	const LineStretch *stretch; /* of the start */
	uint32		week;			/* of the axis, in which the start is */
	uint64		number;			/* of the second, counted as E */
	uint64		rest;			/* microseconds of it, more than 0 */
} LineGoal;

/* False if the start is not in the window, or the amount not more than 0. */
static inline bool
line_goal(const LineView *view, TimestampTz t, int64 amount, LineGoal *goal)
{
	uint64		since = (uint64) t - (uint64) view->from;
	uint32		rel;
	uint32		before;
	bool		is_open;

	if (since >= view->span || amount <= 0)
		return false;
	rel = (uint32) (since / USECS_PER_SEC);
	goal->stretch = stretch_at(view, rel);
	before = line_open_before(view, goal->stretch, rel, &is_open, &goal->week);

	/* A start in open hours is as likely as not, so there is no branch. */
	goal->rest = (uint64) amount + is_open * (since - rel * UINT64CONST(1000000));
	goal->number = (goal->rest - 1) / USECS_PER_SEC;
	goal->rest -= goal->number * USECS_PER_SEC;
	goal->number += before;
	return true;
}

/*
 * timeline_add() where both ends are in one stretch, and in the same week or the
 * next, which is usual; else false.
 */
static inline bool
timeline_add_near(const LineView *view, TimestampTz t, int64 amount,
				  TimestampTz *end)
{
	LineGoal	goal;
	uint32		local;

	if (!line_goal(view, t, amount, &goal) || goal.number >= goal.stretch[1].open ||
		!axis_find_near(view->index, (uint32) goal.number - goal.stretch->correction,
						goal.week, &local))
		return false;
	*end = view->from + (int64) (uint32) (local - goal.stretch->shift) * USECS_PER_SEC +
		(int64) goal.rest;
	return true;
}

/* Drop a time line, or all of an axis; for what it was made from. */
extern void timeline_forget(Timeline *line);
extern void timeline_forget_all(Axis *axis);

#endif							/* TIMELINE_H */
