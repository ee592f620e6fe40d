/*
 * grow.h
 *	  Arrays that grow.
 */
#ifndef GROW_H
#define GROW_H

#include "utils/palloc.h"

/*
 * An array of n items with room for one more: the same, or a larger copy in its
 * context.  NULL is an empty one, which is made in the current context.
 */
static inline void *
grow(void *items, int64 n, int *room, Size size)
{
	if (n < *room)
		return items;
	*room = Max(8, *room * 2);
	return items == NULL ? MemoryContextAllocHuge(CurrentMemoryContext, *room * size) :
		repalloc_huge(items, *room * size);
}

#endif							/* GROW_H */
