/*
 * policy_trigger.c
 *	  What the triggers of the configuration tables share.
 *
 * Queries name a table by the trigger's own relation, at run time, so that
 * renaming the schema breaks nothing.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "policy/policy_trigger.h"

int
row_column(Relation rel, const char *name, Oid type)
{
	int			attnum = SPI_fnumber(RelationGetDescr(rel), name);

	if (attnum <= 0 || (OidIsValid(type) && SPI_gettypeid(RelationGetDescr(rel), attnum) != type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\" of type %s",
						RelationGetRelationName(rel), name,
						OidIsValid(type) ? format_type_be(type) : "the extension's own")));
	return attnum;
}

Datum
column_value(Relation rel, HeapTuple tuple, const char *name, Oid type, bool *isnull)
{
	return heap_getattr(tuple, row_column(rel, name, type), RelationGetDescr(rel), isnull);
}

char *
column_text(Relation rel, HeapTuple tuple, const char *name)
{
	bool		isnull;
	Datum		value = column_value(rel, tuple, name, TEXTOID, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

bool
row_is_builtin(Relation rel, HeapTuple tuple)
{
	bool		isnull;
	Datum		value = column_value(rel, tuple, "builtin", BOOLOID, &isnull);

	return !isnull && DatumGetBool(value);
}

char *
sibling_table(Relation rel, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
									  name);
}

char *
trigger_table(Relation rel)
{
	return sibling_table(rel, RelationGetRelationName(rel));
}

bool
is_policy_restore(Relation rel)
{
	Oid			extension;

	if (check_function_bodies)
		return false;
	extension = getExtensionOfObject(RelationRelationId, RelationGetRelid(rel));
	return OidIsValid(extension) && owns_extension(extension, GetUserId());
}

Caller
policy_as_owner(Relation rel)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(RelationGetForm(rel)->relowner,
						   caller.context | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	return caller;
}

void
policy_as_caller(Caller caller)
{
	SPI_finish();
	SetUserIdAndSecContext(caller.user, caller.context);
}

int
query_latest(const char *sql, const char *name, long limit)
{
	Oid			type = TEXTOID;
	Datum		arg = name == NULL ? (Datum) 0 : CStringGetTextDatum(name);
	SPIPlanPtr	plan = SPI_prepare(sql, name == NULL ? 0 : 1, &type);

	if (plan == NULL ||
		SPI_execute_snapshot(plan, &arg, NULL, GetLatestSnapshot(),
							 InvalidSnapshot, false, false, limit) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	SPI_freeplan(plan);
	return (int) SPI_processed;
}

char *
lookup_latest(const char *sql, const char *name, bool *found)
{
	*found = query_latest(sql, name, 1) > 0;
	if (!*found)
		return NULL;
	return SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
}
