/*
 * opening_hours_shifts.c
 *	  Opening hours: which local dates of a year a rule selects, and the shifts
 *	  that rules make on them together.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "base/dates.h"
#include "hours/opening_days.h"
#include "hours/opening_hours.h"

/* ----------
 * The dates of a rule
 * ----------
 */

/*
 * The Gregorian computus of an anonymous correspondent (Nature, 20 April
 * 1876), as given by Jean Meeus, Astronomical Algorithms, chapter "Date of
 * Easter".
 */
int
easter_day(int64 year)
{
	/* Easter repeats after so many years */
	int			y = (int) (year - floor_div(year, 5700000) * 5700000);
	int			a,
				b,
				c,
				h,
				l,
				m,
				month,
				day;

	a = y % 19;
	b = y / 100;
	c = y % 100;
	h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
	l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
	m = (a + 11 * h + 22 * l) / 451;
	month = (h + l - 7 * m + 114) / 31;
	day = (h + l - 7 * m + 114) % 31 + 1;

	return day_index(month - 1, day) - (is_leap(year) ? 0 : 1);
}

static bool
year_selected(const OpeningRule *rule, int64 year)
{
	if (rule->nyears == 0)
		return true;
	for (int i = 0; i < rule->nyears; i++)
	{
		if (year < rule->years[i].from)
			return false;
		if (year <= rule->years[i].to || rule->years[i].to == OH_YEAR_MAX)
			return true;
	}
	return false;
}

/*
 * The days of a month that the weekdays of a rule select.  first is the
 * weekday of the month's first day.
 */
static uint32
weekday_bits(const OpeningRule *rule, int first, int ndays)
{
	/* the week as it falls from the first day on, five times over */
	uint32		week = ((rule->weekdays >> first) | (rule->weekdays << (7 - first))) & 0x7f;
	uint64		bits = (uint64) week * UINT64CONST(0x10204081);

	for (int d = 0; d < 7; d++)
	{
		int			earliest = (d - first + 7) % 7;
		int			latest = earliest + (ndays - 1 - earliest) / 7 * 7;

		if (rule->nth[d] == 0)
			continue;
		for (int n = 0; n < 5; n++)
		{
			if (rule->nth[d] & (1 << n))
				bits |= UINT64CONST(1) << (earliest + 7 * n);
			if ((rule->nth[d] & (1 << (5 + n))) && latest - 7 * n >= 0)
				bits |= UINT64CONST(1) << (latest - 7 * n);
		}
	}
	return (uint32) bits & day_bits(0, ndays - 1);
}

/* The days of a year that the periods of a rule select. */
static void
period_bits(const OpeningRule *rule, int year, const int starts[13], uint32 days[12])
{
	int64		first = year_start_date(year);

	memset(days, 0, 12 * sizeof(uint32));
	for (int i = 0; i < rule->nperiods; i++)
	{
		int64		from = Max(rule->periods[i].from - first, 0);
		int64		to = rule->periods[i].to == OH_PERIOD_MAX ? starts[12] - 1 :
			Min(rule->periods[i].to - first, starts[12] - 1);

		for (int m = 0; m < 12; m++)
		{
			int64		lo = Max(from, starts[m]);
			int64		hi = Min(to, starts[m + 1] - 1);

			if (lo <= hi)
				days[m] |= day_bits((int) lo - starts[m], (int) hi - starts[m]);
		}
	}
}

/* The days of a year that the weeks of a rule leave of those selected. */
static void
keep_weeks(const OpeningRule *rule, int year, int first_weekday,
		   const int starts[13], uint32 days[12])
{
	int			month = 0;

	for (int d = 0; d < starts[12]; d++)
	{
		/* a week belongs to the year of its Thursday, whose number it has */
		int			thursday = d + 3 - (first_weekday + d) % 7;

		if (thursday < 0)
			thursday += is_leap(year - 1) ? 366 : 365;
		else if (thursday >= starts[12])
			thursday -= starts[12];
		while (starts[month + 1] <= d)
			month++;
		if (!(rule->weeks & (UINT64CONST(1) << (thursday / 7))))
			days[month] &= ~((uint32) 1 << (d - starts[month]));
	}
}

