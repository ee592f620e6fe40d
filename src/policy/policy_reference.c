/*
 * policy_reference.c
 *	  References between the configuration tables.
 *
 * They are not foreign keys, for two reasons.  A foreign key of support_plan
 * to itself makes every pg_dump of the database warn of a circle.  And
 * pg_restore with several jobs loads the tables of an extension in any order,
 * each in a transaction of its own, while a foreign key cannot wait for another
 * transaction.  Rows that are restored were checked when they were first
 * written.  So nothing is checked while the extension's owner has
 * check_function_bodies off, as it is in what pg_dump writes.
 *
 * Apart from that they do what foreign keys do.  They are checked at commit,
 * on what the tables hold by then, with the rights of the table's owner.  The
 * row that is referred to is locked against deletion.  Their plans are not
 * kept, because policy is seldom written.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "policy/policy_map.h"
#include "policy/policy_trigger.h"

PG_FUNCTION_INFO_V1(support_plan_check);
PG_FUNCTION_INFO_V1(business_holiday_list_check);
PG_FUNCTION_INFO_V1(support_policy_refers);
PG_FUNCTION_INFO_V1(support_policy_referred);

/* An argument of the trigger. */
static const char *
trigger_argument(TriggerData *trigdata, int n)
{
	if (n >= trigdata->tg_trigger->tgnargs)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" lacks an argument",
						trigdata->tg_trigger->tgname)));
	return trigdata->tg_trigger->tgargs[n];
}

/*
 * What a column that refers to another table has: a name; names joined by "+";
 * or an array of either.
 */
typedef enum Naming
{
	NAME,
	NAMES,
	NAMES_ARRAY
} Naming;

/* An argument of the trigger that says what a column has. */
static Naming
naming_argument(TriggerData *trigdata, int n)
{
	const char *argument = trigger_argument(trigdata, n);

	if (strcmp(argument, "name") == 0)
		return NAME;
	if (strcmp(argument, "names") == 0)
		return NAMES;
	if (strcmp(argument, "array of names") == 0)
		return NAMES_ARRAY;
	ereport(ERROR,
			(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			 errmsg("trigger \"%s\" has an invalid argument: \"%s\"",
					trigdata->tg_trigger->tgname, argument)));
	return NAME;				/* keep compiler quiet */
}

/* Does any row of the table have the name in the column? */
static bool
is_named(Relation rel, const char *table, const char *name_column,
		 Naming naming, const char *name, bool lock)
{
	const char *column_name = quote_identifier(name_column);
	const char *condition;
	bool		found;

	if (naming == NAME)
		condition = psprintf("%s OPERATOR(pg_catalog.=) $1", column_name);
	else
		condition = psprintf("$1 OPERATOR(pg_catalog.=) ANY (pg_catalog.string_to_array(%s, '+'))",
							 naming == NAMES ? column_name :
							 psprintf("pg_catalog.array_to_string(%s, '+')", column_name));
	(void) lookup_latest(psprintf("SELECT 1 FROM ONLY %s WHERE %s%s",
								  sibling_table(rel, table), condition,
								  lock ? " FOR KEY SHARE" : ""),
						 name, &found);
	return found;
}

/* Add the names in a text that are joined by "+". */
static List *
add_names(List *names, const char *text)
{
	const char *end = text;

	do
	{
		const char *start = end;

		CHECK_FOR_INTERRUPTS();
		end = start + strcspn(start, "+");
		names = lappend(names, pnstrdup(start, end - start));
	} while (*end++ == '+');
	return names;
}

/* The names in an array of texts, in which each is one name or, if joined, several. */
static List *
names_of_array(Datum array, bool joined)
{
	List	   *names = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			continue;
		names = joined ? add_names(names, TextDatumGetCString(elements[i])) :
			lappend(names, TextDatumGetCString(elements[i]));
	}
	return names;
}

/* The names in a column of a row. */
static List *
names_in(TriggerData *trigdata, HeapTuple tuple, const char *name_column, Naming naming)
{
	bool		isnull;
	Datum		value = column_value(trigdata->tg_relation, tuple, name_column,
								  naming == NAMES_ARRAY ? TEXTARRAYOID : TEXTOID, &isnull);

	if (isnull)
		return NIL;
	return naming == NAME ? list_make1(TextDatumGetCString(value)) :
		naming == NAMES ? add_names(NIL, TextDatumGetCString(value)) :
		names_of_array(value, true);
}

