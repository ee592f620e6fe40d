-- How a table is to be read is kept for the session: every change of a definition
-- is seen by the next statement, and none harms one that is running.
\set VERBOSITY terse
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;
CREATE SCHEMA kept;
SET search_path = kept, public;
CREATE TABLE ticket (id int PRIMARY KEY, plan text DEFAULT 'premium', urgency text, impact text DEFAULT 'high', note text,
	opened_at timestamptz DEFAULT '2026-11-27 10:00+00');
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
PREPARE make (int, text) AS INSERT INTO ticket (id, urgency) VALUES ($1, $2) RETURNING id, priority, due_at - opened_at AS target;
EXECUTE make (1, 'high');
EXECUTE make (2, 'low');

-- The table ------------------------------------------------------------------

-- A column elsewhere in the row, by another name, of another type; and back.
ALTER TABLE ticket DROP COLUMN note;
ALTER TABLE ticket ADD COLUMN note text, ADD COLUMN urgency_is text;
EXECUTE make (3, 'high');
ALTER TABLE ticket RENAME urgency TO was_urgency;
ALTER TABLE ticket RENAME urgency_is TO urgency;
EXECUTE make (4, 'low');
SELECT id, urgency, was_urgency FROM ticket WHERE id = 4;
ALTER TABLE ticket RENAME plan TO contract;
EXECUTE make (5, 'high');
EXECUTE make (5, 'high');
ALTER TABLE ticket RENAME contract TO plan;
EXECUTE make (5, 'high');
ALTER TABLE ticket DISABLE TRIGGER "~sla_track";
EXECUTE make (6, 'high');
ALTER TABLE ticket ENABLE TRIGGER "~sla_track";
EXECUTE make (7, 'high');
-- Tracked in another way.
EXECUTE make (8, '1 - Urgent');
SELECT sla_track('ticket', urgency_map => '{"1 - Urgent": "high"}') IS NOT NULL AS tracked;
EXECUTE make (8, '1 - Urgent');
SELECT sla_track('ticket', urgency_map => '{"1 - Urgent": "low", "high": "high"}', trail => 'changes') IS NOT NULL AS tracked;
EXECUTE make (9, '1 - Urgent');
SELECT ticket FROM ticket_priority_log ORDER BY ticket;
-- In a transaction that is undone.
BEGIN;
ALTER TABLE ticket RENAME urgency TO level;
SELECT sla_track('ticket', urgency => 'level') IS NOT NULL AS tracked;
INSERT INTO ticket (id, level) VALUES (10, 'medium') RETURNING id, priority;
ROLLBACK;
EXECUTE make (10, 'high');

-- Types, and what a generated column calls ----------------------------------------

