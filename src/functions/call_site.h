/*
 * call_site.h
 *	  The arguments of the SQL functions, and what a call site remembers of them.
 *
 * A function declares once which of its arguments is what (CallArgs).  What
 * does not change from call to call is looked up in the first one and kept
 * with the call site (fn_extra), for as long as that lives.  Code that every
 * call passes through is inline, so that the compiler makes a copy for each
 * function with the positions of its arguments built in.
 */
#ifndef CALL_SITE_H
#define CALL_SITE_H

#include "fmgr.h"
#include "funcapi.h"
#include "pgtime.h"
#include "utils/date.h"

#include "base/compat.h"
#include "policy/sla_clock.h"

/*
 * Positions of the arguments of a function, counted from 1; 0 where it has
 * none.  Those of an enum type are resolved with the call site.
 */
typedef struct CallArgs
{
	bool		reads_policy;
	int			opened_at;
	int			since;			/* from when the clock runs; 0: the opening */
	int			urgency;
	int			impact;
	int			priority;
	int			plan;
	int			time_zone;
	int			metric;
	int			paused;
	int			hours;
	int			holidays;
	int			calendar;
	int			target;			/* in place of the one in force */
	const char *const *result;	/* labels of the enum that it returns, or NULL */
	int			nresult;
} CallArgs;

/* Bytes of the value that an argument had last. */
typedef struct KeptBytes
{
	char	   *data;
	Size		len;
	Size		room;
} KeptBytes;

typedef struct CallSite
{
	PolicyPin	policy;			/* if the function reads policy */
	bool		warned;			/* about days beyond a holiday list */
	EnumValues	urgency;
	EnumValues	impact;
	EnumValues	priority;
	EnumValues	result;
	TypeCacheEntry *multirange;
	TupleDesc	row;			/* of a function that returns one */

	/* What is the same in every call is looked up once. */
	bool		plan_constant;
	bool		metric_constant;
	bool		zone_constant;
	int			metric;			/* -1: unknown */
	uint64		metric_map;		/* serial of the map that has metric; 0: none */
	uint64		plan_map;		/* serial of the map that has plan; 0: none */
	const SupportPlan *plan;	/* of the last call; NULL: unknown */
	uint64		zone_epoch;		/* timeline_epoch when zone was got; 0: never */
	Zone	   *zone;

	/* For settled_deadline.c: what the map with a serial number remembers. */
	uint64		settled_map;	/* 0: none */
	SettledTerms *settled;
	int			settled_plan;	/* in it, of the last call that was learnt; */
	int			settled_zone;	/* -1: not known */

	/* The last name that is no zone, because looking for one takes long. */
	int			unknown_len;	/* 0: none */
	char		unknown_zone[TZ_STRLEN_MAX];

	/* The time line of the hours and the zone of the last call, by value. */
	uint64		line_epoch;		/* timeline_epoch when line was got; 0: none */
	Timeline   *line;
	KeptBytes	line_hours;
	KeptBytes	line_zone;

	/* Instants that surely lie in a month, and its first day. */
	TimestampTz month_from;
	TimestampTz month_until;
	DateADT		month;
} CallSite;

/* Make what a call site remembers. */
extern CallSite *call_site_make(FunctionCallInfo fcinfo, const CallArgs *args);

/* Remember the bytes of a value, in a memory context. */
extern void keep_bytes(MemoryContext context, KeptBytes *kept,
					   const char *data, Size len);

static inline bool
same_bytes(const KeptBytes *kept, const char *data, Size len)
{
	return kept->len == len && memcmp(kept->data, data, len) == 0;
}

static inline CallSite *
call_site(FunctionCallInfo fcinfo, const CallArgs *args)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;

	return site != NULL ? site : call_site_make(fcinfo, args);
}

/* By position, as in CallArgs. */
static inline bool
arg_is_null(FunctionCallInfo fcinfo, int arg)
{
	return arg == 0 || PG_ARGISNULL(arg - 1);
}

static inline TimestampTz
instant_arg(FunctionCallInfo fcinfo, int arg)
{
	return PG_GETARG_TIMESTAMPTZ(arg - 1);
}

/* A text argument, not terminated; NULL if it is null or missing. */
static inline const char *
text_arg(FunctionCallInfo fcinfo, int arg, int *len)
{
	struct varlena *value;

	*len = 0;
	if (arg_is_null(fcinfo, arg))
		return NULL;
	value = (struct varlena *) PG_GETARG_POINTER(arg - 1);
	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		value = PG_DETOAST_DATUM_PACKED(PointerGetDatum(value));
	*len = VARSIZE_ANY_EXHDR(value);
	return VARDATA_ANY(value);
}

