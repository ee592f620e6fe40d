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

int
plural_stem(const char *key, int len, PluralCategory *category)
{
	for (int i = 0; i < NUM_PLURALS; i++)
	{
		int			n = strlen(plural_names[i]);

		if (len > n + 1 && key[len - n - 1] == '.' &&
			memcmp(key + len - n, plural_names[i], n) == 0)
		{
			*category = i;
			return len - n - 1;
		}
	}
	return 0;
}

const char *
word_form_fault(const char *key, const char *text, const char *model)
{
	PluralCategory category = PLURAL_OTHER;
	bool		has_place = strstr(model, "{0}") != NULL;
	int			places = 0;

	(void) plural_stem(key, strlen(key), &category);
	for (; *text != '\0'; text++)
	{
		if (strncmp(text, "{0}", 3) == 0)
		{
			places++;
			text += 2;
		}
		else if (*text == '{' || *text == '}')
			return "A brace is written in \"{0}\" alone.";
	}
	if (places > 1)
		return "\"{0}\" is written once.";
	if (places > 0 && !has_place)
		return "This text has no place for another.";
	if (places == 0 && has_place && category > PLURAL_TWO)
		return "\"{0}\" stands for the number or the text that belongs there; only forms for zero, one and two can do without.";
	return NULL;
}
