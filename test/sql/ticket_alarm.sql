-- Which clocks come near their deadlines, and telling it once.  Nearly all in
-- one transaction, in which now() stands still.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
BEGIN;
CREATE SCHEMA alarm;
SET search_path = alarm, public;
CREATE FUNCTION failure(command text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;

-- A desk that is closed today and tomorrow, and open on all other days.
INSERT INTO business_calendar (calendar, hours, time_zone)
SELECT 'not today', (string_agg((ARRAY['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'])[1 + extract(dow FROM now() + n * interval '1 day')::integer], ',')
	|| ' 00:00-24:00')::business_hours, 'UTC'
FROM generate_series(2, 6) AS n;
INSERT INTO support_plan (plan, title, calendar) VALUES ('later', 'Later', 'not today');
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES
	('premium', 'P2', 'resolution', '10 hours'), ('later', 'P2', 'resolution', '3 hours');

CREATE TABLE ticket (
	id integer PRIMARY KEY, plan text, priority text, opened_at timestamptz, resolved_at timestamptz, waiting boolean DEFAULT false,
	team text DEFAULT 'network'
);
DO $$
BEGIN
	PERFORM sla_track('ticket', carry => '{team}', time_zone => '');
	PERFORM sla_add_clock('ticket', 'resolution', paused => 'waiting');
END $$;

-- With ten hours, 1 has six left, 2 two, 3 was due two hours ago, 4 is resolved,
-- and 5 has no target.  6 was opened an hour before midnight, and its desk is
-- closed today and tomorrow: it has two hours left, but a day and more by the
-- clock on the wall.
INSERT INTO ticket VALUES
	(1, 'premium', 'P2', now() - interval '4 hours', NULL),
	(2, 'premium', 'P2', now() - interval '8 hours', NULL),
	(3, 'premium', 'P2', now() - interval '12 hours', NULL),
	(4, 'premium', 'P2', now() - interval '12 hours', now() - interval '1 hour'),
	(5, 'community', 'P2', now() - interval '12 hours', NULL),
	(6, 'later', 'P2', date_trunc('day', now()) - interval '1 hour', NULL);

-- What is reached within a time, in the hours of each clock: shares of the
-- target, or times around the deadline; what has been reached is always there.
SELECT d.ticket, d.level, d.level_in, d.due_at - now() AS due_in, d.status, d.carried FROM sla_due('ticket', '0') AS d;
SELECT d.ticket, d.level_in FROM sla_due('ticket', '1 hour 59 minutes 59 seconds') AS d;
SELECT d.ticket, d.level_in, d.metric, d.run, d.plan, d.priority FROM sla_due('ticket', '2 hours') AS d;
SELECT d.ticket, d.level, d.level_in FROM sla_due('ticket', '1 hour', '0.5, .750, 1, 1.5') AS d;
SELECT d.ticket, d.level, d.level_in FROM sla_due('ticket', '1 hour', '-2 hours, 0, 30 minutes') AS d;
-- The deadline as a share and as a time, and both kinds in one list; a level
-- that is given twice is one.
SELECT d.ticket, d.level, d.level_in FROM sla_due('ticket', '0', '1, 1.0, 0, 0 min, 3 hours') AS d;
-- No rows for a null.
SELECT count(*) FROM sla_due('ticket', NULL);
-- It is what the definition says: the level is where sla_elapsed() reaches it.
SELECT count(*), bool_and(d.level_in = CASE d.level WHEN '0.5' THEN c.target * 0.5 ELSE c.target + interval '1 hour' END
	- sla_elapsed(c.started_at, now(), c.priority, c.plan, c.time_zone, c.metric, c.paused, c.holidays, c.calendar)) AS right
FROM sla_due('ticket', '1000 hours', '0.5, 1 hour') AS d
JOIN ticket_sla_clock AS c ON c.ticket::text = d.ticket;

-- Each level is told once, and of several that are reached at once the highest:
-- 2 is at 0.75, and 3 at 1.
CALL sla_notify('ticket');
SELECT a.ticket, a.metric, a.run, a.level, a.due_at = c.due_at AS due, a.told_at = now() AS now
FROM ticket_sla_alarm AS a JOIN ticket_sla_clock AS c USING (ticket, metric, run) ORDER BY a.ticket, a.level;
CALL sla_notify('ticket');
-- A level below one that was told is not told when it is asked for later; 1 was
-- not told of anything yet.
CALL sla_notify('ticket', '0.25, 0.75, 1');
SELECT a.ticket, a.level FROM ticket_sla_alarm AS a WHERE a.level = '0.25' ORDER BY a.ticket;
-- The next level is told, on any channel.
UPDATE ticket SET opened_at = now() - interval '10 hours' WHERE id = 2;
CALL sla_notify('ticket', channel => 'Night desk');
CALL sla_notify('ticket');

-- A pause and its end repeat nothing.
UPDATE ticket SET opened_at = now() - interval '8 hours' WHERE id = 2;
DELETE FROM ticket_sla_alarm WHERE ticket = 2 AND level = '1';
UPDATE ticket SET waiting = true WHERE id = 2;
SELECT count(*) FROM sla_due('ticket', '1000 hours') AS d WHERE d.ticket = '2';
CALL sla_notify('ticket');
UPDATE ticket SET waiting = false WHERE id = 2;
CALL sla_notify('ticket');
SELECT a.level FROM ticket_sla_alarm AS a WHERE a.ticket = 2 ORDER BY a.level;

-- A deadline that moves far lets a clock fall below a level, which is told again
-- when it is reached again.
UPDATE ticket SET opened_at = now() - interval '1 hour' WHERE id = 2;
CALL sla_notify('ticket');
SELECT count(*) FROM ticket_sla_alarm AS a WHERE a.ticket = 2;
UPDATE ticket SET opened_at = now() - interval '8 hours' WHERE id = 2;
CALL sla_notify('ticket');
-- A deadline that moves a little does not.
UPDATE ticket SET opened_at = now() - interval '7 hours 50 minutes' WHERE id = 2;
CALL sla_notify('ticket');
-- Nor does a stop and its being taken back.
UPDATE ticket SET resolved_at = now() WHERE id = 2;
CALL sla_notify('ticket');
UPDATE ticket SET resolved_at = NULL WHERE id = 2;
CALL sla_notify('ticket');
-- A row that is deleted is told again.
DELETE FROM ticket_sla_alarm WHERE ticket = 3;
CALL sla_notify('ticket');

-- A plan that is gone is no reason for silence about what is overdue, as 6 is
-- now.  How far it is cannot be told, nor anything of 7, which has time left.
DELETE FROM ticket_sla_alarm;
UPDATE ticket SET opened_at = date_trunc('day', now()) - interval '3 days' WHERE id = 6;
INSERT INTO ticket VALUES (7, 'later', 'P2', now(), NULL);
UPDATE support_plan SET plan = 'renamed' WHERE plan = 'later';
SELECT d.ticket, d.level, d.level_in, d.status FROM sla_due('ticket', '1000 hours', '0.5, 1, 1.5') AS d WHERE d.plan = 'later';
CALL sla_notify('ticket');
SELECT a.ticket, a.level FROM ticket_sla_alarm AS a WHERE a.ticket > 5 ORDER BY a.level;

-- With a tenant, whose ids may be those of another; the key may be of any type.
CREATE TABLE shared (tenant text, id varchar(20), plan text, priority text, opened_at timestamptz, resolved_at timestamptz, PRIMARY KEY (tenant, id));
DO $$ BEGIN PERFORM sla_track('shared', tenant => 'tenant'); END $$;
INSERT INTO shared VALUES ('a', 'INC7', 'premium', 'P2', now() - interval '12 hours'), ('b', 'INC7', 'premium', 'P2', now() - interval '8 hours');
SELECT d.tenant, d.ticket, d.level FROM sla_due('shared', '0', '0.75, 1') AS d ORDER BY d.tenant, d.level;
CALL sla_notify('shared');
SELECT a.tenant, a.ticket, a.level FROM shared_sla_alarm AS a ORDER BY a.tenant, a.level;
CALL sla_notify('shared');

-- A scheduler needs the clocks and the alarms, and nothing else.
CREATE ROLE alarm_scheduler;
GRANT USAGE ON SCHEMA alarm TO alarm_scheduler;
SET ROLE alarm_scheduler;
CALL sla_notify('ticket');
RESET ROLE;
GRANT SELECT ON ticket_sla_clock TO alarm_scheduler;
GRANT SELECT, INSERT, DELETE ON ticket_sla_alarm TO alarm_scheduler;
DELETE FROM ticket_sla_alarm;
SET ROLE alarm_scheduler;
CALL sla_notify('ticket');
RESET ROLE;

-- Errors.
SELECT f.* FROM unnest(ARRAY[
	$$SELECT sla_due('ticket', '1 month')$$,
	$$SELECT sla_due('ticket', '1 hour', '')$$,
	$$SELECT sla_due('ticket', '1 hour', '0.5,, 1')$$,
	$$SELECT sla_due('ticket', '1 hour', 'soon')$$,
	$$SELECT sla_due('ticket', '1 hour', '-1')$$,
	$$SELECT sla_due('ticket', '1 hour', '100.1')$$,
	$$SELECT sla_due('ticket', '1 hour', '1e3')$$,
	$$SELECT sla_due('ticket', '1 hour', 'NaN')$$,
	$$SELECT sla_due('ticket', '1 hour', 'infinity')$$,
	$$SELECT sla_due('ticket', '1 hour', '1 month')$$,
	$$SELECT sla_due('ticket', '1 hour', '1 year')$$,
	$$SELECT sla_due('ticket', '1 hour', '9223372036854775807 hours')$$,
	$$SELECT sla_due('ticket', '1 hour', repeat('1', 100))$$,
	$$SELECT sla_due('pg_class', '1 hour')$$,
	$$CALL sla_notify(NULL)$$,
	$$CALL sla_notify('ticket', NULL)$$,
	$$CALL sla_notify('ticket', channel => NULL)$$,
	$$CALL sla_notify('ticket', 'half')$$,
	$$DELETE FROM ticket_sla_alarm; CALL sla_notify('ticket', channel => '')$$,
	$$CALL sla_notify('pg_class')$$]) WITH ORDINALITY AS c (command, n), failure(c.command) AS f
ORDER BY c.n \g (format=unaligned)
ROLLBACK;
