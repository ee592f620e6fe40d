-- The views of a tracked table.  They are made from a mapping, and measure what
-- is stored; who stores it is another matter, so here it is written by hand.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET intervalstyle = 'postgres';
SET datestyle = 'ISO';
SET timezone = 'Europe/Warsaw';
BEGIN;

-- Resolution targets for this test.
INSERT INTO sla_target_rule (plan, priority, metric, target, goal) VALUES
	('standard', 'P2', 'resolution', '9 hours', NULL);
UPDATE sla_target_rule SET goal = 0.5 WHERE plan = 'standard' AND metric = 'first_response';

-- The table has all that a mapping can name; its names want quoting.
CREATE SCHEMA "Help Desk";
CREATE TABLE "Help Desk"."The ""Tickets""" (
	"No" bigint PRIMARY KEY,
	"Plan" varchar(20),
	urgency text,
	impact integer,
	override ticket_priority,
	priority ticket_priority,
	"opened at" timestamptz,
	first_answer timestamptz,
	closed timestamptz,
	zone text,
	list text,
	state text,
	waits tstzmultirange,
	due timestamptz,
	risk timestamptz,
	target interval,
	res_due timestamptz,
	res_risk timestamptz,
	res_target interval,
	sla_state jsonb
);
CREATE TABLE "Help Desk".history (ticket bigint, state text, at timestamptz, n integer);
CREATE TABLE "Help Desk"."t_priority_log" (
	at timestamptz, ticket bigint, event text, override ticket_priority,
	assigned ticket_priority, old_priority ticket_priority, priority ticket_priority
);

-- What is made is what a DROP command takes, in the order from last to first.
CREATE FUNCTION pg_temp.drop_all(made text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR n IN REVERSE cardinality(made)..1 LOOP
		EXECUTE 'DROP ' || made[n];
	END LOOP;
END $$;

CREATE TEMP TABLE mapping AS SELECT jsonb '{
	"prefix": "t", "id": "No", "plan": "Plan", "urgency": "urgency", "impact": "impact", "override": "override",
	"priority": "priority", "opened_at": "opened at", "answered_at": "first_answer", "resolved_at": "closed",
	"time_zone": "zone", "holidays": "list", "status": "state", "paused": "waits", "due_at": "due", "at_risk_at": "risk",
	"response_target": "target", "resolution_due_at": "res_due", "resolution_at_risk_at": "res_risk",
	"resolution_target": "res_target", "sla_state": "sla_state",
	"urgency_map": {"1 - High": "high", "2 - Medium": "medium", "3 - Low": "low"},
	"impact_map": {"1": "high", "2": "medium", "3": "low"},
	"cancelled_when": ["spam", "it''s merged"], "paused_when": ["waiting"], "report_time_zone": "Europe/Warsaw",
	"status_history": "\"Help Desk\".history", "history_ticket": "ticket", "history_status": "state",
	"history_changed_at": "at", "history_seq": "n"}' AS mapping;

-- What is made, in any search_path.
SET search_path = '';
CREATE TEMP TABLE made AS SELECT public._sla_track_views('"Help Desk"."The ""Tickets"""', m.mapping) AS made FROM pg_temp.mapping AS m;
SELECT unnest(m.made) AS made FROM pg_temp.made AS m;
SET search_path = "Help Desk", public;

-- Each with a comment, and each column; views are the caller's.
SELECT c.relname, count(*) AS columns, count(col_description(c.oid, a.attnum)) AS with_comment,
	obj_description(c.oid, 'pg_class') IS NOT NULL AS comment, c.reloptions
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = '"Help Desk"'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname LIKE 't\_sla%'
GROUP BY c.oid
ORDER BY c.oid;

-- Friday's tickets of the plan standard, P2: three hours for the answer, nine
-- for the resolution.  Deadlines are written as they would be stored.
INSERT INTO "The ""Tickets""" ("No", "Plan", urgency, impact, priority, "opened at", first_answer, closed, zone,
	state, waits, due, risk, target, res_due, res_risk, res_target, sla_state) VALUES
