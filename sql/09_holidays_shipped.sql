-- The shipped holiday lists: public holidays that hold in a whole country, by
-- ISO 3166 code, from 2015 on (SA and AE: from 2021 on).  A rule says in which
-- years it holds; single days are rows with a date.  The laws and notices that
-- the rows come from, and what is left out, are in doc/holidays-shipped.md.
--
-- A holiday on a Sunday has a row if the law names the day. It has none if it
-- is a holiday only because it is a Sunday.

INSERT INTO business_holiday_list (holidays, title, known_from, known_until, builtin) VALUES
	('AE', 'United Arab Emirates (from 2021)', '2021-01-01', '2026-05-31', true),
	('AU', 'Australia (nationwide)', '2015-01-01', NULL, true),
	('BR', 'Brazil', '2015-01-01', NULL, true),
	('CA', 'Canada (federal)', '2015-01-01', NULL, true),
	('DE', 'Germany (nationwide)', '2015-01-01', NULL, true),
	('ES', 'Spain (nationwide)', '2015-01-01', NULL, true),
	('FR', 'France', '2015-01-01', NULL, true),
	('GB', 'United Kingdom (England and Wales)', '2015-01-01', NULL, true),
	('IE', 'Ireland', '2015-01-01', NULL, true),
	('IL', 'Israel', '2015-01-01', NULL, true),
	('IN', 'India (national holidays)', '2015-01-01', NULL, true),
	('IT', 'Italy', '2015-01-01', NULL, true),
	('JP', 'Japan', '2015-01-01', '2035-12-31', true),
	('NL', 'Netherlands', '2015-01-01', NULL, true),
	('PL', 'Poland', '2015-01-01', NULL, true),
	('PT', 'Portugal', '2015-01-01', NULL, true),
	('SA', 'Saudi Arabia (private sector, from 2021)', '2021-01-01', '2026-12-31', true),
	('US', 'United States (federal)', '2015-01-01', NULL, true);

