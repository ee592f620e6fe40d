/*
 * opening_hours_dates.c
 *	  Opening hours: text to the years, dates and weeks of a rule.
 */
#include "postgres.h"

#include "base/dates.h"
#include "hours/opening_days.h"
#include "hours/opening_parse.h"

/* ----------
 * Days of the year
 * ----------
 */

/* Select the days from one to another of a leap year, counted from 0. */
void
opening_select_days(OpeningRule *rule, int from, int to)
{
	for (int m = 0; m < 12; m++)
	{
		int			lo = Max(from - month_start[m], 0);
		int			hi = Min(to - month_start[m], month_days(m) - 1);

		if (lo <= hi)
			rule->days[m] |= day_bits(lo, hi);
	}
}

/* Select a range of dates; one that ends before it starts runs over the new year. */
static void
select_range(OpeningRule *rule, int from, int to)
{
	rule->has_days = true;
	if (from <= to)
		opening_select_days(rule, from, to);
	else
	{
		int			month = month_of(to);

		opening_select_days(rule, from, LEAP_DAYS - 1);
		rule->carry = Max(rule->carry,
						  (month + 1) * 32 + to - month_start[month] + 1);
	}
}

bool
opening_all_days(const OpeningRule *rule)
{
	for (int m = 0; m < 12; m++)
	{
		if (rule->days[m] != month_bits(m))
			return false;
	}
	return true;
}

/* ----------
 * The grammar
 * ----------
 */

static bool
parse_year(Scanner *p, int from, int *year)
{
	if (!opening_at_number(p) || p->length != 4 ||
		opening_number(p) < from || opening_number(p) > OH_YEAR_MAX)
		return scanner_expected_number(p, p->token, "a year", from, OH_YEAR_MAX,
									   at_digit(p) && p->length != 4 ?
									   "Years have four digits, dates are written as in \"2026 Dec 24\"." :
									   opening_hint(p));
	*year = opening_number(p);
	scanner_advance(p);
	return true;
}

/* years = year [ "+" | "-" year ] { "," ... } */
bool
opening_parse_years(Scanner *p, RuleLists *lists)
{
	do
	{
		int			from;
		int			to;

		if (!parse_year(p, OH_YEAR_MIN, &from))
			return false;
		to = from;
		if (accept_char(p, '+'))
			to = OH_YEAR_MAX;
		else if (opening_accept_dash(p) && !parse_year(p, from, &to))
			return false;
		if (at_char(p, '/'))
			return opening_expected_with(p, "\",\", a selector or hours",
									  "Name years one by one, as in \"2026,2028\".");
		range_list_add(&lists->years, from, to);
	} while (accept_char(p, ','));
	return true;
}

/* A day of a month that is already known. */
static bool
parse_day(Scanner *p, int month, int from, int *day)
{
	if (!opening_at_number(p) || opening_number(p) < from ||
		opening_number(p) > month_days(month) || p->length > 2)
	{
		const char *hint = opening_hint(p);

		if (at_digit(p) && p->length == 4)
			hint = "Years come before months, as in \"2026 Dec 24\" and \"2026 Dec 20-2027 Jan 06\".";
		else if (at_digit(p) && opening_number(p) < from && opening_number(p) > 0)
			hint = "A range over the new year names both months, as in \"Dec 20-Jan 06\".";
		return scanner_expected_number(p, p->token, "a day", from, month_days(month), hint);
	}
	*day = opening_number(p);
	scanner_advance(p);
	return true;
}

static bool
no_mixed_range(const Scanner *p, const char *what)
{
	return opening_expected_with(p, what,
							  "A range from Easter to a date of the calendar, or back, is not supported.");
}

/* One end of a range: "easter", or so many days from it. */
static bool
parse_easter_day(Scanner *p, int *offset)
{
	if (!accept_word(p, "easter"))
		return opening_find_month(p) >= 0 || opening_at_number(p) ?
			no_mixed_range(p, "\"easter\"") : opening_expected(p, "\"easter\"");
	return opening_parse_offset(p, OH_EASTER_MIN, OH_EASTER_MAX,
								"The date has to be in the same year as Easter.", offset);
}

static bool
parse_easter(Scanner *p, RuleLists *lists)
{
	int			from;
	int			to;

	if (!parse_easter_day(p, &from))
		return false;
	to = from;
	if (opening_accept_dash(p))
	{
		Scanner		end = *p;

		if (!parse_easter_day(p, &to))
			return false;
		if (to < from)
			return opening_expected_with(&end, "a day not before the start of the range", NULL);
	}
	range_list_add(&lists->easter, from, to);
	return true;
}

