/*
 * clock_statements.c
 *	  The texts of the statements on the tables beside a tracked one.
 *
 * All names in them are qualified and quoted.
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "tickets/clock_statements.h"

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

void
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
			names(statement, told_fields, NUM_TOLD_FIELDS);
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
