/*
 * policy.h
 *	  Configuration by name: plans, targets and calendars, as the query's snapshot
 *	  sees them.
 */
#ifndef POLICY_H
#define POLICY_H

#include "nodes/pg_list.h"
#include "utils/date.h"

#include "base/enums.h"
#include "time/timeline.h"

/* A row of sla_target_rule. */
typedef struct TargetRule
{
	bool		has_target;		/* false: no target from then on */
	bool		has_goal;
	bool		until_close;	/* of business days: to the end of the last one */
	int			priority;
	int32		days;			/* business days; NOT_DAYS: the interval counts */
	int64		target;			/* in microseconds */
	Interval	interval;		/* the same as written; zero if days count */
	double		at_risk;		/* share of the target */
	double		goal;			/* share of tickets that should meet it */
	TimestampTz valid_from;
	const char *metric;
	const char *calendar;		/* NULL: the plan's */
} TargetRule;

/* In place of business days: the target is an interval. */
#define NOT_DAYS		(-1)

/* The share after which a ticket is at risk where no row says another. */
#define DEFAULT_AT_RISK	0.75

/* A row of support_plan. */
typedef struct SupportPlan
{
	const char *name;
	int			name_len;
	int8		priority[NUM_LEVELS][NUM_LEVELS];	/* by urgency and impact; -1:
													 * the published one */
	const char *title;
} SupportPlan;

/* An axis that was looked up; valid while epoch is timeline_epoch. */
typedef struct CalendarAxis
{
	uint64		epoch;
	Zone	   *zone;			/* the one asked for last; NULL: none yet */
	Timeline   *line;			/* in it */
	Timeline   *anywhere;		/* of hours that are always open; else NULL */
	Timeline   *home;			/* in the calendar's own zone; NULL until used */
	Axis	   *axis;
} CalendarAxis;

/*
 * A row of business_holiday_list, with what belongs to it; or several lists
 * named together, such as "office+PL", which only include others.
 */
typedef struct PolicyHolidays
{
	const char *name;
	int			name_len;
	DateADT		known_from;		/* DATEVAL_NOBEGIN: no beginning */
	DateADT		known_until;	/* DATEVAL_NOEND: no end */
	int			nincludes;
	const char **includes;		/* names of lists, also several together */
	MemoryContext context;		/* in which the list is */

	/* Made on first use. */
	const struct HolidayRows *days; /* its own; NULL: not asked for, or none */
	const struct HolidayRuleRows *rules;
	List	   *members;		/* itself and what it includes, of which the
								 * first that says something of a day decides */
	ByteKey		key;
	int			first_year;		/* years for which all rules have answers */
	int			last_year;
	TimestampTz safe_from;		/* instants well within the limits of all members */
	TimestampTz safe_until;
	struct ListAxis *axes;		/* of calendars that do not name it */
} PolicyHolidays;

/* A row of business_calendar; what every look-up reads is in a cache line. */
typedef struct PolicyCalendar
{
	PolicyHolidays *list;		/* the one that it names; NULL: none, or not
								 * looked up yet */
	CalendarAxis own;			/* with that list, or none */
	bool		has_holidays;	/* whether its hours have a PH rule */
	const char *holidays;		/* name of the list; NULL: none */
	const char *zone_name;		/* NULL: none of its own */
	int			zone_len;
	const char *name;
	BusinessHours *hours;
} PolicyCalendar;

/*
 * A map: the configuration tables as one snapshot sees them.  It reads a row when
 * that is first asked for, with the active snapshot, so the functions below are
 * called with the snapshot with which the map was taken.
 *
 * The rule for all who use a map: first evaluate what is the application's
 * (expressions, casts, anything that can call its functions), then take the
 * map, and send messages to the client last.  While a map is in use, or a
 * plan, target, calendar or list found in it, or a time line, axis or zone, no
 * code of others may run: no expression, trigger, domain check, type input or
 * output, and no warning, which may have to be converted for the client.  Such
 * code can ask for the policy too, change it, and fail in a subtransaction.
 * That can drop maps and whatever else was kept.
 *
 * A map lives as long as it is in use.  It is taken by means of a pin, which
 * holds it until another map is taken by the same pin, or until the pin's
 * memory context is deleted.  So a map is released on every path, that of an
 * error included.
 */
typedef struct PolicyMap PolicyMap;

typedef struct PolicyPin
{
	Oid			namespace;		/* the extension's schema */
	PolicyMap  *map;			/* NULL: none yet */
	uint64		serial;			/* of that, by policy_serial() */
	MemoryContextCallback release;
} PolicyPin;

/*
 * A warning that a list may lack holidays of the time that was asked about.
 * It is noted here and given when the map is no longer in use.  All zero: no
 * warning.
 */
