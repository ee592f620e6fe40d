-- sla_deadline() and sla_at_risk() remember, from the second row on, what the
-- names in their arguments led to.  What they answer then is what they answer
-- where nothing is remembered: with '{}', no pauses, given as an argument.
\set ON_ERROR_ROLLBACK on
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO';

-- ------------------------------------------------------- a million tickets

BEGIN;
-- Plans of all kinds: targets with history, also one that ends, hours of a
-- priority's own, those of another plan until a first row of its own, a target of
-- a microsecond, business days, calendars with a zone, nights, holidays of which
-- some years are not known.
INSERT INTO business_holiday_list (holidays, title, known_from, known_until)
VALUES ('desk', 'The desk', '2015-01-01', '2030-12-31');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('desk', '12-24 P3D'), ('desk', 'easter P2D');
INSERT INTO business_calendar (calendar, hours, time_zone, holidays) VALUES
	('nights', 'Mo-Fr 22:00-06:00', NULL, NULL),
	('home', 'Mo-Sa 08:00-12:30,13:00-17:45', 'America/New_York', NULL),
	('round the clock', '24/7', 'Asia/Kolkata', NULL),
	('holidays', 'Mo-Su 07:00-19:00; PH off', NULL, 'desk');
INSERT INTO support_plan (plan, title, calendar, sla_of, position) VALUES
	('history', 'History', 'standard', NULL, 10),
	('later', 'Later', 'nights', 'history', 11),
	('home', 'Home', 'home', NULL, 12),
	('night', 'Nights', 'nights', 'standard', 13),
	('all day', 'All day', 'round the clock', 'premium', 14),
	('days off', 'Days off', 'holidays', NULL, 15),
	('x', 'Short name', NULL, 'days off', 16),
	('a plan with a name that is too long', 'Long name', NULL, 'days off', 17),
	('days', 'Business days', 'standard', NULL, 18);
INSERT INTO sla_target_rule (plan, priority, valid_from, target, calendar, at_risk)
SELECT 'history', priority, valid_from::timestamptz, target::interval, calendar, at_risk
FROM unnest(enum_range(NULL::ticket_priority)) AS priority, (VALUES
	('-infinity', '2 hours', NULL, 0.75),
	('2012-03-04 05:06:07.089', '90 minutes 0.000001 seconds', NULL, 0.5),
	('2020-01-01', NULL, NULL, 0.75),
	('2021-06-01', '1 day', 'always', 0.9),
	('2024-12-24', '36 hours', 'holidays', 0.333)) AS v (valid_from, target, calendar, at_risk);
INSERT INTO sla_target_rule (plan, priority, valid_from, target)
VALUES ('later', 'P2', '2018-05-05', '10 hours'), ('later', 'P3', '2018-05-05', '0.000001 seconds');
INSERT INTO sla_target_rule (plan, priority, valid_from, target, calendar)
SELECT plan, priority, '-infinity', n * n * interval '45 minutes', calendar
FROM support_plan, unnest(enum_range(NULL::ticket_priority)) WITH ORDINALITY AS p (priority, n)
WHERE plan IN ('home', 'days off');
INSERT INTO sla_target_rule (plan, priority, target_days, until_close)
SELECT 'days', priority, n, n % 2 = 0 FROM unnest(enum_range(NULL::ticket_priority)) WITH ORDINALITY AS p (priority, n);
INSERT INTO sla_target_rule (plan, priority, valid_from, target) VALUES ('days', 'P3', '2020-02-02', '3 hours');
-- Many more.
INSERT INTO support_plan (plan, title, sla_of, position)
SELECT 'many ' || n, 'One of many', CASE WHEN n % 2 = 0 THEN 'history' ELSE 'standard' END, 100 + n
FROM generate_series(1, 100) AS n;
UPDATE business_calendar SET time_zone = 'Europe/Berlin' WHERE time_zone IS NULL AND calendar <> 'always';

