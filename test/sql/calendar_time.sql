-- Business time by the name of a calendar, with holidays.
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
\set VERBOSITY default

-- Calendars of these tests: an office in Warsaw with the Polish holidays, one
-- that opens for four hours on them, and a night desk.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('desk', 'Days of the desk');
INSERT INTO business_holiday_rule (holidays, rule, name) VALUES
	('desk', '05-03', 'Constitution Day'),
	('desk', 'easter 60', 'Corpus Christi'),
	('desk', '12-24 since 2025', 'Christmas Eve');
INSERT INTO business_holiday (holidays, day, name, hours) VALUES
	('desk', '2026-11-10', 'Works outing', NULL),
	('desk', '2026-11-14', 'Saturday shift', '10:00-14:00'),
	('desk', '2026-12-24', 'Half a day', '08:00-12:00');
INSERT INTO business_calendar (calendar, hours, time_zone, holidays) VALUES
	('office', 'Mo-Fr 08:00-17:00; PH off', 'Europe/Warsaw', 'desk'),
	('reduced', 'Mo-Fr 08:00-17:00; PH 10:00-14:00', 'Europe/Warsaw', 'desk'),
	('night', 'Mo-Fr 22:00-06:00; PH off', 'Europe/Warsaw', 'desk');
COMMIT;

-- The whole of each day is shown by the periods of a week: Tuesday the 10th is
-- a holiday, and Saturday the 14th has hours of its own.
SELECT unnest(calendar_periods('[2026-11-09, 2026-11-16)', 'office'));
SELECT unnest(calendar_periods('[2026-11-09, 2026-11-16)', 'reduced'));

-- A shift belongs to the date on which it starts (rule 2): the holiday takes
-- the night of Tuesday away whole and does not cut the night of Monday.
SELECT unnest(calendar_periods('[2026-11-09, 2026-11-12)', 'night'));

-- What a list means in a year. The row of 24 December wins over the rule.
SELECT * FROM holiday_dates('desk', 2026);
SELECT * FROM holiday_dates('desk', 2024);

-- A row with hours wins over everything that the calendar says of the day, PH
-- included: on 24 December both are open from 8 to 12.
SELECT c, calendar_between('2026-12-24', '2026-12-25', c) AS on_24th,
	calendar_between('2027-12-24', '2027-12-25', c) AS a_year_later
FROM unnest('{office,reduced}'::text[]) AS c;

-- Each function, by calendar.
SELECT calendar_add('2026-11-09 15:00', '4 hours', 'office') = '2026-11-11 10:00' AS add,
	calendar_add('2026-11-11 10:00', '-4 hours', 'office') = '2026-11-09 15:00' AS subtract,
	calendar_between('2026-11-09 15:00', '2026-11-11 10:00', 'office') = '4 hours' AS between,
	calendar_days_add('2026-11-09 15:00', 1, 'office') = '2026-11-11 15:00' AS days,
	calendar_days_add('2026-11-13 15:00', 1, 'office') = '2026-11-16 08:00' AS to_saturday_shift,
	calendar_days_between('2026-11-09 15:00', '2026-11-13 15:00', 'office') = 3 AS days_between,
	calendar_is_open('2026-11-10 10:00', 'office') = false AS closed,
	calendar_next_open('2026-11-10 10:00', 'office') = '2026-11-11 08:00' AS next,
	calendar_previous_open('2026-11-10 10:00', 'office') = '2026-11-09 17:00' AS previous;

-- The zone and the list may be replaced. Hours without PH do not change with a
-- list: round the clock stays so.
SELECT calendar_add('2026-11-09 15:00', '4 hours', 'office', holidays => 'PL') = '2026-11-10 10:00' AS list,
	calendar_add('2026-11-09 15:00', '4 hours', 'office', 'Asia/Tokyo') = '2026-11-11 04:00' AS zone,
	calendar_add('2026-11-09 15:00', '4 hours', 'standard', '+01:00', 'desk') = '2026-11-11 10:00' AS both,
	calendar_add('2026-11-09 15:00', '24 hours', 'always', holidays => 'desk') = '2026-11-10 15:00' AS always,
	sla_deadline('2026-11-09 15:00', 'P2', 'standard', 'Europe/Warsaw') = '2026-11-10 09:00' AS no_list,
	sla_deadline('2026-11-09 15:00', 'P2', 'standard', 'Europe/Warsaw', holidays => 'desk') = '2026-11-11 09:00' AS sla,
	sla_elapsed('2026-11-09 15:00', '2026-11-11 09:00', 'P2', 'standard', 'Europe/Warsaw', holidays => 'desk') = '3 hours' AS elapsed,
	sla_deadline('2026-11-09 15:00', 'P2', 'premium', holidays => 'desk') = '2026-11-09 16:00' AS premium;

