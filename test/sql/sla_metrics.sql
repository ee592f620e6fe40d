-- Metrics: what targets are for.  Four are shipped, and a desk adds its own.
-- (Their words are in language_labels.)
\set ON_ERROR_ROLLBACK on
\pset null '(null)'
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

SELECT * FROM sla_metric ORDER BY position;

-- A metric of the desk's own has targets, hours and deadlines as any other.
-- The metric may be a constant or a column.
BEGIN;
INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Agreement of the network team')
RETURNING position, builtin;
INSERT INTO sla_target_rule (plan, priority, metric, target, calendar, at_risk) VALUES
	('standard', 'P1', 'ola network', '30 minutes', 'always', 0.5),
	('premium', 'P2', 'ola network', '2 hours', NULL, 0.75);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT m AS metric, sla_target('P1', 'standard', m) AS target,
	sla_deadline('2026-11-20 15:50', 'P1', 'standard', 'UTC', m) AS due_at,
	sla_at_risk('2026-11-20 15:50', 'P1', 'standard', 'UTC', m) AS at_risk_at,
	sla_elapsed('2026-11-20 15:50', '2026-11-23 08:10', 'P1', 'standard', 'UTC', m) AS elapsed
FROM unnest('{first_response, ola network, resolution}'::text[]) WITH ORDINALITY AS u (m, n) ORDER BY n;
SELECT target, due_at, at_risk_at, elapsed, status
FROM sla_clock('2026-11-20 15:50', 'P1', 'standard', 'UTC', 'ola network', at => '2026-11-20 16:10');
-- A plan takes it from the plan in sla_of.
SELECT sla_target('P2', 'trial', 'ola network'), sla_target('P1', 'trial', 'ola network');
-- Lists have it in its place: without a position, after the shipped ones.
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('standard', 'P1', 'resolution', '2 days');
SELECT priority, metric, target, hours FROM sla_target_list WHERE plan = 'standard' AND priority <= 'P2';
UPDATE sla_metric SET position = 0 WHERE metric = 'ola network';
SELECT priority, metric, target, hours FROM sla_target_list WHERE plan = 'standard' AND priority <= 'P2';
-- A target in force only later is none yet.
INSERT INTO sla_target_rule (plan, priority, metric, target, valid_from)
VALUES ('standard', 'P2', 'ola network', '1 hour', '2027-01-01');
SELECT at, sla_target('P2', 'standard', 'ola network', at)
FROM unnest('{2026-12-31, 2027-01-01}'::timestamptz[]) AS at;
ROLLBACK;

-- An unknown metric is an error that lists the known ones.
SELECT sla_target('P1', 'standard', 'third_response');
\echo :SQLSTATE
SELECT sla_deadline('2026-11-20 15:50', 'P1', 'standard', 'UTC', 'First_Response');
\echo :SQLSTATE
SELECT sla_at_risk('2026-11-20 15:50', 'P1', 'standard', 'UTC', '');
\echo :SQLSTATE
SELECT sla_elapsed('2026-11-20 15:50', '2026-11-23 08:10', 'P1', 'standard', 'UTC', 'update ');
\echo :SQLSTATE
SELECT * FROM sla_clock('2026-11-20 15:50', 'P1', 'standard', 'UTC', 'ola network');
\echo :SQLSTATE
-- From a column too, and where the plan has no targets at all.
SELECT sla_target('P1', 'community', m) FROM unnest('{update, updates}'::text[]) AS m;
\echo :SQLSTATE
-- Null is no name: the answer is null.
SELECT sla_target('P1', 'standard', NULL) AS target,
	sla_deadline('2026-11-20 15:50', 'P1', 'standard', 'UTC', NULL) AS due_at,
	sla_at_risk('2026-11-20 15:50', 'P1', 'standard', 'UTC', NULL) AS at_risk_at,
	sla_elapsed('2026-11-20 15:50', '2026-11-23 08:10', 'P1', 'standard', 'UTC', NULL) AS elapsed,
	(sla_clock('2026-11-20 15:50', 'P1', 'standard', 'UTC', NULL)).status;

