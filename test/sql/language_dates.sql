-- Dates, and the time that is left, in the reader's language. Between words ICU
-- has other spaces and small words in other versions: only words and numbers are
-- compared, in their order. What has no width is shown by its code, because psql
-- counts its columns differently from version 18 on.
SET timezone = 'Europe/Warsaw';
SET datestyle = 'ISO, YMD';
\set VERBOSITY default
CREATE FUNCTION pg_temp.words(t text) RETURNS text
LANGUAGE sql AS $$
	SELECT btrim(regexp_replace(regexp_replace(t, '[[:space:],.،\u00A0\u2009\u202F\u200F\u200E]+', ' ', 'g'),
		' (at|um|à|alle ore|às|om|في|เวลา) ', ' ', 'g'))
$$;
CREATE FUNCTION pg_temp.answer(at timestamptz, zone text, locale text, fields text DEFAULT 'yMMMMEEEEdjm') RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.words(format_deadline(at, zone, locale, fields));
EXCEPTION WHEN invalid_parameter_value OR datetime_field_overflow THEN
	RETURN 'error ' || SQLSTATE;
END $$;

-- The locale decides the order, the case of the words, and 12 or 24 hours.
SELECT locale, pg_temp.words(format_deadline('2026-11-30 14:05', 'Europe/Warsaw', locale)) AS deadline
FROM unnest('{en,en-GB,pl,de,fr,es,it,pt,pt-PT,nl,ja,pl_PL.UTF-8}'::text[]) AS locale;

-- Fields are chosen, not how they are written.
SELECT locale, pg_temp.words(format_deadline('2026-11-03 14:05', 'Europe/Warsaw', locale, 'yMMMd')) AS date,
	pg_temp.words(format_deadline('2026-11-03 14:05', 'Europe/Warsaw', locale, 'yMd')) AS short_date,
	pg_temp.words(format_deadline('2026-11-03 14:05', 'Europe/Warsaw', locale, 'jm')) AS time
FROM unnest('{en,en-GB,pl,de,ja}'::text[]) AS locale;

-- The order of the letters does not matter; the locale's hour cycle can be asked
-- for.
SELECT format_deadline('2026-11-03 14:05', 'UTC', 'pl', 'mjdMMMMy') = format_deadline('2026-11-03 14:05', 'UTC', 'pl', 'yMMMMdjm') AS same,
	format_deadline('2026-11-03 14:05', 'Europe/Warsaw', 'en-u-hc-h23', 'jm') AS "24 hours";

-- Gregorian calendar and Latin digits, unless the locale asks for others: Thai
-- would say the year 2569.
SELECT locale, format_deadline('2026-11-03 14:05', 'UTC', locale, 'y') AS year
FROM unnest('{th,fa,ar-EG,th-u-ca-buddhist,ar-EG-u-nu-arab,ja-JP-u-ca-japanese}'::text[]) AS locale;

-- The zone is PostgreSQL's, with what its data say: ICU of Debian 12 is an hour
-- off in Almaty. A fixed offset is a zone too, east positive.
SELECT zone, format_deadline('2026-01-15 12:00+00', zone, 'pl', 'jm') AS winter,
	to_char('2026-01-15 12:00+00'::timestamptz AT TIME ZONE zone, 'HH24:MI') AS winter_in_sql,
	format_deadline('2026-07-15 12:00+00', zone, 'pl', 'jm') AS summer,
	to_char('2026-07-15 12:00+00'::timestamptz AT TIME ZONE zone, 'HH24:MI') AS summer_in_sql
FROM unnest('{Asia/Almaty,America/Asuncion,Africa/Cairo,Europe/Warsaw,Asia/Kathmandu}'::text[]) AS zone;
SELECT format_deadline('2026-01-15 12:00+00', '+05:30', 'pl', 'jm') AS east, format_deadline('2026-01-15 12:00+00', '-03:15', 'pl', 'jm') AS west;

-- All zones, at three instants; but for names that AT TIME ZONE takes for an
-- abbreviation.
SELECT count(*) > 400 AS zones,
	count(*) FILTER (WHERE format_deadline(at, name, 'pl', 'yyyyMMddHHmmss') <>
		to_char(at AT TIME ZONE name, 'DD.MM.YYYY, HH24:MI:SS')) AS differ
