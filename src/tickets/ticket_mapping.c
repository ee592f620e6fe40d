/*
 * ticket_mapping.c
 *	  How the application's ticket table is to be read and filled.
 *
 * The arguments of the triggers that sla_track() made say it.  Each partition
 * has its own columns, so each has its own mapping, found by the same names.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "policy/policy.h"
#include "tickets/ticket_mapping.h"

const char *const column_keys[NUM_COLUMNS] = {
	"id", "opened_at", "plan", "urgency", "impact", "override", "time_zone",
	"holidays", "status", "answered_at", "resolved_at", "priority", "paused",
	"due_at", "at_risk_at", "response_target", "response_elapsed",
	"resolution_due_at", "resolution_at_risk_at", "resolution_target",
	"resolution_elapsed", "sla_state"
};

/* Positions in metric_labels. */
const int	clock_metrics[NUM_CLOCKS] = {0, 3};

int
clock_of_metric(int metric)
{
	int			i;

	for (i = 0; i < NUM_CLOCKS; i++)
	{
		if (clock_metrics[i] == metric)
			return i;
	}
	return -1;
}

const ClockColumns clock_columns[NUM_CLOCKS] = {
	{COLUMN_DUE_AT, COLUMN_AT_RISK_AT, COLUMN_RESPONSE_TARGET, COLUMN_RESPONSE_ELAPSED},
	{COLUMN_RESOLUTION_DUE_AT, COLUMN_RESOLUTION_AT_RISK_AT, COLUMN_RESOLUTION_TARGET,
	COLUMN_RESOLUTION_ELAPSED}
};

/* The type that a column must have; InvalidOid for any. */
static const Oid column_types[NUM_COLUMNS] = {
	InvalidOid, TIMESTAMPTZOID, InvalidOid, InvalidOid, InvalidOid, InvalidOid,
	InvalidOid, InvalidOid, InvalidOid, TIMESTAMPTZOID, TIMESTAMPTZOID,
	InvalidOid, TSTZMULTIRANGEOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INTERVALOID,
	INTERVALOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INTERVALOID, INTERVALOID,
	JSONBOID
};

PG_FUNCTION_INFO_V1(sla_mapping);

/* ----------------------------------------------------------------------
 * Reading the arguments
 * ----------------------------------------------------------------------
 */

/* The value of a key; NULL if the arguments do not have it. */
static const char *
argument(const Trigger *trigger, const char *key)
{
	size_t		len = strlen(key);
	int			i;

	for (i = 0; i < trigger->tgnargs; i++)
	{
		const char *arg = trigger->tgargs[i];

		if (strncmp(arg, key, len) == 0 && arg[len] == '=')
			return arg + len + 1;
	}
	return NULL;
}

static bool
argument_is(const Trigger *trigger, const char *key, const char *value)
{
	const char *given = argument(trigger, key);

	return given != NULL && strcmp(given, value) == 0;
}

/* A JSON argument; NULL if there is none. */
static Jsonb *
json_argument(const Trigger *trigger, const char *key)
{
	const char *value = argument(trigger, key);

	if (value == NULL)
		return NULL;
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(value)));
}

static char *
json_string(const JsonbValue *value)
{
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* The strings of a JSON array. */
static const char **
label_list(const Trigger *trigger, const char *key, int *n)
{
	Jsonb	   *json = json_argument(trigger, key);
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	const char **labels;

	*n = 0;
	if (json == NULL || !JB_ROOT_IS_ARRAY(json))
		return NULL;
	labels = palloc0(Max(JB_ROOT_COUNT(json), 1) * sizeof(char *));
	it = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		if (token == WJB_ELEM && value.type == jbvString)
			labels[(*n)++] = json_string(&value);
	}
	return labels;
}

static int
number_of(const char *const *labels, int n, const char *label)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		if (strcmp(labels[i], label) == 0)
			return i;
	}
	return -1;
}

