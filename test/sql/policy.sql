-- Configuration tables: what is shipped, what happens to rows that are written,
-- and every error.  Each part is rolled back, so that the shipped policy is
-- there again for the files that follow.
\set ON_ERROR_ROLLBACK on
\pset null '(null)'

-- The shipped policy, and nothing else.
SELECT calendar, hours, time_zone, holidays, builtin
FROM business_calendar ORDER BY calendar;
SELECT plan, title, calendar, sla_of, successor, position, builtin
FROM support_plan ORDER BY position;
SELECT metric, title, position, builtin
FROM sla_metric ORDER BY position;
SELECT plan, priority, metric, valid_from, target, calendar, at_risk, goal, builtin
FROM sla_target_rule ORDER BY plan, priority;
SELECT * FROM support_priority_rule;
SELECT position, category, feature, plan, included, detail, builtin
FROM support_plan_feature ORDER BY position, category, feature, plan;

-- Shipped rows stay out of dumps: each table is dumped without them.
SELECT c.oid::regclass AS dumped, e.extcondition[x.n] AS only_rows
FROM pg_extension e, unnest(e.extconfig) WITH ORDINALITY AS x (id, n)
JOIN pg_class c ON c.oid = x.id
WHERE e.extname = 'ticket_priority'
	AND c.relname IN ('business_calendar', 'support_plan', 'sla_metric', 'sla_target_rule',
		'support_priority_rule', 'support_plan_feature')
ORDER BY c.relname;

-- Every column of the extension's tables and views has a comment, and so have
-- they: no row.
SELECT c.oid::regclass, a.attname
FROM pg_depend d
JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'v')
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'e'
	AND d.refclassid = 'pg_extension'::regclass
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ticket_priority')
	AND (col_description(c.oid, a.attnum) IS NULL
		OR obj_description(c.oid, 'pg_class') IS NULL);

-- Editing a shipped row in place makes it the owner's.
BEGIN;
UPDATE sla_target_rule SET target = '45 minutes'
WHERE plan = 'standard' AND priority = 'P1'
RETURNING plan, priority, target, builtin;
-- Only that row.
SELECT count(*) FILTER (WHERE builtin) AS shipped,
	count(*) FILTER (WHERE NOT builtin) AS edited
FROM sla_target_rule;
-- It stays the owner's, even if he claims otherwise.
UPDATE sla_target_rule SET builtin = true
WHERE plan = 'standard' AND priority = 'P1'
RETURNING plan, priority, target, builtin;
-- A new row is the owner's, whatever it claims.
INSERT INTO support_plan (plan, title, builtin) VALUES ('gold', 'Gold', true)
RETURNING plan, builtin;
-- An update that writes builtin alone is an edit as well.
UPDATE business_calendar SET builtin = true RETURNING calendar, builtin;
ROLLBACK;

-- An INSERT on the key of a shipped row edits that row, in every table; it
-- counts no row.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone)
VALUES ('standard', 'Mo-Fr 09:00-18:00', 'Europe/Warsaw');
SELECT * FROM business_calendar ORDER BY calendar;
INSERT INTO support_plan (plan, title, calendar, position)
VALUES ('community', 'Community', 'standard', 7);
SELECT * FROM support_plan WHERE plan = 'community';
INSERT INTO sla_target_rule (plan, priority, target, goal)
VALUES ('premium', 'P4', '6 hours', 0.9);
SELECT * FROM sla_target_rule WHERE plan = 'premium' AND priority = 'P4';
INSERT INTO support_plan_feature (category, feature, plan, included, position)
VALUES ('support channels', 'phone', 'community', NULL, 210);
SELECT * FROM support_plan_feature WHERE feature = 'phone' AND plan = 'community';
-- Now the row is the owner's, and its key is taken.
INSERT INTO sla_target_rule (plan, priority, target)
VALUES ('premium', 'P4', '5 hours');
\echo :SQLSTATE
-- In one command as well: the first edits, the second finds the key taken.
INSERT INTO sla_target_rule (plan, priority, target)
VALUES ('premium', 'P3', '3 hours'), ('premium', 'P3', '2 hours');
\echo :SQLSTATE
-- With a later valid_from it is another key, and the shipped row stays.
INSERT INTO sla_target_rule (plan, priority, target, valid_from)
VALUES ('premium', 'P3', '2 hours', '2027-01-01 00:00+00');
SELECT target, valid_from = '-infinity' AS from_the_start, builtin
FROM sla_target_rule WHERE plan = 'premium' AND priority = 'P3' ORDER BY valid_from;
-- The same values as shipped are an edit too: so the owner keeps a value that
-- a later version ships differently.
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('premium', 'P1', '15 minutes');
SELECT target, builtin FROM sla_target_rule WHERE plan = 'premium' AND priority = 'P1';
-- Other rows are as they were.
SELECT count(*) FROM sla_target_rule WHERE builtin;
ROLLBACK;

