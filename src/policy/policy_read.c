/*
 * policy_read.c
 *	  Reads the configuration tables into a map, as a snapshot sees them.
 *
 * The tables are read by table scans, which do not ask for SELECT, and their
 * columns are found by name and type.
 */
#include "postgres.h"

#include <limits.h>

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "policy/policy_map.h"
#include "time/open_time.h"

static const char *const table_names[NUM_TABLES] = {
	"business_calendar", "support_plan", "sla_target_rule",
	"support_priority_rule", "business_holiday_list", "business_holiday",
	"business_holiday_rule", "support_translation", "sla_metric"
};

Oid			policy_schema = InvalidOid;
Oid			policy_tables[NUM_TABLES];
static uint64 known_generation = 0;

static MemoryContext policy_context = NULL;
static uint64 maps_made = 0;

void
policy_find_tables(Oid namespace)
{
	uint64		generation = policy_generation;
	int			i;

	if (policy_schema == namespace && known_generation == policy_generation)
		return;
	known_generation = 0;
	for (i = 0; i < NUM_TABLES; i++)
	{
		Oid			relid = get_relname_relid(table_names[i], namespace);

		if (!OidIsValid(relid))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table \"%s\" of extension ticket_priority does not exist",
							table_names[i])));
		policy_tables[i] = relid;
	}
	if (policy_schema != namespace)
	{
		policy_schema = namespace;
		generation = ++policy_generation;
	}
	known_generation = generation;
}

typedef struct TableReader
{
	Relation	rel;
	TableScanDesc scan;
	TupleTableSlot *slot;
} TableReader;

static void
reader_open(TableReader *reader, Oid relid, Snapshot snapshot)
{
	reader->rel = table_open(relid, AccessShareLock);
	reader->slot = table_slot_create(reader->rel, NULL);
	reader->scan = table_beginscan_strat(reader->rel, snapshot, 0, NULL, true, false);
}

static bool
reader_next(TableReader *reader, RowsSeen *rows)
{
	bool		isnull;
	struct
	{
		Oid			table;
		Oid			file;		/* changes when the table is rewritten */
		BlockNumber block;
		uint32		offset;
		TransactionId xmin;
		CommandId	cmin;
	}			id;

	CHECK_FOR_INTERRUPTS();
	if (!table_scan_getnextslot(reader->scan, ForwardScanDirection, reader->slot))
		return false;

	/* A sum, because it does not depend on the order of the rows. */
	memset(&id, 0, sizeof(id));
	id.block = ItemPointerGetBlockNumber(&reader->slot->tts_tid);
	id.offset = ItemPointerGetOffsetNumber(&reader->slot->tts_tid);
	id.xmin = DatumGetTransactionId(slot_getsysattr(reader->slot,
													MinTransactionIdAttributeNumber,
													&isnull));
	/* One transaction can use a place twice, if it truncates the table. */
	id.cmin = DatumGetCommandId(slot_getsysattr(reader->slot,
												MinCommandIdAttributeNumber,
												&isnull));
	id.table = RelationGetRelid(reader->rel);
	id.file = reader->rel->rd_rel->relfilenode;
	rows->sum[0] += hash_bytes_extended((unsigned char *) &id, sizeof(id), 0);
	rows->sum[1] += hash_bytes_extended((unsigned char *) &id, sizeof(id),
										UINT64CONST(0x9e3779b97f4a7c15));
	rows->count++;
	return true;
}

static void
reader_close(TableReader *reader)
{
	table_endscan(reader->scan);
	ExecDropSingleTupleTableSlot(reader->slot);
	/* The lock is kept until the transaction ends, as it is by any query. */
	table_close(reader->rel, NoLock);
}

/* Add the rows of a table; their number. */
static int
see_table(PolicyTable table, Snapshot snapshot, RowsSeen *rows)
{
	TableReader reader;
	int			n = 0;

	reader_open(&reader, policy_tables[table], snapshot);
	while (reader_next(&reader, rows))
		n++;
	reader_close(&reader);
	return n;
}

