/*
 * ticket_trail.c
 *	  The trail of priorities: a row for each ticket that got a priority, and for
 *	  each change of what the customer asked for, of his override, or of the
 *	  priority.
 *
 * A row of the trail is an ordinary INSERT, with the rights of the trail's
 * owner, by a plan that is kept as those of foreign keys are.  So all that he
 * declares holds: defaults, constraints, indexes, triggers, partitions.
 * Starting a plan takes longer than writing a row.  So if the trail is still
 * as sla_track() made it, apart from constraints and indexes, the row is
 * passed to the function by which the server applies replicated rows.  A
 * statement that inserts many tickets then takes 0.6 of the time.
 *
 * A trigger on the trail refuses every other statement.  The trail is written
 * after the ticket, so that an insert that turned into an update leaves no row
 * about a ticket that does not exist.
 *
 * A trigger of the application may change a ticket again before the first
 * change is in the trail, but it does so in a statement of its own.  So each
 * row has the time of the statement that changed the ticket, and rows are in
 * order by it.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "tickets/ticket.h"
#include "tickets/ticket_move.h"
#include "tickets/ticket_trail.h"

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

PG_FUNCTION_INFO_V1(sla_trail_write);
PG_FUNCTION_INFO_V1(sla_trail_guard);

void
ticket_trail_init(void)
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
 * The table of the trail
 * ----------------------------------------------------------------------
 */

/* Columns of the trail. */
typedef enum TrailColumn
{
	TRAIL_AT,
	TRAIL_TICKET,
	TRAIL_EVENT,
	TRAIL_OLD_URGENCY,
	TRAIL_URGENCY,
	TRAIL_OLD_IMPACT,
	TRAIL_IMPACT,
	TRAIL_OLD_OVERRIDE,
	TRAIL_OVERRIDE,
	TRAIL_ASSIGNED,
	TRAIL_OLD_PRIORITY,
	TRAIL_PRIORITY,
	TRAIL_OLD_DUE_AT,
	TRAIL_DUE_AT,
	TRAIL_OLD_RESOLUTION_DUE_AT,
	TRAIL_RESOLUTION_DUE_AT,
	TRAIL_STATUS,
	TRAIL_RESOLUTION_STATUS,
	TRAIL_ACTOR,
	TRAIL_ACTOR_KIND,
	TRAIL_REASON,
	NUM_TRAIL_COLUMNS
} TrailColumn;

static const char *const trail_columns[NUM_TRAIL_COLUMNS] = {
	"at", "ticket", "event", "old_urgency", "urgency", "old_impact", "impact",
	"old_override", "override", "assigned", "old_priority", "priority",
	"old_due_at", "due_at", "old_resolution_due_at", "resolution_due_at",
	"status", "resolution_status", "actor", "actor_kind", "reason"
};

/* The plan that writes into a trail; kept for the session. */
typedef struct TrailPlan
{
	struct
	{
		Oid			trail;
		Oid			id_type;	/* of the tickets */
	}			key;
	SPIPlanPtr	plan;			/* NULL: not made yet */
	int			uses;			/* executions that have not ended */
} TrailPlan;

static HTAB *trail_plans = NULL;

/* The trail into which a row is about to go; the guard lets one statement pass. */
static Oid	written_trail = InvalidOid;

/*
 * The trail stands beside the table, or beside one from which it descends; or
 * where the table stood when it was tracked.
 */
static Oid
find_trail(const TicketMapping *mapping, Relation rel)
{
	List	   *tables = list_make1_oid(RelationGetRelid(rel));
	ListCell   *cell;
	Oid			relid;

	if (mapping->is_partition)
		tables = list_concat(tables, get_partition_ancestors(RelationGetRelid(rel)));
	foreach(cell, tables)
	{
		relid = get_relname_relid(mapping->trail, get_rel_namespace(lfirst_oid(cell)));
		if (OidIsValid(relid))
			return relid;
	}
	if (mapping->schema != NULL)
	{
		relid = get_relname_relid(mapping->trail,
								  get_namespace_oid(mapping->schema, true));
		if (OidIsValid(relid))
			return relid;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("the trail \"%s\" of table \"%s\" does not exist",
					mapping->trail, RelationGetRelationName(rel)),
			 errhint("Call sla_track() for the table again, or sla_untrack().")));
	return InvalidOid;			/* keep compiler quiet */
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

