/*
 * policy.c
 *	  Configuration by name: plans, targets and calendars, as the query's
 *	  snapshot sees them.
 *
 * The rows of the configuration tables are read into a map, and a map serves
 * a snapshot if it has the rows that the snapshot sees.  How that is ensured:
 *
 * - Within one snapshot the map never changes: the pair is remembered.
 *
 * - A new snapshot may use the shared map if nothing was changed since that
 *	 was read.  A change raises policy_generation by a relcache invalidation,
 *	 which row triggers and TRUNCATE triggers set off.  The generation is noted
 *	 before reading; pending invalidations are accepted before it is compared.
 *
 * - A commit is visible a moment before its invalidation arrives.  Therefore
 *	 writers hold a lock until after both, and a new snapshot uses the shared
 *	 map only when nobody holds it.  Looking at the lock never waits.
 *
 * - A map becomes shared only if a snapshot taken afterwards sees the same
 *	 rows, and then it is for snapshots that are not older than that one: those
 *	 to which every transaction that it saw finished has finished too.
 *
 * - A transaction that writes policy itself shares no map, from its first row
 *	 on: its snapshots compare the rows, whatever is rolled back in between.
 *
 * - Whatever is not proved by this looks at the rows with the snapshot itself.
 *	 A map that was made of the same versions of the same rows will do; else
 *	 they are read again.
 *
 * On a standby nobody holds a lock, and in a serializable transaction every
 * read must leave its mark; there each new snapshot compares the rows.
 */
#include "postgres.h"

#include <limits.h>

#include "access/genam.h"
#include "access/parallel.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "compat.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "business_time.h"
#include "byte_key.h"
#include "policy.h"

/* The tables that make a map. */
typedef enum PolicyTable
{
	TABLE_CALENDAR,
	TABLE_PLAN,
	TABLE_TARGET,
	TABLE_PRIORITY,
	TABLE_HOLIDAY_LIST,
	TABLE_HOLIDAY,
	TABLE_HOLIDAY_RULE,
	NUM_TABLES
} PolicyTable;

static const char *const table_names[NUM_TABLES] = {
	"business_calendar", "support_plan", "sla_target_rule",
	"support_priority_rule", "business_holiday_list", "business_holiday",
	"business_holiday_rule"
};

/* Says which rows were seen: equal for equal versions of equal rows. */
typedef struct RowsSeen
{
	uint64		sum[2];
	uint64		count;
} RowsSeen;

/* A name and where it leads: to a plan, a calendar or a list by index. */
typedef struct NameEntry
{
	NameKey		key;
	uint32		hash;
	int			index;
	char		status;
} NameEntry;

#define SH_PREFIX			namemap
#define SH_ELEMENT_TYPE		NameEntry
#define SH_KEY_TYPE			NameKey
#define SH_KEY				key
#define SH_HASH_KEY(tb, key)	name_key_hash(key)
#define SH_EQUAL(tb, a, b)	name_key_equal(a, b)
#define SH_SCOPE			static inline
#define SH_STORE_HASH
#define SH_GET_HASH(tb, a)	(a)->hash
#define SH_FILLFACTOR		0.3
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct PolicyMap
{
	MemoryContext context;
	uint64		serial;			/* of no other map */
	int			uses;			/* from shared_map and from remembered pairs */
	RowsSeen	rows;
	namemap_hash *calendar_names;
	namemap_hash *plan_names;
	namemap_hash *list_names;
	int			nlists;
	PolicyHolidays *lists;
	int			ncalendars;
	PolicyCalendar *calendars;
	int			nplans;
	SupportPlan *plans;
	int			nrules;
	TargetRule *rules;			/* by plan, metric, priority, valid_from */
};

/* What tells snapshots apart. */
typedef struct SnapshotKey
{
	TransactionId xmin;
	TransactionId xmax;
	uint32		xcnt;
	int32		subxcnt;
	CommandId	curcid;
	uint64		in_progress;	/* hash of the transactions in progress */
} SnapshotKey;

typedef struct Remembered
{
	SnapshotKey key;
	Oid			namespace;
	PolicyMap  *map;
	uint64		used;
} Remembered;

#define NUM_REMEMBERED	16

/* Raised by every change of the tables; see policy_relcache_callback(). */
static uint64 policy_generation = 1;

static Oid	known_namespace = InvalidOid;
static Oid	known_tables[NUM_TABLES];
static uint64 known_generation = 0;

static MemoryContext policy_context = NULL;
static uint64 maps_made = 0;

/* What tells which snapshots are not older than one that was taken. */
typedef struct Horizon
{
	TransactionId xmax;
	int			nrunning;
	TransactionId *running;		/* in the order of their numbers */
	int			room;
} Horizon;

/*
 * The map that was shared last.  While shared_generation is policy_generation,
 * it is what snapshots see that are not older than shared_since.
 */
static PolicyMap *shared_map = NULL;
static uint64 shared_generation = 0;
static Horizon shared_since;
static SnapshotKey shared_key;	/* of the same snapshot */

/* Pairs of snapshot and map, of this transaction. */
static Remembered remembered[NUM_REMEMBERED];
static uint64 remembered_tick = 0;

/* Whether this transaction began to write the tables. */
static bool own_changes = false;

/* The pair used last, with the address of the snapshot for a quick look. */
static struct
{
	Snapshot	snapshot;		/* NULL: none */
	TransactionId xmin;
	TransactionId xmax;
	CommandId	curcid;
	uint32		nrunning;
	uint32		room;
	TransactionId *running;		/* as they are listed */
	Oid			namespace;
	PolicyMap  *map;
}			current;

/* ----------------------------------------------------------------------
 * Keeping maps
 * ----------------------------------------------------------------------
 */

static void
release_map(PolicyMap *map)
{
	if (map != NULL && --map->uses == 0)
		MemoryContextDelete(map->context);
}

