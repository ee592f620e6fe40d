/*
 * sla.c
 *	  SQL functions on service levels: targets, deadlines, clocks, verdicts.
 *
 * What comes in: a ticket's opening, priority, plan, zone and pauses.  What
 * goes out: instants, elapsed time, a status.  Policy tells which target and
 * which time line count; the rest is arithmetic on E, the open time before an
 * instant (timeline.h).
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "business_time.h"
#include "policy.h"

/* What a call site remembers. */
typedef struct SlaSite
{
	Oid			namespace;
	EnumValues	priority;
	EnumValues	metric;
	EnumValues	status;
	EnumValues	urgency;
	EnumValues	impact;
	TypeCacheEntry *multirange;
	TupleDesc	row;
	bool		warned;

	/* A plan or zone that is the same in every call is looked up once. */
	bool		plan_constant;
	bool		zone_constant;
	uint64		plan_map;		/* serial of the map that has plan; 0: none */
	const SupportPlan *plan;
	uint64		zone_epoch;		/* timeline_epoch when zone was got; 0: never */
	Zone	   *zone;
} SlaSite;

/* Positions of the arguments of a function; -1 where it has none. */
typedef struct SlaArgs
{
	int			opened_at;
	int			priority;
	int			plan;
	int			time_zone;
	int			metric;
	int			paused;
	int			holidays;
	int			calendar;
} SlaArgs;

/* A clock: what runs, against which target, on which time line. */
typedef struct SlaClock
{
	TimestampTz opened_at;
	const TargetRule *rule;		/* NULL: no row in force */
	Timeline   *line;			/* NULL: no hours, so nothing is measured */
	MultirangeType *paused;		/* NULL: none */
	TypeCacheEntry *multirange;
	PolicyHolidays *holidays;	/* that count; NULL: none */
	bool	   *warned;			/* whether a warning was given about them */
} SlaClock;

static const SlaArgs deadline_args = {0, 1, 2, 3, 4, 5, 6, 7};
static const SlaArgs elapsed_args = {0, 2, 3, 4, 5, 6, 7, 8};

/* Whether an argument is written as a constant in the query. */
static bool
is_constant(FunctionCallInfo fcinfo, int arg)
{
	Node	   *call = fcinfo->flinfo->fn_expr;

	return call != NULL && IsA(call, FuncExpr) &&
		arg < list_length(((FuncExpr *) call)->args) &&
		IsA(list_nth(((FuncExpr *) call)->args, arg), Const);
}

static pg_noinline SlaSite *
make_site(FunctionCallInfo fcinfo, int priority_arg, int metric_arg)
{
	SlaSite    *site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
											  sizeof(SlaSite));

	site->namespace = policy_namespace(fcinfo);
	if (priority_arg >= 0)
		enum_values(&site->priority, declared_argtype(fcinfo, priority_arg),
					priority_labels, NUM_PRIORITIES);
	if (metric_arg >= 0)
		enum_values(&site->metric, declared_argtype(fcinfo, metric_arg),
					metric_labels, NUM_METRICS);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

static inline SlaSite *
sla_site(FunctionCallInfo fcinfo, int priority_arg, int metric_arg)
{
	SlaSite    *site = fcinfo->flinfo->fn_extra;

	return likely(site != NULL) ? site :
		make_site(fcinfo, priority_arg, metric_arg);
}

static inline SlaSite *
ticket_site(FunctionCallInfo fcinfo, const SlaArgs *args)
{
	SlaSite    *site = fcinfo->flinfo->fn_extra;

	if (unlikely(site == NULL))
	{
		site = make_site(fcinfo, args->priority, args->metric);
		site->plan_constant = is_constant(fcinfo, args->plan);
		site->zone_constant = is_constant(fcinfo, args->time_zone);
	}
	return site;
}

static inline const char *
text_arg(FunctionCallInfo fcinfo, int arg, int *len)
{
	struct varlena *value;

	*len = 0;
	if (arg < 0 || PG_ARGISNULL(arg))
		return NULL;
	value = (struct varlena *) PG_GETARG_POINTER(arg);
	if (unlikely(VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)))
		value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(value));
	*len = VARSIZE_ANY_EXHDR(value);
	return VARDATA_ANY(value);
}

