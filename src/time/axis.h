/*
 * axis.h
 *	  The local axis: hours compiled on the wall clock, for all zones at once.
 *
 * An axis knows the rule of each local date.  For 1970 to 2105 it also knows
 * the open time before each local time, and the local time for an open time.
 * Local dates are counted in days since 1970-01-01, local times in seconds
 * since its midnight.
 */
#ifndef AXIS_H
#define AXIS_H

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#include "base/byte_key.h"
#include "base/compat.h"
#include "base/dates.h"
#include "hours/business_hours.h"
#include "hours/holiday_list.h"
#include "time/time_cache.h"

#define SECS_PER_WEEK		(7 * SECS_PER_DAY)

/* The axis begins at local midnight of Monday, 1969-12-29. */
#define AXIS_ORIGIN			(INT64CONST(-3) * SECS_PER_DAY)
#define AXIS_ORIGIN_DATE	(-3)
#define AXIS_WEEKS			7097

/* Buckets of the index from open time to week; a power of two. */
#define AXIS_BUCKET_BITS	13
#define AXIS_BUCKETS		(1 << AXIS_BUCKET_BITS)

/* The first year that is not compiled. */
#define FUTURE_YEAR			2106

/*
 * A week, and its open time, are divided into slots of about four and a half
 * hours.
 */
#define WEEK_SLOT_BITS		14
#define WEEK_SLOTS			((SECS_PER_WEEK >> WEEK_SLOT_BITS) + 1)
#define OPEN_SLOTS			20

/* An open period of a week. */
typedef struct WeekPeriod
{
	uint32		start;			/* seconds since the week began */
	uint32		open;			/* open seconds of the week before it */
} WeekPeriod;

/* Periods for which a pattern has room. */
#define OWN_PERIODS			8

/*
 * The open periods of a week, in two cache lines.  With the patterns of the
 * axis read as an array of WeekPeriod, they begin at its element first.  That
 * place is own or, for periods that do not fit there, behind all patterns.
 * The first period is {0, 0} and has no length.  The starts ascend.  A period
 * is as long as open grows until the next one.  The last is {PG_UINT32_MAX,
 * open seconds of the week}.
 *
 * by_start[s] is the number, counted from first, of the last period that
 * starts by second s << WEEK_SLOT_BITS of the week.  by_open[s] is the number
 * of the last period with at most that many open seconds before it; its last
 * slot stands for all that follow.  A number above 255 is entered as 255, and
 * a look-up walks the rest.
 */
typedef struct WeekPattern
{
	uint32		first;
	uint8		by_start[WEEK_SLOTS];
	uint8		by_open[OPEN_SLOTS];
	uint8		unused[3];
	WeekPeriod	own[OWN_PERIODS];
} WeekPattern;

#define BLOCK_WEEK_BITS		4
#define BLOCK_WEEKS			(1 << BLOCK_WEEK_BITS)

/*
 * Consecutive weeks, in one cache line.  Week j of them has open + j * slope +
 * more[j] open minutes before it, and the pattern patterns[first + pattern[j]]
 * of the axis.  slope is the mean of the weeks, so that more[] fits into 16
 * bits: whatever the weeks are, its values differ by little more than a
 * quarter of all minutes.
 */
typedef struct WeekBlock
{
	uint32		open;
	uint32		first;
	uint16		slope;
	uint16		more[BLOCK_WEEKS];
	uint8		pattern[BLOCK_WEEKS];
	uint8		unused[6];
} WeekBlock;

#define AXIS_BLOCKS			((AXIS_WEEKS >> BLOCK_WEEK_BITS) + 1)

/*
 * Nearly all that look-ups read of an axis.  Both arrays begin with a cache
 * line.  The time after the last week counts as week AXIS_WEEKS, with all open
 * time before it.
 */
typedef struct AxisIndex
{
	const WeekBlock *blocks;	/* AXIS_BLOCKS */
	const WeekPattern *patterns;
} AxisIndex;

/* Shifts that start on the dates of one year. */
typedef struct YearRules
{
	int64		first;			/* date of 1 January, days since 1970 */
	int64		end;			/* date of the next; 0, 0 if not filled */
	int16		shifts_of[366]; /* number in Axis.table, -1 for none */
} YearRules;

#define AXIS_YEARS_KEPT		4

