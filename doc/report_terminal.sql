-- The report in short, for the terminal: at most 100 columns.
--
--   psql -X -v prefix=ticket -f doc/report_terminal.sql mydatabase
--
-- It reads the same views as report.sql, and as little is needed for it.
--
-- Variables, all of them optional (-v name=value):
--   prefix, time_zone, until  as for report.sql
--   months     how many months (6)
--   plans      how many plans, those with the most tickets (6)
--   misses     how many of the worst misses (10)

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

-- All figures are of one moment.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

\ir report_views.sql

SELECT last IS NOT NULL AS has_tickets, (last - interval '1 month' * (:months::integer - 1))::date AS first, last::date AS last,
       (last + interval '1 month')::timestamptz AS finish
  FROM (SELECT coalesce(nullif(:'until', '') || '-01',
                        (SELECT max(opened_month)::text FROM :sla_view WHERE metric = 'first_response'))::date AS last) AS l \gset

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

-- A share is cut off, not rounded, so that 100% means all.  Signs are coarser than shares, so the
-- bar is kept on the side of the goal on which the share is.
\set months_of '(SELECT *, rpad(repeat(''#'', CASE WHEN share >= goal THEN greatest(signs, mark) WHEN share < goal THEN least(signs, mark - 1) ELSE signs END), 40, ''.'') AS bar FROM (SELECT *, floor(40 * share)::integer AS signs, greatest(ceil(40 * goal)::integer, 1) AS mark FROM (SELECT plan, month, sum(met + missed + overdue) AS judged, sum(met) / nullif(sum(met + missed + overdue), 0) AS share, sum(goal::numeric * (met + missed + overdue)) / nullif(sum(met + missed + overdue) FILTER (WHERE goal IS NOT NULL), 0) AS goal FROM'
\set bars 'shown.name AS "plan", to_char(month, ''YYYY-MM'') AS "month", judged AS "tickets", trunc(100 * share, 1) AS "met %", trunc(100 * goal, 1) AS "goal %", coalesce(overlay(bar PLACING ''|'' FROM mark + 1 FOR 0), bar) AS "0%      # share met, | the goal      100%"'

\echo 'First responses in time, by month of opening:'
\echo
SELECT :bars
  FROM :months_of :compliance_view
         WHERE metric = 'first_response' AND month BETWEEN :'first' AND :'last'
         GROUP BY plan, month) AS m) AS m) AS v
  JOIN :shown
 WHERE judged > 0
 ORDER BY shown.place, month;

SELECT EXISTS (SELECT FROM :compliance_view WHERE metric = 'resolution' AND month BETWEEN :'first' AND :'last') AS has_resolution \gset
\if :has_resolution
\echo 'Resolutions in time, by month of opening:'
\echo
SELECT :bars
  FROM :months_of :compliance_view
         WHERE metric = 'resolution' AND month BETWEEN :'first' AND :'last'
         GROUP BY plan, month) AS m) AS m) AS v
  JOIN :shown
 WHERE judged > 0
 ORDER BY shown.place, month;
\endif

\echo 'How long it took, in open hours (hours:minutes):'
\echo
SELECT replace(metric::text, '_', ' ') AS "clock", name AS "plan", answered,
       lpad(to_char(make_interval(secs => at[1]), 'FMHH24:MI'), 9) AS "half within",
       lpad(to_char(make_interval(secs => at[2]), 'FMHH24:MI'), 9) AS "90% within",
       lpad(to_char(make_interval(secs => at[3]), 'FMHH24:MI'), 9) AS "95% within",
       lpad(to_char(make_interval(secs => at[4]), 'FMHH24:MI'), 9) AS "longest"
  FROM (SELECT v.metric, shown.place, shown.name, count(*) AS answered,
               percentile_cont('{0.5, 0.9, 0.95, 1}'::float8[]) WITHIN GROUP (ORDER BY extract(epoch FROM v.elapsed)::float8) AS at
          FROM :sla_view AS v
          JOIN :shown
         WHERE v.status IN ('met', 'missed') AND v.elapsed IS NOT NULL AND v.opened_month BETWEEN :'first' AND :'last'
         GROUP BY v.metric, shown.place, shown.name) AS s
 ORDER BY metric, place;

\echo 'The worst misses, by how late they were in open hours, in relation to the target:'
\echo
SELECT left(regexp_replace(id::text, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 10) AS "ticket",
       left(regexp_replace(plan, '[[:cntrl:]]|' || :'unfit', '?', 'g'), 16) AS "plan", priority AS "P",
       replace(metric::text, '_', ' ') AS "clock", to_char(due_at, 'YYYY-MM-DD HH24:MI') AS "due",
       round((100 * extract(epoch FROM late_by_business) / nullif(extract(epoch FROM target), 0))::numeric) AS "late %",
       lpad(to_char(make_interval(secs => extract(epoch FROM late_by_business)::float8), 'FMHH24:MI'), 6) AS "late",
       CASE WHEN excused THEN 'excused' ELSE status::text END AS "state"
  FROM :misses_view
 WHERE opened_at >= :'first'::timestamp::timestamptz AND opened_at < :'finish'
 ORDER BY extract(epoch FROM late_by_business) / nullif(extract(epoch FROM target), 0) DESC NULLS LAST,
          late_by DESC NULLS LAST, id::text, metric
 LIMIT :misses::integer;

\else
\echo 'No ticket was opened in this time.'
\endif

COMMIT;
