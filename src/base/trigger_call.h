/*
 * trigger_call.h
 *	  Whether a trigger function was fired as it must be.
 */
#ifndef TRIGGER_CALL_H
#define TRIGGER_CALL_H

#include "commands/trigger.h"
#include "fmgr.h"

/* Events, to be put together by "|". */
#define ON_INSERT	(1 << TRIGGER_EVENT_INSERT)
#define ON_DELETE	(1 << TRIGGER_EVENT_DELETE)
#define ON_UPDATE	(1 << TRIGGER_EVENT_UPDATE)
#define ON_TRUNCATE (1 << TRIGGER_EVENT_TRUNCATE)

/* The data of a trigger; an ERROR unless the function was called as one. */
extern TriggerData *called_as_trigger(FunctionCallInfo fcinfo);

/*
 * The same; an ERROR also unless it was fired before or after
 * (TRIGGER_EVENT_BEFORE, TRIGGER_EVENT_AFTER) one of some events: TRUNCATE for
 * the statement, the others for a row.
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
