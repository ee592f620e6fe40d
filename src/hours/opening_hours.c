/*
 * opening_hours.c
 *	  Opening hours: rules to text, and the rule that governs each local date of
 *	  a year.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/dates.h"
#include "hours/opening_days.h"
#include "hours/opening_hours.h"
#include "hours/scanner.h"

/* ----------
 * Normal form
 * ----------
 */

static void
write_years(StringInfo buf, const OpeningRule *rule)
{
	for (int i = 0; i < rule->nyears; i++)
	{
		OpeningRange range = rule->years[i];

		appendStringInfo(buf, "%s%d", i > 0 ? "," : "", range.from);
		if (range.to == OH_YEAR_MAX)
			appendStringInfoChar(buf, '+');
		else if (range.to != range.from)
			appendStringInfo(buf, "-%d", range.to);
	}
}

static void
write_month(StringInfo buf, const char *separator, int month)
{
	appendStringInfo(buf, "%s%.*s", separator, MONTH_LETTERS, english_months[month]);
}

static void
write_weekday(StringInfo buf, const char *separator, int weekday)
{
	appendStringInfo(buf, "%s%.*s", separator, WEEKDAY_LETTERS, english_weekdays[weekday]);
}

/* Days of a leap year, counted from 0; over the new year if to < from. */
static void
write_date_range(StringInfo buf, int from, int to, bool *first)
{
	int			from_month = month_of(from);
	int			to_month = month_of(to);
	int			from_day = from - month_start[from_month] + 1;
	int			to_day = to - month_start[to_month] + 1;

	write_month(buf, *first ? "" : ",", from_month);
	*first = false;
	if (from_day == 1 && to_day == month_days(to_month))
	{
		if (from_month != to_month)
			write_month(buf, "-", to_month);
		return;
	}
	appendStringInfo(buf, " %02d", from_day);
	if (from == to)
		return;
	if (from_month != to_month || to < from)
	{
		write_month(buf, "-", to_month);
		appendStringInfo(buf, " %02d", to_day);
	}
	else
		appendStringInfo(buf, "-%02d", to_day);
}

static inline bool
day_selected(const OpeningRule *rule, int month, int day)
{
	return (rule->days[month] & ((uint32) 1 << (day - 1))) != 0;
}

int
opening_date_ranges(const OpeningRule *rule, OpeningRange ranges[MAX_DATE_RANGES])
{
	int			n = 0;
	int			index = 0;
	int			over = -1;		/* where the last run ends in the next year */
	bool		open = false;

	for (int m = 0; m < 12; m++)
	{
		for (int d = 1; d <= month_days(m); d++, index++)
		{
			if (!day_selected(rule, m, d))
				open = false;
			else if (open)
				ranges[n - 1].to = index;
			else
			{
				ranges[n].from = ranges[n].to = index;
				n++;
				open = true;
			}
		}
	}

	/* runs at both ends of the year are one range, unless years are named */
	if (rule->carry != 0)
		over = carry_index(rule->carry);
	else if (rule->nyears == 0 && n > 1 &&
			 ranges[0].from == 0 && ranges[n - 1].to == LEAP_DAYS - 1)
	{
		over = ranges[0].to;
		n--;
		memmove(ranges, ranges + 1, n * sizeof(OpeningRange));
	}
	if (n == 0 || over < 0)
		return n;
	if (over < ranges[n - 1].from)
		ranges[n - 1].to = over;
	else
	{
		ranges[n].from = LEAP_DAYS - 1;
		ranges[n].to = over;
		n++;
	}
	return n;
}

static void
write_dates(StringInfo buf, const OpeningRule *rule, bool *first)
{
	OpeningRange ranges[MAX_DATE_RANGES];
	int			n = opening_date_ranges(rule, ranges);

	for (int i = 0; i < n; i++)
		write_date_range(buf, ranges[i].from, ranges[i].to, first);
}

static void
write_easter_day(StringInfo buf, int offset)
{
	appendStringInfoString(buf, "easter");
	if (offset != 0)
		appendStringInfo(buf, " %+d day%s", offset, abs(offset) == 1 ? "" : "s");
}

static void
write_easter(StringInfo buf, const OpeningRule *rule, bool *first)
{
	for (int i = 0; i < rule->neaster; i++)
	{
		OpeningRange range = rule->easter[i];

		if (!*first)
			appendStringInfoChar(buf, ',');
		*first = false;
		write_easter_day(buf, range.from);
		if (range.to != range.from)
		{
			appendStringInfoChar(buf, '-');
			write_easter_day(buf, range.to);
		}
	}
}

