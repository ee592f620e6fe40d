/*
 * label.c
 *	  The words for the values of the policy in a language.
 */
#include "postgres.h"

#include <unicode/uenum.h>

#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "language/label.h"
#include "language/shipped_texts.h"

#define SHOWN_LEN	100

/* A word that was found: the bytes of a map, or of the library. */
typedef struct Label
{
	LabelSource source;
	const char *bytes;
	int			len;
	bool		is_utf8;		/* else in the server's encoding */
} Label;

static const LabelKind kinds[] = {
	{.name = "urgency"},
	{.name = "impact"},
	{.name = "priority"},
	{.name = "description"},
	{.name = "example"},
	{.name = "plan", .is_open = true},
	{.name = "metric", .is_open = true},
	{.name = "status"},
	{.name = "category", .is_open = true},
	{.name = "feature", .is_open = true},
	{.name = "detail", .is_open = true},
	{.name = "duration", .has_places = true},
	{.name = "hours", .has_places = true}
};

PG_FUNCTION_INFO_V1(ticket_label);
PG_FUNCTION_INFO_V1(ticket_label_urgency);
PG_FUNCTION_INFO_V1(ticket_label_impact);
PG_FUNCTION_INFO_V1(ticket_label_priority);
PG_FUNCTION_INFO_V1(ticket_label_status);
PG_FUNCTION_INFO_V1(ticket_label_source);
PG_FUNCTION_INFO_V1(ticket_label_keys);
PG_FUNCTION_INFO_V1(holiday_label);

/* ----------------------------------------------------------------------
 * Kinds and keys
 * ----------------------------------------------------------------------
 */

const LabelKind *
label_kind(const char *name, int len, bool soft)
{
	StringInfoData known;

	for (int i = 0; i < (int) lengthof(kinds); i++)
	{
		if (len == (int) strlen(kinds[i].name) && memcmp(name, kinds[i].name, len) == 0)
			return &kinds[i];
	}
	if (soft)
		return NULL;
	initStringInfo(&known);
	for (int i = 0; i < (int) lengthof(kinds); i++)
		appendStringInfo(&known, "%s\"%s\"", i > 0 ? ", " : "", kinds[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of label: \"%s\"",
					pnstrdup(name, pg_mbcliplen(name, len, SHOWN_LEN))),
			 errhint("The kinds are %s.", known.data)));
	return NULL;				/* keep compiler quiet */
}

const char *
label_model(const char *kind, const char *key, int len)
{
	PluralCategory category;
	int			stem = plural_stem(key, len, &category);
	int			number;

	if (stem > 0)
	{
		key = psprintf("%.*s.other", stem, key);
		len = strlen(key);
	}
	number = shipped_number(kind, strlen(kind), key, len);
	return number < 0 ? NULL : shipped_text(shipped_english(), number);
}

void
label_check_key(const LabelKind *kind, const char *key, int len)
{
	StringInfoData known;
	bool		has_plurals = false;

	if (kind->is_open || label_model(kind->name, key, len) != NULL)
		return;
	initStringInfo(&known);
	for (int i = 0; i < num_shipped_texts; i++)
	{
		const ShippedKey *one = &shipped_keys[i];
		PluralCategory category = PLURAL_OTHER;

		if (strcmp(one->kind, kind->name) != 0)
			continue;
		if (plural_stem(one->key, strlen(one->key), &category) > 0)
			has_plurals = true;
		if (category == PLURAL_OTHER)
			appendStringInfo(&known, "%s\"%s\"", known.len > 0 ? ", " : "", one->key);
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown key of kind \"%s\": \"%s\"", kind->name,
					pnstrdup(key, pg_mbcliplen(key, len, SHOWN_LEN))),
			 has_plurals ?
			 errhint("The keys are %s; zero, one, two, few or many can stand in place of \"other\".", known.data) :
			 errhint("The keys are %s.", known.data)));
}

/* ----------------------------------------------------------------------
 * Looking words up
 * ----------------------------------------------------------------------
 */

static LabelName
label_name(const char *kind, const char *key, int key_len)
{
	int			kind_len = strlen(kind);
	LabelName	name = {kind, kind_len, key, key_len, shipped_number(kind, kind_len, key, key_len)};

	return name;
}

/* Take the owner's text of a tag, or else the library's of a language. */
static bool
find_at(const Translations *own, const char *tag, int tag_len, int language,
		const LabelName *name, Label *label)
{
	if (own != NULL)
	{
		const Translation *one = translation_find(own, tag, tag_len, name->kind, name->kind_len,
												  name->key, name->key_len);

		if (one != NULL)
		{
			label->source = LABEL_OWN;
			label->bytes = one->text;
			label->len = one->text_len;
			label->is_utf8 = false;
			return true;
		}
	}
	if (language < 0 || name->number < 0)
		return false;
	label->bytes = shipped_text(language, name->number);
	if (label->bytes == NULL)
		return false;
	label->source = LABEL_SHIPPED;
	label->len = strlen(label->bytes);
	label->is_utf8 = true;
	return true;
}

