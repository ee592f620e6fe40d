/*
 * ticket_trail.h
 *	  The trail of priorities of a tracked table.
 */
#ifndef TICKET_TRAIL_H
#define TICKET_TRAIL_H

/* Registers settings; called when the library is loaded. */
extern void ticket_trail_init(void);

#endif							/* TICKET_TRAIL_H */
