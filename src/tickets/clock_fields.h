/*
 * clock_fields.h
 *	  Columns of the clock table and of the trail, the fields of C that they
 *	  are, and the statements on these tables.
 */
#ifndef CLOCK_FIELDS_H
#define CLOCK_FIELDS_H

#include "utils/tuplestore.h"

#include "tickets/clock_store.h"

/* What a column holds, and how a field of C does. */
typedef enum FieldKind
{
	FIELD_NUMBER,				/* int, after a bool that it is known, if any */
	FIELD_KEY,					/* int64 */
	FIELD_TEXT,					/* char *; NULL is null */
	FIELD_INSTANT,				/* Instant */
	FIELD_URGENCY,				/* int; -1 is null */
	FIELD_IMPACT,
	FIELD_PRIORITY,
	FIELD_STATUS,
	FIELD_YES,					/* bool, never null */
	FIELD_PERIODS,				/* Periods, never null */
	FIELD_INTERVAL,				/* Interval */
	FIELD_AMOUNT,				/* int64, of microseconds */
	FIELD_STOPPED_BY,			/* bool: 'close', or else 'stop' */
	FIELD_JSONB					/* struct varlena *; NULL is null */
} FieldKind;

typedef struct Field
{
	const char *name;
	FieldKind	kind;
	size_t		at;				/* in the struct */
	size_t		known;			/* of a bool there, false for null; 0: none */
} Field;

/*
 * How rows of a table beside the tracked one are read and written: tenant, some
 * fields, ticket, the others.  That is the order of the table, so that nothing
 * has to be put in another order, which costs more than to store a row.
 */
typedef struct RowKind
{
	const Field *fields;
	int			n;
	int			before;			/* of them, in front of the ticket */
} RowKind;

#define FIRST_CHANGED	3		/* of a clock: its number, metric and run stay */

extern const RowKind row_kinds[NUM_ROWS];
extern TupleDesc row_type(const Tracked *tracked, RowsOf rows);

/* Add a ticket's row to others: from a struct, StoredRun, TrailRow or a number. */
extern void put_row(const Tracked *tracked, RowsOf rows, const TicketKey *key,
					const void *base, Tuplestorestate *store);

/* Fill such a struct, which is all zero, from the end of a row. */
extern void get_row(const Tracked *tracked, RowsOf rows, HeapTuple tuple,
					TupleDesc desc, void *base);

/*
 * The owner of the tables can give their columns other types, and functions of
 * the application can at any time: an ERROR.
 */
extern void check_column(const Tracked *tracked, const char *where, const char *name,
						 Oid is, Oid should);
extern void check_row_type(const Tracked *tracked, RowsOf rows, TupleDesc desc);

/* The relation of the rows that a statement is given. */
#define GIVEN_ROWS	"given"

/*
 * The text of a statement (TrackedPlan).  Its parameters are the ticket's id,
 * its tenant and an instant, whether it needs them or not.
 */
extern char *statement_text(const Tracked *tracked, int which);

#endif							/* CLOCK_FIELDS_H */
