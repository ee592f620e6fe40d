/*
 * ticket_log.c
 *	  The trail of priorities of a tracked table.
 *
 * What comes in: rows of the application's table after they were written.  What
 * goes out: a row of the trail for each ticket that got a priority, and for
 * each change of what the customer asked for, of his override, or of the
 * priority.
 *
 * The trail is written by this module and in no other way: rows are put into
 * the table directly, as the server's own catalogs are written, whatever rights
 * the user has, while a trigger on the trail refuses every statement.  It is
 * written after the ticket, so that an insert that turned into an update leaves
 * no row that speaks of a ticket which is not there.  Triggers that others put
 * on the trail do not fire.  How it gets there is told in ticket_log_table.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "policy/sla_clock.h"
#include "tickets/ticket_log.h"
#include "tickets/ticket_log_table.h"
#include "tickets/ticket_move.h"

enum
{
	ACTOR_UNKNOWN,
	ACTOR_CUSTOMER,
	ACTOR_AGENT
};

static const struct config_enum_entry actor_kinds[] = {
	{"", ACTOR_UNKNOWN, false},
	{"customer", ACTOR_CUSTOMER, false},
	{"agent", ACTOR_AGENT, false},
	{NULL, 0, false}
};

static char *actor = NULL;
static int	actor_kind = ACTOR_UNKNOWN;
static char *reason = NULL;

PG_FUNCTION_INFO_V1(sla_log_priority);
PG_FUNCTION_INFO_V1(sla_log_guard);

/* ----------------------------------------------------------------------
 * Settings
 * ----------------------------------------------------------------------
 */

