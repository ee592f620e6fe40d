/*
 * time_cache.h
 *	  The memory of what is compiled: zones, axes with their time lines, and the
 *	  rules of axes.  When they take more than the setting, some are dropped.
 *
 * THE RULE.  A pointer to a Zone, an Axis or a Timeline is valid until the next
 * timeline_begin_call(), which may free what it points to.  So while one is
 * held, nothing may run that can call a function of the extension: no expression
 * of the application, no input or output function, no trigger.  Run those first,
 * then begin a call and look things up.  A pointer that is kept from an earlier
 * call must be kept with the value that timeline_epoch had, and is valid while
 * timeline_epoch has that value; a time line must then be touched before it is
 * used (timeline_touch).
 *
 * An axis and its time lines grow when years are asked for that they do not
 * have yet.  They stay where they are, but what they point to moves.  So
 * pointers found in them must not be kept from call to call.  Within a call they
 * stay valid too.
 */
#ifndef TIME_CACHE_H
#define TIME_CACHE_H

#include "lib/ilist.h"

/* Things of one kind, the one used longest ago first. */
typedef struct CacheList
{
	dlist_head	head;
	uint64		n;
	Size		bytes;			/* that they take */
} CacheList;

/* A thing in the cache. */
typedef struct CacheEntry
{
	uint64		used;			/* cache_made when last used */
	Size		size;			/* bytes that it takes */
	dlist_node	node;			/* in the list of its kind */
} CacheEntry;

/*
 * How many things were made so far.  The order of use matters only when
 * something new is made.  So a thing that was used since the newest one was
 * made need not be moved in its list again.  In a session that has all it
 * needs, using a thing writes nothing.
 */
extern uint64 cache_made;

/*
 * Axes are in one of two lists: the latest ones, and those that stay; see
 * time_cache.c.  So are rules: those that were read only to compile go when the
 * next call begins.
 */
extern CacheList cached_new_axes;
extern CacheList cached_axes;
extern CacheList cached_passing_rules;
extern CacheList cached_rules;
extern CacheList cached_zones;

/* Changes when something is dropped that may be held from call to call. */
extern uint64 timeline_epoch;

/*
 * A number that never comes again when anything was made or dropped.  Neither of the
 * two ever gets less.
 */
static inline uint64
cache_state(void)
{
	return cache_made + timeline_epoch;
}

/* Whether timeline_begin_call() has anything to do. */
extern bool cache_changed;

extern void cache_tidy(void);

/*
 * To be called once at the start of each SQL call that looks up zones, axes or
 * time lines: drops things if they take too much.  It may warn.
 */
static inline void
timeline_begin_call(void)
{
	if (unlikely(cache_changed))
		cache_tidy();
}

/*
 * Count memory that another part of the library keeps for the session, such as
 * the policy, by how much it grew (or, if negative, shrank).  It counts in
 * ticket_priority.cache_size too.  Only that part can free it; what is compiled
 * makes room for it.
 */
extern void cache_count_elsewhere(ssize_t change);

/* Whether that part must free what it can. */
extern bool cache_elsewhere_full(void);

/* Registers the settings; called when the library is loaded. */
extern void timeline_init(void);

/* A new thing is the one used last. */
static inline void
cache_add(CacheList *list, CacheEntry *entry, Size size)
{
	entry->used = ++cache_made;
	entry->size = size;
	list->n++;
	list->bytes += size;
	dlist_push_tail(&list->head, &entry->node);
	cache_changed = true;
}

static inline void
cache_remove(CacheList *list, CacheEntry *entry)
{
	list->n--;
	list->bytes -= entry->size;
	dlist_delete(&entry->node);
}

static inline void
cache_resize(CacheList *list, CacheEntry *entry, Size size)
{
	list->bytes += size - entry->size;
	entry->size = size;
	cache_changed = true;
}

static inline void
cache_move(CacheList *from, CacheList *to, CacheEntry *entry)
{
	cache_remove(from, entry);
	to->n++;
	to->bytes += entry->size;
	dlist_push_tail(&to->head, &entry->node);
}

static inline void
cache_use(CacheList *list, CacheEntry *entry)
{
	if (entry->used == cache_made)
		return;
	entry->used = cache_made;
	dlist_move_tail(&list->head, &entry->node);
}

#endif							/* TIME_CACHE_H */
