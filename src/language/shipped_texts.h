/*
 * shipped_texts.h
 *	  The texts that the library has, made of the files in texts/.
 *
 * Each text has a kind and a key, and a number that is the same in all
 * languages.  Texts are UTF-8.
 */
#ifndef SHIPPED_TEXTS_H
#define SHIPPED_TEXTS_H

/* Languages, by the names of their files: "en", "pl". */
extern const int num_shipped_languages;
extern const char *const shipped_languages[];

/* Number of a language that the library has, by its tag; -1 for another. */
extern int	shipped_language(const char *tag);

/* The number of English. */
extern int	shipped_english(void);

/* All texts: kind and key of each, in the order of the files. */
typedef struct ShippedKey
{
	const char *kind;
	const char *key;
} ShippedKey;

extern const int num_shipped_texts;
extern const ShippedKey shipped_keys[];

/* Number of the text of a kind and key; -1: there is none. */
extern int	shipped_number(const char *kind, int kind_len, const char *key, int key_len);

/* A text by number in a language; NULL if that has none. */
extern const char *shipped_text(int language, int number);

/* Other words for a text, that are read but not written. */
typedef struct ShippedWord
{
	int			language;
	int			number;			/* of the text */
	const char *word;
} ShippedWord;

extern const int num_shipped_words;
extern const ShippedWord shipped_words[];

#endif							/* SHIPPED_TEXTS_H */
