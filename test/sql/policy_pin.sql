-- A map of the policy stays what and where it is for as long as somebody uses
-- it, and a statement's answers are those of the snapshot that it began with,
-- whatever the application's own code does in between: it changes the policy,
-- asks for it so often that what was kept is dropped, and fails in a part of
-- the transaction.
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
SET client_min_messages = warning;

-- Changes a target 40 times, or as often as a setting says, asking for it each
-- time, each in a new snapshot.
CREATE SEQUENCE change;
CREATE FUNCTION churn() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. coalesce(current_setting('desk.changes', true), '40')::int LOOP
    INSERT INTO sla_target_rule (plan, priority, valid_from, target)
    SELECT 'premium', 'P1', '2000-01-01 00:00+00'::timestamptz + n * interval '1 minute', n * interval '1 hour'
      FROM nextval('change') AS n;
    PERFORM sla_target('P1', 'premium', 'first_response', now());
    PERFORM calendar_add(now(), '1 hour', 'always');
  END LOOP;
END $$;

-- The same in a part of the transaction that fails, and with it what was kept.
CREATE FUNCTION churn_and_fail() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM churn();
  RAISE 'in vain';
EXCEPTION WHEN raise_exception THEN
  PERFORM sla_target('P1', 'premium', 'first_response', now());
END $$;

-- What an expression of the application may do, as a setting says.
CREATE FUNCTION disturb() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  CASE current_setting('desk.disturb', true)
    WHEN 'churn' THEN PERFORM churn();
    WHEN 'fail' THEN PERFORM churn_and_fail();
    WHEN 'both' THEN PERFORM churn(); PERFORM churn_and_fail();
    ELSE NULL;
  END CASE;
  RETURN true;
END $$;

-- Each kind of caller, twice, with the disturbance in between: what it says
-- must be the same both times.  The trigger of a tracked table is the third
-- kind; the expression of its priority has the disturbance in it.
CREATE FUNCTION disturbed_priority(urgency text) RETURNS ticket_priority LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN PERFORM disturb(); RETURN 'P1'; END $$;
CREATE TABLE desk (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, plan text DEFAULT 'premium', urgency text DEFAULT 'high',
  opened_at timestamptz DEFAULT now(), answered_at timestamptz);
SELECT sla_track('desk', priority => 'disturbed_priority(urgency)');

CREATE VIEW callers AS
SELECT n, disturb() AS disturbed,
       sla_target('P1', plan, 'first_response', at) AS target,
       sla_deadline(at, 'P1', plan) AS deadline,
       sla_at_risk(at, 'P1', plan) AS at_risk,
       sla_elapsed(at, at + interval '5 min', 'P1', plan) AS elapsed,
       (sla_clock(at, 'P1', plan, at => at + interval '1 min')).status AS status,
       plan_at(plan, at, at) AS plan_at,
       plan_priority('high', 'high', plan) AS priority,
       calendar_add(at, '1 hour', 'always') AS added,
       calendar_between(at, at + interval '1 hour', 'always') AS between,
       calendar_days_add(at, 1, 'always') AS days_added,
       calendar_is_open(at, 'always') AS is_open,
       calendar_next_open(at, 'always') AS next_open,
       calendar_previous_open(at, 'always') AS previous_open,
       calendar_periods(tstzrange(at, at + interval '1 hour'), 'always') AS periods,
       holiday_list_check('PL', 2026) AS known
  FROM (SELECT n, timestamptz '2026-11-23 10:00+00' AS at, text 'premium' AS plan
          FROM generate_series(1, 2) AS n OFFSET 0) AS ticket;

-- The answers of the callers to the first row and to the second, after the
-- disturbance, and what the trigger stored in one statement of two tickets.
CREATE FUNCTION check_callers() RETURNS TABLE (caller text, answer text) LANGUAGE plpgsql AS $$
DECLARE
  before sla_target_rule.target%TYPE;
BEGIN
  before := sla_target('P1', 'premium', 'first_response', now());
  RETURN QUERY
    SELECT 'functions', CASE WHEN min(c.target) = before AND min(c::text) = max(c::text) THEN 'as it began' ELSE string_agg(c::text, '; ') END
      FROM (SELECT target, deadline, at_risk, elapsed, status, plan_at, priority, added, between, days_added,
                   is_open, next_open, previous_open, periods, known FROM callers) AS c;
  before := sla_target('P1', 'premium', 'first_response', now());
  INSERT INTO desk (answered_at) VALUES (NULL), (NULL);
  RETURN QUERY
    SELECT 'insert', CASE WHEN count(*) = 2 AND bool_and(due_at = opened_at + before) THEN 'as it began' ELSE string_agg(due_at::text, '; ') END
      FROM desk_sla_clock WHERE gone_at IS NULL;
  before := sla_target('P1', 'premium', 'first_response', now());
  UPDATE desk SET urgency = 'low';
  RETURN QUERY
    SELECT 'update', CASE WHEN count(*) = 2 AND bool_and(due_at = opened_at + before) THEN 'as it began' ELSE string_agg(due_at::text, '; ') END
      FROM desk_sla_clock WHERE gone_at IS NULL;
  DELETE FROM desk;
END $$;

-- undisturbed, to see that the test can tell
SELECT * FROM check_callers();

BEGIN;
SET LOCAL desk.disturb = 'churn';
SELECT * FROM check_callers();
SET LOCAL desk.disturb = 'fail';
SELECT * FROM check_callers();
-- the transaction has changed the policy itself, and did before the statement
SET LOCAL desk.disturb = 'both';
SELECT * FROM check_callers();
ROLLBACK;

-- where each read must leave its mark, no map is shared
BEGIN ISOLATION LEVEL SERIALIZABLE;
SET LOCAL desk.disturb = 'fail';
SELECT * FROM check_callers();
SET LOCAL desk.disturb = 'both';
SELECT * FROM check_callers();
ROLLBACK;

BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL desk.disturb = 'both';
SELECT * FROM check_callers();
ROLLBACK;

-- a cursor keeps its policy while others come and go
BEGIN;
SET LOCAL desk.disturb = 'both';
DECLARE deadlines CURSOR FOR SELECT n, target FROM callers;
FETCH 1 FROM deadlines;
SELECT churn();
SELECT churn_and_fail();
FETCH 1 FROM deadlines;
ROLLBACK;
BEGIN;
DECLARE deadlines CURSOR FOR SELECT n, target FROM callers;
FETCH 1 FROM deadlines;
SAVEPOINT part;
SELECT churn();
ROLLBACK TO part;
SELECT churn();
FETCH 1 FROM deadlines;
ROLLBACK;

-- with all that the server itself caches dropped as often as can be, on a
-- server that was built to do so; that takes its time, so there are fewer changes
BEGIN;
SET LOCAL desk.changes = 2;
SET LOCAL desk.disturb = 'fail';
SELECT count(set_config('debug_discard_caches', '1', true)) >= 0 AS set
  FROM pg_settings WHERE name = 'debug_discard_caches' AND max_val::int > 0;
SELECT n, target FROM callers;
INSERT INTO desk (answered_at) VALUES (NULL);
SELECT due_at - opened_at AS target, priority FROM desk_sla_clock WHERE gone_at IS NULL;
ROLLBACK;

SELECT sla_untrack('desk');
DROP TABLE desk;
DROP SEQUENCE change;
