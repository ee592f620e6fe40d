-- Setting up tracking: whose everything is, who may do what, and row-level security.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE ROLE rights_owner;
CREATE ROLE rights_member IN ROLE rights_owner;
CREATE ROLE rights_approver;
CREATE ROLE rights_second;
CREATE ROLE rights_agent;
CREATE SCHEMA rights AUTHORIZATION rights_owner;
GRANT USAGE ON SCHEMA rights TO rights_agent, rights_approver;
SET search_path = rights, public;
CREATE VIEW owners AS
SELECT c.relowner::regrole AS owner, count(*) FROM pg_class AS c
WHERE c.relnamespace = 'rights'::regnamespace AND c.relname LIKE 'ticket\_%' GROUP BY 1;

-- Everything belongs to the owner of the table: when he is no superuser, when a member of
-- his role calls, and when a superuser does.
SET ROLE rights_owner;
CREATE TABLE ticket (id int PRIMARY KEY, opened_at timestamptz, priority text, resolved_at timestamptz, team name);
CREATE TABLE event (id int PRIMARY KEY, ticket int, at timestamptz);
CREATE INDEX ON event (ticket);
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true');
RESET ROLE;
SELECT * FROM owners;
SET ROLE rights_owner;
SELECT sla_untrack('ticket');
RESET ROLE;
SET ROLE rights_member;
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true');
SELECT sla_track('ticket');
RESET ROLE;
SELECT * FROM owners;
SET ROLE rights_member;
SELECT sla_untrack('ticket', keep => true);
RESET ROLE;
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true');
SELECT * FROM owners;
SELECT sla_drop_clock('ticket', 'update');

-- The approver reads the clocks and the trail, and excuses. Who excused, and when, are
-- not his to write.
SELECT sla_track('ticket', approver => 'rights_approver');
CREATE VIEW granted AS
SELECT r.role, t.name, has_table_privilege(r.role, t.name, 'SELECT') AS "select", has_column_privilege(r.role, t.name, 'ticket', 'INSERT') AS "insert",
	has_table_privilege(r.role, t.name, 'DELETE') AS "delete", has_any_column_privilege(r.role, t.name, 'UPDATE') AS "update"
