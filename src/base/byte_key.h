/*
 * byte_key.h
 *	  A run of bytes as a hash key, for the tables made with simplehash.
 */
#ifndef BYTE_KEY_H
#define BYTE_KEY_H

#include "common/hashfn.h"

typedef struct ByteKey
{
	const char *data;			/* not terminated by a zero byte */
	int			len;
} ByteKey;

static inline uint32
byte_key_hash(ByteKey key)
{
	return hash_bytes((const unsigned char *) key.data, key.len);
}

static inline bool
byte_key_equal(ByteKey x, ByteKey y)
{
	return x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

/*
 * The bytes of a run of at most 16, as two words.  Different runs of one
 * length give different words.  A run is read in four pieces of four bytes,
 * which overlap where it is shorter than 16.
 */
static inline void
byte_key_words(ByteKey key, uint64 *a, uint64 *b)
{
	if (key.len >= 4)
	{
		int			step = key.len >> 3 << 2;
		uint32		piece[4];

		memcpy(&piece[0], key.data, 4);
		memcpy(&piece[1], key.data + step, 4);
		memcpy(&piece[2], key.data + key.len - 4 - step, 4);
		memcpy(&piece[3], key.data + key.len - 4, 4);
		*a = (uint64) piece[0] << 32 | piece[1];
		*b = (uint64) piece[2] << 32 | piece[3];
	}
	else
	{
		const unsigned char *data = (const unsigned char *) key.data;

		*a = key.len == 0 ? 0 :
			data[0] | (uint64) data[key.len / 2] << 8 | (uint64) data[key.len - 1] << 16;
		*b = 0;
	}
}

#define BYTE_KEY_ODD	UINT64CONST(0x9e3779b97f4a7c15)

/* Add two words to a hash. */
static inline uint32
words_hash(uint64 hash, uint64 a, uint64 b)
{
	hash = (hash + a) * BYTE_KEY_ODD + b * UINT64CONST(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 32) * BYTE_KEY_ODD;
	return (uint32) (hash >> 32);
}

/*
 * A name as a key.  A short name is stored in the key itself, so that a
 * look-up reads it without following a pointer.
 *
 * Names of plans and calendars are looked up in every call.  With ByteKey
 * instead, a deadline for a random plan and zone costs a seventh more.
 */
typedef struct NameKey
{
	union
	{
		uint64		words[2];	/* up to 16 bytes, by byte_key_words() */
		const char *data;		/* a longer name */
	}			u;
	int			len;
} NameKey;

static inline NameKey
name_key(const char *data, int len)
{
	ByteKey		key = {data, len};
	NameKey		name = {{{0, 0}}, len};

	if (len <= 16)
		byte_key_words(key, &name.u.words[0], &name.u.words[1]);
	else
		name.u.data = data;
	return name;
}

static inline uint32
name_key_hash(NameKey name)
{
	ByteKey		key = {name.u.data, name.len};

	return name.len <= 16 ?
		words_hash(name.len, name.u.words[0], name.u.words[1]) :
		byte_key_hash(key);
}

static inline bool
name_key_equal(NameKey x, NameKey y)
{
	if (x.len != y.len)
		return false;
	if (x.len > 16)
		return memcmp(x.u.data, y.u.data, x.len) == 0;
	return x.u.words[0] == y.u.words[0] && x.u.words[1] == y.u.words[1];
}

#endif							/* BYTE_KEY_H */
