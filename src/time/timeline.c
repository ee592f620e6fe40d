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
 * Both directions are look-ups for 1970 to 2105; timeline_years.c has the rest.
 *
 * Everything here is a pure function of the hours and of the server's time
 * zone data, and never goes stale.
 */
#include "postgres.h"

#include "common/int.h"
#include "utils/memutils.h"

#include "time/timeline.h"
#include "time/timeline_years.h"

/* ----------------------------------------------------------------------
 * The zone shift
 * ----------------------------------------------------------------------
 */

/* Stretch at an instant of the index, counted from ZONES_FROM. */
static inline int
stretch_at(const Timeline *line, uint32 rel)
{
	int			k = line->stretch_at[rel >> ZONES_BUCKET_BITS];

	while (line->stretches[k + 1].start <= rel)
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
	cache_bytes += (more - axis->nlines) * sizeof(Timeline *);
	axis->nlines = more;
}

/* Make the shifts of an axis in a zone; true if one of them is not zero. */
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

	StaticAssertStmt(offsetof(Timeline, cached.node) <= CACHE_LINE,
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
	cache_bytes += line->size;
	cache_add(&cached_lines, &line->cached);
	cache_use(&cached_axes, &axis->cached);
	cache_use(&cached_zones, &zone->cached);
	return line;
}

void
timeline_touch(Timeline *line)
{
	/* This is the usual case; it reads only the first cache line. */
	if (line->cached.used == cache_made)
		return;
	cache_use(&cached_lines, &line->cached);
	cache_use(&cached_axes, &line->axis->cached);
	cache_use(&cached_zones, &line->zone->cached);
}

Timeline *
timeline_get(Axis *axis, Zone *zone)
{
	Timeline   *line = NULL;

	if (zone->slot < axis->nlines)
		line = axis->lines[zone->slot];
	if (line == NULL)
		return timeline_make(axis, zone);
	timeline_touch(line);
	return line;
}

void
timeline_forget(Timeline *line)
{
	line->axis->lines[line->zone->slot] = NULL;
	dlist_delete(&line->cached.node);
	cache_bytes -= line->size;
	if (line->future.open != NULL)
		pfree(line->future.open);
	if (line->past.open != NULL)
		pfree(line->past.open);
	pfree(line->chunk);
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
	if (in_index(secs))
		open = line_open_before(line, secs, k, &is_open, &week);
	else
	{
		open = years_open_before(line, secs);
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
	if (in_index(secs))
	{
		(void) line_open_before(line, secs, &k, &open, &week);
		return open;
	}
	return axis_open_at(line->axis, secs + zone_offset(line->zone, secs));
}

/*
 * As index_find_open(), for what is in a later stretch.  local is where it
 * would be on the axis if it were in stretch k.
 */
static int64
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
static inline int64
index_find_open(const Timeline *line, int64 number, int k, uint32 week)
{
	const ZoneStretch *stretch = &line->stretches[k];
	uint32		local = axis_find_open(line->axis, line->index,
									   (uint32) (number - correction(line, k)), week);
	int64		at = (int64) local + AXIS_ORIGIN - stretch->offset;

	if (at - ZONES_FROM < (int64) stretch[1].start)
		return at;
	return find_later(line, number, k, local);
}

/* The same with the number counted from base, and outside the index too. */
static inline bool
find_open(Timeline *line, int64 number, int hint, int64 *secs, bool *never)
{
	*never = false;
	number += line->base;
	if (number < (int64) line->open_from ||
		number >= (int64) line->open_until)
		return years_find_open(line, number, secs, never);
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
static TimestampTz
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
	if (amount < 0 || !in_index(secs))
		return add_far(line, t, amount, never);

	/* As in earliest(): the second in which it is reached, and how much of that. */
	number = line_open_before(line, secs, &k, &is_open, &week) + amount / USECS_PER_SEC;
	rest = amount % USECS_PER_SEC + (is_open ? micros : 0);
	number += (rest > USECS_PER_SEC) - (rest == 0);
	rest += (rest == 0) * USECS_PER_SEC - (rest > USECS_PER_SEC) * USECS_PER_SEC;
	if (number >= (int64) line->open_until)
		return add_far(line, t, amount, never);
	secs = index_find_open(line, number, k, week) - EPOCH_SECS;
	return secs * USECS_PER_SEC + rest;
}
