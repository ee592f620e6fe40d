/*
 * policy.c
 *	  Plans, metrics, targets, calendars, lists of holidays and the owner's texts,
 *	  found in a map by name.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "policy/policy_map.h"

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The same, but parts of something larger, such as DE-BY, come last. */
static int
compare_parts_last(const void *a, const void *b)
{
	bool		part_a = strchr(*(const char *const *) a, '-') != NULL;
	bool		part_b = strchr(*(const char *const *) b, '-') != NULL;

	return part_a != part_b ? (part_a ? 1 : -1) : compare_names(a, b);
}

char *
policy_list_names(const char **names, int n)
{
	StringInfoData list;
	int			i;

	qsort(names, n, sizeof(char *), n > 20 ? compare_parts_last : compare_names);
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

SettledTerms **
policy_settled(const PolicyMap *map)
{
	return &map->found->settled;
}

void *
policy_memory(const PolicyMap *map, Size size)
{
	void	   *memory = MemoryContextAllocExtended(map->context, size,
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	policy_count_memory();
	return memory;
}

/* Raise the error for an unknown name, which lists the known ones. */
static void
unknown_name(const PolicyMap *map, PolicyTable table, const char *what,
			 const char *name, int len)
{
	const char **names;
	int			n = policy_names(map, table, &names);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s \"%s\" does not exist", what,
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 n == 0 ? errhint("There are none: the table %s is empty.",
							  policy_table_names[table]) :
			 errhint("The %ss are %s.", strrchr(what, ' ') + 1,
					 policy_list_names(names, n))));
}

/* Memory in a map that begins with a cache line; all zero. */
static void *
make_aligned(const PolicyMap *map, Size size)
{
	return (void *) TYPEALIGN(CACHE_LINE,
							  MemoryContextAllocZero(map->context, size + CACHE_LINE));
}

static inline PlanFound *
found_of(const SupportPlan *plan)
{
	return (PlanFound *) plan;
}

/* A plan; NULL if it does not exist. */
static const SupportPlan *
find_plan(const PolicyMap *map, const char *name, int len)
{
	PlanFound  *found = find_pointer(map->plan_names, name, len);
	const PlanRow *row;
	const PriorityRows *priorities;
	int			nslots = Max(map->found->nslots, 1);

	if (likely(found != NULL))
		return &found->plan;
	row = policy_rows(map, TABLE_PLAN, name, len);
	if (row == NULL)
		return NULL;
	priorities = policy_rows(map, TABLE_PRIORITY, name, len);
	/* The answers are in the next cache lines. */
	found = make_aligned(map, sizeof(PlanFound) + nslots * sizeof(*found->answers));
	found->plan.name = row->name;
	found->plan.name_len = row->name_len;
	memcpy(found->plan.priority, priorities->priority, sizeof(found->plan.priority));
	found->plan.title = row->title;
	found->nslots = nslots;
	found->answers = (TargetAnswer (*)[NUM_PRIORITIES]) (found + 1);
	found->row = row;
	found->calendar = NOT_LOOKED_UP;
	add_name(map->plan_names, row->name, row->name_len)->to.pointer = found;
	map->found->nplans++;
	return &found->plan;
}

const SupportPlan *
policy_plan(const PolicyMap *map, const char *name, int len, bool soft)
{
	const SupportPlan *plan = find_plan(map, name, len);

	if (plan == NULL && !soft)
		unknown_name(map, TABLE_PLAN, "support plan", name, len);
	return plan;
}

/* Find the metrics, if that was not done; there are few. */
static void
find_metrics(const PolicyMap *map)
{
	MetricRows *metrics = &map->found->metrics;
	const MetricRows *rows;
	PolicyMetric *copy;

	if (metrics->metrics != NULL)
		return;
	rows = policy_rows(map, TABLE_METRIC, "", 0);
	copy = MemoryContextAllocHuge(map->context, Max(rows->n, 1) * sizeof(PolicyMetric));
	memcpy(copy, rows->metrics, rows->n * sizeof(PolicyMetric));
	for (int i = 0; i < rows->n; i++)
		add_name(map->metric_names, copy[i].name, copy[i].name_len)->to.index = i;
	metrics->n = rows->n;
	metrics->metrics = copy;
}

int
policy_metric(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index;

	find_metrics(map);
	index = find_index(map->metric_names, name, len);
	if (index >= 0)
		return index;
	if (!soft)
		unknown_name(map, TABLE_METRIC, "SLA metric", name, len);
	return -1;
}

