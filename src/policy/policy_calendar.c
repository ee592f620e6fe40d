/*
 * policy_calendar.c
 *	  The time line of a named calendar, and the days that its list of holidays
 *	  knows.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "policy/policy_map.h"

void
policy_prefetch(const PolicyMap *map, const PolicyCalendar *calendar,
				TimestampTz t)
{
	prefetch_line(calendar->own.line);
	prefetch_line(&map->lists[Max(calendar->holidays, 0)].safe_from);
	axis_prefetch(calendar->own.index, t);
}

/* Find the instants for which a list is complete in every zone. */
static void
set_safe_range(PolicyHolidays *list)
{
	/* Two days are more than the offset of any zone. */
	list->safe_from = MIN_TIMESTAMP;
	if (list->first_year > FIRST_YEAR)
		list->safe_from = (year_start_date(list->first_year) - EPOCH_DAYS + 2) * USECS_PER_DAY;
	if (list->known_from != DATEVAL_NOBEGIN)
		list->safe_from = Max(list->safe_from,
							  ((int64) list->known_from + 2) * USECS_PER_DAY);
	list->safe_until = END_TIMESTAMP;
	if (list->last_year < LAST_YEAR)
		list->safe_until = (year_start_date(list->last_year + 1) - EPOCH_DAYS - 2) * USECS_PER_DAY;
	if (list->known_until != DATEVAL_NOEND)
		list->safe_until = Min(list->safe_until,
							   ((int64) list->known_until - 2) * USECS_PER_DAY);
}

/* The key of a list, made on first use. */
static ByteKey
list_key(PolicyHolidays *list)
{
	if (list->key.data == NULL)
	{
		MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
												   "ticket_priority holidays",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(temp);
		HolidayList *made;
		ByteKey		key;
		char	   *copy;

		key = holiday_list_key(list->days, list->ndays, list->rules, list->nrules);
		made = holiday_list_make(key);
		copy = MemoryContextAllocHuge(list->context, key.len);
		memcpy(copy, key.data, key.len);
		list->first_year = made->first_year;
		list->last_year = made->last_year;
		set_safe_range(list);
		list->key.len = key.len;
		list->key.data = copy;
		MemoryContextSwitchTo(old);
		MemoryContextDelete(temp);
	}
	return list->key;
}

/* The axis of a calendar with a list, or with none. */
static CalendarAxis *
calendar_axis(const PolicyMap *map, PolicyCalendar *calendar,
			  PolicyHolidays *list)
{
	int			index = list == NULL ? NO_REFERENCE : (int) (list - map->lists);
	CalendarAxis *slot = &calendar->own;

	if (index != (calendar->has_holidays ? calendar->holidays : NO_REFERENCE))
	{
		/* The caller gave a list, which can be any list of the map. */
		if (calendar->replaced == NULL)
			calendar->replaced =
				MemoryContextAllocZero(map->context,
									   (map->nlists + 1) * sizeof(CalendarAxis));
		slot = &calendar->replaced[index + 1];
	}
	if (slot->epoch == timeline_epoch)
		return slot;
	if (list == NULL)
		slot->axis = axis_get(axis_key_of_hours(calendar->hours), 0);
	else
	{
		ByteKey		holidays = list_key(list);
		ByteKey		hours = axis_key_of_hours(calendar->hours);
		ByteKey		key;
		char	   *bytes = MemoryContextAllocHuge(CurrentMemoryContext,
												   holidays.len + hours.len);

		memcpy(bytes, holidays.data, holidays.len);
		memcpy(bytes + holidays.len, hours.data, hours.len);
		key.data = bytes;
		key.len = holidays.len + hours.len;
		slot->axis = axis_get(key, holidays.len);
		pfree(bytes);
	}
	/* Hours round the clock are the same in every zone. */
	slot->anywhere = slot->axis->always ?
		timeline_get(slot->axis, zone_lookup("UTC", 3, false)) : NULL;
	slot->home = NULL;
	slot->zone = NULL;
	slot->index = slot->axis->index;
	slot->epoch = timeline_epoch;
	return slot;
}

