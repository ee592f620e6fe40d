-- Setting up tracking: what is found, what is made, what a second call changes, what
-- is removed.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA desk;
SET search_path = desk, public;

-- What stands beside the tables of the schema.
CREATE VIEW made AS
SELECT c.relname AS name, CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind
FROM pg_class AS c
WHERE c.relnamespace = 'desk'::regnamespace AND c.relname LIKE '%\_sla%' AND c.relkind IN ('r', 'v');
CREATE VIEW triggers AS
SELECT t.tgrelid::regclass AS on_table, t.tgname AS name, p.proname AS function, encode(t.tgargs, 'escape') AS argument
FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
WHERE t.tgname LIKE '~sla%';

-- A table whose columns have the names that are looked for.
CREATE TABLE ticket (id int PRIMARY KEY, opened_at timestamptz, plan text, urgency text, impact text, answered_at timestamptz,
	resolved_at timestamptz, time_zone varchar(40), team text);
SELECT sla_track('ticket', carry => '{team,id}');
INSERT INTO ticket VALUES (7, '2026-11-20 12:00', 'premium', 'high', 'low', NULL, '2026-11-20 13:00', 'Europe/Warsaw', 'network');
\x
SELECT * FROM ticket_sla_input;
SELECT * FROM ticket_sla_input_first_response;
SELECT * FROM ticket_sla_input_resolution;
\x
SELECT * FROM sla_tracked;
SELECT * FROM made ORDER BY name COLLATE "C";
SELECT * FROM triggers ORDER BY on_table::text COLLATE "C", name;

-- Columns are of the types that the contract names, whatever the table has.
SELECT a.attnum, a.attname, a.atttypid::regtype FROM pg_attribute AS a
WHERE a.attrelid = 'ticket_sla_input'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT a.attnum, a.attname, a.atttypid::regtype FROM pg_attribute AS a
WHERE a.attrelid = 'ticket_sla_input_resolution'::regclass AND a.attnum > 0 ORDER BY a.attnum;
SELECT a.attrelid::regclass, a.attnum, a.attname, a.atttypid::regtype, a.attnotnull, a.attidentity FROM pg_attribute AS a
WHERE a.attrelid IN ('ticket_sla_clock'::regclass, 'ticket_sla_trail'::regclass, 'ticket_sla_excuse'::regclass, 'ticket_sla_alarm'::regclass)
	AND a.attnum > 0
ORDER BY a.attrelid::regclass::text COLLATE "C", a.attnum;
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i
WHERE i.indrelid::regclass::text ~ '_sla_(clock|trail|excuse|alarm)$' AND i.indexrelid::regclass::text !~ '_month$' ORDER BY 1;
SELECT reloptions FROM pg_class WHERE oid = 'ticket_sla_clock'::regclass;

-- Every table, view and column has a comment.
SELECT c.relname, a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND (a.attnum > 0 OR a.attname = 'ctid') AND NOT a.attisdropped
WHERE c.relname IN ('ticket_sla_input', 'ticket_sla_input_first_response', 'ticket_sla_clock', 'ticket_sla_trail', 'ticket_sla_excuse', 'ticket_sla_alarm')
	AND col_description(c.oid, a.attnum) IS NULL AND (a.attnum > 0 OR obj_description(c.oid, 'pg_class') IS NULL);
SELECT obj_description('ticket_sla_clock'::regclass, 'pg_class') AS "table", col_description('ticket_sla_clock'::regclass, 2) AS clock_id,
	obj_description('ticket_sla_input'::regclass, 'pg_class') AS "view", col_description('ticket_sla_input'::regclass, 1) AS id;