/* Is a day of the year one of those near holidays that a rule selects? */
static bool
holiday_selected(const OpeningRule *rule, const bool *holiday, int day)
{
	for (uint64 bits = rule->holidays; bits != 0; bits &= bits - 1)
	{
		if (holiday[day - (pg_rightmost_one_pos64(bits) - OH_HOLIDAY_REACH)])
			return true;
	}
	return false;
}

/* The days of a month near holidays that a rule selects. */
static uint32
holiday_bits(const OpeningRule *rule, const bool *holiday, int first, int ndays)
{
	uint32		bits = 0;

	for (int d = 0; holiday != NULL && d < ndays; d++)
	{
		if (holiday_selected(rule, holiday, first + d))
			bits |= (uint32) 1 << d;
	}
	return bits;
}

/*
 * The days of a year that a rule selects by years, dates and weeks; false if
 * there is none.
 */
static bool
date_bits(const OpeningRule *rule, int year, int first_weekday, const int starts[13],
		  uint32 days[12])
{
	bool		selected = year_selected(rule, year);
	bool		carried = rule->carry != 0 && year_selected(rule, (int64) year - 1);

	if (!selected && !carried)
		return false;

	if (rule->nperiods > 0)
		period_bits(rule, year, starts, days);
	else if (!rule->has_days)
		memset(days, 0xff, 12 * sizeof(uint32));
	else if (selected)
		memcpy(days, rule->days, 12 * sizeof(uint32));
	else
		memset(days, 0, 12 * sizeof(uint32));

	if (carried)
	{
		int			last = rule->carry / 32 - 1;

		for (int m = 0; m < last; m++)
			days[m] = PG_UINT32_MAX;
		days[last] |= day_bits(0, rule->carry % 32 - 1);
	}

	if (selected && rule->neaster > 0)
	{
		int			easter = easter_day(year);
		int			m = 0;

		for (int i = 0; i < rule->neaster; i++)
		{
			for (int d = easter + rule->easter[i].from; d <= easter + rule->easter[i].to; d++)
			{
				while (starts[m + 1] <= d)
					m++;
				days[m] |= (uint32) 1 << (d - starts[m]);
			}
		}
	}
	if (rule->weeks != 0)
		keep_weeks(rule, year, first_weekday, starts, days);
	return true;
}

/* ----------
 * The shifts of each date
 * ----------
 */

ShiftTable *
shift_table_make(void)
{
	ShiftTable *table = palloc0(sizeof(ShiftTable));

	table->context = CurrentMemoryContext;
	table->allocated = 8;
	table->shifts = palloc(table->allocated * sizeof(OpeningShifts *));
	return table;
}

static int16
add_shifts(ShiftTable *table, int nspans, const OpeningSpan *spans, int16 rule)
{
	OpeningShifts *shifts;

	if (table->n == PG_INT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("business hours have too many different days"),
				 errdetail("The hours of a calendar and its special days may have at most %d.",
						   PG_INT16_MAX)));
	if (table->n == table->allocated)
	{
		table->allocated *= 2;
		table->shifts = repalloc(table->shifts,
								 table->allocated * sizeof(OpeningShifts *));
	}
	shifts = MemoryContextAlloc(table->context, sizeof(OpeningShifts));
	shifts->nspans = nspans;
	shifts->spans = spans;
	shifts->rule = rule;
	shifts->first = shifts->next = -1;
	table->shifts[table->n] = shifts;
	return (int16) table->n++;
}

int
shift_table_add(ShiftTable *table, const OpeningHours *hours)
{
	int			first = table->n;

	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		(void) add_shifts(table, hours->rules[i].nspans, hours->rules[i].spans, -1);
	}
	return first;
}

/* Append a span; one that goes on where the last one ends is part of it. */
static int
append_span(OpeningSpan *spans, int n, int start, int end)
{
	if (n > 0 && spans[n - 1].end >= start)
		spans[n - 1].end = Max(spans[n - 1].end, end);
	else
	{
		spans[n].start = start;
		spans[n].end = end;
		n++;
	}
	return n;
}

