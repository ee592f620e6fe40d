/*
 * policy_trigger.c
 *	  Triggers that keep the configuration tables true.
 *
 * A row that the extension ships has builtin = true and is not dumped.  These
 * triggers ensure that only the extension's own script makes such rows, and
 * that whatever the owner writes is marked as his own and is dumped.
 *
 * Queries name the table by the trigger's own relation, at run time, so that
 * renaming the schema breaks nothing, and run with the caller's rights unless
 * a comment says otherwise.  Their plans are not cached, because policy is
 * seldom written.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "hours/business_hours.h"
#include "hours/holiday_rule.h"
#include "policy/policy_map.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(support_policy_keep);
PG_FUNCTION_INFO_V1(support_policy_guard);
PG_FUNCTION_INFO_V1(business_calendar_check);
PG_FUNCTION_INFO_V1(business_holiday_rule_check);
PG_FUNCTION_INFO_V1(sla_target_rule_check);
PG_FUNCTION_INFO_V1(sla_target_rule_notice);
PG_FUNCTION_INFO_V1(support_plan_check);
PG_FUNCTION_INFO_V1(business_holiday_list_check);
PG_FUNCTION_INFO_V1(support_policy_refers);
PG_FUNCTION_INFO_V1(support_policy_referred);

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

/* Number of the column with a name and type. */
static int
column(Relation rel, const char *name, Oid type)
{
	int			attnum = SPI_fnumber(RelationGetDescr(rel), name);

	if (attnum <= 0 || SPI_gettypeid(RelationGetDescr(rel), attnum) != type)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\" of type %s",
						RelationGetRelationName(rel), name,
						format_type_be(type))));
	return attnum;
}

/* The type business_hours of the trigger's schema. */
static Oid
business_hours_type(Relation rel)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum("business_hours"),
						   ObjectIdGetDatum(RelationGetNamespace(rel)));
}

/* Is the script of the extension that owns the table running? */
static bool
in_own_script(Relation rel)
{
	return creating_extension &&
		getExtensionOfObject(RelationRelationId,
							 RelationGetRelid(rel)) == CurrentExtensionObject;
}

static bool
is_builtin(Relation rel, HeapTuple tuple)
{
	bool		isnull;
	Datum		value;

	value = heap_getattr(tuple, column(rel, "builtin", BOOLOID),
						 RelationGetDescr(rel), &isnull);
	return !isnull && DatumGetBool(value);
}

/* Qualified name of a table of the trigger's schema, as it is called now. */
static char *
sibling_name(Relation rel, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
									  name);
}

static char *
qualified_name(Relation rel)
{
	return sibling_name(rel, RelationGetRelationName(rel));
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
	appendStringInfo(&sql, "SELECT FROM ONLY %s WHERE ", qualified_name(row->rel));
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
	appendStringInfo(&sql, "UPDATE ONLY %s SET ", qualified_name(row->rel));
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
					 qualified_name(row->rel));
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
	int			attnum = column(rel, "builtin", BOOLOID);
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
	done = !script && is_builtin(rel, given) &&
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

	if (!is_builtin(rel, old) || in_own_script(rel))
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

/* Before a calendar is written: with a list, its hours must have a PH rule. */
Datum
business_calendar_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	TupleDesc	desc = RelationGetDescr(rel);
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	int			attnum = column(rel, "holidays", TEXTOID);
	char	   *list = SPI_getvalue(tuple, desc, attnum);
	Datum		hours;
	bool		isnull;

	if (list == NULL)
		return PointerGetDatum(tuple);

	/* Without hours the row is refused by the column's NOT NULL. */
	hours = heap_getattr(tuple, column(rel, "hours", business_hours_type(rel)),
						 desc, &isnull);
	if (!isnull &&
		!opening_hours_has_holidays(business_hours_unpack(DatumGetBusinessHoursP(hours))))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("calendar \"%s\" has holidays but no rule for them",
						SPI_getvalue(tuple, desc, column(rel, "calendar", TEXTOID))),
				 errdetail("Its hours have no PH rule, so the days of holiday list \"%s\" would change nothing.",
						   list),
				 errhint("Add \"; PH off\" to the hours, or set business_calendar.holidays to null."),
				 errtablecol(rel, attnum)));
	return PointerGetDatum(tuple);
}