-- 1: answered at the deadline itself.  2: a minute after it.
(1, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-24 09:30', '2025-11-24 15:30', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', '2025-11-24 15:30', '2025-11-24 13:15', '9:00', NULL),
(2, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-24 09:31', '2025-11-24 15:31', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', '2025-11-24 15:30', '2025-11-24 13:15', '9:00', NULL),
-- 3: the target ran out at closing time; the answer came on Saturday.
(3, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 14:00', '2025-11-22 10:00', NULL, 'Europe/Warsaw',
	'open', NULL, '2025-11-21 17:00', '2025-11-21 16:15', '3:00', '2025-11-24 14:00', '2025-11-24 11:45', '9:00', NULL),
-- 4: waited from 16:00 on for two business hours, which counts for the resolution alone.
(4, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-21 15:40', '2025-11-24 16:00', 'Europe/Warsaw',
	'closed', '{["2025-11-21 16:00","2025-11-24 09:00")}', '2025-11-24 09:30', '2025-11-24 08:45', '3:00',
	'2025-11-25 08:30', '2025-11-24 15:15', '9:00', NULL),
-- 5: nothing happened, and much time is left.  6: the same, at risk.  7: paused.
(5, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', NULL, NULL, 'Europe/Warsaw',
	'open', NULL, '2200-01-01', '2199-01-01', '3:00', '2200-01-02', '2199-01-02', '9:00', NULL),
(6, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', NULL, NULL, 'Europe/Warsaw',
	'open', NULL, '2200-01-01', '2025-11-24 08:45', '3:00', '2200-01-02', '2025-11-24 13:15', '9:00', NULL),
(7, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-21 15:40', NULL, 'Europe/Warsaw',
	'waiting', '{["2025-11-21 16:00",)}', '2025-11-24 09:30', '2025-11-24 08:45', '3:00', 'infinity', 'infinity', '9:00', NULL),
