-- Time zones by the names of Windows, as calendars of Exchange and Outlook have
-- them.
\set VERBOSITY default

-- A name of Windows is one zone for all, and in a territory often another.
SELECT iana_time_zone('Central European Standard Time') AS poland,
	iana_time_zone('Central European Standard Time', 'HR') AS croatia,
	iana_time_zone('W. Europe Standard Time') AS germany,
	iana_time_zone('W. Europe Standard Time', 'SE') AS sweden,
	iana_time_zone('Eastern Standard Time', 'CA') AS canada;

-- A territory that the table has no row for takes the zone that stands for all.
SELECT territory, iana_time_zone('Romance Standard Time', territory) AS zone
FROM unnest('{ES,JP,XX,"",001,12,Spain}'::text[]) AS territory;

-- Neither case nor spaces around matter.
SELECT iana_time_zone('  central european STANDARD time' || E'\t\r\n', ' hr ') AS windows,
	iana_time_zone(' europe/WARSAW ') AS own;

-- A name that PostgreSQL knows is given back, whatever the territory.
SELECT zone, iana_time_zone(zone) AS given_back, iana_time_zone(zone, 'DE') AS anywhere
FROM unnest('{Europe/Warsaw,UTC,Etc/GMT-14,America/Argentina/Ushuaia}'::text[]) AS zone;

-- The answer is the current name; CLDR keeps the one that a zone had first.
SELECT windows, territory, iana_time_zone(windows, territory) AS zone
FROM (VALUES ('India Standard Time', 'IN'), ('FLE Standard Time', 'UA'),
		('US Eastern Standard Time', NULL), ('Nepal Standard Time', NULL),
		('SE Asia Standard Time', 'VN'), ('Myanmar Standard Time', NULL),
		('Argentina Standard Time', NULL), ('GMT Standard Time', 'FO'),
		('SA Pacific Standard Time', 'CA'), ('E. Africa Standard Time', 'ER'),
		('Central Pacific Standard Time', 'FM'), ('West Pacific Standard Time', 'FM'),
		('Hawaiian Standard Time', 'UM'), ('Pacific Standard Time', 'ZZ')) AS w (windows, territory);

-- A fixed offset of Windows; Etc has the sign of POSIX.
SELECT iana_time_zone('UTC-11') AS west, iana_time_zone('UTC+12') AS east;

-- Null.
SELECT iana_time_zone(NULL) IS NULL AS no_zone, iana_time_zone(NULL, 'PL') IS NULL AS no_zone_there,
	iana_time_zone('Tokyo Standard Time', NULL) AS no_territory;

-- What is neither is an error, and so is one that CLDR cannot map.
SELECT iana_time_zone('Mid-Atlantic Standard Time');
SELECT iana_time_zone('Central European Standard');
SELECT iana_time_zone('');
SELECT iana_time_zone('   ');

-- Of the words that are no zone elsewhere in the extension none is one here:
-- abbreviations, POSIX strings, zones that count leap seconds or are those of the
-- machine; nor is an offset, which is no name.
CREATE FUNCTION pg_temp.answer(zone text, territory text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN iana_time_zone(zone, territory);
EXCEPTION WHEN invalid_parameter_value THEN
	RETURN 'error 22023';
END $$;
SELECT replace(left(zone, 40), E'\u200B', 'U+200B') AS zone, pg_temp.answer(zone) AS answer
FROM unnest(ARRAY['IST', 'CEST', 'EST5EDT4', 'Foo1', '<+03>-3', 'right/Europe/Warsaw', 'localtime',
	'posixrules', 'Factory', '+05:30', '-08', '../../etc/passwd', 'mapTimezones', '001', E'Europe\nWarsaw',
	'Zażółć Standard Time', E'\u200B', repeat('x', 1000000), repeat(' ', 1000000)]) AS zone;
SELECT pg_temp.answer('Tokyo Standard Time', repeat('P', 1000000)) AS long_territory,
	pg_temp.answer('Tokyo Standard Time', E'\u200B') AS odd_territory;
