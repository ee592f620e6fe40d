/*
 * shift_dates.c
 *	  Business days: dates on which a shift starts.
 *
 * A business day is a local date on which a shift starts that has open time in
 * the zone.  The time within a business day is that of the wall clock, counted
 * from midnight of that date, so that 02:00 in the night shift of a date is
 * 26:00.
 *
 * A later start never gives an earlier answer.  Two rules see to that.  The
 * shift in progress is the one that began last, even if an earlier one goes on
 * beside it, so a shift ends when the next one begins.  And the clock never
 * counts backwards (wall_clock()).  There is one exception: a time that the
 * clock skips is read as "timestamp AT TIME ZONE" reads it, which can be later
 * than times that follow the gap.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "time/open_time.h"
#include "time/shift_dates.h"

/* No clock is set back or forward by more seconds. */
#define MAX_SET_BACK	(2 * ZONES_MAX_OFFSET)

/* ----------------------------------------------------------------------
 * Dates on which a shift starts
 * ----------------------------------------------------------------------
 */

/* Whether a shift that starts on a local date has any open time in the zone. */
static bool
shift_has_time(Timeline *line, int64 date)
{
	const OpeningShifts *shifts = axis_shifts(line->axis, date);
	int64		midnight = date * SECS_PER_DAY;
	int64		from = midnight - ZONES_MAX_OFFSET;
	int64		until = midnight + 2 * SECS_PER_DAY + ZONES_MAX_OFFSET;

	if (shifts == NULL)
		return false;
	while (from < until)
	{
		int32		offset = zone_offset(timeline_zone(line), from);
		int64		end;
		int32		next;
		int			i;

		if (!zone_next_change(timeline_zone(line), from, until, &end, &next))
			end = until;
		for (i = 0; i < shifts->nspans; i++)
		{
			int64		start = midnight + (int64) shifts->spans[i].start * SECS_PER_MINUTE;
			int64		stop = midnight + (int64) shifts->spans[i].end * SECS_PER_MINUTE;

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
	int32		before = zone_offset(timeline_zone(line), at);
	int32		after;

	jumps->first = first;
	jumps->end = end;
	jumps->n = 0;
	while (zone_next_change(timeline_zone(line), at, until, &at, &after))
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

/*
 * Walk from a local date over the next n dates (step 1), or the last n before it
 * (step -1), on which a shift starts that has open time, but not beyond a last
 * one.  Gives how many there are, and moves date to the last of them.  If there
 * are fewer, never tells whether that is because there are no more at all.
 */
static int64
walk_shift_dates(Timeline *line, int64 *date, int step, int64 n, int64 last,
				 bool *never)
{
	int64		at = *date;
	int64		walked = 0;
	int			empty_years = 0;
	bool		found_any = true;
	Jumps		jumps;

	*never = false;
	jumps.first = jumps.end = jumps.n = 0;
	while (walked < n)
	{
		at += step;
		if (step > 0 ? at > last : at < last)
			break;
		if (at < jumps.first || at >= jumps.end)
		{
			YearRules  *year = axis_year(line->axis, at);

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
					axis_opens_from(line->axis, year_of_date(at)) == NEVER_OPENS)
				{
					*never = true;
					break;
				}
				/* The rules may have been replaced in the meantime. */
				year = axis_year(line->axis, at);
			}
			find_jumps(line, year->first, year->end, &jumps);
		}
		if (axis_shifts(line->axis, at) == NULL)
			continue;
		if (near_jump(&jumps, at) && !shift_has_time(line, at))
			continue;
		found_any = true;
		walked++;
		*date = at;
	}
	return walked;
}

/*
 * The n-th date after a local date (n > 0) or before it (n < 0) on which a shift
 * starts that has open time.  False if there is none: because there never is
 * (never), or because timestamps do not reach so far.
 */
static bool
nth_shift_date(Timeline *line, int64 date, int32 n, int64 *result, bool *never)
{
	int64		left = n < 0 ? -(int64) n : n;

	*result = date;
	return walk_shift_dates(line, result, n < 0 ? -1 : 1, left,
							year_start_date(n < 0 ? FIRST_YEAR : LAST_YEAR),
							never) == left;
}

/* ----------------------------------------------------------------------
 * The wall clock
 * ----------------------------------------------------------------------
 */

/*
 * The wall clock at an instant, in microseconds since 2000-01-01 00:00: what
 * it shows, and what counts for business days.  A time that the clock shows
 * twice counts the second time, as "timestamp AT TIME ZONE" reads it.  Until
 * then the clock counts as if it stood at the time to which it will be set
 * back.  So what counts never goes back.
 */
static void
wall_clock(const Zone *zone, TimestampTz t, int64 *shown, int64 *counted)
{
	int32		micros;
	int64		at = split_timestamp(t, &micros);
	int64		until = at + MAX_SET_BACK;
	int32		offset = zone_offset(zone, at);

	*shown = *counted = t + offset * USECS_PER_SEC;
	while (zone_next_change(zone, at, until, &at, &offset))
		*counted = Min(*counted, (at - EPOCH_SECS + offset) * USECS_PER_SEC);
}

/*
 * The instant, in seconds since 1970, at which the wall clock first shows a local
 * time or a later one; or, if last, from which on it shows no earlier one.
 */
static int64
clock_reaches(const Zone *zone, int64 local, bool last)
{
	int64		from = local - ZONES_MAX_OFFSET - MAX_SET_BACK;
	int64		until = local + ZONES_MAX_OFFSET + MAX_SET_BACK;
	int64		reached = from;
	int64		end;
	int32		next;

	for (;;)
	{
		/*
		 * The clock shows it here, if this instant lies in the current
		 * stretch.
		 */
		int64		at = local - zone_offset(zone, from);
		bool		more = zone_next_change(zone, from, until, &end, &next);

		if (!last && (!more || at < end))
			return Max(from, at);
		if (last && from <= at)
			reached = more ? Min(at, end) : at;
		if (!more)
			return reached;
		from = end;
	}
}

/*
 * The instant of a local time; a time that the wall clock skips or repeats is
 * resolved as "timestamp AT TIME ZONE" does.  Beyond the range of timestamps it is
 * DT_NOBEGIN or DT_NOEND.
 */
static TimestampTz
instant_of_local(const Zone *zone, int64 local)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int32		offset = zone->fixed;

	if (!IS_VALID_TIMESTAMP(local) ||
		(zone->tz != NULL && timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0))
		return local > 0 ? DT_NOEND : DT_NOBEGIN;
	if (zone->tz != NULL)
		offset = -DetermineTimeZoneOffset(&tm, zone->tz);
	local -= offset * USECS_PER_SEC;
	if (!IS_VALID_TIMESTAMP(local))
		return local > 0 ? DT_NOEND : DT_NOBEGIN;
	return local;
}

