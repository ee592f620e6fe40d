/*
 * clock_step.c
 *	  The step of a clock: from its stored runs to those that should be.
 *
 * It has two halves.  The first finds the facts of each run: start, stop,
 * pauses, whether it is cancelled (clock_facts.c, clock_events.c).  The second
 * judges: it finds the terms that count, the target and the deadline.  The rules
 * are those of the manual; their numbers stand where they are followed.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "base/compat.h"
#include "tickets/clock_facts.h"

/* ----------------------------------------------------------------------
 * Judging (R1 to R5, R9)
 * ----------------------------------------------------------------------
 */

static bool
same_facts(const ClockRun *a, const ClockRun *b)
{
	return same_instant(a->started_at, b->started_at) &&
		same_instant(a->stopped_at, b->stopped_at) &&
		same_periods(&a->paused, &b->paused);
}

static void
clear_deadline(ClockRun *run)
{
	run->due_at = no_instant;
	run->at_risk_at = no_instant;
	run->has_remaining = false;
	run->remaining = 0;
}

/* The deadline of a run by its facts, its terms and its target. */
static bool
find_deadline(const Step *step, ClockRun *run, const char **problem)
{
	const ClockPolicy *policy = step->policy;
	const char *metric = step->input->metric;
	Periods		ended = run->paused;
	bool		open = ends_open(&run->paused);
	TimestampTz due;
	TimestampTz at_risk;
	TimestampTz from;
	bool		has_hours;
	int64		elapsed;

	clear_deadline(run);
	if (!run->has_target)
		return true;
	if (open)
		ended.n--;
	if (!policy->due(policy->arg, metric, run, &ended, &due, &at_risk,
					 (char **) problem))
		return false;
	from = open ? run->paused.period[ended.n].from : DT_NOEND;
	if (at_risk <= from && !TIMESTAMP_NOT_FINITE(at_risk))
		run->at_risk_at = instant(at_risk);
	if (due <= from)
	{
		if (!TIMESTAMP_NOT_FINITE(due))
			run->due_at = instant(due);
		return true;
	}

	/* Paused, with time left. */
	if (!policy->elapsed(policy->arg, metric, &run->terms, run->started_at.at, from,
						 &ended, &has_hours, &elapsed, (char **) problem))
		return false;
	run->has_remaining = has_hours;
	run->remaining = has_hours ?
		run->target.time + run->target.day * USECS_PER_DAY - elapsed : 0;
	return true;
}

static void
clear_elapsed(ClockRun *run)
{
	run->has_elapsed = false;
	run->elapsed = 0;
}

static bool
find_elapsed(const Step *step, ClockRun *run, const char **problem)
{
	const ClockPolicy *policy = step->policy;

	clear_elapsed(run);
	if (!run->stopped_at.known || run->terms.plan == NULL ||
		run->terms.priority < 0)
		return true;
	return policy->elapsed(policy->arg, step->input->metric, &run->terms,
						   run->started_at.at, run->stopped_at.at, &run->paused,
						   &run->has_elapsed, &run->elapsed, (char **) problem);
}

/* What was found of a run stays as the row has it. */
static void
keep_found(ClockRun *run, const ClockRun *old)
{
	run->has_target = old->has_target;
	run->target = old->target;
	run->has_target_days = old->has_target_days;
	run->target_days = old->target_days;
	run->until_close = old->until_close;
	run->due_at = old->due_at;
	run->at_risk_at = old->at_risk_at;
	run->has_remaining = old->has_remaining;
	run->remaining = old->remaining;
	run->has_elapsed = old->has_elapsed;
	run->elapsed = old->elapsed;
	run->problem = old->problem;
}