void
policy_see_rows(Snapshot snapshot, RowsSeen *rows)
{
	int			i;

	memset(rows, 0, sizeof(RowsSeen));
	for (i = 0; i < NUM_TABLES; i++)
		(void) see_table(i, snapshot, rows);
}

/* Number of the column with a name; type InvalidOid for an enum. */
static int
find_column(Relation rel, const char *name, Oid type)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0 &&
			(type == InvalidOid || att->atttypid == type))
			return i + 1;
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("table \"%s\" has no column \"%s\" of type %s",
					RelationGetRelationName(rel), name,
					OidIsValid(type) ? format_type_be(type) : "the extension's own")));
	return 0;					/* keep compiler quiet */
}

/* The owner's texts, by names as of translation_name(), and the locales. */
struct Translations
{
	int			n;
	Translation *rows;
	namemap_hash *names;
	namemap_hash *locales;
};

static Oid
column_type(Relation rel, int column)
{
	return TupleDescAttr(RelationGetDescr(rel), column - 1)->atttypid;
}

/* A text, copied; NULL for null. */
static const char *
read_text(TupleTableSlot *slot, int column, int *len)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);
	char	   *copy;
	int			ignored;

	if (len == NULL)
		len = &ignored;
	*len = 0;
	if (isnull)
		return NULL;
	copy = TextDatumGetCString(value);
	*len = strlen(copy);
	return copy;
}

/* The texts of an array, copied; their number. */
static int
read_text_array(TupleTableSlot *slot, int column, const char ***texts)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			made = 0;

	*texts = NULL;
	if (isnull)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	*texts = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			(*texts)[made++] = TextDatumGetCString(elements[i]);
	}
	return made;
}

static void
add_name(namemap_hash *names, const char *name, int len, int index)
{
	bool		found;

	namemap_insert(names, name_key(name, len), &found)->index = index;
}

/* Index of the plan, metric or calendar that a column names, or of one list. */
static int
read_reference(namemap_hash *names, TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);
	text	   *name;

	if (isnull)
		return NO_REFERENCE;
	name = DatumGetTextPP(value);
	return find_name(names, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

/* An array with room for one more than n elements. */
static void *
reserve(void *array, int n, int *room, Size size)
{
	if (n < *room)
		return array;
	*room = Max(*room * 2, 8);
	if (array == NULL)
		return palloc(*room * size);
	return repalloc_huge(array, *room * size);
}

/* A new list at the end of the map's, which the caller counts. */
static PolicyHolidays *
new_list(PolicyMap *map)
{
	int			index = map->nlists + map->ntogether;
	PolicyHolidays *one;

	map->lists = reserve(map->lists, index, &map->lists_room, sizeof(PolicyHolidays));
	one = &map->lists[index];
	memset(one, 0, sizeof(PolicyHolidays));
	one->index = index;
	one->known_from = DATEVAL_NOBEGIN;
	one->known_until = DATEVAL_NOEND;
	one->context = CurrentMemoryContext;
	one->first_year = INT_MIN;
	one->last_year = INT_MAX;
	return one;
}

static void
read_lists(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			name,
				known_from,
				known_until,
				includes;

	reader_open(&reader, policy_tables[TABLE_HOLIDAY_LIST], snapshot);
	name = find_column(reader.rel, "holidays", TEXTOID);
	known_from = find_column(reader.rel, "known_from", DATEOID);
	known_until = find_column(reader.rel, "known_until", DATEOID);
	includes = find_column(reader.rel, "includes", TEXTARRAYOID);
	while (reader_next(&reader, &map->rows))
	{
		PolicyHolidays *one = new_list(map);
		const char **names;
		int			n;
		Datum		value;
		bool		isnull;

		one->name = read_text(reader.slot, name, &one->name_len);
		if (one->name == NULL)
			continue;
		value = slot_getattr(reader.slot, known_from, &isnull);
		one->known_from = isnull ? DATEVAL_NOBEGIN : DatumGetDateADT(value);
		if (DATE_NOT_FINITE(one->known_from))
			one->known_from = DATEVAL_NOBEGIN;
		value = slot_getattr(reader.slot, known_until, &isnull);
		one->known_until = isnull ? DATEVAL_NOEND : DatumGetDateADT(value);
		if (DATE_NOT_FINITE(one->known_until))
			one->known_until = DATEVAL_NOEND;
		n = read_text_array(reader.slot, includes, &names);
		for (int i = 0; i < n; i++)
			policy_holidays_include(one, names[i]);
		add_name(map->list_names, one->name, one->name_len, map->nlists);
		map->nlists++;
	}
	reader_close(&reader);
}

/* The column of opening hours. */
static int
find_hours(Relation rel)
{
	return find_column(rel, "hours",
					   GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum("business_hours"),
									   ObjectIdGetDatum(policy_schema)));
}

