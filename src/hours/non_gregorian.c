/*
 * non_gregorian.c
 *	  The Hebrew, Islamic and Persian calendars.
 *
 * The Hebrew calendar is arithmetic, and computed here.  For the Islamic and the
 * Persian one ICU is asked on which days the months of a year begin.  It is slow,
 * so its answers are kept, for as many years as a compiled calendar needs.  ICU's
 * handles live as long as the backend.
 */
#include "postgres.h"

#include <math.h>
#include <unicode/ucal.h>

#include "utils/memutils.h"

#include "base/compat.h"
#include "hours/non_gregorian.h"

/* Years that are kept for each calendar; a power of 2. */
#define KEPT_YEARS		256

#define MILLIS_PER_DAY	86400000.0

/* Months in a year of ICU's calendars. */
#define ICU_MONTHS		12

#define HEBREW_EPOCH	(-2092590)	/* 1 Tishrei of the year 1 */

typedef struct CalendarInfo
{
	const char *icu_name;		/* NULL: not ICU's */
	double		year_length;	/* mean, in days */
	double		month_length;	/* mean, of months as they are numbered */
	int			epoch;			/* day on which the year 1 began, or nearly */
	int			margin;			/* days by which an estimate from these can be
								 * off */
	int			first;			/* years to be trusted */
	int			last;
} CalendarInfo;

/*
 * ICU's Hebrew calendar is not used: before version 77 (ICU-23069) it is a day
 * late in about one year out of 190.  The next one is from November 2045 to
 * November 2046, with Passover and the New Year of 5807.
 *
 * Umm al-Qura is published as tables.  ICU has months from AH 1300 on, but agrees
 * with the tables from 1420 to 1450 only: before, the rule was another one;
 * after, nothing is published yet.
 *
 * The Persian year begins on the day of the March equinox, or on the next day
 * if the equinox comes after noon in Iran.  ICU has eight leap years in 33 years
 * instead.  The two agree from AP 1304 (1925), when the calendar became law.  In
 * 1503 the equinox comes so close to noon that nobody can tell now on which side.
 */
static const CalendarInfo calendars[OTHER_CALENDARS] =
{
	{NULL, 365.2468, 28.1, HEBREW_EPOCH, 45, 1, 300000},
	{"islamic-umalqura", 354.36707, 29.5306, -492148, 5, 1420, 1450},
	{"persian", 365.2422, 30.5, -492267, 8, 1304, 1501},
};

typedef struct KeptYear
{
	bool		valid;
	int			year;
	int32		months[OTHER_MONTHS + 1];
} KeptYear;

/* ICU's calendars, and what they answered; NULL until they are used. */
static UCalendar *handles[OTHER_CALENDARS];
static KeptYear *kept_years[OTHER_CALENDARS];

static void
check_icu(const char *calendar, UErrorCode status)
{
	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("ICU could not compute the calendar \"%s\": %s",
						calendar, u_errorName(status))));
}

static void
open_calendar(OtherCalendar calendar)
{
	const char *name = calendars[calendar].icu_name;
	UErrorCode	status = U_ZERO_ERROR;
	char		locale[64];
	UCalendar  *opened;

	if (kept_years[calendar] == NULL)
		kept_years[calendar] = MemoryContextAllocZero(TopMemoryContext, KEPT_YEARS * sizeof(KeptYear));
	if (handles[calendar] != NULL)
		return;
	snprintf(locale, sizeof(locale), "@calendar=%s", name);
	opened = ucal_open(u"UTC", -1, locale, UCAL_TRADITIONAL, &status);
	check_icu(name, status);
	/* for a name that it does not know, ICU opens the Gregorian calendar */
	if (strcmp(ucal_getType(opened, &status), name) != 0)
	{
		ucal_close(opened);
		check_icu(name, U_UNSUPPORTED_ERROR);
	}
	handles[calendar] = opened;
}

/*
 * Days from the Hebrew epoch to the molad of Tishrei of a year, or to the day
 * after it if the weekday is not allowed.  This and the next function follow
 * Reingold and Dershowitz, Calendrical Calculations, "The Hebrew Calendar":
 * a day has 25920 parts, a month 29 days and 13753 parts.
 */