static Form_pg_attribute
ticket_id(const TicketMapping *mapping, Relation rel)
{
	return TupleDescAttr(RelationGetDescr(rel), mapping->column[COLUMN_ID].attnum - 1);
}

/* The types of the values. */
static void
trail_types(const TicketMapping *mapping, Oid id_type, Oid *types)
{
	int			i;

	for (i = 0; i < NUM_TRAIL_COLUMNS; i++)
		types[i] = TIMESTAMPTZOID;
	types[TRAIL_TICKET] = id_type;
	types[TRAIL_EVENT] = types[TRAIL_ACTOR] = types[TRAIL_ACTOR_KIND] =
		types[TRAIL_REASON] = TEXTOID;
	types[TRAIL_OLD_URGENCY] = types[TRAIL_URGENCY] = mapping->urgency.values.type;
	types[TRAIL_OLD_IMPACT] = types[TRAIL_IMPACT] = mapping->impact.values.type;
	for (i = TRAIL_OLD_OVERRIDE; i <= TRAIL_PRIORITY; i++)
		types[i] = mapping->priority.values.type;
	types[TRAIL_STATUS] = types[TRAIL_RESOLUTION_STATUS] = mapping->statuses.type;
}

/*
 * Whether the trail has the columns that sla_track() made and no others, no
 * defaults, no rules, and no triggers but the guard and those of foreign keys.
 */
static bool
is_as_made(const TicketMapping *mapping, Relation trail, Form_pg_attribute id)
{
	TupleDesc	desc = RelationGetDescr(trail);
	const TriggerDesc *triggers = trail->trigdesc;
	Oid			types[NUM_TRAIL_COLUMNS];
	int			i;

	if (trail->rd_rel->relkind != RELKIND_RELATION || trail->rd_rel->relhasrules ||
		desc->natts != NUM_TRAIL_COLUMNS ||
		(desc->constr != NULL && desc->constr->num_defval > 0))
		return false;
	trail_types(mapping, id->atttypid, types);
	for (i = 0; i < NUM_TRAIL_COLUMNS; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->atttypmod != (i == TRAIL_TICKET ? id->atttypmod : -1) ||
			att->attisdropped || att->attidentity != '\0' || att->atttypid != types[i] ||
			strcmp(NameStr(att->attname), trail_columns[i]) != 0)
			return false;
	}
	for (i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (!trigger->tgisinternal &&
			(get_func_namespace(trigger->tgfoid) != mapping->namespace ||
			 strcmp(get_func_name(trigger->tgfoid), "_sla_trail_guard") != 0))
			return false;
	}
	return true;
}

/*
 * Lock the trail, and check it, once for a statement unless some definition
 * changes meanwhile.
 */
static void
lock_trail(TicketMapping *mapping, Relation rel)
{
	Relation	trail;
	Oid			relid;

	if (OidIsValid(mapping->trail_relid) &&
		mapping->trail_changes == catalog_changes)
		return;
	do
	{
		relid = find_trail(mapping, rel);
		LockRelationOid(relid, RowExclusiveLock);
	} while (find_trail(mapping, rel) != relid);	/* renamed before the lock */

	trail = table_open(relid, NoLock);
	if (trail->rd_rel->relkind != RELKIND_RELATION &&
		trail->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the trail \"%s\" is not a table", mapping->trail)));
	/* Rows are written with its owner's rights, so only where they belong. */
	if (trail->rd_rel->relowner != table_owner(mapping->root))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the trail \"%s\" does not belong to the owner of table \"%s\"",
						mapping->trail, RelationGetRelationName(rel)),
				 errhint("Give both to one role.")));
	mapping->trail_owner = trail->rd_rel->relowner;
	mapping->trail_as_made = is_as_made(mapping, trail, ticket_id(mapping, rel));
	table_close(trail, NoLock);
	mapping->trail_relid = relid;
	mapping->trail_changes = catalog_changes;
}

/*
 * Act as the owner of the trail.  The caller restores the identity returned
 * here.
 */
