/*
 * clock_store.c
 *	  The tables beside a tracked one, read and written by statements of the
 *	  server.
 *
 * The model is the server's ri_triggers.c: plans that are kept, run with the
 * rights of the tables' owner.  Where a transaction keeps one snapshot, they
 * see what has been committed since, and what would be overwritten is an error:
 * it could not be serialized.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/queryenvironment.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "tickets/clock_statements.h"
#include "tickets/guard.h"

/* ----------------------------------------------------------------------
 * Settings
 * ----------------------------------------------------------------------
 */

static const struct config_enum_entry actor_kinds[] = {
	{"", 0, false},
	{"customer", 1, false},
	{"agent", 2, false},
	{"system", 3, false},
	{NULL, 0, false}
};

static char *actor = NULL;
static int	actor_kind = 0;
static char *reason = NULL;

void
trail_init(void)
{
	DefineCustomStringVariable("ticket_priority.actor",
							   "Who changes tickets, for the trail.",
							   "If empty, the user of the session.",
							   &actor, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("ticket_priority.actor_kind",
							 "Whether a customer, an agent or a program changes tickets, for the trail.",
							 "If empty, it is not known.",
							 &actor_kind, 0, actor_kinds,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("ticket_priority.reason",
							   "Why tickets are changed, for the trail.",
							   NULL, &reason, "", PGC_USERSET, 0, NULL, NULL, NULL);
}

/* ----------------------------------------------------------------------
 * Statements
 * ----------------------------------------------------------------------
 */

/* A plan that is kept, made when first needed. */
static SPIPlanPtr
plan_of(Tracked *tracked, int which)
{
	Statement	statement;
	SPIPlanPtr	plan;
	int			level;

	if (tracked->plan[which] != NULL)
		return tracked->plan[which];
	statement.tracked = tracked;
	statement.nparameters = 0;
	initStringInfo(&statement.text);
	write_statement(&statement, which);

	/* What a session has in its path must not matter. */
	level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	plan = SPI_prepare_cursor(statement.text.data, statement.nparameters, statement.type,
							  CURSOR_OPT_GENERIC_PLAN);
	AtEOXact_GUC(true, level);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	tracked->plan[which] = plan;
	return plan;
}

static void
execute(SPIPlanPtr plan, Datum *values, const char *nulls)
{
	Snapshot	snapshot = InvalidSnapshot;
	Snapshot	crosscheck = InvalidSnapshot;
	int			result;

	if (IsolationUsesXactSnapshot())
	{
		CommandCounterIncrement();
		snapshot = GetLatestSnapshot();
		crosscheck = GetTransactionSnapshot();
	}
	result = SPI_execute_snapshot(plan, values, nulls, snapshot, crosscheck,
								  false, true, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(result));
}

static bool
is_write(int which)
{
	switch (which)
	{
		case PLAN_UPDATE:
		case PLAN_UPDATE_ALL:
		case PLAN_INSERT:
		case PLAN_INSERT_FIRST:
		case PLAN_TRAIL:
		case PLAN_GONE:
		case PLAN_ALL_GONE:
			return true;
		default:
			return false;
	}
}

/* Gives the number of rows. */
static uint64
run_statement(Tracked *tracked, int which, Datum *values, const char *nulls)
{
	int			before = guard_open(is_write(which));
	bool		seqscan = enable_seqscan;
	bool		hashjoin = enable_hashjoin;
	bool		mergejoin = enable_mergejoin;
	bool		jit = jit_enabled;

	PG_TRY();
	{
		/*
		 * A plan made while a table is small must not read all of a large one,
		 * and compiling takes longer than a few rows.  Reading events can call
		 * functions of the application, whose plans are not ours to change.
		 */
		if (which < PLAN_EVENTS)
		{
			enable_seqscan = which == PLAN_ALL_GONE || which == PLAN_WITH_METRIC;
			enable_hashjoin = enable_mergejoin = enable_seqscan;
			jit_enabled = false;
		}
		execute(plan_of(tracked, which), values, nulls);
	}
	PG_FINALLY();
	{
		guard_close(before);
		if (which < PLAN_EVENTS)
		{
			enable_seqscan = seqscan;
			enable_hashjoin = hashjoin;
			enable_mergejoin = mergejoin;
			jit_enabled = jit;
		}
	}
	PG_END_TRY();
	return SPI_processed;
}

/* ----------------------------------------------------------------------
 * What others call
 * ----------------------------------------------------------------------
 */

/* Room for the values of a statement; the key is put there. */
static int
begin_values(Values *values, const Tracked *tracked, const TicketKey *key, int n)
{
	int			nkeys = tracked->tenant > 0 ? 2 : 1;

	values->tracked = tracked;
	values->value = palloc0((nkeys + n) * sizeof(Datum));
	values->null = palloc(nkeys + n);
	memset(values->null, 'n', nkeys + n);
	put(values, 0, key->id);
	if (tracked->tenant > 0)
		put(values, 1, key->tenant);
	return nkeys;
}

/* A ticket's row, the first column of a result, into a slot. */
static void
put_ticket(const Tracked *tracked, SPITupleTable *rows, uint64 i, TupleTableSlot *slot)
{
	HeapTupleData tuple;
	bool		isnull;
	Datum		row = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull);

	tuple.t_data = DatumGetHeapTupleHeader(row);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = tracked->table;
	ExecForceStoreHeapTuple(heap_copytuple(&tuple), slot, true);
}

/* The row, by one of two statements. */
static bool
fetch_ticket(Tracked *tracked, const TicketKey *key, int which, TupleTableSlot *slot)
{
	Values		values;

	(void) begin_values(&values, tracked, key, 0);
	if (run_statement(tracked, which, values.value, values.null) == 0)
		return false;
	put_ticket(tracked, SPI_tuptable, 0, slot);
	return true;
}

bool
store_lock(Tracked *tracked, const TicketKey *key, TupleTableSlot *slot)
{
	return fetch_ticket(tracked, key, PLAN_LOCK, slot);
}

bool
store_find(Tracked *tracked, const TicketKey *key, TupleTableSlot *slot)
{
	return fetch_ticket(tracked, key, PLAN_FIND, slot);
}

bool
store_has_ticket(Tracked *tracked, const TicketKey *key)
{
	Values		values;

	(void) begin_values(&values, tracked, key, 0);
	return run_statement(tracked, PLAN_EXISTS, values.value, values.null) > 0;
}

int
store_read(Tracked *tracked, const TicketKey *key, StoredRun **runs)
{
	Values		values;
	int			n;
	int			i;

	(void) begin_values(&values, tracked, key, 0);
	n = (int) run_statement(tracked, PLAN_READ, values.value, values.null);
	check_fields(tracked, run_fields, NUM_RUN_FIELDS, SPI_tuptable->tupdesc);
	*runs = palloc0((n + 1) * sizeof(StoredRun));
	for (i = 0; i < n; i++)
		get_fields(tracked, run_fields, NUM_RUN_FIELDS, SPI_tuptable->vals[i],
				   SPI_tuptable->tupdesc, &(*runs)[i]);
	return n;
}

static Flag
get_flag(const InputView *view, int column, Datum value, bool isnull)
{
	if (!view->column[column].given)
		return FLAG_NONE;
	return !isnull && DatumGetBool(value) ? FLAG_TRUE : FLAG_FALSE;
}

void
store_events(Tracked *tracked, int clock, const TicketKey *key, ClockEvents *events)
{
	const InputView *view = &tracked->clock[clock].events;
	SPITupleTable *rows;
	Values		values;
	Datum		value[6];
	bool		isnull[6];
	int			i;

	memset(events, 0, sizeof(ClockEvents));
	if (!tracked->clock[clock].has_events)
		return;
	events->given = true;
	events->start = view->column[EVENT_STARTS].given;
	events->stop = view->column[EVENT_STOPS].given;
	events->pause = view->column[EVENT_PAUSED].given;
	events->wait = tracked->clock[clock].only_after != NULL;
	(void) begin_values(&values, tracked, key, 0);
	events->n = (int) run_statement(tracked, PLAN_EVENTS + clock, values.value, values.null);
	events->event = palloc0((events->n + 1) * sizeof(ClockEvent));
	rows = SPI_tuptable;
	for (i = 0; i < events->n; i++)
	{
		ClockEvent *event = &events->event[i];

		heap_deform_tuple(rows->vals[i], rows->tupdesc, value, isnull);
		event->key = isnull[0] ? "" : TextDatumGetCString(value[0]);
		event->at = DatumGetTimestampTz(value[1]);
		event->starts = get_flag(view, EVENT_STARTS, value[2], isnull[2]) == FLAG_TRUE;
		event->stops = get_flag(view, EVENT_STOPS, value[3], isnull[3]) == FLAG_TRUE;
		event->cancels = get_flag(view, EVENT_CANCELS, value[4], isnull[4]) == FLAG_TRUE;
		event->paused = get_flag(view, EVENT_PAUSED, value[5], isnull[5]);
	}
	SPI_freetuptable(rows);
}

static TupleDesc
row_type(const Tracked *tracked, const RowKind *kind)
{
	TupleDesc	desc = CreateTemplateTupleDesc((tracked->tenant > 0 ? 2 : 1) + kind->n);
	int			i;

	if (tracked->tenant > 0)
		TupleDescInitEntry(desc, 1, "tenant", tracked->tenant_type, -1, 0);
	TupleDescInitEntry(desc, ticket_column(tracked, kind) + 1, "ticket", tracked->id_type, -1, 0);
	for (i = 0; i < kind->n; i++)
		TupleDescInitEntry(desc, row_column(tracked, kind, i) + 1, kind->fields[i].name,
						   kind_type(tracked, kind->fields[i].kind), -1, 0);
	TupleDescFinalize(desc);
	return desc;
}

/* The same, kept. */
static TupleDesc
kept_row_type(Tracked *tracked, const RowKind *kind)
{
	TupleDesc  *desc = kind == &clock_rows ? &tracked->clock_row : &tracked->trail_row;

	if (*desc == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(tracked->context);

		*desc = row_type(tracked, kind);
		MemoryContextSwitchTo(old);
	}
	return *desc;
}

/* Make rows known as a relation to the statements of this connection. */
static Tuplestorestate *
relation_of_rows(const char *name, TupleDesc desc, int n)
{
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);

	relation->md.name = pstrdup(name);
	relation->md.tupdesc = desc;
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = n;
	relation->reldata = rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	return rows;
}

