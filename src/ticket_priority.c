/*
 * ticket_priority.c
 *	  Module magic and start-up.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "policy/policy.h"
#include "tickets/clock_store.h"
#include "tickets/input.h"
#include "tickets/tracked.h"
#include "time/timeline.h"

TICKET_PRIORITY_MAGIC("ticket_priority", TICKET_PRIORITY_VERSION);

void		_PG_init(void);

void
_PG_init(void)
{
	timeline_init();
	policy_init();
	tracked_init();
	input_init();
	trail_init();
	MarkGUCPrefixReserved("ticket_priority");
}
