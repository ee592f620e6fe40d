/*
 * translation_check.c
 *	  The trigger that checks the owner's texts when they are written.
 */
#include "postgres.h"

#include <unicode/uchar.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "base/trigger_call.h"
#include "language/word.h"
#include "policy/policy_trigger.h"

PG_FUNCTION_INFO_V1(support_translation_check);

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
check_text(Relation rel, const LabelKind *kind, const char *key, const char *text)
{
	const char *hint;
	int			len;

	if (is_blank(text))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("text of %s \"%s\" is empty", kind->name, key),
				 errhint("Delete the row for the text of the library, or of English."),
				 errtablecol(rel, row_column(rel, "text", TEXTOID))));
	if (!kind->has_places)
		return;
	hint = word_form_fault(key, utf8_from_server(text, strlen(text), &len),
						   label_model(kind->name, key, strlen(key)));
	if (hint != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("cannot use the text of %s \"%s\": \"%s\"", kind->name, key, text),
				 errhint("%s", hint),
				 errtablecol(rel, row_column(rel, "text", TEXTOID))));
}

/* The words that are accepted are words, and of a kind that is read. */
static void
check_accepted(Relation rel, HeapTuple tuple, const LabelKind *kind, const char *key)
{
	int			attnum = row_column(rel, "accepted", TEXTARRAYOID);
	bool		isnull;
	Datum		value = heap_getattr(tuple, attnum, RelationGetDescr(rel), &isnull);
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
				 errtablecol(rel, attnum)));
	for (int i = 0; i < n; i++)
	{
		char	   *word = nulls[i] ? "" : TextDatumGetCString(words[i]);

		if (!text_is_word(word, strlen(word)))
			ereport(ERROR,
					(errcode(ERRCODE_CHECK_VIOLATION),
					 errmsg("accepted word of %s \"%s\" is empty: \"%s\"",
							kind->name, key, word),
					 errhint("Spaces and punctuation do not count; write a word, or leave it out."),
					 errtablecol(rel, attnum)));
	}
}

/*
 * Before a text is written: its kind and key are known ones, it is a text, and
 * its locale is written as it is looked up.
 */
Datum
support_translation_check(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = trigger_call(fcinfo, TRIGGER_EVENT_BEFORE, ON_INSERT | ON_UPDATE);
	Relation	rel = trigger->tg_relation;
	HeapTuple	tuple = trigger_new_tuple(trigger);
	char	   *locale = column_text(rel, tuple, "locale");
	char	   *kind_name = column_text(rel, tuple, "kind");
	char	   *key = column_text(rel, tuple, "key");
	char	   *content = column_text(rel, tuple, "text");
	const LabelKind *kind;
	int			attnum;
	Datum		value;
	bool		isnull = false;

	/* a null is for the column to refuse */
	if (locale == NULL || kind_name == NULL || key == NULL || content == NULL)
		return PointerGetDatum(tuple);

	kind = label_kind(kind_name, strlen(kind_name), false);
	label_check_key(kind, key, strlen(key));
	check_text(rel, kind, key, content);
	check_accepted(rel, tuple, kind, key);

	attnum = row_column(rel, "locale", TEXTOID);
	value = CStringGetTextDatum(locale_lookup(locale, strlen(locale), false)->base);
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, RelationGetDescr(rel),
													 1, &attnum, &value, &isnull));
}
