-- What the rules of business_hours mean: which local dates they select, and
-- which rule governs a date. Seen at noon of each date, in UTC.
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;
CREATE FUNCTION open_days(hours business_hours, first date, last date) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(to_char(day, 'YYYY-MM-DD Dy'), ', ' ORDER BY day)
	FROM generate_series(first::timestamp, last::timestamp, '1 day') AS day
	WHERE is_business_time((day + '12:00'::interval) AT TIME ZONE 'UTC', hours, 'UTC')
$$;

-- 24/7 is every date, off is none.
SELECT open_days('24/7', '2024-02-28', '2024-03-01'), open_days('off', '2024-02-28', '2024-03-01') IS NULL AS none;

-- A later rule replaces earlier ones on the dates that it selects, whole: on 24
-- December only the shorter day counts, and on 25 none.
SELECT day, is_business_time((day + time '09:00') AT TIME ZONE 'UTC', hours, 'UTC') AS morning,
	is_business_time((day + time '15:00') AT TIME ZONE 'UTC', hours, 'UTC') AS afternoon
FROM (VALUES ('Mo-Fr 08:00-17:00; Dec 24 10:00-16:00; Dec 25 off'::business_hours)) AS h(hours),
	unnest(ARRAY['2026-12-23', '2026-12-24', '2026-12-25']::date[]) AS day;

-- A rule after a comma adds its hours to those of earlier rules, on the dates that
-- it selects; hours that overlap count once.
CREATE FUNCTION open_times(hours business_hours, first date, last date) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(to_char(lower(p) AT TIME ZONE 'UTC', 'Dy HH24:MI') || to_char(upper(p) AT TIME ZONE 'UTC', '-Dy HH24:MI'), ', ' ORDER BY p)
	FROM unnest(business_periods(tstzrange(first::timestamp AT TIME ZONE 'UTC', (last + 1)::timestamp AT TIME ZONE 'UTC'), hours, 'UTC')) AS p
$$;
SELECT open_times('Mo-Fr 08:00-12:00, We 14:00-16:00, We 11:00-13:00, Sa 09:00-10:00', '2026-12-01', '2026-12-05');
-- A rule that replaces takes what was added with it.
SELECT open_times('Mo-Fr 08:00-12:00, We 14:00-16:00; We 18:00-19:00, We 20:00-21:00', '2026-12-02', '2026-12-02');

-- A rule with times and "off" takes them out of what earlier rules give.
SELECT open_times('Mo-Fr 08:00-17:00; We 12:00-13:00 off', '2026-12-02', '2026-12-03');
SELECT open_times('Mo-Fr 08:00-17:00; 12:00-13:00,16:00-18:00 off, Th 16:30-17:30; Fr 08:00-17:00 off', '2026-12-02', '2026-12-04');
-- A night is part of the date on which it began, also after midnight, and what is
-- left of it can begin after midnight, before or after the hours of the next date.
SELECT open_times('Fr 20:00-04:00; Fr 23:00-01:00 off', '2026-12-04', '2026-12-05') AS cut,
	open_times('Fr 20:00-04:00; Fr 20:00-26:00 off; Sa 00:00-01:00', '2026-12-04', '2026-12-05') AS before,
	open_times('Fr 20:00-08:00; Fr 20:00-26:00 off; Sa 00:00-01:00,03:00-05:00,07:00-09:00', '2026-12-04', '2026-12-05') AS around;

-- Weeks are those of ISO 8601: the first has the year's first Thursday. The last
-- of 2026 is week 53, and ends in 2027; a year in front is that of each date.
SELECT open_days('week 53 08:00-17:00', '2026-01-01', '2031-12-31') AS week_53;
SELECT open_days('2026 week 53,01 08:00-17:00', '2025-12-01', '2027-12-31') AS with_a_year;
SELECT open_days('week 10-14/2 Mo 08:00-17:00', '2026-01-01', '2026-12-31') AS step;
-- Each date of four hundred years is in the week that the server says.
SELECT count(*) AS dates, count(*) FILTER (WHERE is_business_time((day + '12:00'::interval) AT TIME ZONE 'UTC', hours, 'UTC')
	IS DISTINCT FROM (extract(week FROM day) IN (1, 52, 53))) AS wrong
