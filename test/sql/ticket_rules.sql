-- The rules R1 to R13 of tracking, through SQL. Instants are shown as hours from
-- the beginning of this test, so that it does not depend on the time of day.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA rules;
SET search_path = rules, public;
SET timezone = 'UTC';
SELECT date_trunc('second', now()) AS t0 \gset

-- A plan that is always open; one more urgent level is twice as fast.
INSERT INTO support_plan (plan, title, calendar, position) VALUES ('desk', 'Desk', 'always', 90), ('gold', 'Gold', 'always', 91);
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT plan, priority, metric, target * CASE plan WHEN 'gold' THEN 0.5 ELSE 1 END
FROM unnest(ARRAY['desk', 'gold']) AS plan,
	(VALUES ('P1'::ticket_priority, interval '4 h'), ('P2', '8 h'), ('P3', '16 h'), ('P4', '32 h')) AS t (priority, target),
	unnest(ARRAY['first_response', 'resolution']) AS metric;

CREATE TABLE ticket (id int PRIMARY KEY, opened_at timestamptz, plan text, urgency text, impact text, override text,
	status text DEFAULT 'open', answered_at timestamptz, resolved_at timestamptz, zone text, note text);
SELECT sla_track('ticket', time_zone => 'zone', cancelled => $$status = 'spam'$$);
SELECT sla_add_clock('ticket', 'resolution', stops => 'resolved_at', paused => $$status = 'waiting'$$, on_close => 'run');

SELECT set_config('rules.t0', :'t0', false) IS NOT NULL AS ready;
CREATE FUNCTION hours(h numeric) RETURNS timestamptz LANGUAGE sql STABLE
RETURN current_setting('rules.t0')::timestamptz + make_interval(mins => (h * 60)::int);
CREATE FUNCTION hour_of(t timestamptz) RETURNS int LANGUAGE sql STABLE
RETURN round(extract(epoch FROM t - current_setting('rules.t0')::timestamptz) / 3600);

CREATE VIEW clock AS
SELECT c.ticket, c.metric, c.run, c.plan, c.priority, c.target, hour_of(c.started_at) AS started, hour_of(c.due_at) AS due,
	hour_of(c.stopped_at) AS stopped, c.stopped_by AS by, c.cancel_reason AS cancelled,
	c.gone_at IS NOT NULL AS gone, s.status
FROM ticket_sla_clock AS c JOIN ticket_sla AS s USING (ticket, metric, run)
ORDER BY c.ticket, c.metric, c.run;
CREATE VIEW told AS
SELECT ticket, metric, event, old_priority, priority, old_plan, plan, hour_of(due_at) - hour_of(old_due_at) AS moved, status
FROM ticket_sla_trail ORDER BY id;

-- R1. A run starts once, with the target in force at its start.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (1, hours(-1), 'desk', 'high', 'medium');
TABLE clock;
-- A new ticket is told once.
TABLE told;
-- An update that concerns no clock writes none.
SELECT array_agg(xmin ORDER BY clock_id) AS versions FROM ticket_sla_clock \gset
UPDATE ticket SET note = 'called';
SELECT array_agg(xmin ORDER BY clock_id)::text = :'versions' AS unwritten FROM ticket_sla_clock;

-- R2. Terms change: a running clock is computed anew from its start, and that is told.
UPDATE ticket SET impact = 'high';
TABLE clock;
SELECT * FROM told OFFSET 1;
-- A stopped clock keeps terms, target, deadline and verdict; the other follows.
UPDATE ticket SET answered_at = hours(0);
UPDATE ticket SET plan = 'gold', impact = 'low';
TABLE clock;
-- A clock of which the deadline has passed keeps them too.
TRUNCATE ticket;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (2, hours(-10), 'desk', 'high', 'medium');
UPDATE ticket SET urgency = 'low', plan = 'gold';
SELECT * FROM clock WHERE ticket = 2;
-- Also by way of being cancelled in between.
UPDATE ticket SET status = 'spam';
UPDATE ticket SET urgency = 'high', impact = 'high';
UPDATE ticket SET status = 'open';
SELECT * FROM clock WHERE ticket = 2;
-- A stop in the same statement as a change of terms is judged by the terms before it.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (3, hours(-6), 'desk', 'high', 'medium');
UPDATE ticket SET answered_at = hours(-1), impact = 'high' WHERE id = 3;
SELECT * FROM clock WHERE ticket = 3;
-- A changed matrix, or target, moves nothing; nor does the next change of something else.
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('desk', 'high', 'low', 'P1');
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (4, hours(0), 'desk', 'medium', 'medium');
UPDATE sla_target_rule SET target = '1 h' WHERE plan = 'desk' AND priority = 'P3';
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('desk', 'medium', 'medium', 'P1');
UPDATE ticket SET note = 'x' WHERE id = 4;
SELECT * FROM clock WHERE ticket = 4;
-- Until what is asked of it changes.
UPDATE ticket SET override = 'P2' WHERE id = 4;
UPDATE ticket SET override = NULL WHERE id = 4;
SELECT * FROM clock WHERE ticket = 4;
DELETE FROM support_priority_rule WHERE plan = 'desk';
UPDATE sla_target_rule SET target = '16 h' WHERE plan = 'desk' AND priority = 'P3';

