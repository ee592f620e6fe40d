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
#include "libpq/pqformat.h"
#include "miscadmin.h"
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
	StringInfoData elapsed;		/* int64 each, in microseconds */
} Tally;

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

static Tally *
tally_make(MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Tally	   *tally = palloc0(sizeof(Tally));

	initStringInfo(&tally->elapsed);
	MemoryContextSwitchTo(old);
	return tally;
}

/* The state in the first argument; a new one if it is null. */
static Tally *
tally_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!PG_ARGISNULL(0))
		return (Tally *) PG_GETARG_POINTER(0);
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "function of the aggregate sla_tally called in non-aggregate context");
	return tally_make(context);
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
	tally = tally_state(fcinfo);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(tally);

	status = enum_number(values, PG_GETARG_OID(1));
	tally->count[status]++;
	if ((status == STATUS_MET || status == STATUS_MISSED) && !PG_ARGISNULL(2))
	{
		int64		elapsed = amount_from_interval(PG_GETARG_INTERVAL_P(2));

		appendBinaryStringInfo(&tally->elapsed, (char *) &elapsed, sizeof(int64));
	}
	PG_RETURN_POINTER(tally);
}

/* sla_tally_combinefn(state, other): adds the other to the state */
Datum
sla_tally_combinefn(PG_FUNCTION_ARGS)
{
	Tally	   *tally = tally_state(fcinfo);
	const Tally *other = PG_ARGISNULL(1) ? NULL : (Tally *) PG_GETARG_POINTER(1);
	int			i;

	if (other == NULL)
		PG_RETURN_POINTER(tally);
	for (i = 0; i < NUM_STATUSES; i++)
		tally->count[i] += other->count[i];
	appendBinaryStringInfo(&tally->elapsed, other->elapsed.data, other->elapsed.len);
	PG_RETURN_POINTER(tally);
}

/* sla_tally_serialfn(state) */
Datum
sla_tally_serialfn(PG_FUNCTION_ARGS)
{
	const Tally *tally = (Tally *) PG_GETARG_POINTER(0);
	StringInfoData sent;

	pq_begintypsend(&sent);
	pq_sendbytes(&sent, (char *) tally->count, sizeof(tally->count));
	pq_sendbytes(&sent, tally->elapsed.data, tally->elapsed.len);
	PG_RETURN_BYTEA_P(pq_endtypsend(&sent));
}

/* sla_tally_deserialfn(bytes, internal) */
Datum
sla_tally_deserialfn(PG_FUNCTION_ARGS)
{
	bytea	   *sent = PG_GETARG_BYTEA_PP(0);
	int			len = (int) VARSIZE_ANY_EXHDR(sent) - (int) sizeof(((Tally *) NULL)->count);
	Tally	   *tally;

	if (len < 0 || len % sizeof(int64) != 0)
		elog(ERROR, "invalid state of the aggregate sla_tally");

	/* It lives until it is combined. */
	tally = tally_make(CurrentMemoryContext);
	memcpy(tally->count, VARDATA_ANY(sent), sizeof(tally->count));
	appendBinaryStringInfo(&tally->elapsed, VARDATA_ANY(sent) + sizeof(tally->count), len);
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
	int64	   *elapsed = (int64 *) tally->elapsed.data;
	int			n = tally->elapsed.len / sizeof(int64);
	int			p;

	sort_values(elapsed, n);
	for (p = 0; p < NUM_SHARES; p++)
	{
		double		position = tally_shares[p] * (double) (n - 1);
		int			rank = (int) position;

		percentile[p] = value_between(elapsed[rank], elapsed[Min(rank + 1, n - 1)], position - rank);
	}
	*longest = elapsed[n - 1];
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

	if (tally == NULL || tally->elapsed.len == 0)
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
