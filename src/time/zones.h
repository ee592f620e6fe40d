/*
 * zones.h
 *	  Time zones by name, and the instants at which their offset changes.
 *
 * A zone has stretches of constant offset from UTC, exactly as the server's
 * own time zone code sees them.  Offsets and changes are in seconds since
 * 1970-01-01 00:00:00 UTC; offsets are positive to the east.
 */
#ifndef ZONES_H
#define ZONES_H

#include "datatype/timestamp.h"
#include "pgtime.h"

#include "base/dates.h"
#include "time/time_cache.h"
#include "time/year_window.h"

/*
 * The range of instants, in seconds since 1970 UTC, for which the changes of
 * a zone can be kept: those of PAST_YEAR to FUTURE_YEAR.  They fit 32 bits.
 */
#define ZONES_FROM			INT64CONST(0)
#define ZONES_UNTIL			(INT64CONST(49673) * 86400)

/* No offset is larger: PostgreSQL and tzdata keep below 16 hours. */
#define ZONES_MAX_OFFSET	(16 * 3600)

#define ZONES_BUCKET_BITS	23

/* A time of constant offset from UTC. */
typedef struct ZoneStretch
{
	uint32		start;			/* seconds since 1970 */
	int32		offset;			/* seconds east of UTC */
} ZoneStretch;

/*
 * A zone.  Its stretches cover the years of its window, in UTC, without a gap,
 * each up to the start of the next one: the first begins with the window, and the
 * last ends with stretches[nstretches], which begins where the window ends and has
 * the same offset; other neighbours differ in offset.  Stretches have numbers, which
 * stay when the window grows: stretches[i] has first_number + i.
 *
 * time_cache.h says how long a pointer to a zone is valid.
 */
typedef struct Zone
{
	pg_tz	   *tz;				/* NULL for a fixed offset */
	int32		fixed;			/* seconds east, when tz is NULL */
	uint32		slot;			/* small number, unique among living zones */
	CacheEntry	cached;
	dlist_head	lines;			/* time lines in it */

	YearWindow	window;
	int64		from;			/* of the window, seconds since 1970 */
	int64		until;			/* 0: there is none */
	int			first_number;
	int			nstretches;
	ZoneStretch *stretches;		/* nstretches + 1 */
	uint16	   *bucket;			/* stretch at each (1 << ZONES_BUCKET_BITS) s */

	slist_head	spellings;		/* of its name, as found by zone_lookup() */
	int			nspellings;
} Zone;

/*
 * Find a zone by name.  An unknown one is an ERROR that says what is known or,
 * if soft, gives NULL.
 */
extern Zone *zone_lookup(const char *name, int len, bool soft);

/* Let the stretches of a zone have the years of a window. */
extern void zone_cover(Zone *zone, YearWindow window);

/* The same for the year of an instant, if they can have it. */
extern void zone_cover_instant(Zone *zone, TimestampTz t);

/* Index of the stretch at an instant of the window, in seconds since 1970. */
static inline int
zone_stretch(const Zone *zone, int64 at)
{
	int			k = zone->bucket[(at - zone->from) >> ZONES_BUCKET_BITS];

	while (zone->stretches[k + 1].start <= at)
		k++;
	return k;
}

/* Offset in force at any instant that a timestamp can have. */
extern int32 zone_offset(const Zone *zone, int64 at);

/* Local date at a timestamp, days since 1970. */
extern int64 zone_local_date(const Zone *zone, TimestampTz t);

/*
 * The first change of offset after an instant and before a limit: true, with
 * its instant and the offset from then on, or false if there is none.
 */
extern bool zone_next_change(const Zone *zone, int64 after, int64 limit,
							 int64 *at, int32 *offset);

/* Name as the server spells it, for messages; fixed offsets as "+05:30". */
extern const char *zone_name(const Zone *zone);

/* Drop a zone and its time lines; for time_cache.c. */
extern void zone_forget(Zone *zone);

#endif							/* ZONES_H */
