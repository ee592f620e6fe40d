/*
 * call_site.h
 *	  A ticket in the arguments of an SQL function, and the clock that it has.
 *
 * What comes in: a call, and which argument is what.  What goes out: the clock
 * (sla_clock.h).  A call site remembers what can be looked up once.  All that
 * every call passes through is here, so that the compiler makes of it one piece
 * for each function, in which the positions are known.
 */
#ifndef CALL_SITE_H
#define CALL_SITE_H

#include "fmgr.h"
#include "pgtime.h"

#include "base/compat.h"
#include "policy/sla_clock.h"

/* What a call site remembers; the first part of what a function keeps there. */
typedef struct TicketSite
{
	PolicyPin	policy;
	EnumValues	priority;
	EnumValues	metric;
	TypeCacheEntry *multirange;
	bool		warned;

	/* A plan or zone that is the same in every call is looked up once. */
	bool		plan_constant;
	bool		zone_constant;
	uint64		plan_map;		/* serial of the map that has plan; 0: none */
	const SupportPlan *plan;	/* NULL: unknown */
	uint64		zone_epoch;		/* timeline_epoch when zone was got; 0: never */
	Zone	   *zone;

	/* Looking for a zone that there is not takes long: the last such name. */
	int			unknown_len;	/* 0: none */
	char		unknown_zone[TZ_STRLEN_MAX];
} TicketSite;

/* Positions of the arguments of a function; -1 where it has none. */
typedef struct TicketArgs
{
	int			opened_at;
	int			since;			/* from when the clock runs; -1: the opening */
	int			priority;
	int			plan;
	int			time_zone;
	int			metric;
	int			paused;
	int			holidays;
	int			calendar;
} TicketArgs;

/* Whether an argument is written as a constant in the query. */
extern bool arg_is_constant(FunctionCallInfo fcinfo, int arg);

/* Make what a call site remembers, in so many bytes, for these arguments. */
extern TicketSite *ticket_site_make(FunctionCallInfo fcinfo,
									const TicketArgs *args, Size size);

static inline TicketSite *
ticket_site(FunctionCallInfo fcinfo, const TicketArgs *args, Size size)
{
	TicketSite *site = fcinfo->flinfo->fn_extra;

	return likely(site != NULL) ? site : ticket_site_make(fcinfo, args, size);
}

/* A text argument; NULL for null, or if there is none. */
static inline const char *
text_arg(FunctionCallInfo fcinfo, int arg, int *len)
{
	struct varlena *value;

	*len = 0;
	if (arg < 0 || PG_ARGISNULL(arg))
		return NULL;
	value = (struct varlena *) PG_GETARG_POINTER(arg);
	if (unlikely(VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value)))
		value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(value));
	*len = VARSIZE_ANY_EXHDR(value);
	return VARDATA_ANY(value);
}

/* The plan in an argument, as policy_plan() finds it. */
static inline const SupportPlan *
plan_arg(FunctionCallInfo fcinfo, TicketSite *site, int arg,
		 const PolicyMap *map, bool soft)
{
	const SupportPlan *plan;
	const char *name;
	int			len;

	if (site->plan_constant && site->plan_map == policy_serial(map))
		return site->plan;
	name = text_arg(fcinfo, arg, &len);
	plan = policy_plan(map, name, len, soft);
	if (site->plan_constant)
	{
		site->plan = plan;
		site->plan_map = policy_serial(map);
	}
	return plan;
}

/*
 * The zone in an argument; zone gets NULL for null.  What is no zone is an
 * ERROR, or false if soft.
 */
static inline bool
zone_arg(FunctionCallInfo fcinfo, TicketSite *site, int arg, bool soft,
		 Zone **zone)
{
	const char *name;
	int			len;

	if (site->zone_constant && site->zone_epoch == timeline_epoch)
	{
		*zone = site->zone;
		return true;
	}
	*zone = NULL;
	name = text_arg(fcinfo, arg, &len);
	if (name == NULL)
		return true;
	if (soft && unlikely(len == site->unknown_len) &&
		memcmp(name, site->unknown_zone, len) == 0)
		return false;
	*zone = zone_lookup(name, len, soft);
	if (soft && unlikely(*zone == NULL))
	{
		if (len <= TZ_STRLEN_MAX)
		{
			memcpy(site->unknown_zone, name, len);
			site->unknown_len = len;
		}
		return false;
	}
	if (site->zone_constant)
	{
		site->zone = *zone;
		site->zone_epoch = timeline_epoch;
	}
	return true;
}

/* The number of an enum's value; one that the policy lacks as the others are. */
static inline int
enum_arg(FunctionCallInfo fcinfo, const EnumValues *values, int arg, bool soft)
{
	return soft ? enum_find(values, PG_GETARG_OID(arg)) :
		enum_number(values, PG_GETARG_OID(arg));
}

/*
 * Find the clock of the ticket in the arguments.  False if an argument is null
 * without which nothing is known.  What the policy does not know is an ERROR,
 * or, if soft, false too.  gap, as SlaClock has it, is NULL if soft.
 */
static pg_attribute_always_inline bool
ticket_clock(FunctionCallInfo fcinfo, const TicketArgs *args, TicketSite *site,
			 bool soft, HolidayGap *gap, SlaClock *clock)
{
	PolicyMap  *map;
	SlaTerms	terms;
	const char *name;
	int			len;

	if (PG_ARGISNULL(args->opened_at) || PG_ARGISNULL(args->priority) ||
		PG_ARGISNULL(args->plan) || PG_ARGISNULL(args->metric) ||
		(args->since >= 0 && PG_ARGISNULL(args->since)))
		return false;

	timeline_begin_call();
	map = policy_current(&site->policy);
	terms.opened_at = PG_GETARG_TIMESTAMPTZ(args->opened_at);
	terms.plan = plan_arg(fcinfo, site, args->plan, map, soft);
	terms.metric = enum_arg(fcinfo, &site->metric, args->metric, soft);
	terms.priority = enum_arg(fcinfo, &site->priority, args->priority, soft);
	if (soft && unlikely(terms.plan == NULL || terms.metric < 0 || terms.priority < 0))
		return false;
	name = text_arg(fcinfo, args->calendar, &len);
	if (!zone_arg(fcinfo, site, args->time_zone, soft, &terms.zone))
		return false;
	terms.holidays = text_arg(fcinfo, args->holidays, &terms.holidays_len);
	terms.calendar = name == NULL ? NULL : policy_calendar(map, name, len);
	if (!sla_clock_find(map, &terms, soft, clock))
		return false;

	if (args->since >= 0)
		clock->since = PG_GETARG_TIMESTAMPTZ(args->since);
	clock->gap = gap;
	if (args->paused >= 0 && !PG_ARGISNULL(args->paused))
	{
		if (site->multirange == NULL)
			site->multirange = lookup_type_cache(declared_argtype(fcinfo, args->paused),
												 TYPECACHE_MULTIRANGE_INFO);
		sla_clock_pause(clock, PG_GETARG_MULTIRANGE_P(args->paused),
						site->multirange);
	}
	return true;
}

#endif							/* CALL_SITE_H */
