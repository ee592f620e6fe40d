/*
 * tally.c
 *	  The aggregate sla_tally(): counts clocks by status, and gives percentiles of
 *	  the time that they took.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "base/enums.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(sla_tally_transfn);
PG_FUNCTION_INFO_V1(sla_tally_combinefn);
PG_FUNCTION_INFO_V1(sla_tally_serialfn);
PG_FUNCTION_INFO_V1(sla_tally_deserialfn);
PG_FUNCTION_INFO_V1(sla_tally_finalfn);

/*
 * What sla_tally() knows of a group: how many clocks have each status, and how
 * long those that stopped took.  The order of elapsed means nothing, and
 * the final function changes it.
 */
typedef struct Tally
{
	int64		count[NUM_STATUSES];	/* by SlaStatus */
	int64	   *elapsed;		/* microseconds; NULL while room is 0 */
	int64		n;
	int64		room;
} Tally;

/* A tally as bytes, between processes of one query: count, then elapsed. */
#define TALLY_BYTES(n) \
	(VARHDRSZ + sizeof(((Tally *) NULL)->count) + (Size) (n) * sizeof(int64))
#define TALLY_MAX_SENT \
	((int64) ((MaxAllocSize - TALLY_BYTES(0)) / sizeof(int64)))

/* The status behind each counter of the type sla_tally, in its order. */
static const SlaStatus tally_columns[NUM_STATUSES] = {
	STATUS_MET, STATUS_MISSED, STATUS_ON_TRACK, STATUS_AT_RISK, STATUS_PAUSED,
	STATUS_OVERDUE, STATUS_NO_TARGET, STATUS_UNKNOWN, STATUS_CANCELLED
};

/* Its percentiles. */
#define NUM_SHARES	3
static const double tally_shares[NUM_SHARES] = {0.50, 0.90, 0.95};

/* Columns: the sum, the counters, the percentiles, the longest. */
#define TALLY_COLUMNS	(1 + NUM_STATUSES + NUM_SHARES + 1)

static MemoryContext
tally_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of the aggregate sla_tally called in non-aggregate context");
	return context;
}

static Tally *
tally_make(MemoryContext context)
{
	return MemoryContextAllocZero(context, sizeof(Tally));
}

/* Make room for more; geometrically, so that each costs little. */
static pg_noinline void
tally_grow(Tally *tally, int64 more)
{
	int64		room = Max(tally->room * 2, 8);

	room = Max(room, tally->n + more);
	if (tally->elapsed == NULL)
		tally->elapsed = MemoryContextAllocHuge(GetMemoryChunkContext(tally),
												room * sizeof(int64));
	else
		tally->elapsed = repalloc_huge(tally->elapsed, room * sizeof(int64));
	tally->room = room;
}

/* sla_tally_transfn(state, status, elapsed) */
Datum
sla_tally_transfn(PG_FUNCTION_ARGS)
{
	EnumValues *values = fcinfo->flinfo->fn_extra;
	Tally	   *tally;
	int			status;

	if (values == NULL)
	{
		values = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
										sizeof(EnumValues));
		enum_values(values, declared_argtype(fcinfo, 1),
					status_labels, NUM_STATUSES);
		fcinfo->flinfo->fn_extra = values;
	}
	if (PG_ARGISNULL(0))
		tally = tally_make(tally_context(fcinfo));
	else
		tally = (Tally *) PG_GETARG_POINTER(0);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(tally);

	status = enum_number(values, PG_GETARG_OID(1));
	tally->count[status]++;
	if ((status == STATUS_MET || status == STATUS_MISSED) && !PG_ARGISNULL(2))
	{
		int64		elapsed = amount_from_interval(PG_GETARG_INTERVAL_P(2));

		if (tally->n == tally->room)
			tally_grow(tally, 1);
		tally->elapsed[tally->n++] = elapsed;
	}
	PG_RETURN_POINTER(tally);
}

/* sla_tally_combinefn(state, other): adds the other to the state */
Datum
sla_tally_combinefn(PG_FUNCTION_ARGS)
{
	MemoryContext context = tally_context(fcinfo);
	Tally	   *tally = PG_ARGISNULL(0) ? NULL : (Tally *) PG_GETARG_POINTER(0);
	const Tally *other = PG_ARGISNULL(1) ? NULL : (Tally *) PG_GETARG_POINTER(1);
	int			i;

	if (other == NULL)
	{
		if (tally == NULL)
			PG_RETURN_NULL();
		PG_RETURN_POINTER(tally);
	}
	if (tally == NULL)
		tally = tally_make(context);
	for (i = 0; i < NUM_STATUSES; i++)
		tally->count[i] += other->count[i];
	if (other->n > 0)
	{
		if (tally->room - tally->n < other->n)
			tally_grow(tally, other->n);
		memcpy(tally->elapsed + tally->n, other->elapsed, other->n * sizeof(int64));
		tally->n += other->n;
	}
	PG_RETURN_POINTER(tally);
}

