-- Alarms: what falls due next, and telling it once.

CREATE FUNCTION sla_due(ticket_table regclass, within interval,
						clock text DEFAULT 'business')
RETURNS TABLE (id text, metric sla_metric, due_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 100
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	backlog text;
BEGIN
	IF clock NOT IN ('business', 'wall') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('invalid clock: "%s"', left(clock, 60)),
			HINT = 'The clocks are "business" and "wall".';
	ELSIF extract(year FROM within) <> 0 OR extract(month FROM within) <> 0 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'time must not have months or years',
			HINT = 'Use hours, or days of 24 hours each.';
	END IF;

	EXECUTE format('SELECT %s._sla_relation($1, ''_sla_backlog'')', ext) INTO backlog USING ticket_table;

	-- Business time to a deadline is measured for each clock that runs: they are
	-- what the due indexes hold.
	RETURN QUERY EXECUTE format('SELECT b.id::text, b.metric, b.due_at FROM %s AS b WHERE %s ORDER BY b.due_at',
		backlog, CASE clock WHEN 'wall' THEN 'b.due_at <= now() + $1' ELSE 'b.due_at < now() OR b.due_in <= $1' END)
		USING make_interval(secs => extract(epoch FROM within)::double precision);
END
$function$;
COMMENT ON FUNCTION sla_due(regclass, interval, text) IS
'Running clocks that fall due within a time, and those that are overdue, in the order of their deadlines. clock: business, the time counts in the hours of each clock''s own calendar, in its zone, with its holidays; wall, by the clock on the wall. A day is 24 hours. id is the ticket''s, as text. No rows if an argument is null. Errors: another clock, months or years (invalid_parameter_value); the table is not tracked (undefined_object). Runs with the caller''s rights.';

CREATE PROCEDURE sla_notify(ticket_table regclass, channel text DEFAULT 'sla',
							outside_hours boolean DEFAULT false,
							INOUT sent bigint DEFAULT 0)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $procedure$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	backlog text;
	alarms text;
	same text;
BEGIN
	IF ticket_table IS NULL OR channel IS NULL OR outside_hours IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s must not be null', CASE WHEN ticket_table IS NULL THEN 'table'
				WHEN channel IS NULL THEN 'channel' ELSE 'outside_hours' END);
	END IF;

	EXECUTE format('SELECT %s._sla_relation($1, ''_sla_backlog''), %1$s._sla_relation($1, ''_sla_alarm'')', ext)
		INTO backlog, alarms USING ticket_table;
	EXECUTE format('SELECT %s._sla_equality(a.atttypid) FROM pg_attribute AS a WHERE a.attrelid = $1 AND a.attname = ''ticket''', ext)
		INTO STRICT same USING alarms::regclass;

	-- A row of the alarms is the right to tell.  Who comes second waits for the
	-- first to commit, and then finds the row.
	EXECUTE format($sql$
		WITH found AS MATERIALIZED (
			SELECT b.id, b.metric, b.priority, b.due_at, b.status::text AS level
			FROM %1$s AS b
			WHERE b.status IN ('at_risk', 'overdue')
				AND NOT EXISTS (SELECT FROM %2$s AS a
					WHERE a.ticket %3$s b.id AND a.metric = b.metric AND a.level = b.status::text)
				-- Hours that are not known are no reason to be silent.
				AND ($1 OR b.desk_open IS NOT FALSE)
		), new AS (
			INSERT INTO %2$s AS a (ticket, metric, level, due_at)
			SELECT f.id, f.metric, f.level, f.due_at FROM found AS f
			ORDER BY f.id, f.metric
			ON CONFLICT DO NOTHING
			RETURNING a.ticket, a.metric, a.level
		)
		SELECT count(pg_notify($2, t.message))
		FROM (
			SELECT json_build_object('table', $3, 'id', f.id, 'metric', f.metric, 'priority', f.priority,
				'due_at', f.due_at, 'status', f.level)::text AS message
			FROM found AS f
			JOIN new AS n ON n.ticket %3$s f.id AND n.metric = f.metric AND n.level = f.level
			ORDER BY f.due_at) AS t
		$sql$, backlog, alarms, same)
		INTO sent USING outside_hours, channel, ticket_table;
END
$procedure$;
COMMENT ON PROCEDURE sla_notify(regclass, text, boolean, bigint) IS
'Sends a notification, as NOTIFY does, for each running clock that is at risk or overdue, once for each ticket, metric and level (at_risk, overdue); for a scheduler to call. Its text is JSON: table, id, metric, priority, due_at, status. Nothing is sent for a ticket while its desk is closed, unless outside_hours; the next call in its hours sends it. What was sent is a row in <prefix>_sla_alarm, so that several schedulers send it once; a row that is deleted is sent again. sent: how many were sent. Runs with the caller''s rights, who must be able to read the table and its views, and to read and insert into <prefix>_sla_alarm. Errors: a null argument (null_value_not_allowed); the table is not tracked (undefined_object); a channel name that NOTIFY refuses (invalid_parameter_value).';