/* The extension's enum of a name. */
static Oid
own_type(Oid namespace, const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum(name),
									   ObjectIdGetDatum(namespace));

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s\" of extension ticket_priority does not exist",
						name)));
	return type;
}

/* A map from the application's labels: {"1 - High": "high", ...}. */
static void
read_map(const Trigger *trigger, const char *key, Oid namespace,
		 const char *type, const char *const *labels, int nlabels,
		 const char *what, LabelMap *map)
{
	Jsonb	   *json = json_argument(trigger, key);
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	const char *label = NULL;

	map->what = what;
	enum_values(&map->values, own_type(namespace, type), labels, nlabels);
	map->n = 0;
	if (json == NULL || !JB_ROOT_IS_OBJECT(json))
		return;
	map->meanings = palloc(Max(JB_ROOT_COUNT(json), 1) * sizeof(LabelMeaning));
	it = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		int			meaning;

		if (token == WJB_KEY)
			label = json_string(&value);
		else if (token == WJB_VALUE && value.type == jbvString)
		{
			meaning = number_of(labels, nlabels, json_string(&value));
			if (meaning < 0)
				continue;
			map->meanings[map->n].label = label;
			map->meanings[map->n].meaning = meaning;
			map->n++;
		}
	}
}

/* Find the column of a key. */
static void
find_mapped(Relation rel, const Trigger *trigger, TicketColumn column,
			MappedColumn *mapped)
{
	const char *name = argument(trigger, column_keys[column]);
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	memset(mapped, 0, sizeof(MappedColumn));
	if (name == NULL)
		return;
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		Oid			output;
		bool		is_varlena;

		if (att->attisdropped || strcmp(NameStr(att->attname), name) != 0)
			continue;
		mapped->attnum = i + 1;
		mapped->typmod = att->atttypmod;
		mapped->type = getBaseTypeAndTypmod(att->atttypid, &mapped->typmod);
		mapped->domain = mapped->type != att->atttypid ? att->atttypid : InvalidOid;
		mapped->typlen = att->attlen;
		mapped->typbyval = att->attbyval;
		mapped->is_text = mapped->type == TEXTOID || mapped->type == VARCHAROID ||
			mapped->type == BPCHAROID;
		if (OidIsValid(column_types[column]) && mapped->type != column_types[column])
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of table \"%s\" is of type %s, but tracking needs %s",
							name, RelationGetRelationName(rel),
							format_type_be(att->atttypid),
							format_type_be(column_types[column])),
					 errhint("Give it back its type, or call sla_track() for the table as it is now.")));
		if (!mapped->is_text)
		{
			getTypeOutputInfo(mapped->type, &output, &is_varlena);
			fmgr_info(output, &mapped->output);
		}
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" of table \"%s\", which tracking uses as %s, does not exist",
					name, RelationGetRelationName(rel), column_keys[column]),
			 errhint("If it was renamed or dropped, call sla_track() for the table as it is now, or sla_untrack().")));
}

/* A priority is filled in as text where the column is not of the enum. */
static void
check_filled_priority(const TicketMapping *mapping, Relation rel)
{
	const MappedColumn *mapped = &mapping->column[COLUMN_PRIORITY];
	char		category;
	bool		is_preferred;

	if (mapped->type == mapping->priority.values.type)
		return;
	get_type_category_preferred(mapped->type, &category, &is_preferred);
	if (category != TYPCATEGORY_STRING || mapped->typlen != -1)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of table \"%s\" is of type %s, but tracking fills it with a ticket_priority or text",
						NameStr(TupleDescAttr(RelationGetDescr(rel), mapped->attnum - 1)->attname),
						RelationGetRelationName(rel),
						format_type_be(mapped->type))));
}

/* Whether the server computes the priority, from an expression. */
static bool
is_generated(const TicketMapping *mapping, Relation rel)
{
	AttrNumber	attnum = mapping->column[COLUMN_PRIORITY].attnum;

	return attnum != 0 && TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attgenerated &&
		build_column_default(rel, attnum) != NULL;
}

