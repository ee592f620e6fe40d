/*
 * opening_hours_parse.c
 *	  Opening hours: text to rules in normal form.
 *
 * The text is read in one pass, one token ahead, without recursion.  A rule is
 * brought into normal form when it is complete: lists sorted and merged,
 * selectors that select everything dropped.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "base/grow.h"
#include "hours/opening_days.h"
#include "hours/scanner.h"

/*
 * The text of the normal form is at most so many times as long as the input:
 * "24/7;" becomes "Mo-Su 00:00-24:00; ", and "1," becomes "Dec 01,".
 */
#define MAX_TEXT_GROWTH		8

/* Inclusive ranges as they come in, before they are sorted and merged. */
typedef struct RangeList
{
	int			count;
	int			allocated;
	OpeningRange *items;
} RangeList;

/* Lists of the rule that is being read. */
typedef struct RuleLists
{
	RangeList	years;
	RangeList	easter;
	RangeList	periods;		/* the dates, if one year stands before them */
	RangeList	spans;			/* minutes, both ends inclusive */
	int			year;			/* of the dates that are read; 0: none, or many */
	bool		dated;			/* the periods count in place of the dates */
} RuleLists;

/* ----------
 * Tokens
 * ----------
 */

static inline bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IS_HIGHBIT_SET(c);
}

/* Is there a dash of a word processor at s?  They are three bytes of UTF-8. */
static bool
is_long_dash(const char *s, const char *end)
{
	return end - s >= 3 && memcmp(s, "\xE2", 1) == 0 &&
		((memcmp(s + 1, "\x80", 1) == 0 &&
		  (uint8) s[2] >= 0x90 && (uint8) s[2] <= 0x95) ||
		 memcmp(s + 1, "\x88\x92", 2) == 0);
}

/*
 * A token is a number, a word of letters and of bytes beyond ASCII, a comment in
 * quotes, a dash, or any other single character.
 */
static int
token_length(const char *s, const char *end)
{
	const char *at = s;

	if (is_digit(*s))
	{
		while (at < end && is_digit(*at))
			at++;
	}
	else if (*s == '"')
	{
		at = memchr(s + 1, '"', end - s - 1);
		return at == NULL ? 1 : at + 1 - s;
	}
	else if (is_long_dash(s, end))
		return 3;
	else
	{
		while (at < end && is_letter(*at) && !is_long_dash(at, end))
			at++;
	}
	return Max(at - s, 1);
}

static bool
at_dash(const Scanner *p)
{
	return at_char(p, '-') || (p->length == 3 && is_long_dash(p->token, p->end));
}

static bool
accept_dash(Scanner *p)
{
	if (!at_dash(p))
		return false;
	scanner_advance(p);
	return true;
}

static bool
at_comment(const Scanner *p)
{
	return p->length > 1 && *p->token == '"';
}

static bool
at_off(const Scanner *p)
{
	return scanner_at_word(p, "off") || scanner_at_word(p, "closed");
}

/* The current token as a number, which it is when it begins with a digit. */
static int
number_of(const Scanner *p)
{
	const char *at = p->token;

	return scanner_digits(p, &at);
}

static int
find_weekday(const Scanner *p)
{
	return scanner_find(p, english_weekdays, 7, WEEKDAY_LETTERS);
}

static int
find_month(const Scanner *p)
{
	return scanner_find(p, english_months, 12, MONTH_LETTERS);
}

/* The last byte before the current token that is not white space. */
static char
previous(const Scanner *p)
{
	const char *s = p->token;

	while (s > p->text &&is_space(s[-1]))
		s--;
	return s > p->text ? s[-1] : '\0';
}

/*
 * Does a colon that ends a selector follow the number at the current token?  A
 * word or a time comes after it, as in "Dec 24: 08:00-12:00".
 */
