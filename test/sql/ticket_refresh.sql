-- After a change of policy: sla_moved() tells which tickets it moved, and
-- sla_refresh() computes those anew and no others.
\set SHOW_CONTEXT never
SET intervalstyle = 'postgres';
CREATE SCHEMA refresh;
SET search_path = refresh, public;
CREATE TABLE ticket (
	id integer PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact,
	opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz
);
DO $$ BEGIN PERFORM sla_track('ticket', add_columns => true); END $$;

-- What each row's transaction was, and deadlines as time after the opening.
CREATE VIEW now_is AS
SELECT t.id, t.plan, t.priority, t.due_at - t.opened_at AS due, t.at_risk_at - t.opened_at AS at_risk, t.response_target AS target,
	t.resolution_due_at - t.opened_at AS resolution_due, t.sla_state
FROM ticket AS t ORDER BY t.id;
CREATE TABLE before AS SELECT t.id, t.xmin::text AS version FROM ticket AS t;
CREATE VIEW rewritten AS
SELECT array_agg(t.id ORDER BY t.id) AS rewritten FROM ticket AS t JOIN before AS b USING (id) WHERE t.xmin::text <> b.version;

-- Premium, P4: eight hours for the answer.  1 runs; 2 was answered; 3 is overdue;
-- 4 is urgent; 5 has no plan; 6 has a plan without targets.
INSERT INTO ticket VALUES
	(1, 'premium', 'low', 'low', now() - interval '1 hour', NULL, NULL),
	(2, 'premium', 'low', 'low', now() - interval '1 hour', now(), NULL),
	(3, 'premium', 'low', 'low', now() - interval '10 hours', NULL, NULL),
	(4, 'premium', 'medium', 'high', now() - interval '1 minute', NULL, NULL),
	(5, NULL, 'low', 'low', now(), NULL, NULL),
	(6, 'community', 'low', 'low', now(), NULL, NULL);
SELECT * FROM now_is;
-- Nothing has moved.
SELECT * FROM sla_moved('ticket');
CALL sla_refresh('ticket');

-- Four hours from now on, for the tickets that are open already: the one that
-- runs moves.  Rows that stay are not written.
UPDATE sla_target_rule SET target = '4 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
INSERT INTO before SELECT t.id, t.xmin::text FROM ticket AS t;
SELECT * FROM sla_moved('ticket') ORDER BY id;
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id <= 3;
SELECT * FROM rewritten;
-- Once is enough.
CALL sla_refresh('ticket');

-- With force, stopped clocks too, and those whose deadline had passed.
SELECT * FROM sla_moved('ticket', force => true) ORDER BY id;
CALL sla_refresh('ticket', force => true);
SELECT * FROM now_is WHERE id <= 3;
SELECT * FROM rewritten;
SELECT * FROM sla_moved('ticket', force => true);

-- The share that is at risk, the target's calendar, and no target any more.
UPDATE sla_target_rule SET at_risk = 0.5 WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id = 1;
UPDATE sla_target_rule SET target = NULL WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id = 1;
UPDATE sla_target_rule SET target = '8 hours', at_risk = 0.75 WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id = 1;

-- A target for the resolution: of every ticket that is not resolved.
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('premium', 'P4', 'resolution', '24 hours');
SELECT * FROM sla_moved('ticket') ORDER BY id;
CALL sla_refresh('ticket');
SELECT id, resolution_due FROM now_is;

-- A plan's own matrix: priority and deadline of the tickets that are open.
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('premium', 'medium', 'high', 'P1');
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id = 4;
DELETE FROM support_priority_rule WHERE plan = 'premium';
CALL sla_refresh('ticket');
SELECT * FROM now_is WHERE id = 4;

-- Tickets that could not be judged are, once they can be; those that still
-- cannot are left alone.
SET ticket_priority.bad_ticket = 'unknown';
SET client_min_messages = error;
INSERT INTO ticket VALUES (11, 'gold', 'low', 'low', now(), NULL, NULL), (12, 'gold', 'low', 'low', now() - interval '1 hour', now(), now()),
	(13, 'silver', 'low', 'low', now(), NULL, NULL), (14, 'gold', 'low', 'low', now(), now() - interval '1 hour', NULL);
