/*
 * feed_line.h
 *	  The lines of iCalendar text (RFC 5545, section 3.1).
 *
 * A line is a name, parameters and a value: DTSTART;VALUE=DATE:20260501.  In
 * the text it may be folded: broken anywhere, with a space or a tab before the
 * rest.  Publishers also break the texts of people without that space.  What
 * follows then is no line of its own, because it does not begin as one does,
 * and is read as the rest of the line before.
 */
#ifndef FEED_LINE_H
#define FEED_LINE_H

#include "lib/stringinfo.h"

/* The name of a property or parameter, with zero byte, at most. */
#define FEED_MAX_NAME	64

/*
 * A text that is read, and the line in it that was read last.
 */
typedef struct FeedReader
{
	const char *pos;			/* what follows the line */
	const char *end;			/* of the text */
	int			next;			/* number of the physical line at pos, from 1 */

	StringInfoData content;		/* the line, unfolded; a break without a space
								 * is kept as a line feed */
	int			line;			/* number of its first physical line */
	bool		control;		/* it has a control character */

	char		name[FEED_MAX_NAME];	/* of the property, in capitals; "" where
										 * there is none */
	int			params;			/* where the parameters begin in content */
	int			value;			/* where the value begins in content */

	int			nbroken;		/* lines broken without a space so far */
	int			first_broken;	/* number of the first one */
} FeedReader;

/* Begin to read a text, which must stay where it is. */
extern void feed_reader_init(FeedReader *reader, const char *text, int len);

/*
 * Read the next line; false at the end.  join tells whether to read what
 * begins like no line as the rest of the line before.
 */
extern bool feed_next_line(FeedReader *reader, bool join);

/*
 * The value of a parameter, without quotes, in a new string; NULL if the line
 * has none of this name.
 */
extern char *feed_param(const FeedReader *reader, const char *name);

/* Are the parameters written as NAME=value? */
extern bool feed_params_are_right(const FeedReader *reader);

/* The value without white space around it and line feeds in it, in capitals. */
extern char *feed_value(const FeedReader *reader);

/*
 * A value that is a text for people: from some place on to the end or, if list,
 * to the next comma, with escapes resolved.  What stands for a line break in it
 * becomes newline.  *pos is moved behind it; NULL, when nothing is left.
 */
extern char *feed_text(const FeedReader *reader, int *pos, bool list, char newline);

/* The beginning of a text, in a new string that is fit for a message. */
extern char *feed_shown(const char *text, int len);

#endif							/* FEED_LINE_H */