-- 8: no plan.  9: stored though it could not be judged.  10: a plan without targets.  11: spam.
(8, NULL, '2 - Medium', 1, 'P2', '2025-11-21 15:30', NULL, NULL, 'Europe/Warsaw',
	'open', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(9, 'platinum', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-21 15:40', NULL, 'Europe/Warsaw',
	'open', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{"error": "support plan \"platinum\" does not exist"}'),
(10, 'community', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-21 15:40', NULL, 'Europe/Warsaw',
	'open', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
(11, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', NULL, '2025-11-28 12:00', 'Europe/Warsaw',
	'spam', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', '2025-11-24 15:30', '2025-11-24 13:15', '9:00', NULL),
-- 12: closed without an answer, which counts as one.
(12, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', NULL, '2025-11-24 09:00', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', '2025-11-24 15:30', '2025-11-24 13:15', '9:00', NULL),
-- 13: had missed the first response as a P2 of the plan standard, before plan and
-- priority were changed; the resolution has the terms of today.
(13, 'premium', '1 - High', 1, 'P1', '2025-11-21 15:30', '2025-11-24 12:00', '2025-11-24 12:30', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', NULL, NULL, NULL,
	'{"first_response": {"plan": "standard", "priority": "P2"}}'),
-- 14: closed on Friday at 16:00 without an answer, and reopened on Monday at 10:00.
(14, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-24 11:00', '2025-11-25 10:00', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 09:30', '2025-11-24 08:45', '3:00', '2025-11-25 09:30', '2025-11-24 16:15', '9:00',
	'{"first_response": {"answered_at": "2025-11-21 15:00:00+00"}, "closed": "{[2025-11-21 15:00:00+00,2025-11-24 09:00:00+00)}"}'),
-- 15: overdue.  16: its terms were changed on Monday at 10:00, and count from then on.
(15, 'standard', '2 - Medium', 1, 'P2', '2025-12-31 23:30', NULL, NULL, 'Europe/Warsaw',
	'open', NULL, '2026-01-01 11:00', '2026-01-01 10:15', '3:00', '2200-01-01', '2199-01-01', '9:00', NULL),
(16, 'standard', '2 - Medium', 1, 'P2', '2025-11-21 15:30', '2025-11-24 13:30', '2025-11-24 14:00', 'Europe/Warsaw',
	'closed', NULL, '2025-11-24 13:00', '2025-11-24 12:15', '3:00', '2025-11-25 10:00', '2025-11-24 16:45', '9:00',
	'{"first_response": {"from": "2025-11-24 10:00:00+01"}, "resolution": {"from": "2025-11-24 10:00:00+01"}}');
ANALYZE "The ""Tickets""";

-- The status of each clock.
SELECT s.id, s.metric, s.plan, s.priority, s.status, s.answered_at,
	CASE WHEN s.status = 'missed' THEN s.late_by END AS late_by,
	CASE WHEN s.status = 'missed' THEN s.late_by_business END AS late_by_business
FROM t_sla AS s ORDER BY s.id, s.metric;
-- What is late is missed or overdue, and nothing else is.
SELECT count(*) FROM t_sla AS s WHERE (s.status IN ('missed', 'overdue')) <> (s.late_by IS NOT NULL)
	OR (s.status IN ('missed', 'overdue')) <> (s.late_by_business IS NOT NULL);

-- Time used by the clocks that have stopped: without pauses, without the days
-- between a closing and a reopening, and from the change of terms if that counts.
SELECT s.id, s.metric, s.target, s.elapsed, s.remaining, s.used, s.opened_month, s.due_month
FROM t_sla AS s WHERE s.answered_at IS NOT NULL ORDER BY s.id, s.metric;

-- Those that run are measured to now; what has failed is not measured.
SELECT s.id, s.metric, s.elapsed = sla_elapsed(s.opened_at, now(), s.priority, NULLIF(s.plan, 'platinum'), 'Europe/Warsaw',
	s.metric, CASE WHEN s.id = 7 THEN '{["2025-11-21 16:00",)}'::tstzmultirange END) AS right_time, s.elapsed IS NULL AS none
FROM t_sla AS s WHERE s.answered_at IS NULL ORDER BY s.id, s.metric;

-- A month is that of the reports' zone: ticket 15 was opened in December there.
SELECT s.opened_month, s.due_month FROM t_sla AS s WHERE s.id = 15 AND s.metric = 'first_response';

-- Compliance.  Cancelled and unknown ones do not count, overdue ones do.
SELECT c.plan, c.priority AS p, c.metric, c.month, c.tickets AS n, c.met, c.missed, c.on_track AS running, c.overdue,
	c.no_target, c.unknown, c.cancelled
FROM t_sla_compliance AS c ORDER BY c.plan, c.priority, c.metric, c.month;
SELECT c.plan, c.metric, c.month, round(c.share_met::numeric, 3) AS share_met, c.goal, c.goal_met, c.p50, c.p90, c.p95, c.worst
FROM t_sla_compliance AS c ORDER BY c.plan, c.priority, c.metric, c.month;

-- The same by ordinary aggregates, cell by cell.
CREATE TEMP VIEW plain_compliance AS
SELECT s.plan, s.priority, s.metric, s.opened_month AS month, count(*) AS tickets,
	count(*) FILTER (WHERE s.status = 'met') AS met, count(*) FILTER (WHERE s.status = 'missed') AS missed,
	count(*) FILTER (WHERE s.status IN ('on_track', 'at_risk', 'paused')) AS on_track,
	count(*) FILTER (WHERE s.status = 'overdue') AS overdue, count(*) FILTER (WHERE s.status = 'no_target') AS no_target,
	count(*) FILTER (WHERE s.status = 'unknown') AS unknown, count(*) FILTER (WHERE s.status = 'cancelled') AS cancelled,
	avg((s.status = 'met')::integer) FILTER (WHERE s.status IN ('met', 'missed', 'overdue'))::double precision AS share_met,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY s.elapsed) FILTER (WHERE s.status IN ('met', 'missed')) AS p50,
	percentile_cont(0.9) WITHIN GROUP (ORDER BY s.elapsed) FILTER (WHERE s.status IN ('met', 'missed')) AS p90,
	percentile_cont(0.95) WITHIN GROUP (ORDER BY s.elapsed) FILTER (WHERE s.status IN ('met', 'missed')) AS p95,
	max(s.elapsed) FILTER (WHERE s.status IN ('met', 'missed')) AS worst
FROM t_sla AS s GROUP BY s.plan, s.priority, s.metric, s.opened_month;
SELECT count(*) AS compared, count(*) FILTER (WHERE (c.tickets, c.met, c.missed, c.on_track, c.overdue, c.no_target,
	c.unknown, c.cancelled, c.share_met, c.p50, c.p90, c.p95, c.worst) IS DISTINCT FROM
	(p.tickets, p.met, p.missed, p.on_track, p.overdue, p.no_target,
	p.unknown, p.cancelled, p.share_met, p.p50, p.p90, p.p95, p.worst)) AS differ
FROM t_sla_compliance AS c
FULL JOIN plain_compliance AS p ON COALESCE(p.plan, '-') = COALESCE(c.plan, '-') AND p.priority = c.priority
	AND p.metric = c.metric AND p.month = c.month;

-- Excused misses: an excuse counts where there is a miss, and nowhere else.
INSERT INTO t_sla_excuse (ticket, metric, reason) VALUES
	(2, 'first_response', 'power cut'), (1, 'first_response', 'was not late'), (15, 'first_response', 'bank holiday');
SELECT c.month, c.missed, c.overdue, c.excused, round(c.share_met::numeric, 3) AS share_met,
	round(c.share_met_excused::numeric, 3) AS share_met_excused
FROM t_sla_compliance AS c WHERE c.plan = 'standard' AND c.metric = 'first_response' ORDER BY c.month;
\set VERBOSITY terse
INSERT INTO t_sla_excuse (ticket, metric, reason) VALUES (3, 'first_response', ' ');
\set VERBOSITY default
INSERT INTO t_sla_excuse (ticket, metric, reason) VALUES (2, 'first_response', 'again');

-- Misses, and where their time went.  Ticket 2 was touched on Friday at 16:30 and
-- waited until Monday 09:00; there the history has two entries in one minute.
INSERT INTO history (ticket, state, at, n) VALUES
	(2, 'new', '2025-11-21 15:30', 1), (2, 'waiting', '2025-11-21 16:30', 2),
	(2, 'in work', '2025-11-24 09:00', 4), (2, 'assigned', '2025-11-24 09:00', 3), (2, 'closed', '2025-11-24 15:31', 5);
INSERT INTO t_priority_log (at, ticket, event, override, assigned, old_priority, priority) VALUES
	('2025-11-21 15:30', 2, 'assigned', NULL, 'P2', NULL, 'P2'),
	('2025-11-21 16:00', 2, 'overridden', 'P1', 'P2', 'P2', 'P1'),
	('2025-11-21 16:30', 2, 'override_cleared', NULL, 'P2', 'P1', 'P2'),
	('2025-11-25 09:00', 2, 'overridden', 'P3', 'P2', 'P2', 'P3'),
	('2025-11-21 15:30', 3, 'assigned', NULL, 'P2', NULL, 'P2'),
	('2025-11-21 15:30', 4, 'assigned', 'P4', 'P3', NULL, 'P4');
SELECT m.id, m.metric, m.status, m.wall, m.open, m.paused, m.closed, m.before_first_touch, m.priority_changes AS changes,
	m.excused, m.excuse
FROM t_sla_misses AS m WHERE m.answered_at IS NOT NULL ORDER BY m.id, m.metric;
SELECT m.id, m.metric, m.per_status FROM t_sla_misses AS m WHERE m.id = 2 ORDER BY m.metric;
SELECT m.id, m.metric, m.status, m.wall = m.open + m.paused + m.closed AS adds_up FROM t_sla_misses AS m
WHERE m.answered_at IS NULL ORDER BY m.id, m.metric;
-- Pauses: what waits is no business time on the clock.
UPDATE "The ""Tickets""" SET res_due = '2025-11-24 15:59' WHERE "No" = 4;
SELECT m.id, m.metric, m.wall, m.open, m.paused, m.closed FROM t_sla_misses AS m WHERE m.id = 4;
UPDATE "The ""Tickets""" SET res_due = '2025-11-25 08:30' WHERE "No" = 4;

-- The backlog: what runs and has a deadline, the next one first.
SELECT b.id, b.metric, b.plan, b.priority, b.due_at, b.status, isfinite(b.due_in) AS due_in FROM t_sla_backlog AS b
ORDER BY b.due_at, b.id, b.metric;
SELECT count(*) FILTER (WHERE b.status <> s.status) AS other_status, count(*) FILTER (WHERE b.remaining <> s.remaining) AS other_time,
	count(*) FILTER (WHERE b.due_in <> business_time_between(now(), GREATEST(b.due_at, now()), 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')) AS other_due,
	bool_and(b.desk_open = calendar_is_open(now(), 'standard', 'Europe/Warsaw')) AS desk_open
FROM t_sla_backlog AS b JOIN t_sla AS s USING (id, metric) WHERE isfinite(b.due_at);

-- Overrides, by the priority that was assigned.
SELECT * FROM t_sla_overrides;

-- A priority that tracking filled and that the policy gives no more is told.
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('standard', 'medium', 'high', 'P3');
SELECT c.id, c.metric, c.reassigned FROM t_sla_clock AS c WHERE c.id IN (2, 8, 10) ORDER BY c.id, c.metric;
DELETE FROM support_priority_rule WHERE plan = 'standard';
SELECT count(*) FROM t_sla_clock AS c WHERE c.reassigned;

-- Closed without an answer, as cancelled: ticket 12, and 14, which was answered
-- only after it was closed; 11 is spam.
DROP VIEW plain_compliance;
SELECT pg_temp.drop_all(m.made) FROM made AS m;
SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = '"Help Desk"'::regnamespace AND c.relname LIKE 't\_sla%';
SELECT cardinality(_sla_track_views('"Help Desk"."The ""Tickets"""', m.mapping || '{"closed_without_answer": "cancelled"}')) FROM mapping AS m;
UPDATE "The ""Tickets""" SET closed = '2025-11-24 10:00' WHERE "No" = 14;
SELECT s.id, s.status, s.answered_at, s.elapsed FROM t_sla AS s
WHERE s.metric = 'first_response' AND s.status = 'cancelled' ORDER BY s.id;
-- What is cancelled has no backlog, and no lateness.
SELECT count(*) FROM t_sla AS s WHERE s.status = 'cancelled' AND (s.late_by IS NOT NULL OR s.late_by_business IS NOT NULL);
SELECT count(*) FROM t_sla_backlog AS b WHERE b.id IN (11, 12, 14);

-- A name that is taken is an error.
SELECT _sla_track_views('"Help Desk"."The ""Tickets"""', m.mapping) FROM mapping AS m;

-- The least that is tracked: no expression that is not needed.
CREATE TABLE bug (id text COLLATE "C" PRIMARY KEY, opened_at timestamptz, plan text, priority text, due_at timestamptz);
CREATE TABLE bug_priority_log (LIKE t_priority_log);
ALTER TABLE bug_priority_log ALTER ticket TYPE text COLLATE "C";
SELECT unnest(_sla_track_views('bug', '{"id": "id", "plan": "plan", "priority": "priority", "opened_at": "opened_at",
	"due_at": "due_at", "priority_map": {"urgent": "P1", "normal": "P3"}}'));
SELECT c.relname, pg_get_viewdef(c.oid) ~ 'failed|cancelled.::|sla_state|is_paused' AS more_than_needed
FROM pg_class AS c WHERE c.relname IN ('bug_sla', 'bug_sla_misses', 'bug_sla_backlog') ORDER BY c.relname;
INSERT INTO bug VALUES ('A', '2025-11-21 15:30', 'premium', 'urgent', '2025-11-21 15:45'),
	('B', '2025-11-21 15:30', 'premium', 'who knows', NULL);
SELECT s.id, s.metric, s.plan, s.priority, s.target, s.at_risk_at, s.status FROM bug_sla AS s ORDER BY s.id;
SELECT c.plan, c.priority, c.metric, c.tickets, c.overdue, c.unknown FROM bug_sla_compliance AS c ORDER BY c.priority;
SELECT m.id, m.before_first_touch, m.per_status, m.paused FROM bug_sla_misses AS m;
SELECT b.id, b.status FROM bug_sla_backlog AS b;

-- Ids keep their type in the tables beside it.
CREATE DOMAIN ticket_no AS integer;
CREATE TABLE call (id ticket_no PRIMARY KEY, opened_at timestamptz, plan text, priority ticket_priority, due_at timestamptz);
CREATE TABLE call_priority_log (LIKE t_priority_log);
SELECT count(*) FROM unnest(_sla_track_views('call', '{"id": "id", "plan": "plan", "priority": "priority",
	"opened_at": "opened_at", "due_at": "due_at"}'));
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'call_sla_excuse'::regclass AND attnum = 1;

-- What the planner makes of it, on enough tickets.
CREATE TABLE job (
	id bigint PRIMARY KEY, plan text NOT NULL, priority ticket_priority, opened_at timestamptz NOT NULL,
	answered_at timestamptz, resolved_at timestamptz, due_at timestamptz, resolution_due_at timestamptz, sla_state jsonb
);
CREATE TABLE job_priority_log (LIKE t_priority_log);
INSERT INTO job
SELECT n, (ARRAY['standard', 'premium'])[1 + n % 2], (enum_range(NULL::ticket_priority))[1 + n % 4], o,
	CASE WHEN n % 50 <> 0 THEN o + interval '2 hours' END, CASE WHEN n % 25 <> 0 THEN o + interval '9 hours' END,
	o + interval '3 hours', o + interval '12 hours'
FROM generate_series(1, 20000) AS n
CROSS JOIN LATERAL (SELECT timestamptz '2025-01-01' + n * interval '20 minutes') AS t (o);
CREATE TEMP TABLE job_made AS SELECT _sla_track_views('job', '{"id": "id", "plan": "plan", "priority": "priority", "opened_at": "opened_at",
	"answered_at": "answered_at", "resolved_at": "resolved_at", "due_at": "due_at",
	"resolution_due_at": "resolution_due_at", "sla_state": "sla_state"}') AS made;
CREATE INDEX job_due ON job (due_at);
CREATE INDEX job_resolution_due ON job (resolution_due_at);
ANALYZE job;

CREATE FUNCTION pg_temp.plan(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN plan;
END $$;

-- What falls due next: both due indexes, in their order, and no sort.
SELECT p ~ 'Merge Append' AS merged, p ~ 'Index Scan using job_sla_due' AS due, p ~ 'Index Scan using job_sla_resolution' AS resolution,
	p ~ 'Seq Scan|Sort\M(?! Key)' AS more
FROM pg_temp.plan('SELECT * FROM job_sla_backlog LIMIT 10') AS p;
-- The same in an application's own words.
SELECT p ~ 'Index Scan using job_sla_due' AS due, p ~ 'Seq Scan|Sort\M(?! Key)' AS more
FROM pg_temp.plan('SELECT id FROM job WHERE answered_at IS NULL AND resolved_at IS NULL ORDER BY due_at LIMIT 10') AS p;
-- A ticket is looked up; the other metric is not looked at.
SELECT p ~ 'Index Scan using job_pkey' AS by_key, p ~ 'Seq Scan' AS more FROM pg_temp.plan('SELECT * FROM job_sla WHERE id = 7') AS p;
SELECT p ~ 'Append' AS both, p ~ 'Index Scan using job_pkey' AS by_key
FROM pg_temp.plan($$SELECT * FROM job_sla WHERE id = 7 AND metric = 'resolution'$$) AS p;
-- Deadlines in a range, and in their order.
SELECT p ~ 'Index Scan (using|on) job_due' AS due, p ~ 'Index Scan (using|on) job_resolution_due' AS resolution, p ~ 'Seq Scan' AS more
FROM pg_temp.plan($$SELECT id, metric, status FROM job_sla WHERE due_at BETWEEN '2025-03-01' AND '2025-03-02'$$) AS p;
SELECT p ~ 'Merge Append' AS merged, p ~ 'Seq Scan|Sort\M(?! Key)' AS more
FROM pg_temp.plan($$SELECT id, metric, status FROM job_sla ORDER BY due_at LIMIT 10$$) AS p;

-- Compliance: two workers each make part of the sums, of one metric after the other.
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SELECT regexp_count(p, 'Finalize') AS finalize, regexp_count(p, 'Partial HashAggregate') AS partial,
	regexp_count(p, 'Parallel Seq Scan on job\M') AS scans, regexp_count(p, 'Index Scan using job_pkey') AS excuses
FROM pg_temp.plan('SELECT * FROM job_sla_compliance') AS p;
SELECT regexp_count(p, 'Seq Scan on job\M') AS scans
FROM pg_temp.plan($$SELECT * FROM job_sla_compliance WHERE metric = 'resolution' AND month >= '2025-03-01'$$) AS p;
SELECT sum(c.tickets) AS tickets, sum(c.met) AS met, sum(c.missed) AS missed, sum(c.overdue) AS overdue FROM job_sla_compliance AS c;
SELECT p ~ 'Parallel Append' AS parallel, p ~ 'Partial' AS partial
FROM pg_temp.plan($$SELECT count(*) FILTER (WHERE status = 'missed') FROM job_sla$$) AS p;
SET LOCAL max_parallel_workers_per_gather = 0;
SELECT sum(c.tickets) AS tickets, sum(c.met) AS met, sum(c.missed) AS missed, sum(c.overdue) AS overdue FROM job_sla_compliance AS c;

-- An index that is there is not made again, whatever its name.
SELECT pg_temp.drop_all(m.made) FROM job_made AS m;
CREATE INDEX mine ON job (resolution_due_at) WHERE resolved_at IS NULL;
CREATE INDEX other_order ON job (due_at) WHERE resolved_at IS NULL AND answered_at IS NULL;
SELECT _sla_track_views('job', '{"id": "id", "plan": "plan", "priority": "priority", "opened_at": "opened_at",
	"answered_at": "answered_at", "resolved_at": "resolved_at", "due_at": "due_at",
	"resolution_due_at": "resolution_due_at"}')::text LIKE '%INDEX%' AS made_one;

-- Partitions get their indexes with the table; children of a table have their own.
CREATE TABLE part (LIKE job) PARTITION BY RANGE (opened_at);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE part_priority_log (LIKE t_priority_log);
CREATE TABLE parent (LIKE job);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parent_priority_log (LIKE t_priority_log);
SELECT t.name, x.made FROM (VALUES ('part'), ('parent')) AS t (name), unnest(_sla_track_views(t.name::regclass,
	'{"id": "id", "plan": "plan", "priority": "priority", "opened_at": "opened_at", "due_at": "due_at",
	"answered_at": "answered_at"}')) AS x (made) WHERE x.made LIKE 'INDEX%';
INSERT INTO part SELECT * FROM job;
INSERT INTO child SELECT * FROM job;
ANALYZE part;
ANALYZE parent;
SELECT p ~ 'part_1_due_at_idx' AS partition, p ~ 'Seq Scan|Sort\M(?! Key)' AS more FROM pg_temp.plan('SELECT * FROM part_sla_backlog LIMIT 10') AS p;
SELECT p ~ 'child_due_at_idx' AS child, p ~ 'Sort\M(?! Key)' AS sorted FROM pg_temp.plan('SELECT * FROM parent_sla_backlog LIMIT 10') AS p;

-- What is made is the table owner's, whoever makes it; what a view shows is what
-- its reader may read.
CREATE ROLE views_owner;
CREATE ROLE views_reader;
GRANT USAGE ON SCHEMA "Help Desk" TO views_owner, views_reader;
GRANT CREATE ON SCHEMA "Help Desk" TO views_owner;
CREATE TABLE own (LIKE job);
CREATE TABLE own_priority_log (LIKE t_priority_log);
INSERT INTO own SELECT * FROM job;
ALTER TABLE own OWNER TO views_owner;
ALTER TABLE own_priority_log OWNER TO views_owner;
SELECT count(*) FROM unnest(_sla_track_views('own', '{"id": "id", "plan": "plan", "priority": "priority",
	"opened_at": "opened_at", "due_at": "due_at"}'));
SELECT DISTINCT pg_get_userbyid(c.relowner) FROM pg_class AS c WHERE c.relname LIKE 'own\_sla%';
GRANT SELECT ON own_sla, own_sla_clock TO views_reader;
SET ROLE views_reader;
SELECT count(*) FROM own_sla;
RESET ROLE;
GRANT SELECT ON own TO views_reader;
SET ROLE views_reader;
SELECT count(*) FROM own_sla;
RESET ROLE;
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
SET ROLE views_reader;
SELECT count(*) FROM own_sla;
RESET ROLE;

ROLLBACK;
