-- Public holidays from an iCalendar feed (RFC 5545), given as text.

CREATE FUNCTION holiday_feed(ics text, on_error text DEFAULT 'stop',
							 from_day date DEFAULT current_date, categories text[] DEFAULT NULL)
RETURNS TABLE (line integer, day date, last_day date, rule text, name text,
			   categories text[], description text, transparency text, class text,
			   problem text)
AS 'MODULE_PATHNAME', 'holiday_feed'
LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 100;
COMMENT ON FUNCTION holiday_feed(text, text, date, text[]) IS
'The events of an iCalendar feed (RFC 5545), given as text, as import_holidays reads them. A row for each time that an event takes place, with its first and last day, or the rule that gives its days (a part of an event that some years leave out is a rule or a day of its own); with the line of its DTSTART, and what is needed to choose: name, categories (without: empty), description (its first 2000 characters), transparency, class. Events that recur without an end, and for which there is no rule, are days until ten years after from_day. Local dates count, whatever the zone; times in UTC are dates in the zone that X-WR-TIMEZONE names. Cancelled events are left out. on_error: ''stop'', an event that cannot be read is an error; ''skip'', it is a row with problem, which tells why, the line of the problem, and no day. categories: only events that have one of them, in capital or small letters, of which alone on_error speaks too; an event that replaces an occurrence of another one has the categories of that one if it has none; null: all. No rows if another argument is null. Notices: lines that were broken and not folded, what follows the end. Errors, with line and event: what is no iCalendar text (invalid_text_representation), what would change the days and is not read (feature_not_supported), more than 20,000,000 bytes, 10,000 events or 10,000 days (program_limit_exceeded); another on_error (invalid_parameter_value); a from_day outside of the years 1 to 9999 (datetime_field_overflow).';

CREATE FUNCTION import_holidays(holidays text, ics text, categories text[] DEFAULT NULL,
								on_error text DEFAULT 'stop', replace boolean DEFAULT true,
								from_day date DEFAULT current_date)
RETURNS TABLE (added integer, changed integer, removed integer, left_out integer, problems text[])
LANGUAGE plpgsql ROWS 1
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off	-- how many rows a feed has is not known when it is planned
SET jit = off
AS $function$
DECLARE
	-- a rule without the years in which it is in force, and these
	limits CONSTANT text := '^\s*(.*?)(?:(?<!\myears?\s*)\s+since\s+([-0-9]+))?(?:\s+(?:and\s+)?prior\s+to\s+([-0-9]+))?\s*$';

	extension_schema text;
	missing text;
	lists text[];
	events jsonb;
	known text[];
