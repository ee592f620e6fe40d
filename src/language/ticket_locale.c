/*
 * ticket_locale.c
 *	  The best locale for what a browser accepts.
 *
 * The header is that of RFC 9110, and a language is looked up as RFC 4647 says:
 * along the locale's steps.  Whatever is in the header, there is an answer.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "base/grow.h"
#include "language/label.h"

/* An element of the header. */
typedef struct Accepted
{
	const char *tag;
	int			len;
	int			weight;			/* in thousandths */
	int			order;
} Accepted;

typedef struct Header
{
	Accepted   *elements;
	int			n;
	char	  **refused;		/* canonical tags of weight 0 */
	int			nrefused;
} Header;

PG_FUNCTION_INFO_V1(ticket_locale);

static bool
is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Cut spaces off both ends. */
static void
trim(const char **text, int *len)
{
	while (*len > 0 && is_space(**text))
	{
		(*text)++;
		(*len)--;
	}
	while (*len > 0 && is_space((*text)[*len - 1]))
		(*len)--;
}

/* Read a weight, from 0 to 1 with three decimals at most; -1: it is none. */
static int
read_weight(const char *text, int len)
{
	int			weight;
	int			unit = 100;

	if (len < 1 || len > 5 || (text[0] != '0' && text[0] != '1') || (len > 1 && text[1] != '.'))
		return -1;
	weight = (text[0] - '0') * 1000;
	for (int i = 2; i < len; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return -1;
		weight += (text[i] - '0') * unit;
		unit /= 10;
	}
	return weight > 1000 ? -1 : weight;
}

/* Read an element; false if it is malformed. */
static bool
read_element(const char *text, int len, Accepted *element)
{
	const char *parameter = memchr(text, ';', len);
	int			parameter_len;

	element->tag = text;
	element->len = parameter == NULL ? len : parameter - text;
	element->weight = 1000;
	trim(&element->tag, &element->len);
	if (element->len == 0)
		return false;
	if (parameter == NULL)
		return true;
	parameter++;
	parameter_len = text + len - parameter;
	trim(&parameter, &parameter_len);
	if (parameter_len < 2 || (parameter[0] != 'q' && parameter[0] != 'Q') || parameter[1] != '=')
		return false;
	element->weight = read_weight(parameter + 2, parameter_len - 2);
	return element->weight >= 0;
}

/* The heaviest first, and what comes first in the header. */
static int
compare_elements(const void *a, const void *b)
{
	const Accepted *x = a;
	const Accepted *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void
read_header(const char *text, int len, Header *header)
{
	int			room = 0;
	const char *end = text + len;

	memset(header, 0, sizeof(Header));
	while (text < end)
	{
		const char *comma = memchr(text, ',', end - text);
		const char *stop = comma == NULL ? end : comma;

		CHECK_FOR_INTERRUPTS();
		header->elements = grow(header->elements, header->n, &room, sizeof(Accepted));
		if (read_element(text, stop - text, &header->elements[header->n]))
		{
			header->elements[header->n].order = header->n;
			header->n++;
		}
		text = stop + 1;
	}
	qsort(header->elements, header->n, sizeof(Accepted), compare_elements);
}

/* Collect what is refused: at the end, as the weights go. */
static void
read_refused(Header *header)
{
	header->nrefused = 0;
	header->refused = palloc((header->n + 1) * sizeof(char *));
	while (header->n > 0 && header->elements[header->n - 1].weight == 0)
	{
		Accepted   *one = &header->elements[--header->n];
		Locale	   *locale;

		CHECK_FOR_INTERRUPTS();
		locale = locale_lookup(one->tag, one->len, true);
		if (locale != NULL &&
			(header->nrefused == 0 ||
			 strcmp(header->refused[header->nrefused - 1], locale->base) != 0))
			header->refused[header->nrefused++] = pstrdup(locale->base);
	}
}

/* Whether a tag is refused, by itself or as one of a language. */
static bool
is_refused(const Header *header, const char *tag)
{
	for (int i = 0; i < header->nrefused; i++)
	{
		int			len = strlen(header->refused[i]);

		if (strncmp(tag, header->refused[i], len) == 0 && (tag[len] == '\0' || tag[len] == '-'))
			return true;
	}
	return false;
}

/* The step of a locale at which there are words; NULL: none. */
static const LocaleStep *
step_with_words(const Translations *own, const Locale *locale)
{
	for (int i = 0; i < locale->nsteps; i++)
	{
		const LocaleStep *step = &locale->steps[i];

		if (step->language >= 0 || (own != NULL && translations_have(own, step->tag, step->len)))
			return step;
	}
	return NULL;
}

static text *
canonical_or_same(text *name)
{
	Locale	   *locale = locale_lookup(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), true);

	return locale == NULL ? name : cstring_to_text(locale->tag);
}

/* ticket_locale(accept_language, fallback) */
Datum
ticket_locale(PG_FUNCTION_ARGS)
{
	PolicyPin  *pin = &language_site(fcinfo)->policy;
	const Translations *own;
	Header		header;

	if (!PG_ARGISNULL(0))
	{
		text	   *accept = PG_GETARG_TEXT_PP(0);

		read_header(VARDATA_ANY(accept), VARSIZE_ANY_EXHDR(accept), &header);
		read_refused(&header);
		(void) policy_current(pin);
		own = policy_translations(pin);
		for (int i = 0; i < header.n; i++)
		{
			Locale	   *locale;
			const LocaleStep *step;

			CHECK_FOR_INTERRUPTS();
			locale = locale_lookup(header.elements[i].tag, header.elements[i].len, true);
			step = locale == NULL ? NULL : step_with_words(own, locale);
			if (step != NULL && !is_refused(&header, locale->base) &&
				!is_refused(&header, step->tag))
				PG_RETURN_TEXT_P(cstring_to_text(locale->tag));
		}
	}
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(canonical_or_same(PG_GETARG_TEXT_PP(1)));
}
