/*
 * feed_days.c
 *	  Holiday feeds: from events to days and rules.
 *
 * Events that replace an occurrence of another one (RECURRENCE-ID) are found by
 * their UID; the day that they replace is one that the other leaves out.
 */
#include "postgres.h"

#include "lib/qunique.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/dates.h"
#include "base/grow.h"
#include "hours/feed_event.h"
#include "hours/holiday_rule.h"

#define MAX_RULE_DAYS	31		/* as holiday rules have it */
#define MAX_DURATION	1000000 /* days; DTEND can be as far off */
#define NO_END			PG_INT64_MAX
#define MAX_OFFSET		(16 * SECS_PER_HOUR)	/* of a zone from UTC */

/* Days in order, each once. */
typedef struct DayList
{
	int64	   *days;
	int			n;
} DayList;

/* A new row, which stands for so many. */
static FeedRow *
new_row(Feed *feed, Event *event, int64 ndays)
{
	HolidayFeed *result = feed->result;
	FeedRow    *row;

	feed->ndays += ndays;
	if (feed->ndays > FEED_MAX_DAYS)
		FAIL(TOO_LARGE, event->start.line, "At most %d days are read.", FEED_MAX_DAYS);
	result->rows = grow(result->rows, result->nrows, &feed->room, sizeof(FeedRow));
	row = &result->rows[result->nrows++];
	memset(row, 0, sizeof(FeedRow));
	row->line = event->start.line;
	row->text = event->text;
	return row;
}

static void
add_occurrence(Feed *feed, Event *event, int64 day, int64 ndays)
{
	FeedRow    *row = new_row(feed, event, ndays);

	row->day = day;
	row->last_day = day + ndays - 1;
}

static bool
is_utc(const char *zone)
{
	return strcmp(zone, "UTC") == 0 || strcmp(zone, "Etc/UTC") == 0 || strcmp(zone, "GMT") == 0 ||
		strcmp(zone, "Etc/GMT") == 0;
}

/*
 * The local date of a time that must be a midnight.  False with a problem if
 * it is none.
 */
static bool
date_of(Feed *feed, Event *event, const char *property, const Stated *stated, int64 *day)
{
	FeedTime	time = stated->time;
	const char *clock = "";

	if (stated->zone != NULL && (event->start.zone == NULL ? event->start.time.form == FEED_LOCAL :
								 pg_strcasecmp(stated->zone, event->start.zone) != 0))
	{
		PROBLEM(event, UNSUPPORTED, stated->line, "%s is in another time zone than DTSTART.", property);
		return false;
	}
	if (time.form == FEED_UTC)
	{
		int64		local;

		if (feed->local_zone == NULL)
		{
			PROBLEM(event, UNSUPPORTED, stated->line,
					"%s is in UTC, and no X-WR-TIMEZONE tells in which time zone it is a date.", property);
			return false;
		}
		if (!feed->options->zone(feed->local_zone, time.day * SECS_PER_DAY + time.secs, &local))
		{
			PROBLEM(event, UNSUPPORTED, stated->line, "%s is in UTC, and X-WR-TIMEZONE is \"%s\", which is not known.",
					property, feed_shown(feed->local_zone, strlen(feed->local_zone)));
			return false;
		}
		time.day = floor_div(local, SECS_PER_DAY);
		time.secs = (int32) (local - time.day * SECS_PER_DAY);
		clock = " in the time zone of X-WR-TIMEZONE";
	}
	if (time.secs != 0)
	{
		PROBLEM(event, UNSUPPORTED, stated->line, "%s has a time of day, %02d:%02d:%02d%s; whole days are read.", property,
				time.secs / 3600, time.secs / 60 % 60, time.secs % 60, clock);
		return false;
	}
	*day = time.day;
	return true;
}

/*
 * The day after the last one, by DTEND.  Where DTSTART is a date and DTEND is
 * not, what counts is whether it can be another one than the next day.
 */
