-- Many calendars, each with hours and holidays of its own, and tickets that take
-- them in turn.

SET search_path = bench, public;

-- A list has 14 rules; the hours are 9 a day, from a minute of its own.
BEGIN;
INSERT INTO business_holiday_list (holidays, title)
SELECT 'bench ' || i, 'List ' || i FROM generate_series(1001, 2000) AS i;
INSERT INTO business_holiday_rule (holidays, rule)
SELECT DISTINCT 'bench ' || i, bench.holiday(n, i)
FROM generate_series(1001, 2000) AS i, generate_series(1, 14) AS n;
INSERT INTO business_calendar (calendar, hours, holidays)
SELECT 'bench ' || i,
	format('Mo-Fr %s-%s; PH off', to_char(opens, 'HH24:MI'),
		to_char(opens + interval '9 hours', 'HH24:MI'))::business_hours,
	'bench ' || i
FROM generate_series(1001, 2000) AS i,
	LATERAL (SELECT time '06:00' + i % 480 * interval '1 minute' AS opens) AS o;
COMMIT;

CREATE UNLOGGED TABLE calendar_tickets AS
SELECT opened_at, 'bench ' || 1001 + id % 1000 AS calendar, 'bench 1001'::text AS same
FROM tickets ORDER BY id;

VACUUM ANALYZE;
CHECKPOINT;
