/*
 * local_month.c
 *	  The SQL function that gives the month of an instant in a time zone.
 *
 * Reports group by it, so it runs once for each of their rows.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "functions/call_site.h"

/* What a call site of local_month() remembers. */
typedef struct MonthSite
{
	bool		zone_constant;	/* the same zone in every call */
	uint64		epoch;			/* timeline_epoch when zone was got; 0: never */
	Zone	   *zone;
	TimestampTz from;			/* instants that surely lie in the same month */
	TimestampTz until;			/* as the last one did */
	DateADT		month;
} MonthSite;

/* Months that are remembered: of dates, days since 2000, far from the ends. */
#define MIN_MONTH	(-1000000)
#define MAX_MONTH	1000000

/* The first day of the month of a date; both in days since 1970. */
static inline int64
month_start(int64 date)
{
	/* Years from March on, in eras of 400 years, end with the leap day. */
	int64		era = floor_div(date + 719468, 146097);
	uint32		day = (uint32) (date + 719468 - era * 146097);
	uint32		year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint32		of_year = day - (365 * year + year / 4 - year / 100);
	uint32		month = (5 * of_year + 2) / 153;

	return date - (of_year - (153 * month + 2) / 5);
}

PG_FUNCTION_INFO_V1(local_month);

/* local_month(at, time_zone) */
Datum
local_month(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	MonthSite  *site = fcinfo->flinfo->fn_extra;
	Zone	   *zone;
	int64		date;

	if (unlikely(site == NULL))
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(MonthSite));
		site->zone_constant = arg_is_constant(fcinfo, 1);
		fcinfo->flinfo->fn_extra = site;
	}

	/* Tickets mostly come by the time at which they were opened. */
	if (likely(at >= site->from && at < site->until))
		PG_RETURN_DATEADT(site->month);
	timeline_begin_call();
	if (likely(site->zone_constant && site->epoch == timeline_epoch))
	{
		zone = site->zone;
		zone->used = cache_tick;
	}
	else
	{
		text	   *name = PG_GETARG_TEXT_PP(1);

		zone = zone_lookup(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), false);
		zone_stretches(zone);
		site->zone = zone;
		site->epoch = timeline_epoch;
	}

	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_NULL();
	date = month_start(zone_local_date(zone, at)) - EPOCH_DAYS;
	/* The month in which PostgreSQL's dates begin has no first day. */
	if (!IS_VALID_DATE(date))
		PG_RETURN_NULL();
	if (site->zone_constant && date > MIN_MONTH && date < MAX_MONTH)
	{
		/* No offset is larger than this, and no month shorter than 28 days. */
		site->from = date * USECS_PER_DAY + ZONES_MAX_OFFSET * USECS_PER_SEC;
		site->until = (date + 28) * USECS_PER_DAY - ZONES_MAX_OFFSET * USECS_PER_SEC;
		site->month = (DateADT) date;
	}
	PG_RETURN_DATEADT((DateADT) date);
}
