-- Setting up tracking: every error, what it says and its SQLSTATE. After each, nothing
-- has changed.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
CREATE SCHEMA wrong;
SET search_path = wrong, public;
CREATE TABLE ticket (id int PRIMARY KEY, opened_at timestamptz, plan text, urgency text, impact text, answered_at timestamptz, resolved_at timestamptz);
CREATE TABLE event (id int PRIMARY KEY, ticket int, at timestamptz, kind text);
CREATE INDEX ON event (ticket);

-- Which tables can be tracked.
SELECT sla_track(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track(0);
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW a_view AS SELECT * FROM ticket;
CREATE MATERIALIZED VIEW a_copy AS SELECT * FROM ticket;
CREATE SEQUENCE a_sequence;
CREATE TEMPORARY TABLE a_temporary (LIKE ticket INCLUDING INDEXES);
CREATE TABLE parent (id int) PARTITION BY LIST (id);
CREATE TABLE partition PARTITION OF parent DEFAULT;
CREATE TABLE mother (id int);
CREATE TABLE child () INHERITS (mother);
SELECT sla_track('a_view');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track('a_copy');
SELECT sla_track('a_sequence');
SELECT sla_track('a_temporary');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track('partition');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track('mother');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track('child');
CREATE ROLE tracking_stranger;
GRANT USAGE ON SCHEMA wrong TO tracking_stranger;
GRANT ALL ON ticket TO tracking_stranger;
SET ROLE tracking_stranger;
SELECT sla_track('ticket');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- The owner makes views and tables in the schema.
CREATE TABLE locked (id int PRIMARY KEY, opened_at timestamptz, priority text);
ALTER TABLE locked OWNER TO tracking_stranger;
SELECT sla_track('locked');
SET ROLE tracking_stranger;
SELECT sla_track('locked');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT CREATE ON SCHEMA wrong TO tracking_stranger;
DROP TABLE parent, mother CASCADE;

-- Everything that is wrong with the arguments is told at once.
CREATE TABLE bare (no int, number int, day date, at_local timestamp, at timestamptz, flag boolean, label text, answered_at timestamp, periods tstzrange,
	made text GENERATED ALWAYS AS (upper(label)) STORED);
SELECT sla_track('bare');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_track('bare', id => 'no', opened_at => 'at_local', plan => 'number', urgency => 'number', impact => 'flag', override => 'day', time_zone => 'flag',
	holidays => 'at', calendar => 'colour', closed => 'day', cancelled => 'label', fill => 'number', tenant => 'account', carry => '{label,size}',
	trail => 'some', report_time_zone => 'Mars', approver => 'nobody such');
-- A word alone: a text without its quotes, or a name without those that its capital
-- letters need.
CREATE TABLE cased (id int PRIMARY KEY, "createdAt" timestamptz, "Plan" text);
SELECT sla_track('cased', opened_at => 'createdAt', plan => 'Plan', priority => 'P1', time_zone => 'UTC', closed => 'closedAt');
DROP TABLE cased;
SELECT sla_track('bare', id => 'no + 1', opened_at => '(SELECT max(at) FROM bare)', priority => 'min(label)', plan => 'lag(label) OVER ()', closed => 'generate_series(at, at, ''1 day'')',
	cancelled => 'flag, flag', time_zone => 'label::integer::text)', holidays => 'label FROM bare', calendar => 'EXISTS (SELECT)::text',
	carry => ARRAY(SELECT 'label' FROM generate_series(1, 51)));
SELECT sla_track('bare', id => 'no', opened_at => 'at', urgency => 'label');
SELECT sla_track('bare', id => '', opened_at => '', impact => 'label', override => '1 / no');
SELECT sla_track('bare', id => 'no', tenant => 'number', opened_at => 'at', priority => 'label', trail => '', report_time_zone => '', approver => '', prefix => '');
\echo :LAST_ERROR_SQLSTATE
-- Whoever closes the parenthesis is not served, either.
SELECT sla_track('bare', id => 'no', opened_at => 'at) FROM bare; DROP TABLE bare; SELECT (at');
-- The column to fill: no number, not generated, not what the priority comes from, and
-- that has its value when it is filled.
ALTER TABLE bare ADD PRIMARY KEY (no);
SELECT sla_track('bare', id => 'no', opened_at => 'at', urgency => 'label', impact => 'made', plan => 'bare::text', fill => 'label');
SELECT sla_track('bare', id => 'no', opened_at => 'at', urgency => 'label', impact => 'label', fill => 'made');
SELECT sla_track('bare', id => 'no', opened_at => 'at', urgency => 'label', impact => 'label', fill => 'missing');
SELECT count(*) FROM pg_class WHERE relname LIKE '%\_sla%' AND relnamespace = 'wrong'::regnamespace;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'bare'::regclass;

-- A column answered_at that is no instant makes no clock.
SELECT sla_track('bare', id => 'no', opened_at => 'at', priority => 'label');
SELECT metrics FROM sla_tracked;
-- What a second call cannot change.
SELECT sla_track('bare', id => 'number', tenant => 'label', opened_at => 'at', priority => 'label', prefix => 'other');
SELECT sla_untrack('bare');
CREATE UNIQUE INDEX ON bare (number, label);
SELECT sla_track('bare', id => 'no', tenant => 'number', opened_at => 'at', priority => 'label', prefix => 'other');
SELECT sla_track('bare', id => 'no', tenant => 'label', opened_at => 'at', priority => 'label');
SELECT sla_track('bare', id => 'no', opened_at => 'at', priority => 'label');
SELECT sla_untrack('bare', keep => true);
SELECT sla_track('bare', id => 'no', opened_at => 'at', priority => 'label', prefix => 'other');
DROP TABLE bare, other_sla_clock, other_sla_trail, other_sla_excuse, other_sla_alarm CASCADE;

-- Names that are taken: all are told. Nothing of others is ever replaced.
CREATE TABLE ticket_sla_clock (ticket int);
CREATE VIEW ticket_sla AS SELECT 1 AS one;
CREATE SEQUENCE ticket_sla_input;
SELECT sla_track('ticket');
\echo :LAST_ERROR_SQLSTATE
DROP VIEW ticket_sla;
DROP TABLE ticket_sla_clock;
DROP SEQUENCE ticket_sla_input;
CREATE VIEW ticket_sla_input_resolution AS SELECT 1 AS one;
SELECT sla_track('ticket');
DROP VIEW ticket_sla_input_resolution;
SELECT sla_track('ticket');
ALTER TABLE ticket_sla_trail OWNER TO tracking_stranger;
SELECT sla_track('ticket');
ALTER TABLE ticket_sla_trail OWNER TO CURRENT_USER;
SELECT sla_track('ticket', prefix => 'ticket');
-- Two tables do not share names.
CREATE TABLE twin (LIKE ticket INCLUDING ALL);
SELECT sla_track('twin', prefix => 'ticket');
-- Names that are too long.
SELECT sla_track('twin', prefix => repeat('t', 49));
\echo :LAST_ERROR_SQLSTATE

-- A partition that was tracked before it became one is untracked first.
CREATE TABLE parted (LIKE ticket) PARTITION BY RANGE (id);
SELECT sla_track('twin');
ALTER TABLE parted ATTACH PARTITION twin DEFAULT;
SELECT sla_track('parted');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_untrack('twin');
SELECT sla_track('parted');
SELECT sla_untrack('parted');
ALTER TABLE parted DETACH PARTITION twin;

-- Clocks.
SELECT sla_add_clock(NULL, 'update');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_clock('ticket', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_clock('twin', 'update');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_clock('ticket', '');
SELECT sla_add_clock('ticket', 'up date');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_clock('ticket', 'update', starts => 'plan', stops => 'id', paused => 'opened_at', cancelled => 'id', plan => 'id', priority => 'id', calendar => 'name',
	on_close => 'wait', on_reopen => 'begin');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_clock('ticket', 'update', starts => 'opened_at::timestamp', stops => 'opened_at::date', paused => 'count(*) > 1');
SELECT metrics FROM sla_tracked;
SET ROLE tracking_stranger;
SELECT sla_add_clock('ticket', 'update');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CREATE VIEW ticket_sla_input_update AS SELECT 1 AS one;
SELECT sla_add_clock('ticket', 'update');
\echo :LAST_ERROR_SQLSTATE
DROP VIEW ticket_sla_input_update;
INSERT INTO sla_metric (metric, title) VALUES (repeat('m', 50), 'long');
SELECT sla_add_clock('ticket', repeat('m', 50));
DELETE FROM sla_metric WHERE title = 'long';

-- A view that was changed by hand is made again, or goes.
SELECT sla_add_clock('ticket', 'next_response', stops => 'opened_at');
DO $$ BEGIN EXECUTE format('CREATE OR REPLACE VIEW ticket_sla_input_next_response AS %s WHERE id > 0', rtrim(pg_get_viewdef('ticket_sla_input_next_response'), ';')); END $$;
INSERT INTO ticket (id) VALUES (1);
SELECT sla_add_clock('ticket', 'next_response');
DO $$ BEGIN EXECUTE format('CREATE OR REPLACE VIEW ticket_sla_input_next_response AS %s WHERE id > 0', rtrim(pg_get_viewdef('ticket_sla_input_next_response'), ';')); END $$;
SELECT sla_drop_clock('ticket', 'next_response');

-- Events.
SELECT sla_add_events('ticket', 'update', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_events('ticket', 'update', 'a_view', starts => 'true');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_events('ticket', 'update', 'a_temporary', starts => 'true');
SELECT sla_add_events('twin', 'update', 'event', starts => 'true');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_events('ticket', 'response', 'event', starts => 'true');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE note (text text, local_time timestamp);
SELECT sla_add_events('ticket', 'update', 'note');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_add_events('ticket', 'update', 'note', ticket => 'text', at => 'local_time', seq => 'text', starts => 'text', stops => 'note', cancels => '1', paused => '(SELECT true)',
	state => 'local_time', only_after => 'resolution or so');
SELECT sla_add_events('ticket', 'update', 'ticket', ticket => 'id', at => 'opened_at', starts => 'true');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true', only_after => 'update');
-- Clocks do not wait for each other.
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true', only_after => 'resolution');
SELECT sla_add_events('ticket', 'next_response', 'event', starts => 'true', only_after => 'update');
SELECT sla_add_events('ticket', 'resolution', 'event', starts => 'true', only_after => 'next_response');
-- Pauses come from the ticket or from the events.
SELECT sla_add_clock('ticket', 'first_response', paused => $$plan = 'x'$$);
SELECT sla_add_events('ticket', 'first_response', 'event', paused => $$kind = 'waiting'$$);
SELECT sla_add_clock('ticket', 'first_response', paused => $$'{}'::tstzmultirange$$);
SELECT sla_add_events('ticket', 'first_response', 'event', paused => $$kind = 'waiting'$$);
-- The owner of the tickets reads the events.
SET ROLE tracking_stranger;
CREATE TABLE owned (id int PRIMARY KEY, opened_at timestamptz, priority text);
CREATE TABLE owned_event (id int PRIMARY KEY, ticket int, at timestamptz);
CREATE INDEX ON owned_event (ticket);
SELECT sla_track('owned');
SELECT sla_add_events('owned', 'update', 'event', starts => 'true');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT sla_add_events('owned', 'update', 'event', starts => 'true');
\echo :LAST_ERROR_SQLSTATE
-- Events have the tenant of their ticket.
CREATE TABLE tenancy (id int, account int, opened_at timestamptz, priority text, PRIMARY KEY (account, id));
SELECT sla_track('tenancy', tenant => 'account');
SELECT sla_add_events('tenancy', 'update', 'event', starts => 'true');
ALTER TABLE event ADD COLUMN account bigint;
SELECT sla_add_events('tenancy', 'update', 'event', starts => 'true');
ALTER TABLE event DROP COLUMN account;
-- Without an index, there is a warning.
CREATE TABLE slow (id int PRIMARY KEY, account int, ticket int, at timestamptz);
CREATE INDEX ON slow (account, at);
SELECT sla_add_events('tenancy', 'update', 'slow', starts => 'true');
CREATE INDEX ON slow (account, ticket);
SELECT sla_add_events('tenancy', 'update', 'slow', starts => 'true');

-- Removing.
SELECT sla_drop_clock(NULL, 'update');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_drop_clock('ticket', 'resolution');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_drop_clock('ticket', 'response');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_drop_clock('ticket', NULL);
SELECT sla_drop_clock('twin', 'update');
\echo :LAST_ERROR_SQLSTATE
SET ROLE tracking_stranger;
SELECT sla_drop_clock('ticket', 'update');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_untrack('ticket');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- A clock of sla_track()'s own, for which another waits, is not removed either.
SELECT sla_drop_clock('ticket', 'next_response');
SELECT sla_drop_clock('ticket', 'update');
SELECT sla_drop_clock('ticket', 'resolution');
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true', only_after => 'resolution');
SELECT sla_track('ticket', closed => '');
\echo :LAST_ERROR_SQLSTATE
-- What others built upon the views is named.
CREATE VIEW upon AS SELECT * FROM ticket_sla_summary;
CREATE MATERIALIZED VIEW upon_clocks AS SELECT count(*) FROM ticket_sla_clock;
SELECT sla_untrack('ticket');
\echo :LAST_ERROR_SQLSTATE
DROP VIEW upon;
SELECT sla_untrack('ticket');
SELECT sla_untrack('ticket', keep => true);
SELECT sla_untrack('ticket');
\echo :LAST_ERROR_SQLSTATE
SELECT sla_untrack(NULL);
\echo :LAST_ERROR_SQLSTATE
-- A function that is not for users bears nulls, too.
SELECT _sla_beside(NULL);
SELECT _sla_beside('ticket', NULL);
SELECT _sla_beside('ticket', '{NULL,x}');
SELECT _sla_beside('ticket', '{ticket,NULL}');
\echo :LAST_ERROR_SQLSTATE
SELECT _sla_beside('ticket');
\echo :LAST_ERROR_SQLSTATE
-- A table that is dropped by force leaves the triggers on its events, which say so.
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'update', 'event', starts => 'true');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'event'::regclass AND NOT tgisinternal ORDER BY 1;
SET client_min_messages = warning;
DROP TABLE ticket CASCADE;
RESET client_min_messages;
INSERT INTO event VALUES (1, 1, '2026-01-05 10:00', 'x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER "~sla_events_ticket" ON event;
INSERT INTO event VALUES (1, 1, '2026-01-05 10:00', 'x');

SET client_min_messages = warning;
DROP SCHEMA wrong CASCADE;
DROP OWNED BY tracking_stranger;
DROP ROLE tracking_stranger;