-- Zones as people write them: in any case, short and long, and offsets; and more
-- of them than are remembered.
CREATE TEMP TABLE zone AS
SELECT name, row_number() OVER (ORDER BY md5(name)) - 1 AS n
FROM (SELECT name FROM pg_timezone_names WHERE name LIKE '%/%' AND name !~ '^(posix|right)/'
	UNION SELECT upper(name) FROM pg_timezone_names WHERE name LIKE 'Europe/%'
	UNION SELECT name FROM pg_timezone_names WHERE name IN ('Japan', 'Cuba')	-- not everywhere
	UNION SELECT unnest('{UTC,gmt,+05:30,-03}'::text[])) AS z;
SELECT count(*) > 512 AS more_than_remembered FROM zone;

-- A third of the tickets has few plans and zones, a third has few zones, a third
-- has all.
SELECT setseed(0.4);
CREATE TEMP TABLE ticket AS
SELECT i, CASE i % 1000 WHEN 0 THEN NULL WHEN 1 THEN '-infinity' WHEN 2 THEN 'infinity'
		WHEN 3 THEN timestamptz '0010-01-01' + u * 3000 * interval '1 year'
		ELSE timestamptz '1995-01-01' + u * 40 * interval '1 year' END AS opened_at,
	CASE WHEN i % 1001 > 0 THEN (enum_range(NULL::ticket_priority))[1 + floor(v * 4)::int] END AS priority,
	plan, time_zone
FROM (SELECT i, random() AS u, random() AS v, floor(random() * CASE i % 3 WHEN 0 THEN 4 ELSE 113 END)::bigint AS p,
		CASE WHEN random() < 0.9 THEN floor(random() * CASE i % 3 WHEN 2 THEN 500 + i % 150 ELSE 9 END)::bigint END AS z
	FROM generate_series(1, 1000000) AS i) AS r
	LEFT JOIN (SELECT plan, row_number() OVER (ORDER BY position % 100, position) - 1 AS p FROM support_plan) AS one
		ON one.p = CASE WHEN i % 1003 > 0 THEN r.p END
	LEFT JOIN (SELECT name AS time_zone, n AS z FROM zone) AS two ON two.z = r.z;

-- Rows for which they differ: there are none.
CREATE FUNCTION pg_temp.differences() RETURNS TABLE (third int, rows bigint, null_due bigint, due bigint, at_risk bigint)
LANGUAGE plpgsql AS $$
BEGIN
	FOR third IN 0 .. 2 LOOP
		RETURN QUERY EXECUTE format($query$
SELECT %1$s, count(*), count(*) - count(due_at),
	count(*) FILTER (WHERE due_at IS DISTINCT FROM sla_deadline(opened_at, priority, plan, time_zone, paused => '{}')),
	count(*) FILTER (WHERE at_risk_at IS DISTINCT FROM sla_at_risk(opened_at, priority, plan, time_zone, paused => '{}'))
FROM (SELECT *, sla_deadline(opened_at, priority, plan, time_zone) AS due_at,
		sla_at_risk(opened_at, priority, plan, time_zone) AS at_risk_at
	FROM ticket WHERE i %% 3 = %1$s OFFSET 0) AS t $query$, third);
	END LOOP;
END $$;
SET client_min_messages = error;	-- no warnings of holidays that may be missing
SELECT third, rows, null_due BETWEEN 1 AND rows / 2 AS some_null, due, at_risk FROM pg_temp.differences();

-- The same with less memory than the time lines take, so that they are dropped
-- all the time.
DELETE FROM ticket WHERE i > 3000;
SET ticket_priority.cache_size = '256kB';
SELECT third, rows, due, at_risk FROM pg_temp.differences();
RESET ticket_priority.cache_size;

