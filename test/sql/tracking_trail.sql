-- Statements that write many rows of a trail: they are written together, and
-- nobody can tell.
\set VERBOSITY terse
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA trail;
SET search_path = trail, public;
CREATE TABLE ticket (id int PRIMARY KEY, plan text DEFAULT 'premium', urgency ticket_urgency, impact ticket_impact DEFAULT 'high',
	note text, opened_at timestamptz DEFAULT now());
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;

-- Rows of the trail; those that its index finds; and numbers that are there once.
CREATE FUNCTION trail_rows(OUT trail bigint, OUT indexed bigint, OUT once bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT count(*), count(DISTINCT ticket) INTO trail, once FROM ticket_priority_log;
	SET LOCAL enable_seqscan = off;
	SET LOCAL enable_bitmapscan = off;
	SELECT count(*) INTO indexed FROM ticket_priority_log WHERE ticket > -1;
END $$;

-- All of them, however many -----------------------------------------------------

INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(1, 1) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(2, 3) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(4, 132) AS i;
SELECT * FROM trail_rows();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(133, 262) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(263, 1262) AS i;
SELECT * FROM trail_rows();
SELECT min(ticket), max(ticket), count(DISTINCT at) > 1 AS by_the_clock, bool_and(t.due_at = l.due_at) AS same_due, min(actor) = current_user AS me,
	count(reason) AS reasons
  FROM ticket_priority_log AS l JOIN ticket AS t ON t.id = l.ticket;
UPDATE ticket SET urgency = 'high', note = repeat('x', 100);
SELECT event, old_urgency, urgency, count(*) FROM ticket_priority_log GROUP BY 1, 2, 3 ORDER BY 1;
-- In one statement, by several ways.
WITH made AS (INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(2001, 2010) AS i RETURNING id),
	changed AS (UPDATE ticket SET urgency = 'medium' WHERE id <= 10 RETURNING id)
SELECT count(*) FROM (SELECT id FROM made UNION ALL SELECT id FROM changed) AS t;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 2000 OR urgency = 'medium';
MERGE INTO ticket AS t USING generate_series(2006, 2015) AS s (id) ON t.id = s.id
	WHEN MATCHED THEN UPDATE SET urgency = 'high' WHEN NOT MATCHED THEN INSERT (id, urgency) VALUES (s.id, 'low');
SELECT event, count(*) FROM ticket_priority_log WHERE ticket > 2000 GROUP BY 1 ORDER BY 1;
-- COPY, and a read in the same transaction.
BEGIN;
COPY ticket (id, urgency) FROM STDIN;
3001	low
3002	low
3003	high
3004	low
\.
SELECT ticket, priority FROM ticket_priority_log WHERE ticket > 3000 ORDER BY ticket;
COMMIT;
-- What is long, and what is said in between.
SET ticket_priority.reason = 'as told';
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('ticket_priority.reason', CASE NEW.id % 3 WHEN 0 THEN repeat('because ', 1000 + NEW.id) WHEN 1 THEN NEW.id::text END, false);
	RETURN NULL;
END $$;
CREATE TRIGGER say AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION say();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(4001, 4006) AS i;
SELECT ticket, length(reason), left(reason, 10) FROM ticket_priority_log WHERE ticket > 4000 ORDER BY ticket;
DROP TRIGGER say ON ticket;
RESET ticket_priority.reason;

-- The session does not keep what was long.
SET ticket_priority.reason = 'short';
INSERT INTO ticket (id, urgency) VALUES (4011, 'low');
SELECT set_config('ticket_priority.reason', repeat('long ', 1000000), false) IS NOT NULL AS set;
INSERT INTO ticket (id, urgency) VALUES (4012, 'low');
RESET ticket_priority.reason;
SELECT sum(total_bytes) < 1000000 AS small FROM pg_backend_memory_contexts WHERE name LIKE 'ticket_priority trail%';

-- Triggers that read it ---------------------------------------------------------

TRUNCATE ticket;
BEGIN;
ALTER TABLE ticket_priority_log DISABLE TRIGGER USER;
TRUNCATE ticket_priority_log;
ALTER TABLE ticket_priority_log ENABLE TRIGGER USER;
COMMIT;
CREATE TABLE seen (who text, n bigint);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO seen SELECT TG_NAME, count(*) FROM ticket_sla_overrides;
	INSERT INTO seen SELECT TG_NAME, count(*) FROM ticket_priority_log;
	RETURN NULL;
END $$;
-- After each ticket, before and after its row of the trail; and after them all.
CREATE TRIGGER look AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 4) EXECUTE FUNCTION look();
CREATE TRIGGER "~~~look" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 4) EXECUTE FUNCTION look();
CREATE TRIGGER look_last AFTER INSERT ON ticket FOR EACH STATEMENT EXECUTE FUNCTION look();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(1, 6) AS i;
SELECT who, max(n) FROM seen GROUP BY who ORDER BY 2;
SELECT * FROM trail_rows();
DROP TRIGGER look ON ticket;
DROP TRIGGER "~~~look" ON ticket;
DROP TRIGGER look_last ON ticket;
-- A part of the transaction that a trigger begins, and undoes, takes no row with
-- it but its own.
CREATE FUNCTION try() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	BEGIN
		INSERT INTO ticket (id, urgency) SELECT NEW.id * 100 + i, 'low' FROM generate_series(1, 5) AS i;
		UPDATE ticket SET urgency = 'high' WHERE id = NEW.id - 1;
		PERFORM count(*) FROM ticket_priority_log;
		IF NEW.id % 2 = 0 THEN
			RAISE EXCEPTION 'no';
		END IF;
	EXCEPTION WHEN raise_exception THEN
		NULL;
	END;
	RETURN NULL;
