/*
 * opening_hours.c
 *	  Fuzzer for the text form of business hours, its stored form, and the
 *	  evaluation of its rules.  Needs no server, only its headers:
 *
 *	clang -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all \
 *		-I"$(pg_config --includedir-server)" -Isrc -o /tmp/fuzz_opening_hours \
 *		test/fuzz/opening_hours.c test/fuzz/stubs.c src/hours/opening_hours*.c \
 *		src/hours/scanner.c src/hours/business_hours.c
 *	/tmp/fuzz_opening_hours [iterations [seed]]
 *
 * First it reads a thousand random values for each iteration, put together of
 * pieces of the notation: what is accepted must survive a round trip.  Then it compares Easter with another way to find it, for every year until
 * its dates repeat.  Then each iteration
 *	- writes a random expression together with what it means, as lists of
 *	  ranges; reads it; compares the spans of each rule, and for some years the
 *	  open minutes of every date, with the meaning, by code that shares nothing
 *	  with src/;
 *	- checks that the normal form reads back as the same bytes;
 *	- damages the text, and then the stored bytes: what is still accepted must
 *	  survive the same round trip, anything else must be a clean error.
 */
#include "stubs.h"

#include "hours/business_hours.h"

/* ----------
 * Random expressions with a meaning
 * ----------
 */

typedef struct Item
{
	int			kind;			/* of a date: 0 calendar, 1 Easter; of a
								 * weekday: 0 range, 1 n-th */
	int			from;			/* calendar dates as month * 100 + day */
	int			to;
} Item;

#define MAX_ITEMS 6

/* Minutes of a shift, up to 48:00, as bits. */
typedef struct Minutes
{
	uint64		bits[45];
} Minutes;

typedef struct Meaning
{
	int			effect;			/* 0 replaces, 1 adds, 2 takes out */
	bool		holidays_too;	/* a holiday is as good as a weekday */
	int			nholidays;
	int			holidays[MAX_ITEMS];	/* days after a holiday */
	bool		has_weeks;
	bool		weeks[54];
	int			nperiods;
	long		periods[MAX_ITEMS][2];	/* the last day is LONG_MAX for no end */
	int			nyears;
	int			ndates;
	int			nweekdays;
	Item		years[MAX_ITEMS];
	Item		dates[MAX_ITEMS];
	Item		weekdays[MAX_ITEMS];
	int			nth[MAX_ITEMS];
	bool		open[2881];		/* minutes of the shift */
	Minutes		minutes;		/* the same */
} Meaning;

