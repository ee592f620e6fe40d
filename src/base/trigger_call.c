/*
 * trigger_call.c
 *	  Checks that a trigger function was called by the right kind of trigger.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "base/trigger_call.h"

TriggerData *
called_as_trigger(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						get_func_name(fcinfo->flinfo->fn_oid))));
	return (TriggerData *) fcinfo->context;
}

TriggerData *
trigger_call(FunctionCallInfo fcinfo, TriggerEvent timing, TriggerEvent events)
{
	TriggerData *trigdata = called_as_trigger(fcinfo);
	TriggerEvent event = trigdata->tg_event;

	if ((event & TRIGGER_EVENT_TIMINGMASK) != timing ||
		((1 << (event & TRIGGER_EVENT_OPMASK)) & events) == 0 ||
		TRIGGER_FIRED_FOR_ROW(event) ==
		(TRIGGER_FIRED_BY_TRUNCATE(event) || (events & FOR_STATEMENT) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was fired for an event it is not made for",
						get_func_name(fcinfo->flinfo->fn_oid))));
	return trigdata;
}