-- A target needs a metric that there is by the end of the transaction.
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('standard', 'P1', 'ola network', '1 hour');
\echo :SQLSTATE
BEGIN;
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('standard', 'P1', 'ola network', '1 hour');
SELECT sla_target('P1', 'standard', 'ola network');
SELECT sla_target('P1', 'standard');
INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Network team');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT sla_target('P1', 'standard', 'ola network');
-- One that targets use does not go, and keeps its name.
DELETE FROM sla_metric WHERE metric = 'ola network';
\echo :SQLSTATE
UPDATE sla_metric SET metric = 'ola' WHERE metric = 'ola network';
\echo :SQLSTATE
TRUNCATE sla_metric;
\echo :SQLSTATE
-- With its targets it goes.
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM sla_metric WHERE metric = 'ola network';
DELETE FROM sla_target_rule WHERE metric = 'ola network';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT sla_target('P1', 'standard', 'ola network');
-- Where there is no metric, the error says so.
TRUNCATE sla_metric, sla_target_rule;
SELECT sla_target('P1', 'standard');
\echo :SQLSTATE
ROLLBACK;

-- A metric has a name, which is more than spaces, and a title.
INSERT INTO sla_metric (metric, title) VALUES ('', 'Nothing');
\echo :SQLSTATE
INSERT INTO sla_metric (metric, title) VALUES (E' \t\n', 'Spaces');
\echo :SQLSTATE
INSERT INTO sla_metric (metric, title) VALUES (NULL, 'Null');
\echo :SQLSTATE
INSERT INTO sla_metric (metric) VALUES ('ola network');
\echo :SQLSTATE

-- Shipped ones stay; their titles are the owner's to change.
DELETE FROM sla_metric WHERE metric = 'update';
\echo :SQLSTATE
UPDATE sla_metric SET metric = 'answer' WHERE metric = 'first_response';
\echo :SQLSTATE
BEGIN;
UPDATE sla_metric SET title = 'First answer' WHERE metric = 'first_response' RETURNING *;
INSERT INTO sla_metric (metric, title, position) VALUES ('update', 'Status report', 9);
SELECT * FROM sla_metric WHERE NOT builtin ORDER BY position;
ROLLBACK;

-- However many there are, each has its own targets: with rows of the plan, of the
-- plan in sla_of, and of neither.
BEGIN;
INSERT INTO sla_metric (metric, title) SELECT 'metric ' || i, 'Metric' FROM generate_series(1, 60) AS i;
INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES ('gold', 'Gold', 'always', 'premium');
INSERT INTO sla_target_rule (plan, priority, metric, target, valid_from)
SELECT p.plan, l.priority, 'metric ' || i, make_interval(mins => i * 10 + l.n::integer), p.valid_from
FROM generate_series(1, 60) AS i,
	(VALUES ('standard', 2, '-infinity'::timestamptz), ('gold', 3, '2020-01-01'), ('gold', 3, '-infinity'), ('premium', 5, '-infinity'))
		AS p (plan, step, valid_from),
	unnest('{P1, P3}'::ticket_priority[]) WITH ORDINALITY AS l (priority, n)
WHERE i % p.step = 0;
SELECT count(*) AS compared, count(a.target) AS targets, count(*) FILTER (WHERE a.target IS DISTINCT FROM l.target) AS differ
FROM support_plan AS p
CROSS JOIN unnest(enum_range(NULL::ticket_priority)) AS u (priority)
CROSS JOIN sla_metric AS m
CROSS JOIN LATERAL sla_target(u.priority, p.plan, m.metric) AS a (target)
LEFT JOIN sla_target_list AS l ON l.plan = p.plan AND l.priority = u.priority AND l.metric = m.metric;
ROLLBACK;

-- What a prepared plan remembers of a metric follows the table.
BEGIN;
PREPARE network AS SELECT sla_target('P1', 'standard', 'ola network');
INSERT INTO sla_metric (metric, title) VALUES ('ola database', 'Database team'), ('ola network', 'Network team');
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES
	('standard', 'P1', 'ola database', '7 hours'), ('standard', 'P1', 'ola network', '5 hours');
EXECUTE network;
DELETE FROM sla_target_rule WHERE metric = 'ola database';
DELETE FROM sla_metric WHERE metric = 'ola database';
EXECUTE network;
UPDATE sla_metric SET title = 'Network' WHERE metric = 'ola network';
EXECUTE network;
UPDATE sla_metric SET metric = 'ola' WHERE metric = 'ola network';
EXECUTE network;
ROLLBACK;
DEALLOCATE network;

-- Everyone reads the table; who has no right to write does not.
CREATE ROLE regress_tp_metric;
SET ROLE regress_tp_metric;
SELECT count(*) FROM sla_metric;
INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Network team');
\echo :SQLSTATE
DELETE FROM sla_metric;
\echo :SQLSTATE
RESET ROLE;
DROP ROLE regress_tp_metric;
