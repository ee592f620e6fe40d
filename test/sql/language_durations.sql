-- Amounts of business time in the reader's language. The spaces and apostrophes in
-- numbers are others in other versions of ICU; here they are all the usual one.
\set VERBOSITY default
CREATE FUNCTION pg_temp.words(t text) RETURNS text
LANGUAGE sql AS $$
	SELECT replace(regexp_replace(t, '[\u00A0\u2009\u202F]', ' ', 'g'), U&'\2019', '''')
$$;

-- Each language has its plurals, and its word for business.
SELECT locale, format_business_time('1 hour', locale) AS one, format_business_time('2 hours', locale) AS two,
	format_business_time('5 hours', locale) AS five, format_business_time('22 hours', locale) AS "22"
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;

-- Minutes are minutes; the parts are joined as CLDR joins units.
SELECT locale, format_business_time('1:30', locale) AS long, format_business_time('1:30', locale, 'short') AS short,
	format_business_time('0:30', locale) AS minutes
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;

-- In a sentence, in the case that it needs.
SELECT locale, format_business_time('1 hour', locale, 'within') AS one, format_business_time('3 hours', locale, 'within') AS three,
	format_business_time('15 minutes', locale, 'within') AS minutes
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;
SELECT locale, format_business_time('9:00', locale, 'within', '9:00') AS one,
	format_business_time('18:00', locale, 'within', '9:00') AS two, format_business_time('24:00', locale, 'within', '9:00') AS both
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;

-- With the length of a business day, full days are told as such: 24 hours are
-- two of nine hours and six hours.
SELECT locale, format_business_time('24 hours', locale, business_day => '9 hours') AS long,
	format_business_time('24 hours', locale, 'short', '9 hours') AS short
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;
SELECT format_business_time('9:00', 'pl', 'long', '9:00') AS one, format_business_time('45:00', 'pl', 'long', '9:00') AS five,
	format_business_time('8:59', 'pl', 'long', '9:00') AS none, format_business_time('9:01', 'pl', 'long', '9:00') AS and_a_minute,
	format_business_time('16:30', 'pl', 'long', '8:15') AS not_whole_hours;

-- Business days, such as a target has them, and to the end of the last one.
SELECT locale, format_business_days(1, locale) AS one, format_business_days(2, locale) AS two, format_business_days(5, locale) AS five,
	format_business_days(2, locale, 'short') AS short, format_business_days(2, locale, 'within') AS within
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;
SELECT locale, format_business_days(0, locale, until_close => true) AS same, format_business_days(1, locale, until_close => true) AS next,
	format_business_days(2, locale, until_close => true) AS two
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;
SELECT locale, format_business_days(0, locale, 'within', true) AS same, format_business_days(1, locale, 'within', true) AS next,
	format_business_days(2, locale, 'within', true) AS two
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;
SELECT format_business_days(1, 'de', 'short', true) AS short, format_business_days(0, 'en') AS none, format_business_days(-2, 'en') AS back,
	format_business_days(-2147483648, 'en') ~ '^-2.147.483.648 business days$' AS least;
-- Without texts of its own, a language has ICU's days, and the end in English.
SELECT locale, format_business_days(2, locale) AS two, format_business_days(1, locale, until_close => true) AS next,
	format_business_days(2, locale, until_close => true) AS end_of_two
FROM unnest('{cs,sv}'::text[]) AS locale;
BEGIN;
INSERT INTO support_translation (locale, kind, key, text) VALUES ('cs', 'duration', 'day.few', '{0} pracovní dny'),
	('cs', 'duration', 'close', '{0}, do konce pracovní doby'), ('cs', 'duration', 'close.next', 'konec příštího pracovního dne');
SELECT format_business_days(2, 'cs') AS two, format_business_days(1, 'cs', until_close => true) AS next,
	format_business_days(2, 'cs', until_close => true) AS end_of_two;
ROLLBACK;
SELECT format_business_days(NULL, 'en') IS NULL AND format_business_days(1, NULL) IS NULL AND format_business_days(1, 'en', NULL) IS NULL AND
	format_business_days(1, 'en', 'long', NULL) IS NULL AS all_null;
SELECT format_business_days(1, 'en', 'wide');
SELECT format_business_days(1, 'xx-english');

-- A day of the interval is 24 hours (rule 7).
SELECT format_business_time('1 day', 'en') AS a_day, format_business_time('2 days 03:00', 'en') AS more,
	format_business_time('-1 days 23:00', 'en') AS less;

-- Hours and minutes, cut off towards zero: never more time than there is.
SELECT amount, format_business_time(amount, 'en') AS english, format_business_time(amount, 'pl') AS po_polsku
FROM unnest('{00:00:00,00:00:59.999999,00:01:00,00:01:59,00:59:59,01:00:00,01:00:59,23:59:59,-00:00:59,-00:01:59,-01:30:00,-02:00:00}'::interval[]) AS amount;

-- Zero: of fr and pt it is singular, but not of Portugal.
SELECT locale, format_business_time('0', locale) AS zero, format_business_time('0', locale, 'short') AS short,
	format_business_time('0', locale, 'within') AS within
FROM unnest('{en,pl,de,fr,es,it,pt,pt-PT,nl,ja}'::text[]) AS locale;

-- Numbers are written as in the locale: pl and es have no mark before five
-- digits.
SELECT locale, pg_temp.words(format_business_time('1000 hours', locale)) AS "1000",
	pg_temp.words(format_business_time('10000 hours', locale)) AS "10000",
	pg_temp.words(format_business_time('1000000 hours', locale)) AS "1000000"
FROM unnest('{en,pl,de,fr,es,pt,nl,ja,de-CH}'::text[]) AS locale;

-- Italian has one before four digits, or none there in newer versions of ICU.
SELECT format_business_time('1000 hours', 'it') ~ '^1[.]?000 ore lavorative$' AS "1000",
	format_business_time('10000 hours', 'it') AS "10000", format_business_time('1000000 hours', 'it') AS "1000000";

-- The digits are Latin unless the locale asks for others.
SELECT locale, format_business_time('5 hours', locale) AS hours
FROM unnest('{fa,ar,ar-EG,ar-EG-u-nu-arab,hi-u-nu-deva}'::text[]) AS locale;

-- A locale has the words of its parents, with the plurals of its own.
SELECT locale, format_business_time('2 hours', locale) AS hours
FROM unnest('{pl-PL,pl_PL.UTF-8,en-GB,es-MX,pt-AO,de-AT,fr-CA}'::text[]) AS locale;

-- Without texts of its own a language has ICU's plain units, and no English.
SELECT locale, format_business_time('1:30', locale) AS hours, format_business_time('3:00', locale, 'within') AS within,
	format_business_time('-2:00', locale) AS minus
FROM unnest('{cs,sv,fi,tr,ru}'::text[]) AS locale;

-- No locale has a word for a day of 24 hours, such as the Norwegian "døgn".
SELECT locale, format_business_time('9:00', locale, 'long', '9:00') AS one, format_business_time('18:00', locale, 'long', '9:00') AS two,
	format_business_time('45:00', locale, 'short', '9:00') AS short, format_business_time('45:00', locale, 'within', '9:00') AS within
FROM unnest('{nb,no,nn,sv,et,be,mn,se,pl}'::text[]) AS locale;

-- Any language takes a few rows and no C. Czech: three forms.
BEGIN;
INSERT INTO support_translation (locale, kind, key, text) VALUES
	('cs', 'duration', 'hour.one', '{0} pracovní hodina'),
	('cs', 'duration', 'hour.few', '{0} pracovní hodiny'),
	('cs', 'duration', 'hour.other', '{0} pracovních hodin'),
	('cs', 'duration', 'within', 'do {0}'),
	('cs', 'duration', 'within.hour.one', '{0} pracovní hodiny'),
	('cs', 'duration', 'within.hour.other', '{0} pracovních hodin');
SELECT n, format_business_time(n * interval '1 hour', 'cs') AS long, format_business_time(n * interval '1 hour', 'cs', 'within') AS within,
	format_business_time(n * interval '1 hour' + interval '30 minutes', 'cs-CZ') AS with_minutes
FROM unnest('{1,2,5,22}'::int[]) AS n;

-- Arabic: six forms, of which one and two have no number; with them the minus
-- stays.
INSERT INTO support_translation (locale, kind, key, text) VALUES
	('ar', 'duration', 'hour.zero', '{0} ساعة عمل'),
	('ar', 'duration', 'hour.one', 'ساعة عمل'),
	('ar', 'duration', 'hour.two', 'ساعتا عمل'),
	('ar', 'duration', 'hour.few', '{0} ساعات عمل'),
	('ar', 'duration', 'hour.many', '{0} ساعة عمل'),
	('ar', 'duration', 'hour.other', '{0} ساعة عمل من الكل');
SELECT n, format_business_time(n * interval '1 hour', 'ar') AS text FROM unnest('{1,2,3,11,100,102}'::int[]) AS n;
SELECT replace(format_business_time('-2 hours', 'ar'), U&'\200E', '') = '-ساعتا عمل' AS minus;

-- The owner's words win over those of the library, form by form: the rest stays.
INSERT INTO support_translation (locale, kind, key, text) VALUES
	('pl', 'duration', 'hour.one', 'godzina pracy: {0}'),
	('de-AT', 'duration', 'within', 'binnen {0}');
SELECT format_business_time('1 hour', 'pl') AS own, format_business_time('2 hours', 'pl') AS shipped,
	format_business_time('2 hours', 'de-AT', 'within') AS austria, format_business_time('2 hours', 'de', 'within') AS germany;

-- They follow the snapshot.
SAVEPOINT before;
UPDATE support_translation SET text = '{0} h pracy' WHERE locale = 'pl' AND key = 'hour.one';
SELECT format_business_time('1 hour', 'pl') AS changed;
ROLLBACK TO before;
SELECT format_business_time('1 hour', 'pl') AS again;
ROLLBACK;
SELECT format_business_time('1 hour', 'pl') AS shipped, format_business_time('2 hours', 'cs') AS plain;

-- Null in each argument, and the calls with what is left out.
SELECT format_business_time(NULL, 'pl') IS NULL AS amount, format_business_time('1 hour', NULL) IS NULL AS locale,
	format_business_time('1 hour', 'pl', NULL) IS NULL AS style, format_business_time('1 hour', 'pl', 'long', NULL) AS business_day;

-- Errors.
SELECT format_business_time('1 month', 'pl');
SELECT format_business_time('1 year', 'pl');
SELECT format_business_time('1 hour', 'pl', 'tiny');
SELECT format_business_time('1 hour', 'pl', '');
SELECT format_business_time('1 hour', 'pl', 'long', '0');
SELECT format_business_time('1 hour', 'pl', 'long', '-9 hours');
SELECT format_business_time('1 hour', 'pl', 'long', '1 month');
SELECT format_business_time('1 hour', 'xx');
SELECT format_business_time('1 hour', '');

-- The ends of the type are a text or an error.
CREATE FUNCTION pg_temp.answer(amount interval, business_day interval DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN format_business_time(amount, 'en', 'long', business_day);
EXCEPTION WHEN OTHERS THEN
	RETURN 'error ' || SQLSTATE;
END $$;
SELECT pg_temp.answer('106751991 days 04:00:54.775807') AS largest, pg_temp.answer('-106751991 days -04:00:54.775807') AS smallest,
	pg_temp.answer('106751991 days 04:00:54.775807', '00:00:00.000001') AS in_microseconds,
	pg_temp.answer('2147483647 days') AS more_days, pg_temp.answer('-2147483648 days') AS less_days;
