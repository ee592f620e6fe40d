-- Setting up tracking: the views by which a ticket, its clocks and its events are
-- read, the tables beside the ticket table, and the triggers that keep them.
-- What they consist of is told by _sla_parts().
--
-- Expressions come from the caller and are read with his search_path; all else
-- is qualified.  Names are put into commands, never into texts of functions.

-- What there is ----------------------------------------------------------

CREATE FUNCTION _sla_constant(input regclass, column_name text)
RETURNS text LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_constant';
COMMENT ON FUNCTION _sla_constant(regclass, text) IS
'Text that a view has in all rows of a column, as the options of tracking are kept; or the name of the column of its table that a column is. Null if it is something else, or an argument is null.';

CREATE FUNCTION _sla_views_upon(source regclass)
RETURNS TABLE (view regclass, name text, schema oid, owner oid) LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
SELECT v.oid::regclass, v.relname::text, v.relnamespace, v.relowner FROM pg_catalog.pg_class AS v
WHERE v.relkind = 'v' AND v.oid <> source AND v.oid IN (
	SELECT w.ev_class FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
	WHERE d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = source);
END;
COMMENT ON FUNCTION _sla_views_upon(regclass) IS
'The views that read a table or view. No rows for null.';

CREATE FUNCTION _sla_prefix(ticket_table regclass)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN (
SELECT pg_catalog.convert_from(pg_catalog.substr(t.tgargs, 1, pg_catalog.length(t.tgargs) - 1), pg_catalog.getdatabaseencoding())
FROM pg_catalog.pg_trigger AS t
WHERE t.tgrelid = ticket_table AND t.tgfoid = '@extschema@._sla_ticket_changed'::pg_catalog.regproc AND t.tgparentid = 0 AND t.tgnargs = 1
ORDER BY t.oid LIMIT 1);
COMMENT ON FUNCTION _sla_prefix(regclass) IS
'How the names of what stands beside a table begin, as its trigger has it, which stays when the view by which tickets are read is dropped. Null: it has no such trigger, or is null.';

CREATE FUNCTION _sla_tracking(ticket_table regclass)
RETURNS TABLE (prefix text, input regclass, schema oid, owner name, id name, tenant name)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
SELECT k.prefix, v.view, v.schema, pg_catalog.pg_get_userbyid(v.owner), @extschema@._sla_constant(v.view, 'id'),
	@extschema@._sla_constant(v.view, 'tenant')
FROM pg_catalog.pg_class AS r
CROSS JOIN LATERAL (SELECT @extschema@._sla_prefix(ticket_table)) AS k (prefix)
JOIN @extschema@._sla_views_upon(ticket_table) AS v ON v.name = k.prefix || '_sla_input' AND v.owner = r.relowner
WHERE r.oid = ticket_table
ORDER BY v.view LIMIT 1;
END;
COMMENT ON FUNCTION _sla_tracking(regclass) IS
'How a table is tracked: how the names of what stands beside it begin; the view by which its tickets are read, with schema and owner; its columns that are the ticket''s id and tenant (null: none). No row if the table is not tracked, or is null.';

CREATE FUNCTION _sla_metrics(ticket_table regclass)
RETURNS TABLE (metric text, input regclass, events regclass)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
SELECT m.metric, i.view, e.oid::regclass
FROM @extschema@._sla_tracking(ticket_table) AS t
JOIN @extschema@._sla_views_upon(ticket_table) AS i ON i.schema = t.schema AND pg_catalog.pg_get_userbyid(i.owner) = t.owner
	AND pg_catalog.starts_with(i.name, t.prefix || '_sla_input_')
CROSS JOIN LATERAL (SELECT pg_catalog.substr(i.name, pg_catalog.length(t.prefix || '_sla_input_') + 1)) AS m (metric)
LEFT JOIN pg_catalog.pg_class AS e ON e.relnamespace = t.schema AND e.relowner = i.owner AND e.relkind = 'v'
	AND e.relname = t.prefix || '_sla_events_' || m.metric
ORDER BY m.metric COLLATE "C";
END;
COMMENT ON FUNCTION _sla_metrics(regclass) IS
'The clocks of a tracked table: metric, the view by which tickets are read for it, and where events tell of it, the view by which they are read. No rows if the table is not tracked, or is null.';

CREATE FUNCTION _sla_made(schema oid, owner name, prefix text)
RETURNS TABLE (relation regclass, kind text) LANGUAGE sql STABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
SELECT c.oid::regclass, p.relation
FROM @extschema@._sla_parts() AS p
JOIN pg_catalog.pg_class AS c ON c.relname = prefix || coalesce(p.name, '_sla_' || p.relation) AND c.relnamespace = schema
	AND pg_catalog.pg_get_userbyid(c.relowner) = owner AND c.relkind IN ('r', 'p', 'v')
WHERE p.relation = 'view' OR p.name IS NULL AND p.relation IN ('clock', 'trail', 'excuse', 'alarm')
ORDER BY c.relname;
END;
COMMENT ON FUNCTION _sla_made(oid, name, text) IS
'Tables and views to read that stand beside a tracked table, each with its kind: clock, trail, excuse, alarm, view.';

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

-- Making -----------------------------------------------------------------

CREATE FUNCTION _sla_do(command text, path text DEFAULT 'pg_catalog, pg_temp')
RETURNS void LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	PERFORM set_config('search_path', path, true);
	EXECUTE command;
END
$function$;
COMMENT ON FUNCTION _sla_do(text, text) IS
'Runs commands, with a search_path; nothing if an argument is null.';

CREATE FUNCTION _sla_begin(relation regclass, what text, VARIADIC metric text[] DEFAULT '{}',
	OUT owner name, OUT schema oid, OUT prefix text, OUT input regclass, OUT id name, OUT tenant name)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	found_table pg_class;
	problem text;
	known_prefix text;
