-- The type business_hours: its text form, normal form, errors, comparison,
-- binary form and stored form. What its rules mean in time is tested with the
-- functions of business time.

-- For the tests of errors: all that the user of a statement is told.
CREATE FUNCTION told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n  ', SQLSTATE || ': ' || message, nullif(detail, ''), 'Hint: ' || nullif(hint, ''));
END $$;
CREATE FUNCTION told_of(hours text) RETURNS text LANGUAGE sql AS
$$ SELECT told(format('SELECT %L::business_hours', hours)) $$;

--
-- Normal form
--

-- What is written is always in normal form. White space does not matter, nor
-- the case of names, nor a missing zero before an hour or a day.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Mo-Fr 08:00-17:00'),
	('Mo-Fr 08:00-17:00; PH off'),
	('mO-fR 8:00-17:00;ph OFF'),
	(E' Mo - Fr\t08 : 00 - 17 : 00\n;\r\nPH  off '),
	('dec 4 8:00-9:00')
) AS v(input);

-- Always and never.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('24/7'),
	('00:00-24:00'),
	('00:00-00:00'),
	('Mo-Su 00:00-12:00,12:00-24:00'),
	('24/7; PH off'),
	('PH off; 24/7'),
	('off'),
	('Mo-Su off'),
	('Mo-Fr 08:00-17:00; off')
) AS v(input);

-- A rule without a selector is for every day.
SELECT '08:00-17:00'::business_hours AS written, '08:00-17:00'::business_hours = 'Mo-Su 08:00-17:00' AS equal;

-- Spans are sorted, and merged where they overlap or touch. An end that is not
-- after the start is in the next day; an end can be as late as 48:00. The form
-- with an end up to 24:00 is chosen whenever it reads back the same.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('13:00-17:00,08:00-12:00'),
	('08:00-12:00,11:00-17:00'),
	('08:00-12:00,12:00-17:00'),
	('08:00-17:00,09:00-10:00'),
	('22:00-06:00'),
	('22:00-30:00'),
	('22:00-24:00'),
	('22:00-00:00'),
	('08:00-08:00'),
	('08:00-32:00'),
	('08:00-32:01'),
	('20:00-48:00'),
	('00:00-48:00'),
	('23:59-00:00,00:00-00:01'),
	('20:00-02:00,22:00-06:00'),
	('Mo 08:00-20:00,18:00-10:00')
) AS v(input);

-- Weekdays are sorted; two or more in a row are a range. A range may wrap
-- around the end of the week.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Fr,Mo 08:00-17:00'),
	('Sa,Su 08:00-17:00'),
	('Mo,Tu,We,Th 08:00-17:00'),
	('Fr-Mo 08:00-17:00'),
	('Su-Mo 08:00-17:00'),
	('We-We 08:00-17:00'),
	('We-Tu 08:00-17:00'),
	('Mo-We,Tu-Th,Sa 08:00-17:00')
) AS v(input);

-- The n-th weekday of the month, or the n-th from its end. A weekday that is
-- selected whole, or by all five numbers, needs none.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Mo[1] off'),
	('Fr[-1] off'),
	('Mo[3,1] off'),
	('Mo[1],Mo[2] off'),
	('Mo[1-3,5,-2,-1] off'),
	('Su,Mo[1],Mo off'),
	('Mo[1-5] off'),
	('Mo[-1,-2,-3,-4,-5] off'),
	('We[2],Fr-Sa off')
) AS v(input);

-- Dates. In a list a day without a month is of the month before it; whole
-- months are written as months (February has 29 days here).
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Dec 24 08:00-12:00'),
	('Dec 24-26 off'),
	('Dec 24-Dec 26 off'),
	('Dec 24,25,26 off'),
	('Dec 24,26 off'),
	('Dec 24,26-28,Nov 1,11 off'),
	('Jan 30-Feb 2,4 off'),
	('Jun 08:00-12:00'),
	('Jun-Aug 08:00-12:00'),
	('Jun,Jul,Aug 08:00-12:00'),
	('Jun 1-Aug 31 off'),
	('Jun 2-Aug 31 off'),
	('Feb 1-28 off'),
	('Feb 1-29 off'),
	('Feb 29 off'),
	('Dec 10:00-12:00'),
	('Dec Mo[1] off')
) AS v(input);

-- A range that ends before it starts runs over the new year. All days of the
-- year are no selector.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Dec 20-Jan 06 off'),
	('Jan 1-6,Dec 20-31 off'),
	('Nov-Feb off'),
	('Dec 31,Jan 1 off'),
	('Jun 10,Dec 20-Jan 06 off'),
	('Dec 24-Dec 10 off'),
	('Jan-Dec 08:00-17:00'),
	('Jul-Jun 08:00-17:00'),
	('Dec 24-Dec 23 Mo 08:00-17:00')
) AS v(input);

-- Easter, and days before and after it. Neighbours are a range.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('easter off'),
	('Easter +1 day off'),
	('easter +1 days off'),
	('easter -2 days off'),
	('easter -2day off'),
	('easter +0 days off'),
	('easter,easter +1 day off'),
	('easter -2 days,easter +39 days,easter +1 day off'),
	('easter -2 days-easter +1 day off'),
	('easter-easter +1 day off'),
	('easter -80 days,easter +250 days off'),
	('easter,Dec 25 off'),
	('easter,Jan-Dec off'),
	('easter Mo 08:00-09:00')
) AS v(input);