/* Whether the same happened until the deadline, which then is what it was. */
static bool
same_until_due(const ClockRun *run, const ClockRun *old)
{
	Periods		a;
	Periods		b;

	if (!same_instant(run->started_at, old->started_at))
		return false;
	if (same_periods(&run->paused, &old->paused))
		return true;
	if (!old->due_at.known)
		return false;
	a = clip_periods(&run->paused, DT_NOBEGIN, old->due_at.at);
	b = clip_periods(&old->paused, DT_NOBEGIN, old->due_at.at);
	return same_periods(&a, &b);
}

/* Whether two runs have the same deadline or, paused, the same time left. */
static bool
same_deadline(const ClockRun *a, const ClockRun *b)
{
	return same_instant(a->due_at, b->due_at) &&
		a->has_remaining == b->has_remaining && a->remaining == b->remaining;
}

/*
 * Judge a run with other facts by its own terms and target (R3).  What happens
 * after the deadline does not move it.  If the change is none of open time, as
 * the policy has it now, the deadline stays, too.  From another start the same
 * business days can be another open time.
 */
static void
judge_facts(const Step *step, ClockRun *run, const ClockRun *old,
			const char **problem)
{
	ClockRun	before = *run;

	if (old->problem == NULL && same_until_due(run, old))
	{
		(void) find_elapsed(step, run, problem);
		return;
	}
	if (!find_deadline(step, run, problem) || !find_elapsed(step, run, problem))
		return;
	if (old->problem != NULL)
		return;

	before.started_at = old->started_at;
	before.stopped_at = old->stopped_at;
	before.paused = old->paused;
	if (find_deadline(step, &before, problem) &&
		before.due_at.known == old->due_at.known && before.has_remaining == old->has_remaining &&
		same_deadline(&before, run) && clock_same_target(&before, run))
	{
		run->target = old->target;
		run->due_at = old->due_at;
		run->remaining = old->remaining;
		if (same_instant(before.at_risk_at, run->at_risk_at))
			run->at_risk_at = old->at_risk_at;
	}
	if (find_elapsed(step, &before, problem) && old->has_elapsed &&
		before.has_elapsed && run->has_elapsed && before.elapsed == run->elapsed)
		run->elapsed = old->elapsed;
	*problem = NULL;
}

/*
 * The priority by the terms.  Where old says what it was, the matrix counts only
 * when what it is asked for has changed (R2).
 */
static bool
find_priority(const Step *step, const ClockRun *old, ClockTerms *terms,
			  const char **problem)
{
	const ClockPolicy *policy = step->policy;

	if (step->input->has_priority)
		return true;
	if (terms->override >= 0)
	{
		terms->priority = terms->override;
		return true;
	}
	if (old != NULL &&
		old->terms.urgency == terms->urgency && old->terms.impact == terms->impact &&
		old->terms.override == terms->override &&
		same_text(old->terms.plan, terms->plan))
	{
		terms->priority = old->terms.priority;
		return true;
	}
	terms->priority = -1;
	if (terms->urgency < 0 || terms->impact < 0)
		return true;
	return policy->priority(policy->arg, terms, &terms->priority, (char **) problem);
}

/* Whether the ticket says of the terms what they are. */
static bool
same_input_terms(const ClockInput *input, const ClockTerms *terms)
{
	ClockTerms	said = input->terms;

	if (!input->has_priority)
		said.priority = terms->priority;
	return same_terms(&said, terms);
}

/* Judge a run by the ticket's terms, if they are others (R1, R2, R4). */
static void
judge_terms(const Step *step, ClockRun *run, const ClockRun *old,
			const char **problem)
{
	const ClockPolicy *policy = step->policy;
	ClockTerms	terms = step->input->terms;
	bool		keeps = old != NULL && step->mode == STEP_SEEN &&
		(old->problem == NULL || old->has_target);

	if (!find_priority(step, keeps ? old : NULL, &terms, problem))
	{
		if (old == NULL)
			run->terms = terms;
		return;
	}
	if (keeps && *problem == NULL && same_terms(&terms, &run->terms))
		return;

	run->terms = terms;
	clock_forget_target(run);
	*problem = NULL;
	if (terms.plan != NULL && terms.priority >= 0 &&
		!policy->target(policy->arg, step->input->metric, run, (char **) problem))
		return;
	if (find_deadline(step, run, problem))
		(void) find_elapsed(step, run, problem);
}

