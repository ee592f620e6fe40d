/*
 * clock_step.c
 *	  The step of a clock: from its stored runs to those that should be.
 *
 * It has two halves.  The first finds the facts of each run: start, stop,
 * pauses, whether it is cancelled.  The second judges: it finds the terms that
 * count, the target and the deadline.  The rules are those of the manual; their
 * numbers stand where they are followed.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"

#include "tickets/clock.h"

/* A stop may be logged so long before the start; more is a mistake (R10). */
#define EARLIEST_STOP	USECS_PER_DAY

/* Facts of events are found at most so many times again. */
#define MAX_ROUNDS	8

/* A stretch of time in which the events have a run. */
typedef struct Span
{
	const char *key;			/* of the event that starts it */
	TimestampTz start;
	int			first;			/* index of that event */
	int			stored;			/* index of its row; -1: new */
	Instant		end;
	bool		by_close;
	bool		by_cancel;
	Instant		closed;			/* the closing that ends it */
	Instant		stop;			/* the ticket's stop that does */
	bool		stop_found;		/* stop is what the ticket says now */
	Instant		over;			/* seen for the first time when it had ended */
} Span;

/* What does not change during a step. */
typedef struct Step
{
	const ClockInput *input;
	const ClockEvents *events;
	const ClockPolicy *policy;
	StepMode	mode;
	TimestampTz now;
} Step;

static const Instant no_instant = {false, 0};
static const Periods no_periods = {0, NULL};

static inline Instant
instant(TimestampTz at)
{
	Instant		result = {true, at};

	return result;
}

