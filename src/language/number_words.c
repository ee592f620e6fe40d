/*
 * number_words.c
 *	  The SQL functions that write business time and business days for a reader.
 *
 * The words are labels of the kind "duration", one for each category of the
 * locale's own plural rules.  Numbers, and words of a language that has no such
 * labels, are ICU's.
 */
#include "postgres.h"

#include <unicode/unumberformatter.h>
#include <unicode/ustring.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "language/label.h"
#include "time/open_time.h"

/* UTF-16 units that every number of units fits in. */
#define MAX_NUMBER		200

typedef enum DurationStyle
{
	STYLE_LONG,
	STYLE_SHORT,
	STYLE_WITHIN
} DurationStyle;

#define NUM_STYLES		3

static const char *const style_names[NUM_STYLES] = {"long", "short", "within"};

/* What stands in front of the unit in the keys of a style. */
static const char *const style_prefixes[NUM_STYLES] = {"", "short.", "within."};

typedef enum DurationUnit
{
	UNIT_DAY,
	UNIT_HOUR,
	UNIT_MINUTE
} DurationUnit;

#define NUM_UNITS		3

static const char *const unit_names[NUM_UNITS] = {"day", "hour", "minute"};

/* The end of a business day, by how many days later it is; and its keys. */
#define NUM_CLOSES		2

static const char *const close_names[NUM_CLOSES] = {"close.same", "close.next"};

/* The words of a locale; form.text is NULL for one that there is not. */
typedef struct DurationForms
{
	WordForm	within;
	WordForm	close;
	WordForm	closes[NUM_STYLES][NUM_CLOSES];
	WordForm	form[NUM_STYLES][NUM_UNITS][NUM_PLURALS];
} DurationForms;

/* What a locale keeps for numbers. */
typedef struct NumberWords
{
	UPluralRules *plurals;
	UNumberFormatter *numbers;
	UFormattedNumber *number;	/* what it wrote last */
	UListFormatter *list;
	void	  **units[2][NUM_UNITS];	/* ICU's words, of the styles long and
										 * short; empty until used */
	const char *minus;
	uint64		serial;			/* labels_serial() of the forms */
	MemoryContext forms_context;	/* NULL: there are no forms yet */
	DurationForms *forms;
} NumberWords;

/*
 * ICU's word for a day in these languages is one for 24 hours, which a business
 * day is not.  Forms by the categories of CLDR.
 */
static const struct
{
	const char *language;
	const char *forms[NUM_PLURALS];
}			day_words[] =
{
	{"be", {NULL, "{0} дзень", NULL, "{0} дні", "{0} дзён", "{0} дня"}},
	{"dz", {NULL, NULL, NULL, NULL, NULL, "ཉིནམ་ {0}"}},
	{"et", {NULL, "{0} päev", NULL, NULL, NULL, "{0} päeva"}},
	{"mn", {NULL, NULL, NULL, NULL, NULL, "{0} өдөр"}},
	{"nb", {NULL, "{0} dag", NULL, NULL, NULL, "{0} dager"}},
	{"nn", {NULL, "{0} dag", NULL, NULL, NULL, "{0} dagar"}},
	{"se", {NULL, "{0} beaivi", NULL, NULL, NULL, "{0} beaivvi"}},
	{"sv", {NULL, "{0} dag", NULL, NULL, NULL, "{0} dagar"}}
};

/* ----------------------------------------------------------------------
 * What is open
 * ----------------------------------------------------------------------
 */

ICU_CLOSER(ulistfmt_close)
ICU_CLOSER(unumf_close)
ICU_CLOSER(unumf_closeResult)

/* A formatter of numbers, by a skeleton of ICU, in a slot. */
static UNumberFormatter *
open_formatter(void **slot, const char *skeleton, const char *name, const char *tag)
{
	UChar		chars[100];
	UErrorCode	status = U_ZERO_ERROR;

	u_charsToUChars(skeleton, chars, strlen(skeleton) + 1);
	*slot = unumf_openForSkeletonAndLocale(chars, -1, name, &status);
	icu_check(status, "make a format of numbers", tag);
	return *slot;
}