INSERT INTO business_holiday_rule (holidays, rule, name, builtin)
SELECT r.holidays, r.rule, r.name, true
FROM (VALUES

	-- Poland: the act on days free from work of 18 January 1951, as amended;
	-- 24 December by the amendment of 6 December 2024
	('PL', '01-01', 'New Year''s Day'),
	('PL', '01-06 since 2011', 'Epiphany'),
	('PL', 'easter', 'Easter Sunday'),
	('PL', 'easter 1', 'Easter Monday'),
	('PL', '05-01', 'Labour Day'),
	('PL', '05-03', 'Constitution Day'),
	('PL', 'easter 49', 'Pentecost'),
	('PL', 'easter 60', 'Corpus Christi'),
	('PL', '08-15', 'Assumption Day'),
	('PL', '11-01', 'All Saints'' Day'),
	('PL', '11-11', 'Independence Day'),
	('PL', '12-24 since 2025', 'Christmas Eve'),
	('PL', '12-25', 'Christmas Day'),
	('PL', '12-26', 'Second Day of Christmas'),

	-- Germany: what the holiday acts of all sixteen states have in common, and
	-- the Unification Treaty, article 2
	('DE', '01-01', 'New Year''s Day'),
	('DE', 'easter -2', 'Good Friday'),
	('DE', 'easter 1', 'Easter Monday'),
	('DE', '05-01', 'Labour Day'),
	('DE', 'easter 39', 'Ascension Day'),
	('DE', 'easter 50', 'Whit Monday'),
	('DE', '10-03 since 1990', 'German Unity Day'),
	('DE', '12-25', 'Christmas Day'),
	('DE', '12-26', 'Second Day of Christmas'),

	-- France: Code du travail, article L3133-1
	('FR', '01-01', 'New Year''s Day'),
	('FR', 'easter 1', 'Easter Monday'),
	('FR', '05-01', 'Labour Day'),
	('FR', '05-08', 'Victory Day 1945'),
	('FR', 'easter 39', 'Ascension Day'),
	('FR', 'easter 50', 'Whit Monday'),
	('FR', '07-14', 'National Day'),
	('FR', '08-15', 'Assumption Day'),
	('FR', '11-01', 'All Saints'' Day'),
	('FR', '11-11', 'Armistice Day 1918'),
	('FR', '12-25', 'Christmas Day'),

	-- Spain: Real Decreto 2001/1983, article 45.1, what no community may
	-- replace; and Epiphany, which none of them ever has
	('ES', '01-01', 'New Year''s Day'),
	('ES', '01-06', 'Epiphany'),
	('ES', 'easter -2', 'Good Friday'),
	('ES', '05-01', 'Labour Day'),
	('ES', '08-15', 'Assumption Day'),
	('ES', '10-12', 'National Day'),
	('ES', '11-01', 'All Saints'' Day'),
	('ES', '12-06', 'Constitution Day'),
	('ES', '12-08', 'Immaculate Conception'),
	('ES', '12-25', 'Christmas Day'),

	-- Italy: law 260 of 1949, as amended; 4 October by law 151 of 2025
	('IT', '01-01', 'New Year''s Day'),
	('IT', '01-06', 'Epiphany'),
	('IT', 'easter 1', 'Easter Monday'),
	('IT', '04-25', 'Liberation Day'),
	('IT', '05-01', 'Labour Day'),
	('IT', '06-02 since 2001', 'Republic Day'),
	('IT', '08-15', 'Assumption Day'),
	('IT', '10-04 since 2026', 'Saint Francis of Assisi'),
	('IT', '11-01', 'All Saints'' Day'),
	('IT', '12-08', 'Immaculate Conception'),
	('IT', '12-25', 'Christmas Day'),
	('IT', '12-26', 'Saint Stephen''s Day'),

	-- Portugal: Codigo do Trabalho, article 234; four holidays were suspended
	-- from 2013 (law 23/2012) and are back since 2016 (law 8/2016)
	('PT', '01-01', 'New Year''s Day'),
	('PT', 'easter -2', 'Good Friday'),
	('PT', 'easter', 'Easter Sunday'),
	('PT', '04-25', 'Freedom Day'),
	('PT', '05-01', 'Labour Day'),
	('PT', 'easter 60 prior to 2013', 'Corpus Christi'),
	('PT', 'easter 60 since 2016', 'Corpus Christi'),
	('PT', '06-10', 'Portugal Day'),
	('PT', '08-15', 'Assumption Day'),
	('PT', '10-05 prior to 2013', 'Republic Day'),
	('PT', '10-05 since 2016', 'Republic Day'),
	('PT', '11-01 prior to 2013', 'All Saints'' Day'),
	('PT', '11-01 since 2016', 'All Saints'' Day'),
	('PT', '12-01 prior to 2013', 'Restoration of Independence'),
	('PT', '12-01 since 2016', 'Restoration of Independence'),
	('PT', '12-08', 'Immaculate Conception'),
	('PT', '12-25', 'Christmas Day'),

	-- Netherlands: Algemene termijnenwet, article 3; 5 May only in the years in
	-- which it is generally a day off
	('NL', '01-01', 'New Year''s Day'),
	('NL', 'easter 1', 'Easter Monday'),
	('NL', '04-30 if sunday then previous saturday since 1980 and prior to 2014', 'Queen''s Day'),
	('NL', '04-27 if sunday then previous saturday since 2014', 'King''s Day'),
	('NL', '05-05 every 5 years since 1990', 'Liberation Day'),
	('NL', 'easter 39', 'Ascension Day'),
	('NL', 'easter 50', 'Whit Monday'),
	('NL', '12-25', 'Christmas Day'),
	('NL', '12-26', 'Second Day of Christmas'),

	-- England and Wales: Banking and Financial Dealings Act 1971, schedule 1,
	-- the yearly proclamations under its section 1, and common law
	('GB', '01-01 and if saturday then next monday if sunday then next monday', 'New Year''s Day'),
	('GB', 'easter -2', 'Good Friday'),
	('GB', 'easter 1', 'Easter Monday'),
	('GB', '1st monday in May prior to 2020', 'Early May bank holiday'),
	('GB', '1st monday in May since 2021', 'Early May bank holiday'),
	('GB', 'last monday in May prior to 2022', 'Spring bank holiday'),
	('GB', 'last monday in May since 2023', 'Spring bank holiday'),
	('GB', 'last monday in August', 'Summer bank holiday'),
	('GB', '12-25 and if saturday then next monday if sunday then next tuesday', 'Christmas Day'),
	('GB', '12-26 and if saturday then next monday if sunday then next tuesday', 'Boxing Day'),

	-- Ireland: Organisation of Working Time Act 1997, second schedule, and the
	-- Public Holidays Regulations 2022: the first Monday of February, or the 1st
	-- where that is a Friday
	('IE', '01-01', 'New Year''s Day'),
	('IE', '02-01 if saturday,sunday,tuesday,wednesday,thursday then next monday since 2023', 'Saint Brigid''s Day'),
	('IE', '03-17', 'Saint Patrick''s Day'),
	('IE', 'easter 1', 'Easter Monday'),
	('IE', '1st monday in May', 'May Day'),
	('IE', '1st monday in June', 'June holiday'),
	('IE', '1st monday in August', 'August holiday'),
	('IE', 'last monday in October', 'October holiday'),
	('IE', '12-25', 'Christmas Day'),
	('IE', '12-26', 'Saint Stephen''s Day'),

	-- United States: 5 U.S.C. 6103, with the day observed by those who work
	-- Monday to Friday
	('US', '01-01 and if saturday then previous friday if sunday then next monday', 'New Year''s Day'),
	('US', '3rd monday in January', 'Martin Luther King Jr. Day'),
	('US', '3rd monday in February', 'Washington''s Birthday'),
	('US', 'last monday in May', 'Memorial Day'),
	('US', '06-19 and if saturday then previous friday if sunday then next monday since 2021', 'Juneteenth'),
	('US', '07-04 and if saturday then previous friday if sunday then next monday', 'Independence Day'),
	('US', '1st monday in September', 'Labor Day'),
	('US', '2nd monday in October', 'Columbus Day'),
	('US', '11-11 and if saturday then previous friday if sunday then next monday', 'Veterans Day'),
	('US', '4th thursday in November', 'Thanksgiving Day'),
	('US', '12-25 and if saturday then previous friday if sunday then next monday', 'Christmas Day'),

	-- Canada: Canada Labour Code, section 166; Canada Day by the Holidays Act
	('CA', '01-01', 'New Year''s Day'),
	('CA', 'easter -2', 'Good Friday'),
	('CA', 'monday before 05-25', 'Victoria Day'),
	('CA', '07-01 if sunday then next monday', 'Canada Day'),
	('CA', '1st monday in September', 'Labour Day'),
	('CA', '09-30 since 2021', 'National Day for Truth and Reconciliation'),
	('CA', '2nd monday in October', 'Thanksgiving Day'),
	('CA', '11-11', 'Remembrance Day'),
	('CA', '12-25', 'Christmas Day'),
	('CA', '12-26', 'Boxing Day'),

	-- Brazil: laws 662/1949 and 10.607/2002, 6.802/1980, 9.093/1995 (Good
	-- Friday) and 14.759/2023
	('BR', '01-01', 'New Year''s Day'),
	('BR', 'easter -2', 'Good Friday'),
	('BR', '04-21', 'Tiradentes Day'),
	('BR', '05-01', 'Labour Day'),
	('BR', '09-07', 'Independence Day'),
	('BR', '10-12', 'Our Lady of Aparecida'),
	('BR', '11-02', 'All Souls'' Day'),
	('BR', '11-15', 'Republic Day'),
	('BR', '11-20 since 2024', 'Zumbi and Black Consciousness Day'),
	('BR', '12-25', 'Christmas Day'),

	-- Israel: Law and Administration Ordinance 1948, section 18A; Independence
	-- Day Law 1949, which keeps the day and its eve away from the Sabbath
	('IL', '1 Tishrei P2D', 'Rosh Hashanah'),
	('IL', '10 Tishrei', 'Yom Kippur'),
	('IL', '15 Tishrei', 'Sukkot'),
	('IL', '22 Tishrei', 'Simchat Torah'),
	('IL', '15 Nisan', 'Passover, first day'),
	('IL', '21 Nisan', 'Passover, seventh day'),
	('IL', '5 Iyyar if friday,saturday then previous thursday if monday then next tuesday', 'Independence Day'),
	('IL', '6 Sivan', 'Shavuot'),

	-- India: the three national holidays; all others differ by state and sector
	('IN', '01-26', 'Republic Day'),
	('IN', '08-15', 'Independence Day'),
	('IN', '10-02', 'Gandhi Jayanti'),

	-- Australia: Fair Work Act 2009, section 115(1)(a), without the day for the
	-- sovereign's birthday; substitutes that all states and territories have
	('AU', '01-01 and if saturday then next monday if sunday then next monday', 'New Year''s Day'),
	('AU', '01-26 if saturday,sunday then next monday', 'Australia Day'),
	('AU', 'easter -2', 'Good Friday'),
	('AU', 'easter 1', 'Easter Monday'),
	('AU', '04-25', 'Anzac Day'),
	('AU', '12-25 and if saturday then next monday if sunday then next tuesday', 'Christmas Day'),
	('AU', '12-26 and if saturday then next monday if sunday then next tuesday', 'Boxing Day'),

	-- Japan: Act on National Holidays (act 178 of 1948), articles 2 and 3; the
	-- substitute of 3 to 5 May is the next day that is no holiday, 6 May
	('JP', '01-01 and if sunday then next monday', 'New Year''s Day'),
	('JP', '2nd monday in January', 'Coming of Age Day'),
	('JP', '02-11 and if sunday then next monday', 'National Foundation Day'),
	('JP', '02-23 and if sunday then next monday since 2020', 'Emperor''s Birthday'),
	('JP', '04-29 and if sunday then next monday', 'Showa Day'),
	('JP', '05-03 and if sunday then next wednesday', 'Constitution Memorial Day'),
	('JP', '05-04 and if sunday then next tuesday', 'Greenery Day'),
	('JP', '05-05 and if sunday then next monday', 'Children''s Day'),
	('JP', '3rd monday in July prior to 2020', 'Marine Day'),
	('JP', '3rd monday in July since 2022', 'Marine Day'),
	('JP', '08-11 and if sunday then next monday since 2016 and prior to 2020', 'Mountain Day'),
	('JP', '08-11 and if sunday then next monday since 2022', 'Mountain Day'),
	('JP', '3rd monday in September', 'Respect for the Aged Day'),
	('JP', '2nd monday in October prior to 2020', 'Health and Sports Day'),
	('JP', '2nd monday in October since 2022', 'Sports Day'),
	('JP', '11-03 and if sunday then next monday', 'Culture Day'),
	('JP', '11-23 and if sunday then next monday', 'Labour Thanksgiving Day'),
	('JP', '12-23 and if sunday then next monday prior to 2019', 'Emperor''s Birthday'),

	-- Saudi Arabia: Labour Law, article 112, and article 24 of its implementing
	-- regulations
	('SA', '02-22 since 2022', 'Founding Day'),
	('SA', '09-23 since 2005', 'National Day'),

	-- United Arab Emirates: Cabinet Resolution 27 of 2024 on public holidays;
	-- the National Day of the years before is below
	('AE', '01-01', 'New Year''s Day'),
	('AE', '12-02 since 2026', 'National Day'),
	('AE', '12-03 since 2026', 'National Day'))
	AS r (holidays, rule, name);

