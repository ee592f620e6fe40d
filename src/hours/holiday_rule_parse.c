/*
 * holiday_rule_parse.c
 *	  Recurring holidays: text to a rule.
 *
 * The text is read in one pass, one token ahead, without recursion.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/dates.h"
#include "hours/holiday_steps.h"
#include "hours/non_gregorian.h"
#include "hours/opening_hours.h"
#include "hours/scanner.h"

/* "12 sundays before" and "100 days after", at most. */
#define MAX_WEEKS			53
#define MAX_OFFSET			366
#define MAX_INTERVAL		100 /* "every N years" */

#define EASTER_OFFSET_MIN	(-100)
#define EASTER_OFFSET_MAX	250

/* Years that a rule can name. */
#define YEAR_MIN			1
#define YEAR_MAX			9999

/*
 * The Hebrew year in which the Gregorian year 1 began; a smaller one is taken
 * for a typo.
 */
#define HEBREW_YEAR_MIN		3761

/* Months of other calendars; the longest that each can be. */
static const struct OtherMonth
{
	const char *name;
	const char *second;			/* the second word of the name */
	uint8		calendar;
	uint8		month;
	uint8		days;
}			other_months[] =

{
	{"Nisan", NULL, CALENDAR_HEBREW, 7, 30},
	{"Iyyar", NULL, CALENDAR_HEBREW, 8, 29},
	{"Sivan", NULL, CALENDAR_HEBREW, 9, 30},
	{"Tamuz", NULL, CALENDAR_HEBREW, 10, 29},
	{"Av", NULL, CALENDAR_HEBREW, 11, 30},
	{"Elul", NULL, CALENDAR_HEBREW, 12, 29},
	{"Tishrei", NULL, CALENDAR_HEBREW, 0, 30},
	{"Cheshvan", NULL, CALENDAR_HEBREW, 1, 30},
	{"Kislev", NULL, CALENDAR_HEBREW, 2, 30},
	{"Tevet", NULL, CALENDAR_HEBREW, 3, 29},
	{"Shvat", NULL, CALENDAR_HEBREW, 4, 30},
	{"Adar", NULL, CALENDAR_HEBREW, HEBREW_ADAR_I, 30},
	{"AdarII", NULL, CALENDAR_HEBREW, HEBREW_ADAR, 29},
	{"Muharram", NULL, CALENDAR_ISLAMIC, 0, 30},
	{"Safar", NULL, CALENDAR_ISLAMIC, 1, 30},
	{"Rabi", "al-awwal", CALENDAR_ISLAMIC, 2, 30},
	{"Rabi", "al-thani", CALENDAR_ISLAMIC, 3, 30},
	{"Jumada", "al-awwal", CALENDAR_ISLAMIC, 4, 30},
	{"Jumada", "al-thani", CALENDAR_ISLAMIC, 5, 30},
	{"Rajab", NULL, CALENDAR_ISLAMIC, 6, 30},
	{"Shaban", NULL, CALENDAR_ISLAMIC, 7, 30},
	{"Ramadan", NULL, CALENDAR_ISLAMIC, 8, 30},
	{"Shawwal", NULL, CALENDAR_ISLAMIC, 9, 30},
	{"Dhu", "al-Qidah", CALENDAR_ISLAMIC, 10, 30},
	{"Dhu", "al-Hijjah", CALENDAR_ISLAMIC, 11, 30},
	{"Farvardin", NULL, CALENDAR_PERSIAN, 0, 31},
	{"Ordibehesht", NULL, CALENDAR_PERSIAN, 1, 31},
	{"Khordad", NULL, CALENDAR_PERSIAN, 2, 31},
	{"Tir", NULL, CALENDAR_PERSIAN, 3, 31},
	{"Mordad", NULL, CALENDAR_PERSIAN, 4, 31},
	{"Shahrivar", NULL, CALENDAR_PERSIAN, 5, 31},
	{"Mehr", NULL, CALENDAR_PERSIAN, 6, 30},
	{"Aban", NULL, CALENDAR_PERSIAN, 7, 30},
	{"Azar", NULL, CALENDAR_PERSIAN, 8, 30},
	{"Dey", NULL, CALENDAR_PERSIAN, 9, 30},
	{"Bahman", NULL, CALENDAR_PERSIAN, 10, 30},
	{"Esfand", NULL, CALENDAR_PERSIAN, 11, 30},
};

