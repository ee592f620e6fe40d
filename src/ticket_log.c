/*
 * ticket_log.c
 *	  The trail of priorities of a tracked table.
 *
 * What comes in: rows of the application's table after they were written.  What
 * goes out: a row of the trail for each ticket that got a priority, and for
 * each change of what the customer asked for, of his override, or of the
 * priority.
 *
 * The trail is written here and in no other way: rows are put into the table
 * directly, as the server's own catalogs are written, whatever rights the user
 * has, while a trigger on the trail refuses every statement.  It is written
 * after the ticket, so that an insert that turned into an update leaves no row
 * that speaks of a ticket which is not there.  Triggers that others put on the
 * trail do not fire.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/genam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "sla_clock.h"
#include "ticket_log.h"
#include "ticket_move.h"

/* Columns of the trail. */
typedef enum LogColumn
{
	LOG_AT,
	LOG_TICKET,
	LOG_EVENT,
	LOG_OLD_URGENCY,
	LOG_URGENCY,
	LOG_OLD_IMPACT,
	LOG_IMPACT,
	LOG_OLD_OVERRIDE,
	LOG_OVERRIDE,
	LOG_ASSIGNED,
	LOG_OLD_PRIORITY,
	LOG_PRIORITY,
	LOG_OLD_DUE_AT,
	LOG_DUE_AT,
	LOG_OLD_RESOLUTION_DUE_AT,
	LOG_RESOLUTION_DUE_AT,
	LOG_STATUS,
	LOG_RESOLUTION_STATUS,
	LOG_ACTOR,
	LOG_ACTOR_KIND,
	LOG_REASON,
	NUM_LOG_COLUMNS
} LogColumn;

static const char *const log_columns[NUM_LOG_COLUMNS] = {
	"at", "ticket", "event", "old_urgency", "urgency", "old_impact", "impact",
	"old_override", "override", "assigned", "old_priority", "priority",
	"old_due_at", "due_at", "old_resolution_due_at", "resolution_due_at",
	"status", "resolution_status", "actor", "actor_kind", "reason"
};

/*
 * The table of a trail, made ready for rows.  It is kept for a call site until
 * the definition of some table changes: a trigger of the application can do so
 * between two rows of one statement.
 */
struct LogTable
{
	MemoryContext context;		/* holds all of it */
	uint64		changes;		/* relation_changes when it was made */
	Oid			relid;
	AttrNumber	attnum[NUM_LOG_COLUMNS];
	TupleTableSlot *slot;
	int			nindexes;
	Oid		   *indexes;
	IndexInfo **infos;
	EState	   *estate;			/* for constraints, and indexes on expressions */
	ResultRelInfo *target;		/* for constraints */
	text	   *texts[NUM_LOG_COLUMNS]; /* written last; NULL: none yet */
	Oid			user;			/* whose name is user_name */
	char	   *user_name;
};

/* How often this session was told that a table may have changed. */
static uint64 relation_changes = 0;

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

static void
note_relation_change(Datum arg, Oid relid)
{
	(void) arg;
	(void) relid;
	relation_changes++;
}

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
	CacheRegisterRelcacheCallback(note_relation_change, (Datum) 0);
}

/* ----------------------------------------------------------------------
 * The table of the trail
 * ----------------------------------------------------------------------
 */

/*
 * The trail stands beside the table, or beside one from which it descends; or
 * where the table stood when it was tracked.
 */
static Oid
find_log(const TicketMapping *mapping, Relation rel)
{
	List	   *tables = list_make1_oid(RelationGetRelid(rel));
	ListCell   *cell;
	Oid			relid;

	if (mapping->is_partition)
		tables = list_concat(tables, get_partition_ancestors(RelationGetRelid(rel)));
	foreach(cell, tables)
	{
		relid = get_relname_relid(mapping->log, get_rel_namespace(lfirst_oid(cell)));
		if (OidIsValid(relid))
			return relid;
	}
	if (mapping->schema != NULL)
	{
		relid = get_relname_relid(mapping->log,
								  get_namespace_oid(mapping->schema, true));
		if (OidIsValid(relid))
			return relid;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("the trail \"%s\" of table \"%s\" does not exist",
					mapping->log, RelationGetRelationName(rel)),
			 errhint("Call sla_track() for the table again, or sla_untrack().")));
	return InvalidOid;			/* keep compiler quiet */
}

