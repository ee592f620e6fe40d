-- What the views of tracked tickets measure: of one ticket, and of many.
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
-- Shares and lateness
--

-- Half of it, all of it, more than all; days are 24 hours.
SELECT share_used('1:30', '3:00') AS half, share_used('3:00', '3:00') AS whole, share_used('3:45', '3:00') AS more,
	share_used('0', '3:00') AS none, share_used('1 day', '24:00') AS day, share_used('-1:00', '4:00') AS before;

-- Nothing is a share of no time.
SELECT share_used('1:00', '0') IS NULL AS of_nothing, share_used('1:00', '-1:00') IS NULL AS of_less,
	share_used(NULL, '1:00') IS NULL AS no_elapsed, share_used('1:00', NULL) IS NULL AS no_target;
SELECT share_used('1 month', '1:00');
SELECT share_used('1:00', '1 year');

-- Late is wall time after the deadline, in hours, whatever the days; at the
-- deadline itself nothing is late (rule 8).
SELECT late_by('2026-11-20 17:00', '2026-11-23 08:00') AS over_a_weekend,
	late_by('2026-11-20 17:00', '2026-11-20 17:00:00.000001') AS hardly,
	late_by('2026-11-20 17:00', '2026-11-20 17:00') IS NULL AS at_the_deadline,
	late_by('2026-11-20 17:00', '2026-11-20 16:00') IS NULL AS before;

-- It is the time that passes: the clocks of Warsaw change in this night.
SET timezone = 'Europe/Warsaw';
SELECT late_by('2026-10-24 12:00', '2026-10-25 12:00');
SET timezone = 'UTC';

-- Nothing is late against no deadline, or by a time that has no end or that no
-- interval holds.
SELECT late_by('infinity', 'infinity') IS NULL AS never_due, late_by('-infinity', '2026-11-20') IS NULL AS always_due,
	late_by('2026-11-20', 'infinity') IS NULL AS never_answered,
	late_by('4714-11-24 00:00+00 BC', '294276-12-31 23:59:59+00') IS NULL AS too_long,
	late_by(NULL, '2026-11-20') IS NULL AS no_deadline, late_by('2026-11-20', NULL) IS NULL AS no_instant;

--
-- The tally
--

-- Tickets by status, and the percentiles of those that were answered: of
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

-- No rows; rows without an answer; one answer; two.
SELECT sla_tally(status, elapsed)
FROM (VALUES ('met'::sla_status, interval '2:00')) AS t (status, elapsed) WHERE false;
SELECT sla_tally('on_track', '1:00');
SELECT sla_tally('met', '1:00');
SELECT sla_tally(status, elapsed)
FROM (VALUES ('missed'::sla_status, interval '0:00:03'), ('met', '0:00:01')) AS t (status, elapsed);

-- Days are hours, whatever comes out has a time part only; months are an error.
SELECT sla_tally('met', '2 days 01:00');
SELECT sla_tally('met', '1 month');

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

CREATE VIEW plain_tally AS
SELECT kind,
	count(*) FILTER (WHERE status IS NOT NULL) AS tickets,
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

SELECT count(*) AS groups, min(tickets) < 3 AS small, max(tickets) > 10000 AS large FROM plain_tally;
TABLE tally EXCEPT TABLE plain_tally;
TABLE plain_tally EXCEPT TABLE tally;

-- Of few tickets too: the first ones of each kind, none to nine.
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
-- Workers that see no row at all, or no answer.
SELECT sla_tally(status, elapsed) FROM measured WHERE id < 0;
SELECT (sla_tally(status, elapsed)).tickets > 0 AS tickets, (sla_tally(status, elapsed)).worst
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
