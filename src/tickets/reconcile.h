/*
 * reconcile.h
 *	  From a ticket as it is now to its clocks as they should be.
 */
#ifndef RECONCILE_H
#define RECONCILE_H

#include "tickets/clock_store.h"
#include "tickets/input.h"

typedef enum ReconcileMode
{
	RECONCILE_SEEN,				/* the ticket or an event was written */
	RECONCILE_NEW,				/* the ticket was inserted */
	RECONCILE_BACKFILL,
	RECONCILE_REFRESH,
	RECONCILE_REJUDGE
} ReconcileMode;

/* One of the ticket's clocks, as it is reconciled. */
typedef struct ClockWork
{
	int			nstored;		/* runs of the ticket's present life */
	ClockRun   *stored;
	int			last_run;		/* of all lives */
	int			nresult;		/* the same, as they should be, and new ones */
	ClockRun   *result;
	ClockInput	input;
	ClockEvents events;
	const char *fact_problem;	/* why the facts, or the terms, are not known */
	const char *term_problem;
} ClockWork;

/* A ticket that is reconciled. */
typedef struct Reconciling
{
	Tracked    *tracked;
	TicketKey	key;
	Relation	rel;			/* where a trigger saw its row; or NULL */
	TupleTableSlot *version;
	ReconcileMode mode;
	const char *metric;			/* this one alone; NULL: all */
	const char *reason;			/* for the trail */
	TimestampTz now;
	ClockTerms	terms;			/* the ticket's own, as far as the trail tells them */
	int			assigned;		/* what the matrix gives */
	TimestampTz lost_at;		/* end of the ticket's last life; DT_NOBEGIN: none */
	ClockWork  *clock;			/* as those of the table */
	Store	   *store;
	int			number;			/* of the ticket there */
	int64		written;		/* clocks */
} Reconciling;

/* In all that follows, the caller acts as the table's owner. */

/*
 * Reconcile the ticket of a row version of a relation, if it is the one that
 * counts; slot has it as a row of the table.
 */
extern void reconcile_ticket(Tracked *tracked, Relation rel, TupleTableSlot *version,
							 TupleTableSlot *slot, bool is_new);

/*
 * The same of tickets by their keys, which are put in order; those that are not
 * there are gone.  Gives the number of clocks that were written.
 */
extern int64 reconcile_tickets(Tracked *tracked, TicketKey *keys, int n, ReconcileMode mode,
							   const char *metric, const char *reason);

/* The same without writing: what would be, for the caller to compare. */
extern void reconcile_dry(Reconciling *reconciling, TupleTableSlot *slot);

/* If the ticket is not there under its key, mark its clocks as gone. */
extern void reconcile_gone(Tracked *tracked, const TicketKey *key);

/* The key of a row of the table; false: it has none. */
extern bool ticket_key(const Tracked *tracked, TupleTableSlot *slot, TicketKey *key);

/* Values and keys by their bytes, and keys in an order, for qsort_arg(). */
extern bool same_value(Datum a, Datum b, Oid type);
extern bool same_ticket_key(const Tracked *tracked, const TicketKey *a, const TicketKey *b);
extern int	compare_ticket_keys(const void *a, const void *b, void *arg);

/* Plan and levels that a ticket asks for; it tells no more. */
extern void ticket_terms(const Tracked *tracked, const InputRow *row, ClockTerms *terms);

/*
 * The priority of a ticket by these.  What the policy does not know is an ERROR
 * or gives -1, as the setting has it.
 */
extern int	ticket_priority_of(Tracked *tracked, const ClockTerms *terms);

/* What the trail tells of a clock, but for the event, the reason and the metric. */
extern TrailRow trail_row(const ClockRun *before, const ClockRun *after, TimestampTz now);

/* Write its rows, by what the clocks were and what they are. */
extern void trail_tell(Reconciling *reconciling);

#endif							/* RECONCILE_H */
