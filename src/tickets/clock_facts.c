/*
 * clock_facts.c
 *	  Facts of a clock's runs: when the ticket starts and stops them, pauses,
 *	  closings, and whether they are cancelled.
 *
 * The rules are those of the manual; their numbers stand where they are
 * followed.
 */
#include "postgres.h"

#include "datatype/timestamp.h"

#include "tickets/clock_facts.h"

/* A stop may be logged so long before the start; more is a mistake (R10). */
#define EARLIEST_STOP	USECS_PER_DAY

static const Periods no_periods = {0, NULL};

/* ----------------------------------------------------------------------
 * Periods
 * ----------------------------------------------------------------------
 */

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
Periods
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

/* ----------------------------------------------------------------------
 * Closing and reopening (R6, R7)
 * ----------------------------------------------------------------------
 */

/* Whether the closing that lasts, as the row has it, ended this run. */
static bool
ended_by_closing(const Step *step, const ClockRun *run)
{
	OnClose		on_close = step->input->on_close;

	if (!run->closed_at.known || !run->closing_counts || on_close == ON_CLOSE_RUN)
		return false;
	if (on_close == ON_CLOSE_STOP && !is_over(run))
		return run->stopped_at.known && run->stopped_by_close;
	return !run->stopped_at.known;
}

/* A closing that was not there before. */
void
begin_closing(const Step *step, ClockRun *run, bool first_sight)
{
	const ClockInput *input = step->input;

	run->closing_counts = !input->cancelled && run->cancelled_by == NULL &&
		!kept_end(run).known && !is_over(run);
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
bool
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

	ended = ended_by_closing(step, run);
	*reopened = seen_at(step, run);
	if (ended && last && input->on_reopen == ON_REOPEN_CONTINUE && !is_over(run))
	{
		TimestampTz from = run->stopped_at.known ? run->stopped_at.at :
			run->closed_at.at;

		run->closed = with_period(&run->closed, from, *reopened);
		forget_stop(run);
		forget_closed(run);
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
	return ended && last && input->on_reopen == ON_REOPEN_NEW_RUN;
}

/* ----------------------------------------------------------------------
 * Stops
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

Instant
ticket_stop(const Step *step, ClockRun *run, const ClockRun *old)
{
	const ClockInput *input = step->input;

	if (input->stops_at.known)
		return input->stops_at;
	if (input->stops != FLAG_TRUE)
		run->stop_counts = true;
	else if (old != NULL && !is_over(run))
	{
		if (run->stopped_at.known && !run->stopped_by_close)
			return run->stopped_at;
		if (run->stop_counts)
			return instant(seen_at(step, run));
	}
	return no_instant;
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
set_stop(const Step *step, ClockRun *run, const ClockRun *old, Instant stop,
		 bool first, const char **problem)
{
	OnClose		on_close = step->input->on_close;
	bool		kept = kept_close(run);
	bool		cancelled = kept_cancel(run);
	Instant		closed = kept_end(run);
	bool		remembered = step->input->stops == FLAG_TRUE && !step->input->stops_at.known &&
		old != NULL && old->stopped_at.known && !old->stopped_by_close;
	bool		stands;
	int			i;

	if (!first && stop.known && stop.at < run->started_at.at)
		stop = no_instant;		/* it was the earlier run's (R7) */
	for (i = 0; i < run->closed.n; i++)
	{
		if (stop.known && !remembered && stop.at == run->closed.period[i].from)
			stop = no_instant;	/* it counted as that closing (R7) */
	}

	/* A closing that is over ended the run; only an earlier stop counts. */
	if (!closed.known && run->closing_counts && on_close != ON_CLOSE_RUN)
		closed = run->closed_at;

	/*
	 * The one that was first counts, by their own instants where these are
	 * known.  A stop that is remembered was first when both were stored.
	 */
	stands = stop.known && (!closed.known ||
							(kept ? Max(stop.at, run->started_at.at) : stop.at) < closed.at ||
							(remembered && same_instant(old->closed_at, run->closed_at)));
	stop = not_before_start(run, first, stop, problem);
	closed = not_before_start(run, first && !kept && !cancelled, closed, problem);
	if (closed.known && !(stands && stop.known))
	{
		run->stopped_by_close = kept || (!cancelled && on_close == ON_CLOSE_STOP);
		run->stopped_at = run->stopped_by_close ? closed : no_instant;
	}
	else
	{
		run->stopped_by_close = false;
		run->stopped_at = stop;
	}
}

/* ----------------------------------------------------------------------
 * Pauses (R5)
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
		return ends_open(&kept) ? clip_periods(&kept, DT_NOBEGIN, at) : kept;
	if (ends_open(&kept))
		return kept;

	/* It was cut at a stop that has been taken back, or is later now. */
	if (old != NULL && old->stopped_at.known && kept.n > 0 &&
		kept.period[kept.n - 1].until == old->stopped_at.at &&
		(!run->stopped_at.known || run->stopped_at.at > old->stopped_at.at))
		return with_period(&kept, old->stopped_at.at, DT_NOEND);
	return with_period(&kept, at, DT_NOEND);
}

