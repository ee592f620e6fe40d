-- What is compiled of hours: the years around those that were asked for, grown on
-- demand.
\pset null '(null)'
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';

-- Answers must not depend on which years were asked for before, or in which order.
-- So each of these hours is asked for years in an order of its own, in two zones in
-- turn, and at the ends of years, where what is compiled ends too. The second
-- opinion is the list of periods, which is walked rule by rule and needs nothing
-- compiled. The hours change with the years and run over midnight, over the new year,
-- and through the nights in which the zones change their clocks.
CREATE FUNCTION pg_temp.hours(n integer) RETURNS business_hours LANGUAGE sql
RETURN format('Mo-Th 08:%s-17:00; Fr 22:00-03:%1$s; %s-%s Nov-Mar Sa 00:00-24:00; Jan 01 off; Dec 31 20:00-02:00',
	10 + n % 50, 1975 + n, 2040 + n)::business_hours;

CREATE FUNCTION pg_temp.walked(a timestamptz, b timestamptz, hours business_hours, zone text) RETURNS interval LANGUAGE sql
RETURN (SELECT coalesce(sum(extract(epoch FROM upper(p) - lower(p))), 0) * sign(extract(epoch FROM b - a)) * interval '1 second'
		FROM unnest(business_periods(tstzrange(least(a, b), greatest(a, b)), hours, zone)) AS p);

