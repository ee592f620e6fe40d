-- Tracked tables of many kinds: partitions, tenants, other keys, quoted names,
-- owners who are not superusers, row-level security, a column that is filled.
\set VERBOSITY terse
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA tables;
CREATE ROLE tables_owner;
CREATE ROLE tables_agent;
GRANT ALL ON SCHEMA tables TO tables_owner;
GRANT USAGE ON SCHEMA tables TO tables_agent;
SET search_path = tables, public;
INSERT INTO support_plan (plan, title, calendar, position) VALUES ('desk', 'Desk', 'always', 90);
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT 'desk', priority, metric, '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS priority, unnest(ARRAY['first_response', 'resolution']) AS metric;
SET ROLE tables_owner;

-- Partitions with columns in another order, with tenants and a uuid.
CREATE TABLE "Ticket" (id uuid, "Tenant" int, created date, opened_at timestamptz, plan text, priority text, answered_at timestamptz, resolved_at timestamptz, PRIMARY KEY (id, "Tenant", created)) PARTITION BY RANGE (created);
CREATE TABLE t1 (gone text, resolved_at timestamptz, answered_at timestamptz, plan text, priority text, opened_at timestamptz, created date NOT NULL, "Tenant" int NOT NULL, id uuid NOT NULL);
ALTER TABLE t1 DROP COLUMN gone;
ALTER TABLE "Ticket" ATTACH PARTITION t1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE t2 PARTITION OF "Ticket" FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE t0 PARTITION OF "Ticket" DEFAULT;
SELECT sla_track('"Ticket"', tenant => 'Tenant');
CREATE VIEW clock AS
SELECT right(ticket::text, 1) AS ticket, tenant, metric, run, plan, priority, due_at::date AS due, stopped_at::date AS stopped, cancel_reason AS cancelled, gone_at IS NOT NULL AS gone
FROM "Ticket_sla_clock" ORDER BY 1, 2, 3, 4;
PREPARE add(int, int, date) AS INSERT INTO "Ticket" SELECT ('00000000-0000-0000-0000-00000000000' || $1)::uuid, $2, $3, $3 + time '10:00', 'desk', 'P2';
EXECUTE add(1, 1, '2026-01-05');
EXECUTE add(1, 2, '2026-01-05');
EXECUTE add(2, 1, '2026-04-05');
INSERT INTO t2 (id, "Tenant", created, opened_at, plan, priority) VALUES ('00000000-0000-0000-0000-000000000003', 1, '2026-02-05', '2026-02-05 10:00', 'desk', 'P2');
TABLE clock;
UPDATE "Ticket" SET answered_at = '2026-01-06' WHERE created = '2026-01-05' AND "Tenant" = 2;
UPDATE t1 SET answered_at = '2026-01-07' WHERE "Tenant" = 1;
SELECT * FROM clock WHERE stopped IS NOT NULL;
-- A row that moves to another partition goes on with its clocks; nothing is told.
UPDATE "Ticket" SET created = '2026-02-05' WHERE created = '2026-01-05' AND "Tenant" = 2;
WITH moved AS (DELETE FROM t0 RETURNING *) INSERT INTO "Ticket" SELECT id, "Tenant", '2026-01-20', opened_at, plan, priority FROM moved;
TABLE clock;
SELECT right(ticket::text, 1) AS ticket, tenant, event FROM "Ticket_sla_trail" ORDER BY 1, 2;
-- The same by pg_partman's way: into a table that is attached afterwards.
EXECUTE add(4, 1, '2026-05-05');
BEGIN;
CREATE TABLE t5 (LIKE "Ticket" INCLUDING ALL);
WITH moved AS (DELETE FROM t0 RETURNING *) INSERT INTO t5 SELECT * FROM moved;
ALTER TABLE "Ticket" ATTACH PARTITION t5 FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
COMMIT;
SELECT ticket, metric, gone FROM clock WHERE ticket = '4';
UPDATE "Ticket" SET answered_at = '2026-05-06' WHERE created = '2026-05-05';
SELECT ticket, metric, stopped, cancelled, gone FROM clock WHERE ticket = '4';
-- Detached, changed meanwhile, attached: seen when it is touched.
ALTER TABLE "Ticket" DETACH PARTITION t5;
UPDATE t5 SET resolved_at = '2026-05-07';
SELECT ticket, metric, stopped FROM clock WHERE ticket = '4';
ALTER TABLE "Ticket" ATTACH PARTITION t5 FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
SELECT metric, run, what FROM _sla_differences('"Ticket"', '00000000-0000-0000-0000-000000000004', '1');
SELECT _sla_reconcile('"Ticket"', '{00000000-0000-0000-0000-000000000004}', '{1}', 'refresh');
SELECT ticket, metric, stopped FROM clock WHERE ticket = '4';
-- The tenant belongs to the key.
SELECT _sla_reconcile('"Ticket"', '{00000000-0000-0000-0000-000000000004}', NULL, 'refresh');
SELECT _sla_reconcile('"Ticket"', '{00000000-0000-0000-0000-000000000004}', '{1, 2}', 'refresh');
DELETE FROM "Ticket" WHERE "Tenant" = 1;
SELECT ticket, tenant, count(*), bool_and(gone) AS gone FROM clock GROUP BY 1, 2 ORDER BY 1, 2;
TRUNCATE "Ticket";
SELECT bool_and(gone) AS gone FROM clock;
DROP TABLE "Ticket" CASCADE;
DROP TABLE "Ticket_sla_clock", "Ticket_sla_trail", "Ticket_sla_excuse", "Ticket_sla_alarm" CASCADE;