/* ----------------------------------------------------------------------
 * Business days
 * ----------------------------------------------------------------------
 */

/* The spans of a shift that has open time; NULL if none starts on a date. */
static const OpeningShifts *
shift_of_date(Timeline *line, int64 date)
{
	const OpeningShifts *shifts = axis_shifts(line->axis, date);

	return shifts != NULL && shift_has_time(line, date) ? shifts : NULL;
}

/*
 * The shift in progress at an instant that is open or a closing time: its date,
 * and the time of it in microseconds.
 */
static void
shift_in_progress(Timeline *line, TimestampTz t, int64 *date, int64 *time)
{
	int64		shown;
	int64		counted;
	int64		day;
	int64		first;

	wall_clock(timeline_zone(line), t, &shown, &counted);
	day = floor_div(shown, USECS_PER_DAY) + EPOCH_DAYS;
	/* A shift lasts two days at most, and a gap of the clock one. */
	first = floor_div(counted, USECS_PER_DAY) + EPOCH_DAYS - 3;
	*date = day;
	*time = counted - (day - EPOCH_DAYS) * USECS_PER_DAY;
	for (; day >= first; day--)
	{
		const OpeningShifts *shifts = shift_of_date(line, day);
		int64		begins;

		if (shifts == NULL)
			continue;
		begins = (int64) shifts->spans[0].start * USECS_PER_MINUTE;
		*date = day;
		*time = counted - (day - EPOCH_DAYS) * USECS_PER_DAY;
		if (*time >= begins)
			return;
		/*
		 * This stays if no shift began before, and the clock will be set back.
		 */
		*time = begins;
	}
}

/*
 * The instant from which on answers may lie in the shift of a date, whose spans
 * are given: its beginning, or when going back the last closing time before.
 */
static TimestampTz
shift_begins(Timeline *line, int64 date, const OpeningShifts *shifts, bool back)
{
	int64		local = date * SECS_PER_DAY + (int64) shifts->spans[0].start * SECS_PER_MINUTE;
	TimestampTz begins = (clock_reaches(timeline_zone(line), local, back) - EPOCH_SECS) * USECS_PER_SEC;
	bool		never;

	return !back ? begins :
		timeline_earliest(line, timeline_open_before(line, begins), &never);
}

/*
 * The instant of a time of the shift of a date: not before this shift, and not
 * after the next one has begun.
 */
static TimestampTz
instant_of_shift(Timeline *line, int64 date, int64 time, bool back)
{
	TimestampTz result = instant_of_local(timeline_zone(line),
										  (date - EPOCH_DAYS) * USECS_PER_DAY + time);
	int64		next;

	/* If the clock skips this time, it is read as a time of the date after. */
	for (next = date + 1; next <= date + time / USECS_PER_DAY + 1; next++)
	{
		const OpeningShifts *shifts = shift_of_date(line, next);

		if (shifts != NULL)
		{
			result = Min(result, shift_begins(line, next, shifts, back));
			break;
		}
	}
	return Max(result, shift_begins(line, date, axis_shifts(line->axis, date), back));
}

