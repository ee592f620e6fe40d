/*
 * calendar_time.c
 *	  SQL functions on business time by calendar: the policy has the hours, the
 *	  zone and the holidays that belong to its name.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "time/open_time.h"
#include "time/shift_dates.h"

/* Calendar, zone and holidays come last: after two arguments, or after one. */
static const CallArgs args_after_two = {
	.reads_policy = true, .opened_at = 1, .calendar = 3, .time_zone = 4, .holidays = 5
};
static const CallArgs args_after_one = {
	.reads_policy = true, .opened_at = 1, .calendar = 2, .time_zone = 3, .holidays = 4
};
static const CallArgs args_after_range = {
	.reads_policy = true, .calendar = 2, .time_zone = 3, .holidays = 4
};

/* A calendar that was found. */
typedef struct FoundCalendar
{
	CallSite   *site;
	Timeline   *line;
	PolicyHolidays *holidays;	/* NULL: none count */
} FoundCalendar;

/*
 * Find the calendar in the arguments; a zone and a list of holidays replace its
 * own.  False if one of the arguments up to the calendar is null.
 */
static bool
find_calendar(FunctionCallInfo fcinfo, const CallArgs *args, FoundCalendar *found)
{
	CallSite   *site = call_site(fcinfo, args);
	PolicyMap  *map;
	PolicyCalendar *calendar;
	Zone	   *zone;
	const char *name;
	const char *holidays;
	int			len;
	int			holidays_len;
	int			i;

	for (i = 1; i <= args->calendar; i++)
	{
		if (arg_is_null(fcinfo, i))
			return false;
	}
	policy_begin_call();
	map = policy_current(&site->policy);
	name = text_arg(fcinfo, args->calendar, &len);
	calendar = policy_calendar(map, name, len, false);
	(void) zone_arg(fcinfo, site, args->time_zone, false, &zone);
	holidays = text_arg(fcinfo, args->holidays, &holidays_len);
	found->site = site;
	found->line = policy_timeline(map, calendar, zone, holidays, holidays_len,
								  true, false, &found->holidays);
	return true;
}

/*
 * Check that the holidays between two instants are known.  It may warn, so
 * what was found must not be used afterwards.
 */
static void
check_known(const FoundCalendar *found, TimestampTz from, TimestampTz to)
{
	HolidayGap	gap = {0};

	if (found->holidays == NULL ||
		policy_holidays_safe(found->holidays, from, to))
		return;
	policy_check_holidays(found->holidays, timeline_zone(found->line), from, to, &gap);
	holiday_gap_warn(&gap, &found->site->warned);
}

PG_FUNCTION_INFO_V1(calendar_add);
PG_FUNCTION_INFO_V1(calendar_between);
PG_FUNCTION_INFO_V1(calendar_days_add);
PG_FUNCTION_INFO_V1(calendar_days_between);
PG_FUNCTION_INFO_V1(calendar_is_open);
PG_FUNCTION_INFO_V1(calendar_next_open);
PG_FUNCTION_INFO_V1(calendar_previous_open);
PG_FUNCTION_INFO_V1(calendar_periods);

/* calendar_add(start, amount, calendar, time_zone, holidays) */
Datum
calendar_add(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	TimestampTz start;
	TimestampTz result;
	int64		amount;
	bool		never;

	if (!find_calendar(fcinfo, &args_after_two, &found))
		PG_RETURN_NULL();
	start = PG_GETARG_TIMESTAMPTZ(0);
	amount = amount_from_interval(PG_GETARG_INTERVAL_P(1));
	if (TIMESTAMP_NOT_FINITE(start))
		PG_RETURN_TIMESTAMPTZ(start);
	result = timeline_add(found.line, start, amount, &never);
	result = checked_instant(result, never, start, amount > 0);
	check_known(&found, start, result);
	PG_RETURN_TIMESTAMPTZ(result);
}