/* Forget all pairs: at the end of a transaction, or of a failed part of it. */
static void
forget_remembered(void)
{
	int			i;

	current.snapshot = NULL;
	current.map = NULL;
	for (i = 0; i < NUM_REMEMBERED; i++)
	{
		PolicyMap  *map = remembered[i].map;

		remembered[i].map = NULL;
		release_map(map);
	}
}

static void
policy_relcache_callback(Datum arg, Oid relid)
{
	int			i;

	(void) arg;
	if (relid == InvalidOid)
	{
		policy_generation++;
		return;
	}
	for (i = 0; i < NUM_TABLES; i++)
	{
		if (relid == known_tables[i])
			policy_generation++;
	}
}

static void
policy_xact_callback(XactEvent event, void *arg)
{
	(void) arg;
	switch (event)
	{
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			forget_remembered();
			own_changes = false;
			break;
		default:
			break;
	}
}

static void
policy_subxact_callback(SubXactEvent event, SubTransactionId mySubid,
						SubTransactionId parentSubid, void *arg)
{
	(void) mySubid;
	(void) parentSubid;
	(void) arg;
	if (event == SUBXACT_EVENT_ABORT_SUB)
		forget_remembered();
}

void
policy_init(void)
{
	CacheRegisterRelcacheCallback(policy_relcache_callback, (Datum) 0);
	RegisterXactCallback(policy_xact_callback, NULL);
	RegisterSubXactCallback(policy_subxact_callback, NULL);
}

Oid
policy_namespace(FunctionCallInfo fcinfo)
{
	Oid			namespace = InvalidOid;

	if (fcinfo->flinfo != NULL && OidIsValid(fcinfo->flinfo->fn_oid))
		namespace = get_func_namespace(fcinfo->flinfo->fn_oid);
	if (!OidIsValid(namespace))
		elog(ERROR, "function was called without its declaration");
	return namespace;
}

/* Look the tables up, if that was not done since the last change. */
static void
find_tables(Oid namespace)
{
	uint64		generation = policy_generation;
	int			i;

	if (known_namespace == namespace && known_generation == policy_generation)
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
		known_tables[i] = relid;
	}
	if (known_namespace != namespace)
	{
		known_namespace = namespace;
		generation = ++policy_generation;
	}
	known_generation = generation;
}

/* ----------------------------------------------------------------------
 * Writers' lock
 * ----------------------------------------------------------------------
 */

/*
 * Writers take it together, until they end.  It stands for the extension's
 * schema, with a sub-object number that the server itself does not use.
 */
static void
writers_lock_tag(LOCKTAG *tag, Oid namespace)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, NamespaceRelationId, namespace, 1);
}

/* Whether no other transaction is changing policy, or about to be seen. */
static bool
no_writers(Oid namespace)
{
	LOCKTAG		tag;

	writers_lock_tag(&tag, namespace);
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	LockRelease(&tag, ShareLock, false);
	return true;
}

PG_FUNCTION_INFO_V1(support_policy_changed);

/*
 * Trigger function of the configuration tables.  Before a row is written, so
 * that no other trigger sees it with a map made before; after, because only
 * what is said then reaches those who could see it.
 */
Datum
support_policy_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	LOCKTAG		tag;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called as a trigger",
						"support_policy_changed")));
	own_changes = true;
	writers_lock_tag(&tag, RelationGetNamespace(trigger->tg_relation));
	(void) LockAcquire(&tag, RowExclusiveLock, false, false);
	CacheInvalidateRelcache(trigger->tg_relation);

	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		PG_RETURN_POINTER(NULL);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		PG_RETURN_POINTER(trigger->tg_newtuple);
	PG_RETURN_POINTER(trigger->tg_trigtuple);
}

/* ----------------------------------------------------------------------
 * Reading the tables
 * ----------------------------------------------------------------------
 */

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
		Oid			file;		/* another one if rows were moved */
		BlockNumber block;
		uint32		offset;
		TransactionId xmin;
		CommandId	cmin;
	}			id;

	CHECK_FOR_INTERRUPTS();
	if (!table_scan_getnextslot(reader->scan, ForwardScanDirection, reader->slot))
		return false;

	/* The sum does not depend on the order in which the rows come. */
	memset(&id, 0, sizeof(id));
	id.block = ItemPointerGetBlockNumber(&reader->slot->tts_tid);
	id.offset = ItemPointerGetOffsetNumber(&reader->slot->tts_tid);
	id.xmin = DatumGetTransactionId(slot_getsysattr(reader->slot,
													MinTransactionIdAttributeNumber,
													&isnull));
	/* A place can be used twice in one transaction, if that truncates. */
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
	/* As after any query, the table stays what it is until the transaction ends. */
	table_close(reader->rel, NoLock);
}

static bool
same_rows(const RowsSeen *a, const RowsSeen *b)
{
	return a->count == b->count && a->sum[0] == b->sum[0] && a->sum[1] == b->sum[1];
}

