/*
 * ticket_trail.h
 *	  What the trail tells of a ticket that was reconciled.
 */
#ifndef TICKET_TRAIL_H
#define TICKET_TRAIL_H

#include "tickets/reconcile.h"

/* What is told of a clock, but for the event, the reason and the metric. */
extern TrailRow trail_row(const ClockRun *before, const ClockRun *after, TimestampTz now);

/* Write its rows, by what the clocks were and what they are. */
extern void trail_tell(Reconciling *reconciling);

#endif							/* TICKET_TRAIL_H */
