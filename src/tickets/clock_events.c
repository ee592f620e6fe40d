/*
 * clock_events.c
 *	  Facts of a clock's runs that events start.
 *
 * The events of a ticket are gone through in the order of time.  That gives
 * spans; these are matched with the stored runs.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"

#include "tickets/clock_facts.h"

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
	bool		closing_over;	/* of which another row tells */
	bool		closing_cancels;
	Instant		stop;			/* the ticket's stop that does */
	bool		stop_found;		/* stop is what the ticket says now */
	Instant		over;			/* seen for the first time when it had ended */
} Span;

/* The closing that lasts was not in the run at all. */
static void
forget_closing(ClockRun *run)
{
	if (run->closing_counts)
	{
		if (run->stopped_by_close)
			forget_stop(run);
		forget_closed(run);
	}
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

		if (has_no_start(run))
			continue;			/* if it is back, the next round sees it */

		/* A closing before the run, or after its end, does not concern it. */
		if (run->closed_at.known && input->closed_at.known &&
			input->closed_at.at <= run->started_at.at)
		{
			forget_closing(run);
			continue;
		}
		if (!run->closed_at.known && kept_cancel(run))
			continue;
		if (run->closed_at.known && !is_closed(input) && cancelled_as(run, CANCELLED_EVENT) &&
			run->cancelled_at.at < run->closed_at.at)
		{
			forget_closing(run);
			continue;
		}
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
		   const ClockRun *runs, int nstored)
{
	const ClockInput *input = step->input;
	const ClockRun *run = stored < 0 ? NULL : &runs[stored];
	Span		span;
	int			i;

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
	if (run != NULL && kept_end(run).known)
		span.closed = kept_end(run);
	else if (input->on_close == ON_CLOSE_RUN)
		span.closed = no_instant;
	else if (run == NULL)
		span.closed = input->cancelled ? no_instant : input->closed_at;
	else if (run->closing_counts)
		span.closed = run->closed_at;
	if (span.closed.known && span.closed.at <= span.start)
		span.closed = no_instant;

	/* A closing that is over, and ended another run when that was there. */
	for (i = 0; i < nstored; i++)
	{
		Instant		closed = kept_end(&runs[i]);

		if (i != stored && closed.known && closed.at > span.start &&
			(!span.closed.known || closed.at < span.closed.at))
		{
			span.closed = closed;
			span.closing_over = true;
			span.closing_cancels = kept_cancel(&runs[i]);
		}
	}

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
	if (span->over.known && span->over.at < at)
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

/* Whether a stop counted as a closing, after which the run went on (R7). */
static bool
was_closing(const Span *span, const ClockRun *runs, TimestampTz at)
{
	int			i;

	for (i = 0; span->stored >= 0 && i < runs[span->stored].closed.n; i++)
	{
		if (runs[span->stored].closed.period[i].from == at)
			return true;
	}
	return false;
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

			if (last == NULL || last->stop_found || last->over.known)
				break;

			/* Ask the ticket, and go on from where the last run starts. */
			last->stop = ticket_stop(step, &runs[last->stored],
									 &stored[last->stored]);
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
		if (current != NULL && event[i].stops && events->stop &&
			!was_closing(current, runs, at))
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
								  stored_by_key(named, nstored, &event[i]),
								  runs, nstored);
		}
	}
	return n;
}

/* Whether a run lay, for a time at least, where a span lies. */
static bool
overlap(const ClockRun *run, const Span *span)
{
	TimestampTz start = run->started_at.at;
	TimestampTz end = run->stopped_at.known ? run->stopped_at.at :
		run->cancelled_at.known ? run->cancelled_at.at : DT_NOEND;
	TimestampTz span_end = span->end.known ? span->end.at : DT_NOEND;

	if (start == end)
		return span->start <= start && start < span_end;
	return Max(start, span->start) < Min(end, span_end);
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

			if (!matched[j] && !renamed[j] && run->started_by != NULL &&
				overlap(run, &spans[i]))
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
		over = first_sight && !span->end.known &&
			((unknown && input->on_close != ON_CLOSE_RUN) ||
			 (!step->events->stop && input->stops == FLAG_TRUE &&
			  !input->stops_at.known));
		if (unknown ? !span->end.known :
			input->closed_at.known && input->closed_at.at > span->start &&
			(!span->end.known || span->end.at >= input->closed_at.at))
		{
			begin_closing(step, run, true);
			if (unknown)
				run->closing_counts = over; /* else it was closed already */
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
	else if (span->by_close && span->closing_over)
	{
		run->closed_at = no_instant;
		run->closing_counts = true;
		if (span->closing_cancels && run->cancelled_by == NULL)
		{
			forget_stop(run);
			run->cancelled_at = span->end;
			run->cancel_reason = CANCELLED_CLOSED;
		}
	}
	else if (span->by_close &&
			 (kept_cancel(run) || input->on_close == ON_CLOSE_CANCEL) &&
			 !(old != NULL && kept_close(old)))
	{
		forget_stop(run);
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
find_event_facts(const Step *step, const ClockRun *stored, int nstored,
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
			set_no_start(step, &result[i], &stored[i]);
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
int
event_facts(const Step *step, const ClockRun *stored, int nstored,
			int last_run, ClockRun *runs, int room)
{
	ClockRun   *before = palloc(room * sizeof(ClockRun));
	int			nbefore = nstored;
	int			round;
	int			n;

	if (nstored > 0)
		memcpy(before, stored, nstored * sizeof(ClockRun));
	n = find_event_facts(step, before, nbefore, last_run, runs);
	for (round = 0; round < MAX_ROUNDS && !same_runs(before, nbefore, runs, n); round++)
	{
		memcpy(before, runs, n * sizeof(ClockRun));
		nbefore = n;
		n = find_event_facts(step, before, nbefore, last_run + n - nstored, runs);
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