-- Single days.
INSERT INTO business_holiday (holidays, day, name, builtin)
SELECT d.holidays, d.day::date, d.name, true
FROM (VALUES
	('PL', '2018-11-12', 'Centenary of Independence'),
	('DE', '2017-10-31', 'Reformation Day, 500 years'),
	('GB', '2020-05-08', 'Early May bank holiday (VE Day)'),
	('GB', '2022-06-02', 'Spring bank holiday'),
	('GB', '2022-06-03', 'Platinum Jubilee'),
	('GB', '2022-09-19', 'State Funeral of Queen Elizabeth II'),
	('GB', '2023-05-08', 'Coronation of King Charles III'),
	('IE', '2022-03-18', 'Day of Remembrance and Recognition'),
	('AU', '2022-09-22', 'National Day of Mourning'),

	-- Japan: the succession of 2019, and the Olympic Games of 2020 held in 2021
	('JP', '2019-04-30', 'Citizens'' holiday'),
	('JP', '2019-05-01', 'Enthronement Day'),
	('JP', '2019-05-02', 'Citizens'' holiday'),
	('JP', '2019-10-22', 'Enthronement Ceremony'),
	('JP', '2020-07-23', 'Marine Day'),
	('JP', '2020-07-24', 'Sports Day'),
	('JP', '2020-08-10', 'Mountain Day'),
	('JP', '2021-07-22', 'Marine Day'),
	('JP', '2021-07-23', 'Sports Day'),
	('JP', '2021-08-08', 'Mountain Day'),
	('JP', '2021-08-09', 'Mountain Day'),

	-- Equinoxes, with the Monday after a Sunday: announced in February of the
	-- year before, here by the National Astronomical Observatory's calculation
	('JP', '2015-03-21', 'Vernal Equinox Day'),
	('JP', '2016-03-20', 'Vernal Equinox Day'),
	('JP', '2016-03-21', 'Vernal Equinox Day'),
	('JP', '2017-03-20', 'Vernal Equinox Day'),
	('JP', '2018-03-21', 'Vernal Equinox Day'),
	('JP', '2019-03-21', 'Vernal Equinox Day'),
	('JP', '2020-03-20', 'Vernal Equinox Day'),
	('JP', '2021-03-20', 'Vernal Equinox Day'),
	('JP', '2022-03-21', 'Vernal Equinox Day'),
	('JP', '2023-03-21', 'Vernal Equinox Day'),
	('JP', '2024-03-20', 'Vernal Equinox Day'),
	('JP', '2025-03-20', 'Vernal Equinox Day'),
	('JP', '2026-03-20', 'Vernal Equinox Day'),
	('JP', '2027-03-21', 'Vernal Equinox Day'),
	('JP', '2027-03-22', 'Vernal Equinox Day'),
	('JP', '2028-03-20', 'Vernal Equinox Day'),
	('JP', '2029-03-20', 'Vernal Equinox Day'),
	('JP', '2030-03-20', 'Vernal Equinox Day'),
	('JP', '2031-03-21', 'Vernal Equinox Day'),
	('JP', '2032-03-20', 'Vernal Equinox Day'),
	('JP', '2033-03-20', 'Vernal Equinox Day'),
	('JP', '2033-03-21', 'Vernal Equinox Day'),
	('JP', '2034-03-20', 'Vernal Equinox Day'),
	('JP', '2035-03-21', 'Vernal Equinox Day'),

	-- And the day between the Monday of Respect for the Aged and a Wednesday's
	-- equinox (article 3, paragraph 3)
	('JP', '2015-09-22', 'Citizens'' holiday'),
	('JP', '2015-09-23', 'Autumnal Equinox Day'),
	('JP', '2016-09-22', 'Autumnal Equinox Day'),
	('JP', '2017-09-23', 'Autumnal Equinox Day'),
	('JP', '2018-09-23', 'Autumnal Equinox Day'),
	('JP', '2018-09-24', 'Autumnal Equinox Day'),
	('JP', '2019-09-23', 'Autumnal Equinox Day'),
	('JP', '2020-09-22', 'Autumnal Equinox Day'),
	('JP', '2021-09-23', 'Autumnal Equinox Day'),
	('JP', '2022-09-23', 'Autumnal Equinox Day'),
	('JP', '2023-09-23', 'Autumnal Equinox Day'),
	('JP', '2024-09-22', 'Autumnal Equinox Day'),
	('JP', '2024-09-23', 'Autumnal Equinox Day'),
	('JP', '2025-09-23', 'Autumnal Equinox Day'),
	('JP', '2026-09-22', 'Citizens'' holiday'),
	('JP', '2026-09-23', 'Autumnal Equinox Day'),
	('JP', '2027-09-23', 'Autumnal Equinox Day'),
	('JP', '2028-09-22', 'Autumnal Equinox Day'),
	('JP', '2029-09-23', 'Autumnal Equinox Day'),
	('JP', '2029-09-24', 'Autumnal Equinox Day'),
	('JP', '2030-09-23', 'Autumnal Equinox Day'),
	('JP', '2031-09-23', 'Autumnal Equinox Day'),
	('JP', '2032-09-21', 'Citizens'' holiday'),
	('JP', '2032-09-22', 'Autumnal Equinox Day'),
	('JP', '2033-09-23', 'Autumnal Equinox Day'),
	('JP', '2034-09-23', 'Autumnal Equinox Day'),
	('JP', '2035-09-23', 'Autumnal Equinox Day'),
	('JP', '2035-09-24', 'Autumnal Equinox Day'),

	('SA', '2022-11-23', 'World Cup victory over Argentina'))
	AS d (holidays, day, name);

