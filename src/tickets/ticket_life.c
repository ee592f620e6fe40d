/*
 * ticket_life.c
 *	  What the procedures on tracked tickets and the views to read ask of the
 *	  server and the policy.
 *
 * A report reads whatever the clocks say, and one odd row must not stop it.
 * Where the policy or the zone does not know, the answer is null.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(may_commit);
PG_FUNCTION_INFO_V1(clock_moved);
PG_FUNCTION_INFO_V1(clock_time);
PG_FUNCTION_INFO_V1(clock_goal);

static const CallArgs moved_args = {
	.reads_policy = true, .opened_at = 1, .priority = 2, .plan = 3, .time_zone = 4,
	.metric = 5, .paused = 6, .holidays = 7, .calendar = 8, .urgency = 9,
	.impact = 10
};

static const CallArgs time_args = {
	.reads_policy = true, .since = 1, .opened_at = 3, .priority = 4, .plan = 5,
	.time_zone = 6, .metric = 7, .paused = 8, .holidays = 9, .calendar = 10
};
static const CallArgs goal_args = {
	.reads_policy = true, .priority = 1, .plan = 2, .metric = 3, .opened_at = 4
};

enum
{
	ARG_OVERRIDE = 10,
	ARG_TARGET,
	ARG_TARGET_DAYS,
	ARG_UNTIL_CLOSE,
	ARG_DUE_AT,
	ARG_AT_RISK_AT,
	ARG_REMAINING
};

/* may_commit(): whether the procedure that asks can commit */
Datum
may_commit(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SPI_inside_nonatomic_context());
}

/* Whether an instant that is stored is another than the one found. */
static bool
moved_instant(FunctionCallInfo fcinfo, int arg, TimestampTz found)
{
	if (TIMESTAMP_NOT_FINITE(found))
		return !PG_ARGISNULL(arg);
	return PG_ARGISNULL(arg) || PG_GETARG_TIMESTAMPTZ(arg) != found;
}

/* Whether a target that is stored is another. */
static bool
moved_target(FunctionCallInfo fcinfo, const TargetRule *rule)
{
	int			days = PG_ARGISNULL(ARG_TARGET_DAYS) ? NOT_DAYS : PG_GETARG_INT32(ARG_TARGET_DAYS);

	return PG_ARGISNULL(ARG_TARGET) || days != rule->days ||
		(!PG_ARGISNULL(ARG_UNTIL_CLOSE) && PG_GETARG_BOOL(ARG_UNTIL_CLOSE)) != rule->until_close ||
		memcmp(PG_GETARG_INTERVAL_P(ARG_TARGET), &rule->interval, sizeof(Interval)) != 0;
}

/*
 * The priority by the matrix; that of the clock where a level is missing or an
 * override stands.
 */
static int
matrix_now(FunctionCallInfo fcinfo, const CallSite *site)
{
	int			priority = enum_arg(fcinfo, &site->priority, moved_args.priority, true);
	int			found;

	if (!PG_ARGISNULL(ARG_OVERRIDE) || PG_ARGISNULL(moved_args.urgency - 1) ||
		PG_ARGISNULL(moved_args.impact - 1))
		return priority;
	found = matrix_priority(site->plan,
							enum_arg(fcinfo, &site->urgency, moved_args.urgency, true),
							enum_arg(fcinfo, &site->impact, moved_args.impact, true));
	return found >= 0 ? found : priority;
}

/*
 * The target in force, or NULL where there is none.  False if the policy does
 * not know.
 */
static bool
find_rule(FunctionCallInfo fcinfo, const CallArgs *args, CallSite *site,
		  const TargetRule **rule)
{
	PolicyMap  *map = policy_current(&site->policy);
	const SupportPlan *plan = plan_arg(fcinfo, site, args->plan, map, true);
	int			metric = metric_arg(fcinfo, site, args->metric, map, true);
	int			priority = enum_arg(fcinfo, &site->priority, args->priority, true);
	int			calendar;

	if (plan == NULL || metric < 0 || priority < 0)
		return false;
	*rule = policy_target(map, plan, metric, priority,
						  instant_arg(fcinfo, args->opened_at), true, &calendar);
	if (*rule != NULL && !(*rule)->has_target)
		*rule = NULL;
	return *rule != NULL || calendar != BROKEN_REFERENCE;
}

/*
 * clock_moved(started_at, priority, plan, time_zone, metric, paused, holidays,
 * calendar, urgency, impact, override, target, target_days, until_close, due_at,
 * at_risk_at, remaining)
 */
Datum
clock_moved(PG_FUNCTION_ARGS)
{
	CallSite   *site = call_site(fcinfo, &moved_args);
	SlaClock	clock;
	const Interval *remaining;
	const TargetRule *rule;
	bool		has_clock;
	TimestampTz due;
	TimestampTz at_risk;
	int64		ran;

	if (PG_ARGISNULL(moved_args.priority - 1) || PG_ARGISNULL(moved_args.plan - 1))
		PG_RETURN_BOOL(false);

	/* Without a target, hours and zone do not matter. */
	has_clock = clock_of_args(fcinfo, &moved_args, site, true, NULL, &clock);
	if (!has_clock && (!find_rule(fcinfo, &moved_args, site, &rule) || rule != NULL))
		PG_RETURN_NULL();
	if (matrix_now(fcinfo, site) !=
		enum_arg(fcinfo, &site->priority, moved_args.priority, true))
		PG_RETURN_BOOL(true);
	if (!has_clock || clock.rule == NULL)
		PG_RETURN_BOOL(!PG_ARGISNULL(ARG_TARGET));
	if (!sla_clock_due(&clock, true, &due) ||
		!sla_clock_at_risk(&clock, true, &at_risk))
		PG_RETURN_NULL();
	/* The interval of a target in business days is known by now. */
	if (moved_target(fcinfo, clock.rule) ||
		moved_instant(fcinfo, ARG_DUE_AT, due) ||
		moved_instant(fcinfo, ARG_AT_RISK_AT, at_risk))
		PG_RETURN_BOOL(true);
	if (PG_ARGISNULL(ARG_REMAINING))
		PG_RETURN_BOOL(false);
	if (!sla_clock_ran_softly(&clock, GetCurrentTransactionStartTimestamp(), &ran))
		PG_RETURN_NULL();
	remaining = PG_GETARG_INTERVAL_P(ARG_REMAINING);
	PG_RETURN_BOOL(remaining->time + remaining->day * USECS_PER_DAY !=
				   clock.rule->target - ran);
}

/*
 * clock_time(since, until, started_at, priority, plan, time_zone, metric,
 * paused, holidays, calendar)
 */
Datum
clock_time(PG_FUNCTION_ARGS)
{
	SlaClock	clock;
	int64		ran;

	if (PG_ARGISNULL(1) ||
		!clock_of_args(fcinfo, &time_args, call_site(fcinfo, &time_args), true,
					   NULL, &clock) ||
		!sla_clock_ran_softly(&clock, PG_GETARG_TIMESTAMPTZ(1), &ran))
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(amount_to_interval(ran));
}

/* clock_goal(priority, plan, metric, started_at) */
Datum
clock_goal(PG_FUNCTION_ARGS)
{
	const TargetRule *rule;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3) ||
		!find_rule(fcinfo, &goal_args, call_site(fcinfo, &goal_args), &rule) ||
		rule == NULL || !rule->has_goal)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rule->goal);
}