static inline bool
same_instant(Instant a, Instant b)
{
	return a.known == b.known && (!a.known || a.at == b.at);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* ----------------------------------------------------------------------
 * Periods
 * ----------------------------------------------------------------------
 */

static bool
same_periods(const Periods *a, const Periods *b)
{
	return a->n == b->n &&
		(a->n == 0 || memcmp(a->period, b->period, a->n * sizeof(Period)) == 0);
}

static inline bool
ends_open(const Periods *periods)
{
	return periods->n > 0 && periods->period[periods->n - 1].until == DT_NOEND;
}

/* Add a period that is not empty to a list, in the order of beginnings. */
static void
append_period(Periods *list, Period period)
{
	Period	   *last = list->n > 0 ? &list->period[list->n - 1] : NULL;

	if (period.from >= period.until)
		return;
	if (last != NULL && period.from <= last->until)
		last->until = Max(last->until, period.until);
	else
		list->period[list->n++] = period;
}

static Periods
union_periods(const Periods *a, const Periods *b)
{
	Periods		result = {0, palloc((a->n + b->n + 1) * sizeof(Period))};
	int			i = 0;
	int			j = 0;

	while (i < a->n || j < b->n)
	{
		if (j == b->n || (i < a->n && a->period[i].from <= b->period[j].from))
			append_period(&result, a->period[i++]);
		else
			append_period(&result, b->period[j++]);
	}
	return result;
}

static Periods
with_period(const Periods *periods, TimestampTz from, TimestampTz until)
{
	Period		one = {from, until};
	Periods		more = {from < until ? 1 : 0, &one};

	return union_periods(periods, &more);
}

/* The parts of periods from an instant to another. */
static Periods
clip_periods(const Periods *periods, TimestampTz from, TimestampTz until)
{
	Periods		result = {0, palloc((periods->n + 1) * sizeof(Period))};
	int			i;

	for (i = 0; i < periods->n; i++)
	{
		Period		part = {Max(periods->period[i].from, from),
		Min(periods->period[i].until, until)};

		append_period(&result, part);
	}
	return result;
}

/* The same without what begins at an instant or lasts until then. */
static Periods
end_open_period(const Periods *periods, TimestampTz at)
{
	return clip_periods(periods, DT_NOBEGIN, at);
}

/* ----------------------------------------------------------------------
 * Instants
 * ----------------------------------------------------------------------
 */

static inline void
later(TimestampTz *last, Instant i)
{
	if (i.known && !TIMESTAMP_NOT_FINITE(i.at))
		*last = Max(*last, i.at);
}

static void
later_periods(TimestampTz *last, const Periods *periods)
{
	if (periods->n > 0)
	{
		const Period *period = &periods->period[periods->n - 1];

		later(last, instant(period->from));
		later(last, instant(period->until));
	}
}

/*
 * When something became true that has no instant of its own: now, but not
 * before the last thing that is known of the clock.
 */
static TimestampTz
seen_at(const Step *step, const ClockRun *run)
{
	TimestampTz last = step->now;

	later(&last, run->started_at);
	later(&last, run->stopped_at);
	later(&last, run->closed_at);
	later_periods(&last, &run->paused);
	later_periods(&last, &run->closed);
	return last;
}

static inline bool
is_closed(const ClockInput *input)
{
	return input->closed_at.known || input->closed == FLAG_TRUE;
}

static inline bool
past_deadline(const ClockRun *run, TimestampTz now)
{
	return run->due_at.known && now > run->due_at.at;
}

static inline bool
has_no_start(const ClockRun *run)
{
	return run->cancelled_by == NULL &&
		same_text(run->cancel_reason, CANCELLED_NO_START);
}

static inline bool
is_over(const ClockRun *run)
{
	return run->cancelled_at.known && run->cancelled_by == NULL &&
		same_text(run->cancel_reason, CANCELLED_OVER);
}

/* Whether a closing ended the run that no longer lasts, or does not count. */
static inline bool
kept_close(const ClockRun *run)
{
	return run->stopped_at.known && run->stopped_by_close &&
		(!run->closed_at.known || !run->closing_counts);
}

static inline bool
kept_cancel(const ClockRun *run)
{
	return run->cancelled_at.known && run->cancelled_by == NULL &&
		same_text(run->cancel_reason, CANCELLED_CLOSED) &&
		(!run->closed_at.known || !run->closing_counts);
}

/* ----------------------------------------------------------------------
 * Facts: closing and reopening (R6, R7)
 * ----------------------------------------------------------------------
 */

/* Whether the closing that lasts, as the row has it, ended this run. */
static bool
ended_by_closing(const Step *step, const ClockRun *run)
{
	if (!run->closed_at.known || !run->closing_counts)
		return false;
	if (is_over(run))
		return true;
	switch (step->input->on_close)
	{
		case ON_CLOSE_STOP:
			return run->stopped_at.known && run->stopped_by_close;
		case ON_CLOSE_CANCEL:
			return !run->stopped_at.known;
		case ON_CLOSE_RUN:
			break;
	}
	return false;
}

/* A closing that was not there before. */
static void
begin_closing(const Step *step, ClockRun *run, bool first_sight)
{
	const ClockInput *input = step->input;

	run->closing_counts = !input->cancelled && run->cancelled_by == NULL &&
		(first_sight || (!kept_close(run) && !kept_cancel(run) && !is_over(run)));
	run->closed_at = input->closed_at.known ? input->closed_at :
		instant(seen_at(step, run));

	/* A stop that becomes true together with the closing is the closing (R7). */
	if (!first_sight && run->closing_counts && input->on_close != ON_CLOSE_RUN &&
		input->stops == FLAG_TRUE && !input->stops_at.known &&
		(!run->stopped_at.known || run->stopped_by_close))
		run->stop_counts = false;
}

/*
 * Bring what a run knows of closings up to date.  True if the ticket was
 * reopened and a new run begins then, at reopened.  Only the last run goes on,
 * or is followed by another.
 */
static bool
see_closing(const Step *step, ClockRun *run, bool first_sight, bool last,
			TimestampTz *reopened)
{
	const ClockInput *input = step->input;
	bool		ended;

	if (is_closed(input))
	{
		if (!run->closed_at.known)
			begin_closing(step, run, first_sight);
		else if (input->closed_at.known)
			run->closed_at = input->closed_at;
		return false;
	}
	if (!run->closed_at.known)
		return false;

	ended = last && ended_by_closing(step, run);
	*reopened = seen_at(step, run);
	if (ended && input->on_reopen == ON_REOPEN_CONTINUE && !is_over(run))
	{
		TimestampTz from = run->stopped_at.known ? run->stopped_at.at :
			run->closed_at.at;

		run->closed = with_period(&run->closed, from, *reopened);
		run->stopped_at = no_instant;
		run->stopped_by_close = false;
		if (run->cancelled_by == NULL && same_text(run->cancel_reason, CANCELLED_CLOSED))
		{
			run->cancelled_at = no_instant;
			run->cancel_reason = NULL;
		}
	}
	else if (ended && !is_over(run) && run->cancelled_by == NULL &&
			 input->on_close == ON_CLOSE_CANCEL)
	{
		/* It stays what the closing made of it. */
		run->cancel_reason = CANCELLED_CLOSED;
		run->cancelled_at = run->closed_at;
	}
	run->closed_at = no_instant;
	run->closing_counts = true;
	return ended && input->on_reopen == ON_REOPEN_NEW_RUN;
}

/* ----------------------------------------------------------------------
 * Facts: stops
 * ----------------------------------------------------------------------
 */

/* The first event of a kind at or after an instant. */
static Instant
first_event(const ClockEvents *events, bool cancels, TimestampTz from)
{
	int			i;

	for (i = 0; i < events->n; i++)
	{
		const ClockEvent *event = &events->event[i];

		if (event->at >= from && (cancels ? event->cancels : event->stops))
			return instant(event->at);
	}
	return no_instant;
}

/*
 * The stop that the ticket itself tells of a run, closing apart.  over gets
 * whether it was stopped before it was first seen.
 */
static Instant
ticket_stop(const Step *step, ClockRun *run, const ClockRun *old, bool *over)
{
	const ClockInput *input = step->input;

	*over = false;
	if (input->stops_at.known)
		return input->stops_at;
	if (input->stops != FLAG_TRUE)
	{
		run->stop_counts = true;
		return no_instant;
	}
	if (old == NULL)
	{
		*over = run->stop_counts;
		return no_instant;
	}
	if (!run->stop_counts || is_over(run))
		return no_instant;
	if (run->stopped_at.known && !run->stopped_by_close)
		return run->stopped_at;
	return instant(seen_at(step, run));
}

/*
 * An end before the start counts as at the start, as clocks differ, and calls
 * are logged afterwards; one that is far before it is a mistake (R10).
 */
static Instant
not_before_start(const ClockRun *run, bool first, Instant end,
				 const char **problem)
{
	TimestampTz start = run->started_at.at;

	if (!end.known || end.at >= start)
		return end;
	if (first && start - end.at > EARLIEST_STOP)
	{
		*problem = "the stop is more than a day before the start";
		return no_instant;
	}
	return run->started_at;
}

/*
 * Set when a run from the ticket stopped: by a stop or by the closing,
 * whichever was first (R6), or not at all.
 */
static void
set_stop(const Step *step, ClockRun *run, Instant stop, bool first,
		 const char **problem)
{
	OnClose		on_close = step->input->on_close;
	bool		kept = kept_close(run);
	Instant		closed = no_instant;
	bool		stands;

	if (!first && stop.known && stop.at < run->started_at.at)
		stop = no_instant;		/* it was the earlier run's (R7) */

	/* A closing that is over ended the run; only an earlier stop counts. */
	if (kept)
		closed = run->stopped_at;
	else if (run->closing_counts && on_close != ON_CLOSE_RUN)
		closed = run->closed_at;

	/*
	 * The one that was first counts, by their own instants where these are
	 * known.  A stop that is remembered was first when it was stored.
	 */
	stands = stop.known && (!closed.known ||
							(kept ? Max(stop.at, run->started_at.at) : stop.at) < closed.at ||
							(!step->input->stops_at.known && run->stopped_at.known &&
							 !run->stopped_by_close && stop.at == run->started_at.at));
	stop = not_before_start(run, first, stop, problem);
	closed = not_before_start(run, first && !kept, closed, problem);
	if (closed.known && !(stands && stop.known))
	{
		run->stopped_by_close = kept || on_close == ON_CLOSE_STOP;
		run->stopped_at = run->stopped_by_close ? closed : no_instant;
	}
	else
	{
		run->stopped_by_close = false;
		run->stopped_at = stop;
	}
}

/* ----------------------------------------------------------------------
 * Facts: pauses (R5)
 * ----------------------------------------------------------------------
 */

static Periods
event_pauses(const ClockEvents *events)
{
	Periods		result = {0, palloc((events->n + 1) * sizeof(Period))};
	TimestampTz from = 0;
	bool		paused = false;
	int			i;

	for (i = 0; i < events->n; i++)
	{
		const ClockEvent *event = &events->event[i];

		if (event->paused == FLAG_NONE || (event->paused == FLAG_TRUE) == paused)
			continue;
		if (paused)
		{
			Period		period = {from, event->at};

			append_period(&result, period);
		}
		from = event->at;
		paused = !paused;
	}
	if (paused)
	{
		Period		period = {from, DT_NOEND};

		append_period(&result, period);
	}
	return result;
}

/* Pauses that are kept from a yes or no. */
static Periods
flag_pauses(const Step *step, const ClockRun *run, const ClockRun *old)
{
	Periods		kept = old == NULL ? no_periods : old->paused;
	TimestampTz at = seen_at(step, old == NULL ? run : old);

	if (step->input->is_paused != FLAG_TRUE)
		return ends_open(&kept) ? end_open_period(&kept, at) : kept;
	if (ends_open(&kept))
		return kept;

	/* It was cut at a stop that has been taken back, or is later now. */
	if (old != NULL && old->stopped_at.known && kept.n > 0 &&
		kept.period[kept.n - 1].until == old->stopped_at.at &&
		(!run->stopped_at.known || run->stopped_at.at > old->stopped_at.at))
		return with_period(&kept, old->stopped_at.at, DT_NOEND);
	return with_period(&kept, at, DT_NOEND);
}

static void
set_pauses(const Step *step, ClockRun *run, const ClockRun *old, bool last)
{
	const ClockInput *input = step->input;
	Periods		paused;

	if (step->events->given && step->events->pause)
		paused = event_pauses(step->events);
	else if (input->has_periods)
		paused = input->periods;
	else if (input->is_paused == FLAG_NONE)
		paused = no_periods;
	else if (last)
		paused = flag_pauses(step, run, old);
	else
		paused = old->paused;
	paused = union_periods(&paused, &run->closed);
	run->paused = clip_periods(&paused, run->started_at.at,
							   run->stopped_at.known ? run->stopped_at.at : DT_NOEND);
}

/* ----------------------------------------------------------------------
 * Facts: cancelled (R8)
 * ----------------------------------------------------------------------
 */

static void
set_cancelled(const Step *step, ClockRun *run, bool over, bool no_start,
			  Instant by_event)
{
	Instant		at = run->cancelled_at;
	const char *reason = NULL;
	bool		closed = run->closed_at.known && run->closing_counts &&
		step->input->on_close == ON_CLOSE_CANCEL && !run->stopped_at.known;
	bool		kept = kept_cancel(run) && !run->stopped_at.known;

	if (run->cancelled_by != NULL)
		return;
	if ((over || is_over(run)) && !run->stopped_at.known)
		reason = CANCELLED_OVER;
	else if (no_start)
		reason = CANCELLED_NO_START;
	else if (by_event.known)
	{
		reason = CANCELLED_EVENT;
		at = by_event;
	}
	else if (step->input->cancelled && !kept)
		reason = CANCELLED_BY_TICKET;
	else if (closed || kept)
	{
		reason = CANCELLED_CLOSED;
		if (closed)
			at = run->closed_at;
	}
	if (reason == NULL)
		at = no_instant;
	else if (!at.known)
		at = instant(seen_at(step, run));
	run->cancelled_at = at;
	run->cancel_reason = reason;
}

/* ----------------------------------------------------------------------
 * Judging (R1 to R5, R9)
 * ----------------------------------------------------------------------
 */

static bool
same_terms(const ClockTerms *a, const ClockTerms *b)
{
	return a->urgency == b->urgency && a->impact == b->impact &&
		a->override == b->override && a->priority == b->priority &&
		same_text(a->plan, b->plan) && same_text(a->calendar, b->calendar) &&
		same_text(a->time_zone, b->time_zone) &&
		same_text(a->holidays, b->holidays);
}

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
	TimestampTz start = run->started_at.at;
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
	if (!policy->due(policy->arg, metric, &run->terms, start, &run->target,
					 &ended, &due, &at_risk, (char **) problem))
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
	if (!policy->elapsed(policy->arg, metric, &run->terms, start, from, &ended,
						 &has_hours, &elapsed, (char **) problem))
		return false;
	run->has_remaining = has_hours;
	run->remaining = has_hours ?
		run->target.time + run->target.day * USECS_PER_DAY - elapsed : 0;
	return true;
}

