/*
 * ticket_trail.c
 *	  What the trail tells of a ticket: from what its clocks were to what they
 *	  are.
 *
 * What the ticket itself was is known from the terms of a clock that ran by
 * them.  A clock that no longer follows the ticket does not know them; then the
 * trail's own last row does.
 */
#include "postgres.h"

#include "base/compat.h"
#include "tickets/reconcile.h"

static void
write_row(Reconciling *reconciling, TrailRow *row)
{
	row->at = instant(reconciling->now);
	row->assigned = reconciling->assigned;
	row->reason = reconciling->reason;
	store_trail(reconciling->store, reconciling->number, row);
}

/* ----------------------------------------------------------------------
 * The ticket
 * ----------------------------------------------------------------------
 */

/* Whether a clock's terms are those that the ticket had when last seen. */
static bool
followed(const Reconciling *reconciling, const ClockRun *run)
{
	return !run->stopped_at.known && run->problem == NULL && !run->gone_at.known &&
		(!run->due_at.known || reconciling->now <= run->due_at.at) &&
		(!run->cancelled_at.known ||
		 (!same_text(run->cancel_reason, CANCELLED_NO_START) &&
		  !same_text(run->cancel_reason, CANCELLED_CLOSED)));
}

/* What the trail tells of a run's terms. */
static ClockTerms
terms_of_run(const ClockRun *run)
{
	ClockTerms	terms = run->terms;

	terms.calendar = terms.time_zone = terms.holidays = NULL;
	return terms;
}

/*
 * What the ticket was when it was last seen.  False if it was not seen in its
 * present life.
 */
static bool
find_before(Reconciling *reconciling, ClockTerms *before)
{
	const ClockRun *frozen = NULL;
	bool		stored = false;
	TrailRow	told;
	int			i;

	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];
		const InputView *view = &reconciling->tracked->clock[i].input;
		const ClockRun *last;

		/* A plan or a priority of the clock's own is not the ticket's. */
		stored |= work->nstored > 0;
		if (work->nstored == 0 || view->column[CLOCK_PLAN].given ||
			view->column[CLOCK_PRIORITY].given)
			continue;
		last = &work->stored[work->nstored - 1];
		*before = terms_of_run(last);
		if (followed(reconciling, last))
			return true;
		frozen = last;
	}
	if (reconciling->mode == RECONCILE_BACKFILL ||
		(reconciling->mode == RECONCILE_NEW && !stored))
		return false;
	if (store_last_trail(reconciling->store, reconciling->number, &told) &&
		told.at.at > reconciling->lost_at)
	{
		*before = told.terms;
		return true;
	}
	return frozen != NULL;
}

static void
tell_ticket(Reconciling *reconciling)
{
	TrailRow	row = {.event = "opened", .old = {.priority = -1}, .terms = reconciling->terms,
	.status = -1};
	ClockTerms	before;
	ClockTerms	now = reconciling->terms;
	bool		seen = find_before(reconciling, &before);

	/* A matrix that changed is no change of the ticket (R2). */
	if (seen && !reconciling->tracked->ticket.column[TICKET_PRIORITY].given)
		now.priority = before.priority;
	if (!seen && (reconciling->mode == RECONCILE_BACKFILL ||
				  reconciling->tracked->trail != TRAIL_ALL))
		return;
	if (seen && same_terms(&before, &now))
		return;
	if (seen)
	{
		row.event = "changed";
		row.old = before;
	}
	write_row(reconciling, &row);
}

/* ----------------------------------------------------------------------
 * Its clocks
 * ----------------------------------------------------------------------
 */

TrailRow
trail_row(const ClockRun *before, const ClockRun *after, TimestampTz now)
{
	TrailRow	row = {.at = instant(now), .old = before->terms, .terms = after->terms, .assigned = -1,
		.old_due_at = before->due_at, .due_at = after->due_at, .status = clock_status(before, now)};

	return row;
}

/* Where a clock would stand if it were not cancelled. */
static SlaStatus
status_uncancelled(const ClockRun *run, TimestampTz at)
{
	ClockRun	copy = *run;

	copy.cancelled_at.known = false;
	return clock_status(&copy, at);
}

static bool
is_miss(SlaStatus status)
{
	return status == STATUS_MISSED || status == STATUS_OVERDUE;
}

static bool
moved(const ClockRun *before, const ClockRun *after)
{
	return !clock_same_target(before, after) ||
		!same_instant(before->due_at, after->due_at);
}

/* What is told of a clock; NULL: nothing. */
static const char *
event_of(const Reconciling *reconciling, const ClockRun *before, const ClockRun *after)
{
	TimestampTz now = reconciling->now;
	SlaStatus	was = status_uncancelled(before, now);
	SlaStatus	is = status_uncancelled(after, now);
	bool		reopened = !same_periods(&before->closed, &after->closed);

	if (before->gone_at.known)
		return NULL;
	if (before->cancelled_at.known != after->cancelled_at.known)
	{
		if (!is_miss(after->cancelled_at.known ? was : is))
			return NULL;
		return after->cancelled_at.known ? "cancelled" : "restored";
	}
	if (reconciling->mode == RECONCILE_REJUDGE || reconciling->mode == RECONCILE_REFRESH)
	{
		if (!moved(before, after) && was == is && same_terms(&before->terms, &after->terms))
			return NULL;
		return reconciling->mode == RECONCILE_REJUDGE ? "rejudged" : "refreshed";
	}
	if (!same_terms(&before->terms, &after->terms))
		return moved(before, after) ? "changed" : NULL;
	if (reopened || after->cancelled_at.known || after->problem != NULL ||
		(!before->stopped_at.known && was != STATUS_OVERDUE))
		return NULL;
	if (moved(before, after) ||
		(was != is && !(was == STATUS_OVERDUE && is == STATUS_MISSED)))
		return "corrected";
	return NULL;
}

static void
tell_clock(Reconciling *reconciling, int clock, const ClockRun *before,
		   const ClockRun *after)
{
	TrailRow	row = trail_row(before, after, reconciling->now);

	row.event = event_of(reconciling, before, after);
	if (row.event == NULL)
		return;
	row.metric = reconciling->tracked->clock[clock].metric;
	write_row(reconciling, &row);
}

void
trail_tell(Reconciling *reconciling)
{
	int			i;
	int			j;

	if (reconciling->tracked->trail == TRAIL_NONE)
		return;
	if (reconciling->mode != RECONCILE_REFRESH && reconciling->metric == NULL)
		tell_ticket(reconciling);
	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];

		for (j = 0; j < work->nstored; j++)
			tell_clock(reconciling, i, &work->stored[j], &work->result[j]);
	}
}
