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
#include "hours/opening_days.h"
#include "hours/opening_hours.h"
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
	struct Range
	{
		int			from;
		int			to;
	}		   *items;
} RangeList;

/* Lists of the rule that is being read. */
typedef struct RuleLists
{
	RangeList	years;
	RangeList	easter;
	RangeList	spans;			/* minutes, both ends inclusive */
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

/*
 * A token is a number, a word of letters and of bytes beyond ASCII, or any other
 * single character.
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
	else
	{
		while (at < end && is_letter(*at))
			at++;
	}
	return Max(at - s, 1);
}

/* The current token as a number, which it is when it begins with a digit. */
static int
token_number(const Scanner *p)
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

/* A time of day begins with a number and a colon. */
static bool
at_time(const Scanner *p)
{
	return at_digit(p) && scanner_peek(p) == ':';
}

/* A number that is not the hour of a time. */
static bool
at_plain_number(const Scanner *p)
{
	return at_digit(p) && scanner_peek(p) != ':';
}

/* ----------
 * Errors
 * ----------
 */

static bool
word_contains(const Scanner *p, const char *part)
{
	int			length = strlen(part);

	for (int i = 0; i + length <= p->length; i++)
	{
		if (memcmp(p->token + i, part, length) == 0)
			return true;
	}
	return false;
}

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
		{"sh", "School holidays are not supported."},
		{"week", "Weeks of the year are not supported; name the dates."},
		{"sunrise", "Times of the sun are not supported; give a time such as 08:00."},
		{"sunset", "Times of the sun are not supported; give a time such as 20:00."},
		{"dawn", "Times of the sun are not supported; give a time such as 08:00."},
		{"dusk", "Times of the sun are not supported; give a time such as 20:00."},
		{"closed", "Write \"off\" for days that are closed."},
		{"open", "Hours that are listed are open; there is no word for it."},
		{"unknown", "Hours are either open or \"off\"."},
		{"ph", "\"PH\" is the only selector of its rule, as in \"PH off\"."},
		{"am", "Times are written from 00:00 to 24:00."},
		{"pm", "Times are written from 00:00 to 24:00."},
	};

	if (at_char(p, '|'))
		return "Rules are separated by \";\".";
	if (at_char(p, '"'))
		return "Comments are not supported.";
	if (at_digit(p) && token_number(p) == 24 && scanner_peek(p) == '/')
		return "With a selector, write 00:00-24:00 in place of 24/7.";

	for (int i = 0; i < (int) lengthof(hints); i++)
	{
		if (scanner_at_word(p, hints[i].start))
			return hints[i].hint;
	}

	/* the dashes of a word processor, in UTF-8 */
	if (word_contains(p, "\xE2\x80\x93") || word_contains(p, "\xE2\x80\x94") ||
		word_contains(p, "\xE2\x88\x92"))
		return "Ranges are written with the ASCII hyphen \"-\".";

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
expected_with_hint(const Scanner *p, const char *what, const char *hint)
{
	return scanner_expected(p, p->token, what, hint);
}

static bool
expected(const Scanner *p, const char *what)
{
	return expected_with_hint(p, what, hint_for_token(p));
}

