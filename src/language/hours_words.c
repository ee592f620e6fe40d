/*
 * hours_words.c
 *	  Opening hours as people write them in a language.
 *
 * Names of days and months, intervals and the hours of a day are CLDR's; words
 * such as "closed" are labels of the kind "hours".
 */
#include "postgres.h"

#include <unicode/udat.h>
#include <unicode/udateintervalformat.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "hours/business_hours.h"
#include "hours/opening_days.h"
#include "language/label.h"

/* 1 January 2024, a Monday of a leap year, in days since 1970. */
#define SAMPLE_YEAR		2024
#define SAMPLE_DAY		19723

#define MILLIS_PER_DAY	86400000.0
#define MILLIS_PER_MIN	60000.0

/* The most characters of a name, a time, a date or an interval. */
#define MAX_CHARS		200

/* The words that are needed, and then the plural forms. */
typedef enum HourWord
{
	WORD_ALWAYS,
	WORD_ALL_DAY,
	WORD_CLOSED,
	WORD_CLOSED_ON,
	WORD_HOLIDAYS,
	WORD_EASTER,
	WORD_FROM_YEAR,
	WORD_FROM_DATE,
	WORD_NEXT_DAY,
	WORD_ALSO,
	WORD_WEEK,
	WORD_WEEKS,
	WORD_ODD_WEEKS,
	WORD_EVEN_WEEKS,
	WORD_NTH,					/* five, from the first */
	WORD_LAST = WORD_NTH + 5,	/* five, from the last */
	NUM_WORDS = WORD_LAST + 5
} HourWord;

static const char *const word_keys[NUM_WORDS] = {
	"always", "all_day", "closed", "closed_on", "holidays", "easter",
	"from_year", "from_date", "next_day", "also", "week", "weeks",
	"odd_weeks", "even_weeks", "nth.1", "nth.2", "nth.3", "nth.4", "nth.5",
	"last.1", "last.2", "last.3", "last.4", "last.5"
};

/* Formats of dates and times, each for a skeleton. */
typedef enum DateKind
{
	DATE_TIME,
	DATE_MIDNIGHT,				/* writes the end of a day as 24:00 */
	DATE_WEEKDAY,				/* short */
	DATE_WEEKDAY_NAME,
	DATE_MONTH,
	DATE_DAY,
	DATE_YEAR,
	DATE_YEAR_DAY,
	NUM_DATES
} DateKind;

static const char *const date_skeletons[NUM_DATES] = {
	"jm", "jm", "ccc", "cccc", "MMM", "MMMd", "y", "yMMMd"
};

/* Formats of intervals. */
typedef enum IntervalKind
{
	INTERVAL_WEEKDAYS,
	INTERVAL_MONTHS,
	INTERVAL_DAYS,
	INTERVAL_YEARS,
	INTERVAL_YEAR_DAYS,
	NUM_INTERVALS
} IntervalKind;

static const char *const interval_skeletons[NUM_INTERVALS] = {
	"EEE", "MMM", "MMMd", "y", "yMMMd"
};

/*
 * What is kept open for a locale.  Each format is opened when a value needs it:
 * all of them would take a megabyte.
 */
typedef struct HourFormats
{
	char		locale[ULOC_FULLNAME_CAPACITY];
	const char *tag;			/* for errors */
	void	  **dates[NUM_DATES];	/* a UDateFormat, or NULL */
	void	  **intervals[NUM_INTERVALS];	/* a UDateIntervalFormat, or NULL */
	UListFormatter *list;
	UPluralRules *plurals;
	UNumberFormat *number;
	const UChar *time;			/* the patterns of a time, and of midnight */
	const UChar *midnight;
	char	   *to_time;		/* what stands between two times */
	char	   *to_date;		/* and between two dates */
	char	   *comma;			/* and between two of many */
	bool		has_24;			/* whether the end of a day can be 24:00 */
} HourFormats;

/* So many days before or after something. */
typedef struct DayForms
{
	WordForm	forms[NUM_PLURALS];
	bool		english;		/* the locale has none */
} DayForms;

/* A text that is being made. */
typedef struct HourText
{
	const HourFormats *formats;
	WordForm	words[NUM_WORDS];
	DayForms	before_easter;
	DayForms	after_easter;
	DayForms	before_holiday;
	DayForms	after_holiday;
} HourText;

