/*
 * expression.c
 *	  Whether a text that sla_track() and its kin are given is one SQL expression
 *	  and nothing else.
 */
#include "postgres.h"

#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(sla_is_expression);

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
