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
-- The error that a feed raises; every event with one is also one to skip.
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
-- What a feed says, as days of some years, for comparison.
CREATE FUNCTION pg_temp.days(ics text, first integer, last integer) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(to_char(d, 'YYYY-MM-DD'), ' ' ORDER BY d)
	FROM (
		SELECT f.day + n AS d
		FROM holiday_feed(ics, from_day => '2026-11-28') AS f, generate_series(0, f.last_day - f.day) AS n
		UNION ALL
		SELECT r.d
		FROM holiday_feed(ics, from_day => '2026-11-28') AS f, generate_series(first, last) AS y, holiday_rule_dates(f.rule, y) AS r (d)
	) AS all_days
	WHERE extract(year FROM d) BETWEEN first AND last
$$;

-- What is read ---------------------------------------------------------------

-- A feed as calendars write it: a zone, alarms, and properties that change no
-- day are passed over.
\x on
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
\x off

-- How long an event is: DTEND is the day after the last, and both it and VALUE=DATE
-- may be missing; a duration is in whole days, however written.  No length at all
-- is one day.
SELECT lines, day, last_day
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
	'DTSTART:20260501|DURATION:PT24H',
	'DTSTART:20260501|DURATION:P1DT24H0M',
	'DTSTART:20260501|DURATION:PT2880M',
	'DTSTART;VALUE="DATE":20260501',
	'DTSTART;VALUE=DATE;:20260501',
	'DTSTART:00010101',
	'DTSTART:99991231',
	'DTSTART:99991231|DTEND:99991231']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines))
ORDER BY n;

-- Times from midnight to midnight are days, by the dates that they are written
-- with, whatever the zone: it need not be known.  The last minute of a day stands
-- for all of it.
SELECT lines, day, last_day
FROM unnest(ARRAY[
	'DTSTART:20260501T000000|DTEND:20260502T000000',
	'DTSTART:20260501T000000|DURATION:P1D',
	'DTSTART;TZID=Asia/Tokyo:20260501T000000|DTEND;TZID=Asia/Tokyo:20260503T000000',
	'DTSTART;TZID="Tokyo Standard Time":20260501T000000|DTEND;TZID="Tokyo Standard Time":20260502T000000',
	'DTSTART;TZID=/nowhere.example/X;VALUE=DATE-TIME:20260501T000000|DURATION:PT24H',
	'DTSTART:20260501T000000|DTEND:20260501T235900',
	'DTSTART:20260501T000000|DTEND:20260502T235959',
	-- a date whose end has a time, where that can only mean the same day
	'DTSTART:20260501|DTEND:20260501T050001Z',
	'DTSTART:20260501|DTEND:20260501T180000',
	'DTSTART:20260501|DTEND:20260503T000000']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines))
ORDER BY n;

-- Times in UTC are dates in the zone that X-WR-TIMEZONE names, in summer and in
-- winter, wherever in the calendar it stands.
SELECT zone, day, last_day
FROM unnest(ARRAY[
	'X-WR-TIMEZONE:Europe/Warsaw|BEGIN:VEVENT|DTSTART:20260430T220000Z|DTEND:20260501T220000Z|END:VEVENT|',
	'BEGIN:VEVENT|DTSTART:20261223T230000Z|DURATION:P3D|END:VEVENT|X-WR-TIMEZONE:Europe/Warsaw|',
	'X-WR-TIMEZONE:Asia/Tokyo|BEGIN:VEVENT|DTSTART:20251231T150000Z|DTEND:20260101T150000Z|END:VEVENT|',
	-- a day of 25 hours, another of 23
	'X-WR-TIMEZONE:Europe/Warsaw|BEGIN:VEVENT|DTSTART:20261024T220000Z|DTEND:20261025T230000Z|END:VEVENT|',
	'X-WR-TIMEZONE:Europe/Warsaw|BEGIN:VEVENT|DTSTART:20260328T230000Z|DTEND:20260329T220000Z|END:VEVENT|',
	'X-WR-TIMEZONE:UTC|BEGIN:VEVENT|DTSTART:20260501T000000Z|DTEND:20260502T000000Z|END:VEVENT|'])
	WITH ORDINALITY AS c (zone, n),
	holiday_feed(pg_temp.feed(zone))
