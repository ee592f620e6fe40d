/*
 * ticket_trigger.h
 *	  The trigger that keeps the results of a tracked ticket true.
 */
#ifndef TICKET_TRIGGER_H
#define TICKET_TRIGGER_H

/* Registers a setting; called when the library is loaded. */
extern void ticket_trigger_init(void);

#endif							/* TICKET_TRIGGER_H */
