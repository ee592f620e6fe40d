-- Tickets of a helpdesk, in tables that are tracked and in others.  Made after
-- tables.sql.  In: the variables rows and module.

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

-- Tickets of two years, numbered as they were opened; answered and resolved
-- all but a few of the last weeks.  A quarter waited for the customer.
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
		date_trunc('second', o.opened_at + a.hours * interval '1 hour') AS answered_at,
		date_trunc('second', o.opened_at + (a.hours + a.more) * interval '1 hour') AS resolved_at
	FROM generate_series(1, :rows) AS i
	CROSS JOIN LATERAL (
		SELECT date_trunc('second', now() - interval '730 days' + i * (interval '730 days' / :rows)) AS opened_at) AS o
	CROSS JOIN LATERAL (SELECT -6 * ln(1 - random()) + i * 0 AS hours, -48 * ln(1 - random()) + i * 0 AS more) AS a
	JOIN zone AS z ON z.id = 1 + i::bigint * 7919 % 400) AS t
ORDER BY number;

-- New ones, as they come in: neither answered nor resolved.
CREATE UNLOGGED TABLE arrival AS
SELECT number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact,
	'new'::text AS status, date_trunc('second', now()) + number * interval '1 millisecond' - interval '20 minutes' AS opened_at,
	NULL::timestamptz AS answered_at, NULL::timestamptz AS resolved_at, NULL::tstzmultirange AS paused
FROM history
ORDER BY number;

-- --------------------------------------------------- where it is written

CREATE PROCEDURE make_desk(name text, trail text) LANGUAGE plpgsql AS $$
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
			resolution_due_at timestamptz,
			resolution_at_risk_at timestamptz,
			resolution_target interval,
			sla_state jsonb
		);
		CREATE INDEX ON bench.@name@ (requester);
		CREATE INDEX ON bench.@name@ (assignee, status);
		CREATE INDEX ON bench.@name@ (opened_at);
		CREATE INDEX ON bench.@name@ (due_at) WHERE answered_at IS NULL AND resolved_at IS NULL;
		CREATE INDEX ON bench.@name@ (resolution_due_at) WHERE resolved_at IS NULL;
		$create$, '@name@', name);
	IF trail IS NULL THEN
		EXECUTE format('CREATE TRIGGER "~sla_track" BEFORE INSERT OR UPDATE ON bench.%I FOR EACH ROW EXECUTE FUNCTION bench.no_op_trigger()', name);
	ELSE
		PERFORM sla_track(format('bench.%I', name)::regclass, id => 'number', trail => trail);
	END IF;
END $$;

CREATE FUNCTION insertion(desk text, source text, first bigint, last bigint) RETURNS text LANGUAGE sql AS $$
	SELECT format('INSERT INTO bench.%I (number, subject, body, requester, assignee, team, plan, time_zone,
			urgency, impact, status, opened_at, answered_at, resolved_at, paused)
		SELECT * FROM bench.%I WHERE number BETWEEN %s AND %s', desk, source, first, last)
$$;

CREATE INDEX ON history (number);
CREATE INDEX ON arrival (number);
VACUUM ANALYZE history, arrival;
CHECKPOINT;