/*
 * A generated priority is recomputed, because BEFORE triggers do not see it.
 * What the expression calls is found by each statement, as the server does.
 */
static void
prepare_generated(TicketMapping *mapping, Relation rel)
{
	Node	   *expr = build_column_default(rel, mapping->column[COLUMN_PRIORITY].attnum);

	mapping->generated = ExecInitExpr(expression_planner((Expr *) expr), NULL);
	mapping->econtext = CreateStandaloneExprContext();
}

static void
make_mapping(FunctionCallInfo fcinfo, TicketMapping *mapping)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	const Trigger *trigger = trigdata->tg_trigger;
	Relation	rel = trigdata->tg_relation;
	const char **metrics;
	int			nmetrics;
	int			i;

	mapping->relid = RelationGetRelid(rel);
	mapping->root = mapping->relid;
	mapping->is_partition = rel->rd_rel->relispartition;
	if (mapping->is_partition)
		mapping->root = llast_oid(get_partition_ancestors(mapping->relid));
	mapping->namespace = policy_namespace(fcinfo);
	for (i = 0; i < NUM_COLUMNS; i++)
	{
		find_mapped(rel, trigger, i, &mapping->column[i]);
		mapping->last = Max(mapping->last, mapping->column[i].attnum);
	}
	for (i = 0; i < NUM_COLUMNS; i++)
	{
		if (mapping->column[i].attnum == 0 &&
			(i == COLUMN_ID || i == COLUMN_OPENED_AT || i == COLUMN_PLAN ||
			 i == COLUMN_PRIORITY || i == COLUMN_DUE_AT))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("trigger \"%s\" does not say which column is %s",
							trigger->tgname, column_keys[i]),
					 errhint("Let sla_track() make the trigger.")));
	}

	read_map(trigger, "urgency_map", mapping->namespace, "ticket_urgency",
			 level_labels, NUM_LEVELS, "urgency", &mapping->urgency);
	read_map(trigger, "impact_map", mapping->namespace, "ticket_impact",
			 level_labels, NUM_LEVELS, "impact", &mapping->impact);
	read_map(trigger, "priority_map", mapping->namespace, "ticket_priority",
			 priority_labels, NUM_PRIORITIES, "priority", &mapping->priority);
	enum_values(&mapping->statuses, own_type(mapping->namespace, "sla_status"),
				status_labels, NUM_STATUSES);

	mapping->is_generated = is_generated(mapping, rel);
	mapping->assigns = mapping->column[COLUMN_URGENCY].attnum != 0 &&
		mapping->column[COLUMN_IMPACT].attnum != 0;
	mapping->fills_priority = mapping->assigns && !mapping->is_generated;
	if (mapping->fills_priority)
		check_filled_priority(mapping, rel);

	mapping->paused_when = label_list(trigger, "paused_when", &mapping->npaused_when);
	mapping->cancelled_when = label_list(trigger, "cancelled_when",
										 &mapping->ncancelled_when);
	mapping->records_pauses = mapping->npaused_when > 0 &&
		mapping->column[COLUMN_STATUS].attnum != 0 &&
		mapping->column[COLUMN_PAUSED].attnum != 0 &&
		argument(trigger, "status_history") == NULL;
	metrics = label_list(trigger, "pause_metrics", &nmetrics);
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		mapping->pauses[i] = metrics == NULL ? i == CLOCK_RESOLUTION :
			number_of(metrics, nmetrics, metric_labels[clock_metrics[i]]) >= 0;
		mapping->tracks[i] = mapping->column[clock_columns[i].due_at].attnum != 0;
	}
	mapping->from_change = argument_is(trigger, "on_change", "from_change");
	mapping->close_cancels = argument_is(trigger, "closed_without_answer", "cancelled");
	mapping->trails_new = !argument_is(trigger, "trail", "changes");
	if (argument(trigger, "trail_table") != NULL && !argument_is(trigger, "trail", "none"))
		mapping->trail = pstrdup(argument(trigger, "trail_table"));
	if (argument(trigger, "schema") != NULL)
		mapping->schema = pstrdup(argument(trigger, "schema"));
	mapping->multirange = lookup_type_cache(TSTZMULTIRANGEOID,
											TYPECACHE_MULTIRANGE_INFO);
}

