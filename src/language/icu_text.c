/*
 * icu_text.c
 *	  What the language functions share of ICU: text between the server's encoding
 *	  and ICU, errors, handles, and pieces of sentences.
 */
#include "postgres.h"

#include <unicode/udatpg.h>
#include <unicode/ustring.h>

#include "catalog/namespace.h"
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

/*
 * Spaces, dashes and minus signs of CLDR that few encodings have, and what is
 * written in their place where the server's has none.  They are glue: without
 * this, no opening hours could be written in LATIN1.
 */
static const struct
{
	const char *utf8;
	char		plain;
}			signs[] =
{
	{"\u00a0", ' '}, {"\u2009", ' '}, {"\u202f", ' '},
	{"\u2011", '-'}, {"\u2013", '-'}, {"\u2212", '-'}
};

/* Whether the server's encoding has a character. */
static bool
is_in_encoding(const char *utf8, int len)
{
	unsigned char bytes[4 * MAX_CONVERSION_GROWTH + 1];
	Oid			conversion = FindDefaultConversionProc(PG_UTF8, GetDatabaseEncoding());

	return !OidIsValid(conversion) ||
		pg_do_encoding_conversion_buf(conversion, PG_UTF8, GetDatabaseEncoding(),
									  (unsigned char *) utf8, len,
									  bytes, sizeof(bytes), true) == len;
}

/* A text with plain signs for those that the server's encoding lacks. */
static const char *
with_plain_signs(const char *utf8, int *len)
{
	char	   *plain = palloc(*len + 1);
	int			n = 0;
	int			i = 0;

	while (i < *len)
	{
		int			sign;

		for (sign = 0; sign < (int) lengthof(signs); sign++)
		{
			int			size = strlen(signs[sign].utf8);

			if (size <= *len - i && memcmp(utf8 + i, signs[sign].utf8, size) == 0 &&
				!is_in_encoding(signs[sign].utf8, size))
			{
				plain[n++] = signs[sign].plain;
				i += size;
				break;
			}
		}
		if (sign == (int) lengthof(signs))
			plain[n++] = utf8[i++];
	}
	plain[n] = '\0';
	*len = n;
	return plain;
}

text *
text_from_utf8(const char *utf8, int len)
{
	char	   *bytes;

	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
		utf8 = with_plain_signs(utf8, &len);
	bytes = len == 0 ? "" : pg_any_to_server(utf8, len, PG_UTF8);
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
utf8_from_uchars(const UChar *chars, int32_t n)
{
	UErrorCode	status = U_ZERO_ERROR;
	char	   *utf8;

	/* A unit of UTF-16 takes three bytes at most. */
	utf8 = palloc((Size) n * 3 + 1);
	u_strToUTF8(utf8, n * 3 + 1, NULL, chars, n, &status);
	icu_check(status, "write a text", NULL);
	return utf8;
}

text *
text_from_uchars(const UChar *chars, int32_t n)
{
	char	   *utf8 = utf8_from_uchars(chars, n);

	return text_from_utf8(utf8, strlen(utf8));
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

/* ----------
 * Handles
 * ----------
 */

/* A handle in a memory context, closed with that. */
typedef struct IcuHandle
{
	void	   *handle;
	void		(*close) (void *handle);
	MemoryContextCallback callback;
} IcuHandle;

static void
close_handle(void *arg)
{
	IcuHandle  *one = arg;
	void	   *handle = one->handle;

	one->handle = NULL;
	if (handle != NULL)
		one->close(handle);
}

void	  **
icu_slot(MemoryContext context, void (*close) (void *handle))
{
	IcuHandle  *one = MemoryContextAllocZero(context, sizeof(IcuHandle));

	one->close = close;
	one->callback.func = close_handle;
	one->callback.arg = one;
	MemoryContextRegisterResetCallback(context, &one->callback);
	return &one->handle;
}

/* ----------
 * Pieces of sentences
 * ----------
 */

ICU_CLOSER(udatpg_close)
ICU_CLOSER(uplrules_close)

UChar *
icu_date_pattern(const char *locale, const char *tag, const char *fields)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority date pattern",
												  ALLOCSET_SMALL_SIZES);
	void	  **generator = icu_slot(context, icu_udatpg_close);
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		nfields = strlen(fields);
	UChar	   *skeleton = palloc((nfields + 1) * sizeof(UChar));
	UChar	   *pattern;
	int32_t		n;

	u_charsToUChars(fields, skeleton, nfields);
	*generator = udatpg_open(locale, &status);
	icu_check(status, "find the order of dates", tag);
	n = udatpg_getBestPattern(*generator, skeleton, nfields, NULL, 0, &status);
	if (status == U_BUFFER_OVERFLOW_ERROR)
		status = U_ZERO_ERROR;
	icu_check(status, "find the order of a date", tag);
	pattern = palloc((n + 1) * sizeof(UChar));
	(void) udatpg_getBestPattern(*generator, skeleton, nfields, pattern, n + 1, &status);
	icu_check(status, "find the order of a date", tag);
	MemoryContextDelete(context);
	return pattern;
}

UPluralRules *
icu_plurals(const char *locale, const char *tag)
{
	void	  **rules = icu_slot(CurrentMemoryContext, icu_uplrules_close);
	UErrorCode	status = U_ZERO_ERROR;

	*rules = uplrules_open(locale, &status);
	icu_check(status, "find the plural rules", tag);
	return *rules;
}

PluralCategory
icu_plural(const UPluralRules *rules, int64 number, const char *tag)
{
	UErrorCode	status = U_ZERO_ERROR;
	UChar		chars[16];
	int32_t		n = uplrules_select(rules, (double) number, chars, lengthof(chars), &status);
	char	   *name;

	icu_check(status, "find a plural form", tag);
	name = utf8_from_uchars(chars, n);
	for (int i = 0; i < NUM_PLURALS; i++)
	{
		if (strcmp(plural_names[i], name) == 0)
			return i;
	}
	return PLURAL_OTHER;
}

char *
icu_join(const UListFormatter *format, List *texts, const char *tag)
{
	int			ntexts = list_length(texts);
	const UChar **parts = palloc(ntexts * sizeof(UChar *));
	int32_t    *lengths = palloc(ntexts * sizeof(int32_t));
	int32_t		room = 0;
	int32_t		n;
	UChar	   *chars;
	UErrorCode	status = U_ZERO_ERROR;

	if (ntexts == 1)
		return linitial(texts);
	for (int i = 0; i < ntexts; i++)
	{
		const char *text = list_nth(texts, i);

		parts[i] = uchars_from_utf8(text, strlen(text), &lengths[i]);
		/* "and" and the like are shorter in all languages */
		room += lengths[i] + 20;
	}
	chars = palloc(room * sizeof(UChar));
	n = ulistfmt_format(format, parts, lengths, ntexts, chars, room, &status);
	icu_check(status, "write a list", tag);
	return utf8_from_uchars(chars, n);
}
