/*
 * tracked.h
 *	  A tracked table: its input views, its clocks, and the tables beside it.
 */
#ifndef TRACKED_H
#define TRACKED_H

#include "access/tupconvert.h"
#include "executor/spi.h"
#include "nodes/execnodes.h"
#include "utils/multirangetypes.h"
#include "utils/plancache.h"
#include "utils/typcache.h"

#include "base/enums.h"
#include "tickets/clock.h"

/* Columns of the view P_sla_input. */
typedef enum TicketColumn
{
	TICKET_ID,
	TICKET_TENANT,
	TICKET_OPENED_AT,
	TICKET_CLOSED_AT,
	TICKET_CLOSED,
	TICKET_CANCELLED,
	TICKET_PLAN,
	TICKET_URGENCY,
	TICKET_IMPACT,
	TICKET_OVERRIDE,
	TICKET_PRIORITY,
	TICKET_TIME_ZONE,
	TICKET_HOLIDAYS,
	TICKET_CALENDAR,
	TICKET_CARRIED,
	TICKET_FILLED,
	TICKET_TRAIL,
	TICKET_APPROVER,
	NUM_TICKET_COLUMNS
} TicketColumn;

/* Columns of a view P_sla_input_METRIC. */
typedef enum ClockColumn
{
	CLOCK_METRIC,
	CLOCK_STARTS_AT,
	CLOCK_STOPS_AT,
	CLOCK_STOPS,
	CLOCK_IS_PAUSED,
	CLOCK_PAUSED,
	CLOCK_CANCELLED,
	CLOCK_PLAN,
	CLOCK_PRIORITY,
	CLOCK_CALENDAR,
	CLOCK_ON_CLOSE,
	CLOCK_ON_REOPEN,
	NUM_CLOCK_COLUMNS
} ClockColumn;

/* Columns of a view P_sla_events_METRIC. */
typedef enum EventColumn
{
	EVENT_KEY,
	EVENT_TICKET,
	EVENT_TENANT,
	EVENT_METRIC,
	EVENT_AT,
	EVENT_STARTS,
	EVENT_STOPS,
	EVENT_CANCELS,
	EVENT_PAUSED,
	EVENT_ONLY_AFTER,
	NUM_EVENT_COLUMNS
} EventColumn;

#define MAX_INPUT_COLUMNS	NUM_TICKET_COLUMNS

/* A column of an input view: how it is had from a row of the table. */
typedef struct InputColumn
{
	const char *name;
	bool		given;			/* not a null constant */
	AttrNumber	attnum;			/* it is a plain column of the table; else 0 */
	bool		is_constant;
	bool		isnull;			/* of a constant */
	Datum		value;
	Node	   *expression;		/* of all others, as the view has it */
	CachedExpression *cached;	/* the same, planned; NULL until used */
	ExprState  *state;			/* the same, ready */
	MemoryContext memory;		/* of the state */
	uint64		ready;			/* in this transaction; see input.c */
} InputColumn;

/* A view that is an input. */
typedef struct InputView
{
	char	   *name;
	Oid			table;			/* of which it is a view */
	bool		evaluates;		/* has an expression */
	bool		looks_up;		/* one that can read tables */
	Bitmapset  *reads;			/* columns of the table, as pull_varattnos() has them */
	int			n;
	InputColumn column[MAX_INPUT_COLUMNS];
} InputView;

/* One of the clocks that tickets of the table have. */
typedef struct TrackedClock
{
	const char *metric;
	OnClose		on_close;
	OnReopen	on_reopen;
	InputView	input;
	bool		has_events;
	InputView	events;
	const char *only_after;		/* a metric; NULL: none */
} TrackedClock;

/* Statements on the tables beside it; see clock_store.c. */
typedef enum TrackedPlan
{
	PLAN_LOCK,
	PLAN_FIND,
	PLAN_READ,
	PLAN_READ_ONE,
	PLAN_LIVING,
	PLAN_LAST_TRAIL,
	PLAN_UPDATE,				/* the first that writes */
	PLAN_INSERT,
	PLAN_INSERT_FIRST,
	PLAN_TRAIL,
	PLAN_GONE,
	PLAN_ALL_GONE,
	PLAN_EVENTS,				/* reads, and so does one for each clock */
} TrackedPlan;

/* Rows of these tables, what is read of the trail, and numbers of tickets that are sought. */
typedef enum RowsOf
{
	CLOCK_ROWS,
	TRAIL_ROWS,
	TOLD_ROWS,
	SOUGHT_ROWS,
	NUM_ROWS
} RowsOf;

typedef enum TrailKind
{
	TRAIL_NONE,
	TRAIL_CHANGES,
	TRAIL_ALL
} TrailKind;

/*
 * What a session knows of a tracked table.  It is made when it is first needed
 * and again after the definition of anything in it has changed; who uses it
 * meanwhile goes on with what he has.
 */
typedef struct Tracked
{
	struct Tracked *next;
	MemoryContext context;
	int			uses;
	bool		is_stale;
	Oid			table;
	Oid			owner;
	Oid			namespace;		/* the extension's */
	char	   *schema;			/* of all that is beside the table, quoted */
	char	   *path;			/* search_path for functions of the application */
	bool		calls_others;	/* an expression calls functions of the application */
	char	   *prefix;
	char	   *name;			/* of the table, qualified and quoted */
	TupleDesc	row;			/* of the table */
	AttrNumber *read;			/* columns that its inputs need */
	int			nread;
	InputView	ticket;
	int			nclocks;		/* one that waits for another comes after it */
	TrackedClock *clock;
	AttrNumber	id;
	AttrNumber	tenant;			/* 0: none */
	Oid			id_type;
	Oid			tenant_type;
	TrailKind	trail;
	const char *approver;		/* a role; NULL: none */
	Oid			clock_ids;		/* sequences of the tables beside it */
	Oid			trail_ids;
	TupleDesc	row_type[NUM_ROWS];
	EnumValues	level[2];		/* urgency, impact */
	EnumValues	priority;
	EnumValues	status;
	TypeCacheEntry *multirange;
	MultirangeType *no_periods;
	SPIPlanPtr *plan;			/* NULL: not made yet */
	List	   *relations;		/* of which a change makes it stale */
	struct WrittenTable *written;	/* by which it is written */
	bool		is_evaluating;
	bool		warned;			/* of days beyond a list of holidays */
} Tracked;

/* A table of which rows are written: how they become rows of the tracked one. */
typedef struct WrittenTable
{
	struct WrittenTable *next;
	Oid			relid;
	Tracked    *tracked;
	Oid			table;			/* of which it is, or is a part */
	TupleConversionMap *map;	/* NULL: they are as they should be */
} WrittenTable;

/* Registers callbacks; called when the library is loaded. */
extern void tracked_init(void);

/*
 * The tracked table of a trigger on a relation: the ticket table, a table of
 * events, or a partition of one.  It stays for as long as the caller's memory
 * context is not reset.
 */
extern void tracked_of_trigger(Relation rel, const char *prefix, Oid namespace,
							   bool is_events, WrittenTable *written);

/* The same of a table that is tracked; another is an ERROR. */
extern Tracked *tracked_of_table(Oid table, Oid namespace);

#endif							/* TRACKED_H */
