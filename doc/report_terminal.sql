-- The report in short, for the terminal: at most 100 columns.
--
--   psql -X -v prefix=ticket -f doc/report_terminal.sql mydatabase
--
-- It reads the same views as report.sql, and as little is needed for it.
--
-- Variables, all of them optional (-v name=value):
--   prefix, time_zone, until  as for report.sql
--   months     how many months (6)
--   plans      how many plans, those with the most clocks (6)
--   misses     how many of the worst misses (10)
--   due        how many of the clocks that fall due next (10)

\set QUIET on
\set ON_ERROR_STOP on
\set ECHO none
\pset format aligned
\pset border 1
\pset linestyle ascii
\pset expanded off
\pset tuples_only off
\pset footer off
\pset pager off
\pset null '-'

\if :{?until} \else \set until '' \endif
\if :{?months} \else \set months 6 \endif
\if :{?plans} \else \set plans 6 \endif
\if :{?misses} \else \set misses 10 \endif
\if :{?due} \else \set due 10 \endif

-- All figures are of one moment.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

\ir report_views.sql

SELECT last IS NOT NULL AS has_tickets, (last - interval '1 month' * (:months::integer - 1))::date AS first, last::date AS last,
       coalesce(last::timestamptz <= now() AND (last + interval '1 month')::timestamptz > now(), false) AS partial
  FROM (SELECT coalesce(nullif(:'until', '') || '-01', (SELECT max(month)::text FROM :sla_view))::date AS last) AS l \gset

\if :has_tickets

-- The plans shown, with names that fit and that no terminal takes for commands.
SELECT coalesce(json_agg(json_build_object('plan', plan, 'place', place, 'name',
		CASE WHEN length(name) > 16 THEN left(name, 13) || '...' ELSE name END)), '[]') AS plans_shown
  FROM (SELECT plan, regexp_replace(coalesce(plan, '(no plan)'), '[[:cntrl:]]|' || :'unfit', '?', 'g') AS name,
               row_number() OVER (ORDER BY sum(met + missed + overdue) DESC, plan) AS place
          FROM :compliance_view
         WHERE month BETWEEN :'first' AND :'last'
         GROUP BY plan
        HAVING sum(met + missed + overdue) > 0
         ORDER BY place
         LIMIT :plans::integer) AS p \gset
\set shown 'json_to_recordset(:''plans_shown''::json) AS shown (plan text, place integer, name text) ON shown.plan IS NOT DISTINCT FROM v.plan'
\set judged 'sum(met + missed + overdue)'
\set clock_name 'left(regexp_replace(replace(v.metric, ''_'', '' ''), ''[[:cntrl:]]|'' || :''unfit'', ''?'', ''g''), 14)'

-- A share is cut off, not rounded, so that 100% means all.
\echo 'Clocks stopped in time, by the month in which they started (* is not over):'
\echo
SELECT :clock_name AS "clock", shown.name AS "plan",
       to_char(month, 'YYYY-MM') || CASE WHEN :'partial'::boolean AND month = :'last' THEN '*' ELSE '' END AS "month", judged AS "clocks", trunc(100 * share, 1) AS "met %",
       rpad(repeat('#', floor(30 * share)::integer), 30, '.') AS "0%       # share met      100%"
  FROM (SELECT metric, plan, month, :judged AS judged, sum(met) / nullif(:judged, 0) AS share
          FROM :compliance_view
         WHERE month BETWEEN :'first' AND :'last'
         GROUP BY metric, plan, month) AS v
  JOIN :shown
 WHERE judged > 0
 ORDER BY metric, shown.place, month;

