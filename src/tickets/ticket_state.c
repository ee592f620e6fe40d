/*
 * ticket_state.c
 *	  What tracking remembers of a ticket beyond its other columns.
 *
 * Instants are written in UTC and ISO 8601, so that they mean the same whatever
 * the settings of who reads them.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "tickets/ticket_state.h"

static const char *const clock_keys[NUM_CLOCKS] = {"first_response", "resolution"};

void
ticket_state_init(TicketState *state)
{
	int			i;

	memset(state, 0, sizeof(TicketState));
	for (i = 0; i < NUM_CLOCKS; i++)
		state->kept[i].priority = -1;
}

/* The string of a key; NULL if there is none. */
static char *
string_of(JsonbContainer *object, const char *key)
{
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(object, key, strlen(key), &value) == NULL ||
		value.type != jbvString)
		return NULL;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

static bool
instant_of(JsonbContainer *object, const char *key, TimestampTz *instant)
{
	char	   *text = string_of(object, key);

	if (text == NULL)
		return false;
	*instant = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
													   CStringGetDatum(text),
													   ObjectIdGetDatum(InvalidOid),
													   Int32GetDatum(-1)));
	return true;
}

void
ticket_state_read(const Jsonb *json, TicketState *state)
{
	JsonbContainer *root = (JsonbContainer *) &json->root;
	char	   *text;
	int			i,
				j;

	ticket_state_init(state);
	if (!JsonContainerIsObject(root))
		return;
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		KeptTerms  *kept = &state->kept[i];
		JsonbValue	value;

		if (getKeyJsonValueFromContainer(root, clock_keys[i],
										 strlen(clock_keys[i]), &value) == NULL ||
			value.type != jbvBinary ||
			!JsonContainerIsObject(value.val.binary.data))
			continue;
		kept->plan = string_of(value.val.binary.data, "plan");
		kept->plan_len = kept->plan == NULL ? 0 : strlen(kept->plan);
		text = string_of(value.val.binary.data, "priority");
		for (j = 0; text != NULL && j < NUM_PRIORITIES; j++)
		{
			if (strcmp(text, priority_labels[j]) == 0)
				kept->priority = j;
		}
		kept->has_from = instant_of(value.val.binary.data, "from", &kept->from);
		kept->has_answered = instant_of(value.val.binary.data, "answered_at",
										&kept->answered_at);
	}
	text = string_of(root, "closed");
	if (text != NULL)
	{
		Oid			input;
		Oid			param;

		getTypeInputInfo(TSTZMULTIRANGEOID, &input, &param);
		state->closed = DatumGetMultirangeTypeP(OidInputFunctionCall(input, text,
																	 param, -1));
	}
	state->error = string_of(root, "error");
}

static void
append_instant(StringInfo text, TimestampTz instant)
{
	char		buffer[MAXDATELEN + 1];
	int			utc = 0;

	JsonEncodeDateTime(buffer, TimestampTzGetDatum(instant), TIMESTAMPTZOID, &utc);
	appendStringInfoString(text, buffer);
}

/* Begin one more member of the object. */
static void
append_key(StringInfo json, const char *key)
{
	if (json->data[json->len - 1] != '{')
		appendStringInfoString(json, ", ");
	escape_json(json, key);
	appendStringInfoString(json, ": ");
}

static void
append_member_instant(StringInfo json, const char *key, TimestampTz instant)
{
	append_key(json, key);
	appendStringInfoChar(json, '"');
	append_instant(json, instant);
	appendStringInfoChar(json, '"');
}

static void
append_kept(StringInfo json, const char *key, const KeptTerms *kept)
{
	if (kept->plan == NULL && kept->priority < 0 && !kept->has_from &&
		!kept->has_answered)
		return;
	append_key(json, key);
	appendStringInfoChar(json, '{');
	if (kept->plan != NULL)
	{
		append_key(json, "plan");
		escape_json(json, pnstrdup(kept->plan, kept->plan_len));
	}
	if (kept->priority >= 0)
	{
		append_key(json, "priority");
		escape_json(json, priority_labels[kept->priority]);
	}
	if (kept->has_from)
		append_member_instant(json, "from", kept->from);
	if (kept->has_answered)
		append_member_instant(json, "answered_at", kept->answered_at);
	appendStringInfoChar(json, '}');
}