/* calendar_between(start, finish, calendar, time_zone, holidays) */
Datum
calendar_between(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	TimestampTz start;
	TimestampTz finish;
	int64		elapsed;

	if (!find_calendar(fcinfo, &args_after_two, &found))
		PG_RETURN_NULL();
	start = PG_GETARG_TIMESTAMPTZ(0);
	finish = PG_GETARG_TIMESTAMPTZ(1);
	elapsed = timeline_between(found.line, start, finish);
	check_known(&found, start, finish);
	PG_RETURN_INTERVAL_P(amount_to_interval(elapsed));
}

/* calendar_days_add(start, days, calendar, time_zone, holidays) */
Datum
calendar_days_add(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	TimestampTz start;
	TimestampTz result;
	int32		days;
	bool		never;

	if (!find_calendar(fcinfo, &args_after_two, &found))
		PG_RETURN_NULL();
	start = PG_GETARG_TIMESTAMPTZ(0);
	days = PG_GETARG_INT32(1);
	if (TIMESTAMP_NOT_FINITE(start))
		PG_RETURN_TIMESTAMPTZ(start);
	result = timeline_days_add(found.line, start, days, &never);
	result = checked_instant(result, never, start, days >= 0);
	check_known(&found, start, result);
	PG_RETURN_TIMESTAMPTZ(result);
}

/* calendar_days_between(start, finish, calendar, time_zone, holidays) */
Datum
calendar_days_between(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	TimestampTz start;
	TimestampTz finish;
	int32		days;

	if (!find_calendar(fcinfo, &args_after_two, &found))
		PG_RETURN_NULL();
	start = PG_GETARG_TIMESTAMPTZ(0);
	finish = PG_GETARG_TIMESTAMPTZ(1);
	days = timeline_days_between(found.line, start, finish);
	check_known(&found, start, finish);
	PG_RETURN_INT32(days);
}

/* calendar_is_open(at, calendar, time_zone, holidays) */
Datum
calendar_is_open(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	TimestampTz at;
	bool		is_open;

	if (!find_calendar(fcinfo, &args_after_one, &found))
		PG_RETURN_NULL();
	at = PG_GETARG_TIMESTAMPTZ(0);
	require_finite(at, "look up business hours");
	is_open = timeline_is_open(found.line, at);
	check_known(&found, at, at);
	PG_RETURN_BOOL(is_open);
}

/* An instant moved by the hours of a calendar. */
static inline Datum
move_by_calendar(FunctionCallInfo fcinfo, TimestampTz (*move) (Timeline *, TimestampTz))
{
	FoundCalendar found;
	TimestampTz at;
	TimestampTz result;

	if (!find_calendar(fcinfo, &args_after_one, &found))
		PG_RETURN_NULL();
	at = PG_GETARG_TIMESTAMPTZ(0);
	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_TIMESTAMPTZ(at);
	result = move(found.line, at);
	check_known(&found, at, result);
	PG_RETURN_TIMESTAMPTZ(result);
}

/* calendar_next_open(at, calendar, time_zone, holidays) */
Datum
calendar_next_open(PG_FUNCTION_ARGS)
{
	return move_by_calendar(fcinfo, next_open);
}

/* calendar_previous_open(at, calendar, time_zone, holidays) */
Datum
calendar_previous_open(PG_FUNCTION_ARGS)
{
	return move_by_calendar(fcinfo, previous_open);
}

/* calendar_periods(during, calendar, time_zone, holidays) */
Datum
calendar_periods(PG_FUNCTION_ARGS)
{
	FoundCalendar found;
	RangeType  *during;
	MultirangeType *result;
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;

	if (!find_calendar(fcinfo, &args_after_range, &found))
		PG_RETURN_NULL();
	during = PG_GETARG_RANGE_P(0);
	if (found.site->multirange == NULL)
		found.site->multirange = lookup_type_cache(TSTZMULTIRANGEOID,
												   TYPECACHE_MULTIRANGE_INFO);
	result = timeline_periods(found.line, during, found.site->multirange);
	range_deserialize(found.site->multirange->rngtype, during,
					  &lower, &upper, &empty);
	if (!empty)
		check_known(&found, DatumGetTimestampTz(lower.val),
					DatumGetTimestampTz(upper.val));
	PG_RETURN_MULTIRANGE_P(result);
}