ORDER BY n;

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
	'DTSTART:20260503|RRULE:FREQ=YEARLY;INTERVAL=2',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;BYHOUR=0;BYMINUTE=0;RSCALE=GREGORIAN;SKIP=OMIT',
	'DTSTART;TZID=Asia/Tokyo:20260503T000000|DURATION:P1D|RRULE:FREQ=YEARLY;UNTIL=20280502T150000Z',
	'DTSTART;TZID=Asia/Tokyo:20260503T000000|DURATION:P1D|RRULE:FREQ=YEARLY;UNTIL=20280502T145959Z',
	-- Weekdays by number: the first to the fifth, the last.
	'DTSTART:20260525|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO',
	'DTSTART:20261126|RRULE:FREQ=YEARLY;COUNT=6;BYDAY=4TH;BYMONTH=11',
	'DTSTART:20260501|DURATION:P2D|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=+1FR',
	'DTSTART:20260529|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=5FR;COUNT=2',
	'DTSTART:20260112|RRULE:FREQ=MONTHLY;INTERVAL=12;BYDAY=2MO',
	-- The Friday from 19 to 25 June; 30 October, if it is a Friday or a Saturday.
	'DTSTART:20260619|RRULE:FREQ=YEARLY;BYDAY=FR;BYMONTHDAY=19,20,21,22,23,24,25;BYMONTH=6',
	'DTSTART:20261030|RRULE:FREQ=YEARLY;BYDAY=FR,SA;BYMONTHDAY=30;BYMONTH=10',
	-- 29 February comes in leap years, and only then counts.
	'DTSTART:20200229|RRULE:FREQ=YEARLY',
	'DTSTART:20200229|RRULE:FREQ=YEARLY;COUNT=2',
	'DTSTART:20200229|RRULE:FREQ=YEARLY;COUNT=5000']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines))
ORDER BY n;

-- One event can be several rules, for lists of months, days and weekdays.
SELECT lines, rule
FROM unnest(ARRAY[
	'DTSTART:20260501|RRULE:FREQ=YEARLY;BYMONTH=5,11',
	'DTSTART:20260501|RRULE:FREQ=YEARLY;BYMONTH=5,11;BYMONTHDAY=1,3',
	-- in the first year only what comes after the start
	'DTSTART:20261101|RRULE:FREQ=YEARLY;BYMONTH=5,11;BYMONTHDAY=1',
	'DTSTART:20260504|RRULE:FREQ=YEARLY;BYMONTH=5,9;BYDAY=1MO,-1MO,;COUNT=5',
	-- the same as a numbered weekday
	'DTSTART:20260907|RRULE:FREQ=YEARLY;BYMONTH=9;BYDAY=MO;BYSETPOS=1',
	'DTSTART:20260504|RRULE:FREQ=MONTHLY;INTERVAL=12;BYDAY=MO;BYSETPOS=1,-1']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines)) WITH ORDINALITY AS f (line, day, last_day, rule)
ORDER BY c.n, f.ordinality;

-- Where the notation of rules has none, what recurs is days: up to its end, or
-- until ten years after from_day.
SELECT lines, count(*), min(day), max(day), min(day) FILTER (WHERE day > '2026-11-28') AS next
FROM unnest(ARRAY[
	'DTSTART:20261009|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-4FR',
	'DTSTART:20261231|RRULE:FREQ=YEARLY;BYYEARDAY=-1;COUNT=3',
	'DTSTART:20260531|RRULE:FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=-1',
	'DTSTART:20260529|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1',
	'DTSTART:20260105|RRULE:FREQ=YEARLY;BYDAY=1MO',
	'DTSTART:20260503|DURATION:P40D|RRULE:FREQ=YEARLY;COUNT=3',
	'DTSTART:20260503|RRULE:FREQ=YEARLY;INTERVAL=101',
	'DTSTART:20260503|RRULE:FREQ=DAILY;COUNT=3',
	'DTSTART:20260504|RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;COUNT=5',
	'DTSTART:20260501|RRULE:FREQ=MONTHLY;BYDAY=1FR;UNTIL=20261231']) WITH ORDINALITY AS c (lines, n),
	holiday_feed(pg_temp.event(lines), from_day => '2026-11-28')
GROUP BY lines, n ORDER BY n;
-- In UTC each occurrence has its own local date.
SELECT day FROM holiday_feed(pg_temp.feed('X-WR-TIMEZONE:Europe/Warsaw|'
	'BEGIN:VEVENT|DTSTART:20251231T230000Z|DURATION:P1D|RRULE:FREQ=YEARLY;COUNT=3|END:VEVENT|'));
SELECT rule FROM holiday_feed(pg_temp.feed('X-WR-TIMEZONE:UTC|'
	'BEGIN:VEVENT|DTSTART:20260101T000000Z|DURATION:P1D|RRULE:FREQ=YEARLY|END:VEVENT|'));

