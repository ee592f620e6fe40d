-- The views to read beside a tracked table, and compliance at any grain.
--
-- They read the clock table and what stands beside it, never the ticket table:
-- clocks outlive tickets.  Their columns are the same whatever the mapping; only
-- tenant is there or not.  So each is replaced in place, and grants, comments and
-- views upon it stay.  The planner takes all of it apart: a filter reaches the
-- indexes of the clock table, and what is not asked for is not computed.

CREATE FUNCTION _sla_make_views_of(clock_table regclass, report_time_zone text, with_events boolean)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	zone CONSTANT text := COALESCE(report_time_zone, 'UTC');
	month CONSTANT text := format('(started_at, %s.local_month(started_at, %L::text))', ext, zone);
	schema text;
	prefix text;
	clocks record;
	has_tenant boolean;
	same_ticket text;			-- rows "a" and "s" are of one ticket
	events text;
	month_index text;
	item record;
	-- By what a clock is measured, with its pauses left out of account.
	unpaused CONSTANT text := 's.started_at, s.priority, s.plan, s.time_zone, s.metric, NULL, s.holidays, s.calendar';
	status CONSTANT text := format($sql$CASE
		WHEN c.cancelled_at IS NOT NULL THEN 'cancelled'::%s.sla_status
		WHEN c.problem IS NOT NULL OR c.plan IS NULL OR c.priority IS NULL THEN 'unknown'
		WHEN c.target IS NULL THEN 'no_target'
		WHEN c.stopped_at <= c.due_at THEN 'met'
		WHEN c.stopped_at > c.due_at THEN 'missed'
		WHEN c.due_at IS NULL AND c.remaining IS NULL THEN 'unknown'
		WHEN c.due_at IS NULL THEN 'paused'
		WHEN now() > c.due_at THEN 'overdue'
		WHEN now() >= c.at_risk_at THEN 'at_risk'
		ELSE 'on_track' END$sql$, ext);