/* Before a holiday rule is written: its text must parse. */
Datum
business_holiday_rule_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *rule = SPI_getvalue(tuple, RelationGetDescr(rel),
									column(rel, "rule", TEXTOID));

	if (rule != NULL)
		pfree(holiday_rule_parse(rule, strlen(rule), NULL));
	return PointerGetDatum(tuple);
}

/* Before a target is written: it must be an amount that can be counted. */
Datum
sla_target_rule_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	TupleDesc	desc = RelationGetDescr(rel);
	int			attnum = column(rel, "target", INTERVALOID);
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);
	int32		days;

	if (!isnull && amount_from_interval(DatumGetIntervalP(value)) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("target must be more than zero"),
				 errdetail("The target is \"%s\".", SPI_getvalue(tuple, desc, attnum)),
				 errhint("Set it to null for no target."),
				 errtablecol(rel, attnum)));

	attnum = column(rel, "target_days", INT4OID);
	value = heap_getattr(tuple, attnum, desc, &isnull);
	days = isnull ? 1 : DatumGetInt32(value);
	value = heap_getattr(tuple, column(rel, "until_close", BOOLOID), desc, &isnull);
	if (days < 0 || (days == 0 && (isnull || !DatumGetBool(value))))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("target_days must be more than zero"),
				 errdetail("The target is %d business days.", days),
				 errhint("Set it to null for no target, or to 0 with until_close for the end of the same day."),
				 errtablecol(rel, attnum)));
	return PointerGetDatum(tuple);
}

/*
 * References between the tables.  They are not foreign keys, for two reasons.
 * A foreign key of support_plan to itself makes every pg_dump of the database
 * warn of a circle.  And pg_restore with several jobs loads the tables of an
 * extension in any order, each in a transaction of its own, while a foreign
 * key cannot wait for another transaction.  Rows that are restored were
 * checked when they were first written.  So nothing is checked while the
 * extension's owner has check_function_bodies off, as it is in what pg_dump
 * writes.
 *
 * Apart from that they do what foreign keys do.  They are checked at commit,
 * on what the tables hold by then, with the rights of the table's owner.  The
 * row that is referred to is locked against deletion.
 */

/* Others cannot write past the checks with that setting. */
static bool
is_restore(Relation rel)
{
	Oid			extension;

	if (check_function_bodies)
		return false;
	extension = getExtensionOfObject(RelationRelationId, RelationGetRelid(rel));
	return OidIsValid(extension) && owns_extension(extension, GetUserId());
}

/* The user before run_as_owner(). */
typedef struct Caller
{
	Oid			user;
	int			context;
} Caller;

/* Connect to SPI as the owner of the table.  An error undoes both by itself. */
static Caller
run_as_owner(Relation rel)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(RelationGetForm(rel)->relowner,
						   caller.context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	return caller;
}

static void
run_as_caller(Caller caller)
{
	SPI_finish();
	SetUserIdAndSecContext(caller.user, caller.context);
}

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
 * The first column of the first row of a query on a name; found says whether
 * there is a row.  It sees what has been committed by now, at every isolation
 * level.
 */
