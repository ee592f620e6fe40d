-- Tracking among people who wish it ill, and where applications do what nobody
-- thought of.
\set SHOW_CONTEXT never
\set VERBOSITY terse
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;
CREATE ROLE regress_victim;
CREATE ROLE regress_mallory;
CREATE SCHEMA shared;
GRANT ALL ON SCHEMA shared TO PUBLIC;
SET search_path = shared, public;

-- Labels that mean nothing --------------------------------------------------

-- A ticket with such a label is stored if the setting says so, and can be put
-- right whatever the setting is; its row in the trail has no level for it.
CREATE TABLE labelled (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz);
SELECT sla_track('labelled', add_columns => true) IS NOT NULL AS tracked;
SET ticket_priority.bad_ticket = unknown;
INSERT INTO labelled VALUES (1, 'premium', 'urgent', 'high', '2020-11-20 10:00+00');
INSERT INTO labelled VALUES (2, 'premium', 'urgent', 'high', '2020-11-20 10:00+00');
SELECT id, priority, due_at, sla_state FROM labelled ORDER BY id;
UPDATE labelled SET urgency = 'high' WHERE id = 1;
RESET ticket_priority.bad_ticket;
UPDATE labelled SET urgency = 'high' WHERE id = 2;
SELECT id, priority, due_at, sla_state FROM labelled ORDER BY id;
-- The setting costs no transaction numbers.
BEGIN;
SET LOCAL ticket_priority.bad_ticket = unknown;
INSERT INTO labelled SELECT i, 'premium', 'high', 'high', '2020-11-20 10:00+00' FROM generate_series(3, 12) AS i;
SELECT count(DISTINCT xmin::text) AS tickets, (SELECT count(DISTINCT xmin::text) FROM labelled_priority_log WHERE ticket > 2) AS trail FROM labelled WHERE id > 2;
ROLLBACK;
SELECT ticket, event, old_urgency, urgency, old_priority, priority, status FROM labelled_priority_log ORDER BY ticket, priority NULLS FIRST;
SELECT sla_untrack('labelled');

-- Stopped clocks --------------------------------------------------------------

-- Where the trigger keeps the pauses, a change that does not touch them leaves
-- a stopped clock alone, although the hours have changed since.
CREATE TABLE paused (id int PRIMARY KEY, plan text, priority ticket_priority, opened_at timestamptz,
	answered_at timestamptz, resolved_at timestamptz, time_zone text, status text);
SELECT sla_track('paused', add_columns => true, paused_when => '{waiting}', pause_metrics => '{first_response}') IS NOT NULL AS tracked;
INSERT INTO paused (id, plan, priority, opened_at, time_zone, status) VALUES (1, 'standard', 'P4', '2020-11-20 10:00+00', 'UTC', 'open');
UPDATE paused SET paused = '{[2020-11-20 11:00+00, 2020-11-20 12:00+00)}', answered_at = '2020-11-23 10:00+00';
SELECT due_at FROM paused;
BEGIN;
UPDATE business_calendar SET hours = 'Mo-Fr 06:00-22:00' WHERE calendar = 'standard';
UPDATE paused SET status = 'closed', resolved_at = '2020-11-23 11:00+00';
SELECT due_at FROM paused;
-- A pause that changes is a fact that is corrected, so it does count.
UPDATE paused SET paused = '{}';
SELECT due_at FROM paused;
ROLLBACK;
SELECT sla_untrack('paused');

-- Rows that move --------------------------------------------------------------

CREATE TABLE moving (id int, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz, region text)
PARTITION BY LIST (region);
CREATE TABLE moving_a PARTITION OF moving FOR VALUES IN ('a');
CREATE TABLE moving_b PARTITION OF moving FOR VALUES IN ('b');
SELECT sla_track('moving', add_columns => true) IS NOT NULL AS tracked;
CREATE VIEW moving_trail AS SELECT ticket, event, old_priority, priority FROM moving_priority_log;

-- A ticket that is deleted and inserted again is a new one, though it looks as
-- the update before had left it.
INSERT INTO moving (id, plan, urgency, impact, opened_at, region) VALUES (1, 'community', 'high', 'high', '2020-11-20 10:00+00', 'a');
BEGIN;
UPDATE moving SET urgency = 'low';
DELETE FROM moving;
INSERT INTO moving (id, plan, urgency, impact, opened_at, region) VALUES (1, 'premium', 'high', 'high', '2020-11-20 10:00+00', 'b');
COMMIT;
SELECT tableoid::regclass, priority, due_at FROM moving;
TABLE moving_trail;

