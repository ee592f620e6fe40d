/*
 * input.c
 *	  What the input views say of a ticket, evaluated on its row.
 *
 * The expressions are those of the views' rules.  They are code of the
 * application: they can do anything, and they can fail.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parser.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "tickets/input.h"

PG_FUNCTION_INFO_V1(sla_constant);
PG_FUNCTION_INFO_V1(sla_is_expression);

static const struct config_enum_entry bad_ticket_options[] = {
	{"error", BAD_TICKET_ERROR, false},
	{"unknown", BAD_TICKET_UNKNOWN, false},
	{NULL, 0, false}
};

int			bad_ticket = BAD_TICKET_ERROR;

/* The types of the columns that are not of a fixed type of the server. */
#define URGENCY_TYPE	1
#define IMPACT_TYPE		2
#define PRIORITY_TYPE	3
#define ID_TYPE			4		/* any, until the ticket's key is known */
#define TENANT_TYPE		5

typedef struct ColumnSpec
{
	const char *name;
	Oid			type;
} ColumnSpec;

static const ColumnSpec ticket_columns[NUM_TICKET_COLUMNS] = {
	{"id", ID_TYPE}, {"tenant", TENANT_TYPE}, {"opened_at", TIMESTAMPTZOID},
	{"closed_at", TIMESTAMPTZOID}, {"closed", BOOLOID}, {"cancelled", BOOLOID},
	{"plan", TEXTOID}, {"urgency", URGENCY_TYPE}, {"impact", IMPACT_TYPE},
	{"override", PRIORITY_TYPE}, {"priority", PRIORITY_TYPE}, {"time_zone", TEXTOID},
	{"holidays", TEXTOID}, {"calendar", TEXTOID}, {"carried", JSONBOID},
	{"filled", TEXTOID}, {"trail", TEXTOID}, {"approver", TEXTOID}
};
static const ColumnSpec clock_columns[NUM_CLOCK_COLUMNS] = {
	{"metric", TEXTOID}, {"starts_at", TIMESTAMPTZOID}, {"stops_at", TIMESTAMPTZOID},
	{"stops", BOOLOID}, {"is_paused", BOOLOID}, {"paused", TSTZMULTIRANGEOID},
	{"cancelled", BOOLOID}, {"plan", TEXTOID}, {"priority", PRIORITY_TYPE},
	{"calendar", TEXTOID}, {"on_close", TEXTOID}, {"on_reopen", TEXTOID}
};
static const ColumnSpec event_columns[NUM_EVENT_COLUMNS] = {
	{"key", TEXTOID}, {"ticket", ID_TYPE}, {"tenant", TENANT_TYPE}, {"metric", TEXTOID},
	{"at", TIMESTAMPTZOID}, {"starts", BOOLOID}, {"stops", BOOLOID},
	{"cancels", BOOLOID}, {"paused", BOOLOID}, {"only_after", TEXTOID}
};
static const struct
{
	const ColumnSpec *columns;
	int			n;
}			kinds[] = {
	{ticket_columns, NUM_TICKET_COLUMNS},
	{clock_columns, NUM_CLOCK_COLUMNS},
	{event_columns, NUM_EVENT_COLUMNS}
};

void
input_init(void)
{
	DefineCustomEnumVariable("ticket_priority.bad_ticket",
							 "What becomes of a tracked ticket that cannot be judged.",
							 "error refuses it; unknown keeps the reason with the clocks concerned, and their status is unknown.",
							 &bad_ticket, BAD_TICKET_ERROR, bad_ticket_options,
							 PGC_USERSET, 0, NULL, NULL, NULL);
}

