/*
 * axis.c
 *	  The local axis: which axes there are, and the rules of their dates.
 *
 * An axis is a pure function of its key, so it never goes stale.
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/byte_map.h"
#include "base/compat.h"
#include "time/axis.h"
#include "time/timeline.h"

MemoryContext timeline_context = NULL;

static bytemap_hash *axes = NULL;

/* ----------------------------------------------------------------------
 * Shifts by date
 * ----------------------------------------------------------------------
 */

/* The shifts of a year with holidays, and with special openings. */
static void
load_holidays(AxisRules *rules, int year, int16 shifts_of[366])
{
	bool		holidays[366 + 2 * OH_HOLIDAY_REACH];
	int32		special[366];
	int16		own[366];
	int32		filled = -1;	/* the special opening from which own is
								 * filled */
	int			d;

	holiday_list_year(rules->holidays, year, rules->reach, holidays, special);
	opening_hours_year(rules->hours, rules->table, 0, year, holidays + rules->reach, shifts_of);
	for (d = 0; d < 366; d++)
	{
		if (special[d] < 0)
			continue;
		if (filled != special[d])
			opening_hours_year(rules->holidays->specials[special[d]], rules->table,
							   rules->special_shifts[special[d]], year, NULL, own);
		filled = special[d];
		shifts_of[d] = own[d];
	}
}

YearRules *
rules_load_year(AxisRules *rules, int64 date)
{
	YearRules  *kept = &rules->years[rules->next_year];
	int			year = year_of_date(date);

	CHECK_FOR_INTERRUPTS();
	kept->first = kept->end = 0;
	if (rules->holidays == NULL)
		opening_hours_year(rules->hours, rules->table, 0, year, NULL, kept->shifts_of);
	else
		load_holidays(rules, year, kept->shifts_of);
	kept->first = year_start_date(year);
	kept->end = year_start_date(year + 1);
	rules->next_year = (rules->next_year + 1) % AXIS_YEARS_KEPT;
	/* shifts of a kind that no year had before take memory */
	if (rules->table->n > rules->counted_shifts)
	{
		rules->counted_shifts = rules->table->n;
		cache_resize(rules->list, &rules->cached,
					 MemoryContextMemAllocated(rules->context, false));
	}
	return kept;
}

/* Whether a local time, seconds since 1970 on the wall clock, is open. */
bool
axis_open_at(Axis *axis, int64 local)
{
	int64		date = floor_div(local, SECS_PER_DAY);
	int			back;

	for (back = 0; back <= 1; back++)
	{
		const OpeningShifts *shifts = axis_shifts(axis, date - back);
		int64		second = local - (date - back) * SECS_PER_DAY;
		int			i;

		for (i = 0; shifts != NULL && i < shifts->nspans; i++)
		{
			if (second >= (int64) shifts->spans[i].start * SECS_PER_MINUTE &&
				second < (int64) shifts->spans[i].end * SECS_PER_MINUTE)
				return true;
		}
	}
	return false;
}

static bool
axis_opens_in_year(Axis *axis, int year)
{
	int64		date = year_start_date(year);
	int64		end = year_start_date(year + 1);

	for (; date < end; date++)
	{
		if (axis_shifts(axis, date) != NULL)
			return true;
	}
	return false;
}

/*
 * The first year from one on in which any local date has a shift, or
 * NEVER_OPENS.  Bounded: beyond the years that rules name, a year depends on
 * its length, the weekday on which it begins, its Easter (which fixes the
 * weekday), and for the weeks that begin in the year before on the length of
 * that one.
 */
int
axis_opens_from(Axis *axis, int year)
{
	bool		seen[3][366];
	int			y;

	for (; year < axis->settled; year++)
	{
		if (axis_opens_in_year(axis, year))
			return year;
	}
	if (axis->repeats || axis->list_len > 0)
	{
		/* With a list of holidays, 400 years without a shift count as never. */
		for (y = year; y < year + CYCLE_YEARS; y++)
		{
			if (axis_opens_in_year(axis, y))
				return y;
		}
		return NEVER_OPENS;
	}
	memset(seen, 0, sizeof(seen));
	for (y = year; y <= LAST_YEAR; y++)
	{
		bool	   *one = &seen[isleap(y) ? 1 : isleap(y - 1) ? 2 : 0][easter_day(y)];

		if (*one)
			continue;
		*one = true;
		if (axis_opens_in_year(axis, y))
			return y;
	}
	return NEVER_OPENS;
}

/* ----------------------------------------------------------------------
 * Which axes there are
 * ----------------------------------------------------------------------
 */

/* The shifts of the hours and of all special openings, in one table. */
static void
collect_shifts(AxisRules *rules)
{
	int			nspecials = rules->holidays == NULL ? 0 : rules->holidays->nspecials;

	rules->table = shift_table_make();
	(void) shift_table_add(rules->table, rules->hours);
	rules->special_shifts = palloc(Max(nspecials, 1) * sizeof(int));
	for (int i = 0; i < nspecials; i++)
		rules->special_shifts[i] = shift_table_add(rules->table, rules->holidays->specials[i]);
	rules->counted_shifts = rules->table->n;
}

