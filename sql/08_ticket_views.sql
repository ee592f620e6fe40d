-- The views of tracked tickets, and the tables and indexes that go with them.
--
-- One view, <prefix>_sla_clock, says what the clocks of a ticket are made of; it
-- is all that depends on the columns that a table has.  The others measure what
-- it gives.  The planner takes all of it apart: a filter reaches the table's
-- indexes, and what is not asked for is not computed.

CREATE FUNCTION _sla_equality(type regtype)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	RETURN (
		WITH RECURSIVE base (oid) AS (
			SELECT type::oid
			UNION ALL
			SELECT t.typbasetype FROM base AS b JOIN pg_type AS t ON t.oid = b.oid WHERE t.typtype = 'd'
		)
		SELECT COALESCE(max(format('OPERATOR(%I.%s)', n.nspname, o.oprname)), 'OPERATOR(pg_catalog.=)')
		FROM base AS b
		JOIN pg_opclass AS c ON c.opcintype = b.oid AND c.opcdefault
		JOIN pg_am AS m ON m.oid = c.opcmethod AND m.amname = 'btree'
		JOIN pg_amop AS p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
			AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype
		JOIN pg_operator AS o ON o.oid = p.amopopr
		JOIN pg_namespace AS n ON n.oid = o.oprnamespace);
END
$function$;
COMMENT ON FUNCTION _sla_equality(regtype) IS
'The operator that is equality to the indexes of a type, such as OPERATOR(pg_catalog.=), for SQL that is put together as text. Null for a null type.';

