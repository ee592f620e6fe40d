/*
 * zones.c
 *	  Time zones by name, and the instants at which their offset changes.
 *
 * A zone is a name in pg_timezone_names or a fixed offset such as "+05:30",
 * east positive.  Abbreviations, POSIX strings and zones that count leap
 * seconds are refused: their meaning depends on settings, or breaks the
 * arithmetic.  All arithmetic is the server's own, so that an answer never
 * differs from that of "AT TIME ZONE" with the same zone.
 */
#include "postgres.h"

#include "base/compat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "time/zones.h"

/* Spellings kept: each is a name that somebody used for a zone. */
#define MAX_ZONE_NAMES	8192

/*
 * A name of up to 32 bytes, as one key in the entry itself: a look-up in every
 * call touches little memory and takes few jumps.  Its words are those at 0,
 * 8, 16 and 24, or the last eight bytes if those are before; a name of less
 * than eight bytes is one word.  Longer names are not kept.
 */
#define ZONE_KEY_WORDS	4

typedef struct ZoneKey
{
	uint64		word[ZONE_KEY_WORDS];
	uint64		len;
} ZoneKey;

/* One spelling of a zone's name; several may lead to one zone. */
typedef struct ZoneName
{
	Zone	   *zone;
	uint32		hash;
	char		status;
	ZoneKey		key;
} ZoneName;

static inline bool
zone_key(ZoneKey *key, const char *name, int len)
{
	if (unlikely(len > ZONE_KEY_WORDS * 8))
		return false;
	key->len = len;
	if (unlikely(len < 8))
	{
		memset(key->word, 0, sizeof(key->word));
		memcpy(key->word, name, len);
		return true;
	}
	memcpy(&key->word[0], name, 8);
	memcpy(&key->word[1], name + Min(8, len - 8), 8);
	memcpy(&key->word[2], name + Min(16, len - 8), 8);
	memcpy(&key->word[3], name + Min(24, len - 8), 8);
	return true;
}

static inline uint32
zone_key_hash(const ZoneKey *key)
{
	uint64		hash = key->len +
	key->word[0] * UINT64CONST(0x9e3779b97f4a7c15) +
	key->word[1] * UINT64CONST(0xbf58476d1ce4e5b9) +
	key->word[2] * UINT64CONST(0x94d049bb133111eb) +
	key->word[3] * UINT64CONST(0xd6e8feb86659fd93);

	hash = (hash ^ hash >> 32) * UINT64CONST(0x9e3779b97f4a7c15);
	return (uint32) (hash >> 32);
}

static inline bool
zone_key_equal(const ZoneKey *a, const ZoneKey *b)
{
	return ((a->len ^ b->len) |
			(a->word[0] ^ b->word[0]) | (a->word[1] ^ b->word[1]) |
			(a->word[2] ^ b->word[2]) | (a->word[3] ^ b->word[3])) == 0;
}

#define SH_PREFIX			zonenames
#define SH_ELEMENT_TYPE		ZoneName
#define SH_KEY_TYPE			ZoneKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	zone_key_hash(&(key))
#define SH_EQUAL(tb, a, b)	zone_key_equal(&(a), &(b))
#define SH_SCOPE			static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_FILLFACTOR		0.3
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static MemoryContext zones_context = NULL;
static zonenames_hash *names = NULL;

/* The zones, by slot; a free slot is NULL. */
static Zone **zones = NULL;
static int	nzones = 0;
static Size zones_bytes = 0;

static void
zones_init(void)
{
	if (zones_context == NULL)
		zones_context = AllocSetContextCreate(TopMemoryContext,
											  "ticket_priority zones",
											  ALLOCSET_DEFAULT_SIZES);
	if (names == NULL)
		names = zonenames_create(zones_context, 64, NULL);
}

pg_noreturn static void zone_error(const char *name, int len,
								   const char *detail);