static inline const SupportPlan *
plan_arg(FunctionCallInfo fcinfo, SlaSite *site, int arg, const PolicyMap *map)
{
	const SupportPlan *plan;
	const char *name;
	int			len;

	if (site->plan_constant && site->plan_map == policy_serial(map))
		return site->plan;
	name = text_arg(fcinfo, arg, &len);
	plan = policy_plan(map, name, len);
	if (site->plan_constant)
	{
		site->plan = plan;
		site->plan_map = policy_serial(map);
	}
	return plan;
}

/* The zone in an argument; NULL for null. */
static inline Zone *
zone_arg(FunctionCallInfo fcinfo, SlaSite *site, int arg)
{
	Zone	   *zone;
	const char *name;
	int			len;

	if (site->zone_constant && site->zone_epoch == timeline_epoch)
		return site->zone;
	name = text_arg(fcinfo, arg, &len);
	if (name == NULL)
		return NULL;
	zone = zone_lookup(name, len);
	if (site->zone_constant)
	{
		site->zone = zone;
		site->zone_epoch = timeline_epoch;
	}
	return zone;
}

/*
 * Find what counts for the ticket in the arguments.  False if an argument is
 * null without which nothing is known.
 */
static pg_attribute_always_inline bool
sla_find(FunctionCallInfo fcinfo, const SlaArgs *args, SlaClock *clock)
{
	SlaSite    *site = ticket_site(fcinfo, args);
	PolicyMap  *map;
	const SupportPlan *plan;
	PolicyCalendar *calendar;
	Zone	   *zone;
	const char *name;
	const char *holidays;
	int			len;
	int			holidays_len;
	int			index;

	if (PG_ARGISNULL(args->opened_at) || PG_ARGISNULL(args->priority) ||
		PG_ARGISNULL(args->plan) || PG_ARGISNULL(args->metric))
		return false;

	timeline_begin_call();
	map = policy_current(site->namespace);
	clock->opened_at = PG_GETARG_TIMESTAMPTZ(args->opened_at);
	plan = plan_arg(fcinfo, site, args->plan, map);
	clock->rule = policy_target(map, plan,
								enum_number(&site->metric, PG_GETARG_OID(args->metric)),
								enum_number(&site->priority, PG_GETARG_OID(args->priority)),
								clock->opened_at, &index);

	name = text_arg(fcinfo, args->calendar, &len);
	zone = zone_arg(fcinfo, site, args->time_zone);
	holidays = text_arg(fcinfo, args->holidays, &holidays_len);
	calendar = name != NULL ? policy_calendar(map, name, len) :
		policy_calendar_at(map, index);

	if (calendar != NULL)
		clock->line = policy_timeline(map, calendar, zone,
									  holidays, holidays_len, false,
									  &clock->holidays);
	else
	{
		/* Nothing is measured, but what is wrong is still said. */
		clock->line = NULL;
		clock->holidays = NULL;
		if (holidays != NULL)
			(void) policy_holidays(map, holidays, holidays_len);
	}
	if (clock->rule != NULL && !clock->rule->has_target)
		clock->rule = NULL;
	if (clock->rule != NULL && clock->line == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the target of support plan \"%s\" has no business calendar",
						plan->name),
				 errhint("Set support_plan.calendar or sla_target_rule.calendar, or give a calendar.")));

	clock->warned = &site->warned;
	clock->paused = NULL;
	if (!PG_ARGISNULL(args->paused))
	{
		if (site->multirange == NULL)
			site->multirange = lookup_type_cache(declared_argtype(fcinfo, args->paused),
												 TYPECACHE_MULTIRANGE_INFO);
		clock->multirange = site->multirange;
		clock->paused = PG_GETARG_MULTIRANGE_P(args->paused);
		if (MultirangeIsEmpty(clock->paused))
			clock->paused = NULL;
	}
	return true;
}

/*
 * Bounds of a pause as instants; an infinite one is DT_NOBEGIN or DT_NOEND.
 * Whether a bound is included does not matter: an instant has no length.
 */
static void
pause_bounds(const SlaClock *clock, int i, TimestampTz *start, TimestampTz *end)
{
	RangeBound	lower;
	RangeBound	upper;

	CHECK_FOR_INTERRUPTS();
	multirange_get_bounds(clock->multirange->rngtype, clock->paused, i,
						  &lower, &upper);
	*start = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
	*end = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
}

/*
 * The deadline of a target: the earliest instant by which the clock has run
 * for so long, paused time counted as closed.  Infinity if a pause without
 * end begins before.
 */