/*
 * Read the rules of an axis below the caller's context, so that an error, such as
 * for an invalid value, frees them.
 */
static AxisRules *
read_rules(const Axis *axis)
{
	int			hours_len = axis->key.len - axis->list_len;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority rules",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AxisRules  *rules = palloc0(sizeof(AxisRules));
	BusinessHours *value = palloc(VARHDRSZ + hours_len);

	rules->context = context;
	SET_VARSIZE(value, VARHDRSZ + hours_len);
	memcpy(VARDATA(value), axis->key.data + axis->list_len, hours_len);
	rules->hours = business_hours_unpack(value);
	rules->reach = opening_hours_holiday_reach(rules->hours);
	if (axis->list_len > 0)
	{
		ByteKey		list_key = {axis->key.data, axis->list_len};

		rules->holidays = holiday_list_make(list_key);
	}
	collect_shifts(rules);
	MemoryContextSwitchTo(old);
	return rules;
}

/* Keep rules with their axis; this cannot fail. */
static void
attach_rules(Axis *axis, AxisRules *rules)
{
	MemoryContextSetParent(rules->context, axis->context);
	rules->list = &cached_passing_rules;
	cache_add(rules->list, &rules->cached,
			  MemoryContextMemAllocated(rules->context, false));
	rules->axis = axis;
	axis->rules = rules;
}

AxisRules *
axis_read_rules(Axis *axis)
{
	attach_rules(axis, read_rules(axis));
	return axis->rules;
}

void
axis_forget_rules(AxisRules *rules)
{
	rules->axis->rules = NULL;
	cache_remove(rules->list, &rules->cached);
	MemoryContextDelete(rules->context);
}

/* What can be said of an axis in short. */
static void
set_facts(Axis *axis, const AxisRules *rules)
{
	const HolidayList *list = rules->holidays;

	axis->always = list == NULL && opening_hours_always(rules->hours);
	axis->repeats = !opening_hours_has_easter(rules->hours);
	/* One year more, because a shift of the year before may run into it. */
	axis->settled = opening_hours_settled(rules->hours);
	if (axis->settled != INT_MIN)
		axis->settled++;
	axis->settled = Max(axis->settled, FUTURE_YEAR);
	if (list == NULL)
		return;
	if (list->nrules > 0)
		axis->repeats = false;
	if (list->ndays > 0)
		axis->settled = Max(axis->settled, year_of_date(list->last_date) + 2);
	for (int i = 0; i < list->nrules; i++)
	{
		int			settled = list->rules[i].special < 0 ? INT_MIN :
			opening_hours_settled(list->specials[list->rules[i].special]);

		if (settled != INT_MIN)
			axis->settled = Max(axis->settled, settled + 1);
	}
}

static Axis *
axis_make(ByteKey key, int list_len)
{
	static struct Timeline *no_lines[1] = {NULL};
	MemoryContext context;
	MemoryContext old;
	Axis	   *axis;
	AxisRules  *rules;
	char	   *bytes;
	char	   *text;
	bool		found;

	/* Moved to where it stays when complete, as the rules. */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"ticket_priority axis",
									ALLOCSET_SMALL_SIZES);
	axis = MemoryContextAllocZero(context, sizeof(Axis));
	bytes = MemoryContextAllocHuge(context, key.len);
	memcpy(bytes, key.data, key.len);
	axis->key.data = bytes;
	axis->key.len = key.len;
	axis->list_len = list_len;
	axis->context = context;
	axis->lines = no_lines;
	axis->list = &cached_new_axes;
	axis->made_at = GetCurrentStatementStartTimestamp();

	rules = read_rules(axis);
	set_facts(axis, rules);
	old = MemoryContextSwitchTo(rules->context);
	text = opening_hours_text(rules->hours);
	MemoryContextSwitchTo(old);
	MemoryContextSetIdentifier(context, MemoryContextStrdup(context, text));

	bytemap_insert(axes, axis->key, &found)->pointer = axis;
	Assert(!found);
	MemoryContextSetParent(context, timeline_context);
	cache_add(axis->list, &axis->cached, MemoryContextMemAllocated(context, false));
	attach_rules(axis, rules);
	return axis;
}

Axis *
axis_get(ByteKey key, int list_len)
{
	ByteMapEntry *entry;
	Axis	   *axis;

	if (axes == NULL)
	{
		if (timeline_context == NULL)
			timeline_context = AllocSetContextCreate(TopMemoryContext,
													 "ticket_priority timelines",
													 ALLOCSET_DEFAULT_SIZES);
		axes = bytemap_create(timeline_context, 16, NULL);
	}
	entry = bytemap_lookup(axes, key);
	if (entry == NULL)
		return axis_make(key, list_len);
	axis = entry->pointer;
	cache_use(axis->list, &axis->cached);
	return axis;
}

void
axis_forget(Axis *axis)
{
	if (axis->rules != NULL)
		axis_forget_rules(axis->rules);
	timeline_forget_all(axis);
	bytemap_delete(axes, axis->key);
	cache_remove(axis->list, &axis->cached);
	MemoryContextDelete(axis->context);
}