/* Numbers from 1 as a list of numbers and ranges. */
static void
write_nth(StringInfo buf, uint16 nth)
{
	const char *separator = "[";

	for (int i = 1; i <= 5; i++)
	{
		int			from = i;

		if (!(nth & (1 << (i - 1))))
			continue;
		while (i < 5 && (nth & (1 << i)))
			i++;
		appendStringInfo(buf, "%s%d", separator, from);
		if (i > from)
			appendStringInfo(buf, "-%d", i);
		separator = ",";
	}
	for (int i = 1; i <= 5; i++)
	{
		if (nth & (1 << (5 + i - 1)))
		{
			appendStringInfo(buf, "%s-%d", separator, i);
			separator = ",";
		}
	}
	appendStringInfoChar(buf, ']');
}

static void
write_weekdays(StringInfo buf, const OpeningRule *rule)
{
	const char *separator = "";

	for (int d = 0; d < 7; d++)
	{
		int			from = d;

		if (rule->weekdays & (1 << d))
		{
			while (d < 6 && (rule->weekdays & (1 << (d + 1))))
				d++;
			write_weekday(buf, separator, from);
			if (d > from)
				write_weekday(buf, "-", d);
		}
		else if (rule->nth[d] != 0)
		{
			write_weekday(buf, separator, d);
			write_nth(buf, rule->nth[d]);
		}
		else
			continue;
		separator = ",";
	}
}

static void
write_spans(StringInfo buf, const OpeningRule *rule)
{
	for (int i = 0; i < rule->nspans; i++)
	{
		int			start = rule->spans[i].start;
		int			end = rule->spans[i].end;

		/* the usual way to write a night shift, if it reads back the same */
		if (end > MINUTES_PER_DAY && end - MINUTES_PER_DAY <= start)
			end -= MINUTES_PER_DAY;
		appendStringInfo(buf, "%s%02d:%02d-%02d:%02d", i > 0 ? "," : "",
						 start / 60, start % 60, end / 60, end % 60);
	}
}

/* Are the spans of a rule one whole day, from midnight to midnight? */
static bool
is_whole_day(const OpeningRule *rule)
{
	return rule->nspans == 1 &&
		rule->spans[0].start == 0 && rule->spans[0].end == MINUTES_PER_DAY;
}

static bool
has_selector(const OpeningRule *rule)
{
	return rule->holidays || rule->nyears > 0 || rule->has_days ||
		rule->weekdays != OH_ALL_WEEKDAYS;
}

static void
write_rule(StringInfo buf, const OpeningRule *rule, bool alone)
{
	int			start = buf->len;

	if (rule->holidays)
		appendStringInfoString(buf, "PH");
	if (rule->nyears > 0)
		write_years(buf, rule);
	if (rule->has_days)
	{
		bool		first = true;

		if (buf->len > start)
			appendStringInfoChar(buf, ' ');
		write_dates(buf, rule, &first);
		write_easter(buf, rule, &first);
	}
	if (rule->weekdays != OH_ALL_WEEKDAYS)
	{
		if (buf->len > start)
			appendStringInfoChar(buf, ' ');
		write_weekdays(buf, rule);
	}

	if (!has_selector(rule))
	{
		if (rule->nspans == 0)
		{
			appendStringInfoString(buf, "off");
			return;
		}
		if (alone && is_whole_day(rule))
		{
			appendStringInfoString(buf, "24/7");
			return;
		}
		appendStringInfoString(buf, "Mo-Su");
	}
	appendStringInfoChar(buf, ' ');
	if (rule->nspans == 0)
		appendStringInfoString(buf, "off");
	else
		write_spans(buf, rule);
}

char *
opening_hours_text(const OpeningHours *hours)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(&buf, "; ");
		write_rule(&buf, &hours->rules[i], hours->nrules == 1);
	}
	return buf.data;
}

/* ----------
 * Properties of hours
 * ----------
 */

/* Is it open from midnight to midnight of each date that the rule governs? */
static bool
covers_own_day(const OpeningRule *rule)
{
	return rule->nspans > 0 && rule->spans[0].start == 0 &&
		rule->spans[0].end >= MINUTES_PER_DAY;
}

