/*
 * timeline.c
 *	  The compiled time line: open time before an instant, and back.
 *
 * Open depends on the wall clock alone, so the hours are compiled once for
 * all zones, on a local axis: L(x) is the open time before local time x.  A
 * zone is a list of stretches of constant offset from UTC; in stretch k, from
 * instant u(k) at offset o(k), the open time before the instant t is
 *
 *		E(t) = L(t + o(k)) + c(k)
 *
 * where c(0) = 0 and c(k+1) = c(k) + L(u + o(k)) - L(u + o(k+1)) at the change
 * u = u(k+1).  That is exact across every gap and fold of the wall clock, E
 * never decreases, and no period is stored per zone.
 *
 * Both directions are look-ups for 1970 to 2105.  Outside, sums by year take
 * their place; they are made as far as they are asked for, repeat every 400
 * years where the hours do, and the year itself is walked.
 *
 * Everything here is a pure function of the hours and of the server's time
 * zone data, and never goes stale.  What is not used for longest is dropped
 * when it all takes more memory than ticket_priority.cache_size.
 */
#include "postgres.h"

#include <limits.h>

#include "common/int.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "time/period_scan.h"
#include "time/timeline.h"

/* The last year before the index. */
#define PAST_YEAR			1970

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
 * An axis in a zone.  What a look-up reads is in the first cache line; what is
 * there of the axis and of the zone is copied, so that they are not touched.
 * shifts has an entry for each stretch; it is NULL if no correction differs from
 * zero, as where the wall clock is changed in closed hours.  base is E at
 * 2000-01-01 00:00:00 UTC; outside of this file E is counted from there.
 * future.open[i] is the open time from ZONES_UNTIL to the start, in UTC, of year
 * FUTURE_YEAR + i; past.open[i] that from the start of PAST_YEAR - i to ZONES_FROM.
 */
struct Timeline
{
	AxisIndex	index;
	const ZoneStretch *stretches;
	const uint16 *stretch_at;	/* index of the stretches, as Zone.bucket */
	const Shift *shifts;
	uint32		open_until;		/* E at ZONES_UNTIL, seconds */
	bool		always;			/* as Axis.always: nothing else is set here */
	uint64		used;			/* when last used, as cache_tick */
	Axis	   *axis;

	Zone	   *zone;
	int			nstretches;
	uint32		open_from;		/* E at ZONES_FROM */
	int64		base;
	YearSums	future;
	YearSums	past;
	Size		size;
	void	   *chunk;			/* to be freed: holds it, and shifts */
};

uint64		timeline_epoch = 1;
uint64		cache_tick = 1;

static int	cache_size_kb = 128 * 1024;

/* ----------------------------------------------------------------------
 * The zone shift
 * ----------------------------------------------------------------------
 */

/*
 * Stretch at an instant of the index, counted from ZONES_FROM.  One step by
 * adding what a comparison gives is nearly always enough; see axis.h.
 */
static inline int
stretch_at(const Timeline *line, uint32 rel)
{
	int			k = line->stretch_at[rel >> ZONES_BUCKET_BITS];

	k += line->stretches[k + 1].start <= rel;
	while (unlikely(line->stretches[k + 1].start <= rel))
		k++;
	return k;
}

/* Make room for the time line of a zone. */
static void
reserve_slot(Axis *axis, Zone *zone)
{
	uint32		more = Max(zone->slot + 1, axis->nlines * 2);

	if (zone->slot < axis->nlines)
		return;
	more = Max(more, 16);
	if (axis->lines == NULL)
		axis->lines = MemoryContextAllocZero(axis->context,
											 more * sizeof(Timeline *));
	else
	{
		axis->lines = repalloc(axis->lines, more * sizeof(Timeline *));
		memset(axis->lines + axis->nlines, 0,
			   (more - axis->nlines) * sizeof(Timeline *));
	}
	axis->size += (more - axis->nlines) * sizeof(Timeline *);
	timeline_bytes += (more - axis->nlines) * sizeof(Timeline *);
	axis->nlines = more;
}

