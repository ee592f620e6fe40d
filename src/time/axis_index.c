/*
 * axis_index.c
 *	  The index of an axis: the years of its window, compiled.
 *
 * Weeks that are alike share a pattern.  When the window grows, all of it is
 * compiled anew.
 */
#include "postgres.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/grow.h"
#include "time/axis.h"

/*
 * The memory of an index: one chunk, in which the arrays follow.  One that was
 * replaced is freed when the next call begins, because what else was looked up
 * in this call may point to it.
 */
typedef struct AxisImage
{
	slist_node	node;			/* in replaced */
	Axis	   *axis;
} AxisImage;

static slist_head replaced = SLIST_STATIC_INIT(replaced);

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

#define MINUTES_OF_WEEK		(7 * MINUTES_OF_DAY)

/* Periods are a minute apart at least; and the first and what follows the last. */
#define MOST_PERIODS		(MINUTES_OF_WEEK / 2 + 2)

/* Cache lines of patterns. */
typedef struct PatternLines
{
	WeekPattern *lines;			/* NULL: none yet */
	uint32		n;
	int			room;
} PatternLines;

/* What is needed while an axis is compiled; in the current memory context. */
typedef struct Compiler
{
	AxisRules  *rules;
	YearRules  *year;			/* of date */
	int64		date;			/* up to which the weeks were read */
	WeekKey		key;			/* of the week read last */
	weeks_hash *known;			/* those of the segment */
	uint32		segment;		/* where its patterns begin */
	PatternLines patterns;
	PatternLines far;			/* periods, which follow them */
	WeekPeriod *periods;		/* of the week read last */
	int			nperiods;
} Compiler;

static void
put_period(Compiler *c, int start, int open)
{
	Assert(c->nperiods < MOST_PERIODS);
	c->periods[c->nperiods].start = start;
	c->periods[c->nperiods].open = open;
	c->nperiods++;
}

/* One of the eight dates of the week read last; NULL if it has no shifts. */
static const OpeningShifts *
shifts_of_key(const Compiler *c, int i)
{
	return c->key.shifts[i] < 0 ? NULL : c->rules->table->shifts[c->key.shifts[i]];
}

/* Write the periods of the week read last; returns its open minutes. */
static int
put_periods(Compiler *c)
{
	int			done = 0;		/* the week is built up to here */
	int			open = 0;
	bool		in_period = false;
	int			day;

	c->nperiods = 0;
	put_period(c, 0, 0);
	for (day = -1; day < 7; day++)
	{
		SpanWalk	walk;
		int			start;
		int			end;

		span_walk_begin(&walk, day < 0 ? NULL : shifts_of_key(c, day), shifts_of_key(c, day + 1));
		while (span_walk_next(&walk, &start, &end))
		{
			start += day * MINUTES_OF_DAY;
			end = Min(end + day * MINUTES_OF_DAY, MINUTES_OF_WEEK);
			if (end <= done || start >= MINUTES_OF_WEEK)
				continue;
			if (start > done || !in_period)
			{
				start = Max(start, done);
				put_period(c, start, open);
				in_period = true;
			}
			else
				start = done;	/* overlaps or touches: goes on */
			open += end - start;
			done = end;
		}
	}
	put_period(c, NEVER_IN_WEEK, open);
	return open;
}

/* Room for so many more lines, all zero; returns the first. */
static WeekPattern *
add_lines(PatternLines *patterns, uint32 more)
{
	WeekPattern *added;

	patterns->lines = grow_by(patterns->lines, patterns->n, more, &patterns->room, sizeof(WeekPattern));
	added = patterns->lines + patterns->n;
	memset(added, 0, more * sizeof(WeekPattern));
	patterns->n += more;
	return added;
}

/* Make the slots of a pattern with these periods. */
static void
fill_slots(WeekPattern *pattern, const WeekPeriod *periods)
{
	int			by_start = 0;
	int			by_open = 0;

	for (uint32 slot = 0; slot < WEEK_SLOTS; slot++)
	{
		uint32		from = slot << WEEK_SLOT_BITS;

		while (periods[by_start + 1].start * SECS_PER_MINUTE <= from)
			by_start++;
		while (periods[by_open].start != NEVER_IN_WEEK &&
			   periods[by_open + 1].open * SECS_PER_MINUTE <= from)
			by_open++;
		pattern->by_start[slot] = (uint8) by_start;
		if (slot < OPEN_SLOTS)
			pattern->by_open[slot] = (uint8) by_open;
	}
}

