-- The tables of holidays: what is kept of the rows that are written, how they
-- refer to each other, and every error.  Each part is rolled back.
\set ON_ERROR_ROLLBACK on
\pset null '(null)'
SET datestyle = 'ISO';
SET client_min_messages = error;

-- Shipped rows stay out of dumps: each table is dumped without them.
SELECT c.oid::regclass AS dumped, e.extcondition[x.n] AS only_rows
FROM pg_extension e, unnest(e.extconfig) WITH ORDINALITY AS x (id, n)
JOIN pg_class c ON c.oid = x.id
WHERE e.extname = 'ticket_priority' AND c.relname LIKE 'business_holiday%'
ORDER BY c.relname;

-- All rows of the three tables that are there at first are shipped ones.
SELECT bool_and(builtin) FROM business_holiday_list;
SELECT bool_and(builtin) FROM business_holiday_rule;
SELECT bool_and(builtin) FROM business_holiday;

-- A list of one's own, with a calendar that uses it.  The rows may come in any
-- order within a transaction.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone, holidays)
VALUES ('desk', 'Mo-Fr 08:00-17:00; PH off', 'Europe/Warsaw', 'desk');
INSERT INTO business_holiday_rule (holidays, rule, name) VALUES
	('desk', '01-01', 'New Year''s Day'), ('desk', 'easter 60', NULL);
INSERT INTO business_holiday (holidays, day, name, hours) VALUES
	('desk', '2026-11-10', 'Works outing', NULL),
	('desk', '2026-12-24', NULL, '08:00-12:00'),
	('desk', '2026-12-31', 'Stocktaking', 'off');
INSERT INTO business_holiday_list (holidays, title, builtin) VALUES ('desk', 'Our desk', true);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM business_holiday_list WHERE holidays = 'desk';
SELECT * FROM business_holiday WHERE holidays = 'desk' ORDER BY day;
SELECT * FROM business_holiday_rule WHERE holidays = 'desk' ORDER BY rule;
-- What is written counts at once: a holiday, a half day, and what is taken back.
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC'), calendar_between('2026-12-24', '2026-12-25', 'desk', 'UTC');
UPDATE business_holiday SET hours = '10:00-11:00' WHERE holidays = 'desk' AND day = '2026-11-10';
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
DELETE FROM business_holiday WHERE holidays = 'desk' AND day = '2026-11-10';
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('desk', '11-10');
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
SAVEPOINT before;
TRUNCATE business_holiday_rule;
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
ROLLBACK TO before;
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
TRUNCATE business_holiday;
SELECT calendar_between('2026-12-24', '2026-12-25', 'desk', 'UTC');
UPDATE business_calendar SET holidays = NULL WHERE calendar = 'desk';
SELECT calendar_between('2026-11-10', '2026-11-11', 'desk', 'UTC');
ROLLBACK;

-- Rules whose days have hours of their own: half a day on each Christmas Eve, from
-- Monday to Friday alone, and the day before each holiday. 24 December 2027 is a
-- Friday, 2028 a Sunday. Other hours of the desk do not count on these days.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('desk', 'Our desk');
INSERT INTO business_calendar (calendar, hours, time_zone, holidays)
VALUES ('desk', 'Mo-Fr 08:00-17:00; PH off', 'UTC', 'desk'), ('all week', 'Mo-Su 06:00-20:00; PH off', 'UTC', 'desk'),
	('no PH', 'Mo-Fr 08:00-17:00', 'UTC', NULL);
INSERT INTO business_holiday_rule (holidays, rule, name, hours) VALUES ('desk', '12-24', 'Christmas Eve', 'Mo-Fr 08:00-12:00'),
	('desk', '12-25 P2D', 'Christmas', NULL), ('desk', '01-01', 'New Year', NULL);
CREATE FUNCTION pg_temp.hours_of(days date[], calendar text) RETURNS TABLE (day text, open interval) LANGUAGE sql AS $$
	SELECT to_char(d, 'YYYY-MM-DD Dy'), calendar_between(d::timestamp AT TIME ZONE 'UTC', (d + 1)::timestamp AT TIME ZONE 'UTC', calendar)
	FROM unnest(days) AS d $$;
