/*
 * zones.c
 *	  Time zones by name, and the instants at which their offset changes.
 *
 * A zone is a name in pg_timezone_names or a fixed offset such as "+05:30",
 * east positive.  Zones that depend on settings or on the machine, or that
 * break the arithmetic, are refused: abbreviations, POSIX strings, the zone
 * that the machine is in, zones that count leap seconds.  All arithmetic is
 * the server's own, so that an answer never differs from that of "AT TIME
 * ZONE" with the same zone.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "time/timeline.h"
#include "time/zones.h"

/*
 * How many spellings of one zone's name are kept, such as "Europe/Warsaw" and
 * "europe/warsaw".  Finding a zone by a further spelling takes longer.
 */
#define MAX_SPELLINGS	8

/*
 * A name of up to 32 bytes, stored in the entry itself.  Its words are those
 * at 0, 8, 16 and 24, or the last eight bytes if the name ends before.  A name
 * of less than eight bytes is one word.  Longer names are not kept.
 *
 * A zone is looked up by name in every call.  With the server's hash_bytes()
 * over this key a deadline for a random plan and zone costs a tenth to a
 * quarter more.
 */
#define ZONE_KEY_WORDS	4
#define ZONE_KEY_BYTES	(ZONE_KEY_WORDS * 8)

typedef struct ZoneKey
{
	uint64		word[ZONE_KEY_WORDS];
	uint64		len;
} ZoneKey;

/* A spelling of a zone's name. */
typedef struct Spelling
{
	slist_node	node;			/* in Zone.spellings */
	ZoneKey		key;
} Spelling;

/* Where a spelling leads. */
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
	if (len > ZONE_KEY_BYTES)
		return false;
	key->len = len;
	if (len < 8)
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

/* Slots: those from nslots on were never used, and these are free again. */
static uint32 nslots = 0;
static uint32 *free_slots = NULL;	/* room for all */
static uint32 nfree_slots = 0;
static uint32 free_slots_room = 0;

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
	{
		CHECK_FOR_INTERRUPTS();
		found = (strcmp(pg_get_timezone_name(one), canonical) == 0);
	}
	pg_tzenumerate_end(all);
	return found;
}

/*
 * Whether a name is that of a file that says which zone the machine is in, or
 * that none was set.  The file can be in any folder of the zone data.
 */
static bool
is_zone_of_machine(const char *name)
{
	static const char *const names_of_machine[] = {"localtime", "posixrules", "Factory"};
	const char *slash = strrchr(name, '/');
	int			i;

	if (slash != NULL)
		name = slash + 1;
	for (i = 0; i < (int) lengthof(names_of_machine); i++)
	{
		if (pg_strcasecmp(name, names_of_machine[i]) == 0)
			return true;
	}
	return false;
}

/*
 * The server's zone for a name.  NULL if the name is not accepted, with the
 * reason if there is more to say than that it is unknown.
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

	if (is_zone_of_machine(copy))
	{
		*reason = "The zone of the machine is not accepted, because its meaning depends on the machine.";
		return NULL;
	}
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

static inline Zone *
find_spelling(const char *name, int len)
{
	ZoneKey		key;
	ZoneName   *entry;

	if (!zone_key(&key, name, len))
		return NULL;
	entry = zonenames_lookup(names, key);
	return entry == NULL ? NULL : entry->zone;
}

static void
add_spelling(Zone *zone, const char *name, int len)
{
	ZoneKey		key;
	Spelling   *spelling;
	bool		found;

	if (zone->nspellings >= MAX_SPELLINGS || !zone_key(&key, name, len))
		return;
	spelling = MemoryContextAlloc(zones_context, sizeof(Spelling));
	spelling->key = key;
	/* From here on it is freed with the zone, even if the next step fails. */
	slist_push_head(&zone->spellings, &spelling->node);
	zone->nspellings++;
	cache_resize(&cached_zones, &zone->cached,
				 zone->cached.size + sizeof(Spelling) + sizeof(ZoneName));
	zonenames_insert(names, key, &found)->zone = zone;
	Assert(!found);
}

/* A slot that no zone has; it is taken when nslots or nfree_slots is changed. */
static uint32
free_slot(void)
{
	if (nfree_slots > 0)
		return free_slots[nfree_slots - 1];
	if (nslots >= free_slots_room)
	{
		uint32		room = Max(64, free_slots_room * 2);

		/* Room to give every slot back, which must not fail. */
		if (free_slots == NULL)
			free_slots = MemoryContextAlloc(zones_context, room * sizeof(uint32));
		else
			free_slots = repalloc(free_slots, room * sizeof(uint32));
		free_slots_room = room;
	}
	return nslots;
}

/* The zone that has a name as the server spells it; NULL if there is none. */
static Zone *
find_by_name(const char *name, pg_tz *tz)
{
	int			len = strlen(name);
	dlist_iter	iter;

	if (len <= ZONE_KEY_BYTES)
		return find_spelling(name, len);
	/* There are hardly any zones with such a long name. */
	dlist_foreach(iter, &cached_zones.head)
	{
		Zone	   *zone = dlist_container(Zone, cached.node, iter.cur);

		if (zone->tz == tz)
			return zone;
	}
	return NULL;
}

