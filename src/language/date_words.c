/*
 * date_words.c
 *	  SQL functions that write an instant for a reader: as a date in his zone,
 *	  and as what is left until then.
 *
 * ICU has the words and their order.  The local time is PostgreSQL's: ICU is
 * given a calendar whose zone is the offset in force, and none of its own.
 */
#include "postgres.h"

#include <unicode/ucal.h>
#include <unicode/udat.h>
#include <unicode/ureldatefmt.h>
#include <unicode/ustring.h>

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "language/label.h"
#include "time/open_time.h"

/* The longest fields that are read, in bytes. */
#define MAX_FIELDS		60

/* Fields of which a locale keeps the formats. */
#define KEPT_FORMATS	4

/* UTF-16 units that every text fits in: fields at their longest give 130. */
#define MAX_TEXT		500

/*
 * The letters of CLDR's skeletons, but for those that need the name of a zone,
 * and how many of each there can be.  ICU knows milliseconds.
 */
static const struct
{
	char		letter;
	int			max;
}			field_letters[] =
{
	{'G', 5}, {'y', 9}, {'Y', 9}, {'u', 9}, {'U', 5}, {'r', 9}, {'Q', 5},
	{'q', 5}, {'M', 5}, {'L', 5}, {'w', 2}, {'W', 1}, {'d', 2}, {'D', 3},
	{'F', 1}, {'g', 9}, {'E', 6}, {'e', 6}, {'c', 6}, {'a', 5}, {'b', 5},
	{'B', 5}, {'h', 2}, {'H', 2}, {'K', 2}, {'k', 2}, {'j', 6}, {'J', 2},
	{'C', 6}, {'m', 2}, {'s', 2}, {'S', 3}, {'A', 9}, {'z', 4}, {'Z', 5},
	{'O', 4}, {'X', 5}, {'x', 5}
};

#define ZONE_LETTERS	"zZOXx"

/* Midnight at the beginning of year 1, in seconds since 1970. */
#define YEAR_ONE		INT64CONST(-62135596800)

/* Before every timestamp, in milliseconds: the calendar is Gregorian throughout. */
#define ALWAYS_GREGORIAN	(-1e15)

/* A format for some fields. */
typedef struct DateFormat
{
	char		fields[MAX_FIELDS];
	int			len;
	bool		with_era;		/* of years before the first */
	bool		with_zone;		/* one of the fields is the offset */
	uint64		used;
	void	  **slot;			/* its UDateFormat */
} DateFormat;

/* What a locale keeps open for dates. */
typedef struct DateWords
{
	void	  **calendar;		/* its UCalendar */
	int32		offset;			/* seconds east, of its zone */
	uint64		uses;
	int			nformats;
	DateFormat	formats[KEPT_FORMATS];
} DateWords;

/* ----------------------------------------------------------------------
 * Fields
 * ----------------------------------------------------------------------
 */

pg_noreturn static void refuse_fields(const char *fields, int len, const char *detail);

static void
refuse_fields(const char *fields, int len, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("date fields \"%s\" not recognized",
					pnstrdup(fields, pg_mbcliplen(fields, len, 100))),
			 detail == NULL ? 0 : errdetail_internal("%s", detail),
			 errhint("Fields are letters such as y (year), M (month), d (day), E (weekday), j (hour), m (minute), s (second) and O (offset from GMT), more of a letter for a longer form: \"yMMMMEEEEdjm\".")));
}

/* How many of a letter there can be; 0 of one that is no field. */
static int
most_of_field(char letter)
{
	for (int i = 0; i < (int) lengthof(field_letters); i++)
	{
		if (field_letters[i].letter == letter)
			return field_letters[i].max;
	}
	return 0;
}

/*
 * Check fields; whether one shows the offset.  ICU would leave out what it does
 * not understand.
 */
static bool
check_fields(const char *fields, int len)
{
	bool		with_zone = false;
	int			count;

	if (len == 0)
		refuse_fields(fields, len, "There is none.");
	if (len > MAX_FIELDS)
		refuse_fields(fields, len, "There are too many.");
	for (int i = 0; i < len; i += count)
	{
		char		letter = fields[i];
		int			most = most_of_field(letter);

		if (most == 0)
			refuse_fields(fields, len,
						  letter > ' ' && letter < 0x7f ?
						  psprintf("There is no field \"%c\".", letter) : NULL);
		if (memchr(fields, letter, i) != NULL)
			refuse_fields(fields, len, psprintf("There is \"%c\" in two places.", letter));
		for (count = 1; i + count < len && fields[i + count] == letter; count++)
			;
		if (count > most || (letter == 'O' && count != 1 && count != 4))
			refuse_fields(fields, len,
						  letter == 'O' ? "Of \"O\" there can be one or four." :
						  psprintf("Of \"%c\" there can be up to %d.", letter, most));
		if (strchr(ZONE_LETTERS, letter) != NULL)
			with_zone = true;
	}
	return with_zone;
}

