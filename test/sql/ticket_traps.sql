-- What writers do to tracked tables: triggers that write again, lookups, stale
-- rows, partitions, upserts, and writes to what is not theirs.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA traps;
SET search_path = traps, public;
SET timezone = 'UTC';
SELECT set_config('rules.t0', date_trunc('second', now())::text, false) IS NOT NULL AS ready;
CREATE FUNCTION hours(h numeric) RETURNS timestamptz LANGUAGE sql STABLE
RETURN current_setting('rules.t0')::timestamptz + make_interval(mins => (h * 60)::int);
CREATE FUNCTION hour_of(t timestamptz) RETURNS int LANGUAGE sql STABLE
RETURN round(extract(epoch FROM t - current_setting('rules.t0')::timestamptz) / 3600);
INSERT INTO support_plan (plan, title, calendar, position) VALUES ('desk', 'Desk', 'always', 90), ('gold', 'Gold', 'always', 91);
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT plan, priority, metric, CASE plan WHEN 'desk' THEN '8 h' ELSE '4 h' END::interval FROM unnest(enum_range(NULL::ticket_priority)) AS priority, unnest(ARRAY['first_response', 'resolution']) AS metric, unnest(ARRAY['desk', 'gold']) AS plan;

-- The plan of a customer is looked up by a function.
CREATE TABLE customer (name text PRIMARY KEY, plan text);
INSERT INTO customer VALUES ('acme', 'desk'), ('rich', 'gold');
CREATE FUNCTION plan_of(customer text) RETURNS text LANGUAGE sql STABLE SET search_path = traps
AS 'SELECT plan FROM customer WHERE name = $1';
CREATE TABLE ticket (id int PRIMARY KEY, parent int, opened_at timestamptz DEFAULT hours(0), customer text DEFAULT 'acme', priority text DEFAULT 'P2', answered_at timestamptz, closed_at timestamptz, status text DEFAULT 'open');
SELECT sla_track('ticket', plan => 'plan_of(customer)', closed => 'closed_at');
CREATE VIEW clock AS
SELECT ticket, metric, run, plan, priority, hour_of(started_at) AS started, hour_of(due_at) AS due, hour_of(stopped_at) AS stopped, cancel_reason AS cancelled, gone_at IS NOT NULL AS gone
FROM ticket_sla_clock ORDER BY ticket, metric, run;

-- One UPDATE hits parent and child, and a trigger on the parent updates the child again.
CREATE FUNCTION close_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE traps.ticket SET closed_at = NEW.closed_at, answered_at = coalesce(answered_at, NEW.closed_at) WHERE parent = NEW.id AND closed_at IS DISTINCT FROM NEW.closed_at;
	RETURN NULL;
END $$;
CREATE TRIGGER aa_children AFTER INSERT OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION close_children();
CREATE TRIGGER zz_children AFTER INSERT OR UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION close_children();
INSERT INTO ticket (id, parent) VALUES (1, NULL), (2, 1), (3, 1);
UPDATE ticket SET closed_at = hours(2), priority = 'P1' WHERE id IN (1, 2);
TABLE clock;
SELECT ticket, metric, event FROM ticket_sla_trail ORDER BY ticket, metric NULLS FIRST, id;
-- The same with an INSERT of many rows: the parent closes children of the same statement.
INSERT INTO ticket (id, parent, closed_at) VALUES (5, 4, NULL), (4, NULL, hours(1)), (6, 4, NULL);
SELECT ticket, metric, stopped FROM clock WHERE ticket IN (4, 5, 6);
SELECT ticket, event FROM ticket_sla_trail WHERE ticket IN (4, 5, 6) ORDER BY ticket, id;
DROP TRIGGER aa_children ON ticket;
DROP TRIGGER zz_children ON ticket;