/* A number as a formatter writes it. */
static char *
number_text(NumberWords *words, const UNumberFormatter *formatter, int64 number, const char *tag)
{
	UChar		chars[MAX_NUMBER];
	int32_t		n;
	UErrorCode	status = U_ZERO_ERROR;

	unumf_formatInt(formatter, number, words->number, &status);
	n = unumf_resultToString(words->number, chars, MAX_NUMBER, &status);
	icu_check(status, "format a number", tag);
	return utf8_from_uchars(chars, n);
}

/* The locale's minus: what is in front of -1 and not of 1. */
static char *
find_minus(NumberWords *words, const char *tag)
{
	char	   *one = number_text(words, words->numbers, 1, tag);
	char	   *less = number_text(words, words->numbers, -1, tag);
	int			len = strlen(less) - strlen(one);

	return len > 0 && strcmp(less + len, one) == 0 ? pnstrdup(less, len) : "-";
}

/* Open what is needed, in the current context. */
static void *
open_number_words(const char *name, const char *tag)
{
	NumberWords *words = palloc0(sizeof(NumberWords));
	void	  **numbers = icu_slot(CurrentMemoryContext, icu_unumf_close);
	void	  **number = icu_slot(CurrentMemoryContext, icu_unumf_closeResult);
	void	  **list = icu_slot(CurrentMemoryContext, icu_ulistfmt_close);
	UErrorCode	status = U_ZERO_ERROR;

	for (int width = 0; width < 2; width++)
	{
		for (int unit = 0; unit < NUM_UNITS; unit++)
			words->units[width][unit] = icu_slot(CurrentMemoryContext, icu_unumf_close);
	}
	*number = unumf_openResult(&status);
	icu_check(status, "make room for a number", tag);
	*list = ulistfmt_openForType(name, ULISTFMT_TYPE_UNITS, ULISTFMT_WIDTH_WIDE, &status);
	icu_check(status, "find how units are joined", tag);
	words->plurals = icu_plurals(name, tag);
	words->numbers = open_formatter(numbers, "", name, tag);
	words->number = *number;
	words->list = *list;
	words->minus = find_minus(words, tag);
	return words;
}

static NumberWords *
number_words(IcuLocale *icu)
{
	return locale_part(icu, PART_NUMBER_WORDS, open_number_words);
}

/* ----------------------------------------------------------------------
 * Forms
 * ----------------------------------------------------------------------
 */

/* The owner's text can need a conversion, after which a locale is looked up anew. */
static WordForm
find_form(FunctionCallInfo fcinfo, PolicyPin *pin, const char *key, bool english)
{
	const char *text = label_utf8(pin, locale_arg(fcinfo, 1), "duration", key, english);

	return word_form(text, text == NULL ? 0 : strlen(text));
}

/*
 * All forms of a locale, in the current context, which is one of their own: the
 * owner's texts are copied into it.
 */
static DurationForms *
find_forms(FunctionCallInfo fcinfo, PolicyPin *pin)
{
	DurationForms *forms = palloc0(sizeof(DurationForms));

	forms->within = find_form(fcinfo, pin, "within", false);
	forms->close = find_form(fcinfo, pin, "close", true);
	for (int style = 0; style < NUM_STYLES; style++)
	{
		for (int i = 0; i < NUM_CLOSES; i++)
		{
			char		key[40];

			snprintf(key, sizeof(key), "%s%s",
					 style == STYLE_WITHIN ? style_prefixes[style] : "", close_names[i]);
			forms->closes[style][i] = find_form(fcinfo, pin, key, true);
		}
		for (int unit = 0; unit < NUM_UNITS; unit++)
		{
			for (int i = 0; i < NUM_PLURALS; i++)
			{
				char		key[40];

				snprintf(key, sizeof(key), "%s%s.%s",
						 style_prefixes[style], unit_names[unit], plural_names[i]);
				forms->form[style][unit][i] = find_form(fcinfo, pin, key, false);
			}
		}
	}
	return forms;
}

