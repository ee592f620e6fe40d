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
 * Both directions are look-ups in the window of the axis, which grows to what is
 * asked for, at most from 1970 to 2105; timeline_years.c has the rest.
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

/* Open time before a second since 1970 of the window; also whether that is open. */
static pg_attribute_always_inline uint32
line_open_before(const Timeline *line, uint32 at, bool *open)
{
	const Zone *zone = line->view.zone;
	int			k = zone_stretch(zone, at);

	return axis_open_before(line->view.blocks, line_local(&line->view, &zone->stretches[k], at),
							open) +
		line->sums[zone->first_number + k - line->first_stretch].correction;
}

/* Fill in the sums of stretches that cover the window. */
static void
fill_sums(const LineView *view, const ZoneStretch *stretches, int nstretches, LineSum *sums)
{
	int32		correction = 0;
	bool		open;
	int			k;

	for (k = 0; k <= nstretches; k++)
	{
		uint32		start = k == nstretches ? view->from + view->span :
			Max(stretches[k].start, view->from);
		/* What follows the last one has its offset, but only the start counts. */
		uint32		before = axis_open_before(view->blocks,
											  line_local(view, &stretches[Min(k, nstretches - 1)], start),
											  &open);

		if (k > 0)
			correction += (int32) (axis_open_before(view->blocks,
													line_local(view, &stretches[k - 1], start),
													&open) - before);
		sums[k].correction = correction;
		sums[k].open = before + correction;
	}
}

/* Give a time line the window of its axis, which has one. */
static void
line_fill(Timeline *line)
{
	const Axis *axis = line->axis;
	const Zone *zone = line->view.zone;
	LineView	view = line->view;
	int64		from = year_start_date(axis->window.from) * SECS_PER_DAY;
	int64		until = year_start_date(axis->window.until) * SECS_PER_DAY;
	LineSum    *sums;
	bool		open;
	int			first;
	int			n;

	zone_cover(line->view.zone, axis->window);
	first = zone_stretch(zone, from);
	for (n = 1; zone->stretches[first + n].start < until; n++)
		;
	sums = MemoryContextAlloc(axis->context, (n + 1) * sizeof(LineSum));
	view.blocks = axis->blocks;
	view.nblocks = axis->nblocks;
	view.from = (uint32) from;
	view.span = (uint32) (until - from);
	view.origin = (uint32) axis->origin;
	fill_sums(&view, &zone->stretches[first], n, sums);

	if (line->sums == NULL)
		line->anchor = Max((from - EPOCH_SECS) * USECS_PER_SEC, 0);
	else
		pfree((void *) line->sums);
	line->view = view;
	line->window = axis->window;
	line->sums = sums;
	line->first_stretch = zone->first_number + first;
	line->nstretches = n;
	line->base = line_open_before(line, (uint32) (line->anchor / USECS_PER_SEC + EPOCH_SECS), &open);
	axis_resized(line->axis);
}

/* Make room for one more time line. */
static void
reserve_line(Axis *axis)
{
	uint32		mask = axis->lines_mask * 2 + 1;
	Timeline  **lines;
	uint32		i;

	if (axis->lines_mask > 0 && axis->nlines <= axis->lines_mask)
		return;
	lines = MemoryContextAllocZero(axis->context, (mask + 1) * sizeof(Timeline *));
	for (i = 0; axis->lines_mask > 0 && i <= axis->lines_mask; i++)
	{
		Timeline   *line;

		while ((line = axis->lines[i]) != NULL)
		{
			axis->lines[i] = line->next;
			line->next = lines[line->slot & mask];
			lines[line->slot & mask] = line;
		}
	}
	if (axis->lines_mask > 0)
		pfree(axis->lines);
	axis->lines = lines;
	axis->lines_mask = mask;
}

static Timeline *
timeline_make(Axis *axis, Zone *zone)
{
	Timeline   *line;
	void	   *chunk;

	StaticAssertStmt(offsetof(Timeline, axis) == CACHE_LINE,
					 "look-ups read the first cache line");
	reserve_line(axis);
	chunk = MemoryContextAllocZero(axis->context, sizeof(Timeline) + CACHE_LINE);
	line = (Timeline *) TYPEALIGN(CACHE_LINE, chunk);
	line->view.zone = zone;
	line->slot = zone->slot;
	line->always = axis->always;
	line->axis = axis;
	line->chunk = chunk;
	line->next = axis->lines[zone->slot & axis->lines_mask];
	axis->lines[zone->slot & axis->lines_mask] = line;
	axis->nlines++;
	dlist_push_tail(&zone->lines, &line->of_zone);
	axis_resized(axis);
	timeline_use(line);
	return line;
}