/* Is it open all day when the rule governs the day before as well? */
static bool
covers_every_day(const OpeningRule *rule)
{
	int			open_until = 0;

	/* first what shifts of the day before leave open, then the day's own */
	for (int i = 0; i < rule->nspans; i++)
		open_until = Max(open_until, (int) rule->spans[i].end - MINUTES_PER_DAY);
	for (int i = 0; i < rule->nspans; i++)
	{
		if (rule->spans[i].start > open_until)
			return false;
		open_until = Max(open_until, (int) rule->spans[i].end);
	}
	return open_until >= MINUTES_PER_DAY;
}

bool
opening_hours_always(const OpeningHours *hours)
{
	/* rules before the last one that selects every date never govern */
	for (int i = hours->nrules - 1; i >= 0; i--)
	{
		const OpeningRule *rule = &hours->rules[i];

		if (!has_selector(rule))
			return covers_own_day(rule) ||
				(i == hours->nrules - 1 && covers_every_day(rule));
		if (!covers_own_day(rule))
			return false;
	}
	return false;
}

bool
opening_hours_has_holidays(const OpeningHours *hours)
{
	for (int i = 0; i < hours->nrules; i++)
	{
		if (hours->rules[i].holidays)
			return true;
	}
	return false;
}

bool
opening_hours_has_easter(const OpeningHours *hours)
{
	for (int i = 0; i < hours->nrules; i++)
	{
		if (hours->rules[i].neaster > 0)
			return true;
	}
	return false;
}

int
opening_hours_settled(const OpeningHours *hours)
{
	int			settled = INT_MIN;

	for (int i = 0; i < hours->nrules; i++)
	{
		const OpeningRule *rule = &hours->rules[i];
		OpeningRange last;
		int			year;

		if (rule->nyears == 0)
			continue;
		last = rule->years[rule->nyears - 1];
		year = last.to == OH_YEAR_MAX ? last.from : last.to + 1;
		if (rule->carry != 0)
			year++;
		settled = Max(settled, year);
	}
	return settled;
}

/* ----------
 * The rule of each date
 * ----------
 */

/*
 * The Gregorian computus of an anonymous correspondent (Nature, 20 April
 * 1876), as given by Jean Meeus, Astronomical Algorithms, chapter "Date of
 * Easter".
 */
int
easter_day(int year)
{
	int			y = year % 5700000; /* Easter repeats after so many years */
	int			a,
				b,
				c,
				h,
				l,
				m,
				month,
				day;

	if (y < 0)
		y += 5700000;
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

/* Set a rule for the dates of a year that it selects. */
static void
apply_rule(const OpeningRule *rule, int16 index, int year, int first_weekday,
		   const int starts[13], int16 *rule_of)
{
	bool		selected = year_selected(rule, year);
	bool		carried = rule->carry != 0 && year_selected(rule, (int64) year - 1);
	uint32		days[12];

	if (!selected && !carried)
		return;

	if (!rule->has_days)
		memset(days, 0xff, sizeof(days));
	else if (selected)
		memcpy(days, rule->days, sizeof(days));
	else
		memset(days, 0, sizeof(days));

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

	for (int m = 0; m < 12; m++)
	{
		int			ndays = starts[m + 1] - starts[m];
		uint32		bits = days[m] & day_bits(0, ndays - 1);
		int16	   *month = rule_of + starts[m];

		if (bits == 0)
			continue;
		if (rule->weekdays != OH_ALL_WEEKDAYS)
			bits &= weekday_bits(rule, (first_weekday + starts[m]) % 7, ndays);
		for (; bits != 0; bits &= bits - 1)
			month[pg_rightmost_one_pos32(bits)] = index;
	}
}

void
opening_hours_year(const OpeningHours *hours, int year, const bool *holiday,
				   int16 rule_of[366])
{
	int			leap = is_leap(year) ? 1 : 0;
	int			first_weekday = weekday_of_date(year_start_date(year));
	int			starts[13];

	for (int m = 0; m <= 12; m++)
		starts[m] = month_start[m] - (m > 1 && !leap ? 1 : 0);
	for (int d = 0; d < LEAP_DAYS; d++)
		rule_of[d] = -1;

	for (int i = 0; i < hours->nrules; i++)
	{
		const OpeningRule *rule = &hours->rules[i];

		CHECK_FOR_INTERRUPTS();
		if (!rule->holidays)
			apply_rule(rule, i, year, first_weekday, starts, rule_of);
		else if (holiday != NULL)
		{
			for (int d = 0; d < starts[12]; d++)
			{
				if (holiday[d])
					rule_of[d] = i;
			}
		}
	}
}