static void
become_owner(Oid owner, Oid *user, int *security)
{
	GetUserIdAndSecContext(user, security);
	SetUserIdAndSecContext(owner, *security | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
}

static SPIPlanPtr
make_plan(const TicketMapping *mapping, const TrailPlan *entry)
{
	StringInfoData names;
	StringInfoData values;
	Oid			types[NUM_TRAIL_COLUMNS];
	SPIPlanPtr	plan;
	Oid			user;
	int			security;
	int			i;

	initStringInfo(&names);
	initStringInfo(&values);
	for (i = 0; i < NUM_TRAIL_COLUMNS; i++)
	{
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(trail_columns[i]));
		appendStringInfo(&values, "%s$%d", i > 0 ? ", " : "", i + 1);
	}
	trail_types(mapping, entry->key.id_type, types);
	become_owner(mapping->trail_owner, &user, &security);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	plan = SPI_prepare(psprintf("INSERT INTO %s (%s) VALUES (%s)",
								quote_qualified_identifier(get_namespace_name(get_rel_namespace(entry->key.trail)),
														   get_rel_name(entry->key.trail)),
								names.data, values.data),
					   NUM_TRAIL_COLUMNS, types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	SPI_finish();
	SetUserIdAndSecContext(user, security);
	return plan;
}

/* Plans that are kept; trails may come and go while the session lasts. */
#define MAX_TRAIL_PLANS	64

/* Make room for more. */
static void
forget_unused_plans(void)
{
	HASH_SEQ_STATUS seq;
	TrailPlan  *entry;

	hash_seq_init(&seq, trail_plans);
	while ((entry = hash_seq_search(&seq)) != NULL)
	{
		SPIPlanPtr	plan = entry->plan;

		if (entry->uses > 0)
			continue;
		hash_search(trail_plans, &entry->key, HASH_REMOVE, NULL);
		if (plan != NULL)
			SPI_freeplan(plan);
	}
}

/*
 * The plan of the mapping's trail.  One that is no longer valid is made again
 * with the trail's present name.  While it is in use further up, the server
 * itself replans it, and nobody can rename a trail that is in use.
 */
static TrailPlan *
trail_plan(TicketMapping *mapping, Relation rel)
{
	TrailPlan	wanted;
	TrailPlan  *entry;
	bool		found;

	if (trail_plans == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(wanted.key), .entrysize = sizeof(TrailPlan)};

		trail_plans = hash_create("ticket_priority trails", 16, &control,
								  HASH_ELEM | HASH_BLOBS);
	}
	if (hash_get_num_entries(trail_plans) >= MAX_TRAIL_PLANS)
		forget_unused_plans();
	wanted.key.trail = mapping->trail_relid;
	wanted.key.id_type = ticket_id(mapping, rel)->atttypid;
	entry = hash_search(trail_plans, &wanted.key, HASH_ENTER, &found);
	if (!found)
	{
		entry->plan = NULL;
		entry->uses = 0;
	}
	if (entry->plan != NULL && entry->uses == 0 && !SPI_plan_is_valid(entry->plan))
	{
		SPIPlanPtr	stale = entry->plan;

		entry->plan = NULL;
		SPI_freeplan(stale);
	}
	if (entry->plan == NULL)
		entry->plan = make_plan(mapping, entry);
	return entry;
}

/* A row of the trail; all of it null at first. */
typedef struct TrailRow
{
	Datum		values[NUM_TRAIL_COLUMNS];
	char		nulls[NUM_TRAIL_COLUMNS];	/* as SPI has them: 'n' or ' ' */
} TrailRow;

static void
execute_plan(TrailPlan *entry, TrailRow *row)
{
	Oid			before = written_trail;
	int			result;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	entry->uses++;
	written_trail = entry->key.trail;
	PG_TRY();
	{
		result = SPI_execute_snapshot(entry->plan, row->values, row->nulls,
									  InvalidSnapshot, InvalidSnapshot, false, true, 0);
	}
	PG_FINALLY();
	{
		written_trail = before;
		entry->uses--;
	}
	PG_END_TRY();
	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
	SPI_finish();
}