-- A whole copy of a table, shipped rows and all, loads onto the shipped rows
-- and changes nothing: that is what a subscription does first.
BEGIN;
CREATE TEMP TABLE saved ON COMMIT DROP AS SELECT * FROM support_plan_feature;
INSERT INTO support_plan_feature SELECT * FROM saved;
SELECT count(*) FILTER (WHERE builtin) AS shipped,
	count(*) FILTER (WHERE NOT builtin) AS edited
FROM support_plan_feature;
-- A row of the copy that differs is an edit.
INSERT INTO support_plan_feature
SELECT category, feature, plan, NOT included, detail, position, builtin
FROM saved WHERE feature = 'account manager';
SELECT plan, included, builtin
FROM support_plan_feature WHERE feature = 'account manager' ORDER BY plan;
ROLLBACK;

-- COPY does what INSERT does.
BEGIN;
COPY sla_target_rule (plan, priority, target) FROM stdin;
standard	P1	00:30:00
community	P1	48:00:00
\.
SELECT plan, target, builtin FROM sla_target_rule
WHERE priority = 'P1' AND plan IN ('standard', 'community') ORDER BY plan;
ROLLBACK;

-- ON CONFLICT finds no conflict with a shipped row: the row has been edited
-- before it looks.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P1', '2 hours')
ON CONFLICT (plan, priority, metric, valid_from) DO UPDATE SET target = '9 hours';
SELECT target, builtin FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P1';
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P1', '2 hours')
ON CONFLICT (plan, priority, metric, valid_from) DO UPDATE SET target = '9 hours';
SELECT target, builtin FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P1';
ROLLBACK;

-- Restoring and replicating sessions do not fire ordinary triggers; rows are
-- kept all the same, and what was deleted elsewhere is deleted here.
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P1', '2 hours');
UPDATE sla_target_rule SET goal = 0.5 WHERE plan = 'standard' AND priority = 'P2';
DELETE FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P3';
SELECT priority, target, goal, builtin
FROM sla_target_rule WHERE plan = 'standard' ORDER BY priority;
ROLLBACK;

-- A shipped row is not deleted, since it would be back after a restore.
DELETE FROM business_calendar WHERE calendar = 'always';
\echo :SQLSTATE
DELETE FROM support_plan WHERE plan = 'trial';
\echo :SQLSTATE
DELETE FROM sla_target_rule WHERE plan = 'premium' AND priority = 'P1';
\echo :SQLSTATE
DELETE FROM support_plan_feature WHERE feature = 'blog' AND plan = 'premium';
\echo :SQLSTATE
-- Nor does it get another key, which would be the same in disguise.
UPDATE support_plan SET plan = 'platinum' WHERE plan = 'premium';
\echo :SQLSTATE
UPDATE sla_target_rule SET valid_from = '2027-01-01 00:00+00'
WHERE plan = 'premium' AND priority = 'P1';
\echo :SQLSTATE
-- To write the key that it has is no change of it.
BEGIN;
UPDATE support_plan SET plan = 'premium', title = 'Premium 24' WHERE plan = 'premium'
RETURNING plan, title, builtin;
-- Once edited, the row is the owner's and may go; so may rows of his own.
UPDATE sla_target_rule SET goal = 0.9 WHERE plan = 'premium' AND priority = 'P4';
DELETE FROM sla_target_rule WHERE plan = 'premium' AND priority = 'P4';
INSERT INTO support_plan (plan, title) VALUES ('gold', 'Gold');
UPDATE support_plan SET plan = 'silver' WHERE plan = 'gold';
DELETE FROM support_plan WHERE plan = 'silver';
SELECT plan FROM support_plan ORDER BY position;
SELECT count(*) FROM sla_target_rule WHERE plan = 'premium';
ROLLBACK;

