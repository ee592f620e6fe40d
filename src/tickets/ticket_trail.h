/*
 * ticket_trail.h
 *	  What the trail tells of a ticket that was reconciled.
 */
#ifndef TICKET_TRAIL_H
#define TICKET_TRAIL_H

#include "tickets/reconcile.h"

/* Write its rows, by what the clocks were and what they are. */
extern void trail_tell(Reconciling *reconciling);

#endif							/* TICKET_TRAIL_H */
