/*
 * ticket_trigger.c
 *	  The triggers of a tracked table, and of the tables of events.
 *
 * They say which tickets are to be reconciled, and never what has changed: what
 * counts is what the ticket is now.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "policy/policy.h"
#include "tickets/guard.h"
#include "tickets/reconcile.h"

PG_FUNCTION_INFO_V1(sla_ticket_fill);
PG_FUNCTION_INFO_V1(sla_ticket_changed);
PG_FUNCTION_INFO_V1(sla_ticket_truncated);
PG_FUNCTION_INFO_V1(sla_events_changed);
PG_FUNCTION_INFO_V1(sla_events_truncated);

/* The trigger's work, with the table that was found for it. */
typedef struct TriggerWork
{
	TriggerData *trigdata;
	WrittenTable written;
} TriggerWork;

static const char *
prefix_argument(const TriggerData *trigdata)
{
	const Trigger *trigger = trigdata->tg_trigger;

	if (trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" does not have the prefix of the tracked table as its argument",
						trigger->tgname)));
	return trigger->tgargs[0];
}

/*
 * Do the work of a trigger that is fired at a time by some events (see
 * trigger_call()), as the table's owner.
 */
static Datum
run_trigger(FunctionCallInfo fcinfo, TriggerEvent timing, TriggerEvent events,
			bool is_events, HeapTuple (*work) (TriggerWork *work))
{
	TriggerWork state = {.trigdata = trigger_call(fcinfo, timing, events)};
	Relation	rel = state.trigdata->tg_relation;
	Caller		caller;
	HeapTuple	result;

	if (is_restore(rel))
		return PointerGetDatum(timing == TRIGGER_EVENT_BEFORE ?
							   trigger_new_tuple(state.trigdata) : NULL);
	tracked_of_trigger(rel, prefix_argument(state.trigdata), policy_namespace(fcinfo),
					   is_events, &state.written);
	become_owner(state.written.tracked, &caller);
	result = work(&state);
	become_caller(&caller);
	return PointerGetDatum(result);
}

/* A row of the trigger's table as one of the table of which it is a part. */
static TupleTableSlot *
as_root(const WrittenTable *written, TupleTableSlot *slot)
{
	TupleTableSlot *root;

	if (written->map == NULL)
		return slot;
	root = MakeSingleTupleTableSlot(written->map->outdesc, &TTSOpsVirtual);
	return execute_attr_map_slot(written->map->attrMap, slot, root);
}

static TupleTableSlot *
new_slot(const TriggerData *trigdata)
{
	return TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ? trigdata->tg_newslot :
		trigdata->tg_trigslot;
}

/* ----------------------------------------------------------------------
 * The ticket
 * ----------------------------------------------------------------------
 */

static HeapTuple
ticket_changed(TriggerWork *work)
{
	TriggerData *trigdata = work->trigdata;
	Tracked    *tracked = work->written.tracked;
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	TicketKey	old;
	TicketKey	new;
	TupleTableSlot *slot;

	if (!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
	{
		slot = as_root(&work->written, trigdata->tg_trigslot);
		if (ticket_key(tracked, slot, &old))
		{
			bool		is_other = !is_update ||
				!ticket_key(tracked, as_root(&work->written, trigdata->tg_newslot), &new) ||
				!same_ticket_key(tracked, &old, &new);

			if (is_other)
				reconcile_gone(tracked, &old);
		}
		if (!is_update)
			return NULL;
	}
	slot = new_slot(trigdata);
	reconcile_ticket(tracked, trigdata->tg_relation, slot, as_root(&work->written, slot), !is_update);
	return NULL;
}

/* _sla_ticket_changed(prefix): AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW */
Datum
sla_ticket_changed(PG_FUNCTION_ARGS)
{
	return run_trigger(fcinfo, TRIGGER_EVENT_AFTER, ON_INSERT | ON_UPDATE | ON_DELETE, false, ticket_changed);
}

static HeapTuple
ticket_truncated(TriggerWork *work)
{
	Store	   *store = store_open(work->written.tracked, NULL, 0);

	(void) store_all_gone(store, GetCurrentTimestamp());
	store_close(store);
	return NULL;
}

/* _sla_ticket_truncated(prefix): AFTER TRUNCATE */
Datum
sla_ticket_truncated(PG_FUNCTION_ARGS)
{
	return run_trigger(fcinfo, TRIGGER_EVENT_AFTER, ON_TRUNCATE, false, ticket_truncated);
}

/* ----------------------------------------------------------------------
 * Filling in the priority
 * ----------------------------------------------------------------------
 */

#define FILL_COLUMNS	(INPUT_COLUMN(TICKET_URGENCY) | INPUT_COLUMN(TICKET_IMPACT) | \
						 INPUT_COLUMN(TICKET_OVERRIDE) | INPUT_COLUMN(TICKET_PLAN))