-- TRUNCATE empties a table: shipped rows too.
BEGIN;
TRUNCATE sla_target_rule, support_plan_feature, support_priority_rule;
SELECT count(*) FROM sla_target_rule;
-- Then an INSERT is an INSERT.
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P1', '2 hours');
ROLLBACK;
-- But not a table to which another still refers.
TRUNCATE business_calendar;
\echo :SQLSTATE
TRUNCATE support_plan, sla_target_rule;
\echo :SQLSTATE
BEGIN;
TRUNCATE business_calendar, support_plan, sla_target_rule, support_priority_rule,
	support_plan_feature;
SELECT count(*) FROM support_plan;
ROLLBACK;

-- What refers to a plan or a calendar is checked at commit, so that rows may
-- come in any order.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('gold', 'P1', '10 minutes');
INSERT INTO support_plan (plan, title, calendar, sla_of, successor)
VALUES ('gold', 'Gold', 'gold', 'silver', 'silver');
INSERT INTO support_plan (plan, title) VALUES ('silver', 'Silver');
INSERT INTO business_calendar (calendar, hours) VALUES ('gold', 'Mo-Su 07:00-22:00');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
-- What was wrong and has been set right by then is right.
BEGIN;
INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES ('gold', 'Gold', 'nights', 'silver');
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('bronze', 'P1', '1 hour');
UPDATE support_plan SET calendar = 'always', sla_of = NULL WHERE plan = 'gold';
DELETE FROM sla_target_rule WHERE plan = 'bronze';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;

-- A calendar, a plan, an sla_of, a successor that is not there.
INSERT INTO support_plan (plan, title, calendar) VALUES ('gold', 'Gold', 'nights');
\echo :SQLSTATE
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('gold', 'P1', '1 hour');
\echo :SQLSTATE
INSERT INTO support_priority_rule VALUES ('gold', 'high', 'low', 'P1');
\echo :SQLSTATE
INSERT INTO support_plan_feature (category, feature, plan, position)
VALUES ('support channels', 'chat', 'gold', 250);
\echo :SQLSTATE
INSERT INTO support_plan (plan, title, sla_of) VALUES ('gold', 'Gold', 'silver');
\echo :SQLSTATE
UPDATE support_plan SET successor = 'silver' WHERE plan = 'trial';
\echo :SQLSTATE
-- A plan that others name does not go.
BEGIN;
INSERT INTO support_plan (plan, title) VALUES ('gold', 'Gold'), ('silver', 'Silver');
UPDATE support_plan SET successor = 'gold' WHERE plan = 'trial';
UPDATE support_plan SET sla_of = 'silver' WHERE plan = 'gold';
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM support_plan WHERE plan = 'gold';
\echo :SQLSTATE
UPDATE support_plan SET plan = 'bronze' WHERE plan = 'silver';
\echo :SQLSTATE
-- With what names it, it goes.
SET CONSTRAINTS ALL DEFERRED;
DELETE FROM support_plan WHERE plan IN ('gold', 'silver');
UPDATE support_plan SET successor = NULL WHERE plan = 'trial';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;

-- Dumps are restored with check_function_bodies off, in any order and by
-- several sessions at once; no reference is checked then.
BEGIN;
SET LOCAL check_function_bodies = off;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('gold', 'P1', '1 hour');
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO support_plan (plan, title) VALUES ('gold', 'Gold');
ROLLBACK;
-- Others who may write the tables cannot write past the checks with it.
CREATE ROLE regress_policy_writer;
GRANT INSERT ON sla_target_rule TO regress_policy_writer;
BEGIN;
SET LOCAL ROLE regress_policy_writer;
SET LOCAL check_function_bodies = off;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('gold', 'P1', '1 hour');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
REVOKE INSERT ON sla_target_rule FROM regress_policy_writer;
DROP ROLE regress_policy_writer;

-- No plan takes its targets from itself, at once or through others.
UPDATE support_plan SET sla_of = 'premium' WHERE plan = 'premium';
\echo :SQLSTATE
UPDATE support_plan SET sla_of = 'trial' WHERE plan = 'premium';
\echo :SQLSTATE
-- To turn the direction round is no circle, since it is looked at at commit.
BEGIN;
UPDATE support_plan SET sla_of = 'trial' WHERE plan = 'premium';
UPDATE support_plan SET sla_of = NULL WHERE plan = 'trial';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
-- A circle that other plans make is theirs.
BEGIN;
SET LOCAL check_function_bodies = off;
UPDATE support_plan SET sla_of = 'trial' WHERE plan = 'premium';
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL check_function_bodies = on;
INSERT INTO support_plan (plan, title, sla_of) VALUES ('gold', 'Gold', 'trial');
ROLLBACK;
-- A successor may lead back: it is followed one step.
BEGIN;
UPDATE support_plan SET successor = 'standard' WHERE plan = 'premium';
UPDATE support_plan SET successor = 'premium' WHERE plan = 'standard';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;

