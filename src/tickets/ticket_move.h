/*
 * ticket_move.h
 *	  Tickets that move to another partition.
 */
#ifndef TICKET_MOVE_H
#define TICKET_MOVE_H

#include "tickets/ticket.h"

/* Registers callbacks; called when the library is loaded. */
extern void ticket_move_init(void);

/*
 * A row of a partition is about to be updated.  If it does not belong there any
 * more, the server moves it: it deletes the row here, and inserts it elsewhere.
 */
extern void ticket_move_announce(TicketMapping *mapping, FunctionCallInfo fcinfo,
								 HeapTuple result);

/* Whether a row that is about to be inserted is one that moves. */
extern bool ticket_moves(TicketMapping *mapping, FunctionCallInfo fcinfo);

/* What an inserted ticket was before it moved; false if it did not. */
extern bool ticket_moved_from(const TicketMapping *mapping, TupleTableSlot *slot,
							  TriggerData *trigdata, TrailValues *before);

#endif							/* TICKET_MOVE_H */
