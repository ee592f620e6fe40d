/*
 * tracked.c
 *	  Tracked tables: which views and tables belong to one, and which clocks it
 *	  has, as a session knows it.
 *
 * The view P_sla_input that depends on a table, and belongs to its owner, is
 * the beginning; P is the argument of the table's triggers.  Everything else
 * lies in the schema of that view.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "fmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "tickets/clock_fields.h"
#include "tickets/input.h"
#include "tickets/tracked.h"

PG_FUNCTION_INFO_V1(sla_tell_change);

static Tracked *all_tracked = NULL; /* also stale ones that someone still uses */

static uint64 changes = 0;		/* notices that came */

/* Called when a relation has changed, or any; it may only take note. */
static void
relation_changed(Datum arg, Oid relid)
{
	Tracked    *tracked;

	changes++;
	for (tracked = all_tracked; tracked != NULL; tracked = tracked->next)
	{
		if (!OidIsValid(relid) || list_member_oid(tracked->relations, relid))
			tracked->is_stale = true;
	}
}

/* A schema may have got another name, and statements name it. */
static void
namespace_changed(Datum arg, SysCacheIdentifier cacheid, uint32 hashvalue)
{
	relation_changed(arg, InvalidOid);
}

void
tracked_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, namespace_changed, (Datum) 0);
}

/* ----------------------------------------------------------------------
 * Finding the views
 * ----------------------------------------------------------------------
 */

static Oid
relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Views upon a table, or upon one of which it is a partition, of which the names
 * begin with a text.  Who writes a row may have no rights on the extension's
 * schema, so this asks the catalogs alone.
 */
static List *
views_upon(Oid relid, const char *beginning)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext old;
	Oid			types[2] = {OIDOID, TEXTOID};
	Datum		values[2] = {ObjectIdGetDatum(relid), CStringGetTextDatum(beginning)};
	List	   *views = NIL;
	uint64		i;

	SPI_connect();
	if (SPI_execute_with_args("SELECT v.oid FROM pg_catalog.pg_class v"
							  " WHERE v.relkind OPERATOR(pg_catalog.=) 'v'"
							  " AND pg_catalog.starts_with(v.relname::pg_catalog.text, $2)"
							  " AND EXISTS (SELECT FROM pg_catalog.pg_depend d"
							  " JOIN pg_catalog.pg_rewrite r ON r.oid OPERATOR(pg_catalog.=) d.objid"
							  " WHERE r.ev_class OPERATOR(pg_catalog.=) v.oid"
							  " AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
							  " AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
							  " AND (d.refobjid OPERATOR(pg_catalog.=) $1 OR d.refobjid OPERATOR(pg_catalog.=)"
							  " ANY (SELECT relid FROM pg_catalog.pg_partition_ancestors($1::pg_catalog.regclass))))"
							  " ORDER BY v.relname",
							  2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "views of a tracked table cannot be read");
	old = MemoryContextSwitchTo(context);
	for (i = 0; i < SPI_processed; i++)
	{
		bool		isnull;

		views = lappend_oid(views, DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i],
																  SPI_tuptable->tupdesc, 1, &isnull)));
	}
	MemoryContextSwitchTo(old);
	SPI_finish();
	return views;
}

/* A relation by the beginning of its name and the rest; InvalidOid: none. */
static Oid
relation_beside(Oid namespace, const char *prefix, const char *suffix)
{
	return get_relname_relid(psprintf("%s%s", prefix, suffix), namespace);
}

static void
not_tracked(Oid table)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("table %s is not tracked",
					DatumGetCString(DirectFunctionCall1(regclassout, ObjectIdGetDatum(table)))),
			 errhint("Call sla_track() for it; the view sla_tracked has the tables that are tracked.")));
}

/*
 * A table has the triggers, and not the view that says how its rows are read.
 * To a DBA it is tracked, so he is told what became of that.
 */
