/*
 * parse.c
 *	  Words that people write for a level or a priority, in any language.
 *
 * Words are compared by ICU's root collation at primary strength, without
 * punctuation and spaces: neither case nor accents matter, nor how the
 * characters are composed, nor their width.
 */
#include "postgres.h"

#include <unicode/uchar.h>
#include <unicode/ucol.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/byte_map.h"
#include "base/grow.h"
#include "language/shipped_texts.h"
#include "language/word.h"

#define SHOWN_LEN	100

/* A kind whose words are read. */
typedef struct WordKind
{
	const char *name;
	const char *plural;
	const char *const *keys;
	int			nkeys;
	bool		has_codes;		/* the keys are P1 to P4 */
} WordKind;

static const WordKind word_kinds[] = {
	{"urgency", "urgencies", level_labels, NUM_LEVELS, false},
	{"impact", "impacts", level_labels, NUM_LEVELS, false},
	{"priority", "priorities", priority_labels, NUM_PRIORITIES, true}
};

#define NUM_KINDS	((int) lengthof(word_kinds))

/*
 * What words mean, by the keys that the collator makes of them: a set of values,
 * in which each kind has a place of its own.
 */
#define VALUE_BIT(kind, value)	(1 << ((kind) * NUM_PRIORITIES + (value)))
#define VALUES_OF(kind, set)	((set) >> ((kind) * NUM_PRIORITIES) & ((1 << NUM_PRIORITIES) - 1))

/* The library's words, and the collator; NULL until used. */
static bytemap_hash *shipped_map = NULL;
static UCollator *collator = NULL;

/* The owner's words, as the map with this serial has them. */
static MemoryContext own_context = NULL;
static bytemap_hash *own_map = NULL;
static uint64 own_serial = 0;

PG_FUNCTION_INFO_V1(parse_urgency);
PG_FUNCTION_INFO_V1(parse_impact);
PG_FUNCTION_INFO_V1(parse_priority);

/* ----------------------------------------------------------------------
 * Comparing words
 * ----------------------------------------------------------------------
 */

ICU_CLOSER(ucol_close)

/* Open the collator in a context; it is closed with that. */
static UCollator *
open_collator(MemoryContext context)
{
	UErrorCode	status = U_ZERO_ERROR;
	void	  **handle = icu_slot(context, icu_ucol_close);

	*handle = ucol_open("root", &status);
	icu_check(status, "open the root collation", NULL);
	ucol_setStrength(*handle, UCOL_PRIMARY);
	ucol_setAttribute(*handle, UCOL_ALTERNATE_HANDLING, UCOL_SHIFTED, &status);
	ucol_setAttribute(*handle, UCOL_NORMALIZATION_MODE, UCOL_ON, &status);
	icu_check(status, "set up the root collation", NULL);
	return *handle;
}

/*
 * The key of a word, in a buffer or, if that is too small, in new memory; of
 * length 0 if nothing is left of it.  Dotless i is made i.
 */
static ByteKey
word_key(const UCollator *with, UChar *chars, int32_t n, uint8 *buffer, int size)
{
	ByteKey		key;
	int32_t		len;

	for (int32_t i = 0; i < n; i++)
	{
		if (chars[i] == 0x0131)
			chars[i] = 'i';
	}
	key.data = (char *) buffer;
	key.len = 0;
	if (n == 0)
		return key;
	len = ucol_getSortKey(with, chars, n, buffer, size);
	if (len > size)
	{
		buffer = palloc(len);
		key.data = (char *) buffer;
		len = ucol_getSortKey(with, chars, n, buffer, len);
	}
	if (len <= 0)
		icu_failed(U_INTERNAL_PROGRAM_ERROR, "make a key of a word", NULL);
	/* the zero byte at the end says nothing */
	key.len = len - 1;
	return key;
}

/* ----------------------------------------------------------------------
 * The words that are known
 * ----------------------------------------------------------------------
 */

static int
word_kind(const char *name)
{
	for (int i = 0; i < NUM_KINDS; i++)
	{
		if (strcmp(word_kinds[i].name, name) == 0)
			return i;
	}
	return -1;
}

bool
kind_is_read(const char *kind)
{
	return word_kind(kind) >= 0;
}