static bool
find_elapsed(const Step *step, ClockRun *run, const char **problem)
{
	const ClockPolicy *policy = step->policy;

	run->has_elapsed = false;
	run->elapsed = 0;
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
	run->due_at = old->due_at;
	run->at_risk_at = old->at_risk_at;
	run->has_remaining = old->has_remaining;
	run->remaining = old->remaining;
	run->has_elapsed = old->has_elapsed;
	run->elapsed = old->elapsed;
	run->problem = old->problem;
}

/*
 * Judge a run with other facts by its own terms and target (R3).  If the
 * change is none of open time, as the policy has it now, the deadline stays.
 */
static void
judge_facts(const Step *step, ClockRun *run, const ClockRun *old,
			const char **problem)
{
	ClockRun	before = *run;

	before.started_at = old->started_at;
	before.stopped_at = old->stopped_at;
	before.paused = old->paused;
	if (!find_deadline(step, run, problem) || !find_elapsed(step, run, problem))
		return;
	if (old->problem != NULL ||
		!find_deadline(step, &before, problem) ||
		!find_elapsed(step, &before, problem))
	{
		*problem = NULL;
		return;
	}
	if (old->due_at.known && same_instant(before.due_at, run->due_at))
	{
		run->due_at = old->due_at;
		run->at_risk_at = old->at_risk_at;
	}
	if (old->has_elapsed && before.has_elapsed && run->has_elapsed &&
		before.elapsed == run->elapsed)
		run->elapsed = old->elapsed;
}

