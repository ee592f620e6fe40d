-- Setting up tracking: what is found, what is refused, what is made and removed.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET intervalstyle = 'postgres';
CREATE SCHEMA desk;
SET search_path = desk, public;

-- The smallest table: only what is needed.
CREATE TABLE small (id int PRIMARY KEY, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz);
SELECT sla_track('small') - 'made' AS mapping;
INSERT INTO small VALUES (1, 'premium', 'P2', '2026-11-20 12:00');
SELECT * FROM small;
SELECT id, metric, target, at_risk_at, used > 1 AS used_up, status FROM small_sla;

-- Everything that is wrong is said at once, and nothing is changed.
CREATE TABLE wrong (
	id int PRIMARY KEY,
	plan int,
	urgency int,
	opened_at timestamp,
	answered_at date,
	paused text,
	due_at timestamptz GENERATED ALWAYS AS (NULL) STORED
);
SELECT sla_track('wrong', impact => 'effect', status => 'state', urgency_map => '{"1": "urgent"}', impact_map => '[]',
	cancelled_when => '{spam}', on_change => 'never', closed_without_answer => NULL, backfill => 'some',
	report_time_zone => 'Mars', approver => 'nobody such', prefix => repeat('x', 50), trail => 'long');
SELECT sla_track('wrong', id => 'number', plan => '', opened_at => '');
\d wrong

-- Result columns that are missing are asked for, or made.
CREATE TABLE bare (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, status text);
SELECT sla_track('bare');
SELECT sla_track('bare', paused_when => '{waiting}');
SELECT sla_track('bare', on_change => 'from_change', due_at => 'deadline');
SELECT sla_track('bare', add_columns => true, due_at => 'deadline') -> 'made' AS made;
SELECT attname FROM pg_attribute WHERE attrelid = 'bare'::regclass AND attnum > 0 ORDER BY attnum;
-- Removed again, nothing is left.
SELECT sla_untrack('bare');
SELECT attname FROM pg_attribute WHERE attrelid = 'bare'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT relname FROM pg_class WHERE relnamespace = 'desk'::regnamespace AND relname LIKE 'bare%' ORDER BY 1;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'bare'::regclass;
SELECT count(*) FROM pg_statistic_ext WHERE stxnamespace = 'desk'::regnamespace AND stxname LIKE 'bare%';
-- Or what may be wanted is kept.
SELECT sla_track('bare', add_columns => true, trail => 'all') IS NOT NULL AS tracked;
INSERT INTO bare VALUES (1, 'premium', 'high', 'high', '2026-11-20 12:00');
SELECT sla_untrack('bare', keep_columns => true, keep_log => true);
SELECT id, priority, due_at FROM bare;
SELECT ticket, event, priority FROM bare_priority_log;
-- Tracked again, the trail goes on.
SELECT sla_track('bare') IS NOT NULL AS tracked;
INSERT INTO bare VALUES (2, 'premium', 'high', 'low', '2026-11-20 12:00');
SELECT ticket, event, priority FROM bare_priority_log ORDER BY ticket;
-- Tracking a tracked table again replaces the mapping; what was made before is
-- remembered.
SELECT sla_track('bare', urgency_map => '{"urgent": "high", "normal": "low"}') -> 'made' AS made;
INSERT INTO bare VALUES (3, 'premium', 'urgent', 'low', '2026-11-20 12:00');
INSERT INTO bare VALUES (4, 'premium', 'high', 'low', '2026-11-20 12:00');
SELECT id, priority FROM bare ORDER BY id;
SELECT sla_track('bare', prefix => 'other');
SELECT sla_untrack('bare');
SELECT sla_untrack('bare');
SELECT sla_mapping('bare');
SELECT sla_mapping(0);

-- What is not a table, or not one's own.
CREATE VIEW a_view AS SELECT * FROM bare;
SELECT sla_track('a_view');
SELECT sla_track(NULL);
SELECT sla_track(0);
CREATE TABLE parts (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz) PARTITION BY LIST (plan);
CREATE TABLE part PARTITION OF parts DEFAULT;
SELECT sla_track('part');
CREATE ROLE tracking_other;
SET ROLE tracking_other;
SELECT public.sla_track('pg_catalog.pg_class');
RESET ROLE;
DROP ROLE tracking_other;
-- A result in the partition key cannot be filled by a trigger.
CREATE TABLE by_due (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz) PARTITION BY RANGE (due_at);
SELECT sla_track('by_due');
CREATE TABLE by_due_day (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz)
	PARTITION BY RANGE ((date_trunc('day', due_at AT TIME ZONE 'UTC')));
