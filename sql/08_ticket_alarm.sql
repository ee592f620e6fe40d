/*
 * Alarms: which clocks come near their deadlines, and telling it once.
 *
 * A level is a share of the target or a time around the deadline, on the
 * clock's own time: it is reached when so much of it has passed.  So a pause
 * moves no level, and closed hours reach none.
 */

CREATE FUNCTION _sla_levels(levels text, OUT level text[], OUT share double precision[], OUT shift interval[])
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET intervalstyle = postgres AS $function$
DECLARE
	word text;
	part numeric;
	around interval;
BEGIN
	FOREACH word IN ARRAY regexp_split_to_array(levels, ',') LOOP
		word := btrim(word, E' \t\n');
		part := NULL;
		around := NULL;
		IF word ~ '^(\d+\.?\d*|\.\d+)$' AND length(word) < 20 THEN
			part := trim_scale(word::numeric);
		ELSIF word !~ '^[-+]?[\d.]*$' THEN
			BEGIN
				around := make_interval(secs => extract(epoch FROM word::interval)::double precision
					+ CASE WHEN extract(year FROM word::interval) = 0 AND extract(month FROM word::interval) = 0 THEN 0 END);
			EXCEPTION WHEN data_exception THEN
				around := NULL;
			END;
		END IF;
		IF num_nulls(part, around) <> 1 OR part > 100 THEN
			RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('invalid level: "%s"', left(word, 60)),
				HINT = 'A level is a share of the target, such as 0.75, or a time around the deadline, such as -1 hour, without months; several are separated by commas. 0 is the deadline.';
		END IF;
		IF part = 0 OR around = '0' THEN
			word := '0';
			part := NULL;
			around := '0';
		ELSE
			word := COALESCE(part::text, around::text);
		END IF;
		IF (word = ANY (level)) IS NOT TRUE THEN
			level := level || word;
			share := share || part::double precision;
			shift := shift || around;
		END IF;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_levels(text) IS
'Levels of an alarm from their text: each in its plain form (0.75, -01:00:00), and as a share of the target or a time after the deadline; the other of these is null. Error: no level (invalid_parameter_value).';

CREATE FUNCTION _sla_level_query(clock text, condition text)
RETURNS text LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
BEGIN
	-- Each OFFSET 0 is a step: the clocks that run, those that fulfil the
	-- condition, their time by the hours.
	RETURN format($sql$
		SELECT c.*, CASE WHEN c.due_at > now() THEN p.passed ELSE COALESCE(-p.passed, '0') END - c.before AS level_in
		FROM (
			SELECT c.*, l.level, l.before
			FROM (
				SELECT c.* FROM %1$s AS c
				WHERE c.stopped_at IS NULL AND c.cancelled_at IS NULL AND c.gone_at IS NULL AND c.due_at IS NOT NULL
				OFFSET 0) AS c
			CROSS JOIN LATERAL (
				SELECT l.level, COALESCE(c.target * (1 - l.share), -l.shift) AS before
				FROM unnest($1, $2, $3) AS l (level, share, shift)) AS l
			WHERE %2$s
			OFFSET 0) AS c
		CROSS JOIN LATERAL (
			SELECT %3$s._sla_clock_time(LEAST(c.due_at, now()), GREATEST(c.due_at, now()), c.started_at, c.priority,
				c.plan, c.time_zone, c.metric, c.paused, c.holidays, c.calendar) AS passed
			OFFSET 0) AS p
		$sql$, clock, condition, ext);
END
$function$;
COMMENT ON FUNCTION _sla_level_query(text, text) IS
'Query for the running clocks c and levels l ($1 to $3, as _sla_levels gives them) that fulfil a condition, with the time on the clock that is left until the level; null where the policy cannot tell and the deadline has not passed.';

CREATE FUNCTION sla_due(ticket_table regclass, within interval, levels text DEFAULT '1')
RETURNS TABLE (tenant text, ticket text, metric text, run integer, plan text, priority text,
	level text, level_in interval, due_at timestamptz, status text, carried jsonb)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 100 SET search_path = pg_catalog, pg_temp SET jit = off AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	b record;
	clocks text;
BEGIN
	IF extract(year FROM within) <> 0 OR extract(month FROM within) <> 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'time must not have months or years',
			HINT = 'Use hours, or days of 24 hours each.';
	END IF;
	EXECUTE format('SELECT * FROM %s._sla_beside($1), %1$s._sla_levels($2)', ext) INTO b USING ticket_table, levels;

	-- No clock runs faster than the clock on the wall.
	EXECUTE format('SELECT %s._sla_level_query($1, $2)', ext) INTO clocks USING b.clock,
		'now() - c.started_at >= c.target - l.before - $4';
	RETURN QUERY EXECUTE format($sql$
		SELECT %s, c.ticket::text, c.metric, c.run, c.plan, c.priority::text, c.level, c.level_in, c.due_at,
			CASE WHEN c.problem IS NULL THEN %s.sla_status(c.due_at, NULL, now(), c.at_risk_at)::text ELSE 'unknown' END,
			c.carried
		FROM (%s) AS c
		WHERE c.level_in <= $4
		ORDER BY c.level_in, c.due_at, %s, c.metric, c.run, c.level
		$sql$, b.tenant, ext, clocks, b.key) USING b.level, b.share, b.shift, within;
