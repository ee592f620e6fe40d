/*
 * label.h
 *	  The words for the values of the policy in a language.
 *
 * A word has a kind and a key.  It is looked up at each step of a locale, the
 * owner's text first and then the library's, and at last in English.
 */
#ifndef LABEL_H
#define LABEL_H

#include "base/enums.h"
#include "language/locale.h"
#include "policy/policy.h"

/* Where a word comes from. */
typedef enum LabelSource
{
	LABEL_NONE,
	LABEL_OWN,
	LABEL_SHIPPED,
	LABEL_ENGLISH				/* no other language of the locale has it */
} LabelSource;

/* A kind of words. */
typedef struct LabelKind
{
	const char *name;
	bool		is_open;		/* any key will do, else those of the library */
	bool		has_places;		/* some texts have a place for another, "{0}" */
} LabelKind;

/* A word by name. */
typedef struct LabelName
{
	const char *kind;
	int			kind_len;
	const char *key;
	int			key_len;
	int			number;			/* of the library's text; -1: it has none */
} LabelName;

/* What a call site of a language function remembers. */
typedef struct LanguageSite
{
	PolicyPin	policy;
	EnumValues	values;			/* of the enum that it reads or gives */
	LabelName	names[NUM_STATUSES];	/* of these values */
} LanguageSite;

extern LanguageSite *language_site(FunctionCallInfo fcinfo);

/* A kind by name; an unknown one is an ERROR, or NULL if soft. */
extern const LabelKind *label_kind(const char *name, int len, bool soft);

/*
 * The library's English text of a key, for a form of a plural that of all other
 * numbers; NULL if the library has no such key.
 */
extern const char *label_model(const char *kind, const char *key, int len);

/* An ERROR for a key that a kind does not have. */
extern void label_check_key(const LabelKind *kind, const char *key, int len);

/*
 * A number that changes when the owner's texts may have, as the active snapshot
 * sees them; 0 while there are none.
 */
extern uint64 labels_serial(PolicyPin *pin);

/*
 * A word as UTF-8; NULL if there is none.  Without english, only at the steps of
 * the locale.
 */
extern const char *label_utf8(PolicyPin *pin, Locale *locale, const char *kind,
							  const char *key, bool english);

/* A word with English at the end, as a text of the server; NULL: none. */
extern text *label_text(PolicyPin *pin, Locale *locale, const char *kind,
						const char *key);

#endif							/* LABEL_H */
