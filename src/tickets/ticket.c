/*
 * ticket.c
 *	  A row of a tracked table, read once: its inputs and its results.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "policy/sla_clock.h"
#include "tickets/ticket.h"

TupleTableSlot *
ticket_new_row(const TriggerData *trigdata)
{
	return TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ? trigdata->tg_trigslot :
		trigdata->tg_newslot;
}

static bool
read_instant(const TicketMapping *mapping, TupleTableSlot *slot,
			 TicketColumn column, TimestampTz *instant)
{
	bool		isnull;
	Datum		value = ticket_value(mapping, slot, column, &isnull);

	if (isnull)
		return false;
	*instant = DatumGetTimestampTz(value);
	return true;
}

/*
 * stored says that the row comes from the table, so that what the server or
 * the trigger filled is in it too.  A label without a meaning, such as one
 * written before the table was tracked, then counts as null.  Only a row that
 * is about to be written must be right.
 */
void
ticket_read(TicketMapping *mapping, TupleTableSlot *slot, bool stored,
			Ticket *ticket)
{
	const char *status;
	int			len;
	bool		isnull;
	Datum		value;

	/* All at once costs less than one after the other. */
	slot_getsomeattrs(slot, mapping->last);
	ticket->has_opened = read_instant(mapping, slot, COLUMN_OPENED_AT,
									  &ticket->opened_at);
	ticket->has_answered = read_instant(mapping, slot, COLUMN_ANSWERED_AT,
										&ticket->answered_at);
	ticket->has_resolved = read_instant(mapping, slot, COLUMN_RESOLVED_AT,
										&ticket->resolved_at);
	ticket->plan = ticket_text(mapping, slot, COLUMN_PLAN, &ticket->plan_len);
	ticket->support = NULL;
	ticket->time_zone = ticket_text(mapping, slot, COLUMN_TIME_ZONE,
									&ticket->time_zone_len);
	ticket->holidays = ticket_text(mapping, slot, COLUMN_HOLIDAYS,
								   &ticket->holidays_len);
	ticket->is_paused_status = false;
	ticket->is_cancelled_status = false;
	if (mapping->npaused_when > 0 || mapping->ncancelled_when > 0)
	{
		status = ticket_text(mapping, slot, COLUMN_STATUS, &len);
		ticket->is_paused_status = among_labels(status, len, mapping->paused_when,
												mapping->npaused_when);
		ticket->is_cancelled_status = among_labels(status, len,
												   mapping->cancelled_when,
												   mapping->ncancelled_when);
	}
	value = ticket_value(mapping, slot, COLUMN_PAUSED, &isnull);
	ticket->paused = isnull ? NULL : DatumGetMultirangeTypeP(value);

	ticket_state_init(&ticket->state);
	if (stored)
	{
		value = ticket_value(mapping, slot, COLUMN_STATE, &isnull);
		if (!isnull)
			ticket_state_read(DatumGetJsonbP(value), &ticket->state);
	}

	ticket->urgency = -1;
	ticket->impact = -1;
	ticket->override = -1;
	if (mapping->assigns)
	{
		ticket->urgency = ticket_level(mapping, slot, COLUMN_URGENCY,
									   &mapping->urgency, stored);
		ticket->impact = ticket_level(mapping, slot, COLUMN_IMPACT,
									  &mapping->impact, stored);
		ticket->override = ticket_level(mapping, slot, COLUMN_OVERRIDE,
										&mapping->priority, stored);
	}
	if (!stored && mapping->generated != NULL)
		ticket->priority = generated_priority(mapping, slot);
	else if (!stored && mapping->assigns)
		ticket->priority = ticket->override;
	else
		ticket->priority = ticket_level(mapping, slot, COLUMN_PRIORITY,
										&mapping->priority, stored);
}

void
ticket_assign(const TicketMapping *mapping, const PolicyMap *map, Ticket *ticket)
{
	if (ticket->urgency < 0 || ticket->impact < 0)
		return;
	if (ticket->plan != NULL)
		ticket->support = policy_plan(map, ticket->plan, ticket->plan_len, false);
	if (ticket->priority < 0 && mapping->generated == NULL)
		ticket->priority = matrix_priority(ticket->support, ticket->urgency,
										   ticket->impact);
}

void
ticket_read_results(const TicketMapping *mapping, TupleTableSlot *slot,
					Ticket *ticket)
{
	int			i;

	for (i = 0; i < NUM_CLOCKS; i++)
	{
		const ClockColumns *columns = &clock_columns[i];
		ClockResult *result = &ticket->result[i];
		bool		isnull;
		Datum		value;

		result->has_due = read_instant(mapping, slot, columns->due_at, &result->due_at);
		result->has_at_risk = read_instant(mapping, slot, columns->at_risk_at,
										   &result->at_risk_at);
		value = ticket_value(mapping, slot, columns->target, &isnull);
		result->has_target = !isnull;
		if (!isnull)
			result->target = *DatumGetIntervalP(value);
		value = ticket_value(mapping, slot, columns->elapsed, &isnull);
		result->has_elapsed = !isnull;
		if (!isnull)
			result->elapsed = *DatumGetIntervalP(value);
	}
}

/* The earlier of a stop and an instant. */
static void
stop_by(ClockStop *stop, bool given, TimestampTz at)
{
	if (given && (!stop->stopped || at < stop->at))
	{
		stop->stopped = true;
		stop->at = at;
	}
}

