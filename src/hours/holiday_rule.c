/*
 * holiday_rule.c
 *	  Recurring holidays: the days that a rule means in a year.
 *
 * All dates are numbers of days since 1970-01-01.  A day of one year can come
 * from a base in another.  So bases are looked for in a window that is wider
 * than the year by as many days as the steps can move a base.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/qunique.h"
#include "miscadmin.h"

#include "base/dates.h"
#include "hours/holiday_rule.h"
#include "hours/holiday_steps.h"
#include "hours/non_gregorian.h"
#include "hours/opening_hours.h"

#define JULIAN_EPOCH		(-719164)	/* 1 January of year 1, Julian */

/* ----------
 * Days
 * ----------
 */

/* The day after the last one of the month in which a day lies. */
static int64
month_end(int64 date)
{
	int64		year;
	int			month;
	int			day;

	split_date(date, &year, &month, &day);
	return date - day + 1 + month_length(year, month);
}

/* Days from a day to the next such weekday, 0 if it is one. */
static int
days_until(int64 day, int weekday)
{
	return (weekday - weekday_of_date(day) + 7) % 7;
}

/*
 * Orthodox Easter of a Julian year: the Julian computus, as in J. Meeus,
 * Astronomical Algorithms, 2nd ed., chapter 8.  It repeats after 532 years.
 */
static int64
orthodox_easter(int64 year)
{
	int			y = (int) (year - floor_div(year, 532) * 532);
	int			a = y % 4;
	int			b = y % 7;
	int			c = y % 19;
	int			d = (19 * c + 15) % 30;
	int			e = (2 * a + 4 * b - d + 34) % 7;
	int			n = d + e + 114;	/* month * 31 + day of the month, from 0 */
	int64		start = JULIAN_EPOCH + (year - 1) * 365 + floor_div(year - 1, 4);

	/* from 1 January of the Julian year over 1 March or April to the day */
	return start + 59 + (a == 0 ? 1 : 0) + (n / 31 == 4 ? 31 : 0) + n % 31;
}

Size
holiday_rule_size(const HolidayRule *rule)
{
	return offsetof(HolidayRule, steps) + rule->nsteps * sizeof(HolidayStep);
}

/* ----------
 * The days of a year
 * ----------
 */

typedef struct Answer
{
	const HolidayRule *rule;
	int64		first;			/* of the year */
	int64		last;
	int			ndays;
	int64	   *days;			/* room for HOLIDAY_MAX_DAYS */
} Answer;

/* One date of an occurrence, on its way through the steps. */
typedef struct Candidate
{
	int64		day;
	bool		moved;			/* by an "if", once at most */
} Candidate;

/* How far the steps can move a base, in days. */
static void
step_limits(const HolidayRule *rule, int *back, int *forth)
{
	bool		next = false;
	bool		previous = false;

	*back = *forth = 0;
	for (int i = 0; i < rule->nsteps; i++)
	{
		const HolidayStep *step = &rule->steps[i];

		switch (step->kind)
		{
			case STEP_BEFORE:
				*back += 7 * step->count;
				break;
			case STEP_AFTER:
			case STEP_IN:
				*forth += 7 * step->count;
				break;
			case STEP_LAST:
				*forth += 31;
				break;
			case STEP_DAYS:
				if (step->count < 0)
					*back -= step->count;
				else
					*forth += step->count;
				break;
			case STEP_IF:
				next = true;
				break;
			case STEP_IF_PREVIOUS:
				previous = true;
				break;
			default:
				break;
		}
	}
	if (next)
		*forth += 7;
	if (previous)
		*back += 7;
}

/* The day that a step of the base leads to; false when there is none. */
static bool
take_step(const HolidayStep *step, int64 *day)
{
	int64		end;

	switch (step->kind)
	{
		case STEP_BEFORE:
			*day += days_until(*day, step->weekday) - 7 * step->count;
			return true;
		case STEP_AFTER:
			*day += days_until(*day, step->weekday) + 7 * (step->count - 1);
			return true;
		case STEP_IN:
			end = month_end(*day);
			*day += days_until(*day, step->weekday) + 7 * (step->count - 1);
			return *day < end;
		case STEP_LAST:
			end = month_end(*day);
			*day = end + days_until(end, step->weekday) - 7;
			return true;
		case STEP_DAYS:
			*day += step->count;
			return true;
		default:
			pg_unreachable();
	}
}

