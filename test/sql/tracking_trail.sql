-- The trail: a row for each ticket that got a priority, and for each change of it,
-- written by an ordinary insertion with the rights of the trail's owner.
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

-- Order -----------------------------------------------------------------------------

-- An AFTER trigger of the application changes the ticket in the same statement.  It
-- bears a name that comes first, and with the first ticket it changes the second,
-- too, before the trail had told of it.  By time, the trail tells the states in the
-- order in which they were seen, and what it says last is what the ticket is.
CREATE FUNCTION raise_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ticket SET urgency = 'high' WHERE id IN (NEW.id, NEW.id + 1) AND urgency = 'low';
	RETURN NULL;
END $$;
CREATE TRIGGER escalate AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.urgency = 'low') EXECUTE FUNCTION raise_it();
INSERT INTO ticket (id, urgency) VALUES (301, 'low');
INSERT INTO ticket (id, urgency) VALUES (302, 'low'), (303, 'low'), (304, 'medium');
DROP TRIGGER escalate ON ticket;
CREATE TRIGGER " escalate" AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.urgency = 'low') EXECUTE FUNCTION raise_it();
INSERT INTO ticket (id, urgency) VALUES (305, 'low'), (306, 'low');
DROP TRIGGER " escalate" ON ticket;
SELECT t.id, t.priority, string_agg(format('%s %s', l.event, l.priority), ', ' ORDER BY l.at) AS told
FROM ticket AS t JOIN ticket_priority_log AS l ON l.ticket = t.id WHERE t.id BETWEEN 301 AND 306 GROUP BY t.id ORDER BY t.id;
-- A trigger that changes it to and fro: each change is told.
CREATE FUNCTION to_and_fro() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ticket SET urgency = 'low' WHERE id = NEW.id;
	UPDATE ticket SET urgency = 'medium' WHERE id = NEW.id;
	RETURN NULL;
END $$;
CREATE TRIGGER to_and_fro AFTER UPDATE ON ticket FOR EACH ROW WHEN (NEW.urgency = 'high' AND NEW.id = 304) EXECUTE FUNCTION to_and_fro();
UPDATE ticket SET urgency = 'high' WHERE id = 304;
SELECT event, old_urgency, urgency FROM ticket_priority_log WHERE ticket = 304 ORDER BY at;
DROP TRIGGER to_and_fro ON ticket;

-- A BEFORE trigger changes a ticket that the same statement changed before.
CREATE FUNCTION change_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE ticket SET urgency = 'high' WHERE id = 307;
	RETURN NEW;
END $$;
INSERT INTO ticket (id, urgency) VALUES (307, 'low'), (308, 'low');
CREATE TRIGGER change_first BEFORE UPDATE ON ticket FOR EACH ROW WHEN (NEW.id = 308) EXECUTE FUNCTION change_first();
UPDATE ticket SET urgency = 'medium' WHERE id IN (307, 308);
SELECT t.id, t.urgency, string_agg(l.urgency::text, ', ' ORDER BY l.at) AS told
FROM ticket AS t JOIN ticket_priority_log AS l ON l.ticket = t.id WHERE t.id IN (307, 308) GROUP BY t.id ORDER BY t.id;
DROP TRIGGER change_first ON ticket;

-- What the owner declares -------------------------------------------------------------

-- All of it holds, as for any insertion: a generated column, defaults, also where a
-- null is not allowed, a key of its own.
BEGIN;
ALTER TABLE ticket_priority_log ADD day date GENERATED ALWAYS AS ((at AT TIME ZONE 'UTC')::date) STORED, ADD source bigint DEFAULT 42,
	ADD kind text NOT NULL DEFAULT 'x', ADD seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