BEGIN
	IF relation IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = format('the %s must not be null', what);
	ELSIF array_position(metric, NULL) IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'metric must not be null';
	END IF;
	SELECT c.* INTO found_table FROM pg_class AS c WHERE c.oid = relation;
	problem := CASE
		WHEN found_table.relkind IN ('r', 'p') AND found_table.relpersistence = 't' THEN '"%s" is a temporary table'
		WHEN found_table.relkind NOT IN ('r', 'p') THEN '"%s" is not a table'
		WHEN found_table.relispartition THEN '"%s" is a partition'
		WHEN found_table.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits AS i WHERE relation IN (i.inhparent, i.inhrelid))
			THEN '"%s" inherits, or is inherited from' END;
	IF found_table.oid IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table', MESSAGE = format('table with OID %s does not exist', relation::oid);
	ELSIF problem IS NOT NULL AND what <> 'tracked table' THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format(problem, found_table.relname),
			DETAIL = format('A %s must be an ordinary table or a partitioned one%s.', what, CASE
				WHEN found_table.relkind IN ('v', 'm') THEN '; give the table under the view'
				WHEN found_table.relispartition THEN '; give that, and its partitions come with it'
				ELSE '' END);
	ELSIF NOT pg_has_role(found_table.relowner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be owner of table %s', found_table.relname);
	ELSIF what = 'ticket table' AND NOT (has_schema_privilege(found_table.relnamespace, 'CREATE')
		AND has_schema_privilege(found_table.relowner, found_table.relnamespace, 'CREATE')) THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('permission denied for schema %s', found_table.relnamespace::regnamespace),
			DETAIL = 'Tracking makes views and tables there, which belong to the owner of the ticket table.',
			HINT = format('Let an owner of the schema GRANT CREATE ON SCHEMA %s TO %s.', found_table.relnamespace::regnamespace, found_table.relowner::regrole);
	ELSIF what = 'ticket table' AND NOT has_schema_privilege(found_table.relowner, ext::regnamespace, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('permission denied for schema %s', ext),
			DETAIL = 'Upkeep of the tracked table runs as its owner, and calls functions there.',
			HINT = format('Let an owner of the schema GRANT USAGE ON SCHEMA %s TO %s.', ext, found_table.relowner::regrole);
	END IF;
	-- One call after the other; rows written meanwhile wait, as for any trigger.
	EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', relation);
	EXECUTE format('SELECT t.owner, t.schema, t.prefix, t.input, t.id, t.tenant, k.prefix
		FROM (SELECT %1$s._sla_prefix($1)) AS k (prefix) LEFT JOIN %1$s._sla_tracking($1) AS t ON true', ext)
		INTO owner, schema, prefix, input, id, tenant, known_prefix USING relation;
	IF input IS NULL AND (what = 'tracked table' OR cardinality(metric) > 0) THEN
		IF known_prefix IS NULL THEN
			RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('table %s is not tracked', relation),
				HINT = 'Call sla_track() for it; the view sla_tracked has the tables that are tracked.';
		END IF;
		RAISE EXCEPTION USING ERRCODE = 'undefined_object',
			MESSAGE = format('table %s has no view "%s_sla_input", by which it is tracked', relation, known_prefix),
			DETAIL = 'It was dropped with what it reads, as by DROP COLUMN ... CASCADE, or its owner is not that of the tracked table.',
			HINT = 'Call sla_track() to make it again.';
	END IF;
	-- An unknown one is an error that lists the known.
	EXECUTE format('SELECT %s.sla_target(''P1'', ''community'', $1)', ext) USING metric[1];
	owner := pg_get_userbyid(found_table.relowner);
	schema := coalesce(schema, found_table.relnamespace);
	prefix := coalesce(prefix, known_prefix, found_table.relname);
END
$function$;
COMMENT ON FUNCTION _sla_begin(regclass, text, text[]) IS
'Looks at a table, and locks it: its owner, and how it is tracked, as _sla_tracking() has it; where it is not yet, its schema, and as prefix that of its trigger, else its name. what: ticket table, of which views and tables are to be made; tracked table; table of events. metric: of a clock that the table gets; then it is a tracked one. Errors: none given (null_value_not_allowed), no such table (undefined_table), no table that will do (wrong_object_type), not the owner, or an owner without the right to create in the schema or to use the extension''s (insufficient_privilege), a tracked table that is none, or a metric that there is not (undefined_object).';

CREATE FUNCTION _sla_names(ticket_table regclass, schema oid, owner name, prefix text, suffixes text[])
RETURNS void LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	longest CONSTANT text := (SELECT prefix || s FROM unnest(suffixes) AS s ORDER BY octet_length(s) DESC LIMIT 1);
	strangers text[];
BEGIN
	IF octet_length(longest) > 63 THEN
		RAISE EXCEPTION USING ERRCODE = 'name_too_long',
			MESSAGE = format('the name %s is too long', quote_ident(longest)),
			DETAIL = format('It has %s bytes; a name has at most 63.', octet_length(longest)),
			HINT = 'Give a shorter prefix to sla_track(), or a shorter name to the metric.';
	END IF;
	-- Ours belong to the owner and have our columns, and views are upon ours or upon the
	-- ticket table.
	EXECUTE format($$
		SELECT array_agg(c.relname::text ORDER BY c.relname)
		FROM unnest($5) AS s (suffix)
		JOIN pg_class AS c ON c.relname = $4 || s.suffix AND c.relnamespace = $2
		CROSS JOIN LATERAL (SELECT CASE WHEN s.suffix IN ('_sla_input', '_sla_clock', '_sla_trail', '_sla_excuse', '_sla_alarm') THEN substr(s.suffix, 6)
			WHEN starts_with(s.suffix, '_sla_input_') THEN 'metric' WHEN starts_with(s.suffix, '_sla_events_') THEN 'events' ELSE 'view' END) AS k (kind)
		WHERE pg_get_userbyid(c.relowner) <> $3
			OR c.relkind <> ALL (CASE WHEN k.kind IN ('clock', 'trail', 'excuse', 'alarm') THEN '{r,p}' ELSE '{v}' END::"char"[])
			OR k.kind <> 'view' AND EXISTS (
				SELECT FROM %1$s._sla_parts() AS p
				WHERE p.relation = k.kind AND p.name <> 'tenant' AND NOT EXISTS (
					SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = p.name))
			OR k.kind IN ('input', 'metric') AND c.oid NOT IN (SELECT v.view FROM %1$s._sla_views_upon($1) AS v)
			OR k.kind = 'view' AND c.oid NOT IN (
				SELECT v.view FROM pg_class AS u CROSS JOIN LATERAL %1$s._sla_views_upon(u.oid) AS v
				WHERE u.relnamespace = $2 AND starts_with(u.relname::text, $4 || '_sla'))$$, ext)
	INTO strangers USING ticket_table, schema, owner, prefix, suffixes;
	IF strangers IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
			MESSAGE = 'names that tracking needs are taken by something else',
			DETAIL = format('In schema %s: %s.', schema::regnamespace,
				(SELECT string_agg(quote_ident(s), ', ') FROM unnest(strangers) AS s)),
			HINT = 'Choose another prefix, or rename or drop these. If tracking made them, give them to the owner of the ticket table.';
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_names(regclass, oid, name, text, text[]) IS
'Sees that names of what stands beside a ticket table are short enough (name_too_long) and not taken by something else (duplicate_object).';

CREATE FUNCTION _sla_comments(kind text, made regclass)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do(string_agg(CASE WHEN p.name IS NULL
		THEN format('COMMENT ON %s %s IS %L', CASE WHEN kind IN ('input', 'metric', 'events') THEN 'VIEW' ELSE 'TABLE' END, made, p.comment)
		ELSE format('COMMENT ON COLUMN %s.%I IS %L', made, p.name, p.comment) END, '; '))
FROM @extschema@._sla_parts() AS p
WHERE p.relation = kind AND (p.name IS NULL OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = made AND a.attname = p.name));
END;
COMMENT ON FUNCTION _sla_comments(text, regclass) IS
'Comments a view or table that tracking has made, and its columns.';

CREATE FUNCTION _sla_make_view(path text, kind text, view_name text, owner name, columns jsonb, constants jsonb, source regclass,
	invoker boolean DEFAULT true)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do(format('CREATE OR REPLACE VIEW %s WITH (security_invoker = %s) AS SELECT %s FROM %s', view_name, invoker,
	string_agg(format('%s AS %I', coalesce(columns ->> p.name, format('%L::%s', constants ->> p.name, coalesce(p.type, 'text'))), p.name), ', ' ORDER BY p.n),
	source), path)
FROM @extschema@._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
WHERE p.relation = kind AND p.name IS NOT NULL;
-- A comment that is there may be the owner's own.
SELECT @extschema@._sla_do(format('ALTER VIEW %s OWNER TO %I', view_name, owner)), @extschema@._sla_comments(kind, view_name::regclass)
WHERE obj_description(view_name::regclass, 'pg_class') IS NULL;
END;
COMMENT ON FUNCTION _sla_make_view(text, text, text, name, jsonb, jsonb, regclass, boolean) IS
'Makes or replaces a view by which tickets or events are read: columns has the expressions of its columns, which are read with a search_path, constants the texts of others; the rest are null. invoker: who reads it needs rights on its table.';

CREATE FUNCTION _sla_policies(ticket_table regclass, schema oid, owner name, prefix text, id name, tenant name)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do(concat_ws('; ',
	CASE WHEN p.has_ours THEN format('DROP POLICY sla_ticket ON %s', b.relation) END,
	CASE WHEN t.relrowsecurity THEN format('CREATE POLICY sla_ticket ON %1$s USING (EXISTS (SELECT FROM %2$s AS t WHERE %3$s)); '
		'COMMENT ON POLICY sla_ticket ON %1$s IS ''Who sees the ticket sees this row.''', b.relation, ticket_table, c.condition) END,
	format('ALTER TABLE %s %s ROW LEVEL SECURITY, %s FORCE ROW LEVEL SECURITY', b.relation,
		CASE WHEN t.relrowsecurity OR p.has_others THEN 'ENABLE' ELSE 'DISABLE' END,
		CASE WHEN t.relrowsecurity AND t.relforcerowsecurity THEN '' ELSE 'NO' END)))
FROM pg_class AS t
JOIN @extschema@._sla_made(schema, owner, prefix) AS b ON b.kind <> 'view'
CROSS JOIN LATERAL (
	SELECT coalesce(bool_or(p.polname = 'sla_ticket'), false) AS has_ours, coalesce(bool_or(p.polname <> 'sla_ticket'), false) AS has_others
	FROM pg_policy AS p WHERE p.polrelid = b.relation) AS p
CROSS JOIN LATERAL (
	SELECT string_agg(format('t.%I %s %s.%I', a.attname, @extschema@._sla_equality(a.atttypid), b.relation, k.ours), ' AND ' ORDER BY k.ours) AS condition
	FROM (VALUES ('ticket', id), ('tenant', tenant)) AS k (ours, theirs)
	JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = k.theirs) AS c
-- The owner may have put policies of his own in place of ours.
WHERE t.oid = ticket_table AND (p.has_ours OR t.relrowsecurity AND NOT p.has_others);
END;
COMMENT ON FUNCTION _sla_policies(regclass, oid, name, text, name, name) IS
'Makes the row-level security of the tables beside a ticket table what that table''s is: who sees the ticket sees the row. Policies that the owner has put in their place stay.';

CREATE FUNCTION _sla_grant(schema oid, owner name, prefix text, approver name, old_approver name)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
-- Who excuses, and when, are defaults that he cannot write himself.
SELECT @extschema@._sla_do(format('%1$s SELECT ON %4$s %2$s %3$I; %1$s INSERT (%6$s), DELETE ON %5$s %2$s %3$I', c.verb, c.preposition, r.rolname,
	b.readable, b.excuses, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
		WHERE a.attrelid = b.excuses AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('excused_by', 'excused_at'))))
FROM (
	SELECT string_agg(m.relation::text, ', ') AS readable, (array_agg(m.relation) FILTER (WHERE m.kind = 'excuse'))[1] AS excuses
	FROM @extschema@._sla_made(schema, owner, prefix) AS m WHERE m.kind <> 'alarm') AS b
CROSS JOIN (VALUES (1, 'REVOKE', 'FROM', NULLIF(old_approver, approver)), (2, 'GRANT', 'TO', approver)) AS c (n, verb, preposition, role)
JOIN pg_roles AS r ON r.rolname = c.role AND r.rolname <> owner
ORDER BY c.n;
END;
COMMENT ON FUNCTION _sla_grant(oid, name, text, name, name) IS
'Gives the approver the rights that he needs, and takes them from the approver before him.';

CREATE FUNCTION _sla_drop_views(schema oid, owner name, prefix text)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do('DROP VIEW ' || string_agg(m.relation::text, ', '))
FROM @extschema@._sla_made(schema, owner, prefix) AS m WHERE m.kind = 'view';
END;
COMMENT ON FUNCTION _sla_drop_views(oid, name, text) IS
'Removes the views to read. Error: others are built upon them (dependent_objects_still_exist), which it names.';

CREATE FUNCTION _sla_make_clock(path text, ticket_table regclass, metric text, given jsonb, constants jsonb, problems text[])
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tracking record;
	clock record;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_tracking($1)', ext) INTO tracking USING ticket_table;
	EXECUTE format('SELECT * FROM %s._sla_read($1, $2, ''metric'', $3, NULL)', ext) INTO clock USING path, ticket_table, given;
	EXECUTE format('SELECT %s._sla_refuse($1, $2)', ext)
		USING format('clock "%s" of table %s cannot be made like this', metric, ticket_table), clock.problems || problems;
	EXECUTE format('SELECT %s._sla_names($1, $2, $3, $4, ARRAY[$5])', ext)
		USING ticket_table, tracking.schema, tracking.owner, tracking.prefix, '_sla_input_' || metric;
	EXECUTE format('SELECT %s._sla_make_view($1, ''metric'', $2, $3, $4, $5, $6)', ext)
		USING path, format('%s.%I', tracking.schema::regnamespace, tracking.prefix || '_sla_input_' || metric), tracking.owner,
			clock.columns || jsonb_build_object('id', quote_ident(tracking.id), 'tenant', quote_ident(tracking.tenant)),
			constants || jsonb_build_object('metric', metric), ticket_table;
END
$function$;
COMMENT ON FUNCTION _sla_make_clock(text, regclass, text, jsonb, jsonb, text[]) IS
'Makes or replaces the view by which the tickets of a tracked table are read for a clock, from the expressions that a call gives and constant texts; or raises an error, with the problems that are known.';

CREATE FUNCTION _sla_sweep(prefix text)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do(format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass))
FROM pg_trigger AS t
JOIN pg_class AS c ON c.oid = t.tgrelid AND pg_has_role(c.relowner, 'USAGE')
WHERE t.tgparentid = 0 AND t.tgfoid IN ('@extschema@._sla_events_changed'::regproc, '@extschema@._sla_events_truncated'::regproc)
	AND t.tgargs = convert_to(prefix, getdatabaseencoding()) || '\x00'
	AND NOT EXISTS (SELECT FROM @extschema@._sla_views_upon(t.tgrelid) AS v WHERE starts_with(v.name, prefix || '_sla_events_'));
