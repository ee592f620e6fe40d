-- The library's texts: complete, distinct, and read back in every shape.

CREATE TEMP TABLE language (locale text);
INSERT INTO language VALUES ('en'), ('pl'), ('de'), ('fr'), ('es'), ('it'), ('pt'), ('nl'), ('ja');
CREATE TEMP TABLE word AS SELECT l.locale, t.* FROM language AS l, ticket_translations(l.locale) AS t;

-- Every key is there in every language, with every plural form that it has.
SELECT count(DISTINCT locale), count(*) > 1000 AS many FROM word;
SELECT locale, kind, key, source FROM word WHERE source <> 'shipped' OR text = '' OR text <> btrim(text);
SELECT key, count(DISTINCT locale) FROM word WHERE kind NOT IN ('duration', 'hours') GROUP BY kind, key HAVING count(DISTINCT locale) <> 9;

-- Within a kind, words differ.
SELECT locale, kind, text, array_agg(key) FROM word WHERE kind NOT IN ('duration', 'hours')
GROUP BY locale, kind, text HAVING count(*) > 1;

-- A word that is the English one is so on purpose.
SELECT kind, key, string_agg(locale, ' ' ORDER BY locale) FROM word
WHERE text = english AND locale <> 'en' AND kind NOT IN ('duration', 'hours', 'plan') GROUP BY kind, key ORDER BY kind, key;
SELECT key, count(*) FROM word WHERE text = english AND kind = 'plan' GROUP BY key ORDER BY key;

-- Words of one database encoding: Western European for all but Polish and
-- Japanese, so that these languages work in LATIN1.
SELECT locale, kind, key, text FROM word WHERE locale NOT IN ('pl', 'ja') AND text ~ U&'[^\0001-\00FF]';
SELECT locale, kind, key, text FROM word WHERE locale = 'pl' AND text ~ U&'[^\0001-\00A0óÓąćęłńśźżĄĆĘŁŃŚŹŻ]';

-- Labels are in lower case, but for German nouns and English days, and are no
-- sentences.
SELECT locale, kind, key, text FROM word
WHERE kind NOT IN ('plan', 'duration', 'hours') AND text ~ '^[[:upper:]]' AND locale <> 'de' AND key <> 'API documentation';
SELECT locale, kind, key, text FROM word WHERE kind NOT IN ('duration', 'hours') AND text ~ '\.$';

-- Every label is read back: as it is, in upper case, without accents, decomposed,
-- full-width, with other spaces.
CREATE FUNCTION read_back(kind text, word text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE kind WHEN 'urgency' THEN parse_urgency(word, true)::text WHEN 'impact' THEN parse_impact(word, true)::text
		ELSE parse_priority(word, true)::text END $$;
CREATE FUNCTION shapes(word text) RETURNS text[] LANGUAGE sql AS $$
	SELECT ARRAY[word, upper(word COLLATE "und-x-icu"), initcap(word), normalize(word, NFD),
		translate(regexp_replace(normalize(word, NFD), U&'[\0300-\036F]', '', 'g'), 'łŁ', 'lL'),
		(SELECT string_agg(CASE WHEN c BETWEEN '!' AND '~' THEN chr(ascii(c) + 65248) ELSE c END, '' ORDER BY n)
		 FROM regexp_split_to_table(word, '') WITH ORDINALITY AS x (c, n)),
		replace(word, ' ', U&'\00A0'), U&'\200B' || word || '.', '1 - ' || word] $$;
SELECT count(*) FROM word WHERE kind IN ('urgency', 'impact', 'priority');
SELECT w.locale, w.kind, w.key, s.shape, read_back(w.kind, s.shape)
FROM word AS w, unnest(shapes(w.text)) AS s (shape)
WHERE w.kind IN ('urgency', 'impact', 'priority') AND read_back(w.kind, s.shape) IS DISTINCT FROM w.key;
DROP FUNCTION read_back(text, text);
DROP FUNCTION shapes(text);

-- The holidays of a country and its regions in its language: every name of their
-- lists has one.
SELECT l.holidays, l.locale, r.name
FROM (VALUES ('PL', 'pl'), ('DE', 'de'), ('FR', 'fr'), ('CA', 'fr'), ('ES', 'es'), ('IT', 'it'), ('PT', 'pt'), ('BR', 'pt'), ('NL', 'nl'), ('JP', 'ja')) AS l (holidays, locale)
JOIN (SELECT holidays, name FROM business_holiday_rule UNION SELECT holidays, name FROM business_holiday) AS r
	ON r.holidays = l.holidays OR r.holidays LIKE l.holidays || '-%'
WHERE holiday_label(r.holidays, r.name, l.locale) = r.name AND r.name <> 'Corpus Christi';