/* The form of a category, or else the one for all others; NULL: neither. */
static const WordForm *
form_of(const WordForm *forms, PluralCategory category)
{
	if (forms[category].text != NULL)
		return &forms[category];
	return forms[PLURAL_OTHER].text != NULL ? &forms[PLURAL_OTHER] : NULL;
}

/* A day's form, where ICU's is one for 24 hours. */
static bool
day_form(const char *tag, PluralCategory category, WordForm *form)
{
	int			len = strcspn(tag, "-");

	for (int i = 0; i < (int) lengthof(day_words); i++)
	{
		const char *text;

		if ((int) strlen(day_words[i].language) != len ||
			memcmp(day_words[i].language, tag, len) != 0)
			continue;
		text = day_words[i].forms[category];
		if (text == NULL)
			text = day_words[i].forms[PLURAL_OTHER];
		*form = word_form(text, strlen(text));
		return true;
	}
	return false;
}

/* A number of units in ICU's own words. */
static char *
plain_units_text(IcuLocale *icu, NumberWords *words, DurationStyle style, DurationUnit unit,
				 int64 count, bool negative)
{
	bool		is_short = style == STYLE_SHORT;
	void	  **slot = words->units[is_short ? 1 : 0][unit];
	char	   *text;
	char	   *less;

	if (*slot == NULL)
	{
		char		skeleton[60];

		snprintf(skeleton, sizeof(skeleton), "measure-unit/duration-%s unit-width-%s",
				 unit_names[unit], is_short ? "short" : "full-name");
		(void) open_formatter(slot, skeleton, icu->name, icu->tag);
	}
	text = number_text(words, *slot, count, icu->tag);
	if (!negative)
		return text;
	less = number_text(words, *slot, -count, icu->tag);
	/* a word that has no number in it has no minus either */
	return strcmp(text, less) == 0 ? psprintf("%s%s", words->minus, less) : less;
}

/* A number of units; the first of a negative amount has its minus. */
static char *
units_text(IcuLocale *icu, NumberWords *words, DurationStyle style, DurationUnit unit,
		   int64 count, bool negative)
{
	PluralCategory category = icu_plural(words->plurals, count, icu->tag);
	const WordForm *form = form_of(words->forms->form[style][unit], category);
	WordForm	day;

	if (form == NULL && style == STYLE_WITHIN)
		form = form_of(words->forms->form[STYLE_LONG][unit], category);
	if (form == NULL && unit == UNIT_DAY && day_form(icu->tag, category, &day))
		form = &day;
	if (form == NULL)
		return plain_units_text(icu, words, style, unit, count, negative);
	if (form->after < 0)
		return psprintf("%s%.*s", negative ? words->minus : "", form->len, form->text);
	return form_text(form, number_text(words, words->numbers, negative ? -count : count, icu->tag));
}

/* ----------------------------------------------------------------------
 * The SQL functions
 * ----------------------------------------------------------------------
 */

static DurationStyle
style_arg(FunctionCallInfo fcinfo, int arg)
{
	text	   *value = PG_GETARG_TEXT_PP(arg);
	int			len = VARSIZE_ANY_EXHDR(value);

	for (int i = 0; i < NUM_STYLES; i++)
	{
		if ((int) strlen(style_names[i]) == len &&
			memcmp(style_names[i], VARDATA_ANY(value), len) == 0)
			return i;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("style \"%s\" does not exist",
					pnstrdup(VARDATA_ANY(value), pg_mbcliplen(VARDATA_ANY(value), len, 100))),
			 errhint("Styles: \"long\", \"short\", \"within\".")));
	return STYLE_LONG;
}

/* The length of a business day; 0 for null: days are not told. */
static int64
business_day_arg(FunctionCallInfo fcinfo, int arg)
{
	int64		day;

	if (PG_ARGISNULL(arg))
		return 0;
	day = amount_from_interval(PG_GETARG_INTERVAL_P(arg));
	if (day <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("business_day must be longer than zero")));
	return day;
}

/*
 * The words of the locale in the arguments.  The owner's can need a conversion,
 * so all are found before ICU's.
 */