static bool
end_of(Feed *feed, Event *event, int64 day, int64 *end)
{
	Stated		stated = event->end;
	FeedTime   *time = &stated.time;

	/* the last minute of a day, for all of it */
	if (time->form == FEED_LOCAL && (time->secs == SECS_PER_DAY - 1 || time->secs == SECS_PER_DAY - SECS_PER_MINUTE))
	{
		time->day++;
		time->secs = 0;
	}
	if (event->start.time.form == FEED_DATE && time->form != FEED_DATE)
	{
		int64		latest = time->day * SECS_PER_DAY + time->secs + (time->form == FEED_UTC ? MAX_OFFSET : 0);

		if (time->day >= day && latest <= (day + 1) * SECS_PER_DAY)
		{
			*end = day + 1;
			return true;
		}
	}
	else if (time->form != event->start.time.form || (stated.zone == NULL) != (event->start.zone == NULL))
	{
		PROBLEM(event, INVALID, stated.line, "DTEND is not written in the form of DTSTART.");
		return false;
	}
	return date_of(feed, event, "DTEND", &stated, end);
}

/* How many days an event has. */
static bool
length_of(Feed *feed, Event *event, int64 day, int64 *ndays)
{
	*ndays = 1;
	if (event->end.time.form != FEED_NONE && event->duration_line > 0)
		PROBLEM(event, INVALID, event->end.line, "The event has both DTEND and DURATION.");
	else if (event->end.time.form != FEED_NONE)
	{
		int64		end;

		if (end_of(feed, event, day, &end))
		{
			if (end < day)
				PROBLEM(event, INVALID, event->end.line, "DTEND comes before DTSTART.");
			*ndays = end - day;
		}
	}
	else if (event->duration_line > 0)
	{
		if (event->duration % SECS_PER_DAY != 0)
			PROBLEM(event, UNSUPPORTED, event->duration_line, "DURATION is not in whole days.");
		*ndays = event->duration / SECS_PER_DAY;
	}
	else if (event->start.time.form != FEED_DATE)
		PROBLEM(event, UNSUPPORTED, event->start.line, "The event begins at an instant and has no end.");
	if (*ndays == 0 && event->start.time.form != FEED_DATE)
		PROBLEM(event, UNSUPPORTED, event->start.line, "The event begins and ends at the same instant.");
	if (*ndays > MAX_DURATION)
		PROBLEM(event, TOO_LARGE, event->start.line, "The event has more than %d days.", MAX_DURATION);
	/* a date that ends on itself is one day */
	*ndays = Max(*ndays, 1);
	return event->problem == NULL;
}

static bool
has_date(const DayList *list, int64 day)
{
	return list->n > 0 && bsearch(&day, list->days, list->n, sizeof(int64), compare_days) != NULL;
}

static int
compare_replacing(const void *a, const void *b)
{
	const Event *x = *(Event *const *) a;
	const Event *y = *(Event *const *) b;
	int			order = strcmp(x->uid, y->uid);

	if (order != 0)
		return order;
	if (x->replaced_day != y->replaced_day)
		return x->replaced_day < y->replaced_day ? -1 : 1;
	if (x->sequence != y->sequence)
		return x->sequence < y->sequence ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void
check_work(Feed *feed, const Event *event)
{
	if (feed->work <= 0)
		FAIL(TOO_LARGE, event->line, "Its recurring events reach too far.");
}

/* Dates of a list, and for EXDATE those that other events replace. */
static bool
dates_of(Feed *feed, Event *event, const char *property, const StatedList *list, bool replaced, DayList *dates)
{
	int			first = 0;
	int			count = 0;

	if (replaced && event->uid != NULL && feed->nreplacing > 0)
	{
		int			end = feed->nreplacing;

		/* the first one with this UID */
		while (first < end)
		{
			int			middle = (first + end) / 2;

			if (strcmp(feed->replacing[middle]->uid, event->uid) < 0)
				first = middle + 1;
			else
				end = middle;
		}
		while (first + count < feed->nreplacing && strcmp(feed->replacing[first + count]->uid, event->uid) == 0)
			count++;
		/* many series under one UID, each replaced in many places */
		feed->work -= count;
		check_work(feed, event);
	}
	dates->days = palloc((list->n + count) * sizeof(int64));
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!date_of(feed, event, property, &list->items[i], &dates->days[i]))
			return false;
	}
	for (int i = 0; i < count; i++)
		dates->days[list->n + i] = feed->replacing[first + i]->replaced_day;
	qsort(dates->days, list->n + count, sizeof(int64), compare_days);
	dates->n = qunique(dates->days, list->n + count, sizeof(int64), compare_days);
	return true;
}

