/*
 * locale.c
 *	  Locales: their names, where their words are looked up, and what ICU has
 *	  open for them.
 */
#include "postgres.h"

#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/unumsys.h>
#include <unicode/ures.h>
#include <unicode/ustring.h>

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/byte_map.h"
#include "language/locale.h"
#include "language/shipped_texts.h"

/* Spellings that are kept; one more, and all are forgotten. */
#define KEPT_SPELLINGS	500

/* Locales for which ICU has something open. */
#define OPEN_LOCALES	32

/* Bytes of a name in a message. */
#define SHOWN_LEN		100

/* The locales of spellings; NULL, both, while nothing is kept. */
static MemoryContext spellings_context = NULL;
static bytemap_hash *spellings = NULL;

static IcuLocale icu_locales[OPEN_LOCALES];
static uint64 icu_uses = 0;

/* A name that was read, before it is kept. */
typedef struct LocaleName
{
	char		tag[ULOC_FULLNAME_CAPACITY];
	char		base[ULOC_FULLNAME_CAPACITY];	/* as a tag */
	char		icu_base[ULOC_FULLNAME_CAPACITY];
	char		icu_name[ULOC_FULLNAME_CAPACITY];
	const char *unknown;		/* the part that is not known, such as
								 * "language"; NULL: none */
	char		wrong[ULOC_FULLNAME_CAPACITY];	/* which it is */
} LocaleName;

/* ----------------------------------------------------------------------
 * Reading a name
 * ----------------------------------------------------------------------
 */

/*
 * Languages that have another code by now, or are one of those that ICU has.
 * Norwegian is Bokmål unless it says otherwise, and ICU has changed between
 * the two names for it.
 */
static const struct
{
	const char *code;
	const char *language;
}			renamed[] =
{
	{"no", "nb"}, {"tl", "fil"}, {"sh", "sr-Latn"}, {"mo", "ro"}, {"cmn", "zh"},
	{"iw", "he"}, {"in", "id"}, {"ji", "yi"}
};

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/*
 * The tag that a name is: a POSIX encoding goes, "_" is "-".  Whether the rest
 * is letters, digits and hyphens, and not too long.
 */
static bool
name_to_tag(const char *name, int len, char *tag)
{
	int			n = 0;

	while (n < len && n < LOCALE_MAX_LEN && (is_alnum(name[n]) || name[n] == '-' || name[n] == '_'))
	{
		tag[n] = name[n] == '_' ? '-' : name[n];
		n++;
	}
	tag[n] = '\0';
	if (n < len && name[n] == '.' && len - n > 1 && len - n < 20)
	{
		int			i = n + 1;

		while (i < len && (is_alnum(name[i]) || name[i] == '-'))
			i++;
		return i == len;
	}
	return n == len && n > 0;
}

/* Whether ICU has written all of a name, with a zero behind it. */
static bool
is_whole(UErrorCode status)
{
	return U_SUCCESS(status) && status != U_STRING_NOT_TERMINATED_WARNING;
}

/* ICU's name of a tag, and the tag again as it should be written. */
static bool
canonical_tag(const char *tag, char *icu_name, char *canonical)
{
	UErrorCode	status = U_ZERO_ERROR;
	int32_t		read = 0;

	(void) uloc_forLanguageTag(tag, icu_name, ULOC_FULLNAME_CAPACITY, &read, &status);
	if (!is_whole(status) || read != (int32_t) strlen(tag))
		return false;
	(void) uloc_toLanguageTag(icu_name, canonical, ULOC_FULLNAME_CAPACITY, false, &status);
	return is_whole(status) && canonical[0] != '\0' && strncmp(canonical, "und", 3) != 0;
}

/* Put the code of today in front of a canonical tag. */
static void
rename_language(char *tag)
{
	int			len = strcspn(tag, "-");
	char		rest[ULOC_FULLNAME_CAPACITY];

	for (int i = 0; i < (int) lengthof(renamed); i++)
	{
		if (len != (int) strlen(renamed[i].code) || strncmp(tag, renamed[i].code, len) != 0)
			continue;
		strlcpy(rest, tag + len, sizeof(rest));
		snprintf(tag, ULOC_FULLNAME_CAPACITY, "%s%s", renamed[i].language, rest);
		return;
	}
}

/* Whether ICU has a language; for another it would answer in one of its own. */
static bool
language_is_known(const char *language)
{
	int			len = strlen(language);

	for (int i = 0; i < uloc_countAvailable(); i++)
	{
		const char *name = uloc_getAvailable(i);

		if (strncmp(name, language, len) == 0 && (name[len] == '_' || name[len] == '\0'))
			return true;
	}
	return false;
}