-- Constants: the plan, the zone, both.
SELECT count(*) FILTER (WHERE sla_deadline(opened_at, priority, 'later', time_zone) IS DISTINCT FROM
		sla_deadline(opened_at, priority, 'later', time_zone, paused => '{}')) AS plan,
	count(*) FILTER (WHERE sla_deadline(opened_at, priority, plan, 'Asia/Kathmandu') IS DISTINCT FROM
		sla_deadline(opened_at, priority, plan, 'Asia/Kathmandu', paused => '{}')) AS zone,
	count(*) FILTER (WHERE sla_deadline(opened_at, priority, 'history', 'Asia/Kathmandu') IS DISTINCT FROM
		sla_deadline(opened_at, priority, 'history', 'Asia/Kathmandu', paused => '{}')) AS both,
	count(*) FILTER (WHERE sla_deadline(opened_at, priority, 'later') IS DISTINCT FROM
		sla_deadline(opened_at, priority, 'later', paused => '{}')) AS own_zone
FROM ticket;

-- Names that differ in little.
INSERT INTO support_plan (plan, title, calendar, position) SELECT repeat('a', n), n, 'nights', 300 + n FROM generate_series(1, 40) AS n;
INSERT INTO sla_target_rule (plan, priority, target) SELECT repeat('a', n), 'P1', n * interval '1 hour' FROM generate_series(1, 40) AS n;
SELECT count(*) AS rows, count(*) FILTER (WHERE sla_deadline('2026-11-20 15:30', 'P1', plan, 'UTC') IS DISTINCT FROM
		sla_deadline('2026-11-20 15:30', 'P1', plan, 'UTC', paused => '{}')) AS due
FROM (SELECT repeat('a', n) AS plan FROM generate_series(1, 3) AS turn, generate_series(1, 40) AS n ORDER BY turn, n) AS p;

-- Targets with many versions, of which any is asked for at any time.  P1 has one an
-- hour; P2 has most of them within a second, and some centuries apart; P3 has
-- between them versions with business days, with other hours and with no target; P4
-- has none at first, or few of which the last follow each other at once.
INSERT INTO support_plan (plan, title, calendar, sla_of, position) VALUES
	('versions', 'Versions', 'standard', NULL, 500), ('own versions', 'Own', 'standard', 'versions', 501);
CREATE TEMP TABLE version AS
SELECT 'versions' AS plan, 'P1'::ticket_priority AS priority, timestamptz '2021-01-01' + n * interval '1 hour' AS valid_from, n
FROM generate_series(1, 2000) AS n
UNION ALL SELECT 'versions', 'P1', '-infinity', 2001
UNION ALL SELECT 'versions', 'P2', timestamptz '2022-03-04 05:06:07' + n * interval '0.0005 seconds', n FROM generate_series(1, 2000) AS n
UNION ALL SELECT 'versions', 'P2', timestamptz '1000-01-01' + n * interval '200 years', n FROM generate_series(1, 10) AS n
UNION ALL SELECT 'versions', 'P2', v::timestamptz, 11 FROM unnest('{4713-01-01 BC,-infinity,200000-01-01,infinity}'::text[]) AS v
UNION ALL SELECT 'versions', 'P3', timestamptz '2023-01-01' + n * n * interval '7 minutes', n FROM generate_series(1, 300) AS n
UNION ALL SELECT 'versions', 'P4', timestamptz '2020-02-29' + n * interval '25 hours', n FROM generate_series(1, 300) AS n
UNION ALL SELECT 'own versions', 'P1', timestamptz '2021-02-03 04:05:06' + n * interval '30 minutes', n FROM generate_series(1, 200) AS n
UNION ALL SELECT 'own versions', 'P4', timestamptz '2015-01-01' + least(n, 9) * interval '1 year' + n * interval '1 second', n FROM generate_series(1, 12) AS n;
INSERT INTO sla_target_rule (plan, priority, valid_from, target, target_days, calendar, at_risk)
SELECT plan, priority, valid_from, CASE WHEN n % 5 NOT IN (1, 2) OR priority <> 'P3' THEN n * interval '1 minute 0.000001 seconds' END,
	CASE WHEN n % 5 = 1 AND priority = 'P3' THEN 2 END, CASE WHEN n % 5 = 3 AND priority = 'P3' THEN 'always' END, 0.1 + n % 7 * 0.125
