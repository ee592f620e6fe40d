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

typedef ByteKey NameKey;
#define name_key_hash byte_key_hash
#define name_key_equal byte_key_equal
static inline NameKey
name_key(const char *data, int len)
{
	ByteKey		key = {data, len};

	return key;
}

#endif							/* BYTE_KEY_H */
