/*
 * policy_snapshot.c
 *	  Which map of the configuration serves a snapshot.
 *
 * A map has the rows of the configuration tables that were asked for, each read
 * when it first was.  It serves snapshots that see the same rows, so that whoever
 * reads a row reads it for all of them.  How that is ensured:
 *
 * - Within one snapshot the map never changes: the pair is remembered.  From then
 *	 on the tables are locked as by any query, because TRUNCATE does not ask who
 *	 may still read the rows.
 *
 * - A new snapshot may use the shared map if nothing has changed since that was
 *	 begun.  A change raises policy_generation by a relcache invalidation, which
 *	 row triggers and TRUNCATE triggers set off.  Pending invalidations are
 *	 accepted before it is compared.
 *
 * - A commit is visible a moment before its invalidation arrives.  Therefore
 *	 writers hold a lock until after both, and a new snapshot uses the shared
 *	 map only when nobody holds it.  Looking at the lock never waits.
 *
 * - The shared map is for snapshots that are not older than one that was taken
 *	 when it was begun: those that see as finished every transaction that it saw
 *	 as finished.
 *
 * - When something has changed, another shared map is begun.  It takes over the
 *	 rows of each table that has not changed.
 *
 * - From its first row on, a transaction that writes policy itself shares no
 *	 map.  So whatever is rolled back in between is as if never written.
 *
 * - If none of this proves the shared map right for a snapshot, that snapshot gets
 *	 a map of its own.
 *
 * On a standby writers hold no lock, and in a serializable transaction every
 * read must leave its mark.  So in both each new snapshot has a map of its own.
 */
#include "postgres.h"

#include "access/parallel.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_namespace.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "policy/policy_map.h"
#include "time/time_cache.h"

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

/*
 * Raised by every change of the tables, and of each of them; see
 * policy_relcache_callback().
 */
static uint64 policy_generation = 1;
static uint64 table_generations[NUM_TABLES];

/* The tables, and the schema in which they are; see find_tables(). */
static Oid	policy_schema = InvalidOid;
static Oid	policy_tables[NUM_TABLES];
static uint64 known_generation = 0;

/* Describes a snapshot, so that not_older() can compare later ones with it. */
typedef struct Horizon
{
	TransactionId xmax;
	int			nrunning;
	TransactionId *running;		/* in the order of their numbers */
	int			room;
} Horizon;

/*
 * The map that was shared last.  While shared_generation is policy_generation,
 * it serves all snapshots that are not older than shared_since.
 */
static PolicyMap *shared_map = NULL;
static uint64 shared_generation = 0;
static Horizon shared_since;
static SnapshotKey shared_key;	/* of the same snapshot */

/* Pairs of snapshot and map, of this transaction. */
static Remembered remembered[NUM_REMEMBERED];
static uint64 remembered_tick = 0;

/* Whether this transaction has begun to write the tables. */
static bool own_changes = false;

/* Whether it has locked them to read. */
static bool tables_locked = false;

static uint64 maps_made = 0;

MemoryContext policy_context = NULL;

/* The memory in it, as it was counted last, and whether that is too much. */
static Size counted = 0;
static bool too_much = false;

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

void
policy_count_memory(void)
{
	Size		now = MemoryContextMemAllocated(policy_context, true);

	cache_count_elsewhere((ssize_t) (now - counted));
	counted = now;
	too_much = cache_elsewhere_full();
}

static void
release_map(PolicyMap *map)
{
	if (map == NULL || --map->uses > 0)
		return;
	for (int i = 0; i < NUM_TABLES; i++)
	{
		PolicyPart *part = map->found->parts[i];

		if (part != NULL && --part->uses == 0)
			MemoryContextDelete(part->context);
	}
	MemoryContextDelete(map->context);
}

/*
 * Begin a map.  It takes over the rows of those tables that another map has as of
 * the same generation.
 */