INSERT INTO ticket (id, urgency) VALUES (401, 'low'), (402, 'low');
UPDATE ticket SET urgency = 'high' WHERE id = 401;
SELECT ticket, event, day = (at AT TIME ZONE 'UTC')::date AS day, source, kind, rank() OVER (ORDER BY seq) FROM ticket_priority_log WHERE ticket IN (401, 402) ORDER BY seq;
ROLLBACK;
-- A column of another type, or another length.
BEGIN;
ALTER TABLE ticket_priority_log ALTER reason TYPE varchar(20);
SET LOCAL ticket_priority.reason = 'as long as can be';
INSERT INTO ticket (id, urgency) VALUES (403, 'low');
SELECT ticket, reason FROM ticket_priority_log WHERE ticket = 403;
SET LOCAL ticket_priority.reason = 'longer than that is not allowed';
INSERT INTO ticket (id, urgency) VALUES (404, 'low');
ROLLBACK;
-- Constraints: a check, one that excludes, a foreign key, and a key that is checked
-- at the end.
ALTER TABLE ticket_priority_log ADD CONSTRAINT not_57 CHECK (ticket <> 57);
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(55, 59) AS i;
ALTER TABLE ticket_priority_log DROP CONSTRAINT not_57;
BEGIN;
ALTER TABLE ticket_priority_log DISABLE TRIGGER USER;
TRUNCATE ticket_priority_log;
ALTER TABLE ticket_priority_log ENABLE TRIGGER USER, ADD CONSTRAINT once EXCLUDE USING btree (ticket WITH =);
INSERT INTO ticket (id, urgency) VALUES (411, 'low');
UPDATE ticket SET urgency = 'high' WHERE id = 411;
ROLLBACK;
BEGIN;
CREATE TABLE people (name text PRIMARY KEY);
INSERT INTO people VALUES (current_user);
ALTER TABLE ticket_priority_log ADD FOREIGN KEY (actor) REFERENCES people;
INSERT INTO ticket (id, urgency) VALUES (412, 'low');
SET LOCAL ticket_priority.actor = 'stranger';
INSERT INTO ticket (id, urgency) VALUES (413, 'low');
ROLLBACK;
BEGIN;
ALTER TABLE ticket_priority_log ADD known_actor text DEFAULT 'nobody';
CREATE TABLE actors (name text PRIMARY KEY);
INSERT INTO actors VALUES ('nobody');
ALTER TABLE ticket_priority_log ADD FOREIGN KEY (known_actor) REFERENCES actors;
INSERT INTO ticket (id, urgency) VALUES (412, 'low');
ALTER TABLE ticket_priority_log ALTER known_actor SET DEFAULT 'somebody';
INSERT INTO ticket (id, urgency) VALUES (413, 'low');
ROLLBACK;
BEGIN;
ALTER TABLE ticket_priority_log ADD part int DEFAULT 1;
CREATE UNIQUE INDEX ON ticket_priority_log (ticket, event) WHERE ticket > 420;
ALTER TABLE ticket_priority_log ADD n bigint, ADD CONSTRAINT late UNIQUE (n) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ticket_priority_log ALTER n SET DEFAULT 7;
INSERT INTO ticket (id, urgency) VALUES (421, 'low'), (422, 'low');
SELECT ticket, part, n FROM ticket_priority_log WHERE ticket > 420 AND ticket < 430 ORDER BY ticket;
COMMIT;
-- Triggers; what they write is theirs.
BEGIN;
CREATE TABLE audit (ticket int, who text);
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_WHEN = 'BEFORE' THEN
		NEW.reason := 'set by a trigger';
		RETURN NEW;
	END IF;
	INSERT INTO audit VALUES (NEW.ticket, TG_NAME);
	RETURN NULL;
END $$;
CREATE TRIGGER before_it BEFORE INSERT ON ticket_priority_log FOR EACH ROW EXECUTE FUNCTION audit();
CREATE TRIGGER after_it AFTER INSERT ON ticket_priority_log FOR EACH ROW EXECUTE FUNCTION audit();
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(431, 432) AS i;
SELECT a.ticket, a.who, l.reason FROM audit AS a JOIN ticket_priority_log AS l USING (ticket) ORDER BY ticket;
ROLLBACK;
-- Any kind of index.
CREATE INDEX trail_gin ON ticket_priority_log USING gin (to_tsvector('simple', actor || ' ' || COALESCE(reason, '')));
CREATE INDEX trail_brin ON ticket_priority_log USING brin (at);
CREATE INDEX trail_hash ON ticket_priority_log USING hash (ticket);
CREATE INDEX trail_some ON ticket_priority_log (length(event)) WHERE urgency = 'low';
SET ticket_priority.reason = 'found by an index';
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(5001, 5300) AS i;
VACUUM ANALYZE ticket_priority_log;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(5301, 5600) AS i;
RESET ticket_priority.reason;
SET enable_seqscan = off;
SELECT (SELECT count(*) FROM ticket_priority_log WHERE to_tsvector('simple', actor || ' ' || COALESCE(reason, '')) @@ 'index'::tsquery) AS gin,
	(SELECT count(*) FROM ticket_priority_log WHERE at > '-infinity') = (SELECT count(*) FROM (SELECT FROM ticket_priority_log OFFSET 0) AS l) AS brin,
	(SELECT count(*) FROM ticket_priority_log WHERE ticket = 5600) AS hash,
	(SELECT count(*) FROM ticket_priority_log WHERE length(event) = 8 AND urgency = 'low' AND ticket > 5000) AS some;
