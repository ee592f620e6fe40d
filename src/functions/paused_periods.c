/*
 * paused_periods.c
 *	  The aggregate that turns a status history into periods of pause.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "base/compat.h"

typedef struct Change
{
	TimestampTz at;
	int64		seq;			/* order within one instant, if given */
	int64		input;			/* order of input */
	bool		paused;
} Change;

typedef struct History
{
	Change	   *changes;
	int64		n;
	int64		room;
} History;

PG_FUNCTION_INFO_V1(paused_periods_transfn);
PG_FUNCTION_INFO_V1(paused_periods_finalfn);

/* Both aggregates: (internal, changed_at, is_paused [, seq]) */
Datum
paused_periods_transfn(PG_FUNCTION_ARGS)
{
	MemoryContext context;
	History    *history;
	Change	   *change;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "paused_periods_transfn called in non-aggregate context");
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the time of a status change must not be null"),
				 errhint("Leave out rows without a time, as with FILTER (WHERE changed_at IS NOT NULL).")));

	if (PG_ARGISNULL(0))
	{
		history = MemoryContextAlloc(context, sizeof(History));
		history->room = 16;
		history->n = 0;
		history->changes = MemoryContextAlloc(context,
											  history->room * sizeof(Change));
	}
	else
		history = (History *) PG_GETARG_POINTER(0);
	if (history->n == history->room)
	{
		history->changes = repalloc_huge(history->changes,
										 history->room * 2 * sizeof(Change));
		history->room *= 2;
	}
	change = &history->changes[history->n];
	change->at = PG_GETARG_TIMESTAMPTZ(1);
	/* As in a condition, null is not true. */
	change->paused = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	change->seq = 0;
	if (PG_NARGS() > 3)
		change->seq = PG_ARGISNULL(3) ? PG_INT64_MAX : PG_GETARG_INT64(3);
	change->input = history->n++;
	PG_RETURN_POINTER(history);
}

static int
compare_changes(const void *a, const void *b)
{
	const Change *x = a;
	const Change *y = b;

	/* A long history takes long to sort. */
	CHECK_FOR_INTERRUPTS();
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->input < y->input ? -1 : 1;
}

Datum
paused_periods_finalfn(PG_FUNCTION_ARGS)
{
	TypeCacheEntry *multirange = lookup_type_cache(TSTZMULTIRANGEOID,
												   TYPECACHE_MULTIRANGE_INFO);
	TypeCacheEntry *rng = multirange->rngtype;
	History    *history = PG_ARGISNULL(0) ? NULL : (History *) PG_GETARG_POINTER(0);
	RangeType **ranges;
	Change	   *changes;
	RangeBound	lower;
	RangeBound	upper;
	bool		paused = false;
	int32		n = 0;
	int64		i;

	if (history == NULL)
		PG_RETURN_MULTIRANGE_P(make_multirange(TSTZMULTIRANGEOID, rng, 0, NULL));
	if (history->n > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many status changes in one history")));

	/* The state must not change, because a window may ask again. */
	changes = MemoryContextAllocHuge(CurrentMemoryContext,
									 history->n * sizeof(Change));
	memcpy(changes, history->changes, history->n * sizeof(Change));
	qsort(changes, history->n, sizeof(Change), compare_changes);
	ranges = MemoryContextAllocHuge(CurrentMemoryContext,
									(history->n + 1) * sizeof(RangeType *));

	memset(&lower, 0, sizeof(lower));
	memset(&upper, 0, sizeof(upper));
	lower.inclusive = true;
	lower.lower = true;
	for (i = 0; i < history->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (changes[i].paused == paused)
			continue;
		paused = changes[i].paused;
		if (paused)
			lower.val = TimestampTzGetDatum(changes[i].at);
		else if (changes[i].at > DatumGetTimestampTz(lower.val))
		{
			upper.val = TimestampTzGetDatum(changes[i].at);
			ranges[n++] = make_range_compat(rng, &lower, &upper, false);
		}
	}
	if (paused)
	{
		upper.infinite = true;
		ranges[n++] = make_range_compat(rng, &lower, &upper, false);
	}
	pfree(changes);
	PG_RETURN_MULTIRANGE_P(make_multirange(TSTZMULTIRANGEOID, rng, n, ranges));
}