#define DATE_HINT		"Dates are written as MM-DD, or as YYYY-MM-DD for one date."
#define OTHERS_HINT		"Rules that depend on other holidays are not supported; add a row with the date of each year."
#define WEEKDAY_HINT	"Weekdays are monday, tuesday, wednesday, thursday, friday, saturday and sunday."

/* ----------
 * Tokens
 * ----------
 */

/* A token is a comma, or a run without white space and commas. */
static int
token_length(const char *s, const char *end)
{
	const char *at = s;

	while (at < end && !is_space(*at) && *at != ',')
		at++;
	return Max(at - s, 1);
}

/* The word after the current one. */
static bool
word_follows(const Scanner *p, const char *word)
{
	Scanner		next = *p;

	scanner_advance(&next);
	return scanner_at_word(&next, word);
}

/* A weekday, -1 if there is none; in the plural too where that is allowed. */
static int
find_weekday(const Scanner *p, bool plural)
{
	int			weekday = scanner_find(p, english_weekdays, 7, 0);

	if (weekday < 0 && plural && !at_end(p) && pg_tolower((unsigned char) p->next[-1]) == 's')
	{
		Scanner		singular = *p;

		singular.length--;
		weekday = scanner_find(&singular, english_weekdays, 7, 0);
	}
	return weekday;
}

static int
find_month(const Scanner *p)
{
	return scanner_find(p, english_months, 12, 0);
}

/* ----------
 * Errors
 * ----------
 */

/* "14:00" or "T14" */
static bool
at_time(const Scanner *p)
{
	const char *s = p->token;

	if (p->length > 1 && (*s == 'T' || *s == 't') && is_digit(s[1]))
		return true;
	scanner_digits(p, &s);
	return s > p->token && s < p->token + p->length && *s == ':';
}

/* A hint for a token that other notations accept, or NULL. */
static const char *
hint_for_token(const Scanner *p)
{
	static const struct
	{
		const char *start;		/* of the token */
		const char *hint;
	}			hints[] =
	{
		{"#", "Comments are not supported, nor is the number of a repeated rule."},
		{"equinox", "Equinoxes and solstices are not supported; add a row with the date of each year."},
		{"solstice", "Equinoxes and solstices are not supported; add a row with the date of each year."},
		{"julian", "Dates of the Julian calendar are not supported; write the Gregorian date, such as 01-07 for the orthodox Christmas."},
		{"bengali", "The Bengali calendar is not supported; write the Gregorian date."},
		{"is", OTHERS_HINT},
		{"equal", OTHERS_HINT},
		{"substitute", "The word is \"substitutes\", and it comes first."},
		{"every", "Write \"every 2 years since 2010\"."},
		{"since", "Years come last, once, as in \"since 1980 and prior to 2014\"; a holiday with two periods is two rules."},
		{"prior", "Years come last, once, as in \"since 1980 and prior to 2014\"; a holiday with two periods is two rules."},
		{"from", "Write \"since 2011\"."},
		{"until", "Write \"prior to 2014\", the year in which the holiday is no more."},
	};

	if (at_time(p) || scanner_begins(p, "PT"))
		return "Times of day are not supported: a holiday is whole days.";
	for (int i = 0; i < (int) lengthof(hints); i++)
	{
		if (scanner_begins(p, hints[i].start))
			return hints[i].hint;
	}

	/* an abbreviation of a name that is accepted in full */
	if (p->length >= 2 && p->length <= 5 &&
		scanner_resembles(p, english_weekdays, 7, p->length))
		return WEEKDAY_HINT;
	if (p->length >= 3 && scanner_resembles(p, english_months, 12, 3))
		return DATE_HINT;
	return NULL;
}