END
$function$;
COMMENT ON FUNCTION sla_due(regclass, interval, text) IS
'Running clocks that reach a level within a time, or have reached it, in that order. levels: shares of the target (0.75, 1) or times around the deadline (-1 hour, 0), separated by commas. The time counts on each clock: in the hours of its own calendar, in its zone, with its holidays, without pauses; a day is 24 hours. level_in: what is left of it until the level, negative after it. Clocks that are paused with time left are not among them. ticket is the id as text; tenant is null where there are no tenants. No rows if an argument is null. Goes over the clocks that run, by the index of their deadlines. Errors: another level, months or years (invalid_parameter_value), the table is not tracked (undefined_object). Runs with the caller''s rights.';

CREATE PROCEDURE sla_notify(ticket_table regclass, levels text DEFAULT '0.75, 1', channel text DEFAULT 'sla', INOUT sent bigint DEFAULT 0)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $procedure$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	b record;
	moved text;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_beside($1, $3), %1$s._sla_levels($2)', ext) INTO b
		USING ticket_table, levels, ARRAY['levels', levels, 'channel', channel];

	-- Who comes second waits here, and then sees what the first has told.
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', b.alarm);

	-- A clock of which the deadline moved may have fallen below what was told.
	EXECUTE format('SELECT %s._sla_level_query($1, $2)', ext) INTO moved USING b.clock,
		format('EXISTS (SELECT FROM %s AS a WHERE %s AND a.metric = c.metric AND a.run = c.run '
			'AND a.level = l.level AND a.due_at <> c.due_at)', b.alarm, b.same);
	EXECUTE format('DELETE FROM %s AS a USING (%s) AS c WHERE %s AND a.metric = c.metric AND a.run = c.run '
		'AND a.level = c.level AND c.level_in > ''0''', b.alarm, moved, b.same) USING b.level, b.share, b.shift;

	-- Of the levels that a clock has reached the highest is told.
	EXECUTE format($sql$
		WITH reached AS MATERIALIZED (
			SELECT d.*, row_number() OVER (PARTITION BY d.tenant, d.ticket, d.metric, d.run ORDER BY d.level_in DESC, d.level) AS place
			FROM %1$s.sla_due($1, '0', $2) AS d
		), new AS (
			INSERT INTO %2$s AS c (%3$s, metric, run, level, due_at)
			SELECT %4$s, r.metric, r.run, r.level, r.due_at
			FROM reached AS r
			WHERE NOT EXISTS (SELECT FROM %2$s AS c WHERE %5$s AND c.metric = r.metric AND c.run = r.run AND c.level = r.level)
			ON CONFLICT DO NOTHING
			RETURNING %6$s AS tenant, c.ticket::text AS ticket, c.metric, c.run, c.level
		)
		SELECT count(pg_notify($3, CASE WHEN octet_length(t.whole) < 8000 THEN t.whole ELSE t.message::text END))
		FROM (
			SELECT m.message, (m.message || jsonb_build_object('carried', r.carried))::text AS whole
			FROM reached AS r
			JOIN new AS n ON n.ticket = r.ticket AND n.tenant IS NOT DISTINCT FROM r.tenant AND n.metric = r.metric
				AND n.run = r.run AND n.level = r.level
			CROSS JOIN LATERAL (
				SELECT jsonb_strip_nulls(jsonb_build_object('tenant', r.tenant)) || jsonb_build_object('table', $1, 'ticket', r.ticket,
					'metric', r.metric, 'run', r.run, 'plan', r.plan, 'priority', r.priority, 'level', r.level,
					'due_at', r.due_at, 'status', r.status) AS message) AS m
			WHERE r.place = 1
			ORDER BY r.due_at) AS t
		$sql$, ext, b.alarm, b.key, b.key_of_text, replace(replace(b.this, '$1', 'r.ticket'), '$2', 'r.tenant'), b.tenant)
		INTO sent USING ticket_table, levels, channel;
END
$procedure$;
COMMENT ON PROCEDURE sla_notify(regclass, text, text, bigint) IS
'Sends a notification, as NOTIFY does, for each running clock that has reached a level, as sla_due has it; for a scheduler to call. Its text is JSON: table, ticket, metric, run, plan, priority, level, due_at, status, carried, and tenant where there are tenants; carried is left out where the whole would be longer than NOTIFY can send. A level is told once for a run, even by several schedulers; again only after the clock has fallen below it, as when a deadline moved far. Of several levels that are reached at once the highest is told. What was told is in <prefix>_sla_alarm; a row that is deleted is told again. sent: how many were sent. Runs with the caller''s rights, who must be able to read the clocks, and to read, insert into and delete from <prefix>_sla_alarm. Errors: a null argument (null_value_not_allowed), another level (invalid_parameter_value), the table is not tracked (undefined_object), a channel that NOTIFY refuses (invalid_parameter_value).';
