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

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "jit/jit.h"
#include "optimizer/cost.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/queryenvironment.h"
#include "utils/rangetypes.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "tickets/clock_store.h"
#include "tickets/guard.h"
#include "time/open_time.h"

/* What a column holds, and how a field of C does. */
typedef enum FieldKind
{
	FIELD_NUMBER,				/* int */
	FIELD_KEY,					/* int64 */
	FIELD_TEXT,					/* char *; NULL is null */
	FIELD_INSTANT,				/* Instant */
	FIELD_MOMENT,				/* TimestampTz, never null */
	FIELD_URGENCY,				/* int; -1 is null */
	FIELD_IMPACT,
	FIELD_PRIORITY,
	FIELD_STATUS,
	FIELD_YES,					/* bool, never null */
	FIELD_PERIODS,				/* Periods, never null */
	FIELD_INTERVAL,				/* Interval, after a bool that it is known */
	FIELD_AMOUNT,				/* int64, likewise */
	FIELD_STOPPED_BY,			/* see put_field() */
	FIELD_JSONB					/* struct varlena *; NULL is null */
} FieldKind;

typedef struct Field
{
	const char *name;
	FieldKind	kind;
	size_t		at;				/* in the struct */
	size_t		known;			/* of that bool */
} Field;

#define RUN(field)			offsetof(StoredRun, run.field)
#define KNOWN_RUN(field)	RUN(field), RUN(has_##field)

/* Columns of the clock table apart from the keys of the ticket. */
static const Field run_fields[] = {
	{"clock_id", FIELD_KEY, RUN(clock_id), 0},
	{"metric", FIELD_TEXT, offsetof(StoredRun, metric), 0},
	{"run", FIELD_NUMBER, RUN(run), 0},
	{"opened_at", FIELD_INSTANT, RUN(opened_at), 0},
	{"plan", FIELD_TEXT, RUN(terms.plan), 0},
	{"priority", FIELD_PRIORITY, RUN(terms.priority), 0},
	{"calendar", FIELD_TEXT, RUN(terms.calendar), 0},
	{"time_zone", FIELD_TEXT, RUN(terms.time_zone), 0},
	{"holidays", FIELD_TEXT, RUN(terms.holidays), 0},
	{"urgency", FIELD_URGENCY, RUN(terms.urgency), 0},
	{"impact", FIELD_IMPACT, RUN(terms.impact), 0},
	{"override", FIELD_PRIORITY, RUN(terms.override), 0},
	{"started_at", FIELD_INSTANT, RUN(started_at), 0},
	{"started_by", FIELD_TEXT, RUN(started_by), 0},
	{"stopped_at", FIELD_INSTANT, RUN(stopped_at), 0},
	{"stopped_by", FIELD_STOPPED_BY, RUN(stopped_by_close), 0},
	{"stop_counts", FIELD_YES, RUN(stop_counts), 0},
	{"closed_at", FIELD_INSTANT, RUN(closed_at), 0},
	{"closing_counts", FIELD_YES, RUN(closing_counts), 0},
	{"closed_periods", FIELD_PERIODS, RUN(closed), 0},
	{"cancelled_at", FIELD_INSTANT, RUN(cancelled_at), 0},
	{"cancel_reason", FIELD_TEXT, RUN(cancel_reason), 0},
	{"cancelled_by", FIELD_TEXT, RUN(cancelled_by), 0},
	{"gone_at", FIELD_INSTANT, RUN(gone_at), 0},
	{"paused", FIELD_PERIODS, RUN(paused), 0},
	{"target", FIELD_INTERVAL, KNOWN_RUN(target)},
	{"due_at", FIELD_INSTANT, RUN(due_at), 0},
	{"at_risk_at", FIELD_INSTANT, RUN(at_risk_at), 0},
	{"remaining", FIELD_AMOUNT, KNOWN_RUN(remaining)},
	{"elapsed", FIELD_AMOUNT, KNOWN_RUN(elapsed)},
	{"problem", FIELD_TEXT, RUN(problem), 0},
	{"carried", FIELD_JSONB, RUN(carried), 0}
};

