/*
 * holiday_rule.c
 *	  Fuzzer for holiday rules and for the calendars they use.  Needs no
 *	  server, only its headers, and ICU:
 *
 *	clang -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
 *		-I"$(pg_config --includedir-server)" -Isrc -o /tmp/fuzz_holiday_rule \
 *		test/fuzz/holiday_rule.c test/fuzz/stubs.c src/hours/holiday_rule*.c \
 *		src/hours/scanner.c src/hours/non_gregorian.c src/hours/opening_hours_shifts.c -licui18n -licuuc -lm
 *	/tmp/fuzz_holiday_rule [iterations [seed]]
 *
 * First it compares orthodox Easter, the months of the Hebrew calendar and the
 * new years of the Persian one with other ways to find them.  Then each iteration
 *	- writes a random rule together with what it means; reads it; compares the
 *	  days of some years with the meaning, by code that shares nothing with
 *	  src/ and walks from day to day;
 *	- damages the text, which has no terminator: it must be a clean error, or a
 *	  rule whose days are sorted and lie in their year.
 */
#include "stubs.h"

#include <math.h>
#include <time.h>

#include "hours/holiday_rule.h"
#include "hours/non_gregorian.h"
#include "hours/opening_hours.h"

/* ----------
 * Calendars, in other ways than src/ finds them
 * ----------
 */

/* Days since 1 March of the year 0, which was a Wednesday. */
static long
day_number(long y, int m, int d)
{
	long		cycle;

	if (m < 3)
	{
		m += 12;
		y--;
	}
	cycle = (y - ((y % 400 + 400) % 400)) / 400;
	y = (y % 400 + 400) % 400;
	return cycle * 146097 + 365 * y + y / 4 - y / 100 + (153 * (m - 3) + 2) / 5 + d - 1;
}

#define UNIX_EPOCH	719468L		/* in these days */

static int
weekday(long day)
{
	return ((day + 2) % 7 + 7) % 7; /* 0 is Monday */
}

static int
days_in_month(long y, int m)
{
	return m == 12 ? 31 : day_number(y, m + 1, 1) - day_number(y, m, 1);
}

static void
civil(long day, long *y, int *m, int *d)
{
	*y = floor(day / 365.2425) - 1;
	while (day_number(*y + 1, 1, 1) <= day)
		(*y)++;
	for (*m = 1; *m < 12 && day_number(*y, *m + 1, 1) <= day; (*m)++)
		;
	*d = day - day_number(*y, *m, 1) + 1;
}

/* Orthodox Easter by golden number and weekday of the paschal full moon. */
static long
orthodox(long y)
{
	int			golden = y % 19;
	int			moon = (19 * golden + 15) % 30; /* days after 21 March, Julian */
	int			day = (y + y / 4 + moon) % 7;	/* weekday of the moon */
	int			n = moon - day + 28;	/* of March */
	int			month = n > 31 ? 4 : 3;
	int			mday = n > 31 ? n - 31 : n;

	/* a Julian date is so many days behind the Gregorian one of the same name */
	long		gap = y / 100 - y / 400 - 2;

	return day_number(y, month, mday) + gap;
}

static void
check_orthodox(void)
{
	HolidayRule *rule = holiday_rule_parse("orthodox", 8, NULL);
	int64		days[HOLIDAY_MAX_DAYS];

	for (int y = 1; y <= 20000; y++)
	{
		if (holiday_rule_days(rule, y, days) != 1 || days[0] != orthodox(y) - UNIX_EPOCH)
		{
			fprintf(stderr, "orthodox Easter of %d: %ld\n", y, (long) days[0]);
			abort();
		}
	}
	holiday_rule_days(rule, INT_MAX, days);
	holiday_rule_days(rule, INT_MIN, days);
	free_all();
}

/* New year of a Hebrew year, by molad and postponements. */
static long
hebrew_new_year(long year)
{
	long		months = 235 * ((year - 1) / 19) + 12 * ((year - 1) % 19) + (7 * ((year - 1) % 19) + 1) / 19;
	long		parts = months * 765433 + 5604; /* since a Sunday evening */
	long		day = 1 + parts / 25920;
	long		rest = parts % 25920;
	bool		leap = (7 * year + 1) % 19 < 7;
	bool		after_leap = (7 * (year - 1) + 1) % 19 < 7;

	if (rest >= 19440 ||
		(day % 7 == 2 && rest >= 9924 && !leap) ||
		(day % 7 == 1 && rest >= 16789 && after_leap))
		day++;
	if (day % 7 == 0 || day % 7 == 3 || day % 7 == 5)
		day++;
	return day;
}

