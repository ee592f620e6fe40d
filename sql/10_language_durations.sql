/*
 * Amounts of business time and business days in the reader's language.
 */

CREATE FUNCTION format_business_time(amount interval, locale text,
									 style text DEFAULT 'long',
									 business_day interval DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'format_business_time'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION format_business_time(interval, text, text, interval) IS
'An amount of business time in the words of a locale: "3 business hours", "1 business hour, 30 minutes". Hours and minutes, cut off towards zero; a day of the interval counts as 24 hours, and months and years are an error. With business_day, the length of a business day, full days are told as such. style is ''long''; ''short'' ("1 h 30 min"); or ''within'', for a sentence, in the case that it needs ("within 3 business hours"). The words are texts of the kind duration, by the plural categories of the locale''s own rules, and can be replaced in support_translation; a language without any has the plain units of ICU. Null if amount, locale or style is null. Errors: unknown locale or style, a business_day that is not longer than zero, months (invalid_parameter_value), a text that the database encoding cannot hold (untranslatable_character).';

CREATE FUNCTION format_business_days(days integer, locale text,
									 style text DEFAULT 'long',
									 until_close boolean DEFAULT false)
RETURNS text
AS 'MODULE_PATHNAME', 'format_business_days'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION format_business_days(integer, text, text, boolean) IS
'A number of business days, such as a target, in the words of a locale: "2 business days". With until_close, to the end of the last of them: "end of next business day", "2 business days, until closing time"; in English where the language has no text for it. style as that of format_business_time: ''within'' gives "within 2 business days", "by the end of the next business day". Null if an argument is null. Errors: unknown locale or style (invalid_parameter_value), a text that the database encoding cannot hold (untranslatable_character).';
