-- Lists on lists: a list is its own days with those of the lists that it includes,
-- and a name such as 'office+PL' means several lists together.
\set ON_ERROR_ROLLBACK on
\pset null '(null)'
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';

-- The days of a week that a list or several together leave open, by a calendar that is
-- open from 08:00 to 16:00, and on holidays closed; with hours where those are others.
INSERT INTO business_calendar (calendar, hours, time_zone) VALUES ('day', 'Mo-Su 08:00-16:00; PH off', 'UTC');
CREATE FUNCTION week(holidays text, monday date DEFAULT '2027-05-03') RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT string_agg(to_char(day, 'Dy ') || extract(hour FROM calendar_between(day, day + interval '1 day', 'day', holidays => holidays)), ', ' ORDER BY day)
	FROM generate_series(monday::timestamptz, monday + 6, '1 day') AS day;
END;

-- A list has its own days and those of all lists that it includes, however deep.
INSERT INTO business_holiday_list (holidays, title, includes) VALUES
	('state', 'A state', '{country}'), ('town', 'A town', '{state}'), ('country', 'A country', '{}'), ('none', 'None', '{}');
INSERT INTO business_holiday_rule (holidays, rule, name) VALUES
	('country', '05-03', 'Monday of all'), ('state', '05-04', 'Tuesday of the state'), ('town', '05-05', 'Wednesday of the town');
SELECT holidays, week(holidays) FROM unnest('{country,state,town,none}'::text[]) AS holidays;
SELECT * FROM holiday_dates('town', 2027);
SELECT * FROM holiday_list_members('town');

-- A later fix of a list reaches every list that is built on it.
INSERT INTO business_holiday (holidays, day, name) VALUES ('country', '2027-05-07', 'Mourning');
SELECT holidays, week(holidays) FROM unnest('{country,state,town}'::text[]) AS holidays;
UPDATE business_holiday_rule SET rule = '05-09' WHERE holidays = 'country';
SELECT holidays, week(holidays) FROM unnest('{country,state,town}'::text[]) AS holidays;
UPDATE business_holiday_rule SET rule = '05-03' WHERE holidays = 'country';

-- Several lists together, in an argument and in a calendar: both count, and so does
-- what they include.
INSERT INTO business_holiday_list (holidays, title) VALUES ('office', 'An office');
INSERT INTO business_holiday (holidays, day, name) VALUES ('office', '2027-05-08', 'Stocktaking');
SELECT holidays, week(holidays) FROM unnest('{office,office+town,town+office,office+none,office+office}'::text[]) AS holidays;
SELECT * FROM holiday_dates('office+town', 2027);
SELECT * FROM holiday_list_members('none+office+town');
UPDATE business_calendar SET holidays = 'office+state' WHERE calendar = 'day';
SELECT week(NULL) AS of_the_calendar, week('town') AS replaced, week('office+state') AS the_same;
SELECT sla_deadline('2027-05-03 09:00', 'P1', 'premium', 'UTC', calendar => 'day') AS own,
	sla_deadline('2027-05-03 09:00', 'P1', 'premium', 'UTC', calendar => 'day', holidays => 'town') AS given,
	sla_deadline('2027-05-03 09:00', 'P1', 'premium', 'UTC', calendar => 'day', holidays => 'office+none') AS both;
-- Where a list names lists, it may name several together too.
UPDATE business_holiday_list SET includes = '{office+town,none}' WHERE holidays = 'none';
UPDATE business_holiday_list SET includes = '{office+town}' WHERE holidays = 'none';
SELECT week('none');
SELECT * FROM holiday_list_members('none');
UPDATE business_holiday_list SET includes = '{}' WHERE holidays = 'none';
UPDATE business_calendar SET holidays = NULL WHERE calendar = 'day';