-- Called again, it replaces the mapping, the options and its own clocks. Rows, grants,
-- comments and what is built upon the views stay.
SET check_function_bodies = off;
INSERT INTO ticket_sla_clock (clock_id, ticket, metric, run, started_at) VALUES (1000, 3, 'resolution', 1, '2026-11-20 12:00');
RESET check_function_bodies;
CREATE ROLE tracking_reader;
GRANT SELECT ON ticket_sla_input, ticket_sla_clock TO tracking_reader;
COMMENT ON VIEW ticket_sla_input IS 'ours';
CREATE MATERIALIZED VIEW upon AS SELECT i.id, i.plan FROM ticket_sla_input AS i;
SELECT sla_track('ticket', plan => $$CASE team WHEN 'network' THEN 'standard' ELSE plan END$$, closed => '', priority => $$'P2'::text$$,
	trail => 'changes', report_time_zone => 'Europe/Warsaw', cancelled => $$team = 'spam'$$, holidays => $$'PL'$$);
\x
SELECT * FROM ticket_sla_input;
\x
SELECT metrics FROM sla_tracked;
SELECT count(*) FROM ticket_sla_clock WHERE clock_id = 1000;
SELECT has_table_privilege('tracking_reader', 'ticket_sla_input', 'SELECT'), has_table_privilege('tracking_reader', 'ticket_sla_clock', 'SELECT'),
	obj_description('ticket_sla_input'::regclass, 'pg_class');
REFRESH MATERIALIZED VIEW upon;
SELECT * FROM upon;
DROP MATERIALIZED VIEW upon;

-- closed can be an instant or a boolean, and only one column of the view has it.
SELECT sla_track('ticket', closed => 'resolved_at IS NOT NULL');
SELECT id, closed_at, closed FROM ticket_sla_input;
SELECT metrics FROM sla_tracked;
SELECT sla_track('ticket');
SELECT id, closed_at, closed FROM ticket_sla_input;

-- Views follow renames.
ALTER TABLE ticket RENAME COLUMN plan TO agreement;
ALTER TABLE ticket RENAME TO incident;
SELECT plan FROM ticket_sla_input;
SELECT * FROM sla_tracked;
-- A second call goes on with the prefix.
SELECT sla_track('incident', plan => 'agreement');
SELECT prefix FROM ticket_sla_input;
ALTER TABLE incident RENAME TO ticket;
ALTER TABLE ticket RENAME COLUMN agreement TO plan;

-- A clock of one's own. What is not given is null: what the ticket has.
INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Network team');
SELECT sla_add_clock('ticket', 'ola network', starts => 'opened_at + interval ''1 hour''', stops => $$team = 'done'$$, paused => $$team = 'vendor'$$,
	calendar => $$'always'$$, priority => $$'P3'::ticket_priority$$, on_close => 'run', on_reopen => 'new run');
\x
SELECT * FROM "ticket_sla_input_ola network";
\x
SELECT sla_add_clock('ticket', 'ola network', stops => 'resolved_at', paused => $$'{[2026-11-20 12:10+00,2026-11-20 12:20+00)}'::tstzmultirange$$);
SELECT starts_at, stops_at, stops, is_paused, paused, on_close, on_reopen, made_by FROM "ticket_sla_input_ola network";
-- A clock that sla_add_clock() has replaced is not sla_track()'s any more.
SELECT sla_add_clock('ticket', 'first_response', on_close => 'cancel');
SELECT sla_track('ticket', closed => '');
SELECT stops_at, on_close, made_by FROM ticket_sla_input_first_response;
SELECT metrics FROM sla_tracked;
SELECT sla_track('ticket');
SELECT sla_drop_clock('ticket', 'first_response');
SELECT sla_drop_clock('ticket', 'ola network');
SELECT metrics FROM sla_tracked;
SELECT count(*) FROM ticket_sla_clock WHERE clock_id = 1000;
-- After it was dropped, it is sla_track()'s again.
SELECT sla_track('ticket');
SELECT stops_at, on_close, made_by FROM ticket_sla_input_first_response;

