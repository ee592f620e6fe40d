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

static inline uint64
byte_key_word(const char *data)
{
	uint64		word;

	memcpy(&word, data, sizeof(word));
	return word;
}

/*
 * The bytes of a short run, at most 16, as two words; different for different
 * runs of one length.  Names are that short, and are looked up in every call:
 * so there are few jumps here that depend on the length.  The four pieces of
 * four bytes overlap as far as they must.
 */
static inline void
byte_key_words(ByteKey key, uint64 *a, uint64 *b)
{
	if (likely(key.len >= 4))
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
		*a = 0;
		*b = 0;
		if (key.len > 0)
			memcpy(a, key.data, key.len);
	}
}

static inline uint32
byte_key_hash(ByteKey key)
{
	const uint64 odd = UINT64CONST(0x9e3779b97f4a7c15);
	uint64		hash = key.len;
	uint64		a;
	uint64		b;

	while (key.len > 16)
	{
		hash = (hash + byte_key_word(key.data)) * odd;
		hash ^= hash >> 32;
		key.data += 8;
		key.len -= 8;
	}
	byte_key_words(key, &a, &b);
	hash = (hash + a) * odd + b * UINT64CONST(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 32) * odd;
	return (uint32) (hash >> 32);
}

static inline bool
byte_key_equal(ByteKey x, ByteKey y)
{
	uint64		xa,
				xb,
				ya,
				yb;

	if (x.len != y.len)
		return false;
	if (x.len > 16)
		return memcmp(x.data, y.data, x.len) == 0;
	byte_key_words(x, &xa, &xb);
	byte_key_words(y, &ya, &yb);
	return xa == ya && xb == yb;
}

#endif							/* BYTE_KEY_H */