void
ticket_log_init(void)
{
	DefineCustomStringVariable("ticket_priority.actor",
							   "Who changes tickets, for the trail of priorities.",
							   "If empty, the user of the session.",
							   &actor, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("ticket_priority.actor_kind",
							 "Whether a customer or an agent changes tickets, for the trail of priorities.",
							 "If empty, it is not known.",
							 &actor_kind, ACTOR_UNKNOWN, actor_kinds,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("ticket_priority.reason",
							   "Why tickets are changed, for the trail of priorities.",
							   NULL, &reason, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/* ----------------------------------------------------------------------
 * Rows of the trail
 * ----------------------------------------------------------------------
 */

void
ticket_log_values(TicketMapping *mapping, TupleTableSlot *slot, TimestampTz at,
				  LogValues *values)
{
	Ticket		ticket;
	int			i;

	ticket_read(mapping, NULL, slot, true, &ticket);
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

static void
set_level(LogTable *log, LogColumn column, const EnumValues *values, int level)
{
	log_table_set(log, column,
			level < 0 ? (Datum) 0 : ObjectIdGetDatum(values->value[level]),
			level < 0);
}

/* Who acts, if the application does not say. */
static const char *
outer_user(LogTable *log)
{
	Oid			user = GetOuterUserId();

	if (unlikely(log->outer_user != user))
	{
		log->outer_user_name = MemoryContextStrdup(log->context,
											 GetUserNameFromId(user, false));
		log->outer_user = user;
	}
	return log->outer_user_name;
}

static void
set_due(LogTable *log, LogColumn column, const LogValues *values, TicketClock clock)
{
	log_table_set(log, column, TimestampTzGetDatum(values->due_at[clock]),
			!values->has_due[clock]);
}

/* Which of what may have happened at once names the row. */
static const char *
event_name(const LogValues *before, const LogValues *after)
{
	if (after->override != before->override)
		return after->override >= 0 ? "overridden" : "override_cleared";
	if (after->urgency != before->urgency || after->impact != before->impact)
		return "requested";
	return before->priority < 0 ? "assigned" : "changed";
}

static bool
same_values(const LogValues *a, const LogValues *b)
{
	return a->urgency == b->urgency && a->impact == b->impact &&
		a->override == b->override && a->priority == b->priority;
}

/*
 * One row of the trail; before is NULL for a ticket that is new.  status is that
 * of the moment before the change, or of a new ticket its first.
 */
static void
log_change(TicketMapping *mapping, TupleTableSlot *slot,
		   const LogValues *before, const LogValues *after, int assigned,
		   bool may_wait)
{
	static const LogValues nothing = {.urgency = -1, .impact = -1, .override = -1, .priority = -1};
	const LogValues *old = before != NULL ? before : &nothing;
	const LogValues *judged = before != NULL ? before : after;
	LogTable   *log = mapping->log_table;
	bool		isnull;
	Datum		id = slot_getattr(slot, mapping->column[COLUMN_ID].attnum, &isnull);

	log_table_begin(log);
	log_table_set(log, LOG_AT, TimestampTzGetDatum(GetCurrentTimestamp()), false);
	log_table_set_copy(log, LOG_TICKET, id, isnull);
	log_table_set_text(log, LOG_EVENT, before == NULL ? "assigned" : event_name(before, after));
	set_level(log, LOG_OLD_URGENCY, &mapping->urgency.values, old->urgency);
	set_level(log, LOG_URGENCY, &mapping->urgency.values, after->urgency);
	set_level(log, LOG_OLD_IMPACT, &mapping->impact.values, old->impact);
	set_level(log, LOG_IMPACT, &mapping->impact.values, after->impact);
	set_level(log, LOG_OLD_OVERRIDE, &mapping->priority.values, old->override);
	set_level(log, LOG_OVERRIDE, &mapping->priority.values, after->override);
	set_level(log, LOG_ASSIGNED, &mapping->priority.values, assigned);
	set_level(log, LOG_OLD_PRIORITY, &mapping->priority.values, old->priority);
	set_level(log, LOG_PRIORITY, &mapping->priority.values, after->priority);
	set_due(log, LOG_OLD_DUE_AT, old, CLOCK_RESPONSE);
	set_due(log, LOG_DUE_AT, after, CLOCK_RESPONSE);
	set_due(log, LOG_OLD_RESOLUTION_DUE_AT, old, CLOCK_RESOLUTION);
	set_due(log, LOG_RESOLUTION_DUE_AT, after, CLOCK_RESOLUTION);
	set_level(log, LOG_STATUS, &mapping->statuses, judged->status[CLOCK_RESPONSE]);
	if (mapping->tracks[CLOCK_RESOLUTION])
		set_level(log, LOG_RESOLUTION_STATUS, &mapping->statuses,
				  judged->status[CLOCK_RESOLUTION]);
	log_table_set_text(log, LOG_ACTOR, actor != NULL && actor[0] != '\0' ? actor :
			 outer_user(log));
	log_table_set_text(log, LOG_ACTOR_KIND, actor_kinds[actor_kind].name);
	log_table_set_text(log, LOG_REASON, reason);
	log_table_put(log, may_wait);
}

/* ----------------------------------------------------------------------
 * The triggers
 * ----------------------------------------------------------------------
 */

void
ticket_require_trigger(FunctionCallInfo fcinfo, TriggerEvent timing)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						get_func_name(fcinfo->flinfo->fn_oid))));
	if (!TRIGGER_FIRED_FOR_ROW(trigdata->tg_event) ||
		(trigdata->tg_event & TRIGGER_EVENT_TIMINGMASK) != timing ||
		!(TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event)))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was fired for an event it is not made for",
						get_func_name(fcinfo->flinfo->fn_oid))));
}

TupleTableSlot *
ticket_new_row(const TriggerData *trigdata)
{
	return TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) ? trigdata->tg_trigslot :
		trigdata->tg_newslot;
}

/* The priority that the matrix gives, as far as the policy knows; else -1. */
static int
assigned_priority(TicketMapping *mapping, const LogValues *values,
				  TupleTableSlot *slot)
{
	const SupportPlan *plan = NULL;
	const char *name;
	int			len;

	if (values->urgency < 0 || values->impact < 0)
		return -1;
	name = ticket_text(mapping, slot, COLUMN_PLAN, &len);
	if (name != NULL)
		plan = policy_plan(policy_current(&mapping->policy), name, len, true);
	return matrix_priority(plan, values->urgency, values->impact);
}

