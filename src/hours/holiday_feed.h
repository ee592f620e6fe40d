/*
 * holiday_feed.h
 *	  Holiday feeds: the events of iCalendar text (RFC 5545), as days and as
 *	  holiday rules.
 *
 * What moves no day is passed over.  What would move one and is not understood
 * is a problem: an error, or told with the event and the line.
 */
#ifndef HOLIDAY_FEED_H
#define HOLIDAY_FEED_H

/* What is read of one feed, at most. */
#define FEED_MAX_BYTES		20000000
#define FEED_MAX_EVENTS		10000
#define FEED_MAX_DAYS		10000

/* Of one event: characters of its name, and of its description, which is cut. */
#define FEED_MAX_TITLE		1000
#define FEED_MAX_DESCRIPTION	2000
#define FEED_MAX_CATEGORIES	100

/* Days that a rule without an end means, where no holiday rule can say it. */
#define FEED_YEARS_AHEAD	10

/* What people are told of an event.  Null is what it does not say. */
typedef struct FeedText
{
	char	   *name;
	char	   *description;
	char	   *transparency;
	char	   *class;
	char	  **categories;
	int			ncategories;
} FeedText;

/* A part of an event: days, a rule, or why it could not be read. */
typedef struct FeedRow
{
	int			line;			/* of DTSTART, or of the problem */
	int64		day;			/* since 1970-01-01, when rule and problem are null */
	int64		last_day;
	char	   *rule;
	char	   *problem;
	FeedText   *text;
} FeedRow;

typedef struct HolidayFeed
{
	FeedRow    *rows;
	int			nrows;
	int			nbroken;		/* lines that were broken and not folded */
	int			first_broken;
	int			after_end;		/* line of what follows the last calendar; 0 is
								 * nothing */
} HolidayFeed;

/*
 * The local time, in seconds since 1970, at an instant in a zone; false if
 * there is no such zone.
 */
typedef bool (*FeedZone) (const char *zone, int64 instant, int64 *local);

/* Is one of these categories asked for? */
typedef bool (*FeedChoice) (char *const *categories, int ncategories, void *arg);

typedef struct FeedOptions
{
	int64		from_day;		/* rules without an end that must become days
								 * become those up to ten years after it */
	bool		skip;			/* events that cannot be read are rows with a
								 * problem; else the first one is an ERROR */
	FeedZone	zone;
	FeedChoice	choice;			/* NULL: all events */
	void	   *choice_arg;
} FeedOptions;

/*
 * Read a feed: the events that are chosen.  A text that is no feed, or not all
 * of one, and one that is too large are always an ERROR.
 */
extern HolidayFeed *holiday_feed_read(const char *text, int len, const FeedOptions *options);

#endif							/* HOLIDAY_FEED_H */
