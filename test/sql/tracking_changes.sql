-- What tracking fills in, and what becomes of it when a ticket changes.
--
-- Tickets of the plan premium run at every hour, so that a deadline is its
-- opening and its target.  now() is one instant in a transaction; times are shown
-- as they lie from it.
\set VERBOSITY terse
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
CREATE SCHEMA desk;
SET search_path = desk, public;

-- The resolution has targets of its own here.
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT 'premium', p::ticket_priority, 'resolution', t::interval
  FROM (VALUES ('P1', '4 hours'), ('P2', '8 hours'), ('P3', '24 hours'), ('P4', '48 hours')) AS v (p, t);

CREATE TABLE ticket (
	id int PRIMARY KEY,
	plan text,
	time_zone text,
	urgency ticket_urgency,
	impact ticket_impact,
	override ticket_priority,
	status text DEFAULT 'open',
	opened_at timestamptz,
	answered_at timestamptz,
	resolved_at timestamptz
);
SELECT sla_track('ticket', add_columns => true, paused_when => '{waiting}',
	cancelled_when => '{spam,merged}') IS NOT NULL AS tracked;

-- How far the deadlines lie from now, and what is remembered.
CREATE VIEW shown AS
SELECT id, plan, priority, due_at - now() AS due_in, at_risk_at - now() AS at_risk_in, response_target AS target,
	resolution_due_at - now() AS resolution_due_in, resolution_target AS rtarget,
	sla_state #>> '{first_response,plan}' AS kept_plan, sla_state #>> '{first_response,priority}' AS kept_priority
  FROM ticket;

-- A new ticket: priority from urgency and impact, both clocks from the opening;
-- at risk when three quarters are used.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES
	(1, 'premium', 'high', 'high', now()),
	(2, 'premium', 'low', 'high', now());
INSERT INTO ticket (id, plan, urgency, impact, override, opened_at) VALUES
	(3, 'premium', 'low', 'low', 'P1', now());
SELECT * FROM shown ORDER BY id;
ROLLBACK;

-- By the customer's hours and zone it is what sla_deadline() says.
BEGIN;
INSERT INTO ticket (id, plan, time_zone, urgency, impact, opened_at)
SELECT n, 'standard', (ARRAY['Europe/Warsaw', 'America/New_York', 'Asia/Kolkata', '+05:30'])[1 + n % 4],
	(ARRAY['low', 'medium', 'high'])[1 + n % 3]::ticket_urgency, (ARRAY['low', 'medium', 'high'])[1 + n / 3 % 3]::ticket_impact,
	timestamptz '2026-03-20 00:00' + n * interval '5 hours'
  FROM generate_series(1, 100) AS n;
SELECT count(*) AS tickets,
	count(*) FILTER (WHERE priority = assign_priority(urgency, impact)) AS right_priority,
	count(*) FILTER (WHERE due_at = sla_deadline(opened_at, priority, plan, time_zone)) AS right_deadline,
	count(*) FILTER (WHERE at_risk_at = sla_at_risk(opened_at, priority, plan, time_zone)) AS right_at_risk,
	count(*) FILTER (WHERE response_target = sla_target(priority, plan)) AS right_target,
	count(resolution_due_at) AS resolutions
  FROM ticket;
ROLLBACK;

-- No target, and nothing known: no deadline.  A ticket without a plan still gets
-- the priority of the published matrix.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES
	(1, 'community', 'high', 'high', now()),
	(2, NULL, 'high', 'high', now()),
	(3, 'premium', NULL, 'high', now()),
	(4, 'premium', 'high', 'high', NULL);
SELECT id, plan, priority, due_at, response_target FROM ticket ORDER BY id;
SELECT id, metric, status FROM ticket_sla ORDER BY id, metric;
ROLLBACK;

-- What an application writes into the columns that tracking fills is put back.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, priority, due_at, sla_state) VALUES
	(1, 'premium', 'high', 'high', now(), 'P4', now() + interval '1 year', '{"error": "none"}');
SELECT * FROM shown;
UPDATE ticket SET due_at = NULL, priority = 'P3', response_target = '1 hour';
SELECT * FROM shown;
ROLLBACK;

