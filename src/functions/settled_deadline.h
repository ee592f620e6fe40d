/*
 * settled_deadline.h
 *	  Deadlines of which all but the arithmetic is settled: the usual case, made
 *	  quick.
 *
 * What names in the arguments led to is remembered with the map of the policy: a
 * plan to its targets, a zone and a calendar to a time line.  If that answers a
 * call, nothing is looked up.  All call sites of a function and a metric share it.
 * It never answers differently from the general way (sla.c), which knows the rules:
 * what is remembered was found by the same functions, and is
 * used only where nothing else can matter.  It relies on this:
 *
 * - What a name means depends on the policy's map alone, and what is remembered
 *	 goes with that.  The query's snapshot is asked for its map in every call.  A
 *	 call site knows by the map's serial number whether it was the map of its last
 *	 call.
 * - A target is kept with the time for which policy_target_during() says that it
 *	 is in force.  If calls meet many versions of it, all are kept, each with its
 *	 time (target_history.h).
 * - A time line is valid while timeline_epoch is the same, and a copy of what
 *	 look-ups read of it while cache_state() is (time_cache.h, timeline.h).
 * - Instants within a list's safe range leave no question about its holidays.
 *
 * Anything else is left to the general way: a null among the first arguments;
 * pauses, a list, a calendar or a target given with the call; a metric that is
 * not a constant; infinite instants, what is not known, and what is an error.
 */
#ifndef SETTLED_DEADLINE_H
#define SETTLED_DEADLINE_H

#include "functions/call_site.h"

/* The arguments of the functions that are answered. */
static const CallArgs deadline_args = {
	.reads_policy = true, .opened_at = 1, .priority = 2, .plan = 3, .time_zone = 4,
	.metric = 5, .paused = 6, .holidays = 7, .calendar = 8, .target = 9
};

/*
 * Answer a call of sla_deadline() or, if at_risk, of sla_at_risk().  A call site is
 * always the same function's.
 */
extern Datum settled_deadline(FunctionCallInfo fcinfo, bool at_risk);

/* The same by the general way; in sla.c. */
extern Datum general_deadline(FunctionCallInfo fcinfo, bool at_risk);

#endif							/* SETTLED_DEADLINE_H */