-- Years, alone or before dates and weekdays. The last year stands for ever
-- after. A range of dates over the new year starts in the named years; without
-- years it starts in every year.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('2026 08:00-17:00'),
	('2026-2028 Mo-Fr 08:00-17:00'),
	('2026+ off'),
	('2028,2026,2027 off'),
	('2026,2028-2030,2029+ off'),
	('2026-2026 off'),
	('2026-9999 off'),
	('9999 off'),
	('1000-1001 off'),
	('2026 Dec 24 off'),
	('2026 Dec 20-Jan 06 off'),
	('2026 Dec 20-31,Jan 1-6 off'),
	('2026 Nov-Feb 08:00-12:00'),
	('2026 Dec 20-Jan 06,Nov 1-Jan 02 off'),
	('2026 Jan-Dec off'),
	('2026 Dec 20-Jan 06,Jan-Dec off'),
	('2026 Jan 02-Jan 01 off'),
	('2026 easter Su off'),
	('2026 Dec 24 10:00-12:00')
) AS v(input);

-- Holidays, as far as the calendar has a list of them.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('PH off'),
	('PH 14:00-10:00,10:00-12:00')
) AS v(input);

-- Holidays beside weekdays, holidays that fall on weekdays, and days before and
-- after holidays. Each part is sorted; weekdays come first where either will do.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Sa,Su,PH off'),
	('PH,Su off'),
	('Mo[1],PH,Tu off'),
	('Mo-Su,PH 08:00-20:00'),
	('PH Mo-Fr 10:00-14:00'),
	('PH,PH -1 day Fr,Mo off'),
	('PH Mo-Su off'),
	('PH -1 day 08:00-12:00'),
	('PH -1 days,PH+1day,PH +0 day off'),
	('Mo,PH-30 days off'),
	('2026 PH off'),
	('Dec Su,PH 10:00-12:00')
) AS v(input);

-- After a comma a rule adds hours; a rule with times and "off" takes them out.
-- What only closes replaces, after a comma as well.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Mo-Fr 08:00-12:00,We 14:00-16:00'),
	('Mo-Fr 08:00-12:00,13:00-17:00,Sa 09:00-12:00;PH off,Dec 24 09:00-10:00'),
	('Mo-Fr 08:00-17:00, PH off'),
	('Mo-Fr 08:00-17:00; We 12:00-13:00 off'),
	('Mo-Fr 08:00-17:00, We 12:00-13:00,15:00-16:00 closed'),
	('24/7; 12:00-13:00 off'),
	('Mo 22:00-06:00; Mo 23:00-01:00 off'),
	('Mo-Fr 08:00-17:00, Mo-Su 20:00-21:00')
) AS v(input);

-- Weeks of the year, as ISO 8601 counts them. Three or more at equal distances
-- are a range with a step.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('week 1 off'),
	('week 10-20 Mo 08:00-12:00'),
	('week 20,10-12,11-15 off'),
	('week 1-53/2 Fr 08:00-12:00'),
	('week 2-53/2 off'),
	('week 1-52/2 off'),
	('week 1,3 off'),
	('week 50-2 off'),
	('week 1-53 off'),
	('week 10, week 20 off'),
	('2026 week 30 off'),
	('2026 Aug week 30-40 Fr off')
) AS v(input);

-- Dates with years of their own. Where one year in front says the same, that is
-- written; a range over the new year then needs no second year.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('2026 Sep 15+ off'),
	('2026 Sep+ Mo off'),
	('2026 Jan+ off'),
	('2026 Sep 15+ 08:00-12:00'),
	('2026 Dec 20-2027 Jan 06 off'),
	('2026 Dec 24-2026 Dec 26 off'),
	('2026 Dec 24,2027 Jan 02 off'),
	('2027 Jan 02,2026 Dec 24,26,31 off'),
	('2026 Dec 20-2027 Jan 06,2027 Dec 20-2028 Jan 06 off'),
	('2026 Jun 10-2027 Aug 01 off'),
	('2026 Jun-2028 Feb 08:00-12:00'),
	('2026 Dec 24-31,2027 Jan 1-6 off'),
	('2026 Feb 20-2027 Feb 29 off')
) AS v(input);

-- What people write besides: a colon after the days, dashes of a word processor,
-- "closed", comments, a semicolon at the end.
SELECT input, input::business_hours AS normal_form FROM (VALUES
	('Mo-Fr: 09:00-17:00'),
	('Dec 24: 10:00-12:00'),
	('Dec: Mo: 10:00-12:00; 2027: off; week 10: 08:00-09:00'),
	(U&'Mo\2013Fr 09:00\201317:00; Dec 24\201426 off; Mo[\22121] off'),
	('Mo-Fr 09:00-17:00; Sa closed'),
	('Mo-Fr 09:00-17:00 "ring twice; then wait, off"; Sa off "by appointment"'),
	('24/7 "always"'),
	('Mo-Fr 09:00-17:00;'),
	('PH off ; ')
) AS v(input);

