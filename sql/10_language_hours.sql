-- Opening hours as people write them.

CREATE FUNCTION format_business_hours(hours business_hours, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'format_business_hours'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION format_business_hours(business_hours, text) IS
'Opening hours in a language: names of days and months, ranges, and 12 or 24 hours as CLDR has them for the locale; words such as closed from the labels of kind hours. Every value has a text. By the Gregorian calendar, in Latin digits unless the locale asks for others. Null if an argument is null. Errors: unknown locale (invalid_parameter_value); a text that the database''s encoding cannot hold (untranslatable_character).';
