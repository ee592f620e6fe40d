/*
 * priority.c
 *	  Priority from urgency and impact: the published matrix over the enums.
 *
 * The enums are known to C by the types in the called function's own
 * declaration, once per call site, never by name: search_path and a renamed
 * schema do not matter.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "compat.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "priority.h"

const char *const level_labels[NUM_LEVELS] = {"low", "medium", "high"};
const char *const priority_labels[NUM_PRIORITIES] = {"P1", "P2", "P3", "P4"};
const char *const metric_labels[NUM_METRICS] = {
	"first_response", "next_response", "update", "resolution"
};
const char *const status_labels[NUM_STATUSES] = {
	"no_target", "unknown", "on_track", "at_risk", "paused", "overdue",
	"met", "missed", "cancelled"
};

/* What a call site of assign_priority() knows. */
typedef struct PrioritySite
{
	EnumValues	urgency;
	EnumValues	impact;
	EnumValues	priority;
} PrioritySite;

int
published_priority(int urgency, int impact)
{
	/* One level for high/high, one more for each step down, four at most. */
	int			steps = (LEVEL_HIGH - urgency) + (LEVEL_HIGH - impact);

	return Min(steps, NUM_PRIORITIES - 1);
}

void
enum_values(EnumValues *values, Oid type, const char *const *labels, int n)
{
	int			i;

	Assert(n <= NUM_STATUSES);
	for (i = 0; i < n; i++)
	{
		HeapTuple	tuple = SearchSysCache2(ENUMTYPOIDNAME,
											ObjectIdGetDatum(type),
											CStringGetDatum(labels[i]));

		if (!HeapTupleIsValid(tuple))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("type %s has no label \"%s\"",
							format_type_be(type), labels[i]),
					 errhint("The enums of the extension must keep their labels.")));
		values->value[i] = ((Form_pg_enum) GETSTRUCT(tuple))->oid;
		ReleaseSysCache(tuple);
	}
	values->labels = labels;
	values->n = n;
	values->type = type;
}

int
enum_number_slow(const EnumValues *values, Oid value)
{
	HeapTuple	tuple;
	char		label[NAMEDATALEN] = "?";
	int			i;

	for (i = 0; i < values->n; i++)
	{
		if (values->value[i] == value)
			return i;
	}
	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	if (HeapTupleIsValid(tuple))
	{
		strlcpy(label, NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel),
				sizeof(label));
		ReleaseSysCache(tuple);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("value \"%s\" of type %s has no meaning here",
					label, format_type_be(values->type)),
			 errhint("The extension knows the labels from \"%s\" to \"%s\".",
					 values->labels[0], values->labels[values->n - 1])));
	return -1;					/* keep compiler quiet */
}

static HeapTuple
called_function(FunctionCallInfo fcinfo)
{
	HeapTuple	tuple = NULL;

	if (fcinfo->flinfo != NULL && OidIsValid(fcinfo->flinfo->fn_oid))
		tuple = SearchSysCache1(PROCOID,
								ObjectIdGetDatum(fcinfo->flinfo->fn_oid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "function was called without its declaration");
	return tuple;
}

Oid
declared_argtype(FunctionCallInfo fcinfo, int arg)
{
	HeapTuple	tuple = called_function(fcinfo);
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Oid			type = InvalidOid;

	if (arg < proc->pronargs)
		type = proc->proargtypes.values[arg];
	ReleaseSysCache(tuple);
	if (!OidIsValid(type))
		elog(ERROR, "function was declared with too few arguments");
	return type;
}

Oid
declared_rettype(FunctionCallInfo fcinfo)
{
	HeapTuple	tuple = called_function(fcinfo);
	Oid			type = ((Form_pg_proc) GETSTRUCT(tuple))->prorettype;

	ReleaseSysCache(tuple);
	return type;
}

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