-- R3. Facts are corrected: computed anew with the clock's own terms and target.
INSERT INTO ticket (id, opened_at, plan, urgency, impact, answered_at) VALUES (5, hours(-12), 'desk', 'high', 'medium', hours(-5));
UPDATE sla_target_rule SET target = '2 h' WHERE plan = 'desk' AND priority = 'P2';
UPDATE ticket SET opened_at = hours(-14) WHERE id = 5;
SELECT * FROM clock WHERE ticket = 5;
-- What had been judged and is judged otherwise now is told.
SELECT * FROM told WHERE ticket = 5;
UPDATE sla_target_rule SET target = '8 h' WHERE plan = 'desk' AND priority = 'P2';
-- A corrected stop.
UPDATE ticket SET answered_at = hours(-7) WHERE id = 5;
SELECT * FROM clock WHERE ticket = 5 AND metric = 'first_response';
SELECT event, metric, status FROM told WHERE ticket = 5 OFFSET 3;

-- R4. Rejudged by an approver: by the ticket's terms now.
UPDATE ticket SET plan = 'gold', answered_at = hours(-9) WHERE id = 5;
SELECT * FROM clock WHERE ticket = 5;
SELECT _sla_reconcile('ticket', '{5}', NULL, 'rejudge', NULL, 'mistyped plan') AS written;
SELECT * FROM clock WHERE ticket = 5;
SELECT metric, event, old_plan, plan, status, reason FROM ticket_sla_trail WHERE event = 'rejudged' ORDER BY id;

-- R5. Paused: while it lasts there is no deadline, and what remains stands.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (6, hours(-1), 'desk', 'high', 'medium');
UPDATE ticket SET status = 'waiting' WHERE id = 6;
SELECT * FROM clock WHERE ticket = 6 AND metric = 'resolution';
SELECT date_trunc('hour', remaining + '30 min') AS remaining, isempty(paused) AS unpaused FROM ticket_sla_clock WHERE ticket = 6 AND metric = 'resolution';
UPDATE ticket SET status = 'open' WHERE id = 6;
SELECT * FROM clock WHERE ticket = 6 AND metric = 'resolution';
-- A pause that begins after the deadline changes no verdict.
UPDATE ticket SET status = 'waiting' WHERE id = 2;
SELECT * FROM clock WHERE ticket = 2 AND metric = 'resolution';
-- A stop while paused: the deadline is as if the pause had ended then.
UPDATE ticket SET status = 'waiting' WHERE id = 6;
UPDATE ticket SET resolved_at = hours(1) WHERE id = 6;
SELECT * FROM clock WHERE ticket = 6 AND metric = 'resolution';
DELETE FROM ticket;

-- R6. The closing: 'stop' ends the clock and counts, 'cancel' ends it uncounted, 'run' does nothing.
SELECT sla_add_clock('ticket', 'update', plan => $$'desk'$$, priority => $$'P2'$$, on_close => 'cancel');
INSERT INTO sla_target_rule (plan, priority, metric, target) SELECT 'desk', p, 'update', '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS p;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (10, hours(-3), 'desk', 'high', 'medium');
UPDATE ticket SET resolved_at = hours(0) WHERE id = 10;
SELECT * FROM clock WHERE ticket = 10;
-- A real stop before the closing stands.
UPDATE ticket SET answered_at = hours(-1) WHERE id = 10;
SELECT * FROM clock WHERE ticket = 10 AND metric = 'first_response';
-- A closing while cancelled is no stop, also later.
INSERT INTO ticket (id, opened_at, plan, urgency, impact, status) VALUES (11, hours(-1), 'desk', 'high', 'medium', 'spam');
UPDATE ticket SET resolved_at = hours(0) WHERE id = 11;
SELECT metric, stopped, cancelled, status FROM clock WHERE ticket = 11;
UPDATE ticket SET status = 'open' WHERE id = 11;
SELECT metric, stopped, cancelled, status FROM clock WHERE ticket = 11 AND metric <> 'resolution';