-- Where lists disagree on a day, own days go before included ones, and what is on the
-- left before what is on the right; rows and rules alike.
INSERT INTO business_holiday_list (holidays, title, includes) VALUES
	('half', 'Half days', '{}'), ('whole', 'Holidays', '{}'), ('rule', 'By rule', '{}'), ('own', 'Own before included', '{whole,half}'),
	('left', 'Left before right', '{whole,half}'), ('right', 'The other way round', '{half,whole}');
INSERT INTO business_holiday (holidays, day, name, hours) VALUES
	('half', '2027-05-03', 'half', '08:00-12:00'), ('half', '2027-05-04', 'half', '08:00-12:00'),
	('whole', '2027-05-03', 'whole', NULL), ('own', '2027-05-03', 'own', '08:00-10:00'), ('own', '2027-05-06', 'own', 'off');
INSERT INTO business_holiday_rule (holidays, rule, name) VALUES
	('whole', '05-04', 'whole by rule'), ('whole', '05-05', 'whole by rule'), ('rule', '05-03', 'by rule'), ('rule', '05-05', 'the same by rule');
SELECT holidays, week(holidays)
FROM unnest('{half,whole,own,left,right,rule+half,half+rule,rule+own,own+rule}'::text[]) AS holidays;
SELECT * FROM holiday_dates('own', 2027);
SELECT * FROM holiday_dates('half+own', 2027);
-- On which days, is the same by the functions that count and by the one that lists.
SELECT bool_and(calendar_is_open(at, 'day', holidays => list)
	<> EXISTS (SELECT FROM holiday_dates(list, 2027) AS h WHERE h.day = at::date)) AS agree
FROM unnest('{half,whole,own,left,right,rule+half,half+rule,rule+own,own+rule,office+town+own}'::text[]) AS list,
	generate_series('2027-05-01 14:00'::timestamptz, '2027-05-12 14:00', '1 day') AS at;

-- Rules with hours follow the same order. Days near holidays come after all of these,
-- and go by the holidays of all lists together: those of a list that another one hides
-- are none.
BEGIN;
INSERT INTO business_holiday_list (holidays, title, includes) VALUES ('eve', 'Short before holidays', '{feasts}'), ('feasts', 'Holidays', '{}');
INSERT INTO business_holiday_rule (holidays, rule, name, hours) VALUES
	('feasts', '05-05', 'Wednesday', NULL), ('feasts', '05-06', 'Thursday', '08:00-14:00'), ('feasts', '05-09', 'Sunday', NULL),
	('feasts', '-1 day', 'the day before', '08:00-15:00'), ('eve', '-1 day', 'half a day', '08:00-12:00'), ('eve', '05-09', 'Open', '08:00-09:00');
SELECT holidays, week(holidays) FROM unnest('{feasts,eve,feasts+eve}'::text[]) AS holidays;
SELECT * FROM holiday_dates('eve', 2027);
SELECT * FROM holiday_dates('feasts+eve', 2027);
-- So they have no answer for a year beside one for which another list has none.
INSERT INTO business_holiday_list (holidays, title) VALUES ('moon', 'By the moon');
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('moon', '1 Shawwal');
SELECT week('moon', '2029-05-07'), week('eve', '2029-05-07'), week('eve+moon', '2028-05-01') AS together;
SELECT week('eve+moon', '2029-05-07');
SELECT * FROM holiday_dates('eve+moon', 2029);
ROLLBACK;

-- In a language, each name is that of the list that it is from: a region's are those of
-- its country.
SELECT day, name FROM holiday_dates('DE-BY+FR', 2027, 'de') WHERE day BETWEEN '2027-05-05' AND '2027-05-27';
SELECT holiday_label('DE-BY', 'Corpus Christi', 'de') AS region, holiday_label('office', 'Corpus Christi', 'de') AS own;

-- A list that is reached twice counts where it is reached first.
INSERT INTO business_holiday_list (holidays, title, includes) VALUES
	('base', 'Base', '{}'), ('a', 'A', '{base}'), ('b', 'B', '{base}'), ('ab', 'Both', '{a,b}');