static void
check_hebrew(void)
{
	/* 1 Tishrei 5785 was 3 October 2024 */
	long		origin = hebrew_new_year(5785) - (day_number(2024, 10, 3) - UNIX_EPOCH);

	for (int year = 1; year <= 20000; year++)
	{
		const int32 *months = other_calendar_months(CALENDAR_HEBREW, year);
		long		day = hebrew_new_year(year) - origin;
		long		length = hebrew_new_year(year + 1) - origin - day;
		bool		leap = length > 380;
		int			lengths[13] = {30, length % 10 == 5 ? 30 : 29, length % 10 == 3 ? 29 : 30, 29, 30,
		leap ? 30 : 0, 29, 30, 29, 30, 29, 30, 29};

		for (int m = 0; m < 13; m++)
		{
			int			margin;
			long		about = other_calendar_about(CALENDAR_HEBREW, year, m, &margin);

			if (months[m] != day || labs(about - day) > margin)
			{
				fprintf(stderr, "Hebrew month %d of %d: %d, %ld, about %ld\n", m, year, months[m], day, about);
				abort();
			}
			day += lengths[m];
		}
		if (months[13] != day || labs((long) other_calendar_year(CALENDAR_HEBREW, months[0] + 5) - year) > 1)
		{
			fprintf(stderr, "end of the Hebrew year %d: %d, %ld\n", year, months[13], day);
			abort();
		}
	}
}

/*
 * The March equinox of a year, as days since 1970 in Iran's standard time, to
 * about two minutes: Meeus, Astronomical Algorithms, chapter 27.
 */
static double
equinox_in_iran(int year)
{
	static const double terms[24][3] = {
		{485, 324.96, 1934.136}, {203, 337.23, 32964.467}, {199, 342.08, 20.186},
		{182, 27.85, 445267.112}, {156, 73.14, 45036.886}, {136, 171.52, 22518.443},
		{77, 222.54, 65928.934}, {74, 296.72, 3034.906}, {70, 243.58, 9037.513},
		{58, 119.81, 33718.147}, {52, 297.17, 150.678}, {50, 21.02, 2281.226},
		{45, 247.54, 29929.562}, {44, 325.15, 31555.956}, {29, 60.93, 4443.417},
		{18, 155.12, 67555.328}, {17, 288.79, 4562.452}, {16, 198.04, 62894.029},
		{14, 199.76, 31436.921}, {12, 95.39, 14577.848}, {12, 287.11, 31931.756},
		{12, 320.81, 34777.259}, {9, 227.73, 1222.114}, {8, 15.45, 16859.074}
	};
	const double degree = M_PI / 180;
	double		y = (year - 2000) / 1000.0;
	double		jde = 2451623.80984 + y * (365242.37404 + y * (0.05169 + y * (-0.00411 - y * 0.00057)));
	double		t = (jde - 2451545.0) / 36525;
	double		w = (35999.373 * t - 2.47) * degree;
	double		sum = 0;
	double		seconds = 62.9 + 0.322 * (year - 2000) + 0.0056 * (year - 2000) * (year - 2000);

	for (int i = 0; i < 24; i++)
		sum += terms[i][0] * cos((terms[i][1] + terms[i][2] * t) * degree);
	jde += 0.00001 * sum / (1 + 0.0334 * cos(w) + 0.0007 * cos(2 * w));
	return jde - 2440587.5 - seconds / 86400 + 3.5 / 24;
}

/* The year begins with the day of the equinox, or the next one after noon. */
static void
check_persian(void)
{
	int			first;
	int			last;

	other_calendar_known(CALENDAR_PERSIAN, &first, &last);
	for (int year = first; year <= last; year++)
	{
		double		equinox = equinox_in_iran(year + 621);
		int			new_year = floor(equinox + 0.5);
		double		minutes = fabs(equinox + 0.5 - round(equinox + 0.5)) * 1440;

		if (other_calendar_months(CALENDAR_PERSIAN, year)[0] != new_year && minutes > 4)
		{
			fprintf(stderr, "Persian year %d: %d, %d, %f minutes from noon\n", year,
					other_calendar_months(CALENDAR_PERSIAN, year)[0], new_year, minutes);
			abort();
		}
	}
}