/* The last day that a rule may have, by COUNT and UNTIL; NO_END for none. */
static bool
last_of(Feed *feed, Event *event, int64 start, int64 *last)
{
	const Recurrence *rule = event->rule;
	const FeedTime *until = &rule->until;

	*last = NO_END;
	if (rule->count > 0)
	{
		RecurrenceScan scan;
		int64		day = start;

		/* more than there are days to the end of the calendar */
		if (rule->count > 9999 * 366)
			return true;
		recurrence_scan(&scan, rule, start, &feed->work);
		for (int64 i = 0; i < rule->count; i++)
		{
			if (!recurrence_next(&scan, &day))
			{
				check_work(feed, event);
				return true;
			}
		}
		*last = day;
	}
	else if (until->form != FEED_NONE)
	{
		*last = until->day;
		/* in UTC the event may come later on that day */
		if (event->start.time.form == FEED_UTC && until->form == FEED_UTC && until->secs < event->start.time.secs)
			(*last)--;
		if (until->form == FEED_UTC && event->start.zone != NULL)
		{
			/* an instant: the date that it is in the zone of the event */
			int64		local;

			if (feed->options->zone(event->start.zone, until->day * SECS_PER_DAY + until->secs, &local))
				*last = floor_div(local, SECS_PER_DAY);
			else if (until->secs != 0)
			{
				PROBLEM(event, UNSUPPORTED, event->rule_line,
						"UNTIL is in UTC, and the time zone \"%s\" is not known.",
						feed_shown(event->start.zone, strlen(event->start.zone)));
				return false;
			}
		}
		if (*last < start)
		{
			PROBLEM(event, INVALID, event->rule_line, "The recurrence rule ends before DTSTART.");
			return false;
		}
	}
	return true;
}

/* The last day of ten years, for rules that have no end and no notation. */
static int64
years_ahead(Feed *feed, int64 start)
{
	int64		from = Max(feed->options->from_day, start);

	return from + FEED_YEARS_AHEAD * 365 + FEED_YEARS_AHEAD / 4;
}

/*
 * The first day of a rule from one day on and up to another, or backwards the
 * last; false if there is none.
 */
static bool
find_day(Feed *feed, const HolidayRule *rule, int64 from, int64 to, bool backwards, int64 *found)
{
	int			year = (int) year_of_date(backwards ? to : from);
	int			last = (int) year_of_date(backwards ? from : Min(to, day_number(9999, 12, 31)));

	for (;;)
	{
		int64		days[HOLIDAY_MAX_DAYS];
		int			n = holiday_rule_days(rule, year, days);

		CHECK_FOR_INTERRUPTS();
		feed->work -= 2;
		for (int i = 0; i < n; i++)
		{
			int64		day = days[backwards ? n - 1 - i : i];

			if (day >= from && day <= to)
			{
				*found = day;
				return true;
			}
		}
		if (feed->work <= 0 || year == last)
			return false;
		year += backwards ? -1 : 1;
	}
}

/*
 * A rule from one day on and up to another, without days left out.  Its text
 * means one day a year, so that its limits are years.
 */
static void
add_rule(Feed *feed, Event *event, const char *text, const HolidayRule *rule, int64 from, int64 to, int64 ndays)
{
	int64		first;
	int64		last = 0;
	int64		before;
	bool		since = true;
	bool		ends = to < day_number(9999, 1, 1);
	StringInfoData s;

	if (from > to || !find_day(feed, rule, from, to, false, &first))
		return;
	if (ends && find_day(feed, rule, from, to, true, &last) && first == last)
	{
		add_occurrence(feed, event, first, ndays);
		return;
	}
	initStringInfo(&s);
	appendStringInfoString(&s, text);
	if (ndays > 1)
		appendStringInfo(&s, " P%dD", (int) ndays);
	if (event->rule->interval > 1 &&
		!find_day(feed, rule, year_start_date(Max(year_of_date(first) - 100, 1)), first - 1, true, &before))
		since = false;			/* "every 2 years since 2026" says it */
	else
		appendStringInfo(&s, " since %04d", (int) year_of_date(first));
	if (ends)
		appendStringInfo(&s, " %sprior to %04d", since ? "and " : "", (int) year_of_date(last) + 1);
	new_row(feed, event, 1)->rule = s.data;
}