static bool
ends_selector(const Scanner *p)
{
	const char *colon = scanner_skip_space(p, p->next);
	const char *after = scanner_skip_space(p, colon + 1);
	const char *digits = after;

	if (after < p->end && is_letter(*after))
		return true;
	while (digits < p->end && is_digit(*digits))
		digits++;
	if (digits == after)
		return false;
	digits = scanner_skip_space(p, digits);
	return digits < p->end && *digits == ':';
}

/* A time of day begins with a number and a colon. */
static bool
at_time(const Scanner *p)
{
	return at_digit(p) && scanner_peek(p) == ':' && !ends_selector(p);
}

/* A number that is not the hour of a time. */
static bool
at_number(const Scanner *p)
{
	return at_digit(p) && !at_time(p);
}

static bool
at_year(const Scanner *p)
{
	return at_number(p) && p->length == 4;
}

/* ----------
 * Errors
 * ----------
 */

/* A hint for a token that other notations accept, or NULL. */
static const char *
hint_for_token(const Scanner *p)
{
	static const struct
	{
		const char *start;		/* of the word, in lower case */
		const char *hint;
	}			hints[] =
	{
		{"sh", "School holidays are not supported; name their dates."},
		{"week", "The order is years, dates, weeks, weekdays, hours."},
		{"sunrise", "Times of the sun are not supported; give a time such as 08:00."},
		{"sunset", "Times of the sun are not supported; give a time such as 20:00."},
		{"dawn", "Times of the sun are not supported; give a time such as 08:00."},
		{"dusk", "Times of the sun are not supported; give a time such as 20:00."},
		{"open", "Hours that are listed are open; leave the word out."},
		{"unknown", "Hours are either open or \"off\"."},
		{"ph", "Write \"Sa,Su,PH\" for holidays as well as weekdays, and \"PH Sa,Su\" for holidays that fall on these weekdays."},
		{"am", "Times are written from 00:00 to 24:00."},
		{"pm", "Times are written from 00:00 to 24:00."},
	};

	if (at_char(p, '|'))
		return "There is nothing to fall back on; leave out \"||\" and what follows it.";
	if (at_char(p, '"'))
		return "A comment ends with a second quotation mark.";
	if (at_comment(p))
		return "A comment follows hours or \"off\".";
	if (at_char(p, '#'))
		return "A comment stands between quotation marks.";
	if (at_char(p, '('))
		return "Times of the sun are not supported; give a time such as 08:00.";
	if (at_digit(p) && number_of(p) == 24 && scanner_peek(p) == '/')
		return "With a selector, write 00:00-24:00 in place of 24/7.";

	for (int i = 0; i < (int) lengthof(hints); i++)
	{
		if (scanner_at_word(p, hints[i].start))
			return hints[i].hint;
	}

	/* a name that goes on where the known name ends */
	if (p->length > WEEKDAY_LETTERS &&
		scanner_resembles(p, english_weekdays, 7, WEEKDAY_LETTERS))
		return "Weekdays are Mo, Tu, We, Th, Fr, Sa and Su.";
	if (p->length > MONTH_LETTERS &&
		scanner_resembles(p, english_months, 12, MONTH_LETTERS))
		return "Months are Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov and Dec.";
	return NULL;
}

/* Report what was expected in place of the current token; returns false. */
static bool
expected_with(const Scanner *p, const char *what, const char *hint)
{
	return scanner_expected(p, p->token, what, hint);
}

static bool
expected(const Scanner *p, const char *what)
{
	return expected_with(p, what, hint_for_token(p));
}

static bool
too_many(const Scanner *p, const char *what, int limit)
{
	errsave(p->escontext,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("business hours have too many %s", what),
			 errdetail("At most %d are allowed.", limit)));
	return false;
}

static bool
too_long(Node *escontext, const char *which)
{
	errsave(escontext,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("business hours are too long"),
			 errdetail("%s may have at most %d bytes.", which, OH_MAX_TEXT)));
	return false;
}

/* ----------
 * Lists of ranges
 * ----------
 */