SELECT string_agg(list, ' ' ORDER BY position) FROM holiday_list_members('ab');
SELECT string_agg(list, ' ' ORDER BY position) FROM holiday_list_members('b+ab+base');

-- Known from and until: each list tells for its own days, and the narrowest counts.
-- The warning names that list.
INSERT INTO business_holiday_list (holidays, title, known_from, known_until, includes) VALUES
	('narrow', 'Known until 2027', '2020-01-01', '2027-12-31', '{}'), ('wide', 'Known until 2030', '2015-01-01', '2030-12-31', '{narrow,base}');
SELECT calendar_between('2027-12-24', '2027-12-27', 'day', holidays => 'wide');
SELECT calendar_between('2027-12-24', '2028-01-27', 'day', holidays => 'wide');
SELECT calendar_between('2031-01-01', '2031-01-02', 'day', holidays => 'wide');
SELECT calendar_between('2031-01-01', '2031-01-02', 'day', holidays => 'narrow+wide');
SELECT calendar_between('2019-01-01', '2019-01-02', 'day', holidays => 'base+narrow');
SELECT calendar_between('2016-01-01', '2016-01-02', 'day', holidays => 'wide');
SELECT count(*) FROM holiday_dates('base+wide', 2028);
SELECT count(*) FROM holiday_dates('wide', 2027);
-- So does the error where a rule has no answer.
INSERT INTO business_holiday_rule (holidays, rule) VALUES ('base', '1 Shawwal');
SELECT calendar_between('2050-04-08', '2050-04-15', 'day', holidays => 'office+ab');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM business_holiday_rule WHERE holidays = 'base';