/*
 * The priority by the terms.  The matrix counts only when what it is asked
 * for has changed (R2).
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
	if (old != NULL && step->mode == STEP_SEEN && old->problem == NULL &&
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

/* Judge a run by the ticket's terms, if they are others (R1, R2, R4). */
static void
judge_terms(const Step *step, ClockRun *run, const ClockRun *old,
			const char **problem)
{
	const ClockPolicy *policy = step->policy;
	ClockTerms	terms = step->input->terms;

	if (!find_priority(step, old, &terms, problem))
	{
		if (old == NULL)
			run->terms = terms;
		return;
	}
	if (old != NULL && step->mode == STEP_SEEN && old->problem == NULL &&
		*problem == NULL && same_terms(&terms, &run->terms))
		return;

	run->terms = terms;
	run->has_target = false;
	memset(&run->target, 0, sizeof(Interval));
	*problem = NULL;
	if (terms.plan != NULL && terms.priority >= 0 &&
		!policy->target(policy->arg, step->input->metric, &terms,
						run->started_at.at, &run->has_target, &run->target,
						(char **) problem))
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

	if (old != NULL)
	{
		keep_found(run, old);
		if (!same_facts(run, old) || (old->problem != NULL && old->has_target))
			judge_facts(step, run, old, &problem);
	}
	lost = old != NULL && !old->has_target &&
		(old->problem != NULL || old->terms.plan == NULL || old->terms.priority < 0);
	stopped = run->stopped_at.known ||
		(fact_problem != NULL && old != NULL &&
		 (old->stopped_at.known || (old->problem != NULL && old->has_target)));
	judged = old != NULL && (stopped || past_deadline(old, step->now));
	frozen = old != NULL && !lost && step->mode != STEP_REJUDGE &&
		(stopped || past_deadline(run, step->now));
	if (!run->stopped_at.known || old == NULL)
		run->carried = step->input->carried;

	if (!frozen)
		judge_terms(step, run, old, &problem);
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
		if (!run->stopped_at.known ||
			(old != NULL && !same_instant(run->stopped_at, old->stopped_at)))
		{
			run->has_elapsed = false;
			run->elapsed = 0;
		}
		if (!judged)
		{
			run->has_target = false;
			memset(&run->target, 0, sizeof(Interval));
			clear_deadline(run);
			run->has_elapsed = false;
			run->elapsed = 0;
		}
	}
	run->problem = problem;
}