/*
 * The local axis.  week_of_open[b] is the last week that begins with at most
 * b << open_shift open seconds before it.
 *
 * time_cache.h says how long a pointer to an axis is valid.
 */
typedef struct Axis
{
	ByteKey		key;			/* see axis_get() */
	MemoryContext context;		/* holds all of it */
	Size		size;
	CacheEntry	cached;
	OpeningHours *hours;
	HolidayList *holidays;		/* NULL: none */
	ShiftTable *table;			/* shifts of the hours, then of the special
								 * openings of the list */
	int			counted_shifts; /* of the table, of which size knows */
	int		   *special_shifts; /* where those of each special begin */
	int			reach;			/* days from a holiday that rules name */
	bool		always;			/* "24/7": nothing below is made */
	bool		repeats;		/* every 400 years from year settled on */
	int			settled;

	AxisIndex	index;
	uint16	   *week_of_open;	/* AXIS_BUCKETS + 1 */
	int			open_shift;

	struct Timeline **lines;	/* by slot of the zone; see timeline.c */
	uint32		nlines;

	YearRules	years[AXIS_YEARS_KEPT];
	int			next_year;		/* which of years to replace next */
} Axis;

/*
 * Parent of the contexts of axes and time lines; there once there is an axis.
 */
extern MemoryContext timeline_context;

/*
 * The axis of a key; made if it is not there.  The key begins with the
 * list_len bytes of a holiday list's key (holiday_list.h), which can be none.
 * The bytes of a business_hours value after its length word follow.
 */
extern Axis *axis_get(ByteKey key, int list_len);

/* The key of hours alone. */
static inline ByteKey
axis_key_of_hours(const BusinessHours *value)
{
	ByteKey		key = {VARDATA(value), (int) (VARSIZE(value) - VARHDRSZ)};

	return key;
}

/* Drop an axis that has no time lines any more; for time_cache.c. */
extern void axis_forget(Axis *axis);

/* Whether a local time is open; any time. */
extern bool axis_open_at(Axis *axis, int64 local);

/* Whether any local date from a year on has a shift. */
extern bool axis_opens_from(Axis *axis, int year);

extern YearRules *axis_load_year(Axis *axis, int64 date);

/* Rules of the year in which a date lies. */
static inline YearRules *
axis_year(Axis *axis, int64 date)
{
	int			i;

	for (i = 0; i < AXIS_YEARS_KEPT; i++)
	{
		YearRules  *kept = &axis->years[i];

		if (date >= kept->first && date < kept->end)
			return kept;
	}
	return axis_load_year(axis, date);
}

/* The shifts that start on a local date; NULL for none. */
static inline const OpeningShifts *
axis_shifts(Axis *axis, int64 date)
{
	YearRules  *year = axis_year(axis, date);
	int			number = year->shifts_of[date - year->first];

	if (number < 0 || axis->table->shifts[number]->nspans == 0)
		return NULL;
	return axis->table->shifts[number];
}

/*
 * A walk over the spans that begin on a date: those of its own shifts, and what a
 * rule that takes out has left of the shifts of the date before.
 */
typedef struct SpanWalk
{
	const OpeningShifts *before;
	const OpeningShifts *own;
	int			nbefore;
	int			nown;
} SpanWalk;

#define MINUTES_OF_DAY		(SECS_PER_DAY / SECS_PER_MINUTE)

/* Each of the shifts can be NULL. */
static inline void
span_walk_begin(SpanWalk *walk, const OpeningShifts *before, const OpeningShifts *own)
{
	walk->before = before;
	walk->own = own;
	walk->nown = 0;
	walk->nbefore = before == NULL ? 0 : before->nspans;
	while (walk->nbefore > 0 &&
		   before->spans[walk->nbefore - 1].start >= MINUTES_OF_DAY)
		walk->nbefore--;
}

/* The next span, in minutes since midnight of the date; false after the last. */
static inline bool
span_walk_next(SpanWalk *walk, int *start, int *end)
{
	const OpeningSpan *before = walk->before == NULL || walk->nbefore == walk->before->nspans ?
		NULL : &walk->before->spans[walk->nbefore];
	const OpeningSpan *own = walk->own == NULL || walk->nown == walk->own->nspans ||
		walk->own->spans[walk->nown].start >= MINUTES_OF_DAY ?
		NULL : &walk->own->spans[walk->nown];

	if (before != NULL && (own == NULL || before->start - MINUTES_OF_DAY <= own->start))
	{
		walk->nbefore++;
		*start = before->start - MINUTES_OF_DAY;
		*end = before->end - MINUTES_OF_DAY;
		return true;
	}
	if (own == NULL)
		return false;
	walk->nown++;
	*start = own->start;
	*end = own->end;
	return true;
}