-- R7. Reopened, 'continue': the run goes on, and the time in between counts as paused.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (12, hours(-4), 'desk', 'high', 'medium');
UPDATE ticket SET resolved_at = hours(-2) WHERE id = 12;
UPDATE ticket SET resolved_at = NULL WHERE id = 12;
SELECT * FROM clock WHERE ticket = 12 AND metric = 'first_response';
-- 'new run': the verdict stands, and a run with the whole target begins.
SELECT sla_add_clock('ticket', 'next_response', plan => $$'desk'$$, priority => $$'P2'$$, on_reopen => 'new run');
INSERT INTO sla_target_rule (plan, priority, metric, target) SELECT 'desk', p, 'next_response', '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS p;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (13, hours(-4), 'desk', 'high', 'medium');
UPDATE ticket SET resolved_at = hours(-2) WHERE id = 13;
UPDATE ticket SET resolved_at = NULL WHERE id = 13;
SELECT * FROM clock WHERE ticket = 13 AND metric = 'next_response';
-- 'keep': nothing happens.
SELECT sla_add_clock('ticket', 'next_response', plan => $$'desk'$$, priority => $$'P2'$$, on_reopen => 'keep');
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (14, hours(-4), 'desk', 'high', 'medium');
UPDATE ticket SET resolved_at = hours(-2) WHERE id = 14;
UPDATE ticket SET resolved_at = NULL WHERE id = 14;
SELECT * FROM clock WHERE ticket = 14 AND metric = 'next_response';
SELECT sla_drop_clock('ticket', 'next_response');

-- R8. Cancelled: it counts nowhere as long as that is true; on return the clock is what it was.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (15, hours(-10), 'desk', 'high', 'medium');
UPDATE ticket SET status = 'spam' WHERE id = 15;
SELECT * FROM clock WHERE ticket = 15;
UPDATE ticket SET status = 'open' WHERE id = 15;
SELECT * FROM clock WHERE ticket = 15;
-- Cancelling what was missed is told, and its return.
SELECT * FROM told WHERE ticket = 15;
-- An approver cancels a run, and takes it back.
SELECT sla_cancel_run('ticket', 15, 'update', 'autoreply');
SELECT * FROM clock WHERE ticket = 15 AND metric = 'update';
UPDATE ticket SET note = 'touched' WHERE id = 15;
SELECT status FROM clock WHERE ticket = 15 AND metric = 'update';
SELECT sla_restore_run('ticket', 15, 'update', 'no autoreply');
SELECT * FROM clock WHERE ticket = 15 AND metric = 'update';
SELECT event, metric, reason FROM ticket_sla_trail WHERE ticket = 15 ORDER BY id OFFSET 7;
SELECT _sla_judge_run('ticket', '15', NULL, 'update', 2, 'run cancelled', 'none');

-- R9. A plan that is no more: stored targets stay, and changes that need no computing pass.
INSERT INTO support_plan (plan, title, calendar, position) VALUES ('old', 'Old', 'always', 99);
INSERT INTO sla_target_rule (plan, priority, metric, target) SELECT 'old', p, m, '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS p, unnest(ARRAY['first_response', 'resolution']) AS m;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (16, hours(-1), 'old', 'high', 'medium');
DELETE FROM sla_target_rule WHERE plan = 'old';
DELETE FROM support_plan WHERE plan = 'old';
UPDATE ticket SET note = 'x' WHERE id = 16;
UPDATE ticket SET status = 'spam' WHERE id = 16;
UPDATE ticket SET status = 'open' WHERE id = 16;
SELECT * FROM clock WHERE ticket = 16 AND metric <> 'update';
-- What must be computed is an error that names it.
UPDATE ticket SET urgency = 'low' WHERE id = 16;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (17, hours(-1), 'old', 'high', 'medium');
INSERT INTO ticket (id, opened_at, plan, urgency, impact, zone) VALUES (17, hours(-1), 'desk', 'high', 'medium', 'Mars/Base');
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (17, hours(-1), 'desk', 'very', 'medium');
-- Its SQLSTATE is that of a bad value.
DO $$
BEGIN
	INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (17, now(), 'old', 'high', 'medium');
