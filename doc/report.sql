-- A report to look at, from the views of a tracked ticket table: one HTML file.
--
--   psql -X -v prefix=ticket -f doc/report.sql -o report.html mydatabase
--
-- It reads <prefix>_sla, <prefix>_sla_compliance, <prefix>_sla_misses and <prefix>_sla_backlog,
-- and writes nothing into the database: a role that may read the views is enough, on a standby too.
-- The page needs nothing else: no script, no style sheet, no font, no picture from elsewhere.
--
-- Variables, all of them optional (-v name=value):
--   prefix     how the views are named, as in SQL: ticket, desk.ticket, '"Help Desk"."Ticket"' (ticket)
--   title      the heading
--   time_zone  for times of day (the tracked table's report_time_zone, else UTC)
--   until      the last month, as 2026-11 (the last in which a clock started)
--   months     how many months (12)
--   plans      how many plans are shown one by one, those with the most clocks (12)
--   misses     how many of the worst misses (15)
--   due        how many of the clocks that fall due next (10)
--   cells      how many rows of the table of every month (600)
--   carried    which values that clocks carry are shown with a ticket, as subject,team (all of them)
--   link       where a ticket is found, with {ticket} for its number, as https://desk.example.com/t/{ticket}

\set QUIET on
\set ON_ERROR_STOP on
\set ECHO none
\pset format unaligned
\pset tuples_only on
\pset null ''
\pset recordsep '\n'
\encoding UTF8

\if :{?until} \else \set until '' \endif
\if :{?months} \else \set months 12 \endif
\if :{?plans} \else \set plans 12 \endif
\if :{?misses} \else \set misses 15 \endif
\if :{?due} \else \set due 10 \endif
\if :{?cells} \else \set cells 600 \endif
\if :{?carried} \else \set carried '' \endif
\if :{?link} \else \set link '' \endif

BEGIN READ ONLY;

\ir report_views.sql

\if :{?title} \else
SELECT 'Support report: ' || :'name' AS title \gset
\endif

-- ------------------------------------------------------------- the figures

-- The views are read here, once and by one statement, so that all figures are of one moment.  What
-- they say is kept in a variable, as JSON, since a reader may have no right to make a table.
--
-- All text of the data becomes harmless here as well, by escaping the JSON as a whole: what follows
-- puts it into the page as it is.  Numbers and JSON's own signs have no character that would change.
--
-- Plans and clocks (metrics) are numbered, by their weight and in the order of their table.

-- What is shown with a ticket of the view :m or :b: the values it carries, cut to a line's length.
\set carried_lines '(SELECT json_agg(CASE WHEN length(value) > 90 THEN left(value, 87) || ''...'' ELSE value END ORDER BY n) FROM (SELECT e.value, array_position(string_to_array(:''carried'', '',''), e.key) AS wanted, row_number() OVER (ORDER BY array_position(string_to_array(:''carried'', '',''), e.key), e.key) AS n FROM jsonb_each_text(r.carried) AS e WHERE e.value <> '''') AS e WHERE :''carried'' = '''' OR wanted IS NOT NULL)'
-- Its address: what is not a letter, digit or one of -._~ is written as in addresses.
\set address '(SELECT CASE WHEN :''link'' ~* ''^https?://'' THEN replace(:''link'', ''{ticket}'', (SELECT string_agg(CASE WHEN c ~ ''^[A-Za-z0-9._~-]$'' THEN c ELSE regexp_replace(upper(encode(convert_to(c, ''UTF8''), ''hex'')), ''(..)'', ''%\\1'', ''g'') END, '''' ORDER BY n) FROM string_to_table(r.ticket::text, NULL) WITH ORDINALITY AS u (c, n))) END)'
\set hours_of 'to_char(make_interval(secs => s), ''FMHH24:MI'')'

WITH last AS MATERIALIZED (
	SELECT coalesce(nullif(:'until', '') || '-01', (SELECT max(month)::text FROM :sla_view))::date AS last
), period AS MATERIALIZED (
	SELECT (last - interval '1 month' * (:months::integer - 1))::date AS first, last,
	       (last - interval '1 month' * (:months::integer - 1))::timestamptz AS start,
	       (last + interval '1 month')::timestamptz AS finish
	  FROM last
), inside AS MATERIALIZED (
	-- all tenants are added up; percentiles cannot be
	SELECT plan, priority, metric, month, sum(clocks) AS clocks, sum(met) AS met, sum(missed) AS missed,
	       sum(on_track + at_risk + paused) AS running, sum(overdue) AS overdue, sum(no_target) AS no_target,
	       sum(unknown) AS unknown, sum(cancelled) AS cancelled, sum(met + missed + overdue) AS judged, sum(excused) AS excused,
	       max(goal) AS goal, sum(met) / nullif(sum(met + missed + overdue), 0)::float8 >= max(goal) AS goal_met,
	       CASE count(*) WHEN 1 THEN max(p50_seconds) END AS p50_seconds, CASE count(*) WHEN 1 THEN max(p90_seconds) END AS p90_seconds,
	       CASE count(*) WHEN 1 THEN max(p95_seconds) END AS p95_seconds, max(worst_seconds) AS worst_seconds
	  FROM :compliance_view
	 WHERE month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
	 GROUP BY plan, priority, metric, month
), clock AS MATERIALIZED (
	SELECT row_number() OVER (ORDER BY max(m.position), i.metric) AS clock, i.metric,
	       (SELECT upper(left(t, 1)) || substr(t, 2) FROM (SELECT coalesce(nullif(max(m.title), ''), replace(i.metric, '_', ' ')) AS t) AS t) AS label
	  FROM inside AS i
	  LEFT JOIN :metric_table AS m USING (metric)
	 GROUP BY i.metric
), one AS MATERIALIZED (
	-- a row for each ticket with a clock that started in the time
	SELECT :ticket_key AS key, min(plan) AS plan, min(month) AS month, min(coalesce(opened_at, started_at)) AS opened_at
	  FROM :sla_view
	 WHERE month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
	 GROUP BY :ticket_key
), plan AS MATERIALIZED (
	SELECT row_number() OVER (ORDER BY sum(judged) DESC, sum(clocks) DESC, plan) AS place, plan,
	       CASE WHEN length(plan) > 80 THEN left(plan, 77) || '...' ELSE coalesce(plan, '(no plan)') END AS name,
	       sum(judged) AS judged, sum(clocks) AS clocks
	  FROM inside
	 GROUP BY plan
), cells AS (
	SELECT k.clock, p.place, i.priority, i.month, i.clocks, i.met, i.missed, i.running, i.overdue, i.no_target, i.unknown,
	       i.cancelled, i.judged, i.goal, i.goal_met, i.excused,
	       (SELECT json_agg(:hours_of ORDER BY n)
	          FROM unnest(ARRAY[i.p50_seconds, i.p90_seconds, i.p95_seconds, i.worst_seconds]) WITH ORDINALITY AS u (s, n)) AS spread
	  FROM inside AS i
	  JOIN clock AS k USING (metric)
	  JOIN plan AS p ON p.plan IS NOT DISTINCT FROM i.plan
), answered AS (
	SELECT metric, plan, priority, status = 'met' AS met, used, elapsed_seconds AS elapsed
	  FROM :sla_view
	 WHERE status IN ('met', 'missed')
	   AND month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
), used AS (
	-- tenths of the target: (0, 10%], ..., (190%, 200%], more
	SELECT k.clock, least(greatest(ceil(least(a.used, 100)::numeric * 10), 1), 21) AS tenth,
	       count(*) FILTER (WHERE a.met) AS met, count(*) FILTER (WHERE NOT a.met) AS missed
	  FROM answered AS a
	  JOIN clock AS k USING (metric)
	 WHERE a.used IS NOT NULL
	 GROUP BY 1, 2
), spread AS (
	SELECT clock, place, priority, count(*) AS answered,
	       percentile_cont('{0.5, 0.9, 0.95, 1}'::float8[]) WITHIN GROUP (ORDER BY elapsed) AS at
	  FROM (SELECT k.clock, least(p.place, :plans::integer + 1) AS place, a.priority, a.elapsed
	          FROM answered AS a
	          JOIN clock AS k USING (metric)
	          LEFT JOIN plan AS p ON p.plan = a.plan
	         WHERE a.elapsed IS NOT NULL) AS a
	 GROUP BY GROUPING SETS ((clock), (clock, place), (clock, place, priority))
), openings AS (
	SELECT extract(isodow FROM opened_at) AS day, extract(hour FROM opened_at) AS hour, count(*) AS tickets
	  FROM one
	 WHERE opened_at >= (SELECT start FROM period) AND opened_at < (SELECT finish FROM period)
	 GROUP BY 1, 2
), week AS MATERIALIZED (
	-- those that begin in the time and have begun
	SELECT w AS week FROM period, generate_series(date_trunc('week', start + interval '6 days'), least(finish, now()), '1 week') AS w
	 WHERE w < least(finish, now())
), backlog_clock AS MATERIALIZED (
	-- a ticket is open until it is resolved; without such a clock, until the last one of its clocks stops
	SELECT clock, metric, label FROM clock ORDER BY metric = 'resolution' DESC, clock DESC LIMIT 1
), change AS MATERIALIZED (
	-- clocks that start and that end, by the week
	SELECT date_trunc('week', at) AS week, sum(one) AS change
	  FROM (SELECT s.started_at AS at, 1 AS one FROM :sla_view AS s WHERE s.metric = (SELECT metric FROM backlog_clock)
	        UNION ALL
	        SELECT greatest(coalesce(s.stopped_at, s.cancelled_at, s.gone_at), s.started_at), -1 FROM :sla_view AS s
	         WHERE s.metric = (SELECT metric FROM backlog_clock) AND coalesce(s.stopped_at, s.cancelled_at, s.gone_at) IS NOT NULL) AS c
	 GROUP BY 1
), weeks AS (
	SELECT w.week::date AS week, coalesce(o.tickets, 0) AS tickets,
	       (SELECT coalesce(sum(c.change), 0) FROM change AS c WHERE c.week <= w.week) AS waiting,
	       w.week + interval '1 week' > now() AS partial
	  FROM week AS w
	  LEFT JOIN (SELECT date_trunc('week', opened_at) AS week, count(*) AS tickets FROM one GROUP BY 1) AS o USING (week)
), misses AS (
	SELECT row_number() OVER () AS number, m.*
	  FROM (SELECT k.clock, p.place, left(r.ticket::text, 60) AS id, :address AS link, :carried_lines AS carried,
	               r.priority, r.status, r.run,
	               to_char(r.started_at, 'YYYY-MM-DD HH24:MI') AS started, to_char(r.due_at, 'YYYY-MM-DD HH24:MI') AS due,
	               (SELECT json_agg(:hours_of ORDER BY n)
	                  FROM unnest(ARRAY[r.late_by_business_seconds, r.late_by_seconds, r.open_seconds, r.paused_seconds,
	                                    r.closed_seconds, r.before_answer_seconds]) WITH ORDINALITY AS u (s, n)) AS spans,
	               round((100 * late.targets)::numeric) AS late_percent, r.priority_changes, r.excused,
	               CASE WHEN length(r.excuse) > 200 THEN left(r.excuse, 197) || '...' ELSE r.excuse END AS excuse
	          FROM :misses_view AS r
	          JOIN clock AS k USING (metric)
	          JOIN plan AS p ON p.plan IS NOT DISTINCT FROM r.plan
	         -- the lateness of a critical ticket weighs more than that of a question
	         CROSS JOIN LATERAL (SELECT r.late_by_business_seconds / nullif(r.target_seconds, 0) AS targets) AS late
	         WHERE r.month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
	         ORDER BY late.targets DESC NULLS LAST, r.late_by DESC NULLS LAST, r.clock
	         LIMIT :misses::integer) AS m
), due AS (
	SELECT row_number() OVER (ORDER BY b.due_at, b.key) AS number, b.*
	  FROM (SELECT r.due_at, r.clock AS key, left(r.ticket::text, 60) AS id, :address AS link, :carried_lines AS carried, r.priority, r.status,
	               coalesce(k.label, initcap(replace(r.metric, '_', ' '))) AS label,
	               CASE WHEN length(r.plan) > 80 THEN left(r.plan, 77) || '...' ELSE r.plan END AS plan,
	               to_char(r.due_at, 'YYYY-MM-DD HH24:MI') AS due,
	               (SELECT :hours_of FROM (SELECT r.due_in_seconds AS s) AS d) AS due_in
	          FROM (SELECT * FROM :backlog_view WHERE due_at > now() LIMIT :due::integer) AS r
	          LEFT JOIN clock AS k USING (metric)) AS b
), running AS (
	SELECT s.metric, (SELECT upper(left(t, 1)) || substr(t, 2) FROM (SELECT coalesce(nullif(max(m.title), ''), replace(s.metric, '_', ' ')) AS t) AS t) AS label, max(m.position) AS position,
	       count(*) AS clocks, count(*) FILTER (WHERE s.status = 'overdue') AS overdue,
	       count(*) FILTER (WHERE s.status = 'at_risk') AS at_risk,
	       count(*) FILTER (WHERE s.status = 'on_track') AS on_track, count(*) FILTER (WHERE s.status = 'paused') AS paused
	  FROM :sla_view AS s
	  LEFT JOIN :metric_table AS m USING (metric)
	 WHERE s.stopped_at IS NULL AND s.cancelled_at IS NULL AND s.gone_at IS NULL
	   AND s.status IN ('overdue', 'at_risk', 'on_track', 'paused')
	 GROUP BY s.metric
), data AS (
	SELECT json_build_object(
		'head', (SELECT json_build_object(
				'title', :'title', 'prefix', :'prefix', 'zone', :'time_zone',
				'made', to_char(now(), 'YYYY-MM-DD HH24:MI'), 'last', last, 'partial', start <= now() AND finish > now(),
				'first', (SELECT min(month) FROM inside), 'tickets', (SELECT count(*) FROM one),
				'backlog', (SELECT label FROM backlog_clock),
				'earlier', EXISTS (SELECT FROM :sla_view WHERE month < first), 'later', EXISTS (SELECT FROM :sla_view WHERE month > last))
			FROM period),
		'plans', coalesce((SELECT json_agg(json_build_object('place', place, 'name', name, 'named', plan IS NOT NULL, 'judged', judged, 'clocks', clocks)) FROM plan), '[]'),
		'clocks', coalesce((SELECT json_agg(json_build_object('clock', clock, 'metric', metric, 'label', label)) FROM clock), '[]'),
		'months', coalesce((SELECT json_agg(json_build_object('month', month, 'tickets', tickets)) FROM (SELECT month, count(*) AS tickets FROM one GROUP BY month) AS m), '[]'),
		'cells', coalesce((SELECT json_agg(c) FROM cells AS c), '[]'),
		'used', coalesce((SELECT json_agg(u) FROM used AS u), '[]'),
		'spread', coalesce((SELECT json_agg(s) FROM spread AS s), '[]'),
		'openings', coalesce((SELECT json_agg(o) FROM openings AS o), '[]'),
		'weeks', coalesce((SELECT json_agg(w) FROM weeks AS w), '[]'),
		'misses', coalesce((SELECT json_agg(m) FROM misses AS m), '[]'),
		'due', coalesce((SELECT json_agg(d) FROM due AS d), '[]'),
		'running', coalesce((SELECT json_agg(r) FROM running AS r), '[]'))::text AS text
)
SELECT regexp_replace(regexp_replace(regexp_replace(
	replace(replace(replace(replace(replace(replace(text,
		'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '''', '&#39;'), '\\', '&#92;'), '\"', '&quot;'),
	'\\[nrt]', ' ', 'g'), '\\(u[0-9a-f]{4}|[bf])', '&#xFFFD;', 'g'), :'unfit', '&#xFFFD;', 'g') AS data
  FROM data \gset

