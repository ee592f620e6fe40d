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
byte_key_equal(ByteKey a, ByteKey b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

#endif							/* BYTE_KEY_H */