/* ----------------------------------------------------------------------
 * Runs that the ticket starts
 * ----------------------------------------------------------------------
 */

static ClockRun
new_run(const Step *step, int number, TimestampTz start, const char *key)
{
	ClockRun	run;

	memset(&run, 0, sizeof(ClockRun));
	run.run = number;
	run.opened_at = step->input->opened_at;
	run.started_at = instant(start);
	run.started_by = key;
	run.stop_counts = true;
	run.closing_counts = true;
	run.terms.urgency = run.terms.impact = -1;
	run.terms.override = run.terms.priority = -1;
	return run;
}

/*
 * Facts of a run that the ticket, or a reopening, started.  The result is what
 * is wrong with them, or NULL.
 */
static const char *
ticket_run_facts(const Step *step, ClockRun *run, const ClockRun *old,
				 bool first, bool last, bool no_start)
{
	const ClockEvents *events = step->events;
	TimestampTz from = first ? DT_NOBEGIN : run->started_at.at;
	Instant		stop = no_instant;
	Instant		cancel = no_instant;
	bool		over = false;
	const char *problem = NULL;

	if (no_start)
	{
		set_cancelled(step, run, false, true, no_instant);
		return NULL;
	}
	if (last)
	{
		if (events->given && events->stop)
			stop = first_event(events, false, from);
		else
			stop = ticket_stop(step, run, old, &over);
		if (old == NULL && first && step->input->closed == FLAG_TRUE &&
			!step->input->closed_at.known && !stop.known &&
			step->input->on_close != ON_CLOSE_RUN)
			over = true;
		if (old != NULL && is_over(old) && !stop.known)
			over = true;
		if (over)
			run->stopped_at = no_instant;
		else if ((old == NULL || is_over(old)) && stop.known &&
				 step->input->closed == FLAG_TRUE)
			run->closing_counts = false;	/* the stop was before it */
		if (!over)
			set_stop(step, run, stop, first, &problem);
		if (events->given)
			cancel = first_event(events, true, from);
		if (cancel.known && stop.known && cancel.at > stop.at)
			cancel = no_instant;
		if (cancel.known)
		{
			run->stopped_at = no_instant;
			run->stopped_by_close = false;
		}
	}
	else
	{
		if (run->stopped_at.known && run->stopped_at.at < run->started_at.at)
			run->stopped_at = run->started_at;
		if (same_text(run->cancel_reason, CANCELLED_EVENT))
			cancel = run->cancelled_at;
	}
	set_pauses(step, run, old, last);
	set_cancelled(step, run, over, false, cancel);
	return problem;
}

static int
ticket_facts(const Step *step, const ClockRun *stored, int nstored,
			 int last_run, ClockRun *result, const char **problem)
{
	const ClockInput *input = step->input;
	bool		no_start = !input->starts_at.known;
	TimestampTz reopened = 0;
	bool		begins;
	int			n = nstored;
	int			i;

	if (nstored == 0)
	{
		if (no_start)
			return 0;
		result[0] = new_run(step, last_run + 1, input->starts_at.at, NULL);
		(void) see_closing(step, &result[0], true, true, &reopened);
		problem[0] = ticket_run_facts(step, &result[0], NULL, true, true, false);
		return 1;
	}

	for (i = 0; i < nstored; i++)
		result[i].opened_at = input->opened_at;
	if (!no_start)
		result[0].started_at = input->starts_at;
	begins = see_closing(step, &result[nstored - 1], false, true, &reopened);
	for (i = 0; i < nstored; i++)
		problem[i] = ticket_run_facts(step, &result[i], &stored[i], i == 0,
									  i == nstored - 1, i == 0 && no_start);
	if (begins)
	{
		result[n] = new_run(step, last_run + 1, reopened, NULL);
		result[n].stop_counts = input->stops != FLAG_TRUE;
		problem[n] = ticket_run_facts(step, &result[n], NULL, false, true, false);
		n++;
	}
	return n;
}

