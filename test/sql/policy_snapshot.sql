-- Policy as one session sees its own changes: by later statements at once, by
-- older cursors not at all, and whatever is rolled back is as if never written.
-- (What sessions see of each other is in test/isolation.)

INSERT INTO support_plan (plan, title, calendar) VALUES ('desk', 'Desk', 'always');
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '10 minutes');

-- Says the target as the function and as the table has it.
CREATE FUNCTION ask(OUT answer interval, OUT stored interval)
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT sla_target('P1', 'desk'),
		(SELECT target FROM sla_target_rule WHERE plan = 'desk' AND priority = 'P1'
		 ORDER BY valid_from DESC LIMIT 1);
END;
CREATE PROCEDURE set_target(minutes integer)
LANGUAGE sql
BEGIN ATOMIC
	UPDATE sla_target_rule SET target = make_interval(mins => minutes)
	WHERE plan = 'desk' AND priority = 'P1';
END;

SELECT * FROM ask();

-- A prepared plan, run often enough to be kept, on tables that are locked
-- already.
PREPARE target AS SELECT sla_target('P1', 'desk');
BEGIN;
SELECT count(*) FROM sla_target_rule WHERE plan = 'desk';
EXECUTE target;
CALL set_target(11);
EXECUTE target;
CALL set_target(12);
EXECUTE target;
ROLLBACK;
EXECUTE target;

-- Own changes: seen by later statements, undone by ROLLBACK TO and ROLLBACK.
BEGIN;
CALL set_target(20);
SELECT * FROM ask();
SAVEPOINT a;
CALL set_target(21);
SELECT * FROM ask();
SAVEPOINT b;
CALL set_target(22);
SELECT * FROM ask();
ROLLBACK TO b;
SELECT * FROM ask();
RELEASE b;
SELECT * FROM ask();
ROLLBACK TO a;
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- The same, asked only after the rollback.
BEGIN;
CALL set_target(20);
SAVEPOINT a;
CALL set_target(21);
ROLLBACK TO a;
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- In REPEATABLE READ and SERIALIZABLE too.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT * FROM ask();
CALL set_target(20);
SAVEPOINT a;
CALL set_target(21);
SELECT * FROM ask();
ROLLBACK TO a;
SELECT * FROM ask();
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
CALL set_target(20);
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- A cursor opened before a change has the old policy, fetched after it; one
-- opened in between has that of its own opening; statements see the newest.
BEGIN;
DECLARE before CURSOR FOR SELECT sla_target('P1', 'desk') AS before FROM generate_series(1, 9);
CALL set_target(20);
DECLARE between CURSOR FOR SELECT sla_target('P1', 'desk') AS between FROM generate_series(1, 9);
CALL set_target(30);
FETCH 1 FROM before;
FETCH 1 FROM between;
SELECT * FROM ask();
SAVEPOINT a;
CALL set_target(31);
FETCH 1 FROM between;
SELECT * FROM ask();
ROLLBACK TO a;
FETCH 1 FROM before;
FETCH 1 FROM between;
SELECT * FROM ask();
-- Also when the rows are gone from the table altogether.
DELETE FROM sla_target_rule WHERE plan = 'desk';
SELECT * FROM ask();
FETCH 1 FROM before;
FETCH 1 FROM between;
ROLLBACK;
SELECT * FROM ask();

-- A cursor that outlives its transaction was read to its end before.
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT sla_target('P1', 'desk') AS held FROM generate_series(1, 2);
CALL set_target(20);
COMMIT;
SELECT * FROM ask();
FETCH ALL FROM held;
CLOSE ALL;
CALL set_target(10);
DISCARD ALL;
SELECT * FROM ask();

-- More snapshots at a time than are remembered: each keeps its policy.
DO $$
DECLARE
	cursors refcursor[];
	c refcursor;
	answer interval;
	pass integer;
BEGIN
	FOR i IN 1 .. 40 LOOP
		UPDATE sla_target_rule SET target = make_interval(mins => i)
		WHERE plan = 'desk' AND priority = 'P1';
		c := NULL;
		OPEN c FOR SELECT sla_target('P1', 'desk') FROM generate_series(1, 9);
		cursors := cursors || c;
	END LOOP;
	FOR pass IN 1 .. 3 LOOP
		FOR i IN 1 .. 40 LOOP
			c := cursors[i];
			FETCH c INTO answer;
			IF answer IS DISTINCT FROM make_interval(mins => i) THEN
				RAISE EXCEPTION 'pass %, cursor %: %', pass, i, answer;
			END IF;
		END LOOP;
	END LOOP;
	UPDATE sla_target_rule SET target = '10 minutes'
	WHERE plan = 'desk' AND priority = 'P1';
END $$;
SELECT * FROM ask();