SELECT * FROM pg_temp.hours_of('{2027-12-23,2027-12-24,2027-12-25,2028-12-24}', 'desk');
SELECT * FROM pg_temp.hours_of('{2027-12-24,2027-12-25,2028-12-24}', 'all week');
SELECT * FROM pg_temp.hours_of('{2027-12-24}', 'no PH');
SELECT * FROM holiday_dates('desk', 2028);
-- The day before each holiday, also over the new year; a day that another rule or
-- a row decides stays what that says, and days near holidays make no more of them.
INSERT INTO business_holiday_rule (holidays, rule, name, hours) VALUES ('desk', '-1 day', 'Before', '08:00-14:00'), ('desk', '+2 days', 'After', NULL);
SELECT * FROM pg_temp.hours_of('{2027-12-24,2027-12-27,2027-12-28,2027-12-30,2027-12-31,2028-01-01,2028-01-03}', 'all week');
SELECT * FROM holiday_dates('desk', 2027);
INSERT INTO business_holiday (holidays, day, hours) VALUES ('desk', '2027-12-31', '10:00-11:00'), ('desk', '2028-05-02', NULL), ('desk', '2027-12-25', '09:00-09:30');
SELECT * FROM pg_temp.hours_of('{2027-12-24,2027-12-25,2027-12-26,2027-12-31,2028-05-01,2028-05-02,2028-05-04}', 'all week');
SELECT day, name, rule, hours FROM holiday_dates('desk', 2028) WHERE day < '2028-06-01';
-- "PH -1 day" of hours goes by all holidays of the list.
UPDATE business_calendar SET hours = 'Mo-Su 06:00-20:00; PH -1 day 06:00-07:00; PH off' WHERE calendar = 'all week';
SELECT * FROM pg_temp.hours_of('{2028-05-01,2028-05-03,2028-05-04}', 'all week');
-- Of two rules with hours for a day the first in the order of their texts counts,
-- and a holiday goes before both.
INSERT INTO business_holiday_rule (holidays, rule, hours) VALUES ('desk', '06-01', '08:00-09:00'), ('desk', '1st thursday in June', '08:00-10:00');
SELECT * FROM pg_temp.hours_of('{2028-06-01}', 'desk');
SELECT day, rule, hours FROM holiday_dates('desk', 2028) WHERE day = '2028-06-01';
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('desk', 'june');
SELECT * FROM pg_temp.hours_of('{2028-06-01}', 'desk');
SELECT day, rule, hours FROM holiday_dates('desk', 2028) WHERE day = '2028-06-01';
-- Hours with years: half days until 2027 only. Then the day is closed.
UPDATE business_holiday_rule SET hours = '2020-2027 08:00-12:00' WHERE rule = '12-24';
SELECT * FROM pg_temp.hours_of('{2027-12-24,2029-12-24,2212-12-24}', 'desk');
UPDATE business_holiday_rule SET hours = '2200+ 08:00-12:00; Su off' WHERE rule = '12-24';
SELECT * FROM pg_temp.hours_of('{2027-12-24,2199-12-24,2201-12-24}', 'all week');
-- The change counts at once, and goes with a rollback to a savepoint.
SAVEPOINT before;
UPDATE business_holiday_rule SET hours = NULL WHERE rule = '12-24';
SELECT * FROM pg_temp.hours_of('{2201-12-24}', 'all week');
ROLLBACK TO before;
SELECT * FROM pg_temp.hours_of('{2201-12-24}', 'all week');
ROLLBACK;
-- Days near holidays need those of the years around: a calendar that is known until
-- 2029 only has no answer for its last year then.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('feast', 'Feasts');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('feast', '1 Shawwal');
INSERT INTO business_calendar (calendar, hours, time_zone, holidays) VALUES ('feast', 'Mo-Fr 08:00-17:00; PH off', 'UTC', 'feast');
SELECT calendar_between('2028-12-05', '2028-12-06', 'feast') AS before, calendar_between('2029-06-05', '2029-06-06', 'feast') AS last_year;
INSERT INTO business_holiday_rule (holidays, rule, hours) VALUES ('feast', '-1 day', '08:00-12:00');
SELECT calendar_between('2028-06-06', '2028-06-07', 'feast') AS before;
SELECT calendar_between('2029-06-05', '2029-06-06', 'feast') AS last_year;
ROLLBACK;
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '-1 day on monday');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '-31 days');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '-0 days');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '-1');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '-1x day');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', 'substitutes -1 day');
SELECT holiday_rule_shift('-1 day') AS before, holiday_rule_shift('+30 DAYS') AS after, holiday_rule_shift('12-24') AS own,
	holiday_rule_shift(NULL) IS NULL AS nothing, (SELECT count(*) FROM holiday_rule_dates('-1 day', 2026)) AS dates;
