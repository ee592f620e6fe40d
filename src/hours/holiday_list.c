/*
 * holiday_list.c
 *	  A list of holidays as a value: days, rules, and special opening.
 *
 * The key of a list is laid out in items, each of which begins at a multiple
 * of eight bytes: a header with the counts; then the days, each followed by
 * its special hours if it has any; then the parsed rules.  After these come the
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
	int32		date;			/* of a day */
	int32		size;			/* bytes that follow, before padding */
} KeyItem;

static int
compare_days(const void *a, const void *b)
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
	const HolidayRule *x = *(HolidayRule *const *) a;
	const HolidayRule *y = *(HolidayRule *const *) b;
	Size		x_size = holiday_rule_size(x);
	Size		y_size = holiday_rule_size(y);

	CHECK_FOR_INTERRUPTS();
	if (x_size != y_size)
		return x_size < y_size ? -1 : 1;
	return memcmp(x, y, x_size);
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
holiday_list_key(HolidayRow *days, int ndays, const char **rules, int nrules)
{
	HolidayRule **parsed = palloc(Max(nrules, 1) * sizeof(HolidayRule *));
	StringInfoData key;
	KeyHeader	header;
	ByteKey		result;

	initStringInfo(&key);
	header.magic = KEY_MAGIC;
	header.len = 0;
	header.ndays = ndays;
	header.nrules = nrules;
	appendBinaryStringInfo(&key, (const char *) &header, sizeof(header));
	qsort(days, ndays, sizeof(HolidayRow), compare_days);
	for (int i = 0; i < ndays; i++)
	{
		CHECK_FOR_INTERRUPTS();
		append_item(&key, days[i].date, days[i].special,
					days[i].special == NULL ? 0 : VARSIZE(days[i].special));
	}
	for (int i = 0; i < nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		parsed[i] = holiday_rule_parse(rules[i], strlen(rules[i]), NULL);
	}
	qsort(parsed, nrules, sizeof(HolidayRule *), compare_rules);
	for (int i = 0; i < nrules; i++)
		append_item(&key, 0, parsed[i], holiday_rule_size(parsed[i]));
	((KeyHeader *) key.data)->len = key.len;
	result.data = key.data;
	result.len = key.len;
	return result;
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
			day->special = -1;
			if (item->size > 0)
			{
				day->special = list->nspecials;
				list->specials[list->nspecials++] =
					business_hours_unpack((const BusinessHours *) at);
			}
			list->last_date = Max(list->last_date, day->date);
		}
		else
		{
			const HolidayRule *rule = (const HolidayRule *) at;
			int			first;
			int			last;

			list->rules[list->nrules++] = rule;
			holiday_rule_known(rule, &first, &last);
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
											Max(ndays, 1) * sizeof(OpeningHours *));
	list->rules = MemoryContextAllocHuge(CurrentMemoryContext,
										 Max(nrules, 1) * sizeof(HolidayRule *));
	list->last_date = INT_MIN;
	list->first_year = INT_MIN;
	list->last_year = INT_MAX;
	for (const char *at = key.data; at < end; at += ((const KeyHeader *) at)->len)
		read_layer(list, (const KeyHeader *) at);
	return list;
}

/* What a layer says of the days of a year that begins with first. */
static void
layer_year(const HolidayList *list, const HolidayLayer *layer, int year,
		   int64 first, bool holiday[366], int32 special[366])
{
	int64		end = year_start_date(year + 1);
	int			low = layer->first_day;
	int			high = low + layer->ndays;
	int			last = high;

	for (int i = 0; i < layer->nrules; i++)
	{
		int64		days[HOLIDAY_MAX_DAYS];
		int			ndays = holiday_rule_days(list->rules[layer->first_rule + i],
											  year, days);

		/* for a rule without an answer this is -1, which adds no day */
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < ndays; k++)
		{
			Assert(days[k] >= first && days[k] < end);
			holiday[days[k] - first] = true;
			special[days[k] - first] = -1;
		}
	}
	while (low < high)
	{
		int			mid = low + (high - low) / 2;

		if (list->days[mid].date < first)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < last && list->days[low].date < end; low++)
	{
		int			day = (int) (list->days[low].date - first);

		holiday[day] = list->days[low].special < 0;
		special[day] = list->days[low].special;
	}
}

void
holiday_list_year(const HolidayList *list, int year,
				  bool holiday[366], int32 special[366])
{
	int64		first = year_start_date(year);

	memset(holiday, 0, 366 * sizeof(bool));
	memset(special, -1, 366 * sizeof(int32));
	/* The first layer comes last, so that it has the last word. */
	for (int i = list->nlayers - 1; i >= 0; i--)
		layer_year(list, &list->layers[i], year, first, holiday, special);
}