-- Proclaimed holidays of several days: the first, and how many.  Saudi Arabia: four days
-- from the day after 29 Ramadan, four from the Day of Arafah (private sector).
-- United Arab Emirates: as announced for all sectors, or for the private one
-- where the public one had more.
INSERT INTO business_holiday (holidays, day, name, builtin)
SELECT d.holidays, d.first::date + n, d.name, true
FROM (VALUES
	('SA', '2021-05-12', 4, 'Eid al-Fitr'),
	('SA', '2022-05-01', 4, 'Eid al-Fitr'),
	('SA', '2023-04-21', 4, 'Eid al-Fitr'),
	('SA', '2024-04-09', 4, 'Eid al-Fitr'),
	('SA', '2025-03-30', 4, 'Eid al-Fitr'),
	('SA', '2026-03-19', 4, 'Eid al-Fitr'),
	('SA', '2021-07-19', 4, 'Eid al-Adha'),
	('SA', '2022-07-08', 4, 'Eid al-Adha'),
	('SA', '2023-06-27', 4, 'Eid al-Adha'),
	('SA', '2024-06-15', 4, 'Eid al-Adha'),
	('SA', '2025-06-05', 4, 'Eid al-Adha'),
	('SA', '2026-05-26', 4, 'Eid al-Adha'),

	('AE', '2021-05-11', 5, 'Eid al-Fitr'),
	('AE', '2022-04-30', 5, 'Eid al-Fitr'),
	('AE', '2022-05-14', 3, 'Mourning for Sheikh Khalifa'),
	('AE', '2023-04-20', 4, 'Eid al-Fitr'),
	('AE', '2024-04-08', 5, 'Eid al-Fitr'),
	('AE', '2025-03-30', 3, 'Eid al-Fitr'),
	('AE', '2026-03-19', 4, 'Eid al-Fitr'),
	('AE', '2021-07-19', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2022-07-08', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2023-06-27', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2024-06-15', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2025-06-05', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2026-05-26', 4, 'Arafah Day and Eid al-Adha'),
	('AE', '2021-08-12', 1, 'Islamic New Year'),
	('AE', '2022-07-30', 1, 'Islamic New Year'),
	('AE', '2023-07-21', 1, 'Islamic New Year'),
	('AE', '2024-07-07', 1, 'Islamic New Year'),
	('AE', '2025-06-27', 1, 'Islamic New Year'),
	('AE', '2021-10-21', 1, 'Prophet''s Birthday'),
	('AE', '2022-10-08', 1, 'Prophet''s Birthday'),
	('AE', '2023-09-29', 1, 'Prophet''s Birthday'),
	('AE', '2024-09-15', 1, 'Prophet''s Birthday'),
	('AE', '2025-09-05', 1, 'Prophet''s Birthday'),
	('AE', '2021-12-01', 3, 'Commemoration Day and National Day'),
	('AE', '2022-12-01', 3, 'Commemoration Day and National Day'),
	('AE', '2023-12-02', 3, 'National Day'),
	('AE', '2024-12-02', 2, 'National Day'),
	('AE', '2025-12-01', 2, 'National Day'))
	AS d (holidays, first, days, name),
	generate_series(0, d.days - 1) AS n;