/* ----------------------------------------------------------------------
 * Runs that events start
 * ----------------------------------------------------------------------
 */

/* The closing that lasts was not in the run at all. */
static void
forget_closing(ClockRun *run)
{
	if (run->stopped_by_close && run->closing_counts)
		run->stopped_at = no_instant;
	if (run->cancelled_by == NULL && run->closing_counts &&
		same_text(run->cancel_reason, CANCELLED_CLOSED))
	{
		run->cancelled_at = no_instant;
		run->cancel_reason = NULL;
	}
	run->stopped_by_close = run->stopped_by_close && run->stopped_at.known;
	run->closed_at = no_instant;
	run->closing_counts = true;
}

/* What the stored runs know of closings; true and reopened as see_closing(). */
static bool
see_closings(const Step *step, ClockRun *runs, int n, TimestampTz *reopened)
{
	const ClockInput *input = step->input;
	bool		begins = false;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		ClockRun   *run = &runs[i];
		bool		last = true;

		/* A closing before the run, or after its end, does not concern it. */
		if (run->closed_at.known && input->closed_at.known &&
			input->closed_at.at <= run->started_at.at)
		{
			forget_closing(run);
			continue;
		}
		if (!run->closed_at.known && kept_cancel(run))
			continue;
		if (!run->closed_at.known &&
			(input->closed_at.known ?
			 input->closed_at.at <= run->started_at.at ||
			 (run->stopped_at.known && run->stopped_at.at < input->closed_at.at) :
			 run->stopped_at.known))
			continue;
		for (j = 0; j < n; j++)
		{
			if (runs[j].started_at.at > run->started_at.at &&
				!has_no_start(&runs[j]))
				last = false;
		}
		if (see_closing(step, run, false, last, reopened))
			begins = true;
	}
	return begins;
}

/*
 * A run that starts at an event, with what ends it if no event does before:
 * the closing, or the ticket's stop where events do not tell it.
 */
static Span
begin_span(const Step *step, const ClockEvent *event, int first, int stored,
		   const ClockRun *runs)
{
	const ClockInput *input = step->input;
	const ClockRun *run = stored < 0 ? NULL : &runs[stored];
	Span		span;

	memset(&span, 0, sizeof(Span));
	span.key = event->key;
	span.start = event->at;
	span.first = first;
	span.stored = stored;
	if (run != NULL && is_over(run))
	{
		span.over = instant(Max(run->cancelled_at.at, span.start));
		return span;
	}
	if (run != NULL && kept_close(run))
		span.closed = run->stopped_at;
	else if (run != NULL && kept_cancel(run))
		span.closed = run->cancelled_at;
	else if (input->on_close == ON_CLOSE_RUN)
		span.closed = no_instant;
	else if (run == NULL)
		span.closed = input->cancelled ? no_instant : input->closed_at;
	else if (run->closing_counts)
		span.closed = run->closed_at;
	if (span.closed.known && span.closed.at <= span.start)
		span.closed = no_instant;

	if (step->events->stop)
		span.stop_found = true;
	else if (run == NULL)
	{
		span.stop = input->stops_at;
		span.stop_found = true;
	}
	else if (!run->stopped_by_close)
		span.stop = run->stopped_at;
	if (span.stop.known && span.stop.at < span.start)
		span.stop = no_instant;
	return span;
}

/* End a span, if the closing or a stop did by an instant; true if so. */
static bool
end_by(Span *span, TimestampTz at)
{
	if (span->over.known && span->over.at <= at)
		return true;
	if (span->closed.known && span->closed.at <= at &&
		(!span->stop.known || span->stop.at >= span->closed.at))
	{
		span->end = span->closed;
		span->by_close = true;
	}
	else if (span->stop.known && span->stop.at <= at)
		span->end = span->stop;
	return span->end.known;
}

/* The row of a run that an event, or a reopening, started; -1: none. */
static int
stored_by_key(const ClockRun *named, int nstored, const ClockEvent *event)
{
	int			i;

	for (i = 0; i < nstored; i++)
	{
		if (event->key == NULL ?
			named[i].started_by == NULL && named[i].started_at.at == event->at :
			same_text(named[i].started_by, event->key))
			return i;
	}
	return -1;
}

/*
 * Go through the events, and find the runs that they have.  A stop of the
 * ticket that a row has stays, except of the last run.
 */
