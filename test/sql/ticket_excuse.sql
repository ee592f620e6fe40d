-- What an approver says of clocks: a miss is excused, a run does not count, a
-- ticket is judged by the terms that it has now.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
BEGIN;
CREATE SCHEMA excuse;
CREATE FUNCTION excuse.failure(command text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;
CREATE ROLE excuse_owner;
CREATE ROLE excuse_approver;
CREATE ROLE excuse_manager IN ROLE excuse_approver;
CREATE ROLE excuse_agent;
GRANT USAGE, CREATE ON SCHEMA excuse TO excuse_owner;
GRANT USAGE ON SCHEMA excuse TO excuse_approver, excuse_agent;
INSERT INTO support_plan (plan, title, calendar) VALUES ('excuse day', 'A day', 'always'), ('excuse hour', 'An hour', 'always');
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT p.plan, 'P2', 'resolution', p.target FROM (VALUES ('excuse day', interval '24 hours'), ('excuse hour', '1 hour')) AS p (plan, target);
SET search_path = excuse, public;

SET ROLE excuse_owner;
CREATE TABLE ticket (id integer PRIMARY KEY, plan text, priority text DEFAULT 'P2', opened_at timestamptz, resolved_at timestamptz);
GRANT ALL ON ticket TO excuse_agent;
DO $$
BEGIN
	PERFORM sla_track('ticket', approver => 'excuse_approver');
	PERFORM sla_add_clock('ticket', 'resolution', on_reopen => 'new run');
END $$;
-- 1 is overdue, 2 was resolved too late, 3 in time, 4 is on its way.
INSERT INTO ticket VALUES
	(1, 'excuse hour', 'P2', now() - interval '3 hours', NULL), (2, 'excuse hour', 'P2', now() - interval '3 hours', now()),
	(3, 'excuse day', 'P2', now() - interval '3 hours', now()), (4, 'excuse day', 'P2', now() - interval '3 hours', NULL);
RESET ROLE;

-- A member of the role that sla_track was given excuses; who, when and why is
-- told beside the clock and in the trail.
SET ROLE excuse_manager;
SELECT sla_excuse('ticket', 1, 'resolution', 'power cut');
SELECT e.ticket, e.metric, e.run, e.reason, e.excused_by, e.excused_at = now() AS now, e.clock_id = c.clock_id AS clock
FROM ticket_sla_excuse AS e JOIN ticket_sla_clock AS c USING (ticket, metric, run);
SELECT sla_unexcuse('ticket', 1, 'resolution', 'there was none');
SELECT count(*) FROM ticket_sla_excuse;
SELECT sla_excuse('ticket', 2, 'resolution', 'power cut');
SELECT sla_unexcuse('ticket', 2, 'resolution');
RESET ROLE;
SELECT r.ticket, r.metric, r.event, r.plan, r.priority, r.status, r.reason FROM ticket_sla_trail AS r WHERE r.event LIKE '%excused' ORDER BY r.id;
-- The owner of the table may, too; nobody else, whatever he may do to tickets.
SET ROLE excuse_owner;
SELECT sla_excuse('ticket', 2, 'resolution', 'storm');
RESET ROLE;
SET ROLE excuse_agent;
SELECT sla_excuse('ticket', 1, 'resolution', 'I was busy');
SELECT sla_unexcuse('ticket', 2, 'resolution', 'let me see');
SELECT sla_cancel_run('ticket', 1, 'resolution', 'I was busy');
SELECT sla_rejudge('ticket', 1, 'I was busy');
RESET ROLE;
GRANT SELECT, INSERT, DELETE ON ticket_sla_excuse TO excuse_agent;
GRANT SELECT ON ticket_sla_clock TO excuse_agent;
SET ROLE excuse_agent;
SELECT sla_excuse('ticket', 1, 'resolution', 'I was busy');
SELECT sla_cancel_run('ticket', 1, 'resolution', 'I was busy');
SELECT sla_rejudge('ticket', 1, 'I was busy');
RESET ROLE;

-- The id is of any type, and a literal is read as one.
SELECT sla_excuse('ticket', '1', 'resolution', 'literal'), sla_unexcuse('ticket', '1'::text, 'resolution');
SELECT sla_excuse('ticket', 1::smallint, 'resolution', 'smallint'), sla_unexcuse('ticket', 1::bigint, 'resolution');
SELECT sla_excuse('ticket', 1::numeric, 'resolution', 'numeric'), sla_unexcuse('ticket', '1'::varchar, 'resolution');
SELECT sla_excuse('ticket', ticket => t.id, metric => 'resolution', reason => 'named') FROM ticket AS t WHERE t.id = 1;
SELECT sla_unexcuse('ticket', 1, 'resolution');
CREATE DOMAIN case_number AS uuid;
CREATE TABLE incident (id case_number PRIMARY KEY, plan text, priority text, opened_at timestamptz, resolved_at timestamptz);
DO $$ BEGIN PERFORM sla_track('incident'); END $$;
INSERT INTO incident VALUES ('00000000-0000-0000-0000-00000000000a', 'excuse hour', 'P2', now() - interval '3 hours');
SELECT sla_excuse('incident', id, 'resolution', 'its own type') FROM incident;
SELECT sla_unexcuse('incident', '00000000-0000-0000-0000-00000000000A'::uuid, 'resolution');
SELECT sla_excuse('incident', '{00000000-0000-0000-0000-00000000000A}', 'resolution', 'literal');

-- With tenants, the tenant is named.
CREATE TABLE shared (tenant text, id integer, plan text, priority text, opened_at timestamptz, resolved_at timestamptz, PRIMARY KEY (tenant, id));
DO $$ BEGIN PERFORM sla_track('shared', tenant => 'tenant'); END $$;
INSERT INTO shared SELECT t, 1, 'excuse hour', 'P2', now() - interval '3 hours' FROM unnest('{a,b}'::text[]) AS t;
SELECT sla_excuse('shared', 1, 'resolution', 'storm', tenant => 'b');
SELECT e.tenant, e.ticket FROM shared_sla_excuse AS e;
SELECT sla_unexcuse('shared', 1, 'resolution', tenant => 'b');
SELECT sla_cancel_run('shared', 1, 'resolution', 'spam', tenant => 'a');
SELECT c.tenant, c.cancel_reason FROM shared_sla_clock AS c ORDER BY c.tenant;
SELECT sla_restore_run('shared', 1, 'resolution', tenant => 'a');
SELECT sla_rejudge('shared', 1, 'again', tenant => 'a');

-- Without an approver it is the owner.
GRANT SELECT ON shared_sla_clock TO excuse_approver;
SET ROLE excuse_approver;
SELECT sla_rejudge('shared', 1, 'again', tenant => 'a');
RESET ROLE;

-- A reopening by an automatic reply begins a run; an approver cancels it, and
-- it stays cancelled whatever becomes of the ticket.
UPDATE ticket SET resolved_at = NULL WHERE id = 3;
SET ROLE excuse_approver;
SELECT sla_cancel_run('ticket', 3, 'resolution', 'out of office', run => 2);
RESET ROLE;
SELECT c.run, c.cancelled_at IS NOT NULL AS cancelled, c.cancel_reason, c.cancelled_by FROM ticket_sla_clock AS c WHERE c.ticket = 3 ORDER BY c.run;
UPDATE ticket SET priority = 'P3' WHERE id = 3;
UPDATE ticket SET priority = 'P2' WHERE id = 3;
SELECT c.run, c.cancel_reason, c.cancelled_by FROM ticket_sla_clock AS c WHERE c.ticket = 3 ORDER BY c.run;
SELECT sla_restore_run('ticket', 3, 'resolution', 'it was no such reply');
SELECT c.run, c.cancelled_at, c.cancel_reason, c.cancelled_by FROM ticket_sla_clock AS c WHERE c.ticket = 3 ORDER BY c.run;
-- A miss that was cancelled is a miss again.
SELECT sla_cancel_run('ticket', 2, 'resolution', 'by mistake');
SELECT sla_excuse('ticket', 2, 'resolution', 'it does not count');
SELECT sla_restore_run('ticket', 2, 'resolution');
SELECT c.due_at < c.stopped_at AS missed, c.cancelled_at FROM ticket_sla_clock AS c WHERE c.ticket = 2;
SELECT r.ticket, r.metric, r.event, r.status, r.reason FROM ticket_sla_trail AS r WHERE r.event LIKE 'run %' ORDER BY r.id;

-- Of several runs the one must be named.
UPDATE ticket SET resolved_at = clock_timestamp() WHERE id = 3;
SELECT sla_cancel_run('ticket', 3, 'resolution', 'which');
SELECT sla_cancel_run('ticket', 3, 'resolution', 'this one', run => 1);
SELECT sla_cancel_run('ticket', 3, 'resolution', 'then there is one left');
SELECT sla_restore_run('ticket', 3, 'resolution');
SELECT sla_restore_run('ticket', 3, 'resolution', run => 1), sla_restore_run('ticket', 3, 'resolution', run => 2);

-- A plan that was mistyped is noticed after the miss: correcting it moves
-- nothing, rejudging judges by it.
INSERT INTO ticket VALUES (5, 'excuse hour', 'P2', now() - interval '3 hours', now());
UPDATE ticket SET plan = 'excuse day' WHERE id = 5;
SELECT c.plan, c.target, c.due_at < c.stopped_at AS missed FROM ticket_sla_clock AS c WHERE c.ticket = 5;
SET ROLE excuse_approver;
SELECT sla_rejudge('ticket', 5, 'the plan was mistyped');
RESET ROLE;
SELECT c.plan, c.target, c.due_at < c.stopped_at AS missed FROM ticket_sla_clock AS c WHERE c.ticket = 5;
SELECT r.metric, r.event, r.old_plan, r.plan, r.due_at - r.old_due_at AS later, r.status, r.reason
FROM ticket_sla_trail AS r WHERE r.ticket = 5 AND r.event = 'rejudged' ORDER BY r.id;
-- By the policy as it is now, of one metric alone.
UPDATE sla_target_rule SET target = '2 hours' WHERE plan = 'excuse day';
SELECT sla_rejudge('ticket', 5, 'a new agreement', metric => 'resolution');
SELECT sla_rejudge('ticket', 5, 'there is nothing to change');
SELECT c.target, c.due_at < c.stopped_at AS missed FROM ticket_sla_clock AS c WHERE c.ticket = 5;

-- Tickets that are gone: misses are excused, runs cancelled, nothing is judged
-- anew.
DELETE FROM ticket WHERE id = 5;
SELECT sla_excuse('ticket', 5, 'resolution', 'storm');
SELECT sla_cancel_run('ticket', 5, 'resolution', 'spam');
SELECT sla_rejudge('ticket', 5, 'too late');
SELECT c.cancel_reason FROM ticket_sla_clock AS c WHERE c.ticket = 5;
-- One that was cancelled before its ticket was deleted, ahead of the deadline, is
-- restored to what it would have been.
INSERT INTO ticket VALUES (6, 'excuse day', 'P2', now());
SELECT sla_cancel_run('ticket', 6, 'resolution', 'spam');
DELETE FROM ticket WHERE id = 6;
SELECT c.cancel_reason FROM ticket_sla_clock AS c WHERE c.ticket = 6;
SELECT sla_restore_run('ticket', 6, 'resolution');
SELECT c.cancel_reason, c.cancelled_at = c.gone_at AS by_that FROM ticket_sla_clock AS c WHERE c.ticket = 6;

-- Errors.
SELECT f.* FROM unnest(ARRAY[
	$$SELECT sla_excuse('ticket', 2, 'resolution', 'again')$$,
	$$SELECT sla_excuse('ticket', 4, 'resolution', 'not late')$$,
	$$SELECT sla_excuse('ticket', 99, 'resolution', 'none')$$,
	$$SELECT sla_excuse('ticket', 2, 'update', 'none')$$,
	$$SELECT sla_excuse('ticket', 2, 'resolution', 'none', run => 7)$$,
	$$SELECT sla_excuse('ticket', 'two', 'resolution', 'x')$$,
	$$SELECT sla_excuse('ticket', 2, 'resolution', E' \n')$$,
	$$SELECT sla_excuse(NULL, 2, 'resolution', 'x')$$,
	$$SELECT sla_excuse('ticket', NULL, 'resolution', 'x')$$,
	$$SELECT sla_excuse('ticket', 2, NULL, 'x')$$,
	$$SELECT sla_excuse('ticket', 2, 'resolution', NULL)$$,
	$$SELECT sla_excuse('ticket', 2, 'resolution', 'x', tenant => 'a')$$,
	$$SELECT sla_excuse('shared', 1, 'resolution', 'x')$$,
	$$SELECT sla_excuse('pg_class', 1, 'resolution', 'x')$$,
	$$SELECT sla_unexcuse('ticket', 1, 'resolution')$$,
	$$SELECT sla_unexcuse('ticket', 99, 'resolution')$$,
	$$SELECT sla_unexcuse('ticket', NULL, 'resolution')$$,
	$$SELECT sla_cancel_run('ticket', 1, 'resolution', NULL)$$,
	$$SELECT sla_cancel_run('ticket', 1, 'resolution', '')$$,
	$$SELECT sla_cancel_run('ticket', 99, 'resolution', 'x')$$,
	$$SELECT sla_cancel_run('pg_class', 1, 'resolution', 'x')$$,
	$$SELECT sla_restore_run('ticket', 1, 'resolution')$$,
	$$SELECT sla_restore_run('ticket', 1, NULL)$$,
	$$SELECT sla_rejudge('ticket', 1, NULL)$$,
	$$SELECT sla_rejudge('ticket', 1, '  ')$$,
	$$SELECT sla_rejudge('ticket', NULL, 'x')$$,
	$$SELECT sla_rejudge('ticket', 99, 'x')$$,
	$$SELECT sla_rejudge('ticket', 1, 'x', 'update')$$,
	$$SELECT sla_excuse('ticket', 2, 'repair', 'x')$$,
	$$SELECT sla_rejudge('ticket', 1, 'x', 'repair')$$,
	$$SELECT sla_rejudge('pg_class', 1, 'x')$$]) WITH ORDINALITY AS c (command, n), failure(c.command) AS f
ORDER BY c.n \g (format=unaligned)
ROLLBACK;