-- What is named must exist.
SELECT week('office+nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT week('office+');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_dates('+', 2027);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_list_members('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM holiday_list_members(NULL);
UPDATE business_calendar SET holidays = 'office+nowhere' WHERE calendar = 'day';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_holiday_list SET includes = '{base,nowhere}' WHERE holidays = 'ab';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_holiday_list SET includes = '{base,NULL}' WHERE holidays = 'ab';
\echo :LAST_ERROR_SQLSTATE
-- Until the end of the transaction it may be missing, and is an error where it counts.
BEGIN;
UPDATE business_holiday_list SET includes = '{base,nowhere}' WHERE holidays = 'ab';
SELECT week('ab');
\echo :LAST_ERROR_SQLSTATE
UPDATE business_calendar SET holidays = 'office+nowhere' WHERE calendar = 'day';
SELECT calendar_is_open('2027-05-03', 'day');
\echo :LAST_ERROR_SQLSTATE
SELECT week('office');
INSERT INTO business_holiday_list (holidays, title) VALUES ('nowhere', 'Somewhere');
SELECT week('ab');
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
-- Days and rules belong to one list, and so does what is imported.
INSERT INTO business_holiday (holidays, day) VALUES ('office+town', '2027-05-03');
\echo :LAST_ERROR_SQLSTATE
SELECT import_holidays('office+town', E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270503\nEND:VEVENT\nEND:VCALENDAR');
\echo :LAST_ERROR_SQLSTATE
-- The name of a list has no plus.
INSERT INTO business_holiday_list (holidays, title) VALUES ('C+', 'C plus');
\echo :LAST_ERROR_SQLSTATE
-- A call may name a hundred lists together.
SELECT count(*) FROM holiday_list_members(repeat('base+', 99) || 'base');
SELECT count(*) FROM holiday_list_members(repeat('base+', 100) || 'base');
\echo :LAST_ERROR_SQLSTATE

-- A list that is included, or part of what a calendar names, stays.
DELETE FROM business_holiday_list WHERE holidays = 'b';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_calendar SET holidays = 'half+left+right' WHERE calendar = 'day';
DELETE FROM business_holiday_list WHERE holidays = 'left';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_holiday_list SET holidays = 'links' WHERE holidays = 'left';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_calendar SET holidays = NULL WHERE calendar = 'day';
DELETE FROM business_holiday_list WHERE holidays = 'left';

-- No list includes itself, not even through others.
UPDATE business_holiday_list SET includes = '{ab}' WHERE holidays = 'ab';
\echo :LAST_ERROR_SQLSTATE
UPDATE business_holiday_list SET includes = '{none,office+ab}' WHERE holidays = 'base';
\echo :LAST_ERROR_SQLSTATE
-- In between it may: the answer is the same as without the last step.
BEGIN;
UPDATE business_holiday_list SET includes = '{ab}' WHERE holidays = 'base';
SELECT string_agg(list, ' ' ORDER BY position) FROM holiday_list_members('ab');
SELECT week('ab');
UPDATE business_holiday_list SET includes = '{}' WHERE holidays = 'ab';
SET CONSTRAINTS ALL IMMEDIATE;
ROLLBACK;
-- A chain of two hundred lists is no circle; its end is counted.
BEGIN;
INSERT INTO business_holiday_list (holidays, title, includes)
SELECT 'chain ' || i, 'Chain', CASE WHEN i < 200 THEN ARRAY['chain ' || i + 1] ELSE '{}' END FROM generate_series(1, 200) AS i;
INSERT INTO business_holiday (holidays, day) VALUES ('chain 200', '2027-05-05');
SELECT week('chain 1');
SELECT count(*), max(position) FROM holiday_list_members('chain 1+office');
UPDATE business_holiday_list SET includes = '{chain 190}' WHERE holidays = 'chain 200';
SET CONSTRAINTS business_holiday_list_check IMMEDIATE;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;

-- What a list includes is part of the policy as a snapshot sees it: a cursor keeps
-- to the time when it was opened, and what is rolled back was never there.
BEGIN;
DECLARE before CURSOR FOR SELECT week('town') AS before, week('office+town') AS together FROM generate_series(1, 9);
UPDATE business_holiday_list SET includes = '{}' WHERE holidays = 'town';
DECLARE between CURSOR FOR SELECT week('town') AS between, week('office+town') AS together FROM generate_series(1, 9);
SAVEPOINT a;
UPDATE business_holiday_list SET includes = '{office}' WHERE holidays = 'town';
INSERT INTO business_holiday (holidays, day) VALUES ('office', '2027-05-09');
SELECT week('town'), week('office+town') AS together;
FETCH 1 FROM before;
FETCH 1 FROM between;
ROLLBACK TO a;
SELECT week('town'), week('office+town') AS together;
FETCH 1 FROM before;
FETCH 1 FROM between;
ROLLBACK;
SELECT week('town'), week('office+town') AS together;

-- More lists together than are kept at a time: all answers stay right.
BEGIN;
INSERT INTO business_holiday_list (holidays, title) SELECT 'n' || i, 'N' FROM generate_series(1, 25) AS i;
INSERT INTO business_holiday (holidays, day) SELECT 'n' || i, '2027-01-01'::date + i FROM generate_series(1, 25) AS i;
SELECT count(*), bool_and(calendar_between('2027-01-01', '2027-03-01', 'day', holidays => format('n%s+n%s', i, k))
	= make_interval(hours => 8 * (CASE WHEN i = k THEN 58 ELSE 57 END))) AS right
FROM generate_series(1, 25) AS i, generate_series(1, 25) AS k, generate_series(1, 2);
ROLLBACK;

-- The shipped policy stays as it was.
BEGIN;
DELETE FROM business_calendar WHERE NOT builtin;
DELETE FROM business_holiday WHERE NOT builtin;
DELETE FROM business_holiday_rule WHERE NOT builtin;
DELETE FROM business_holiday_list WHERE NOT builtin;
COMMIT;
DROP FUNCTION week(text, date);