-- How many answers were compared, and which differ.
CREATE FUNCTION pg_temp.compare(first integer, last integer, OUT answers integer, OUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
	hours public.business_hours;
	zones CONSTANT text[] := '{Europe/Warsaw,Australia/Lord_Howe,America/New_York,Africa/Casablanca,Asia/Kolkata,+05:30}';
	zone text;
	a timestamptz;
	b timestamptz;
	d interval;
	x timestamptz;
BEGIN
	answers := 0;
	FOR n IN first .. last LOOP
		hours := pg_temp.hours(n);
		a := NULL;
		FOR step IN 1 .. 8 LOOP
			zone := zones[1 + (n + step % 2) % 6];
			-- an end of some year from 1971 to 2104, or an instant near it
			b := make_timestamptz(1971 + (n * 37 + step * (53 + n)) % 134, 12, 31, 23, 59, 59.999999, 'UTC')
				+ ((n + step) % 4 - 1) * interval '1 microsecond' + (n * step % 5) / 4 * interval '7 hours 1 second';
			d := public.business_time_between(coalesce(a, b), b, hours, zone);
			IF d IS DISTINCT FROM pg_temp.walked(coalesce(a, b), b, hours, zone) THEN
				wrong := format('between %s and %s in %s: %s', a, b, zone, d);
			END IF;
			-- the earliest instant with so much open time, or the latest going back
			x := public.business_time_add(a, d, hours, zone);
			IF public.business_time_between(a, x, hours, zone) <> d OR d > '0' AND x > b OR d < '0' AND x < b THEN
				wrong := format('%s plus %s in %s: %s', a, d, zone, x);
			END IF;
			x := public.next_business_time(b, hours, zone);
			IF x IS DISTINCT FROM (SELECT min(greatest(lower(p), b))
								   FROM unnest(public.business_periods(tstzrange(b, b + interval '9 days'), hours, zone)) AS p) THEN
				wrong := format('next to %s in %s: %s', b, zone, x);
			END IF;
			x := public.previous_business_time(b, hours, zone);
			IF x IS DISTINCT FROM (SELECT max(least(upper(p), b))
								   FROM unnest(public.business_periods(tstzrange(b - interval '9 days', b, '[]'), hours, zone)) AS p) THEN
				wrong := format('previous to %s in %s: %s', b, zone, x);
			END IF;
			answers := answers + 4;
			a := b;
		END LOOP;
	END LOOP;
END $$;
SELECT * FROM pg_temp.compare(0, 19);

-- The same when hardly anything fits into memory. Other sessions warn once of that.
SET client_min_messages = error;
SET ticket_priority.cache_size = '256kB';
SELECT * FROM pg_temp.compare(15, 24);
RESET ticket_priority.cache_size;
RESET client_min_messages;

-- In one call too: its instants can lie in years that are not compiled yet, on both
-- sides. Each row has hours of its own, so nothing is compiled before it.
SELECT count(*) AS calls, count(*) FILTER (WHERE business_time_between(a, b, pg_temp.hours(100 + n), 'Europe/Warsaw') <>
	pg_temp.walked(a, b, pg_temp.hours(100 + n), 'Europe/Warsaw')) AS wrong
FROM generate_series(0, 9) AS n,
	LATERAL (SELECT make_timestamptz(2020 + n % 2, 3, 1, 12, 0, 0), make_timestamptz(2020 + (n - 5) * 7, 3, 1, 12, 0, 0)) AS t(a, b);

-- Years before 2000 alone are asked for, and then those at the end of what can be
-- asked for: open time fits its type all the way.
SELECT business_time_between('1985-01-01', '1985-01-02', 'Mo-Su 00:00-24:00; Feb 29 off', 'UTC'),
	business_time_between('1985-01-01', '294276-12-31', 'Mo-Su 00:00-24:00; Feb 29 off', 'UTC') > '0' AS long,
	business_time_add('294276-12-30', '1 hour', 'Mo-Su 00:00-24:00; Feb 29 off', 'UTC'),
	business_time_between('294276-12-30', '294276-12-31', 'Mo-Su 00:00-24:00; Feb 29 off', 'UTC');

-- What hours are asked for takes memory, not what they could be asked for: a few years
-- of one week with its holidays take a few kilobytes.
SELECT business_time_add('2026-11-20 15:30+01', '3 hours', 'Mo-Fr 06:07-17:00; Dec 24-26 off', 'Europe/Warsaw');
SELECT total_bytes < 8192 AS small FROM pg_backend_memory_contexts
WHERE name = 'ticket_priority axis' AND ident = 'Mo-Fr 06:07-17:00; Dec 24-26 off';
SELECT business_time_between('1970-01-01', '2105-12-31', 'Mo-Fr 06:07-17:00; Dec 24-26 off', 'Europe/Warsaw');
SELECT total_bytes BETWEEN 8192 AND 131072 AS larger FROM pg_backend_memory_contexts
WHERE name = 'ticket_priority axis' AND ident = 'Mo-Fr 06:07-17:00; Dec 24-26 off';

-- Growing can be cancelled anywhere, and what was there before still answers. Here
-- hours without an end are grown to all years, until time is over.
SET statement_timeout = '200ms';
SELECT count(business_time_between('1970-01-01', '2105-12-31', pg_temp.hours(1000 + n), 'Europe/Warsaw'))
FROM generate_series(0, 100000000) AS n;
RESET statement_timeout;
SELECT * FROM pg_temp.compare(0, 3);

-- A week with any number of periods: those of one or two cache lines, and more. Each
-- of these hours has some periods on Monday, some on Tuesday to Saturday, and one that
-- goes on into the next week. Instants are the ends of periods, and a second and a
-- microsecond before and after. What is walked does not know of weeks.
CREATE FUNCTION pg_temp.busy(monday integer, daily integer) RETURNS business_hours LANGUAGE sql
RETURN (SELECT format('%s%s; Su 23:30-24:30',
			CASE WHEN daily > 0 THEN 'Tu-Sa ' || string_agg(times, ',') FILTER (WHERE n < daily) || '; ' END,
			CASE WHEN monday > 0 THEN 'Mo ' || string_agg(times, ',') FILTER (WHERE n < monday) ELSE 'Mo off' END)::business_hours
		FROM (SELECT n, format('%s-%s', to_char(time '01:00' + n * interval '10 minutes', 'HH24:MI'),
						to_char(time '01:00' + n * interval '10 minutes' + (1 + n % 9) * interval '1 minute', 'HH24:MI')) AS times
			  FROM generate_series(0, 95) AS n) AS t);

SELECT count(DISTINCT (monday, daily)) AS hours, count(*) AS answers,
	count(*) FILTER (WHERE open IS DISTINCT FROM pg_temp.walked(start, t, hours, zone)) AS wrong_lengths,
	count(*) FILTER (WHERE open > '0' AND business_time_add(start, open, hours, zone) IS DISTINCT FROM
		(SELECT max(least(upper(p), t)) FROM unnest(business_periods(tstzrange(start, t), hours, zone)) AS p)) AS wrong_ends
FROM (VALUES (0, 0), (1, 1), (6, 0), (7, 0), (0, 1), (8, 0), (2, 1), (3, 2), (14, 1), (9, 2), (22, 0), (23, 0), (12, 2), (13, 2), (3, 4), (16, 0),
		(60, 0), (96, 3), (50, 50), (96, 96)) AS v(monday, daily),
	LATERAL (SELECT pg_temp.busy(monday, daily)) AS h(hours),
	unnest(ARRAY['Europe/Warsaw', '+05:30']) AS zone,
	LATERAL (SELECT timestamptz '2025-03-24 00:00+01' + monday % 3 * interval '5 hours 7 seconds') AS s(start),
	LATERAL (SELECT p FROM unnest(business_periods(tstzrange(start, start + interval '16 days'), hours, zone)) WITH ORDINALITY AS u(p, i)
			 WHERE i % (1 + (monday + daily) / 8) = 0) AS p,
	unnest(ARRAY[lower(p.p), upper(p.p)]) AS edge,
	unnest(ARRAY['-1 s', '-0.000001 s', '0 s', '0.000001 s', '1 s']::interval[]) AS off,
	LATERAL (SELECT edge + off) AS e(t),
	LATERAL (SELECT business_time_between(start, t, hours, zone)) AS b(open);