static char *
lookup(const char *sql, const char *name, bool *found)
{
	Oid			type = TEXTOID;
	Datum		arg = CStringGetTextDatum(name);
	SPIPlanPtr	plan = SPI_prepare(sql, 1, &type);

	if (plan == NULL ||
		SPI_execute_snapshot(plan, &arg, NULL, GetLatestSnapshot(),
							 InvalidSnapshot, false, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	SPI_freeplan(plan);
	*found = SPI_processed > 0;
	if (!*found)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}

/*
 * After a target is written: if it has days, and its hours are not round the
 * clock, one in business days may have been meant.  A plan or calendar that is
 * not there yet brings no notice.
 */
Datum
sla_target_rule_notice(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	TupleDesc	desc = RelationGetDescr(rel);
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	int			attnum = column(rel, "target", INTERVALOID);
	bool		isnull;
	Datum		target = heap_getattr(tuple, attnum, desc, &isnull);
	MemoryContext context = CurrentMemoryContext;
	char	   *calendar;
	char	   *hours = NULL;
	bool		found;
	Caller		caller;

	if (isnull || DatumGetIntervalP(target)->day == 0 || is_restore(rel) ||
		is_builtin(rel, tuple))
		return PointerGetDatum(NULL);

	caller = run_as_owner(rel);
	calendar = SPI_getvalue(tuple, desc, column(rel, "calendar", TEXTOID));
	if (calendar == NULL)
		calendar = lookup(psprintf("SELECT calendar FROM %s WHERE plan OPERATOR(pg_catalog.=) $1",
								   sibling_name(rel, "support_hours")),
						  SPI_getvalue(tuple, desc, column(rel, "plan", TEXTOID)), &found);
	if (calendar != NULL)
		hours = lookup(psprintf("SELECT hours FROM ONLY %s WHERE calendar OPERATOR(pg_catalog.=) $1",
								sibling_name(rel, "business_calendar")), calendar, &found);
	if (hours == NULL || opening_hours_always(opening_hours_parse(hours, NULL)))
		calendar = NULL;
	else
		calendar = MemoryContextStrdup(context, calendar);
	run_as_caller(caller);
	if (calendar != NULL)
		ereport(NOTICE,
				(errmsg("each day of the target \"%s\" counts as 24 hours of business time",
						SPI_getvalue(tuple, desc, attnum)),
				 errdetail("The hours of calendar \"%s\" are not round the clock.",
						   calendar),
				 errhint("For business days, set target to null and target_days to their number.")));
	return PointerGetDatum(NULL);
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
	lookup(psprintf("SELECT 1 FROM ONLY %s WHERE %s%s",
					sibling_name(rel, table), condition,
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

/* The names in a column of a row. */
static List *
names_in(TriggerData *trigdata, HeapTuple tuple, const char *name_column, Naming naming)
{
	TupleDesc	desc = RelationGetDescr(trigdata->tg_relation);
	int			attnum = column(trigdata->tg_relation, name_column,
								naming == NAMES_ARRAY ? TEXTARRAYOID : TEXTOID);
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, desc, &isnull);
	List	   *names = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	if (isnull)
		return NIL;
	if (naming == NAME)
		return list_make1(TextDatumGetCString(value));
	if (naming == NAMES)
		return add_names(NIL, TextDatumGetCString(value));
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			names = add_names(names, TextDatumGetCString(elements[i]));
	}
	return names;
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
							 sibling_name(rel, table)), true, 0) != SPI_OK_SELECT)
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

	if (is_restore(rel))
		return PointerGetDatum(NULL);
	names = names_in(trigdata, tuple, from, naming);
	if (names == NIL)
		return PointerGetDatum(NULL);

	caller = run_as_owner(rel);
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
	run_as_caller(caller);
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
		name = SPI_getvalue(trigdata->tg_trigtuple, RelationGetDescr(rel),
							column(rel, to, TEXTOID));
	if ((name == NULL && !truncate) || is_restore(rel))
		return PointerGetDatum(NULL);

	caller = run_as_owner(rel);
	if (truncate || !is_named(rel, RelationGetRelationName(rel), to, NAME, name, false))
	{
		for (int i = 1; i < trigdata->tg_trigger->tgnargs; i += 3)
		{
			const char *table = trigger_argument(trigdata, i);
			const char *from = trigger_argument(trigdata, i + 1);
			bool		found;

			if (truncate)
			{
				lookup(psprintf("SELECT 1 FROM ONLY %s WHERE %s IS NOT NULL"
								" AND $1 IS NOT NULL",
								sibling_name(rel, table), quote_identifier(from)),
					   "", &found);
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
	run_as_caller(caller);
	return PointerGetDatum(NULL);
}

/* Checked with the references: no plan takes its targets from itself. */
Datum
support_plan_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *plan = SPI_getvalue(tuple, RelationGetDescr(rel),
									column(rel, "plan", TEXTOID));
	int			attnum = column(rel, "sla_of", TEXTOID);
	char	   *sql;
	char	   *next;
	List	   *seen = NIL;
	bool		again = false;
	StringInfoData path;
	Caller		caller;

	if (plan == NULL || is_restore(rel))
		return PointerGetDatum(NULL);

	caller = run_as_owner(rel);
	sql = psprintf("SELECT sla_of FROM ONLY %s WHERE plan OPERATOR(pg_catalog.=) $1",
				   qualified_name(rel));
	initStringInfo(&path);
	appendStringInfo(&path, "\"%s\"", plan);

	/* A circle without this plan is reported for the row that closed it. */
	next = plan;
	while (!again)
	{
		bool		found;
		ListCell   *cell;

		CHECK_FOR_INTERRUPTS();
		seen = lappend(seen, next);
		next = lookup(sql, next, &found);
		if (next == NULL)
			break;
		appendStringInfo(&path, " -> \"%s\"", next);
		if (strcmp(next, plan) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("support plan \"%s\" takes its targets from itself", plan),
					 errdetail("Its sla_of leads back to it: %s.", path.data),
					 errhint("Set sla_of of one of these plans to null or to another plan."),
					 errtablecol(rel, attnum)));
		foreach(cell, seen)
			again = again || strcmp(next, (char *) lfirst(cell)) == 0;
	}
	run_as_caller(caller);
	return PointerGetDatum(NULL);
}

/* A list that includes others, in business_holiday_list_check(). */
typedef struct IncludingList
{
	const char *name;
	const char *includes;		/* names joined by "+" */
	int			from;			/* the list that led to it; -1: none */
	bool		reached;
} IncludingList;

/*
 * All lists that include others, and their places by name.  As lookup(), it sees
 * what has been committed by now.
 */
static int
including_lists(Relation rel, IncludingList **lists, namemap_hash **places)
{
	char	   *sql = psprintf("SELECT holidays, pg_catalog.array_to_string(includes, '+')"
							   " FROM ONLY %s WHERE includes OPERATOR(pg_catalog.<>) '{}'",
							   qualified_name(rel));
	SPIPlanPtr	plan = SPI_prepare(sql, 0, NULL);
	int			n;

	if (plan == NULL ||
		SPI_execute_snapshot(plan, NULL, NULL, GetLatestSnapshot(),
							 InvalidSnapshot, false, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	n = (int) SPI_processed;
	*lists = palloc_extended(Max(n, 1) * sizeof(IncludingList), MCXT_ALLOC_HUGE);
	*places = namemap_create(CurrentMemoryContext, Max(n, 1), NULL);
	for (int i = 0; i < n; i++)
	{
		IncludingList *one = &(*lists)[i];

		CHECK_FOR_INTERRUPTS();
		one->name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		one->includes = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 2);
		one->from = -1;
		one->reached = false;
		add_name(*places, one->name, strlen(one->name))->to.index = i;
	}
	SPI_freeplan(plan);
	return n;
}

/*
 * Checked with the references: no list of holidays includes itself.  What it
 * includes is looked at list by list, each once.
 */
Datum
business_holiday_list_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_AFTER,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *list = SPI_getvalue(tuple, RelationGetDescr(rel),
									column(rel, "holidays", TEXTOID));
	IncludingList *lists;
	namemap_hash *places;
	int		   *queue;
	int			n = 0;
	int			start;
	Caller		caller;

	if (is_restore(rel) ||
		names_in(trigdata, tuple, "includes", NAMES_ARRAY) == NIL)
		return PointerGetDatum(NULL);

	/*
	 * Of two transactions that would close a circle together, the second waits
	 * here, and then sees what the first has written.
	 */
	LockRelationOid(RelationGetRelid(rel), ShareUpdateExclusiveLock);
	caller = run_as_owner(rel);
	queue = palloc_extended((including_lists(rel, &lists, &places) + 1) * sizeof(int),
							MCXT_ALLOC_HUGE);
	start = find_index(places, list, strlen(list));
	if (start >= 0)
		queue[n++] = start;

	/* A circle without this list is reported for the row that closed it. */
	for (int i = 0; i < n; i++)
	{
		ListCell   *cell;

		foreach(cell, add_names(NIL, lists[queue[i]].includes))
		{
			const char *name = lfirst(cell);
			int			place = find_index(places, name, strlen(name));

			CHECK_FOR_INTERRUPTS();
			if (place == start)
			{
				char	   *path = psprintf("\"%s\"", list);

				for (int k = queue[i]; k >= 0; k = lists[k].from)
					path = psprintf("\"%s\" -> %s", lists[k].name, path);
				ereport(ERROR,
						(errcode(ERRCODE_CHECK_VIOLATION),
						 errmsg("holiday list \"%s\" includes itself", list),
						 errdetail("Its includes lead back to it: %s.", path),
						 errhint("Take one of these lists out of the includes of another."),
						 errtablecol(rel, SPI_fnumber(RelationGetDescr(rel), "includes"))));
			}
			if (place < 0 || lists[place].reached)
				continue;
			lists[place].reached = true;
			lists[place].from = queue[i];
			queue[n++] = place;
		}
	}
	run_as_caller(caller);
	return PointerGetDatum(NULL);
}