END;
COMMENT ON FUNCTION _sla_sweep(text) IS
'Removes the triggers of tables of events that no clock reads any more.';

CREATE FUNCTION _sla_remove(ticket_table regclass, metrics text[], inputs boolean)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	views text;
	waiting record;
BEGIN
	EXECUTE format($$
		SELECT string_agg(v.name::text, ', ')
		FROM %s._sla_metrics($1) AS m
		CROSS JOIN LATERAL (VALUES (m.input, $3), (m.events, true)) AS v (name, wanted)
		WHERE m.metric = ANY ($2) AND v.wanted AND v.name IS NOT NULL$$, ext)
	INTO views USING ticket_table, metrics, inputs;
	EXECUTE format($$
		SELECT m.metric, %1$s._sla_constant(m.events, 'only_after') AS needed FROM %1$s._sla_metrics($1) AS m
		WHERE $3 AND m.metric <> ALL ($2) AND %1$s._sla_constant(m.events, 'only_after') = ANY ($2)$$, ext)
	INTO waiting USING ticket_table, metrics, inputs;
	IF waiting IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
			MESSAGE = format('cannot remove clock "%s" of table %s, because another starts only after it', waiting.needed, ticket_table),
			DETAIL = format('It is the clock "%s".', waiting.metric);
	END IF;
	IF views IS NOT NULL THEN
		EXECUTE format('SELECT %s._sla_make_views($1, false)', ext) USING ticket_table;	-- they read the events
		EXECUTE 'DROP VIEW ' || views;
		EXECUTE format('SELECT %s._sla_make_views($1, true)', ext) USING ticket_table;
	ELSIF inputs AND cardinality(metrics) > 0 THEN
		EXECUTE format($$SELECT string_agg(format('"%%s"', m.metric), ', ') FROM %s._sla_metrics($1) AS m$$, ext) INTO views USING ticket_table;
		RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('table %s has no clock "%s"', ticket_table, metrics[1]),
			HINT = format('Its clocks: %s.', coalesce(views, 'none'));
	END IF;
	-- also where the view of the events went with a column
	EXECUTE format('SELECT %1$s._sla_sweep(t.prefix) FROM %1$s._sla_tracking($1) AS t', ext) USING ticket_table;