-- Nothing is read from here on.  These stand for the parts of the variable, in the queries below.
\set head 'json_to_record(:''data''::json -> ''head'') AS head (title text, prefix text, zone text, made text, first date, last date, partial boolean, tickets bigint, backlog text, earlier boolean, later boolean)'
\set plan_rows 'json_to_recordset(:''data''::json -> ''plans'') AS plan (place integer, name text, named boolean, judged bigint, clocks bigint)'
\set clock_rows 'json_to_recordset(:''data''::json -> ''clocks'') AS clock (clock integer, metric text, label text)'
\set month_rows 'json_to_recordset(:''data''::json -> ''months'') AS of_month (month date, tickets bigint)'
\set cell_rows 'json_to_recordset(:''data''::json -> ''cells'') AS cell (clock integer, place integer, priority text, month date, clocks bigint, met bigint, missed bigint, running bigint, overdue bigint, no_target bigint, unknown bigint, cancelled bigint, judged bigint, goal numeric, goal_met boolean, excused bigint, spread text[])'
\set used_rows 'json_to_recordset(:''data''::json -> ''used'') AS used (clock integer, tenth integer, met bigint, missed bigint)'
\set spread_rows 'json_to_recordset(:''data''::json -> ''spread'') AS spread (clock integer, place integer, priority text, answered bigint, at float8[])'
\set opening_rows 'json_to_recordset(:''data''::json -> ''openings'') AS opening (day integer, hour integer, tickets bigint)'
\set week_rows 'json_to_recordset(:''data''::json -> ''weeks'') AS week (week date, tickets bigint, waiting bigint, partial boolean)'
\set miss_rows 'json_to_recordset(:''data''::json -> ''misses'') AS miss (number integer, clock integer, place integer, id text, link text, carried text[], priority text, status text, run integer, started text, due text, spans text[], late_percent bigint, priority_changes bigint, excused boolean, excuse text)'
\set due_rows 'json_to_recordset(:''data''::json -> ''due'') AS due (number integer, id text, link text, carried text[], priority text, status text, label text, plan text, due text, due_in text)'
\set running_rows 'json_to_recordset(:''data''::json -> ''running'') AS running (metric text, label text, position integer, clocks bigint, overdue bigint, at_risk bigint, on_track bigint, paused bigint)'

