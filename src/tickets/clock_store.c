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
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
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

/* Columns of the clock table apart from the keys of the ticket. */
typedef enum RunColumn
{
	RUN_CLOCK_ID,
	RUN_METRIC,
	RUN_RUN,
	RUN_OPENED_AT,
	RUN_PLAN,
	RUN_PRIORITY,
	RUN_CALENDAR,
	RUN_TIME_ZONE,
	RUN_HOLIDAYS,
	RUN_URGENCY,
	RUN_IMPACT,
	RUN_OVERRIDE,
	RUN_STARTED_AT,
	RUN_STARTED_BY,
	RUN_STOPPED_AT,
	RUN_STOPPED_BY,
	RUN_STOP_COUNTS,
	RUN_CLOSED_AT,
	RUN_CLOSING_COUNTS,
	RUN_CLOSED_PERIODS,
	RUN_CANCELLED_AT,
	RUN_CANCEL_REASON,
	RUN_CANCELLED_BY,
	RUN_GONE_AT,
	RUN_PAUSED,
	RUN_TARGET,
	RUN_DUE_AT,
	RUN_AT_RISK_AT,
	RUN_REMAINING,
	RUN_ELAPSED,
	RUN_PROBLEM,
	RUN_CARRIED,
	NUM_RUN_COLUMNS
} RunColumn;

/* In place of a type: that of an enum of the extension. */
#define LEVEL_TYPE(i)	(1 + (i))
#define PRIORITY_TYPE	3
#define STATUS_TYPE		4

typedef struct StoredColumn
{
	const char *name;
	Oid			type;
} StoredColumn;

static const StoredColumn run_columns[NUM_RUN_COLUMNS] = {
	{"clock_id", INT8OID}, {"metric", TEXTOID}, {"run", INT4OID},
	{"opened_at", TIMESTAMPTZOID}, {"plan", TEXTOID}, {"priority", PRIORITY_TYPE},
	{"calendar", TEXTOID}, {"time_zone", TEXTOID}, {"holidays", TEXTOID},
	{"urgency", LEVEL_TYPE(0)}, {"impact", LEVEL_TYPE(1)}, {"override", PRIORITY_TYPE},
	{"started_at", TIMESTAMPTZOID}, {"started_by", TEXTOID},
	{"stopped_at", TIMESTAMPTZOID}, {"stopped_by", TEXTOID}, {"stop_counts", BOOLOID},
	{"closed_at", TIMESTAMPTZOID}, {"closing_counts", BOOLOID},
	{"closed_periods", TSTZMULTIRANGEOID}, {"cancelled_at", TIMESTAMPTZOID},
	{"cancel_reason", TEXTOID}, {"cancelled_by", TEXTOID}, {"gone_at", TIMESTAMPTZOID},
	{"paused", TSTZMULTIRANGEOID}, {"target", INTERVALOID}, {"due_at", TIMESTAMPTZOID},
	{"at_risk_at", TIMESTAMPTZOID}, {"remaining", INTERVALOID}, {"elapsed", INTERVALOID},
	{"problem", TEXTOID}, {"carried", JSONBOID}
};

typedef enum TrailColumn
{
	TRAIL_AT,
	TRAIL_METRIC,
	TRAIL_EVENT,
	TRAIL_OLD_PRIORITY,
	TRAIL_PRIORITY,
	TRAIL_OLD_PLAN,
	TRAIL_PLAN,
	TRAIL_URGENCY,
	TRAIL_IMPACT,
	TRAIL_OVERRIDE,
	TRAIL_ASSIGNED,
	TRAIL_OLD_DUE_AT,
	TRAIL_DUE_AT,
	TRAIL_STATUS,
	TRAIL_ACTOR,
	TRAIL_ACTOR_KIND,
	TRAIL_REASON,
	NUM_TRAIL_COLUMNS
} TrailColumn;

