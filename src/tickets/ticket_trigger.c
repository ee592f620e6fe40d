/*
 * ticket_trigger.c
 *	  The trigger that keeps the results of a tracked ticket true.
 *
 * It reads the row before it is written, which can run code of the application;
 * then it judges the clocks by the policy, with nothing of others in between; and
 * then it writes the results into the row.  The rules of a change are these:
 *
 * - A clock that has stopped keeps its target, deadline and verdict, and what it
 *	 has run, whatever becomes of plan, priority, zone and holidays; so does one
 *	 whose deadline had passed when they changed.
 * - A running clock is computed anew, from the opening or from the change.
 * - When a fact is corrected (the opening, the pauses), every clock is computed
 *	 anew, with the target that it had.
 * - When nothing changed that counts, nothing is computed.
 *
 * The columns that the trigger fills are its own: what an application writes
 * there is put back.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "policy/sla_clock.h"
#include "tickets/ticket.h"
#include "tickets/ticket_move.h"
#include "tickets/ticket_trigger.h"
#include "time/open_time.h"

/* Whether an update computes clocks anew though nothing changed. */
typedef enum Recompute
{
	RECOMPUTE_OFF,
	RECOMPUTE_RUNNING,
	RECOMPUTE_ALL
} Recompute;

static const struct config_enum_entry recompute_options[] = {
	{"off", RECOMPUTE_OFF, false},
	{"running", RECOMPUTE_RUNNING, false},
	{"all", RECOMPUTE_ALL, false},
	{NULL, 0, false}
};

static int	recompute = RECOMPUTE_OFF;

PG_FUNCTION_INFO_V1(sla_track_ticket);

void
ticket_trigger_init(void)
{
	DefineCustomEnumVariable("ticket_priority.recompute",
							 "Whether updates of tracked tickets compute clocks anew though nothing changed.",
							 "running leaves alone clocks that have stopped or whose deadline has passed; all computes them too, by the plan and priority that they had.",
							 &recompute, RECOMPUTE_OFF, recompute_options,
							 PGC_USERSET, 0, NULL, NULL, NULL);
}

/* ----------------------------------------------------------------------
 * Judging a clock
 * ----------------------------------------------------------------------
 */

/* What changed in an update. */
typedef struct Changes
{
	bool		any;			/* an input, or the priority */
	bool		terms;			/* plan, priority, zone, holidays */
	bool		opening;
	bool		pauses;
	bool		closed;			/* reopened */
} Changes;

/* By what a clock is judged. */
typedef struct Judging
{
	TicketMapping *mapping;
	const PolicyMap *map;		/* while clocks are judged */
	TimestampTz now;
	const Ticket *old;			/* NULL: the row is new */
	Ticket	   *new;
	Changes		changes;
	Zone	   *zone;			/* of the ticket; NULL: none, or not looked up */
	HolidayGap	gap;			/* told when the row is ready */
} Judging;

/* Whether enough of the terms is known for a clock. */
static bool
has_terms(const Ticket *ticket, const char *plan, int priority)
{
	return ticket->has_opened && plan != NULL && priority >= 0;
}

/*
 * Find a clock by its terms.  What the policy does not know is an ERROR, or, if
 * soft, gives false.
 */
static bool
find_clock(Judging *judging, TicketClock which, const char *plan, int plan_len,
		   int priority, TimestampTz since, bool soft, SlaClock *clock)
{
	TicketMapping *mapping = judging->mapping;
	const Ticket *ticket = judging->new;
	SlaTerms	terms;

	terms.opened_at = ticket->opened_at;
	terms.plan = plan == ticket->plan && ticket->support != NULL ?
		ticket->support : policy_plan(judging->map, plan, plan_len, soft);
	if (judging->zone == NULL && ticket->time_zone != NULL)
		judging->zone = zone_lookup(ticket->time_zone, ticket->time_zone_len, soft);
	if (terms.plan == NULL || (judging->zone == NULL && ticket->time_zone != NULL))
		return false;
	terms.metric = clock_metrics[which];
	terms.priority = priority;
	terms.zone = judging->zone;
	terms.holidays = ticket->holidays;
	terms.holidays_len = ticket->holidays_len;
	terms.calendar = NULL;
	if (!sla_clock_find(judging->map, &terms, soft, clock))
		return false;
	clock->since = since;
	sla_clock_pause(clock, ticket_pauses(mapping, ticket, which),
					mapping->multirange);
	return true;
}

