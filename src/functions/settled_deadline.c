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
#include "functions/target_history.h"

/* So many plans and zones are remembered at first, and at most. */
#define FIRST_PLANS		8
#define MOST_PLANS		32768
#define FIRST_ZONES		16
#define MOST_ZONES		512

#define LONGEST_NAME	32

/* With more plans than these, what a call reads is not in the processor's caches. */
#define CROWD			512

/* A target is given a history when calls have met so many changes of its version. */
#define MANY_CHANGES	200

/* A name of up to LONGEST_NAME bytes, by known_name(). */
typedef struct KnownName
{
	uint64		a;
	uint64		b;
	uint64		c;
	uint64		d;
	int			len;
} KnownName;

/*
 * Things with names, by number.  places is a hash table with linear probing: the
 * number plus one, or 0 for none.
 */
typedef struct KnownNames
{
	int			n;
	int			room;
	uint32		mask;
	uint16	   *places;
	char	   *things;			/* KnownPlans, or KnownNames of zones; begin with a
								 * cache line */
	struct PlanRest *rests;		/* of plans */
	void	   *memory;			/* in which all is */
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
 * before until have.  All zero: not known.  With a history, these two mean nothing,
 * and the rest holds for all versions.
 */
typedef struct KnownTarget
{
	TimestampTz from;
	TimestampTz until;
	union
	{
		int64		amount;		/* open time, microseconds */
		const TargetHistory *history;
	}			is;
	int			calendar;		/* index in the map */
	uint8		way;			/* KnownWay */
	bool		none;			/* no target: the answer is null */
	bool		has_history;
	uint8		changes;		/* of version that calls have met */
} KnownTarget;

/* The time line of a calendar in a zone: what look-ups read of it. */
typedef struct KnownLine
{
	int			calendar;
	uint16		zone;
	uint16		name_len;		/* of the plan that it is in */
	uint64		state;			/* the view is valid while cache_state() is this */
	LineView	view;			/* of the time for which holidays are known */
} KnownLine;

/* What its view was copied from. */
typedef struct LineOrigin
{
	Timeline   *line;
	uint64		epoch;			/* valid while timeline_epoch is this */
	TimestampTz safe_from;		/* holidays are known from here */
	TimestampTz due_until;		/* and for deadlines before it */
} LineOrigin;

typedef struct ZoneLine
{
	KnownLine	known;
	LineOrigin	origin;
} ZoneLine;

/*
 * A plan, with a time line that one of its targets had.  If thousands of plans are
 * used in turn, a call waits for each cache line, because it has been in no cache for
 * a while.  So what every call reads is in one, and a target in another.  (With the
 * whole name in front, in three lines, a deadline takes 7 % more then.)
 */
typedef struct KnownPlan
{
	uint64		a;				/* of the name */
	uint64		b;
	KnownLine	last;
	KnownTarget targets[NUM_PRIORITIES];	/* begin with a cache line */
} KnownPlan;

/*
 * What few calls read of a plan.  It is apart from the plans, so that they lie in fewer
 * pages: a page too is found slowly if thousands are used in turn.
 */
typedef struct PlanRest
{
	LineOrigin	origin;			/* of last */
	uint64		c;				/* of a name that is that long */
	uint64		d;
	const SupportPlan *plan;
} PlanRest;

/*
 * What is remembered for a function and a metric.  It stays where it is, but its
 * tables grow.  The zone with number 0 is the calendar's own, of a call without
 * one.
 */
struct SettledTerms
{
	SettledTerms *next;			/* of the same map */
	int			metric;
	bool		at_risk;
	KnownNames	plans;
	KnownNames	zones;
	uint32		line_mask;
	ZoneLine   *lines;			/* a hash table: what is met last stays */
};

/* Plans have short names, and zones long ones. */
#define PLAN_SPLIT		16
#define ZONE_SPLIT		8

/*
 * A name as words, in pieces that overlap.  Different names of one length give
 * different words.  Pieces are of four bytes for names shorter than split, which
 * is 8 to 16, and else of eight.  There is no other branch, because lengths cannot
 * be foretold.
 */
static inline KnownName
known_name(const char *name, int len, bool of_plan)
{
	KnownName	known;

	known.len = len;
	if (len < (of_plan ? PLAN_SPLIT : ZONE_SPLIT))
	{
		ByteKey		key = {name, len};

		byte_key_words(key, &known.a, &known.b);
		known.c = 0;
		known.d = 0;
	}
	else
	{
		int			step = len >> 4 << 3;

		memcpy(&known.a, name, 8);
		memcpy(&known.b, name + step, 8);
		memcpy(&known.c, name + len - 8 - step, 8);
		memcpy(&known.d, name + len - 8, 8);
	}
	return known;
}

static inline bool
has_name(const KnownNames *names, int number, const KnownName *name, bool of_plan)
{
	if (of_plan)
	{
		const KnownPlan *plan = (const KnownPlan *) names->things + number;
		const PlanRest *rest = &names->rests[number];

		return ((plan->a ^ name->a) | (plan->b ^ name->b) |
				(uint64) (plan->last.name_len ^ name->len)) == 0 &&
			(name->len < PLAN_SPLIT || (rest->c == name->c && rest->d == name->d));
	}
	else
	{
		const KnownName *zone = (const KnownName *) names->things + number;

		return ((zone->a ^ name->a) | (zone->b ^ name->b) | (zone->c ^ name->c) |
				(zone->d ^ name->d) | (uint64) (zone->len ^ name->len)) == 0;
	}
}

static inline uint32
name_place(const KnownName *name)
{
	return (uint32) (((name->a + 3 * name->b + 5 * name->d + name->len) * BYTE_KEY_ODD) >> 32);
}

/* Number of a name, or -1 if it is not known. */
static inline int
find_known(const KnownNames *names, const KnownName *sought, bool of_plan)
{
	uint32		place = name_place(sought) & names->mask;
	Size		number;

	while ((number = names->places[place]) != 0 &&
		   !has_name(names, (int) number - 1, sought, of_plan))
		place = (place + 1) & names->mask;
	return (int) number - 1;
}

static void
add_place(const KnownNames *names, const KnownName *name, int number)
{
	uint32		place = name_place(name) & names->mask;

	while (names->places[place] != 0)
		place = (place + 1) & names->mask;
	names->places[place] = number + 1;
}

/* Remember a name; there must be room. */
static int
add_known(KnownNames *names, const KnownName *added, bool of_plan)
{
	int			number = names->n++;

	if (of_plan)
	{
		KnownPlan  *plan = (KnownPlan *) names->things + number;

		plan->a = added->a;
		plan->b = added->b;
		plan->last.name_len = added->len;
		names->rests[number].c = added->c;
		names->rests[number].d = added->d;
	}
	else
		((KnownName *) names->things)[number] = *added;
	add_place(names, added, number);
	return number;
}

/* The name of a thing. */
static KnownName
name_of(const KnownNames *names, int number, bool of_plan)
{
	const KnownPlan *plan = (const KnownPlan *) names->things + number;
	KnownName	name;

	if (!of_plan)
		return ((const KnownName *) names->things)[number];
	name.a = plan->a;
	name.b = plan->b;
	name.c = names->rests[number].c;
	name.d = names->rests[number].d;
	name.len = plan->last.name_len;
	return name;
}

/* Make room for names, which keep their numbers. */
static void
grow_names(const PolicyMap *map, KnownNames *names, bool of_plan, int room)
{
	/* few names in one place, or else little to read */
	int			places = room * (room > CROWD ? 2 : 8);
	Size		size = of_plan ? sizeof(KnownPlan) : sizeof(KnownName);
	Size		rest = of_plan ? sizeof(PlanRest) : 0;
	KnownNames	grown = *names;

	grown.memory = policy_memory(map, CACHE_LINE + room * (size + rest) + places * sizeof(uint16));
	grown.things = (char *) TYPEALIGN(CACHE_LINE, grown.memory);
	grown.rests = (PlanRest *) (grown.things + room * size);
	grown.places = (uint16 *) ((char *) grown.rests + room * rest);
	grown.mask = places - 1;
	grown.room = room;
	if (names->memory != NULL)
	{
		memcpy(grown.things, names->things, names->n * size);
		memcpy(grown.rests, names->rests, names->n * rest);
		pfree(names->memory);
	}
	*names = grown;
	for (int i = 0; i < names->n; i++)
	{
		KnownName	name = name_of(names, i, of_plan);

		add_place(names, &name, i);
	}
}

/* Make room for plans and zones.  Time lines may be forgotten. */
static void
make_room(const PolicyMap *map, SettledTerms *terms, int plans, int zones)
{
	int			room = 2 * Max(plans, zones);
	ZoneLine   *lines;

	/* With pointers of four bytes it takes less room, in no particular places. */
	StaticAssertStmt(sizeof(void *) != 8 ||
					 (offsetof(KnownPlan, targets) == CACHE_LINE &&
					  2 * sizeof(KnownTarget) == CACHE_LINE &&
					  sizeof(KnownPlan) % CACHE_LINE == 0),
					 "what is known of a plan is laid out by cache lines");
	if (plans > terms->plans.room)
		grow_names(map, &terms->plans, true, plans);
	if (zones > terms->zones.room)
		grow_names(map, &terms->zones, false, zones);
	if (terms->lines != NULL && room <= (int) terms->line_mask + 1)
		return;
	lines = policy_memory(map, room * sizeof(ZoneLine));
	if (terms->lines != NULL)
		pfree(terms->lines);
	terms->lines = lines;
	terms->line_mask = room - 1;
}

/* Let a call site have what is remembered for it with a map. */
static void
settle_site(CallSite *site, const PolicyMap *map, int metric, bool at_risk)
{
	SettledTerms **all = policy_settled(map);
	SettledTerms *terms = *all;

	while (terms != NULL && (terms->metric != metric || terms->at_risk != at_risk))
		terms = terms->next;
	if (terms == NULL)
	{
		terms = policy_memory(map, sizeof(SettledTerms));
		terms->metric = metric;
		terms->at_risk = at_risk;
		make_room(map, terms, FIRST_PLANS, FIRST_ZONES);
		terms->zones.n = 1;
		terms->next = *all;
		*all = terms;
	}
	site->settled = terms;
	site->settled_map = policy_serial(map);
	site->settled_plan = -1;
	site->settled_zone = -1;
}

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

/* Number of the name in an argument, or -1 if it is not known. */
static inline int
known_arg(FunctionCallInfo fcinfo, int arg, const KnownNames *names, bool of_plan)
{
	int			len;
	const char *name = name_arg(fcinfo, arg, &len);
	KnownName	known;

	if (name == NULL)
		return -1;
	known = known_name(name, len, of_plan);
	return find_known(names, &known, of_plan);
}

static inline ZoneLine *
line_place(const SettledTerms *terms, int zone, int calendar)
{
	return &terms->lines[(uint32) (zone + calendar * 211) & terms->line_mask];
}

static inline KnownPlan *
known_plan_at(const SettledTerms *terms, int plan)
{
	return (KnownPlan *) terms->plans.things + plan;
}

/* Whether it is that of a calendar in a zone. */
static inline bool
is_line(const KnownLine *known, int zone, int calendar)
{
	return known->zone == zone && known->calendar == calendar;
}

/*
 * Copy what look-ups read of a time line, but only of the time in which nothing else
 * matters.  False if it is gone.
 */
static pg_noinline bool
view_line(KnownLine *known, const LineOrigin *origin)
{
	int32		micros;
	int64		from;
	int64		until;

	if (origin->epoch != timeline_epoch)
		return false;
	timeline_touch(origin->line);
	known->view = origin->line->view;
	known->state = cache_state();
	from = Max(split_timestamp(origin->safe_from, &micros) + 1, known->view.from);
	until = Min(split_timestamp(origin->due_until, &micros) - 1,
				(int64) known->view.from + known->view.span);
	known->view.from = (uint32) from;
	known->view.span = (uint32) Max(until - from, 0);
	return true;
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
	target->is.amount = target->none ? 0 :
		at_risk ? sla_at_risk_part(rule) : rule->target;
	target->from = Max(from, MIN_TIMESTAMP);
	/* The sum of an opening and the amount must be an instant. */
	target->until = Min(until, END_TIMESTAMP - Max(target->is.amount, 0));
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
	PolicyHolidays *list;
	Timeline   *line;
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
	{
		/* there may be one in another zone */
		target->from = target->until = 0;
		return false;
	}
	if (!line->always)
		target->way = WAY_HOURS;
	else if (list == NULL)
		target->way = WAY_PLAIN;
	return true;
}

/*
 * Find the target of another time, if it has the same calendar.  If that happens
 * often, its history is made.
 */
static pg_noinline bool
find_version(const PolicyMap *map, const SettledTerms *terms,
			 const SupportPlan *plan, int priority, TimestampTz at, KnownTarget *target)
{
	const TargetRule *rule;
	TimestampTz from;
	TimestampTz until;
	int			calendar;

	if (target->until == target->from || TIMESTAMP_NOT_FINITE(at))
		return false;
	rule = policy_target_during(map, plan, terms->metric, priority,
								at, true, &calendar, &from, &until);
	if (calendar != target->calendar || calendar < 0 ||
		(rule != NULL && rule->days != NOT_DAYS))
		return false;
	take_rule(target, rule, from, until, terms->at_risk);
	if (++target->changes < MANY_CHANGES)
		return at < target->until;
	target->is.history = target_history_make(map, plan, terms->metric, priority,
											 calendar, terms->at_risk);
	target->has_history = true;
	target->none = false;
	return false;
}

/*
 * timeline_add(), where it does not matter why there is no instant.  Many builds
 * guard a function against overflows of the stack if it has an array or hands on the
 * address of a variable.  The answer must do without: that alone cost 5 %.
 */
static pg_noinline TimestampTz
add_far(Timeline *line, TimestampTz at, int64 amount)
{
	bool		never;

	return timeline_add(line, at, amount, &never);
}

/* Answer from what is remembered. */
static inline KnownAnswer
known_answer(FunctionCallInfo fcinfo, const CallSite *site,
			 const PolicyMap *map, TimestampTz *answer)
{
	const SettledTerms *terms = site->settled;
	TimestampTz opened_at = instant_arg(fcinfo, deadline_args.opened_at);
	KnownPlan  *known;
	KnownTarget *target;
	KnownLine  *line;
	LineOrigin *origin;
	int			plan;
	int			zone;
	int			priority;
	int64		amount;

	if (site->settled_map != site->policy.serial)
		return NOT_KNOWN;
	priority = enum_arg(fcinfo, &site->priority, deadline_args.priority, true);
	plan = site->plan_constant ? site->settled_plan :
		known_arg(fcinfo, deadline_args.plan, &terms->plans, true);
	zone = site->zone_constant ? site->settled_zone :
		arg_is_null(fcinfo, deadline_args.time_zone) ? 0 :
		known_arg(fcinfo, deadline_args.time_zone, &terms->zones, false);
	if ((priority | plan | zone) < 0)
		return NOT_KNOWN;
	known = known_plan_at(terms, plan);
	target = &known->targets[priority];
	if (target->has_history)
	{
		amount = target_history_amount(target->is.history, opened_at);
		if (amount < 0)
			return FOR_GENERAL_WAY;
	}
	else
	{
		if (unlikely(opened_at < target->from || opened_at >= target->until) &&
			!find_version(map, terms, terms->plans.rests[plan].plan, priority, opened_at, target))
			return NOT_KNOWN;
		amount = target->is.amount;
	}
	if (target->way == WAY_PLAIN)
	{
		fcinfo->isnull = target->none;
		*answer = opened_at + amount;
		return ANSWERED;
	}
	if (target->way == WAY_GENERAL || target->none)
		return FOR_GENERAL_WAY;
	line = &known->last;
	origin = &terms->plans.rests[plan].origin;
	if (!is_line(line, zone, target->calendar))
	{
		ZoneLine   *of_zone = line_place(terms, zone, target->calendar);

		line = &of_zone->known;
		origin = &of_zone->origin;
		if (!is_line(line, zone, target->calendar))
			return NOT_KNOWN;
	}
	if (unlikely(line->state != cache_state()) && !view_line(line, origin))
		return NOT_KNOWN;
	if (terms->plans.n > CROWD)
		line_prefetch(&line->view, opened_at);
	if (likely(timeline_add_near(&line->view, opened_at, amount, answer)))
		return ANSWERED;
	if (opened_at < origin->safe_from)
		return FOR_GENERAL_WAY;
	*answer = add_far(origin->line, opened_at, amount);
	return *answer < origin->due_until ? ANSWERED : FOR_GENERAL_WAY;
}

/* Remember the time line of a target of a plan in a zone. */
static void
learn_line(const PolicyMap *map, const SettledTerms *terms, int plan_number,
		   int calendar, int zone_number, Zone *zone)
{
	KnownPlan  *plan = known_plan_at(terms, plan_number);
	ZoneLine   *known = line_place(terms, zone_number, calendar);
	LineOrigin *origin = &known->origin;
	PolicyHolidays *list;

	known->known.zone = zone_number;
	known->known.calendar = calendar;
	known->known.name_len = plan->last.name_len;
	known->known.state = 0;
	origin->epoch = 0;
	origin->line = policy_timeline(map, policy_calendar_at(map, calendar),
								   zone, NULL, 0, false, true, &list);
	if (origin->line == NULL)
		return;
	origin->epoch = timeline_epoch;
	origin->safe_from = list == NULL ? MIN_TIMESTAMP : list->safe_from;
	origin->due_until = list == NULL ? END_TIMESTAMP : list->safe_until;
	(void) view_line(&known->known, origin);
	plan->last = known->known;
	terms->plans.rests[plan_number].origin = *origin;
}

/* Look up what a call needs, and remember it if it is settled and there is room. */
static pg_noinline void
learn(FunctionCallInfo fcinfo, CallSite *site, const PolicyMap *map, bool at_risk)
{
	SettledTerms *terms;
	TimestampTz opened_at = instant_arg(fcinfo, deadline_args.opened_at);
	const SupportPlan *plan;
	Zone	   *zone = NULL;
	KnownPlan  *known;
	KnownTarget *target;
	KnownName	plan_name;
	KnownName	zone_name;
	const char *name;
	int			len;
	int			plan_number;
	int			zone_number = 0;
	int			metric;
	int			priority;

	/* What may be an error is left to the general way. */
	name = name_arg(fcinfo, deadline_args.plan, &len);
	if (name == NULL || TIMESTAMP_NOT_FINITE(opened_at))
		return;
	plan_name = known_name(name, len, true);
	if (!arg_is_null(fcinfo, deadline_args.time_zone))
	{
		name = name_arg(fcinfo, deadline_args.time_zone, &len);
		if (name == NULL)
			return;
		zone_name = known_name(name, len, false);
	}
	plan = plan_arg(fcinfo, site, deadline_args.plan, map, true);
	metric = metric_arg(fcinfo, site, deadline_args.metric, map, true);
	priority = enum_arg(fcinfo, &site->priority, deadline_args.priority, true);
	if (plan == NULL || metric < 0 || priority < 0 ||
		!zone_arg(fcinfo, site, deadline_args.time_zone, true, &zone))
		return;

	if (site->settled_map != policy_serial(map))
		settle_site(site, map, metric, at_risk);
	terms = site->settled;
	plan_number = find_known(&terms->plans, &plan_name, true);
	if (plan_number < 0)
	{
		if (terms->plans.n == MOST_PLANS)
			return;
		if (terms->plans.n == terms->plans.room)
			make_room(map, terms, 2 * terms->plans.room, terms->zones.room);
		plan_number = add_known(&terms->plans, &plan_name, true);
	}
	if (zone != NULL)
		zone_number = find_known(&terms->zones, &zone_name, false);
	if (zone_number < 0)
	{
		if (terms->zones.n == MOST_ZONES)
			return;
		if (terms->zones.n == terms->zones.room)
			make_room(map, terms, terms->plans.room, 2 * terms->zones.room);
		zone_number = add_known(&terms->zones, &zone_name, false);
	}
	site->settled_plan = plan_number;
	site->settled_zone = zone_number;

	known = known_plan_at(terms, plan_number);
	terms->plans.rests[plan_number].plan = plan;
	target = &known->targets[priority];
	if (!target->has_history &&
		(opened_at < target->from || opened_at >= target->until) &&
		!learn_target(map, plan, metric, priority, opened_at, zone, at_risk, target))
		return;
	if (target->way == WAY_HOURS)
		learn_line(map, terms, plan_number, target->calendar, zone_number, zone);
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

Datum
settled_deadline(FunctionCallInfo fcinfo, bool at_risk)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	const PolicyMap *map;
	TimestampTz answer;

	/* The first call is not worth remembering: there may be no other. */
	if (site == NULL || !site->metric_constant || unusual_arguments(fcinfo) ||
		arg_is_null(fcinfo, deadline_args.metric))
		return general_deadline(fcinfo, at_risk);
	timeline_begin_call();
	map = policy_current(&site->policy);
	switch (known_answer(fcinfo, site, map, &answer))
	{
		case ANSWERED:
			return TimestampTzGetDatum(answer);
		case NOT_KNOWN:
			learn(fcinfo, site, map, at_risk);
			break;
		case FOR_GENERAL_WAY:
			break;
	}
	return general_deadline(fcinfo, at_risk);
}
