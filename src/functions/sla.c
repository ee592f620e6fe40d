/*
 * sla.c
 *	  SQL functions on service levels: targets, deadlines, clocks, verdicts.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "functions/settled_deadline.h"
#include "time/open_time.h"

static const CallArgs target_args = {
	.reads_policy = true, .priority = 1, .plan = 2, .metric = 3, .opened_at = 4
};
static const CallArgs clock_args = {
	.reads_policy = true, .opened_at = 1, .priority = 2, .plan = 3, .time_zone = 4,
	.metric = 5, .paused = 6, .holidays = 7, .calendar = 8, .target = 11
};
static const CallArgs elapsed_args = {
	.reads_policy = true, .opened_at = 1, .priority = 3, .plan = 4, .time_zone = 5,
	.metric = 6, .paused = 7, .holidays = 8, .calendar = 9, .target = 10
};
static const CallArgs status_args = {.result = status_labels, .nresult = NUM_STATUSES};
static const CallArgs plan_args = {.reads_policy = true, .plan = 1};
static const CallArgs matrix_args = {
	.reads_policy = true, .urgency = 1, .impact = 2, .plan = 3, .priority = 4
};

/*
 * Find the clock of the arguments.  gap gets what sla_warn() has to tell, once
 * the clock is no longer in use.
 */
static pg_attribute_always_inline bool
sla_find(FunctionCallInfo fcinfo, const CallArgs *args, HolidayGap *gap,
		 SlaClock *clock)
{
	gap->list = NULL;
	return clock_of_args(fcinfo, args, call_site(fcinfo, args), false, gap, clock);
}

static inline void
sla_warn(FunctionCallInfo fcinfo, const HolidayGap *gap)
{
	holiday_gap_warn(gap, &((CallSite *) fcinfo->flinfo->fn_extra)->warned);
}

PG_FUNCTION_INFO_V1(sla_target);
PG_FUNCTION_INFO_V1(sla_target_days);
PG_FUNCTION_INFO_V1(sla_deadline);
PG_FUNCTION_INFO_V1(sla_at_risk);
PG_FUNCTION_INFO_V1(sla_elapsed);
PG_FUNCTION_INFO_V1(sla_clock);
PG_FUNCTION_INFO_V1(sla_status);
PG_FUNCTION_INFO_V1(plan_at);
PG_FUNCTION_INFO_V1(plan_priority);

/* The row in force of (priority, plan, metric, at); NULL: no target. */
static const TargetRule *
rule_of_args(FunctionCallInfo fcinfo)
{
	CallSite   *site = call_site(fcinfo, &target_args);
	PolicyMap  *map;
	const TargetRule *rule;
	int			calendar;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return NULL;
	map = policy_current(&site->policy);
	rule = policy_target(map, plan_arg(fcinfo, site, target_args.plan, map, false),
						 metric_arg(fcinfo, site, target_args.metric, map, false),
						 enum_arg(fcinfo, &site->priority, target_args.priority, false),
						 instant_arg(fcinfo, target_args.opened_at), false, &calendar);
	return rule != NULL && rule->has_target ? rule : NULL;
}

/* sla_target(priority, plan, metric, at) */
Datum
sla_target(PG_FUNCTION_ARGS)
{
	const TargetRule *rule = rule_of_args(fcinfo);
	Interval   *result;

	if (rule == NULL || rule->days != NOT_DAYS)
		PG_RETURN_NULL();
	result = palloc(sizeof(Interval));
	*result = rule->interval;
	PG_RETURN_INTERVAL_P(result);
}

/* sla_target_days(priority, plan, metric, at) */
Datum
sla_target_days(PG_FUNCTION_ARGS)
{
	const TargetRule *rule = rule_of_args(fcinfo);

	if (rule == NULL || rule->days == NOT_DAYS)
		PG_RETURN_NULL();
	PG_RETURN_INT32(rule->days);
}

Datum
general_deadline(FunctionCallInfo fcinfo, bool at_risk)
{
	SlaClock	clock;
	HolidayGap	gap;
	TimestampTz due;

	if (!sla_find(fcinfo, &deadline_args, &gap, &clock) || clock.rule == NULL)
		PG_RETURN_NULL();
	if (at_risk)
		(void) sla_clock_at_risk(&clock, false, &due);
	else
		(void) sla_clock_due(&clock, false, &due);
	sla_warn(fcinfo, &gap);
	PG_RETURN_TIMESTAMPTZ(due);
}

/*
 * sla_deadline(opened_at, priority, plan, time_zone, metric, paused, holidays,
 * calendar, target)
 */
Datum
sla_deadline(PG_FUNCTION_ARGS)
{
	return settled_deadline(fcinfo, false);
}

