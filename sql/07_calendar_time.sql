/*
 * Business time in the hours of a named calendar, and the days of a list of
 * holidays.
 */

CREATE FUNCTION calendar_add(start timestamptz, amount interval, calendar text,
							 time_zone text DEFAULT NULL,
							 holidays text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'calendar_add'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_add(timestamptz, interval, text, text, text) IS
'As business_time_add, with the hours, the zone and the holidays of a calendar. time_zone and holidays replace the calendar''s own if not null; a list changes only what the hours say of PH. Null if start, amount or calendar is null. Errors as business_time_add, and: unknown calendar or list (undefined_object), hours that need a zone and have none (null_value_not_allowed), a year for which a holiday rule has no answer (datetime_field_overflow). A warning if the time passes the date until which the list is known.';

CREATE FUNCTION calendar_between(start timestamptz, finish timestamptz,
								 calendar text, time_zone text DEFAULT NULL,
								 holidays text DEFAULT NULL)
RETURNS interval
AS 'MODULE_PATHNAME', 'calendar_between'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_between(timestamptz, timestamptz, text, text, text) IS
'As business_time_between, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_days_add(start timestamptz, days integer,
								  calendar text, time_zone text DEFAULT NULL,
								  holidays text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'calendar_days_add'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_days_add(timestamptz, integer, text, text, text) IS
'As business_days_add, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_days_between(start timestamptz, finish timestamptz,
									  calendar text, time_zone text DEFAULT NULL,
									  holidays text DEFAULT NULL)
RETURNS integer
AS 'MODULE_PATHNAME', 'calendar_days_between'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_days_between(timestamptz, timestamptz, text, text, text) IS
'As business_days_between, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_is_open(at timestamptz, calendar text,
								 time_zone text DEFAULT NULL,
								 holidays text DEFAULT NULL)
RETURNS boolean
AS 'MODULE_PATHNAME', 'calendar_is_open'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_is_open(timestamptz, text, text, text) IS
'As is_business_time, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_next_open(at timestamptz, calendar text,
								   time_zone text DEFAULT NULL,
								   holidays text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'calendar_next_open'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_next_open(timestamptz, text, text, text) IS
'As next_business_time, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_previous_open(at timestamptz, calendar text,
									   time_zone text DEFAULT NULL,
									   holidays text DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'calendar_previous_open'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_previous_open(timestamptz, text, text, text) IS
'As previous_business_time, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION calendar_periods(during tstzrange, calendar text,
								 time_zone text DEFAULT NULL,
								 holidays text DEFAULT NULL)
RETURNS tstzmultirange
AS 'MODULE_PATHNAME', 'calendar_periods'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION calendar_periods(tstzrange, text, text, text) IS
'As business_periods, by calendar. time_zone, holidays, nulls, errors and the warning as calendar_add.';

CREATE FUNCTION holiday_rule_dates(rule text, year integer)
RETURNS SETOF date
AS 'MODULE_PATHNAME', 'holiday_rule_dates'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
COMMENT ON FUNCTION holiday_rule_dates(text, integer) IS
'The days of a holiday rule that lie in a Gregorian year, from 1 on, in order; none for a rule such as -1 day, which goes by the holidays of a list. No rows if an argument is null. Errors: a rule that does not parse (invalid_text_representation), a year for which its calendar is not known (datetime_field_overflow).';

CREATE FUNCTION holiday_rule_shift(rule text)
RETURNS integer
AS 'MODULE_PATHNAME', 'holiday_rule_shift_of'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION holiday_rule_shift(text) IS
'How many days after the holidays of its list the days of a holiday rule are: -1 for "-1 day", 0 for a rule with days of its own. Null if the argument is null. Error: a rule that does not parse (invalid_text_representation).';

CREATE FUNCTION holiday_list_check(holidays text, year integer)
RETURNS boolean
AS 'MODULE_PATHNAME', 'holiday_list_check'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION holiday_list_check(text, integer) IS
'True if the list exists, else an error (undefined_object); a warning if the year goes beyond the date until which the list is known. Null if an argument is null.';

CREATE FUNCTION holiday_list_members(holidays text)
RETURNS TABLE ("position" integer, list text)
AS 'MODULE_PATHNAME', 'holiday_list_members'
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 2;
COMMENT ON FUNCTION holiday_list_members(text) IS
'The lists of which a holiday list is made, or several lists whose names are joined by +: each list and what it includes, once, in the order in which they decide about a day, from position 1 on. No rows if the argument is null. Errors: unknown list (undefined_object), more than 100 names (program_limit_exceeded).';