END $$;
CREATE TRIGGER "~~~try" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id < 20) EXECUTE FUNCTION try();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(11, 16) AS i;
SELECT ticket, string_agg(event, ' ' ORDER BY at) FROM ticket_priority_log WHERE ticket BETWEEN 11 AND 16 GROUP BY ticket ORDER BY ticket;
SELECT ticket / 100 AS hundred, count(*) FROM ticket_priority_log WHERE ticket > 100 GROUP BY 1 ORDER BY 1;
SELECT count(*), count(DISTINCT id) FROM ticket;
DROP TRIGGER "~~~try" ON ticket;
-- What a failing statement left is not found by the next.
CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'failed at ticket %', NEW.id;
END $$;
CREATE TRIGGER "~~~fail" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 34) EXECUTE FUNCTION fail();
BEGIN;
INSERT INTO ticket (id, urgency) VALUES (31, 'low');
SAVEPOINT s;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(32, 36) AS i;
ROLLBACK TO s;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(37, 39) AS i;
COMMIT;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(32, 36) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(40, 42) AS i;
SELECT ticket FROM ticket_priority_log WHERE ticket BETWEEN 31 AND 50 ORDER BY ticket;
DROP TRIGGER "~~~fail" ON ticket;
CREATE FUNCTION make_some(low int) RETURNS bigint LANGUAGE sql AS $$
	INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(low, low + 4) AS i;
	SELECT count(*) FROM ticket $$;
CREATE TRIGGER "~~~fail" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 204) EXECUTE FUNCTION fail();
-- ... nor by the next transaction, though a function that did it keeps its memory.
DO $$
DECLARE
	tickets bigint;
BEGIN
	BEGIN
		tickets := make_some(201);
	EXCEPTION WHEN raise_exception THEN
		NULL;
	END;
	COMMIT;
	BEGIN
		INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(211, 213) AS i;
		PERFORM count(*) FROM ticket_priority_log;
	EXCEPTION WHEN raise_exception THEN
		NULL;
	END;
