-- The shipped holiday lists against what the countries announced.  The days of
-- all years are compared with another program's by test/compare/holidays/compare.

SET client_min_messages = error;
SET datestyle = 'ISO, YMD';

-- Each list, up to when it is known, and how many days it has in 2015 to 2035.
SELECT holidays, title, known_from, known_until, builtin,
	(SELECT count(DISTINCT d.day) FROM generate_series(2015, 2035) AS y, holiday_dates(holidays, y) AS d)
FROM business_holiday_list ORDER BY holidays;

-- All their rows are shipped rows with names; every rule gives days there.
SELECT r.* FROM business_holiday_rule AS r
WHERE NOT builtin OR name IS NULL
	OR NOT EXISTS (SELECT FROM generate_series(1975, 2035) AS y, holiday_rule_dates(rule, y));
SELECT * FROM business_holiday WHERE NOT builtin OR name IS NULL OR hours IS NOT NULL;

-- No list has a day for which a row and a rule stand.
SELECT h.holidays, h.day, r.rule
FROM business_holiday AS h JOIN business_holiday_rule AS r USING (holidays)
WHERE h.day IN (SELECT holiday_rule_dates(r.rule, extract(year FROM h.day)::integer));

CREATE FUNCTION pg_temp.days(list text, year integer) RETURNS text LANGUAGE SQL
RETURN (SELECT string_agg(to_char(day, 'MM-DD'), ' ' ORDER BY day)
		FROM (SELECT DISTINCT day FROM public.holiday_dates(list, year)) AS d);

-- Poland: 13 days, 14 since 2025, with Christmas Eve; 12 November in 2018 alone.
SELECT y, pg_temp.days('PL', y) FROM unnest('{2018,2024,2025}'::int[]) AS y;

-- Germany: nine days, and 31 October in 2017.
SELECT y, pg_temp.days('DE', y) FROM unnest('{2016,2017}'::int[]) AS y;

-- France, Italy, Spain; Saint Francis in Italy since 2026.
SELECT l, pg_temp.days(l, 2026) FROM unnest('{ES,FR,IT}'::text[]) AS l;
SELECT pg_temp.days('IT', 2025);

-- Portugal: nine days while four were suspended.
SELECT y, pg_temp.days('PT', y) FROM unnest('{2015,2016}'::int[]) AS y;

-- Netherlands: King's Day on Saturday 26 April 2025 and 2014's first; 5 May
-- every fifth year; Queen's Day before.
SELECT y, pg_temp.days('NL', y) FROM unnest('{2013,2014,2024,2025}'::int[]) AS y;

-- England and Wales, the published bank holidays and the days that they replace.
SELECT y, pg_temp.days('GB', y) FROM generate_series(2020, 2023) AS y;
SELECT y, pg_temp.days('GB', y) FROM unnest('{2026,2027,2028}'::int[]) AS y;

-- Ireland: 18 March 2022 once; Saint Brigid's Day on the first Monday of
-- February, in 2030 on Friday the 1st.
SELECT y, pg_temp.days('IE', y) FROM unnest('{2022,2023,2030}'::int[]) AS y;

-- United States: Juneteenth since 2021; the Friday before the New Year's Day of
-- 2022, a Saturday, lies in 2021.
SELECT y, pg_temp.days('US', y) FROM unnest('{2020,2021,2022,2023}'::int[]) AS y;

-- Canada: 30 September since 2021; 2 July in 2018.
SELECT y, pg_temp.days('CA', y) FROM unnest('{2018,2021}'::int[]) AS y;

-- Brazil: 20 November since 2024.
SELECT y, pg_temp.days('BR', y) FROM unnest('{2023,2024}'::int[]) AS y;

-- Israel: Independence Day moved from Friday (2022), Monday (2024) and Saturday
-- (2025), and on its day (2026).
SELECT y, pg_temp.days('IL', y) FROM unnest('{2022,2024,2025,2026}'::int[]) AS y;

-- India and Australia.
SELECT pg_temp.days('IN', 2026);
SELECT y, pg_temp.days('AU', y) FROM unnest('{2020,2021,2022}'::int[]) AS y;

-- Japan: a citizens' holiday in 2015, 2026 and 2032; the succession of 2019; the
-- games of 2020 and 2021; 3 May on a Sunday in 2020 and 2026.
SELECT y, pg_temp.days('JP', y)
FROM unnest('{2015,2018,2019,2020,2021,2024,2026,2032}'::int[]) AS y;

-- Saudi Arabia and the United Arab Emirates, as proclaimed.
SELECT y, pg_temp.days('SA', y) FROM generate_series(2021, 2026) AS y;
SELECT y, pg_temp.days('AE', y) FROM generate_series(2021, 2026) AS y;