/* Which rows a snapshot sees, without reading what is in them. */
static void
see_rows(Snapshot snapshot, RowsSeen *rows)
{
	int			i;

	memset(rows, 0, sizeof(RowsSeen));
	for (i = 0; i < NUM_TABLES; i++)
	{
		TableReader reader;

		reader_open(&reader, known_tables[i], snapshot);
		while (reader_next(&reader, rows))
			;
		reader_close(&reader);
	}
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

/* Index of a name, BROKEN_REFERENCE if it is not there. */
static inline int
find_name(namemap_hash *names, const char *name, int len)
{
	NameEntry  *entry = namemap_lookup(names, name_key(name, len));

	return entry == NULL ? BROKEN_REFERENCE : entry->index;
}

static void
add_name(namemap_hash *names, const char *name, int len, int index)
{
	bool		found;

	namemap_insert(names, name_key(name, len), &found)->index = index;
}

/* Index of the plan, calendar or list that a column names. */
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

static void
read_lists(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			room = 32;
	int			name,
				known_from,
				known_until;

	reader_open(&reader, known_tables[TABLE_HOLIDAY_LIST], snapshot);
	name = find_column(reader.rel, "holidays", TEXTOID);
	known_from = find_column(reader.rel, "known_from", DATEOID);
	known_until = find_column(reader.rel, "known_until", DATEOID);
	map->lists = palloc(room * sizeof(PolicyHolidays));
	while (reader_next(&reader, &map->rows))
	{
		PolicyHolidays *one;
		Datum		value;
		bool		isnull;

		if (map->nlists == room)
		{
			room *= 2;
			map->lists = repalloc(map->lists, room * sizeof(PolicyHolidays));
		}
		one = &map->lists[map->nlists];
		memset(one, 0, sizeof(PolicyHolidays));
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
		one->context = CurrentMemoryContext;
		one->first_year = INT_MIN;
		one->last_year = INT_MAX;
		add_name(map->list_names, one->name, one->name_len, map->nlists);
		map->nlists++;
	}
	reader_close(&reader);
}

static void
read_holidays(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	int			list,
				day,
				hours,
				rule;

	reader_open(&reader, known_tables[TABLE_HOLIDAY], snapshot);
	list = find_column(reader.rel, "holidays", TEXTOID);
	day = find_column(reader.rel, "day", DATEOID);
	hours = find_column(reader.rel, "hours",
						GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
										CStringGetDatum("business_hours"),
										ObjectIdGetDatum(known_namespace)));
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
		if (one->ndays == one->days_room)
		{
			int			more = Max(one->days_room * 2, 16);

			if (one->days == NULL)
				one->days = palloc(more * sizeof(HolidayRow));
			else
				one->days = repalloc_huge(one->days, more * sizeof(HolidayRow));
			one->days_room = more;
		}
		one->days[one->ndays].date = DatumGetDateADT(date) +
			EPOCH_DAYS;
		one->days[one->ndays].special = no_hours ? NULL :
			(BusinessHours *) PG_DETOAST_DATUM_COPY(special);
		one->ndays++;
	}
	reader_close(&reader);

	reader_open(&reader, known_tables[TABLE_HOLIDAY_RULE], snapshot);
	list = find_column(reader.rel, "holidays", TEXTOID);
	rule = find_column(reader.rel, "rule", TEXTOID);
	while (reader_next(&reader, &map->rows))
	{
		int			index = read_reference(map->list_names, reader.slot, list);
		const char *text;
		PolicyHolidays *one;

		text = read_text(reader.slot, rule, NULL);
		if (index < 0 || text == NULL)
			continue;
		one = &map->lists[index];
		if (one->nrules == one->rules_room)
		{
			int			more = Max(one->rules_room * 2, 16);

			if (one->rules == NULL)
				one->rules = palloc(more * sizeof(char *));
			else
				one->rules = repalloc_huge(one->rules, more * sizeof(char *));
			one->rules_room = more;
		}
		one->rules[one->nrules++] = text;
	}
	reader_close(&reader);
}

