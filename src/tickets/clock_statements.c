/*
 * clock_statements.c
 *	  The texts of the statements on the tables beside a tracked one.
 *
 * All names in them are qualified and quoted.  In them, t is the tracked table,
 * c a table or view beside it, and s are rows that the statement is given.
 */
#include "postgres.h"

#include "catalog/pg_operator.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "tickets/clock_fields.h"
#include "tickets/clock_statements.h"

PG_FUNCTION_INFO_V1(sla_equality);

static char *
beside(const Tracked *tracked, const char *suffix)
{
	return psprintf("%s.%s", tracked->schema,
					quote_identifier(psprintf("%s%s", tracked->prefix, suffix)));
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

/* _sla_equality(type) */
Datum
sla_equality(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(equality(PG_GETARG_OID(0))));
}

/* A ticket's id or tenant, in t, c or s; or $ for the parameter. */
static const char *
key_of(const Tracked *tracked, char where, bool tenant)
{
	AttrNumber	attnum = tenant ? tracked->tenant : tracked->id;

	if (where == '$')
		return tenant ? "$2" : "$1";
	return psprintf("%c.%s", where, where != 't' ? (tenant ? "tenant" : "ticket") :
					quote_identifier(NameStr(TupleDescAttr(tracked->row, attnum - 1)->attname)));
}

static char *
same_ticket(const Tracked *tracked, char a, char b)
{
	char	   *same = psprintf("%s %s %s", key_of(tracked, a, false),
								equality(tracked->id_type), key_of(tracked, b, false));

	return tracked->tenant == 0 ? same :
		psprintf("%s %s %s AND %s", key_of(tracked, a, true),
				 equality(tracked->tenant_type), key_of(tracked, b, true), same);
}

/* The columns of c or s, or without an alias. */
static char *
columns(const Tracked *tracked, RowsOf rows, const char *alias)
{
	const RowKind *kind = &row_kinds[rows];
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	if (tracked->tenant > 0)
		appendStringInfo(&text, "%stenant, ", alias);
	for (i = 0; i < kind->n; i++)
		appendStringInfo(&text, "%s%s%s%s", i == kind->before ? psprintf("%sticket, ", alias) : "",
						 alias, quote_identifier(kind->fields[i].name), i < kind->n - 1 ? ", " : "");
	return text.data;
}

/* What changes of a clock. */
static char *
changes(void)
{
	const RowKind *kind = &row_kinds[CLOCK_ROWS];
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	for (i = FIRST_CHANGED; i < kind->n; i++)
	{
		const char *name = quote_identifier(kind->fields[i].name);

		appendStringInfo(&text, "%s%s = s.%s", i > FIRST_CHANGED ? ", " : "", name, name);
	}
	return text.data;
}

static char *
insert(const Tracked *tracked, const char *suffix, RowsOf rows)
{
	return psprintf("INSERT INTO %s (%s) SELECT %s FROM " GIVEN_ROWS " s", beside(tracked, suffix),
					columns(tracked, rows, ""), columns(tracked, rows, "s."));
}

/* Mark the clocks of tickets that are not there as gone. */
static char *
mark_gone(const Tracked *tracked, const char *condition)
{
	const char *ahead = "c.stopped_at IS NULL AND c.cancelled_at IS NULL"
		" AND (c.due_at IS NULL OR c.due_at OPERATOR(pg_catalog.>=) $3)";

	return psprintf("UPDATE %s c SET gone_at = $3,"
					" cancelled_at = CASE WHEN %s THEN $3 ELSE c.cancelled_at END,"
					" cancel_reason = CASE WHEN %s THEN '" CANCELLED_GONE "' ELSE c.cancel_reason END"
					" WHERE %sc.gone_at IS NULL AND NOT EXISTS (SELECT FROM %s t WHERE %s)",
					beside(tracked, "_sla_clock"), ahead, ahead, condition, tracked->name,
					same_ticket(tracked, 't', 'c'));
}

char *
statement_text(const Tracked *tracked, int which)
{
	const char *clocks = beside(tracked, "_sla_clock");

	switch (which)
	{
		case PLAN_LOCK:
		case PLAN_FIND:
			return psprintf("SELECT t, s.n FROM " GIVEN_ROWS " s JOIN %s t ON %s ORDER BY s.n%s",
							tracked->name, same_ticket(tracked, 't', 's'),
							which == PLAN_LOCK ? " FOR NO KEY UPDATE OF t" : "");
		case PLAN_READ:
			return psprintf("SELECT %s, s.n FROM " GIVEN_ROWS " s JOIN %s c ON %s ORDER BY s.n",
							columns(tracked, CLOCK_ROWS, "c."), clocks, same_ticket(tracked, 'c', 's'));
		case PLAN_READ_ONE:
			return psprintf("SELECT %s FROM %s c WHERE %s", columns(tracked, CLOCK_ROWS, "c."),
							clocks, same_ticket(tracked, 'c', '$'));
		case PLAN_LIVING:
			return psprintf("SELECT DISTINCT c.ticket%s FROM %s c WHERE c.gone_at IS NULL",
							tracked->tenant > 0 ? ", c.tenant" : "", clocks);
		case PLAN_LAST_TRAIL:
			return psprintf("SELECT %s FROM %s c WHERE %s AND c.metric IS NULL ORDER BY c.id DESC LIMIT 1",
							columns(tracked, TRAIL_ROWS, "c."), beside(tracked, "_sla_trail"),
							same_ticket(tracked, 'c', '$'));
		case PLAN_UPDATE:
			return psprintf("UPDATE %s c SET %s FROM " GIVEN_ROWS " s"
							" WHERE c.clock_id OPERATOR(pg_catalog.=) s.clock_id AND %s",
							clocks, changes(), same_ticket(tracked, 'c', 's'));
		case PLAN_INSERT:
			return insert(tracked, "_sla_clock", CLOCK_ROWS);
		case PLAN_INSERT_FIRST:
			/* As a condition on each row it costs no node of the plan. */
			return psprintf("%s WHERE CASE WHEN s.run IS NOT NULL THEN"
							" NOT EXISTS (SELECT FROM %s c WHERE %s) END",
							insert(tracked, "_sla_clock", CLOCK_ROWS), clocks, same_ticket(tracked, 'c', '$'));
		case PLAN_TRAIL:
			return insert(tracked, "_sla_trail", TRAIL_ROWS);
		case PLAN_GONE:
			return mark_gone(tracked, psprintf("%s AND ", same_ticket(tracked, 'c', '$')));
		case PLAN_ALL_GONE:
			return mark_gone(tracked, "");
		default:
			return psprintf("SELECT key, at, starts, stops, cancels, paused FROM %s.%s c"
							" WHERE %s AND pg_catalog.isfinite(at) ORDER BY at, seq, pg_catalog.length(key), key COLLATE \"C\"",
							tracked->schema,
							quote_identifier(tracked->clock[which - PLAN_EVENTS].events.name),
							same_ticket(tracked, 'c', '$'));
	}
}
