/*
 * clock_fields.c
 *	  Columns of the clock table and of the trail, and the fields of C that they
 *	  are.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/rangetypes.h"

#include "base/compat.h"
#include "tickets/clock_fields.h"
#include "time/open_time.h"

#define RUN(field)			offsetof(StoredRun, run.field)
#define KNOWN_RUN(field)	RUN(field), RUN(has_##field)

/* Columns of the clock table apart from the keys of the ticket. */
const Field run_fields[NUM_RUN_FIELDS] = {
	{"clock_id", FIELD_KEY, RUN(clock_id), 0},
	{"metric", FIELD_TEXT, offsetof(StoredRun, metric), 0},
	{"run", FIELD_NUMBER, RUN(run), 0},
	{"opened_at", FIELD_INSTANT, RUN(opened_at), 0},
	{"plan", FIELD_TEXT, RUN(terms.plan), 0},
	{"priority", FIELD_PRIORITY, RUN(terms.priority), 0},
	{"calendar", FIELD_TEXT, RUN(terms.calendar), 0},
	{"time_zone", FIELD_TEXT, RUN(terms.time_zone), 0},
	{"holidays", FIELD_TEXT, RUN(terms.holidays), 0},
	{"urgency", FIELD_URGENCY, RUN(terms.urgency), 0},
	{"impact", FIELD_IMPACT, RUN(terms.impact), 0},
	{"override", FIELD_PRIORITY, RUN(terms.override), 0},
	{"started_at", FIELD_INSTANT, RUN(started_at), 0},
	{"started_by", FIELD_TEXT, RUN(started_by), 0},
	{"stopped_at", FIELD_INSTANT, RUN(stopped_at), 0},
	{"stopped_by", FIELD_STOPPED_BY, RUN(stopped_by_close), 0},
	{"stop_counts", FIELD_YES, RUN(stop_counts), 0},
	{"closed_at", FIELD_INSTANT, RUN(closed_at), 0},
	{"closing_counts", FIELD_YES, RUN(closing_counts), 0},
	{"closed_periods", FIELD_PERIODS, RUN(closed), 0},
	{"cancelled_at", FIELD_INSTANT, RUN(cancelled_at), 0},
	{"cancel_reason", FIELD_TEXT, RUN(cancel_reason), 0},
	{"cancelled_by", FIELD_TEXT, RUN(cancelled_by), 0},
	{"gone_at", FIELD_INSTANT, RUN(gone_at), 0},
	{"paused", FIELD_PERIODS, RUN(paused), 0},
	{"target", FIELD_INTERVAL, KNOWN_RUN(target)},
	{"target_days", FIELD_NUMBER, KNOWN_RUN(target_days)},
	{"until_close", FIELD_YES, RUN(until_close), 0},
	{"due_at", FIELD_INSTANT, RUN(due_at), 0},
	{"at_risk_at", FIELD_INSTANT, RUN(at_risk_at), 0},
	{"remaining", FIELD_AMOUNT, KNOWN_RUN(remaining)},
	{"elapsed", FIELD_AMOUNT, KNOWN_RUN(elapsed)},
	{"problem", FIELD_TEXT, RUN(problem), 0},
	{"carried", FIELD_JSONB, RUN(carried), 0}
};

#define TRAIL(field)		offsetof(TrailRow, field)

