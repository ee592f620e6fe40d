--
-- Business time by value: hours and zone are arguments.
--
-- Known answers first, then each function with its edges, null, and errors.
-- The rules behind them are tested one by one in rules_of_time.sql.
--
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';

--
-- Known answers
--

-- Monday to Friday 08:00-17:00 in Warsaw: Friday 15:30 plus 3 hours is Monday
-- 09:30; Monday 08:00 plus 9 hours is Monday 17:00, and back.
SET timezone = 'Europe/Warsaw';
SELECT business_time_add('2026-11-20 15:30', '3 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_add('2026-11-23 08:00', '9 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_add('2026-11-23 17:00', '-9 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- 24 hours of a nine-hour day, from Monday 08:00: Wednesday 14:00.
SELECT business_time_add('2026-11-23 08:00', '24 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- A day with a break, over a weekend and the spring change: Friday noon plus
-- 15 hours (5 + 9 + 1) is Tuesday 09:00, which is 07:00 UTC.
SET timezone = 'UTC';
SELECT business_time_add('2015-03-27 11:00+00', '15 hours',
						 'Mo-Fr 08:00-13:00,14:00-18:00', 'Europe/Berlin');

-- Around the clock, over a change: elapsed hours count, not the hands.
SET timezone = 'America/Sao_Paulo';
SELECT business_time_add('2015-10-17 22:00', '7 hours', '24/7', 'America/Sao_Paulo');
SET timezone = 'Asia/Tehran';
SELECT business_time_add('2015-03-21 12:00', '17 hours', '24/7', 'Asia/Tehran');
SET timezone = 'Australia/Sydney';
SELECT business_time_add('2016-04-02 12:00', '41 hours', '24/7', 'Australia/Sydney');
SET timezone = 'Europe/Berlin';
SELECT business_time_between('2016-03-26 22:24:39', '2016-03-28 23:24:39', '24/7', 'Europe/Berlin');

-- A night from Saturday 22:00 to Sunday 06:00 has 7 hours in spring, 9 in
-- autumn, and 8 in between.
SELECT day, business_time_between(day::timestamptz, day + interval '2 days',
								  'Sa 22:00-24:00; Su 00:00-06:00', 'Europe/Berlin')
FROM (VALUES (date '2025-03-29'), ('2025-10-25'), ('2025-07-05')) v(day);

-- 02:30-05:00 on the night when 02:00-03:00 comes twice: 3 hours, in two periods.
SELECT business_time_between('2025-10-26', '2025-10-27', 'Su 02:30-05:00', 'Europe/Berlin');
SELECT unnest(business_periods('[2025-10-26,2025-10-27)', 'Su 02:30-05:00', 'Europe/Berlin'));

-- 3 * 8 + 2 * 6 + 3.5 = 39.5 hours in any week, whenever it begins.
SELECT DISTINCT business_time_between(t, t + interval '7 days',
		'Mo,We,Fr 09:00-17:00; Tu,Th 10:00-16:00; Sa 11:00-14:30', 'Europe/Berlin')
FROM generate_series(timestamptz '2025-01-01', '2025-12-31', '11 hours 13 minutes 7 seconds') t;

--
-- business_time_add
--
SET timezone = 'Europe/Warsaw';

-- Out of hours the count begins at the next opening; nothing added moves nothing.
SELECT business_time_add('2026-11-21 12:00', amount, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{0,1 microsecond,30 minutes,9 hours,9 hours 1 microsecond}'::interval[]) amount;

-- Backwards it begins at the last closing.
SELECT business_time_add('2026-11-21 12:00', amount, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{-1 microsecond,-30 minutes,-9 hours,-9:00:00.000001}'::interval[]) amount;

-- A break counts as closed.
SELECT business_time_add('2026-11-23 10:30', '2 hours', 'Mo-Fr 08:00-12:00,13:00-17:00', 'Europe/Warsaw');

-- Far ahead and far back, at once: 2000 hours of a 45-hour week are 44 weeks and
-- 20 hours.
SELECT business_time_add('2026-11-23 08:00', '2000 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_add('2026-11-23 08:00', '-2000 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- The same instant is another time of day elsewhere: 15:30 in Warsaw is 20:00 in
-- Kolkata, closed; and 11:30 in Sao Paulo, where 5 hours end the same day.
SELECT zone, business_time_add('2026-11-20 15:30', '5 hours', 'Mo-Fr 08:00-17:00', zone)
FROM (VALUES ('Europe/Warsaw'), ('Asia/Kolkata'), ('America/Sao_Paulo'), ('+05:30'), ('-03:00')) v(zone);

--
-- business_time_between
--

-- From Friday 15:30 to Monday 09:30 are three hours; the other way round less
-- than none; of closed time none.
SELECT business_time_between('2026-11-20 15:30', '2026-11-23 09:30', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_between('2026-11-23 09:30', '2026-11-20 15:30', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_between('2026-11-20 17:00', '2026-11-23 08:00', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- Hours are never folded into days.
SELECT business_time_between('2026-11-02', '2026-11-09 16:00', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- To the microsecond.
SELECT business_time_between('2026-11-23 16:59:59.999999', '2026-11-24 08:00:00.000002',
							 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

--
-- is_business_time: open from opening time, closed at closing time
--
SELECT at, is_business_time(at, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{2026-11-23 07:59:59.999999,2026-11-23 08:00,2026-11-23 16:59:59.999999,
			  2026-11-23 17:00,2026-11-22 12:00}'::timestamptz[]) at;

--
-- next_business_time, previous_business_time
--

-- When open, the instant itself; else the next opening, and the last closing.
SELECT at, next_business_time(at, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS next,
	   previous_business_time(at, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS previous
FROM unnest('{2026-11-20 08:00,2026-11-20 12:00:00.5,2026-11-20 16:59:59.999999,2026-11-20 17:00,
			  2026-11-21 12:00,2026-11-23 07:59:59.999999,2026-11-23 08:00}'::timestamptz[]) at;

-- An opening that is years away is found: 29 February on a Sunday. There is
-- none between 2088 and 2128, since 2100 is no leap year.
SELECT next_business_time('2026-11-20', 'Feb 29 Su 10:00-12:00', 'Europe/Warsaw') AS next,
	   next_business_time('2088-03-01', 'Feb 29 Su 10:00-12:00', 'Europe/Warsaw') AS after,
	   previous_business_time('2026-11-20', 'Feb 29 Su 10:00-12:00', 'Europe/Warsaw') AS previous;

--
-- business_periods
--

-- Cut to the range, in order, joined where they touch.
SELECT unnest(business_periods('[2026-11-20 09:00,2026-11-24 10:00)',
							   'Mo-Fr 08:00-12:00,13:00-17:00', 'Europe/Warsaw'));
SELECT business_periods('[2026-11-20 09:00,2026-11-24 10:00)', 'Mo-Su 00:00-24:00', 'Europe/Warsaw');
SELECT business_periods('[2026-11-20 09:00,2026-11-24 10:00)', '00:00-12:00,12:00-24:00', 'Europe/Warsaw');

-- As an intersection with the range, to the bounds themselves.
SELECT during, business_periods(during, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM (VALUES
	(tstzrange '[2026-11-20 10:00,2026-11-20 11:00)'),
	('(2026-11-20 10:00,2026-11-20 11:00]'),
	('[2026-11-20 08:00,2026-11-20 08:00]'),
	('[2026-11-20 17:00,2026-11-20 17:00]'),
	('[2026-11-20 17:00,2026-11-23 08:00)'),
	('[2026-11-20 17:00,2026-11-23 08:00]'),
	('(2026-11-20 16:00,2026-11-20 17:00]'),
	('[2026-11-20 16:59:59.999999,2026-11-23 08:00:00.000001)'),
	('empty')) v(during);

-- A period that began long before the range, and goes on long after it.
SELECT business_periods('[2026-11-25 10:00,2026-11-25 11:00)', 'Mo 00:00-48:00; We 00:00-48:00', 'Europe/Warsaw');

-- Each day of a fortnight, with the hours that it has.
SELECT lower(p)::date AS day, upper(p) - lower(p) AS open
FROM unnest(business_periods('[2026-12-21,2027-01-04)',
							 'Mo-Fr 08:00-17:00; Dec 24 08:00-12:00; Dec 25-26,Jan 01 off',
							 'Europe/Warsaw')) p;

--
-- business_days_add
--

-- The same time on a later day of business; nights and weekends do not count.
SELECT days, business_days_add('2026-11-20 10:00', days, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{0,1,5,-1,-5,260}'::integer[]) days;

-- When closed, from the next opening; back, from the last closing.
SELECT days, business_days_add('2026-11-21 12:00', days, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{0,1,5,-1,-5}'::integer[]) days;

-- Holidays that the hours name are no days of business.
SELECT business_days_add('2026-12-23 10:00', 3,
						 'Mo-Fr 08:00-17:00; Dec 24-26 off', 'Europe/Warsaw');

--
-- business_days_between
--

-- The largest number of business days that can be added to the start without
-- passing the finish.
SELECT start, finish, business_days_between(start, finish, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS days,
	   business_days_between(finish, start, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS back
FROM (VALUES ('2026-11-20 16:00'::timestamptz, '2026-11-25 10:00'::timestamptz), ('2026-11-20 16:00', '2026-11-24 16:00'),
	('2026-11-20 16:00', '2026-11-24 15:59'), ('2026-11-20 16:00', '2026-11-20 16:00'), ('2026-11-20 18:00', '2026-11-21 18:00'),
	('2026-11-20 18:00', '2026-11-24 08:00'), ('2026-11-20 18:00', '2026-11-24 07:59')) AS v (start, finish);

-- It is that of the definition: night shifts, changes of the clock, skipped days
-- and overlapping shifts included.
SELECT count(*) AS pairs, count(*) FILTER (WHERE days < 0 OR (days > 0 AND business_days_add(t, days, hours, zone) > t + gap) OR
	business_days_add(t, days + 1, hours, zone) <= t + gap OR business_days_between(t + gap, t, hours, zone) <> -days) AS wrong,
	max(days)
FROM unnest('{Mo-Fr 08:00-17:00, Mo-Fr 22:00-06:00, 24/7, Sa\,Su 01:30-02:30, Fr 12:00-48:00; Mo-Th 08:00-17:00}'::business_hours[]) AS hours,
	(VALUES ('Europe/Warsaw', '2026-03-23 00:00'::timestamptz), ('Europe/Warsaw', '2026-10-19'), ('Pacific/Apia', '2011-12-25'),
		('Antarctica/Troll', '2026-10-19')) AS v (zone, day),
	generate_series(day, day + '10 days', '7 hours 13 minutes') AS t,
	unnest('{0, 1 second, 11 hours, 1 day, 58 hours, 9 days, 1 year}'::interval[]) AS gap,
	business_days_between(t, t + gap, hours, zone) AS days;

-- There are none in hours that never open, or no longer.
SELECT business_days_between('2026-11-20', '2027-11-20', 'off', 'UTC') AS never,
	   business_days_between('2020-12-31 10:00', '9999-12-31', '2020 Mo-Fr 08:00-17:00; 2021 Jan 4 08:00-17:00', 'UTC') AS no_longer;
SELECT business_days_between('2026-11-20', '9999-12-31', '24/7', 'UTC') = '9999-12-31'::date - '2026-11-20'::date AS all_days;
SELECT business_days_between('2026-11-20', 'infinity', '24/7', 'UTC');
\echo :SQLSTATE
SELECT business_days_between('-infinity', '2026-11-20', '24/7', 'UTC');
SELECT business_days_between('2026-11-20', '2026-11-21', '24/7', 'Europe/Wroclaw');

--
-- Null in any argument gives null
--
SELECT business_time_add(NULL, '1 hour', '24/7', 'UTC'),
	   business_time_add('2026-11-20', NULL, '24/7', 'UTC'),
	   business_time_add('2026-11-20', '1 hour', NULL, 'UTC'),
	   business_time_add('2026-11-20', '1 hour', '24/7', NULL);
SELECT business_time_between(NULL, '2026-11-20', '24/7', 'UTC'),
	   business_time_between('2026-11-20', NULL, '24/7', 'UTC'),
	   business_time_between('2026-11-20', '2026-11-20', NULL, 'UTC'),
	   business_time_between('2026-11-20', '2026-11-20', '24/7', NULL);
SELECT business_days_add(NULL, 1, '24/7', 'UTC'),
	   business_days_add('2026-11-20', NULL, '24/7', 'UTC'),
	   business_days_add('2026-11-20', 1, NULL, 'UTC'),
	   business_days_add('2026-11-20', 1, '24/7', NULL);
SELECT business_days_between(NULL, '2026-11-20', '24/7', 'UTC'),
	   business_days_between('2026-11-20', NULL, '24/7', 'UTC'),
	   business_days_between('2026-11-20', '2026-11-20', NULL, 'UTC'),
	   business_days_between('2026-11-20', '2026-11-20', '24/7', NULL);
SELECT is_business_time(NULL, '24/7', 'UTC'),
	   is_business_time('2026-11-20', NULL, 'UTC'),
	   is_business_time('2026-11-20', '24/7', NULL);
SELECT next_business_time(NULL, '24/7', 'UTC'),
	   next_business_time('2026-11-20', NULL, 'UTC'),
	   next_business_time('2026-11-20', '24/7', NULL);
SELECT previous_business_time(NULL, '24/7', 'UTC'),
	   previous_business_time('2026-11-20', NULL, 'UTC'),
	   previous_business_time('2026-11-20', '24/7', NULL);
SELECT business_periods(NULL, '24/7', 'UTC'),
	   business_periods('[2026-11-20,2026-11-21)', NULL, 'UTC'),
	   business_periods('[2026-11-20,2026-11-21)', '24/7', NULL);

--
-- Errors, each with its code
--

-- Periods need an end and a beginning; and there may be too many of them.
SELECT business_periods('[2026-11-20,)', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_periods('(,2026-11-20)', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_periods('[2026-11-20,infinity)', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_periods('[0001-01-01,200000-01-01)', 'Mo-Su 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE

-- Days of business have a limit where timestamps have theirs.
SELECT business_days_add('2026-11-20', 2147483647, 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_days_add('2026-11-20', -2147483648, 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_days_add('2026-11-20', 2147483647, '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE

-- What takes long hears cancel. To the end of timestamps are a hundred million
-- dates; there the error would be another one.
SET statement_timeout = '50ms';
SELECT business_days_add('2026-11-20', 2147483647, '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
RESET statement_timeout;

--
-- In a table: a deadline as a stored generated column, and an index on it
--
CREATE TABLE call (
	opened_at timestamptz,
	hours business_hours,
	zone text,
	due_at timestamptz GENERATED ALWAYS AS (business_time_add(opened_at, '3 hours', hours, zone)) STORED
);
CREATE INDEX ON call (business_days_add(opened_at, 2, hours, zone));
INSERT INTO call VALUES
	('2026-11-20 15:30', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	('2026-11-20 15:30', '24/7', 'Europe/Warsaw'),
	('2026-11-20 15:30', NULL, 'Europe/Warsaw');
SELECT * FROM call ORDER BY due_at;
DROP TABLE call;

-- In one query, hours and zones change from row to row.
SELECT hours, zone, business_time_add('2026-11-20 15:30', '3 hours', hours::business_hours, zone)
FROM (VALUES ('24/7'), ('Mo-Fr 08:00-17:00'), ('Sa 10:00-11:00,12:00-13:00; Su 10:00-13:00')) h(hours),
	 (VALUES ('Europe/Warsaw'), ('Asia/Tehran'), ('-08:00')) z(zone)
ORDER BY hours COLLATE "C", zone COLLATE "C";

--
-- Memory: what is compiled stays within ticket_priority.cache_size
--
CREATE TEMP TABLE many AS
SELECT h.hours, z.name AS zone, business_time_add('2026-11-20 15:30+01', '30 hours', h.hours, z.name) AS due
FROM (SELECT format('Mo 08:00-17:%s; Tu 0%s:00-10:00', lpad((h % 60)::text, 2, '0'), h / 60)::business_hours
	  FROM generate_series(0, 199) h) h(hours),
	 (SELECT name FROM pg_timezone_names WHERE name ~ '/' AND name !~ '^(posix|right)/' ORDER BY name LIMIT 400) z;
SELECT count(*) > 70000 AS many FROM many;

-- Made small, the memory is given back at once, though 80,000 time lines take it:
-- each thing that is dropped costs the same. That hours compiled moments ago are
-- dropped is told, once in a session.
SET ticket_priority.cache_size = '256kB';
SET statement_timeout = '8s';
SELECT business_time_add('2026-11-20 15:30+01', '3 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
RESET statement_timeout;
SELECT sum(used_bytes) < 1024 * 1024 AS small
FROM pg_backend_memory_contexts
WHERE name IN ('ticket_priority zones', 'ticket_priority timelines', 'ticket_priority axis');

-- What was dropped is made again when it is needed, with the same answers.
SELECT count(*) > 500 AS many, count(*) FILTER (WHERE due <> business_time_add('2026-11-20 15:30+01', '30 hours', hours, zone)) AS wrong
FROM (SELECT * FROM many ORDER BY md5(hours::text || zone) LIMIT 600) x;

-- A scan that goes through more hours than fit, again and again, finds most of what
-- fits each time: here at least half of all, though 150 for each 100 that fit are used
-- in turn. And whoever uses other hours from then on soon has all of them.
CREATE FUNCTION pg_temp.hours(n integer) RETURNS text LANGUAGE sql
RETURN format('Mo-Fr %s:%s-18:00', lpad((n / 60)::text, 2, '0'), lpad((n % 60)::text, 2, '0'));
CREATE FUNCTION pg_temp.kept() RETURNS bigint LANGUAGE sql
RETURN (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'ticket_priority axis');
CREATE FUNCTION pg_temp.hits(first integer, last integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	hits integer := 0;
BEGIN
	FOR n IN first .. last LOOP
		IF EXISTS (SELECT FROM pg_backend_memory_contexts
				   WHERE name = 'ticket_priority axis' AND ident = pg_temp.hours(n)) THEN
			hits := hits + 1;
		END IF;
		PERFORM public.next_business_time('2026-11-20', pg_temp.hours(n)::public.business_hours, 'UTC');
	END LOOP;
	RETURN hits;
END $$;
SELECT pg_temp.hits(1, 300) AS none, pg_temp.kept() BETWEEN 20 AND 200 AS some_fit;
CREATE TEMP TABLE scan AS
SELECT pg_temp.hits(301, 300 + used), used FROM (SELECT pg_temp.kept()::integer * 3 / 2) AS k(used), generate_series(1, 10);
SELECT max(hits) > max(used) / 2 AS half_is_found FROM scan;
SELECT max(pg_temp.hits(701, 700 + used / 2)) = max(used / 2) AS all_are_found FROM scan;
RESET ticket_priority.cache_size;
