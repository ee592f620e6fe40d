/*
 * ticket_state.h
 *	  What tracking remembers of a ticket beyond its other columns.
 *
 * Nearly all tickets have nothing to remember, and null in the column sla_state.
 * In JSON:
 *
 *	{"first_response": {"plan": "premium", "priority": "P2",
 *						"from": "2026-11-20T15:30:00+00:00",
 *						"answered_at": "2026-11-20T16:00:00+00:00"},
 *	 "resolution": {...},
 *	 "closed": "{[2026-11-20T17:00:00+00:00,2026-11-21T09:00:00+00:00)}",
 *	 "error": "support plan \"gold\" does not exist"}
 *
 * where every key may be missing.
 */
#ifndef TICKET_STATE_H
#define TICKET_STATE_H

#include "utils/jsonb.h"
#include "utils/multirangetypes.h"

#include "tickets/ticket_mapping.h"

/* By what a clock was judged, where the ticket's columns say something else. */
typedef struct KeptTerms
{
	const char *plan;			/* NULL: the ticket's */
	int			plan_len;
	int			priority;		/* -1: the ticket's */
	bool		has_from;		/* the clock started anew, and when */
	TimestampTz from;
	bool		has_answered;	/* an earlier closing counted as the answer */
	TimestampTz answered_at;
} KeptTerms;

typedef struct TicketState
{
	KeptTerms	kept[NUM_CLOCKS];
	MultirangeType *closed;		/* closed, then reopened; NULL: never */
	const char *error;			/* why it could not be judged; NULL: it was */
	bool		unreadable;		/* ... because something here cannot be read */
} TicketState;

extern void ticket_state_init(TicketState *state);

/*
 * Take apart.  Keys that are not known are passed over.  What cannot be read is
 * left out and makes the state unreadable; it is no error, so that a report goes
 * on.
 */
extern void ticket_state_read(const Jsonb *json, TicketState *state);

/* Put together; NULL if there is nothing to remember. */
extern Jsonb *ticket_state_write(const TicketState *state,
								 TypeCacheEntry *multirange);

/* A multirange and one more period; end DT_NOEND for none.  base may be NULL. */
extern MultirangeType *add_period(TypeCacheEntry *multirange,
								  MultirangeType *base,
								  TimestampTz start, TimestampTz end);

/* Ends at an instant the period that has no end; one of no length vanishes. */
extern MultirangeType *end_period(TypeCacheEntry *multirange,
								  MultirangeType *base, TimestampTz end);

/* Whether the last period has no end. */
extern bool has_open_period(TypeCacheEntry *multirange, MultirangeType *base);

#endif							/* TICKET_STATE_H */