-- Regions: each is one of a country that is shipped, and includes its list or none.
SELECT count(*) FROM business_holiday_list
WHERE holidays LIKE '__-%' AND includes NOT IN ('{}', ARRAY[left(holidays, 2)])
	OR holidays LIKE '__-%' AND left(holidays, 2) NOT IN (SELECT holidays FROM business_holiday_list);
SELECT left(holidays, 2) AS country, count(*), string_agg(substr(holidays, 4), ' ' ORDER BY holidays) AS regions
FROM business_holiday_list WHERE holidays LIKE '__-%' GROUP BY 1 ORDER BY 1;

-- Germany: Bavaria with Epiphany, Corpus Christi and All Saints; Berlin with 8 March
-- since 2019 and 8 May 2020; Saxony with the Wednesday before 23 November.
SELECT l, pg_temp.days(l, 2026) FROM unnest('{DE-BY,DE-SN}'::text[]) AS l;
SELECT y, pg_temp.days('DE-BE', y) FROM unnest('{2018,2019,2020}'::int[]) AS y;

-- Scotland, Northern Ireland and England in 2022, when 1 and 2 January were Saturday
-- and Sunday; and Scotland's 15 June 2026.
SELECT l, pg_temp.days(l, 2022) FROM unnest('{GB-ENG,GB-NIR,GB-SCT}'::text[]) AS l;
SELECT pg_temp.days('GB-SCT', 2026);

-- Spain as in the resolution for 2026, with 26 December in Catalonia and the Mondays
-- after two Sundays in Madrid.  A community has 12 days from Monday to Saturday, but
-- the Canary Islands 11 and one for each island, Ceuta and Melilla 14, two of them of the
-- town, and some one more that is worked for.
SELECT l, pg_temp.days(l, 2026) FROM unnest('{ES-CT,ES-MD}'::text[]) AS l;
SELECT y, string_agg(holidays, ' ' ORDER BY holidays)
FROM business_holiday_list, generate_series(2023, 2026) AS y
WHERE holidays LIKE 'ES-%' AND (SELECT count(*) FROM holiday_dates(holidays, y) WHERE extract(isodow FROM day) < 7) <> 12
GROUP BY y ORDER BY y;

-- Australia in 2026, when Anzac Day is a Saturday; Quebec in 2018, when 24 June and
-- 1 July were Sundays; Massachusetts and New York in 2021, when 4 July was one.
SELECT l, pg_temp.days(l, 2026) FROM unnest('{AU-NSW,AU-QLD,AU-WA}'::text[]) AS l;
SELECT pg_temp.days('CA-QC', 2018);
SELECT l, pg_temp.days(l, 2021) FROM unnest('{US-MA,US-NY}'::text[]) AS l;

-- What states published for their offices, or named by law, and communities for their
-- towns: no list has other days from Monday to Friday, or lacks one.
SELECT holidays, year,
	(SELECT string_agg(to_char(day, 'MM-DD'), ' ' ORDER BY day)
	 FROM (SELECT DISTINCT day FROM holiday_dates(holidays, year)) AS d
	 WHERE extract(isodow FROM day) < 6 AND to_char(day, 'MM-DD') <> ALL (string_to_array(published, ' '))) AS too_many,
	(SELECT string_agg(p, ' ')
	 FROM unnest(string_to_array(published, ' ')) AS p
	 WHERE p NOT IN (SELECT to_char(day, 'MM-DD') FROM holiday_dates(holidays, year))) AS missing
