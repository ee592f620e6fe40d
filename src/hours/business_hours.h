/*
 * business_hours.h
 *	  The SQL type business_hours: its stored layout and how to unpack it.
 */
#ifndef BUSINESS_HOURS_H
#define BUSINESS_HOURS_H

#include "fmgr.h"

#include "hours/opening_hours.h"

/*
 * The stored form.  Bytes after the header are the rules, packed; only
 * business_hours.c knows their layout.  Values of equal hours are equal byte
 * for byte, so that the bytes after vl_len_ can serve as a cache key.
 */
typedef struct BusinessHours
{
	int32		vl_len_;		/* varlena header, do not touch directly */
	uint32		flags;			/* kept for later; always zero today */
	uint16		nrules;
	uint8		rules[FLEXIBLE_ARRAY_MEMBER];
} BusinessHours;

#define DatumGetBusinessHoursP(X)	((BusinessHours *) PG_DETOAST_DATUM(X))
#define PG_GETARG_BUSINESS_HOURS_P(n)	DatumGetBusinessHoursP(PG_GETARG_DATUM(n))

/*
 * Unpack a stored value into freshly palloc'd rules, checking every byte:
 * a value that this version cannot have made raises ERRCODE_DATA_CORRUPTED.
 */
extern OpeningHours *business_hours_unpack(const BusinessHours *value);

/* Pack rules in normal form into a palloc'd value. */
extern BusinessHours *business_hours_pack(const OpeningHours *hours);

#endif							/* BUSINESS_HOURS_H */