FROM pg_timezone_names,
	unnest('{2026-01-15 12:00+00,2026-07-15 12:00+00,1925-03-01 00:00:30+00}'::timestamptz[]) AS at
WHERE name !~ '^(posix|right)/|^(localtime|posixrules|Factory|CET|EET|MET|WET)$';

-- O shows the offset in force, which tells the two 02:30 of an autumn night
-- apart.
SELECT at, format_deadline(at, 'Europe/Warsaw', 'pl', 'jmO') AS short,
	format_deadline(at, 'Europe/Warsaw', 'pl', 'jmOOOO') AS long
FROM unnest('{2026-10-25 00:30+00,2026-10-25 01:30+00}'::timestamptz[]) AS at;
-- For no offset some versions of ICU add a zero.
SELECT format_deadline('2026-10-25 00:30+00', 'Asia/Kathmandu', 'de', 'O') AS kathmandu,
	format_deadline('2026-10-25 00:30+00', 'UTC', 'de', 'O') ~ '^GMT([+]0)?$' AS utc,
	format_deadline('2026-10-25 00:30+00', '-03:15', 'de', 'O') AS fixed;

-- The offset of one call is not that of the next, with and without it shown.
SELECT zone, format_deadline('2026-11-30 12:00+00', zone, 'pl', 'jm') AS time,
	format_deadline('2026-11-30 12:00+00', zone, 'pl', 'jmXXX') AS with_offset
FROM unnest('{Asia/Tokyo,UTC,America/New_York,Asia/Tokyo}'::text[]) AS zone;

-- The calendar is Gregorian throughout, as PostgreSQL's. The years before the
-- first show their era. Nothing is rounded up.
SELECT at, pg_temp.words(format_deadline(at, 'UTC', 'en', 'yMMMMEEEEd')) AS date,
	format_deadline(at, 'UTC', 'en', 'HHmmss') AS time
FROM unnest('{4714-11-24 00:00:00+00 BC,0044-03-15 12:00:00+00 BC,0001-01-01 00:00:00+00,1500-02-28 23:59:59.999999+00,
	1582-10-10 12:00:00+00,1999-12-31 23:59:59.999999+00,294276-12-31 23:59:59.999999+00}'::timestamptz[]) AS at;
SELECT format_deadline('2026-11-30 14:05:59.987654', 'Europe/Warsaw', 'en-u-hc-h23', 'jmsSSS') AS milliseconds;

-- A deadline that is infinite is that of a ticket that is paused without end.
SELECT locale, format_deadline('infinity', 'Europe/Warsaw', locale) AS deadline,
	format_due_in('infinity', locale) AS due_in, ticket_label('status', 'paused', locale) AS label
FROM unnest('{en,pl,de,ja}'::text[]) AS locale;
SELECT format_deadline('-infinity', 'Europe/Warsaw', 'pl');
SELECT format_due_in('-infinity', 'pl');
SELECT format_due_in('2026-11-30', 'pl', 'infinity');

-- Time that is left, by the clock on the wall.
SELECT locale, pg_temp.words(format_due_in('2026-11-30 17:30', locale, '2026-11-30 14:05')) AS hours,
	pg_temp.words(format_due_in('2026-12-02 14:05', locale, '2026-11-30 14:05')) AS days,
	pg_temp.words(format_due_in('2026-11-30 14:05', locale, '2026-11-30 16:30')) AS over
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) AS locale;

-- In days, hours or minutes, the largest of which at least two are left; what is
-- begun does not count. Never "tomorrow".
SELECT amount, format_due_in('2026-11-30 12:00'::timestamptz + amount, 'en', '2026-11-30 12:00') AS left,
	format_due_in('2026-11-30 12:00'::timestamptz - amount, 'en', '2026-11-30 12:00') AS over,
	format_due_in('2026-11-30 12:00'::timestamptz + amount, 'pl', '2026-11-30 12:00') AS po_polsku
FROM unnest('{00:00:00,00:00:59,00:01:00,00:01:59,00:59:59,01:00:00,01:59:59,02:00:00,23:59:59,24:00:00,47:59:59,48:00:00,71:59:59,2400:00:00}'::interval[]) AS amount;

-- A day is 24 hours, also when the clocks change.
SELECT format_due_in('2026-10-26 12:00', 'en', '2026-10-24 12:00') AS autumn,
	format_due_in('2026-03-30 12:00', 'en', '2026-03-28 12:00') AS spring;

