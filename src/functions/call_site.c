/*
 * call_site.c
 *	  A ticket in the arguments of an SQL function: the first call of a site.
 */
#include "postgres.h"

#include "nodes/primnodes.h"

#include "functions/call_site.h"

bool
arg_is_constant(FunctionCallInfo fcinfo, int arg)
{
	Node	   *call = fcinfo->flinfo->fn_expr;

	return arg >= 0 && call != NULL && IsA(call, FuncExpr) &&
		arg < list_length(((FuncExpr *) call)->args) &&
		IsA(list_nth(((FuncExpr *) call)->args, arg), Const);
}

TicketSite *
ticket_site_make(FunctionCallInfo fcinfo, const TicketArgs *args, Size size)
{
	TicketSite *site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, size);

	policy_pin_init(&site->policy, policy_namespace(fcinfo), fcinfo->flinfo->fn_mcxt);
	if (args->priority >= 0)
		enum_values(&site->priority, declared_argtype(fcinfo, args->priority),
					priority_labels, NUM_PRIORITIES);
	if (args->metric >= 0)
		enum_values(&site->metric, declared_argtype(fcinfo, args->metric),
					metric_labels, NUM_METRICS);
	site->plan_constant = arg_is_constant(fcinfo, args->plan);
	site->zone_constant = arg_is_constant(fcinfo, args->time_zone);
	fcinfo->flinfo->fn_extra = site;
	return site;
}