-- One that moves stays what it was, though triggers of the application update
-- other tickets meanwhile, and move them too.
INSERT INTO moving (id, plan, urgency, impact, opened_at, region) VALUES (2, 'premium', 'low', 'low', '2020-11-20 10:00+00', 'a');
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() = 1 THEN
		UPDATE shared.moving SET region = CASE region WHEN 'a' THEN 'b' ELSE 'a' END, urgency = 'medium' WHERE id = 2;
	END IF;
	RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER meddle_delete BEFORE DELETE ON moving FOR EACH ROW EXECUTE FUNCTION meddle();
CREATE TRIGGER meddle_insert BEFORE INSERT ON moving FOR EACH ROW EXECUTE FUNCTION meddle();
SELECT count(*) FROM moving_priority_log;
UPDATE moving SET plan = 'standard', region = 'a' WHERE id = 1;
SELECT tableoid::regclass, id, plan, priority, due_at, sla_state FROM moving ORDER BY id;
SELECT * FROM moving_trail OFFSET 4;
DROP TRIGGER meddle_delete ON moving;
DROP TRIGGER meddle_insert ON moving;

-- What was undone is forgotten; what was done before is not.
BEGIN;
SAVEPOINT s;
UPDATE moving SET region = 'b', urgency = 'low' WHERE id = 1;
ROLLBACK TO s;
UPDATE moving SET region = 'b', urgency = 'medium';
ROLLBACK;
DELETE FROM moving;
INSERT INTO moving (id, plan, urgency, impact, opened_at, region) VALUES (1, 'premium', 'high', 'high', '2020-11-20 10:00+00', 'a');
UPDATE moving SET region = 'b', urgency = 'medium';
SELECT * FROM moving_trail OFFSET 6;

-- Who has no trail keeps nothing of rows that move.
SELECT sla_untrack('moving_a', keep_columns => true);
DROP VIEW moving_trail;
SELECT sla_untrack('moving');
SELECT sla_track('moving', add_columns => true, trail => 'none') IS NOT NULL AS tracked;
UPDATE moving SET region = CASE region WHEN 'a' THEN 'b' ELSE 'a' END, urgency = 'low';
SELECT tableoid::regclass, id, priority FROM moving ORDER BY id;
SELECT sla_untrack('moving');

-- Mappings that make no sense -------------------------------------------------

CREATE TABLE odd (id int, plan text, urgency ticket_urgency, impact ticket_impact, priority name, opened_at timestamptz, due_at timestamptz, at_risk_at timestamptz);
\set VERBOSITY default
SELECT sla_track('odd', id => '', plan => '', opened_at => '', priority => '', at_risk_at => 'due_at');
SELECT sla_track('odd');
\set VERBOSITY terse
-- The trigger sees to it by itself: a pointer, or what lies behind a short text,
-- is nobody's to read.
CREATE TRIGGER odd BEFORE INSERT ON odd FOR EACH ROW
	EXECUTE FUNCTION _sla_track_ticket('id=id', 'plan=plan', 'urgency=urgency', 'impact=impact', 'priority=priority', 'opened_at=opened_at', 'due_at=due_at');
INSERT INTO odd VALUES (1, 'premium', 'high', 'high', 'P4', '2020-11-20 10:00+00');
ALTER TABLE odd ALTER priority TYPE bigint USING 1;
INSERT INTO odd VALUES (1, 'premium', 'high', 'high', 1, '2020-11-20 10:00+00');
DROP TABLE odd;

-- A name that looks like a part of what tracking writes.
CREATE TABLE "a@ext@b %s $1 ""x""" (id int, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz);
SELECT sla_track('"a@ext@b %s $1 ""x"""', add_columns => true) ->> 'trail_table' AS trail;
INSERT INTO "a@ext@b %s $1 ""x""" VALUES (1, 'premium', 'high', 'high', '2020-11-20 10:00+00');
SELECT priority FROM "a@ext@b %s $1 ""x""_priority_log";
SELECT sla_untrack('"a@ext@b %s $1 ""x"""');

