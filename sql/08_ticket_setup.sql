-- Setting up tracking: the views by which a ticket, its clocks and its events are
-- read, the tables beside the ticket table, and the triggers that keep them.
-- What they consist of is told once, by _sla_parts().
--
-- Expressions come from the caller and are read with his search_path; all else
-- is qualified.  Names are put into commands, never into texts of functions.

-- What there is ----------------------------------------------------------

CREATE FUNCTION _sla_parts()
RETURNS TABLE (relation text, name text, type regtype, definition text, argument text, defaults text[], comment text)
LANGUAGE sql STABLE ROWS 130
BEGIN ATOMIC
SELECT p.relation, p.name, CASE p.type
		WHEN 'urgency' THEN '@extschema@.ticket_urgency'::regtype
		WHEN 'impact' THEN '@extschema@.ticket_impact'::regtype
		WHEN 'priority' THEN '@extschema@.ticket_priority'::regtype
		WHEN 'status' THEN '@extschema@.sla_status'::regtype
		ELSE ('pg_catalog.' || p.type)::regtype END,
	p.definition, p.argument, p.defaults, p.comment
FROM (VALUES
	('input', NULL, NULL, NULL, NULL, NULL, 'How tickets are read for their clocks, and the options of tracking; made by sla_track().'),
	('input', 'id', NULL, NULL, 'id', '{id}'::text[], 'The ticket.'),
	('input', 'tenant', NULL, NULL, NULL, NULL, 'Tenant of the ticket.'),
	('input', 'opened_at', 'timestamptz', NULL, 'opened_at', '{opened_at}', 'When it was opened.'),
	('input', 'closed_at', 'timestamptz', NULL, 'closed', '{resolved_at,closed_at}', 'When it was closed.'),
	('input', 'closed', 'bool', NULL, 'closed', NULL, 'Whether it is closed, where the instant is not kept.'),
	('input', 'cancelled', 'bool', NULL, 'cancelled', '{cancelled}', 'Whether it counts nowhere.'),
	('input', 'plan', 'text', NULL, 'plan', '{plan}', 'Its support plan.'),
	('input', 'urgency', 'urgency', NULL, 'urgency', '{urgency}', 'Its urgency.'),
	('input', 'impact', 'impact', NULL, 'impact', '{impact}', 'Its impact.'),
	('input', 'override', 'priority', NULL, 'override', '{override}', 'Priority that the customer asks for.'),
	('input', 'priority', 'priority', NULL, 'priority', '{priority}', 'Its priority, where it does not come from urgency and impact.'),
	('input', 'time_zone', 'text', NULL, 'time_zone', '{time_zone}', 'Time zone of the customer.'),
	('input', 'holidays', 'text', NULL, 'holidays', '{holidays}', 'Holiday list of the customer.'),
	('input', 'calendar', 'text', NULL, 'calendar', '{calendar}', 'Calendar in place of that of the target.'),
	('input', 'carried', 'jsonb', NULL, NULL, NULL, 'Values that its clocks keep.'),
	('input', 'filled', 'text', NULL, NULL, NULL, 'Column into which the priority is written.'),
	('input', 'trail', 'text', NULL, NULL, NULL, 'What the trail tells: all, changes, none.'),
	('input', 'report_time_zone', 'text', NULL, NULL, NULL, 'Time zone of the months in reports.'),
	('input', 'approver', 'text', NULL, NULL, NULL, 'Role that may excuse, rejudge and cancel runs.'),
	('input', 'prefix', 'text', NULL, NULL, NULL, 'How the names of all that is made begin.'),

	('metric', NULL, NULL, NULL, NULL, NULL, 'How tickets are read for one clock; made by sla_track() or sla_add_clock(). A null constant: what the ticket has.'),
	('metric', 'id', NULL, NULL, NULL, NULL, 'The ticket.'),
	('metric', 'tenant', NULL, NULL, NULL, NULL, 'Tenant of the ticket.'),
	('metric', 'metric', 'text', NULL, NULL, NULL, 'What the clock measures.'),
	('metric', 'starts_at', 'timestamptz', NULL, 'starts', NULL, 'When it starts.'),
	('metric', 'stops_at', 'timestamptz', NULL, 'stops', NULL, 'When it stops.'),
	('metric', 'stops', 'bool', NULL, 'stops', NULL, 'Whether it has stopped, where the instant is not kept.'),
	('metric', 'is_paused', 'bool', NULL, 'paused', NULL, 'Whether it is paused.'),
	('metric', 'paused', 'tstzmultirange', NULL, 'paused', NULL, 'When it is paused, where the application keeps that.'),
	('metric', 'cancelled', 'bool', NULL, 'cancelled', NULL, 'Whether it counts nowhere.'),
	('metric', 'plan', 'text', NULL, 'plan', NULL, 'Its support plan.'),
	('metric', 'priority', 'priority', NULL, 'priority', NULL, 'Its priority.'),
	('metric', 'calendar', 'text', NULL, 'calendar', NULL, 'Calendar in place of that of the target.'),
	('metric', 'on_close', 'text', NULL, NULL, NULL, 'What the closing of the ticket does: stop, cancel, run.'),
	('metric', 'on_reopen', 'text', NULL, NULL, NULL, 'What its reopening does: continue, new run, keep.'),
	('metric', 'made_by', 'text', NULL, NULL, NULL, 'Which call made it.'),

	('events', NULL, NULL, NULL, NULL, NULL, 'How events are read for one clock; made by sla_add_events(). A null constant: what the ticket has.'),
	('events', 'key', 'text', NULL, NULL, NULL, 'The event: its primary key.'),
	('events', 'ticket', NULL, NULL, 'ticket', '{ticket,ticket_id}', 'The ticket.'),
	('events', 'tenant', NULL, NULL, NULL, NULL, 'Tenant of the ticket.'),
	('events', 'metric', 'text', NULL, NULL, NULL, 'What the clock measures.'),
	('events', 'at', 'timestamptz', NULL, 'at', '{at,created_at}', 'When it happened.'),
	('events', 'seq', 'int8', NULL, 'seq', NULL, 'Order of events of one instant.'),
	('events', 'starts', 'bool', NULL, 'starts', NULL, 'Whether it begins a run.'),
	('events', 'stops', 'bool', NULL, 'stops', NULL, 'Whether it ends the run.'),
	('events', 'cancels', 'bool', NULL, 'cancels', NULL, 'Whether it ends the run uncounted.'),
	('events', 'paused', 'bool', NULL, 'paused', NULL, 'Whether the ticket is paused from then on.'),
	('events', 'state', 'text', NULL, 'state', NULL, 'State from then on, for the time in each state.'),
	('events', 'only_after', 'text', NULL, NULL, NULL, 'Metric of which a run must have stopped before.'),

	('clock', NULL, NULL, NULL, NULL, NULL, 'Clocks of the tickets, a row for each run. Kept by triggers, which refuse other writes.'),
	('clock', 'tenant', NULL, 'NOT NULL', NULL, NULL, 'Tenant of the ticket.'),
	('clock', 'clock_id', 'int8', 'GENERATED BY DEFAULT AS IDENTITY', NULL, NULL, 'Number of the row.'),
	('clock', 'ticket', NULL, 'NOT NULL', NULL, NULL, 'The ticket.'),
	('clock', 'metric', 'text', 'NOT NULL', NULL, NULL, 'What is measured, by its name in sla_metric.'),
	('clock', 'run', 'int4', 'NOT NULL', NULL, NULL, 'Which run of this metric, from 1.'),
	('clock', 'opened_at', 'timestamptz', '', NULL, NULL, 'When the ticket was opened.'),
	('clock', 'plan', 'text', '', NULL, NULL, 'Support plan by which it is judged.'),
	('clock', 'priority', 'priority', '', NULL, NULL, 'Priority by which it is judged.'),
	('clock', 'calendar', 'text', '', NULL, NULL, 'Calendar in place of that of the target. Null: the target''s.'),
	('clock', 'time_zone', 'text', '', NULL, NULL, 'Time zone of the customer. Null: the calendar''s.'),
	('clock', 'holidays', 'text', '', NULL, NULL, 'Holiday list of the customer. Null: the calendar''s.'),
	('clock', 'urgency', 'urgency', '', NULL, NULL, 'Urgency from which the priority came.'),
	('clock', 'impact', 'impact', '', NULL, NULL, 'Impact from which the priority came.'),
	('clock', 'override', 'priority', '', NULL, NULL, 'Priority that the customer asked for.'),
	('clock', 'started_at', 'timestamptz', 'NOT NULL', NULL, NULL, 'When it started.'),
	('clock', 'started_by', 'text', '', NULL, NULL, 'Key of the event that started it. Null: the ticket did.'),
	('clock', 'stopped_at', 'timestamptz', '', NULL, NULL, 'When it stopped. Null: it has not.'),
	('clock', 'stopped_by', 'text', 'CHECK (stopped_by IN (''stop'', ''close''))', NULL, NULL, 'stop: what it waits for; close: the closing of the ticket.'),
	('clock', 'stop_counts', 'bool', 'NOT NULL DEFAULT true', NULL, NULL, 'False: the stop that the ticket tells was there before this run.'),
	('clock', 'closed_at', 'timestamptz', '', NULL, NULL, 'When the ticket was closed, as last seen. Null: open.'),
	('clock', 'closing_counts', 'bool', 'NOT NULL DEFAULT true', NULL, NULL, 'False: that closing does not end this run.'),
	('clock', 'closed_periods', 'tstzmultirange', 'NOT NULL DEFAULT ''{}''', NULL, NULL, 'When the ticket was closed, until it was reopened and the run went on.'),
	('clock', 'cancelled_at', 'timestamptz', '', NULL, NULL, 'When it ended uncounted. Null: it counts.'),
	('clock', 'cancel_reason', 'text', '', NULL, NULL, 'Why it counts nowhere.'),
	('clock', 'cancelled_by', 'text', '', NULL, NULL, 'Role that cancelled it by sla_cancel_run(). Null: the rules did.'),
	('clock', 'gone_at', 'timestamptz', '', NULL, NULL, 'When the ticket was deleted. Null: it is there.'),
	('clock', 'paused', 'tstzmultirange', 'NOT NULL DEFAULT ''{}''', NULL, NULL, 'When it was paused. Its last period has no end: it is paused.'),
	('clock', 'target', 'interval', '', NULL, NULL, 'Target, in business time. Null: none, or not known.'),
	('clock', 'due_at', 'timestamptz', '', NULL, NULL, 'Deadline. Null: no target, not known, or paused with time left.'),
	('clock', 'at_risk_at', 'timestamptz', '', NULL, NULL, 'When it is at risk.'),
	('clock', 'remaining', 'interval', '', NULL, NULL, 'Business time that is left, while it is paused.'),
	('clock', 'elapsed', 'interval', '', NULL, NULL, 'Business time that it took, when it has stopped.'),
	('clock', 'problem', 'text', '', NULL, NULL, 'Why it cannot be judged. Null: it can.'),
	('clock', 'carried', 'jsonb', '', NULL, NULL, 'Values of the ticket, as they were while it ran.'),

	('trail', NULL, NULL, NULL, NULL, NULL, 'What changed of tickets and clocks, who changed it and why. Kept by triggers, which refuse other writes.'),
	('trail', 'tenant', NULL, 'NOT NULL', NULL, NULL, 'Tenant of the ticket.'),
	('trail', 'id', 'int8', 'GENERATED BY DEFAULT AS IDENTITY', NULL, NULL, 'Number of the row, in the order in which changes were seen.'),
	('trail', 'at', 'timestamptz', 'NOT NULL', NULL, NULL, 'When.'),
	('trail', 'ticket', NULL, 'NOT NULL', NULL, NULL, 'The ticket.'),
	('trail', 'metric', 'text', '', NULL, NULL, 'The clock. Null: the ticket.'),
	('trail', 'event', 'text', 'NOT NULL', NULL, NULL, 'What happened.'),
	('trail', 'old_priority', 'priority', '', NULL, NULL, 'Priority before.'),
	('trail', 'priority', 'priority', '', NULL, NULL, 'Priority afterwards.'),
	('trail', 'old_plan', 'text', '', NULL, NULL, 'Support plan before.'),
	('trail', 'plan', 'text', '', NULL, NULL, 'Support plan afterwards.'),
	('trail', 'urgency', 'urgency', '', NULL, NULL, 'Urgency afterwards.'),
	('trail', 'impact', 'impact', '', NULL, NULL, 'Impact afterwards.'),
	('trail', 'override', 'priority', '', NULL, NULL, 'Priority that the customer asks for, afterwards.'),
	('trail', 'assigned', 'priority', '', NULL, NULL, 'Priority that urgency and impact give.'),
	('trail', 'old_due_at', 'timestamptz', '', NULL, NULL, 'Deadline before.'),
	('trail', 'due_at', 'timestamptz', '', NULL, NULL, 'Deadline afterwards.'),
	('trail', 'status', 'status', '', NULL, NULL, 'Status of the clock before.'),
	('trail', 'actor', 'text', 'NOT NULL', NULL, NULL, 'Who: the setting ticket_priority.actor, else the user of the session.'),
	('trail', 'actor_kind', 'text', '', NULL, NULL, 'customer, agent or system: the setting ticket_priority.actor_kind.'),
	('trail', 'reason', 'text', '', NULL, NULL, 'Why: the setting ticket_priority.reason, or what an approver said.'),

	('excuse', NULL, NULL, NULL, NULL, NULL, 'Misses that are excused; see sla_excuse().'),
	('excuse', 'tenant', NULL, 'NOT NULL', NULL, NULL, 'Tenant of the ticket.'),
	('excuse', 'clock_id', 'int8', 'NOT NULL', NULL, NULL, 'Number of the clock.'),
	('excuse', 'ticket', NULL, 'NOT NULL', NULL, NULL, 'The ticket.'),
	('excuse', 'metric', 'text', 'NOT NULL', NULL, NULL, 'What was missed.'),
	('excuse', 'run', 'int4', 'NOT NULL', NULL, NULL, 'In which run.'),
	('excuse', 'reason', 'text', 'NOT NULL CHECK (reason OPERATOR(pg_catalog.~) ''[^[:space:]]'')', NULL, NULL, 'Why it is excused.'),
	('excuse', 'excused_by', 'text', 'NOT NULL DEFAULT CURRENT_USER', NULL, NULL, 'Role that excused it.'),
	('excuse', 'excused_at', 'timestamptz', 'NOT NULL DEFAULT pg_catalog.now()', NULL, NULL, 'When.'),

	('alarm', NULL, NULL, NULL, NULL, NULL, 'Alarms that sla_notify() has sent.'),
	('alarm', 'tenant', NULL, 'NOT NULL', NULL, NULL, 'Tenant of the ticket.'),
	('alarm', 'ticket', NULL, 'NOT NULL', NULL, NULL, 'The ticket.'),
	('alarm', 'metric', 'text', 'NOT NULL', NULL, NULL, 'What is measured.'),
	('alarm', 'run', 'int4', 'NOT NULL', NULL, NULL, 'In which run.'),
	('alarm', 'level', 'text', 'NOT NULL', NULL, NULL, 'Level that was reached.'),
	('alarm', 'due_at', 'timestamptz', '', NULL, NULL, 'Deadline at that time.'),
	('alarm', 'told_at', 'timestamptz', 'NOT NULL DEFAULT pg_catalog.now()', NULL, NULL, 'When it was sent.')
	) AS p (relation, name, type, definition, argument, defaults, comment);