CREATE FUNCTION _sla_relation(ticket_table regclass, suffix text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	mapping jsonb;
BEGIN
	EXECUTE (SELECT format('SELECT %s.sla_mapping($1)', e.extnamespace::regnamespace)
		FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority')
		INTO mapping USING ticket_table;
	RETURN (
		-- Where the table is, or stood when it was tracked.
		SELECT format('%I.%I', n.nspname, COALESCE(mapping ->> 'prefix', c.relname) || suffix)
		FROM pg_class AS c
		JOIN pg_namespace AS n ON n.oid = c.relnamespace OR n.nspname = mapping ->> 'schema'
		LEFT JOIN pg_class AS r ON r.relnamespace = n.oid AND r.relowner = c.relowner
			AND r.relname = COALESCE(mapping ->> 'prefix', c.relname) || suffix
		WHERE c.oid = ticket_table
		ORDER BY r.oid IS NULL, n.oid <> c.relnamespace
		LIMIT 1);
END
$function$;
COMMENT ON FUNCTION _sla_relation(regclass, text) IS
'Name, with its schema and quoted, of a view or table that goes with a tracked table: _sla_relation(''ticket'', ''_sla'') is public.ticket_sla. Null if an argument is null. Error: the table is not tracked (undefined_object).';

CREATE FUNCTION _sla_track_views(ticket_table regclass, mapping jsonb)
RETURNS text[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	-- Keys of the mapping that name a column of the table.
	column_keys CONSTANT text[] := '{id,plan,urgency,impact,override,priority,opened_at,answered_at,resolved_at,time_zone,holidays,status,paused,due_at,at_risk_at,response_target,response_elapsed,resolution_due_at,resolution_at_risk_at,resolution_target,resolution_elapsed,sla_state}';

	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	prefix text := mapping ->> 'prefix';
	schema_name text;
	table_owner oid;
	made text[] := '{}';

	tab text;					-- the table, as queries here call it
	col jsonb;					-- columns of the table by key
	id_type text;
	id_type_oid oid;
	same text;					-- equality of ids
	item record;
	expression text;

	-- The parts of an arm of the clocks.
	metric text;
	is_response boolean;
	cancels boolean := mapping ->> 'closed_without_answer' = 'cancelled';
	due_key text;
	at_risk_key text;
	target_key text;
	elapsed_key text;
	state text;
	plan text;
	priority text;
	since text;
	answered text;
	ended text;
	paused text;
	cancelled text;
	target text;
	at_risk text;
	reassigned text;
	arm text;
	rest text;
	arms text[] := '{}';
	clocks text;
	grouped text[];				-- what compliance groups by
	tallies text;

	-- What a clock "c" gives, as the views have it.
	ever_cancelled boolean := mapping ? 'cancelled_when';
	measured text;
	elapsed text;
	fresh text;					-- by the policy as it is now
	is_paused text := '';
	status text;
	not_cancelled text := '';
	month text;
	time_zone text := COALESCE(mapping ->> 'report_time_zone', 'UTC');
	history text;
	before_touch text := 'NULL::interval';
	per_status text := 'NULL::jsonb';

	running text[];
	predicate text;
	due_index text;
	is_new boolean;
	suffixes CONSTANT text[] := '{_sla_clock,_sla,_sla_compliance,_sla_misses,_sla_backlog,_sla_overrides}';
BEGIN
	SELECT quote_ident(n.nspname), c.relowner, COALESCE(prefix, c.relname), quote_ident(c.relname)
	INTO STRICT schema_name, table_owner, prefix, tab
	FROM pg_class AS c
	JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE c.oid = ticket_table;

	-- Columns, with those that are read as text made text.
	SELECT jsonb_object_agg(m.key, tab || '.' || quote_ident(a.attname)
		|| CASE WHEN m.key IN ('plan', 'time_zone', 'holidays', 'status') AND a.atttypid <> 'text'::regtype
			THEN '::text' ELSE '' END)
	INTO col
	FROM jsonb_each_text(mapping) AS m
	JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = m.value AND a.attnum > 0
	WHERE m.key = ANY (column_keys);

	-- Levels that are text, or another enum: null for a label that means none.
	FOR item IN
		SELECT k.key, k.type, a.attname,
			COALESCE(mapping -> (CASE k.key WHEN 'override' THEN 'priority' ELSE k.key END || '_map'),
				(SELECT jsonb_object_agg(e.enumlabel, e.enumlabel) FROM pg_enum AS e WHERE e.enumtypid = k.type)) AS labels
		FROM (
			SELECT v.key, (ext || '.' || v.type)::regtype AS type
			FROM (VALUES ('urgency', 'ticket_urgency'), ('impact', 'ticket_impact'),
				('override', 'ticket_priority'), ('priority', 'ticket_priority')) AS v (key, type)) AS k
		JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = mapping ->> k.key AND a.attnum > 0
		WHERE a.atttypid <> k.type
	LOOP
		SELECT format('CASE %s.%I::text%s END', tab, item.attname,
			string_agg(format(' WHEN %L THEN %L::%s', l.key, l.value, item.type), '' ORDER BY l.value, l.key))
		INTO expression
		FROM jsonb_each_text(item.labels) AS l;
		col := col || jsonb_build_object(item.key, expression);
	END LOOP;

	-- The tables beside it hold ids, and the views compare them.
	SELECT format_type(a.atttypid, a.atttypmod)
		|| COALESCE((SELECT format(' COLLATE %I.%I', n.nspname, l.collname)
			FROM pg_collation AS l
			JOIN pg_namespace AS n ON n.oid = l.collnamespace
			WHERE l.oid = a.attcollation), ''),
		a.atttypid
	INTO STRICT id_type, id_type_oid
	FROM pg_attribute AS a
	WHERE a.attrelid = ticket_table AND a.attname = mapping ->> 'id';
	EXECUTE format('SELECT %s._sla_equality($1)', ext) INTO same USING id_type_oid;

	-- The tables of excuses and of alarms that were sent.  A table that is
	-- there stays with what it holds, if it is the owner's own.
	FOR item IN
		SELECT v.name, v.columns FROM (VALUES
			(prefix || '_sla_excuse', format('ticket %s, metric %s.sla_metric NOT NULL, '
				'reason text NOT NULL CHECK (reason ~ ''[^[:space:]]''), '
				'excused_by text NOT NULL DEFAULT CURRENT_USER, '
				'excused_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (ticket, metric)', id_type, ext)),
			(prefix || '_sla_alarm', format('ticket %s, metric %s.sla_metric NOT NULL, '
				'level text NOT NULL CHECK (level IN (''at_risk'', ''overdue'')), '
				'due_at timestamptz, sent_at timestamptz NOT NULL DEFAULT now(), '
				'PRIMARY KEY (ticket, metric, level)', id_type, ext))) AS v (name, columns)
	LOOP
		IF EXISTS (
			SELECT FROM pg_class AS c
			JOIN pg_class AS t ON t.relnamespace = c.relnamespace AND t.oid = ticket_table
			WHERE c.relname = item.name AND c.relkind = 'r' AND c.relowner = table_owner)
		THEN
			CONTINUE;
		END IF;
		EXECUTE format('CREATE TABLE %s.%I (%s)', schema_name, item.name, item.columns);
		made := made || format('TABLE %s.%I', schema_name, item.name);
	END LOOP;

	-- The clocks: an arm for each metric, as short as the columns allow.
	FOREACH metric IN ARRAY CASE WHEN mapping ? 'resolution_due_at'
		THEN '{first_response,resolution}' ELSE '{first_response}' END::text[]
	LOOP
		is_response := metric = 'first_response';
		due_key := CASE WHEN is_response THEN 'due_at' ELSE 'resolution_due_at' END;
		at_risk_key := CASE WHEN is_response THEN 'at_risk_at' ELSE 'resolution_at_risk_at' END;
		target_key := CASE WHEN is_response THEN 'response_target' ELSE 'resolution_target' END;
		elapsed_key := CASE WHEN is_response THEN 'response_elapsed' ELSE 'resolution_elapsed' END;

		-- What tracking remembers goes before what the ticket says now.
		plan := col ->> 'plan';
		priority := col ->> 'priority';
		since := col ->> 'opened_at';
		IF col ? 'sla_state' THEN
			state := format('%s, %L::%s.sla_metric', col ->> 'sla_state', metric, ext);
			plan := format('%s._sla_kept_plan(%s, %s)', ext, state, plan);
			priority := format('%s._sla_kept_priority(%s, %s)', ext, state, priority);
			since := format('%s._sla_kept_since(%s, %s)', ext, state, since);
		END IF;

		-- The stop, and the conditions under which the clock runs.
		cancelled := NULL;
		IF NOT is_response THEN
			answered := col ->> 'resolved_at';
			ended := answered;
		ELSIF cancels AND col ? 'resolved_at' THEN
			ever_cancelled := true;
			cancelled := (col ->> 'resolved_at') || ' IS NOT NULL';
			answered := COALESCE(col ->> 'answered_at', 'NULL::timestamptz');
			ended := col ->> 'resolved_at';
			IF col ? 'answered_at' THEN
				cancelled := format('%s AND (%s IS NULL OR %2$s > %3$s)', cancelled, answered, col ->> 'resolved_at');
				ended := format('LEAST(%s, %s)', answered, ended);
			END IF;
		ELSE
			-- A clock that a closing stopped stays so when the ticket is reopened.
			answered := CASE
				WHEN col ? 'resolved_at' AND col ?| '{answered_at,sla_state}' THEN format('%s._sla_kept_stop(%s, %s, %s)', ext,
					COALESCE(col ->> 'sla_state', 'NULL'), COALESCE(col ->> 'answered_at', 'NULL'), col ->> 'resolved_at')
				ELSE COALESCE(col ->> 'answered_at', col ->> 'resolved_at', 'NULL::timestamptz') END;
			ended := answered;
		END IF;
		IF mapping ? 'cancelled_when' THEN
			cancelled := concat_ws(' OR ', format('%s = ANY (%L::text[])', col ->> 'status',
				ARRAY(SELECT jsonb_array_elements_text(mapping -> 'cancelled_when'))), cancelled);
		END IF;

		paused := NULL;
		IF col ? 'paused' AND COALESCE(mapping -> 'pause_metrics', '["resolution"]') ? metric THEN
			paused := col ->> 'paused';
			is_paused := ', is_paused => c.paused @> now()';
		END IF;
		IF col ? 'sla_state' AND NOT is_response THEN
			expression := format('%s._sla_kept_closed(%s)', ext, col ->> 'sla_state');
			paused := CASE WHEN paused IS NULL THEN expression
				ELSE format('CASE WHEN %s ? ''closed'' THEN COALESCE(%s, ''{}'') + COALESCE(%s, ''{}'') ELSE %2$s END',
					col ->> 'sla_state', paused, expression) END;
		END IF;
		paused := COALESCE(paused, 'NULL::tstzmultirange');

		target := COALESCE(col ->> target_key,
			format('%1$s._sla_tracked_target(%2$s, %3$s, %4$L::%1$s.sla_metric, %5$s)',
				ext, priority, plan, metric, col ->> 'opened_at'));
		at_risk := col ->> at_risk_key;
		IF at_risk IS NULL THEN
			at_risk := format('%1$s._sla_tracked_at_risk(%2$s, %3$s, %4$s, %5$s, %6$s, %7$L::%1$s.sla_metric, %8$s, %9$s)', ext,
				col ->> 'opened_at', since, priority, plan, COALESCE(col ->> 'time_zone', 'NULL'), metric,
				paused, COALESCE(col ->> 'holidays', 'NULL'));
		END IF;

		-- A priority that tracking fills may differ from what the policy gives now.
		reassigned := 'false';
		IF col ?& '{urgency,impact}' AND EXISTS (
			SELECT FROM pg_attribute AS a
			WHERE a.attrelid = ticket_table AND a.attname = mapping ->> 'priority' AND a.attgenerated = '')
		THEN
			-- The rules are few: each is looked up in a hash table, made once.
			reassigned := format($sql$CASE %s
				WHEN (%2$s, %3$s, %4$s) IN (SELECT r.plan, r.urgency, r.impact FROM %5$s.support_priority_rule AS r)
					THEN ((%2$s, %3$s, %4$s, %6$s) IN (SELECT r.plan, r.urgency, r.impact, r.priority
						FROM %5$s.support_priority_rule AS r)) IS NOT TRUE
				ELSE %6$s IS DISTINCT FROM %5$s.assign_priority(%3$s, %4$s) END$sql$,
				CASE WHEN col ? 'override' THEN format('WHEN %s IS NOT NULL THEN %s IS DISTINCT FROM %1$s',
					col ->> 'override', col ->> 'priority') END,
				col ->> 'plan', col ->> 'urgency', col ->> 'impact', ext, col ->> 'priority');
		END IF;

		-- What is measured, and what the clocks have beyond that.
		arm := format('%L::%s.sla_metric AS metric, %s AS plan, %s AS priority, %s AS opened_at, %s AS since, '
			'%s AS answered_at, COALESCE(%s, now()) AS until, %s AS due_at, %s AS at_risk_at, '
			'%s AS time_zone, %s AS holidays, %s AS paused, %s AS cancelled, %s AS failed, %s AS stored_elapsed',
			metric, ext, plan, priority, col ->> 'opened_at', since,
			answered, ended, col ->> due_key, at_risk,
			COALESCE(col ->> 'time_zone', 'NULL::text'), COALESCE(col ->> 'holidays', 'NULL::text'), paused,
			COALESCE(cancelled, 'false'),
			CASE WHEN col ? 'sla_state' THEN format('%s._sla_kept_failed(%s)', ext, col ->> 'sla_state') ELSE 'false' END,
			COALESCE(col ->> elapsed_key, 'NULL::interval'));
		rest := format('%s AS target, %s AS reply_at, %s AS closed_at, %s AS kept_answer, %s AS reassigned',
			target,
			CASE WHEN is_response AND col ? 'answered_at' THEN col ->> 'answered_at' ELSE 'NULL::timestamptz' END,
			COALESCE(col ->> 'resolved_at', 'NULL::timestamptz'),
			CASE WHEN is_response AND NOT cancels AND col ?& '{resolved_at,sla_state}'
				THEN format('%s._sla_kept_stop(%s, NULL, NULL)', ext, col ->> 'sla_state') ELSE 'NULL::timestamptz' END,
			reassigned);
		clocks := concat_ws(' UNION ALL ', clocks,
			format('SELECT %s AS id, %s, %s FROM %s AS %s', col ->> 'id', arm, rest, ticket_table, tab));
		arms := arms || format('SELECT %s%s FROM %s AS %s', arm,
			CASE WHEN col ? 'sla_state' THEN format(', %s AS state, %s AS own_plan, %s AS own_priority',
				col ->> 'sla_state', col ->> 'plan', col ->> 'priority') ELSE '' END, ticket_table, tab);
		grouped := grouped || plan || priority;
	END LOOP;

	-- What a clock gives.
	measured := ext || '._sla_tracked_elapsed(c.opened_at, c.since, c.until, c.priority, c.plan, c.time_zone, c.metric, c.paused, c.holidays)';
	-- The first that holds for nearly every ticket comes first.
	status := format('WHEN c.answered_at <= c.due_at THEN ''met'' WHEN c.answered_at > c.due_at THEN ''missed'' '
		'WHEN c.due_at IS NOT NULL THEN %s.sla_status(c.due_at, NULL, now(), c.at_risk_at%s) '
		'WHEN c.opened_at IS NULL OR c.plan IS NULL OR c.priority IS NULL%s THEN ''unknown'' ELSE ''no_target'' END',
		ext, is_paused, CASE WHEN col ? 'sla_state' THEN ' OR c.failed' END);
	-- It is null for a clock that failed, because then so is "since".
	fresh := measured;
	IF col ? 'sla_state' THEN
		measured := ext || '._sla_ticket_elapsed(c.state, c.opened_at, c.until, c.own_priority, c.own_plan, c.time_zone, c.metric, c.paused, c.holidays)';
	END IF;
	-- What a stopped clock has run is stored, and stays.
	elapsed := fresh;
	IF col ?| '{response_elapsed,resolution_elapsed}' THEN
		elapsed := format('COALESCE(c.stored_elapsed, %s)', elapsed);
		measured := format('COALESCE(c.stored_elapsed, %s)', measured);
	END IF;
	IF ever_cancelled THEN
		status := 'WHEN c.cancelled THEN ''cancelled'' ' || status;
		not_cancelled := ' AND c.cancelled IS NOT TRUE';
	END IF;
	status := 'CASE ' || status;
	month := format('%s.local_month(c.opened_at, %L)', ext, time_zone);

	EXECUTE format('CREATE VIEW %s.%I WITH (security_invoker = true) AS %s',
		schema_name, prefix || '_sla_clock', clocks);

	EXECUTE format($sql$
		CREATE VIEW %1$s.%2$I WITH (security_invoker = true) AS
		SELECT c.id, c.metric, c.plan, c.priority, c.target, c.due_at, c.at_risk_at,
			c.elapsed, c.target - c.elapsed AS remaining, %4$s._sla_share_used(c.elapsed, c.target) AS used,
			c.status, c.opened_at, c.answered_at,
			CASE WHEN c.is_late THEN %4$s._sla_late_by(c.due_at, c.until) END AS late_by,
			CASE WHEN c.is_late THEN %4$s._sla_tracked_elapsed(c.opened_at, c.due_at, c.until, c.priority, c.plan,
				c.time_zone, c.metric, c.paused, c.holidays) END AS late_by_business,
			%5$s AS opened_month, %4$s.local_month(c.due_at, %6$L) AS due_month
		FROM (
			SELECT c.id, c.metric, c.plan, c.priority, c.target, c.due_at, c.at_risk_at, c.opened_at, c.answered_at,
				c.until, c.time_zone, c.holidays, c.paused,
				%7$s AS elapsed, %8$s AS status, c.due_at < c.until%9$s AS is_late
			FROM %1$s.%3$I AS c) AS c
		$sql$, schema_name, prefix || '_sla', prefix || '_sla_clock', ext, month, time_zone,
		elapsed, status, not_cancelled);

	-- Compliance.  Each metric is grouped by itself and over the table, because
	-- statistics tell the planner then how few groups there are; and each is
	-- joined with the excuses by itself, because then parallel workers share the
	-- tickets of a metric, rather than take a metric each.
	FOR n IN 1 .. cardinality(arms) LOOP
		tallies := concat_ws(' UNION ALL ', tallies, format($sql$
			SELECT g.plan, g.priority, %6$L::%1$s.sla_metric AS metric, g.month, g.tally, COALESCE(e.tickets, 0) AS excused,
				%1$s._sla_tracked_goal(g.priority, g.plan, %6$L::%1$s.sla_metric, g.last_opened) AS goal
			FROM (
				SELECT c.plan, c.priority, c.month, %1$s.sla_tally(c.status, c.elapsed) AS tally,
					max(c.opened_at) AS last_opened
				FROM (
					SELECT c.plan, c.priority, c.opened_at, %2$s AS month, %3$s AS status, %4$s AS elapsed
					FROM (%5$s) AS c) AS c
				GROUP BY c.plan, c.priority, c.month) AS g
			-- What has no plan, priority or month has no verdict to be excused.
			LEFT JOIN excused AS e ON e.plan = g.plan AND e.priority = g.priority
				AND e.metric = %6$L::%1$s.sla_metric AND e.month = g.month
			$sql$, ext, month, status, measured, arms[n], CASE n WHEN 1 THEN 'first_response' ELSE 'resolution' END));
	END LOOP;
	EXECUTE format($sql$
		CREATE VIEW %1$s.%2$I WITH (security_invoker = true) AS
		WITH excused AS MATERIALIZED (
			SELECT s.plan, s.priority, s.metric, s.opened_month AS month, count(*) AS tickets
			FROM %1$s.%3$I AS e
			JOIN %1$s.%4$I AS s ON s.id %5$s e.ticket AND s.metric = e.metric
			WHERE s.status IN ('missed', 'overdue')
			GROUP BY s.plan, s.priority, s.metric, s.opened_month
		)
		SELECT g.plan, g.priority, g.metric, g.month, (g.tally).tickets, (g.tally).met, (g.tally).missed,
			(g.tally).on_track + (g.tally).at_risk + (g.tally).paused AS on_track, (g.tally).overdue,
			(g.tally).no_target, (g.tally).unknown, (g.tally).cancelled,
			g.share_met, g.goal, g.share_met >= g.goal AS goal_met, g.excused,
			(g.tally).met / NULLIF(g.judged - g.excused, 0)::double precision AS share_met_excused,
			(g.tally).p50, (g.tally).p90, (g.tally).p95, (g.tally).worst
		FROM (
			SELECT g.plan, g.priority, g.metric, g.month, g.tally, g.excused, g.goal, g.judged,
				(g.tally).met / NULLIF(g.judged, 0)::double precision AS share_met
			FROM (
				SELECT g.plan, g.priority, g.metric, g.month, g.tally, g.excused, g.goal,
					(g.tally).met + (g.tally).missed + (g.tally).overdue AS judged
				FROM (%6$s) AS g) AS g) AS g
		$sql$, schema_name, prefix || '_sla_compliance', prefix || '_sla_excuse', prefix || '_sla', same, tallies);

	-- Misses.  What a column needs beyond the clock is a subquery of its own, so
	-- that it costs nothing where it is not asked for.
	IF mapping ? 'status_history' THEN
		history := format('%s AS h WHERE h.%I %s c.id AND h.%I', (mapping ->> 'status_history')::regclass,
			mapping ->> 'history_ticket', same, mapping ->> 'history_changed_at');
		before_touch := format('%s._sla_tracked_elapsed(c.opened_at, c.since, LEAST(c.until, '
			'(SELECT min(h.%I) FROM %s > c.opened_at)), c.priority, c.plan, c.time_zone, c.metric, c.paused, c.holidays)',
			ext, mapping ->> 'history_changed_at', history);
		per_status := format($sql$(
			SELECT jsonb_object_agg(p.status, p.spent::text)
			FROM (
				SELECT h.status, sum(%1$s._sla_tracked_elapsed(c.opened_at, GREATEST(h.begins, c.since), LEAST(h.ends, c.until),
					c.priority, c.plan, c.time_zone, c.metric, NULL, c.holidays)) AS spent
				FROM (
					SELECT h.%2$I::text AS status, h.%3$I AS begins,
						lead(h.%3$I) OVER (ORDER BY h.%3$I%4$s) AS ends
					FROM %5$s IS NOT NULL) AS h
				WHERE h.status IS NOT NULL AND h.begins < c.until
					AND c.since IS NOT NULL AND GREATEST(h.begins, c.since) < LEAST(h.ends, c.until)
				GROUP BY h.status) AS p)$sql$,
			ext, mapping ->> 'history_status', mapping ->> 'history_changed_at',
			', h.' || quote_ident(mapping ->> 'history_seq'), history);
	END IF;
	EXECUTE format($sql$
		CREATE VIEW %1$s.%2$I WITH (security_invoker = true) AS
		SELECT c.id, c.metric, c.plan, c.priority, c.target, c.due_at, c.answered_at, c.status, c.opened_at,
			%5$s._sla_late_by(c.due_at, c.until) AS late_by,
			%5$s._sla_tracked_elapsed(c.opened_at, c.due_at, c.until, c.priority, c.plan, c.time_zone, c.metric,
				c.paused, c.holidays) AS late_by_business,
			c.wall, c.open, c.unpaused - c.open AS paused, c.wall - c.unpaused AS closed,
			%6$s AS before_first_touch, %7$s AS per_status,
			(SELECT count(*) FROM %1$s.%8$I AS l
				WHERE l.ticket %9$s c.id AND l.old_priority <> l.priority AND l.at <= c.until) AS priority_changes,
			e.ticket IS NOT NULL AS excused, e.reason AS excuse
		FROM (
			SELECT c.id, c.metric, c.plan, c.priority, c.target, c.due_at, c.opened_at, c.since, c.answered_at,
				c.until, c.time_zone, c.holidays, c.paused,
				%10$s AS status, %11$s AS open, %5$s._sla_late_by(c.since, c.until) AS wall,
				%5$s._sla_tracked_elapsed(c.opened_at, c.since, c.until, c.priority, c.plan, c.time_zone, c.metric,
					NULL, c.holidays) AS unpaused
			FROM %1$s.%3$I AS c) AS c
		LEFT JOIN %1$s.%4$I AS e ON e.ticket %9$s c.id AND e.metric = c.metric
		WHERE c.status IN ('missed', 'overdue')
		$sql$, schema_name, prefix || '_sla_misses', prefix || '_sla_clock', prefix || '_sla_excuse', ext,
		before_touch, per_status, prefix || '_priority_log', same, status, fresh);

	-- The backlog.  Its conditions are those of the due indexes, below.
	EXECUTE format($sql$
		CREATE VIEW %1$s.%2$I WITH (security_invoker = true) AS
		SELECT c.id, c.metric, c.plan, c.priority, c.due_at, c.at_risk_at,
			%4$s.sla_status(c.due_at, NULL, now(), c.at_risk_at%5$s) AS status,
			c.target - %6$s AS remaining,
			%4$s._sla_tracked_elapsed(c.opened_at, now(), c.due_at, c.priority, c.plan, c.time_zone, c.metric,
				NULL, c.holidays) AS due_in,
			%4$s._sla_tracked_is_open(now(), c.opened_at, c.priority, c.plan, c.time_zone, c.metric, c.holidays) AS desk_open
		FROM %1$s.%3$I AS c
		WHERE c.reply_at IS NULL AND c.closed_at IS NULL AND c.kept_answer IS NULL AND c.due_at IS NOT NULL%7$s
		ORDER BY c.due_at
		$sql$, schema_name, prefix || '_sla_backlog', prefix || '_sla_clock', ext, is_paused, fresh, not_cancelled);

	EXECUTE format($sql$
		CREATE VIEW %1$s.%2$I WITH (security_invoker = true) AS
		SELECT a.assigned, count(*) AS tickets,
			count(*) FILTER (WHERE a.overridden) AS overridden,
			count(*) FILTER (WHERE a.raised) AS raised,
			count(*) FILTER (WHERE a.lowered) AS lowered,
			count(*) FILTER (WHERE a.cleared) AS cleared
		FROM (
			SELECT l.ticket, l.assigned, bool_or(l.override IS NOT NULL) AS overridden,
				bool_or(l.override < l.assigned) AS raised, bool_or(l.override > l.assigned) AS lowered,
				bool_or(l.event = 'override_cleared') AS cleared
			FROM %1$s.%3$I AS l
			WHERE l.assigned IS NOT NULL
			GROUP BY l.ticket, l.assigned) AS a
		GROUP BY a.assigned
		ORDER BY a.assigned
		$sql$, schema_name, prefix || '_sla_overrides', prefix || '_priority_log');

	made := made || ARRAY(
		SELECT format('VIEW %s.%I', schema_name, prefix || v.suffix)
		FROM unnest(suffixes) WITH ORDINALITY AS v (suffix, n)
		ORDER BY v.n);

	-- How many groups there are in compliance.  A column has statistics of its
	-- own; an expression has them by such an object alone.
	grouped := ARRAY(
		SELECT DISTINCT '(' || g.expression || ')'
		FROM unnest(grouped || format('%s.local_month(%s, %L)', ext, col ->> 'opened_at', time_zone)) AS g (expression)
		WHERE g.expression <> ALL (ARRAY(SELECT c.value FROM jsonb_each_text(col) AS c)));
	EXECUTE format('CREATE STATISTICS %s.%I%s ON %s FROM %s', schema_name, prefix || '_sla_groups',
		CASE WHEN cardinality(grouped) > 1 THEN ' (ndistinct)' ELSE '' END, array_to_string(grouped, ', '), ticket_table);
	made := made || format('STATISTICS %s.%I', schema_name, prefix || '_sla_groups');

	-- Comments on what was made.
	FOR item IN
		SELECT v.suffix, v.name, v.comment, c.relkind = 'v' AS is_view
		FROM (VALUES
			('_sla_clock', NULL, 'What each ticket''s clocks are made of: a row for each ticket and metric. The other views measure it.'),
			('_sla_clock', 'id', 'The ticket.'),
			('_sla_clock', 'target', 'Business time allowed. Null: no target, or not known.'),
			('_sla_clock', 'reply_at', 'First answer, as the ticket has it; null for other metrics than the first response.'),
			('_sla_clock', 'closed_at', 'When the ticket was resolved. Null: it is not.'),
			('_sla_clock', 'kept_answer', 'When a closing stopped the first response, before the ticket was reopened. Null: none did.'),
			('_sla_clock', 'reassigned', 'Whether the policy gives the ticket another priority now than the one it has.'),
			('_sla_clock', 'metric', 'What is measured.'),
			('_sla_clock', 'plan', 'Plan whose terms the clock has.'),
			('_sla_clock', 'priority', 'Priority whose terms the clock has.'),
			('_sla_clock', 'opened_at', 'When the ticket was opened. The targets in force then count.'),
			('_sla_clock', 'since', 'From when the clock runs: the opening, or the change of terms from which it is counted anew. Null: the ticket could not be judged.'),
			('_sla_clock', 'answered_at', 'When the clock stopped. Null: it runs.'),
			('_sla_clock', 'until', 'To when time is measured: the stop, or now.'),
			('_sla_clock', 'due_at', 'Deadline, as stored. Null: no target, or not known. Infinity: a pause has no end.'),
			('_sla_clock', 'at_risk_at', 'From when it is at risk.'),
			('_sla_clock', 'time_zone', 'The customer''s zone. Null: the calendar''s own.'),
			('_sla_clock', 'holidays', 'The customer''s list of holidays. Null: the calendar''s own.'),
			('_sla_clock', 'paused', 'Time that does not count.'),
			('_sla_clock', 'cancelled', 'Whether the clock does not count.'),
			('_sla_clock', 'stored_elapsed', 'Business time on the clock when it stopped, as the ticket has it. Null: it is not stored.'),
			('_sla_clock', 'failed', 'Whether the ticket was stored though it could not be judged.'),
			('_sla', NULL, 'Where each ticket stands: a row for each ticket and metric. Durations are business time unless said otherwise.'),
			('_sla', 'id', 'The ticket.'),
			('_sla', 'metric', 'What is measured.'),
			('_sla', 'plan', 'Plan whose terms the clock has.'),
			('_sla', 'priority', 'Priority whose terms the clock has.'),
			('_sla', 'target', 'Business time allowed. Null: no target, or not known.'),
			('_sla', 'due_at', 'Deadline, as stored. Null: no target, or not known. Infinity: a pause has no end.'),
			('_sla', 'at_risk_at', 'From when it is at risk.'),
			('_sla', 'elapsed', 'Business time on the clock until it stopped, or until now; pauses do not count. Null: not known.'),
			('_sla', 'remaining', 'What is left of the target; negative when more was used.'),
			('_sla', 'used', 'Share of the target that was used, 1 for all of it.'),
			('_sla', 'status', 'Status: the answer, or now, against the stored deadline.'),
			('_sla', 'opened_at', 'When the ticket was opened.'),
			('_sla', 'answered_at', 'When the clock stopped. Null: it runs.'),
			('_sla', 'late_by', 'Time by the clock on the wall from the deadline to the answer, or to now. Null: not late.'),
			('_sla', 'late_by_business', 'The same in business time; zero if the desk was closed all the time. Null: not late, or not known.'),
			('_sla', 'opened_month', 'Month of the opening, as its first day, in the zone of the reports.'),
			('_sla', 'due_month', 'Month of the deadline, as its first day, in the zone of the reports. Null: no deadline.'),
			('_sla_compliance', NULL, 'How targets were met: by plan, priority, metric and month of opening.'),
			('_sla_compliance', 'plan', 'Plan whose terms the clocks have.'),
			('_sla_compliance', 'priority', 'Priority whose terms the clocks have.'),
			('_sla_compliance', 'metric', 'What is measured.'),
			('_sla_compliance', 'month', 'Month of the opening, as its first day, in the zone of the reports.'),
			('_sla_compliance', 'tickets', 'All of them.'),
			('_sla_compliance', 'met', 'Answered at or before the deadline.'),
			('_sla_compliance', 'missed', 'Answered after it.'),
			('_sla_compliance', 'on_track', 'Not answered yet, and not overdue; those at risk or paused too.'),
			('_sla_compliance', 'overdue', 'Not answered, and past the deadline.'),
			('_sla_compliance', 'no_target', 'The plan has no target.'),
			('_sla_compliance', 'unknown', 'Something that is needed is not known.'),
			('_sla_compliance', 'cancelled', 'Do not count.'),
			('_sla_compliance', 'share_met', 'Of those that met, missed or are overdue, the share that met. Null: there are none.'),
			('_sla_compliance', 'goal', 'Share that should meet it, as in force at the last opening. Null: none is set.'),
			('_sla_compliance', 'goal_met', 'Whether share_met reaches the goal. Null: no goal, or nothing judged.'),
			('_sla_compliance', 'excused', 'Of those missed or overdue, how many are excused.'),
			('_sla_compliance', 'share_met_excused', 'The share that met, with the excused ones left out.'),
			('_sla_compliance', 'p50', 'Business time within which half of the answers came.'),
			('_sla_compliance', 'p90', 'Business time within which 90 % of them came.'),
			('_sla_compliance', 'p95', 'Business time within which 95 % of them came.'),
			('_sla_compliance', 'worst', 'The longest of them.'),
			('_sla_misses', NULL, 'Every clock that is missed or overdue, and where its time went: wall = open + paused + closed.'),
			('_sla_misses', 'id', 'The ticket.'),
			('_sla_misses', 'metric', 'What was measured.'),
			('_sla_misses', 'plan', 'Plan whose terms the clock has.'),
			('_sla_misses', 'priority', 'Priority whose terms the clock has.'),
			('_sla_misses', 'target', 'Business time allowed.'),
			('_sla_misses', 'due_at', 'Deadline, as stored.'),
			('_sla_misses', 'answered_at', 'When the clock stopped. Null: it runs.'),
			('_sla_misses', 'status', 'Status: missed or overdue.'),
			('_sla_misses', 'opened_at', 'When the ticket was opened.'),
			('_sla_misses', 'late_by', 'Time by the clock on the wall from the deadline to the answer, or to now.'),
			('_sla_misses', 'late_by_business', 'The same in business time; zero if the desk was closed all the time.'),
			('_sla_misses', 'wall', 'Time by the clock on the wall from the start of the clock to its stop, or to now.'),
			('_sla_misses', 'open', 'Business time on the clock.'),
			('_sla_misses', 'paused', 'Business time in pauses.'),
			('_sla_misses', 'closed', 'Time in which the desk was closed.'),
			('_sla_misses', 'before_first_touch', 'Business time on the clock before the first entry of the status history after the opening; all of it if there is none. Null: there is no status history.'),
			('_sla_misses', 'per_status', 'Business time in each status, pauses included, as text by status. Null: there is no status history.'),
			('_sla_misses', 'priority_changes', 'How often the priority was changed while the clock ran.'),
			('_sla_misses', 'excused', 'Whether the miss is excused.'),
			('_sla_misses', 'excuse', 'Why it is excused. Null: it is not.'),
			('_sla_backlog', NULL, 'Running clocks that have a deadline, the next one first.'),
			('_sla_backlog', 'id', 'The ticket.'),
			('_sla_backlog', 'metric', 'What is measured.'),
			('_sla_backlog', 'plan', 'Plan whose terms the clock has.'),
			('_sla_backlog', 'priority', 'Priority whose terms the clock has.'),
			('_sla_backlog', 'due_at', 'Deadline, as stored. Infinity: a pause has no end.'),
			('_sla_backlog', 'at_risk_at', 'From when it is at risk.'),
			('_sla_backlog', 'status', 'Status: on_track, at_risk, paused or overdue.'),
			('_sla_backlog', 'remaining', 'What is left of the target in business time; negative when more was used.'),
			('_sla_backlog', 'due_in', 'Business time until the deadline, zero when it has passed. Null: not known, or infinite.'),
			('_sla_backlog', 'desk_open', 'Whether the desk is open now for this ticket. Null: not known.'),
			('_sla_overrides', NULL, 'How often the priority that urgency and impact give is overridden, and which way.'),
			('_sla_overrides', 'assigned', 'Priority that urgency and impact give.'),
			('_sla_overrides', 'tickets', 'Tickets that were given it.'),
			('_sla_overrides', 'overridden', 'Of those, how many had an override.'),
			('_sla_overrides', 'raised', 'How many were overridden to a more urgent priority.'),
			('_sla_overrides', 'lowered', 'How many were overridden to a less urgent priority.'),
			('_sla_overrides', 'cleared', 'How many had an override that was cleared again.'),
			('_sla_excuse', NULL, 'Misses that are excused. Who may write it may excuse them; see sla_excuse().'),
			('_sla_excuse', 'ticket', 'The ticket.'),
			('_sla_excuse', 'metric', 'What was missed.'),
			('_sla_excuse', 'reason', 'Why it is excused.'),
			('_sla_excuse', 'excused_by', 'Role that excused it.'),
			('_sla_excuse', 'excused_at', 'When.'),
			('_sla_alarm', NULL, 'Warnings that sla_notify() has sent.'),
			('_sla_alarm', 'ticket', 'The ticket.'),
			('_sla_alarm', 'metric', 'What is measured.'),
			('_sla_alarm', 'level', 'Level: at_risk or overdue.'),
			('_sla_alarm', 'due_at', 'Deadline at that time.'),
			('_sla_alarm', 'sent_at', 'When.')) AS v (suffix, name, comment)
		JOIN pg_class AS t ON t.oid = ticket_table
		JOIN pg_class AS c ON c.relnamespace = t.relnamespace AND c.relname = prefix || v.suffix
	LOOP
		EXECUTE format('COMMENT ON %s %s.%I%s IS %L',
			CASE WHEN item.name IS NOT NULL THEN 'COLUMN' WHEN item.is_view THEN 'VIEW' ELSE 'TABLE' END,
			schema_name, prefix || item.suffix, '.' || quote_ident(item.name), item.comment);
	END LOOP;

	-- All that was made belongs to the table's owner.
	IF NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = CURRENT_USER AND r.oid = table_owner) THEN
		FOREACH expression IN ARRAY made LOOP
			EXECUTE format('ALTER %s OWNER TO %I', expression, pg_get_userbyid(table_owner));
		END LOOP;
	END IF;

	-- The due indexes hold the running clocks alone.  Children of a table that is
	-- no partitioned one have indexes of their own.
	FOR item IN
		WITH RECURSIVE member (oid) AS (
			SELECT ticket_table::oid
			UNION
			SELECT i.inhrelid
			FROM member AS m
			JOIN pg_class AS p ON p.oid = m.oid AND p.relkind = 'r'
			JOIN pg_inherits AS i ON i.inhparent = m.oid
		)
		SELECT c.oid, c.oid::regclass AS name, d.due_at, d.stops,
			CASE WHEN c.oid = ticket_table THEN quote_ident(prefix || d.suffix) END AS index_name
		FROM member AS m
		JOIN pg_class AS c ON c.oid = m.oid AND c.relkind IN ('r', 'p')
		CROSS JOIN (VALUES
			('_sla_due', mapping ->> 'due_at', ARRAY[mapping ->> 'answered_at', mapping ->> 'resolved_at']),
			('_sla_resolution', mapping ->> 'resolution_due_at', ARRAY[mapping ->> 'resolved_at']))
			AS d (suffix, due_at, stops)
		WHERE d.due_at IS NOT NULL
		ORDER BY c.oid <> ticket_table, c.oid, d.suffix
	LOOP
		SELECT array_agg(format('(%I IS NULL)', s.stop) ORDER BY s.n) INTO running
		FROM unnest(item.stops) WITH ORDINALITY AS s (stop, n)
		WHERE s.stop IS NOT NULL;
		predicate := array_to_string(running, ' AND ');

		FOR attempt IN 1..2 LOOP
			SELECT format('%I.%I', n.nspname, c.relname) INTO due_index
			FROM pg_index AS i
			JOIN pg_class AS c ON c.oid = i.indexrelid
			JOIN pg_namespace AS n ON n.oid = c.relnamespace
			JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
			JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = item.due_at
			WHERE i.indrelid = item.oid AND i.indisvalid AND i.indoption[0] = 0
				AND COALESCE(pg_get_expr(i.indpred, i.indrelid), '') IN (
					COALESCE(predicate, ''), '(' || predicate || ')', '(' || running[2] || ' AND ' || running[1] || ')');
			is_new := attempt = 2;
			EXIT WHEN FOUND;
			EXECUTE format('CREATE INDEX %s ON %s (%I)%s', item.index_name, item.name, item.due_at, ' WHERE ' || predicate);
		END LOOP;
		IF is_new AND due_index IS NOT NULL THEN
			made := made || ('INDEX ' || due_index);
		END IF;
	END LOOP;

	-- The few tickets that could not be judged, for sla_refresh().
	IF col ? 'sla_state' THEN
		due_index := format('%s.%I', schema_name, prefix || '_sla_failed');
		IF to_regclass(due_index) IS NULL THEN
			EXECUTE format('CREATE INDEX %I ON %s (%I) WHERE %s._sla_kept_failed(%I)',
				prefix || '_sla_failed', ticket_table, mapping ->> 'id', ext, mapping ->> 'sla_state');
			made := made || ('INDEX ' || due_index);
		END IF;
	END IF;

	RETURN made;
END
$function$;
COMMENT ON FUNCTION _sla_track_views(regclass, jsonb) IS
'Makes what goes with a tracked table, as the last step of sla_track: the tables <prefix>_sla_excuse and <prefix>_sla_alarm, unless the table''s owner has them; the views <prefix>_sla_clock, _sla, _sla_compliance, _sla_misses, _sla_backlog and _sla_overrides, each security_invoker; the statistics <prefix>_sla_groups; and the indexes of the running clocks by deadline, <prefix>_sla_due and <prefix>_sla_resolution, where there is no such index, and <prefix>_sla_failed, of the tickets that could not be judged. mapping is that of sla_mapping, and has been checked. The table <prefix>_priority_log must be there. Result: what was made, in that order, each as a DROP command has it, such as VIEW public.ticket_sla. Runs with the caller''s rights; what it makes is the table owner''s. Errors: those of CREATE, such as a name that is taken (duplicate_table).';