-- Domains: over an enum there is no equality, so tracking must not need one.
CREATE DOMAIN asked AS ticket_priority;
CREATE DOMAIN level AS text CHECK (VALUE IN ('low', 'medium', 'high'));
CREATE DOMAIN instant AS timestamptz;
CREATE TABLE domains (id char(4), plan varchar(20), urgency level, impact level, override asked, priority asked, opened_at instant, due_at instant);
SELECT sla_track('domains') IS NOT NULL AS tracked;
INSERT INTO domains VALUES ('a', 'premium', 'high', 'low', NULL, NULL, '2020-11-20 10:00+00');
UPDATE domains SET override = 'P2';
SELECT id, priority, due_at FROM domains;
SELECT ticket, event, override, priority FROM domains_priority_log ORDER BY override NULLS FIRST;
SELECT sla_untrack('domains');
-- What the trigger fills in obeys them, and the length of a column.
DELETE FROM domains;
ALTER TABLE domains ALTER opened_at TYPE timestamptz, ALTER priority TYPE char(1);
ALTER DOMAIN instant ADD CHECK (VALUE > '2020-11-20 12:00+00');
SELECT sla_track('domains', prefix => 'd') IS NOT NULL AS tracked;
INSERT INTO domains VALUES ('b', 'premium', 'high', 'low', NULL, NULL, '2020-11-20 10:00+00');
SELECT sla_untrack('domains');
ALTER TABLE domains ALTER priority TYPE char(3);
SELECT sla_track('domains', prefix => 'd') IS NOT NULL AS tracked;
INSERT INTO domains VALUES ('b', 'premium', 'high', 'low', NULL, NULL, '2020-11-20 10:00+00');
INSERT INTO domains VALUES ('c', 'premium', 'high', 'high', NULL, NULL, '2020-11-20 10:00+00');
SELECT id, octet_length(priority), due_at FROM domains;
SELECT sla_untrack('domains');

-- What belongs to others ------------------------------------------------------

-- A trail, or a function, that somebody else has left under the name that
-- tracking would give it.
SET ROLE regress_mallory;
CREATE TABLE ticket_priority_log (at timestamptz, ticket int);
RESET ROLE;
SET ROLE regress_victim;
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz);
CREATE TABLE history (ticket int, status text, changed_at timestamptz);
\set VERBOSITY default
SELECT sla_track('ticket', add_columns => true, status_history => 'history', paused_when => '{waiting}');
\set VERBOSITY terse
RESET ROLE;
DROP TABLE ticket_priority_log;
SET ROLE regress_mallory;
CREATE FUNCTION ticket_sla_history() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
RESET ROLE;
SELECT sla_track('ticket', add_columns => true, status_history => 'history', paused_when => '{waiting}');
DROP FUNCTION ticket_sla_history();

-- The function of a status history runs with the rights of the tickets' owner,
-- so nobody else makes a trigger of it.
SET ROLE regress_victim;
SELECT sla_track('ticket', add_columns => true, status_history => 'history', paused_when => '{waiting}') IS NOT NULL AS tracked;
GRANT INSERT ON history TO regress_mallory;
RESET ROLE;
SET ROLE regress_mallory;
CREATE TABLE mine (ticket int);
CREATE TRIGGER mine AFTER TRUNCATE ON mine EXECUTE FUNCTION ticket_sla_history();
-- To write the history is all that is needed to keep it.
INSERT INTO history VALUES (1, 'waiting', '2020-11-20 11:00+00');
DROP TABLE mine;
RESET ROLE;
SELECT sla_untrack('ticket');

-- A history that would change itself.
\set VERBOSITY default
SELECT sla_track('ticket', add_columns => true, status_history => 'ticket', history_ticket => 'id', history_status => 'plan', history_changed_at => 'opened_at', paused_when => '{waiting}');
\set VERBOSITY terse

-- Names that change -------------------------------------------------------------

