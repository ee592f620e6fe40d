-- What falls due next, and telling it once.  All in one transaction, in which
-- now() stands still.
\set ON_ERROR_ROLLBACK on
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
BEGIN;
CREATE SCHEMA alarm;
SET search_path = alarm, public;

-- A desk that is closed today and tomorrow, and open on all other days.
INSERT INTO business_calendar (calendar, hours, time_zone)
SELECT 'not today', (string_agg((ARRAY['Su', 'Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa'])[1 + extract(dow FROM now() + n * interval '1 day')::integer], ',')
	|| ' 00:00-24:00')::business_hours, 'UTC'
FROM generate_series(2, 6) AS n;
INSERT INTO support_plan (plan, title, calendar) VALUES ('later', 'Later', 'not today');
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('later', 'P2', '3 hours');

CREATE TABLE ticket (
	id integer PRIMARY KEY, plan text, urgency ticket_urgency, impact ticket_impact,
	opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz
);
DO $$ BEGIN PERFORM sla_track('ticket', add_columns => true); END $$;

-- Premium, P2: an hour, at risk after 45 minutes.  1 has 30 minutes left, 2 is at
-- risk, 3 is overdue, 4 was answered, 5 has no target.  6 was opened an hour
-- before midnight, so it falls due the day after tomorrow, at two; 7 was due two
-- days ago, in the hours of the desk.
INSERT INTO ticket VALUES
	(1, 'premium', 'medium', 'high', now() - interval '30 minutes', NULL, NULL),
	(2, 'premium', 'medium', 'high', now() - interval '50 minutes', NULL, NULL),
	(3, 'premium', 'medium', 'high', now() - interval '90 minutes', NULL, NULL),
	(4, 'premium', 'medium', 'high', now() - interval '90 minutes', now() - interval '80 minutes', NULL),
	(5, 'community', 'medium', 'high', now() - interval '90 minutes', NULL, NULL),
	(6, 'later', 'medium', 'high', date_trunc('day', now()) - interval '1 hour', NULL, NULL),
	(7, 'later', 'medium', 'high', date_trunc('day', now()) - interval '2 days', NULL, NULL);
SELECT t.id, t.due_at - date_trunc('day', now()) AS due FROM ticket AS t WHERE t.plan = 'later' ORDER BY t.id;

-- What is overdue is always there; the next deadline comes first.
SELECT d.id, d.metric, d.due_at = (SELECT t.due_at FROM ticket AS t WHERE t.id = d.id::integer) AS due FROM sla_due('ticket', '0') AS d;
SELECT d.id FROM sla_due('ticket', '9 minutes 59 seconds') AS d;
SELECT d.id FROM sla_due('ticket', '10 minutes') AS d;
SELECT d.id FROM sla_due('ticket', '30 minutes') AS d;
-- Ticket 6 has two hours of business time, but a day and more by the clock on the wall.
SELECT d.id FROM sla_due('ticket', '119 minutes') AS d;
SELECT d.id FROM sla_due('ticket', '2 hours') AS d;
SELECT d.id FROM sla_due('ticket', '2 hours', clock => 'wall') AS d;
SELECT d.id FROM sla_due('ticket', '1 day', clock => 'wall') AS d;
SELECT d.id FROM sla_due('ticket', '3 days', clock => 'wall') AS d;
-- It is the same as adding the time in each ticket's own hours.
SELECT w.within, (SELECT array_agg(t.id ORDER BY t.due_at, t.id) FROM ticket AS t WHERE t.answered_at IS NULL AND t.due_at <= calendar_add(now(), w.within,
	CASE t.plan WHEN 'later' THEN 'not today' ELSE 'always' END))
	IS NOT DISTINCT FROM (SELECT array_agg(d.id::integer ORDER BY d.due_at, d.id) FROM sla_due('ticket', w.within) AS d) AS same
FROM unnest('{1 minute,10 minutes,1 hour,119 minutes,2 hours,1 day}'::interval[]) AS w (within);
-- No rows for a null.
SELECT count(*) FROM sla_due('ticket', NULL);

-- Once for each ticket and level: 2 is at risk, 3 overdue.  The desk of 7 is
-- closed today.
CALL sla_notify('ticket');
SELECT a.ticket, a.metric, a.level, a.due_at = t.due_at AS due, a.sent_at = now() AS now
FROM ticket_sla_alarm AS a JOIN ticket AS t ON t.id = a.ticket ORDER BY a.ticket;
CALL sla_notify('ticket');
SELECT b.id, b.status, b.desk_open FROM ticket_sla_backlog AS b WHERE b.id IN (3, 7) ORDER BY b.id;
-- Outside its hours it is told only if asked.
CALL sla_notify('ticket', outside_hours => true);
CALL sla_notify('ticket', outside_hours => true);
-- 2 becomes overdue, which is another level; 1 is answered in time.
UPDATE ticket SET opened_at = now() - interval '61 minutes' WHERE id = 2;
UPDATE ticket SET answered_at = now() WHERE id = 1;
CALL sla_notify('ticket');
SELECT a.ticket, a.metric, a.level FROM ticket_sla_alarm AS a ORDER BY a.ticket, a.level;
-- A row that is deleted is told again, on any channel.
DELETE FROM ticket_sla_alarm WHERE ticket = 3;
CALL sla_notify('ticket', channel => 'Night desk');

