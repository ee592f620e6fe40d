/*
 * feed_event.h
 *	  What the files of holiday_feed share: a feed that is being read, and its
 *	  events.
 */
#ifndef FEED_EVENT_H
#define FEED_EVENT_H

#include "base/compat.h"
#include "hours/feed_line.h"
#include "hours/holiday_feed.h"
#include "hours/recurrence.h"

#define MAX_DEPTH		10		/* components within components */

/* The properties of events that are read. */
typedef enum Property
{
	PROP_DTSTART,
	PROP_DTEND,
	PROP_DURATION,
	PROP_RRULE,
	PROP_RDATE,
	PROP_EXDATE,
	PROP_RECURRENCE_ID,
	PROP_STATUS,
	PROP_SUMMARY,
	PROP_UID,
	PROP_SEQUENCE,
	PROP_DESCRIPTION,
	PROP_CATEGORIES,
	PROP_TRANSP,
	PROP_CLASS,
	NREAD
} Property;

typedef enum ProblemKind
{
	INVALID,
	UNSUPPORTED,
	TOO_LARGE
} ProblemKind;

/* A date or time as it stands in a line. */
typedef struct Stated
{
	FeedTime	time;
	const char *zone;			/* TZID, or null */
	int			line;
} Stated;

/* A list of them, for EXDATE and RDATE. */
typedef struct StatedList
{
	Stated	   *items;
	int			n;
	int			room;
} StatedList;

typedef struct Event
{
	int			line;			/* of BEGIN */
	uint32		seen;			/* properties it has, as bits of Property */

	char	   *problem;		/* the first one, or null */
	int			problem_line;
	ProblemKind problem_kind;

	FeedText   *text;
	char	   *uid;
	int			sequence;
	bool		cancelled;
	bool		superseded;		/* a later version of it is there */

	Stated		start;
	Stated		end;
	Stated		replaces;		/* RECURRENCE-ID */
	int64		replaced_day;
	int			duration_line;	/* 0: it has none */
	int64		duration;		/* seconds */
	Recurrence *rule;
	int			rule_line;
	StatedList	except;
	StatedList	extra;
} Event;

typedef struct Feed
{
	FeedReader	reader;
	const FeedOptions *options;
	HolidayFeed *result;
	int			room;			/* of rows */
	int64		ndays;
	int64		work;

	int			depth;
	char		component[MAX_DEPTH][FEED_MAX_NAME];
	int			began[MAX_DEPTH];

	/* of the calendar */
	Event	   *events;
	int			nevents;
	int			max_events;
	int			nread;			/* events of all calendars */
	char	   *local_zone;		/* X-WR-TIMEZONE */
	Event	  **replacing;		/* by UID and day */
	int			nreplacing;
} Feed;

/* Raise an error about a line; of_event tells whether it can be left out. */
pg_noreturn extern void feed_error(ProblemKind kind, int line, const char *detail, bool of_event);

/* Something is wrong with the text as such. */
#define FAIL(kind, line, ...) \
	do { \
		StringInfoData detail_; \
		initStringInfo(&detail_); \
		appendStringInfo(&detail_, __VA_ARGS__); \
		feed_error(kind, line, detail_.data, false); \
	} while (0)

/* Something is wrong with an event: the first such thing is kept. */
#define PROBLEM(event, kind, at, ...) \
	do { \
		if ((event)->problem == NULL) \
		{ \
			StringInfoData detail_; \
			initStringInfo(&detail_); \
			appendStringInfo(&detail_, __VA_ARGS__); \
			(event)->problem = detail_.data; \
			(event)->problem_line = (at); \
			(event)->problem_kind = (kind); \
		} \
	} while (0)

/*
 * All events of a calendar have been read: find out which replace which, and
 * make rows of them.
 */
extern void feed_end_calendar(Feed *feed);

#endif							/* FEED_EVENT_H */
