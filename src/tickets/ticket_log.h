/*
 * ticket_log.h
 *	  The trail of priorities of a tracked table.
 */
#ifndef TICKET_LOG_H
#define TICKET_LOG_H

#include "tickets/ticket.h"

/* Registers settings and callbacks; called when the library is loaded. */
extern void ticket_trigger_init(void);
extern void ticket_log_init(void);

/* An ERROR unless called as a row trigger for INSERT or UPDATE, at a time. */
extern void ticket_require_trigger(FunctionCallInfo fcinfo, TriggerEvent timing);

/* The row as it is to be, or was, written. */
extern TupleTableSlot *ticket_new_row(const TriggerData *trigdata);

/* What the trail says of a ticket. */
typedef struct LogValues
{
	int			urgency;
	int			impact;
	int			override;
	int			priority;
	bool		has_due[NUM_CLOCKS];
	TimestampTz due_at[NUM_CLOCKS];
	SlaStatus	status[NUM_CLOCKS];
} LogValues;

/* Read what the trail says of a ticket; its statuses are those at an instant. */
extern void ticket_log_values(TicketMapping *mapping, TupleTableSlot *slot,
							  TimestampTz at, LogValues *values);

#endif							/* TICKET_LOG_H */