-- Rules stay as they are, in their order: a later one replaces earlier ones. What
-- is replaced whole is rarely meant so, and there is a notice of the first such
-- rule. Not so where a rule only adds, takes out, or leaves some dates.
SELECT 'Dec 24 off; Mo-Fr 08:00-17:00; Mo-Fr 08:00-17:00'::business_hours;
SELECT 'Mo-Fr 09:00-12:00; Mo-Fr 13:00-17:00'::business_hours;
SELECT 'PH off; Mo-Su 08:00-20:00'::business_hours;
SELECT 'Mo-Fr 08:00-17:00, Mo 18:00-19:00; 24/7'::business_hours;
SELECT 'PH Mo off; 2026 Dec 24 off; Mo,PH 08:00-09:00'::business_hours;
SELECT '2026 week 10-20 Mo[1] off; 2026-2027 week 10-30 Mo off'::business_hours;
SELECT '2026 Sep 15-2027 Nov 01 off; 2026 Sep 01+ 08:00-12:00'::business_hours;
SELECT 'Mo-Fr 09:00-12:00, Mo-Fr 13:00-17:00; We 12:00-13:00 off; Sa 09:00-12:00; Sa,Su off; PH Mo-Fr 10:00-12:00'::business_hours;
SELECT 'Dec 24-Jan 06 off; 2026 off; PH off; easter off; Mo[1] off; week 1 off; 2026 Dec 20-Jan 06 off; 2026 Dec 24-Jan 06 off; Dec 20-Jan 10 Mo-Fr off; easter -1 day-easter +2 days Mo off'::business_hours;
-- A long rule is cut.
SELECT ('Jan 01,Jan 03,Jan 05,Jan 07,Jan 09,Jan 11,Jan 13,Jan 15,Jan 17 off; Jan off')::business_hours;
SET client_min_messages = warning;

-- The normal form reads back as the same value: for each rule above, and for
-- all of them in one.
-- (An index holds a value of this length only if it is well compressed.)
SET default_toast_compression = pglz;
CREATE TABLE hours_seen (hours business_hours PRIMARY KEY);
INSERT INTO hours_seen
SELECT concat_ws(' ', y, d, w, s)::business_hours
FROM unnest(ARRAY['', '2026', '2026+', '2020-2022,2024']) AS y,
	unnest(ARRAY['', 'Dec 24', 'Dec 20-Jan 06', 'Jan 03-Jan 02', 'Jan 1,Dec 31', 'Feb 29,easter -47 days', 'Jun-Aug,Feb']) AS d,
	unnest(ARRAY['', 'Mo-Fr', 'Su,Mo', 'Mo[1],Fr[-1]']) AS w,
	unnest(ARRAY['off', '8:00-17:00', '22:00-06:00', '06:00-31:00,0:00-5:30']) AS s
ON CONFLICT DO NOTHING;
INSERT INTO hours_seen
SELECT concat('Mo-Su 07:00-20:00', sign, concat_ws(' ', d, w, h, s))::business_hours
FROM unnest(ARRAY['; ', ', ']) AS sign,
	unnest(ARRAY['2026', '2026 Sep 15+', '2026 Jun 10-2027 Aug 01,2028 Dec 24']) AS d,
	unnest(ARRAY['', 'week 01-53/2', 'week 10,12']) AS w,
	unnest(ARRAY['', 'PH', 'PH -1 day,PH Mo-Fr', 'Sa,PH']) AS h,
	unnest(ARRAY['off', '8:00-17:00', '22:00-06:00 off']) AS s
ON CONFLICT DO NOTHING;
INSERT INTO hours_seen
SELECT string_agg(hours::text, ';' ORDER BY hours)::business_hours FROM hours_seen;
SELECT count(*),
	count(*) FILTER (WHERE hours::text::business_hours = hours) AS the_same,
	count(*) FILTER (WHERE hours::text::business_hours::text = hours::text) AS written_the_same,
	max(length(hours::text)) AS longest
FROM hours_seen;

-- A plain rule is small.
SELECT pg_column_size('Mo-Fr 08:00-17:00'::business_hours) AS bytes,
	pg_column_size('Mo-Fr 08:00-12:00,13:00-17:00; PH off'::business_hours) AS bytes_of_two;

--
-- Errors: invalid_text_representation (22P02), with the position in
-- characters, what was expected there, and what was found
--
\pset tuples_only on
\pset format unaligned

-- Names
SELECT told_of(h) FROM unnest(ARRAY[
	'Mo-Fx 08:00-17:00', 'Monday 08:00-17:00', 'Mon-Fri 08:00-17:00', 'December 24 off', 'Foo off', 'Mo,Foo off',
	'Poniedziałek 08:00-17:00', 'Mo 08:00-17:00; Środa off']) AS h;

-- Times
SELECT told_of(h) FROM unnest(ARRAY[
	'25:00-26:00', '24:00-26:00', '10:00-49:00', '10:00-48:01', '10:60-11:00', '10:5-11:00', '10:005-11:00', '008:00-09:00',
	'10:-11:00', '10:00', '10:00-', '10:00-11', '10:00+', '10:00-12:00,', '10:00-12:00 13:00-14:00', 'Mo-Fr 8-17', 'Mo-Fr 0800-1700',
	'Mo-Fr 8am-5pm', 'Mo-Fr 08.00-17.00']) AS h;

