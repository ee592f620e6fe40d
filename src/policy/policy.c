/*
 * policy.c
 *	  Configuration by name: plans, targets, calendars and holidays.
 *
 * What comes in: a map, and names or indexes.  What goes out: what the map has
 * of them, the target in force at an instant, and the time line of a calendar.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "policy/policy_map.h"

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

char *
policy_list_names(const char **names, int n)
{
	StringInfoData list;
	int			i;

	qsort(names, n, sizeof(char *), compare_names);
	initStringInfo(&list);
	for (i = 0; i < n && i < 20; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
	if (n > 20)
		appendStringInfo(&list, " and %d more", n - 20);
	return list.data;
}

int
published_priority(int urgency, int impact)
{
	/* One level for high/high, one more for each step down, four at most. */
	int			steps = (LEVEL_HIGH - urgency) + (LEVEL_HIGH - impact);

	return Min(steps, NUM_PRIORITIES - 1);
}

uint64
policy_serial(const PolicyMap *map)
{
	return map->serial;
}

const SupportPlan *
policy_plan(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_name(map->plan_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->plans[index];
	if (soft)
		return NULL;
	names = palloc(Max(map->nplans, 1) * sizeof(char *));
	for (i = 0; i < map->nplans; i++)
		names[i] = map->plans[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("support plan \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->nplans == 0 ?
			 errhint("There are no support plans: the table support_plan is empty.") :
			 errhint("The plans are %s.", policy_list_names(names, map->nplans))));
	return NULL;				/* keep compiler quiet */
}

PolicyCalendar *
policy_calendar(const PolicyMap *map, const char *name, int len)
{
	int			index = find_name(map->calendar_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->calendars[index];
	names = palloc(Max(map->ncalendars, 1) * sizeof(char *));
	for (i = 0; i < map->ncalendars; i++)
		names[i] = map->calendars[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("business calendar \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->ncalendars == 0 ?
			 errhint("There are no calendars: the table business_calendar is empty.") :
			 errhint("The calendars are %s.", policy_list_names(names, map->ncalendars))));
	return NULL;				/* keep compiler quiet */
}

void
policy_prefetch(const PolicyMap *map, const PolicyCalendar *calendar,
				TimestampTz t)
{
	prefetch_line(calendar->own.line);
	prefetch_line(&map->lists[Max(calendar->holidays, 0)].safe_from);
	axis_prefetch(calendar->own.index, t);
}

/*
 * References are checked at commit, and so may be broken until then.  False
 * for such a one, if soft.
 */
static bool
check_reference(int index, const char *what, const char *of, bool soft)
{
	if (likely(index != BROKEN_REFERENCE))
		return true;
	if (!soft)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the %s of support plan \"%s\" does not exist", what, of)));
	return false;
}

const SupportPlan *
policy_plan_at(const PolicyMap *map, int index)
{
	return index < 0 ? NULL : &map->plans[index];
}

PolicyCalendar *
policy_calendar_at(const PolicyMap *map, int index)
{
	return index < 0 ? NULL : &map->calendars[index];
}

const SupportPlan *
policy_successor(const PolicyMap *map, const SupportPlan *plan)
{
	(void) check_reference(plan->successor, "successor", plan->name, false);
	return policy_plan_at(map, plan->successor);
}

/* The calendar of a plan, or else of the plan whose hours it takes. */
static int
plan_calendar(const PolicyMap *map, const SupportPlan *plan, bool soft)
{
	int			steps;

	for (steps = 0; steps <= map->nplans; steps++)
	{
		if (!check_reference(plan->calendar, "calendar", plan->name, soft) ||
			!check_reference(plan->sla_of, "plan in sla_of", plan->name, soft))
			return BROKEN_REFERENCE;
		if (plan->calendar >= 0 || plan->sla_of < 0)
			return plan->calendar;
		plan = &map->plans[plan->sla_of];
	}
	return NO_REFERENCE;
}

