/*
 * timeline_years.c
 *	  Open time before 1970 and after 2105, where a time line has no index.
 *
 * Sums by year take its place.  They are made as far as they are asked for,
 * and repeat every 400 years if the hours do.  Within a year the periods are
 * walked.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "time/period_scan.h"
#include "time/timeline_years.h"

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
		sums->open = MemoryContextAlloc(line->axis->context, more * sizeof(int64));
		sums->open[0] = 0;
		sums->n = 1;
	}
	else
		sums->open = repalloc(sums->open, more * sizeof(int64));
	sums->room = more;
	axis_resized(line->axis);
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

int64
years_open_before(Timeline *line, int64 at)
{
	int			year = year_of_date(floor_div(at, SECS_PER_DAY));
	int64		start;
	int64		whole = 0;

	if (at < ZONES_FROM)
	{
		start = year_start_date(year) * SECS_PER_DAY;
		return (int64) line_open_from(line) -
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
	return (int64) line_open_until(line) + whole +
		future_sum(line, year - FUTURE_YEAR) + walk_open(line, start, at);
}

bool
years_find_open(Timeline *line, int64 number, int64 *at, bool *never)
{
	Axis	   *axis = line->axis;
	int64		rest;
	int64		cycles = 0;
	int			low;
	int			high;

	*never = false;
	if (number < (int64) line_open_from(line))
	{
		int			most = PAST_YEAR - FIRST_YEAR;
		int			n = Max(line->past.n - 1, 1);

		rest = (int64) line_open_from(line) - number;
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

	rest = number - (int64) line_open_until(line);
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