/* The type that a column of the trail must have. */
static Oid
log_type(const TicketMapping *mapping, LogColumn column, Oid id_type)
{
	switch (column)
	{
		case LOG_TICKET:
			return id_type;
		case LOG_OLD_URGENCY:
		case LOG_URGENCY:
			return mapping->urgency.values.type;
		case LOG_OLD_IMPACT:
		case LOG_IMPACT:
			return mapping->impact.values.type;
		case LOG_OLD_OVERRIDE:
		case LOG_OVERRIDE:
		case LOG_ASSIGNED:
		case LOG_OLD_PRIORITY:
		case LOG_PRIORITY:
			return mapping->priority.values.type;
		case LOG_STATUS:
		case LOG_RESOLUTION_STATUS:
			return mapping->statuses.type;
		case LOG_EVENT:
		case LOG_ACTOR:
		case LOG_ACTOR_KIND:
		case LOG_REASON:
			return TEXTOID;
		default:
			return TIMESTAMPTZOID;
	}
}

static Oid
table_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* The type of the tickets' numbers. */
static Oid
ticket_id_type(const TicketMapping *mapping, Relation rel)
{
	AttrNumber	attnum = mapping->column[COLUMN_ID].attnum;

	return TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid;
}

static LogTable *
open_log(TicketMapping *mapping, Relation rel, Oid id_type)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority trail",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LogTable   *log = palloc0(sizeof(LogTable));
	Relation	table;
	TupleDesc	desc;
	List	   *indexes;
	ListCell   *cell;
	int			i,
				j;

	log->context = context;
	log->relid = find_log(mapping, rel);
	table = table_open(log->relid, RowExclusiveLock);
	log->changes = relation_changes;
	if (table->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the trail \"%s\" is not a table", mapping->log)));
	/* Rows are written whatever rights the user has, so only where they belong. */
	if (table->rd_rel->relowner != table_owner(mapping->root))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the trail \"%s\" does not belong to the owner of table \"%s\"",
						mapping->log, RelationGetRelationName(rel)),
				 errhint("Give both to one role.")));
	desc = RelationGetDescr(table);
	for (i = 0; i < NUM_LOG_COLUMNS; i++)
	{
		for (j = 0; j < desc->natts; j++)
		{
			Form_pg_attribute att = TupleDescAttr(desc, j);

			if (!att->attisdropped && strcmp(NameStr(att->attname), log_columns[i]) == 0 &&
				att->atttypid == log_type(mapping, i, id_type))
				log->attnum[i] = j + 1;
		}
		if (log->attnum[i] == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the trail \"%s\" has no column \"%s\" of type %s",
							mapping->log, log_columns[i],
							format_type_be(log_type(mapping, i, id_type))),
					 errhint("Drop the trail, or rename it, and call sla_track() again.")));
	}
	log->slot = MakeSingleTupleTableSlot(CreateTupleDescCopy(desc),
										 table_slot_callbacks(table));

	indexes = RelationGetIndexList(table);
	log->indexes = palloc(Max(list_length(indexes), 1) * sizeof(Oid));
	log->infos = palloc(Max(list_length(indexes), 1) * sizeof(IndexInfo *));
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);

		log->indexes[log->nindexes] = lfirst_oid(cell);
		log->infos[log->nindexes] = BuildIndexInfo(index);
		log->nindexes++;
		index_close(index, NoLock);
	}
	log->estate = CreateExecutorState();
	log->target = makeNode(ResultRelInfo);
	InitResultRelInfo(log->target, table, 0, NULL, 0);
	table_close(table, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, mapping->context);
	mapping->log_table = log;
	return log;
}

/* The table of the trail as it is now, opened. */
static Relation
ready_log(TicketMapping *mapping, Relation rel, Oid id_type)
{
	for (;;)
	{
		LogTable   *log = mapping->log_table;
		Relation	table;

		if (log != NULL && log->changes != relation_changes)
		{
			mapping->log_table = NULL;
			MemoryContextDelete(log->context);
			log = NULL;
		}
		if (log == NULL)
			log = open_log(mapping, rel, id_type);
		table = table_open(log->relid, RowExclusiveLock);
		if (likely(log->changes == relation_changes))
			return table;
		table_close(table, NoLock);
	}
}

/* Put the row of the slot into the table and its indexes. */
static void
write_log(LogTable *log, Relation table)
{
	TupleTableSlot *slot = log->slot;
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];
	int			i;

	ExecStoreVirtualTuple(slot);
	log->target->ri_RelationDesc = table;
	ExecConstraints(log->target, slot, log->estate);
	table_tuple_insert(table, slot, GetCurrentCommandId(true), 0, NULL);
	for (i = 0; i < log->nindexes; i++)
	{
		IndexInfo  *info = log->infos[i];
		Relation	index;

		if (!info->ii_ReadyForInserts)
			continue;
		GetPerTupleExprContext(log->estate)->ecxt_scantuple = slot;
		if (info->ii_Predicate != NIL)
		{
			if (info->ii_PredicateState == NULL)
				info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate,
														  log->estate);
			if (!ExecQual(info->ii_PredicateState, GetPerTupleExprContext(log->estate)))
				continue;
		}
		index = index_open(log->indexes[i], RowExclusiveLock);
		FormIndexDatum(info, slot, log->estate, values, nulls);
		index_insert(index, values, nulls, &slot->tts_tid, table,
					 info->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
					 false, info);
		index_insert_done(index, info);
		index_close(index, NoLock);
	}
	ResetPerTupleExprContext(log->estate);
	ExecClearTuple(slot);
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
set_log(LogTable *log, LogColumn column, Datum value, bool isnull)
{
	int			i = log->attnum[column] - 1;

	log->slot->tts_values[i] = value;
	log->slot->tts_isnull[i] = isnull;
}