-- Events. The key is the primary key as text, and a number there is the order.
CREATE TABLE message (id bigint PRIMARY KEY, ticket_id int, created_at timestamptz, author text, internal boolean);
INSERT INTO message VALUES (10, 7, '2026-11-20 12:30', 'customer', false);
SELECT sla_add_events('ticket', 'next_response', 'message', starts => $$author = 'customer'$$, stops => $$author = 'agent' AND NOT internal$$,
	only_after => 'first_response');
\x
SELECT * FROM ticket_sla_events_next_response;
SELECT * FROM ticket_sla_input_next_response;
\x
-- Events of one ticket should be found by an index.
CREATE INDEX ON message (ticket_id);
-- One pair of triggers is for all clocks that are read from the table.
SELECT sla_add_events('ticket', 'update', 'message', starts => $$author = 'agent'$$, stops => $$author = 'agent'$$);
SELECT name, function, argument FROM triggers WHERE on_table = 'message'::regclass ORDER BY name;
SELECT sla_drop_clock('ticket', 'update');
SELECT count(*) FROM triggers WHERE on_table = 'message'::regclass;
-- Events of another table take the place of those before. Keys have the same text
-- whatever the settings are.
CREATE TABLE history (ticket bigint, at timestamptz, day date, n smallint, status varchar, PRIMARY KEY (ticket, at, n, day));
INSERT INTO history VALUES (7, '2026-11-20 12:30:00.25', '2026-11-20', 2, 'waiting');
SELECT sla_add_events('ticket', 'next_response', 'history', seq => 'n', paused => $$status IN ('waiting', 'on hold')$$, state => 'status');
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
SELECT key FROM ticket_sla_events_next_response;
RESET timezone;
SET datestyle = 'ISO';
SET timezone = 'UTC';
SELECT * FROM ticket_sla_events_next_response;
SELECT on_table, name FROM triggers WHERE name LIKE '~sla_events%' ORDER BY name;
-- Of a clock of sla_track()'s own: it is not so any more, and else stays.
SELECT sla_add_events('ticket', 'first_response', 'message', stops => $$author = 'agent'$$);
SELECT made_by, on_close FROM ticket_sla_input_first_response;
SELECT sla_track('ticket');
SELECT stops FROM ticket_sla_events_first_response;
-- sla_add_clock() replaces the clock wholly.
SELECT sla_add_clock('ticket', 'first_response', stops => 'answered_at');
SELECT on_table, name FROM triggers WHERE name LIKE '~sla_events%' ORDER BY name;
SELECT * FROM _sla_metrics('ticket');

-- Ended with keep: nothing stands in the way of changes of the table; what was
-- measured stays, and a later call goes on with it.
SELECT sla_untrack('ticket', keep => true);
SELECT * FROM made WHERE kind = 'table' ORDER BY name COLLATE "C";
SELECT count(*) FROM sla_tracked;
SELECT on_table, name FROM triggers ORDER BY on_table::text COLLATE "C", name;
ALTER TABLE ticket ALTER COLUMN id TYPE bigint, ALTER COLUMN opened_at TYPE timestamptz(0), ALTER COLUMN plan TYPE varchar;
SELECT sla_track('ticket');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'ticket_sla_clock'::regclass AND attname = 'ticket';
SELECT count(*) FROM ticket_sla_clock WHERE clock_id = 1000;
-- Without keep, nothing is left.
SELECT sla_untrack('ticket');
SELECT * FROM made;
SELECT * FROM triggers;
DROP TABLE ticket, message, history;

