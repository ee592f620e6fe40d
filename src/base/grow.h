/*
 * grow.h
 *	  Arrays that grow.
 */
#ifndef GROW_H
#define GROW_H

#include "utils/palloc.h"

/*
 * An array of n items with room for some more: the same, or a larger copy in its
 * context.  NULL is an empty one, which is made in the current context.
 */
static inline void *
grow_by(void *items, int64 n, int64 more, int *room, Size size)
{
	if (n + more <= *room)
		return items;
	*room = Max(Max(8, *room * 2), n + more);
	return items == NULL ? MemoryContextAllocHuge(CurrentMemoryContext, *room * size) :
		repalloc_huge(items, *room * size);
}

/* The same with room for one more. */
static inline void *
grow(void *items, int64 n, int *room, Size size)
{
	return grow_by(items, n, 1, room, size);
}

#endif							/* GROW_H */
