/*
 * clock_store.h
 *	  The tables beside a tracked one, read and written by statements of the
 *	  server.
 *
 * The caller has connected to SPI, and acts as the table's owner.
 */
#ifndef CLOCK_STORE_H
#define CLOCK_STORE_H

#include "utils/multirangetypes.h"

#include "tickets/tracked.h"

/* Which ticket. */
typedef struct TicketKey
{
	Datum		id;
	Datum		tenant;			/* if the table has one */
} TicketKey;

/* A row of the clock table. */
typedef struct StoredRun
{
	const char *metric;
	ClockRun	run;
} StoredRun;

/* A row of the trail. */
typedef struct TrailRow
{
	int64		id;				/* put in when it is written */
	TimestampTz at;
	const char *metric;			/* NULL: the ticket */
	const char *event;
	int			old_priority;
	int			priority;
	const char *old_plan;
	const char *plan;
	int			urgency;
	int			impact;
	int			override;
	int			assigned;
	Instant		old_due_at;
	Instant		due_at;
	int			status;			/* -1: null */
	const char *actor;			/* put in when it is written, from the settings; */
	const char *actor_kind;		/* and so is the reason if it is NULL */
	const char *reason;
} TrailRow;

/* Registers settings; called when the library is loaded. */
extern void trail_init(void);

/* Periods as the value of a tstzmultirange, and back. */
extern MultirangeType *periods_to_multirange(TypeCacheEntry *multirange,
											 const Periods *periods);
extern Periods multirange_to_periods(TypeCacheEntry *multirange,
									 MultirangeType *value);

/*
 * Lock the ticket's row against changes, and put it into a slot for rows of
 * the table; false: there is none.
 */
extern bool store_lock(Tracked *tracked, const TicketKey *key, TupleTableSlot *slot);
extern bool store_find(Tracked *tracked, const TicketKey *key, TupleTableSlot *slot);
extern bool store_has_ticket(Tracked *tracked, const TicketKey *key);

/* The clocks of a ticket, in any order. */
extern int	store_read(Tracked *tracked, const TicketKey *key, StoredRun **runs);

/* The events of one of the table's clocks, in their order. */
extern void store_events(Tracked *tracked, int clock, const TicketKey *key,
						 ClockEvents *events);

/*
 * Write new clocks.  If they are to be the first of the ticket, and it has any,
 * nothing is written, and the result is false.
 */
extern bool store_insert(Tracked *tracked, const TicketKey *key,
						 const StoredRun *runs, int n, bool first);
extern void store_update(Tracked *tracked, const TicketKey *key, const ClockRun *run);

/*
 * Mark the clocks of a ticket, which are counted, or of all tickets that are
 * not there, as gone.
 */
extern int64 store_gone(Tracked *tracked, const TicketKey *key, TimestampTz at);
extern void store_all_gone(Tracked *tracked, TimestampTz at);

/* Tickets that have a clock of a metric: keys in palloc'd arrays. */
extern int	store_with_metric(Tracked *tracked, const char *metric, TicketKey **keys);

/* Write a row of the trail, and read the last of the ticket's own. */
extern void store_trail(Tracked *tracked, const TicketKey *key, const TrailRow *row);
extern bool store_last_trail(Tracked *tracked, const TicketKey *key, TrailRow *row);

/*
 * Tickets that are reconciled together, by their keys in order: they are locked,
 * and their clocks read, at once; what is written of them waits for the end.
 * Each is asked for in this order, and no key occurs twice.
 */
typedef struct TicketBatch TicketBatch;

extern TicketBatch *batch_begin(Tracked *tracked, const TicketKey *keys, int n);
extern bool batch_ticket(TicketBatch *batch, int i, TupleTableSlot *slot);
extern int	batch_read(TicketBatch *batch, int i, StoredRun **runs);
extern void batch_insert(TicketBatch *batch, const TicketKey *key, const StoredRun *run);
extern void batch_update(TicketBatch *batch, const TicketKey *key, const ClockRun *run);
extern void batch_trail(TicketBatch *batch, const TicketKey *key, const TrailRow *row);
extern void batch_end(TicketBatch *batch);

#endif							/* CLOCK_STORE_H */