PG_FUNCTION_INFO_V1(format_business_hours);

/* ----------------------------------------------------------------------
 * Opening what is needed
 * ----------------------------------------------------------------------
 */

ICU_CLOSER(udat_close)
ICU_CLOSER(udtitvfmt_close)
ICU_CLOSER(ulistfmt_close)
ICU_CLOSER(unum_close)

static const UChar utc[] = {'U', 'T', 'C', 0};

static UDateFormat *
date_format(const HourFormats *formats, DateKind kind)
{
	void	  **handle = formats->dates[kind];
	UErrorCode	status = U_ZERO_ERROR;
	const UChar *pattern;

	if (*handle != NULL)
		return *handle;
	pattern = kind == DATE_TIME ? formats->time : kind == DATE_MIDNIGHT ? formats->midnight :
		icu_date_pattern(formats->locale, formats->tag, date_skeletons[kind]);
	*handle = udat_open(UDAT_PATTERN, UDAT_PATTERN, formats->locale, utc, -1, pattern, -1, &status);
	icu_check(status, "open a date format", formats->tag);
	return *handle;
}

/* Open a format of intervals, in a slot. */
static UDateIntervalFormat *
open_interval(void **handle, const char *locale, const char *tag, const char *skeleton)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		letters[32];

	u_uastrncpy(letters, skeleton, lengthof(letters));
	*handle = udtitvfmt_open(locale, letters, strlen(skeleton), utc, -1, &status);
	icu_check(status, "open an interval format", tag);
	return *handle;
}

static char *
interval_text(const HourFormats *formats, IntervalKind kind, double from, double to)
{
	void	  **handle = formats->intervals[kind];
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[MAX_CHARS];
	int32_t		n;

	if (*handle == NULL)
		(void) open_interval(handle, formats->locale, formats->tag, interval_skeletons[kind]);
	n = udtitvfmt_format(*handle, from, to, chars, MAX_CHARS, NULL, &status);
	icu_check(status, "write an interval", formats->tag);
	return utf8_from_uchars(chars, n);
}

static char *
date_text(const HourFormats *formats, DateKind kind, double at)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[MAX_CHARS];
	int32_t		n = udat_format(date_format(formats, kind), at, chars, MAX_CHARS, NULL, &status);

	icu_check(status, "write a date", formats->tag);
	return utf8_from_uchars(chars, n);
}

static bool
is_gap(UChar c)
{
	return c == ' ' || c == 0x00a0 || c == 0x2009 || c == 0x202f;
}

static bool
is_dash(UChar c)
{
	return c == '-' || c == '~' || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 ||
		c == 0x301c || c == 0xff5e || c == 0x81f3;
}

/* What stands between the ends of an interval: a dash, and spaces around it. */
static char *
interval_sign(const char *locale, const char *tag, const char *skeleton, double from, double to)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority hour signs",
												  ALLOCSET_SMALL_SIZES);
	UDateIntervalFormat *format = open_interval(icu_slot(context, icu_udtitvfmt_close), locale, tag, skeleton);
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[MAX_CHARS];
	int32_t		n = udtitvfmt_format(format, from, to, chars, MAX_CHARS, NULL, &status);

	icu_check(status, "write an interval", tag);
	MemoryContextDelete(context);
	for (int32_t i = 0; i < n; i++)
	{
		int32_t		first = i;
		int32_t		last = i + 1;

		if (!is_dash(chars[i]))
			continue;
		while (first > 0 && is_gap(chars[first - 1]))
			first--;
		while (last < n && is_gap(chars[last]))
			last++;
		return utf8_from_uchars(chars + first, last - first);
	}
	return " - ";
}

/* What stands between two of many in a list, such as ", ". */
static char *
list_sign(UListFormatter *list, const char *tag)
{
	static const UChar mark[] = {'#'};
	const UChar *const marks[] = {mark, mark, mark, mark};
	const int32_t lengths[] = {1, 1, 1, 1};
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[MAX_CHARS];
	int32_t		n = ulistfmt_format(list, marks, lengths, 4, chars, MAX_CHARS, &status);
	int32_t		first = 0;
	int32_t		last;

	icu_check(status, "write a list", tag);
	while (first < n && chars[first] != '#')
		first++;
	last = first + 1;
	while (last < n && chars[last] != '#')
		last++;
	return last >= n ? ", " : utf8_from_uchars(chars + first + 1, last - first - 1);
}

