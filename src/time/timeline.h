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

/* What an axis adds to a stretch of a zone. */
typedef struct LineSum
{
	int32		correction;		/* c(k), seconds */
	uint32		open;			/* E at its start or, if later, that of the window */
} LineSum;

/* Open seconds by 16 years, outside the index; as many as were asked for. */
typedef struct YearSums
{
	int64	   *open;			/* NULL: none yet */
	int			n;
	int			room;
} YearSums;

/*
 * What a look-up reads, if both of its ends are in one stretch of the zone.
 *
 * A copy is good while cache_state() is what it was when the time line was touched.
 */
typedef struct LineView
{
	const WeekBlock *blocks;	/* of the axis */
	Zone	   *zone;
	uint32		from;			/* where the window begins, seconds since 1970 */
	uint32		span;			/* its length in seconds; 0: none yet */
	uint32		origin;			/* of the axis, less a multiple of 2 ^ 32 */
	uint32		nblocks;		/* after which the patterns begin */
} LineView;

/*
 * An axis in a zone.  What a look-up reads is in the first cache line.  Its window
 * has the years of that of the axis, in UTC.  sums[i] is of the zone's stretch with
 * the number first_stretch + i; the last one stands for the end of the window.
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
	const LineSum *sums;
	uint32		slot;			/* of the zone */
	bool		always;			/* as Axis.always: there is no window */
	int			first_stretch;
	int			nstretches;

	Axis	   *axis;			/* begins the second cache line */
	int64		base;
	YearWindow	window;			/* as that of the axis when the line was touched */
	struct Timeline *next;		/* in Axis.lines */
	dlist_node	of_zone;		/* in Zone.lines */
	TimestampTz anchor;			/* 0 until there is a window */
	YearSums	future;
	YearSums	past;
	void	   *chunk;			/* holds it */
} Timeline;

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
	return line->view.zone;
}

/* E where the window begins and where it ends, as counted inside. */
static inline uint32
line_open_from(const Timeline *line)
{
	return line->sums[0].open;
}

static inline uint32
line_open_until(const Timeline *line)
{
	return line->sums[line->nstretches].open;
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

/* Microseconds since 1970; for an instant before, more than any window has. */
static inline uint64
micros_since_1970(TimestampTz t)
{
	return (uint64) t + (uint64) EPOCH_SECS * USECS_PER_SEC;
}

/* Local time on the axis, since its origin, at a second since 1970. */
static inline uint32
line_local(const LineView *view, const ZoneStretch *stretch, uint32 at)
{
	return at + (uint32) stretch->offset - view->origin;
}

/* And back. */
static inline uint32
line_second(const LineView *view, const ZoneStretch *stretch, uint32 local)
{
	return local - (uint32) stretch->offset + view->origin;
}

static inline TimestampTz
line_instant(uint32 second, int64 micros)
{
	return ((int64) second - EPOCH_SECS) * USECS_PER_SEC + micros;
}

/*
 * Start reading what a look-up at an instant reads, where all of it can be told by
 * then.  If many calendars are used in turn, each of these is not in the
 * processor's cache, and otherwise one would wait for the other: with ten thousand
 * of them a deadline takes an eighth less with this.  (A function that does nothing
 * else must be inlined at once: the compiler takes it for one that has no effect.)
 */
static pg_attribute_always_inline void
line_prefetch(const LineView *view, TimestampTz t)
{
	uint64		since = micros_since_1970(t) / USECS_PER_SEC - view->from;

	if (since >= view->span)
		return;
	prefetch_line(&view->blocks[since / (BLOCK_WEEKS * SECS_PER_WEEK)]);
	/* An ordinary week likely has the first pattern or, after New Year, the second. */
	for (int i = 0; i < 2; i++)
		prefetch_line(&view->blocks[view->nblocks + i]);
}

/* The open second in which an amount runs out, and how much of that it takes. */
typedef struct LineGoal
{
	const ZoneStretch *stretch; /* of the start */
	WeekTime	start;
	uint64		number;			/* of the second, counted from the start's week on */
	uint64		rest;			/* microseconds of it, more than 0 */
} LineGoal;

/* False if the start is not in the window, or the amount not more than 0. */
static inline bool
line_goal(const LineView *view, TimestampTz t, int64 amount, LineGoal *goal)
{
	uint64		since = micros_since_1970(t);
	uint64		second = since / USECS_PER_SEC;

	if (second - view->from >= view->span || amount <= 0)
		return false;
	goal->stretch = &view->zone->stretches[zone_stretch(view->zone, second)];
	goal->start = axis_week_time(view->blocks, line_local(view, goal->stretch, second));

	/* A start in open hours is as likely as not, so there is no branch. */
	goal->rest = (uint64) amount + goal->start.is_open * (since - second * USECS_PER_SEC);
	goal->number = (goal->rest - 1) / USECS_PER_SEC;
	goal->rest -= goal->number * USECS_PER_SEC;
	goal->number += goal->start.open;
	return true;
}

/* The end, if it is in the same stretch and in the same week or the next; else false. */
static inline bool
line_end_near(const LineView *view, const LineGoal *goal, TimestampTz *end)
{
	uint32		local;
	uint32		second;

	if (!axis_find_near(view->blocks, &goal->start, goal->number, &local))
		return false;
	second = line_second(view, goal->stretch, local);
	*end = line_instant(second, goal->rest);
	return second < goal->stretch[1].start && second - view->from < view->span;
}

/*
 * timeline_add() where both ends are in the window and in one stretch, and in the same
 * week or the next, which is usual; else false.
 */
static inline bool
timeline_add_near(const LineView *view, TimestampTz t, int64 amount, TimestampTz *end)
{
	LineGoal	goal;

	return line_goal(view, t, amount, &goal) && line_end_near(view, &goal, end);
}

/* Drop a time line, or all of an axis; for what it was made from. */
extern void timeline_forget(Timeline *line);
extern void timeline_forget_all(Axis *axis);

#endif							/* TIMELINE_H */
