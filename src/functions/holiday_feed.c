/*
 * holiday_feed.c
 *	  The SQL function that shows the events of a holiday feed.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/formatting.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/dates.h"
#include "hours/holiday_feed.h"
#include "time/time_cache.h"
#include "time/zones.h"

#define NCOLUMNS	10

/* The years whose days a feed can write, and so those of from_day. */
#define FIRST_FEED_YEAR	1
#define LAST_FEED_YEAR	9999

PG_FUNCTION_INFO_V1(holiday_feed);

/* For feeds with times in UTC: PostgreSQL's own zones. */
static bool
local_time(const char *zone, int64 instant, int64 *local)
{
	Zone	   *found = zone_lookup(zone, strlen(zone), true);

	if (found == NULL)
		return false;
	*local = instant + zone_offset(found, instant);
	return true;
}

static Datum
text_or_null(const char *value, bool *isnull)
{
	*isnull = value == NULL;
	return value == NULL ? (Datum) 0 : CStringGetTextDatum(value);
}

static Datum
categories_array(const FeedText *text)
{
	Datum	   *elements = palloc((text->ncategories + 1) * sizeof(Datum));

	for (int i = 0; i < text->ncategories; i++)
		elements[i] = CStringGetTextDatum(text->categories[i]);
	return PointerGetDatum(construct_array(elements, text->ncategories, TEXTOID, -1, false, TYPALIGN_INT));
}

static void
put_row(ReturnSetInfo *rsinfo, const FeedRow *row)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};
	bool		no_day = row->rule != NULL || row->problem != NULL;

	values[0] = Int32GetDatum(row->line);
	values[1] = DateADTGetDatum((DateADT) (row->day - EPOCH_DAYS));
	values[2] = DateADTGetDatum((DateADT) (row->last_day - EPOCH_DAYS));
	nulls[1] = nulls[2] = no_day;
	values[3] = text_or_null(row->rule, &nulls[3]);
	values[4] = text_or_null(row->text->name, &nulls[4]);
	values[5] = categories_array(row->text);
	values[6] = text_or_null(row->text->description, &nulls[6]);
	values[7] = text_or_null(row->text->transparency, &nulls[7]);
	values[8] = text_or_null(row->text->class, &nulls[8]);
	values[9] = text_or_null(row->problem, &nulls[9]);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/* What is asked for, in small letters. */
typedef struct AskedCategories
{
	char	  **names;
	int			n;
} AskedCategories;

static char *
small_letters(const char *text)
{
	return str_tolower(text, strlen(text), DEFAULT_COLLATION_OID);
}

static void
ask_categories(AskedCategories *asked, ArrayType *array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	asked->names = palloc((n + 1) * sizeof(char *));
	asked->n = 0;
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			asked->names[asked->n++] =
				small_letters(TextDatumGetCString(DirectFunctionCall1(btrim1, elements[i])));
	}
}

static bool
is_asked(char *const *categories, int ncategories, void *arg)
{
	AskedCategories *asked = arg;

	for (int i = 0; i < ncategories; i++)
	{
		char	   *name = small_letters(categories[i]);

		for (int k = 0; k < asked->n; k++)
		{
			if (strcmp(name, asked->names[k]) == 0)
				return true;
		}
		pfree(name);
	}
	return false;
}

/* What was read although it is not as the format has it. */
static void
tell_oddities(const HolidayFeed *feed)
{
	if (feed->nbroken > 0)
		ereport(NOTICE,
				(errmsg_plural("%d line of the holiday feed was read as the rest of the line before, first line %d",
							   "%d lines of the holiday feed were read as the rest of the line before, first line %d",
							   feed->nbroken, feed->nbroken, feed->first_broken),
				 errdetail("A line that goes on begins with a space in iCalendar, and a new one with a name and a colon.")));
	if (feed->after_end > 0)
		ereport(NOTICE,
				(errmsg("what follows the end of the holiday feed at line %d was passed over", feed->after_end)));
}

/* holiday_feed(ics, on_error, from_day, categories) */
Datum
holiday_feed(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	text	   *ics;
	char	   *on_error;
	DateADT		from_day;
	const char *s;
	int			len;
	FeedOptions options = {.zone = local_time};
	AskedCategories asked;
	HolidayFeed *feed;
	MemoryContext row_context;
	MemoryContext old_context;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return (Datum) 0;
	ics = PG_GETARG_TEXT_PP(0);
	s = VARDATA_ANY(ics);
	len = VARSIZE_ANY_EXHDR(ics);
	on_error = text_to_cstring(PG_GETARG_TEXT_PP(1));
	from_day = PG_GETARG_DATEADT(2);
	options.skip = strcmp(on_error, "skip") == 0;
	if (!options.skip && strcmp(on_error, "stop") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("on_error must be \"stop\" or \"skip\", not \"%s\"", on_error)));
	options.from_day = (int64) from_day + EPOCH_DAYS;
	if (DATE_NOT_FINITE(from_day) || year_of_date(options.from_day) < FIRST_FEED_YEAR ||
		year_of_date(options.from_day) > LAST_FEED_YEAR)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("from_day must be a day of the years %d to %d", FIRST_FEED_YEAR, LAST_FEED_YEAR)));
	if (!PG_ARGISNULL(3))
	{
		ask_categories(&asked, PG_GETARG_ARRAYTYPE_P(3));
		options.choice = is_asked;
		options.choice_arg = &asked;
	}
	if (len > FEED_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("holiday feed is too large"),
				 errdetail("It has %d bytes; at most %d are read.", len, FEED_MAX_BYTES),
				 errhint("Import a feed of public holidays alone, or fewer years of it.")));

	/* a byte order mark: a character in UTF-8, three bytes where none is told */
	if ((GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII) &&
		len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
	{
		s += 3;
		len -= 3;
	}
	timeline_begin_call();
	feed = holiday_feed_read(s, len, &options);
	tell_oddities(feed);

	row_context = AllocSetContextCreate(CurrentMemoryContext, "ticket_priority feed row", ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(row_context);
	for (int i = 0; i < feed->nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_row(rsinfo, &feed->rows[i]);
		MemoryContextReset(row_context);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(row_context);
	return (Datum) 0;
}
