/*
 * settled_deadline.c
 *	  Deadlines of which all but the arithmetic is settled: the usual case, made
 *	  quick.  settled_deadline.h says what this relies on.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/settled_deadline.h"

/* A call site remembers so many plans and zones at first, and at most. */
#define FIRST_PLANS		8
#define MOST_PLANS		64
#define FIRST_ZONES		16
#define MOST_ZONES		512

#define LONGEST_NAME	32

#define PLACES			8

/* A name of up to LONGEST_NAME bytes, by name_words(). */
typedef struct KnownName
{
	uint64		words[4];
	int			len;
} KnownName;

/*
 * Names by number.  places is a hash table with linear probing: the number plus
 * one, or 0 for none.  It has PLACES for each name that there can be.
 */
typedef struct KnownNames
{
	int			n;
	int			room;
	uint32		mask;
	uint16	   *places;
	KnownName  *names;
} KnownNames;

/* How a deadline is found. */
typedef enum KnownWay
{
	WAY_PLAIN,					/* the opening plus the amount */
	WAY_HOURS,					/* on a time line */
	WAY_GENERAL					/* by the general way */
} KnownWay;

/*
 * The target of a plan for a priority: what tickets opened at from or later and
 * before until have.  All zero: not known.
 */
typedef struct KnownTarget
{
	TimestampTz from;
	TimestampTz until;
	TimestampTz safe_from;		/* holidays are known from here */
	TimestampTz due_until;		/* and for deadlines before it */
	int64		amount;			/* open time, microseconds */
	int			calendar;		/* index in the map */
	uint8		way;			/* KnownWay */
	bool		none;			/* no target: the answer is null */
} KnownTarget;

/* The time line of a calendar in a zone. */
typedef struct KnownLine
{
	Timeline   *line;			/* NULL: not known */
	int			zone;
	int			calendar;
} KnownLine;

/*
 * What a call site remembers, in one piece of memory.  The zone with number 0 is
 * the calendar's own, of a call without one.
 */
typedef struct SettledTerms
{
	uint64		map;			/* its serial number */
	uint64		epoch;			/* timeline_epoch */
	int			constant_plan;	/* -1: not known yet */
	int			constant_zone;
	KnownNames	plans;
	KnownNames	zones;
	KnownTarget *targets;		/* NUM_PRIORITIES for each plan */
	const SupportPlan **plan_of;	/* the plans themselves */
	int			metric;
	uint32		line_mask;
	KnownLine  *lines;			/* a hash table: what is met last stays */
} SettledTerms;

static Size
names_size(int room)
{
	return room * (sizeof(KnownName) + PLACES * sizeof(uint16));
}

static char *
names_init(KnownNames *names, int room, char *memory)
{
	names->n = 0;
	names->room = room;
	names->mask = PLACES * room - 1;
	names->names = (KnownName *) memory;
	names->places = (uint16 *) (memory + room * sizeof(KnownName));
	return memory + names_size(room);
}

/* Begin to remember, with room for so many. */
static SettledTerms *
begin_anew(FunctionCallInfo fcinfo, CallSite *site, const PolicyMap *map,
		   int plans, int zones)
{
	Size		size = sizeof(SettledTerms) + names_size(plans) + names_size(zones) +
		plans * (NUM_PRIORITIES * sizeof(KnownTarget) + sizeof(SupportPlan *)) +
		2 * zones * sizeof(KnownLine);
	SettledTerms *terms;
	char	   *memory;

	StaticAssertStmt(sizeof(SettledTerms) +
					 MOST_PLANS * (sizeof(KnownName) + PLACES * sizeof(uint16) +
								   NUM_PRIORITIES * sizeof(KnownTarget) +
								   sizeof(SupportPlan *)) +
					 MOST_ZONES * (sizeof(KnownName) + PLACES * sizeof(uint16) +
								   2 * sizeof(KnownLine)) <= 64 * 1024,
					 "a call site takes too much");
	if (site->settled != NULL)
		pfree(site->settled);
	site->settled = NULL;
	terms = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, size);
	memory = (char *) (terms + 1);
	terms->lines = (KnownLine *) memory;
	terms->line_mask = 2 * zones - 1;
	memory += 2 * zones * sizeof(KnownLine);
	terms->targets = (KnownTarget *) memory;
	memory += plans * NUM_PRIORITIES * sizeof(KnownTarget);
	terms->plan_of = (const SupportPlan **) memory;
	memory += plans * sizeof(SupportPlan *);
	memory = names_init(&terms->plans, plans, memory);
	(void) names_init(&terms->zones, zones, memory);
	terms->zones.n = 1;
	terms->constant_plan = -1;
	terms->constant_zone = -1;
	terms->map = policy_serial(map);
	terms->epoch = timeline_epoch;
	site->settled = terms;
	return terms;
}

