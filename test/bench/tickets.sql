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

-- What a command costs: nanoseconds of a processor, and bytes of WAL; and how many
-- rows it writes.
CREATE FUNCTION cost_of_command(command text, OUT spent bigint, OUT wal bigint, OUT written bigint) LANGUAGE plpgsql AS $$
DECLARE
	lsn pg_lsn := pg_current_wal_insert_lsn();
	start bigint := bench.processor_time();
BEGIN
	EXECUTE command;
	spent := bench.processor_time() - start;
	GET DIAGNOSTICS written = ROW_COUNT;
	wal := pg_current_wal_insert_lsn() - lsn;
END $$;

-- What a session of pgbench has used.
CREATE UNLOGGED TABLE used (spent bigint);

-- What a prepared query of one row costs, for each of some values of its parameter.
CREATE FUNCTION cost_of_prepared(query text, parameters bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	start bigint;
	parameter bigint;
	ignored record;
BEGIN
	EXECUTE 'PREPARE bench_query (bigint) AS ' || query;
	FOR i IN 1 .. 6 LOOP		-- from the sixth time on, the plan is kept
		EXECUTE 'EXECUTE bench_query (0)' INTO ignored;
	END LOOP;
	start := bench.processor_time();
	FOREACH parameter IN ARRAY parameters LOOP
		EXECUTE format('EXECUTE bench_query (%s)', parameter) INTO ignored;
	END LOOP;
	start := bench.processor_time() - start;
	DEALLOCATE bench_query;
	RETURN start;
END $$;

-- ------------------------------------------------------- what is written

-- Tickets of two years, numbered as they were opened, answered and resolved as
-- far as that has come.  Half are resolved within two days and the mean is about
-- two weeks, as of real incidents.  A quarter waited for the customer.
CREATE UNLOGGED TABLE history AS
SELECT number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact, opened_at,
	CASE WHEN answered_at <= now() THEN answered_at END AS answered_at,
	CASE WHEN resolved_at <= now() THEN resolved_at END AS resolved_at,
	CASE WHEN number % 4 = 0 AND resolved_at <= now() THEN tstzmultirange(tstzrange(
		date_trunc('second', answered_at + (resolved_at - answered_at) * 0.2),
		date_trunc('second', answered_at + (resolved_at - answered_at) * 0.6))) END AS paused
FROM (
	SELECT i::bigint AS number,
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
CREATE INDEX ON history (number);
VACUUM ANALYZE history;

-- --------------------------------------------------- where it is written

CREATE PROCEDURE make_desk(name text) LANGUAGE plpgsql AS $make$
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
			opened_at timestamptz NOT NULL,
			answered_at timestamptz,
			resolved_at timestamptz,
			paused tstzmultirange
		);
		CREATE INDEX ON bench.@name@ (requester);
		CREATE INDEX ON bench.@name@ (assignee);
		CREATE INDEX ON bench.@name@ (opened_at);
		CREATE SEQUENCE bench.@name@_number START 100000001;
		$create$, '@name@', name);
END $make$;

