/*
 * ticket_measure.c
 *	  SQL functions behind the reading views: measures of one clock by the policy.
 *
 * A report reads whatever the clocks say, and one odd row must not stop it.
 * Where the policy or the zone does not know, the answer is null.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(clock_time);
PG_FUNCTION_INFO_V1(clock_goal);

static const CallArgs time_args = {
	.reads_policy = true, .since = 1, .opened_at = 3, .priority = 4, .plan = 5,
	.time_zone = 6, .metric = 7, .paused = 8, .holidays = 9, .calendar = 10
};
static const CallArgs goal_args = {
	.reads_policy = true, .priority = 1, .plan = 2, .metric = 3, .opened_at = 4
};

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
	CallSite   *site = call_site(fcinfo, &goal_args);
	const TargetRule *rule;
	const SupportPlan *plan;
	PolicyMap  *map;
	int			metric;
	int			priority;
	int			calendar;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	map = policy_current(&site->policy);
	plan = plan_arg(fcinfo, site, goal_args.plan, map, true);
	metric = metric_arg(fcinfo, site, goal_args.metric, map, true);
	priority = enum_arg(fcinfo, &site->priority, goal_args.priority, true);
	if (plan == NULL || metric < 0 || priority < 0)
		PG_RETURN_NULL();
	rule = policy_target(map, plan, metric, priority,
						 instant_arg(fcinfo, goal_args.opened_at), true, &calendar);
	if (rule == NULL || !rule->has_target || !rule->has_goal)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rule->goal);
}
