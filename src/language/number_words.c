/*
 * number_words.c
 *	  The SQL functions that write business time and business days for a reader.
 *
 * The words are labels of the kind "duration", one for each category of the
 * locale's own plural rules.  Numbers, and words of a language that has no such
 * labels, are ICU's.
 */
#include "postgres.h"

#include <unicode/ulistformatter.h>
#include <unicode/unumberformatter.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "language/label.h"
#include "language/word_forms.h"
#include "time/open_time.h"

/* UTF-16 units that nearly every number fits in. */
#define USUAL_NUMBER	100

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
	int			minus_len;
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

static void
close_plurals(void *handle)
{
	uplrules_close(handle);
}

static void
close_formatter(void *handle)
{
	unumf_close(handle);
}

static void
close_number(void *handle)
{
	unumf_closeResult(handle);
}

static void
close_list(void *handle)
{
	ulistfmt_close(handle);
}

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

/* Append a number as a formatter writes it. */
static void
append_number(StringInfo buf, NumberWords *words, const UNumberFormatter *formatter,
			  int64 number, const char *tag)
{
	UChar		usual[USUAL_NUMBER];
	UChar	   *chars = usual;
	char	   *utf8;
	int32_t		n;
	int			len;
	UErrorCode	status = U_ZERO_ERROR;

	unumf_formatInt(formatter, number, words->number, &status);
	n = unumf_resultToString(words->number, usual, USUAL_NUMBER, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
	{
		status = U_ZERO_ERROR;
		chars = palloc((n + 1) * sizeof(UChar));
		n = unumf_resultToString(words->number, chars, n + 1, &status);
	}
	icu_check(status, "format a number", tag);
	utf8 = utf8_from_uchars(chars, n, &len);
	appendBinaryStringInfo(buf, utf8, len);
}

/* Find the locale's minus: what is in front of -1 and not of 1. */
static void
find_minus(NumberWords *words, const char *tag)
{
	StringInfoData one;
	StringInfoData less;

	initStringInfo(&one);
	initStringInfo(&less);
	append_number(&one, words, words->numbers, 1, tag);
	append_number(&less, words, words->numbers, -1, tag);
	words->minus = "-";
	words->minus_len = 1;
	if (less.len > one.len && memcmp(less.data + less.len - one.len, one.data, one.len) == 0)
	{
		words->minus = less.data;
		words->minus_len = less.len - one.len;
	}
}

/* Open what is needed, in the current context. */
static void *
open_number_words(const char *name, const char *tag)
{
	NumberWords *words = palloc0(sizeof(NumberWords));
	void	  **plurals = icu_slot(CurrentMemoryContext, close_plurals);
	void	  **numbers = icu_slot(CurrentMemoryContext, close_formatter);
	void	  **number = icu_slot(CurrentMemoryContext, close_number);
	void	  **list = icu_slot(CurrentMemoryContext, close_list);
	UErrorCode	status = U_ZERO_ERROR;

	for (int width = 0; width < 2; width++)
	{
		for (int unit = 0; unit < NUM_UNITS; unit++)
			words->units[width][unit] = icu_slot(CurrentMemoryContext, close_formatter);
	}
	*plurals = uplrules_open(name, &status);
	icu_check(status, "find the plural rules", tag);
	*number = unumf_openResult(&status);
	icu_check(status, "make room for a number", tag);
	*list = ulistfmt_openForType(name, ULISTFMT_TYPE_UNITS, ULISTFMT_WIDTH_WIDE, &status);
	icu_check(status, "find how units are joined", tag);
	words->plurals = *plurals;
	words->numbers = open_formatter(numbers, "", name, tag);
	words->number = *number;
	words->list = *list;
	find_minus(words, tag);
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

/* All forms of a locale, in the current context. */
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

static void
copy_form(WordForm *form)
{
	if (form->text != NULL)
		form->text = pnstrdup(form->text, form->len);
}

static void
keep_forms(IcuLocale *icu, NumberWords *words, const DurationForms *found, uint64 serial)
{
	MemoryContext context = AllocSetContextCreate(icu->context,
												  "ticket_priority duration words",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	DurationForms *forms = palloc(sizeof(DurationForms));

	*forms = *found;
	copy_form(&forms->within);
	copy_form(&forms->close);
	for (int style = 0; style < NUM_STYLES; style++)
	{
		for (int i = 0; i < NUM_CLOSES; i++)
			copy_form(&forms->closes[style][i]);
		for (int unit = 0; unit < NUM_UNITS; unit++)
		{
			for (int i = 0; i < NUM_PLURALS; i++)
				copy_form(&forms->form[style][unit][i]);
		}
	}
	MemoryContextSwitchTo(old);
	if (words->forms_context != NULL)
		MemoryContextDelete(words->forms_context);
	words->forms_context = context;
	words->forms = forms;
	words->serial = serial;
}

/* The category of a number in the locale. */
static PluralCategory
category_of(const NumberWords *words, int64 number, const char *tag)
{
	UChar		chars[16];
	char		name[16];
	int32_t		n;
	UErrorCode	status = U_ZERO_ERROR;

	n = uplrules_select(words->plurals, (double) number, chars, lengthof(chars), &status);
	icu_check(status, "find a plural form", tag);
	u_UCharsToChars(chars, name, Min(n, (int32_t) sizeof(name) - 1));
	name[Min(n, (int32_t) sizeof(name) - 1)] = '\0';
	for (int i = 0; i < NUM_PLURALS; i++)
	{
		if (strcmp(plural_names[i], name) == 0)
			return i;
	}
	return PLURAL_OTHER;
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

/* Append a number of units in ICU's own words. */
static void
append_plain_units(StringInfo buf, IcuLocale *icu, NumberWords *words,
				   DurationStyle style, DurationUnit unit, int64 count, bool negative)
{
	bool		is_short = style == STYLE_SHORT;
	void	  **slot = words->units[is_short ? 1 : 0][unit];
	StringInfoData text;
	StringInfoData less;

	if (*slot == NULL)
	{
		char		skeleton[60];

		snprintf(skeleton, sizeof(skeleton), "measure-unit/duration-%s unit-width-%s",
				 unit_names[unit], is_short ? "short" : "full-name");
		(void) open_formatter(slot, skeleton, icu->name, icu->tag);
	}
	initStringInfo(&text);
	append_number(&text, words, *slot, count, icu->tag);
	if (negative)
	{
		initStringInfo(&less);
		append_number(&less, words, *slot, -count, icu->tag);

		/* a word that has no number in it has no minus either */
		if (strcmp(text.data, less.data) == 0)
			appendBinaryStringInfo(buf, words->minus, words->minus_len);
		text = less;
	}
	appendBinaryStringInfo(buf, text.data, text.len);
}

/* Append a number of units; the first of a negative amount has its minus. */
static void
append_units(StringInfo buf, IcuLocale *icu, NumberWords *words,
			 DurationStyle style, DurationUnit unit, int64 count, bool negative)
{
	PluralCategory category = category_of(words, count, icu->tag);
	const WordForm *form = form_of(words->forms->form[style][unit], category);
	WordForm	day;
	StringInfoData text;

	if (form == NULL && style == STYLE_WITHIN)
		form = form_of(words->forms->form[STYLE_LONG][unit], category);
	if (form == NULL && unit == UNIT_DAY && day_form(icu->tag, category, &day))
		form = &day;
	if (form == NULL)
	{
		append_plain_units(buf, icu, words, style, unit, count, negative);
		return;
	}
	if (form->after < 0)
	{
		if (negative)
			appendBinaryStringInfo(buf, words->minus, words->minus_len);
		appendBinaryStringInfo(buf, form->text, form->len);
		return;
	}
	initStringInfo(&text);
	append_number(&text, words, words->numbers, negative ? -count : count, icu->tag);
	append_form(buf, form, text.data, text.len);
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

/* Texts joined as CLDR joins units. */
static StringInfoData
join_units(const NumberWords *words, const StringInfoData *parts, int n, const char *tag)
{
	StringInfoData joined;
	const UChar *chars[NUM_UNITS];
	int32_t		lengths[NUM_UNITS];
	int32_t		room = 0;
	int32_t		len;
	UChar	   *all;
	UErrorCode	status = U_ZERO_ERROR;

	for (int i = 0; i < n; i++)
	{
		chars[i] = uchars_from_utf8(parts[i].data, parts[i].len, &lengths[i]);
		room += lengths[i];
	}
	room += 60;
	all = palloc(room * sizeof(UChar));
	len = ulistfmt_format(words->list, chars, lengths, n, all, room, &status);
	icu_check(status, "join units", tag);
	initStringInfo(&joined);
	joined.data = utf8_from_uchars(all, len, &joined.len);
	return joined;
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
		DurationForms *found = find_forms(fcinfo, pin);

		*icu = icu_locale(locale_arg(fcinfo, 1));
		words = number_words(*icu);
		keep_forms(*icu, words, found, serial);
	}
	return words;
}

/* A text with what stands around it, if there is that. */
static StringInfoData
framed(const WordForm *form, StringInfoData text)
{
	StringInfoData whole;

	if (form->text == NULL)
		return text;
	initStringInfo(&whole);
	append_form(&whole, form, text.data, text.len);
	return whole;
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
	StringInfoData parts[NUM_UNITS];
	StringInfoData text;
	int			n = 0;

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
		if (counts[unit] == 0 && (unit < UNIT_MINUTE || n > 0))
			continue;
		initStringInfo(&parts[n]);
		append_units(&parts[n], icu, words, style, unit, counts[unit],
					 negative && n == 0 && counts[unit] > 0);
		n++;
	}
	text = parts[0];
	if (n > 1 && style == STYLE_SHORT)
	{
		for (int i = 1; i < n; i++)
		{
			appendStringInfoChar(&text, ' ');
			appendBinaryStringInfo(&text, parts[i].data, parts[i].len);
		}
	}
	else if (n > 1)
		text = join_units(words, parts, n, icu->tag);
	if (style == STYLE_WITHIN)
		text = framed(&words->forms->within, text);
	PG_RETURN_TEXT_P(text_from_utf8(text.data, text.len));
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
	StringInfoData text;

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
	initStringInfo(&text);
	append_units(&text, icu, words, style, UNIT_DAY,
				 days < 0 ? -(int64) days : days, days < 0);
	if (style == STYLE_WITHIN)
		text = framed(&words->forms->within, text);
	if (until_close)
		text = framed(&words->forms->close, text);
	PG_RETURN_TEXT_P(text_from_utf8(text.data, text.len));
}