/* Report what was expected, with a hint that counts if the token has none. */
static bool
expected_or(const Scanner *p, const char *what, const char *hint)
{
	const char *known = hint_for_token(p);

	return scanner_expected(p, p->token, what, known != NULL ? known : hint);
}

static bool
expected(const Scanner *p, const char *what)
{
	return expected_or(p, what, NULL);
}

static bool
too_much(const Scanner *p, const char *what, int limit)
{
	errsave(p->escontext,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("holiday rule has too many %s: \"%s\"", what,
					scanner_shown_text(p)),
			 errdetail("At most %d are allowed.", limit)));
	return false;
}

/* ICU has these calendars, but some of its new years are wrong. */
static bool
not_supported(const Scanner *p)
{
	errsave(p->escontext,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s dates are not supported in a holiday rule: \"%s\"",
					scanner_at_word(p, "chinese") ? "Chinese" :
					scanner_at_word(p, "korean") ? "Korean" : "Vietnamese",
					scanner_shown_text(p)),
			 errdetail("ICU computes them, but is wrong in some years: for the Chinese New Year in 2027 and 2030."),
			 errhint("Add a row with the date of each year, from the official calendar.")));
	return false;
}

/* ----------
 * The grammar
 * ----------
 */

/* Digits within bounds, a part of the current token. */
static bool
parse_digits(Scanner *p, const char **s, const char *what, int max_digits,
			 int from, int to, const char *hint, int *number)
{
	const char *start = *s;

	*number = scanner_digits(p, s);
	if (*s == start || *s - start > max_digits || *number < from || *number > to)
		return scanner_expected_number(p, start, what, from, to,
									   at_time(p) ? hint_for_token(p) : hint);
	return true;
}

/* The current token has to be read completely. */
static bool
parse_token_end(Scanner *p, const char *s, const char *what)
{
	if (s < p->token + p->length)
		return scanner_expected(p, s, what, hint_for_token(p));
	scanner_advance(p);
	return true;
}

/* The current token has to be a number. */
static bool
parse_number(Scanner *p, const char *what, int from, int to, const char *after, int *number)
{
	const char *s = p->token;

	return parse_digits(p, &s, what, 4, from, to, NULL, number) && parse_token_end(p, s, after);
}

/* YYYY, a part of the current token */
static bool
parse_year(Scanner *p, const char **s, const char *hint, int *year)
{
	const char *start = *s;

	if (!parse_digits(p, s, "a year", 4, YEAR_MIN, YEAR_MAX, hint, year))
		return false;
	return *s - start == 4 || scanner_expected(p, start, "a year of four digits", hint);
}

/* [ YYYY "-" ] MM "-" DD, up to the first hyphen, as at_date() has seen */
static bool
parse_date(Scanner *p, HolidayRule *rule)
{
	const char *s = p->token;
	int			year = 0;		/* which is a leap year */
	int			month;
	int			day;

	scanner_digits(p, &s);
	if (s - p->token <= 2)
		s = p->token;
	else
	{
		s = p->token;
		if (!parse_year(p, &s, DATE_HINT, &year))
			return false;
		s++;
	}
	if (!parse_digits(p, &s, "a month", 2, 1, 12, DATE_HINT, &month))
		return false;
	if (!has_char(p, s, '-'))
		return scanner_expected(p, s, "\"-\" and a day", hint_for_token(p) ? hint_for_token(p) : DATE_HINT);
	s++;
	if (!parse_digits(p, &s, "a day", 2, 1, month_length(year, month), NULL, &day))
		return false;
	rule->base = BASE_DATE;
	rule->year = year;
	rule->month = month;
	rule->day = day;
	return parse_token_end(p, s, "white space after a date");
}