FROM version;
-- Tickets opened when a version begins, a microsecond before and after, or between.
CREATE TEMP TABLE of_versions AS
SELECT p.plan, v.priority, o.opened_at
FROM version AS v, (VALUES ('versions'), ('own versions')) AS p (plan),
	LATERAL (VALUES (-interval '0.000001 seconds'), ('0'), ('0.000001 seconds'), (random() * interval '1 day'),
		(random() * interval '300 years')) AS d (later),
	LATERAL (SELECT CASE WHEN isfinite(v.valid_from) THEN v.valid_from + d.later ELSE v.valid_from END AS opened_at) AS o
UNION ALL
SELECT plan, priority, opened_at::timestamptz
FROM (VALUES ('versions'), ('own versions')) AS p (plan), unnest(enum_range(NULL::ticket_priority)) AS priority,
	unnest('{4714-11-24 00:00 BC UTC,-infinity,infinity,150000-01-01,290000-01-01,1969-12-31,2106-01-01}'::text[]) AS opened_at;
CREATE FUNCTION pg_temp.of_versions(zone text) RETURNS TABLE (rows bigint, null_due boolean, due bigint, at_risk bigint) BEGIN ATOMIC
SELECT count(*), count(due_at) BETWEEN 1 AND count(*) - 1, count(*) FILTER (WHERE due_at IS DISTINCT FROM sla_deadline(opened_at, priority, plan, zone, paused => '{}')),
	count(*) FILTER (WHERE at_risk_at IS DISTINCT FROM sla_at_risk(opened_at, priority, plan, zone, paused => '{}'))
FROM (SELECT *, sla_deadline(opened_at, priority, plan, zone) AS due_at, sla_at_risk(opened_at, priority, plan, zone) AS at_risk_at
	FROM (SELECT * FROM of_versions ORDER BY hashtext(opened_at::text)) AS o OFFSET 0) AS t;
END;
SELECT * FROM pg_temp.of_versions('Europe/Warsaw');
-- After versions are written, and taken away.
INSERT INTO sla_target_rule (plan, priority, valid_from, target)
SELECT plan, priority, valid_from + interval '10 minutes', interval '77 hours' FROM version WHERE isfinite(valid_from) AND n % 3 = 0;
SELECT * FROM pg_temp.of_versions('America/New_York');
DELETE FROM sla_target_rule WHERE plan LIKE '%versions' AND (target < '3 hours' OR valid_from = '-infinity');
SELECT * FROM pg_temp.of_versions('Asia/Kathmandu');
-- Round the clock.
UPDATE support_plan SET calendar = 'always' WHERE plan LIKE '%versions';
SELECT * FROM pg_temp.of_versions('Asia/Kathmandu');

-- Thousands of plans, each with hours of its own.
INSERT INTO business_calendar (calendar, hours, holidays)
SELECT 'crowd ' || n, format('Mo-Fr %s-%s; PH off', to_char(time '06:00' + n % 480 * interval '1 minute', 'HH24:MI'),
		to_char(time '18:00' + n / 480 * interval '1 minute', 'HH24:MI'))::business_hours, CASE WHEN n % 2 = 0 THEN 'desk' END
FROM generate_series(1, 2000) AS n;
INSERT INTO support_plan (plan, title, calendar, position)
SELECT 'crowd ' || n, 'One of a crowd', 'crowd ' || n, 1000 + n FROM generate_series(1, 2000) AS n;
INSERT INTO sla_target_rule (plan, priority, valid_from, target)
SELECT 'crowd ' || n, priority::ticket_priority, valid_from::timestamptz, hours * interval '1 hour' + n * interval '1 second'
FROM generate_series(1, 2000) AS n, (VALUES ('P1', '2020-01-01', 1), ('P2', '-infinity', 20), ('P3', '-infinity', 200)) AS v (priority, valid_from, hours);
CREATE TEMP TABLE crowd AS
SELECT i, timestamptz '2016-01-01' + random() * 4700 * interval '1 day' AS opened_at,
	(enum_range(NULL::ticket_priority))[1 + floor(random() * 4)::int] AS priority,
	'crowd ' || 1 + floor(random() * 2000)::int AS plan, NULL::timestamptz AS due_before,
	CASE i % 5 WHEN 0 THEN 'America/New_York' WHEN 1 THEN 'Asia/Kolkata' ELSE 'Europe/Warsaw' END AS time_zone
