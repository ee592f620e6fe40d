-- Tables with the columns of the views that sla_track() makes, filled with
-- invented tickets, the same ones at every run.
--
-- In: schema and table, names as they are; plans, an array of names; months and
-- tickets, counts; goal, a share or nothing; misses, on or off; resolution, on or
-- off.  The reporting zone is Europe/Warsaw, and "now" is an afternoon of November 2026.

\set sla :table _sla
\set compliance :table _sla_compliance
\set misses_view :table _sla_misses
\set backlog :table _sla_backlog

SET search_path = public;
SET timezone = 'Europe/Warsaw';
CREATE SCHEMA IF NOT EXISTS :"schema";

-- A few rows in a hundred are odd: no plan, no opening, cancelled.
CREATE TABLE :"schema".:"sla" AS
WITH ticket AS MATERIALIZED (
	SELECT n AS id, (:'plans'::text[])[1 + mod(n * 7 + n / 3, cardinality(:'plans'::text[]))] AS plan,
	       (enum_range(NULL::ticket_priority))[ceil(4 * (hashtextextended(n::text, 1) & 1023 | 1) / 1024.0)] AS priority,
	       n % 97 = 5 AS planless, n % 331 = 7 AS undated, n % 43 = 3 AS cancelled,
	       least(timestamptz '2026-11-04 16:00',
	             timestamptz '2026-12-01 00:00' - :months * interval '1 month'
	             + n * (timestamptz '2026-11-04 16:00'
	                    - (timestamptz '2026-12-01 00:00' - :months * interval '1 month')) / :tickets)
	       AS about
	  FROM generate_series(1, :tickets) AS n
), dated AS MATERIALIZED (
	-- by day more than by night, and few at weekends
	SELECT t.*, CASE WHEN NOT undated THEN least(about, date_trunc('day', about)
	            - CASE WHEN extract(isodow FROM about) > 5 AND id % 4 > 0 THEN interval '3 days' ELSE '0' END
	            + interval '1 second' * round(86399 * ((hashtextextended(id::text, 2) & 1023)
	              + (hashtextextended(id::text, 3) & 1023) + (hashtextextended(id::text, 4) & 1023)) / 3072.0)) END AS opened_at
	  FROM ticket AS t
), clock AS MATERIALIZED (
	SELECT t.*, m.metric,
	       CASE WHEN plan <> 'community' THEN
	            make_interval(hours => (ARRAY[1, 3, 8, 24])[array_position(enum_range(NULL::ticket_priority), priority)]
	                                   * CASE m.metric WHEN 'resolution' THEN 8 ELSE 1 END) END AS target,
	       CASE WHEN :'misses'::boolean THEN -ln(1 - (hashtextextended(id::text || m.metric, 5) & 65535) / 65536.0) * 0.34
	            ELSE (hashtextextended(id::text || m.metric, 5) & 65535) / 66000.0 END AS share
	  FROM dated AS t
	 CROSS JOIN (VALUES ('first_response'::sla_metric), ('resolution')) AS m (metric)
	 WHERE m.metric = 'first_response' OR :'resolution'::boolean
), answer AS MATERIALIZED (
	SELECT c.*, opened_at + target AS due_at,
	       nullif(greatest(opened_at + date_trunc('second', coalesce(target, '9 hours') * share), '2026-11-04 16:00'), '2026-11-04 16:00') IS NULL
	       AND NOT cancelled AS answered,
	       opened_at + date_trunc('second', coalesce(target, '9 hours') * share) AS stop
	  FROM clock AS c
), row_of AS (
	SELECT id, metric, CASE WHEN NOT planless THEN plan END AS plan, priority, target, due_at,
	       opened_at + 0.75 * target AS at_risk_at,
	       CASE WHEN answered THEN stop ELSE timestamptz '2026-11-04 16:00' END - opened_at AS elapsed,
	       CASE WHEN answered THEN stop END AS answered_at, opened_at,
	       CASE WHEN cancelled THEN 'cancelled'::sla_status
	            WHEN planless OR undated THEN 'unknown'
	            ELSE sla_status(due_at, CASE WHEN answered THEN stop END, '2026-11-04 16:00', opened_at + 0.75 * target, id % 50 = 9) END AS status
	  FROM answer
)
SELECT id, metric, plan, priority, target, due_at, at_risk_at,
       make_interval(secs => extract(epoch FROM elapsed)::float8) AS elapsed, target - elapsed AS remaining,
       (extract(epoch FROM elapsed) / extract(epoch FROM target))::float8 AS used,
       status, opened_at, answered_at,
       CASE WHEN status IN ('missed', 'overdue') THEN make_interval(secs => extract(epoch FROM elapsed - target)::float8) END AS late_by,
       CASE WHEN status IN ('missed', 'overdue') THEN make_interval(secs => extract(epoch FROM elapsed - target)::float8 / 3) END AS late_by_business,
       date_trunc('month', opened_at)::date AS opened_month, date_trunc('month', due_at)::date AS due_month
  FROM row_of;

