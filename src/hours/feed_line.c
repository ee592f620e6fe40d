/*
 * feed_line.c
 *	  The lines of iCalendar text: unfolding, names, parameters and values.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "hours/feed_line.h"

/* How much of a line an error message repeats, in characters. */
#define MAX_SHOWN	60

/* What tells the days of an event: a line that begins so is never taken as text. */
static const char *const telling[] =
{"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "STATUS", "UID"};

static inline bool
is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

void
feed_reader_init(FeedReader *reader, const char *text, int len)
{
	memset(reader, 0, sizeof(FeedReader));
	reader->pos = text;
	reader->end = text + len;
	reader->next = 1;
	initStringInfo(&reader->content);
}

/* Append the rest of the physical line at pos, and go behind its end. */
static void
take_physical_line(FeedReader *reader)
{
	const char *start = reader->pos;
	const char *s = start;

	for (; s < reader->end; s++)
	{
		unsigned char c = *s;

		if (c >= 0x20 ? c == 0x7f : c != '\t')
		{
			if (c == '\n' || c == '\r')
				break;
			reader->control = true;
		}
	}
	appendBinaryStringInfo(&reader->content, start, s - start);
	if (s < reader->end && *s == '\r')
	{
		s++;
		if (s < reader->end && *s == '\n')
			s++;
	}
	else if (s < reader->end)
		s++;
	reader->pos = s;
	reader->next++;
}

/* Behind a break in a folded line, or where no such break is. */
static const char *
skip_fold(const FeedReader *reader, const char *s)
{
	const char *rest = s;

	if (rest < reader->end && *rest == '\r')
		rest++;
	if (rest < reader->end && *rest == '\n')
		rest++;
	return rest > s && rest < reader->end && (*rest == ' ' || *rest == '\t') ? rest + 1 : s;
}

/* Does a line begin at pos: with a name, and a colon or a semicolon? */
static bool
begins_a_line(const FeedReader *reader)
{
	const char *s = reader->pos;
	char		name[FEED_MAX_NAME];
	int			length = 0;

	for (;;)
	{
		const char *next = skip_fold(reader, s);

		if (next > s)
			s = next;
		else if (s < reader->end && is_name_char(*s) && length < FEED_MAX_NAME)
			name[length++] = *s++;
		else
			break;
	}
	if (length > 0 && s < reader->end && (*s == ':' || *s == ';'))
		return true;
	for (int i = 0; i < (int) lengthof(telling); i++)
	{
		if (length == (int) strlen(telling[i]) && strncmp(name, telling[i], length) == 0)
			return true;
	}
	return false;
}

/* Find the name, the parameters and the value; without them, name stays empty. */
static void
split_line(FeedReader *reader)
{
	const char *s = reader->content.data;
	int			len = reader->content.len;
	int			i = 0;
	bool		quoted = false;

	reader->name[0] = '\0';
	while (i < len && is_name_char(s[i]))
		i++;
	if (i == 0 || i == len || (s[i] != ':' && s[i] != ';'))
		return;
	reader->params = i;
	while (i < len && (quoted || s[i] != ':'))
	{
		if (s[i] == '"')
			quoted = !quoted;
		i++;
	}
	if (i == len)
		return;
	reader->value = i + 1;

	/* a longer name is one that nobody knows, cut or not */
	len = Min(reader->params, FEED_MAX_NAME - 1);
	for (i = 0; i < len; i++)
		reader->name[i] = (s[i] >= 'a' && s[i] <= 'z') ? s[i] - ('a' - 'A') : s[i];
	reader->name[len] = '\0';
}

bool
feed_next_line(FeedReader *reader, bool join)
{
	reader->content.len = 0;
	reader->content.data[0] = '\0';
	reader->control = false;

	/* empty lines mean nothing */
	while (reader->content.len == 0)
	{
		if (reader->pos == reader->end)
			return false;
		reader->line = reader->next;
		take_physical_line(reader);
		CHECK_FOR_INTERRUPTS();
	}
	if (pg_strncasecmp(reader->content.data, "BEGIN:", 6) == 0 ||
		pg_strncasecmp(reader->content.data, "END:", 4) == 0)
		join = false;

	while (reader->pos < reader->end)
	{
		char		c = *reader->pos;

		CHECK_FOR_INTERRUPTS();
		if (c == ' ' || c == '\t')
			reader->pos++;
		else if (c == '\n' || c == '\r')
			;
		else if (join && !begins_a_line(reader))
		{
			if (reader->nbroken++ == 0)
				reader->first_broken = reader->next;
			appendStringInfoChar(&reader->content, '\n');
		}
		else
			break;
		take_physical_line(reader);
	}
	split_line(reader);
	return true;
}

/* ----------
 * Parts of a line
 * ----------
 */

/*
 * The next parameter from *pos on, which stands at a semicolon: false at the
 * end.  *equals is where its equals sign is, or -1.
 */
static bool
next_param(const FeedReader *reader, int *pos, int *start, int *equals)
{
	const char *s = reader->content.data;
	int			end = reader->value - 1;
	bool		quoted = false;

	if (*pos >= end)
		return false;
	*start = ++*pos;
	*equals = -1;
	while (*pos < end && (quoted || s[*pos] != ';'))
	{
		if (s[*pos] == '"')
			quoted = !quoted;
		else if (s[*pos] == '=' && *equals < 0)
			*equals = *pos;
		(*pos)++;
	}
	return true;
}

char *
feed_param(const FeedReader *reader, const char *name)
{
	const char *s = reader->content.data;
	int			pos = reader->params;
	int			start;
	int			equals;

	while (next_param(reader, &pos, &start, &equals))
	{
		if (equals - start == (int) strlen(name) &&
			pg_strncasecmp(s + start, name, equals - start) == 0)
		{
			char	   *result = palloc(pos - equals);
			int			n = 0;

			for (int i = equals + 1; i < pos; i++)
			{
				if (s[i] != '"' && s[i] != '\n')
					result[n++] = s[i];
			}
			result[n] = '\0';
			return result;
		}
	}
	return NULL;
}

bool
feed_params_are_right(const FeedReader *reader)
{
	const char *s = reader->content.data;
	int			pos = reader->params;
	int			start;
	int			equals;

	while (next_param(reader, &pos, &start, &equals))
	{
		/* nothing between two separators, or before the colon, does no harm */
		if (start == pos)
			continue;
		if (equals <= start)
			return false;
		for (int i = start; i < equals; i++)
		{
			if (!is_name_char(s[i]))
				return false;
		}
	}
	return true;
}

char *
feed_value(const FeedReader *reader)
{
	const char *s = reader->content.data + reader->value;
	const char *end = reader->content.data + reader->content.len;
	char	   *result;
	int			n = 0;

	while (s < end && is_blank(*s))
		s++;
	while (s < end && is_blank(end[-1]))
		end--;
	result = palloc(end - s + 1);
	for (; s < end; s++)
	{
		if (*s != '\n')
			result[n++] = (*s >= 'a' && *s <= 'z') ? *s - ('a' - 'A') : *s;
	}
	result[n] = '\0';
	return result;
}

char *
feed_text(const FeedReader *reader, int *pos, bool list, char newline)
{
	const char *s = reader->content.data;
	int			len = *pos;
	int			i = *pos;
	char	   *result;
	int			n = 0;

	if (i >= reader->content.len)
		return NULL;
	while (len < reader->content.len && !(list && s[len] == ','))
		len += s[len] == '\\' ? 2 : 1;
	len = Min(len, reader->content.len);
	result = palloc(len - i + 1);
	for (; i < len; i++)
	{
		char		c = s[i];

		if (c == '\\')
		{
			i++;
			if (i == len)
				break;
			c = s[i];
			if (c == 'n' || c == 'N')
				c = newline;
		}
		else if (c == '\n')
			c = newline;
		/* blanks at the beginning go at once, those at the end below */
		if (n > 0 || !is_blank(c))
			result[n++] = c;
	}
	while (n > 0 && is_blank(result[n - 1]))
		n--;
	result[n] = '\0';
	*pos = len + 1;
	return result;
}

char *
feed_shown(const char *text, int len)
{
	char	   *result;

	len = pg_mbcharcliplen(text, len, MAX_SHOWN);
	result = palloc(len + 1);
	for (int i = 0; i < len; i++)
		result[i] = ((unsigned char) text[i] < 0x20 || text[i] == 0x7f) ? ' ' : text[i];
	result[len] = '\0';
	return result;
}