static void
read_holidays(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			list,
				day,
				hours,
				rule;

	reader_open(&reader, policy_tables[TABLE_HOLIDAY], snapshot);
	list = find_column(reader.rel, "holidays", TEXTOID);
	day = find_column(reader.rel, "day", DATEOID);
	hours = find_hours(reader.rel);
	while (reader_next(&reader, &map->rows))
	{
		int			index = read_reference(map->list_names, reader.slot, list);
		bool		no_day,
					no_hours;
		Datum		date = slot_getattr(reader.slot, day, &no_day);
		Datum		special = slot_getattr(reader.slot, hours, &no_hours);
		PolicyHolidays *one;

		/* No timestamp lies on a day beyond these. */
		if (index < 0 || no_day ||
			DatumGetDateADT(date) >= END_TIMESTAMP / USECS_PER_DAY ||
			DatumGetDateADT(date) <= MIN_TIMESTAMP / USECS_PER_DAY)
			continue;
		one = &map->lists[index];
		one->days = reserve(one->days, one->ndays, &one->days_room, sizeof(HolidayRow));
		one->days[one->ndays].date = DatumGetDateADT(date) + EPOCH_DAYS;
		one->days[one->ndays].special = no_hours ? NULL :
			(BusinessHours *) PG_DETOAST_DATUM_COPY(special);
		one->ndays++;
	}
	reader_close(&reader);

	reader_open(&reader, policy_tables[TABLE_HOLIDAY_RULE], snapshot);
	list = find_column(reader.rel, "holidays", TEXTOID);
	rule = find_column(reader.rel, "rule", TEXTOID);
	hours = find_hours(reader.rel);
	while (reader_next(&reader, &map->rows))
	{
		int			index = read_reference(map->list_names, reader.slot, list);
		const char *text;
		bool		no_hours;
		Datum		special;
		PolicyHolidays *one;

		text = read_text(reader.slot, rule, NULL);
		if (index < 0 || text == NULL)
			continue;
		one = &map->lists[index];
		special = slot_getattr(reader.slot, hours, &no_hours);
		one->rules = reserve(one->rules, one->nrules, &one->rules_room, sizeof(HolidayRuleRow));
		one->rules[one->nrules].rule = text;
		one->rules[one->nrules].special = no_hours ? NULL :
			(BusinessHours *) PG_DETOAST_DATUM_COPY(special);
		one->nrules++;
	}
	reader_close(&reader);
}

/*
 * Index of the list that a calendar names, or of several together, which are
 * added to the lists when first met.
 */
static int
read_calendar_lists(PolicyMap *map, TupleTableSlot *slot, int column)
{
	const char *names;
	int			len;
	int			index;
	PolicyHolidays *made;

	index = read_reference(map->list_names, slot, column);
	if (index != BROKEN_REFERENCE)
		return index;
	names = read_text(slot, column, &len);
	if (strchr(names, '+') == NULL)
		return BROKEN_REFERENCE;
	made = new_list(map);
	made->name = names;
	made->name_len = len;
	policy_holidays_include(made, names);
	add_name(map->list_names, names, len, made->index);
	map->ntogether++;
	return made->index;
}