#define NUM_RUN_FIELDS	((int) lengthof(run_fields))
#define FIRST_CHANGED	3		/* metric and run stay */

#define TRAIL(field)		offsetof(TrailRow, field)

/* Columns of the trail, likewise. */
static const Field trail_fields[] = {
	{"id", FIELD_KEY, TRAIL(id), 0},
	{"at", FIELD_MOMENT, TRAIL(at), 0},
	{"metric", FIELD_TEXT, TRAIL(metric), 0},
	{"event", FIELD_TEXT, TRAIL(event), 0},
	{"old_priority", FIELD_PRIORITY, TRAIL(old_priority), 0},
	{"priority", FIELD_PRIORITY, TRAIL(priority), 0},
	{"old_plan", FIELD_TEXT, TRAIL(old_plan), 0},
	{"plan", FIELD_TEXT, TRAIL(plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(override), 0},
	{"assigned", FIELD_PRIORITY, TRAIL(assigned), 0},
	{"old_due_at", FIELD_INSTANT, TRAIL(old_due_at), 0},
	{"due_at", FIELD_INSTANT, TRAIL(due_at), 0},
	{"status", FIELD_STATUS, TRAIL(status), 0},
	{"actor", FIELD_TEXT, TRAIL(actor), 0},
	{"actor_kind", FIELD_TEXT, TRAIL(actor_kind), 0},
	{"reason", FIELD_TEXT, TRAIL(reason), 0}
};

#define NUM_TRAIL_FIELDS	((int) lengthof(trail_fields))

/*
 * How rows of a table beside the tracked one are read and written: tenant, some
 * fields, ticket, the others.  That is the order of the table, so that nothing
 * has to be put in another order, which costs more than to store a row.
 */
typedef struct RowKind
{
	const Field *fields;
	int			n;
	int			before;			/* of them, in front of the ticket */
} RowKind;

static const Field number_field = {"n", FIELD_NUMBER, 0, 0};

static const RowKind clock_rows = {run_fields, NUM_RUN_FIELDS, 1};
static const RowKind trail_rows = {trail_fields, NUM_TRAIL_FIELDS, 2};
static const RowKind sought_rows = {&number_field, 1, 1};

/* The columns of it that tell what a ticket was. */
static const Field told_fields[] = {
	{"at", FIELD_MOMENT, TRAIL(at), 0},
	{"priority", FIELD_PRIORITY, TRAIL(priority), 0},
	{"plan", FIELD_TEXT, TRAIL(plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(override), 0}
};

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

/* The enum of a kind; NULL: it has none. */
static const EnumValues *
kind_levels(const Tracked *tracked, FieldKind kind)
{
	switch (kind)
	{
		case FIELD_URGENCY:
			return &tracked->level[0];
		case FIELD_IMPACT:
			return &tracked->level[1];
		case FIELD_PRIORITY:
			return &tracked->priority;
		case FIELD_STATUS:
			return &tracked->status;
		default:
			return NULL;
	}
}

static Oid
kind_type(const Tracked *tracked, FieldKind kind)
{
	switch (kind)
	{
		case FIELD_NUMBER:
			return INT4OID;
		case FIELD_KEY:
			return INT8OID;
		case FIELD_INSTANT:
		case FIELD_MOMENT:
			return TIMESTAMPTZOID;
		case FIELD_YES:
			return BOOLOID;
		case FIELD_PERIODS:
			return TSTZMULTIRANGEOID;
		case FIELD_INTERVAL:
		case FIELD_AMOUNT:
			return INTERVALOID;
		case FIELD_JSONB:
			return JSONBOID;
		case FIELD_TEXT:
		case FIELD_STOPPED_BY:
			return TEXTOID;
		default:
			return kind_levels(tracked, kind)->type;
	}
}

/* A statement in the making, with the types of its parameters. */
typedef struct Statement
{
	const Tracked *tracked;
	StringInfoData text;
	int			nparameters;
	Oid			type[2 + lengthof(run_fields)];
} Statement;

static void
parameter(Statement *statement, Oid type)
{
	statement->type[statement->nparameters++] = type;
	appendStringInfo(&statement->text, "$%d", statement->nparameters);
}

static void
beside(Statement *statement, const char *suffix)
{
	char	   *name = psprintf("%s%s", statement->tracked->prefix, suffix);

	appendStringInfo(&statement->text, "%s.%s", statement->tracked->schema,
					 quote_identifier(name));
}

/* An equality as the type's own indexes have it, whatever the search path. */
static const char *
equality(Oid type)
{
	Oid			operator = lookup_type_cache(type, TYPECACHE_EQ_OPR)->eq_opr;
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *result;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s cannot be compared", format_type_be(type))));
	form = (Form_pg_operator) GETSTRUCT(tuple);
	result = psprintf("OPERATOR(%s.%s)",
					  quote_identifier(get_namespace_name(form->oprnamespace)),
					  NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return result;
}

static const char *
column_of_row(const Tracked *tracked, AttrNumber attnum)
{
	return quote_identifier(NameStr(TupleDescAttr(tracked->row, attnum - 1)->attname));
}

/* The ticket's key is the first parameters. */
static void
key_parameters(Statement *statement)
{
	const Tracked *tracked = statement->tracked;

	statement->type[0] = tracked->id_type;
	statement->nparameters = Max(statement->nparameters, 1);
	if (tracked->tenant > 0)
	{
		statement->type[1] = tracked->tenant_type;
		statement->nparameters = Max(statement->nparameters, 2);
	}
}

/* Its columns have these names. */
static void
where_key(Statement *statement, const char *id, const char *tenant)
{
	const Tracked *tracked = statement->tracked;

	key_parameters(statement);
	appendStringInfo(&statement->text, " WHERE %s %s $1", id, equality(tracked->id_type));
	if (tracked->tenant > 0)
		appendStringInfo(&statement->text, " AND %s %s $2", tenant,
						 equality(tracked->tenant_type));
}

static void
where_row(Statement *statement)
{
	const Tracked *tracked = statement->tracked;

	where_key(statement, column_of_row(tracked, tracked->id), tracked->tenant > 0 ?
			  column_of_row(tracked, tracked->tenant) : NULL);
}

static void
names(Statement *statement, const Field *fields, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		appendStringInfo(&statement->text, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(fields[i].name));
}

/* Where the ticket is in a row, and where a field, from 0. */
static int
ticket_column(const Tracked *tracked, const RowKind *kind)
{
	return (tracked->tenant > 0 ? 1 : 0) + kind->before;
}

static int
row_column(const Tracked *tracked, const RowKind *kind, int i)
{
	return (tracked->tenant > 0 ? 1 : 0) + i + (i >= kind->before ? 1 : 0);
}

/* The keys of a table with an alias, which ends with a dot; or without one. */
static void
row_columns(Statement *statement, const RowKind *kind, const char *alias)
{
	if (statement->tracked->tenant > 0)
		appendStringInfo(&statement->text, "%stenant, ", alias);
	names(statement, kind->fields, kind->before);
	appendStringInfo(&statement->text, ", %sticket, ", alias);
	names(statement, kind->fields + kind->before, kind->n - kind->before);
}

/* New clocks come as rows of a relation that is there for the statement alone. */
#define NEW_CLOCKS	"new_clocks"
#define CHANGED_CLOCKS	"changed_clocks"
#define NEW_TRAIL	"new_trail"
#define SOUGHT		"sought"		/* keys of tickets, numbered */

static void
insert_rows(Statement *statement, const char *suffix, const RowKind *kind, const char *rows)
{
	appendStringInfoString(&statement->text, "INSERT INTO ");
	beside(statement, suffix);
	appendStringInfoString(&statement->text, " (");
	row_columns(statement, kind, "");
	appendStringInfoString(&statement->text, ") SELECT ");
	row_columns(statement, kind, "");
	appendStringInfo(&statement->text, " FROM %s", rows);
}

/* A table t, of which the rows of the tickets that are sought are found. */
static void
join_sought(Statement *statement, const char *id, const char *tenant)
{
	const Tracked *tracked = statement->tracked;

	appendStringInfo(&statement->text, " t ON t.%s %s s.ticket", id, equality(tracked->id_type));
	if (tracked->tenant > 0)
		appendStringInfo(&statement->text, " AND t.%s %s s.tenant", tenant,
						 equality(tracked->tenant_type));
	appendStringInfoString(&statement->text, " ORDER BY s.n");
}

static void
update_changed(Statement *statement)
{
	int			i;

	appendStringInfoString(&statement->text, "UPDATE ");
	beside(statement, "_sla_clock");
	appendStringInfoString(&statement->text, " t");
	for (i = FIRST_CHANGED; i < NUM_RUN_FIELDS; i++)
	{
		const char *name = quote_identifier(run_fields[i].name);

		appendStringInfo(&statement->text, "%s %s = s.%s", i == FIRST_CHANGED ? " SET" : ",",
						 name, name);
	}
	appendStringInfoString(&statement->text, " FROM " CHANGED_CLOCKS
						   " s WHERE t.clock_id OPERATOR(pg_catalog.=) s.clock_id");
	if (statement->tracked->tenant > 0)
		appendStringInfo(&statement->text, " AND t.tenant %s s.tenant",
						 equality(statement->tracked->tenant_type));
}

/* Whether a clock runs ahead of its deadline at $n. */
static const char *
runs_ahead(int n)
{
	return psprintf("stopped_at IS NULL AND cancelled_at IS NULL"
					" AND (due_at IS NULL OR due_at OPERATOR(pg_catalog.>=) $%d)", n);
}

/* What makes a clock gone; $n is the instant, the last parameter there is. */
static void
set_gone(Statement *statement, int n)
{
	appendStringInfoString(&statement->text, "UPDATE ");
	beside(statement, "_sla_clock");
	appendStringInfo(&statement->text,
					 " c SET gone_at = $%d,"
					 " cancelled_at = CASE WHEN %s THEN $%d ELSE cancelled_at END,"
					 " cancel_reason = CASE WHEN %s THEN '" CANCELLED_GONE "' ELSE cancel_reason END",
					 n, runs_ahead(n), n, runs_ahead(n));
}

static void
write_statement(Statement *statement, int which)
{
	const Tracked *tracked = statement->tracked;
	StringInfo	text = &statement->text;
	int			i;

	switch (which)
	{
		case PLAN_LOCK:
		case PLAN_FIND:
			appendStringInfo(text, "SELECT t FROM %s t", tracked->name);
			where_row(statement);
			if (which == PLAN_LOCK)
				appendStringInfoString(text, " FOR NO KEY UPDATE");
			break;
		case PLAN_LOCK_ALL:
			appendStringInfo(text, "SELECT t, s.n FROM " SOUGHT " s JOIN %s", tracked->name);
			join_sought(statement, column_of_row(tracked, tracked->id), tracked->tenant > 0 ?
						column_of_row(tracked, tracked->tenant) : NULL);
			appendStringInfoString(text, " FOR NO KEY UPDATE OF t");
			break;
		case PLAN_READ_ALL:
			appendStringInfoString(text, "SELECT ");
			row_columns(statement, &clock_rows, "t.");
			appendStringInfoString(text, ", s.n FROM " SOUGHT " s JOIN ");
			beside(statement, "_sla_clock");
			join_sought(statement, "ticket", "tenant");
			appendStringInfoString(text, ", metric COLLATE \"C\", run");
			break;
		case PLAN_UPDATE_ALL:
			update_changed(statement);
			break;
		case PLAN_EXISTS:
			appendStringInfo(text, "SELECT FROM %s", tracked->name);
			where_row(statement);
			break;
		case PLAN_READ:
			appendStringInfoString(text, "SELECT ");
			row_columns(statement, &clock_rows, "t.");
			appendStringInfoString(text, " FROM ");
			beside(statement, "_sla_clock");
			appendStringInfoString(text, " t");
			where_key(statement, "ticket", "tenant");
			break;
		case PLAN_UPDATE:
			appendStringInfoString(text, "UPDATE ");
			beside(statement, "_sla_clock");
			key_parameters(statement);
			for (i = FIRST_CHANGED; i < NUM_RUN_FIELDS; i++)
			{
				appendStringInfo(text, "%s %s = ", i == FIRST_CHANGED ? " SET" : ",",
								 quote_identifier(run_fields[i].name));
				parameter(statement, kind_type(tracked, run_fields[i].kind));
			}
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, " AND clock_id OPERATOR(pg_catalog.=) ");
			parameter(statement, INT8OID);
			break;
		case PLAN_INSERT:
			insert_rows(statement, "_sla_clock", &clock_rows, NEW_CLOCKS);
			break;
		case PLAN_INSERT_FIRST:
			key_parameters(statement);
			insert_rows(statement, "_sla_clock", &clock_rows, NEW_CLOCKS);
			/* As a condition on each row it costs no node of the plan. */
			appendStringInfoString(text, " WHERE CASE WHEN run IS NOT NULL THEN NOT EXISTS (SELECT FROM ");
			beside(statement, "_sla_clock");
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, ") END");
			break;
		case PLAN_TRAIL:
			insert_rows(statement, "_sla_trail", &trail_rows, NEW_TRAIL);
			break;
		case PLAN_LAST_TRAIL:
			appendStringInfoString(text, "SELECT ");
			names(statement, told_fields, lengthof(told_fields));
			appendStringInfoString(text, " FROM ");
			beside(statement, "_sla_trail");
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, " AND metric IS NULL ORDER BY id DESC LIMIT 1");
			break;
		case PLAN_GONE:
			set_gone(statement, tracked->tenant > 0 ? 3 : 2);
			where_key(statement, "ticket", "tenant");
			statement->type[statement->nparameters++] = TIMESTAMPTZOID;
			appendStringInfoString(text, " AND gone_at IS NULL");
			break;
		case PLAN_ALL_GONE:
			set_gone(statement, 1);
			statement->type[statement->nparameters++] = TIMESTAMPTZOID;
			appendStringInfo(text, " WHERE gone_at IS NULL AND NOT EXISTS (SELECT FROM %s t WHERE t.%s %s c.ticket",
							 tracked->name, column_of_row(tracked, tracked->id),
							 equality(tracked->id_type));
			if (tracked->tenant > 0)
				appendStringInfo(text, " AND t.%s %s c.tenant",
								 column_of_row(tracked, tracked->tenant),
								 equality(tracked->tenant_type));
			appendStringInfoChar(text, ')');
			break;
		case PLAN_WITH_METRIC:
			appendStringInfo(text, "SELECT DISTINCT ticket%s FROM ",
							 tracked->tenant > 0 ? ", tenant" : "");
			beside(statement, "_sla_clock");
			appendStringInfo(text, " WHERE metric OPERATOR(pg_catalog.=) $1 AND gone_at IS NULL ORDER BY 1%s",
							 tracked->tenant > 0 ? ", 2" : "");
			statement->type[statement->nparameters++] = TEXTOID;
			break;
		default:
			appendStringInfo(text, "SELECT key, at, starts, stops, cancels, paused FROM %s.%s",
							 tracked->schema,
							 quote_identifier(tracked->clock[which - PLAN_EVENTS].events.name));
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, " AND at IS NOT NULL ORDER BY at, seq, key COLLATE \"C\"");
			break;
	}
}

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