/* sla_tally_serialfn(state) */
Datum
sla_tally_serialfn(PG_FUNCTION_ARGS)
{
	const Tally *tally = (Tally *) PG_GETARG_POINTER(0);
	bytea	   *result;
	char	   *bytes;

	(void) tally_context(fcinfo);
	if (tally->n > TALLY_MAX_SENT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many clocks in one group of a parallel query"),
				 errhint("Set max_parallel_workers_per_gather to 0.")));
	result = palloc(TALLY_BYTES(tally->n));
	SET_VARSIZE(result, TALLY_BYTES(tally->n));
	bytes = VARDATA(result);
	memcpy(bytes, tally->count, sizeof(tally->count));
	if (tally->n > 0)
		memcpy(bytes + sizeof(tally->count), tally->elapsed,
			   tally->n * sizeof(int64));
	PG_RETURN_BYTEA_P(result);
}

/* sla_tally_deserialfn(bytes, internal) */
Datum
sla_tally_deserialfn(PG_FUNCTION_ARGS)
{
	bytea	   *sent;
	const char *bytes;
	Size		len;
	Tally	   *tally;

	(void) tally_context(fcinfo);
	sent = PG_GETARG_BYTEA_PP(0);
	bytes = VARDATA_ANY(sent);
	len = VARSIZE_ANY_EXHDR(sent);

	/* It lives until it is combined. */
	tally = tally_make(CurrentMemoryContext);
	if (len < sizeof(tally->count) ||
		(len - sizeof(tally->count)) % sizeof(int64) != 0)
		elog(ERROR, "invalid state of the aggregate sla_tally");
	memcpy(tally->count, bytes, sizeof(tally->count));
	len -= sizeof(tally->count);
	if (len > 0)
	{
		tally_grow(tally, len / sizeof(int64));
		tally->n = len / sizeof(int64);
		memcpy(tally->elapsed, bytes + sizeof(tally->count), len);
	}
	PG_RETURN_POINTER(tally);
}

/* The server's quicksort, which hears cancel. */
#define ST_SORT			sort_values
#define ST_ELEMENT_TYPE	int64
#define ST_COMPARE(a, b)	(*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE		static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* The value at a share of the way between two, rounded to a whole one. */
static int64
value_between(int64 low, int64 high, double share)
{
	int64		difference;

	if (share == 0)
		return low;
	if (pg_sub_s64_overflow(high, low, &difference))
		ereport(ERROR,
				(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
				 errmsg("interval out of range")));
	return low + Min(difference, (int64) rint((double) difference * share));
}

/*
 * The percentiles of tally_shares, linear between ranks as percentile_cont()
 * has them, and the longest.
 */
static void
tally_percentiles(Tally *tally, int64 *percentile, int64 *longest)
{
	int			p;

	sort_values(tally->elapsed, tally->n);
	for (p = 0; p < NUM_SHARES; p++)
	{
		double		position = tally_shares[p] * (double) (tally->n - 1);
		int64		rank = (int64) floor(position);

		percentile[p] = value_between(tally->elapsed[rank],
									  tally->elapsed[Min(rank + 1, tally->n - 1)],
									  position - (double) rank);
	}
	*longest = tally->elapsed[tally->n - 1];
}

/* The row type of the aggregate, checked and kept for the call site. */
static pg_noinline TupleDesc
tally_row(FunctionCallInfo fcinfo)
{
	TupleDesc	desc;
	MemoryContext old;
	int			i;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != TALLY_COLUMNS)
		elog(ERROR, "the type sla_tally does not have its columns");
	for (i = 0; i < TALLY_COLUMNS; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped ||
			TupleDescAttr(desc, i)->atttypid !=
			(i < 1 + NUM_STATUSES ? INT8OID : INTERVALOID))
			elog(ERROR, "the type sla_tally does not have its columns");
	}
	old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	desc = BlessTupleDesc(CreateTupleDescCopy(desc));
	MemoryContextSwitchTo(old);
	fcinfo->flinfo->fn_extra = desc;
	return desc;
}

/* sla_tally_finalfn(state) */
Datum
sla_tally_finalfn(PG_FUNCTION_ARGS)
{
	TupleDesc	row = fcinfo->flinfo->fn_extra;
	Tally	   *tally = PG_ARGISNULL(0) ? NULL : (Tally *) PG_GETARG_POINTER(0);
	Datum		values[TALLY_COLUMNS];
	bool		nulls[TALLY_COLUMNS];
	int64		clocks = 0;
	int			i;

	(void) tally_context(fcinfo);
	if (row == NULL)
		row = tally_row(fcinfo);
	memset(nulls, false, sizeof(nulls));
	for (i = 0; i < NUM_STATUSES; i++)
	{
		int64		count = tally == NULL ? 0 : tally->count[tally_columns[i]];

		values[1 + i] = Int64GetDatum(count);
		clocks += count;
	}
	values[0] = Int64GetDatum(clocks);

	if (tally == NULL || tally->n == 0)
		memset(nulls + 1 + NUM_STATUSES, true, NUM_SHARES + 1);
	else
	{
		int64		percentile[NUM_SHARES];
		int64		longest;

		tally_percentiles(tally, percentile, &longest);
		for (i = 0; i < NUM_SHARES; i++)
			values[1 + NUM_STATUSES + i] =
				IntervalPGetDatum(amount_to_interval(percentile[i]));
		values[TALLY_COLUMNS - 1] = IntervalPGetDatum(amount_to_interval(longest));
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}