/* Columns of the trail, likewise. */
const Field trail_fields[NUM_TRAIL_FIELDS] = {
	{"id", FIELD_KEY, TRAIL(id), 0},
	{"at", FIELD_MOMENT, TRAIL(at), 0},
	{"metric", FIELD_TEXT, TRAIL(metric), 0},
	{"event", FIELD_TEXT, TRAIL(event), 0},
	{"old_priority", FIELD_PRIORITY, TRAIL(old_priority), 0},
	{"priority", FIELD_PRIORITY, TRAIL(priority), 0},
	{"old_plan", FIELD_TEXT, TRAIL(old_plan), 0},
	{"plan", FIELD_TEXT, TRAIL(plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(override), 0},
	{"assigned", FIELD_PRIORITY, TRAIL(assigned), 0},
	{"old_due_at", FIELD_INSTANT, TRAIL(old_due_at), 0},
	{"due_at", FIELD_INSTANT, TRAIL(due_at), 0},
	{"status", FIELD_STATUS, TRAIL(status), 0},
	{"actor", FIELD_TEXT, TRAIL(actor), 0},
	{"actor_kind", FIELD_TEXT, TRAIL(actor_kind), 0},
	{"reason", FIELD_TEXT, TRAIL(reason), 0}
};

/* The columns of it that tell what a ticket was. */
const Field told_fields[NUM_TOLD_FIELDS] = {
	{"at", FIELD_MOMENT, TRAIL(at), 0},
	{"priority", FIELD_PRIORITY, TRAIL(priority), 0},
	{"plan", FIELD_TEXT, TRAIL(plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(override), 0}
};

static const Field number_field = {"n", FIELD_NUMBER, 0, 0};

const RowKind clock_rows = {run_fields, NUM_RUN_FIELDS, 1};
const RowKind trail_rows = {trail_fields, NUM_TRAIL_FIELDS, 2};
const RowKind sought_rows = {&number_field, 1, 1};

/* The enum of a kind; NULL: it has none. */
static const EnumValues *
kind_levels(const Tracked *tracked, FieldKind kind)
{
	switch (kind)
	{
		case FIELD_URGENCY:
			return &tracked->level[0];
		case FIELD_IMPACT:
			return &tracked->level[1];
		case FIELD_PRIORITY:
			return &tracked->priority;
		case FIELD_STATUS:
			return &tracked->status;
		default:
			return NULL;
	}
}

Oid
kind_type(const Tracked *tracked, FieldKind kind)
{
	switch (kind)
	{
		case FIELD_NUMBER:
			return INT4OID;
		case FIELD_KEY:
			return INT8OID;
		case FIELD_INSTANT:
		case FIELD_MOMENT:
			return TIMESTAMPTZOID;
		case FIELD_YES:
			return BOOLOID;
		case FIELD_PERIODS:
			return TSTZMULTIRANGEOID;
		case FIELD_INTERVAL:
		case FIELD_AMOUNT:
			return INTERVALOID;
		case FIELD_JSONB:
			return JSONBOID;
		case FIELD_TEXT:
		case FIELD_STOPPED_BY:
			return TEXTOID;
		default:
			return kind_levels(tracked, kind)->type;
	}
}

void
put(Values *values, int column, Datum value)
{
	values->value[column] = value;
	values->null[column] = ' ';
}

MultirangeType *
periods_to_multirange(TypeCacheEntry *multirange, const Periods *periods)
{
	RangeType **ranges = palloc((periods->n + 1) * sizeof(RangeType *));
	int			i;

	for (i = 0; i < periods->n; i++)
	{
		RangeBound	lower = {TimestampTzGetDatum(periods->period[i].from),
		periods->period[i].from == DT_NOBEGIN, true, true};
		RangeBound	upper = {TimestampTzGetDatum(periods->period[i].until),
		periods->period[i].until == DT_NOEND, false, false};

		ranges[i] = make_range_compat(multirange->rngtype, &lower, &upper, false);
	}
	return make_multirange(multirange->type_id, multirange->rngtype, periods->n, ranges);
}

Periods
multirange_to_periods(TypeCacheEntry *multirange, MultirangeType *value)
{
	Periods		periods = {0, palloc((value->rangeCount + 1) * sizeof(Period))};
	uint32		i;

	for (i = 0; i < value->rangeCount; i++)
	{
		Period	   *period = &periods.period[periods.n];
		RangeBound	lower;
		RangeBound	upper;

		multirange_get_bounds(multirange->rngtype, value, i, &lower, &upper);
		period->from = lower.infinite ? DT_NOBEGIN : DatumGetTimestampTz(lower.val);
		period->until = upper.infinite ? DT_NOEND : DatumGetTimestampTz(upper.val);
		/* An instant has no length, whether it is included or not. */
		if (period->from < period->until)
			periods.n++;
	}
	return periods;
}

/* A field of a struct as a value; what is null stays so. */
void
put_field(Values *values, int column, const Field *field, const void *base)
{
	const Tracked *tracked = values->tracked;
	const char *at = (const char *) base + field->at;
	bool		known = field->known == 0 || *((const char *) base + field->known) != 0;
	const EnumValues *levels;
	const char *text;
	int			level;

	switch (field->kind)
	{
		case FIELD_NUMBER:
			if (known)
				put(values, column, Int32GetDatum(*(const int *) at));
			break;
		case FIELD_KEY:
			put(values, column, Int64GetDatum(*(const int64 *) at));
			break;
		case FIELD_TEXT:
			text = *(const char *const *) at;
			if (text != NULL)
				put(values, column, CStringGetTextDatum(text));
			break;
		case FIELD_STOPPED_BY:
			if (((const StoredRun *) base)->run.stopped_at.known)
				put(values, column, CStringGetTextDatum(*(const bool *) at ? "close" : "stop"));
			break;
		case FIELD_INSTANT:
			if (((const Instant *) at)->known)
				put(values, column, TimestampTzGetDatum(((const Instant *) at)->at));
			break;
		case FIELD_MOMENT:
			put(values, column, TimestampTzGetDatum(*(const TimestampTz *) at));
			break;
		case FIELD_YES:
			put(values, column, BoolGetDatum(*(const bool *) at));
			break;
		case FIELD_PERIODS:
			put(values, column,
				MultirangeTypePGetDatum(periods_to_multirange(tracked->multirange,
															  (const Periods *) at)));
			break;
		case FIELD_INTERVAL:
			if (known)
				put(values, column, PointerGetDatum(at));
			break;
		case FIELD_AMOUNT:
			if (known)
				put(values, column, IntervalPGetDatum(amount_to_interval(*(const int64 *) at)));
			break;
		case FIELD_JSONB:
			if (*(void *const *) at != NULL)
				put(values, column, PointerGetDatum(*(void *const *) at));
			break;
		default:
			levels = kind_levels(tracked, field->kind);
			level = *(const int *) at;
			if (level >= 0)
				put(values, column, ObjectIdGetDatum(levels->value[level]));
			break;
	}
}

void
put_fields(Values *values, int column, const Field *fields, int n, const void *base)
{
	int			i;

	for (i = 0; i < n; i++)
		put_field(values, column + i, &fields[i], base);
}

/* The same back, into a struct that is all zero. */
static void
get_field(const Tracked *tracked, const Field *field, Datum value, bool isnull, void *base)
{
	char	   *at = (char *) base + field->at;
	const EnumValues *levels = kind_levels(tracked, field->kind);

	if (isnull)
	{
		if (levels != NULL)
			*(int *) at = -1;
		return;
	}
	if (field->known != 0)
		*(bool *) ((char *) base + field->known) = true;
	switch (field->kind)
	{
		case FIELD_NUMBER:
			*(int *) at = DatumGetInt32(value);
			break;
		case FIELD_KEY:
			*(int64 *) at = DatumGetInt64(value);
			break;
		case FIELD_TEXT:
			*(char **) at = TextDatumGetCString(value);
			break;
		case FIELD_STOPPED_BY:
			*(bool *) at = strcmp(TextDatumGetCString(value), "close") == 0;
			break;
		case FIELD_INSTANT:
			((Instant *) at)->known = true;
			((Instant *) at)->at = DatumGetTimestampTz(value);
			break;
		case FIELD_MOMENT:
			*(TimestampTz *) at = DatumGetTimestampTz(value);
			break;
		case FIELD_YES:
			*(bool *) at = DatumGetBool(value);
			break;
		case FIELD_PERIODS:
			*(Periods *) at = multirange_to_periods(tracked->multirange, DatumGetMultirangeTypeP(value));
			break;
		case FIELD_INTERVAL:
			*(Interval *) at = *DatumGetIntervalP(value);
			break;
		case FIELD_AMOUNT:
			*(int64 *) at = amount_from_interval(DatumGetIntervalP(value));
			break;
		case FIELD_JSONB:
			*(struct varlena **) at = PG_DETOAST_DATUM(value);
			break;
		default:
			*(int *) at = enum_number(levels, DatumGetObjectId(value));
			break;
	}
}

/* Where a field is in what is read. */
static int
field_column(const Tracked *tracked, const Field *fields, int i)
{
	return fields == run_fields ? row_column(tracked, &clock_rows, i) : i;
}

void
get_fields(const Tracked *tracked, const Field *fields, int n, HeapTuple tuple,
		   TupleDesc desc, void *base)
{
	Datum		value[NUM_RUN_FIELDS + 3];
	bool		isnull[NUM_RUN_FIELDS + 3];
	int			i;

	heap_deform_tuple(tuple, desc, value, isnull);
	for (i = 0; i < n; i++)
	{
		int			column = field_column(tracked, fields, i);

		get_field(tracked, &fields[i], value[column], isnull[column], base);
	}
}

void
check_fields(const Tracked *tracked, const Field *fields, int n, TupleDesc desc)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		Oid			type = kind_type(tracked, fields[i].kind);
		Oid			is = TupleDescAttr(desc, field_column(tracked, fields, i))->atttypid;

		if (is != type)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" beside table %s is of type %s, and must be of type %s",
							fields[i].name, tracked->name,
							format_type_be(is), format_type_be(type))));
	}
}
