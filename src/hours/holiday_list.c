/*
 * holiday_list.c
 *	  A list of holidays as a value: days, rules, and special opening.
 *
 * The key of a list is laid out in items, each of which begins at a multiple
 * of eight bytes: a header with the counts; then the days, each followed by
 * its special hours if it has any; then the parsed rules, each followed by an
 * item of the special hours of its days, if it has any.  After these come the
 * same for the next layer, if there is one.  Keys are made only here and are
 * never stored, so they are not checked when they are read.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/datetime.h"

#include "base/compat.h"
#include "base/dates.h"
#include "hours/holiday_list.h"

typedef struct KeyHeader
{
	int32		magic;			/* KEY_MAGIC; no business_hours begin with it */
	int32		ndays;
	int32		nrules;
	int32		len;			/* bytes of the layer, with this header */
} KeyHeader;

#define KEY_MAGIC	(-1)

/* Stands before each day and each rule, and says what follows. */
typedef struct KeyItem
{
	int32		date;			/* of a day; of a rule, 1 if hours follow */
	int32		size;			/* bytes that follow, before padding */
} KeyItem;

static int
compare_rows(const void *a, const void *b)
{
	int32		x = ((const HolidayRow *) a)->date;
	int32		y = ((const HolidayRow *) b)->date;

	CHECK_FOR_INTERRUPTS();
	return x < y ? -1 : x > y;
}

/* Sorts the rules, so that their order does not depend on that of the rows. */
static int
compare_rules(const void *a, const void *b)
{
	CHECK_FOR_INTERRUPTS();
	return strcmp(((const HolidayRuleRow *) a)->rule, ((const HolidayRuleRow *) b)->rule);
}

static void
append_item(StringInfo key, int32 date, const void *bytes, Size size)
{
	static const char zeros[8] = {0};
	KeyItem		item;

	item.date = date;
	item.size = (int32) size;
	appendBinaryStringInfo(key, (const char *) &item, sizeof(item));
	if (size > 0)
		appendBinaryStringInfo(key, bytes, size);
	appendBinaryStringInfo(key, zeros, TYPEALIGN(8, key->len) - key->len);
}

ByteKey
holiday_list_key(HolidayRow *days, int ndays, HolidayRuleRow *rules, int nrules)
{
	StringInfoData key;
	KeyHeader	header;
	ByteKey		result;

	initStringInfo(&key);
	header.magic = KEY_MAGIC;
	header.len = 0;
	header.ndays = ndays;
	header.nrules = nrules;
	appendBinaryStringInfo(&key, (const char *) &header, sizeof(header));
	qsort(days, ndays, sizeof(HolidayRow), compare_rows);
	for (int i = 0; i < ndays; i++)
	{
		CHECK_FOR_INTERRUPTS();
		append_item(&key, days[i].date, days[i].special,
					days[i].special == NULL ? 0 : VARSIZE(days[i].special));
	}
	qsort(rules, nrules, sizeof(HolidayRuleRow), compare_rules);
	for (int i = 0; i < nrules; i++)
	{
		HolidayRule *parsed;

		CHECK_FOR_INTERRUPTS();
		parsed = holiday_rule_parse(rules[i].rule, strlen(rules[i].rule), NULL);
		append_item(&key, rules[i].special != NULL, parsed, holiday_rule_size(parsed));
		if (rules[i].special != NULL)
			append_item(&key, 0, rules[i].special, VARSIZE(rules[i].special));
	}
	((KeyHeader *) key.data)->len = key.len;
	result.data = key.data;
	result.len = key.len;
	return result;
}

/* Unpack the special hours at a place of the key; returns their index. */
static int32
add_special(HolidayList *list, const char *at)
{
	list->specials[list->nspecials] = business_hours_unpack((const BusinessHours *) at);
	return list->nspecials++;
}

/* Read the items of a layer, which come after its header. */
static void
read_layer(HolidayList *list, const KeyHeader *header)
{
	HolidayLayer *layer = &list->layers[list->nlayers++];
	const char *at = (const char *) (header + 1);

	layer->first_day = list->ndays;
	layer->ndays = header->ndays;
	layer->first_rule = list->nrules;
	layer->nrules = header->nrules;
	for (int i = 0; i < header->ndays + header->nrules; i++)
	{
		const KeyItem *item = (const KeyItem *) at;

		CHECK_FOR_INTERRUPTS();
		at += sizeof(KeyItem);
		if (i < header->ndays)
		{
			HolidayDay *day = &list->days[list->ndays++];

			day->date = item->date;
			day->special = item->size > 0 ? add_special(list, at) : -1;
			list->last_date = Max(list->last_date, day->date);
		}
		else
		{
			HolidayListRule *one = &list->rules[list->nrules++];
			int			first;
			int			last;

			one->rule = (const HolidayRule *) at;
			one->shift = holiday_rule_shift(one->rule);
			one->special = -1;
			if (one->shift != 0)
				list->has_shifts = true;
			holiday_rule_known(one->rule, &first, &last);
			if (item->date != 0)
			{
				at += TYPEALIGN(8, item->size);
				item = (const KeyItem *) at;
				at += sizeof(KeyItem);
				one->special = add_special(list, at);
			}
			list->first_year = Max(list->first_year, first);
			list->last_year = Min(list->last_year, last);
		}
		at += TYPEALIGN(8, item->size);
	}
}

