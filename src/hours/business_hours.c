/*
 * business_hours.c
 *	  The SQL type business_hours: its stored layout, text and binary input and
 *	  output.
 *
 * The stored layout.  After the header of BusinessHours come nrules rules; a
 * number of more than one byte has its high byte first, so that the bytes are
 * the same on every machine.  A rule is
 *
 *		1 byte	RULE_* bits: which of the following parts there are
 *		1		RULE_MORE: MORE_* bits, for the same
 *		1		RULE_WEEKDAYS: the weekdays, bit 0 is Monday, not all seven
 *		1		RULE_NTH: the weekdays that have numbers; for each of them
 *		2		  the numbers, as in OpeningRule.nth
 *		1		RULE_YEARS: how many ranges of years; for each of them
 *		2+2		  first and last year
 *		2		RULE_DAYS: the months that have days; for each of them
 *		4		  the days, as in OpeningRule.days
 *		2		RULE_CARRY: as OpeningRule.carry
 *		1		RULE_EASTER: how many ranges of days from Easter; for each
 *		2+2		  first and last, signed
 *		8		MORE_HOLIDAYS: as OpeningRule.holidays
 *		8		MORE_WEEKS: as OpeningRule.weeks
 *		1		MORE_PERIODS: how many periods; for each of them
 *		4+4		  first and last date, signed
 *		1		how many spans, none for "off"; for each of them
 *		3		  start and end in 12 bits each, in minutes
 *
 * so that "Mo-Fr 08:00-17:00" takes 16 bytes with its header.  Only the normal
 * form is stored, and there is one way to store it: a part is present only if
 * it says something.  Hence equal hours have equal bytes, and are compared as
 * bytea is.  A stored value may come from anywhere (a superuser can
 * relabel a bytea), so unpacking checks all of this.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "base/dates.h"
#include "hours/business_hours.h"
#include "hours/opening_days.h"

/* Version of the binary format: a byte with it, then the normal form as text. */
#define BUSINESS_HOURS_BINARY_VERSION	1

#define RULE_HOLIDAYS	0x01
#define RULE_WEEKDAYS	0x02
#define RULE_NTH		0x04
#define RULE_YEARS		0x08
#define RULE_DAYS		0x10
#define RULE_CARRY		0x20
#define RULE_EASTER		0x40
#define RULE_MORE		0x80

#define MORE_ADDS		0x01
#define MORE_TAKES_OUT	0x02
#define MORE_HOLIDAYS	0x04	/* not those of RULE_HOLIDAYS alone */
#define MORE_HOLIDAYS_TOO	0x08
#define MORE_WEEKS		0x10
#define MORE_PERIODS	0x20
#define MORE_UNKNOWN	0xc0

#define LAST_OF_DECEMBER	0x40000000

PG_FUNCTION_INFO_V1(business_hours_in);
PG_FUNCTION_INFO_V1(business_hours_out);
PG_FUNCTION_INFO_V1(business_hours_recv);
PG_FUNCTION_INFO_V1(business_hours_send);

/* ----------
 * Packing
 * ----------
 */

/* Append a number in so many bytes, the high one first. */
static void
put(StringInfo buf, uint64 value, int bytes)
{
	while (bytes-- > 0)
		appendStringInfoCharMacro(buf, (char) (value >> (8 * bytes)));
}

static void
put_ranges(StringInfo buf, int count, const OpeningRange *ranges, int bytes)
{
	put(buf, count, 1);
	for (int i = 0; i < count; i++)
	{
		put(buf, ranges[i].from, bytes);
		put(buf, ranges[i].to, bytes);
	}
}

