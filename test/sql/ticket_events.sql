-- Clocks that events start, stop, cancel and pause: next responses, agreements of
-- teams, status histories. Instants are hours from the beginning of this test.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA events;
SET search_path = events, public;
SET timezone = 'UTC';
SELECT set_config('rules.t0', date_trunc('second', now())::text, false) IS NOT NULL AS ready;
CREATE FUNCTION hours(h numeric) RETURNS timestamptz LANGUAGE sql STABLE
RETURN current_setting('rules.t0')::timestamptz + make_interval(mins => (h * 60)::int);
CREATE FUNCTION hour_of(t timestamptz) RETURNS int LANGUAGE sql STABLE
RETURN round(extract(epoch FROM t - current_setting('rules.t0')::timestamptz) / 3600);

INSERT INTO support_plan (plan, title, calendar, position) VALUES ('desk', 'Desk', 'always', 90);
INSERT INTO sla_target_rule (plan, priority, metric, target)
SELECT 'desk', priority, metric, '8 h' FROM unnest(enum_range(NULL::ticket_priority)) AS priority, unnest(ARRAY['first_response', 'next_response', 'resolution', 'update']) AS metric;
CREATE TABLE ticket (id int PRIMARY KEY, opened_at timestamptz DEFAULT hours(-20), plan text DEFAULT 'desk', priority text DEFAULT 'P2', resolved_at timestamptz);
CREATE TABLE message (id int PRIMARY KEY, ticket int REFERENCES ticket ON DELETE CASCADE, at timestamptz, author text, internal boolean DEFAULT false);
CREATE INDEX ON message (ticket);
SELECT sla_track('ticket');
SELECT sla_add_events('ticket', 'first_response', 'message', stops => $$author = 'agent' AND NOT internal$$);
SELECT sla_add_events('ticket', 'next_response', 'message', starts => $$author = 'customer'$$, stops => $$author = 'agent' AND NOT internal$$, only_after => 'first_response');
CREATE VIEW clock AS
SELECT ticket, metric, run, hour_of(started_at) AS started, started_by AS by, hour_of(due_at) AS due, hour_of(stopped_at) AS stopped, stopped_by, cancel_reason AS cancelled, gone_at IS NOT NULL AS gone
FROM ticket_sla_clock WHERE metric <> 'resolution' ORDER BY ticket, metric, run;

-- The first answer stops the first response; from then on a customer's message starts a next response.
INSERT INTO ticket (id) VALUES (1);
INSERT INTO message VALUES (1, 1, hours(-19), 'customer');
TABLE clock;
INSERT INTO message VALUES (2, 1, hours(-18), 'agent', true), (3, 1, hours(-17), 'agent', false);
TABLE clock;
INSERT INTO message VALUES (4, 1, hours(-16), 'customer'), (5, 1, hours(-15), 'customer');
TABLE clock;
INSERT INTO message VALUES (6, 1, hours(-2), 'agent'), (7, 1, hours(-1), 'customer');
TABLE clock;
-- A message that comes late divides a run; runs keep their number by what started them.
INSERT INTO message VALUES (8, 1, hours(-14), 'agent'), (9, 1, hours(-13), 'customer');
TABLE clock;
-- A message that is deleted: its run is cancelled, and comes back with it.
DELETE FROM message WHERE id = 9;
TABLE clock;
INSERT INTO message VALUES (9, 1, hours(-13), 'customer');
TABLE clock;
-- A corrected instant.
UPDATE message SET at = hours(-12) WHERE id = 9;
SELECT * FROM clock WHERE by = '9';
-- A message that is moved to another ticket concerns both.
INSERT INTO ticket (id) VALUES (2);
UPDATE message SET ticket = 2 WHERE id IN (6, 7);
TABLE clock;
-- Equal instants are ordered by the key: 20 stops what 19 started.
INSERT INTO message VALUES (19, 2, hours(0), 'customer'), (20, 2, hours(0), 'agent');
SELECT * FROM clock WHERE ticket = 2;
-- The closing ends the run in progress.
UPDATE ticket SET resolved_at = hours(0) WHERE id = 1;
SELECT * FROM clock WHERE ticket = 1;
-- Messages of a ticket that there is not concern nobody; with the ticket they go.
DELETE FROM ticket WHERE id = 1;
SELECT * FROM clock WHERE ticket = 1;
SELECT count(*) FROM message WHERE ticket = 1;
-- All messages gone: the runs that they started are cancelled.
TRUNCATE message;
SELECT * FROM clock WHERE ticket = 2;
-- A thousand messages on one ticket, in one statement.
INSERT INTO ticket (id) VALUES (3);
INSERT INTO message SELECT n, 3, hours(-19) + n * interval '1 minute', CASE WHEN n % 2 = 0 THEN 'agent' ELSE 'customer' END FROM generate_series(100, 1099) AS n;
SELECT metric, count(*), count(stopped), max(run) FROM clock WHERE ticket = 3 GROUP BY metric ORDER BY metric;

