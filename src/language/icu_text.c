/*
 * icu_text.c
 *	  Text between the server's encoding and ICU, and errors of ICU.
 */
#include "postgres.h"

#include <unicode/ustring.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "language/icu_text.h"

const char *
utf8_from_server(const char *bytes, int len, int *utf8_len)
{
	char	   *utf8;

	*utf8_len = len;
	if (len == 0)
		return bytes;
	utf8 = pg_server_to_any(bytes, len, PG_UTF8);
	if (utf8 != bytes)
		*utf8_len = strlen(utf8);
	return utf8;
}

text *
text_from_utf8(const char *utf8, int len)
{
	char	   *bytes = len == 0 ? "" : pg_any_to_server(utf8, len, PG_UTF8);

	return cstring_to_text_with_len(bytes, bytes == utf8 ? len : (int) strlen(bytes));
}

UChar *
uchars_from_utf8(const char *utf8, int len, int32_t *n)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar	   *chars;

	/* A character takes no more units of UTF-16 than bytes of UTF-8. */
	chars = MemoryContextAllocHuge(CurrentMemoryContext, ((Size) len + 1) * sizeof(UChar));
	u_strFromUTF8(chars, len + 1, n, utf8, len, &status);
	icu_check(status, "read a text", NULL);
	return chars;
}

UChar *
uchars_from_server(const char *bytes, int len, int32_t *n)
{
	int			utf8_len;
	const char *utf8 = utf8_from_server(bytes, len, &utf8_len);

	return uchars_from_utf8(utf8, utf8_len, n);
}

char *
utf8_from_uchars(const UChar *chars, int32_t n, int *len)
{
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		made;
	char	   *utf8;

	/* A unit of UTF-16 takes three bytes at most. */
	utf8 = palloc((Size) n * 3 + 1);
	u_strToUTF8(utf8, n * 3 + 1, &made, chars, n, &status);
	icu_check(status, "write a text", NULL);
	*len = made;
	return utf8;
}

text *
text_from_uchars(const UChar *chars, int32_t n)
{
	int			len;
	char	   *utf8 = utf8_from_uchars(chars, n, &len);

	return text_from_utf8(utf8, len);
}

void
icu_failed(UErrorCode status, const char *what, const char *locale)
{
	ereport(ERROR,
			(errcode(status == U_MEMORY_ALLOCATION_ERROR ? ERRCODE_OUT_OF_MEMORY :
					 ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 locale == NULL ?
			 errmsg("ICU could not %s: %s", what, u_errorName(status)) :
			 errmsg("ICU could not %s for locale \"%s\": %s",
					what, locale, u_errorName(status))));
}