/*
 * A name as words, in pieces that overlap.  Different names of one length give
 * different words.  Pieces are of four bytes for names shorter than split, which
 * is 8 to 16, and else of eight.  There is no other branch, because lengths cannot
 * be foretold.
 */
static inline KnownName
known_name(const char *name, int len, int split)
{
	KnownName	known = {{0, 0, 0, 0}, len};

	if (len < split)
	{
		ByteKey		key = {name, len};

		byte_key_words(key, &known.words[0], &known.words[1]);
	}
	else
	{
		int			step = len >> 4 << 3;

		memcpy(&known.words[0], name, 8);
		memcpy(&known.words[1], name + step, 8);
		memcpy(&known.words[2], name + len - 8 - step, 8);
		memcpy(&known.words[3], name + len - 8, 8);
	}
	return known;
}

static inline bool
same_name(const KnownName *a, const KnownName *b)
{
	return ((a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]) |
			(a->words[2] ^ b->words[2]) | (a->words[3] ^ b->words[3]) |
			(uint64) (a->len ^ b->len)) == 0;
}

static inline uint32
name_place(const KnownName *name)
{
	return (uint32) (((name->words[0] + 3 * name->words[1] + 5 * name->words[3] + name->len) *
					  BYTE_KEY_ODD) >> 32);
}

/* Number of a name, or -1 if it is not known. */
static pg_attribute_always_inline int
find_known(const KnownNames *names, const char *name, int len, int split)
{
	KnownName	sought = known_name(name, len, split);
	uint32		place;
	int			number;

	for (place = name_place(&sought) & names->mask;
		 (number = names->places[place]) != 0 &&
		 !same_name(&names->names[number - 1], &sought);
		 place = (place + 1) & names->mask)
		;
	return number - 1;
}

/* Remember a name; there must be room. */
static int
add_known(KnownNames *names, const char *name, int len, int split)
{
	KnownName	added = known_name(name, len, split);
	uint32		place = name_place(&added) & names->mask;

	while (names->places[place] != 0)
		place = (place + 1) & names->mask;
	names->names[names->n] = added;
	names->places[place] = ++names->n;
	return names->n - 1;
}

/* Plans have short names, and zones long ones. */
#define PLAN_SPLIT	16
#define ZONE_SPLIT	8

/* A text argument that can be a known name; NULL if it cannot. */
static inline const char *
name_arg(FunctionCallInfo fcinfo, int arg, int *len)
{
	const char *value = PG_GETARG_POINTER(arg - 1);

	if (likely(VARATT_IS_1B(value) && !VARATT_IS_1B_E(value)))
	{
		*len = VARSIZE_1B(value) - VARHDRSZ_SHORT;
		value = VARDATA_1B(value);
	}
	else if (VARATT_IS_4B_U(value))
	{
		*len = VARSIZE_4B(value) - VARHDRSZ;
		value = VARDATA_4B(value);
	}
	else
		return NULL;
	return likely(*len <= LONGEST_NAME) ? value : NULL;
}

static inline int
known_plan(FunctionCallInfo fcinfo, const CallSite *site, const SettledTerms *terms)
{
	const char *name;
	int			len;

	if (site->plan_constant)
		return terms->constant_plan;
	name = name_arg(fcinfo, deadline_args.plan, &len);
	return name == NULL ? -1 : find_known(&terms->plans, name, len, PLAN_SPLIT);
}

static inline int
known_zone(FunctionCallInfo fcinfo, const CallSite *site, const SettledTerms *terms)
{
	const char *name;
	int			len;

	if (site->zone_constant)
		return terms->constant_zone;
	if (arg_is_null(fcinfo, deadline_args.time_zone))
		return 0;
	name = name_arg(fcinfo, deadline_args.time_zone, &len);
	return name == NULL ? -1 : find_known(&terms->zones, name, len, ZONE_SPLIT);
}

static inline KnownLine *
line_place(const SettledTerms *terms, int zone, int calendar)
{
	return &terms->lines[(uint32) (zone + calendar * 211) & terms->line_mask];
}

typedef enum KnownAnswer
{
	ANSWERED,
	NOT_KNOWN,
	FOR_GENERAL_WAY
} KnownAnswer;

/* Set what a rule says that is in force from one instant on and before another. */
static void
take_rule(KnownTarget *target, const TargetRule *rule, TimestampTz from,
		  TimestampTz until, bool at_risk)
{
	target->none = rule == NULL || !rule->has_target;
	target->amount = target->none ? 0 :
		at_risk ? sla_at_risk_part(rule) : rule->target;
	target->from = Max(from, MIN_TIMESTAMP);
	/* The sum of an opening and the amount must be an instant. */
	target->until = Min(until, END_TIMESTAMP - Max(target->amount, 0));
}