SELECT holiday_rule_shift('12-32');

-- Editing a shipped row in place makes it the owner's; an INSERT on its key edits
-- it, and COPY does as INSERT does.
BEGIN;
UPDATE business_holiday_list SET title = 'Polska' WHERE holidays = 'PL' RETURNING holidays, title, builtin;
INSERT INTO business_holiday_list (holidays, title, known_until) VALUES ('JP', 'Japan, for now', '2030-12-31');
SELECT * FROM business_holiday_list WHERE holidays = 'JP';
INSERT INTO business_holiday (holidays, day, name, hours) VALUES ('PL', '2018-11-12', 'Open', '08:00-17:00');
SELECT * FROM business_holiday WHERE holidays = 'PL' AND day = '2018-11-12';
COPY business_holiday_rule (holidays, rule, name) FROM stdin;
PL	05-03	3 Maja
PL	05-04	\N
\.
SELECT * FROM business_holiday_rule WHERE holidays = 'PL' AND rule LIKE '05-%' ORDER BY rule;
-- Once edited, the row may go; so may rows of one's own.
DELETE FROM business_holiday WHERE holidays = 'PL';
DELETE FROM business_holiday_rule WHERE holidays = 'PL' AND rule IN ('05-03', '05-04') RETURNING rule;
ROLLBACK;
-- A whole copy, shipped rows and all, loads onto the shipped rows and changes
-- nothing: that is what a subscription does first.
BEGIN;
CREATE TEMP TABLE saved_list ON COMMIT DROP AS SELECT * FROM business_holiday_list;
CREATE TEMP TABLE saved_day ON COMMIT DROP AS SELECT * FROM business_holiday;
CREATE TEMP TABLE saved_rule ON COMMIT DROP AS SELECT * FROM business_holiday_rule;
INSERT INTO business_holiday_list SELECT * FROM saved_list;
INSERT INTO business_holiday SELECT * FROM saved_day;
INSERT INTO business_holiday_rule SELECT * FROM saved_rule;
SELECT count(*) FROM business_holiday_list WHERE NOT builtin;
SELECT count(*) FROM business_holiday WHERE NOT builtin;
SELECT count(*) FROM business_holiday_rule WHERE NOT builtin;
ROLLBACK;

-- A shipped row is not deleted, and keeps its key.
DELETE FROM business_holiday_list WHERE holidays = 'PL';
\echo :SQLSTATE
DELETE FROM business_holiday WHERE holidays = 'PL' AND day = '2018-11-12';
\echo :SQLSTATE
DELETE FROM business_holiday_rule WHERE holidays = 'PL' AND rule = '05-03';
\echo :SQLSTATE
UPDATE business_holiday_list SET holidays = 'pl' WHERE holidays = 'PL';
\echo :SQLSTATE
UPDATE business_holiday SET day = '2018-11-13' WHERE holidays = 'PL' AND day = '2018-11-12';
\echo :SQLSTATE
UPDATE business_holiday_rule SET rule = '05-04' WHERE holidays = 'PL' AND rule = '05-03';
\echo :SQLSTATE

-- What days, rules and calendars name must exist, and what they name stays.
INSERT INTO business_holiday (holidays, day) VALUES ('nowhere', '2026-01-01');
\echo :SQLSTATE
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('nowhere', '01-01');
\echo :SQLSTATE
UPDATE business_calendar SET holidays = 'nowhere' WHERE calendar = 'standard';
\echo :SQLSTATE
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('a', 'A'), ('b', 'B'), ('c', 'C'), ('d', 'D');
INSERT INTO business_holiday (holidays, day) VALUES ('a', '2026-01-01');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('b', '01-01');
UPDATE business_calendar SET holidays = 'c' WHERE calendar = 'standard';
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM business_holiday_list WHERE holidays = 'a';
\echo :SQLSTATE
UPDATE business_holiday_list SET holidays = 'e' WHERE holidays = 'b';
\echo :SQLSTATE
DELETE FROM business_holiday_list WHERE holidays = 'c';
\echo :SQLSTATE
-- A list that nothing names goes.
DELETE FROM business_holiday_list WHERE holidays = 'd';
-- To rename one, rename it everywhere.
SET CONSTRAINTS ALL DEFERRED;
UPDATE business_holiday_list SET holidays = 'e' WHERE holidays = 'a';
UPDATE business_holiday SET holidays = 'e' WHERE holidays = 'a';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
TRUNCATE business_holiday_list;
\echo :SQLSTATE
BEGIN;
TRUNCATE business_holiday_list, business_holiday, business_holiday_rule;
SELECT count(*) FROM business_holiday_list;
ROLLBACK;

