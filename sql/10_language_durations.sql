/*
 * Amounts of business time in the reader's language.
 */

CREATE FUNCTION format_business_time(amount interval, locale text,
									 style text DEFAULT 'long',
									 business_day interval DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'format_business_time'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION format_business_time(interval, text, text, interval) IS
'An amount of business time in the words of a locale: "3 business hours", "1 business hour, 30 minutes". Hours and minutes, cut off towards zero; a day of the interval counts as 24 hours, and months and years are an error. With business_day, the length of a business day, full days are told as such. style is ''long''; ''short'' ("1 h 30 min"); or ''within'', for a sentence, in the case that it needs ("within 3 business hours"). The words are texts of the kind duration, by the plural categories of the locale''s own rules, and can be replaced in support_translation; a language without any has the plain units of ICU. Null if amount, locale or style is null. Errors: unknown locale or style, a business_day that is not longer than zero, months (invalid_parameter_value), a text that the database encoding cannot hold (untranslatable_character).';