static void
range_list_add(RangeList *list, int from, int to)
{
	list->items = grow(list->items, list->count, &list->allocated, sizeof(OpeningRange));
	list->items[list->count].from = from;
	list->items[list->count].to = to;
	list->count++;
}

static int
compare_ranges(const void *a, const void *b)
{
	const OpeningRange *ra = a;
	const OpeningRange *rb = b;

	return ra->from != rb->from ? (ra->from < rb->from ? -1 : 1) : 0;
}

/* Sort, and join what overlaps or touches. */
static void
range_list_merge(RangeList *list)
{
	int			merged = 0;

	if (list->count == 0)
		return;

	qsort(list->items, list->count, sizeof(OpeningRange), compare_ranges);
	for (int i = 1; i < list->count; i++)
	{
		OpeningRange *last = &list->items[merged];

		if (list->items[i].from - 1 <= last->to)
			last->to = Max(last->to, list->items[i].to);
		else
			list->items[++merged] = list->items[i];
	}
	list->count = merged + 1;
}

static OpeningRange *
range_list_copy(const RangeList *list)
{
	Size		size = list->count * sizeof(OpeningRange);

	return size == 0 ? NULL : memcpy(palloc(size), list->items, size);
}

/* ----------
 * Days of the year
 * ----------
 */

/* Select the days from one to another of a leap year, counted from 0. */
static void
select_days(OpeningRule *rule, int from, int to)
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
		select_days(rule, from, to);
	else
	{
		int			month = month_of(to);

		select_days(rule, from, LEAP_DAYS - 1);
		rule->carry = Max(rule->carry,
						  (month + 1) * 32 + to - month_start[month] + 1);
	}
}

static bool
all_days_selected(const OpeningRule *rule)
{
	for (int m = 0; m < 12; m++)
	{
		if (rule->days[m] != month_bits(m))
			return false;
	}
	return true;
}

/* ----------
 * The grammar: years, dates, weeks
 * ----------
 */

/* offset = [ ( "+" | "-" ) n ( "day" | "days" ) ] */
static bool
parse_offset(Scanner *p, int min, int max, const char *hint, int *offset)
{
	bool		negative = at_dash(p);
	int			most = negative ? -min : max;

	*offset = 0;
	if (!at_char(p, '+') && !(negative && is_digit(scanner_peek(p))))
		return true;
	scanner_advance(p);
	if (!at_digit(p) || number_of(p) > most)
		return scanner_expected_number(p, p->token, "a number of days", 0, most, hint);
	*offset = negative ? -number_of(p) : number_of(p);
	scanner_advance(p);
	return accept_days(p) || expected_with(p, "\"day\" or \"days\"", NULL);
}

static bool
parse_year(Scanner *p, int from, int *year)
{
	if (!at_number(p) || p->length != 4 ||
		number_of(p) < from || number_of(p) > OH_YEAR_MAX)
		return scanner_expected_number(p, p->token, "a year", from, OH_YEAR_MAX,
									   at_digit(p) && p->length != 4 ?
									   "Years have four digits, dates are written as in \"2026 Dec 24\"." :
									   hint_for_token(p));
	*year = number_of(p);
	scanner_advance(p);
	return true;
}

/* years = year [ "+" | "-" year ] { "," ... } */
static bool
parse_years(Scanner *p, RuleLists *lists)
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
		else if (accept_dash(p) && !parse_year(p, from, &to))
			return false;
		if (at_char(p, '/'))
			return expected_with(p, "\",\", a selector or hours",
								 "Name years one by one, as in \"2026,2028\".");
		range_list_add(&lists->years, from, to);
	} while (accept_char(p, ','));
	return true;
}

