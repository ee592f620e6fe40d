/*
 * policy_calendar.c
 *	  The time line of a named calendar.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "policy/policy_map.h"

/*
 * The axis of a calendar with a list, or with none.  A list that includes one
 * that does not exist is an ERROR or, if soft, gives NULL.
 */
static CalendarAxis *
calendar_axis(const PolicyMap *map, PolicyCalendar *calendar,
			  PolicyHolidays *list, bool soft)
{
	CalendarAxis *slot = list == NULL || list == calendar->list ? &calendar->own :
		policy_list_axis(list, calendar);

	if (slot->epoch == timeline_epoch)
		return slot;
	if (list == NULL)
		slot->axis = axis_get(axis_key_of_hours(calendar->hours), 0);
	else
	{
		ByteKey		holidays = policy_holidays_key(map, list, soft);
		ByteKey		hours = axis_key_of_hours(calendar->hours);
		ByteKey		key;
		char	   *bytes;

		if (holidays.data == NULL)
			return NULL;
		bytes = MemoryContextAllocHuge(CurrentMemoryContext,
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
	else if (calendar->list != NULL)
		*list = calendar->list;
	else if (calendar->holidays != NULL)
	{
		*list = policy_calendar_list(map, calendar);
		if (*list == NULL && soft)
			return NULL;
		if (*list == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the holiday list of business calendar \"%s\" does not exist",
							calendar->name)));
	}
	/* Hours without a PH rule do not depend on holidays. */
	if (!calendar->has_holidays)
		*list = NULL;
	axis = calendar_axis(map, calendar, *list, soft);
	if (axis == NULL)
		return NULL;
	if (zone == NULL && (axis->home != NULL || calendar->zone_name != NULL))
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