EXCEPTION WHEN invalid_parameter_value THEN RAISE WARNING '% %', sqlstate, sqlerrm;
END $$;
DO $$
BEGIN
	INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (17, now(), 'desk', 'very', 'medium');
EXCEPTION WHEN invalid_parameter_value THEN RAISE WARNING '% %', sqlstate, sqlerrm;
END $$;
-- Or a problem of that clock; the others are judged.
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (17, hours(-1), 'old', 'high', 'medium');
SELECT c.metric, c.priority, c.target, c.status, t.problem FROM clock AS c JOIN ticket_sla_clock AS t USING (ticket, metric, run) WHERE ticket = 17;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (18, hours(-1), 'desk', 'very', 'medium');
SELECT c.metric, c.priority, c.target, c.status, t.problem FROM clock AS c JOIN ticket_sla_clock AS t USING (ticket, metric, run) WHERE ticket = 18;
-- A clock that was judged keeps what it had; one that runs ahead of its deadline is not known.
UPDATE ticket SET answered_at = hours(0) WHERE id = 16;
UPDATE ticket SET urgency = 'very' WHERE id = 16;
SELECT c.metric, c.priority, c.target, c.status, t.problem FROM clock AS c JOIN ticket_sla_clock AS t USING (ticket, metric, run) WHERE ticket = 16;
UPDATE ticket SET urgency = 'high', plan = 'desk' WHERE id IN (16, 17, 18);
SELECT c.ticket, c.metric, c.priority, c.target, c.status, t.problem FROM clock AS c JOIN ticket_sla_clock AS t USING (ticket, metric, run) WHERE ticket IN (16, 17, 18) ORDER BY ticket, metric;
RESET ticket_priority.bad_ticket;

-- R10. A stop before the start counts as at the start; more than a day before is a problem.
INSERT INTO ticket (id, opened_at, plan, urgency, impact, answered_at) VALUES (20, hours(-1), 'desk', 'high', 'medium', hours(-3)), (21, hours(-1), 'desk', 'high', 'medium', hours(-30));
SELECT c.ticket, c.metric, c.stopped, c.status, t.problem FROM clock AS c JOIN ticket_sla_clock AS t USING (ticket, metric, run) WHERE ticket IN (20, 21) AND metric = 'first_response';
DELETE FROM ticket;

-- R11. DELETE marks all clocks as gone: those that run ahead of their deadline are cancelled; a miss stays a miss.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (30, hours(-1), 'desk', 'high', 'medium'), (31, hours(-10), 'desk', 'high', 'medium');
UPDATE ticket SET answered_at = hours(0) WHERE id = 30;
DELETE FROM ticket;
SELECT * FROM clock WHERE ticket IN (30, 31);
-- All clocks of a ticket have one instant.
SELECT count(DISTINCT gone_at) FROM ticket_sla_clock WHERE ticket = 30;
-- Brought back with the same opening, it goes on with them; nothing is told.
INSERT INTO ticket (id, opened_at, plan, urgency, impact, answered_at) VALUES (30, hours(-1), 'desk', 'high', 'medium', hours(0)), (31, hours(-10), 'desk', 'high', 'medium', NULL);
SELECT * FROM clock WHERE ticket IN (30, 31);
SELECT ticket, metric, event FROM told WHERE ticket IN (30, 31);
-- It need not be known what the ticket says now: no verdict moves.
DELETE FROM ticket WHERE id = 31;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (31, hours(-10), 'nobody''s', 'high', 'medium');
SELECT metric, plan, due, gone, status FROM clock WHERE ticket = 31;
-- Another opening in a later statement: a new ticket, numbered on.
TRUNCATE ticket;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (30, hours(0), 'desk', 'low', 'medium');
SELECT * FROM clock WHERE ticket = 30;
SELECT ticket, metric, event FROM told WHERE ticket = 30;
-- So too if its last life had no clock: it is told as opened, not as a change of what had that id before.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (32, hours(-3), 'desk', 'high', 'medium');
DELETE FROM ticket WHERE id = 32;
INSERT INTO ticket (id, plan, urgency, impact) VALUES (32, 'gold', 'low', 'low');
DELETE FROM ticket WHERE id = 32;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (32, hours(-1), 'desk', 'high', 'high');
SELECT ticket, metric, event, old_plan, plan, priority FROM told WHERE ticket = 32;
DELETE FROM ticket WHERE id = 32;
-- In the same statement, another opening is a correction.
WITH gone AS (DELETE FROM ticket WHERE id = 30 RETURNING *)
INSERT INTO ticket (id, opened_at, plan, urgency, impact) SELECT id, hours(-2), plan, urgency, impact FROM gone;
SELECT ticket, metric, run, started, gone FROM clock WHERE ticket = 30;
-- A key that changes: the old one is gone.
UPDATE ticket SET id = 40 WHERE id = 30;
SELECT ticket, metric, run, started, cancelled, gone FROM clock WHERE ticket IN (30, 40);
DELETE FROM ticket;

