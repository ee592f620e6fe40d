/*
 * ticket_log_table.h
 *	  The table of a trail, and the rows that wait to be written to it.
 */
#ifndef TICKET_LOG_TABLE_H
#define TICKET_LOG_TABLE_H

#include "executor/tuptable.h"
#include "lib/ilist.h"
#include "nodes/execnodes.h"

#include "tickets/ticket_mapping.h"

/* Rows that are written together, at most; and how long their texts may be. */
#define LOG_BATCH		128
#define LOG_BATCH_BYTES	(256 * 1024)

/* Slots of which a statement leaves a table ready for later ones. */
#define LOG_KEPT_SLOTS	4

/* Columns of the trail. */
typedef enum LogColumn
{
	LOG_AT,
	LOG_TICKET,
	LOG_EVENT,
	LOG_OLD_URGENCY,
	LOG_URGENCY,
	LOG_OLD_IMPACT,
	LOG_IMPACT,
	LOG_OLD_OVERRIDE,
	LOG_OVERRIDE,
	LOG_ASSIGNED,
	LOG_OLD_PRIORITY,
	LOG_PRIORITY,
	LOG_OLD_DUE_AT,
	LOG_DUE_AT,
	LOG_OLD_RESOLUTION_DUE_AT,
	LOG_RESOLUTION_DUE_AT,
	LOG_STATUS,
	LOG_RESOLUTION_STATUS,
	LOG_ACTOR,
	LOG_ACTOR_KIND,
	LOG_REASON,
	NUM_LOG_COLUMNS
} LogColumn;

/*
 * The table of a trail, made ready for rows.  It is kept for a statement, and
 * may be for later ones, until some definition changes: a trigger of the
 * application can do so between two rows of one statement.
 */
struct LogTable
{
	MemoryContext context;		/* holds all of it */
	uint64		changes;		/* catalog_changes when it was made */
	Oid			relid;
	Oid			namespace;		/* of the extension */
	AttrNumber	attnum[NUM_LOG_COLUMNS];
	TupleDesc	desc;
	const TupleTableSlotOps *slot_kind;

	/* How rows are put there; made anew when some table changes. */
	MemoryContext target_context;
	uint64		target_changes;
	int			nindexes;
	Oid		   *indexes;
	IndexInfo **infos;
	EState	   *estate;			/* for constraints, and indexes on expressions */
	ResultRelInfo *target;		/* its one trigger, if any, is sla_log_write() */
	bool		has_demands;	/* on rows, that those of this module may not meet */
	bool		calls;			/* code of others, for constraints or indexes */

	/* Rows that wait. */
	dlist_node	node;			/* among those that have some */
	int			nwaiting;
	bool		writing;
	TupleTableSlot *slots[LOG_BATCH];	/* made on first use */
	MemoryContext rows_context; /* holds what they point to */
	Size		nbytes;			/* about as much */
	ItemPointerData written;	/* a row that this statement wrote, if valid */
	CommandId	command[LOG_BATCH]; /* of each */
	SubTransactionId subid;		/* of all */

	/* The row that is being made, and what is kept from row to row. */
	TupleTableSlot *slot;
	text	   *texts[NUM_LOG_COLUMNS]; /* last ones that wait; NULL: none */
	Oid			outer_user;		/* whose name this is */
	char	   *outer_user_name;
};

/* Registers callbacks; called when the library is loaded. */
extern void log_table_init(void);

/* Make ready what is not.  A trail that is not as it must be is an ERROR. */
extern void log_table_prepare(TicketMapping *mapping, Relation rel);

/* At the end of a statement, successful or not. */
extern void log_table_release(TicketMapping *mapping);

/* Give up what no longer is as it was when it was made ready. */
extern void log_table_settle(TicketMapping *mapping);

/* Begin a row, all of it null, in log->slot. */
extern void log_table_begin(LogTable *log);

/* Set a column of it. */
static inline void
log_table_set(LogTable *log, LogColumn column, Datum value, bool isnull)
{
	int			i = log->attnum[column] - 1;

	log->slot->tts_values[i] = value;
	log->slot->tts_isnull[i] = isnull;
}

/* The same with a copy of a value, or of a text; NULL or none is null. */
extern void log_table_set_copy(LogTable *log, LogColumn column, Datum value,
							   bool isnull);
extern void log_table_set_text(LogTable *log, LogColumn column, const char *words);

/*
 * Put that row into the table: at once, or, if may_wait, no later than when the
 * statement that fired the trigger ends, or a query reads the trail.
 */
extern void log_table_put(LogTable *log, bool may_wait);

#endif							/* TICKET_LOG_TABLE_H */