void
store_update(Tracked *tracked, const TicketKey *key, const ClockRun *run)
{
	StoredRun	stored = {NULL, *run};
	Values		values;
	int			nset = NUM_RUN_FIELDS - FIRST_CHANGED;
	int			first = begin_values(&values, tracked, key, nset + 1);

	put_fields(&values, first, run_fields + FIRST_CHANGED, nset, &stored);
	put(&values, first + nset, Int64GetDatum(run->clock_id));
	(void) run_statement(tracked, PLAN_UPDATE, values.value, values.null);
}

int64
store_gone(Tracked *tracked, const TicketKey *key, TimestampTz at)
{
	Values		values;
	int			base = begin_values(&values, tracked, key, 1);

	put(&values, base, TimestampTzGetDatum(at));
	return run_statement(tracked, PLAN_GONE, values.value, values.null);
}

void
store_all_gone(Tracked *tracked, TimestampTz at)
{
	Datum		value = TimestampTzGetDatum(at);

	(void) run_statement(tracked, PLAN_ALL_GONE, &value, " ");
}

int
store_with_metric(Tracked *tracked, const char *metric, TicketKey **keys)
{
	Datum		value = CStringGetTextDatum(metric);
	int			n = (int) run_statement(tracked, PLAN_WITH_METRIC, &value, " ");
	SPITupleTable *rows = SPI_tuptable;
	bool		isnull;
	int			i;

	*keys = palloc((n + 1) * sizeof(TicketKey));
	for (i = 0; i < n; i++)
	{
		(*keys)[i].id = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull);
		if (tracked->tenant > 0)
			(*keys)[i].tenant = SPI_getbinval(rows->vals[i], rows->tupdesc, 2, &isnull);
	}
	return n;
}