static void
pack_rule(StringInfo buf, const OpeningRule *rule)
{
	int			nth_days = 0;
	int			months = 0;
	uint8		parts;
	uint8		more;

	for (int d = 0; d < 7; d++)
	{
		if (rule->nth[d] != 0)
			nth_days |= 1 << d;
	}
	for (int m = 0; m < 12; m++)
	{
		if (rule->days[m] != 0)
			months |= 1 << m;
	}
	more = (rule->effect == OH_ADDS ? MORE_ADDS : 0) |
		(rule->effect == OH_TAKES_OUT ? MORE_TAKES_OUT : 0) |
		(rule->holidays & ~OH_HOLIDAY_BIT(0) ? MORE_HOLIDAYS : 0) |
		(rule->holidays_too ? MORE_HOLIDAYS_TOO : 0) |
		(rule->weeks != 0 ? MORE_WEEKS : 0) |
		(rule->nperiods > 0 ? MORE_PERIODS : 0);
	parts = (rule->holidays == OH_HOLIDAY_BIT(0) ? RULE_HOLIDAYS : 0) |
		(rule->weekdays != OH_ALL_WEEKDAYS ? RULE_WEEKDAYS : 0) |
		(nth_days != 0 ? RULE_NTH : 0) |
		(rule->nyears > 0 ? RULE_YEARS : 0) |
		(months != 0 ? RULE_DAYS : 0) |
		(rule->carry != 0 ? RULE_CARRY : 0) |
		(rule->neaster > 0 ? RULE_EASTER : 0) |
		(more != 0 ? RULE_MORE : 0);

	put(buf, parts, 1);
	if (parts & RULE_MORE)
		put(buf, more, 1);
	if (parts & RULE_WEEKDAYS)
		put(buf, rule->weekdays, 1);
	if (parts & RULE_NTH)
	{
		put(buf, nth_days, 1);
		for (int d = 0; d < 7; d++)
		{
			if (rule->nth[d] != 0)
				put(buf, rule->nth[d], 2);
		}
	}
	if (parts & RULE_YEARS)
		put_ranges(buf, rule->nyears, rule->years, 2);
	if (parts & RULE_DAYS)
	{
		put(buf, months, 2);
		for (int m = 0; m < 12; m++)
		{
			if (rule->days[m] != 0)
				put(buf, rule->days[m], 4);
		}
	}
	if (parts & RULE_CARRY)
		put(buf, rule->carry, 2);
	if (parts & RULE_EASTER)
		put_ranges(buf, rule->neaster, rule->easter, 2);
	if (more & MORE_HOLIDAYS)
		put(buf, rule->holidays, 8);
	if (more & MORE_WEEKS)
		put(buf, rule->weeks, 8);
	if (more & MORE_PERIODS)
		put_ranges(buf, rule->nperiods, rule->periods, 4);

	put(buf, rule->nspans, 1);
	for (int i = 0; i < rule->nspans; i++)
		put(buf, rule->spans[i].start << 12 | rule->spans[i].end, 3);
}

BusinessHours *
business_hours_pack(const OpeningHours *hours)
{
	StringInfoData buf;
	BusinessHours header = {0};
	BusinessHours *value;

	header.nrules = hours->nrules;

	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, (char *) &header, offsetof(BusinessHours, rules));
	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pack_rule(&buf, &hours->rules[i]);
	}

	value = (BusinessHours *) buf.data;
	SET_VARSIZE(value, buf.len);
	return value;
}

/* ----------
 * Unpacking
 * ----------
 */

typedef struct Reader
{
	const uint8 *pos;
	const uint8 *end;
} Reader;

static void
corrupted(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("invalid stored business_hours value"),
			 errdetail_internal("%s", detail)));
}

/* Raise an error if a value breaks a rule that every packed value follows. */
static inline void
check(bool valid, const char *detail)
{
	if (!valid)
		corrupted(detail);
}

/* Read a number in so many bytes, the high one first. */
static uint64
get(Reader *r, int bytes)
{
	uint64		value = 0;

	check(r->end - r->pos >= bytes, "It ends too early.");
	while (bytes-- > 0)
		value = value << 8 | *r->pos++;
	return value;
}

/* Ranges in order, with gaps between them; numbers of so many bytes, with a sign. */
static int
get_ranges(Reader *r, int bytes, int max_count, int min, int max, OpeningRange **ranges)
{
	int			count = get(r, 1);
	OpeningRange *result;

	check(count > 0 && count <= max_count, "The number of ranges is wrong.");
	result = palloc(count * sizeof(OpeningRange));
	for (int i = 0; i < count; i++)
	{
		uint32		from = get(r, bytes);
		uint32		to = get(r, bytes);

		result[i].from = bytes == 2 ? (int16) from : (int32) from;
		result[i].to = bytes == 2 ? (int16) to : (int32) to;
		check(result[i].from >= min && result[i].from <= result[i].to && result[i].from <= max &&
			  (result[i].to <= max || result[i].to == OH_PERIOD_MAX), "A range is out of bounds.");
		check(i == 0 || result[i].from - 1 > result[i - 1].to,
			  "Ranges are not in order.");
	}
	*ranges = result;
	return count;
}

static void
unpack_weekdays(Reader *r, uint8 parts, OpeningRule *rule)
{
	int			nth_days = 0;

	rule->weekdays = OH_ALL_WEEKDAYS;
	if (parts & RULE_WEEKDAYS)
	{
		rule->weekdays = get(r, 1);
		check(rule->weekdays < OH_ALL_WEEKDAYS, "The weekdays are wrong.");
		check(rule->weekdays != 0 || (parts & RULE_NTH), "There is no weekday.");
	}
	if (parts & RULE_NTH)
	{
		nth_days = get(r, 1);
		check(nth_days > 0 && nth_days <= OH_ALL_WEEKDAYS &&
			  (nth_days & rule->weekdays) == 0, "The numbered weekdays are wrong.");
	}
	for (int d = 0; d < 7; d++)
	{
		if (nth_days & (1 << d))
		{
			uint16		nth = get(r, 2);

			check(nth != 0 && nth < 1 << 10 &&
				  (nth & 0x1f) != 0x1f && (nth >> 5) != 0x1f,
				  "The numbers of a weekday are wrong.");
			rule->nth[d] = nth;
		}
	}
}