static NumberWords *
words_of_args(FunctionCallInfo fcinfo, IcuLocale **icu)
{
	PolicyPin  *pin = &language_site(fcinfo)->policy;
	uint64		serial = labels_serial(pin);
	NumberWords *words;

	*icu = icu_locale(locale_arg(fcinfo, 1));
	words = number_words(*icu);
	if (words->forms_context == NULL || words->serial != serial)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
													  "ticket_priority duration words",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		DurationForms *forms = find_forms(fcinfo, pin);

		MemoryContextSwitchTo(old);
		*icu = icu_locale(locale_arg(fcinfo, 1));
		words = number_words(*icu);
		MemoryContextSetParent(context, (*icu)->context);
		if (words->forms_context != NULL)
			MemoryContextDelete(words->forms_context);
		words->forms_context = context;
		words->forms = forms;
		words->serial = serial;
	}
	return words;
}

PG_FUNCTION_INFO_V1(format_business_time);
PG_FUNCTION_INFO_V1(format_business_days);

/* format_business_time(amount, locale, style, business_day) */
Datum
format_business_time(PG_FUNCTION_ARGS)
{
	DurationStyle style;
	int64		amount;
	int64		day;
	uint64		size;
	int64		counts[NUM_UNITS];
	bool		negative;
	IcuLocale  *icu;
	NumberWords *words;
	List	   *parts = NIL;
	char	   *text;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		PG_RETURN_NULL();

	amount = amount_from_interval(PG_GETARG_INTERVAL_P(0));
	(void) locale_arg(fcinfo, 1);
	style = style_arg(fcinfo, 2);
	day = business_day_arg(fcinfo, 3);

	/* what is not a whole minute is cut off, of either sign */
	size = amount < 0 ? -(uint64) amount : (uint64) amount;
	counts[UNIT_DAY] = day > 0 ? (int64) (size / day) : 0;
	if (day > 0)
		size %= day;
	counts[UNIT_HOUR] = size / USECS_PER_HOUR;
	counts[UNIT_MINUTE] = size / USECS_PER_MINUTE % MINS_PER_HOUR;
	negative = amount < 0;

	words = words_of_args(fcinfo, &icu);
	for (int unit = 0; unit < NUM_UNITS; unit++)
	{
		if (counts[unit] == 0 && (unit < UNIT_MINUTE || parts != NIL))
			continue;
		parts = lappend(parts, units_text(icu, words, style, unit, counts[unit],
										  negative && parts == NIL && counts[unit] > 0));
	}
	if (style == STYLE_SHORT)
	{
		text = linitial(parts);
		for (int i = 1; i < list_length(parts); i++)
			text = psprintf("%s %s", text, (char *) list_nth(parts, i));
	}
	else
		text = icu_join(words->list, parts, icu->tag);
	if (style == STYLE_WITHIN && words->forms->within.text != NULL)
		text = form_text(&words->forms->within, text);
	PG_RETURN_TEXT_P(text_from_utf8(text, strlen(text)));
}

/* format_business_days(days, locale, style, until_close) */
Datum
format_business_days(PG_FUNCTION_ARGS)
{
	int32		days;
	bool		until_close;
	DurationStyle style;
	IcuLocale  *icu;
	NumberWords *words;
	char	   *text;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_NULL();
	days = PG_GETARG_INT32(0);
	until_close = PG_GETARG_BOOL(3);
	(void) locale_arg(fcinfo, 1);
	style = style_arg(fcinfo, 2);
	words = words_of_args(fcinfo, &icu);
	if (until_close && days >= 0 && days < NUM_CLOSES)
	{
		const WordForm *close = &words->forms->closes[style][days];

		PG_RETURN_TEXT_P(text_from_utf8(close->text, close->len));
	}
	text = units_text(icu, words, style, UNIT_DAY, days < 0 ? -(int64) days : days, days < 0);
	if (style == STYLE_WITHIN && words->forms->within.text != NULL)
		text = form_text(&words->forms->within, text);
	if (until_close)
		text = form_text(&words->forms->close, text);
	PG_RETURN_TEXT_P(text_from_utf8(text, strlen(text)));
}