/* A row with what the settings say of it. */
static TrailRow
with_settings(const TrailRow *row)
{
	TrailRow	result = *row;

	result.actor = actor != NULL && actor[0] != '\0' ? actor :
		GetUserNameFromId(GetSessionUserId(), false);
	result.actor_kind = actor_kind > 0 ? actor_kinds[actor_kind].name : NULL;
	if (result.reason == NULL && reason != NULL && reason[0] != '\0')
		result.reason = reason;
	return result;
}

bool
store_last_trail(Tracked *tracked, const TicketKey *key, TrailRow *row)
{
	Values		values;

	memset(row, 0, sizeof(TrailRow));
	(void) begin_values(&values, tracked, key, 0);
	if (run_statement(tracked, PLAN_LAST_TRAIL, values.value, values.null) == 0)
		return false;
	check_fields(tracked, told_fields, NUM_TOLD_FIELDS, SPI_tuptable->tupdesc);
	get_fields(tracked, told_fields, NUM_TOLD_FIELDS, SPI_tuptable->vals[0],
			   SPI_tuptable->tupdesc, row);
	return true;
}

/* ----------------------------------------------------------------------
 * Many tickets
 * ----------------------------------------------------------------------
 */

/* A result in the order of the tickets, whose numbers are the last column. */
typedef struct InOrder
{
	SPITupleTable *rows;
	uint64		n;
	uint64		next;
} InOrder;