-- A customer's plan changes in the lookup, then the ticket is touched.
INSERT INTO ticket (id) VALUES (10);
UPDATE customer SET plan = 'gold' WHERE name = 'acme';
SELECT metric, plan, due FROM clock WHERE ticket = 10;
UPDATE ticket SET status = 'touched' WHERE id = 10;
SELECT metric, plan, due FROM clock WHERE ticket = 10;
-- Changed in the same statement as the ticket: what counts is what is there in the end.
WITH c AS (UPDATE customer SET plan = 'desk' WHERE name = 'acme' RETURNING name)
UPDATE ticket SET status = 'again' FROM c WHERE id = 10;
SELECT metric, plan, due FROM clock WHERE ticket = 10;
-- One clock alone is judged anew: the trail tells that, and of the ticket no more than once.
INSERT INTO ticket (id) VALUES (70), (71);
UPDATE customer SET plan = 'gold' WHERE name = 'acme';
SELECT sla_rejudge('ticket', 70, 'agreed', metric => 'resolution'), sla_rejudge('ticket', 71, 'agreed', metric => 'first_response');
UPDATE ticket SET status = 'touched' WHERE id IN (70, 71);
SELECT metric IS NULL AS of_ticket, event, count(*) FROM ticket_sla_trail WHERE ticket IN (70, 71) GROUP BY 1, 2 ORDER BY 1, 2;
UPDATE customer SET plan = 'desk' WHERE name = 'acme';
-- The function is replaced in mid-session, also in a transaction that has used it.
BEGIN;
UPDATE ticket SET status = 'open' WHERE id = 10;
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'gold'::text$$;
UPDATE ticket SET status = 'touched' WHERE id = 10;
SELECT metric, plan, due FROM clock WHERE ticket = 10;
ROLLBACK;
UPDATE ticket SET status = 'touched' WHERE id = 10;
SELECT metric, plan, due FROM clock WHERE ticket = 10;

-- An expression that fails names itself.
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE sql STABLE SET search_path = traps
AS 'SELECT CASE WHEN $1 = ''bad'' THEN (1 / (length($1) - 3))::text ELSE plan END FROM customer WHERE name = $1 OR $1 = ''bad'' LIMIT 1';
\set VERBOSITY default
INSERT INTO ticket (id, customer) VALUES (11, 'bad');
\set VERBOSITY terse
-- Under bad_ticket = unknown it is a problem; a real stop is still seen.
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO ticket (id, customer) VALUES (11, 'bad');
UPDATE ticket SET answered_at = hours(1) WHERE id = 11;
SELECT metric, hour_of(due_at) AS due, hour_of(stopped_at) AS stopped, problem FROM ticket_sla_clock WHERE ticket = 11 ORDER BY 1;
RESET ticket_priority.bad_ticket;
UPDATE ticket SET customer = 'acme' WHERE id = 11;
SELECT metric, hour_of(due_at) AS due, hour_of(stopped_at) AS stopped, problem FROM ticket_sla_clock WHERE ticket = 11 ORDER BY 1;
-- An expression whose function writes tickets itself.
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE plpgsql VOLATILE SET search_path = traps AS $$
BEGIN
	UPDATE ticket SET status = 'nested' WHERE id = 10 AND status <> 'nested';
	RETURN 'desk';
END $$;
UPDATE ticket SET answered_at = hours(3) WHERE id = 11;
SELECT status FROM ticket WHERE id = 10;
SELECT metric, stopped FROM clock WHERE ticket = 11;
-- One that deletes its own ticket leaves no clock that runs.
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE plpgsql VOLATILE SET search_path = traps AS $$
BEGIN
	DELETE FROM ticket AS t WHERE t.customer = plan_of.customer AND t.customer = 'leaver';
	RETURN 'desk';
END $$;
INSERT INTO ticket (id, customer) VALUES (60, 'leaver'), (61, 'acme');
UPDATE ticket SET customer = 'leaver' WHERE id = 61;
SELECT ticket, metric, cancelled, gone FROM clock WHERE ticket IN (60, 61);
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE sql STABLE SET search_path = traps AS 'SELECT plan FROM customer WHERE name = $1';

