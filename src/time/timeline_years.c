/*
 * timeline_years.c
 *	  Open time before 1970 and after 2105, where a time line has no index.
 *
 * Sums by 16 years take its place.  They are made as far as they are asked for,
 * and repeat every 400 years if the hours do.  Within 16 years the periods are
 * walked.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "time/period_scan.h"
#include "time/timeline_years.h"

/* Years of a sum, and sums of the 400 years after which hours can repeat. */
#define YEARS_OF_SUM		16
#define CYCLE_SUMS			(CYCLE_YEARS / YEARS_OF_SUM)

/* Open seconds from one instant to a later one. */
static int64
walk_open(Timeline *line, int64 from, int64 until)
{
	PeriodScan	scan;
	OpenPeriod	period;
	int64		open = 0;

	period_scan_begin(&scan, line->axis, timeline_zone(line), from, until);
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

	period_scan_begin(&scan, line->axis, timeline_zone(line), from, until);
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

/* The first year after so many sums of the future, and the first of the past. */
static inline int
future_year(int n)
{
	return FUTURE_YEAR + n * YEARS_OF_SUM;
}

static inline int
past_year(int n)
{
	return PAST_YEAR - n * YEARS_OF_SUM;
}

static inline int64
year_start(int year)
{
	return year_start_date(year) * SECS_PER_DAY;
}

/* Entry n of the sums of the future; made as far as it is asked for. */
static int64
future_sum(Timeline *line, int n)
{
	YearSums   *sums = &line->future;

	while (n >= sums->n)
	{
		int			i = Max(sums->n, 1);

		CHECK_FOR_INTERRUPTS();
		sums_reserve(line, sums, i);
		sums->open[i] = sums->open[i - 1] +
			walk_open(line, year_start(future_year(i - 1)), year_start(future_year(i)));
		sums->n = i + 1;
	}
	return sums->open[n];
}

/* The same of the past. */
static int64
past_sum(Timeline *line, int n)
{
	YearSums   *sums = &line->past;

	while (n >= sums->n)
	{
		int			i = Max(sums->n, 1);

		CHECK_FOR_INTERRUPTS();
		sums_reserve(line, sums, i);
		sums->open[i] = sums->open[i - 1] +
			walk_open(line, year_start(past_year(i)), year_start(past_year(i - 1)));
		sums->n = i + 1;
	}
	return sums->open[n];
}

/* The first sum of the future from which on hours that repeat do so. */
static inline int
first_repeated(const Axis *axis)
{
	return (axis->settled - FUTURE_YEAR + YEARS_OF_SUM - 1) / YEARS_OF_SUM;
}

/* Open seconds of 400 years, for hours that repeat. */
static int64
cycle_open(Timeline *line)
{
	int			first = first_repeated(line->axis);

	return future_sum(line, first + CYCLE_SUMS) - future_sum(line, first);
}

int64
years_open_before(Timeline *line, int64 at)
{
	int			year = year_of_date(floor_div(at, SECS_PER_DAY));
	int			n;
	int64		whole = 0;

	if (at < ZONES_FROM)
	{
		n = (PAST_YEAR - year + YEARS_OF_SUM - 1) / YEARS_OF_SUM;
		return (int64) line_open_from(line) - past_sum(line, n) +
			walk_open(line, year_start(past_year(n)), at);
	}
	n = (year - FUTURE_YEAR) / YEARS_OF_SUM;
	if (line->axis->repeats && n >= first_repeated(line->axis) + CYCLE_SUMS)
	{
		int			cycles = (n - first_repeated(line->axis)) / CYCLE_SUMS;

		whole = cycles * cycle_open(line);
		at -= cycles * CYCLE_SECS;
		n -= cycles * CYCLE_SUMS;
	}
	return (int64) line_open_until(line) + whole +
		future_sum(line, n) + walk_open(line, year_start(future_year(n)), at);
}

/* The same as years_find_open() before 1970. */
static bool
past_find_open(Timeline *line, int64 number, int64 *at, bool *never)
{
	const int	most = (PAST_YEAR - FIRST_YEAR + YEARS_OF_SUM - 1) / YEARS_OF_SUM;
	int64		rest = (int64) line_open_from(line) - number;
	int			low = 0;
	int			high = Max(line->past.n - 1, 1);

	while (past_sum(line, high) < rest)
	{
		if (high >= most)
		{
			*never = past_sum(line, most) == past_sum(line, most - CYCLE_SUMS);
			return false;
		}
		high++;
	}
	/* past[low] < rest <= past[high] */
	while (high - low > 1)
	{
		int			mid = low + (high - low) / 2;

		if (line->past.open[mid] < rest)
			low = mid;
		else
			high = mid;
	}
	*at = walk_find(line, year_start(past_year(high)), year_start(past_year(low)),
					line->past.open[high] - rest);
	return true;
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
		return past_find_open(line, number, at, never);

	rest = number - (int64) line_open_until(line);
	if (line->future.n == 0 || line->future.open[line->future.n - 1] <= rest)
	{
		int			n = Max(line->future.n - 1, 0);
		int			opens;

		/* A shift of the last day of the year before may go on. */
		opens = axis_opens_from(axis, future_year(n) - 1);
		if (opens == NEVER_OPENS)
		{
			*never = true;
			return false;
		}
		if (axis->repeats && future_sum(line, first_repeated(axis) + CYCLE_SUMS) <= rest)
		{
			int64		each = cycle_open(line);

			/* The zone may skip every hour that there is. */
			if (each == 0)
			{
				*never = true;
				return false;
			}
			cycles = (rest - future_sum(line, first_repeated(axis))) / each;
			if (cycles > LAST_YEAR / CYCLE_YEARS)
				return false;
			rest -= cycles * each;
		}
		while (future_sum(line, n) <= rest)
		{
			if (future_year(n) > LAST_YEAR)
				return false;
			n++;
			/* After some years without open time, see whether more will come. */
			if (future_sum(line, n) == future_sum(line, n - 1) && opens < future_year(n) - 1)
				opens = axis_opens_from(axis, future_year(n) - 1);
			if (opens == NEVER_OPENS)
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
	*at = walk_find(line, year_start(future_year(low)), year_start(future_year(high)),
					rest - line->future.open[low]);
	*at += cycles * CYCLE_SECS;
	return true;
}
