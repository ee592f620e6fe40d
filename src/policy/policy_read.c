/*
 * policy_read.c
 *	  Reads rows of the configuration tables, as a snapshot sees them, when they are
 *	  first asked for.
 *
 * Rows are found by the server's own look-up by key, which does not ask for
 * SELECT, and their columns by name and type.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/grow.h"
#include "policy/policy_map.h"
#include "policy/policy_trigger.h"
#include "time/open_time.h"

const char *const policy_table_names[NUM_TABLES] = {
	"business_calendar", "support_plan", "sla_target_rule",
	"support_priority_rule", "business_holiday_list", "business_holiday",
	"business_holiday_rule", "support_translation", "sla_metric"
};

/* The column by whose value their rows are found; NULL: all are read together. */
static const char *const name_columns[NUM_TABLES] = {
	"calendar", "plan", "plan", "plan", "holidays", "holidays", "holidays", NULL, NULL
};

/*
 * Rows that were found, to be kept in one piece of memory.  They are put there by
 * a function that runs twice: first it finds out how large the piece must be, and
 * all that can fail fails; then it fills the piece.
 */
typedef struct Rows
{
	Relation	rel;
	Oid			schema;
	int			n;
	int			room;
	HeapTuple  *tuples;
	char	   *place;			/* NULL: this is the first run */
	Size		size;
} Rows;

/*
 * The index of the primary key, if rows can be found in it by a column as a
 * snapshot sees them; else InvalidOid.
 */
static Oid
usable_key(Relation rel, int column)
{
	Relation	index;
	Oid			found = InvalidOid;

	list_free(RelationGetIndexList(rel));	/* finds the primary key too */
	if (!OidIsValid(rel->rd_pkindex))
		return InvalidOid;
	index = index_open(rel->rd_pkindex, AccessShareLock);
	/* One that was built lately may lack rows that an old snapshot sees. */
	if (index->rd_index->indisvalid && index->rd_index->indkey.values[0] == column &&
		!(index->rd_index->indcheckxmin &&
		  !TransactionIdPrecedes(HeapTupleHeaderGetXmin(index->rd_indextuple->t_data),
								 TransactionXmin)))
		found = RelationGetRelid(index);
	index_close(index, AccessShareLock);
	return found;
}

/* Collect the rows that have a name in a column, or all, in the current context. */
static void
collect(Rows *rows, const PolicyMap *map, PolicyTable table,
		const char *column, const char *name, int len)
{
	ScanKeyData key;
	Oid			index = InvalidOid;
	SysScanDesc scan;
	HeapTuple	tuple;

	memset(rows, 0, sizeof(Rows));
	rows->schema = map->schema;
	rows->rel = table_open(map->tables[table], AccessShareLock);
	if (column != NULL)
	{
		int			attnum = row_column(rows->rel, column, TEXTOID);

		index = usable_key(rows->rel, attnum);
		ScanKeyEntryInitialize(&key, 0, attnum, BTEqualStrategyNumber, InvalidOid,
							   TupleDescAttr(RelationGetDescr(rows->rel), attnum - 1)->attcollation,
							   F_TEXTEQ,
							   PointerGetDatum(cstring_to_text_with_len(name, len)));
	}
	scan = systable_beginscan(rows->rel, index, OidIsValid(index), GetActiveSnapshot(),
							  column != NULL ? 1 : 0, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		rows->tuples = grow(rows->tuples, rows->n, &rows->room, sizeof(HeapTuple));
		rows->tuples[rows->n++] = heap_copytuple(tuple);
	}
	systable_endscan(scan);
}

/* The lock is kept until the transaction ends, as it is by any query. */
static void
collected(Rows *rows)
{
	table_close(rows->rel, NoLock);
}

/* Memory in the piece. */
static void *
take(Rows *rows, Size size)
{
	char	   *taken = rows->place == NULL ?
		MemoryContextAllocHuge(CurrentMemoryContext, size) : rows->place + rows->size;

	rows->size += MAXALIGN(size);
	return taken;
}

