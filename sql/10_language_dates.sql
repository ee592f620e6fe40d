/*
 * Dates, and the time that is left, in the reader's language.
 */

CREATE FUNCTION format_deadline(at timestamptz, time_zone text, locale text,
								fields text DEFAULT 'yMMMMEEEEdjm')
RETURNS text
AS 'MODULE_PATHNAME', 'format_deadline'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION format_deadline(timestamptz, text, text, text) IS
'An instant as a date and time of day in a time zone, in the words and order of a locale. fields says which fields, as a skeleton of CLDR: y year, M month, d day, E weekday, j hour (of 12 or 24, as is usual there), m minute, s second, S a decimal of it (up to three), O the offset in force ("GMT+1"), and the other letters of CLDR but for names of zones; more of a letter is a longer form (MMM the month shortened, MMMM written out). Gregorian calendar and Latin digits, unless the locale asks for others (ja-JP-u-ca-japanese, ar-EG-u-nu-arab). time_zone is a name in pg_timezone_names or a fixed offset such as +05:30, and counts as in AT TIME ZONE. Years before the first show their era. Infinity, the deadline of a ticket that is paused without end, gives the label of the status paused. Null if an argument is null. Errors: unknown zone, locale or field (invalid_parameter_value), -infinity (datetime_field_overflow), a text that the database encoding cannot hold (untranslatable_character).';

CREATE FUNCTION format_due_in(due_at timestamptz, locale text,
							  at timestamptz DEFAULT now())
RETURNS text
AS 'MODULE_PATHNAME', 'format_due_in'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION format_due_in(timestamptz, text, timestamptz) IS
'The time on the clock from an instant until a deadline, or since then: "in 3 hours", "2 hours ago". In days of 24 hours, hours or minutes, the largest of which there are at least two, cut off. Infinity, the deadline of a ticket that is paused without end, gives the label of the status paused. Null if an argument is null. Errors: unknown locale (invalid_parameter_value), -infinity, an infinite at (datetime_field_overflow), a text that the database encoding cannot hold (untranslatable_character).';