static PolicyMap *
begin_map(const PolicyMap *before)
{
	MemoryContext context;
	PolicyMap  *map;

	if (policy_context == NULL)
		policy_context = AllocSetContextCreate(TopMemoryContext,
											   "ticket_priority policies",
											   ALLOCSET_SMALL_SIZES);

	/* A child of the caller's context, so that an error frees it. */
	context = GenerationContextCreate(CurrentMemoryContext, "ticket_priority policy",
									  0, 2048, 32 * 1024);
	map = MemoryContextAllocZero(context, sizeof(PolicyMap));
	map->context = context;
	map->serial = ++maps_made;
	map->schema = policy_schema;
	memcpy(map->tables, policy_tables, sizeof(policy_tables));
	memcpy(map->generations, table_generations, sizeof(table_generations));
	map->plan_names = namemap_create(context, 4, NULL);
	map->calendar_names = namemap_create(context, 4, NULL);
	map->list_names = namemap_create(context, 4, NULL);
	map->metric_names = namemap_create(context, 4, NULL);
	map->found = MemoryContextAllocZero(context, sizeof(MapFound));
	for (int i = 0; i < NUM_TABLES && before != NULL; i++)
	{
		PolicyPart *part = before->found->parts[i];

		if (part == NULL || before->generations[i] != table_generations[i])
			continue;
		part->uses++;
		map->found->parts[i] = part;
	}
	MemoryContextSetParent(context, policy_context);
	return map;
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

/* Forget the shared map too.  Rows are read again if they are asked for again. */
static void
forget_all(void)
{
	PolicyMap  *map = shared_map;

	forget_remembered();
	shared_generation = 0;
	shared_map = NULL;
	release_map(map);
	too_much = false;
}

void
policy_begin_call(void)
{
	if (unlikely(too_much))
		forget_all();
	timeline_begin_call();
}

/* Called when the memory context of a pin is deleted. */
static void
release_pin(void *arg)
{
	PolicyPin  *pin = arg;

	release_map(pin->map);
	pin->map = NULL;
}

void
policy_pin_init(PolicyPin *pin, Oid namespace, MemoryContext context)
{
	pin->namespace = namespace;
	pin->map = NULL;
	pin->serial = 0;
	pin->release.func = release_pin;
	pin->release.arg = pin;
	MemoryContextRegisterResetCallback(context, &pin->release);
}

/* Note a change of a table; NUM_TABLES: of all. */
static void
note_change(int table)
{
	policy_generation++;
	for (int i = 0; i < NUM_TABLES; i++)
	{
		if (i == table || table == NUM_TABLES)
			table_generations[i]++;
	}
}

static void
policy_relcache_callback(Datum arg, Oid relid)
{
	int			i;

	(void) arg;
	if (relid == InvalidOid)
		note_change(NUM_TABLES);
	for (i = 0; i < NUM_TABLES && OidIsValid(relid); i++)
	{
		if (relid == policy_tables[i])
			note_change(i);
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
			tables_locked = false;
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
	{
		forget_remembered();
		tables_locked = false;
	}
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

/* ----------------------------------------------------------------------
 * Writers' lock
 * ----------------------------------------------------------------------
 */

/*
 * Writers hold it together, each until its transaction ends.  It stands for
 * the extension's schema, with a sub-object number that the server itself does
 * not use.
 */
static void
writers_lock_tag(LOCKTAG *tag, Oid namespace)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, NamespaceRelationId, namespace, 1);
}

/*
 * Whether no other transaction is changing policy or committing such a change.
 */
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
 * Trigger function of the configuration tables.  It fires before a row is
 * written, so that no other trigger meets the new row with an old map.  It
 * fires again afterwards, because only an invalidation sent then reaches those
 * who can see the new row.
 */
Datum
support_policy_changed(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = called_as_trigger(fcinfo);
	LOCKTAG		tag;

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
	/* A copy of a snapshot leaves out subtransactions if not all are known. */
	if (snapshot->subxcnt > 0 && snapshot->subxip != NULL)
		key->in_progress +=
			hash_bytes_extended((unsigned char *) snapshot->subxip,
								snapshot->subxcnt * sizeof(TransactionId), 2);
}

/* Compares plain numbers: any total order will do. */
static int
compare_xids(const void *a, const void *b)
{
	TransactionId x = *(const TransactionId *) a;
	TransactionId y = *(const TransactionId *) b;

	return x < y ? -1 : x > y;
}

/* Make a snapshot the horizon with which not_older() compares others. */
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
 * Whether a snapshot sees as finished all that a horizon's snapshot saw as
 * finished.  It is enough to look at top-level transactions, because
 * subtransactions finish with them.
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
	return !own_changes && !IsolationIsSerializable() && !IsParallelWorker();
}

/* Look the tables up, if that was not done since the last change. */
static void
find_tables(Oid namespace)
{
	uint64		generation = policy_generation;
	int			i;

	if (policy_schema == namespace && known_generation == generation)
		return;
	known_generation = 0;
	for (i = 0; i < NUM_TABLES; i++)
	{
		Oid			relid = get_relname_relid(policy_table_names[i], namespace);

		if (!OidIsValid(relid))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("table \"%s\" of extension ticket_priority does not exist",
							policy_table_names[i])));
		if (policy_tables[i] != relid)
			note_change(i);
		policy_tables[i] = relid;
	}
	policy_schema = namespace;
	known_generation = generation;
}