/*
 * Compute a clock, with the target of the policy or with one that was kept.
 */
static void
compute_clock(Judging *judging, TicketClock which, const char *plan,
			  int plan_len, int priority, TimestampTz since,
			  const Interval *kept_target, ClockResult *result)
{
	SlaClock	clock;
	int64		target;

	memset(result, 0, sizeof(ClockResult));
	if (!has_terms(judging->new, plan, priority))
		return;
	(void) find_clock(judging, which, plan, plan_len, priority, since, false, &clock);
	if (clock.rule == NULL)
		return;
	clock.gap = &judging->gap;
	result->target = kept_target != NULL ? *kept_target : clock.rule->interval;
	target = kept_target != NULL ? amount_from_interval(kept_target) :
		clock.rule->target;
	result->has_due = result->has_at_risk = result->has_target = true;
	(void) sla_clock_due(&clock, target, false, &result->due_at);
	(void) sla_clock_due(&clock, at_risk_part(clock.rule, target), false,
						 &result->at_risk_at);
}

/* The plan and the priority by which a stored clock was judged. */
static const char *
judged_plan(const Ticket *ticket, TicketClock which, int *len)
{
	const KeptTerms *kept = &ticket->state.kept[which];

	*len = kept->plan != NULL ? kept->plan_len : ticket->plan_len;
	return kept->plan != NULL ? kept->plan : ticket->plan;
}

static int
judged_priority(const Ticket *ticket, TicketClock which)
{
	int			priority = ticket->state.kept[which].priority;

	return priority >= 0 ? priority : ticket->priority;
}

/* From when a clock runs. */
static TimestampTz
judged_since(const Ticket *ticket, TicketClock which)
{
	const KeptTerms *kept = &ticket->state.kept[which];

	return kept->has_from ? kept->from : ticket->opened_at;
}

static bool
is_final(const ClockStop *stop)
{
	return stop->stopped || stop->cancelled;
}

/*
 * Whether the terms by which a stored clock was judged are known.  If the
 * ticket could not be judged at its last change, only terms that were kept are
 * known.
 */
static bool
is_judged(const Ticket *ticket, TicketClock which)
{
	const KeptTerms *kept = &ticket->state.kept[which];
	const char *plan;
	int			len;

	if (ticket->state.error != NULL && (kept->plan == NULL || kept->priority < 0))
		return false;
	plan = judged_plan(ticket, which, &len);
	return plan != NULL && judged_priority(ticket, which) >= 0 &&
		(ticket->has_opened || ticket->result[which].has_due);
}

/* Whether a stored clock has been missed by an instant. */
static bool
is_missed(const Ticket *ticket, TicketClock which, TimestampTz now)
{
	const ClockResult *result = &ticket->result[which];
	const ClockStop *stop = &ticket->stop[which];

	return result->has_due && !stop->cancelled &&
		(stop->stopped ? stop->at : now) > result->due_at;
}

/*
 * Whether a stored clock keeps its verdict: it had stopped and has not started
 * again, or its deadline had been missed.
 */
static bool
keeps_verdict(const Judging *judging, TicketClock which)
{
	const Ticket *old = judging->old;

	if (!is_judged(old, which))
		return false;
	if (is_final(&old->stop[which]) && is_final(&judging->new->stop[which]))
		return true;
	return is_missed(old, which, judging->now);
}

/* Keep the terms of a clock where the ticket's columns no longer say them. */
static void
keep_terms(const Judging *judging, TicketClock which)
{
	KeptTerms  *kept = &judging->new->state.kept[which];
	const Ticket *new = judging->new;
	const char *plan;
	int			len;
	int			priority = judged_priority(judging->old, which);

	plan = judged_plan(judging->old, which, &len);
	kept->plan = NULL;
	if (plan != NULL && (new->plan == NULL || new->plan_len != len ||
						 memcmp(new->plan, plan, len) != 0))
	{
		kept->plan = plan;
		kept->plan_len = len;
	}
	kept->priority = priority != new->priority ? priority : -1;
}

/* Whether a fact was corrected that moves a clock. */
static bool
facts_changed(const Judging *judging, TicketClock which)
{
	const Changes *changes = &judging->changes;

	return changes->opening ||
		(changes->pauses && judging->mapping->pauses[which]) ||
		(changes->closed && which == CLOCK_RESOLUTION);
}

