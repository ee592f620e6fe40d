/*
 * holiday_feed.c
 *	  Fuzzer for holiday feeds.  Needs no server, only its headers, and ICU:
 *
 *	clang -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
 *		-I"$(pg_config --includedir-server)" -Isrc -o /tmp/fuzz_holiday_feed \
 *		test/fuzz/holiday_feed.c test/fuzz/stubs.c src/hours/holiday_feed.c src/hours/feed_*.c \
 *		src/hours/recurrence.c src/hours/holiday_rule*.c src/hours/scanner.c \
 *		src/hours/non_gregorian.c src/hours/opening_hours_shifts.c -licui18n -licuuc -lm
 *	/tmp/fuzz_holiday_feed [iterations [seed]]
 *
 * Each iteration
 *	- writes a random event that recurs, with days left out, moved and added,
 *	  together with what it means; reads it; and compares the days with the
 *	  meaning, by code that shares nothing with src/ and walks from day to day;
 *	- damages the text, which has no terminator: it must be a clean error, or
 *	  rows that are well-formed.
 */
#include "stubs.h"

#include "hours/holiday_feed.h"
#include "hours/holiday_rule.h"

#define FROM_DAY	20000L		/* 2024-10-04 */
#define MAX_TEXT	20000
#define SPAN		6000		/* days that are compared */

static char input[MAX_TEXT];
static char damaged[MAX_TEXT];
static int	length;

/* what the event means */
static long start;
static int	frequency;			/* of yearly, monthly, weekly, daily */
static int	interval;
static int	months;				/* bits 1 to 12 */
static int	nmonth_days;
static int	month_days[7];
static int	nweekdays;
static int	weekdays[4];
static int	numbers[4];			/* of weekdays; 0 is every */
static int	count;
static long until;
static int	ndays;

static bool expected[SPAN + 100];
static bool found[SPAN + 100];

static void
fail(const char *what)
{
	printf("%s\n%.*s\n%s\n", what, length, input, messages);
	fflush(stdout);
	abort();
}

/* ----------
 * The civil calendar, by walking
 * ----------
 */

typedef struct Day
{
	int			year;
	int			month;
	int			mday;
	int			weekday;		/* 0 is Monday */
	int			yday;
} Day;

