/*
 * axis.c
 *	  The local axis: hours compiled on the wall clock, for all zones at once.
 *
 * An axis is a pure function of its key, so it never goes stale.
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "time/axis.h"

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

MemoryContext timeline_context = NULL;

static axes_hash *axes = NULL;

/* ----------------------------------------------------------------------
 * Shifts by date
 * ----------------------------------------------------------------------
 */

/* The shifts of a year with holidays, and with special openings. */
static void
load_holidays(Axis *axis, int year, int16 shifts_of[366])
{
	bool		holidays[366 + 2 * OH_HOLIDAY_REACH];
	int32		special[366];
	int16		own[366];
	int32		filled = -1;	/* the special opening from which own is
								 * filled */
	int			d;

	holiday_list_year(axis->holidays, year, axis->reach, holidays, special);
	opening_hours_year(axis->hours, axis->table, 0, year, holidays + axis->reach, shifts_of);
	for (d = 0; d < 366; d++)
	{
		if (special[d] < 0)
			continue;
		if (filled != special[d])
			opening_hours_year(axis->holidays->specials[special[d]], axis->table,
							   axis->special_shifts[special[d]], year, NULL, own);
		filled = special[d];
		shifts_of[d] = own[d];
	}
}

YearRules *
axis_load_year(Axis *axis, int64 date)
{
	YearRules  *kept = &axis->years[axis->next_year];
	int			year = year_of_date(date);
	Size		size;

	CHECK_FOR_INTERRUPTS();
	kept->first = kept->end = 0;
	if (axis->holidays == NULL)
		opening_hours_year(axis->hours, axis->table, 0, year, NULL, kept->shifts_of);
	else
		load_holidays(axis, year, kept->shifts_of);
	kept->first = year_start_date(year);
	kept->end = year_start_date(year + 1);
	axis->next_year = (axis->next_year + 1) % AXIS_YEARS_KEPT;
	/* shifts of a kind that no year had before take memory */
	if (axis->size > 0 && axis->table->n > axis->counted_shifts)
	{
		size = MemoryContextMemAllocated(axis->context, true);
		cache_bytes += size - axis->size;
		axis->size = size;
		axis->counted_shifts = axis->table->n;
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
 * Whether any local date from a year on has a shift.  Bounded: beyond the
 * years that rules name, a year depends on its length, the weekday on which
 * it begins, its Easter (which fixes the weekday), and for the weeks that begin
 * in the year before on the length of that one.
 */
bool
axis_opens_from(Axis *axis, int year)
{
	bool		seen[3][366];
	int			y;

	for (; year < axis->settled; year++)
	{
		if (axis_opens_in_year(axis, year))
			return true;
	}
	if (axis->repeats || axis->holidays != NULL)
	{
		/* With a list of holidays, 400 years without a shift count as never. */
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
		bool	   *one = &seen[isleap(y) ? 1 : isleap(y - 1) ? 2 : 0][easter_day(y)];

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

/*
 * What identifies a week: the shifts of its seven dates and of the date before;
 * -1 for those that do not matter.
 */
typedef struct WeekKey
{
	int16		shifts[8];
} WeekKey;

typedef struct WeekEntry
{
	WeekKey		key;
	uint32		pattern;
	uint32		open;			/* minutes */
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

/* Memory that begins with a cache line; freed with the context. */
static void *
alloc_lines(MemoryContext context, Size size)
{
	return (void *) TYPEALIGN(CACHE_LINE,
							  MemoryContextAllocHuge(context, size + CACHE_LINE));
}

/* The size of a pattern, in periods. */
#define PATTERN_PERIODS		(sizeof(WeekPattern) / sizeof(WeekPeriod))

/* What is needed while an axis is compiled; in the current memory context. */
typedef struct Compiler
{
	Axis	   *axis;
	YearRules  *year;			/* of date */
	int64		date;			/* up to which the weeks were read */
	WeekKey		key;			/* of the week read last */
	weeks_hash *known;			/* those of the segment */
	uint32		segment;		/* where its patterns begin */
	WeekPattern *patterns;		/* first is PG_UINT32_MAX for own periods, else
								 * where they are in periods */
	uint32		npatterns;
	uint32		patterns_room;
	WeekPeriod *periods;		/* those that do not fit into patterns */
	Size		nperiods;
	Size		periods_room;
} Compiler;

static void
put_period(Compiler *c, uint32 start, uint32 open)
{
	if (c->nperiods == c->periods_room)
	{
		c->periods_room *= 2;
		c->periods = repalloc_huge(c->periods,
								   c->periods_room * sizeof(WeekPeriod));
	}
	c->periods[c->nperiods].start = start;
	c->periods[c->nperiods].open = open;
	c->nperiods++;
}

/* One of the eight dates of the week read last; NULL if it has no shifts. */
static const OpeningShifts *
shifts_of_key(const Compiler *c, int i)
{
	return c->key.shifts[i] < 0 ? NULL : c->axis->table->shifts[c->key.shifts[i]];
}

/* Write the periods of the week read last; returns its open seconds. */
static uint32
put_periods(Compiler *c)
{
	int64		done = 0;		/* the week is built up to here */
	uint32		open = 0;
	bool		in_period = false;
	int			day;

	put_period(c, 0, 0);
	for (day = -1; day < 7; day++)
	{
		SpanWalk	walk;
		int			first;
		int			last;

		span_walk_begin(&walk, day < 0 ? NULL : shifts_of_key(c, day), shifts_of_key(c, day + 1));
		while (span_walk_next(&walk, &first, &last))
		{
			int64		start = (int64) day * SECS_PER_DAY + first * SECS_PER_MINUTE;
			int64		end = (int64) day * SECS_PER_DAY + last * SECS_PER_MINUTE;

			end = Min(end, SECS_PER_WEEK);
			if (end <= done || start >= SECS_PER_WEEK)
				continue;
			if (start > done || !in_period)
			{
				start = Max(start, done);
				put_period(c, (uint32) start, open);
				in_period = true;
			}
			else
				start = done;	/* overlaps or touches: goes on */
			open += (uint32) (end - start);
			done = end;
		}
	}
	put_period(c, PG_UINT32_MAX, open);
	return open;
}

/* Make the slots of a pattern with these periods. */
static void
fill_slots(WeekPattern *pattern, const WeekPeriod *periods)
{
	uint16		by_start = 0;
	uint16		by_open = 0;
	uint32		slot;

	for (slot = 0; slot < WEEK_SLOTS; slot++)
	{
		uint32		from = slot << WEEK_SLOT_BITS;

		while (periods[by_start + 1].start <= from)
			by_start++;
		while (periods[by_open].start != PG_UINT32_MAX &&
			   periods[by_open + 1].open <= from)
			by_open++;
		pattern->by_start[slot] = (uint8) Min(by_start, PG_UINT8_MAX);
		if (slot < OPEN_SLOTS)
			pattern->by_open[slot] = (uint8) Min(by_open, PG_UINT8_MAX);
	}
}

/* Make the pattern of the week read last. */
static void
add_pattern(Compiler *c, WeekEntry *entry)
{
	WeekPattern *pattern;
	Size		first = c->nperiods;
	Size		n;

	if (c->npatterns == c->patterns_room)
	{
		c->patterns_room *= 2;
		c->patterns = repalloc_huge(c->patterns,
									c->patterns_room * sizeof(WeekPattern));
	}
	entry->pattern = c->npatterns;
	entry->open = put_periods(c) / SECS_PER_MINUTE;
	n = c->nperiods - first;

	pattern = &c->patterns[c->npatterns++];
	memset(pattern, 0, sizeof(WeekPattern));
	fill_slots(pattern, c->periods + first);
	pattern->first = (uint32) first;
	if (n <= OWN_PERIODS)
	{
		memcpy(pattern->own, c->periods + first, n * sizeof(WeekPeriod));
		c->nperiods = first;
		pattern->first = PG_UINT32_MAX;
	}
}

/*
 * Move the patterns to their final place, with the other periods behind them.
 */
static const WeekPattern *
keep_patterns(Compiler *c)
{
	Size		periods_size = c->nperiods * sizeof(WeekPeriod);
	Size		size = c->npatterns * sizeof(WeekPattern);
	WeekPattern *patterns = alloc_lines(c->axis->context, size + periods_size);
	uint32		i;

	memcpy(patterns, c->patterns, size);
	memcpy(patterns + c->npatterns, c->periods, periods_size);
	for (i = 0; i < c->npatterns; i++)
	{
		if (patterns[i].first == PG_UINT32_MAX)
			patterns[i].first = i * PATTERN_PERIODS +
				offsetof(WeekPattern, own) / sizeof(WeekPeriod);
		else
			patterns[i].first += c->npatterns * PATTERN_PERIODS;
	}
	return patterns;
}

/* The shifts of the next date; -1 if it has none. */
static int16
next_shifts(Compiler *c)
{
	int16		number;

	c->date++;
	if (c->date >= c->year->end)
		c->year = axis_year(c->axis, c->date);
	number = c->year->shifts_of[c->date - c->year->first];
	return number < 0 || c->axis->table->shifts[number]->nspans == 0 ? -1 : number;
}

/* The same, if any of the spans goes on into the next date. */
static int16
shifts_that_go_on(const Axis *axis, int16 number)
{
	const OpeningShifts *shifts = number < 0 ? NULL : axis->table->shifts[number];
	int			i;

	for (i = 0; shifts != NULL && i < shifts->nspans; i++)
	{
		if (shifts->spans[i].end > MINUTES_OF_DAY)
			return number;
	}
	return -1;
}

/* The next week, with its pattern. */
static const WeekEntry *
next_week(Compiler *c)
{
	int16		before = c->key.shifts[7];
	WeekEntry  *entry;
	bool		found;
	int			day;

	c->key.shifts[0] = shifts_that_go_on(c->axis, before);
	for (day = 1; day <= 7; day++)
		c->key.shifts[day] = next_shifts(c);
	entry = weeks_insert(c->known, c->key, &found);
	if (!found)
		add_pattern(c, entry);
	return entry;
}

/*
 * Make a block from the open minutes before each of its weeks and before the
 * week that follows them.
 */
static void
fill_block(WeekBlock *block, const uint32 open[BLOCK_WEEKS + 1])
{
	int32		slope = (open[BLOCK_WEEKS] - open[0]) / BLOCK_WEEKS;
	int32		least = 0;
	int			j;

	for (j = 0; j < BLOCK_WEEKS; j++)
		least = Min(least, (int32) (open[j] - open[0]) - j * slope);
	block->open = open[0] + least;
	block->slope = (uint16) slope;
	for (j = 0; j < BLOCK_WEEKS; j++)
	{
		int32		more = (int32) (open[j] - open[0]) - j * slope - least;

		Assert(more <= PG_UINT16_MAX);
		block->more[j] = (uint16) more;
	}
}

/* Make the index from open time to weeks. */
static void
fill_week_of_open(Axis *axis)
{
	uint32		total = axis_week_open(axis->index, AXIS_WEEKS);
	int			w = 0;
	int			b;

	while ((total >> axis->open_shift) >= AXIS_BUCKETS)
		axis->open_shift++;
	for (b = 0; b <= AXIS_BUCKETS; b++)
	{
		uint64		from = (uint64) b << axis->open_shift;

		while (w < AXIS_WEEKS - 1 && axis_week_open(axis->index, w + 1) <= from)
			w++;
		axis->week_of_open[b] = (uint16) w;
	}
}

static void
axis_compile(Axis *axis)
{
	Compiler	c;
	WeekBlock  *blocks;
	uint32		open = 0;		/* minutes */
	int			b;
	MemoryContext old;
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
											   "ticket_priority compile",
											   ALLOCSET_DEFAULT_SIZES);

	StaticAssertStmt(sizeof(WeekBlock) == CACHE_LINE &&
					 sizeof(WeekPattern) == 2 * CACHE_LINE &&
					 offsetof(WeekPattern, own) == CACHE_LINE,
					 "look-ups are laid out by cache lines");
	blocks = alloc_lines(axis->context, AXIS_BLOCKS * sizeof(WeekBlock));
	memset(blocks, 0, AXIS_BLOCKS * sizeof(WeekBlock));
	axis->week_of_open = MemoryContextAlloc(axis->context,
											(AXIS_BUCKETS + 1) * sizeof(uint16));

	old = MemoryContextSwitchTo(temp);
	memset(&c, 0, sizeof(c));
	c.axis = axis;
	c.known = weeks_create(temp, 64, NULL);
	c.patterns_room = 16;
	c.patterns = palloc(c.patterns_room * sizeof(WeekPattern));
	c.periods_room = 64;
	c.periods = palloc(c.periods_room * sizeof(WeekPeriod));
	c.date = AXIS_ORIGIN_DATE - 2;
	c.year = axis_year(axis, c.date);
	c.key.shifts[7] = next_shifts(&c);

	for (b = 0; b < AXIS_BLOCKS; b++)
	{
		uint32		before[BLOCK_WEEKS + 1];
		int			j;

		/*
		 * A block's patterns must be near each other, so some are made more
		 * than once.
		 */
		if (c.npatterns - c.segment > PG_UINT8_MAX + 1 - BLOCK_WEEKS)
		{
			c.segment = c.npatterns;
			weeks_reset(c.known);
		}
		blocks[b].first = c.segment;
		for (j = 0; j < BLOCK_WEEKS; j++)
		{
			before[j] = open;
			if (b * BLOCK_WEEKS + j < AXIS_WEEKS)
			{
				const WeekEntry *week = next_week(&c);

				blocks[b].pattern[j] = (uint8) (week->pattern - c.segment);
				open += week->open;
			}
		}
		before[BLOCK_WEEKS] = open;
		fill_block(&blocks[b], before);
	}
	axis->index.blocks = blocks;
	axis->index.patterns = keep_patterns(&c);
	fill_week_of_open(axis);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(temp);
}

uint32
axis_week_of_open(const Axis *axis, uint32 number)
{
	uint32		week = axis->week_of_open[number >> axis->open_shift];

	while (axis_week_open(axis->index, week + 1) <= number)
		week++;
	return week;
}

/* The shifts of the hours and of all special openings, in one table. */
static void
collect_shifts(Axis *axis)
{
	int			nspecials = axis->holidays == NULL ? 0 : axis->holidays->nspecials;

	axis->table = shift_table_make();
	(void) shift_table_add(axis->table, axis->hours);
	axis->special_shifts = palloc(Max(nspecials, 1) * sizeof(int));
	for (int i = 0; i < nspecials; i++)
		axis->special_shifts[i] = shift_table_add(axis->table, axis->holidays->specials[i]);
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
	/* One year more, because a shift of the year before may run into it. */
	axis->settled = opening_hours_settled(axis->hours);
	if (axis->settled != INT_MIN)
		axis->settled++;
	axis->settled = Max(axis->settled, FUTURE_YEAR);
	axis->reach = opening_hours_holiday_reach(axis->hours);
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
								year_of_date(list->last_date) + 2);
		for (int i = 0; i < list->nrules; i++)
		{
			int			settled = list->rules[i].special < 0 ? INT_MIN :
				opening_hours_settled(list->specials[list->rules[i].special]);

			if (settled != INT_MIN)
				axis->settled = Max(axis->settled, settled + 1);
		}
	}
	collect_shifts(axis);
	MemoryContextSetIdentifier(context, opening_hours_text(axis->hours));
	MemoryContextSwitchTo(old);

	if (!axis->always)
		axis_compile(axis);

	axis->size = MemoryContextMemAllocated(context, true);
	axis->counted_shifts = axis->table->n;
	entry = axes_insert(axes, axis->key, &found);
	Assert(!found);
	entry->axis = axis;
	MemoryContextSetParent(context, timeline_context);
	cache_bytes += axis->size;
	cache_add(&cached_axes, &axis->cached);
	return axis;
}

Axis *
axis_get(ByteKey key, int list_len)
{
	AxisEntry  *entry;

	if (axes == NULL)
	{
		if (timeline_context == NULL)
			timeline_context = AllocSetContextCreate(TopMemoryContext,
													 "ticket_priority timelines",
													 ALLOCSET_DEFAULT_SIZES);
		axes = axes_create(timeline_context, 16, NULL);
	}
	entry = axes_lookup(axes, key);
	if (entry == NULL)
		return axis_make(key, list_len);
	cache_use(&cached_axes, &entry->axis->cached);
	return entry->axis;
}

void
axis_forget(Axis *axis)
{
	axes_delete(axes, axis->key);
	dlist_delete(&axis->cached.node);
	cache_bytes -= axis->size;
	MemoryContextDelete(axis->context);
}