/* Gives the number of rows. */
static uint64
run_statement(Tracked *tracked, int which, Datum *values, const char *nulls)
{
	int			before = guard_open();
	bool		seqscan = enable_seqscan;
	bool		hashjoin = enable_hashjoin;
	bool		mergejoin = enable_mergejoin;
	bool		jit = jit_enabled;

	PG_TRY();
	{
		/* A plan made while a table is small must not read all of a large one. */
		enable_seqscan = which == PLAN_ALL_GONE || which == PLAN_WITH_METRIC;
		enable_hashjoin = enable_mergejoin = enable_seqscan;
		jit_enabled = false;	/* compiling takes longer than a few rows */
		execute(plan_of(tracked, which), values, nulls);
	}
	PG_FINALLY();
	{
		guard_close(before);
		enable_seqscan = seqscan;
		enable_hashjoin = hashjoin;
		enable_mergejoin = mergejoin;
		jit_enabled = jit;
	}
	PG_END_TRY();
	return SPI_processed;
}

/* ----------------------------------------------------------------------
 * Values
 * ----------------------------------------------------------------------
 */

/* The values of a statement, as SPI has them; all of them null at first. */
typedef struct Values
{
	const Tracked *tracked;
	Datum	   *value;
	char	   *null;
} Values;

static void
put(Values *values, int column, Datum value)
{
	values->value[column] = value;
	values->null[column] = ' ';
}

