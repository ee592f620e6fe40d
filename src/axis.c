/*
 * axis.c
 *	  The local axis: hours compiled on the wall clock, for all zones at once.
 *
 * An axis is a pure function of the value, which is its key, and never goes
 * stale.
 */
#include "postgres.h"

#include <limits.h>

#include "compat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "axis.h"

typedef struct AxisEntry
{
	ByteKey		key;
	uint32		hash;
	Axis	   *axis;
	char		status;
} AxisEntry;

#define SH_PREFIX			axes
#define SH_ELEMENT_TYPE		AxisEntry
#define SH_KEY_TYPE			ByteKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	byte_key_hash(key)
#define SH_EQUAL(tb, a, b)	byte_key_equal(a, b)
#define SH_SCOPE			static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

Size		timeline_bytes = 0;
MemoryContext timeline_context = NULL;

Axis	   *all_axes = NULL;

static axes_hash *axes = NULL;

/*
 * Year of a date.  Asked 400 years later, because j2date does not know the
 * months before the first timestamp, into which a walk by year reaches.
 */
int
year_of_date(int64 date)
{
	int			year,
				month,
				day;

	j2date((int) (date + UNIX_EPOCH_JDATE + CYCLE_SECS / SECS_PER_DAY),
		   &year, &month, &day);
	return year - CYCLE_YEARS;
}

/* ----------------------------------------------------------------------
 * Rules by date
 * ----------------------------------------------------------------------
 */

/* The rules of a year with holidays, and with special openings. */
static void
load_holidays(Axis *axis, int year, int16 rule_of[366])
{
	bool		holiday[366];
	int32		special[366];
	int16		own[366];
	int32		filled = -1;	/* the special that own is filled from */
	int			d;

	holiday_list_year(axis->holidays, year, holiday, special);
	opening_hours_year(axis->hours, year, holiday, rule_of);
	for (d = 0; d < 366; d++)
	{
		if (special[d] < 0)
			continue;
		if (filled != special[d])
			opening_hours_year(axis->holidays->specials[special[d]], year,
							   NULL, own);
		filled = special[d];
		rule_of[d] = own[d] < 0 ? -1 :
			(int16) (axis->special_rules[special[d]] + own[d]);
	}
}

YearRules *
axis_load_year(Axis *axis, int64 date)
{
	YearRules  *kept = &axis->years[axis->next_year];
	int			year = year_of_date(date);

	CHECK_FOR_INTERRUPTS();
	kept->first = kept->end = 0;
	if (axis->holidays == NULL)
		opening_hours_year(axis->hours, year, NULL, kept->rule_of);
	else
		load_holidays(axis, year, kept->rule_of);
	kept->first = year_start_date(year);
	kept->end = year_start_date(year + 1);
	axis->next_year = (axis->next_year + 1) % AXIS_YEARS_KEPT;
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
		const OpeningRule *rule = axis_rule(axis, date - back);
		int64		second = local - (date - back) * SECS_PER_DAY;
		int			i;

		for (i = 0; rule != NULL && i < rule->nspans; i++)
		{
			if (second >= (int64) rule->spans[i].start * SECS_PER_MINUTE &&
				second < (int64) rule->spans[i].end * SECS_PER_MINUTE)
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
		if (axis_rule(axis, date) != NULL)
			return true;
	}
	return false;
}

/*
 * Whether any local date from a year on has a shift.  Bounded: beyond the
 * years that rules name, a year depends on its length, the weekday on which
 * it begins, and its Easter (which fixes the weekday).
 */
bool
axis_opens_from(Axis *axis, int year)
{
	bool		seen[2][366];
	int			y;

	for (; year < axis->settled; year++)
	{
		if (axis_opens_in_year(axis, year))
			return true;
	}
	if (axis->repeats || axis->holidays != NULL)
	{
		/* With the rules of a list, 400 years without a shift are for ever. */
		for (y = year; y < year + CYCLE_YEARS; y++)
		{
			if (axis_opens_in_year(axis, y))
				return true;
		}
		return false;
	}
	memset(seen, 0, sizeof(seen));
	for (y = year; y <= LAST_YEAR; y++)
	{
		bool	   *one = &seen[isleap(y) ? 1 : 0][easter_day(y)];

		if (*one)
			continue;
		*one = true;
		if (axis_opens_in_year(axis, y))
			return true;
	}
	return false;
}

/* ----------------------------------------------------------------------
 * Compiling the axis
 * ----------------------------------------------------------------------
 */

/* A week is known by the rules of its seven dates and of the date before. */
typedef struct WeekKey
{
	int16		rule[8];
} WeekKey;

typedef struct WeekEntry
{
	WeekKey		key;
	int			pattern;
	char		status;
} WeekEntry;

#define SH_PREFIX			weeks
#define SH_ELEMENT_TYPE		WeekEntry
#define SH_KEY_TYPE			WeekKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	hash_bytes((const unsigned char *) &(key), sizeof(WeekKey))
#define SH_EQUAL(tb, a, b)	(memcmp(&(a), &(b), sizeof(WeekKey)) == 0)
#define SH_SCOPE			static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct PeriodBuffer
{
	WeekPeriod *items;
	Size		n;
	Size		room;
} PeriodBuffer;

