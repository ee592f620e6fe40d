/*
 * libical_days.c
 *	  What the library libical reads from holiday feeds, for the comparison in
 *	  this folder.
 *
 *	  libical_days LAST_YEAR <feeds
 *
 * Standard input: feeds, each after a line with its length in bytes.  Standard
 * output: for each the line "feed", then one line for each day of its events
 * up to the end of that year, as 2026-05-01 and the name after a tab, and
 * "error" before them where libical found any and did without what is wrong.
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one event: what is broken must not keep us long. */
#define MAX_DAYS	100000

static int	last_year;

/* The days of one occurrence. */
static void
print_days(struct icaltimetype day, int ndays, const char *name)
{
	for (; ndays > 0 && !icaltime_is_null_time(day) && day.year <= last_year; ndays--)
	{
		printf("%04d-%02d-%02d\t", day.year, day.month, day.day);
		for (const char *c = name; *c; c++)
			putchar(*c == '\n' ? ' ' : *c);
		putchar('\n');
		icaltime_adjust(&day, 1, 0, 0, 0);
	}
}

/* The local date of a time. */
static struct icaltimetype
date_of(struct icaltimetype t)
{
	if (!icaltime_is_null_time(t))
	{
		t.hour = t.minute = t.second = 0;
		t.is_date = 1;
		t.zone = NULL;
	}
	return t;
}

static void
print_event(icalcomponent *event)
{
	icalproperty *property;
	struct icaltimetype start = date_of(icalcomponent_get_dtstart(event));
	const char *name = icalcomponent_get_summary(event);
	int			ndays = 1;

	if (icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED)
		return;
	if (name == NULL)
		name = "";
	property = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
	if (property != NULL)
	{
		struct icaltimetype end = date_of(icalproperty_get_dtend(property));

		ndays = 0;
		while (ndays < MAX_DAYS && icaltime_compare_date_only(start, end) < 0)
		{
			icaltime_adjust(&end, -1, 0, 0, 0);
			ndays++;
		}
	}
	property = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
	if (property != NULL)
	{
		struct icaldurationtype duration = icalproperty_get_duration(property);

		ndays = duration.weeks * 7 + duration.days + duration.hours / 24;
		if (ndays > MAX_DAYS)
			ndays = MAX_DAYS;
	}
	if (ndays < 1)
		ndays = 1;

	property = icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
	if (property == NULL)
	{
		if (!icalproperty_recurrence_is_excluded(event, &start, &start))
			print_days(start, ndays, name);
	}
	else
	{
		struct icalrecurrencetype rule = icalproperty_get_rrule(property);
		icalrecur_iterator *iterator;
		struct icaltimetype next;

		rule.until = date_of(rule.until);
		iterator = icalrecur_iterator_new(rule, start);

		for (int n = 0; n < MAX_DAYS && iterator != NULL; n++)
		{
			next = icalrecur_iterator_next(iterator);
			if (icaltime_is_null_time(next) || next.year > last_year)
				break;
			if (!icalproperty_recurrence_is_excluded(event, &start, &next))
				print_days(next, ndays, name);
		}
		icalrecur_iterator_free(iterator);
	}
	for (property = icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY);
		 property != NULL;
		 property = icalcomponent_get_next_property(event, ICAL_RDATE_PROPERTY))
	{
		struct icaltimetype extra = icalproperty_get_rdate(property).time;

		print_days(extra, ndays, name);
	}
}

static void
print_calendar(icalcomponent *calendar)
{
	icalcomponent *event;

	for (event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
		 event != NULL;
		 event = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT))
		print_event(event);
}

int
main(int argc, char **argv)
{
	size_t		length;

	last_year = argc > 1 ? atoi(argv[1]) : 2060;
	icalerror_set_errors_are_fatal(0);
	while (scanf("%zu", &length) == 1 && getchar() == '\n')
	{
		char	   *feed = malloc(length + 1);
		icalcomponent *root;

		if (feed == NULL || fread(feed, 1, length, stdin) != length)
			return 1;
		feed[length] = '\0';
		puts("feed");
		root = icalparser_parse_string(feed);
		if (root == NULL || icalcomponent_count_errors(root) > 0)
			puts("error");
		if (root != NULL && icalcomponent_isa(root) == ICAL_VCALENDAR_COMPONENT)
			print_calendar(root);
		else if (root != NULL)
		{
			icalcomponent *calendar;

			for (calendar = icalcomponent_get_first_component(root, ICAL_VCALENDAR_COMPONENT);
				 calendar != NULL;
				 calendar = icalcomponent_get_next_component(root, ICAL_VCALENDAR_COMPONENT))
				print_calendar(calendar);
		}
		if (root != NULL)
			icalcomponent_free(root);
		free(feed);
	}
	return 0;
}
