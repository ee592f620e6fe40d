/*
 * clock_store.h
 *	  The tables beside a tracked one, read and written by statements of the
 *	  server.
 *
 * The caller acts as the table's owner.
 */
#ifndef CLOCK_STORE_H
#define CLOCK_STORE_H

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
	Instant		at;
	const char *metric;			/* NULL: the ticket */
	const char *event;
	ClockTerms	old;			/* of which the plan and the priority are told */
	ClockTerms	terms;			/* and of these the levels, too */
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
 * Tickets that are worked on together, by their keys, none of which occurs
 * twice; i is the place of one there.  What is written of them waits for the
 * end.
 */
typedef struct Store Store;

extern Store *store_open(Tracked *tracked, const TicketKey *keys, int n);
extern void store_close(Store *store);

/*
 * Find the rows of all tickets, locked against changes or not; then put that of
 * one into a slot for rows of the table.  False: there is none.
 */
extern void store_find(Store *store, bool lock);
extern bool store_ticket(Store *store, int i, TupleTableSlot *slot);

/* The clocks of a ticket, in any order; those of all are read at once. */
extern int	store_clocks(Store *store, int i, StoredRun **runs);

/* The events of one of the table's clocks, in their order. */
extern void store_events(Store *store, int i, int clock, ClockEvents *events);

/* The last row that the trail has of a ticket itself; false: none. */
extern bool store_last_trail(Store *store, int i, TrailRow *row);

/* Write a new clock, a changed one, or a row of the trail. */
extern void store_insert(Store *store, int i, const char *metric, const ClockRun *run);
extern void store_update(Store *store, int i, const ClockRun *run);
extern void store_trail(Store *store, int i, const TrailRow *row);

/*
 * The new clocks are to be the first of the one ticket: write them now.  If it
 * has any, or there are no new ones, nothing is written, and the result is false.
 */
extern bool store_insert_first(Store *store);

/*
 * Mark the clocks of a ticket, or of all tickets, as gone if the ticket is not
 * there; gives how many were.
 */
extern int64 store_gone(Store *store, int i, TimestampTz at);
extern int64 store_all_gone(Store *store, TimestampTz at);

/* A value, or what a clock has in a column, as text; NULL: null. */
extern char *value_text(Oid type, Datum value);
extern char *run_text(const Tracked *tracked, const ClockRun *run, const char *column);

/* The tickets that have clocks and are not gone. */
extern int	store_living(Store *store, TicketKey **keys);

#endif							/* CLOCK_STORE_H */
