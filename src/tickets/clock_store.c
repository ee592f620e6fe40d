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
#include "catalog/pg_type.h"
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
#include "utils/typcache.h"

#include "base/compat.h"
#include "tickets/clock_fields.h"
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
	Oid			types[] = {tracked->id_type, OIDOID, TIMESTAMPTZOID};
	SPIPlanPtr	plan;
	int			level;

	if (tracked->plan[which] != NULL)
		return tracked->plan[which];
	if (tracked->tenant > 0)
		types[1] = tracked->tenant_type;

	/* What a session has in its path must not matter. */
	level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	plan = SPI_prepare_cursor(statement_text(tracked, which), lengthof(types), types,
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
	MemoryContext context = CurrentMemoryContext;
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

	/* SPI has gone back to memory that stays until store_close(). */
	MemoryContextSwitchTo(context);
}

/* Gives the number of rows.  The statement can be of one ticket, and need an instant. */
static uint64
run_statement(Tracked *tracked, int which, const TicketKey *key, TimestampTz at)
{
	Datum		values[] = {key == NULL ? (Datum) 0 : key->id, key == NULL ? (Datum) 0 : key->tenant,
	TimestampTzGetDatum(at)};
	bool		writes = which >= PLAN_UPDATE && which < PLAN_EVENTS;
	int			before = guard_open(writes);
	bool		seqscan = enable_seqscan;
	bool		bitmapscan = enable_bitmapscan;
	bool		hashjoin = enable_hashjoin;
	bool		mergejoin = enable_mergejoin;
	bool		jit = jit_enabled;

	PG_TRY();
	{
		/*
		 * A plan made while a table is small must not read all of a large one,
		 * nor collect and sort what its index has in order, and compiling takes
		 * longer than a few rows.  Reading events can call functions of the
		 * application, whose plans are not ours to change.
		 */
		if (which < PLAN_EVENTS)
		{
			enable_seqscan = which == PLAN_ALL_GONE || which == PLAN_LIVING;
			enable_bitmapscan = enable_hashjoin = enable_mergejoin = enable_seqscan;
			jit_enabled = false;
		}
		execute(plan_of(tracked, which), values, key == NULL ? "nn " : NULL);
	}
	PG_FINALLY();
	{
		guard_close(before);
		if (which < PLAN_EVENTS)
		{
			enable_seqscan = seqscan;
			enable_bitmapscan = bitmapscan;
			enable_hashjoin = hashjoin;
			enable_mergejoin = mergejoin;
			jit_enabled = jit;
		}
	}
	PG_END_TRY();
	return SPI_processed;
}

/* ----------------------------------------------------------------------
 * Rows that a statement is given, and a result in their order
 * ----------------------------------------------------------------------
 */

/* A result, of which the first column is the ticket's place. */
typedef struct InOrder
{
	SPITupleTable *rows;		/* NULL: not read yet */
	bool		of_one;			/* ticket, and there is no such column */
	uint64		n;
	uint64		next;
} InOrder;

struct Store
{
	Tracked    *tracked;
	const TicketKey *keys;
	int			n;
	MemoryContext context;
	InOrder		tickets;
	InOrder		clocks;
	Tuplestorestate *sought;	/* rows that wait; NULL: none */
	Tuplestorestate *updated;
	Tuplestorestate *inserted;
	Tuplestorestate *trail;
};

static void
add_row(Store *store, Tuplestorestate **waiting, RowsOf kind, int i, const void *base)
{
	if (*waiting == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(store->context);

		*waiting = tuplestore_begin_heap(false, false, work_mem);
		MemoryContextSwitchTo(old);
	}
	put_row(store->tracked, kind, &store->keys[i], base, *waiting);
}

/* Run a statement on rows. */
static uint64
run_with_rows(Store *store, int which, RowsOf kind, Tuplestorestate *rows, const TicketKey *key)
{
	MemoryContext old = MemoryContextSwitchTo(store->context);
	EphemeralNamedRelation relation = palloc0(sizeof(EphemeralNamedRelationData));
	uint64		n;

	relation->md.name = pstrdup(GIVEN_ROWS);
	relation->md.tupdesc = store->tracked->row_type[kind];
	relation->md.enrtype = ENR_NAMED_TUPLESTORE;
	relation->md.enrtuples = tuplestore_tuple_count(rows);
	relation->reldata = rows;
	if (SPI_register_relation(relation) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	MemoryContextSwitchTo(old);
	n = run_statement(store->tracked, which, key, 0);
	SPI_unregister_relation(GIVEN_ROWS);
	return n;
}

/* Run it on rows that have waited for it, if there are any. */
static uint64
write_waiting(Store *store, int which, RowsOf kind, Tuplestorestate **waiting, const TicketKey *key)
{
	uint64		written;
	bool		all;

	if (*waiting == NULL)
		return 0;
	written = run_with_rows(store, which, kind, *waiting, key);
	all = written == (uint64) tuplestore_tuple_count(*waiting);
	if (!all && (written > 0 || which != PLAN_INSERT_FIRST))
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				 errmsg("rows that tracking writes beside table %s were not written",
						store->tracked->name),
				 errhint("A trigger or a rule of the table's owner must not keep them out.")));
	tuplestore_end(*waiting);
	*waiting = NULL;
	return written;
}

