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
#include "hours/opening_parse.h"

/*
 * The text of the normal form is at most so many times as long as the input:
 * "24/7;" becomes "Mo-Su 00:00-24:00; ", and "1," becomes "Dec 01,".
 */
#define MAX_TEXT_GROWTH		8

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

bool
opening_accept_dash(Scanner *p)
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
int
opening_number(const Scanner *p)
{
	const char *at = p->token;

	return scanner_digits(p, &at);
}

static int
find_weekday(const Scanner *p)
{
	return scanner_find(p, english_weekdays, 7, WEEKDAY_LETTERS);
}

int
opening_find_month(const Scanner *p)
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
bool
opening_at_number(const Scanner *p)
{
	return at_digit(p) && !at_time(p);
}

bool
opening_at_year(const Scanner *p)
{
	return opening_at_number(p) && p->length == 4;
}

/* ----------
 * Errors
 * ----------
 */

/* A hint for a token that other notations accept, or NULL. */
const char *
opening_hint(const Scanner *p)
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
	if (at_digit(p) && opening_number(p) == 24 && scanner_peek(p) == '/')
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
bool
opening_expected_with(const Scanner *p, const char *what, const char *hint)
{
	return scanner_expected(p, p->token, what, hint);
}

bool
opening_expected(const Scanner *p, const char *what)
{
	return opening_expected_with(p, what, opening_hint(p));
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

void
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
void
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

/* ----------
 * The grammar
 * ----------
 */

/* offset = [ ( "+" | "-" ) n ( "day" | "days" ) ] */
bool
opening_parse_offset(Scanner *p, int min, int max, const char *hint, int *offset)
{
	bool		negative = at_dash(p);
	int			most = negative ? -min : max;

	*offset = 0;
	if (!at_char(p, '+') && !(negative && is_digit(scanner_peek(p))))
		return true;
	scanner_advance(p);
	if (!at_digit(p) || opening_number(p) > most)
		return scanner_expected_number(p, p->token, "a number of days", 0, most, hint);
	*offset = negative ? -opening_number(p) : opening_number(p);
	scanner_advance(p);
	return accept_days(p) || opening_expected_with(p, "\"day\" or \"days\"", NULL);
}

static bool
parse_nth_number(Scanner *p, int from, int *n)
{
	if (!at_digit(p) || opening_number(p) < from || opening_number(p) > 5)
		return scanner_expected_number(p, p->token, "a number", from, 5,
									   "\"Mo[1]\" is the first Monday of the month, \"Mo[-1]\" the last.");
	*n = opening_number(p);
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
		if (opening_accept_dash(p))
		{
			if (!parse_nth_number(p, 1, &from))
				return false;
			*nth |= 1 << (5 + from - 1);
			continue;
		}
		if (!parse_nth_number(p, 1, &from))
			return false;
		to = from;
		if (opening_accept_dash(p) && !parse_nth_number(p, from, &to))
			return false;
		*nth |= day_bits(from - 1, to - 1);
	} while (at_char(p, ','));

	if (!accept_char(p, ']'))
		return opening_expected(p, "\",\" or \"]\"");
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
	if (opening_accept_dash(p))
	{
		end = find_weekday(p);
		if (end < 0)
			return opening_expected(p, "a weekday");
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
	if (!opening_parse_offset(p, -OH_HOLIDAY_REACH, OH_HOLIDAY_REACH, NULL, &days))
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
			return opening_expected(p, narrows ? "a weekday" : "a weekday or \"PH\"");
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
			return opening_expected_with(p, "a time", "Times are written as in 08:00-17:00.");
		if (find_weekday(p) >= 0)
			return opening_expected_with(p, "a time", "Rules are separated by \";\".");
		return opening_expected(p, "a time");
	}
	if (p->length > 2 || opening_number(p) > max_hour)
		return scanner_expected_number(p, p->token, "an hour", 0, max_hour, NULL);
	hour = opening_number(p);
	scanner_advance(p);
	scanner_advance(p);			/* past the colon that at_time saw */

	if (!at_digit(p) || p->length != 2 || opening_number(p) > 59)
		return opening_expected(p, "minutes in two digits, from 00 to 59,");
	if (hour == 48 && opening_number(p) > 0)
		return opening_expected_with(p, "minutes 00", "Hours end at 48:00.");
	*minutes = hour * 60 + opening_number(p);
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
			return opening_expected_with(p, "\"-\"",
									  "An open end is not supported; give the closing time.");
		if (!opening_accept_dash(p))
			return opening_expected_with(p, "\"-\"", at_end(p) || at_char(p, ';') || at_char(p, ',') ?
									  "Hours end at a time, as in 08:00-17:00." : opening_hint(p));
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
	const char *hint = opening_hint(p);

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
	if (scanner_at_word(p, "easter") || opening_find_month(p) >= 0)
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
	if (find_weekday(p) >= 0 || opening_find_month(p) >= 0 || opening_at_year(p) || scanner_at_word(p, "PH"))
		return "Rules are separated by \";\", or by \",\" if the second one only adds hours.";
	return opening_hint(p);
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

	if (at_digit(p) && opening_number(p) == 24 && scanner_peek(p) == '/' && !adds)
	{
		scanner_advance(p);
		scanner_advance(p);
		if (!at_digit(p) || opening_number(p) != 7)
			return opening_expected(p, "\"7\"");
		scanner_advance(p);
		rule->weekdays = OH_ALL_WEEKDAYS;
		range_list_add(&lists->spans, 0, MINUTES_PER_DAY - 1);
		if (at_comment(p))
			scanner_advance(p);
		return true;
	}

	if (opening_at_year(p))
	{
		if (!opening_parse_years(p, lists))
			return false;
		what = "a month, \"easter\", \"week\", a weekday, \"PH\", a time or \"off\"";
	}
	if (scanner_at_word(p, "easter") || opening_find_month(p) >= 0)
	{
		if (!opening_parse_dates(p, rule, lists))
			return false;
		what = "\"week\", a weekday, \"PH\", a time or \"off\"";
	}
	if (scanner_at_word(p, "week"))
	{
		if (!opening_parse_weeks(p, rule))
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
		return opening_expected_with(p, what, at_time(p) || at_off(p) ?
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
		return opening_expected_with(p, what, hint_for_hours(p));
	if (at_off(p))
		scanner_advance(p);
	if (at_comment(p))
		scanner_advance(p);
	return true;
}

OpeningRange *
range_list_copy(const RangeList *list)
{
	Size		size = list->count * sizeof(OpeningRange);

	return size == 0 ? NULL : memcpy(palloc(size), list->items, size);
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
		opening_use_periods(rule, lists);
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
		opening_select_days(rule, 0, carry_index(rule->carry));
		rule->carry = 0;
	}
	all_days = opening_all_days(rule);
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
			opening_expected_with(p, "\",\", \";\" or the end", hint_after_rule(p));
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