/* YYYY [ "-" MM [ "-" DD ] ], as a day; the first one of what is not given */
static bool
parse_limit(Scanner *p, int64 *day)
{
	const char *s = p->token;
	int			year;
	int			month = 1;
	int			mday = 1;

	if (!parse_year(p, &s, NULL, &year))
		return false;
	if (has_char(p, s, '-'))
	{
		s++;
		if (!parse_digits(p, &s, "a month", 2, 1, 12, DATE_HINT, &month))
			return false;
		if (has_char(p, s, '-'))
		{
			s++;
			if (!parse_digits(p, &s, "a day", 2, 1, month_length(year, month), NULL, &mday))
				return false;
		}
	}
	*day = day_number(year, month, mday);
	return parse_token_end(p, s, "white space after a date");
}

static bool
add_step(Scanner *p, HolidayRule *rule, HolidayStep step)
{
	if (rule->nsteps == MAX_STEPS)
		return too_much(p, "parts", MAX_STEPS);
	rule->steps[rule->nsteps++] = step;
	return true;
}

static bool
parse_weekday(Scanner *p, int *weekday)
{
	*weekday = find_weekday(p, false);
	if (*weekday < 0)
		return expected_or(p, "a weekday", WEEKDAY_HINT);
	scanner_advance(p);
	return true;
}

/* weekday { "," weekday } */
static bool
parse_weekdays(Scanner *p, uint8 *weekdays)
{
	*weekdays = 0;
	do
	{
		int			weekday;

		if (at_digit(p))
			return scanner_expected(p, p->token, "a weekday", OTHERS_HINT);
		if (!parse_weekday(p, &weekday))
			return false;
		*weekdays |= 1 << weekday;
	} while (accept_word(p, ","));
	return true;
}

/* easter = ( "easter" | "orthodox" ) [ [ "+" | "-" ] n [ "days" ] ] */
static bool
parse_easter(Scanner *p, HolidayRule *rule)
{
	const char *s;
	bool		negative;
	int			number;

	rule->base = scanner_at_word(p, "easter") ? BASE_EASTER : BASE_ORTHODOX;
	scanner_advance(p);

	s = p->token;
	if (at_end(p) || (!is_digit(*s) && *s != '+' && *s != '-'))
		return true;
	negative = *s == '-';
	if (!is_digit(*s))
		s++;
	if (s == p->token + p->length || !is_digit(*s))
		return scanner_expected(p, s, "a number of days, without white space after the sign", NULL);
	number = scanner_digits(p, &s);
	if (number > (negative ? -EASTER_OFFSET_MIN : EASTER_OFFSET_MAX))
		return scanner_expected_number(p, p->token, "a number of days",
									   EASTER_OFFSET_MIN, EASTER_OFFSET_MAX, NULL);
	rule->offset = negative ? -number : number;
	if (!parse_token_end(p, s, "white space after a number of days"))
		return false;
	(void) accept_days(p);
	return true;
}

/* A day of a month of another calendar, after its number. */
static bool
parse_other_date(Scanner *p, HolidayRule *rule, const Scanner *number, int day)
{
	const struct OtherMonth *found = NULL;
	bool		first_word = false;

	for (int i = 0; i < (int) lengthof(other_months) && found == NULL; i++)
	{
		const struct OtherMonth *month = &other_months[i];

		if (scanner_at_word(p, month->name))
		{
			first_word = true;
			if (month->second == NULL || word_follows(p, month->second))
				found = month;
		}
	}
	if (first_word && found == NULL)
	{
		bool		dhu = scanner_at_word(p, "Dhu");

		scanner_advance(p);
		return expected(p, dhu ? "\"al-Qidah\" or \"al-Hijjah\"" :
						"\"al-awwal\" or \"al-thani\"");
	}
	if (found == NULL)
		return expected_or(p, "a weekday, \"days\" or a month of the Hebrew, Islamic or Persian calendar",
						   "Months are Nisan, Iyyar, Sivan, Tamuz, Av, Elul, Tishrei, Cheshvan, Kislev, Tevet, Shvat, Adar, AdarII; "
						   "Muharram, Safar, Rabi al-awwal, Rabi al-thani, Jumada al-awwal, Jumada al-thani, Rajab, Shaban, Ramadan, Shawwal, Dhu al-Qidah, Dhu al-Hijjah; "
						   "Farvardin, Ordibehesht, Khordad, Tir, Mordad, Shahrivar, Mehr, Aban, Azar, Dey, Bahman, Esfand.");
	if (day < 1 || day > found->days)
		return scanner_expected_number(number, number->token, "a day of the month", 1, found->days, NULL);

	if (found->second != NULL)
		scanner_advance(p);
	scanner_advance(p);
	rule->base = BASE_OTHER;
	rule->calendar = found->calendar;
	rule->month = found->month;
	rule->day = day;

	/* a year of that calendar */
	if (at_digit(p) && !at_time(p))
	{
		int			year;
		int			first;
		int			last;

		other_calendar_known(found->calendar, &first, &last);
		if (found->calendar == CALENDAR_HEBREW)
			first = HEBREW_YEAR_MIN;
		if (!parse_number(p, "a year of that calendar", first, Min(last, YEAR_MAX),
						  "white space after a year", &year))
			return false;
		rule->year = year;
	}
	return true;
}