static void
read_terms(const WrittenTable *written, TupleTableSlot *slot, ClockTerms *terms)
{
	Tracked    *tracked = written->tracked;
	InputRow	row;
	InputQuery	query = {&tracked->ticket, FILL_COLUMNS, &row};

	input_evaluate(tracked, as_root(written, slot), &query, 1);
	ticket_terms(tracked, &row, terms);
	/* Without what cannot be read there is no priority. */
	if (row.problem[TICKET_PLAN] != NULL || row.problem[TICKET_URGENCY] != NULL ||
		row.problem[TICKET_IMPACT] != NULL || row.problem[TICKET_OVERRIDE] != NULL)
		terms->urgency = terms->override = -1;
}

/* The column that is filled, in the trigger's own table. */
static AttrNumber
filled_column(const WrittenTable *written)
{
	AttrNumber	attnum = written->tracked->ticket.column[TICKET_FILLED].attnum;
	const TupleConversionMap *map = written->map;

	return attnum == 0 || map == NULL ? attnum : map->attrMap->attnums[attnum - 1];
}

/* A priority as a value of a column of any type that takes its label. */
static Datum
priority_value(const Tracked *tracked, Form_pg_attribute column, int priority)
{
	Oid			input;
	Oid			parameter;

	if (column->atttypid == tracked->priority.type)
		return ObjectIdGetDatum(tracked->priority.value[priority]);
	getTypeInputInfo(column->atttypid, &input, &parameter);
	return OidInputFunctionCall(input, unconstify(char *, priority_labels[priority]),
								parameter, column->atttypmod);
}

static HeapTuple
fill(TriggerWork *work)
{
	TriggerData *trigdata = work->trigdata;
	Tracked    *tracked = work->written.tracked;
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	int			attnum = filled_column(&work->written);
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	ClockTerms	old;
	ClockTerms	new;
	Datum		value = (Datum) 0;
	bool		isnull = true;
	bool		was_null;
	Datum		was;

	if (attnum <= 0)
		return tuple;
	read_terms(&work->written, new_slot(trigdata), &new);
	if (is_update)
		read_terms(&work->written, trigdata->tg_trigslot, &old);
	if (is_update && same_terms(&old, &new))
		value = slot_getattr(trigdata->tg_trigslot, attnum, &isnull);
	else
	{
		int			priority = ticket_priority_of(tracked, &new);

		isnull = priority < 0;
		if (!isnull)
			value = priority_value(tracked, TupleDescAttr(desc, attnum - 1), priority);
	}
	was = heap_getattr(tuple, attnum, desc, &was_null);
	if (isnull == was_null &&
		(isnull || same_value(was, value, TupleDescAttr(desc, attnum - 1)->atttypid)))
		return tuple;
	return heap_modify_tuple_by_cols(tuple, desc, 1, &attnum, &value, &isnull);
}

/* _sla_ticket_fill(prefix): BEFORE INSERT OR UPDATE FOR EACH ROW */
Datum
sla_ticket_fill(PG_FUNCTION_ARGS)
{
	return run_trigger(fcinfo, TRIGGER_EVENT_BEFORE, ON_INSERT | ON_UPDATE, false, fill);
}

/* ----------------------------------------------------------------------
 * Events
 * ----------------------------------------------------------------------
 */

/* The ticket of an event; false: none. */
static bool
ticket_of_event(Tracked *tracked, InputView *view, TupleTableSlot *slot, TicketKey *key)
{
	InputRow	row;
	InputQuery	query = {view, INPUT_COLUMN(EVENT_TICKET) |
	(tracked->tenant > 0 ? INPUT_COLUMN(EVENT_TENANT) : 0), &row};

	input_evaluate(tracked, slot, &query, 1);
	key->id = row.value[EVENT_TICKET];
	key->tenant = tracked->tenant > 0 ? row.value[EVENT_TENANT] : (Datum) 0;
	return !row.isnull[EVENT_TICKET] && (tracked->tenant == 0 || !row.isnull[EVENT_TENANT]);
}