static bool
expected_number(const Scanner *p, const char *what, int from, int to, const char *hint)
{
	return scanner_expected_number(p, p->token, what, from, to, hint);
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
add_range(RangeList *list, int from, int to)
{
	if (list->count == list->allocated)
	{
		list->allocated = Max(8, list->allocated * 2);
		if (list->items == NULL)
			list->items = palloc(list->allocated * sizeof(struct Range));
		else
			list->items = repalloc(list->items,
								   list->allocated * sizeof(struct Range));
	}
	list->items[list->count].from = from;
	list->items[list->count].to = to;
	list->count++;
}

static int
compare_ranges(const void *a, const void *b)
{
	const struct Range *ra = a;
	const struct Range *rb = b;

	return ra->from != rb->from ? (ra->from < rb->from ? -1 : 1) : 0;
}

/* Sort, and join what overlaps or touches. */
static void
merge_ranges(RangeList *list)
{
	int			merged = 0;

	if (list->count == 0)
		return;

	qsort(list->items, list->count, sizeof(struct Range), compare_ranges);
	for (int i = 1; i < list->count; i++)
	{
		struct Range *last = &list->items[merged];

		if (list->items[i].from <= last->to + 1)
			last->to = Max(last->to, list->items[i].to);
		else
			list->items[++merged] = list->items[i];
	}
	list->count = merged + 1;
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
 * The grammar
 * ----------
 */

static bool
parse_year(Scanner *p, int from, int *year)
{
	if (!at_plain_number(p) || p->length != 4 ||
		token_number(p) < from || token_number(p) > OH_YEAR_MAX)
		return expected_number(p, "a year", from, OH_YEAR_MAX,
							   at_digit(p) && p->length != 4 ?
							   "Years have four digits, dates are written as in \"2026 Dec 24\"." :
							   hint_for_token(p));
	*year = token_number(p);
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
		else if (accept_char(p, '-') && !parse_year(p, from, &to))
			return false;
		add_range(&lists->years, from, to);
	} while (accept_char(p, ','));
	return true;
}

/* A day of a month that is already known. */
static bool
parse_day(Scanner *p, int month, int from, int *day)
{
	if (!at_plain_number(p) || token_number(p) < from ||
		token_number(p) > month_days(month) || p->length > 2)
	{
		const char *hint = hint_for_token(p);

		if (at_digit(p) && p->length == 4)
			hint = "Years come first, once for both ends of a range, as in \"2026 Dec 20-Jan 06\".";
		else if (at_digit(p) && token_number(p) < from && token_number(p) > 0)
			hint = "A range over the new year names both months, as in \"Dec 20-Jan 06\".";
		return expected_number(p, "a day", from, month_days(month), hint);
	}
	*day = token_number(p);
	scanner_advance(p);
	return true;
}

static bool
no_mixed_range(const Scanner *p, const char *what)
{
	return expected_with_hint(p, what,
							  "A range from Easter to a date of the calendar, or back, is not supported.");
}

/* One end of a range: "easter", or so many days from it. */
static bool
parse_easter_day(Scanner *p, int *offset)
{
	bool		negative;

	*offset = 0;
	if (!scanner_at_word(p, "easter"))
	{
		if (find_month(p) >= 0 || at_plain_number(p))
			return no_mixed_range(p, "\"easter\"");
		return expected(p, "\"easter\"");
	}
	scanner_advance(p);

	negative = at_char(p, '-');
	if (!at_char(p, '+') && !(negative && is_digit(scanner_peek(p))))
		return true;
	scanner_advance(p);

	if (!at_digit(p) ||
		token_number(p) > (negative ? -OH_EASTER_MIN : OH_EASTER_MAX))
		return expected_number(p, "a number of days", 0,
							   negative ? -OH_EASTER_MIN : OH_EASTER_MAX,
							   "The date has to be in the same year as Easter.");
	*offset = negative ? -token_number(p) : token_number(p);
	scanner_advance(p);

	if (!scanner_at_word(p, "day") && !scanner_at_word(p, "days"))
		return expected(p, "\"day\" or \"days\"");
	scanner_advance(p);
	return true;
}

static bool
parse_easter(Scanner *p, RuleLists *lists)
{
	int			from;
	int			to;

	if (!parse_easter_day(p, &from))
		return false;
	to = from;
	if (accept_char(p, '-'))
	{
		Scanner		end = *p;

		if (!parse_easter_day(p, &to))
			return false;
		if (to < from)
			return expected_with_hint(&end, "a day not before the start of the range", NULL);
	}
	add_range(&lists->easter, from, to);
	return true;
}

/* From the name of a month on.  *last_month is its number if days follow, else -1. */
static bool
parse_month(Scanner *p, OpeningRule *rule, int *last_month)
{
	int			month = find_month(p);
	int			end = month;

	scanner_advance(p);
	*last_month = month;
	if (at_plain_number(p))
		return true;

	*last_month = -1;
	if (accept_char(p, '-'))
	{
		end = find_month(p);
		if (end < 0)
		{
			if (scanner_at_word(p, "easter"))
				return no_mixed_range(p, "a month");
			return expected(p, "a month");
		}
		scanner_advance(p);
		if (at_plain_number(p))
			return expected_with_hint(p, "a weekday, a time or \"off\"",
									  "A range of dates has a day at both ends, as in \"Dec 20-Jan 06\".");
	}
	select_range(rule, month_start[month], month_start[end] + month_days(end) - 1);
	return true;
}

/* A day, or a range that starts with it; its month is *last_month. */
static bool
parse_days(Scanner *p, OpeningRule *rule, int *last_month)
{
	int			month = *last_month;
	int			end_month = month;
	int			day;
	int			end_day;

	if (!parse_day(p, month, 1, &day))
		return false;
	end_day = day;
	if (accept_char(p, '-'))
	{
		if (at_plain_number(p))
		{
			if (!parse_day(p, month, day, &end_day))
				return false;
		}
		else
		{
			end_month = find_month(p);
			if (end_month < 0)
			{
				if (scanner_at_word(p, "easter"))
					return no_mixed_range(p, "a day or a month");
				return expected(p, "a day or a month");
			}
			scanner_advance(p);
			if (!parse_day(p, end_month, 1, &end_day))
				return false;
		}
	}
	*last_month = end_month;
	select_range(rule, day_index(month, day), day_index(end_month, end_day));
	return true;
}

/* dates = ( month | day | range | easter ) { "," ... } */
static bool
parse_dates(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	int			last_month = -1;

	rule->has_days = true;
	do
	{
		if (scanner_at_word(p, "easter"))
		{
			last_month = -1;
			if (!parse_easter(p, lists))
				return false;
		}
		else if (find_month(p) >= 0)
		{
			if (!parse_month(p, rule, &last_month))
				return false;
			if (last_month >= 0 && !parse_days(p, rule, &last_month))
				return false;
		}
		else if (last_month >= 0 && at_plain_number(p))
		{
			if (!parse_days(p, rule, &last_month))
				return false;
		}
		else
			return expected(p, last_month >= 0 ?
							"a month, a day or \"easter\"" :
							"a month or \"easter\"");
	} while (accept_char(p, ','));
	return true;
}

static bool
parse_nth_number(Scanner *p, int from, int *n)
{
	if (!at_digit(p) || token_number(p) < from || token_number(p) > 5)
		return expected_number(p, "a number", from, 5,
							   "\"Mo[1]\" is the first Monday of the month, \"Mo[-1]\" the last.");
	*n = token_number(p);
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
		if (accept_char(p, '-'))
		{
			if (!parse_nth_number(p, 1, &from))
				return false;
			*nth |= 1 << (5 + from - 1);
			continue;
		}
		if (!parse_nth_number(p, 1, &from))
			return false;
		to = from;
		if (accept_char(p, '-') && !parse_nth_number(p, from, &to))
			return false;
		*nth |= day_bits(from - 1, to - 1);
	} while (at_char(p, ','));

	if (!accept_char(p, ']'))
		return expected(p, "\",\" or \"]\"");
	return true;
}