FROM (VALUES
	('ES-CE', 2024, '01-01 03-28 03-29 04-10 05-01 06-13 06-17 08-05 08-15 11-01 12-06 12-25'),
	('ES-CE', 2025, '01-01 01-06 03-31 04-17 04-18 05-01 06-06 06-13 08-05 08-15 12-08 12-25'),
	('ES-IB', 2025, '01-01 01-06 04-17 04-18 05-01 08-15 12-08 12-25 12-26'),
	('ES-ML', 2022, '01-06 04-14 04-15 05-03 07-11 08-15 09-08 10-12 11-01 12-06 12-08 12-26'),
	('ES-ML', 2026, '01-01 01-06 03-20 04-02 04-03 05-01 05-27 09-08 09-17 10-12 12-07 12-08 12-25'),
	('US-CA', 2024, '01-01 01-15 02-19 04-01 05-27 07-04 09-02 11-11 11-28 11-29 12-25'),
	('US-CO', 2024, '01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-07 11-11 11-28 12-25'),
	('US-CT', 2024, '01-01 01-15 02-12 02-19 03-29 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25'),
	('US-DC', 2025, '01-01 01-20 02-17 04-16 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25'),
	('US-GA', 2024, '01-01 01-15 03-29 05-27 06-19 07-04 09-02 10-14 11-11 11-28 11-29 12-24 12-25'),
	('US-GA', 2025, '01-01 01-20 04-18 05-26 06-19 07-04 09-01 10-13 11-11 11-27 11-28 12-25 12-26'),
	('US-IL', 2020, '01-01 01-20 02-12 02-17 05-25 07-03 09-07 10-12 11-03 11-11 11-26 11-27 12-25'),
	('US-MI', 2023, '01-02 01-16 02-20 05-29 06-19 07-04 09-04 11-10 11-23 11-24 12-22 12-25 12-29'),
	('US-MO', 2026, '01-01 01-19 02-12 02-16 05-08 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25'),
	('US-NC', 2024, '01-01 01-15 03-29 05-27 07-04 09-02 11-11 11-28 11-29 12-24 12-25 12-26'),
	('US-ND', 2024, '01-01 01-15 02-19 03-29 05-27 07-04 09-02 11-11 11-28 12-25'),
	('US-NJ', 2026, '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 10-12 11-03 11-11 11-26 12-25'),
	('US-RI', 2026, '01-01 01-19 05-25 06-19 07-06 08-10 09-07 10-12 11-03 11-11 11-26 12-25'),
	('US-SC', 2025, '01-01 01-20 02-17 05-09 05-26 07-04 09-01 11-11 11-27 11-28 12-24 12-25 12-26'),
	('US-WI', 2023, '01-02 01-16 05-29 07-04 09-04 11-23 12-25'))
	AS p (holidays, year, published)
ORDER BY 1, 2;

-- Christmas of seven weekdays in North Carolina, three days of each; Juneteenth in Utah,
-- on the Monday before, but after a weekend; offices of Texas, which stay open for a
-- holiday on a weekend.
SELECT y, to_char(make_date(y, 12, 25), 'Dy') AS christmas,
	(SELECT string_agg(to_char(day, 'Dy DD'), ', ' ORDER BY day)
	 FROM (SELECT DISTINCT day FROM holiday_dates('US-NC', y)) AS d
	 WHERE day BETWEEN make_date(y, 12, 20) AND make_date(y, 12, 30) AND extract(isodow FROM day) < 6) AS nc,
	(SELECT string_agg(to_char(day, 'Dy DD'), ', ' ORDER BY day) FROM holiday_dates('US-UT', y) WHERE name = 'Juneteenth') AS ut,
	(SELECT count(*) FROM holiday_dates('US-TX', y) WHERE extract(isodow FROM day) < 6) AS tx
FROM generate_series(2022, 2029) AS y;

-- Brazil: 6 March in Pernambuco since 2018, 20 November in Rio de Janeiro before it was
-- a national holiday, the Sunday after 11 August in Santa Catarina; Corpus Christi where
-- a law of the state has it; 18 June in Rondonia until its law was void.  In 2020 and 2021
-- states moved their days for the pandemic.
SELECT holidays, year, (SELECT string_agg(to_char(day, 'MM-DD'), ' ' ORDER BY day) FROM holiday_dates(holidays, year)
	WHERE day NOT IN (SELECT day FROM holiday_dates('BR', year))) AS beside_the_country
FROM (VALUES ('BR-BA', 2019), ('BR-BA', 2020), ('BR-BA', 2021), ('BR-DF', 2025), ('BR-DF', 2026),
	('BR-MA', 2020), ('BR-MA', 2021), ('BR-MA', 2022), ('BR-MA', 2024), ('BR-PB', 2020), ('BR-PB', 2021), ('BR-PB', 2022),
	('BR-PE', 2017), ('BR-PE', 2018), ('BR-PI', 2020), ('BR-PI', 2021), ('BR-PI', 2022),
	('BR-RJ', 2021), ('BR-RJ', 2022), ('BR-RJ', 2023), ('BR-RJ', 2024), ('BR-RJ', 2026), ('BR-RO', 2019), ('BR-RO', 2020),
	('BR-SC', 2026), ('BR-SE', 2020), ('BR-SE', 2021), ('BR-SP', 2020), ('BR-SP', 2021), ('BR-SP', 2023)) AS v (holidays, year);

-- A state that includes the country may call a day by its own name.
SELECT holidays, name FROM unnest('{US,US-DC,US-OH,US-SD}'::text[]) AS holidays, holiday_dates(holidays, 2026) WHERE day = '2026-10-12';
