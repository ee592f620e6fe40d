/*
 * ticket_log.h
 *	  The trail of priorities of a tracked table.
 */
#ifndef TICKET_LOG_H
#define TICKET_LOG_H

#include "ticket.h"

/* Registers settings and callbacks; called when the library is loaded. */
extern void ticket_trigger_init(void);
extern void ticket_log_init(void);

/* An ERROR unless called as a row trigger for INSERT or UPDATE, at a time. */
extern void ticket_require_trigger(FunctionCallInfo fcinfo, TriggerEvent timing);

/*
 * A row of a partition is about to be updated.  If it does not belong there any
 * more, the server moves it: it deletes the row here, and inserts it elsewhere.
 */
extern void ticket_log_updating(TicketMapping *mapping, FunctionCallInfo fcinfo,
								HeapTuple result);

/* Whether a row that is about to be inserted is one that moves. */
extern bool ticket_log_moved(TicketMapping *mapping, FunctionCallInfo fcinfo);

#endif							/* TICKET_LOG_H */
