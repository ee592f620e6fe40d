/*
 * ticket.h
 *	  A row of a tracked table, read once: its inputs and its results.
 */
#ifndef TICKET_H
#define TICKET_H

#include "policy/policy.h"
#include "tickets/ticket_mapping.h"
#include "tickets/ticket_state.h"

/* What is stored of a clock: the verdict, as far as it is known. */
typedef struct ClockResult
{
	bool		has_due;
	bool		has_at_risk;
	bool		has_target;
	bool		has_elapsed;	/* once it has stopped */
	TimestampTz due_at;
	TimestampTz at_risk_at;
	Interval	target;
	Interval	elapsed;
} ClockResult;

/* When a clock stands still for good. */
typedef struct ClockStop
{
	bool		stopped;		/* answered, or resolved */
	bool		cancelled;		/* does not count */
	TimestampTz at;				/* if stopped */
} ClockStop;

typedef struct Ticket
{
	bool		has_opened;
	bool		has_answered;
	bool		has_resolved;
	TimestampTz opened_at;
	TimestampTz answered_at;
	TimestampTz resolved_at;
	const char *plan;			/* NULL: null; the texts are not terminated */
	const char *time_zone;
	const char *holidays;
	int			plan_len;
	int			time_zone_len;
	int			holidays_len;
	const SupportPlan *support; /* that plan names; NULL: not looked up */
	int			urgency;		/* levels: -1 for null */
	int			impact;
	int			override;
	int			priority;		/* what counts */
	bool		is_paused_status;
	bool		is_cancelled_status;
	MultirangeType *paused;		/* NULL: null */
	TicketState state;
	ClockStop	stop[NUM_CLOCKS];
	ClockResult result[NUM_CLOCKS];
} Ticket;

/* The row as it is to be, or was, written. */
extern TupleTableSlot *ticket_new_row(const TriggerData *trigdata);

/*
 * Read what the application writes, and what tracking remembers.  This can run
 * code of the application, so no policy is in use meanwhile.
 */
extern void ticket_read(TicketMapping *mapping, TupleTableSlot *slot,
						bool stored, Ticket *ticket);

/* Find what of a ticket that is to be written depends on the policy. */
extern void ticket_assign(const TicketMapping *mapping, const PolicyMap *map,
						  Ticket *ticket);

/* Read the stored results. */
extern void ticket_read_results(const TicketMapping *mapping,
								TupleTableSlot *slot, Ticket *ticket);

/* Find when the clocks stop, from what was read. */
extern void ticket_find_stops(const TicketMapping *mapping, Ticket *ticket);

/* The pauses of a clock; NULL for none. */
extern MultirangeType *ticket_pauses(const TicketMapping *mapping,
									 const Ticket *ticket, TicketClock clock);

/* Where a clock stands at an instant, by its stored result. */
extern SlaStatus ticket_status(const TicketMapping *mapping,
							   const Ticket *ticket, TicketClock clock,
							   TimestampTz at);

/* What the trail says of a ticket. */
typedef struct TrailValues
{
	int			urgency;
	int			impact;
	int			override;
	int			priority;
	bool		has_due[NUM_CLOCKS];
	TimestampTz due_at[NUM_CLOCKS];
	SlaStatus	status[NUM_CLOCKS];
} TrailValues;

/* Read them from a stored row; the statuses are those at an instant. */
extern void ticket_trail_values(TicketMapping *mapping, TupleTableSlot *slot,
								TimestampTz at, TrailValues *values);

/* Registers a setting; called when the library is loaded. */
extern void ticket_init(void);

/*
 * Run what may find that a ticket cannot be judged.  By the setting
 * ticket_priority.bad_ticket that is an ERROR, or it is undone and returned;
 * NULL if all went well.  Other errors are always raised.
 */
extern ErrorData *ticket_try(void (*body) (void *arg), void *arg);

#endif							/* TICKET_H */