static Datum
row_value(const Rows *rows, int row, int column, bool *isnull)
{
	return heap_getattr(rows->tuples[row], column, RelationGetDescr(rows->rel), isnull);
}

/* A text, with a zero byte behind it. */
static const char *
take_text(Rows *rows, Datum value, int *len)
{
	text	   *source = DatumGetTextPP(value);
	int			size = VARSIZE_ANY_EXHDR(source);
	char	   *kept = take(rows, size + 1);

	memcpy(kept, VARDATA_ANY(source), size);
	kept[size] = '\0';
	if (len != NULL)
		*len = size;
	return kept;
}

/* The same, of a column; NULL for null. */
static const char *
row_text(Rows *rows, int row, int column, int *len)
{
	bool		isnull;
	Datum		value = row_value(rows, row, column, &isnull);

	if (isnull && len != NULL)
		*len = 0;
	return isnull ? NULL : take_text(rows, value, len);
}

/* Opening hours; NULL for null. */
static BusinessHours *
row_hours(Rows *rows, int row, int column)
{
	bool		isnull;
	Datum		value = row_value(rows, row, column, &isnull);
	struct varlena *hours;
	void	   *kept;

	if (isnull)
		return NULL;
	hours = PG_DETOAST_DATUM(value);
	kept = take(rows, VARSIZE(hours));
	memcpy(kept, hours, VARSIZE(hours));
	return kept;
}

/* The texts of an array; their number. */
static int
row_texts(Rows *rows, int row, int column, const char ***texts)
{
	bool		isnull;
	Datum		value = row_value(rows, row, column, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	int			made = 0;

	*texts = NULL;
	if (isnull)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &n);
	*texts = take(rows, n * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			(*texts)[made++] = take_text(rows, elements[i], NULL);
	}
	return made;
}

/* Whether the next row is to be put away; the first run can be interrupted. */
static bool
next_row(const Rows *rows, int *row)
{
	if (rows->place == NULL)
		CHECK_FOR_INTERRUPTS();
	return ++*row < rows->n;
}

/* The column of opening hours. */
static int
find_hours(const Rows *rows)
{
	return row_column(rows->rel, "hours",
					   GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum("business_hours"),
									   ObjectIdGetDatum(rows->schema)));
}

/* The column of an enum of the extension, and its values. */
static int
find_enum(const Rows *rows, const char *name, EnumValues *values,
		  const char *const *labels, int n)
{
	int			column = row_column(rows->rel, name, InvalidOid);

	enum_values(values, TupleDescAttr(RelationGetDescr(rows->rel), column - 1)->atttypid,
				labels, n);
	return column;
}

/* Each of the following puts rows of a table away; NULL: there is nothing to keep. */

static void *
read_plan(Rows *rows)
{
	int			name = row_column(rows->rel, "plan", TEXTOID);
	int			title = row_column(rows->rel, "title", TEXTOID);
	int			calendar = row_column(rows->rel, "calendar", TEXTOID);
	int			sla_of = row_column(rows->rel, "sla_of", TEXTOID);
	int			successor = row_column(rows->rel, "successor", TEXTOID);
	PlanRow    *one;

	if (rows->n == 0)
		return NULL;
	one = take(rows, sizeof(PlanRow));
	one->name = row_text(rows, 0, name, &one->name_len);
	one->title = row_text(rows, 0, title, NULL);
	one->calendar = row_text(rows, 0, calendar, NULL);
	one->sla_of = row_text(rows, 0, sla_of, NULL);
	one->successor = row_text(rows, 0, successor, NULL);
	return one;
}

static int
compare_rules(const void *a, const void *b)
{
	const TargetRule *x = a;
	const TargetRule *y = b;
	int			metric = strcmp(x->metric, y->metric);

	if (metric != 0)
		return metric;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->valid_from != y->valid_from)
		return x->valid_from < y->valid_from ? -1 : 1;
	return 0;
}

