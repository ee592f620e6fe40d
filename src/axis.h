/*
 * axis.h
 *	  The local axis: hours compiled on the wall clock, for all zones at once.
 *
 * What comes in: a business_hours value.  What goes out: the rule of a local
 * date, and for 1970 to 2105 the open time before a local time, and back.
 * Local dates are counted in days since 1970-01-01, local times in seconds
 * since its midnight.
 */
#ifndef AXIS_H
#define AXIS_H

#include "datatype/timestamp.h"
#include "utils/datetime.h"

#include "business_hours.h"
#include "byte_key.h"
#include "compat.h"
#include "holidays.h"
#include "zones.h"

#define SECS_PER_WEEK		(7 * SECS_PER_DAY)

/* The axis begins at local midnight of Monday, 1969-12-29. */
#define AXIS_ORIGIN			(INT64CONST(-3) * SECS_PER_DAY)
#define AXIS_ORIGIN_DATE	(-3)
#define AXIS_WEEKS			7097

/* Buckets of the index from open time to week; a power of two. */
#define AXIS_BUCKET_BITS	13
#define AXIS_BUCKETS		(1 << AXIS_BUCKET_BITS)

/* A week in slots of about four and a half hours. */
#define WEEK_SLOT_BITS		14
#define WEEK_SLOTS			((SECS_PER_WEEK >> WEEK_SLOT_BITS) + 1)

/* The first year that is not compiled, and the period of the calendar. */
#define FUTURE_YEAR			2106
#define CYCLE_YEARS			400
#define CYCLE_SECS			(INT64CONST(146097) * SECS_PER_DAY)
#define LAST_YEAR			294277	/* timestamps end in it */
#define FIRST_YEAR			(-4713) /* timestamps begin in it */

/* An open period of a week. */
typedef struct WeekPeriod
{
	uint32		start;			/* seconds since the week began */
	uint32		open;			/* open seconds of the week before it */
} WeekPeriod;

/*
 * The periods of a week that begin at periods[first] of the axis.  Always true:
 * the first is {0, 0} and of no length; the starts ascend; a period lasts as
 * long as open grows to the next one; the last is {UINT32_MAX, open seconds of
 * the week}.  by_start[s] is the number, from first, of the last period that
 * starts by second s << WEEK_SLOT_BITS of the week, and by_open[s] of the last
 * one with at most as many open seconds before it; 255 where that is more, and
 * the rest is walked.
 */
typedef struct WeekPattern
{
	uint32		first;
	uint8		by_start[WEEK_SLOTS];
	uint8		by_open[WEEK_SLOTS];
} WeekPattern;

/* Rules in force on the dates of one year. */
typedef struct YearRules
{
	int64		first;			/* date of 1 January, days since 1970 */
	int64		end;			/* date of the next; 0, 0 if not filled */
	int16		rule_of[366];	/* index in Axis.rules, -1 for none */
} YearRules;

#define AXIS_YEARS_KEPT		4

/*
 * The local axis.  Week w (of AXIS_WEEKS) has week_open[w] open seconds before
 * it and the periods of patterns[week_pattern[w]].  week_of_open[b] is the last
 * week that begins with at most b << open_shift open seconds before it.
 */
typedef struct Axis
{
	ByteKey		key;			/* see axis_get() */
	MemoryContext context;		/* holds all of it */
	Size		size;
	struct Axis *next;
	uint64		used;			/* when last used, as cache_tick */
	OpeningHours *hours;
	HolidayList *holidays;		/* NULL: none */
	const OpeningRule **rules;	/* those of the hours, then of the special
								 * openings of the list */
	int		   *special_rules;	/* where those of each special begin */
	bool		always;			/* "24/7": nothing below is made */
	bool		repeats;		/* every 400 years from year settled on */
	int			settled;

	int			npatterns;
	WeekPattern *patterns;
	WeekPeriod *periods;
	uint32	   *week_open;		/* AXIS_WEEKS + 1 */
	uint16	   *week_pattern;	/* AXIS_WEEKS */
	uint16	   *week_of_open;	/* AXIS_BUCKETS + 1 */
	int			open_shift;

	struct Timeline **lines;	/* by slot of the zone; see timeline.c */
	uint32		nlines;

	YearRules	years[AXIS_YEARS_KEPT];
	int			next_year;		/* which of years to replace next */
} Axis;

