-- Locales: how they are written, where words are looked up, and the locale for
-- a browser.
\set VERBOSITY default
\pset null '(null)'

-- What a call makes of a locale: the word, or the error.
CREATE FUNCTION word_in(locale text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN ticket_label('urgency', 'high', locale);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || left(SQLERRM, 60);
END $$;

-- A BCP 47 tag, or as POSIX has it; case does not matter.
SELECT locale, word_in(locale)
FROM unnest('{pl,PL,pl-PL,pl_PL,PL_pl.utf-8,pl_PL.UTF-8,pol,pl-Latn-PL,pl-u-nu-latn,pl-PL-x-desk}'::text[]) AS locale;

-- Words are looked up along CLDR's parents, which are not tags cut short, and in
-- English at last.
BEGIN;
INSERT INTO support_translation VALUES
	('es-419', 'urgency', 'high', 'es-419'), ('pt-PT', 'urgency', 'high', 'pt-PT'), ('nb', 'urgency', 'high', 'nb'),
	('zh', 'urgency', 'high', 'zh'), ('zh-Hant', 'urgency', 'high', 'zh-Hant'), ('zh-HK', 'urgency', 'low', 'zh-HK'),
	('en-001', 'urgency', 'high', 'en-001'), ('sr', 'urgency', 'high', 'sr'), ('sr-Latn', 'urgency', 'high', 'sr-Latn'), ('he', 'urgency', 'high', 'he'), ('de-CH', 'urgency', 'high', 'de-CH');
SELECT locale, word_in(locale)
FROM unnest('{es-MX,es-ES,pt-AO,pt-BR,no,nb-NO,nn,zh-TW,zh-Hant-TW,zh-HK,zh-CN,zh,en-GB,en-US,sr-RS,sr-ME,sr-Latn-RS,iw,de-CH-1996,de-CH-u-co-phonebk,de-AT,cs,sr-Latn,sr-Cyrl-ME,uz-Cyrl}'::text[]) AS locale;
ROLLBACK;

-- What is malformed, or of a language that ICU does not have, is an error.
SELECT locale, word_in(locale)
FROM unnest(ARRAY['', ' ', 'xx', 'xx-YY', 'not a locale', 'de--CH', 'de-', '-de', 'd', 'C', 'POSIX', 'C.UTF-8', 'root', 'und', 'und-PL', 'x-desk',
	'pl_PL.', 'pl_PL@euro', 'pl.UTF 8', 'pl,en', 'pl;q=1', '*', '12', 'de-u', 'płock', E'pl\x01', E'\x01', 'pl%s%n', '🙂']) AS locale;
SELECT word_in(repeat('a', 1000000)), word_in('pl-' || repeat('abcde-', 200000));
-- Keywords that mean something here are checked, others are passed over.
SELECT locale, word_in(locale)
FROM unnest('{ja-JP-u-ca-japanese,ar-EG-u-nu-arab,en-u-hc-h23,de-u-co-phonebk,de-u-cu-eur,ja-u-ca-klingon,ar-u-nu-klingon,en-u-hc-h25,en-u-ca,de-u-zz-nonsense}'::text[]) AS locale;
SELECT ticket_label('urgency', 'high', 'de--CH');
SELECT ticket_label('urgency', 'high', 'xx-YY');

-- More locales than are kept open or remembered, twice.
SELECT count(DISTINCT word_in(language || '-' || region)) FROM generate_series(1, 2),
	unnest('{pl,de,fr,en}'::text[]) AS language, (SELECT chr(65 + a) || chr(65 + b) FROM generate_series(0, 25) a, generate_series(0, 25) b) AS r (region);

-- The gate for a browser: the best tag for which there are words, in canonical
-- form, with its region.
SELECT header, ticket_locale(header, 'nl') AS locale FROM unnest(ARRAY[
	'pl', 'pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7', 'EN-gb', 'en_gb', 'de-ch, en;q=0.9', 'cs, pl;q=0.5', 'cs', 'es-mx',
	-- equal weights keep their order; space is allowed around the signs
	'fr;q=0.5, it;q=0.5', ' it ; q=0.5 ,	fr;q=0.8 ', 'fr;Q=0.1,it;q=0.111', 'pl;q=1.000, de;q=1',
	-- 0 refuses, also what would be looked up in that language
	'de;q=0', 'de;q=0, de', 'de-CH, de;q=0, fr', 'de-CH;q=0, de', 'de;q=0.0,it', 'fr;q=0.000, pl',
	-- malformed elements are skipped, the others count
	';;;', 'pl;q=abc', 'pl;q=2', 'pl;q=-1', 'pl;q=1.001', 'pl;q=0.1234', 'pl;q=', 'pl;q', 'pl;x=1', 'pl;q=1;x=2', ',,pl,', 'xx, ??, p l, de--CH, it', 'en-*, fr', E'\x01,pl',
	-- nothing left
	'', ' ', '*', '*;q=0.5', '*, pl;q=0.1', 'tlh', NULL]) WITH ORDINALITY AS x (header, n) ORDER BY n;
-- The fallback is English, or what is given, in canonical form if it is a locale.
SELECT ticket_locale('xx'), ticket_locale(NULL), ticket_locale('xx', 'pt_br'), ticket_locale('xx', 'not a locale'), ticket_locale('xx', NULL), ticket_locale(NULL, NULL);
-- Long headers are answered.
SELECT ticket_locale(repeat('xx,', 4000) || 'pl'), ticket_locale(repeat('cs,', 4000)), ticket_locale(repeat('de;q=0,', 2000) || 'de-AT,pl'),
	ticket_locale(repeat(';', 1000000)), ticket_locale(repeat('a', 1000000));
-- The owner's texts count.
BEGIN;
SELECT ticket_locale('cs-CZ, pl;q=0.5') AS without;
INSERT INTO support_translation VALUES ('cs', 'urgency', 'high', 'vysoká');
SELECT ticket_locale('cs-CZ, pl;q=0.5') AS with_own, ticket_locale('sk, pl;q=0.5') AS neighbour;
ROLLBACK;
DROP FUNCTION word_in(text);
