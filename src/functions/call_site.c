/*
 * call_site.c
 *	  The first call of a call site, and what it remembers by value.
 */
#include "postgres.h"

#include "nodes/primnodes.h"

#include "functions/call_site.h"

/* Whether an argument is written as a constant in the query. */
static bool
arg_is_constant(FunctionCallInfo fcinfo, int arg)
{
	Node	   *call = fcinfo->flinfo->fn_expr;

	return arg > 0 && call != NULL && IsA(call, FuncExpr) &&
		arg <= list_length(((FuncExpr *) call)->args) &&
		IsA(list_nth(((FuncExpr *) call)->args, arg - 1), Const);
}

static void
resolve_arg(FunctionCallInfo fcinfo, int arg, EnumValues *values,
			const char *const *labels, int n)
{
	if (arg > 0)
		enum_values(values, declared_argtype(fcinfo, arg - 1), labels, n);
}

CallSite *
call_site_make(FunctionCallInfo fcinfo, const CallArgs *args)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	CallSite   *site = MemoryContextAllocZero(context, sizeof(CallSite));

	if (args->reads_policy)
		policy_pin_init(&site->policy, policy_namespace(fcinfo), context);
	resolve_arg(fcinfo, args->urgency, &site->urgency, level_labels, NUM_LEVELS);
	resolve_arg(fcinfo, args->impact, &site->impact, level_labels, NUM_LEVELS);
	resolve_arg(fcinfo, args->priority, &site->priority, priority_labels, NUM_PRIORITIES);
	if (args->result != NULL)
		enum_values(&site->result, declared_rettype(fcinfo), args->result, args->nresult);
	if (args->paused > 0)
		site->multirange = lookup_type_cache(declared_argtype(fcinfo, args->paused - 1),
											 TYPECACHE_MULTIRANGE_INFO);
	site->plan_constant = arg_is_constant(fcinfo, args->plan);
	site->metric_constant = arg_is_constant(fcinfo, args->metric);
	site->zone_constant = arg_is_constant(fcinfo, args->time_zone);
	fcinfo->flinfo->fn_extra = site;
	return site;
}

void
keep_bytes(MemoryContext context, KeptBytes *kept, const char *data, Size len)
{
	if (len > kept->room)
	{
		Size		room = Max(len, 64);

		kept->len = 0;
		kept->room = 0;
		if (kept->data != NULL)
			pfree(kept->data);
		kept->data = NULL;
		kept->data = MemoryContextAlloc(context, room);
		kept->room = room;
	}
	memcpy(kept->data, data, len);
	kept->len = len;
}