FROM generate_series('1900-01-01'::timestamp, '2299-12-31', '1 day') AS day, CAST('week 1,52-53 08:00-17:00' AS business_hours) AS hours
WHERE extract(month FROM day) IN (1, 12);

-- Dates with years of their own: one open end, several years.
SELECT min(day), count(*) FROM generate_series('2026-01-01'::timestamp, '2028-12-31', '1 day') AS day
WHERE is_business_time((day + '12:00'::interval) AT TIME ZONE 'UTC', '2026 Sep 15+ 08:00-17:00', 'UTC');
SELECT open_days('2026 Dec 30-2027 Jan 02,2027 Dec 24,2028 Feb 28-Mar 1 08:00-17:00', '2025-01-01', '2029-12-31');
SELECT min(day), max(day), count(*) FROM generate_series('2025-01-01'::timestamp, '2029-12-31', '1 day') AS day
WHERE is_business_time((day + '12:00'::interval) AT TIME ZONE 'UTC', '2026 Jun 10-2028 Aug 01 08:00-17:00', 'UTC');

-- With a list of holidays: weekdays and holidays, holidays on weekdays, and the
-- day before, also over the new year. In 2026, 25 December is a Friday, and 26
-- December a Saturday; 1 January 2027 is a Friday.
CREATE FUNCTION calendar_days(hours text, first date, last date) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	INSERT INTO business_calendar (calendar, hours, time_zone, holidays) VALUES ('notation', hours::business_hours, 'UTC', 'PL');
	SELECT string_agg(to_char(lower(p) AT TIME ZONE 'UTC', 'YYYY-MM-DD Dy'), ', ' ORDER BY p) INTO result
	FROM unnest(calendar_periods(tstzrange(first::timestamp AT TIME ZONE 'UTC', (last + 1)::timestamp AT TIME ZONE 'UTC'), 'notation')) AS p;
	DELETE FROM business_calendar WHERE calendar = 'notation';
	RETURN result;
END $$;
SELECT calendar_days('Su,PH 08:00-17:00', '2026-12-20', '2027-01-08') AS either,
	calendar_days('PH Mo-Fr 08:00-17:00', '2026-12-20', '2027-01-08') AS both;
SELECT calendar_days('PH -1 day 08:00-17:00', '2026-12-20', '2027-01-08') AS before,
	calendar_days('PH -2 days,PH +1 day 08:00-17:00', '2026-12-20', '2027-01-08') AS around;
SELECT calendar_days('Mo-Fr 08:00-17:00; PH -1 day Mo-Fr 08:00-12:00; PH off', '2026-12-21', '2026-12-28');
DROP FUNCTION calendar_days;

-- So does a rule for every date: nothing is left of the ones before it.
SELECT open_days('Dec 24 off; Mo-Su 08:00-17:00', '2026-12-24', '2026-12-24') AS later_rule,
	open_days('Mo-Su 08:00-17:00; Dec 24 off', '2026-12-24', '2026-12-24') IS NULL AS replaced;

-- A range of weekdays may wrap around the end of the week.
SELECT open_days('Sa-Mo 08:00-17:00', '2026-11-16', '2026-11-29');

-- The n-th weekday of the month, from either end. A month may have no fifth.
SELECT open_days('Mo[1] 08:00-17:00', '2026-10-01', '2026-12-31') AS first_mondays;
SELECT open_days('Fr[-1] 08:00-17:00', '2026-10-01', '2026-12-31') AS last_fridays;
SELECT open_days('Fr[5] 08:00-17:00', '2026-08-01', '2026-12-31') AS fifth_fridays;
SELECT open_days('Fr[-5] 08:00-17:00', '2026-08-01', '2026-12-31') AS fifth_from_the_end;
SELECT open_days('Mo[2-3],Tu[-2] 08:00-17:00', '2026-02-01', '2026-02-28') AS february;

-- Every selector of a rule has to agree.
SELECT open_days('2026 Dec Mo[1],Fr 08:00-17:00', '2025-12-01', '2027-12-31');