-- Rule 10 ----------------------------------------------------------------

-- A running clock is computed anew from the opening, with all that has elapsed
-- counted: by urgency, by override and its clearing, by plan.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'low', 'medium', now() - interval '10 minutes');
SELECT * FROM shown;
UPDATE ticket SET urgency = 'high';
SELECT * FROM shown;
UPDATE ticket SET override = 'P3';
SELECT * FROM shown;
UPDATE ticket SET override = NULL;
SELECT * FROM shown;
UPDATE ticket SET plan = 'community';
SELECT * FROM shown;
UPDATE ticket SET plan = 'premium';
SELECT * FROM shown;
ROLLBACK;

-- A clock that has stopped keeps target, deadline and verdict; the other one
-- runs on, under the new priority.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'low', 'medium', now() - interval '3 hours');
UPDATE ticket SET answered_at = now() - interval '1 hour';
UPDATE ticket SET urgency = 'high';
SELECT * FROM shown;
SELECT metric, plan, priority, target, status, elapsed FROM ticket_sla ORDER BY metric;
-- Back again, there is nothing to remember.
UPDATE ticket SET urgency = 'low';
SELECT * FROM shown;
ROLLBACK;

-- So does the business time that it had run, also when the hours are corrected
-- later; a corrected answer or opening is measured anew.
BEGIN;
INSERT INTO ticket (id, plan, time_zone, urgency, impact, opened_at, answered_at, resolved_at) VALUES
	(1, 'standard', 'UTC', 'high', 'high', '2026-11-20 16:30', '2026-11-23 08:20', '2026-11-23 12:00');
SELECT response_elapsed, resolution_elapsed FROM ticket;
UPDATE business_calendar SET hours = 'Mo-Fr 08:10-17:00; PH off' WHERE calendar = 'standard';
UPDATE ticket SET plan = 'premium', override = 'P4';
SELECT metric, plan, elapsed FROM ticket_sla ORDER BY metric;
UPDATE ticket SET answered_at = '2026-11-23 08:25';
SELECT response_elapsed, resolution_elapsed FROM ticket;
UPDATE ticket SET opened_at = '2026-11-20 16:35';
SELECT response_elapsed, resolution_elapsed FROM ticket;
-- A clock that runs again has none.
UPDATE ticket SET resolved_at = NULL;
SELECT response_elapsed, resolution_elapsed FROM ticket;
ROLLBACK;

-- A deadline that had passed before the change stays a miss: a later change of
-- plan, as by a job at night, does not make it vanish, nor move it to another plan.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '1 hour');
UPDATE ticket SET plan = 'community';
SELECT * FROM shown;
SELECT plan, priority, status, late_by FROM ticket_sla WHERE metric = 'first_response';
-- Nor does a lower priority, nor the late answer.
UPDATE ticket SET override = 'P4';
UPDATE ticket SET answered_at = now();
SELECT plan, priority, status, late_by FROM ticket_sla WHERE metric = 'first_response';
ROLLBACK;

-- An answer in the same statement as the lower priority does not help either.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '1 hour');
UPDATE ticket SET override = 'P4', answered_at = now();
SELECT plan, priority, status FROM ticket_sla WHERE metric = 'first_response';
ROLLBACK;

-- A corrected opening moves every clock, with the target that it had.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, answered_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '1 hour', now() - interval '30 minutes');
UPDATE ticket SET override = 'P4';
UPDATE ticket SET opened_at = now() - interval '40 minutes';
SELECT * FROM shown;
SELECT metric, priority, status FROM ticket_sla ORDER BY metric;
ROLLBACK;

-- The target in force when the ticket was opened counts, also when the ticket
-- is answered after it has changed.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', now() - interval '10 minutes');
INSERT INTO sla_target_rule (plan, priority, valid_from, target)
VALUES ('premium', 'P1', now() - interval '1 minute', '5 minutes');
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (2, 'premium', 'high', 'high', now());
UPDATE ticket SET answered_at = now();
SELECT * FROM shown ORDER BY id;
ROLLBACK;

