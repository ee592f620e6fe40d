/*
 * icu_text.h
 *	  What the language functions share of ICU: text between the server's encoding
 *	  and ICU, errors, handles, and pieces of sentences.
 *
 * Text goes by way of UTF-8, by the server's own conversion, in every encoding;
 * what an encoding cannot hold is its error (untranslatable_character), except for
 * spaces and dashes, which become plain.  That
 * conversion can be anybody's function: convert before ICU's handles or the
 * policy are looked up, and after they were used, not in between.
 */
#ifndef ICU_TEXT_H
#define ICU_TEXT_H

#include <unicode/ulistformatter.h>
#include <unicode/upluralrules.h>
#include <unicode/utypes.h>

#include "nodes/pg_list.h"

#include "base/compat.h"
#include "language/word_forms.h"

/* A text of the server, as UTF-8; the same bytes where that is the encoding. */
extern const char *utf8_from_server(const char *bytes, int len, int *utf8_len);

/* UTF-8, as a text of the server; either can be the length of what was given. */
extern text *text_from_utf8(const char *utf8, int len);

/* A text of the server, as ICU has it, with a zero behind. */
extern UChar *uchars_from_server(const char *bytes, int len, int32_t *n);

/* Valid UTF-8, as ICU has it, with a zero behind. */
extern UChar *uchars_from_utf8(const char *utf8, int len, int32_t *n);

/* What ICU made, as UTF-8 with a zero behind, and as a text of the server. */
extern char *utf8_from_uchars(const UChar *chars, int32_t n);
extern text *text_from_uchars(const UChar *chars, int32_t n);

/* An ERROR if ICU could not do what is said, such as "format a number". */
pg_noreturn extern void icu_failed(UErrorCode status, const char *what, const char *locale);

static inline void
icu_check(UErrorCode status, const char *what, const char *locale)
{
	if (U_FAILURE(status))
		icu_failed(status, what, locale);
}

/*
 * Where to put a handle that is opened next; it is closed with the context, whatever
 * happens.
 */
extern void **icu_slot(MemoryContext context, void (*close) (void *handle));

/* Makes icu_udat_close() of udat_close(), for icu_slot(). */
#define ICU_CLOSER(close) \
static void \
icu_##close(void *handle) \
{ \
	close(handle); \
}

/* ICU's pattern for a date with some fields, in the current context. */
extern UChar *icu_date_pattern(const char *locale, const char *tag, const char *fields);

/* The plural rules of a locale, closed with the current context. */
extern UPluralRules *icu_plurals(const char *locale, const char *tag);

/* The category of a number. */
extern PluralCategory icu_plural(const UPluralRules *rules, int64 number, const char *tag);

/* Texts in UTF-8, joined as a list: "a, b and c". */
extern char *icu_join(const UListFormatter *format, List *texts, const char *tag);

#endif							/* ICU_TEXT_H */