/*
 * As next_open() or, if back, previous_open(), but if there is none, the result
 * is that of timeline_latest() or timeline_earliest().
 */
static TimestampTz
open_instant(Timeline *line, TimestampTz t, bool back, bool *never)
{
	int64		open;

	*never = false;
	if (!IS_VALID_TIMESTAMP(t) || timeline_is_open(line, t))
		return t;
	open = timeline_open_before(line, t);
	return back ? timeline_earliest(line, open, never) :
		timeline_latest(line, open, never);
}

/* The same for dates that have timestamps. */
static bool
nth_date_in_range(Timeline *line, int64 date, int32 n, int64 *result, bool *never)
{
	return nth_shift_date(line, date, n, result, never) &&
		*result - EPOCH_DAYS <= END_TIMESTAMP / USECS_PER_DAY &&
		*result - EPOCH_DAYS >= MIN_TIMESTAMP / USECS_PER_DAY;
}

TimestampTz
timeline_days_add(Timeline *line, TimestampTz start, int32 days, bool *never)
{
	bool		back = days < 0;
	TimestampTz result = open_instant(line, start, back, never);
	int64		date;
	int64		time;

	if (days == 0 || TIMESTAMP_NOT_FINITE(result))
		return result;
	shift_in_progress(line, result, &date, &time);
	if (!nth_date_in_range(line, date, days, &date, never))
		return back ? DT_NOBEGIN : DT_NOEND;
	result = instant_of_shift(line, date, time, back);
	if (!IS_VALID_TIMESTAMP(result))
		return back ? DT_NOBEGIN : DT_NOEND;
	return open_instant(line, result, back, never);
}

/*
 * The end of the hours of a date on which a shift starts: the closing time of its
 * last span, but not after the next shift has begun.
 */
static TimestampTz
shift_ends(Timeline *line, int64 date)
{
	const OpeningShifts *shifts = axis_shifts(line->axis, date);
	int64		local = date * SECS_PER_DAY;
	TimestampTz ends;
	bool		never;
	int64		next;

	if (shifts != NULL)
		local += (int64) shifts->spans[shifts->nspans - 1].end * SECS_PER_MINUTE;
	ends = (clock_reaches(timeline_zone(line), local, true) - EPOCH_SECS) * USECS_PER_SEC;
	/* The last span ends before the end of the date after. */
	for (next = date + 1; next <= date + 2; next++)
	{
		shifts = shift_of_date(line, next);
		if (shifts != NULL)
		{
			ends = Min(ends, shift_begins(line, next, shifts, false));
			break;
		}
	}
	return open_instant(line, ends, true, &never);
}

TimestampTz
timeline_day_closes(Timeline *line, TimestampTz start, int32 days, bool *never)
{
	TimestampTz opened = open_instant(line, start, false, never);
	TimestampTz result;
	int64		date;
	int64		time;

	if (TIMESTAMP_NOT_FINITE(opened))
		return opened;
	shift_in_progress(line, opened, &date, &time);
	/* An earlier shift can go on when that of the day is over. */
	if (days == 0 && shift_ends(line, date) <= opened)
		days = 1;
	if (!nth_date_in_range(line, date, days, &date, never))
		return DT_NOEND;
	result = shift_ends(line, date);
	return IS_VALID_TIMESTAMP(result) ? Max(result, opened) : DT_NOEND;
}

/* Whether the time of the shift of a date, moved to an opening, has come by an instant. */
static bool
reached_by(Timeline *line, int64 date, int64 time, TimestampTz finish)
{
	TimestampTz at = instant_of_shift(line, date, time, false);

	return at <= finish &&
		(timeline_is_open(line, at) || timeline_is_open(line, finish) ||
		 timeline_open_before(line, at) < timeline_open_before(line, finish));
}

int32
timeline_days_between(Timeline *line, TimestampTz start, TimestampTz finish)
{
	int64		date;
	int64		time;
	int64		last;
	int64		days;
	bool		never;
	int32		micros;

	require_finite(start, "count business days");
	require_finite(finish, "count business days");
	if (finish < start)
		return -timeline_days_between(line, finish, start);
	/* Without open time in between, not even the shift after start has begun. */
	if (timeline_open_before(line, start) == timeline_open_before(line, finish))
		return 0;
	shift_in_progress(line, open_instant(line, start, false, &never), &date, &time);

	/* No later date has begun anywhere, in no zone. */
	last = floor_div(split_timestamp(finish, &micros) + ZONES_MAX_OFFSET, SECS_PER_DAY);
	days = walk_shift_dates(line, &date, 1, PG_INT32_MAX, last, &never);
	while (days > 0 && !reached_by(line, date, time, finish))
	{
		/* It cannot be far back: the shift of a date has begun a day later. */
		CHECK_FOR_INTERRUPTS();
		if (--days > 0)
			(void) nth_shift_date(line, date, -1, &date, &never);
	}
	return (int32) days;
}
