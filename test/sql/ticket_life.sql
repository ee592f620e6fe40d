-- The life of tracked tickets: tickets that were there before, a policy that
-- changed, clocks to be looked into and repaired, tickets that are gone.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
CREATE SCHEMA life;
SET search_path = life, public;
CREATE FUNCTION failure(command text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;

-- Two plans, round the clock.
INSERT INTO support_plan (plan, title, calendar) VALUES ('life gold', 'Gold', 'always'), ('life iron', 'Iron', 'always');
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT 'life ' || p.plan, pr.priority, m.metric, m.hours * interval '1 hour'
FROM (VALUES ('gold'), ('iron')) AS p (plan), unnest(enum_range(NULL::ticket_priority)) AS pr (priority),
	(VALUES ('first_response', 4), ('resolution', 20)) AS m (metric, hours);

CREATE TABLE ticket (
	id integer PRIMARY KEY, plan text, urgency text DEFAULT 'medium', impact text DEFAULT 'high', override text, holidays text,
	opened_at timestamptz DEFAULT now() - interval '1 hour', answered_at timestamptz, resolved_at timestamptz, note text
);

-- Tickets that were there before: 1 to 4 are open, 5 and 6 resolved, 6 late.
INSERT INTO ticket (id, plan, answered_at, opened_at, resolved_at) VALUES
	(1, 'life gold', NULL, now() - interval '1 hour', NULL), (2, 'life gold', now(), now() - interval '1 hour', NULL),
	(3, 'life iron', NULL, now() - interval '1 hour', NULL), (4, NULL, NULL, now() - interval '1 hour', NULL),
	(5, 'life gold', now() - interval '39 hours', now() - interval '40 hours', now() - interval '38 hours'),
	(6, 'life gold', now() - interval '39 hours', now() - interval '40 hours', now());
DO $$ BEGIN PERFORM sla_track('ticket'); END $$;
CREATE VIEW clocks AS
SELECT c.ticket, c.metric, c.run, c.plan, c.priority, c.target, c.due_at - c.started_at AS due, c.stopped_at - c.started_at AS stopped,
	c.cancel_reason, c.problem, c.gone_at IS NOT NULL AS gone
FROM ticket_sla_clock AS c;

-- Tracking makes nothing of them.
SELECT count(*) FROM ticket_sla_clock;
SELECT * FROM sla_check('ticket');
-- The open ones first, in batches of two.
CALL sla_backfill('ticket', batch_size => 2);
SELECT c.* FROM clocks AS c ORDER BY c.ticket, c.metric;
-- All, then: what is right is not written again.
CALL sla_backfill('ticket', 'all');
SELECT c.* FROM clocks AS c WHERE c.ticket > 4 ORDER BY c.ticket, c.metric;
CALL sla_backfill('ticket', 'all');
SELECT * FROM sla_check('ticket');
-- Nothing was changed that the trail would have to tell.
SELECT count(*) FROM ticket_sla_trail;
-- The clocks are those of tickets that are inserted.
CREATE TABLE live (LIKE ticket INCLUDING DEFAULTS, PRIMARY KEY (id));
DO $$ BEGIN PERFORM sla_track('live'); END $$;
INSERT INTO live SELECT * FROM ticket;
SELECT count(*) FROM (
	SELECT to_jsonb(c) - 'clock_id' AS clock FROM ticket_sla_clock AS c
	EXCEPT SELECT to_jsonb(c) - 'clock_id' FROM live_sla_clock AS c) AS d;

-- It commits after each batch: when one fails, or is cancelled, those before it
-- stay, and the next call goes on.
CREATE TABLE late (LIKE ticket INCLUDING DEFAULTS, PRIMARY KEY (id));
INSERT INTO late SELECT * FROM ticket;
UPDATE late SET plan = 'nonesuch' WHERE id = 3;
DO $$ BEGIN PERFORM sla_track('late'); END $$;
CALL sla_backfill('late', 'all', 2);
SELECT array_agg(DISTINCT c.ticket ORDER BY c.ticket) FROM late_sla_clock AS c;
UPDATE late SET plan = 'life iron' WHERE id = 3;
CALL sla_backfill('late', 'all', 2);

-- A table of clocks that the server knows as empty grows: tickets are looked up
-- in it, and what the same call has written before is not read again and again.
CREATE TABLE many AS SELECT i AS id, 'life gold'::text AS plan, 'P3'::text AS priority, now() AS opened_at FROM generate_series(1, 1600) AS i;
ALTER TABLE many ADD PRIMARY KEY (id);
DO $$ BEGIN PERFORM sla_track('many'); PERFORM sla_add_clock('many', 'resolution'); END $$;
ANALYZE many_sla_clock;
BEGIN;
CALL sla_backfill('many', 'all', batch_size => NULL);
SELECT COALESCE(idx_tup_fetch, 0) AS read FROM pg_stat_xact_user_tables WHERE relid = 'many_sla_clock'::regclass;
COMMIT;

-- Inside a transaction block it must do without commits, and then goes back
-- with the transaction.
TRUNCATE live;
SELECT sla_forget('live', before => 'infinity');
BEGIN;
ALTER TABLE live DISABLE TRIGGER USER;
INSERT INTO live SELECT * FROM ticket;
ALTER TABLE live ENABLE TRIGGER USER;
COMMIT;
BEGIN;
CALL sla_backfill('live', 'all');
ROLLBACK;
BEGIN;
CALL sla_backfill('live', 'all', batch_size => NULL);
ROLLBACK;
SELECT count(*) FROM live_sla_clock;
CREATE FUNCTION fill() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint; BEGIN CALL sla_backfill('live', 'all', 2, n); RETURN n; END $$;
SELECT fill();

-- A target that changes moves nothing by itself, and then, by sla_refresh, the
-- clocks that run and whose deadline has not passed.  7 is overdue.
INSERT INTO ticket (id, plan, opened_at) VALUES (7, 'life gold', now() - interval '30 hours');
UPDATE sla_target_rule SET target = '10 hours' WHERE plan = 'life gold' AND metric = 'resolution';
SELECT * FROM sla_check('ticket');
UPDATE ticket SET note = 'touched';
SELECT count(*) FROM clocks AS c WHERE c.target = '10 hours';
CREATE TABLE before AS SELECT t.xmin::text AS xid, t.ctid AS tid, t.id FROM ticket AS t;
CALL sla_refresh('ticket', batch_size => 2);
SELECT c.ticket, c.target, c.due, c.stopped FROM clocks AS c WHERE c.metric = 'resolution' ORDER BY c.ticket;
-- The application's table is not written.
SELECT count(*) FROM ticket AS t JOIN before AS b ON b.id = t.id AND b.xid = t.xmin::text AND b.tid = t.ctid;
SELECT r.ticket, r.metric, r.event, r.old_due_at - r.due_at AS earlier FROM ticket_sla_trail AS r WHERE r.event = 'refreshed' ORDER BY r.id;
CALL sla_refresh('ticket');

-- One plan, one metric, clocks since an instant.
INSERT INTO ticket (id, plan, opened_at) VALUES (8, 'life iron', now() - interval '2 hours');
UPDATE sla_target_rule SET target = target + interval '1 hour' WHERE plan IN ('life gold', 'life iron');
CALL sla_refresh('ticket', plan => 'life iron', metric => 'resolution', since => now() - interval '90 minutes');
CALL sla_refresh('ticket', plan => 'life iron', metric => 'resolution');
CALL sla_refresh('ticket', metric => 'first_response');
CALL sla_refresh('ticket', batch_size => NULL);
SELECT * FROM sla_check('ticket');

-- Hours and pauses: a clock that is paused has its time left computed anew.
CREATE TABLE paused (id uuid PRIMARY KEY, plan text, priority text, opened_at timestamptz, resolved_at timestamptz, waiting boolean);
DO $$
BEGIN
	PERFORM sla_track('paused');
	PERFORM sla_add_clock('paused', 'resolution', paused => 'waiting');
END $$;
INSERT INTO paused VALUES ('00000000-0000-0000-0000-000000000001', 'life iron', 'P2', now(), NULL, true);
SELECT c.target, c.due_at, c.remaining > interval '20 hours 59 minutes' AS most FROM paused_sla_clock AS c;
CALL sla_refresh('paused');
UPDATE sla_target_rule SET target = target - interval '1 hour' WHERE plan = 'life iron';
CALL sla_refresh('paused');
SELECT c.target, c.due_at, c.remaining < interval '20 hours 1 minute' AS less FROM paused_sla_clock AS c;
CALL sla_refresh('ticket');

-- A matrix that changes moves nothing before sla_refresh either; and never a
-- ticket of which the customer overrides it.
INSERT INTO ticket (id, plan, override) VALUES (11, 'life iron', 'P2');
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('life iron', 'medium', 'high', 'P1');
UPDATE ticket SET note = 'touched again';
SELECT DISTINCT c.priority FROM clocks AS c WHERE c.plan = 'life iron';
CALL sla_refresh('ticket');
SELECT c.ticket, c.metric, c.priority FROM clocks AS c WHERE c.plan = 'life iron' ORDER BY c.ticket, c.metric;
DELETE FROM support_priority_rule WHERE plan = 'life iron';
CALL sla_refresh('ticket');

-- A plan that is renamed, and then deleted, under open and closed tickets: what
-- was judged stays, and changes that need no computing pass.  sla_check tells
-- the clocks that run.
BEGIN;
UPDATE support_plan SET plan = 'life golden' WHERE plan = 'life gold';
UPDATE sla_target_rule SET plan = 'life golden' WHERE plan = 'life gold';
COMMIT;
CREATE TABLE stood AS SELECT c.* FROM ticket_sla_clock AS c;
UPDATE ticket SET note = 'after the plan was renamed';
CALL sla_refresh('ticket');
CALL sla_refresh('ticket', force => true);
SELECT count(*) FROM (SELECT * FROM ticket_sla_clock EXCEPT SELECT * FROM stood) AS d;
SELECT k.* FROM sla_check('ticket') AS k ORDER BY k.ticket, k.metric;
UPDATE ticket SET urgency = 'low' WHERE id = 1;
UPDATE ticket SET resolved_at = now() WHERE id = 5;
DELETE FROM sla_target_rule WHERE plan = 'life golden';
DELETE FROM support_plan WHERE plan = 'life golden';
UPDATE ticket SET note = 'after it was deleted';
SELECT count(*) FROM (SELECT * FROM ticket_sla_clock EXCEPT SELECT * FROM stood) AS d;
-- It comes back.
INSERT INTO support_plan (plan, title, calendar) VALUES ('life gold', 'Gold', 'always');
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT 'life gold', p.priority, m.metric, m.hours * interval '1 hour'
FROM unnest(enum_range(NULL::ticket_priority)) AS p (priority), (VALUES ('first_response', 5), ('resolution', 11)) AS m (metric, hours);
SELECT * FROM sla_check('ticket');
CALL sla_refresh('ticket');
-- In hours that never open again nothing falls due.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES ('life shut', 'off', 'UTC');
UPDATE sla_target_rule SET calendar = 'life shut' WHERE plan = 'life gold' AND metric = 'resolution';
SELECT k.* FROM sla_check('ticket') AS k ORDER BY k.ticket, k.metric;
ROLLBACK;

-- A list, or plan, that is not known when the ticket comes is a problem of that
-- ticket; sla_check tells it, and sla_refresh tries it again.
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO ticket (id, plan, holidays) VALUES (9, 'life gold', 'life list');
INSERT INTO ticket (id, plan) VALUES (10, 'life lead');
RESET ticket_priority.bad_ticket;
SELECT k.* FROM sla_check('ticket') AS k ORDER BY k.ticket, k.metric;
CALL sla_refresh('ticket');
INSERT INTO business_holiday_list (holidays, title) VALUES ('life list', 'List');
CALL sla_refresh('ticket');
SELECT c.ticket, c.metric, c.plan, c.target, c.due, c.problem FROM clocks AS c WHERE c.ticket > 8 ORDER BY c.ticket, c.metric;
-- Of any plan, since the clock's own may not be the ticket's.
INSERT INTO support_plan (plan, title, calendar) VALUES ('life lead', 'Lead', 'always');
CALL sla_refresh('ticket', plan => 'community');
SELECT * FROM sla_check('ticket');

-- A zone that is not known, looked up elsewhere, and mended there.
CREATE TABLE customer (id integer PRIMARY KEY, zone text);
INSERT INTO customer VALUES (1, 'Europe/Warsaw'), (2, 'Europe/Varsovie');
CREATE FUNCTION zone_of(customer integer) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT c.zone FROM life.customer AS c WHERE c.id = zone_of.customer $$;
CREATE TABLE zoned (id integer PRIMARY KEY, customer integer, plan text DEFAULT 'standard', priority text DEFAULT 'P4',
	opened_at timestamptz DEFAULT '2026-01-05 09:00+01', answered_at timestamptz);
DO $$ BEGIN PERFORM sla_track('zoned', time_zone => 'zone_of(customer)'); END $$;
INSERT INTO zoned VALUES (1, 1);
INSERT INTO zoned VALUES (2, 2);
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO zoned VALUES (2, 2);
INSERT INTO zoned VALUES (3, 2, 'standard', 'P4', '2026-01-05 09:00+01', '2026-01-05 10:00+01');
RESET ticket_priority.bad_ticket;
SELECT k.* FROM sla_check('zoned') AS k ORDER BY k.ticket;
UPDATE customer SET zone = 'Europe/Warsaw' WHERE id = 2;
SELECT k.* FROM sla_check('zoned') AS k ORDER BY k.ticket;
CALL sla_refresh('zoned');
SELECT c.ticket, c.due_at, c.elapsed, c.problem FROM zoned_sla_clock AS c ORDER BY c.ticket;
SELECT * FROM sla_check('zoned');

-- Plans that the application looks up elsewhere are read again with force.  A
-- clock without a target is no trouble where its calendar has no zone.
CREATE FUNCTION plan_of(customer integer) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT CASE customer WHEN 3 THEN 'standard' ELSE 'life gold' END $$;
CREATE TABLE lookup (id text PRIMARY KEY, customer integer, priority text, opened_at timestamptz, resolved_at timestamptz);
DO $$ BEGIN PERFORM sla_track('lookup', plan => 'plan_of(customer)'); END $$;
INSERT INTO lookup SELECT 'INC' || i, i, 'P2', now() FROM generate_series(1, 3) AS i;
SELECT k.* FROM sla_check('lookup') AS k;
CREATE OR REPLACE FUNCTION plan_of(customer integer) RETURNS text LANGUAGE sql STABLE AS
	$$ SELECT CASE customer WHEN 1 THEN 'life gold' ELSE 'life iron' END $$;
SELECT k.* FROM sla_check('lookup') AS k ORDER BY k.ticket;
CALL sla_refresh('lookup');
CALL sla_refresh('lookup', force => true);
SELECT c.ticket, c.plan FROM lookup_sla_clock AS c ORDER BY c.ticket;

-- It names what differs, also where no term and no instant does.
DO $$ BEGIN PERFORM sla_track('lookup', plan => 'plan_of(customer)', time_zone => $q$'UTC'$q$, carry => '{customer}'); END $$;
UPDATE lookup SET customer = customer WHERE id = 'INC2';
DO $$ BEGIN PERFORM sla_track('lookup', plan => 'plan_of(customer)', time_zone => $q$'UTC'$q$); END $$;
SELECT k.* FROM sla_check('lookup') AS k ORDER BY k.ticket;

-- Loads with the triggers off, as a replica, or by a restore of data alone:
-- sla_check tells what is to be repaired, and sla_backfill repairs it.
SET session_replication_role = replica;
INSERT INTO ticket (id, plan) VALUES (20, 'life iron');
UPDATE ticket SET resolved_at = now() WHERE id = 2;
DELETE FROM ticket WHERE id IN (3, 6);
RESET session_replication_role;
SET check_function_bodies = off;
INSERT INTO ticket (id, plan) VALUES (21, 'life gold');
RESET check_function_bodies;
ALTER TABLE ticket DISABLE TRIGGER USER;
UPDATE ticket SET answered_at = now() WHERE id = 1;
ALTER TABLE ticket ENABLE TRIGGER USER;
SELECT k.ticket, k.metric, k.run, regexp_replace(k.what, '\d{4}-\S+ \S+', '(time)', 'g') AS what
FROM sla_check('ticket') AS k ORDER BY k.ticket::integer, k.metric;
CALL sla_backfill('ticket', 'all');
SELECT * FROM sla_check('ticket');
SELECT c.ticket, c.metric, c.stopped IS NOT NULL AS stopped, c.cancel_reason, c.gone FROM clocks AS c
WHERE c.ticket IN (1, 2, 3, 6, 20, 21) ORDER BY c.ticket, c.metric;

-- A clock that the table has no more is cancelled where it runs ahead.
DO $$ BEGIN PERFORM sla_add_clock('paused', 'update', starts => 'opened_at'); END $$;
CALL sla_backfill('paused');
DO $$ BEGIN PERFORM sla_drop_clock('paused', 'update'); END $$;
SELECT c.metric, c.run, c.cancel_reason FROM paused_sla_clock AS c WHERE c.metric = 'update';
SELECT k.metric, k.run, k.what FROM sla_check('paused') AS k;

-- What is gone can be forgotten, what is there cannot; ids may be used again.
INSERT INTO ticket (id, plan, opened_at) VALUES (3, 'life iron', now() - interval '10 minutes');
SELECT c.ticket, c.metric, c.run, c.gone FROM clocks AS c WHERE c.ticket IN (3, 6) ORDER BY c.ticket, c.metric, c.run;
SELECT sla_forget('ticket', 3);
SELECT sla_forget('ticket', 6);
SELECT sla_forget('ticket', '6');
SELECT sla_forget('ticket', before => now() - interval '1 day');
SELECT sla_forget('ticket', before => now() + interval '1 minute');
SELECT c.ticket, c.metric, c.run, c.gone FROM clocks AS c WHERE c.ticket IN (3, 6) ORDER BY c.ticket, c.metric, c.run;
SELECT r.event FROM ticket_sla_trail AS r WHERE r.ticket = 3 ORDER BY r.id;
SELECT * FROM sla_check('ticket');

-- Everything that is kept of a ticket goes: excuses, alarms and the trail too.
INSERT INTO ticket (id, plan, opened_at) VALUES (30, 'life iron', now() - interval '30 hours'), (31, 'life iron', now() - interval '30 hours');
SELECT sla_excuse('ticket', 30, 'resolution', 'storm'), sla_excuse('ticket', 31, 'resolution', 'storm');
CALL sla_notify('ticket');
DELETE FROM ticket WHERE id IN (30, 31);
SELECT count(*) FROM ticket_sla_excuse AS e WHERE e.ticket IN (30, 31);
SELECT sla_forget('ticket', 30), sla_forget('ticket', before => 'infinity');
SELECT (SELECT count(*) FROM ticket_sla_clock AS c WHERE c.ticket > 29) AS clocks, (SELECT count(*) FROM ticket_sla_trail AS c WHERE c.ticket > 29) AS trail,
	(SELECT count(*) FROM ticket_sla_excuse AS c WHERE c.ticket > 29) AS excuses, (SELECT count(*) FROM ticket_sla_alarm AS c WHERE c.ticket > 29) AS alarms;
-- A retention job: what is deleted keeps its clocks until they are forgotten.
DELETE FROM ticket WHERE id < 20;
SELECT count(*) FILTER (WHERE c.gone_at IS NULL) AS there, count(*) > 10 AS kept FROM ticket_sla_clock AS c;
SELECT sla_forget('ticket', before => 'infinity') > 10 AS forgotten;
SELECT DISTINCT c.ticket FROM ticket_sla_clock AS c;
SELECT DISTINCT r.ticket FROM ticket_sla_trail AS r;
-- The guard lets nobody else.
DELETE FROM ticket_sla_clock;

-- With tenants, an id is of one of them.
CREATE TABLE shared (tenant integer, id bigint, plan text, priority text, opened_at timestamptz, resolved_at timestamptz, PRIMARY KEY (tenant, id));
INSERT INTO shared SELECT t, i, 'life iron', 'P2', now() FROM generate_series(1, 2) AS t, generate_series(1, 3) AS i;
DO $$ BEGIN PERFORM sla_track('shared', tenant => 'tenant'); END $$;
CALL sla_backfill('shared', batch_size => 4);
SELECT array_agg((c.tenant, c.ticket) ORDER BY c.clock_id) FROM shared_sla_clock AS c;
UPDATE sla_target_rule SET target = '3 hours' WHERE plan = 'life iron' AND metric = 'resolution';
CALL sla_refresh('shared', batch_size => 4);
DELETE FROM shared WHERE id = 2;
SELECT sla_forget('shared', 2, tenant => '1');
SELECT c.tenant, c.ticket, c.gone_at IS NOT NULL AS gone FROM shared_sla_clock AS c ORDER BY c.tenant, c.ticket;
SET session_replication_role = replica;
DELETE FROM shared WHERE id = 3 AND tenant = 2;
RESET session_replication_role;
SELECT * FROM sla_check('shared');
CALL sla_backfill('shared', 'all');
SELECT * FROM sla_check('shared');
-- With an instant a tenant may be named, or a ticket.
SELECT sla_forget('shared', before => 'infinity', tenant => '1') AS other_tenant, sla_forget('shared', 1, 'infinity', tenant => '2') AS there,
	sla_forget('shared', 3, '-infinity', tenant => '2') AS later, sla_forget('shared', 3, 'infinity', tenant => '2') AS gone;
SELECT c.tenant, c.ticket, c.gone_at IS NOT NULL AS gone FROM shared_sla_clock AS c ORDER BY c.tenant, c.ticket;

-- Tickets that row-level security hides from the owner are not taken for gone.
ALTER TABLE shared ENABLE ROW LEVEL SECURITY;
ALTER TABLE shared FORCE ROW LEVEL SECURITY;
CREATE ROLE life_owner;
GRANT USAGE, CREATE ON SCHEMA life TO life_owner;
DO $$ BEGIN PERFORM sla_untrack('shared'); END $$;
ALTER TABLE shared OWNER TO life_owner;
SET ROLE life_owner;
DO $$ BEGIN PERFORM sla_track('shared', tenant => 'tenant'); END $$;
CALL sla_backfill('shared');
SELECT * FROM sla_check('shared');
SELECT sla_forget('shared', 1, tenant => '1');
RESET ROLE;
CALL sla_backfill('shared');
SELECT sla_forget('shared', 1, tenant => '1');

-- For the owner of the table, whoever owns the extension.
CREATE ROLE life_agent;
GRANT USAGE ON SCHEMA life TO life_agent;
GRANT ALL ON ALL TABLES IN SCHEMA life TO life_agent;
SET ROLE life_agent;
CALL sla_backfill('shared', 'all');
CALL sla_refresh('shared', force => true);
SELECT * FROM sla_check('shared');
SELECT sla_forget('shared', before => now());
RESET ROLE;

-- Errors.
SELECT f.* FROM unnest(ARRAY[
	$$CALL sla_backfill(NULL, batch_size => NULL)$$,
	$$CALL sla_backfill('ticket', NULL)$$,
	$$CALL sla_backfill('ticket', 'closed')$$,
	$$CALL sla_backfill('ticket', batch_size => 0)$$,
	$$CALL sla_backfill('ticket')$$,
	$$CALL sla_backfill('before', batch_size => NULL)$$,
	$$CALL sla_refresh(NULL, batch_size => NULL)$$,
	$$CALL sla_refresh('ticket', force => NULL)$$,
	$$CALL sla_refresh('ticket', plan => 'nonesuch')$$,
	$$CALL sla_refresh('ticket', metric => 'nonesuch')$$,
	$$CALL sla_refresh('ticket', batch_size => -1)$$,
	$$CALL sla_refresh('ticket')$$,
	$$CALL sla_refresh('before', batch_size => NULL)$$,
	$$SELECT sla_check(NULL)$$,
	$$SELECT sla_check(0)$$,
	$$SELECT sla_check('before')$$,
	$$SELECT sla_forget('ticket')$$,
	$$SELECT sla_forget('ticket', before => now(), tenant => 'a')$$,
	$$SELECT sla_forget(NULL, 1)$$,
	$$SELECT sla_forget('ticket', 'one')$$,
	$$SELECT sla_forget('ticket', 1, tenant => 'a')$$,
	$$SELECT sla_forget('shared', 1)$$,
	$$SELECT sla_forget('ticket', 20)$$,
	$$SELECT sla_forget('before', 1)$$]) WITH ORDINALITY AS c (command, n), failure(c.command) AS f
ORDER BY c.n \g (format=unaligned)

SET client_min_messages = warning;
DROP SCHEMA life CASCADE;
DROP ROLE life_agent, life_owner;
DELETE FROM sla_target_rule WHERE plan LIKE 'life %';
DELETE FROM support_plan WHERE plan LIKE 'life %';
DELETE FROM business_holiday_list WHERE holidays = 'life list';