static void
read_calendars(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	PolicyCalendar *calendars;
	int			room = 0;
	int			name,
				hours,
				zone,
				holidays;

	reader_open(&reader, policy_tables[TABLE_CALENDAR], snapshot);
	name = find_column(reader.rel, "calendar", TEXTOID);
	hours = find_hours(reader.rel);
	zone = find_column(reader.rel, "time_zone", TEXTOID);
	holidays = find_column(reader.rel, "holidays", TEXTOID);
	while (reader_next(&reader, &map->rows))
	{
		PolicyCalendar *one;
		bool		isnull;
		Datum		value;

		map->calendars = reserve(map->calendars, map->ncalendars, &room,
								 sizeof(PolicyCalendar));
		one = &map->calendars[map->ncalendars];
		memset(one, 0, sizeof(PolicyCalendar));
		one->name = read_text(reader.slot, name, &one->name_len);
		value = slot_getattr(reader.slot, hours, &isnull);
		if (isnull || one->name == NULL)
			continue;
		one->hours = (BusinessHours *) PG_DETOAST_DATUM_COPY(value);
		one->zone_name = read_text(reader.slot, zone, &one->zone_len);
		one->holidays = read_calendar_lists(map, reader.slot, holidays);
		one->has_holidays = opening_hours_has_holidays(business_hours_unpack(one->hours));
		add_name(map->calendar_names, one->name, one->name_len, map->ncalendars);
		map->ncalendars++;
	}
	reader_close(&reader);

	/* Their final place begins with a cache line and has no room to spare. */
	calendars = (PolicyCalendar *)
		TYPEALIGN(CACHE_LINE, palloc(map->ncalendars * sizeof(PolicyCalendar) + CACHE_LINE));
	if (map->ncalendars > 0)
		memcpy(calendars, map->calendars, map->ncalendars * sizeof(PolicyCalendar));
	if (map->calendars != NULL)
		pfree(map->calendars);
	map->calendars = calendars;
}

static int
text_reference(namemap_hash *names, const char *name)
{
	return name == NULL ? NO_REFERENCE : find_name(names, name, strlen(name));
}

static void
read_plans(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			room = 0;
	int			name_room[2] = {0, 0};
	int			name,
				title,
				calendar,
				sla_of,
				successor;
	const char **sla_of_name = NULL;
	const char **successor_name = NULL;
	int			i;

	reader_open(&reader, policy_tables[TABLE_PLAN], snapshot);
	name = find_column(reader.rel, "plan", TEXTOID);
	title = find_column(reader.rel, "title", TEXTOID);
	calendar = find_column(reader.rel, "calendar", TEXTOID);
	sla_of = find_column(reader.rel, "sla_of", TEXTOID);
	successor = find_column(reader.rel, "successor", TEXTOID);
	while (reader_next(&reader, &map->rows))
	{
		SupportPlan *one;

		map->plans = reserve(map->plans, map->nplans, &room, sizeof(SupportPlan));
		sla_of_name = reserve(sla_of_name, map->nplans, &name_room[0], sizeof(char *));
		successor_name = reserve(successor_name, map->nplans, &name_room[1], sizeof(char *));
		one = &map->plans[map->nplans];
		memset(one, 0, sizeof(SupportPlan));
		memset(one->priority, -1, sizeof(one->priority));
		one->name = read_text(reader.slot, name, &one->name_len);
		if (one->name == NULL)
			continue;
		one->title = read_text(reader.slot, title, NULL);
		one->calendar = read_reference(map->calendar_names, reader.slot, calendar);
		sla_of_name[map->nplans] = read_text(reader.slot, sla_of, NULL);
		successor_name[map->nplans] = read_text(reader.slot, successor, NULL);
		add_name(map->plan_names, one->name, one->name_len, map->nplans);
		map->nplans++;
	}
	reader_close(&reader);

	for (i = 0; i < map->nplans; i++)
	{
		SupportPlan *one = &map->plans[i];

		one->sla_of = text_reference(map->plan_names, sla_of_name[i]);
		one->successor = text_reference(map->plan_names, successor_name[i]);
	}
}