/* The zone of the server, or of a fixed offset; made if it is not there. */
static Zone *
get_zone(pg_tz *tz, int32 fixed)
{
	Zone		made = {.tz = tz,.fixed = fixed};
	const char *name = zone_name(&made);
	Zone	   *zone = find_by_name(name, tz);

	if (zone != NULL)
		return zone;
	made.slot = free_slot();
	zone = MemoryContextAlloc(zones_context, sizeof(Zone));
	*zone = made;
	dlist_init(&zone->lines);
	if (nfree_slots > 0)
		nfree_slots--;
	else
		nslots++;
	cache_add(&cached_zones, &zone->cached, GetMemoryChunkSpace(zone));
	/* If this fails, the zone is complete and can be dropped like any other. */
	add_spelling(zone, name, strlen(name));
	return zone;
}

/* Find a zone by a spelling that is not known. */
static Zone *
zone_find(const char *name, int len, bool soft)
{
	int32		fixed = 0;
	pg_tz	   *tz = NULL;
	const char *reason;
	Zone	   *zone;

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
	zone = get_zone(tz, fixed);
	cache_use(&cached_zones, &zone->cached);
	if (find_spelling(name, len) == NULL)
		add_spelling(zone, name, len);
	return zone;
}

Zone *
zone_lookup(const char *name, int len, bool soft)
{
	Zone	   *zone = names == NULL ? NULL : find_spelling(name, len);

	if (zone == NULL)
		return zone_find(name, len, soft);
	cache_use(&cached_zones, &zone->cached);
	return zone;
}

int32
zone_offset(const Zone *zone, int64 at)
{
	pg_time_t	t = at;
	struct pg_tm *tm;

	if (zone->tz == NULL)
		return zone->fixed;
	if (at >= zone->from && at < zone->until)
		return zone->stretches[zone_stretch(zone, at)].offset;
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
zone_cover(Zone *zone, YearWindow window)
{
	int			room = 16;
	int			n = 0;
	int			k;
	int			b;
	int			nbuckets;
	Size		size;
	ZoneStretch *stretches;
	ZoneStretch *kept;
	int64		from;
	int64		until;
	int64		at;
	int32		offset;

	if (zone->until > 0)
	{
		window.from = Min(window.from, zone->window.from);
		window.until = Max(window.until, zone->window.until);
		if (window.from == zone->window.from && window.until == zone->window.until)
			return;
	}
	from = at = year_start_date(window.from) * SECS_PER_DAY;
	until = year_start_date(window.until) * SECS_PER_DAY;

	/* Built in the caller's context, so that an error leaves nothing behind. */
	stretches = palloc(room * sizeof(ZoneStretch));
	offset = zone_offset(zone, from);
	for (;;)
	{
		stretches[n].start = (uint32) at;
		stretches[n].offset = offset;
		n++;
		if (n == room)
		{
			room *= 2;
			stretches = repalloc(stretches, room * sizeof(ZoneStretch));
		}
		if (n > PG_UINT16_MAX - 1 ||
			!zone_next_change(zone, at, until, &at, &offset))
			break;
	}
	stretches[n].start = (uint32) until;
	stretches[n].offset = stretches[n - 1].offset;

	/* One chunk, so that running out of memory leaves nothing behind either. */
	nbuckets = (int) ((until - from) >> ZONES_BUCKET_BITS) + 1;
	kept = MemoryContextAlloc(zones_context,
							  (n + 1) * sizeof(ZoneStretch) + nbuckets * sizeof(uint16));
	size = zone->cached.size + GetMemoryChunkSpace(kept);
	if (zone->until > 0)
	{
		/* The one that was the first keeps its number. */
		for (k = 0; stretches[k + 1].start <= zone->from; k++)
			;
		zone->first_number -= k;
		size -= GetMemoryChunkSpace(zone->stretches);
		pfree(zone->stretches);
	}
	cache_resize(&cached_zones, &zone->cached, size);
	memcpy(kept, stretches, (n + 1) * sizeof(ZoneStretch));
	pfree(stretches);
	zone->window = window;
	zone->from = from;
	zone->until = until;
	zone->nstretches = n;
	zone->stretches = kept;
	zone->bucket = (uint16 *) (kept + n + 1);
	for (b = 0, k = 0; b < nbuckets; b++)
	{
		while (k + 1 < n && kept[k + 1].start <= from + ((int64) b << ZONES_BUCKET_BITS))
			k++;
		zone->bucket[b] = (uint16) k;
	}
}

void
zone_cover_instant(Zone *zone, TimestampTz t)
{
	int32		micros;
	int64		at = split_timestamp(t, &micros);
	int64		year;

	if ((at >= zone->from && at < zone->until) || at < ZONES_FROM || at >= ZONES_UNTIL)
		return;
	year = year_of_date(at / SECS_PER_DAY);
	zone_cover(zone, window_grown(zone->window, (int) year));
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

void
zone_forget(Zone *zone)
{
	while (!dlist_is_empty(&zone->lines))
		timeline_forget(dlist_head_element(Timeline, of_zone, &zone->lines));
	while (!slist_is_empty(&zone->spellings))
	{
		Spelling   *spelling = slist_container(Spelling, node,
											   slist_pop_head_node(&zone->spellings));

		zonenames_delete(names, spelling->key);
		pfree(spelling);
	}
	cache_remove(&cached_zones, &zone->cached);
	free_slots[nfree_slots++] = zone->slot;
	if (zone->until > 0)
		pfree(zone->stretches);
	pfree(zone);
}
