-- What the reading views measure: of one clock, and of many.
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';

--
-- The month of an instant, in a zone
--

-- The wall clock of the zone decides.
SELECT local_month('2026-11-30 22:59:59.999999+00', 'Europe/Warsaw') AS still_november,
	local_month('2026-11-30 23:00+00', 'Europe/Warsaw') AS december,
	local_month('2026-11-30 23:00+00', 'America/New_York') AS november,
	local_month('2027-01-01 05:00+00', '-05:30') AS old_year;

-- Every month of two thousand years, at its first and its last microsecond, is
-- that of date_trunc(); in zones with gaps, folds and odd offsets too.
SELECT count(*) AS instants,
	count(*) FILTER (WHERE local_month(at, zone) <> date_trunc('month', at AT TIME ZONE zone)::date) AS different
FROM unnest('{UTC,Europe/Warsaw,Pacific/Apia,America/Sao_Paulo,Africa/Monrovia}'::text[]) AS zone,
	generate_series(timestamp '1000-01-01', '3000-01-01', '1 month') AS month,
	unnest('{0 seconds,-1 microsecond}'::interval[]) AS before,
	LATERAL (SELECT (month + before) AT TIME ZONE zone AS at) AS t;

-- The same with a constant zone, which a query looks up once.
SELECT count(*) AS instants,
	count(*) FILTER (WHERE local_month(at, 'Asia/Kathmandu') <>
		date_trunc('month', at AT TIME ZONE 'Asia/Kathmandu')::date) AS different
FROM generate_series(timestamptz '1985-11-01', '2030-01-01', '7 hours 11 minutes') AS at;

-- One site of a call, another zone: each row has its own. Dropping what a full
-- cache holds changes nothing.
SET ticket_priority.cache_size = '256kB';
SELECT count(*) > 200 AS many,
	count(*) FILTER (WHERE local_month('2026-03-31 20:00+00', name) <>
		date_trunc('month', '2026-03-31 20:00+00' AT TIME ZONE name)::date) AS different,
	count(*) FILTER (WHERE local_month(timestamptz '2026-03-31 20:00+00' + utc_offset * 0, 'Asia/Tokyo') <>
		'2026-04-01') AS not_april
FROM pg_timezone_names
WHERE name ~ '^(Africa|America|Asia|Europe)/';
RESET ticket_priority.cache_size;

-- Null: for null, for infinity, and in the month in which dates begin. The
-- other end is a date like any other.
SELECT local_month(NULL, 'UTC') IS NULL AS no_instant, local_month('2026-11-20', NULL) IS NULL AS no_zone,
	local_month('infinity', 'UTC') IS NULL AS infinite, local_month('-infinity', 'UTC') IS NULL AS minus_infinite,
	local_month('4714-11-24 00:00+00 BC', 'America/New_York') IS NULL AS before_dates,
	local_month('4714-11-30 23:59+00 BC', 'UTC') IS NULL AS first_month;
SELECT local_month('4714-12-01 00:00+00 BC', 'UTC'), local_month('294276-12-31 23:59:59.999999+00', '+15:00');

-- An unknown zone is an error, also beside infinity.
SELECT local_month('2026-11-20', 'Europe/Nowhere');
SELECT local_month('infinity', 'CET-1CEST');

--
-- Of one clock
--

SET timezone = 'Europe/Warsaw';

-- An office; a list of holidays by a calendar that is known until 2029; a plan
-- with targets, of which one changed and one ended; hours that do not open
-- again.
SET timezone = 'Europe/Warsaw';
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('moon', 'Days of the moon');
INSERT INTO business_holiday_rule (holidays, rule, name) VALUES ('moon', '1 Shawwal P3D', 'Feast');
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES
	('office', 'Mo-Fr 08:00-17:00; PH off', 'Europe/Warsaw'),
	('past', '2020 Mo-Fr 08:00-17:00', 'Europe/Warsaw');
INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES
	('gold', 'Gold', 'office', NULL), ('silver', 'Silver', NULL, 'gold'), ('past', 'Past', 'past', NULL),
	('bare', 'Bare', NULL, NULL);
INSERT INTO sla_target_rule (plan, priority, metric, valid_from, target, calendar, at_risk, goal) VALUES
	('gold', 'P1', 'resolution', '-infinity', '8 hours', NULL, 0.5, 0.9),
	('gold', 'P1', 'resolution', '2026-07-01', '4 hours', 'always', 0.75, 0.95),
	('gold', 'P2', 'resolution', '-infinity', '2 days', NULL, 0.75, NULL),
	('gold', 'P2', 'resolution', '2026-07-01', NULL, NULL, 0.75, 0.5),
	('gold', 'P3', 'resolution', '-infinity', '9 hours', NULL, 0.75, NULL),
	('past', 'P1', 'resolution', '-infinity', '8 hours', NULL, 0.75, NULL),
	('bare', 'P1', 'resolution', '-infinity', '8 hours', NULL, 0.75, NULL);
COMMIT;

-- The rule in force at the start tells the hours, from whenever it is measured: of
-- the office for the clock of June, round the clock for that of July. A calendar
-- that is given replaces them.
SELECT started_at, _sla_clock_time(since, '2026-07-06 09:00', started_at, 'P1', 'gold', NULL, 'resolution', NULL, NULL, NULL) AS elapsed,
	_sla_clock_time(since, '2026-07-06 09:00', started_at, 'P1', 'gold', NULL, 'resolution', NULL, NULL, 'office') AS in_the_office
FROM unnest('{2026-06-30 16:00, 2026-07-03 12:00}'::timestamptz[]) AS started_at,
	LATERAL (VALUES (started_at), ('2026-07-03 16:00')) AS s (since);

-- Pauses do not count, and a clock is not read backwards.
SELECT _sla_clock_time(t, '2026-06-22 13:00', t, 'P1', 'gold', NULL, 'resolution', '{[2026-06-22 09:00,2026-06-22 12:00)}', NULL, NULL) AS elapsed,
	_sla_clock_time(t, '2026-06-01', t, 'P1', 'gold', NULL, 'resolution', NULL, NULL, NULL) AS before
FROM (VALUES (timestamptz '2026-06-22 08:00')) AS v (t);

-- Goals go with targets: where the target ended there is none to reach.
SELECT at, _sla_clock_goal('P1', 'gold', 'resolution', at) AS p1, _sla_clock_goal('P1', 'silver', 'resolution', at) AS of_gold,
	_sla_clock_goal('P2', 'gold', 'resolution', at) AS p2, _sla_clock_goal('P1', 'gold', 'first_response', at) AS no_rule,
	_sla_clock_goal('P1', 'bronze', 'resolution', at) AS no_plan, _sla_clock_goal('P1', 'gold', 'nothing', at) AS no_metric
FROM unnest('{2026-06-30, 2026-07-01}'::timestamptz[]) AS at;

-- A plan without a target has hours, so time is measured.
SELECT _sla_clock_time(t, '2026-06-23 09:00', t, 'P4', 'gold', NULL, 'resolution', NULL, NULL, NULL) AS elapsed
FROM (VALUES (timestamptz '2026-06-22 08:00')) AS v (t);

-- Nothing is an error: where sla_elapsed() has one, this has null.
CREATE TABLE odd (
	what text,
	opened_at timestamptz DEFAULT '2026-06-22 08:00',
	until timestamptz DEFAULT '2026-06-23 09:00',
	priority ticket_priority DEFAULT 'P1',
	plan text DEFAULT 'gold',
	time_zone text,
	metric text DEFAULT 'resolution',
	holidays text,
	calendar text
);
INSERT INTO odd (what) VALUES ('nothing odd');
INSERT INTO odd (what, plan) VALUES ('unknown plan', 'bronze'), ('no plan', NULL), ('never opens again', 'past'),
	('target without hours', 'bare');