static void
read_metrics(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			room = 0;
	int			name,
				title;

	reader_open(&reader, policy_tables[TABLE_METRIC], snapshot);
	name = find_column(reader.rel, "metric", TEXTOID);
	title = find_column(reader.rel, "title", TEXTOID);
	while (reader_next(&reader, &map->rows))
	{
		PolicyMetric *one;
		int			len;

		map->metrics = reserve(map->metrics, map->nmetrics, &room, sizeof(PolicyMetric));
		one = &map->metrics[map->nmetrics];
		one->name = read_text(reader.slot, name, &len);
		if (one->name == NULL)
			continue;
		one->title = read_text(reader.slot, title, NULL);
		one->slot = 0;
		add_name(map->metric_names, one->name, len, map->nmetrics);
		map->nmetrics++;
	}
	reader_close(&reader);
}

static int
compare_rules(const void *a, const void *b)
{
	const TargetRule *x = a;
	const TargetRule *y = b;

	if (x->plan != y->plan)
		return x->plan < y->plan ? -1 : 1;
	if (x->metric != y->metric)
		return x->metric < y->metric ? -1 : 1;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->valid_from != y->valid_from)
		return x->valid_from < y->valid_from ? -1 : 1;
	return 0;
}

/*
 * Give each plan the ranges of its rules.  A metric for which no plan has a
 * rule takes no room: all of these share slot 0, in which there are none.
 */
static void
place_targets(PolicyMap *map)
{
	PlanTargets *targets;
	Size		n;
	int			i,
				priority;

	map->nslots = 1;
	for (i = 0; i < map->nrules; i++)
	{
		PolicyMetric *metric = &map->metrics[map->rules[i].metric];

		if (metric->slot == 0)
			metric->slot = map->nslots++;
	}

	n = (Size) map->nplans * map->nslots;
	targets = (PlanTargets *)
		TYPEALIGN(CACHE_LINE, palloc_extended(n * sizeof(PlanTargets) + CACHE_LINE,
											  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO));
	for (i = 0; i < map->nplans; i++)
		map->plans[i].targets = targets + (Size) i * map->nslots;
	for (Size each = 0; each < n; each++)
	{
		for (priority = 0; priority < NUM_PRIORITIES; priority++)
			targets[each].settled[priority].rule = NOT_SETTLED;
	}
	for (i = 0; i < map->nrules; i++)
	{
		const TargetRule *rule = &map->rules[i];
		int			slot = map->metrics[rule->metric].slot;
		RuleRange  *range = &map->plans[rule->plan].targets[slot].rules[rule->priority];

		if (range->n == 0)
			range->first = i;
		range->n++;
	}
}

static void
read_targets(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	EnumValues	priorities;
	int			room = 0;
	int			plan,
				priority,
				metric,
				valid_from,
				target,
				target_days,
				until_close,
				calendar,
				at_risk,
				goal;

	reader_open(&reader, policy_tables[TABLE_TARGET], snapshot);
	plan = find_column(reader.rel, "plan", TEXTOID);
	priority = find_column(reader.rel, "priority", InvalidOid);
	metric = find_column(reader.rel, "metric", TEXTOID);
	valid_from = find_column(reader.rel, "valid_from", TIMESTAMPTZOID);
	target = find_column(reader.rel, "target", INTERVALOID);
	target_days = find_column(reader.rel, "target_days", INT4OID);
	until_close = find_column(reader.rel, "until_close", BOOLOID);
	calendar = find_column(reader.rel, "calendar", TEXTOID);
	at_risk = find_column(reader.rel, "at_risk", NUMERICOID);
	goal = find_column(reader.rel, "goal", NUMERICOID);
	enum_values(&priorities, column_type(reader.rel, priority),
				priority_labels, NUM_PRIORITIES);
	while (reader_next(&reader, &map->rows))
	{
		TargetRule *one;
		Datum		value;
		bool		isnull;

		map->rules = reserve(map->rules, map->nrules, &room, sizeof(TargetRule));
		one = &map->rules[map->nrules];
		memset(one, 0, sizeof(TargetRule));
		one->plan = read_reference(map->plan_names, reader.slot, plan);
		one->metric = read_reference(map->metric_names, reader.slot, metric);
		one->calendar = read_reference(map->calendar_names, reader.slot, calendar);
		value = slot_getattr(reader.slot, priority, &isnull);
		one->priority = isnull ? 0 : enum_number(&priorities, DatumGetObjectId(value));
		value = slot_getattr(reader.slot, valid_from, &isnull);
		one->valid_from = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
		value = slot_getattr(reader.slot, target, &isnull);
		one->has_target = !isnull;
		if (!isnull)
		{
			one->interval = *DatumGetIntervalP(value);
			one->target = amount_from_interval(&one->interval);
		}
		value = slot_getattr(reader.slot, target_days, &isnull);
		one->days = isnull || one->has_target ? NOT_DAYS : DatumGetInt32(value);
		one->has_target |= !isnull;
		value = slot_getattr(reader.slot, until_close, &isnull);
		one->until_close = !isnull && DatumGetBool(value);
		value = slot_getattr(reader.slot, at_risk, &isnull);
		one->at_risk = isnull ? DEFAULT_AT_RISK :
			DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		value = slot_getattr(reader.slot, goal, &isnull);
		one->has_goal = !isnull;
		if (!isnull)
			one->goal = DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		if (one->plan >= 0 && one->metric >= 0)
			map->nrules++;
	}
	reader_close(&reader);

	if (map->nrules > 0)
		qsort(map->rules, map->nrules, sizeof(TargetRule), compare_rules);
	place_targets(map);
}