/*
 * The formats of a locale, always by the Gregorian calendar, as that is what
 * opening hours go by.
 */
static void *
open_formats(const char *locale_name, const char *tag)
{
	UErrorCode	status = U_ZERO_ERROR;
	HourFormats *formats = palloc0(sizeof(HourFormats));
	const char *locale = formats->locale;
	void	  **list = icu_slot(CurrentMemoryContext, icu_ulistfmt_close);
	void	  **number = icu_slot(CurrentMemoryContext, icu_unum_close);
	UChar	   *midnight;

	formats->tag = tag;
	strlcpy(formats->locale, locale_name, sizeof(formats->locale));
	(void) uloc_setKeywordValue("calendar", "gregorian", formats->locale,
								sizeof(formats->locale), &status);
	icu_check(status, "choose the calendar", tag);
	for (int i = 0; i < NUM_DATES; i++)
		formats->dates[i] = icu_slot(CurrentMemoryContext, icu_udat_close);
	for (int i = 0; i < NUM_INTERVALS; i++)
		formats->intervals[i] = icu_slot(CurrentMemoryContext, icu_udtitvfmt_close);

	formats->time = icu_date_pattern(locale, tag, date_skeletons[DATE_TIME]);
	midnight = palloc((u_strlen(formats->time) + 1) * sizeof(UChar));
	u_strcpy(midnight, formats->time);
	for (UChar *c = midnight; *c != 0; c++)
	{
		if (*c == 'H')
		{
			*c = 'k';
			formats->has_24 = true;
		}
	}
	formats->midnight = formats->has_24 ? midnight : u"kk:mm";

	*list = ulistfmt_openForType(locale, ULISTFMT_TYPE_AND, ULISTFMT_WIDTH_NARROW, &status);
	icu_check(status, "open a list format", tag);
	formats->list = *list;
	formats->plurals = icu_plurals(locale, tag);
	*number = unum_open(UNUM_DECIMAL, NULL, 0, locale, NULL, &status);
	icu_check(status, "open a number format", tag);
	formats->number = *number;

	formats->to_time = interval_sign(locale, tag, "jm", 8 * 60 * MILLIS_PER_MIN,
									 17 * 60 * MILLIS_PER_MIN);
	formats->to_date = interval_sign(locale, tag, interval_skeletons[INTERVAL_WEEKDAYS],
									 SAMPLE_DAY * MILLIS_PER_DAY, (SAMPLE_DAY + 4) * MILLIS_PER_DAY);
	formats->comma = list_sign(formats->list, tag);
	return formats;
}

/* ----------------------------------------------------------------------
 * Pieces
 * ----------------------------------------------------------------------
 */

static char *
word_text(const HourText *text, HourWord word)
{
	return form_text(&text->words[word], "");
}

static double
sample_day(int index)
{
	return (SAMPLE_DAY + index) * MILLIS_PER_DAY;
}

static double
sample_year(int year)
{
	/* the middle of it, on which no calendar of leap years matters */
	return ((year - SAMPLE_YEAR) * 365.2425 + SAMPLE_DAY + 182) * MILLIS_PER_DAY;
}

static char *
year_text(const HourText *text, OpeningRange range)
{
	char	   *from = date_text(text->formats, DATE_YEAR, sample_year(range.from));

	if (range.to == OH_YEAR_MAX)
		return form_text(&text->words[WORD_FROM_YEAR], from);
	if (range.to == range.from)
		return from;
	return interval_text(text->formats, INTERVAL_YEARS, sample_year(range.from),
						 sample_year(range.to));
}