static TimestampTz
sla_due_unchecked(const SlaClock *clock, int64 target)
{
	Timeline   *line = clock->line;
	TimestampTz opened_at = clock->opened_at;
	TimestampTz reached = opened_at;
	TimestampTz result;
	int64		goal;
	bool		never;
	int			i;

	if (TIMESTAMP_NOT_FINITE(opened_at) || target == 0)
		return opened_at;
	if (likely(clock->paused == NULL))
	{
		result = timeline_add(line, opened_at, target, &never);
		return checked_instant(result, never, opened_at, true);
	}

	if (pg_add_s64_overflow(timeline_open_before(line, opened_at), target, &goal))
		checked_instant(DT_NOEND, false, opened_at, true);
	for (i = 0; i < (int) clock->paused->rangeCount; i++)
	{
		TimestampTz start;
		TimestampTz end;
		int64		before;
		int64		paused;

		pause_bounds(clock, i, &start, &end);
		if (end <= reached)
			continue;
		start = Max(start, reached);
		if (TIMESTAMP_NOT_FINITE(start))
			break;
		before = timeline_open_before(line, start);
		if (before >= goal)
			break;
		if (TIMESTAMP_NOT_FINITE(end))
			return DT_NOEND;
		paused = timeline_open_before(line, end) - before;
		if (pg_add_s64_overflow(goal, paused, &goal))
			checked_instant(DT_NOEND, false, opened_at, true);
		reached = end;
	}
	result = timeline_earliest(line, goal, &never);
	return checked_instant(result, never, opened_at, true);
}

static TimestampTz
sla_due(const SlaClock *clock, int64 target)
{
	TimestampTz due = sla_due_unchecked(clock, target);

	if (unlikely(clock->holidays != NULL))
		policy_check_holidays(clock->holidays, timeline_zone(clock->line),
							  clock->opened_at, due, clock->warned);
	return due;
}

/* Time on the clock from the opening until an instant; never below zero. */
static int64
sla_ran(const SlaClock *clock, TimestampTz until)
{
	Timeline   *line = clock->line;
	TimestampTz reached = clock->opened_at;
	int64		ran;
	int			i;

	if (TIMESTAMP_NOT_FINITE(clock->opened_at) || TIMESTAMP_NOT_FINITE(until))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("cannot use an infinite timestamp to %s",
						"measure business time")));
	if (until <= reached)
		return 0;
	if (unlikely(clock->holidays != NULL))
		policy_check_holidays(clock->holidays, timeline_zone(line),
							  reached, until, clock->warned);
	if (pg_sub_s64_overflow(timeline_open_before(line, until),
							timeline_open_before(line, reached), &ran))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	for (i = 0; clock->paused != NULL && i < (int) clock->paused->rangeCount; i++)
	{
		TimestampTz start;
		TimestampTz end;

		pause_bounds(clock, i, &start, &end);
		if (end <= reached)
			continue;
		if (start >= until)
			break;
		start = Max(start, reached);
		end = Min(end, until);
		ran -= timeline_open_before(line, end) - timeline_open_before(line, start);
		reached = end;
	}
	return ran;
}

static bool
sla_is_paused(const SlaClock *clock, TimestampTz at)
{
	int			i;

	for (i = 0; clock->paused != NULL && i < (int) clock->paused->rangeCount; i++)
	{
		TimestampTz start;
		TimestampTz end;

		pause_bounds(clock, i, &start, &end);
		if (start > at)
			break;
		if (at < end)
			return true;
	}
	return false;
}

/* The part of a target after which a ticket is at risk, in microseconds. */
static int64
at_risk_part(const TargetRule *rule)
{
	return (int64) rint((double) rule->target * rule->at_risk);
}

PG_FUNCTION_INFO_V1(sla_target);
PG_FUNCTION_INFO_V1(sla_deadline);
PG_FUNCTION_INFO_V1(sla_at_risk);
PG_FUNCTION_INFO_V1(sla_elapsed);
PG_FUNCTION_INFO_V1(sla_clock);
PG_FUNCTION_INFO_V1(sla_status);
PG_FUNCTION_INFO_V1(plan_at);
PG_FUNCTION_INFO_V1(plan_priority);