/* Lock the tables as any query would, until the transaction ends. */
static void
lock_tables(Oid namespace)
{
	find_tables(namespace);
	if (tables_locked)
		return;
	for (int i = 0; i < NUM_TABLES; i++)
		LockRelationOid(policy_tables[i], AccessShareLock);
	tables_locked = true;
	/* While it waited, they may have become others. */
	find_tables(namespace);
}

/* Begin another shared map, unless somebody may be changing the tables. */
static bool
renew_shared_map(Oid namespace)
{
	uint64		generation = policy_generation;
	Snapshot	latest = RegisterSnapshot(GetLatestSnapshot());
	PolicyMap  *replaced = shared_map;
	PolicyMap  *map;
	bool		settled;

	settled = no_writers(namespace);
	AcceptInvalidationMessages();
	settled = settled && policy_generation == generation;
	if (settled)
	{
		map = begin_map(replaced);
		shared_generation = 0;
		map->uses++;
		shared_map = map;
		release_map(replaced);
		set_horizon(&shared_since, latest);
		snapshot_key(latest, &shared_key);
		shared_generation = generation;
	}
	UnregisterSnapshot(latest);
	return settled;
}

/* The shared map, if it has what a snapshot sees; see the top of the file. */
static PolicyMap *
shared_map_for(Snapshot snapshot, const SnapshotKey *key, Oid namespace)
{
	if (!may_share() || RecoveryInProgress())
		return NULL;
	if (shared_generation == policy_generation)
	{
		if (same_snapshot(key, &shared_key))
			return shared_map;
		if (!not_older(snapshot, &shared_since))
			return NULL;
	}

	/* First look at the lock, then accept what its former holders have sent. */
	if (!no_writers(namespace))
		return NULL;
	AcceptInvalidationMessages();
	find_tables(namespace);
	if (shared_generation != policy_generation &&
		(IsInParallelMode() || !renew_shared_map(namespace)))
		return NULL;
	return not_older(snapshot, &shared_since) ? shared_map : NULL;
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
	PolicyMap  *map;
	int			i;

	if (too_much)
		forget_all();
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

	lock_tables(namespace);
	map = shared_map_for(snapshot, &key, namespace);
	if (map == NULL)
		map = begin_map(NULL);
	remember_map(&key, namespace, map);
	policy_count_memory();
	return map;
}

/*
 * The transactions in progress.  A snapshot taken on a standby lists all of
 * them as subtransactions.
 */
static inline TransactionId *
running_transactions(Snapshot snapshot)
{
	return snapshot->takenDuringRecovery ? snapshot->subxip : snapshot->xip;
}

static inline uint32
count_running(Snapshot snapshot)
{
	return snapshot->takenDuringRecovery ? (uint32) snapshot->subxcnt : snapshot->xcnt;
}

/* Whether a snapshot is the one of the pair used last, in place and content. */
static inline bool
is_current(Snapshot snapshot, Oid namespace)
{
	uint32		nrunning = count_running(snapshot);

	return snapshot == current.snapshot &&
		snapshot->xmin == current.xmin &&
		snapshot->xmax == current.xmax &&
		snapshot->curcid == current.curcid &&
		nrunning == current.nrunning &&
		(nrunning == 0 ||
		 memcmp(running_transactions(snapshot), current.running,
				nrunning * sizeof(TransactionId)) == 0) &&
		namespace == current.namespace;
}

static void
set_current(Snapshot snapshot, Oid namespace, PolicyMap *map)
{
	uint32		nrunning = count_running(snapshot);

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
		memcpy(current.running, running_transactions(snapshot), nrunning * sizeof(TransactionId));
	current.nrunning = nrunning;
	current.snapshot = snapshot;
	current.xmin = snapshot->xmin;
	current.xmax = snapshot->xmax;
	current.curcid = snapshot->curcid;
	current.namespace = namespace;
	current.map = map;
}

static pg_noinline PolicyMap *
take_map(PolicyPin *pin, Snapshot snapshot)
{
	PolicyMap  *before = pin->map;

	if (!is_current(snapshot, pin->namespace))
	{
		PolicyMap  *map;

		current.snapshot = NULL;
		map = find_map(snapshot, pin->namespace);
		set_current(snapshot, pin->namespace, map);
	}
	if (current.map != before)
	{
		current.map->uses++;
		pin->map = current.map;
		pin->serial = current.map->serial;
		release_map(before);
	}
	return pin->map;
}

PolicyMap *
policy_current(PolicyPin *pin)
{
	Snapshot	snapshot;

	if (!ActiveSnapshotSet())
		elog(ERROR, "policy cannot be read without a snapshot");
	snapshot = GetActiveSnapshot();
	if (likely(is_current(snapshot, pin->namespace) && pin->map == current.map))
		return pin->map;
	return take_map(pin, snapshot);
}