-- Enums, domains, booleans, generated columns and functions of the application.
CREATE TYPE level AS ENUM ('low', 'medium', 'high');
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN later AS moment;
CREATE DOMAIN weight AS ticket_impact;
CREATE FUNCTION plan_of(customer int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT CASE customer WHEN 1 THEN 'premium' END $$;
CREATE TABLE rich (no uuid NOT NULL, account int NOT NULL, opened later, customer int, urgency level, impact weight, over_priority ticket_priority,
	is_closed boolean, level int, label text GENERATED ALWAYS AS (CASE level WHEN 1 THEN 'P1' ELSE 'P4' END) STORED, priority text,
	UNIQUE (account, no));
SELECT sla_track('rich', id => 'no', tenant => 'account', opened_at => 'opened', plan => 'plan_of(customer)', override => 'over_priority', closed => 'is_closed',
	calendar => $$CASE WHEN level = 1 THEN 'always' END$$, fill => 'priority');
INSERT INTO rich VALUES ('00000000-0000-0000-0000-000000000001', 5, '2026-11-20 12:00', 1, 'high', 'medium', NULL, false, 1);
\x
SELECT * FROM rich_sla_input;
\x
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'rich_sla_input'::regclass AND attnum IN (1, 2);
SELECT id, tenant FROM _sla_tracking('rich');
-- Keys are compared as the indexes of their types do it; not all types can be.
SELECT _sla_equality('int4'), _sla_equality('_uuid'), _sla_equality(NULL);
SELECT _sla_equality('json');
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indrelid::regclass::text ~ '^rich_sla_(clock|trail|excuse|alarm)$' AND i.indexrelid::regclass::text !~ '_month$' ORDER BY 1;
SELECT on_table, name FROM triggers WHERE on_table = 'rich'::regclass ORDER BY name;
-- Not filled any more; the priority comes from a generated column.
SELECT sla_track('rich', id => 'no', tenant => 'account', opened_at => 'opened', plan => '', priority => 'label', closed => 'is_closed');
SELECT priority, override, filled FROM rich_sla_input;
SELECT on_table, name FROM triggers WHERE on_table = 'rich'::regclass ORDER BY name;
-- A column that a view needs is not dropped, and its type is not changed.
ALTER TABLE rich DROP COLUMN label;
\set VERBOSITY terse
ALTER TABLE rich ALTER COLUMN is_closed TYPE text;
\set VERBOSITY default
SELECT sla_untrack('rich');

-- Partitioned tables: what is unique can be so in each partition.
CREATE TABLE parted (id int, opened_at timestamptz NOT NULL, urgency text, impact text) PARTITION BY RANGE (opened_at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
CREATE UNIQUE INDEX ON parted_1 (id);
SELECT sla_track('parted');
CREATE UNIQUE INDEX ON parted_2 (id, opened_at);
SELECT sla_track('parted');
SELECT on_table, name FROM triggers WHERE name = '~sla_ticket' ORDER BY on_table::text COLLATE "C";
-- Events in a partitioned table: the partition key is no order of events.
CREATE TABLE parted_event (id int, ticket_id int, created_at timestamptz, PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
CREATE INDEX ON parted_event (ticket_id);
SELECT sla_add_events('parted', 'update', 'parted_event', starts => 'true', cancels => 'true');
CREATE TABLE parted_event_1 PARTITION OF parted_event DEFAULT;
INSERT INTO parted VALUES (1, '2026-01-01', 'low', 'low');
INSERT INTO parted_event VALUES (3, 1, '2026-01-02 03:04:05');
SELECT key, seq, starts, stops, cancels FROM parted_sla_events_update;
SELECT sla_untrack('parted');
SELECT * FROM triggers;
DROP TABLE parted, parted_event;

-- The tables of a longer prefix, in a schema that the table left: found by the view.
CREATE SCHEMA archive;
CREATE TABLE job (id int PRIMARY KEY, opened_at timestamptz, priority text);
SELECT sla_track('job', prefix => 'work');
ALTER TABLE job SET SCHEMA archive;
SELECT * FROM sla_tracked;
SELECT clock FROM _sla_beside('archive.job');
SELECT sla_track('archive.job');
SELECT name FROM made WHERE kind = 'table' ORDER BY name COLLATE "C";
SELECT sla_untrack('archive.job');
SELECT * FROM made;

DROP SCHEMA archive CASCADE;
DELETE FROM sla_metric WHERE metric = 'ola network';
DROP OWNED BY tracking_reader;
DROP ROLE tracking_reader;
SET client_min_messages = warning;
DROP SCHEMA desk CASCADE;
