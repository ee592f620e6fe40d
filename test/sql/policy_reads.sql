-- What of the policy is read, and when: a row when it is first asked for, found by
-- its key; and after a change, rows of the table that changed alone.

SET timezone = 'UTC';

-- How often a query looks into each table of the policy, and how many rows it
-- finds there, as the server counts them.
CREATE FUNCTION looks() RETURNS TABLE (policy_table name, looks bigint, found bigint)
LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT relname, seq_scan + coalesce(idx_scan, 0), seq_tup_read + coalesce(idx_tup_fetch, 0)
	FROM pg_stat_xact_user_tables
	WHERE relid IN ('business_calendar'::regclass, 'business_holiday'::regclass, 'business_holiday_list'::regclass,
		'business_holiday_rule'::regclass, 'sla_metric'::regclass, 'sla_target_rule'::regclass,
		'support_plan'::regclass, 'support_priority_rule'::regclass, 'support_translation'::regclass);
END;
CREATE FUNCTION reads(query text) RETURNS TABLE (policy_table name, looks bigint, found bigint)
LANGUAGE plpgsql AS $$
DECLARE
	before jsonb := (SELECT jsonb_object_agg(b.policy_table, jsonb_build_array(b.looks, b.found)) FROM looks() AS b);
BEGIN
	EXECUTE query;
	RETURN QUERY
		SELECT a.policy_table, a.looks - (before -> a.policy_table::text ->> 0)::bigint,
			a.found - (before -> a.policy_table::text ->> 1)::bigint
		FROM looks() AS a
		WHERE a.looks > (before -> a.policy_table::text ->> 0)::bigint
		ORDER BY a.policy_table::text COLLATE "C";
END $$;

-- The server's own upkeep of a table counts as a change of it, so it is put off.
CREATE PROCEDURE upkeep(setting text) LANGUAGE plpgsql AS $$
DECLARE
	policy_table name;
BEGIN
	FOR policy_table IN SELECT l.policy_table FROM looks() AS l LOOP
		EXECUTE format('ALTER TABLE %I %s', policy_table, setting);
	END LOOP;
END $$;
CALL upkeep('SET (autovacuum_enabled = off)');

-- A thousand customers, each with a plan, targets, a calendar and a list of his own.
INSERT INTO business_holiday_list (holidays, title) SELECT 'reads ' || i, 'List' FROM generate_series(1, 1000) AS i;
INSERT INTO business_holiday (holidays, day) SELECT 'reads ' || i, '2026-11-25' FROM generate_series(1, 1000) AS i;
INSERT INTO business_holiday_rule (holidays, rule) SELECT 'reads ' || i, rule FROM generate_series(1, 1000) AS i, unnest('{01-01,12-25}'::text[]) AS rule;
INSERT INTO business_calendar (calendar, hours, time_zone, holidays)
SELECT 'reads ' || i, 'Mo-Fr 08:00-16:00; PH off', 'UTC', 'reads ' || i FROM generate_series(1, 1000) AS i;
INSERT INTO support_plan (plan, title, calendar) SELECT 'reads ' || i, 'Plan', 'reads ' || i FROM generate_series(1, 1000) AS i;
INSERT INTO sla_target_rule (plan, priority, target)
SELECT 'reads ' || i, priority, '9 hours' FROM generate_series(1, 1000) AS i, unnest(enum_range('P1'::ticket_priority, 'P2')) AS priority;
-- So that the number of metrics does not matter to this test.
CREATE VIEW metrics AS SELECT count(*) FROM sla_metric;

-- The first deadline of a plan looks into each table once, and finds the plan's
-- rows; metrics are few, and all are read.
\c -
SET timezone = 'UTC';
SET datestyle = 'ISO';
PREPARE deadline AS SELECT sla_deadline('2026-11-24 10:00+00', 'P1', 'reads 5');
SELECT policy_table, looks, CASE policy_table WHEN 'sla_metric' THEN found - (SELECT count FROM metrics) ELSE found END AS found
FROM reads('EXECUTE deadline');
EXECUTE deadline;

-- The next one looks nowhere, also for another priority.
SELECT * FROM reads('EXECUTE deadline');
SELECT * FROM reads($$SELECT sla_deadline(now(), 'P2', 'reads 5')$$);
-- Another plan has rows of its own.
SELECT * FROM reads($$SELECT sla_target('P1', 'reads 6')$$);

-- A change of a table, of whatever row: that table is looked into again, and no other.
UPDATE sla_target_rule SET target = '10 hours' WHERE plan = 'reads 5';
SELECT * FROM reads('EXECUTE deadline');
EXECUTE deadline;
UPDATE sla_target_rule SET target = '8 hours' WHERE plan = 'reads 7';
SELECT * FROM reads('EXECUTE deadline');
UPDATE support_plan SET title = 'Plan five' WHERE plan = 'reads 5';
SELECT * FROM reads('EXECUTE deadline');
INSERT INTO support_priority_rule VALUES ('reads 5', 'low', 'low', 'P1');
SELECT * FROM reads('EXECUTE deadline');
UPDATE business_calendar SET hours = 'Mo-Fr 09:00-16:00; PH off' WHERE calendar = 'reads 5';
SELECT * FROM reads('EXECUTE deadline');
EXECUTE deadline;
UPDATE business_holiday_list SET title = 'List five' WHERE holidays = 'reads 5';
SELECT * FROM reads('EXECUTE deadline');
DELETE FROM business_holiday WHERE holidays = 'reads 5';
SELECT * FROM reads('EXECUTE deadline');
EXECUTE deadline;
DELETE FROM business_holiday_rule WHERE holidays = 'reads 5' AND rule = '01-01';
SELECT * FROM reads('EXECUTE deadline');
INSERT INTO sla_metric (metric, title) VALUES ('reads', 'Reads');
SELECT policy_table, looks FROM reads('EXECUTE deadline');