static void
zone_error(const char *name, int len, const char *detail)
{
	char	   *shown = pnstrdup(name, pg_mbcliplen(name, len, 100));

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("time zone \"%s\" not recognized", shown),
			 detail ? errdetail_internal("%s", detail) : 0,
			 errhint("Use a name from pg_timezone_names, such as \"Europe/Warsaw\", or a fixed offset, such as \"+05:30\" (east of UTC is positive).")));
}

/*
 * Read a fixed offset: sign, two digits of hours, optionally minutes and
 * seconds, "+05", "+05:30", "-00:44:30".  False if it is not one.
 */
static bool
parse_fixed_offset(const char *name, int len, int32 *offset)
{
	int			part[3] = {0, 0, 0};
	int			i;

	if (len != 3 && len != 6 && len != 9)
		return false;
	if (name[0] != '+' && name[0] != '-')
		return false;
	for (i = 0; i < len / 3; i++)
	{
		const char *p = name + i * 3;

		if (i > 0 && p[0] != ':')
			return false;
		if (p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
			return false;
		part[i] = (p[1] - '0') * 10 + (p[2] - '0');
	}
	if (part[0] > 15 || part[1] > 59 || part[2] > 59)
		return false;
	*offset = part[0] * 3600 + part[1] * 60 + part[2];
	if (name[0] == '-')
		*offset = -*offset;
	return true;
}

/*
 * Whether a name that the server's zone loader took is one of
 * pg_timezone_names rather than a POSIX string.  A POSIX string has a digit,
 * and the loader gives it back in upper case.
 */
static bool
is_zone_file(const char *name, int len, pg_tz *tz)
{
	const char *canonical = pg_get_timezone_name(tz);
	pg_tzenum  *all;
	pg_tz	   *one;
	bool		found = false;
	bool		digit = false;
	int			i;

	for (i = 0; i < len; i++)
	{
		if (name[i] >= '0' && name[i] <= '9')
			digit = true;
	}
	if (!digit)
		return true;
	for (i = 0; canonical[i] != '\0'; i++)
	{
		if (canonical[i] >= 'a' && canonical[i] <= 'z')
			return true;
	}

	/* An upper-case name such as EST5EDT: look whether there is such a file. */
	all = pg_tzenumerate_start();
	while (!found && (one = pg_tzenumerate_next(all)) != NULL)
		found = (strcmp(pg_get_timezone_name(one), canonical) == 0);
	pg_tzenumerate_end(all);
	return found;
}

/*
 * The server's zone for a name; NULL for what is not a zone of the design, with
 * the reason if it has a name.
 */
static pg_tz *
load_zone(const char *name, int len, const char **reason)
{
	char		copy[TZ_STRLEN_MAX + 1];
	pg_tz	   *tz;
	int			i;

	*reason = NULL;
	if (len <= 0 || len > TZ_STRLEN_MAX)
		return NULL;
	for (i = 0; i < len; i++)
	{
		char		ch = name[i];

		if (!((ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') ||
			  (ch >= '0' && ch <= '9') ||
			  ch == '_' || ch == '-' || ch == '+' || ch == '/'))
			return NULL;
	}
	memcpy(copy, name, len);
	copy[len] = '\0';

	tz = pg_tzset(copy);
	if (tz == NULL)
	{
		if (strchr(copy, '/') == NULL)
			*reason = "Abbreviations are not accepted, because their meaning depends on settings.";
		return NULL;
	}
	if (!is_zone_file(name, len, tz))
	{
		*reason = "POSIX time zone strings are not accepted.";
		return NULL;
	}
	if (!pg_tz_acceptable(tz))
	{
		*reason = "Time zones that count leap seconds are not accepted.";
		return NULL;
	}
	return tz;
}

static Zone *
make_zone(pg_tz *tz, int32 fixed)
{
	Zone	   *zone;
	int			slot;

	/* Another spelling of a zone that is there already? */
	for (slot = 0; slot < nzones; slot++)
	{
		if (zones[slot] != NULL &&
			zones[slot]->tz == tz && zones[slot]->fixed == fixed)
			return zones[slot];
	}

	for (slot = 0; slot < nzones && zones[slot] != NULL; slot++)
		;
	if (slot == nzones)
	{
		int			more = Max(64, nzones * 2);

		if (zones == NULL)
			zones = MemoryContextAllocZero(zones_context, more * sizeof(Zone *));
		else
		{
			zones = repalloc(zones, more * sizeof(Zone *));
			memset(zones + nzones, 0, (more - nzones) * sizeof(Zone *));
		}
		nzones = more;
	}

	zone = MemoryContextAllocZero(zones_context, sizeof(Zone));
	zone->tz = tz;
	zone->fixed = fixed;
	zone->slot = slot;
	zone->size = sizeof(Zone);
	zones[slot] = zone;
	zones_bytes += zone->size;
	return zone;
}

/* Find a zone by a name that is not in the table of names. */
static pg_noinline Zone *
zone_find(const char *name, int len, bool soft)
{
	int32		fixed = 0;
	pg_tz	   *tz = NULL;
	const char *reason;
	Zone	   *zone;
	ZoneKey		key;
	bool		found;

	zones_init();
	if (!parse_fixed_offset(name, len, &fixed))
	{
		tz = load_zone(name, len, &reason);
		if (tz == NULL)
		{
			if (!soft)
				zone_error(name, len, reason);
			return NULL;
		}
	}
	zone = make_zone(tz, fixed);
	zone->used = cache_tick;
	if (zone_key(&key, name, len))
	{
		/* A flood of spellings must not take memory without end. */
		if (names->members >= MAX_ZONE_NAMES)
			zonenames_reset(names);
		zonenames_insert(names, key, &found)->zone = zone;
	}
	return zone;
}

Zone *
zone_lookup(const char *name, int len, bool soft)
{
	ZoneKey		key;
	ZoneName   *entry;

	if (unlikely(names == NULL || !zone_key(&key, name, len)))
		return zone_find(name, len, soft);
	entry = zonenames_lookup(names, key);
	if (unlikely(entry == NULL))
		return zone_find(name, len, soft);
	entry->zone->used = cache_tick;
	return entry->zone;
}

int32
zone_offset(const Zone *zone, int64 at)
{
	pg_time_t	t = at;
	struct pg_tm *tm;

	if (zone->tz == NULL)
		return zone->fixed;
	if (zone->nstretches > 0 && at >= ZONES_FROM && at < ZONES_UNTIL)
	{
		uint32		rel = (uint32) (at - ZONES_FROM);
		int			k = zone->bucket[rel >> ZONES_BUCKET_BITS];

		while (zone->stretches[k + 1].start <= rel)
			k++;
		return zone->stretches[k].offset;
	}
	tm = pg_localtime(&t, zone->tz);
	if (tm == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return (int32) tm->tm_gmtoff;
}

int64
zone_local_date(const Zone *zone, TimestampTz t)
{
	int32		micros;
	int64		secs = split_timestamp(t, &micros);

	return floor_div(secs + zone_offset(zone, secs), SECS_PER_DAY);
}

bool
zone_next_change(const Zone *zone, int64 after, int64 limit,
				 int64 *at, int32 *offset)
{
	pg_time_t	t = after;
	int32		before;

	if (zone->tz == NULL)
		return false;
	before = zone_offset(zone, after);

	/*
	 * The library reports changes of the daylight flag or the name too; skip
	 * those.  The offset is always asked from zone_offset, because for the
	 * time before the first change the library's answers differ.
	 */
	for (;;)
	{
		long int	before_gmtoff,
					after_gmtoff;
		int			before_isdst,
					after_isdst;
		pg_time_t	boundary = t;
		int			res;

		CHECK_FOR_INTERRUPTS();
		res = pg_next_dst_boundary(&t, &before_gmtoff, &before_isdst,
								   &boundary, &after_gmtoff, &after_isdst,
								   zone->tz);
		if (res <= 0 || boundary <= t)
		{
			/*
			 * At the very last change of its table the library sees none
			 * after it even where a rule goes on; a second later it does.
			 */
			t++;
			res = pg_next_dst_boundary(&t, &before_gmtoff, &before_isdst,
									   &boundary, &after_gmtoff, &after_isdst,
									   zone->tz);
			if (res <= 0 || boundary <= t)
				return false;
		}
		if (boundary >= limit)
			return false;
		*offset = zone_offset(zone, boundary);
		if (*offset != before)
		{
			*at = boundary;
			return true;
		}
		t = boundary;
	}
}

void
zone_stretches(Zone *zone)
{
	int			room = 16;
	int			n = 0;
	int			k;
	int			b;
	ZoneStretch *stretches;
	int64		at = ZONES_FROM;
	int32		offset;

	if (zone->nstretches > 0)
		return;

	/* Built in the caller's context, so that an error leaves nothing behind. */
	stretches = palloc(room * sizeof(ZoneStretch));
	offset = zone_offset(zone, ZONES_FROM);
	for (;;)
	{
		stretches[n].start = (uint32) (at - ZONES_FROM);
		stretches[n].offset = offset;
		n++;
		if (n == room)
		{
			room *= 2;
			stretches = repalloc(stretches, room * sizeof(ZoneStretch));
		}
		if (n > PG_UINT16_MAX - 1 ||
			!zone_next_change(zone, at, ZONES_UNTIL, &at, &offset))
			break;
	}
	stretches[n].start = (uint32) (ZONES_UNTIL - ZONES_FROM);
	stretches[n].offset = stretches[n - 1].offset;

	/* One block, so that running out of memory leaves nothing behind either. */
	k = (n + 1) * sizeof(ZoneStretch) + ZONES_NBUCKETS * sizeof(uint16);
	zone->stretches = MemoryContextAlloc(zones_context, k);
	zone->bucket = (uint16 *) (zone->stretches + n + 1);
	zone->size += k;
	zones_bytes += k;
	memcpy(zone->stretches, stretches, (n + 1) * sizeof(ZoneStretch));
	for (b = 0, k = 0; b < ZONES_NBUCKETS; b++)
	{
		uint64		from = (uint64) b << ZONES_BUCKET_BITS;

		while (k + 1 < n && stretches[k + 1].start <= from)
			k++;
		zone->bucket[b] = (uint16) k;
	}
	zone->nstretches = n;
	pfree(stretches);
}

const char *
zone_name(const Zone *zone)
{
	int32		off = zone->fixed < 0 ? -zone->fixed : zone->fixed;

	if (zone->tz != NULL)
		return pg_get_timezone_name(zone->tz);
	if (off % 60 != 0)
		return psprintf("%c%02d:%02d:%02d", zone->fixed < 0 ? '-' : '+',
						off / 3600, off / 60 % 60, off % 60);
	return psprintf("%c%02d:%02d", zone->fixed < 0 ? '-' : '+',
					off / 3600, off / 60 % 60);
}

/* Drop a zone and all spellings that lead to it. */
void
zones_forget(Zone *zone)
{
	zonenames_iterator it;
	ZoneName   *entry;

	zonenames_start_iterate(names, &it);
	while ((entry = zonenames_iterate(names, &it)) != NULL)
	{
		if (entry->zone == zone)
		{
			zonenames_delete_item(names, entry);
			/* Deleting moves entries: begin again. */
			zonenames_start_iterate(names, &it);
		}
	}
	zones[zone->slot] = NULL;
	zones_bytes -= zone->size;
	if (zone->nstretches > 0)
		pfree(zone->stretches);
	pfree(zone);
}

Size
zones_size(void)
{
	return zones_bytes;
}

/* The zone not used for longest, if that was before a tick; else NULL. */
Zone *
zones_oldest(uint64 before)
{
	Zone	   *oldest = NULL;
	int			i;

	for (i = 0; i < nzones; i++)
	{
		if (zones[i] != NULL && zones[i]->used < before &&
			(oldest == NULL || zones[i]->used < oldest->used))
			oldest = zones[i];
	}
	return oldest;
}