/* Rows that wait. */
typedef struct Waiting
{
	const char *name;			/* as a relation */
	int			plan;			/* that writes them */
	const RowKind *kind;
	TupleDesc	desc;
	Tuplestorestate *rows;
	int			n;
} Waiting;

struct TicketBatch
{
	Tracked    *tracked;
	InOrder		tickets;
	InOrder		clocks;
	Waiting		updated;
	Waiting		inserted;
	Waiting		trail;
};

static Waiting
begin_waiting(Tracked *tracked, const char *name, int plan, const RowKind *kind, int n)
{
	TupleDesc	desc = kind == &sought_rows ? row_type(tracked, kind) : kept_row_type(tracked, kind);
	Waiting		waiting = {name, plan, kind, desc, relation_of_rows(name, desc, n), 0};

	return waiting;
}

static void
add_row(const Tracked *tracked, Waiting *waiting, const TicketKey *key, const void *base)
{
	const RowKind *kind = waiting->kind;
	int			natts = waiting->desc->natts;
	Values		values = {tracked, palloc0(natts * sizeof(Datum)), palloc(natts)};
	bool	   *isnull = palloc(natts * sizeof(bool));
	int			i;

	memset(values.null, 'n', natts);
	if (tracked->tenant > 0)
		put(&values, 0, key->tenant);
	put(&values, ticket_column(tracked, kind), key->id);
	for (i = 0; i < kind->n; i++)
		put_field(&values, row_column(tracked, kind, i), &kind->fields[i], base);
	for (i = 0; i < natts; i++)
		isnull[i] = values.null[i] == 'n';
	tuplestore_putvalues(waiting->rows, waiting->desc, values.value, isnull);
	waiting->n++;
}

/* New rows get their numbers here. */
static int64
next_number(Oid sequence)
{
	return DatumGetInt64(DirectFunctionCall1(nextval_oid, ObjectIdGetDatum(sequence)));
}

static void
add_new_clock(const Tracked *tracked, Waiting *waiting, const TicketKey *key, const StoredRun *run)
{
	StoredRun	numbered = *run;

	numbered.run.clock_id = next_number(tracked->clock_ids);
	add_row(tracked, waiting, key, &numbered);
}

static void
add_trail(const Tracked *tracked, Waiting *waiting, const TicketKey *key, const TrailRow *row)
{
	TrailRow	told = with_settings(row);

	told.id = next_number(tracked->trail_ids);
	add_row(tracked, waiting, key, &told);
}

/* Gives how many were written. */
static uint64
end_waiting(Tracked *tracked, Waiting *waiting, Datum *values, const char *nulls)
{
	uint64		written = 0;

	if (waiting->n > 0)
		written = run_statement(tracked, waiting->plan, values, nulls);
	SPI_unregister_relation(waiting->name);
	tuplestore_end(waiting->rows);
	return written;
}

bool
store_insert(Tracked *tracked, const TicketKey *key, const StoredRun *runs, int n,
			 bool is_first)
{
	Waiting		waiting = begin_waiting(tracked, NEW_CLOCKS,
										is_first ? PLAN_INSERT_FIRST : PLAN_INSERT, &clock_rows, n);
	Values		values;
	int			i;

	for (i = 0; i < n; i++)
		add_new_clock(tracked, &waiting, key, &runs[i]);
	(void) begin_values(&values, tracked, key, 0);
	return end_waiting(tracked, &waiting, values.value, values.null) > 0;
}