/* Days of a leap year, counted from 0; over the new year if to < from. */
static char *
date_range_text(const HourText *text, int from, int to)
{
	const HourFormats *formats = text->formats;
	int			from_month = month_of(from);
	int			to_month = month_of(to);
	bool		whole = from == month_start[from_month] &&
		to == month_start[to_month + 1] - 1;
	DateKind	one = whole ? DATE_MONTH : DATE_DAY;

	if (whole ? from_month == to_month : from == to)
		return date_text(formats, one, sample_day(from));
	if (to < from)
		return psprintf("%s%s%s", date_text(formats, one, sample_day(from)), formats->to_date,
						date_text(formats, one, sample_day(to)));
	return interval_text(formats, whole ? INTERVAL_MONTHS : INTERVAL_DAYS,
						 sample_day(from), sample_day(to));
}

/* The dates that a rule selects, in the ranges in which its text has them. */
static List *
add_dates(List *list, const HourText *text, const OpeningRule *rule)
{
	OpeningRange ranges[MAX_DATE_RANGES];
	int			n = opening_date_ranges(rule, ranges);

	for (int i = 0; i < n; i++)
		list = lappend(list, date_range_text(text, ranges[i].from, ranges[i].to));
	return list;
}

static char *
period_text(const HourText *text, OpeningRange period)
{
	double		from = period.from * MILLIS_PER_DAY;

	if (period.to == OH_PERIOD_MAX)
		return form_text(&text->words[WORD_FROM_DATE],
						date_text(text->formats, DATE_YEAR_DAY, from));
	if (period.to == period.from)
		return date_text(text->formats, DATE_YEAR_DAY, from);
	return interval_text(text->formats, INTERVAL_YEAR_DAYS, from,
						 period.to * MILLIS_PER_DAY);
}

static char *
number_text(const HourText *text, int number)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[MAX_CHARS];
	int32_t		n = unum_format(text->formats->number, number, chars, MAX_CHARS, NULL, &status);

	icu_check(status, "write a number", text->formats->tag);
	return utf8_from_uchars(chars, n);
}

/* Weeks of the year; all the odd or even ones have a word of their own. */
static char *
weeks_text(const HourText *text, uint64 weeks)
{
	const uint64 odd = UINT64CONST(0x15555555555555);
	List	   *list = NIL;
	bool		one = (weeks & (weeks - 1)) == 0;
	const WordForm *word = weeks == odd ? &text->words[WORD_ODD_WEEKS] :
		&text->words[WORD_EVEN_WEEKS];

	if (weeks == odd || weeks == (OH_ALL_WEEKS & ~odd))
		return form_text(word, "");
	for (int w = 0; w < OH_WEEKS; w++)
	{
		int			from = w;

		if (!(weeks & (UINT64CONST(1) << w)))
			continue;
		while (w + 1 < OH_WEEKS && (weeks & (UINT64CONST(1) << (w + 1))))
			w++;
		list = lappend(list, w == from ? number_text(text, w + 1) :
					   psprintf("%s\xE2\x80\x93%s", number_text(text, from + 1), number_text(text, w + 1)));
	}
	return form_text(&text->words[one ? WORD_WEEK : WORD_WEEKS], icu_join(text->formats->list, list, text->formats->tag));
}

/* So many days before or after something; the word itself for none. */
static char *
days_from_text(const HourText *text, HourWord day, const DayForms *days, int offset)
{
	PluralCategory category;

	if (offset == 0)
		return word_text(text, day);
	category = days->english ? (abs(offset) == 1 ? PLURAL_ONE : PLURAL_OTHER) :
		icu_plural(text->formats->plurals, abs(offset), text->formats->tag);
	if (days->forms[category].text == NULL)
		category = PLURAL_OTHER;
	return form_text(&days->forms[category], number_text(text, abs(offset)));
}

static char *
easter_text(const HourText *text, int offset)
{
	return days_from_text(text, WORD_EASTER, offset < 0 ? &text->before_easter : &text->after_easter, offset);
}

static List *
add_holidays(List *list, const HourText *text, uint64 holidays)
{
	for (int n = -OH_HOLIDAY_REACH; n <= OH_HOLIDAY_REACH; n++)
	{
		if (holidays & OH_HOLIDAY_BIT(n))
			list = lappend(list, days_from_text(text, WORD_HOLIDAYS,
												n < 0 ? &text->before_holiday : &text->after_holiday, n));
	}
	return list;
}