FROM unnest('{rights_approver,rights_second}'::text[]) AS r (role), unnest('{ticket_sla_clock,ticket_sla_trail,ticket_sla_excuse}'::text[]) AS t (name);
SELECT * FROM granted ORDER BY role, name;
SET ROLE rights_approver;
INSERT INTO ticket_sla_excuse (clock_id, ticket, metric, run, reason, excused_by) VALUES (1, 1, 'resolution', 1, 'storm', 'someone');
INSERT INTO ticket_sla_excuse (clock_id, ticket, metric, run, reason) VALUES (1, 1, 'resolution', 1, 'storm');
SELECT ticket, metric, run, reason, excused_by FROM ticket_sla_excuse;
DELETE FROM ticket_sla_excuse;
RESET ROLE;
-- Who writes tickets and events needs rights on these tables, and none on the extension's schema.
BEGIN;
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true');
GRANT INSERT ON ticket, event TO rights_agent;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
SET LOCAL ROLE rights_agent;
INSERT INTO ticket VALUES (90, now(), 'P2');
INSERT INTO event VALUES (90, 90, now());
RESET ROLE;
SELECT metric, run FROM ticket_sla_clock WHERE ticket = 90 ORDER BY metric;
ROLLBACK;
-- Where the id has got another type, functions of the owner run when the tables follow it: as him.
SET ROLE rights_owner;
CREATE TABLE followed (id int PRIMARY KEY, opened_at timestamptz, priority text, resolved_at timestamptz);
SELECT sla_track('followed');
INSERT INTO followed VALUES (1, now(), 'P2');
SELECT sla_untrack('followed', keep => true);
CREATE TABLE ran_as (who text);
CREATE FUNCTION run_as(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN INSERT INTO rights.ran_as VALUES (current_user); RETURN true; END';
CREATE DOMAIN ticket_number AS int CHECK (rights.run_as(VALUE));
ALTER TABLE followed ALTER id TYPE ticket_number;
TRUNCATE ran_as;
RESET ROLE;
SELECT sla_track('followed');
SELECT DISTINCT who FROM ran_as;
SELECT ticket, pg_typeof(ticket) FROM followed_sla;
SELECT sla_untrack('followed');
DROP TABLE followed, ran_as;
DROP DOMAIN ticket_number;
-- Another approver takes the place of the first; the owner keeps his rights.
SELECT sla_track('ticket', approver => 'rights_second');
SELECT * FROM granted ORDER BY role, name;
-- Nor has one any rights while tracking is ended with keep.
SELECT sla_untrack('ticket', keep => true);
SELECT role, name FROM granted WHERE "select" OR "insert" OR "delete";
SELECT sla_track('ticket', approver => 'rights_owner');
SELECT sla_track('ticket');
SELECT has_table_privilege('rights_owner', 'ticket_sla_clock', 'SELECT'), has_table_privilege('rights_owner', 'ticket_sla_excuse', 'INSERT');

-- Row-level security: who sees the ticket sees its clocks, trail, excuses and alarms.
CREATE VIEW security AS
SELECT c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
	ARRAY(SELECT p.polname::text FROM pg_policy AS p WHERE p.polrelid = c.oid ORDER BY p.polname) AS policies
FROM pg_class AS c
WHERE c.relnamespace = 'rights'::regnamespace AND c.relkind = 'r' AND c.relname LIKE 'ticket\_sla\_%';
SELECT * FROM security ORDER BY name;
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY team ON ticket USING (team = current_user);
SELECT sla_track('ticket');
SELECT * FROM security ORDER BY name;
SET session_replication_role = replica;
INSERT INTO ticket VALUES (1, '2026-11-20 12:00', 'P2', NULL, 'rights_agent'), (2, '2026-11-20 12:00', 'P2', NULL, 'rights_owner');
INSERT INTO ticket_sla_clock (ticket, metric, run, started_at) VALUES (1, 'resolution', 1, '2026-11-20 12:00'), (2, 'resolution', 1, '2026-11-20 12:00'),
	(3, 'resolution', 1, '2026-11-20 12:00');
INSERT INTO ticket_sla_trail (at, ticket, event, actor) VALUES ('2026-11-20 12:00', 1, 'opened', 'x'), ('2026-11-20 12:00', 2, 'opened', 'x');
INSERT INTO ticket_sla_excuse (clock_id, ticket, metric, run, reason) VALUES (1, 1, 'resolution', 1, 'x'), (2, 2, 'resolution', 1, 'x');
INSERT INTO ticket_sla_alarm (ticket, metric, run, level) VALUES (1, 'resolution', 1, '1'), (2, 'resolution', 1, '1');
RESET session_replication_role;
GRANT SELECT ON ticket, ticket_sla_clock, ticket_sla_trail, ticket_sla_excuse, ticket_sla_alarm, ticket_sla_input TO rights_agent;
CREATE VIEW seen WITH (security_invoker = true) AS
SELECT ARRAY(SELECT ticket FROM ticket_sla_clock ORDER BY 1) AS clocks, ARRAY(SELECT ticket FROM ticket_sla_trail ORDER BY 1) AS trail,
	ARRAY(SELECT ticket FROM ticket_sla_excuse ORDER BY 1) AS excuses, ARRAY(SELECT ticket FROM ticket_sla_alarm ORDER BY 1) AS alarms,
	ARRAY(SELECT id FROM ticket_sla_input ORDER BY 1) AS inputs;
GRANT SELECT ON seen TO rights_agent, rights_owner;
SET ROLE rights_agent;
SELECT * FROM seen;
RESET ROLE;
-- The owner sees the clocks of tickets that are gone, too; unless he has forced himself.
SET ROLE rights_owner;
SELECT * FROM seen;
ALTER TABLE ticket FORCE ROW LEVEL SECURITY;
SELECT sla_track('ticket');
SELECT * FROM seen;
RESET ROLE;
SELECT * FROM security ORDER BY name;
ALTER TABLE ticket NO FORCE ROW LEVEL SECURITY;
-- A policy that the owner has put in place of ours stays.
DROP POLICY sla_ticket ON ticket_sla_clock;
CREATE POLICY cheaper ON ticket_sla_clock USING (ticket = 2);
SELECT sla_track('ticket');
SELECT name, policies FROM security ORDER BY name;
DROP VIEW seen;
-- While tracking is ended with keep, nobody but the owner sees them.
SELECT sla_untrack('ticket', keep => true);
SELECT * FROM security ORDER BY name;
DROP POLICY cheaper ON ticket_sla_clock;
ALTER TABLE ticket ALTER COLUMN id TYPE bigint;
SELECT sla_track('ticket');
SELECT * FROM security ORDER BY name;
-- Without row-level security of the tickets, ours ends.
ALTER TABLE ticket DISABLE ROW LEVEL SECURITY;
SELECT sla_track('ticket');
SELECT * FROM security ORDER BY name;
SELECT sla_untrack('ticket');

-- Functions in expressions act as the owner. They find others in the schemas of the table and
-- of the extension, and not where the writer's search_path says: he cannot put his own there.
SET ROLE rights_owner;
CREATE FUNCTION zone_of_team(team name) RETURNS text LANGUAGE sql STABLE AS $$SELECT 'Europe/Warsaw'$$;
CREATE FUNCTION zone_of(team name) RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN zone_of_team(team); END$$;
SELECT sla_track('ticket', time_zone => 'zone_of(team)');
GRANT INSERT ON ticket TO rights_agent;
RESET ROLE;
CREATE SCHEMA rights_other AUTHORIZATION rights_agent;
SET ROLE rights_agent;
CREATE FUNCTION rights_other.zone_of_team(team name) RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN 'acts as ' || current_user; END$$;
SET search_path = rights_other, rights, public;
INSERT INTO ticket (id, opened_at, priority) VALUES (9, '2026-11-23 10:00+00', 'P1');
SHOW search_path;
RESET ROLE;
SET search_path = rights, public;
SELECT DISTINCT time_zone FROM ticket_sla_clock WHERE ticket = 9;
SELECT sla_untrack('ticket');

-- Expressions act as the owner in upkeep too, when a superuser calls it.
SET ROLE rights_owner;
CREATE FUNCTION is_closed(id bigint) RETURNS boolean LANGUAGE plpgsql AS
	$$BEGIN IF current_user <> 'rights_owner' THEN RAISE NOTICE 'acts as another'; END IF; RETURN false; END$$;
SELECT sla_track('ticket', closed => 'is_closed(id)');
RESET ROLE;
CALL sla_backfill('ticket');
CALL sla_backfill('ticket', 'all');
CALL sla_refresh('ticket', force => true);
SELECT * FROM sla_check('ticket');
SELECT sla_forget('ticket', 77);
-- So do his triggers on the tables beside his, when a clock is dropped and tickets are forgotten.
SET ROLE rights_owner;
CREATE TABLE act (relation name, operation text, is_owner boolean);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
	$$BEGIN INSERT INTO rights.act VALUES (TG_TABLE_NAME, TG_OP, current_user = 'rights_owner'); RETURN NULL; END$$;
CREATE TRIGGER note AFTER UPDATE OR DELETE ON ticket_sla_clock FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON ticket_sla_trail FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON ticket_sla_excuse FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE TRIGGER note AFTER DELETE ON ticket_sla_alarm FOR EACH STATEMENT EXECUTE FUNCTION note();
RESET ROLE;
SELECT sla_drop_clock('ticket', 'resolution');
SELECT * FROM act;
DELETE FROM ticket WHERE id = 9;
TRUNCATE act;
SELECT sla_forget('ticket', 9);
SELECT * FROM act ORDER BY relation, is_owner;
SELECT sla_forget('ticket', before => 'infinity');
SELECT count(*), bool_and(is_owner) FROM act;
SELECT sla_untrack('ticket');

-- So do the checks of the domains of an id and a tenant.
SET ROLE rights_owner;
CREATE FUNCTION is_number(value text) RETURNS boolean LANGUAGE plpgsql AS
	$$BEGIN IF current_user <> 'rights_owner' THEN RAISE NOTICE 'acts as another'; END IF; RETURN true; END$$;
CREATE DOMAIN numbered AS bigint CHECK (is_number(VALUE::text));
CREATE DOMAIN desk AS text CHECK (is_number(VALUE));
CREATE TABLE parcel (desk desk, id numbered, opened_at timestamptz, plan text, priority ticket_priority, answered_at timestamptz, PRIMARY KEY (desk, id));
SELECT sla_track('parcel', tenant => 'desk');
INSERT INTO parcel VALUES ('north', 1, '2026-11-20 12:00', 'premium', 'P1', '2026-11-20 13:00');
RESET ROLE;
CALL sla_backfill('parcel', 'all');
CALL sla_refresh('parcel', force => true);
SELECT * FROM sla_check('parcel');
SELECT sla_rejudge('parcel', 1, 'a mistake', tenant => 'north');
SELECT sla_cancel_run('parcel', 1, 'first_response', 'a mistake', tenant => 'north');
SELECT sla_restore_run('parcel', 1, 'first_response', tenant => 'north');
SELECT sla_untrack('parcel');

-- Upkeep runs as the owner, who needs the extension's schema, whoever calls.
SET ROLE rights_owner;
CREATE TABLE bare (id int PRIMARY KEY, opened_at timestamptz, priority text, resolved_at timestamptz);
RESET ROLE;
BEGIN;
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
SELECT public.sla_track('bare');
ROLLBACK;

-- Who has no rights on a table of events, but a schema of his own, does not divert them to
-- tickets of his, although anybody can make a view upon any table.
SET ROLE rights_owner;
CREATE TABLE call (id int PRIMARY KEY, opened_at timestamptz, plan text, priority ticket_priority);
CREATE TABLE said (id int PRIMARY KEY, call int, at timestamptz, author text);
CREATE INDEX ON said (call);
SELECT sla_track('call');
SELECT sla_add_events('call', 'next_response', 'said', ticket => 'call', starts => $$author = 'customer'$$, stops => $$author = 'agent'$$);
INSERT INTO call VALUES (1, '2026-11-20 12:00', 'premium', 'P1');
SET ROLE rights_agent;
CREATE TABLE rights_other.call (id int PRIMARY KEY);
CREATE VIEW rights_other.call_sla_input AS SELECT id FROM rights_other.call;
CREATE VIEW rights_other.call_sla_events_first AS SELECT id FROM rights.said;
SET ROLE rights_owner;
INSERT INTO said VALUES (1, 1, '2026-11-20 12:30', 'customer'), (2, 1, '2026-11-20 13:00', 'agent');
SELECT ticket, run, stopped_at - started_at AS took FROM call_sla_clock WHERE metric = 'next_response';
RESET ROLE;
DROP VIEW rights_other.call_sla_events_first;
SELECT sla_untrack('call');

SET client_min_messages = warning;
DROP SCHEMA rights, rights_other CASCADE;
DROP ROLE rights_owner, rights_member, rights_approver, rights_second, rights_agent;
