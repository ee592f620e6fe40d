/*
 * recurrence.c
 *	  Recurrence rules of iCalendar: reading them, their days, and the same as
 *	  holiday rules.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"

#include "base/compat.h"
#include "base/dates.h"
#include "hours/feed_line.h"
#include "hours/recurrence.h"
#include "hours/scanner.h"

#define LAST_DAY_YEAR	9999
#define COMMON_YEAR		2001
#define LEAP_YEAR		2000

/* "every N years since" knows no longer ones. */
#define MAX_RULE_INTERVAL	100

static const char weekday_codes[7][3] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

static const char *const weekday_names[7] =
{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

/* ----------
 * Reading
 * ----------
 */

/* So many digits as a number; false if there are others. */
static bool
digits(const char *text, int n, int *number)
{
	*number = 0;
	for (int i = 0; i < n; i++)
	{
		if (!is_digit(text[i]))
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return true;
}

bool
feed_time_parse(const char *text, int len, FeedTime *time)
{
	int			year;
	int			month;
	int			mday;
	int			hour;
	int			minute;
	int			second;

	if (len != 8 && len != 15 && len != 16)
		return false;
	if (!digits(text, 4, &year) || !digits(text + 4, 2, &month) || !digits(text + 6, 2, &mday) ||
		year < 1 || month < 1 || month > 12 || mday < 1 || mday > month_length(year, month))
		return false;
	if (len == 8)
	{
		time->day = day_number(year, month, mday);
		time->secs = 0;
		time->form = FEED_DATE;
		return true;
	}
	if (text[8] != 'T' || !digits(text + 9, 2, &hour) || !digits(text + 11, 2, &minute) ||
		!digits(text + 13, 2, &second) || hour > 23 || minute > 59 || second > 59 ||
		(len == 16 && text[15] != 'Z'))
		return false;
	time->day = day_number(year, month, mday);
	time->secs = hour * 3600 + minute * 60 + second;
	time->form = len == 16 ? FEED_UTC : FEED_LOCAL;
	return true;
}

/* A whole number with a sign or none, of at most nine digits. */
static bool
number_of(const char *text, int len, int *number)
{
	bool		negative = len > 0 && text[0] == '-';

	if (len > 0 && (text[0] == '-' || text[0] == '+'))
	{
		text++;
		len--;
	}
	if (len < 1 || len > 9 || !digits(text, len, number))
		return false;
	if (negative)
		*number = -*number;
	return true;
}

static inline void
set_bit(uint8 *set, int bit)
{
	set[bit / 8] |= 1 << (bit % 8);
}

static inline bool
has_bit(const uint8 *set, int bit)
{
	return (set[bit / 8] >> (bit % 8)) & 1;
}

/* One item of a list: BYDAY */
static bool
parse_weekday(const char *item, int len, Recurrence *rule)
{
	int			n = 0;
	int			weekday = 0;

	if (len < 2)
		return false;
	while (weekday < 7 && strncmp(item + len - 2, weekday_codes[weekday], 2) != 0)
		weekday++;
	if (weekday == 7)
		return false;
	if (len == 2)
	{
		rule->weekdays |= 1 << weekday;
		return true;
	}
	if (!number_of(item, len - 2, &n) || n == 0 || n < -53 || n > 53)
		return false;
	rule->nth_weekdays |= 1 << weekday;
	rule->nth[weekday][n < 0] |= UINT64CONST(1) << abs(n);
	return true;
}

/* A list of values of one part of the rule. */
static bool
parse_list(const char *key, const char *list, Recurrence *rule, bool *unsupported)
{
	const char *s = list;

	while (*s)
	{
		const char *end = s + strcspn(s, ",");
		int			len = end - s;
		int			n = 0;

		CHECK_FOR_INTERRUPTS();
		/* nothing behind the last comma does no harm */
		if (len == 0)
		{
			if (s == list || *end)
				return false;
			break;
		}
		if (strcmp(key, "BYDAY") == 0)
		{
			if (!parse_weekday(s, len, rule))
				return false;
		}
		else if (!number_of(s, len, &n))
			return false;
		else if (strcmp(key, "BYMONTH") == 0)
		{
			if (n < 1 || n > 12)
				return false;
			rule->months |= 1 << n;
		}
		else if (strcmp(key, "BYMONTHDAY") == 0)
		{
			if (n == 0 || abs(n) > 31)
				return false;
			rule->month_days[n < 0] |= (uint32) 1 << abs(n);
		}
		else if (strcmp(key, "BYHOUR") == 0 || strcmp(key, "BYMINUTE") == 0 || strcmp(key, "BYSECOND") == 0)
		{
			/* midnight is what every day has */
			if (n != 0)
			{
				*unsupported = n > 0;
				return false;
			}
		}
		else
		{
			bool		year_days = strcmp(key, "BYYEARDAY") == 0;

			if (n == 0 || abs(n) > 366)
				return false;
			set_bit(year_days ? rule->year_days[n < 0] : rule->positions[n < 0], abs(n));
			if (year_days)
				rule->has_year_days = true;
			else
				rule->has_positions = true;
		}
		s = *end ? end + 1 : end;
	}
	return s != list;
}

static const char *const keys[] =
{"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYYEARDAY", "BYSETPOS",
"BYHOUR", "BYMINUTE", "BYSECOND", "RSCALE", "SKIP", "BYWEEKNO"};

/* One part of a rule, NAME=value. */
static bool
parse_part(const char *key, const char *value, Recurrence *rule, bool *unsupported)
{
	int			n;

	if (strcmp(key, "FREQ") == 0)
	{
		static const char *const names[] = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"};

		for (n = 0; n < 4; n++)
		{
			if (strcmp(value, names[n]) == 0)
			{
				rule->frequency = n;
				return true;
			}
		}
		*unsupported = strcmp(value, "HOURLY") == 0 || strcmp(value, "MINUTELY") == 0 ||
			strcmp(value, "SECONDLY") == 0;
		return false;
	}
	if (strcmp(key, "INTERVAL") == 0)
		return number_of(value, strlen(value), &rule->interval) && rule->interval > 0;
	if (strcmp(key, "COUNT") == 0)
	{
		if (!number_of(value, strlen(value), &n) || n < 1)
			return false;
		rule->count = n;
		return true;
	}
	if (strcmp(key, "UNTIL") == 0)
		return feed_time_parse(value, strlen(value), &rule->until);
	if (strcmp(key, "WKST") == 0)
	{
		for (n = 0; n < 7; n++)
		{
			if (strcmp(value, weekday_codes[n]) == 0)
			{
				rule->week_start = n;
				return true;
			}
		}
		return false;
	}
	if (strcmp(key, "RSCALE") == 0)
	{
		*unsupported = true;
		return strcmp(value, "GREGORIAN") == 0;
	}
	if (strcmp(key, "SKIP") == 0)
	{
		*unsupported = strcmp(value, "FORWARD") == 0 || strcmp(value, "BACKWARD") == 0;
		return strcmp(value, "OMIT") == 0;
	}
	if (strcmp(key, "BYWEEKNO") == 0)
	{
		*unsupported = true;
		return false;
	}
	return parse_list(key, value, rule, unsupported);
}

/*
 * Monday, BYSETPOS=1 is the first Monday of the month or year, which BYDAY can
 * say by a number.
 */
static void
number_weekday(Recurrence *rule)
{
	int			weekday = pg_rightmost_one_pos32(rule->weekdays | 0x80);

	if (!rule->has_positions || rule->weekdays != 1 << weekday || rule->nth_weekdays ||
		rule->month_days[0] || rule->month_days[1] || rule->has_year_days ||
		!(rule->frequency == RECUR_MONTHLY ||
		  (rule->frequency == RECUR_YEARLY && (rule->months & (rule->months - 1)) == 0)))
		return;
	for (int sign = 0; sign < 2; sign++)
	{
		/* no year has more of one weekday */
		for (int n = 1; n <= 53; n++)
			rule->nth[weekday][sign] |= (uint64) has_bit(rule->positions[sign], n) << n;
	}
	rule->weekdays = 0;
	rule->nth_weekdays = 1 << weekday;
	rule->has_positions = false;
}

bool
recurrence_parse(const char *text, Recurrence *rule, StringInfo wrong, bool *unsupported)
{
	char	   *copy = pstrdup(text);
	char	   *part = copy;
	uint32		seen = 0;

	memset(rule, 0, sizeof(Recurrence));
	rule->interval = 1;
	*unsupported = false;
	while (*part)
	{
		char	   *end = part + strcspn(part, ";");
		char	   *value;
		int			key = 0;
		bool		last = *end == '\0';

		*end = '\0';
		value = strchr(part, '=');
		if (value != NULL)
		{
			*value++ = '\0';
			while (key < (int) lengthof(keys) && strcmp(part, keys[key]) != 0)
				key++;
		}
		if (value == NULL || key == (int) lengthof(keys))
		{
			appendStringInfo(wrong, "\"%s\" is no part of a recurrence rule.", feed_shown(part, strlen(part)));
			return false;
		}
		if (seen & (1 << key))
		{
			appendStringInfo(wrong, "The recurrence rule has %s twice.", keys[key]);
			return false;
		}
		seen |= 1 << key;
		if (!parse_part(part, value, rule, unsupported))
		{
			appendStringInfo(wrong, "The recurrence rule has %s=%s, %s.", keys[key], feed_shown(value, strlen(value)),
							 *unsupported ? "which is not supported" : "which is not valid");
			return false;
		}
		*unsupported = false;
		part = last ? end : end + 1;
	}
	pfree(copy);

	if (!(seen & 1))
		appendStringInfoString(wrong, "The recurrence rule has no FREQ.");
	else if (rule->count > 0 && rule->until.form != FEED_NONE)
		appendStringInfoString(wrong, "The recurrence rule has both COUNT and UNTIL.");
	else if (rule->nth_weekdays && rule->frequency < RECUR_MONTHLY)
		appendStringInfoString(wrong, "Only months and years have numbered weekdays.");
	else if ((rule->month_days[0] || rule->month_days[1]) && rule->frequency == RECUR_WEEKLY)
		appendStringInfoString(wrong, "Weeks have no BYMONTHDAY.");
	else if (rule->has_year_days && rule->frequency != RECUR_YEARLY)
		appendStringInfoString(wrong, "Only years have BYYEARDAY.");
	else if (rule->has_positions &&
			 !(rule->months || rule->month_days[0] || rule->month_days[1] || rule->weekdays ||
			   rule->nth_weekdays || rule->has_year_days))
		appendStringInfoString(wrong, "BYSETPOS needs days to choose from.");
	else
		number_weekday(rule);
	return wrong->len == 0;
}

/* ----------
 * Days
 * ----------
 */

/* Days of a month, as bits from 1 on; for rules of months and years. */
static uint32
days_in_month(const RecurrenceScan *scan, int64 year, int month)
{
	const Recurrence *rule = scan->rule;
	int			length;
	int64		first;
	int			year_length;
	int			year_day;
	bool		of_year = rule->frequency == RECUR_YEARLY && !rule->months;
	uint32		result = 0;

	if (!(scan->months >> month & 1))
		return 0;
	length = month_length(year, month);
	if (scan->any_day)
		return scan->start_day > length ? 0 : (uint32) 1 << scan->start_day;
	first = day_number(year, month, 1);
	year_length = is_leap(year) ? 366 : 365;
	year_day = (int) (first - year_start_date(year));
	for (int day = 1; day <= length; day++)
	{
		int			weekday = weekday_of_date(first + day - 1);
		int			n = of_year ? year_day + day : day;
		int			n_of = of_year ? year_length : length;

		if ((rule->month_days[0] || rule->month_days[1]) &&
			!(rule->month_days[0] >> day & 1) && !(rule->month_days[1] >> (length + 1 - day) & 1))
			continue;
		if ((rule->weekdays || rule->nth_weekdays) &&
			!(rule->weekdays >> weekday & 1) &&
			!(rule->nth[weekday][0] >> ((n - 1) / 7 + 1) & 1) &&
			!(rule->nth[weekday][1] >> ((n_of - n) / 7 + 1) & 1))
			continue;
		if (rule->has_year_days &&
			!has_bit(rule->year_days[0], year_day + day) &&
			!has_bit(rule->year_days[1], year_length + 1 - year_day - day))
			continue;
		result |= (uint32) 1 << day;
	}
	return result;
}

/* Does a rule of days or weeks mean this day? */
static bool
has_day(const RecurrenceScan *scan, int64 day)
{
	const Recurrence *rule = scan->rule;
	int64		year;
	int			month;
	int			mday;

	if (rule->weekdays)
	{
		if (!(rule->weekdays >> weekday_of_date(day) & 1))
			return false;
	}
	else if (rule->frequency == RECUR_WEEKLY && weekday_of_date(day) != weekday_of_date(scan->start))
		return false;
	if (!rule->months && !rule->month_days[0] && !rule->month_days[1])
		return true;
	split_date(day, &year, &month, &mday);
	if (rule->months && !(rule->months >> month & 1))
		return false;
	return (!rule->month_days[0] && !rule->month_days[1]) ||
		(rule->month_days[0] >> mday & 1) ||
		(rule->month_days[1] >> (month_length(year, month) + 1 - mday) & 1);
}

static void
add_month(RecurrenceScan *scan, int64 year, int month)
{
	uint32		days = days_in_month(scan, year, month);

	(*scan->work)--;
	while (days != 0)
	{
		int			day = pg_rightmost_one_pos32(days);

		scan->days[scan->n++] = day_number(year, month, day);
		days &= days - 1;
	}
}

/* The days of the next period; false when there is none. */
static bool
next_period(RecurrenceScan *scan)
{
	const Recurrence *rule = scan->rule;
	int64		steps = scan->period++ * rule->interval;
	int64		last = day_number(LAST_DAY_YEAR, 12, 31);
	int64		year;
	int			month;
	int			n = 0;

	scan->n = 0;
	scan->next = 0;
	if (*scan->work <= 0)
		return false;
	switch (rule->frequency)
	{
		case RECUR_YEARLY:
			year = scan->start_year + steps;
			if (year > LAST_DAY_YEAR)
				return false;
			for (month = 1; month <= 12; month++)
			{
				if (scan->months >> month & 1)
					add_month(scan, year, month);
			}
			break;
		case RECUR_MONTHLY:
			steps += scan->start_month - 1;
			year = scan->start_year + steps / 12;
			if (year > LAST_DAY_YEAR)
				return false;
			add_month(scan, year, (int) (steps % 12) + 1);
			break;
		default:
			{
				int			length = rule->frequency == RECUR_WEEKLY ? 7 : 1;
				int64		day = scan->start + steps * length;

				if (length == 7)
					day -= (weekday_of_date(day) - rule->week_start + 7) % 7;
				if (day > last)
					return false;
				(*scan->work)--;
				for (int i = 0; i < length; i++)
				{
					if (has_day(scan, day + i))
						scan->days[scan->n++] = day + i;
				}
			}
	}

	/* what is chosen by position, and not before the start */
	for (int i = 0; i < scan->n; i++)
	{
		if (rule->has_positions &&
			!has_bit(rule->positions[0], i + 1) && !has_bit(rule->positions[1], scan->n - i))
			continue;
		if (scan->days[i] >= scan->start && scan->days[i] <= last)
			scan->days[n++] = scan->days[i];
	}
	scan->n = n;
	return true;
}

void
recurrence_scan(RecurrenceScan *scan, const Recurrence *rule, int64 start, int64 *work)
{
	scan->rule = rule;
	scan->start = start;
	split_date(start, &scan->start_year, &scan->start_month, &scan->start_day);
	scan->any_day = !rule->month_days[0] && !rule->month_days[1] && !rule->weekdays &&
		!rule->nth_weekdays && !rule->has_year_days;
	scan->months = rule->months ? rule->months : 0x1ffe;
	if (scan->any_day && !rule->months && rule->frequency == RECUR_YEARLY)
		scan->months = 1 << scan->start_month;
	scan->period = 0;
	scan->work = work;
	scan->n = 0;
	scan->next = 0;
}

bool
recurrence_next(RecurrenceScan *scan, int64 *day)
{
	while (scan->next == scan->n)
	{
		CHECK_FOR_INTERRUPTS();
		if (!next_period(scan))
			return false;
	}
	*day = scan->days[scan->next++];
	return true;
}

/* ----------
 * Holiday rules
 * ----------
 */

/* Is this a rule with one date in seven, such as the Friday from 19 to 25 June? */
static bool
is_week_of_month(const Recurrence *rule, int *weekday, int *first)
{
	for (int w = 0; w < 7; w++)
	{
		if (rule->weekdays == 1 << w)
		{
			for (int day = 1; day <= 25; day++)
			{
				if (rule->month_days[0] == (uint32) 0x7f << day)
				{
					*weekday = w;
					*first = day;
					return true;
				}
			}
		}
	}
	return false;
}

int
recurrence_rules(const Recurrence *rule, int64 start, char *rules[RECURRENCE_MAX_RULES])
{
	int			n = 0;
	int			interval = rule->interval;
	uint16		months = rule->months;
	uint32		month_days = rule->month_days[0];
	int64		year;
	int			start_month;
	int			start_day;
	int			weekday;
	int			first;
	StringInfoData every;

	if (rule->month_days[1] || rule->has_year_days || rule->has_positions || (rule->weekdays && rule->nth_weekdays))
		return 0;
	split_date(start, &year, &start_month, &start_day);
	if (rule->frequency == RECUR_MONTHLY && interval % 12 == 0)
	{
		interval /= 12;
		if (months && !(months >> start_month & 1))
			return 0;
		months = 1 << start_month;
	}
	else if (rule->frequency != RECUR_YEARLY)
		return 0;
	if (interval > MAX_RULE_INTERVAL)
		return 0;

	if (!month_days && !rule->weekdays && !rule->nth_weekdays)
	{
		month_days = (uint32) 1 << start_day;
		if (!months)
			months = 1 << start_month;
	}
	else if (month_days && !months)
		months = 0x1ffe;
	/* numbered weekdays of years, and weekdays alone, have no rule */
	if (!months || (rule->nth_weekdays ? month_days != 0 : month_days == 0))
		return 0;

	initStringInfo(&every);
	if (interval > 1)
		appendStringInfo(&every, " every %d years since %04d", interval, (int) year);

	for (int month = 1; month <= 12; month++)
	{
		StringInfoData s;

		if (!(months >> month & 1))
			continue;
		if (rule->nth_weekdays)
		{
			for (weekday = 0; weekday < 7; weekday++)
			{
				/* the last one, and the first to the fifth */
				if (rule->nth[weekday][0] >> 6 || rule->nth[weekday][1] >> 2)
					return 0;
				for (int nth = 0; nth <= 5; nth++)
				{
					static const char *const names[] = {"last", "1st", "2nd", "3rd", "4th", "5th"};

					if (nth == 0 ? !rule->nth[weekday][1] : !(rule->nth[weekday][0] >> nth & 1))
						continue;
					if (n == RECURRENCE_MAX_RULES)
						return 0;
					initStringInfo(&s);
					appendStringInfo(&s, "%s %s in %s%s", names[nth], weekday_names[weekday],
									 english_months[month - 1], every.data);
					rules[n++] = s.data;
				}
			}
		}
		else if (is_week_of_month(rule, &weekday, &first) && first + 6 <= month_length(COMMON_YEAR, month))
		{
			if (n == RECURRENCE_MAX_RULES)
				return 0;
			initStringInfo(&s);
			appendStringInfo(&s, "%s after %02d-%02d%s", weekday_names[weekday], month, first, every.data);
			rules[n++] = s.data;
		}
		else
		{
			for (int day = 1; day <= month_length(LEAP_YEAR, month); day++)
			{
				const char *separator = " on ";

				if (!(month_days >> day & 1))
					continue;
				if (n == RECURRENCE_MAX_RULES)
					return 0;
				initStringInfo(&s);
				appendStringInfo(&s, "%02d-%02d", month, day);
				for (weekday = 0; weekday < 7; weekday++)
				{
					if (rule->weekdays >> weekday & 1)
					{
						appendStringInfo(&s, "%s%s", separator, weekday_names[weekday]);
						separator = ",";
					}
				}
				appendStringInfoString(&s, every.data);
				rules[n++] = s.data;
			}
		}
	}
	return n;
}
