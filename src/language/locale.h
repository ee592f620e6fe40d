/*
 * locale.h
 *	  Locales: their names, where their words are looked up, and what ICU has
 *	  open for them.
 *
 * A locale is a BCP 47 tag, or a name as POSIX has it (pl_PL.UTF-8).  All that
 * has to do with its name is found once for a spelling and kept; that opens
 * nothing.  What is opened in ICU belongs to an IcuLocale, of which a session
 * has no more than 32.
 */
#ifndef LOCALE_H
#define LOCALE_H

#include <unicode/uloc.h>

#include "language/icu_text.h"

/* The longest locale that is read, in bytes. */
#define LOCALE_MAX_LEN		100

/* Tags under which words can be, of one locale. */
#define LOCALE_MAX_STEPS	12

/* A tag under which a locale's words are looked up. */
typedef struct LocaleStep
{
	const char *tag;			/* canonical, without extensions */
	int			len;
	int			language;		/* of the shipped texts; -1: there are none */
} LocaleStep;

/* Valid until another locale is looked up. */
typedef struct Locale
{
	const char *tag;			/* canonical, with region and extensions */
	const char *icu_name;		/* for ICU: with calendar, digits, hour cycle */
	const char *base;			/* the tag without extensions */
	int			nsteps;
	LocaleStep	steps[LOCALE_MAX_STEPS];	/* the base first, then CLDR's
											 * parents; English is not added */
	int			icu;			/* where its IcuLocale was last */
} Locale;

/* What the language functions keep open for a locale; each has its own. */
typedef enum IcuPart
{
	PART_NUMBER_WORDS,
	PART_DATE_WORDS,
	PART_DUE_WORDS,
	PART_HOUR_WORDS,
	NUM_PARTS
} IcuPart;

/*
 * What is open in ICU for a locale.  Valid until another one is looked up, or
 * code of others runs.
 */
typedef struct IcuLocale
{
	char		tag[ULOC_FULLNAME_CAPACITY];
	char		name[ULOC_FULLNAME_CAPACITY];	/* for ICU */
	MemoryContext context;		/* NULL: not in use */
	void	   *parts[NUM_PARTS];	/* in the context; NULL until made */
	uint64		used;
} IcuLocale;

/*
 * A part of a locale, made by open() on first use, in the current context; an
 * error in it leaves nothing behind.
 */
extern void *locale_part(IcuLocale *icu, IcuPart part,
						 void *(*open) (const char *name, const char *tag));

/*
 * The locale of a name, in the server's encoding.  One that is malformed, or
 * whose language ICU does not have, is an ERROR, or NULL if soft.
 */
extern Locale *locale_lookup(const char *name, int len, bool soft);

/* The same, of a text argument. */
extern Locale *locale_arg(FunctionCallInfo fcinfo, int arg);

extern IcuLocale *icu_locale(Locale *locale);

#endif							/* LOCALE_H */