/* ----------------------------------------------------------------------
 * What is open
 * ----------------------------------------------------------------------
 */

ICU_CLOSER(ucal_close)
ICU_CLOSER(udat_close)
ICU_CLOSER(ureldatefmt_close)

/*
 * Read numbers by the Gregorian calendar for all times.  Other calendars, of
 * locales that ask for them, have no such setting.
 */
static void
set_gregorian(UCalendar *calendar, const char *locale)
{
	UErrorCode	status = U_ZERO_ERROR;

	ucal_setGregorianChange(calendar, ALWAYS_GREGORIAN, &status);
	if (status != U_UNSUPPORTED_ERROR)
		icu_check(status, "make a calendar", locale);
}

/* Open what is needed, in the current context. */
static void *
open_date_words(const char *name, const char *tag)
{
	DateWords  *words = palloc0(sizeof(DateWords));
	UErrorCode	status = U_ZERO_ERROR;

	for (int i = 0; i < KEPT_FORMATS; i++)
		words->formats[i].slot = icu_slot(CurrentMemoryContext, icu_udat_close);
	words->calendar = icu_slot(CurrentMemoryContext, icu_ucal_close);
	*words->calendar = ucal_open(u"GMT", -1, name, UCAL_DEFAULT, &status);
	icu_check(status, "make a calendar", tag);
	set_gregorian(*words->calendar, tag);
	return words;
}

static void *
open_due_words(const char *name, const char *tag)
{
	void	  **words = icu_slot(CurrentMemoryContext, icu_ureldatefmt_close);
	UErrorCode	status = U_ZERO_ERROR;

	*words = ureldatefmt_open(name, NULL, UDAT_STYLE_LONG, UDISPCTX_CAPITALIZATION_NONE, &status);
	icu_check(status, "find the words for time that is left", tag);
	return *words;
}

/* Open a format for fields, in place of one that is not used. */
static DateFormat *
make_format(IcuLocale *locale, DateWords *words, const char *fields, int len,
			bool with_era)
{
	bool		with_zone = check_fields(fields, len);
	char	   *skeleton = psprintf("%s%.*s", with_era ? "G" : "", len, fields);
	UChar	   *pattern;
	DateFormat *format = &words->formats[0];
	UErrorCode	status = U_ZERO_ERROR;

	pattern = icu_date_pattern(locale->name, locale->tag, skeleton);
	if (pattern[0] == 0)
		refuse_fields(fields, len, "The locale has no form in which all of them are.");

	if (words->nformats < KEPT_FORMATS)
		format = &words->formats[words->nformats++];
	else
	{
		for (int i = 1; i < KEPT_FORMATS; i++)
		{
			if (words->formats[i].used < format->used)
				format = &words->formats[i];
		}
	}
	format->len = 0;
	format->used = 0;
	if (*format->slot != NULL)
	{
		UDateFormat *old = *format->slot;

		*format->slot = NULL;
		udat_close(old);
	}
	*format->slot = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale->name, u"GMT", -1,
							  pattern, -1, &status);
	icu_check(status, "make a format of dates", locale->tag);
	pfree(pattern);
	pfree(skeleton);
	memcpy(format->fields, fields, len);
	format->len = len;
	format->with_era = with_era;
	format->with_zone = with_zone;
	return format;
}

static DateFormat *
date_format(IcuLocale *locale, DateWords *words, const char *fields, int len,
			bool before_year_one)
{
	bool		with_era = before_year_one && len < MAX_FIELDS &&
		memchr(fields, 'y', len) != NULL && memchr(fields, 'G', len) == NULL;
	DateFormat *format = NULL;

	for (int i = 0; i < words->nformats; i++)
	{
		if (words->formats[i].len == len && words->formats[i].with_era == with_era &&
			memcmp(words->formats[i].fields, fields, len) == 0 && len > 0)
		{
			format = &words->formats[i];
			break;
		}
	}
	if (format == NULL)
		format = make_format(locale, words, fields, len, with_era);
	format->used = ++words->uses;
	return format;
}

/* Give the calendar a zone that is an offset, in seconds east. */
static void
set_offset(DateWords *words, int32 offset, const char *locale)
{
	int32		size = abs(offset);
	char		name[32];
	UChar		chars[32];
	UErrorCode	status = U_ZERO_ERROR;

	if (words->offset == offset)
		return;
	snprintf(name, sizeof(name), "GMT%c%02d:%02d:%02d", offset < 0 ? '-' : '+',
			 size / SECS_PER_HOUR, size / SECS_PER_MINUTE % MINS_PER_HOUR,
			 size % SECS_PER_MINUTE);
	u_charsToUChars(name, chars, strlen(name) + 1);
	ucal_setTimeZone(*words->calendar, chars, -1, &status);
	icu_check(status, "set the zone of a calendar", locale);
	words->offset = offset;
}

