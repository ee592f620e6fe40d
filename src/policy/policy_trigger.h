/*
 * policy_trigger.h
 *	  What the triggers of the configuration tables share.
 */
#ifndef POLICY_TRIGGER_H
#define POLICY_TRIGGER_H

#include "access/htup.h"
#include "utils/relcache.h"

/*
 * Number of the column with a name and type; InvalidOid: a type of the extension's.
 * If there is none: an ERROR.
 */
extern int	row_column(Relation rel, const char *name, Oid type);

/* What a row has in such a column; as a text, NULL for null. */
extern Datum column_value(Relation rel, HeapTuple tuple, const char *name, Oid type, bool *isnull);
extern char *column_text(Relation rel, HeapTuple tuple, const char *name);

extern bool row_is_builtin(Relation rel, HeapTuple tuple);

/* Qualified name of a table of the trigger's schema, as it is called now. */
extern char *sibling_table(Relation rel, const char *name);
extern char *trigger_table(Relation rel);

/*
 * Whether the extension's owner has check_function_bodies off, as in what pg_dump
 * writes.  Others cannot write past the checks with that setting.
 */
extern bool is_policy_restore(Relation rel);

/* The user before policy_as_owner(). */
typedef struct Caller
{
	Oid			user;
	int			context;
} Caller;

/* Connect to SPI as the owner of the table.  An error undoes both by itself. */
extern Caller policy_as_owner(Relation rel);
extern void policy_as_caller(Caller caller);

/*
 * Run a query that sees what has been committed by now, at every isolation
 * level.  Its parameter is a name, if that is not NULL.  Gives the number of rows,
 * at most limit if that is not 0; they are in SPI_tuptable.
 */
extern int	query_latest(const char *sql, const char *name, long limit);

/*
 * The first column of the first row of such a query; found says whether there is a
 * row.
 */
extern char *lookup_latest(const char *sql, const char *name, bool *found);

#endif							/* POLICY_TRIGGER_H */