-- Rolled back, a change is none; the transaction itself meets its change meanwhile,
-- and reads what it asks for anew.
BEGIN;
UPDATE sla_target_rule SET target = '1 hour' WHERE plan = 'reads 5';
EXECUTE deadline;
ROLLBACK;
EXECUTE deadline;

-- A name that does not exist is looked for each time, and then all names, for the
-- error's hint.
CREATE FUNCTION ask_nobody() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM sla_target('P1', 'reads nobody');
EXCEPTION WHEN undefined_object THEN
	NULL;
END $$;
SELECT policy_table, looks FROM reads('SELECT ask_nobody()');
SELECT policy_table, looks FROM reads('SELECT ask_nobody()');
DROP FUNCTION ask_nobody();

-- Without its key a table is read as a whole, and the answer is the same.
BEGIN;
ALTER TABLE sla_target_rule DROP CONSTRAINT sla_target_rule_pkey;
SELECT * FROM reads('EXECUTE deadline');
EXECUTE deadline;
ROLLBACK;

-- A row that cannot be read, because its trigger was passed over, is an error for
-- who asks for it, or a ticket's problem; nothing of the server's stays open.
ALTER TABLE sla_target_rule DISABLE TRIGGER support_policy_check;
UPDATE sla_target_rule SET target = '1 month' WHERE plan = 'reads 9';
ALTER TABLE sla_target_rule ENABLE ALWAYS TRIGGER support_policy_check;
SELECT sla_target('P1', 'reads 9');
\echo :SQLSTATE
CREATE TABLE desk (id integer PRIMARY KEY, plan text, priority text, opened_at timestamptz, answered_at timestamptz);
SELECT sla_track('desk');
SET ticket_priority.bad_ticket = 'unknown';
INSERT INTO desk VALUES (1, 'reads 9', 'P1', '2026-11-24 10:00+00');
RESET ticket_priority.bad_ticket;
SELECT DISTINCT problem FROM desk_sla_clock;
UPDATE sla_target_rule SET target = '9 hours' WHERE plan = 'reads 9';
SELECT sla_untrack('desk');
DROP TABLE desk;

-- What is kept is what was asked for, and counts in the setting: under the smallest
-- one, a thousand customers come and go.
CREATE VIEW kept AS
SELECT sum(total_bytes) AS bytes FROM pg_backend_memory_contexts WHERE name IN ('ticket_priority policy', 'ticket_priority policy rows');
SELECT bytes < 64 * 1024 AS little FROM kept;
SELECT count(sla_deadline(now(), 'P1', 'reads ' || i)) FROM generate_series(1, 1000) AS i;
SELECT bytes BETWEEN 1024 * 1024 AND 8 * 1024 * 1024 AS much FROM kept;
SET ticket_priority.cache_size = '256kB';
SELECT count(sla_deadline(now(), 'P1', 'reads ' || i)) FROM generate_series(1, 1000) AS i;
SELECT bytes < 384 * 1024 AS little FROM kept;
EXECUTE deadline;
-- What one call needs at a time stays, even if it is more than that.
INSERT INTO support_translation (locale, kind, key, text) SELECT 'en', 'plan', 'reads ' || i, repeat('x', 200) FROM generate_series(1, 2000) AS i;
SELECT format_business_hours('Mo-Fr 08:00-17:00; PH off', 'en') LIKE '%Fri%' AS said, length(ticket_label('plan', 'reads 5', 'en')), count(sla_deadline(now(), 'P1', 'reads ' || i))
FROM generate_series(1, 3) AS i GROUP BY i;
DELETE FROM support_translation;
RESET ticket_priority.cache_size;

DROP VIEW kept;
DROP VIEW metrics;
DELETE FROM sla_metric WHERE metric = 'reads';
DELETE FROM support_priority_rule WHERE plan LIKE 'reads %';
DELETE FROM sla_target_rule WHERE plan LIKE 'reads %';
DELETE FROM support_plan WHERE plan LIKE 'reads %';
DELETE FROM business_calendar WHERE calendar LIKE 'reads %';
DELETE FROM business_holiday_rule WHERE holidays LIKE 'reads %';
DELETE FROM business_holiday WHERE holidays LIKE 'reads %';
DELETE FROM business_holiday_list WHERE holidays LIKE 'reads %';
CALL upkeep('RESET (autovacuum_enabled)');
DROP PROCEDURE upkeep(text);
DROP FUNCTION reads(text);
DROP FUNCTION looks();
