-- Tracked tickets whose targets are in business days.
\set ON_ERROR_ROLLBACK on
\pset null '-'
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

-- A desk in Warsaw: P1 in two business days, P2 by the end of the next one, P3 in
-- three hours.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES ('office', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
INSERT INTO support_plan (plan, title, calendar) VALUES ('gold', 'Gold', 'office');
INSERT INTO sla_target_rule (plan, priority, target_days, until_close, target) VALUES
	('gold', 'P1', 2, false, NULL), ('gold', 'P2', 1, true, NULL), ('gold', 'P3', NULL, false, '3 hours');
COMMIT;
CREATE TABLE ticket (id integer PRIMARY KEY, opened_at timestamptz NOT NULL, priority ticket_priority, plan text DEFAULT 'gold',
	answered_at timestamptz, on_hold tstzmultirange);
SELECT sla_track('ticket');
SELECT sla_add_clock('ticket', 'first_response', stops => 'answered_at', paused => 'on_hold');
CREATE VIEW clocks AS SELECT ticket AS t, status, target, target_days AS days, until_close AS close, due_at, at_risk_at, elapsed, remaining
FROM ticket_sla ORDER BY ticket;

-- The clock has the days, and the open time from the start to the deadline.
-- These are tickets of 1999, so that all deadlines have passed: Wednesday the 3rd
-- of November and Friday the 5th.
INSERT INTO ticket (id, opened_at, priority, answered_at) VALUES
	(1, '1999-11-03 10:00', 'P1', '1999-11-05 10:00'), (2, '1999-11-03 10:00', 'P2', '1999-11-04 17:00:01'),
	(3, '1999-11-03 10:00', 'P3', NULL), (4, '1999-11-05 20:00', 'P1', '1999-11-10 07:00');
SELECT t, status, target, days, close, due_at, at_risk_at FROM clocks;

-- R3: another start, and the same days are counted from there; what had been
-- met may be missed then, and the trail tells it.
UPDATE ticket SET opened_at = '1999-11-02 10:00' WHERE id IN (1, 2);
SELECT t, status, target, days, close, due_at, at_risk_at FROM clocks WHERE t < 3;
SELECT ticket, event, old_due_at, due_at, status FROM ticket_sla_trail WHERE event = 'corrected' ORDER BY ticket;
-- From another start on the same day, the end of the next day stays; the time until
-- then does not.
UPDATE ticket SET opened_at = '1999-11-02 16:00' WHERE id = 2;
SELECT t, target, days, due_at, at_risk_at FROM clocks WHERE t = 2;
-- No other start for the clock, if the desk was closed in between.
UPDATE ticket SET opened_at = '1999-11-07 20:00' WHERE id = 4;
SELECT t, status, target, days, due_at FROM clocks WHERE t = 4;

-- R2: a running clock follows its terms, from days to an interval and back. These
-- tickets are of Monday, the 3rd of November 2098, and Friday, the 7th.
INSERT INTO ticket (id, opened_at, priority) VALUES
	(11, '2098-11-03 10:00', 'P1'), (12, '2098-11-03 10:00', 'P2'), (13, '2098-11-03 10:00', 'P3'), (14, '2098-11-07 20:00', 'P1');
UPDATE ticket SET priority = 'P3' WHERE id = 12;
UPDATE ticket SET priority = 'P2' WHERE id = 13;
SELECT t, status, target, days, close, due_at, at_risk_at FROM clocks WHERE t > 10;

-- R5: paused time is added, also to a deadline that is an opening, from a pause on
-- that begins before it. While it lasts, the time that remains stands.
UPDATE ticket SET on_hold = CASE id WHEN 11 THEN '{[2098-11-04 09:00,)}' WHEN 13 THEN '{[2098-11-04 09:00,)}'
	WHEN 14 THEN '{[2098-11-11 18:00,)}' END::tstzmultirange WHERE id > 10;
SELECT t, status, target, days, due_at, at_risk_at, remaining FROM clocks WHERE t > 10;
UPDATE ticket SET on_hold = CASE id WHEN 11 THEN '{[2098-11-04 09:00,2098-11-04 10:30)}' WHEN 13 THEN '{[2098-11-04 09:00,2098-11-04 18:00)}'
	WHEN 14 THEN '{[2098-11-11 18:00,2098-11-12 09:15)}' END::tstzmultirange WHERE id > 10;
SELECT t, status, target, days, due_at, at_risk_at, remaining FROM clocks WHERE t > 10;

-- A changed rule moves nothing by itself, and then by sla_refresh; one that says
-- the same as an interval changes what the clock has, and not when it is due.
UPDATE sla_target_rule SET target_days = 3 WHERE plan = 'gold' AND priority = 'P1';
UPDATE sla_target_rule SET target = '16 hours', target_days = NULL, until_close = false WHERE plan = 'gold' AND priority = 'P2';
SELECT t, target, days, close, due_at FROM clocks WHERE t > 10;
CALL sla_refresh('ticket');
SELECT t, target, days, close, due_at FROM clocks WHERE t > 10;
SELECT ticket, event, old_due_at, due_at FROM ticket_sla_trail WHERE event = 'refreshed' ORDER BY ticket;
-- All is as the policy says now.
CALL sla_refresh('ticket');
SELECT * FROM sla_check('ticket');

-- R4: a stopped clock is judged anew when somebody asks for it.
SELECT sla_rejudge('ticket', '1', 'agreed on three days');
SELECT t, status, target, days, due_at FROM clocks WHERE t = 1;

-- R9: a calendar that cannot tell. What was judged stays.
UPDATE business_calendar SET hours = '2090 Mo-Fr 08:00-17:00' WHERE calendar = 'office';
CALL sla_refresh('ticket');
SELECT ticket, what FROM sla_check('ticket');
UPDATE ticket SET opened_at = '2098-11-04 10:00' WHERE id = 11;
SET ticket_priority.bad_ticket = 'unknown';
UPDATE ticket SET opened_at = '2098-11-04 10:00' WHERE id = 11;
SELECT t, status, target, days, close, due_at FROM clocks WHERE t = 11;
UPDATE business_calendar SET hours = 'Mo-Fr 08:00-17:00' WHERE calendar = 'office';
CALL sla_refresh('ticket');
SELECT t, status, target, days, close, due_at FROM clocks WHERE t = 11;

DROP VIEW clocks;
SELECT sla_untrack('ticket');
DROP TABLE ticket;
DELETE FROM sla_target_rule WHERE plan = 'gold';
DELETE FROM support_plan WHERE plan = 'gold';
DELETE FROM business_calendar WHERE calendar = 'office';
