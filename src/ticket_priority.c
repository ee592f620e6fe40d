/*
 * ticket_priority.c
 *	  Module magic and start-up.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "policy/policy.h"
#include "tickets/ticket.h"
#include "tickets/ticket_mapping.h"
#include "tickets/ticket_move.h"
#include "tickets/ticket_trail.h"
#include "tickets/ticket_trigger.h"
#include "time/timeline.h"

TICKET_PRIORITY_MAGIC("ticket_priority", TICKET_PRIORITY_VERSION);

void		_PG_init(void);

void
_PG_init(void)
{
	timeline_init();
	policy_init();
	ticket_init();
	ticket_mapping_init();
	ticket_trigger_init();
	ticket_trail_init();
	ticket_move_init();
	MarkGUCPrefixReserved("ticket_priority");
}