static int
days_in_month(int y, int m)
{
	if (m == 2)
		return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 29 : 28;
	return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

static int
days_in_year(int y)
{
	return 337 + days_in_month(y, 2);
}

/* From 1 January 1970, a Thursday. */
static Day
day_of(long n)
{
	Day			d = {1970, 1, 1, 0, 1};

	d.weekday = (int) ((n + 3) % 7);
	while (n >= days_in_year(d.year))
		n -= days_in_year(d.year++);
	d.yday = (int) n + 1;
	while (n >= days_in_month(d.year, d.month))
		n -= days_in_month(d.year, d.month++);
	d.mday = (int) n + 1;
	return d;
}

/* ----------
 * Writing
 * ----------
 */

static void
put(const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	length += vsnprintf(input + length, sizeof(input) - length, fmt, args);
	va_end(args);
}

static void
end_line(void)
{
	put(chance(50) ? "\r\n" : "\n");
}

static void
put_date(const char *name, long day)
{
	Day			d = day_of(day);

	put("%s%s:%04d%02d%s%02d", name, chance(50) ? ";VALUE=DATE" : "", d.year, d.month,
		chance(10) ? "\r\n " : chance(5) ? "\n\t" : "", d.mday);
	end_line();
}

static bool
is_day_of_rule(const Day *d, const Day *s)
{
	bool		any = nmonth_days == 0 && nweekdays == 0;

	if (months && !(months >> d->month & 1))
		return false;
	if (frequency == 0 && (d->year - s->year) % interval != 0)
		return false;
	if (frequency == 1 && ((d->year - s->year) * 12 + d->month - s->month) % interval != 0)
		return false;
	if (any && frequency == 0 && !months && d->month != s->month)
		return false;
	if (any && frequency < 2 && d->mday != s->mday)
		return false;
	if (any && frequency == 2 && d->weekday != s->weekday)
		return false;
	if (nmonth_days > 0)
	{
		bool		has = false;

		for (int i = 0; i < nmonth_days; i++)
			has |= month_days[i] > 0 ? d->mday == month_days[i] :
				d->mday == days_in_month(d->year, d->month) + 1 + month_days[i];
		if (!has)
			return false;
	}
	if (nweekdays > 0)
	{
		bool		has = false;
		bool		of_year = frequency == 0 && !months;
		int			n = of_year ? d->yday : d->mday;
		int			of = of_year ? days_in_year(d->year) : days_in_month(d->year, d->month);

		for (int i = 0; i < nweekdays; i++)
			has |= d->weekday == weekdays[i] &&
				(numbers[i] == 0 || (numbers[i] > 0 ? (n + 6) / 7 == numbers[i] : (of - n) / 7 + 1 == -numbers[i]));
		if (!has)
			return false;
	}
	return true;
}

/* The Monday-based week or day count for intervals of weeks and days. */
static bool
is_in_period(long day, const Day *s)
{
	if (frequency == 3)
		return (day - start) % interval == 0;
	if (frequency == 2)
		return ((day + 3) / 7 - (start + 3) / 7) % interval == 0;
	return true;
}

static void
mark(bool *days, long first, int n)
{
	for (int i = 0; i < n; i++)
	{
		long		at = first + i - start;

		if (at >= 0 && at < SPAN)
			days[at] = true;
	}
}

/* A feed with one event, and what it means; false if it begins on no day of its rule. */
static bool
make_feed(void)
{
	static const char *const frequencies[] = {"YEARLY", "MONTHLY", "WEEKLY", "DAILY"};
	static const char *const codes[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
	static bool occurs[SPAN + 100];
	Day			s;
	int			n = 0;
	long		last;

	frequency = chance(70) ? 0 : below(4);
	interval = chance(70) ? 1 : chance(30) && frequency == 1 ? 12 : 1 + below(4);
	months = 0;
	nmonth_days = nweekdays = count = 0;
	until = 0;
	ndays = chance(70) ? 1 : 1 + below(40);
	if (frequency < 2 ? chance(60) : chance(20))
	{
		for (int i = 1 + below(3); i > 0; i--)
			months |= 1 << (1 + below(12));
	}
	if (frequency != 2 && chance(30))
	{
		nmonth_days = 1 + below(3);
		for (int i = 0; i < nmonth_days; i++)
			month_days[i] = chance(80) ? 1 + below(31) : -1 - below(31);
	}
	if (frequency == 0 && chance(15))
	{
		/* such as the Friday from 19 to 25 June */
		int			first = 1 + below(25);

		nmonth_days = 7;
		for (int i = 0; i < 7; i++)
			month_days[i] = first + i;
		nweekdays = 1;
		weekdays[0] = below(7);
		numbers[0] = 0;
	}
	else if (chance(40))
	{
		bool		numbered = frequency < 2 && chance(60);

		nweekdays = 1 + below(2);
		for (int i = 0; i < nweekdays; i++)
		{
			weekdays[i] = below(7);
			numbers[i] = !numbered ? 0 : chance(70) ? 1 + below(5) : -1 - below(chance(70) ? 1 : 5);
		}
	}
	start = FROM_DAY - 3000 + below(3000);
	/* go to a day of the rule, as the standard wants it */
	for (int i = 0; i < 1500; i++, start++)
	{
		s = day_of(start);
		if (is_day_of_rule(&s, &s))
			break;
	}
	if (!is_day_of_rule(&s, &s))
		return false;
	last = start + SPAN;
	if (chance(30))
		count = 1 + below(20);
	else if (chance(40))
		last = until = start + below(5000);

	length = 0;
	put("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\nUID:a\n");
	put_date("DTSTART", start);
	if (ndays > 1)
		put("DURATION:P%dD\n", ndays);
	put("RRULE:FREQ=%s", frequencies[frequency]);
	if (interval > 1)
		put(";INTERVAL=%d", interval);
	for (int m = 1; m <= 12; m++)
	{
		if (months >> m & 1)
			put("%s%d", months & ((1 << m) - 1) ? "," : ";BYMONTH=", m);
	}
	for (int i = 0; i < nmonth_days; i++)
		put("%s%d", i ? "," : ";BYMONTHDAY=", month_days[i]);
	for (int i = 0; i < nweekdays; i++)
	{
		put(i ? "," : ";BYDAY=");
		if (numbers[i])
			put("%d", numbers[i]);
		put("%s", codes[weekdays[i]]);
	}
	if (count)
		put(";COUNT=%d", count);
	if (until)
	{
		Day			u = day_of(until);

		put(";UNTIL=%04d%02d%02d", u.year, u.month, u.mday);
	}
	end_line();

	memset(occurs, 0, sizeof(occurs));
	memset(expected, 0, sizeof(expected));
	for (long day = start; day <= last && (!count || n < count); day++)
	{
		Day			d = day_of(day);

		if (is_day_of_rule(&d, &s) && is_in_period(day, &s))
		{
			if (day - start < SPAN)
				occurs[day - start] = true;
			n++;
		}
	}
	for (int i = chance(50) ? below(4) : 0; i > 0; i--)
	{
		long		day = start + below(SPAN - 50);

		for (int k = 0; k < 40 && !occurs[day - start]; k++)
			day++;
		if (day - start < SPAN)
		{
			occurs[day - start] = false;
			put_date("EXDATE", day);
		}
	}
	for (int i = 0; i < SPAN; i++)
	{
		if (occurs[i])
			mark(expected, start + i, ndays);
	}
	put("END:VEVENT\r\n");
	if (chance(30))
	{
		long		day = start + below(SPAN / 2);
		long		moved = start + below(SPAN);

		/* a day that occurs, or none: then the other event is one of its own */
		memset(expected, 0, sizeof(expected));
		occurs[day - start] = false;
		for (int i = 0; i < SPAN; i++)
		{
			if (occurs[i])
				mark(expected, start + i, ndays);
		}
		put("BEGIN:VEVENT\nUID:a\n");
		put_date("RECURRENCE-ID", day);
		if (chance(30))
			put("STATUS:CANCELLED\n");
		else
		{
			put_date("DTSTART", moved);
			mark(expected, moved, 1);
		}
		put("END:VEVENT\n");
	}
	put("END:VCALENDAR\n");
	return true;
}

/* ----------
 * Reading
 * ----------
 */

static bool
no_zone(const char *zone, int64 instant, int64 *local)
{
	*local = instant + 3600;
	return zone[0] != 'X';
}

/* Reads a copy that ends where the text does, so that nothing behind it is seen. */
static HolidayFeed *
read_text(const char *source, int n, bool skip)
{
	char	   *copy = palloc(n);

	memcpy(copy, source, n);
	if (setjmp(on_error) != 0)
		return NULL;
	return holiday_feed_read(copy, n, &(FeedOptions) {.from_day = FROM_DAY, .skip = skip, .zone = no_zone});
}

/* Rows say one thing each; rules can be read, and their days are found if asked for. */
static void
check_rows(const HolidayFeed *feed, bool compare)
{
	for (int i = 0; i < feed->nrows; i++)
	{
		const FeedRow *row = &feed->rows[i];

		if (row->line < 1 || row->text == NULL || (row->rule && row->problem))
			fail("row");
		if (row->problem)
		{
			if (compare)
				fail(row->problem);
			continue;
		}
		if (row->rule)
		{
			HolidayRule *rule = holiday_rule_parse(row->rule, strlen(row->rule), NULL);

			for (int year = 2000; compare && year < 2050; year++)
			{
				int64		days[HOLIDAY_MAX_DAYS];
				int			n = holiday_rule_days(rule, year, days);

				for (int k = 0; k < n; k++)
					mark(found, days[k], 1);
			}
		}
		else if (row->last_day < row->day)
			fail("last day");
		else if (compare)
			mark(found, row->day, (int) (row->last_day - row->day + 1));
	}
}

static void
damage(void)
{
	static const char *const parts[] = {
		"\n", "\r\n ", ";", ":", ",", "=", "\"", "\\", "DTSTART", "DTEND", "DURATION:P1D", "PT24H", "Z", "T000000",
		"EXDATE:20250101,20260101", "RDATE:20250101", "RECURRENCE-ID", "UID:a\n", "STATUS:CANCELLED\n", "BEGIN:VEVENT\n",
		"END:VEVENT\n", "END:VCALENDAR\n", "BEGIN:VCALENDAR\n", "BYDAY=", "-1MO", "BYSETPOS=1", "BYYEARDAY=-366",
		"COUNT=999999999", "UNTIL=99991231", "INTERVAL=999999999", "TZID=X", "X-WR-TIMEZONE:UTC\n", "00010101", "99991231",
		"FREQ=WEEKLY", "SUMMARY:x\n", "CATEGORIES:a,b\n", "\1", "\377"
	};
	int			n = length;

	memcpy(damaged, input, n);
	for (int i = 1 + below(4); i > 0; i--)
	{
		int			at = below(n + 1);
		const char *part = parts[below(lengthof(parts))];
		int			size = (int) strlen(part);

		if (chance(40) && n + size < MAX_TEXT)
		{
			memmove(damaged + at + size, damaged + at, n - at);
			memcpy(damaged + at, part, size);
			n += size;
		}
		else if (chance(50) && at < n)
			damaged[at] = chance(50) ? "0123456789-;:,=TZ\n "[below(19)] : (char) (1 + below(255));
		else if (at < n)
		{
			size = 1 + below(Min(n - at, 20));
			memmove(damaged + at, damaged + at + size, n - at - size);
			n -= size;
		}
		if (n == 0)
			break;
	}
	/* for the message of a failure */
	memcpy(input, damaged, n);
	length = n;
}

int
main(int argc, char **argv)
{
	long		iterations = argc > 1 ? atol(argv[1]) : 100000;
	long		seed = argc > 2 ? atol(argv[2]) : 1;
	long		compared = 0;
	long		accepted = 0;

	start_random(seed);
	for (long i = 0; i < iterations; i++)
	{
		HolidayFeed *feed;

		if (!make_feed())
			continue;
		feed = read_text(input, length, false);
		if (feed == NULL)
		{
			/* very many days, for which there is no rule */
			if (error_code != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
				fail("refused");
		}
		else
		{
			memset(found, 0, sizeof(found));
			check_rows(feed, true);
			/* what has no rule ends ten years after FROM_DAY, and nothing ends before */
			for (long at = 0; at < SPAN && start + at < FROM_DAY + 3600; at++)
			{
				if (found[at] != expected[at])
				{
					Day			d = day_of(start + at);

					printf("%04d-%02d-%02d\n", d.year, d.month, d.mday);
					fail(found[at] ? "a day too many" : "a day is missing");
				}
			}
			compared++;
		}
		for (int k = 0; k < 5; k++)
		{
			damage();
			feed = read_text(input, length, k % 2 == 0);
			if (feed != NULL)
			{
				check_rows(feed, false);
				accepted++;
			}
			else if (error_code != ERRCODE_INVALID_TEXT_REPRESENTATION &&
					 error_code != ERRCODE_FEATURE_NOT_SUPPORTED &&
					 error_code != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
				fail("error");
		}
		free_all();
	}
	printf("holiday_feed: %ld feeds compared, seed %ld: no fault (%ld damaged ones were still read)\n",
		   compared, seed, accepted);
	return 0;
}
