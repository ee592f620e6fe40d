-- What if a target were another one: the last argument of sla_deadline(),
-- sla_at_risk(), sla_elapsed() and sla_clock().
\set ON_ERROR_ROLLBACK on
\pset null '(null)'
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

-- A target that is given counts in place of the one in force, in the same hours.
SELECT t AS target, sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => t) AS due_at,
	sla_at_risk('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => t) AS at_risk_at
FROM unnest('{NULL, 3 hours, 2 hours, 1 day}'::interval[]) WITH ORDINALITY AS u (t, n) ORDER BY n;
SELECT * FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', answered_at => '2026-11-23 08:30',
	target => '2 hours') \gx
SELECT due_at, remaining, used, status FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw',
	answered_at => '2026-11-23 08:30', target => '119 minutes');

-- It changes nothing of the time that has passed.
SELECT sla_elapsed('2026-11-20 15:30', '2026-11-23 09:00', 'P2', 'standard', 'Europe/Warsaw', target => t) AS elapsed
FROM unnest('{NULL, 0, 2 hours}'::interval[]) WITH ORDINALITY AS u (t, n) ORDER BY n;

-- Pauses, another list and other hours count as ever.
SELECT sla_deadline('2026-11-10 16:00', 'P2', 'standard', 'Europe/Warsaw', holidays => 'PL', target => '2 hours') AS over_a_holiday,
	sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', calendar => 'always', target => '2 hours') AS always,
	sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', paused => '{[2026-11-20 16:00,2026-11-20 16:30)}',
		target => '1 hour') AS paused,
	sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', paused => '{[2026-11-20 16:00,)}',
		target => '1 hour') AS waits;

-- Hours and the share at risk stay those of the row in force when the ticket was
-- opened, also if that row says that there is no target.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, valid_from, target, calendar, at_risk) VALUES
	('standard', 'P1', '2026-01-01', '4 hours', 'always', 0.5), ('standard', 'P1', '2027-01-01', NULL, 'always', 0.25);
SELECT opened_at, due_at, at_risk_at, sla_deadline(opened_at, 'P1', 'standard', 'Europe/Warsaw') AS in_force
FROM unnest('{2025-11-21 15:30, 2026-11-20 15:30, 2027-11-19 15:30}'::timestamptz[]) AS opened_at,
	sla_clock(opened_at, 'P1', 'standard', 'Europe/Warsaw', target => '2 hours');
ROLLBACK;

-- A plan without a target: the plan's hours, and three quarters.
SELECT target, due_at, at_risk_at, status
FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', 'resolution', answered_at => '2026-11-23 08:30');
SELECT target, due_at, at_risk_at, status
FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', 'resolution', answered_at => '2026-11-23 08:30',
	target => '2 hours');
-- Those of the plan in sla_of, if it has none of its own.
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'trial', metric => 'resolution', target => '2 days');
-- Without any hours a target cannot count, until a calendar is given.
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'community', target => '2 hours');
\echo :SQLSTATE
SELECT sla_elapsed('2026-11-20 15:30', '2026-11-20 16:30', 'P2', 'community', target => '2 hours');
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'community', calendar => 'always', target => '2 hours') AS due_at,
	sla_at_risk('2026-11-20 15:30', 'P2', 'community', calendar => 'always', target => '2 hours') AS at_risk_at,
	sla_elapsed('2026-11-20 15:30', '2026-11-20 16:30', 'P2', 'community', calendar => 'always', target => '2 hours') AS elapsed;

-- A target of zero is due at once.
SELECT target, due_at, at_risk_at, remaining, used, status
FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', at => '2026-11-20 16:30', target => '0');

-- Targets below zero, or with months, are refused.
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => '-1 hour');
\echo :SQLSTATE
SELECT sla_at_risk('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => '1 day -25 hours');
\echo :SQLSTATE
SELECT sla_elapsed('2026-11-20 15:30', '2026-11-23 09:00', 'P2', 'standard', 'Europe/Warsaw', target => '-1 microsecond');
\echo :SQLSTATE
SELECT * FROM sla_clock('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => '-1 hour');
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:30', 'P2', 'standard', 'Europe/Warsaw', target => '1 month');
\echo :SQLSTATE

-- It agrees with the policy: as if the target in force were that one.
CREATE TEMP TABLE case_of AS
SELECT '2026-10-20 00:00'::timestamptz + make_interval(mins => i * 397) AS opened_at,
	(ARRAY['standard', 'premium', 'trial', 'gold'])[i % 4 + 1] AS plan,
	(ARRAY['P1', 'P2', 'P3', 'P4']::ticket_priority[])[i / 4 % 4 + 1] AS priority
FROM generate_series(0, 199) AS i;
BEGIN;
INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES ('gold', 'Gold', 'standard', 'premium');
INSERT INTO sla_target_rule (plan, priority, target, calendar, at_risk) VALUES ('gold', 'P1', '1 hour', 'always', 0.3);
CREATE TEMP TABLE told ON COMMIT DROP AS
SELECT c.*, k.target, k.due_at, k.at_risk_at, k.remaining, k.used, k.status
FROM case_of AS c, sla_clock(c.opened_at, c.priority, c.plan, 'Europe/Warsaw', answered_at => c.opened_at + interval '30 hours',
	target => '11 hours') AS k;
UPDATE sla_target_rule SET target = '11 hours';
SELECT count(*) AS compared, count(DISTINCT t.status) AS verdicts,
	count(*) FILTER (WHERE (t.target, t.due_at, t.at_risk_at, t.remaining, t.used, t.status)
		IS DISTINCT FROM (k.target, k.due_at, k.at_risk_at, k.remaining, k.used, k.status)) AS differ
FROM told AS t, sla_clock(t.opened_at, t.priority, t.plan, 'Europe/Warsaw', answered_at => t.opened_at + interval '30 hours') AS k;
ROLLBACK;
DROP TABLE case_of;