const char *
policy_metric_title(const PolicyMap *map, int index)
{
	return map->found->metrics.metrics[index].title;
}

/* Index of a calendar, BROKEN_REFERENCE if it does not exist. */
static int
find_calendar(const PolicyMap *map, const char *name, int len)
{
	MapFound   *found = map->found;
	int			index = find_index(map->calendar_names, name, len);
	const CalendarRow *row;
	PolicyCalendar *made;

	if (likely(index >= 0))
		return index;
	row = policy_rows(map, TABLE_CALENDAR, name, len);
	if (row == NULL)
		return BROKEN_REFERENCE;
	if (found->ncalendars == found->calendars_room)
	{
		int			room = Max(2 * found->calendars_room, 8);
		PolicyCalendar **calendars = MemoryContextAllocHuge(map->context,
															room * sizeof(PolicyCalendar *));

		if (found->calendars != NULL)
		{
			memcpy(calendars, found->calendars, found->ncalendars * sizeof(PolicyCalendar *));
			pfree(found->calendars);
		}
		found->calendars = calendars;
		found->calendars_room = room;
	}
	made = make_aligned(map, sizeof(PolicyCalendar));
	made->name = row->name;
	made->hours = row->hours;
	made->has_holidays = opening_hours_has_holidays(business_hours_unpack(row->hours));
	made->holidays = row->holidays;
	made->zone_name = row->zone_name;
	made->zone_len = row->zone_len;
	index = found->ncalendars;
	add_name(map->calendar_names, row->name, row->name_len)->to.index = index;
	found->calendars[index] = made;
	found->ncalendars++;
	return index;
}

PolicyCalendar *
policy_calendar(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_calendar(map, name, len);

	if (index < 0 && !soft)
		unknown_name(map, TABLE_CALENDAR, "business calendar", name, len);
	return policy_calendar_at(map, index);
}

PolicyCalendar *
policy_calendar_at(const PolicyMap *map, int index)
{
	return index < 0 ? NULL : map->found->calendars[index];
}

PolicyHolidays *
policy_holidays(const PolicyMap *map, const char *name, int len, bool soft)
{
	PolicyHolidays *list = find_pointer(map->list_names, name, len);
	const ListRow *row;

	if (likely(list != NULL))
		return list;
	if (memchr(name, '+', len) != NULL)
		return policy_holidays_together(map, name, len, soft);
	row = policy_rows(map, TABLE_HOLIDAY_LIST, name, len);
	if (row == NULL)
	{
		if (!soft)
			unknown_name(map, TABLE_HOLIDAY_LIST, "holiday list", name, len);
		return NULL;
	}
	list = policy_holidays_make(map->context, row->name, row->name_len);
	list->known_from = row->known_from;
	list->known_until = row->known_until;
	list->nincludes = row->nincludes;
	list->includes = row->includes;
	add_name(map->list_names, row->name, row->name_len)->to.pointer = list;
	return list;
}

/*
 * References are checked at commit, so one may be broken until then.  A broken
 * one is an ERROR unless soft.
 */
static void
broken_reference(const char *what, const char *of, bool soft)
{
	if (!soft)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the %s of support plan \"%s\" does not exist", what, of)));
}

const SupportPlan *
policy_successor(const PolicyMap *map, const SupportPlan *plan)
{
	const char *name = found_of(plan)->row->successor;
	const SupportPlan *successor = name == NULL ? NULL : find_plan(map, name, strlen(name));

	if (name != NULL && successor == NULL)
		broken_reference("successor", plan->name, false);
	return successor;
}

/*
 * The plan whose targets and hours a plan takes; false if that does not exist.
 * base gets NULL if there is none.
 */
static bool
plan_base(const PolicyMap *map, const SupportPlan *plan, bool soft,
		  const SupportPlan **base)
{
	PlanFound  *found = found_of(plan);
	const char *name = found->row->sla_of;

	if (name != NULL && found->base == NULL)
	{
		found->base = find_plan(map, name, strlen(name));
		if (found->base == NULL)
		{
			broken_reference("plan in sla_of", plan->name, soft);
			return false;
		}
	}
	*base = found->base;
	return true;
}

