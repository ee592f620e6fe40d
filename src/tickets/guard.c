/*
 * guard.c
 *	  The trigger that refuses writes by others into clock table and trail.
 *
 * A statement of this code is let through by the depth of triggers in which it
 * fires the guard.  What the owner's own triggers on these tables write is one
 * deeper, and refused.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/trigger_call.h"
#include "tickets/guard.h"

#define NO_DEPTH	(-1)

static int	allowed_depth = NO_DEPTH;

PG_FUNCTION_INFO_V1(sla_guard);

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

int
guard_open(bool writes)
{
	int			before = allowed_depth;

	allowed_depth = writes ? trigger_depth() + 1 : NO_DEPTH;
	return before;
}

void
guard_close(int before)
{
	allowed_depth = before;
}

bool
is_restore(Relation rel)
{
	return !check_function_bodies &&
		has_privs_of_role(GetUserId(), rel->rd_rel->relowner);
}

/* _sla_guard(): BEFORE a statement that writes; a trigger for each row would cost more. */
Datum
sla_guard(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE, FOR_STATEMENT |
										 ON_INSERT | ON_UPDATE | ON_DELETE | ON_TRUNCATE);

	if (!is_restore(trigdata->tg_relation) && allowed_depth != trigger_depth())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" is written by tracking alone",
						RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Write the ticket, and its clocks follow. sla_forget() removes what is no longer wanted.")));
	PG_RETURN_POINTER(NULL);
}