static const StoredColumn trail_columns[NUM_TRAIL_COLUMNS] = {
	{"at", TIMESTAMPTZOID}, {"metric", TEXTOID}, {"event", TEXTOID},
	{"old_priority", PRIORITY_TYPE}, {"priority", PRIORITY_TYPE},
	{"old_plan", TEXTOID}, {"plan", TEXTOID}, {"urgency", LEVEL_TYPE(0)},
	{"impact", LEVEL_TYPE(1)}, {"override", PRIORITY_TYPE}, {"assigned", PRIORITY_TYPE},
	{"old_due_at", TIMESTAMPTZOID}, {"due_at", TIMESTAMPTZOID}, {"status", STATUS_TYPE},
	{"actor", TEXTOID}, {"actor_kind", TEXTOID}, {"reason", TEXTOID}
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

static Oid
stored_type(const Tracked *tracked, Oid type)
{
	switch (type)
	{
		case LEVEL_TYPE(0):
		case LEVEL_TYPE(1):
			return tracked->level[type - LEVEL_TYPE(0)].type;
		case PRIORITY_TYPE:
			return tracked->priority.type;
		case STATUS_TYPE:
			return tracked->status.type;
		default:
			return type;
	}
}

/* A statement in the making, with the types of its parameters. */
typedef struct Statement
{
	const Tracked *tracked;
	StringInfoData text;
	int			nparameters;
	Oid			type[2 + NUM_RUN_COLUMNS];
} Statement;

static void
parameter(Statement *statement, Oid type)
{
	statement->type[statement->nparameters++] = stored_type(statement->tracked, type);
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
names(Statement *statement, const StoredColumn *columns, int n)
{
	int			i;

	for (i = 0; i < n; i++)
		appendStringInfo(&statement->text, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(columns[i].name));
}

static void
columns_of(Statement *statement, const StoredColumn *columns, int n)
{
	appendStringInfoString(&statement->text,
						   statement->tracked->tenant > 0 ? "ticket, tenant, " : "ticket, ");
	names(statement, columns, n);
}

/* New clocks come as rows of a relation that is there for the statement alone. */
#define NEW_CLOCKS	"new_clocks"

static void
insert_clocks(Statement *statement)
{
	appendStringInfoString(&statement->text, "INSERT INTO ");
	beside(statement, "_sla_clock");
	appendStringInfoString(&statement->text, " (");
	columns_of(statement, run_columns + RUN_METRIC, NUM_RUN_COLUMNS - RUN_METRIC);
	appendStringInfoString(&statement->text, ") SELECT ");
	columns_of(statement, run_columns + RUN_METRIC, NUM_RUN_COLUMNS - RUN_METRIC);
	appendStringInfoString(&statement->text, " FROM " NEW_CLOCKS);
}

static void
insert_trail(Statement *statement)
{
	int			i;

	key_parameters(statement);
	appendStringInfoString(&statement->text, "INSERT INTO ");
	beside(statement, "_sla_trail");
	appendStringInfoString(&statement->text, " (");
	columns_of(statement, trail_columns, NUM_TRAIL_COLUMNS);
	appendStringInfoString(&statement->text,
						   statement->tracked->tenant > 0 ? ") VALUES ($1, $2" : ") VALUES ($1");
	for (i = 0; i < NUM_TRAIL_COLUMNS; i++)
	{
		appendStringInfoString(&statement->text, ", ");
		parameter(statement, trail_columns[i].type);
	}
	appendStringInfoChar(&statement->text, ')');
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
		case PLAN_EXISTS:
			appendStringInfo(text, "SELECT FROM %s", tracked->name);
			where_row(statement);
			break;
		case PLAN_READ:
			appendStringInfoString(text, "SELECT ");
			names(statement, run_columns, NUM_RUN_COLUMNS);
			appendStringInfoString(text, " FROM ");
			beside(statement, "_sla_clock");
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, " ORDER BY metric COLLATE \"C\", run");
			break;
		case PLAN_UPDATE:
			appendStringInfoString(text, "UPDATE ");
			beside(statement, "_sla_clock");
			key_parameters(statement);
			for (i = RUN_OPENED_AT; i < NUM_RUN_COLUMNS; i++)
			{
				appendStringInfo(text, "%s %s = ", i == RUN_OPENED_AT ? " SET" : ",",
								 quote_identifier(run_columns[i].name));
				parameter(statement, run_columns[i].type);
			}
			where_key(statement, "ticket", "tenant");
			appendStringInfoString(text, " AND clock_id OPERATOR(pg_catalog.=) ");
			parameter(statement, INT8OID);
			break;
		case PLAN_INSERT:
			insert_clocks(statement);
			break;
		case PLAN_INSERT_FIRST:
			key_parameters(statement);
			insert_clocks(statement);
			appendStringInfoString(text, " WHERE NOT EXISTS (SELECT FROM ");
			beside(statement, "_sla_clock");
			where_key(statement, "ticket", "tenant");
			appendStringInfoChar(text, ')');
			break;
		case PLAN_TRAIL:
			insert_trail(statement);
			break;
		case PLAN_LAST_TRAIL:
			appendStringInfoString(text, "SELECT at, priority, plan, urgency, impact, override FROM ");
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

	PG_TRY();
	{
		/* A plan made while a table is small must not read all of a large one. */
		enable_seqscan = which == PLAN_ALL_GONE || which == PLAN_WITH_METRIC;
		execute(plan_of(tracked, which), values, nulls);
	}
	PG_FINALLY();
	{
		guard_close(before);
		enable_seqscan = seqscan;
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

static void
put_text(Values *values, int column, const char *text)
{
	if (text != NULL)
		put(values, column, CStringGetTextDatum(text));
}

static void
put_instant(Values *values, int column, Instant instant)
{
	if (instant.known)
		put(values, column, TimestampTzGetDatum(instant.at));
}

static void
put_level(Values *values, int column, const EnumValues *levels, int level)
{
	if (level >= 0)
		put(values, column, ObjectIdGetDatum(levels->value[level]));
}

static void
put_interval(Values *values, int column, const Interval *interval)
{
	Interval   *copy = palloc(sizeof(Interval));

	*copy = *interval;
	put(values, column, IntervalPGetDatum(copy));
}

static void
put_amount(Values *values, int column, int64 micros)
{
	put(values, column, IntervalPGetDatum(amount_to_interval(micros)));
}

static void
put_periods(Values *values, int column, const Periods *periods)
{
	put(values, column,
		MultirangeTypePGetDatum(periods_to_multirange(values->tracked->multirange, periods)));
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

/* A clock, its opening at a place among the values, and the rest after it. */
static void
put_run(Values *values, int first, const ClockRun *run)
{
	const Tracked *tracked = values->tracked;
	int			at = first - RUN_OPENED_AT;

	put_instant(values, at + RUN_OPENED_AT, run->opened_at);
	put_text(values, at + RUN_PLAN, run->terms.plan);
	put_level(values, at + RUN_PRIORITY, &tracked->priority, run->terms.priority);
	put_text(values, at + RUN_CALENDAR, run->terms.calendar);
	put_text(values, at + RUN_TIME_ZONE, run->terms.time_zone);
	put_text(values, at + RUN_HOLIDAYS, run->terms.holidays);
	put_level(values, at + RUN_URGENCY, &tracked->level[0], run->terms.urgency);
	put_level(values, at + RUN_IMPACT, &tracked->level[1], run->terms.impact);
	put_level(values, at + RUN_OVERRIDE, &tracked->priority, run->terms.override);
	put_instant(values, at + RUN_STARTED_AT, run->started_at);
	put_text(values, at + RUN_STARTED_BY, run->started_by);
	put_instant(values, at + RUN_STOPPED_AT, run->stopped_at);
	if (run->stopped_at.known)
		put_text(values, at + RUN_STOPPED_BY, run->stopped_by_close ? "close" : "stop");
	put(values, at + RUN_STOP_COUNTS, BoolGetDatum(run->stop_counts));
	put_instant(values, at + RUN_CLOSED_AT, run->closed_at);
	put(values, at + RUN_CLOSING_COUNTS, BoolGetDatum(run->closing_counts));
	put_periods(values, at + RUN_CLOSED_PERIODS, &run->closed);
	put_instant(values, at + RUN_CANCELLED_AT, run->cancelled_at);
	put_text(values, at + RUN_CANCEL_REASON, run->cancel_reason);
	put_text(values, at + RUN_CANCELLED_BY, run->cancelled_by);
	put_instant(values, at + RUN_GONE_AT, run->gone_at);
	put_periods(values, at + RUN_PAUSED, &run->paused);
	if (run->has_target)
		put_interval(values, at + RUN_TARGET, &run->target);
	put_instant(values, at + RUN_DUE_AT, run->due_at);
	put_instant(values, at + RUN_AT_RISK_AT, run->at_risk_at);
	if (run->has_remaining)
		put_amount(values, at + RUN_REMAINING, run->remaining);
	if (run->has_elapsed)
		put_amount(values, at + RUN_ELAPSED, run->elapsed);
	put_text(values, at + RUN_PROBLEM, run->problem);
	if (run->carried != NULL)
		put(values, at + RUN_CARRIED, PointerGetDatum(run->carried));
}

static char *
get_text(const Datum *value, const bool *isnull, int column)
{
	return isnull[column] ? NULL : TextDatumGetCString(value[column]);
}

static Instant
get_instant(const Datum *value, const bool *isnull, int column)
{
	Instant		result = {false, 0};

	if (!isnull[column])
	{
		result.known = true;
		result.at = DatumGetTimestampTz(value[column]);
	}
	return result;
}

static int
get_level(const EnumValues *levels, const Datum *value, const bool *isnull, int column)
{
	return isnull[column] ? -1 : enum_number(levels, DatumGetObjectId(value[column]));
}

static int64
get_amount(const Datum *value, int column)
{
	return amount_from_interval(DatumGetIntervalP(value[column]));
}

static void
get_run(Tracked *tracked, const Datum *value, const bool *isnull, StoredRun *stored)
{
	ClockRun   *run = &stored->run;
	char	   *stopped_by = get_text(value, isnull, RUN_STOPPED_BY);

	stored->metric = get_text(value, isnull, RUN_METRIC);
	run->clock_id = DatumGetInt64(value[RUN_CLOCK_ID]);
	run->run = DatumGetInt32(value[RUN_RUN]);
	run->opened_at = get_instant(value, isnull, RUN_OPENED_AT);
	run->terms.plan = get_text(value, isnull, RUN_PLAN);
	run->terms.priority = get_level(&tracked->priority, value, isnull, RUN_PRIORITY);
	run->terms.calendar = get_text(value, isnull, RUN_CALENDAR);
	run->terms.time_zone = get_text(value, isnull, RUN_TIME_ZONE);
	run->terms.holidays = get_text(value, isnull, RUN_HOLIDAYS);
	run->terms.urgency = get_level(&tracked->level[0], value, isnull, RUN_URGENCY);
	run->terms.impact = get_level(&tracked->level[1], value, isnull, RUN_IMPACT);
	run->terms.override = get_level(&tracked->priority, value, isnull, RUN_OVERRIDE);
	run->started_at = get_instant(value, isnull, RUN_STARTED_AT);
	run->started_by = get_text(value, isnull, RUN_STARTED_BY);
	run->stopped_at = get_instant(value, isnull, RUN_STOPPED_AT);
	run->stopped_by_close = stopped_by != NULL && strcmp(stopped_by, "close") == 0;
	run->stop_counts = DatumGetBool(value[RUN_STOP_COUNTS]);
	run->closed_at = get_instant(value, isnull, RUN_CLOSED_AT);
	run->closing_counts = DatumGetBool(value[RUN_CLOSING_COUNTS]);
	run->closed = multirange_to_periods(tracked->multirange,
										DatumGetMultirangeTypeP(value[RUN_CLOSED_PERIODS]));
	run->cancelled_at = get_instant(value, isnull, RUN_CANCELLED_AT);
	run->cancel_reason = get_text(value, isnull, RUN_CANCEL_REASON);
	run->cancelled_by = get_text(value, isnull, RUN_CANCELLED_BY);
	run->gone_at = get_instant(value, isnull, RUN_GONE_AT);
	run->paused = multirange_to_periods(tracked->multirange,
										DatumGetMultirangeTypeP(value[RUN_PAUSED]));
	run->has_target = !isnull[RUN_TARGET];
	if (run->has_target)
		run->target = *DatumGetIntervalP(value[RUN_TARGET]);
	run->due_at = get_instant(value, isnull, RUN_DUE_AT);
	run->at_risk_at = get_instant(value, isnull, RUN_AT_RISK_AT);
	run->has_remaining = !isnull[RUN_REMAINING];
	if (run->has_remaining)
		run->remaining = get_amount(value, RUN_REMAINING);
	run->has_elapsed = !isnull[RUN_ELAPSED];
	if (run->has_elapsed)
		run->elapsed = get_amount(value, RUN_ELAPSED);
	run->problem = get_text(value, isnull, RUN_PROBLEM);
	if (!isnull[RUN_CARRIED])
		run->carried = PG_DETOAST_DATUM(value[RUN_CARRIED]);
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

/* The ticket's row, by one of two statements, into a slot. */
static bool
fetch_ticket(Tracked *tracked, const TicketKey *key, int which, TupleTableSlot *slot)
{
	Values		values;
	HeapTupleData tuple;
	Datum		row;
	bool		isnull;

	(void) begin_values(&values, tracked, key, 0);
	if (run_statement(tracked, which, values.value, values.null) == 0)
		return false;
	row = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	tuple.t_data = DatumGetHeapTupleHeader(row);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = tracked->table;
	ExecForceStoreHeapTuple(heap_copytuple(&tuple), slot, true);
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
	Datum		value[NUM_RUN_COLUMNS];
	bool		isnull[NUM_RUN_COLUMNS];
	int			n;
	int			i;

	(void) begin_values(&values, tracked, key, 0);
	n = (int) run_statement(tracked, PLAN_READ, values.value, values.null);
	*runs = palloc0((n + 1) * sizeof(StoredRun));
	for (i = 0; i < n; i++)
	{
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, value, isnull);
		get_run(tracked, value, isnull, &(*runs)[i]);
	}
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

/* The columns of new clocks: ticket, tenant, and those of a run. */
static TupleDesc
clock_row(Tracked *tracked)
{
	int			nkeys = tracked->tenant > 0 ? 2 : 1;
	MemoryContext old;
	TupleDesc	desc;
	int			i;

	if (tracked->clock_row != NULL)
		return tracked->clock_row;
	old = MemoryContextSwitchTo(tracked->context);
	desc = CreateTemplateTupleDesc(nkeys + NUM_RUN_COLUMNS);
	TupleDescInitEntry(desc, 1, "ticket", tracked->id_type, -1, 0);
	if (tracked->tenant > 0)
		TupleDescInitEntry(desc, 2, "tenant", tracked->tenant_type, -1, 0);
	for (i = 0; i < NUM_RUN_COLUMNS; i++)
		TupleDescInitEntry(desc, nkeys + i + 1, run_columns[i].name,
						   stored_type(tracked, run_columns[i].type), -1, 0);
	TupleDescFinalize(desc);
	tracked->clock_row = desc;
	MemoryContextSwitchTo(old);
	return desc;
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

bool
store_insert(Tracked *tracked, const TicketKey *key, const StoredRun *runs, int n,
			 bool first)
{
	TupleDesc	desc = clock_row(tracked);
	Tuplestorestate *rows = relation_of_rows(NEW_CLOCKS, desc, n);
	bool	   *isnull = palloc(desc->natts * sizeof(bool));
	Values		values;
	uint64		written;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		int			base = begin_values(&values, tracked, key, NUM_RUN_COLUMNS);

		put_text(&values, base + RUN_METRIC, runs[i].metric);
		put(&values, base + RUN_RUN, Int32GetDatum(runs[i].run.run));
		put_run(&values, base + RUN_OPENED_AT, &runs[i].run);
		for (j = 0; j < desc->natts; j++)
			isnull[j] = values.null[j] == 'n';
		tuplestore_putvalues(rows, desc, values.value, isnull);
	}
	(void) begin_values(&values, tracked, key, 0);
	written = run_statement(tracked, first ? PLAN_INSERT_FIRST : PLAN_INSERT,
							values.value, values.null);
	SPI_unregister_relation(NEW_CLOCKS);
	tuplestore_end(rows);
	return written > 0;
}

void
store_update(Tracked *tracked, const TicketKey *key, const ClockRun *run)
{
	Values		values;
	int			nset = NUM_RUN_COLUMNS - RUN_OPENED_AT;
	int			base = begin_values(&values, tracked, key, nset + 1);

	put_run(&values, base, run);
	put(&values, base + nset, Int64GetDatum(run->clock_id));
	(void) run_statement(tracked, PLAN_UPDATE, values.value, values.null);
}

void
store_gone(Tracked *tracked, const TicketKey *key, TimestampTz at)
{
	Values		values;
	int			base = begin_values(&values, tracked, key, 1);

	put(&values, base, TimestampTzGetDatum(at));
	(void) run_statement(tracked, PLAN_GONE, values.value, values.null);
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

void
store_trail(Tracked *tracked, const TicketKey *key, const TrailRow *row)
{
	Values		values;
	int			at = begin_values(&values, tracked, key, NUM_TRAIL_COLUMNS);

	put(&values, at + TRAIL_AT, TimestampTzGetDatum(row->at));
	put_text(&values, at + TRAIL_METRIC, row->metric);
	put_text(&values, at + TRAIL_EVENT, row->event);
	put_level(&values, at + TRAIL_OLD_PRIORITY, &tracked->priority, row->old_priority);
	put_level(&values, at + TRAIL_PRIORITY, &tracked->priority, row->priority);
	put_text(&values, at + TRAIL_OLD_PLAN, row->old_plan);
	put_text(&values, at + TRAIL_PLAN, row->plan);
	put_level(&values, at + TRAIL_URGENCY, &tracked->level[0], row->urgency);
	put_level(&values, at + TRAIL_IMPACT, &tracked->level[1], row->impact);
	put_level(&values, at + TRAIL_OVERRIDE, &tracked->priority, row->override);
	put_level(&values, at + TRAIL_ASSIGNED, &tracked->priority, row->assigned);
	put_instant(&values, at + TRAIL_OLD_DUE_AT, row->old_due_at);
	put_instant(&values, at + TRAIL_DUE_AT, row->due_at);
	put_level(&values, at + TRAIL_STATUS, &tracked->status, row->status);
	put_text(&values, at + TRAIL_ACTOR, actor != NULL && actor[0] != '\0' ? actor :
			 GetUserNameFromId(GetSessionUserId(), false));
	if (actor_kind > 0)
		put_text(&values, at + TRAIL_ACTOR_KIND, actor_kinds[actor_kind].name);
	if (row->reason != NULL || (reason != NULL && reason[0] != '\0'))
		put_text(&values, at + TRAIL_REASON, row->reason != NULL ? row->reason : reason);
	(void) run_statement(tracked, PLAN_TRAIL, values.value, values.null);
}

bool
store_last_trail(Tracked *tracked, const TicketKey *key, TrailRow *row)
{
	Values		values;
	Datum		value[6];
	bool		isnull[6];

	memset(row, 0, sizeof(TrailRow));
	(void) begin_values(&values, tracked, key, 0);
	if (run_statement(tracked, PLAN_LAST_TRAIL, values.value, values.null) == 0)
		return false;
	heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, value, isnull);
	row->at = DatumGetTimestampTz(value[0]);
	row->priority = get_level(&tracked->priority, value, isnull, 1);
	row->plan = get_text(value, isnull, 2);
	row->urgency = get_level(&tracked->level[0], value, isnull, 3);
	row->impact = get_level(&tracked->level[1], value, isnull, 4);
	row->override = get_level(&tracked->priority, value, isnull, 5);
	return true;
}
