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
	FIELD_NUMBER,				/* int */
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
	FIELD_INTERVAL,				/* Interval, after a bool that it is known */
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

#define NUM_RUN_FIELDS	32
#define FIRST_WRITTEN	1		/* clock_id is given by the table */
#define FIRST_CHANGED	3		/* metric and run stay */
#define NUM_TRAIL_FIELDS	17
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

extern Oid	kind_type(const Tracked *tracked, FieldKind kind);

/*
 * Where field i of a clock is among the columns in the order of the table.  A
 * result that has them in this order is the stored row as it is.
 */
static inline int
run_column(const Tracked *tracked, int i)
{
	return (tracked->tenant > 0 ? 1 : 0) + (i > 0 ? i + 1 : 0);
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
