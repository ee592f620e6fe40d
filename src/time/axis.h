/*
 * axis.h
 *	  The local axis: hours compiled on the wall clock, for all zones at once.
 *
 * An axis knows the rule of each local date.  For some years around those that
 * were asked for it also knows the open time before each local time, and the
 * local time for an open time.  Local dates are counted in days since
 * 1970-01-01, local times in seconds since its midnight.
 */
#ifndef AXIS_H
#define AXIS_H

#include "datatype/timestamp.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "base/byte_key.h"
#include "base/compat.h"
#include "base/dates.h"
#include "hours/business_hours.h"
#include "hours/holiday_list.h"
#include "time/time_cache.h"
#include "time/year_window.h"

#define SECS_PER_WEEK		(7 * SECS_PER_DAY)

/* A week, and its open time, are divided into slots of about nine hours. */
#define WEEK_SLOT_BITS		15
#define WEEK_SLOTS			((SECS_PER_WEEK >> WEEK_SLOT_BITS) + 1)
#define OPEN_SLOTS			9

/* An open period of a week. */
typedef struct WeekPeriod
{
	uint16		start;			/* minutes since the week began */
	uint16		open;			/* open minutes of the week before it */
} WeekPeriod;

/* What starts never. */
#define NEVER_IN_WEEK		PG_UINT16_MAX

/* Periods in the first cache line of a pattern, in a further one, and in both. */
#define FIRST_PERIODS		8
#define LINE_PERIODS		16
#define NEAR_PERIODS		(FIRST_PERIODS + LINE_PERIODS)
#define NEAR_LINES			2

/*
 * The open periods of a week, in one cache line if they are few: that is what a
 * look-up waits for if calendars are many.
 *
 * The first period is {0, 0} and has no length.  The starts ascend.  A period is as
 * long as open grows until the next one.  The last is {NEVER_IN_WEEK, open minutes of
 * the week}.
 *
 * by_start[s] is the number of the last period that starts by second
 * s << WEEK_SLOT_BITS of the week.  by_open[s] is the number of the last period with at
 * most that many open seconds before it; its last slot stands for all that follow.
 * A look-up walks from there.
 *
 * Up to NEAR_PERIODS go on in the next cache line.  More have no slots: they are
 * elsewhere, and searched.
 */
typedef struct WeekPattern
{
	uint8		by_start[WEEK_SLOTS];
	uint8		by_open[OPEN_SLOTS];
	uint8		lines;			/* cache lines of it */
	bool		is_far;			/* its periods are elsewhere */
	uint16		open;			/* minutes of the week */
	union
	{
		WeekPeriod	near[FIRST_PERIODS];
		struct
		{
			uint32		first;	/* so many cache lines behind the pattern */
			uint32		n;
		}			far;
	}			periods;
} WeekPattern;

#define BLOCK_WEEK_BITS		4
#define BLOCK_WEEKS			(1 << BLOCK_WEEK_BITS)

/*
 * Consecutive weeks, in one cache line.  Week j of them has open + j * slope +
 * more[j] open minutes before it, and a pattern.  Pattern 0 is first cache lines
 * behind this one, and that of week j pattern[j] further.  slope is the mean
 * of the weeks, so that more[] fits into 16 bits: whatever the weeks are, its values
 * differ by little more than a quarter of all minutes.
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

/* Shifts that start on the dates of one year. */
typedef struct YearRules
{
	int64		first;			/* date of 1 January, days since 1970 */
	int64		end;			/* date of the next; 0, 0 if not filled */
	int16		shifts_of[366]; /* number in AxisRules.table, -1 for none */
} YearRules;

#define AXIS_YEARS_KEPT		4

/*
 * What the key of an axis says: the rules of its dates.  They are read from the
 * key when they are asked for.  Those that were read only to compile are dropped
 * after the call.
 */
typedef struct AxisRules
{
	MemoryContext context;		/* holds all of it */
	CacheEntry	cached;
	CacheList  *list;			/* in which they are */
	struct Axis *axis;
	OpeningHours *hours;
	HolidayList *holidays;		/* NULL: none */
	ShiftTable *table;			/* shifts of the hours, then of the special
								 * openings of the list */
	int			counted_shifts; /* of the table, when size was taken */
	int		   *special_shifts; /* where those of each special begin */
	int			reach;			/* days from a holiday that rules name */
	YearRules	years[AXIS_YEARS_KEPT];
	int			next_year;		/* which of years to replace next */
} AxisRules;