-- Snapshots within snapshots, deeper than are remembered: on the way down each
-- level changes the policy, on the way up its own statement still has the old.
CREATE FUNCTION nest(depth integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	before interval;
	below text;
	after interval;
BEGIN
	IF depth = 0 THEN
		RETURN '';
	END IF;
	UPDATE sla_target_rule SET target = make_interval(mins => depth)
	WHERE plan = 'desk' AND priority = 'P1';
	SELECT sla_target('P1', 'desk'), nest(depth - 1), sla_target('P1', 'desk')
	INTO before, below, after;
	IF before <> make_interval(mins => depth) OR after <> before THEN
		RAISE EXCEPTION 'level %: % before, % after', depth, before, after;
	END IF;
	RETURN below || depth || ' ';
END $$;
BEGIN;
SELECT nest(40);
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- A part of a function that fails leaves nothing behind.
BEGIN;
DO $$
DECLARE
	said text;
BEGIN
	UPDATE sla_target_rule SET target = '20 minutes' WHERE plan = 'desk';
	BEGIN
		UPDATE sla_target_rule SET target = '21 minutes' WHERE plan = 'desk';
		RAISE NOTICE 'changed: %', sla_target('P1', 'desk');
		PERFORM sla_target('P1', 'no such plan');
	EXCEPTION WHEN undefined_object THEN
		GET STACKED DIAGNOSTICS said = MESSAGE_TEXT;
		RAISE NOTICE 'failed: %', said;
		RAISE NOTICE 'caught: %', sla_target('P1', 'desk');
	END;
	RAISE NOTICE 'after: %', sla_target('P1', 'desk');
END $$;
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- A function that changes policy in the middle of a statement: the statement's
-- own calls keep its policy, a VOLATILE function's later statements see theirs.
CREATE FUNCTION change(minutes integer) RETURNS interval LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	CALL set_target(minutes);
	RETURN sla_target('P1', 'desk');
END $$;
BEGIN;
SELECT i, sla_target('P1', 'desk') AS before, change(50 + i) AS inside, sla_target('P1', 'desk') AS after
FROM generate_series(1, 3) AS i;
SELECT * FROM ask();
ROLLBACK;

-- A command's own RETURNING has the policy of the command's beginning.
BEGIN;
UPDATE sla_target_rule SET target = '20 minutes' WHERE plan = 'desk'
RETURNING target, sla_target('P1', 'desk') AS before;
WITH changed AS (
	UPDATE sla_target_rule SET target = '30 minutes' WHERE plan = 'desk' RETURNING target
)
SELECT target, sla_target('P1', 'desk') AS before FROM changed;
SELECT * FROM ask();
ROLLBACK;

-- A trigger on the table itself sees the row as soon as it is written, whatever
-- its name, and what a rolled back part wrote no longer.
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% %: stored %, answered %', TG_WHEN, TG_OP,
		(SELECT target FROM sla_target_rule WHERE plan = 'desk' AND priority = 'P1'),
		sla_target('P1', 'desk');
	IF TG_OP = 'DELETE' THEN
		RETURN OLD;
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER a_tell_before BEFORE INSERT OR UPDATE OR DELETE ON sla_target_rule
	FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER a_tell AFTER INSERT OR UPDATE OR DELETE ON sla_target_rule
	FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER z_tell AFTER INSERT OR UPDATE OR DELETE ON sla_target_rule
	FOR EACH ROW EXECUTE FUNCTION tell();
SELECT * FROM ask();
CALL set_target(20);
DELETE FROM sla_target_rule WHERE plan = 'desk';
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '10 minutes');
DROP FUNCTION tell() CASCADE;
SELECT * FROM ask();

-- Every way to write a row: INSERT, COPY, MERGE, ON CONFLICT, TRUNCATE, and
-- sessions that fire no ordinary triggers.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target, valid_from) VALUES ('desk', 'P1', '20 minutes', '2000-01-01 UTC');
SELECT * FROM ask();
COPY sla_target_rule (plan, priority, target, valid_from) FROM stdin;
desk	P1	00:21:00	2000-01-02 00:00:00+00
\.
SELECT * FROM ask();
MERGE INTO sla_target_rule AS t USING (VALUES ('desk')) AS s (plan)
	ON t.plan = s.plan AND t.valid_from = '2000-01-02 UTC'
	WHEN MATCHED THEN UPDATE SET target = '22 minutes';
SELECT * FROM ask();
INSERT INTO sla_target_rule (plan, priority, target, valid_from) VALUES ('desk', 'P1', '1 minute', '2000-01-02 UTC')
ON CONFLICT (plan, priority, metric, valid_from) DO UPDATE SET target = '23 minutes';
SELECT * FROM ask();
SET LOCAL session_replication_role = replica;
CALL set_target(24);
SELECT * FROM ask();
DELETE FROM sla_target_rule WHERE plan = 'desk' AND valid_from > '-infinity';
SELECT * FROM ask();
SET LOCAL session_replication_role = origin;
SET CONSTRAINTS ALL IMMEDIATE;
SAVEPOINT a;
TRUNCATE sla_target_rule;
SELECT * FROM ask();
-- Rows in the place of those that were there a moment ago are other rows.
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '30 minutes');
SELECT * FROM ask();
TRUNCATE sla_target_rule;
INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '40 minutes');
SELECT * FROM ask();
ROLLBACK TO a;
SELECT * FROM ask();
ROLLBACK;
SELECT * FROM ask();

