-- The demonstration: the policy, and ten thousand tickets that are tracked under it.
--
-- Runs in an empty database.  The tickets come from a fixed seed and lead up to
-- the moment at which it runs, so that there is a queue to look at.

\set QUIET on
\set VERBOSITY terse
\pset pager off
\pset footer off
\pset linestyle ascii
\pset border 1
\pset null '-'
\pset format wrapped
\pset columns 100
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET max_parallel_workers_per_gather = 0;

\echo
\echo CREATE EXTENSION ticket_priority;
CREATE EXTENSION ticket_priority;

\echo
\echo THE POLICY
\echo
\echo 'Priority follows from urgency (rows) and impact (columns):'
\echo
SELECT urgency, high_impact AS "high impact", medium_impact AS "medium impact", low_impact AS "low impact"
  FROM priority_matrix;

\echo 'What the priorities mean:'
\echo
SELECT priority, description, example
  FROM priority_level;

\echo 'By when a first answer is due, in hours in which the desk is open:'
\echo
SELECT priority, community, trial, standard, premium
  FROM sla_target_matrix;

\echo 'When the desk is open (no time zone: the customer''s own):'
\echo
SELECT title AS plan, hours, time_zone AS "time zone"
  FROM support_hours;

\echo 'What each plan includes:'
\echo
SELECT category, feature, community, trial, standard, premium
  FROM plan_feature_matrix;

\echo
\echo OVER A CHANGE OF THE CLOCKS
\echo
\echo 'A round-the-clock target of 8 hours lasts 8 hours, whatever the clocks on the wall do; a target'
\echo 'in office hours does not notice, since the clocks change at night:'
\echo
WITH example (plan, priority, time_zone, opened) AS (
	VALUES ('premium', 'P4'::ticket_priority, 'Europe/Warsaw', '2026-10-24 22:00'::timestamp),
	       ('premium', 'P4', 'America/New_York', '2026-10-31 22:00'),
	       ('premium', 'P4', 'Australia/Sydney', '2026-10-03 22:00'),
	       ('standard', 'P3', 'Europe/Warsaw', '2026-10-23 15:00'),
	       ('standard', 'P4', 'America/New_York', '2026-10-30 15:00'))
SELECT plan, priority, time_zone AS "time zone", sla_target(priority, plan) AS target,
       to_char(opened, 'Dy DD Mon HH24:MI') AS "opened, local time",
       to_char(sla_deadline(opened AT TIME ZONE time_zone, priority, plan, time_zone) AT TIME ZONE time_zone,
               'Dy DD Mon HH24:MI') AS "due, local time"
  FROM example;

-- ------------------------------------------------------------- the tickets

CREATE TABLE customer (
	customer text PRIMARY KEY,
	plan text NOT NULL,
	time_zone text NOT NULL
);

INSERT INTO customer
SELECT name,
       (ARRAY['standard', 'premium', 'standard', 'community', 'standard',
              'premium', 'standard', 'trial', 'premium', 'standard'])[1 + n % 10],
       (ARRAY['Europe/Warsaw', 'America/New_York', 'Europe/London', 'Asia/Kolkata', 'Europe/Berlin',
              'America/Chicago', 'Australia/Sydney', 'Europe/Dublin', 'America/Denver',
              'Pacific/Auckland', 'Africa/Cairo', 'Asia/Tokyo', 'Europe/Madrid'])[1 + n % 13]
  FROM unnest(string_to_array(
	'Alder,Birch,Cedar Air,Dogwood,Elm Press,Fir Mines,Ginkgo,Hazel,Iris,Juniper,Kapok,Larch,Maple TV,'
	'Nettle,Oak Bank,Pine Gas,Quince,Rowan,Spruce Co,Teak,Ulmus,Viburnum,Willow,Yew & Son,Zelkova,Acacia,'
	'Beech,Clover,Daisy,Erica,Fern,Gorse,Heather,Ivy Legal,Jasmine,Kelp Sea,Lotus,Myrtle,Nutmeg,Olive Oil,'
	'Poplar,Reed,Sedge,Thyme,Umbra,Vetch,Walnut,Xylem,Yarrow,Zinnia', ',')) WITH ORDINALITY AS c (name, n);

-- An ordinary table of the application: levels as the helpdesk writes them.
CREATE TABLE ticket (
	id integer PRIMARY KEY,
	customer text NOT NULL REFERENCES customer,
	plan text NOT NULL,
	time_zone text NOT NULL,
	urgency text NOT NULL,
	impact text NOT NULL,
	override text,
	opened_at timestamptz NOT NULL,
	answered_at timestamptz,
	resolved_at timestamptz,
	status text NOT NULL DEFAULT 'open',
	paused tstzmultirange
);

-- The plans promise a resolution, too, and have goals.
INSERT INTO sla_target_rule (plan, priority, metric, target, goal)
SELECT plan, priority, 'resolution', target * 8, 0.85
  FROM sla_target_rule WHERE metric = 'first_response' AND plan IN ('standard', 'premium');
