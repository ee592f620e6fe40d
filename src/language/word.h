/*
 * word.h
 *	  Words that people write for a level or a priority, in any language.
 */
#ifndef WORD_H
#define WORD_H

#include "language/label.h"

/*
 * Whether a text is a word at all: whether anything is left of it without
 * punctuation and spaces.
 */
extern bool text_is_word(const char *bytes, int len);

/* Whether words of a kind are read, and not only written. */
extern bool kind_is_read(const char *kind);

#endif							/* WORD_H */