-- A calendar with a list has a PH rule; which rule that is, is for the owner.
INSERT INTO business_calendar (calendar, hours, holidays) VALUES ('all', '24/7', 'PL');
\echo :SQLSTATE
UPDATE business_calendar SET hours = 'Mo-Fr 08:00-17:00', holidays = 'PL' WHERE calendar = 'standard';
\echo :SQLSTATE
BEGIN;
UPDATE business_calendar SET holidays = 'PL' WHERE calendar = 'standard';
UPDATE business_calendar SET hours = 'Mo-Fr 08:00-17:00' WHERE calendar = 'standard';
\echo :SQLSTATE
UPDATE business_calendar SET hours = 'PH 10:00-14:00' WHERE calendar = 'standard';
-- Without a list, PH does no harm.
UPDATE business_calendar SET holidays = NULL WHERE calendar = 'standard';
SELECT hours, holidays FROM business_calendar WHERE calendar = 'standard';
-- That there are hours is checked by the column.
INSERT INTO business_calendar (calendar, hours, holidays) VALUES ('none', NULL, 'PL');
\echo :SQLSTATE
ROLLBACK;
-- It is checked on what replication writes, too.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO business_calendar (calendar, hours, holidays) VALUES ('all', '24/7', 'PL');
ROLLBACK;

-- A rule that does not parse is not stored, whoever writes it.
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '02-30');
\echo :SQLSTATE
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '');
\echo :SQLSTATE
UPDATE business_holiday_rule SET rule = 'chinese 1-0-1' WHERE holidays = 'PL';
\echo :SQLSTATE
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', repeat(' ', 1000) || '01-01');
\echo :SQLSTATE
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', 'now and then');
ROLLBACK;
-- Nor is there a null one, nor one without a list.
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', NULL);
\echo :SQLSTATE
INSERT INTO business_holiday_rule (holidays, rule) VALUES (NULL, '01-01');
\echo :SQLSTATE

-- One row for a day, and one for a rule.
BEGIN;
INSERT INTO business_holiday (holidays, day) VALUES ('PL', '2026-05-02');
INSERT INTO business_holiday (holidays, day) VALUES ('PL', '2026-05-02');
\echo :SQLSTATE
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '05-02');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '05-02');
\echo :SQLSTATE
ROLLBACK;
-- Days are finite.
INSERT INTO business_holiday (holidays, day) VALUES ('PL', 'infinity');
\echo :SQLSTATE
UPDATE business_holiday_list SET known_until = '-infinity' WHERE holidays = 'PL';
\echo :SQLSTATE
UPDATE business_holiday_list SET known_from = 'infinity' WHERE holidays = 'PL';
\echo :SQLSTATE
UPDATE business_holiday_list SET known_until = '2014-12-31' WHERE holidays = 'PL';
\echo :SQLSTATE
-- And may be any that there is; other days are what they are.
BEGIN;
INSERT INTO business_holiday (holidays, day, hours) VALUES ('PL', '4713-11-24 BC', 'off'), ('PL', '5874897-12-31', NULL);
SELECT calendar_between('2026-11-09', '2026-11-12', 'standard', 'UTC', 'PL');
ROLLBACK;
-- Hours are checked by their type.
INSERT INTO business_holiday (holidays, day, hours) VALUES ('PL', '2026-05-02', '9-17');
\echo :SQLSTATE

-- Everyone reads the tables; who has no right to write does not.
CREATE ROLE regress_tp_holidays;
SET ROLE regress_tp_holidays;
SELECT title FROM business_holiday_list WHERE holidays = 'PL';
SELECT name FROM business_holiday_rule WHERE holidays = 'PL' AND rule = '05-03';
SELECT name FROM business_holiday WHERE holidays = 'PL' AND day = '2018-11-12';
INSERT INTO business_holiday_list (holidays, title) VALUES ('x', 'X');
\echo :SQLSTATE
UPDATE business_holiday_rule SET name = 'x';
\echo :SQLSTATE
DELETE FROM business_holiday;
\echo :SQLSTATE
RESET ROLE;
DROP ROLE regress_tp_holidays;

-- The trigger functions are for triggers.
SELECT _sla_holiday_rule_check();
\echo :SQLSTATE
