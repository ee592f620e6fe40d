/*
 * business_time.c
 *	  SQL functions on business time by value: hours and zone are arguments.
 *
 * They depend on nothing but their arguments and the server's time zone data, and
 * are immutable in the sense in which timezone(text, timestamptz) is.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "time/open_time.h"
#include "time/shift_dates.h"

/* Hours and zone come last: after two arguments, or after one. */
static const CallArgs args_after_two = {.hours = 3, .time_zone = 4};
static const CallArgs args_after_one = {.hours = 2, .time_zone = 3};

/* The time line of the hours and the zone in the arguments. */
static Timeline *
line_of_args(FunctionCallInfo fcinfo, const CallArgs *args)
{
	CallSite   *site = call_site(fcinfo, args);
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	BusinessHours *hours = PG_GETARG_BUSINESS_HOURS_P(args->hours - 1);
	Size		hours_len = VARSIZE(hours) - VARHDRSZ;
	int			zone_len;
	const char *zone = text_arg(fcinfo, args->time_zone, &zone_len);
	Axis	   *axis;

	timeline_begin_call();
	if (site->line_epoch == timeline_epoch &&
		same_bytes(&site->line_hours, VARDATA(hours), hours_len))
	{
		if (same_bytes(&site->line_zone, zone, zone_len))
		{
			timeline_touch(site->line);
			return site->line;
		}
		axis = timeline_axis(site->line);
		site->line_epoch = 0;
	}
	else
	{
		site->line_epoch = 0;
		axis = axis_get(axis_key_of_hours(hours), 0);
		keep_bytes(context, &site->line_hours, VARDATA(hours), hours_len);
	}
	site->line = timeline_get(axis, zone_lookup(zone, zone_len, false));
	keep_bytes(context, &site->line_zone, zone, zone_len);
	site->line_epoch = timeline_epoch;
	return site->line;
}

PG_FUNCTION_INFO_V1(business_time_add);
PG_FUNCTION_INFO_V1(business_time_between);
PG_FUNCTION_INFO_V1(business_days_add);
PG_FUNCTION_INFO_V1(business_days_between);
PG_FUNCTION_INFO_V1(is_business_time);
PG_FUNCTION_INFO_V1(next_business_time);
PG_FUNCTION_INFO_V1(previous_business_time);
PG_FUNCTION_INFO_V1(business_periods);

Datum
business_time_add(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	int64		amount = amount_from_interval(PG_GETARG_INTERVAL_P(1));
	Timeline   *line = line_of_args(fcinfo, &args_after_two);
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
	Timeline   *line = line_of_args(fcinfo, &args_after_two);

	PG_RETURN_INTERVAL_P(amount_to_interval(timeline_between(line, start, finish)));
}

Datum
is_business_time(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	Timeline   *line = line_of_args(fcinfo, &args_after_one);

	require_finite(at, "look up business hours");
	PG_RETURN_BOOL(timeline_is_open(line, at));
}

/* An instant moved by the hours in the arguments. */
static inline Datum
move_by_hours(FunctionCallInfo fcinfo, TimestampTz (*move) (Timeline *, TimestampTz))
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	Timeline   *line = line_of_args(fcinfo, &args_after_one);

	PG_RETURN_TIMESTAMPTZ(TIMESTAMP_NOT_FINITE(at) ? at : move(line, at));
}

Datum
next_business_time(PG_FUNCTION_ARGS)
{
	return move_by_hours(fcinfo, next_open);
}

Datum
previous_business_time(PG_FUNCTION_ARGS)
{
	return move_by_hours(fcinfo, previous_open);
}

Datum
business_days_add(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	int32		days = PG_GETARG_INT32(1);
	Timeline   *line = line_of_args(fcinfo, &args_after_two);
	bool		never;
	TimestampTz result;

	if (TIMESTAMP_NOT_FINITE(start))
		PG_RETURN_TIMESTAMPTZ(start);
	result = timeline_days_add(line, start, days, &never);
	PG_RETURN_TIMESTAMPTZ(checked_instant(result, never, start, days >= 0));
}

Datum
business_days_between(PG_FUNCTION_ARGS)
{
	TimestampTz start = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz finish = PG_GETARG_TIMESTAMPTZ(1);
	Timeline   *line = line_of_args(fcinfo, &args_after_two);

	PG_RETURN_INT32(timeline_days_between(line, start, finish));
}

Datum
business_periods(PG_FUNCTION_ARGS)
{
	RangeType  *during = PG_GETARG_RANGE_P(0);
	CallSite   *site = call_site(fcinfo, &args_after_one);
	Timeline   *line = line_of_args(fcinfo, &args_after_one);
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