-- A stale row saved by an ORM writes the ticket's own columns and no clock.
UPDATE ticket SET id = 11, parent = NULL, opened_at = hours(0), customer = 'acme', priority = 'P2', answered_at = hours(3), closed_at = NULL, status = 'stale' WHERE id = 11;
SELECT metric, stopped FROM clock WHERE ticket = 11;
-- INSERT ... ON CONFLICT, MERGE, COPY.
INSERT INTO ticket (id, priority) VALUES (10, 'P1'), (12, 'P1') ON CONFLICT (id) DO UPDATE SET priority = EXCLUDED.priority;
INSERT INTO ticket (id, priority) VALUES (12, 'P4') ON CONFLICT DO NOTHING;
MERGE INTO ticket AS t USING (VALUES (12, hours(1)), (13, hours(1))) AS s (id, at) ON t.id = s.id
WHEN MATCHED THEN UPDATE SET answered_at = at WHEN NOT MATCHED THEN INSERT (id, answered_at) VALUES (id, at);
COPY ticket (id, priority) FROM stdin;
14	P3
\.
SELECT ticket, metric, priority, stopped FROM clock WHERE ticket IN (10, 12, 13, 14);
-- Savepoints, and an error that is caught: the guard is as it was.
BEGIN;
SAVEPOINT a;
UPDATE ticket SET priority = 'P5' WHERE id = 14;
ROLLBACK TO a;
UPDATE ticket SET priority = 'P1' WHERE id = 14;
ROLLBACK TO a;
UPDATE ticket_sla_clock SET plan = 'none';
ROLLBACK TO a;
COMMIT;
SELECT metric, priority FROM clock WHERE ticket = 14;
-- A deferred trigger of the application.
CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE traps.ticket SET answered_at = traps.hours(2) WHERE id = NEW.id AND answered_at IS NULL;
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON ticket DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION answer();
BEGIN;
INSERT INTO ticket (id) VALUES (15);
SELECT metric, stopped FROM clock WHERE ticket = 15;
COMMIT;
SELECT metric, stopped FROM clock WHERE ticket = 15;
DROP TRIGGER later ON ticket;
-- Paused, closed and opened again in one transaction.
BEGIN;
INSERT INTO ticket (id) VALUES (16);
UPDATE ticket SET closed_at = hours(1) WHERE id = 16;
UPDATE ticket SET closed_at = NULL WHERE id = 16;
UPDATE ticket SET priority = 'P1' WHERE id = 16;
COMMIT;
SELECT metric, priority, stopped, cancelled FROM clock WHERE ticket = 16;

-- Clock table and trail are written by tracking alone, whoever asks.
INSERT INTO ticket_sla_clock (ticket, metric, run, started_at) VALUES (1, 'update', 1, now());
UPDATE ticket_sla_clock SET due_at = NULL;
DELETE FROM ticket_sla_trail;
TRUNCATE ticket_sla_clock;
DO $$
BEGIN
	DELETE FROM traps.ticket_sla_trail;
EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', sqlerrm;
END $$;
-- An owner's trigger on the clock table may read, and write elsewhere; it cannot write clocks.
CREATE TABLE seen (metric text, priority ticket_priority);
CREATE FUNCTION on_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO traps.seen VALUES (NEW.metric, NEW.priority);
	BEGIN
		UPDATE traps.ticket_sla_clock SET plan = 'mine' WHERE clock_id = NEW.clock_id;
	EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', sqlerrm;
	END;
	RETURN NULL;
END $$;
CREATE TRIGGER on_clock AFTER INSERT OR UPDATE ON ticket_sla_clock FOR EACH ROW EXECUTE FUNCTION on_clock();
INSERT INTO ticket (id) VALUES (17);
TABLE seen;
SELECT metric, plan FROM clock WHERE ticket = 17;
DROP TRIGGER on_clock ON ticket_sla_clock;
-- Nor can it keep clocks out, new ones or changed ones.
CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER keep_out BEFORE INSERT OR UPDATE ON ticket_sla_clock FOR EACH ROW EXECUTE FUNCTION keep_out();
INSERT INTO ticket (id) VALUES (23);
UPDATE ticket SET priority = 'P1' WHERE id = 17;
DROP TRIGGER keep_out ON ticket_sla_clock;
-- While check_function_bodies is off, as in a restore of data alone, everything stands aside.
SET check_function_bodies = off;
INSERT INTO ticket (id) VALUES (18);
SELECT count(*) FROM clock WHERE ticket = 18;
UPDATE ticket_sla_clock SET plan = 'restored' WHERE ticket = 17;
RESET check_function_bodies;
SELECT metric, run, what FROM _sla_differences('ticket', '17');
UPDATE ticket SET status = 'touched' WHERE id IN (17, 18);
SELECT ticket, metric, plan FROM clock WHERE ticket IN (17, 18);

