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
#include "policy/policy.h"

/* What a call site of assign_priority() knows. */
typedef struct PrioritySite
{
	EnumValues	urgency;
	EnumValues	impact;
	EnumValues	priority;
} PrioritySite;

PG_FUNCTION_INFO_V1(assign_priority);
PG_FUNCTION_INFO_V1(assign_priority_override);
PG_FUNCTION_INFO_V1(to_urgency);
PG_FUNCTION_INFO_V1(to_impact);
PG_FUNCTION_INFO_V1(to_priority);

static PrioritySite *
priority_site(FunctionCallInfo fcinfo)
{
	PrioritySite *site = fcinfo->flinfo->fn_extra;

	if (unlikely(site == NULL))
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
									  sizeof(PrioritySite));
		enum_values(&site->urgency, declared_argtype(fcinfo, 0),
					level_labels, NUM_LEVELS);
		enum_values(&site->impact, declared_argtype(fcinfo, 1),
					level_labels, NUM_LEVELS);
		enum_values(&site->priority, declared_rettype(fcinfo),
					priority_labels, NUM_PRIORITIES);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/* assign_priority(urgency, impact) */
Datum
assign_priority(PG_FUNCTION_ARGS)
{
	PrioritySite *site = priority_site(fcinfo);
	int			urgency = enum_number(&site->urgency, PG_GETARG_OID(0));
	int			impact = enum_number(&site->impact, PG_GETARG_OID(1));

	PG_RETURN_OID(site->priority.value[published_priority(urgency, impact)]);
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
label_to_enum(FunctionCallInfo fcinfo, const char *const *labels, int n,
			  const char *what)
{
	EnumValues *values = fcinfo->flinfo->fn_extra;
	text	   *label = PG_GETARG_TEXT_PP(0);
	const char *bytes = VARDATA_ANY(label);
	int			len = VARSIZE_ANY_EXHDR(label);
	StringInfoData known;
	int			i;

	if (unlikely(values == NULL))
	{
		values = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
										sizeof(EnumValues));
		enum_values(values, declared_rettype(fcinfo), labels, n);
		fcinfo->flinfo->fn_extra = values;
	}
	for (i = 0; i < n; i++)
	{
		if (len == (int) strlen(labels[i]) && memcmp(bytes, labels[i], len) == 0)
			return ObjectIdGetDatum(values->value[i]);
	}

	initStringInfo(&known);
	for (i = 0; i < n; i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "", labels[i]);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid %s: \"%s\"", what,
					pnstrdup(bytes, pg_mbcliplen(bytes, len, 100))),
			 errhint("The labels are %s, in exactly this spelling.", known.data)));
	return (Datum) 0;			/* keep compiler quiet */
}

Datum
to_urgency(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, level_labels, NUM_LEVELS, "urgency");
}

Datum
to_impact(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, level_labels, NUM_LEVELS, "impact");
}

Datum
to_priority(PG_FUNCTION_ARGS)
{
	return label_to_enum(fcinfo, priority_labels, NUM_PRIORITIES, "priority");
}