static void
judge_deadline(Judging *judging, TicketClock which)
{
	const TicketMapping *mapping = judging->mapping;
	const Changes *changes = &judging->changes;
	const Ticket *old = judging->old;
	Ticket	   *new = judging->new;
	KeptTerms  *kept = &new->state.kept[which];
	ClockResult *result = &new->result[which];
	bool		facts;
	bool		terms_known;

	if (!mapping->tracks[which])
	{
		memset(result, 0, sizeof(ClockResult));
		return;
	}
	facts = facts_changed(judging, which);

	if (old != NULL && keeps_verdict(judging, which))
	{
		const ClockResult *stored = &old->result[which];
		bool		keeps_target = recompute != RECOMPUTE_ALL;
		const char *plan;
		int			len;

		keep_terms(judging, which);
		*result = *stored;
		if (!new->has_opened || (keeps_target && (!facts || !stored->has_due)))
			return;
		plan = judged_plan(old, which, &len);
		compute_clock(judging, which, plan, len, judged_priority(old, which),
					  judged_since(new, which),
					  keeps_target && stored->has_target ? &stored->target : NULL,
					  result);
		return;
	}

	/* It runs as before: by the terms that it had. */
	if (old != NULL && old->state.error == NULL && !facts && !changes->terms &&
		!is_final(&old->stop[which]))
	{
		const char *plan;
		int			len;

		*result = old->result[which];
		if (recompute == RECOMPUTE_OFF && result->has_due)
			return;
		plan = judged_plan(old, which, &len);
		keep_terms(judging, which);
		compute_clock(judging, which, plan, len, judged_priority(old, which),
					  judged_since(new, which), NULL, result);
		return;
	}

	/* It changes, runs again, or is new: what counts is what the columns say. */
	terms_known = old != NULL && is_judged(old, which);
	kept->plan = NULL;
	kept->priority = -1;
	if (old != NULL && changes->terms && mapping->from_change &&
		mapping->column[COLUMN_STATE].attnum != 0 && terms_known)
	{
		kept->has_from = true;
		kept->from = judging->now;
	}
	compute_clock(judging, which, new->plan, new->plan_len, new->priority,
				  judged_since(new, which), NULL, result);
}

/*
 * What a clock has run when it stops.  It stays, as the verdict does, unless it
 * stops at another time, or a fact is corrected.
 */
static void
measure_stop(Judging *judging, TicketClock which)
{
	const Ticket *old = judging->old;
	Ticket	   *new = judging->new;
	ClockResult *result = &new->result[which];
	const ClockStop *stop = &new->stop[which];
	const char *plan;
	int			len;
	int			priority = judged_priority(new, which);
	SlaClock	clock;
	int64		ran;

	if (judging->mapping->column[clock_columns[which].elapsed].attnum == 0)
		return;
	result->has_elapsed = false;
	if (!stop->stopped || stop->cancelled)
		return;
	if (old != NULL && old->result[which].has_elapsed &&
		old->stop[which].stopped && old->stop[which].at == stop->at &&
		!facts_changed(judging, which) && recompute != RECOMPUTE_ALL)
	{
		result->has_elapsed = true;
		result->elapsed = old->result[which].elapsed;
		return;
	}
	plan = judged_plan(new, which, &len);
	if (!has_terms(new, plan, priority) ||
		!find_clock(judging, which, plan, len, priority, judged_since(new, which),
					true, &clock) ||
		!sla_clock_ran_softly(&clock, stop->at, &ran))
		return;
	result->has_elapsed = true;
	result->elapsed = *amount_to_interval(ran);
}

static void
judge_clock(Judging *judging, TicketClock which)
{
	judge_deadline(judging, which);
	if (judging->mapping->tracks[which])
		measure_stop(judging, which);
}

/* ----------------------------------------------------------------------
 * Pauses and reopening
 * ----------------------------------------------------------------------
 */

/* Record the pauses by the status, at the moment at which it changes. */
static void
record_pauses(const Judging *judging)
{
	TicketMapping *mapping = judging->mapping;
	TypeCacheEntry *multirange = mapping->multirange;
	Ticket	   *new = judging->new;
	TimestampTz now = judging->now;

	if (!mapping->records_pauses)
		return;
	if (!new->is_paused_status || new->has_resolved)
		new->paused = end_period(multirange, new->paused, now);
	else if ((judging->old == NULL || judging->old->state.error != NULL ||
			  !judging->old->is_paused_status ||
			  judging->old->has_resolved) &&
			 !has_open_period(multirange, new->paused))
	{
		if (new->has_opened && !TIMESTAMP_NOT_FINITE(new->opened_at))
			now = Max(now, new->opened_at);
		new->paused = add_period(multirange, new->paused, now, DT_NOEND);
	}
}