static bool
calendar_is_known(const char *calendar)
{
	UErrorCode	status = U_ZERO_ERROR;
	UEnumeration *all = ucal_getKeywordValuesForLocale("calendar", "en", false, &status);
	const char *one;
	bool		found = false;

	/* Nothing here can be an error of the server, so that it is closed. */
	while (U_SUCCESS(status) && !found && (one = uenum_next(all, NULL, &status)) != NULL)
		found = strcmp(one, calendar) == 0;
	if (all != NULL)
		uenum_close(all);
	return found;
}

static bool
numbers_are_known(const char *numbers)
{
	UErrorCode	status = U_ZERO_ERROR;
	UNumberingSystem *system;

	/* Those that depend on the language. */
	if (strcmp(numbers, "native") == 0 || strcmp(numbers, "traditional") == 0 ||
		strcmp(numbers, "finance") == 0)
		return true;
	system = unumsys_openByName(numbers, &status);
	if (system != NULL)
		unumsys_close(system);
	return U_SUCCESS(status);
}

static bool
hours_are_known(const char *hours)
{
	return strcmp(hours, "h11") == 0 || strcmp(hours, "h12") == 0 ||
		strcmp(hours, "h23") == 0 || strcmp(hours, "h24") == 0;
}

/*
 * Take a keyword over from what was asked for, or set it to a default, if that
 * is not NULL.  what is its name for people.
 */
static bool
take_keyword(LocaleName *name, const char *asked, const char *keyword, const char *what,
			 const char *by_default, bool (*is_known) (const char *value))
{
	UErrorCode	status = U_ZERO_ERROR;
	char		value[ULOC_KEYWORD_AND_VALUES_CAPACITY];
	int32_t		len;

	len = uloc_getKeywordValue(asked, keyword, value, sizeof(value), &status);
	if (!is_whole(status))
		return false;
	if (len > 0 && !is_known(value))
	{
		name->unknown = what;
		strlcpy(name->wrong, value, sizeof(name->wrong));
		return false;
	}
	if (len > 0)
		by_default = value;
	if (by_default != NULL)
		(void) uloc_setKeywordValue(keyword, by_default, name->icu_name,
									sizeof(name->icu_name), &status);
	return is_whole(status);
}

/* Read a name; false if it is malformed, or a part of it is not known. */
static bool
read_name(const char *text, int len, LocaleName *name)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		tag[LOCALE_MAX_LEN + 1];
	char		canonical[ULOC_FULLNAME_CAPACITY];
	char		icu_name[ULOC_FULLNAME_CAPACITY];

	name->unknown = NULL;
	if (!name_to_tag(text, len, tag) || !canonical_tag(tag, icu_name, name->tag))
		return false;
	/* Once more, for a language that had another code. */
	rename_language(name->tag);
	strlcpy(canonical, name->tag, sizeof(canonical));
	if (!canonical_tag(canonical, icu_name, name->tag))
		return false;
	(void) uloc_getLanguage(icu_name, name->wrong, sizeof(name->wrong), &status);
	(void) uloc_getBaseName(icu_name, name->icu_base, sizeof(name->icu_base), &status);
	(void) uloc_toLanguageTag(name->icu_base, name->base, sizeof(name->base), false, &status);
	if (!is_whole(status))
		return false;
	if (!language_is_known(name->wrong))
	{
		name->unknown = "language";
		return false;
	}

	/* A Thai year or Persian digits only for those who ask. */
	strlcpy(name->icu_name, name->icu_base, sizeof(name->icu_name));
	return take_keyword(name, icu_name, "calendar", "calendar", "gregorian", calendar_is_known) &&
		take_keyword(name, icu_name, "numbers", "numbering system", "latn", numbers_are_known) &&
		take_keyword(name, icu_name, "hours", "hour cycle", NULL, hours_are_known);
}

/* ----------------------------------------------------------------------
 * Where words are looked up
 * ----------------------------------------------------------------------
 */

/*
 * Find the parent of a locale in CLDR's list, which has those whose parent is not
 * their name cut short; names are as ICU writes them.  What is not as expected in
 * ICU's data is passed over.  Nothing here can be an error of the server, so that
 * all is closed.
 */