Timeline *
policy_timeline(const PolicyMap *map, PolicyCalendar *calendar, Zone *zone,
				const char *holidays, int holidays_len, bool local,
				bool soft, PolicyHolidays **list)
{
	CalendarAxis *axis;

	*list = NULL;
	if (holidays != NULL)
	{
		*list = policy_holidays(map, holidays, holidays_len, soft);
		if (*list == NULL)
			return NULL;
	}
	else if (calendar->holidays != NO_REFERENCE)
	{
		if (calendar->holidays == BROKEN_REFERENCE && soft)
			return NULL;
		if (calendar->holidays == BROKEN_REFERENCE)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the holiday list of business calendar \"%s\" does not exist",
							calendar->name)));
		*list = &map->lists[calendar->holidays];
	}
	/* Hours without a PH rule do not depend on holidays. */
	if (!calendar->has_holidays)
		*list = NULL;
	axis = calendar_axis(map, calendar, *list);
	if (zone == NULL && calendar->zone_name != NULL)
	{
		if (axis->home == NULL)
		{
			zone = zone_lookup(calendar->zone_name, calendar->zone_len, soft);
			if (zone == NULL)
				return NULL;
			axis->home = timeline_get(axis->axis, zone);
		}
		timeline_touch(axis->home);
		return axis->home;
	}
	if (axis->anywhere != NULL && (!local || zone == NULL))
	{
		timeline_touch(axis->anywhere);
		return axis->anywhere;
	}
	if (zone == NULL && soft)
		return NULL;
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("business calendar \"%s\" needs a time zone",
						calendar->name),
				 errdetail("Its hours are local time, and it has no zone of its own."),
				 errhint("Give the customer's time zone, such as \"Europe/Warsaw\", or set business_calendar.time_zone.")));
	if (axis->zone == zone)
		timeline_touch(axis->line);
	else
	{
		axis->line = timeline_get(axis->axis, zone);
		axis->zone = zone;
	}
	return axis->line;
}

void
policy_note_gap(const PolicyHolidays *list, int64 first, int64 last,
				HolidayGap *gap)
{
	bool		before = list->known_from != DATEVAL_NOBEGIN &&
		first - EPOCH_DAYS < list->known_from;
	bool		after = list->known_until != DATEVAL_NOEND &&
		last - EPOCH_DAYS > list->known_until;

	if (gap->list != NULL || !(before || after))
		return;
	gap->list = pstrdup(list->name);
	gap->is_first = before;
	gap->known = before ? list->known_from : list->known_until;
}

void
holiday_gap_warn(const HolidayGap *gap, bool *warned)
{
	char	   *date;

	if (gap->list == NULL || *warned)
		return;
	*warned = true;
	date = DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(gap->known)));
	if (gap->is_first)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("holiday list \"%s\" is known from %s only", gap->list, date),
				 errdetail("Earlier holidays may be missing from it.")));
	else
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("holiday list \"%s\" is known until %s only", gap->list, date),
				 errdetail("Later holidays are not announced yet, so answers beyond may change.")));
}

/*
 * Whether there is nothing to report about the time between two instants: it
 * is well within the limits in every zone, or it has no end.
 */
static inline bool
well_known(const PolicyHolidays *list, TimestampTz from, TimestampTz to)
{
	return policy_holidays_safe(list, from, to) ||
		TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to);
}

/*
 * Whether the rules of a list have answers for all years from one local date to
 * another; if not, year gets one for which they have none.
 */
static bool
knows_years(const PolicyHolidays *list, int64 first, int64 last, int *year)
{
	if (list->first_year == INT_MIN && list->last_year == INT_MAX)
		return true;
	*year = year_of_date(first);
	if (*year >= list->first_year)
		*year = year_of_date(last);
	return *year >= list->first_year && *year <= list->last_year;
}

void
policy_check_holidays(const PolicyHolidays *list, const Zone *zone,
					  TimestampTz from, TimestampTz to, HolidayGap *gap)
{
	int64		first;
	int64		last;
	int			year;

	if (well_known(list, from, to))
		return;
	first = zone_local_date(zone, Min(from, to));
	last = zone_local_date(zone, Max(from, to));
	if (!knows_years(list, first, last, &year))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("holiday list \"%s\" has no answer for the year %d",
						list->name, year),
				 year < list->first_year ?
				 errdetail("It has a rule by a calendar that is known from %d on only.",
						   list->first_year) :
				 errdetail("It has a rule by a calendar that is known until %d only.",
						   list->last_year),
				 errhint("Replace the rule by rows in business_holiday.")));
	policy_note_gap(list, first, last, gap);
}

bool
policy_knows_holidays(const PolicyHolidays *list, const Zone *zone,
					  TimestampTz from, TimestampTz to)
{
	int			year;

	return well_known(list, from, to) ||
		knows_years(list, zone_local_date(zone, Min(from, to)),
					zone_local_date(zone, Max(from, to)), &year);
}