/* The shifts of an axis in a zone; whether there is one that is not zero. */
static bool
make_shifts(const Axis *axis, const Zone *zone, Shift *shifts)
{
	bool		any = false;
	bool		open;
	uint32		week;
	int32		correction = 0;
	int			k;

	for (k = 0; k <= zone->nstretches; k++)
	{
		int64		start = (int64) zone->stretches[k].start - AXIS_ORIGIN;
		uint32		before = axis_open_before(axis->index,
											  (uint32) (start + zone->stretches[k].offset),
											  &open, &week);

		if (k > 0)
			correction += (int32) (axis_open_before(axis->index,
													(uint32) (start + zone->stretches[k - 1].offset),
													&open, &week) - before);
		any |= correction != 0;
		shifts[k].correction = correction;
		shifts[k].open = before + correction;
	}
	return any;
}

static Timeline *
timeline_make(Axis *axis, Zone *zone)
{
	Timeline   *line;
	Shift	   *shifts = NULL;
	bool		any = false;
	Size		size = sizeof(Timeline);
	Size		shifts_size = 0;
	void	   *chunk;

	StaticAssertStmt(offsetof(Timeline, zone) <= CACHE_LINE,
					 "look-ups read the first cache line");
	reserve_slot(axis, zone);
	if (!axis->always)
	{
		zone_stretches(zone);
		shifts_size = (zone->nstretches + 1) * sizeof(Shift);
		shifts = palloc(shifts_size);
		any = make_shifts(axis, zone, shifts);
		if (any)
			size += shifts_size;
	}

	chunk = MemoryContextAllocZero(timeline_context, size + CACHE_LINE);
	line = (Timeline *) TYPEALIGN(CACHE_LINE, chunk);
	line->axis = axis;
	line->zone = zone;
	line->always = axis->always;
	line->size = size + CACHE_LINE;
	line->chunk = chunk;

	if (!axis->always)
	{
		bool		open;
		uint32		week;
		int			k;

		line->index = axis->index;
		line->stretches = zone->stretches;
		line->stretch_at = zone->bucket;
		line->nstretches = zone->nstretches;
		line->open_from = shifts[0].open;
		line->open_until = shifts[zone->nstretches].open;

		k = stretch_at(line, (uint32) (EPOCH_SECS - ZONES_FROM));
		line->base = (int64) shifts[k].correction +
			axis_open_before(axis->index,
							 (uint32) (EPOCH_SECS + zone->stretches[k].offset - AXIS_ORIGIN),
							 &open, &week);
		if (any)
		{
			memcpy(line + 1, shifts, shifts_size);
			line->shifts = (Shift *) (line + 1);
		}
		pfree(shifts);
	}
	axis->lines[zone->slot] = line;
	timeline_bytes += line->size;
	return line;
}

Timeline *
timeline_get(Axis *axis, Zone *zone)
{
	Timeline   *line = NULL;

	if (likely(zone->slot < axis->nlines))
		line = axis->lines[zone->slot];
	if (unlikely(line == NULL))
		line = timeline_make(axis, zone);
	line->used = cache_tick;
	return line;
}

void
timeline_touch(Timeline *line)
{
	line->used = cache_tick;
}

Axis *
timeline_axis(const Timeline *line)
{
	return line->axis;
}

Zone *
timeline_zone(const Timeline *line)
{
	return line->zone;
}

/* ----------------------------------------------------------------------
 * Sums by year, outside the index
 * ----------------------------------------------------------------------
 */

/* Open seconds from one instant to a later one. */
static int64
walk_open(Timeline *line, int64 from, int64 until)
{
	PeriodScan	scan;
	OpenPeriod	period;
	int64		open = 0;

	period_scan_begin(&scan, line->axis, line->zone, from, until);
	while (period_scan_next(&scan, &period))
		open += period.end - period.start;
	return open;
}

/* Instant at which the open second with a number, from an instant on, begins. */
static int64
walk_find(Timeline *line, int64 from, int64 until, int64 number)
{
	PeriodScan	scan;
	OpenPeriod	period;

	period_scan_begin(&scan, line->axis, line->zone, from, until);
	while (period_scan_next(&scan, &period))
	{
		if (number < period.end - period.start)
			return period.start + number;
		number -= period.end - period.start;
	}
	elog(ERROR, "open time of a year does not add up");
	return 0;					/* keep compiler quiet */
}

/* Make room for entry n; entry 0 is zero. */
static void
sums_reserve(Timeline *line, YearSums *sums, int n)
{
	int			more;

	if (n < sums->room)
		return;
	more = Max(n + 16, sums->room * 2);
	if (sums->open == NULL)
	{
		sums->open = MemoryContextAlloc(timeline_context, more * sizeof(int64));
		sums->open[0] = 0;
		sums->n = 1;
	}
	else
		sums->open = repalloc(sums->open, more * sizeof(int64));
	line->size += (more - sums->room) * sizeof(int64);
	timeline_bytes += (more - sums->room) * sizeof(int64);
	sums->room = more;
}