static bool
listed_parent(const char *icu_name, char *parent)
{
	UErrorCode	status = U_ZERO_ERROR;
	UResourceBundle *data = ures_openDirect(NULL, "supplementalData", &status);
	UResourceBundle *list = ures_getByKey(data, "parentLocales", NULL, &status);
	UResourceBundle *children = NULL;
	UResourceBundle *child = NULL;
	UChar		wanted[ULOC_FULLNAME_CAPACITY];
	bool		found = false;

	u_charsToUChars(icu_name, wanted, strlen(icu_name) + 1);
	while (U_SUCCESS(status) && !found && ures_hasNext(list))
	{
		children = ures_getNextResource(list, children, &status);
		for (int i = 0; U_SUCCESS(status) && !found && i < ures_getSize(children); i++)
		{
			const UChar *name;
			int32_t		n;

			child = ures_getByIndex(children, i, child, &status);
			name = ures_getString(child, &n, &status);
			found = U_SUCCESS(status) && u_strcmp(name, wanted) == 0;
		}
	}
	if (found)
		strlcpy(parent, ures_getKey(children), ULOC_FULLNAME_CAPACITY);
	ures_close(child);
	ures_close(children);
	ures_close(list);
	ures_close(data);
	return found;
}

/* The parts of an ICU name. */
typedef struct NameParts
{
	char		language[ULOC_LANG_CAPACITY];
	char		script[ULOC_SCRIPT_CAPACITY];
	char		country[ULOC_COUNTRY_CAPACITY];
} NameParts;

static void
take_apart(const char *icu_name, NameParts *parts)
{
	UErrorCode	status = U_ZERO_ERROR;

	(void) uloc_getLanguage(icu_name, parts->language, sizeof(parts->language), &status);
	(void) uloc_getScript(icu_name, parts->script, sizeof(parts->script), &status);
	(void) uloc_getCountry(icu_name, parts->country, sizeof(parts->country), &status);
	if (!is_whole(status))
		memset(parts, 0, sizeof(NameParts));
}

/* The script in which a locale is written. */
static void
likely_script(const char *icu_name, char *script)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		likely[ULOC_FULLNAME_CAPACITY];

	script[0] = '\0';
	(void) uloc_addLikelySubtags(icu_name, likely, sizeof(likely), &status);
	if (is_whole(status))
		(void) uloc_getScript(likely, script, ULOC_SCRIPT_CAPACITY, &status);
	if (!is_whole(status))
		script[0] = '\0';
}

static void
put_together(char *icu_name, const char *language, const char *script,
			 const char *country)
{
	snprintf(icu_name, ULOC_FULLNAME_CAPACITY, "%s%s%s%s%s", language,
			 script[0] ? "_" : "", script, country[0] ? "_" : "", country);
}

/* CLDR's parent of a name without variants; false: there is none. */
static bool
parent_of(char *icu_name)
{
	NameParts	parts;

	/* Norwegian; see renamed. */
	if (strcmp(icu_name, "nn") == 0)
		strlcpy(icu_name, "nb", ULOC_FULLNAME_CAPACITY);
	else if (!listed_parent(icu_name, icu_name))
	{
		/* Another script is another language, as far as words go. */
		take_apart(icu_name, &parts);
		if (parts.country[0] == '\0')
			return false;
		put_together(icu_name, parts.language, parts.script, "");
	}
	return icu_name[0] != '\0' && strcmp(icu_name, "root") != 0 && strcmp(icu_name, "no") != 0;
}

static void
add_step(Locale *locale, const char *icu_name)
{
	UErrorCode	status = U_ZERO_ERROR;
	char		tag[ULOC_FULLNAME_CAPACITY];
	LocaleStep *step = &locale->steps[locale->nsteps];

	(void) uloc_toLanguageTag(icu_name, tag, sizeof(tag), false, &status);
	if (!is_whole(status) || locale->nsteps == LOCALE_MAX_STEPS)
		return;
	for (int i = 0; i < locale->nsteps; i++)
	{
		if (strcmp(locale->steps[i].tag, tag) == 0)
			return;
	}
	step->tag = pstrdup(tag);
	step->len = strlen(tag);
	step->language = shipped_language(tag);
	locale->nsteps++;
}

/*
 * The name itself, then without variants, then with its script where that is
 * not the one of the language (zh-TW is zh-Hant-TW) and without it where it is,
 * then the parents of that.
 */
static void
add_steps(Locale *locale, const char *icu_base)
{
	char		name[ULOC_FULLNAME_CAPACITY];
	char		script[ULOC_SCRIPT_CAPACITY];
	char		usual[ULOC_SCRIPT_CAPACITY];
	NameParts	parts;
	int			steps = 0;

	add_step(locale, icu_base);
	take_apart(icu_base, &parts);
	put_together(name, parts.language, parts.script, parts.country);
	add_step(locale, name);
	likely_script(name, script);
	likely_script(parts.language, usual);
	put_together(name, parts.language, strcmp(script, usual) == 0 ? "" : script, parts.country);
	do
		add_step(locale, name);
	while (parent_of(name) && ++steps < LOCALE_MAX_STEPS);
}

/* ----------------------------------------------------------------------
 * Locales by name
 * ----------------------------------------------------------------------
 */

