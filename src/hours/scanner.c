/*
 * scanner.c
 *	  Reads the text of a notation, one token after the other, and reports what
 *	  was expected at a place of it.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "hours/scanner.h"

/* How much of the input an error message repeats, in characters. */
#define MAX_SHOWN_TEXT		60
#define MAX_SHOWN_TOKEN		30

const char *const english_weekdays[7] =
{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

const char *const english_months[12] =
{"January", "February", "March", "April", "May", "June", "July", "August",
"September", "October", "November", "December"};

/* ----------
 * Tokens
 * ----------
 */

const char *
scanner_skip_space(const Scanner *s, const char *at)
{
	while (at < s->end && is_space(*at))
		at++;
	return at;
}

void
scanner_advance(Scanner *s)
{
	s->token = scanner_skip_space(s, s->next);
	s->length = s->token < s->end ? s->token_length(s->token, s->end) : 0;
	s->next = s->token + s->length;
}

void
scanner_start(Scanner *s, const char *text, int length, TokenLength token_length,
			  const char *invalid, Node *escontext)
{
	s->text = text;
	s->end = text +length;
	s->next = text;

	s->token_length = token_length;
	s->invalid = invalid;
	s->escontext = escontext;
	scanner_advance(s);
}

char
scanner_peek(const Scanner *s)
{
	const char *at = scanner_skip_space(s, s->next);

	return at < s->end ? *at : '\0';
}

bool
scanner_begins(const Scanner *s, const char *start)
{
	int			length = strlen(start);

	return s->length >= length && pg_strncasecmp(s->token, start, length) == 0;
}

bool
scanner_at_word(const Scanner *s, const char *word)
{
	return s->length == (int) strlen(word) && scanner_begins(s, word);
}

int
scanner_find(const Scanner *s, const char *const *names, int nnames, int letters)
{
	for (int i = 0; i < nnames; i++)
	{
		int			length = letters > 0 ? letters : (int) strlen(names[i]);

		if (s->length == length && pg_strncasecmp(s->token, names[i], length) == 0)
			return i;
	}
	return -1;
}

bool
scanner_resembles(const Scanner *s, const char *const *names, int nnames, int letters)
{
	Scanner		start = *s;

	start.length = Min(start.length, letters);
	return scanner_find(&start, names, nnames, letters) >= 0;
}

int
scanner_digits(const Scanner *s, const char **at)
{
	const char *end = s->token + s->length;
	int			number = 0;

	for (; *at < end && is_digit(**at); (*at)++)
		number = Min(number * 10 + (**at - '0'), 99999);
	return number;
}

/* ----------
 * Errors
 * ----------
 */

/* A copy that is safe to show: cut at a character, marked if cut. */
static char *
clip(const char *text, int length, int limit)
{
	int			kept = pg_mbcharcliplen(text, length, limit);
	char	   *copy = palloc(kept + 4);

	memcpy(copy, text, kept);
	strcpy(copy + kept, kept < length ? "..." : "");
	return copy;
}

char *
scanner_shown_text(const Scanner *s)
{
	return clip(s->text, s->end - s->text, MAX_SHOWN_TEXT);
}

/* What is found at a place in the current token. */
static const char *
found_at(const Scanner *s, const char *at)
{
	const char *end = s->next;
	StringInfoData buf;

	if (at >= s->end)
		return "the end";

	/* of a date such as 12-32, the part that is wrong */
	if (is_digit(*at))
	{
		const char *digits = at;

		scanner_digits(s, &digits);
		if (has_char(s, digits, '-'))
			end = digits;
	}

	initStringInfo(&buf);
	appendStringInfo(&buf, "\"%s\"",
					 at < end ? clip(at, end - at, MAX_SHOWN_TOKEN) :
					 *at == ',' ? "," : " ");
	return buf.data;
}

bool
scanner_expected(const Scanner *s, const char *at, const char *what, const char *hint)
{
	int			position = pg_mbstrlen_with_len(s->text, at - s->text) + 1;
	const char *found = found_at(s, at);

	errsave(s->escontext,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("%s: \"%s\"", s->invalid, scanner_shown_text(s)),
			 errdetail("Expected %s at position %d, found %s.",
					   what, position, found),
			 hint ? errhint("%s", hint) : 0));
	return false;
}

bool
scanner_expected_number(const Scanner *s, const char *at, const char *what,
						int from, int to, const char *hint)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s from %d to %d", what, from, to);
	return scanner_expected(s, at, buf.data, hint);
}