END;
COMMENT ON FUNCTION _sla_parts() IS
'What stands beside a tracked table, in order: a row for each view and table (without a name of a column) and for each of its columns: type (null: that of the ticket''s id or tenant), what follows the type in a table, the argument from which a view has it with the columns that serve by default (null: put in by the call), and comment.';

CREATE FUNCTION _sla_tracking(ticket_table regclass)
RETURNS TABLE (prefix text, input regclass, schema oid, owner oid)
LANGUAGE sql STABLE ROWS 1
BEGIN ATOMIC
SELECT DISTINCT k.prefix, v.oid::regclass, v.relnamespace, v.relowner
FROM pg_catalog.pg_class AS r
JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = r.oid
	AND t.tgfoid = '@extschema@._sla_ticket_changed'::pg_catalog.regproc AND t.tgparentid = 0 AND t.tgnargs = 1
CROSS JOIN LATERAL (
	SELECT pg_catalog.convert_from(pg_catalog.substr(t.tgargs, 1, pg_catalog.length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())
	) AS k (prefix)
JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = r.oid
	AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
JOIN pg_catalog.pg_class AS v ON v.oid = w.ev_class AND v.relkind = 'v' AND v.relowner = r.relowner
	AND v.relname = (k.prefix || '_sla_input')
WHERE r.oid = ticket_table
LIMIT 1;
END;
COMMENT ON FUNCTION _sla_tracking(regclass) IS
'How the names of what tracks a table begin, and the view by which its tickets are read, with schema and owner. No row if the table is not tracked, or is null.';

CREATE FUNCTION _sla_relation(ticket_table regclass, suffix text)
RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tracking record;
	found_relation regclass;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_tracking($1)', ext) INTO tracking USING ticket_table;
	IF tracking.prefix IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('table %s is not tracked', coalesce(ticket_table::text, 'null')),
			HINT = 'Call sla_track() for it; the view sla_tracked has the tables that are tracked.';
	END IF;
	SELECT c.oid INTO found_relation FROM pg_class AS c
	WHERE c.relname = tracking.prefix || suffix AND c.relnamespace = tracking.schema AND c.relowner = tracking.owner;
	IF found_relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('%s of tracked table %s is missing', quote_ident(tracking.prefix || suffix), ticket_table),
			HINT = 'Call sla_track() again for the table.';
	END IF;
	RETURN found_relation;
END
$function$;
COMMENT ON FUNCTION _sla_relation(regclass, text) IS
'The view or table that stands beside a tracked table, by what follows the prefix in its name, such as _sla_clock. Errors (undefined_object): the table is not tracked; there is none of that name.';

CREATE FUNCTION _sla_constant(input regclass, column_name text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	literal text := (regexp_match(pg_get_viewdef(input), $$('(?:[^']|'')*')::text AS $$ || quote_ident(column_name) || '[,\n]'))[1];
	value text;
BEGIN
	IF literal IS NOT NULL THEN
		EXECUTE 'SELECT ' || literal INTO value;
	END IF;
	RETURN value;
END
$function$;
COMMENT ON FUNCTION _sla_constant(regclass, text) IS
'Text that a view has in all rows of a column, as the options of tracking are kept. Null if the column is something else, or an argument is null.';

CREATE FUNCTION _sla_metrics(ticket_table regclass)
RETURNS TABLE (metric text, input regclass, events regclass, source regclass)
LANGUAGE sql STABLE ROWS 4
BEGIN ATOMIC
SELECT m.metric, i.oid::regclass, e.oid::regclass,
	(SELECT d.refobjid::regclass FROM pg_catalog.pg_rewrite AS w
	JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
		AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> w.ev_class
	JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid AND s.relkind IN ('r', 'p')
	WHERE w.ev_class = e.oid LIMIT 1)
FROM @extschema@._sla_tracking(ticket_table) AS t
JOIN pg_catalog.pg_class AS i ON i.relnamespace = t.schema AND i.relowner = t.owner AND i.relkind = 'v'
	AND pg_catalog.starts_with(i.relname::text, t.prefix || '_sla_input_')
	AND EXISTS (SELECT FROM pg_catalog.pg_rewrite AS w
		JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
		WHERE w.ev_class = i.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = ticket_table)
CROSS JOIN LATERAL (SELECT pg_catalog.substr(i.relname::text, pg_catalog.length(t.prefix || '_sla_input_') + 1)) AS m (metric)
LEFT JOIN pg_catalog.pg_class AS e ON e.relnamespace = t.schema AND e.relowner = t.owner AND e.relkind = 'v'
	AND e.relname = t.prefix || '_sla_events_' || m.metric
ORDER BY m.metric COLLATE "C";
END;
COMMENT ON FUNCTION _sla_metrics(regclass) IS
'The clocks of a tracked table: metric, the view by which tickets are read for it, and where events tell of it, the view by which they are read and the table of events. No rows if the table is not tracked, or is null.';

CREATE VIEW sla_tracked (ticket_table, prefix, metrics) AS
SELECT r.oid::regclass, t.prefix, ARRAY(SELECT m.metric FROM @extschema@._sla_metrics(r.oid::regclass) AS m)
FROM (SELECT DISTINCT g.tgrelid AS oid FROM pg_catalog.pg_trigger AS g
	WHERE g.tgfoid = '@extschema@._sla_ticket_changed'::pg_catalog.regproc AND g.tgparentid = 0) AS r
CROSS JOIN LATERAL @extschema@._sla_tracking(r.oid::regclass) AS t;
COMMENT ON VIEW sla_tracked IS
'The tracked tables and their clocks.';
COMMENT ON COLUMN sla_tracked.ticket_table IS 'The tracked table.';
COMMENT ON COLUMN sla_tracked.prefix IS 'How the names of what stands beside it begin.';
COMMENT ON COLUMN sla_tracked.metrics IS 'Names of its clocks.';
GRANT SELECT ON sla_tracked TO PUBLIC;

-- Expressions ------------------------------------------------------------

CREATE FUNCTION _sla_base_type(type regtype)
RETURNS regtype
LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
WITH RECURSIVE base (oid, under) AS (
	SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type AS t WHERE t.oid = type
	UNION ALL
	SELECT t.oid, t.typbasetype FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.under)
SELECT b.oid::regtype FROM base AS b WHERE b.under = 0;
END;
COMMENT ON FUNCTION _sla_base_type(regtype) IS
'The type under a domain, or the type itself. Null for a null type.';

CREATE FUNCTION _sla_equality(type regtype)
RETURNS text
LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
SELECT coalesce(max(pg_catalog.format('OPERATOR(%I.%s)', n.nspname, o.oprname)), 'OPERATOR(pg_catalog.=)')
FROM pg_catalog.pg_opclass AS c
JOIN pg_catalog.pg_am AS m ON m.oid = c.opcmethod AND m.amname = 'btree'
JOIN pg_catalog.pg_amop AS p ON p.amopfamily = c.opcfamily AND p.amopstrategy = 3
	AND p.amoplefttype = c.opcintype AND p.amoprighttype = c.opcintype
JOIN pg_catalog.pg_operator AS o ON o.oid = p.amopopr
JOIN pg_catalog.pg_namespace AS n ON n.oid = o.oprnamespace
WHERE c.opcdefault AND c.opcintype = @extschema@._sla_base_type(type);
END;
COMMENT ON FUNCTION _sla_equality(regtype) IS
'The operator that is equality to the indexes of a type, such as OPERATOR(pg_catalog.=), for SQL that is put together as text. Null for a null type.';

CREATE FUNCTION _sla_convert(expression text, type regtype, wanted regtype)
RETURNS text
LANGUAGE sql STABLE STRICT
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT CASE
	WHEN b.oid = w.base
		OR b.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND w.base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
		OR b.typcategory IN ('S', 'E') AND w.typcategory = 'S'
	THEN pg_catalog.format('(%s)::%s', expression, wanted)
	WHEN b.typcategory IN ('S', 'E') AND wanted = '@extschema@.ticket_urgency'::regtype
	THEN pg_catalog.format('%s.to_urgency((%s)::pg_catalog.text)', w.schema, expression)
	WHEN b.typcategory IN ('S', 'E') AND wanted = '@extschema@.ticket_impact'::regtype
	THEN pg_catalog.format('%s.to_impact((%s)::pg_catalog.text)', w.schema, expression)
	WHEN b.typcategory IN ('S', 'E') AND wanted = '@extschema@.ticket_priority'::regtype
	THEN pg_catalog.format('%s.to_priority((%s)::pg_catalog.text)', w.schema, expression)
	END
FROM pg_catalog.pg_type AS b
CROSS JOIN (SELECT t.typcategory, @extschema@._sla_base_type(t.oid::regtype), t.typnamespace::pg_catalog.regnamespace
	FROM pg_catalog.pg_type AS t WHERE t.oid = wanted) AS w (typcategory, base, schema)
WHERE b.oid = @extschema@._sla_base_type(type);
END;
COMMENT ON FUNCTION _sla_convert(text, regtype, regtype) IS
'An expression of a type as one of the type that is wanted: by a cast, or by to_urgency(), to_impact(), to_priority() from text and other enums. Null if it does not fit.';

CREATE FUNCTION _sla_probe(path text, source regclass, expression text,
	OUT type regtype, OUT plain_column smallint, OUT used smallint[], OUT problem text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	view_name CONSTANT text := gen_random_uuid();
	schema CONSTANT text := (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = source);
	query CONSTANT text := format(E'SELECT (\n%s\n) AS %I FROM %s', expression, view_name, source);
	statement refcursor;
	view_oid oid;
	tree text;
BEGIN
	-- A view shows what the expression is; it goes with the end of the block.
	BEGIN
		PERFORM set_config('search_path', path, true);
		OPEN statement FOR EXECUTE query;	-- one statement, and one that only reads
		CLOSE statement;
		EXECUTE format('CREATE VIEW %s.%I AS %s', schema, view_name, query);
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

		view_oid := to_regclass(format('%s.%I', schema, view_name));
		SELECT w.ev_action, ARRAY(SELECT d.refobjsubid FROM pg_depend AS d
			WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
				AND d.refobjid = source AND d.refobjsubid > 0)
		INTO tree, used FROM pg_rewrite AS w WHERE w.ev_class = view_oid;
		SELECT a.atttypid INTO type FROM pg_attribute AS a WHERE a.attrelid = view_oid AND a.attnum = 1;
		problem := CASE
			WHEN tree ~ ':hasSubLinks true' THEN 'a subquery is not possible; put it into a function'
			WHEN tree ~ ':hasAggs true' THEN 'an aggregate is not possible; put it into a function'
			WHEN tree ~ ':hasWindowFuncs true' THEN 'a window function is not possible'
			WHEN tree ~ ':hasTargetSRFs true' THEN 'a function that returns a set is not possible'
			WHEN regexp_count(tree, '(?<!\\)\{QUERY ') <> 1
				OR (SELECT c.relnatts FROM pg_class AS c WHERE c.oid = view_oid) <> 1 THEN 'it is more than one expression'
			END;
		IF tree ~ ':varattno 0 ' THEN	-- the whole row
			used := ARRAY(SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped);
		END IF;
		plain_column := (regexp_match(tree, ':targetList \(\{TARGETENTRY :expr \{VAR :varno \d+ :varattno (\d+) '))[1];
		RAISE EXCEPTION USING ERRCODE = 'TP000';
	EXCEPTION
		WHEN SQLSTATE 'TP000' THEN NULL;
		WHEN syntax_error_or_access_rule_violation OR data_exception OR invalid_cursor_definition
			OR feature_not_supported OR program_limit_exceeded OR invalid_schema_name THEN
			problem := CASE SQLSTATE WHEN '42P11' THEN 'it is more than one expression' ELSE SQLERRM END;
	END;
END
$function$;
COMMENT ON FUNCTION _sla_probe(text, regclass, text) IS
'Tries an expression over the rows of a table, read with a search_path; nothing is left behind. Result: its type; the number of the column if it is nothing but that; the numbers of the columns that it uses; what is wrong with it (null: nothing).';

CREATE FUNCTION _sla_read(path text, source regclass, view_kind text, given jsonb, id_type regtype,
	OUT columns jsonb, OUT used jsonb, OUT problems text[])
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	part record;
	probe record;
	expression text;
	converted text;
	fits integer;
BEGIN
	columns := '{}';
	used := '{}';
	problems := '{}';
	FOR part IN EXECUTE format($$
		SELECT p.argument, array_agg(p.name ORDER BY p.n) AS names, array_agg(p.type ORDER BY p.n) AS types,
			(array_agg(p.defaults ORDER BY p.n))[1] AS defaults
		FROM (SELECT argument, name, coalesce(type, $2) AS type, to_jsonb(defaults) AS defaults, n
			FROM %s._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
			WHERE relation = $1 AND argument IS NOT NULL) AS p
		GROUP BY p.argument ORDER BY min(p.n)$$, ext) USING view_kind, id_type
	LOOP
		expression := given ->> part.argument;
		IF expression IS NULL THEN
			SELECT quote_ident(d.name) INTO expression
			FROM jsonb_array_elements_text(part.defaults) WITH ORDINALITY AS d (name, n)
			JOIN pg_attribute AS a ON a.attrelid = source AND a.attname = d.name AND a.attnum > 0 AND NOT a.attisdropped
			ORDER BY d.n LIMIT 1;
		END IF;
		CONTINUE WHEN expression IS NULL OR expression !~ '[^[:space:]]';

		EXECUTE format('SELECT * FROM %s._sla_probe($1, $2, $3)', ext) INTO probe USING path, source, expression;
		used := used || jsonb_build_object(part.argument, coalesce(probe.used, '{}'));
		IF probe.problem IS NOT NULL THEN
			problems := problems || format('%s: %s.', part.argument, probe.problem);
			CONTINUE;
		END IF;
		fits := 0;
		FOR i IN 1 .. cardinality(part.names) LOOP
			IF part.types[i] IS NULL THEN
				converted := quote_ident((SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = source AND a.attnum = probe.plain_column));
			ELSE
				EXECUTE format('SELECT %s._sla_convert($1, $2, $3)', ext) INTO converted
					USING E'\n' || expression || E'\n', probe.type, part.types[i];
			END IF;
			IF converted IS NOT NULL THEN
				fits := fits + 1;
				columns := columns || jsonb_build_object(part.names[i], converted);
			END IF;
		END LOOP;
		IF fits = 0 AND part.types[1] IS NULL THEN
			problems := problems || format('%s: it must be a column.', part.argument);
		ELSIF fits = 0 THEN
			EXECUTE format('SELECT %s._sla_misfit($1, $2, $3)', ext) INTO converted USING part.argument, probe.type, part.types;
			problems := problems || converted;
		END IF;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_read(text, regclass, text, jsonb, regtype) IS
'Reads the expressions that a call gives for a view: as the columns of the view, with their casts; which columns of the table each argument uses; and all that is wrong, a line each.';

CREATE FUNCTION _sla_misfit(argument text, type regtype, wanted regtype[])
RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT pg_catalog.format('%s: it is of type %s; it must be %s%s.', argument, type, k.kinds, CASE
	WHEN b.typcategory = 'D' AND 'timestamptz'::regtype = ANY (wanted)
	THEN ', because the meaning of others depends on the session''s time zone. Name theirs: AT TIME ZONE ''UTC'''
	WHEN b.typcategory = 'N' AND w.typcategory IN ('S', 'E')
	THEN '. Say what the numbers mean: CASE ... WHEN 1 THEN ''...'' END'
	WHEN w.typname = 'bool' THEN '. Write a condition, such as ... = ''...'''
	ELSE '' END)
FROM pg_catalog.pg_type AS b
CROSS JOIN (SELECT t.typcategory, t.typname FROM pg_catalog.pg_type AS t WHERE t.oid = wanted[1]) AS w
CROSS JOIN (SELECT pg_catalog.string_agg(CASE WHEN t.typcategory IN ('S', 'E') THEN 'text or an enum' ELSE t.oid::regtype::text END, ' or ' ORDER BY u.n)
	FROM unnest(wanted) WITH ORDINALITY AS u (oid, n) JOIN pg_catalog.pg_type AS t ON t.oid = u.oid) AS k (kinds)
WHERE b.oid = @extschema@._sla_base_type(type);
END;
COMMENT ON FUNCTION _sla_misfit(text, regtype, regtype[]) IS
'Says that the expression of an argument is of a type that does not fit, and what to write.';

CREATE FUNCTION _sla_refuse(what text, problems text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	IF cardinality(problems) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = what, DETAIL = array_to_string(problems, E'\n');
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_refuse(text, text[]) IS
'Raises an error (invalid_parameter_value) with a line for each problem, if there are any.';

-- Making -----------------------------------------------------------------

CREATE FUNCTION _sla_begin(ticket_table regclass, OUT owner name, OUT schema text, OUT schema_oid oid, OUT table_name name)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	relation pg_class;
BEGIN
	IF ticket_table IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'the ticket table must not be null';
	END IF;
	SELECT c.* INTO relation FROM pg_class AS c WHERE c.oid = ticket_table;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table',
			MESSAGE = format('table with OID %s does not exist', ticket_table::oid);
	ELSIF relation.relkind NOT IN ('r', 'p') THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is not a table', relation.relname),
			DETAIL = 'Only ordinary and partitioned tables can be tracked.',
			HINT = CASE WHEN relation.relkind IN ('v', 'm') THEN 'Track the table under the view.' END;
	ELSIF relation.relpersistence = 't' THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is a temporary table', relation.relname),
			DETAIL = 'Only permanent tables can be tracked.';
	ELSIF relation.relispartition THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is a partition', relation.relname),
			HINT = 'Track the partitioned table; its partitions come with it.';
	ELSIF relation.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits AS i WHERE ticket_table IN (i.inhparent, i.inhrelid)) THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" has inheritance', relation.relname),
			DETAIL = 'Only ordinary tables without parents and children, and partitioned tables, can be tracked.';
	ELSIF NOT pg_has_role(relation.relowner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('must be owner of table %s', relation.relname);
	END IF;
	owner := pg_get_userbyid(relation.relowner);
	schema := relation.relnamespace::regnamespace;
	schema_oid := relation.relnamespace;
	table_name := relation.relname;
	-- One call after the other; rows written meanwhile wait, as for any trigger.
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', ticket_table);
END
$function$;
COMMENT ON FUNCTION _sla_begin(regclass) IS
'Looks at a table that is to be, or is, tracked, and locks it: its owner, schema and name. Errors: none given (null_value_not_allowed), no such table (undefined_table), not a table that can be tracked (wrong_object_type), not the owner (insufficient_privilege).';

CREATE FUNCTION _sla_strangers(schema oid, owner name, prefix text, metrics text[])
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
-- Ours belong to the owner and have our columns, or are views upon ours.
SELECT array_agg(format('%s', n.name) ORDER BY n.name COLLATE "C")
FROM (
	SELECT prefix || '_sla_' || k.kind, k.kind FROM unnest('{input,clock,trail,excuse,alarm}'::text[]) AS k (kind)
	UNION ALL
	SELECT prefix || '_sla_' || k.part || m.metric, k.kind
	FROM unnest(metrics) AS m (metric), (VALUES ('input_', 'metric'), ('events_', 'events')) AS k (part, kind)
	UNION ALL
	SELECT prefix || '_sla' || k.kind, 'view' FROM unnest('{"",_summary,_backlog,_misses,_compliance,_overrides}'::text[]) AS k (kind)
	) AS n (name, kind)
JOIN pg_class AS c ON c.relname = n.name AND c.relnamespace = schema
WHERE pg_get_userbyid(c.relowner) <> owner
	OR c.relkind <> ALL (CASE WHEN n.kind IN ('clock', 'trail', 'excuse', 'alarm') THEN '{r,p}' ELSE '{v}' END::"char"[])
	OR EXISTS (
		SELECT FROM @extschema@._sla_parts() AS p
		WHERE p.relation = n.kind AND p.name <> 'tenant' AND NOT EXISTS (
			SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = p.name))
	OR n.kind = 'view' AND NOT EXISTS (
		SELECT FROM pg_rewrite AS w
		JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
		JOIN pg_class AS u ON u.oid = d.refobjid AND u.oid <> c.oid AND u.relnamespace = schema
		WHERE w.ev_class = c.oid AND starts_with(u.relname::text, prefix || '_sla'));
END;
COMMENT ON FUNCTION _sla_strangers(oid, name, text, text[]) IS
'Names that tracking would take, and that belong to something else. Null: none.';

CREATE FUNCTION _sla_names(schema oid, owner name, prefix text, metrics text[])
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	longest CONSTANT text := (SELECT prefix || '_sla_' || n.name
		FROM (SELECT 'compliance' UNION ALL SELECT 'events_' || m FROM unnest(metrics) AS m) AS n (name)
		ORDER BY octet_length(n.name) DESC LIMIT 1);
	strangers text[];
BEGIN
	IF octet_length(longest) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'name_too_long',
			MESSAGE = format('the name %s is too long', quote_ident(longest)),
			DETAIL = format('It has %s bytes; a name has at most 63.', octet_length(longest)),
			HINT = 'Give a shorter prefix to sla_track(), or name the metric shorter.';
	END IF;
	EXECUTE format('SELECT %s._sla_strangers($1, $2, $3, $4)', ext) INTO strangers USING schema, owner, prefix, metrics;
	IF strangers IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = 'names that tracking needs are taken by something else',
			DETAIL = format('In schema %s: %s.', schema::regnamespace,
				(SELECT string_agg(quote_ident(s), ', ') FROM unnest(strangers) AS s)),
			HINT = 'Rename or drop these, give them to the owner of the ticket table if tracking made them, or choose another prefix.';
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_names(oid, name, text, text[]) IS
'Sees that the names of what stands beside a ticket table are short enough (name_too_long) and not taken by something else (duplicate_object).';

CREATE FUNCTION _sla_comment(relation regclass, kind text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	command text;
BEGIN
	FOR command IN EXECUTE format($$
		SELECT CASE WHEN p.name IS NULL
			THEN format('COMMENT ON %%s %%s IS %%L', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, $1, p.comment)
			ELSE format('COMMENT ON COLUMN %%s.%%I IS %%L', $1, p.name, p.comment) END
		FROM %s._sla_parts() AS p
		JOIN pg_class AS c ON c.oid = $1
		LEFT JOIN pg_attribute AS a ON a.attrelid = $1 AND a.attname = p.name
		WHERE p.relation = $2 AND (p.name IS NULL OR a.attname IS NOT NULL)$$, ext) USING relation, kind
	LOOP
		EXECUTE command;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_comment(regclass, text) IS
'Comments a view or table that tracking has made, and its columns.';

CREATE FUNCTION _sla_make_view(path text, kind text, view_name text, owner name, columns jsonb, source regclass)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	is_new CONSTANT boolean := to_regclass(view_name) IS NULL;
	command text;
BEGIN
	EXECUTE format($$
		SELECT format('CREATE OR REPLACE VIEW %%s WITH (security_invoker = true) AS SELECT %%s FROM %%s', $1,
			string_agg(format('%%s AS %%I', coalesce($3 ->> p.name, format('NULL::%%s', coalesce(p.type, 'text'))), p.name), ', ' ORDER BY p.n), $4)
		FROM %s._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
		WHERE p.relation = $2 AND p.name IS NOT NULL$$, ext) INTO command USING view_name, kind, columns, source;
	PERFORM set_config('search_path', path, true);
	EXECUTE command;
	PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
	IF is_new THEN
		EXECUTE format('ALTER VIEW %s OWNER TO %I', view_name, owner);
		EXECUTE format('SELECT %s._sla_comment($1, $2)', ext) USING view_name::regclass, kind;
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_make_view(text, text, text, name, jsonb, regclass) IS
'Makes or replaces a view by which tickets or events are read: the expressions of its columns are read with a search_path; columns without are null.';

CREATE FUNCTION _sla_make_table(kind text, table_name text, owner name, id_type text, tenant_type text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	lead CONSTANT text := CASE WHEN tenant_type IS NULL THEN '' ELSE 'tenant, ' END;
	command text;
BEGIN
	IF to_regclass(table_name) IS NOT NULL THEN
		RETURN;
	END IF;
	EXECUTE format($$
		SELECT format('CREATE TABLE %%s (%%s, PRIMARY KEY (%%s))%%s', $1, string_agg(concat_ws(' ', p.name,
			CASE WHEN p.type IS NOT NULL THEN p.type::text WHEN p.name = 'tenant' THEN $4 ELSE $3 END, p.definition), ', ' ORDER BY p.n),
			$5 || CASE $2 WHEN 'clock' THEN 'clock_id), UNIQUE (' || $5 || 'ticket, metric, run' WHEN 'trail' THEN 'id'
				WHEN 'excuse' THEN 'ticket, metric, run' ELSE 'ticket, metric, run, level' END,
			CASE $2 WHEN 'clock' THEN ' WITH (fillfactor = 90)' END)
		FROM %s._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
		WHERE p.relation = $2 AND p.name IS NOT NULL AND (p.name <> 'tenant' OR $4 IS NOT NULL)$$, ext)
	INTO command USING table_name, kind, id_type, tenant_type, lead;
	EXECUTE command;
	EXECUTE format(CASE kind
		WHEN 'clock' THEN 'CREATE INDEX ON %1$s (%2$sdue_at) WHERE stopped_at IS NULL AND cancelled_at IS NULL AND gone_at IS NULL AND due_at IS NOT NULL; '
			'CREATE INDEX ON %1$s USING brin (started_at)'
		WHEN 'trail' THEN 'CREATE INDEX ON %1$s (%2$sticket, id)'
		ELSE '' END, table_name, lead);
	IF kind IN ('clock', 'trail') THEN
		EXECUTE format('CREATE TRIGGER "~sla_guard" BEFORE INSERT OR UPDATE OR DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION %2$s._sla_guard(); '
			'CREATE TRIGGER "~sla_guard_truncate" BEFORE TRUNCATE ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION %2$s._sla_guard()', table_name, ext);
	END IF;
	EXECUTE format('ALTER TABLE %s OWNER TO %I', table_name, owner);
	EXECUTE format('SELECT %s._sla_comment($1, $2)', ext) USING table_name::regclass, kind;
END
$function$;
COMMENT ON FUNCTION _sla_make_table(text, text, name, text, text) IS
'Makes a table beside the ticket table, with keys, indexes, guards and comments, unless it is there.';

CREATE FUNCTION _sla_policies(ticket_table regclass, prefix text, id name, tenant name)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	ticket pg_class;
	beside record;
	condition text := '';
	part record;
BEGIN
	SELECT c.* INTO ticket FROM pg_class AS c WHERE c.oid = ticket_table;
	FOR beside IN
		SELECT c.oid::regclass AS relation, c.relname, c.relrowsecurity AS secured,
			EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname = 'sla_ticket') AS has_ours,
			EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polname <> 'sla_ticket') AS has_others
		FROM unnest('{_sla_clock,_sla_trail,_sla_excuse,_sla_alarm}'::text[]) AS s (suffix)
		JOIN pg_class AS c ON c.relname = prefix || s.suffix AND c.relnamespace = ticket.relnamespace
	LOOP
		-- The owner may have put policies of his own in place of ours.
		CONTINUE WHEN NOT beside.has_ours AND (beside.has_others OR beside.secured OR NOT ticket.relrowsecurity);
		IF beside.has_ours THEN
			EXECUTE format('DROP POLICY sla_ticket ON %s', beside.relation);
		END IF;
		IF ticket.relrowsecurity THEN
			condition := '';
			FOR part IN
				SELECT c.ours, a.attname, a.atttypid FROM (VALUES ('ticket', id), ('tenant', tenant)) AS c (ours, theirs)
				JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = c.theirs
			LOOP
				EXECUTE format('SELECT $1 || format('' AND t.%%I %%s %%I.%%I'', $2, %s._sla_equality($3), $4, $5)', ext)
					INTO condition USING condition, part.attname, part.atttypid::regtype, beside.relname, part.ours;
			END LOOP;
			EXECUTE format('CREATE POLICY sla_ticket ON %s USING (EXISTS (SELECT FROM %s AS t WHERE true%s))',
				beside.relation, ticket_table, condition);
			EXECUTE format('COMMENT ON POLICY sla_ticket ON %s IS %L', beside.relation, 'Who sees the ticket sees this row.');
		END IF;
		EXECUTE format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s FORCE ROW LEVEL SECURITY', beside.relation,
			CASE WHEN ticket.relrowsecurity OR beside.has_others THEN 'ENABLE' ELSE 'DISABLE' END,
			CASE WHEN ticket.relrowsecurity AND ticket.relforcerowsecurity THEN '' ELSE 'NO' END);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_policies(regclass, text, name, name) IS
'Makes the row-level security of the tables beside a ticket table what that table''s is: who sees the ticket sees the row. Policies that the owner has put in their place stay.';

CREATE FUNCTION _sla_grant(schema text, prefix text, approver name, old_approver name)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	-- Who excuses, and when, are defaults that he cannot write himself.
	columns CONSTANT text := (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
		WHERE a.attrelid = to_regclass(format('%s.%I', schema, prefix || '_sla_excuse')) AND a.attnum > 0 AND NOT a.attisdropped
			AND a.attname NOT IN ('excused_by', 'excused_at'));
	change record;
BEGIN
	FOR change IN
		SELECT c.verb, c.preposition, r.rolname
		FROM (VALUES (1, 'REVOKE', 'FROM', NULLIF(old_approver, approver)), (2, 'GRANT', 'TO', approver)) AS c (n, verb, preposition, role)
		JOIN pg_roles AS r ON r.rolname = c.role ORDER BY c.n
	LOOP
		EXECUTE format('%1$s SELECT ON %4$s.%5$I, %4$s.%6$I, %4$s.%7$I %2$s %3$I; %1$s INSERT (%8$s), DELETE ON %4$s.%7$I %2$s %3$I',
			change.verb, change.preposition, change.rolname, schema, prefix || '_sla_clock', prefix || '_sla_trail', prefix || '_sla_excuse', columns);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_grant(text, text, name, name) IS
'Gives the approver the rights that he needs, and takes them from the approver before him.';

CREATE FUNCTION _sla_key(ticket_table regclass, OUT id name, OUT tenant name)
LANGUAGE sql STABLE STRICT
BEGIN ATOMIC
-- The first and second column of the view are columns of the table.
SELECT max(a.attname::text) FILTER (WHERE k.n = 1), max(a.attname::text) FILTER (WHERE k.n = 2)
FROM @extschema@._sla_tracking(ticket_table) AS t
JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = t.input
CROSS JOIN (VALUES (1), (2)) AS k (n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = ticket_table AND a.attnum = (pg_catalog.regexp_match(w.ev_action::text,
	pg_catalog.format('\{TARGETENTRY :expr \{VAR :varno \d+ :varattno (\d+) [^{}]*\} :resno %s ', k.n)))[1]::smallint;
END;
COMMENT ON FUNCTION _sla_key(regclass) IS
'The columns of a tracked table that are the ticket''s id and tenant. Null: there is none; the table is not tracked, or is null.';

CREATE FUNCTION _sla_make_clock(path text, ticket_table regclass, metric text, given jsonb, constants jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tracking record;
	ticket record;
	clock record;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_tracking($1)', ext) INTO tracking USING ticket_table;
	EXECUTE format('SELECT * FROM %s._sla_key($1)', ext) INTO ticket USING ticket_table;
	EXECUTE format('SELECT * FROM %s._sla_read($1, $2, ''metric'', $3, NULL)', ext) INTO clock USING path, ticket_table, given;
	EXECUTE format('SELECT %s._sla_refuse($1, $2)', ext)
		USING format('clock "%s" of table %s cannot be made like this', metric, ticket_table), clock.problems;
	EXECUTE format('SELECT %s._sla_names($1, $2, $3, ARRAY[$4])', ext)
		USING tracking.schema, pg_get_userbyid(tracking.owner), tracking.prefix, metric;
	EXECUTE format('SELECT %s._sla_make_view($1, ''metric'', $2, $3, $4, $5)', ext)
		USING path, format('%s.%I', tracking.schema::regnamespace, tracking.prefix || '_sla_input_' || metric),
			pg_get_userbyid(tracking.owner),
			clock.columns || constants || jsonb_strip_nulls(jsonb_build_object(
				'id', quote_ident(ticket.id), 'tenant', quote_ident(ticket.tenant), 'metric', format('%L::text', metric))),
			ticket_table;
END
$function$;
COMMENT ON FUNCTION _sla_make_clock(text, regclass, text, jsonb, jsonb) IS
'Makes or replaces the view by which the tickets of a tracked table are read for a clock, from the expressions that a call gives and constant columns.';

CREATE FUNCTION _sla_remove(ticket_table regclass, metrics text[], inputs boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	views text;
	sources regclass[];
	event_trigger record;
BEGIN
	EXECUTE format($$
		SELECT string_agg(v.name::text, ', '), array_agg(DISTINCT m.source)
		FROM %s._sla_metrics($1) AS m
		CROSS JOIN LATERAL (VALUES (m.input, $3), (m.events, true)) AS v (name, wanted)
		WHERE m.metric = ANY ($2) AND v.wanted AND v.name IS NOT NULL$$, ext)
	INTO views, sources USING ticket_table, metrics, inputs;
	IF views IS NULL THEN
		RETURN;
	END IF;
	EXECUTE 'DROP VIEW ' || views;
	-- Triggers of tables of events go with the last clock that needs them.
	FOR event_trigger IN EXECUTE format($$
		SELECT t.tgname, t.tgrelid::regclass AS source
		FROM %1$s._sla_tracking($1) AS k
		JOIN pg_trigger AS t ON t.tgrelid = ANY ($2) AND t.tgparentid = 0
			AND t.tgfoid IN (to_regproc($3), to_regproc($4))
			AND t.tgargs = convert_to(k.prefix, getdatabaseencoding()) || '\x00'
		WHERE NOT EXISTS (SELECT FROM %1$s._sla_metrics($1) AS m WHERE m.source = t.tgrelid)$$, ext)
		USING ticket_table, sources, ext || '._sla_events_changed', ext || '._sla_events_truncated'
	LOOP
		EXECUTE format('DROP TRIGGER %I ON %s', event_trigger.tgname, event_trigger.source);
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_remove(regclass, text[], boolean) IS
'Removes the views by which clocks are read: of events, or of tickets too; and the triggers of tables of events that no other clock needs.';

-- sla_track() ------------------------------------------------------------

CREATE FUNCTION _sla_unique(ticket_table regclass, keys text[])
RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
WITH tree AS (
	SELECT ticket_table::oid AS oid, true AS is_root, false AS is_leaf
	UNION ALL
	SELECT t.relid, false, t.isleaf FROM pg_catalog.pg_partition_tree(ticket_table) AS t WHERE t.level > 0
), allowed AS (
	SELECT keys || pg_catalog.array_agg(a.attname::text) AS names
	FROM tree AS t
	JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = t.oid
	JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = ANY (p.partattrs::smallint[])
), part AS (
	SELECT t.is_root, t.is_leaf, EXISTS (
		SELECT FROM pg_catalog.pg_index AS i
		WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND NOT EXISTS (
			SELECT FROM unnest((i.indkey::smallint[])[0 : i.indnkeyatts - 1]) AS k (attnum)
			LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum > 0
			WHERE a.attname IS NULL OR a.attname <> ALL (m.names))) AS is_unique
	FROM tree AS t CROSS JOIN allowed AS m
)
SELECT bool_or(p.is_unique) FILTER (WHERE p.is_root) OR coalesce(bool_and(p.is_unique) FILTER (WHERE p.is_leaf), false)
FROM part AS p;
END;
COMMENT ON FUNCTION _sla_unique(regclass, text[]) IS
'Whether columns of a table are unique together by an index; of a partitioned table, with columns of its partition key, there or in each partition.';

CREATE FUNCTION _sla_check_ticket(ticket_table regclass, given jsonb, columns jsonb, used jsonb)
RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tenant CONSTANT text := NULLIF(given ->> 'tenant', '');
	id CONSTANT text := (parse_ident(columns ->> 'id'))[1];
	problems text[] := '{}';
	is_unique boolean;
BEGIN
	IF NOT used ? 'id' THEN
		problems := problems || 'id: there is no column "id"; say which column it is.'::text;
	END IF;
	IF NOT used ? 'opened_at' THEN
		problems := problems || 'opened_at: there is no column "opened_at"; say how the opening is found.'::text;
	END IF;
	IF NOT used ? 'priority' AND NOT (used ? 'urgency' AND used ? 'impact') THEN
		problems := problems || CASE WHEN used ? 'urgency' THEN 'impact: there is an urgency, and no impact; a priority needs both.'
			WHEN used ? 'impact' THEN 'urgency: there is an impact, and no urgency; a priority needs both.'
			ELSE 'priority: there is none, and no urgency and impact.' END;
	END IF;
	problems := problems || ARRAY(
		SELECT format('%s: there is no column "%s".', n.argument, n.name)
		FROM (SELECT * FROM (VALUES ('fill', given ->> 'fill'), ('tenant', tenant)) AS n (argument, name)
			UNION ALL SELECT 'carry', c.name FROM jsonb_array_elements_text(given -> 'carry') AS c (name)) AS n
		WHERE n.name <> '' AND NOT EXISTS (SELECT FROM pg_attribute AS a
			WHERE a.attrelid = ticket_table AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped));
	IF id IS NOT NULL THEN
		EXECUTE format('SELECT %s._sla_unique($1, $2)', ext) INTO is_unique
			USING ticket_table, array_remove(ARRAY[id, tenant], NULL);
		IF NOT is_unique THEN
			problems := problems || format('id: it is not unique; it needs a primary key or a unique index on %s.',
				concat_ws(' and ', quote_ident(tenant), quote_ident(id)));
		END IF;
	END IF;
	IF given ->> 'trail' NOT IN ('all', 'changes', 'none') THEN
		problems := problems || format('trail: "%s" is none of all, changes, none.', given ->> 'trail');
	END IF;
	BEGIN
		EXECUTE format('SELECT %s.is_business_time(now(), ''Mo 08:00-17:00'', $1)', ext) USING given ->> 'report_time_zone';
	EXCEPTION WHEN data_exception OR undefined_object THEN
		problems := problems || format('report_time_zone: %s.', SQLERRM);
	END;
	IF given ->> 'approver' <> '' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = given ->> 'approver') THEN
		problems := problems || format('approver: role "%s" does not exist.', given ->> 'approver');
	END IF;
	RETURN problems;
END
$function$;
COMMENT ON FUNCTION _sla_check_ticket(regclass, jsonb, jsonb, jsonb) IS
'What is wrong with what sla_track() is given, beyond the expressions, a line each.';

CREATE FUNCTION _sla_check_fill(ticket_table regclass, fill name, used jsonb)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT ARRAY(
	SELECT format('fill: it is of type %s; it must be text or an enum.', f.atttypid::regtype)
	WHERE t.typcategory NOT IN ('S', 'E')
	UNION ALL
	SELECT 'fill: it is a generated column.' WHERE f.attgenerated <> ''
	UNION ALL
	(SELECT format(CASE WHEN a.attnum = f.attnum THEN '%1$s: it needs the column "%2$s", which is to be filled from it.'
		ELSE '%1$s: it needs the generated column "%2$s", which has no value yet when the column "%3$s" is filled.' END,
		u.argument, a.attname, f.attname)
	FROM jsonb_each(used) AS u (argument, what)
	CROSS JOIN LATERAL jsonb_array_elements_text(u.what) AS c (attnum)
	JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attnum = c.attnum::smallint AND (a.attnum = f.attnum OR a.attgenerated = 's')
	WHERE u.argument IN ('plan', 'urgency', 'impact', 'override', 'priority')
	ORDER BY u.argument COLLATE "C", a.attnum))
FROM pg_attribute AS f
JOIN pg_type AS t ON t.oid = @extschema@._sla_base_type(f.atttypid::regtype)
WHERE f.attrelid = ticket_table AND f.attname = fill AND f.attnum > 0 AND NOT f.attisdropped;
END;
COMMENT ON FUNCTION _sla_check_fill(regclass, name, jsonb) IS
'Why a column cannot be filled with the priority, a line each. Null: there is no such column.';

CREATE FUNCTION _sla_make_triggers(ticket_table regclass, prefix text, fills boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
BEGIN
	EXECUTE format(CASE WHEN fills
		THEN 'CREATE OR REPLACE TRIGGER "~sla_fill" BEFORE INSERT OR UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION %2$s._sla_ticket_fill(%3$L); '
		ELSE 'DROP TRIGGER IF EXISTS "~sla_fill" ON %1$s; ' END
		|| 'CREATE OR REPLACE TRIGGER "~sla_ticket" AFTER INSERT OR UPDATE OR DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION %2$s._sla_ticket_changed(%3$L); '
		'CREATE OR REPLACE TRIGGER "~sla_truncate" AFTER TRUNCATE ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION %2$s._sla_ticket_truncated(%3$L)',
		ticket_table, ext, prefix);
END
$function$;
COMMENT ON FUNCTION _sla_make_triggers(regclass, text, boolean) IS
'Makes the triggers of a ticket table.';

CREATE FUNCTION _sla_make_own_clocks(path text, ticket_table regclass, closes boolean)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	clock record;
BEGIN
	FOR clock IN EXECUTE format($$
		SELECT c.metric, c.given, c.wanted, %1$s._sla_constant(m.input, 'made_by') AS made_by
		FROM (VALUES ('first_response', '{"stops": "answered_at"}'::jsonb, EXISTS (SELECT FROM pg_attribute AS a
				WHERE a.attrelid = $1 AND a.attname = 'answered_at' AND NOT a.attisdropped)),
			('resolution', '{}', $2)) AS c (metric, given, wanted)
		LEFT JOIN %1$s._sla_metrics($1) AS m ON m.metric = c.metric$$, ext) USING ticket_table, closes
	LOOP
		CONTINUE WHEN clock.made_by = 'sla_add_clock';
		IF clock.wanted THEN
			EXECUTE format('SELECT %s._sla_make_clock($1, $2, $3, $4, $5)', ext) USING path, ticket_table, clock.metric, clock.given,
				'{"on_close": "''stop''::text", "on_reopen": "''continue''::text", "made_by": "''sla_track''::text"}'::jsonb;
		ELSIF clock.made_by IS NOT NULL THEN
			EXECUTE format('SELECT %s._sla_remove($1, ARRAY[$2], true)', ext) USING ticket_table, clock.metric;
		END IF;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION _sla_make_own_clocks(text, regclass, boolean) IS
'Makes the clocks that sla_track() makes by itself, and removes those that it had made and that the columns do not allow any more.';

CREATE FUNCTION _sla_track(path text, ticket_table regclass, given jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	fill CONSTANT name := NULLIF(given ->> 'fill', '');
	tenant CONSTANT name := NULLIF(given ->> 'tenant', '');
	approver CONSTANT name := NULLIF(given ->> 'approver', '');
	base record;
	tracking record;
	ticket record;
	problems text[];
	prefix text;
	old_approver name;
	id name;
	kind text;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_begin($1)', ext) INTO base USING ticket_table;
	EXECUTE format('SELECT * FROM %s._sla_tracking($1)', ext) INTO tracking USING ticket_table;
	prefix := coalesce(NULLIF(given ->> 'prefix', ''), tracking.prefix, base.table_name);

	-- The column to fill is not where the priority comes from.
	EXECUTE format('SELECT * FROM %s._sla_read($1, $2, ''input'', $3, NULL)', ext) INTO ticket USING path, ticket_table,
		CASE WHEN coalesce(given ->> 'priority', 'priority') = fill THEN given || '{"priority": ""}' ELSE given END;
	EXECUTE format('SELECT $1 || %1$s._sla_check_ticket($2, $3, $4, $5) || %1$s._sla_check_fill($2, $6, $5)', ext) INTO problems
		USING ticket.problems, ticket_table, given, ticket.columns, ticket.used, fill;
	IF prefix <> tracking.prefix THEN
		problems := problems || format('prefix: the table is tracked with the prefix "%s"; call sla_untrack() first.', tracking.prefix);
	END IF;
	EXECUTE format('SELECT %s._sla_refuse($1, $2)', ext) USING format('table %s cannot be tracked like this', ticket_table), problems;
	EXECUTE format('SELECT %s._sla_names($1, $2, $3, ''{first_response,resolution}'')', ext) USING base.schema_oid, base.owner, prefix;

	id := (parse_ident(ticket.columns ->> 'id'))[1];
	FOREACH kind IN ARRAY '{clock,trail,excuse,alarm}'::text[] LOOP
		EXECUTE format('SELECT %s._sla_make_table($1, $2, $3, $4, $5)', ext)
			USING kind, format('%s.%I', base.schema, prefix || '_sla_' || kind), base.owner,
				(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a WHERE a.attrelid = ticket_table AND a.attname = id),
				(SELECT format_type(a.atttypid, a.atttypmod) FROM pg_attribute AS a WHERE a.attrelid = ticket_table AND a.attname = tenant);
	END LOOP;
	EXECUTE format('SELECT %s._sla_constant($1, ''approver'')', ext) INTO old_approver USING tracking.input;
	EXECUTE format('SELECT %s._sla_make_view($1, ''input'', $2, $3, $4, $5)', ext)
		USING path, format('%s.%I', base.schema, prefix || '_sla_input'), base.owner,
			ticket.columns || jsonb_strip_nulls(jsonb_build_object('tenant', quote_ident(tenant),
				'carried', 'pg_catalog.jsonb_build_object(' || (SELECT string_agg(format('%L, %I', c.name, c.name), ', ')
					FROM jsonb_array_elements_text(given -> 'carry') AS c (name)) || ')',
				'filled', quote_ident(fill) || '::pg_catalog.text',
				'trail', quote_literal(given ->> 'trail') || '::pg_catalog.text',
				'report_time_zone', quote_literal(given ->> 'report_time_zone') || '::pg_catalog.text',
				'approver', quote_literal(approver) || '::pg_catalog.text',
				'prefix', quote_literal(prefix) || '::pg_catalog.text')),
			ticket_table;
	EXECUTE format('SELECT %s._sla_make_triggers($1, $2, $3)', ext) USING ticket_table, prefix, fill IS NOT NULL;
	EXECUTE format('SELECT %s._sla_make_own_clocks($1, $2, $3)', ext) USING path, ticket_table, ticket.used ? 'closed';
	EXECUTE format('SELECT %s._sla_policies($1, $2, $3, $4)', ext) USING ticket_table, prefix, id, tenant;
	EXECUTE format('SELECT %s._sla_grant($1, $2, $3, $4)', ext) USING base.schema, prefix, approver, old_approver;
	IF to_regprocedure(ext || '._sla_make_views(regclass)') IS NOT NULL THEN
		EXECUTE format('SELECT %s._sla_make_views($1)', ext) USING ticket_table;
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_track(text, regclass, jsonb) IS
'sla_track(), with its arguments as one, and the search_path of the caller.';

CREATE FUNCTION sla_track(ticket_table regclass,
	id text DEFAULT NULL, opened_at text DEFAULT NULL, plan text DEFAULT NULL,
	urgency text DEFAULT NULL, impact text DEFAULT NULL, override text DEFAULT NULL, priority text DEFAULT NULL,
	time_zone text DEFAULT NULL, holidays text DEFAULT NULL, calendar text DEFAULT NULL,
	closed text DEFAULT NULL, cancelled text DEFAULT NULL,
	fill name DEFAULT NULL, tenant name DEFAULT NULL, carry name[] DEFAULT NULL,
	trail text DEFAULT 'all', report_time_zone text DEFAULT 'UTC', prefix name DEFAULT NULL, approver name DEFAULT NULL)
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
SELECT @extschema@._sla_track(pg_catalog.current_setting('search_path'), ticket_table, pg_catalog.jsonb_build_object(
	'id', id, 'opened_at', opened_at, 'plan', plan, 'urgency', urgency, 'impact', impact, 'override', override,
	'priority', priority, 'time_zone', time_zone, 'holidays', holidays, 'calendar', calendar, 'closed', closed,
	'cancelled', cancelled, 'fill', fill, 'tenant', tenant, 'carry', coalesce(pg_catalog.to_jsonb(carry), '[]'),
	'trail', coalesce(trail, 'all'), 'report_time_zone', coalesce(report_time_zone, 'UTC'), 'prefix', prefix, 'approver', approver));
END;
COMMENT ON FUNCTION sla_track(regclass, text, text, text, text, text, text, text, text, text, text, text, text, name, name, name[], text, text, name, name) IS
'Sets up tracking; to be described.';

-- Clocks -----------------------------------------------------------------

CREATE FUNCTION _sla_check_clock(ticket_table regclass, metric text)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	known text[];
BEGIN
	EXECUTE format('SELECT %s._sla_relation($1, ''_sla_input'')', ext) USING ticket_table;
	EXECUTE format('SELECT array_agg(m.metric ORDER BY m.position, m.metric COLLATE "C") FROM %s.sla_metric AS m', ext) INTO known;
	IF metric IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'metric must not be null';
	ELSIF metric <> ALL (known) THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('metric "%s" does not exist', metric),
			HINT = format('The metrics are %s. Add another one to sla_metric.',
				(SELECT string_agg(format('"%s"', k), ', ') FROM unnest(known) AS k));
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_check_clock(regclass, text) IS
'Sees that a table is tracked (undefined_object), and that a metric is given (null_value_not_allowed) and exists (undefined_object).';

CREATE FUNCTION _sla_add_clock(path text, ticket_table regclass, metric text, given jsonb, on_close text, on_reopen text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
BEGIN
	EXECUTE format('SELECT %s._sla_begin($1)', ext) USING ticket_table;
	EXECUTE format('SELECT %s._sla_check_clock($1, $2)', ext) USING ticket_table, metric;
	EXECUTE format('SELECT %s._sla_remove($1, ARRAY[$2], false)', ext) USING ticket_table, metric;
	EXECUTE format('SELECT %s._sla_make_clock($1, $2, $3, $4, $5)', ext) USING path, ticket_table, metric, given,
		jsonb_build_object('on_close', quote_literal(on_close) || '::pg_catalog.text',
			'on_reopen', quote_literal(on_reopen) || '::pg_catalog.text', 'made_by', '''sla_add_clock''::pg_catalog.text');
END
$function$;
COMMENT ON FUNCTION _sla_add_clock(text, regclass, text, jsonb, text, text) IS
'sla_add_clock(), with its expressions as one argument, and the search_path of the caller.';

CREATE FUNCTION sla_add_clock(ticket_table regclass, metric text,
	starts text DEFAULT NULL, stops text DEFAULT NULL, paused text DEFAULT NULL, cancelled text DEFAULT NULL,
	plan text DEFAULT NULL, priority text DEFAULT NULL, calendar text DEFAULT NULL,
	on_close text DEFAULT 'stop', on_reopen text DEFAULT 'continue')
RETURNS void
LANGUAGE sql VOLATILE
BEGIN ATOMIC
SELECT @extschema@._sla_add_clock(pg_catalog.current_setting('search_path'), ticket_table, metric, pg_catalog.jsonb_build_object(
	'starts', starts, 'stops', stops, 'paused', paused, 'cancelled', cancelled, 'plan', plan, 'priority', priority,
	'calendar', calendar), coalesce(on_close, 'stop'), coalesce(on_reopen, 'continue'));
END;
COMMENT ON FUNCTION sla_add_clock(regclass, text, text, text, text, text, text, text, text, text, text) IS
'Sets up tracking; to be described.';
