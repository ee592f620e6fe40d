-- Tracking on tables of every kind, under every statement that writes rows, and
-- the trail that they leave.
\set VERBOSITY terse
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;
CREATE SCHEMA desk;
SET search_path = desk, public;

-- The trail ----------------------------------------------------------------

CREATE TABLE ticket (
	id int PRIMARY KEY,
	plan text,
	urgency ticket_urgency,
	impact ticket_impact,
	override ticket_priority,
	opened_at timestamptz DEFAULT now(),
	answered_at timestamptz
);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
CREATE VIEW trail AS
SELECT ticket, event, old_urgency, urgency, old_override, override, assigned, old_priority, priority,
	due_at - old_due_at AS due_later, status, actor, actor_kind, reason
  FROM ticket_priority_log;

-- Each assignment, each level asked for, each override and its clearing; who and
-- why, if that is told.  What does not touch the priority leaves no row.
BEGIN;
SET LOCAL ticket_priority.actor = 'jane@example.com';
SET LOCAL ticket_priority.actor_kind = customer;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (1, 'premium', 'low', 'low');
SET LOCAL ticket_priority.reason = 'production is down';
UPDATE ticket SET override = 'P1';
SET LOCAL ticket_priority.actor = 'joe';
SET LOCAL ticket_priority.actor_kind = agent;
SET LOCAL ticket_priority.reason = 'it is a printer';
UPDATE ticket SET urgency = 'medium', impact = 'medium', override = NULL;
RESET ticket_priority.reason;
UPDATE ticket SET urgency = 'high';
UPDATE ticket SET urgency = 'high', plan = 'standard' WHERE false;
UPDATE ticket SET answered_at = now();
-- The status is that before the change.
UPDATE ticket SET urgency = 'low';
SELECT * FROM trail;
SELECT * FROM ticket_sla_overrides;
ROLLBACK;
-- Without these settings, it is the user; inside a function of somebody else, the
-- one who called it.
CREATE ROLE tracking_agent;
GRANT USAGE ON SCHEMA desk TO tracking_agent;
GRANT INSERT (id, plan, urgency, impact) ON ticket TO tracking_agent;
CREATE FUNCTION open_ticket(int) RETURNS void LANGUAGE sql SECURITY DEFINER
AS $$ INSERT INTO desk.ticket (id, plan, urgency, impact) VALUES ($1, 'premium', 'low', 'low') $$;
-- He may not write the trail, and yet it is written.
SET ROLE tracking_agent;
INSERT INTO desk.ticket (id, plan, urgency, impact) VALUES (1, 'premium', 'low', 'low');
SELECT open_ticket(2);
INSERT INTO desk.ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'me');
RESET ROLE;
SELECT ticket, event, priority, actor FROM trail ORDER BY ticket;
-- Nor may its owner.
INSERT INTO ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'me');
UPDATE ticket_priority_log SET actor = 'me';
DELETE FROM ticket_priority_log;
TRUNCATE ticket_priority_log;
MERGE INTO ticket_priority_log USING (VALUES (1)) AS v ON false WHEN NOT MATCHED THEN INSERT (at, event, actor) VALUES (now(), 'assigned', 'me');
COPY ticket_priority_log (at, event, actor) FROM STDIN;
\.
-- The trail has indexes like any table.
CREATE UNIQUE INDEX ON ticket_priority_log (upper(event), ticket) WHERE event = 'assigned';
DELETE FROM ticket WHERE id = 2;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (3, 'premium', 'low', 'low');
INSERT INTO ticket (id, plan, urgency, impact) VALUES (2, 'premium', 'low', 'low');
SELECT ticket FROM ticket_priority_log WHERE event = 'assigned' ORDER BY ticket;

-- ON CONFLICT: a proposed row that becomes an update, or nothing, leaves no
-- ghost in the trail.
INSERT INTO ticket (id, plan, urgency, impact) VALUES (3, 'premium', 'high', 'high') ON CONFLICT DO NOTHING;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (3, 'premium', 'high', 'high'), (4, 'premium', 'high', 'high')
	ON CONFLICT (id) DO UPDATE SET urgency = excluded.urgency;
SELECT ticket, event, old_priority, priority FROM trail WHERE ticket IN (3, 4) ORDER BY ticket, old_priority NULLS FIRST;
SELECT id, priority, due_at - opened_at AS target FROM ticket WHERE id IN (3, 4) ORDER BY id;
-- MERGE.
MERGE INTO ticket AS t USING (VALUES (4, 'low'), (5, 'low')) AS v (id, level) ON t.id = v.id
	WHEN MATCHED THEN UPDATE SET urgency = v.level::ticket_urgency
	WHEN NOT MATCHED THEN INSERT (id, plan, urgency, impact) VALUES (v.id, 'premium', v.level::ticket_urgency, 'high');