static void
view_is_gone(Oid table, const char *prefix, bool is_events)
{
	const char *name = DatumGetCString(DirectFunctionCall1(regclassout, ObjectIdGetDatum(table)));
	bool		is_ticket = !is_events || views_upon(table, psprintf("%s_sla_events_", prefix)) != NIL;

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 !is_ticket ?
			 errmsg("table %s has no view \"%s_sla_events_...\", by which its events are read", name, prefix) :
			 is_events ?
			 errmsg("the tickets of the events in table %s have no view \"%s_sla_input\", by which they are tracked", name, prefix) :
			 errmsg("table %s has no view \"%s_sla_input\", by which it is tracked", name, prefix),
			 errdetail("It was dropped with what it reads, as by DROP COLUMN ... CASCADE, or its owner is not that of the tracked table."),
			 !is_ticket ?
			 errhint("Call sla_add_events() for the clock again, or sla_add_clock() or sla_drop_clock().") :
			 is_events ?
			 errhint("Call sla_track() for the tickets to make it again. Where their table is gone, drop the trigger.") :
			 errhint("Call sla_track() to make it again.")));
}

/* Whether a relation is a view of an owner, as those of tracking are. */
static bool
is_view_of(Oid relid, Oid owner)
{
	return OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_VIEW &&
		relation_owner(relid) == owner;
}

/*
 * The view P_sla_input upon a table that is written, or upon one of which it is
 * a partition; or, by way of the views of events upon it, that beside them.
 * InvalidOid: there is none.
 */
static Oid
input_view_upon(Oid relid, const char *prefix, bool is_events)
{
	List	   *views = views_upon(relid, psprintf("%s%s", prefix, is_events ? "_sla_events_" : "_sla_input"));
	Oid			owner = relation_owner(relid);
	int			pass;
	ListCell   *cell;

	/*
	 * Anybody can make a view upon a table, with any name.  So those of its owner come
	 * first; he can let another's tickets have the events.
	 */
	for (pass = 1; pass <= (is_events ? 2 : 1); pass++)
	{
		foreach(cell, views)
		{
			Oid			upon = lfirst_oid(cell);
			Oid			view = relation_beside(get_rel_namespace(upon), prefix, "_sla_input");

			if (is_events ? is_view_of(view, relation_owner(upon)) &&
				has_privs_of_role(relation_owner(view), owner) == (pass == 1) &&
				is_view_of(view, relation_owner(input_table(view))) :
				view == upon && is_view_of(view, owner))
				return view;
		}
	}
	return InvalidOid;
}

/* ----------------------------------------------------------------------
 * Making it
 * ----------------------------------------------------------------------
 */

static Oid
own_type(Oid namespace, const char *name)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
						   ObjectIdGetDatum(namespace));
}

static int
choice(const InputView *view, int column, const char *const *choices, int n)
{
	const char *value = input_constant(view, column);
	int			i;

	for (i = 0; i < n; i++)
	{
		if (value == NULL || strcmp(value, choices[i]) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of view \"%s\" is \"%s\", which it cannot be",
					view->column[column].name, view->name, value)));
	return 0;					/* keep compiler quiet */
}

/* A table beside the tracked one, which must be its owner's. */
static Oid
table_beside(const Tracked *tracked, Oid namespace, const char *suffix)
{
	Oid			relid = relation_beside(namespace, tracked->prefix, suffix);

	if (!OidIsValid(relid) || relation_owner(relid) != tracked->owner)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the owner of table %s has no table \"%s%s\" in schema %s",
						tracked->name, tracked->prefix, suffix, tracked->schema),
				 errhint("Call sla_track() for the table again.")));
	return relid;
}

static void
add_relation(Tracked *tracked, Oid relid)
{
	tracked->relations = lappend_oid(tracked->relations, relid);
}

static TrackedClock *
clock_of_metric(Tracked *tracked, const char *metric)
{
	int			i;

	for (i = 0; i < tracked->nclocks; i++)
	{
		if (strcmp(tracked->clock[i].metric, metric) == 0)
			return &tracked->clock[i];
	}
	return NULL;
}

/* A clock, and how its events are read if there are any. */
static void
add_clock(Tracked *tracked, Oid view)
{
	static const char *const on_close[] = {"stop", "cancel", "run"};
	static const char *const on_reopen[] = {"continue", "new run", "keep"};
	TrackedClock *clock = &tracked->clock[tracked->nclocks];
	Oid			events;

	memset(clock, 0, sizeof(TrackedClock));
	input_describe(tracked, view, INPUT_CLOCK, &clock->input);
	clock->metric = input_constant(&clock->input, CLOCK_METRIC);
	clock->on_close = choice(&clock->input, CLOCK_ON_CLOSE, on_close, 3);
	clock->on_reopen = choice(&clock->input, CLOCK_ON_REOPEN, on_reopen, 3);
	add_relation(tracked, view);
	if (clock->metric == NULL || clock->input.table != tracked->table)
		return;
	tracked->nclocks++;
	events = relation_beside(get_rel_namespace(view), tracked->prefix,
							 psprintf("_sla_events_%s", clock->metric));
	if (!is_view_of(events, tracked->owner))
		return;
	input_describe(tracked, events, INPUT_EVENTS, &clock->events);
	clock->has_events = true;
	clock->only_after = input_constant(&clock->events, EVENT_ONLY_AFTER);
	add_relation(tracked, events);
	add_relation(tracked, clock->events.table);
}