/* Cache lines that hold so many periods. */
static uint32
lines_of_periods(int n)
{
	return (n + LINE_PERIODS - 1) / LINE_PERIODS;
}

/* Make the pattern of the week read last. */
static void
add_pattern(Compiler *c, WeekEntry *entry)
{
	WeekPattern *pattern;
	WeekPeriod *periods;
	int			n;

	entry->pattern = c->patterns.n;
	entry->open = put_periods(c);
	n = c->nperiods;
	if (n <= NEAR_PERIODS)
	{
		int			lines = 1 + lines_of_periods(Max(n - FIRST_PERIODS, 0));

		pattern = add_lines(&c->patterns, lines);
		pattern->lines = lines;
		fill_slots(pattern, c->periods);
		periods = pattern->periods.near;
	}
	else
	{
		pattern = add_lines(&c->patterns, 1);
		pattern->lines = 1;
		pattern->is_far = true;
		pattern->periods.far.first = c->far.n;
		pattern->periods.far.n = n;
		periods = (WeekPeriod *) add_lines(&c->far, lines_of_periods(n));
	}
	pattern->open = entry->open;
	memcpy(periods, c->periods, n * sizeof(WeekPeriod));
}

/*
 * Copy the patterns to where they stay, with the far periods behind them.
 */
static void
keep_patterns(const Compiler *c, WeekPattern *patterns)
{
	WeekPattern *end = patterns + c->patterns.n;

	memcpy(patterns, c->patterns.lines, c->patterns.n * sizeof(WeekPattern));
	if (c->far.n > 0)
		memcpy(end, c->far.lines, c->far.n * sizeof(WeekPattern));
	for (WeekPattern *pattern = patterns; pattern < end; pattern += pattern->lines)
	{
		if (pattern->is_far)
			pattern->periods.far.first += end - pattern;
	}
}

