-- Targets in business days: sla_target_rule.target_days and until_close.
\set ON_ERROR_ROLLBACK on
\pset null '(null)'
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
\set VERBOSITY default

-- These tests: an office in Warsaw with the Polish holidays, and a night desk.
-- Two business days for P1, the end of the next business day for P2, the end of
-- the same day for P3.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone, holidays) VALUES
	('office', 'Mo-Fr 08:00-12:00,13:00-17:00; PH off', 'Europe/Warsaw', 'PL'),
	('night', 'Mo-Fr 22:00-06:00', 'Europe/Warsaw', NULL),
	('late', 'Fr 16:00-47:00; Sa 10:00-12:00; Mo 08:00-17:00', 'Europe/Warsaw', NULL),
	('past', '2020-2025 Mo-Fr 08:00-17:00', 'Europe/Warsaw', NULL);
INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES
	('gold', 'Gold', 'office', NULL),
	('gilt', 'Gilt', NULL, 'gold');
INSERT INTO sla_target_rule (plan, priority, target_days, until_close) VALUES
	('gold', 'P1', 2, false),
	('gold', 'P2', 1, true),
	('gold', 'P3', 0, true);
COMMIT;

-- sla_target() is null then, and sla_target_days() tells; a plan that takes its
-- targets from another has them, too.
SELECT plan, priority, sla_target(priority, plan), sla_target_days(priority, plan)
FROM unnest(enum_range(NULL::ticket_priority)) AS priority, unnest('{gilt, standard}'::text[]) AS plan
ORDER BY plan, priority;
SELECT sla_target_days(NULL, 'gold') IS NULL AND sla_target_days('P1', NULL) IS NULL AND
	sla_target_days('P1', 'gold', NULL) IS NULL AND sla_target_days('P1', 'gold', at => NULL) IS NULL AND
	sla_target_days('P1', 'gold', 'update') IS NULL AS all_null;
SELECT sla_target_days('P1', 'glod');

-- The deadline is that of business_days_add(), or the end of the hours of that
-- day: of the last span, if there are several.  A desk that is closed at the
-- start counts from its next opening.  11 November is a holiday.
SELECT opened_at, priority, sla_deadline(opened_at, priority, 'gold') AS due_at
FROM unnest('{2026-11-10 10:30, 2026-11-10 12:30, 2026-11-10 17:00, 2026-11-11 10:00, 2026-11-13 16:59}'::timestamptz[]) AS opened_at,
	unnest('{P1, P2, P3}'::ticket_priority[]) AS priority
ORDER BY priority, opened_at;
SELECT count(*) AS starts, count(*) FILTER (WHERE sla_deadline(t, 'P1', 'gold') <> calendar_days_add(t, 2, 'office')) AS differ
FROM generate_series('2026-10-20'::timestamptz, '2026-11-20', '37 minutes') AS t;

SELECT count(*) AS starts, count(*) FILTER (WHERE sla_deadline(t, 'P2', 'gold', calendar => 'office') <>
	(calendar_days_add(t, 1, 'office')::date + '17:00'::time)::timestamptz) AS differ
FROM generate_series('2026-10-20'::timestamptz, '2026-11-20', '37 minutes') AS t;

-- A later start never gives an earlier deadline.
SELECT count(*) AS earlier FROM (
	SELECT due_at < lag(due_at) OVER (PARTITION BY priority, calendar ORDER BY t) AS earlier
	FROM (
		SELECT t, priority, calendar, sla_deadline(t, priority, 'gold', calendar => calendar) AS due_at
		FROM generate_series('2026-10-20'::timestamptz, '2026-11-20', '37 minutes') AS t,
			unnest('{P1, P2, P3}'::ticket_priority[]) AS priority,
			unnest('{office, night, late, always}'::text[]) AS calendar) AS s) AS s
WHERE earlier;

-- A shift belongs to the date on which it starts, so that the end of the hours
-- of a night desk is in the next morning.
SELECT opened_at, priority, sla_deadline(opened_at, priority, 'gold', calendar => 'night') AS due_at
FROM unnest('{2026-11-19 15:00, 2026-11-19 23:00, 2026-11-20 05:00, 2026-11-20 07:00, 2026-11-21 07:00}'::timestamptz[]) AS opened_at,
	unnest('{P2, P3}'::ticket_priority[]) AS priority