-- Dates
SELECT told_of(h) FROM unnest(ARRAY[
	'Feb 30 off', 'Apr 31 off', 'Dec 0 off', 'Dec 032 off', 'Dec 26-24 off', 'Jan 5-Feb 30 off', 'Dec 24,32 off', 'Dec 24, off',
	'Dec,24 off', 'Dec 24,10:00-12:00', 'Dec 24-10:00', 'Dec-24 off', 'Dec-Jan 06 off', 'Dec 24-Jan off', 'Dec 24-Mo off', '24 Dec off',
	'Dec 24 2026 off', '12-24 off', '2026-12-24 off']) AS h;

-- Easter
SELECT told_of(h) FROM unnest(ARRAY[
	'easter +1 off', 'easter + days off', 'easter +1 week off', 'easter -81 days off', 'easter +251 days off',
	'easter +99999999999999999999 days off', 'easter +1 day-easter off', 'easter-Dec 24 off', 'easter +1 day-24 off',
	'Dec 24-easter off', 'Dec-easter off', 'easter-Mo off', 'easter,24 off']) AS h;

-- Years
SELECT told_of(h) FROM unnest(ARRAY[
	'0999 off', '2026-2025 off', '2026-28 off', '10000 off', '2026,Dec 24 off', '2026-2027+ off', '2026/2 off',
	'Dec 20-2027 Jan 06 off', 'Sep 15+ off', 'Sep+ off', '2026,2027 Sep 15+ off', '2026-2027 Dec 20-2028 Jan 06 off',
	'2027 Dec 20-2026 Jan 06 off', '2026 Dec 20-2026 Jan 06 off', '2026 Dec 24,2027 easter off', '2026 Feb 29,2027 Feb 29 off',
	'2026 Dec 25 +1 day off', '2026 Dec 24-2027 off', 'Mo 2026 off', '2026-08:00-17:00']) AS h;

-- Weekdays
SELECT told_of(h) FROM unnest(ARRAY[
	'Mo[6] off', 'Mo[0] off', 'Mo[-6] off', 'Mo[3-2] off', 'Mo[-2--1] off', 'Mo[] off', 'Mo[1 off', 'Mo[1;2] off', 'Mo-We[1] off',
	'Mo[1]-We off', 'Mo- off', 'Mo, off', 'Mo Dec 24 off']) AS h;

-- Rules
SELECT told_of(h) FROM unnest(ARRAY[
	'', '   ', ';', 'Mo-Fr 08:00-17:00;;PH off', 'Mo-Fr', 'Mo-Fr;', 'off off', 'Mo off 08:00-17:00', 'Mo-Fr 24/7', '24/8', '24/',
	'Mo: : 08:00-09:00', ': 08:00-09:00', 'Mo-Fr 08:00-12:00 Sa 09:00-12:00', 'Mo-Fr 08:00-12:00 / 13:00-17:00']) AS h;

-- Holidays
SELECT told_of(h) FROM unnest(ARRAY[
	'PH', 'Su PH off', 'PH Mo,PH off', 'PH -31 days off', 'PH +1 off', 'PH + off', 'PH-Mo off', 'PH, off', 'PH 2026 off', 'PH Dec 24 off']) AS h;

-- Rules after a comma
SELECT told_of(h) FROM unnest(ARRAY[
	'Mo 08:00-12:00, off', 'Mo off, 13:00-17:00', 'Mo 08:00-12:00 "a", 13:00-17:00', 'Mo 08:00-12:00, 24/7', 'Mo 08:00-12:00,,13:00-17:00',
	'Mo off,']) AS h;

-- Weeks
SELECT told_of(h) FROM unnest(ARRAY[
	'week off', 'week 0 off', 'week 54 off', 'week 1-54 off', 'week 1/2 off', 'week 1-53/0 off', 'week 50-2/2 off', 'week 10,Mo off', 'Mo week 10 off',
	'week 10 2026 off']) AS h;

-- Comments
SELECT told_of(h) FROM unnest(ARRAY[
	'"by appointment"', 'Mo "by appointment"', 'Mo "from" 08:00-12:00', 'Mo 08:00-12:00 "', 'Mo 08:00-12:00 "a" "b"']) AS h;

-- What other programs know of the opening_hours of OpenStreetMap
SELECT told_of(h) FROM unnest(ARRAY[
	'SH off', 'Mo 08:00-sunset', 'sunrise-sunset', 'Mo open', 'Mo unknown', '08:00-17:00 || off', '08:00-17:00+', '17:00+',
	'(sunrise-01:00)-17:00', 'Mo 08:00-17:00/01:30', U&'Mo\201308:00', 'Th[1] +1 day 08:00-12:00', '24/7 closed', 'Mo 08:00',
	'Mo 08:00-12:00 # by appointment']) AS h;

-- Long input is cut in the message, also between characters of several bytes.
SELECT told_of(repeat('Mo,', 40) || 'x');
SELECT told_of(repeat('ż', 100));
SELECT told_of('Mo ' || repeat('9', 100));

--
-- Limits: program_limit_exceeded (54000)
--

-- 1000 rules
SELECT told_of(repeat('off;', 999) || 'off');
SELECT told_of(repeat('off;', 1000) || 'off');