-- A target that is changed in place moves nothing until sla_refresh() is called.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', now());
UPDATE sla_target_rule SET target = '20 minutes' WHERE plan = 'premium' AND priority = 'P1' AND metric = 'first_response';
UPDATE ticket SET answered_at = now();
SELECT * FROM shown;
-- A setting makes updates compute clocks anew: running ones, or all.
SET LOCAL ticket_priority.recompute = running;
UPDATE ticket SET id = id;
SELECT * FROM shown;
SET LOCAL ticket_priority.recompute = 'all';
UPDATE ticket SET id = id;
SELECT * FROM shown;
ROLLBACK;

-- Computed anew or not, a miss stays with the plan and the priority by which it was
-- judged; the policy's target for these counts.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', now() - interval '1 hour');
UPDATE ticket SET plan = 'community', override = 'P4';
SET LOCAL ticket_priority.recompute = 'all';
UPDATE ticket SET id = id;
SELECT plan, priority, target, status FROM ticket_sla WHERE metric = 'first_response';
UPDATE sla_target_rule SET target = '20 minutes' WHERE plan = 'premium' AND priority = 'P1' AND metric = 'first_response';
UPDATE ticket SET id = id;
SELECT plan, priority, target, status FROM ticket_sla WHERE metric = 'first_response';
ROLLBACK;

-- Stops, closing, reopening ----------------------------------------------

-- Closed without an answer: the closing counts as the answer.  An answer after
-- the closing comes too late to be one.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, answered_at, resolved_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '2 hours', NULL, now() - interval '110 minutes'),
	(2, 'premium', 'high', 'high', now() - interval '2 hours', now(), now() - interval '110 minutes'),
	(3, 'premium', 'high', 'high', now() - interval '2 hours', now(), NULL);
SELECT id, metric, status, elapsed FROM ticket_sla ORDER BY id, metric;
ROLLBACK;

-- Reopening continues the resolution clock; the time in between counts as
-- paused.  The closing still counts as the answer.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, resolved_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '3 hours', now() - interval '170 minutes');
SELECT * FROM shown;
UPDATE ticket SET resolved_at = NULL;
SELECT * FROM shown;
SELECT metric, status, elapsed, answered_at - opened_at AS answered_after FROM ticket_sla ORDER BY metric;
UPDATE ticket SET answered_at = now();
SELECT metric, status, elapsed, answered_at - opened_at AS answered_after FROM ticket_sla ORDER BY metric;
ROLLBACK;

-- What was resolved too late and is reopened is overdue at once.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, resolved_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '7 hours', now() - interval '2 hours');
UPDATE ticket SET resolved_at = NULL;
SELECT metric, status, elapsed, due_at - opened_at AS due_after FROM ticket_sla ORDER BY metric;
ROLLBACK;

-- A clock that runs again is counted by what the ticket says now.
BEGIN;
INSERT INTO ticket (id, plan, time_zone, urgency, impact, opened_at, status) VALUES
	(1, 'standard', 'UTC', 'high', 'high', now() + interval '30 days', 'spam');
UPDATE ticket SET time_zone = 'America/New_York';
UPDATE ticket SET status = 'open';
SELECT due_at = sla_deadline(opened_at, 'P1', 'standard', 'America/New_York') AS in_new_york FROM ticket;
ROLLBACK;

-- A miss that a corrected opening undid runs on by the terms that it had, also
-- when it is answered.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'medium', 'medium', now() - interval '5 hours');
UPDATE ticket SET urgency = 'high';
UPDATE ticket SET opened_at = now() - interval '2 hours';
SELECT priority, target, status FROM ticket_sla WHERE metric = 'first_response';
UPDATE ticket SET answered_at = now();
SELECT priority, target, status FROM ticket_sla WHERE metric = 'first_response';
ROLLBACK;

-- Statuses that cancel.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', now() - interval '1 hour');
UPDATE ticket SET status = 'spam';
SELECT metric, status, late_by FROM ticket_sla ORDER BY metric;
UPDATE ticket SET status = 'open';
SELECT metric, status, late_by FROM ticket_sla ORDER BY metric;
ROLLBACK;