BEGIN
	SELECT * INTO STRICT clocks FROM pg_class AS c WHERE c.oid = clock_table;
	schema := clocks.relnamespace::regnamespace;
	prefix := left(clocks.relname, -length('_sla_clock'));

	EXECUTE format($$SELECT string_agg(format('a.%%1$I %%2$s s.%%1$I', a.attname, %s._sla_equality(a.atttypid)), ' AND ' ORDER BY a.attname),
			count(*) = 2
		FROM pg_attribute AS a
		WHERE a.attrelid = $1 AND a.attname IN ('tenant', 'ticket') AND NOT a.attisdropped$$, ext)
	INTO STRICT same_ticket, has_tenant USING clock_table;

	-- An index on start and month serves the filters of reports, and tells the
	-- planner how many months there are.
	month_index := format('%s.%I', schema, prefix || '_sla_month');
	IF right(pg_get_indexdef(to_regclass(month_index)), length(month)) <> month THEN
		EXECUTE format('DROP INDEX %s', month_index);
	END IF;
	IF to_regclass(month_index) IS NULL THEN
		EXECUTE format('CREATE INDEX %I ON %s USING brin %s', prefix || '_sla_month', clock_table, month);
		EXECUTE format('COMMENT ON INDEX %s IS %L', month_index, 'Finds the clocks that started in a month, in the zone of the reports.');
	END IF;

	-- What the events say, of all clocks.
	IF with_events THEN
		SELECT string_agg(format('SELECT %s a.ticket, a.metric, a.at, a.seq, a.key, a.state FROM %s AS a',
			CASE WHEN has_tenant THEN 'a.tenant,' END, c.oid::regclass), ' UNION ALL ' ORDER BY c.relname)
		INTO events
		FROM pg_class AS c
		WHERE c.relnamespace = clocks.relnamespace AND c.relkind = 'v' AND c.relowner = clocks.relowner
			AND starts_with(c.relname, prefix || '_sla_events_');
	END IF;

	FOR item IN
		SELECT v.suffix, v.comment, v.body FROM (VALUES
			('_sla', 'Where each clock stands: a row for each run of each clock, those of deleted tickets too. Durations are business time unless said otherwise; ..._seconds are the same as numbers.', $sql$
				SELECT %3$s %4$s s.ticket::text || '/' || s.metric || '/' || s.run AS clock,
					s.ticket, s.metric, s.run, s.status, s.plan, s.priority, s.target,
					s.started_at, s.due_at, s.at_risk_at, s.stopped_at, s.measured AS elapsed,
					CASE WHEN s.status NOT IN ('cancelled', 'unknown') THEN COALESCE(s.remaining,
						make_interval(secs => s.target_seconds - s.elapsed_seconds)) END AS remaining,
					CASE WHEN s.status NOT IN ('cancelled', 'unknown') THEN s.elapsed_seconds / NULLIF(s.target_seconds, 0) END AS used,
					s.late_by, s.late_by_business, s.paused, s.carried, %11$s AS state_seconds,
					a.ticket IS NOT NULL AS excused, a.reason AS excuse,
					%1$s.local_month(s.started_at, %2$L) AS month,
					s.calendar, s.time_zone, s.holidays, s.urgency, s.impact, s.override, s.opened_at,
					s.started_by, s.stopped_by, s.closed_periods, s.cancelled_at, s.cancel_reason, s.gone_at, s.problem, s.clock_id,
					s.target_days, s.until_close, s.target_seconds, s.elapsed_seconds,
					CASE WHEN s.status NOT IN ('cancelled', 'unknown') THEN COALESCE(extract(epoch FROM s.remaining)::float8,
						s.target_seconds - s.elapsed_seconds) END AS remaining_seconds,
					extract(epoch FROM s.late_by)::float8 AS late_by_seconds,
					extract(epoch FROM s.late_by_business)::float8 AS late_by_business_seconds
				FROM (
					SELECT s.*, extract(epoch FROM s.target)::float8 AS target_seconds,
						extract(epoch FROM s.measured)::float8 AS elapsed_seconds,
						CASE WHEN s.status IN ('missed', 'overdue') THEN
							make_interval(secs => extract(epoch FROM s.until - s.due_at)::float8) END AS late_by,
						CASE WHEN s.status IN ('missed', 'overdue') THEN
							%1$s._sla_clock_time(s.due_at, s.until, %13$s) END AS late_by_business
					FROM (
						SELECT c.*, %5$s AS status, COALESCE(c.stopped_at, c.gone_at, now()) AS until,
							CASE WHEN c.stopped_at IS NULL AND c.cancelled_at IS NULL THEN
								%1$s._sla_clock_time(c.started_at, COALESCE(c.gone_at, now()), c.started_at, c.priority, c.plan,
									c.time_zone, c.metric, c.paused, c.holidays, c.calendar)
							ELSE c.elapsed END AS measured
						FROM %7$s AS c) AS s) AS s
				LEFT JOIN %8$s AS a ON %6$s AND a.metric = s.metric AND a.run = s.run
				$sql$),
			-- One row is taken of each ticket, and its clocks are looked up for it:
			-- so it is quick for the few tickets of a list.
			('_sla_summary', 'One row for each ticket that is there: where the latest run of each of its clocks stands, one that is not cancelled if there is one.', $sql$
				SELECT %3$s s.ticket, n.status, n.next_due_at, n.next_metric,
					n.first_response_status, n.first_response_due_at, n.resolution_status, n.resolution_due_at
				FROM %7$s AS s
				CROSS JOIN LATERAL (
					SELECT (ARRAY['overdue', 'missed', 'at_risk', 'unknown', 'paused', 'on_track', 'met', 'no_target',
							'cancelled']::%1$s.sla_status[])[min(n.rank)] AS status,
						min(n.due_at) FILTER (WHERE n.runs) AS next_due_at,
						(array_agg(n.metric ORDER BY n.due_at, n.metric) FILTER (WHERE n.runs))[1] AS next_metric,
						max(n.status) FILTER (WHERE n.metric = 'first_response') AS first_response_status,
						max(n.due_at) FILTER (WHERE n.metric = 'first_response') AS first_response_due_at,
						max(n.status) FILTER (WHERE n.metric = 'resolution') AS resolution_status,
						max(n.due_at) FILTER (WHERE n.metric = 'resolution') AS resolution_due_at
					FROM (
						SELECT n.metric, n.status, n.due_at,
							array_position(ARRAY['overdue', 'missed', 'at_risk', 'unknown', 'paused', 'on_track', 'met',
								'no_target', 'cancelled']::%1$s.sla_status[], n.status) AS rank,
							n.due_at IS NOT NULL AND n.status IN ('overdue', 'at_risk', 'on_track') AS runs
						FROM (
							-- of each metric the latest run, one that counts if there is one
							SELECT DISTINCT ON (c.metric) c.metric, c.due_at, %5$s AS status
							FROM (SELECT a.* FROM %7$s AS a WHERE %6$s AND a.gone_at IS NULL) AS c
							ORDER BY c.metric, c.cancelled_at IS NOT NULL, c.run DESC) AS n) AS n) AS n
				WHERE s.gone_at IS NULL AND NOT EXISTS (
					SELECT FROM %7$s AS a WHERE %6$s AND a.gone_at IS NULL AND a.clock_id < s.clock_id)
				$sql$),
			-- Its conditions are those of the index of running clocks.
			('_sla_backlog', 'Running clocks by deadline, the next one first; those in a pause have none.', $sql$
				SELECT %3$s s.clock, s.ticket, s.metric, s.run, s.status, s.plan, s.priority, s.started_at, s.due_at, s.at_risk_at,
					s.remaining, s.due_in, s.carried, s.remaining_seconds, extract(epoch FROM s.due_in)::float8 AS due_in_seconds
				FROM (
					SELECT s.*, %1$s._sla_clock_time(now(), s.due_at, %13$s) AS due_in
					FROM %10$s AS s
					WHERE s.stopped_at IS NULL AND s.cancelled_at IS NULL AND s.gone_at IS NULL AND s.due_at IS NOT NULL) AS s
				ORDER BY s.due_at, %3$s s.clock_id
				$sql$),
			-- What a column needs beyond the clock is a subquery of its own, so that
			-- it costs nothing where it is not asked for.
			('_sla_misses', 'Each clock that missed its target or is overdue, and where its time went: wall_time = open_time + paused_time + closed_time.', $sql$
				SELECT %3$s s.clock, s.ticket, s.metric, s.run, s.status, s.plan, s.priority, s.month, s.target, s.started_at,
					s.due_at, s.stopped_at, s.late_by, s.late_by_business, s.wall_time, s.open_time,
					make_interval(secs => s.unpaused_seconds - s.open_seconds) AS paused_time,
					make_interval(secs => s.wall_seconds - s.unpaused_seconds) AS closed_time,
					s.before_answer, s.state_seconds,
					(SELECT count(*) FROM %9$s AS a
						WHERE %6$s AND a.metric IS NULL AND a.old_priority <> a.priority
							AND a.at >= s.started_at AND a.at <= s.until) AS priority_changes,
					s.excused, s.excuse, s.carried, s.target_seconds, s.late_by_seconds, s.late_by_business_seconds,
					s.wall_seconds, s.open_seconds, s.unpaused_seconds - s.open_seconds AS paused_seconds,
					s.wall_seconds - s.unpaused_seconds AS closed_seconds,
					extract(epoch FROM s.before_answer)::float8 AS before_answer_seconds
				FROM (
					SELECT s.*, extract(epoch FROM s.wall_time)::float8 AS wall_seconds,
						extract(epoch FROM s.open_time)::float8 AS open_seconds,
						extract(epoch FROM s.unpaused)::float8 AS unpaused_seconds
					FROM (
						SELECT s.*, make_interval(secs => extract(epoch FROM s.until - s.started_at)::float8) AS wall_time,
							%1$s._sla_clock_time(s.started_at, s.until, %13$s) AS open_time,
							%1$s._sla_clock_time(s.started_at, s.until, %14$s) AS unpaused,
							(SELECT %1$s._sla_clock_time(s.started_at, LEAST(a.stopped_at, s.until), %13$s)
								FROM %7$s AS a
								WHERE %6$s AND a.metric = 'first_response' AND a.cancelled_at IS NULL
								ORDER BY a.run LIMIT 1) AS before_answer
						FROM (
							SELECT s.*, COALESCE(s.stopped_at, s.gone_at, now()) AS until
							FROM %10$s AS s
							WHERE s.status IN ('missed', 'overdue')) AS s) AS s) AS s
				$sql$),
			('_sla_compliance', 'How targets were met, by plan, priority, metric and month in which the clock started. sla_compliance() gives the same at any grain.', $sql$
				SELECT %3$s s.plan, s.priority, s.metric, s.month, (s.tally).clocks, (s.tally).met, (s.tally).missed,
					(s.tally).on_track, (s.tally).at_risk, (s.tally).paused, (s.tally).overdue,
					(s.tally).no_target, (s.tally).unknown, (s.tally).cancelled,
					s.share_met, s.goal, s.share_met >= s.goal AS goal_met, s.excused,
					(s.tally).met / NULLIF(s.judged - s.excused, 0)::float8 AS share_met_excused,
					(s.tally).p50, (s.tally).p90, (s.tally).p95, (s.tally).worst,
					extract(epoch FROM (s.tally).p50)::float8 AS p50_seconds, extract(epoch FROM (s.tally).p90)::float8 AS p90_seconds,
					extract(epoch FROM (s.tally).p95)::float8 AS p95_seconds, extract(epoch FROM (s.tally).worst)::float8 AS worst_seconds
				FROM (
					SELECT s.*, (s.tally).met / NULLIF(s.judged, 0)::float8 AS share_met
					FROM (
						SELECT s.*, COALESCE(e.clocks, 0) AS excused, (s.tally).met + (s.tally).missed + (s.tally).overdue AS judged,
							%1$s._sla_clock_goal(s.priority, s.plan, s.metric, s.last_start) AS goal
						FROM (
							SELECT %3$s s.plan, s.priority, s.metric, s.month, %1$s.sla_tally(s.status, s.elapsed) AS tally,
								max(s.started_at) AS last_start
							FROM (
								SELECT c.*, %1$s.local_month(c.started_at, %2$L) AS month, %5$s AS status
								FROM %7$s AS c) AS s
							GROUP BY %3$s s.plan, s.priority, s.metric, s.month) AS s
						-- What has no plan or priority has no miss to be excused.
						LEFT JOIN (
							SELECT %3$s s.plan, s.priority, s.metric, s.month, count(*) AS clocks
							FROM %10$s AS s
							WHERE s.excused AND s.status IN ('missed', 'overdue')
							GROUP BY %3$s s.plan, s.priority, s.metric, s.month) AS e
							ON %12$s e.plan = s.plan AND e.priority = s.priority AND e.metric = s.metric AND e.month = s.month) AS s) AS s
				$sql$),
			-- Of the tickets' own rows of the trail.
			('_sla_overrides', 'How often the priority that urgency and impact give is overridden, and which way; from the trail.', $sql$
				SELECT %3$s s.assigned, count(*) AS tickets,
					count(*) FILTER (WHERE s.overridden) AS overridden, count(*) FILTER (WHERE s.raised) AS raised,
					count(*) FILTER (WHERE s.lowered) AS lowered, count(*) FILTER (WHERE s.cleared) AS cleared
				FROM (
					SELECT %3$s s.ticket, s.assigned, bool_or(s.override IS NOT NULL) AS overridden,
						bool_or(s.override < s.assigned) AS raised, bool_or(s.override > s.assigned) AS lowered,
						bool_or(s.override IS NULL AND s.before IS NOT NULL) AS cleared
					FROM (
						SELECT s.*, lag(s.override) OVER (PARTITION BY %3$s s.ticket ORDER BY s.id) AS before
						FROM %9$s AS s
						WHERE s.metric IS NULL AND s.event IN ('opened', 'changed')) AS s
					WHERE s.assigned IS NOT NULL
					GROUP BY %3$s s.ticket, s.assigned) AS s
				GROUP BY %3$s s.assigned
				$sql$)) AS v (suffix, comment, body)
	LOOP
		EXECUTE format('CREATE OR REPLACE VIEW %s.%I%s AS ', schema, prefix || item.suffix,
				CASE WHEN clocks.relrowsecurity THEN ' WITH (security_invoker = true)' END)
			|| format(item.body, ext, zone,
				CASE WHEN has_tenant THEN 's.tenant,' END,
				CASE WHEN has_tenant THEN 's.tenant::text || ''/'' ||' END,
				status, same_ticket,
				format('%s.%I', schema, clocks.relname), format('%s.%I', schema, prefix || '_sla_excuse'),
				format('%s.%I', schema, prefix || '_sla_trail'), format('%s.%I', schema, prefix || '_sla'),
				CASE WHEN events IS NULL THEN 'NULL::jsonb' ELSE format($sql$CASE WHEN s.cancelled_at IS NULL THEN (
					SELECT jsonb_object_agg(a.state, a.seconds) FROM (
						SELECT a.state, sum(extract(epoch FROM %s._sla_clock_time(a.since, a.until, %s)))::float8 AS seconds
						FROM (
							SELECT a.state, GREATEST(a.at, s.started_at) AS since,
								LEAST(lead(a.at) OVER (ORDER BY a.at, a.seq, length(a.key), a.key COLLATE "C"), s.until) AS until
							FROM (%s) AS a
							WHERE %s AND a.metric = s.metric AND a.state IS NOT NULL AND a.at < s.until) AS a
						WHERE a.since < a.until
						GROUP BY a.state) AS a) END$sql$, ext, unpaused, events, same_ticket) END,
				CASE WHEN has_tenant THEN replace(split_part(same_ticket, ' AND ', 1), 'a.tenant', 'e.tenant') || ' AND' END,
				replace(unpaused, 'NULL', 's.paused'), unpaused);
		EXECUTE format('ALTER VIEW %s.%I OWNER TO %s', schema, prefix || item.suffix, clocks.relowner::regrole);
		-- A comment that is there may be the owner's own, and stays.
		IF obj_description(to_regclass(format('%s.%I', schema, prefix || item.suffix)), 'pg_class') IS NULL THEN
			EXECUTE format('COMMENT ON VIEW %s.%I IS %L', schema, prefix || item.suffix, item.comment);
		END IF;
	END LOOP;

	-- A column that the clock table has, too, has the comment that it has there.
	FOR item IN
		SELECT DISTINCT ON (t.relname, a.attnum) t.relname, a.attname, CASE WHEN c.name <> a.attname
			THEN 'In seconds: ' || lower(left(c.comment, 1)) || substr(c.comment, 2) ELSE c.comment END AS comment
		FROM unnest('{_sla,_sla_summary,_sla_backlog,_sla_misses,_sla_compliance,_sla_overrides}'::text[]) AS v (suffix)
		JOIN pg_class AS t ON t.relnamespace = clocks.relnamespace AND t.relname = prefix || v.suffix
		JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND col_description(t.oid, a.attnum) IS NULL
		JOIN (
			SELECT '_sla_clock', k.attname::text, col_description(clock_table, k.attnum) FROM pg_attribute AS k WHERE k.attrelid = clock_table
			UNION ALL VALUES
			(NULL, 'clock', 'Key of the row as text: ticket, metric and run, with a slash between them, and the tenant in front where there is one.'),
			(NULL, 'status', 'Status: the stop, or now, against the deadline.'),
			('_sla_summary', 'status', 'The worst status of its clocks; from the worst on: overdue, missed, at_risk, unknown, paused, on_track, met, no_target, cancelled.'),
			(NULL, 'elapsed', 'Business time on the clock until it stopped, or until now, without pauses; null: not known, or cancelled before it stopped.'),
			(NULL, 'remaining', 'What is left of the target, negative when more was used; null: no target, not known, or cancelled.'),
			(NULL, 'used', 'Share of the target that was used, 1 for all of it; null as remaining.'),
			(NULL, 'late_by', 'Time by the clock on the wall from the deadline to the stop, or to now; null: not late.'),
			(NULL, 'late_by_business', 'Business time from the deadline to the stop, or to now; zero if the desk was closed; null: not late, or not known.'),
			(NULL, 'excused', 'Whether the clock is excused.'),
			(NULL, 'excuse', 'Why it is excused; null: it is not.'),
			(NULL, 'month', 'Month in which the clock started, as its first day, in the zone of the reports.'),
			(NULL, 'next_due_at', 'The next deadline of its running clocks, which may have passed; null: there is none.'),
			(NULL, 'next_metric', 'The metric of that deadline.'),
			(NULL, 'first_response_status', 'Status of the first response; null: it has no clock.'),
			(NULL, 'first_response_due_at', 'Deadline of the first response.'),
			(NULL, 'resolution_status', 'Status of the resolution; null: it has no clock.'),
			(NULL, 'resolution_due_at', 'Deadline of the resolution.'),
			(NULL, 'due_in', 'Business time until the deadline; zero when it has passed; null: not known.'),
			(NULL, 'wall_time', 'Time by the clock on the wall from the start to the stop, or to now.'),
			(NULL, 'open_time', 'Of wall_time, business time on the clock, measured by the policy of now; null: not known.'),
			(NULL, 'paused_time', 'Of wall_time, business time in pauses, measured by the policy of now; null: not known.'),
			(NULL, 'closed_time', 'Of wall_time, time in which the desk was closed, by the policy of now; null: not known.'),
			(NULL, 'before_answer', 'Of open_time, what passed before the first response; null: not known, or no such clock.'),
			(NULL, 'state_seconds', 'Seconds of business time in each state of its events, pauses included, by state; null: there are none, or the clock is cancelled.'),
			(NULL, 'priority_changes', 'How often the priority changed while the clock ran, by the trail.'),
			(NULL, 'clocks', 'All of them.'),
			(NULL, 'met', 'Stopped at or before the deadline.'),
			(NULL, 'missed', 'Stopped after it.'),
			(NULL, 'on_track', 'Running, and not at risk.'),
			(NULL, 'at_risk', 'Running, and at risk.'),
			('_sla_compliance', 'paused', 'Paused, and not overdue.'),
			(NULL, 'overdue', 'Running, and past the deadline.'),
			(NULL, 'no_target', 'The plan has no target.'),
			(NULL, 'unknown', 'Something that is needed is not known.'),
			(NULL, 'cancelled', 'Do not count.'),
			(NULL, 'share_met', 'Of those that met, missed or are overdue, the share that met; null: there are none.'),
			(NULL, 'goal', 'Share that should meet it, as in force at the last start; null: none is set.'),
			(NULL, 'goal_met', 'Whether share_met reaches the goal; null: no goal, or none was judged.'),
			('_sla_compliance', 'excused', 'Of those missed or overdue, how many are excused.'),
			(NULL, 'share_met_excused', 'The share that met, with the excused ones left out.'),
			(NULL, 'p50', 'Business time within which half of those that met or missed had stopped.'),
			(NULL, 'p90', 'Business time within which 90 % of them had stopped.'),
			(NULL, 'p95', 'Business time within which 95 % of them had stopped.'),
			(NULL, 'worst', 'The longest of them.'),
			(NULL, 'assigned', 'Priority that urgency and impact give.'),
			(NULL, 'tickets', 'Tickets that were given it.'),
			(NULL, 'overridden', 'Of those, how many had an override.'),
			(NULL, 'raised', 'How many were overridden to a more urgent priority.'),
			(NULL, 'lowered', 'How many were overridden to a less urgent priority.'),
			(NULL, 'cleared', 'How many had an override that was cleared again.')
			) AS c (suffix, name, comment)
			ON c.name IN (a.attname, regexp_replace(a.attname, '_seconds$', ''), regexp_replace(a.attname, '_seconds$', '_time'))
				AND (c.suffix IS NULL OR c.suffix IN (v.suffix, '_sla_clock'))
		ORDER BY t.relname, a.attnum, c.name <> a.attname, length(c.name) DESC, array_position(ARRAY[v.suffix, NULL, '_sla_clock'], c.suffix)
	LOOP
		EXECUTE format('COMMENT ON COLUMN %s.%I.%I IS %L', schema, item.relname, item.attname, item.comment);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_make_views_of(regclass, text, boolean) IS
