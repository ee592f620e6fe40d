-- The aggregate paused_periods: periods of pause from a status history.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE FUNCTION at(hour integer) RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2026-03-02 00:00+00'::timestamptz + hour * interval '1 hour' $$;

-- Rows in any order; a last paused row has no end; no rows give no period.
SELECT paused_periods(at(hour), paused) FROM (VALUES (12, false), (8, true), (10, false), (11, true)) AS h (hour, paused);
SELECT paused_periods(at(hour), paused) FROM (VALUES (8, true), (9, true), (10, NULL), (11, false), (12, true)) AS h (hour, paused);
SELECT paused_periods(at(8), true) FROM generate_series(1, 0);
SELECT paused_periods(at(8), false);
-- Of one instant the last row in the order of input counts, or of seq; periods of
-- no length vanish, and a null seq comes last.
SELECT paused_periods(at(hour), paused ORDER BY n) FROM (VALUES (1, 8, true), (2, 8, false), (3, 9, true), (4, 10, false), (5, 10, true), (6, 11, false)) AS h (n, hour, paused);
SELECT paused_periods(at(hour), paused, seq) FROM (VALUES (8, false, 2), (8, true, 1), (9, true, 3), (10, true, 4), (10, false, NULL), (11, true, 5), (11, false, 6)) AS h (hour, paused, seq);
-- Infinite instants, and more rows than there is room for at first.
SELECT paused_periods(t, paused) FROM (VALUES ('-infinity'::timestamptz, true), (at(8), false), ('infinity', true)) AS h (t, paused);
SELECT count(*), min(lower(p)), max(upper(p)) FROM (SELECT unnest(paused_periods(at(n), n % 2 = 0)) AS p FROM generate_series(0, 9999) AS n) AS x;
-- For each ticket, and over a window, in which it is asked again and again.
SELECT ticket, paused_periods(at(hour), paused) FROM (VALUES (1, 8, true), (2, 8, true), (1, 9, false)) AS h (ticket, hour, paused) GROUP BY ticket ORDER BY ticket;
SELECT hour, paused_periods(at(hour), paused) OVER (ORDER BY hour) FROM (VALUES (8, true), (9, false), (10, true)) AS h (hour, paused);
-- What the pauses are for.
SELECT sla_deadline(at(8), 'P1', 'premium', paused => paused_periods(at(hour), paused)) FROM (VALUES (8, true), (9, false)) AS h (hour, paused);
-- A null time is an error.
SELECT paused_periods(NULL, true);
DROP FUNCTION at(integer);
