/*
 * policy_map.h
 *	  A map: the rows of the configuration tables, found by name.
 *
 * Only for the files of the policy: policy_read.c reads rows, policy_snapshot.c
 * chooses the map that serves a snapshot, policy.c finds what is in it,
 * policy_holidays.c puts lists of holidays together, and policy_calendar.c makes
 * time lines of its calendars.
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

/* A name and what it leads to. */
typedef struct NameEntry
{
	NameKey		key;
	union
	{
		int			index;		/* of a calendar, a metric, a text or a place */
		void	   *pointer;	/* to rows, a plan or a list */
	}			to;
	uint32		hash;
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
#define SH_FILLFACTOR		0.8
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * Rows as they are kept: what has one name in the first column of the table's key,
 * in one piece of memory.  What other tables have is there by name.
 */

/* A row of support_plan. */
typedef struct PlanRow
{
	const char *name;
	int			name_len;
	const char *title;
	const char *calendar;		/* NULL: none of its own */
	const char *sla_of;
	const char *successor;
} PlanRow;

/* The rows of sla_target_rule of a plan, by metric, priority and valid_from. */
typedef struct TargetRows
{
	int			n;
	TargetRule *rules;
} TargetRows;

/* The rows of support_priority_rule of a plan, as in SupportPlan. */
typedef struct PriorityRows
{
	int8		priority[NUM_LEVELS][NUM_LEVELS];
} PriorityRows;

/* A row of business_calendar. */
typedef struct CalendarRow
{
	const char *name;
	int			name_len;
	BusinessHours *hours;
	const char *zone_name;		/* NULL: none of its own */
	int			zone_len;
	const char *holidays;		/* NULL: none */
} CalendarRow;

/* A row of business_holiday_list. */
typedef struct ListRow
{
	const char *name;
	int			name_len;
	DateADT		known_from;
	DateADT		known_until;
	int			nincludes;
	const char **includes;
} ListRow;

/* The rows of business_holiday of a list, in any order. */
typedef struct HolidayRows
{
	int			n;
	HolidayRow *days;
} HolidayRows;

/* The rows of business_holiday_rule of a list, in any order. */
typedef struct HolidayRuleRows
{
	int			n;
	HolidayRuleRow *rules;
} HolidayRuleRows;

/* All rows of support_translation. */
typedef struct TranslationRows
{
	int			n;
	Translation *rows;
} TranslationRows;

/* A row of sla_metric. */
typedef struct PolicyMetric
{
	const char *name;
	int			name_len;
	const char *title;
	int			slot;			/* in PlanFound.answers; NO_SLOT: none yet */
} PolicyMetric;

#define NO_SLOT		(-1)

/* All rows of sla_metric. */
typedef struct MetricRows
{
	int			n;
	PolicyMetric *metrics;
} MetricRows;

/*
 * The rows of one table that were asked for, by name.  Maps share them for as long
 * as the table does not change.
 */
typedef struct PolicyPart
{
	MemoryContext context;
	int			uses;			/* by maps */
	namemap_hash *rows;
} PolicyPart;

/* The target of a plan for a priority and a metric. */
typedef struct TargetAnswer
{
	TimestampTz from;			/* the answer of policy_target() for the instants */
	TimestampTz until;			/* from one on and before another, if any */
	const TargetRule *rule;
	int			calendar;
	int			nrules;
	const TargetRule *rules;	/* the plan's own, in the order of valid_from */
} TargetAnswer;

/*
 * A plan, and what it leads to as far as anyone asked.  What every look-up reads
 * comes first, and begins with a cache line.
 */
typedef struct PlanFound
{
	SupportPlan plan;
	int			nslots;
	TargetAnswer (*answers)[NUM_PRIORITIES];	/* by PolicyMetric.slot */
	const PlanRow *row;
	const SupportPlan *base;	/* the plan in sla_of; NULL: none, or not known */
	int			calendar;		/* its own; NOT_LOOKED_UP: not known */
} PlanFound;

/* In place of an index. */
#define NOT_LOOKED_UP		(-3)

/* What was found in a map so far. */
typedef struct MapFound
{
	PolicyPart *parts[NUM_TABLES];	/* NULL: nothing was read */
	int			nplans;
	int			ncalendars;
	int			calendars_room;
	PolicyCalendar **calendars;
	MetricRows	metrics;
	int			nslots;
	struct TogetherByCall *together;	/* lists that calls name together */
	Translations *translations; /* NULL: not read */
	SettledTerms *settled;		/* NULL: nothing */
} MapFound;

struct PolicyMap
{
	MemoryContext context;
	uint64		serial;			/* different for each map */
	int			uses;			/* by shared_map, remembered pairs, and pins */
	Oid			schema;
	Oid			tables[NUM_TABLES];
	uint64		generations[NUM_TABLES];	/* of the tables, if shared */
	namemap_hash *plan_names;
	namemap_hash *calendar_names;
	namemap_hash *list_names;
	namemap_hash *metric_names;
	MapFound   *found;
};

/* The context of all maps and rows. */
extern MemoryContext policy_context;

/* Count what is in it, for the setting. */
extern void policy_count_memory(void);

/*
 * The rows of a table that have a name in the first column of its key; of
 * translations and metrics, all rows, and the name is empty.  NULL: there are none.
 */
extern const void *policy_rows(const PolicyMap *map, PolicyTable table,
							   const char *name, int len);

/* All names in that column, in the current context; their number. */
extern int	policy_names(const PolicyMap *map, PolicyTable table,
						 const char ***names);

/* Names of the tables. */
extern const char *const policy_table_names[NUM_TABLES];

/* A list in a memory context; it has no days yet. */
extern PolicyHolidays *policy_holidays_make(MemoryContext context,
											const char *name, int len);

/* Find several lists whose names are joined by "+", none of which has one. */
extern PolicyHolidays *policy_holidays_together(const PolicyMap *map,
												const char *name, int len,
												bool soft);

/*
 * The list that a calendar names, which can be several together; NULL if it does
 * not exist.
 */
extern PolicyHolidays *policy_calendar_list(const PolicyMap *map,
											PolicyCalendar *calendar);

/*
 * The key of a list with all its members, made on first use.  A member that
 * does not exist is an ERROR or, if soft, gives a key without data.
 */
extern ByteKey policy_holidays_key(const PolicyMap *map, PolicyHolidays *list,
								   bool soft);

/* The axis of a calendar with a list that it does not name. */
typedef struct ListAxis
{
	const PolicyCalendar *calendar; /* NULL: unused */
	CalendarAxis axis;
} ListAxis;

extern CalendarAxis *policy_list_axis(PolicyHolidays *list,
									  const PolicyCalendar *calendar);

/* Let a name lead to something; it must stay where it is. */
static inline NameEntry *
add_name(namemap_hash *names, const char *name, int len)
{
	bool		found;

	return namemap_insert(names, name_key(name, len), &found);
}

/* Index of a name, BROKEN_REFERENCE if it is not there. */
static inline int
find_index(namemap_hash *names, const char *name, int len)
{
	NameEntry  *entry = namemap_lookup(names, name_key(name, len));

	return entry == NULL ? BROKEN_REFERENCE : entry->to.index;
}

/* What a name leads to; NULL if it is not there. */
static inline void *
find_pointer(namemap_hash *names, const char *name, int len)
{
	NameEntry  *entry = namemap_lookup(names, name_key(name, len));

	return entry == NULL ? NULL : entry->to.pointer;
}

#endif							/* POLICY_MAP_H */