ORDER BY priority, opened_at;

-- A shift ends when the next one begins.  If the hours of the day are over though
-- the desk is open, those of the next one count.
SELECT opened_at, priority, sla_deadline(opened_at, priority, 'gold', calendar => 'late') AS due_at
FROM unnest('{2026-11-20 17:00, 2026-11-21 09:00, 2026-11-21 10:00, 2026-11-21 13:00, 2026-11-22 13:00}'::timestamptz[]) AS opened_at,
	unnest('{P2, P3}'::ticket_priority[]) AS priority
ORDER BY priority, opened_at;

-- Round the clock, a day ends at midnight: of the customer, if his zone is known.
SELECT zone, priority, sla_deadline('2026-11-20 15:30+00', priority, 'gold', zone, calendar => 'always') AT TIME ZONE COALESCE(zone, 'UTC') AS due_at
FROM unnest('{NULL, Asia/Tokyo, America/New_York}'::text[]) AS zone, unnest('{P1, P2, P3}'::ticket_priority[]) AS priority
ORDER BY priority, zone;

-- Around changes of the clock: closing times that it skips or shows twice.
BEGIN;
INSERT INTO business_calendar (calendar, hours)
SELECT hours, hours::business_hours FROM unnest('{Sa 22:00-26:00, Sa 22:00-26:30, Sa 22:00-27:30}'::text[]) AS hours;
SELECT hours, opened_at, sla_deadline(opened_at, 'P3', 'gold', 'Europe/Warsaw', calendar => hours) AS due_at
FROM unnest('{Sa 22:00-26:00, Sa 22:00-26:30, Sa 22:00-27:30}'::text[]) AS hours,
	unnest('{2026-03-28 23:00, 2026-10-24 23:00}'::timestamptz[]) AS opened_at
ORDER BY opened_at, hours;
ROLLBACK;

-- On a clock the target is the open time from the start to the deadline; the
-- share at risk is of that.
SELECT priority, c.* FROM unnest('{P1, P2, P3}'::ticket_priority[]) AS priority,
	sla_clock('2026-11-10 10:30', priority, 'gold', at => '2026-11-12 09:00') AS c;
SELECT priority, sla_at_risk('2026-11-10 10:30', priority, 'gold') FROM unnest('{P1, P2, P3}'::ticket_priority[]) AS priority;
-- A deadline can be an opening; the target runs out at the closing before, and
-- an answer in between is in time.
SELECT c.* FROM sla_clock('2026-11-14 12:00', 'P1', 'gold', answered_at => '2026-11-18 07:00') AS c;

-- Paused open time is added to the deadline.
SELECT paused, sla_deadline('2026-11-10 10:30', 'P1', 'gold', paused => paused) AS due_at
FROM unnest(ARRAY['{}', '{[2026-11-10 11:00,2026-11-10 12:00)}', '{[2026-11-10 11:00,2026-11-12 08:30)}', '{[2026-11-10 18:00,2026-11-12 08:00)}',
	'{[2026-11-10 11:00,2026-11-10 12:00),[2026-11-13 10:00,2026-11-13 10:45)}', '{[2026-11-13 10:30,2026-11-13 12:00)}',
	'{[2026-11-13 10:00,)}', '{[2026-11-13 10:30,)}', '{(,2026-11-10 11:00)}']::tstzmultirange[]) WITH ORDINALITY AS u (paused, n)
ORDER BY n;
-- So it is to one that is an opening, from a pause on that begins before it.
SELECT paused, sla_deadline('2026-11-14 12:00', 'P1', 'gold', paused => paused) AS due_at
FROM unnest(ARRAY['{}', '{[2026-11-17 18:00,2026-11-18 07:00)}', '{[2026-11-17 18:00,2026-11-18 10:00)}', '{[2026-11-17 18:00,)}',
	'{[2026-11-18 08:00,)}', '{[2026-11-17 16:00,2026-11-17 17:00)}', '{[2026-11-14 13:00,2026-11-16 09:00)}']::tstzmultirange[]) WITH ORDINALITY AS u (paused, n)
ORDER BY n;

-- What if: an interval replaces both.
SELECT sla_deadline('2026-11-10 10:30', 'P2', 'gold', target => '3 hours') AS due_at,
	sla_at_risk('2026-11-10 10:30', 'P2', 'gold', target => '4 hours') AS at_risk_at;