Timeline *
timeline_find(Axis *axis, Zone *zone)
{
	Timeline   *line = axis->lines[zone->slot & axis->lines_mask];

	while (line != NULL && line->slot != zone->slot)
		line = line->next;
	if (line == NULL)
		return timeline_make(axis, zone);
	timeline_touch(line);
	return line;
}

void
timeline_use(Timeline *line)
{
	Axis	   *axis = line->axis;

	cache_use(axis->list, &axis->cached);
	cache_use(&cached_zones, &line->view.zone->cached);
	if (!same_window(line->window, axis->window))
		line_fill(line);
	line->used = cache_made;
}

void
timeline_forget(Timeline *line)
{
	Axis	   *axis = line->axis;
	Timeline  **link = &axis->lines[line->slot & axis->lines_mask];

	while (*link != line)
		link = &(*link)->next;
	*link = line->next;
	axis->nlines--;
	dlist_delete(&line->of_zone);
	if (line->sums != NULL)
		pfree((void *) line->sums);
	if (line->future.open != NULL)
		pfree(line->future.open);
	if (line->past.open != NULL)
		pfree(line->past.open);
	pfree(line->chunk);
	axis_resized(axis);
}

/* The memory of all of them goes with that of the axis. */
void
timeline_forget_all(Axis *axis)
{
	uint32		i;

	for (i = 0; i <= axis->lines_mask; i++)
	{
		Timeline   *line;

		for (line = axis->lines[i]; line != NULL; line = line->next)
			dlist_delete(&line->of_zone);
	}
}

/* ----------------------------------------------------------------------
 * E and its inverses
 * ----------------------------------------------------------------------
 */

/* Whether the window has an instant; also its second since 1970, and the rest. */
static inline bool
in_window(const Timeline *line, TimestampTz t, uint64 *second, int32 *micros)
{
	uint64		since = micros_since_1970(t);

	*second = since / USECS_PER_SEC;
	*micros = (int32) (since - *second * USECS_PER_SEC);
	return *second - line->view.from < line->view.span;
}

/* Let the window of a time line have a year that it can have. */
static void
cover_year(Timeline *line, int year)
{
	axis_cover(line->axis, year);
	if (!same_window(line->window, line->axis->window))
		line_fill(line);
}

/*
 * Let the window have an instant that is not in it.  If it cannot, it goes as far
 * as it can in that direction, and the result is false.
 */
static bool
cover(Timeline *line, TimestampTz t)
{
	int32		micros;
	int64		year = year_of_date(floor_div(split_timestamp(t, &micros), SECS_PER_DAY));

	cover_year(line, (int) Min(Max(year, PAST_YEAR), FUTURE_YEAR - 1));
	return year >= PAST_YEAR && year < FUTURE_YEAR;
}

int64
timeline_open_before(Timeline *line, TimestampTz t)
{
	uint64		second;
	int32		micros;
	int64		open;
	bool		is_open;

	if (line->always)
		return t;
	if (in_window(line, t, &second, &micros) || cover(line, t))
		open = line_open_before(line, (uint32) second, &is_open);
	else
	{
		int64		secs = split_timestamp(t, &micros);

		open = years_open_before(line, secs);
		is_open = micros > 0 &&
			axis_open_at(line->axis, secs + zone_offset(line->view.zone, secs));
	}
	return (open - line->base) * USECS_PER_SEC + (is_open ? micros : 0);
}

bool
timeline_is_open(Timeline *line, TimestampTz t)
{
	uint64		second;
	int32		micros;
	bool		open;

	if (line->always)
		return true;
	if (in_window(line, t, &second, &micros) || cover(line, t))
		(void) line_open_before(line, (uint32) second, &open);
	else
	{
		int64		secs = split_timestamp(t, &micros);

		open = axis_open_at(line->axis, secs + zone_offset(line->view.zone, secs));
	}
	return open;
}

/*
 * The sum of the stretch of an open second with a number, counted as in the index:
 * the last one that begins with at most that much before it.  It is sought from one
 * that does.
 */
