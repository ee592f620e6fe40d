/*
 * priority.c
 *	  Priority from urgency and impact: the published matrix over the enums.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "base/compat.h"
#include "functions/call_site.h"

PG_FUNCTION_INFO_V1(assign_priority);
PG_FUNCTION_INFO_V1(assign_priority_override);
PG_FUNCTION_INFO_V1(to_urgency);
PG_FUNCTION_INFO_V1(to_impact);
PG_FUNCTION_INFO_V1(to_priority);

static const CallArgs assign_args = {
	.urgency = 1, .impact = 2, .result = priority_labels, .nresult = NUM_PRIORITIES
};
static const CallArgs level_args = {.result = level_labels, .nresult = NUM_LEVELS};
static const CallArgs priority_args = {.result = priority_labels, .nresult = NUM_PRIORITIES};

/* assign_priority(urgency, impact) */
Datum
assign_priority(PG_FUNCTION_ARGS)
{
	CallSite   *site = call_site(fcinfo, &assign_args);
	int			urgency = enum_arg(fcinfo, &site->urgency, 1, false);
	int			impact = enum_arg(fcinfo, &site->impact, 2, false);

	PG_RETURN_OID(site->result.value[published_priority(urgency, impact)]);
}

/* assign_priority(urgency, impact, override): not strict */
Datum
assign_priority_override(PG_FUNCTION_ARGS)
{
	if (PG_NARGS() > 2 && !PG_ARGISNULL(2))
		PG_RETURN_DATUM(PG_GETARG_DATUM(2));
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	return assign_priority(fcinfo);
}

/* Exact label to the value of the enum that the called function returns. */
static Datum
label_to_enum(FunctionCallInfo fcinfo, const CallArgs *args, const char *what)
{
	CallSite   *site = call_site(fcinfo, args);
	int			len;
	const char *label = text_arg(fcinfo, 1, &len);
	StringInfoData known;
	int			i;

	for (i = 0; i < args->nresult; i++)
	{
		if (len == (int) strlen(args->result[i]) &&
			memcmp(label, args->result[i], len) == 0)
			return ObjectIdGetDatum(site->result.value[i]);
	}

	initStringInfo(&known);
	for (i = 0; i < args->nresult; i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "", args->result[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s: \"%s\"", what,
					pnstrdup(label, pg_mbcliplen(label, len, 100))),
			 errhint("The labels are %s, in exactly this spelling.", known.data)));
	return (Datum) 0;			/* keep compiler quiet */
}

Datum
to_urgency(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, &level_args, "urgency");
}

Datum
to_impact(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, &level_args, "impact");
}

Datum
to_priority(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, &priority_args, "priority");
}