-- Events without an instant, or at an end of time, are not read.
INSERT INTO ticket (id) VALUES (7);
INSERT INTO message VALUES (2001, 7, hours(-19), 'agent'), (2002, 7, '-infinity', 'customer'), (2003, 7, NULL, 'customer'),
	(2004, 7, hours(-3), 'customer'), (2005, 7, 'infinity', 'agent');
SELECT * FROM clock WHERE ticket = 7;

-- A team's agreement, by assignments: each ends the one before, uncounted. One event may do several things.
CREATE TABLE assignment (ticket int, at timestamptz, team text, PRIMARY KEY (ticket, at));
SELECT sla_add_events('ticket', 'update', 'assignment', starts => 'true', cancels => 'true');
INSERT INTO ticket (id) VALUES (4);
INSERT INTO assignment VALUES (4, hours(-10), 'first'), (4, hours(-3), 'second');
SELECT metric, run, started, due, stopped, stopped_by, cancelled FROM clock WHERE ticket = 4 AND metric = 'update';
UPDATE ticket SET resolved_at = hours(-1) WHERE id = 4;
SELECT metric, run, started, due, stopped, stopped_by, cancelled FROM clock WHERE ticket = 4 AND metric = 'update';

-- Pauses from a status history, on partitions.
CREATE TABLE history (id int, ticket int, at timestamptz, status text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE history_old (extra text, status text, at timestamptz NOT NULL, ticket int, id int NOT NULL);
ALTER TABLE history_old DROP COLUMN extra;
ALTER TABLE history ATTACH PARTITION history_old FOR VALUES FROM (MINVALUE) TO (hours(-5));
CREATE TABLE history_new PARTITION OF history FOR VALUES FROM (hours(-5)) TO (MAXVALUE);
CREATE INDEX ON history (ticket);
SELECT sla_add_events('ticket', 'resolution', 'history', paused => $$status = 'waiting'$$);
INSERT INTO ticket (id) VALUES (5);
INSERT INTO history VALUES (1, 5, hours(-18), 'waiting'), (2, 5, hours(-14), 'open'), (3, 5, hours(-4), 'waiting');
SELECT hour_of(due_at) AS due, remaining FROM ticket_sla_clock WHERE ticket = 5 AND metric = 'resolution';
-- A row that moves between partitions, and one that goes.
UPDATE history SET at = hours(-6), status = 'open' WHERE id = 3;
DELETE FROM history WHERE id = 2;
SELECT hour_of(due_at) AS due, (SELECT array_agg(hour_of(lower(p)) || ' to ' || hour_of(upper(p))) FROM unnest(paused) AS p) FROM ticket_sla_clock WHERE ticket = 5 AND metric = 'resolution';
-- Written to the partition itself.
INSERT INTO history_new VALUES (9, 5, hours(-1), 'waiting');
SELECT hour_of(due_at) AS due FROM ticket_sla_clock WHERE ticket = 5 AND metric = 'resolution';
-- Of one instant and one seq they are in the order of the key, a number by its value.
CREATE TABLE progress (id int PRIMARY KEY, ticket int, at timestamptz, seq int, status text);
CREATE INDEX ON progress (ticket);
SELECT sla_add_events('ticket', 'resolution', 'progress', seq => 'seq', paused => $$status = 'waiting'$$);
INSERT INTO ticket (id, opened_at) VALUES (6, hours(-5));
INSERT INTO progress VALUES (9, 6, hours(-1), 1, 'waiting'), (10, 6, hours(-1), 1, 'open');
SELECT hour_of(due_at) AS due, remaining FROM ticket_sla_clock WHERE ticket = 6 AND metric = 'resolution';
-- A clock can wait for one whose name comes after its own: that is found first.
SELECT sla_add_events('ticket', 'next_response', 'message', starts => $$author = 'customer'$$, stops => $$author = 'agent'$$);
SELECT sla_add_events('ticket', 'first_response', 'message', starts => $$author = 'customer'$$, only_after => 'next_response');
INSERT INTO ticket (id) VALUES (77);
INSERT INTO message VALUES (70, 77, hours(-10), 'customer'), (71, 77, hours(-8), 'customer');
SELECT metric, run, started, stopped FROM clock WHERE ticket = 77;
INSERT INTO message VALUES (72, 77, hours(-9), 'agent');
SELECT metric, run, started, stopped FROM clock WHERE ticket = 77;

DROP SCHEMA events CASCADE;
DELETE FROM public.sla_target_rule WHERE plan IN ('desk');
DELETE FROM public.support_plan WHERE plan IN ('desk');
