/*
 * ticket_move.c
 *	  Tickets that move to another partition.
 *
 * A row that moves is an update that the server carries out as a delete and an
 * insert.  The update is announced by a BEFORE trigger of the old partition; the
 * BEFORE trigger of the new one is the next that the same statement fires.
 * That is how the move is known, and the insert's AFTER trigger finds what the
 * ticket was before.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "tickets/ticket_move.h"

/* Identifies a row that moves. */
typedef struct MovingKey
{
	uint64		id;				/* hash of the ticket's number */
	uint64		looks;			/* hash of all that tracking knows of it */
	uint64		root;			/* topmost table */
} MovingKey;

/* A ticket that an update is about, and what it was before. */
struct Moving
{
	MovingKey	key;			/* must be first */
	SubTransactionId subid;
	int			n;				/* rows that look the same */
	TrailValues before;
};

/* Rows that moved and are not in the trail yet; NULL: none in this transaction. */
static HTAB *moved = NULL;
static SubTransactionId last_moved; /* the latest part of it in which one did */

static void
forget_moved(XactEvent event, void *arg)
{
	(void) arg;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PARALLEL_PRE_COMMIT ||
		event == XACT_EVENT_PRE_PREPARE)
		return;
	moved = NULL;				/* its memory is the transaction's */
}

static void
forget_moved_in_part(SubXactEvent event, SubTransactionId mySubid,
					 SubTransactionId parentSubid, void *arg)
{
	HASH_SEQ_STATUS seq;
	Moving	   *moving;

	(void) parentSubid;
	(void) arg;
	if (event != SUBXACT_EVENT_ABORT_SUB || moved == NULL ||
		hash_get_num_entries(moved) == 0 || last_moved < mySubid)
		return;
	hash_seq_init(&seq, moved);
	while ((moving = hash_seq_search(&seq)) != NULL)
	{
		if (moving->subid >= mySubid)
			hash_search(moved, &moving->key, HASH_REMOVE, NULL);
	}
}

void
ticket_move_init(void)
{
	RegisterXactCallback(forget_moved, NULL);
	RegisterSubXactCallback(forget_moved_in_part, NULL);
}

static uint64
hash_id(const TicketMapping *mapping, TupleTableSlot *slot)
{
	const char *id;
	int			len;

	id = ticket_text(mapping, slot, COLUMN_ID, &len);
	return id == NULL ? 0 :
		DatumGetUInt64(hash_any_extended((const unsigned char *) id, len, 1));
}

/*
 * A row that moves is recognized by its values, which are as the update left
 * them: all that tracking reads and writes, because a row that the same statement
 * inserts must not pass for it unjudged.  The command number does not identify it,
 * because the server may count commands between the two triggers.
 */
static uint64
hash_looks(const TicketMapping *mapping, HeapTuple tuple, TupleDesc desc)
{
	uint64		looks = 0;
	int			i;

	for (i = COLUMN_OPENED_AT; i < NUM_COLUMNS; i++)
	{
		const MappedColumn *mapped = &mapping->column[i];
		bool		isnull = true;
		Datum		value = (Datum) 0;
		const void *bytes = &value;
		Size		len = sizeof(Datum);

		/* BEFORE triggers do not see what the server generates. */
		if (mapped->attnum != 0 &&
			!(i == COLUMN_PRIORITY && mapping->is_generated))
			value = heap_getattr(tuple, mapped->attnum, desc, &isnull);
		if (!isnull && mapped->typlen == -1)
		{
			struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);

			bytes = VARDATA_ANY(packed);
			len = VARSIZE_ANY_EXHDR(packed);
		}
		else if (!isnull && !mapped->typbyval)
		{
			bytes = DatumGetPointer(value);
			len = mapped->typlen == -2 ? strlen(bytes) : (Size) mapped->typlen;
		}
		looks = hash_combine64(looks, isnull ? 0 : 1 +
							   DatumGetUInt64(hash_any_extended(bytes, len, 1)));
	}
	return looks;
}

static MovingKey
moving_key(const TicketMapping *mapping, TupleTableSlot *slot, HeapTuple tuple,
		   TriggerData *trigdata)
{
	MovingKey	key;

	key.id = hash_id(mapping, slot);
	key.looks = hash_looks(mapping, tuple, RelationGetDescr(trigdata->tg_relation));
	key.root = mapping->root;
	return key;
}

void
ticket_move_announce(TicketMapping *mapping, FunctionCallInfo fcinfo,
					 HeapTuple result)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TicketStatement *statement = mapping->statement;
	TrailValues before;
	MovingKey	key;

	if (!mapping->is_partition)
		return;
	ticket_trail_values(mapping, trigdata->tg_trigslot,
						GetCurrentTransactionStartTimestamp(), &before);
	key = moving_key(mapping, trigdata->tg_newslot, result, trigdata);
	if (statement->updating == NULL)
		statement->updating = MemoryContextAlloc(mapping->context, sizeof(Moving));
	statement->updating->key = key;
	statement->updating->subid = GetCurrentSubTransactionId();
	statement->updating->n = 1;
	statement->updating->before = before;
}

bool
ticket_moves(TicketMapping *mapping, FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Moving	   *moving = mapping->statement->updating;
	Moving	   *entry;
	MovingKey	key;
	bool		found;

	if (moving == NULL || moving->n == 0)
		return false;
	key = moving_key(mapping, trigdata->tg_trigslot, trigdata->tg_trigtuple, trigdata);
	if (memcmp(&key, &moving->key, sizeof(MovingKey)) != 0)
		return false;
	moving->n = 0;
	if (mapping->trail == NULL)
		return true;

	if (moved == NULL)
	{
		HASHCTL		ctl;

		ctl.keysize = sizeof(MovingKey);
		ctl.entrysize = sizeof(Moving);
		ctl.hcxt = TopTransactionContext;
		moved = hash_create("ticket_priority moved tickets", 64, &ctl,
							HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
		last_moved = InvalidSubTransactionId;
	}
	entry = hash_search(moved, &key, HASH_ENTER, &found);
	entry->subid = moving->subid;
	last_moved = Max(last_moved, entry->subid);
	entry->n = found ? entry->n + 1 : 1;
	entry->before = moving->before;
	return true;
}

bool
ticket_moved_from(const TicketMapping *mapping, TupleTableSlot *slot,
				  TriggerData *trigdata, TrailValues *before)
{
	MovingKey	key;
	Moving	   *entry;

	if (moved == NULL || !mapping->is_partition ||
		hash_get_num_entries(moved) == 0)
		return false;
	key = moving_key(mapping, slot, trigdata->tg_trigtuple, trigdata);
	entry = hash_search(moved, &key, HASH_FIND, NULL);
	if (entry == NULL)
		return false;
	*before = entry->before;
	if (--entry->n == 0)
		hash_search(moved, &key, HASH_REMOVE, NULL);
	return true;
}