HolidayList *
holiday_list_make(ByteKey key)
{
	HolidayList *list = palloc0(sizeof(HolidayList));
	const char *end = key.data + key.len;
	Size		nlayers = 0;
	Size		ndays = 0;
	Size		nrules = 0;

	for (const char *at = key.data; at < end; at += ((const KeyHeader *) at)->len)
	{
		const KeyHeader *header = (const KeyHeader *) at;

		nlayers++;
		ndays += header->ndays;
		nrules += header->nrules;
	}
	list->key = key;
	list->layers = palloc(nlayers * sizeof(HolidayLayer));
	list->days = MemoryContextAllocHuge(CurrentMemoryContext,
										Max(ndays, 1) * sizeof(HolidayDay));
	list->specials = MemoryContextAllocHuge(CurrentMemoryContext,
											Max(ndays + nrules, 1) * sizeof(OpeningHours *));
	list->rules = MemoryContextAllocHuge(CurrentMemoryContext,
										 Max(nrules, 1) * sizeof(HolidayListRule));
	list->last_date = INT_MIN;
	list->first_year = INT_MIN;
	list->last_year = INT_MAX;
	for (const char *at = key.data; at < end; at += ((const KeyHeader *) at)->len)
		read_layer(list, (const KeyHeader *) at);
	/* days near holidays need the holidays of the years around */
	if (list->has_shifts && list->first_year != INT_MIN)
		list->first_year++;
	if (list->has_shifts && list->last_year != INT_MAX)
		list->last_year--;
	return list;
}

/* What is known of the dates of a year. */
typedef struct YearDays
{
	bool		holiday[366];
	int32		special[366];	/* -1: none */
	bool		decided[366];	/* whether a row or a rule has said something */
} YearDays;

/* A row or a rule makes a date a holiday, or gives it hours; the first one counts. */
static inline void
decide(YearDays *days, int day, int32 special)
{
	if (days->decided[day])
		return;
	days->decided[day] = true;
	days->holiday[day] = special < 0;
	days->special[day] = special;
}

/*
 * Set what the rules of a layer with days of their own say, as holidays or as
 * special hours.
 */
static void
dates_of_rules(const HolidayList *list, const HolidayLayer *layer, int year,
			   bool holidays, YearDays *days)
{
	int64		first = year_start_date(year);

	for (int i = 0; i < layer->nrules; i++)
	{
		const HolidayListRule *one = &list->rules[layer->first_rule + i];
		int64		dates[HOLIDAY_MAX_DAYS];
		int			ndates;

		if ((one->special < 0) != holidays)
			continue;
		CHECK_FOR_INTERRUPTS();
		/* for a rule without an answer this is -1, which adds no day */
		ndates = holiday_rule_days(one->rule, year, dates);
		for (int k = 0; k < ndates; k++)
			decide(days, (int) (dates[k] - first), one->special);
	}
}

/* Set what the rows of a layer say. */
static void
dates_of_rows(const HolidayList *list, const HolidayLayer *layer, int year, YearDays *days)
{
	int64		first = year_start_date(year);
	int64		end = year_start_date(year + 1);
	int			low = layer->first_day;
	int			high = low + layer->ndays;
	int			last = high;

	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (list->days[mid].date < first)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < last && list->days[low].date < end; low++)
		decide(days, (int) (list->days[low].date - first), list->days[low].special);
}

/* The dates of a year by rows and by rules with days of their own. */
static void
own_dates(const HolidayList *list, int year, YearDays *days)
{
	memset(days->holiday, 0, sizeof(days->holiday));
	memset(days->special, -1, sizeof(days->special));
	memset(days->decided, 0, sizeof(days->decided));
	for (int i = 0; i < list->nlayers; i++)
	{
		const HolidayLayer *layer = &list->layers[i];

		dates_of_rows(list, layer, year, days);
		dates_of_rules(list, layer, year, true, days);
		dates_of_rules(list, layer, year, false, days);
	}
}

/*
 * Set what the rules of a layer for days near holidays say, which can be in other
 * years.
 */
static void
near_dates(const HolidayList *list, const HolidayLayer *layer, int year,
		   bool holidays, const YearDays near[3], YearDays *days)
{
	int			length = is_leap(year) ? 366 : 365;
	int			before = is_leap(year - 1) ? 366 : 365;

	for (int i = 0; i < layer->nrules; i++)
	{
		const HolidayListRule *one = &list->rules[layer->first_rule + i];

		if (one->shift == 0 || (one->special < 0) != holidays)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int d = 0; d < length; d++)
		{
			int			holiday = d - one->shift;
			bool		found = holiday < 0 ? near[0].holiday[holiday + before] :
				holiday < length ? near[1].holiday[holiday] :
				near[2].holiday[holiday - length];

			if (found)
				decide(days, d, one->special);
		}
	}
}

static void
dates_of_year(const HolidayList *list, int year, YearDays *days)
{
	YearDays	near[3];

	own_dates(list, year, days);
	if (!list->has_shifts)
		return;
	own_dates(list, year - 1, &near[0]);
	near[1] = *days;
	own_dates(list, year + 1, &near[2]);
	for (int i = 0; i < list->nlayers; i++)
	{
		near_dates(list, &list->layers[i], year, true, near, days);
		near_dates(list, &list->layers[i], year, false, near, days);
	}
}

void
holiday_list_year(const HolidayList *list, int year, int around,
				  bool *holidays, int32 special[366])
{
	int			length = is_leap(year) ? 366 : 365;
	YearDays	days;

	if (around > 0)
	{
		int			before = is_leap(year - 1) ? 366 : 365;

		dates_of_year(list, year - 1, &days);
		memcpy(holidays, days.holiday + before - around, around * sizeof(bool));
		dates_of_year(list, year + 1, &days);
		memcpy(holidays + around + length, days.holiday, around * sizeof(bool));
	}
	dates_of_year(list, year, &days);
	memcpy(holidays + around, days.holiday, length * sizeof(bool));
	memcpy(special, days.special, sizeof(days.special));
}