static int64
hebrew_elapsed_days(int64 year)
{
	int64		months = (235 * year - 234) / 19;
	int64		day = 29 * months + (12084 + 13753 * months) / 25920;

	return 3 * (day + 1) % 7 < 3 ? day + 1 : day;
}

/* 1 Tishrei of a year from 1 on. */
static int64
hebrew_new_year(int year)
{
	int64		day = hebrew_elapsed_days(year);

	/*
	 * where a year would have 356 or 382 days, its beginning or end is put
	 * off
	 */
	if (hebrew_elapsed_days((int64) year + 1) - day == 356)
		day += 2;
	else if (year > 1 && day - hebrew_elapsed_days((int64) year - 1) == 382)
		day += 1;
	return HEBREW_EPOCH + day;
}

static const int32 *
hebrew_months(int year)
{
	static int32 months[OTHER_MONTHS + 1];
	int64		day = hebrew_new_year(year);
	int			length = hebrew_new_year(year + 1) - day;
	bool		leap = length > 355;

	for (int i = 0; i < OTHER_MONTHS; i++)
	{
		months[i] = day;

		/* 30 and 29 days in turn, beginning with Tishrei and again with Adar */
		day += (i < HEBREW_ADAR_I ? i % 2 == 0 : i % 2 != 0) ? 30 : 29;
		switch (i)
		{
			case 1:				/* Cheshvan of a complete year */
				day += length % 10 == 5 ? 1 : 0;
				break;
			case 2:				/* Kislev of a deficient year */
				day -= length % 10 == 3 ? 1 : 0;
				break;
			case HEBREW_ADAR_I:
				day -= leap ? 0 : 30;
				break;
		}
	}
	Assert(day == hebrew_new_year(year + 1));
	months[OTHER_MONTHS] = day;
	return months;
}

/* The first day of a month, counted from 0. */
static int32
first_day(const CalendarInfo *info, UCalendar *handle, int year, int month)
{
	UErrorCode	status = U_ZERO_ERROR;
	UDate		millis;

	ucal_clear(handle);
	ucal_set(handle, UCAL_EXTENDED_YEAR, year);
	ucal_set(handle, UCAL_MONTH, month);
	ucal_set(handle, UCAL_DATE, 1);
	millis = ucal_getMillis(handle, &status);
	check_icu(info->icu_name, status);
	return (int32) (millis / MILLIS_PER_DAY);
}

const int32 *
other_calendar_months(OtherCalendar calendar, int year)
{
	const CalendarInfo *info = &calendars[calendar];
	KeptYear   *kept;

	Assert(year >= info->first && year <= info->last);

	if (calendar == CALENDAR_HEBREW)
		return hebrew_months(year);

	open_calendar(calendar);
	kept = &kept_years[calendar][year & (KEPT_YEARS - 1)];
	if (kept->valid && kept->year == year)
		return kept->months;

	kept->valid = false;
	for (int i = 0; i <= OTHER_MONTHS; i++)
		kept->months[i] = i < ICU_MONTHS ?
			first_day(info, handles[calendar], year, i) :
			i == ICU_MONTHS ?
			first_day(info, handles[calendar], year + 1, 0) :
			kept->months[i - 1];
	kept->year = year;
	kept->valid = true;
	return kept->months;
}

void
other_calendar_known(OtherCalendar calendar, int *first, int *last)
{
	*first = calendars[calendar].first;
	*last = calendars[calendar].last;
}

int64
other_calendar_about(OtherCalendar calendar, int64 year, int month, int *margin)
{
	const CalendarInfo *info = &calendars[calendar];

	*margin = info->margin;
	return info->epoch + (int64) floor((year - 1) * info->year_length + month * info->month_length);
}

int64
other_calendar_year(OtherCalendar calendar, int64 day)
{
	const CalendarInfo *info = &calendars[calendar];

	return 1 + (int64) floor((day - info->epoch) / info->year_length);
}