static void
check_other(OtherCalendar calendar)
{
	int			first;
	int			last;
	int			previous = 0;

	other_calendar_known(calendar, &first, &last);
	for (int year = first; year <= last; year++)
	{
		const int32 *months = other_calendar_months(calendar, year);
		int			margin;

		if (year > first && months[0] != previous)
			abort();
		for (int m = 0; m < 12; m++)
		{
			int			days = months[m + 1] - months[m];
			long		about = other_calendar_about(calendar, year, m, &margin);

			if (days < 29 || days > (calendar == CALENDAR_PERSIAN && m < 6 ? 31 : 30) ||
				labs(about - months[m]) > margin ||
				labs((long) other_calendar_year(calendar, months[m]) - year) > 1)
			{
				fprintf(stderr, "month %d of %d: %d days, starts %d, about %ld\n", m, year, days, months[m], about);
				abort();
			}
		}
		previous = months[12];
	}
}

/* ----------
 * Random rules with a meaning
 * ----------
 */

#define MAX_PARTS	6
#define NO_LIMIT	LONG_MAX

typedef struct Part
{
	enum
	{
		BEFORE, AFTER, IN, LAST, DAYS, IF, ON, EVEN, ODD, LEAP, NONLEAP, EVERY
	}			kind;
	int			n;
	int			weekday;
	int			weekdays;
	bool		backwards;
	bool		keep;
	int			since;
} Part;

typedef struct Meaning
{
	int			base;			/* 0 date, 1 easter, 2 orthodox, 3.. calendars */
	int			year;
	int			month;
	int			day;
	int			offset;
	bool		substitutes;
	int			duration;
	long		since;
	long		until;
	int			nparts;
	Part		parts[2 * MAX_PARTS];
} Meaning;