static bool
dates_without_year(const Scanner *p)
{
	return opening_expected_with(p, "a month, a day, a weekday, a time or \"off\"",
							  "One year before the first date is needed, as in \"2026 Sep 15+\" and \"2026 Dec 20-2027 Jan 06\".");
}

/*
 * Add dates from one to another, as days of a leap year and, if a year is known,
 * as a period.  end_year is 0 if none is written; open is set by a "+".
 */
static bool
add_dates(const Scanner *end, OpeningRule *rule, RuleLists *lists,
		  int from, int to, int end_year, bool open)
{
	int			month = month_of(from);
	int			end_month = month_of(to);
	int64		first;
	int64		last;

	if (end_year == 0 && !open)
		select_range(rule, from, to);
	if (lists->year == 0)
		return true;

	if (end_year == 0)
		end_year = to < from ? lists->year + 1 : lists->year;
	/* without 29 February, a range begins after it or ends before it */
	first = day_number(lists->year, month + 1, from - month_start[month] + 1);
	last = day_number(end_year, end_month + 1, to - month_start[end_month] + 1);
	if (to == day_index(1, 29) && !is_leap(end_year))
		last--;
	if (open)
		last = OH_PERIOD_MAX;
	else if (last < first && from == to && lists->year == end_year)
		return true;
	else if (last < first)
		return opening_expected_with(end, "a date not before the start of the range", NULL);
	range_list_add(&lists->periods, (int) first, (int) last);
	return true;
}

/* The "+" after a date, for all that follow it. */
static bool
parse_open_end(Scanner *p, RuleLists *lists, bool *open)
{
	Scanner		next = *p;

	*open = accept_char(&next, '+');
	if (!*open)
		return true;
	if (opening_at_number(&next))
		return opening_expected_with(p, "\",\", a weekday, a time or \"off\"",
								  "Days are counted from Easter or a holiday only; name the date.");
	if (lists->year == 0)
		return dates_without_year(p);
	lists->dated = true;
	scanner_advance(p);
	return true;
}

/* The year at the end of a range of dates, 0 if there is none. */
static bool
parse_end_year(Scanner *p, RuleLists *lists, int *year)
{
	*year = 0;
	if (!opening_at_year(p))
		return true;
	if (lists->year == 0)
		return dates_without_year(p);
	lists->dated = true;
	return parse_year(p, lists->year, year);
}

/*
 * A month or a day, or a range that starts with it.  *last_month is the month of a
 * day that is written without one; then of the last day, -1 after a month.
 */
static bool
parse_range(Scanner *p, OpeningRule *rule, RuleLists *lists, int *last_month)
{
	int			month = opening_find_month(p);
	bool		whole = false;
	int			end_month;
	int			end_year = 0;
	int			day = 1;
	int			end_day;
	bool		open;
	Scanner		at;

	if (month >= 0)
	{
		scanner_advance(p);
		whole = !opening_at_number(p) || opening_at_year(p);
	}
	else
		month = *last_month;
	if (!whole && !parse_day(p, month, 1, &day))
		return false;
	end_month = month;
	end_day = day;
	if (!parse_open_end(p, lists, &open))
		return false;
	at = *p;
	if (!open && opening_accept_dash(p))
	{
		at = *p;
		if (!parse_end_year(p, lists, &end_year))
			return false;
		if (!whole && end_year == 0 && opening_at_number(p))
		{
			if (!parse_day(p, month, day, &end_day))
				return false;
		}
		else
		{
			const char *what = whole || end_year > 0 ? "a month" : "a day or a month";

			end_month = opening_find_month(p);
			if (end_month < 0)
				return scanner_at_word(p, "easter") ? no_mixed_range(p, what) : opening_expected(p, what);
			scanner_advance(p);
			if (!whole && !parse_day(p, end_month, 1, &end_day))
				return false;
			if (whole && opening_at_number(p) && !opening_at_year(p))
				return opening_expected_with(p, "a weekday, a time or \"off\"",
											 "A range of dates has a day at both ends, as in \"Dec 20-Jan 06\".");
		}
	}
	*last_month = whole ? -1 : end_month;
	return add_dates(&at, rule, lists, day_index(month, day),
					 day_index(end_month, whole ? month_days(end_month) : end_day), end_year, open);
}