MultirangeType *
periods_to_multirange(TypeCacheEntry *multirange, const Periods *periods)
{
	RangeType **ranges = palloc((periods->n + 1) * sizeof(RangeType *));
	int			i;

	for (i = 0; i < periods->n; i++)
	{
		RangeBound	lower = {TimestampTzGetDatum(periods->period[i].from),
		periods->period[i].from == DT_NOBEGIN, true, true};
		RangeBound	upper = {TimestampTzGetDatum(periods->period[i].until),
		periods->period[i].until == DT_NOEND, false, false};

		ranges[i] = make_range_compat(multirange->rngtype, &lower, &upper, false);
	}
	return make_multirange(multirange->type_id, multirange->rngtype, periods->n, ranges);
}

Periods
multirange_to_periods(TypeCacheEntry *multirange, MultirangeType *value)
{
	Periods		periods = {0, palloc((value->rangeCount + 1) * sizeof(Period))};
	uint32		i;

	for (i = 0; i < value->rangeCount; i++)
	{
		Period	   *period = &periods.period[periods.n];
		RangeBound	lower;
		RangeBound	upper;

		multirange_get_bounds(multirange->rngtype, value, i, &lower, &upper);
		period->from = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
		period->until = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
		/* An instant has no length, whether it is included or not. */
		if (period->from < period->until)
			periods.n++;
	}
	return periods;
}