/*
 * Look a word up.  What is found in the owner's texts belongs to the map that
 * they are of.
 */
static bool
find_label(const Translations *own, const Locale *locale, const LabelName *name,
		   bool english, Label *label)
{
	label->source = LABEL_NONE;
	for (int i = 0; i < locale->nsteps; i++)
	{
		const LocaleStep *step = &locale->steps[i];

		if (find_at(own, step->tag, step->len, step->language, name, label))
			return true;
	}
	if (!english || !find_at(own, "en", 2, shipped_english(), name, label))
		return false;
	label->source = LABEL_ENGLISH;
	return true;
}

/* As a text of the server. */
static text *
text_of_label(const Label *label)
{
	return label->is_utf8 ? text_from_utf8(label->bytes, label->len) :
		cstring_to_text_with_len(label->bytes, label->len);
}

/* The owner's texts, as the active snapshot sees them. */
static const Translations *
own_texts(PolicyPin *pin)
{
	(void) policy_current(pin);
	return policy_translations(pin);
}

uint64
labels_serial(PolicyPin *pin)
{
	const PolicyMap *map = policy_current(pin);

	return policy_translations(pin) == NULL ? 0 : policy_serial(map);
}

const char *
label_utf8(PolicyPin *pin, Locale *locale, const char *kind, const char *key,
		   bool english)
{
	LabelName	name = label_name(kind, key, strlen(key));
	Label		label;
	int			len;
	const char *copy;

	if (!find_label(own_texts(pin), locale, &name, english, &label))
		return NULL;
	if (label.is_utf8)
		return label.bytes;
	copy = pnstrdup(label.bytes, label.len);
	return utf8_from_server(copy, label.len, &len);
}

text *
label_text(PolicyPin *pin, Locale *locale, const char *kind, const char *key)
{
	LabelName	name = label_name(kind, key, strlen(key));
	Label		label;

	if (!find_label(own_texts(pin), locale, &name, true, &label))
		return NULL;
	return text_of_label(&label);
}

/* ----------------------------------------------------------------------
 * SQL functions
 * ----------------------------------------------------------------------
 */

LanguageSite *
language_site(FunctionCallInfo fcinfo)
{
	LanguageSite *site = fcinfo->flinfo->fn_extra;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(LanguageSite));
		policy_pin_init(&site->policy, policy_namespace(fcinfo), fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = site;
	}
	return site;
}

/* The title that a table of the policy has for a key; NULL: none. */
static const char *
title_of(const PolicyMap *map, const LabelName *name)
{
	if (strcmp(name->kind, "plan") == 0)
	{
		const SupportPlan *plan = policy_plan(map, name->key, name->key_len, true);

		return plan == NULL ? NULL : plan->title;
	}
	if (strcmp(name->kind, "metric") == 0)
	{
		int			metric = policy_metric(map, name->key, name->key_len, true);

		return metric < 0 ? NULL : policy_metric_title(map, metric);
	}
	return NULL;
}

/*
 * The word for a key that may be the owner's own.  A plan or metric that the
 * owner gave another title than the library knows is called by that.
 */
static void
find_open_label(PolicyPin *pin, const Locale *locale, LabelName name, Label *label)
{
	const PolicyMap *map = policy_current(pin);
	const Translations *own = policy_translations(pin);
	const char *title = title_of(map, &name);

	if (title != NULL)
	{
		const char *shipped = name.number < 0 ? NULL : shipped_text(shipped_english(), name.number);

		if (shipped == NULL || strcmp(title, shipped) != 0)
			name.number = -1;
	}
	if (find_label(own, locale, &name, true, label))
		return;
	label->source = LABEL_ENGLISH;
	label->bytes = title != NULL ? title : name.key;
	label->len = title != NULL ? (int) strlen(title) : name.key_len;
	label->is_utf8 = false;
}

/* The word of the three arguments. */
static void
label_of_args(FunctionCallInfo fcinfo, Label *label)
{
	PolicyPin  *pin = &language_site(fcinfo)->policy;
	text	   *kind_name = PG_GETARG_TEXT_PP(0);
	text	   *key = PG_GETARG_TEXT_PP(1);
	Locale	   *locale = locale_arg(fcinfo, 2);
	const LabelKind *kind = label_kind(VARDATA_ANY(kind_name),
									   VARSIZE_ANY_EXHDR(kind_name), false);
	LabelName	name = label_name(kind->name, VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key));

	if (kind->is_open)
		find_open_label(pin, locale, name, label);
	else if (!find_label(own_texts(pin), locale, &name, true, label))
		label_check_key(kind, name.key, name.key_len);
}

/* ticket_label(kind, key, locale) */
Datum
ticket_label(PG_FUNCTION_ARGS)
{
	Label		label;

	label_of_args(fcinfo, &label);
	/* A form of a plural that English does not have. */
	if (label.source == LABEL_NONE)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(text_of_label(&label));
}