static const LineSum *
sum_of_open(const Timeline *line, uint32 number, const LineSum *sum)
{
	const LineSum *high = line->sums + line->nstretches;
	int			step;

	for (step = 1; step < high - sum; step *= 2)
	{
		if (sum[step].open > number)
			high = sum + step;
		else
			sum += step;
	}
	while (high - sum > 1)
	{
		const LineSum *middle = sum + (high - sum) / 2;

		if (middle->open <= number)
			sum = middle;
		else
			high = middle;
	}
	return sum;
}

/* When the open second with a number begins, sought from a sum as above. */
static uint32
find_second(const Timeline *line, uint32 number, const LineSum *sum)
{
	const Zone *zone = timeline_zone(line);
	int			k;

	sum = sum_of_open(line, number, sum);
	k = line->first_stretch + (int) (sum - line->sums) - zone->first_number;
	return line_second(&line->view, &zone->stretches[k],
					   axis_find_open(line->axis, number - sum->correction));
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

/*
 * The instant so many microseconds after the open second with a number, counted
 * from base, begins.  The window grows until it has it.
 */
static bool
find_open(Timeline *line, int64 number, int64 micros, TimestampTz *t, bool *never)
{
	int64		counted;

	*never = false;
	Assert(line->sums != NULL);	/* else there would be no number */
	for (;;)
	{
		YearWindow	window = line->axis->window;
		bool		before;
		int64		secs;

		/* base changes when the window grows */
		counted = number + line->base;
		before = counted < (int64) line_open_from(line);
		if (!before && counted < (int64) line_open_until(line))
			break;
		if (before ? window.from > PAST_YEAR : window.until < FUTURE_YEAR)
			cover_year(line, before ? window.from - 1 : window.until);
		else
			return years_find_open(line, counted, &secs, never) &&
				join_timestamp(secs, micros, t);
	}

	*t = line_instant(find_second(line, (uint32) counted, line->sums), micros);
	return true;
}

TimestampTz
timeline_earliest(Timeline *line, int64 open, bool *never)
{
	int64		number;
	TimestampTz t;

	*never = false;
	if (line->always)
		return IS_VALID_TIMESTAMP(open) ? open : DT_NOEND;

	/* The open second in which it is reached, and how much of that it takes. */
	number = floor_div(open - 1, USECS_PER_SEC);
	if (!find_open(line, number, open - number * USECS_PER_SEC, &t, never))
		return open > 0 ? DT_NOEND : DT_NOBEGIN;
	return t;
}

TimestampTz
timeline_latest(Timeline *line, int64 open, bool *never)
{
	int64		number;
	TimestampTz t;

	*never = false;
	if (line->always)
		return IS_VALID_TIMESTAMP(open) ? open : DT_NOBEGIN;

	number = floor_div(open, USECS_PER_SEC);
	if (!find_open(line, number, open - number * USECS_PER_SEC, &t, never))
		return open > 0 ? DT_NOEND : DT_NOBEGIN;
	return t;
}

/* timeline_add where an end lies outside the window, or going back. */
static pg_noinline TimestampTz
add_far(Timeline *line, TimestampTz t, int64 amount, bool *never)
{
	int64		open;

	*never = false;
	if (amount == 0)
		return t;
	if (line->always)
		return pg_add_s64_overflow(t, amount, &t) || !IS_VALID_TIMESTAMP(t) ?
			(amount > 0 ? DT_NOEND : DT_NOBEGIN) : t;
	if (pg_add_s64_overflow(timeline_open_before(line, t), amount, &open))
		return amount > 0 ? DT_NOEND : DT_NOBEGIN;
	return amount > 0 ? timeline_earliest(line, open, never) :
		timeline_latest(line, open, never);
}

TimestampTz
timeline_add(Timeline *line, TimestampTz t, int64 amount, bool *never)
{
	LineGoal	goal;
	TimestampTz end;
	const LineSum *sum;

	line_prefetch(&line->view, t);
	if (!line_goal(&line->view, t, amount, &goal))
		return add_far(line, t, amount, never);
	*never = false;
	if (line_end_near(&line->view, &goal, &end))
		return end;
	sum = &line->sums[line->view.zone->first_number + (int) (goal.stretch - line->view.zone->stretches) -
					  line->first_stretch];
	goal.number += axis_week_open(line->view.blocks, goal.start.week);
	goal.number += sum->correction;
	if (goal.number >= line_open_until(line))
		return add_far(line, t, amount, never);
	return line_instant(find_second(line, (uint32) goal.number, sum), goal.rest);
}
