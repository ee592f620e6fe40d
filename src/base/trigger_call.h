/*
 * trigger_call.h
 *	  Checks that a trigger function was called by the right kind of trigger.
 */
#ifndef TRIGGER_CALL_H
#define TRIGGER_CALL_H

#include "commands/trigger.h"
#include "fmgr.h"

/* Events, which can be combined with "|". */
#define ON_INSERT	(1 << TRIGGER_EVENT_INSERT)
#define ON_DELETE	(1 << TRIGGER_EVENT_DELETE)
#define ON_UPDATE	(1 << TRIGGER_EVENT_UPDATE)
#define ON_TRUNCATE (1 << TRIGGER_EVENT_TRUNCATE)
#define FOR_STATEMENT (1 << (TRIGGER_EVENT_OPMASK + 1))

/* The trigger's data.  A call that is not by a trigger is an ERROR. */
extern TriggerData *called_as_trigger(FunctionCallInfo fcinfo);

/*
 * The same, and the trigger must have been fired at the given time
 * (TRIGGER_EVENT_BEFORE or TRIGGER_EVENT_AFTER) by one of the given events:
 * for the statement if that is TRUNCATE or FOR_STATEMENT is given, else for a
 * row.  Anything else is an ERROR.
 */
extern TriggerData *trigger_call(FunctionCallInfo fcinfo, TriggerEvent timing,
								 TriggerEvent events);

/* The row that an INSERT or UPDATE brings. */
static inline HeapTuple
trigger_new_tuple(const TriggerData *trigdata)
{
	return TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ? trigdata->tg_newtuple :
		trigdata->tg_trigtuple;
}

#endif							/* TRIGGER_CALL_H */