/* The plan in an argument, as policy_plan() finds it. */
static inline const SupportPlan *
plan_arg(FunctionCallInfo fcinfo, CallSite *site, int arg,
		 const PolicyMap *map, bool soft)
{
	const char *name;
	int			len;

	if (site->plan_constant && site->plan_map == policy_serial(map))
		return site->plan;
	name = text_arg(fcinfo, arg, &len);
	site->plan = policy_plan(map, name, len, soft);
	if (site->plan_constant)
		site->plan_map = policy_serial(map);
	return site->plan;
}

/* The metric in an argument, as policy_metric() finds it. */
static inline int
metric_arg(FunctionCallInfo fcinfo, CallSite *site, int arg,
		   const PolicyMap *map, bool soft)
{
	const char *name;
	int			len;
	int			metric;

	if (site->metric_constant && site->metric_map == policy_serial(map))
		return site->metric;
	name = text_arg(fcinfo, arg, &len);
	metric = policy_metric(map, name, len, soft);
	if (site->metric_constant)
	{
		site->metric = metric;
		site->metric_map = policy_serial(map);
	}
	return metric;
}

/*
 * The zone in an argument; zone gets NULL for null.  A name that is no zone is
 * an ERROR or, if soft, gives false.
 */
static inline bool
zone_arg(FunctionCallInfo fcinfo, CallSite *site, int arg, bool soft,
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
	if (soft && len == site->unknown_len &&
		memcmp(name, site->unknown_zone, len) == 0)
		return false;
	*zone = zone_lookup(name, len, soft);
	if (soft && *zone == NULL)
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

/*
 * The number of an enum's value.  An unknown value is an ERROR or, if soft,
 * -1.
 */
static inline int
enum_arg(FunctionCallInfo fcinfo, const EnumValues *values, int arg, bool soft)
{
	return soft ? enum_find(values, PG_GETARG_OID(arg - 1)) :
		enum_number(values, PG_GETARG_OID(arg - 1));
}

/*
 * Find the clock of the ticket in the arguments.  False if an argument that is
 * needed is null.  What the policy does not know is an ERROR or, if soft,
 * gives false too.  gap is that of SlaClock, and NULL if soft.
 */
static pg_attribute_always_inline bool
clock_of_args(FunctionCallInfo fcinfo, const CallArgs *args, CallSite *site,
			  bool soft, HolidayGap *gap, SlaClock *clock)
{
	PolicyMap  *map;
	SlaTerms	terms;
	const char *name;
	int			len;

	if (arg_is_null(fcinfo, args->opened_at) || arg_is_null(fcinfo, args->priority) ||
		arg_is_null(fcinfo, args->plan) || arg_is_null(fcinfo, args->metric) ||
		(args->since > 0 && arg_is_null(fcinfo, args->since)))
		return false;

	policy_begin_call();
	map = policy_current(&site->policy);
	terms.opened_at = instant_arg(fcinfo, args->opened_at);
	terms.plan = plan_arg(fcinfo, site, args->plan, map, soft);
	terms.metric = metric_arg(fcinfo, site, args->metric, map, soft);
	terms.priority = enum_arg(fcinfo, &site->priority, args->priority, soft);
	if (soft && (terms.plan == NULL || terms.metric < 0 || terms.priority < 0))
		return false;
	name = text_arg(fcinfo, args->calendar, &len);
	if (!zone_arg(fcinfo, site, args->time_zone, soft, &terms.zone))
		return false;
	terms.holidays = text_arg(fcinfo, args->holidays, &terms.holidays_len);
	terms.calendar = name == NULL ? NULL : policy_calendar(map, name, len, soft);
	if (name != NULL && terms.calendar == NULL)
		return false;
	if (likely(arg_is_null(fcinfo, args->target)))
	{
		if (!sla_clock_find(map, &terms, soft, clock))
			return false;
	}
	else if (!sla_clock_what_if(map, &terms, PG_GETARG_INTERVAL_P(args->target - 1),
								soft, clock))
		return false;

	if (args->since > 0)
		clock->since = instant_arg(fcinfo, args->since);
	clock->gap = gap;
	if (!arg_is_null(fcinfo, args->paused))
		sla_clock_pause(clock, PG_GETARG_MULTIRANGE_P(args->paused - 1),
						site->multirange);
	return true;
}

#endif							/* CALL_SITE_H */
