/*
 * business_time.c
 *	  SQL functions on business time by value: hours and zone are arguments.
 *
 * What comes in: instants, intervals, hours and the name of a zone.  What
 * goes out: instants, intervals and periods.  All of them unpack arguments,
 * ask the time line, and pack the answer.  They depend on nothing but their
 * arguments and the server's time zone data, and are immutable in the sense in
 * which timezone(text, timestamptz) is.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "business_time.h"
#include "period_scan.h"

/* Periods that business_periods returns at most. */
#define MAX_PERIODS		1000000

/* What a call site remembers: the last hours and zone, and their time line. */
typedef struct CallSite
{
	uint64		epoch;			/* timeline_epoch when line was got; 0: none */
	Timeline   *line;
	char	   *hours;			/* bytes of the value */
	Size		hours_len;
	Size		hours_room;
	char	   *zone;
	Size		zone_len;
	Size		zone_room;
	TypeCacheEntry *multirange;
} CallSite;

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

static void
remember(MemoryContext context, char **bytes, Size *len, Size *room,
		 const char *from, Size from_len)
{
	if (from_len > *room)
	{
		Size		more = Max(from_len, 64);

		if (*bytes != NULL)
			pfree(*bytes);
		*bytes = NULL;
		*room = 0;
		*bytes = MemoryContextAlloc(context, more);
		*room = more;
	}
	memcpy(*bytes, from, from_len);
	*len = from_len;
}

static CallSite *
call_site(FunctionCallInfo fcinfo)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallSite));
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/* The time line of the hours and the zone in two arguments. */
static Timeline *
line_of_args(FunctionCallInfo fcinfo, int hours_arg, int zone_arg)
{
	CallSite   *site = call_site(fcinfo);
	BusinessHours *hours = PG_GETARG_BUSINESS_HOURS_P(hours_arg);
	text	   *zone = PG_GETARG_TEXT_PP(zone_arg);
	char	   *zone_bytes = VARDATA_ANY(zone);
	Size		zone_len = VARSIZE_ANY_EXHDR(zone);
	Size		hours_len = VARSIZE(hours) - VARHDRSZ;

	timeline_begin_call();
	if (site->epoch != timeline_epoch ||
		site->hours_len != hours_len ||
		memcmp(site->hours, VARDATA(hours), hours_len) != 0)
	{
		site->epoch = 0;
		site->line = timeline_get(axis_get(axis_key_of_hours(hours), 0),
								  zone_lookup(zone_bytes, zone_len, false));
		remember(fcinfo->flinfo->fn_mcxt, &site->hours,
				 &site->hours_len, &site->hours_room, VARDATA(hours), hours_len);
		remember(fcinfo->flinfo->fn_mcxt, &site->zone,
				 &site->zone_len, &site->zone_room, zone_bytes, zone_len);
		site->epoch = timeline_epoch;
	}
	else if (site->zone_len != zone_len ||
			 memcmp(site->zone, zone_bytes, zone_len) != 0)
	{
		site->epoch = 0;
		site->line = timeline_get(timeline_axis(site->line),
								  zone_lookup(zone_bytes, zone_len, false));
		remember(fcinfo->flinfo->fn_mcxt, &site->zone,
				 &site->zone_len, &site->zone_room, zone_bytes, zone_len);
		site->epoch = timeline_epoch;
	}
	else
		timeline_touch(site->line);
	return site->line;
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

PG_FUNCTION_INFO_V1(business_time_add);
PG_FUNCTION_INFO_V1(business_time_between);
PG_FUNCTION_INFO_V1(business_days_add);
PG_FUNCTION_INFO_V1(is_business_time);
PG_FUNCTION_INFO_V1(next_business_time);
PG_FUNCTION_INFO_V1(previous_business_time);
PG_FUNCTION_INFO_V1(business_periods);

Datum
business_time_add(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	int64		amount = amount_from_interval(PG_GETARG_INTERVAL_P(1));
	Timeline   *line = line_of_args(fcinfo, 2, 3);
	bool		never;
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(start))
		PG_RETURN_TIMESTAMPTZ(start);
	result = timeline_add(line, start, amount, &never);
	PG_RETURN_TIMESTAMPTZ(checked_instant(result, never, start, amount > 0));
}