-- Who may ask: the owner. A table that is not tracked, a ticket that there is not.
CREATE ROLE traps_agent;
GRANT USAGE ON SCHEMA traps TO traps_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket TO traps_agent;
SET ROLE traps_agent;
INSERT INTO traps.ticket (id) VALUES (19);
UPDATE traps.ticket SET priority = 'P1' WHERE id = 19;
DELETE FROM traps.ticket WHERE id = 18;
SELECT _sla_reconcile('traps.ticket', '{19}', NULL, 'refresh');
SELECT * FROM _sla_differences('traps.ticket', '19');
SELECT _sla_judge_run('traps.ticket', '19', NULL, 'resolution', 1, 'run cancelled', 'x');
RESET ROLE;
SELECT metric, priority FROM clock WHERE ticket = 19;
SELECT actor FROM ticket_sla_trail WHERE ticket = 19 AND actor <> session_user;
SELECT _sla_reconcile('customer', '{1}', NULL, 'refresh');
SELECT _sla_reconcile('ticket', '{99999}', NULL, 'refresh');
SELECT _sla_reconcile('ticket', '{x}', NULL, 'refresh');
SELECT _sla_reconcile('ticket', '{NULL}', NULL, 'refresh');
SELECT _sla_reconcile('ticket', '{19}', NULL, 'again');
SELECT _sla_judge_run('ticket', '19', NULL, 'resolution', 1, 'praised', 'x');
SELECT _sla_reconcile('ticket', NULL, NULL, 'refresh');
SELECT * FROM _sla_differences('ticket', NULL);
SELECT * FROM _sla_ask_as_owner('ticket', 'LOCK TABLE customer', '{}') AS c (n int);
SELECT * FROM _sla_ask_as_owner('ticket', 'SELECT 1, 2', '{}') AS c (n int);
SELECT * FROM _sla_ask_as_owner('ticket', 'SELECT name FROM customer', '{}') AS c (n int);
-- What an owner's functions do for somebody else is restricted: none of it can wait for his commit.
GRANT CREATE ON SCHEMA traps TO traps_agent;
SET ROLE traps_agent;
CREATE FUNCTION traps.leave_behind(plan text) RETURNS text LANGUAGE plpgsql AS 'BEGIN CREATE TEMP TABLE IF NOT EXISTS left_behind (); RETURN plan; END';
CREATE TABLE traps.own (id int PRIMARY KEY, opened_at timestamptz DEFAULT now(), priority text DEFAULT 'P2', plan text DEFAULT 'desk');
SELECT sla_track('traps.own', plan => 'traps.leave_behind(plan)');
INSERT INTO traps.own VALUES (1);
DROP TABLE left_behind;
RESET ROLE;
SELECT _sla_reconcile('traps.own', '{1}', NULL, 'refresh');
SET ROLE traps_agent;
SELECT _sla_reconcile('traps.own', '{1}', NULL, 'refresh');
SELECT sla_untrack('traps.own');
DROP TABLE traps.own, left_behind;
RESET ROLE;
-- Who did it, and why.
SET ticket_priority.actor = 'Ada';
SET ticket_priority.actor_kind = 'customer';
SET ticket_priority.reason = 'asked by phone';
UPDATE ticket SET priority = 'P3' WHERE id = 19;
SELECT DISTINCT actor, actor_kind, reason FROM ticket_sla_trail WHERE ticket = 19 AND event = 'changed' AND actor = 'Ada';
SET ticket_priority.actor_kind = 'nobody';
SET ticket_priority.bad_ticket = 'maybe';
RESET ticket_priority.actor;
RESET ticket_priority.actor_kind;
RESET ticket_priority.reason;

-- A column that an expression needs is renamed; another is added and dropped.
ALTER TABLE ticket RENAME customer TO client;
ALTER TABLE ticket DROP COLUMN parent, ADD COLUMN more text DEFAULT 'x';
INSERT INTO ticket (id, client) VALUES (20, 'rich');
SELECT metric, plan FROM clock WHERE ticket = 20;
-- The schema gets another name.
ALTER SCHEMA traps RENAME TO traps2;
SET search_path = traps2, public;
CREATE OR REPLACE FUNCTION plan_of(customer text) RETURNS text LANGUAGE sql STABLE SET search_path = traps2 AS 'SELECT plan FROM customer WHERE name = $1';
UPDATE ticket SET answered_at = hours(1) WHERE id = 20;
SELECT metric, stopped FROM clock WHERE ticket = 20;
-- A domain that an expression checks is changed in mid-session.
CREATE DOMAIN plan_name AS text;
SELECT sla_track('ticket', plan => 'plan_of(client)::plan_name', closed => 'closed_at');
INSERT INTO ticket (id) VALUES (21);
ALTER DOMAIN plan_name ADD CONSTRAINT not_gold CHECK (VALUE <> 'gold') NOT VALID;
UPDATE ticket SET client = 'rich' WHERE id = 21;
ALTER DOMAIN plan_name DROP CONSTRAINT not_gold;
UPDATE ticket SET client = 'rich' WHERE id = 21;
SELECT metric, plan FROM clock WHERE ticket = 21;