-- Exceptions and additions, in lists or not, of all forms.
SELECT lines, pg_temp.days(pg_temp.event(lines), 2024, 2028)
FROM unnest(ARRAY[
	'DTSTART:20240501|RRULE:FREQ=YEARLY|EXDATE;VALUE=DATE:20250501|RDATE;VALUE=DATE:20250502',
	'DTSTART:20240501|RRULE:FREQ=YEARLY;COUNT=4|EXDATE:20270501,20240501,|EXDATE:20250501',
	'DTSTART:20240501|RDATE:20250502,20250503|RDATE:20240501|EXDATE:20250503',
	'DTSTART:20240501|RRULE:FREQ=YEARLY|EXDATE:20250502',
	'DTSTART:20240501|EXDATE:20240501|RDATE:20250501',
	'DTSTART:20240501|DURATION:P2D|RRULE:FREQ=YEARLY;COUNT=2|EXDATE:20250501|RDATE:20260601',
	'DTSTART;TZID=X:20240501T000000|DURATION:P1D|RRULE:FREQ=YEARLY|EXDATE;TZID=X:20250501T000000,20260501T000000',
	'DTSTART:20240501|RRULE:FREQ=YEARLY|EXDATE;TZID=X:20250501T000000',
	'DTSTART:20240101|RRULE:FREQ=WEEKLY;COUNT=3|EXDATE:20240108']) WITH ORDINALITY AS c (lines, n)
ORDER BY n;
-- The rules stop before the day that is left out, and begin after it.
SELECT day, rule FROM holiday_feed(pg_temp.event('DTSTART:20200525|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO|EXDATE:20230529,20250526'));
SELECT day, rule FROM holiday_feed(pg_temp.event('DTSTART:20200504|RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=MO;BYMONTHDAY=4,5,6|EXDATE:20220504'));

-- An event with RECURRENCE-ID replaces one occurrence of the event with its UID: it
-- moves it, or takes it out.  The latest version counts.  One that replaces nothing
-- is an event of its own.
SELECT pg_temp.days(pg_temp.feed('BEGIN:VEVENT|UID:a|DTSTART:20200101|RRULE:FREQ=YEARLY;UNTIL=20301231|END:VEVENT|' || lines), 2020, 2026)
FROM unnest(ARRAY[
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID;VALUE=DATE:20220101|DTSTART:20220103|END:VEVENT|',
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20220101T000000|DTSTART:20220103|END:VEVENT|',
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20220101|STATUS:CANCELLED|END:VEVENT|',
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20220101|DTSTART:20220104|SEQUENCE:2|END:VEVENT|'
		'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20220101|DTSTART:20220103|SEQUENCE:1|END:VEVENT|',
	'BEGIN:VEVENT|UID:A|RECURRENCE-ID:20220101|DTSTART:20220103|END:VEVENT|']) AS lines;
-- The name is that of the one occurrence.
SELECT day, rule, name FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20220101|DTSTART:20220103|SUMMARY:In lieu|END:VEVENT|'
	'BEGIN:VEVENT|UID:a|DTSTART:20200101|RRULE:FREQ=YEARLY;COUNT=4|SUMMARY:New Year|END:VEVENT|'));

-- What a desk chooses by: categories, in several lines and with commas in them;
-- description, transparency and class.
SELECT name, categories, description, transparency, class FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260214|SUMMARY:Valentine|DESCRIPTION:An\nobservance\, no more|TRANSP:TRANSPARENT|CATEGORIES:Observance|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260403|SUMMARY:Good Friday|CLASS:public|CATEGORIES:Public holiday ,,a\,b,|CATEGORIES:c|END:VEVENT|'));
-- A long description is cut.
SELECT length(description) FROM holiday_feed(pg_temp.event('DTSTART:20260501|DESCRIPTION:' || repeat('ż', 3000)));

-- A cancelled event is left out, whatever else it says; a tentative one is there.
SELECT day, name FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260501|SUMMARY:cancelled|STATUS:CANCELLED|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260501T100000Z|STATUS:CANCELLED|RRULE:FREQ=NEVER|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260502|SUMMARY:tentative|STATUS:TENTATIVE|END:VEVENT|'));

-- Lines end by CRLF, LF or CR, even in one feed; empty ones, a byte order mark and a
-- missing end of the last line do no harm; the numbers of the lines stay right.
SELECT count(DISTINCT f), min(line), max(line)
FROM unnest(ARRAY[E'\r\n', E'\n', E'\r']) AS newline,
	holiday_feed(pg_temp.feed('BEGIN:VEVENT|SUMMARY:folded| here| and here|DTSTART:20260501|END:VEVENT|', newline)) AS f;