/* Put each clock after the one that it waits for. */
static void
order_clocks(Tracked *tracked)
{
	int			pass;
	int			i;

	for (pass = 0; pass < tracked->nclocks; pass++)
	{
		for (i = 0; i < tracked->nclocks; i++)
		{
			TrackedClock clock = tracked->clock[i];
			TrackedClock *other;

			if (clock.only_after == NULL)
				continue;
			other = clock_of_metric(tracked, clock.only_after);
			if (other == NULL || other < &tracked->clock[i])
				continue;
			tracked->clock[i] = *other;
			*other = clock;
		}
	}
}

static void
find_key(Tracked *tracked, Relation rel)
{
	InputColumn *id = &tracked->ticket.column[TICKET_ID];
	InputColumn *tenant = &tracked->ticket.column[TICKET_TENANT];

	if (id->attnum == 0 || (tenant->given && tenant->attnum == 0))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of view \"%s\" is not a plain column",
						id->attnum == 0 ? id->name : tenant->name, tracked->ticket.name),
				 errhint("Call sla_track() for table %s again.", tracked->name)));
	tracked->id = id->attnum;
	tracked->tenant = tenant->attnum;
	tracked->id_type = TupleDescAttr(RelationGetDescr(rel), tracked->id - 1)->atttypid;
	if (tracked->tenant > 0)
		tracked->tenant_type = TupleDescAttr(RelationGetDescr(rel), tracked->tenant - 1)->atttypid;
}

/* A table beside it; gives the sequence of one of its columns. */
static Oid
add_table(Tracked *tracked, Oid namespace, const char *suffix, const char *column)
{
	Relation	rel = table_open(table_beside(tracked, namespace, suffix), AccessShareLock);
	Oid			sequence = identity_sequence(rel, get_attnum(RelationGetRelid(rel), column));

	add_relation(tracked, RelationGetRelid(rel));
	table_close(rel, NoLock);
	return sequence;
}

/* Which columns of the ticket are read: not the others, which can be large. */
static void
find_read(Tracked *tracked)
{
	Bitmapset  *reads = tracked->ticket.reads;
	int			i;

	for (i = 0; i < tracked->nclocks; i++)
		reads = bms_union(reads, tracked->clock[i].input.reads);
	tracked->read = palloc(tracked->row->natts * sizeof(AttrNumber));
	for (i = 1; i <= tracked->row->natts; i++)
	{
		/* 0: the whole row. */
		if (!TupleDescAttr(tracked->row, i - 1)->attisdropped &&
			(bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, reads) ||
			 bms_is_member(i - FirstLowInvalidHeapAttributeNumber, reads)))
			tracked->read[tracked->nread++] = i;
	}
}