RESET enable_seqscan;
DROP INDEX trail_gin, trail_brin, trail_hash, trail_some;
-- A trail in partitions: rows go where they belong.
BEGIN;
DROP VIEW ticket_sla_misses, ticket_sla_overrides;
ALTER TABLE ticket_priority_log RENAME TO old_log;
CREATE TABLE ticket_priority_log (LIKE old_log INCLUDING ALL) PARTITION BY LIST (event);
CREATE TABLE log_new PARTITION OF ticket_priority_log FOR VALUES IN ('assigned');
CREATE TABLE log_rest PARTITION OF ticket_priority_log DEFAULT;
INSERT INTO ticket (id, urgency) VALUES (441, 'low'), (442, 'low');
UPDATE ticket SET urgency = 'high' WHERE id = 442;
SELECT tableoid::regclass, ticket, event FROM ticket_priority_log ORDER BY ticket, at;
ROLLBACK;
-- And a trail that is one: a row that does not belong there is refused.
CREATE TABLE trails (LIKE ticket_priority_log) PARTITION BY RANGE (ticket);
BEGIN;
ALTER TABLE ticket_priority_log DISABLE TRIGGER USER;
DELETE FROM ticket_priority_log;
ALTER TABLE ticket_priority_log ENABLE TRIGGER USER;
ALTER TABLE trails ATTACH PARTITION ticket_priority_log FOR VALUES FROM (1) TO (7001);
INSERT INTO ticket (id, urgency) VALUES (7000, 'low');
SELECT count(*) FROM trails;
INSERT INTO ticket (id, urgency) VALUES (7001, 'low');
ROLLBACK;
DROP TABLE trails;

-- Who writes ---------------------------------------------------------------------------

-- The trail is written with its owner's rights, whoever changes the tickets, and
-- what he declares sees him; who it was is told all the same.  Row-level security
-- that is forced upon the owner does not keep it out.
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA trail TO regress_writer;
GRANT SELECT, INSERT, UPDATE ON ticket TO regress_writer;
ALTER TABLE ticket_priority_log ADD CONSTRAINT by_owner CHECK (current_user <> 'regress_writer') NOT VALID;
ALTER TABLE ticket_priority_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET ROLE regress_writer;
INSERT INTO ticket (id, urgency) VALUES (451, 'low');
INSERT INTO ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'me');
SELECT current_user;
RESET ROLE;
ALTER TABLE ticket_priority_log DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
SELECT ticket, event, actor FROM ticket_priority_log WHERE ticket = 451;
ALTER TABLE ticket_priority_log DROP CONSTRAINT by_owner;
-- Nobody else writes it, not even what is fired by its being written.
INSERT INTO ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'me');
UPDATE ticket_priority_log SET actor = 'me';
DELETE FROM ticket_priority_log;
TRUNCATE ticket_priority_log;
CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() < 4 THEN
		INSERT INTO ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'forged');
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER " forge" AFTER INSERT ON ticket_priority_log FOR EACH ROW EXECUTE FUNCTION forge();
INSERT INTO ticket (id, urgency) VALUES (452, 'low');
DROP TRIGGER " forge" ON ticket_priority_log;
CREATE TRIGGER forge BEFORE INSERT ON ticket_priority_log FOR EACH STATEMENT EXECUTE FUNCTION forge();
INSERT INTO ticket (id, urgency) VALUES (452, 'low');
DROP TRIGGER forge ON ticket_priority_log;
CREATE TRIGGER forge AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION forge();
INSERT INTO ticket (id, urgency) VALUES (452, 'low');
DROP TRIGGER forge ON ticket;
-- What its owner fires may change other tickets, which is told, too.
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO ticket (id, urgency) VALUES (NEW.ticket + 1, 'high');
	RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER INSERT ON ticket_priority_log FOR EACH ROW WHEN (NEW.ticket < 464) EXECUTE FUNCTION follow();