SELECT line, day FROM holiday_feed(E'\uFEFFBEGIN:VCALENDAR\r\nBEGIN:VEVENT\n\nDTSTART:2026\r\n 0501\rEND:VEVENT\r\n\r\nEND:VCALENDAR');

-- A line that begins like none goes on with the one before, as a text that was
-- broken and not folded does; that is told.
SELECT line, day, description FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20261130|DESCRIPTION:Bank holiday in| |Scotland|only|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261225|RRULE:FREQ=YEARLY;|COUNT=2|END:VEVENT|'));
SELECT day FROM holiday_feed(pg_temp.event('DTSTART:2026|1225'));
-- What follows the end is passed over, and told.
SELECT day FROM holiday_feed(pg_temp.event('DTSTART:20260501') || E'\nGood bye\nEND:VCALENDAR\n');

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
SELECT * FROM import_holidays('feed', :'ics', from_day => '2026-01-01');
-- A day with hours of its own stays as it is; several events on a day are one row.
SELECT * FROM business_holiday WHERE holidays = 'feed' ORDER BY day;
SELECT * FROM business_holiday_rule WHERE holidays = 'feed';
SELECT * FROM holiday_dates('feed', 2027);
-- The same feed again changes nothing.
SELECT * FROM import_holidays('feed', :'ics', from_day => '2026-01-01');
SELECT count(*), max(name) FROM business_holiday WHERE holidays = 'feed';
-- A rule with hours of its own stays as it is, though the feed has no such event,
-- or one with another name.
INSERT INTO business_holiday_rule (holidays, rule, name, hours) VALUES ('feed', '12-31', 'Half a day', '08:00-12:00');
UPDATE business_holiday_rule SET hours = '09:00-10:00', name = 'Ours' WHERE holidays = 'feed' AND rule = '05-03 since 2026';
SELECT * FROM import_holidays('feed', :'ics', from_day => '2026-01-01');
SELECT rule, name, hours FROM business_holiday_rule WHERE holidays = 'feed' ORDER BY rule;
DELETE FROM business_holiday_rule WHERE holidays = 'feed' AND rule = '12-31';
UPDATE business_holiday_rule SET hours = NULL WHERE holidays = 'feed';
-- With replace => false days and rules are only added.
SELECT * FROM import_holidays('feed', pg_temp.event('DTSTART:20270101'), replace => false, from_day => '2026-01-01');
SELECT count(*) FROM business_holiday WHERE holidays = 'feed';
-- A shipped row stays shipped, and is neither renamed nor removed.
SELECT * FROM import_holidays('PL', pg_temp.event('DTSTART:20181112|SUMMARY:Renamed'), from_day => '2000-01-01');
SELECT name, builtin FROM business_holiday WHERE holidays = 'PL' AND day = '2018-11-12';
SELECT count(*) > 10 AS "are there" FROM business_holiday_rule WHERE holidays = 'PL';
-- Calendars use the list at once.
INSERT INTO business_calendar (calendar, hours, time_zone, holidays)
VALUES ('feed', 'Mo-Su 08:00-16:00; PH off', 'UTC', 'feed');
SELECT calendar_between('2026-05-01 00:00+00', '2026-05-04 00:00+00', 'feed');
SELECT * FROM import_holidays('feed', pg_temp.event('DTSTART:20260502'), replace => false, from_day => '2026-01-01');
SELECT calendar_between('2026-05-01 00:00+00', '2026-05-04 00:00+00', 'feed');
ROLLBACK;