/* Write into a trail that is as it was made. */
static void
insert_row(Oid relid, const TrailRow *row)
{
	Relation	trail = table_open(relid, NoLock);
	EState	   *estate = CreateExecutorState();
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	ResultRelInfo *target = makeNode(ResultRelInfo);
	TupleTableSlot *slot;
	int			i;

	InitResultRelInfo(target, trail, 0, NULL, 0);
	/* Triggers find it here, or else would open it and leave it open. */
	estate->es_opened_result_relations = list_make1(target);
	ExecOpenIndices(target, false);
	slot = table_slot_create(trail, &estate->es_tupleTable);
	for (i = 0; i < NUM_TRAIL_COLUMNS; i++)
	{
		slot->tts_values[i] = row->values[i];
		slot->tts_isnull[i] = row->nulls[i] == 'n';
	}
	ExecStoreVirtualTuple(slot);
	AfterTriggerBeginQuery();
	ExecSimpleRelationInsert(target, estate, slot);
	AfterTriggerEndQuery(estate);
	ExecCloseIndices(target);
	ExecResetTupleTable(estate->es_tupleTable, false);
	MemoryContextSwitchTo(old);
	FreeExecutorState(estate);
	table_close(trail, NoLock);
	CommandCounterIncrement();
}

/* ----------------------------------------------------------------------
 * Rows of the trail
 * ----------------------------------------------------------------------
 */

static void
set(TrailRow *row, TrailColumn column, Datum value, bool isnull)
{
	row->values[column] = value;
	row->nulls[column] = isnull ? 'n' : ' ';
}

static void
set_level(TrailRow *row, TrailColumn column, const EnumValues *values, int level)
{
	if (level >= 0)
		set(row, column, ObjectIdGetDatum(values->value[level]), false);
}

static void
set_text(TrailRow *row, TrailColumn column, const char *text)
{
	if (text != NULL && text[0] != '\0')
		set(row, column, CStringGetTextDatum(text), false);
}

static void
set_due(TrailRow *row, TrailColumn column, const TrailValues *values, TicketClock clock)
{
	set(row, column, TimestampTzGetDatum(values->due_at[clock]), !values->has_due[clock]);
}

/* The event of the row, if several things happened at once. */
static const char *
event_name(const TrailValues *before, const TrailValues *after)
{
	if (after->override != before->override)
		return after->override >= 0 ? "overridden" : "override_cleared";
	if (after->urgency != before->urgency || after->impact != before->impact)
		return "requested";
	return before->priority < 0 ? "assigned" : "changed";
}

static bool
same_values(const TrailValues *a, const TrailValues *b)
{
	return a->urgency == b->urgency && a->impact == b->impact &&
		a->override == b->override && a->priority == b->priority;
}

/*
 * What the trigger has to write.  The status is that of the moment before the
 * change, or of a new ticket its first.
 */
typedef struct TrailEvent
{
	FunctionCallInfo fcinfo;
	bool		wanted;
	TrailPlan  *plan;			/* NULL: the trail is as it was made */
	bool		is_new;
	TrailValues before;
	TrailValues after;
	int			assigned;
} TrailEvent;

static void
write_event(const TrailEvent *event)
{
	static const TrailValues nothing = {.urgency = -1, .impact = -1, .override = -1, .priority = -1};
	const TicketMapping *mapping = event->fcinfo->flinfo->fn_extra;
	const TrailValues *old = event->is_new ? &nothing : &event->before;
	const TrailValues *new = &event->after;
	const TrailValues *judged = event->is_new ? new : old;
	TrailRow	row;
	bool		isnull;
	Datum		id;
	Oid			user;
	int			security;

	memset(row.nulls, 'n', sizeof(row.nulls));
	memset(row.values, 0, sizeof(row.values));
	id = ticket_value(mapping, ticket_new_row((TriggerData *) event->fcinfo->context),
					  COLUMN_ID, &isnull);
	set(&row, TRAIL_AT, TimestampTzGetDatum(ticket_told(mapping->statement)), false);
	set(&row, TRAIL_TICKET, id, isnull);
	set_text(&row, TRAIL_EVENT, event->is_new ? "assigned" : event_name(old, new));
	set_level(&row, TRAIL_OLD_URGENCY, &mapping->urgency.values, old->urgency);
	set_level(&row, TRAIL_URGENCY, &mapping->urgency.values, new->urgency);
	set_level(&row, TRAIL_OLD_IMPACT, &mapping->impact.values, old->impact);
	set_level(&row, TRAIL_IMPACT, &mapping->impact.values, new->impact);
	set_level(&row, TRAIL_OLD_OVERRIDE, &mapping->priority.values, old->override);
	set_level(&row, TRAIL_OVERRIDE, &mapping->priority.values, new->override);
	set_level(&row, TRAIL_ASSIGNED, &mapping->priority.values, event->assigned);
	set_level(&row, TRAIL_OLD_PRIORITY, &mapping->priority.values, old->priority);
	set_level(&row, TRAIL_PRIORITY, &mapping->priority.values, new->priority);
	set_due(&row, TRAIL_OLD_DUE_AT, old, CLOCK_RESPONSE);
	set_due(&row, TRAIL_DUE_AT, new, CLOCK_RESPONSE);
	set_due(&row, TRAIL_OLD_RESOLUTION_DUE_AT, old, CLOCK_RESOLUTION);
	set_due(&row, TRAIL_RESOLUTION_DUE_AT, new, CLOCK_RESOLUTION);
	set_level(&row, TRAIL_STATUS, &mapping->statuses, judged->status[CLOCK_RESPONSE]);
	if (mapping->tracks[CLOCK_RESOLUTION])
		set_level(&row, TRAIL_RESOLUTION_STATUS, &mapping->statuses,
				  judged->status[CLOCK_RESOLUTION]);
	set_text(&row, TRAIL_ACTOR, actor != NULL && actor[0] != '\0' ? actor :
			 GetUserNameFromId(GetOuterUserId(), false));
	set_text(&row, TRAIL_ACTOR_KIND, actor_kinds[actor_kind].name);
	set_text(&row, TRAIL_REASON, reason);

	become_owner(mapping->trail_owner, &user, &security);
	if (event->plan != NULL)
		execute_plan(event->plan, &row);
	else
		insert_row(mapping->trail_relid, &row);
	SetUserIdAndSecContext(user, security);
}