/* Add a word, in UTF-8, for a key of a kind; the map's context is current. */
static void
add_word(bytemap_hash *map, const UCollator *with, const char *kind, const char *key,
		 const char *word, int len)
{
	int			number = word_kind(kind);
	uint8		buffer[256];
	int32_t		n;
	UChar	   *chars;
	ByteKey		bytes;
	ByteMapEntry *entry;
	bool		found;

	if (number < 0)
		return;
	chars = uchars_from_utf8(word, len, &n);
	bytes = word_key(with, chars, n, buffer, sizeof(buffer));
	pfree(chars);
	if (bytes.len == 0)
		return;
	for (int i = 0; i < word_kinds[number].nkeys; i++)
	{
		if (strcmp(word_kinds[number].keys[i], key) != 0)
			continue;
		entry = bytemap_lookup(map, bytes);
		if (entry == NULL)
		{
			bytes.data = memcpy(palloc(bytes.len), bytes.data, bytes.len);
			entry = bytemap_insert(map, bytes, &found);
			entry->number = 0;
		}
		entry->number |= VALUE_BIT(number, i);
	}
}

static void
read_shipped_words(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority words",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	UCollator  *opened = open_collator(context);
	bytemap_hash *made = bytemap_create(context, 512, NULL);

	for (int i = 0; i < num_shipped_texts; i++)
	{
		const ShippedKey *one = &shipped_keys[i];

		for (int language = 0; language < num_shipped_languages; language++)
		{
			const char *word = shipped_text(language, i);

			if (word != NULL)
				add_word(made, opened, one->kind, one->key, word, strlen(word));
		}
	}
	for (int i = 0; i < num_shipped_words; i++)
	{
		const ShippedKey *one = &shipped_keys[shipped_words[i].number];

		add_word(made, opened, one->kind, one->key, shipped_words[i].word,
				 strlen(shipped_words[i].word));
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, TopMemoryContext);
	collator = opened;
	shipped_map = made;
}

/* A word of the owner's, in the server's encoding. */
typedef struct OwnWord
{
	const char *kind;
	const char *key;
	const char *word;
} OwnWord;

/* Copies of the owner's words that are read. */
static OwnWord *
copy_own_words(const Translations *own, int *nwords)
{
	int			n;
	const Translation *rows = translations_rows(own, &n);
	int			room = 0;
	OwnWord    *words = NULL;

	*nwords = 0;
	for (int i = 0; i < n; i++)
	{
		const Translation *one = &rows[i];
		char	   *kind;
		char	   *key;

		if (!kind_is_read(one->kind))
			continue;
		kind = pstrdup(one->kind);
		key = pstrdup(one->key);
		for (int j = -1; j < one->naccepted; j++)
		{
			words = grow(words, *nwords, &room, sizeof(OwnWord));
			words[*nwords].kind = kind;
			words[*nwords].key = key;
			words[*nwords].word = pstrdup(j < 0 ? one->text : one->accepted[j]);
			(*nwords)++;
		}
	}
	return words;
}

/* Make the map of the owner's words, if it is not there; see labels_serial(). */
static void
read_own_words(PolicyPin *pin, uint64 serial)
{
	MemoryContext context;
	MemoryContext old;
	OwnWord    *words;
	bytemap_hash *made;
	int			nwords;

	context = AllocSetContextCreate(CurrentMemoryContext, "ticket_priority own words",
									ALLOCSET_SMALL_SIZES);
	words = copy_own_words(policy_translations(pin), &nwords);
	old = MemoryContextSwitchTo(context);
	made = bytemap_create(context, 64, NULL);
	for (int i = 0; i < nwords; i++)
	{
		int			len;
		const char *utf8;

		CHECK_FOR_INTERRUPTS();
		utf8 = utf8_from_server(words[i].word, strlen(words[i].word), &len);
		add_word(made, collator, words[i].kind, words[i].key, utf8, len);
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, TopMemoryContext);
	if (own_context != NULL)
		MemoryContextDelete(own_context);
	own_context = context;
	own_map = made;
	own_serial = serial;
}

bool
text_is_word(const char *bytes, int len)
{
	uint8		buffer[256];
	int32_t		n;
	UChar	   *chars = uchars_from_server(bytes, len, &n);

	if (shipped_map == NULL)
		read_shipped_words();
	return word_key(collator, chars, n, buffer, sizeof(buffer)).len > 0;
}

/* ----------------------------------------------------------------------
 * Reading what somebody wrote
 * ----------------------------------------------------------------------
 */

/* What a text can mean, as a set of values; 0: it is not known. */
static int
meanings(int kind, UChar *chars, int32_t n)
{
	uint8		buffer[256];
	ByteKey		key = word_key(collator, chars, n, buffer, sizeof(buffer));
	ByteMapEntry *entry;
	int			values = 0;

	if (key.len == 0)
		return 0;
	entry = bytemap_lookup(shipped_map, key);
	if (entry != NULL)
		values = entry->number;
	if (own_serial != 0)
	{
		entry = bytemap_lookup(own_map, key);
		if (entry != NULL)
			values |= entry->number;
	}
	return VALUES_OF(kind, values);
}

