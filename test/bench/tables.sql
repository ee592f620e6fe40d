-- What is measured, and what it is measured against.  In: the variables rows
-- and module.

CREATE EXTENSION ticket_priority;
CREATE SCHEMA bench;
SET search_path = bench, public;
SELECT setseed(0.42);

-- ---------------------------------------------------------------- no-ops

CREATE FUNCTION noop_plus(timestamptz, interval) RETURNS timestamptz
AS :'module', 'first_argument' LANGUAGE C STABLE STRICT;
CREATE FUNCTION noop_deadline(opened_at timestamptz, priority ticket_priority,
	plan text, time_zone text DEFAULT NULL, metric text DEFAULT 'first_response',
	paused tstzmultirange DEFAULT NULL, holidays text DEFAULT NULL,
	calendar text DEFAULT NULL, target interval DEFAULT NULL) RETURNS timestamptz
AS :'module', 'first_argument' LANGUAGE C STABLE;
CREATE FUNCTION array_deadline(opened_at timestamptz, priority ticket_priority,
	plan text, time_zone text DEFAULT NULL, metric text DEFAULT 'first_response',
	paused tstzmultirange DEFAULT NULL, holidays text DEFAULT NULL,
	calendar text DEFAULT NULL, target interval DEFAULT NULL) RETURNS timestamptz
AS :'module', 'array_lookup' LANGUAGE C STABLE;
CREATE FUNCTION noop_add(timestamptz, interval, business_hours, text) RETURNS timestamptz
AS :'module', 'first_argument' LANGUAGE C IMMUTABLE STRICT;
CREATE FUNCTION noop_between(timestamptz, timestamptz, business_hours, text) RETURNS interval
AS :'module', 'an_interval' LANGUAGE C IMMUTABLE STRICT;
CREATE FUNCTION noop_calendar(start timestamptz, amount interval, calendar text,
	time_zone text DEFAULT NULL, holidays text DEFAULT NULL) RETURNS timestamptz
AS :'module', 'first_argument' LANGUAGE C STABLE;
CREATE FUNCTION noop_priority(ticket_urgency, ticket_impact) RETURNS ticket_priority
AS :'module', 'first_argument' LANGUAGE C IMMUTABLE STRICT;

-- ---------------------------------------------------------------- timing

CREATE FUNCTION processor_time() RETURNS bigint
AS :'module', 'processor_time' LANGUAGE C VOLATILE;
CREATE FUNCTION wall_time() RETURNS bigint
AS :'module', 'wall_time' LANGUAGE C VOLATILE;