void
become_owner(const Tracked *tracked, Caller *caller)
{
	GetUserIdAndSecContext(&caller->user, &caller->security);
	SetUserIdAndSecContext(tracked->owner,
						   caller->security | SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_NOFORCE_RLS);
	caller->settings = 0;
	if (tracked->calls_others)
	{
		caller->settings = NewGUCNestLevel();
		(void) set_config_option("search_path", tracked->path, PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	}
}

void
become_caller(const Caller *caller)
{
	if (caller->settings > 0)
		AtEOXact_GUC(false, caller->settings);
	SetUserIdAndSecContext(caller->user, caller->security);
}

/* ----------------------------------------------------------------------
 * What cannot be judged
 * ----------------------------------------------------------------------
 */

/* Whether an error says that the ticket, and not the machine, is not right. */
static bool
is_bad_ticket(const ErrorData *error)
{
	int			code = error->sqlerrcode;

	return ERRCODE_TO_CATEGORY(code) == ERRCODE_DATA_EXCEPTION ||
		code == ERRCODE_UNDEFINED_OBJECT || code == ERRCODE_CHECK_VIOLATION ||
		code == ERRCODE_NOT_NULL_VIOLATION || code == ERRCODE_RAISE_EXCEPTION;
}

char *
input_problem(ErrorData *error, bool forgiving)
{
	if (is_bad_ticket(error) && forgiving)
		return error->message;

	/* The name, or the label, came with the row. */
	if (error->sqlerrcode == ERRCODE_UNDEFINED_OBJECT ||
		error->sqlerrcode == ERRCODE_INVALID_TEXT_REPRESENTATION)
		error->sqlerrcode = ERRCODE_INVALID_PARAMETER_VALUE;
	ReThrowError(error);
	return NULL;				/* keep compiler quiet */
}

char *
input_carefully(bool forgiving, void (*work) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile problem = NULL;

	if (forgiving)
	{
		BeginInternalSubTransaction(NULL);
		MemoryContextSwitchTo(context);
	}
	PG_TRY();
	{
		work(arg);
		if (forgiving)
			ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		if (forgiving)
			RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		problem = input_problem(error, forgiving);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return problem;
}

/* ----------------------------------------------------------------------
 * Views
 * ----------------------------------------------------------------------
 */

/* The one table of which a view takes each row as it is; 0: it is not so. */
static int
single_table(const Query *query)
{
	FromExpr   *from = query->jointree;
	int			rti;

	if (query->commandType != CMD_SELECT || query->hasSubLinks ||
		query->hasAggs || query->hasWindowFuncs || query->hasTargetSRFs ||
		query->cteList != NIL || query->setOperations != NULL ||
		query->groupClause != NIL || query->groupingSets != NIL ||
		query->havingQual != NULL || query->distinctClause != NIL ||
		query->sortClause != NIL || query->limitOffset != NULL ||
		query->limitCount != NULL || query->rowMarks != NIL ||
		from->quals != NULL || list_length(from->fromlist) != 1 ||
		!IsA(linitial(from->fromlist), RangeTblRef))
		return 0;
	rti = ((RangeTblRef *) linitial(from->fromlist))->rtindex;
	if (rt_fetch(rti, query->rtable)->rtekind != RTE_RELATION ||
		rt_fetch(rti, query->rtable)->tablesample != NULL)
		return 0;
	return rti;
}

/* The rule of a view, and the place of its table in it; another view is an ERROR. */
static const Query *
rule_of_view(Relation view, int *rti)
{
	const Query *query = get_view_query(view);

	*rti = single_table(query);
	if (*rti == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" is not made of expressions over one row",
						RelationGetRelationName(view)),
				 errdetail("Subqueries, aggregates, functions that return sets, joins and conditions cannot be evaluated on a row that is written."),
				 errhint("Put what they do into a function, and call it with the row's columns.")));
	return query;
}

Oid
input_table(Oid view)
{
	Relation	rel = relation_open(view, AccessShareLock);
	int			rti;
	const Query *query = rule_of_view(rel, &rti);
	Oid			table = rt_fetch(rti, query->rtable)->relid;

	relation_close(rel, AccessShareLock);
	return table;
}

static Oid
column_type(const Tracked *tracked, Oid type)
{
	const Oid	own[] = {
		[URGENCY_TYPE] = tracked->level[0].type, [IMPACT_TYPE] = tracked->level[1].type,
		[PRIORITY_TYPE] = tracked->priority.type, [ID_TYPE] = tracked->id_type,
		[TENANT_TYPE] = tracked->tenant_type
	};

	return type < lengthof(own) ? own[type] : type;
}

/* Whether a function is of a language in which names are looked up when it runs. */
static bool
is_of_others(Oid function, void *context)
{
	HeapTuple	tuple;
	Oid			language;

	if (function < FirstNormalObjectId)
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return true;
	language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
	ReleaseSysCache(tuple);
	return language != INTERNALlanguageId && language != ClanguageId;
}

static bool
calls_others(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain))
		return true;			/* its constraints may */
	if (check_functions_in_node(node, is_of_others, context))
		return true;
	return expression_tree_walker(node, calls_others, context);
}

