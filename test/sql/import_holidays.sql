-- Holidays from an iCalendar feed: what is read, what is passed over, and every
-- error.
SET datestyle = 'ISO';
\pset null '(null)'
\set SHOW_CONTEXT never

-- A feed around some lines, each of which "|" ends; the lines of an event
-- around others.
CREATE FUNCTION pg_temp.feed(lines text, newline text DEFAULT E'\r\n') RETURNS text
LANGUAGE sql RETURN replace('BEGIN:VCALENDAR|VERSION:2.0|' || lines || 'END:VCALENDAR|', '|', newline);
CREATE FUNCTION pg_temp.event(lines text) RETURNS text
LANGUAGE sql RETURN pg_temp.feed('BEGIN:VEVENT|' || lines || '|END:VEVENT|');
-- The error that a feed raises.
CREATE FUNCTION pg_temp.error(ics text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	PERFORM holiday_feed(ics);
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN format('%s %s: %s', SQLSTATE, SQLERRM, detail);
END $$;

-- What is read ---------------------------------------------------------------

-- A feed as calendars write it: a zone, alarms, and properties that change no
-- day are passed over.
SELECT * FROM holiday_feed($$BEGIN:VCALENDAR
PRODID:-//Example//Holidays//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:PUBLISH
X-WR-CALNAME:Holidays in Poland
X-WR-TIMEZONE:Europe/Warsaw
BEGIN:VTIMEZONE
TZID:Europe/Warsaw
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
DTSTART;VALUE=DATE:20260503
DTEND;VALUE=DATE:20260504
DTSTAMP:20260101T120000Z
UID:1@example.org
CLASS:PUBLIC
CREATED:20250101T120000Z
DESCRIPTION:Public holiday
SEQUENCE:0
STATUS:CONFIRMED
SUMMARY:Constitution Day
TRANSP:TRANSPARENT
CATEGORIES:Holidays
X-MICROSOFT-CDO-ALLDAYEVENT:TRUE
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-P1D
DURATION:PT5M
SUMMARY:An alarm has its own
END:VALARM
END:VEVENT
BEGIN:VTODO
DUE;VALUE=DATE:20260601
RDATE:20260601
END:VTODO
END:VCALENDAR
$$);

-- How long an event is: DTEND is the day after the last, and both it and VALUE=DATE
-- may be missing; a duration is in days or weeks.  No length at all is one day.
SELECT lines, count(*), min(day), max(day)
FROM unnest(ARRAY[
	'DTSTART;VALUE=DATE:20260501',
	'DTSTART:20260501',
	'dtstart;value=date:20260501',
	'DTSTART;X-LABEL="a:b;c":20260501',
	'DTSTART:20260501|DTEND:20260502',
	'DTEND;VALUE=DATE:20260504|DTSTART:20260501',
	'DTSTART:20240228|DTEND:20240301',
	'DTSTART:20261231|DURATION:P2D',
	'DTSTART:20260501|DURATION:+P1W',
	'DTSTART:20260501|DTEND:20260501',
	'DTSTART:20260501|DURATION:P0D',
	'DTSTART:00010101',
	'DTSTART:99991231']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines))
GROUP BY lines, n ORDER BY n;

-- Names: folded, escaped, with parameters, or none.  A line break becomes a blank.
SELECT lines, '"' || name || '"' AS name
FROM unnest(ARRAY[
	'SUMMARY:May Day',
	'SUMMARY:May| Day',
	'SUMMARY:May |	Day',
	'SUM| MARY:M| a| |  y',
	'SUMMARY;LANGUAGE=en;X-A="x:y":May: Day',
	'SUMMARY:a\, b\; c\\ d\ne\Nf',
	'SUMMARY:a\\nb\\\nc',
	'SUMMARY: 1 Maja: Święto Pracy 新年 ',
	'SUMMARY:',
	'CATEGORIES:x']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event('DTSTART:20260501|' || lines))
ORDER BY n;

-- An event that comes every year is a rule, in force from its first year on and
-- until the year that COUNT or UNTIL leads to.
SELECT lines, coalesce(rule, day::text) AS "rule or day",
	(SELECT min(d) || ' - ' || max(d) FROM generate_series(2018, 2032) AS y, holiday_rule_dates(rule, y) AS d) AS "2018 to 2032"