-- Views that somebody has changed by hand are refused.
\set VERBOSITY default
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || rtrim(pg_get_viewdef('ticket_sla_input'), ';') || ' WHERE id > 0'; END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || regexp_replace(pg_get_viewdef('ticket_sla_input'), '(ticket\.)?opened_at', '(SELECT max(i.opened_at) FROM ticket AS i) AS opened_at'); END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || regexp_replace(pg_get_viewdef('ticket_sla_input'), '(ticket\.)?opened_at', 'CASE WHEN xmin IS NOT NULL THEN opened_at END AS opened_at'); END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || regexp_replace(pg_get_viewdef('ticket_sla_input'), '(ticket\.)?id,', 'id + 0 AS id,'); END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || regexp_replace(pg_get_viewdef('ticket_sla_input'), '''all''::text AS trail', 'status AS trail'); END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || regexp_replace(pg_get_viewdef('ticket_sla_input'), '''all''::text AS trail', '''some''::text AS trail'); END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW ticket_sla_input AS ' || rtrim(pg_get_viewdef('ticket_sla_input'), ';') || ' TABLESAMPLE system (50)'; END $$;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
-- Columns have the names by which statements know their tables, and an expression reads all of them.
CREATE TABLE letters (id int PRIMARY KEY, t text, s int, c int, n int, opened_at timestamptz DEFAULT hours(0), closed_at timestamptz, priority text DEFAULT 'P2');
CREATE FUNCTION plan_of_row(whole letters) RETURNS text LANGUAGE sql STABLE RETURN whole.t;
SELECT sla_track('letters', plan => 'plan_of_row(letters)');
INSERT INTO letters (id, t) VALUES (1, 'desk');
SELECT _sla_reconcile('letters', '{1}', NULL, 'backfill');
SELECT sla_untrack('letters');
DROP TABLE letters CASCADE;
-- A column that is not there, and a table of another owner.
BEGIN;
DROP VIEW ticket_sla_input_resolution CASCADE;
CREATE VIEW ticket_sla_input_resolution AS SELECT id, 'resolution'::text AS metric FROM ticket;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
BEGIN;
ALTER TABLE ticket_sla_trail OWNER TO traps_agent;
UPDATE ticket SET status = 'x' WHERE id = 21;
ROLLBACK;
\set VERBOSITY terse
UPDATE ticket SET status = 'y' WHERE id = 21;
-- Trigger functions are for triggers.
SELECT _sla_guard();
CREATE TRIGGER wrong AFTER INSERT ON customer FOR EACH ROW EXECUTE FUNCTION _sla_ticket_changed();
INSERT INTO customer VALUES ('new', 'desk');
DROP TRIGGER wrong ON customer;
CREATE TRIGGER wrong BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION _sla_ticket_changed('ticket');
INSERT INTO customer VALUES ('new', 'desk');
DROP TRIGGER wrong ON customer;
CREATE TRIGGER wrong AFTER INSERT ON customer FOR EACH ROW EXECUTE FUNCTION _sla_ticket_changed('ticket');
INSERT INTO customer VALUES ('new', 'desk');
DROP TRIGGER wrong ON customer;

-- A ticket that was stored though it cannot be judged can be written in an ordinary
-- session: the problem is known. Another problem is an error.
CREATE TABLE stray (id int PRIMARY KEY, opened_at timestamptz DEFAULT hours(0), plan text, priority text DEFAULT 'P2', closed_at timestamptz, note text);
SELECT sla_track('stray');
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO stray (id, plan) VALUES (1, 'gone');
RESET ticket_priority.bad_ticket;
UPDATE stray SET note = 'called';
UPDATE stray SET plan = 'gone too';
SELECT metric, problem FROM stray_sla_clock;
UPDATE stray SET plan = 'desk';
SELECT metric, hour_of(due_at) AS due, problem FROM stray_sla_clock;

DROP SCHEMA traps2 CASCADE;
DROP ROLE traps_agent;
DELETE FROM public.sla_target_rule WHERE plan IN ('desk', 'gold');
DELETE FROM public.support_plan WHERE plan IN ('desk', 'gold');
