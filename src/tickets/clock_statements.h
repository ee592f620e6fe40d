/*
 * clock_statements.h
 *	  The texts of the statements on the tables beside a tracked one.
 */
#ifndef CLOCK_STATEMENTS_H
#define CLOCK_STATEMENTS_H

#include "lib/stringinfo.h"

#include "tickets/clock_fields.h"

#define NEW_CLOCKS	"new_clocks"
#define CHANGED_CLOCKS	"changed_clocks"
#define NEW_TRAIL	"new_trail"
#define SOUGHT		"sought"		/* keys of tickets, numbered */

/* A statement in the making, with the types of its parameters. */
typedef struct Statement
{
	const Tracked *tracked;
	StringInfoData text;
	int			nparameters;
	Oid			type[2 + NUM_RUN_FIELDS];
} Statement;

/* Write a statement (TrackedPlan). */
extern void write_statement(Statement *statement, int which);

#endif							/* CLOCK_STATEMENTS_H */