INSERT INTO odd (what, calendar) VALUES ('unknown calendar', 'nowhere'), ('a calendar', 'always');
INSERT INTO odd (what, time_zone) VALUES ('unknown zone', 'Europe/Nowhere'), ('the same again', 'Europe/Nowhere'),
	('abbreviation', 'CEST'), ('no name', ''), ('long name', repeat('x', 300)), ('strange name', U&'\+01F642');
INSERT INTO odd (what, plan, metric) VALUES ('zone needed and missing', 'standard', 'first_response');
INSERT INTO odd (what, plan, metric, time_zone) VALUES ('unknown zone, open always', 'premium', 'first_response', 'Nowhere');
INSERT INTO odd (what, holidays) VALUES ('unknown list', 'XX'), ('a list', 'moon');
INSERT INTO odd (what, holidays, priority, opened_at, until)
VALUES ('year without an answer', 'moon', 'P3', '2050-06-22', '2050-06-23'),
	('not so far', 'moon', 'P3', '2029-06-22', '2029-06-23');
INSERT INTO odd (what, opened_at, until) VALUES ('opened nowhere in time', 'infinity', '2026-06-22'),
	('not opened', NULL, '2026-06-22'), ('open for ever', '2026-06-22', 'infinity'), ('not until', '2026-06-22', NULL),
	('all of time', '4714-11-24 00:00+00 BC', '294276-12-31 23:59+00'), ('end of time', '294276-12-31 23:00+00', '294276-12-31 23:59+00');
INSERT INTO odd (what, plan, metric, opened_at, until)
VALUES ('all of time, open always', 'premium', 'first_response', '4714-11-24 00:00+00 BC', '294276-12-31 23:59+00');
INSERT INTO odd (what, priority, metric) VALUES ('no priority', NULL, DEFAULT), ('no metric', 'P1', NULL), ('unknown metric', 'P1', 'nothing');

SET timezone = 'UTC';
CREATE FUNCTION attempt(clock odd) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN coalesce(sla_elapsed(clock.opened_at, clock.until, clock.priority, clock.plan, clock.time_zone, clock.metric, NULL,
		clock.holidays, clock.calendar)::text, 'null');
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
\pset null -
SELECT what, attempt(odd) AS sla_elapsed,
	_sla_clock_time(opened_at, until, opened_at, priority, plan, time_zone, metric, NULL, holidays, calendar)
FROM odd;

-- The plan and the zone as constants of the query, which are looked up once.
SELECT count(*) AS clocks,
	count(_sla_clock_time(opened_at, until, opened_at, 'P1', 'bronze', NULL, 'resolution', NULL, NULL, NULL)) AS unknown_plan,
	count(_sla_clock_time(opened_at, until, opened_at, 'P1', 'gold', 'Europe/Nowhere', 'resolution', NULL, NULL, NULL)) AS unknown_zone,
	count(_sla_clock_time(opened_at, until, opened_at, 'P1', 'gold', 'UTC', 'resolution', NULL, NULL, NULL)) AS known,
	count(_sla_clock_goal('P1', 'bronze', 'resolution', opened_at)) AS unknown_goal
FROM odd
WHERE what ~ 'zone' AND what <> 'zone needed and missing';
\pset null ''

-- Names that lead nowhere until the transaction ends.
BEGIN;
DELETE FROM business_calendar WHERE calendar = 'office';
SELECT attempt(odd), _sla_clock_time(opened_at, until, opened_at, priority, plan, NULL, metric, NULL, NULL, NULL) IS NULL AS no_gold,
	_sla_clock_time(opened_at, until, opened_at, priority, 'silver', NULL, metric, NULL, NULL, NULL) IS NULL AS no_silver
FROM odd WHERE what = 'nothing odd';
ROLLBACK;

-- No warning, however far a report goes: the list is not known so far.
SELECT sla_elapsed('2026-06-22', '2028-06-22', 'P1', 'gold', holidays => 'SA', metric => 'resolution') =
	_sla_clock_time('2026-06-22', '2028-06-22', '2026-06-22', 'P1', 'gold', NULL, 'resolution', NULL, 'SA', NULL) AS same;