-- The list becomes what the feed says, from from_day on: a day that moved goes, and
-- a new name counts; what came before stays, and so do days with hours of their own.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('feed', 'From a feed');
INSERT INTO business_holiday (holidays, day, name, hours) VALUES ('feed', '2026-12-31', 'Half a day', '08:00-12:00');
SELECT * FROM import_holidays('feed', pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260104|SUMMARY:Past|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261204|SUMMARY:Day of the desk|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261225|SUMMARY:Xmas|END:VEVENT|'), from_day => '2026-11-28');
SELECT * FROM import_holidays('feed', pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260105|SUMMARY:Past\, corrected|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261207|SUMMARY:Day of the desk|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20261225|SUMMARY:Christmas|END:VEVENT|'), from_day => '2026-11-28');
SELECT day, name, hours FROM business_holiday WHERE holidays = 'feed' ORDER BY day;
-- An empty feed empties what is to come.
SELECT * FROM import_holidays('feed', pg_temp.feed(''), from_day => '2026-11-28');
SELECT day, name FROM business_holiday WHERE holidays = 'feed' ORDER BY day;
ROLLBACK;

-- So do rules: one that the feed no longer has ends, one that goes on with other years
-- is changed, and one without a past goes.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('feed', 'From a feed');
INSERT INTO business_holiday_rule (holidays, rule, name)
SELECT 'feed', rule, name
FROM (VALUES
	('05-01 since 2020', 'ends'),
	('05-02 since 2020 and prior to 2031', 'goes on'),
	('05-03 since 2030', 'has no past'),
	('05-04 since 2010 and prior to 2020', 'has ended'),
	('05-05', 'without years'),
	('05-06 every 2 years since 2020', 'every second year'),
	('05-07 since 2020', 'named anew'),
	('05-08 since 2020', 'known from later on'),
	('05-09', 'as it is'),
	('05-10 prior to 2026-11-28', 'is there'),
	('05-10', 'ends as the one that is there')) AS v (rule, name);
SELECT * FROM import_holidays('feed', pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20200502|RRULE:FREQ=YEARLY;UNTIL=20501231|SUMMARY:goes on|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20200507|RRULE:FREQ=YEARLY|SUMMARY:with a new name|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20250508|RRULE:FREQ=YEARLY|SUMMARY:known from later on|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20270511|RRULE:FREQ=YEARLY|SUMMARY:new|END:VEVENT|'), from_day => '2026-11-28');
SELECT rule, name FROM business_holiday_rule WHERE holidays = 'feed' ORDER BY rule COLLATE "C", name;
-- The past is what it was.
SELECT string_agg(to_char(d, 'YYYY-MM-DD'), ' ' ORDER BY d) FROM generate_series(2025, 2027) AS y, LATERAL (
	SELECT DISTINCT day AS d FROM holiday_dates('feed', y)) AS h;
ROLLBACK;

-- Only events of some categories, in capital or small letters.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) VALUES ('feed', 'From a feed');
SELECT pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260214|SUMMARY:Valentine|CATEGORIES:Observance|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260403|SUMMARY:Good Friday|CATEGORIES:Public holiday,Christian|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260404|SUMMARY:None|END:VEVENT|') AS ics \gset
SELECT * FROM import_holidays('feed', :'ics', categories => '{PUBLIC HOLIDAY, Bank holiday}', from_day => '2026-01-01');
SELECT day, name FROM business_holiday WHERE holidays = 'feed';
-- Categories that no event has do not empty the list.
SAVEPOINT before;
SELECT * FROM import_holidays('feed', :'ics', categories => '{Publc holiday}', from_day => '2026-01-01');
\echo :SQLSTATE
ROLLBACK TO before;
SELECT * FROM import_holidays('feed', pg_temp.event('DTSTART:20260501'), categories => '{Public holiday}');
ROLLBACK TO before;
SELECT count(*) FROM business_holiday WHERE holidays = 'feed';
-- Events of other categories are not looked at, readable or not.
SELECT pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260329T020000|SUMMARY:Clocks change|CATEGORIES:Clock|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260330T020000|SUMMARY:Nothing|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260403|SUMMARY:Good Friday|CATEGORIES:Public holiday|END:VEVENT|') AS ics \gset
SELECT * FROM import_holidays('feed', :'ics', categories => '{public holiday, NULL}', from_day => '2026-01-01');
SELECT name FROM holiday_feed(:'ics', categories => '{ Public holiday }');
SELECT name, problem IS NULL AS readable FROM holiday_feed(:'ics', 'skip', categories => '{clock}');
SELECT name FROM holiday_feed(:'ics', categories => '{clock}');
ROLLBACK TO before;
SELECT count(*) FROM holiday_feed(:'ics', categories => '{}');
-- An event that replaces an occurrence is chosen with the event that it is of.
SELECT name, day, rule, categories FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20270503|DTSTART:20270504|SUMMARY:Moved|END:VEVENT|'
	'BEGIN:VEVENT|UID:b|RECURRENCE-ID:20270503|DTSTART:20270505|SUMMARY:Another|END:VEVENT|'
	'BEGIN:VEVENT|UID:b|RECURRENCE-ID:20270504|DTSTART:20270506T100000|SUMMARY:Another|END:VEVENT|'
	'BEGIN:VEVENT|UID:a|DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=2|SUMMARY:Constitution Day|CATEGORIES:Public|END:VEVENT|'
	'BEGIN:VEVENT|UID:b|DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=2|SUMMARY:Fair|CATEGORIES:Fair|END:VEVENT|'),
	categories => '{public}');