-- Sums of cells.  A share is cut off, not rounded, so that 100% means all of them; the goal of several
-- cells is their average, weighted by clocks, and is compared with the cells that have one.
\set sums 'sum(cell.clocks) AS clocks, sum(cell.met) AS met, sum(cell.missed) AS missed, sum(cell.overdue) AS overdue, sum(cell.running) AS running, sum(cell.no_target) AS no_target, sum(cell.unknown) AS unknown, sum(cell.cancelled) AS cancelled, sum(cell.judged) AS judged, sum(cell.excused) AS excused, trunc(100.0 * sum(cell.met) / nullif(sum(cell.judged), 0), 1) AS share, sum(cell.met)::numeric / nullif(sum(cell.judged), 0) AS exact_share, sum(cell.goal * cell.judged) / nullif(sum(cell.judged) FILTER (WHERE cell.goal IS NOT NULL), 0) AS goal, sum(cell.met) FILTER (WHERE cell.goal IS NOT NULL AND cell.judged > 0) >= sum(cell.goal * cell.judged) FILTER (WHERE cell.judged > 0) AS goal_met'

-- The goals are those of priorities, so of a plan or a clock it is told how many of these were reached.
\set goals '(SELECT clock, place, priority, :sums FROM :cell_rows GROUP BY clock, place, priority)'

SELECT json_array_length(:'data'::json -> 'cells') > 0 AS has_tickets,
       json_array_length(:'data'::json -> 'misses') > 0 AS has_misses,
       json_array_length(:'data'::json -> 'used') > 0 AS has_used,
       json_array_length(:'data'::json -> 'weeks') > 1 AS has_weeks,
       json_array_length(:'data'::json -> 'due') > 0 AS has_due,
       json_array_length(:'data'::json -> 'running') > 0 AS has_running,
       (SELECT coalesce(12 * extract(year FROM age(last, first)) + extract(month FROM age(last, first)) + 1 - partial::integer, 0) >= 2 FROM :head) AS has_months,
       EXISTS (SELECT FROM :plan_rows WHERE judged > 0) AS has_judged \gset

-- ---------------------------------------------------------------- the page

SELECT format($html$<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<title>%s</title>$html$, title)
  FROM :head;

SELECT $html$<style>
:root {
	color-scheme: light dark;
	--paper: #ffffff; --ink: #1b232d; --muted: #566270; --rule: #d8dee5; --faint: #f3f5f8;
	--line: #1f62a8; --miss: #b0401a; --good: #22703d;
	--heat1: #e4eef8; --heat2: #bdd7ef; --heat3: #8cb9e3; --heat4: #2d6cae; --heat5: #164a80;
	--on-light: #1b232d; --on-deep: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
	:root {
		--paper: #12171d; --ink: #e5e9ee; --muted: #a2adb9; --rule: #303944; --faint: #1a2129;
		--line: #74b2f0; --miss: #f2916a; --good: #7cc795;
		--heat1: #1a2838; --heat2: #213f5e; --heat3: #2b5885; --heat4: #72aae0; --heat5: #b9d9f7;
		--on-light: #e5e9ee; --on-deep: #10151a;
	}
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
	margin: 0 auto; max-width: 72rem; padding: 2rem clamp(1rem, 3vw, 2.5rem) 3rem;
	background: var(--paper); color: var(--ink);
	font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif;
	font-variant-numeric: tabular-nums;
	overflow-wrap: anywhere;
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; }
h2 { margin: 0 0 0.35rem; font-size: 1.2rem; line-height: 1.3; font-weight: 650; }
h3 { margin: 1.5rem 0 0.6rem; font-size: 1rem; font-weight: 650; }
p { margin: 0 0 0.75rem; max-width: 46rem; }
.note, figcaption span, caption, footer { color: var(--muted); font-size: 0.875rem; }
a { color: var(--line); text-underline-offset: 0.15em; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.9rem 0 0; padding: 0; list-style: none; font-size: 0.875rem; }
header p { margin: 0.4rem 0 0; color: var(--muted); }
section { margin-top: 2.25rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--line); outline-offset: 2px; }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: 1.25rem 1.75rem; margin: 1rem 0 0.75rem; }
.figures dt { font-size: 0.875rem; color: var(--muted); }
.figures dd { margin: 0; }
.figures .value { font-size: 1.9rem; line-height: 1.25; font-weight: 600; letter-spacing: -0.02em; }
.figures .more { font-size: 0.875rem; line-height: 1.4; color: var(--muted); }
.bad { color: var(--miss); font-weight: 600; }
.well { color: var(--good); font-weight: 600; }