/* Reopen a ticket: the time for which it was closed does not count. */
static void
reopen(const Judging *judging)
{
	const Ticket *old = judging->old;
	Ticket	   *new = judging->new;
	KeptTerms  *kept = &new->state.kept[CLOCK_RESPONSE];

	if (old == NULL || !old->has_resolved || new->has_resolved ||
		judging->mapping->column[COLUMN_STATE].attnum == 0)
		return;
	if (old->resolved_at < judging->now && !TIMESTAMP_NOT_FINITE(old->resolved_at))
		new->state.closed = add_period(judging->mapping->multirange,
									   new->state.closed,
									   old->resolved_at, judging->now);

	/* The closing counted as the answer, and still does. */
	if (!judging->mapping->close_cancels && old->stop[CLOCK_RESPONSE].stopped &&
		(!new->has_answered || new->answered_at > old->stop[CLOCK_RESPONSE].at))
	{
		kept->has_answered = true;
		kept->answered_at = old->stop[CLOCK_RESPONSE].at;
	}
}

/* ----------------------------------------------------------------------
 * Reading and writing the row
 * ----------------------------------------------------------------------
 */

static bool
column_differs(const TicketMapping *mapping, TupleTableSlot *a,
			   TupleTableSlot *b, TicketColumn column)
{
	const MappedColumn *mapped = &mapping->column[column];
	Datum		values[2];
	bool		nulls[2];

	if (mapped->attnum == 0)
		return false;
	values[0] = slot_getattr(a, mapped->attnum, &nulls[0]);
	values[1] = slot_getattr(b, mapped->attnum, &nulls[1]);
	if (nulls[0] || nulls[1])
		return nulls[0] != nulls[1];
	return !datum_image_eq(values[0], values[1], mapped->typbyval, mapped->typlen);
}

/* Whether the trigger, not the application, writes a column. */
static bool
is_result(const TicketMapping *mapping, TicketColumn column)
{
	if (column == COLUMN_PRIORITY)
		return mapping->fills_priority;
	return column >= COLUMN_DUE_AT;
}

static void
find_changes(const TicketMapping *mapping, TupleTableSlot *old,
			 TupleTableSlot *new, Changes *changes)
{
	int			i;

	memset(changes, 0, sizeof(Changes));
	for (i = COLUMN_OPENED_AT; i < COLUMN_DUE_AT; i++)
	{
		if (is_result(mapping, i) ||
			(i == COLUMN_PRIORITY && mapping->generated != NULL) ||
			!column_differs(mapping, old, new, i))
			continue;
		changes->any = true;
		if (i == COLUMN_PLAN || i == COLUMN_TIME_ZONE || i == COLUMN_HOLIDAYS)
			changes->terms = true;
		if (i == COLUMN_OPENED_AT)
			changes->opening = true;
		if (i == COLUMN_PAUSED)
			changes->pauses = true;
	}
}

/* The row to write, with some columns replaced. */
typedef struct NewRow
{
	const TicketMapping *mapping;
	TupleTableSlot *slot;		/* as it comes in */
	Datum	   *values;			/* NULL: nothing replaced so far */
	bool	   *nulls;
} NewRow;

static void
begin_row(NewRow *row, const TicketMapping *mapping, TupleTableSlot *slot)
{
	row->mapping = mapping;
	row->slot = slot;
	row->values = NULL;
	row->nulls = NULL;
}

static void
replace(NewRow *row, TicketColumn column, Datum value, bool isnull)
{
	const MappedColumn *mapped = &row->mapping->column[column];
	AttrNumber	attnum = mapped->attnum;
	int			natts = row->slot->tts_tupleDescriptor->natts;

	if (attnum == 0)
		return;
	/* The server takes it that a row has what its domains allow. */
	if (OidIsValid(mapped->domain))
		domain_check(value, isnull, mapped->domain,
					 (void **) &mapped->domain_checks, row->mapping->context);
	if (row->values == NULL)
	{
		slot_getallattrs(row->slot);
		row->values = palloc(natts * sizeof(Datum));
		row->nulls = palloc(natts * sizeof(bool));
		memcpy(row->values, row->slot->tts_values, natts * sizeof(Datum));
		memcpy(row->nulls, row->slot->tts_isnull, natts * sizeof(bool));
	}
	row->values[attnum - 1] = value;
	row->nulls[attnum - 1] = isnull;
}

