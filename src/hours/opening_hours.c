/*
 * opening_hours.c
 *	  Opening hours: rules to text, and what is known of them without a year.
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

bool
opening_periods_one_year(int nperiods, const OpeningRange *periods)
{
	int64		year = year_of_date(periods[0].from);

	for (int i = 0; i < nperiods; i++)
	{
		int64		end_year;

		if (periods[i].to == OH_PERIOD_MAX)
			return nperiods == 1 && periods[i].from == year_start_date(year);
		end_year = year_of_date(periods[i].to);
		if (year_of_date(periods[i].from) != year || end_year > year + 1 ||
			(end_year == year + 1 &&
			 leap_day_index(periods[i].to) >= leap_day_index(periods[i].from)))
			return false;
	}
	return true;
}

static void
write_periods(StringInfo buf, const OpeningRule *rule)
{
	for (int i = 0; i < rule->nperiods; i++)
	{
		OpeningRange period = rule->periods[i];
		int64		year,
					end_year;
		int			month,
					day,
					end_month,
					end_day;

		split_date(period.from, &year, &month, &day);
		appendStringInfo(buf, "%s%d", i > 0 ? "," : "", (int) year);
		write_month(buf, " ", month - 1);
		appendStringInfo(buf, " %02d", day);
		if (period.to == OH_PERIOD_MAX)
		{
			appendStringInfoChar(buf, '+');
			continue;
		}
		if (period.to == period.from)
			continue;
		split_date(period.to, &end_year, &end_month, &end_day);
		appendStringInfoChar(buf, '-');
		if (end_year == year && end_month == month)
		{
			appendStringInfo(buf, "%02d", end_day);
			continue;
		}
		/* over the new year, the range itself tells the year */
		if (end_year != year &&
			(end_year != year + 1 || end_month > month || (end_month == month && end_day >= day)))
			appendStringInfo(buf, "%d ", (int) end_year);
		write_month(buf, "", end_month - 1);
		appendStringInfo(buf, " %02d", end_day);
	}
}

/*
 * Weeks as a list of weeks and ranges; as one range with a step if they are three
 * or more that are equally far apart.
 */
static void
write_weeks(StringInfo buf, uint64 weeks)
{
	int			first = pg_rightmost_one_pos64(weeks);
	int			last = pg_leftmost_one_pos64(weeks);
	uint64		rest = weeks & (weeks - 1);
	int			step = rest == 0 ? 0 : pg_rightmost_one_pos64(rest) - first;
	uint64		stepped = 0;
	const char *separator = "";

	appendStringInfoString(buf, "week ");
	if (step > 1 && last - first >= 2 * step)
	{
		for (int w = first; w <= last; w += step)
			stepped |= UINT64CONST(1) << w;
	}
	if (stepped == weeks)
	{
		appendStringInfo(buf, "%02d-%02d/%d", first + 1, last + 1, step);
		return;
	}
	for (int w = 0; w < OH_WEEKS; w++)
	{
		int			from = w;

		if (!(weeks & (UINT64CONST(1) << w)))
			continue;
		while (w + 1 < OH_WEEKS && (weeks & (UINT64CONST(1) << (w + 1))))
			w++;
		appendStringInfo(buf, "%s%02d", separator, from + 1);
		if (w > from)
			appendStringInfo(buf, "-%02d", w + 1);
		separator = ",";
	}
}

static void
write_holidays(StringInfo buf, uint64 holidays, const char *separator)
{
	for (int n = -OH_HOLIDAY_REACH; n <= OH_HOLIDAY_REACH; n++)
	{
		if (!(holidays & OH_HOLIDAY_BIT(n)))
			continue;
		appendStringInfo(buf, "%sPH", separator);
		if (n != 0)
			appendStringInfo(buf, " %+d day%s", n, abs(n) == 1 ? "" : "s");
		separator = ",";
	}
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
	return rule->holidays != 0 || rule->nyears > 0 || rule->has_days ||
		rule->nperiods > 0 || rule->weeks != 0 || rule->weekdays != OH_ALL_WEEKDAYS;
}

