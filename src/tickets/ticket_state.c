/*
 * ticket_state.c
 *	  What tracking remembers of a ticket beyond its other columns.
 *
 * Instants are written in UTC and ISO 8601, so that they mean the same whatever
 * the settings of who reads them.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/json.h"
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

/* key is NULL for all of it. */
static void
note_unreadable(TicketState *state, const char *key)
{
	if (!state->unreadable)
		state->error = key == NULL ? "the column sla_state cannot be read" :
			psprintf("what the column sla_state has as \"%s\" cannot be read", key);
	state->unreadable = true;
}

/* The string of a key; NULL if there is none. */
static char *
string_of(TicketState *state, JsonbContainer *object, const char *key)
{
	JsonbValue	value;

	if (getKeyJsonValueFromContainer(object, key, strlen(key), &value) == NULL)
		return NULL;
	if (value.type != jbvString)
	{
		note_unreadable(state, key);
		return NULL;
	}
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* A number of so many digits; text moves past it.  False if there is none. */
static bool
read_number(const char **text, int min_digits, int max_digits, int *number)
{
	int			n;

	*number = 0;
	for (n = 0; n < max_digits && isdigit((unsigned char) **text); n++)
		*number = *number * 10 + *(*text)++ - '0';
	return n >= min_digits;
}

static bool
read_words(const char **text, const char *words)
{
	size_t		len = strlen(words);

	if (strncmp(*text, words, len) != 0)
		return false;
	*text += len;
	return true;
}

/* An offset from UTC, such as +01 or -03:30, in seconds to the west. */
static bool
read_offset(const char **text, int *west)
{
	int			sign = read_words(text, "-") ? 1 : -1;
	int			hours;
	int			minutes = 0;
	int			seconds = 0;

	if ((sign < 0 && !read_words(text, "+")) || !read_number(text, 2, 2, &hours))
		return false;
	if (read_words(text, ":") && !read_number(text, 2, 2, &minutes))
		return false;
	if (read_words(text, ":") && !read_number(text, 2, 2, &seconds))
		return false;
	*west = sign * ((hours * 60 + minutes) * 60 + seconds);
	return true;
}

/*
 * An instant in ISO 8601 with its offset, as append_instant() writes it and the
 * server shows it; text moves past it.  The server's own input would raise an
 * error for what is none.
 */
static bool
read_instant(const char **text, TimestampTz *instant)
{
	struct pg_tm tm = {0};
	fsec_t		fsec = 0;
	int			west;
	int			year,
				month,
				day;

	if (read_words(text, "infinity"))
	{
		TIMESTAMP_NOEND(*instant);
		return true;
	}
	if (read_words(text, "-infinity"))
	{
		TIMESTAMP_NOBEGIN(*instant);
		return true;
	}
	if (!read_number(text, 4, 6, &tm.tm_year) || !read_words(text, "-") ||
		!read_number(text, 2, 2, &tm.tm_mon) || !read_words(text, "-") ||
		!read_number(text, 2, 2, &tm.tm_mday) || !(read_words(text, "T") || read_words(text, " ")) ||
		!read_number(text, 2, 2, &tm.tm_hour) || !read_words(text, ":") ||
		!read_number(text, 2, 2, &tm.tm_min) || !read_words(text, ":") ||
		!read_number(text, 2, 2, &tm.tm_sec))
		return false;
	if (read_words(text, "."))
	{
		const char *digits = *text;
		int			n;

		if (!read_number(text, 1, 6, &fsec))
			return false;
		for (n = *text - digits; n < 6; n++)
			fsec *= 10;
	}
	if (!read_offset(text, &west))
		return false;
	if (read_words(text, " BC"))
		tm.tm_year = 1 - tm.tm_year;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 ||
		!IS_VALID_JULIAN(tm.tm_year, tm.tm_mon, tm.tm_mday))
		return false;
	j2date(date2j(tm.tm_year, tm.tm_mon, tm.tm_mday), &year, &month, &day);
	return month == tm.tm_mon && day == tm.tm_mday &&
		tm2timestamp(&tm, fsec, &west, instant) == 0;
}

/* The instant of a key; false if there is none. */
static bool
instant_of(TicketState *state, JsonbContainer *object, const char *key,
		   TimestampTz *instant)
{
	const char *text = string_of(state, object, key);

	if (text == NULL)
		return false;
	if (!read_instant(&text, instant) || *text != '\0')
	{
		note_unreadable(state, key);
		return false;
	}
	return true;
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

/* An instant as a bound of a period, in quotes or not. */
static bool
read_bound(const char **text, TimestampTz *instant)
{
	bool		quoted = read_words(text, "\"");

	return read_instant(text, instant) && (!quoted || read_words(text, "\""));
}

/* Periods as append_periods() writes them; NULL if they are none. */
static MultirangeType *
read_periods(const char *text)
{
	TypeCacheEntry *multirange = lookup_type_cache(TSTZMULTIRANGEOID,
												   TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges = palloc((strlen(text) / 4 + 1) * sizeof(RangeType *));
	int			n = 0;

	if (!read_words(&text, "{"))
		return NULL;
	while (!read_words(&text, "}"))
	{
		TimestampTz start;
		TimestampTz end;

		CHECK_FOR_INTERRUPTS();
		if (n > 0 && !read_words(&text, ","))
			return NULL;
		if (!read_words(&text, "[") || !read_bound(&text, &start) ||
			!read_words(&text, ",") || !read_bound(&text, &end) ||
			!read_words(&text, ")") || start >= end)
			return NULL;
		ranges[n++] = make_period(multirange->rngtype, start, end);
	}
	if (*text != '\0')
		return NULL;
	return make_multirange(TSTZMULTIRANGEOID, multirange->rngtype, n, ranges);
}

static void
read_kept(TicketState *state, TicketClock which, JsonbContainer *object)
{
	KeptTerms  *kept = &state->kept[which];
	char	   *text;

	kept->plan = string_of(state, object, "plan");
	kept->plan_len = kept->plan == NULL ? 0 : strlen(kept->plan);
	text = string_of(state, object, "priority");
	if (text != NULL)
	{
		for (kept->priority = NUM_PRIORITIES - 1; kept->priority >= 0; kept->priority--)
		{
			if (strcmp(text, priority_labels[kept->priority]) == 0)
				break;
		}
		if (kept->priority < 0)
			note_unreadable(state, "priority");
	}
	kept->has_from = instant_of(state, object, "from", &kept->from);
	kept->has_answered = instant_of(state, object, "answered_at", &kept->answered_at);
}

void
ticket_state_read(const Jsonb *json, TicketState *state)
{
	JsonbContainer *root = (JsonbContainer *) &json->root;
	char	   *text;
	int			i;

	ticket_state_init(state);
	if (!JsonContainerIsObject(root))
	{
		note_unreadable(state, NULL);
		return;
	}
	text = string_of(state, root, "error");
	if (text != NULL)
		state->error = text;
	for (i = 0; i < NUM_CLOCKS; i++)
	{
		JsonbValue	value;

		if (getKeyJsonValueFromContainer(root, clock_keys[i],
										 strlen(clock_keys[i]), &value) == NULL)
			continue;
		if (value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data))
			read_kept(state, i, value.val.binary.data);
		else
			note_unreadable(state, clock_keys[i]);
	}
	text = string_of(state, root, "closed");
	if (text != NULL)
	{
		state->closed = read_periods(text);
		if (state->closed == NULL)
			note_unreadable(state, "closed");
	}
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