static void
buffer_add(PeriodBuffer *buffer, uint32 start, uint32 open)
{
	if (buffer->n == buffer->room)
	{
		buffer->room *= 2;
		buffer->items = repalloc_huge(buffer->items,
									  buffer->room * sizeof(WeekPeriod));
	}
	buffer->items[buffer->n].start = start;
	buffer->items[buffer->n].open = open;
	buffer->n++;
}

/* Write the periods of one week, and its pattern; returns its open seconds. */
static uint32
build_pattern(const Axis *axis, const WeekKey *key,
			  PeriodBuffer *buffer, WeekPattern *pattern)
{
	const WeekPeriod *periods;
	uint16		by_start = 0;
	uint16		by_open = 0;
	uint32		slot;
	int64		done = 0;		/* the week is built up to here */
	uint32		open = 0;
	bool		in_period = false;
	int			day;

	pattern->first = (uint32) buffer->n;
	buffer_add(buffer, 0, 0);
	for (day = -1; day < 7; day++)
	{
		int			rule = key->rule[day + 1];
		int			i;

		if (rule < 0)
			continue;
		for (i = 0; i < axis->rules[rule]->nspans; i++)
		{
			const OpeningSpan *span = &axis->rules[rule]->spans[i];
			int64		start = (int64) day * SECS_PER_DAY + span->start * SECS_PER_MINUTE;
			int64		end = (int64) day * SECS_PER_DAY + span->end * SECS_PER_MINUTE;

			end = Min(end, SECS_PER_WEEK);
			if (end <= done || start >= SECS_PER_WEEK)
				continue;
			if (start > done || !in_period)
			{
				start = Max(start, done);
				buffer_add(buffer, (uint32) start, open);
				in_period = true;
			}
			else
				start = done;	/* overlaps or touches: goes on */
			open += (uint32) (end - start);
			done = end;
		}
	}
	buffer_add(buffer, PG_UINT32_MAX, open);

	periods = buffer->items + pattern->first;
	for (slot = 0; slot < WEEK_SLOTS; slot++)
	{
		uint32		from = slot << WEEK_SLOT_BITS;

		while (periods[by_start + 1].start <= from)
			by_start++;
		while (periods[by_open].start != PG_UINT32_MAX &&
			   periods[by_open + 1].open <= from)
			by_open++;
		pattern->by_start[slot] = (uint8) Min(by_start, PG_UINT8_MAX);
		pattern->by_open[slot] = (uint8) Min(by_open, PG_UINT8_MAX);
	}
	return open;
}

static void
axis_compile(Axis *axis)
{
	PeriodBuffer buffer;
	weeks_hash *known;
	int			patterns_room = 16;
	WeekPattern *patterns;
	uint32	   *pattern_open;
	WeekKey		key;
	uint32		total = 0;
	int			w;
	int			b;
	MemoryContext old;
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
											   "ticket_priority compile",
											   ALLOCSET_DEFAULT_SIZES);

	axis->week_open = MemoryContextAlloc(axis->context,
										 (AXIS_WEEKS + 1) * sizeof(uint32));
	axis->week_pattern = MemoryContextAlloc(axis->context,
											AXIS_WEEKS * sizeof(uint16));
	axis->week_of_open = MemoryContextAlloc(axis->context,
											(AXIS_BUCKETS + 1) * sizeof(uint16));

	old = MemoryContextSwitchTo(temp);
	buffer.room = 64;
	buffer.n = 0;
	buffer.items = palloc(buffer.room * sizeof(WeekPeriod));
	patterns = palloc(patterns_room * sizeof(WeekPattern));
	pattern_open = palloc(AXIS_WEEKS * sizeof(uint32));
	known = weeks_create(temp, 64, NULL);

	{
		int64		date = AXIS_ORIGIN_DATE - 1;
		YearRules  *year = axis_year(axis, date);

		key.rule[7] = year->rule_of[date - year->first];
		for (w = 0; w < AXIS_WEEKS; w++)
		{
			WeekEntry  *entry;
			bool		found;
			int			day;

			key.rule[0] = key.rule[7];
			for (day = 1; day <= 7; day++)
			{
				date++;
				if (date >= year->end)
					year = axis_year(axis, date);
				key.rule[day] = year->rule_of[date - year->first];
			}
			entry = weeks_insert(known, key, &found);
			if (!found)
			{
				if (axis->npatterns == patterns_room)
				{
					patterns_room *= 2;
					patterns = repalloc(patterns, patterns_room * sizeof(WeekPattern));
				}
				entry->pattern = axis->npatterns;
				pattern_open[axis->npatterns] =
					build_pattern(axis, &key, &buffer,
								  &patterns[axis->npatterns]);
				axis->npatterns++;
			}
			axis->week_open[w] = total;
			axis->week_pattern[w] = (uint16) entry->pattern;
			total += pattern_open[entry->pattern];
		}
	}
	axis->week_open[AXIS_WEEKS] = total;

	while ((total >> axis->open_shift) >= AXIS_BUCKETS)
		axis->open_shift++;
	for (b = 0, w = 0; b <= AXIS_BUCKETS; b++)
	{
		uint64		from = (uint64) b << axis->open_shift;

		while (w < AXIS_WEEKS - 1 && axis->week_open[w + 1] <= from)
			w++;
		axis->week_of_open[b] = (uint16) w;
	}

	MemoryContextSwitchTo(old);
	axis->patterns = MemoryContextAlloc(axis->context,
										axis->npatterns * sizeof(WeekPattern));
	memcpy(axis->patterns, patterns, axis->npatterns * sizeof(WeekPattern));
	axis->periods = MemoryContextAllocHuge(axis->context,
										   buffer.n * sizeof(WeekPeriod));
	memcpy(axis->periods, buffer.items, buffer.n * sizeof(WeekPeriod));
	MemoryContextDelete(temp);
}