UPDATE sla_target_rule SET goal = CASE plan WHEN 'premium' THEN 0.95 ELSE 0.90 END WHERE metric = 'first_response';

\echo
\echo TRACKING
\echo
\echo 'The table of the helpdesk stays as it is. One call says how it is read, and gives each ticket its'
\echo 'clocks. The priority comes from words such as "1 - High". Other calls say when the clocks pause:'
\echo
\echo '    SELECT sla_track(''ticket'','
\echo '        urgency => ''parse_urgency(urgency)'', impact => ''parse_impact(impact)'','
\echo '        cancelled => $$status = ''spam''$$, carry => ''{customer}'');'
\echo '    SELECT sla_add_clock(''ticket'', ''first_response'', stops => ''answered_at'', paused => ''paused'');'
\echo '    SELECT sla_add_clock(''ticket'', ''resolution'', paused => ''paused'');'
\echo
SELECT sla_track('ticket', urgency => 'parse_urgency(urgency)', impact => 'parse_impact(impact)',
	cancelled => $$status = 'spam'$$, carry => '{customer}') \g /dev/null
SELECT sla_add_clock('ticket', 'first_response', stops => 'answered_at', paused => 'paused') \g /dev/null
SELECT sla_add_clock('ticket', 'resolution', paused => 'paused') \g /dev/null

-- What chance decides about each ticket.
SELECT setseed(0.42) \g /dev/null
CREATE TEMP TABLE draw AS
SELECT id, random() AS customer, random() AS weekend, random() + random() + random() AS daytime,
       random() AS urgency, random() AS impact, random() AS override,
       random() AS speed, random() AS wait, random() AS wait_length, random() AS forgotten, random() AS work
  FROM generate_series(1, 15000) AS id;

-- Over five months until now, by the customer's clock: mostly by day, fewer at
-- weekends.
CREATE TEMP TABLE opened AS
SELECT d.*, c.customer AS customer_name, c.plan, c.time_zone,
       CASE WHEN d.urgency < 0.45 THEN 'low' WHEN d.urgency < 0.85 THEN 'medium' ELSE 'high' END AS u,
       CASE WHEN d.impact < 0.40 THEN 'low' WHEN d.impact < 0.80 THEN 'medium' ELSE 'high' END AS i,
       CASE WHEN d.override < 0.01 THEN 'P1' WHEN d.override < 0.02 THEN 'P2' WHEN d.override < 0.03 THEN 'P4' END AS o,
       t.opened_at
  FROM draw AS d
  JOIN (SELECT *, row_number() OVER (ORDER BY customer COLLATE "C") AS number, count(*) OVER () AS customers
          FROM customer) AS c ON c.number = ceil(d.customer * c.customers)
 CROSS JOIN LATERAL (SELECT current_date - 150 + d.id * 151 / 15000 AS day) AS l
 CROSS JOIN LATERAL (SELECT (l.day + date_trunc('second', interval '2 hours' + d.daytime * interval '7 hours'))
                            AT TIME ZONE c.time_zone AS opened_at) AS t
 WHERE (extract(isodow FROM l.day) < 6 OR d.weekend < 0.25) AND t.opened_at <= now();

-- How the desk did: each ticket is answered after some share of its target,
-- counted in the hours of its plan.  On the way some wait for the customer, and
-- a few were forgotten.  What lies after now has not happened yet.
WITH work AS (
	SELECT t.*, coalesce(h.hours, 'Mo-Fr 09:00-17:00') AS hours, t.forgotten < 0.001 AND t.plan = 'standard' AS is_forgotten,
	       coalesce(sla_target(assign_priority(to_urgency(t.u), to_impact(t.i), to_priority(t.o)), t.plan), '16 hours') AS target,
	       -ln(1 - t.speed) * CASE t.plan WHEN 'premium' THEN 0.28 ELSE 0.36 END AS share,
	       t.wait < 0.15 AS waits, t.wait_length * interval '60 hours' AS waiting
	  FROM opened AS t
	  JOIN support_hours AS h USING (plan)
), pause AS (
	SELECT w.*, business_time_add(opened_at, target * 0.3, hours, time_zone) AS pause_from,
	       waits AND share > 0.3 AS pauses
	  FROM work AS w
), answer AS (
	SELECT p.*, CASE WHEN pauses AND pause_from <= now() THEN
	           tstzmultirange(tstzrange(pause_from, nullif(greatest(pause_from + waiting, now()), now()))) END AS pauses_so_far,
	       CASE WHEN pauses
	            THEN business_time_add(pause_from + waiting, target * (share - 0.3), hours, time_zone)
	            ELSE business_time_add(opened_at, target * share, hours, time_zone) END AS answer
	  FROM pause AS p
), resolution AS (
	SELECT a.*, business_time_add(a.answer, target * 3 * -ln(1 - a.work), hours, time_zone) AS resolution
	  FROM answer AS a
)
INSERT INTO ticket (id, customer, plan, time_zone, urgency, impact, override, opened_at, answered_at, resolved_at, status, paused)
SELECT id, customer_name, plan, time_zone,
       CASE u WHEN 'high' THEN '1 - High' WHEN 'medium' THEN '2 - Medium' ELSE '3 - Low' END,
       CASE i WHEN 'high' THEN '1 - High' WHEN 'medium' THEN '2 - Medium' ELSE '3 - Low' END,
       o, opened_at,
       CASE WHEN NOT is_forgotten AND answer <= now() THEN answer END,
       CASE WHEN NOT is_forgotten AND resolution <= now() THEN resolution END,
       CASE WHEN forgotten > 0.995 THEN 'spam' WHEN NOT is_forgotten AND resolution <= now() THEN 'closed' ELSE 'open' END,
       pauses_so_far
  FROM resolution;