/*
 * Entry n of sums whose entry i adds the year base + step * i; made as far as
 * it is asked for.
 */
static int64
year_sum(Timeline *line, YearSums *sums, int n, int base, int step)
{
	while (n >= sums->n)
	{
		int			i = Max(sums->n, 1);
		int			year = base + step * i;

		CHECK_FOR_INTERRUPTS();
		sums_reserve(line, sums, i);
		sums->open[i] = sums->open[i - 1] +
			walk_open(line, year_start_date(year) * SECS_PER_DAY,
					  year_start_date(year + 1) * SECS_PER_DAY);
		sums->n = i + 1;
	}
	return sums->open[n];
}

static int64
future_sum(Timeline *line, int n)
{
	return year_sum(line, &line->future, n, FUTURE_YEAR - 1, 1);
}

static int64
past_sum(Timeline *line, int n)
{
	return year_sum(line, &line->past, n, PAST_YEAR, -1);
}

/* Open seconds of 400 years, for hours that repeat. */
static int64
cycle_open(Timeline *line)
{
	int			first = line->axis->settled - FUTURE_YEAR;

	return future_sum(line, first + CYCLE_YEARS) - future_sum(line, first);
}

/* E at a whole second outside the index, counted as stretches count. */
static int64
far_open_before(Timeline *line, int64 at)
{
	int			year = year_of_date(floor_div(at, SECS_PER_DAY));
	int64		start;
	int64		whole = 0;

	if (at < ZONES_FROM)
	{
		start = year_start_date(year) * SECS_PER_DAY;
		return (int64) line->open_from -
			past_sum(line, PAST_YEAR - year) + walk_open(line, start, at);
	}
	if (line->axis->repeats && year >= line->axis->settled + CYCLE_YEARS)
	{
		int			cycles = (year - line->axis->settled) / CYCLE_YEARS;

		whole = cycles * cycle_open(line);
		at -= cycles * CYCLE_SECS;
		year -= cycles * CYCLE_YEARS;
	}
	start = year_start_date(year) * SECS_PER_DAY;
	return (int64) line->open_until + whole +
		future_sum(line, year - FUTURE_YEAR) + walk_open(line, start, at);
}

/*
 * Instant at which the open second with a number begins, counted as stretches
 * count, outside the index.  False if there is none.
 */
static bool
far_find_open(Timeline *line, int64 number, int64 *at, bool *never)
{
	Axis	   *axis = line->axis;
	int64		rest;
	int64		cycles = 0;
	int			low;
	int			high;

	*never = false;
	if (number < (int64) line->open_from)
	{
		int			most = PAST_YEAR - FIRST_YEAR;
		int			n = Max(line->past.n - 1, 1);

		rest = (int64) line->open_from - number;
		while (past_sum(line, n) < rest)
		{
			if (n >= most)
			{
				*never = past_sum(line, most) == past_sum(line, most - CYCLE_YEARS);
				return false;
			}
			n++;
		}
		/* past[low] < rest <= past[high] */
		low = 0;
		high = n;
		while (high - low > 1)
		{
			int			mid = low + (high - low) / 2;

			if (line->past.open[mid] < rest)
				low = mid;
			else
				high = mid;
		}
		*at = walk_find(line,
						year_start_date(PAST_YEAR - high) * SECS_PER_DAY,
						year_start_date(PAST_YEAR - low) * SECS_PER_DAY,
						line->past.open[high] - rest);
		return true;
	}

	rest = number - (int64) line->open_until;
	if (line->future.n == 0 || line->future.open[line->future.n - 1] <= rest)
	{
		int			n = Max(line->future.n - 1, 0);
		int			empty = 0;
		int			settled = axis->settled - FUTURE_YEAR;

		/* A shift of the last day of the year before may go on. */
		if (!axis_opens_from(axis, FUTURE_YEAR + n - 1))
		{
			*never = true;
			return false;
		}
		if (axis->repeats && future_sum(line, settled + CYCLE_YEARS) <= rest)
		{
			int64		each = cycle_open(line);

			/* The zone may skip every hour that there is. */
			if (each == 0)
			{
				*never = true;
				return false;
			}
			cycles = (rest - future_sum(line, settled)) / each;
			if (cycles > LAST_YEAR / CYCLE_YEARS)
				return false;
			rest -= cycles * each;
		}
		while (future_sum(line, n) <= rest)
		{
			if (FUTURE_YEAR + n > LAST_YEAR)
				return false;
			n++;
			/* After some years without open time, see whether more will come. */
			empty = future_sum(line, n) == future_sum(line, n - 1) ? empty + 1 : 0;
			if (empty == 3 && !axis_opens_from(axis, FUTURE_YEAR + n - 1))
			{
				*never = true;
				return false;
			}
		}
	}
	/* future[low] <= rest < future[high] */
	low = 0;
	high = line->future.n - 1;
	while (high - low > 1)
	{
		int			mid = low + (high - low) / 2;

		if (line->future.open[mid] <= rest)
			low = mid;
		else
			high = mid;
	}
	*at = walk_find(line,
					year_start_date(FUTURE_YEAR + low) * SECS_PER_DAY,
					year_start_date(FUTURE_YEAR + high) * SECS_PER_DAY,
					rest - line->future.open[low]);
	*at += cycles * CYCLE_SECS;
	return true;
}