END $$;
SELECT ticket FROM ticket_priority_log WHERE ticket BETWEEN 201 AND 220 ORDER BY ticket;
DROP TRIGGER "~~~fail" ON ticket;
-- Readers in parallel workers; and a cursor that was opened before.
CREATE FUNCTION trail_now() RETURNS bigint LANGUAGE plpgsql PARALLEL SAFE AS $$
BEGIN
	RETURN (SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 221 AND 230);
END $$;
CREATE TABLE many AS SELECT i FROM generate_series(1, 100) AS i;
ALTER TABLE many SET (parallel_workers = 2);
CREATE FUNCTION look_in_parallel() RETURNS trigger LANGUAGE plpgsql
SET parallel_setup_cost = 0 SET parallel_tuple_cost = 0 SET min_parallel_table_scan_size = 0
SET max_parallel_workers_per_gather = 2 SET parallel_leader_participation = off AS $$
BEGIN
	RAISE WARNING '% rows', (SELECT max(trail_now()) FROM many);
	RETURN NULL;
END $$;
CREATE TRIGGER look AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 225) EXECUTE FUNCTION look_in_parallel();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(221, 226) AS i;
DROP TRIGGER look ON ticket;
CREATE FUNCTION trail_then() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 231 AND 240 $$;
CREATE FUNCTION look_later() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	reader refcursor := 'reader';
	rows bigint;
BEGIN
	IF NEW.id = 233 THEN
		OPEN reader FOR SELECT trail_then();
	ELSE
		FETCH reader INTO rows;
		RAISE WARNING '% rows', rows;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER look AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id IN (233, 235)) EXECUTE FUNCTION look_later();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(231, 236) AS i;
DROP TRIGGER look ON ticket;

-- Who writes ---------------------------------------------------------------------

-- What the owner demands of the rows, and what his indexes compute, is asked as
-- the user who changes the tickets, also if somebody else reads them first.
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA trail TO regress_reader;
GRANT SELECT ON ticket_priority_log TO regress_reader;
ALTER TABLE ticket_priority_log ADD CONSTRAINT own_name CHECK (actor = current_user) NOT VALID;
CREATE FUNCTION read() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = trail, public AS $$
BEGIN
	RAISE WARNING '% reads % rows', current_user, (SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 51 AND 60);
	RETURN NULL;
END $$;
ALTER FUNCTION read() OWNER TO regress_reader;
CREATE TRIGGER read AFTER INSERT ON ticket FOR EACH STATEMENT EXECUTE FUNCTION read();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(51, 54) AS i;
DROP TRIGGER read ON ticket;
-- Or if he becomes another in between.
CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE TG_ARGV[0];
	RETURN NULL;
END $$;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 504) EXECUTE FUNCTION tamper('SET ROLE regress_reader');
CREATE TRIGGER tell AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tamper('SELECT set_config(''ticket_priority.actor'', current_user, false)');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(501, 506) AS i;
RESET ROLE;
SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 501 AND 506;
DROP TRIGGER tamper ON ticket;
DROP TRIGGER tell ON ticket;
RESET ticket_priority.actor;
-- ... and by the settings of that moment.
CREATE TRIGGER tell AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tamper('SELECT set_config(''ticket_priority.reason'', clock_timestamp()::text, true)');
ALTER TABLE ticket_priority_log ADD CONSTRAINT as_told CHECK (reason = current_setting('ticket_priority.reason')) NOT VALID;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(511, 516) AS i;
SELECT count(DISTINCT reason) FROM ticket_priority_log WHERE ticket BETWEEN 511 AND 516;
ALTER TABLE ticket_priority_log DROP CONSTRAINT as_told;
DROP TRIGGER tell ON ticket;
-- A row that he does not want, among many.
ALTER TABLE ticket_priority_log DROP CONSTRAINT own_name, ADD CONSTRAINT not_57 CHECK (ticket <> 57);
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(55, 59) AS i;
ALTER TABLE ticket_priority_log DROP CONSTRAINT not_57;
CREATE UNIQUE INDEX once ON ticket_priority_log (ticket) WHERE ticket > 60;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(61, 64) AS i;
DELETE FROM ticket WHERE id = 63;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(65, 69) AS i UNION ALL VALUES (63, 'low'::ticket_urgency);
DROP INDEX once;
SELECT ticket FROM ticket_priority_log WHERE ticket > 50 AND ticket < 100 ORDER BY ticket;
SELECT id FROM ticket WHERE id > 50 AND id < 100 ORDER BY id;