static HeapTuple
finish_row(NewRow *row, HeapTuple tuple)
{
	HeapTuple	made;

	if (row->values == NULL)
		return tuple;
	made = heap_form_tuple(row->slot->tts_tupleDescriptor, row->values, row->nulls);
	made->t_data->t_ctid = tuple->t_data->t_ctid;
	made->t_self = tuple->t_self;
	made->t_tableOid = tuple->t_tableOid;
	return made;
}

/* Put back one column. */
static void
restore_column(NewRow *row, TupleTableSlot *old, TicketColumn column)
{
	bool		isnull;
	Datum		value = ticket_value(row->mapping, old, column, &isnull);

	replace(row, column, value, isnull);
}

/* Put back what the trigger had filled, if the application wrote there. */
static void
restore_results(const TicketMapping *mapping, TupleTableSlot *old, NewRow *row)
{
	int			i;

	for (i = COLUMN_PRIORITY; i < NUM_COLUMNS; i++)
	{
		if (is_result(mapping, i) && column_differs(mapping, old, row->slot, i))
			restore_column(row, old, i);
	}
}

/* Write the columns of a clock. */
static void
write_clock(NewRow *row, TicketClock which, const ClockResult *result)
{
	const ClockColumns *columns = &clock_columns[which];

	replace(row, columns->due_at, TimestampTzGetDatum(result->due_at),
			!result->has_due);
	replace(row, columns->at_risk_at, TimestampTzGetDatum(result->at_risk_at),
			!result->has_at_risk);
	replace(row, columns->target, IntervalPGetDatum(&result->target),
			!result->has_target);
	replace(row, columns->elapsed, IntervalPGetDatum(&result->elapsed),
			!result->has_elapsed);
}

static void
write_results(const Judging *judging, NewRow *row)
{
	const TicketMapping *mapping = judging->mapping;
	const Ticket *ticket = judging->new;
	Jsonb	   *state;
	int			i;

	if (mapping->fills_priority)
		replace(row, COLUMN_PRIORITY,
				ticket->priority < 0 ? (Datum) 0 :
				priority_datum(mapping, ticket->priority),
				ticket->priority < 0);
	if (mapping->records_pauses)
		replace(row, COLUMN_PAUSED, PointerGetDatum(ticket->paused),
				ticket->paused == NULL);
	for (i = 0; i < NUM_CLOCKS; i++)
		write_clock(row, i, &ticket->result[i]);
	if (mapping->column[COLUMN_STATE].attnum != 0)
	{
		state = ticket_state_write(&ticket->state, mapping->multirange);
		replace(row, COLUMN_STATE, PointerGetDatum(state), state == NULL);
	}
}

/* ----------------------------------------------------------------------
 * The trigger
 * ----------------------------------------------------------------------
 */

static void
check_after_opening(const Ticket *ticket, bool given, TimestampTz at,
					const char *what)
{
	char	   *opened;

	if (!ticket->has_opened || !given || at >= ticket->opened_at)
		return;
	opened = pstrdup(timestamptz_to_str(ticket->opened_at));
	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("a ticket cannot be %s before it is opened", what),
			 errdetail("It was opened at %s and %s at %s.",
					   opened, what, timestamptz_to_str(at)),
			 errhint("Correct the times, or set ticket_priority.bad_ticket to \"unknown\" to store such tickets with status unknown.")));
}

static void
check_order(const Ticket *ticket)
{
	check_after_opening(ticket, ticket->has_answered, ticket->answered_at, "answered");
	check_after_opening(ticket, ticket->has_resolved, ticket->resolved_at, "resolved");
}

static void
begin_judging(Judging *judging, TicketMapping *mapping, const Ticket *old,
			  Ticket *new)
{
	memset(judging, 0, sizeof(Judging));
	judging->mapping = mapping;
	judging->now = GetCurrentTransactionStartTimestamp();
	judging->old = old;
	judging->new = new;
}

/*
 * Judge the clocks.  Nothing of the application runs between the first and the
 * last use of the policy, and no pointer into it stays.
 */
