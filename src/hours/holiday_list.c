/*
 * holiday_list.c
 *	  A list of holidays as a value: days, rules, and special opening.
 *
 * The key of a list is laid out in items, each of which begins at a multiple
 * of eight bytes: a header with the counts; then the days, each followed by
 * its special hours if it has any; then the parsed rules, each followed by an
 * item of the special hours of its days, if it has any.  Keys are made only
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
	int32		date;			/* of a day; of a rule, 1 if hours follow */
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
											Max((Size) list->ndays + list->nrules, 1) *
											sizeof(OpeningHours *));
	list->rules = palloc(Max(list->nrules, 1) * sizeof(HolidayListRule));
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
				day->special = add_special(list, at);
			}
		}
		else
		{
			HolidayListRule *one = &list->rules[i - list->ndays];
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

/* Set what the rules with days of their own say, as holidays or as special hours. */
static void
dates_of_rules(const HolidayList *list, int year, bool holidays, YearDays *days)
{
	int64		first = year_start_date(year);

	for (int i = 0; i < list->nrules; i++)
	{
		const HolidayListRule *one = &list->rules[i];
		int64		dates[HOLIDAY_MAX_DAYS];
		int			ndates;

		if ((one->special < 0) != holidays)
			continue;
		CHECK_FOR_INTERRUPTS();
		/* for a rule without an answer this is -1, which adds no day */
		ndates = holiday_rule_days(one->rule, year, dates);
		for (int k = 0; k < ndates; k++)
		{
			int			day = (int) (dates[k] - first);

			Assert(day >= 0 && day < 366);
			if (days->decided[day])
				continue;
			days->decided[day] = true;
			days->holiday[day] = holidays;
			days->special[day] = one->special;
		}
	}
}

/* The dates of a year by rows and by rules with days of their own. */
static void
own_dates(const HolidayList *list, int year, YearDays *days)
{
	int64		first = year_start_date(year);
	int64		end = year_start_date(year + 1);
	int			low = 0;
	int			high = list->ndays;

	memset(days->holiday, 0, sizeof(days->holiday));
	memset(days->special, -1, sizeof(days->special));
	memset(days->decided, 0, sizeof(days->decided));
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

		days->holiday[day] = list->days[low].special < 0;
		days->special[day] = list->days[low].special;
		days->decided[day] = true;
	}
	dates_of_rules(list, year, true, days);
	dates_of_rules(list, year, false, days);
}

/* Set what the rules for days near holidays say, which can be in other years. */
static void
near_dates(const HolidayList *list, int year, bool holidays, const YearDays near[3],
		   YearDays *days)
{
	int			length = is_leap(year) ? 366 : 365;
	int			before = is_leap(year - 1) ? 366 : 365;

	for (int i = 0; i < list->nrules; i++)
	{
		const HolidayListRule *one = &list->rules[i];

		if (one->shift == 0 || (one->special < 0) != holidays)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int d = 0; d < length; d++)
		{
			int			holiday = d - one->shift;
			bool		found = holiday < 0 ? near[0].holiday[holiday + before] :
				holiday < length ? near[1].holiday[holiday] :
				near[2].holiday[holiday - length];

			if (!found || days->decided[d])
				continue;
			days->decided[d] = true;
			days->holiday[d] = holidays;
			days->special[d] = one->special;
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
	near_dates(list, year, true, near, days);
	near_dates(list, year, false, near, days);
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