END
$function$;
COMMENT ON FUNCTION _sla_remove(regclass, text[], boolean) IS
'Removes the views by which clocks are read: of events, or of tickets too; and the triggers of tables of events that no other clock needs. Errors: another clock starts only after one of them (dependent_objects_still_exist); there is none (undefined_object).';

-- sla_track() ------------------------------------------------------------

CREATE FUNCTION _sla_unique(ticket_table regclass, keys text[])
RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
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

CREATE FUNCTION _sla_check_ticket(ticket_table regclass, given jsonb, id text, used jsonb, schema oid, prefix text)
RETURNS text[] LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tenant CONSTANT text := NULLIF(given ->> 'tenant', '');
	clocks CONSTANT regclass := to_regclass(format('%s.%I', schema::regnamespace, prefix || '_sla_clock'));
	have_tenant CONSTANT boolean := EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = clocks AND a.attname = 'tenant');
	tracking record;
	is_unique boolean;
	zone_problem text;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_tracking($1)', ext) INTO tracking USING ticket_table;
	EXECUTE format('SELECT %s._sla_unique($1, $2)', ext) INTO is_unique USING ticket_table, array_remove(ARRAY[id, tenant], NULL);
	BEGIN
		EXECUTE format('SELECT %s.is_business_time(now(), ''Mo 08:00-17:00'', $1)', ext) USING given ->> 'report_time_zone';
	EXCEPTION WHEN data_exception OR undefined_object THEN
		zone_problem := format('report_time_zone: %s.', SQLERRM);
	END;
	RETURN ARRAY(
		SELECT p.problem
		FROM (VALUES
			(NOT used ? 'id', 'id: there is no column "id"; say which column it is.'),
			(id IS NOT NULL AND NOT is_unique, format('id: it is not unique; it needs a primary key or a unique index on %s.',
				concat_ws(' and ', quote_ident(tenant), quote_ident(id)))),
			(id <> tracking.id, format('id: the table is tracked by the column "%s".', tracking.id)),
			(NOT used ? 'opened_at', 'opened_at: there is no column "opened_at"; say how the opening is found.'),
			(NOT used ?| '{priority,urgency,impact}', 'priority: there is none, and no urgency and impact.'),
			(used ? 'urgency' AND NOT used ?| '{priority,impact}', 'impact: there is an urgency, and no impact; a priority needs both.'),
			(used ? 'impact' AND NOT used ?| '{priority,urgency}', 'urgency: there is an impact, and no urgency; a priority needs both.'),
			(tenant <> tracking.tenant, format('tenant: the table is tracked with the column "%s".', tracking.tenant)),
			(clocks IS NOT NULL AND have_tenant AND tenant IS NULL, 'tenant: the clocks that are there have a tenant.'),
			(clocks IS NOT NULL AND NOT have_tenant AND tenant IS NOT NULL, 'tenant: the clocks that are there have none.'),
			(given ->> 'trail' NOT IN ('all', 'changes', 'none'), format('trail: "%s" is none of all, changes, none.', given ->> 'trail')),
			(true, zone_problem),
			(prefix <> tracking.prefix, format('prefix: the table is tracked with the prefix "%s".', tracking.prefix)),
			(given ->> 'approver' <> '' AND NOT EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = given ->> 'approver'),
				format('approver: role "%s" does not exist.', given ->> 'approver')),
			(jsonb_array_length(given -> 'carry') > 50, 'carry: there are more than 50 columns.')) AS p (is_so, problem)
		WHERE p.is_so AND p.problem IS NOT NULL
		UNION ALL
		SELECT format('ticket_table: its partition %s is tracked by itself; call sla_untrack() for that.', k.ticket_table)
		FROM pg_partition_tree(ticket_table) AS t
		CROSS JOIN LATERAL (SELECT g.tgrelid::regclass FROM pg_trigger AS g WHERE g.tgrelid = t.relid AND t.level > 0
			AND g.tgparentid = 0 AND g.tgfoid = to_regproc(ext || '._sla_ticket_changed')) AS k (ticket_table)
		UNION ALL
		SELECT format('%s: there is no column "%s".', n.argument, n.name)
		FROM (VALUES ('fill', given ->> 'fill'), ('tenant', tenant)
			UNION ALL SELECT 'carry', c.name FROM jsonb_array_elements_text(given -> 'carry') AS c (name)) AS n (argument, name)
		WHERE n.name <> '' AND NOT EXISTS (SELECT FROM pg_attribute AS a
			WHERE a.attrelid = ticket_table AND a.attname = n.name AND a.attnum > 0 AND NOT a.attisdropped));