SELECT ticket, event, old_priority, priority FROM trail WHERE ticket IN (4, 5) ORDER BY ticket, old_priority NULLS FIRST;
-- COPY.
COPY ticket (id, plan, urgency, impact, opened_at) FROM STDIN;
6	premium	high	high	2026-11-20 12:00:00+00
7	premium	low	low	2026-11-20 12:00:00+00
\.
SELECT id, priority, due_at FROM ticket WHERE id IN (6, 7) ORDER BY id;
SELECT count(*) FROM trail WHERE ticket IN (6, 7);
-- Rolled back to a savepoint: neither ticket nor trail.
BEGIN;
SAVEPOINT s;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (8, 'premium', 'low', 'low');
ROLLBACK TO s;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (9, 'premium', 'low', 'low');
COMMIT;
SELECT ticket FROM trail WHERE ticket IN (8, 9);

-- A trigger of the application that sorts before, and changes an input that the
-- statement does not name.
CREATE FUNCTION escalate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.plan = 'premium' THEN
		NEW.urgency := 'high';
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER zzz_escalate BEFORE INSERT OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION escalate();
INSERT INTO ticket (id, plan, urgency, impact) VALUES (10, 'premium', 'low', 'high');
UPDATE ticket SET answered_at = NULL WHERE id = 7;
SELECT id, priority FROM ticket WHERE id IN (7, 10) ORDER BY id;
DROP TRIGGER zzz_escalate ON ticket;

-- Only changes in the trail, or nothing.
SELECT sla_track('ticket', trail => 'changes') IS NOT NULL AS tracked;
INSERT INTO ticket (id, plan, urgency, impact, override) VALUES (11, 'premium', 'low', 'high', NULL), (12, 'premium', 'low', 'high', 'P1');
UPDATE ticket SET urgency = 'high' WHERE id = 11;
SELECT ticket, event, old_priority, assigned, priority FROM trail WHERE ticket > 10 ORDER BY ticket;
SELECT sla_track('ticket', trail => 'none') IS NOT NULL AS tracked;
UPDATE ticket SET urgency = 'low' WHERE id = 11;
SELECT count(*) FROM trail WHERE ticket = 11;

-- Row-level security: who sees one customer's tickets sees their clocks alone.
SELECT sla_track('ticket') IS NOT NULL AS tracked;
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON ticket TO tracking_agent USING (id = 6);
GRANT SELECT ON ticket, ticket_sla, ticket_sla_clock, ticket_sla_compliance, ticket_sla_excuse TO tracking_agent;
SET ROLE tracking_agent;
SELECT id, metric, priority FROM desk.ticket_sla;
SELECT sum(tickets) AS tickets FROM desk.ticket_sla_compliance;
RESET ROLE;
DROP VIEW trail;
SELECT sla_untrack('ticket');
DROP FUNCTION open_ticket, escalate;
DROP TABLE ticket;

-- Partitions -----------------------------------------------------------------

-- Partitions whose columns lie in another order, two levels deep.
CREATE TABLE ticket (
	id int,
	junk int,
	plan text,
	urgency ticket_urgency,
	impact ticket_impact,
	opened_at timestamptz DEFAULT now(),
	answered_at timestamptz,
	resolved_at timestamptz,
	team text,
	PRIMARY KEY (id, team)
) PARTITION BY LIST (team);
ALTER TABLE ticket DROP COLUMN junk;
CREATE TABLE ticket_a PARTITION OF ticket FOR VALUES IN ('a');
CREATE TABLE ticket_b (team text NOT NULL, resolved_at timestamptz, answered_at timestamptz, more int, opened_at timestamptz DEFAULT now(),
	impact ticket_impact, urgency ticket_urgency, plan text, id int NOT NULL, PRIMARY KEY (id, team));
ALTER TABLE ticket_b DROP COLUMN more;
ALTER TABLE ticket ATTACH PARTITION ticket_b FOR VALUES IN ('b');
CREATE TABLE ticket_rest PARTITION OF ticket DEFAULT PARTITION BY RANGE (id);
CREATE TABLE ticket_rest_low PARTITION OF ticket_rest FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE ticket_rest_high PARTITION OF ticket_rest FOR VALUES FROM (100) TO (MAXVALUE);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO ticket (id, plan, urgency, impact, team) VALUES
	(1, 'premium', 'high', 'high', 'a'), (2, 'premium', 'low', 'high', 'b'), (3, 'premium', 'low', 'low', 'c'), (103, 'premium', 'low', 'low', 'c');