/* A field of a struct as a value; what is null stays so. */
static void
put_field(Values *values, int column, const Field *field, const void *base)
{
	const Tracked *tracked = values->tracked;
	const char *at = (const char *) base + field->at;
	bool		known = field->known == 0 || *((const char *) base + field->known) != 0;
	const EnumValues *levels;
	const char *text;
	int			level;

	switch (field->kind)
	{
		case FIELD_NUMBER:
			put(values, column, Int32GetDatum(*(const int *) at));
			break;
		case FIELD_KEY:
			put(values, column, Int64GetDatum(*(const int64 *) at));
			break;
		case FIELD_TEXT:
			text = *(const char *const *) at;
			if (text != NULL)
				put(values, column, CStringGetTextDatum(text));
			break;
		case FIELD_STOPPED_BY:
			if (((const StoredRun *) base)->run.stopped_at.known)
				put(values, column, CStringGetTextDatum(*(const bool *) at ? "close" : "stop"));
			break;
		case FIELD_INSTANT:
			if (((const Instant *) at)->known)
				put(values, column, TimestampTzGetDatum(((const Instant *) at)->at));
			break;
		case FIELD_MOMENT:
			put(values, column, TimestampTzGetDatum(*(const TimestampTz *) at));
			break;
		case FIELD_YES:
			put(values, column, BoolGetDatum(*(const bool *) at));
			break;
		case FIELD_PERIODS:
			put(values, column,
				MultirangeTypePGetDatum(periods_to_multirange(tracked->multirange,
															  (const Periods *) at)));
			break;
		case FIELD_INTERVAL:
			if (known)
				put(values, column, PointerGetDatum(at));
			break;
		case FIELD_AMOUNT:
			if (known)
				put(values, column, IntervalPGetDatum(amount_to_interval(*(const int64 *) at)));
			break;
		case FIELD_JSONB:
			if (*(void *const *) at != NULL)
				put(values, column, PointerGetDatum(*(void *const *) at));
			break;
		default:
			levels = kind_levels(tracked, field->kind);
			level = *(const int *) at;
			if (level >= 0)
				put(values, column, ObjectIdGetDatum(levels->value[level]));
			break;
	}
}