.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem 2rem; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr); column-gap: 3rem; }
.panels + .note { margin-top: 1rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { margin-bottom: 0.25rem; line-height: 1.35; }
figcaption b { display: block; font-weight: 650; }
svg { display: block; width: 100%; height: auto; }
.openings svg { max-width: 32rem; }
svg text { fill: var(--muted); font-size: 12px; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
svg .strong { fill: var(--ink); font-weight: 650; }
.grid { stroke: var(--rule); stroke-width: 1; }
.axis { stroke: var(--muted); stroke-width: 1; }
.share { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.goal { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 4; }
.dot { fill: var(--line); stroke: var(--line); stroke-width: 1.5; }
.few { fill: var(--paper); }
.met { fill: var(--line); }
.hatch { fill: var(--paper); }
.hatching { stroke: var(--miss); stroke-width: 3; }
.outline { fill: none; stroke: var(--miss); stroke-width: 1; }
.target { stroke: var(--ink); stroke-width: 1.5; }
.part { fill: var(--faint); stroke: var(--rule); stroke-width: 1; stroke-dasharray: 2 2; }
.below { fill: var(--line); }
.wait { fill: none; stroke: var(--miss); stroke-width: 2; stroke-linejoin: round; }
.heat0 { fill: var(--faint); } .heat1 { fill: var(--heat1); } .heat2 { fill: var(--heat2); }
.heat3 { fill: var(--heat3); } .heat4 { fill: var(--heat4); } .heat5 { fill: var(--heat5); }
svg .light { fill: var(--on-light); font-size: 11px; }
svg .deep { fill: var(--on-deep); font-size: 11px; }

.key { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin: 0 0 1rem; padding: 0; list-style: none; font-size: 0.875rem; color: var(--muted); }
.key i { display: inline-block; width: 1.6em; margin-right: 0.5em; vertical-align: middle; }
.key .k-share { border-top: 2px solid var(--line); }
.key .k-goal { border-top: 2px dashed var(--ink); }
.key .k-dot, .key .k-few { width: 0.65em; height: 0.65em; border: 2px solid var(--line); border-radius: 50%; vertical-align: baseline; }
.key .k-dot, .key .k-met { background: var(--line); }
.key .k-met, .key .k-missed { height: 0.8em; width: 1em; vertical-align: baseline; }
.key .k-wait { border-top: 2px solid var(--miss); }
.key .k-part { height: 0.8em; width: 1em; vertical-align: baseline; border: 1px dashed var(--muted); background: var(--faint); }
.key .k-missed { border: 1px solid var(--miss); background: repeating-linear-gradient(45deg, var(--miss) 0 2px, var(--paper) 2px 5px); }

.scroll { overflow-x: auto; margin: 0.75rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; line-height: 1.35; overflow-wrap: normal; }
caption { padding: 0 0 0.5rem; text-align: left; }
th, td { padding: 0.35rem 0.5rem; text-align: right; vertical-align: top; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; }
thead th { border-bottom: 1px solid var(--muted); color: var(--muted); font-weight: 600; vertical-align: bottom; white-space: normal; }
tbody th { font-weight: 400; }
tbody tr { border-bottom: 1px solid var(--rule); }
tr.sum th, tr.sum td { font-weight: 650; }
th.text, td.text { text-align: left; }
tbody th.text, tbody td.text { max-width: 18rem; white-space: normal; overflow-wrap: break-word; }
th.wrap, td.wrap { min-width: 8rem; }
tbody td.time { white-space: nowrap; }
.carried { color: var(--muted); }
.part-of { white-space: nowrap; }
.wide { direction: rtl; }
.wide svg { direction: ltr; min-width: 34rem; max-width: 52rem; margin-right: auto; }
td.in, th.in { padding-left: 1rem; }
details { margin-top: 0.75rem; }
summary { cursor: pointer; color: var(--line); font-size: 0.875rem; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--rule); }

@media (min-width: 60rem) {
	.pair { grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr); }
}
@media (max-width: 30rem) {
	body { padding-top: 1.25rem; }
	.figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; }
	.figures .value { font-size: 1.6rem; }
	#used svg text { font-size: 17px; }
	svg .light, svg .deep { font-size: 13px; }
	caption { position: sticky; left: 0; width: calc(100vw - 2rem); }
	.cards thead { display: none; }
	.cards, .cards tbody, .cards tr, .cards th, .cards td { display: block; }
	.cards tr { padding: 0.6rem 0; }
	.cards caption { display: block; }
	.cards td { padding: 0.1rem 0; text-align: left; white-space: normal; }
	.cards td br { display: none; }
	.cards td::before { content: attr(data-label) ": "; color: var(--muted); }
	.cards td .part-of::after { content: "; "; }
	.cards td .part-of:last-child::after { content: none; }
	tbody th.text { max-width: none; padding-left: 0; }
}
@media print {
	@page { margin: 14mm; }
	body { max-width: none; padding: 0; font-size: 9.5pt; }
	nav, details { display: none; }
	section { margin-top: 1.25rem; }
	.panels { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; }
	.pair { grid-template-columns: minmax(0, 1.45fr) minmax(0, 1fr); column-gap: 2rem; }
	.figures { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.75rem 1rem; }
	.figures .value { font-size: 1.5rem; }
	.scroll { overflow: visible; }
	table { font-size: 7.5pt; }
	th, td { padding: 0.2rem 0.35rem; }
	th.wrap, td.wrap { min-width: 0; }
	h2, h3, caption { break-after: avoid; }
	tr, .figures div { break-inside: avoid; }
	a { color: inherit; text-decoration: none; }
	.key i, .k-met, .k-missed { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
</style>
</head>
<body>$html$;

SELECT format($html$<header>
<h1>%s</h1>
<p>%s. Months and hours are those of %s.</p>
%s
</header>
<main>$html$, title,
	CASE WHEN first IS NULL THEN 'As of ' || made
	     ELSE 'Clocks started ' || CASE WHEN first = last THEN 'in ' || to_char(last, 'FMMonth YYYY')
	          ELSE 'from ' || to_char(first, 'FMMonth YYYY') || ' to ' || to_char(last, 'FMMonth YYYY') END
	          || CASE WHEN partial THEN ', which is not over' ELSE '' END || ', as of ' || made END,
	zone,
	CASE WHEN :'has_tickets'::boolean THEN format($html$<nav aria-label="Contents"><ul>
%s<li><a href="#share">Share met</a></li>
<li><a href="#weeks">Volume and backlog</a></li>
<li><a href="#used">Time used</a></li>
<li><a href="#openings">Openings</a></li>
<li><a href="#misses">Worst misses</a></li>
<li><a href="#compliance">Compliance</a></li>
<li><a href="#running">Running clocks</a></li>
<li><a href="#due">Due next</a></li>
</ul></nav>$html$, CASE WHEN :'has_months'::boolean THEN '<li><a href="#months">Month before</a></li>' || chr(10) END) END)
  FROM :head;

\if :has_tickets

-- Key figures.
SELECT $html$<section aria-labelledby="key-figures">
<h2 id="key-figures">Key figures</h2>
<dl class="figures">$html$;
SELECT format('<div><dt>Tickets</dt><dd class="value">%s</dd><dd class="more">%s clocks<br/>%s</dd></div>',
	to_char(tickets, 'FM999,999,999,999'), to_char(clocks, 'FM999,999,999,999'),
	CASE plans WHEN 1 THEN 'one plan' ELSE plans || ' plans' END)
  FROM :head, (SELECT sum(clocks) AS clocks, count(*) FILTER (WHERE named) AS plans FROM :plan_rows) AS p;
SELECT format('<div><dt>%s in time</dt><dd class="value">%s</dd><dd class="more">of %s clocks<br/>%s</dd></div>',
	label, coalesce(share || '%', '&#8211;'), to_char(judged, 'FM999,999,999,990'),
	CASE WHEN goals = 0 THEN 'no goal set'
	     ELSE format('<span class="%s">%s of %s goals reached</span>', CASE WHEN reached = goals THEN 'well' ELSE 'bad' END, reached, goals) END)
  FROM (SELECT clock, label, :sums FROM :cell_rows JOIN :clock_rows USING (clock) GROUP BY clock, label) AS s
  JOIN (SELECT clock, count(goal_met) AS goals, count(*) FILTER (WHERE goal_met) AS reached FROM :goals AS g GROUP BY clock) AS g USING (clock)
 ORDER BY clock;
SELECT format('<div><dt>Missed or overdue</dt><dd class="value">%s</dd><dd class="more">%s overdue%s</dd></div>',
	to_char(missed + overdue, 'FM999,999,999,990'), to_char(overdue, 'FM999,999,999,990'),
	CASE WHEN excused > 0 THEN format('<br/>%s excused', to_char(excused, 'FM999,999,999,990')) END)
  FROM (SELECT :sums FROM :cell_rows) AS s;
SELECT format('<div><dt>Median %s</dt><dd class="value">%s</dd><dd class="more">9 of 10 within %s</dd></div>', lower(label), h[1], h[2])
  FROM :spread_rows
  JOIN :clock_rows USING (clock)
 CROSS JOIN LATERAL (SELECT array_agg(CASE WHEN s < 3600 THEN to_char(make_interval(secs => s), 'FMMI')
                                           ELSE to_char(make_interval(secs => s), 'FMHH24:MI') END
                                      || CASE WHEN s < 3600 THEN ' min' ELSE ' h' END ORDER BY n) AS h
                       FROM unnest(at) WITH ORDINALITY AS u (s, n)) AS x
 WHERE place IS NULL AND priority IS NULL AND clock = 1;
SELECT format('<div><dt>Waiting now</dt><dd class="value">%s</dd><dd class="more">for: %s<br/>%s overdue, %s at risk</dd></div>',
	to_char(clocks, 'FM999,999,999,990'), lower(label), to_char(overdue, 'FM999,999,999,990'), to_char(at_risk, 'FM999,999,999,990'))
  FROM :running_rows
 ORDER BY position, metric
 LIMIT 1;
SELECT '</dl>';
SELECT format('<p class="note">%s</p>', concat_ws(' ',
	'A ticket has a clock for each thing that is measured, and another one when it starts anew. Times are those in which the desk is open, without pauses.',
	'A share is met of what was met, missed or is overdue; it is cut off, not rounded, so that 100% means all.',
	'Goals are those of a plan''s priorities, which are shown with it.',
	CASE WHEN earlier THEN 'Earlier months are left out.' END,
	CASE WHEN later THEN 'Later months are left out.' END))
  FROM :head;
SELECT '</section>';

-- The last month that is over beside the one before, and what there is of one that is not over.
\if :has_months
WITH month AS (
	SELECT m::date AS month, CASE WHEN partial AND m = last THEN 0
	            ELSE row_number() OVER (ORDER BY partial AND m = last, m DESC) END AS n
	  FROM :head, generate_series(first::timestamp, last, '1 month') AS g (m)
), figure AS (
	SELECT n, 0 AS line, 'Tickets' AS label, coalesce(tickets, 0)::numeric AS value, false AS is_share
	  FROM month LEFT JOIN :month_rows USING (month)
	UNION ALL
	SELECT m.n, 10 * k.clock + l.line, format(l.label, k.label),
	       CASE l.line WHEN 1 THEN s.share WHEN 2 THEN s.met ELSE s.missed + s.overdue END, l.line = 1
	  FROM month AS m
	 CROSS JOIN (SELECT clock, label FROM :clock_rows) AS k
	 CROSS JOIN (VALUES (1, '%s: share met'), (2, '%s: met'), (3, '%s: missed or overdue')) AS l (line, label)
	  LEFT JOIN (SELECT clock, month, :sums FROM :cell_rows GROUP BY clock, month) AS s ON s.clock = k.clock AND s.month = m.month
), line AS (
	SELECT line, label, is_share, max(value) FILTER (WHERE n = 2) AS before, max(value) FILTER (WHERE n = 1) AS last,
	       max(value) FILTER (WHERE n = 0) AS so_far
	  FROM figure
	 GROUP BY line, label, is_share
), written AS (
	SELECT line, label,
	       (SELECT array_agg(CASE WHEN v IS NULL THEN '&#8211;' WHEN is_share THEN v || '%' ELSE to_char(v, 'FM999,999,999,990') END ORDER BY n)
	          FROM unnest(ARRAY[before, last, so_far]) WITH ORDINALITY AS u (v, n)) AS value,
	       CASE WHEN last - before IS NULL THEN '&#8211;'
	            WHEN last = before THEN 'none'
	            ELSE to_char(last - before, CASE WHEN is_share THEN 'FMSG990.0' ELSE 'FMSG999,999,990' END) || CASE WHEN is_share THEN ' points' ELSE '' END
	       END AS change
	  FROM line
)
SELECT format($html$<section id="months" aria-labelledby="months-heading">
<h2 id="months-heading">Beside the month before</h2>
<div class="scroll" role="region" tabindex="0" aria-label="Beside the month before">
<table>
<caption>%1$s beside the month before. Clocks are those that started in the month.</caption>
<thead><tr><th scope="col" class="text"></th><th scope="col">%2$s</th><th scope="col">%1$s</th><th scope="col">Change</th>%3$s</tr></thead>
<tbody>
%4$s
</tbody>
</table>
</div>
</section>$html$,
	(SELECT to_char(month, 'FMMonth YYYY') FROM month WHERE n = 1),
	(SELECT to_char(month, 'FMMonth YYYY') FROM month WHERE n = 2),
	CASE WHEN partial THEN '<th scope="col">' || to_char(last, 'FMMonth YYYY') || ', not over</th>' END,
	(SELECT string_agg(format('<tr><th scope="row" class="text">%s</th><td>%s</td><td>%s</td><td>%s</td>%s</tr>', label, value[1], value[2], change,
	                          CASE WHEN partial THEN '<td>' || value[3] || '</td>' END), chr(10) ORDER BY line) FROM written))
  FROM :head;
\endif

-- Share met, by month: a panel for each plan, all of a clock to one scale.
SELECT $html$<section id="share" aria-labelledby="share-heading">
<h2 id="share-heading">Share met by month and plan</h2>$html$;
\if :has_judged
SELECT format($html$<ul class="key">
<li><i class="k-share"></i>share met</li>
%s<li><i class="k-dot"></i>month in which the clocks started</li>
<li><i class="k-few"></i>fewer than 10 clocks; with a mark beneath it: below the scale</li>
%s</ul>$html$, CASE WHEN bool_or(goal IS NOT NULL) THEN '<li><i class="k-goal"></i>goal, of several priorities the average</li>' || chr(10) ELSE '' END,
	CASE WHEN (SELECT partial FROM :head) THEN '<li><i class="k-part"></i>month that is not over</li>' || chr(10) ELSE '' END)
  FROM :cell_rows WHERE judged > 0;
WITH month AS (
	SELECT m::date AS month, i::integer AS i, count(*) OVER ()::integer AS months, partial AND m = last AS partial
	  FROM :head, generate_series(first::timestamp, last, '1 month') WITH ORDINALITY AS g (m, i)
), point AS (
	SELECT clock, place, m.i, m.month, m.partial, s.share, s.exact_share, s.goal, s.judged,
	       lag(s.exact_share) OVER (PARTITION BY clock, place ORDER BY m.i) AS before
	  FROM (SELECT clock, place FROM :cell_rows WHERE place <= :plans::integer GROUP BY clock, place HAVING sum(judged) > 0) AS p
	 CROSS JOIN month AS m
	  LEFT JOIN (SELECT clock, place, month, :sums FROM :cell_rows GROUP BY clock, place, month) AS s USING (clock, place, month)
), scale AS (
	-- a tenth below all that is drawn; months of few clocks do not count, and may stand at the foot
	SELECT clock, CASE WHEN low >= 0.5 THEN least(floor(low * 10) / 10, 0.9) ELSE 0 END AS low
	  FROM (SELECT clock, least(coalesce(min(exact_share) FILTER (WHERE judged >= 10), min(exact_share)), min(goal)) AS low
	          FROM point GROUP BY clock) AS l
), placed AS (
	SELECT p.*, m.months, s.low, round(42 + (p.i - 0.5) * 214 / m.months, 1) AS x, 214.0 / m.months AS step,
	       round(152 - (greatest(p.exact_share, s.low) - s.low) / (1 - s.low) * 136, 1) AS y,
	       round(152 - (p.goal - s.low) / (1 - s.low) * 136, 1) AS goal_y,
	       m.months - p.i AS from_last, greatest(1, ceil(m.months / 6.0))::integer AS stride
	  FROM point AS p
	  JOIN scale AS s USING (clock)
	  JOIN month AS m USING (i)
), panel AS (
	SELECT clock, place, low,
	       string_agg(to_char(month, 'FMMonth YYYY') || CASE WHEN partial THEN ', not over' ELSE '' END || ': ' || share || '% of ' || judged
	                  || coalesce(', goal ' || trunc(100 * goal, 1) || '%', ''), '; ' ORDER BY i) AS said,
	       string_agg(CASE WHEN before IS NULL THEN 'M' ELSE 'L' END || x || ' ' || y, ' ' ORDER BY i)
	                  FILTER (WHERE y IS NOT NULL) AS line,
	       string_agg(format('M%s %sh%s', round(x - step / 2, 1), goal_y, round(step, 1)), ' ' ORDER BY i)
	                  FILTER (WHERE goal_y IS NOT NULL) AS goal,
	       string_agg(format('<circle class="dot%s" cx="%s" cy="%s" r="%s"><title>%s: %s%% of %s</title></circle>%s',
	                         CASE WHEN judged < 10 THEN ' few' ELSE '' END, x, y, CASE WHEN months > 24 THEN 2 ELSE 3.5 END,
	                         to_char(month, 'FMMonth YYYY'), share, to_char(judged, 'FM999,999,999,999'),
	                         CASE WHEN exact_share < low THEN format('<path class="below" d="M%s 157h6l-3 5z"/>', x - 3) END), '' ORDER BY i)
	                  FILTER (WHERE y IS NOT NULL) AS dots,
	       string_agg(format('<rect class="part" x="%s" y="16" width="%s" height="136"/>', round(x - step / 2, 1), round(step, 1)), '')
	                  FILTER (WHERE partial) AS part,
	       string_agg(format('<text class="middle" x="%s" y="170">%s</text>', x, to_char(month, 'Mon')), '' ORDER BY i)
	                  FILTER (WHERE from_last % stride = 0) AS names,
	       -- a year stands beneath its first named month
	       string_agg(format('<text class="middle" x="%s" y="185">%s</text>', x, to_char(month, 'YYYY')), '' ORDER BY i)
	                  FILTER (WHERE from_last % stride = 0
	                          AND (i <= stride OR extract(month FROM month) <= stride)) AS years,
	       (array_agg(format('<text class="strong" x="%s" y="%s">%s%%</text>', x + 8, greatest(y + 4, 12), share) ORDER BY i DESC)
	                  FILTER (WHERE y IS NOT NULL))[1] AS last
	  FROM placed
	 GROUP BY clock, place, low
), framed AS (
	SELECT p.*, row_number() OVER (ORDER BY clock, place) AS n, name, label, t.share, t.judged, g.goals, g.reached, g.priorities,
	       row_number() OVER (PARTITION BY clock ORDER BY place) = 1 AS opens,
	       row_number() OVER (PARTITION BY clock ORDER BY place DESC) = 1 AS closes,
	       (SELECT string_agg(format('<line class="grid" x1="42" x2="256" y1="%s" y2="%s"/><text class="end" x="37" y="%s">%s%%</text>',
	                                 y, y, y + 4, round(100 * v)), '' ORDER BY v)
	          FROM (SELECT v, round(152 - (v - low) / (1 - low) * 136, 1) AS y
	                  FROM unnest(ARRAY[low, (1 + low) / 2, 1]) AS v) AS tick) AS ticks
	  FROM panel AS p
	  JOIN :plan_rows USING (place)
	  JOIN :clock_rows USING (clock)
	  JOIN (SELECT clock, place, :sums FROM :cell_rows GROUP BY clock, place) AS t USING (clock, place)
	  JOIN (SELECT clock, place, count(goal_met) AS goals, count(*) FILTER (WHERE goal_met) AS reached,
	               string_agg('<span class="part-of">' || coalesce(priority, 'no priority') || ' ' || coalesce(share || '%', '&#8211;')
	                          || CASE WHEN goal_met THEN format(' <span class="well">&#8805; %s%%</span>', trunc(100 * goal, 1))
	                                  WHEN NOT goal_met THEN format(' <span class="bad">&lt; %s%%</span>', trunc(100 * goal, 1)) ELSE '' END || '</span>',
	                          '; ' ORDER BY g.priority) FILTER (WHERE judged > 0) AS priorities
	          FROM :goals AS g GROUP BY clock, place) AS g USING (clock, place)
)
SELECT CASE WHEN opens THEN format(E'<h3>%s</h3>\n<div class="panels">\n', label) ELSE '' END
       || format($html$<figure class="panel">
<figcaption><b>%1$s</b><span>%2$s%% of %3$s; %4$s<br/>%15$s</span></figcaption>
<svg viewBox="0 0 320 190" role="img" aria-labelledby="share-%5$s-title share-%5$s-text">
<title id="share-%5$s-title">%6$s of plan %1$s: share met by month</title>
<desc id="share-%5$s-text">%7$s.</desc>
%16$s%8$s%9$s%10$s%11$s%12$s%13$s%14$s
</svg>
</figure>$html$,
		name, share, to_char(judged, 'FM999,999,999,999'),
		CASE WHEN goals = 0 THEN 'no goal'
		     ELSE format('<span class="%s">%s of %s goals reached</span>', CASE WHEN reached = goals THEN 'well' ELSE 'bad' END, reached, goals) END,
		n, label, said, ticks, names, years,
		'<path class="goal" d="' || goal || '"/>', format('<path class="share" d="%s"/>', line), dots, last, priorities, part)
       || CASE WHEN closes THEN E'\n</div>' ELSE '' END
  FROM framed
 ORDER BY n;
SELECT format('<p class="note">%s</p>', concat_ws(' ',
	CASE WHEN count(*) FILTER (WHERE place > :plans::integer AND judged > 0) > 0
	     THEN format('The %s plans with the most clocks are shown; %s more are in the table below.', :plans::integer,
	                 count(*) FILTER (WHERE place > :plans::integer AND judged > 0)) END,
	'Nothing was due: ' || string_agg(name, ', ' ORDER BY place) FILTER (WHERE judged = 0 AND place <= :plans::integer) || '.'))
  FROM :plan_rows
HAVING count(*) FILTER (WHERE judged = 0 OR place > :plans::integer) > 0;
\else
SELECT '<p>No clock had a target that was met or missed.</p>';
\endif
SELECT '</section>';

-- What came and what waited, by week.
SELECT $html$<section id="weeks" aria-labelledby="weeks-heading">
<h2 id="weeks-heading">Volume and backlog by week</h2>$html$;
\if :has_weeks
SELECT format($html$<ul class="key">
<li><i class="k-met"></i>tickets opened in the week</li>
<li><i class="k-wait"></i>clocks of %s that ran at its end</li>
%s</ul>$html$, lower(backlog), CASE WHEN (SELECT bool_or(partial) FROM :week_rows) THEN '<li><i class="k-part"></i>week that is not over</li>' || chr(10) ELSE '' END)
  FROM :head;
WITH scale AS (
	-- the next 1, 2 or 5 of its magnitude
	SELECT (SELECT min(step * power(10, e)) FROM unnest('{1,2,5}'::integer[]) AS step, generate_series(0, 12) AS e
	         WHERE step * power(10, e) >= most) AS top, weeks
	  FROM (SELECT greatest(max(tickets), max(waiting), 1) AS most, count(*) AS weeks FROM :week_rows) AS m
), bar AS (
	SELECT week, tickets, waiting, partial, row_number() OVER (ORDER BY week) AS i, 590.0 / weeks AS step, top,
	       ceil(weeks / 12.0)::integer AS stride
	  FROM :week_rows, scale
), placed AS (
	SELECT b.*, round(50 + (i - 1) * step, 1) AS x, round((150 * tickets / top)::numeric, 1) AS height,
	       round((166 - 150 * waiting / top)::numeric, 1) AS y
	  FROM bar AS b
)
SELECT format($html$<figure><div class="scroll wide" role="region" tabindex="0" aria-label="Tickets opened and clocks waiting, by week">
<svg viewBox="0 0 650 205" role="img" aria-labelledby="weeks-title weeks-text">
<title id="weeks-title">Tickets opened and clocks waiting, by week</title>
<desc id="weeks-text">%1$s.</desc>
%2$s%3$s
<line class="axis" x1="50" x2="640" y1="166" y2="166"/>
<path class="wait" d="%4$s"/>
%5$s
</svg>
</div></figure>
<details>
<summary>Weeks: the numbers</summary>
<div class="scroll" role="region" tabindex="0" aria-label="Volume and backlog by week">
<table>
<caption>By week, from Monday, the latest first</caption>
<thead><tr><th scope="col" class="text">Week from</th><th scope="col">Tickets opened</th><th scope="col">Waiting at its end</th></tr></thead>
<tbody>
%6$s
</tbody>
</table>
</div>
</details>$html$,
	(SELECT format('From the week of %s to that of %s. Most tickets: %s in the week of %s; most waiting: %s',
	               min(week), max(week), max(tickets), (array_agg(week ORDER BY tickets DESC, week))[1], max(waiting)) FROM placed),
	(SELECT string_agg(format('<line class="grid" x1="50" x2="640" y1="%s" y2="%1$s"/><text class="end" x="44" y="%s">%s</text>', 166 - 150 * part, 170 - 150 * part,
	                          CASE WHEN top * part < 100000 THEN trim_scale((top * part)::numeric)::text ELSE trim_scale((top * part / 1000)::numeric) || 'k' END), '' ORDER BY part)
	   FROM scale, unnest('{0,0.5,1}'::float8[]) AS part WHERE part > 0),
	(SELECT string_agg(CASE WHEN partial THEN format('<rect class="part" x="%s" y="16" width="%s" height="150"/>', x, round(step, 1)) ELSE '' END
	                   || format('<rect class="met" x="%s" y="%s" width="%s" height="%s"><title>Week of %s: %s tickets opened, %s waiting</title></rect>',
	                             x + round(step * 0.12, 1), 166 - height, round(step * 0.76, 1), height, week, tickets, waiting), '' ORDER BY i) FROM placed),
	(SELECT string_agg(CASE i WHEN 1 THEN 'M' ELSE 'L' END || round(x + step / 2, 1) || ' ' || y, ' ' ORDER BY i) FROM placed),
	(SELECT string_agg(format('<text class="middle" x="%s" y="184">%s</text>', round(x + step / 2, 1), to_char(week, 'FMDD Mon')), '' ORDER BY i)
	   FROM placed WHERE (i - 1) % stride = stride / 2),
	(SELECT string_agg(format('<tr><th scope="row" class="text">%s%s</th><td>%s</td><td>%s</td></tr>', week, CASE WHEN partial THEN ', not over' ELSE '' END,
	                          to_char(tickets, 'FM999,999,999,990'), to_char(waiting, 'FM999,999,999,990')), chr(10) ORDER BY week DESC) FROM placed));
\else
SELECT '<p>There is less than two weeks to show.</p>';
\endif
SELECT '</section>';

-- How the time was used, and beside it when tickets are opened.
SELECT $html$<div class="pair">
<section id="used" aria-labelledby="used-heading">
<h2 id="used-heading">How much of the target was used</h2>$html$;
\if :has_used
SELECT $html$<p class="note">Clocks that met or missed, in tenths of their target; the last bar is all above twice the target. A stop in closed hours can be
late though no more than the target was used.</p>
<ul class="key">
<li><i class="k-met"></i>met</li>
<li><i class="k-missed"></i>missed</li>
</ul>$html$;
WITH bar AS (
	SELECT clock, label, tenth, coalesce(met, 0) AS met, coalesce(missed, 0) AS missed,
	       max(met + missed) OVER (PARTITION BY clock) AS most,
	       sum(met + missed) OVER (PARTITION BY clock) AS answered,
	       66 + (tenth - 1) * 23 AS x
	  FROM (SELECT clock, label FROM :used_rows JOIN :clock_rows USING (clock) GROUP BY clock, label) AS c
	 CROSS JOIN generate_series(1, 21) AS t (tenth)
	  LEFT JOIN (SELECT clock, tenth, met, missed FROM :used_rows) AS u USING (clock, tenth)
), placed AS (
	SELECT b.*, round(165.0 * met / most, 1) AS met_height, round(165.0 * missed / most, 1) AS missed_height,
	       CASE WHEN tenth > 20 THEN 'more than 200%' ELSE format('%s to %s%%', 10 * (tenth - 1), 10 * tenth) END AS range
	  FROM bar AS b
), chart AS (
	SELECT clock, label, most, answered,
	       string_agg(format('%s: %s met, %s missed', range, met, missed), '; ' ORDER BY tenth) FILTER (WHERE met + missed > 0) AS said,
	       string_agg(CASE WHEN met > 0 THEN format('<rect class="met" x="%s" y="%s" width="19" height="%s"><title>%s: %s met</title></rect>',
	                                                x + 2, 195 - met_height, met_height, range, met) ELSE '' END
	                  || CASE WHEN missed > 0 THEN format('<rect fill="url(#hatch-%1$s)" x="%2$s" y="%3$s" width="19" height="%4$s"><title>%5$s: %6$s missed</title></rect>'
	                                                      || '<rect class="outline" x="%2$s" y="%3$s" width="19" height="%4$s"/>',
	                                                      clock, x + 2, 195 - met_height - missed_height, missed_height, range, missed) ELSE '' END,
	                  '' ORDER BY tenth) AS bars,
	       string_agg(format('<tr><th scope="row">%s</th><td>%s</td><td>%s</td></tr>', range,
	                         to_char(met, 'FM999,999,999,990'), to_char(missed, 'FM999,999,999,990')), chr(10) ORDER BY tenth) AS rows
	  FROM placed
	 GROUP BY clock, label, most, answered
)
SELECT format($html$<h3>%2$s</h3>
<figure>
<figcaption><span>%3$s clocks</span></figcaption>
<svg viewBox="0 0 560 232" role="img" aria-labelledby="used-%1$s-title used-%1$s-text">
<title id="used-%1$s-title">%2$s: distribution of the share of the target that was used</title>
<desc id="used-%1$s-text">%4$s.</desc>
<defs><pattern id="hatch-%1$s" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="6" height="6"/><line class="hatching" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>
<line class="grid" x1="66" x2="549" y1="30" y2="30"/><text class="end" x="60" y="34">%5$s</text><text class="end" x="60" y="199">0</text>
%6$s
<line class="axis" x1="66" x2="549" y1="195" y2="195"/>
<line class="target" x1="296" x2="296" y1="14" y2="195"/><text class="strong" x="302" y="20">target</text>
<text class="middle" x="66" y="215">0</text><text class="middle" x="181" y="215">50%%</text><text class="middle strong" x="296" y="215">100%%</text><text class="middle" x="411" y="215">150%%</text><text class="middle" x="526" y="215">200%%</text>
</svg>
</figure>
<details>
<summary>%2$s: the numbers</summary>
<div class="scroll" role="region" tabindex="0" aria-label="Time used, %2$s">
<table>
<caption>Clocks by the share of the target that was used</caption>
<thead><tr><th scope="col" class="text">Target used</th><th scope="col">Met</th><th scope="col">Missed</th></tr></thead>
<tbody>
%7$s
</tbody>
</table>
</div>
</details>$html$,
		clock, label, to_char(answered, 'FM999,999,999,999'), said,
		CASE WHEN most < 100000 THEN to_char(most, 'FM999,999') ELSE most / 1000 || 'k' END, bars, rows)
  FROM chart
 ORDER BY clock;
\else
SELECT '<p>No clock with a target has stopped.</p>';
\endif
SELECT '</section>';

WITH hour AS (
	SELECT d AS day, (ARRAY['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'])[d] AS weekday, h AS hour,
	       coalesce(tickets, 0) AS tickets, max(tickets) OVER () AS most
	  FROM generate_series(1, 7) AS d
	 CROSS JOIN generate_series(0, 23) AS h
	  LEFT JOIN (SELECT day, hour, tickets FROM :opening_rows) AS o ON o.day = d AND o.hour = h
), cell AS (
	SELECT c.*, ceil(5.0 * tickets / most)::integer AS heat, 46 + (day - 1) * 50 AS x, 22 + hour * 20 AS y,
	       to_char(tickets, 'FM999,999,999,990') AS written
	  FROM hour AS c
), day AS (
	SELECT day, weekday, sum(tickets) AS tickets,
	       string_agg(format('<rect class="heat%s" x="%s" y="%s" width="48" height="18"><title>%s %s:00: %s</title></rect>', heat, x, y, weekday, hour, written)
	                  || CASE WHEN tickets > 0 THEN format('<text class="middle %s" x="%s" y="%s">%s</text>',
	                                                       CASE WHEN heat > 3 THEN 'deep' ELSE 'light' END, x + 24, y + 13,
	                                                       CASE WHEN tickets < 100000 THEN tickets::text ELSE tickets / 1000 || 'k' END) ELSE '' END,
	                  '' ORDER BY hour) AS cells
	  FROM cell
	 GROUP BY day, weekday
)
SELECT format($html$<section id="openings" class="openings" aria-labelledby="openings-heading">
<h2 id="openings-heading">When tickets are opened</h2>
<p class="note">Tickets by weekday and hour of their opening, in %1$s; the stronger the colour, the more.</p>
<figure>
<svg viewBox="0 0 400 506" role="img" aria-labelledby="openings-title openings-text">
<title id="openings-title">Openings by hour and weekday</title>
<desc id="openings-text">%2$s. The busiest hour: %3$s.</desc>
%4$s
%5$s
%6$s
</svg>
</figure>
<details>
<summary>Openings: the numbers</summary>
<div class="scroll" role="region" tabindex="0" aria-label="Openings by hour and weekday">
<table>
<caption>Tickets opened, by hour and weekday</caption>
<thead><tr><th scope="col" class="text">Hour</th>%7$s</tr></thead>
<tbody>
%8$s
</tbody>
</table>
</div>
</details>
</section>
</div>$html$,
		(SELECT zone FROM :head),
		(SELECT string_agg(weekday || ' ' || to_char(tickets, 'FM999,999,999,990'), ', ' ORDER BY day) FROM day),
		(SELECT format('%s %s:00 to %s:00 with %s', weekday, hour, hour + 1, written) FROM cell ORDER BY tickets DESC, day, hour LIMIT 1),
		(SELECT string_agg(format('<text class="middle" x="%s" y="14">%s</text>', 70 + (day - 1) * 50, left(weekday, 3)), '' ORDER BY day) FROM day),
		(SELECT string_agg(format('<text class="end" x="38" y="%s">%s</text>', y + 13, to_char(hour, 'FM00') || ':00'), '' ORDER BY hour)
		   FROM cell WHERE day = 1),
		(SELECT string_agg(cells, chr(10) ORDER BY day) FROM day),
		(SELECT string_agg(format('<th scope="col">%s</th>', weekday), '' ORDER BY day) FROM day),
		(SELECT string_agg(format('<tr><th scope="row" class="text">%s:00</th>%s</tr>', to_char(hour, 'FM00'), cells), chr(10) ORDER BY hour)
		   FROM (SELECT hour, string_agg(format('<td>%s</td>', written), '' ORDER BY day) AS cells FROM cell GROUP BY hour) AS r));

-- The worst misses.
\set ticket_cell 'CASE WHEN link IS NULL THEN id ELSE format(''<a href="%s">%s</a>'', link, id) END || coalesce((SELECT string_agg(format(''<br/><span class="carried">%s</span>'', line), '''' ORDER BY n) FROM unnest(carried) WITH ORDINALITY AS u (line, n)), '''')'
SELECT $html$<section id="misses" aria-labelledby="misses-heading">
<h2 id="misses-heading">Worst misses</h2>$html$;
\if :has_misses
SELECT format($html$<div class="scroll" role="region" tabindex="0" aria-label="Worst misses">
<table class="cards">
<caption>%s, the latest by open hours in relation to the target first. Durations are hours:minutes; times are those of %s.</caption>
<thead><tr><th scope="col" class="text">Ticket</th><th scope="col" class="text">Clock</th><th scope="col" class="text">Due</th>
<th scope="col">Late, of target</th><th scope="col">Late, open hours</th><th scope="col">Late in all</th>
<th scope="col" class="text">Where the time went</th><th scope="col" class="text">State</th></tr></thead>
<tbody>$html$,
	CASE WHEN missed <= :misses::integer THEN 'All misses' ELSE format('%s of %s misses', :misses::integer, to_char(missed, 'FM999,999,999,999')) END, zone)
  FROM :head, (SELECT sum(missed + overdue) AS missed FROM :cell_rows) AS m;
SELECT format($html$<tr><th scope="row" class="text">%s</th><td class="text" data-label="Clock">%s <br/>%s, %s</td><td class="text time" data-label="Due">%s</td>
<td data-label="Late, of target">%s</td><td data-label="Late, open hours">%s</td><td data-label="Late in all">%s</td>
<td class="text" data-label="Where the time went">%s</td><td class="text" data-label="State">%s</td></tr>$html$,
	:ticket_cell, label || CASE WHEN run > 1 THEN ' ' || run ELSE '' END, name, coalesce(priority, '&#8211;'), replace(due, ' ', ' <br/>'),
	coalesce(to_char(late_percent, 'FM999,999,999,990') || '%', '&#8211;'), coalesce(spans[1], '&#8211;'), coalesce(spans[2], '&#8211;'),
	(SELECT string_agg(format('<span class="part-of">%s %s</span>', what, span), ' <br/>' ORDER BY n)
	   FROM unnest(ARRAY['open', 'paused', 'closed', 'before the answer'], spans[3:6]) WITH ORDINALITY AS u (what, span, n) WHERE span IS NOT NULL),
	concat_ws(', ', CASE status WHEN 'overdue' THEN 'not met yet' ELSE 'met late' END,
	          CASE WHEN priority_changes > 0 THEN 'priority changed ' || CASE priority_changes WHEN 1 THEN 'once' ELSE priority_changes || ' times' END END,
	          CASE WHEN excused THEN 'excused' || coalesce(': ' || excuse, '') END))
  FROM :miss_rows
  JOIN :clock_rows USING (clock)
  JOIN :plan_rows USING (place)
 ORDER BY number;
SELECT $html$</tbody>
</table>
</div>$html$;
\else
SELECT '<p>There are none.</p>';
\endif
SELECT '</section>';

-- Compliance: plans and priorities over all the months, and every month behind a fold.
SELECT $html$<section id="compliance" aria-labelledby="compliance-heading">
<h2 id="compliance-heading">Compliance by plan and priority</h2>$html$;
WITH shown AS (
	SELECT place, least(place, :plans::integer + 1) AS shown, CASE WHEN place <= :plans::integer THEN name END AS name
	  FROM :plan_rows
), grouped AS (
	SELECT clock, shown, name, cell.priority, grouping(cell.priority) AS whole_plan, grouping(shown) AS whole_clock, :sums
	  FROM :cell_rows
	  JOIN shown USING (place)
	 GROUP BY GROUPING SETS ((clock), (clock, shown, name), (clock, shown, name, cell.priority))
), line AS (
	SELECT g.*, s.at,
	       format('<tr%s><th scope="row" class="text%s">%s</th>', CASE WHEN whole_plan = 1 THEN ' class="sum"' ELSE '' END,
	              CASE WHEN whole_plan = 1 THEN ' wrap' ELSE ' in' END,
	              CASE WHEN whole_clock = 1 THEN 'All plans'
	                   WHEN whole_plan = 1 THEN coalesce(name, (SELECT format('The others (%s)', count(*)) FROM shown WHERE shown.shown = g.shown))
	                   ELSE coalesce(g.priority, 'no priority') END)
	       || (SELECT string_agg(format('<td>%s</td>', to_char(v, 'FM999,999,999,990')), '' ORDER BY n)
	             FROM unnest(ARRAY[clocks, met, missed, overdue, running, no_target + unknown + cancelled]) WITH ORDINALITY AS u (v, n))
	       || format('<td>%s</td><td>%s</td><td>%s</td>', coalesce(share || '%', '&#8211;'), coalesce(trunc(100 * goal, 1) || '%', '&#8211;'),
	                 CASE WHEN whole_plan = 1 AND goals > 0 THEN format('<span class="%s">%s of %s</span>', CASE WHEN reached = goals THEN 'well' ELSE 'bad' END, reached, goals)
	                      WHEN goal_met THEN 'yes' WHEN NOT goal_met THEN '<span class="bad">no</span>' ELSE '&#8211;' END)
	       || coalesce((SELECT string_agg(format('<td>%s</td>', to_char(make_interval(secs => v), 'FMHH24:MI')), '' ORDER BY n)
	                      FROM unnest(s.at) WITH ORDINALITY AS u (v, n)), repeat('<td>&#8211;</td>', 4))
	       || '</tr>' AS html
	  FROM grouped AS g
	  LEFT JOIN (SELECT clock, place, priority, at FROM :spread_rows) AS s
	    ON s.clock = g.clock AND s.place IS NOT DISTINCT FROM g.shown AND s.priority IS NOT DISTINCT FROM g.priority
	  LEFT JOIN (SELECT p.clock, shown, count(goal_met) AS goals, count(*) FILTER (WHERE goal_met) AS reached
	               FROM :goals AS p JOIN shown USING (place) GROUP BY GROUPING SETS ((p.clock), (p.clock, shown))) AS r
	    ON r.clock = g.clock AND r.shown IS NOT DISTINCT FROM g.shown
)
SELECT format($html$<h3>%1$s</h3>
<div class="scroll" role="region" tabindex="0" aria-label="Compliance, %1$s">
<table>
<caption>%1$s: shares, and open hours until the stop (hours:minutes). Others have no target, or are unknown or cancelled. Of a plan it is told how many of its goals were reached.</caption>
<thead><tr><th scope="col" class="text">Plan, priority</th><th scope="col">Clocks</th><th scope="col">Met</th><th scope="col">Missed</th><th scope="col">Overdue</th>
<th scope="col">Running in time</th><th scope="col">Others</th><th scope="col">Share met</th><th scope="col">Goal</th><th scope="col">Goal reached</th>
<th scope="col">Half within</th><th scope="col">90%% within</th><th scope="col">95%% within</th><th scope="col">Longest</th></tr></thead>
<tbody>
%2$s
</tbody>
</table>
</div>$html$, label, string_agg(html, chr(10) ORDER BY whole_clock DESC, shown, whole_plan DESC, line.priority))
  FROM line
  JOIN :clock_rows USING (clock)
 GROUP BY clock, label
 ORDER BY clock;

WITH numbered AS (
	SELECT row_number() OVER (ORDER BY month DESC, place, clock, cell.priority) AS number, count(*) OVER () AS all, cell.*, name, label
	  FROM :cell_rows
	  JOIN (SELECT place, name FROM :plan_rows) AS p USING (place)
	  JOIN :clock_rows USING (clock)
)
SELECT format($html$<details>
<summary>Every month: the numbers</summary>
<div class="scroll" role="region" tabindex="0" aria-label="Compliance of every month">
<table>
<caption>By month of the start, the latest first; durations are hours:minutes.%s</caption>
<thead><tr><th scope="col" class="text">Month</th><th scope="col" class="text wrap">Plan</th><th scope="col" class="text">Clock</th><th scope="col" class="text">Priority</th>
<th scope="col">Clocks</th><th scope="col">Met</th><th scope="col">Missed</th><th scope="col">Running in time</th><th scope="col">Overdue</th>
<th scope="col">No target</th><th scope="col">Unknown</th><th scope="col">Cancelled</th><th scope="col">Share met</th><th scope="col">Goal</th>
<th scope="col">Goal reached</th><th scope="col">Excused</th><th scope="col">Share without excused</th>
<th scope="col">Half within</th><th scope="col">90%% within</th><th scope="col">95%% within</th><th scope="col">Longest</th></tr></thead>
<tbody>
%s
</tbody>
</table>
</div>
</details>$html$,
	CASE WHEN max(numbered.all) > :cells::integer THEN format(' The first %s of %s rows.', :cells::integer, max(numbered.all)) ELSE '' END,
	string_agg(format('<tr><th scope="row" class="text">%s</th><td class="text wrap">%s</td><td class="text">%s</td><td class="text">%s</td>',
	                  to_char(month, 'YYYY-MM'), name, label, coalesce(priority, '&#8211;'))
	           || (SELECT string_agg(format('<td>%s</td>', v), '' ORDER BY n)
	                 FROM unnest(ARRAY[clocks, met, missed, running, overdue, no_target, unknown, cancelled]) WITH ORDINALITY AS u (v, n))
	           || format('<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>',
	                     coalesce(trunc(100.0 * met / nullif(judged, 0), 1) || '%', '&#8211;'),
	                     coalesce(trunc(100 * goal, 1) || '%', '&#8211;'),
	                     CASE WHEN goal_met THEN 'yes' WHEN NOT goal_met THEN '<span class="bad">no</span>' ELSE '&#8211;' END,
	                     excused, coalesce(trunc(100.0 * met / nullif(judged - excused, 0), 1) || '%', '&#8211;'))
	           || (SELECT string_agg(format('<td>%s</td>', coalesce(v, '&#8211;')), '' ORDER BY n) FROM unnest(spread) WITH ORDINALITY AS u (v, n))
	           || '</tr>', chr(10) ORDER BY number))
  FROM numbered
 WHERE number <= :cells::integer
HAVING count(*) > 0;
SELECT '</section>';

-- What runs now, of whatever month.
SELECT $html$<section id="running" aria-labelledby="running-heading">
<h2 id="running-heading">Running clocks</h2>$html$;
\if :has_running
SELECT $html$<div class="scroll" role="region" tabindex="0" aria-label="Running clocks">
<table>
<caption>Clocks that have a target, now, whenever they started</caption>
<thead><tr><th scope="col" class="text">Clock</th><th scope="col">All</th><th scope="col">Overdue</th><th scope="col">At risk</th><th scope="col">On track</th><th scope="col">Paused</th></tr></thead>
<tbody>$html$;
SELECT format('<tr><th scope="row" class="text">%s</th>', label)
       || (SELECT string_agg(format('<td>%s</td>', to_char(v, 'FM999,999,999,990')), '' ORDER BY n)
             FROM unnest(ARRAY[clocks, overdue, at_risk, on_track, paused]) WITH ORDINALITY AS u (v, n))
       || '</tr>'
  FROM :running_rows
 ORDER BY position, metric;
SELECT $html$</tbody>
</table>
</div>$html$;
\else
SELECT '<p>There are none.</p>';
\endif
SELECT '</section>';

-- What falls due next.
SELECT $html$<section id="due" aria-labelledby="due-heading">
<h2 id="due-heading">What falls due next</h2>$html$;
\if :has_due
SELECT format($html$<div class="scroll" role="region" tabindex="0" aria-label="What falls due next">
<table class="cards">
<caption>The next deadlines of running clocks, after those that are overdue. Times are those of %s; open hours are hours:minutes.</caption>
<thead><tr><th scope="col" class="text">Ticket</th><th scope="col" class="text">Clock</th><th scope="col" class="text">Due</th><th scope="col">In open hours</th><th scope="col" class="text">State</th></tr></thead>
<tbody>$html$, zone)
  FROM :head;
SELECT format($html$<tr><th scope="row" class="text">%s</th><td class="text" data-label="Clock">%s <br/>%s, %s</td><td class="text time" data-label="Due">%s</td>
<td data-label="In open hours">%s</td><td class="text" data-label="State">%s</td></tr>$html$,
	:ticket_cell, label, coalesce(plan, '(no plan)'), coalesce(priority, '&#8211;'), due, coalesce(due_in, '&#8211;'), replace(status, '_', ' '))
  FROM :due_rows
 ORDER BY number;
SELECT $html$</tbody>
</table>
</div>$html$;
\else
SELECT '<p>Nothing.</p>';
\endif
SELECT '</section>';

\else
SELECT '<section aria-labelledby="nothing"><h2 id="nothing">No tickets</h2><p>No clock was started in this time.</p></section>';
\endif

SELECT format('</main>
<footer>Made from the views of %s at %s (%s).</footer>
</body>
</html>', prefix, made, zone)
  FROM :head;

COMMIT;