/*
 * The local axis.  Its index has the dates of the years of its window, with a day
 * more on both sides for what the offsets of zones add.  It begins with a Monday,
 * at origin.  The two weeks after the last one can be read too: they have all open
 * time before them.  week_of_open[b] is the last week that begins with at most
 * b << open_shift open seconds before it.
 *
 * lines has the time lines, by the lowest bits of the slots of their zones; those
 * with the same bits are linked.
 *
 * time_cache.h says how long a pointer to an axis is valid.
 */
typedef struct Axis
{
	ByteKey		key;			/* see axis_get() */
	int			list_len;		/* bytes of it that are a list of holidays */
	bool		always;			/* "24/7": it has no index */
	bool		repeats;		/* every 400 years from year settled on */
	int			settled;
	struct Timeline **lines;
	uint32		lines_mask;		/* room for lines, less 1 */
	uint32		nlines;

	const WeekBlock *blocks;	/* begin with a cache line; the patterns follow */
	uint32		nblocks;
	YearWindow	window;
	int64		origin;			/* seconds since 1970 */
	int			nweeks;
	int			open_shift;
	uint16	   *week_of_open;
	struct AxisImage *image;	/* the memory of the index; NULL: none yet */

	AxisRules  *rules;			/* NULL: not read */
	MemoryContext context;		/* holds all of it */
	CacheEntry	cached;
	CacheList  *list;			/* in which it is */
	TimestampTz made_at;		/* when the statement began that made it */
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

/* Take note that an axis has allocated or freed memory. */
static inline void
axis_resized(Axis *axis)
{
	cache_resize(axis->list, &axis->cached,
				 MemoryContextMemAllocated(axis->context, false));
}

/* Drop an axis and its time lines, or only its rules; for time_cache.c. */
extern void axis_forget(Axis *axis);
extern void axis_forget_rules(AxisRules *rules);

/* Free what growing has replaced; for time_cache.c. */
extern void axis_free_replaced(void);

extern AxisRules *axis_read_rules(Axis *axis);

/* The rules of an axis; read if they are not there. */
static inline AxisRules *
axis_rules(Axis *axis)
{
	if (unlikely(axis->rules == NULL))
		return axis_read_rules(axis);
	cache_use(axis->rules->list, &axis->rules->cached);
	return axis->rules;
}

/* Load a year of rules in place of another. */
extern YearRules *rules_load_year(AxisRules *rules, int64 date);

/* Let the index of an axis have a year between PAST_YEAR and FUTURE_YEAR. */
extern void axis_cover(Axis *axis, int year);

/* Whether a local time is open; any time. */
extern bool axis_open_at(Axis *axis, int64 local);

/* The first year from one on that has a local date with a shift, or NEVER_OPENS. */
#define NEVER_OPENS			PG_INT32_MAX
extern int	axis_opens_from(Axis *axis, int year);

/* The year in which a date lies. */
static inline YearRules *
rules_year(AxisRules *rules, int64 date)
{
	int			i;

	for (i = 0; i < AXIS_YEARS_KEPT; i++)
	{
		YearRules  *kept = &rules->years[i];

		if (date >= kept->first && date < kept->end)
			return kept;
	}
	return rules_load_year(rules, date);
}

/* The same of an axis. */
static inline YearRules *
axis_year(Axis *axis, int64 date)
{
	AxisRules  *rules = axis_rules(axis);

	if (unlikely(rules->list != &cached_rules))
	{
		/* Asked for dates, they will be asked again. */
		cache_move(rules->list, &cached_rules, &rules->cached);
		rules->list = &cached_rules;
	}
	return rules_year(rules, date);
}

/* The shifts that start on a local date; NULL for none. */
static inline const OpeningShifts *
axis_shifts(Axis *axis, int64 date)
{
	YearRules  *year = axis_year(axis, date);
	int			number = year->shifts_of[date - year->first];

	if (number < 0 || axis->rules->table->shifts[number]->nspans == 0)
		return NULL;
	return axis->rules->table->shifts[number];
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

/* Open seconds before a week. */
static inline uint32
axis_week_open(const WeekBlock *blocks, uint32 week)
{
	const WeekBlock *block = &blocks[week >> BLOCK_WEEK_BITS];
	uint32		j = week & (BLOCK_WEEKS - 1);

	return (block->open + j * block->slope + block->more[j]) * SECS_PER_MINUTE;
}

static inline const WeekPattern *
axis_week_pattern(const WeekBlock *blocks, uint32 week)
{
	const WeekBlock *block = &blocks[week >> BLOCK_WEEK_BITS];

	return (const WeekPattern *) (block + block->first) + block->pattern[week & (BLOCK_WEEKS - 1)];
}

/* Of periods that are far, the last that starts, or is open, by a minute. */
extern const WeekPeriod *find_far_period(const WeekPattern *pattern, bool by_open, uint32 minute);

/* A local time in its week. */
typedef struct WeekTime
{
	uint32		week;
	const WeekPattern *pattern;
	uint32		open;			/* open seconds of the week before it */
	bool		is_open;
} WeekTime;

/* x is in seconds since the origin. */
static inline WeekTime
axis_week_time(const WeekBlock *blocks, uint32 x)
{
	WeekTime	time;
	uint32		second;
	const WeekPeriod *period;
	uint32		into;
	uint32		length;

	time.week = x / SECS_PER_WEEK;
	time.pattern = axis_week_pattern(blocks, time.week);
	second = x - time.week * SECS_PER_WEEK;
	period = time.pattern->periods.near + time.pattern->by_start[second >> WEEK_SLOT_BITS];
	if (unlikely(time.pattern->is_far))
		period = find_far_period(time.pattern, false, second / SECS_PER_MINUTE);
	while (period[1].start * SECS_PER_MINUTE <= second)
		period++;
	into = second - period->start * SECS_PER_MINUTE;
	length = (period[1].open - period->open) * SECS_PER_MINUTE;
	time.is_open = into < length;
	time.open = period->open * SECS_PER_MINUTE + Min(into, length);
	return time;
}

/* L(x), x in seconds since the origin; also whether x is open. */
static inline uint32
axis_open_before(const WeekBlock *blocks, uint32 x, bool *open)
{
	WeekTime	time = axis_week_time(blocks, x);

	*open = time.is_open;
	return axis_week_open(blocks, time.week) + time.open;
}

/*
 * Local time, since the origin, at which the open second of a week with a number,
 * counted from 0 in the week, begins.
 */
static inline uint32
axis_find_in_week(const WeekPattern *pattern, uint32 number, uint32 week)
{
	const WeekPeriod *period = pattern->periods.near +
		pattern->by_open[Min(number >> WEEK_SLOT_BITS, OPEN_SLOTS - 1)];

	if (unlikely(pattern->is_far))
		period = find_far_period(pattern, true, number / SECS_PER_MINUTE);
	while (period[1].open * SECS_PER_MINUTE <= number)
		period++;
	return week * SECS_PER_WEEK + number + (period->start - period->open) * SECS_PER_MINUTE;
}

/*
 * Local time, since the origin, at which the open second with a number begins.
 * The index must have it.
 */
extern uint32 axis_find_open(const Axis *axis, uint32 number);

/*
 * The same if it is in the week of a time, or in the next one; if not, false.  Here
 * numbers are counted from the week of the time on.
 */
static inline bool
axis_find_near(const WeekBlock *blocks, const WeekTime *time, uint64 number, uint32 *local)
{
	uint32		open = time->pattern->open * SECS_PER_MINUTE;
	uint32		next = number >= open;
	const WeekPattern *pattern;

	/* No branch: either week is as likely. */
	number -= next * open;
	pattern = axis_week_pattern(blocks, time->week + next);
	if (number >= pattern->open * SECS_PER_MINUTE)
		return false;
	*local = axis_find_in_week(pattern, (uint32) number, time->week + next);
	return true;
}

#endif							/* AXIS_H */