/* The day to which an "if" moves a day: never that day itself. */
static int64
substitute(const HolidayStep *step, int64 day)
{
	if (step->kind == STEP_IF)
		return day + 1 + days_until(day + 1, step->weekday);
	return day - 7 + days_until(day, step->weekday);
}

/* Does a condition hold for a day? */
static bool
condition_holds(const HolidayStep *step, int64 day)
{
	int64		year;

	if (step->kind == STEP_ON)
		return step->weekdays & (1 << weekday_of_date(day));

	year = year_of_date(day);
	switch (step->kind)
	{
		case STEP_EVEN:
			return year % 2 == 0;
		case STEP_ODD:
			return year % 2 != 0;
		case STEP_LEAP:
			return is_leap(year);
		case STEP_NON_LEAP:
			return !is_leap(year);
		case STEP_EVERY:
			return year >= step->year && (year - step->year) % step->count == 0;
		default:
			pg_unreachable();
	}
}

/*
 * Apply an "if" to dates, of which one at most has not been moved; their number,
 * which is one more if that one stays.
 */
static int
apply_if(const HolidayStep *step, Candidate *dates, int ndates)
{
	for (int k = 0; k < ndates; k++)
	{
		if (dates[k].moved || !(step->weekdays & (1 << weekday_of_date(dates[k].day))))
			continue;
		if (step->keep)
			dates[ndates] = dates[k];
		dates[k].day = substitute(step, dates[k].day);
		dates[k].moved = true;
		return step->keep ? ndates + 1 : ndates;
	}
	return ndates;
}

/* Take the steps from a base, and keep what lies in the year. */
static void
add_occurrence(Answer *answer, int64 day)
{
	const HolidayRule *rule = answer->rule;
	Candidate	dates[MAX_STEPS + 1] = {{day, false}};
	int			ndates = 1;

	for (int i = 0; i < rule->nsteps; i++)
	{
		const HolidayStep *step = &rule->steps[i];
		int			kept = 0;

		if (step->kind <= STEP_DAYS)
		{
			/* these steps come first, when there is one date only */
			if (!take_step(step, &dates[0].day))
				return;
		}
		else if (step->kind <= STEP_IF_PREVIOUS)
			ndates = apply_if(step, dates, ndates);
		else
		{
			for (int k = 0; k < ndates; k++)
			{
				if (condition_holds(step, dates[k].day))
					dates[kept++] = dates[k];
			}
			ndates = kept;
		}
	}

	for (int k = 0; k < ndates; k++)
	{
		int64		from = Max(dates[k].day, answer->first);
		int64		to = Min(dates[k].day + rule->duration - 1, answer->last);

		if ((rule->substitutes && !dates[k].moved) ||
			dates[k].day < rule->since || dates[k].day > rule->until)
			continue;
		for (; from <= to; from++)
		{
			/* see MAX_CLUSTER */
			if (answer->ndays >= HOLIDAY_MAX_DAYS)
				elog(ERROR, "holiday rule means too many days");
			answer->days[answer->ndays++] = from;
		}
	}
}

/* Dates and western Easters, which come once a year. */
static void
add_dates(Answer *answer, int64 from, int64 to)
{
	const HolidayRule *rule = answer->rule;
	int64		last = year_of_date(to);

	for (int64 year = year_of_date(from); year <= last; year++)
	{
		int64		day = rule->base == BASE_EASTER ?
			year_start_date(year) + easter_day(year) : day_number(year, rule->month, rule->day);

		if ((rule->year != 0 && year != rule->year) ||
			(rule->month == 2 && rule->day == 29 && !is_leap(year)))
			continue;
		if (day >= from && day <= to)
			add_occurrence(answer, day + rule->offset);
	}
}

static void
add_orthodox_easters(Answer *answer, int64 from, int64 to)
{
	/* Julian years, the first and the last of which may be out by one */
	int64		last = floor_div((to - JULIAN_EPOCH) * 4, 1461) + 2;

	for (int64 year = floor_div((from - JULIAN_EPOCH) * 4, 1461); year <= last; year++)
	{
		int64		day = orthodox_easter(year);

		if (day >= from && day <= to)
			add_occurrence(answer, day + answer->rule->offset);
	}
}

