-- Many customers: 10,000 plans, each with a calendar, a list of holidays and four
-- targets of its own, and deadlines of them in random order.  Stands alone but for
-- the schema bench; made last, because whoever reads the policy can see all of it.
-- In: the variable customers, and tickets, the number of deadlines.

SET search_path = bench, public;
SELECT setseed(0.42);

-- One of the 14 rules of a customer's list, n from 1: two go by Easter, four are
-- moved from weekends, the others are dates that no other list has alike.
CREATE FUNCTION customer_rule(n int, customer int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE n WHEN 1 THEN 'easter -2' WHEN 2 THEN 'easter 1'
		ELSE to_char(date '2001-01-01' + (n * 25 + customer * (n % 3 + 1) + customer / 365 * (n - 7) + 3650) % 365, 'MM-DD') END
		|| CASE WHEN n BETWEEN 3 AND 6 THEN ' and if saturday,sunday then next monday' ELSE '' END
$$;

-- Nine hours a day, from a minute of its own, and a shorter Friday.
CREATE FUNCTION customer_hours(customer int) RETURNS business_hours LANGUAGE sql AS $$
	SELECT format('Mo-Th %s-%s; Fr %s-%s; PH off', to_char(opens, 'HH24:MI'), to_char(opens + interval '9 hours', 'HH24:MI'),
		to_char(opens, 'HH24:MI'), to_char(opens + (300 + customer / 480) * interval '1 minute', 'HH24:MI'))::business_hours
	FROM (SELECT time '06:00' + customer % 480 * interval '1 minute' AS opens) AS o
$$;

BEGIN;
INSERT INTO business_holiday_list (holidays, title)
SELECT 'customer ' || i, 'Customer ' || i FROM generate_series(1, :customers) AS i;
INSERT INTO business_holiday_rule (holidays, rule)
SELECT DISTINCT 'customer ' || i, customer_rule(n, i) FROM generate_series(1, :customers) AS i, generate_series(1, 14) AS n;
INSERT INTO business_calendar (calendar, hours, holidays)
SELECT 'customer ' || i, customer_hours(i), 'customer ' || i FROM generate_series(1, :customers) AS i;
INSERT INTO support_plan (plan, title, calendar)
SELECT 'customer ' || i, 'Customer ' || i, 'customer ' || i FROM generate_series(1, :customers) AS i;
INSERT INTO sla_target_rule (plan, priority, target)
SELECT 'customer ' || i, priority, (1 << n::int) * interval '1 hour'
FROM generate_series(1, :customers) AS i, unnest(enum_range(NULL::ticket_priority)) WITH ORDINALITY AS p(priority, n);
COMMIT;

-- Opened in five years, in no order; the same in the order of customers.
CREATE UNLOGGED TABLE customer_tickets AS
SELECT timestamptz '2022-01-01 00:00+00' + random() * 157680000 * interval '1 second' AS opened_at,
	(enum_range(NULL::ticket_priority))[1 + floor(random() * 4)] AS priority,
	'customer ' || 1 + floor(random() * :customers)::int AS plan, 'customer 1'::text AS same
FROM generate_series(1, :tickets);
CREATE UNLOGGED TABLE customer_each AS
SELECT DISTINCT ON (plan) * FROM customer_tickets ORDER BY plan;

VACUUM ANALYZE;
CHECKPOINT;
