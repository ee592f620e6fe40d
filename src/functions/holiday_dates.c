/*
 * holiday_dates.c
 *	  SQL functions on lists of holidays and on their rules.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "functions/call_site.h"

PG_FUNCTION_INFO_V1(holiday_rule_dates);
PG_FUNCTION_INFO_V1(holiday_rule_shift_of);
PG_FUNCTION_INFO_V1(holiday_list_check);
PG_FUNCTION_INFO_V1(holiday_list_members);

/* holiday_rule_dates(rule, year): setof date */
Datum
holiday_rule_dates(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *text_of_rule = PG_GETARG_TEXT_PP(0);
	int32		year = PG_GETARG_INT32(1);
	HolidayRule *rule;
	int64		days[HOLIDAY_MAX_DAYS];
	int			n;
	int			i;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	rule = holiday_rule_parse(VARDATA_ANY(text_of_rule),
							  VARSIZE_ANY_EXHDR(text_of_rule), NULL);
	if (year < 1 || year > LAST_YEAR - 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("year %d is out of range", year)));
	n = holiday_rule_days(rule, year, days);
	if (n < 0)
	{
		int			first;
		int			last;

		holiday_rule_known(rule, &first, &last);
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("holiday rule \"%s\" has no answer for the year %d",
						text_to_cstring(text_of_rule), year),
				 year < first ? errdetail("Its calendar is known from %d on only.", first) :
				 errdetail("Its calendar is known until %d only.", last),
				 errhint("Write the days as rows of business_holiday.")));
	}
	for (i = 0; i < n; i++)
	{
		Datum		value = DateADTGetDatum((DateADT) (days[i] - EPOCH_DAYS));
		bool		isnull = false;

		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

/* holiday_rule_shift(rule) */
Datum
holiday_rule_shift_of(PG_FUNCTION_ARGS)
{
	text	   *rule = PG_GETARG_TEXT_PP(0);

	PG_RETURN_INT32(holiday_rule_shift(holiday_rule_parse(VARDATA_ANY(rule),
														  VARSIZE_ANY_EXHDR(rule), NULL)));
}

static const CallArgs list_args = {.reads_policy = true, .holidays = 1};

/* holiday_list_check(holidays, year): true, unless it raises an error */
Datum
holiday_list_check(PG_FUNCTION_ARGS)
{
	CallSite   *site = call_site(fcinfo, &list_args);
	int			len;
	const char *name = text_arg(fcinfo, list_args.holidays, &len);
	PolicyMap  *map;
	PolicyHolidays *list;
	HolidayGap	gap = {0};
	int			year = Min(Max(PG_GETARG_INT32(1), FIRST_YEAR), LAST_YEAR - 1);

	map = policy_current(&site->policy);
	list = policy_holidays(map, name, len, false);
	(void) policy_holidays_members(map, list, false);
	policy_note_gap(list, year_start_date(year), year_start_date(year + 1) - 1, &gap);
	holiday_gap_warn(&gap, &site->warned);
	PG_RETURN_BOOL(true);
}

/* holiday_list_members(holidays): table (position, holidays) */
Datum
holiday_list_members(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	CallSite   *site = call_site(fcinfo, &list_args);
	int			len;
	const char *name = text_arg(fcinfo, list_args.holidays, &len);
	PolicyMap  *map;
	List	   *members;
	ListCell   *cell;
	int			position = 0;

	InitMaterializedSRF(fcinfo, 0);
	map = policy_current(&site->policy);
	members = policy_holidays_members(map, policy_holidays(map, name, len, false), false);
	foreach(cell, members)
	{
		const PolicyHolidays *one = lfirst(cell);
		Datum		values[2];
		bool		isnull[2] = {false, false};

		/* Several named together are no list of their own. */
		if (memchr(one->name, '+', one->name_len) != NULL)
			continue;
		values[0] = Int32GetDatum(++position);
		values[1] = PointerGetDatum(cstring_to_text_with_len(one->name, one->name_len));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, isnull);
	}
	return (Datum) 0;
}