/* Read all of it.  The caller is the table's owner. */
static void
describe_tracked(Tracked *tracked, Oid view, const char *prefix)
{
	static const char *const trails[] = {"none", "changes", "all"};
	Relation	rel = table_open(tracked->table, AccessShareLock);
	Oid			namespace = get_rel_namespace(view);
	List	   *views;
	ListCell   *cell;
	int			i;

	tracked->prefix = pstrdup(prefix);
	tracked->schema = pstrdup(quote_identifier(get_namespace_name(namespace)));
	tracked->name = pstrdup(quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
													   RelationGetRelationName(rel)));
	tracked->row = CreateTupleDescCopy(RelationGetDescr(rel));
	enum_values(&tracked->level[0], own_type(tracked->namespace, "ticket_urgency"),
				level_labels, NUM_LEVELS);
	enum_values(&tracked->level[1], own_type(tracked->namespace, "ticket_impact"),
				level_labels, NUM_LEVELS);
	enum_values(&tracked->priority, own_type(tracked->namespace, "ticket_priority"),
				priority_labels, NUM_PRIORITIES);
	enum_values(&tracked->status, own_type(tracked->namespace, "sla_status"),
				status_labels, NUM_STATUSES);
	tracked->multirange = lookup_type_cache(TSTZMULTIRANGEOID,
											TYPECACHE_MULTIRANGE_INFO);
	tracked->no_periods = make_empty_multirange(TSTZMULTIRANGEOID, tracked->multirange->rngtype);
	input_describe(tracked, view, INPUT_TICKET, &tracked->ticket);
	tracked->trail = choice(&tracked->ticket, TICKET_TRAIL, trails, 3);
	tracked->approver = input_constant(&tracked->ticket, TICKET_APPROVER);
	find_key(tracked, rel);
	add_relation(tracked, tracked->table);
	add_relation(tracked, view);

	views = views_upon(tracked->table, psprintf("%s_sla_input_", prefix));
	tracked->clock = palloc0((list_length(views) + 1) * sizeof(TrackedClock));
	foreach(cell, views)
	{
		if (get_rel_namespace(lfirst_oid(cell)) == namespace &&
			is_view_of(lfirst_oid(cell), tracked->owner))
			add_clock(tracked, lfirst_oid(cell));
	}
	order_clocks(tracked);
	find_read(tracked);
	for (i = 0; i < NUM_ROWS; i++)
		tracked->row_type[i] = row_type(tracked, i);
	tracked->clock_ids = add_table(tracked, namespace, "_sla_clock", "clock_id");
	tracked->trail_ids = add_table(tracked, namespace, "_sla_trail", "id");
	tracked->plan = palloc0((PLAN_EVENTS + tracked->nclocks) * sizeof(SPIPlanPtr));
	tracked->path = psprintf("%s, %s, pg_temp",
							 quote_identifier(get_namespace_name(RelationGetNamespace(rel))),
							 quote_identifier(get_namespace_name(tracked->namespace)));
	table_close(rel, AccessShareLock);
}

static Tracked *
make_tracked(Oid view, const char *prefix, Oid namespace)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority tracked table",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Tracked    *tracked = palloc0(sizeof(Tracked));
	uint64		before = changes;
	Caller		caller;

	tracked->context = context;
	tracked->table = input_table(view);
	tracked->owner = relation_owner(tracked->table);
	tracked->namespace = namespace;
	become_owner(tracked, &caller);
	describe_tracked(tracked, view, prefix);
	become_caller(&caller);
	MemoryContextSwitchTo(old);
	tracked->is_stale = changes != before;	/* it may be half of each */
	return tracked;
}

static void
forget_view(InputView *view)
{
	int			i;

	for (i = 0; i < view->n; i++)
	{
		if (view->column[i].cached != NULL)
			FreeCachedExpression(view->column[i].cached);
	}
}

static void
free_tracked(Tracked *tracked)
{
	int			i;

	for (i = 0; i < PLAN_EVENTS + tracked->nclocks; i++)
	{
		if (tracked->plan[i] != NULL)
			SPI_freeplan(tracked->plan[i]);
	}
	forget_view(&tracked->ticket);
	for (i = 0; i < tracked->nclocks; i++)
	{
		forget_view(&tracked->clock[i].input);
		forget_view(&tracked->clock[i].events);
	}
	MemoryContextDelete(tracked->context);
}

/* ----------------------------------------------------------------------
 * What the session keeps
 * ----------------------------------------------------------------------
 */

/* Those that are stale go, unless someone uses them. */
static void
free_stale(void)
{
	Tracked   **link = &all_tracked;

	while (*link != NULL)
	{
		Tracked    *tracked = *link;

		if (!tracked->is_stale || tracked->uses > 0)
		{
			link = &tracked->next;
			continue;
		}
		*link = tracked->next;
		free_tracked(tracked);
	}
}

/* Called when the memory goes of someone who used it. */
static void
end_use(void *arg)
{
	((Tracked *) arg)->uses--;
}

static void
begin_use(Tracked *tracked)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));

	callback->func = end_use;
	callback->arg = tracked;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	tracked->uses++;
}

/* The tracked table of an input view. */
static Tracked *
tracked_of_view(Oid view, const char *prefix, Oid namespace)
{
	Oid			table = input_table(view);
	Tracked    *tracked;

	for (tracked = all_tracked; tracked != NULL; tracked = tracked->next)
	{
		if (tracked->table == table && !tracked->is_stale)
			return tracked;
	}
	free_stale();
	tracked = make_tracked(view, prefix, namespace);
	MemoryContextSetParent(tracked->context, CacheMemoryContext);
	tracked->next = all_tracked;
	all_tracked = tracked;
	return tracked;
}

