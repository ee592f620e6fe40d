/*
 * policy.h
 *	  Configuration by name: plans, targets and calendars, as the query's snapshot
 *	  sees them.
 */
#ifndef POLICY_H
#define POLICY_H

#include "utils/date.h"

#include "base/enums.h"
#include "time/timeline.h"

/* A row of sla_target_rule. */
typedef struct TargetRule
{
	int			plan;			/* index in PolicyMap.plans */
	int			metric;
	int			priority;
	TimestampTz valid_from;
	bool		has_target;		/* false: no target from then on */
	Interval	interval;		/* as written */
	int64		target;			/* in microseconds */
	int			calendar;		/* index in PolicyMap.calendars; -1: the plan's */
	double		at_risk;		/* share of the target */
	bool		has_goal;
	double		goal;			/* share of tickets that should meet it */
} TargetRule;

/* Range of PolicyMap.rules, in the order of valid_from. */
typedef struct RuleRange
{
	int			first;
	int			n;
} RuleRange;

/* What policy_target() answers, where that is the same at all times. */
typedef struct SettledTarget
{
	bool		known;			/* false: it is not, or is an error */
	int			calendar;
	const TargetRule *rule;
} SettledTarget;

/* A row of support_plan. */
typedef struct SupportPlan
{
	const char *name;
	int			name_len;
	int			calendar;		/* index, or -1 for none of its own */
	int			sla_of;			/* index, or -1 */
	int			successor;		/* index, or -1 */
	RuleRange	rules[NUM_METRICS][NUM_PRIORITIES];
	SettledTarget settled[NUM_METRICS][NUM_PRIORITIES];
	int8		priority[NUM_LEVELS][NUM_LEVELS];	/* by urgency and impact; -1:
													 * the published one */
	const char *title;
} SupportPlan;

/* A row of business_holiday_list, with what belongs to it. */
typedef struct PolicyHolidays
{
	const char *name;
	int			name_len;
	DateADT		known_from;		/* DATEVAL_NOBEGIN: no beginning */
	DateADT		known_until;	/* DATEVAL_NOEND: no end */
	int			ndays;
	int			days_room;
	HolidayRow *days;
	int			nrules;
	int			rules_room;
	const char **rules;
	MemoryContext context;		/* of the map */
	ByteKey		key;			/* made on first use, and the years with it */
	int			first_year;		/* years for which all rules have answers */
	int			last_year;
	TimestampTz safe_from;		/* instants well within these limits */
	TimestampTz safe_until;
} PolicyHolidays;

/* An axis that was looked up; valid while epoch is timeline_epoch. */
typedef struct CalendarAxis
{
	uint64		epoch;
	Zone	   *zone;			/* the one asked for last; NULL: none yet */
	Timeline   *line;			/* in it */
	AxisIndex	index;			/* of the axis */
	Timeline   *anywhere;		/* of hours that are always open; else NULL */
	Timeline   *home;			/* in the calendar's own zone; NULL until used */
	Axis	   *axis;
} CalendarAxis;

/* A row of business_calendar; what every look-up reads is in a cache line. */
typedef struct PolicyCalendar
{
	int			holidays;		/* index of its list, or -1 */
	bool		has_holidays;	/* whether its hours have a PH rule */
	CalendarAxis own;			/* with its own list, or none */
	const char *zone_name;		/* NULL: none of its own */
	int			zone_len;
	int			name_len;
	const char *name;
	BusinessHours *hours;
	CalendarAxis *replaced;		/* with none, then by list; NULL until used */
	char		unused[16];
} PolicyCalendar;

/*
 * A map: the configuration tables as one snapshot sees them.
 *
 * The rule for whoever uses one: evaluate whatever is the application's first
 * (expressions, casts, anything that can call a function of others), then take
 * the map, and say what there is to say to the client last.  While a map, or
 * anything found by it (plan, target, calendar, list), or a time line, axis or
 * zone is in use, no code of others runs: no expression, trigger, domain check,
 * type input or output, and no warning, which may be converted for the client.
 * Such code can ask for the policy too, change it, and fail in a part of the
 * transaction, and by that drop maps and whatever else was kept.
 *
 * A map lives as long as somebody uses it.  Whoever takes one has a pin, which
 * holds the map taken last until another one is taken, or until the memory
 * context of the pin goes; so a pin is released on every path.
 */
typedef struct PolicyMap PolicyMap;

typedef struct PolicyPin
{
	Oid			namespace;		/* the extension's schema */
	PolicyMap  *map;			/* NULL: none yet */
	MemoryContextCallback release;
} PolicyPin;

/*
 * Time for which a list of holidays may lack some: what is to be told of it
 * when the map is no longer in use.  All zero: nothing.
 */
typedef struct HolidayGap
{
	char	   *list;			/* a copy of its name; NULL: nothing to tell */
	DateADT		known;			/* the first or the last date that it knows */
	bool		is_first;
} HolidayGap;

/* A row of support_translation, in the server's encoding. */
typedef struct Translation
{
	const char *locale;
	const char *kind;
	const char *key;
	const char *text;
	int			text_len;
	int			naccepted;
	const char **accepted;
} Translation;

typedef struct Translations Translations;

/* Indexes that are none: for null, and for a name that is not there. */
#define NO_REFERENCE		(-1)
#define BROKEN_REFERENCE	(-2)