/*
 * The ticket that was reconciled last because of an event, and when in the
 * transaction.  A statement that inserts a thousand messages of one ticket
 * needs this once: all of them are there when the first one's trigger is fired.
 */
static struct
{
	Oid			table;
	TransactionId xid;			/* of the subtransaction */
	CommandId	command;		/* what was written before it was seen */
	char		key[128];
}			last_reconciled;

/* Whether a row was inserted before that by the same transaction. */
static bool
was_seen(const TriggerData *trigdata)
{
	TupleTableSlot *slot = trigdata->tg_trigslot;
	bool		isnull;

	return TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) && TTS_IS_BUFFERTUPLE(slot) &&
		DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull)) ==
		last_reconciled.xid &&
		DatumGetCommandId(slot_getsysattr(slot, MinCommandIdAttributeNumber, &isnull)) <
		last_reconciled.command;
}

static void
event_concerns(const TriggerData *trigdata, Tracked *tracked, TicketKey *key)
{
	char	   *text = value_text(tracked->id_type, key->id);

	if (tracked->tenant > 0)
		text = psprintf("%zu %s %s", strlen(text), text, value_text(tracked->tenant_type, key->tenant));
	if (last_reconciled.table == tracked->table && strcmp(last_reconciled.key, text) == 0 &&
		was_seen(trigdata))
		return;
	last_reconciled.table = InvalidOid;
	(void) reconcile_tickets(tracked, key, 1, RECONCILE_SEEN, NULL, NULL);
	if (strlcpy(last_reconciled.key, text, sizeof(last_reconciled.key)) >= sizeof(last_reconciled.key))
		return;
	last_reconciled.table = tracked->table;
	last_reconciled.xid = GetCurrentTransactionId();
	last_reconciled.command = GetCurrentCommandId(false);
}

static HeapTuple
events_changed(TriggerWork *work)
{
	TriggerData *trigdata = work->trigdata;
	Tracked    *tracked = work->written.tracked;
	TicketKey  *keys = palloc((2 * tracked->nclocks + 1) * sizeof(TicketKey));
	int			n = 0;
	int			i;
	bool		is_update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	TupleTableSlot *slot = as_root(&work->written, trigdata->tg_trigslot);
	TupleTableSlot *moved = is_update ? as_root(&work->written, trigdata->tg_newslot) : NULL;

	for (i = 0; i < tracked->nclocks; i++)
	{
		TrackedClock *clock = &tracked->clock[i];

		if (!clock->has_events || clock->events.table != work->written.table)
			continue;
		if (ticket_of_event(tracked, &clock->events, slot, &keys[n]))
			n++;
		if (is_update && ticket_of_event(tracked, &clock->events, moved, &keys[n]))
			n++;
	}
	qsort_arg(keys, n, sizeof(TicketKey), compare_ticket_keys, tracked);
	for (i = 0; i < n; i++)
	{
		if (i == 0 || !same_ticket_key(tracked, &keys[i - 1], &keys[i]))
			event_concerns(trigdata, tracked, &keys[i]);
	}
	return NULL;
}

/* _sla_events_changed(prefix): AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW */
Datum
sla_events_changed(PG_FUNCTION_ARGS)
{
	return run_trigger(fcinfo, TRIGGER_EVENT_AFTER, ON_INSERT | ON_UPDATE | ON_DELETE, true, events_changed);
}

/* The tickets that had events are not known; so it is all. */
static HeapTuple
events_truncated(TriggerWork *work)
{
	Tracked    *tracked = work->written.tracked;
	Store	   *store = store_open(tracked, NULL, 0);
	TicketKey  *keys;
	int			n = store_living(store, &keys);

	(void) reconcile_tickets(tracked, keys, n, RECONCILE_SEEN, NULL, NULL);
	store_close(store);
	return NULL;
}

/* _sla_events_truncated(prefix): AFTER TRUNCATE */
Datum
sla_events_truncated(PG_FUNCTION_ARGS)
{
	return run_trigger(fcinfo, TRIGGER_EVENT_AFTER, ON_TRUNCATE, true, events_truncated);
}