/* Whether an expression reads xmin, tableoid or the like. */
static bool
reads_system_column(Node *expression, int rti)
{
	Bitmapset  *columns = NULL;
	int			column;

	pull_varattnos(expression, rti, &columns);
	column = bms_next_member(columns, -1);	/* they are the first */
	return column >= 0 && column + FirstLowInvalidHeapAttributeNumber < 0;
}

static bool
let_columns_be_null(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		var_can_be_null((Var *) node);
	return expression_tree_walker(node, let_columns_be_null, context);
}

/* Sort out how a column is had; rel is the table. */
static void
describe_column(Tracked *tracked, InputView *view, InputColumn *column,
				Node *expression, Relation rel, int rti)
{
	Node	   *node;
	Var		   *var;
	Const	   *constant;

	node = strip_implicit_coercions(expression);
	column->given = !(IsA(node, Const) && ((Const *) node)->constisnull);
	expression = expand_virtual_columns(copyObject(expression), rel, rti);
	pull_varattnos(expression, rti, &view->reads);
	node = expression;
	for (;;)
	{
		if (IsA(node, RelabelType))
			node = (Node *) ((RelabelType *) node)->arg;
		/* Of the column that is filled, only which one it is matters. */
		else if (IsA(node, CoerceViaIO) && strcmp(column->name, "filled") == 0)
			node = (Node *) ((CoerceViaIO *) node)->arg;
		else
			break;
	}
	var = (Var *) node;
	if (IsA(node, Var) && var->varattno > 0)
	{
		column->attnum = var->varattno;
		return;
	}
	constant = (Const *) node;
	if (IsA(node, Const))
	{
		column->is_constant = true;
		column->isnull = constant->constisnull;
		if (!constant->constisnull)
			column->value = datumCopy(constant->constvalue, constant->constbyval,
									  constant->constlen);
		return;
	}
	if (reads_system_column(expression, rti))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" of view \"%s\" reads a system column",
						column->name, view->name),
				 errhint("A row that is written has none that would stay.")));
	(void) let_columns_be_null(expression, NULL);
	column->expression = expression;
	view->evaluates = true;
	if (contain_mutable_functions(expression))
		view->looks_up = true;
	if (calls_others(expression, NULL))
		tracked->calls_others = true;
}

/* What a view has in a column; NULL: there is no such column. */
static Node *
expression_of_column(const Query *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->targetList)
	{
		const TargetEntry *entry = lfirst(cell);

		if (!entry->resjunk && strcmp(entry->resname, name) == 0)
			return (Node *) entry->expr;
	}
	return NULL;
}

void
input_describe(Tracked *tracked, Oid relid, InputKind kind, InputView *view)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	const Query *query;
	int			rti;
	Relation	table;
	int			i;

	memset(view, 0, sizeof(InputView));
	view->name = pstrdup(RelationGetRelationName(rel));
	view->n = kinds[kind].n;
	query = rule_of_view(rel, &rti);
	view->table = rt_fetch(rti, query->rtable)->relid;
	table = relation_open(view->table, AccessShareLock);
	for (i = 0; i < view->n; i++)
	{
		const ColumnSpec *spec = &kinds[kind].columns[i];
		Oid			type = column_type(tracked, spec->type);
		Node	   *expression = expression_of_column(query, spec->name);

		if (expression == NULL ||
			(OidIsValid(type) && exprType(expression) != type))
			ereport(ERROR,
					(errcode(expression == NULL ? ERRCODE_UNDEFINED_COLUMN : ERRCODE_DATATYPE_MISMATCH),
					 OidIsValid(type) ?
					 errmsg("view \"%s\" has no column \"%s\" of type %s",
							view->name, spec->name, format_type_be(type)) :
					 errmsg("view \"%s\" has no column \"%s\"", view->name, spec->name),
					 errhint("Make the view again by sla_track(), sla_add_clock() or sla_add_events().")));
		view->column[i].name = spec->name;
		describe_column(tracked, view, &view->column[i], expression, table, rti);
	}
	relation_close(table, AccessShareLock);
	relation_close(rel, AccessShareLock);
}

const char *
input_constant(const InputView *view, int column)
{
	const InputColumn *c = &view->column[column];

	if (!c->is_constant)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"%s\" of view \"%s\" is not a constant",
						c->name, view->name),
				 errhint("Make the view again by sla_track(), sla_add_clock() or sla_add_events().")));
	return c->isnull ? NULL : TextDatumGetCString(c->value);
}

/*
 * _sla_constant(view, column_name): the same of any view; of a column of its
 * table the name; null if it is neither
 */