void
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
 * Cancelled (R8)
 * ----------------------------------------------------------------------
 */

void
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
	else if (no_start && !kept)
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

/*
 * What started a run is no more: it stays as it is, but cancelled, until it is
 * back.  Closings and reopenings that come meanwhile do not concern it.
 */
void
set_no_start(const Step *step, ClockRun *run, const ClockRun *old)
{
	if (is_closed(step->input) || has_no_start(old))
		*run = *old;
	run->opened_at = step->input->opened_at;
	set_cancelled(step, run, false, true, no_instant);
}

/* ----------------------------------------------------------------------
 * Runs that the ticket starts
 * ----------------------------------------------------------------------
 */

ClockRun
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
 * Whether a run was over at first sight, and a stop was told of it then.  That
 * a stop without an instant does not count says nothing else where there is
 * none.
 */
static bool
stopped_when_over(const Step *step, const ClockRun *run)
{
	return step->input->stops == FLAG_NONE && !run->stop_counts;
}

/*
 * Facts of a run that the ticket, or a reopening, started; another begins at
 * until, DT_NOEND for none.  The result is what is wrong with them, or NULL.
 */
static const char *
ticket_run_facts(const Step *step, ClockRun *run, const ClockRun *old,
				 bool first, TimestampTz until, bool no_start)
{
	bool		last = until == DT_NOEND;
	const ClockEvents *events = step->events;
	TimestampTz from = first ? DT_NOBEGIN : run->started_at.at;
	Instant		stop = no_instant;
	Instant		cancel = no_instant;
	bool		over = false;
	const char *problem = NULL;

	if (no_start)
	{
		set_no_start(step, run, old);
		return NULL;
	}
	if (step->input->stops == FLAG_NONE)
		run->stop_counts = true;
	if (events->given && events->stop)
		stop = first_event(events, false, from);
	else if (last)
	{
		stop = ticket_stop(step, run, old);
		over = old == NULL && step->input->stops == FLAG_TRUE &&
			run->stop_counts && !stop.known;
	}
	else
		stop = step->input->stops_at;
	if (last)
	{
		bool		was_over = old == NULL ? first : is_over(old) || stopped_when_over(step, old);
		bool		unknown = step->input->closed == FLAG_TRUE &&
			!step->input->closed_at.known && step->input->on_close != ON_CLOSE_RUN;

		if (was_over && !stop.known && (unknown || (old != NULL && is_over(old))))
			over = true;
		if (over)
		{
			run->stopped_at = no_instant;
			if (old == NULL)
				run->closing_counts = unknown || !run->closed_at.known;
			else if (stopped_when_over(step, old))
				run->closing_counts = true;
		}
		else if (was_over && unknown)
		{
			/* The stop was before the closing, and stands for it. */
			run->closing_counts = false;
			set_stop(step, run, old, stop, first, &problem);
			if (step->input->stops == FLAG_NONE)
				run->stop_counts = false;
		}
		else
			set_stop(step, run, old, stop, first, &problem);
		if (events->given)
			cancel = first_event(events, true, from);
		if (cancel.known && stop.known && cancel.at > stop.at)
			cancel = no_instant;
		if (cancel.known)
			forget_stop(run);
	}
	else
	{
		/* It was ended by a closing; an earlier stop may be told late. */
		if ((kept_end(run).known || (is_over(run) && stop.at < until)) && stop.known &&
			!(first && run->started_at.at - stop.at > EARLIEST_STOP))
			set_stop(step, run, old, stop, first, &problem);
		else if (run->stopped_at.known && run->stopped_at.at < run->started_at.at)
			run->stopped_at = run->started_at;
		if (same_text(run->cancel_reason, CANCELLED_EVENT))
			cancel = run->cancelled_at;
	}
	set_pauses(step, run, old, last);
	set_cancelled(step, run, over, false, cancel);
	return problem;
}

int
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
		problem[0] = ticket_run_facts(step, &result[0], NULL, true, DT_NOEND, false);
		return 1;
	}

	for (i = 0; i < nstored; i++)
		result[i].opened_at = input->opened_at;
	if (!no_start)
		result[0].started_at = input->starts_at;
	begins = !(nstored == 1 && no_start && has_no_start(stored)) &&
		see_closing(step, &result[nstored - 1], false, true, &reopened);
	for (i = 0; i < nstored; i++)
	{
		TimestampTz until = i < nstored - 1 ? stored[i + 1].started_at.at :
			begins ? reopened : DT_NOEND;

		problem[i] = ticket_run_facts(step, &result[i], &stored[i], i == 0, until,
									  i == 0 && no_start);
	}
	if (begins)
	{
		result[n] = new_run(step, last_run + 1, reopened, NULL);
		result[n].stop_counts = input->stops != FLAG_TRUE;
		problem[n] = ticket_run_facts(step, &result[n], NULL, false, DT_NOEND, false);
		n++;
	}
	return n;
}