static int
find_spans(const Step *step, const ClockEvent *event, int nevents,
		   ClockRun *runs, const ClockRun *stored, const ClockRun *named,
		   int nstored, Span *spans)
{
	const ClockEvents *events = step->events;
	Span	   *current = NULL;
	int			n = 0;
	int			i;

	for (i = 0; i <= nevents; i++)
	{
		TimestampTz at = i < nevents ? event[i].at : DT_NOEND;

		CHECK_FOR_INTERRUPTS();
		if (current != NULL && end_by(current, at))
			current = NULL;
		if (i == nevents)
		{
			Span	   *last = n > 0 ? &spans[n - 1] : NULL;
			bool		over;

			if (last == NULL || last->stop_found || last->over.known)
				break;

			/* Ask the ticket, and go on from where the last run starts. */
			last->stop = ticket_stop(step, &runs[last->stored],
									 &stored[last->stored], &over);
			if (last->stop.known && last->stop.at < last->start)
				last->stop = no_instant;
			last->stop_found = true;
			last->end = no_instant;
			last->by_close = last->by_cancel = false;
			current = last;
			i = last->first;
			continue;
		}
		if (current != NULL && event[i].cancels)
		{
			current->end = instant(at);
			current->by_cancel = true;
			current = NULL;
		}
		if (current != NULL && event[i].stops && events->stop)
		{
			current->end = instant(at);
			current = NULL;
		}
		if (current == NULL && event[i].starts &&
			(event[i].key == NULL || !events->wait ||
			 (events->after.known && at >= events->after.at)))
		{
			current = &spans[n++];
			*current = begin_span(step, &event[i], i,
								  stored_by_key(named, nstored, &event[i]), runs);
		}
	}
	return n;
}

/*
 * Match spans with rows.  A span without a row gets that of a run that lay
 * where it lies (R12): then named gets its start, and the result is true, as
 * the spans must be found again with what is known of that row.
 */
static bool
match_spans(Span *spans, int nspans, ClockRun *named, bool *renamed,
			int nstored, bool *matched)
{
	int			i;
	int			j;

	memset(matched, 0, nstored * sizeof(bool));

	for (i = 0; i < nspans; i++)
	{
		if (spans[i].stored >= 0 && matched[spans[i].stored])
			spans[i].stored = -1;
		if (spans[i].stored >= 0)
			matched[spans[i].stored] = true;
	}
	for (i = 0; i < nspans; i++)
	{
		if (spans[i].key == NULL)
			continue;
		for (j = 0; spans[i].stored < 0 && j < nstored; j++)
		{
			ClockRun   *run = &named[j];
			Instant		end = run->stopped_at.known ? run->stopped_at :
				run->cancelled_at;

			if (!matched[j] && !renamed[j] && run->started_by != NULL &&
				(!spans[i].end.known || run->started_at.at < spans[i].end.at) &&
				(!end.known || spans[i].start < end.at))
			{
				run->started_by = spans[i].key;
				run->started_at = instant(spans[i].start);
				renamed[j] = true;
				return true;
			}
		}
	}
	return false;
}

/* Facts of a run that an event started. */
static void
event_run_facts(const Step *step, const Span *span, ClockRun *run,
		  const ClockRun *old, bool last, bool first_sight)
{
	const ClockInput *input = step->input;
	Instant		cancel = no_instant;
	bool		over = false;

	run->opened_at = input->opened_at;
	run->started_at = instant(span->start);
	run->started_by = span->key;
	if (old == NULL)
	{
		bool		unknown = input->closed == FLAG_TRUE && !input->closed_at.known;

		run->stop_counts = first_sight || step->events->stop ||
			input->stops != FLAG_TRUE || input->stops_at.known;
		over = first_sight && last && !span->end.known &&
			((unknown && input->on_close != ON_CLOSE_RUN) ||
			 (!step->events->stop && input->stops == FLAG_TRUE &&
			  !input->stops_at.known));
		if (unknown ? !span->end.known :
			input->closed_at.known && input->closed_at.at > span->start &&
			(!span->end.known || span->end.at >= input->closed_at.at))
		{
			begin_closing(step, run, true);
			if (unknown && !first_sight)
				run->closing_counts = false;	/* it was closed already */
		}
	}
	else if (input->stops != FLAG_TRUE)
		run->stop_counts = true;
	run->stopped_at = span->end;
	run->stopped_by_close = span->end.known && span->by_close;
	if (old != NULL && is_over(old) && span->end.known)
		run->closing_counts = false;	/* it was stopped before the closing */
	if (span->by_cancel)
	{
		cancel = span->end;
		run->stopped_at = no_instant;
	}
	else if (span->by_close &&
			 (kept_cancel(run) || input->on_close == ON_CLOSE_CANCEL) &&
			 !(old != NULL && kept_close(old)))
	{
		run->stopped_at = no_instant;
		run->stopped_by_close = false;
		if (!run->closed_at.known && old == NULL)
			run->closed_at = span->end;
	}
	set_pauses(step, run, old, last || old == NULL);
	set_cancelled(step, run, over, false, cancel);
}