/* An event that recurs, as holiday rules; false where they cannot say it. */
static bool
add_rules(Feed *feed, Event *event, int64 start, int64 last, int64 ndays, const DayList *except)
{
	char	   *rules[RECURRENCE_MAX_RULES];
	int			n;

	if (ndays > MAX_RULE_DAYS || (event->start.time.form == FEED_UTC && !is_utc(feed->local_zone)))
		return false;
	n = recurrence_rules(event->rule, start, rules);
	for (int i = 0; i < n; i++)
	{
		HolidayRule *rule = holiday_rule_parse(rules[i], strlen(rules[i]), NULL);
		int64		from = start;
		int64		found;

		for (int k = 0; k < except->n; k++)
		{
			CHECK_FOR_INTERRUPTS();
			if (except->days[k] < from || except->days[k] > last ||
				!find_day(feed, rule, except->days[k], except->days[k], false, &found))
				continue;
			add_rule(feed, event, rules[i], rule, from, except->days[k] - 1, ndays);
			from = except->days[k] + 1;
		}
		add_rule(feed, event, rules[i], rule, from, last, ndays);
		pfree(rules[i]);
		pfree(rule);
		check_work(feed, event);
	}
	return n > 0;
}

/* An event that recurs, as the days that it means. */
static bool
add_days(Feed *feed, Event *event, int64 start, int64 last, int64 ndays, const DayList *except)
{
	RecurrenceScan scan;
	Stated		stated = event->start;
	bool		utc = stated.time.form == FEED_UTC;
	int			nrows = feed->result->nrows;
	int64		before = feed->ndays;
	int64		day;

	if (last == NO_END)
		last = years_ahead(feed, start);
	recurrence_scan(&scan, event->rule, utc ? stated.time.day : start, &feed->work);
	while (recurrence_next(&scan, &day) && day <= last)
	{
		/* in UTC each one has its own local date */
		stated.time.day = day;
		if (utc && !date_of(feed, event, "An occurrence of DTSTART", &stated, &day))
		{
			feed->result->nrows = nrows;
			feed->ndays = before;
			return false;
		}
		if (!has_date(except, day))
			add_occurrence(feed, event, day, ndays);
	}
	check_work(feed, event);
	return true;
}

static bool
has_replaced_day(Feed *feed, Event *event)
{
	Event		copy = *event;

	/*
	 * It is written as the other event is.  The day counts even where the rest
	 * of this one cannot be read.
	 */
	copy.problem = NULL;
	copy.start = event->replaces;
	if (date_of(feed, &copy, "RECURRENCE-ID", &event->replaces, &event->replaced_day))
		return true;
	PROBLEM(event, copy.problem_kind, copy.problem_line, "%s", copy.problem);
	return false;
}

/* The rows of an event, without the days in except and with those in extra. */
static void
add_occurrences(Feed *feed, Event *event, int64 start, int64 ndays, const DayList *except, const DayList *extra)
{
	if (event->rule == NULL)
	{
		if (!has_date(except, start))
			add_occurrence(feed, event, start, ndays);
	}
	else
	{
		int64		from = event->start.time.form == FEED_UTC ? event->start.time.day : start;
		int64		first;
		int64		last;
		RecurrenceScan scan;

		/* what DTSTART means outside of the rule is left open by the standard */
		recurrence_scan(&scan, event->rule, from, &feed->work);
		if (!recurrence_next(&scan, &first) || first != from)
		{
			check_work(feed, event);
			PROBLEM(event, INVALID, event->rule_line, "DTSTART is no day of the recurrence rule.");
			return;
		}
		if (!last_of(feed, event, from, &last))
			return;
		if (!add_rules(feed, event, start, last, ndays, except) &&
			!add_days(feed, event, start, last, ndays, except))
			return;
	}
	for (int i = 0; i < extra->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		/* DTSTART is there already */
		if (extra->days[i] != start && !has_date(except, extra->days[i]))
			add_occurrence(feed, event, extra->days[i], ndays);
	}
}

static void
add_event(Feed *feed, Event *event)
{
	bool		replaces = event->replaces.time.form != FEED_NONE;
	int64		start;
	int64		ndays;
	DayList		except = {0};
	DayList		extra = {0};

	if (event->start.time.form == FEED_NONE)
		PROBLEM(event, INVALID, event->line, "The event has no DTSTART.");
	if (replaces && (event->rule || event->extra.n || event->except.n))
		PROBLEM(event, UNSUPPORTED, event->replaces.line, "The event replaces another one and recurs itself.");
	if (event->problem != NULL)
		return;
	if (date_of(feed, event, "DTSTART", &event->start, &start) &&
		length_of(feed, event, start, &ndays) &&
		dates_of(feed, event, "EXDATE", &event->except, !replaces, &except) &&
		dates_of(feed, event, "RDATE", &event->extra, false, &extra))
		add_occurrences(feed, event, start, ndays, &except, &extra);
	if (except.days)
		pfree(except.days);
	if (extra.days)
		pfree(extra.days);
}

