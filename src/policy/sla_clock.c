/*
 * sla_clock.c
 *	  A ticket's clock: what runs, against which target, on which time line.
 *
 * Policy tells which target and which time line count; the rest is arithmetic
 * on E, the open time before an instant (timeline.h).
 */
#include "postgres.h"

#include <math.h>

#include "common/int.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "policy/sla_clock.h"
#include "time/open_time.h"
#include "time/shift_dates.h"

/* A row in force, to be given another target. */
static TargetRule *
what_if(const TargetRule *in_force)
{
	TargetRule *rule = palloc0(sizeof(TargetRule));

	rule->at_risk = DEFAULT_AT_RISK;
	if (in_force != NULL)
		*rule = *in_force;
	rule->has_target = true;
	rule->days = NOT_DAYS;
	rule->until_close = false;
	return rule;
}

/*
 * other gets the row in force to be given another target, which is one of business
 * days or not; NULL: its own counts.
 */
static pg_attribute_always_inline bool
find_clock(const PolicyMap *map, const SlaTerms *terms, TargetRule **other,
		   bool other_days, bool soft, SlaClock *clock)
{
	bool		days = other_days;
	PolicyCalendar *calendar = terms->calendar;
	int			index;

	clock->since = terms->opened_at;
	clock->paused = NULL;
	clock->gap = NULL;
	clock->days_end = DT_NOBEGIN;
	clock->rule = policy_target(map, terms->plan, terms->metric,
								terms->priority, terms->opened_at, soft, &index);
	if (index == BROKEN_REFERENCE)
		return false;
	if (other == NULL && clock->rule != NULL)
		days = clock->rule->days != NOT_DAYS;
	if (calendar == NULL)
		calendar = policy_calendar_at(map, index);

	if (calendar != NULL)
	{
		clock->line = policy_timeline(map, calendar, terms->zone,
									  terms->holidays, terms->holidays_len,
									  days, soft, &clock->holidays);
		if (clock->line == NULL)
			return false;
	}
	else
	{
		/* Nothing is measured, but an unknown list is still an error. */
		clock->line = NULL;
		clock->holidays = NULL;
		if (terms->holidays != NULL &&
			policy_holidays(map, terms->holidays, terms->holidays_len, soft) == NULL)
			return false;
	}
	if (other != NULL)
		clock->rule = *other = what_if(clock->rule);
	else if (clock->rule != NULL && !clock->rule->has_target)
		clock->rule = NULL;
	if (clock->rule != NULL && clock->line == NULL)
	{
		if (soft)
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the target of support plan \"%s\" has no business calendar",
						terms->plan->name),
				 errhint("Set support_plan.calendar or sla_target_rule.calendar, or give a calendar.")));
	}
	return true;
}

bool
sla_clock_find(const PolicyMap *map, const SlaTerms *terms, bool soft,
			   SlaClock *clock)
{
	return find_clock(map, terms, NULL, false, soft, clock);
}

bool
sla_clock_what_if(const PolicyMap *map, const SlaTerms *terms,
				  const Interval *target, bool soft, SlaClock *clock)
{
	TargetRule *rule;

	if (!find_clock(map, terms, &rule, false, soft, clock))
		return false;
	rule->interval = *target;
	rule->target = amount_from_interval(target);
	if (rule->target < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("target must not be negative"),
				 errdetail("The target is \"%s\".",
						   DatumGetCString(DirectFunctionCall1(interval_out,
															   IntervalPGetDatum(target))))));
	return true;
}

bool
sla_clock_what_if_days(const PolicyMap *map, const SlaTerms *terms, int32 days,
					   bool until_close, bool soft, SlaClock *clock)
{
	TargetRule *rule;

	if (!find_clock(map, terms, &rule, true, soft, clock))
		return false;
	rule->days = days;
	rule->until_close = until_close;
	return true;
}