static List *
add_easter(List *list, const HourText *text, const OpeningRule *rule)
{
	for (int i = 0; i < rule->neaster; i++)
	{
		OpeningRange range = rule->easter[i];

		list = lappend(list, range.from == range.to ? easter_text(text, range.from) :
					   psprintf("%s%s%s", easter_text(text, range.from), text->formats->to_date,
								easter_text(text, range.to)));
	}
	return list;
}

static List *
add_weekdays(List *list, const HourText *text, const OpeningRule *rule)
{
	const HourFormats *formats = text->formats;

	for (int d = 0; d < 7; d++)
	{
		int			to = d;

		if (rule->weekdays & (1 << d))
		{
			while (to < 6 && (rule->weekdays & (1 << (to + 1))))
				to++;
			/* Two days are no range. */
			if (to - d >= 2)
				list = lappend(list, interval_text(formats, INTERVAL_WEEKDAYS, sample_day(d), sample_day(to)));
			else
				list = lappend(list, date_text(formats, DATE_WEEKDAY, sample_day(d)));
			if (to - d == 1)
				list = lappend(list, date_text(formats, DATE_WEEKDAY, sample_day(to)));
			d = to;
		}
		else if (rule->nth[d] != 0)
		{
			char	   *name = date_text(formats, DATE_WEEKDAY_NAME, sample_day(d));

			for (int i = 0; i < 10; i++)
			{
				if (rule->nth[d] & (1 << i))
					list = lappend(list, form_text(&text->words[i < 5 ? WORD_NTH + i : WORD_LAST + i - 5], name));
			}
		}
	}
	return list;
}

static char *
span_text(const HourText *text, OpeningSpan span)
{
	const HourFormats *formats = text->formats;
	char	   *start = date_text(formats, DATE_TIME, span.start * MILLIS_PER_MIN);
	int			end = span.end;
	bool		next_day = false;
	char	   *end_text;

	/* A night shift is written as one, if it cannot be taken for another time. */
	if (end > MINUTES_PER_DAY)
	{
		end -= MINUTES_PER_DAY;
		next_day = end > span.start;
	}
	if (end == MINUTES_PER_DAY && (formats->has_24 || next_day))
		end_text = date_text(formats, DATE_MIDNIGHT, 0);
	else
		end_text = date_text(formats, DATE_TIME, (end % MINUTES_PER_DAY) * MILLIS_PER_MIN);
	if (next_day)
		end_text = form_text(&text->words[WORD_NEXT_DAY], end_text);
	return psprintf("%s%s%s", start, formats->to_time, end_text);
}

static bool
is_whole_day(const OpeningRule *rule)
{
	return rule->nspans == 1 && rule->spans[0].start == 0 &&
		rule->spans[0].end == MINUTES_PER_DAY;
}

static char *
spans_text(const HourText *text, const OpeningRule *rule)
{
	List	   *list = NIL;

	if (is_whole_day(rule))
		return word_text(text, WORD_ALL_DAY);
	for (int i = 0; i < rule->nspans; i++)
		list = lappend(list, span_text(text, rule->spans[i]));
	return icu_join(text->formats->list, list, text->formats->tag);
}

/* The parts of a selector, with one more, made of a list. */
static List *
add_part(List *parts, const HourText *text, List *list)
{
	return list == NIL ? parts : lappend(parts, icu_join(text->formats->list, list, text->formats->tag));
}

/* When a rule applies: years, dates and days; NULL: always. */
static char *
selector_text(const HourText *text, const OpeningRule *rule)
{
	List	   *parts = NIL;
	List	   *list = NIL;
	char	   *selector;

	for (int i = 0; i < rule->nyears; i++)
		list = lappend(list, year_text(text, rule->years[i]));
	parts = add_part(parts, text, list);
	list = NIL;
	for (int i = 0; i < rule->nperiods; i++)
		list = lappend(list, period_text(text, rule->periods[i]));
	parts = add_part(parts, text, list);
	if (rule->has_days)
		parts = add_part(parts, text, add_easter(add_dates(NIL, text, rule), text, rule));
	if (rule->weeks != 0)
		parts = lappend(parts, weeks_text(text, rule->weeks));

	list = NIL;
	if (rule->weekdays != OH_ALL_WEEKDAYS || rule->holidays_too)
		list = add_weekdays(NIL, text, rule);
	if (rule->holidays_too)
		list = add_holidays(list, text, rule->holidays);
	else if (rule->holidays != 0)
	{
		char	   *holidays = icu_join(text->formats->list, add_holidays(NIL, text, rule->holidays), text->formats->tag);

		/* holidays that fall on these weekdays */
		if (list != NIL)
			holidays = psprintf("%s (%s)", holidays, icu_join(text->formats->list, list, text->formats->tag));
		list = list_make1(holidays);
	}
	parts = add_part(parts, text, list);
	if (parts == NIL)
		return NULL;
	selector = linitial(parts);
	for (int i = 1; i < list_length(parts); i++)
		selector = psprintf("%s%s%s", selector, text->formats->comma, (char *) list_nth(parts, i));
	return selector;
}

