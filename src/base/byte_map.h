/*
 * byte_map.h
 *	  A table of what is known of runs of bytes.
 */
#ifndef BYTE_MAP_H
#define BYTE_MAP_H

#include "base/byte_key.h"

typedef struct ByteMapEntry
{
	ByteKey		key;
	void	   *pointer;
	int			number;
	uint32		hash;
	char		status;
} ByteMapEntry;

#define SH_PREFIX			bytemap
#define SH_ELEMENT_TYPE		ByteMapEntry
#define SH_KEY_TYPE			ByteKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	byte_key_hash(key)
#define SH_EQUAL(tb, a, b)	byte_key_equal(a, b)
#define SH_SCOPE			static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#endif							/* BYTE_MAP_H */
