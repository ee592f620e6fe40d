/*
 * policy_check.c
 *	  What a row of a configuration table must be by itself.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "hours/business_hours.h"
#include "hours/holiday_rule.h"
#include "policy/policy_trigger.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(business_calendar_check);
PG_FUNCTION_INFO_V1(business_holiday_rule_check);
PG_FUNCTION_INFO_V1(sla_target_rule_check);
PG_FUNCTION_INFO_V1(sla_target_rule_notice);

/* The type business_hours of the trigger's schema. */
static Oid
business_hours_type(Relation rel)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   CStringGetDatum("business_hours"),
						   ObjectIdGetDatum(RelationGetNamespace(rel)));
}

/* Before a calendar is written: with a list, its hours must have a PH rule. */
Datum
business_calendar_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE,
										 ON_INSERT | ON_UPDATE);
	Relation	rel = trigdata->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigdata);
	char	   *list = column_text(rel, tuple, "holidays");
	Datum		hours;
	bool		isnull;

	if (list == NULL)
		return PointerGetDatum(tuple);

	/* Without hours the row is refused by the column's NOT NULL. */
	hours = column_value(rel, tuple, "hours", business_hours_type(rel), &isnull);
	if (!isnull &&
		!opening_hours_has_holidays(business_hours_unpack(DatumGetBusinessHoursP(hours))))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("calendar \"%s\" has holidays but no rule for them",
						column_text(rel, tuple, "calendar")),
				 errdetail("Its hours have no PH rule, so the days of holiday list \"%s\" would change nothing.",
						   list),
				 errhint("Add \"; PH off\" to the hours, or set business_calendar.holidays to null."),
				 errtablecol(rel, row_column(rel, "holidays", TEXTOID))));
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
	char	   *rule = column_text(rel, tuple, "rule");

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
	int			attnum = row_column(rel, "target", INTERVALOID);
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

	attnum = row_column(rel, "target_days", INT4OID);
	value = heap_getattr(tuple, attnum, desc, &isnull);
	days = isnull ? 1 : DatumGetInt32(value);
	value = column_value(rel, tuple, "until_close", BOOLOID, &isnull);
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
	int			attnum = row_column(rel, "target", INTERVALOID);
	bool		isnull;
	Datum		target = heap_getattr(tuple, attnum, desc, &isnull);
	MemoryContext context = CurrentMemoryContext;
	char	   *calendar;
	char	   *hours = NULL;
	bool		found;
	Caller		caller;

	if (isnull || DatumGetIntervalP(target)->day == 0 || is_policy_restore(rel) ||
		row_is_builtin(rel, tuple))
		return PointerGetDatum(NULL);

	caller = policy_as_owner(rel);
	calendar = column_text(rel, tuple, "calendar");
	if (calendar == NULL)
		calendar = lookup_latest(psprintf("SELECT calendar FROM %s WHERE plan OPERATOR(pg_catalog.=) $1",
										  sibling_table(rel, "support_hours")),
								 column_text(rel, tuple, "plan"), &found);
	if (calendar != NULL)
		hours = lookup_latest(psprintf("SELECT hours FROM ONLY %s WHERE calendar OPERATOR(pg_catalog.=) $1",
									   sibling_table(rel, "business_calendar")), calendar, &found);
	if (hours == NULL || opening_hours_always(opening_hours_parse(hours, NULL)))
		calendar = NULL;
	else
		calendar = MemoryContextStrdup(context, calendar);
	policy_as_caller(caller);
	if (calendar != NULL)
		ereport(NOTICE,
				(errmsg("each day of the target \"%s\" counts as 24 hours of business time",
						SPI_getvalue(tuple, desc, attnum)),
				 errdetail("The hours of calendar \"%s\" are not round the clock.",
						   calendar),
				 errhint("For business days, set target to null and target_days to their number.")));
	return PointerGetDatum(NULL);
}
