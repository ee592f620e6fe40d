--
-- The rules of time, by number: each promise, and the cases that try it.
--
-- Most are on nights when a clock is changed. What was changed is told there;
-- the expected values follow from it by hand.
--
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SET timezone = 'UTC';

-- Open time of a local day or more, and its periods, in the session's zone.
CREATE FUNCTION pg_temp.open_time(day date, days integer, hours business_hours, zone text)
RETURNS interval LANGUAGE sql
RETURN public.business_time_between(day::timestamp AT TIME ZONE zone,
									(day + days)::timestamp AT TIME ZONE zone, hours, zone);
CREATE FUNCTION pg_temp.periods(day date, days integer, hours business_hours, zone text)
RETURNS SETOF tstzrange LANGUAGE sql
RETURN unnest(public.business_periods(tstzrange(day::timestamp AT TIME ZONE zone,
												(day + days)::timestamp AT TIME ZONE zone), hours, zone));

--
-- Rule 1. Open if and only if the wall clock lies in the hours.
--

-- It depends on the wall clock alone: for two years, every three hours less some
-- seconds, the answer is that for the local time taken as UTC. The
-- counts say that this was tried on open and on closed instants.
SELECT hours, count(DISTINCT zone) AS zones, bool_or(open) AS open, bool_or(NOT open) AS closed,
	   count(*) FILTER (WHERE open <> expected) AS wrong
FROM (
	SELECT hours, zone, is_business_time(t, hours, zone) AS open,
		   is_business_time(t AT TIME ZONE zone AT TIME ZONE 'UTC', hours, 'UTC') AS expected
	FROM generate_series(timestamptz '2011-01-01', '2012-12-31', '2 hours 59 minutes 53 seconds') t,
		 (VALUES (business_hours 'Mo-Fr 08:00-17:00'), ('Su 00:15-02:45; Fr,Sa 22:00-06:00'), ('24/7'),
				 ('Mo,Th 12:00-48:00; Dec 30 off')) h(hours),
		 unnest('{Pacific/Apia,Australia/Lord_Howe,Africa/Casablanca,Antarctica/Troll,Europe/Dublin,
				  America/Caracas,Pacific/Chatham,Asia/Gaza,Asia/Kathmandu,UTC}'::text[]) zone
) x
GROUP BY hours
ORDER BY wrong, hours::text COLLATE "C";

-- A local time that the clock skips never happens. In Warsaw 02:00 became 03:00
-- on 2025-03-30: no 02:00-03:00 that Sunday, and the next one opens a week later.
SET timezone = 'Europe/Warsaw';
SELECT pg_temp.open_time('2025-03-30', 1, 'Su 02:00-03:00', 'Europe/Warsaw');
SELECT next_business_time('2025-03-30 00:00', 'Su 02:00-03:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2025-03-30', 1, 'Su 02:30-04:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2025-03-30', 1, 'Su 01:00-02:00,03:00-04:00', 'Europe/Warsaw');

-- One that it repeats counts twice. There 03:00 became 02:00 on 2025-10-26.
SELECT pg_temp.open_time('2025-10-26', 1, 'Su 02:00-03:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2025-10-26', 1, 'Su 02:00-03:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2025-10-26', 1, 'Su 02:15-02:45', 'Europe/Warsaw');
SELECT pg_temp.periods('2025-10-26', 1, 'Su 00:00-02:30,03:00-04:00', 'Europe/Warsaw');

-- A clock that moves by half an hour: in Lord Howe 02:00 became 01:30 on
-- 2025-04-06, so 01:45-02:15 is a quarter and half an hour; and 02:00 became
-- 02:30 on 2025-10-05, which leaves nothing of 02:00-02:30.
SET timezone = 'Australia/Lord_Howe';
SELECT pg_temp.periods('2025-04-06', 1, 'Su 01:45-02:15', 'Australia/Lord_Howe');
SELECT pg_temp.periods('2025-10-05', 1, 'Su 01:45-02:45', 'Australia/Lord_Howe');

-- At midnight, so that the day begins at 01:00: Sao Paulo, 2015-10-18.
SET timezone = 'America/Sao_Paulo';
SELECT pg_temp.open_time('2015-10-18', 1, 'Su 00:00-01:00', 'America/Sao_Paulo');
SELECT pg_temp.periods('2015-10-17', 2, 'Sa 22:00-24:00; Su 00:00-02:00', 'America/Sao_Paulo');
-- And midnight became 23:00 on 2016-02-21: the last hour of Saturday comes twice.
SELECT pg_temp.periods('2016-02-20', 2, 'Sa 22:00-24:00', 'America/Sao_Paulo');
SELECT pg_temp.periods('2016-02-20', 2, 'Su 00:00-01:00', 'America/Sao_Paulo');
-- 25 hours of Saturday, in one period although the date changes back and forth.
SELECT pg_temp.periods('2016-02-20', 2, 'Sa 00:00-24:00', 'America/Sao_Paulo');

-- By two hours: in Troll 01:00 became 03:00 on 2016-03-27, and 03:00 became
-- 01:00 on 2016-10-30.
SELECT pg_temp.open_time('2016-03-27', 1, 'Su 00:00-04:00', 'Antarctica/Troll'),
	   pg_temp.open_time('2016-10-30', 1, 'Su 00:00-04:00', 'Antarctica/Troll');