/* ----------------------------------------------------------------------
 * Mappings of the session, and statements
 * ----------------------------------------------------------------------
 */

/*
 * The mapping of a trigger, as statements begin with it.  It is cached for the
 * session until some definition changes.
 */
typedef struct CachedMapping
{
	TicketMapping mapping;
	MemoryContext context;		/* holds all of it */
	Oid			trigger;
	uint64		changes;		/* catalog_changes before it was made */
	int			uses;			/* by statements that have not ended */
	bool		is_current;		/* found by later ones */
} CachedMapping;

typedef struct MappingEntry
{
	Oid			trigger;		/* key */
	CachedMapping *cached;
} MappingEntry;

/* Partitions have triggers of their own, and there may be many. */
#define MAX_MAPPINGS	256

uint64		catalog_changes = 0;

static HTAB *mappings = NULL;

static void
note_relation_change(Datum arg, Oid relid)
{
	(void) arg;
	(void) relid;
	catalog_changes++;
}

static void
note_catalog_change(Datum arg, SysCacheIdentifier cache, uint32 hash)
{
	(void) arg;
	(void) cache;
	(void) hash;
	catalog_changes++;
}

void
ticket_mapping_init(void)
{
	CacheRegisterRelcacheCallback(note_relation_change, (Datum) 0);
	/* Types of columns, labels of enums, names of schemas and users. */
	CacheRegisterSyscacheCallback(TYPEOID, note_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(ENUMOID, note_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, note_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, note_catalog_change, (Datum) 0);
}

/* Later statements do not find it.  It is freed when no statement uses it. */
static void
retire_mapping(CachedMapping *cached)
{
	hash_search(mappings, &cached->trigger, HASH_REMOVE, NULL);
	cached->is_current = false;
	if (cached->uses == 0)
		MemoryContextDelete(cached->context);
}

/* A statement's use of a cached mapping. */
typedef struct MappingUse
{
	TicketMapping mapping;
	CachedMapping *cached;
	MemoryContextCallback callback;
} MappingUse;

/* The end of a statement. */
static void
release_mapping(void *arg)
{
	MappingUse *use = arg;
	CachedMapping *cached = use->cached;

	if (--cached->uses > 0)
		return;
	if (!cached->is_current)
		MemoryContextDelete(cached->context);
	else if (hash_get_num_entries(mappings) > MAX_MAPPINGS)
		retire_mapping(cached);
}

/* Room for another. */
static void
retire_unused_mappings(void)
{
	HASH_SEQ_STATUS seq;
	MappingEntry *entry;

	hash_seq_init(&seq, mappings);
	while ((entry = hash_seq_search(&seq)) != NULL)
	{
		if (entry->cached->uses == 0)
			retire_mapping(entry->cached);
	}
}

static CachedMapping *
cached_mapping(FunctionCallInfo fcinfo)
{
	Oid			trigger = ((TriggerData *) fcinfo->context)->tg_trigger->tgoid;
	uint64		changes = catalog_changes;
	MappingEntry *entry;
	MemoryContext context;
	MemoryContext old;
	CachedMapping *cached;

	if (mappings == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(Oid), .entrysize = sizeof(MappingEntry)};

		mappings = hash_create("ticket_priority mappings", 16, &control,
							   HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(mappings, &trigger, HASH_FIND, NULL);
	if (entry != NULL && entry->cached->changes == changes)
		return entry->cached;

	/* Made in a context that moves to its place when all went well. */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"ticket_priority mapping",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	cached = palloc0(sizeof(CachedMapping));
	cached->trigger = trigger;
	cached->context = context;
	cached->changes = changes;
	make_mapping(fcinfo, &cached->mapping);
	MemoryContextSwitchTo(old);

	if (entry != NULL)
		retire_mapping(entry->cached);
	else if (hash_get_num_entries(mappings) >= MAX_MAPPINGS)
		retire_unused_mappings();
	entry = hash_search(mappings, &trigger, HASH_ENTER, NULL);
	entry->cached = cached;
	cached->is_current = true;
	MemoryContextSetParent(context, CacheMemoryContext);
	return cached;
}

/*
 * The statement of a memory context.  The server keeps the functions of all
 * triggers of a statement in the context of its execution, so that context
 * identifies the statement.  It is found again by the callback that was
 * registered there.
 */
static void
end_statement(void *arg)
{
	(void) arg;
}

static TicketStatement *
find_statement(MemoryContext context)
{
	MemoryContextCallback *callback;
	TicketStatement *statement;

	for (callback = context->reset_cbs; callback != NULL; callback = callback->next)
	{
		if (callback->func == end_statement)
			return callback->arg;
	}
	statement = MemoryContextAllocZero(context, sizeof(TicketStatement));
	statement->found_by.func = end_statement;
	statement->found_by.arg = statement;
	MemoryContextRegisterResetCallback(context, &statement->found_by);
	return statement;
}

/* The latest time that this session gave. */
static TimestampTz last_seen = 0;
static TimestampTz last_told = 0;

/*
 * The trail gives each change the time at which its statement saw its last
 * ticket.  By then the statement has locked all of its tickets, so rows of
 * other transactions about them are earlier, and what its AFTER triggers
 * change in turn is seen later.  If a statement within this one has written to
 * the trail already, that may have been about tickets that this one saw
 * before, so the time stays.
 */
void
ticket_seen(TicketStatement *statement)
{
	if (statement->seen_at != 0 && last_told > statement->seen_at)
		return;
	last_seen = Max(GetCurrentTimestamp(), last_seen + 1);
	statement->seen_at = last_seen;
}

TimestampTz
ticket_told(TicketStatement *statement)
{
	if (statement->seen_at == 0)
		ticket_seen(statement);
	last_told = Max(last_told, statement->seen_at);
	return statement->seen_at;
}

static TicketMapping *
use_mapping(CachedMapping *cached, Relation rel, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	MappingUse *use = palloc(sizeof(MappingUse));
	TicketMapping *mapping = &use->mapping;
	int			i;

	*mapping = cached->mapping;
	mapping->context = context;
	policy_pin_init(&mapping->policy, mapping->namespace, context);
	mapping->statement = find_statement(context);
	for (i = 0; i < NUM_COLUMNS; i++)
	{
		FmgrInfo   *output = &mapping->column[i].output;

		if (OidIsValid(output->fn_oid))
			output->fn_mcxt = context;
	}
	cached->uses++;
	use->cached = cached;
	use->callback.func = release_mapping;
	use->callback.arg = use;
	MemoryContextRegisterResetCallback(context, &use->callback);
	/* This can run what the application declares; the mapping is held by now. */
	if (mapping->is_generated)
		prepare_generated(mapping, rel);
	MemoryContextSwitchTo(old);
	return mapping;
}

TicketMapping *
ticket_mapping(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;

	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = use_mapping(cached_mapping(fcinfo),
									   ((TriggerData *) fcinfo->context)->tg_relation,
									   flinfo->fn_mcxt);
	return flinfo->fn_extra;
}

/* ----------------------------------------------------------------------
 * Reading a row
 * ----------------------------------------------------------------------
 */

/* A value of a column as text, not terminated, without a char(n)'s blanks. */
static const char *
column_text(const MappedColumn *mapped, Datum value, int *len)
{
	char	   *text;

	if (mapped->is_text)
	{
		struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);

		text = VARDATA_ANY(packed);
		*len = VARSIZE_ANY_EXHDR(packed);
		if (mapped->type == BPCHAROID)
			*len = bpchartruelen(text, *len);
		return text;
	}
	text = OutputFunctionCall((FmgrInfo *) &mapped->output, value);
	*len = strlen(text);
	return text;
}

const char *
ticket_text(const TicketMapping *mapping, TupleTableSlot *slot,
			TicketColumn column, int *len)
{
	bool		isnull;
	Datum		value = ticket_value(mapping, slot, column, &isnull);

	*len = 0;
	return isnull ? NULL : column_text(&mapping->column[column], value, len);
}

static bool
same_label(const char *label, const char *text, int len)
{
	return strncmp(label, text, len) == 0 && label[len] == '\0';
}

bool
among_labels(const char *text, int len, const char *const *labels, int n)
{
	int			i;

	for (i = 0; text != NULL && i < n; i++)
	{
		if (same_label(labels[i], text, len))
			return true;
	}
	return false;
}

/* The level that a label means; one that has none is an ERROR, or -1 if soft. */
static int
label_level(const LabelMap *map, const char *text, int len, bool soft)
{
	StringInfoData known;
	int			i;

	for (i = 0; i < map->n; i++)
	{
		if (same_label(map->meanings[i].label, text, len))
			return map->meanings[i].meaning;
	}
	for (i = 0; map->n == 0 && i < map->values.n; i++)
	{
		if (same_label(map->values.labels[i], text, len))
			return i;
	}
	if (soft)
		return -1;

	initStringInfo(&known);
	for (i = 0; i < (map->n > 0 ? Min(map->n, 20) : map->values.n); i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "",
						 map->n > 0 ? map->meanings[i].label : map->values.labels[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s: \"%s\"", map->what,
					pnstrdup(text, pg_mbcliplen(text, len, 100))),
			 errhint("The labels are %s; %s_map of sla_track() gives a meaning to others.",
					 known.data, map->what)));
	return -1;					/* keep compiler quiet */
}