-- years after months or days, a time without an end, days of one month of a year
SELECT told_of(hours) FROM unnest(ARRAY['Dec 20-Jan 2027 off', 'Dec 24,2026 Jan 01 off', '08:00-Mo 09:00', '08:00 off']) AS hours;
SELECT '2026 Jan 05-10,2027 Feb 01-2027 Feb 03 off'::business_hours;

-- 96 times in a rule, counted when merged
SELECT told_of(string_agg(format('%1$s:%2$s-%1$s:%3$s', t / 60, to_char(t % 60, 'FM00'), to_char(t % 60 + 1, 'FM00')), ','))
FROM generate_series(0, 95 * 15, 15) AS t;
SELECT told_of(string_agg(format('%1$s:%2$s-%1$s:%3$s', t / 60, to_char(t % 60, 'FM00'), to_char(t % 60 + 1, 'FM00')), ','))
FROM generate_series(0, 96 * 10, 10) AS t;
SELECT told_of(string_agg('10:00-11:00', ',')) FROM generate_series(1, 1000);

-- 100 ranges of years, and of days from Easter
SELECT told_of(string_agg(y::text, ',') || ' off') FROM generate_series(2000, 2199, 2) AS y;
SELECT told_of(string_agg(y::text, ',') || ' off') FROM generate_series(2000, 2200, 2) AS y;
SELECT told_of(string_agg(format('easter +%s days', d), ',') || ' off') FROM generate_series(1, 200, 2) AS d;
SELECT told_of(string_agg(format('easter +%s days', d), ',') || ' off') FROM generate_series(1, 201, 2) AS d;

-- 100 ranges of dates with years of their own
SELECT told_of(string_agg(y || ' Dec 24', ',') || ' off') FROM generate_series(2000, 2099) AS y;
SELECT told_of(string_agg(y || ' Dec 24', ',') || ' off') FROM generate_series(2000, 2100) AS y;

-- 32767 different days, counted when hours are used: here each day of each month of
-- each year would add other times.
WITH part AS (
	SELECT bit AS n, string_agg(to_char(d, 'Mon DD'), ',') AS dates
	FROM generate_series(0, 4) AS bit, generate_series('2024-01-01'::timestamp, '2024-12-31', '1 day') AS d
	WHERE (extract(day FROM d)::integer >> bit) & 1 = 1 GROUP BY bit
	UNION ALL
	SELECT 5 + bit, string_agg(to_char(make_date(2024, m, 1), 'Mon'), ',')
	FROM generate_series(0, 3) AS bit, generate_series(1, 12) AS m WHERE (m >> bit) & 1 = 1 GROUP BY bit
	UNION ALL
	SELECT 9 + bit, string_agg(y::text, ',')
	FROM generate_series(0, 7) AS bit, generate_series(1970, 2105) AS y WHERE ((y - 1970) >> bit) & 1 = 1 GROUP BY bit
), hours AS (
	SELECT 'Mo-Su 00:00-00:01' || string_agg(format(', %s %s:00-%s:30', dates, lpad(n::text, 2, '0'), lpad(n::text, 2, '0')), '' ORDER BY n) AS text
	FROM part
)
SELECT told(format('SELECT business_time_between(''1970-01-01'', ''2105-12-31'', %L, ''UTC'')', text)) FROM hours;

-- 65536 bytes, of what is read and of what would be written
SELECT told_of('off' || repeat(' ', 65533));
SELECT told_of('off' || repeat(' ', 65534));
SELECT told_of(repeat('x', 1000000));
WITH rule AS (SELECT 'Jan ' || string_agg(d::text, ',') || ' off' AS text FROM generate_series(1, 31, 2) AS d)
SELECT length(text::business_hours::text), told_of(repeat(text || ';', 560) || 'off'), told_of(repeat(text || ';', 561) || 'off')
FROM rule;

\pset format aligned
\pset tuples_only off

--
-- Comparison, hashing and indexes are those of the normal form
--
SELECT a::business_hours = b::business_hours AS eq, a::business_hours <> b::business_hours AS ne,
	business_hours_cmp(a::business_hours, b::business_hours) = 0 AS cmp,
	business_hours_hash(a::business_hours) = business_hours_hash(b::business_hours) AS hash,
	business_hours_hash_extended(a::business_hours, 42) = business_hours_hash_extended(b::business_hours, 42) AS hash_extended,
	a, b
FROM (VALUES
	('Mo-Fr 08:00-17:00', 'mo,tu,we,th,fr 8:00-12:00,12:00-17:00'),
	('Mo-Fr 08:00-17:00', 'Mo-Fr 08:00-17:01'),
	('Mo-Fr 08:00-17:00', 'Mo-Fr 08:00-17:00; PH off'),
	('Mo-Fr 08:00-17:00', 'Mo-Th 08:00-17:00')
) AS v(a, b);

-- The order is total, and every operator agrees with it.
SELECT count(*) AS pairs,
	count(*) FILTER (WHERE a.n < b.n IS DISTINCT FROM a.hours < b.hours
		OR a.n <= b.n IS DISTINCT FROM a.hours <= b.hours
		OR a.n = b.n IS DISTINCT FROM (a.hours = b.hours)
		OR a.n <> b.n IS DISTINCT FROM a.hours <> b.hours
		OR a.n >= b.n IS DISTINCT FROM a.hours >= b.hours
		OR a.n > b.n IS DISTINCT FROM a.hours > b.hours
		OR sign(a.n - b.n) IS DISTINCT FROM sign(business_hours_cmp(a.hours, b.hours))) AS wrong