-- Signs are coarser than shares, so the bar is kept on the side of the goal on which the share is.
\echo 'The same of all these months, against the goals of the priorities:'
\echo
SELECT :clock_name AS "clock", shown.name AS "plan", priority AS "P", judged AS "clocks", trunc(100 * share, 1) AS "met %", trunc(100 * goal, 1) AS "goal %",
       coalesce(overlay(bar PLACING '|' FROM mark + 1 FOR 0), bar) AS "0%  # share met, | goal   100%"
  FROM (SELECT *, rpad(repeat('#', CASE WHEN share >= goal THEN greatest(signs, mark) WHEN share < goal THEN least(signs, mark - 1) ELSE signs END), 30, '.') AS bar
          FROM (SELECT *, floor(30 * share)::integer AS signs, greatest(ceil(30 * goal)::integer, 1) AS mark
                  FROM (SELECT metric, plan, priority, :judged AS judged, sum(met) / nullif(:judged, 0) AS share,
                               sum(goal::numeric * (met + missed + overdue)) / nullif(sum(met + missed + overdue) FILTER (WHERE goal IS NOT NULL), 0) AS goal
                          FROM :compliance_view
                         WHERE month BETWEEN :'first' AND :'last'
                         GROUP BY metric, plan, priority) AS m) AS m) AS v
  JOIN :shown
 WHERE judged > 0
 ORDER BY metric, shown.place, priority;

\echo 'How long it took, in open hours (hours:minutes):'
\echo
SELECT :clock_name AS "clock", name AS "plan", stopped,
       lpad(to_char(make_interval(secs => at[1]), 'FMHH24:MI'), 9) AS "half within",
       lpad(to_char(make_interval(secs => at[2]), 'FMHH24:MI'), 9) AS "90% within",
       lpad(to_char(make_interval(secs => at[3]), 'FMHH24:MI'), 9) AS "95% within",
       lpad(to_char(make_interval(secs => at[4]), 'FMHH24:MI'), 9) AS "longest"
  FROM (SELECT v.metric, shown.place, shown.name, count(*) AS stopped,
               percentile_cont('{0.5, 0.9, 0.95, 1}'::float8[]) WITHIN GROUP (ORDER BY v.elapsed_seconds) AS at
          FROM :sla_view AS v
          JOIN :shown
         WHERE v.status IN ('met', 'missed') AND v.elapsed IS NOT NULL AND v.month BETWEEN :'first' AND :'last'
         GROUP BY v.metric, shown.place, shown.name) AS v
 ORDER BY metric, place;

\echo 'The worst misses, by how late they were in open hours, in relation to the target:'
\echo
SELECT left(regexp_replace(ticket::text, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 10) AS "ticket",
       left(regexp_replace(plan, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 14) AS "plan", priority AS "P",
       :clock_name AS "clock", to_char(due_at, 'YYYY-MM-DD HH24:MI') AS "due",
       round((100 * late_by_business_seconds / nullif(target_seconds, 0))::numeric) AS "late %",
       lpad(to_char(make_interval(secs => late_by_business_seconds), 'FMHH24:MI'), 8) AS "late",
       CASE WHEN excused THEN 'excused' ELSE status::text END AS "state"
  FROM :misses_view AS v
 WHERE month BETWEEN :'first' AND :'last'
 ORDER BY late_by_business_seconds / nullif(target_seconds, 0) DESC NULLS LAST, late_by DESC NULLS LAST, v.clock
 LIMIT :misses::integer;

\echo 'What falls due next, after what is overdue:'
\echo
SELECT left(regexp_replace(ticket::text, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 10) AS "ticket",
       left(regexp_replace(plan, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 14) AS "plan", priority AS "P",
       :clock_name AS "clock", to_char(due_at, 'YYYY-MM-DD HH24:MI') AS "due",
       lpad(to_char(make_interval(secs => due_in_seconds), 'FMHH24:MI'), 9) AS "open hours",
       replace(status::text, '_', ' ') AS "state"
  FROM :backlog_view AS v
 WHERE due_at > now()
 LIMIT :due::integer;

\else
\echo 'No clock was started in this time.'
\endif

COMMIT;