static void
tell_problem(Feed *feed, Event *event)
{
	StringInfoData s;
	const char *name = event->text->name;

	if (feed->options->skip)
	{
		FeedRow    *row = new_row(feed, event, 1);

		row->line = event->problem_line;
		row->problem = event->problem;
		return;
	}
	initStringInfo(&s);
	if (name)
		appendStringInfo(&s, "Event \"%s\" at line %d: %s", feed_shown(name, strlen(name)), event->line, event->problem);
	else
		appendStringInfo(&s, "Event at line %d: %s", event->line, event->problem);
	feed_error(event->problem_kind, event->problem_line, s.data, true);
}

static int
compare_uids(const void *a, const void *b)
{
	return strcmp((*(Event *const *) a)->uid, (*(Event *const *) b)->uid);
}

/*
 * An event that replaces an occurrence of another one and has no categories
 * has those of the other, so that both are chosen or none.
 */
static void
take_categories_over(Feed *feed)
{
	Event	  **series = palloc((feed->nevents + 1) * sizeof(Event *));
	int			n = 0;

	for (int i = 0; i < feed->nevents; i++)
	{
		Event	   *event = &feed->events[i];

		if (event->uid != NULL && !(event->seen & (1 << PROP_RECURRENCE_ID)) && event->text->ncategories > 0)
			series[n++] = event;
	}
	if (n > 1)
		qsort(series, n, sizeof(Event *), compare_uids);
	for (int i = 0; n > 0 && i < feed->nevents; i++)
	{
		Event	   *event = &feed->events[i];
		Event	  **found;

		CHECK_FOR_INTERRUPTS();
		if (event->uid == NULL || !(event->seen & (1 << PROP_RECURRENCE_ID)) || event->text->ncategories > 0)
			continue;
		found = bsearch(&event, series, n, sizeof(Event *), compare_uids);
		if (found == NULL)
			continue;
		event->text->categories = (*found)->text->categories;
		event->text->ncategories = (*found)->text->ncategories;
	}
	pfree(series);
}

static bool
is_chosen(const Feed *feed, const Event *event)
{
	const FeedOptions *options = feed->options;

	return options->choice == NULL ||
		options->choice(event->text->categories, event->text->ncategories, options->choice_arg);
}

void
feed_end_calendar(Feed *feed)
{
	if (feed->nevents > 0)
		feed->replacing = palloc(feed->nevents * sizeof(Event *));
	feed->nreplacing = 0;
	for (int i = 0; i < feed->nevents; i++)
	{
		Event	   *event = &feed->events[i];

		CHECK_FOR_INTERRUPTS();
		if (!(event->seen & (1 << PROP_RECURRENCE_ID)))
			continue;
		if (event->uid == NULL)
			PROBLEM(event, INVALID, event->line, "RECURRENCE-ID needs a UID, which tells the event that is meant.");
		else if (event->replaces.time.form != FEED_NONE && has_replaced_day(feed, event))
		{
			feed->replacing[feed->nreplacing++] = event;
			continue;
		}
		/* it takes out a day, and which one is not known */
		event->cancelled = false;
	}
	if (feed->nreplacing > 1)
		qsort(feed->replacing, feed->nreplacing, sizeof(Event *), compare_replacing);
	for (int i = 0; i + 1 < feed->nreplacing; i++)
	{
		if (strcmp(feed->replacing[i]->uid, feed->replacing[i + 1]->uid) == 0 &&
			feed->replacing[i]->replaced_day == feed->replacing[i + 1]->replaced_day)
			feed->replacing[i]->superseded = true;
	}

	if (feed->options->choice)
		take_categories_over(feed);
	for (int i = 0; i < feed->nevents; i++)
	{
		Event	   *event = &feed->events[i];

		CHECK_FOR_INTERRUPTS();
		if (event->cancelled || event->superseded || !is_chosen(feed, event))
			continue;
		add_event(feed, event);
		if (event->problem != NULL)
			tell_problem(feed, event);
	}
	feed->nevents = 0;
	feed->nreplacing = 0;
	feed->local_zone = NULL;
}
