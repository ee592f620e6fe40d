-- Holiday rules: what each form of the notation means, and what is no rule.
SET datestyle = 'ISO, YMD';

-- The days of a rule in some years.
CREATE FUNCTION days(rule text, VARIADIC years integer[]) RETURNS text LANGUAGE sql
AS $$ SELECT string_agg(day::text, ' ' ORDER BY day) FROM unnest(years) AS year, holiday_rule_dates(rule, year) AS day $$;

-- A date, of one year or of all; a month is its first day.
SELECT rule, days(rule, 2026, 2027, 2028) FROM unnest(ARRAY[
	'06-01', '6-1', '2027-06-01', 'June', '02-29', '12-31']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- Easter, of the western churches and of the eastern ones.
SELECT rule, days(rule, 2026) FROM unnest(ARRAY[
	'easter', 'easter 1', 'easter -2', 'easter +39 days', 'orthodox', 'orthodox 1', 'ORTHODOX -2 Days']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- Weekdays: "after" and "in" count the day itself, "before" does not. A fifth one
-- that a month does not have is no day.
SELECT rule, days(rule, 2026) FROM unnest(ARRAY[
	'friday after 06-19', 'monday before 06-01', '2 sundays after 06-01', '2nd sunday before 12-25', '1st monday in May', 'monday in May',
	'5th friday in May', '5th monday in May', 'last monday in May', 'tuesday after 1st monday in November', '3rd wednesday after last monday in May']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- So many days before or after, over the new year too.
SELECT rule, days(rule, 2026) FROM unnest(ARRAY[
	'100 days after easter', '1 day before easter', '3 days before 01-02', '3 days after 12-30', '2 days after monday after 06-01']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- Dates of other calendars. A common Hebrew year has one Adar.
SELECT rule, days(rule, 2026, 2027) FROM unnest(ARRAY[
	'15 Nisan', '10 Tishrei', '14 Adar', '14 AdarII', '1 Shawwal', '10 Dhu al-Hijjah', '12 Rabi al-awwal', '1 Farvardin', '1 Shawwal 1447', '15 Nisan 5787', '13 Farvardin 1405']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- "if" moves the day: the first one that applies, and never to the day itself.
-- After "and" the day stays.
SELECT rule, days(rule, 2026), days(rule, 2027) FROM unnest(ARRAY[
	'07-04 if saturday then previous friday if sunday then next monday', '07-04 and if saturday then next monday', '07-04 and if saturday then next monday and if sunday then next monday',
	'07-04 if saturday,sunday then next saturday', 'substitutes 07-04 if sunday then next monday', '12-31 if friday then next saturday']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- Conditions of weekdays and years, and how long the rule holds.
SELECT rule, days(rule, 2023, 2024, 2025, 2026) FROM unnest(ARRAY[
	'06-01 on saturday, sunday', '06-01 not on saturday,sunday', '06-01 in even years', '06-01 in odd years', '06-01 in leap years', '06-01 in non-leap years',
	'06-01 every 3 years since 2020', '06-01 every 1 year since 2025', '06-01 since 2025', '06-01 since 2024-06', '06-01 since 2024-06-02', '06-01 prior to 2025', '06-01 since 2024 and prior to 2026',
	'06-01 since 2024 prior to 2026-06-02']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- Several days, over the new year too.
SELECT rule, days(rule, 2026) FROM unnest(ARRAY[
	'12-24 P3D', '12-31 P2D', 'easter P2D', '07-04 P2D and if saturday then next monday']) WITH ORDINALITY AS x (rule, n) ORDER BY n;

-- The day before each holiday of a list is no day by itself.
SELECT days('-1 day', 2026), holiday_rule_shift('-1 day') AS before, holiday_rule_shift('+30 days') AS after, holiday_rule_shift('06-01') AS own;

-- Years without an answer: those in which nobody knows the calendar.
SELECT days('1 Shawwal', 2027), days('06-01', 1, 294275);
SELECT days('1 Shawwal', 2100);
SELECT days('1 Farvardin', 1900);
SELECT days('06-01', 0);

-- What is no rule is an error that says what was expected, and where.
CREATE FUNCTION fault(rule text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text;
BEGIN
	RETURN 'days: ' || days(rule, 2026);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN CASE SQLSTATE WHEN '22P02' THEN '' ELSE SQLSTATE || ' ' || SQLERRM || ': ' END || detail || coalesce(' ' || nullif(hint, ''), '');
END $$;

SELECT holiday_rule_dates('06-31', 2026);
\pset format unaligned
SELECT rule, fault(rule) FROM unnest(ARRAY[
	-- dates
	'', 'xyz', '06-31', '13-01', '06-', '06-T1', '06-01x', '2026-02-29', '2026-', '0000-01-01', '20261-01-01', '123-01-01',
	-- Easter
	'easter 300', 'easter -101', 'easter + 1', 'easter 1x', 'easter monday',
	-- weekdays and days
	'mon', 'jan 1', '1st mon in May', 'monday', 'monday of May', 'monday after', 'monday in easter', '6th monday in May', '0 mondays before 06-01', '54 mondays before 06-01',
	'2th monday in May', '11st monday in May', '1xx monday in May', '1st day', 'last day in May', 'last monday before 06-01', '0 days after easter', '367 days after easter', '5 days around easter',
	-- other calendars
	'15 xyz', '31 Nisan', '0 Nisan', '1 Rabi', '1 Jumada al-awal', '1 Dhu', '15 Nisan 3000', '15 Nisan 5786x', '1 Shawwal 1500', 'chinese 01-01', 'korean 01-01', 'vietnamese 01-01', 'julian 12-25', 'bengali 01-01',
	-- moved days
	'12-25 if', '12-25 if sun then next monday', '12-25 if 12-26 then next monday', '12-25 if sunday', '12-25 if sunday then', '12-25 if sunday then next', '12-25 if sunday then next mon',
	'12-25 and', '12-25 and on monday', '12-25 and if sunday then next monday and', 'substitutes', 'substitutes 12-25', 'substitutes 12-25 and if sunday then next monday', 'substitute 12-25',
	-- conditions
	'12-25 on', '12-25 not', '12-25 not monday', '12-25 in', '12-25 in even months', '12-25 every', '12-25 every 101 years since 2000', '12-25 every 2x years since 2000', '12-25 every 2 months', '12-25 every 2 years', '12-25 every 2 years since 20001',
	'12-25 since', '12-25 since 201', '12-25 since 2010-13', '12-25 since 2010-02-30', '12-25 since 2010x', '12-25 since 2010 since 2012', '12-25 prior 2010', '12-25 prior to', '12-25 since 2010 prior to 2010', '12-25 from 2010', '12-25 until 2010', 'since 2010',
	-- durations
	'12-25 P0D', '12-25 P32D', '12-25 P3', '12-25 P3DT1H', '12-25 PT36H', '12-25 P1D P1D', '12-25 if sunday then next monday P2D',
	-- what other notations have
	'12-25 14:00', '12-25 T14', 'march equinox', '12-25 #1', '12-25 is public holiday', '12-25 12-26', '12-25 xyz',
	-- days from the holidays of the list
	'-1', '+0 days', '-31 days', '-1x day', '-1 week', '-1 day on monday'
]) WITH ORDINALITY AS x (rule, n) ORDER BY n;
-- Too much of it.
SELECT fault('06-01 ' || repeat('on monday ', 17)), fault('06-01 P31D and if monday then next friday');
SELECT fault(repeat(' ', 1000) || '06-01');
\pset format aligned
DROP FUNCTION fault(text);
DROP FUNCTION days(text, integer[]);
