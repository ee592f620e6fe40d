/*
 * ticket_log_table.c
 *	  The table of a trail, and the rows that wait to be written to it.
 *
 * What comes in: rows of the trail, one for each ticket that a statement made or
 * changed.  What goes out: the same rows, in the table and its indexes.
 *
 * A row costs less when it is written together with others.  So the first row of
 * a statement is written at once, and those that follow it wait, until they are
 * many, the statement ends, or a query reads the trail.  A single row never
 * waits.  These rules keep that from being seen:
 *
 * - The statement's end is known by an event of the trail's own trigger
 *	 sla_log_write(), queued when the first row comes to wait, for the row that
 *	 was already written.  The server fires it after the triggers of the rows, in
 *	 the same part of the transaction, whatever began the statement.  Until then
 *	 it refuses to change or drop the table.  Where the trigger is not there, or
 *	 disabled, no row waits.
 * - Nor does one where code of others is called for it, such as a check or an
 *	 index on an expression: that sees the user and the settings of its moment.
 * - Rows wait for readers in the same part of the transaction only.  A trigger
 *	 of the application that begins a part of its own (a block with EXCEPTION)
 *	 and reads the trail in it does not see rows that wait: what is written there
 *	 would go if the part is undone.  COPY of the table, which is no query, does
 *	 not see them either.
 * - They have the command number of the moment when they came to wait.
 * - When a part of the transaction is undone, so is what waits in it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "tickets/ticket_log.h"
#include "tickets/ticket_log_table.h"

static const char *const log_columns[NUM_LOG_COLUMNS] = {
	"at", "ticket", "event", "old_urgency", "urgency", "old_impact", "impact",
	"old_override", "override", "assigned", "old_priority", "priority",
	"old_due_at", "due_at", "old_resolution_due_at", "resolution_due_at",
	"status", "resolution_status", "actor", "actor_kind", "reason"
};

/* Tables of trails for which rows wait. */
static dlist_head waiting = DLIST_STATIC_INIT(waiting);

static ExecutorStart_hook_type next_executor_start = NULL;

PG_FUNCTION_INFO_V1(sla_log_write);

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

static bool
is_log_column(const Form_pg_attribute att, LogColumn column, Oid type)
{
	return !att->attisdropped && att->atttypid == type &&
		strcmp(NameStr(att->attname), log_columns[column]) == 0;
}

/* Find the columns of the trail; most are where sla_track() made them. */
static void
find_columns(LogTable *log, const TicketMapping *mapping, Oid id_type)
{
	int			natts = log->desc->natts;
	int			i,
				j;

	for (i = 0; i < NUM_LOG_COLUMNS; i++)
	{
		Oid			type = log_type(mapping, i, id_type);

		j = i;
		if (j >= natts || !is_log_column(TupleDescAttr(log->desc, j), i, type))
		{
			for (j = 0; j < natts; j++)
			{
				if (is_log_column(TupleDescAttr(log->desc, j), i, type))
					break;
			}
		}
		if (j == natts)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("the trail \"%s\" has no column \"%s\" of type %s",
							mapping->log, log_columns[i], format_type_be(type)),
					 errhint("Drop the trail, or rename it, and call sla_track() again.")));
		log->attnum[i] = j + 1;
	}
}

/* Of the triggers of the trail, leave the one by which rows can wait, if any. */
static void
keep_writing_trigger(TriggerDesc *triggers, Oid namespace)
{
	int			n = 0;
	int			i;

	for (i = 0; n == 0 && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];
		const char *function = get_func_name(trigger->tgfoid);

		if (function != NULL && strcmp(function, "sla_log_write") == 0 &&
			get_func_namespace(trigger->tgfoid) == namespace &&
			TRIGGER_TYPE_MATCHES(trigger->tgtype, TRIGGER_TYPE_ROW, TRIGGER_TYPE_AFTER,
								 TRIGGER_TYPE_INSERT) &&
			trigger->tgqual == NULL && !trigger->tgdeferrable)
			triggers->triggers[n++] = *trigger;
	}
	triggers->numtriggers = n;
	triggers->trig_insert_after_row = n > 0;
}

/* Whether the table demands more of its rows than that what is never null is not. */
static bool
has_demands(const LogTable *log, Relation table)
{
	const TupleConstr *constraints = RelationGetDescr(table)->constr;
	int			i;

	if (table->rd_rel->relispartition)
		return true;
	if (constraints == NULL)
		return false;
	for (i = 0; i < log->desc->natts; i++)
	{
		if (TupleDescAttr(RelationGetDescr(table), i)->attnotnull &&
			i + 1 != log->attnum[LOG_AT] && i + 1 != log->attnum[LOG_EVENT] &&
			i + 1 != log->attnum[LOG_ACTOR])
			return true;
	}
	return constraints->num_check > 0;
}