FROM (SELECT hours, row_number() OVER (ORDER BY hours) AS n FROM hours_seen) AS a,
	(SELECT hours, row_number() OVER (ORDER BY hours) AS n FROM hours_seen) AS b;

-- A unique index knows equal hours, however they are written.
INSERT INTO hours_seen VALUES ('8:00-12:00,12:00-17:00');
INSERT INTO hours_seen VALUES ('8:00-12:00,12:00-17:00') ON CONFLICT DO NOTHING;

-- Lookups by B-tree and by hash index; joins by hash and by merge.
CREATE INDEX hours_seen_hash ON hours_seen USING hash (hours);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
EXPLAIN (COSTS OFF) SELECT * FROM hours_seen WHERE hours = 'Dec 24 off';
SELECT * FROM hours_seen WHERE hours = 'Dec 24 off';
DROP INDEX hours_seen_hash;
EXPLAIN (COSTS OFF) SELECT * FROM hours_seen WHERE hours = 'Dec 24 off';
SELECT * FROM hours_seen WHERE hours = 'Dec 24 off';
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_indexonlyscan;
CREATE TABLE hours_other AS SELECT hours FROM hours_seen;
CREATE FUNCTION join_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		IF line ~ 'Join|Nested' THEN
			RETURN substring(line FROM '(Hash Join|Merge Join|Nested Loop)');
		END IF;
	END LOOP;
	RETURN 'no join';
END $$;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT join_of('SELECT count(*) FROM hours_seen JOIN hours_other USING (hours)');
SELECT count(*) FROM hours_seen JOIN hours_other USING (hours);
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT join_of('SELECT count(*) FROM hours_seen JOIN hours_other USING (hours)');
SELECT count(*) FROM hours_seen JOIN hours_other USING (hours);
RESET enable_hashjoin;
RESET enable_nestloop;
DROP FUNCTION join_of;
DROP TABLE hours_other;

-- Hash partitions find their rows.
CREATE TABLE hours_parted (hours business_hours) PARTITION BY HASH (hours);
CREATE TABLE hours_parted_0 PARTITION OF hours_parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hours_parted_1 PARTITION OF hours_parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hours_parted SELECT hours FROM hours_seen;
SELECT count(*) FROM hours_parted WHERE hours = '24/7' OR hours = 'off' OR hours = 'Mo-Su 08:00-17:00';
DROP TABLE hours_parted;

-- Values that are compressed or stored out of line are the same values.
CREATE TABLE hours_long (id integer, hours business_hours);
INSERT INTO hours_long
SELECT 1, string_agg(format('%s %s off', 2000 + n / 365, to_char(date '2001-01-01' + n % 365, 'Mon DD')), ';')::business_hours
FROM generate_series(0, 999) AS n;
ALTER TABLE hours_long ALTER hours SET STORAGE EXTERNAL;
INSERT INTO hours_long SELECT 2, hours::text::business_hours FROM hours_long;
SELECT pg_column_size(a.hours) < pg_column_size(b.hours) AS stored_differently, a.hours = b.hours AS equal,
	business_hours_hash(a.hours) = business_hours_hash(b.hours) AS same_hash, md5(a.hours::text) = md5(b.hours::text) AS same_text
FROM hours_long a, hours_long b WHERE a.id = 1 AND b.id = 2;
DROP TABLE hours_long;

-- Null is not read, written or compared.
SELECT NULL::text::business_hours IS NULL AS read, NULL::business_hours::text IS NULL AS written,
	business_hours_send(NULL) IS NULL AS sent,
	NULL::business_hours = '24/7' IS NULL AS eq, '24/7'::business_hours <> NULL IS NULL AS ne,
	NULL::business_hours < '24/7' IS NULL AS lt, '24/7'::business_hours <= NULL IS NULL AS le,
	NULL::business_hours > '24/7' IS NULL AS gt, '24/7'::business_hours >= NULL IS NULL AS ge,
	business_hours_cmp(NULL, '24/7') IS NULL AS cmp, business_hours_hash(NULL) IS NULL AS hash,
	business_hours_hash_extended('24/7', NULL) IS NULL AS hash_extended;

--
-- Binary form: a byte with the version, 1, then the normal form as text
--
SELECT encode(business_hours_send('mo-fr 8:00-17:00'), 'escape');

