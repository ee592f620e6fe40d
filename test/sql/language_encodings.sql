-- Databases in other encodings: the extension installs, and says what the
-- encoding can hold; what it cannot is an error, never a question mark.
SELECT current_database() AS old \gset
SET client_encoding = 'UTF8';
SET client_min_messages = error;
CREATE DATABASE language_latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0;
CREATE DATABASE language_latin2 ENCODING 'LATIN2' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0;
CREATE DATABASE language_euc_jp ENCODING 'EUC_JP' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0;
CREATE DATABASE language_ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc TEMPLATE template0;

\c language_latin1
SET client_encoding = 'UTF8';
CREATE EXTENSION ticket_priority;
SELECT ticket_label('urgency', 'high', 'fr') AS french, ticket_label('urgency', 'medium', 'pt') AS portuguese, parse_urgency('ÉLEVÉE'), parse_urgency('sredni');
SELECT ticket_label('urgency', 'medium', 'pl');
SELECT ticket_label('urgency', 'high', 'ja');
-- Western European languages work as a whole.
SELECT locale, count(text) > 90 AND max(length(english)) > 0 AS all FROM unnest('{en,de,fr,es,it,pt,nl}'::text[]) AS locale, ticket_translations(locale) GROUP BY locale ORDER BY locale;
SELECT count(category || feature || premium) FROM plan_feature_matrix('fr');
INSERT INTO support_translation VALUES ('fr', 'urgency', 'high', 'très élevée', '{brûlante}');
SELECT ticket_label('urgency', 'high', 'fr-CA') AS own, parse_urgency('TRES ELEVEE'), parse_urgency('brulante');
-- Dates, durations and hours go the same way; own words are found again.
SELECT locale, format_business_time('1:30', locale, 'within') AS within, format_deadline('2026-03-03', 'UTC', locale, 'EEEEMMMM') AS day, format_due_in('2026-03-03', locale, '2026-03-01') AS due
FROM unnest('{de,fr,es,it,pt,nl}'::text[]) AS locale;
INSERT INTO support_translation VALUES ('sv', 'duration', 'hour.other', '{0} kontorstimmar på dagen');
SELECT format_business_time('2 hours', 'sv') AS own, iana_time_zone('W. Europe Standard Time') AS zone;
SELECT format_business_time('1:30', 'ja');
-- Dashes and narrow spaces of CLDR that are not held are plain ones.
SELECT replace(format_business_hours('Mo-Fr 08:00-17:00', 'en'), ' ', '') AS hours, replace(format_deadline('2026-11-30 14:30+00', 'UTC', 'en', 'jm'), ' ', '') AS at;

\c language_latin2
SET client_encoding = 'UTF8';
CREATE EXTENSION ticket_priority;
SELECT ticket_label('urgency', 'medium', 'pl') AS polish, ticket_label('urgency', 'high', 'de') AS german, parse_urgency('ŚREDNIA');
SELECT name FROM holiday_dates('PL', 2026, 'pl') WHERE day = '2026-06-04';
SELECT count(text) > 90 AS all FROM ticket_translations('pl');
SELECT count(category || feature || premium) FROM plan_feature_matrix('pl');
SELECT ticket_label('impact', 'medium', 'ja');
SELECT ticket_label('metric', 'update', 'fr') AS french, ticket_label('urgency', 'medium', 'pt') AS held;
SELECT ticket_label('detail', 'no', 'pt');
SELECT format_business_time('3 hours', 'pl', 'within') AS within, format_deadline('2026-11-30', 'UTC', 'pl', 'EEEEMMMMd') AS day, format_due_in('2026-11-30', 'pl', '2026-11-30 02:00') AS due;
SELECT format_due_in('2026-11-30', 'ja', '2026-11-30 02:00');
SELECT translate(format_business_hours('Mo-Fr 08:00-17:00', 'pl'), chr(160) || ' ', '') AS hours;

\c language_euc_jp
SET client_encoding = 'UTF8';
CREATE EXTENSION ticket_priority;
SELECT ticket_label('urgency', 'high', 'ja') AS japanese, parse_urgency('高'), parse_priority('Ｐ１'), count(text) > 70 AS all FROM ticket_translations('ja');
SELECT name FROM holiday_dates('JP', 2026, 'ja') WHERE day = '2026-05-04';
SELECT format_business_time('3 hours', 'ja', 'within') AS within, format_deadline('2026-11-30', 'UTC', 'ja', 'yMMMMEEEEd') AS day, format_business_hours('PH off', 'ja') AS hours;
SELECT format_due_in('2026-11-30', 'th', '2026-11-30 02:00');

\c language_ascii
SET client_encoding = 'SQL_ASCII';
CREATE EXTENSION ticket_priority;
-- Bytes are UTF-8 here, as it is for all that is told no encoding.
SELECT encode(convert_to(ticket_label('urgency', 'medium', 'pl'), 'SQL_ASCII'), 'escape') AS bytes;
SELECT parse_urgency(convert_from('\xc59b7265646e69', 'SQL_ASCII')), parse_urgency('HIGH');
SELECT encode(convert_to(format_business_time('3 hours', 'pl', 'within'), 'SQL_ASCII'), 'escape') AS within,
	encode(convert_to(format_deadline('2026-11-30', 'UTC', 'pl', 'EEEE'), 'SQL_ASCII'), 'escape') AS day;
-- What is not UTF-8 is no word and no locale, and no zone, field or style.
\set VERBOSITY sqlstate
SELECT parse_urgency(convert_from('\xff', 'SQL_ASCII'));
SELECT ticket_label('urgency', 'high', convert_from('\xff', 'SQL_ASCII'));
SELECT ticket_locale(convert_from('\xff', 'SQL_ASCII') || ',pl');
SELECT format_deadline('2026-11-30', 'UTC', 'pl', convert_from('\xff', 'SQL_ASCII'));
SELECT format_deadline('2026-11-30', convert_from('\xff', 'SQL_ASCII'), 'pl');
SELECT format_business_time('1 hour', 'pl', convert_from('\xff', 'SQL_ASCII'));
SELECT iana_time_zone(convert_from('\xff', 'SQL_ASCII'));

\c :old
DROP DATABASE language_latin1;
DROP DATABASE language_latin2;
DROP DATABASE language_euc_jp;
DROP DATABASE language_ascii;
