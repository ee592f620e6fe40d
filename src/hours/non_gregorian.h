/*
 * non_gregorian.h
 *	  The Hebrew, Islamic and Persian calendars: on which day a month begins.
 *
 * Days are numbers of days since 1970-01-01.  ICU's own Gregorian calendar is not
 * used, because it changes to the Julian one before 1582.
 */
#ifndef NON_GREGORIAN_H
#define NON_GREGORIAN_H

typedef enum OtherCalendar
{
	CALENDAR_HEBREW,
	CALENDAR_ISLAMIC,			/* Umm al-Qura, the civil calendar of Saudi
								 * Arabia */
	CALENDAR_PERSIAN			/* Solar Hijri, the civil calendar of Iran */
} OtherCalendar;

#define OTHER_CALENDARS		3

/*
 * Months in the order of the civil year, from 0.  A Hebrew year begins with
 * Tishrei; its month 5 is Adar I, which has no days in a common year; month 6
 * is Adar, or Adar II of a leap year.
 */
#define OTHER_MONTHS		13
#define HEBREW_ADAR_I		5
#define HEBREW_ADAR			6

/* The years that can be trusted, both included. */
extern void other_calendar_known(OtherCalendar calendar, int *first, int *last);

/*
 * The days on which the months of a year begin: OTHER_MONTHS + 1 of them.
 * Entries after the year's last month are the first day of the next year.  The
 * year must be one that can be trusted.  The array is valid until the next
 * call.
 */
extern const int32 *other_calendar_months(OtherCalendar calendar, int year);

/*
 * The day on which a month of any year begins, at most *margin days off.
 */
extern int64 other_calendar_about(OtherCalendar calendar, int64 year, int month,
								  int *margin);

/* The year, give or take one, in which a day lies. */
extern int64 other_calendar_year(OtherCalendar calendar, int64 day);

#endif							/* NON_GREGORIAN_H */