-- What is received is checked: the version, the text, and that it ends.
CREATE TABLE hours_received (hours business_hours);
\set SHOW_CONTEXT never
-- a value, not in normal form
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\015\\001Mo 8:00-9:00\\377\\377"' (format binary)
TABLE hours_received;
-- nothing at all
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\000\\377\\377"' (format binary)
-- another version
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\015\\002Mo 8:00-9:00\\377\\377"' (format binary)
-- the text alone
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\014Mo 8:00-9:00\\377\\377"' (format binary)
-- a version without text
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\001\\001\\377\\377"' (format binary)
-- a text that was cut
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\012\\001Mo 8:00-9\\377\\377"' (format binary)
-- a zero byte in the text
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\017\\001Mo 8:00-9:00\\000x\\377\\377"' (format binary)
-- zero bytes at its end
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\006\\001off\\000\\000\\377\\377"' (format binary)
-- bytes that are no text
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\004\\001\\377\\376\\375\\377\\377"' (format binary)
-- and their SQLSTATEs
\set VERBOSITY sqlstate
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\000\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\015\\002Mo 8:00-9:00\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\014Mo 8:00-9:00\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\001\\001\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\012\\001Mo 8:00-9\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\017\\001Mo 8:00-9:00\\000x\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\006\\001off\\000\\000\\377\\377"' (format binary)
\copy hours_received from program 'printf "PGCOPY\\n\\377\\r\\n\\000\\000\\000\\000\\000\\000\\000\\000\\000\\000\\001\\000\\000\\000\\004\\001\\377\\376\\375\\377\\377"' (format binary)
\set VERBOSITY default
\set SHOW_CONTEXT errors
TABLE hours_received;

-- A table survives binary COPY: sent and received values are the same.
CREATE TABLE hours_copied (hours business_hours);
\copy (SELECT hours FROM hours_seen) to program 'cat > "$PG_ABS_BUILDDIR/results/business_hours.copy"' (format binary)
\copy hours_copied from program 'cat "$PG_ABS_BUILDDIR/results/business_hours.copy"' (format binary)
SELECT count(*) AS copied, count(*) FILTER (WHERE s.hours IS NULL) AS changed
FROM hours_copied c LEFT JOIN hours_seen s USING (hours);
DROP TABLE hours_copied, hours_received;

--
-- Stored form: whatever the bytes are, a value is used only after it has been
-- checked. A superuser can relabel any bytes as business hours.
--
CREATE CAST (bytea AS business_hours) WITHOUT FUNCTION;
CREATE CAST (business_hours AS bytea) WITHOUT FUNCTION;
CREATE FUNCTION told_of_bytes(bytes bytea) RETURNS text LANGUAGE sql AS
$$ SELECT told(format('SELECT business_hours_out(%L::bytea::business_hours)', bytes)) $$;

-- Bytes 0 to 3 are the flags, kept for later; 4 and 5 the number of rules, in
-- the order of the machine; then the rules, the same on every machine.
\pset tuples_only on
\pset format unaligned
SELECT substr('Mo-Fr 08:00-17:00'::business_hours::bytea, 7);
SELECT told_of_bytes('Mo-Fr 08:00-17:00'::business_hours::bytea);
SELECT told_of_bytes('');
SELECT told_of_bytes('\x00');
SELECT told_of_bytes('\x00000000');
SELECT told_of_bytes('\x000000000000');
SELECT told_of_bytes('\x0101010101010101');
SELECT told_of_bytes(set_byte('off'::business_hours::bytea, n, 1)) FROM generate_series(0, 3) AS n;
SELECT told_of_bytes('\x00000000ffff' || substr('off'::business_hours::bytea, 7));
SELECT told_of_bytes('off'::business_hours::bytea || '\x00');
SELECT told_of_bytes(substr('Mo-Fr 08:00-17:00'::business_hours::bytea, 1, n)) FROM generate_series(6, 11) AS n;

-- Each part of a rule is checked. These are single rules, as they would be
-- stored: their parts, then each part, then the times.
CREATE FUNCTION told_of_rule(rule bytea) RETURNS text LANGUAGE sql AS
$$ SELECT told_of_bytes(substr('off'::business_hours::bytea, 1, 6) || rule) $$;
SELECT encode(rule, 'hex') || ' ' || told_of_rule(rule) FROM (VALUES
	('\x0000'::bytea),				-- off
	('\x800000'),					-- no more parts
	('\x804000'),					-- parts that do not exist
	('\x80800000'),
	('\x8001011e021c'),				-- the first rule adds
	('\x8003011e021c'),				-- adds and takes out
	('\x800200'),					-- takes out nothing
	('\x8004000000000000000000'),	-- no day near a holiday
	('\x8004000000004000000000'),	-- PH alone
	('\x8004200000000000000000'),	-- the 31st day after
	('\x8104000000008000000000'),	-- PH, and days near it
	('\x8208010000'),				-- weekdays or no holidays
	('\x8010000000000000000000'),	-- no week
	('\x8010001fffffffffffff00'),	-- all weeks
	('\x8010002000000000000000'),	-- week 54
	('\x80200000'),					-- no period
	('\x80206500'),					-- 101 of them
	('\x802001fffa97f9fffa97f900'),	-- in the year 999
	('\x802001002cc000002cbfff00'),	-- backwards
	('\x80200100004f00002cc0a100'),	-- to the year 10000 and beyond
	('\x8020020000500000005000000050010000500200'),	-- neighbours
	('\x802001000050000000500000'),	-- what a year and a date say
	('\x88200107ea07ea01000050000000600000'),	-- years and periods
	('\x027f00'),					-- all weekdays, one by one
	('\x028000'),					-- an eighth day
	('\x020000'),					-- no weekday
	('\x0402000100'),				-- numbers without weekdays
	('\x06000000'),					-- numbers of no weekday
	('\x060101000100'),				-- numbers of a weekday selected whole
	('\x060001000000'),			-- no number
	('\x060001040000'),				-- number 11
	('\x060001001f00'),				-- all numbers
	('\x06000103e000'),				-- all numbers from the end
	('\x080000'),					-- no years
	('\x086500'),					-- 101 ranges of years
	('\x0801000107ea00'),			-- year 1
	('\x080107ea07e900'),			-- 2026-2025
	('\x080107ea271000'),			-- 2026-10000
	('\x080207ea07ea07eb07eb00'),	-- 2026,2027 for 2026-2027
	('\x080207ec07ec07ea07ea00'),	-- 2028,2026
	('\x1000000000000000'),			-- no month
	('\x1010000000000100'),			-- month 13
	('\x1000010000000000'),		-- January without a day
	('\x1000018000000000'),			-- 32 January
	('\x1000022000000000'),			-- 30 February
	('\x100fff7fffffff1fffffff7fffffff3fffffff7fffffff3fffffff7fffffff7fffffff3fffffff7fffffff3fffffff7fffffff00'),	-- all days
	('\x30080040000000002600'),		-- carried over without years
	('\x280107ea07ea002600'),		-- carried over from no day
	('\x380107ea07ea080020000000002600'),	-- carried over from 30 December
	('\x380107ea07ea080040000000002000'),	-- carried over to 0 January
	('\x380107ea07ea080040000000005e00'),	-- carried over to 30 February
	('\x380107ea07ea08004000000001a100'),	-- carried over to month 13
	('\x380107ea07ea080040000000019f00'),	-- carried over to 31 December
	('\x380107ea07ea080040000000019e00'),	-- to 30 December
	('\x400000'),					-- no range of days from Easter
	('\x406500'),					-- 101 of them
	('\x4001ffafffaf00'),			-- 81 days before
	('\x400100fb00fb00'),			-- 251 days after
	('\x40010001000000'),			-- backwards
	('\x4002000000000001000100'),	-- easter,easter +1 day
	('\x0061'),						-- 97 times
	('\x00015a05a1'),				-- from 24:00
	('\x0001000000'),				-- from 00:00 to 00:00
	('\x0001000b41'),				-- to 48:01
	('\x00020000100100f0'),			-- touching times
	('\x000200a01400000a')			-- times in the wrong order
) AS v(rule);
\pset format aligned
\pset tuples_only off

