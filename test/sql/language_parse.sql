-- Words that people write for a level or a priority.
\set VERBOSITY default
\pset null '(null)'
-- A character without width, by its code: psql counts the columns of some of them
-- differently from version 18 on.
CREATE FUNCTION pg_temp.shown(t text) RETURNS text
LANGUAGE sql AS $$
	SELECT string_agg(CASE WHEN c ~ '[\u00A0\u00AD\u0301\u200B\uFEFF]' THEN format('<%s>', lpad(upper(to_hex(ascii(c))), 4, '0')) ELSE c END,
		'' ORDER BY n)
	FROM string_to_table(t, NULL) WITH ORDINALITY AS each (c, n)
$$;

-- Any of the languages at once; the function says what is read.  "High" is an
-- urgency, an impact, and the title of P2.
SELECT parse_urgency('High') AS urgency, parse_impact('High') AS impact, parse_priority('High') AS priority;
SELECT w AS word, parse_urgency(w) AS urgency, parse_impact(w) AS impact
FROM unnest('{high,wysoki,wysoka,wysokie,hoch,hohe,haut,haute,élevé,élevée,alto,alta,hoog,高,
	medium,średni,średnia,średnie,mittel,mittlere,moyen,moyenne,medio,media,médio,média,gemiddeld,中,
	low,niski,niska,niskie,niedrig,niedrige,bas,basse,faible,bajo,baja,basso,bassa,baixo,baixa,laag,低}'::text[]) AS w;
SELECT w AS words, parse_impact(w, true) AS impact, parse_priority(w) AS priority
FROM unnest('{Krytyczny wpływ,Duży wpływ,Średni wpływ,Niewielki wpływ,critical impact,High impact}'::text[]) AS w;
SELECT w AS word, parse_priority(w) AS priority
FROM unnest('{critical,krytyczny,krytyczna,krytyczne,kritisch,critique,crítica,crítico,critica,critico,kritiek,最優先}'::text[]) AS w;

-- Case, accents, width, composition, punctuation and spaces do not count, nor
-- does the dot of an i.
SELECT pg_temp.shown(w) AS word, parse_urgency(w) AS urgency FROM unnest(ARRAY[
	'SREDNI', 'ŚREDNI', normalize('średni', NFD), '  wysoki  ', 'wysoki.', '"Wysoki"', 'w y s o k i', 'WYSOKİ', 'wysokı', 'HIGH', 'hıgh',
	U&'\FF28\FF49\FF47\FF48', U&'h\00ADigh', U&'\200Bhigh\200B', U&'\00A0high\00A0', U&'\FEFFhigh', E'\thigh\r\n', 'élevée', 'ELEVEE', '-high-']) AS w;
SELECT parse_impact('duzy wplyw') AS polish, parse_impact('DUŻY-WPŁYW') AS hyphen, parse_urgency('hoße', true) AS not_german;

-- A number before the word is not looked at, a number alone is unknown.
SELECT w AS word, parse_urgency(w, true) AS urgency, parse_priority(w, true) AS priority FROM unnest(ARRAY[
	'1 - High', '3 high', '1. wysoki', '(2) normal', U&'\FF11 \9AD8', '10 - low', '1', '3', '2 -', U&'\FF11', 'high 1', '1 2 high']) AS w;

-- Priorities have codes; where both are written they must agree.
SELECT w AS word, parse_priority(w, true) AS priority FROM unnest(ARRAY[
	'P1', 'p2', ' P3 ', 'P4.', U&'\FF30\FF11', 'P1 - Critical', 'P1: krytyczny', 'P2 (Wysoki)', '1 - P1', 'P1 - Low', 'P1 - gibberish',
	'P0', 'P5', 'P12', 'P', 'PP1', 'P1P1', 'P-1', 'p 2', 'Pierwszy']) AS w;
SELECT parse_urgency('P1');

-- What is no word.
SELECT parse_urgency(w, true) AS urgency, parse_impact(w, true) AS impact, parse_priority(w, true) AS priority
FROM unnest(ARRAY['', '   ', '***', '---', U&'\200B', U&'\+01F642', U&'high \+01F642', 'foo', 'hi', 'highh', 'highlow', E'\x01', U&'\0301', '1 - 2']) AS w;
SELECT parse_urgency(repeat('a', 1000000), true), parse_urgency(repeat(' ', 1000000) || 'high', true), parse_urgency(repeat('1', 1000000) || ' high', true);

-- The errors list the choices.
SELECT parse_urgency('urgent!');
SELECT parse_impact('');
SELECT parse_priority('1');
SELECT parse_priority('P1 - Low');
SELECT parse_urgency(repeat('x', 200));
SELECT parse_urgency(NULL), parse_urgency('high', NULL), parse_impact(NULL, true), parse_priority(NULL);

-- In front of a column, for what comes from a form or a mail.
CREATE TABLE request (id integer, said text, urgency ticket_urgency);
CREATE FUNCTION read_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.urgency := parse_urgency(NEW.said, or_null => true);
	RETURN NEW;
END $$;
CREATE TRIGGER read_request BEFORE INSERT OR UPDATE ON request FOR EACH ROW EXECUTE FUNCTION read_request();
INSERT INTO request VALUES (1, 'Wysoka'), (2, 'mittlere'), (3, 'who knows'), (4, NULL);
SELECT * FROM request ORDER BY id;
DROP TABLE request;
DROP FUNCTION read_request();