SELECT sla_track('by_due_day');
-- Names that are taken.
CREATE TABLE taken (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz);
CREATE TABLE taken_sla ();
SELECT sla_track('taken');
SELECT sla_track('taken', prefix => 'free') IS NOT NULL AS tracked;
SELECT ticket_table, mapping ->> 'prefix' AS prefix FROM sla_tracked ORDER BY 1;
SELECT sla_untrack('taken');
-- A schema in which the owner may make nothing.
CREATE ROLE tracking_owner;
CREATE SCHEMA closed;
CREATE TABLE closed.ticket (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz);
ALTER TABLE closed.ticket OWNER TO tracking_owner;
SELECT sla_track('closed.ticket');
-- For a table of somebody else, everything is made his.
GRANT CREATE, USAGE ON SCHEMA closed TO tracking_owner;
SELECT sla_track('closed.ticket') IS NOT NULL AS tracked;
SELECT relname, relkind, relowner::regrole FROM pg_class
 WHERE relnamespace = 'closed'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;
-- He needs nothing of the extension but USAGE on its schema, and no search_path.
SET ROLE tracking_owner;
SET search_path = pg_catalog;
INSERT INTO closed.ticket VALUES (1, 'premium', 'P1', '2026-11-20 12:00');
SELECT id, metric, status FROM closed.ticket_sla;
SELECT public.sla_untrack('closed.ticket');
SELECT public.sla_track('closed.ticket') IS NOT NULL AS tracked;
RESET ROLE;
SET search_path = desk, public;

-- Labels of all kinds ------------------------------------------------------

CREATE DOMAIN level AS varchar(20);
CREATE TYPE effect AS ENUM ('none', 'some', 'all');
CREATE TABLE labels (
	id bigint PRIMARY KEY,
	plan char(10),
	urgency int,
	impact effect,
	override level,
	priority text,
	opened_at timestamptz,
	due_at timestamptz
);
SELECT sla_track('labels', urgency_map => '{"1": "high", "2": "medium", "3": "low"}',
	impact_map => '{"none": "low", "some": "medium", "all": "high"}',
	priority_map => '{"1 - Critical": "P1", "2 - High": "P2", "3 - Moderate": "P3", "4 - Low": "P4"}') IS NOT NULL AS tracked;
INSERT INTO labels (id, plan, urgency, impact, override, opened_at) VALUES
	(1, 'premium', 1, 'all', NULL, '2026-11-20 12:00'),
	(2, 'premium', 2, 'none', NULL, '2026-11-20 12:00'),
	(3, 'premium', 3, 'none', '2 - High', '2026-11-20 12:00');
SELECT id, priority, due_at FROM labels ORDER BY id;
SELECT id, priority, metric FROM labels_sla ORDER BY id;
SELECT ticket, urgency, impact, override, assigned, priority FROM labels_priority_log ORDER BY ticket;
INSERT INTO labels (id, plan, urgency, impact, opened_at) VALUES (4, 'premium', 4, 'all', '2026-11-20 12:00');
INSERT INTO labels (id, plan, urgency, impact, override, opened_at) VALUES (4, 'premium', 1, 'all', 'P1', '2026-11-20 12:00');

-- A label without a meaning that was there before can be corrected.
ALTER TABLE labels DISABLE TRIGGER "~sla_track";
INSERT INTO labels (id, plan, urgency, impact, override, opened_at) VALUES (5, 'premium', 9, 'all', 'what', '2026-11-20 12:00');
ALTER TABLE labels ENABLE TRIGGER "~sla_track";
UPDATE labels SET plan = 'standard' WHERE id = 5;
UPDATE labels SET urgency = 1, override = NULL WHERE id = 5;
SELECT id, priority FROM labels WHERE id = 5;

-- A generated priority is recognised, and recomputed from its inputs.
CREATE TABLE generated (
	id int PRIMARY KEY, plan text, urgency text, impact text, override ticket_priority,
	priority ticket_priority GENERATED ALWAYS AS (assign_priority(to_urgency(urgency), to_impact(impact), override)) STORED,
	opened_at timestamptz, due_at timestamptz
);
SELECT sla_track('generated') IS NOT NULL AS tracked;
INSERT INTO generated (id, plan, urgency, impact, opened_at) VALUES (1, 'premium', 'high', 'high', now());
SELECT priority, due_at - opened_at AS target FROM generated;
UPDATE generated SET urgency = 'low';
SELECT priority, due_at - opened_at AS target FROM generated;
UPDATE generated SET override = 'P4';
SELECT priority, due_at - opened_at AS target FROM generated;
SELECT event, old_priority, priority FROM generated_priority_log;

-- What becomes of tracking when the table changes --------------------------