-- The status history is kept whatever its table, the tickets' and the schemas
-- are called by now; and where the tickets are gone, it can still be written.
CREATE SCHEMA other;
SELECT sla_track('ticket', add_columns => true, status_history => 'history', paused_when => '{waiting}') IS NOT NULL AS tracked;
TRUNCATE history;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'low', 'low', '2020-11-20 10:00+00');
BEGIN;
ALTER TABLE history RENAME TO story;
ALTER TABLE ticket RENAME TO tickets;
ALTER SCHEMA shared RENAME TO renamed;
ALTER TABLE renamed.story SET SCHEMA other;
INSERT INTO other.story VALUES (1, 'waiting', '2020-11-20 11:00+00'), (2, 'waiting', '2020-11-20 11:00+00');
SELECT paused FROM renamed.tickets;
UPDATE other.story SET status = 'open' WHERE ticket = 1;
SELECT paused FROM renamed.tickets;
SELECT id, metric FROM sla_due('renamed.tickets', '1 day');
SELECT sla_untrack('renamed.tickets');
INSERT INTO other.story VALUES (1, 'waiting', '2020-11-20 12:00+00');
ROLLBACK;
-- Views stay where they are when the table moves.
BEGIN;
ALTER TABLE ticket SET SCHEMA other;
INSERT INTO history VALUES (1, 'waiting', '2020-11-20 11:00+00');
SELECT paused FROM other.ticket;
SELECT id, metric FROM sla_due('other.ticket', '1 day');
ROLLBACK;
BEGIN;
DROP TABLE ticket CASCADE;
INSERT INTO history VALUES (1, 'waiting', '2020-11-20 11:00+00');
TRUNCATE history;
ROLLBACK;
SELECT sla_untrack('ticket');
DROP SCHEMA other;

-- What an earlier tracking left --------------------------------------------------

-- It is used again, unless columns are gone, as with the types of an extension
-- that was dropped.
DROP TABLE ticket, history;
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO ticket VALUES (1, 'premium', 'high', 'high', '2020-11-20 10:00+00');
SELECT sla_untrack('ticket', keep_log => true);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
SELECT ticket, priority FROM ticket_priority_log;
SELECT sla_untrack('ticket', keep_log => true);
ALTER TABLE ticket_priority_log DROP COLUMN old_priority, DROP COLUMN priority;
ALTER TABLE ticket_sla_excuse DROP COLUMN metric;
\set VERBOSITY default
SELECT sla_track('ticket', add_columns => true);
\set VERBOSITY terse
DROP TABLE ticket_priority_log, ticket_sla_excuse, ticket_sla_alarm;
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
SELECT sla_untrack('ticket');

-- A trail that changes while it is written ------------------------------------

-- What its owner makes of it meanwhile is seen with the next row, and what he
-- demands of them is checked.
DROP TABLE ticket;
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact, opened_at timestamptz);
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE TG_ARGV[NEW.id - 1];
	RETURN NULL;
END
$$;
CREATE TRIGGER "zz" AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tamper('',
	'ALTER TABLE shared.ticket_priority_log ADD note text; ALTER TABLE shared.ticket_priority_log DROP COLUMN note', 'CREATE INDEX later ON shared.ticket_priority_log (at)', '',
	'DROP VIEW shared.ticket_sla_misses, shared.ticket_sla_overrides; ALTER TABLE shared.ticket_priority_log ALTER ticket TYPE text');
INSERT INTO ticket SELECT i, 'premium', 'high', 'high', '2020-11-20 10:00+00' FROM generate_series(1, 4) AS i;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM ticket_priority_log WHERE at > '-infinity';
RESET enable_seqscan;
RESET enable_bitmapscan;
BEGIN;
INSERT INTO ticket VALUES (5, 'premium', 'high', 'high', '2020-11-20 10:00+00');
ROLLBACK;
DROP TRIGGER "zz" ON ticket;
ALTER TABLE ticket_priority_log ADD CONSTRAINT why CHECK (reason IS NOT NULL) NOT VALID;
INSERT INTO ticket VALUES (5, 'premium', 'high', 'high', '2020-11-20 10:00+00');
ALTER TABLE ticket_priority_log DROP CONSTRAINT why, ADD seq bigserial PRIMARY KEY;
INSERT INTO ticket VALUES (6, 'premium', 'high', 'high', '2020-11-20 10:00+00');
SELECT sla_untrack('ticket');

RESET search_path;
DROP SCHEMA shared CASCADE;
DROP ROLE regress_victim, regress_mallory;
