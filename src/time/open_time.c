/*
 * open_time.c
 *	  Amounts of open time, and what can be asked of a time line.
 *
 * The SQL functions by value, those by calendar, and the clocks of tickets
 * share this arithmetic and its errors.
 */
#include "postgres.h"

#include "common/int.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "time/open_time.h"
#include "time/period_scan.h"

/* Periods that business_periods returns at most. */
#define MAX_PERIODS		1000000

int64
amount_from_interval(const Interval *interval)
{
	int64		days;
	int64		result;

	if (INTERVAL_NOT_FINITE(interval))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an amount of business time must be finite")));
	if (interval->month != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an amount of business time must not have months or years"),
				 errdetail("Months differ in length, so they are no amount of time."),
				 errhint("Use days of 24 hours, hours, minutes or seconds; for working days use business_days_add().")));
	if (pg_mul_s64_overflow(interval->day, USECS_PER_DAY, &days) ||
		pg_add_s64_overflow(days, interval->time, &result) ||
		result == PG_INT64_MIN)
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	return result;
}

Interval *
amount_to_interval(int64 micros)
{
	Interval   *result = palloc0(sizeof(Interval));

	result->time = micros;
	return result;
}

TimestampTz
checked_instant(TimestampTz result, bool never, TimestampTz from, bool forward)
{
	if (never)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 forward ? errmsg("business hours never open again") :
				 errmsg("business hours never opened before"),
				 errdetail("Counted from %s, they do not have the open time that was asked for.",
						   timestamptz_to_str(from)),
				 errhint("Check the years and dates of the hours.")));
	if (TIMESTAMP_NOT_FINITE(result))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return result;
}

void
require_finite(TimestampTz t, const char *what)
{
	if (TIMESTAMP_NOT_FINITE(t))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("cannot use an infinite timestamp to %s", what)));
}

int64
timeline_between(Timeline *line, TimestampTz start, TimestampTz finish)
{
	int64		elapsed;

	require_finite(start, "measure business time");
	require_finite(finish, "measure business time");
	if (pg_sub_s64_overflow(timeline_open_before(line, finish),
							timeline_open_before(line, start), &elapsed))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	return elapsed;
}

/* The first instant from t on that is open. */
TimestampTz
next_open(Timeline *line, TimestampTz t)
{
	bool		never;
	TimestampTz result;

	if (timeline_is_open(line, t))
		return t;
	result = timeline_latest(line, timeline_open_before(line, t), &never);
	return checked_instant(result, never, t, true);
}

/* The last instant up to t that is open or a closing time. */
TimestampTz
previous_open(Timeline *line, TimestampTz t)
{
	bool		never;
	TimestampTz result;

	if (timeline_is_open(line, t))
		return t;
	result = timeline_earliest(line, timeline_open_before(line, t), &never);
	return checked_instant(result, never, t, false);
}

/* The open periods that overlap a range, cut to it. */
MultirangeType *
timeline_periods(Timeline *line, RangeType *during, TypeCacheEntry *multirange)
{
	TypeCacheEntry *rng = multirange->rngtype;
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	RangeType **ranges;
	int			n = 0;
	int			room = 16;
	PeriodScan	scan;
	OpenPeriod	period;
	TimestampTz from;
	TimestampTz until;
	int32		micros;

	range_deserialize(rng, during, &lower, &upper, &empty);
	ranges = palloc(room * sizeof(RangeType *));
	if (empty)
		return make_multirange(multirange->type_id, rng, 0, ranges);
	if (lower.infinite || upper.infinite ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("cannot list business periods of a range without an end"),
				 errhint("Give a range with two finite bounds.")));
	from = DatumGetTimestampTz(lower.val);
	until = DatumGetTimestampTz(upper.val);

	period_scan_begin(&scan, timeline_axis(line), timeline_zone(line),
					  split_timestamp(from, &micros),
					  split_timestamp(until, &micros) + 1);
	while (period_scan_next(&scan, &period))
	{
		RangeBound	start = lower;
		RangeBound	end = upper;
		int64		opens = period.start - EPOCH_SECS;
		int64		closes = period.end - EPOCH_SECS;

		CHECK_FOR_INTERRUPTS();
		if (opens * USECS_PER_SEC > from)
		{
			start.val = TimestampTzGetDatum(opens * USECS_PER_SEC);
			start.inclusive = true;
		}
		if (closes <= until / USECS_PER_SEC && closes * USECS_PER_SEC <= until)
		{
			end.val = TimestampTzGetDatum(closes * USECS_PER_SEC);
			end.inclusive = false;
		}
		if (DatumGetTimestampTz(start.val) > DatumGetTimestampTz(end.val) ||
			(start.val == end.val && !(start.inclusive && end.inclusive)))
			continue;
		if (n >= MAX_PERIODS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("more than %d business periods in one range", MAX_PERIODS),
					 errhint("Ask for a shorter range.")));
		if (n >= room)
		{
			room *= 2;
			ranges = repalloc(ranges, room * sizeof(RangeType *));
		}
		ranges[n++] = make_range_compat(rng, &start, &end, false);
	}
	return make_multirange(multirange->type_id, rng, n, ranges);
}