CREATE TABLE :"schema".:"misses_view" AS
SELECT id, metric, plan, priority, target, due_at, answered_at, status, opened_at, late_by, late_by_business,
       elapsed AS wall, elapsed * 0.5 AS open, elapsed * 0.125 AS paused, elapsed * 0.375 AS closed,
       CASE WHEN id % 5 > 0 THEN elapsed * 0.25 END AS before_first_touch,
       CASE WHEN id % 5 > 0 THEN jsonb_build_object('new', elapsed * 0.25) END AS per_status,
       (id % 4)::bigint AS priority_changes, id % 6 = 0 AS excused,
       CASE WHEN id % 6 = 0 THEN E'the customer''s own <fault> & "more"\u0007\uFFFE\u202E' END AS excuse
  FROM :"schema".:"sla"
 WHERE status IN ('missed', 'overdue');

CREATE TABLE :"schema".:"compliance" AS
SELECT plan, priority, metric, month, tickets, met, missed, on_track, overdue, no_target, unknown, cancelled,
       met / nullif(met + missed + overdue, 0)::float8 AS share_met, nullif(:'goal', '')::float8 AS goal,
       met / nullif(met + missed + overdue, 0)::float8 >= nullif(:'goal', '')::float8 AS goal_met,
       excused, met / nullif(met + missed + overdue - excused, 0)::float8 AS share_met_excused,
       spread[1] AS p50, spread[2] AS p90, spread[3] AS p95, spread[4] AS worst
  FROM (SELECT plan, priority, metric, opened_month AS month, count(*) AS tickets,
               count(*) FILTER (WHERE status = 'met') AS met,
               count(*) FILTER (WHERE status = 'missed') AS missed,
               count(*) FILTER (WHERE status IN ('on_track', 'at_risk', 'paused')) AS on_track,
               count(*) FILTER (WHERE status = 'overdue') AS overdue,
               count(*) FILTER (WHERE status = 'no_target') AS no_target,
               count(*) FILTER (WHERE status = 'unknown') AS unknown,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
               count(*) FILTER (WHERE status IN ('missed', 'overdue') AND id % 6 = 0) AS excused,
               percentile_cont('{0.5, 0.9, 0.95, 1}'::float8[]) WITHIN GROUP (ORDER BY elapsed)
                   FILTER (WHERE status IN ('met', 'missed')) AS spread
          FROM :"schema".:"sla"
         GROUP BY plan, priority, metric, opened_month) AS c;

CREATE TABLE :"schema".:"backlog" AS
SELECT id, metric, plan, priority, due_at, at_risk_at, status, remaining
  FROM :"schema".:"sla"
 WHERE status IN ('on_track', 'at_risk', 'paused', 'overdue') AND answered_at IS NULL;

GRANT USAGE ON SCHEMA :"schema" TO PUBLIC;
GRANT SELECT ON :"schema".:"sla", :"schema".:"compliance", :"schema".:"misses_view", :"schema".:"backlog" TO PUBLIC;

-- as it would be where the report is read
ANALYZE;