-- 29 February is in leap years only: 2000 is one, 2100 is none.
SELECT open_days('Feb 29 08:00-17:00', '2096-01-01', '2104-12-31') AS around_2100,
	open_days('Feb 29 08:00-17:00', '2000-01-01', '2003-12-31') AS around_2000;
SELECT open_days('Feb 27-Mar 2 08:00-17:00', '2023-01-01', '2024-12-31');

-- Without years a range over the new year is in every year; with years it
-- starts in them, and ends in the year after.
SELECT open_days('Dec 30-Jan 02 08:00-17:00', '2026-01-01', '2027-12-31') AS every_year;
SELECT open_days('2026 Dec 30-Jan 02 08:00-17:00', '2025-12-01', '2028-12-31') AS of_2026;
SELECT open_days('2026-2027 Dec 31-Jan 01 08:00-17:00', '2025-12-01', '2029-12-31') AS of_two_years;
SELECT open_days('2026+ Dec 31-Jan 01 08:00-17:00', '2025-12-01', '2028-12-31') AS from_2026_on;
SELECT open_days('2026 Jan 1,Dec 31-Jan 1 08:00-17:00', '2025-12-01', '2028-12-31') AS of_2026_with_both_ends;

-- Years name themselves only; the last one that can be written stands for ever.
SELECT open_days('2026,2028+ Jan 1 08:00-17:00', '2025-01-01', '2030-12-31') AS years,
	open_days('9999 Jan 1 08:00-17:00', '9998-01-01', '10001-12-31') AS for_ever;

-- Easter is the western one. Good Friday to Easter Monday:
SELECT open_days('2024-2027 easter -2 days-easter +1 day 08:00-17:00', '2023-01-01', '2028-12-31');

-- Its known extremes, and the years in which other rules go wrong: 22 March
-- 1818, 25 April 1943, 19 April 1981, 18 April 1954, 23 March 2008, 24 April
-- 2011, 18 April 2049, 22 March 2285.
SELECT string_agg(open_days('easter 08:00-17:00', make_date(year, 1, 1), make_date(year, 12, 31)), E'\n' ORDER BY year)
FROM unnest(ARRAY[1818, 1943, 1954, 1981, 2008, 2011, 2049, 2285]) AS year;

-- The farthest days from it stay in its year.
SELECT open_days('easter -80 days,easter +250 days 08:00-17:00', '2285-01-01', '2285-12-31') AS earliest_easter,
	open_days('easter -80 days,easter +250 days 08:00-17:00', '2038-01-01', '2038-12-31') AS latest_easter;

-- By value there are no holidays, so that PH selects nothing.
SELECT open_days('PH 08:00-17:00', '2026-12-20', '2027-01-10') IS NULL AS none,
	open_days('24/7; PH off', '2026-12-25', '2026-12-26') AS all;
SELECT open_days('Su,PH 08:00-17:00', '2026-12-20', '2027-01-01') AS sundays, open_days('PH Mo-Fr 08:00-17:00', '2026-12-20', '2027-01-10') IS NULL AS none;

-- A span belongs to the date on which it starts, however far it runs.
SELECT hour, is_business_time('2026-11-20 00:00+00'::timestamptz + make_interval(hours => hour), 'Fr 20:00-48:00', 'UTC') AS open
FROM unnest(ARRAY[19, 20, 24, 47, 48]) AS hour;

-- Normal form changes nothing: hours before and after writing and reading are
-- open on the same days, in each of 30 years.
SELECT hours, count(*) AS days, count(*) FILTER (WHERE
		is_business_time(day AT TIME ZONE 'UTC', hours::business_hours, 'UTC')
		IS DISTINCT FROM is_business_time(day AT TIME ZONE 'UTC', hours::business_hours::text::business_hours, 'UTC')) AS changed
FROM unnest(ARRAY['Su,Mo[1,2],Mo[3] 8:00-17:00;Dec 24,26-Jan 2,easter off', '2026-2028,2030 Dec,Dec 15-Feb 9 Fr-Mo 0:00-24:00']) AS hours,
	generate_series('2010-01-01 12:00'::timestamp, '2039-12-31', '1 day') AS day
GROUP BY hours ORDER BY hours;

DROP FUNCTION open_days, open_times;
RESET datestyle;