-- A trail that changes while rows wait ----------------------------------------------

CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log ADD note text');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(71, 76) AS i;
DROP TRIGGER tamper ON ticket;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('DROP TABLE ticket_priority_log CASCADE');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(71, 76) AS i;
DROP TRIGGER tamper ON ticket;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log DISABLE TRIGGER USER');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(71, 76) AS i;
DROP TRIGGER tamper ON ticket;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('CREATE INDEX ON ticket_priority_log (at)');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(71, 76) AS i;
DROP TRIGGER tamper ON ticket;
SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 71 AND 76;
-- An index may go meanwhile.
CREATE INDEX by_time ON ticket_priority_log (at);
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('DROP INDEX by_time');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(71, 76) AS i;
DROP TRIGGER tamper ON ticket;
SELECT count(*) FROM ticket_priority_log WHERE ticket BETWEEN 71 AND 76;
-- It may become a partition, and then has rows of that alone.
CREATE TABLE trails (LIKE ticket_priority_log) PARTITION BY RANGE (ticket);
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 244) EXECUTE FUNCTION tamper('ALTER TABLE trails ATTACH PARTITION ticket_priority_log FOR VALUES FROM (1) TO (245)');
BEGIN;
ALTER TABLE ticket_priority_log DISABLE TRIGGER USER;
DELETE FROM ticket_priority_log WHERE ticket > 240 OR ticket < 1;
ALTER TABLE ticket_priority_log ENABLE TRIGGER USER;
COMMIT;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(241, 246) AS i;
DROP TRIGGER tamper ON ticket;
ALTER TABLE trails ATTACH PARTITION ticket_priority_log FOR VALUES FROM (1) TO (245);
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(241, 246) AS i;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(241, 244) AS i;
SELECT count(*) FROM trails WHERE ticket > 240;
ALTER TABLE trails DETACH PARTITION ticket_priority_log;
DROP TABLE trails;
-- So may definitions of other tables change with each row.
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tamper('CREATE TABLE other (); DROP TABLE other');
CREATE TRIGGER "~~~tamper" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id % 3 = 0) EXECUTE FUNCTION tamper('CREATE TABLE other (); DROP TABLE other');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(81, 89) AS i;
DROP TRIGGER tamper ON ticket;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(90, 99) AS i;
DROP TRIGGER "~~~tamper" ON ticket;
SELECT count(*), count(DISTINCT ticket) FROM ticket_priority_log WHERE ticket BETWEEN 81 AND 99;

-- Where no row can wait ------------------------------------------------------------

-- The trigger that would write them is disabled, or does not fire.
ALTER TABLE ticket_priority_log DISABLE TRIGGER sla_log_write;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10001, 10005) AS i;
ALTER TABLE ticket_priority_log ENABLE REPLICA TRIGGER sla_log_write;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10006, 10010) AS i;
SELECT 'ALTER TABLE ticket ENABLE ALWAYS TRIGGER ' || quote_ident(tgname) FROM pg_trigger WHERE tgrelid = 'ticket'::regclass AND NOT tgisinternal ORDER BY tgname
\gexec
SET session_replication_role = replica;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10011, 10015) AS i;
ALTER TABLE ticket_priority_log ENABLE TRIGGER sla_log_write;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10016, 10020) AS i;
RESET session_replication_role;
-- A trigger turns it off or on while rows are written.
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id % 4 = 2) EXECUTE FUNCTION tamper('SET session_replication_role = replica');
CREATE TRIGGER tamper_back AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id % 4 = 1) EXECUTE FUNCTION tamper('SET session_replication_role = origin');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10021, 10030) AS i;
RESET session_replication_role;
DROP TRIGGER tamper ON ticket;
DROP TRIGGER tamper_back ON ticket;
SELECT count(*), count(DISTINCT ticket) FROM ticket_priority_log WHERE ticket > 10000;
-- Fired at the commit.
DO $$
DECLARE
	arguments text := (SELECT string_agg(quote_literal(a.arg), ', ') FROM pg_trigger AS t,
		string_to_table(encode(t.tgargs, 'escape'), '\000') AS a (arg) WHERE t.tgrelid = 'ticket'::regclass AND t.tgname = '~sla_log' AND a.arg <> '');