-- Pauses by the status -----------------------------------------------------

-- Waiting stops the resolution clock only: setting it at once is no way around
-- the first response.  A pause without end makes the deadline infinite.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, status) VALUES (1, 'premium', 'high', 'high', now(), 'waiting');
SELECT due_at - now() AS due_in, resolution_due_at, lower(paused) = now() AS from_now, upper_inf(paused) FROM ticket;
SELECT metric, status FROM ticket_sla ORDER BY metric;
COMMIT;
SELECT pg_sleep(0.01);
BEGIN;
UPDATE ticket SET status = 'open';
SELECT upper(paused) = now() AS until_now,
	resolution_due_at - opened_at - interval '4 hours' = upper(paused) - lower(paused) AS later_by_the_pause FROM ticket;
-- Another status in between changes nothing.
UPDATE ticket SET status = 'assigned';
SELECT upper(paused) = now() AS until_now FROM ticket;
COMMIT;
BEGIN;
UPDATE ticket SET status = 'waiting';
SELECT upper_inf(paused), resolution_due_at FROM ticket;
-- Resolved while waiting: the pause ends.
UPDATE ticket SET resolved_at = now();
SELECT upper_inf(paused), isfinite(resolution_due_at) FROM ticket;
COMMIT;
DELETE FROM ticket;

-- A ticket that waits and could not be judged waits from when it is mended.
BEGIN;
SET LOCAL ticket_priority.bad_ticket = unknown;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, status) VALUES (1, 'premum', 'high', 'high', now(), 'waiting');
UPDATE ticket SET plan = 'premium';
SELECT lower(paused) = now() AS from_now, upper_inf(paused), resolution_due_at FROM ticket;
ROLLBACK;

-- Other choices ------------------------------------------------------------

SELECT sla_track('ticket', add_columns => true, on_change => 'from_change', closed_without_answer => 'cancelled',
	pause_metrics => '{first_response,resolution}') IS NOT NULL AS tracked;

-- The application keeps the pauses itself, and they stop both clocks.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, paused) VALUES
	(1, 'premium', 'high', 'high', now(), tstzmultirange(tstzrange(now() + '5 minutes', now() + '1 hour'), tstzrange(now() + '30 minutes', now() + '2 hours')));
SELECT * FROM shown;
UPDATE ticket SET paused = NULL;
SELECT * FROM shown;
ROLLBACK;

-- From the change: the clock starts anew, under the target that is in force at
-- the opening.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'low', 'medium', now() - interval '2 hours');
SELECT * FROM shown;
UPDATE ticket SET urgency = 'high';
SELECT * FROM shown;
SELECT metric, elapsed, remaining, status FROM ticket_sla ORDER BY metric;
ROLLBACK;

-- So it does if there was no target before.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'community', 'high', 'medium', now() - interval '10 days');
UPDATE ticket SET plan = 'premium';
SELECT * FROM shown;
ROLLBACK;

-- Closed without an answer: cancelled, and with one it is not.
BEGIN;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, answered_at, resolved_at) VALUES
	(1, 'premium', 'high', 'high', now() - interval '2 hours', NULL, now() - interval '110 minutes'),
	(2, 'premium', 'high', 'high', now() - interval '2 hours', now() - interval '111 minutes', now() - interval '110 minutes'),
	(3, 'premium', 'high', 'high', now() - interval '2 hours', now() - interval '109 minutes', now() - interval '110 minutes');
SELECT id, metric, status FROM ticket_sla ORDER BY id, metric;
ROLLBACK;

-- Bad tickets --------------------------------------------------------------