SELECT _sla_clock_time('2026-06-22', '2028-06-22', '2026-06-22', 'P1', 'gold', NULL, 'resolution', NULL, 'SA', NULL) IS NOT NULL AS known;

-- The same as sla_elapsed() of random clocks, and the time on one part of it and
-- on the other make that of both.
SELECT setseed(0.5);
CREATE TABLE random_clock AS
SELECT timestamptz '2020-01-01' + random() * interval '10 years' AS t,
	random() * interval '30 days' AS lasted, random() AS part,
	random() * interval '5 days' AS paused_after, random() * interval '20 days' AS paused_for,
	('P' || floor(random() * 4) + 1)::ticket_priority AS priority,
	(ARRAY['standard', 'premium', 'trial', 'community', 'gold', 'silver'])[1 + floor(random() * 6)] AS plan,
	(ARRAY['Europe/Warsaw', 'Asia/Tokyo', 'America/New_York', '+05:30'])[1 + floor(random() * 4)] AS time_zone,
	(ARRAY['first_response', 'resolution'])[1 + floor(random() * 2)] AS metric,
	(ARRAY['PL', 'US', NULL])[1 + floor(random() * 3)] AS holidays,
	(ARRAY['standard', 'office', NULL])[1 + floor(random() * 3)] AS calendar
FROM generate_series(1, 3000);
SELECT count(measured) > 2000 AS many, count(*) FILTER (WHERE measured IS DISTINCT FROM
		sla_elapsed(t, t + lasted, priority, plan, time_zone, metric, paused, holidays, calendar)) AS other,
	count(*) FILTER (WHERE measured IS DISTINCT FROM
		_sla_clock_time(t, t + part * lasted, t, priority, plan, time_zone, metric, paused, holidays, calendar) +
		_sla_clock_time(t + part * lasted, t + lasted, t, priority, plan, time_zone, metric, paused, holidays, calendar)) AS other_sum
FROM random_clock,
	LATERAL (SELECT CASE WHEN priority < 'P3' THEN
		tstzmultirange(tstzrange(t + paused_after, t + paused_after + paused_for)) END AS paused) AS p,
	LATERAL (SELECT _sla_clock_time(t, t + lasted, t, priority, plan, time_zone, metric, paused, holidays, calendar) AS measured) AS m;

DROP TABLE random_clock;
\set VERBOSITY terse
DROP TABLE odd CASCADE;
\set VERBOSITY default
DELETE FROM sla_target_rule WHERE plan IN ('gold', 'past', 'bare');
DELETE FROM support_plan WHERE plan IN ('gold', 'silver', 'past', 'bare');
DELETE FROM business_calendar WHERE calendar IN ('office', 'past');
DELETE FROM business_holiday_rule WHERE holidays = 'moon';
DELETE FROM business_holiday_list WHERE holidays = 'moon';

--
-- The tally
--

-- Clocks by status, and the percentiles of those that stopped: of
-- 1, 2, 3, 4 and 10 hours the median is 3, and nine tenths of the way from the
-- first to the last is six tenths of the way from 4 to 10. The one that is
-- still open does not count in them, however long it takes.
SELECT (sla_tally(status, elapsed)).*
FROM (VALUES
	('met'::sla_status, interval '2:00'), ('met', '1:00'), ('met', '3:00'), ('met', NULL),
	('missed', '10:00'), ('missed', '4:00'),
	('on_track', '0:30'), ('at_risk', '2:45'), ('paused', '1:00'), ('overdue', '50:00'),
	('no_target', '5:00'), ('unknown', NULL), ('unknown', NULL), ('cancelled', '9:00'), ('cancelled', NULL),
	('cancelled', '9:00')) AS t (status, elapsed) \gx