static void
refuse_name(const char *text, int len, const LocaleName *name)
{
	const char *shown = pnstrdup(text, pg_mbcliplen(text, len, SHOWN_LEN));

	if (name->unknown != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s \"%s\" of locale \"%s\" is not known", name->unknown, name->wrong, shown),
				 errdetail("ICU has no such %s.", name->unknown)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid locale: \"%s\"", shown),
			 errhint("A locale is a BCP 47 tag such as \"pl\", \"en-GB\" or \"zh-Hant\".")));
}

static Locale *
make_locale(const LocaleName *name)
{
	Locale	   *locale = palloc0(sizeof(Locale));

	locale->tag = pstrdup(name->tag);
	locale->icu_name = pstrdup(name->icu_name);
	locale->base = pstrdup(name->base);
	add_steps(locale, name->icu_base);
	return locale;
}

static Locale *
keep_locale(const char *text, int len, const LocaleName *name)
{
	MemoryContext old;
	Locale	   *locale;
	ByteKey		key;
	bool		found;

	if (spellings != NULL && spellings->members >= KEPT_SPELLINGS)
	{
		spellings = NULL;
		MemoryContextReset(spellings_context);
	}
	if (spellings_context == NULL)
		spellings_context = AllocSetContextCreate(TopMemoryContext,
												  "ticket_priority locales",
												  ALLOCSET_SMALL_SIZES);
	if (spellings == NULL)
		spellings = bytemap_create(spellings_context, 64, NULL);
	old = MemoryContextSwitchTo(spellings_context);
	locale = make_locale(name);
	key.data = pnstrdup(text, len);
	key.len = len;
	bytemap_insert(spellings, key, &found)->pointer = locale;
	MemoryContextSwitchTo(old);
	return locale;
}

Locale *
locale_lookup(const char *name, int len, bool soft)
{
	ByteKey		key = {name, len};
	LocaleName	read;

	if (spellings != NULL && len <= LOCALE_MAX_LEN + 20)
	{
		ByteMapEntry *entry = bytemap_lookup(spellings, key);

		if (entry != NULL)
			return entry->pointer;
	}
	if (read_name(name, len, &read))
		return keep_locale(name, len, &read);
	if (!soft)
		refuse_name(name, len, &read);
	return NULL;
}

Locale *
locale_arg(FunctionCallInfo fcinfo, int arg)
{
	text	   *name = PG_GETARG_TEXT_PP(arg);

	return locale_lookup(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), false);
}

/* ----------------------------------------------------------------------
 * What is open in ICU
 * ----------------------------------------------------------------------
 */

/* The locale's place, if it has one. */
static int
find_open(const char *icu_name)
{
	for (int i = 0; i < OPEN_LOCALES; i++)
	{
		if (icu_locales[i].context != NULL && strcmp(icu_locales[i].name, icu_name) == 0)
			return i;
	}
	return -1;
}

/* A free place, or that of the locale that was not used for longest. */
static int
make_place(void)
{
	int			oldest = 0;
	MemoryContext context;

	for (int i = 0; i < OPEN_LOCALES; i++)
	{
		if (icu_locales[i].context == NULL)
			return i;
		if (icu_locales[i].used < icu_locales[oldest].used)
			oldest = i;
	}
	context = icu_locales[oldest].context;
	memset(&icu_locales[oldest], 0, sizeof(IcuLocale));
	MemoryContextDelete(context);
	return oldest;
}

IcuLocale *
icu_locale(Locale *locale)
{
	IcuLocale  *one = &icu_locales[locale->icu];

	if (one->context == NULL || strcmp(one->name, locale->icu_name) != 0)
	{
		int			place = find_open(locale->icu_name);

		if (place < 0)
		{
			place = make_place();
			one = &icu_locales[place];
			strlcpy(one->tag, locale->tag, sizeof(one->tag));
			strlcpy(one->name, locale->icu_name, sizeof(one->name));
			one->context = AllocSetContextCreate(TopMemoryContext,
												 "ticket_priority ICU locale",
												 ALLOCSET_SMALL_SIZES);
		}
		locale->icu = place;
		one = &icu_locales[place];
	}
	one->used = ++icu_uses;
	return one;
}

void *
locale_part(IcuLocale *icu, IcuPart part,
			void *(*open) (const char *name, const char *tag))
{
	if (icu->parts[part] == NULL)
	{
		MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
													  "ticket_priority ICU words",
													  ALLOCSET_SMALL_SIZES);
		MemoryContext old = MemoryContextSwitchTo(context);
		void	   *made = open(icu->name, icu->tag);

		MemoryContextSwitchTo(old);
		MemoryContextSetParent(context, icu->context);
		icu->parts[part] = made;
	}
	return icu->parts[part];
}