int
ticket_level(const TicketMapping *mapping, TupleTableSlot *slot,
			 TicketColumn column, const LabelMap *map, bool soft)
{
	const MappedColumn *mapped = &mapping->column[column];
	const char *text;
	int			len;

	if (mapped->type == map->values.type)
	{
		bool		isnull;
		Datum		value = ticket_value(mapping, slot, column, &isnull);

		if (isnull)
			return -1;
		return soft ? enum_find(&map->values, DatumGetObjectId(value)) :
			enum_number(&map->values, DatumGetObjectId(value));
	}
	text = ticket_text(mapping, slot, column, &len);
	if (text == NULL)
		return -1;
	return label_level(map, text, len, soft);
}

int
generated_priority(const TicketMapping *mapping, TupleTableSlot *slot)
{
	ExprContext *econtext = mapping->econtext;
	const MappedColumn *mapped = &mapping->column[COLUMN_PRIORITY];
	Datum		value;
	bool		isnull;
	const char *text;
	int			len;

	ResetExprContext(econtext);
	econtext->ecxt_scantuple = slot;
	value = ExecEvalExprSwitchContext(mapping->generated, econtext, &isnull);
	if (isnull)
		return -1;
	if (mapped->type == mapping->priority.values.type)
		return enum_number(&mapping->priority.values, DatumGetObjectId(value));
	text = column_text(mapped, value, &len);
	return label_level(&mapping->priority, text, len, false);
}

