-- The owner's own texts: they win, they follow the snapshot, and what is wrong
-- is refused when it is written.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY default
\pset null '(null)'

-- Own texts win over the library's at the same step, and for the locales below.
BEGIN;
INSERT INTO support_translation (locale, kind, key, text, accepted) VALUES
	('pl', 'urgency', 'high', 'pilna', '{pilne,"na wczoraj"}'),
	('PT_pt', 'urgency', 'high', 'elevada', NULL),
	('es-419', 'plan', 'premium', 'Prémium', NULL),
	('cs', 'urgency', 'high', 'vysoká', NULL),
	('en', 'status', 'met', 'kept', NULL);
-- The locale is stored as it is looked up.
SELECT locale FROM support_translation WHERE text = 'elevada';
SELECT ticket_label('high'::ticket_urgency, 'pl') AS polish, ticket_label('urgency', 'high', 'pt-AO') AS angola,
	ticket_label('urgency', 'high', 'pt-BR') AS brazil, ticket_label('plan', 'premium', 'es-MX') AS mexico,
	ticket_label('plan', 'premium', 'es-ES') AS spain, ticket_label('urgency', 'high', 'cs-CZ') AS czech;
-- English comes last, so an own English text does not hide the library's Polish.
SELECT ticket_label('status', 'met', 'pl') AS polish, ticket_label('status', 'met', 'en-GB') AS british,
	ticket_label('met'::sla_status, 'cs') AS czech;
-- They are read, too.
SELECT parse_urgency('PILNA') AS own, parse_urgency('Na wczoraj!') AS accepted, parse_urgency('wysoka') AS shipped, parse_urgency('VYSOKA') AS czech;
-- The plans' matrices use them.
SELECT urgency FROM priority_matrix('pl') LIMIT 1;

-- What is missing, and the file for a translator and back.
SELECT source, count(*) > 0 AS some FROM ticket_translations('cs') WHERE kind NOT IN ('duration', 'hours') GROUP BY source ORDER BY source;
SELECT * FROM ticket_translations('cs') WHERE kind = 'urgency';
SELECT * FROM ticket_translations('pl') WHERE source <> 'shipped';
SELECT count(*) FROM ticket_translations(NULL);
SELECT count(*) FROM ticket_translations('xx');
CREATE TEMP TABLE file AS SELECT 'cs' AS locale, kind, key, upper(text) AS text FROM ticket_translations('cs')
WHERE source = 'english' AND kind NOT IN ('duration', 'hours');
INSERT INTO support_translation SELECT * FROM file;
SELECT source, count(*) > 0 AS some FROM ticket_translations('cs') WHERE kind NOT IN ('duration', 'hours') GROUP BY source;
ROLLBACK;

-- The owner's own names are in the list, once each.
BEGIN;
INSERT INTO support_plan (plan, title, calendar) VALUES ('gold', 'Gold care', 'always');
INSERT INTO support_plan_feature VALUES ('support channels', 'chat', 'gold', true, 'on weekdays', 205), ('support channels', 'phone', 'gold', true, 'on weekdays', 210);
INSERT INTO support_translation VALUES ('pl', 'feature', 'fax', 'faks');
SELECT * FROM ticket_translations('pl') WHERE key IN ('gold', 'chat', 'on weekdays', 'fax');
SELECT kind, key FROM ticket_translations('pl') GROUP BY kind, key HAVING count(*) > 1;
ROLLBACK;

-- They follow the query's snapshot: savepoint, rollback, cursor.
BEGIN;
DECLARE before CURSOR FOR SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true) FROM generate_series(1, 2);
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', 'pilna');
SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true);
FETCH before;
SAVEPOINT one;
UPDATE support_translation SET text = 'paląca';
SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true), parse_urgency('PALACA');
ROLLBACK TO one;
SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true), parse_urgency('paląca', true);
FETCH before;
TRUNCATE support_translation;
SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true);
ROLLBACK;
SELECT ticket_label('urgency', 'high', 'pl'), parse_urgency('pilna', true);

-- Refused when written: an unknown locale, kind or key.
INSERT INTO support_translation VALUES ('xx', 'urgency', 'high', 'x');
INSERT INTO support_translation VALUES ('', 'urgency', 'high', 'x');
INSERT INTO support_translation VALUES ('pl', 'colour', 'red', 'x');
INSERT INTO support_translation VALUES ('pl', 'urgency', 'urgent', 'x');
INSERT INTO support_translation VALUES ('pl', 'duration', 'hour.lots', '{0} godzin');
INSERT INTO support_translation VALUES ('pl', 'duration', 'week.few', '{0} tygodnie');
-- No text: nothing, spaces, a zero-width space.
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', '');
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', E' \t\u00a0\u200b');
-- A pattern with two places, none where the form needs the number, or a stray brace.
INSERT INTO support_translation VALUES ('pl', 'duration', 'hour.few', '{0} godziny i {0}');
INSERT INTO support_translation VALUES ('pl', 'duration', 'hour.few', 'godziny');
INSERT INTO support_translation VALUES ('pl', 'duration', 'hour.one', '{0} godzina {');
INSERT INTO support_translation VALUES ('pl', 'duration', 'within', 'natychmiast');
INSERT INTO support_translation VALUES ('pl', 'duration', 'close.next', 'koniec {0}');
-- Words that are none, or of a kind that is not read.
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', 'pilna', '{***}');
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', 'pilna', '{NULL}');
INSERT INTO support_translation VALUES ('pl', 'status', 'met', 'dotrzymany', '{ok}');
INSERT INTO support_translation VALUES ('pl', 'urgency', 'high', NULL);
SELECT count(*) FROM support_translation;
-- An update is checked as well; forms for zero, one and two can do without a number.
INSERT INTO support_translation VALUES ('ar', 'duration', 'hour.two', 'ساعتا عمل');
UPDATE support_translation SET key = 'hour.few';
UPDATE support_translation SET locale = 'AR-eg';
SELECT locale FROM support_translation;
DELETE FROM support_translation;

-- The function is a trigger's alone, and for what it is made for.
SELECT _sla_translation_check();
CREATE TABLE elsewhere (locale integer, kind text, key text, text text, accepted text[]);
CREATE TRIGGER after AFTER INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _sla_translation_check();
INSERT INTO elsewhere DEFAULT VALUES;
DROP TRIGGER after ON elsewhere;
CREATE TRIGGER before BEFORE INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _sla_translation_check();
INSERT INTO elsewhere DEFAULT VALUES;
DROP TABLE elsewhere;

-- Words of the owner's can mean two things; then neither is taken.
BEGIN;
INSERT INTO support_translation VALUES ('pl', 'urgency', 'medium', 'zwykła', '{Pilne}'), ('pl', 'urgency', 'high', 'pilna', '{pilne}');
SELECT parse_urgency('pilne');
SELECT parse_urgency('pilne', true);
SELECT parse_urgency('pilna'), parse_impact('pilna', true);
ROLLBACK;