CREATE FUNCTION _sla_holiday_dates(holidays text, year integer)
RETURNS TABLE (list text, day date, name text, rule text, hours business_hours)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	WITH member AS (
		SELECT m.position, m.list
		FROM @extschema@.holiday_list_check(_sla_holiday_dates.holidays, _sla_holiday_dates.year) AS c (known)
		CROSS JOIN LATERAL @extschema@.holiday_list_members(CASE WHEN c.known THEN _sla_holiday_dates.holidays END) AS m
	), listed_rule AS (
		SELECT m.position, m.list, r.name, r.rule, r.hours, @extschema@.holiday_rule_shift(r.rule) AS shift
		FROM member AS m
		JOIN @extschema@.business_holiday_rule AS r ON r.holidays = m.list
	), listed_year AS (
		-- The days near holidays need those of the years around.
		SELECT y AS year
		FROM generate_series(_sla_holiday_dates.year::bigint - 1, _sla_holiday_dates.year::bigint + 1) AS y
		WHERE y = _sla_holiday_dates.year
			OR y BETWEEN 1 AND 294276 AND EXISTS (SELECT FROM listed_rule AS r WHERE r.shift <> 0)
	), said AS (
		SELECT m.position, m.list, h.day, h.name, NULL::text AS rule, h.hours
		FROM member AS m
		JOIN @extschema@.business_holiday AS h ON h.holidays = m.list
		JOIN listed_year AS y ON y.year = extract(year FROM h.day)
		UNION ALL
		SELECT r.position, r.list, d.day, r.name, r.rule, r.hours
		FROM listed_rule AS r
		CROSS JOIN listed_year AS y
		CROSS JOIN LATERAL @extschema@.holiday_rule_dates(r.rule, y.year::integer) AS d (day)
		WHERE r.shift = 0
	), dated AS (
		-- The first list that has a day decides, and its rows before its rules.
		SELECT s.*, rank() OVER (PARTITION BY s.day ORDER BY s.position, (s.rule IS NOT NULL),
			(s.hours IS NOT NULL), CASE WHEN s.hours IS NOT NULL THEN s.rule END COLLATE "C") AS place
		FROM said AS s
	), holiday AS (
		SELECT DISTINCT d.day
		FROM dated AS d
		WHERE d.place = 1 AND d.hours IS NULL
	), near AS (
		SELECT r.position, r.list, h.day + r.shift AS day, r.name, r.rule, r.hours
		FROM listed_rule AS r
		CROSS JOIN holiday AS h
		WHERE r.shift <> 0 AND NOT EXISTS (SELECT FROM said AS s WHERE s.day = h.day + r.shift)
	), ruled AS (
		-- Holidays go before days with hours, and of those the first rule counts.
		SELECT d.list, d.day, d.name, d.rule, d.hours, d.place
		FROM dated AS d
		UNION ALL
		SELECT n.list, n.day, n.name, n.rule, n.hours,
			rank() OVER (PARTITION BY n.day ORDER BY n.position, (n.hours IS NOT NULL),
				CASE WHEN n.hours IS NOT NULL THEN n.rule END COLLATE "C") AS place
		FROM near AS n
	)
	SELECT r.list, r.day, r.name, r.rule, r.hours
	FROM ruled AS r
	WHERE r.place = 1 AND extract(year FROM r.day) = _sla_holiday_dates.year;
END;
COMMENT ON FUNCTION _sla_holiday_dates(text, integer) IS
'The rows of holiday_dates(), in any order, each with the list that it is from.';

CREATE FUNCTION holiday_dates(holidays text, year integer)
RETURNS TABLE (day date, name text, rule text, hours business_hours)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT d.day, d.name, d.rule, d.hours
	FROM @extschema@._sla_holiday_dates(holiday_dates.holidays, holiday_dates.year) AS d
	ORDER BY d.day, d.name, d.rule;
END;
COMMENT ON FUNCTION holiday_dates(text, integer) IS
'The days of a list of holidays in a year, with those that it includes, so that people can check them: each day with its name and the rule that decides (null for a row of business_holiday). Several lists are joined by +, as in office+PL. hours is null for a holiday, otherwise the hours of that day. No rows if an argument is null. Errors: unknown list (undefined_object), a year for which a rule has no answer (datetime_field_overflow). A warning if the year goes beyond the date until which the list is known.';