-- A calendar's zone is a name in pg_timezone_names or a fixed offset.
BEGIN;
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES
	('warsaw', 'Mo-Fr 08:00-17:00', 'Europe/Warsaw'),
	('india', 'Mo-Fr 08:00-17:00', '+05:30');
ROLLBACK;
INSERT INTO business_calendar (calendar, hours, time_zone)
VALUES ('moon', 'Mo-Fr 08:00-17:00', 'Moon/Tranquility');
\echo :SQLSTATE
UPDATE business_calendar SET time_zone = 'IST';
\echo :SQLSTATE
-- So is its holiday list one that exists; holiday_tables has the rest.
UPDATE business_calendar SET holidays = 'nowhere' WHERE calendar = 'standard';
\echo :SQLSTATE
-- Hours are needed, and checked by their type.
INSERT INTO business_calendar (calendar, hours) VALUES ('none', NULL);
\echo :SQLSTATE

-- A target is finite, more than zero, and has no months or years.
BEGIN;
INSERT INTO support_plan (plan, title) VALUES ('gold', 'Gold');
INSERT INTO sla_target_rule (plan, priority, target) VALUES
	('gold', 'P1', NULL), ('gold', 'P2', '1 microsecond'),
	('gold', 'P3', '2 days'), ('gold', 'P4', '1 day -1 hour');
SELECT priority, target FROM sla_target_rule WHERE plan = 'gold' ORDER BY priority;
ROLLBACK;
UPDATE sla_target_rule SET target = '1 month' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET target = '1 year -12 months 0 hours' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET target = '1 year' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET target = '0' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET target = '-1 hour' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('premium', 'P4', '1 day -25 hours');
\echo :SQLSTATE
UPDATE sla_target_rule SET target = '2000000000 days' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
-- Infinite intervals came with PostgreSQL 17; older servers do not read them.
DO $$
BEGIN
	UPDATE sla_target_rule SET target = 'infinity'::text::interval
	WHERE plan = 'premium' AND priority = 'P4';
	RAISE 'an infinite target was stored' USING ERRCODE = 'internal_error';
EXCEPTION WHEN invalid_parameter_value OR invalid_datetime_format THEN
	RAISE NOTICE 'an infinite target is refused';
END $$;

-- Shares lie where they must.
UPDATE sla_target_rule SET at_risk = 0 WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET at_risk = 'NaN' WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
UPDATE sla_target_rule SET goal = 1.01 WHERE plan = 'premium' AND priority = 'P4';
\echo :SQLSTATE
BEGIN;
UPDATE sla_target_rule SET at_risk = 1, goal = 0 WHERE plan = 'premium' AND priority = 'P4';
UPDATE sla_target_rule SET at_risk = 0.01, goal = 1 WHERE plan = 'premium' AND priority = 'P4';
ROLLBACK;

-- Everyone reads the tables; who has no right to write does not.
CREATE ROLE regress_tp_reader;
SET ROLE regress_tp_reader;
SELECT count(*) FROM business_calendar;
SELECT count(*) FROM support_plan;
SELECT count(*) FROM sla_target_rule;
SELECT count(*) FROM support_priority_rule;
SELECT count(*) FROM support_plan_feature;
UPDATE business_calendar SET hours = '24/7';
\echo :SQLSTATE
INSERT INTO support_plan (plan, title) VALUES ('gold', 'Gold');
\echo :SQLSTATE
DELETE FROM sla_target_rule;
\echo :SQLSTATE
TRUNCATE support_priority_rule;
\echo :SQLSTATE
UPDATE support_plan_feature SET included = true;
\echo :SQLSTATE
RESET ROLE;