Datum
priority_datum(const TicketMapping *mapping, int priority)
{
	const LabelMap *map = &mapping->priority;
	const MappedColumn *mapped = &mapping->column[COLUMN_PRIORITY];
	const char *label = priority_labels[priority];
	Datum		text;
	int			i;

	if (mapped->type == map->values.type)
		return ObjectIdGetDatum(map->values.value[priority]);
	for (i = 0; i < map->n; i++)
	{
		if (map->meanings[i].meaning == priority)
		{
			label = map->meanings[i].label;
			break;
		}
	}
	text = CStringGetTextDatum(label);
	if (mapped->typmod >= 0 && mapped->type == VARCHAROID)
		return DirectFunctionCall3(varchar, text, Int32GetDatum(mapped->typmod),
								   BoolGetDatum(false));
	if (mapped->typmod >= 0 && mapped->type == BPCHAROID)
		return DirectFunctionCall3(bpchar, text, Int32GetDatum(mapped->typmod),
								   BoolGetDatum(false));
	return text;
}

char *
ticket_name(const TicketMapping *mapping, TupleTableSlot *slot)
{
	int			len;
	const char *text = ticket_text(mapping, slot, COLUMN_ID, &len);

	return text == NULL ? pstrdup("null") :
		pnstrdup(text, pg_mbcliplen(text, len, 100));
}

