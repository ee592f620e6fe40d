/*
 * ticket_measure.c
 *	  SQL functions behind the views of tracked tickets: measures of one
 *	  ticket, and the aggregate that sums many up.
 *
 * They run once or more for each row of a report, so what can be looked up once
 * is remembered by the call site.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "functions/call_site.h"
#include "tickets/ticket_state.h"
#include "time/open_time.h"

PG_FUNCTION_INFO_V1(share_used);
PG_FUNCTION_INFO_V1(late_by);
PG_FUNCTION_INFO_V1(tracked_elapsed);
PG_FUNCTION_INFO_V1(ticket_elapsed);
PG_FUNCTION_INFO_V1(tracked_deadline);
PG_FUNCTION_INFO_V1(tracked_at_risk);
PG_FUNCTION_INFO_V1(tracked_target);
PG_FUNCTION_INFO_V1(tracked_goal);
PG_FUNCTION_INFO_V1(tracked_is_open);
PG_FUNCTION_INFO_V1(sla_tally_transfn);
PG_FUNCTION_INFO_V1(sla_tally_combinefn);
PG_FUNCTION_INFO_V1(sla_tally_serialfn);
PG_FUNCTION_INFO_V1(sla_tally_deserialfn);
PG_FUNCTION_INFO_V1(sla_tally_finalfn);

/* ----------------------------------------------------------------------
 * Of one ticket
 * ----------------------------------------------------------------------
 */

/* Microseconds of an interval; those measured have a time part only. */
static inline int64
measured_amount(const Interval *interval)
{
	if (interval->month == 0 && interval->day == 0)
		return interval->time;
	return amount_from_interval(interval);
}