/* ----------------------------------------------------------------------
 * E and its inverses
 * ----------------------------------------------------------------------
 */

static inline bool
in_index(int64 secs)
{
	return secs >= ZONES_FROM && secs < ZONES_UNTIL;
}

/* c(k). */
static inline int32
correction(const Timeline *line, int k)
{
	return line->shifts == NULL ? 0 : line->shifts[k].correction;
}

static inline uint32
line_open_before(const Timeline *line, int64 secs, int *k, bool *open,
				 uint32 *week)
{
	uint32		rel = (uint32) (secs - ZONES_FROM);
	uint32		before;

	*k = stretch_at(line, rel);
	before = axis_open_before(line->index,
							  (uint32) (secs + line->stretches[*k].offset - AXIS_ORIGIN),
							  open, week);
	return before + correction(line, *k);
}

/* As timeline_open_before; also the stretch, or -1 outside the index. */
static inline int64
open_before(Timeline *line, TimestampTz t, int *k)
{
	int32		micros;
	int64		secs;
	int64		open;
	bool		is_open;
	uint32		week;

	*k = -1;
	if (line->always)
		return t;
	secs = split_timestamp(t, &micros);
	if (likely(in_index(secs)))
		open = line_open_before(line, secs, k, &is_open, &week);
	else
	{
		open = far_open_before(line, secs);
		is_open = micros > 0 &&
			axis_open_at(line->axis, secs + zone_offset(line->zone, secs));
	}
	return (open - line->base) * USECS_PER_SEC + (is_open ? micros : 0);
}

int64
timeline_open_before(Timeline *line, TimestampTz t)
{
	int			k;

	return open_before(line, t, &k);
}

bool
timeline_is_open(Timeline *line, TimestampTz t)
{
	int32		micros;
	int64		secs = split_timestamp(t, &micros);
	bool		open;
	int			k;
	uint32		week;

	if (line->always)
		return true;
	if (likely(in_index(secs)))
	{
		(void) line_open_before(line, secs, &k, &open, &week);
		return open;
	}
	return axis_open_at(line->axis, secs + zone_offset(line->zone, secs));
}

/*
 * As index_find_open(), where it is in a later stretch; local is where it would
 * be on the axis if it were in stretch k.
 */
static pg_noinline int64
find_later(const Timeline *line, int64 number, int k, uint32 local)
{
	const ZoneStretch *stretches = line->stretches;
	int64		at = (int64) local + AXIS_ORIGIN;
	int			high = line->nstretches;
	int			step;

	if (line->shifts == NULL)
	{
		/* It has one place on the wall clock, which is never a day off UTC. */
		int64		before = at - stretches[k].offset - 2 * ZONES_MAX_OFFSET;

		before = Min(before, ZONES_UNTIL - 1);
		if (before > ZONES_FROM)
			k = Max(k, stretch_at(line, (uint32) (before - ZONES_FROM)));
		while (k + 1 < high &&
			   at - stretches[k].offset - ZONES_FROM >= (int64) stretches[k + 1].start)
			k++;
		return at - stretches[k].offset;
	}

	/* The last stretch that begins with at most that much before it. */
	for (step = 1; k + step < high; step *= 2)
	{
		if ((int64) line->shifts[k + step].open > number)
			high = k + step;
		else
			k += step;
	}
	while (high - k > 1)
	{
		int			mid = k + (high - k) / 2;

		if ((int64) line->shifts[mid].open <= number)
			k = mid;
		else
			high = mid;
	}
	return (int64) axis_find_open(line->axis, line->index,
								  (uint32) (number - line->shifts[k].correction),
								  AXIS_WEEKS) + AXIS_ORIGIN - stretches[k].offset;
}