/*
 * Find the target at an instant, for tickets in some zone.  False if that is
 * nothing to remember.
 */
static bool
learn_target(const PolicyMap *map, const SupportPlan *plan, int metric,
			 int priority, TimestampTz at, Zone *zone, bool at_risk,
			 KnownTarget *target)
{
	const TargetRule *rule;
	PolicyHolidays *list = NULL;
	Timeline   *line = NULL;
	TimestampTz from;
	TimestampTz until;

	target->from = target->until = 0;
	target->way = WAY_GENERAL;
	rule = policy_target_during(map, plan, metric, priority, at, true,
								&target->calendar, &from, &until);
	if (target->calendar == BROKEN_REFERENCE ||
		(rule != NULL && rule->days != NOT_DAYS))
		return false;
	take_rule(target, rule, from, until, at_risk);
	target->safe_from = MIN_TIMESTAMP;
	target->due_until = END_TIMESTAMP;
	if (target->calendar == NO_REFERENCE)
	{
		/* A target without hours is an error. */
		if (target->none)
			target->way = WAY_PLAIN;
		return true;
	}
	line = policy_timeline(map, policy_calendar_at(map, target->calendar), zone,
						   NULL, 0, false, true, &list);
	if (line == NULL)
		return false;
	if (list != NULL)
	{
		target->safe_from = list->safe_from;
		target->due_until = list->safe_until;
	}
	if (!line->always)
		target->way = WAY_HOURS;
	else if (list == NULL)
		target->way = WAY_PLAIN;
	return true;
}

/*
 * Find the target of another time, if it has the same calendar.  A history of
 * targets is looked through in any order, so this must be quick.
 */
static pg_noinline bool
same_calendar(const PolicyMap *map, const SettledTerms *terms, int plan,
			  int priority, TimestampTz at, bool at_risk, KnownTarget *target)
{
	const TargetRule *rule;
	TimestampTz from;
	TimestampTz until;
	int			calendar;

	if (target->until == target->from || TIMESTAMP_NOT_FINITE(at))
		return false;
	rule = policy_target_during(map, terms->plan_of[plan], terms->metric, priority,
								at, true, &calendar, &from, &until);
	if (calendar != target->calendar || calendar < 0 ||
		(rule != NULL && rule->days != NOT_DAYS))
		return false;
	take_rule(target, rule, from, until, at_risk);
	return at < target->until;
}

/* Answer from what is remembered. */
static KnownAnswer
known_answer(FunctionCallInfo fcinfo, const CallSite *site,
			 const PolicyMap *map, bool at_risk, TimestampTz *answer)
{
	const SettledTerms *terms = site->settled;
	TimestampTz opened_at = instant_arg(fcinfo, deadline_args.opened_at);
	KnownTarget *target;
	const KnownLine *known;
	int			plan;
	int			zone;
	int			priority;
	bool		never;

	if (terms == NULL || terms->map != policy_serial(map) ||
		terms->epoch != timeline_epoch)
		return NOT_KNOWN;
	priority = enum_arg(fcinfo, &site->priority, deadline_args.priority, true);
	plan = known_plan(fcinfo, site, terms);
	zone = known_zone(fcinfo, site, terms);
	if ((priority | plan | zone) < 0)
		return NOT_KNOWN;
	target = &terms->targets[plan * NUM_PRIORITIES + priority];
	if (unlikely(opened_at < target->from || opened_at >= target->until) &&
		!same_calendar(map, terms, plan, priority, opened_at, at_risk, target))
		return NOT_KNOWN;
	if (target->way == WAY_PLAIN)
	{
		fcinfo->isnull = target->none;
		*answer = opened_at + target->amount;
		return ANSWERED;
	}
	if (target->way == WAY_GENERAL || target->none || opened_at < target->safe_from)
		return FOR_GENERAL_WAY;
	known = line_place(terms, zone, target->calendar);
	if (known->line == NULL || known->zone != zone || known->calendar != target->calendar)
		return NOT_KNOWN;
	timeline_touch(known->line);
	if (unlikely(!timeline_add_near(known->line, opened_at, target->amount, answer)))
		*answer = timeline_add(known->line, opened_at, target->amount, &never);
	return *answer < target->due_until ? ANSWERED : FOR_GENERAL_WAY;
}

/* Number of a name, which is remembered if there is room; else -1. */
static int
number_of(KnownNames *names, const char *name, int len, int split)
{
	int			number = find_known(names, name, len, split);

	if (number < 0 && names->n < names->room)
		number = add_known(names, name, len, split);
	return number;
}

