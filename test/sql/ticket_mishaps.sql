-- What goes wrong in the middle: errors in expressions, views and tables that
-- their owner remade by hand, and writers who want to pass tracking by.
\set VERBOSITY terse
SET client_min_messages = error;
CREATE SCHEMA mishaps;
SET search_path = mishaps, public;
SET timezone = 'UTC';
INSERT INTO support_plan (plan, title, calendar, position) VALUES ('desk', 'Desk', 'always', 90), ('gold', 'Gold', 'always', 91);
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT plan, priority, metric, '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS priority, unnest(ARRAY['first_response', 'resolution']) AS metric, unnest(ARRAY['desk', 'gold']) AS plan;

-- A function of an expression that fails while it reads a table.  It is neither
-- inlined nor run to its end.
CREATE FUNCTION plan_of(plan text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
AS $$SELECT CASE plan WHEN 'none' THEN (1 / (length(plan) - 4))::text ELSE plan END FROM pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_class'::regclass$$;
CREATE TABLE ticket (id text PRIMARY KEY, opened_at timestamptz DEFAULT now(), plan text DEFAULT 'desk', priority text DEFAULT 'P2', closed_at timestamptz);
SELECT sla_track('ticket', plan => 'plan_of(plan)');
-- After a savepoint the transaction goes on, and the function is as new.
BEGIN;
INSERT INTO ticket (id) VALUES ('1');
SAVEPOINT before_it;
INSERT INTO ticket (id, plan) VALUES ('2', 'none');
ROLLBACK TO before_it;
INSERT INTO ticket (id, plan) VALUES ('3', 'gold');
COMMIT;
SELECT ticket, plan FROM ticket_sla_clock ORDER BY ticket;
-- What it leaves does not add up: a thousand failures in a transaction, of
-- which each kept 70 kB.
BEGIN;
DO $$
BEGIN
	FOR i IN 1..1000 LOOP
		BEGIN
			UPDATE mishaps.ticket SET plan = 'none' WHERE id = '1';
		EXCEPTION WHEN division_by_zero THEN
		END;
	END LOOP;
END $$;
SELECT sum(total_bytes) < 10000000 AS small FROM pg_backend_memory_contexts WHERE name IN ('SQL function', 'ExecutorState', 'ExprContext');
COMMIT;
-- Whether errors are forgiven is the setting of the writer, and not one that the
-- function has for itself; then nothing of it is left behind.
CREATE FUNCTION stubborn(plan text) RETURNS text LANGUAGE plpgsql SET ticket_priority.bad_ticket = 'unknown'
AS $$BEGIN IF plan = 'none' THEN PERFORM 1 / 0; END IF; RETURN plan; END$$;
SELECT sla_track('ticket', plan => 'mishaps.stubborn(plan)');
INSERT INTO ticket (id, plan) VALUES ('2', 'none');
-- If they are, the clock keeps what it was.
SET ticket_priority.bad_ticket = unknown;
INSERT INTO ticket (id, plan) VALUES ('2', 'none');
SELECT ticket, problem FROM ticket_sla_clock WHERE problem IS NOT NULL;
RESET ticket_priority.bad_ticket;

-- A ticket of which not even the start can be read has no clock yet.  That is
-- said, and sla_check() tells it.
CREATE TABLE import (id int PRIMARY KEY, opened text, plan text DEFAULT 'desk', priority text DEFAULT 'P2', closed_at timestamptz);
SELECT sla_track('import', opened_at => 'opened::timestamptz');
SET ticket_priority.bad_ticket = unknown;
SET client_min_messages = warning;
INSERT INTO import (id, opened) VALUES (1, 'rubbish');
SET client_min_messages = error;
RESET ticket_priority.bad_ticket;
SELECT ticket, metric FROM import_sla_clock;
SELECT ticket, metric, run, what FROM sla_check('import');

-- Events: an expression over them that fails follows the setting too.
CREATE TABLE message (id int PRIMARY KEY, ticket text, at timestamptz DEFAULT now(), author text);
CREATE INDEX ON message (ticket);
CREATE FUNCTION is_customer(author text) RETURNS boolean LANGUAGE plpgsql
AS $$BEGIN IF author = 'bad' THEN RAISE EXCEPTION 'nobody is %', author; END IF; RETURN author = 'customer'; END$$;
SELECT sla_add_events('ticket', 'first_response', 'message', starts => 'mishaps.is_customer(author)', stops => $$author = 'agent'$$);
INSERT INTO message (id, ticket, author) VALUES (1, '3', 'customer');
INSERT INTO message (id, ticket, author) VALUES (2, '3', 'bad');
SET ticket_priority.bad_ticket = unknown;
INSERT INTO message (id, ticket, author) VALUES (2, '3', 'bad');
SELECT metric, run, problem FROM ticket_sla_clock WHERE ticket = '3' ORDER BY metric;
DELETE FROM message WHERE id = 2;
SELECT metric, run, problem FROM ticket_sla_clock WHERE ticket = '3' ORDER BY metric;
RESET ticket_priority.bad_ticket;
-- They are read by a statement of tracking, which lets nothing be written.
CREATE OR REPLACE FUNCTION is_customer(author text) RETURNS boolean LANGUAGE plpgsql
AS $$BEGIN UPDATE mishaps.ticket_sla_clock SET due_at = now(); RETURN true; END$$;
INSERT INTO message (id, ticket, author) VALUES (3, '3', 'customer');
DROP FUNCTION is_customer CASCADE;

-- sla_check() runs functions of the application, which can do anything.
SELECT provolatile, proparallel FROM pg_proc WHERE oid = 'sla_check'::regproc;

-- Views and tables that were remade with other types: an error, and no value is
-- taken for what it is not.
SELECT sla_add_events('ticket', 'first_response', 'message', starts => $$author = 'customer'$$);
BEGIN;
DROP VIEW ticket_sla_events_first_response CASCADE;
CREATE VIEW ticket_sla_events_first_response AS
SELECT id::text AS key, id AS ticket, NULL::text AS tenant, 'first_response'::text AS metric, at, NULL::bigint AS seq, true AS starts, NULL::boolean AS stops, NULL::boolean AS cancels, NULL::boolean AS paused, NULL::text AS state, NULL::text AS only_after FROM message;
INSERT INTO message (id, ticket, author) VALUES (4, '3', 'customer');
ROLLBACK;
BEGIN;
DO $$
DECLARE
	view regclass;
BEGIN
	FOR view IN SELECT c.oid FROM pg_class AS c WHERE c.relnamespace = 'mishaps'::regnamespace AND c.relkind = 'v' AND c.relname !~ '_(input|events)' LOOP
		IF EXISTS (SELECT FROM pg_class AS c WHERE c.oid = view) THEN
			EXECUTE format('DROP VIEW %s CASCADE', view);
		END IF;
	END LOOP;
END $$;
ALTER TABLE ticket_sla_clock ALTER holidays TYPE int USING 7;
UPDATE ticket SET priority = 'P1' WHERE id = '3';
ROLLBACK;

-- Also while tracking is at it, by functions of the application that it calls.
BEGIN;
CREATE FUNCTION remake(plan text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DROP VIEW mishaps.ticket_sla_events_first_response CASCADE;
	CREATE VIEW mishaps.ticket_sla_events_first_response AS
	SELECT id::text::name AS key, ticket, NULL::text AS tenant, 'first_response'::text AS metric, at, NULL::bigint AS seq, true AS starts, NULL::boolean AS stops, NULL::boolean AS cancels, NULL::boolean AS paused, NULL::text AS state, NULL::text AS only_after FROM mishaps.message;
	RETURN plan;
END $$;
SELECT sla_track('ticket', plan => 'mishaps.remake(plan)');
UPDATE ticket SET priority = 'P1' WHERE id = '3';
ROLLBACK;
BEGIN;
CREATE FUNCTION retype(ticket text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DROP VIEW mishaps.ticket_sla_input;
	ALTER TABLE mishaps.ticket ALTER opened_at TYPE text;
	RETURN ticket;
END $$;
SELECT sla_add_events('ticket', 'first_response', 'message', ticket => 'mishaps.retype(ticket)', starts => $$author = 'customer'$$);
INSERT INTO message (id, ticket, author) VALUES (4, '3', 'customer');
ROLLBACK;

-- News of a table that come while it is looked up (servers with assertions can bring
-- them at any moment) are no harm.
SELECT set_config(name, least(max_val::int, 1)::text, false) IS NULL AS unknown FROM pg_settings WHERE name = 'debug_discard_caches';
SELECT sla FROM _sla_beside('ticket');
RESET debug_discard_caches;

-- The triggers stand aside for the owner who restores data alone, and for nobody
-- else.
CREATE ROLE mishaps_writer;
GRANT USAGE ON SCHEMA mishaps TO mishaps_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ticket, ticket_sla_clock TO mishaps_writer;
SET ROLE mishaps_writer;
SET check_function_bodies = off;
INSERT INTO ticket (id) VALUES ('4');
UPDATE ticket_sla_clock SET due_at = now();
RESET ROLE;
INSERT INTO ticket (id) VALUES ('5');
RESET check_function_bodies;
SELECT ticket, metric FROM ticket_sla_clock WHERE ticket IN ('4', '5') ORDER BY 1, 2;

-- Functions of a domain's constraints are functions of the application: the path
-- of the writer does not reach them.
CREATE TABLE known_plan (plan text);
INSERT INTO known_plan VALUES ('desk');
CREATE FUNCTION is_known(plan text) RETURNS boolean LANGUAGE plpgsql
AS $$BEGIN RETURN EXISTS (SELECT FROM known_plan AS k WHERE k.plan = is_known.plan); END$$;
CREATE DOMAIN plan_name AS text CHECK (mishaps.is_known(value));
CREATE TABLE request (id int PRIMARY KEY, opened_at timestamptz DEFAULT now(), plan text DEFAULT 'desk', priority text DEFAULT 'P2', closed_at timestamptz);
SELECT sla_track('request', plan => 'plan::mishaps.plan_name');
SET search_path = public;
INSERT INTO mishaps.request (id) VALUES (1);
SELECT ticket, metric, plan FROM mishaps.request_sla_clock;

-- DROP COLUMN ... CASCADE, as some frameworks write it, takes the views along that
-- read the column.  Tickets cannot be written by a mapping that is no more, and the
-- error says what became of it.  sla_track() goes on with the clocks that there are,
-- also where the table has another name by now.
SET search_path = mishaps, public;
\set VERBOSITY default
CREATE TABLE complaint (id int PRIMARY KEY, opened_at timestamptz DEFAULT now(), plan text DEFAULT 'desk', priority text DEFAULT 'P2', severity int, closed_at timestamptz);
CREATE TABLE remark (id int PRIMARY KEY, ticket int, at timestamptz DEFAULT now(), author text);
CREATE INDEX ON remark (ticket);
SELECT sla_track('complaint', holidays => $$CASE WHEN severity > 9 THEN 'PL' END$$);
SELECT sla_add_events('complaint', 'resolution', 'remark', paused => $$author = 'agent'$$);
INSERT INTO complaint (id) VALUES (1);
ALTER TABLE complaint RENAME TO grievance;
ALTER TABLE grievance DROP COLUMN severity CASCADE;
\set SHOW_CONTEXT never
INSERT INTO grievance (id) VALUES (2);
DELETE FROM grievance;
INSERT INTO remark (id, ticket) VALUES (1, 1);
SELECT sla_untrack('grievance');
SELECT sla_check('grievance');
\set SHOW_CONTEXT errors
SELECT sla_track('grievance');
INSERT INTO grievance (id) VALUES (2);
SELECT clock, status FROM complaint_sla ORDER BY clock;
SELECT prefix FROM sla_tracked WHERE ticket_table = 'grievance'::regclass;
-- The same of a table of events.
ALTER TABLE remark DROP COLUMN author CASCADE;
INSERT INTO remark (id, ticket) VALUES (1, 1);
SELECT sla_add_events('grievance', 'resolution', 'remark', paused => 'id > 1');
INSERT INTO remark (id, ticket) VALUES (1, 1), (2, 2);
SELECT clock, status FROM complaint_sla ORDER BY clock;
ALTER TABLE remark DROP COLUMN at CASCADE;
SELECT sla_add_clock('grievance', 'resolution');
INSERT INTO remark (id, ticket) VALUES (3, 1);
SELECT clock, status FROM complaint_sla ORDER BY clock;
\set VERBOSITY terse

-- Expressions ask whether a column is null, also of one that cannot be.
CREATE TABLE wish (id int PRIMARY KEY, opened_at timestamptz, plan text, level text NOT NULL, spam boolean, closed_at timestamptz);
SELECT sla_track('wish', plan => $$COALESCE(plan, 'desk')$$, priority => $$COALESCE(level, 'P4')$$,
	cancelled => 'spam IS NOT NULL AND spam', holidays => $$CASE WHEN level IS NOT NULL AND plan IS NULL THEN 'PL' END$$);
INSERT INTO wish VALUES (1, now(), NULL, 'P1', NULL), (2, now(), 'desk', 'P2', true);
SELECT clock, plan, priority, holidays, status FROM wish_sla ORDER BY clock;
DROP OWNED BY mishaps_writer;
DROP ROLE mishaps_writer;
DROP SCHEMA mishaps CASCADE;
DELETE FROM sla_target_rule WHERE plan IN ('desk', 'gold');
DELETE FROM support_plan WHERE plan IN ('desk', 'gold');