-- Round the clock, working days are local dates all the same.
SELECT calendar_days_add('2026-03-28 23:30', 1, 'always', 'Europe/Warsaw') = '2026-03-29 23:30' AS named,
	calendar_days_add('2011-12-29 12:00-10', 1, 'always', 'Pacific/Apia') AT TIME ZONE 'Pacific/Apia' AS skipped_day;

-- And in a night shift 02:00 is 26:00 of the date on which it began, also where a
-- holiday lies between: Saturday 02:00 is in Friday's shift, and the day after
-- Friday the 1st is Tuesday the 5th, whose 26:00 is Wednesday 02:00.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('monday', 'A Monday');
INSERT INTO business_holiday (holidays, day) VALUES ('monday', '2027-01-04');
SELECT calendar_days_add('2027-01-02 02:00', 1, 'night', holidays => 'monday') = '2027-01-06 02:00' AS ahead,
	calendar_days_add('2027-01-06 02:00', -1, 'night', holidays => 'monday') = '2027-01-02 02:00' AS back,
	calendar_days_between('2027-01-02 02:00', '2027-01-06 01:59', 'night', holidays => 'monday') AS none,
	calendar_days_between('2027-01-02 02:00', '2027-01-06 02:00', 'night', holidays => 'monday') AS one;
ROLLBACK;

-- Standard ships with PH and without a list, so that adding one is enough.
BEGIN;
SELECT sla_deadline('2026-12-23 16:00', 'P2', 'standard', 'Europe/Warsaw');
UPDATE business_calendar SET holidays = 'PL' WHERE calendar = 'standard';
SELECT sla_deadline('2026-12-23 16:00', 'P2', 'standard', 'Europe/Warsaw');
ROLLBACK;
SELECT sla_deadline('2026-12-23 16:00', 'P2', 'standard', 'Europe/Warsaw');

-- Every change of a list counts at once.
SELECT calendar_next_open('2027-05-05 07:00', 'office');
INSERT INTO business_holiday (holidays, day) VALUES ('desk', '2027-05-05');
SELECT calendar_next_open('2027-05-05 07:00', 'office');
UPDATE business_holiday SET hours = '09:00-11:00' WHERE day = '2027-05-05';
SELECT calendar_next_open('2027-05-05 07:00', 'office');
DELETE FROM business_holiday WHERE day = '2027-05-05';
SELECT calendar_next_open('2027-05-05 07:00', 'office');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('desk', '05-05');
SELECT calendar_next_open('2027-05-05 07:00', 'office');
UPDATE business_holiday_rule SET rule = '05-05 prior to 2027' WHERE rule = '05-05';
SELECT calendar_next_open('2027-05-05 07:00', 'office');
BEGIN;
TRUNCATE business_holiday_rule;
SELECT calendar_next_open('2027-05-03 07:00', 'office');
ROLLBACK;
SELECT calendar_next_open('2027-05-03 07:00', 'office');

-- History: a new holiday or new hours, bound to the years in which they are in
-- force, leave what was before alone.
UPDATE business_calendar
SET hours = 'Mo-Fr 08:00-17:00; 2027+ Fr 08:00-15:00; PH off' WHERE calendar = 'office';
SELECT calendar_between('2026-11-20', '2026-11-21', 'office') AS a_friday_of_2026,
	calendar_between('2027-11-19', '2027-11-20', 'office') AS a_friday_of_2027,
	calendar_between('2024-12-24', '2024-12-25', 'office') AS the_24th_of_2024,
	calendar_between('2025-12-24', '2025-12-25', 'office') AS the_24th_of_2025;

-- A new target is a new row; tickets opened before keep the old one.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, valid_from, target, calendar) VALUES
	('standard', 'P3', '2027-01-01', '4 hours', 'office');
SELECT opened, sla_target('P3', 'standard', at => opened) AS target,
	sla_deadline(opened, 'P3', 'standard', 'Europe/Warsaw') AS due
FROM unnest('{2026-12-31 16:00, 2027-01-04 09:00}'::timestamptz[]) AS opened;
SELECT target, hours, since FROM sla_targets_at('2026-12-31') WHERE plan = 'standard' AND priority = 'P3';
SELECT target, hours, since FROM sla_targets_at('2027-01-01') WHERE plan = 'standard' AND priority = 'P3';
ROLLBACK;