END
$function$;
COMMENT ON FUNCTION _sla_check_ticket(regclass, jsonb, text, jsonb, oid, text) IS
'What is wrong with what sla_track() is given, beyond the expressions, a line each; and what a second sla_track() cannot change.';

CREATE FUNCTION _sla_check_fill(ticket_table regclass, fill name, used jsonb)
RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
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

CREATE FUNCTION _sla_make_own_clocks(path text, ticket_table regclass, answered regtype, closes boolean)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT CASE WHEN c.wanted THEN @extschema@._sla_make_clock(path, ticket_table, c.metric, c.given,
		'{"on_close": "stop", "on_reopen": "continue", "made_by": "sla_track"}', NULL)
	WHEN m.metric IS NOT NULL THEN @extschema@._sla_remove(ticket_table, ARRAY[c.metric], true) END
FROM (VALUES
	('first_response', '{"stops": "answered_at"}'::jsonb, @extschema@._sla_base_type(answered) = 'timestamptz'::regtype),
	('resolution', '{}', closes)) AS c (metric, given, wanted)
LEFT JOIN @extschema@._sla_metrics(ticket_table) AS m ON m.metric = c.metric
WHERE @extschema@._sla_constant(m.input, 'made_by') IS DISTINCT FROM 'sla_add_clock';
END;
COMMENT ON FUNCTION _sla_make_own_clocks(text, regclass, regtype, boolean) IS
'Makes the clocks that sla_track() makes by itself, by the type of answered_at and whether tickets are closed, and removes those that it had made and that the columns do not allow any more.';

CREATE FUNCTION _sla_key_types(ticket_table regclass, id name, tenant name)
RETURNS TABLE (name text, oid oid, type text) LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT k.ours, t.oid, format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attcollation <> t.typcollation
	THEN format(' COLLATE %s', a.attcollation::regcollation) ELSE '' END
FROM (VALUES ('ticket', id), ('tenant', tenant)) AS k (ours, theirs)
JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = k.theirs
JOIN pg_type AS t ON t.oid = a.atttypid;
END;
COMMENT ON FUNCTION _sla_key_types(regclass, name, name) IS
'Types of the columns ticket and tenant beside a ticket table, by its columns that they follow; the text has the length and the collation, too.';

CREATE FUNCTION _sla_make_tables(ticket_table regclass, schema oid, owner name, prefix text, id name, tenant name)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT @extschema@._sla_do(format('CREATE TABLE %s (%s, ', b.made, b.columns) || format(k.rest, b.made, CASE WHEN tenant IS NOT NULL THEN 'tenant, ' END)
	|| CASE WHEN b.kind IN ('clock', 'trail') THEN format('; CREATE TRIGGER "~sla_guard" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE '
		'ON %s EXECUTE FUNCTION %s()', b.made, '@extschema@._sla_guard'::regproc) ELSE '' END
	|| format('; ALTER TABLE %s OWNER TO %I', b.made, owner))