/* Make ready what puts rows into the table. */
static void
open_target(LogTable *log, Relation table)
{
	MemoryContext old;
	List	   *indexes;
	ListCell   *cell;

	MemoryContextReset(log->target_context);
	old = MemoryContextSwitchTo(log->target_context);
	indexes = RelationGetIndexList(table);
	log->nindexes = 0;
	log->has_demands = has_demands(log, table);
	log->calls = log->has_demands;
	log->indexes = palloc(Max(list_length(indexes), 1) * sizeof(Oid));
	log->infos = palloc(Max(list_length(indexes), 1) * sizeof(IndexInfo *));
	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), RowExclusiveLock);

		log->indexes[log->nindexes] = lfirst_oid(cell);
		log->infos[log->nindexes] = BuildIndexInfo(index);
		log->calls |= log->infos[log->nindexes]->ii_Expressions != NIL ||
			log->infos[log->nindexes]->ii_Predicate != NIL;
		log->nindexes++;
		index_close(index, NoLock);
	}
	log->estate = CreateExecutorState();
	log->target = makeNode(ResultRelInfo);
	InitResultRelInfo(log->target, table, 0, NULL, 0);
	if (log->target->ri_TrigDesc != NULL)
		keep_writing_trigger(log->target->ri_TrigDesc, log->namespace);
	log->target_changes = catalog_changes;
	MemoryContextSwitchTo(old);
}

/* What waits is written, or is not to be written any more. */
static void
forget_waiting(LogTable *log)
{
	if (log->nwaiting > 0)
		dlist_delete(&log->node);
	log->nwaiting = 0;
}

static LogTable *
open_log(TicketMapping *mapping, Relation rel)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority trail",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	LogTable   *log = palloc0(sizeof(LogTable));
	Relation	table;

	log->context = context;
	log->relid = find_log(mapping, rel);
	table = table_open(log->relid, RowExclusiveLock);
	log->changes = catalog_changes;
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
	log->desc = CreateTupleDescCopy(RelationGetDescr(table));
	log->slot_kind = table_slot_callbacks(table);
	find_columns(log, mapping, ticket_id_type(mapping, rel));
	log->namespace = mapping->namespace;
	log->target_context = AllocSetContextCreate(context, "ticket_priority trail's target",
												ALLOCSET_SMALL_SIZES);
	log->rows_context = AllocSetContextCreate(context, "ticket_priority trail's rows",
											  ALLOCSET_SMALL_SIZES);
	open_target(log, table);
	table_close(table, NoLock);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, mapping->kept_context);
	return log;
}

static void
close_log(LogTable *log)
{
	forget_waiting(log);
	MemoryContextDelete(log->context);
}

/* What an earlier statement left; NULL if there is nothing, or it is stale. */
static LogTable *
take_spare(TicketMapping *mapping)
{
	LogTable   *log = *mapping->spare_log_table;

	if (log == NULL)
		return NULL;
	LockRelationOid(log->relid, RowExclusiveLock);
	*mapping->spare_log_table = NULL;
	if (log->changes != catalog_changes)
	{
		close_log(log);
		return NULL;
	}
	ItemPointerSetInvalid(&log->written);
	return log;
}

void
log_table_prepare(TicketMapping *mapping, Relation rel)
{
	if (likely(mapping->log_table != NULL))
		return;
	mapping->log_table = take_spare(mapping);
	if (mapping->log_table == NULL)
		mapping->log_table = open_log(mapping, rel);
}

void
log_table_release(TicketMapping *mapping)
{
	LogTable   *log = mapping->log_table;
	int			i;

	if (log == NULL)
		return;
	mapping->log_table = NULL;
	if (log->nwaiting > 0 || log->writing || log->calls ||
		log->slots[LOG_KEPT_SLOTS] != NULL || *mapping->spare_log_table != NULL)
	{
		close_log(log);
		return;
	}
	for (i = 0; i < LOG_KEPT_SLOTS && log->slots[i] != NULL; i++)
		ExecClearTuple(log->slots[i]);
	*mapping->spare_log_table = log;
}

/* ----------------------------------------------------------------------
 * Writing rows
 * ----------------------------------------------------------------------
 */