/*
 * Where the open second with a number, counted as E counts, stands in the
 * index.  k is a stretch that begins with at most that much before it, at best
 * the one sought; week is one of the axis not far before it, or AXIS_WEEKS.
 *
 * At its end u(k+1) a stretch has E = L(u(k+1) + o(k)) + c(k).  So what is found
 * with the correction and the offset of a stretch is right if it lies before
 * that end, and if it does not, is in a later one.
 */
static pg_attribute_always_inline int64
index_find_open(const Timeline *line, int64 number, int k, uint32 week)
{
	const ZoneStretch *stretch = &line->stretches[k];
	uint32		local = axis_find_open(line->axis, line->index,
									   (uint32) (number - correction(line, k)), week);
	int64		at = (int64) local + AXIS_ORIGIN - stretch->offset;

	if (likely(at - ZONES_FROM < (int64) stretch[1].start))
		return at;
	return find_later(line, number, k, local);
}

/* The same with the number counted from base, and outside the index too. */
static inline bool
find_open(Timeline *line, int64 number, int hint, int64 *secs, bool *never)
{
	*never = false;
	number += line->base;
	if (unlikely(number < (int64) line->open_from ||
				 number >= (int64) line->open_until))
		return far_find_open(line, number, secs, never);
	*secs = index_find_open(line, number, Max(hint, 0), AXIS_WEEKS);
	return true;
}

/* A timestamp from whole seconds since 1970 and microseconds; may not fit. */
static inline bool
join_timestamp(int64 secs, int64 micros, TimestampTz *t)
{
	secs -= EPOCH_SECS;
	if (secs < MIN_TIMESTAMP / USECS_PER_SEC - 1 ||
		secs > END_TIMESTAMP / USECS_PER_SEC)
		return false;
	*t = secs * USECS_PER_SEC + micros;
	return IS_VALID_TIMESTAMP(*t);
}

static inline TimestampTz
earliest(Timeline *line, int64 open, int hint, bool *never)
{
	int64		number;
	int64		secs;
	TimestampTz t;

	*never = false;
	if (line->always)
		return IS_VALID_TIMESTAMP(open) ? open : DT_NOEND;

	/* The open second in which it is reached, and how much of that it takes. */
	number = floor_div(open - 1, USECS_PER_SEC);
	if (!find_open(line, number, hint, &secs, never) ||
		!join_timestamp(secs, open - number * USECS_PER_SEC, &t))
		return open > 0 ? DT_NOEND : DT_NOBEGIN;
	return t;
}

static inline TimestampTz
latest(Timeline *line, int64 open, bool *never)
{
	int64		number;
	int64		secs;
	TimestampTz t;

	*never = false;
	if (line->always)
		return IS_VALID_TIMESTAMP(open) ? open : DT_NOBEGIN;

	number = floor_div(open, USECS_PER_SEC);
	if (!find_open(line, number, -1, &secs, never) ||
		!join_timestamp(secs, open - number * USECS_PER_SEC, &t))
		return open > 0 ? DT_NOEND : DT_NOBEGIN;
	return t;
}

TimestampTz
timeline_earliest(Timeline *line, int64 open, bool *never)
{
	return earliest(line, open, -1, never);
}

TimestampTz
timeline_latest(Timeline *line, int64 open, bool *never)
{
	return latest(line, open, never);
}

/* timeline_add where an end lies outside the index, or going back. */
static pg_noinline TimestampTz
add_far(Timeline *line, TimestampTz t, int64 amount, bool *never)
{
	int64		open;
	int			k;

	open = open_before(line, t, &k);
	if (pg_add_s64_overflow(open, amount, &open))
		return amount > 0 ? DT_NOEND : DT_NOBEGIN;
	return amount > 0 ? earliest(line, open, k, never) :
		latest(line, open, never);
}