FROM generate_series(1, 20000) AS i;
CREATE FUNCTION pg_temp.crowd() RETURNS TABLE (rows bigint, due bigint, at_risk bigint) BEGIN ATOMIC
SELECT count(*), count(*) FILTER (WHERE due_at IS DISTINCT FROM sla_deadline(opened_at, priority, plan, time_zone, paused => '{}')),
	count(*) FILTER (WHERE at_risk_at IS DISTINCT FROM sla_at_risk(opened_at, priority, plan, time_zone, paused => '{}'))
FROM (SELECT *, sla_deadline(opened_at, priority, plan, time_zone) AS due_at,
		sla_at_risk(opened_at, priority, plan, time_zone) AS at_risk_at
	FROM crowd OFFSET 0) AS t;
END;
SELECT * FROM pg_temp.crowd();
-- After a change, which only some of them notice.
UPDATE crowd SET due_before = sla_deadline(opened_at, priority, plan, time_zone);
UPDATE sla_target_rule SET target = target + interval '1 hour' WHERE plan LIKE 'crowd %7' AND priority = 'P2';
SELECT * FROM pg_temp.crowd();
SELECT count(*) FILTER (WHERE due_at > due_before) > 0 AS some_changed,
	count(*) FILTER (WHERE (due_at IS DISTINCT FROM due_before) <> (plan LIKE '%7' AND priority = 'P2')) AS wrongly
FROM (SELECT *, sla_deadline(opened_at, priority, plan, time_zone) AS due_at FROM crowd) AS t;
-- With memory for some of them, and for hardly any.
DELETE FROM crowd WHERE i > 4000;
SET ticket_priority.cache_size = '16MB';
SELECT * FROM pg_temp.crowd();
DELETE FROM crowd WHERE i > 400;
SET ticket_priority.cache_size = '1MB';
SELECT * FROM pg_temp.crowd();
RESET ticket_priority.cache_size;

-- ------------------------------------------------- errors, and the warning

-- What is an error, or brings a warning, in the first row does so in any other.
RESET client_min_messages;
SELECT sla_deadline(opened_at, 'P2', 'days off', 'Europe/Warsaw')
FROM unnest('{2029-05-05 12:00, 2030-05-05 12:00, 2031-05-05 12:00, 2031-05-05 13:00}'::timestamptz[]) AS opened_at;
SELECT sla_deadline(opened_at, 'P2', 'days off', 'Europe/Warsaw')
FROM unnest('{2029-05-05 12:00, 2030-05-05 12:00, 2014-05-05 12:00}'::timestamptz[]) AS opened_at;
SELECT sla_deadline('2026-11-20 15:30', 'P2', plan, 'Europe/Warsaw') FROM unnest('{standard,standard,gold}'::text[]) AS plan;
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'standard', zone) FROM unnest('{UTC,UTC,Europe/Nowhere}'::text[]) AS zone;
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'premium', zone) FROM unnest('{UTC,UTC,Foo1}'::text[]) AS zone;
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'community', zone) FROM unnest('{UTC,UTC,IST}'::text[]) AS zone;
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'UTC', metric) FROM unnest('{first_response,first_response,smile}'::text[]) AS metric;
\echo :SQLSTATE
SELECT sla_deadline(opened_at, 'P4', plan, 'UTC')
FROM (VALUES (timestamptz '2026-11-20 15:30', 'premium'), ('2026-11-20 15:30', 'premium'),
	('294276-12-31 23:00+00', 'premium')) AS v (opened_at, plan);