/* The priority that the matrix gives, as far as the policy knows; else -1. */
static int
assigned_priority(TicketMapping *mapping, const TrailValues *values,
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
 * Find what is to be written, and where.  Only this can fail because of a bad
 * ticket.
 */
static void
prepare_event(void *arg)
{
	TrailEvent *event = arg;
	TriggerData *trigdata = (TriggerData *) event->fcinfo->context;
	TicketMapping *mapping = ticket_mapping(event->fcinfo);
	TupleTableSlot *slot = ticket_new_row(trigdata);
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (mapping->trail == NULL)
		return;
	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		event->is_new = !ticket_moved_from(mapping, slot, trigdata, &event->before);
	else
		ticket_trail_values(mapping, trigdata->tg_trigslot, now, &event->before);
	ticket_trail_values(mapping, slot, now, &event->after);
	event->wanted = event->is_new ?
		mapping->trails_new || event->after.override >= 0 :
		!same_values(&event->before, &event->after);
	if (!event->wanted)
		return;
	event->assigned = assigned_priority(mapping, &event->after, slot);
	lock_trail(mapping, trigdata->tg_relation);
	if (!mapping->trail_as_made)
		event->plan = trail_plan(mapping, trigdata->tg_relation);
}

/* ----------------------------------------------------------------------
 * The triggers
 * ----------------------------------------------------------------------
 */

/*
 * sla_trail_write(): AFTER INSERT OR UPDATE FOR EACH ROW
 *
 * The row is written outside of the subtransaction that catches errors,
 * because a subtransaction that writes needs a number of its own.
 */
Datum
sla_trail_write(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	TrailEvent	event;
	ErrorData  *error;

	event.fcinfo = fcinfo;
	event.wanted = false;
	event.plan = NULL;
	event.is_new = false;
	error = ticket_try(prepare_event, &event);
	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("a ticket of table \"%s\" is not in the trail: %s",
						RelationGetRelationName(trigdata->tg_relation),
						error->message)));
	else if (event.wanted)
		write_event(&event);
	PG_RETURN_POINTER(NULL);
}

/*
 * sla_trail_guard(): BEFORE INSERT, UPDATE, DELETE or TRUNCATE on the trail
 *
 * One statement may pass.  The triggers that it fires may not write.
 */
Datum
sla_trail_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = called_as_trigger(fcinfo);

	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) &&
		TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) &&
		written_trail == RelationGetRelid(trigdata->tg_relation))
	{
		written_trail = InvalidOid;
		PG_RETURN_POINTER(NULL);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the trail \"%s\" is written by changes of tickets alone",
					RelationGetRelationName(trigdata->tg_relation)),
			 errhint("Its owner can take rows out of it while its triggers are disabled.")));
	PG_RETURN_POINTER(NULL);
}