/* Periods with a beginning and an end; others are not closings. */
static void
append_periods(StringInfo json, MultirangeType *periods, TypeCacheEntry *rng)
{
	RangeType **ranges;
	int32		n;
	int32		i;

	multirange_deserialize(rng, periods, &n, &ranges);
	appendStringInfoString(json, "\"{");
	for (i = 0; i < n; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;

		range_deserialize(rng, ranges[i], &lower, &upper, &empty);
		if (i > 0)
			appendStringInfoChar(json, ',');
		appendStringInfoChar(json, '[');
		if (!lower.infinite)
			append_instant(json, DatumGetTimestampTz(lower.val));
		appendStringInfoChar(json, ',');
		if (!upper.infinite)
			append_instant(json, DatumGetTimestampTz(upper.val));
		appendStringInfoChar(json, ')');
	}
	appendStringInfoString(json, "}\"");
}

Jsonb *
ticket_state_write(const TicketState *state, TypeCacheEntry *multirange)
{
	StringInfoData json;
	int			i;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	for (i = 0; i < NUM_CLOCKS; i++)
		append_kept(&json, clock_keys[i], &state->kept[i]);
	if (state->closed != NULL && !MultirangeIsEmpty(state->closed))
	{
		append_key(&json, "closed");
		append_periods(&json, state->closed, multirange->rngtype);
	}
	if (state->error != NULL)
	{
		append_key(&json, "error");
		escape_json(&json, state->error);
	}
	if (json.len == 1)
		return NULL;
	appendStringInfoChar(&json, '}');
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
}

static RangeType *
make_period(TypeCacheEntry *rng, TimestampTz start, TimestampTz end)
{
	RangeBound	lower = {0};
	RangeBound	upper = {0};

	lower.val = TimestampTzGetDatum(start);
	lower.inclusive = true;
	lower.lower = true;
	upper.val = TimestampTzGetDatum(end);
	upper.infinite = TIMESTAMP_IS_NOEND(end);
	return make_range_compat(rng, &lower, &upper, false);
}

MultirangeType *
add_period(TypeCacheEntry *multirange, MultirangeType *base,
		   TimestampTz start, TimestampTz end)
{
	TypeCacheEntry *rng = multirange->rngtype;
	RangeType **ranges = NULL;
	RangeType **more;
	int32		n = 0;

	if (base != NULL)
		multirange_deserialize(rng, base, &n, &ranges);
	more = palloc((n + 1) * sizeof(RangeType *));
	if (n > 0)
		memcpy(more, ranges, n * sizeof(RangeType *));
	more[n++] = make_period(rng, start, end);
	return make_multirange(multirange->type_id, rng, n, more);
}

/* The bounds of the last period; false if there is none. */
static bool
last_period(TypeCacheEntry *multirange, MultirangeType *base,
			RangeBound *lower, RangeBound *upper)
{
	if (base == NULL || MultirangeIsEmpty(base))
		return false;
	multirange_get_bounds(multirange->rngtype, base, base->rangeCount - 1,
						  lower, upper);
	return true;
}

/* A period that ends at infinity has no end either. */
static bool
has_no_end(const RangeBound *upper)
{
	return upper->infinite || TIMESTAMP_IS_NOEND(DatumGetTimestampTz(upper->val));
}

bool
has_open_period(TypeCacheEntry *multirange, MultirangeType *base)
{
	RangeBound	lower;
	RangeBound	upper;

	return last_period(multirange, base, &lower, &upper) && has_no_end(&upper);
}

MultirangeType *
end_period(TypeCacheEntry *multirange, MultirangeType *base, TimestampTz end)
{
	TypeCacheEntry *rng = multirange->rngtype;
	RangeType **ranges;
	RangeBound	lower;
	RangeBound	upper;
	int32		n;

	if (!last_period(multirange, base, &lower, &upper) || !has_no_end(&upper))
		return base;
	multirange_deserialize(rng, base, &n, &ranges);
	if (!lower.infinite && DatumGetTimestampTz(lower.val) >= end)
		n--;
	else
	{
		upper.infinite = false;
		upper.inclusive = false;
		upper.val = TimestampTzGetDatum(end);
		ranges[n - 1] = make_range_compat(rng, &lower, &upper, false);
	}
	return make_multirange(multirange->type_id, rng, n, ranges);
}
