/*
 * icu_text.h
 *	  Text between the server's encoding and ICU, and errors of ICU.
 *
 * Text goes by way of UTF-8, by the server's own conversion, in every encoding;
 * what an encoding cannot hold is its error (untranslatable_character), except for
 * spaces and dashes, which become plain.  That
 * conversion can be anybody's function: convert before ICU's handles or the
 * policy are looked up, and after they were used, not in between.
 */
#ifndef ICU_TEXT_H
#define ICU_TEXT_H

#include <unicode/utypes.h>

#include "base/compat.h"

/* A text of the server, as UTF-8; the same bytes where that is the encoding. */
extern const char *utf8_from_server(const char *bytes, int len, int *utf8_len);

/* UTF-8, as a text of the server; either can be the length of what was given. */
extern text *text_from_utf8(const char *utf8, int len);

/* A text of the server, as ICU has it, with a zero behind. */
extern UChar *uchars_from_server(const char *bytes, int len, int32_t *n);

/* Valid UTF-8, as ICU has it, with a zero behind. */
extern UChar *uchars_from_utf8(const char *utf8, int len, int32_t *n);

/* What ICU made, as UTF-8 with a zero behind, and as a text of the server. */
extern char *utf8_from_uchars(const UChar *chars, int32_t n, int *len);
extern text *text_from_uchars(const UChar *chars, int32_t n);

/* An ERROR if ICU could not do what is said, such as "format a number". */
pg_noreturn extern void icu_failed(UErrorCode status, const char *what, const char *locale);

static inline void
icu_check(UErrorCode status, const char *what, const char *locale)
{
	if (U_FAILURE(status))
		icu_failed(status, what, locale);
}

#endif							/* ICU_TEXT_H */
