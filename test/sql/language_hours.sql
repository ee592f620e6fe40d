-- Opening hours as people write them.  ICU's versions differ in spaces and
-- dashes, and in Dutch lists, so these are made alike here.
\set VERBOSITY default
\pset null '(null)'
CREATE FUNCTION written(hours business_hours, locale text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE locale WHEN 'nl' THEN replace(t.text, ' en ', ', ') ELSE t.text END
	FROM (SELECT regexp_replace(regexp_replace(format_business_hours(hours, locale), U&'[ \00A0\2009\202F]+', ' ', 'g'),
		U&' ?[\2010-\2015~\301C\FF5E-] ?', '-', 'g')) AS t (text) $$;

-- What the vendor's page got wrong: days, times, and the hours of a day.
SELECT l AS locale, written('Mo-Fr 08:00-17:00', l) FROM unnest('{en,en-GB,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT written('Mo-Fr 08:00-17:00', 'en-US-u-hc-h23') AS h23, written('Mo-Fr 08:00-17:00', 'pl-u-hc-h12') ~ '8:00.*5:00' AS h12;

-- Closed, public holidays, round the clock, and Easter are translated.
SELECT l AS locale, written('24/7', l) AS always, written('off', l) AS never, written('Mo-Fr 08:00-12:00; PH off', l) AS holidays
FROM unnest('{en,pl,de,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT l AS locale, written('easter +1 day off', l) AS monday, written('easter 10:00-12:00; easter -2 days off; easter +49 days off', l) AS easter
FROM unnest('{en,pl,fr}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;

-- Several spans, days and dates are lists of the language.
SELECT l AS locale, written('Mo,We,Fr 08:00-12:00,13:00-17:00', l) AS days, written('Sa,Su 10:00-14:00', l) AS weekend,
	written('Dec 24,31 off', l) AS dates
FROM unnest('{en,pl,de,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;

-- Night shifts, whole days, the end of a day, and what ends long after.
SELECT written('Mo-Fr 22:00-06:00', 'pl') AS night, written('Sa 00:00-24:00', 'pl') AS whole_day, written('Mo-Su 08:00-24:00', 'pl') AS until_midnight,
	written('Mo-Su 08:00-24:00', 'en') AS american, written('Sa 10:00-36:00', 'pl') AS long, written('Sa 08:00-48:00', 'de') AS longest;

-- Seasons, years, the new year, and days of the month.
SELECT written('Jul-Aug Mo-Fr 09:00-13:00', 'en') AS season, written('Jun 10:00-20:00', 'pl') AS month, written('Dec 20-Jan 06 off', 'de') AS new_year,
	written('2026 Dec 20-Jan 06 off', 'en') AS of_a_year, written('2026+ Mo 08:00-16:00', 'pl') AS from_year, written('2027-2028,2030 Mo 08:00-16:00', 'en') AS years;
SELECT written('Sa[-1] 09:00-14:00', 'de') AS last, written('Tu[1,3] off', 'en') AS nth, written('Feb 29 off', 'pl') AS leap_day, written('Mo[1] 09:00-10:00', 'ja') AS japanese;

-- Holidays beside weekdays and on weekdays, days before holidays, additions,
-- exceptions, weeks, and dates with years.
SELECT l AS locale, written('Sa,Su,PH off; PH Mo-Fr 10:00-14:00; PH -1 day 08:00-12:00; PH +2 days off', l)
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT l AS locale, written('Mo-Fr 08:00-12:00, We 14:00-16:00; Th 10:00-11:00 off', l)
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT l AS locale, written('week 10 Mo 08:00-12:00; week 12,20-30 off; week 1-53/2 Fr off; week 2-53/2 Sa off', l)
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT l AS locale, written('2026 Dec 15+ Mo 08:00-12:00; 2026 Dec 24,2027 Dec 24-2028 Jan 12 off', l)
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT written('00:00-24:00 off', 'en') AS nothing_left, written('Mo-Su,PH 08:00-09:00', 'en') AS every_day, written('PH -3 days Mo off', 'pl') AS few;

-- The calendar is the Gregorian one, digits are Latin unless the locale asks.
SELECT written('2026 Mo 08:00-17:00', 'th') ~ '2026' AS thai, written('2026 Mo 08:00-17:00', 'th-u-ca-buddhist') ~ '2026' AS asked, written('Mo 08:00-17:00', 'fa') ~ '8:00' AS latin,
	written('Mo 08:00-17:00', 'ar-u-nu-arab') ~ '٨' AS arab;

-- A language without words of the library has English ones, or the owner's.
BEGIN;
SELECT written('Mo-Fr 08:00-17:00; PH off', 'cs');
-- Their plural is English, too.
SELECT written('PH -1 day off', 'zh') AS day, written('PH -2 days off', 'zh') AS days, written('easter +1 day off', 'lv') AS after;
INSERT INTO support_translation VALUES ('cs', 'hours', 'closed_on', '{0}: zavřeno'), ('cs', 'hours', 'holidays', 'svátky'),
	('cs', 'hours', 'easter.after.one', '{0} den po Velikonocích'), ('cs', 'hours', 'easter.after.few', '{0} dny po Velikonocích'), ('cs', 'hours', 'easter.after.other', '{0} dní po Velikonocích');
SELECT written('Mo-Fr 08:00-17:00; PH off', 'cs'), written('easter +1 day off', 'cs') AS one, written('easter +2 days off', 'cs') AS few, written('easter +5 days off', 'cs') AS many;
ROLLBACK;
INSERT INTO support_translation VALUES ('cs', 'hours', 'closed_on', 'zavřeno');
INSERT INTO support_translation VALUES ('cs', 'hours', 'closed', 'zavřeno {0}');
INSERT INTO support_translation VALUES ('cs', 'hours', 'opened', 'otevřeno');
INSERT INTO support_translation VALUES ('cs', 'hours', 'easter.after.lots', '{0} dnů po Velikonocích');

-- Every value has a text, in every language; more locales than are kept open.
SELECT count(*), count(DISTINCT length(format_business_hours(h, l)) > 0) FROM
	unnest(ARRAY['24/7', 'off', 'PH off', 'Mo-Fr 08:00-17:00', '2026 Jan Mo[1] 08:00-09:00', '24/7; Jan 01 off', '1000-9998 Mo 00:00-00:01', '9999 off', 'easter -80 days-easter +250 days 00:00-48:00',
		'Mo 08:00-09:00, Tu,PH -1 day,PH +30 days 10:00-11:00; PH Mo-We 08:00-08:30 off; week 1,5-10 off; week 2-53/2 off; 1000 Jan 02+ off; 2026 Jan 02-2028 Jan 02,9999 Dec 31 off']::business_hours[]) AS h,
	unnest('{en,pl,de,fr,es,it,pt,nl,ja,cs,sk,hu,ro,bg,el,tr,ru,uk,lt,lv,et,fi,sv,da,nb,is,ar,he,fa,hi,th,vi,ko,zh,zh-Hant,sr-Latn,hr,sl,ca,eu,gl,cy,ga,sw,ka,hy}'::text[]) AS l;
SELECT length(format_business_hours((SELECT string_agg(format('%s Jan 01-Feb 03,easter +%s days Mo[1,3],Tu-We %s:00-12:00,13:%s-48:00', 2000 + i, i % 200, lpad((i % 12)::text, 2, '0'), lpad((i % 60)::text, 2, '0')), '; ')
	FROM generate_series(1, 700) AS i)::business_hours, 'pl')) > 10000 AS long;

-- No more than 32 locales are open.
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'ticket_priority ICU locale';

SELECT format_business_hours(NULL, 'pl'), format_business_hours('24/7', NULL);
SELECT format_business_hours('24/7', 'xx');
DROP FUNCTION written(business_hours, text);
