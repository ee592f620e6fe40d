/*
 * word_forms.c
 *	  Texts with a place for a number or a word, "{0}", and the plural forms of
 *	  which there is one for each category of CLDR.
 */
#include "postgres.h"

#include "language/word_forms.h"

const char *const plural_names[NUM_PLURALS] = {
	"zero", "one", "two", "few", "many", "other"
};

/* What may come in front of a category, and texts that have none. */
static const char *const counted_durations[] = {
	"hour", "minute", "day", "within.hour", "within.minute", "within.day",
	"short.hour", "short.minute", "short.day"
};
static const char *const counted_hours[] = {
	"easter.before", "easter.after", "holidays.before", "holidays.after"
};
static const char *const framed_durations[] = {"within", "close"};
static const char *const plain_durations[] = {
	"close.same", "close.next", "within.close.same", "within.close.next"
};
static const char *const framed_hours[] = {
	"closed_on", "from_year", "from_date", "next_day", "also", "week", "weeks",
	"nth.1", "nth.2", "nth.3", "nth.4", "nth.5", "last.1", "last.2", "last.3", "last.4", "last.5"
};
static const char *const plain_hours[] = {
	"always", "all_day", "closed", "holidays", "easter", "odd_weeks", "even_weeks"
};

WordForm
word_form(const char *text, int len)
{
	WordForm	form = {text, len, -1, len};

	for (int i = 0; i + 2 < len; i++)
	{
		if (memcmp(text + i, "{0}", 3) == 0)
		{
			form.before = i;
			form.after = i + 3;
			break;
		}
	}
	return form;
}

char *
form_text(const WordForm *form, const char *what)
{
	if (form->after < 0)
		return pnstrdup(form->text, form->len);
	return psprintf("%.*s%s%.*s", form->before, form->text, what,
					form->len - form->after, form->text + form->after);
}

static bool
is_one_of(const char *const *names, int n, const char *key, int len)
{
	for (int i = 0; i < n; i++)
	{
		if ((int) strlen(names[i]) == len && memcmp(names[i], key, len) == 0)
			return true;
	}
	return false;
}

/*
 * Whether a key is one of the counted, followed by a category, which category
 * then is; NUM_PLURALS if it is none of CLDR's.
 */
static bool
is_counted(const char *const *names, int n, const char *key, int *category)
{
	const char *dot = strrchr(key, '.');

	if (dot == NULL || !is_one_of(names, n, key, dot - key))
		return false;
	for (*category = 0; *category < NUM_PLURALS; (*category)++)
	{
		if (strcmp(plural_names[*category], dot + 1) == 0)
			break;
	}
	return true;
}

const char *
word_form_fault(const char *kind, const char *key, const char *text)
{
	bool		is_duration = strcmp(kind, "duration") == 0;
	int			key_len = strlen(key);
	int			category = PLURAL_OTHER;
	int			places = 0;
	int			len = strlen(text);

	if (is_duration ?
		is_counted(counted_durations, lengthof(counted_durations), key, &category) :
		is_counted(counted_hours, lengthof(counted_hours), key, &category))
	{
		if (category == NUM_PLURALS)
			return "The plural categories are zero, one, two, few, many and other.";
	}
	else if (is_duration && is_one_of(plain_durations, lengthof(plain_durations), key, key_len))
		category = -1;
	else if (is_duration)
	{
		if (!is_one_of(framed_durations, lengthof(framed_durations), key, key_len))
			return "Keys of this kind are \"within\", and \"hour\", \"minute\" or \"day\" with a plural category, such as \"hour.other\", also after \"within.\" and \"short.\"; \"close\", and \"close.same\" and \"close.next\", also after \"within.\".";
	}
	else if (is_one_of(plain_hours, lengthof(plain_hours), key, key_len))
		category = -1;
	else if (!is_one_of(framed_hours, lengthof(framed_hours), key, key_len))
		return "Keys of this kind are \"always\", \"all_day\", \"closed\", \"closed_on\", \"holidays\", \"easter\", \"easter.before\", \"easter.after\", \"holidays.before\" and \"holidays.after\" with a plural category, \"from_year\", \"from_date\", \"next_day\", \"also\", \"week\", \"weeks\", \"odd_weeks\", \"even_weeks\", and \"nth.1\" to \"nth.5\" and \"last.1\" to \"last.5\".";

	for (int i = 0; i < len; i++)
	{
		if (i + 2 < len && memcmp(text + i, "{0}", 3) == 0)
		{
			places++;
			i += 2;
		}
		else if (text[i] == '{' || text[i] == '}')
			return "A brace is written in \"{0}\" alone.";
	}
	if (places > 1)
		return "\"{0}\" is written once.";
	if (category < 0 ? places > 0 : places == 0 && category > PLURAL_TWO)
		return category < 0 ? "This text has no place for another." :
			"\"{0}\" stands for the number or the text that belongs there; only forms for zero, one and two can do without.";
	return NULL;
}