/* weekdays = ( weekday [ nth ] | weekday "-" weekday ) { "," ... } */
static bool
parse_weekdays(Scanner *p, OpeningRule *rule)
{
	do
	{
		int			day = find_weekday(p);
		int			end;

		if (day < 0)
			return expected(p, "a weekday");
		scanner_advance(p);
		if (at_char(p, '['))
		{
			if (!parse_nth(p, &rule->nth[day]))
				return false;
			continue;
		}
		end = day;
		if (accept_char(p, '-'))
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
	} while (accept_char(p, ','));
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
			return expected_with_hint(p, "a time", "Times are written as in 08:00-17:00.");
		if (find_weekday(p) >= 0)
			return expected_with_hint(p, "a time", "Rules are separated by \";\".");
		return expected(p, "a time");
	}
	if (p->length > 2 || token_number(p) > max_hour)
		return expected_number(p, "an hour", 0, max_hour, NULL);
	hour = token_number(p);
	scanner_advance(p);
	scanner_advance(p);			/* past the colon that at_time saw */

	if (!at_digit(p) || p->length != 2 || token_number(p) > 59)
		return expected(p, "minutes in two digits, from 00 to 59,");
	if (hour == 48 && token_number(p) > 0)
		return expected_with_hint(p, "minutes 00", "Hours end at 48:00.");
	*minutes = hour * 60 + token_number(p);
	scanner_advance(p);
	return true;
}

/* spans = time "-" time { "," ... } */
static bool
parse_spans(Scanner *p, RuleLists *lists)
{
	do
	{
		int			start;
		int			end;

		if (!parse_time(p, 23, &start))
			return false;
		if (at_char(p, '+'))
			return expected_with_hint(p, "\"-\"",
									  "An open end is not supported; give the closing time.");
		if (!accept_char(p, '-'))
			return expected(p, "\"-\"");
		if (!parse_time(p, 48, &end))
			return false;
		if (end <= start)
			end += MINUTES_PER_DAY;
		add_range(&lists->spans, start, end - 1);
	} while (accept_char(p, ','));
	return true;
}

/* A hint for a token that stands where the hours of a rule should, or NULL. */
static const char *
hint_for_hours(const Scanner *p, const OpeningRule *rule)
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
	if (rule->holidays && !at_end(p))
		return "\"PH\" is the only selector of its rule, as in \"PH off\".";
	if (scanner_at_word(p, "easter") || find_month(p) >= 0)
		return "The order is years, dates, weekdays, hours.";
	if (at_end(p) && previous(p) == '\0')
		return "Write \"off\" for hours that are never open.";
	if (at_char(p, ';') || (at_end(p) && previous(p) == ';'))
		return "A \";\" stands only between two rules.";
	return NULL;
}

