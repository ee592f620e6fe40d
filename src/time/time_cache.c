/*
 * time_cache.c
 *	  The memory of what is compiled: zones, axes and time lines, of which the
 *	  least recently used are dropped when they take more than the setting.
 */
#include "postgres.h"

#include <limits.h>

#include "miscadmin.h"
#include "utils/guc.h"

#include "time/axis.h"
#include "time/time_cache.h"
#include "time/timeline.h"
#include "time/zones.h"

uint64		cache_made = 1;
dlist_head	cached_lines = DLIST_STATIC_INIT(cached_lines);
dlist_head	cached_axes = DLIST_STATIC_INIT(cached_axes);
dlist_head	cached_zones = DLIST_STATIC_INIT(cached_zones);
Size		cache_bytes = 0;
uint64		timeline_epoch = 1;

static int	cache_size_kb = 128 * 1024;

/* What other parts of the library keep. */
static Size elsewhere = 0;

/* So much of the setting is there for what is compiled, whatever they keep. */
#define LEAST_SHARE		4

/* The least recently used thing of a kind; NULL if there is none. */
static CacheEntry *
oldest(dlist_head *list)
{
	return dlist_is_empty(list) ? NULL : dlist_head_element(CacheEntry, node, list);
}

/*
 * Drop what was not used for longest; false if there is nothing.  Using a time
 * line uses its axis and its zone.  Among things last used at the same time,
 * time lines go first.  So no axis and no zone goes before all its time lines
 * have gone.
 */
static bool
drop_oldest(void)
{
	CacheEntry *line = oldest(&cached_lines);
	CacheEntry *axis = oldest(&cached_axes);
	CacheEntry *zone = oldest(&cached_zones);

	timeline_epoch++;
	if (line != NULL && line->used <= axis->used && line->used <= zone->used)
		timeline_forget(dlist_container(Timeline, cached.node, &line->node));
	else if (axis != NULL && (zone == NULL || axis->used <= zone->used))
		axis_forget(dlist_container(Axis, cached.node, &axis->node));
	else if (zone != NULL)
		zone_forget(dlist_container(Zone, cached.node, &zone->node));
	else
		return false;
	return true;
}

void
cache_count_elsewhere(ssize_t change)
{
	elsewhere += change;
}

/* The bytes that may be taken by what is compiled. */
static inline Size
cache_limit(void)
{
	Size		all = (Size) cache_size_kb * 1024;
	Size		least = all / LEAST_SHARE;

	return elsewhere > all - least ? least : all - elsewhere;
}

void
timeline_begin_call(void)
{
	while (cache_bytes > cache_limit() && drop_oldest())
		CHECK_FOR_INTERRUPTS();
}

void
timeline_init(void)
{
	DefineCustomIntVariable("ticket_priority.cache_size",
							"Sets the memory that a session keeps for compiled business hours and time zones.",
							"When it is full, what has not been used for longest is dropped first.",
							&cache_size_kb,
							128 * 1024,
							256,
							MAX_KILOBYTES,
							PGC_USERSET,
							GUC_UNIT_KB,
							NULL, NULL, NULL);
}