/* A day of a month that is already known. */
static bool
parse_day(Scanner *p, int month, int from, int *day)
{
	if (!at_number(p) || number_of(p) < from ||
		number_of(p) > month_days(month) || p->length > 2)
	{
		const char *hint = hint_for_token(p);

		if (at_digit(p) && p->length == 4)
			hint = "Years come before months, as in \"2026 Dec 24\" and \"2026 Dec 20-2027 Jan 06\".";
		else if (at_digit(p) && number_of(p) < from && number_of(p) > 0)
			hint = "A range over the new year names both months, as in \"Dec 20-Jan 06\".";
		return scanner_expected_number(p, p->token, "a day", from, month_days(month), hint);
	}
	*day = number_of(p);
	scanner_advance(p);
	return true;
}

static bool
no_mixed_range(const Scanner *p, const char *what)
{
	return expected_with(p, what,
						 "A range from Easter to a date of the calendar, or back, is not supported.");
}

/* One end of a range: "easter", or so many days from it. */
static bool
parse_easter_day(Scanner *p, int *offset)
{
	if (!accept_word(p, "easter"))
		return find_month(p) >= 0 || at_number(p) ?
			no_mixed_range(p, "\"easter\"") : expected(p, "\"easter\"");
	return parse_offset(p, OH_EASTER_MIN, OH_EASTER_MAX,
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
	if (accept_dash(p))
	{
		Scanner		end = *p;

		if (!parse_easter_day(p, &to))
			return false;
		if (to < from)
			return expected_with(&end, "a day not before the start of the range", NULL);
	}
	range_list_add(&lists->easter, from, to);
	return true;
}

static bool
dates_without_year(const Scanner *p)
{
	return expected_with(p, "a month, a day, a weekday, a time or \"off\"",
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
		return expected_with(end, "a date not before the start of the range", NULL);
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
	if (at_number(&next))
		return expected_with(p, "\",\", a weekday, a time or \"off\"",
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
	if (!at_year(p))
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
	int			month = find_month(p);
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
		whole = !at_number(p) || at_year(p);
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
	if (!open && accept_dash(p))
	{
		at = *p;
		if (!parse_end_year(p, lists, &end_year))
			return false;
		if (!whole && end_year == 0 && at_number(p))
		{
			if (!parse_day(p, month, day, &end_day))
				return false;
		}
		else
		{
			const char *what = whole || end_year > 0 ? "a month" : "a day or a month";

			end_month = find_month(p);
			if (end_month < 0)
				return scanner_at_word(p, "easter") ? no_mixed_range(p, what) : expected(p, what);
			scanner_advance(p);
			if (!whole && !parse_day(p, end_month, 1, &end_day))
				return false;
			if (whole && at_number(p) && !at_year(p))
				return expected_with(p, "a weekday, a time or \"off\"",
									 "A range of dates has a day at both ends, as in \"Dec 20-Jan 06\".");
		}
	}
	*last_month = whole ? -1 : end_month;
	return add_dates(&at, rule, lists, day_index(month, day),
					 day_index(end_month, whole ? month_days(end_month) : end_day), end_year, open);
}

/* dates = [ year ] ( month | day | range | easter ) { "," ... } */
static bool
parse_dates(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	const RangeList *years = &lists->years;
	Scanner		start = *p;
	int			last_month = -1;

	rule->has_days = true;
	if (years->count == 1 && years->items[0].from == years->items[0].to)
		lists->year = years->items[0].from;
	do
	{
		if (at_year(p))
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
		else if (find_month(p) >= 0 || (last_month >= 0 && at_number(p)))
		{
			if (!parse_range(p, rule, lists, &last_month))
				return false;
		}
		else
			return expected(p, last_month >= 0 ?
							"a month, a day or \"easter\"" :
							"a month or \"easter\"");
	} while (accept_char(p, ','));

	if (lists->dated && lists->easter.count > 0)
		return expected_with(&start, "dates of the calendar",
							 "Easter has a rule of its own where dates have years of their own.");
	if (lists->dated && lists->periods.count == 0)
		return expected_with(&start, "a date that there is", "These years have no 29 February.");
	return true;
}

/* A number that is not the hour of a time. */
static bool
parse_number(Scanner *p, const char *what, int from, int to, const char *hint, int *number)
{
	if (!at_number(p) || number_of(p) < from || number_of(p) > to)
		return scanner_expected_number(p, p->token, what, from, to, hint);
	*number = number_of(p);
	scanner_advance(p);
	return true;
}

static bool
parse_week(Scanner *p, int *week)
{
	return parse_number(p, "a week", 1, OH_WEEKS, hint_for_token(p), week);
}

/* weeks = "week" week [ "-" week [ "/" step ] ] { "," ... } */
static bool
parse_weeks(Scanner *p, OpeningRule *rule)
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
		if (accept_dash(p))
		{
			if (!parse_week(p, &to))
				return false;
			if (to < from)
				to += OH_WEEKS;
			if (accept_char(p, '/'))
			{
				if (to > OH_WEEKS)
					return expected_with(p, "no step", "Weeks with a step lie in one year, as in \"week 1-53/2\".");
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
 * The grammar: weekdays, hours, rules
 * ----------
 */

static bool
parse_nth_number(Scanner *p, int from, int *n)
{
	if (!at_digit(p) || number_of(p) < from || number_of(p) > 5)
		return scanner_expected_number(p, p->token, "a number", from, 5,
									   "\"Mo[1]\" is the first Monday of the month, \"Mo[-1]\" the last.");
	*n = number_of(p);
	scanner_advance(p);
	return true;
}

/* nth = "[" ( n | n "-" n | "-" n ) { "," ... } "]" */
static bool
parse_nth(Scanner *p, uint16 *nth)
{
	do
	{
		int			from;
		int			to;

		scanner_advance(p);		/* past "[" or "," */
		if (accept_dash(p))
		{
			if (!parse_nth_number(p, 1, &from))
				return false;
			*nth |= 1 << (5 + from - 1);
			continue;
		}
		if (!parse_nth_number(p, 1, &from))
			return false;
		to = from;
		if (accept_dash(p) && !parse_nth_number(p, from, &to))
			return false;
		*nth |= day_bits(from - 1, to - 1);
	} while (at_char(p, ','));

	if (!accept_char(p, ']'))
		return expected(p, "\",\" or \"]\"");
	return true;
}

/* weekday = name [ nth ] | name "-" name */
static bool
parse_weekday(Scanner *p, OpeningRule *rule)
{
	int			day = find_weekday(p);
	int			end;

	scanner_advance(p);
	if (at_char(p, '['))
		return parse_nth(p, &rule->nth[day]);
	end = day;
	if (accept_dash(p))
	{
		end = find_weekday(p);
		if (end < 0)
			return expected(p, "a weekday");
		scanner_advance(p);
	}
	for (int d = day;; d = (d + 1) % 7)
	{
		rule->weekdays |= 1 << d;
		if (d == end)
			break;
	}
	return true;
}

/* holiday = "PH" [ offset ] */
static bool
parse_holiday(Scanner *p, OpeningRule *rule)
{
	int			days;

	scanner_advance(p);
	if (!parse_offset(p, -OH_HOLIDAY_REACH, OH_HOLIDAY_REACH, NULL, &days))
		return false;
	rule->holidays |= OH_HOLIDAY_BIT(days);
	return true;
}

/*
 * days = day { "," day } | holiday { "," holiday } weekday { "," weekday }
 *
 * In one list, weekdays and holidays select together; after holidays, weekdays
 * narrow them down.
 */
static bool
parse_weekdays(Scanner *p, OpeningRule *rule)
{
	bool		weekdays = false;
	bool		narrows = false;

	do
	{
		if (scanner_at_word(p, "PH") && !narrows)
		{
			if (!parse_holiday(p, rule))
				return false;
			narrows = !weekdays && find_weekday(p) >= 0;
			if (narrows && !parse_weekday(p, rule))
				return false;
		}
		else if (find_weekday(p) >= 0)
		{
			if (!parse_weekday(p, rule))
				return false;
			weekdays = true;
		}
		else
			return expected(p, narrows ? "a weekday" : "a weekday or \"PH\"");
	} while (accept_char(p, ','));

	rule->holidays_too = rule->holidays != 0 && weekdays && !narrows;
	if (!weekdays && !narrows)
		rule->weekdays = OH_ALL_WEEKDAYS;
	return true;
}

/* A time of day in minutes, the hour at most as given. */
static bool
parse_time(Scanner *p, int max_hour, int *minutes)
{
	int			hour;

	if (!at_time(p))
	{
		if (at_digit(p))
			return expected_with(p, "a time", "Times are written as in 08:00-17:00.");
		if (find_weekday(p) >= 0)
			return expected_with(p, "a time", "Rules are separated by \";\".");
		return expected(p, "a time");
	}
	if (p->length > 2 || number_of(p) > max_hour)
		return scanner_expected_number(p, p->token, "an hour", 0, max_hour, NULL);
	hour = number_of(p);
	scanner_advance(p);
	scanner_advance(p);			/* past the colon that at_time saw */

	if (!at_digit(p) || p->length != 2 || number_of(p) > 59)
		return expected(p, "minutes in two digits, from 00 to 59,");
	if (hour == 48 && number_of(p) > 0)
		return expected_with(p, "minutes 00", "Hours end at 48:00.");
	*minutes = hour * 60 + number_of(p);
	scanner_advance(p);
	return true;
}

/* spans = time "-" time { "," ... } */
static bool
parse_spans(Scanner *p, RuleLists *lists)
{
	for (;;)
	{
		Scanner		next;
		int			start;
		int			end;

		if (!parse_time(p, 23, &start))
			return false;
		if (at_char(p, '+'))
			return expected_with(p, "\"-\"",
								 "An open end is not supported; give the closing time.");
		if (!accept_dash(p))
			return expected_with(p, "\"-\"", at_end(p) || at_char(p, ';') || at_char(p, ',') ?
								 "Hours end at a time, as in 08:00-17:00." : hint_for_token(p));
		if (!parse_time(p, 48, &end))
			return false;
		if (end <= start)
			end += MINUTES_PER_DAY;
		range_list_add(&lists->spans, start, end - 1);

		/* after a comma there can be another rule */
		next = *p;
		if (!accept_char(&next, ',') || !at_time(&next))
			return true;
		*p = next;
	}
}

/* A hint for a token that stands where the hours of a rule should, or NULL. */
static const char *
hint_for_hours(const Scanner *p)
{
	const char *hint = hint_for_token(p);

	if (hint != NULL)
		return hint;
	if (at_digit(p))
		return p->length == 4 ?
			"Years come first; times are written as in 08:00-17:00." :
			"Times are written as in 08:00-17:00, dates as in Dec 24.";
	if (at_char(p, '['))
		return "A number in brackets follows a single weekday, as in \"Mo[1]\".";
	if ((at_char(p, '+') || at_char(p, '-')) && isdigit((unsigned char) scanner_peek(p)))
		return "Only \"easter\" and \"PH\" are moved by days; name the dates.";
	if (scanner_at_word(p, "easter") || find_month(p) >= 0)
		return "The order is years, dates, weeks, weekdays, hours.";
	if (at_end(p) && previous(p) == ',')
		return "A \",\" stands only between two times or rules.";
	if (at_end(p) && previous(p) == '\0')
		return "Write \"off\" for hours that are never open.";
	if (at_char(p, ';') && (previous(p) == '\0' || previous(p) == ';'))
		return "A \";\" stands only after a rule.";
	if (at_end(p) || at_char(p, ';'))
		return "Write 00:00-24:00 for days that are open all day, and \"off\" for days that are closed.";
	return NULL;
}

/* A hint for a token that stands where a rule should end, or NULL. */
static const char *
hint_after_rule(const Scanner *p)
{
	if (at_char(p, '+'))
		return "An open end is not supported; give the closing time.";
	if (at_char(p, '/') || at_time(p))
		return "Times are separated by \",\".";
	if (at_off(p))
		return "Hours are either open or \"off\".";
	if (find_weekday(p) >= 0 || find_month(p) >= 0 || at_year(p) || scanner_at_word(p, "PH"))
		return "Rules are separated by \";\", or by \",\" if the second one only adds hours.";
	return hint_for_token(p);
}

/*
 * rule = [ years ] [ dates ] [ weeks ] [ ":" ] [ days ] [ ":" ] hours [ comment ] | "24/7"
 * hours = spans | [ spans ] "off"
 *
 * After a comma, a rule has to have a selector: other times would be taken for
 * those of the rule before.
 */
static bool
parse_rule(Scanner *p, OpeningRule *rule, RuleLists *lists, bool adds)
{
	const char *start = p->token;
	const char *what = adds ? "a time, or a selector of another rule," :
		"a year, a month, \"easter\", \"week\", a weekday, \"PH\", a time or \"off\"";

	if (at_digit(p) && number_of(p) == 24 && scanner_peek(p) == '/' && !adds)
	{
		scanner_advance(p);
		scanner_advance(p);
		if (!at_digit(p) || number_of(p) != 7)
			return expected(p, "\"7\"");
		scanner_advance(p);
		rule->weekdays = OH_ALL_WEEKDAYS;
		range_list_add(&lists->spans, 0, MINUTES_PER_DAY - 1);
		if (at_comment(p))
			scanner_advance(p);
		return true;
	}

	if (at_year(p))
	{
		if (!parse_years(p, lists))
			return false;
		what = "a month, \"easter\", \"week\", a weekday, \"PH\", a time or \"off\"";
	}
	if (scanner_at_word(p, "easter") || find_month(p) >= 0)
	{
		if (!parse_dates(p, rule, lists))
			return false;
		what = "\"week\", a weekday, \"PH\", a time or \"off\"";
	}
	if (scanner_at_word(p, "week"))
	{
		if (!parse_weeks(p, rule))
			return false;
		what = "a weekday, \"PH\", a time or \"off\"";
	}
	if (p->token != start)
		(void) accept_char(p, ':');
	if (find_weekday(p) >= 0 || scanner_at_word(p, "PH"))
	{
		if (!parse_weekdays(p, rule))
			return false;
		(void) accept_char(p, ':');
		what = "a time or \"off\"";
	}
	else
		rule->weekdays = OH_ALL_WEEKDAYS;

	if (adds && p->token == start)
		return expected_with(p, what, at_time(p) || at_off(p) ?
							 "After a comment or \"off\" there are no more times; after a comma a rule begins with the dates that it selects." :
							 hint_for_hours(p));
	if (at_time(p))
	{
		if (!parse_spans(p, lists))
			return false;
		if (at_off(p))
			rule->effect = OH_TAKES_OUT;
		else if (adds)
			rule->effect = OH_ADDS;
	}
	else if (!at_off(p))
		return expected_with(p, what, hint_for_hours(p));
	if (at_off(p))
		scanner_advance(p);
	if (at_comment(p))
		scanner_advance(p);
	return true;
}

/*
 * Take the periods of a rule in place of its dates.  Where a year with dates says
 * the same, that is the normal form.
 */
static void
use_periods(OpeningRule *rule, RuleLists *lists)
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

/* Bring a rule that has been read into normal form. */
static bool
finish_rule(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	bool		all_days;

	range_list_merge(&lists->years);
	range_list_merge(&lists->easter);
	range_list_merge(&lists->spans);
	if (lists->dated)
		use_periods(rule, lists);
	if (lists->years.count > OH_MAX_YEARS)
		return too_many(p, "ranges of years in a rule", OH_MAX_YEARS);
	if (lists->easter.count > OH_MAX_EASTER)
		return too_many(p, "ranges of days from Easter in a rule", OH_MAX_EASTER);
	if (rule->nperiods > OH_MAX_PERIODS)
		return too_many(p, "ranges of dates with years in a rule", OH_MAX_PERIODS);
	if (lists->spans.count > OH_MAX_SPANS)
		return too_many(p, "times in a rule", OH_MAX_SPANS);

	/* without years, each year gets what the year before carries over */
	if (lists->years.count == 0 && rule->carry != 0)
	{
		select_days(rule, 0, carry_index(rule->carry));
		rule->carry = 0;
	}
	all_days = all_days_selected(rule);
	if (all_days)
		lists->easter.count = 0;
	if (all_days && rule->carry == 0)
	{
		rule->has_days = false;
		memset(rule->days, 0, sizeof(rule->days));
	}

	/* a weekday that is selected whole needs no numbers */
	for (int d = 0; d < 7; d++)
	{
		if ((rule->nth[d] & 0x1f) == 0x1f || (rule->nth[d] >> 5) == 0x1f)
			rule->weekdays |= 1 << d;
		if (rule->weekdays & (1 << d))
			rule->nth[d] = 0;
	}

	rule->nyears = lists->years.count;
	rule->years = range_list_copy(&lists->years);
	rule->neaster = lists->easter.count;
	rule->easter = range_list_copy(&lists->easter);
	rule->nspans = lists->spans.count;
	if (rule->nspans > 0)
	{
		rule->spans = palloc(rule->nspans * sizeof(OpeningSpan));
		for (int i = 0; i < rule->nspans; i++)
		{
			rule->spans[i].start = lists->spans.items[i].from;
			rule->spans[i].end = lists->spans.items[i].to + 1;
		}
	}
	if (rule->weeks == OH_ALL_WEEKS)
		rule->weeks = 0;
	return true;
}

OpeningHours *
opening_hours_parse(const char *text, Node *escontext)
{
	Scanner		scanner;
	Scanner    *p = &scanner;
	RuleLists	rule_lists = {0};
	RuleLists  *lists = &rule_lists;
	OpeningHours *hours;
	int			allocated = 0;
	bool		adds = false;
	size_t		length = strlen(text);

	if (length > OH_MAX_TEXT)
	{
		too_long(escontext, "The text");
		return NULL;
	}

	hours = palloc0(sizeof(OpeningHours));
	scanner_start(p, text, length, token_length,
				  "invalid input syntax for type business_hours", escontext);
	for (;;)
	{
		OpeningRule *rule;

		CHECK_FOR_INTERRUPTS();
		if (hours->nrules == OH_MAX_RULES)
		{
			too_many(p, "rules", OH_MAX_RULES);
			return NULL;
		}
		hours->rules = grow(hours->rules, hours->nrules, &allocated, sizeof(OpeningRule));
		rule = &hours->rules[hours->nrules];
		memset(rule, 0, sizeof(OpeningRule));
		lists->years.count = lists->easter.count = 0;
		lists->periods.count = lists->spans.count = 0;
		lists->year = 0;
		lists->dated = false;
		if (!parse_rule(p, rule, lists, adds))
			return NULL;
		if (!at_end(p) && !at_char(p, ';') && !at_char(p, ','))
		{
			expected_with(p, "\",\", \";\" or the end", hint_after_rule(p));
			return NULL;
		}
		if (!finish_rule(p, rule, lists))
			return NULL;
		hours->nrules++;
		if (at_end(p))
			break;
		adds = at_char(p, ',');
		scanner_advance(p);
		if (at_end(p) && !adds)
			break;				/* a semicolon at the end means nothing */
	}

	/* what is written out must be readable again */
	if (length > OH_MAX_TEXT / MAX_TEXT_GROWTH &&
		strlen(opening_hours_text(hours)) > OH_MAX_TEXT)
	{
		too_long(escontext, "The normal form of the text");
		return NULL;
	}
	return hours;
}