static char *
rule_text(const HourText *text, const OpeningRule *rule, bool alone)
{
	char	   *selector = selector_text(text, rule);
	char	   *spans;

	if (rule->nspans == 0)
		return selector == NULL ? word_text(text, WORD_CLOSED) :
			form_text(&text->words[WORD_CLOSED_ON], selector);
	if (alone && selector == NULL && rule->effect == OH_REPLACES && is_whole_day(rule))
		return word_text(text, WORD_ALWAYS);
	if (selector == NULL)
		selector = interval_text(text->formats, INTERVAL_WEEKDAYS, sample_day(0), sample_day(6));
	spans = spans_text(text, rule);
	if (rule->effect == OH_ADDS)
		spans = form_text(&text->words[WORD_ALSO], spans);
	spans = psprintf("%s %s", selector, spans);
	return rule->effect == OH_TAKES_OUT ? form_text(&text->words[WORD_CLOSED_ON], spans) : spans;
}

/* ----------------------------------------------------------------------
 * The SQL function
 * ----------------------------------------------------------------------
 */

static WordForm
find_word(PolicyPin *pin, Locale *locale, const char *key)
{
	const char *word = label_utf8(pin, locale, "hours", key, true);

	return word_form(word, word == NULL ? 0 : strlen(word));
}

/* The forms of the locale or, if it has none, those of English. */
static DayForms
find_day_forms(PolicyPin *pin, Locale *locale, const char *which)
{
	DayForms	days;

	days.english = label_utf8(pin, locale, "hours", psprintf("%s.other", which), false) == NULL;
	for (int i = 0; i < NUM_PLURALS; i++)
	{
		const char *word = label_utf8(pin, locale, "hours",
									  psprintf("%s.%s", which, plural_names[i]), days.english);

		days.forms[i] = word_form(word, word == NULL ? 0 : strlen(word));
	}
	Assert(days.forms[PLURAL_OTHER].text != NULL);
	return days;
}

/* All the words; the locale's first, then those of English. */
static void
find_words(PolicyPin *pin, Locale *locale, HourText *text)
{
	for (int i = 0; i < NUM_WORDS; i++)
	{
		text->words[i] = find_word(pin, locale, word_keys[i]);
		Assert(text->words[i].text != NULL);
	}
	text->before_easter = find_day_forms(pin, locale, "easter.before");
	text->after_easter = find_day_forms(pin, locale, "easter.after");
	text->before_holiday = find_day_forms(pin, locale, "holidays.before");
	text->after_holiday = find_day_forms(pin, locale, "holidays.after");
}

/* format_business_hours(hours, locale) */
Datum
format_business_hours(PG_FUNCTION_ARGS)
{
	OpeningHours *hours = business_hours_unpack(PG_GETARG_BUSINESS_HOURS_P(0));
	HourText	text;
	IcuLocale  *icu;
	StringInfoData buf;

	find_words(&language_site(fcinfo)->policy, locale_arg(fcinfo, 1), &text);

	/* From here on nothing is converted, until the text is made. */
	icu = icu_locale(locale_arg(fcinfo, 1));
	text.formats = locale_part(icu, PART_HOUR_WORDS, open_formats);
	initStringInfo(&buf);
	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(&buf, "; ");
		appendStringInfoString(&buf, rule_text(&text, &hours->rules[i], hours->nrules == 1));
	}
	PG_RETURN_TEXT_P(text_from_utf8(buf.data, buf.len));
}