TimestampTz
timeline_add(Timeline *line, TimestampTz t, int64 amount, bool *never)
{
	int32		micros;
	int64		secs;
	int64		number;
	int64		rest;
	bool		is_open;
	int			k;
	uint32		week;

	*never = false;
	if (amount == 0)
		return t;
	if (line->always)
		return pg_add_s64_overflow(t, amount, &t) || !IS_VALID_TIMESTAMP(t) ?
			(amount > 0 ? DT_NOEND : DT_NOBEGIN) : t;
	secs = split_timestamp(t, &micros);
	if (unlikely(amount < 0 || !in_index(secs)))
		return add_far(line, t, amount, never);

	/* As in earliest(): the second in which it is reached, and how much of that. */
	number = line_open_before(line, secs, &k, &is_open, &week) + amount / USECS_PER_SEC;
	rest = amount % USECS_PER_SEC + (is_open ? micros : 0);
	number += (rest > USECS_PER_SEC) - (rest == 0);
	rest += (rest == 0) * USECS_PER_SEC - (rest > USECS_PER_SEC) * USECS_PER_SEC;
	if (unlikely(number >= (int64) line->open_until))
		return add_far(line, t, amount, never);
	secs = index_find_open(line, number, k, week) - EPOCH_SECS;
	return secs * USECS_PER_SEC + rest;
}

/* ----------------------------------------------------------------------
 * Dates on which a shift starts
 * ----------------------------------------------------------------------
 */

/* Whether a shift that starts on a local date has any open time in the zone. */
static bool
shift_has_time(Timeline *line, int64 date)
{
	const OpeningRule *rule = axis_rule(line->axis, date);
	int64		midnight = date * SECS_PER_DAY;
	int64		from = midnight - ZONES_MAX_OFFSET;
	int64		until = midnight + 2 * SECS_PER_DAY + ZONES_MAX_OFFSET;

	if (rule == NULL)
		return false;
	while (from < until)
	{
		int32		offset = zone_offset(line->zone, from);
		int64		end;
		int32		next;
		int			i;

		if (!zone_next_change(line->zone, from, until, &end, &next))
			end = until;
		for (i = 0; i < rule->nspans; i++)
		{
			int64		start = midnight + (int64) rule->spans[i].start * SECS_PER_MINUTE;
			int64		stop = midnight + (int64) rule->spans[i].end * SECS_PER_MINUTE;

			if (Max(start, from + offset) < Min(stop, end + offset))
				return true;
		}
		from = end;
	}
	return false;
}

/*
 * Local dates, from first to end, near which the wall clock jumps forward: a
 * shift there may have no open time at all.  Other dates need no closer look.
 */
#define MAX_JUMPS	16

typedef struct Jumps
{
	int64		first;			/* dates for which this is known */
	int64		end;
	int			n;				/* MAX_JUMPS + 1: too many, look at each date */
	int64		from[MAX_JUMPS];	/* dates concerned, both included */
	int64		to[MAX_JUMPS];
} Jumps;

static void
find_jumps(Timeline *line, int64 first, int64 end, Jumps *jumps)
{
	int64		at = (first - 3) * SECS_PER_DAY;
	int64		until = (end + 3) * SECS_PER_DAY;
	int32		before = zone_offset(line->zone, at);
	int32		after;

	jumps->first = first;
	jumps->end = end;
	jumps->n = 0;
	while (zone_next_change(line->zone, at, until, &at, &after))
	{
		if (after > before)
		{
			if (jumps->n >= MAX_JUMPS)
			{
				jumps->n = MAX_JUMPS + 1;
				return;
			}
			/* A shift starts at the latest on the date before it. */
			jumps->from[jumps->n] = floor_div(at + before, SECS_PER_DAY) - 1;
			jumps->to[jumps->n] = floor_div(at + after, SECS_PER_DAY);
			jumps->n++;
		}
		before = after;
	}
}

static bool
near_jump(const Jumps *jumps, int64 date)
{
	int			i;

	if (jumps->n > MAX_JUMPS)
		return true;
	for (i = 0; i < jumps->n; i++)
	{
		if (date >= jumps->from[i] && date <= jumps->to[i])
			return true;
	}
	return false;
}