static void
read_calendars(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	PolicyCalendar *calendars;
	int			room = 8;
	int			name,
				hours,
				zone,
				holidays;

	reader_open(&reader, known_tables[TABLE_CALENDAR], snapshot);
	name = find_column(reader.rel, "calendar", TEXTOID);
	hours = find_column(reader.rel, "hours",
						GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
										CStringGetDatum("business_hours"),
										ObjectIdGetDatum(known_namespace)));
	zone = find_column(reader.rel, "time_zone", TEXTOID);
	holidays = find_column(reader.rel, "holidays", TEXTOID);
	map->calendars = palloc(room * sizeof(PolicyCalendar));
	while (reader_next(&reader, &map->rows))
	{
		PolicyCalendar *one;
		bool		isnull;
		Datum		value;

		if (map->ncalendars == room)
		{
			room *= 2;
			map->calendars = repalloc(map->calendars,
									  room * sizeof(PolicyCalendar));
		}
		one = &map->calendars[map->ncalendars];
		memset(one, 0, sizeof(PolicyCalendar));
		one->name = read_text(reader.slot, name, &one->name_len);
		value = slot_getattr(reader.slot, hours, &isnull);
		if (isnull || one->name == NULL)
			continue;
		one->hours = (BusinessHours *) PG_DETOAST_DATUM_COPY(value);
		one->zone_name = read_text(reader.slot, zone, &one->zone_len);
		one->holidays = read_reference(map->list_names, reader.slot, holidays);
		one->has_holidays = opening_hours_has_holidays(business_hours_unpack(one->hours));
		add_name(map->calendar_names, one->name, one->name_len, map->ncalendars);
		map->ncalendars++;
	}
	reader_close(&reader);

	/* Where they stay: at the start of a cache line, with no room behind. */
	calendars = (PolicyCalendar *)
		TYPEALIGN(CACHE_LINE, palloc(map->ncalendars * sizeof(PolicyCalendar) + CACHE_LINE));
	memcpy(calendars, map->calendars, map->ncalendars * sizeof(PolicyCalendar));
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
	int			room = 8;
	int			name,
				calendar,
				sla_of,
				successor;
	const char **sla_of_name = palloc(room * sizeof(char *));
	const char **successor_name = palloc(room * sizeof(char *));
	int			i;

	reader_open(&reader, known_tables[TABLE_PLAN], snapshot);
	name = find_column(reader.rel, "plan", TEXTOID);
	calendar = find_column(reader.rel, "calendar", TEXTOID);
	sla_of = find_column(reader.rel, "sla_of", TEXTOID);
	successor = find_column(reader.rel, "successor", TEXTOID);
	map->plans = palloc(room * sizeof(SupportPlan));
	while (reader_next(&reader, &map->rows))
	{
		SupportPlan *one;

		if (map->nplans == room)
		{
			room *= 2;
			map->plans = repalloc(map->plans, room * sizeof(SupportPlan));
			sla_of_name = repalloc(sla_of_name, room * sizeof(char *));
			successor_name = repalloc(successor_name, room * sizeof(char *));
		}
		one = &map->plans[map->nplans];
		memset(one, 0, sizeof(SupportPlan));
		memset(one->priority, -1, sizeof(one->priority));
		one->name = read_text(reader.slot, name, &one->name_len);
		if (one->name == NULL)
			continue;
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

static void
read_targets(PolicyMap *map, Snapshot snapshot)
{
	TableReader reader;
	EnumValues	priorities;
	EnumValues	metrics;
	int			room = 32;
	int			plan,
				priority,
				metric,
				valid_from,
				target,
				calendar,
				at_risk,
				goal;
	int			i;

	reader_open(&reader, known_tables[TABLE_TARGET], snapshot);
	plan = find_column(reader.rel, "plan", TEXTOID);
	priority = find_column(reader.rel, "priority", InvalidOid);
	metric = find_column(reader.rel, "metric", InvalidOid);
	valid_from = find_column(reader.rel, "valid_from", TIMESTAMPTZOID);
	target = find_column(reader.rel, "target", INTERVALOID);
	calendar = find_column(reader.rel, "calendar", TEXTOID);
	at_risk = find_column(reader.rel, "at_risk", NUMERICOID);
	goal = find_column(reader.rel, "goal", NUMERICOID);
	enum_values(&priorities, column_type(reader.rel, priority),
				priority_labels, NUM_PRIORITIES);
	enum_values(&metrics, column_type(reader.rel, metric),
				metric_labels, NUM_METRICS);
	map->rules = palloc(room * sizeof(TargetRule));
	while (reader_next(&reader, &map->rows))
	{
		TargetRule *one;
		Datum		value;
		bool		isnull;

		if (map->nrules == room)
		{
			room *= 2;
			map->rules = repalloc_huge(map->rules, room * sizeof(TargetRule));
		}
		one = &map->rules[map->nrules];
		memset(one, 0, sizeof(TargetRule));
		one->plan = read_reference(map->plan_names, reader.slot, plan);
		one->calendar = read_reference(map->calendar_names, reader.slot, calendar);
		value = slot_getattr(reader.slot, priority, &isnull);
		one->priority = isnull ? 0 : enum_number(&priorities, DatumGetObjectId(value));
		value = slot_getattr(reader.slot, metric, &isnull);
		one->metric = isnull ? 0 : enum_number(&metrics, DatumGetObjectId(value));
		value = slot_getattr(reader.slot, valid_from, &isnull);
		one->valid_from = isnull ? DT_NOBEGIN : DatumGetTimestampTz(value);
		value = slot_getattr(reader.slot, target, &isnull);
		one->has_target = !isnull;
		if (!isnull)
		{
			one->interval = *DatumGetIntervalP(value);
			one->target = amount_from_interval(&one->interval);
		}
		value = slot_getattr(reader.slot, at_risk, &isnull);
		one->at_risk = isnull ? 0.75 :
			DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		value = slot_getattr(reader.slot, goal, &isnull);
		one->has_goal = !isnull;
		if (!isnull)
			one->goal = DatumGetFloat8(DirectFunctionCall1(numeric_float8, value));
		if (one->plan >= 0)
			map->nrules++;
	}
	reader_close(&reader);

	qsort(map->rules, map->nrules, sizeof(TargetRule), compare_rules);
	for (i = 0; i < map->nrules; i++)
	{
		const TargetRule *rule = &map->rules[i];
		RuleRange  *range = &map->plans[rule->plan].rules[rule->metric][rule->priority];

		if (range->n == 0)
			range->first = i;
		range->n++;
	}
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

	reader_open(&reader, known_tables[TABLE_PRIORITY], snapshot);
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

static void settle_targets(PolicyMap *map);

/* Read a map with a snapshot. */
static PolicyMap *
load_map(Snapshot snapshot)
{
	MemoryContext context;
	MemoryContext old;
	PolicyMap  *map;

	if (policy_context == NULL)
		policy_context = AllocSetContextCreate(TopMemoryContext,
											   "ticket_priority policies",
											   ALLOCSET_SMALL_SIZES);

	/* Below the caller's context, so that an error frees it. */
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
	read_lists(map, snapshot);
	read_holidays(map, snapshot);
	read_calendars(map, snapshot);
	read_plans(map, snapshot);
	read_targets(map, snapshot);
	read_priorities(map, snapshot);
	settle_targets(map);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, policy_context);
	return map;
}

/* ----------------------------------------------------------------------
 * Which map serves a snapshot
 * ----------------------------------------------------------------------
 */

static void
snapshot_key(Snapshot snapshot, SnapshotKey *key)
{
	memset(key, 0, sizeof(SnapshotKey));
	key->xmin = snapshot->xmin;
	key->xmax = snapshot->xmax;
	key->xcnt = snapshot->xcnt;
	key->subxcnt = snapshot->subxcnt;
	key->curcid = snapshot->curcid;
	if (snapshot->xcnt > 0)
		key->in_progress +=
			hash_bytes_extended((unsigned char *) snapshot->xip,
								snapshot->xcnt * sizeof(TransactionId), 1);
	/* A copy of a snapshot leaves them out if they are not all known. */
	if (snapshot->subxcnt > 0 && snapshot->subxip != NULL)
		key->in_progress +=
			hash_bytes_extended((unsigned char *) snapshot->subxip,
								snapshot->subxcnt * sizeof(TransactionId), 2);
}

/* By number as such: all that matters is that the order is total. */
static int
compare_xids(const void *a, const void *b)
{
	TransactionId x = *(const TransactionId *) a;
	TransactionId y = *(const TransactionId *) b;

	return x < y ? -1 : x > y;
}

/* Keep what tells which snapshots are not older than this one. */
static void
set_horizon(Horizon *horizon, Snapshot snapshot)
{
	int			n = snapshot->xcnt;

	if (n > horizon->room)
	{
		if (horizon->running != NULL)
			pfree(horizon->running);
		horizon->running = NULL;
		horizon->room = 0;
		horizon->running = MemoryContextAlloc(TopMemoryContext,
											  2 * n * sizeof(TransactionId));
		horizon->room = 2 * n;
	}
	horizon->xmax = snapshot->xmax;
	horizon->nrunning = n;
	if (n > 0)
		memcpy(horizon->running, snapshot->xip, n * sizeof(TransactionId));
	qsort(horizon->running, n, sizeof(TransactionId), compare_xids);
}

/*
 * Whether a snapshot sees finished whatever a horizon's snapshot did.  It is
 * enough to look at top transactions: the others finish with these.
 */
static bool
not_older(Snapshot snapshot, const Horizon *horizon)
{
	uint32		i;

	if (snapshot->takenDuringRecovery ||
		TransactionIdPrecedes(snapshot->xmax, horizon->xmax))
		return false;
	for (i = 0; i < snapshot->xcnt; i++)
	{
		if (TransactionIdPrecedes(snapshot->xip[i], horizon->xmax) &&
			(horizon->nrunning == 0 ||
			 bsearch(&snapshot->xip[i], horizon->running, horizon->nrunning,
					 sizeof(TransactionId), compare_xids) == NULL))
			return false;
	}
	return true;
}

/* Whether two snapshots see the same, apart from what their own transactions did. */
static bool
same_snapshot(const SnapshotKey *a, const SnapshotKey *b)
{
	SnapshotKey c = *a;

	c.curcid = b->curcid;
	return memcmp(&c, b, sizeof(SnapshotKey)) == 0;
}

/*
 * Whether a snapshot may use a map that another transaction shared, or share
 * one; see the top of the file.
 */
static bool
may_share(void)
{
	return !own_changes && !IsolationIsSerializable() && !IsInParallelMode();
}

/* Whether the shared map has what a snapshot sees; see the top of the file. */
static bool
shared_map_serves(Snapshot snapshot, const SnapshotKey *key, Oid namespace)
{
	int			i;

	if (shared_map == NULL || known_namespace != namespace || !may_share())
		return false;

	/*
	 * A transaction with one snapshot keeps the tables from now on, as any
	 * query would: emptying a table does not ask who may still look at it.
	 */
	if (IsolationUsesXactSnapshot())
	{
		for (i = 0; i < NUM_TABLES; i++)
			LockRelationOid(known_tables[i], AccessShareLock);
	}

	if (shared_generation == policy_generation &&
		same_snapshot(key, &shared_key))
		return true;

	/* First the lock, then the messages that its holders sent before. */
	if (RecoveryInProgress() || !not_older(snapshot, &shared_since) ||
		!no_writers(namespace))
		return false;
	AcceptInvalidationMessages();
	return shared_generation == policy_generation;
}

/*
 * Share the map that was just read with a snapshot, if one taken now sees the
 * same rows.  Generation is that from before the reading.
 */
static void
share_map(PolicyMap *map, const SnapshotKey *key, uint64 generation)
{
	Snapshot	latest = RegisterSnapshot(GetLatestSnapshot());
	SnapshotKey latest_key;
	bool		same;

	snapshot_key(latest, &latest_key);
	same = same_snapshot(key, &latest_key);
	if (!same)
	{
		RowsSeen	seen;

		see_rows(latest, &seen);
		same = same_rows(&seen, &map->rows);
	}
	if (same)
	{
		PolicyMap  *replaced = shared_map;

		shared_generation = 0;
		map->uses++;
		shared_map = map;
		release_map(replaced);
		set_horizon(&shared_since, latest);
		shared_key = latest_key;
		shared_generation = generation;
	}
	UnregisterSnapshot(latest);
}

static void
remember_map(const SnapshotKey *key, Oid namespace, PolicyMap *map)
{
	Remembered *oldest = &remembered[0];
	PolicyMap  *replaced;
	int			i;

	for (i = 1; i < NUM_REMEMBERED && oldest->map != NULL; i++)
	{
		if (remembered[i].map == NULL || remembered[i].used < oldest->used)
			oldest = &remembered[i];
	}
	replaced = oldest->map;
	map->uses++;
	oldest->map = map;
	oldest->key = *key;
	oldest->namespace = namespace;
	oldest->used = ++remembered_tick;
	release_map(replaced);
}

static PolicyMap *
find_map(Snapshot snapshot, Oid namespace)
{
	SnapshotKey key;
	PolicyMap  *map = NULL;
	RowsSeen	rows;
	uint64		generation;
	int			i;

	snapshot_key(snapshot, &key);
	for (i = 0; i < NUM_REMEMBERED; i++)
	{
		if (remembered[i].map != NULL && remembered[i].namespace == namespace &&
			memcmp(&remembered[i].key, &key, sizeof(key)) == 0)
		{
			remembered[i].used = ++remembered_tick;
			return remembered[i].map;
		}
	}

	if (shared_map_serves(snapshot, &key, namespace))
	{
		remember_map(&key, namespace, shared_map);
		return shared_map;
	}

	find_tables(namespace);
	generation = policy_generation;

	/* The same rows as before need not be read again. */
	see_rows(snapshot, &rows);
	if (shared_map != NULL && same_rows(&rows, &shared_map->rows))
		map = shared_map;
	for (i = 0; i < NUM_REMEMBERED && map == NULL; i++)
	{
		if (remembered[i].map != NULL && same_rows(&rows, &remembered[i].map->rows))
			map = remembered[i].map;
	}
	if (map == NULL)
		map = load_map(snapshot);
	remember_map(&key, namespace, map);

	/* While somebody writes, a map that is shared is as good as it can be. */
	if (may_share() &&
		!(map == shared_map && shared_generation == generation &&
		  !RecoveryInProgress() && not_older(snapshot, &shared_since)))
		share_map(map, &key, generation);
	return map;
}

/* The transactions in progress; on a standby all are listed with the others. */
static inline uint32
running_transactions(Snapshot snapshot, TransactionId **running)
{
	if (unlikely(snapshot->takenDuringRecovery))
	{
		*running = snapshot->subxip;
		return snapshot->subxcnt;
	}
	*running = snapshot->xip;
	return snapshot->xcnt;
}

/* Whether a snapshot is the one of the pair used last, in place and content. */
static inline bool
is_current(Snapshot snapshot, Oid namespace)
{
	TransactionId *running;
	uint32		nrunning = running_transactions(snapshot, &running);

	return snapshot == current.snapshot &&
		snapshot->xmin == current.xmin &&
		snapshot->xmax == current.xmax &&
		snapshot->curcid == current.curcid &&
		nrunning == current.nrunning &&
		(nrunning == 0 ||
		 memcmp(running, current.running, nrunning * sizeof(TransactionId)) == 0) &&
		namespace == current.namespace;
}

static void
set_current(Snapshot snapshot, Oid namespace, PolicyMap *map)
{
	TransactionId *running;
	uint32		nrunning = running_transactions(snapshot, &running);

	if (nrunning > current.room)
	{
		if (current.running != NULL)
			pfree(current.running);
		current.running = NULL;
		current.room = 0;
		current.running = MemoryContextAlloc(TopMemoryContext,
											 2 * nrunning * sizeof(TransactionId));
		current.room = 2 * nrunning;
	}
	if (nrunning > 0)
		memcpy(current.running, running, nrunning * sizeof(TransactionId));
	current.nrunning = nrunning;
	current.snapshot = snapshot;
	current.xmin = snapshot->xmin;
	current.xmax = snapshot->xmax;
	current.curcid = snapshot->curcid;
	current.namespace = namespace;
	current.map = map;
}

PolicyMap *
policy_current(Oid namespace)
{
	Snapshot	snapshot;
	PolicyMap  *map;

	if (likely(ActiveSnapshotSet()))
	{
		snapshot = GetActiveSnapshot();
		if (likely(is_current(snapshot, namespace)))
			return current.map;
		current.snapshot = NULL;
		map = find_map(snapshot, namespace);
		set_current(snapshot, namespace, map);
	}
	else
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		current.snapshot = NULL;
		map = find_map(GetActiveSnapshot(), namespace);
		PopActiveSnapshot();
	}
	return map;
}