/*
 * Judge a run of which the facts have been found.  Facts come first, with the
 * terms that the clock has.  Only if it then runs ahead of its deadline, the
 * ticket's terms count: so a stop is judged by the terms before it (R2).
 */
static void
judge(const Step *step, ClockRun *run, const ClockRun *old,
	  const char *fact_problem)
{
	const char *problem = NULL;
	bool		judged;			/* and so it stays */
	bool		frozen;
	bool		lost;			/* it could not be judged until now */
	bool		stopped;		/* or was, until its stop became a problem */

	step->policy->known = old == NULL ? NULL : old->problem;
	step->policy->unchanged = old != NULL && step->mode == STEP_SEEN &&
		same_facts(run, old) && same_input_terms(step->input, &old->terms);
	if (old != NULL)
	{
		keep_found(run, old);
		if (fact_problem == NULL &&
			(!same_facts(run, old) || (old->problem != NULL && old->has_target)))
			judge_facts(step, run, old, &problem);
		if (problem != NULL)
			keep_found(run, old);
	}
	lost = old != NULL && !old->has_target &&
		(old->problem != NULL || old->terms.plan == NULL || old->terms.priority < 0);
	stopped = run->stopped_at.known ||
		(fact_problem != NULL && old != NULL &&
		 (old->stopped_at.known || (old->problem != NULL && old->has_target)));
	judged = old != NULL && (stopped || past_deadline(run, step->now));
	frozen = old != NULL && !lost && step->mode != STEP_REJUDGE &&
		(stopped || past_deadline(run, step->now));
	if (!run->stopped_at.known || old == NULL)
		run->carried = step->input->carried;

	if (!frozen && (old == NULL || fact_problem == NULL))
		judge_terms(step, run, old, &problem);
	if (problem != NULL && old != NULL && step->mode == STEP_REFRESH)
	{
		/* What a refresh cannot tell stays as it is. */
		run->terms = old->terms;
		keep_found(run, old);
		problem = old->problem;
		if (problem == NULL)
			return;
	}
	if (problem == NULL)
		problem = fact_problem;
	if (problem != NULL)
	{
		/* What was judged stays (R9); what was not is not known. */
		if (old != NULL)
		{
			run->terms = old->terms;
			keep_found(run, old);
		}
		if (old == NULL || !same_instant(run->stopped_at, old->stopped_at))
			clear_elapsed(run);
		if (!judged)
		{
			clock_forget_target(run);
			clear_deadline(run);
		}
	}
	run->problem = problem;
}

/* ----------------------------------------------------------------------
 * The step
 * ----------------------------------------------------------------------
 */

static void
forget_infinite(Instant *i)
{
	if (i->known && TIMESTAMP_NOT_FINITE(i->at))
		*i = no_instant;
}

