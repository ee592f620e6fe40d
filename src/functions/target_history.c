/*
 * target_history.c
 *	  All versions of a target, made so that the one at an instant is found at once.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "functions/target_history.h"
#include "policy/sla_clock.h"

/* Versions while they are collected. */
typedef struct Versions
{
	uint32		n;
	uint32		room;
	TimestampTz *from;
	int64	   *amount;
} Versions;

/* The number of an amount is of 16 bits; number 0 is an amount not told. */
#define MOST_AMOUNTS	(PG_UINT16_MAX + 1)

/* So many versions begin in a bucket at most, if they are evenly spread. */
#define EVEN_VERSIONS	10

static void
add_version(Versions *versions, TimestampTz from, int64 amount)
{
	if (versions->n > 0 && versions->amount[versions->n - 1] == amount)
		return;
	if (versions->n == versions->room)
	{
		versions->room *= 2;
		versions->from = repalloc_huge(versions->from, versions->room * sizeof(TimestampTz));
		versions->amount = repalloc_huge(versions->amount, versions->room * sizeof(int64));
	}
	versions->from[versions->n] = from;
	versions->amount[versions->n] = amount;
	versions->n++;
}

static void
collect(const PolicyMap *map, const SupportPlan *plan, int metric, int priority,
		int calendar, bool at_risk, Versions *versions)
{
	TimestampTz at = MIN_TIMESTAMP;

	versions->n = 0;
	versions->room = 64;
	versions->from = palloc(versions->room * sizeof(TimestampTz));
	versions->amount = palloc(versions->room * sizeof(int64));
	while (at < FAR_FUTURE)
	{
		int64		amount = -1;
		int			found;
		TimestampTz from;
		TimestampTz until;
		const TargetRule *rule = policy_target_during(map, plan, metric, priority, at, true,
													  &found, &from, &until);

		CHECK_FOR_INTERRUPTS();
		if (found == calendar && rule != NULL && rule->has_target && rule->days == NOT_DAYS)
			amount = at_risk ? sla_at_risk_part(rule) : rule->target;
		add_version(versions, at, amount > FAR_FUTURE ? -1 : amount);
		at = until;
	}
}

static int
compare_amounts(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? -1 : x > y;
}

/*
 * The different amounts in order, from -1 on, in the current memory context.  If there
 * are too many, the longest are not told.
 */
static int64 *
different_amounts(const Versions *versions, uint32 *n)
{
	int64	   *amounts = palloc_extended((versions->n + 1) * sizeof(int64), MCXT_ALLOC_HUGE);
	uint32		last = 0;

	memcpy(amounts, versions->amount, versions->n * sizeof(int64));
	amounts[versions->n] = -1;
	qsort(amounts, versions->n + 1, sizeof(int64), compare_amounts);
	for (uint32 i = 1; i <= versions->n; i++)
	{
		if (amounts[i] != amounts[last])
			amounts[++last] = amounts[i];
	}
	*n = Min(last + 1, MOST_AMOUNTS);
	return amounts;
}

/* Fill in the numbers of the amounts. */
static void
fill_numbers(const Versions *versions, const int64 *amounts, uint32 namounts, uint16 *number)
{
	for (uint32 i = 0; i < versions->n; i++)
	{
		const int64 *found = bsearch(&versions->amount[i], amounts, namounts, sizeof(int64),
									 compare_amounts);

		number[i] = found == NULL ? 0 : found - amounts;
	}
}

static void
fill_buckets(const TargetHistory *history, VersionBucket *buckets)
{
	uint32		next = 1;		/* version */

	for (uint32 b = 0; b <= history->last_bucket; b++)
	{
		VersionBucket *bucket = &buckets[b];
		int			n = 0;

		memset(bucket->begin, 0xff, sizeof(bucket->begin));
		bucket->amount[0] = history->amount[next - 1];
		for (; next < history->nversions; next++)
		{
			uint64		since = (uint64) history->from[next] - (uint64) history->first;

			if (since >> history->shift > b)
				break;
			if (n < BUCKET_VERSIONS)
			{
				bucket->begin[n] = (uint16) (since >> (history->shift - 16));
				bucket->amount[n + 1] = history->amount[next];
			}
			n++;
		}
		if (n > BUCKET_VERSIONS)
			memset(bucket->begin, 0, sizeof(bucket->begin));
	}
}

int64
target_history_search(const TargetHistory *history, TimestampTz at)
{
	uint32		version = 0;
	uint32		above = history->nversions;

	while (above - version > 1)
	{
		uint32		middle = version + (above - version) / 2;

		if (history->from[middle] <= at)
			version = middle;
		else
			above = middle;
	}
	return history->amounts[history->amount[version]];
}

const TargetHistory *
target_history_make(const PolicyMap *map, const SupportPlan *plan, int metric,
					int priority, int calendar, bool at_risk)
{
	Versions	versions;
	TargetHistory *history;
	TimestampTz first;
	uint64		span;
	uint32		namounts;
	uint32		nbuckets;
	int			shift = 16;
	int64	   *different;
	VersionBucket *buckets;
	TimestampTz *from;
	int64	   *amounts;
	uint16	   *number;

	StaticAssertStmt(sizeof(VersionBucket) == CACHE_LINE, "a look-up reads one line");
	collect(map, plan, metric, priority, calendar, at_risk, &versions);
	different = different_amounts(&versions, &namounts);
	first = versions.from[Min(1, versions.n - 1)];
	span = (uint64) versions.from[versions.n - 1] - (uint64) first;
	while (span >> (shift + 1) > versions.n / EVEN_VERSIONS)
		shift++;
	nbuckets = (uint32) (span >> shift) + 3;

	buckets = policy_memory(map, CACHE_LINE + nbuckets * sizeof(VersionBucket) +
							sizeof(TargetHistory) + namounts * sizeof(int64) +
							versions.n * (sizeof(TimestampTz) + sizeof(uint16)));
	buckets = (VersionBucket *) TYPEALIGN(CACHE_LINE, buckets);
	history = (TargetHistory *) (buckets + nbuckets);
	from = (TimestampTz *) (history + 1);
	amounts = (int64 *) (from + versions.n);
	number = (uint16 *) (amounts + namounts);

	history->first = first - (INT64CONST(1) << shift);
	history->shift = shift;
	history->last_bucket = nbuckets - 1;
	history->buckets = buckets;
	history->amounts = memcpy(amounts, different, namounts * sizeof(int64));
	history->nversions = versions.n;
	history->from = memcpy(from, versions.from, versions.n * sizeof(TimestampTz));
	history->amount = number;
	fill_numbers(&versions, amounts, namounts, number);
	fill_buckets(history, buckets);
	pfree(different);
	pfree(versions.from);
	pfree(versions.amount);
	return history;
}