SELECT name, line, problem FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20270503|DTSTART:20270504T100000|SUMMARY:Moved|END:VEVENT|'
	'BEGIN:VEVENT|UID:a|DTSTART:20260503|RRULE:FREQ=YEARLY;COUNT=2|SUMMARY:Constitution Day|CATEGORIES:Public|END:VEVENT|'),
	'skip', categories => '{public}') WHERE problem IS NOT NULL;

-- What cannot be read is an error that names line and event; or it is left out, and
-- listed with the reason.
SELECT pg_temp.feed(
	'BEGIN:VEVENT|DTSTART:20260501|SUMMARY:May Day|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART:20260502T120000Z|DTEND:20260502T130000Z|SUMMARY:Lunch|END:VEVENT|'
	'BEGIN:VEVENT|DTSTART;VALUE=DATE:2026-05-03|END:VEVENT|') AS ics \gset
SELECT * FROM import_holidays('feed', :'ics', from_day => '2026-01-01');
\echo :SQLSTATE
ROLLBACK TO before;
SELECT * FROM import_holidays('feed', :'ics', on_error => 'skip', from_day => '2026-01-01');
SELECT line, day, name, problem FROM holiday_feed(:'ics', on_error => 'skip');
-- An occurrence that is moved to a day which cannot be read is on no day.
SELECT line, day, rule, problem FROM holiday_feed(pg_temp.feed(
	'BEGIN:VEVENT|UID:a|DTSTART:20200101|RRULE:FREQ=YEARLY;COUNT=3|END:VEVENT|'
	'BEGIN:VEVENT|UID:a|RECURRENCE-ID:20210101|DTSTART:20210104T100000|END:VEVENT|'), 'skip');
-- A text that is no feed, or not all of one, is an error all the same.
SELECT holiday_feed(E'BEGIN:VCALENDAR\nBEGIN:VEVENT', 'skip');
\echo :SQLSTATE
ROLLBACK TO before;

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
ROLLBACK TO before;
SELECT import_holidays('feed', :'ics', on_error => NULL);
ROLLBACK TO before;
SELECT import_holidays('feed', :'ics', replace => NULL);
ROLLBACK TO before;
SELECT import_holidays('feed', :'ics', from_day => NULL);
ROLLBACK TO before;
SELECT import_holidays('feed', :'ics', on_error => 'ignore');
\echo :SQLSTATE
ROLLBACK TO before;
SELECT import_holidays('feed', :'ics', from_day => 'infinity');
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
SELECT * FROM public.import_holidays('feed', pg_temp.event('DTSTART:20270101'));
SELECT count(*) FROM public.business_holiday WHERE holidays = 'feed';
ROLLBACK;

-- Only the owner of the extension may import; anyone may look.
CREATE ROLE regress_tp_importer;
SET ROLE regress_tp_importer;
SELECT import_holidays('PL', '');
\echo :SQLSTATE
SELECT day FROM holiday_feed(E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260501\nEND:VEVENT\nEND:VCALENDAR');
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
	E'BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VEVENT',
	E'BEGIN:VCALENDAR\nX-A:\n \u0001\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR\nX-A:\x1b[31m\nEND:VCALENDAR',
	E'BEGIN:VCALENDAR' || repeat(E'\nBEGIN:X-A', 20)]) WITH ORDINALITY AS f (ics, n)
ORDER BY n;