-- Winter time that is the law's summer time (Dublin), and a summer time that
-- stops for Ramadan (Casablanca, 03:00 became 02:00 on 2019-05-05, and 02:00
-- became 03:00 on 2019-06-09).
SELECT pg_temp.open_time('2025-03-30', 1, 'Su 00:00-04:00', 'Europe/Dublin'),
	   pg_temp.open_time('2025-10-26', 1, 'Su 00:00-04:00', 'Europe/Dublin');
SELECT pg_temp.open_time('2019-05-05', 1, 'Su 02:00-03:00', 'Africa/Casablanca'),
	   pg_temp.open_time('2019-06-09', 1, 'Su 02:00-03:00', 'Africa/Casablanca');

-- A change a week after the other: Recife, at midnight of 2000-10-08 and 10-15.
SELECT pg_temp.open_time('2000-10-07', 9, '24/7', 'America/Recife') AS always,
	   pg_temp.open_time('2000-10-07', 9, 'Sa 23:00-25:00', 'America/Recife') AS around_midnight;

-- A change of the standard by half an hour: Caracas, 03:00 became 02:30 on
-- 2007-12-09, and 02:30 became 03:00 on 2016-05-01.
SELECT pg_temp.open_time('2007-12-09', 1, 'Su 02:00-04:00', 'America/Caracas'),
	   pg_temp.open_time('2016-05-01', 1, 'Su 02:00-04:00', 'America/Caracas');

-- Offsets with seconds: Monrovia was 00:44:30 behind, and midnight of 1972-01-07
-- became 00:44:30.
SET timezone = 'UTC';
SELECT pg_temp.periods('1971-07-01', 1, 'Mo-Fr 08:00-17:00', 'Africa/Monrovia');
SELECT pg_temp.open_time('1972-01-07', 1, 'Fr 00:00-01:00', 'Africa/Monrovia');
SELECT business_time_add('1972-01-07 00:44:29.5+00', '1 second', 'Th 23:00-24:00; Fr 00:00-01:00',
						 'Africa/Monrovia');

-- Double summer time: London, two hours ahead from April to August 1947, one
-- before and after.
SELECT pg_temp.periods('1947-07-07', 1, 'Mo-Fr 08:00-17:00', 'Europe/London');
SELECT pg_temp.open_time('1947-01-01', 365, '24/7', 'Europe/London') AS year,
	   pg_temp.open_time('1947-03-16', 1, 'Su 01:00-04:00', 'Europe/London') AS march,
	   pg_temp.open_time('1947-04-13', 1, 'Su 01:00-04:00', 'Europe/London') AS april,
	   pg_temp.open_time('1947-08-10', 1, 'Su 01:00-04:00', 'Europe/London') AS august,
	   pg_temp.open_time('1947-11-02', 1, 'Su 01:00-04:00', 'Europe/London') AS november;

-- A date that never was: Friday 2011-12-30 in Apia, between Thursday 24:00 and
-- Saturday 00:00. Nothing is open on it; what the wall clock shows on Saturday
-- lies in a shift that runs on from it, though nobody saw that shift begin.
SET timezone = 'Pacific/Apia';
SELECT hours, business_periods('[2011-12-28,2012-01-01)', hours, 'Pacific/Apia')
FROM (VALUES (business_hours 'Fr 09:00-17:00'), ('Fr 00:00-24:00'), ('Fr 22:00-30:00'),
			 ('Th 12:00-48:00'), ('Fr 12:00-48:00'), ('Th 22:00-26:00; Sa 00:00-02:00'),
			 ('24/7')) v(hours);
-- The same in Kwajalein, Saturday 1993-08-21, and in Manila, Tuesday 1844-12-31.
SELECT pg_temp.open_time('1993-08-20', 3, '24/7', 'Pacific/Kwajalein'),
	   pg_temp.open_time('1993-08-20', 3, 'Sa 09:00-17:00', 'Pacific/Kwajalein'),
	   pg_temp.open_time('1993-08-20', 3, 'Fr 20:00-24:00; Su 00:00-04:00', 'Pacific/Kwajalein');
SELECT pg_temp.open_time('1844-12-30', 3, '24/7', 'Asia/Manila'),
	   pg_temp.open_time('1844-12-30', 3, 'Tu 09:00-17:00', 'Asia/Manila');

-- A date that came twice: in Juneau 1867-10-19 15:33:32 became 10-18 15:33:32.
-- Friday is a day plus 8:26:28, and Saturday a day plus 15:33:32, of which the
-- first is only partly seen.
SELECT pg_temp.open_time('1867-10-17', 4, 'Fr 00:00-24:00', 'America/Juneau') AS friday,
	   pg_temp.open_time('1867-10-17', 4, 'Sa 00:00-24:00', 'America/Juneau') AS saturday,
	   pg_temp.open_time('1867-10-17', 4, 'Fr 16:00-17:00', 'America/Juneau') AS twice,
	   pg_temp.open_time('1867-10-17', 4, '24/7', 'America/Juneau') AS always;

