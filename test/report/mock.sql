-- A tracked table with invented tickets, the same ones at every run but for their
-- times, which lead up to now.
--
-- In: schema and table, names as they are; plans, an array of names, of which
-- those that the policy lacks are made with the targets of standard; months and
-- tickets, counts; goal, a share or nothing, of the plans that are made; misses,
-- on or off.  The reporting zone is Europe/Warsaw.

\set sla :table _sla
\set clock :table _sla_clock
\set excuse :table _sla_excuse
\set compliance :table _sla_compliance
\set misses_view :table _sla_misses
\set backlog :table _sla_backlog

SET search_path = public;
SET timezone = 'Europe/Warsaw';
CREATE SCHEMA IF NOT EXISTS :"schema";

INSERT INTO support_plan (plan, title, sla_of)
SELECT DISTINCT plan, plan, 'standard' FROM unnest(:'plans'::text[]) AS p (plan)
 WHERE NOT EXISTS (SELECT FROM support_plan AS s WHERE s.plan = p.plan);
INSERT INTO sla_target_rule (plan, priority, metric, target, goal)
SELECT p.plan, r.priority, m.metric, r.target * m.times, nullif(:'goal', '')::numeric
  FROM support_plan AS p
  JOIN sla_target_rule AS r ON r.plan = 'standard' AND r.metric = 'first_response'
 CROSS JOIN (VALUES ('first_response', 1), ('resolution', 8)) AS m (metric, times)
 WHERE NOT p.builtin AND p.plan = ANY (:'plans'::text[])
   AND NOT EXISTS (SELECT FROM sla_target_rule AS t WHERE t.plan = p.plan);

CREATE TABLE :"schema".:"table" (
	id integer PRIMARY KEY,
	plan text,
	priority ticket_priority,
	time_zone text DEFAULT 'Europe/Warsaw',
	opened_at timestamptz,
	answered_at timestamptz,
	resolved_at timestamptz,
	cancelled boolean,
	waiting boolean,
	subject text,
	team text
);
SELECT sla_track(format('%I.%I', :'schema', :'table')::regclass, carry => '{subject,team}', report_time_zone => 'Europe/Warsaw');
SELECT sla_add_clock(format('%I.%I', :'schema', :'table')::regclass, 'resolution', stops => 'resolved_at', paused => 'waiting');

-- A few in a hundred are odd: they have no plan, are cancelled, or wait.
INSERT INTO :"schema".:"table" (id, plan, priority, opened_at, answered_at, resolved_at, cancelled, waiting, subject, team)
WITH ticket AS MATERIALIZED (
	SELECT n AS id, CASE WHEN n % 97 <> 5 THEN (:'plans'::text[])[1 + mod(n * 7 + n / 3, cardinality(:'plans'::text[]))] END AS plan,
	       (enum_range(NULL::ticket_priority))[ceil(4 * (hashtextextended(n::text, 1) & 1023 | 1) / 1024.0)] AS priority,
	       n % 43 = 3 AS cancelled, n % 50 = 9 AS waiting,
	       date_trunc('month', now()) - (:months - 1) * interval '1 month'
	       + n * (now() - date_trunc('month', now()) + (:months - 1) * interval '1 month') / :tickets AS about
	  FROM generate_series(1, :tickets) AS n
), dated AS MATERIALIZED (
	-- by day more than by night, and few at weekends
	SELECT t.*, least(about, date_trunc('day', about)
	            - CASE WHEN extract(isodow FROM about) > 5 AND id % 4 > 0 AND extract(day FROM about) > 3 THEN interval '3 days' ELSE '0' END
	            + interval '1 second' * round(86399 * ((hashtextextended(id::text, 2) & 1023)
	              + (hashtextextended(id::text, 3) & 1023) + (hashtextextended(id::text, 4) & 1023)) / 3072.0)) AS opened_at
	  FROM ticket AS t
), stop AS MATERIALIZED (
	SELECT d.*, m.metric,
	       opened_at + CASE WHEN :'misses'::boolean THEN -ln(1 - (hashtextextended(id::text || m.metric, 5) & 65535) / 65536.0) * 0.34
	                        ELSE (hashtextextended(id::text || m.metric, 5) & 65535) / 70000.0 END
	       * coalesce(sla_deadline(opened_at, priority, coalesce(plan, 'standard'), 'Europe/Warsaw', m.metric) - opened_at, '9 hours') AS stop
	  FROM dated AS d
	 CROSS JOIN (VALUES ('first_response'), ('resolution')) AS m (metric)
)
SELECT id, plan, priority, opened_at,
       min(date_trunc('second', stop)) FILTER (WHERE metric = 'first_response' AND stop < now()),
       min(date_trunc('second', stop)) FILTER (WHERE metric = 'resolution' AND stop < now() AND NOT waiting), cancelled, waiting,
       CASE id % 7 WHEN 0 THEN E'It''s <i>broken</i> & \\ "burnt"\u0007\uFFFE\u202E' WHEN 1 THEN repeat('a long subject ', 20)
            WHEN 2 THEN NULL ELSE 'Backups of host ' || id || ' fail' END,
       CASE WHEN id % 3 > 0 THEN 'team ' || id % 3 END
  FROM stop
 GROUP BY id, plan, priority, opened_at, cancelled, waiting
 ORDER BY id;

INSERT INTO :"schema".:"excuse" (clock_id, ticket, metric, run, reason)
SELECT clock_id, ticket, metric, run, E'the customer''s own <fault> & "more"\u0007\uFFFE\u202E'
  FROM :"schema".:"sla" WHERE status IN ('missed', 'overdue') AND ticket % 3 = 0;

GRANT USAGE ON SCHEMA :"schema" TO PUBLIC;
GRANT SELECT ON :"schema".:"sla", :"schema".:"compliance", :"schema".:"misses_view", :"schema".:"backlog" TO PUBLIC;

-- as it would be where the report is read
ANALYZE;