-- The default stops them, and says what is wrong.
\set VERBOSITY default
\set SHOW_CONTEXT never
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'gold', 'high', 'high', '2026-11-20 12:00');
INSERT INTO ticket (id, plan, time_zone, urgency, impact, opened_at) VALUES (1, 'standard', 'Mars', 'high', 'high', '2026-11-20 12:00');
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'standard', 'high', 'high', '2026-11-20 12:00');
INSERT INTO ticket (id, plan, urgency, impact, opened_at, answered_at) VALUES (1, 'premium', 'high', 'high', '2026-11-20 12:00', '2026-11-20 11:00');
INSERT INTO ticket (id, plan, urgency, impact, opened_at, resolved_at) VALUES (1, 'premium', 'high', 'high', '2026-11-20 12:00', '2026-11-20 11:00');
SELECT count(*) FROM ticket;
-- Or they are stored, with a warning, and no ticket is lost.
SET ticket_priority.bad_ticket = unknown;
INSERT INTO ticket (id, plan, time_zone, urgency, impact, opened_at, answered_at) VALUES
	(1, 'gold', NULL, 'high', 'high', '2026-11-20 12:00', NULL),
	(2, 'premium', NULL, 'high', 'high', '2026-11-20 12:00', '2026-11-20 12:05'),
	(3, 'standard', 'Mars', 'high', 'high', '2026-11-20 12:00', NULL),
	(4, 'premium', NULL, 'high', 'high', '2026-11-20 12:00', '2026-11-20 11:00');
SELECT id, priority, due_at, sla_state ->> 'error' AS error FROM ticket ORDER BY id;
SELECT id, metric, status, elapsed FROM ticket_sla WHERE metric = 'first_response' ORDER BY id;
RESET ticket_priority.bad_ticket;
-- Corrected, they are judged like any other.
UPDATE ticket SET plan = 'premium', time_zone = NULL, answered_at = '2026-11-20 12:10' WHERE id <> 2;
SELECT id, metric, status, elapsed FROM ticket_sla WHERE metric = 'first_response' ORDER BY id;
-- A verdict survives a time in which the ticket could not be judged: a miss does
-- not vanish by way of a plan that does not exist, nor of an opening that is null.
BEGIN;
DELETE FROM ticket;
INSERT INTO ticket (id, plan, urgency, impact, opened_at, answered_at) VALUES
	(1, 'premium', 'high', 'high', '2026-11-20 12:00', NULL), (2, 'premium', 'high', 'high', '2026-11-20 12:00', '2026-11-20 13:00'),
	(3, 'premium', 'high', 'high', '2026-11-20 12:00', NULL), (4, 'premium', 'low', 'low', now(), NULL);
SET LOCAL ticket_priority.bad_ticket = unknown;
UPDATE ticket SET plan = 'gold', override = 'P4' WHERE id <> 3;
SELECT id, plan, priority, target, status FROM ticket_sla WHERE metric = 'first_response' ORDER BY id;
UPDATE ticket SET plan = 'premium', time_zone = 'Mars' WHERE id <> 3;
UPDATE ticket SET time_zone = NULL WHERE id <> 3;
UPDATE ticket SET opened_at = NULL, override = 'P4' WHERE id = 3;
SELECT id, status FROM ticket_sla WHERE metric = 'first_response' AND id = 3;
UPDATE ticket SET opened_at = '2026-11-20 12:00' WHERE id = 3;
SELECT id, plan, priority, target, status FROM ticket_sla WHERE metric = 'first_response' ORDER BY id;
ROLLBACK;

-- What is not the ticket's fault is still an error.
SET ticket_priority.bad_ticket = unknown;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', '2026-11-20 12:00');
RESET ticket_priority.bad_ticket;
\set VERBOSITY terse

-- The ends of time.
BEGIN;
DELETE FROM ticket;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES
	(1, 'premium', 'high', 'high', 'infinity'), (2, 'premium', 'high', 'high', '-infinity'),
	(3, 'premium', 'high', 'high', '4714-11-24 00:00 BC');
SELECT id, due_at, resolution_due_at FROM ticket ORDER BY id;
SELECT id, metric, status, elapsed IS NULL AS not_measured FROM ticket_sla ORDER BY id, metric;
INSERT INTO ticket (id, plan, urgency, impact, opened_at) VALUES (4, 'premium', 'high', 'high', '294276-12-31 23:50');
ROLLBACK;

DROP VIEW shown;
SELECT sla_untrack('ticket');
DELETE FROM sla_target_rule WHERE metric = 'resolution';
DROP TABLE ticket;
DROP SCHEMA desk;
