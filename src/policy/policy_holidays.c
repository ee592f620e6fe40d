/*
 * policy_holidays.c
 *	  Lists of holidays as they are used: with the lists that they include, several
 *	  together, and with the days that they know.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "policy/policy_map.h"

/* The most lists that a call can name together. */
#define MAX_TOGETHER	100

/*
 * Lists that calls have named together, such as "office+PL".  There is no end
 * of such names, so a map keeps only the latest ones: those of two generations,
 * each of which has room for so many.  When the younger one is full, the older
 * one goes.  So a list that was just found stays while many others are looked
 * for.
 */
#define MAX_GENERATION	200

typedef struct Generation
{
	MemoryContext context;		/* NULL: none yet */
	namemap_hash *names;
	int			n;
} Generation;

struct TogetherByCall
{
	int			young;			/* which of them is the younger one */
	Generation	generation[2];
};

/* The last axes of a list with calendars that do not name it, by their place. */
#define NUM_LIST_AXES	8

CalendarAxis *
policy_list_axis(PolicyHolidays *list, const PolicyCalendar *calendar)
{
	uint64		place = (uintptr_t) calendar / sizeof(PolicyCalendar);
	ListAxis   *one;

	if (list->axes == NULL)
		list->axes = MemoryContextAllocZero(list->context, NUM_LIST_AXES * sizeof(ListAxis));
	one = &list->axes[place % NUM_LIST_AXES];
	if (one->calendar != calendar)
	{
		one->axis.epoch = 0;
		one->calendar = calendar;
	}
	return &one->axis;
}

PolicyHolidays *
policy_holidays_make(MemoryContext context, const char *name, int len)
{
	PolicyHolidays *made = MemoryContextAllocZero(context, sizeof(PolicyHolidays));

	made->name = name;
	made->name_len = len;
	made->known_from = DATEVAL_NOBEGIN;
	made->known_until = DATEVAL_NOEND;
	made->first_year = INT_MIN;
	made->last_year = INT_MAX;
	made->context = context;
	return made;
}

/* Several lists whose names are joined by "+". */
static PolicyHolidays *
make_together(MemoryContext context, const char *names, int len)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	PolicyHolidays *made = policy_holidays_make(context, pnstrdup(names, len), len);
	int			n = 1;

	for (int i = 0; i < len; i++)
		n += names[i] == '+';
	made->includes = palloc(n * sizeof(char *));
	for (const char *at = made->name; made->nincludes < n; at += strcspn(at, "+") + 1)
		made->includes[made->nincludes++] = pnstrdup(at, strcspn(at, "+"));
	MemoryContextSwitchTo(old);
	return made;
}

/* Begin a new generation in place of the older one. */
static Generation *
new_generation(const PolicyMap *map)
{
	struct TogetherByCall *together = map->found->together;
	int			old = 1 - together->young;
	Generation *made = &together->generation[old];
	MemoryContext context = made->context;

	memset(made, 0, sizeof(Generation));
	if (context != NULL)
		MemoryContextDelete(context);
	context = AllocSetContextCreate(map->context,
									"ticket_priority holidays together",
									ALLOCSET_SMALL_SIZES);
	made->names = namemap_create(context, MAX_GENERATION, NULL);
	made->context = context;
	together->young = old;
	return made;
}

PolicyHolidays *
policy_holidays_together(const PolicyMap *map, const char *name, int len, bool soft)
{
	struct TogetherByCall *together = map->found->together;
	Generation *young;
	PolicyHolidays *made;
	int			n = 1;

	if (together == NULL)
		together = map->found->together =
			MemoryContextAllocZero(map->context, sizeof(struct TogetherByCall));
	young = &together->generation[together->young];
	for (int i = 0; i < 2; i++)
	{
		Generation *one = &together->generation[(together->young + i) % 2];

		made = one->context == NULL ? NULL : find_pointer(one->names, name, len);
		if (made != NULL)
			return made;
	}

	/* All must exist, and nothing is kept that does not. */
	for (const char *at = name, *end; n > 0; at = end + 1)
	{
		end = memchr(at, '+', name + len - at);
		if (end == NULL)
			end = name + len;
		if (n++ > MAX_TOGETHER)
		{
			if (soft)
				return NULL;
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many holiday lists together: \"%s\"",
							pnstrdup(name, pg_mbcliplen(name, len, 100))),
					 errdetail("At most %d can be named.", MAX_TOGETHER),
					 errhint("Make a list that includes them, by business_holiday_list.includes.")));
		}
		if (policy_holidays(map, at, end - at, soft) == NULL)
			return NULL;
		if (end == name + len)
			break;
	}

	if (young->context == NULL || young->n == MAX_GENERATION)
		young = new_generation(map);
	made = make_together(young->context, name, len);
	add_name(young->names, made->name, len)->to.pointer = made;
	young->n++;
	return made;
}