/* "1" to "53", with the ending of an ordinal or without */
static bool
parse_ordinal(Scanner *p, int *number)
{
	static const char *const endings[] = {"th", "st", "nd", "rd"};
	const char *s = p->token;
	int			rest;
	int			given = -1;
	int			right;
	char		what[30];

	*number = scanner_digits(p, &s);
	rest = p->token + p->length - s;
	for (int i = 0; rest > 0 && given < 0; i++)
	{
		if (i == (int) lengthof(endings))
			return scanner_expected(p, p->token, "a date or a number", DATE_HINT);
		if (rest == 2 && pg_strncasecmp(s, endings[i], 2) == 0)
			given = i;
	}
	right = *number % 10 > 3 || *number / 10 % 10 == 1 ? 0 : *number % 10;
	if (given >= 0 && given != right)
	{
		snprintf(what, sizeof(what), "\"%d%s\"", *number, endings[right]);
		return expected(p, what);
	}
	scanner_advance(p);
	return true;
}

/* Is the current token a date, at least by its first hyphen? */
static bool
at_date(const Scanner *p)
{
	const char *s = p->token;

	if (!at_digit(p))
		return false;
	scanner_digits(p, &s);
	return has_char(p, s, '-');
}

/*
 * "after", "before" or "in", after a weekday; *in_month says that a month has
 * to follow.
 */
static bool
parse_direction(Scanner *p, HolidayRule *rule, const Scanner *number, int count,
				int weekday, bool *in_month)
{
	StepKind	kind;
	int			most;

	*in_month = false;
	if (scanner_at_word(p, "before"))
		kind = STEP_BEFORE;
	else if (scanner_at_word(p, "after"))
		kind = STEP_AFTER;
	else if (scanner_at_word(p, "in"))
	{
		kind = STEP_IN;
		*in_month = true;
	}
	else
		return expected(p, "\"in\", \"after\" or \"before\"");

	most = *in_month ? 5 : MAX_WEEKS;
	if (count < 1 || count > most)
		return scanner_expected_number(number, number->token, "a number", 1, most, NULL);
	scanner_advance(p);
	return add_step(p, rule, (HolidayStep) {.kind = kind, .weekday = weekday, .count = count});
}

/* "days after" or "days before" */
static bool
parse_days(Scanner *p, HolidayRule *rule, const Scanner *number, int count)
{
	bool		before;

	scanner_advance(p);
	before = scanner_at_word(p, "before");
	if (!before && !scanner_at_word(p, "after"))
		return expected(p, "\"after\" or \"before\"");
	if (count < 1 || count > MAX_OFFSET)
		return scanner_expected_number(number, number->token, "a number", 1, MAX_OFFSET, NULL);
	scanner_advance(p);
	return add_step(p, rule, (HolidayStep) {.kind = STEP_DAYS, .count = before ? -count : count});
}

/*
 * base = [ [ n ] weekday ( "after" | "before" ) | n "days" ( "after" | "before" ) ] base
 *		| ( [ n ] | "last" ) weekday "in" month
 *		| date | month | easter | day other-month [ year ]
 *
 * Steps that are written before a date are added from left to right, but must
 * be taken from right to left.
 */