/* dates = [ year ] ( month | day | range | easter ) { "," ... } */
bool
opening_parse_dates(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	const RangeList *years = &lists->years;
	Scanner		start = *p;
	int			last_month = -1;

	rule->has_days = true;
	if (years->count == 1 && years->items[0].from == years->items[0].to)
		lists->year = years->items[0].from;
	do
	{
		if (opening_at_year(p))
		{
			if (lists->year == 0)
				return dates_without_year(p);
			if (!parse_year(p, OH_YEAR_MIN, &lists->year))
				return false;
			lists->dated = true;
			last_month = -1;
		}
		if (scanner_at_word(p, "easter"))
		{
			last_month = -1;
			if (!parse_easter(p, lists))
				return false;
		}
		else if (opening_find_month(p) >= 0 || (last_month >= 0 && opening_at_number(p)))
		{
			if (!parse_range(p, rule, lists, &last_month))
				return false;
		}
		else
			return opening_expected(p, last_month >= 0 ?
							"a month, a day or \"easter\"" :
							"a month or \"easter\"");
	} while (accept_char(p, ','));

	if (lists->dated && lists->easter.count > 0)
		return opening_expected_with(&start, "dates of the calendar",
								  "Easter has a rule of its own where dates have years of their own.");
	if (lists->dated && lists->periods.count == 0)
		return opening_expected_with(&start, "a date that there is", "These years have no 29 February.");
	return true;
}

/* A number that is not the hour of a time. */
static bool
parse_number(Scanner *p, const char *what, int from, int to, const char *hint, int *number)
{
	if (!opening_at_number(p) || opening_number(p) < from || opening_number(p) > to)
		return scanner_expected_number(p, p->token, what, from, to, hint);
	*number = opening_number(p);
	scanner_advance(p);
	return true;
}

static bool
parse_week(Scanner *p, int *week)
{
	return parse_number(p, "a week", 1, OH_WEEKS, opening_hint(p), week);
}

/* weeks = "week" week [ "-" week [ "/" step ] ] { "," ... } */
bool
opening_parse_weeks(Scanner *p, OpeningRule *rule)
{
	do
	{
		int			from;
		int			to;
		int			step = 1;

		(void) accept_word(p, "week");
		if (!parse_week(p, &from))
			return false;
		to = from;
		if (opening_accept_dash(p))
		{
			if (!parse_week(p, &to))
				return false;
			if (to < from)
				to += OH_WEEKS;
			if (accept_char(p, '/'))
			{
				if (to > OH_WEEKS)
					return opening_expected_with(p, "no step", "Weeks with a step lie in one year, as in \"week 1-53/2\".");
				if (!parse_number(p, "a step", 1, OH_WEEKS, NULL, &step))
					return false;
			}
		}
		for (int w = from; w <= to; w += step)
			rule->weeks |= UINT64CONST(1) << ((w - 1) % OH_WEEKS);
	} while (accept_char(p, ','));
	return true;
}

/* ----------
 * Dates with years of their own
 * ----------
 */

/*
 * Take the periods of a rule in place of its dates.  Where a year with dates says
 * the same, that is the normal form.
 */
void
opening_use_periods(OpeningRule *rule, RuleLists *lists)
{
	RangeList  *list = &lists->periods;
	OpeningRange *periods = list->items;
	int			count;

	range_list_merge(list);
	count = list->count;
	/* what runs into the year 10000 has no text, other than in one year */
	if (!opening_periods_one_year(count, periods) && periods[count - 1].to != OH_PERIOD_MAX)
		periods[count - 1].to = Min(periods[count - 1].to,
									(int) year_start_date(OH_YEAR_MAX + 1) - 1);

	lists->years.count = lists->easter.count = 0;
	rule->has_days = false;
	rule->carry = 0;
	memset(rule->days, 0, sizeof(rule->days));
	if (!opening_periods_one_year(count, periods))
	{
		rule->nperiods = count;
		rule->periods = range_list_copy(list);
		return;
	}
	range_list_add(&lists->years, (int) year_of_date(periods[0].from),
			  periods[0].to == OH_PERIOD_MAX ? OH_YEAR_MAX : (int) year_of_date(periods[0].from));
	for (int i = 0; i < count && periods[0].to != OH_PERIOD_MAX; i++)
		select_range(rule, leap_day_index(periods[i].from), leap_day_index(periods[i].to));
}
