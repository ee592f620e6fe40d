/*
 * ticket_mapping.h
 *	  How the application's ticket table is to be read and filled.
 *
 * The columns of the table that play a part, and the options of tracking, are
 * in the arguments of a trigger that sla_track() made, each "key=value".  A
 * mapping is stored nowhere else, so all that is in them is checked before
 * use.
 */
#ifndef TICKET_MAPPING_H
#define TICKET_MAPPING_H

#include "access/attnum.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "policy/policy.h"

/* Columns by the part that they play; column_keys[] has the keys. */
typedef enum TicketColumn
{
	/* what the application writes */
	COLUMN_ID,
	COLUMN_OPENED_AT,
	COLUMN_PLAN,
	COLUMN_URGENCY,
	COLUMN_IMPACT,
	COLUMN_OVERRIDE,
	COLUMN_TIME_ZONE,
	COLUMN_HOLIDAYS,
	COLUMN_STATUS,
	COLUMN_ANSWERED_AT,
	COLUMN_RESOLVED_AT,
	/* either the application's or filled by the trigger */
	COLUMN_PRIORITY,
	COLUMN_PAUSED,
	/* filled by the trigger */
	COLUMN_DUE_AT,
	COLUMN_AT_RISK_AT,
	COLUMN_RESPONSE_TARGET,
	COLUMN_RESPONSE_ELAPSED,
	COLUMN_RESOLUTION_DUE_AT,
	COLUMN_RESOLUTION_AT_RISK_AT,
	COLUMN_RESOLUTION_TARGET,
	COLUMN_RESOLUTION_ELAPSED,
	COLUMN_STATE,
	NUM_COLUMNS
} TicketColumn;

/* The clocks that are tracked; the metric of each is clock_metrics[]. */
typedef enum TicketClock
{
	CLOCK_RESPONSE,
	CLOCK_RESOLUTION,
	NUM_CLOCKS
} TicketClock;

extern const char *const column_keys[NUM_COLUMNS];
extern const int clock_metrics[NUM_CLOCKS];

/* The clock of a metric, by its position in metric_labels; -1 for none. */
extern int	clock_of_metric(int metric);

/* The result columns of a clock. */
typedef struct ClockColumns
{
	TicketColumn due_at;
	TicketColumn at_risk_at;
	TicketColumn target;
	TicketColumn elapsed;
} ClockColumns;

extern const ClockColumns clock_columns[NUM_CLOCKS];

/* A column of the table. */
typedef struct MappedColumn
{
	AttrNumber	attnum;			/* 0: the table has none */
	Oid			type;			/* under any domain */
	int32		typmod;			/* ... and its length */
	Oid			domain;			/* InvalidOid: none */
	void	   *domain_checks;	/* of the domain, for domain_check() */
	int16		typlen;
	bool		typbyval;
	bool		is_text;		/* text, varchar or bpchar */
	FmgrInfo	output;			/* of any other type */
} MappedColumn;

/* A label of the application's, and the level that it means. */
typedef struct LabelMeaning
{
	const char *label;
	int			meaning;
} LabelMeaning;

/* How the values of a column become levels. */
typedef struct LabelMap
{
	const char *what;			/* for messages: urgency, impact, ... */
	EnumValues	values;			/* of the extension's own enum */
	int			n;				/* 0: the labels are those of the enum */
	LabelMeaning *meanings;
} LabelMap;

/* A ticket that an update is about; see ticket_move.c. */
typedef struct Moving Moving;

/* What the triggers of one statement share; kept in its memory context. */
typedef struct TicketStatement
{
	TimestampTz seen_at;		/* see ticket_seen() */
	Moving	   *updating;		/* the row announced last; NULL: none */
	MemoryContextCallback found_by;
} TicketStatement;

typedef struct TicketMapping
{
	Oid			relid;
	Oid			root;			/* topmost partitioned table; else relid */
	bool		is_partition;
	Oid			namespace;		/* of the extension */
	MemoryContext context;		/* of the statement */
	TicketStatement *statement;

	MappedColumn column[NUM_COLUMNS];
	AttrNumber	last;			/* of the columns, the last in a row */
	LabelMap	urgency;
	LabelMap	impact;
	LabelMap	priority;
	EnumValues	statuses;
	bool		assigns;		/* priority follows from urgency and impact */
	bool		fills_priority; /* ... and is written by the trigger */
	bool		is_generated;	/* ... by the server, from an expression */
	ExprState  *generated;		/* that; NULL if it is not */
	ExprContext *econtext;

	int			npaused_when;
	const char **paused_when;
	int			ncancelled_when;
	const char **cancelled_when;
	bool		records_pauses; /* from the status column, by the trigger */
	bool		pauses[NUM_CLOCKS]; /* whether pauses stop the clock */
	bool		tracks[NUM_CLOCKS];
	bool		from_change;
	bool		close_cancels;	/* closed without an answer: cancelled */

	const char *trail;			/* name of its table; NULL: none */
	const char *schema;			/* where it was made; NULL: not told */
	bool		trails_new;		/* each ticket that is new, or only overridden ones */
	Oid			trail_relid;	/* as last looked up; InvalidOid: not yet */
	uint64		trail_changes;	/* catalog_changes at that time */
	Oid			trail_owner;
	bool		trail_as_made;	/* see ticket_trail.c */
	TypeCacheEntry *multirange;
	PolicyPin	policy;
	bool		warned;			/* about days beyond a holiday list */
} TicketMapping;

/* Counts the messages to this session that some definition may have changed. */
extern uint64 catalog_changes;

/* Registers callbacks; called when the library is loaded. */
extern void ticket_mapping_init(void);

/*
 * The mapping of the trigger that fired, found once for a statement.  A column
 * that is not there, or has another type, is an ERROR that says what to do.
 */
extern TicketMapping *ticket_mapping(FunctionCallInfo fcinfo);

/* A BEFORE trigger sees a ticket. */
extern void ticket_seen(TicketStatement *statement);

/* The time that the trail gives to what a statement changed. */
extern TimestampTz ticket_told(TicketStatement *statement);

/* Value of a column; null where the table has none. */
static inline Datum
ticket_value(const TicketMapping *mapping, TupleTableSlot *slot,
			 TicketColumn column, bool *isnull)
{
	AttrNumber	attnum = mapping->column[column].attnum;

	if (attnum == 0)
	{
		*isnull = true;
		return (Datum) 0;
	}
	return slot_getattr(slot, attnum, isnull);
}

/* A value as text, not terminated; NULL for null. */
extern const char *ticket_text(const TicketMapping *mapping,
							   TupleTableSlot *slot, TicketColumn column,
							   int *len);

/*
 * The level that a column says; -1 for null.  An unknown label is an ERROR, or
 * -1 if soft.
 */
extern int	ticket_level(const TicketMapping *mapping, TupleTableSlot *slot,
						 TicketColumn column, const LabelMap *map, bool soft);

/* The priority of the generated column, from the row's inputs; -1 for null. */
extern int	generated_priority(const TicketMapping *mapping, TupleTableSlot *slot);

/* A priority as the column stores it. */
extern Datum priority_datum(const TicketMapping *mapping, int priority);

/* Whether a text is among some labels. */
extern bool among_labels(const char *text, int len,
						 const char *const *labels, int n);

/* The ticket's own number or name, for messages. */
extern char *ticket_name(const TicketMapping *mapping, TupleTableSlot *slot);

#endif							/* TICKET_MAPPING_H */