typedef struct HolidayGap
{
	char	   *list;			/* a copy of its name; NULL: nothing to tell */
	DateADT		known;			/* the first or last date that it knows */
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

/* In place of an index: the name is null, or it does not exist. */
#define NO_REFERENCE		(-1)
#define BROKEN_REFERENCE	(-2)

/* Registers callbacks; called when the library is loaded. */
extern void policy_init(void);

/* Prepare a pin that lives in a memory context, for the tables of a schema. */
extern void policy_pin_init(PolicyPin *pin, Oid namespace, MemoryContext context);

/* The policy that the active snapshot sees, held by a pin. */
extern PolicyMap *policy_current(PolicyPin *pin);

/*
 * To be called at the start of an SQL call that looks much up, in place of
 * timeline_begin_call(): maps are begun anew if they take too much memory.  Within
 * a call that does not begin again, policy_current() gives one map for a snapshot.
 */
extern void policy_begin_call(void);

/* Namespace of the called function, where the tables are. */
extern Oid	policy_namespace(FunctionCallInfo fcinfo);

/* The owner's texts, as the map that the pin holds has them; NULL: there are none. */
extern const Translations *policy_translations(PolicyPin *pin);

/* All of them. */
extern const Translation *translations_rows(const Translations *all, int *n);

/* The one of a locale, by its canonical tag, or NULL; and whether that has any. */
extern const Translation *translation_find(const Translations *all,
										   const char *locale, int locale_len,
										   const char *kind, int kind_len,
										   const char *key, int key_len);
extern bool translations_have(const Translations *all, const char *locale, int len);

/* A number that no other map of this session has. */
extern uint64 policy_serial(const PolicyMap *map);

/*
 * For settled_deadline.c: where a map leads to what is remembered with it, and
 * memory for that.  The memory is all zero, and goes with the map.
 */
typedef struct SettledTerms SettledTerms;

extern SettledTerms **policy_settled(const PolicyMap *map);
extern void *policy_memory(const PolicyMap *map, Size size);

/*
 * Find by name.  An unknown name is an ERROR that lists what is known, or, if
 * soft, gives NULL.
 */
extern const SupportPlan *policy_plan(const PolicyMap *map,
									  const char *name, int len, bool soft);
extern PolicyCalendar *policy_calendar(const PolicyMap *map,
									   const char *name, int len, bool soft);

/*
 * Index of a metric in this map.  An unknown name is an ERROR that lists what
 * is known, or, if soft, gives -1.
 */
extern int	policy_metric(const PolicyMap *map, const char *name, int len, bool soft);

/* Title of a metric by its index. */
extern const char *policy_metric_title(const PolicyMap *map, int index);

/* The published matrix: number of the priority. */
extern int	published_priority(int urgency, int impact);

/*
 * The priority by the plan's own matrix, or by the published one where the
 * plan has none or plan is NULL; -1 if a level is missing.
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

/* A calendar by its index; NULL for a negative one. */
extern PolicyCalendar *policy_calendar_at(const PolicyMap *map, int index);

/* The plan that follows when one ends; NULL for none. */
extern const SupportPlan *policy_successor(const PolicyMap *map,
										   const SupportPlan *plan);

/*
 * The row in force at an instant: the plan's own or, if it has none, that of
 * the plan whose targets it takes; NULL if there is none.  calendar gets the
 * index of the calendar that applies, or NO_REFERENCE; without a row, this is
 * the plan's calendar.  A name that does not exist is an ERROR or, if soft,
 * makes that index BROKEN_REFERENCE.
 */
extern const TargetRule *policy_target(const PolicyMap *map,
									   const SupportPlan *plan,
									   int metric, int priority,
									   TimestampTz at, bool soft,
									   int *calendar);

/*
 * The same; the answer is the same for all instants at or after from and
 * before until.
 */
extern const TargetRule *policy_target_during(const PolicyMap *map,
											  const SupportPlan *plan,
											  int metric, int priority,
											  TimestampTz at, bool soft,
											  int *calendar, TimestampTz *from,
											  TimestampTz *until);

/* Names for a hint: quoted, in order, and not too many.  Sorts the array. */
extern char *policy_list_names(const char **names, int n);

/*
 * Find a holiday list by name, as policy_plan() finds a plan; or several lists
 * whose names are joined by "+".
 */
extern PolicyHolidays *policy_holidays(const PolicyMap *map,
									   const char *name, int len, bool soft);

/*
 * The time line of a calendar.  zone, if not NULL, replaces its zone, and
 * holidays its list.  Hours that need a zone and have none are an ERROR.
 * Hours that are always open need none, unless the wall clock matters (local)
 * and not only open time.  list gets the list that counts, or NULL.  If soft,
 * the result is NULL instead of an ERROR.
 */
extern Timeline *policy_timeline(const PolicyMap *map,
								 PolicyCalendar *calendar, Zone *zone,
								 const char *holidays, int holidays_len,
								 bool local, bool soft,
								 PolicyHolidays **list);

/*
 * The members of a list, in the order in which they decide: itself and what it
 * includes, each once.  A list that does not exist is an ERROR or, if soft,
 * gives NIL.
 */
extern List *policy_holidays_members(const PolicyMap *map, PolicyHolidays *list,
									 bool soft);

/*
 * Note in gap if local dates, as days since 1970, are beyond those that a list
 * knows.  Its members must have been found.  What is noted there already stays.
 */
extern void policy_note_gap(const PolicyHolidays *list, int64 first,
							int64 last, HolidayGap *gap);

/* Give the WARNING that was noted, once for a call site. */
extern void holiday_gap_warn(const HolidayGap *gap, bool *warned);

/*
 * Whether two instants, in either order, lie so well within the time that a
 * list knows that policy_check_holidays() has nothing to report in any zone.
 */
static inline bool
policy_holidays_safe(const PolicyHolidays *list, TimestampTz from, TimestampTz to)
{
	return Min(from, to) >= list->safe_from && Max(from, to) < list->safe_until;
}

/*
 * Check that a list knows the time between two instants, in either order, in a
 * zone.  A year for which a rule has no answer is an ERROR.  Dates beyond
 * those for which the list is known are noted in gap.
 */
extern void policy_check_holidays(const PolicyHolidays *list,
								  const Zone *zone, TimestampTz from,
								  TimestampTz to, HolidayGap *gap);

/* The same as a question: no ERROR, no note. */
extern bool policy_knows_holidays(const PolicyHolidays *list,
								  const Zone *zone, TimestampTz from,
								  TimestampTz to);

#endif							/* POLICY_H */
