/*
 * time_cache.h
 *	  The memory of what is compiled: zones, axes and time lines, of which the
 *	  least recently used are dropped when they take more than the setting.
 *
 * THE RULE.  A pointer to a Zone, an Axis or a Timeline is valid until the next
 * timeline_begin_call(), which may free what it points to.  So while one is
 * held, nothing may run that can call a function of the extension: no expression
 * of the application, no input or output function, no trigger.  Run those first,
 * then begin a call and look things up.  A pointer that is kept from an earlier
 * call must be kept with the value that timeline_epoch had, and is valid while
 * timeline_epoch has that value.
 */
#ifndef TIME_CACHE_H
#define TIME_CACHE_H

#include "lib/ilist.h"

/* When a thing in the cache was used. */
typedef struct CacheEntry
{
	uint64		used;			/* cache_made when last used */
	dlist_node	node;			/* in the list of its kind */
} CacheEntry;

/*
 * How many things were made so far.  The order of use matters only when
 * something new is made.  So a thing that was used since the newest one was
 * made need not be moved in its list again.  In a session that has all it
 * needs, using a thing writes nothing.
 */
extern uint64 cache_made;

/* The things of each kind, the least recently used first. */
extern dlist_head cached_lines;
extern dlist_head cached_axes;
extern dlist_head cached_zones;

/* The memory that all of them take. */
extern Size cache_bytes;

/*
 * Count memory that another part of the library keeps for the session, such as
 * the policy, by how much it grew (or, if negative, shrank).  It counts in
 * ticket_priority.cache_size too.  Only that part can free it; what is compiled
 * makes room for it.
 */
extern void cache_count_elsewhere(ssize_t change);

/* Changes when something is dropped. */
extern uint64 timeline_epoch;

/*
 * To be called once at the start of each SQL call that looks up zones, axes or
 * time lines: drops things if they take too much.
 */
extern void timeline_begin_call(void);

/* Registers the settings; called when the library is loaded. */
extern void timeline_init(void);

/* A new thing is the one used last. */
static inline void
cache_add(dlist_head *list, CacheEntry *entry)
{
	entry->used = ++cache_made;
	dlist_push_tail(list, &entry->node);
}

static inline void
cache_use(dlist_head *list, CacheEntry *entry)
{
	if (entry->used == cache_made)
		return;
	entry->used = cache_made;
	dlist_move_tail(list, &entry->node);
}

#endif							/* TIME_CACHE_H */