static const char *const weekdays[7] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
static const char *const months[12] =
{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const int longest[12] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static long
day_number(int y, int m, int d)
{
	/* days since 1 March of year 0, for years after it */
	if (m < 3)
	{
		m += 12;
		y--;
	}
	return 365L * y + y / 4 - y / 100 + y / 400 + (153 * (m - 3) + 2) / 5 + d - 1;
}

static int
days_in_month(int y, int m)
{
	return m == 12 ? 31 : day_number(y, m + 1, 1) - day_number(y, m, 1);
}

static char input[20000];

static void
put(const char *fmt,...)
{
	size_t		used = strlen(input);
	va_list		args;

	if (chance(5))
		used = strlen(strcat(input, chance(50) ? " " : "\t\n"));
	va_start(args, fmt);
	vsnprintf(input + used, sizeof(input) - used, fmt, args);
	va_end(args);
	if (chance(5))
		strcat(input, " ");
}

static void
put_name(const char *name)
{
	char		buf[20];

	strcpy(buf, name);
	if (chance(10))
	{
		for (char *c = buf; *c; c++)
			*c = chance(50) ? toupper((unsigned char) *c) : tolower((unsigned char) *c);
	}
	put("%s", buf);
}

static void
make_years(Meaning *r)
{
	r->nyears = 1 + below(MAX_ITEMS);
	for (int i = 0; i < r->nyears; i++)
	{
		Item	   *item = &r->years[i];

		item->from = chance(5) ? 9990 + below(10) : chance(5) ? 1000 + below(3) : 2020 + below(12);
		item->to = item->from;
		put("%s%d", i ? "," : "", item->from);
		if (chance(10))
		{
			put("+");
			item->to = INT_MAX;
		}
		else if (chance(30))
		{
			item->to = item->from + below(4);
			item->to = Min(item->to, 9999);
			put("-");
			put("%d", item->to);
		}
		if (item->to == 9999)
			item->to = INT_MAX;
	}
}

static int
put_easter(void)
{
	int			n = below(4);

	put_name("easter");
	if (n == 0)
		return 0;
	n = chance(10) ? below(81) : below(5);
	if (chance(50))
	{
		n = chance(5) ? below(251) : n;
		put("+");
		put("%d", n);
		put(" %s", chance(50) ? "day" : "days");
		return n;
	}
	put("-");
	put("%d", n);
	put("%s", chance(50) ? "day" : "days");
	return -n;
}

static void
make_dates(Meaning *r)
{
	int			bare = 0;

	r->ndates = 1 + below(MAX_ITEMS);
	for (int i = 0; i < r->ndates; i++)
	{
		Item	   *item = &r->dates[i];
		int			m = below(12);
		int			d = chance(30) ? 1 : chance(30) ? longest[m] : 1 + below(longest[m]);

		if (i > 0)
			put(",");
		item->kind = chance(15);
		if (item->kind)
		{
			item->from = item->to = put_easter();
			if (chance(30))
			{
				char		save[sizeof(input)];

				strcpy(save, input);
				put("-");
				item->to = put_easter();
				if (item->to < item->from)
				{
					strcpy(input, save);
					item->to = item->from;
				}
			}
			bare = 0;
		}
		else if (chance(25))
		{
			int			n = chance(50) ? m : below(12);

			put_name(months[m]);
			if (n != m)
			{
				put("-");
				put_name(months[n]);
			}
			item->from = (m + 1) * 100 + 1;
			item->to = (n + 1) * 100 + longest[n];
			bare = 0;
		}
		else
		{
			if (bare && chance(50))
			{
				m = bare - 1;
				d = 1 + below(longest[m]);
				put(chance(50) ? "%d" : "%02d", d);
			}
			else
			{
				put_name(months[m]);
				put(chance(50) ? "%d" : " %02d", d);
			}
			item->from = item->to = (m + 1) * 100 + d;
			if (chance(50))
			{
				int			n = chance(30) ? m : below(12);
				int			e = chance(30) ? 1 : chance(30) ? longest[n] : 1 + below(longest[n]);

				put("-");
				if (n == m && e >= d && chance(50))
					put("%d", e);
				else
				{
					put_name(months[n]);
					put("%d", e);
				}
				item->to = (n + 1) * 100 + e;
				m = n;
			}
			bare = m + 1;
		}
	}
}

static void
put_dash(void)
{
	put("%s", chance(90) ? "-" : chance(50) ? "\xE2\x80\x93" : "\xE2\x88\x92");
}

/* Dates with years of their own. */
static void
make_periods(Meaning *r)
{
	int			year = 2018 + below(12);

	r->nperiods = 1 + below(MAX_ITEMS);
	for (int i = 0; i < r->nperiods; i++)
	{
		int			m = 1 + below(12);
		int			d = 1 + below(days_in_month(year, m));
		int			n = 1 + below(12);
		int			end_year = year;
		int			e;

		if (i == 0 || chance(50))
		{
			if (i > 0)
				year = end_year = 2018 + below(12);
			d = Min(d, days_in_month(year, m));
			put("%s%d ", i > 0 ? "," : "", year);
		}
		else
			put(",");
		put_name(months[m - 1]);
		if (chance(20))
		{
			/* a month, or several */
			r->periods[i][0] = day_number(year, m, 1);
			if (chance(30))
			{
				put_dash();
				if (n < m || chance(30))
				{
					end_year = year + 1 + below(2);
					put("%d ", end_year);
				}
				put_name(months[n - 1]);
			}
			else if (i > 0 && chance(30))
			{
				put("+");
				r->periods[i][1] = LONG_MAX;
				continue;
			}
			else
				n = m;
			r->periods[i][1] = day_number(end_year, n, days_in_month(end_year, n));
			continue;
		}
		put(" %02d", d);
		r->periods[i][0] = r->periods[i][1] = day_number(year, m, d);
		if (chance(20))
		{
			put("+");
			r->periods[i][1] = LONG_MAX;
		}
		else if (chance(60))
		{
			put_dash();
			e = 1 + below(longest[n - 1]);
			if (chance(50))
			{
				end_year = year + below(3);
				if (end_year == year && (n < m || (n == m && e < d)))
					end_year++;
				put("%d ", end_year);
			}
			else if (n < m || (n == m && e < d))
				end_year++;
			e = Min(e, days_in_month(end_year, n) + (n == 2 && n != m));
			put_name(months[n - 1]);
			put("%d", e);
			r->periods[i][1] = day_number(end_year, n, Min(e, days_in_month(end_year, n)));
		}
	}
}

static void
make_weeks(Meaning *r)
{
	int			n = 1 + below(3);

	r->has_weeks = true;
	put_name("week");
	for (int i = 0; i < n; i++)
	{
		int			from = 1 + below(53);
		int			to = from;
		int			step = 1;

		put(i > 0 ? "," : " ");
		put(chance(50) ? "%02d" : "%d", from);
		if (chance(60))
		{
			to = 1 + below(53);
			put_dash();
			put("%d", to);
			if (to >= from && chance(50))
			{
				step = 1 + below(5);
				put("/");
				put("%d", step);
			}
		}
		for (int w = from; w <= (to < from ? to + 53 : to); w += step)
			r->weeks[w > 53 ? w - 53 : w] = true;
	}
}

/* "PH", or days before or after. */
static void
put_holiday(Meaning *r)
{
	int			n = chance(60) ? 0 : chance(80) ? 1 + below(3) : below(31);

	put_name("PH");
	if (chance(50) && n > 0)
	{
		put_dash();
		put("%d", n);
		put(" %s", chance(50) ? "day" : "days");
		n = -n;
	}
	else if (n > 0 || chance(10))
	{
		put("+");
		put("%d", n);
		put("day");
	}
	r->holidays[r->nholidays++] = n;
}

static void make_weekdays(Meaning *r, bool holidays);

/* Weekdays, holidays, or both in one of the two ways. */
static void
make_days(Meaning *r)
{
	int			kind = below(10);

	if (kind < 5)
		make_weekdays(r, false);
	else if (kind < 7)
	{
		make_weekdays(r, true);
		r->holidays_too = true;
	}
	else
	{
		int			n = 1 + below(3);

		for (int i = 0; i < n; i++)
		{
			if (i > 0)
				put(",");
			put_holiday(r);
		}
		if (kind == 9)
		{
			put(" ");
			make_weekdays(r, false);
		}
	}
}

static void
make_weekdays(Meaning *r, bool holidays)
{
	int			n = 1 + below(MAX_ITEMS);

	for (int i = 0; i < n; i++)
	{
		Item	   *item = &r->weekdays[r->nweekdays];
		int		   *nth;

		if (i > 0)
			put(",");
		if (holidays && (i == n - 1 ? r->nholidays == 0 : chance(30)))
		{
			put_holiday(r);
			/* a list with one kind only has another meaning */
			if (r->nweekdays > 0 || i < n - 1)
				continue;
			put(",");
		}
		r->nweekdays++;
		nth = &r->nth[r->nweekdays - 1];
		item->from = item->to = below(7);
		put_name(weekdays[item->from]);
		item->kind = chance(30);
		*nth = 0;
		if (item->kind)
		{
			int			n = 1 + below(4);

			for (int k = 0; k < n; k++)
			{
				int			a = 1 + below(5);

				put(k ? "," : "[");
				if (chance(40))
				{
					put("-%d", a);
					*nth |= 1 << (4 + a);
				}
				else if (chance(40))
				{
					int			b = a + below(6 - a);

					put("%d-%d", a, b);
					for (int j = a; j <= b; j++)
						*nth |= 1 << (j - 1);
				}
				else
				{
					put("%d", a);
					*nth |= 1 << (a - 1);
				}
			}
			put("]");
		}
		else if (chance(50))
		{
			item->to = below(7);
			put("-");
			put_name(weekdays[item->to]);
		}
	}
}

static void
make_spans(Meaning *r)
{
	int			n = chance(3) ? 20 + below(80) : 1 + below(4);

	for (int i = 0; i < n; i++)
	{
		int			start = chance(10) ? 0 : chance(70) ? below(24) * 60 : below(1440);
		int			end = chance(10) ? 1440 : chance(70) ? below(25) * 60 : below(2881);

		if (i > 0)
			put(",");
		put(chance(80) ? "%02d:%02d" : "%d:%02d", start / 60, start % 60);
		put("-");
		put(chance(80) ? "%02d:%02d" : "%d:%02d", end / 60, end % 60);
		if (end <= start)
			end += 1440;
		for (int m = start; m < end; m++)
			r->open[m] = true;
	}
}

/* adds: the rule follows a comma, so it has a selector. */
static void
make_rule(Meaning *r, bool adds)
{
	bool		selector = false;
	bool		off;
	bool		times;

	memset(r, 0, sizeof(*r));
	if (!adds && chance(5))
	{
		put("24/7");
		for (int m = 0; m < 1440; m++)
			r->open[m] = true;
		return;
	}
	if (chance(10))
	{
		make_periods(r);
		put(" ");
		selector = true;
	}
	else
	{
		if (chance(40))
		{
			make_years(r);
			put(" ");
			selector = true;
		}
		if (chance(50))
		{
			make_dates(r);
			put(" ");
			selector = true;
		}
	}
	if (chance(15))
	{
		make_weeks(r);
		put(" ");
		selector = true;
	}
	if (selector && chance(10))
		put(": ");
	if (chance(60) || (adds && !selector))
	{
		make_days(r);
		put(chance(10) ? ": " : " ");
	}
	off = chance(30);
	times = !off || chance(50);
	if (times)
	{
		make_spans(r);
		put(" ");
	}
	if (off)
		put_name(chance(50) ? "off" : "closed");
	r->effect = off ? (times ? 2 : 0) : adds ? 1 : 0;
	if (chance(5))
		put("\"a comment; it means, nothing: Mo off\"");
}

/* ----------
 * What a meaning selects, in another way than src/ does
 * ----------
 */

/* Easter by golden number and dominical letter, as church calendars tell it. */
static long
easter_number(int y)
{
	int			golden = y % 19 + 1;
	int			century = y / 100 + 1;
	int			skipped = 3 * century / 4 - 12;
	int			lunar = (8 * century + 5) / 25 - 5;
	int			sunday = 5 * y / 4 - skipped - 10;
	int			epact = ((11 * golden + 20 + lunar - skipped) % 30 + 30) % 30;
	int			n;

	if ((epact == 25 && golden > 11) || epact == 24)
		epact++;
	n = 44 - epact;
	if (n < 21)
		n += 30;
	n = n + 7 - (sunday + n) % 7;
	return n > 31 ? day_number(y, 4, n - 31) : day_number(y, 3, n);
}

static bool
year_in(const Meaning *r, int y)
{
	for (int i = 0; i < r->nyears; i++)
	{
		if (y >= r->years[i].from && y <= r->years[i].to)
			return true;
	}
	return r->nyears == 0;
}

/* The week of the year in which the Thursday of the week lies. */
static int
iso_week(int y, int m, int d)
{
	long		number = day_number(y, m, d);
	long		thursday = number - (number + 2) % 7 + 3;

	if (thursday < day_number(y, 1, 1))
		y--;
	else if (thursday >= day_number(y + 1, 1, 1))
		y++;
	return (thursday - day_number(y, 1, 1)) / 7 + 1;
}

static bool
selects(const Meaning *r, int y, int m, int d)
{
	long		number = day_number(y, m, d);
	int			weekday = (number + 2) % 7; /* 1 March 0 was a Wednesday */
	int			md = m * 100 + d;
	bool		holiday = false;
	bool		found;

	if (r->has_weeks && !r->weeks[iso_week(y, m, d)])
		return false;
	found = r->nperiods == 0;
	for (int i = 0; i < r->nperiods && !found; i++)
		found = number >= r->periods[i][0] && number <= r->periods[i][1];
	if (!found)
		return false;

	found = r->ndates == 0 && year_in(r, y);
	for (int i = 0; i < r->ndates && !found; i++)
	{
		const Item *item = &r->dates[i];

		if (item->kind)
			found = year_in(r, y) && number - easter_number(y) >= item->from &&
				number - easter_number(y) <= item->to;
		else if (item->from <= item->to)
			found = year_in(r, y) && md >= item->from && md <= item->to;
		else
			found = (year_in(r, y) && md >= item->from) ||
				(year_in(r, y - 1) && md <= item->to);
	}
	if (!found)
		return false;

	for (int i = 0; i < r->nholidays && !holiday; i++)
		holiday = (number - r->holidays[i]) % 5 == 0;
	if (r->holidays_too ? holiday : r->nholidays > 0 && !holiday)
		return r->holidays_too;

	found = r->nweekdays == 0;
	for (int i = 0; i < r->nweekdays && !found; i++)
	{
		const Item *item = &r->weekdays[i];

		if (item->kind)
			found = weekday == item->from &&
				((r->nth[i] & (1 << ((d - 1) / 7))) ||
				 (r->nth[i] & (1 << (5 + (days_in_month(y, m) - d) / 7))));
		else
			found = (weekday - item->from + 7) % 7 <= (item->to - item->from + 7) % 7;
	}
	return found;
}

/* ----------
 * The checks
 * ----------
 */

static void
fail(const char *what)
{
	fprintf(stderr, "%s:\n%s\n", what, input);
	abort();
}

static BusinessHours *
read_text(const char *s)
{
	OpeningHours *hours;

	if (setjmp(on_error))
		return NULL;
	nsaved = 0;
	hours = opening_hours_parse(s, NULL);
	if (nsaved != (hours == NULL ? 1 : 0))
		fail("not one error without a result, or an error with one");
	return hours != NULL ? business_hours_pack(hours) : NULL;
}

static OpeningHours *
unpack(const BusinessHours *value)
{
	if (setjmp(on_error))
		return NULL;
	return business_hours_unpack(value);
}

static void
round_trip(const BusinessHours *value)
{
	OpeningHours *hours = unpack(value);
	char	   *normal;
	BusinessHours *again;
	int16		shifts_of[366];
	ShiftTable *table;
	int			rule;
	int			by;

	if (hours == NULL)
		fail("what was packed does not unpack");
	normal = opening_hours_text(hours);
	if (strlen(normal) > OH_MAX_TEXT)
		return;
	again = read_text(normal);
	if (again == NULL)
	{
		fprintf(stderr, "%s\n", normal);
		fail("the normal form cannot be read");
	}
	if (VARSIZE(again) != VARSIZE(value) || memcmp(again, value, VARSIZE(value)) != 0)
	{
		fprintf(stderr, "%s\n", normal);
		fail("the normal form means something else");
	}
	table = shift_table_make();
	(void) shift_table_add(table, hours);
	if (setjmp(on_error))
		fail("an error for a year");
	opening_hours_year(hours, table, 0, below(20) - 10, NULL, shifts_of);
	opening_hours_year(hours, table, 0, INT_MIN + 1 + below(3), NULL, shifts_of);
	opening_hours_year(hours, table, 0, INT_MAX - 1 - below(3), NULL, shifts_of);
	(void) opening_hours_replaced(hours, &rule, &by);
}

/* Easter of every year until its dates repeat, and before year 1. */
static void
check_easter(void)
{
	for (int y = 1; y <= 5700000; y++)
	{
		int			day = easter_day(y);

		if (day != easter_number(y) - day_number(y, 1, 1) || day != easter_day(y - 5700000))
		{
			fprintf(stderr, "Easter of %d: %d\n", y, day);
			abort();
		}
	}
}

static void
set_minutes(Minutes *minutes, int start, int end)
{
	for (int m = start; m < end; m++)
		minutes->bits[m / 64] |= UINT64CONST(1) << (m % 64);
}

/* What is open of the shifts that begin on a date: each rule in turn changes it. */
static void
open_minutes(const Meaning *meaning, int nrules, int y, int m, int d, Minutes *open)
{
	memset(open, 0, sizeof(*open));
	for (int i = 0; i < nrules; i++)
	{
		if (!selects(&meaning[i], y, m, d))
			continue;
		for (int k = 0; k < 45; k++)
		{
			uint64		own = meaning[i].minutes.bits[k];

			if (meaning[i].effect == 0)
				open->bits[k] = own;
			else if (meaning[i].effect == 1)
				open->bits[k] |= own;
			else
				open->bits[k] &= ~own;
		}
	}
}

static void
check_year(const OpeningHours *hours, ShiftTable *table, const Meaning *meaning,
		   int nrules, int y)
{
	bool		holidays[366 + 2 * OH_HOLIDAY_REACH] = {false};
	int16		shifts_of[366];
	int			reach = opening_hours_holiday_reach(hours);
	long		first = day_number(y, 1, 1);
	int			index = 0;

	for (int i = -reach; i < 366 + reach; i++)
		holidays[reach + i] = (first + i) % 5 == 0;
	opening_hours_year(hours, table, 0, y, holidays + reach, shifts_of);
	for (int m = 1; m <= 12; m++)
	{
		for (int d = 1; d <= days_in_month(y, m); d++, index++)
		{
			Minutes		expected;
			Minutes		got = {{0}};

			open_minutes(meaning, nrules, y, m, d, &expected);
			if (shifts_of[index] >= table->n)
				fail("no such shifts");
			for (int s = 0; shifts_of[index] >= 0 && s < table->shifts[shifts_of[index]]->nspans; s++)
			{
				const OpeningSpan *spans = table->shifts[shifts_of[index]]->spans;

				if (spans[s].start >= spans[s].end || (s > 0 && spans[s].start <= spans[s - 1].end))
					fail("spans out of order");
				set_minutes(&got, spans[s].start, spans[s].end);
			}
			if (memcmp(&expected, &got, sizeof(got)) != 0)
			{
				fprintf(stderr, "%04d-%02d-%02d\n", y, m, d);
				fail("other hours");
			}
		}
	}
	if (index == 365 && shifts_of[365] != -1)
		fail("a day after the end of the year");
}

/* A rule that is replaced whole selects no date that the later one does not. */
static void
check_replaced(const OpeningHours *hours, const Meaning *meaning)
{
	int			rule;
	int			by;

	if (!opening_hours_replaced(hours, &rule, &by))
		return;
	if (rule >= by || meaning[by].effect != 0)
		fail("replaced by a rule that does not replace");
	for (int y = 2018; y < 2036; y++)
	{
		for (int m = 1; m <= 12; m++)
		{
			for (int d = 1; d <= days_in_month(y, m); d++)
			{
				if (selects(&meaning[rule], y, m, d) && !selects(&meaning[by], y, m, d))
					fail("not replaced whole");
			}
		}
	}
}

/* From the settled year on, years without Easter repeat; just before, they need not. */
static void
check_settled(const OpeningHours *hours, const Meaning *meaning, int nrules)
{
	int			settled = opening_hours_settled(hours);
	bool		named = false;

	for (int i = 0; i < nrules; i++)
		named = named || meaning[i].nyears > 0 || meaning[i].nperiods > 0;
	if (named != (settled != INT_MIN))
		fail("settled although years are named, or the reverse");
	if (named && settled < OH_YEAR_MIN)
		fail("settled too early");
	for (int i = 0; i < nrules; i++)
	{
		long		open_from = LONG_MAX;

		/* what touches a period without an end is part of it */
		for (int turn = 0; turn <= meaning[i].nperiods; turn++)
		{
			for (int k = 0; k < meaning[i].nperiods; k++)
			{
				if (meaning[i].periods[k][1] >= open_from - 1)
					open_from = Min(open_from, meaning[i].periods[k][0]);
			}
		}
		for (int k = 0; k < meaning[i].nperiods; k++)
		{
			long		last = Min(meaning[i].periods[k][1], open_from);

			if (day_number(settled, 1, 1) < last + (last < open_from))
				fail("not settled");
		}
	}
	if (named)
	{
		for (int y = settled; y < settled + 3; y++)
		{
			for (int i = 0; i < nrules; i++)
			{
				const OpeningRule *rule = &hours->rules[i];

				if (year_in(&meaning[i], y) != year_in(&meaning[i], y + 1) ||
					(rule->carry && year_in(&meaning[i], y - 1) != year_in(&meaning[i], y)))
					fail("not settled");
			}
		}
	}
}

static void
check_always(const OpeningHours *hours, const Meaning *meaning, int nrules)
{
	if (!opening_hours_always(hours))
		return;

	/* then it is open in every minute of a sample of years */
	for (int y = 2019; y < 2035; y++)
	{
		Minutes		before = {{0}};
		bool		first = true;

		for (int m = 1; m <= 12; m++)
		{
			for (int d = 1; d <= days_in_month(y, m); d++)
			{
				Minutes		open;

				open_minutes(meaning, nrules, y, m, d, &open);
				for (int k = 0; k < 1440; k++)
				{
					int			late = k + 1440;

					if (!first && !(open.bits[k / 64] >> (k % 64) & 1) &&
						!(before.bits[late / 64] >> (late % 64) & 1))
						fail("not always open");
				}
				before = open;
				first = false;
			}
		}
	}
}

static void
check_meaning(const BusinessHours *value, const Meaning *meaning, int nrules)
{
	OpeningHours *hours = unpack(value);
	ShiftTable *table = shift_table_make();

	if (hours == NULL || hours->nrules != nrules)
		fail("wrong number of rules");
	(void) shift_table_add(table, hours);
	for (int i = 0; i < nrules; i++)
	{
		bool		open[2881] = {false};

		for (int s = 0; s < hours->rules[i].nspans; s++)
		{
			for (int m = hours->rules[i].spans[s].start; m < hours->rules[i].spans[s].end; m++)
				open[m] = true;
		}
		if (memcmp(open, meaning[i].open, sizeof(open)) != 0)
			fail("other times");
		if (hours->rules[i].effect != meaning[i].effect)
			fail("another effect");
	}
	for (int i = 0; i < 3; i++)
		check_year(hours, table, meaning, nrules, 2018 + below(18));
	check_year(hours, table, meaning, nrules, 1583 + below(9000));
	check_settled(hours, meaning, nrules);
	check_always(hours, meaning, nrules);
	check_replaced(hours, meaning);
}

static void
damage_text(void)
{
	static const char *const pieces[] = {
		"Mo", "Su", "Dec", "Feb", "easter", "PH", "off", "24/7", ";", ",", "-", "+", "[", "]",
		":", "/", " ", "0", "1", "5", "24", "29", "30", "31", "48:00", "00:00", "2026", "9999",
		"day", "days", "week", "closed", "99999999999999999999", "\xC3\xB3", "\xE2\x80\x93", "\x01", "\"", "|", "a"
	};
	int			changes = 1 + below(3);

	while (changes-- > 0)
	{
		int			length = strlen(input);
		int			at = below(length + 1);
		const char *piece = pieces[below(lengthof(pieces))];

		if (length > 15000)
			return;
		switch (below(3))
		{
			case 0:
				memmove(input + at + strlen(piece), input + at, length - at + 1);
				memcpy(input + at, piece, strlen(piece));
				break;
			case 1:
				{
					int			next = at + 1 + below(5);

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

/* Random values of a few pieces, most of them no opening hours. */
static long
read_pieces(long count)
{
	static const char *const pieces[] = {
		"Mo", "Tu-Fr", "Sa,Su", "Mo[1]", "[-2]", "PH", "PH -1 day", "2026", "2026-2028", "2027+", "Dec", "Dec 24",
		"Jan 05-Feb 03", "easter", "easter -2 days", "week", "week 10-20", "week 1-53/2", "08:00-12:00",
		"13:00-17:00", "22:00-06:00", "12:00", "off", "closed", "24/7", "\"call\"", "; ", ", ", ";", ",", ":", "-",
		"+", "/", "[", "]", " ", " ", " ", " ", "1", "31", "53", "day", "open", "SH", "||", "\xE2\x80\x93", "x", "\""
	};
	long		accepted = 0;

	for (long i = 0; i < count; i++)
	{
		char	   *end = input;
		BusinessHours *value;

		for (int n = 1 + below(9); n > 0; n--)
		{
			end = stpcpy(end, pieces[below(lengthof(pieces))]);
			if (chance(40))
				end = stpcpy(end, " ");
		}
		value = read_text(input);
		if (value != NULL)
		{
			accepted++;
			round_trip(value);
		}
		free_all();
	}
	return accepted;
}

static void
damage_value(BusinessHours *value)
{
	int			size = VARSIZE(value);
	int			changes = 1 + below(3);
	BusinessHours *copy;

	/* exactly as long as it says, so that reading beyond it is noticed */
	if (chance(20))
		size = VARHDRSZ + below(size - VARHDRSZ + 1);
	copy = palloc(size);
	memcpy(copy, value, size);
	SET_VARSIZE(copy, size);
	while (changes-- > 0 && size > VARHDRSZ)
	{
		int			at = VARHDRSZ + (chance(20) ? 0 : Min(4, size - VARHDRSZ - 1));

		((uint8 *) copy)[at + below(size - at)] ^= chance(50) ? 1 << below(8) : below(256);
	}
	if (unpack(copy) != NULL)
		round_trip(copy);
}

int
main(int argc, char **argv)
{
	long		iterations = argc > 1 ? atol(argv[1]) : 100000;
	long		seed = argc > 2 ? atol(argv[2]) : 1;
	long		damaged_accepted = 0;
	long		pieces_accepted;

	start_random(seed);
	pieces_accepted = read_pieces(iterations * 1000);
	check_easter();
	for (long i = 0; i < iterations; i++)
	{
		static Meaning meaning[8];
		int			nrules = 1 + below(chance(30) ? 8 : 2);
		BusinessHours *value;

		input[0] = '\0';
		for (int r = 0; r < nrules; r++)
		{
			bool		adds = r > 0 && chance(30);

			if (r > 0)
				put(adds ? "," : ";");
			make_rule(&meaning[r], adds);
			for (int m = 0; m < 2880; m++)
			{
				if (meaning[r].open[m])
					set_minutes(&meaning[r].minutes, m, m + 1);
			}
		}
		if (chance(10))
			put(";");
		value = read_text(input);
		if (value == NULL)
		{
			/* only a rule with very many times may be refused */
			if (error_code != ERRCODE_PROGRAM_LIMIT_EXCEEDED)
				fail("refused");
		}
		else
		{
			check_meaning(value, meaning, nrules);
			round_trip(value);
			for (int k = 0; k < 20; k++)
				damage_value(value);
		}
		for (int k = 0; k < 5; k++)
		{
			damage_text();
			value = read_text(input);
			if (value != NULL)
			{
				damaged_accepted++;
				round_trip(value);
			}
		}
		free_all();
	}
	printf("opening_hours: %ld expressions and %ld values of pieces, seed %ld: no fault (%ld damaged and %ld of pieces were valid)\n",
		   iterations, iterations * 1000, seed, damaged_accepted, pieces_accepted);
	return 0;
}