-- Without the third argument, from now on.
SELECT format_due_in(now() + '3 hours', 'en') AS from_now;

-- The ends of the type.
SELECT pg_temp.words(format_due_in('294276-12-31 23:59:59.999999+00', 'pl', '4714-11-24 00:00:00+00 BC')) AS whole,
	pg_temp.words(format_due_in('4714-11-24 00:00:00+00 BC', 'en', '294276-12-31 23:59:59.999999+00')) AS back,
	pg_temp.answer('294276-12-31 23:59:59.999999+00', '-12', 'en') AS last,
	pg_temp.answer('4714-11-24 00:00:00+00 BC', 'America/New_York', 'en') AS first;

-- Null in each argument.
SELECT format_deadline(NULL, 'UTC', 'pl') IS NULL AS at, format_deadline('2026-11-30', NULL, 'pl') IS NULL AS zone,
	format_deadline('2026-11-30', 'UTC', NULL) IS NULL AS locale, format_deadline('2026-11-30', 'UTC', 'pl', NULL) IS NULL AS fields,
	format_due_in(NULL, 'pl') IS NULL AS due_at, format_due_in('2026-11-30', NULL) IS NULL AS due_locale,
	format_due_in('2026-11-30', 'pl', NULL) IS NULL AS due_from;

-- Fields that are none, too many of one, or the name of a zone.
SELECT format_deadline('2026-11-30', 'UTC', 'pl', 'Qq!!');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', '');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', repeat('y', 10000));
SELECT format_deadline('2026-11-30', 'UTC', 'pl', 'yMy');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', 'jmOO');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', 'jmsSSSS');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', 'MW');
SELECT format_deadline('infinity', 'UTC', 'pl', 'jmv');
SELECT replace(fields, E'\u200B', 'U+200B') AS fields, pg_temp.answer('2026-11-30', 'UTC', 'pl', fields) AS answer
FROM unnest(ARRAY['V', 'vvvv', 'VVV', 'y M', 'rok', 'yé', E'y\n', '''yy''', E'\u200B', 'yMMMMMM', '{0}']) AS fields;

-- Any field alone gives a text, and any two do or are an error.
SELECT count(*) AS fields, count(*) FILTER (WHERE format_deadline('2026-11-30 14:05', 'UTC', locale, f) = '') AS empty
FROM unnest(string_to_array('GyYuUrQqMLwWdDFgEecabBhHKkjJCmsSAzZOXx', NULL)) AS f, unnest('{en,pl,ja}'::text[]) AS locale;
SELECT count(*) AS pairs, count(*) FILTER (WHERE pg_temp.answer('2026-11-30 14:05', 'UTC', locale, f || g) = '') AS empty
FROM unnest(string_to_array('GyYuUrQqMLwWdDFgEecabBhHKkjJCmsSAzZOXx', NULL)) AS f,
	unnest(string_to_array('GyYuUrQqMLwWdDFgEecabBhHKkjJCmsSAzZOXx', NULL)) AS g, unnest('{en,pl,ja}'::text[]) AS locale
WHERE f < g;

-- Zones and locales that are none.
SELECT format_deadline('2026-11-30', 'CEST', 'pl');
SELECT format_deadline('2026-11-30', 'UTC', 'not a locale');
SELECT format_due_in('2026-11-30', 'xx');

-- More locales than a session keeps open, more fields than it keeps of one, and
-- the same answer again.
WITH asked AS MATERIALIZED (
	SELECT format_deadline('2026-11-30 14:05', 'UTC', locale, fields) AS first, locale, fields
	FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja,cs,sk,uk,ru,sv,nb,da,fi,et,lv,lt,hu,ro,bg,el,tr,he,ar,fa,hi,th,vi,ko,zh,id,ms,ca,hr,sl,sr}'::text[]) AS locale,
		unnest('{y,yM,yMd,yMMM,yMMMd,yMMMMd,jm,jms,EEEE,yMMMMEEEEdjm}'::text[]) AS fields)
SELECT count(*) AS asked, count(*) FILTER (WHERE first <> format_deadline('2026-11-30 14:05', 'UTC', locale, fields)) AS differ
FROM asked;
SELECT count(*) <= 32 AS kept FROM pg_backend_memory_contexts WHERE name = 'ticket_priority ICU locale';