-- Comparison needs no unpacking, and takes any bytes.
SELECT '\x'::bytea::business_hours = '\x00'::bytea::business_hours AS eq, '\x'::bytea::business_hours < '\x00'::bytea::business_hours AS lt,
	sign(business_hours_cmp('\xff'::bytea::business_hours, '\x00ff'::bytea::business_hours)) AS cmp,
	business_hours_hash('\x'::bytea::business_hours) IS NOT NULL AS hash,
	business_hours_hash_extended('\x'::bytea::business_hours, 1) IS NOT NULL AS hash_extended;

-- Damaged values, 20,000 of them: each is refused as corrupted, or it is a
-- value that could have been read from its own text.
DO $$
DECLARE
	value bytea;
	damaged bytea;
	refused integer := 0;
	used integer := 0;
	out_text text;
BEGIN
	PERFORM setseed(0.5);
	FOR value IN
		SELECT hours::bytea
		FROM (SELECT hours FROM hours_seen WHERE octet_length(hours::bytea) < 200 ORDER BY hours LIMIT 400) AS h,
			generate_series(1, 50)
	LOOP
		damaged := value;
		FOR change IN 1 .. 1 + floor(random() * 3)::integer LOOP
			damaged := set_byte(damaged, 6 + floor(random() * (octet_length(damaged) - 6))::integer, floor(random() * 256)::integer);
		END LOOP;
		IF random() < 0.2 THEN
			damaged := substr(damaged, 1, floor(random() * octet_length(damaged))::integer);
		END IF;
		BEGIN
			out_text := damaged::business_hours::text;
			PERFORM business_hours_send(damaged::business_hours);
			IF out_text::business_hours::bytea <> damaged THEN
				RAISE 'not a normal form: %', damaged;
			END IF;
			used := used + 1;
		EXCEPTION WHEN data_corrupted THEN
			refused := refused + 1;
		END;
	END LOOP;
	RAISE NOTICE 'all checked: %, some refused: %, some used: %', used + refused, refused > 1000, used > 1000;
END $$;
DROP FUNCTION told_of_rule, told_of_bytes;
DROP CAST (bytea AS business_hours);
DROP CAST (business_hours AS bytea);

--
-- In the catalog
--

-- Every function of the type is immutable, strict and parallel safe.
SELECT count(*) AS functions,
	count(*) FILTER (WHERE provolatile = 'i' AND proisstrict AND proparallel = 's' AND NOT proleakproof) AS as_promised
FROM pg_proc WHERE proname ~ '^business_hours_(in|out|recv|send|eq|ne|lt|le|gt|ge|cmp|hash|hash_extended)$';

-- Everything has a comment.
SELECT pg_describe_object(classid, objid, 0) AS without_comment
FROM pg_depend d
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND pg_describe_object(classid, objid, 0) ~ 'business_hours'
	AND pg_describe_object(classid, objid, 0) !~ 'business_hours\[\]'
	AND NOT EXISTS (SELECT FROM pg_description c WHERE c.classoid = d.classid AND c.objoid = d.objid)
ORDER BY 1;

DROP TABLE hours_seen;
DROP FUNCTION told_of, told;