void
store_trail(Tracked *tracked, const TicketKey *key, const TrailRow *row)
{
	Waiting		waiting = begin_waiting(tracked, NEW_TRAIL, PLAN_TRAIL, &trail_rows, 1);

	add_trail(tracked, &waiting, key, row);
	(void) end_waiting(tracked, &waiting, NULL, NULL);
}

static InOrder
find_all(Tracked *tracked, int which)
{
	InOrder		result = {NULL, 0, 0};

	result.n = run_statement(tracked, which, NULL, NULL);
	result.rows = SPI_tuptable;
	return result;
}

/* Whether the next row is of a ticket, once those before it are passed. */
static bool
is_next(InOrder *result, int ticket)
{
	int			number = -1;
	bool		isnull;

	for (; result->next < result->n; result->next++)
	{
		number = DatumGetInt32(SPI_getbinval(result->rows->vals[result->next], result->rows->tupdesc,
											 result->rows->tupdesc->natts, &isnull));
		if (number >= ticket)
			break;
	}
	return number == ticket && result->next < result->n;
}

TicketBatch *
batch_begin(Tracked *tracked, const TicketKey *keys, int n)
{
	TicketBatch *batch = palloc0(sizeof(TicketBatch));
	Waiting		sought = begin_waiting(tracked, SOUGHT, 0, &sought_rows, n);
	int			i;

	for (i = 0; i < n; i++)
		add_row(tracked, &sought, &keys[i], &i);
	batch->tracked = tracked;
	batch->tickets = find_all(tracked, PLAN_LOCK_ALL);
	batch->clocks = find_all(tracked, PLAN_READ_ALL);
	check_fields(tracked, run_fields, NUM_RUN_FIELDS, batch->clocks.rows->tupdesc);
	SPI_unregister_relation(SOUGHT);
	tuplestore_end(sought.rows);
	batch->updated = begin_waiting(tracked, CHANGED_CLOCKS, PLAN_UPDATE_ALL, &clock_rows, n);
	batch->inserted = begin_waiting(tracked, NEW_CLOCKS, PLAN_INSERT, &clock_rows, n);
	batch->trail = begin_waiting(tracked, NEW_TRAIL, PLAN_TRAIL, &trail_rows, n);
	return batch;
}

bool
batch_ticket(TicketBatch *batch, int i, TupleTableSlot *slot)
{
	if (!is_next(&batch->tickets, i))
		return false;
	put_ticket(batch->tracked, batch->tickets.rows, batch->tickets.next, slot);
	return true;
}

int
batch_read(TicketBatch *batch, int i, StoredRun **runs)
{
	InOrder    *clocks = &batch->clocks;
	int			n = 0;
	uint64		first;

	(void) is_next(clocks, i);
	first = clocks->next;
	while (is_next(clocks, i))
		clocks->next++;
	*runs = palloc0((clocks->next - first + 1) * sizeof(StoredRun));
	for (; first < clocks->next; first++)
		get_fields(batch->tracked, run_fields, NUM_RUN_FIELDS, clocks->rows->vals[first],
				   clocks->rows->tupdesc, &(*runs)[n++]);
	return n;
}

void
batch_insert(TicketBatch *batch, const TicketKey *key, const StoredRun *run)
{
	add_new_clock(batch->tracked, &batch->inserted, key, run);
}

void
batch_update(TicketBatch *batch, const TicketKey *key, const ClockRun *run)
{
	StoredRun	stored = {"", *run};

	add_row(batch->tracked, &batch->updated, key, &stored);
}

void
batch_trail(TicketBatch *batch, const TicketKey *key, const TrailRow *row)
{
	add_trail(batch->tracked, &batch->trail, key, row);
}

void
batch_end(TicketBatch *batch)
{
	(void) end_waiting(batch->tracked, &batch->updated, NULL, NULL);
	(void) end_waiting(batch->tracked, &batch->inserted, NULL, NULL);
	(void) end_waiting(batch->tracked, &batch->trail, NULL, NULL);
}