-- In an event: what moves days and is not read, and what is wrong.  The event
-- begins at line 3.
SELECT left(lines, 60) AS lines, pg_temp.error(pg_temp.event(lines))
FROM unnest(ARRAY[
	'SUMMARY:No date',
	'DTSTART:20260501|DTSTART:20260502',
	'SUMMARY:a|DTSTART:20260501|SUMMARY:b',
	'DTSTART:20260501|EXRULE:FREQ=YEARLY',
	'DTSTART:20260501|DTTEND:20260504',
	'DTSTART 20260501',
	'DTSTART:20260501|no colon|DTEND',
	E'DTSTART:20260501|X-A:\x1b[31m',
	'DTSTART:20260501T080000',
	'DTSTART;TZID=Europe/Warsaw:20260501T080000',
	'DTSTART;VALUE=DATE-TIME:20260501T080000Z',
	'DTSTART;VALUE=DATE:20260501T080000Z',
	'DTSTART;VALUE=DATE-TIME:20260501',
	'DTSTART;VALUE=PERIOD:20260501',
	'DTSTART;VALUE:20260501',
	'DTSTART;"VALUE"=DATE:20260501',
	'DTSTART:2026-05-01',
	'DTSTART:20260431',
	'DTSTART:20250229',
	'DTSTART:20261301',
	'DTSTART:20260500',
	'DTSTART:00000101',
	'DTSTART:120260501',
	'DTSTART:20260501T240000',
	'DTSTART:',
	'DTSTART:20260501T000000',
	'DTSTART:20260501T000000|DTEND:20260501T000000',
	'DTSTART:20260501T000000|DURATION:PT0S',
	'DTSTART:20260501|DTEND:20260430',
	'DTEND:20260430|X-A:b|DTSTART:20260501',
	'DTSTART:20260501|DTEND:20260502T120000',
	'DTSTART:20260501T000000|DTEND:20260502',
	'DTSTART;TZID=A:20260501T000000|DTEND:20260502T000000',
	'DTSTART;TZID=A:20260501T000000|DTEND;TZID=B:20260502T000000',
	'DTSTART:20260501|DTEND:20260503T120000Z',
	'DTSTART:20260501|DTEND:20260230',
	'DTSTART:20260501|DTEND:20260502|DURATION:P1D',
	'DTSTART:20260501|DURATION:P1DT12H',
	'DTSTART:20260501|DURATION:-P1D',
	'DTSTART:20260501|DURATION:P1W1D',
	'DTSTART:20260501|DURATION:PT1H1D',
	'DTSTART:20260501|DURATION:PT1ST1S',
	'DTSTART:20260501|DURATION:P99999999999D',
	'DTSTART:20260501|DURATION:P9999999D',
	'DTSTART:20260501|DURATION:P',
	'DTSTART:20260501|DURATION:1',
	'DTSTART:20260501|STATUS:GONE',
	'DTSTART:20260501|EXDATE:2027',
	'DTSTART:20260501|EXDATE:20270501T100000',
	'DTSTART:20260501|EXDATE:20270501T000000Z',
	'DTSTART;TZID=A:20260501T000000|DURATION:P1D|EXDATE;TZID=B:20270501T000000',
	'DTSTART:20260501|RDATE;VALUE=PERIOD:20270501T000000/P1D',
	'DTSTART:20260501|RDATE:,20270501',
	'DTSTART:20260501|RECURRENCE-ID:20260501',
	'UID:a|DTSTART:20260501|RECURRENCE-ID;RANGE=THISANDFUTURE:20260501',
	'UID:a|DTSTART:20260501|RECURRENCE-ID:20260501|RRULE:FREQ=YEARLY',
	'UID:a|STATUS:CANCELLED|RECURRENCE-ID:2026',
	'UID:a|STATUS:CANCELLED|RECURRENCE-ID:20260501T100000',
	'DTSTART:20260501|CATEGORIES:' || repeat('a,', 101)]) WITH ORDINALITY AS c (lines, n)
ORDER BY n;
-- Times in UTC, in a zone.
SELECT zone, pg_temp.error(pg_temp.feed('X-WR-TIMEZONE:' || zone || '|BEGIN:VEVENT|DTSTART:20260501T000000Z|DURATION:P1D|' || more || 'END:VEVENT|'))
FROM (VALUES
	('Europe/Warsaw', ''),
	('Central European Standard Time', ''),
	('UTC', 'EXDATE:20270501T100000Z|'),
	-- midnight in winter only
	('Europe/London', 'X-A:b|')) AS c (zone, more);
SELECT pg_temp.error(pg_temp.feed('X-WR-TIMEZONE:Europe/London|BEGIN:VEVENT|DTSTART:20260101T000000Z|DURATION:P1D|RRULE:FREQ=MONTHLY;INTERVAL=6;COUNT=3|END:VEVENT|'));
-- An end that cannot be placed.
SELECT pg_temp.error(pg_temp.event('DTSTART;TZID=Nowhere:20260501T000000|DURATION:P1D|RRULE:FREQ=YEARLY;UNTIL=20270430T220000Z'));