-- What has no status counts nowhere.
SELECT sla_tally(NULL, '1:00');
SELECT sla_tally(status, elapsed)
FROM (VALUES ('met'::sla_status, interval '2:00'), (NULL, '4:00'), (NULL, NULL)) AS t (status, elapsed);

-- No rows; rows that did not stop; one that did; two.
SELECT sla_tally(status, elapsed)
FROM (VALUES ('met'::sla_status, interval '2:00')) AS t (status, elapsed) WHERE false;
SELECT sla_tally('on_track', '1:00');
SELECT sla_tally('met', '1:00');
SELECT sla_tally(status, elapsed)
FROM (VALUES ('missed'::sla_status, interval '0:00:03'), ('met', '0:00:01')) AS t (status, elapsed);

-- Days are hours, whatever comes out has a time part only; months are an error.
SELECT sla_tally('met', '2 days 01:00');
SELECT sla_tally('met', '1 month');
-- What lies between two that are too far apart is no interval.
SELECT sla_tally('met', elapsed) FROM (VALUES (interval '-2562047788:00:54'), ('2562047788:00:54')) AS t (elapsed);

-- The same as plain SQL says, over random groups: small ones and large
-- ones, with many, few or no equal durations, rising, falling.
CREATE TABLE measured (
	id integer,
	kind integer,
	status sla_status,
	elapsed interval
);
SELECT setseed(0.25);
INSERT INTO measured
SELECT g, g % 61,
	(ARRAY['met', 'missed', 'met', 'missed', 'met', 'on_track', 'at_risk', 'paused', 'overdue', 'no_target',
		'unknown', 'cancelled', NULL])[1 + floor(random() * 13)]::sla_status,
	CASE WHEN random() < 0.1 THEN NULL
		WHEN g % 61 < 10 THEN floor(random() * 3) * interval '1 hour'
		WHEN g % 61 < 20 THEN g * interval '1 second'
		WHEN g % 61 < 30 THEN (30000 - g) * interval '1 second'
		ELSE floor(random() * 1e12) * interval '1 microsecond' END
FROM generate_series(1, 20000) AS g
WHERE g % 61 < 55 OR g < (g % 61 - 54) * 61;

-- And of many in a kind, of which a few are looked at: of all sizes, tiny, of
-- both signs, nearly all equal, half of them equal, huge, and just enough.
INSERT INTO measured
SELECT g, kind, 'met', CASE kind
		WHEN 61 THEN floor(exp(random() * 40)) * interval '1 microsecond'
		WHEN 62 THEN floor(random() * 40) * interval '1 microsecond'
		WHEN 63 THEN floor((random() - 0.5) * 1e9) * interval '1 microsecond'
		WHEN 64 THEN CASE WHEN g % 100 = 0 THEN random() * interval '1 hour' ELSE interval '1 hour' END
		WHEN 65 THEN CASE WHEN g % 2 = 0 THEN floor(random() * 1e10) * interval '1 microsecond' ELSE interval '1 hour' END
		WHEN 66 THEN (1e18::bigint + floor(random() * 8e18)) * interval '1 microsecond'
		WHEN 67 THEN floor(exp(g / 40.0)) * interval '1 microsecond'
		WHEN 68 THEN floor(exp((1200 - g) / 40.0)) * interval '1 microsecond'
		ELSE floor(exp(random() * 20)) * interval '1 microsecond' END
FROM generate_series(61, 80) AS kind,
	generate_series(1, CASE WHEN kind < 69 THEN 1200 ELSE 160 + kind END) AS g;

