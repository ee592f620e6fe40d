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

/* What the ticket itself asks for. */
typedef struct TicketTerms
{
	const char *plan;
	int			urgency;
	int			impact;
	int			override;
	int			priority;
	bool		has_priority;	/* given, not from override and matrix */
	int			assigned;		/* what the matrix gives */
} TicketTerms;

/* A ticket that is reconciled. */
typedef struct Reconciling
{
	Tracked    *tracked;
	TicketKey	key;
	ReconcileMode mode;
	const char *metric;			/* this one alone; NULL: all */
	const char *reason;			/* for the trail */
	TimestampTz now;
	TicketTerms terms;
	TimestampTz lost_at;		/* end of the ticket's last life; DT_NOBEGIN: none */
	ClockWork  *clock;			/* as those of the table */
	TicketBatch *batch;			/* in which it is; NULL: alone */
	int			number;			/* there */
} Reconciling;

/*
 * Reconcile the ticket in a slot, which is locked.  Gives the number of clocks
 * that were written.  The caller is connected to nothing and acts as himself.
 */
extern int64 reconcile_ticket(Tracked *tracked, TupleTableSlot *slot,
							  ReconcileMode mode, const char *metric,
							  const char *reason);

/* The same of a ticket by its key, which is locked, if it is there. */
extern int64 reconcile_by_key(Tracked *tracked, const TicketKey *key);

/*
 * The same of many tickets by their keys, which are put in order; those that are
 * not there are gone.
 */
extern int64 reconcile_batch(Tracked *tracked, TicketKey *keys, int n, ReconcileMode mode,
							 const char *metric, const char *reason);

/* The same without writing: what would be, for the caller to compare. */
extern void reconcile_dry(Reconciling *reconciling, TupleTableSlot *slot);

/* The ticket is not there under its key: mark its clocks as gone. */
extern void reconcile_gone(Tracked *tracked, const TicketKey *key);

/* The key of a row of the table; false: it has none. */
extern bool ticket_key(const Tracked *tracked, TupleTableSlot *slot, TicketKey *key);

/* Keys by their bytes, and in an order, for qsort_arg(). */
extern bool same_ticket_key(const Tracked *tracked, const TicketKey *a, const TicketKey *b);
extern int	compare_ticket_keys(const void *a, const void *b, void *arg);

/*
 * The priority of a ticket by its levels and plan.  What the policy does not
 * know is an ERROR or gives -1, as the setting has it.
 */
extern int	ticket_priority_of(Tracked *tracked, const TicketTerms *terms);

/* Connect to SPI as the table's owner, and end that. */
extern void connect_as_owner(const Tracked *tracked, Caller *caller);
extern void disconnect(const Caller *caller);

#endif							/* RECONCILE_H */