-- Columns that play no part come and go.
ALTER TABLE generated DROP COLUMN override CASCADE;
SELECT count(*) FROM pg_class WHERE relname = 'generated_sla';
-- A column that tracking reads, renamed or dropped: said, and no ticket is lost
-- if that is what the setting says.
ALTER TABLE small RENAME COLUMN plan TO support_plan;
INSERT INTO small VALUES (2, 'premium', 'P2', '2026-11-20 12:00');
SET ticket_priority.bad_ticket = unknown;
INSERT INTO small VALUES (2, 'premium', 'P2', '2026-11-20 12:00');
RESET ticket_priority.bad_ticket;
SELECT * FROM small ORDER BY id;
SELECT sla_track('small', plan => 'support_plan', backfill => 'all') IS NOT NULL AS tracked;
SELECT * FROM small ORDER BY id;
-- Another type.
ALTER TABLE small DROP COLUMN due_at CASCADE, ADD COLUMN due_at text;
UPDATE small SET priority = 'P1' WHERE id = 1;
ALTER TABLE small DROP COLUMN due_at;
SELECT sla_track('small', plan => 'support_plan', add_columns => true, backfill => 'all') IS NOT NULL AS tracked;
SELECT id, due_at FROM small ORDER BY id;
-- A trail that is gone.
DROP TABLE small_priority_log CASCADE;
UPDATE small SET priority = 'P1' WHERE id = 1;
SELECT sla_track('small', plan => 'support_plan') IS NOT NULL AS tracked;
UPDATE small SET priority = 'P1' WHERE id = 1;
-- Another name, another schema: the triggers and views go with the table.
ALTER TABLE small RENAME TO little;
INSERT INTO little (id, support_plan, priority, opened_at) VALUES (5, 'premium', 'P1', '2026-11-20 12:00');
SELECT ticket, priority FROM small_priority_log ORDER BY ticket;
CREATE SCHEMA elsewhere;
ALTER TABLE little SET SCHEMA elsewhere;
INSERT INTO elsewhere.little (id, support_plan, priority, opened_at) VALUES (6, 'premium', 'P1', '2026-11-20 12:00');
SELECT ticket, priority FROM small_priority_log ORDER BY ticket;
SELECT id, priority, due_at FROM small_sla ORDER BY id;
SELECT sla_track('elsewhere.little', plan => 'support_plan') ->> 'prefix' AS prefix;
INSERT INTO elsewhere.little (id, support_plan, priority, opened_at) VALUES (7, 'premium', 'P1', '2026-11-20 12:00');
SELECT count(*) FROM elsewhere.small_priority_log;
SELECT relname FROM pg_class WHERE relnamespace = 'desk'::regnamespace AND relname LIKE 'small%' ORDER BY 1;
ALTER TABLE elsewhere.little SET SCHEMA desk;
SELECT sla_track('little', plan => 'support_plan') ->> 'prefix' AS prefix;
-- A ticket that was there before tracking, and of which nothing was computed, is
-- judged when it changes.
CREATE TABLE before (id int PRIMARY KEY, plan text, priority ticket_priority, opened_at timestamptz, answered_at timestamptz);
INSERT INTO before VALUES (1, 'premium', 'P1', '2026-11-20 12:00');
SELECT sla_track('before', add_columns => true) IS NOT NULL AS tracked;
UPDATE before SET answered_at = '2026-11-20 12:10';
SELECT id, status, elapsed FROM before_sla;
-- Tracking by a trigger that somebody made by hand writes no trail of others'.
CREATE TABLE foreign_log (LIKE small_priority_log);
ALTER TABLE foreign_log OWNER TO tracking_owner;
CREATE TABLE forger (id int, plan text, priority ticket_priority, opened_at timestamptz, due_at timestamptz);
CREATE TRIGGER t AFTER INSERT ON forger FOR EACH ROW
	EXECUTE FUNCTION _sla_trail_write('id=id', 'plan=plan', 'priority=priority', 'opened_at=opened_at', 'due_at=due_at', 'trail_table=foreign_log');
INSERT INTO forger VALUES (1, 'premium', 'P1', now());
-- A table that is dropped takes its views; the trail stays.
DROP TABLE little;
DROP TABLE little CASCADE;
SELECT count(*) FROM small_priority_log;

-- Triggers made by hand ----------------------------------------------------

CREATE TABLE by_hand (id int, opened_at timestamptz);
CREATE TRIGGER t BEFORE INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_track_ticket();
INSERT INTO by_hand VALUES (1);
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t BEFORE INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_track_ticket('id=id', 'opened_at=opened_at', 'plan=plan');
INSERT INTO by_hand VALUES (1);
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t BEFORE INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_track_ticket('id=id', 'opened_at=id');
INSERT INTO by_hand VALUES (1);
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t AFTER INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_track_ticket();
INSERT INTO by_hand VALUES (1);
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t BEFORE DELETE ON by_hand FOR EACH STATEMENT EXECUTE FUNCTION _sla_track_ticket();
DELETE FROM by_hand;
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t BEFORE INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_trail_write();
INSERT INTO by_hand VALUES (1);
SELECT _sla_track_ticket();
-- Whatever is in the arguments, the list of tracked tables can be read.
DROP TRIGGER t ON by_hand;
CREATE TRIGGER t BEFORE INSERT ON by_hand FOR EACH ROW EXECUTE FUNCTION _sla_track_ticket('made=[', 'urgency_map={"a": "\u0000"}', 'paused_when=["x"]', '=', '');
SELECT mapping FROM sla_tracked WHERE ticket_table = 'by_hand'::regclass;
SELECT sla_mapping('by_hand');

SET client_min_messages = warning;
DROP SCHEMA desk, closed, elsewhere CASCADE;
DROP ROLE tracking_owner;
