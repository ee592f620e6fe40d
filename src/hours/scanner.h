/*
 * scanner.h
 *	  Reads the text of a notation, one token after the other, and reports what
 *	  was expected at a place of it.
 *
 * Opening hours and holiday rules are written in different notations, so each
 * grammar defines what a token is.
 */
#ifndef SCANNER_H
#define SCANNER_H

#include "nodes/nodes.h"

/*
 * The length of the token at s, at least one byte.  s is never at white space.
 */
typedef int (*TokenLength) (const char *s, const char *end);

typedef struct Scanner
{
	const char *text;
	const char *end;			/* of the text; there need not be a zero byte */
	const char *token;			/* the current token */
	int			length;			/* of it; 0 at the end of the text */
	const char *next;			/* what follows it */
	TokenLength token_length;
	const char *invalid;		/* how the message of a syntax error begins */
	Node	   *escontext;
} Scanner;

/* Names as they are in English; the week begins with Monday. */
extern const char *const english_weekdays[7];
extern const char *const english_months[12];

/* Begin with the first token of a text. */
extern void scanner_start(Scanner *s, const char *text, int length,
						  TokenLength token_length, const char *invalid,
						  Node *escontext);

/* Go to the next token. */
extern void scanner_advance(Scanner *s);

/* From a place on, the next byte that is not white space, or the end. */
extern const char *scanner_skip_space(const Scanner *s, const char *at);

/* The first byte after the current token that is not white space, or zero. */
extern char scanner_peek(const Scanner *s);

/* Is the current token a word, whatever its case? */
extern bool scanner_at_word(const Scanner *s, const char *word);

/* Does the current token begin with a text, whatever its case? */
extern bool scanner_begins(const Scanner *s, const char *start);

/*
 * The index of the name that the current token is, or -1.  letters is how many
 * letters of a name are written; 0 means all of them.
 */
extern int	scanner_find(const Scanner *s, const char *const *names, int nnames,
						 int letters);

/* Does the current token begin with the first letters of one of the names? */
extern bool scanner_resembles(const Scanner *s, const char *const *names,
							  int nnames, int letters);

/*
 * Read the digits at *at as a number and move *at past them, within the
 * current token.  The number is 0 if there are no digits, and 99999 at most.
 */
extern int	scanner_digits(const Scanner *s, const char **at);

/* A copy of the text that an error can show: cut if it is long. */
extern char *scanner_shown_text(const Scanner *s);

/*
 * Report what was expected at a place in the current token.  hint can be NULL.
 * The error is soft if there is a context for it.  Returns false, so that the
 * caller can return the result.
 */
extern bool scanner_expected(const Scanner *s, const char *at, const char *what,
							 const char *hint);

/* The same for a number with bounds. */
extern bool scanner_expected_number(const Scanner *s, const char *at,
									const char *what, int from, int to,
									const char *hint);

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
at_end(const Scanner *s)
{
	return s->length == 0;
}

/* Does the current token begin with a digit? */
static inline bool
at_digit(const Scanner *s)
{
	return s->length > 0 && is_digit(*s->token);
}

static inline bool
at_char(const Scanner *s, char c)
{
	return s->length == 1 && *s->token == c;
}

static inline bool
accept_char(Scanner *s, char c)
{
	if (!at_char(s, c))
		return false;
	scanner_advance(s);
	return true;
}

static inline bool
accept_word(Scanner *s, const char *word)
{
	if (!scanner_at_word(s, word))
		return false;
	scanner_advance(s);
	return true;
}

static inline bool
accept_days(Scanner *s)
{
	return accept_word(s, "day") || accept_word(s, "days");
}

/* Is there a character at a place in the current token? */
static inline bool
has_char(const Scanner *s, const char *at, char c)
{
	return at < s->token + s->length && *at == c;
}

#endif							/* SCANNER_H */