/* ----------------------------------------------------------------------
 * Asking a map
 * ----------------------------------------------------------------------
 */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Names in a hint: in order, and not too many. */
static char *
list_names(const char **names, int n)
{
	StringInfoData list;
	int			i;

	qsort(names, n, sizeof(char *), compare_names);
	initStringInfo(&list);
	for (i = 0; i < n && i < 20; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
	if (n > 20)
		appendStringInfo(&list, " and %d more", n - 20);
	return list.data;
}

uint64
policy_serial(const PolicyMap *map)
{
	return map->serial;
}

const SupportPlan *
policy_plan(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_name(map->plan_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->plans[index];
	if (soft)
		return NULL;
	names = palloc(Max(map->nplans, 1) * sizeof(char *));
	for (i = 0; i < map->nplans; i++)
		names[i] = map->plans[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("support plan \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->nplans == 0 ?
			 errhint("There are no support plans: the table support_plan is empty.") :
			 errhint("The plans are %s.", list_names(names, map->nplans))));
	return NULL;				/* keep compiler quiet */
}

PolicyCalendar *
policy_calendar(const PolicyMap *map, const char *name, int len)
{
	int			index = find_name(map->calendar_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->calendars[index];
	names = palloc(Max(map->ncalendars, 1) * sizeof(char *));
	for (i = 0; i < map->ncalendars; i++)
		names[i] = map->calendars[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("business calendar \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->ncalendars == 0 ?
			 errhint("There are no calendars: the table business_calendar is empty.") :
			 errhint("The calendars are %s.", list_names(names, map->ncalendars))));
	return NULL;				/* keep compiler quiet */
}

void
policy_prefetch(const PolicyMap *map, const PolicyCalendar *calendar,
				TimestampTz t)
{
	prefetch_line(calendar->own.line);
	prefetch_line(&map->lists[Max(calendar->holidays, 0)].safe_from);
	axis_prefetch(calendar->own.index, t);
}

/*
 * References are checked at commit, and so may be broken until then.  False
 * for such a one, if soft.
 */
static bool
check_reference(int index, const char *what, const char *of, bool soft)
{
	if (likely(index != BROKEN_REFERENCE))
		return true;
	if (!soft)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the %s of support plan \"%s\" does not exist", what, of)));
	return false;
}