FROM unnest(ARRAY[
	'DTSTART:20260503|RRULE:FREQ=YEARLY',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;INTERVAL=1;WKST=MO',
	'DTSTART:20260503|RRULE:BYMONTHDAY=3;BYMONTH=5;FREQ=YEARLY',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;BYMONTH=5',
	'DTSTART:20201231|DURATION:P2D|RRULE:FREQ=YEARLY',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=3',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=999999999',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=1',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;UNTIL=20280503',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;UNTIL=20280502',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;UNTIL=20280503T000000Z',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;UNTIL=20260503',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;UNTIL=99991231',
	-- 29 February comes in leap years, and only then counts.
	'DTSTART:20200229|RRULE:FREQ=YEARLY',
	'DTSTART:20200229|RRULE:FREQ=YEARLY;COUNT=2',
	'DTSTART:20200229|RRULE:FREQ=YEARLY;COUNT=5000']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines))
ORDER BY n;

-- A cancelled event is left out; a tentative one is there.
SELECT day, name FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260501|SUMMARY:cancelled|STATUS:CANCELLED|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260502|SUMMARY:tentative|STATUS:TENTATIVE|END:VEVENT|'));

-- Lines end by CRLF, LF or CR, even in one feed; empty ones, a byte order mark and a
-- missing end of the last line do no harm; the numbers of the lines stay right.
SELECT count(DISTINCT f), min(line), max(line)
FROM unnest(ARRAY[E'\r\n', E'\n', E'\r']) AS newline,
	holiday_feed(pg_temp.feed('BEGIN:VEVENT|SUMMARY:folded| here| and here|DTSTART:20260501|END:VEVENT|', newline)) AS f;
SELECT * FROM holiday_feed(E'\uFEFFBEGIN:VCALENDAR\r\nBEGIN:VEVENT\n\nDTSTART:2026\r\n 0501\rEND:VEVENT\r\n\r\nEND:VCALENDAR');

-- Several calendars in one text, and none of events.
SELECT day FROM holiday_feed(
	pg_temp.event('DTSTART:20260501') || pg_temp.event('DTSTART:20260503') || pg_temp.feed(''));

-- No feed, no rows.
SELECT * FROM holiday_feed(NULL);

-- The import -----------------------------------------------------------------

BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('feed', 'From a feed');
INSERT INTO business_holiday (holidays, day, name, hours) VALUES
	('feed', '2026-05-01', 'Open as an exception', '09:00-12:00');
SELECT pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260501|SUMMARY:Labour Day|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260503|SUMMARY:Constitution Day|RRULE:FREQ=YEARLY|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261224|DTEND:20261227|SUMMARY:Christmas|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261226|SUMMARY:St Stephen|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261226|SUMMARY:Christmas|END:VEVENT|') AS ics \gset
-- The result counts the rows: three days and a rule.
SELECT import_holidays('feed', :'ics');
-- A day that is there stays as it is; several events on a day are one row.
SELECT * FROM business_holiday WHERE holidays = 'feed' ORDER BY day;
SELECT * FROM business_holiday_rule WHERE holidays = 'feed';
SELECT * FROM holiday_dates('feed', 2027);
-- The same feed again changes nothing.
SELECT import_holidays('feed', :'ics');
SELECT count(*), max(name) FROM business_holiday WHERE holidays = 'feed';
-- What a feed no longer has stays.
SELECT import_holidays('feed', pg_temp.event('DTSTART:20270101'));
SELECT count(*) FROM business_holiday WHERE holidays = 'feed';
-- A shipped row stays shipped.
SELECT import_holidays('PL', pg_temp.event('DTSTART:20181112|SUMMARY:Renamed'));
SELECT name, builtin FROM business_holiday WHERE holidays = 'PL' AND day = '2018-11-12';
-- Calendars use the list at once.
INSERT INTO business_calendar (calendar, hours, time_zone, holidays)
VALUES ('feed', 'Mo-Su 08:00-16:00; PH off', 'UTC', 'feed');
SELECT calendar_between('2026-05-01 00:00+00', '2026-05-04 00:00+00', 'feed');
SELECT import_holidays('feed', pg_temp.event('DTSTART:20260502'));
SELECT calendar_between('2026-05-01 00:00+00', '2026-05-04 00:00+00', 'feed');

