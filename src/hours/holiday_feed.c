/*
 * holiday_feed.c
 *	  Holiday feeds: from lines to events.
 *
 * The events of a calendar are kept until it ends; feed_days.c makes rows of
 * them then.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/grow.h"
#include "hours/feed_event.h"
#include "hours/scanner.h"

/* Months that are looked at in one feed: less than a second's work. */
#define MAX_WORK		INT64CONST(5000000)

/* ----------
 * Errors
 * ----------
 */

void
feed_error(ProblemKind kind, int line, const char *detail, bool of_event)
{
	ereport(ERROR,
			(errcode(kind == INVALID ? ERRCODE_INVALID_TEXT_REPRESENTATION :
					 kind == UNSUPPORTED ? ERRCODE_FEATURE_NOT_SUPPORTED : ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 kind == INVALID ? errmsg("invalid holiday feed at line %d", line) :
			 kind == UNSUPPORTED ? errmsg("unsupported holiday feed at line %d", line) :
			 errmsg("holiday feed is too large at line %d", line),
			 errdetail("%s", detail),
			 of_event ? errhint("With on_error => 'skip' the events that cannot be read are left out and listed.") :
			 kind == INVALID ? errhint("A feed is iCalendar text, as RFC 5545 has it.") :
			 kind == UNSUPPORTED ? errhint("Write the days into business_holiday, or rules into business_holiday_rule.") :
			 errhint("Import a feed of public holidays alone, or fewer years of it.")));
}

static char *
shown_line(const FeedReader *reader)
{
	return feed_shown(reader->content.data, reader->content.len);
}

/* ----------
 * Properties of events
 * ----------
 */

static const char *const read_properties[NREAD] =
{"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SUMMARY", "UID",
"SEQUENCE", "DESCRIPTION", "CATEGORIES", "TRANSP", "CLASS"};

/* Properties that move no day (RFC 5545, 7986, 9073, 9253). */
static const char *const passed_over[] =
{"DTSTAMP", "CREATED", "LAST-MODIFIED", "LOCATION", "URL", "PRIORITY", "ORGANIZER", "ATTENDEE", "ATTACH",
"COMMENT", "CONTACT", "GEO", "RELATED-TO", "RESOURCES", "REQUEST-STATUS", "COLOR", "IMAGE", "CONFERENCE",
"CALENDAR-ADDRESS", "CONCEPT", "LINK", "LOCATION-TYPE", "NAME", "PARTICIPANT-TYPE", "REFID", "RESOURCE-TYPE",
"STRUCTURED-DATA", "STYLED-DESCRIPTION"};

/* A date or time, or several in a list. */
static void
read_times(Feed *feed, Event *event, const char *property, bool list, StatedList *into)
{
	FeedReader *reader = &feed->reader;
	char	   *value = feed_value(reader);
	char	   *type = feed_param(reader, "VALUE");
	char	   *zone = feed_param(reader, "TZID");
	const char *s = value;

	if (type != NULL && pg_strcasecmp(type, "DATE") != 0 && pg_strcasecmp(type, "DATE-TIME") != 0)
	{
		PROBLEM(event, pg_strcasecmp(type, "PERIOD") == 0 ? UNSUPPORTED : INVALID, reader->line,
				"Expected %s with VALUE=DATE, found \"%s\".", property, shown_line(reader));
		return;
	}
	do
	{
		int			len = list ? strcspn(s, ",") : strlen(s);
		Stated	   *stated;

		CHECK_FOR_INTERRUPTS();
		/* nothing behind the last comma does no harm */
		if (len == 0 && s > value && *s == '\0')
			break;
		into->items = grow(into->items, into->n, &into->room, sizeof(Stated));
		stated = &into->items[into->n];
		if (!feed_time_parse(s, len, &stated->time))
		{
			PROBLEM(event, INVALID, reader->line, "Expected a date such as 20260501, found \"%s\".", feed_shown(s, len));
			return;
		}
		if (stated->time.form == FEED_DATE ? type != NULL && pg_strcasecmp(type, "DATE") != 0 :
			type != NULL && pg_strcasecmp(type, "DATE") == 0)
		{
			PROBLEM(event, INVALID, reader->line, "Expected %s with VALUE=%s, found \"%s\".", property,
					stated->time.form == FEED_DATE ? "DATE" : "DATE-TIME", shown_line(reader));
			return;
		}
		/* a date has no zone, whatever is written */
		stated->zone = stated->time.form == FEED_LOCAL ? zone : NULL;
		stated->line = reader->line;
		into->n++;
		s += len;
	} while (*s++ == ',');
}

static void
read_time(Feed *feed, Event *event, const char *property, Stated *into)
{
	StatedList	list = {into, 0, 1};

	read_times(feed, event, property, false, &list);
}

/* P1D, P2W, PT24H, P1DT12H: the sum, which must not be negative */
static void
read_duration(Feed *feed, Event *event)
{
	int			line = feed->reader.line;
	char	   *value = feed_value(&feed->reader);
	const char *s = value;
	const char *units = "WD";
	int64		seconds = 0;
	bool		of_day = false;
	bool		any = false;

	if (*s == '+')
		s++;
	if (*s++ == 'P')
	{
		for (;;)
		{
			const char *start = s;
			const char *unit;
			int64		n = 0;

			if (*s == 'T' && !of_day)
			{
				of_day = true;
				units = "HMS";
				any = false;
				s++;
				continue;
			}
			while (is_digit(*s) && s - start < 9)
				n = n * 10 + (*s++ - '0');
			if (s == start)
				break;
			unit = *s ? strchr(units, *s) : NULL;
			if (unit == NULL)
			{
				any = false;
				break;
			}
			seconds += n * (*unit == 'W' ? 7 * SECS_PER_DAY : *unit == 'D' ? SECS_PER_DAY :
							*unit == 'H' ? SECS_PER_HOUR : *unit == 'M' ? SECS_PER_MINUTE : 1);
			any = true;
			s++;
			/* weeks stand alone */
			if (*unit == 'W')
				break;
			units = unit + 1;
		}
	}
	if (!any || *s != '\0')
		PROBLEM(event, INVALID, line, "Expected a duration such as P1D, found \"%s\".",
				feed_shown(value, strlen(value)));
	event->duration_line = line;
	event->duration = seconds;
}

static void
read_rule(Feed *feed, Event *event)
{
	char	   *value = feed_value(&feed->reader);
	bool		unsupported;
	StringInfoData wrong;

	initStringInfo(&wrong);
	event->rule = palloc(sizeof(Recurrence));
	event->rule_line = feed->reader.line;
	if (!recurrence_parse(value, event->rule, &wrong, &unsupported))
		PROBLEM(event, unsupported ? UNSUPPORTED : INVALID, feed->reader.line, "%s", wrong.data);
	pfree(wrong.data);
}

static void
read_categories(Feed *feed, Event *event)
{
	FeedText   *text = event->text;
	int			pos = feed->reader.value;
	char	   *category;

	while ((category = feed_text(&feed->reader, &pos, true, ' ')) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		if (*category == '\0')
		{
			pfree(category);
			continue;
		}
		if (text->ncategories == FEED_MAX_CATEGORIES || strlen(category) > FEED_MAX_TITLE)
		{
			PROBLEM(event, TOO_LARGE, feed->reader.line,
					"At most %d categories of at most %d bytes are read.", FEED_MAX_CATEGORIES, FEED_MAX_TITLE);
			return;
		}
		if (text->categories == NULL)
			text->categories = palloc(FEED_MAX_CATEGORIES * sizeof(char *));
		text->categories[text->ncategories++] = category;
	}
}

static void
read_property(Feed *feed, Event *event, Property property)
{
	FeedReader *reader = &feed->reader;
	FeedText   *text = event->text;
	bool		again = (event->seen & (1 << property)) != 0;
	int			pos = reader->value;
	int			length;
	char	   *value;

	event->seen |= 1 << property;
	if (again && property != PROP_RDATE && property != PROP_EXDATE && property != PROP_CATEGORIES &&
		property < PROP_DESCRIPTION)
	{
		PROBLEM(event, INVALID, reader->line, "The event has %s twice.", read_properties[property]);
		return;
	}
	if (property <= PROP_RECURRENCE_ID && !feed_params_are_right(reader))
	{
		PROBLEM(event, INVALID, reader->line, "Expected parameters such as VALUE=DATE, found \"%s\".",
				shown_line(reader));
		return;
	}
	switch (property)
	{
		case PROP_DTSTART:
			read_time(feed, event, "DTSTART", &event->start);
			break;
		case PROP_DTEND:
			read_time(feed, event, "DTEND", &event->end);
			break;
		case PROP_RECURRENCE_ID:
			if (feed_param(reader, "RANGE") != NULL)
				PROBLEM(event, UNSUPPORTED, reader->line, "RECURRENCE-ID means more than one day.");
			read_time(feed, event, "RECURRENCE-ID", &event->replaces);
			break;
		case PROP_DURATION:
			read_duration(feed, event);
			break;
		case PROP_RRULE:
			read_rule(feed, event);
			break;
		case PROP_RDATE:
			read_times(feed, event, "RDATE", true, &event->extra);
			break;
		case PROP_EXDATE:
			read_times(feed, event, "EXDATE", true, &event->except);
			break;
		case PROP_STATUS:
			value = feed_value(reader);
			if (strcmp(value, "CANCELLED") == 0)
				event->cancelled = true;
			else if (strcmp(value, "CONFIRMED") != 0 && strcmp(value, "TENTATIVE") != 0)
				PROBLEM(event, INVALID, reader->line, "Expected CONFIRMED, TENTATIVE or CANCELLED, found \"%s\".",
						feed_shown(value, strlen(value)));
			break;
		case PROP_SUMMARY:
			value = feed_text(reader, &pos, false, ' ');
			length = value == NULL ? 0 : strlen(value);
			if (length > FEED_MAX_TITLE && pg_mbcharcliplen(value, length, FEED_MAX_TITLE) < length)
				PROBLEM(event, TOO_LARGE, reader->line, "The name has more than %d characters.", FEED_MAX_TITLE);
			else if (length > 0)
				text->name = value;
			break;
		case PROP_UID:
			event->uid = feed_text(reader, &pos, false, ' ');
			if (event->uid && event->uid[0] == '\0')
				event->uid = NULL;
			break;
		case PROP_SEQUENCE:
			/* what is no number counts as none: it only orders versions */
			event->sequence = atoi(reader->content.data + reader->value);
			break;
		case PROP_DESCRIPTION:
			if (text->description == NULL)
			{
				value = feed_text(reader, &pos, false, '\n');
				length = value == NULL ? 0 : strlen(value);
				if (length > 0)
				{
					value[pg_mbcharcliplen(value, length, FEED_MAX_DESCRIPTION)] = '\0';
					text->description = pstrdup(value);
				}
				if (value)
					pfree(value);
			}
			break;
		case PROP_CATEGORIES:
			read_categories(feed, event);
			break;
		case PROP_TRANSP:
		case PROP_CLASS:
			value = feed_value(reader);
			value = feed_shown(value, strlen(value));
			if (*value == '\0')
				break;
			if (property == PROP_TRANSP)
				text->transparency = value;
			else
				text->class = value;
			break;
		case NREAD:
			break;
	}
}

static void
read_event_line(Feed *feed, Event *event)
{
	FeedReader *reader = &feed->reader;
	const char *name = reader->name;

	if (reader->control)
	{
		PROBLEM(event, INVALID, reader->line, "The line has a control character.");
		return;
	}
	if (*name == '\0')
	{
		PROBLEM(event, INVALID, reader->line, "Expected a name, a colon and a value, found \"%s\".", shown_line(reader));
		return;
	}
	if (name[0] == 'X' && name[1] == '-')
		return;
	for (int i = 0; i < NREAD; i++)
	{
		if (strcmp(name, read_properties[i]) == 0)
		{
			read_property(feed, event, i);
			return;
		}
	}
	for (int i = 0; i < (int) lengthof(passed_over); i++)
	{
		if (strcmp(name, passed_over[i]) == 0)
			return;
	}
	if (strcmp(name, "EXRULE") == 0)
		PROBLEM(event, UNSUPPORTED, reader->line, "EXRULE is no longer part of iCalendar.");
	else
		PROBLEM(event, UNSUPPORTED, reader->line,
				"Nothing is known of the property %s, which might change the days of an event.", name);
}

/* ----------
 * Components
 * ----------
 */

static Event *
new_event(Feed *feed)
{
	Event	   *event;

	if (feed->nread++ == FEED_MAX_EVENTS)
		FAIL(TOO_LARGE, feed->reader.line, "At most %d events are read.", FEED_MAX_EVENTS);
	feed->events = grow(feed->events, feed->nevents, &feed->max_events, sizeof(Event));
	event = &feed->events[feed->nevents++];
	memset(event, 0, sizeof(Event));
	event->line = feed->reader.line;
	event->text = palloc0(sizeof(FeedText));
	return event;
}

static void
begin_component(Feed *feed)
{
	FeedReader *reader = &feed->reader;
	char	   *name = feed_value(reader);
	bool		calendar = strcmp(name, "VCALENDAR") == 0;

	/* calendars stand alone, and events in a calendar */
	if ((calendar && feed->depth > 0) || (strcmp(name, "VEVENT") == 0 && feed->depth != 1))
		FAIL(INVALID, reader->line, "%s must not begin in %s, which began at line %d.", name,
			 feed->component[feed->depth - 1], feed->began[feed->depth - 1]);
	if (feed->depth == MAX_DEPTH)
		FAIL(INVALID, reader->line, "Components are nested more than %d deep.", MAX_DEPTH);
	snprintf(feed->component[feed->depth], FEED_MAX_NAME, "%.*s", FEED_MAX_NAME - 1, name);
	feed->began[feed->depth++] = reader->line;
	if (strcmp(name, "VEVENT") == 0)
		new_event(feed);
	pfree(name);
}

static void
end_component(Feed *feed)
{
	FeedReader *reader = &feed->reader;
	char	   *name = feed_value(reader);
	const char *open = feed->component[feed->depth - 1];

	if (strncmp(name, open, FEED_MAX_NAME - 1) != 0)
		FAIL(INVALID, reader->line, "Expected END:%s, which began at line %d, found \"%s\".", open,
			 feed->began[feed->depth - 1], shown_line(reader));
	if (--feed->depth == 0)
		feed_end_calendar(feed);
	pfree(name);
}

static void
read_calendar_line(Feed *feed)
{
	FeedReader *reader = &feed->reader;
	char	   *value;

	if (reader->control)
		FAIL(INVALID, reader->line, "The line has a control character.");
	if (reader->name[0] == '\0')
		FAIL(INVALID, reader->line, "Expected a name, a colon and a value, found \"%s\".", shown_line(reader));
	value = feed_value(reader);
	if (strcmp(reader->name, "VERSION") == 0 && strcmp(value, "2.0") != 0)
		FAIL(UNSUPPORTED, reader->line, "The feed is of iCalendar version \"%s\"; only version 2.0 is read.",
			 feed_shown(value, strlen(value)));
	if (strcmp(reader->name, "METHOD") == 0 && strcmp(value, "CANCEL") == 0)
		FAIL(UNSUPPORTED, reader->line, "The feed takes events back.");
	if (strcmp(reader->name, "X-WR-TIMEZONE") == 0)
	{
		int			pos = reader->value;

		/* names of zones are not written in capitals */
		feed->local_zone = feed_text(reader, &pos, false, ' ');
	}
	pfree(value);
}

/* A line outside of calendars: before the first one, or after one. */
static void
read_outer_line(Feed *feed, bool any_calendar)
{
	FeedReader *reader = &feed->reader;
	char	   *value = reader->name[0] ? feed_value(reader) : "";

	if (strcmp(reader->name, "BEGIN") == 0 && strcmp(value, "VCALENDAR") == 0)
	{
		begin_component(feed);
		feed->result->after_end = 0;
	}
	else if (!any_calendar)
		FAIL(INVALID, reader->line, "Expected BEGIN:VCALENDAR, found \"%s\".", shown_line(reader));
	else if (strcmp(reader->name, "BEGIN") == 0 && strcmp(value, "VEVENT") == 0)
		FAIL(INVALID, reader->line, "An event begins outside of a calendar.");
	else if (feed->result->after_end == 0)
		feed->result->after_end = reader->line;
}

HolidayFeed *
holiday_feed_read(const char *text, int len, const FeedOptions *options)
{
	Feed	   *feed = palloc0(sizeof(Feed));
	FeedReader *reader = &feed->reader;
	bool		any_calendar = false;

	feed->result = palloc0(sizeof(HolidayFeed));
	feed->options = options;
	feed->work = MAX_WORK;
	feed_reader_init(reader, text, len);
	while (feed_next_line(reader, feed->depth > 0))
	{
		if (feed->depth == 0)
		{
			read_outer_line(feed, any_calendar);
			any_calendar = true;
		}
		else if (strcmp(reader->name, "BEGIN") == 0)
			begin_component(feed);
		else if (strcmp(reader->name, "END") == 0)
			end_component(feed);
		else if (feed->depth == 1)
			read_calendar_line(feed);
		else if (feed->depth == 2 && strcmp(feed->component[1], "VEVENT") == 0)
			read_event_line(feed, &feed->events[feed->nevents - 1]);
	}
	if (feed->depth > 0)
		FAIL(INVALID, reader->next - 1, "The feed ends in %s, which began at line %d.",
			 feed->component[feed->depth - 1], feed->began[feed->depth - 1]);
	if (!any_calendar)
		FAIL(INVALID, 1, "Expected BEGIN:VCALENDAR, found nothing.");
	feed->result->nbroken = reader->nbroken;
	feed->result->first_broken = reader->first_broken;
	return feed->result;
}
