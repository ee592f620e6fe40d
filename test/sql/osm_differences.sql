--
-- Opening hours in OpenStreetMap's notation: what is chosen to differ from the
-- npm package opening_hours.  Everything else is compared with it at random.
--
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET client_min_messages = warning;

CREATE FUNCTION opens(hours business_hours, first date, last date)
RETURNS TABLE (opens timestamptz, closes timestamptz)
BEGIN ATOMIC
	SELECT lower(p), upper(p)
	FROM unnest(business_periods(tstzrange(first, last + 1), hours, 'UTC')) AS p;
END;

-- A shift belongs to the date on which it begins.  The rule for Saturday does
-- not cut Friday's night at midnight ...
SELECT * FROM opens('Mo-Fr 22:00-06:00; Sa 10:00-12:00', '2026-12-04', '2026-12-05');

-- ... nor does a closed day cut the night before it; and the night that would
-- begin on it is closed whole, after midnight too.
SELECT * FROM opens('22:00-06:00; Dec 25 off', '2026-12-24', '2026-12-26');

-- A shift that is replaced on its date leaves nothing on the next one.
SELECT * FROM opens('Mo-Su 22:00-06:00; Fr 10:00-12:00', '2026-12-04', '2026-12-05');

-- A rule without a selector replaces those before it, as Mo-Su does.
SELECT * FROM opens('Mo-Fr 08:00-17:00; 20:00-21:00', '2026-12-04', '2026-12-05');
SELECT * FROM opens('Mo-Fr 08:00-17:00; Mo-Su 20:00-21:00', '2026-12-04', '2026-12-05');

-- Years hold for the whole list of dates: 2 February 2027 is not meant.
SELECT * FROM opens('2026 Mar 01,Feb 02 10:00-12:00', '2026-01-01', '2027-12-31');

-- A range over the new year begins in the year that is named: open from
-- November 2026 to February 2027, not in January 2026.
SELECT min(opens), max(opens), count(*)
FROM opens('2026 Nov-Feb 10:00-12:00', '2025-01-01', '2028-12-31');
SELECT min(opens), max(opens), count(*)
FROM opens('2026 Dec 20-Jan 06 10:00-12:00', '2025-01-01', '2028-12-31');

-- What a rule with times and "off" takes out is part of the shifts of its dates,
-- and not of the night that began before.
SELECT * FROM opens('Mo-Fr 22:00-06:00; Sa 00:00-02:00 off; Fr 23:00-01:00 off', '2026-12-03', '2026-12-05');

-- A comment changes nothing. In the package it makes hours that are not certain.
SELECT * FROM opens('Mo-Fr 10:00-12:00 "by appointment"', '2026-12-04', '2026-12-05');

-- PH means the days of a calendar's list, not those of a place; by value there
-- is no list, and so no such day.
SELECT * FROM opens('PH 10:00-12:00', '2026-12-25', '2026-12-26');

-- The same as in the package, though other readers may differ: equal times are
-- 24 hours, and a month goes on for the days after a comma.
SELECT * FROM opens('Mo-Fr 09:00-09:00', '2026-12-04', '2026-12-05');
SELECT * FROM opens('Dec 24,26 10:00-12:00', '2026-12-01', '2026-12-31');

-- What the package reads and this does not is an error, never something else.
CREATE FUNCTION refusal(hours text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	state text;
	detail text;
	hint text;
BEGIN
	RETURN 'accepted as ' || hours::business_hours;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' ', state, detail, nullif(hint, ''));
END $$;
SELECT hours, refusal(hours) AS what_is_said
FROM unnest(ARRAY['Mo-Fr', '', 'SH off', 'Mo-Fr 08:00-12:00 || "by appointment"', '2026-2030/2 08:00-12:00',
	'Dec 25 +1 day 08:00-12:00',
	'sunrise-sunset', '17:00+', 'Mo-Fr 08:00-12:00 open', 'Mo unknown', 'Su[-1] -1 day 10:00-12:00', '"by appointment"']) AS hours;

DROP FUNCTION opens(business_hours, date, date), refusal(text);