/* rule = [ "PH" | [ years ] [ dates ] [ weekdays ] ] ( spans | "off" ) | "24/7" */
static bool
parse_rule(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	const char *what =
		"a year, a month, \"easter\", a weekday, \"PH\", a time or \"off\"";

	if (at_digit(p) && token_number(p) == 24 && scanner_peek(p) == '/')
	{
		scanner_advance(p);
		scanner_advance(p);
		if (!at_digit(p) || token_number(p) != 7)
			return expected(p, "\"7\"");
		scanner_advance(p);
		rule->weekdays = OH_ALL_WEEKDAYS;
		add_range(&lists->spans, 0, MINUTES_PER_DAY - 1);
		return true;
	}

	if (scanner_at_word(p, "PH"))
	{
		scanner_advance(p);
		rule->holidays = true;
		rule->weekdays = OH_ALL_WEEKDAYS;
		what = "a time or \"off\"";
	}
	else
	{
		if (at_plain_number(p) && p->length == 4)
		{
			if (!parse_years(p, lists))
				return false;
			what = "a month, \"easter\", a weekday, a time or \"off\"";
		}
		if (scanner_at_word(p, "easter") || find_month(p) >= 0)
		{
			if (!parse_dates(p, rule, lists))
				return false;
			what = "a weekday, a time or \"off\"";
		}
		if (find_weekday(p) >= 0)
		{
			if (!parse_weekdays(p, rule))
				return false;
			what = "a time or \"off\"";
		}
		else
			rule->weekdays = OH_ALL_WEEKDAYS;
	}

	if (at_time(p))
		return parse_spans(p, lists);
	if (scanner_at_word(p, "off"))
	{
		scanner_advance(p);
		return true;
	}
	return expected_with_hint(p, what, hint_for_hours(p, rule));
}

static OpeningRange *
copy_ranges(const RangeList *list)
{
	OpeningRange *ranges;

	if (list->count == 0)
		return NULL;
	ranges = palloc(list->count * sizeof(OpeningRange));
	for (int i = 0; i < list->count; i++)
	{
		ranges[i].from = list->items[i].from;
		ranges[i].to = list->items[i].to;
	}
	return ranges;
}

/* Bring a rule that has been read into normal form. */
static bool
finish_rule(Scanner *p, OpeningRule *rule, RuleLists *lists)
{
	bool		all_days;

	merge_ranges(&lists->years);
	merge_ranges(&lists->easter);
	merge_ranges(&lists->spans);
	if (lists->years.count > OH_MAX_YEARS)
		return too_many(p, "ranges of years in a rule", OH_MAX_YEARS);
	if (lists->easter.count > OH_MAX_EASTER)
		return too_many(p, "ranges of days from Easter in a rule", OH_MAX_EASTER);
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
	rule->years = copy_ranges(&lists->years);
	rule->neaster = lists->easter.count;
	rule->easter = copy_ranges(&lists->easter);
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
	lists->years.count = lists->easter.count = lists->spans.count = 0;
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
	int			allocated = 8;
	size_t		length = strlen(text);

	if (length > OH_MAX_TEXT)
	{
		too_long(escontext, "The text");
		return NULL;
	}

	hours = palloc(sizeof(OpeningHours));
	hours->nrules = 0;
	hours->rules = palloc(allocated * sizeof(OpeningRule));

	scanner_start(p, text, length, token_length,
				  "invalid input syntax for type business_hours", escontext);
	do
	{
		OpeningRule *rule;

		CHECK_FOR_INTERRUPTS();
		if (hours->nrules == OH_MAX_RULES)
		{
			too_many(p, "rules", OH_MAX_RULES);
			return NULL;
		}
		if (hours->nrules == allocated)
		{
			allocated *= 2;
			hours->rules = repalloc(hours->rules, allocated * sizeof(OpeningRule));
		}
		rule = &hours->rules[hours->nrules];
		memset(rule, 0, sizeof(OpeningRule));
		if (!parse_rule(p, rule, lists))
			return NULL;
		if (!at_end(p) && !at_char(p, ';'))
		{
			expected(p, lists->spans.count > 0 ? "\",\", \";\" or the end" : "\";\" or the end");
			return NULL;
		}
		if (!finish_rule(p, rule, lists))
			return NULL;
		hours->nrules++;
	} while (accept_char(p, ';'));

	/* what is written out must be readable again */
	if (length > OH_MAX_TEXT / MAX_TEXT_GROWTH &&
		strlen(opening_hours_text(hours)) > OH_MAX_TEXT)
	{
		too_long(escontext, "The normal form of the text");
		return NULL;
	}
	return hours;
}
