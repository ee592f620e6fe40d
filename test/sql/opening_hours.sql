-- What the rules of business_hours mean: which local dates they select, and
-- which rule governs a date. Seen at noon of each date, in UTC.
SET datestyle = 'ISO, YMD';
CREATE FUNCTION open_days(hours business_hours, first date, last date) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(to_char(day, 'YYYY-MM-DD Dy'), ', ' ORDER BY day)
	FROM generate_series(first::timestamp, last::timestamp, '1 day') AS day
	WHERE is_business_time((day + '12:00'::interval) AT TIME ZONE 'UTC', hours, 'UTC')
$$;

-- 24/7 is every date, off is none.
SELECT open_days('24/7', '2024-02-28', '2024-03-01'), open_days('off', '2024-02-28', '2024-03-01') IS NULL AS none;

-- A later rule replaces earlier ones on the dates that it selects, whole: on 24
-- December only the shorter day counts, and on 25 none.
SELECT day, is_business_time(day + time '09:00' AT TIME ZONE 'UTC', hours, 'UTC') AS morning,
	is_business_time(day + time '15:00' AT TIME ZONE 'UTC', hours, 'UTC') AS afternoon
FROM (VALUES ('Mo-Fr 08:00-17:00; Dec 24 10:00-16:00; Dec 25 off'::business_hours)) AS h(hours),
	unnest(ARRAY['2026-12-23', '2026-12-24', '2026-12-25']::date[]) AS day;

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

DROP FUNCTION open_days;
RESET datestyle;
