-- The demonstration: the policy, and ten thousand tickets under it.
--
-- Runs in an empty database, on any day with the same result: the tickets come
-- from a fixed seed, and "now" is an afternoon of November 2026.

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

\set now '''2026-11-04 15:00+00'''::timestamptz

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

-- The application's columns are plain text; the priority follows from them by
-- itself, and the deadline is stored when the ticket is written.
CREATE TABLE ticket (
	id integer PRIMARY KEY,
	customer text NOT NULL REFERENCES customer,
	plan text NOT NULL,
	time_zone text NOT NULL,
	urgency text NOT NULL,
	impact text NOT NULL,
	override text,
	priority ticket_priority GENERATED ALWAYS AS
		(assign_priority(to_urgency(urgency), to_impact(impact), to_priority(override))) STORED,
	opened_at timestamptz NOT NULL,
	answered_at timestamptz,
	paused tstzmultirange,
	due_at timestamptz,
	at_risk_at timestamptz
);

-- What chance decides about each ticket.
SELECT setseed(0.42) \g /dev/null
CREATE TEMP TABLE draw AS
SELECT id, random() AS customer, random() AS weekend, random() + random() + random() AS daytime,
       random() AS urgency, random() AS impact, random() AS override,
       random() AS speed, random() AS wait, random() AS wait_length, random() AS forgotten
  FROM generate_series(1, 15000) AS id;

-- Over five weeks until now, by the customer's clock: mostly by day, fewer at
-- weekends.
INSERT INTO ticket (id, customer, plan, time_zone, urgency, impact, override, opened_at)
SELECT d.id, c.customer, c.plan, c.time_zone,
       CASE WHEN d.urgency < 0.45 THEN 'low' WHEN d.urgency < 0.85 THEN 'medium' ELSE 'high' END,
       CASE WHEN d.impact < 0.40 THEN 'low' WHEN d.impact < 0.80 THEN 'medium' ELSE 'high' END,
       CASE WHEN d.override < 0.01 THEN 'P1' WHEN d.override < 0.02 THEN 'P2' WHEN d.override < 0.03 THEN 'P4' END,
       o.opened_at
  FROM draw AS d
  JOIN (SELECT *, row_number() OVER (ORDER BY customer COLLATE "C") AS number, count(*) OVER () AS customers
          FROM customer) AS c ON c.number = ceil(d.customer * c.customers)
 CROSS JOIN LATERAL (SELECT date '2026-09-30' + d.id * 36 / 15000 AS day) AS l
 CROSS JOIN LATERAL (SELECT (l.day + date_trunc('second', interval '2 hours' + d.daytime * interval '7 hours'))
                            AT TIME ZONE c.time_zone AS opened_at) AS o
 WHERE (extract(isodow FROM l.day) < 6 OR d.weekend < 0.25) AND o.opened_at <= :now;

-- How the desk did: each ticket is answered after some share of its target,
-- counted in the hours of its plan.  On the way some wait for the customer, and
-- a few were forgotten.  What lies after now has not happened yet.
WITH work AS (
	SELECT t.id, t.time_zone, coalesce(h.hours, 'Mo-Fr 09:00-17:00') AS hours, d.forgotten < 0.001 AND t.plan = 'standard' AS forgotten,
	       coalesce(sla_target(t.priority, t.plan), '16 hours') AS target,
	       -ln(1 - d.speed) * CASE t.plan WHEN 'premium' THEN 0.28 ELSE 0.36 END AS share,
	       t.opened_at, d.wait < 0.15 AS waits, d.wait_length * interval '60 hours' AS wait
	  FROM ticket AS t
	  JOIN draw AS d USING (id)
	  JOIN support_hours AS h USING (plan)
), pause AS (
	SELECT w.*, business_time_add(opened_at, target * 0.3, hours, time_zone) AS pause_from,
	       waits AND share > 0.3 AS pauses
	  FROM work AS w
), answer AS (
	SELECT id, forgotten, CASE WHEN pauses AND pause_from <= :now THEN
	           tstzmultirange(tstzrange(pause_from, nullif(greatest(pause_from + wait, :now), :now))) END AS paused,
	       CASE WHEN pauses
	            THEN business_time_add(pause_from + wait, target * (share - 0.3), hours, time_zone)
	            ELSE business_time_add(opened_at, target * share, hours, time_zone) END AS answered_at
	  FROM pause
)
UPDATE ticket AS t
   SET paused = a.paused,
       answered_at = CASE WHEN NOT a.forgotten AND a.answered_at <= :now THEN a.answered_at END
  FROM answer AS a
 WHERE a.id = t.id;

