/*
 * enums.h
 *	  The values of the extension's enum types.
 */
#ifndef ENUMS_H
#define ENUMS_H

#include "fmgr.h"

#include "base/compat.h"

typedef enum TicketLevel
{
	LEVEL_LOW,
	LEVEL_MEDIUM,
	LEVEL_HIGH
} TicketLevel;

#define NUM_LEVELS		3
#define NUM_PRIORITIES	4

typedef enum SlaStatus
{
	STATUS_NO_TARGET,
	STATUS_UNKNOWN,
	STATUS_ON_TRACK,
	STATUS_AT_RISK,
	STATUS_PAUSED,
	STATUS_OVERDUE,
	STATUS_MET,
	STATUS_MISSED,
	STATUS_CANCELLED
} SlaStatus;

#define NUM_STATUSES	9

/* Labels, in the order of the enums. */
extern const char *const level_labels[NUM_LEVELS];
extern const char *const priority_labels[NUM_PRIORITIES];
extern const char *const status_labels[NUM_STATUSES];

/*
 * The values of an enum type, resolved once: value[i] is the OID of the i-th
 * label.
 */
typedef struct EnumValues
{
	Oid			type;
	int			n;
	const char *const *labels;
	Oid			value[NUM_STATUSES];
} EnumValues;

/* Resolve an enum type; a label that is not there is an ERROR. */
extern void enum_values(EnumValues *values, Oid type,
						const char *const *labels, int n);

/* Number of a value of the enum, -1 for one without a known label. */
extern int	enum_find_slow(const EnumValues *values, Oid value);

static inline int
enum_find(const EnumValues *values, Oid value)
{
	/* The server gives the labels of a new enum even OIDs, one after another. */
	uint32		guess = (value - values->value[0]) / 2;

	if (guess < (uint32) values->n && values->value[guess] == value)
		return (int) guess;
	return enum_find_slow(values, value);
}

/* The same; a value without a known label is an ERROR. */
pg_noreturn extern void enum_unknown(const EnumValues *values, Oid value);

static inline int
enum_number(const EnumValues *values, Oid value)
{
	int			number = enum_find(values, value);

	if (number < 0)
		enum_unknown(values, value);
	return number;
}

/*
 * The types that the called function declares for an argument and the result.
 */
extern Oid	declared_argtype(FunctionCallInfo fcinfo, int arg);
extern Oid	declared_rettype(FunctionCallInfo fcinfo);

#endif							/* ENUMS_H */