INSERT INTO ticket (id, urgency) VALUES (461, 'low');
DROP TRIGGER follow ON ticket_priority_log;
SELECT ticket, priority FROM ticket_priority_log WHERE ticket BETWEEN 461 AND 470 ORDER BY at;
-- A part that failed leaves the guard as it was.
DO $$
BEGIN
	ALTER TABLE ticket_priority_log ADD CONSTRAINT none CHECK (ticket <> 471);
	BEGIN
		INSERT INTO ticket (id, urgency) VALUES (471, 'low');
	EXCEPTION WHEN check_violation THEN
		RAISE WARNING '%', SQLERRM;
	END;
	INSERT INTO ticket_priority_log (at, event, actor) VALUES (now(), 'assigned', 'forged');
END $$;

-- A trail that changes while it is written -----------------------------------------------

-- What its owner makes of it between two rows is there for the next.
CREATE FUNCTION tamper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE TG_ARGV[0];
	RETURN NULL;
END $$;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 74) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log ADD note text DEFAULT ''later''');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(73, 76) AS i;
SELECT ticket, note FROM ticket_priority_log WHERE ticket BETWEEN 73 AND 76 ORDER BY ticket;
DROP TRIGGER tamper ON ticket;
-- One that has gone, been renamed, or given away is an error.
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 81) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log RENAME TO elsewhere');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(81, 82) AS i;
DROP TRIGGER tamper ON ticket;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 81) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log OWNER TO regress_writer');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(81, 82) AS i;
DROP TRIGGER tamper ON ticket;
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW WHEN (NEW.id = 81) EXECUTE FUNCTION tamper('ALTER TABLE ticket_priority_log DROP COLUMN reason');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(81, 82) AS i;
DROP TRIGGER tamper ON ticket;
-- Another table takes its name between two statements: that is the trail from now on,
-- if it is the owner's.
BEGIN;
ALTER TABLE ticket_priority_log RENAME TO elsewhere;
CREATE TABLE ticket_priority_log (LIKE elsewhere);
INSERT INTO ticket (id, urgency) VALUES (91, 'low');
SELECT ticket FROM ticket_priority_log;
ROLLBACK;
-- Definitions of other tables change with each row.
CREATE TRIGGER tamper AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tamper('CREATE TABLE other (); DROP TABLE other');
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(101, 109) AS i;
DROP TRIGGER tamper ON ticket;
SELECT count(*), count(DISTINCT ticket) FROM ticket_priority_log WHERE ticket BETWEEN 101 AND 109;

-- Where triggers fire ---------------------------------------------------------------------

-- On a replica, if they are told to.
SELECT 'ALTER TABLE ticket ENABLE ALWAYS TRIGGER ' || quote_ident(tgname) FROM pg_trigger WHERE tgrelid = 'ticket'::regclass AND NOT tgisinternal ORDER BY tgname
\gexec
SET session_replication_role = replica;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10011, 10015) AS i;
RESET session_replication_role;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 10000;
-- At the commit.
DO $$
DECLARE
	arguments text := (SELECT string_agg(quote_literal(a.arg), ', ') FROM pg_trigger AS t,
		string_to_table(encode(t.tgargs, 'escape'), '\000') AS a (arg) WHERE t.tgrelid = 'ticket'::regclass AND t.tgname = '!sla_trail' AND a.arg <> '');
BEGIN
	ALTER TABLE ticket DISABLE TRIGGER "!sla_trail";
	EXECUTE 'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ticket DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _sla_trail_write(' || arguments || ')';
END $$;
BEGIN;
INSERT INTO ticket (id, urgency) SELECT i, 'low' FROM generate_series(10031, 10035) AS i;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 10030;
COMMIT;
SELECT count(*) FROM ticket_priority_log WHERE ticket > 10030;
DROP TRIGGER late ON ticket;
-- The guard is a trigger, and nothing else.
CREATE TABLE mine (id int);
CREATE TRIGGER guard BEFORE INSERT ON mine FOR EACH ROW EXECUTE FUNCTION _sla_trail_guard();
INSERT INTO mine VALUES (1);
SELECT _sla_trail_guard();
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
DROP ROLE regress_writer;
RESET search_path;