/* ticket_label_source(kind, key, locale): own, shipped or english */
Datum
ticket_label_source(PG_FUNCTION_ARGS)
{
	Label		label;

	label_of_args(fcinfo, &label);
	PG_RETURN_TEXT_P(cstring_to_text(label.source == LABEL_OWN ? "own" :
									 label.source == LABEL_SHIPPED ? "shipped" :
									 "english"));
}

/* ticket_label(value, locale) of an enum */
static Datum
label_of_value(FunctionCallInfo fcinfo, const char *kind, const char *const *labels, int n)
{
	LanguageSite *site = language_site(fcinfo);
	Locale	   *locale = locale_arg(fcinfo, 1);
	const LabelName *name;
	Label		label;

	if (site->values.n == 0)
	{
		for (int i = 0; i < n; i++)
			site->names[i] = label_name(kind, labels[i], strlen(labels[i]));
		enum_values(&site->values, declared_argtype(fcinfo, 0), labels, n);
	}
	name = &site->names[enum_number(&site->values, PG_GETARG_OID(0))];
	(void) find_label(own_texts(&site->policy), locale, name, true, &label);
	return PointerGetDatum(text_of_label(&label));
}

Datum
ticket_label_urgency(PG_FUNCTION_ARGS)
{
	return label_of_value(fcinfo, "urgency", level_labels, NUM_LEVELS);
}

Datum
ticket_label_impact(PG_FUNCTION_ARGS)
{
	return label_of_value(fcinfo, "impact", level_labels, NUM_LEVELS);
}

Datum
ticket_label_priority(PG_FUNCTION_ARGS)
{
	return label_of_value(fcinfo, "priority", priority_labels, NUM_PRIORITIES);
}

Datum
ticket_label_status(PG_FUNCTION_ARGS)
{
	return label_of_value(fcinfo, "status", status_labels, NUM_STATUSES);
}

ICU_CLOSER(uenum_close)

static void
put_key(ReturnSetInfo *rsinfo, const char *kind, const char *key, const char *english, int position)
{
	Datum		values[4];
	bool		nulls[4] = {false, false, false, false};

	values[0] = CStringGetTextDatum(kind);
	values[1] = CStringGetTextDatum(key);
	values[2] = CStringGetTextDatum(english);
	values[3] = Int32GetDatum(position);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
}

/*
 * ticket_label_keys(locale): the library's kinds and keys, with the plural forms
 * that the locale has, and the key that English has instead
 */
Datum
ticket_label_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	Locale	   *locale = locale_arg(fcinfo, 0);
	UErrorCode	status = U_ZERO_ERROR;
	void	  **keywords = icu_slot(CurrentMemoryContext, icu_uenum_close);
	const char *category;

	InitMaterializedSRF(fcinfo, 0);
	*keywords = uplrules_getKeywords(icu_plurals(locale->icu_name, locale->tag), &status);
	icu_check(status, "list the plural forms", locale->tag);
	for (int i = 0; i < num_shipped_texts; i++)
	{
		const ShippedKey *one = &shipped_keys[i];
		PluralCategory other = PLURAL_OTHER;
		int			stem = plural_stem(one->key, strlen(one->key), &other);

		if (label_kind(one->kind, strlen(one->kind), true) == NULL)
			continue;
		if (stem == 0)
			put_key(rsinfo, one->kind, one->key, one->key, i);
		else if (other == PLURAL_OTHER)
		{
			uenum_reset(*keywords, &status);
			while ((category = uenum_next(*keywords, NULL, &status)) != NULL)
			{
				char	   *key = psprintf("%.*s.%s", stem, one->key, category);
				const char *english = key;
				int			number = shipped_number(one->kind, strlen(one->kind), key, strlen(key));

				if (number < 0 || shipped_text(shipped_english(), number) == NULL)
					english = one->key;
				put_key(rsinfo, one->kind, key, english, i);
			}
			icu_check(status, "list the plural forms", locale->tag);
		}
	}
	return (Datum) 0;
}

/* holiday_label(holidays, name, locale): the name where the library has no other */
Datum
holiday_label(PG_FUNCTION_ARGS)
{
	char	   *list = text_to_cstring(PG_GETARG_TEXT_PP(0));
	text	   *original = PG_GETARG_TEXT_PP(1);
	Locale	   *locale = locale_arg(fcinfo, 2);
	LabelName	name;
	Label		label;

	/*
	 * Names differ by country: each has a kind of its own, which is that of
	 * its regions too, as of DE-BY.
	 */
	name = label_name(psprintf("holiday %.*s", (int) strcspn(list, "-"), list),
					  VARDATA_ANY(original), VARSIZE_ANY_EXHDR(original));
	if (!find_label(NULL, locale, &name, false, &label))
		PG_RETURN_TEXT_P(original);
	PG_RETURN_TEXT_P(text_of_label(&label));
}