Datum
sla_constant(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	const Query *query = rel != NULL && rel->rd_rel->relkind == RELKIND_VIEW ? get_view_query(rel) : NULL;
	const Node *node = query == NULL ? NULL :
		expression_of_column(query, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	const Const *constant = (const Const *) node;
	const Var  *var = (const Var *) node;
	text	   *result = NULL;

	if (node != NULL && IsA(node, Var))
		result = cstring_to_text(get_rte_attribute_name(rt_fetch(var->varno, query->rtable), var->varattno));
	else if (node != NULL && IsA(node, Const) && constant->consttype == TEXTOID && !constant->constisnull)
		result = DatumGetTextPCopy(constant->constvalue);
	if (rel != NULL)
		relation_close(rel, AccessShareLock);
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

/*
 * _sla_is_expression(text): the text in parentheses is all that a SELECT has.
 * What is no SQL is an error of the server's grammar.
 */
Datum
sla_is_expression(PG_FUNCTION_ARGS)
{
	char	   *expression = text_to_cstring(PG_GETARG_TEXT_PP(0));
	List	   *parsed = raw_parser(psprintf("(\n%s\n)", expression),
									RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *given = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);
	SelectStmt *alone = makeNode(SelectStmt);

	if (list_length(parsed) != 1 || list_length(given->targetList) != 1 ||
		linitial_node(ResTarget, given->targetList)->name != NULL)
		PG_RETURN_BOOL(false);

	alone->targetList = given->targetList;
	PG_RETURN_BOOL(equal(given, alone));
}

/* ----------------------------------------------------------------------
 * Evaluating
 * ----------------------------------------------------------------------
 */

/* How far the evaluation of a row has come. */
typedef struct Evaluation
{
	ExprContext *econtext;
	const InputQuery *query;
	int			n;
	bool		nested;			/* inside of another one of the same table */
	bool		looks_up;		/* an expression can read tables */
	int			at;				/* the view */
	int			column;			/* and the column that is its turn */
} Evaluation;

/*
 * Memory of the expressions that are ready; it lives as long as the
 * transaction.  The context of the states goes with it.
 */
static MemoryContext ready_context = NULL;
static uint64 ready_number = 1;	/* of the transaction that it is of */

static void
forget_ready(void *arg)
{
	ready_context = NULL;
	ready_number++;
}

static MemoryContext
context_of_transaction(void)
{
	MemoryContextCallback *callback;

	if (ready_context != NULL)
		return ready_context;
	ready_context = AllocSetContextCreate(TopTransactionContext,
										  "ticket_priority inputs",
										  ALLOCSET_SMALL_SIZES);
	callback = MemoryContextAlloc(ready_context, sizeof(MemoryContextCallback));
	callback->func = forget_ready;
	callback->arg = NULL;
	MemoryContextRegisterResetCallback(ready_context, callback);
	return ready_context;
}

/* An expression, ready to be evaluated. */
static ExprState *
ready_expression(const Evaluation *evaluation, InputColumn *column)
{
	MemoryContext old;

	/* One that is being evaluated further up cannot be used again. */
	if (evaluation->nested)
		return ExecInitExpr(expression_planner((Expr *) copyObject(column->expression)), NULL);

	if (column->cached != NULL && !column->cached->is_valid)
	{
		CachedExpression *stale = column->cached;

		column->cached = NULL;
		column->state = NULL;
		FreeCachedExpression(stale);
	}
	if (column->cached == NULL)
		column->cached = GetCachedExpression(column->expression);
	if (column->state == NULL || column->ready != ready_number)
	{
		/* What a function that failed has left there is much. */
		if (column->memory != NULL && column->ready == ready_number)
			MemoryContextDelete(column->memory);
		column->state = NULL;
		column->memory = AllocSetContextCreate(context_of_transaction(),
											   "ticket_priority input",
											   ALLOCSET_SMALL_SIZES);
		column->ready = ready_number;
		old = MemoryContextSwitchTo(column->memory);
		column->state = ExecInitExpr((Expr *) column->cached->expr, NULL);
		MemoryContextSwitchTo(old);
	}
	return column->state;
}

static void
evaluate_column(Evaluation *evaluation, InputColumn *column, InputRow *row, int i)
{
	TupleTableSlot *slot = evaluation->econtext->ecxt_scantuple;

	row->problem[i] = NULL;
	if (column->attnum > 0)
		row->value[i] = slot_getattr(slot, column->attnum, &row->isnull[i]);
	else if (column->is_constant)
	{
		row->value[i] = column->value;
		row->isnull[i] = column->isnull;
	}
	else
	{
		ExprState  *state = ready_expression(evaluation, column);
		ExprState  *kept = column->state;

		/* After an error, a function in it may think that it is still running. */
		column->state = NULL;
		row->value[i] = ExecEvalExpr(state, evaluation->econtext, &row->isnull[i]);
		column->state = kept;
	}
}

static void
evaluate_rest(void *arg)
{
	Evaluation *evaluation = arg;

	for (; evaluation->at < evaluation->n; evaluation->at++, evaluation->column = 0)
	{
		const InputQuery *query = &evaluation->query[evaluation->at];

		for (; evaluation->column < query->view->n; evaluation->column++)
		{
			if (query->columns & INPUT_COLUMN(evaluation->column))
				evaluate_column(evaluation, &query->view->column[evaluation->column],
								query->row, evaluation->column);
		}
	}
}

/* What is evaluated, in the context of an error. */
static void
say_which_column(void *arg)
{
	const Evaluation *evaluation = arg;
	const InputView *view;

	if (evaluation->at >= evaluation->n)
		return;
	view = evaluation->query[evaluation->at].view;
	if (evaluation->column < view->n)
		errcontext("column \"%s\" of view \"%s\"",
				   view->column[evaluation->column].name, view->name);
}

/* A snapshot that sees what this transaction has done until now. */
static void
push_snapshot(void)
{
	CommandCounterIncrement();
	if (IsolationUsesXactSnapshot())
	{
		PushCopiedSnapshot(GetActiveSnapshot());
		UpdateActiveSnapshotCommandId();
	}
	else
		PushActiveSnapshot(GetTransactionSnapshot());
}

void
input_evaluate(Tracked *tracked, TupleTableSlot *slot,
			   const InputQuery *query, int n)
{
	Evaluation	evaluation = {.query = query, .n = n, .nested = tracked->is_evaluating};
	ErrorContextCallback callback = {error_context_stack, say_which_column, &evaluation};
	bool		evaluates = false;
	int			i;

	for (i = 0; i < n; i++)
	{
		evaluates = evaluates || query[i].view->evaluates;
		evaluation.looks_up = evaluation.looks_up || query[i].view->looks_up;
	}
	/* What it gives goes into the caller's memory, and lives as long. */
	evaluation.econtext = makeNode(ExprContext);
	evaluation.econtext->ecxt_per_query_memory = context_of_transaction();
	evaluation.econtext->ecxt_per_tuple_memory = CurrentMemoryContext;
	evaluation.econtext->ecxt_scantuple = slot;
	if (!evaluates)
	{
		evaluate_rest(&evaluation);
		return;
	}

	if (evaluation.looks_up)
		push_snapshot();
	error_context_stack = &callback;
	tracked->is_evaluating = true;
	PG_TRY();
	{
		char	   *problem;

		while ((problem = input_carefully(bad_ticket == BAD_TICKET_UNKNOWN, evaluate_rest, &evaluation)) != NULL)
		{
			/* Note why a column has no value, and go on with the next. */
			const InputQuery *failed = &evaluation.query[evaluation.at];
			int			column = evaluation.column++;

			failed->row->isnull[column] = true;
			failed->row->problem[column] = psprintf("%s of \"%s\": %s", failed->view->column[column].name,
													failed->view->name, problem);
			CHECK_FOR_INTERRUPTS();
		}
	}
	PG_FINALLY();
	{
		tracked->is_evaluating = evaluation.nested;
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
	if (evaluation.looks_up)
		PopActiveSnapshot();
}

/* ----------------------------------------------------------------------
 * Values
 * ----------------------------------------------------------------------
 */

char *
input_text(const InputRow *row, int column)
{
	return row->isnull[column] ? NULL : TextDatumGetCString(row->value[column]);
}

Instant
input_instant(const InputRow *row, int column)
{
	Instant		result = {false, 0};

	if (!row->isnull[column])
	{
		result.known = true;
		result.at = DatumGetTimestampTz(row->value[column]);
	}
	return result;
}

Flag
input_flag(const InputView *view, const InputRow *row, int column)
{
	if (!view->column[column].given)
		return FLAG_NONE;
	return !row->isnull[column] && DatumGetBool(row->value[column]) ?
		FLAG_TRUE : FLAG_FALSE;
}

int
input_level(const EnumValues *values, const InputRow *row, int column)
{
	return row->isnull[column] ? -1 :
		enum_number(values, DatumGetObjectId(row->value[column]));
}
