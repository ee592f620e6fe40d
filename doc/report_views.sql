-- Which views a report reads, and in which time zone: read by report.sql and report_terminal.sql, in
-- their transaction.
--
-- In: prefix and time_zone, both optional.  Out: name, the prefix's last part; sla_view, compliance_view,
-- misses_view and backlog_view, ready for SQL; ticket_key, an expression that tells tickets apart, as text;
-- metric_table; time_zone; unfit, a pattern.

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
       -- where there is a tenant, tickets are numbered in it
       CASE WHEN EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = f.sla AND a.attname = 'tenant')
            THEN 'tenant::text || ''/'' || ticket::text' ELSE 'ticket::text' END AS ticket_key,
       (SELECT format('%I', e.nspname)
          FROM pg_extension AS x
          JOIN pg_namespace AS e ON e.oid = x.extnamespace
         WHERE x.extname = 'ticket_priority') AS extension_schema
  FROM found AS f
  JOIN pg_class AS c ON c.oid = f.sla
  JOIN pg_namespace AS n ON n.oid = c.relnamespace \gset

-- From here on every name is qualified, and nothing of the reader's can come in between.
SET LOCAL search_path = pg_catalog;
SET LOCAL datestyle = 'ISO, YMD';
SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1;

\set metric_table :extension_schema .sla_metric

\if :{?time_zone} \else
	-- that of the table's months; UTC where the views are what tracking left
	SELECT coalesce(max(:extension_schema._sla_report_zone(t.ticket_table)), 'UTC') AS time_zone
	  FROM :extension_schema.sla_tracked AS t
	 WHERE t.prefix = :'name' AND (:extension_schema._sla_beside(t.ticket_table)).sla::regclass = :'sla_view'::regclass \gset
\endif

-- An offset is east of UTC where it is positive; the server's setting reads it the other way.
SELECT set_config('timezone',
	CASE WHEN :'time_zone' ~ '^[+-][0-9:]+$'
	     THEN '<' || :'time_zone' || '>' || translate(:'time_zone', '+-', '-+')
	     ELSE :'time_zone' END, true) AS zone_set \gset

-- Characters that no page may hold or that turn its text around, where the database can have them.
SELECT CASE getdatabaseencoding() WHEN 'UTF8' THEN '[\u007F-\u009F\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]'
            ELSE '[\u007F]' END AS unfit \gset