-- A role that may insert but not update does not edit shipped rows by
-- inserting their keys.
BEGIN;
GRANT INSERT ON support_plan TO regress_tp_reader;
SET LOCAL ROLE regress_tp_reader;
INSERT INTO support_plan (plan, title) VALUES ('premium', 'Mine');
\echo :SQLSTATE
RESET ROLE;
-- With both rights it may write, and to name a plan asks for no more.
GRANT UPDATE ON support_plan TO regress_tp_reader;
SET LOCAL ROLE regress_tp_reader;
INSERT INTO support_plan (plan, title, sla_of) VALUES ('gold', 'Gold', 'premium');
INSERT INTO support_plan (plan, title) VALUES ('premium', 'Mine');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT plan, title, builtin FROM support_plan WHERE plan IN ('gold', 'premium') ORDER BY plan;
ROLLBACK;
DROP ROLE regress_tp_reader;

-- The trigger functions refuse to be anything else.
SELECT _sla_policy_keep();
\echo :SQLSTATE
BEGIN;
CREATE TABLE regress_tp_own (plan text PRIMARY KEY, builtin text);
CREATE TRIGGER a BEFORE INSERT ON regress_tp_own
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_keep();
INSERT INTO regress_tp_own VALUES ('x', 'y');
\echo :SQLSTATE
DROP TRIGGER a ON regress_tp_own;
CREATE TRIGGER a AFTER INSERT ON regress_tp_own
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_keep();
INSERT INTO regress_tp_own VALUES ('x', 'y');
\echo :SQLSTATE
DROP TRIGGER a ON regress_tp_own;
CREATE TRIGGER a BEFORE DELETE ON regress_tp_own
	FOR EACH STATEMENT EXECUTE FUNCTION _sla_policy_guard();
DELETE FROM regress_tp_own;
\echo :SQLSTATE
DROP TRIGGER a ON regress_tp_own;
CREATE TRIGGER a AFTER INSERT ON regress_tp_own
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_refers('plan');
INSERT INTO regress_tp_own VALUES ('x', 'y');
\echo :SQLSTATE
DROP TABLE regress_tp_own;
CREATE TABLE regress_tp_own (plan text, builtin boolean);
CREATE TRIGGER a BEFORE INSERT ON regress_tp_own
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_keep();
INSERT INTO regress_tp_own VALUES ('x', true);
\echo :SQLSTATE
ROLLBACK;

-- Targets and hours come from however far: each plan of a chain of a thousand takes
-- those of the next one, but for one with hours and one with a target of its own.
BEGIN;
SET LOCAL check_function_bodies = off;
INSERT INTO support_plan (plan, title, sla_of, calendar)
SELECT 'chain ' || i, 'Chain', CASE i WHEN 1000 THEN 'premium' ELSE 'chain ' || i + 1 END, CASE i WHEN 500 THEN 'standard' END
  FROM generate_series(1, 1000) AS i;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('chain 400', 'P1', '2 hours');
SELECT plan, sla_target('P1', plan), sla_target('P2', plan),
       sla_deadline('2026-11-28 10:00+00', 'P1', plan, 'UTC') AS deadline
  FROM unnest('{chain 1, chain 400, chain 401, chain 500, chain 1000}'::text[]) AS plan;
ROLLBACK;

-- Where there are no names at all, the error says so.
BEGIN;
TRUNCATE support_plan, sla_target_rule, support_priority_rule, support_plan_feature, business_calendar,
	business_holiday_list, business_holiday, business_holiday_rule;
SAVEPOINT empty;
SELECT sla_target('P1', 'premium');
\echo :SQLSTATE
ROLLBACK TO empty;
SELECT calendar_is_open(now(), 'standard');
\echo :SQLSTATE
ROLLBACK TO empty;
SELECT holiday_list_check('PL', 2026);
\echo :SQLSTATE
ROLLBACK TO empty;
INSERT INTO support_plan (plan, title, calendar) VALUES ('gold', 'Gold', 'nights');
SET CONSTRAINTS ALL IMMEDIATE;
\echo :SQLSTATE
ROLLBACK;

-- The shipped policy is as it was.
SELECT 'business_calendar' AS "table", count(*), bool_and(builtin) FROM business_calendar
UNION ALL
SELECT 'support_plan', count(*), bool_and(builtin) FROM support_plan
UNION ALL
SELECT 'sla_metric', count(*), bool_and(builtin) FROM sla_metric
UNION ALL
SELECT 'sla_target_rule', count(*), bool_and(builtin) FROM sla_target_rule
UNION ALL
SELECT 'support_priority_rule', count(*), bool_and(builtin) FROM support_priority_rule
UNION ALL
SELECT 'support_plan_feature', count(*), bool_and(builtin) FROM support_plan_feature;
