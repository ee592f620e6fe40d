-- What cannot be read of what tracking remembers of a ticket is told once, stored as a
-- problem of that ticket, and stops no report.
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA remembered;
SET search_path = remembered, public;
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz, sla_state jsonb, note text);
INSERT INTO ticket (id, plan, urgency, impact, opened_at, sla_state)
SELECT row_number() OVER (), 'premium', 'high', 'high', '2020-11-20 10:00', state FROM unnest(ARRAY[
	'{"closed": "oops"}', '{"closed": 5}', '{"closed": "{[2020-11-20T11:00:00+00:00,2020-11-20T10:00:00+00:00)}"}',
	'{"closed": "{[2020-11-20T10:00:00+00:00,2020-11-20T11:00:00+00:00)"}', '{"first_response": 1}', '{"resolution": "x"}',
	'{"first_response": {"from": "yesterday"}}', '{"first_response": {"from": "2020-02-30T10:00:00+00:00"}}',
	'{"first_response": {"from": "2020-11-20T10:00:00"}}', '{"first_response": {"from": "999999-01-01T10:00:00+00:00"}}',
	'{"first_response": {"answered_at": {}}}', '{"first_response": {"priority": "P9"}}', '{"first_response": {"priority": 1}}',
	'{"first_response": {"plan": ["premium"]}}', '{"error": true}', '[]', '"x"', '7', 'null'
	]::jsonb[]) AS state;
-- These can be read: nothing, what is not known, and what is.
INSERT INTO ticket (id, plan, urgency, impact, opened_at, sla_state) VALUES
	(101, 'premium', 'high', 'high', '2020-11-20 10:00', '{}'),
	(102, 'premium', 'high', 'high', '2020-11-20 10:00', '{"more": 1, "first_response": {"more": null}}'),
	(103, 'premium', 'high', 'high', '2020-11-20 10:00', '{"closed": "{[2020-11-20T11:00:00.5+00:00,\"2020-11-20 14:30:00+01:30\")}"}'),
	(104, 'premium', 'high', 'high', '2020-11-20 10:00', '{"first_response": {"plan": "standard", "priority": "P4", "from": "2020-11-20T12:00:00+00:00"}}'),
	(105, 'premium', 'high', 'high', '2020-11-20 10:00', '{"first_response": {"answered_at": "0044-03-15T12:00:00+00:00 BC"}, "resolution": {"from": "infinity"}}');
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;

-- No report is stopped.
SELECT id, count(*), bool_or(failed) AS failed FROM ticket_sla_clock GROUP BY id ORDER BY id;
SELECT id, paused FROM ticket_sla_clock WHERE metric = 'resolution' AND id > 100 AND paused IS NOT NULL;
SELECT id, since, answered_at FROM ticket_sla_clock WHERE metric = 'first_response' AND id > 102 ORDER BY id;
SELECT status, count(*) FROM ticket_sla GROUP BY status ORDER BY status;
SELECT sum(tickets) AS tickets, sum(unknown) AS unknown FROM ticket_sla_compliance WHERE metric = 'first_response';
SELECT (SELECT count(m) FROM ticket_sla_misses AS m) AS misses, (SELECT count(b) FROM ticket_sla_backlog AS b) AS backlog;

-- A change is refused, with what is wrong; one that changes nothing that counts is not.
UPDATE ticket SET note = 'looked at';
UPDATE ticket SET urgency = 'low' WHERE id = 1;
UPDATE ticket SET urgency = 'low' WHERE id = 16;
-- Or it is told once, and stored as a problem of that ticket.
SET ticket_priority.bad_ticket = 'unknown';
UPDATE ticket SET urgency = 'low' WHERE id < 100;
SELECT DISTINCT sla_state FROM ticket WHERE id < 100 ORDER BY sla_state;
SELECT status, count(*) FROM ticket_sla WHERE id < 100 GROUP BY status;
-- After that it is a ticket as others.
UPDATE ticket SET urgency = 'high' WHERE id < 100;
SELECT count(*), count(sla_state) AS remembered, min(due_at), max(due_at) FROM ticket WHERE id < 100;
-- So does computing tickets anew.
UPDATE ticket SET sla_state = NULL WHERE id = 2;
ALTER TABLE ticket DISABLE TRIGGER USER;
UPDATE ticket SET sla_state = '{"closed": "oops"}', due_at = NULL WHERE id IN (1, 2);
ALTER TABLE ticket ENABLE TRIGGER USER;
RESET ticket_priority.bad_ticket;
SELECT * FROM sla_moved('ticket', true) AS m WHERE m.was_unknown;
CALL sla_refresh('ticket', true, NULL);
SELECT id, sla_state, due_at FROM ticket WHERE id < 3 ORDER BY id;
CALL sla_refresh('ticket', true, NULL);
SELECT id, sla_state, due_at FROM ticket WHERE id < 3 ORDER BY id;

-- What is written is read again as it was, to the microsecond and at the ends of time.
CREATE FUNCTION read_again(at timestamptz) RETURNS boolean LANGUAGE sql AS $$
	SELECT _sla_kept_since(jsonb_build_object('first_response', jsonb_build_object('from', to_jsonb(at))), 'first_response', NULL) = at $$;
SELECT i, read_again(i) FROM unnest('{2026-11-20 15:30:00.000001,2026-11-20 23:59:59.999999,0001-01-01 00:00:00 BC,4714-11-24 00:00:00 BC,294276-12-31 23:59:59.999999,infinity,-infinity}'::timestamptz[]) AS i;
SET timezone = 'Asia/Kathmandu';
SELECT read_again('1900-01-01 00:00:00'), read_again('2026-02-28 12:00:00.5');
SET timezone = 'UTC';
-- Whatever bytes there are.
SELECT count(*), count(_sla_kept_closed(jsonb_build_object('closed', s))) FROM (
	SELECT left('{["2020-11-20 10:00:00+00","2020-11-20 11:00:00+00"),[2020-11-21T10:00:00+00:00,2020-11-21T11:00:00+00:00)}', n) AS s FROM generate_series(0, 120) AS n) AS t;
SELECT _sla_kept_closed(jsonb_build_object('closed', '{' || repeat('[', 1000000))), _sla_kept_failed(jsonb_build_object('closed', repeat('{', 1000000)));
SELECT _sla_kept_failed(NULL), _sla_kept_failed('{}'), _sla_kept_failed('{"error": "none"}'), _sla_kept_failed('[]'), _sla_kept_closed('{}');

SET client_min_messages = error;
DROP SCHEMA remembered CASCADE;
RESET search_path;