void
ticket_find_stops(const TicketMapping *mapping, Ticket *ticket)
{
	ClockStop  *response = &ticket->stop[CLOCK_RESPONSE];
	ClockStop  *resolution = &ticket->stop[CLOCK_RESOLUTION];
	const KeptTerms *kept = &ticket->state.kept[CLOCK_RESPONSE];

	memset(ticket->stop, 0, sizeof(ticket->stop));
	response->cancelled = resolution->cancelled = ticket->is_cancelled_status;
	stop_by(response, ticket->has_answered, ticket->answered_at);
	stop_by(resolution, ticket->has_resolved, ticket->resolved_at);
	if (!mapping->close_cancels)
	{
		stop_by(response, ticket->has_resolved, ticket->resolved_at);
		stop_by(response, kept->has_answered, kept->answered_at);
	}
	else if (ticket->has_resolved &&
			 (!ticket->has_answered || ticket->answered_at > ticket->resolved_at))
	{
		response->stopped = false;
		response->cancelled = true;
	}
}

MultirangeType *
ticket_pauses(const TicketMapping *mapping, const Ticket *ticket,
			  TicketClock clock)
{
	TypeCacheEntry *multirange = mapping->multirange;
	MultirangeType *paused = mapping->pauses[clock] ? ticket->paused : NULL;
	MultirangeType *closed = clock == CLOCK_RESOLUTION ? ticket->state.closed : NULL;
	RangeType **ranges[2];
	RangeType **all;
	int32		n[2];

	if (closed == NULL || MultirangeIsEmpty(closed))
		return paused;
	if (paused == NULL || MultirangeIsEmpty(paused))
		return closed;
	multirange_deserialize(multirange->rngtype, paused, &n[0], &ranges[0]);
	multirange_deserialize(multirange->rngtype, closed, &n[1], &ranges[1]);
	all = palloc((n[0] + n[1]) * sizeof(RangeType *));
	memcpy(all, ranges[0], n[0] * sizeof(RangeType *));
	memcpy(all + n[0], ranges[1], n[1] * sizeof(RangeType *));
	return make_multirange(multirange->type_id, multirange->rngtype,
						   n[0] + n[1], all);
}

SlaStatus
ticket_status(const TicketMapping *mapping, const Ticket *ticket,
			  TicketClock clock, TimestampTz at)
{
	const ClockResult *result = &ticket->result[clock];
	const ClockStop *stop = &ticket->stop[clock];
	SlaClock	paused;

	if (stop->cancelled)
		return STATUS_CANCELLED;
	if (ticket->state.error != NULL || !ticket->has_opened ||
		ticket->plan == NULL || ticket->priority < 0)
		return STATUS_UNKNOWN;
	sla_clock_pause(&paused, ticket_pauses(mapping, ticket, clock),
					mapping->multirange);
	return sla_verdict(result->has_due ? &result->due_at : NULL,
					   stop->stopped ? &stop->at : NULL, &at,
					   result->has_at_risk ? &result->at_risk_at : NULL,
					   sla_clock_is_paused(&paused, at));
}

void
ticket_trail_values(TicketMapping *mapping, TupleTableSlot *slot, TimestampTz at,
					TrailValues *values)
{
	Ticket		ticket;
	int			i;

	ticket_read(mapping, slot, true, &ticket);
	ticket_read_results(mapping, slot, &ticket);
	ticket_find_stops(mapping, &ticket);
	values->urgency = ticket.urgency;
	values->impact = ticket.impact;
	values->override = ticket.override;
	values->priority = ticket.priority;
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		values->has_due[i] = ticket.result[i].has_due;
		values->due_at[i] = ticket.result[i].due_at;
		values->status[i] = ticket_status(mapping, &ticket, i, at);
	}
}

/* ----------------------------------------------------------------------
 * Tickets that cannot be judged
 * ----------------------------------------------------------------------
 */

typedef enum BadTicket
{
	BAD_TICKET_ERROR,
	BAD_TICKET_UNKNOWN
} BadTicket;

static const struct config_enum_entry bad_ticket_options[] = {
	{"error", BAD_TICKET_ERROR, false},
	{"unknown", BAD_TICKET_UNKNOWN, false},
	{NULL, 0, false}
};

static int	bad_ticket = BAD_TICKET_ERROR;

void
ticket_init(void)
{
	DefineCustomEnumVariable("ticket_priority.bad_ticket",
							 "What becomes of a tracked ticket that cannot be judged.",
							 "error refuses it; unknown stores it with a warning, and its status is unknown.",
							 &bad_ticket, BAD_TICKET_ERROR, bad_ticket_options,
							 PGC_USERSET, 0, NULL, NULL, NULL);
}

/* Errors that say that the ticket, or its table, is not as it should be. */
static bool
is_bad_ticket(int sqlerrcode)
{
	return ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		sqlerrcode == ERRCODE_UNDEFINED_OBJECT ||
		sqlerrcode == ERRCODE_UNDEFINED_COLUMN ||
		sqlerrcode == ERRCODE_DATATYPE_MISMATCH ||
		sqlerrcode == ERRCODE_WRONG_OBJECT_TYPE ||
		sqlerrcode == ERRCODE_CHECK_VIOLATION;
}

ErrorData *
ticket_try(void (*body) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	if (bad_ticket == BAD_TICKET_ERROR)
	{
		body(arg);
		return NULL;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(arg);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (!is_bad_ticket(error->sqlerrcode))
			ReThrowError(error);
	}
	PG_END_TRY();
	return error;
}
