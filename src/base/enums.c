/*
 * enums.c
 *	  The values of the extension's enum types.
 *
 * The types are taken from the declaration of the function that is called,
 * once for each call site.  They are never looked up by name, so search_path
 * and a renamed schema do not matter.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "base/enums.h"

const char *const level_labels[NUM_LEVELS] = {"low", "medium", "high"};
const char *const priority_labels[NUM_PRIORITIES] = {"P1", "P2", "P3", "P4"};
const char *const status_labels[NUM_STATUSES] = {
	"no_target", "unknown", "on_track", "at_risk", "paused", "overdue",
	"met", "missed", "cancelled"
};

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
enum_find_slow(const EnumValues *values, Oid value)
{
	for (int i = 0; i < values->n; i++)
	{
		if (values->value[i] == value)
			return i;
	}
	return -1;
}

void
enum_unknown(const EnumValues *values, Oid value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	const char *label = HeapTupleIsValid(tuple) ?
		NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel) : "?";

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("value \"%s\" of type %s has no meaning here",
					label, format_type_be(values->type)),
			 errhint("The extension knows the labels from \"%s\" to \"%s\".",
					 values->labels[0], values->labels[values->n - 1])));
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
