/*
 * Time zones by the names of Windows.
 */

CREATE FUNCTION iana_time_zone(windows_zone text, territory text DEFAULT NULL)
RETURNS text
AS 'MODULE_PATHNAME', 'iana_time_zone'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION iana_time_zone(text, text) IS
'PostgreSQL''s name of a time zone of Windows, by the table of CLDR that comes with ICU: ''Central European Standard Time'' is Europe/Warsaw. territory is a code such as ''HR'' and chooses among the zones of one name (Europe/Zagreb); null, or one that the table has no row for, takes the one that stands for all. Any case; spaces around do not matter. A name from pg_timezone_names is given back in its own spelling. The answer is a name from pg_timezone_names, and the current one where a zone was renamed. Null if windows_zone is null. Error: a name that is neither, or that CLDR cannot map (invalid_parameter_value).';
