/*
 * policy_keep.c
 *	  Keeps the rows that the extension ships apart from those of the owner.
 *
 * A row that the extension ships has builtin = true and is not dumped.  These
 * triggers ensure that only the extension's own script makes such rows, and
 * that whatever the owner writes is marked as his own and is dumped.  Their
 * queries run with the caller's rights.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "policy/policy_trigger.h"

PG_FUNCTION_INFO_V1(support_policy_keep);
PG_FUNCTION_INFO_V1(support_policy_guard);

/* A row taken apart, with what a query on its table needs. */
typedef struct Row
{
	Relation	rel;
	Bitmapset  *key;			/* columns of the primary key, offset by
								 * FirstLowInvalidHeapAttributeNumber */
	int			natts;
	Oid		   *types;
	Datum	   *values;
	bool	   *isnull;
	char	   *nulls;			/* the same as isnull, as SPI wants it */
} Row;

/* The plan that looks for a shipped row of a table. */
typedef struct KeptPlan
{
	Oid			relid;
	char	   *sql;
	Oid		   *types;			/* of the parameters */
	int			natts;
	SPIPlanPtr	plan;
} KeptPlan;

/* Is the script of the extension that owns the table running? */
static bool
in_own_script(Relation rel)
{
	return creating_extension &&
		getExtensionOfObject(RelationRelationId,
							 RelationGetRelid(rel)) == CurrentExtensionObject;
}

static bool
in_key(const Row *row, int i)
{
	return bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, row->key);
}

static Row *
row_of(Relation rel, HeapTuple tuple)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Row		   *row = (Row *) palloc(sizeof(Row));

	row->rel = rel;
	row->key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	row->natts = desc->natts;
	row->types = (Oid *) palloc(desc->natts * sizeof(Oid));
	row->values = (Datum *) palloc(desc->natts * sizeof(Datum));
	row->isnull = (bool *) palloc(desc->natts * sizeof(bool));
	row->nulls = (char *) palloc(desc->natts);
	heap_deform_tuple(tuple, desc, row->values, row->isnull);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		/* The unused parameter of a dropped column still needs a type. */
		row->types[i] = att->attisdropped ? INT4OID : att->atttypid;
		row->nulls[i] = (row->isnull[i] || att->attisdropped) ? 'n' : ' ';
	}

	if (bms_is_empty(row->key))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no primary key",
						RelationGetRelationName(rel))));
	return row;
}

/* Append the columns' names and parameters as the template says. */
static void
append_columns(StringInfo sql, const Row *row, bool key, const char *separator)
{
	TupleDesc	desc = RelationGetDescr(row->rel);
	const char *sep = "";

	for (int i = 0; i < row->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped || att->attgenerated || in_key(row, i) != key)
			continue;
		appendStringInfo(sql, "%s%s %s $%d", sep,
						 quote_identifier(NameStr(att->attname)),
						 key ? "OPERATOR(pg_catalog.=)" : "=", i + 1);
		sep = separator;
	}
}

/*
 * The plan of the query that looks for a shipped row of the same key.  It is
 * kept, since a load of many rows would otherwise spend most of its time on
 * planning.  The query is planned anew when the table was renamed or altered,
 * which cannot happen while it runs.
 */