/* The rules of the hours and of all special openings, in one array. */
static void
collect_rules(Axis *axis)
{
	int			nspecials = axis->holidays == NULL ? 0 : axis->holidays->nspecials;
	int			n = axis->hours->nrules;
	int			i;
	int			k;

	axis->special_rules = palloc(Max(nspecials, 1) * sizeof(int));
	for (i = 0; i < nspecials; i++)
	{
		axis->special_rules[i] = n;
		n += axis->holidays->specials[i]->nrules;
		if (n > PG_INT16_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("too many special openings in one holiday list")));
	}
	axis->rules = palloc(n * sizeof(OpeningRule *));
	n = 0;
	for (k = 0; k < axis->hours->nrules; k++)
		axis->rules[n++] = &axis->hours->rules[k];
	for (i = 0; i < nspecials; i++)
	{
		for (k = 0; k < axis->holidays->specials[i]->nrules; k++)
			axis->rules[n++] = &axis->holidays->specials[i]->rules[k];
	}
}

static Axis *
axis_make(ByteKey key, int list_len)
{
	MemoryContext context;
	MemoryContext old;
	BusinessHours *value;
	Axis	   *axis;
	AxisEntry  *entry;
	char	   *bytes;
	int			hours_len = key.len - list_len;
	bool		found;

	/*
	 * Made below the caller's context, so that an error, such as for an
	 * invalid value, frees it; moved to where it stays when complete.
	 */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"ticket_priority axis",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	axis = palloc0(sizeof(Axis));
	bytes = MemoryContextAllocHuge(context, key.len);
	memcpy(bytes, key.data, key.len);
	axis->key.data = bytes;
	axis->key.len = key.len;
	axis->context = context;
	value = palloc(VARHDRSZ + hours_len);
	SET_VARSIZE(value, VARHDRSZ + hours_len);
	memcpy(VARDATA(value), key.data + list_len, hours_len);
	axis->hours = business_hours_unpack(value);
	axis->always = opening_hours_always(axis->hours);
	axis->repeats = !opening_hours_has_easter(axis->hours);
	/* One year more, because a shift of the last day before may go on. */
	axis->settled = opening_hours_settled(axis->hours);
	if (axis->settled != INT_MIN)
		axis->settled++;
	axis->settled = Max(axis->settled, FUTURE_YEAR);
	if (list_len > 0)
	{
		ByteKey		list_key = {bytes, list_len};
		HolidayList *list = holiday_list_make(list_key);

		axis->holidays = list;
		axis->always = false;
		if (list->nrules > 0)
			axis->repeats = false;
		if (list->ndays > 0)
			axis->settled = Max(axis->settled,
								year_of_date(list->days[list->ndays - 1].date) + 2);
	}
	collect_rules(axis);
	MemoryContextSetIdentifier(context, opening_hours_text(axis->hours));
	MemoryContextSwitchTo(old);

	if (!axis->always)
		axis_compile(axis);

	axis->size = MemoryContextMemAllocated(context, true);
	entry = axes_insert(axes, axis->key, &found);
	Assert(!found);
	entry->axis = axis;
	axis->next = all_axes;
	all_axes = axis;
	MemoryContextSetParent(context, timeline_context);
	timeline_bytes += axis->size;
	return axis;
}

Axis *
axis_get(ByteKey key, int list_len)
{
	AxisEntry  *entry;
	Axis	   *axis;

	if (axes == NULL)
	{
		if (timeline_context == NULL)
			timeline_context = AllocSetContextCreate(TopMemoryContext,
													 "ticket_priority timelines",
													 ALLOCSET_DEFAULT_SIZES);
		axes = axes_create(timeline_context, 16, NULL);
	}
	entry = axes_lookup(axes, key);
	axis = entry != NULL ? entry->axis : axis_make(key, list_len);
	axis->used = cache_tick;
	return axis;
}

void
axis_forget(Axis *axis)
{
	Axis	  **link = &all_axes;

	while (*link != axis)
		link = &(*link)->next;
	*link = axis->next;
	axes_delete(axes, axis->key);
	timeline_bytes -= axis->size;
	MemoryContextDelete(axis->context);
}
