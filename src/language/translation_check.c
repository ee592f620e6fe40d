/*
 * translation_check.c
 *	  The trigger that checks the owner's texts when they are written.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "language/word.h"
#include "language/word_forms.h"

PG_FUNCTION_INFO_V1(support_translation_check);

/* The row that is written. */
typedef struct TextRow
{
	Relation	rel;
	HeapTuple	tuple;
} TextRow;

static int
column_number(const TextRow *row, const char *name, Oid type)
{
	TupleDesc	desc = RelationGetDescr(row->rel);
	int			attnum = SPI_fnumber(desc, name);

	if (attnum <= 0 || SPI_gettypeid(desc, attnum) != type)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\" of type %s",
						RelationGetRelationName(row->rel), name, format_type_be(type))));
	return attnum;
}

/* The text in a column; NULL for null, which is for the column to refuse. */
static char *
column_text(const TextRow *row, const char *name)
{
	return SPI_getvalue(row->tuple, RelationGetDescr(row->rel),
						column_number(row, name, TEXTOID));
}

/* Whether the texts are patterns; then there is more to say of a key. */
static bool
kind_has_forms(const LabelKind *kind)
{
	return strcmp(kind->name, "duration") == 0 || strcmp(kind->name, "hours") == 0;
}

/* Whether there is nothing to be seen of a text. */
static bool
is_blank(const char *text)
{
	int32_t		n;
	UChar	   *chars = uchars_from_server(text, strlen(text), &n);

	for (int32_t i = 0; i < n; i++)
	{
		if (!u_isUWhiteSpace(chars[i]) && u_charType(chars[i]) != U_FORMAT_CHAR &&
			u_charType(chars[i]) != U_CONTROL_CHAR)
			return false;
	}
	return true;
}

/* What is written must be a text, and a pattern where one is needed. */
static void
check_text(const TextRow *row, const LabelKind *kind, const char *key, const char *text)
{
	int			attnum = column_number(row, "text", TEXTOID);
	const char *hint;
	int			len;

	if (is_blank(text))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("text of %s \"%s\" is empty", kind->name, key),
				 errhint("Delete the row for the text of the library, or of English."),
				 errtablecol(row->rel, attnum)));
	if (!kind_has_forms(kind))
		return;
	hint = word_form_fault(kind->name, key, utf8_from_server(text, strlen(text), &len));
	if (hint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("cannot use the text of %s \"%s\": \"%s\"", kind->name, key, text),
				 errhint("%s", hint),
				 errtablecol(row->rel, attnum)));
}

/* The words that are accepted are words, and of a kind that is read. */
static void
check_accepted(const TextRow *row, const LabelKind *kind, const char *key)
{
	int			attnum = column_number(row, "accepted", TEXTARRAYOID);
	bool		isnull;
	Datum		value = heap_getattr(row->tuple, attnum, RelationGetDescr(row->rel), &isnull);
	Datum	   *words;
	bool	   *nulls;
	int			n;

	if (isnull)
		return;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT,
					  &words, &nulls, &n);
	if (n > 0 && !kind_is_read(kind->name))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("words of kind \"%s\" are not read", kind->name),
				 errhint("Set support_translation.accepted to null: it is for urgency, impact and priority."),
				 errtablecol(row->rel, attnum)));
	for (int i = 0; i < n; i++)
	{
		char	   *word = nulls[i] ? "" : TextDatumGetCString(words[i]);

		if (!text_is_word(word, strlen(word)))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("accepted word of %s \"%s\" is empty: \"%s\"",
							kind->name, key, word),
					 errhint("Spaces and punctuation do not count; write a word, or leave it out."),
					 errtablecol(row->rel, attnum)));
	}
}

/*
 * Before a text is written: its kind and key are known ones, it is a text, and
 * its locale is written as it is looked up.
 */
Datum
support_translation_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	TextRow		row;
	char	   *locale;
	char	   *kind_name;
	char	   *key;
	char	   *content;
	const LabelKind *kind;
	int			attnum;
	Datum		value;
	bool		isnull = false;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager",
						get_func_name(fcinfo->flinfo->fn_oid))));
	if (!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was fired for an event it is not made for",
						get_func_name(fcinfo->flinfo->fn_oid))));
	row.rel = trigger->tg_relation;
	row.tuple = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ?
		trigger->tg_trigtuple : trigger->tg_newtuple;
	locale = column_text(&row, "locale");
	kind_name = column_text(&row, "kind");
	key = column_text(&row, "key");
	content = column_text(&row, "text");
	if (locale == NULL || kind_name == NULL || key == NULL || content == NULL)
		return PointerGetDatum(row.tuple);

	kind = label_kind(kind_name, strlen(kind_name), false);
	if (!kind_has_forms(kind))
		label_check_key(kind, key, strlen(key));
	check_text(&row, kind, key, content);
	check_accepted(&row, kind, key);

	attnum = column_number(&row, "locale", TEXTOID);
	value = CStringGetTextDatum(locale_lookup(locale, strlen(locale), false)->base);
	return PointerGetDatum(heap_modify_tuple_by_cols(row.tuple, RelationGetDescr(row.rel),
													 1, &attnum, &value, &isnull));
}