CREATE VIEW plain_tally AS
SELECT kind,
	count(*) FILTER (WHERE status IS NOT NULL) AS clocks,
	count(*) FILTER (WHERE status = 'met') AS met,
	count(*) FILTER (WHERE status = 'missed') AS missed,
	count(*) FILTER (WHERE status = 'on_track') AS on_track,
	count(*) FILTER (WHERE status = 'at_risk') AS at_risk,
	count(*) FILTER (WHERE status = 'paused') AS paused,
	count(*) FILTER (WHERE status = 'overdue') AS overdue,
	count(*) FILTER (WHERE status = 'no_target') AS no_target,
	count(*) FILTER (WHERE status = 'unknown') AS unknown,
	count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
	percentile_cont(0.50) WITHIN GROUP (ORDER BY elapsed) FILTER (WHERE status IN ('met', 'missed')) AS p50,
	percentile_cont(0.90) WITHIN GROUP (ORDER BY elapsed) FILTER (WHERE status IN ('met', 'missed')) AS p90,
	percentile_cont(0.95) WITHIN GROUP (ORDER BY elapsed) FILTER (WHERE status IN ('met', 'missed')) AS p95,
	max(elapsed) FILTER (WHERE status IN ('met', 'missed')) AS worst
FROM measured
GROUP BY GROUPING SETS ((kind), ());
CREATE VIEW tally AS
SELECT kind, (sla_tally(status, elapsed)).*
FROM measured
GROUP BY GROUPING SETS ((kind), ());

SELECT count(*) AS groups, min(clocks) < 3 AS small, max(clocks) > 10000 AS large FROM plain_tally;
TABLE tally EXCEPT TABLE plain_tally;
TABLE plain_tally EXCEPT TABLE tally;

-- Of few clocks too: the first ones of each kind, none to nine.
SELECT n, kind
FROM generate_series(0, 9) AS n, generate_series(0, 60, 3) AS k (kind),
	LATERAL (
		SELECT sla_tally(status, elapsed) AS t,
			percentile_cont('{0.5,0.9,0.95,1}'::float8[]) WITHIN GROUP (ORDER BY elapsed)
				FILTER (WHERE status IN ('met', 'missed')) AS p
		FROM (SELECT status, elapsed FROM measured WHERE measured.kind = k.kind ORDER BY id LIMIT n) AS few) AS both_ways
WHERE ARRAY[(t).p50, (t).p90, (t).p95, (t).worst] IS DISTINCT FROM coalesce(p, '{NULL,NULL,NULL,NULL}');

-- As a window: the state goes on after it was asked.
SELECT count(*) AS rows,
	count(*) FILTER (WHERE (t).p90 IS DISTINCT FROM (
		SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY elapsed)
		FROM measured AS m
		WHERE m.kind = 7 AND m.id <= running.id AND status IN ('met', 'missed'))) AS different
FROM (SELECT id, sla_tally(status, elapsed) OVER (ORDER BY id) AS t FROM measured WHERE kind = 7) AS running;

-- In parallel: each worker tallies its part, and the parts are added up.
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL parallel_leader_participation = off;
ALTER TABLE measured SET (parallel_workers = 2);
EXPLAIN (COSTS OFF) SELECT sla_tally(status, elapsed) FROM measured;
SELECT kind, (sla_tally(status, elapsed)).* FROM measured GROUP BY kind
EXCEPT TABLE plain_tally;
SELECT NULL::integer AS kind, (sla_tally(status, elapsed)).* FROM measured
EXCEPT TABLE plain_tally;
-- Workers that see no row at all, or none that stopped.
SELECT sla_tally(status, elapsed) FROM measured WHERE id < 0;
SELECT (sla_tally(status, elapsed)).clocks > 0 AS clocks, (sla_tally(status, elapsed)).worst
FROM measured WHERE status = 'unknown';
ROLLBACK;

-- Partitions that are tallied apart.
CREATE TABLE parted (LIKE measured) PARTITION BY LIST (kind);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES IN (0, 1, 2);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted TABLE measured;
ANALYZE parted;
BEGIN;
SET LOCAL enable_partitionwise_aggregate = on;
SET LOCAL max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF) SELECT sla_tally(status, elapsed) FROM parted;
SELECT NULL::integer AS kind, (sla_tally(status, elapsed)).* FROM parted
EXCEPT TABLE plain_tally;
ROLLBACK;

\set VERBOSITY terse
DROP TABLE parted, measured CASCADE;