/* sla_target(priority, plan, metric, at) */
Datum
sla_target(PG_FUNCTION_ARGS)
{
	SlaSite    *site = sla_site(fcinfo, 0, 2);
	PolicyMap  *map;
	const TargetRule *rule;
	Interval   *result;
	const char *name;
	int			len;
	int			calendar;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	map = policy_current(site->namespace);
	name = text_arg(fcinfo, 1, &len);
	rule = policy_target(map, policy_plan(map, name, len),
						 enum_number(&site->metric, PG_GETARG_OID(2)),
						 enum_number(&site->priority, PG_GETARG_OID(0)),
						 PG_GETARG_TIMESTAMPTZ(3), &calendar);
	if (rule == NULL || !rule->has_target)
		PG_RETURN_NULL();
	result = palloc(sizeof(Interval));
	*result = rule->interval;
	PG_RETURN_INTERVAL_P(result);
}

/* sla_deadline(opened_at, priority, plan, time_zone, metric, paused, holidays, calendar) */
Datum
sla_deadline(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (!sla_find(fcinfo, &deadline_args, &clock) || clock.rule == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(sla_due(&clock, clock.rule->target));
}

/* sla_at_risk(opened_at, priority, plan, time_zone, metric, paused, holidays, calendar) */
Datum
sla_at_risk(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (!sla_find(fcinfo, &deadline_args, &clock) || clock.rule == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(sla_due(&clock, at_risk_part(clock.rule)));
}

/* sla_elapsed(opened_at, until, priority, plan, time_zone, metric, paused, holidays, calendar) */
Datum
sla_elapsed(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (!sla_find(fcinfo, &elapsed_args, &clock) || PG_ARGISNULL(1) ||
		clock.line == NULL)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(amount_to_interval(sla_ran(&clock, PG_GETARG_TIMESTAMPTZ(1))));
}

/*
 * The verdict: it compares instants.  due_at is NULL where there is no target,
 * the others where they are not known.
 */
static SlaStatus
status_of(const TimestampTz *due_at, const TimestampTz *answered_at,
		  const TimestampTz *at, const TimestampTz *at_risk_at, bool is_paused)
{
	if (due_at == NULL)
		return STATUS_NO_TARGET;
	if (answered_at != NULL)
		return *answered_at <= *due_at ? STATUS_MET : STATUS_MISSED;
	if (at == NULL)
		return STATUS_UNKNOWN;
	if (*at > *due_at)
		return STATUS_OVERDUE;
	if (is_paused)
		return STATUS_PAUSED;
	if (at_risk_at != NULL && *at >= *at_risk_at)
		return STATUS_AT_RISK;
	return STATUS_ON_TRACK;
}

/* sla_status(due_at, answered_at, at, at_risk_at, is_paused) */
Datum
sla_status(PG_FUNCTION_ARGS)
{
	EnumValues *values = fcinfo->flinfo->fn_extra;
	TimestampTz instant[4];
	const TimestampTz *given[4];
	int			i;

	if (unlikely(values == NULL))
	{
		values = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
										sizeof(EnumValues));
		enum_values(values, declared_rettype(fcinfo), status_labels, NUM_STATUSES);
		fcinfo->flinfo->fn_extra = values;
	}
	for (i = 0; i < 4; i++)
	{
		given[i] = NULL;
		if (!PG_ARGISNULL(i))
		{
			instant[i] = PG_GETARG_TIMESTAMPTZ(i);
			given[i] = &instant[i];
		}
	}
	PG_RETURN_OID(values->value[status_of(given[0], given[1], given[2], given[3],
										  !PG_ARGISNULL(4) && PG_GETARG_BOOL(4))]);
}

/*
 * sla_clock(opened_at, priority, plan, time_zone, metric, paused, holidays,
 * calendar, answered_at, at): target, due_at, at_risk_at, elapsed, remaining,
 * used, status
 */
Datum
sla_clock(PG_FUNCTION_ARGS)
{
	SlaClock	clock;
	SlaSite    *site;
	Datum		values[7];
	bool		nulls[7];
	TimestampTz answered_at = 0;
	TimestampTz at = 0;
	TimestampTz due_at = 0;
	TimestampTz at_risk_at = 0;
	TimestampTz until;
	bool		answered = !PG_ARGISNULL(8);
	bool		have_at = !PG_ARGISNULL(9);
	bool		known;
	bool		have_target;
	SlaStatus	status;
	int			i;

	known = sla_find(fcinfo, &deadline_args, &clock);
	site = fcinfo->flinfo->fn_extra;
	if (unlikely(site->row == NULL))
	{
		TupleDesc	desc;
		MemoryContext old;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
			desc->natts != 7)
			elog(ERROR, "function is not declared to return its seven columns");
		enum_values(&site->status, TupleDescAttr(desc, 6)->atttypid,
					status_labels, NUM_STATUSES);
		old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		site->row = BlessTupleDesc(CreateTupleDescCopy(desc));
		MemoryContextSwitchTo(old);
	}
	for (i = 0; i < 7; i++)
	{
		values[i] = (Datum) 0;
		nulls[i] = true;
	}
	if (answered)
		answered_at = PG_GETARG_TIMESTAMPTZ(8);
	if (have_at)
		at = PG_GETARG_TIMESTAMPTZ(9);

	have_target = known && clock.rule != NULL;
	if (have_target)
	{
		due_at = sla_due(&clock, clock.rule->target);
		at_risk_at = sla_due(&clock, at_risk_part(clock.rule));
		values[0] = IntervalPGetDatum(palloc(sizeof(Interval)));
		*DatumGetIntervalP(values[0]) = clock.rule->interval;
		values[1] = TimestampTzGetDatum(due_at);
		values[2] = TimestampTzGetDatum(at_risk_at);
		nulls[0] = nulls[1] = nulls[2] = false;
	}

	/* The clock stops at the answer; a running one is read at "at". */
	until = answered ? answered_at : at;
	if (known && clock.line != NULL && (answered || have_at) &&
		!TIMESTAMP_NOT_FINITE(until) && !TIMESTAMP_NOT_FINITE(clock.opened_at))
	{
		int64		ran = sla_ran(&clock, until);

		values[3] = IntervalPGetDatum(amount_to_interval(ran));
		nulls[3] = false;
		if (have_target)
		{
			values[4] = IntervalPGetDatum(amount_to_interval(clock.rule->target - ran));
			nulls[4] = false;
			if (clock.rule->target > 0)
			{
				values[5] = Float8GetDatum((double) ran / (double) clock.rule->target);
				nulls[5] = false;
			}
		}
	}

	if (!known)
		status = STATUS_UNKNOWN;
	else
		status = status_of(have_target ? &due_at : NULL,
						   answered ? &answered_at : NULL,
						   have_at ? &at : NULL,
						   have_target ? &at_risk_at : NULL,
						   have_at && sla_is_paused(&clock, at));
	values[6] = ObjectIdGetDatum(site->status.value[status]);
	nulls[6] = false;
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(site->row, values, nulls)));
}

