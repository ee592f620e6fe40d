/*
 * clock_statements.h
 *	  The texts of the statements on the tables beside a tracked one.
 */
#ifndef CLOCK_STATEMENTS_H
#define CLOCK_STATEMENTS_H

#include "tickets/tracked.h"

/* The relation of the rows that a statement is given. */
#define GIVEN_ROWS	"given"

/*
 * The text of a statement (TrackedPlan).  Its parameters are the ticket's id,
 * its tenant and an instant, whether it needs them or not.
 */
extern char *statement_text(const Tracked *tracked, int which);

#endif							/* CLOCK_STATEMENTS_H */
