-- Public holidays from an iCalendar feed (RFC 5545), given as text.
--
-- Written in plpgsql, so that hostile text can do no harm.  The text is read
-- once, line by line, in the same way whatever the session's settings are.
-- What moves no day is passed over; what would move one and is not understood
-- is an error.

CREATE FUNCTION holiday_feed(ics text)
RETURNS TABLE (line integer, day date, rule text, name text)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $function$
DECLARE
	max_feed CONSTANT integer := 20000000;	-- characters
	max_line CONSTANT integer := 100000;	-- characters
	max_name CONSTANT integer := 1000;		-- characters
	max_events CONSTANT integer := 100000;
	max_days CONSTANT integer := 100000;
	max_rule_days CONSTANT integer := 31;	-- as holiday rules have it
	max_depth CONSTANT integer := 10;

	-- Stand for a break in a folded line and for an escaped backslash.  No feed
	-- has them, because control characters are refused.
	fold CONSTANT text COLLATE "C" := E'\x01';
	backslash CONSTANT text COLLATE "C" := E'\x02';

	-- Properties of events that move no day (RFC 5545, 7986, 9073, 9253).
	passed_over CONSTANT text[] COLLATE "C" := '{ATTACH,ATTENDEE,CALENDAR-ADDRESS,CATEGORIES,CLASS,COLOR,COMMENT,CONCEPT,CONFERENCE,CONTACT,CREATED,DESCRIPTION,DTSTAMP,GEO,IMAGE,LAST-MODIFIED,LINK,LOCATION,LOCATION-TYPE,NAME,ORGANIZER,PARTICIPANT-TYPE,PRIORITY,REFID,RELATED-TO,REQUEST-STATUS,RESOURCE-TYPE,RESOURCES,SEQUENCE,STRUCTURED-DATA,STYLED-DESCRIPTION,TRANSP,UID,URL}';

	feed text COLLATE "C" := ics;
	next_line integer := 1;
	calendars integer := 0;
	events integer := 0;
	days integer := 0;

	-- The components in which the line stands, and the lines that began them.
	depth integer := 0;
	component text[] COLLATE "C";
	began integer[];

	-- The line, and its parts.
	content text COLLATE "C";
	head text COLLATE "C";		-- name and parameters, with the colon
	property text COLLATE "C";
	value text COLLATE "C";

	-- The event.
	seen text[] COLLATE "C";
	start_day date;
	start_line integer;
	end_day date;
	end_line integer;
	length_days integer;
	yearly boolean;
	rrule_line integer;
	times integer;
	until_day date;
	by_month integer;
	by_day integer;
	cancelled boolean;
	summary text COLLATE "C";

	part text COLLATE "C";
	key text COLLATE "C";
	keys text[] COLLATE "C";
	item text COLLATE "C";
	date_text text COLLATE "C";
	date_value date;
	start_year integer;
	last_year integer;

	-- What is wrong in the line.
	wrong text;
	problem text := 'invalid';