/* The calendar of a plan, or else of the plan whose hours it takes. */
static int
plan_calendar(const PolicyMap *map, const SupportPlan *plan, bool soft)
{
	const SupportPlan *base;
	int			steps;

	for (steps = 0; steps <= map->found->nplans; steps++)
	{
		PlanFound  *found = found_of(plan);
		const char *name = found->row->calendar;

		if (found->calendar == NOT_LOOKED_UP)
			found->calendar = name == NULL ? NO_REFERENCE :
				find_calendar(map, name, strlen(name));
		if (found->calendar == BROKEN_REFERENCE)
			broken_reference("calendar", plan->name, soft);
		if (found->calendar != NO_REFERENCE)
			return found->calendar;
		if (!plan_base(map, plan, soft, &base))
			return BROKEN_REFERENCE;
		if (base == NULL)
			return NO_REFERENCE;
		plan = base;
	}
	return NO_REFERENCE;
}

/* The first of some rules, in the order of metric and priority, not before these. */
static int
first_rule(const TargetRows *rows, const char *metric, int priority)
{
	int			low = 0;
	int			high = rows->n;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;
		int			order = strcmp(rows->rules[mid].metric, metric);

		if (order < 0 || (order == 0 && rows->rules[mid].priority < priority))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The answers of a plan for a metric, by priority. */
static TargetAnswer *
plan_answers(const PolicyMap *map, const SupportPlan *plan, int metric)
{
	MapFound   *found = map->found;
	PolicyMetric *asked = &found->metrics.metrics[metric];
	PlanFound  *of = found_of(plan);
	const TargetRows *rows;

	/* A metric for which nobody asks takes no room. */
	if (asked->slot == NO_SLOT)
		asked->slot = found->nslots++;
	if (asked->slot >= of->nslots)
	{
		TargetAnswer (*answers)[NUM_PRIORITIES] =
			MemoryContextAllocZero(map->context, found->nslots * sizeof(*answers));

		memcpy(answers, of->answers, of->nslots * sizeof(*answers));
		of->answers = answers;
		of->nslots = found->nslots;
	}
	if (of->answers[asked->slot][0].rules == NULL)
	{
		rows = policy_rows(map, TABLE_TARGET, plan->name, plan->name_len);
		for (int priority = 0; priority < NUM_PRIORITIES; priority++)
		{
			TargetAnswer *one = &of->answers[asked->slot][priority];
			int			first = first_rule(rows, asked->name, priority);

			one->rules = rows->rules + first;
			one->nrules = first_rule(rows, asked->name, priority + 1) - first;
		}
	}
	return of->answers[asked->slot];
}

/*
 * The last of some rules in force at an instant; NULL if there is none.  from and
 * until are moved to the nearest changes on both sides of it.
 */
static const TargetRule *
rule_at(const TargetAnswer *answer, TimestampTz at,
		TimestampTz *from, TimestampTz *until)
{
	int			low = 0;
	int			high = answer->nrules;

	/* all rules before low are in force by then, and none from high on */
	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (answer->rules[mid].valid_from <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < answer->nrules)
		*until = Min(*until, answer->rules[low].valid_from);
	if (low == 0)
		return NULL;
	*from = Max(*from, answer->rules[low - 1].valid_from);
	return &answer->rules[low - 1];
}

/* Find what policy_target_during() answers. */
static const TargetRule *
find_target(const PolicyMap *map, const SupportPlan *plan, int metric,
			int priority, TimestampTz at, bool soft,
			int *calendar, TimestampTz *from, TimestampTz *until)
{
	const SupportPlan *asked = plan;
	int			steps;

	/* A plan that takes its targets from itself is refused when written. */
	for (steps = 0; steps <= map->found->nplans; steps++)
	{
		const TargetRule *rule = rule_at(&plan_answers(map, plan, metric)[priority], at,
										 from, until);
		const SupportPlan *base;

		CHECK_FOR_INTERRUPTS();
		if (rule != NULL)
		{
			*calendar = rule->calendar == NULL ? plan_calendar(map, plan, soft) :
				find_calendar(map, rule->calendar, strlen(rule->calendar));
			if (rule->calendar != NULL && *calendar == BROKEN_REFERENCE)
				broken_reference("calendar of a target", plan->name, soft);
			return rule;
		}
		if (!plan_base(map, plan, soft, &base))
		{
			*calendar = BROKEN_REFERENCE;
			return NULL;
		}
		if (base == NULL)
			break;
		plan = base;
	}
	*calendar = plan_calendar(map, asked, soft);
	return NULL;
}

const TargetRule *
policy_target_during(const PolicyMap *map, const SupportPlan *plan,
					 int metric, int priority, TimestampTz at, bool soft,
					 int *calendar, TimestampTz *from, TimestampTz *until)
{
	TargetAnswer *answer = &plan_answers(map, plan, metric)[priority];

	if (unlikely(at < answer->from || at >= answer->until))
	{
		TimestampTz since = DT_NOBEGIN;
		TimestampTz before = DT_NOEND;
		const TargetRule *rule = find_target(map, plan, metric, priority, at, soft,
											 calendar, &since, &before);

		*from = since;
		*until = before;
		if (*calendar == BROKEN_REFERENCE)
			return rule;
		answer = &plan_answers(map, plan, metric)[priority];
		answer->rule = rule;
		answer->calendar = *calendar;
		answer->from = since;
		answer->until = before;
		return rule;
	}
	*calendar = answer->calendar;
	*from = answer->from;
	*until = answer->until;
	return answer->rule;
}

const TargetRule *
policy_target(const PolicyMap *map, const SupportPlan *plan,
			  int metric, int priority, TimestampTz at, bool soft, int *calendar)
{
	TimestampTz from;
	TimestampTz until;

	return policy_target_during(map, plan, metric, priority, at, soft, calendar,
								&from, &until);
}

/* The owner's texts, by names as of translation_name(), and the locales. */
struct Translations
{
	int			n;
	const Translation *rows;
	namemap_hash *names;
	namemap_hash *locales;
};

/* The most bytes of a name in a buffer that needs no memory. */
#define SHORT_NAME		128

/*
 * Locale, kind and key, with a zero byte after the first two; in the buffer if
 * it has room.
 */
static char *
translation_name(char *buffer, const char *locale, int locale_len, const char *kind,
				 int kind_len, const char *key, int key_len, int *len)
{
	char	   *name = buffer;

	*len = locale_len + 1 + kind_len + 1 + key_len;
	if (buffer == NULL || *len > SHORT_NAME)
		name = palloc(*len);
	memcpy(name, locale, locale_len);
	name[locale_len] = '\0';
	memcpy(name + locale_len + 1, kind, kind_len);
	name[locale_len + 1 + kind_len] = '\0';
	memcpy(name + locale_len + 1 + kind_len + 1, key, key_len);
	return name;
}

static void
find_translations(const PolicyMap *map)
{
	const TranslationRows *rows = policy_rows(map, TABLE_TRANSLATION, "", 0);

	/* Below the caller's context, so that an error frees it. */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority translations",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Translations *all = palloc0(sizeof(Translations));

	all->n = rows->n;
	all->rows = rows->rows;
	all->names = namemap_create(context, Max(rows->n, 1), NULL);
	all->locales = namemap_create(context, 8, NULL);
	for (int i = 0; i < rows->n; i++)
	{
		const Translation *one = &rows->rows[i];
		int			locale_len = strlen(one->locale);
		int			name_len;
		char	   *name = translation_name(NULL, one->locale, locale_len,
											one->kind, strlen(one->kind),
											one->key, strlen(one->key), &name_len);

		CHECK_FOR_INTERRUPTS();
		add_name(all->names, name, name_len)->to.index = i;
		add_name(all->locales, one->locale, locale_len)->to.index = i;
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, map->context);
	map->found->translations = all;
}

const Translations *
policy_translations(PolicyPin *pin)
{
	MapFound   *found = pin->map->found;

	if (found->translations == NULL)
		find_translations(pin->map);
	return found->translations->n == 0 ? NULL : found->translations;
}

const Translation *
translations_rows(const Translations *all, int *n)
{
	*n = all->n;
	return all->rows;
}

const Translation *
translation_find(const Translations *all, const char *locale, int locale_len,
				 const char *kind, int kind_len, const char *key, int key_len)
{
	char		buffer[SHORT_NAME];
	int			len;
	char	   *name = translation_name(buffer, locale, locale_len, kind, kind_len,
										key, key_len, &len);
	int			index = find_index(all->names, name, len);

	if (name != buffer)
		pfree(name);
	return index < 0 ? NULL : &all->rows[index];
}

bool
translations_have(const Translations *all, const char *locale, int len)
{
	return find_index(all->locales, locale, len) >= 0;
}
