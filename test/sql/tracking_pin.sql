-- Whatever the application's expressions do while a ticket is tracked, the ticket is
-- judged by the policy that its statement began with, and nothing breaks.
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA pinned;
SET search_path = pinned, public;

-- An expression that fails in a part of the transaction, in every kind of place in
-- which tracking evaluates one: the generated priority, the text of a type of the
-- application's, a domain of a column that the trigger fills, and a check of the trail.
CREATE FUNCTION label_priority(label text) RETURNS ticket_priority LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN label::ticket_priority;
EXCEPTION WHEN others THEN
	RETURN 'P4';
END $$;
CREATE FUNCTION fails_inside(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sla_target('P1', 'none such');
	RETURN true;
EXCEPTION WHEN undefined_object THEN
	RETURN at IS NULL OR at > '2020-01-01';
END $$;
CREATE DOMAIN instant AS timestamptz CHECK (fails_inside(VALUE));
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency text, impact text, label text, opened_at timestamptz,
	answered_at timestamptz, resolved_at timestamptz, due_at instant, at_risk_at instant, resolution_due_at instant, sla_state jsonb,
	priority ticket_priority GENERATED ALWAYS AS (label_priority(label)) STORED);
SELECT sla_track('ticket') IS NOT NULL AS tracked;
ALTER TABLE ticket_priority_log ADD CHECK (fails_inside(at));
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (1, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
\c
SET search_path = pinned, public;
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
-- First thing in a session, and where every read is marked.
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (2, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
UPDATE ticket SET label = 'P1' WHERE id = 2;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (3, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
COMMIT;
-- Where a ticket that cannot be judged is stored, each is tried in a part of its own.
SET ticket_priority.bad_ticket = 'unknown';
BEGIN ISOLATION LEVEL SERIALIZABLE;
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (4, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00'),
	(5, 'none such', 'high', 'high', 'urgent', '2026-11-20 10:00'), (6, 'premium', 'high', 'high', 'P2', '2026-11-20 10:00');
COMMIT;
RESET ticket_priority.bad_ticket;
-- After changes of policy in the same transaction, and in parts of it that failed.
BEGIN;
UPDATE sla_target_rule SET target = '6 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (7, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
SAVEPOINT s;
UPDATE sla_target_rule SET target = '7 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (8, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
SELECT id, due_at FROM ticket WHERE id >= 7 ORDER BY id;
ROLLBACK TO s;
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (9, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00');
SELECT id, due_at FROM ticket WHERE id >= 7 ORDER BY id;
ROLLBACK;
SELECT id, priority, due_at FROM ticket ORDER BY id;
SELECT ticket, event, priority FROM ticket_priority_log ORDER BY ticket, at;

-- An expression that changes the policy, and asks for it so often that whatever was
-- kept of it is dropped.
CREATE FUNCTION churn() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('pinned.churn', true) = 'on' THEN
		FOR i IN 1 .. 40 LOOP
			UPDATE sla_target_rule SET target = target + interval '1 minute' WHERE plan = 'premium' AND priority = 'P1' AND metric = 'first_response';
			PERFORM sla_target('P1', 'premium', 'first_response', now());
			PERFORM sla_deadline(now(), 'P1', 'premium', 'Europe/Warsaw');
		END LOOP;
	END IF;
END $$;
CREATE FUNCTION churning_priority(urgency text) RETURNS ticket_priority LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM churn();
	RETURN 'P1';
END $$;
CREATE FUNCTION churning_check(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	PERFORM churn();
	RETURN true;
END $$;
CREATE DOMAIN churning AS timestamptz CHECK (churning_check(VALUE));
CREATE TABLE churned (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz,
	due_at churning, at_risk_at churning, resolution_due_at churning, sla_state jsonb, time_zone text DEFAULT 'Europe/Warsaw',
	priority ticket_priority GENERATED ALWAYS AS (churning_priority(urgency)) STORED);
SELECT sla_track('churned') IS NOT NULL AS tracked;
BEGIN;
UPDATE sla_target_rule SET target = '1 hour' WHERE plan = 'premium' AND priority = 'P1' AND metric = 'first_response';
SET LOCAL pinned.churn = 'on';
INSERT INTO churned (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', '2026-11-20 10:00');
SELECT id, priority, due_at FROM churned;
ROLLBACK;
-- The same where the axes may take next to nothing.
BEGIN;
SET LOCAL ticket_priority.cache_size = '256kB';
SET LOCAL pinned.churn = 'on';
INSERT INTO churned (id, plan, urgency, impact, opened_at) VALUES (2, 'standard', 'high', 'high', '2026-11-20 10:00'), (3, 'premium', 'low', 'low', '2026-11-20 10:00');
SELECT id, priority FROM churned ORDER BY id;
ROLLBACK;

-- From the query of a cursor, with parts of the transaction that fail while it is
-- open.  What it calls are statements of their own: each sees the policy of now.
CREATE FUNCTION store(id int) RETURNS text LANGUAGE sql VOLATILE AS $$
	INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) VALUES (id, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00')
	RETURNING due_at::text $$;
BEGIN;
DECLARE stored CURSOR FOR SELECT store(i) FROM generate_series(21, 23) AS i;
FETCH 1 FROM stored;
SAVEPOINT s;
UPDATE sla_target_rule SET target = '5 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
ROLLBACK TO s;
SELECT sla_target('P1', 'none such');
ROLLBACK TO s;
FETCH 1 FROM stored;
UPDATE sla_target_rule SET target = '5 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
FETCH 1 FROM stored;
ROLLBACK;

-- A trigger of the application that fails in a part of its own, between the tickets of
-- a statement.
CREATE FUNCTION fail_inside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM fails_inside(now());
	UPDATE sla_target_rule SET target = target WHERE plan = 'premium';
	RETURN NEW;
END $$;
CREATE TRIGGER "~~fail" BEFORE INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION fail_inside();
CREATE TRIGGER fail AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION fail_inside();
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, label, opened_at) SELECT i, 'premium', 'high', 'high', 'urgent', '2026-11-20 10:00' FROM generate_series(31, 34) AS i;
SELECT count(*), min(due_at), max(due_at) FROM ticket WHERE id > 30;
ROLLBACK;

SET client_min_messages = error;
DROP SCHEMA pinned CASCADE;
RESET search_path;