static SPIPlanPtr
kept_plan(const char *sql, const Row *row)
{
	static HTAB *plans = NULL;
	Oid			key = RelationGetRelid(row->rel);
	Size		types_size = row->natts * sizeof(Oid);
	KeptPlan   *entry;
	SPIPlanPtr	plan;
	bool		found;

	if (plans == NULL)
	{
		HASHCTL		ctl = {.keysize = sizeof(Oid), .entrysize = sizeof(KeptPlan)};

		plans = hash_create("ticket_priority policy plans", 32, &ctl, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(plans, &key, HASH_FIND, NULL);
	if (entry != NULL && entry->natts == row->natts && strcmp(entry->sql, sql) == 0 &&
		memcmp(entry->types, row->types, types_size) == 0)
		return entry->plan;

	plan = SPI_prepare(sql, row->natts, row->types);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare returned %s: %s", SPI_result_code_string(SPI_result), sql);
	entry = hash_search(plans, &key, HASH_ENTER, &found);
	if (found)
	{
		SPI_freeplan(entry->plan);
		pfree(entry->sql);
		pfree(entry->types);
	}
	SPI_keepplan(plan);
	entry->plan = plan;
	entry->sql = MemoryContextStrdup(TopMemoryContext, sql);
	entry->natts = row->natts;
	entry->types = MemoryContextAlloc(TopMemoryContext, types_size);
	memcpy(entry->types, row->types, types_size);
	return plan;
}

/*
 * Is there a shipped row of the same key?  Read-only, so that the command
 * counter stays: else each row of a load would see the notice that the row
 * before it gave, and every plan would be made anew.
 */
static bool
shipped_is_there(Row *row)
{
	StringInfoData sql;
	int			ret;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT FROM ONLY %s WHERE ", trigger_table(row->rel));
	append_columns(&sql, row, true, " AND ");
	appendStringInfoString(&sql, " AND builtin");
	ret = SPI_execute_plan(kept_plan(sql.data, row), row->values, row->nulls, true, 1);
	if (ret != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_plan returned %s: %s",
			 SPI_result_code_string(ret), sql.data);
	return SPI_processed > 0;
}

/* Run a query with the row's values as parameters; gives the number of rows. */
static uint64
run(const char *sql, Row *row, int expected)
{
	int			ret = SPI_execute_with_args(sql, row->natts, row->types,
											row->values, row->nulls, false, 0);

	if (ret != expected)
		elog(ERROR, "SPI_execute_with_args returned %s: %s",
			 SPI_result_code_string(ret), sql);
	return SPI_processed;
}

/* Write the row's values into the shipped row of the same key, if any. */
static bool
edit_shipped(Row *row)
{
	StringInfoData sql;

	if (!shipped_is_there(row))
		return false;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE ONLY %s SET ", trigger_table(row->rel));
	append_columns(&sql, row, false, ", ");
	appendStringInfoString(&sql, " WHERE ");
	append_columns(&sql, row, true, " AND ");
	appendStringInfoString(&sql, " AND builtin");
	return run(sql.data, row, SPI_OK_UPDATE) > 0;
}

/*
 * Is there a row of the same key?  With same, it must also be equal in every
 * column.
 */
static bool
is_stored(Row *row, bool same)
{
	TupleDesc	desc = RelationGetDescr(row->rel);
	StringInfoData sql;
	int			n = 0;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT * FROM ONLY %s WHERE ",
					 trigger_table(row->rel));
	append_columns(&sql, row, true, " AND ");
	if (run(sql.data, row, SPI_OK_SELECT) == 0)
		return false;

	for (int i = 0; same && i < row->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value;

		if (att->attisdropped)
			continue;
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
							  ++n, &isnull);
		if (isnull != row->isnull[i] ||
			(!isnull && !datum_image_eq(value, row->values[i],
										att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

/*
 * Before a row is inserted or updated.  What the extension's own script writes
 * is taken as it is, but gives way to a row that the owner already has.  What
 * anyone else writes is not builtin, and an insert on the key of a shipped row
 * edits that row: so dumps restore, COPY loads and subscriptions copy onto a
 * fresh extension.  An insert that repeats a shipped row in every column,
 * builtin included, leaves it as it is: that is a subscription's first copy.
 */
Datum
support_policy_keep(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	bool		insert = TRIGGER_FIRED_BY_INSERT(trigdata->tg_event);
	HeapTuple	given = trigger_new_tuple(trigdata);
	HeapTuple	result = given;
	int			attnum = row_column(rel, "builtin", BOOLOID);
	bool		script = in_own_script(rel);
	bool		done;

	if (!script)
	{
		Datum		value = BoolGetDatum(false);
		bool		isnull = false;

		result = heap_modify_tuple_by_cols(given, RelationGetDescr(rel),
										   1, &attnum, &value, &isnull);
	}

	if (!insert)
		return PointerGetDatum(result);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	done = !script && row_is_builtin(rel, given) &&
		is_stored(row_of(rel, given), true);
	if (!done)
	{
		Row		   *row = row_of(rel, result);

		done = edit_shipped(row) || (script && is_stored(row, false));
	}
	SPI_finish();

	return PointerGetDatum(done ? NULL : result);
}

/* The key of a row for an error's detail: (plan, urgency)=(gold, high). */
static char *
key_text(const Row *row, HeapTuple tuple)
{
	TupleDesc	desc = RelationGetDescr(row->rel);
	StringInfoData names;
	StringInfoData values;

	initStringInfo(&names);
	initStringInfo(&values);
	for (int i = 0; i < row->natts; i++)
	{
		if (!in_key(row, i))
			continue;
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 NameStr(TupleDescAttr(desc, i)->attname));
		appendStringInfo(&values, "%s%s", values.len > 0 ? ", " : "",
						 SPI_getvalue(tuple, desc, i + 1));
	}
	return psprintf("(%s)=(%s)", names.data, values.data);
}

static bool
same_key(const Row *a, const Row *b)
{
	TupleDesc	desc = RelationGetDescr(a->rel);

	for (int i = 0; i < a->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (in_key(a, i) &&
			(b->isnull[i] ||
			 !datum_image_eq(a->values[i], b->values[i],
							 att->attbyval, att->attlen)))
			return false;
	}
	return true;
}

/*
 * Before a shipped row is deleted or gets another key: refuse, because it
 * would be back after the next dump and restore.  The trigger's argument is
 * the hint.
 */
Datum
support_policy_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_DELETE | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event);
	HeapTuple	old = trigdata->tg_trigtuple;
	HeapTuple	result = update ? trigdata->tg_newtuple : old;
	const char *hint = trigdata->tg_trigger->tgnargs > 0 ?
		trigdata->tg_trigger->tgargs[0] : NULL;
	Row		   *row;

	if (!row_is_builtin(rel, old) || in_own_script(rel))
		return PointerGetDatum(result);

	row = row_of(rel, old);
	if (update && same_key(row, row_of(rel, result)))
		return PointerGetDatum(result);

	ereport(ERROR,
			(errcode(ERRCODE_RESTRICT_VIOLATION),
			 update ?
			 errmsg("cannot change the key of a shipped row of table \"%s\"",
					RelationGetRelationName(rel)) :
			 errmsg("cannot delete a shipped row of table \"%s\"",
					RelationGetRelationName(rel)),
			 errdetail("The row is %s.", key_text(row, old)),
			 hint ? errhint("%s", hint) : 0,
			 errtable(rel)));
	return PointerGetDatum(NULL);	/* keep compiler quiet */
}
