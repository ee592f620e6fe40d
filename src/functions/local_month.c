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

static const CallArgs month_args = {.time_zone = 2};

/* Only months of dates (days since 2000) far from the ends are remembered. */
#define MIN_MONTH	(-1000000)
#define MAX_MONTH	1000000

PG_FUNCTION_INFO_V1(local_month);

/* local_month(at, time_zone) */
Datum
local_month(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	CallSite   *site = call_site(fcinfo, &month_args);
	Zone	   *zone;
	int64		date;
	int64		year;
	int			month;
	int			day;

	/* Tickets mostly come by the time at which they were opened. */
	if (at >= site->month_from && at < site->month_until)
		PG_RETURN_DATEADT(site->month);
	timeline_begin_call();
	(void) zone_arg(fcinfo, site, month_args.time_zone, false, &zone);
	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_NULL();
	zone_cover_instant(zone, at);
	date = zone_local_date(zone, at);
	split_date(date, &year, &month, &day);
	date -= day - 1 + EPOCH_DAYS;
	/* The month in which PostgreSQL's dates begin has no first day. */
	if (!IS_VALID_DATE(date))
		PG_RETURN_NULL();
	if (site->zone_constant && date > MIN_MONTH && date < MAX_MONTH)
	{
		/* No offset is larger than this, and no month shorter than 28 days. */
		site->month_from = date * USECS_PER_DAY + ZONES_MAX_OFFSET * USECS_PER_SEC;
		site->month_until = (date + 28) * USECS_PER_DAY - ZONES_MAX_OFFSET * USECS_PER_SEC;
		site->month = (DateADT) date;
	}
	PG_RETURN_DATEADT((DateADT) date);
}