-- An error imports nothing, not even what comes before it.
SAVEPOINT before;
SELECT import_holidays('feed', pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20280101|END:VEVENT|BEGIN:VEVENT|DTSTART:20280101T120000Z|END:VEVENT|'));
\echo :SQLSTATE
ROLLBACK TO before;
SELECT count(*) FROM business_holiday WHERE day >= '2028-01-01' AND holidays = 'feed';
-- A list that does not exist is not made up; nothing to import is not nothing to do.
SELECT import_holidays('nowhere', :'ics');
\echo :SQLSTATE
ROLLBACK TO before;
SELECT import_holidays('feed', NULL);
\echo :SQLSTATE
ROLLBACK TO before;
SELECT import_holidays(NULL, :'ics');
\echo :SQLSTATE
ROLLBACK;

-- The caller's search_path and settings do not matter.
BEGIN;
DO $$
BEGIN
	-- 19 has no other way to read strings than the standard's.
	EXECUTE 'SET LOCAL escape_string_warning = off';
	EXECUTE 'SET LOCAL standard_conforming_strings = off';
EXCEPTION WHEN OTHERS THEN
	NULL;
END $$;
SELECT name FROM holiday_feed(pg_temp.event(E'DTSTART:20270101|SUMMARY:a\\, b\\nc\\\\d'));
SET LOCAL standard_conforming_strings = on;
CREATE SCHEMA regress_trap;
CREATE FUNCTION regress_trap.length(text) RETURNS integer LANGUAGE sql RETURN 1 / 0;
CREATE TABLE regress_trap.business_holiday (holidays text, day date, name text);
INSERT INTO business_holiday_list (holidays, title) VALUES ('feed', 'From a feed');
SET LOCAL search_path = regress_trap, pg_catalog, public;
SET LOCAL datestyle = 'SQL, DMY';
SET LOCAL plpgsql.variable_conflict = 'error';
SET LOCAL plpgsql.extra_errors = 'all';
SELECT public.import_holidays('feed', pg_temp.event('DTSTART:20270101'));
SELECT count(*) FROM public.business_holiday WHERE holidays = 'feed';
ROLLBACK;

-- Only the owner of the extension may import; anyone may look.
CREATE ROLE regress_tp_importer;
SET ROLE regress_tp_importer;
SELECT import_holidays('PL', '');
\echo :SQLSTATE
SELECT * FROM holiday_feed(E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nEND:VEVENT\nEND:VCALENDAR');
RESET ROLE;
DROP ROLE regress_tp_importer;

-- Errors ---------------------------------------------------------------------

-- One in full: what is wrong, with the line, and what can be done.
SELECT * FROM holiday_feed(pg_temp.event('DTSTART:20260230'));
\echo :SQLSTATE
SELECT * FROM holiday_feed(pg_temp.event('DTSTART:20260501|RRULE:FREQ=SECONDLY'));
\echo :SQLSTATE
SELECT * FROM holiday_feed(pg_temp.event('DTSTART:20260501|DURATION:P999999W'));
\echo :SQLSTATE

-- What is no feed, or not all of one.
SELECT left(regexp_replace(ics, '\s+', ' ', 'g'), 40) AS feed, pg_temp.error(ics)
FROM unnest(ARRAY[
	'',
	E'\n\n',
	'<!DOCTYPE html><html><body>Not found</body></html>',
	'BEGIN:VEVENT',
	E' BEGIN:VCALENDAR\nEND:VCALENDAR',
	'BEGIN:VCALENDAR',
	E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\n',
	E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nEND:VEV',
	E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nBEGIN:VEVENT',
	E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nBEGIN:VCALENDAR',
	E'BEGIN:VCALENDAR\nEND:VEVENT',
	E'BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nno colon\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nX:1\n:2\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nX-A;B="no end of quotes:1\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nX-A:\n \u0001\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nX-A:\x1b[31m\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR' || repeat(E'\nBEGIN:X-A', 20)]) WITH ORDINALITY AS f (ics, n)
ORDER BY n;

-- In an event: what moves days and is not read, and what is wrong.  The event
-- begins at line 3.
SELECT lines, pg_temp.error(pg_temp.event(lines))
FROM unnest(ARRAY[
	'SUMMARY:No date',
	'DTSTART:20260501|DTSTART:20260502',
	'SUMMARY:a|DTSTART:20260501|SUMMARY:b',
	'DTSTART:20260501|EXDATE:20270501',
	'DTSTART:20260501|RDATE;VALUE=DATE:20270501',
	'DTSTART:20260501|RECURRENCE-ID:20260501',
	'DTSTART:20260501|EXRULE:FREQ=YEARLY',
	'DTSTART:20260501|DTTEND:20260504',
	'DTSTART:20260501T080000',
	'DTSTART;TZID=Europe/Warsaw:20260501T080000',
	'DTSTART;VALUE=DATE-TIME:20260501T080000Z',
	'DTSTART;VALUE=DATE:20260501T080000Z',
	'DTSTART;VALUE=PERIOD:20260501',
	'DTSTART;VALUE:20260501',
	'DTSTART:2026-05-01',
	'DTSTART:20260431',
	'DTSTART:20250229',
	'DTSTART:20261301',
	'DTSTART:20260500',
	'DTSTART:00000101',
	'DTSTART:120260501',
	'DTSTART:',
	'DTSTART:20260501|DTEND:20260430',
	'DTEND:20260430|X-A:b|DTSTART:20260501',
	'DTSTART:20260501|DTEND:20260502T000000',
	'DTSTART:20260501|DTEND:20260230',
	'DTSTART:20260501|DTEND:20260502|DURATION:P1D',
	'DTSTART:20260501|DURATION:PT24H',
	'DTSTART:20260501|DURATION:P1DT12H',
	'DTSTART:20260501|DURATION:-P1D',
	'DTSTART:20260501|DURATION:P1W1D',
	'DTSTART:20260501|DURATION:P99999999999D',
	'DTSTART:20260501|DURATION:1',
	'DTSTART:20260501|STATUS:GONE',
	'STATUS:CANCELLED|DTSTART:20260501|EXDATE:20260501']) WITH ORDINALITY AS c (lines, n)
ORDER BY n;

-- Recurrence rules, at line 5.
SELECT lines, pg_temp.error(pg_temp.event('DTSTART:20260501|RRULE:' || lines))
FROM unnest(ARRAY[
	'FREQ=DAILY',
	'FREQ=YEARLY;INTERVAL=2',
	'FREQ=YEARLY;BYDAY=1MO;BYMONTH=5',
	'FREQ=YEARLY;BYMONTH=6',
	'FREQ=YEARLY;BYMONTH=5,6',
	'FREQ=YEARLY;BYMONTHDAY=1',
	'FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=2',
	'FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=-31',
	'FREQ=YEARLY;BYYEARDAY=100',
	'FREQ=YEARLY;BYEASTER=0',
	'RSCALE=CHINESE;FREQ=YEARLY',
	'FREQ=FORTNIGHTLY',
	'FREQ=YEARLY;FREQ=YEARLY',
	'COUNT=2',
	'FREQ=YEARLY;COUNT=0',
	'FREQ=YEARLY;COUNT=-1',
	'FREQ=YEARLY;COUNT=99999999999',
	'FREQ=YEARLY;COUNT=2;UNTIL=20300101',
	'FREQ=YEARLY;UNTIL=20260430',
	'FREQ=YEARLY;UNTIL=20260230',
	'FREQ=YEARLY;UNTIL=',
	'FREQ=YEARLY;',
	'',
	'FREQ=YEARLY|DURATION:P32D']) WITH ORDINALITY AS c (lines, n)
ORDER BY n;

-- Too much of everything: refused quickly, by the part that is too much.
SELECT pg_temp.error(repeat('x', 20000001));
SELECT pg_temp.error(pg_temp.feed('X-A:' || repeat('x', 10000000) || '|'));
SELECT pg_temp.error(pg_temp.feed('X-A:' || repeat('x| ', 100000) || '|'));
SELECT pg_temp.error(pg_temp.event('DTSTART:20260501|SUMMARY:' || repeat('x', 1001)));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|END:VEVENT|', 1)));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|STATUS:CANCELLED|END:VEVENT|', 100001), E'\n'));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|DTSTART:20260501|END:VEVENT|', 1000000), E'\n'));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|DTSTART:20260501|DURATION:P50001D|END:VEVENT|', 2)));
-- It can be cancelled while it reads.
SET statement_timeout = '200ms';
SELECT count(*) FROM holiday_feed(pg_temp.feed(repeat('X-A:b|', 2000000), E'\n'));
\echo :SQLSTATE
RESET statement_timeout;

-- Invalid UTF-8 does not arrive: the server refuses it as text.
SELECT import_holidays('PL', convert_from('\x424547494e3a56ff', 'UTF8'));
\echo :SQLSTATE