-- A customer does not agree with the level, and the manager excuses a miss.
SELECT ticket AS one FROM ticket_sla
 WHERE metric = 'first_response' AND stopped_at IS NULL AND status <> 'cancelled' AND priority = 'P4' AND plan = 'standard'
 ORDER BY due_at > now() DESC NULLS LAST, ticket LIMIT 1 \gset
BEGIN;
SET LOCAL ticket_priority.actor = 'kim@olive.example';
SET LOCAL ticket_priority.actor_kind = customer;
SET LOCAL ticket_priority.reason = 'we cannot ship';
UPDATE ticket SET override = 'P2' WHERE id = :one;
COMMIT;
SELECT sla_excuse('ticket', ticket, metric, 'storm') FROM ticket_sla
 WHERE status = 'missed' AND metric = 'first_response' ORDER BY late_by DESC, ticket LIMIT 1 \g /dev/null
ANALYZE ticket, ticket_sla_clock, ticket_sla_trail;

SELECT count(*) AS tickets, count(*) FILTER (WHERE resolved_at IS NULL) AS open,
       count(DISTINCT customer) AS customers, count(DISTINCT plan) AS plans, count(DISTINCT time_zone) AS zones,
       to_char(min(opened_at), 'YYYY-MM-DD') AS "from", to_char(now(), 'YYYY-MM-DD HH24:MI "UTC"') AS "now"
  FROM ticket;

\echo
\echo THE QUEUE
\echo
\echo 'What waits for a first answer now (ticket_sla):'
\echo
SELECT plan, count(*) AS open,
       count(*) FILTER (WHERE status = 'overdue') AS overdue,
       count(*) FILTER (WHERE status = 'at_risk') AS "at risk",
       count(*) FILTER (WHERE status = 'on_track') AS "on track",
       count(*) FILTER (WHERE status = 'paused') AS paused,
       count(*) FILTER (WHERE status = 'no_target') AS "no target"
  FROM ticket_sla
  JOIN support_plan USING (plan)
 WHERE stopped_at IS NULL AND metric = 'first_response' AND status <> 'cancelled'
 GROUP BY position, plan
 ORDER BY position;

\echo 'What falls due next, with the hours in which the desk is open that are left (ticket_sla_backlog):'
\echo
SELECT ticket, metric, plan, priority AS "P", to_char(due_at, 'DD Mon HH24:MI "UTC"') AS due,
       date_trunc('minute', remaining) AS "left", status
  FROM ticket_sla_backlog
 WHERE due_at > now()
 LIMIT 10;

\echo 'A customer overrides a priority; the deadline moves at once, and the trail keeps who and why:'
\echo
SELECT metric, event, old_priority AS "old P", priority AS "P", to_char(due_at, 'DD Mon HH24:MI') AS due, actor, reason
  FROM ticket_sla_trail
 WHERE ticket = :one
 ORDER BY id;

\echo
\echo THE REPORTS
\echo
\echo 'The share answered in time, by plan and month, against the goal (ticket_sla_compliance):'
\echo
SELECT plan, to_char(month, 'YYYY-MM') AS month, sum(clocks) AS tickets, sum(met) AS met, sum(missed) AS missed,
       sum(overdue) AS overdue, round((100 * sum(met) / sum(met + missed + overdue)), 1) AS "% met",
       round(100 * max(goal)::numeric) AS "goal %"
  FROM ticket_sla_compliance
 WHERE metric = 'first_response' AND goal IS NOT NULL AND plan <> 'trial'
 GROUP BY plan, month
HAVING sum(met + missed + overdue) > 0
 ORDER BY plan, month;

\echo 'The worst misses of a first answer, and where their time went (ticket_sla_misses):'
\echo
SELECT ticket, carried ->> 'customer' AS customer, plan, priority AS "P", date_trunc('minute', late_by) AS "late by",
       date_trunc('minute', open_time) AS open, date_trunc('minute', paused_time) AS paused, date_trunc('minute', closed_time) AS closed,
       excuse
  FROM ticket_sla_misses
 WHERE metric = 'first_response'
 ORDER BY late_by DESC, ticket
 LIMIT 8;

\echo 'How often each priority is overridden, and which way (ticket_sla_overrides):'
\echo
SELECT * FROM ticket_sla_overrides;