static int
join_spans(const OpeningShifts *shifts, const OpeningRule *rule, OpeningSpan *spans)
{
	int			n = 0;
	int			a = 0;
	int			b = 0;

	while (a < shifts->nspans || b < rule->nspans)
	{
		OpeningSpan span;

		if (b == rule->nspans ||
			(a < shifts->nspans && shifts->spans[a].start <= rule->spans[b].start))
			span = shifts->spans[a++];
		else
			span = rule->spans[b++];
		n = append_span(spans, n, span.start, span.end);
	}
	return n;
}

static int
cut_spans(const OpeningShifts *shifts, const OpeningRule *rule, OpeningSpan *spans)
{
	int			n = 0;

	for (int a = 0; a < shifts->nspans; a++)
	{
		int			start = shifts->spans[a].start;
		int			end = shifts->spans[a].end;

		for (int b = 0; b < rule->nspans && start < end; b++)
		{
			int			from = rule->spans[b].start;
			int			to = rule->spans[b].end;

			if (to <= start || from >= end)
				continue;
			if (from > start)
				n = append_span(spans, n, start, from);
			start = to;
		}
		if (start < end)
			n = append_span(spans, n, start, end);
	}
	return n;
}

/*
 * The number of the shifts that a rule makes of others by adding or taking out.
 * Most dates have shifts that an earlier date had, so this looks for them first.
 */
static int16
changed_shifts(ShiftTable *table, int16 number, int16 own, const OpeningRule *rule)
{
	OpeningShifts *shifts;
	OpeningSpan *spans;
	int16		made;
	int			n;

	if (number < 0 || table->shifts[number]->nspans == 0)
		return rule->effect == OH_ADDS ? own : number;

	shifts = table->shifts[number];
	for (made = shifts->first; made >= 0; made = table->shifts[made]->next)
	{
		if (table->shifts[made]->rule == own)
			return made;
	}
	CHECK_FOR_INTERRUPTS();
	spans = MemoryContextAlloc(table->context,
							   (shifts->nspans + rule->nspans) * sizeof(OpeningSpan));
	n = rule->effect == OH_ADDS ? join_spans(shifts, rule, spans) :
		cut_spans(shifts, rule, spans);
	made = add_shifts(table, n, spans, own);
	table->shifts[made]->next = shifts->first;
	shifts->first = made;
	return made;
}

/* Apply a rule, whose own shifts have a number, to the dates of a year that it selects. */
static void
apply_rule(const OpeningRule *rule, ShiftTable *table, int16 number, int year,
		   int first_weekday, const int starts[13], const bool *holiday,
		   int16 *shifts_of)
{
	uint32		days[12];

	if (rule->holidays != 0 && !rule->holidays_too && holiday == NULL)
		return;
	if (!date_bits(rule, year, first_weekday, starts, days))
		return;

	for (int m = 0; m < 12; m++)
	{
		int			ndays = starts[m + 1] - starts[m];
		uint32		bits = days[m] & day_bits(0, ndays - 1);
		uint32		kept = PG_UINT32_MAX;
		int16	   *month = shifts_of + starts[m];

		if (bits == 0)
			continue;
		if (rule->weekdays != OH_ALL_WEEKDAYS)
			kept = weekday_bits(rule, (first_weekday + starts[m]) % 7, ndays);
		if (rule->holidays_too)
			kept |= holiday_bits(rule, holiday, starts[m], ndays);
		else if (rule->holidays != 0)
			kept &= holiday_bits(rule, holiday, starts[m], ndays);
		for (bits &= kept; bits != 0; bits &= bits - 1)
		{
			int			d = pg_rightmost_one_pos32(bits);

			month[d] = rule->effect == OH_REPLACES ? number :
				changed_shifts(table, month[d], number, rule);
		}
	}
}

void
opening_hours_year(const OpeningHours *hours, ShiftTable *table, int first, int year,
				   const bool *holiday, int16 shifts_of[366])
{
	int			leap = is_leap(year) ? 1 : 0;
	int			first_weekday = weekday_of_date(year_start_date(year));
	int			starts[13];

	for (int m = 0; m <= 12; m++)
		starts[m] = month_start[m] - (m > 1 && !leap ? 1 : 0);
	for (int d = 0; d < LEAP_DAYS; d++)
		shifts_of[d] = -1;

	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		apply_rule(&hours->rules[i], table, (int16) (first + i), year, first_weekday,
				   starts, holiday, shifts_of);
	}
}
