-- What is read, made of the clocks that are there when the inserts have been
-- measured.  After tickets.sql.

SET search_path = bench, public;
SET timezone = 'UTC';
VACUUM ANALYZE desk, desk_sla_clock, desk_sla_trail;

-- The clocks with what the views compute of them as columns.
CREATE TABLE stored AS
SELECT c.*, s.status, s.month
FROM desk_sla_clock AS c
JOIN desk_sla AS s USING (clock_id);

-- Five times as many tickets, in ten years.
CALL make_desk('big_desk');
CALL track_desk('big_desk');
BEGIN;
SET LOCAL check_function_bodies = off;
INSERT INTO big_desk_sla_clock (ticket, metric, run, opened_at, plan, priority, time_zone, urgency, impact, started_at,
	stopped_at, stopped_by, closed_at, paused, target, due_at, at_risk_at, elapsed)
SELECT ticket + n::bigint * 1000000000, metric, run, opened_at - before, plan, priority, time_zone, urgency, impact, started_at - before,
	stopped_at - before, stopped_by, closed_at - before,
	(SELECT COALESCE(range_agg(tstzrange(lower(p) - before, upper(p) - before)), '{}') FROM unnest(paused) AS p),
	target, due_at - before, at_risk_at - before, elapsed
FROM generate_series(4, 0, -1) AS n
CROSS JOIN LATERAL (SELECT n * interval '730 days' AS before) AS b
CROSS JOIN desk_sla_clock
ORDER BY n DESC, clock_id;
COMMIT;
VACUUM ANALYZE stored, big_desk_sla_clock;

-- A month in the middle of the last two years.
CREATE VIEW a_month AS
SELECT date_trunc('month', now() AT TIME ZONE 'UTC' - interval '365 days')::date AS month;
CHECKPOINT;