/* Events, and the reopenings that began runs, in the order of time. */
static ClockEvent *
with_reopenings(const ClockEvents *events, const ClockRun *stored, int nstored,
				bool begins, TimestampTz reopened, int *n)
{
	ClockEvent *all = palloc0((events->n + nstored + 1) * sizeof(ClockEvent));
	int			i;

	*n = events->n;
	if (events->n > 0)
		memcpy(all, events->event, events->n * sizeof(ClockEvent));
	for (i = 0; i <= nstored; i++)
	{
		ClockEvent	start = {NULL, 0, true, false, false, FLAG_NONE};
		int			at = *n;

		if (i < nstored ? stored[i].started_by != NULL : !begins)
			continue;
		start.at = i < nstored ? stored[i].started_at.at : reopened;
		while (at > 0 && all[at - 1].at > start.at)
			at--;
		memmove(&all[at + 1], &all[at], (*n - at) * sizeof(ClockEvent));
		all[at] = start;
		(*n)++;
	}
	return all;
}

static int
event_facts(const Step *step, const ClockRun *stored, int nstored,
			int last_run, ClockRun *result)
{
	Span	   *spans = palloc((step->events->n + nstored + 1) * sizeof(Span));
	bool	   *matched = palloc0((nstored + 1) * sizeof(bool));
	bool	   *renamed = palloc0((nstored + 1) * sizeof(bool));
	ClockRun   *named = palloc0((nstored + 1) * sizeof(ClockRun));
	ClockEvent *event;
	TimestampTz reopened = 0;
	bool		begins;
	int			n = nstored;
	int			nevents;
	int			nspans;
	int			i;

	if (nstored > 0)
		memcpy(named, stored, nstored * sizeof(ClockRun));
	begins = see_closings(step, result, nstored, &reopened);
	event = with_reopenings(step->events, stored, nstored, begins, reopened, &nevents);
	do
		nspans = find_spans(step, event, nevents, result, stored, named, nstored,
							spans);
	while (match_spans(spans, nspans, named, renamed, nstored, matched));

	for (i = 0; i < nspans; i++)
	{
		const ClockRun *old = NULL;
		ClockRun   *run;

		if (spans[i].stored >= 0)
		{
			run = &result[spans[i].stored];
			old = &stored[spans[i].stored];
		}
		else
		{
			run = &result[n++];
			*run = new_run(step, ++last_run, spans[i].start, spans[i].key);
		}
		event_run_facts(step, &spans[i], run, old, i == nspans - 1, nstored == 0);
	}
	for (i = 0; i < nstored; i++)
	{
		if (!matched[i])
			set_cancelled(step, &result[i], false, true, no_instant);
	}
	return n;
}

static bool
same_runs(const ClockRun *a, int na, const ClockRun *b, int nb)
{
	int			i;

	if (na != nb)
		return false;
	for (i = 0; i < na; i++)
	{
		if (!clock_run_equal(&a[i], &b[i]))
			return false;
	}
	return true;
}

/*
 * What a run's end means for another may show only when both are known, so the
 * facts are found again from what was found, until they stay as they are.
 */
static int
settle_event_facts(const Step *step, const ClockRun *stored, int nstored,
				   int last_run, ClockRun *runs, int room)
{
	ClockRun   *before = palloc(room * sizeof(ClockRun));
	int			nbefore = nstored;
	int			round;
	int			n;

	if (nstored > 0)
		memcpy(before, stored, nstored * sizeof(ClockRun));
	n = event_facts(step, before, nbefore, last_run, runs);
	for (round = 0; round < MAX_ROUNDS && !same_runs(before, nbefore, runs, n); round++)
	{
		memcpy(before, runs, n * sizeof(ClockRun));
		nbefore = n;
		n = event_facts(step, before, nbefore, last_run + n - nstored, runs);
	}

	/* A run that was found on the way, and then was none, is not told. */
	for (nbefore = n, n = nstored; nstored < nbefore; nstored++)
	{
		if (!has_no_start(&runs[nstored]))
		{
			runs[n] = runs[nstored];
			runs[n].run = ++last_run;
			n++;
		}
	}
	return n;
}

static void
forget_infinite(Instant *i)
{
	if (i->known && TIMESTAMP_NOT_FINITE(i->at))
		*i = no_instant;
}

int
clock_step(const ClockInput *input, const ClockEvents *events,
		   const ClockRun *stored, int nstored, int last_run,
		   const ClockPolicy *policy, StepMode mode, TimestampTz now,
		   ClockRun **result)
{
	ClockInput	finite = *input;
	Step		step = {&finite, events, policy, mode, now};
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
		n = settle_event_facts(&step, stored, nstored, last_run, runs, room);
	else
		n = ticket_facts(&step, stored, nstored, last_run, runs, problem);

	for (i = 0; i < n; i++)
	{
		/* Without a start there is nothing to judge (R12). */
		runs[i].gone_at = no_instant;
		if (!has_no_start(&runs[i]))
			judge(&step, &runs[i], i < nstored ? &stored[i] : NULL, problem[i]);
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
		a->has_target == b->has_target &&
		(!a->has_target || memcmp(&a->target, &b->target, sizeof(Interval)) == 0) &&
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