PolicyHolidays *
policy_calendar_list(const PolicyMap *map, PolicyCalendar *calendar)
{
	const char *name = calendar->holidays;
	PolicyHolidays *list = calendar->list;

	if (likely(list != NULL))
		return list;
	list = find_pointer(map->list_names, name, strlen(name));
	if (list == NULL && strchr(name, '+') == NULL)
		list = policy_holidays(map, name, strlen(name), true);
	else if (list == NULL)
	{
		list = make_together(map->context, name, strlen(name));
		add_name(map->list_names, list->name, list->name_len)->to.pointer = list;
	}
	calendar->list = list;
	return list;
}

/* Read the rows of a list itself.  Several together have none. */
static void
read_days(const PolicyMap *map, PolicyHolidays *list)
{
	if (list->days != NULL || strchr(list->name, '+') != NULL)
		return;
	list->rules = policy_rows(map, TABLE_HOLIDAY_RULE, list->name, list->name_len);
	list->days = policy_rows(map, TABLE_HOLIDAY, list->name, list->name_len);
}

List *
policy_holidays_members(const PolicyMap *map, PolicyHolidays *list, bool soft)
{
	namemap_hash *seen;
	MemoryContext temp;
	MemoryContext old;
	List	   *members = NIL;
	List	   *stack;

	if (list->members != NIL)
		return list->members;
	temp = AllocSetContextCreate(CurrentMemoryContext,
								 "ticket_priority holiday members",
								 ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(temp);
	seen = namemap_create(temp, 8, NULL);
	stack = list_make1(list);
	while (stack != NIL)
	{
		PolicyHolidays *one = llast(stack);
		bool		found;

		CHECK_FOR_INTERRUPTS();
		stack = list_delete_last(stack);
		(void) namemap_insert(seen, name_key(one->name, one->name_len), &found);
		if (found)
			continue;
		members = lappend(members, one);
		/* The first one is looked at next, with all that it includes. */
		for (int i = one->nincludes - 1; i >= 0; i--)
		{
			PolicyHolidays *included = policy_holidays(map, one->includes[i],
													   strlen(one->includes[i]), soft);

			if (included == NULL)
			{
				MemoryContextSwitchTo(old);
				MemoryContextDelete(temp);
				return NIL;
			}
			stack = lappend(stack, included);
		}
	}
	MemoryContextSwitchTo(list->context);
	list->members = list_copy(members);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(temp);
	return list->members;
}

/* Find the instants for which all members of a list are complete in every zone. */
static void
set_safe_range(PolicyHolidays *list)
{
	ListCell   *cell;

	/* Two days are more than the offset of any zone. */
	list->safe_from = MIN_TIMESTAMP;
	if (list->first_year > FIRST_YEAR)
		list->safe_from = (year_start_date(list->first_year) - EPOCH_DAYS + 2) * USECS_PER_DAY;
	list->safe_until = END_TIMESTAMP;
	if (list->last_year < LAST_YEAR)
		list->safe_until = (year_start_date(list->last_year + 1) - EPOCH_DAYS - 2) * USECS_PER_DAY;
	foreach(cell, list->members)
	{
		const PolicyHolidays *one = lfirst(cell);

		if (one->known_from != DATEVAL_NOBEGIN)
			list->safe_from = Max(list->safe_from,
								  ((int64) one->known_from + 2) * USECS_PER_DAY);
		if (one->known_until != DATEVAL_NOEND)
			list->safe_until = Min(list->safe_until,
								   ((int64) one->known_until - 2) * USECS_PER_DAY);
	}
}

/* The keys of all members, one after the other, in the current context. */
static ByteKey
members_key(const PolicyMap *map, const PolicyHolidays *list)
{
	StringInfoData bytes;
	ByteKey		key;
	ListCell   *cell;

	initStringInfo(&bytes);
	foreach(cell, list->members)
	{
		PolicyHolidays *one = lfirst(cell);
		HolidayRows days = {0, NULL};
		HolidayRuleRows rules = {0, NULL};

		read_days(map, one);
		if (one->days != NULL)
		{
			days = *one->days;
			rules = *one->rules;
		}
		/* A list without days adds nothing, but something there must be. */
		if (days.n == 0 && rules.n == 0 &&
			(bytes.len > 0 || lnext(list->members, cell) != NULL))
			continue;
		key = holiday_list_key(days.days, days.n, rules.rules, rules.n);
		appendBinaryStringInfo(&bytes, key.data, key.len);
		pfree((char *) key.data);
	}
	key.data = bytes.data;
	key.len = bytes.len;
	return key;
}

ByteKey
policy_holidays_key(const PolicyMap *map, PolicyHolidays *list, bool soft)
{
	if (list->key.data == NULL &&
		policy_holidays_members(map, list, soft) != NIL)
	{
		MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
												   "ticket_priority holidays",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(temp);
		HolidayList *made;
		ByteKey		key;
		char	   *copy;

		key = members_key(map, list);
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

void
policy_note_gap(const PolicyHolidays *list, int64 first, int64 last,
				HolidayGap *gap)
{
	ListCell   *cell;

	foreach(cell, list->members)
	{
		const PolicyHolidays *one = lfirst(cell);
		bool		before = one->known_from != DATEVAL_NOBEGIN &&
			first - EPOCH_DAYS < one->known_from;
		bool		after = one->known_until != DATEVAL_NOEND &&
			last - EPOCH_DAYS > one->known_until;

		if (gap->list != NULL)
			return;
		if (!before && !after)
			continue;
		gap->list = pstrdup(one->name);
		gap->is_first = before;
		gap->known = before ? one->known_from : one->known_until;
	}
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

/*
 * The years for which the rules of a member have answers.  Returns whether it has
 * rules for days near holidays.
 */
static bool
years_of_member(const PolicyHolidays *one, int *first_year, int *last_year)
{
	bool		has_shifts = false;

	*first_year = INT_MIN;
	*last_year = INT_MAX;
	for (int i = 0; one->rules != NULL && i < one->rules->n; i++)
	{
		const char *text = one->rules->rules[i].rule;
		HolidayRule *rule = holiday_rule_parse(text, strlen(text), NULL);
		int			first;
		int			last;

		CHECK_FOR_INTERRUPTS();
		if (holiday_rule_shift(rule) != 0)
			has_shifts = true;
		holiday_rule_known(rule, &first, &last);
		*first_year = Max(*first_year, first);
		*last_year = Min(*last_year, last);
	}
	return has_shifts;
}

/* Raise the error for a year for which a member has no answer. */
static void
unknown_year(const PolicyHolidays *list, int year)
{
	ListCell   *cell;
	bool		near = false;
	int			first_year;
	int			last_year;

	/* Days near holidays go by those of all members, in the years around too. */
	foreach(cell, list->members)
	{
		if (years_of_member(lfirst(cell), &first_year, &last_year))
			near = true;
	}
	foreach(cell, list->members)
	{
		const PolicyHolidays *one = lfirst(cell);

		(void) years_of_member(one, &first_year, &last_year);
		if (year < first_year || year > last_year ||
			(near && (year == first_year || year == last_year)))
			ereport(ERROR,
					(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					 errmsg("holiday list \"%s\" has no answer for the year %d",
							one->name, year),
					 year < first_year ?
					 errdetail("It has a rule by a calendar that is known from %d on only.",
							   first_year) :
					 year > last_year ?
					 errdetail("It has a rule by a calendar that is known until %d only.",
							   last_year) :
					 year == first_year ?
					 errdetail("It has a rule by a calendar that is known from %d on only, and days near holidays need the year before.",
							   first_year) :
					 errdetail("It has a rule by a calendar that is known until %d only, and days near holidays need the year after.",
							   last_year),
					 errhint("Replace the rule by rows in business_holiday.")));
	}
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
		unknown_year(list, year);
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