/* Whether a character stands between words: a space, a sign, nothing at all. */
static bool
is_between(UChar c)
{
	return !u_isalnum(c) && !U16_IS_SURROGATE(c) && !(U_GET_GC_MASK(c) & U_GC_M_MASK);
}

static int32_t
skip_between(const UChar *chars, int32_t n, int32_t at)
{
	while (at < n && is_between(chars[at]))
		at++;
	return at;
}

/*
 * What a text can mean that starts with a code, P1 to P4: that, if nothing
 * follows or words for the same.
 */
static int
code_meanings(int kind, UChar *chars, int32_t n)
{
	int32_t		at = skip_between(chars, n, 1);
	int			number;
	int32_t		rest;

	if (at >= n || !word_kinds[kind].has_codes ||
		(chars[0] != 'P' && chars[0] != 'p' && chars[0] != 0xff30 && chars[0] != 0xff50))
		return 0;
	number = u_charDigitValue(chars[at]);
	if (number < 1 || number > NUM_PRIORITIES ||
		(at + 1 < n && !is_between(chars[at + 1])))
		return 0;
	rest = skip_between(chars, n, at + 1);
	if (rest == n)
		return 1 << (number - 1);
	return meanings(kind, chars + rest, n - rest) & 1 << (number - 1);
}

/* What a text can mean, with a number or a code in front of the word. */
static int
read_text(int kind, UChar *chars, int32_t n)
{
	int			values = meanings(kind, chars, n);
	int32_t		at;

	if (values != 0)
		return values;
	at = skip_between(chars, n, 0);
	if (at < n && u_isdigit(chars[at]))
	{
		while (at < n && u_isdigit(chars[at]))
			at++;
		at = skip_between(chars, n, at);
		values = meanings(kind, chars + at, n - at);
		if (values != 0)
			return values;
	}
	return code_meanings(kind, chars + at, n - at);
}

/* "low", "medium", "high": the keys of a set of values. */
static char *
list_keys(const WordKind *kind, int values)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < kind->nkeys; i++)
	{
		if (values & 1 << i)
			appendStringInfo(&list, "%s\"%s\"", list.len > 0 ? ", " : "", kind->keys[i]);
	}
	return list.data;
}

static Datum
parse_word(FunctionCallInfo fcinfo, int number)
{
	LanguageSite *site = language_site(fcinfo);
	const WordKind *kind = &word_kinds[number];
	text	   *input = PG_GETARG_TEXT_PP(0);
	const char *bytes = VARDATA_ANY(input);
	int			len = VARSIZE_ANY_EXHDR(input);
	int32_t		n;
	UChar	   *chars;
	uint64		serial;
	int			values;
	char	   *shown;

	if (site->values.n == 0)
		enum_values(&site->values, declared_rettype(fcinfo), kind->keys, kind->nkeys);
	if (shipped_map == NULL)
		read_shipped_words();
	chars = uchars_from_server(bytes, len, &n);
	serial = labels_serial(&site->policy);
	if (serial != own_serial)
	{
		if (serial == 0)
			own_serial = 0;
		else
			read_own_words(&site->policy, serial);
	}

	values = read_text(number, chars, n);
	for (int i = 0; i < kind->nkeys; i++)
	{
		if (values == 1 << i)
			return ObjectIdGetDatum(site->values.value[i]);
	}
	if (values == 0 && PG_GETARG_BOOL(1))
		PG_RETURN_NULL();
	shown = pnstrdup(bytes, pg_mbcliplen(bytes, len, SHOWN_LEN));
	if (values == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown %s: \"%s\"", kind->name, shown),
				 errhint("The %s are %s, or a word for one of these in any language of the library or of support_translation.",
						 kind->plural, list_keys(kind, ~0))));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("ambiguous %s: \"%s\"", kind->name, shown),
			 errdetail("It can be any of %s.", list_keys(kind, values)),
			 errhint("Change the rows of support_translation that say so.")));
	return (Datum) 0;			/* keep compiler quiet */
}

/* parse_urgency(input, or_null) */
Datum
parse_urgency(PG_FUNCTION_ARGS)
{
	return parse_word(fcinfo, 0);
}

/* parse_impact(input, or_null) */
Datum
parse_impact(PG_FUNCTION_ARGS)
{
	return parse_word(fcinfo, 1);
}

/* parse_priority(input, or_null) */
Datum
parse_priority(PG_FUNCTION_ARGS)
{
	return parse_word(fcinfo, 2);
}