static void
judge(Judging *judging)
{
	int			i;

	timeline_begin_call();
	judging->map = policy_current(&judging->mapping->policy);
	ticket_assign(judging->mapping, judging->map, judging->new);
	if (judging->old != NULL)
		judging->changes.terms |= judging->new->priority != judging->old->priority;
	for (i = 0; i < NUM_CLOCKS; i++)
		judge_clock(judging, i);
	judging->map = NULL;
	judging->zone = NULL;
	judging->new->support = NULL;
}

static HeapTuple
track_insert(TicketMapping *mapping, TriggerData *trigdata)
{
	Ticket		new;
	Judging		judging;
	NewRow		row;

	begin_judging(&judging, mapping, NULL, &new);
	begin_row(&row, mapping, trigdata->tg_trigslot);
	ticket_read(mapping, trigdata->tg_trigslot, false, &new);
	ticket_find_stops(mapping, &new);
	check_order(&new);
	record_pauses(&judging);
	judge(&judging);
	write_results(&judging, &row);
	holiday_gap_warn(&judging.gap, &mapping->warned);
	return finish_row(&row, trigdata->tg_trigtuple);
}

static HeapTuple
track_update(TicketMapping *mapping, TriggerData *trigdata)
{
	TupleTableSlot *old_slot = trigdata->tg_trigslot;
	TupleTableSlot *new_slot = trigdata->tg_newslot;
	Ticket		old;
	Ticket		new;
	Judging		judging;
	Changes		changes;
	MultirangeType *given_pauses;
	NewRow		row;

	begin_row(&row, mapping, new_slot);
	find_changes(mapping, old_slot, new_slot, &changes);
	if (!changes.any && mapping->generated == NULL &&
		recompute == RECOMPUTE_OFF)
	{
		restore_results(mapping, old_slot, &row);
		return finish_row(&row, trigdata->tg_newtuple);
	}

	begin_judging(&judging, mapping, &old, &new);
	judging.changes = changes;
	ticket_read(mapping, old_slot, true, &old);
	ticket_read_results(mapping, old_slot, &old);
	ticket_find_stops(mapping, &old);

	if (old.state.unreadable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("%s", old.state.error),
				 errhint("Set ticket_priority.bad_ticket to \"unknown\" to store what can be read; the next change of the ticket judges it anew.")));
	ticket_read(mapping, new_slot, false, &new);
	new.state = old.state;
	new.state.error = NULL;
	given_pauses = new.paused;
	record_pauses(&judging);
	reopen(&judging);
	ticket_find_stops(mapping, &new);
	check_order(&new);
	judging.changes.pauses |= new.paused != given_pauses;
	judging.changes.closed = new.state.closed != old.state.closed;
	judge(&judging);
	write_results(&judging, &row);
	holiday_gap_warn(&judging.gap, &mapping->warned);
	return finish_row(&row, trigdata->tg_newtuple);
}

static HeapTuple
track(TicketMapping *mapping, FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	ticket_seen(mapping->statement);
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
	{
		/* A row that moves to another partition was judged by its update. */
		if (mapping->is_partition && ticket_moves(mapping, fcinfo))
			return trigdata->tg_trigtuple;
		return track_insert(mapping, trigdata);
	}
	return track_update(mapping, trigdata);
}

/*
 * What a ticket that can no longer be judged keeps: the verdicts that it had,
 * each with the plan and the priority by which it was judged.
 */
static void
keep_verdicts(TicketMapping *mapping, TriggerData *trigdata, NewRow *row,
			  TicketState *state, bool *keeps)
{
	TupleTableSlot *slot = trigdata->tg_trigslot;
	Ticket		old;
	int			i;

	ticket_read(mapping, slot, true, &old);
	ticket_read_results(mapping, slot, &old);
	ticket_find_stops(mapping, &old);
	*state = old.state;
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		KeptTerms  *kept = &state->kept[i];
		const ClockColumns *columns = &clock_columns[i];

		if (is_judged(&old, i) &&
			(is_final(&old.stop[i]) ||
			 is_missed(&old, i, GetCurrentTransactionStartTimestamp())))
		{
			kept->plan = judged_plan(&old, i, &kept->plan_len);
			kept->priority = judged_priority(&old, i);
			restore_column(row, slot, columns->due_at);
			restore_column(row, slot, columns->at_risk_at);
			restore_column(row, slot, columns->target);
			restore_column(row, slot, columns->elapsed);
			keeps[i] = true;
		}
		else
		{
			kept->plan = NULL;
			kept->priority = -1;
		}
	}
}