-- A partition that comes later, and rows written to partitions by name.
CREATE TABLE ticket_d PARTITION OF ticket FOR VALUES IN ('d');
INSERT INTO ticket_d (id, plan, urgency, impact, team) VALUES (4, 'premium', 'high', 'high', 'd');
INSERT INTO ticket_b (id, plan, urgency, impact, team) VALUES (5, 'premium', 'high', 'high', 'b');
SELECT tableoid::regclass, id, priority, due_at - opened_at AS target FROM ticket ORDER BY id;
SELECT ticket, event, old_priority, priority FROM ticket_priority_log ORDER BY ticket;
SELECT id, status FROM ticket_sla WHERE metric = 'first_response' ORDER BY id;

-- A row that moves keeps its verdict, and is no new ticket; what changes on the
-- way is a change.
BEGIN;
UPDATE ticket SET team = 'b' WHERE id = 1;
UPDATE ticket SET team = 'c', urgency = 'low' WHERE id = 1;
UPDATE ticket SET team = 'a', id = id + 200 WHERE id IN (3, 103);
SELECT tableoid::regclass, id, priority, due_at - opened_at AS target FROM ticket ORDER BY id;
SELECT ticket, event, old_priority, priority FROM ticket_priority_log ORDER BY ticket, old_priority NULLS FIRST;
ROLLBACK;
-- A deadline that had passed stays a miss over the move.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, team, opened_at) VALUES (6, 'premium', 'high', 'high', 'a', now() - interval '1 hour');
UPDATE ticket SET team = 'b', plan = 'community' WHERE id = 6;
SELECT plan, priority, status, late_by FROM ticket_sla WHERE id = 6 AND metric = 'first_response';
ROLLBACK;
-- A row that the same statement inserts is not taken for one that moved, though it
-- has the number and the deadlines of the one that was changed.
BEGIN;
WITH changed AS (UPDATE ticket SET plan = 'premium' WHERE id = 1 RETURNING *)
INSERT INTO ticket (id, plan, urgency, impact, team, opened_at, due_at, at_risk_at, priority)
SELECT id, plan, 'low', 'low', 'c', opened_at, due_at, at_risk_at, priority FROM changed;
SELECT team, priority, due_at - opened_at AS target FROM ticket WHERE id = 1 ORDER BY team;
SELECT event, old_priority, priority FROM ticket_priority_log WHERE ticket = 1 ORDER BY priority;
ROLLBACK;
-- Many rows at once, back and forth, with triggers of the application that run
-- queries in between, and a ticket of the same number that is deleted and made anew.
CREATE FUNCTION look_around() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	CREATE TABLE IF NOT EXISTS desk.seen (n bigint);
	INSERT INTO desk.seen SELECT count(*) FROM desk.ticket;
	RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER look_around BEFORE INSERT OR UPDATE OR DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION look_around();
CREATE TRIGGER look_around_after AFTER INSERT OR UPDATE OR DELETE ON ticket FOR EACH ROW EXECUTE FUNCTION look_around();
BEGIN;
UPDATE ticket SET team = CASE team WHEN 'a' THEN 'b' ELSE 'a' END;
UPDATE ticket SET team = CASE team WHEN 'a' THEN 'b' ELSE 'a' END;
SELECT count(*) FROM ticket_priority_log;
UPDATE ticket SET answered_at = now() WHERE id = 1;
DELETE FROM ticket WHERE id = 1;
INSERT INTO ticket (id, plan, urgency, impact, team) VALUES (1, 'premium', 'low', 'low', 'b');
SELECT ticket, event, old_priority, priority FROM ticket_priority_log WHERE ticket = 1 ORDER BY priority;
-- Undone in part, the trail does not take the next ticket for one that moves.
SAVEPOINT s;
UPDATE ticket SET team = 'c' WHERE id = 1;
ROLLBACK TO s;
INSERT INTO ticket (id, plan, urgency, impact, team) VALUES (7, 'premium', 'low', 'low', 'c');
SELECT ticket, event FROM ticket_priority_log WHERE ticket IN (1, 7) ORDER BY ticket, priority;
ROLLBACK;
DROP TABLE IF EXISTS seen;
DROP TRIGGER look_around ON ticket;
DROP TRIGGER look_around_after ON ticket;
DROP FUNCTION look_around;
-- A partition that leaves takes its triggers off; one that joins gets them.
ALTER TABLE ticket DETACH PARTITION ticket_d;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'ticket_d'::regclass;
SELECT sla_untrack('ticket');
SELECT count(*) FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'desk'::regnamespace;
DROP TABLE ticket, ticket_d;

-- Inheritance ----------------------------------------------------------------