int
clock_step(const ClockInput *input, const ClockEvents *events,
		   const ClockRun *stored, int nstored, int last_run,
		   ClockPolicy *policy, StepMode mode, TimestampTz now,
		   ClockRun **result)
{
	ClockInput	finite = *input;
	Step		step = {&finite, events, policy, mode, now};
	Step		seen = {&finite, events, policy, STEP_SEEN, now};
	int			room = nstored + 1 + (events->given ? events->n : 0);
	const char **problem;
	ClockRun   *runs;
	int			n;
	int			i;

	/* An infinite instant is a way to say that there is none. */
	forget_infinite(&finite.opened_at);
	forget_infinite(&finite.starts_at);
	forget_infinite(&finite.stops_at);
	forget_infinite(&finite.closed_at);

	runs = palloc0(room * sizeof(ClockRun));
	problem = palloc0(room * sizeof(char *));
	if (nstored > 0)
		memcpy(runs, stored, nstored * sizeof(ClockRun));
	if (events->given && events->start)
		n = event_facts(&step, stored, nstored, last_run, runs, room);
	else
		n = ticket_facts(&step, stored, nstored, last_run, runs, problem);

	for (i = 0; i < n; i++)
	{
		const ClockRun *old = i < nstored ? &stored[i] : NULL;

		/* Without a start, or ended for good, there is nothing to judge. */
		runs[i].gone_at = no_instant;
		if (!has_no_start(&runs[i]) &&
			!(old != NULL && (kept_cancel(&runs[i]) || (is_over(&runs[i]) && i < n - 1))))
			/* One that does not count is no running clock, to be refreshed. */
			judge(mode == STEP_REFRESH && runs[i].cancelled_at.known ? &seen : &step,
				  &runs[i], old, problem[i]);
		if (!runs[i].stopped_at.known)
			clear_elapsed(&runs[i]);
	}
	*result = runs;
	return n;
}

/* ----------------------------------------------------------------------
 * Questions
 * ----------------------------------------------------------------------
 */

static bool
same_jsonb(const struct varlena *a, const struct varlena *b)
{
	return a == b || (a != NULL && b != NULL &&
					  VARSIZE_ANY(a) == VARSIZE_ANY(b) &&
					  memcmp(a, b, VARSIZE_ANY(a)) == 0);
}

bool
clock_same_target(const ClockRun *a, const ClockRun *b)
{
	return a->has_target == b->has_target &&
		memcmp(&a->target, &b->target, sizeof(Interval)) == 0 &&
		a->has_target_days == b->has_target_days &&
		a->target_days == b->target_days && a->until_close == b->until_close;
}

void
clock_forget_target(ClockRun *run)
{
	run->has_target = run->has_target_days = run->until_close = false;
	run->target_days = 0;
	memset(&run->target, 0, sizeof(Interval));
}

bool
clock_run_equal(const ClockRun *a, const ClockRun *b)
{
	return a->run == b->run && same_facts(a, b) &&
		same_terms(&a->terms, &b->terms) &&
		same_instant(a->opened_at, b->opened_at) &&
		same_text(a->started_by, b->started_by) &&
		a->stopped_by_close == b->stopped_by_close &&
		a->stop_counts == b->stop_counts &&
		same_instant(a->closed_at, b->closed_at) &&
		a->closing_counts == b->closing_counts &&
		same_periods(&a->closed, &b->closed) &&
		same_instant(a->cancelled_at, b->cancelled_at) &&
		same_text(a->cancel_reason, b->cancel_reason) &&
		same_text(a->cancelled_by, b->cancelled_by) &&
		same_instant(a->gone_at, b->gone_at) &&
		clock_same_target(a, b) &&
		same_instant(a->due_at, b->due_at) &&
		same_instant(a->at_risk_at, b->at_risk_at) &&
		a->has_remaining == b->has_remaining && a->remaining == b->remaining &&
		a->has_elapsed == b->has_elapsed && a->elapsed == b->elapsed &&
		same_text(a->problem, b->problem) && same_jsonb(a->carried, b->carried);
}

SlaStatus
clock_status(const ClockRun *run, TimestampTz at)
{
	if (run->cancelled_at.known)
		return STATUS_CANCELLED;
	if (run->problem != NULL || run->terms.plan == NULL || run->terms.priority < 0)
		return STATUS_UNKNOWN;
	if (!run->has_target)
		return STATUS_NO_TARGET;
	if (run->stopped_at.known)
		return run->due_at.known && run->stopped_at.at > run->due_at.at ?
			STATUS_MISSED : STATUS_MET;
	if (run->has_remaining)
		return STATUS_PAUSED;
	if (past_deadline(run, at))
		return STATUS_OVERDUE;
	if (run->at_risk_at.known && at >= run->at_risk_at.at)
		return STATUS_AT_RISK;
	return STATUS_ON_TRACK;
}