/* plan_at(plan, ends_at, at) */
Datum
plan_at(PG_FUNCTION_ARGS)
{
	SlaSite    *site = sla_site(fcinfo, -1, -1);
	PolicyMap  *map;
	const SupportPlan *plan;
	const char *name;
	int			len;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	map = policy_current(site->namespace);
	name = text_arg(fcinfo, 0, &len);
	plan = policy_plan(map, name, len);
	if (!PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(2))
			PG_RETURN_NULL();
		if (PG_GETARG_TIMESTAMPTZ(2) >= PG_GETARG_TIMESTAMPTZ(1))
			plan = policy_successor(map, plan);
	}
	if (plan == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(plan->name, plan->name_len));
}

/* plan_priority(urgency, impact, plan, override) */
Datum
plan_priority(PG_FUNCTION_ARGS)
{
	SlaSite    *site = sla_site(fcinfo, 3, -1);
	PolicyMap  *map;
	const SupportPlan *plan = NULL;
	const char *name;
	int			len;
	int			urgency;
	int			impact;
	int			priority;

	if (unlikely(site->impact.n == 0))
	{
		enum_values(&site->urgency, declared_argtype(fcinfo, 0),
					level_labels, NUM_LEVELS);
		enum_values(&site->impact, declared_argtype(fcinfo, 1),
					level_labels, NUM_LEVELS);
	}
	if (!PG_ARGISNULL(2))
	{
		map = policy_current(site->namespace);
		name = text_arg(fcinfo, 2, &len);
		plan = policy_plan(map, name, len);
	}
	if (!PG_ARGISNULL(3))
		PG_RETURN_DATUM(PG_GETARG_DATUM(3));
	if (plan == NULL)
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	urgency = enum_number(&site->urgency, PG_GETARG_OID(0));
	impact = enum_number(&site->impact, PG_GETARG_OID(1));
	priority = plan->priority[urgency][impact];
	if (priority < 0)
		priority = published_priority(urgency, impact);
	PG_RETURN_OID(site->priority.value[priority]);
}
