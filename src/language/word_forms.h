/*
 * word_forms.h
 *	  Texts with a place for a number or a word, "{0}", and the plural forms of
 *	  which there is one for each category of CLDR.
 */
#ifndef WORD_FORMS_H
#define WORD_FORMS_H

/* The categories of CLDR's plural rules. */
typedef enum PluralCategory
{
	PLURAL_ZERO,
	PLURAL_ONE,
	PLURAL_TWO,
	PLURAL_FEW,
	PLURAL_MANY,
	PLURAL_OTHER
} PluralCategory;

#define NUM_PLURALS		6

extern const char *const plural_names[NUM_PLURALS];

/* A text, cut at its place. */
typedef struct WordForm
{
	const char *text;			/* NULL: there is none */
	int			before;			/* bytes in front of the place */
	int			after;			/* where the rest begins; -1: it has no place */
	int			len;
} WordForm;

/* Cut a text; it is not copied. */
extern WordForm word_form(const char *text, int len);

/* A text with what belongs in its place. */
extern char *form_text(const WordForm *form, const char *what);

/*
 * The length of a key without the plural category at its end, "hour" of
 * "hour.few"; 0 if it has none.
 */
extern int	plural_stem(const char *key, int len, PluralCategory *category);

/*
 * What is wrong with the text of a key, as a sentence; NULL if nothing is.  It must
 * have a place if the library's text, the model, has one.
 */
extern const char *word_form_fault(const char *key, const char *text, const char *model);

#endif							/* WORD_FORMS_H */