static void *
read_targets(Rows *rows)
{
	EnumValues	priorities;
	int			priority = find_enum(rows, "priority", &priorities, priority_labels, NUM_PRIORITIES);
	int			metric = row_column(rows->rel, "metric", TEXTOID);
	int			valid_from = row_column(rows->rel, "valid_from", TIMESTAMPTZOID);
	int			target = row_column(rows->rel, "target", INTERVALOID);
	int			target_days = row_column(rows->rel, "target_days", INT4OID);
	int			until_close = row_column(rows->rel, "until_close", BOOLOID);
	int			calendar = row_column(rows->rel, "calendar", TEXTOID);
	int			at_risk = row_column(rows->rel, "at_risk", NUMERICOID);
	int			goal = row_column(rows->rel, "goal", NUMERICOID);
	TargetRows *all = take(rows, sizeof(TargetRows));
	int			row = -1;

	all->n = 0;
	all->rules = take(rows, rows->n * sizeof(TargetRule));
	while (next_row(rows, &row))
	{
		TargetRule *one = &all->rules[all->n];
		Datum		value;
		bool		isnull;

		memset(one, 0, sizeof(TargetRule));
		one->metric = row_text(rows, row, metric, NULL);
		one->calendar = row_text(rows, row, calendar, NULL);
		value = row_value(rows, row, priority, &isnull);
		one->priority = isnull ? 0 : enum_number(&priorities, DatumGetObjectId(value));
		value = row_value(rows, row, valid_from, &isnull);
		one->valid_from = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
		value = row_value(rows, row, target, &isnull);
		one->has_target = !isnull;
		if (!isnull)
		{
			one->interval = *DatumGetIntervalP(value);
			one->target = amount_from_interval(&one->interval);
		}
		value = row_value(rows, row, target_days, &isnull);
		one->days = isnull || one->has_target ? NOT_DAYS : DatumGetInt32(value);
		one->has_target |= !isnull;
		value = row_value(rows, row, until_close, &isnull);
		one->until_close = !isnull && DatumGetBool(value);
		value = row_value(rows, row, at_risk, &isnull);
		one->at_risk = isnull ? DEFAULT_AT_RISK :
			DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		value = row_value(rows, row, goal, &isnull);
		one->has_goal = !isnull;
		if (!isnull)
			one->goal = DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		if (one->metric != NULL)
			all->n++;
	}
	if (rows->place != NULL)
		qsort(all->rules, all->n, sizeof(TargetRule), compare_rules);
	return all;
}

static void *
read_priorities(Rows *rows)
{
	EnumValues	urgencies;
	EnumValues	impacts;
	EnumValues	priorities;
	int			urgency = find_enum(rows, "urgency", &urgencies, level_labels, NUM_LEVELS);
	int			impact = find_enum(rows, "impact", &impacts, level_labels, NUM_LEVELS);
	int			priority = find_enum(rows, "priority", &priorities, priority_labels, NUM_PRIORITIES);
	PriorityRows *all = take(rows, sizeof(PriorityRows));
	int			row = -1;

	memset(all->priority, -1, sizeof(all->priority));
	while (next_row(rows, &row))
	{
		bool		no_urgency,
					no_impact,
					no_priority;
		Datum		u = row_value(rows, row, urgency, &no_urgency);
		Datum		i = row_value(rows, row, impact, &no_impact);
		Datum		level = row_value(rows, row, priority, &no_priority);

		if (no_urgency || no_impact || no_priority)
			continue;
		all->priority
			[enum_number(&urgencies, DatumGetObjectId(u))]
			[enum_number(&impacts, DatumGetObjectId(i))] =
			(int8) enum_number(&priorities, DatumGetObjectId(level));
	}
	return all;
}