/* Put an entry for each of some rows into an index. */
static void
index_rows(LogTable *log, Relation table, Relation index, IndexInfo *info, int n)
{
	ExprContext *econtext = GetPerTupleExprContext(log->estate);
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];
	int			i;

	if (info->ii_Predicate != NIL && info->ii_PredicateState == NULL)
		info->ii_PredicateState = ExecPrepareQual(info->ii_Predicate, log->estate);
	for (i = 0; i < n; i++)
	{
		TupleTableSlot *slot = log->slots[i];

		ResetExprContext(econtext);
		econtext->ecxt_scantuple = slot;
		if (info->ii_Predicate != NIL && !ExecQual(info->ii_PredicateState, econtext))
			continue;
		FormIndexDatum(info, slot, log->estate, values, nulls);
		index_insert(index, values, nulls, &slot->tts_tid, table,
					 info->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
					 false, info);
	}
	index_insert_done(index, info);
}

/* Put the first rows of the slots into the table and its indexes. */
static void
write_rows(LogTable *log, Relation table, int n)
{
	MemoryContext old;
	int			first;
	int			i;

	if (unlikely(log->target_changes != catalog_changes))
		open_target(log, table);
	log->target->ri_RelationDesc = table;
	for (i = 0; i < n; i++)
	{
		ExecStoreVirtualTuple(log->slots[i]);
		if (unlikely(log->has_demands))
		{
			ResetPerTupleExprContext(log->estate);
			ExecConstraints(log->target, log->slots[i], log->estate);
			if (table->rd_rel->relispartition)
				ExecPartitionCheck(log->target, log->slots[i], log->estate, true);
		}
	}
	ResetPerTupleExprContext(log->estate);
	old = MemoryContextSwitchTo(GetPerTupleMemoryContext(log->estate));
	for (first = 0; first < n; first = i)
	{
		for (i = first + 1; i < n && log->command[i] == log->command[first]; i++)
			;
		table_multi_insert(table, log->slots + first, i - first,
						   log->command[first], 0, NULL);
	}
	MemoryContextSwitchTo(old);
	log->written = log->slots[0]->tts_tid;
	for (i = 0; i < log->nindexes; i++)
	{
		Relation	index;

		if (!log->infos[i]->ii_ReadyForInserts)
			continue;
		index = index_open(log->indexes[i], RowExclusiveLock);
		index_rows(log, table, index, log->infos[i], n);
		index_close(index, NoLock);
	}
	ResetPerTupleExprContext(log->estate);
}

/* Write what waits, if anything does. */
static void
write_waiting(LogTable *log)
{
	int			n = log->nwaiting;
	Relation	table;

	if (n == 0)
		return;
	/* What a check or an index calls may come here again. */
	forget_waiting(log);
	log->writing = true;
	table = table_open(log->relid, RowExclusiveLock);
	write_rows(log, table, n);
	table_close(table, NoLock);
	MemoryContextReset(log->rows_context);
	log->nbytes = 0;
	log->writing = false;
	memset(log->texts, 0, sizeof(log->texts));
}

static bool
is_enabled(const Trigger *trigger)
{
	bool		is_replica = SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA;

	return trigger->tgenabled == TRIGGER_FIRES_ALWAYS ||
		trigger->tgenabled == (is_replica ? TRIGGER_FIRES_ON_REPLICA :
							   TRIGGER_FIRES_ON_ORIGIN);
}

/* See to it that what begins to wait will be written; false if it cannot wait. */
static bool
announce_waiting(LogTable *log)
{
	const TriggerDesc *triggers = log->target->ri_TrigDesc;

	if (triggers == NULL || triggers->numtriggers == 0 ||
		!is_enabled(&triggers->triggers[0]) || !ItemPointerIsValid(&log->written))
		return false;
	log->target->ri_RelationDesc = table_open(log->relid, RowExclusiveLock);
	log->slot->tts_tid = log->written;
	ExecARInsertTriggers(log->estate, log->target, log->slot, NIL, NULL);
	table_close(log->target->ri_RelationDesc, NoLock);
	return true;
}

void
log_table_settle(TicketMapping *mapping)
{
	LogTable   *log = mapping->log_table;

	if (log == NULL || likely(log->changes == catalog_changes))
		return;
	write_waiting(log);
	mapping->log_table = NULL;
	close_log(log);
}

void
log_table_begin(LogTable *log)
{
	TupleTableSlot *slot = log->slots[log->nwaiting];

	if (unlikely(slot == NULL))
	{
		MemoryContext old = MemoryContextSwitchTo(log->context);

		slot = MakeSingleTupleTableSlot(log->desc, log->slot_kind);
		log->slots[log->nwaiting] = slot;
		MemoryContextSwitchTo(old);
	}
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, log->desc->natts * sizeof(bool));
	log->slot = slot;
}