SELECT sla_untrack('ticket');
DROP TABLE ticket;
CREATE TYPE level AS ENUM ('low', 'medium', 'high');
CREATE DOMAIN contract AS text;
CREATE TABLE ticket (id int PRIMARY KEY, plan contract DEFAULT 'premium', urgency level, impact level DEFAULT 'high',
	priority contract, opened_at timestamptz DEFAULT '2026-11-27 10:00+00');
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
PREPARE make_level (int, level) AS INSERT INTO ticket (id, urgency) VALUES ($1, $2) RETURNING id, priority, due_at - opened_at AS target;
EXECUTE make_level (1, 'high');
ALTER TYPE level RENAME VALUE 'high' TO 'worst';
EXECUTE make_level (2, 'worst');
ALTER TYPE level RENAME VALUE 'worst' TO 'high';
EXECUTE make_level (2, 'high');
ALTER DOMAIN contract ADD CHECK (VALUE <> 'P1') NOT VALID;
EXECUTE make_level (3, 'high');
EXECUTE make_level (3, 'low');
SELECT sla_untrack('ticket');
DROP TABLE ticket;
CREATE FUNCTION level_of(text) RETURNS ticket_urgency LANGUAGE sql IMMUTABLE AS $$ SELECT 'high'::ticket_urgency $$;
CREATE TABLE ticket (id int PRIMARY KEY, plan text DEFAULT 'premium', urgency text, impact text DEFAULT 'high',
	priority ticket_priority GENERATED ALWAYS AS (assign_priority(level_of(urgency), 'high')) STORED,
	opened_at timestamptz DEFAULT '2026-11-27 10:00+00');
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
DEALLOCATE make;
PREPARE make (int, text) AS INSERT INTO ticket (id, urgency) VALUES ($1, $2) RETURNING id, priority, due_at - opened_at AS target;
EXECUTE make (1, 'low');
CREATE OR REPLACE FUNCTION level_of(text) RETURNS ticket_urgency LANGUAGE sql IMMUTABLE AS $$ SELECT 'low'::ticket_urgency $$;
EXECUTE make (2, 'low');
-- ... where the search path leads it.
CREATE SCHEMA elsewhere;
CREATE FUNCTION kept.what(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'high' $$;
CREATE FUNCTION elsewhere.what(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'low' $$;
CREATE OR REPLACE FUNCTION level_of(text) RETURNS ticket_urgency LANGUAGE sql IMMUTABLE AS $$ SELECT what($1)::ticket_urgency $$;
INSERT INTO ticket (id, urgency) VALUES (11, 'low') RETURNING id, priority, due_at - opened_at AS target;
SET search_path = elsewhere, kept, public;
INSERT INTO ticket (id, urgency) VALUES (12, 'low') RETURNING id, priority, due_at - opened_at AS target;
SET search_path = kept, public;
INSERT INTO ticket (id, urgency) VALUES (13, 'low') RETURNING id, priority, due_at - opened_at AS target;
DROP SCHEMA elsewhere CASCADE;
ALTER TABLE ticket ALTER priority DROP EXPRESSION;
EXECUTE make (3, 'high');
SELECT sla_untrack('ticket');
DROP TABLE ticket;

-- While a statement runs ------------------------------------------------------------

-- What others make of it in between, and statements within statements.
CREATE TABLE ticket (id int PRIMARY KEY, plan text DEFAULT 'premium', urgency ticket_urgency, impact ticket_impact DEFAULT 'high',
	opened_at timestamptz DEFAULT '2026-11-27 10:00+00');
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE scratch_%s ()', NEW.id);
	IF NEW.id < 10 THEN
		INSERT INTO ticket (id, urgency) SELECT NEW.id * 10 + i, 'low' FROM generate_series(1, 3) AS i;
	END IF;
	EXECUTE format('DROP TABLE scratch_%s', NEW.id);
	RETURN NEW;
END $$;
CREATE TRIGGER meddle BEFORE INSERT ON ticket FOR EACH ROW WHEN (NEW.id < 10) EXECUTE FUNCTION meddle();
CREATE TRIGGER "~~~meddle" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id BETWEEN 10 AND 99) EXECUTE FUNCTION meddle();
INSERT INTO ticket (id, urgency) SELECT i, 'high' FROM generate_series(1, 5) AS i;
SELECT count(*), count(DISTINCT id), count(due_at) FROM ticket;
SELECT priority, count(*), count(DISTINCT ticket) FROM ticket_priority_log GROUP BY priority ORDER BY priority;
DROP TRIGGER meddle ON ticket;
DROP TRIGGER "~~~meddle" ON ticket;
-- One that fails is as if it had not been.
BEGIN;
SAVEPOINT s;
INSERT INTO ticket (id, plan, urgency) VALUES (1001, 'none such', 'low');
ROLLBACK TO s;
INSERT INTO ticket (id, urgency) VALUES (1001, 'low') RETURNING id, priority;
ALTER TABLE ticket RENAME plan TO contract;
SAVEPOINT s;
INSERT INTO ticket (id, urgency) VALUES (1002, 'low');
ROLLBACK TO s;
ALTER TABLE ticket RENAME contract TO plan;
INSERT INTO ticket (id, urgency) VALUES (1002, 'low') RETURNING id, priority;
COMMIT;
SELECT sla_untrack('ticket');
DROP TABLE ticket;

-- Many partitions ---------------------------------------------------------------------

CREATE TABLE ticket (id int, plan text DEFAULT 'premium', urgency ticket_urgency, impact ticket_impact DEFAULT 'high',
	opened_at timestamptz DEFAULT '2026-11-27 10:00+00') PARTITION BY LIST (id);
DO $$
BEGIN
	FOR i IN 1 .. 200 LOOP
		EXECUTE format('CREATE TABLE ticket_%s PARTITION OF ticket FOR VALUES IN (%s)', i, i);
	END LOOP;
END $$;
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO ticket (id, urgency) SELECT i, 'high' FROM generate_series(1, 200) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'high' FROM generate_series(1, 100) AS i, generate_series(1, 3);
SELECT count(*), count(due_at), (SELECT count(*) FROM ticket_priority_log) AS trail FROM ticket;
-- Not all of them are kept.
SELECT count(*) BETWEEN 200 AND 256 AS some FROM pg_backend_memory_contexts WHERE name = 'ticket_priority mapping';
SELECT sla_untrack('ticket');

SET client_min_messages = warning;
DROP SCHEMA kept CASCADE;
RESET search_path;