const SupportPlan *
policy_plan_at(const PolicyMap *map, int index)
{
	return index < 0 ? NULL : &map->plans[index];
}

PolicyCalendar *
policy_calendar_at(const PolicyMap *map, int index)
{
	return index < 0 ? NULL : &map->calendars[index];
}

const SupportPlan *
policy_successor(const PolicyMap *map, const SupportPlan *plan)
{
	(void) check_reference(plan->successor, "successor", plan->name, false);
	return policy_plan_at(map, plan->successor);
}

/* The calendar of a plan, or else of the plan whose hours it takes. */
static int
plan_calendar(const PolicyMap *map, const SupportPlan *plan, bool soft)
{
	int			steps;

	for (steps = 0; steps <= map->nplans; steps++)
	{
		if (!check_reference(plan->calendar, "calendar", plan->name, soft) ||
			!check_reference(plan->sla_of, "plan in sla_of", plan->name, soft))
			return BROKEN_REFERENCE;
		if (plan->calendar >= 0 || plan->sla_of < 0)
			return plan->calendar;
		plan = &map->plans[plan->sla_of];
	}
	return NO_REFERENCE;
}

static const TargetRule *
find_target(const PolicyMap *map, const SupportPlan *plan, int metric,
			int priority, TimestampTz at, bool soft, int *calendar)
{
	const SupportPlan *asked = plan;
	int			steps;

	/* A plan that takes its targets from itself is refused when written. */
	for (steps = 0; steps <= map->nplans; steps++)
	{
		RuleRange	range = plan->rules[metric][priority];
		int			i;

		for (i = range.first + range.n - 1; i >= range.first; i--)
		{
			const TargetRule *rule = &map->rules[i];

			if (rule->valid_from <= at)
			{
				(void) check_reference(rule->calendar, "calendar of a target",
									   plan->name, soft);
				*calendar = rule->calendar != NO_REFERENCE ? rule->calendar :
					plan_calendar(map, plan, soft);
				return rule;
			}
		}
		if (!check_reference(plan->sla_of, "plan in sla_of", plan->name, soft))
		{
			*calendar = BROKEN_REFERENCE;
			return NULL;
		}
		if (plan->sla_of < 0)
			break;
		plan = &map->plans[plan->sla_of];
	}
	*calendar = plan_calendar(map, asked, soft);
	return NULL;
}