static const TargetRule *
find_target(const PolicyMap *map, const SupportPlan *plan, int metric,
			int priority, TimestampTz at, bool soft, int *calendar)
{
	const SupportPlan *asked = plan;
	int			steps;

	/* A plan that takes its targets from itself is refused when written. */
	for (steps = 0; steps <= map->nplans; steps++)
	{
		RuleRange	range = plan->rules[metric][priority];
		int			i;

		for (i = range.first + range.n - 1; i >= range.first; i--)
		{
			const TargetRule *rule = &map->rules[i];

			if (rule->valid_from <= at)
			{
				(void) check_reference(rule->calendar, "calendar of a target",
									   plan->name, soft);
				*calendar = rule->calendar != NO_REFERENCE ? rule->calendar :
					plan_calendar(map, plan, soft);
				return rule;
			}
		}
		if (!check_reference(plan->sla_of, "plan in sla_of", plan->name, soft))
		{
			*calendar = BROKEN_REFERENCE;
			return NULL;
		}
		if (plan->sla_of < 0)
			break;
		plan = &map->plans[plan->sla_of];
	}
	*calendar = plan_calendar(map, asked, soft);
	return NULL;
}

/*
 * Whether find_target() answers the same at all times, and with no error: a
 * plan that has, like those whose targets it takes, at most one row, from the
 * beginning of time.
 */
static bool
is_settled(const PolicyMap *map, const SupportPlan *plan,
		   int metric, int priority)
{
	int			steps;

	for (steps = 0; steps <= map->nplans; steps++)
	{
		RuleRange	range = plan->rules[metric][priority];

		if (range.n > 1 || plan->calendar == BROKEN_REFERENCE ||
			plan->sla_of == BROKEN_REFERENCE)
			return false;
		if (range.n == 1 &&
			(map->rules[range.first].valid_from != DT_NOBEGIN ||
			 map->rules[range.first].calendar == BROKEN_REFERENCE))
			return false;
		if (plan->sla_of < 0)
			return true;
		plan = &map->plans[plan->sla_of];
	}
	return false;
}

void
policy_settle_targets(PolicyMap *map)
{
	int			i,
				metric,
				priority;

	for (i = 0; i < map->nplans; i++)
	{
		SupportPlan *plan = &map->plans[i];

		for (metric = 0; metric < NUM_METRICS; metric++)
		{
			for (priority = 0; priority < NUM_PRIORITIES; priority++)
			{
				SettledTarget *settled = &plan->settled[metric][priority];

				settled->known = is_settled(map, plan, metric, priority);
				if (settled->known)
					settled->rule = find_target(map, plan, metric, priority,
												DT_NOBEGIN, false,
												&settled->calendar);
			}
		}
	}
}

const TargetRule *
policy_target(const PolicyMap *map, const SupportPlan *plan,
			  int metric, int priority, TimestampTz at, bool soft, int *calendar)
{
	const SettledTarget *settled = &plan->settled[metric][priority];

	if (likely(settled->known))
	{
		*calendar = settled->calendar;
		return settled->rule;
	}
	return find_target(map, plan, metric, priority, at, soft, calendar);
}

PolicyHolidays *
policy_holidays(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_name(map->list_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->lists[index];
	if (soft)
		return NULL;
	names = palloc(Max(map->nlists, 1) * sizeof(char *));
	for (i = 0; i < map->nlists; i++)
		names[i] = map->lists[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("holiday list \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->nlists == 0 ?
			 errhint("There are no holiday lists: the table business_holiday_list is empty.") :
			 errhint("The lists are %s.", policy_list_names(names, map->nlists))));
	return NULL;				/* keep compiler quiet */
}

/* The instants for which, whatever the zone, a list has all that it can have. */
static void
set_safe_range(PolicyHolidays *list)
{
	/* Two days, for the offset of any zone. */
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

	if (unlikely(index != (calendar->has_holidays ? calendar->holidays : NO_REFERENCE)))
	{
		/* A list of the caller's; it can be any. */
		if (calendar->replaced == NULL)
			calendar->replaced =
				MemoryContextAllocZero(map->context,
									   (map->nlists + 1) * sizeof(CalendarAxis));
		slot = &calendar->replaced[index + 1];
	}
	if (likely(slot->epoch == timeline_epoch))
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
	/* Round the clock is the same everywhere. */
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
	if (unlikely(holidays != NULL))
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
	/* Hours that do not ask for holidays do not change with them. */
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
	if (likely(axis->zone == zone))
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

	if (likely(gap->list == NULL) || *warned)
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
 * Whether, well within the limits, in any zone, there is nothing to say of the
 * time between two instants; nor is there of time without an end.
 */
static inline bool
well_known(const PolicyHolidays *list, TimestampTz from, TimestampTz to)
{
	return likely(policy_holidays_safe(list, from, to)) ||
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