void
log_table_set_copy(LogTable *log, LogColumn column, Datum value, bool isnull)
{
	Form_pg_attribute att = TupleDescAttr(log->desc, log->attnum[column] - 1);

	if (!isnull && !att->attbyval)
	{
		MemoryContext old = MemoryContextSwitchTo(log->rows_context);

		value = datumCopy(value, false, att->attlen);
		log->nbytes += datumGetSize(value, false, att->attlen);
		MemoryContextSwitchTo(old);
	}
	log_table_set(log, column, value, isnull);
}

/* Rows that follow each other mostly have the same texts. */
void
log_table_set_text(LogTable *log, LogColumn column, const char *words)
{
	text	   *last = log->texts[column];
	size_t		len = words == NULL ? 0 : strlen(words);

	if (len > 0 && (last == NULL || VARSIZE(last) - VARHDRSZ != len ||
					memcmp(VARDATA(last), words, len) != 0))
	{
		last = MemoryContextAlloc(log->rows_context, VARHDRSZ + len);
		SET_VARSIZE(last, VARHDRSZ + len);
		memcpy(VARDATA(last), words, len);
		log->texts[column] = last;
		log->nbytes += len;
	}
	log_table_set(log, column, PointerGetDatum(last), len == 0);
}

void
log_table_put(LogTable *log, bool may_wait)
{
	log->command[log->nwaiting] = GetCurrentCommandId(true);
	if (log->nwaiting == 0)
	{
		may_wait = may_wait && !log->calls && announce_waiting(log);
		log->subid = GetCurrentSubTransactionId();
		dlist_push_tail(&waiting, &log->node);
	}
	Assert(log->subid == GetCurrentSubTransactionId());
	log->nwaiting++;
	if (!may_wait || log->nwaiting == LOG_BATCH || log->nbytes > LOG_BATCH_BYTES)
		write_waiting(log);
}

/* ----------------------------------------------------------------------
 * When rows no longer wait
 * ----------------------------------------------------------------------
 */

/*
 * One of some tables, or of any, for which rows wait that can be written now;
 * NULL if there is none.
 */
static LogTable *
find_waiting(const List *relids, bool any)
{
	dlist_iter	iter;

	dlist_foreach(iter, &waiting)
	{
		LogTable   *log = dlist_container(LogTable, node, iter.cur);

		if ((any || list_member_oid(relids, log->relid)) &&
			log->subid == GetCurrentSubTransactionId())
			return log;
	}
	return NULL;
}

static void
write_all_waiting(const List *relids, bool any)
{
	LogTable   *log;

	while ((log = find_waiting(relids, any)) != NULL)
		write_waiting(log);
}

/*
 * A query begins: what it will read is to be there.  What functions read in
 * parallel workers is not known here.
 */
static void
write_for_readers(QueryDesc *query, int eflags)
{
	if (unlikely(!dlist_is_empty(&waiting)))
		write_all_waiting(query->plannedstmt->relationOids,
						  query->plannedstmt->parallelModeNeeded);
	if (next_executor_start != NULL)
		next_executor_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
}

/* sla_log_write(): AFTER INSERT FOR EACH ROW on the trail */
Datum
sla_log_write(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	ticket_require_trigger(fcinfo, TRIGGER_EVENT_AFTER);
	if (unlikely(!dlist_is_empty(&waiting)))
		write_all_waiting(list_make1_oid(RelationGetRelid(trigdata->tg_relation)), false);
	PG_RETURN_POINTER(NULL);
}

/* A part of the transaction ends; the memory of what was begun in it may stay. */
static void
forget_part(SubXactEvent event, SubTransactionId mySubid,
			SubTransactionId parentSubid, void *arg)
{
	dlist_mutable_iter iter;

	(void) parentSubid;
	(void) arg;
	if (event != SUBXACT_EVENT_ABORT_SUB)
		return;
	dlist_foreach_modify(iter, &waiting)
	{
		LogTable   *log = dlist_container(LogTable, node, iter.cur);

		if (log->subid >= mySubid)
			forget_waiting(log);
	}
}

/* The transaction ends; if all went well, nothing waits any more. */
static void
forget_all(XactEvent event, void *arg)
{
	dlist_mutable_iter iter;

	(void) arg;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT ||
		event == XACT_EVENT_PRE_PREPARE)
	{
		Assert(dlist_is_empty(&waiting));
		return;
	}
	dlist_foreach_modify(iter, &waiting)
		forget_waiting(dlist_container(LogTable, node, iter.cur));
}

void
log_table_init(void)
{
	RegisterXactCallback(forget_all, NULL);
	RegisterSubXactCallback(forget_part, NULL);
	next_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = write_for_readers;
}