static void *
read_calendar(Rows *rows)
{
	int			name = row_column(rows->rel, "calendar", TEXTOID);
	int			hours = find_hours(rows);
	int			zone = row_column(rows->rel, "time_zone", TEXTOID);
	int			holidays = row_column(rows->rel, "holidays", TEXTOID);
	CalendarRow *one;

	if (rows->n == 0)
		return NULL;
	one = take(rows, sizeof(CalendarRow));
	one->name = row_text(rows, 0, name, &one->name_len);
	one->hours = row_hours(rows, 0, hours);
	one->zone_name = row_text(rows, 0, zone, &one->zone_len);
	one->holidays = row_text(rows, 0, holidays, NULL);
	return one->hours == NULL ? NULL : one;
}

/* A date; another one where it is null or infinite. */
static DateADT
row_date(const Rows *rows, int row, int column, DateADT otherwise)
{
	bool		isnull;
	Datum		value = row_value(rows, row, column, &isnull);

	return isnull || DATE_NOT_FINITE(DatumGetDateADT(value)) ? otherwise :
		DatumGetDateADT(value);
}

static void *
read_list(Rows *rows)
{
	int			name = row_column(rows->rel, "holidays", TEXTOID);
	int			known_from = row_column(rows->rel, "known_from", DATEOID);
	int			known_until = row_column(rows->rel, "known_until", DATEOID);
	int			includes = row_column(rows->rel, "includes", TEXTARRAYOID);
	ListRow    *one;

	if (rows->n == 0)
		return NULL;
	one = take(rows, sizeof(ListRow));
	one->name = row_text(rows, 0, name, &one->name_len);
	one->known_from = row_date(rows, 0, known_from, DATEVAL_NOBEGIN);
	one->known_until = row_date(rows, 0, known_until, DATEVAL_NOEND);
	one->nincludes = row_texts(rows, 0, includes, &one->includes);
	return one;
}

static void *
read_holidays(Rows *rows)
{
	int			day = row_column(rows->rel, "day", DATEOID);
	int			hours = find_hours(rows);
	HolidayRows *all = take(rows, sizeof(HolidayRows));
	int			row = -1;

	all->n = 0;
	all->days = take(rows, rows->n * sizeof(HolidayRow));
	while (next_row(rows, &row))
	{
		DateADT		date = row_date(rows, row, day, DATEVAL_NOEND);

		/* No timestamp lies on a day beyond these. */
		if (date >= END_TIMESTAMP / USECS_PER_DAY ||
			date <= MIN_TIMESTAMP / USECS_PER_DAY)
			continue;
		all->days[all->n].date = date + EPOCH_DAYS;
		all->days[all->n].special = row_hours(rows, row, hours);
		all->n++;
	}
	return all;
}

static void *
read_holiday_rules(Rows *rows)
{
	int			rule = row_column(rows->rel, "rule", TEXTOID);
	int			hours = find_hours(rows);
	HolidayRuleRows *all = take(rows, sizeof(HolidayRuleRows));
	int			row = -1;

	all->n = 0;
	all->rules = take(rows, rows->n * sizeof(HolidayRuleRow));
	while (next_row(rows, &row))
	{
		HolidayRuleRow *one = &all->rules[all->n];

		one->rule = row_text(rows, row, rule, NULL);
		one->special = row_hours(rows, row, hours);
		if (one->rule != NULL)
			all->n++;
	}
	return all;
}

static void *
read_translations(Rows *rows)
{
	int			locale = row_column(rows->rel, "locale", TEXTOID);
	int			kind = row_column(rows->rel, "kind", TEXTOID);
	int			key = row_column(rows->rel, "key", TEXTOID);
	int			text = row_column(rows->rel, "text", TEXTOID);
	int			accepted = row_column(rows->rel, "accepted", TEXTARRAYOID);
	TranslationRows *all = take(rows, sizeof(TranslationRows));
	int			row = -1;

	all->n = 0;
	all->rows = take(rows, rows->n * sizeof(Translation));
	while (next_row(rows, &row))
	{
		Translation *one = &all->rows[all->n];

		one->locale = row_text(rows, row, locale, NULL);
		one->kind = row_text(rows, row, kind, NULL);
		one->key = row_text(rows, row, key, NULL);
		one->text = row_text(rows, row, text, &one->text_len);
		one->naccepted = row_texts(rows, row, accepted, &one->accepted);
		if (one->locale != NULL && one->kind != NULL && one->key != NULL && one->text != NULL)
			all->n++;
	}
	return all;
}