static int
place(HeapTuple row, TupleDesc desc)
{
	bool		isnull;

	return DatumGetInt32(SPI_getbinval(row, desc, 1, &isnull));
}

static int
compare_places(const void *a, const void *b, void *desc)
{
	int			x = place(*(const HeapTuple *) a, desc);
	int			y = place(*(const HeapTuple *) b, desc);

	return x < y ? -1 : x > y;
}

/* Find what there is of all tickets. */
static void
find_all(Store *store, int which, InOrder *result)
{
	bool		is_first = store->sought == NULL;
	int			i;

	/* A join with one row takes much longer than a condition. */
	result->of_one = which == PLAN_READ && store->n == 1;
	if (result->of_one)
	{
		result->n = run_statement(store->tracked, PLAN_READ_ONE, store->keys, 0);
		result->rows = SPI_tuptable;
		return;
	}
	for (i = 0; i < store->n && is_first; i++)
		add_row(store, &store->sought, SOUGHT_ROWS, i, &i);
	result->n = run_with_rows(store, which, SOUGHT_ROWS, store->sought, NULL);
	result->rows = SPI_tuptable;
	/* They are in order already, but nothing says so; the server's own sort takes longer. */
	qsort_arg(result->rows->vals, result->n, sizeof(HeapTuple), compare_places, result->rows->tupdesc);
}

/* Whether the next row is of a ticket, once those before it are passed. */
static bool
is_next(InOrder *result, int ticket)
{
	int			found = -1;

	for (; result->next < result->n; result->next++)
	{
		found = result->of_one ? 0 : place(result->rows->vals[result->next], result->rows->tupdesc);
		if (found >= ticket)
			break;
	}
	return found == ticket && result->next < result->n;
}

/* ----------------------------------------------------------------------
 * What others call
 * ----------------------------------------------------------------------
 */

Store *
store_open(Tracked *tracked, const TicketKey *keys, int n)
{
	Store	   *store;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	store = palloc0(sizeof(Store));
	store->tracked = tracked;
	store->keys = keys;
	store->n = n;
	store->context = CurrentMemoryContext;
	return store;
}

void
store_close(Store *store)
{
	(void) write_waiting(store, PLAN_UPDATE, CLOCK_ROWS, &store->updated, NULL);
	(void) write_waiting(store, PLAN_INSERT, CLOCK_ROWS, &store->inserted, NULL);
	(void) write_waiting(store, PLAN_TRAIL, TRAIL_ROWS, &store->trail, NULL);
	SPI_finish();
}

void
store_find(Store *store, bool lock)
{
	const Tracked *tracked = store->tracked;
	int			i;

	find_all(store, lock ? PLAN_LOCK : PLAN_FIND, &store->tickets);

	/* Columns of the table itself can have changed likewise. */
	for (i = 0; i < tracked->nread; i++)
	{
		Form_pg_attribute column = TupleDescAttr(tracked->row, tracked->read[i] - 1);

		check_column(tracked, "of", NameStr(column->attname),
					 TupleDescAttr(store->tickets.rows->tupdesc, i + 1)->atttypid, column->atttypid);
	}
}

/* What is not read of the row is null. */
bool
store_ticket(Store *store, int i, TupleTableSlot *slot)
{
	const Tracked *tracked = store->tracked;
	SPITupleTable *rows = store->tickets.rows;
	Datum	   *value = palloc((tracked->nread + 1) * sizeof(Datum));
	bool	   *isnull = palloc((tracked->nread + 1) * sizeof(bool));
	int			j;

	if (!is_next(&store->tickets, i))
		return false;
	heap_deform_tuple(rows->vals[store->tickets.next], rows->tupdesc, value, isnull);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, tracked->row->natts * sizeof(bool));
	for (j = 0; j < tracked->nread; j++)
	{
		slot->tts_values[tracked->read[j] - 1] = value[j + 1];
		slot->tts_isnull[tracked->read[j] - 1] = isnull[j + 1];
	}
	ExecStoreVirtualTuple(slot);
	return true;
}