/*
 * Begin to read the row after this one in its page: the next that the statement
 * wrote, most likely, and no longer in the processor's memory if it wrote many.
 * Where it stands is read without a lock, and may be wrong; no address is too
 * wild for that.
 */
static void
prefetch_next_row(TupleTableSlot *slot)
{
	Buffer		buffer;
	Page		page;
	OffsetNumber next = ItemPointerGetOffsetNumberNoCheck(&slot->tts_tid) + 1;

	if (!TTS_IS_BUFFERTUPLE(slot))
		return;
	buffer = ((BufferHeapTupleTableSlot *) slot)->buffer;
	if (!BufferIsValid(buffer))
		return;
	page = BufferGetPage(buffer);
	if (next <= PageGetMaxOffsetNumber(page))
	{
		ItemId		item = PageGetItemId(page, next);
		int			i;

		for (i = 0; i < (int) ItemIdGetLength(item); i += CACHE_LINE)
			prefetch_line((char *) page + ItemIdGetOffset(item) + i);
	}
}

/* What the trigger has to write. */
typedef struct Logging
{
	FunctionCallInfo fcinfo;
	bool		wanted;
	bool		is_new;
	LogValues	before;
	LogValues	after;
	int			assigned;
} Logging;

/* Find what is to be written, and where: all that a bad ticket may prevent. */
static void
prepare_log(void *arg)
{
	Logging    *logging = arg;
	TriggerData *trigdata = (TriggerData *) logging->fcinfo->context;
	TicketMapping *mapping = ticket_mapping(logging->fcinfo);
	TupleTableSlot *slot = ticket_new_row(trigdata);
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (mapping->log == NULL)
		return;
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		logging->is_new = !ticket_moved_from(mapping, slot, trigdata, &logging->before);
	else
		ticket_log_values(mapping, trigdata->tg_trigslot, now, &logging->before);
	ticket_log_values(mapping, slot, now, &logging->after);
	logging->wanted = logging->is_new ?
		mapping->logs_new || logging->after.override >= 0 :
		!same_values(&logging->before, &logging->after);
	if (!logging->wanted)
		return;
	logging->assigned = assigned_priority(mapping, &logging->after, slot);
	log_table_prepare(mapping, trigdata->tg_relation);
}

/*
 * sla_log_priority(): AFTER INSERT OR UPDATE FOR EACH ROW
 *
 * The row is written outside of what is tried, because a part of a transaction
 * that writes needs a number of its own.
 */
Datum
sla_log_priority(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Logging		logging;
	ErrorData  *error;

	ticket_require_trigger(fcinfo, TRIGGER_EVENT_AFTER);
	prefetch_next_row(ticket_new_row(trigdata));
	logging.fcinfo = fcinfo;
	logging.wanted = false;
	logging.is_new = false;
	if (fcinfo->flinfo->fn_extra != NULL)
		log_table_settle(fcinfo->flinfo->fn_extra);
	error = ticket_try(prepare_log, &logging);
	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("a ticket of table \"%s\" is not in the trail: %s",
						RelationGetRelationName(trigdata->tg_relation),
						error->message)));
	else if (logging.wanted)
		log_change(fcinfo->flinfo->fn_extra, ticket_new_row(trigdata),
				   logging.is_new ? NULL : &logging.before, &logging.after,
				   logging.assigned, !trigdata->tg_trigger->tgdeferrable);
	PG_RETURN_POINTER(NULL);
}

/* sla_log_guard(): BEFORE INSERT, UPDATE, DELETE or TRUNCATE on the trail */
Datum
sla_log_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						"sla_log_guard")));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the trail \"%s\" is written by changes of tickets alone",
					RelationGetRelationName(trigdata->tg_relation)),
			 errhint("Its owner can take rows out of it while its triggers are disabled.")));
	PG_RETURN_POINTER(NULL);
}