static const char *const weekdays[7] =
{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
static const char *const months[12] =
{"January", "February", "March", "April", "May", "June", "July", "August",
"September", "October", "November", "December"};
static const int longest[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static const char *const hebrew[13] =
{"Tishrei", "Cheshvan", "Kislev", "Tevet", "Shvat", "Adar", "AdarII", "Nisan",
"Iyyar", "Sivan", "Tamuz", "Av", "Elul"};
static const int hebrew_longest[13] = {30, 30, 30, 29, 30, 30, 29, 30, 29, 30, 29, 30, 29};
static const char *const islamic[12] =
{"Muharram", "Safar", "Rabi al-awwal", "Rabi al-thani", "Jumada al-awwal",
"Jumada al-thani", "Rajab", "Shaban", "Ramadan", "Shawwal", "Dhu al-Qidah",
"Dhu al-Hijjah"};
static const char *const persian[12] =
{"Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr",
"Aban", "Azar", "Dey", "Bahman", "Esfand"};

static char input[4000];

/* One word or more, and white space after it. */
static void
put(const char *fmt,...)
{
	size_t		used = strlen(input);
	va_list		args;

	va_start(args, fmt);
	vsnprintf(input + used, sizeof(input) - used, fmt, args);
	va_end(args);
	if (chance(3))
	{
		for (char *c = input + used; *c; c++)
			*c = chance(50) ? toupper((unsigned char) *c) : tolower((unsigned char) *c);
	}
	strcat(input, chance(5) ? " \t" : chance(3) ? "\n" : " ");
}

static const char *
ending(int n)
{
	if (n % 100 / 10 == 1 || n % 10 == 0 || n % 10 > 3)
		return "th";
	return n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : "rd";
}

static int
put_weekdays(void)
{
	int			n = 1 + below(3);
	int			set = 0;

	while (n-- > 0)
	{
		int			w = below(7);
		int			used;

		set |= 1 << w;
		put("%s", weekdays[w]);
		if (n > 0)
		{
			used = strlen(input);
			if (chance(80))
				input[used - 1] = '\0';
			strcat(input, chance(50) ? "," : ", ");
		}
	}
	return set;
}

static void
make_base(Meaning *r, bool month_only)
{
	r->base = month_only ? 0 : chance(50) ? 0 : 1 + below(5);
	switch (r->base)
	{
		case 0:
			r->month = 1 + below(12);
			if (chance(30))
				r->month = chance(50) ? 1 : 12;
			if (month_only || chance(10))
			{
				r->day = 1;
				put("%s", months[r->month - 1]);
				return;
			}
			r->day = chance(30) ? longest[r->month - 1] : 1 + below(longest[r->month - 1]);
			if (chance(10))
			{
				r->year = chance(90) ? 2000 + below(40) : 1 + below(9999);
				if (r->day > days_in_month(r->year, r->month))
					r->day = 28;
				put("%04d-%02d-%02d", r->year, r->month, r->day);
			}
			else
				put(chance(90) ? "%02d-%02d" : "%d-%d", r->month, r->day);
			break;
		case 1:
		case 2:
			put(r->base == 1 ? "easter" : "orthodox");
			if (chance(70))
			{
				r->offset = chance(80) ? below(70) - 10 : below(351) - 100;
				put(r->offset >= 0 && chance(30) ? "+%d" : "%d", r->offset);
				if (chance(5))
					put("days");
			}
			break;
		case 3:
			r->month = below(13);
			r->day = 1 + below(hebrew_longest[r->month]);
			put("%d", r->day);
			put("%s", hebrew[r->month]);
			if (chance(5))
				put("%d", r->year = 5770 + below(50));
			break;
		case 4:
			r->month = below(12);
			r->day = 1 + below(30);
			put("%d", r->day);
			put("%s", islamic[r->month]);
			if (chance(5))
				put("%d", r->year = 1420 + below(31));
			break;
		case 5:
			r->month = below(12);
			r->day = 1 + below(r->month < 6 ? 31 : 30);
			put("%d", r->day);
			put("%s", persian[r->month]);
			if (chance(5))
				put("%d", r->year = 1380 + below(50));
			break;
	}
}

static void
make_head(Meaning *r)
{
	int			n = chance(40) ? 1 + below(chance(80) ? 1 : 4) : 0;
	bool		in_month = false;

	for (int i = 0; i < n && !in_month; i++)
	{
		Part	   *part;

		/* the first one written is the last one taken */
		memmove(r->parts + 1, r->parts, r->nparts * sizeof(Part));
		r->nparts++;
		part = r->parts;
		memset(part, 0, sizeof(*part));

		part->weekday = below(7);
		part->n = 1;
		part->kind = below(5);
		switch (part->kind)
		{
			case LAST:
				put("last");
				put("%s", weekdays[part->weekday]);
				put("in");
				in_month = true;
				break;
			case DAYS:
				part->n = 1 + (chance(80) ? below(5) : below(366));
				part->backwards = chance(50);
				put("%d", part->n);
				put(chance(50) ? "days" : "day");
				put(part->backwards ? "before" : "after");
				break;
			default:
				if (chance(60))
				{
					part->n = 1 + below(chance(10) && part->kind != IN ? 53 : 5);
					put(chance(90) ? "%d%s" : "%d", part->n, ending(part->n));
				}
				put("%s", weekdays[part->weekday]);
				put(part->kind == BEFORE ? "before" : part->kind == AFTER ? "after" : "in");
				in_month = part->kind == IN;
		}
	}
	make_base(r, in_month);
}

static void
put_limit(int year, int *month, int *day)
{
	*month = *day = 1;
	if (chance(70))
		put("%04d", year);
	else
	{
		*month = 1 + below(12);
		if (chance(50))
			put("%04d-%02d", year, *month);
		else
		{
			*day = 1 + below(28);
			put("%04d-%02d-%02d", year, *month, *day);
		}
	}
}

static void
make_rule(Meaning *r)
{
	int			n;
	bool		keep = false;
	bool		limited = false;

	memset(r, 0, sizeof(*r));
	r->duration = 1;
	r->since = -NO_LIMIT;
	r->until = NO_LIMIT;
	r->substitutes = chance(10);
	if (r->substitutes)
		put("substitutes");
	make_head(r);
	if (chance(10))
		put("P%dD", r->duration = 1 + below(chance(80) ? 5 : 31));

	n = r->substitutes ? 1 + below(3) : chance(50) ? 0 : below(MAX_PARTS);
	for (int i = 0; i < n; i++)
	{
		Part	   *part = &r->parts[r->nparts++];

		memset(part, 0, sizeof(*part));
		part->kind = r->substitutes && i == 0 ? IF : chance(60) ? IF : ON + below(6);
		switch (part->kind)
		{
			case IF:
				if (keep ? chance(20) : !r->substitutes && chance(40))
				{
					put("and");
					keep = true;
				}
				put("if");
				part->keep = keep;
				part->weekdays = put_weekdays();
				part->backwards = chance(30);
				part->weekday = below(7);
				put("then");
				put(part->backwards ? "previous" : "next");
				put("%s", weekdays[part->weekday]);
				break;
			case ON:
				part->backwards = chance(30);
				if (part->backwards)
					put("not");
				put("on");
				part->weekdays = put_weekdays();
				break;
			case EVERY:
				part->n = 1 + below(6);
				part->since = 1990 + below(30);
				put("every");
				put("%d", part->n);
				put("years");
				put("since");
				put("%d", part->since);
				break;
			default:
				put("in");
				put(part->kind == EVEN ? "even" : part->kind == ODD ? "odd" :
					part->kind == LEAP ? "leap" : "non-leap");
				put("years");
		}
		if (!limited && chance(15))
		{
			int			m;
			int			d;

			limited = true;
			if (chance(70))
			{
				int			y = chance(90) ? 2000 + below(30) : 1 + below(9000);

				put("since");
				put_limit(y, &m, &d);
				r->since = day_number(y, m, d);
				if (chance(50))
				{
					y = y + 1 + below(20);
					if (chance(70))
						put("and");
					put("prior");
					put("to");
					put_limit(y, &m, &d);
					r->until = day_number(y, m, d) - 1;
				}
			}
			else
			{
				int			y = 2000 + below(30);

				put("prior");
				put("to");
				put_limit(y, &m, &d);
				r->until = day_number(y, m, d) - 1;
			}
		}
	}
}

/* What the limit on the days of one occurrence has to let through. */
static bool
too_many(const Meaning *r)
{
	for (int w = 0; w < 7; w++)
	{
		int			dates = 1;

		for (int i = 0; i < r->nparts; i++)
			dates += r->parts[i].kind == IF && r->parts[i].keep && (r->parts[i].weekdays >> w & 1);
		if (dates * r->duration > 31)
			return true;
	}
	return false;
}

static long
walk(long day, int to, int count, int direction)
{
	/* the day itself does not count */
	while (count > 0)
	{
		day += direction;
		if (weekday(day) == to)
			count--;
	}
	return day;
}

static bool flags[366];			/* the days of the year */

static void
mean_occurrence(const Meaning *r, long day, int year)
{
	long		dates[20];
	bool		moved[20] = {false};
	bool		gone[20] = {false};
	int			ndates = 1;
	long		y;
	int			m;
	int			d;

	dates[0] = day;
	for (int i = 0; i < r->nparts; i++)
	{
		const Part *part = &r->parts[i];
		int			n = ndates;

		civil(dates[0], &y, &m, &d);
		switch (part->kind)
		{
			case BEFORE:
				dates[0] = walk(dates[0], part->weekday, part->n, -1);
				continue;
			case AFTER:
				dates[0] = walk(dates[0] - 1, part->weekday, part->n, 1);
				continue;
			case IN:
				dates[0] = walk(dates[0] - 1, part->weekday, part->n, 1);
				if (dates[0] >= day_number(y, m, 1) + days_in_month(y, m))
					return;
				continue;
			case LAST:
				dates[0] = walk(day_number(y, m, 1) + days_in_month(y, m), part->weekday, 1, -1);
				continue;
			case DAYS:
				dates[0] += part->backwards ? -part->n : part->n;
				continue;
			default:
				break;
		}
		for (int k = 0; k < n; k++)
		{
			bool		on = part->weekdays >> weekday(dates[k]) & 1;

			if (gone[k])
				continue;
			civil(dates[k], &y, &m, &d);
			switch (part->kind)
			{
				case IF:
					if (moved[k] || !on)
						break;
					if (part->keep)
					{
						dates[ndates] = walk(dates[k], part->weekday, 1, part->backwards ? -1 : 1);
						moved[ndates++] = true;
					}
					else
					{
						dates[k] = walk(dates[k], part->weekday, 1, part->backwards ? -1 : 1);
						moved[k] = true;
					}
					break;
				case ON:
					gone[k] = on == part->backwards;
					break;
				case EVEN:
					gone[k] = y & 1;
					break;
				case ODD:
					gone[k] = !(y & 1);
					break;
				case LEAP:
					gone[k] = days_in_month(y, 2) == 28;
					break;
				case NONLEAP:
					gone[k] = days_in_month(y, 2) == 29;
					break;
				case EVERY:
					gone[k] = y < part->since || (y - part->since) % part->n != 0;
					break;
				default:
					abort();
			}
		}
	}
	for (int k = 0; k < ndates; k++)
	{
		if (gone[k] || (r->substitutes && !moved[k]) || dates[k] < r->since || dates[k] > r->until)
			continue;
		for (int i = 0; i < r->duration; i++)
		{
			civil(dates[k] + i, &y, &m, &d);
			if (y == year)
				flags[dates[k] + i - day_number(y, 1, 1)] = true;
		}
	}
}

/* The days of the other calendar's years that have something to do with a year. */
static void
mean_other(const Meaning *r, int year)
{
	OtherCalendar calendar = r->base - 3;
	int			first;
	int			last;
	long		from = day_number(year - 7, 1, 1) - UNIX_EPOCH;
	long		to = day_number(year + 7, 1, 1) - UNIX_EPOCH;

	other_calendar_known(calendar, &first, &last);
	for (int y = Max(first, other_calendar_year(calendar, from));
		 y <= Min(last, other_calendar_year(calendar, to)); y++)
	{
		const int32 *starts = other_calendar_months(calendar, y);
		int			m = r->month;

		if (calendar == CALENDAR_HEBREW && m == 5 && starts[6] == starts[5])
			m = 6;
		if (r->day <= starts[m + 1] - starts[m] && (r->year == 0 || r->year == y))
			mean_occurrence(r, starts[m] + r->day - 1 + UNIX_EPOCH, year);
	}
}

static void
mean_year(const Meaning *r, int year)
{
	memset(flags, 0, sizeof(flags));
	if (r->base >= 3)
	{
		mean_other(r, year);
		return;
	}
	for (int y = year - 7; y <= year + 7; y++)
	{
		switch (r->base)
		{
			case 0:
				if ((r->year == 0 || r->year == y) && r->day <= days_in_month(y, r->month))
					mean_occurrence(r, day_number(y, r->month, r->day), year);
				break;
			case 1:
				mean_occurrence(r, day_number(y, 1, 1) + easter_day(y) + r->offset, year);
				break;
			case 2:
				mean_occurrence(r, orthodox(y) + r->offset, year);
				break;
		}
	}
}

/* ----------
 * The checks
 * ----------
 */

static void
fail(const char *what)
{
	fprintf(stderr, "%s:\n%s\n%s", what, input, messages);
	abort();
}

/* The text is exactly as long as it says, without a terminator. */
static HolidayRule *
read_text(const char *s)
{
	int			length = strlen(s);
	char	   *copy = memcpy(palloc(length), s, length);
	HolidayRule *rule;
	HolidayRule *moved;

	if (setjmp(on_error))
		return NULL;
	nsaved = 0;
	rule = holiday_rule_parse(copy, length, NULL);
	if (nsaved != (rule == NULL ? 1 : 0))
		fail("neither a rule nor one error");
	if (rule == NULL)
		return NULL;
	moved = palloc(holiday_rule_size(rule));
	return memcpy(moved, rule, holiday_rule_size(rule));
}

static void
check_shape(const HolidayRule *rule, int year)
{
	int64		days[HOLIDAY_MAX_DAYS];
	int			first;
	int			last;
	int			n;

	if (setjmp(on_error))
		fail("error while finding the days");
	holiday_rule_known(rule, &first, &last);
	n = holiday_rule_days(rule, year, days);
	if ((n < 0 && year >= first && year <= last) ||
		(first > INT_MIN && holiday_rule_days(rule, first - 1, days) >= 0) ||
		(last < INT_MAX && holiday_rule_days(rule, last + 1, days) >= 0))
	{
		fprintf(stderr, "%d: %d days, known from %d to %d\n", year, n, first, last);
		fail("known and not known");
	}
	n = holiday_rule_days(rule, year, days);
	for (int i = 0; i < n; i++)
	{
		if (days[i] < day_number(year, 1, 1) - UNIX_EPOCH ||
			days[i] >= day_number((long) year + 1, 1, 1) - UNIX_EPOCH ||
			(i > 0 && days[i] <= days[i - 1]))
			fail("days not sorted in their year");
	}
}

static long compared;

static void
check_year(const HolidayRule *rule, const Meaning *meaning, int year)
{
	int64		days[HOLIDAY_MAX_DAYS];
	int			n;

	check_shape(rule, year);
	if (setjmp(on_error))
		fail("error while finding the days");
	n = holiday_rule_days(rule, year, days);
	if (n < 0)
	{
		if (meaning->base < 3)
			fail("no answer");
		return;
	}
	compared++;
	mean_year(meaning, year);
	for (int i = 0; i < n; i++)
	{
		bool	   *flag = &flags[days[i] + UNIX_EPOCH - day_number(year, 1, 1)];

		if (!*flag)
		{
			fprintf(stderr, "day %d of %d\n", (int) (flag - flags), year);
			fail("a day too many");
		}
		*flag = false;
	}
	for (int i = 0; i < 366; i++)
	{
		if (flags[i])
		{
			fprintf(stderr, "day %d of %d\n", i, year);
			fail("a day is missing");
		}
	}
}

static int
any_year(void)
{
	return chance(80) ? 1990 + below(60) : chance(80) ? 1 + below(9999) :
		chance(50) ? below(299000) - 4713 : (int) (below(INT_MAX) * 2U);
}

static const char *const pieces[] = {
	"monday", "sunday", "easter", "orthodox", "02-29", "02-30", "12-31", "2026-04-10", "if",
	"and", "then", "next", "previous", "substitutes", "since", "prior", "to", "2011", "P3D",
	"P", "PT4H", "D", "Nisan", "Adar", "Dhu", "al-Hijjah", "Rabi", "Esfand", "1st", "6th",
	"last", "in", "even", "years", "every", "on", "not", "chinese", "julian", "#1", "14:00",
	"days", "-1 day", "+30 days", "before", "after", "January", ",", "-", "+", " ", "0", "00", "0000", "9999",
	"99999999999999999999", "\xC3\xB3", "\xE2\x80\x93", "\x01", "\"", ":", "T"
};

/* Random rules of a few pieces, most of them no rules. */
static long
read_pieces(long count)
{
	long		accepted = 0;

	for (long i = 0; i < count; i++)
	{
		char	   *end = input;
		HolidayRule *rule;

		for (int n = 1 + below(8); n > 0; n--)
		{
			end = stpcpy(end, pieces[below(lengthof(pieces))]);
			if (chance(80))
				end = stpcpy(end, " ");
		}
		rule = read_text(input);
		if (rule != NULL)
		{
			accepted++;
			check_shape(rule, any_year());
		}
		free_all();
	}
	return accepted;
}

static void
damage_text(void)
{
	int			changes = 1 + below(3);

	while (changes-- > 0)
	{
		int			length = strlen(input);
		int			at = below(length + 1);
		const char *piece = pieces[below(lengthof(pieces))];

		if (length > 3000)
			return;
		if (chance(50))
		{
			while (at > 0 && input[at - 1] != ' ')
				at--;
		}
		switch (below(3))
		{
			case 0:
				memmove(input + at + strlen(piece) + 1, input + at, length - at + 1);
				memcpy(input + at, piece, strlen(piece));
				input[at + strlen(piece)] = chance(50) || input[at + strlen(piece) + 1] == '\0' ? ' ' : ',';
				break;
			case 1:
				{
					int			next = at + 1 + below(8);

					next = Min(next, length);
					memmove(input + at, input + next, length - next + 1);
					break;
				}
			default:
				if (at < length)
					input[at] = 1 + below(255);
		}
	}
}

/* What is no rule, or none that is supported. */
static void
check_refused(void)
{
	static const char *const bad[] = {
		"", " ", ",", "02-30", "04-31", "2025-02-29", "1900-02-29", "00-10", "13-01", "01-00",
		"0000-01-01", "2026-1", "2026", "202-01-01", "05-", "05-03-", "05-03-2026", "05/03",
		"6th monday in January", "0 monday in May", "0th monday in May", "2th monday in May",
		"54th monday after 05-01", "1st day after 05-01", "0 days after 05-01", "monday",
		"monday before", "monday in 05-01", "last monday before 05-01", "last day in May",
		"easter 251", "easter -101", "easter -", "easter + 1", "easter monday", "orthodox x",
		"30 Iyyar", "31 Ramadan", "0 Nisan", "31 Mehr", "1 Rabi", "1 Dhu al-awwal", "1 May",
		"15 Nisan 2026", "1 Shawwal 1419", "1 Shawwal 1451", "1 Farvardin 1502",
		"substitutes 12-25", "substitutes 12-25 and if sunday then next monday", "substitutes",
		"12-25 and", "12-25 if", "12-25 if sunday", "12-25 if sunday then", "12-25 if then next monday",
		"12-25 if sunday, then next monday", "12-25 if sunday then monday",
		"12-25 if sunday then next", "12-25 if sunday then next monday,", "12-25 if sunday then 14:00",
		"12-25 if is public holiday then next monday", "12-25 if 12-26 is public holiday",
		"12-25 since", "12-25 since 11", "12-25 since 2011-13", "12-25 since 2011-02-29",
		"12-25 since 2011 since 2012", "12-25 prior 2011", "12-25 prior to", "12-25 prior to 2011 since 1990",
		"12-25 since 2014 and prior to 2011", "12-25 since 2014 and prior to 2014", "12-25 since 2014 and",
		"since 2011 12-25", "12-25 in years", "12-25 in even", "12-25 every 0 years since 2000",
		"12-25 every 2 years", "12-25 on", "12-25 not", "12-25 P", "12-25 P0D", "12-25 P32D",
		"12-25 P1DT2H", "12-25 PT48H", "12-25 P1D P1D", "12-25 if sunday then next monday P2D", "12-25 14:00", "12-25 T14", "12-25 #1",
		"julian 12-25", "march equinox", "bengali-revised 1-1", "May 3", "12-25 foo", "foo"
	};
	HolidayRule *rule;

	for (int i = 0; i < (int) lengthof(bad); i++)
	{
		strcpy(input, bad[i]);
		rule = read_text(input);
		if (rule != NULL || error_code != ERRCODE_INVALID_TEXT_REPRESENTATION)
			fail("not refused");
	}
	strcpy(input, "chinese 01-0-01");
	rule = read_text(input);
	if (rule != NULL || error_code != ERRCODE_FEATURE_NOT_SUPPORTED)
		fail("not refused");
}

/* Rules for the days near the holidays of a list, which have none of their own. */
static void
check_shifts(void)
{
	for (int days = -32; days <= 32; days++)
	{
		int64		dates[HOLIDAY_MAX_DAYS];
		HolidayRule *rule;

		snprintf(input, sizeof(input), "%+d %s", days, days % 2 ? "day" : "DAYS");
		rule = read_text(input);
		if ((rule != NULL) != (days != 0 && abs(days) <= 30))
			fail("read, or not");
		if (rule != NULL && (holiday_rule_shift(rule) != days || holiday_rule_days(rule, 2026, dates) != 0))
			fail("other days");
	}
	strcpy(input, "12-24");
	if (holiday_rule_shift(read_text(input)) != 0)
		fail("not its own days");
	free_all();
}

int
main(int argc, char **argv)
{
	long		iterations = argc > 1 ? atol(argv[1]) : 100000;
	long		seed = argc > 2 ? atol(argv[2]) : 1;
	long		damaged_accepted = 0;
	long		pieces_accepted;

	check_orthodox();
	check_hebrew();
	check_other(CALENDAR_ISLAMIC);
	check_other(CALENDAR_PERSIAN);
	check_persian();
	check_refused();
	check_shifts();

	start_random(seed);
	pieces_accepted = read_pieces(iterations * 1000);
	for (long i = 0; i < iterations; i++)
	{
		static Meaning meaning;
		HolidayRule *rule;

		input[0] = '\0';
		make_rule(&meaning);
		rule = read_text(input);
		if (rule == NULL)
		{
			/* only a rule with very many days may be refused */
			if (error_code != ERRCODE_PROGRAM_LIMIT_EXCEEDED || !too_many(&meaning))
				fail("refused");
		}
		else if (too_many(&meaning))
			fail("not refused");
		else
		{
			for (int k = 0; k < 3; k++)
				check_year(rule, &meaning, 1990 + below(60));
			check_year(rule, &meaning, 20 + below(9900));
			for (int k = 0; k < 3; k++)
				check_shape(rule, any_year());
			check_shape(rule, INT_MIN + below(2));
			check_shape(rule, INT_MAX - below(2));
		}
		for (int k = 0; k < 5; k++)
		{
			damage_text();
			rule = read_text(input);
			if (rule != NULL)
			{
				damaged_accepted++;
				check_shape(rule, any_year());
			}
		}
		free_all();
	}
	printf("holiday_rule: %ld rules and %ld of pieces, %ld years compared, seed %ld: no fault (%ld damaged and %ld of pieces were valid)\n",
		   iterations, iterations * 1000, compared, seed, damaged_accepted, pieces_accepted);
	return 0;
}