static void *
read_metrics(Rows *rows)
{
	int			name = row_column(rows->rel, "metric", TEXTOID);
	int			title = row_column(rows->rel, "title", TEXTOID);
	MetricRows *all = take(rows, sizeof(MetricRows));
	int			row = -1;

	all->n = 0;
	all->metrics = take(rows, rows->n * sizeof(PolicyMetric));
	while (next_row(rows, &row))
	{
		PolicyMetric *one = &all->metrics[all->n];

		one->name = row_text(rows, row, name, &one->name_len);
		one->title = row_text(rows, row, title, NULL);
		one->slot = NO_SLOT;
		if (one->name != NULL)
			all->n++;
	}
	return all;
}

static void *(*const readers[NUM_TABLES]) (Rows *rows) = {
	read_calendar, read_plan, read_targets, read_priorities, read_list, read_holidays,
	read_holiday_rules, read_translations, read_metrics
};

/* Where the rows of a table are kept for a map. */
static PolicyPart *
part_of(const PolicyMap *map, PolicyTable table)
{
	PolicyPart *part = map->found->parts[table];
	MemoryContext context;

	if (part != NULL)
		return part;
	context = GenerationContextCreate(policy_context, "ticket_priority policy rows",
									  0, 1024, 32 * 1024);
	MemoryContextSetIdentifier(context, policy_table_names[table]);
	part = MemoryContextAllocZero(context, sizeof(PolicyPart));
	part->context = context;
	part->uses = 1;
	map->found->parts[table] = part;
	return part;
}

/* Put rows away, and let a name lead to them. */
static void *
put_away(PolicyPart *part, PolicyTable table, Rows *rows, const char *name, int len)
{
	void	   *made = readers[table] (rows);
	char	   *kept;

	if (made == NULL)
		return NULL;
	rows->place = MemoryContextAllocHuge(part->context, rows->size + len);
	rows->size = 0;
	made = readers[table] (rows);
	kept = rows->place + rows->size;
	memcpy(kept, name, len);
	add_name(part->rows, kept, len)->to.pointer = made;
	return made;
}

static void *
read_rows(const PolicyMap *map, PolicyPart *part, PolicyTable table,
		  const char *name, int len)
{
	MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
											   "ticket_priority reading",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(temp);
	Rows		rows;
	void	   *volatile made = NULL;

	collect(&rows, map, table, name_columns[table], name, len);
	PG_TRY();
	{
		made = put_away(part, table, &rows, name, len);
	}
	PG_FINALLY();
	{
		/* Who asks may take the error for a ticket's, and go on. */
		collected(&rows);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	MemoryContextDelete(temp);
	policy_count_memory();
	return made;
}

const void *
policy_rows(const PolicyMap *map, PolicyTable table, const char *name, int len)
{
	PolicyPart *part = part_of(map, table);
	NameEntry  *entry;

	if (part->rows == NULL)
		part->rows = namemap_create(part->context, 4, NULL);
	entry = namemap_lookup(part->rows, name_key(name, len));
	return entry != NULL ? entry->to.pointer : read_rows(map, part, table, name, len);
}

int
policy_names(const PolicyMap *map, PolicyTable table, const char ***names)
{
	Rows		rows;
	int			column;
	int			n = 0;
	int			row = -1;

	collect(&rows, map, table, NULL, NULL, 0);
	column = row_column(rows.rel, table == TABLE_METRIC ? "metric" : name_columns[table],
						 TEXTOID);
	*names = take(&rows, Max(rows.n, 1) * sizeof(char *));
	while (next_row(&rows, &row))
	{
		(*names)[n] = row_text(&rows, row, column, NULL);
		if ((*names)[n] != NULL)
			n++;
	}
	collected(&rows);
	return n;
}