-- Spans that overlap count once, within a date and across dates.
SET timezone = 'Europe/Warsaw';
SELECT pg_temp.open_time('2026-11-23', 1, 'Mo 08:00-12:00,10:00-14:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2026-11-23', 2, 'Mo 20:00-32:00; Tu 06:00-10:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2026-11-23', 7, 'Mo-Su 20:00-48:00', 'Europe/Warsaw');
SELECT pg_temp.periods('2026-11-23', 7, 'Mo,Tu 12:00-48:00', 'Europe/Warsaw');

-- Periods are half-open: closed at closing time; and 24:00 is no gap.
SELECT is_business_time('2026-11-23 17:00', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS closing,
	   is_business_time('2026-11-23 08:00', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS opening,
	   is_business_time('2026-11-24 00:00', 'Mo 08:00-24:00; Tu 00:00-06:00', 'Europe/Warsaw') AS midnight,
	   is_business_time('2026-11-24 00:00', 'Mo 08:00-24:00', 'Europe/Warsaw') AS midnight_closed;

--
-- Rule 2. A shift belongs to the local date on which it starts.
--

-- Friday's shift runs into a Saturday that is off; Saturday's does not begin.
SELECT pg_temp.periods('2026-11-20', 3, 'Fr 22:00-06:00; Sa off', 'Europe/Warsaw');
SELECT pg_temp.periods('2026-11-19', 5, 'Mo-Su 22:00-06:00; Nov 21 off', 'Europe/Warsaw');

-- A Friday that is off takes its shift with it, the hours of Saturday included.
SELECT pg_temp.periods('2026-11-19', 4, 'Mo-Su 22:00-06:00; Nov 20 off', 'Europe/Warsaw');

-- Other hours on Saturday do not cut it either; where both are open counts once.
SELECT pg_temp.periods('2026-11-20', 2, 'Fr 22:00-06:00; Sa 05:00-08:00', 'Europe/Warsaw');

-- Over the new year, by date and by year; and the last Sunday of a month.
SELECT pg_temp.periods('2026-12-31', 3, 'Dec 31 22:00-26:00', 'Europe/Warsaw');
SELECT pg_temp.open_time('2026-12-31', 3, '2026 20:00-28:00', 'Europe/Warsaw') AS its_year,
	   pg_temp.open_time('2026-12-31', 3, '2027 20:00-28:00', 'Europe/Warsaw') AS the_next;
SELECT pg_temp.periods('2026-11-23', 14, 'Su[-1] 22:00-30:00', 'Europe/Warsaw');

-- 48 hours reach the end of the next date; and the night of a change is as long
-- as the hands say, 22:00 to 06:00 being 7 or 9 hours.
SELECT pg_temp.periods('2026-11-20', 4, 'Fr 20:00-48:00', 'Europe/Warsaw');
SELECT pg_temp.open_time('2025-03-29', 2, 'Sa 22:00-06:00', 'Europe/Warsaw') AS spring,
	   pg_temp.open_time('2025-10-25', 2, 'Sa 22:00-06:00', 'Europe/Warsaw') AS autumn;

--
-- Rule 3. Elapsed is the measure of open time: negative backwards, and additive.
--
SELECT count(*) AS cases,
	   count(*) FILTER (WHERE ab + bc <> ac) AS not_additive,
	   count(*) FILTER (WHERE ab <> -ba) AS not_antisymmetric,
	   count(*) FILTER (WHERE ab NOT BETWEEN '0' AND b - a) AS too_long,
	   count(*) FILTER (WHERE ab > '0') AS positive
FROM (
	SELECT a, b,
		   business_time_between(a, b, hours, zone) AS ab, business_time_between(b, c, hours, zone) AS bc,
		   business_time_between(a, c, hours, zone) AS ac, business_time_between(b, a, hours, zone) AS ba
	FROM generate_series(1, 500) i,
		 (VALUES (business_hours 'Mo-Fr 08:00-12:00,13:00-17:00'), ('Mo-Su 22:00-06:00'), ('24/7')) h(hours),
		 unnest('{Europe/Warsaw,Australia/Lord_Howe,Pacific/Apia}'::text[]) zone,
		 LATERAL (SELECT timestamptz '2011-12-20' + i * interval '43 minutes 21.234567 seconds') x(a),
		 LATERAL (SELECT a + i * interval '17 minutes 3.000001 seconds') y(b),
		 LATERAL (SELECT b + (500 - i) * interval '3 hours 1 minute') z(c)
) x;

-- Five years are the sum of their days.
SELECT business_time_between('2021-01-01', '2026-01-01', hours, 'Europe/Warsaw') AS years,
	   sum(business_time_between(day, day + interval '1 day', hours, 'Europe/Warsaw')) AS days
FROM generate_series(timestamptz '2021-01-01', '2025-12-31', '1 day') day,
	 (VALUES (business_hours 'Mo-Fr 08:00-17:00; Dec 24-26 off')) h(hours)
GROUP BY hours;

--
-- Rule 4. The deadline is the earliest instant by which so much time was open.
--

-- A target that runs out exactly at closing time falls due then, not at the next
-- opening; one microsecond more, and it is the next day.
SELECT business_time_add('2026-11-20 16:00', amount, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{59:59.999999,1:00:00,1:00:00.000001}'::interval[]) amount;

-- At closing time nothing is added at once; in the night likewise.
SELECT at, business_time_add(at, '0', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS nothing,
	   business_time_add(at, '1 hour', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS an_hour
FROM unnest('{2026-11-20 17:00,2026-11-20 23:00,2026-11-22 12:00,2026-11-23 08:00}'::timestamptz[]) at;

-- Backwards, the latest: an hour before an opening begins at the last closing,
-- nine hours before closing is the opening itself, not the closing before it.
SELECT at, business_time_add(at, '-1 hour', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS an_hour,
	   business_time_add(at, '-9 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS a_day
FROM unnest('{2026-11-23 17:00,2026-11-23 23:00,2026-11-23 08:00,2026-11-22 12:00}'::timestamptz[]) at;

-- Around an hour that comes twice: the first half hour of 02:30-05:00 ends where
-- the clock goes back, and the rest begins when it shows 02:30 again.
SELECT amount, business_time_add('2025-10-26 00:00', amount, 'Su 02:30-05:00', 'Europe/Warsaw') AS ahead,
	   business_time_add('2025-10-26 12:00', -amount, 'Su 02:30-05:00', 'Europe/Warsaw') AS back
FROM unnest('{30 minutes,30 minutes 0.000001 seconds,2:30,2:30:00.000001,3:00}'::interval[]) amount;

-- And around a date that is skipped: Thursday 16:30 plus 31 minutes is Monday, since
-- Apia had no Friday; and Thursday 23:00 plus two hours is Saturday.
SET timezone = 'Pacific/Apia';
SELECT business_time_add('2011-12-29 16:30', '31 minutes', 'Mo-Fr 08:00-17:00', 'Pacific/Apia'),
	   business_time_add('2012-01-02 08:30', '-31 minutes', 'Mo-Fr 08:00-17:00', 'Pacific/Apia'),
	   business_time_add('2011-12-29 23:00', '2 hours', '24/7', 'Pacific/Apia');
SET timezone = 'Europe/Warsaw';

-- Measuring undoes adding; nothing earlier would do; and adding never decreases,
-- neither in the start nor in the amount.
WITH h(hours, zone) AS (
	VALUES (business_hours 'Mo-Fr 08:00-12:00,13:00-17:00', 'Europe/Warsaw'), ('Su 02:30-05:00; Sa 23:00-27:00', 'Europe/Warsaw'),
		   ('Mo-Su 22:00-06:00', 'Australia/Lord_Howe'), ('24/7', 'Africa/Casablanca'), ('Mo-Fr 20:00-30:00', 'Pacific/Apia')
), x AS (
	SELECT hours, zone, t, d, business_time_add(t, d, hours, zone) AS ahead, business_time_add(t, -d, hours, zone) AS back,
		   interval '1 microsecond' AS us
	FROM h, generate_series(timestamptz '2011-10-25', '2012-04-05', '6 hours 7 minutes 8.9 seconds') t,
		 unnest('{1 microsecond,30 minutes,1 hour,9 hours,40 hours,1000 hours}'::interval[]) d
), y AS (
	SELECT *, lag(ahead) OVER by_t AS ahead_t, lag(back) OVER by_t AS back_t,
		   lag(ahead) OVER by_d AS ahead_d, lag(back) OVER by_d AS back_d
	FROM x
	WINDOW by_t AS (PARTITION BY hours, zone, d ORDER BY t), by_d AS (PARTITION BY hours, zone, t ORDER BY d)
)
SELECT count(*) AS cases,
	   count(*) FILTER (WHERE business_time_between(t, ahead, hours, zone) <> d
						OR business_time_between(back, t, hours, zone) <> d) AS not_inverse,
	   count(*) FILTER (WHERE business_time_between(t, ahead - us, hours, zone) >= d) AS not_earliest,
	   count(*) FILTER (WHERE business_time_between(back + us, t, hours, zone) >= d) AS not_latest,
	   count(*) FILTER (WHERE ahead < ahead_t OR back < back_t) AS decreasing_in_t,
	   count(*) FILTER (WHERE ahead < ahead_d OR back > back_d) AS decreasing_in_d
FROM y;

--
-- Rule 5. Hours that never open again: adding is an error, found in bounded time;
-- elapsed time over them is none.
--
SET statement_timeout = '5s';
SELECT business_time_add('2026-11-20', '1 hour', 'off', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '1 microsecond', 'easter Mo 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '1 hour', '2020-2025 Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '1 hour', 'Feb 29 Mo[1] 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '1 hour', 'PH 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
-- Open until 2025-12-31 17:00, and 1 hour is left on that Wednesday at 16:00.
SELECT business_time_add('2025-12-31 16:00', '1 hour', '2020-2025 Mo-Fr 08:00-17:00', 'Europe/Warsaw');
SELECT business_time_add('2025-12-31 16:00', '1 hour 1 microsecond', '2020-2025 Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
-- Backwards, hours that had not opened before.
SELECT business_time_add('2026-11-20', '-1 hour', '2030+ Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '1 hour', '2030+ Mo-Fr 08:00-17:00', 'Europe/Warsaw');
-- To look for an opening, or for days of business, is the same error.
SELECT next_business_time('2026-11-20', 'off', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT previous_business_time('2026-11-20', '2030+ Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_days_add('2026-11-20', 1, 'off', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_days_add('2025-12-31 10:00', 1, '2020-2025 Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
-- The last shift of all runs into a year that has none, far in the future too.
SELECT business_time_add('2106-12-31 21:00+00', '10 hours', '2106 16:00-38:00', 'UTC') AS forward,
	   business_time_add('2107-01-01 19:00+00', '-2:35', '2106 16:00-38:00', 'UTC') AS back;
SELECT business_time_add('2106-12-31 21:00+00', '17 hours 1 second', '2106 16:00-38:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2163-12-30 21:00+00', '14 hours', '2161-2163 easter 02:00-12:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
-- Hours that open thousands of years ahead are found in a walk over these years.
SELECT next_business_time('2026-11-20', hours, 'UTC') AT TIME ZONE 'UTC' AS opens
FROM unnest('{9999 Jan 01 08:00-12:00, 9999 Jan 02 08:00-12:00, "2999 Jan 03 08:00-12:00; 9999 Jan 04 08:00-12:00"}'::business_hours[]) AS hours;
-- Nothing added, elapsed time, questions and periods need no opening.
SELECT business_time_add('2026-11-20', '0', 'off', 'Europe/Warsaw') AS nothing,
	   business_time_between('1000-01-01', '9999-12-31', 'easter Mo 08:00-17:00', 'Europe/Warsaw') AS elapsed,
	   is_business_time('2026-11-20', 'off', 'Europe/Warsaw') AS open,
	   business_periods('[2026-01-01,2027-01-01)', 'off', 'Europe/Warsaw') AS periods;
RESET statement_timeout;

--
-- Rule 6. The ends of time.
--

-- Adding to infinity gives infinity, whatever is added; a lookup leaves it as it is.
SELECT business_time_add('infinity', '1 hour', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	   business_time_add('-infinity', '1 hour', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	   business_time_add('infinity', '-1 hour', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	   business_time_add('infinity', '1 hour', 'off', 'Europe/Warsaw');
SELECT next_business_time('infinity', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	   previous_business_time('infinity', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	   business_days_add('-infinity', 3, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');

-- Measuring from or to it is an error.
SELECT business_time_between('2026-11-20', 'infinity', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_between('-infinity', '2026-11-20', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('infinity', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE

-- A sentinel is answered at once: 9999-12-31 is a Friday.
SET timezone = 'UTC';
SET statement_timeout = '5s';
SELECT business_time_add('9999-12-31', '10 hours', 'Mo-Fr 08:00-17:00', 'UTC'),
	   business_time_add('9999-12-31', '-10 hours', 'Mo-Fr 08:00-17:00', 'UTC');
SELECT business_time_between('2026-11-20', '9999-12-31', '24/7', 'UTC') AS always,
	   timestamptz '9999-12-31' - timestamptz '2026-11-20' AS days,
	   business_time_between('2000-01-01', '10000-01-01', 'Mo-Fr 08:00-17:00', 'UTC') / 20 AS twentieth,
	   business_time_between('2000-01-01', '2400-01-01', 'Mo-Fr 08:00-17:00', 'UTC') AS four_centuries;

-- Before our era, and in the year 12345, the rules of the calendar hold.
SELECT t, to_char(t, 'FMDay') AS weekday, is_business_time(t, 'Mo-Fr 08:00-17:00', 'UTC') AS open,
	   business_time_add(t, '9 hours', 'Mo-Fr 08:00-17:00', 'UTC') AS ahead
FROM unnest('{0044-03-15 12:00 BC,0001-12-31 12:00 BC,0001-01-01 08:00,1582-10-15 12:00,
			  12345-06-07 12:00,294276-12-28 12:00}'::timestamptz[]) t;

-- Where the timestamps end, an error says so.
SELECT business_time_add('294276-12-31 20:00', '3 hours', '24/7', 'UTC');
SELECT business_time_add('294276-12-31 20:00', '4 hours', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('294276-12-31 20:00', '9 hours', 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('4714-11-24 00:00 BC', '-1 microsecond', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('4714-11-24 10:00 BC', '-3 hours', 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('4714-11-24 10:00 BC', '-2 hours', 'Mo-Fr 08:00-17:00', 'UTC');
SELECT next_business_time('294276-12-31 20:00', 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE

-- Amounts that overflow, and a measure that no interval holds.
SELECT business_time_add('2026-11-20', '2147483647 days', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', '-2147483648 days', 'Mo-Fr 08:00-17:00', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', interval '9223372036854775807 microseconds', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-20', interval '2147483647 days' + interval '9223372036854775807 microseconds', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_between('4714-11-24 00:00 BC', '294276-12-31 23:59:59.999999', '24/7', 'UTC');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_between('4714-11-24 00:00 BC', '294276-12-31 23:59:59.999999', 'off', 'UTC');
RESET statement_timeout;
SET timezone = 'Europe/Warsaw';

--
-- Rule 7. Amounts: the time to the microsecond, a day as 24 hours, no months; and
-- days of business by their own function.
--
SELECT amount, business_time_add('2026-11-23 08:00', amount, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM unnest('{1 day,24 hours,1 day -15 hours,-1 day 33 hours,0.5 days,1.000001 seconds}'::interval[]) amount;
SELECT business_time_add('2026-11-23 08:00', '1 month', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT business_time_add('2026-11-23 08:00', '-1 year 8 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
-- A month taken away from a month leaves none.
SELECT business_time_add('2026-11-23 08:00', interval '1 month 1 hour' - interval '1 month',
						 'Mo-Fr 08:00-17:00', 'Europe/Warsaw');
-- What was measured has hours only, and adding it comes back.
SELECT m AS measured, extract(day FROM m) AS days,
	   business_time_add('2026-11-20 10:00', m, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw')
FROM business_time_between('2026-11-20 10:00', '2026-11-27 17:30', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') m;

-- Days of business: the n-th following date on which a shift starts, at the same
-- time; when closed then, the next opening; back, the last closing.
SELECT at, days, business_days_add(at, days, 'Mo-Th 08:00-17:00; Fr 08:00-12:00', 'Europe/Warsaw')
FROM (VALUES (timestamptz '2026-11-19 15:00', 1), ('2026-11-19 15:00', 2), ('2026-11-19 15:00', 5), ('2026-11-23 15:00', -1),
			 ('2026-11-20 12:00', 1), ('2026-11-20 12:00', -1), ('2026-11-20 12:00', 0), ('2026-11-22 09:00', 0)) v(at, days);

-- They count from the date on which the shift in progress began (rule 2): 02:00 on
-- Saturday is 26:00 of Friday's shift, so the next one has it on Tuesday.
SELECT at, business_days_add(at, 1, 'Mo-Fr 22:00-06:00', 'Europe/Warsaw') AS next,
	   business_days_add(at, -1, 'Mo-Fr 22:00-06:00', 'Europe/Warsaw') AS previous
FROM unnest('{2026-11-24 02:00,2026-11-24 23:00,2026-11-27 23:00,2026-11-28 02:00,2026-11-28 06:00}'::timestamptz[]) at;

-- Where the shifts of two dates overlap, the one that began last is in progress:
-- Monday's until Tuesday 05:00, though it goes on until 08:00.
SELECT at, business_days_add(at, 1, 'Mo 20:00-32:00; Tu-Th 05:00-12:00', 'Europe/Warsaw') AS next
FROM unnest('{2026-11-24 04:59,2026-11-24 05:00,2026-11-24 07:00}'::timestamptz[]) at;

-- The answer is in the shift of its date. It is not after the next one has begun:
-- Saturday 23:00 is 47:00 of Friday's shift, but Monday's ends when Tuesday's
-- begins. And not before its own: Monday 02:30 comes to Wednesday 20:00, since at
-- Wednesday 02:30 Tuesday's shift is in progress. Going back, it is the closing
-- time before that begins; here Tuesday's, on Wednesday 06:00.
SELECT at, business_days_add(at, 1, 'Fr 12:00-48:00; Mo-Th 08:00-17:00', 'Europe/Warsaw') AS next
FROM unnest('{2026-11-27 13:00,2026-11-28 07:00,2026-11-28 23:00,2026-11-30 08:00}'::timestamptz[]) at;
SELECT business_days_add('2026-11-23 02:30', 2, 'Mo,Fr 02:00-10:00; Tu 22:00-30:00; We 20:00-23:00', 'Europe/Warsaw') AS ahead,
	   business_days_add('2026-11-27 02:30', -1, 'Mo,Fr 02:00-10:00; Tu 22:00-30:00; We 20:00-23:00', 'Europe/Warsaw') AS back;

-- A time that the clock shows twice counts the second time, as AT TIME ZONE reads
-- it. Until then the clock counts as standing where it will be set back to.
SELECT at, business_days_add(at, 1, '24/7', 'Europe/Warsaw')
FROM unnest('{2025-10-26 01:45+02,2025-10-26 02:15+02,2025-10-26 02:45+02,2025-10-26 02:15+01,2025-10-26 02:45+01}'::timestamptz[]) at;

-- A later start never gives an earlier answer, nor one more day an earlier one: on
-- nights, on shifts that overlap, and around changes of the clock by an hour, by
-- half of one, at midnight, at a minute past it, and by a day. The one exception is
-- an answer at a time that the clock skips, tried below.
CREATE TEMP TABLE answer AS
SELECT hours, zone, days, t, business_days_add(t, days, hours, zone) AS answer
FROM (VALUES (business_hours 'Mo-Fr 08:00-17:00'), ('24/7'), ('Mo-Fr 22:00-06:00'), ('Mo-Su 22:00-06:00'), ('Mo-Su 00:30-00:45,23:30-24:30'),
			 ('Fr 12:00-48:00; Mo-Th 08:00-17:00'), ('Mo-Th 20:00-32:00; Fr-Su 01:00-05:00,23:00-26:15'), ('Mo-Su 12:00-48:00; Su 02:00-03:00')) h(hours),
	 (VALUES ('Europe/Warsaw', timestamptz '2025-03-30 01:00+00'), ('Europe/Warsaw', '2025-10-26 01:00+00'),
			 ('Australia/Lord_Howe', '2025-04-05 15:00+00'), ('Australia/Lord_Howe', '2025-10-04 15:30+00'),
			 ('America/Sao_Paulo', '2015-10-18 03:00+00'), ('America/Sao_Paulo', '2016-02-21 02:00+00'),
			 ('America/St_Johns', '2006-04-02 03:31+00'), ('America/St_Johns', '2006-10-29 02:31+00'),
			 ('Pacific/Apia', '2011-12-30 10:00+00')) z(zone, changed),
	 generate_series(changed - interval '3 days', changed + interval '2 days', '27 minutes 30 seconds') t,
	 generate_series(-3, 3) days;
-- Whether the clock skips something in the day before an instant.
CREATE FUNCTION pg_temp.skips(x timestamptz, zone text) RETURNS boolean LANGUAGE sql
RETURN (x AT TIME ZONE zone) - ((x - interval '24 hours') AT TIME ZONE zone) > interval '24 hours';
SELECT days, count(*) AS starts, count(DISTINCT answer) > 500 AS many_answers,
	   count(*) FILTER (WHERE answer < before AND NOT pg_temp.skips(CASE WHEN days > 0 THEN answer ELSE before END, zone)) AS earlier
FROM (
	SELECT *, max(answer) OVER (PARTITION BY hours, zone, days ORDER BY t) AS before
	FROM answer
) x
GROUP BY days
ORDER BY days;
SELECT count(*) FILTER (WHERE answer < one_less) AS earlier
FROM (
	SELECT *, lag(answer) OVER (PARTITION BY hours, zone, t ORDER BY days) AS one_less
	FROM answer
) x;

-- The exception: 02:45 is skipped, so AT TIME ZONE reads it as 03:45, after 03:15.
SELECT business_days_add('2025-03-29 02:45', 1, '24/7', 'Europe/Warsaw') AS skipped,
	   business_days_add('2025-03-29 03:15', 1, '24/7', 'Europe/Warsaw') AS not_skipped;

-- A time that is skipped, and one that comes twice, as AT TIME ZONE has them.
SELECT business_days_add('2025-03-29 02:30', 1, '24/7', 'Europe/Warsaw') AS skipped,
	   timestamp '2025-03-30 02:30' AT TIME ZONE 'Europe/Warsaw' AS as_core,
	   business_days_add('2025-10-25 02:30', 1, '24/7', 'Europe/Warsaw') AS twice,
	   timestamp '2025-10-26 02:30' AT TIME ZONE 'Europe/Warsaw' AS as_core;

-- A date that never was is no day of business; nor is one whose only shift falls
-- into a gap of the clock.
SET timezone = 'Pacific/Apia';
SELECT business_days_add('2011-12-29 10:00', 1, 'Mo-Fr 08:00-17:00', 'Pacific/Apia') AS ahead,
	   business_days_add('2012-01-02 10:00', -1, 'Mo-Fr 08:00-17:00', 'Pacific/Apia') AS back,
	   business_days_add('2011-12-28 10:00', 2, '24/7', 'Pacific/Apia') AS always;
SET timezone = 'Europe/Warsaw';
SELECT business_days_add('2025-03-29 02:00', 1, '02:00-03:00', 'Europe/Warsaw');

--
-- Rule 8. The verdict compares instants: at the deadline a reply is in time and
-- nothing is overdue; after it, missed and overdue.
--
SELECT answered_at, sla_status('2026-11-20 17:00', answered_at, '2026-12-01') AS answered,
	   sla_status('2026-11-20 17:00', NULL, answered_at) AS not_answered
FROM unnest('{2026-11-20 16:59:59.999999,2026-11-20 17:00,2026-11-20 17:00:00.000001}'::timestamptz[]) answered_at;

-- It is never derived from elapsed time: one hour from Friday 16:00 runs out at
-- closing time, and a reply on Sunday is late, though by no business time.
SELECT due_at, sla_status(due_at, answered_at, answered_at) AS verdict,
	   business_time_between('2026-11-20 16:00', answered_at, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS elapsed,
	   business_time_between(due_at, answered_at, 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AS late
FROM sla_deadline('2026-11-20 16:00', 'P1', 'standard', 'Europe/Warsaw') due_at,
	 (VALUES (timestamptz '2026-11-22 12:00')) a(answered_at);

--
-- Rule 9. Paused time counts as closed.
--

-- Three hours from Monday 15:00, paused from 16:00 to Tuesday 09:00: Tuesday
-- 11:00; and three quarters of them have run at 10:15.
SELECT sla_deadline('2026-11-23 15:00', 'P2', 'standard', 'Europe/Warsaw',
					paused => '{[2026-11-23 16:00,2026-11-24 09:00)}') AS due_at,
	   sla_at_risk('2026-11-23 15:00', 'P2', 'standard', 'Europe/Warsaw',
				   paused => '{[2026-11-23 16:00,2026-11-24 09:00)}') AS at_risk_at,
	   sla_elapsed('2026-11-23 15:00', '2026-11-24 12:00', 'P2', 'standard', 'Europe/Warsaw',
				   paused => '{[2026-11-23 16:00,2026-11-24 09:00)}') AS elapsed;

-- Without a pause it is Tuesday 09:00. So it is with one in the night, with one
-- that ends at the opening of the ticket, and with one that is over then. One
-- hour or two in working hours move it, however it is cut up.
SELECT paused, sla_deadline('2026-11-23 15:00', 'P2', 'standard', 'Europe/Warsaw', paused => paused)
FROM (VALUES (NULL::tstzmultirange), ('{}'),
	('{[2026-11-23 17:00,2026-11-24 08:00)}'),
	('{[2026-11-20 08:00,2026-11-23 15:00)}'),
	('{(,2026-11-23 14:00)}'),
	('{[2026-11-23 14:00,2026-11-23 16:00)}'),
	('{[2026-11-23 16:00,2026-11-24 08:00)}'),
	('{[2026-11-23 15:00,2026-11-23 15:20),(2026-11-23 15:30,2026-11-23 15:50],[2026-11-23 16:40,2026-11-24 07:00)}'),
	('{[2026-11-23 15:00,2026-11-23 16:30),[2026-11-23 16:00,2026-11-23 17:00)}')) v(paused);

-- A pause without end makes it infinity, if it starts before the target runs out;
-- starting just then, or later, it does not. Ending at infinity is the same.
SELECT paused, sla_deadline('2026-11-23 15:00', 'P2', 'standard', 'Europe/Warsaw', paused => paused)
FROM (VALUES (tstzmultirange '{[2026-11-23 16:00,)}'), ('{[2026-11-23 16:00,infinity)}'), ('{[2026-11-23 12:00,)}'), ('{(,)}'),
	('{[2026-11-24 08:59:59.999999,)}'), ('{[2026-11-24 09:00,)}'), ('{[2026-11-24 10:00,infinity]}'),
	('{[2026-11-23 16:00,2026-11-23 17:00),[2026-11-24 09:00,)}'),
	('{[2026-11-23 16:00,2026-11-23 17:00),[2026-11-24 10:00,)}')) v(paused);

-- In the closed hours before an opening nothing has run out yet; after closing
-- time, when the target ran out at it, it has.
SELECT sla_deadline('2026-11-20 15:00', 'P2', 'standard', 'Europe/Warsaw', paused => '{[2026-11-21,)}') AS two_of_three,
	   sla_deadline('2026-11-20 14:00', 'P2', 'standard', 'Europe/Warsaw', paused => '{[2026-11-21,)}') AS all_three;

-- Of the time on the clock, an endless pause leaves what was before it.
SELECT sla_elapsed('2026-11-23 15:00', '2026-11-30 12:00', 'P2', 'standard', 'Europe/Warsaw', paused => '{[2026-11-23 16:00,)}') AS one,
	   sla_elapsed('2026-11-23 15:00', '2026-11-30 12:00', 'P2', 'standard', 'Europe/Warsaw', paused => '{(,)}') AS none,
	   sla_elapsed('2026-11-23 15:00', '2026-11-24 09:00', 'P1', 'premium', NULL,
				   paused => '{[2026-11-23 16:00,2026-11-23 20:00),[2026-11-24 08:00,2026-11-24 10:00)}') AS premium;

-- Over the night in which 02:00-03:00 comes twice, a pause is as long as it is.
SELECT sla_deadline('2025-10-25 22:00', 'P4', 'premium', NULL, paused => '{[2025-10-26 00:00,2025-10-26 06:00)}') AS autumn,
	   sla_deadline('2025-03-29 22:00', 'P4', 'premium', NULL, paused => '{[2025-03-30 00:00,2025-03-30 06:00)}') AS spring;

--
-- Rule 11. Zone arithmetic is the server's own. A zone is a name in
-- pg_timezone_names, in any case, or a fixed offset, east positive.
--
SET timezone = 'UTC';
SELECT zone, next_business_time('2026-07-20 00:00', 'Mo-Fr 08:00-17:00', zone)
FROM unnest('{Europe/Warsaw,europe/warsaw,EUROPE/WARSAW,UTC,Etc/GMT-2,+02:00,+02,-03:30,+14:00,-00:44:30}'::text[]) zone;

-- Anything else is an error: an abbreviation, a POSIX string, a zone with leap
-- seconds, a number, nothing.
SELECT is_business_time('2026-11-20', '24/7', 'IST');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'CEST');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'Foo1');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'CET-1CEST');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'CET-1CEST,M3.5.0,M10.5.0/3');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '<+03>-3');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'Europe/Atlantis');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '../../../etc/passwd');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', ' Europe/Warsaw');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '2');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '+2');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '+25:00');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', '+05:60');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', repeat('Europe/', 100));
\echo :LAST_ERROR_SQLSTATE
-- Some systems have no files of zones with leap seconds; either way it is refused.
\set VERBOSITY sqlstate
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'right/Europe/Warsaw');
\set VERBOSITY default

-- The zone in which the machine happens to be, in any case and folder, and the
-- file that says that nobody has set it.
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'localtime');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'LocalTime');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'posix/localtime');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'posixrules');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', 'Mo-Fr 08:00-17:00', 'Factory');
\echo :LAST_ERROR_SQLSTATE
SELECT is_business_time('2026-11-20', '24/7', 'posix/FACTORY');
\echo :LAST_ERROR_SQLSTATE

-- Every other name that the server lists is accepted.
SELECT count(*) > 300 AS many, bool_and(is_business_time('2026-11-20', '24/7', name)) AS all
FROM pg_timezone_names
WHERE name !~* '(^|/)(localtime|posixrules|factory)$';
-- The session's zone makes no difference.
SET timezone = 'Asia/Kathmandu';
SELECT business_time_add('2026-11-20 15:30+01', '3 hours', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw') AT TIME ZONE 'Europe/Warsaw';
SET timezone = 'UTC';
