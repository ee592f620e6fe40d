/*
 * target_history.c
 *	  All versions of a target, made so that the one at an instant is found at once.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "functions/target_history.h"
#include "policy/sla_clock.h"

/* From here on no amount is told, and none is longer: their sum is an instant. */
#define FAR_FUTURE	(END_TIMESTAMP / 2)

/* Versions while they are collected. */
typedef struct Versions
{
	uint32		n;
	uint32		room;
	TargetVersion *all;
} Versions;

static void
add_version(Versions *versions, TimestampTz from, int64 amount)
{
	if (versions->n == versions->room)
	{
		versions->room *= 2;
		versions->all = repalloc_huge(versions->all, versions->room * sizeof(TargetVersion));
	}
	versions->all[versions->n].from = from;
	versions->all[versions->n].amount = amount;
	versions->n++;
}

static void
collect(const PolicyMap *map, const SupportPlan *plan, int metric, int priority,
		int calendar, bool at_risk, Versions *versions)
{
	TimestampTz at = MIN_TIMESTAMP;

	versions->n = 0;
	versions->room = 64;
	versions->all = palloc(versions->room * sizeof(TargetVersion));
	add_version(versions, DT_NOBEGIN, -1);
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
	add_version(versions, FAR_FUTURE, -1);
}

/* Fill in the places of versions. */
static void
fill_places(TargetHistory *history, uint32 *place)
{
	uint32		version = 0;
	uint32		most = 1;		/* versions that begin in a bucket */

	place[0] = 0;
	for (uint32 b = 0; b <= history->last_bucket; b++)
	{
		TimestampTz start = history->first + ((int64) b << history->shift);

		while (version < history->last_version && history->versions[version + 1].from <= start)
			version++;
		place[b + 1] = version;
		if (b > 0)
			most = Max(most, version - place[b]);
	}
	most = Max(most, history->last_version - version);
	history->place = place;
	history->first_step = 1;
	while (history->first_step <= most / 2)
		history->first_step *= 2;
}

const TargetHistory *
target_history_make(const PolicyMap *map, const SupportPlan *plan, int metric,
					int priority, int calendar, bool at_risk)
{
	Versions	versions;
	TargetHistory *history;
	Size		size;
	uint64		span;
	int			shift = 0;

	/*
	 * The first two begin at -infinity and where time begins, and the last one in the
	 * far future.  Those between are counted among the buckets.
	 */
	collect(map, plan, metric, priority, calendar, at_risk, &versions);
	span = (uint64) versions.all[Max(versions.n - 2, 2)].from - (uint64) versions.all[2].from;
	while (span >> shift >= versions.n)
		shift++;

	size = offsetof(TargetHistory, versions) + versions.n * sizeof(TargetVersion);
	history = policy_memory(map, size + ((span >> shift) + 2) * sizeof(uint32));
	history->first = versions.all[2].from;
	history->shift = shift;
	history->last_bucket = (uint32) (span >> shift);
	history->last_version = versions.n - 1;
	memcpy(history->versions, versions.all, versions.n * sizeof(TargetVersion));
	pfree(versions.all);
	fill_places(history, (uint32 *) ((char *) history + size));
	return history;
}