/*
 * Whether find_target() answers the same at all times, and with no error: a
 * plan that has, like those whose targets it takes, at most one row, from the
 * beginning of time.
 */
static bool
is_settled(const PolicyMap *map, const SupportPlan *plan,
		   int metric, int priority)
{
	int			steps;

	for (steps = 0; steps <= map->nplans; steps++)
	{
		RuleRange	range = plan->rules[metric][priority];

		if (range.n > 1 || plan->calendar == BROKEN_REFERENCE ||
			plan->sla_of == BROKEN_REFERENCE)
			return false;
		if (range.n == 1 &&
			(map->rules[range.first].valid_from != DT_NOBEGIN ||
			 map->rules[range.first].calendar == BROKEN_REFERENCE))
			return false;
		if (plan->sla_of < 0)
			return true;
		plan = &map->plans[plan->sla_of];
	}
	return false;
}

/* Note the targets that are the same at all times. */
static void
settle_targets(PolicyMap *map)
{
	int			i,
				metric,
				priority;

	for (i = 0; i < map->nplans; i++)
	{
		SupportPlan *plan = &map->plans[i];

		for (metric = 0; metric < NUM_METRICS; metric++)
		{
			for (priority = 0; priority < NUM_PRIORITIES; priority++)
			{
				SettledTarget *settled = &plan->settled[metric][priority];

				settled->known = is_settled(map, plan, metric, priority);
				if (settled->known)
					settled->rule = find_target(map, plan, metric, priority,
												DT_NOBEGIN, false,
												&settled->calendar);
			}
		}
	}
}

const TargetRule *
policy_target(const PolicyMap *map, const SupportPlan *plan,
			  int metric, int priority, TimestampTz at, bool soft, int *calendar)
{
	const SettledTarget *settled = &plan->settled[metric][priority];

	if (likely(settled->known))
	{
		*calendar = settled->calendar;
		return settled->rule;
	}
	return find_target(map, plan, metric, priority, at, soft, calendar);
}

PolicyHolidays *
policy_holidays(const PolicyMap *map, const char *name, int len, bool soft)
{
	int			index = find_name(map->list_names, name, len);
	const char **names;
	int			i;

	if (likely(index >= 0))
		return &map->lists[index];
	if (soft)
		return NULL;
	names = palloc(Max(map->nlists, 1) * sizeof(char *));
	for (i = 0; i < map->nlists; i++)
		names[i] = map->lists[i].name;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("holiday list \"%s\" does not exist",
					pnstrdup(name, pg_mbcliplen(name, len, 100))),
			 map->nlists == 0 ?
			 errhint("There are no holiday lists: the table business_holiday_list is empty.") :
			 errhint("The lists are %s.", list_names(names, map->nlists))));
	return NULL;				/* keep compiler quiet */
}

/* The instants for which, whatever the zone, a list has all that it can have. */
static void
set_safe_range(PolicyHolidays *list)
{
	/* Two days, for the offset of any zone. */
	list->safe_from = MIN_TIMESTAMP;
	if (list->first_year > FIRST_YEAR)
		list->safe_from = (year_start_date(list->first_year) - EPOCH_DAYS + 2) * USECS_PER_DAY;
	if (list->known_from != DATEVAL_NOBEGIN)
		list->safe_from = Max(list->safe_from,
							  ((int64) list->known_from + 2) * USECS_PER_DAY);
	list->safe_until = END_TIMESTAMP;
	if (list->last_year < LAST_YEAR)
		list->safe_until = (year_start_date(list->last_year + 1) - EPOCH_DAYS - 2) * USECS_PER_DAY;
	if (list->known_until != DATEVAL_NOEND)
		list->safe_until = Min(list->safe_until,
							   ((int64) list->known_until - 2) * USECS_PER_DAY);
}

/* The key of a list, made on first use. */
static ByteKey
list_key(PolicyHolidays *list)
{
	if (list->key.data == NULL)
	{
		MemoryContext temp = AllocSetContextCreate(CurrentMemoryContext,
												   "ticket_priority holidays",
												   ALLOCSET_DEFAULT_SIZES);
		MemoryContext old = MemoryContextSwitchTo(temp);
		HolidayList *made;
		ByteKey		key;
		char	   *copy;

		key = holiday_list_key(list->days, list->ndays, list->rules, list->nrules);
		made = holiday_list_make(key);
		copy = MemoryContextAllocHuge(list->context, key.len);
		memcpy(copy, key.data, key.len);
		list->first_year = made->first_year;
		list->last_year = made->last_year;
		set_safe_range(list);
		list->key.len = key.len;
		list->key.data = copy;
		MemoryContextSwitchTo(old);
		MemoryContextDelete(temp);
	}
	return list->key;
}