-- Far away: rules go on, in both directions, as long as time does.
SELECT calendar_add('2200-12-23 16:00+01', '2 hours', 'office', 'UTC', 'PL') AS year_2200,
	calendar_add('9999-12-31 00:00+00', '1 hour', 'office', 'UTC', 'PL') AS year_9999,
	calendar_between('1950-05-03', '1950-05-04', 'office') AS the_3rd_of_may_1950;

-- Null: in a bound, an amount or the name gives null; a null zone or list is the
-- calendar's own.
SELECT calendar_add(NULL, '1 hour', 'office') IS NULL AS start,
	calendar_add(now(), NULL, 'office') IS NULL AS amount,
	calendar_add(now(), '1 hour', NULL) IS NULL AS calendar,
	calendar_is_open(NULL, 'office') IS NULL AS at,
	calendar_periods(NULL, 'office') IS NULL AS during,
	calendar_between('2026-11-09', '2026-11-10', 'office', NULL, NULL) AS own;
SELECT count(*) FROM holiday_dates(NULL, 2026);
SELECT count(*) FROM holiday_dates('desk', NULL);

-- Infinity stays infinity; measuring from it is an error.
SELECT calendar_add('infinity', '1 hour', 'office'), calendar_next_open('-infinity', 'office'),
	calendar_days_add('infinity', 3, 'office');
SELECT calendar_days_between('infinity', '2026-11-20', 'office');
SELECT calendar_between('2026-11-09', 'infinity', 'office');
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_is_open('infinity', 'office');
\echo :LAST_ERROR_SQLSTATE

-- Errors name what is known.
SELECT calendar_add(now(), '1 hour', 'offize');
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_add(now(), '1 hour', 'office', 'Europe/Warschau');
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_add(now(), '1 hour', 'standard');
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_add(now(), '1 hour', 'always', holidays => 'ZZ');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_deadline(now(), 'P1', 'community', holidays => 'ZZ');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_dates('ZZ', 2026);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_rule_dates('6th monday in may', 2026);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_rule_dates('05-03', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_rule_dates('05-03', 300000);
\echo :LAST_ERROR_SQLSTATE

-- A list that is known up to a date only: what goes beyond warns, once a query.
INSERT INTO business_holiday_list (holidays, title, known_until) VALUES ('soon', 'Announced', '2026-12-31');
INSERT INTO business_holiday (holidays, day) VALUES ('soon', '2026-12-28');
SELECT calendar_add('2026-12-23 09:00', '1 hour', 'office', holidays => 'soon');
SELECT calendar_add('2026-12-31 16:00', make_interval(hours => h), 'office', holidays => 'soon')
FROM generate_series(1, 3) AS h;
SELECT count(*) FROM holiday_dates('soon', 2026);
SELECT count(*) FROM holiday_dates('soon', 2027);
-- So does what comes before the date from which a list is known.
UPDATE business_holiday_list SET known_from = '2026-01-01' WHERE holidays = 'soon';
SELECT calendar_between('2025-12-31 16:00', '2026-01-02 16:00', 'office', holidays => 'soon');
SELECT calendar_between('2026-01-01 16:00', '2026-01-02 16:00', 'office', holidays => 'soon');

-- A rule by a calendar that is not known for the year: an error, never a guess.
INSERT INTO business_holiday_list (holidays, title) VALUES ('moon', 'Islamic');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('moon', '1 Shawwal P3D');
SELECT day FROM holiday_dates('moon', 2024);
SELECT calendar_between('2024-04-08', '2024-04-15', 'office', holidays => 'moon') AS week_of_the_feast;
SELECT day FROM holiday_dates('moon', 2050);
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_add('2050-04-08', '9 hours', 'office', holidays => 'moon');
\echo :LAST_ERROR_SQLSTATE
SELECT calendar_is_open('2050-04-08', 'office', holidays => 'moon');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_deadline('2050-04-08', 'P1', 'standard', 'UTC', holidays => 'moon');
\echo :LAST_ERROR_SQLSTATE

-- The shipped policy stays as it was.
DELETE FROM business_calendar WHERE NOT builtin;
DELETE FROM business_holiday WHERE NOT builtin;
DELETE FROM business_holiday_rule WHERE NOT builtin;
DELETE FROM business_holiday_list WHERE NOT builtin;
