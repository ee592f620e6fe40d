-- Tickets of a helpdesk, in tables that are tracked and in others.  Made after
-- tables.sql.  In: the variables rows, newcomers and module.

SET search_path = bench, public;
SET timezone = 'UTC';
SELECT setseed(0.42);

-- Targets of the resolution, which the published policy leaves open.
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT p.plan, t.priority, 'resolution', p.factor * t.target
FROM (VALUES ('standard', 1), ('premium', 1.5)) AS p (plan, factor),
	(VALUES ('P1'::ticket_priority, interval '4 hours'), ('P2', '9 hours'),
		('P3', '27 hours'), ('P4', '45 hours')) AS t (priority, target);

CREATE FUNCTION no_op_trigger() RETURNS trigger
AS :'module', 'no_op_trigger' LANGUAGE C;

-- What a command costs by a clock, in nanoseconds.
CREATE FUNCTION command_by_processor_time(command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	start bigint := bench.processor_time();
BEGIN
	EXECUTE command;
	RETURN bench.processor_time() - start;
END $$;
CREATE FUNCTION command_by_wall_time(command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	start bigint := bench.wall_time();
BEGIN
	EXECUTE command;
	RETURN bench.wall_time() - start;
END $$;

-- ------------------------------------------------------- what is written

-- Tickets of two years, numbered as they were opened, answered and resolved as
-- far as that has come.  Half are resolved within two days and the mean is about
-- two weeks, as of real incidents.  A quarter waited for the customer.
CREATE UNLOGGED TABLE history AS
SELECT number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact,
	CASE WHEN resolved_at <= now() THEN 'solved' WHEN answered_at <= now() THEN 'pending' ELSE 'new' END AS status,
	opened_at,
	CASE WHEN answered_at <= now() THEN answered_at END AS answered_at,
	CASE WHEN resolved_at <= now() THEN resolved_at END AS resolved_at,
	CASE WHEN number % 4 = 0 AND resolved_at <= now() THEN tstzmultirange(tstzrange(
		date_trunc('second', answered_at + (resolved_at - answered_at) * 0.2),
		date_trunc('second', answered_at + (resolved_at - answered_at) * 0.6))) END AS paused
FROM (
	SELECT i AS number,
		'Cannot ' || (ARRAY['open', 'print', 'export', 'find', 'share'])[1 + i % 5] || ' report ' || i AS subject,
		repeat(md5(i::text) || ' ', 9) AS body,
		1 + floor(random() * (:rows / 20))::bigint AS requester,
		1 + floor(random() * 200)::int AS assignee,
		'team ' || 1 + i % 12 AS team,
		(ARRAY['community', 'trial', 'standard', 'standard', 'standard', 'premium', 'premium'])[1 + floor(random() * 7)] AS plan,
		z.name AS time_zone,
		(enum_range(NULL::ticket_urgency))[1 + floor(random() * 3)] AS urgency,
		(enum_range(NULL::ticket_impact))[1 + floor(random() * 3)] AS impact,
		o.opened_at,
		date_trunc('second', o.opened_at + LEAST(a.hours, a.more) * interval '1 hour') AS answered_at,
		date_trunc('second', o.opened_at + a.more * interval '1 hour') AS resolved_at
	FROM generate_series(1, :rows) AS i
	CROSS JOIN LATERAL (
		SELECT date_trunc('second', now() - interval '730 days' + i * (interval '730 days' / :rows)) AS opened_at) AS o
	CROSS JOIN LATERAL (SELECT -6 * ln(1 - random()) + i * 0 AS hours,
		LEAST(50 * exp(1.85 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())), 4000) + i * 0 AS more) AS a
	JOIN zone AS z ON z.id = 1 + i::bigint * 7919 % 400) AS t
ORDER BY number;

-- New ones, as they come in: neither answered nor resolved.
CREATE UNLOGGED TABLE arrival AS
SELECT number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact,
	'new'::text AS status, date_trunc('second', now()) + number * interval '1 millisecond' - interval '20 minutes' AS opened_at,
	NULL::timestamptz AS answered_at, NULL::timestamptz AS resolved_at, NULL::tstzmultirange AS paused
FROM history
ORDER BY number;

-- Those that come in where the history is already.
CREATE UNLOGGED TABLE newcomer AS
SELECT :rows + i AS number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact, status,
	date_trunc('second', now()) + i * interval '1 millisecond' - interval '20 minutes' AS opened_at,
	answered_at, resolved_at, paused
FROM generate_series(1, :newcomers) AS i
JOIN arrival ON number = 1 + i::bigint * 7919 % :rows
ORDER BY i;

-- --------------------------------------------------- where it is written

CREATE PROCEDURE make_desk(name text, trail text) LANGUAGE plpgsql AS $make$
BEGIN
	EXECUTE replace($create$
		CREATE TABLE bench.@name@ (
			number bigint PRIMARY KEY,
			subject text NOT NULL,
			body text NOT NULL,
			requester bigint NOT NULL,
			assignee int,
			team text,
			plan text NOT NULL,
			time_zone text,
			urgency ticket_urgency,
			impact ticket_impact,
			priority ticket_priority,
			status text NOT NULL,
			opened_at timestamptz NOT NULL,
			answered_at timestamptz,
			resolved_at timestamptz,
			paused tstzmultirange,
			due_at timestamptz,
			at_risk_at timestamptz,
			response_target interval,
			response_elapsed interval,
			resolution_due_at timestamptz,
			resolution_at_risk_at timestamptz,
			resolution_target interval,
			resolution_elapsed interval,
			sla_state jsonb
		);
		CREATE INDEX ON bench.@name@ (requester);
		CREATE INDEX ON bench.@name@ (assignee, status);
		CREATE INDEX ON bench.@name@ (opened_at);
		CREATE INDEX ON bench.@name@ (due_at) WHERE answered_at IS NULL AND resolved_at IS NULL;
		CREATE INDEX ON bench.@name@ (resolution_due_at) WHERE resolved_at IS NULL;
		CREATE INDEX @name@_sla_failed ON bench.@name@ (number) WHERE _sla_kept_failed(sla_state);
		$create$, '@name@', name);
	IF trail IS NULL THEN
		EXECUTE format('CREATE TRIGGER "~sla_track" BEFORE INSERT OR UPDATE ON bench.%I FOR EACH ROW EXECUTE FUNCTION bench.no_op_trigger()', name);
	ELSE
		PERFORM sla_track(format('bench.%I', name)::regclass, id => 'number', trail => trail);
	END IF;

	-- Each ticket in a statement of its own, which is prepared.
	EXECUTE replace($create$
		CREATE OR REPLACE FUNCTION bench.one_by_one_@name@(low bigint, high bigint) RETURNS bigint LANGUAGE plpgsql AS $$
		DECLARE
			ticket bench.newcomer;
			tickets bench.newcomer[] := ARRAY(SELECT n FROM bench.newcomer AS n WHERE number BETWEEN low AND high);
			start bigint := bench.processor_time();
		BEGIN
			FOREACH ticket IN ARRAY tickets LOOP
				INSERT INTO bench.@name@ (number, subject, body, requester, assignee, team, plan, time_zone,
					urgency, impact, status, opened_at, answered_at, resolved_at, paused)
				VALUES (ticket.number, ticket.subject, ticket.body, ticket.requester, ticket.assignee, ticket.team,
					ticket.plan, ticket.time_zone, ticket.urgency, ticket.impact, ticket.status, ticket.opened_at,
					ticket.answered_at, ticket.resolved_at, ticket.paused);
			END LOOP;
			RETURN bench.processor_time() - start;
		END $$
		$create$, '@name@', name);
END $make$;

CREATE FUNCTION insertion(desk text, source text, condition text) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO bench.%I (number, subject, body, requester, assignee, team, plan, time_zone,
			urgency, impact, status, opened_at, answered_at, resolved_at, paused)
		SELECT * FROM bench.%I WHERE %s', desk, source, condition)
$$;

CREATE INDEX ON history (number);
CREATE INDEX ON arrival (number);
CREATE INDEX ON newcomer (number);
VACUUM ANALYZE history, arrival, newcomer;

-- -------------------------------------------------- what is reported on

-- The tickets that are there; some of them, for what is slow; and some new ones.
CALL make_desk('desk', 'changes');
CALL make_desk('some_desk', 'changes');
CALL make_desk('busy_desk', 'changes');
SELECT command_by_processor_time(insertion('desk', 'history', 'true')) > 0 AS filled,
	command_by_processor_time(insertion('some_desk', 'history', 'number % 10 = 0')) > 0 AS filled,
	command_by_processor_time(insertion('busy_desk', 'history', 'number % 50 > 0')) > 0 AS filled,
	command_by_processor_time(insertion('busy_desk', 'arrival', 'number % 50 = 0')) > 0 AS filled;

-- The same as busy_desk, where the application keeps the times itself.
CALL make_desk('manual_desk', NULL);
INSERT INTO manual_desk SELECT * FROM busy_desk;
VACUUM ANALYZE desk, some_desk, busy_desk, manual_desk;

-- What the views give, stored: a row for each ticket and metric with nothing
-- else in it, and columns of the ticket.
CREATE TABLE stored AS
SELECT plan, priority, metric, opened_month, status, elapsed FROM desk_sla;
CREATE TABLE stored_desk AS
SELECT d.*, r.opened_month, r.status AS response_status, s.status AS resolution_status
FROM desk AS d
JOIN desk_sla AS r ON r.id = d.number AND r.metric = 'first_response'
JOIN desk_sla AS s ON s.id = d.number AND s.metric = 'resolution';
VACUUM ANALYZE stored, stored_desk;

-- ------------------------------------------- a model, week by week, in SQL

-- Periods in which a plan's clocks run, in minutes of a week from Monday on.
CREATE UNLOGGED TABLE week_period AS
SELECT 'standard' AS plan, day * 1440 + 8 * 60 AS opens, day * 1440 + 17 * 60 AS closes
FROM generate_series(0, 4) AS day
UNION ALL
SELECT plan, 0, 7 * 1440 FROM (VALUES ('trial'), ('premium')) AS p (plan);

-- Minutes on each clock of the tickets in some_desk: what each week that a
-- clock spans has in common with each period of the week, less the same of the
-- pauses.  On the wall clock, as such models are, so wrong when that changes.
CREATE VIEW week_model AS
WITH clock AS (
	SELECT t.number, t.plan, t.priority, t.opened_at, t.time_zone, m.metric, m.stop, t.paused
	FROM some_desk AS t
	CROSS JOIN LATERAL (VALUES
		('first_response'::text, LEAST(t.answered_at, t.resolved_at)), ('resolution', t.resolved_at)) AS m (metric, stop)
), span AS (
	SELECT number, metric, 1 AS sign, plan, opened_at AT TIME ZONE time_zone AS begins,
		COALESCE(stop, now()) AT TIME ZONE time_zone AS ends
	FROM clock
	UNION ALL
	SELECT c.number, c.metric, -1, c.plan, GREATEST(lower(p.pause), c.opened_at) AT TIME ZONE c.time_zone,
		LEAST(upper(p.pause), COALESCE(c.stop, now())) AT TIME ZONE c.time_zone
	FROM clock AS c
	CROSS JOIN LATERAL unnest(c.paused) AS p (pause)
	WHERE c.metric = 'resolution'
), week AS (
	SELECT s.number, s.metric, s.sign, s.plan, w.begins,
		extract(epoch FROM s.begins - w.begins)::float8 / 60 AS first_minute,
		extract(epoch FROM s.ends - w.begins)::float8 / 60 AS last_minute
	FROM span AS s
	CROSS JOIN LATERAL generate_series(date_trunc('week', s.begins), s.ends, '1 week') AS w (begins)
), spent AS (
	SELECT w.number, w.metric,
		sum(w.sign * GREATEST(LEAST(w.last_minute, p.closes) - GREATEST(w.first_minute, p.opens), 0)) AS minutes
	FROM week AS w
	JOIN week_period AS p USING (plan)
	GROUP BY w.number, w.metric
)
SELECT c.number, c.metric, c.plan, c.priority, c.opened_at, c.stop, c.time_zone, s.minutes,
	extract(epoch FROM r.target)::float8 / 60 AS target
FROM clock AS c
LEFT JOIN spent AS s USING (number, metric)
LEFT JOIN sla_target_rule AS r ON r.plan = CASE c.plan WHEN 'trial' THEN 'premium' ELSE c.plan END
	AND r.priority = c.priority AND r.metric = c.metric;

-- The figures of a report, all made of the model once: how many rows they have.
CREATE VIEW week_report AS
WITH model AS MATERIALIZED (
	SELECT * FROM week_model
), compliance AS (
	SELECT plan, priority, metric, date_trunc('month', opened_at AT TIME ZONE 'UTC')::date AS month, count(*) AS tickets,
		count(*) FILTER (WHERE stop IS NOT NULL AND minutes <= target) AS met,
		count(*) FILTER (WHERE stop IS NOT NULL AND minutes > target) AS missed,
		count(*) FILTER (WHERE stop IS NULL AND minutes <= target) AS running,
		count(*) FILTER (WHERE stop IS NULL AND minutes > target) AS overdue,
		percentile_cont('{0.5,0.9,0.95}'::float8[]) WITHIN GROUP (ORDER BY minutes) FILTER (WHERE stop IS NOT NULL) AS percentiles,
		max(minutes) FILTER (WHERE stop IS NOT NULL) AS worst
	FROM model
	GROUP BY plan, priority, metric, month
), backlog AS (
	SELECT number, metric, plan, priority, target - minutes AS remaining
	FROM model
	WHERE stop IS NULL AND target IS NOT NULL
	ORDER BY remaining
)
SELECT (SELECT count(c) FROM compliance AS c) AS groups, (SELECT count(b) FROM backlog AS b) AS running;

-- The same figures from the views.
CREATE VIEW view_report AS
SELECT (SELECT count(c) FROM (SELECT * FROM some_desk_sla_compliance OFFSET 0) AS c) AS groups,
	(SELECT count(b) FROM (SELECT * FROM some_desk_sla_backlog OFFSET 0) AS b) AS running;

VACUUM ANALYZE week_period;
CHECKPOINT;
