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
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"

#include "base/compat.h"
#include "tickets/clock_fields.h"
#include "time/open_time.h"

#define RUN(field)			offsetof(StoredRun, run.field)
#define KNOWN_RUN(field)	RUN(field), RUN(has_##field)

/* Columns of the clock table apart from the keys of the ticket. */
static const Field run_fields[] = {
	{"clock_id", FIELD_KEY, RUN(clock_id), 0},
	{"metric", FIELD_TEXT, offsetof(StoredRun, metric), 0},
	{"run", FIELD_NUMBER, RUN(run), 0},
	{"started_at", FIELD_INSTANT, RUN(started_at), 0},
	{"due_at", FIELD_INSTANT, RUN(due_at), 0},
	{"at_risk_at", FIELD_INSTANT, RUN(at_risk_at), 0},
	{"stopped_at", FIELD_INSTANT, RUN(stopped_at), 0},
	{"cancelled_at", FIELD_INSTANT, RUN(cancelled_at), 0},
	{"gone_at", FIELD_INSTANT, RUN(gone_at), 0},
	{"opened_at", FIELD_INSTANT, RUN(opened_at), 0},
	{"closed_at", FIELD_INSTANT, RUN(closed_at), 0},
	{"target", FIELD_INTERVAL, KNOWN_RUN(target)},
	{"elapsed", FIELD_AMOUNT, KNOWN_RUN(elapsed)},
	{"remaining", FIELD_AMOUNT, KNOWN_RUN(remaining)},
	{"priority", FIELD_PRIORITY, RUN(terms.priority), 0},
	{"urgency", FIELD_URGENCY, RUN(terms.urgency), 0},
	{"impact", FIELD_IMPACT, RUN(terms.impact), 0},
	{"override", FIELD_PRIORITY, RUN(terms.override), 0},
	{"target_days", FIELD_NUMBER, KNOWN_RUN(target_days)},
	{"until_close", FIELD_YES, RUN(until_close), 0},
	{"stop_counts", FIELD_YES, RUN(stop_counts), 0},
	{"closing_counts", FIELD_YES, RUN(closing_counts), 0},
	{"problem", FIELD_TEXT, RUN(problem), 0},
	{"plan", FIELD_TEXT, RUN(terms.plan), 0},
	{"time_zone", FIELD_TEXT, RUN(terms.time_zone), 0},
	{"holidays", FIELD_TEXT, RUN(terms.holidays), 0},
	{"calendar", FIELD_TEXT, RUN(terms.calendar), 0},
	{"paused", FIELD_PERIODS, RUN(paused), 0},
	{"closed_periods", FIELD_PERIODS, RUN(closed), 0},
	{"started_by", FIELD_TEXT, RUN(started_by), 0},
	{"stopped_by", FIELD_STOPPED_BY, RUN(stopped_by_close), RUN(stopped_at.known)},
	{"cancel_reason", FIELD_TEXT, RUN(cancel_reason), 0},
	{"cancelled_by", FIELD_TEXT, RUN(cancelled_by), 0},
	{"carried", FIELD_JSONB, RUN(carried), 0}
};

#define TRAIL(field)		offsetof(TrailRow, field)