/*
 * The row of a ticket that could not be judged.  Without a column that keeps
 * the reason it has no priority, which makes its status unknown as well, unless
 * there is a verdict to keep.
 */
static HeapTuple
store_unknown(TicketMapping *mapping, TriggerData *trigdata, ErrorData *error)
{
	static const ClockResult nothing = {0};
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	TupleTableSlot *slot = ticket_new_row(trigdata);
	NewRow		row;
	HeapTuple	tuple = is_update ? trigdata->tg_newtuple : trigdata->tg_trigtuple;
	TicketState state;
	Jsonb	   *json;
	bool		keeps[NUM_CLOCKS] = {false};
	int			i;

	/* Where the mapping itself is wrong, nothing can be filled. */
	if (mapping == NULL)
	{
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("a ticket of table \"%s\" is stored without tracking: %s",
						RelationGetRelationName(trigdata->tg_relation),
						error->message)));
		return tuple;
	}
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("ticket %s of table \"%s\" is stored with status unknown: %s",
					ticket_name(mapping, slot),
					RelationGetRelationName(trigdata->tg_relation),
					error->message)));
	begin_row(&row, mapping, slot);
	ticket_state_init(&state);
	if (is_update)
		keep_verdicts(mapping, trigdata, &row, &state, keeps);
	state.error = error->message;
	json = ticket_state_write(&state, mapping->multirange);
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		if (!keeps[i])
			write_clock(&row, i, &nothing);
	}
	if (mapping->column[COLUMN_STATE].attnum != 0)
		replace(&row, COLUMN_STATE, JsonbPGetDatum(json), false);
	if (!mapping->fills_priority)
		return finish_row(&row, tuple);
	if (mapping->column[COLUMN_STATE].attnum == 0 &&
		(keeps[CLOCK_RESPONSE] || keeps[CLOCK_RESOLUTION]))
		restore_column(&row, trigdata->tg_trigslot, COLUMN_PRIORITY);
	else
		replace(&row, COLUMN_PRIORITY, (Datum) 0, true);
	return finish_row(&row, tuple);
}

/* The trigger's work, and what it gives. */
typedef struct Tracking
{
	FunctionCallInfo fcinfo;
	HeapTuple	result;
} Tracking;

static void
track_body(void *arg)
{
	Tracking   *tracking = arg;

	tracking->result = track(ticket_mapping(tracking->fcinfo), tracking->fcinfo);
}

/* The ticket in the context of an error, where its number is plainly there. */
static void
say_which_ticket(void *arg)
{
	FunctionCallInfo fcinfo = arg;
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TicketMapping *mapping = fcinfo->flinfo->fn_extra;
	TupleTableSlot *slot = ticket_new_row(trigdata);
	AttrNumber	attnum = mapping == NULL ? 0 : mapping->column[COLUMN_ID].attnum;
	Oid			type = mapping == NULL ? InvalidOid : mapping->column[COLUMN_ID].type;

	if (attnum > 0 && attnum <= slot->tts_nvalid && !slot->tts_isnull[attnum - 1] &&
		(type == INT2OID || type == INT4OID || type == INT8OID || type == UUIDOID))
		errcontext("tracking of ticket %s of table \"%s\"",
				   ticket_name(mapping, slot),
				   RelationGetRelationName(trigdata->tg_relation));
	else
		errcontext("tracking of a ticket of table \"%s\"",
				   RelationGetRelationName(trigdata->tg_relation));
}

/* sla_track_ticket(): BEFORE INSERT OR UPDATE FOR EACH ROW */
Datum
sla_track_ticket(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	ErrorContextCallback callback;
	Tracking	tracking;
	ErrorData  *error;

	callback.callback = say_which_ticket;
	callback.arg = fcinfo;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	tracking.fcinfo = fcinfo;
	error = ticket_try(track_body, &tracking);
	if (error != NULL)
		tracking.result = store_unknown(fcinfo->flinfo->fn_extra, trigdata, error);

	/* The row may yet move to another partition: remember from what. */
	if (TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) &&
		fcinfo->flinfo->fn_extra != NULL)
		ticket_move_announce(fcinfo->flinfo->fn_extra, fcinfo, tracking.result);
	error_context_stack = callback.previous;
	PG_RETURN_POINTER(tracking.result);
}