/* The axis of a calendar with a list, or with none. */
static CalendarAxis *
calendar_axis(const PolicyMap *map, PolicyCalendar *calendar,
			  PolicyHolidays *list)
{
	int			index = list == NULL ? NO_REFERENCE : (int) (list - map->lists);
	CalendarAxis *slot = &calendar->own;

	if (unlikely(index != (calendar->has_holidays ? calendar->holidays : NO_REFERENCE)))
	{
		/* A list of the caller's; it can be any. */
		if (calendar->replaced == NULL)
			calendar->replaced =
				MemoryContextAllocZero(map->context,
									   (map->nlists + 1) * sizeof(CalendarAxis));
		slot = &calendar->replaced[index + 1];
	}
	if (likely(slot->epoch == timeline_epoch))
		return slot;
	if (list == NULL)
		slot->axis = axis_get(axis_key_of_hours(calendar->hours), 0);
	else
	{
		ByteKey		holidays = list_key(list);
		ByteKey		hours = axis_key_of_hours(calendar->hours);
		ByteKey		key;
		char	   *bytes = MemoryContextAllocHuge(CurrentMemoryContext,
												   holidays.len + hours.len);

		memcpy(bytes, holidays.data, holidays.len);
		memcpy(bytes + holidays.len, hours.data, hours.len);
		key.data = bytes;
		key.len = holidays.len + hours.len;
		slot->axis = axis_get(key, holidays.len);
		pfree(bytes);
	}
	/* Round the clock is the same everywhere. */
	slot->anywhere = slot->axis->always ?
		timeline_get(slot->axis, zone_lookup("UTC", 3, false)) : NULL;
	slot->home = NULL;
	slot->zone = NULL;
	slot->index = slot->axis->index;
	slot->epoch = timeline_epoch;
	return slot;
}

Timeline *
policy_timeline(const PolicyMap *map, PolicyCalendar *calendar, Zone *zone,
				const char *holidays, int holidays_len, bool local,
				bool soft, PolicyHolidays **list)
{
	CalendarAxis *axis;

	*list = NULL;
	if (unlikely(holidays != NULL))
	{
		*list = policy_holidays(map, holidays, holidays_len, soft);
		if (*list == NULL)
			return NULL;
	}
	else if (calendar->holidays != NO_REFERENCE)
	{
		if (calendar->holidays == BROKEN_REFERENCE && soft)
			return NULL;
		if (calendar->holidays == BROKEN_REFERENCE)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("the holiday list of business calendar \"%s\" does not exist",
							calendar->name)));
		*list = &map->lists[calendar->holidays];
	}
	/* Hours that do not ask for holidays do not change with them. */
	if (!calendar->has_holidays)
		*list = NULL;
	axis = calendar_axis(map, calendar, *list);
	if (zone == NULL && calendar->zone_name != NULL)
	{
		if (axis->home == NULL)
		{
			zone = zone_lookup(calendar->zone_name, calendar->zone_len, soft);
			if (zone == NULL)
				return NULL;
			axis->home = timeline_get(axis->axis, zone);
		}
		timeline_touch(axis->home);
		return axis->home;
	}
	if (axis->anywhere != NULL && (!local || zone == NULL))
	{
		timeline_touch(axis->anywhere);
		return axis->anywhere;
	}
	if (zone == NULL && soft)
		return NULL;
	if (zone == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("business calendar \"%s\" needs a time zone",
						calendar->name),
				 errdetail("Its hours are local time, and it has no zone of its own."),
				 errhint("Give the customer's time zone, such as \"Europe/Warsaw\", or set business_calendar.time_zone.")));
	if (likely(axis->zone == zone))
		timeline_touch(axis->line);
	else
	{
		axis->line = timeline_get(axis->axis, zone);
		axis->zone = zone;
	}
	return axis->line;
}

static char *
date_text(DateADT date)
{
	return DatumGetCString(DirectFunctionCall1(date_out, DateADTGetDatum(date)));
}

void
policy_warn_holidays(const PolicyHolidays *list, int64 first, int64 last,
					 bool *warned)
{
	if (*warned)
		return;
	if (list->known_from != DATEVAL_NOBEGIN && first - EPOCH_DAYS < list->known_from)
	{
		*warned = true;
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("holiday list \"%s\" is known from %s only",
						list->name, date_text(list->known_from)),
				 errdetail("Earlier holidays may be missing from it.")));
	}
	else if (list->known_until != DATEVAL_NOEND && last - EPOCH_DAYS > list->known_until)
	{
		*warned = true;
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("holiday list \"%s\" is known until %s only",
						list->name, date_text(list->known_until)),
				 errdetail("Later holidays are not announced yet, so answers beyond may change.")));
	}
}

/*
 * Whether, well within the limits, in any zone, there is nothing to say of the
 * time between two instants; nor is there of time without an end.
 */
static inline bool
well_known(const PolicyHolidays *list, TimestampTz from, TimestampTz to)
{
	return likely(policy_holidays_safe(list, from, to)) ||
		TIMESTAMP_NOT_FINITE(from) || TIMESTAMP_NOT_FINITE(to);
}

/*
 * Whether the rules of a list have answers for all years from one local date to
 * another; if not, year gets one for which they have none.
 */
static bool
knows_years(const PolicyHolidays *list, int64 first, int64 last, int *year)
{
	if (list->first_year == INT_MIN && list->last_year == INT_MAX)
		return true;
	*year = year_of_date(first);
	if (*year >= list->first_year)
		*year = year_of_date(last);
	return *year >= list->first_year && *year <= list->last_year;
}

void
policy_check_holidays(const PolicyHolidays *list, const Zone *zone,
					  TimestampTz from, TimestampTz to, bool *warned)
{
	int64		first;
	int64		last;
	int			year;

	if (well_known(list, from, to))
		return;
	first = zone_local_date(zone, Min(from, to));
	last = zone_local_date(zone, Max(from, to));
	if (!knows_years(list, first, last, &year))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("holiday list \"%s\" has no answer for the year %d",
						list->name, year),
				 year < list->first_year ?
				 errdetail("It has a rule by a calendar that is known from %d on only.",
						   list->first_year) :
				 errdetail("It has a rule by a calendar that is known until %d only.",
						   list->last_year),
				 errhint("Replace the rule by rows in business_holiday.")));
	policy_warn_holidays(list, first, last, warned);
}

bool
policy_knows_holidays(const PolicyHolidays *list, const Zone *zone,
					  TimestampTz from, TimestampTz to)
{
	int			year;

	return well_known(list, from, to) ||
		knows_years(list, zone_local_date(zone, Min(from, to)),
					zone_local_date(zone, Max(from, to)), &year);
}