-- R12. A run that is no more is cancelled, never deleted, and it may come back.
INSERT INTO ticket (id, opened_at, plan, urgency, impact) VALUES (50, hours(-1), 'desk', 'high', 'medium');
UPDATE ticket SET opened_at = NULL WHERE id = 50;
SELECT metric, run, started, cancelled, status FROM clock WHERE ticket = 50;
UPDATE ticket SET opened_at = hours(-2) WHERE id = 50;
SELECT metric, run, started, cancelled, status FROM clock WHERE ticket = 50;

-- R13. Trail, clocks and ticket are written in one transaction.
BEGIN;
UPDATE ticket SET urgency = 'low' WHERE id = 50;
SAVEPOINT one;
UPDATE ticket SET urgency = 'high', impact = 'high' WHERE id = 50;
ROLLBACK TO one;
COMMIT;
SELECT metric, event, old_priority, priority, moved FROM told WHERE ticket = 50;
SELECT metric, priority FROM clock WHERE ticket = 50;
-- What was told of the ticket last is what it was, though its clocks have stopped.
UPDATE ticket SET answered_at = hours(0), resolved_at = hours(0) WHERE id = 50;
UPDATE ticket SET urgency = 'medium' WHERE id = 50;
UPDATE ticket SET urgency = 'low' WHERE id = 50;
SELECT metric, event, old_priority, priority, moved FROM told WHERE ticket = 50 AND metric IS NULL;
-- A ticket that was there before tracking is told of when it is first seen; a backfill tells nothing.
ALTER TABLE ticket DISABLE TRIGGER USER;
INSERT INTO ticket (id, opened_at, plan, urgency, impact) SELECT n, hours(-1), 'desk', 'high', 'medium' FROM generate_series(51, 52) AS n;
ALTER TABLE ticket ENABLE TRIGGER USER;
SELECT * FROM _sla_differences('ticket', '51');
SELECT _sla_reconcile('ticket', '{51}', NULL, 'backfill') AS written;
SELECT * FROM _sla_differences('ticket', '51');
UPDATE ticket SET note = 'seen' WHERE id IN (51, 52);
SELECT ticket, metric, event FROM told WHERE ticket IN (51, 52);
-- A changed matrix is no change of the ticket; nor is what a clock has of its own, where nothing was told before.
INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES ('desk', 'high', 'medium', 'P4');
UPDATE ticket SET note = 'again' WHERE id IN (51, 52);
DELETE FROM support_priority_rule WHERE plan = 'desk' AND urgency = 'high' AND impact = 'medium';
CREATE TABLE own (id int PRIMARY KEY, opened_at timestamptz, plan text, urgency text, impact text, note text);
SELECT sla_track('own', trail => 'changes');
SELECT sla_add_clock('own', 'resolution', plan => $$'gold'$$);
INSERT INTO own (id, opened_at, plan, urgency, impact) VALUES (1, hours(-1), 'desk', 'high', 'medium');
UPDATE own SET note = 'seen';
SELECT count(*) FROM own_sla_trail;
SELECT ticket, metric, event FROM told WHERE ticket IN (51, 52);

DROP SCHEMA rules CASCADE;
DELETE FROM public.sla_target_rule WHERE plan IN ('desk', 'gold');
DELETE FROM public.support_plan WHERE plan IN ('desk', 'gold');