/* How rows of a relation become rows of the table of which a view is. */
static TupleConversionMap *
conversion_map(Relation rel, Oid table)
{
	TupleConversionMap *map;
	Relation	root;

	if (RelationGetRelid(rel) == table)
		return NULL;
	root = table_open(table, AccessShareLock);
	map = convert_tuples_by_name(CreateTupleDescCopy(RelationGetDescr(rel)),
								 CreateTupleDescCopy(RelationGetDescr(root)));
	table_close(root, AccessShareLock);
	return map;
}

/* The table of which an events table that fires a trigger is, or is a part. */
static Oid
events_table(const Tracked *tracked, Oid relid)
{
	int			i;

	for (i = 0; i < tracked->nclocks; i++)
	{
		const TrackedClock *clock = &tracked->clock[i];

		if (clock->has_events &&
			(clock->events.table == relid ||
			 (get_rel_relispartition(relid) &&
			  list_member_oid(get_partition_ancestors(relid), clock->events.table))))
			return clock->events.table;
	}
	return relid;
}

/* What is known of a table that is written; NULL: nothing that is still true. */
static WrittenTable *
known_written(Oid relid, const char *prefix)
{
	Tracked    *tracked;
	WrittenTable *written;

	for (tracked = all_tracked; tracked != NULL; tracked = tracked->next)
	{
		if (tracked->is_stale || strcmp(tracked->prefix, prefix) != 0)
			continue;
		for (written = tracked->written; written != NULL; written = written->next)
		{
			if (written->relid == relid)
				return written;
		}
	}
	return NULL;
}

void
tracked_of_trigger(Relation rel, const char *prefix, Oid namespace,
				   bool is_events, WrittenTable *result)
{
	Oid			relid = RelationGetRelid(rel);
	WrittenTable *written = known_written(relid, prefix);

	/* The ticket table is not locked by a write to events; waiting tells of changes. */
	if (written != NULL && is_events)
		LockRelationOid(written->tracked->table, AccessShareLock);
	if (written == NULL || written->tracked->is_stale)
	{
		Oid			view = input_view_upon(relid, prefix, is_events);
		Tracked    *tracked;
		MemoryContext old;

		if (!OidIsValid(view))
			view_is_gone(relid, prefix, is_events);
		tracked = tracked_of_view(view, prefix, namespace);
		old = MemoryContextSwitchTo(tracked->context);
		written = palloc(sizeof(WrittenTable));
		written->relid = relid;
		written->tracked = tracked;
		written->table = is_events ? events_table(tracked, relid) : tracked->table;
		written->map = conversion_map(rel, written->table);
		add_relation(tracked, relid);
		written->next = tracked->written;
		tracked->written = written;
		MemoryContextSwitchTo(old);
	}
	*result = *written;
	begin_use(result->tracked);
}

/* The prefix of the names beside a table; NULL: it is not tracked. */
static char *
tracked_prefix(Relation rel, Oid namespace)
{
	/* What is looked up below can bring news of the table, for which its own are freed. */
	TriggerDesc *triggers = CopyTriggerDesc(rel->trigdesc);
	int			i;

	for (i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (trigger->tgnargs == 1 &&
			get_func_namespace(trigger->tgfoid) == namespace &&
			strcmp(get_func_name(trigger->tgfoid), "_sla_ticket_changed") == 0)
			return pstrdup(trigger->tgargs[0]);
	}
	return NULL;
}

Tracked *
tracked_of_table(Oid table, Oid namespace)
{
	Relation	rel = try_relation_open(table, AccessShareLock);
	char	   *prefix;
	WrittenTable written;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table with OID %u does not exist", table)));
	prefix = tracked_prefix(rel, namespace);
	if (prefix == NULL)
		not_tracked(RelationGetRelid(rel));
	tracked_of_trigger(rel, prefix, namespace, false, &written);
	relation_close(rel, NoLock);	/* it stays as it is described */
	return written.tracked;
}

/*
 * _sla_tell_change(ticket_table): a view of a new clock is a change of the
 * table, of which no session knows it yet
 */
Datum
sla_tell_change(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcacheByRelid(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}
