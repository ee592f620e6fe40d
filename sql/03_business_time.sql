/*
 * Business time by value: the hours and the zone are arguments.
 *
 * The functions are immutable in the same sense as timezone(text,
 * timestamptz): after a change of the server's time zone data, stored results
 * must be computed again.
 */

CREATE FUNCTION business_time_add(start timestamptz, amount interval,
								  hours business_hours, time_zone text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'business_time_add'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_time_add(timestamptz, interval, business_hours, text) IS
'Deadline: the earliest instant from start on by which the desk has been open for the amount. For a negative amount: the latest instant up to start from which on the desk was open for that long. A day counts as 24 hours; months and years are an error. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Infinite start: itself. Null if an argument is null. Errors: unknown zone, hours that never open again (invalid_parameter_value), result out of range (datetime_field_overflow).';

CREATE FUNCTION business_time_between(start timestamptz, finish timestamptz,
									  hours business_hours, time_zone text)
RETURNS interval
AS 'MODULE_PATHNAME', 'business_time_between'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_time_between(timestamptz, timestamptz, business_hours, text) IS
'Open time from start (included) to finish (excluded), to the microsecond, in hours, minutes and seconds; negative if finish is before start. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Null if an argument is null. Errors: unknown zone (invalid_parameter_value), infinite timestamps (datetime_field_overflow).';

CREATE FUNCTION business_days_add(start timestamptz, days integer,
								  hours business_hours, time_zone text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'business_days_add'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_days_add(timestamptz, integer, business_hours, text) IS
'Adds business days: local dates on which a shift starts that has open time. If the desk is closed at start, counting begins at the next opening. Days are counted from the local date on which the shift in progress started. The result is as long after midnight of the date reached, or the next opening if the desk is closed then. If shifts overlap, the one that started last is in progress; it ends when the next one starts. Negative days go back, by closing times instead of openings. A local time that the clock skips or repeats is resolved as AT TIME ZONE does. A later start never gives an earlier answer, unless the clock skips a time of it. Infinite start: itself. Null if an argument is null. Errors as business_time_add.';

CREATE FUNCTION business_days_between(start timestamptz, finish timestamptz,
									  hours business_hours, time_zone text)
RETURNS integer
AS 'MODULE_PATHNAME', 'business_days_between'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_days_between(timestamptz, timestamptz, business_hours, text) IS
'Business days from start to finish: the largest n for which business_days_add(start, n) is not after finish, and at least 0. From Friday 16:00 to Wednesday 10:00 there are 2. If finish is before start, minus the business days from finish to start. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Null if an argument is null. Errors: unknown zone (invalid_parameter_value), infinite timestamps (datetime_field_overflow).';

CREATE FUNCTION is_business_time(at timestamptz, hours business_hours,
								 time_zone text)
RETURNS boolean
AS 'MODULE_PATHNAME', 'is_business_time'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION is_business_time(timestamptz, business_hours, text) IS
'Whether the desk is open, that is, whether the wall clock in the zone shows a time within the hours at this instant. At closing time it is closed. Null if an argument is null. Errors: unknown zone (invalid_parameter_value), infinite timestamp (datetime_field_overflow).';

CREATE FUNCTION next_business_time(at timestamptz, hours business_hours,
								   time_zone text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'next_business_time'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION next_business_time(timestamptz, business_hours, text) IS
'The instant itself if the desk is open, else its next opening. Infinite: itself. Null if an argument is null. Errors as business_time_add.';

CREATE FUNCTION previous_business_time(at timestamptz, hours business_hours,
									   time_zone text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'previous_business_time'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION previous_business_time(timestamptz, business_hours, text) IS
'The latest instant up to this one that is open or a closing time. Infinite: itself. Null if an argument is null. Errors as business_time_add.';

CREATE FUNCTION business_periods(during tstzrange, hours business_hours,
								 time_zone text)
RETURNS tstzmultirange
AS 'MODULE_PATHNAME', 'business_periods'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_periods(tstzrange, business_hours, text) IS
'The periods in which the desk is open, cut to a range of finite bounds; each starts at an opening and ends before a closing time. Null if an argument is null. Errors: unknown zone (invalid_parameter_value), an infinite bound (datetime_field_overflow), more than a million periods (program_limit_exceeded).';

CREATE FUNCTION local_month(at timestamptz, time_zone text)
RETURNS date
AS 'MODULE_PATHNAME', 'local_month'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION local_month(timestamptz, text) IS
'First day of the month in which an instant lies by the wall clock of a zone. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Null if an argument is null, if the instant is infinite, or if it lies in the month in which dates begin (November of 4714 BC). Error: unknown zone (invalid_parameter_value).';
