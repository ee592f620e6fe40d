/*
 * target_history.h
 *	  All versions of a target, made so that the one at an instant is found at once;
 *	  for settled_deadline.c.
 *
 * What a version says was found by policy_target_during(), which knows the rules.
 * Some are left to the general way: no target, one in business days, one on another
 * calendar, and the far future, where the sum of an instant and the amount might be
 * none.
 */
#ifndef TARGET_HISTORY_H
#define TARGET_HISTORY_H

#include "policy/policy.h"

/* What counts for tickets opened at an instant or later, until the next version. */
typedef struct TargetVersion
{
	TimestampTz from;
	int64		amount;			/* open time, microseconds; -1: not told */
} TargetVersion;

/*
 * The versions are in the order of time.  The first begins at -infinity, and the
 * last never ends; of neither the amount is told.
 *
 * The time from first on is divided into buckets of 2 ^ shift microseconds; the last
 * one has no end.  place[b + 1] is the version in force when bucket b begins, and
 * place[0] is that at -infinity.  From there the version at an instant is found in
 * steps, first of so many versions, then of half as many, until a step is of one.
 * So one cache line or two are read if the versions are evenly spread, and never
 * more than a binary search would read.
 */
typedef struct TargetHistory
{
	TimestampTz first;
	int			shift;
	uint32		last_bucket;
	uint32		first_step;
	uint32		last_version;
	const uint32 *place;
	TargetVersion versions[FLEXIBLE_ARRAY_MEMBER];
} TargetHistory;

/* Make the history of a target on a calendar, in the memory of the map. */
extern const TargetHistory *target_history_make(const PolicyMap *map,
												const SupportPlan *plan,
												int metric, int priority,
												int calendar, bool at_risk);

/* The amount at any instant; -1: not told. */
static inline int64
target_history_amount(const TargetHistory *history, TimestampTz at)
{
	uint64		since = (uint64) at - (uint64) history->first;
	uint64		bucket = Min(since >> history->shift, history->last_bucket);
	uint32		found = history->place[at < history->first ? 0 : bucket + 1];
	uint32		step;

	/* Which way a step goes cannot be foretold, so there is no branch. */
	for (step = history->first_step; step > 0; step /= 2)
	{
		uint32		next = Min(found + step, history->last_version);

		found += (next - found) * (history->versions[next].from <= at);
	}
	return history->versions[found].amount;
}

#endif							/* TARGET_HISTORY_H */