/* ----------------------------------------------------------------------
 * Showing a mapping
 * ----------------------------------------------------------------------
 */

/* The keys whose values are JSON; the others are strings. */
static bool
is_json_key(const char *key)
{
	static const char *const keys[] = {
		"urgency_map", "impact_map", "priority_map", "paused_when",
		"cancelled_when", "pause_metrics", "made"
	};

	return number_of(keys, lengthof(keys), key) >= 0;
}

/*
 * Whether an argument is JSON that can be shown as such.  Anybody can make a
 * trigger with any arguments on his table, and what he writes must not keep
 * others from reading the list of tracked tables: so nothing that is deep, long
 * or has escapes that jsonb may refuse; those of ASCII it does not.
 */
static bool
is_plain_json(const char *argument)
{
	int			brackets = 0;
	const char *p;

	if (strlen(argument) > 100000)
		return false;
	for (p = strstr(argument, "\\u"); p != NULL; p = strstr(p + 2, "\\u"))
	{
		if (strncmp(p + 2, "00", 2) != 0 || strncmp(p + 4, "00", 2) == 0 || p[4] > '7')
			return false;
	}
	for (p = argument; *p != '\0'; p++)
	{
		if ((*p == '[' || *p == '{') && ++brackets > 1000)
			return false;
	}
	return json_is_valid(cstring_to_text(argument));
}

/* The mapping in the arguments of a trigger, as JSON. */
static Jsonb *
trigger_mapping(const Trigger *trigger)
{
	StringInfoData json;
	int			i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (i = 0; i < trigger->tgnargs; i++)
	{
		const char *arg = trigger->tgargs[i];
		const char *equals = strchr(arg, '=');
		char	   *key;

		if (equals == NULL)
			continue;
		key = pnstrdup(arg, equals - arg);
		if (json.len > 1)
			appendStringInfoString(&json, ", ");
		escape_json(&json, key);
		appendStringInfoString(&json, ": ");
		if (is_json_key(key) && is_plain_json(equals + 1))
			appendStringInfoString(&json, equals + 1);
		else
			escape_json(&json, equals + 1);
	}
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

/* sla_mapping(ticket_table regclass) -> jsonb */
Datum
sla_mapping(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Oid			namespace = policy_namespace(fcinfo);
	Relation	rel = try_relation_open(relid, AccessShareLock);
	Jsonb	   *result = NULL;
	int			i;

	if (rel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table with OID %u does not exist", relid)));
	for (i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];
		char	   *function = get_func_name(trigger->tgfoid);

		if (function != NULL && strcmp(function, "_sla_track_ticket") == 0 &&
			get_func_namespace(trigger->tgfoid) == namespace)
			result = trigger_mapping(trigger);
	}
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("table \"%s\" is not tracked", RelationGetRelationName(rel)),
				 errhint("Call sla_track() for it first.")));
	relation_close(rel, AccessShareLock);
	PG_RETURN_JSONB_P(result);
}
