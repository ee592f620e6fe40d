/*
 * sla.c
 *	  SQL functions on service levels: targets, deadlines, clocks, verdicts.
 *
 * What comes in: a ticket's opening, priority, plan, zone and pauses.  What
 * goes out: instants, elapsed time, a status.  The arithmetic is that of the
 * clock (sla_clock.h).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "business_time.h"
#include "sla_clock.h"

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
	plan = policy_plan(map, name, len, false);
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
	zone = zone_lookup(name, len, false);
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
	SlaTerms	terms;
	const char *name;
	int			len;

	if (PG_ARGISNULL(args->opened_at) || PG_ARGISNULL(args->priority) ||
		PG_ARGISNULL(args->plan) || PG_ARGISNULL(args->metric))
		return false;

	timeline_begin_call();
	map = policy_current(site->namespace);
	terms.opened_at = PG_GETARG_TIMESTAMPTZ(args->opened_at);
	terms.plan = plan_arg(fcinfo, site, args->plan, map);
	terms.metric = enum_number(&site->metric, PG_GETARG_OID(args->metric));
	terms.priority = enum_number(&site->priority, PG_GETARG_OID(args->priority));
	name = text_arg(fcinfo, args->calendar, &len);
	terms.zone = zone_arg(fcinfo, site, args->time_zone);
	terms.holidays = text_arg(fcinfo, args->holidays, &terms.holidays_len);
	terms.calendar = name == NULL ? NULL : policy_calendar(map, name, len);
	(void) sla_clock_find(map, &terms, false, clock);

	clock->warned = &site->warned;
	if (!PG_ARGISNULL(args->paused))
	{
		if (site->multirange == NULL)
			site->multirange = lookup_type_cache(declared_argtype(fcinfo, args->paused),
												 TYPECACHE_MULTIRANGE_INFO);
		sla_clock_pause(clock, PG_GETARG_MULTIRANGE_P(args->paused),
						site->multirange);
	}
	return true;
}

static TimestampTz
sla_due(const SlaClock *clock, int64 target)
{
	TimestampTz due;

	(void) sla_clock_due(clock, target, false, &due);
	return due;
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
	rule = policy_target(map, policy_plan(map, name, len, false),
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
	PG_RETURN_INTERVAL_P(amount_to_interval(sla_clock_ran(&clock, PG_GETARG_TIMESTAMPTZ(1))));
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
	PG_RETURN_OID(values->value[sla_verdict(given[0], given[1], given[2], given[3],
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
		!TIMESTAMP_NOT_FINITE(until) && !TIMESTAMP_NOT_FINITE(clock.since))
	{
		int64		ran = sla_clock_ran(&clock, until);

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
		status = sla_verdict(have_target ? &due_at : NULL,
						   answered ? &answered_at : NULL,
						   have_at ? &at : NULL,
						   have_target ? &at_risk_at : NULL,
						   have_at && sla_clock_is_paused(&clock, at));
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
	plan = policy_plan(map, name, len, false);
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
		plan = policy_plan(map, name, len, false);
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