-- Keys that begin again: TRUNCATE RESTART IDENTITY, and ids used again.
CREATE TABLE ticket (id serial PRIMARY KEY, opened_at timestamptz, plan text DEFAULT 'desk', urgency text, impact text, override text, priority text, answered_at timestamptz);
SELECT sla_track('ticket', fill => 'priority', priority => '', closed => '');
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-05 10:00', 'high', 'medium');
TRUNCATE ticket RESTART IDENTITY;
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-06 10:00', 'high', 'high');
SELECT ticket, metric, run, priority, due_at, gone_at IS NOT NULL AS gone FROM ticket_sla_clock ORDER BY 1, 2, 3;

-- The column is filled; what an application writes there is put back.
TABLE ticket;
UPDATE ticket SET priority = 'P4';
SELECT priority FROM ticket;
UPDATE ticket SET priority = NULL, impact = 'low' RETURNING priority;
-- A changed matrix moves nothing before what is asked of it changes.
RESET ROLE;
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('desk', 'high', 'low', 'P1');
SET ROLE tables_owner;
UPDATE ticket SET answered_at = '2026-01-06 11:00' RETURNING priority;
UPDATE ticket SET override = 'P4' RETURNING priority;
UPDATE ticket SET override = NULL RETURNING priority;
INSERT INTO ticket (opened_at, urgency, impact, priority) VALUES ('2026-01-06 10:00', NULL, 'low', 'P1') RETURNING priority;
-- A bad level is an error, or fills nothing.
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-06 10:00', 'huge', 'low');
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-06 10:00', 'huge', 'low') RETURNING priority;
RESET ticket_priority.bad_ticket;
-- The column is renamed.
ALTER TABLE ticket RENAME priority TO prio;
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-06 10:00', 'low', 'low') RETURNING prio;

-- A column of an enum is filled, too.
CREATE TABLE graded (id int PRIMARY KEY, opened_at timestamptz, plan text DEFAULT 'desk', urgency text, impact text, grade ticket_priority);
SELECT sla_track('graded', fill => 'grade', priority => '', override => '', closed => '');
INSERT INTO graded VALUES (1, '2026-01-06 10:00', 'desk', 'high', 'medium');
UPDATE graded SET impact = 'high' RETURNING grade;
DROP TABLE graded CASCADE;
DROP TABLE graded_sla_clock, graded_sla_trail, graded_sla_excuse, graded_sla_alarm CASCADE;

-- Row-level security, forced upon the owner too: tracking sees what is there.
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON ticket USING (impact = 'medium');
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket TO tables_agent;
GRANT USAGE ON SEQUENCE ticket_id_seq TO tables_agent;
SET ROLE tables_agent;
INSERT INTO ticket (opened_at, urgency, impact) VALUES ('2026-01-07 10:00', 'low', 'medium') RETURNING id, prio;
UPDATE ticket SET answered_at = '2026-01-07 11:00';
DELETE FROM ticket;
SET ROLE tables_owner;
SELECT ticket, metric, stopped_at, gone_at IS NOT NULL AS gone FROM ticket_sla_clock WHERE opened_at = '2026-01-07 10:00';
RESET ROLE;
DELETE FROM support_priority_rule WHERE plan = 'desk';
DELETE FROM sla_target_rule WHERE plan = 'desk';
DROP SCHEMA tables CASCADE;
DELETE FROM support_plan WHERE plan = 'desk';
DROP ROLE tables_owner, tables_agent;