/* What compiled hours and time lines take, and where they are. */
extern Size timeline_bytes;
extern MemoryContext timeline_context;

/*
 * The axis of a key; made if it is not there.  The key is that of a holiday
 * list (holidays.h), of list_len bytes, or nothing; then the bytes of a
 * business_hours value after its length word.
 */
extern Axis *axis_get(ByteKey key, int list_len);

/* The key of hours alone. */
static inline ByteKey
axis_key_of_hours(const BusinessHours *value)
{
	ByteKey		key = {VARDATA(value), (int) (VARSIZE(value) - VARHDRSZ)};

	return key;
}

/* Drop an axis that has no time lines any more. */
extern void axis_forget(Axis *axis);

/* All axes, linked by next. */
extern Axis *all_axes;

/* Whether a local time is open; any time. */
extern bool axis_open_at(Axis *axis, int64 local);

/* Whether any local date from a year on has a shift. */
extern bool axis_opens_from(Axis *axis, int year);

extern YearRules *axis_load_year(Axis *axis, int64 date);

/* Year of a local date. */
extern int	year_of_date(int64 date);

static inline int64
year_start_date(int year)
{
	return (int64) date2j(year, 1, 1) - UNIX_EPOCH_JDATE;
}

/* Rules of the year that has a date. */
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

/* Spans of the shifts that start on a local date; NULL for none. */
static inline const OpeningRule *
axis_rule(Axis *axis, int64 date)
{
	YearRules  *year = axis_year(axis, date);
	int			rule = year->rule_of[date - year->first];

	if (rule < 0 || axis->rules[rule]->nspans == 0)
		return NULL;
	return axis->rules[rule];
}

/*
 * The look-ups below take one step by adding what a comparison gives.  That
 * is nearly always enough; and a jump that depends on a ticket's time would
 * be guessed wrong half the time, which costs more than all the rest.
 */

/* L(x), x in seconds since AXIS_ORIGIN; also whether x is open, and its week. */
static inline uint32
axis_open_before_week(const Axis *axis, uint32 x, bool *open, uint32 *in_week)
{
	uint32		week = x / SECS_PER_WEEK;
	uint32		second = x - week * SECS_PER_WEEK;
	const WeekPattern *pattern = &axis->patterns[axis->week_pattern[week]];
	const WeekPeriod *period = axis->periods + pattern->first +
	pattern->by_start[second >> WEEK_SLOT_BITS];
	uint32		into;
	uint32		length;

	period += period[1].start <= second;
	while (unlikely(period[1].start <= second))
		period++;
	into = second - period->start;
	length = period[1].open - period->open;
	*open = into < length;
	*in_week = week;
	return axis->week_open[week] + period->open + Min(into, length);
}

static inline uint32
axis_open_before(const Axis *axis, uint32 x, bool *open)
{
	uint32		week;

	return axis_open_before_week(axis, x, open, &week);
}

/*
 * Local time, since AXIS_ORIGIN, at which the open second with a number begins.
 * It is looked for first in the week given and the next one.
 */
static inline uint32
axis_find_open(const Axis *axis, uint32 number, uint32 week)
{
	const WeekPattern *pattern;
	const WeekPeriod *period;

	Assert(number < axis->week_open[AXIS_WEEKS]);

	/* The last week that begins with at most that much before it. */
	if (likely(week + 2 <= AXIS_WEEKS && number >= axis->week_open[week] &&
			   number < axis->week_open[week + 2]))
		week += axis->week_open[week + 1] <= number;
	else
	{
		week = axis->week_of_open[number >> axis->open_shift];
		week += axis->week_open[week + 1] <= number;
		week += axis->week_open[week + 1] <= number;
		while (unlikely(axis->week_open[week + 1] <= number))
			week++;
	}
	number -= axis->week_open[week];

	pattern = &axis->patterns[axis->week_pattern[week]];
	period = axis->periods + pattern->first +
		pattern->by_open[number >> WEEK_SLOT_BITS];
	period += period[1].open <= number;
	while (unlikely(period[1].open <= number))
		period++;
	return week * SECS_PER_WEEK + period->start + (number - period->open);
}

#endif							/* AXIS_H */