-- Recurrence rules, at line 5.
SELECT lines, pg_temp.error(pg_temp.event('DTSTART:20260501|RRULE:' || lines))
FROM unnest(ARRAY[
	'FREQ=YEARLY;BYMONTH=6',
	'FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=2',
	'FREQ=YEARLY;BYDAY=1MO;BYMONTH=5',
	'FREQ=HOURLY',
	'FREQ=FORTNIGHTLY',
	'FREQ=YEARLY;BYWEEKNO=20',
	'FREQ=YEARLY;BYHOUR=12',
	'FREQ=YEARLY;BYHOUR=-1',
	'FREQ=YEARLY;BYEASTER=0',
	'RSCALE=CHINESE;FREQ=YEARLY',
	'FREQ=YEARLY;SKIP=FORWARD',
	'FREQ=YEARLY;FREQ=YEARLY',
	'COUNT=2',
	'FREQ=YEARLY;COUNT=0',
	'FREQ=YEARLY;COUNT=-1',
	'FREQ=YEARLY;COUNT=99999999999',
	'FREQ=YEARLY;INTERVAL=0',
	'FREQ=YEARLY;INTERVAL=',
	'FREQ=YEARLY;COUNT=2;UNTIL=20300101',
	'FREQ=YEARLY;UNTIL=20260430',
	'FREQ=YEARLY;UNTIL=20260230',
	'FREQ=YEARLY;UNTIL=',
	'FREQ=YEARLY;WKST=XX',
	'FREQ=YEARLY;BYMONTH=13',
	'FREQ=YEARLY;BYMONTH=5,,6',
	'FREQ=YEARLY;BYMONTH=',
	'FREQ=YEARLY;BYMONTHDAY=32',
	'FREQ=YEARLY;BYDAY=54MO',
	'FREQ=YEARLY;BYDAY=0MO',
	'FREQ=YEARLY;BYDAY=XX',
	'FREQ=YEARLY;BYYEARDAY=367',
	'FREQ=YEARLY;BYSETPOS=1',
	'FREQ=WEEKLY;BYDAY=1FR',
	'FREQ=WEEKLY;BYMONTHDAY=1',
	'FREQ=MONTHLY;BYYEARDAY=1',
	'FREQ',
	'']) WITH ORDINALITY AS c (lines, n)
ORDER BY n;

-- Too much of everything: refused quickly, by the part that is too much.
SELECT pg_temp.error(repeat('x', 20000001));
SELECT pg_temp.error(pg_temp.event('DTSTART:20260501|SUMMARY:' || repeat('x', 1001)));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|STATUS:CANCELLED|END:VEVENT|', 10001), E'\n'));
SELECT pg_temp.error(pg_temp.event('DTSTART:00010101|RRULE:FREQ=DAILY'));
-- Long lines, deep folds, and many of one thing, each of 10 MB, take no time that
-- grows with their square.
SELECT left(what, 20) AS what, pg_temp.error(pg_temp.feed(replace('BEGIN:VEVENT|DTSTART:20260501|?|END:VEVENT|', '?', what), E'\n'))
FROM unnest(ARRAY[
	'X-A:' || repeat('x', 10000000),
	'X-A:' || repeat('x| ', 3000000),
	'X-A:' || repeat('x|', 5000000),
	'X-A' || repeat(';a=b', 2500000) || ':c',
	'DESCRIPTION:' || repeat('\', 10000000),
	'CATEGORIES:' || repeat(',', 10000000),
	'EXDATE:20260502' || repeat(',20260501', 1000000),
	'RRULE:FREQ=YEARLY;BYMONTH=5' || repeat(',5', 5000000),
	repeat('BEGIN:X|END:X|', 700000),
	repeat('RDATE:20260501|', 600000)]) AS what;
-- Neither do rules that reach far, or one UID for all.
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|DTSTART:00010101|RRULE:FREQ=YEARLY;COUNT=3600000|END:VEVENT|', 5000), E'\n'));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|UID:a|DTSTART:20260501|END:VEVENT|BEGIN:VEVENT|UID:a|DTSTART:20270501|RECURRENCE-ID:20260501|END:VEVENT|', 5000), E'\n'));
SELECT pg_temp.error(pg_temp.feed(repeat('BEGIN:VEVENT|DTSTART:20260501|DURATION:P5001D|END:VEVENT|', 2)));
-- It can be cancelled while it reads.
SELECT pg_temp.feed(repeat('X-A:b|', 2000000), E'\n') AS ics INTO TEMP TABLE long_feed;
SET statement_timeout = '500ms';
SELECT count(f) FROM long_feed, generate_series(1, 1000) AS n, holiday_feed(ics, from_day => date '2026-01-01' + n) AS f;
\echo :SQLSTATE
RESET statement_timeout;

-- Invalid UTF-8 does not arrive: the server refuses it as text.
SELECT import_holidays('PL', convert_from('\x424547494e3a56ff', 'UTF8'));
\echo :SQLSTATE