/* False if the date may lie in the window, but in a year that is not known. */
static bool
add_other_dates(Answer *answer, int64 from, int64 to)
{
	const HolidayRule *rule = answer->rule;
	int64		last;
	int			margin;
	int			first_known;
	int			last_known;

	other_calendar_known(rule->calendar, &first_known, &last_known);
	last = other_calendar_year(rule->calendar, to) + 1;
	for (int64 year = other_calendar_year(rule->calendar, from) - 1; year <= last; year++)
	{
		int64		day;

		if (rule->year != 0 && year != rule->year)
			continue;
		if (year < first_known || year > last_known)
		{
			day = other_calendar_about(rule->calendar, year, rule->month, &margin) +
				rule->day - 1;
			if (day + margin >= from && day - margin <= to)
				return false;
		}
		else
		{
			const int32 *months = other_calendar_months(rule->calendar, (int) year);
			int			month = rule->month;

			/* a common Hebrew year has one Adar, the last one */
			if (rule->calendar == CALENDAR_HEBREW && month == HEBREW_ADAR_I &&
				months[HEBREW_ADAR_I] == months[HEBREW_ADAR])
				month = HEBREW_ADAR;
			day = months[month] + rule->day - 1;
			if (day < months[month + 1] && day >= from && day <= to)
				add_occurrence(answer, day);
		}
	}
	return true;
}

int
compare_days(const void *a, const void *b)
{
	int64		da = *(const int64 *) a;
	int64		db = *(const int64 *) b;

	return da < db ? -1 : da > db;
}

int
holiday_rule_days(const HolidayRule *rule, int year, int64 days[HOLIDAY_MAX_DAYS])
{
	Answer		answer;
	int64		from;
	int64		to;
	int			back;
	int			forth;

	answer.rule = rule;
	answer.ndays = 0;
	answer.days = days;
	answer.first = year_start_date(year);
	answer.last = year_start_date((int64) year + 1) - 1;

	/* the days on which an occurrence can begin */
	from = Max(answer.first - rule->duration + 1, rule->since);
	to = Min(answer.last, rule->until);
	if (from > to)
		return 0;

	/* the days on which its base can lie */
	step_limits(rule, &back, &forth);
	from -= forth + rule->offset;
	to += back - rule->offset;

	switch ((HolidayBase) rule->base)
	{
		case BASE_DATE:
		case BASE_EASTER:
			add_dates(&answer, from, to);
			break;
		case BASE_ORTHODOX:
			add_orthodox_easters(&answer, from, to);
			break;
		case BASE_OTHER:
			if (!add_other_dates(&answer, from, to))
				return -1;
			break;
		case BASE_LIST:
			return 0;
	}
	qsort(days, answer.ndays, sizeof(int64), compare_days);
	return qunique(days, answer.ndays, sizeof(int64), compare_days);
}

int
holiday_rule_shift(const HolidayRule *rule)
{
	return rule->base == BASE_LIST ? rule->offset : 0;
}

void
holiday_rule_known(const HolidayRule *rule, int *first, int *last)
{
	int64		days[HOLIDAY_MAX_DAYS];
	int			first_year;
	int			last_year;
	int			back;
	int			forth;
	int			margin;
	int			slack;
	int			middle;
	int			low;
	int			high;

	*first = INT_MIN;
	*last = INT_MAX;
	if (rule->base != BASE_OTHER || rule->year != 0)
		return;

	/* roughly the Gregorian years in which the known years lie */
	other_calendar_known(rule->calendar, &first_year, &last_year);
	first_year = year_of_date(other_calendar_about(rule->calendar, first_year, 0, &margin));
	last_year = year_of_date(other_calendar_about(rule->calendar, last_year + 1, 0, &margin));
	step_limits(rule, &back, &forth);
	slack = (back + forth) / 365 + 3;
	middle = (first_year + last_year) / 2;

	/*
	 * The nearest years without an answer lie where the calendar is no longer
	 * known; or, if the rule does not hold there, where it begins to hold.
	 */
	low = Min(first_year + slack, middle);
	if (rule->until != PG_INT64_MAX)
		low = Min(low, year_of_date(rule->until) + 2);
	high = Max(last_year - slack, middle);
	if (rule->since != PG_INT64_MIN)
		high = Max(high, year_of_date(rule->since) - 2);
	for (int year = low; year >= Min(low, first_year) - slack; year--)
	{
		CHECK_FOR_INTERRUPTS();
		if (holiday_rule_days(rule, year, days) < 0)
		{
			*first = year + 1;
			break;
		}
	}
	for (int year = high; year <= Max(high, last_year) + slack; year++)
	{
		CHECK_FOR_INTERRUPTS();
		if (holiday_rule_days(rule, year, days) < 0)
		{
			*last = year - 1;
			break;
		}
	}
}
