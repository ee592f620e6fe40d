/*
 * time_cache.c
 *	  The memory of what is compiled: which things are dropped when all of them
 *	  take more than the setting.
 *
 * A statement can go through more calendars than fit, again and again.  If what
 * was used longest ago went first, each one would be dropped just before it is
 * asked for again.  So a new axis is on trial.  Axes that are made when all is
 * full push out the oldest of those on trial; only one in STAY_EVERY of these
 * stays instead, and pushes out the axis not used for longest.  So most of what
 * fits stays.  If other calendars are used from now on, the axes that were there
 * are stale after a while, and then the new ones stay in their place.
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "time/axis.h"
#include "time/time_cache.h"
#include "time/zones.h"

/* Shares of the memory: for axes on trial; for zones, and for rules, at most. */
#define TRIAL_SHARE		32
#define ZONES_SHARE		4
#define RULES_SHARE		4

/* So much of it is there for what is compiled, whatever others keep. */
#define LEAST_SHARE		4

/* Of the axes that were on trial when all was full, one in so many stays. */
#define STAY_EVERY		8

/*
 * An axis is stale if so many things were made for each axis that there is since
 * it was used.  An axis that is compiled counts as about three.
 */
#define STALE_AFTER		8

/* What is dropped so soon after it was made is worth a warning. */
#define SOON			(60 * USECS_PER_SEC)

#define EMPTY_LIST(list)	{DLIST_STATIC_INIT((list).head), 0, 0}

uint64		cache_made = 1;
CacheList	cached_new_axes = EMPTY_LIST(cached_new_axes);
CacheList	cached_axes = EMPTY_LIST(cached_axes);
CacheList	cached_rules = EMPTY_LIST(cached_rules);
CacheList	cached_passing_rules = EMPTY_LIST(cached_passing_rules);
CacheList	cached_zones = EMPTY_LIST(cached_zones);
uint64		timeline_epoch = 1;
bool		cache_changed = false;

static int	cache_size_kb = 128 * 1024;

/* What other parts of the library keep. */
static Size elsewhere = 0;

/* Axes that came to the end of their trial when all was full. */
static uint64 trials = 0;

/* Whether something was dropped soon, and whether the session was told. */
static bool dropped_soon = false;
static bool warned = false;

void
cache_count_elsewhere(ssize_t change)
{
	elsewhere += change;
	cache_changed = true;
}

bool
cache_elsewhere_full(void)
{
	Size		all = (Size) cache_size_kb * 1024;

	return elsewhere > all - all / LEAST_SHARE;
}

/* The bytes that may be taken by what is compiled. */
static Size
cache_limit(void)
{
	Size		all = (Size) cache_size_kb * 1024;
	Size		least = all / LEAST_SHARE;

	return elsewhere > all - least ? least : all - elsewhere;
}

static Size
cache_bytes(void)
{
	Size		table = timeline_context == NULL ? 0 :
		MemoryContextMemAllocated(timeline_context, false);

	return table + cached_new_axes.bytes + cached_axes.bytes +
		cached_rules.bytes + cached_zones.bytes;
}

/* The thing of a list that was used longest ago. */
#define oldest(type, list)	dlist_head_element(type, cached.node, &(list)->head)

static inline bool
is_empty(CacheList *list)
{
	return dlist_is_empty(&list->head);
}

/* Whether things of a list take more than a share.  The latest one always may. */
static bool
takes_more(CacheList *list, Size share)
{
	return list->bytes > share && dlist_has_next(&list->head, dlist_head_node(&list->head));
}

static void
let_stay(Axis *axis)
{
	cache_move(axis->list, &cached_axes, &axis->cached);
	axis->list = &cached_axes;
}

static bool
oldest_is_stale(void)
{
	uint64		made = cache_made - oldest(Axis, &cached_axes)->cached.used;

	return made > STALE_AFTER * (cached_axes.n + cached_new_axes.n);
}

static void
drop_axis(Axis *axis)
{
	if (GetCurrentStatementStartTimestamp() - axis->made_at < SOON)
		dropped_soon = true;
	timeline_epoch++;
	axis_forget(axis);
}

static void
drop_zone(void)
{
	timeline_epoch++;
	zone_forget(oldest(Zone, &cached_zones));
}

/*
 * Drop something; false if there is nothing.  Rules go first, because an index
 * answers most questions.
 */
static bool
drop_one(Size limit)
{
	if (!is_empty(&cached_rules))
		axis_forget_rules(oldest(AxisRules, &cached_rules));
	else if (takes_more(&cached_new_axes, limit / TRIAL_SHARE) ||
			 (is_empty(&cached_axes) && !is_empty(&cached_new_axes)))
	{
		Axis	   *axis = oldest(Axis, &cached_new_axes);

		if (!is_empty(&cached_axes) &&
			(++trials % STAY_EVERY == 0 || oldest_is_stale()))
		{
			let_stay(axis);
			axis = oldest(Axis, &cached_axes);
		}
		drop_axis(axis);
	}
	else if (!is_empty(&cached_axes))
		drop_axis(oldest(Axis, &cached_axes));
	else if (!is_empty(&cached_zones))
		drop_zone();
	else
		return false;
	return true;
}

static void
warn(void)
{
	warned = true;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("compiled business hours do not fit into ticket_priority.cache_size"),
			 errdetail("Hours that were compiled less than a minute ago had to be dropped.  They are compiled again whenever they are needed."),
			 errhint("Raise ticket_priority.cache_size, which is %s.",
					 GetConfigOptionByName("ticket_priority.cache_size", NULL, false))));
}

void
cache_tidy(void)
{
	Size		limit = cache_limit();

	axis_free_replaced();
	while (!is_empty(&cached_passing_rules))
		axis_forget_rules(oldest(AxisRules, &cached_passing_rules));
	while (takes_more(&cached_rules, limit / RULES_SHARE))
		axis_forget_rules(oldest(AxisRules, &cached_rules));
	while (takes_more(&cached_zones, limit / ZONES_SHARE))
	{
		CHECK_FOR_INTERRUPTS();
		drop_zone();
	}
	while (cache_bytes() > limit && drop_one(limit))
		CHECK_FOR_INTERRUPTS();
	/* As long as there is room, all axes stay. */
	while (takes_more(&cached_new_axes, limit / TRIAL_SHARE))
		let_stay(oldest(Axis, &cached_new_axes));
	cache_changed = false;

	/* Nothing is in use now, and all is in order, whatever a message sets off. */
	if (dropped_soon && !warned)
		warn();
}

static void
assign_cache_size(int newval, void *extra)
{
	cache_changed = true;
}

void
timeline_init(void)
{
	DefineCustomIntVariable("ticket_priority.cache_size",
							"Sets the memory that a session keeps for compiled business hours, time zones and policy.",
							"When it is full, compiled hours are dropped, and compiled again when they are needed.",
							&cache_size_kb,
							128 * 1024,
							256,
							MAX_KILOBYTES,
							PGC_USERSET,
							GUC_UNIT_KB,
							NULL, assign_cache_size, NULL);
}