BEGIN
	missing := CASE
		WHEN holidays IS NULL THEN 'holiday list'
		WHEN ics IS NULL THEN 'holiday feed'
		WHEN on_error IS NULL THEN 'on_error'
		WHEN replace IS NULL THEN 'replace'
		WHEN from_day IS NULL THEN 'from_day' END;
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s must not be null', missing);
	END IF;

	SELECT n.nspname INTO STRICT extension_schema
	FROM pg_extension AS e
	JOIN pg_namespace AS n ON n.oid = e.extnamespace
	WHERE e.extname = 'ticket_priority';

	-- Of two imports into one list, the second waits for the first.
	EXECUTE format('SELECT FROM %I.business_holiday_list WHERE holidays = $1 FOR NO KEY UPDATE', extension_schema)
		USING holidays;
	EXECUTE format('SELECT array_agg(format(''"%%s"'', holidays) ORDER BY holidays LIKE ''%%-%%'', holidays COLLATE "C") FROM %I.business_holiday_list', extension_schema)
		INTO lists;
	IF format('"%s"', holidays) <> ALL (coalesce(lists, '{}')) THEN
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_object',
			MESSAGE = format('holiday list "%s" does not exist', left(holidays, 100)),
			HINT = format('The lists are %s. Create another one by INSERT INTO business_holiday_list (holidays, title).',
				array_to_string(lists[1 : 20], ', ') || CASE WHEN cardinality(lists) > 20 THEN format(' and %s more', cardinality(lists) - 20) ELSE '' END);
	END IF;

	-- The feed is read before the long query, which would otherwise stand in the context
	-- of its errors.
	EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(f)), ''[]'') FROM (SELECT line, day, last_day, rule, name, problem FROM %I.holiday_feed($1, $2, $3, $4)) AS f', extension_schema)
		INTO events USING ics, on_error, from_day, categories;

	-- A misspelt category must not empty the list.
	IF categories IS NOT NULL AND events = '[]' THEN
		EXECUTE format($sql$
			SELECT array_agg(DISTINCT format('"%%s"', c) ORDER BY format('"%%s"', c))
			FROM %I.holiday_feed($1, 'skip', $2) AS f
			CROSS JOIN LATERAL unnest(f.categories) AS c
			$sql$, extension_schema)
			INTO known USING ics, from_day;
		RAISE EXCEPTION USING
			ERRCODE = 'undefined_object',
			MESSAGE = 'no event of the holiday feed has one of the categories that are asked for',
			HINT = CASE WHEN known IS NULL THEN 'Its events have no categories.'
				ELSE format('Its categories are %s.', array_to_string(known[1 : 20], ', ')
					|| CASE WHEN cardinality(known) > 20 THEN format(' and %s more', cardinality(known) - 20) ELSE '' END) END;
	END IF;

	-- Several events on one day, or with one rule, are one row with their names.
	-- What the list has from from_day on and the feed does not say goes; of its
	-- rules the past stays.  Days with hours of their own and shipped rows stay.
	EXECUTE format($sql$
		WITH feed AS MATERIALIZED (
			SELECT *
			FROM jsonb_to_recordset($2) AS f (line integer, day date, last_day date, rule text, name text, problem text)
		), wanted_day AS MATERIALIZED (
			SELECT d.day, string_agg(d.name, ' / ' ORDER BY d.line) AS name
			FROM (
				SELECT f.day + n AS day, f.name, min(f.line) AS line
				FROM feed AS f
				CROSS JOIN LATERAL generate_series(0, f.last_day - f.day) AS n
				GROUP BY 1, 2) AS d
			GROUP BY d.day
		), wanted_rule AS MATERIALIZED (
			SELECT r.rule, r.name, l.part[1] AS base, %2$s AS since, %3$s AS prior
			FROM (
				SELECT d.rule, string_agg(d.name, ' / ' ORDER BY d.line) AS name
				FROM (
					SELECT f.rule, f.name, min(f.line) AS line
					FROM feed AS f
					WHERE f.rule IS NOT NULL
					GROUP BY 1, 2) AS d
				GROUP BY d.rule) AS r
			CROSS JOIN LATERAL regexp_match(r.rule, $5, 'i') AS l (part)
		), old_rule AS MATERIALIZED (
			SELECT r.rule, l.part[1] AS base, l.part[2] AS since_text, %2$s AS since, %3$s AS prior
			FROM %1$I.business_holiday_rule AS r
			CROSS JOIN LATERAL regexp_match(r.rule, $5, 'i') AS l (part)
			WHERE r.holidays = $1 AND NOT r.builtin AND r.hours IS NULL AND $4
				AND NOT EXISTS (SELECT FROM wanted_rule AS w WHERE w.rule = r.rule)
				AND coalesce(%3$s > $3, true)
		), going_rule AS MATERIALIZED (
			-- Its past, unless there is none or the feed says the same of it.
			SELECT o.rule, o.base, CASE
				WHEN NOT coalesce(o.since >= $3, false) AND NOT EXISTS (
					SELECT FROM wanted_rule AS w
					WHERE w.base = o.base
						AND coalesce(w.since <= o.since, w.since IS NULL)
						AND coalesce(w.prior >= $3, true))
				THEN o.base || coalesce(' since ' || o.since_text || ' and', '')
					|| to_char($3, '" prior to "FMYYYY-MM-DD') END AS past
			FROM old_rule AS o
		), new_day AS (
			INSERT INTO %1$I.business_holiday (holidays, day, name)
			SELECT $1, w.day, w.name
			FROM wanted_day AS w
			WHERE NOT EXISTS (
				SELECT FROM %1$I.business_holiday AS h
				WHERE h.holidays = $1 AND h.day = w.day)
			ORDER BY w.day
			ON CONFLICT DO NOTHING
			RETURNING 1
		), changed_day AS (
			UPDATE %1$I.business_holiday AS h
			SET name = w.name
			FROM wanted_day AS w
			WHERE h.holidays = $1 AND h.day = w.day AND h.day >= $3 AND h.hours IS NULL AND NOT h.builtin
				AND h.name IS DISTINCT FROM w.name AND $4
			RETURNING 1
		), removed_day AS (
			DELETE FROM %1$I.business_holiday AS h
			WHERE h.holidays = $1 AND h.day >= $3 AND h.hours IS NULL AND NOT h.builtin AND $4
				AND NOT EXISTS (SELECT FROM wanted_day AS w WHERE w.day = h.day)
			RETURNING 1
		), new_rule AS (
			INSERT INTO %1$I.business_holiday_rule (holidays, rule, name)
			SELECT $1, w.rule, w.name
			FROM wanted_rule AS w
			WHERE NOT EXISTS (
				SELECT FROM %1$I.business_holiday_rule AS r
				WHERE r.holidays = $1 AND r.rule = w.rule)
			ORDER BY w.rule
			ON CONFLICT DO NOTHING
			RETURNING rule
		), changed_rule AS (
			UPDATE %1$I.business_holiday_rule AS r
			SET name = w.name
			FROM wanted_rule AS w
			WHERE r.holidays = $1 AND r.rule = w.rule AND NOT r.builtin AND r.hours IS NULL
				AND r.name IS DISTINCT FROM w.name AND $4
			RETURNING 1
		), past_rule AS (
			UPDATE %1$I.business_holiday_rule AS r
			SET rule = g.past
			FROM going_rule AS g
			WHERE r.holidays = $1 AND r.rule = g.rule AND g.past IS NOT NULL
				AND NOT EXISTS (
					SELECT FROM %1$I.business_holiday_rule AS other
					WHERE other.holidays = $1 AND other.rule = g.past)
				AND NOT EXISTS (SELECT FROM wanted_rule AS w WHERE w.rule = g.past)
			RETURNING g.rule
		), removed_rule AS (
			DELETE FROM %1$I.business_holiday_rule AS r
			USING going_rule AS g
			WHERE r.holidays = $1 AND r.rule = g.rule
				AND (g.past IS NULL
					OR EXISTS (
						SELECT FROM %1$I.business_holiday_rule AS other
						WHERE other.holidays = $1 AND other.rule = g.past)
					OR EXISTS (SELECT FROM wanted_rule AS w WHERE w.rule = g.past))
			RETURNING 1
		), going AS (
			SELECT g.base, EXISTS (SELECT FROM wanted_rule AS w WHERE w.base = g.base) AS goes_on
			FROM going_rule AS g
		)
		SELECT
			(SELECT count(*) FROM new_day) + (
				SELECT count(*) FROM new_rule AS n
				JOIN wanted_rule AS w ON w.rule = n.rule
				WHERE NOT EXISTS (SELECT FROM going AS g WHERE g.base = w.base)),
			(SELECT count(*) FROM changed_day) + (SELECT count(*) FROM changed_rule) + (SELECT count(*) FROM going WHERE goes_on),
			(SELECT count(*) FROM removed_day) + (SELECT count(*) FROM going WHERE NOT goes_on),
			(SELECT count(*) FROM feed AS f WHERE f.problem IS NOT NULL),
			(SELECT coalesce(array_agg(format('line %%s: %%s%%s', f.line, 'event "' || f.name || '": ', f.problem) ORDER BY f.line), '{}')
				FROM feed AS f WHERE f.problem IS NOT NULL)
		$sql$, extension_schema,
		$sql$make_date(split_part(l.part[2], '-', 1)::integer, coalesce(nullif(split_part(l.part[2], '-', 2), ''), '1')::integer, coalesce(nullif(split_part(l.part[2], '-', 3), ''), '1')::integer)$sql$,
		$sql$make_date(split_part(l.part[3], '-', 1)::integer, coalesce(nullif(split_part(l.part[3], '-', 2), ''), '1')::integer, coalesce(nullif(split_part(l.part[3], '-', 3), ''), '1')::integer)$sql$)
		INTO added, changed, removed, left_out, problems
		USING holidays, events, from_day, replace, limits;
	RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION import_holidays(text, text, text[], text, boolean, date) IS
'Makes a holiday list what an iCalendar feed (RFC 5545), given as text, says: days are rows of business_holiday, events that recur are rows of business_holiday_rule where its notation has them. What each event means is told by holiday_feed. categories: only events that have one of them, in capital or small letters; the others are not looked at, readable or not; null: all. on_error: ''stop'', an event that cannot be read is an error, after which nothing is imported; ''skip'', it is left out. replace: true, days and rules that the feed does not have go, and names follow the feed, from from_day on (days before it stay, and the past of a rule); false, days and rules are only added. Days with hours of their own and shipped rows always stay as they are. Several events on one day are one row, with their names joined. Result: how many days and rules were added, changed (another name, other years) and removed, how many events were left out because they could not be read, and for each of these why, with line and name. Errors, after which nothing is imported: those of holiday_feed, a list that does not exist or categories that no event has (undefined_object), a null argument (null_value_not_allowed). Only the extension''s owner may call it.';

REVOKE EXECUTE ON FUNCTION import_holidays(text, text, text[], text, boolean, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_holidays(text, text, text[], text, boolean, date) TO @extowner@;
