/*
 * clock_statements.c
 *	  The texts of the statements on the tables beside a tracked one.
 *
 * All names in them are qualified and quoted.  In them, t is the tracked table,
 * c a table or view beside it, and s are rows that the statement is given.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "policy/policy.h"
#include "tickets/clock_fields.h"

PG_FUNCTION_INFO_V1(sla_beside);
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

/* What is read of a ticket. */
static char *
read_columns(const Tracked *tracked)
{
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	for (i = 0; i < tracked->nread; i++)
		appendStringInfo(&text, "%st.%s", i > 0 ? ", " : "",
						 quote_identifier(NameStr(TupleDescAttr(tracked->row, tracked->read[i] - 1)->attname)));
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

/*
 * Plans are kept, and a table that is small when one is made can become large.
 * So each row that is given must be looked up, never each of the table among
 * those: a subquery with LATERAL that stays one, and ANY, which is no condition
 * to merge by, leave the server no other way.
 */
char *
statement_text(const Tracked *tracked, int which)
{
	const char *clocks = beside(tracked, "_sla_clock");

	switch (which)
	{
		case PLAN_LOCK:
		case PLAN_FIND:
			/* Rows are locked in the order of those that are given. */
			return psprintf("SELECT s.n, t.* FROM " GIVEN_ROWS " s CROSS JOIN LATERAL"
							" (SELECT %s FROM %s t WHERE %s%s) t",
							read_columns(tracked), tracked->name, same_ticket(tracked, 't', 's'),
							which == PLAN_LOCK ? " FOR NO KEY UPDATE" : " OFFSET 0");
		case PLAN_READ:
			return psprintf("SELECT s.n, c.* FROM " GIVEN_ROWS " s CROSS JOIN LATERAL"
							" (SELECT %s FROM %s c WHERE %s OFFSET 0) c",
							columns(tracked, CLOCK_ROWS, "c."), clocks, same_ticket(tracked, 'c', 's'));
		case PLAN_READ_ONE:
			return psprintf("SELECT %s FROM %s c WHERE %s", columns(tracked, CLOCK_ROWS, "c."),
							clocks, same_ticket(tracked, 'c', '$'));
		case PLAN_LIVING:
			return psprintf("SELECT DISTINCT c.ticket%s FROM %s c WHERE c.gone_at IS NULL",
							tracked->tenant > 0 ? ", c.tenant" : "", clocks);
		case PLAN_LAST_TRAIL:
			return psprintf("SELECT %s FROM %s c WHERE %s AND c.metric IS NULL ORDER BY c.id DESC LIMIT 1",
							columns(tracked, TOLD_ROWS, "c."), beside(tracked, "_sla_trail"),
							same_ticket(tracked, 'c', '$'));
		case PLAN_UPDATE:
			return psprintf("UPDATE %s c SET %s FROM " GIVEN_ROWS " s WHERE %s"
							"c.clock_id OPERATOR(pg_catalog.=) ANY (ARRAY[s.clock_id])",
							clocks, changes(), tracked->tenant == 0 ? "" :
							psprintf("c.tenant %s ANY (ARRAY[s.tenant]) AND ", equality(tracked->tenant_type)));
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

/* ----------------------------------------------------------------------
 * For SQL that is put together as text
 * ----------------------------------------------------------------------
 */

/* An argument that a caller needs; a reason must say something, too. */
static void
check_needed(const char *name, bool isnull, Datum value)
{
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
	if (strcmp(name, "reason") == 0 &&
		!DatumGetBool(DirectFunctionCall2Coll(textregexeq, DEFAULT_COLLATION_OID, value,
											  CStringGetTextDatum("[^[:space:]]"))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reason must not be blank"),
				 errhint("Say why; the trail and the reports show it.")));
}

/* A ticket needs its tenant where there are tenants; elsewhere there is none. */
static void
check_tenant(const Tracked *tracked, bool of_ticket, bool given)
{
	if (tracked->tenant > 0 && of_ticket && !given)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("tenant must not be null"),
				 errhint("The tickets of table %s have tenants.", tracked->name)));
	if (tracked->tenant == 0 && given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the tickets of table %s have no tenants", tracked->name)));
}

/* _sla_beside(ticket_table, needed, of_tenant) */
Datum
sla_beside(PG_FUNCTION_ARGS)
{
	Tracked    *tracked;
	const char *id_type;
	const char *id_equals;
	Datum	   *needed;
	bool	   *isnull;
	bool		of_ticket = false;
	char	   *values[12];
	TupleDesc	desc;
	int			n;
	int			i;

	check_needed("table", PG_ARGISNULL(0), (Datum) 0);
	check_needed("needed", PG_ARGISNULL(1), (Datum) 0);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &needed, &isnull, &n);
	for (i = 0; i + 1 < n; i += 2)
	{
		char	   *name;

		check_needed("name", isnull[i], (Datum) 0);
		name = TextDatumGetCString(needed[i]);

		check_needed(name, isnull[i + 1], needed[i + 1]);
		of_ticket = of_ticket || strcmp(name, "ticket") == 0;
	}
	tracked = tracked_of_table(PG_GETARG_OID(0), policy_namespace(fcinfo));
	check_tenant(tracked, of_ticket, !PG_ARGISNULL(2));

	/* Not the domain, whose checks, which are the owner's, would run as the caller. */
	id_type = format_type_be_qualified(getBaseType(tracked->id_type));
	id_equals = equality(tracked->id_type);
	values[0] = beside(tracked, "_sla_clock");
	values[1] = beside(tracked, "_sla_trail");
	values[2] = beside(tracked, "_sla_excuse");
	values[3] = beside(tracked, "_sla_alarm");
	values[4] = beside(tracked, "_sla_input");
	values[5] = pstrdup("ticket");
	values[6] = psprintf("r.ticket::%s", id_type);
	values[7] = psprintf("c.ticket %s $1::%s", id_equals, id_type);
	values[8] = same_ticket(tracked, 'a', 'c');
	values[9] = psprintf("i.id %s c.ticket", id_equals);
	values[10] = pstrdup("NULL::text");
	values[11] = beside(tracked, "_sla");
	if (tracked->tenant > 0)
	{
		const char *tenant_type = format_type_be_qualified(getBaseType(tracked->tenant_type));
		const char *tenant_equals = equality(tracked->tenant_type);

		values[5] = pstrdup("tenant, ticket");
		values[6] = psprintf("r.tenant::%s, %s", tenant_type, values[6]);
		values[7] = psprintf("c.tenant %s $2::%s AND %s", tenant_equals, tenant_type, values[7]);
		values[9] = psprintf("i.tenant %s c.tenant AND %s", tenant_equals, values[9]);
		values[10] = pstrdup("c.tenant::text");
	}
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "a row was expected");
	PG_RETURN_DATUM(HeapTupleGetDatum(BuildTupleFromCStrings(TupleDescGetAttInMetadata(desc), values)));
}