int
store_clocks(Store *store, int i, StoredRun **runs)
{
	InOrder    *clocks = &store->clocks;
	int			n = 0;
	uint64		first;

	if (clocks->rows == NULL)
	{
		find_all(store, PLAN_READ, clocks);
		check_row_type(store->tracked, CLOCK_ROWS, clocks->rows->tupdesc);
	}
	(void) is_next(clocks, i);
	first = clocks->next;
	while (is_next(clocks, i))
		clocks->next++;
	*runs = palloc0((clocks->next - first + 1) * sizeof(StoredRun));
	for (; first < clocks->next; first++)
		get_row(store->tracked, CLOCK_ROWS, clocks->rows->vals[first],
				clocks->rows->tupdesc, &(*runs)[n++]);
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
store_events(Store *store, int i, int clock, ClockEvents *events)
{
	static const Oid types[] = {TEXTOID, TIMESTAMPTZOID, BOOLOID, BOOLOID, BOOLOID, BOOLOID};
	const TrackedClock *described = &store->tracked->clock[clock];
	const InputView *view = &described->events;
	SPITupleTable *rows;
	Datum		value[lengthof(types)];
	bool		isnull[lengthof(types)];
	int			j;

	memset(events, 0, sizeof(ClockEvents));
	if (!described->has_events)
		return;
	events->given = true;
	events->start = view->column[EVENT_STARTS].given;
	events->stop = view->column[EVENT_STOPS].given;
	events->pause = view->column[EVENT_PAUSED].given;
	events->wait = described->only_after != NULL;
	events->n = (int) run_statement(store->tracked, PLAN_EVENTS + clock, &store->keys[i], 0);
	events->event = palloc0((events->n + 1) * sizeof(ClockEvent));
	rows = SPI_tuptable;
	for (j = 0; j < rows->tupdesc->natts; j++)
		check_column(store->tracked, "beside", NameStr(TupleDescAttr(rows->tupdesc, j)->attname),
					 TupleDescAttr(rows->tupdesc, j)->atttypid, types[j]);
	for (j = 0; j < events->n; j++)
	{
		ClockEvent *event = &events->event[j];

		heap_deform_tuple(rows->vals[j], rows->tupdesc, value, isnull);
		event->key = isnull[0] ? "" : TextDatumGetCString(value[0]);
		event->at = DatumGetTimestampTz(value[1]);
		event->starts = get_flag(view, EVENT_STARTS, value[2], isnull[2]) == FLAG_TRUE;
		event->stops = get_flag(view, EVENT_STOPS, value[3], isnull[3]) == FLAG_TRUE;
		event->cancels = get_flag(view, EVENT_CANCELS, value[4], isnull[4]) == FLAG_TRUE;
		event->paused = get_flag(view, EVENT_PAUSED, value[5], isnull[5]);
	}
	SPI_freetuptable(rows);
}

bool
store_last_trail(Store *store, int i, TrailRow *row)
{
	SPITupleTable *rows;
	bool		found = run_statement(store->tracked, PLAN_LAST_TRAIL, &store->keys[i], 0) > 0;

	memset(row, 0, sizeof(TrailRow));
	rows = SPI_tuptable;
	check_row_type(store->tracked, TOLD_ROWS, rows->tupdesc);
	if (found)
		get_row(store->tracked, TOLD_ROWS, rows->vals[0], rows->tupdesc, row);
	SPI_freetuptable(rows);
	return found;
}

/* New rows get their numbers here. */
static int64
next_number(Oid sequence)
{
	return DatumGetInt64(DirectFunctionCall1(nextval_oid, ObjectIdGetDatum(sequence)));
}

void
store_insert(Store *store, int i, const char *metric, const ClockRun *run)
{
	StoredRun	stored = {metric, *run};

	stored.run.clock_id = next_number(store->tracked->clock_ids);
	add_row(store, &store->inserted, CLOCK_ROWS, i, &stored);
}

void
store_update(Store *store, int i, const ClockRun *run)
{
	StoredRun	stored = {"", *run};

	add_row(store, &store->updated, CLOCK_ROWS, i, &stored);
}

void
store_trail(Store *store, int i, const TrailRow *row)
{
	TrailRow	told = *row;

	told.id = next_number(store->tracked->trail_ids);
	told.actor = actor != NULL && actor[0] != '\0' ? actor :
		GetUserNameFromId(GetSessionUserId(), false);
	told.actor_kind = actor_kind > 0 ? actor_kinds[actor_kind].name : NULL;
	if (told.reason == NULL && reason != NULL && reason[0] != '\0')
		told.reason = reason;
	add_row(store, &store->trail, TRAIL_ROWS, i, &told);
}

bool
store_insert_first(Store *store)
{
	return write_waiting(store, PLAN_INSERT_FIRST, CLOCK_ROWS, &store->inserted, store->keys) > 0;
}

int64
store_gone(Store *store, int i, TimestampTz at)
{
	return run_statement(store->tracked, PLAN_GONE, &store->keys[i], at);
}

int64
store_all_gone(Store *store, TimestampTz at)
{
	return run_statement(store->tracked, PLAN_ALL_GONE, NULL, at);
}

int
store_living(Store *store, TicketKey **keys)
{
	int			n = (int) run_statement(store->tracked, PLAN_LIVING, NULL, 0);
	SPITupleTable *rows = SPI_tuptable;
	bool		isnull;
	int			i;

	*keys = palloc0((n + 1) * sizeof(TicketKey));
	for (i = 0; i < n; i++)
	{
		(*keys)[i].id = SPI_getbinval(rows->vals[i], rows->tupdesc, 1, &isnull);
		if (store->tracked->tenant > 0)
			(*keys)[i].tenant = SPI_getbinval(rows->vals[i], rows->tupdesc, 2, &isnull);
	}
	return n;
}