\echo :SQLSTATE
UPDATE business_calendar SET time_zone = NULL WHERE calendar = 'standard';
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'standard', zone) FROM unnest('{UTC,UTC,NULL}'::text[]) AS zone;
\echo :SQLSTATE
-- A target without hours.
INSERT INTO sla_target_rule (plan, priority, valid_from, target) VALUES ('community', 'P2', '2026-01-01', '1 hour');
SELECT sla_deadline(opened_at, 'P2', 'community', 'UTC')
FROM unnest('{2025-11-20 15:30, 2025-11-20 15:30, 2026-11-20 15:30}'::timestamptz[]) AS opened_at;
\echo :SQLSTATE
ROLLBACK;

-- ------------------------------------------------------ changes of the policy

-- One call, in a function, sees each change of what it has learnt, and its undoing.
BEGIN;
CREATE FUNCTION pg_temp.due(opened_at timestamptz, plan text, zone text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN RETURN sla_deadline(opened_at, 'P2', plan, zone); END $$;
CREATE FUNCTION pg_temp.thrice(change text) RETURNS TABLE (changed text, first timestamptz, second timestamptz, third timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY SELECT change, pg_temp.due('2026-11-20 15:30', 'standard', 'Europe/Warsaw'),
		pg_temp.due('2026-11-20 15:30', 'standard', 'Europe/Warsaw'),
		pg_temp.due('2026-11-20 15:30', 'standard', 'Europe/Warsaw');
END $$;
SELECT * FROM pg_temp.thrice('as shipped');
SAVEPOINT before;
UPDATE sla_target_rule SET target = '2 hours' WHERE plan = 'standard' AND priority = 'P2';
SELECT * FROM pg_temp.thrice('target');
UPDATE business_calendar SET hours = 'Mo-Su 08:00-16:00' WHERE calendar = 'standard';
SELECT * FROM pg_temp.thrice('hours');
INSERT INTO business_holiday_list (holidays, title) VALUES ('one day', 'One day');
INSERT INTO business_holiday (holidays, day) VALUES ('one day', '2026-11-21');
UPDATE business_calendar SET hours = 'Mo-Su 08:00-16:00; PH off', holidays = 'one day' WHERE calendar = 'standard';
SELECT * FROM pg_temp.thrice('holidays');
INSERT INTO business_holiday (holidays, day) VALUES ('one day', '2026-11-22');
SELECT * FROM pg_temp.thrice('one more');
UPDATE support_plan SET calendar = 'always' WHERE plan = 'standard';
SELECT * FROM pg_temp.thrice('calendar');
UPDATE sla_target_rule SET target = NULL WHERE plan = 'standard' AND priority = 'P2';
SELECT * FROM pg_temp.thrice('none');
ROLLBACK TO before;
SELECT * FROM pg_temp.thrice('undone');
ROLLBACK;

-- A cursor goes on with the policy that it began with.
BEGIN;
DECLARE tickets CURSOR FOR
SELECT n, sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw') FROM generate_series(1, 6) AS n;
FETCH 3 FROM tickets;
UPDATE sla_target_rule SET target = '2 hours' WHERE plan = 'standard' AND priority = 'P2';
SELECT n, sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw') FROM generate_series(1, 3) AS n;
FETCH 3 FROM tickets;
ROLLBACK;

-- Outside a transaction the next statements go on with what was learnt, until a
-- change.
INSERT INTO support_plan (plan, title, calendar) VALUES ('kept', 'Kept', 'always');
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('kept', 'P1', '1 hour');
SELECT sla_deadline('2026-11-20 15:30', 'P1', 'kept', 'UTC') FROM generate_series(1, 2);
SELECT sla_deadline('2026-11-20 15:30', 'P1', 'kept', 'UTC') FROM generate_series(1, 2);
UPDATE sla_target_rule SET target = '2 hours' WHERE plan = 'kept';
SELECT sla_deadline('2026-11-20 15:30', 'P1', 'kept', 'UTC') FROM generate_series(1, 2);
DELETE FROM sla_target_rule WHERE plan = 'kept';
SELECT sla_deadline('2026-11-20 15:30', 'P1', 'kept', 'UTC') FROM generate_series(1, 2);
DELETE FROM support_plan WHERE plan = 'kept';