bool
timeline_shift_date(Timeline *line, int64 date, int32 n,
					int64 *result, bool *never)
{
	int			step = n < 0 ? -1 : 1;
	int64		left = n < 0 ? -(int64) n : n;
	int64		first_date = year_start_date(FIRST_YEAR);
	int64		last_date = year_start_date(LAST_YEAR);
	int			empty_years = 0;
	bool		found_any = true;
	Jumps		jumps;

	*never = false;
	jumps.first = jumps.end = jumps.n = 0;
	while (left > 0)
	{
		date += step;
		if (date < first_date || date > last_date)
			return false;
		if (date < jumps.first || date >= jumps.end)
		{
			YearRules  *year = axis_year(line->axis, date);

			CHECK_FOR_INTERRUPTS();

			/*
			 * After some years without a shift, see whether there will be
			 * one at all.
			 */
			empty_years = found_any ? 0 : empty_years + 1;
			found_any = false;
			if (step > 0 ? empty_years == 3 : empty_years == CYCLE_YEARS * 2)
			{
				if (step < 0 ||
					!axis_opens_from(line->axis, year_of_date(date)))
				{
					*never = true;
					return false;
				}
				/* The rules may have been replaced in the meantime. */
				year = axis_year(line->axis, date);
			}
			find_jumps(line, year->first, year->end, &jumps);
		}
		if (axis_rule(line->axis, date) == NULL)
			continue;
		if (near_jump(&jumps, date) && !shift_has_time(line, date))
			continue;
		found_any = true;
		left--;
	}
	*result = date;
	return true;
}

/* ----------------------------------------------------------------------
 * Memory
 * ----------------------------------------------------------------------
 */

static void
forget_line(Timeline *line)
{
	line->axis->lines[line->zone->slot] = NULL;
	timeline_bytes -= line->size;
	if (line->future.open != NULL)
		pfree(line->future.open);
	if (line->past.open != NULL)
		pfree(line->past.open);
	pfree(line->chunk);
}

static void
forget_axis(Axis *axis)
{
	uint32		i;

	for (i = 0; i < axis->nlines; i++)
	{
		if (axis->lines[i] != NULL)
			forget_line(axis->lines[i]);
	}
	axis_forget(axis);
}

static void
forget_zone(Zone *zone)
{
	Axis	   *axis;

	for (axis = all_axes; axis != NULL; axis = axis->next)
	{
		if (zone->slot < axis->nlines && axis->lines[zone->slot] != NULL)
			forget_line(axis->lines[zone->slot]);
	}
	zones_forget(zone);
}

/* A time line's axis and zone were used when it was. */
static void
spread_use(void)
{
	Axis	   *axis;
	uint32		i;

	for (axis = all_axes; axis != NULL; axis = axis->next)
	{
		for (i = 0; i < axis->nlines; i++)
		{
			Timeline   *line = axis->lines[i];

			if (line == NULL)
				continue;
			axis->used = Max(axis->used, line->used);
			line->zone->used = Max(line->zone->used, line->used);
		}
	}
}

/* Drop what was not used for longest until the rest fits the setting. */
static void
shrink(Size limit)
{
	spread_use();
	while (timeline_bytes + zones_size() > limit)
	{
		Zone	   *zone = zones_oldest(cache_tick);
		Axis	   *axis = NULL;
		Timeline   *line = NULL;
		Axis	   *one;

		for (one = all_axes; one != NULL; one = one->next)
		{
			uint32		i;

			if (one->used < cache_tick &&
				(axis == NULL || one->used < axis->used))
				axis = one;
			for (i = 0; i < one->nlines; i++)
			{
				if (one->lines[i] != NULL && one->lines[i]->used < cache_tick &&
					(line == NULL || one->lines[i]->used < line->used))
					line = one->lines[i];
			}
		}

		timeline_epoch++;
		if (line != NULL && (axis == NULL || line->used <= axis->used) &&
			(zone == NULL || line->used <= zone->used))
			forget_line(line);
		else if (axis != NULL && (zone == NULL || axis->used <= zone->used))
			forget_axis(axis);
		else if (zone != NULL)
			forget_zone(zone);
		else
			break;
	}
}

void
timeline_begin_call(void)
{
	cache_tick++;
	if (unlikely(timeline_bytes + zones_size() > (Size) cache_size_kb * 1024))
		shrink((Size) cache_size_kb * 1024);
}

void
timeline_init(void)
{
	DefineCustomIntVariable("ticket_priority.cache_size",
							"Sets the memory that a session keeps for compiled business hours and time zones.",
							"When it is full, what has not been used for longest is dropped first.",
							&cache_size_kb,
							128 * 1024,
							256,
							MAX_KILOBYTES,
							PGC_USERSET,
							GUC_UNIT_KB,
							NULL, NULL, NULL);
}
