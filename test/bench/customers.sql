-- Ten thousand customers, each with a plan, hours, a list of 14 rules and four
-- targets of its own, and tickets of them in random order.

SET search_path = bench, public;
SELECT setseed(0.42);

-- The hours are nine a day, from a minute of its own.
BEGIN;
INSERT INTO business_holiday_list (holidays, title)
SELECT 'customer ' || i, 'Holidays of ' || i FROM generate_series(1, 10000) AS i;
INSERT INTO business_holiday_rule (holidays, rule)
SELECT DISTINCT 'customer ' || i, bench.holiday(n, i)
FROM generate_series(1, 10000) AS i, generate_series(1, 14) AS n;
INSERT INTO business_calendar (calendar, hours, holidays)
SELECT 'customer ' || i,
	format('Mo-Fr %s-%s; PH off', to_char(opens, 'HH24:MI'),
		to_char(opens + interval '9 hours', 'HH24:MI'))::business_hours,
	'customer ' || i
FROM generate_series(1, 10000) AS i,
	LATERAL (SELECT time '06:00' + i % 480 * interval '1 minute' AS opens) AS o;
INSERT INTO support_plan (plan, title, calendar, position)
SELECT 'customer ' || i, 'Customer ' || i, 'customer ' || i, 100 + i FROM generate_series(1, 10000) AS i;
INSERT INTO sla_target_rule (plan, priority, metric, valid_from, target)
SELECT 'customer ' || i, priority, 'first_response', '-infinity', target + i * interval '1 second'
FROM generate_series(1, 10000) AS i, bench.office_target;
COMMIT;

CREATE UNLOGGED TABLE customer_tickets AS
SELECT opened_at, priority, 'customer ' || 1 + floor(random() * 10000)::int AS plan, 'customer 1'::text AS same
FROM tickets ORDER BY id LIMIT 300000;
CREATE UNLOGGED TABLE customers AS
SELECT timestamptz '2026-03-02 10:00+00' + i * interval '1 second' AS opened_at,
	'P2'::ticket_priority AS priority, 'customer ' || i AS plan
FROM generate_series(1, 10000) AS i ORDER BY random();

VACUUM ANALYZE;
CHECKPOINT;