BEGIN
	ALTER TABLE ticket DISABLE TRIGGER "~sla_log";
	EXECUTE 'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ticket DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sla_log_priority(' || arguments || ')';
END $$;
BEGIN;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10031, 10035) AS i;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 10030;
COMMIT;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 10030;
DROP TRIGGER late ON ticket;
-- The trigger is for trails, but does no harm elsewhere.
CREATE TABLE mine (id int);
CREATE TRIGGER write AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION sla_log_write();
INSERT INTO mine VALUES (1), (2);
CREATE TRIGGER write_early BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION sla_log_write();
INSERT INTO mine VALUES (3);
SELECT sla_log_write();
SELECT sla_untrack('ticket');

-- Partitions -------------------------------------------------------------------------

DROP TABLE ticket CASCADE;
CREATE TABLE ticket (id int, team int, plan text DEFAULT 'premium', urgency ticket_urgency, impact ticket_impact DEFAULT 'high',
	opened_at timestamptz DEFAULT now()) PARTITION BY LIST (team);
SELECT format('CREATE TABLE ticket_%s PARTITION OF ticket FOR VALUES IN (%s)', i, i) FROM generate_series(0, 4) AS i
\gexec
SELECT sla_track('ticket', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO ticket (id, team, urgency) SELECT i, i % 5, 'low' FROM generate_series(1, 1000) AS i;
SELECT * FROM trail_rows();
-- Rows that move while their priority changes, and rows that stay.
UPDATE ticket SET team = (team + id % 2) % 5, urgency = 'high';
SELECT event, count(*), count(DISTINCT ticket) FROM ticket_priority_log GROUP BY 1 ORDER BY 1;
-- A statement on one of them.
INSERT INTO ticket_3 (id, team, urgency) SELECT i, 3, 'low' FROM generate_series(1001, 1010) AS i;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 1000;

-- Tickets that cannot be judged ---------------------------------------------------------

SET ticket_priority.bad_ticket = 'unknown';
SET client_min_messages = error;
INSERT INTO ticket (id, team, plan, urgency) SELECT i, 1, CASE WHEN i % 3 = 0 THEN 'none such' ELSE 'premium' END, 'low' FROM generate_series(2001, 2009) AS i;
RESET ticket_priority.bad_ticket;
SELECT ticket, priority FROM ticket_priority_log WHERE ticket > 2000 ORDER BY ticket;

-- A key that is not a number.
CREATE TABLE named (id text, plan text DEFAULT 'premium', urgency ticket_urgency, impact ticket_impact DEFAULT 'high', opened_at timestamptz DEFAULT now());
SELECT sla_track('named', add_columns => true) IS NOT NULL AS tracked;
INSERT INTO named (id, urgency) SELECT 'ticket ' || i, 'low' FROM generate_series(1, 7) AS i;
UPDATE named SET urgency = 'high' WHERE id > 'ticket 3';
SELECT ticket, string_agg(event, ' ' ORDER BY at) FROM named_priority_log GROUP BY ticket ORDER BY ticket;

SET client_min_messages = warning;
DROP SCHEMA trail CASCADE;
DROP ROLE regress_reader;
RESET search_path;