static void
write_rule(StringInfo buf, const OpeningRule *rule, bool alone)
{
	int			start = buf->len;

	if (rule->nyears > 0)
		write_years(buf, rule);
	write_periods(buf, rule);
	if (rule->has_days)
	{
		bool		first = true;

		if (buf->len > start)
			appendStringInfoChar(buf, ' ');
		write_dates(buf, rule, &first);
		write_easter(buf, rule, &first);
	}
	if (rule->weeks != 0)
	{
		if (buf->len > start)
			appendStringInfoChar(buf, ' ');
		write_weeks(buf, rule->weeks);
	}
	if (rule->holidays != 0 && !rule->holidays_too)
		write_holidays(buf, rule->holidays, buf->len > start ? " " : "");
	if (rule->weekdays != OH_ALL_WEEKDAYS || rule->holidays_too)
	{
		if (buf->len > start)
			appendStringInfoChar(buf, ' ');
		write_weekdays(buf, rule);
	}
	if (rule->holidays_too)
		write_holidays(buf, rule->holidays, ",");

	if (!has_selector(rule))
	{
		if (rule->nspans == 0)
		{
			appendStringInfoString(buf, "off");
			return;
		}
		if (alone && rule->effect == OH_REPLACES && is_whole_day(rule))
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
	if (rule->effect == OH_TAKES_OUT)
		appendStringInfoString(buf, " off");
}

char *
opening_rule_text(const OpeningRule *rule)
{
	StringInfoData buf;

	initStringInfo(&buf);
	write_rule(&buf, rule, true);
	return buf.data;
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
			appendStringInfoString(&buf, hours->rules[i].effect == OH_ADDS ? ", " : "; ");
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
	bool		alone = true;	/* only rules that add come after it */

	/* rules before the last one that replaces every date never govern */
	for (int i = hours->nrules - 1; i >= 0; i--)
	{
		const OpeningRule *rule = &hours->rules[i];

		if (rule->effect == OH_ADDS)
			continue;
		if (rule->effect == OH_TAKES_OUT)
			return false;
		if (!has_selector(rule))
			return covers_own_day(rule) || (alone && covers_every_day(rule));
		alone = false;
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
		if (hours->rules[i].holidays != 0)
			return true;
	}
	return false;
}

int
opening_hours_holiday_reach(const OpeningHours *hours)
{
	uint64		all = 0;
	int			reach = 0;

	for (int i = 0; i < hours->nrules; i++)
		all |= hours->rules[i].holidays;
	for (int n = 1; n <= OH_HOLIDAY_REACH; n++)
	{
		if (all & (OH_HOLIDAY_BIT(n) | OH_HOLIDAY_BIT(-n)))
			reach = n;
	}
	return reach;
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

		if (rule->nperiods > 0)
		{
			OpeningRange period = rule->periods[rule->nperiods - 1];

			year = (int) year_of_date(period.to == OH_PERIOD_MAX ? period.from : period.to) + 1;
			settled = Max(settled, year);
		}
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
 * Rules that later ones replace
 * ----------
 */

/* Does each range of one list lie in a range of the other? */
static bool
ranges_within(int n, const OpeningRange *ranges, int nothers, const OpeningRange *others)
{
	int			k = 0;

	for (int i = 0; i < n; i++)
	{
		while (k < nothers && others[k].to < ranges[i].from)
			k++;
		if (k == nothers || others[k].from > ranges[i].from || others[k].to < ranges[i].to)
			return false;
	}
	return true;
}

/* Does a rule select no years and dates that another does not? */
static bool
dates_within(const OpeningRule *rule, const OpeningRule *other)
{
	if (other->nperiods > 0)
		return rule->nperiods > 0 &&
			ranges_within(rule->nperiods, rule->periods, other->nperiods, other->periods);
	if (other->nyears > 0 &&
		(rule->nyears == 0 ||
		 !ranges_within(rule->nyears, rule->years, other->nyears, other->years)))
		return false;
	if (rule->carry != 0 && other->nyears > 0 &&
		(other->carry < rule->carry || rule->nyears != other->nyears ||
		 memcmp(rule->years, other->years, rule->nyears * sizeof(OpeningRange)) != 0))
		return false;
	if (!other->has_days)
		return true;
	if (!rule->has_days || (rule->carry != 0 && other->nyears == 0))
		return false;
	for (int m = 0; m < 12; m++)
	{
		if (rule->days[m] & ~other->days[m])
			return false;
	}
	return ranges_within(rule->neaster, rule->easter, other->neaster, other->easter);
}

static bool
weekdays_within(const OpeningRule *rule, const OpeningRule *other)
{
	for (int d = 0; d < 7; d++)
	{
		bool		all = (other->weekdays & (1 << d)) != 0;

		if (!all && ((rule->weekdays & (1 << d)) || (rule->nth[d] & ~other->nth[d])))
			return false;
	}
	return true;
}

/* Does a rule select no weekdays and holidays that another does not? */
static bool
days_within(const OpeningRule *rule, const OpeningRule *other)
{
	bool		weekdays = weekdays_within(rule, other);
	bool		holidays = (rule->holidays & ~other->holidays) == 0;

	if (other->holidays == 0)
		return rule->holidays_too ? other->weekdays == OH_ALL_WEEKDAYS : weekdays;
	if (rule->holidays == 0)
		return other->holidays_too && weekdays;
	if (rule->holidays_too || !other->holidays_too)
		return weekdays && holidays && rule->holidays_too == other->holidays_too;
	return weekdays || holidays;
}

bool
opening_hours_replaced(const OpeningHours *hours, int *rule, int *by)
{
	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		for (int j = i + 1; j < hours->nrules; j++)
		{
			const OpeningRule *one = &hours->rules[i];
			const OpeningRule *later = &hours->rules[j];

			if (later->effect == OH_REPLACES &&
				(later->weeks == 0 || (one->weeks != 0 && (one->weeks & ~later->weeks) == 0)) &&
				dates_within(one, later) && days_within(one, later))
			{
				*rule = i;
				*by = j;
				return true;
			}
		}
	}
	return false;
}