-- The hours of a ticket may not be known any more: that is no reason for silence.
DELETE FROM ticket_sla_alarm;
UPDATE sla_target_rule SET calendar = 'not today' WHERE plan = 'later';
UPDATE support_plan SET calendar = NULL WHERE plan = 'later';
UPDATE sla_target_rule SET calendar = NULL WHERE plan = 'later';
SELECT b.id, b.status, b.desk_open FROM ticket_sla_backlog AS b WHERE b.id = 7;
CALL sla_notify('ticket');

-- Excused misses: what is missed or overdue, by its id as text.
CREATE FUNCTION failure(command text) RETURNS TABLE (code text, message text, detail text, hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE command;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT;
END $$;
SELECT sla_excuse('ticket', '3', 'first_response', 'power cut');
SELECT e.ticket, e.metric, e.reason, e.excused_by = current_user AS by, e.excused_at = now() AS now FROM ticket_sla_excuse AS e;
SELECT m.id, m.excused, m.excuse FROM ticket_sla_misses AS m ORDER BY m.id;
SELECT sum(c.overdue) AS overdue, sum(c.excused) AS excused FROM ticket_sla_compliance AS c
WHERE c.metric = 'first_response' AND c.plan = 'premium';
SELECT sla_unexcuse('ticket', '3', 'first_response');
SELECT count(*) FROM ticket_sla_excuse;
SELECT sla_excuse('ticket', '3', 'first_response', 'another reason');

-- By an approver alone.
CREATE ROLE alarm_approver;
CREATE ROLE alarm_agent;
GRANT USAGE ON SCHEMA alarm TO alarm_approver, alarm_agent;
GRANT SELECT ON ALL TABLES IN SCHEMA alarm TO alarm_approver, alarm_agent;
DO $$ BEGIN PERFORM sla_track('ticket', add_columns => true, approver => 'alarm_approver'); END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA alarm TO alarm_approver, alarm_agent;
SET ROLE alarm_agent;
SELECT sla_excuse('ticket', '7', 'first_response', 'I was busy');
SELECT sla_unexcuse('ticket', '3', 'first_response');
CALL sla_notify('ticket');
SET ROLE alarm_approver;
SELECT sla_excuse('ticket', '7', 'first_response', 'bank holiday');
SELECT e.ticket, e.reason, e.excused_by FROM ticket_sla_excuse AS e WHERE e.ticket = 7;
SELECT sla_unexcuse('ticket', '7', 'first_response');
RESET ROLE;

-- Errors, each with a hint.
SELECT f.* FROM unnest(ARRAY[
	$$SELECT sla_due('ticket', '1 hour', 'Wall')$$,
	$$SELECT sla_due('ticket', '1 month')$$,
	$$SELECT sla_due('failure_is_no_table', '1 hour')$$,
	$$SELECT sla_due('ticket_sla_alarm', '1 hour')$$,
	$$CALL sla_notify(NULL)$$,
	$$CALL sla_notify('ticket', channel => NULL)$$,
	$$CALL sla_notify('ticket', outside_hours => NULL)$$,
	$$CALL sla_notify('ticket_sla_alarm')$$,
	$$SELECT sla_excuse('ticket', '3', 'first_response', 'again')$$,
	$$SELECT sla_excuse('ticket', '4', 'first_response', 'was not late')$$,
	$$SELECT sla_excuse('ticket', '99', 'first_response', 'there is none')$$,
	$$SELECT sla_excuse('ticket', '3', 'update', 'is not measured')$$,
	$$SELECT sla_excuse('ticket', 'three', 'first_response', 'is no id')$$,
	$$SELECT sla_excuse('ticket', '7', 'first_response', E' \n')$$,
	$$SELECT sla_excuse(NULL, '7', 'first_response', 'x')$$,
	$$SELECT sla_excuse('ticket', NULL, 'first_response', 'x')$$,
	$$SELECT sla_excuse('ticket', '7', NULL, 'x')$$,
	$$SELECT sla_excuse('ticket', '7', 'first_response', NULL)$$,
	$$SELECT sla_excuse('ticket_sla_alarm', '7', 'first_response', 'x')$$,
	$$SELECT sla_unexcuse('ticket', '4', 'first_response')$$,
	$$SELECT sla_unexcuse('ticket', NULL, 'first_response')$$,
	$$SELECT sla_unexcuse('ticket_sla_alarm', '7', 'first_response')$$]) WITH ORDINALITY AS c (command, n), failure(c.command) AS f
ORDER BY c.n \g (format=unaligned)

ROLLBACK;