/*
 * sla_at_risk(opened_at, priority, plan, time_zone, metric, paused, holidays,
 * calendar, target)
 */
Datum
sla_at_risk(PG_FUNCTION_ARGS)
{
	return settled_deadline(fcinfo, true);
}

/*
 * sla_elapsed(opened_at, until, priority, plan, time_zone, metric, paused, holidays,
 * calendar, target): a target is checked, and changes nothing of the time
 */
Datum
sla_elapsed(PG_FUNCTION_ARGS)
{
	SlaClock	clock;
	HolidayGap	gap;
	int64		ran;

	if (!sla_find(fcinfo, &elapsed_args, &gap, &clock) || PG_ARGISNULL(1) ||
		clock.line == NULL)
		PG_RETURN_NULL();
	ran = sla_clock_ran(&clock, PG_GETARG_TIMESTAMPTZ(1));
	sla_warn(fcinfo, &gap);
	PG_RETURN_INTERVAL_P(amount_to_interval(ran));
}

/* sla_status(due_at, answered_at, at, at_risk_at, is_paused) */
Datum
sla_status(PG_FUNCTION_ARGS)
{
	CallSite   *site = call_site(fcinfo, &status_args);
	TimestampTz instant[4];
	const TimestampTz *given[4];
	int			i;

	for (i = 0; i < 4; i++)
	{
		given[i] = NULL;
		if (!PG_ARGISNULL(i))
		{
			instant[i] = PG_GETARG_TIMESTAMPTZ(i);
			given[i] = &instant[i];
		}
	}
	PG_RETURN_OID(site->result.value[sla_verdict(given[0], given[1], given[2], given[3],
												  !PG_ARGISNULL(4) && PG_GETARG_BOOL(4))]);
}

/*
 * sla_clock(opened_at, priority, plan, time_zone, metric, paused, holidays,
 * calendar, answered_at, at, target): target, due_at, at_risk_at, elapsed,
 * remaining, used, status
 */
Datum
sla_clock(PG_FUNCTION_ARGS)
{
	SlaClock	clock;
	HolidayGap	gap;
	CallSite   *site = call_site(fcinfo, &clock_args);
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

	if (site->row == NULL)
	{
		TupleDesc	desc;
		MemoryContext old;

		if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
			desc->natts != 7)
			elog(ERROR, "function is not declared to return its seven columns");
		enum_values(&site->result, TupleDescAttr(desc, 6)->atttypid,
					status_labels, NUM_STATUSES);
		old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		site->row = BlessTupleDesc(CreateTupleDescCopy(desc));
		MemoryContextSwitchTo(old);
	}
	known = sla_find(fcinfo, &clock_args, &gap, &clock);
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
		(void) sla_clock_due(&clock, false, &due_at);
		(void) sla_clock_at_risk(&clock, false, &at_risk_at);
		values[0] = IntervalPGetDatum(palloc(sizeof(Interval)));
		*DatumGetIntervalP(values[0]) = clock.rule->interval;
		/* Business days have no length before they have a start. */
		nulls[0] = clock.rule->days != NOT_DAYS && clock.days_end == DT_NOBEGIN;
		values[1] = TimestampTzGetDatum(due_at);
		values[2] = TimestampTzGetDatum(at_risk_at);
		nulls[1] = nulls[2] = false;
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
	values[6] = ObjectIdGetDatum(site->result.value[status]);
	nulls[6] = false;
	sla_warn(fcinfo, &gap);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(site->row, values, nulls)));
}

/* plan_at(plan, ends_at, at) */
Datum
plan_at(PG_FUNCTION_ARGS)
{
	CallSite   *site = call_site(fcinfo, &plan_args);
	PolicyMap  *map;
	const SupportPlan *plan;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	map = policy_current(&site->policy);
	plan = plan_arg(fcinfo, site, plan_args.plan, map, false);
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
	CallSite   *site = call_site(fcinfo, &matrix_args);
	PolicyMap  *map;
	const SupportPlan *plan = NULL;
	int			urgency;
	int			impact;
	int			priority;

	if (!PG_ARGISNULL(2))
	{
		map = policy_current(&site->policy);
		plan = plan_arg(fcinfo, site, matrix_args.plan, map, false);
	}
	if (!PG_ARGISNULL(3))
		PG_RETURN_DATUM(PG_GETARG_DATUM(3));
	if (plan == NULL)
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	urgency = enum_arg(fcinfo, &site->urgency, matrix_args.urgency, false);
	impact = enum_arg(fcinfo, &site->impact, matrix_args.impact, false);
	priority = matrix_priority(plan, urgency, impact);
	PG_RETURN_OID(site->priority.value[priority]);
}