/*
 * Start reading what a look-up near a timestamp reads first.  Any timestamp
 * will do, and an empty index, because no address does harm.
 *
 * This can gain something only where calls go through many calendars in turn.
 * What it gained there was no more than measurements differ among themselves.
 */
static inline void
axis_prefetch(AxisIndex index, TimestampTz t)
{
	const int64 length = (int64) BLOCK_WEEKS * SECS_PER_WEEK * USECS_PER_SEC;
	const int64 origin = (AXIS_ORIGIN - EPOCH_SECS) * USECS_PER_SEC;
	uint64		block = ((uint64) t - (uint64) origin) / length;

	prefetch_line((uintptr_t) index.blocks + (uintptr_t) block * sizeof(WeekBlock));
	/* The pattern made first is likely that of an ordinary week. */
	prefetch_line((uintptr_t) index.patterns);
	prefetch_line((uintptr_t) index.patterns + CACHE_LINE);
}

/* Open seconds before a week; it may be AXIS_WEEKS. */
static inline uint32
axis_week_open(AxisIndex index, uint32 week)
{
	const WeekBlock *block = &index.blocks[week >> BLOCK_WEEK_BITS];
	uint32		j = week & (BLOCK_WEEKS - 1);

	return (block->open + j * block->slope + block->more[j]) * SECS_PER_MINUTE;
}

/* The pattern of a week, as an index in patterns. */
static inline uint32
axis_week_pattern(AxisIndex index, uint32 week)
{
	const WeekBlock *block = &index.blocks[week >> BLOCK_WEEK_BITS];

	return block->first + block->pattern[week & (BLOCK_WEEKS - 1)];
}

/* L(x), x in seconds since AXIS_ORIGIN; also whether x is open, and its week. */
static inline uint32
axis_open_before(AxisIndex index, uint32 x, bool *open, uint32 *in_week)
{
	uint32		week = x / SECS_PER_WEEK;
	uint32		second = x - week * SECS_PER_WEEK;
	const WeekPattern *pattern = &index.patterns[axis_week_pattern(index, week)];
	const WeekPeriod *period = (const WeekPeriod *) index.patterns +
		pattern->first + pattern->by_start[second >> WEEK_SLOT_BITS];
	uint32		into;
	uint32		length;

	while (period[1].start <= second)
		period++;
	into = second - period->start;
	length = period[1].open - period->open;
	*open = into < length;
	*in_week = week;
	return axis_week_open(index, week) + period->open + Min(into, length);
}

/* The last week that begins with at most that many open seconds before it. */
extern uint32 axis_week_of_open(const Axis *axis, uint32 number);

/*
 * Local time, since AXIS_ORIGIN, at which the open second with a number
 * begins; the end of the axis, if it has fewer.  It is looked for first in the
 * week given and the next one.
 */
static inline uint32
axis_find_open(const Axis *axis, AxisIndex index, uint32 number, uint32 week)
{
	const WeekPattern *pattern;
	const WeekPeriod *period;
	uint32		open;			/* seconds before the week */

	if (week + 2 <= AXIS_WEEKS &&
		number >= (open = axis_week_open(index, week)) &&
		number < axis_week_open(index, week + 2))
	{
		uint32		next_open = axis_week_open(index, week + 1);

		if (next_open <= number)
		{
			week++;
			open = next_open;
		}
	}
	else if (number < axis_week_open(index, AXIS_WEEKS))
	{
		week = axis_week_of_open(axis, number);
		open = axis_week_open(index, week);
	}
	else
		return (uint32) AXIS_WEEKS * SECS_PER_WEEK;
	number -= open;

	pattern = &index.patterns[axis_week_pattern(index, week)];
	period = (const WeekPeriod *) index.patterns + pattern->first +
		pattern->by_open[Min(number >> WEEK_SLOT_BITS, OPEN_SLOTS - 1)];
	while (period[1].open <= number)
		period++;
	return week * SECS_PER_WEEK + period->start + (number - period->open);
}

#endif							/* AXIS_H */