'Makes or replaces in place what is read beside a tracked table: the views <prefix>_sla, _sla_summary, _sla_backlog, _sla_misses, _sla_compliance and _sla_overrides, and the index <prefix>_sla_month, all owned by the owner of the clock table. clock_table is <prefix>_sla_clock; the tables _sla_excuse and _sla_trail lie beside it. The views are security_invoker where it has row-level security. report_time_zone: zone of the months; null: UTC. with_events: whether time per state is read from the views <prefix>_sla_events_...; with false or null nothing depends on these. Runs with the caller''s rights. Errors: those of CREATE, such as a view of that name with other columns (invalid_table_definition).';

CREATE FUNCTION _sla_report_zone(ticket_table regclass) RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
SELECT @extschema@._sla_constant(b.input::pg_catalog.regclass, 'report_time_zone') FROM @extschema@._sla_beside(ticket_table) AS b;
END;
COMMENT ON FUNCTION _sla_report_zone(regclass) IS
'Zone in which the months of a tracked table''s reports are: its report_time_zone. Null for null. Error: the table is not tracked (undefined_object).';

CREATE FUNCTION _sla_make_views(ticket_table regclass, with_events boolean) RETURNS void LANGUAGE sql
BEGIN ATOMIC
SELECT @extschema@._sla_tell_change(ticket_table);
SELECT @extschema@._sla_make_views_of(m.relation, @extschema@._sla_constant(t.input, 'report_time_zone'), with_events)
FROM @extschema@._sla_tracking(ticket_table) AS t CROSS JOIN LATERAL @extschema@._sla_made(t.schema, t.owner, t.prefix) AS m
WHERE m.kind = 'clock';
END;
COMMENT ON FUNCTION _sla_make_views(regclass, boolean) IS
'Makes or replaces in place the views to read beside a tracked table: _sla_make_views_of() of its clock table, in its zone of reports. Nothing if it is not tracked. Errors: those of _sla_make_views_of.';