static void
set_level(LogTable *log, LogColumn column, const EnumValues *values, int level)
{
	set_log(log, column,
			level < 0 ? (Datum) 0 : ObjectIdGetDatum(values->value[level]),
			level < 0);
}

/* Rows that follow each other mostly have the same texts. */
static void
set_text(LogTable *log, LogColumn column, const char *words)
{
	text	   *last = log->texts[column];
	size_t		len = words == NULL ? 0 : strlen(words);

	if (len > 0 && (last == NULL || VARSIZE(last) - VARHDRSZ != len ||
					memcmp(VARDATA(last), words, len) != 0))
	{
		if (last != NULL)
			pfree(last);
		log->texts[column] = NULL;
		last = MemoryContextAlloc(log->context, VARHDRSZ + len);
		SET_VARSIZE(last, VARHDRSZ + len);
		memcpy(VARDATA(last), words, len);
		log->texts[column] = last;
	}
	set_log(log, column, PointerGetDatum(last), len == 0);
}

/* Who acts, if the application does not say. */
static const char *
outer_user(LogTable *log)
{
	Oid			user = GetOuterUserId();

	if (unlikely(log->user != user))
	{
		log->user_name = MemoryContextStrdup(log->context,
											 GetUserNameFromId(user, false));
		log->user = user;
	}
	return log->user_name;
}

static void
set_due(LogTable *log, LogColumn column, const LogValues *values, TicketClock clock)
{
	set_log(log, column, TimestampTzGetDatum(values->due_at[clock]),
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
log_change(TicketMapping *mapping, Relation rel, TupleTableSlot *slot,
		   const LogValues *before, const LogValues *after, int assigned)
{
	static const LogValues nothing = {.urgency = -1, .impact = -1, .override = -1, .priority = -1};
	const LogValues *old = before != NULL ? before : &nothing;
	const LogValues *judged = before != NULL ? before : after;
	AttrNumber	id_attnum = mapping->column[COLUMN_ID].attnum;
	Relation	table = ready_log(mapping, rel, ticket_id_type(mapping, rel));
	LogTable   *log = mapping->log_table;
	int			i;
	bool		isnull;
	Datum		id;

	ExecClearTuple(log->slot);
	for (i = 0; i < log->slot->tts_tupleDescriptor->natts; i++)
		log->slot->tts_isnull[i] = true;

	id = slot_getattr(slot, id_attnum, &isnull);
	set_log(log, LOG_AT, TimestampTzGetDatum(GetCurrentTimestamp()), false);
	set_log(log, LOG_TICKET, id, isnull);
	set_text(log, LOG_EVENT, before == NULL ? "assigned" : event_name(before, after));
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
	set_text(log, LOG_ACTOR, actor != NULL && actor[0] != '\0' ? actor :
			 outer_user(log));
	set_text(log, LOG_ACTOR_KIND, actor_kinds[actor_kind].name);
	set_text(log, LOG_REASON, reason);
	write_log(log, table);
	table_close(table, NoLock);
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
assigned_priority(const TicketMapping *mapping, const LogValues *values,
				  TupleTableSlot *slot)
{
	const SupportPlan *plan = NULL;
	const char *name;
	int			len;

	if (values->urgency < 0 || values->impact < 0)
		return -1;
	name = ticket_text(mapping, slot, COLUMN_PLAN, &len);
	if (name != NULL)
		plan = policy_plan(policy_current(mapping->namespace), name, len, true);
	return matrix_priority(plan, values->urgency, values->impact);
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
	table_close(ready_log(mapping, trigdata->tg_relation,
						  ticket_id_type(mapping, trigdata->tg_relation)),
				NoLock);
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
	logging.fcinfo = fcinfo;
	logging.wanted = false;
	logging.is_new = false;
	error = ticket_try(prepare_log, &logging);
	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("a ticket of table \"%s\" is not in the trail: %s",
						RelationGetRelationName(trigdata->tg_relation),
						error->message)));
	else if (logging.wanted)
		log_change(fcinfo->flinfo->fn_extra, trigdata->tg_relation,
				   ticket_new_row(trigdata),
				   logging.is_new ? NULL : &logging.before, &logging.after,
				   logging.assigned);
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
