/*
 * clock_fields.h
 *	  Columns of the clock table and of the trail, and the fields of C that they
 *	  are.
 */
#ifndef CLOCK_FIELDS_H
#define CLOCK_FIELDS_H

#include "tickets/clock_store.h"

/* What a column holds, and how a field of C does. */
typedef enum FieldKind
{
	FIELD_NUMBER,				/* int, after a bool that it is known, if any */
	FIELD_KEY,					/* int64 */
	FIELD_TEXT,					/* char *; NULL is null */
	FIELD_INSTANT,				/* Instant */
	FIELD_MOMENT,				/* TimestampTz, never null */
	FIELD_URGENCY,				/* int; -1 is null */
	FIELD_IMPACT,
	FIELD_PRIORITY,
	FIELD_STATUS,
	FIELD_YES,					/* bool, never null */
	FIELD_PERIODS,				/* Periods, never null */
	FIELD_INTERVAL,				/* Interval, likewise */
	FIELD_AMOUNT,				/* int64, likewise */
	FIELD_STOPPED_BY,			/* see put_field() */
	FIELD_JSONB					/* struct varlena *; NULL is null */
} FieldKind;

typedef struct Field
{
	const char *name;
	FieldKind	kind;
	size_t		at;				/* in the struct */
	size_t		known;			/* of that bool */
} Field;

#define NUM_RUN_FIELDS	34
#define FIRST_CHANGED	3		/* metric and run stay */
#define NUM_TRAIL_FIELDS	18
#define NUM_TOLD_FIELDS	6

/* Columns of the clock table, in StoredRun. */
extern const Field run_fields[NUM_RUN_FIELDS];

/* Columns of the trail, in TrailRow, and those that tell what a ticket was. */
extern const Field trail_fields[NUM_TRAIL_FIELDS];
extern const Field told_fields[NUM_TOLD_FIELDS];

/* The values of a statement, as SPI has them; all of them null at first. */
typedef struct Values
{
	const Tracked *tracked;
	Datum	   *value;
	char	   *null;
} Values;

/* The type of a column. */
extern Oid	kind_type(const Tracked *tracked, FieldKind kind);

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

/* Rows of the clock table, of the trail, and numbers of tickets that are sought. */
extern const RowKind clock_rows;
extern const RowKind trail_rows;
extern const RowKind sought_rows;

/* Where the ticket is in a row, and where a field, from 0. */
static inline int
ticket_column(const Tracked *tracked, const RowKind *kind)
{
	return (tracked->tenant > 0 ? 1 : 0) + kind->before;
}

static inline int
row_column(const Tracked *tracked, const RowKind *kind, int i)
{
	return (tracked->tenant > 0 ? 1 : 0) + i + (i >= kind->before ? 1 : 0);
}

/* Give a value, one field, or many from a struct, to columns of a statement. */
extern void put(Values *values, int column, Datum value);
extern void put_field(Values *values, int column, const Field *field,
					  const void *base);
extern void put_fields(Values *values, int column, const Field *fields, int n,
					   const void *base);

/* Fill a struct from a row. */
extern void get_fields(const Tracked *tracked, const Field *fields, int n,
					   HeapTuple tuple, TupleDesc desc, void *base);

/* The owner of the tables can give their columns other types: an ERROR. */
extern void check_fields(const Tracked *tracked, const Field *fields, int n,
						 TupleDesc desc);

#endif							/* CLOCK_FIELDS_H */