/* Registers callbacks; called when the library is loaded. */
extern void policy_init(void);

/* Prepare a pin that lives in a memory context, for the tables of a schema. */
extern void policy_pin_init(PolicyPin *pin, Oid namespace, MemoryContext context);

/* The policy that the active snapshot sees, held by a pin. */
extern PolicyMap *policy_current(PolicyPin *pin);

/* Namespace of the called function, where the tables are. */
extern Oid	policy_namespace(FunctionCallInfo fcinfo);

/*
 * The owner's texts, as the map that the pin holds has them; NULL: there are
 * none.  They are read when this is first asked of a map, so call it with the
 * snapshot with which the map was taken.
 */
extern const Translations *policy_translations(PolicyPin *pin);

/* All of them. */
extern const Translation *translations_rows(const Translations *all, int *n);

/* The one of a locale, by its canonical tag, or NULL; and whether that has any. */
extern const Translation *translation_find(const Translations *all,
										   const char *locale, int locale_len,
										   const char *kind, int kind_len,
										   const char *key, int key_len);
extern bool translations_have(const Translations *all, const char *locale, int len);

/* A number that no other map has, in this session. */
extern uint64 policy_serial(const PolicyMap *map);

/*
 * Find by name.  An unknown name is an ERROR that lists what is known, or, if
 * soft, gives NULL.
 */
extern const SupportPlan *policy_plan(const PolicyMap *map,
									  const char *name, int len, bool soft);
extern PolicyCalendar *policy_calendar(const PolicyMap *map,
									   const char *name, int len);

/* The published matrix: number of the priority. */
extern int	published_priority(int urgency, int impact);

/*
 * The priority of a matrix, the plan's own or else the published one, which also
 * serves where there is no plan; -1 without a level.
 */
static inline int
matrix_priority(const SupportPlan *plan, int urgency, int impact)
{
	int			priority = -1;

	if (urgency < 0 || impact < 0)
		return -1;
	if (plan != NULL)
		priority = plan->priority[urgency][impact];
	return priority >= 0 ? priority : published_priority(urgency, impact);
}

/*
 * Begin to read what look-ups near an instant will ask of a calendar.  Where a
 * thousand calendars are asked in turn, a call costs 10 to 15 % less by it; where
 * one is asked, nothing changes.
 */
extern void policy_prefetch(const PolicyMap *map,
							const PolicyCalendar *calendar, TimestampTz t);

/* By index; NULL for one that is none. */
extern const SupportPlan *policy_plan_at(const PolicyMap *map, int index);
extern PolicyCalendar *policy_calendar_at(const PolicyMap *map, int index);

/* The plan that follows when one ends; NULL for none. */
extern const SupportPlan *policy_successor(const PolicyMap *map,
										   const SupportPlan *plan);

/*
 * The row in force at an instant, of the plan or, where it has none, of the
 * plan whose targets it takes; NULL if there is none.  calendar gets the index
 * of the calendar that applies, NO_REFERENCE for none; it is that of the plan
 * too when there is no row.  A name that is not there is an ERROR, or, if soft,
 * makes that index BROKEN_REFERENCE.
 */
extern const TargetRule *policy_target(const PolicyMap *map,
									   const SupportPlan *plan,
									   int metric, int priority,
									   TimestampTz at, bool soft,
									   int *calendar);

/* Names for a hint, quoted: in order, and not too many.  Sorts them. */
extern char *policy_list_names(const char **names, int n);

/* Find a holiday list, as a plan. */
extern PolicyHolidays *policy_holidays(const PolicyMap *map,
									   const char *name, int len, bool soft);

/*
 * The time line of a calendar.  zone, if not NULL, replaces its zone, and
 * holidays its list.  Hours that need a zone and have none are an ERROR.
 * list gets the list that counts, NULL for none.  Where only open time matters,
 * and not the wall clock (local), hours that are always open need no zone.
 * If soft, NULL instead of an ERROR.
 */
extern Timeline *policy_timeline(const PolicyMap *map,
								 PolicyCalendar *calendar, Zone *zone,
								 const char *holidays, int holidays_len,
								 bool local, bool soft,
								 PolicyHolidays **list);

/*
 * Note in gap if local dates, days since 1970, are beyond what a list knows,
 * unless something is noted there.
 */
extern void policy_note_gap(const PolicyHolidays *list, int64 first,
							int64 last, HolidayGap *gap);

/* Give the WARNING that was noted, once for a call site. */
extern void holiday_gap_warn(const HolidayGap *gap, bool *warned);

/*
 * Whether two instants (either order) are well within what a list has answers
 * for, in any zone, so that policy_check_holidays() has nothing to say.
 */
static inline bool
policy_holidays_safe(const PolicyHolidays *list, TimestampTz from, TimestampTz to)
{
	return Min(from, to) >= list->safe_from && Max(from, to) < list->safe_until;
}

/*
 * Check that a list has answers for the time between two instants (either
 * order) in a zone: an ERROR where a rule has none, a note in gap beyond the dates
 * for which the list is known.
 */
extern void policy_check_holidays(const PolicyHolidays *list,
								  const Zone *zone, TimestampTz from,
								  TimestampTz to, HolidayGap *gap);

/* Whether it has; nothing is said. */
extern bool policy_knows_holidays(const PolicyHolidays *list,
								  const Zone *zone, TimestampTz from,
								  TimestampTz to);

#endif							/* POLICY_H */
