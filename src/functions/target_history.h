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

/* Of the far future no amount is told, and none is longer: their sum is an instant. */
#define FAR_FUTURE	(END_TIMESTAMP / 2)

#define BUCKET_VERSIONS	15

/*
 * The versions that begin in a time, in one cache line.  begin[i] is where, in parts of
 * 2 ^ -16 of that time; PG_UINT16_MAX behind the last one.  If there are more versions,
 * all of begin[] is 0.  amount[0] is what is in force when the time begins, and
 * amount[i + 1] what begins at begin[i], by number.
 */
typedef struct VersionBucket
{
	uint16		begin[BUCKET_VERSIONS + 1];
	uint16		amount[BUCKET_VERSIONS + 1];
} VersionBucket;

/*
 * Most of the time to find a version goes by with waiting for memory.  So time is
 * divided into buckets, of which each has all that is asked for.  Bucket b begins
 * b << shift microseconds after first.  No version begins in the first bucket, which
 * stands for all time before too, nor in the last, which stands for all after.
 *
 * Where a bucket does not decide, the instants do, by a binary search: if it is
 * crowded, or a version begins in the same part of it.
 */
typedef struct TargetHistory
{
	TimestampTz first;
	int			shift;			/* at least 16 */
	uint32		last_bucket;
	const VersionBucket *buckets;
	const int64 *amounts;		/* open time, microseconds; -1: not told */
	uint32		nversions;
	const TimestampTz *from;	/* when each version begins */
	const uint16 *amount;		/* of each, by number */
} TargetHistory;

/* Make the history of a target on a calendar, in the memory of the map. */
extern const TargetHistory *target_history_make(const PolicyMap *map,
												const SupportPlan *plan,
												int metric, int priority,
												int calendar, bool at_risk);

/* The same as target_history_amount(), by the instants. */
extern int64 target_history_search(const TargetHistory *history, TimestampTz at);

/* The amount at any instant; -1: not told. */
static inline int64
target_history_amount(const TargetHistory *history, TimestampTz at)
{
	/* Which way a comparison goes cannot be foretold, so there is no branch. */
	uint64		since = at < history->first ? 0 : (uint64) at - (uint64) history->first;
	uint64		place = Min(since, (uint64) history->last_bucket << history->shift);
	const VersionBucket *bucket = &history->buckets[place >> history->shift];
	uint16		part = (uint16) (place >> (history->shift - 16));
	uint16		begun = 0;		/* of 16 bits as begin[], so that one instruction compares many */

	if ((uint64) at - (uint64) MIN_TIMESTAMP >= (uint64) FAR_FUTURE - (uint64) MIN_TIMESTAMP)
		return -1;
	for (int i = 0; i <= BUCKET_VERSIONS; i++)
		begun += bucket->begin[i] <= part;
	if (unlikely(begun > BUCKET_VERSIONS || bucket->begin[Max(begun, 1) - 1] == part))
		return target_history_search(history, at);
	return history->amounts[bucket->amount[begun]];
}

#endif							/* TARGET_HISTORY_H */