/* Columns of the trail, likewise. */
static const Field trail_fields[] = {
	{"id", FIELD_KEY, TRAIL(id), 0},
	{"at", FIELD_INSTANT, TRAIL(at), 0},
	{"metric", FIELD_TEXT, TRAIL(metric), 0},
	{"event", FIELD_TEXT, TRAIL(event), 0},
	{"old_priority", FIELD_PRIORITY, TRAIL(old.priority), 0},
	{"priority", FIELD_PRIORITY, TRAIL(terms.priority), 0},
	{"old_plan", FIELD_TEXT, TRAIL(old.plan), 0},
	{"plan", FIELD_TEXT, TRAIL(terms.plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(terms.urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(terms.impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(terms.override), 0},
	{"assigned", FIELD_PRIORITY, TRAIL(assigned), 0},
	{"old_due_at", FIELD_INSTANT, TRAIL(old_due_at), 0},
	{"due_at", FIELD_INSTANT, TRAIL(due_at), 0},
	{"status", FIELD_STATUS, TRAIL(status), 0},
	{"actor", FIELD_TEXT, TRAIL(actor), 0},
	{"actor_kind", FIELD_TEXT, TRAIL(actor_kind), 0},
	{"reason", FIELD_TEXT, TRAIL(reason), 0}
};

/* What is read of them again: when, and the terms. */
static const Field told_fields[] = {
	{"at", FIELD_INSTANT, TRAIL(at), 0},
	{"priority", FIELD_PRIORITY, TRAIL(terms.priority), 0},
	{"plan", FIELD_TEXT, TRAIL(terms.plan), 0},
	{"urgency", FIELD_URGENCY, TRAIL(terms.urgency), 0},
	{"impact", FIELD_IMPACT, TRAIL(terms.impact), 0},
	{"override", FIELD_PRIORITY, TRAIL(terms.override), 0}
};

static const Field sought_fields[] = {
	{"n", FIELD_NUMBER, 0, 0}
};

const RowKind row_kinds[NUM_ROWS] = {
	{run_fields, lengthof(run_fields), 1},
	{trail_fields, lengthof(trail_fields), 2},
	{told_fields, lengthof(told_fields), 0},
	{sought_fields, lengthof(sought_fields), 1}
};

/* With tenant, ticket, and the number of a ticket that was sought. */
#define MAX_ROW_COLUMNS	(lengthof(run_fields) + 3)

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

static Oid
kind_type(const Tracked *tracked, FieldKind kind)
{
	switch (kind)
	{
		case FIELD_NUMBER:
			return INT4OID;
		case FIELD_KEY:
			return INT8OID;
		case FIELD_INSTANT:
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

/* A field of a struct as a value; false: it is null. */
static bool
put_field(const Tracked *tracked, const Field *field, const void *base, Datum *value)
{
	const char *at = (const char *) base + field->at;
	const char *text;
	int			level;

	if (field->known != 0 && *((const char *) base + field->known) == 0)
		return false;
	switch (field->kind)
	{
		case FIELD_NUMBER:
			*value = Int32GetDatum(*(const int *) at);
			return true;
		case FIELD_KEY:
			*value = Int64GetDatum(*(const int64 *) at);
			return true;
		case FIELD_TEXT:
			text = *(const char *const *) at;
			if (text != NULL)
				*value = CStringGetTextDatum(text);
			return text != NULL;
		case FIELD_STOPPED_BY:
			*value = CStringGetTextDatum(*(const bool *) at ? "close" : "stop");
			return true;
		case FIELD_INSTANT:
			*value = TimestampTzGetDatum(((const Instant *) at)->at);
			return ((const Instant *) at)->known;
		case FIELD_YES:
			*value = BoolGetDatum(*(const bool *) at);
			return true;
		case FIELD_PERIODS:
			*value = MultirangeTypePGetDatum(((const Periods *) at)->n == 0 ? tracked->no_periods :
											 periods_to_multirange(tracked->multirange,
																   (const Periods *) at));
			return true;
		case FIELD_INTERVAL:
			*value = PointerGetDatum(at);
			return true;
		case FIELD_AMOUNT:
			*value = IntervalPGetDatum(amount_to_interval(*(const int64 *) at));
			return true;
		case FIELD_JSONB:
			*value = PointerGetDatum(*(void *const *) at);
			return *(void *const *) at != NULL;
		default:
			level = *(const int *) at;
			if (level >= 0)
				*value = ObjectIdGetDatum(kind_levels(tracked, field->kind)->value[level]);
			return level >= 0;
	}
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

/* Where the ticket is in a row, and where a field, from 0. */
static int
ticket_column(const Tracked *tracked, const RowKind *kind)
{
	return (tracked->tenant > 0 ? 1 : 0) + kind->before;
}

static int
field_column(const Tracked *tracked, const RowKind *kind, int i)
{
	return (tracked->tenant > 0 ? 1 : 0) + i + (i >= kind->before ? 1 : 0);
}

TupleDesc
row_type(const Tracked *tracked, RowsOf rows)
{
	const RowKind *kind = &row_kinds[rows];
	TupleDesc	desc = CreateTemplateTupleDesc((tracked->tenant > 0 ? 2 : 1) + kind->n);
	int			i;

	if (tracked->tenant > 0)
		TupleDescInitEntry(desc, 1, "tenant", tracked->tenant_type, -1, 0);
	TupleDescInitEntry(desc, ticket_column(tracked, kind) + 1, "ticket", tracked->id_type, -1, 0);
	for (i = 0; i < kind->n; i++)
		TupleDescInitEntry(desc, field_column(tracked, kind, i) + 1, kind->fields[i].name,
						   kind_type(tracked, kind->fields[i].kind), -1, 0);
	TupleDescFinalize(desc);
	return desc;
}

void
put_row(const Tracked *tracked, RowsOf rows, const TicketKey *key, const void *base,
		Tuplestorestate *store)
{
	const RowKind *kind = &row_kinds[rows];
	Datum		value[MAX_ROW_COLUMNS] = {0};
	bool		isnull[MAX_ROW_COLUMNS] = {0};
	int			i;

	value[0] = key->tenant;		/* if there is one */
	value[ticket_column(tracked, kind)] = key->id;
	for (i = 0; i < kind->n; i++)
	{
		int			column = field_column(tracked, kind, i);

		isnull[column] = !put_field(tracked, &kind->fields[i], base, &value[column]);
	}
	tuplestore_putvalues(store, tracked->row_type[rows], value, isnull);
}

void
get_row(const Tracked *tracked, RowsOf rows, HeapTuple tuple, TupleDesc desc, void *base)
{
	const RowKind *kind = &row_kinds[rows];
	int			first = desc->natts - tracked->row_type[rows]->natts;
	Datum		value[MAX_ROW_COLUMNS];
	bool		isnull[MAX_ROW_COLUMNS];
	int			i;

	heap_deform_tuple(tuple, desc, value, isnull);
	for (i = 0; i < kind->n; i++)
	{
		int			column = first + field_column(tracked, kind, i);

		get_field(tracked, &kind->fields[i], value[column], isnull[column], base);
	}
}

void
check_column(const Tracked *tracked, const char *where, const char *name, Oid is, Oid should)
{
	if (is != should)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" %s table %s is of type %s, and must be of type %s",
						name, where, tracked->name, format_type_be(is), format_type_be(should))));
}

void
check_row_type(const Tracked *tracked, RowsOf rows, TupleDesc desc)
{
	const RowKind *kind = &row_kinds[rows];
	int			first = desc->natts - tracked->row_type[rows]->natts;
	int			i;

	for (i = 0; i < kind->n; i++)
		check_column(tracked, "beside", kind->fields[i].name,
					 TupleDescAttr(desc, first + field_column(tracked, kind, i))->atttypid,
					 kind_type(tracked, kind->fields[i].kind));
}

char *
value_text(Oid type, Datum value)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

char *
run_text(const Tracked *tracked, const ClockRun *run, const char *column)
{
	StoredRun	stored = {NULL, *run};
	const Field *field = run_fields;
	Datum		value;

	while (strcmp(field->name, column) != 0)
		field++;
	return put_field(tracked, field, &stored, &value) ?
		value_text(kind_type(tracked, field->kind), value) : NULL;
}