/* share_used(elapsed, target) */
Datum
share_used(PG_FUNCTION_ARGS)
{
	int64		elapsed = measured_amount(PG_GETARG_INTERVAL_P(0));
	int64		target = measured_amount(PG_GETARG_INTERVAL_P(1));

	if (target <= 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8((double) elapsed / (double) target);
}

/* late_by(due_at, until) */
Datum
late_by(PG_FUNCTION_ARGS)
{
	TimestampTz due_at = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz until = PG_GETARG_TIMESTAMPTZ(1);
	int64		late;

	if (until <= due_at || TIMESTAMP_NOT_FINITE(due_at) ||
		TIMESTAMP_NOT_FINITE(until) ||
		pg_sub_s64_overflow(until, due_at, &late))
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(amount_to_interval(late));
}

/* ----------------------------------------------------------------------
 * Of one ticket, as the policy has it
 *
 * These are what sla_elapsed() and its like are, but for two things.  The clock
 * may run from a later instant than the opening.  And where those raise an
 * error, because the policy or the zone does not know, these give null.
 * ----------------------------------------------------------------------
 */

static const CallArgs tracked_elapsed_args = {
	.reads_policy = true, .opened_at = 1, .since = 2, .priority = 4, .plan = 5,
	.time_zone = 6, .metric = 7, .paused = 8, .holidays = 9
};
static const CallArgs ticket_elapsed_args = {
	.reads_policy = true, .opened_at = 2, .priority = 4, .plan = 5,
	.time_zone = 6, .metric = 7, .paused = 8, .holidays = 9
};
static const CallArgs tracked_deadline_args = {
	.reads_policy = true, .opened_at = 1, .since = 2, .priority = 3, .plan = 4,
	.time_zone = 5, .metric = 6, .paused = 7, .holidays = 8
};
static const CallArgs tracked_target_args = {
	.reads_policy = true, .priority = 1, .plan = 2, .metric = 3, .opened_at = 4
};
static const CallArgs tracked_open_args = {
	.reads_policy = true, .opened_at = 2, .priority = 3, .plan = 4,
	.time_zone = 5, .metric = 6, .holidays = 7
};

static pg_attribute_always_inline bool
tracked_clock(FunctionCallInfo fcinfo, const CallArgs *args, SlaClock *clock)
{
	return clock_of_args(fcinfo, args, call_site(fcinfo, args), true, NULL, clock);
}

/* Whether the holidays that count are known for the time up to an instant. */
static inline bool
holidays_known(const SlaClock *clock, TimestampTz from, TimestampTz to)
{
	return clock->holidays == NULL ||
		policy_knows_holidays(clock->holidays, timeline_zone(clock->line),
							  from, to);
}

/* Time on a clock until an instant; null where it cannot be told. */
static inline Datum
elapsed_until(FunctionCallInfo fcinfo, const SlaClock *clock, TimestampTz until)
{
	int64		ran;

	if (!sla_clock_ran_softly(clock, until, &ran))
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(amount_to_interval(ran));
}

/*
 * tracked_elapsed(opened_at, since, until, priority, plan, time_zone, metric,
 * paused, holidays)
 */
Datum
tracked_elapsed(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (PG_ARGISNULL(2) || !tracked_clock(fcinfo, &tracked_elapsed_args, &clock))
		PG_RETURN_NULL();
	return elapsed_until(fcinfo, &clock, PG_GETARG_TIMESTAMPTZ(2));
}

/* ticket_elapsed() for a ticket of which something is remembered. */
static pg_noinline Datum
kept_elapsed(FunctionCallInfo fcinfo)
{
	CallSite   *site = call_site(fcinfo, &ticket_elapsed_args);
	NullableDatum priority = fcinfo->args[3];
	NullableDatum plan = fcinfo->args[4];
	bool		plan_constant = site->plan_constant;
	TicketState state;
	SlaClock	clock;
	bool		found;
	int			which;

	ticket_state_read(PG_GETARG_JSONB_P(0), &state);
	if (state.error != NULL || PG_ARGISNULL(6))
		PG_RETURN_NULL();
	which = clock_of_metric(enum_find(&site->metric, PG_GETARG_OID(6)));
	if (which < 0)
		PG_RETURN_NULL();

	/* Ask as for a ticket that has these terms. */
	if (state.kept[which].priority >= 0)
	{
		fcinfo->args[3].value =
			ObjectIdGetDatum(site->priority.value[state.kept[which].priority]);
		fcinfo->args[3].isnull = false;
	}
	if (state.kept[which].plan != NULL)
	{
		fcinfo->args[4].value =
			PointerGetDatum(cstring_to_text_with_len(state.kept[which].plan,
													 state.kept[which].plan_len));
		fcinfo->args[4].isnull = false;
		site->plan_constant = false;
	}
	found = tracked_clock(fcinfo, &ticket_elapsed_args, &clock);
	fcinfo->args[3] = priority;
	fcinfo->args[4] = plan;
	site->plan_constant = plan_constant;
	if (!found)
		PG_RETURN_NULL();
	if (state.kept[which].has_from)
		clock.since = state.kept[which].from;
	return elapsed_until(fcinfo, &clock, PG_GETARG_TIMESTAMPTZ(2));
}

/*
 * ticket_elapsed(state, opened_at, until, priority, plan, time_zone, metric,
 * paused, holidays)
 */
Datum
ticket_elapsed(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	if (!PG_ARGISNULL(0))
		return kept_elapsed(fcinfo);
	if (!tracked_clock(fcinfo, &ticket_elapsed_args, &clock))
		PG_RETURN_NULL();
	return elapsed_until(fcinfo, &clock, PG_GETARG_TIMESTAMPTZ(2));
}

/* When a target of a clock runs out. */
static inline Datum
tracked_due(FunctionCallInfo fcinfo, const SlaClock *clock, int64 target)
{
	TimestampTz due;

	if (!sla_clock_due(clock, target, true, &due) ||
		!holidays_known(clock, clock->since, due))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(due);
}

/*
 * tracked_deadline(opened_at, since, priority, plan, time_zone, metric, paused,
 * holidays)
 */
Datum
tracked_deadline(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (!tracked_clock(fcinfo, &tracked_deadline_args, &clock) ||
		clock.rule == NULL)
		PG_RETURN_NULL();
	return tracked_due(fcinfo, &clock, clock.rule->target);
}

/* tracked_at_risk: as tracked_deadline */
Datum
tracked_at_risk(PG_FUNCTION_ARGS)
{
	SlaClock	clock;

	if (!tracked_clock(fcinfo, &tracked_deadline_args, &clock) ||
		clock.rule == NULL)
		PG_RETURN_NULL();
	return tracked_due(fcinfo, &clock, at_risk_part(clock.rule, clock.rule->target));
}

/* The rule in force, of a priority, plan and metric at an instant; or NULL. */
static const TargetRule *
tracked_rule(FunctionCallInfo fcinfo)
{
	const CallArgs *args = &tracked_target_args;
	CallSite   *site = call_site(fcinfo, args);
	const TargetRule *rule;
	const SupportPlan *plan;
	PolicyMap  *map;
	int			metric;
	int			priority;
	int			calendar;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return NULL;
	map = policy_current(&site->policy);
	plan = plan_arg(fcinfo, site, args->plan, map, true);
	metric = enum_arg(fcinfo, &site->metric, args->metric, true);
	priority = enum_arg(fcinfo, &site->priority, args->priority, true);
	if (plan == NULL || metric < 0 || priority < 0)
		return NULL;
	rule = policy_target(map, plan, metric, priority,
						 instant_arg(fcinfo, args->opened_at), true, &calendar);
	return rule != NULL && rule->has_target ? rule : NULL;
}

/* tracked_target(priority, plan, metric, opened_at) */
Datum
tracked_target(PG_FUNCTION_ARGS)
{
	const TargetRule *rule = tracked_rule(fcinfo);
	Interval   *result;

	if (rule == NULL)
		PG_RETURN_NULL();
	result = palloc(sizeof(Interval));
	*result = rule->interval;
	PG_RETURN_INTERVAL_P(result);
}

/* tracked_goal(priority, plan, metric, at) */
Datum
tracked_goal(PG_FUNCTION_ARGS)
{
	const TargetRule *rule = tracked_rule(fcinfo);

	if (rule == NULL || !rule->has_goal)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(rule->goal);
}

/* tracked_is_open(at, opened_at, priority, plan, time_zone, metric, holidays) */
Datum
tracked_is_open(PG_FUNCTION_ARGS)
{
	SlaClock	clock;
	TimestampTz at;

	if (PG_ARGISNULL(0) ||
		!tracked_clock(fcinfo, &tracked_open_args, &clock) ||
		clock.line == NULL)
		PG_RETURN_NULL();
	at = PG_GETARG_TIMESTAMPTZ(0);
	if (TIMESTAMP_NOT_FINITE(at) || !holidays_known(&clock, at, at))
		PG_RETURN_NULL();
	PG_RETURN_BOOL(timeline_is_open(clock.line, at));
}

/* ----------------------------------------------------------------------
 * Of many tickets
 * ----------------------------------------------------------------------
 */

/*
 * What sla_tally() knows of a group: how many tickets have each status, and how
 * long those that were answered took.  The order of elapsed means nothing, and
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
		int64		elapsed = measured_amount(PG_GETARG_INTERVAL_P(2));

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
				 errmsg("too many tickets in one group of a parallel query"),
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
	int64		tickets = 0;
	int			i;

	(void) tally_context(fcinfo);
	if (row == NULL)
		row = tally_row(fcinfo);
	memset(nulls, false, sizeof(nulls));
	for (i = 0; i < NUM_STATUSES; i++)
	{
		int64		count = tally == NULL ? 0 : tally->count[tally_columns[i]];

		values[1 + i] = Int64GetDatum(count);
		tickets += count;
	}
	values[0] = Int64GetDatum(tickets);

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