const WeekPeriod *
find_far_period(const WeekPattern *pattern, bool by_open, uint32 minute)
{
	const WeekPeriod *low = (const WeekPeriod *) (pattern + pattern->periods.far.first);
	const WeekPeriod *high = low + pattern->periods.far.n - 1;

	/* The first is by any minute, and the last by none. */
	while (high - low > 1)
	{
		const WeekPeriod *middle = low + (high - low) / 2;

		if ((by_open ? middle->open : middle->start) <= minute)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The shifts of the next date; -1 if it has none. */
static int16
next_shifts(Compiler *c)
{
	int16		number;

	c->date++;
	if (c->date >= c->year->end)
		c->year = rules_year(c->rules, c->date);
	number = c->year->shifts_of[c->date - c->year->first];
	return number < 0 || c->rules->table->shifts[number]->nspans == 0 ? -1 : number;
}

/* The same, if any of the spans goes on into the next date. */
static int16
shifts_that_go_on(const AxisRules *rules, int16 number)
{
	const OpeningShifts *shifts = number < 0 ? NULL : rules->table->shifts[number];
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

	c->key.shifts[0] = shifts_that_go_on(c->rules, before);
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

/* Compile consecutive weeks; returns the blocks, which have two weeks more. */
static WeekBlock *
compile_weeks(Compiler *c, int nweeks, int nblocks)
{
	WeekBlock  *blocks = palloc0(nblocks * sizeof(WeekBlock));
	uint32		open = 0;		/* minutes */
	int			b;

	for (b = 0; b < nblocks; b++)
	{
		uint32		before[BLOCK_WEEKS + 1];
		int			j;

		/*
		 * A block's patterns must be near each other, so some are made more
		 * than once.
		 */
		if (c->patterns.n - c->segment > PG_UINT8_MAX + 1 - NEAR_LINES * BLOCK_WEEKS)
		{
			c->segment = c->patterns.n;
			weeks_reset(c->known);
		}
		/* the patterns follow the blocks */
		blocks[b].first = nblocks - b + c->segment;
		for (j = 0; j < BLOCK_WEEKS; j++)
		{
			before[j] = open;
			if (b * BLOCK_WEEKS + j < nweeks)
			{
				const WeekEntry *week = next_week(c);

				blocks[b].pattern[j] = (uint8) (week->pattern - c->segment);
				open += week->open;
			}
		}
		before[BLOCK_WEEKS] = open;
		fill_block(&blocks[b], before);
	}
	return blocks;
}

/* Make the index from open time to weeks, of so many buckets. */
static int
fill_week_of_open(const WeekBlock *blocks, int nweeks, int nbuckets, uint16 *week_of_open)
{
	uint32		total = axis_week_open(blocks, nweeks);
	int			shift = 0;
	int			w = 0;
	int			b;

	while ((total >> shift) >= (uint32) nbuckets)
		shift++;
	for (b = 0; b < nbuckets; b++)
	{
		uint64		from = (uint64) b << shift;

		while (w < nweeks - 1 && axis_week_open(blocks, w + 1) <= from)
			w++;
		week_of_open[b] = (uint16) w;
	}
	return shift;
}

/* Compile the index for a window, in place of the one that the axis has. */
static void
axis_compile(Axis *axis, YearWindow window)
{
	/* A day more on both sides, and in front of it up to six, from Monday on. */
	int64		first = year_start_date(window.from) - 1;
	int64		last = year_start_date(window.until);
	int			nweeks;
	int			nblocks;
	int			nbuckets;
	Size		blocks_size;
	Size		patterns_size;
	Compiler	c;
	WeekBlock  *blocks;
	WeekBlock  *kept;
	AxisImage  *image;
	MemoryContext old;
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
											   "ticket_priority compile",
											   ALLOCSET_DEFAULT_SIZES);

	StaticAssertStmt(sizeof(WeekBlock) == CACHE_LINE &&
					 sizeof(WeekPattern) == CACHE_LINE,
					 "look-ups are laid out by cache lines");
	first -= weekday_of_date(first);
	nweeks = (int) (last - first) / 7 + 1;
	nblocks = ((nweeks + 1) >> BLOCK_WEEK_BITS) + 1;
	/* one for one to two weeks */
	nbuckets = 1 << (pg_leftmost_one_pos32(nweeks));

	old = MemoryContextSwitchTo(temp);
	memset(&c, 0, sizeof(c));
	c.rules = axis_rules(axis);
	c.known = weeks_create(temp, 64, NULL);
	c.periods = palloc(MOST_PERIODS * sizeof(WeekPeriod));
	c.date = first - 2;
	c.year = rules_year(c.rules, c.date);
	c.key.shifts[7] = next_shifts(&c);
	blocks = compile_weeks(&c, nweeks, nblocks);

	blocks_size = nblocks * sizeof(WeekBlock);
	patterns_size = (c.patterns.n + c.far.n) * sizeof(WeekPattern);
	image = MemoryContextAllocHuge(axis->context,
								   sizeof(AxisImage) + CACHE_LINE + blocks_size +
								   patterns_size + nbuckets * sizeof(uint16));
	image->axis = axis;
	kept = (WeekBlock *) TYPEALIGN(CACHE_LINE, image + 1);
	memcpy(kept, blocks, blocks_size);
	keep_patterns(&c, (WeekPattern *) (kept + nblocks));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(temp);

	/* From here on nothing can fail. */
	if (axis->image != NULL)
		slist_push_head(&replaced, &axis->image->node);
	axis->image = image;
	axis->blocks = kept;
	axis->nblocks = nblocks;
	axis->window = window;
	axis->origin = first * SECS_PER_DAY;
	axis->nweeks = nweeks;
	axis->week_of_open = (uint16 *) ((char *) kept + blocks_size + patterns_size);
	axis->open_shift = fill_week_of_open(kept, nweeks, nbuckets, axis->week_of_open);
	axis_resized(axis);
	/* The time lines of the axis are to look at it again. */
	cache_made++;
}

void
axis_cover(Axis *axis, int year)
{
	if (!window_has(axis->window, year))
		axis_compile(axis, window_grown(axis->window, year));
}

void
axis_free_replaced(void)
{
	while (!slist_is_empty(&replaced))
	{
		AxisImage  *image = slist_container(AxisImage, node, slist_pop_head_node(&replaced));
		Axis	   *axis = image->axis;

		pfree(image);
		axis_resized(axis);
	}
}

uint32
axis_find_open(const Axis *axis, uint32 number)
{
	uint32		week = axis->week_of_open[number >> axis->open_shift];

	while (axis_week_open(axis->blocks, week + 1) <= number)
		week++;
	return axis_find_in_week(axis_week_pattern(axis->blocks, week),
							 number - axis_week_open(axis->blocks, week), week);
}
