/*
 * holiday_steps.h
 *	  A parsed holiday rule, which the files of holiday_rule share.
 *
 * A rule is a base (a date, Easter, a date of another calendar) and steps from
 * it.  They are in the order in which they are taken: first those that stand
 * before the date in the text, from the last to the first, then those that follow
 * it, from left to right.
 */
#ifndef HOLIDAY_STEPS_H
#define HOLIDAY_STEPS_H

#include "hours/holiday_rule.h"

/* Steps of one rule. */
#define MAX_STEPS			16

/*
 * Days of one occurrence, all substitutes and their durations together.  At most
 * two occurrences touch one year: the shortest year of any calendar has 353 days,
 * and steps bring two occurrences nearer by a few weeks at most.
 */
#define MAX_CLUSTER			31
StaticAssertDecl(2 * MAX_CLUSTER <= HOLIDAY_MAX_DAYS, "two occurrences fit");

typedef enum HolidayBase
{
	BASE_DATE,					/* of the Gregorian calendar */
	BASE_EASTER,
	BASE_ORTHODOX,
	BASE_OTHER,					/* of another calendar */
	BASE_LIST					/* the holidays of the rule's list */
} HolidayBase;

/* First those of the base, then those that move a date, then conditions. */
typedef enum StepKind
{
	STEP_BEFORE,				/* the n-th such weekday before the day */
	STEP_AFTER,					/* the n-th such weekday from the day on */
	STEP_IN,					/* the same, not beyond the month's end */
	STEP_LAST,					/* the last such weekday of the month */
	STEP_DAYS,					/* so many days on */
	STEP_IF,					/* on such weekdays, the next such weekday */
	STEP_IF_PREVIOUS,			/* the same backwards */
	STEP_ON,					/* only on such weekdays */
	STEP_EVEN,
	STEP_ODD,
	STEP_LEAP,
	STEP_NON_LEAP,
	STEP_EVERY					/* every n-th year from a year on */
} StepKind;

typedef struct HolidayStep
{
	uint8		kind;			/* StepKind */
	uint8		weekday;		/* to go to; 0 is Monday */
	uint8		weekdays;		/* conditions; bit 0 is Monday */
	bool		keep;			/* STEP_IF: the day itself stays ("and if") */
	int16		count;			/* weekdays, days, or years of the interval */
	int16		year;			/* STEP_EVERY: the first one */
} HolidayStep;

struct HolidayRule
{
	uint8		base;			/* HolidayBase */
	uint8		calendar;		/* BASE_OTHER: OtherCalendar */
	uint8		month;			/* from 1; BASE_OTHER: from 0, as its array */
	uint8		day;			/* from 1 */
	int16		offset;			/* from Easter or from a holiday, in days */
	int16		year;			/* of the base's calendar; 0 means every one */
	bool		substitutes;	/* only days that an "if" has led to */
	uint8		duration;		/* days of each occurrence, at least 1 */
	int16		nsteps;
	int64		since;			/* first day on which an occurrence can begin */
	int64		until;			/* and the last */
	HolidayStep steps[MAX_STEPS];
};

#endif							/* HOLIDAY_STEPS_H */