CREATE FUNCTION sla_compliance(ticket_table regclass, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL,
	by text[] DEFAULT '{plan,priority,metric,month}', metric text DEFAULT NULL)
RETURNS TABLE (grain jsonb, clocks bigint, met bigint, missed bigint, on_track bigint, at_risk bigint, paused bigint,
	overdue bigint, no_target bigint, unknown bigint, cancelled bigint, share_met double precision,
	goal double precision, goal_met boolean, excused bigint, share_met_excused double precision,
	p50 interval, p90 interval, p95 interval, worst interval, p50_seconds double precision,
	p90_seconds double precision, p95_seconds double precision, worst_seconds double precision)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	clock_view regclass;
	columns name[];
	local_time text;
	keys text;
	parts text;
	groups text;
	carried text[];
	unknown text;
	known boolean;
BEGIN
	EXECUTE format('SELECT b.sla, %1$s._sla_report_zone($1) FROM %1$s._sla_beside($1) AS b', ext) INTO clock_view, local_time USING ticket_table;
	IF metric IS NOT NULL THEN
		-- One that has been deleted is known by the clocks that it left.
		EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE metric = $1)', clock_view) INTO known USING metric;
		IF NOT known THEN
			EXECUTE format('SELECT %s.sla_target(''P1'', ''community'', $1)', ext) USING metric;
		END IF;
	END IF;
	IF by IS NULL THEN
		RETURN;
	END IF;
	columns := ARRAY(SELECT a.attname FROM pg_attribute AS a
		WHERE a.attrelid = clock_view AND a.attname IN ('tenant', 'ticket', 'metric', 'run', 'status', 'plan', 'priority', 'month',
			'excused', 'excuse', 'calendar', 'time_zone', 'holidays', 'urgency', 'impact', 'override', 'stopped_by', 'cancel_reason', 'problem'));
	-- As text, the server reads the sign of an offset the other way.
	local_time := format(CASE WHEN local_time ~ '^[-+]' THEN '(s.started_at AT TIME ZONE %L::interval)'
		ELSE '(s.started_at AT TIME ZONE %L)' END, local_time);

	SELECT string_agg(format('%L, s.g%s', p.part, p.n), ', ' ORDER BY p.n), string_agg(format(', %s AS g%s', p.one, p.n), '' ORDER BY p.n),
		string_agg(format('s.g%s', p.n), ', ' ORDER BY p.n), array_agg(p.part ORDER BY p.n) FILTER (WHERE p.one LIKE 's.carried%')
	INTO keys, parts, groups, carried
	FROM (
		SELECT b.part, b.n, CASE
			WHEN b.part IN ('year', 'quarter', 'week', 'day') THEN format('date_trunc(%L, %s)::date', b.part, local_time)
			WHEN b.part = 'weekday' THEN format('extract(isodow FROM %s)::integer', local_time)
			WHEN b.part = 'hour' THEN format('extract(hour FROM %s)::integer', local_time)
			WHEN b.part = ANY (columns) THEN format('s.%I', b.part)
			ELSE format('s.carried ->> %L', b.part) END AS one
		FROM unnest(by) WITH ORDINALITY AS b (part, n)) AS p;
	EXECUTE format('SELECT COALESCE(k, ''null'') FROM unnest($1) AS k WHERE EXISTS (SELECT FROM %1$s)
		AND NOT EXISTS (SELECT FROM %1$s AS s WHERE s.carried ? k) LIMIT 1', clock_view) INTO unknown USING carried;
	IF unknown IS NOT NULL THEN
		EXECUTE format('SELECT '', or what clocks carry: '' || string_agg(DISTINCT quote_ident(k), '', '') FROM (SELECT s.carried FROM %s AS s
			WHERE s.carried IS NOT NULL LIMIT 100) AS s, jsonb_object_keys(s.carried) AS k', clock_view) INTO keys;
		RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('clocks have no "%s" to group by', unknown),
			HINT = format('It can be a column of %s, year, quarter, week, day, weekday, hour%s.', clock_view, keys);
	END IF;

	-- A status is found once a row (OFFSET 0), and excuses are looked up by themselves,
	-- because they are few.  Goals are added as integers: the sum of many 0.9 is another
	-- number as float8, and in the order of the rows.
	RETURN QUERY EXECUTE format($sql$
		SELECT s.grain, (s.tally).clocks, (s.tally).met, (s.tally).missed, (s.tally).on_track, (s.tally).at_risk,
			(s.tally).paused, (s.tally).overdue, (s.tally).no_target, (s.tally).unknown, (s.tally).cancelled,
			(s.tally).met / NULLIF(s.judged, 0)::float8, round(s.goals / (1e9 * s.with_goal), 12)::float8,
			s.met_with_goal * 1e9 >= s.goals, COALESCE(e.clocks, 0),
			(s.tally).met / NULLIF(s.judged - COALESCE(e.clocks, 0), 0)::float8,
			(s.tally).p50, (s.tally).p90, (s.tally).p95, (s.tally).worst,
			extract(epoch FROM (s.tally).p50)::float8, extract(epoch FROM (s.tally).p90)::float8,
			extract(epoch FROM (s.tally).p95)::float8, extract(epoch FROM (s.tally).worst)::float8
		FROM (
			SELECT jsonb_build_object(%1$s) AS grain, %5$s.sla_tally(s.status, s.elapsed) AS tally,
				count(*) FILTER (WHERE s.status IN ('met', 'missed', 'overdue')) AS judged,
				sum((s.goal * 1e9)::int8) AS goals, count(s.goal) AS with_goal,
				count(*) FILTER (WHERE s.goal IS NOT NULL AND s.status = 'met') AS met_with_goal%3$s
			FROM (
				SELECT s.*, CASE WHEN s.status IN ('met', 'missed', 'overdue')
					THEN %5$s._sla_clock_goal(s.priority, s.plan, s.metric, s.started_at) END AS goal
				FROM (
					SELECT s.status, s.elapsed, s.priority, s.plan, s.metric, s.started_at%2$s
					FROM %4$s AS s
					WHERE %6$s
					OFFSET 0) AS s) AS s
			%7$s) AS s
		LEFT JOIN (
			SELECT jsonb_build_object(%1$s) AS grain, count(*) AS clocks
			FROM (
				SELECT s.status%2$s
				FROM %4$s AS s
				WHERE s.excused AND s.status IN ('missed', 'overdue') AND %6$s) AS s
			%7$s) AS e ON e.grain = s.grain
		%8$s
		$sql$, keys, parts, ', ' || groups, clock_view, ext,
		'($1 IS NULL OR s.started_at >= $1) AND ($2 IS NULL OR s.started_at < $2) AND ($3 IS NULL OR s.metric = $3)',
		'GROUP BY ' || groups, 'ORDER BY ' || groups)
		USING since, until, metric;
END
$function$;
COMMENT ON FUNCTION sla_compliance(regclass, timestamptz, timestamptz, text[], text) IS
'How the targets of a tracked table were met, by any grain: of the clocks that started at or after since and before until; null: no limit. by: what to group by, in the order of the result: columns of <prefix>_sla (tenant, ticket, metric, run, status, plan, priority, month, excused, excuse, calendar, time_zone, holidays, urgency, impact, override, stopped_by, cancel_reason, problem), year, quarter, week (its Monday) and day of the start, as dates, weekday (1 to 7, from Monday) and hour (0 to 23) of it, all in the zone of the reports, or what the clocks carry. Nothing: one row. metric: of one metric only; null: of all. grain: what was grouped by, such as {"team": "network"}. The other columns are those of <prefix>_sla_compliance; but goal is the average of the goals of those that met, missed or are overdue and have one, and goal_met whether together they reach it. No row if it is null. Needs SELECT on <prefix>_sla. Errors: the table is not tracked or there is no such metric (undefined_object), clocks have nothing of that name (undefined_column).';