static void
unpack_days(Reader *r, uint8 parts, OpeningRule *rule)
{
	bool		all = true;
	int			months = 0;

	if (parts & RULE_DAYS)
	{
		months = get(r, 2);
		check(months > 0 && months < 1 << 12, "The months are wrong.");
	}
	for (int m = 0; m < 12; m++)
	{
		if (months & (1 << m))
		{
			rule->days[m] = get(r, 4);
			check(rule->days[m] != 0 && (rule->days[m] & ~month_bits(m)) == 0,
				  "The days of a month are wrong.");
		}
		all = all && rule->days[m] == month_bits(m);
	}
	if (parts & RULE_CARRY)
	{
		int			month;
		int			day;

		rule->carry = get(r, 2);
		month = rule->carry / 32;
		day = rule->carry % 32;
		check(month >= 1 && month <= 12 && day >= 1 &&
			  (month_bits(month - 1) >> (day - 1)) != 0 &&
			  !(month == 12 && day == 31) &&
			  (rule->days[11] & LAST_OF_DECEMBER) != 0 &&
			  (parts & RULE_YEARS), "The range over the new year is wrong.");
	}
	if (parts & RULE_EASTER)
		rule->neaster = get_ranges(r, 2, OH_MAX_EASTER, OH_EASTER_MIN, OH_EASTER_MAX,
								   &rule->easter);
	rule->has_days = (parts & (RULE_DAYS | RULE_EASTER)) != 0;
	check(!all || (rule->carry != 0 && rule->neaster == 0),
		  "All days are selected one by one.");
}

static void
unpack_more(Reader *r, uint8 more, OpeningRule *rule)
{
	if (more & MORE_HOLIDAYS)
	{
		rule->holidays = get(r, 8);
		check(rule->holidays != 0 && rule->holidays <= OH_HOLIDAY_BITS &&
			  rule->holidays != OH_HOLIDAY_BIT(0), "The days near holidays are wrong.");
	}
	rule->holidays_too = (more & MORE_HOLIDAYS_TOO) != 0;
	check(!rule->holidays_too || rule->holidays != 0, "There are no holidays.");
	if (more & MORE_WEEKS)
	{
		rule->weeks = get(r, 8);
		check(rule->weeks != 0 && rule->weeks < OH_ALL_WEEKS, "The weeks are wrong.");
	}
	if (more & MORE_PERIODS)
	{
		check(rule->nyears == 0 && !rule->has_days, "Periods stand beside other dates.");
		rule->nperiods = get_ranges(r, 4, OH_MAX_PERIODS, year_start_date(OH_YEAR_MIN),
									year_start_date(OH_YEAR_MAX + 1) - 1, &rule->periods);
		check(!opening_periods_one_year(rule->nperiods, rule->periods),
			  "The periods are those of years.");
	}
}

static void
unpack_spans(Reader *r, OpeningRule *rule)
{
	rule->nspans = get(r, 1);
	check(rule->nspans <= OH_MAX_SPANS, "There are too many times.");
	if (rule->nspans == 0)
		return;

	rule->spans = palloc(rule->nspans * sizeof(OpeningSpan));
	for (int i = 0; i < rule->nspans; i++)
	{
		uint32		both = get(r, 3);
		OpeningSpan span = {both >> 12, both & 0xfff};

		check(span.start < MINUTES_PER_DAY && span.end > span.start &&
			  span.end <= 2 * MINUTES_PER_DAY, "A time is out of bounds.");
		check(i == 0 || span.start > rule->spans[i - 1].end,
			  "Times are not in order.");
		rule->spans[i] = span;
	}
}