/* "business_holiday_list" to "holiday list", "sla_metric" to "SLA metric". */
static char *
noun(const char *table)
{
	const char *start = strncmp(table, "business_holiday", 16) == 0 ? table + 9 : table;
	char	   *result = pstrdup(start);

	for (char *c = result; *c; c++)
	{
		if (*c == '_')
			*c = ' ';
	}
	if (strncmp(result, "sla ", 4) == 0)
		memcpy(result, "SLA", 3);
	return result;
}

/* A hint that lists the names in a column; NULL if there are none. */
static char *
known_names(Relation rel, const char *table, const char *name_column)
{
	const char **names;
	uint64		n;

	if (SPI_execute(psprintf("SELECT %s FROM ONLY %s", quote_identifier(name_column),
							 sibling_table(rel, table)), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "names of \"%s\" cannot be read", table);
	n = Min(SPI_processed, PG_INT32_MAX / sizeof(char *));
	if (n == 0)
		return NULL;
	names = palloc(n * sizeof(char *));
	for (uint64 i = 0; i < n; i++)
		names[i] = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
	return psprintf("The %ss are %s.", strrchr(table, '_') == NULL ? table :
					strrchr(table, '_') + 1, policy_list_names(names, (int) n));
}

/*
 * The names in a column of the row must be names of rows elsewhere.  Arguments:
 * the column, the table to which it refers, the column there, and what the
 * column has.
 */
Datum
support_policy_refers(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	const char *from = trigger_argument(trigdata, 0);
	const char *table = trigger_argument(trigdata, 1);
	const char *to = trigger_argument(trigdata, 2);
	Naming		naming = naming_argument(trigdata, 3);
	List	   *names;
	ListCell   *cell;
	Caller		caller;

	if (is_policy_restore(rel))
		return PointerGetDatum(NULL);
	names = names_in(trigdata, tuple, from, naming);
	if (names == NIL)
		return PointerGetDatum(NULL);

	caller = policy_as_owner(rel);
	foreach(cell, names)
	{
		const char *name = lfirst(cell);

		if (!is_named(rel, table, to, NAME, name, true) &&
			is_named(rel, RelationGetRelationName(rel), from, naming, name, false))
		{
			char	   *hint = known_names(rel, table, to);

			ereport(ERROR,
					(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
					 errmsg("%s \"%s\" does not exist", noun(table), name),
					 errdetail("Column \"%s\" of table \"%s\" refers to it.",
							   from, RelationGetRelationName(rel)),
					 hint != NULL ? errhint("%s", hint) : 0,
					 errtablecol(rel, SPI_fnumber(RelationGetDescr(rel), from))));
		}
	}
	policy_as_caller(caller);
	return PointerGetDatum(NULL);
}

/*
 * A row that is gone must not be referred to.  Arguments: the column to which
 * others refer, then a table, a column and what that has for each of those.
 * After a TRUNCATE, no row may be referred to at all.
 */
Datum
support_policy_referred(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_UPDATE | ON_DELETE | ON_TRUNCATE);
	bool		truncate = TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event);
	Relation	rel = trigdata->tg_relation;
	const char *to = trigger_argument(trigdata, 0);
	char	   *name = NULL;
	Caller		caller;

	if (!truncate)
		name = column_text(rel, trigdata->tg_trigtuple, to);
	if ((name == NULL && !truncate) || is_policy_restore(rel))
		return PointerGetDatum(NULL);

	caller = policy_as_owner(rel);
	if (truncate || !is_named(rel, RelationGetRelationName(rel), to, NAME, name, false))
	{
		for (int i = 1; i < trigdata->tg_trigger->tgnargs; i += 3)
		{
			const char *table = trigger_argument(trigdata, i);
			const char *from = trigger_argument(trigdata, i + 1);
			bool		found;

			if (truncate)
			{
				(void) lookup_latest(psprintf("SELECT 1 FROM ONLY %s WHERE %s IS NOT NULL",
											  sibling_table(rel, table), quote_identifier(from)),
									 NULL, &found);
				if (found)
					ereport(ERROR,
							(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
							 errmsg("cannot truncate table \"%s\": it is still in use",
									RelationGetRelationName(rel)),
							 errdetail("Column \"%s\" of table \"%s\" refers to it.",
									   from, table),
							 errhint("Truncate table \"%s\" in the same command.", table),
							 errtable(rel)));
			}
			else if (is_named(rel, table, from, naming_argument(trigdata, i + 2), name, false))
				ereport(ERROR,
						(errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
						 errmsg("%s \"%s\" is still in use",
								noun(RelationGetRelationName(rel)), name),
						 errdetail("Column \"%s\" of table \"%s\" refers to it.",
								   from, table),
						 errtable(rel)));
		}
	}
	policy_as_caller(caller);
	return PointerGetDatum(NULL);
}