static void
read_priorities(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	EnumValues	urgencies;
	EnumValues	impacts;
	EnumValues	priorities;
	int			plan,
				urgency,
				impact,
				priority;

	reader_open(&reader, policy_tables[TABLE_PRIORITY], snapshot);
	plan = find_column(reader.rel, "plan", TEXTOID);
	urgency = find_column(reader.rel, "urgency", InvalidOid);
	impact = find_column(reader.rel, "impact", InvalidOid);
	priority = find_column(reader.rel, "priority", InvalidOid);
	enum_values(&urgencies, column_type(reader.rel, urgency),
				level_labels, NUM_LEVELS);
	enum_values(&impacts, column_type(reader.rel, impact),
				level_labels, NUM_LEVELS);
	enum_values(&priorities, column_type(reader.rel, priority),
				priority_labels, NUM_PRIORITIES);
	while (reader_next(&reader, &map->rows))
	{
		int			p = read_reference(map->plan_names, reader.slot, plan);
		bool		no_urgency,
					no_impact,
					no_priority;
		Datum		u = slot_getattr(reader.slot, urgency, &no_urgency);
		Datum		i = slot_getattr(reader.slot, impact, &no_impact);
		Datum		level = slot_getattr(reader.slot, priority, &no_priority);

		if (p < 0 || no_urgency || no_impact || no_priority)
			continue;
		map->plans[p].priority
			[enum_number(&urgencies, DatumGetObjectId(u))]
			[enum_number(&impacts, DatumGetObjectId(i))] =
			(int8) enum_number(&priorities, DatumGetObjectId(level));
	}
	reader_close(&reader);
}

/* The most bytes of a name in a buffer that needs no memory. */
#define SHORT_NAME		128

/*
 * Locale, kind and key, with a zero byte after the first two; in the buffer if
 * it has room.
 */
static char *
translation_name(char *buffer, const char *locale, int locale_len, const char *kind,
				 int kind_len, const char *key, int key_len, int *len)
{
	char	   *name = buffer;

	*len = locale_len + 1 + kind_len + 1 + key_len;
	if (buffer == NULL || *len > SHORT_NAME)
		name = palloc(*len);
	memcpy(name, locale, locale_len);
	name[locale_len] = '\0';
	memcpy(name + locale_len + 1, kind, kind_len);
	name[locale_len + 1 + kind_len] = '\0';
	memcpy(name + locale_len + 1 + kind_len + 1, key, key_len);
	return name;
}

