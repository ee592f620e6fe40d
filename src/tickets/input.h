/*
 * input.h
 *	  What the input views say of a ticket, evaluated on its row.
 */
#ifndef INPUT_H
#define INPUT_H

#include "tickets/tracked.h"

/* The values of a view's columns. */
typedef struct InputRow
{
	Datum		value[MAX_INPUT_COLUMNS];
	bool		isnull[MAX_INPUT_COLUMNS];
	char	   *problem[MAX_INPUT_COLUMNS]; /* why it has none; else NULL */
} InputRow;

/* What becomes of a ticket that cannot be judged. */
typedef enum BadTicket
{
	BAD_TICKET_ERROR,
	BAD_TICKET_UNKNOWN
} BadTicket;

extern int	bad_ticket;

/*
 * A problem is stored in place of the error if the caller forgives; else it is
 * raised, and this does not return.  Whether he does was settled before: code of
 * the application may have changed the setting meanwhile.
 */
extern char *input_problem(ErrorData *error, bool forgiving);

/*
 * Do work, which can call functions of the application.  Gives the problem, or
 * NULL; if the caller forgives, what it has done until then is undone.
 */
extern char *input_carefully(bool forgiving, void (*work) (void *arg), void *arg);

/* What can be asked of a table's rows: views, and which columns of them. */
typedef struct InputQuery
{
	InputView  *view;
	uint32		columns;		/* a bit for each */
	InputRow   *row;
} InputQuery;

#define INPUT_COLUMN(column)	((uint32) 1 << (column))
#define ALL_INPUT_COLUMNS(n)	(INPUT_COLUMN(n) - 1)

/* Registers settings; called when the library is loaded. */
extern void input_init(void);

/* Which columns a kind of view has. */
typedef enum InputKind
{
	INPUT_TICKET,
	INPUT_CLOCK,
	INPUT_EVENTS
} InputKind;

/*
 * Take the columns from the view's rule.  A view that is not what tracking
 * makes is an ERROR.
 */
extern void input_describe(Tracked *tracked, Oid relid, InputKind kind,
						   InputView *view);

/* The table of which a view is. */
extern Oid	input_table(Oid view);

/* A text that is the same for all rows; NULL for null. */
extern const char *input_constant(const InputView *view, int column);

/* Evaluate on a row of the table.  The caller acts as its owner. */
extern void input_evaluate(Tracked *tracked, TupleTableSlot *slot,
						   const InputQuery *query, int n);

/* Values as C has them; copies, with nothing left that can run code of others. */
extern char *input_text(const InputRow *row, int column);
extern Instant input_instant(const InputRow *row, int column);
extern Flag input_flag(const InputView *view, const InputRow *row, int column);
extern int	input_level(const EnumValues *values, const InputRow *row, int column);

/* Who someone was before he acted as a table's owner. */
typedef struct Caller
{
	Oid			user;
	int			security;
	int			settings;		/* nest level; 0: none were changed */
} Caller;

/*
 * Act as a table's owner.  If functions of the application can be called, they
 * are found in the table's schema and the extension's, and not where the
 * caller says: he could put his own in their place.
 */
extern void become_owner(const Tracked *tracked, Caller *caller);
extern void become_caller(const Caller *caller);

#endif							/* INPUT_H */