-- Time that has passed needs no target, not even one that cannot be reached.
SELECT sla_elapsed('2026-11-10 10:30', '2026-11-12 09:00', 'P2', 'gold', calendar => 'past') AS never,
	sla_elapsed('2026-11-10 10:30', '2026-11-12 09:00', 'P2', 'gold') AS office;
SELECT sla_deadline('2026-11-10 10:30', 'P1', 'gold', calendar => 'past');
\echo :SQLSTATE
SELECT sla_deadline('2026-11-10 10:30', 'P2', 'gold', calendar => 'past');
SELECT sla_deadline('294276-12-30 10:30', 'P1', 'gold', calendar => 'night');
\echo :SQLSTATE
SELECT sla_deadline('294276-12-31 23:30', 'P2', 'gold', calendar => 'night');
SELECT target, due_at, at_risk_at, elapsed, status FROM sla_clock('infinity', 'P2', 'gold') AS c;

-- The row in force counts, and each query sees the rows as its snapshot does.
BEGIN;
DECLARE before CURSOR FOR SELECT sla_target_days('P1', 'gold', at => at), sla_deadline(at, 'P1', 'gold') AS due_at
	FROM unnest('{2026-11-10 10:30, 2026-11-20 10:30}'::timestamptz[]) AS at;
INSERT INTO sla_target_rule (plan, priority, valid_from, target_days) VALUES ('gold', 'P1', '2026-11-15', 5);
UPDATE sla_target_rule SET target_days = 3 WHERE plan = 'gold' AND priority = 'P1' AND target_days = 2;
FETCH ALL FROM before;
SELECT sla_target_days('P1', 'gold', at => at), sla_deadline(at, 'P1', 'gold') AS due_at
FROM unnest('{2026-11-10 10:30, 2026-11-20 10:30}'::timestamptz[]) AS at;
ROLLBACK;
SELECT sla_target_days('P1', 'gold'), sla_deadline('2026-11-10 10:30', 'P1', 'gold') AS due_at;

-- A row has an interval or business days, and the days are more than none.
UPDATE sla_target_rule SET target_days = 2 WHERE plan = 'standard' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET until_close = true WHERE plan = 'standard' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET until_close = NULL WHERE plan = 'standard' AND priority = 'P4';
UPDATE sla_target_rule SET target_days = 0 WHERE plan = 'gold' AND priority = 'P1';
\echo :SQLSTATE
UPDATE sla_target_rule SET target_days = -1 WHERE plan = 'gold' AND priority = 'P2';
BEGIN;
-- A shipped row can be edited so, too.
INSERT INTO sla_target_rule (plan, priority, target_days) VALUES ('standard', 'P4', 3);
SELECT * FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P4';
ROLLBACK;

-- Days of an interval are 24 hours each.  Where hours are not round the clock, a
-- notice says so.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P4', '1 day');
UPDATE sla_target_rule SET target = '2 days 3 hours' WHERE plan = 'standard' AND priority = 'P4';
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('gilt', 'P4', 'update', '1 day');
INSERT INTO sla_target_rule (plan, priority, metric, target, calendar) VALUES ('premium', 'P4', 'update', '1 day', 'office');
-- None where there is nothing to mistake.
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('premium', 'P4', 'resolution', '1 day'),
	('gold', 'P4', 'resolution', '24 hours');
INSERT INTO sla_target_rule (plan, priority, metric, target, calendar) VALUES ('gold', 'P3', 'resolution', '1 day', 'always');
UPDATE sla_target_rule SET goal = 0.9 WHERE plan = 'standard' AND priority = 'P4';
INSERT INTO sla_target_rule (plan, priority, target, calendar) VALUES ('nobody', 'P4', '1 day', NULL), ('gold', 'P4', '1 day', 'nowhere');
-- None when a dump is restored.
SET LOCAL check_function_bodies = off;
UPDATE sla_target_rule SET target = '3 days' WHERE plan = 'standard' AND priority = 'P4';
ROLLBACK;

DELETE FROM sla_target_rule WHERE plan = 'gold';
DELETE FROM support_plan WHERE plan IN ('gold', 'gilt');
DELETE FROM business_calendar WHERE calendar IN ('office', 'night', 'late', 'past');
