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
#include "time/open_time.h"

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