FROM (VALUES
	('clock', 'PRIMARY KEY (%2$sclock_id), UNIQUE (%2$sticket, metric, run)) WITH (fillfactor = 90); CREATE INDEX ON %1$s (%2$sdue_at)
		WHERE problem IS NOT NULL OR stopped_at IS NULL AND cancelled_at IS NULL AND gone_at IS NULL'),
	('trail', 'PRIMARY KEY (%2$sid)); CREATE INDEX ON %1$s (%2$sticket, id)'),
	('excuse', 'PRIMARY KEY (%2$sticket, metric, run))'),
	('alarm', 'PRIMARY KEY (%2$sticket, metric, run, level))')) AS k (kind, rest)
JOIN (
	SELECT p.relation, format('%s.%I', schema::regnamespace, prefix || '_sla_' || p.relation),
		string_agg(concat_ws(' ', p.name, coalesce(p.type::text, t.type), p.definition), ', ' ORDER BY p.n)
	FROM @extschema@._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
	LEFT JOIN @extschema@._sla_key_types(ticket_table, id, tenant) AS t ON t.name = p.name
	WHERE p.name IS NOT NULL AND (p.name <> 'tenant' OR tenant IS NOT NULL)
	GROUP BY p.relation) AS b (kind, made, columns) ON b.kind = k.kind
WHERE to_regclass(b.made) IS NULL;

SELECT @extschema@._sla_comments(m.kind, m.relation)
FROM @extschema@._sla_made(schema, owner, prefix) AS m WHERE m.kind <> 'view' AND obj_description(m.relation, 'pg_class') IS NULL;
END;
COMMENT ON FUNCTION _sla_make_tables(regclass, oid, name, text, name, name) IS
'Makes the tables beside a ticket table that are not there yet, with keys, indexes, guards and comments.';

CREATE FUNCTION _sla_follow_types(ticket_table regclass)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
-- Casts and domains are the owner's code: it must not run as somebody else who calls.
SELECT d.n
FROM @extschema@._sla_tracking(ticket_table) AS t
CROSS JOIN LATERAL (
	SELECT string_agg(m.relation::text, ', ') FROM @extschema@._sla_made(t.schema, t.owner, t.prefix) AS m WHERE m.kind = 'view') AS v (names)
CROSS JOIN LATERAL (
	SELECT string_agg(format('ALTER TABLE %1$s ALTER COLUMN %2$I TYPE %3$s USING %2$I::%3$s', m.relation, k.name, k.type), '; ')
	FROM @extschema@._sla_key_types(ticket_table, t.id, t.tenant) AS k
	JOIN @extschema@._sla_made(t.schema, t.owner, t.prefix) AS m ON m.kind <> 'view'
	JOIN pg_attribute AS a ON a.attrelid = m.relation AND a.attname = k.name AND a.atttypid <> k.oid) AS c (commands)
CROSS JOIN LATERAL @extschema@._sla_ask_as_owner(ticket_table, format('SELECT count(%s(%L))', '@extschema@._sla_do'::regproc,
	concat_ws('; ', 'DROP VIEW ' || v.names, c.commands)), '{}') AS d (n bigint)
WHERE c.commands IS NOT NULL;
END;
COMMENT ON FUNCTION _sla_follow_types(regclass) IS
'Gives tables of an earlier tracking the types that the ticket''s id and tenant have now; the views to read are to be made again.';

CREATE FUNCTION _sla_track(path text, ticket_table regclass, given jsonb)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	fill CONSTANT name := NULLIF(given ->> 'fill', '');
	tenant CONSTANT name := NULLIF(given ->> 'tenant', '');
	approver CONSTANT name := NULLIF(given ->> 'approver', '');
	answered CONSTANT regtype := (SELECT a.atttypid FROM pg_attribute AS a
		WHERE a.attrelid = ticket_table AND a.attname = 'answered_at' AND NOT a.attisdropped);
	answers boolean;
	base record;
	ticket record;
	problems text[];
	prefix text;
	old_approver name;
	id name;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_begin($1, ''ticket table'')', ext) INTO base USING ticket_table;
	prefix := coalesce(NULLIF(given ->> 'prefix', ''), base.prefix);

	-- The column to fill is not where the priority comes from.
	EXECUTE format('SELECT * FROM %s._sla_read($1, $2, ''input'', $3, NULL)', ext) INTO ticket USING path, ticket_table,
		CASE WHEN coalesce(given ->> 'priority', 'priority') = fill THEN given || '{"priority": ""}' ELSE given END;
	id := (parse_ident(ticket.columns ->> 'id'))[1];
	EXECUTE format('SELECT $1 || %1$s._sla_check_ticket($2, $3, $4, $5, $6, $7) || %1$s._sla_check_fill($2, $8, $5)', ext)
		INTO problems USING ticket.problems, ticket_table, given, id, ticket.used, base.schema, prefix, fill;
	EXECUTE format('SELECT %s._sla_refuse($1, $2)', ext) USING format('table %s cannot be tracked like this', ticket_table), problems;
	EXECUTE format('SELECT %1$s._sla_names($1, $2, $3, $4, ''{_sla_input,_sla_clock,_sla_trail,_sla_excuse,_sla_alarm}''
		|| ARRAY(SELECT p.name FROM %1$s._sla_parts() AS p WHERE p.relation = ''view''))', ext) USING ticket_table, base.schema, base.owner, prefix;

	EXECUTE format('SELECT %s._sla_make_tables($1, $2, $3, $4, $5, $6)', ext) USING ticket_table, base.schema, base.owner, prefix, id, tenant;
	EXECUTE format('SELECT %s._sla_constant($1, ''approver'')', ext) INTO old_approver USING base.input;
	EXECUTE format('SELECT %s._sla_make_view($1, ''input'', $2, $3, $4, $5, $6)', ext)
		USING path, format('%s.%I', base.schema::regnamespace, prefix || '_sla_input'), base.owner,
			ticket.columns || jsonb_build_object('tenant', quote_ident(tenant), 'filled', quote_ident(fill) || '::pg_catalog.text',
				'carried', 'pg_catalog.jsonb_build_object(' || (SELECT string_agg(format('%L, %I', c.name, c.name), ', ')
					FROM jsonb_array_elements_text(given -> 'carry') AS c (name)) || ')'),
			jsonb_build_object('trail', given -> 'trail', 'report_time_zone', given -> 'report_time_zone', 'approver', approver, 'prefix', prefix),
			ticket_table;
	EXECUTE format(CASE WHEN fill IS NULL THEN 'DROP TRIGGER IF EXISTS "~sla_fill" ON %1$s; '
		ELSE 'CREATE OR REPLACE TRIGGER "~sla_fill" BEFORE INSERT OR UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION %2$s._sla_ticket_fill(%3$L); ' END
		|| 'CREATE OR REPLACE TRIGGER "~sla_ticket" AFTER INSERT OR UPDATE OR DELETE ON %1$s FOR EACH ROW EXECUTE FUNCTION %2$s._sla_ticket_changed(%3$L); '
		'CREATE OR REPLACE TRIGGER "~sla_truncate" AFTER TRUNCATE ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION %2$s._sla_ticket_truncated(%3$L)',
		ticket_table, ext, prefix);
	EXECUTE format('SELECT %s._sla_follow_types($1)', ext) USING ticket_table;
	EXECUTE format('SELECT %s._sla_make_own_clocks($1, $2, $3, $4)', ext) USING path, ticket_table, answered, ticket.used ? 'closed';
	EXECUTE format('SELECT EXISTS (SELECT FROM %s._sla_metrics($1) AS m WHERE m.metric = ''first_response'')', ext) INTO answers USING ticket_table;
	IF answered IS NOT NULL AND NOT answers THEN
		RAISE WARNING USING ERRCODE = 'datatype_mismatch',
			MESSAGE = format('table %s gets no clock "first_response" from its column "answered_at"', ticket_table),
			DETAIL = format('The column is of type %s, and not timestamp with time zone.', answered),
			HINT = 'Call sla_add_clock() for this clock.';
	END IF;
	EXECUTE format('SELECT %s._sla_policies($1, $2, $3, $4, $5, $6)', ext) USING ticket_table, base.schema, base.owner, prefix, id, tenant;
	EXECUTE format('SELECT %s._sla_make_views($1, true)', ext) USING ticket_table;
	EXECUTE format('SELECT %s._sla_grant($1, $2, $3, $4, $5)', ext) USING base.schema, base.owner, prefix, approver, old_approver;
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
RETURNS void LANGUAGE sql
BEGIN ATOMIC
SELECT @extschema@._sla_track(pg_catalog.current_setting('search_path'), ticket_table, pg_catalog.jsonb_build_object(
	'id', id, 'opened_at', opened_at, 'plan', plan, 'urgency', urgency, 'impact', impact, 'override', override,
	'priority', priority, 'time_zone', time_zone, 'holidays', holidays, 'calendar', calendar, 'closed', closed,
	'cancelled', cancelled, 'fill', fill, 'tenant', tenant, 'carry', coalesce(pg_catalog.to_jsonb(carry), '[]'),
	'trail', coalesce(trail, 'all'), 'report_time_zone', coalesce(report_time_zone, 'UTC'), 'prefix', prefix, 'approver', approver));
END;
COMMENT ON FUNCTION sla_track(regclass, text, text, text, text, text, text, text, text, text, text, text, text, name, name, name[], text, text, name, name) IS
'Tracks the tickets of a table: makes views by which they are read, tables of clocks, trail, excuses and alarms, triggers that keep these, and views to read, all beside the table and owned by its owner. id to cancelled are SQL expressions over a row of the table, of which the name of a column is the simplest; null: the column of that name, if there is one (closed: resolved_at, else closed_at); an empty text: none. id: the column that is the ticket''s key. opened_at: instant (timestamp with time zone). plan, time_zone, holidays, calendar: names, as text or an enum. urgency, impact (low, medium, high), override, priority (P1 to P4): their types, text or an enum; a priority wins over urgency and impact. closed: the instant, or whether it is closed, as boolean. cancelled: whether it counts nowhere, as boolean. There must be an id, an opening, and a priority or urgency and impact. fill: column of text or an enum into which the priority is written; it is not where the priority comes from. tenant: column that is unique together with the id. carry: columns whose values a clock keeps as they were while it ran, at most 50. trail: all; changes, no row for a new ticket; none. report_time_zone: zone of the months in reports. prefix: how the names of all that is made begin; null: as before, else with the table''s name. approver: role that may excuse, rejudge and cancel runs. Clocks are made for first_response, where there is a column answered_at, and for resolution, where it is known when a ticket is closed. Tickets that are there already get their clocks by sla_backfill(). Called again, it replaces the mapping, the options and the clocks that it made by itself; rows, grants, comments and what is built upon the views stay. For the table''s owner. Errors: a null table (null_value_not_allowed); not an ordinary or partitioned table (wrong_object_type); not the owner, or an owner without the right to create in the schema or to use the extension''s (insufficient_privilege); all that is wrong with the arguments, at once (invalid_parameter_value); a name that is too long (name_too_long) or taken by something else (duplicate_object). Warning: answered_at has another type.';

-- Clocks -----------------------------------------------------------------

CREATE FUNCTION _sla_add_clock(path text, ticket_table regclass, metric text, given jsonb, on_close text, on_reopen text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	problems CONSTANT text[] := ARRAY(
		SELECT p.problem
		FROM (VALUES
			(on_close NOT IN ('stop', 'cancel', 'run'), format('on_close: "%s" is none of stop, cancel, run.', on_close)),
			(on_reopen NOT IN ('continue', 'new run', 'keep'), format('on_reopen: "%s" is none of continue, new run, keep.', on_reopen))) AS p (is_so, problem)
		WHERE p.is_so);
BEGIN
	EXECUTE format('SELECT %1$s._sla_begin($1, ''ticket table'', $2), %1$s._sla_remove($1, ARRAY[$2], false)', ext) USING ticket_table, metric;
	EXECUTE format('SELECT %s._sla_make_clock($1, $2, $3, $4, $5, $6)', ext) USING path, ticket_table, metric, given,
		jsonb_build_object('on_close', on_close, 'on_reopen', on_reopen, 'made_by', 'sla_add_clock'), problems;
	EXECUTE format('SELECT %s._sla_make_views($1, true)', ext) USING ticket_table;
END
$function$;
COMMENT ON FUNCTION _sla_add_clock(text, regclass, text, jsonb, text, text) IS
'sla_add_clock(), with its expressions as one argument, and the search_path of the caller.';

CREATE FUNCTION sla_add_clock(ticket_table regclass, metric text,
	starts text DEFAULT NULL, stops text DEFAULT NULL, paused text DEFAULT NULL, cancelled text DEFAULT NULL,
	plan text DEFAULT NULL, priority text DEFAULT NULL, calendar text DEFAULT NULL,
	on_close text DEFAULT 'stop', on_reopen text DEFAULT 'continue')
RETURNS void LANGUAGE sql
BEGIN ATOMIC
SELECT @extschema@._sla_add_clock(pg_catalog.current_setting('search_path'), ticket_table, metric, pg_catalog.jsonb_build_object(
	'starts', starts, 'stops', stops, 'paused', paused, 'cancelled', cancelled, 'plan', plan, 'priority', priority,
	'calendar', calendar), coalesce(on_close, 'stop'), coalesce(on_reopen, 'continue'));
END;
COMMENT ON FUNCTION sla_add_clock(regclass, text, text, text, text, text, text, text, text, text, text) IS
'Adds a clock to a tracked table, or replaces one wholly, its events too; its rows stay. metric: what it measures, a name in sla_metric. The others to calendar are SQL expressions over a row of the ticket table. starts: the instant (timestamp with time zone), null in a row: not yet; not given: the opening. stops: the instant, or whether it has stopped, as boolean; not given: it does not. paused: whether it is paused, as boolean, or the periods, as tstzmultirange; not given: never. cancelled: whether it counts nowhere, as boolean. plan, calendar: names, as text or an enum. priority: P1 to P4. Not given: what the ticket has. on_close: what the closing of the ticket does: stop, it ends the clock and counts; cancel, the clock counts nowhere; run, it goes on. on_reopen: what the reopening does with a clock that the closing ended: continue, the time in between counts as paused; new run, it keeps its verdict and another run begins; keep, nothing. Tickets that are there already get the clock by sla_backfill(). For the table''s owner. Errors: the table is not tracked or there is no such metric (undefined_object); a null table or metric (null_value_not_allowed); not the owner (insufficient_privilege); all that is wrong with the other arguments, at once (invalid_parameter_value); a name that is too long (name_too_long) or taken (duplicate_object).';

-- Removing ---------------------------------------------------------------

CREATE FUNCTION sla_drop_clock(ticket_table regclass, metric text)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
SET check_function_bodies = off	-- so that the guard of the clocks stands aside
BEGIN ATOMIC
SELECT @extschema@._sla_begin(ticket_table, 'tracked table');
SELECT @extschema@._sla_remove(ticket_table, ARRAY[metric], true);
SELECT d.n FROM @extschema@._sla_beside(ticket_table) AS b CROSS JOIN LATERAL @extschema@._sla_ask_as_owner(ticket_table, format('
	WITH dropped AS (
		UPDATE %s SET cancelled_at = pg_catalog.clock_timestamp(), cancel_reason = ''clock dropped''
		WHERE metric = $1 AND stopped_at IS NULL AND cancelled_at IS NULL AND gone_at IS NULL
			AND (due_at IS NULL OR due_at >= pg_catalog.clock_timestamp())
	)
	SELECT 0', b.clock), ARRAY[metric]) AS d (n integer);
END;
COMMENT ON FUNCTION sla_drop_clock(regclass, text) IS
'Removes a clock from a tracked table, and the triggers of its table of events that no other clock needs. Its rows stay; those that run ahead of their deadline are cancelled (clock dropped), until the clock is added again and the ticket is seen. For the table''s owner. Errors: a null table (null_value_not_allowed); not the owner (insufficient_privilege); the table is not tracked or has no such clock (undefined_object); another clock starts only after it (dependent_objects_still_exist).';

CREATE FUNCTION sla_untrack(ticket_table regclass, keep boolean DEFAULT false)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning
BEGIN ATOMIC
SELECT @extschema@._sla_begin(ticket_table, 'tracked table');
SELECT @extschema@._sla_remove(ticket_table, ARRAY(SELECT m.metric FROM @extschema@._sla_metrics(ticket_table) AS m), true);
SELECT CASE WHEN keep THEN @extschema@._sla_grant(t.schema, t.owner, t.prefix, NULL, @extschema@._sla_constant(t.input, 'approver'))
	ELSE @extschema@._sla_drop_views(t.schema, t.owner, t.prefix) END
FROM @extschema@._sla_tracking(ticket_table) AS t;
SELECT @extschema@._sla_do(format('DROP VIEW %s; ', t.input) || string_agg(c.command, '; '))
FROM @extschema@._sla_tracking(ticket_table) AS t
CROSS JOIN LATERAL (
	SELECT format('DROP TRIGGER %I ON %s', g.tgname, ticket_table)
	FROM pg_trigger AS g
	WHERE g.tgrelid = ticket_table AND g.tgparentid = 0 AND g.tgfoid IN ('@extschema@._sla_ticket_fill'::regproc,
		'@extschema@._sla_ticket_changed'::regproc, '@extschema@._sla_ticket_truncated'::regproc)
	UNION ALL
	-- What is kept stands in the way of no change of the ticket table.
	SELECT CASE WHEN keep THEN format('DROP POLICY sla_ticket ON %s', m.relation) ELSE format('DROP TABLE %s', m.relation) END
	FROM @extschema@._sla_made(t.schema, t.owner, t.prefix) AS m
	WHERE m.kind <> 'view' AND (keep IS NOT TRUE OR EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = m.relation AND p.polname = 'sla_ticket'))
	) AS c (command)
GROUP BY t.input;
END;
COMMENT ON FUNCTION sla_untrack(regclass, boolean) IS
'Ends the tracking of a table: removes its triggers, those of its tables of events, the views by which tickets and events are read, and all tables and views that were made beside it. keep: the tables and the views to read stay, with what is in them, and a later sla_track() with the same prefix goes on with them; meanwhile nothing stands in the way of changes of the ticket table, and the approver has no rights on them, and with row-level security only the owner sees them. For the table''s owner. Errors: a null table (null_value_not_allowed); not the owner (insufficient_privilege); the table is not tracked (undefined_object); others are built upon what would go (dependent_objects_still_exist).';