Datum
business_time_between(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz finish = PG_GETARG_TIMESTAMPTZ(1);
	Timeline   *line = line_of_args(fcinfo, 2, 3);

	PG_RETURN_INTERVAL_P(amount_to_interval(timeline_between(line, start, finish)));
}

Datum
is_business_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	Timeline   *line = line_of_args(fcinfo, 1, 2);

	require_finite(at, "look up business hours");
	PG_RETURN_BOOL(timeline_is_open(line, at));
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

Datum
next_business_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	Timeline   *line = line_of_args(fcinfo, 1, 2);

	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_TIMESTAMPTZ(at);
	PG_RETURN_TIMESTAMPTZ(next_open(line, at));
}

Datum
previous_business_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	Timeline   *line = line_of_args(fcinfo, 1, 2);

	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_TIMESTAMPTZ(at);
	PG_RETURN_TIMESTAMPTZ(previous_open(line, at));
}

/* The local wall clock at an instant: microseconds since 2000-01-01 00:00. */
static int64
local_time(const Zone *zone, TimestampTz t)
{
	int32		micros;

	return t + zone_offset(zone, split_timestamp(t, &micros)) * USECS_PER_SEC;
}

/*
 * The instant of a local time; a time that the wall clock skips or repeats is
 * resolved as "timestamp AT TIME ZONE" does.
 */
static TimestampTz
instant_of_local(const Zone *zone, int64 local)
{
	struct pg_tm tm;
	fsec_t		fsec;
	int32		offset = zone->fixed;
	TimestampTz result;

	if (!IS_VALID_TIMESTAMP(local))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	if (zone->tz != NULL)
	{
		if (timestamp2tm(local, NULL, &tm, &fsec, NULL, NULL) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("timestamp out of range")));
		offset = -DetermineTimeZoneOffset(&tm, zone->tz);
	}
	result = local - offset * USECS_PER_SEC;
	if (!IS_VALID_TIMESTAMP(result))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return result;
}

Datum
business_days_add(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	int32		days = PG_GETARG_INT32(1);
	Timeline   *line = line_of_args(fcinfo, 2, 3);

	if (TIMESTAMP_NOT_FINITE(start))
		PG_RETURN_TIMESTAMPTZ(start);
	PG_RETURN_TIMESTAMPTZ(timeline_days_add(line, start, days));
}

TimestampTz
timeline_days_add(Timeline *line, TimestampTz start, int32 days)
{
	const Zone *zone = timeline_zone(line);
	TimestampTz from;
	int64		local;
	int64		date;
	int64		time;
	int64		to;
	bool		never;

	from = days >= 0 ? next_open(line, start) : previous_open(line, start);
	if (days == 0)
		return from;

	local = local_time(zone, from);
	date = floor_div(local, USECS_PER_DAY);
	time = local - date * USECS_PER_DAY;
	if (!timeline_shift_date(line, date + EPOCH_DAYS, days, &to, &never))
		(void) checked_instant(days > 0 ? DT_NOEND : DT_NOBEGIN, never, start,
							   days > 0);
	to -= EPOCH_DAYS;
	if (to > END_TIMESTAMP / USECS_PER_DAY || to < MIN_TIMESTAMP / USECS_PER_DAY)
		(void) checked_instant(DT_NOEND, false, start, true);
	from = instant_of_local(zone, to * USECS_PER_DAY + time);
	return days > 0 ? next_open(line, from) : previous_open(line, from);
}

Datum
business_periods(PG_FUNCTION_ARGS)
{
	RangeType  *during = PG_GETARG_RANGE_P(0);
	CallSite   *site = call_site(fcinfo);
	Timeline   *line = line_of_args(fcinfo, 1, 2);
	Oid			type = get_fn_expr_rettype(fcinfo->flinfo);

	if (!OidIsValid(type))
		type = TSTZMULTIRANGEOID;
	if (site->multirange == NULL || site->multirange->type_id != type)
	{
		site->multirange = lookup_type_cache(type, TYPECACHE_MULTIRANGE_INFO);
		if (site->multirange->rngtype == NULL)
			elog(ERROR, "type %u is not a multirange type", type);
	}
	PG_RETURN_MULTIRANGE_P(timeline_periods(line, during, site->multirange));
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
