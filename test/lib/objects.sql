-- What is promised of every object of the extension.  Each query returns the
-- name of a promise and the objects that break it: no rows if it is kept.

SET search_path = pg_catalog;
CREATE SCHEMA desk;
CREATE EXTENSION ticket_priority SCHEMA desk;

-- Array types, and the row types of tables and views, are left out: they come
-- with their type or table, and only newer servers count them as members.
CREATE TEMP VIEW member AS
SELECT classid, objid, pg_describe_object(classid, objid, 0) AS object
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ticket_priority')
   AND deptype = 'e'
   AND NOT EXISTS (SELECT FROM pg_type t
                    WHERE classid = 'pg_type'::regclass AND t.oid = objid
                      AND (t.typcategory = 'A'
                           OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')));

-- PROMISE every_object_has_a_comment
SELECT 'every_object_has_a_comment', object
  FROM member
 WHERE obj_description(objid, classid::regclass::text) IS NULL
 ORDER BY object;

-- Functions that write are left out.
-- PROMISE every_function_is_parallel_safe
SELECT 'every_function_is_parallel_safe', object
  FROM member
  JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
 WHERE p.proparallel <> 's' AND p.prokind <> 'p' AND p.provolatile <> 'v'
   AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
 ORDER BY object;

-- PROMISE every_sql_function_is_bound_when_it_is_created
SELECT 'every_sql_function_is_bound_when_it_is_created', object
  FROM member
  JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
  JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'sql'
 WHERE p.prosqlbody IS NULL
 ORDER BY object;

-- PROMISE every_function_of_values_is_immutable
SELECT 'every_function_of_values_is_immutable', object
  FROM member
  JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
 WHERE p.proname ~ '^(assign_priority|to_(urgency|impact|priority)|business_(hours|time|days)_.*|business_periods|is_business_time|(next|previous)_business_time|local_month|_sla_(share_used|late_by|kept_.*)|_?sla_tally.*)$'
   AND p.provolatile <> 'i'
 ORDER BY object;

-- PROMISE every_function_has_named_arguments
SELECT 'every_function_has_named_arguments', object
  FROM member
  JOIN pg_proc p ON classid = 'pg_proc'::regclass AND p.oid = objid
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.pronargs > 0
   AND (p.proargnames IS NULL OR '' = ANY (p.proargnames))
   -- the support functions of the type are called by the server alone
   AND NOT EXISTS (SELECT FROM pg_type t
                    WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
   AND NOT EXISTS (SELECT FROM pg_operator o WHERE o.oprcode = p.oid)
   AND NOT EXISTS (SELECT FROM pg_amproc a WHERE a.amproc = p.oid)
   AND NOT EXISTS (SELECT FROM pg_cast c WHERE c.castfunc = p.oid)
   AND NOT EXISTS (SELECT FROM pg_aggregate a
                    WHERE p.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn))
 ORDER BY object;

-- PROMISE every_table_is_in_the_dump
SELECT 'every_table_is_in_the_dump', object
  FROM member
  JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid AND c.relkind = 'r'
 WHERE NOT EXISTS (SELECT FROM pg_extension e
                    WHERE e.extname = 'ticket_priority' AND c.oid = ANY (e.extconfig))
 ORDER BY object;

-- PROMISE every_table_and_view_can_be_read_by_all
SELECT 'every_table_and_view_can_be_read_by_all', object
  FROM member
  JOIN pg_class c ON classid = 'pg_class'::regclass AND c.oid = objid AND c.relkind IN ('r', 'v')
 WHERE NOT has_table_privilege('pg_monitor', c.oid, 'SELECT')
 ORDER BY object;