/*
 * Look up what a call needs, and remember it.  False if there is no room, or it
 * is not settled.
 */
static pg_noinline bool
learn(FunctionCallInfo fcinfo, CallSite *site, const PolicyMap *map, bool at_risk)
{
	SettledTerms *terms = site->settled;
	TimestampTz opened_at = instant_arg(fcinfo, deadline_args.opened_at);
	const SupportPlan *plan;
	PolicyHolidays *list;
	Zone	   *zone = NULL;
	KnownTarget *target;
	KnownLine  *known;
	const char *plan_name;
	const char *zone_name = NULL;
	int			plan_len;
	int			zone_len = 0;
	int			plan_number;
	int			zone_number;
	int			metric;
	int			priority;

	/* What may be an error is left to the general way. */
	plan_name = name_arg(fcinfo, deadline_args.plan, &plan_len);
	if (plan_name == NULL || TIMESTAMP_NOT_FINITE(opened_at))
		return false;
	if (!arg_is_null(fcinfo, deadline_args.time_zone))
	{
		zone_name = name_arg(fcinfo, deadline_args.time_zone, &zone_len);
		if (zone_name == NULL)
			return false;
	}
	plan = plan_arg(fcinfo, site, deadline_args.plan, map, true);
	metric = metric_arg(fcinfo, site, deadline_args.metric, map, true);
	priority = enum_arg(fcinfo, &site->priority, deadline_args.priority, true);
	if (plan == NULL || metric < 0 || priority < 0 ||
		!zone_arg(fcinfo, site, deadline_args.time_zone, true, &zone))
		return false;

	if (terms == NULL || terms->map != policy_serial(map) ||
		terms->epoch != timeline_epoch)
		terms = begin_anew(fcinfo, site, map, FIRST_PLANS, FIRST_ZONES);
	for (;;)
	{
		int			plans = terms->plans.room;
		int			zones = terms->zones.room;

		plan_number = number_of(&terms->plans, plan_name, plan_len, PLAN_SPLIT);
		zone_number = zone_name == NULL ? 0 :
			number_of(&terms->zones, zone_name, zone_len, ZONE_SPLIT);
		if (plan_number >= 0 && zone_number >= 0)
			break;
		if (plan_number < 0)
			plans *= 2;
		if (zone_number < 0)
			zones *= 2;
		if (plans > MOST_PLANS || zones > MOST_ZONES)
			return false;
		terms = begin_anew(fcinfo, site, map, plans, zones);
	}
	if (site->plan_constant)
		terms->constant_plan = plan_number;
	if (site->zone_constant)
		terms->constant_zone = zone_number;

	target = &terms->targets[plan_number * NUM_PRIORITIES + priority];
	terms->plan_of[plan_number] = plan;
	terms->metric = metric;
	if ((opened_at < target->from || opened_at >= target->until) &&
		!learn_target(map, plan, metric, priority, opened_at, zone, at_risk, target))
		return false;
	if (target->way != WAY_HOURS)
		return true;
	known = line_place(terms, zone_number, target->calendar);
	known->line = policy_timeline(map, policy_calendar_at(map, target->calendar),
								  zone, NULL, 0, false, true, &list);
	known->zone = zone_number;
	known->calendar = target->calendar;
	return true;
}

/* Whether a null, or an argument that is not null, is for the general way. */
static inline bool
unusual_arguments(FunctionCallInfo fcinfo)
{
	return arg_is_null(fcinfo, deadline_args.opened_at) |
		arg_is_null(fcinfo, deadline_args.priority) |
		arg_is_null(fcinfo, deadline_args.plan) |
		!arg_is_null(fcinfo, deadline_args.paused) |
		!arg_is_null(fcinfo, deadline_args.holidays) |
		!arg_is_null(fcinfo, deadline_args.calendar) |
		!arg_is_null(fcinfo, deadline_args.target);
}

bool
settled_deadline(FunctionCallInfo fcinfo, bool at_risk, TimestampTz *answer)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	const PolicyMap *map;
	KnownAnswer known;

	/* The first call is not worth remembering: there may be no other. */
	if (site == NULL || !site->metric_constant || unusual_arguments(fcinfo) ||
		arg_is_null(fcinfo, deadline_args.metric))
		return false;
	timeline_begin_call();
	map = policy_current(&site->policy);
	known = known_answer(fcinfo, site, map, at_risk, answer);
	if (unlikely(known == NOT_KNOWN) && learn(fcinfo, site, map, at_risk))
		known = known_answer(fcinfo, site, map, at_risk, answer);
	return known == ANSWERED;
}
