/*
 * policy_map.h
 *	  A map: the rows of the configuration tables, found by name.
 *
 * Only for the files of the policy: policy_read.c reads a map,
 * policy_snapshot.c chooses the one that serves a snapshot, policy.c finds
 * what is in it, policy_holidays.c puts lists of holidays together, and
 * policy_calendar.c makes time lines of its calendars.
 */
#ifndef POLICY_MAP_H
#define POLICY_MAP_H

#include "utils/snapshot.h"

#include "base/byte_key.h"
#include "policy/policy.h"

/* The tables that make a map. */
typedef enum PolicyTable
{
	TABLE_CALENDAR,
	TABLE_PLAN,
	TABLE_TARGET,
	TABLE_PRIORITY,
	TABLE_HOLIDAY_LIST,
	TABLE_HOLIDAY,
	TABLE_HOLIDAY_RULE,
	TABLE_TRANSLATION,
	TABLE_METRIC,
	NUM_TABLES
} PolicyTable;

/* Tells which rows were seen; equal if the versions of the rows are equal. */
typedef struct RowsSeen
{
	uint64		sum[2];
	uint64		count;
} RowsSeen;

/* A row of sla_metric. */
typedef struct PolicyMetric
{
	const char *name;
	const char *title;
	int			slot;			/* in SupportPlan.targets */
} PolicyMetric;

/* A name and where it leads: to a plan, a metric, a calendar or a list by index. */
typedef struct NameEntry
{
	NameKey		key;
	uint32		hash;
	int			index;
	char		status;
} NameEntry;

#define SH_PREFIX			namemap
#define SH_ELEMENT_TYPE		NameEntry
#define SH_KEY_TYPE			NameKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	name_key_hash(key)
#define SH_EQUAL(tb, a, b)	name_key_equal(a, b)
#define SH_SCOPE			static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_FILLFACTOR		0.3
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct PolicyMap
{
	MemoryContext context;
	uint64		serial;			/* different for each map */
	int			uses;			/* by shared_map, remembered pairs, and pins */
	RowsSeen	rows;
	namemap_hash *calendar_names;
	namemap_hash *plan_names;
	namemap_hash *list_names;
	int			nlists;
	int			ntogether;		/* that calendars name; in lists, after nlists */
	int			lists_room;
	PolicyHolidays *lists;
	struct TogetherByCall *together;	/* those that calls name */
	int			ncalendars;
	PolicyCalendar *calendars;
	int			nplans;
	SupportPlan *plans;
	namemap_hash *metric_names;
	int			nmetrics;
	PolicyMetric *metrics;
	int			nslots;			/* slot 0: all metrics without a rule */
	int			nrules;
	TargetRule *rules;			/* by plan, metric, priority, valid_from */
	int			ntranslations;	/* rows that there are */
	Translations *translations; /* NULL until asked for */
};

/* Raised by every change of the tables; see policy_snapshot.c. */
extern uint64 policy_generation;

/* The tables, and the schema in which they are; see policy_find_tables(). */
extern Oid	policy_schema;
extern Oid	policy_tables[NUM_TABLES];

/* Look the tables up, if that was not done since the last change. */
extern void policy_find_tables(Oid namespace);

/* Which rows a snapshot sees, without reading what is in them. */
extern void policy_see_rows(Snapshot snapshot, RowsSeen *rows);

/* Read a map with a snapshot. */
extern PolicyMap *policy_load_map(Snapshot snapshot);

/* Find several lists whose names are joined by "+", none of which has one. */
extern PolicyHolidays *policy_holidays_together(const PolicyMap *map,
												const char *name, int len,
												bool soft);

/* The memory for those that calls name, in the current context. */
extern struct TogetherByCall *policy_holidays_none_together(void);

/* Let a list include those of a text, whose names are joined by "+". */
extern void policy_holidays_include(PolicyHolidays *list, const char *names);

/*
 * The key of a list with all its members, made on first use.  A member that
 * does not exist is an ERROR or, if soft, gives a key without data.
 */
extern ByteKey policy_holidays_key(const PolicyMap *map, PolicyHolidays *list,
								   bool soft);

/* The axis of a calendar with lists that a call named together. */
typedef struct TogetherAxis
{
	const PolicyCalendar *calendar;	/* NULL: unused */
	CalendarAxis axis;
} TogetherAxis;

extern CalendarAxis *policy_together_axis(PolicyHolidays *list,
										  const PolicyCalendar *calendar);

/* Find the targets that are the same at all times. */
extern void policy_settle_targets(PolicyMap *map);

static inline bool
same_rows(const RowsSeen *a, const RowsSeen *b)
{
	return a->count == b->count && a->sum[0] == b->sum[0] && a->sum[1] == b->sum[1];
}

/* Index of a name, BROKEN_REFERENCE if it is not there. */
static inline int
find_name(namemap_hash *names, const char *name, int len)
{
	NameEntry  *entry = namemap_lookup(names, name_key(name, len));

	return entry == NULL ? BROKEN_REFERENCE : entry->index;
}

#endif							/* POLICY_MAP_H */