UPDATE ticket
   SET due_at = sla_deadline(opened_at, priority, plan, time_zone, paused => paused),
       at_risk_at = sla_at_risk(opened_at, priority, plan, time_zone, paused => paused);

CREATE VIEW ticket_status AS
SELECT t.*, sla_status(due_at, answered_at, :now, at_risk_at, coalesce(paused @> :now, false)) AS status
  FROM ticket AS t;

\echo
\echo THE QUEUE
\echo
\echo 'An ordinary table of tickets; the priority is a generated column:'
\echo
\echo '    priority ticket_priority GENERATED ALWAYS AS'
\echo '        (assign_priority(to_urgency(urgency), to_impact(impact), to_priority(override))) STORED'
\echo
\echo 'and the deadline is stored beside it:'
\echo
\echo '    due_at = sla_deadline(opened_at, priority, plan, time_zone, paused => paused)'
\echo
SELECT count(*) AS tickets, count(*) FILTER (WHERE answered_at IS NULL) AS open,
       count(DISTINCT customer) AS customers, count(DISTINCT plan) AS plans, count(DISTINCT time_zone) AS zones,
       to_char(min(opened_at), 'YYYY-MM-DD') AS "from", to_char(:now, 'YYYY-MM-DD HH24:MI "UTC"') AS "now"
  FROM ticket;

\echo 'What waits for a first answer now:'
\echo
SELECT plan, count(*) AS open,
       count(*) FILTER (WHERE status = 'overdue') AS overdue,
       count(*) FILTER (WHERE status = 'at_risk') AS "at risk",
       count(*) FILTER (WHERE status = 'on_track') AS "on track",
       count(*) FILTER (WHERE status = 'paused') AS paused,
       count(*) FILTER (WHERE status = 'no_target') AS "no target"
  FROM ticket_status
  JOIN support_plan USING (plan)
 WHERE answered_at IS NULL
 GROUP BY position, plan
 ORDER BY position;

CREATE VIEW queue AS
SELECT t.id, t.customer, t.plan, t.priority AS "P", t.time_zone AS "time zone",
       to_char(t.due_at AT TIME ZONE t.time_zone, 'DD Mon HH24:MI') AS "due, local",
       date_trunc('minute', c.remaining) AS "left", round(100 * c.used::numeric) AS "% used", t.status, t.due_at
  FROM ticket_status AS t,
       sla_clock(t.opened_at, t.priority, t.plan, t.time_zone, paused => t.paused, at => :now) AS c
 WHERE t.answered_at IS NULL;

\echo 'Overdue, the most urgent first. What is left counts the hours in which the desk is open:'
\echo
SELECT id, customer, plan, "P", "time zone", "due, local", "left", "% used"
  FROM queue
 WHERE status = 'overdue'
 ORDER BY "P", due_at, id
 LIMIT 12;

\echo 'At risk, three quarters of the target being used up; by deadline:'
\echo
SELECT id, customer, plan, "P", "time zone", "due, local", "left", "% used"
  FROM queue
 WHERE status = 'at_risk'
 ORDER BY due_at, id
 LIMIT 12;

\echo 'The first of them in full:'
\echo
SELECT t.id, t.urgency, t.impact, t.opened_at, t.paused, c.*
  FROM (SELECT id FROM queue WHERE status = 'at_risk' ORDER BY due_at, id LIMIT 1) AS first
  JOIN ticket AS t USING (id),
       sla_clock(t.opened_at, t.priority, t.plan, t.time_zone, paused => t.paused, at => :now) AS c \gx

\echo
\echo THE REPORT
\echo
\echo 'The share answered in time, of the tickets that were answered or should have been:'
\echo
SELECT plan,
       max(share) FILTER (WHERE priority = 'P1') AS "P1 %",
       max(share) FILTER (WHERE priority = 'P2') AS "P2 %",
       max(share) FILTER (WHERE priority = 'P3') AS "P3 %",
       max(share) FILTER (WHERE priority = 'P4') AS "P4 %",
       max(share) FILTER (WHERE priority IS NULL) AS "all %",
       max(due) AS tickets, max(met) AS met, max(missed) AS missed, max(overdue) AS overdue
  FROM (SELECT plan, priority, count(*) AS due, count(*) FILTER (WHERE status = 'met') AS met,
               count(*) FILTER (WHERE status = 'missed') AS missed,
               count(*) FILTER (WHERE status = 'overdue') AS overdue,
               round(100.0 * count(*) FILTER (WHERE status = 'met') / count(*), 1) AS share
          FROM ticket_status
         WHERE status IN ('met', 'missed', 'overdue')
         GROUP BY plan, CUBE (priority)) AS cell
  JOIN support_plan USING (plan)
 GROUP BY position, plan
 ORDER BY position;