BEGIN
	IF length(feed) > max_feed THEN
		RAISE EXCEPTION USING
			ERRCODE = 'program_limit_exceeded',
			MESSAGE = 'holiday feed is too large',
			DETAIL = format('It has %s characters; at most %s are read.', length(feed), max_feed),
			HINT = 'Import a feed of public holidays alone, or fewer years of it.';
	END IF;

	-- A byte order mark: a character in UTF-8, three bytes where none is told.
	feed := substr(feed, CASE getdatabaseencoding()
		WHEN 'UTF8' THEN 1 + (ascii(feed) = 65279)::integer
		WHEN 'SQL_ASCII' THEN 1 + 3 * (convert_to(left(feed, 3), 'SQL_ASCII') = '\xefbbbf')::integer
		ELSE 1 END);
	feed := replace(replace(feed, E'\r\n', E'\n'), E'\r', E'\n');

	IF feed ~ '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]' THEN
		line := cardinality(string_to_array(
			substring(feed from '^[^\x01-\x08\x0b\x0c\x0e-\x1f\x7f]*.'), E'\n'));
		wrong := 'The line has a control character.';
		feed := '';
	END IF;

	<<reading>>
	FOR content IN
		SELECT s.content
		FROM string_to_table(replace(replace(feed, E'\n ', fold), E'\n\t', fold), E'\n') AS s (content)
		WHERE wrong IS NULL
	LOOP
		line := next_line;
		next_line := line + 1 + length(content) - length(replace(content, fold, ''));
		content := replace(content, fold, '');
		CONTINUE WHEN content = '';

		IF length(content) > max_line THEN
			problem := 'too large';
			wrong := format('The line has %s characters; at most %s are read.', length(content), max_line);
			EXIT;
		END IF;

		property := upper(substring(content from '^([A-Za-z0-9-]+)[;:]'));
		IF depth = 0 AND (property IS DISTINCT FROM 'BEGIN' OR upper(btrim(substr(content, 7))) <> 'VCALENDAR') THEN
			wrong := format('Expected BEGIN:VCALENDAR, found "%s".', left(content, 60));
			EXIT;
		END IF;
		head := substring(content from '^[^":]*(?:"[^"]*"[^":]*)*:');
		IF property IS NULL OR head IS NULL THEN
			wrong := format('Expected a name, a colon and a value, found "%s".', left(content, 60));
			EXIT;
		END IF;

		-- Components.
		IF property = 'BEGIN' THEN
			item := upper(btrim(substr(content, length(head) + 1)));
			IF item IN ('VCALENDAR', 'VEVENT') AND depth <> (item = 'VEVENT')::integer THEN
				wrong := format('%s must not begin in %s, which began at line %s.',
					item, component[depth], began[depth]);
				EXIT;
			END IF;
			IF depth = max_depth THEN
				wrong := format('Components are nested more than %s deep.', max_depth);
				EXIT;
			END IF;
			depth := depth + 1;
			component[depth] := item;
			began[depth] := line;
			IF item = 'VCALENDAR' THEN
				calendars := calendars + 1;
			ELSIF item = 'VEVENT' THEN
				events := events + 1;
				IF events > max_events THEN
					problem := 'too large';
					wrong := format('At most %s events are read.', max_events);
					EXIT;
				END IF;
				seen := '{}';
				start_day := NULL;
				end_day := NULL;
				length_days := NULL;
				yearly := false;
				times := NULL;
				until_day := NULL;
				by_month := NULL;
				by_day := NULL;
				cancelled := false;
				summary := NULL;
			END IF;
			CONTINUE;
		ELSIF property = 'END' THEN
			item := upper(btrim(substr(content, length(head) + 1)));
			IF item <> component[depth] THEN
				wrong := format('Expected END:%s, which began at line %s, found "%s".',
					component[depth], began[depth], left(content, 60));
				EXIT;
			END IF;
			depth := depth - 1;
			CONTINUE WHEN item <> 'VEVENT';
		ELSIF component[depth] = 'VCALENDAR' THEN
			value := upper(btrim(substr(content, length(head) + 1)));
			IF property = 'VERSION' AND value <> '2.0' THEN
				problem := 'unsupported';
				wrong := format('The feed is of iCalendar version "%s"; only version 2.0 is read.', left(value, 60));
				EXIT;
			ELSIF property = 'METHOD' AND value = 'CANCEL' THEN
				problem := 'unsupported';
				wrong := 'The feed takes events back.';
				EXIT;
			END IF;
			CONTINUE;
		ELSIF component[depth] <> 'VEVENT' THEN
			CONTINUE;
		ELSIF property IN ('EXDATE', 'EXRULE', 'RDATE', 'RECURRENCE-ID') THEN
			problem := 'unsupported';
			wrong := format('%s changes the days of an event.', property);
			EXIT;
		ELSIF property = ANY (passed_over) OR property LIKE 'X-%' THEN
			CONTINUE;
		ELSIF property NOT IN ('DTSTART', 'DTEND', 'DURATION', 'RRULE', 'STATUS', 'SUMMARY') THEN
			problem := 'unsupported';
			wrong := format('Nothing is known of the property %s, which might change the days of an event.', left(property, 60));
			EXIT;
		ELSIF property = ANY (seen) THEN
			wrong := format('The event has %s twice.', property);
			EXIT;
		END IF;

		-- Properties of the event.
		IF property <> 'END' THEN
			seen := seen || property;
			value := substr(content, length(head) + 1);
			head := upper(regexp_replace(head, '"[^"]*"', '', 'g'));
			IF head !~ '^[A-Z0-9-]+(;[A-Z0-9-]+=[^";]*)*:$' THEN
				wrong := format('Expected parameters such as VALUE=DATE, found "%s".', left(content, 60));
				EXIT;
			END IF;
			date_text := NULL;
			IF property = 'SUMMARY' THEN
				summary := replace(value, '\\', backslash);
				summary := regexp_replace(regexp_replace(summary, '\\[nN]', ' ', 'g'), '\\(.?)', '\1', 'g');
				summary := nullif(btrim(replace(summary, backslash, '\')), '');
				IF length(summary) > max_name THEN
					problem := 'too large';
					wrong := format('The name has %s characters; at most %s are read.', length(summary), max_name);
					EXIT;
				END IF;
				CONTINUE;
			END IF;

			value := upper(btrim(value, E' \t'));
			IF property = 'STATUS' THEN
				IF value NOT IN ('CONFIRMED', 'TENTATIVE', 'CANCELLED') THEN
					wrong := format('Expected CONFIRMED, TENTATIVE or CANCELLED, found "%s".', left(value, 60));
					EXIT;
				END IF;
				cancelled := value = 'CANCELLED';
				CONTINUE;
			ELSIF property = 'DURATION' THEN
				IF value !~ '^[+]?P[0-9]{1,6}[DW]$' THEN
					problem := CASE WHEN value ~ '^[+-]?P[0-9DW]*T[0-9HMS]+$' THEN 'unsupported' ELSE 'invalid' END;
					wrong := format('Expected a duration in days or weeks, such as P1D, found "%s".', left(value, 60));
					EXIT;
				END IF;
				length_days := substring(value from '[0-9]+')::integer * CASE right(value, 1) WHEN 'W' THEN 7 ELSE 1 END;
				end_line := line;
			ELSIF property = 'RRULE' THEN
				yearly := true;
				rrule_line := line;
				keys := '{}';
				FOREACH part IN ARRAY string_to_array(value, ';') LOOP
					key := split_part(part, '=', 1);
					item := substr(part, length(key) + 2);
					IF key = ANY (keys) THEN
						wrong := format('The recurrence rule has %s twice.', key);
					ELSIF part IN ('FREQ=YEARLY', 'INTERVAL=1') OR part ~ '^WKST=(MO|TU|WE|TH|FR|SA|SU)$' THEN
						NULL;
					ELSIF key = 'COUNT' AND item ~ '^[0-9]{1,9}$' AND item !~ '^0+$' THEN
						times := item;
					ELSIF key = 'UNTIL' THEN
						-- The time of day that stands there at times is not looked at.
						date_text := regexp_replace(item, 'T[0-9]{6}Z?$', '');
					ELSIF key = 'BYMONTH' AND item ~ '^[0-9]{1,2}$' THEN
						by_month := item;
					ELSIF key = 'BYMONTHDAY' AND item ~ '^[0-9]{1,2}$' THEN
						by_day := item;
					ELSIF part ~ '^(FREQ=(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY)|INTERVAL=[0-9]+|(BYMONTH|BYMONTHDAY|BYDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|BYHOUR|BYMINUTE|BYSECOND)=[0-9A-Z,+-]+|(RSCALE|SKIP)=[A-Z-]+)$' THEN
						problem := 'unsupported';
						wrong := format('Of recurrence rules, FREQ=YEARLY with COUNT or UNTIL is read, found "%s".', left(part, 60));
					ELSE
						wrong := format('"%s" is no part of a recurrence rule.', left(part, 60));
					END IF;
					EXIT reading WHEN wrong IS NOT NULL;
					keys := keys || key;
				END LOOP;
				IF NOT 'FREQ' = ANY (keys) THEN
					wrong := 'The recurrence rule has no FREQ.';
				ELSIF 'COUNT' = ANY (keys) AND 'UNTIL' = ANY (keys) THEN
					wrong := 'The recurrence rule has both COUNT and UNTIL.';
				END IF;
				EXIT WHEN wrong IS NOT NULL;
			ELSE
				date_text := value;
				item := substring(head from ';VALUE=([^;:]*)');
				IF date_text ~ '^[0-9]{8}T[0-9]{6}Z?$' AND coalesce(item, 'DATE-TIME') <> 'DATE' THEN
					problem := 'unsupported';
					wrong := format('%s has a time of day.', property);
					EXIT;
				ELSIF item <> 'DATE' THEN
					wrong := format('Expected %s with VALUE=DATE, found "%s".', property, left(content, 60));
					EXIT;
				END IF;
			END IF;

			CONTINUE WHEN date_text IS NULL;
			IF date_text ~ '^(?!0000)[0-9]{4}(0[1-9]|1[0-2])[0-9]{2}$' THEN
				date_value := make_date(left(date_text, 4)::integer, substr(date_text, 5, 2)::integer, 1)
					+ right(date_text, 2)::integer - 1;
			END IF;
			IF to_char(date_value, 'YYYYMMDD') IS DISTINCT FROM date_text THEN
				wrong := format('Expected a date such as 20260501, found "%s".', left(date_text, 60));
				EXIT;
			END IF;
			IF property = 'DTSTART' THEN
				start_day := date_value;
				start_line := line;
			ELSIF property = 'DTEND' THEN
				end_day := date_value;
				end_line := line;
			ELSE
				until_day := date_value;
			END IF;
			CONTINUE;
		END IF;

		-- The event is complete.
		CONTINUE WHEN cancelled;
		line := coalesce(end_line, line);
		IF start_day IS NULL THEN
			line := began[depth + 1];
			wrong := 'The event has no DTSTART.';
			EXIT;
		ELSIF end_day IS NOT NULL AND length_days IS NOT NULL THEN
			wrong := 'The event has both DTEND and DURATION.';
			EXIT;
		ELSIF end_day < start_day THEN
			wrong := 'DTEND comes before DTSTART.';
			EXIT;
		END IF;
		-- DTEND is the day after the last; no days at all mean one.
		length_days := greatest(coalesce(end_day - start_day, length_days), 1);
		name := summary;
		rule := NULL;

		IF yearly THEN
			line := rrule_line;
			start_year := extract(year FROM start_day);
			IF coalesce(by_month, extract(month FROM start_day)) <> extract(month FROM start_day)
				OR coalesce(by_day, extract(day FROM start_day)) <> extract(day FROM start_day)
				OR (by_day IS NOT NULL AND by_month IS NULL)
			THEN
				problem := 'unsupported';
				wrong := format('The recurrence rule means other days than %s.', to_char(start_day, 'MM-DD'));
				EXIT;
			ELSIF until_day < start_day THEN
				wrong := 'The recurrence rule ends before DTSTART.';
				EXIT;
			ELSIF length_days > max_rule_days THEN
				problem := 'unsupported';
				wrong := format('The event has %s days every year; at most %s are read.', length_days, max_rule_days);
				EXIT;
			END IF;

			-- The last year, null for none; 29 February counts in leap years.
			IF until_day IS NOT NULL THEN
				last_year := extract(year FROM until_day)::integer
					- (to_char(until_day, 'MMDD') < to_char(start_day, 'MMDD'))::integer;
			ELSIF times IS NOT NULL AND to_char(start_day, 'MMDD') = '0229' THEN
				last_year := (
					SELECT y FROM generate_series(start_year, 9999, 4) AS y
					WHERE y % 100 <> 0 OR y % 400 = 0
					ORDER BY y OFFSET times - 1 LIMIT 1);
			ELSE
				last_year := start_year + times - 1;
			END IF;

			IF last_year IS DISTINCT FROM start_year THEN
				rule := to_char(start_day, 'MM-DD')
					|| CASE WHEN length_days > 1 THEN format(' P%sD', length_days) ELSE '' END
					|| to_char(start_day, '" since "YYYY')
					|| CASE WHEN last_year < 9999 THEN format(' and prior to %s', to_char(last_year + 1, 'FM0000')) ELSE '' END;
			END IF;
		END IF;

		line := start_line;
		day := NULL;
		IF rule IS NOT NULL THEN
			RETURN NEXT;
			CONTINUE;
		END IF;
		days := days + length_days;
		IF days > max_days THEN
			problem := 'too large';
			wrong := format('At most %s days are read.', max_days);
			EXIT;
		END IF;
		FOR i IN 0 .. length_days - 1 LOOP
			day := start_day + i;
			RETURN NEXT;
		END LOOP;
	END LOOP;

	IF wrong IS NULL AND depth > 0 THEN
		line := next_line - 1;
		wrong := format('The feed ends in %s, which began at line %s.', component[depth], began[depth]);
	ELSIF wrong IS NULL AND calendars = 0 THEN
		line := 1;
		wrong := 'Expected BEGIN:VCALENDAR, found nothing.';
	END IF;
	IF wrong IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = CASE problem
				WHEN 'invalid' THEN 'invalid_text_representation'
				WHEN 'unsupported' THEN 'feature_not_supported'
				ELSE 'program_limit_exceeded' END,
			MESSAGE = format(CASE problem
				WHEN 'too large' THEN 'holiday feed is too large at line %s'
				ELSE problem || ' holiday feed at line %s' END, line),
			DETAIL = wrong,
			HINT = CASE problem
				WHEN 'invalid' THEN 'A feed is iCalendar text, as RFC 5545 has it.'
				WHEN 'unsupported' THEN 'Whole days are read, once or on the same date every year; write other days into business_holiday, or rules into business_holiday_rule.'
				ELSE 'Import a feed of public holidays alone, or fewer years of it.' END;
	END IF;
END
$function$;
COMMENT ON FUNCTION holiday_feed(text) IS
'What import_holidays would read from an iCalendar feed (RFC 5545), given as text: a row for each day, or for each event that comes every year the rule in its stead; with the line of its DTSTART, and its name. Reads all-day events: DTSTART, DTEND (exclusive) or DURATION, SUMMARY, STATUS, and RRULE with FREQ=YEARLY, COUNT, UNTIL. Events that are cancelled are left out. No rows if the feed is null. Errors, with the number of the line: what is no iCalendar text (invalid_text_representation), a property that would change the days and is not read (feature_not_supported), more than 20,000,000 characters, 100,000 events or 100,000 days (program_limit_exceeded).';

CREATE FUNCTION import_holidays(holidays text, ics text)
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	extension_schema text;
	lists text[];
	added integer;
BEGIN
	IF holidays IS NULL OR ics IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s must not be null', CASE WHEN holidays IS NULL THEN 'holiday list' ELSE 'holiday feed' END);
	END IF;

	SELECT n.nspname INTO STRICT extension_schema
	FROM pg_extension AS e
	JOIN pg_namespace AS n ON n.oid = e.extnamespace
	WHERE e.extname = 'ticket_priority';

	EXECUTE format('SELECT array_agg(format(''"%%s"'', holidays) ORDER BY holidays COLLATE "C") FROM %I.business_holiday_list', extension_schema)
		INTO lists;
	IF format('"%s"', holidays) <> ALL (coalesce(lists, '{}')) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_object',
			MESSAGE = format('holiday list "%s" does not exist', left(holidays, 100)),
			HINT = format('The lists are %s. Create another one by INSERT INTO business_holiday_list (holidays, title).',
				array_to_string(lists[1 : 20], ', ') || CASE WHEN cardinality(lists) > 20 THEN format(' and %s more', cardinality(lists) - 20) ELSE '' END);
	END IF;

	-- Several events on one day, or with one rule, are one row with their names.
	EXECUTE format($sql$
		WITH feed AS MATERIALIZED (
			SELECT f.day, f.rule, f.name, min(f.line) AS line
			FROM %1$I.holiday_feed($2) AS f
			GROUP BY f.day, f.rule, f.name
		), wanted AS MATERIALIZED (
			SELECT f.day, f.rule, string_agg(f.name, ' / ' ORDER BY f.line) AS name
			FROM feed AS f
			GROUP BY f.day, f.rule
		), new_day AS (
			INSERT INTO %1$I.business_holiday (holidays, day, name)
			SELECT $1, w.day, w.name
			FROM wanted AS w
			WHERE w.rule IS NULL AND NOT EXISTS (
				SELECT FROM %1$I.business_holiday AS h
				WHERE h.holidays = $1 AND h.day = w.day)
			ORDER BY w.day
			ON CONFLICT DO NOTHING
			RETURNING 1
		), new_rule AS (
			INSERT INTO %1$I.business_holiday_rule (holidays, rule, name)
			SELECT $1, w.rule, w.name
			FROM wanted AS w
			WHERE w.rule IS NOT NULL AND NOT EXISTS (
				SELECT FROM %1$I.business_holiday_rule AS r
				WHERE r.holidays = $1 AND r.rule = w.rule)
			ORDER BY w.rule
			ON CONFLICT DO NOTHING
			RETURNING 1
		)
		SELECT (SELECT count(*) FROM new_day) + (SELECT count(*) FROM new_rule)
		$sql$, extension_schema)
		INTO added USING holidays, ics;
	RETURN added;
END
$function$;
COMMENT ON FUNCTION import_holidays(text, text) IS
'Adds the days of an iCalendar feed (RFC 5545), given as text, to a holiday list: single days to business_holiday, events that come every year to business_holiday_rule. What each line means is told by holiday_feed. Result: the number of rows added. A day or rule that the list already has stays as it is, so that importing a feed twice adds nothing. Several events on one day are one row, with their names joined. Errors, after which nothing is imported: those of holiday_feed, a list that does not exist (undefined_object), a null argument (null_value_not_allowed). Only the extension''s owner may call it.';

REVOKE EXECUTE ON FUNCTION import_holidays(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_holidays(text, text) TO @extowner@;
