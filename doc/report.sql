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
--   until      the last month, as 2026-11 (the last in which a ticket was opened)
--   months     how many months (12)
--   plans      how many plans are shown one by one, those with the most tickets (12)
--   misses     how many of the worst misses (15)
--   cells      how many rows of the table of every month (600)

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
\if :{?cells} \else \set cells 600 \endif

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
-- Plans and clocks (metrics) are numbered, by their weight and in the order of their type.
WITH last AS MATERIALIZED (
	SELECT coalesce(nullif(:'until', '') || '-01',
	                (SELECT max(opened_month)::text FROM :sla_view WHERE metric = 'first_response'))::date AS last
), period AS MATERIALIZED (
	SELECT (last - interval '1 month' * (:months::integer - 1))::date AS first, last,
	       (last + interval '1 month')::timestamptz AS finish
	  FROM last
), cell AS MATERIALIZED (
	SELECT c.*, met + missed + overdue AS judged
	  FROM :compliance_view AS c
), inside AS MATERIALIZED (
	SELECT * FROM cell WHERE month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
), clock AS MATERIALIZED (
	SELECT row_number() OVER (ORDER BY metric) AS clock, metric,
	       CASE metric::text WHEN 'first_response' THEN 'First response' WHEN 'resolution' THEN 'Resolution'
	            ELSE initcap(replace(metric::text, '_', ' ')) END AS label
	  FROM inside
	 GROUP BY metric
), plan AS MATERIALIZED (
	SELECT row_number() OVER (ORDER BY sum(judged) DESC, sum(tickets) DESC, plan) AS place, plan,
	       CASE WHEN length(plan) > 80 THEN left(plan, 77) || '...' ELSE coalesce(plan, '(no plan)') END AS name,
	       sum(judged) AS judged, sum(tickets) FILTER (WHERE metric = 'first_response') AS tickets
	  FROM inside
	 GROUP BY plan
), cells AS (
	SELECT k.clock, p.place, i.priority, i.month, i.tickets, i.met, i.missed, i.on_track, i.overdue, i.no_target, i.unknown,
	       i.cancelled, i.judged, i.goal, i.goal_met, i.excused,
	       (SELECT json_agg(to_char(make_interval(secs => extract(epoch FROM d)::float8), 'FMHH24:MI') ORDER BY n)
	          FROM unnest(ARRAY[i.p50, i.p90, i.p95, i.worst]) WITH ORDINALITY AS u (d, n)) AS spread
	  FROM inside AS i
	  JOIN clock AS k USING (metric)
	  JOIN plan AS p ON p.plan IS NOT DISTINCT FROM i.plan
), answered AS (
	-- seconds, because numbers sort faster than intervals
	SELECT metric, plan, priority, status = 'met' AS met, used, extract(epoch FROM elapsed)::float8 AS elapsed
	  FROM :sla_view
	 WHERE status IN ('met', 'missed')
	   AND opened_month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
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
	  FROM :sla_view
	 WHERE metric = 'first_response'
	   AND opened_month BETWEEN (SELECT first FROM period) AND (SELECT last FROM period)
	 GROUP BY 1, 2
), misses AS (
	SELECT row_number() OVER () AS number, m.*
	  FROM (SELECT k.clock, p.place, left(m.id::text, 60) AS id, m.priority, m.status,
	               to_char(m.opened_at, 'YYYY-MM-DD HH24:MI') AS opened, to_char(m.due_at, 'YYYY-MM-DD HH24:MI') AS due,
	               (SELECT json_agg(to_char(make_interval(secs => extract(epoch FROM d)::float8), 'FMHH24:MI') ORDER BY n)
	                  FROM unnest(ARRAY[m.late_by_business, m.late_by, m.open, m.paused, m.closed, m.before_first_touch])
	                       WITH ORDINALITY AS u (d, n)) AS spans,
	               round((100 * late.targets)::numeric) AS late_percent, m.priority_changes, m.excused,
	               CASE WHEN length(m.excuse) > 200 THEN left(m.excuse, 197) || '...' ELSE m.excuse END AS excuse
	          FROM :misses_view AS m
	          JOIN clock AS k USING (metric)
	          JOIN plan AS p ON p.plan IS NOT DISTINCT FROM m.plan
	         -- the lateness of a critical ticket weighs more than that of a question
	         CROSS JOIN LATERAL (SELECT extract(epoch FROM m.late_by_business) / nullif(extract(epoch FROM m.target), 0) AS targets) AS late
	         WHERE m.opened_at >= (SELECT first FROM period)::timestamptz AND m.opened_at < (SELECT finish FROM period)
	         ORDER BY late.targets DESC NULLS LAST, m.late_by DESC NULLS LAST, m.id::text, m.metric
	         LIMIT :misses::integer) AS m
), running AS (
	SELECT b.metric::text, CASE b.metric::text WHEN 'first_response' THEN 'First response' WHEN 'resolution' THEN 'Resolution'
	            ELSE initcap(replace(b.metric::text, '_', ' ')) END AS label,
	       count(*) AS tickets, count(*) FILTER (WHERE b.status = 'overdue') AS overdue,
	       count(*) FILTER (WHERE b.status = 'at_risk') AS at_risk,
	       count(*) FILTER (WHERE b.status = 'on_track') AS on_track, count(*) FILTER (WHERE b.status = 'paused') AS paused
	  FROM :backlog_view AS b
	 GROUP BY b.metric
), data AS (
	SELECT json_build_object(
		'head', (SELECT json_build_object(
				'title', :'title', 'prefix', :'prefix', 'zone', :'time_zone',
				'made', to_char(now(), 'YYYY-MM-DD HH24:MI'), 'last', last,
				'first', (SELECT min(month) FROM inside),
				'earlier', EXISTS (SELECT FROM cell WHERE month < first), 'later', EXISTS (SELECT FROM cell WHERE month > last),
				'undated', (SELECT sum(c.tickets) FROM cell AS c WHERE c.month IS NULL AND c.metric = 'first_response'))
			FROM period),
		'plans', coalesce((SELECT json_agg(json_build_object('place', place, 'name', name, 'named', plan IS NOT NULL, 'judged', judged, 'tickets', tickets)) FROM plan), '[]'),
		'clocks', coalesce((SELECT json_agg(json_build_object('clock', clock, 'metric', metric, 'label', label)) FROM clock), '[]'),
		'cells', coalesce((SELECT json_agg(c) FROM cells AS c), '[]'),
		'used', coalesce((SELECT json_agg(u) FROM used AS u), '[]'),
		'spread', coalesce((SELECT json_agg(s) FROM spread AS s), '[]'),
		'openings', coalesce((SELECT json_agg(o) FROM openings AS o), '[]'),
		'misses', coalesce((SELECT json_agg(m) FROM misses AS m), '[]'),
		'running', coalesce((SELECT json_agg(r) FROM running AS r), '[]'))::text AS text
)
SELECT regexp_replace(regexp_replace(regexp_replace(
	replace(replace(replace(replace(replace(replace(text,
		'&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '''', '&#39;'), '\\', '&#92;'), '\"', '&quot;'),
	'\\[nrt]', ' ', 'g'), '\\(u[0-9a-f]{4}|[bf])', '&#xFFFD;', 'g'), :'unfit', '&#xFFFD;', 'g') AS data
  FROM data \gset

-- Nothing is read from here on.  These stand for the parts of the variable, in the queries below.
\set head 'json_to_record(:''data''::json -> ''head'') AS head (title text, prefix text, zone text, made text, first date, last date, earlier boolean, later boolean, undated bigint)'
\set plan_rows 'json_to_recordset(:''data''::json -> ''plans'') AS plan (place integer, name text, named boolean, judged bigint, tickets bigint)'
\set clock_rows 'json_to_recordset(:''data''::json -> ''clocks'') AS clock (clock integer, metric text, label text)'
\set cell_rows 'json_to_recordset(:''data''::json -> ''cells'') AS cell (clock integer, place integer, priority text, month date, tickets bigint, met bigint, missed bigint, on_track bigint, overdue bigint, no_target bigint, unknown bigint, cancelled bigint, judged bigint, goal numeric, goal_met boolean, excused bigint, spread text[])'
\set used_rows 'json_to_recordset(:''data''::json -> ''used'') AS used (clock integer, tenth integer, met bigint, missed bigint)'
\set spread_rows 'json_to_recordset(:''data''::json -> ''spread'') AS spread (clock integer, place integer, priority text, answered bigint, at float8[])'
\set opening_rows 'json_to_recordset(:''data''::json -> ''openings'') AS opening (day integer, hour integer, tickets bigint)'
\set miss_rows 'json_to_recordset(:''data''::json -> ''misses'') AS miss (number integer, clock integer, place integer, id text, priority text, status text, opened text, due text, spans text[], late_percent bigint, priority_changes bigint, excused boolean, excuse text)'
\set running_rows 'json_to_recordset(:''data''::json -> ''running'') AS running (metric text, label text, tickets bigint, overdue bigint, at_risk bigint, on_track bigint, paused bigint)'

-- Sums of cells.  A share is cut off, not rounded, so that 100% means all of them; the goal of several
-- cells is their average, weighted by tickets, and is compared with the cells that have one.
\set sums 'sum(cell.tickets) AS tickets, sum(cell.met) AS met, sum(cell.missed) AS missed, sum(cell.overdue) AS overdue, sum(cell.on_track) AS on_track, sum(cell.no_target) AS no_target, sum(cell.unknown) AS unknown, sum(cell.cancelled) AS cancelled, sum(cell.judged) AS judged, sum(cell.excused) AS excused, trunc(100.0 * sum(cell.met) / nullif(sum(cell.judged), 0), 1) AS share, sum(cell.met)::numeric / nullif(sum(cell.judged), 0) AS exact_share, sum(cell.goal * cell.judged) / nullif(sum(cell.judged) FILTER (WHERE cell.goal IS NOT NULL), 0) AS goal, sum(cell.met) FILTER (WHERE cell.goal IS NOT NULL AND cell.judged > 0) >= sum(cell.goal * cell.judged) FILTER (WHERE cell.judged > 0) AS goal_met'

SELECT json_array_length(:'data'::json -> 'cells') > 0 AS has_tickets,
       json_array_length(:'data'::json -> 'misses') > 0 AS has_misses,
       json_array_length(:'data'::json -> 'used') > 0 AS has_used,
       json_array_length(:'data'::json -> 'running') > 0 AS has_running,
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
	     ELSE 'Tickets opened ' || CASE WHEN first = last THEN 'in ' || to_char(last, 'FMMonth YYYY')
	          ELSE 'from ' || to_char(first, 'FMMonth YYYY') || ' to ' || to_char(last, 'FMMonth YYYY') END || ', as of ' || made END,
	zone,
	CASE WHEN :'has_tickets'::boolean THEN $html$<nav aria-label="Contents"><ul>
<li><a href="#share">Share met</a></li>
<li><a href="#used">Time used</a></li>
<li><a href="#openings">Openings</a></li>
<li><a href="#misses">Worst misses</a></li>
<li><a href="#compliance">Compliance</a></li>
<li><a href="#running">Running clocks</a></li>
</ul></nav>$html$ END)
  FROM :head;

\if :has_tickets

-- Key figures.
SELECT $html$<section aria-labelledby="key-figures">
<h2 id="key-figures">Key figures</h2>
<dl class="figures">$html$;
SELECT format('<div><dt>Tickets opened</dt><dd class="value">%s</dd><dd class="more">%s</dd></div>',
	to_char(sum(tickets), 'FM999,999,999,999'), CASE count(*) FILTER (WHERE named) WHEN 1 THEN 'one plan' ELSE count(*) FILTER (WHERE named) || ' plans' END)
  FROM :plan_rows;
SELECT format('<div><dt>%s in time</dt><dd class="value">%s</dd><dd class="more">of %s%s</dd></div>',
	label, coalesce(share || '%', '&#8211;'), to_char(judged, 'FM999,999,999,990'),
	CASE WHEN goal IS NULL THEN ', no goal set'
	     ELSE format(', goal %s%%<br/><span class="%s</span>', trunc(100 * goal, 1),
	                 CASE WHEN goal_met THEN 'well">reached' ELSE 'bad">not reached' END) END)
  FROM (SELECT clock, label, :sums FROM :cell_rows JOIN :clock_rows USING (clock) GROUP BY clock, label) AS s
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
SELECT format('<div><dt>Waiting now</dt><dd class="value">%s</dd><dd class="more">for a %s<br/>%s overdue, %s at risk</dd></div>',
	to_char(tickets, 'FM999,999,999,990'), lower(label), to_char(overdue, 'FM999,999,999,990'), to_char(at_risk, 'FM999,999,999,990'))
  FROM :running_rows
 WHERE metric = 'first_response';
SELECT '</dl>';
SELECT format('<p class="note">%s</p>', concat_ws(' ',
	'Times are those in which the desk is open, without pauses. A share is met of what was met, missed or is overdue; it is cut off, not rounded, so that 100% means all.',
	CASE WHEN earlier THEN 'Earlier months are left out.' END,
	CASE WHEN later THEN 'Later months are left out.' END,
	CASE undated WHEN 1 THEN 'One ticket has no time of opening and is left out.'
	             ELSE to_char(undated, 'FM999,999,999,999') || ' tickets have no time of opening and are left out.' END))
  FROM :head;
SELECT '</section>';

-- Share met, by month: a panel for each plan, all of a clock to one scale.
SELECT $html$<section id="share" aria-labelledby="share-heading">
<h2 id="share-heading">Share met by month and plan</h2>$html$;
\if :has_judged
SELECT format($html$<ul class="key">
<li><i class="k-share"></i>share met</li>
%s<li><i class="k-dot"></i>month of opening</li>
<li><i class="k-few"></i>fewer than 10 tickets</li>
</ul>$html$, CASE WHEN bool_or(goal IS NOT NULL) THEN '<li><i class="k-goal"></i>goal</li>' || chr(10) ELSE '' END)
  FROM :cell_rows WHERE judged > 0;
WITH month AS (
	SELECT m::date AS month, i::integer AS i, count(*) OVER ()::integer AS months
	  FROM :head, generate_series(first::timestamp, last, '1 month') WITH ORDINALITY AS g (m, i)
), point AS (
	SELECT clock, place, m.i, m.month, s.share, s.exact_share, s.goal, s.judged,
	       lag(s.exact_share) OVER (PARTITION BY clock, place ORDER BY m.i) AS before
	  FROM (SELECT clock, place FROM :cell_rows WHERE place <= :plans::integer GROUP BY clock, place HAVING sum(judged) > 0) AS p
	 CROSS JOIN month AS m
	  LEFT JOIN (SELECT clock, place, month, :sums FROM :cell_rows GROUP BY clock, place, month) AS s USING (clock, place, month)
), scale AS (
	-- the highest of these below all that is drawn
	SELECT clock, CASE WHEN low >= 0.5 THEN least(floor(low * 10) / 10, 0.9) ELSE 0 END AS low
	  FROM (SELECT clock, min(least(exact_share, goal)) AS low FROM point GROUP BY clock) AS l
), placed AS (
	SELECT p.*, m.months, s.low, round(42 + (p.i - 0.5) * 214 / m.months, 1) AS x, 214.0 / m.months AS step,
	       round(152 - (p.exact_share - s.low) / (1 - s.low) * 136, 1) AS y,
	       round(152 - (p.goal - s.low) / (1 - s.low) * 136, 1) AS goal_y,
	       m.months - p.i AS from_last, greatest(1, ceil(m.months / 6.0))::integer AS stride
	  FROM point AS p
	  JOIN scale AS s USING (clock)
	  JOIN month AS m USING (i)
), panel AS (
	SELECT clock, place, low,
	       string_agg(to_char(month, 'FMMonth YYYY') || ': ' || share || '% of ' || judged
	                  || coalesce(', goal ' || trunc(100 * goal, 1) || '%', ''), '; ' ORDER BY i) AS said,
	       string_agg(CASE WHEN before IS NULL THEN 'M' ELSE 'L' END || x || ' ' || y, ' ' ORDER BY i)
	                  FILTER (WHERE y IS NOT NULL) AS line,
	       string_agg(format('M%s %sh%s', round(x - step / 2, 1), goal_y, round(step, 1)), ' ' ORDER BY i)
	                  FILTER (WHERE goal_y IS NOT NULL) AS goal,
	       string_agg(format('<circle class="dot%s" cx="%s" cy="%s" r="%s"><title>%s: %s%% of %s</title></circle>',
	                         CASE WHEN judged < 10 THEN ' few' ELSE '' END, x, y, CASE WHEN months > 24 THEN 2 ELSE 3.5 END,
	                         to_char(month, 'FMMonth YYYY'), share, to_char(judged, 'FM999,999,999,999')), '' ORDER BY i)
	                  FILTER (WHERE y IS NOT NULL) AS dots,
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
	SELECT p.*, row_number() OVER (ORDER BY clock, place) AS n, name, label, t.share, t.judged, t.goal AS goals, t.goal_met,
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
)
SELECT CASE WHEN opens THEN format(E'<h3>%s</h3>\n<div class="panels">\n', label) ELSE '' END
       || format($html$<figure class="panel">
<figcaption><b>%1$s</b><span>%2$s%% of %3$s%4$s</span></figcaption>
<svg viewBox="0 0 320 190" role="img" aria-labelledby="share-%5$s-title share-%5$s-text">
<title id="share-%5$s-title">%6$s of plan %1$s: share met by month</title>
<desc id="share-%5$s-text">%7$s.</desc>
%8$s%9$s%10$s%11$s%12$s%13$s%14$s
</svg>
</figure>$html$,
		name, share, to_char(judged, 'FM999,999,999,999'),
		CASE WHEN goals IS NULL THEN ', no goal'
		     ELSE format(', goal %s%% <span class="%s</span>', trunc(100 * goals, 1),
		                 CASE WHEN goal_met THEN 'well">reached' ELSE 'bad">not reached' END) END,
		n, label, said, ticks, names, years,
		'<path class="goal" d="' || goal || '"/>', format('<path class="share" d="%s"/>', line), dots, last)
       || CASE WHEN closes THEN E'\n</div>' ELSE '' END
  FROM framed
 ORDER BY n;
SELECT format('<p class="note">%s</p>', concat_ws(' ',
	CASE WHEN count(*) FILTER (WHERE place > :plans::integer AND judged > 0) > 0
	     THEN format('The %s plans with the most tickets are shown; %s more are in the table below.', :plans::integer,
	                 count(*) FILTER (WHERE place > :plans::integer AND judged > 0)) END,
	'Nothing was due: ' || string_agg(name, ', ' ORDER BY place) FILTER (WHERE judged = 0 AND place <= :plans::integer) || '.'))
  FROM :plan_rows
HAVING count(*) FILTER (WHERE judged = 0 OR place > :plans::integer) > 0;
\else
SELECT '<p>No ticket had a target that was met or missed.</p>';
\endif
SELECT '</section>';

-- How the time was used, and beside it when tickets are opened.
SELECT $html$<div class="pair">
<section id="used" aria-labelledby="used-heading">
<h2 id="used-heading">How much of the target was used</h2>$html$;
\if :has_used
SELECT $html$<p class="note">Answered tickets, in tenths of their target; the last bar is all above twice the target. An answer in closed hours can be
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
<figcaption><span>%3$s answered</span></figcaption>
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
<caption>Answered tickets by the share of the target that was used</caption>
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
SELECT '<p>No ticket with a target has been answered.</p>';
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
<p class="note">Tickets by weekday and hour, in %1$s; the stronger the colour, the more.</p>
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
SELECT $html$<section id="misses" aria-labelledby="misses-heading">
<h2 id="misses-heading">Worst misses</h2>$html$;
\if :has_misses
SELECT format($html$<div class="scroll" role="region" tabindex="0" aria-label="Worst misses">
<table>
<caption>%s, the latest by open hours in relation to the target first. Durations are hours:minutes; times are those of %s.</caption>
<thead><tr><th scope="col" class="text">Ticket</th><th scope="col" class="text">Plan</th><th scope="col" class="text">Priority</th><th scope="col" class="text">Clock</th>
<th scope="col" class="text">Due</th><th scope="col">Late, of target</th><th scope="col">Late, open hours</th><th scope="col">Late in all</th>
<th scope="col">Open</th><th scope="col">Paused</th><th scope="col">Closed</th><th scope="col">Before first touch</th>
<th scope="col">Priority changes</th><th scope="col" class="text wrap">State</th></tr></thead>
<tbody>$html$,
	CASE WHEN missed <= :misses::integer THEN 'All misses' ELSE format('%s of %s misses', :misses::integer, to_char(missed, 'FM999,999,999,999')) END, zone)
  FROM :head, (SELECT sum(missed + overdue) AS missed FROM :cell_rows) AS m;
SELECT format($html$<tr><th scope="row" class="text">%s</th><td class="text">%s</td><td class="text">%s</td><td class="text">%s</td><td class="text time">%s</td><td>%s</td>%s<td>%s</td><td class="text wrap">%s</td></tr>$html$,
	id, name, coalesce(priority, '&#8211;'), label, replace(due, ' ', '<br/>'), coalesce(to_char(late_percent, 'FM999,999,999,990') || '%', '&#8211;'),
	(SELECT string_agg(format('<td>%s</td>', coalesce(span, '&#8211;')), '' ORDER BY n) FROM unnest(spans) WITH ORDINALITY AS u (span, n)),
	coalesce(priority_changes::text, '&#8211;'),
	CASE status WHEN 'overdue' THEN 'not met yet' ELSE 'met late' END
	|| CASE WHEN excused THEN ', excused' || coalesce(': ' || excuse, '') ELSE '' END)
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
	             FROM unnest(ARRAY[tickets, met, missed, overdue, on_track, no_target + unknown + cancelled]) WITH ORDINALITY AS u (v, n))
	       || format('<td>%s</td><td>%s</td><td>%s</td>', coalesce(share || '%', '&#8211;'), coalesce(trunc(100 * goal, 1) || '%', '&#8211;'),
	                 CASE WHEN goal_met THEN 'yes' WHEN NOT goal_met THEN '<span class="bad">no</span>' ELSE '&#8211;' END)
	       || coalesce((SELECT string_agg(format('<td>%s</td>', to_char(make_interval(secs => v), 'FMHH24:MI')), '' ORDER BY n)
	                      FROM unnest(s.at) WITH ORDINALITY AS u (v, n)), repeat('<td>&#8211;</td>', 4))
	       || '</tr>' AS html
	  FROM grouped AS g
	  LEFT JOIN (SELECT clock, place, priority, at FROM :spread_rows) AS s
	    ON s.clock = g.clock AND s.place IS NOT DISTINCT FROM g.shown AND s.priority IS NOT DISTINCT FROM g.priority
)
SELECT format($html$<h3>%1$s</h3>
<div class="scroll" role="region" tabindex="0" aria-label="Compliance, %1$s">
<table>
<caption>%1$s: shares, and open hours until the answer (hours:minutes). Others have no target, or are unknown or cancelled.</caption>
<thead><tr><th scope="col" class="text">Plan, priority</th><th scope="col">Tickets</th><th scope="col">Met</th><th scope="col">Missed</th><th scope="col">Overdue</th>
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
<caption>By month of opening, the latest first; durations are hours:minutes.%s</caption>
<thead><tr><th scope="col" class="text">Month</th><th scope="col" class="text wrap">Plan</th><th scope="col" class="text">Clock</th><th scope="col" class="text">Priority</th>
<th scope="col">Tickets</th><th scope="col">Met</th><th scope="col">Missed</th><th scope="col">Running in time</th><th scope="col">Overdue</th>
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
	                 FROM unnest(ARRAY[tickets, met, missed, on_track, overdue, no_target, unknown, cancelled]) WITH ORDINALITY AS u (v, n))
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
<caption>Clocks that have a deadline, now, whenever the ticket was opened</caption>
<thead><tr><th scope="col" class="text">Clock</th><th scope="col">All</th><th scope="col">Overdue</th><th scope="col">At risk</th><th scope="col">On track</th><th scope="col">Paused</th></tr></thead>
<tbody>$html$;
SELECT format('<tr><th scope="row" class="text">%s</th>', label)
       || (SELECT string_agg(format('<td>%s</td>', to_char(v, 'FM999,999,999,990')), '' ORDER BY n)
             FROM unnest(ARRAY[tickets, overdue, at_risk, on_track, paused]) WITH ORDINALITY AS u (v, n))
       || '</tr>'
  FROM :running_rows
 ORDER BY label;
SELECT $html$</tbody>
</table>
</div>$html$;
\else
SELECT '<p>There are none.</p>';
\endif
SELECT '</section>';

\else
SELECT '<section aria-labelledby="nothing"><h2 id="nothing">No tickets</h2><p>No ticket was opened in this time.</p></section>';
\endif

SELECT format('</main>
<footer>Made from the views of %s at %s (%s).</footer>
</body>
</html>', prefix, made, zone)
  FROM :head;

COMMIT;