static bool
parse_base(Scanner *p, HolidayRule *rule)
{
	bool		in_month = false;

	for (;;)
	{
		Scanner		start = *p;
		int			weekday;
		int			number = 1;

		if (find_month(p) >= 0)
		{
			rule->base = BASE_DATE;
			rule->month = find_month(p) + 1;
			rule->day = 1;
			scanner_advance(p);
			break;
		}
		if (in_month)
			return scanner_expected(p, p->token, "a month",
									"Months are January, February, March, April, May, June, July, August, September, October, November and December.");
		if (at_date(p))
		{
			if (!parse_date(p, rule))
				return false;
			break;
		}
		if (scanner_at_word(p, "easter") || scanner_at_word(p, "orthodox"))
		{
			if (!parse_easter(p, rule))
				return false;
			break;
		}
		if (scanner_at_word(p, "chinese") || scanner_at_word(p, "korean") || scanner_at_word(p, "vietnamese"))
			return not_supported(p);

		if (accept_word(p, "last"))
		{
			if (!parse_weekday(p, &weekday))
				return false;
			if (!accept_word(p, "in"))
				return scanner_expected(p, p->token, "\"in\" and a month",
										"The last Monday before a date is \"monday before 06-01\".");
			if (!add_step(p, rule, (HolidayStep) {.kind = STEP_LAST, .weekday = weekday}))
				return false;
			in_month = true;
			continue;
		}

		if (at_digit(p) && !at_time(p))
		{
			if (!parse_ordinal(p, &number))
				return false;
			weekday = find_weekday(p, true);
			if (weekday < 0)
			{
				/* not "1st day" */
				if (start.length > 5 || !is_digit(start.token[start.length - 1]))
					return expected_or(p, "a weekday", WEEKDAY_HINT);
				if (scanner_at_word(p, "day") || scanner_at_word(p, "days"))
				{
					if (!parse_days(p, rule, &start, number))
						return false;
					continue;
				}
				if (!parse_other_date(p, rule, &start, number))
					return false;
				break;
			}
		}
		else
		{
			weekday = find_weekday(p, false);
			if (weekday < 0)
				return expected(p, rule->nsteps > 0 ?
								"a date, a month, \"easter\" or a weekday" :
								rule->substitutes ?
								"a date" :
								"a date, a weekday, \"easter\", \"orthodox\" or \"substitutes\"");
		}
		scanner_advance(p);
		if (!parse_direction(p, rule, &start, number, weekday, &in_month))
			return false;
	}

	for (int i = 0, j = rule->nsteps - 1; i < j; i++, j--)
	{
		HolidayStep step = rule->steps[i];

		rule->steps[i] = rule->steps[j];
		rule->steps[j] = step;
	}
	return true;
}

/* "if" weekdays "then" ( "next" | "previous" ) weekday */
static bool
parse_if(Scanner *p, HolidayRule *rule, bool keep)
{
	uint8		weekdays;
	StepKind	kind = STEP_IF;
	int			weekday;

	scanner_advance(p);
	if (!parse_weekdays(p, &weekdays))
		return false;
	if (!accept_word(p, "then"))
		return expected(p, "\",\" or \"then\"");
	if (accept_word(p, "previous"))
		kind = STEP_IF_PREVIOUS;
	else if (!accept_word(p, "next"))
		return expected(p, "\"next\" or \"previous\"");
	return parse_weekday(p, &weekday) &&
		add_step(p, rule, (HolidayStep) {.kind = kind, .weekdays = weekdays, .weekday = weekday, .keep = keep});
}

/* [ "not" ] "on" weekdays */
static bool
parse_on(Scanner *p, HolidayRule *rule)
{
	bool		negated = accept_word(p, "not");
	uint8		weekdays;

	if (!accept_word(p, "on"))
		return expected(p, "\"on\"");
	if (!parse_weekdays(p, &weekdays))
		return false;
	if (negated)
		weekdays = ~weekdays & OH_ALL_WEEKDAYS;
	return add_step(p, rule, (HolidayStep) {.kind = STEP_ON, .weekdays = weekdays});
}