static void
put_fields(Values *values, int column, const Field *fields, int n, const void *base)
{
	int			i;

	for (i = 0; i < n; i++)
		put_field(values, column + i, &fields[i], base);
}

/* The same back, into a struct that is all zero. */
static void
get_field(const Tracked *tracked, const Field *field, Datum value, bool isnull, void *base)
{
	char	   *at = (char *) base + field->at;
	const EnumValues *levels = kind_levels(tracked, field->kind);

	if (isnull)
	{
		if (levels != NULL)
			*(int *) at = -1;
		return;
	}
	if (field->known != 0)
		*(bool *) ((char *) base + field->known) = true;
	switch (field->kind)
	{
		case FIELD_NUMBER:
			*(int *) at = DatumGetInt32(value);
			break;
		case FIELD_KEY:
			*(int64 *) at = DatumGetInt64(value);
			break;
		case FIELD_TEXT:
			*(char **) at = TextDatumGetCString(value);
			break;
		case FIELD_STOPPED_BY:
			*(bool *) at = strcmp(TextDatumGetCString(value), "close") == 0;
			break;
		case FIELD_INSTANT:
			((Instant *) at)->known = true;
			((Instant *) at)->at = DatumGetTimestampTz(value);
			break;
		case FIELD_MOMENT:
			*(TimestampTz *) at = DatumGetTimestampTz(value);
			break;
		case FIELD_YES:
			*(bool *) at = DatumGetBool(value);
			break;
		case FIELD_PERIODS:
			*(Periods *) at = multirange_to_periods(tracked->multirange, DatumGetMultirangeTypeP(value));
			break;
		case FIELD_INTERVAL:
			*(Interval *) at = *DatumGetIntervalP(value);
			break;
		case FIELD_AMOUNT:
			*(int64 *) at = amount_from_interval(DatumGetIntervalP(value));
			break;
		case FIELD_JSONB:
			*(struct varlena **) at = PG_DETOAST_DATUM(value);
			break;
		default:
			*(int *) at = enum_number(levels, DatumGetObjectId(value));
			break;
	}
}

