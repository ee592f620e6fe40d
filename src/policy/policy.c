/*
 * policy.c
 *	  Plans, metrics, targets, calendars and lists of holidays, found in a map by
 *	  name.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

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

/*
 * Index of a name.  An unknown name gives -1 if soft, else an ERROR that lists
 * the known names.  These are in n structs of a size; first points to the name
 * in the first one.
 */
static int
index_of(namemap_hash *index, const char *name, int len, bool soft,
		 const char *what, const char *table,
		 const char *const *first, int n, Size size)
{
	int			found = find_name(index, name, len);
	const char **names;
	int			i;

	if (found >= 0 || soft)
		return found;
	names = palloc(Max(n, 1) * sizeof(char *));
	for (i = 0; i < n; i++)
		names[i] = *(const char *const *) ((const char *) first + i * size);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s \"%s\" does not exist", what,
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 n == 0 ? errhint("There are none: the table %s is empty.", table) :
			 errhint("The %ss are %s.", strrchr(what, ' ') + 1,
					 policy_list_names(names, n))));
	return -1;					/* keep compiler quiet */
}

const SupportPlan *
policy_plan(const PolicyMap *map, const char *name, int len, bool soft)
{
	return policy_plan_at(map, index_of(map->plan_names, name, len, soft,
										"support plan", "support_plan",
										&map->plans->name, map->nplans,
										sizeof(SupportPlan)));
}

int
policy_metric(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = index_of(map->metric_names, name, len, soft,
								 "SLA metric", "sla_metric",
								 &map->metrics->name, map->nmetrics,
								 sizeof(PolicyMetric));

	return index < 0 ? -1 : index;
}

const char *
policy_metric_title(const PolicyMap *map, int index)
{
	return map->metrics[index].title;
}

PolicyCalendar *
policy_calendar(const PolicyMap *map, const char *name, int len, bool soft)
{
	return policy_calendar_at(map, index_of(map->calendar_names, name, len, soft,
											"business calendar", "business_calendar",
											&map->calendars->name, map->ncalendars,
											sizeof(PolicyCalendar)));
}

PolicyHolidays *
policy_holidays(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_name(map->list_names, name, len);

	if (likely(index >= 0))
		return &map->lists[index];
	if (memchr(name, '+', len) != NULL)
		return policy_holidays_together(map, name, len, soft);
	(void) index_of(map->list_names, name, len, soft,
					"holiday list", "business_holiday_list",
					&map->lists->name, map->nlists, sizeof(PolicyHolidays));
	return NULL;
}

/*
 * References are checked at commit, so one may be broken until then.  A broken
 * one gives false if soft, else an ERROR.
 */
static bool
check_reference(int index, const char *what, const char *of, bool soft)
{
	if (index != BROKEN_REFERENCE)
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

/* The last of some rules in force at an instant; NULL if there is none. */
static const TargetRule *
rule_at(const PolicyMap *map, RuleRange range, TimestampTz at)
{
	int			low = range.first;
	int			high = range.first + range.n;

	/* all rules before low are in force by then, and none from high on */
	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (map->rules[mid].valid_from <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low > range.first ? &map->rules[low - 1] : NULL;
}

static const TargetRule *
find_target(const PolicyMap *map, const SupportPlan *plan, int metric,
			int priority, TimestampTz at, bool soft, int *calendar)
{
	const SupportPlan *asked = plan;
	int			slot = map->metrics[metric].slot;
	int			steps;

	/* A plan that takes its targets from itself is refused when written. */
	for (steps = 0; steps <= map->nplans; steps++)
	{
		const TargetRule *rule = rule_at(map, plan->targets[slot].rules[priority], at);

		if (rule != NULL)
		{
			(void) check_reference(rule->calendar, "calendar of a target",
								   plan->name, soft);
			*calendar = rule->calendar != NO_REFERENCE ? rule->calendar :
				plan_calendar(map, plan, soft);
			return rule;
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
 * Note what find_target() answers for a plan at all times and without an error.
 * The plan has at most one row, valid from the beginning of time; without a row
 * it takes what was noted for base, the plan in sla_of (NULL: none).  calendar
 * gets the plan's calendar, BROKEN_REFERENCE where finding it is an error.
 */
static void
settle_plan(const PolicyMap *map, SupportPlan *plan, const SupportPlan *base,
			int base_calendar, int *calendar)
{
	int			slot,
				priority;

	*calendar = BROKEN_REFERENCE;
	if (plan->calendar == BROKEN_REFERENCE || plan->sla_of == BROKEN_REFERENCE)
		return;
	*calendar = plan->calendar >= 0 || base == NULL ? plan->calendar : base_calendar;
	for (slot = 0; slot < map->nslots; slot++)
	{
		for (priority = 0; priority < NUM_PRIORITIES; priority++)
		{
			RuleRange	range = plan->targets[slot].rules[priority];
			const TargetRule *rule = range.n == 0 ? NULL : &map->rules[range.first];
			SettledTarget *settled = &plan->targets[slot].settled[priority];

			if (rule == NULL && base != NULL)
			{
				*settled = base->targets[slot].settled[priority];
				if (settled->rule != NO_RULE)
					continue;
			}
			settled->calendar = rule != NULL && rule->calendar != NO_REFERENCE ?
				rule->calendar : *calendar;
			if (settled->calendar == BROKEN_REFERENCE ||
				(rule != NULL && (range.n > 1 || rule->valid_from != DT_NOBEGIN)))
				settled->rule = NOT_SETTLED;
			else
				settled->rule = rule == NULL ? NO_RULE : range.first;
		}
	}
}

/*
 * A plan comes after the one whose targets it takes, so that each is looked at
 * once, however long the chains are.
 */
void
policy_settle_targets(PolicyMap *map)
{
	bool	   *begun = palloc0(Max(map->nplans, 1) * sizeof(bool));
	bool	   *done = palloc0(Max(map->nplans, 1) * sizeof(bool));
	int		   *calendar = palloc(Max(map->nplans, 1) * sizeof(int));
	int		   *path = palloc(Max(map->nplans, 1) * sizeof(int));
	int			i;

	for (i = 0; i < map->nplans; i++)
	{
		int			n = 0;
		int			at;

		for (at = i; at >= 0 && !begun[at]; at = map->plans[at].sla_of)
		{
			CHECK_FOR_INTERRUPTS();
			begun[at] = true;
			path[n++] = at;
		}
		while (n > 0)
		{
			SupportPlan *plan;
			int			base;

			at = path[--n];
			plan = &map->plans[at];
			base = plan->sla_of;
			/* Nothing is noted for plans that take their targets from themselves. */
			if (base >= 0 && !done[base])
				calendar[at] = BROKEN_REFERENCE;
			else
				settle_plan(map, plan, base < 0 ? NULL : &map->plans[base],
							base < 0 ? NO_REFERENCE : calendar[base], &calendar[at]);
			done[at] = true;
		}
	}
	pfree(begun);
	pfree(done);
	pfree(calendar);
	pfree(path);
}

const TargetRule *
policy_target(const PolicyMap *map, const SupportPlan *plan,
			  int metric, int priority, TimestampTz at, bool soft, int *calendar)
{
	const SettledTarget *settled =
		&plan->targets[map->metrics[metric].slot].settled[priority];

	if (likely(settled->rule != NOT_SETTLED))
	{
		*calendar = settled->calendar;
		return settled->rule == NO_RULE ? NULL : &map->rules[settled->rule];
	}
	return find_target(map, plan, metric, priority, at, soft, calendar);
}