CREATE TABLE ticket (id int, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz DEFAULT now());
CREATE TABLE ticket_old () INHERITS (ticket);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO ticket VALUES (1, 'premium', 'high', 'high');
INSERT INTO ticket_old VALUES (2, 'premium', 'low', 'low');
SELECT tableoid::regclass, id, priority FROM ticket ORDER BY id;
SELECT ticket, event, priority FROM ticket_priority_log ORDER BY ticket;
SELECT id, priority FROM ticket_sla ORDER BY id;
SELECT ticket_table FROM sla_tracked;
SELECT sla_untrack('ticket');
DROP TABLE ticket CASCADE;

-- A history of statuses ---------------------------------------------------------

INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('premium', 'P1', 'resolution', '4 hours');
CREATE TABLE ticket (
	id int PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact,
	opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz
);
CREATE TABLE "Status History" (seq bigserial, ticket_id int, status text, changed_at timestamptz);
INSERT INTO ticket VALUES (1, 'premium', 'high', 'high', '2026-11-20 12:00');
INSERT INTO "Status History" (ticket_id, status, changed_at) VALUES (1, 'new', '2026-11-20 12:00'), (1, 'waiting', '2026-11-20 13:00'), (1, 'open', '2026-11-20 14:00');
SELECT sla_track('ticket', add_columns => true, paused_when => '{waiting,"on hold"}',
	status_history => '"Status History"', backfill => 'all') IS NOT NULL AS tracked;
SELECT id, paused, resolution_due_at FROM ticket;
-- Several rows in one statement, out of order, overlapping, two in one instant.
INSERT INTO "Status History" (ticket_id, status, changed_at) VALUES
	(1, 'open', '2026-11-20 15:30'), (1, 'on hold', '2026-11-20 15:00'), (1, 'waiting', '2026-11-20 15:10'),
	(1, 'waiting', '2026-11-20 15:40'), (1, 'open', '2026-11-20 15:40'), (99, 'waiting', '2026-11-20 15:40'), (1, 'waiting', NULL);
SELECT id, paused, resolution_due_at FROM ticket;
-- A pause without end, corrected, deleted.
INSERT INTO "Status History" (ticket_id, status, changed_at) VALUES (1, 'waiting', '2026-11-20 16:00');
SELECT id, paused, resolution_due_at FROM ticket;
UPDATE "Status History" SET changed_at = '2026-11-20 20:00' WHERE changed_at = '2026-11-20 16:00';
SELECT id, paused, resolution_due_at FROM ticket;
DELETE FROM "Status History" WHERE changed_at = '2026-11-20 20:00';
SELECT id, paused, resolution_due_at FROM ticket;
-- A row that goes to another ticket leaves the first one right as well.
INSERT INTO ticket VALUES (2, 'premium', 'high', 'high', '2026-11-20 12:00');
UPDATE "Status History" SET ticket_id = 2 WHERE status = 'waiting' AND changed_at = '2026-11-20 13:00';
SELECT id, paused, resolution_due_at FROM ticket ORDER BY id;
-- Who may write the history need not be allowed to write tickets.
GRANT INSERT ON "Status History" TO tracking_agent;
GRANT USAGE ON SEQUENCE "Status History_seq_seq" TO tracking_agent;
SET ROLE tracking_agent;
INSERT INTO desk."Status History" (ticket_id, status, changed_at) VALUES (2, 'open', '2026-11-20 13:30');
RESET ROLE;
SELECT id, paused FROM ticket WHERE id = 2;
-- The time before the opening counts nowhere, nor does that of a ticket that could
-- not be judged.
INSERT INTO ticket VALUES (3, 'premium', 'high', 'high', '2026-11-20 12:00', '2026-11-20 14:00');
INSERT INTO "Status History" (ticket_id, status, changed_at) VALUES (3, 'new', '2026-11-20 08:00'), (3, 'open', '2026-11-20 13:00');
SELECT per_status FROM ticket_sla_misses WHERE id = 3 AND metric = 'first_response';
SET ticket_priority.bad_ticket = unknown;
UPDATE ticket SET plan = 'premum' WHERE id = 3;
RESET ticket_priority.bad_ticket;
SELECT per_status FROM ticket_sla_misses WHERE id = 3 AND metric = 'first_response';
DELETE FROM ticket WHERE id = 3;
TRUNCATE "Status History";
SELECT id, paused, resolution_due_at FROM ticket ORDER BY id;
SELECT sla_track('ticket', status_history => '"Status History"', history_status => 'state');
SELECT sla_untrack('ticket');
SELECT count(*) FROM pg_trigger WHERE tgrelid = '"Status History"'::regclass;
SELECT count(*) FROM pg_proc WHERE pronamespace = 'desk'::regnamespace;

DELETE FROM sla_target_rule WHERE metric = 'resolution';
DROP SCHEMA desk CASCADE;
DROP ROLE tracking_agent;
