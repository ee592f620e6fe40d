-- Which views a report reads, and in which time zone: read by report.sql and report_terminal.sql, in
-- their transaction.
--
-- In: prefix and time_zone, both optional.  Out: name, the prefix's last part; sla_view, compliance_view,
-- misses_view and backlog_view, ready for SQL; time_zone; unfit, a pattern.

\if :{?prefix} \else \set prefix ticket \endif

-- A table that is not tracked ends here: its view does not exist.
WITH given AS (
	SELECT parse_ident(:'prefix') AS part
), found AS (
	SELECT part[cardinality(part)] AS name,
	       CASE cardinality(part) WHEN 1 THEN format('%I', part[1] || '_sla')
	            ELSE format('%I.%I', part[1], part[2] || '_sla') END::regclass AS sla
	  FROM given
)
SELECT f.name AS name, n.nspname AS schema,
       format('%I.%I', n.nspname, f.name || '_sla') AS sla_view,
       format('%I.%I', n.nspname, f.name || '_sla_compliance') AS compliance_view,
       format('%I.%I', n.nspname, f.name || '_sla_misses') AS misses_view,
       format('%I.%I', n.nspname, f.name || '_sla_backlog') AS backlog_view,
       -- as the extension's own view of tracked tables is named, wherever it lies
       (SELECT format('%I.sla_tracked', e.nspname)
          FROM pg_extension AS x
          JOIN pg_namespace AS e ON e.oid = x.extnamespace
         WHERE x.extname = 'ticket_priority') AS tracked_view
  FROM found AS f
  JOIN pg_class AS c ON c.oid = f.sla
  JOIN pg_namespace AS n ON n.oid = c.relnamespace \gset

-- From here on every name is qualified, and nothing of the reader's can come in between.
SET LOCAL search_path = pg_catalog;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;

\if :{?time_zone} \else
	\set time_zone UTC
	SELECT to_regclass(:'tracked_view') IS NOT NULL AS tracking_known \gset
	\if :tracking_known
		SELECT coalesce(max(t.mapping ->> 'report_time_zone'), 'UTC') AS time_zone
		  FROM :tracked_view AS t
		  JOIN pg_class AS c ON c.oid = t.ticket_table
		  JOIN pg_namespace AS n ON n.oid = c.relnamespace
		 WHERE n.nspname = :'schema' AND coalesce(t.mapping ->> 'prefix', c.relname) = :'name' \gset
	\endif
\endif

-- An offset is east of UTC where it is positive; the server's setting reads it the other way.
SELECT set_config('timezone',
	CASE WHEN :'time_zone' ~ '^[+-][0-9:]+$'
	     THEN '<' || :'time_zone' || '>' || translate(:'time_zone', '+-', '-+')
	     ELSE :'time_zone' END, true) AS zone_set \gset

-- Characters that no page may hold or that turn its text around, where the database can have them.
SELECT CASE getdatabaseencoding() WHEN 'UTF8' THEN '[\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]'
            ELSE '[\u007F]' END AS unfit \gset