-- Tracked, with two clocks, of which one can pause, and a trail of everything.
CREATE PROCEDURE track_desk(name text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sla_track(format('bench.%I', name)::regclass, id => 'number');
	PERFORM sla_add_clock(format('bench.%I', name)::regclass, 'resolution', paused => 'paused');
END $$;

CALL make_desk('desk');
CALL track_desk('desk');

CALL make_desk('idle_desk');
CREATE TRIGGER no_op AFTER INSERT OR UPDATE ON idle_desk
	FOR EACH ROW EXECUTE FUNCTION no_op_trigger();

-- The same tables, written as an application would: for each ticket in a loop, or
-- by one statement.  LIKE leaves out how full pages become.
CALL make_desk('loop_desk');
CREATE TABLE loop_clock (LIKE desk_sla_clock INCLUDING ALL) WITH (fillfactor = 90);
CREATE TABLE loop_trail (LIKE desk_sla_trail INCLUDING ALL);
CREATE FUNCTION write_in_a_loop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	p ticket_priority := assign_priority(NEW.urgency, NEW.impact);
	m text;
	stop timestamptz;
	pauses tstzmultirange;
	c record;
BEGIN
	FOREACH m IN ARRAY ARRAY['first_response', 'resolution'] LOOP
		IF m = 'resolution' THEN
			stop := NEW.resolved_at;
			pauses := NEW.paused;
		ELSE
			stop := LEAST(NEW.answered_at, NEW.resolved_at);
		END IF;
		SELECT * INTO c FROM sla_clock(NEW.opened_at, p, NEW.plan, NEW.time_zone, m, pauses, answered_at => stop);
		INSERT INTO bench.loop_clock (ticket, metric, run, opened_at, plan, priority, time_zone, urgency, impact, started_at,
			stopped_at, stopped_by, closed_at, paused, target, due_at, at_risk_at, elapsed)
		VALUES (NEW.number, m, 1, NEW.opened_at, NEW.plan, p, NEW.time_zone, NEW.urgency, NEW.impact, NEW.opened_at,
			stop, CASE WHEN stop = NEW.resolved_at THEN 'close' ELSE 'stop' END, NEW.resolved_at, COALESCE(pauses, '{}'),
			c.target, c.due_at, c.at_risk_at, CASE WHEN stop IS NOT NULL THEN c.elapsed END);
	END LOOP;
	INSERT INTO bench.loop_trail (at, ticket, event, priority, plan, urgency, impact, assigned, actor)
	VALUES (clock_timestamp(), NEW.number, 'opened', p, NEW.plan, NEW.urgency, NEW.impact, p, session_user);
	RETURN NULL;
END $$;
CREATE TRIGGER write_clocks AFTER INSERT ON loop_desk
	FOR EACH ROW EXECUTE FUNCTION write_in_a_loop();

CALL make_desk('once_desk');
CREATE TABLE once_clock (LIKE desk_sla_clock INCLUDING ALL) WITH (fillfactor = 90);
CREATE TABLE once_trail (LIKE desk_sla_trail INCLUDING ALL);
CREATE FUNCTION write_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	p ticket_priority := assign_priority(NEW.urgency, NEW.impact);
BEGIN
	INSERT INTO bench.once_clock (ticket, metric, run, opened_at, plan, priority, time_zone, urgency, impact, started_at,
		stopped_at, stopped_by, closed_at, paused, target, due_at, at_risk_at, elapsed)
	SELECT NEW.number, m.metric, 1, NEW.opened_at, NEW.plan, p, NEW.time_zone, NEW.urgency, NEW.impact, NEW.opened_at,
		m.stop, CASE WHEN m.stop = NEW.resolved_at THEN 'close' ELSE 'stop' END, NEW.resolved_at, COALESCE(m.pauses, '{}'),
		c.target, c.due_at, c.at_risk_at, CASE WHEN m.stop IS NOT NULL THEN c.elapsed END
	FROM (VALUES ('first_response', LEAST(NEW.answered_at, NEW.resolved_at), NULL),
		('resolution', NEW.resolved_at, NEW.paused)) AS m (metric, stop, pauses),
		LATERAL sla_clock(NEW.opened_at, p, NEW.plan, NEW.time_zone, m.metric, m.pauses, answered_at => m.stop) AS c;
	INSERT INTO bench.once_trail (at, ticket, event, priority, plan, urgency, impact, assigned, actor)
	VALUES (clock_timestamp(), NEW.number, 'opened', p, NEW.plan, NEW.urgency, NEW.impact, p, session_user);
	RETURN NULL;
END $$;
CREATE TRIGGER write_clocks AFTER INSERT ON once_desk
	FOR EACH ROW EXECUTE FUNCTION write_at_once();

-- What a clock says; whoever wrote it, the same.
CREATE VIEW different_clock AS
WITH tracked AS (
	SELECT ticket, metric, run, opened_at, plan, priority, time_zone, urgency, impact, started_at,
		stopped_at, CASE WHEN stopped_at IS NOT NULL THEN stopped_by END, closed_at, paused, target, due_at, at_risk_at, elapsed
	FROM desk_sla_clock
), looped AS (
	SELECT ticket, metric, run, opened_at, plan, priority, time_zone, urgency, impact, started_at,
		stopped_at, CASE WHEN stopped_at IS NOT NULL THEN stopped_by END, closed_at, paused, target, due_at, at_risk_at, elapsed
	FROM loop_clock
)
(SELECT * FROM tracked EXCEPT SELECT * FROM looped)
UNION ALL
(SELECT * FROM looped EXCEPT SELECT * FROM tracked);