void
sla_clock_pause(SlaClock *clock, MultirangeType *paused,
				TypeCacheEntry *multirange)
{
	clock->multirange = multirange;
	clock->paused = paused == NULL || MultirangeIsEmpty(paused) ? NULL : paused;
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

/* An instant that arithmetic returned; if there is none, as sla_clock_due(). */
static bool
instant(TimestampTz result, bool never, const SlaClock *clock, bool soft,
		TimestampTz *due)
{
	if (soft && (never || TIMESTAMP_NOT_FINITE(result)))
		return false;
	*due = checked_instant(result, never, clock->since, true);
	return true;
}

/*
 * Find the open time that a target in business days has from the start of the
 * clock.  If there is no deadline, as sla_clock_due().
 */
static bool
settle_days(SlaClock *clock, bool soft)
{
	TargetRule *rule = palloc(sizeof(TargetRule));
	TimestampTz since = clock->since;
	TimestampTz end;
	bool		never;

	*rule = *clock->rule;
	end = rule->until_close ?
		timeline_day_closes(clock->line, since, rule->days, &never) :
		timeline_days_add(clock->line, since, rule->days, &never);
	if (!instant(end, never, clock, soft, &clock->days_end))
		return false;
	if (pg_sub_s64_overflow(timeline_open_before(clock->line, end),
							timeline_open_before(clock->line, since),
							&rule->target))
	{
		if (soft)
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	}
	rule->interval = *amount_to_interval(rule->target);
	clock->rule = rule;
	return true;
}

/*
 * When a target has run, on a clock that starts at a finite instant and has
 * pauses.  end is the deadline if no open time is paused before it; DT_NOBEGIN:
 * when the target has run.
 */
static bool
run_with_pauses(const SlaClock *clock, int64 target, TimestampTz end, bool soft,
				TimestampTz *due)
{
	Timeline   *line = clock->line;
	TimestampTz reached = clock->since;
	TimestampTz result;
	int64		goal;
	bool		never;
	int			i;

	if (pg_add_s64_overflow(timeline_open_before(line, reached), target, &goal))
		return instant(DT_NOEND, false, clock, soft, due);
	for (i = 0; i < (int) clock->paused->rangeCount; i++)
	{
		TimestampTz start;
		TimestampTz stop;
		int64		before;
		int64		paused;

		pause_bounds(clock, i, &start, &stop);
		if (stop <= reached)
			continue;
		start = Max(start, reached);
		if (TIMESTAMP_NOT_FINITE(start))
			break;
		before = timeline_open_before(line, start);
		if (end == DT_NOBEGIN ? before >= goal : start >= end)
			break;
		if (TIMESTAMP_NOT_FINITE(stop))
		{
			*due = DT_NOEND;
			return true;
		}
		paused = timeline_open_before(line, stop) - before;
		if (paused > 0)
			end = DT_NOBEGIN;
		if (pg_add_s64_overflow(goal, paused, &goal))
			return instant(DT_NOEND, false, clock, soft, due);
		reached = stop;
	}
	if (end != DT_NOBEGIN)
	{
		*due = end;
		return true;
	}
	result = timeline_earliest(line, goal, &never);
	return instant(result, never, clock, soft, due);
}

int64
sla_at_risk_part(const TargetRule *rule)
{
	return (int64) rint((double) rule->target * rule->at_risk);
}

/* The deadline of a clock or, if at_risk, when it is at risk. */
static pg_attribute_always_inline bool
find_due(SlaClock *clock, bool at_risk, bool soft, TimestampTz *due)
{
	TimestampTz since = clock->since;
	TimestampTz end = DT_NOBEGIN;
	int64		target;
	bool		found = true;

	if (unlikely(clock->rule->days != NOT_DAYS) && !TIMESTAMP_NOT_FINITE(since))
	{
		if (clock->days_end == DT_NOBEGIN && !settle_days(clock, soft))
			return false;
		end = at_risk ? DT_NOBEGIN : clock->days_end;
	}
	target = at_risk ? sla_at_risk_part(clock->rule) : clock->rule->target;
	if (TIMESTAMP_NOT_FINITE(since) || (target == 0 && end == DT_NOBEGIN))
		*due = since;
	else if (clock->paused != NULL)
		found = run_with_pauses(clock, target, end, soft, due);
	else if (end != DT_NOBEGIN)
		*due = end;
	else
	{
		bool		never;
		TimestampTz result = timeline_add(clock->line, since, target, &never);

		found = instant(result, never, clock, soft, due);
	}
	if (!found)
		return false;
	if (clock->holidays != NULL && clock->gap != NULL)
		policy_check_holidays(clock->holidays, timeline_zone(clock->line),
							  since, *due, clock->gap);
	return true;
}

bool
sla_clock_due(SlaClock *clock, bool soft, TimestampTz *due)
{
	return find_due(clock, false, soft, due);
}

bool
sla_clock_at_risk(SlaClock *clock, bool soft, TimestampTz *at_risk)
{
	return find_due(clock, true, soft, at_risk);
}

int64
sla_clock_ran(const SlaClock *clock, TimestampTz until)
{
	Timeline   *line = clock->line;
	TimestampTz reached = clock->since;
	int64		ran;
	int			i;

	require_finite(reached, "measure business time");
	require_finite(until, "measure business time");
	if (until <= reached)
		return 0;
	if (clock->holidays != NULL && clock->gap != NULL)
		policy_check_holidays(clock->holidays, timeline_zone(line),
							  reached, until, clock->gap);
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

bool
sla_clock_ran_softly(const SlaClock *clock, TimestampTz until, int64 *ran)
{
	TimestampTz since = clock->since;
	int64		length;

	if (clock->line == NULL ||
		TIMESTAMP_NOT_FINITE(until) || TIMESTAMP_NOT_FINITE(since))
		return false;
	if (until > since && clock->holidays != NULL &&
		!policy_knows_holidays(clock->holidays, timeline_zone(clock->line),
							   since, until))
		return false;
	/* If an interval holds the whole time, it holds the open part. */
	if (pg_sub_s64_overflow(until, since, &length) &&
		pg_sub_s64_overflow(timeline_open_before(clock->line, until),
							timeline_open_before(clock->line, since), &length))
		return false;
	*ran = sla_clock_ran(clock, until);
	return true;
}

bool
sla_clock_is_paused(const SlaClock *clock, TimestampTz at)
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

SlaStatus
sla_verdict(const TimestampTz *due_at, const TimestampTz *answered_at,
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