RESET client_min_messages;
RESET ticket_priority.bad_ticket;
SELECT s.id, s.metric, s.status FROM ticket_sla AS s WHERE s.id > 10 ORDER BY s.id, s.metric;
SELECT * FROM sla_moved('ticket');
INSERT INTO support_plan (plan, title, sla_of) VALUES ('gold', 'Gold', 'premium');
SELECT * FROM sla_moved('ticket') ORDER BY id;
CALL sla_refresh('ticket');
SELECT s.id, s.metric, s.status FROM ticket_sla AS s WHERE s.id > 10 ORDER BY s.id, s.metric;
CALL sla_refresh('ticket');
DELETE FROM ticket WHERE id > 10;
DELETE FROM support_plan WHERE plan = 'gold';

-- In batches that are committed.  An error stops it at a ticket; what was done
-- stays, and the next call does the rest.
UPDATE sla_target_rule SET target = '6 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
INSERT INTO ticket SELECT n, 'premium', 'low', 'low', now(), NULL, NULL FROM generate_series(21, 27) AS n;
UPDATE sla_target_rule SET target = '5 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
ALTER TABLE ticket ADD CONSTRAINT stubborn CHECK (id <> 25 OR due_at > opened_at + interval '5 hours') NOT VALID;
SET client_min_messages = warning;
\set VERBOSITY terse
CALL sla_refresh('ticket', batch_size => 1);
\set VERBOSITY default
SELECT count(*) FILTER (WHERE due = '5 hours') > 0 AS some, count(*) FILTER (WHERE due = '6 hours') > 0 AS rest FROM now_is WHERE id > 20;
ALTER TABLE ticket DROP CONSTRAINT stubborn;
RESET client_min_messages;
SELECT count(*) > 0 AS more FROM sla_moved('ticket');
SET client_min_messages = warning;
CALL sla_refresh('ticket') \g /dev/null
RESET client_min_messages;
SELECT count(*) FILTER (WHERE due = '5 hours') AS done, count(*) FILTER (WHERE due = '6 hours') AS rest FROM now_is WHERE id > 20;
UPDATE sla_target_rule SET target = '8 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
CALL sla_refresh('ticket', batch_size => 3);

-- Not inside a transaction block, but for one batch without a commit.
UPDATE sla_target_rule SET target = '5 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
BEGIN;
CALL sla_refresh('ticket');
ROLLBACK;
BEGIN;
CALL sla_refresh('ticket', batch_size => NULL);
SHOW ticket_priority.recompute;
ROLLBACK;
SELECT count(*) FROM sla_moved('ticket');

-- In any search_path; the table's own triggers have that of the caller.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
	RAISE NOTICE 'search_path is %', current_setting('search_path');
	RETURN NULL;
END $$;
CREATE TRIGGER tell AFTER UPDATE ON ticket FOR EACH STATEMENT EXECUTE FUNCTION tell();
SET search_path = '';
CALL public.sla_refresh('refresh.ticket');
SET search_path = refresh, public;
DROP TRIGGER tell ON ticket;

-- Who may not update the table may not refresh it.
CREATE ROLE refresh_reader;
GRANT USAGE ON SCHEMA refresh TO refresh_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA refresh TO refresh_reader;
UPDATE sla_target_rule SET target = '8 hours' WHERE plan = 'premium' AND priority = 'P4' AND metric = 'first_response';
SET ROLE refresh_reader;
SELECT count(*) FROM sla_moved('ticket');
CALL sla_refresh('ticket');
RESET ROLE;

-- Errors.
CREATE FUNCTION failure(command text) RETURNS TABLE (code text, message text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;
SELECT f.* FROM unnest(ARRAY[
	'CALL sla_refresh(NULL)', 'CALL sla_refresh(''ticket'', NULL)', 'CALL sla_refresh(''ticket'', batch_size => 0)',
	'CALL sla_refresh(''ticket'')', 'CALL sla_refresh(''before'', batch_size => NULL)', 'SELECT sla_moved(''before'')',
	'SELECT _sla_relation(''before'', ''_sla'')']) WITH ORDINALITY AS c (command, n), failure(c.command) AS f ORDER BY c.n;
SELECT _sla_relation('ticket', '_sla') AS sla, _sla_relation('ticket', NULL) AS none, _sla_equality('integer') AS number;
SELECT count(*) FROM sla_moved(NULL);

DELETE FROM sla_target_rule WHERE plan = 'premium' AND metric = 'resolution';
SET client_min_messages = warning;
DROP SCHEMA refresh CASCADE;
DROP ROLE refresh_reader;