/* Where a field is in what is read. */
static int
field_column(const Tracked *tracked, const Field *fields, int i)
{
	return fields == run_fields ? row_column(tracked, &clock_rows, i) : i;
}

static void
get_fields(const Tracked *tracked, const Field *fields, int n, HeapTuple tuple,
		   TupleDesc desc, void *base)
{
	Datum		value[lengthof(run_fields) + 3];
	bool		isnull[lengthof(run_fields) + 3];
	int			i;

	heap_deform_tuple(tuple, desc, value, isnull);
	for (i = 0; i < n; i++)
	{
		int			column = field_column(tracked, fields, i);

		get_field(tracked, &fields[i], value[column], isnull[column], base);
	}
}

/* The owner of the tables can give their columns other types. */
static void
check_fields(const Tracked *tracked, const Field *fields, int n, TupleDesc desc)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		Oid			type = kind_type(tracked, fields[i].kind);
		Oid			is = TupleDescAttr(desc, field_column(tracked, fields, i))->atttypid;

		if (is != type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" beside table %s is of type %s, and must be of type %s",
							fields[i].name, tracked->name,
							format_type_be(is), format_type_be(type))));
	}
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
	check_fields(tracked, told_fields, lengthof(told_fields), SPI_tuptable->tupdesc);
	get_fields(tracked, told_fields, lengthof(told_fields), SPI_tuptable->vals[0],
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