/* "in" ( "even" | "odd" | "leap" | "non-leap" ) "years" */
static bool
parse_in_years(Scanner *p, HolidayRule *rule)
{
	static const char *const kinds[] = {"even", "odd", "leap", "non-leap"};

	scanner_advance(p);
	for (int i = 0; i < (int) lengthof(kinds); i++)
	{
		if (accept_word(p, kinds[i]))
		{
			if (!accept_word(p, "years"))
				return expected(p, "\"years\"");
			return add_step(p, rule, (HolidayStep) {.kind = STEP_EVEN + i});
		}
	}
	return expected(p, "\"even\", \"odd\", \"leap\" or \"non-leap\"");
}

/* "every" n "years since" year */
static bool
parse_every(Scanner *p, HolidayRule *rule)
{
	int			interval;
	int			year;

	scanner_advance(p);
	if (!parse_number(p, "a number of years", 1, MAX_INTERVAL, "white space after a number", &interval))
		return false;
	if (!accept_word(p, "years") && !accept_word(p, "year"))
		return expected(p, "\"years\"");
	if (!accept_word(p, "since"))
		return scanner_expected(p, p->token, "\"since\"", NULL);
	return parse_number(p, "a year", YEAR_MIN, YEAR_MAX, "white space after a year", &year) &&
		add_step(p, rule, (HolidayStep) {.kind = STEP_EVERY, .count = interval, .year = year});
}

static bool
at_duration(const Scanner *p)
{
	return p->length > 1 && scanner_begins(p, "P") &&
		(is_digit(p->token[1]) || scanner_begins(p, "PT"));
}

/* "P" n "D" */
static bool
parse_duration(Scanner *p, HolidayRule *rule)
{
	const char *s = p->token + 1;
	const char *number = s;
	int			days;

	days = scanner_digits(p, &s);
	if (s == number || days < 1 || days > MAX_CLUSTER)
		return scanner_expected_number(p, number, "a number of days", 1, MAX_CLUSTER,
									   scanner_begins(p, "PT") ? hint_for_token(p) :
									   "A duration is written as \"P3D\".");
	if (!has_char(p, s, 'D') && !has_char(p, s, 'd'))
		return scanner_expected(p, s, "\"D\"", "A duration is written as \"P3D\".");
	s++;
	if (s < p->token + p->length)
		return scanner_expected(p, s, "white space after a duration",
								"Times of day are not supported: a holiday is whole days.");
	scanner_advance(p);
	rule->duration = days;
	return true;
}

/* All that follows the base. */
static bool
parse_suffixes(Scanner *p, HolidayRule *rule)
{
	bool		keep = false;
	bool		has_if = false;
	bool		has_duration = false;

	while (!at_end(p))
	{
		if (scanner_at_word(p, "if"))
		{
			if (!parse_if(p, rule, keep))
				return false;
			has_if = true;
		}
		else if (scanner_at_word(p, "and"))
		{
			/* one "and" holds for every "if" that follows */
			if (rule->substitutes)
				return scanner_expected(p, p->token, "\"if\"",
										"With \"substitutes\" a rule means the substitute day alone; without it, \"and\" keeps the day itself, too.");
			scanner_advance(p);
			if (!scanner_at_word(p, "if"))
				return expected(p, "\"if\"");
			keep = true;
		}
		else if (scanner_at_word(p, "on") || scanner_at_word(p, "not"))
		{
			if (!parse_on(p, rule))
				return false;
		}
		else if (scanner_at_word(p, "in"))
		{
			if (!parse_in_years(p, rule))
				return false;
		}
		else if (scanner_at_word(p, "every"))
		{
			if (!parse_every(p, rule))
				return false;
		}
		else if (scanner_at_word(p, "since") &&
				 rule->since == PG_INT64_MIN && rule->until == PG_INT64_MAX)
		{
			scanner_advance(p);
			if (!parse_limit(p, &rule->since))
				return false;
			if (scanner_at_word(p, "and") && word_follows(p, "prior"))
				scanner_advance(p);
		}
		else if (scanner_at_word(p, "prior") && rule->until == PG_INT64_MAX)
		{
			Scanner		limit;

			scanner_advance(p);
			if (!accept_word(p, "to"))
				return expected(p, "\"to\"");
			limit = *p;
			if (!parse_limit(p, &rule->until))
				return false;
			rule->until--;
			if (rule->until < rule->since)
				return scanner_expected(&limit, limit.token, "a later date than after \"since\"", NULL);
		}
		else if (at_duration(p) && !has_if && !has_duration)
		{
			if (!parse_duration(p, rule))
				return false;
			has_duration = true;
		}
		else
			return expected_or(p, "\"if\", \"and if\", \"on\", \"not on\", \"in even years\", "
							   "\"every\", \"since\", \"prior to\", a duration such as \"P3D\" or the end",
							   at_duration(p) ? "A duration comes once, before \"if\", and holds for the day and its substitutes." :
							   at_digit(p) ? DATE_HINT :
							   rule->base == BASE_EASTER && find_weekday(p, false) >= 0 ?
							   "Easter Monday is \"easter 1\", Good Friday is \"easter -2\"." : NULL);
	}

	if (rule->substitutes && !has_if)
		return scanner_expected(p, p->token, "\"if\"",
								"\"substitutes\" needs to know when, as in \"substitutes 12-25 if sunday then next monday\".");
	return true;
}