/* A row that refers to others of its table, in circle_of(). */
typedef struct Referrer
{
	const char *name;
	List	   *refers;			/* names */
	int			from;			/* the row that led to it; -1: none */
	bool		reached;
} Referrer;

/*
 * How the references of a row lead back to it, as a text; NULL if they do not.
 * The query gives the name of each row that refers to others of its table, and
 * an array of their names.  Rows are looked at one by one, each once.
 */
static char *
circle_of(Relation rel, const char *name, const char *query)
{
	Referrer   *rows;
	namemap_hash *places;
	int		   *queue;
	int			nrows;
	int			nqueued = 0;
	int			start;

	/*
	 * Of two transactions that would close a circle together, the second waits
	 * here, and then sees what the first has written.
	 */
	LockRelationOid(RelationGetRelid(rel), ShareUpdateExclusiveLock);
	nrows = query_latest(query, NULL, 0);
	rows = palloc_extended(Max(nrows, 1) * sizeof(Referrer), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	queue = palloc_extended((nrows + 1) * sizeof(int), MCXT_ALLOC_HUGE);
	places = namemap_create(CurrentMemoryContext, Max(nrows, 1), NULL);
	for (int i = 0; i < nrows; i++)
	{
		bool		isnull;

		CHECK_FOR_INTERRUPTS();
		rows[i].name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		rows[i].refers = names_of_array(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
													  2, &isnull), false);
		rows[i].from = -1;
		add_name(places, rows[i].name, strlen(rows[i].name))->to.index = i;
	}

	/* A circle without this row is reported for the row that closed it. */
	start = find_index(places, name, strlen(name));
	if (start >= 0)
		queue[nqueued++] = start;
	for (int i = 0; i < nqueued; i++)
	{
		ListCell   *cell;

		foreach(cell, rows[queue[i]].refers)
		{
			const char *to = lfirst(cell);
			int			place = find_index(places, to, strlen(to));

			CHECK_FOR_INTERRUPTS();
			if (place == start)
			{
				char	   *path = psprintf("\"%s\"", name);

				for (int k = queue[i]; k >= 0; k = rows[k].from)
					path = psprintf("\"%s\" -> %s", rows[k].name, path);
				return path;
			}
			if (place < 0 || rows[place].reached)
				continue;
			rows[place].reached = true;
			rows[place].from = queue[i];
			queue[nqueued++] = place;
		}
	}
	return NULL;
}

/* Checked with the references: no plan takes its targets from itself. */
Datum
support_plan_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *plan = column_text(rel, tuple, "plan");
	char	   *path;
	Caller		caller;

	if (is_policy_restore(rel) || column_text(rel, tuple, "sla_of") == NULL)
		return PointerGetDatum(NULL);
	caller = policy_as_owner(rel);
	path = circle_of(rel, plan,
					 psprintf("SELECT plan, ARRAY[sla_of] FROM ONLY %s WHERE sla_of IS NOT NULL",
							  trigger_table(rel)));
	if (path != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("support plan \"%s\" takes its targets from itself", plan),
				 errdetail("Its sla_of leads back to it: %s.", path),
				 errhint("Set sla_of of one of these plans to null or to another plan."),
				 errtablecol(rel, row_column(rel, "sla_of", TEXTOID))));
	policy_as_caller(caller);
	return PointerGetDatum(NULL);
}

/* Checked with the references: no list of holidays includes itself. */
Datum
business_holiday_list_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *list = column_text(rel, tuple, "holidays");
	char	   *path;
	Caller		caller;

	if (is_policy_restore(rel) ||
		names_in(trigdata, tuple, "includes", NAMES_ARRAY) == NIL)
		return PointerGetDatum(NULL);
	caller = policy_as_owner(rel);
	path = circle_of(rel, list,
					 psprintf("SELECT holidays, pg_catalog.string_to_array(pg_catalog.array_to_string(includes, '+'), '+')"
							  " FROM ONLY %s WHERE includes OPERATOR(pg_catalog.<>) '{}'",
							  trigger_table(rel)));
	if (path != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("holiday list \"%s\" includes itself", list),
				 errdetail("Its includes lead back to it: %s.", path),
				 errhint("Take one of these lists out of the includes of another."),
				 errtablecol(rel, row_column(rel, "includes", TEXTARRAYOID))));
	policy_as_caller(caller);
	return PointerGetDatum(NULL);
}