-- What a query of one row costs by a clock, in nanoseconds.
CREATE FUNCTION cost_by_processor_time(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	start bigint := bench.processor_time();
	ignored record;
BEGIN
	EXECUTE query INTO ignored;
	RETURN bench.processor_time() - start;
END $$;
CREATE FUNCTION cost_by_wall_time(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	start bigint := bench.wall_time();
	ignored record;
BEGIN
	EXECUTE query INTO ignored;
	RETURN bench.wall_time() - start;
END $$;

-- --------------------------------------------------------------- tickets

-- 400 zones that people live in, always the same ones of a server.
CREATE UNLOGGED TABLE zone (
	id int PRIMARY KEY,
	name text NOT NULL
);
INSERT INTO zone
SELECT row_number() OVER (ORDER BY md5(name)), name
FROM pg_timezone_names
WHERE name LIKE '%/%' AND name !~ '^(posix|right|Etc|SystemV|US)/'
ORDER BY md5(name) LIMIT 400;

CREATE UNLOGGED TABLE ticket AS
SELECT i AS id,
	timestamptz '2022-01-01 00:00+00' + random() * 157680000 * interval '1 second' AS opened_at,
	(enum_range(NULL::ticket_urgency))[1 + floor(random() * 3)] AS urgency,
	(enum_range(NULL::ticket_impact))[1 + floor(random() * 3)] AS impact,
	(enum_range(NULL::ticket_priority))[1 + floor(random() * 4)] AS priority,
	('{community,trial,standard,premium}'::text[])[1 + floor(random() * 4)] AS plan,
	1 + floor(random() * (SELECT count(*) FROM zone))::int AS zone_id,
	NULL::text AS time_zone
FROM generate_series(1, :rows) AS i;
UPDATE ticket AS t SET time_zone = z.name FROM zone AS z WHERE z.id = t.zone_id;

-- The same in the order of id, without dead rows; and some for what is slow.
CREATE UNLOGGED TABLE tickets AS SELECT * FROM ticket ORDER BY id;
CREATE UNLOGGED TABLE some_tickets AS SELECT * FROM ticket ORDER BY id LIMIT 50000;
CREATE UNLOGGED TABLE few_tickets AS SELECT * FROM ticket ORDER BY id LIMIT 2000;
CREATE UNLOGGED TABLE recent_tickets AS
SELECT date_trunc('hour', now()) - random() * interval '90 days' AS opened_at, priority, plan, time_zone
FROM ticket ORDER BY id;
CREATE UNLOGGED TABLE few_recent AS SELECT * FROM recent_tickets LIMIT 2000;
DROP TABLE ticket;

-- ------------------------------------------------------------- plain SQL

-- What a good plain-SQL solution keeps: the office hours, and what turns a time
-- in them into a clock that runs only while the office is open, and back.  A
-- deadline is two index-only look-ups.  All arithmetic is on timestamps and on
-- intervals without days, the fastest that there is.  There are two ways.

-- Hours on the wall clock, for all zones at once.  Right as long as no zone's
-- offset changes in office hours.
CREATE UNLOGGED TABLE office_day AS
SELECT opens, closes,
	make_interval(secs => extract(epoch FROM opens - clock_opens)) AS shift,
	clock_opens + (closes - opens) AS clock_closes
FROM (
	SELECT d + interval '8 hours' AS opens, d + interval '17 hours' AS closes,
		timestamp '2000-01-01' + (row_number() OVER (ORDER BY d) - 1) * interval '9 hours' AS clock_opens
	FROM generate_series(timestamp '2021-12-20', timestamp '2027-01-20', interval '1 day') AS d
	WHERE extract(isodow FROM d) < 6) AS p
ORDER BY opens;
CREATE UNIQUE INDEX ON office_day (opens) INCLUDE (closes, shift);
CREATE UNIQUE INDEX ON office_day (clock_closes) INCLUDE (shift);

-- Hours of each zone as instants.
CREATE UNLOGGED TABLE office_period AS
SELECT zone_id, opens, closes,
	make_interval(secs => extract(epoch FROM opens - clock_opens)) AS shift,
	clock_opens + (closes - opens) AS clock_closes
FROM (
	SELECT zone_id, opens, closes,
		timestamptz '2000-01-01 00:00+00' + make_interval(secs => extract(epoch FROM
			sum(closes - opens) OVER (PARTITION BY zone_id ORDER BY opens)
			- (closes - opens))) AS clock_opens
	FROM (
		SELECT z.id AS zone_id, d.opens AT TIME ZONE z.name AS opens,
			d.closes AT TIME ZONE z.name AS closes
		FROM zone AS z, office_day AS d) AS p) AS q
ORDER BY zone_id, opens;
CREATE UNIQUE INDEX ON office_period (zone_id, opens) INCLUDE (closes, shift);
CREATE UNIQUE INDEX ON office_period (zone_id, clock_closes) INCLUDE (shift);

CREATE UNLOGGED TABLE office_target AS
SELECT * FROM (VALUES ('P1'::ticket_priority, interval '1 hour'), ('P2', '3 hours'),
	('P3', '8 hours'), ('P4', '24 hours')) AS t (priority, target);

-- What helpdesks do: walk from day to day, on the wall clock.
CREATE FUNCTION walk(opened_at timestamptz, target interval, time_zone text) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
	at timestamp := opened_at AT TIME ZONE time_zone;
	day timestamp := date_trunc('day', at);
	rest interval := target;
	opens timestamp;
BEGIN
	LOOP
		IF extract(isodow FROM day) < 6 THEN
			opens := greatest(at, day + interval '8 hours');
			IF opens + rest <= day + interval '17 hours' THEN
				RETURN (opens + rest) AT TIME ZONE time_zone;
			END IF;
			rest := rest - greatest(day + interval '17 hours' - opens, interval '0');
		END IF;
		day := day + interval '1 day';
	END LOOP;
END $$;

-- --------------------------------------------------------------- targets

-- 25000 versions of each target, one an hour; 100, one in ten days; and one.  Each
-- says something else than the one before.
INSERT INTO support_plan (plan, title, calendar, position)
VALUES ('bench versions', 'Versions', 'standard', 11), ('bench 100', 'A hundred', 'standard', 12), ('bench one', 'One', 'standard', 13);
INSERT INTO sla_target_rule (plan, priority, metric, valid_from, target)
SELECT 'bench one', priority, 'first_response', '-infinity', target FROM office_target
UNION ALL
SELECT 'bench versions', priority, 'first_response', timestamptz '2024-01-01 00:00+00' + i * interval '1 hour', target + i % 13 * interval '1 minute'
FROM office_target, generate_series(1, 25000) AS i
UNION ALL
SELECT 'bench 100', priority, 'first_response', timestamptz '2024-01-01 00:00+00' + i * interval '250 hours', target + i % 13 * interval '1 minute'
FROM office_target, generate_series(1, 100) AS i
UNION ALL
SELECT plan, priority, 'first_response', '-infinity', target FROM office_target, unnest('{bench versions,bench 100}'::text[]) AS plan;

-- ------------------------------------------------------------- calendars

-- One of 14 holidays of a year, n from 1; another shift, other dates.
CREATE FUNCTION holiday(n int, shift int DEFAULT 0) RETURNS text LANGUAGE sql AS $$
	SELECT to_char(date '2001-01-01' + (n * 25 + shift) % 365, 'MM-DD')
$$;

-- The same 14 holidays, as days of 20 years and as rules; and dates by the moon.
INSERT INTO business_holiday_list (holidays, title)
VALUES ('bench days', 'Days'), ('bench rules', 'Rules'), ('bench moon', 'Umm al-Qura');
INSERT INTO business_holiday (holidays, day)
SELECT 'bench days', (year || '-' || bench.holiday(n))::date
FROM generate_series(2015, 2034) AS year, generate_series(1, 14) AS n;
INSERT INTO business_holiday_rule (holidays, rule)
SELECT 'bench rules', bench.holiday(n) FROM generate_series(1, 14) AS n
UNION ALL
VALUES ('bench moon', '1 Shawwal P3D'), ('bench moon', '10 Dhu al-Hijjah P4D');

INSERT INTO business_calendar (calendar, hours, holidays)
VALUES ('bench plain', 'Mo-Fr 08:00-17:00', NULL),
	('bench none', 'Mo-Fr 08:00-17:00; PH off', NULL),
	('bench days', 'Mo-Fr 08:00-17:00; PH off', 'bench days'),
	('bench rules', 'Mo-Fr 08:00-17:00; PH off', 'bench rules');

VACUUM ANALYZE;
CHECKPOINT;
