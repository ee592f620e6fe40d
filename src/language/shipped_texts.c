/*
 * shipped_texts.c
 *	  The texts that the library has, made of the files in texts/.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/byte_map.h"
#include "language/shipped_texts.h"

/* made by texts.awk */
#include "language/shipped_texts.inc"

const int	num_shipped_languages = NUM_LANGUAGES;
const int	num_shipped_texts = NUM_TEXTS;
const int	num_shipped_words = NUM_WORDS;

/* Numbers by name: a kind, a zero byte, and a key.  NULL until used. */
static bytemap_hash *text_numbers = NULL;

/* The longest kind and key that the library has, with the zero byte. */
#define MAX_NAME	200

int
shipped_language(const char *tag)
{
	for (int i = 0; i < NUM_LANGUAGES; i++)
	{
		if (strcmp(shipped_languages[i], tag) == 0)
			return i;
	}
	return -1;
}

int
shipped_english(void)
{
	/* texts.awk reads it first */
	return 0;
}

/* The name of a text, in a buffer of MAX_NAME; its length, 0: too long. */
static int
text_name(char *name, const char *kind, int kind_len, const char *key, int key_len)
{
	int			len = kind_len + 1 + key_len;

	if (kind_len >= MAX_NAME || key_len >= MAX_NAME || len > MAX_NAME)
		return 0;
	memcpy(name, kind, kind_len);
	name[kind_len] = '\0';
	memcpy(name + kind_len + 1, key, key_len);
	return len;
}

static void
number_texts(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority texts",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	bytemap_hash *made = bytemap_create(context, NUM_TEXTS, NULL);

	for (int i = 0; i < NUM_TEXTS; i++)
	{
		const ShippedKey *one = &shipped_keys[i];
		char		name[MAX_NAME];
		ByteKey		key;
		bool		found;

		key.len = text_name(name, one->kind, strlen(one->kind), one->key, strlen(one->key));
		key.data = memcpy(palloc(MAX_NAME), name, key.len);
		bytemap_insert(made, key, &found)->number = i;
	}
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, TopMemoryContext);
	text_numbers = made;
}

int
shipped_number(const char *kind, int kind_len, const char *key, int key_len)
{
	char		buffer[MAX_NAME];
	ByteKey		name = {buffer, text_name(buffer, kind, kind_len, key, key_len)};
	ByteMapEntry *entry;

	if (text_numbers == NULL)
		number_texts();
	entry = name.len == 0 ? NULL : bytemap_lookup(text_numbers, name);
	return entry == NULL ? -1 : entry->number;
}

const char *
shipped_text(int language, int number)
{
	return texts[language][number];
}
