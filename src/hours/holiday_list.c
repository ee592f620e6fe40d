/*
 * holiday_list.c
 *	  A list of holidays as a value: days, rules, and special opening.
 *
 * The key of a list is laid out in items, each of which begins at a multiple
 * of eight bytes: a header with the counts; then the days, each followed by
 * its special hours if it has any; then the parsed rules.  Keys are made only
 * here and are never stored, so they are not checked when they are read.
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
	int32		zero;			/* padding, so that equal lists have equal
								 * bytes */
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
	header.zero = 0;
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
	result.data = key.data;
	result.len = key.len;
	return result;
}

HolidayList *
holiday_list_make(ByteKey key)
{
	HolidayList *list = palloc0(sizeof(HolidayList));
	const KeyHeader *header = (const KeyHeader *) key.data;
	const char *at = key.data + sizeof(KeyHeader);

	list->key = key;
	list->ndays = header->ndays;
	list->nrules = header->nrules;
	list->days = MemoryContextAllocHuge(CurrentMemoryContext,
										Max(list->ndays, 1) * sizeof(HolidayDay));
	list->specials = MemoryContextAllocHuge(CurrentMemoryContext,
											Max(list->ndays, 1) * sizeof(OpeningHours *));
	list->rules = palloc(Max(list->nrules, 1) * sizeof(HolidayRule *));
	list->first_year = INT_MIN;
	list->last_year = INT_MAX;
	for (int i = 0; i < list->ndays + list->nrules; i++)
	{
		const KeyItem *item = (const KeyItem *) at;

		CHECK_FOR_INTERRUPTS();
		at += sizeof(KeyItem);
		if (i < list->ndays)
		{
			HolidayDay *day = &list->days[i];

			day->date = item->date;
			day->special = -1;
			if (item->size > 0)
			{
				day->special = list->nspecials;
				list->specials[list->nspecials++] =
					business_hours_unpack((const BusinessHours *) at);
			}
		}
		else
		{
			const HolidayRule *rule = (const HolidayRule *) at;
			int			first;
			int			last;

			list->rules[i - list->ndays] = rule;
			holiday_rule_known(rule, &first, &last);
			list->first_year = Max(list->first_year, first);
			list->last_year = Min(list->last_year, last);
		}
		at += TYPEALIGN(8, item->size);
	}
	return list;
}

static void
dates_of_year(const HolidayList *list, int year, bool holiday[366], int32 special[366])
{
	int64		first = year_start_date(year);
	int64		end = year_start_date(year + 1);
	int			low = 0;
	int			high = list->ndays;

	memset(holiday, 0, 366 * sizeof(bool));
	memset(special, -1, 366 * sizeof(int32));
	for (int i = 0; i < list->nrules; i++)
	{
		int64		days[HOLIDAY_MAX_DAYS];
		int			ndays = holiday_rule_days(list->rules[i], year, days);

		/* for a rule without an answer this is -1, which adds no day */
		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < ndays; k++)
		{
			Assert(days[k] >= first && days[k] < end);
			holiday[days[k] - first] = true;
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
	for (; low < list->ndays && list->days[low].date < end; low++)
	{
		int			day = (int) (list->days[low].date - first);

		holiday[day] = list->days[low].special < 0;
		special[day] = list->days[low].special;
	}
}

void
holiday_list_year(const HolidayList *list, int year, int around,
				  bool *holidays, int32 special[366])
{
	int			length = is_leap(year) ? 366 : 365;
	bool		year_holidays[366];

	if (around > 0)
	{
		int			before = is_leap(year - 1) ? 366 : 365;

		dates_of_year(list, year - 1, year_holidays, special);
		memcpy(holidays, year_holidays + before - around, around * sizeof(bool));
		dates_of_year(list, year + 1, year_holidays, special);
		memcpy(holidays + around + length, year_holidays, around * sizeof(bool));
	}
	dates_of_year(list, year, year_holidays, special);
	memcpy(holidays + around, year_holidays, length * sizeof(bool));
}