static void
unpack_rule(Reader *r, OpeningRule *rule)
{
	uint8		parts = get(r, 1);
	uint8		more = (parts & RULE_MORE) ? get(r, 1) : 0;

	check((parts & RULE_MORE) == 0 || more != 0, "A part of a rule is missing.");
	check((more & MORE_UNKNOWN) == 0, "A part of a rule is unknown.");
	check(!(parts & RULE_HOLIDAYS) || !(more & MORE_HOLIDAYS),
		  "The days near holidays are wrong.");
	check((more & (MORE_ADDS | MORE_TAKES_OUT)) != (MORE_ADDS | MORE_TAKES_OUT),
		  "A rule adds and takes out.");
	check(!(parts & RULE_NTH) || (parts & RULE_WEEKDAYS),
		  "The weekdays are wrong.");

	rule->holidays = (parts & RULE_HOLIDAYS) != 0 ? OH_HOLIDAY_BIT(0) : 0;
	rule->effect = (more & MORE_ADDS) ? OH_ADDS : (more & MORE_TAKES_OUT) ? OH_TAKES_OUT :
		OH_REPLACES;
	unpack_weekdays(r, parts, rule);
	if (parts & RULE_YEARS)
		rule->nyears = get_ranges(r, 2, OH_MAX_YEARS, OH_YEAR_MIN, OH_YEAR_MAX,
								  &rule->years);
	unpack_days(r, parts, rule);
	unpack_more(r, more, rule);
	unpack_spans(r, rule);
	check(rule->nspans > 0 || rule->effect == OH_REPLACES,
		  "A rule without times adds or takes out.");
}

OpeningHours *
business_hours_unpack(const BusinessHours *value)
{
	Size		size = VARSIZE(value);
	OpeningHours *hours;
	Reader		reader;

	check(size >= offsetof(BusinessHours, rules), "It is too short.");
	check(value->flags == 0, "It has flags that this version does not know.");
	check(value->nrules > 0 && value->nrules <= OH_MAX_RULES,
		  "The number of rules is wrong.");

	reader.pos = value->rules;
	reader.end = (const uint8 *) value + size;

	hours = palloc(sizeof(OpeningHours));
	hours->nrules = value->nrules;
	hours->rules = palloc0(hours->nrules * sizeof(OpeningRule));
	for (int i = 0; i < hours->nrules; i++)
	{
		CHECK_FOR_INTERRUPTS();
		unpack_rule(&reader, &hours->rules[i]);
	}
	check(hours->rules[0].effect != OH_ADDS, "The first rule adds.");
	check(reader.pos == reader.end, "It goes on after its last rule.");
	return hours;
}

/* ----------
 * Input and output
 * ----------
 */

/* How much of a rule a notice repeats; rules in normal form are ASCII. */
#define MAX_SHOWN_RULE	60

static const char *
shown_rule(const OpeningRule *rule)
{
	char	   *text = opening_rule_text(rule);

	if (strlen(text) > MAX_SHOWN_RULE)
		strcpy(text + MAX_SHOWN_RULE - 3, "...");
	return text;
}

/* Tell of a rule that a later one makes meaningless: it is rarely meant so. */
static void
notice_replaced(const OpeningHours *hours)
{
	int			rule;
	int			by;

	if (!opening_hours_replaced(hours, &rule, &by))
		return;
	ereport(NOTICE,
			(errmsg("the rule \"%s\" never applies", shown_rule(&hours->rules[rule])),
			 errdetail("A later rule replaces it on all its dates: \"%s\".",
					   shown_rule(&hours->rules[by])),
			 hours->rules[by].nspans > 0 && hours->rules[rule].nspans > 0 ?
			 errhint("To open at the times of both, separate rules with \",\" in place of \";\".") :
			 errhint("A rule for some dates follows the rule for more dates.")));
}

Datum
business_hours_in(PG_FUNCTION_ARGS)
{
	Node	   *escontext = ERROR_CONTEXT(fcinfo);
	OpeningHours *hours = opening_hours_parse(PG_GETARG_CSTRING(0), escontext);

	if (hours == NULL)
		PG_RETURN_NULL();		/* a soft error was reported */
	if (escontext == NULL)
		notice_replaced(hours);
	PG_RETURN_POINTER(business_hours_pack(hours));
}

Datum
business_hours_out(PG_FUNCTION_ARGS)
{
	BusinessHours *value = PG_GETARG_BUSINESS_HOURS_P(0);

	PG_RETURN_CSTRING(opening_hours_text(business_hours_unpack(value)));
}

Datum
business_hours_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			version = pq_getmsgbyte(buf);
	int			length;

	if (version != BUSINESS_HOURS_BINARY_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("unsupported version %d of binary business_hours", version),
				 errdetail("This server knows version %d.",
						   BUSINESS_HOURS_BINARY_VERSION)));

	/* a zero byte in the text is an error of the server's */
	PG_RETURN_POINTER(business_hours_pack(opening_hours_parse(pq_getmsgtext(buf, buf->len - buf->cursor, &length),
															  NULL)));
}

Datum
business_hours_send(PG_FUNCTION_ARGS)
{
	BusinessHours *value = PG_GETARG_BUSINESS_HOURS_P(0);
	char	   *text = opening_hours_text(business_hours_unpack(value));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, BUSINESS_HOURS_BINARY_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