/* Milliseconds since 1970, which ICU has as a double, not rounded up. */
static UDate
calendar_millis(int64 secs, int32 micros)
{
	int			millis = micros / 1000;

	/* from here on a double has even numbers alone */
	if (secs >= (INT64CONST(1) << 53) / 1000)
		millis &= ~1;
	return (UDate) (secs * 1000 + millis);
}

/* ----------------------------------------------------------------------
 * The functions
 * ----------------------------------------------------------------------
 */

PG_FUNCTION_INFO_V1(format_deadline);
PG_FUNCTION_INFO_V1(format_due_in);

/*
 * The text of an infinite instant, NULL of another: a deadline is infinite when
 * the ticket is paused without end.
 */
static text *
infinite_text(FunctionCallInfo fcinfo, TimestampTz t, Locale *locale)
{
	if (!TIMESTAMP_IS_NOEND(t))
	{
		require_finite(t, "format a deadline");
		return NULL;
	}
	return label_text(&language_site(fcinfo)->policy, locale, "status", "paused");
}

/* format_deadline(at, time_zone, locale, fields) */
Datum
format_deadline(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	text	   *zone_name = PG_GETARG_TEXT_PP(1);
	text	   *fields = PG_GETARG_TEXT_PP(3);
	Locale	   *locale = locale_arg(fcinfo, 2);
	text	   *infinite;
	Zone	   *zone;
	int32		micros;
	int32		offset;
	int64		secs;
	IcuLocale  *icu;
	DateWords  *words;
	DateFormat *format;
	UChar		chars[MAX_TEXT];
	int32_t		n;
	UErrorCode	status = U_ZERO_ERROR;

	timeline_begin_call();
	zone = zone_lookup(VARDATA_ANY(zone_name), VARSIZE_ANY_EXHDR(zone_name), false);
	if (TIMESTAMP_NOT_FINITE(at))
	{
		(void) check_fields(VARDATA_ANY(fields), VARSIZE_ANY_EXHDR(fields));
		infinite = infinite_text(fcinfo, at, locale);
		PG_RETURN_TEXT_P(infinite);
	}
	secs = split_timestamp(at, &micros);
	offset = zone_offset(zone, secs);

	icu = icu_locale(locale);
	words = locale_part(icu, PART_DATE_WORDS, open_date_words);
	format = date_format(icu, words, VARDATA_ANY(fields), VARSIZE_ANY_EXHDR(fields),
						 secs + offset < YEAR_ONE);
	if (format->with_zone)
		set_offset(words, offset, icu->tag);
	else
	{
		/* as if the local time were that of GMT, which is sooner done */
		set_offset(words, 0, icu->tag);
		secs += offset;
	}
	ucal_setMillis(*words->calendar, calendar_millis(secs, micros), &status);
	n = udat_formatCalendar(*format->slot, *words->calendar, chars, MAX_TEXT, NULL, &status);
	icu_check(status, "format a date", icu->tag);
	PG_RETURN_TEXT_P(text_from_uchars(chars, n));
}

/* format_due_in(due_at, locale, at) */
Datum
format_due_in(PG_FUNCTION_ARGS)
{
	TimestampTz due_at = PG_GETARG_TIMESTAMPTZ(0);
	Locale	   *locale = locale_arg(fcinfo, 1);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(2);
	bool		past = due_at < at;
	uint64		left;
	double		amount;
	URelativeDateTimeUnit unit;
	IcuLocale  *icu;
	UChar		chars[MAX_TEXT];
	int32_t		n;
	UErrorCode	status = U_ZERO_ERROR;

	require_finite(at, "format a deadline");
	if (TIMESTAMP_NOT_FINITE(due_at))
		PG_RETURN_TEXT_P(infinite_text(fcinfo, due_at, locale));

	/* the difference of two timestamps can be more than an int64 */
	left = past ? (uint64) at - (uint64) due_at : (uint64) due_at - (uint64) at;
	if (left >= 2 * (uint64) USECS_PER_DAY)
	{
		unit = UDAT_REL_UNIT_DAY;
		amount = left / USECS_PER_DAY;
	}
	else if (left >= 2 * (uint64) USECS_PER_HOUR)
	{
		unit = UDAT_REL_UNIT_HOUR;
		amount = left / USECS_PER_HOUR;
	}
	else
	{
		unit = UDAT_REL_UNIT_MINUTE;
		amount = left / USECS_PER_MINUTE;
	}

	icu = icu_locale(locale);
	/* zero has a sign too: "0 minutes ago" */
	n = ureldatefmt_formatNumeric(locale_part(icu, PART_DUE_WORDS, open_due_words), past ? -amount : amount, unit,
								  chars, MAX_TEXT, &status);
	icu_check(status, "format the time that is left", icu->tag);
	PG_RETURN_TEXT_P(text_from_uchars(chars, n));
}