/* Refuse a rule that means more days than holiday_rule_days can give. */
static bool
check_cluster(const Scanner *p, HolidayRule *rule)
{
	for (int weekday = 0; weekday < 7; weekday++)
	{
		int			dates = 1;

		for (int i = 0; i < rule->nsteps; i++)
		{
			const HolidayStep *step = &rule->steps[i];

			if ((step->kind == STEP_IF || step->kind == STEP_IF_PREVIOUS) &&
				step->keep && (step->weekdays & (1 << weekday)))
				dates++;
		}
		if (dates * rule->duration > MAX_CLUSTER)
			return too_much(p, "days", MAX_CLUSTER);
	}
	return true;
}

/* ( "+" | "-" ) n ( "day" | "days" ), and nothing else */
static bool
parse_shift(Scanner *p, HolidayRule *rule)
{
	const char *s = p->token + 1;
	int			days;

	days = scanner_digits(p, &s);
	if (days < 1 || days > HOLIDAY_MAX_SHIFT || s < p->token + p->length)
		return scanner_expected_number(p, p->token + 1, "a number of days", 1, HOLIDAY_MAX_SHIFT,
									   "The day before each holiday of the list is \"-1 day\".");
	rule->base = BASE_LIST;
	rule->offset = *p->token == '-' ? -days : days;
	scanner_advance(p);
	if (!accept_days(p))
		return expected(p, "\"day\" or \"days\"");
	if (!at_end(p))
		return scanner_expected(p, p->token, "the end",
								"Weekdays and dates on which such a rule holds belong to its hours, as in \"Mo-Fr 08:00-12:00\".");
	return true;
}

HolidayRule *
holiday_rule_parse(const char *text, int len, Node *escontext)
{
	Scanner		scanner;
	Scanner    *p = &scanner;
	HolidayRule *rule;

	if (len > HOLIDAY_MAX_TEXT)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("holiday rule is too long"),
				 errdetail("It may have at most %d bytes.", HOLIDAY_MAX_TEXT)));

	scanner_start(p, text, len, token_length, "invalid holiday rule", escontext);
	rule = palloc0(sizeof(HolidayRule));
	rule->duration = 1;
	rule->since = PG_INT64_MIN;
	rule->until = PG_INT64_MAX;
	if (p->length > 1 && (*p->token == '+' || *p->token == '-') && is_digit(p->token[1]))
		return parse_shift(p, rule) ? rule : NULL;
	rule->substitutes = accept_word(p, "substitutes");

	if (!parse_base(p, rule) || !parse_suffixes(p, rule) || !check_cluster(p, rule))
		return NULL;
	return rule;
}