static void
read_translations(PolicyMap *map, Snapshot snapshot)
{
	/* Below the caller's context, so that an error frees it. */
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "ticket_priority translations",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Translations *all = palloc0(sizeof(Translations));
	RowsSeen	rows = {{0, 0}, 0};
	int			room = Max(map->ntranslations, 1);
	TableReader reader;
	int			locale,
				kind,
				key,
				text,
				accepted;

	all->names = namemap_create(context, room, NULL);
	all->locales = namemap_create(context, 8, NULL);
	all->rows = palloc_extended(room * sizeof(Translation), MCXT_ALLOC_HUGE);
	reader_open(&reader, policy_tables[TABLE_TRANSLATION], snapshot);
	locale = find_column(reader.rel, "locale", TEXTOID);
	kind = find_column(reader.rel, "kind", TEXTOID);
	key = find_column(reader.rel, "key", TEXTOID);
	text = find_column(reader.rel, "text", TEXTOID);
	accepted = find_column(reader.rel, "accepted", TEXTARRAYOID);
	while (reader_next(&reader, &rows))
	{
		Translation *one;
		int			locale_len,
					kind_len,
					key_len,
					name_len;
		char	   *name;

		if (all->n == room)
		{
			room *= 2;
			all->rows = repalloc_huge(all->rows, room * sizeof(Translation));
		}
		one = &all->rows[all->n];
		one->locale = read_text(reader.slot, locale, &locale_len);
		one->kind = read_text(reader.slot, kind, &kind_len);
		one->key = read_text(reader.slot, key, &key_len);
		one->text = read_text(reader.slot, text, &one->text_len);
		one->naccepted = read_text_array(reader.slot, accepted, &one->accepted);
		if (one->locale == NULL || one->kind == NULL || one->key == NULL || one->text == NULL)
			continue;
		name = translation_name(NULL, one->locale, locale_len, one->kind, kind_len,
								one->key, key_len, &name_len);
		add_name(all->names, name, name_len, all->n);
		add_name(all->locales, one->locale, locale_len, all->n);
		all->n++;
	}
	reader_close(&reader);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, map->context);
	map->translations = all;
}

const Translations *
policy_translations(PolicyPin *pin)
{
	PolicyMap  *map = pin->map;

	if (likely(map->ntranslations == 0 || map->translations != NULL))
		return map->translations;
	if (ActiveSnapshotSet())
		read_translations(map, GetActiveSnapshot());
	else
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		read_translations(map, GetActiveSnapshot());
		PopActiveSnapshot();
	}
	return map->translations;
}

const Translation *
translations_rows(const Translations *all, int *n)
{
	*n = all->n;
	return all->rows;
}

const Translation *
translation_find(const Translations *all, const char *locale, int locale_len,
				 const char *kind, int kind_len, const char *key, int key_len)
{
	char		buffer[SHORT_NAME];
	int			len;
	char	   *name = translation_name(buffer, locale, locale_len, kind, kind_len,
										key, key_len, &len);
	int			index = find_name(all->names, name, len);

	if (name != buffer)
		pfree(name);
	return index < 0 ? NULL : &all->rows[index];
}

bool
translations_have(const Translations *all, const char *locale, int len)
{
	return find_name(all->locales, locale, len) >= 0;
}

PolicyMap *
policy_load_map(Snapshot snapshot)
{
	MemoryContext context;
	MemoryContext old;
	PolicyMap  *map;

	if (policy_context == NULL)
		policy_context = AllocSetContextCreate(TopMemoryContext,
											   "ticket_priority policies",
											   ALLOCSET_SMALL_SIZES);

	/* A child of the caller's context, so that an error frees it. */
	context = AllocSetContextCreate(CurrentMemoryContext,
									"ticket_priority policy",
									ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	map = palloc0(sizeof(PolicyMap));
	map->context = context;
	map->serial = ++maps_made;
	map->calendar_names = namemap_create(context, 8, NULL);
	map->plan_names = namemap_create(context, 8, NULL);
	map->list_names = namemap_create(context, 8, NULL);
	map->metric_names = namemap_create(context, 8, NULL);
	map->together = policy_holidays_none_together();
	read_lists(map, snapshot);
	read_holidays(map, snapshot);
	read_calendars(map, snapshot);
	read_plans(map, snapshot);
	read_metrics(map, snapshot);
	read_targets(map, snapshot);
	read_priorities(map, snapshot);
	map->ntranslations = see_table(TABLE_TRANSLATION, snapshot, &map->rows);
	policy_settle_targets(map);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, policy_context);
	return map;
}