-- The other tables count as well: calendars, plans, priorities.
BEGIN;
SELECT sla_deadline('2026-11-20 12:00+00', 'P1', 'desk'), plan_priority('low', 'low', 'desk');
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES ('monday', 'Mo 00:00-24:00', 'UTC');
UPDATE support_plan SET calendar = 'monday', successor = 'community' WHERE plan = 'desk';
INSERT INTO support_priority_rule VALUES ('desk', 'low', 'low', 'P2');
SELECT sla_deadline('2026-11-20 12:00+00', 'P1', 'desk'), plan_priority('low', 'low', 'desk'),
	plan_at('desk', '2026-11-20 12:00+00', '2026-11-20 12:00+00');
UPDATE business_calendar SET hours = 'Su 00:00-24:00' WHERE calendar = 'monday';
DELETE FROM support_priority_rule;
SELECT sla_deadline('2026-11-20 12:00+00', 'P1', 'desk'), plan_priority('low', 'low', 'desk');
ROLLBACK;
SELECT sla_deadline('2026-11-20 12:00+00', 'P1', 'desk'), plan_priority('low', 'low', 'desk');

-- And metrics, also where a call has its metric as a constant.
BEGIN;
PREPARE agreement AS SELECT sla_target('P1', 'desk', 'ola') AS target, ticket_label('metric', 'ola', 'en') AS title;
INSERT INTO sla_metric (metric, title) VALUES ('ola', 'Network');
EXECUTE agreement;
SAVEPOINT a;
INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('desk', 'P1', 'ola', '90 minutes');
UPDATE sla_metric SET title = 'Network team' WHERE metric = 'ola';
EXECUTE agreement;
ROLLBACK TO a;
EXECUTE agreement;
ROLLBACK;
DEALLOCATE agreement;

-- A procedure that commits: each of its transactions answers right, and a loop
-- over a query goes on with the policy of the query's beginning.
CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$
DECLARE
	r record;
BEGIN
	FOR r IN SELECT i, sla_target('P1', 'desk') AS target FROM generate_series(1, 3) AS i LOOP
		CALL set_target(60 + r.i);
		RAISE NOTICE 'loop %, changed %', r.target, sla_target('P1', 'desk');
		IF r.i = 2 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
		RAISE NOTICE 'then %', sla_target('P1', 'desk');
	END LOOP;
END $$;
CALL commits();
SELECT * FROM ask();
CALL set_target(10);

-- In parallel: workers see what the leader changed in the same transaction, and
-- not what it rolled back.
CREATE TABLE many AS SELECT i FROM generate_series(1, 10000) AS i;
ALTER TABLE many SET (parallel_workers = 2);
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
CREATE VIEW parallel_answers AS
SELECT sla_target('P1', 'desk') AS answer, count(*) FROM many WHERE sla_target('P1', 'desk') IS NOT NULL GROUP BY 1;
-- It is indeed done by workers.
DO $$
DECLARE
	line text;
	found boolean := false;
BEGIN
	FOR line IN EXPLAIN SELECT * FROM parallel_answers LOOP
		found := found OR line LIKE '%Gather%';
	END LOOP;
	RAISE NOTICE 'parallel: %', found;
END $$;
BEGIN;
SELECT * FROM parallel_answers;
CALL set_target(20);
SELECT * FROM parallel_answers;
SAVEPOINT a;
CALL set_target(21);
SELECT * FROM parallel_answers;
ROLLBACK TO a;
SELECT * FROM parallel_answers;
-- The leader takes part with a map of its own.
SET LOCAL parallel_leader_participation = on;
SELECT * FROM parallel_answers;
ROLLBACK;
SELECT * FROM parallel_answers;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM parallel_answers;
COMMIT;
RESET ALL;

-- An index over a function that was declared immutable, against the manual's
-- advice, is built, analysed and clustered without harm.
CREATE FUNCTION rash(integer) RETURNS interval LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT sla_target('P1', 'desk') * $1;
END;
CREATE INDEX many_rash ON many (rash(i));
ANALYZE many;
CLUSTER many USING many_rash;
VACUUM FULL many;
REINDEX TABLE many;
SELECT count(*) FROM many WHERE rash(i) = '20 minutes';
-- And in a check, also when COPY asks.
ALTER TABLE many ADD CHECK (i < 20000 OR make_interval(mins => i) > sla_target('P1', 'desk'));
COPY many FROM stdin;
20001
\.
DROP TABLE many CASCADE;

DROP FUNCTION rash(integer);
DROP FUNCTION change(integer);
DROP FUNCTION nest(integer);
DROP PROCEDURE commits();
DROP PROCEDURE set_target(integer);
DROP FUNCTION ask();
DELETE FROM sla_target_rule WHERE plan = 'desk';
DELETE FROM support_plan WHERE plan = 'desk';
-- The shipped policy is as it was.
SELECT count(*), bool_and(builtin) FROM sla_target_rule;
SELECT count(*), bool_and(builtin) FROM support_plan;
