-- Tracking of tickets in the application's own table: sla_track() checks a table,
-- installs triggers on it and makes views beside it, and sla_untrack() removes
-- what was made.  How the table is to be read is written in the triggers'
-- arguments and nowhere else, so that a dump carries it.  Names are never put
-- into the text of a function: they are arguments, or looked up when it runs.

CREATE FUNCTION _sla_track_ticket() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_track_ticket';
COMMENT ON FUNCTION _sla_track_ticket() IS
'Trigger function of tracked tables, made by sla_track(): fills priority, deadlines and at-risk times before a ticket is written. Its arguments are the mapping of the table.';

CREATE FUNCTION _sla_trail_write() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_trail_write';
COMMENT ON FUNCTION _sla_trail_write() IS
'Trigger function of tracked tables, made by sla_track(): writes the trail of priorities after a ticket was written. Its arguments are the mapping of the table.';

CREATE FUNCTION _sla_trail_guard() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_trail_guard';
COMMENT ON FUNCTION _sla_trail_guard() IS
'Trigger function of trails of priorities, made by sla_track(): refuses to write them in any other way. Error: insufficient_privilege.';

CREATE FUNCTION sla_mapping(ticket_table regclass) RETURNS jsonb
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_mapping';
COMMENT ON FUNCTION sla_mapping(regclass) IS
'How a tracked table is read: the columns by the part that they play, and the options given to sla_track(). Null for a null table. Errors: the table is not tracked (undefined_object), or does not exist (undefined_table).';

CREATE VIEW sla_tracked (ticket_table, mapping) AS
SELECT t.tgrelid::pg_catalog.regclass, @extschema@.sla_mapping(t.tgrelid::pg_catalog.regclass)
FROM pg_catalog.pg_trigger AS t
WHERE t.tgfoid = '@extschema@._sla_track_ticket'::pg_catalog.regproc
	AND t.tgparentid = 0
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS i
		JOIN pg_catalog.pg_trigger AS p ON p.tgrelid = i.inhparent AND p.tgfoid = t.tgfoid
		WHERE i.inhrelid = t.tgrelid);
COMMENT ON VIEW sla_tracked IS
'The tracked tables, with the mapping of each: which column plays which part, and the options given to sla_track().';
COMMENT ON COLUMN sla_tracked.ticket_table IS 'The tracked table.';
COMMENT ON COLUMN sla_tracked.mapping IS 'What sla_mapping() says of it.';
GRANT SELECT ON sla_tracked TO PUBLIC;

CREATE FUNCTION sla_track(
	ticket_table regclass,
	id name DEFAULT NULL,
	plan name DEFAULT NULL,
	urgency name DEFAULT NULL,
	impact name DEFAULT NULL,
	override name DEFAULT NULL,
	priority name DEFAULT NULL,
	opened_at name DEFAULT NULL,
	answered_at name DEFAULT NULL,
	resolved_at name DEFAULT NULL,
	time_zone name DEFAULT NULL,
	holidays name DEFAULT NULL,
	status name DEFAULT NULL,
	paused name DEFAULT NULL,
	due_at name DEFAULT NULL,
	at_risk_at name DEFAULT NULL,
	response_target name DEFAULT NULL,
	response_elapsed name DEFAULT NULL,
	resolution_due_at name DEFAULT NULL,
	resolution_at_risk_at name DEFAULT NULL,
	resolution_target name DEFAULT NULL,
	resolution_elapsed name DEFAULT NULL,
	sla_state name DEFAULT NULL,
	urgency_map jsonb DEFAULT NULL,
	impact_map jsonb DEFAULT NULL,
	priority_map jsonb DEFAULT NULL,
	paused_when text[] DEFAULT NULL,
	cancelled_when text[] DEFAULT NULL,
	pause_metrics sla_metric[] DEFAULT '{resolution}',
	status_history regclass DEFAULT NULL,
	history_ticket name DEFAULT NULL,
	history_status name DEFAULT NULL,
	history_changed_at name DEFAULT NULL,
	history_seq name DEFAULT NULL,
	on_change text DEFAULT 'from_opening',
	closed_without_answer text DEFAULT 'counts_as_answer',
	report_time_zone text DEFAULT 'UTC',
	prefix name DEFAULT NULL,
	approver name DEFAULT NULL,
	trail text DEFAULT 'all',
	add_columns boolean DEFAULT false,
	backfill text DEFAULT 'none')
RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $function$
#variable_conflict use_variable
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');

	-- The parts that columns play, in the order in which they are told; the
	-- columns that the caller named; what a part is, and the type that it needs.
	parts CONSTANT text[] := '{id,opened_at,plan,urgency,impact,override,priority,time_zone,holidays,status,answered_at,resolved_at,paused,due_at,at_risk_at,response_target,response_elapsed,resolution_due_at,resolution_at_risk_at,resolution_target,resolution_elapsed,sla_state}';
	given CONSTANT name[] := ARRAY[id, opened_at, plan, urgency, impact, override, priority, time_zone, holidays,
		status, answered_at, resolved_at, paused, due_at, at_risk_at, response_target, response_elapsed, resolution_due_at,
		resolution_at_risk_at, resolution_target, resolution_elapsed, sla_state];
	kinds CONSTANT text[] := '{id,instant,label,level,level,level,level,label,label,label,instant,instant,tstzmultirange,timestamp with time zone,timestamp with time zone,interval,interval,timestamp with time zone,timestamp with time zone,interval,interval,jsonb}';

	relation pg_class;
	owner name;
	schema name;
	columns jsonb := '{}';		-- part -> column
	types jsonb := '{}';		-- part -> type of the column
	seen text[] := '{}';		-- parts whose column is there, good or not
	mapping jsonb;
	previous jsonb;				-- if the table is tracked already
	made jsonb := '[]';
	missing text[] := '{}';		-- definitions of columns to add
	problems text[] := '{}';
	arguments text;				-- of triggers
	trail_arguments text;
	view_prefix name;
	names text[];

	part text;
	kind text;
	column_name name;
	named boolean;
	attribute pg_attribute;
	type_name text;
	type_category "char";
	base_type oid;
	computed boolean;			-- by the trigger
	wanted boolean;
	history pg_class;
	descendant regclass;
	map jsonb;
	label text;
	meaning text;
	levels text[];
	suffix text;
	i integer;
	query text;
	same text;					-- equality of ids
BEGIN
	-- The table -----------------------------------------------------------
	IF ticket_table IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
			MESSAGE = 'the table to track must not be null';
	END IF;
	SELECT c.* INTO relation FROM pg_class AS c WHERE c.oid = ticket_table;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'undefined_table',
			MESSAGE = format('table with OID %s does not exist', ticket_table::oid);
	END IF;
	owner := pg_get_userbyid(relation.relowner);
	schema := (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = relation.relnamespace);
	IF relation.relkind NOT IN ('r', 'p') THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is not a table', relation.relname),
			DETAIL = 'Only ordinary and partitioned tables can be tracked.',
			HINT = CASE WHEN relation.relkind IN ('v', 'm') THEN 'Track the table under the view.' END;
	END IF;
	IF relation.relispartition THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is a partition', relation.relname),
			HINT = 'Track the partitioned table; its partitions come with it.';
	END IF;
	IF NOT pg_has_role(relation.relowner, 'USAGE') THEN
		RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
			MESSAGE = format('must be owner of table %s', relation.relname);
	END IF;

	-- The columns ---------------------------------------------------------
	FOR i IN 1 .. cardinality(parts) LOOP
		part := parts[i];
		kind := kinds[i];
		named := given[i] IS NOT NULL;
		column_name := COALESCE(given[i], part);
		IF column_name = '' THEN
			IF part IN ('id', 'opened_at', 'plan', 'priority') THEN
				problems := problems || format('%s is empty, but there must be a column for it.', part);
			END IF;
			CONTINUE;
		END IF;

		SELECT a.* INTO attribute FROM pg_attribute AS a
		WHERE a.attrelid = ticket_table AND a.attname = column_name
			AND a.attnum > 0 AND NOT a.attisdropped;
		IF NOT FOUND THEN
			IF part IN ('id', 'opened_at', 'plan') THEN
				problems := problems || CASE WHEN named
					THEN format('There is no column "%s" for %s.', column_name, part)
					ELSE format('There is no column "%s"; say which column it is: %s => ''...''.', part, part) END;
			ELSIF named AND i <= 12 AND part <> 'priority' THEN
				problems := problems || format('There is no column "%s" for %s.', column_name, part);
			END IF;
			CONTINUE;
		END IF;

		seen := seen || part;
		SELECT format_type(b.oid, NULL), b.typcategory, b.oid INTO type_name, type_category, base_type
		FROM pg_type AS t JOIN pg_type AS b ON b.oid = COALESCE(NULLIF(t.typbasetype, 0), t.oid)
		WHERE t.oid = attribute.atttypid;
		IF kind = 'instant' AND type_name <> 'timestamp with time zone' THEN
			problems := problems || format('Column "%s" (%s) is of type %s; it must be timestamp with time zone%s.',
				column_name, part, type_name,
				CASE WHEN type_category = 'D' THEN ', because the meaning of others depends on the session''s time zone' ELSE '' END);
			CONTINUE;
		ELSIF kind = 'label' AND type_category NOT IN ('S', 'E') THEN
			problems := problems || format('Column "%s" (%s) is of type %s; it must be text or an enum.',
				column_name, part, type_name);
			CONTINUE;
		ELSIF kind NOT IN ('id', 'instant', 'label', 'level') AND type_name <> kind THEN
			problems := problems || format('Column "%s" (%s) is of type %s; it must be %s.',
				column_name, part, type_name, kind);
			CONTINUE;
		END IF;
		IF attribute.attgenerated <> '' AND part <> 'priority' THEN
			problems := problems || format('Column "%s" (%s) is generated, so a trigger neither sees nor fills it.',
				column_name, part);
			CONTINUE;
		END IF;
		columns := columns || jsonb_build_object(part, column_name);
		types := types || jsonb_build_object(part, base_type::regtype::oid);
	END LOOP;

	-- Urgency and impact go together, and an override needs them.
	IF (columns ? 'urgency') <> (columns ? 'impact') THEN
		IF urgency IS NOT NULL OR impact IS NOT NULL OR NOT columns ? 'priority' THEN
			problems := problems || format('There is a column for %s and none for %s; the priority needs both.',
				CASE WHEN columns ? 'urgency' THEN 'urgency' ELSE 'impact' END,
				CASE WHEN columns ? 'urgency' THEN 'impact' ELSE 'urgency' END);
		END IF;
		columns := columns - 'urgency' - 'impact';
	ELSIF NOT columns ? 'urgency' AND NOT columns ? 'priority' THEN
		problems := problems || 'There are no columns for urgency and impact, and none for the priority.'::text;
	END IF;
	IF columns ? 'override' AND NOT columns ? 'urgency' THEN
		IF override IS NOT NULL THEN
			problems := problems || 'An override needs columns for urgency and impact.'::text;
		END IF;
		columns := columns - 'override';
	END IF;

	-- The labels of levels: those of the enums, or a map.
	FOREACH part IN ARRAY '{urgency,impact,override,priority}'::text[] LOOP
		CONTINUE WHEN NOT columns ? part;
		map := CASE part WHEN 'urgency' THEN urgency_map WHEN 'impact' THEN impact_map ELSE priority_map END;
		kind := CASE part WHEN 'urgency' THEN 'ticket_urgency' WHEN 'impact' THEN 'ticket_impact' ELSE 'ticket_priority' END;
		base_type := (types ->> part)::oid;
		SELECT t.typcategory INTO type_category FROM pg_type AS t WHERE t.oid = base_type;
		CONTINUE WHEN base_type = to_regtype(ext || '.' || kind);
		IF part = 'priority' AND columns ? 'urgency' AND (type_category <> 'S' OR base_type = 'name'::regtype) THEN
			problems := problems || format('Column "%s" (priority), which the trigger fills, is of type %s; it must be ticket_priority or text.',
				columns ->> part, base_type::regtype);
		ELSIF map IS NULL AND type_category NOT IN ('S', 'E') THEN
			problems := problems || format('Column "%s" (%s) is of type %s; say what its values mean: %s => ''{"...": "%s"}''.',
				columns ->> part, part, base_type::regtype,
				CASE part WHEN 'override' THEN 'priority' ELSE part END || '_map',
				CASE WHEN part IN ('urgency', 'impact') THEN 'high' ELSE 'P1' END);
		END IF;
	END LOOP;
	FOREACH part IN ARRAY '{urgency_map,impact_map,priority_map}'::text[] LOOP
		map := CASE part WHEN 'urgency_map' THEN urgency_map WHEN 'impact_map' THEN impact_map ELSE priority_map END;
		levels := CASE part WHEN 'priority_map' THEN '{P1,P2,P3,P4}'::text[] ELSE '{low,medium,high}'::text[] END;
		CONTINUE WHEN map IS NULL;
		IF jsonb_typeof(map) <> 'object' OR map = '{}' THEN
			problems := problems || format('%s must be a JSON object, such as {"1 - High": "%s"}.', part,
				CASE part WHEN 'priority_map' THEN 'P1' ELSE 'high' END);
			CONTINUE;
		END IF;
		FOR label, meaning IN SELECT m.key, m.value FROM jsonb_each_text(map) AS m LOOP
			IF meaning IS NULL OR NOT meaning = ANY (levels) THEN
				problems := problems || format('%s gives "%s" the meaning %s; meanings are %s.', part, label,
					COALESCE('"' || meaning || '"', 'null'), array_to_string(levels, ', '));
			END IF;
		END LOOP;
	END LOOP;

	-- The options ---------------------------------------------------------
	IF on_change IS NULL OR on_change NOT IN ('from_opening', 'from_change') THEN
		problems := problems || format('on_change is %s; it is from_opening or from_change.', COALESCE('"' || on_change || '"', 'null'));
	END IF;
	IF closed_without_answer IS NULL OR closed_without_answer NOT IN ('counts_as_answer', 'cancelled') THEN
		problems := problems || format('closed_without_answer is %s; it is counts_as_answer or cancelled.', COALESCE('"' || closed_without_answer || '"', 'null'));
	END IF;
	IF trail IS NULL OR trail NOT IN ('all', 'changes', 'none') THEN
		problems := problems || format('trail is %s; it is all, changes or none.', COALESCE('"' || trail || '"', 'null'));
	END IF;
	IF backfill IS NULL OR backfill NOT IN ('none', 'open', 'all') THEN
		problems := problems || format('backfill is %s; it is none, open or all.', COALESCE('"' || backfill || '"', 'null'));
	END IF;
	BEGIN
		EXECUTE format('SELECT %s.local_month(now(), $1)', ext) USING report_time_zone;
		IF report_time_zone IS NULL THEN
			problems := problems || 'report_time_zone is null.'::text;
		END IF;
	EXCEPTION WHEN invalid_parameter_value THEN
		problems := problems || format('report_time_zone: %s.', SQLERRM);
	END;
	IF approver IS NOT NULL AND to_regrole(quote_ident(approver)) IS NULL THEN
		problems := problems || format('Role "%s" (approver) does not exist.', approver);
	END IF;

	-- Pauses: the application's column, or kept from statuses.
	IF paused_when = '{}' THEN
		paused_when := NULL;
	END IF;
	IF cancelled_when = '{}' THEN
		cancelled_when := NULL;
	END IF;
	IF (cancelled_when IS NOT NULL OR (paused_when IS NOT NULL AND status_history IS NULL)) AND NOT columns ? 'status' THEN
		problems := problems || format('%s needs a column for the status.',
			CASE WHEN cancelled_when IS NOT NULL THEN 'cancelled_when' ELSE 'paused_when' END);
	END IF;
	IF cancelled_when IS NULL AND (paused_when IS NULL OR status_history IS NOT NULL) THEN
		columns := columns - 'status';
	END IF;
	IF status_history IS NOT NULL THEN
		SELECT c.* INTO history FROM pg_class AS c WHERE c.oid = status_history;
		IF NOT FOUND OR history.relkind NOT IN ('r', 'p') THEN
			problems := problems || format('The status history %s is not a table.', status_history);
		ELSIF status_history = ticket_table THEN
			problems := problems || 'The status history is the table itself.'::text;
		ELSIF NOT pg_has_role(history.relowner, 'USAGE') THEN
			problems := problems || format('You are not the owner of the status history %s.', status_history);
		END IF;
		IF paused_when IS NULL THEN
			problems := problems || 'status_history needs paused_when: the statuses in which a ticket is paused.'::text;
		END IF;
		IF history_ticket IS NULL THEN
			history_ticket := (SELECT a.attname FROM pg_attribute AS a
				WHERE a.attrelid = status_history AND a.attname IN ('ticket', 'ticket_id') AND NOT a.attisdropped
				ORDER BY a.attname LIMIT 1);
		END IF;
		history_status := COALESCE(history_status, 'status');
		history_changed_at := COALESCE(history_changed_at, 'changed_at');
		IF history_seq IS NULL THEN
			history_seq := (SELECT a.attname FROM pg_attribute AS a
				WHERE a.attrelid = status_history AND a.attname = 'seq' AND NOT a.attisdropped);
		END IF;
		IF history_ticket IS NULL THEN
			problems := problems || format('The status history %s has no column "ticket"; say which column it is: history_ticket => ''...''.', status_history);
		END IF;
		FOR part, column_name IN VALUES ('history_ticket', history_ticket), ('history_status', history_status),
			('history_changed_at', history_changed_at), ('history_seq', history_seq)
		LOOP
			CONTINUE WHEN column_name IS NULL OR (part = 'history_seq' AND column_name = '');
			SELECT format_type(COALESCE(NULLIF(t.typbasetype, 0), t.oid), NULL) INTO type_name
			FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
			WHERE a.attrelid = status_history AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
			IF NOT FOUND THEN
				problems := problems || format('The status history %s has no column "%s" (%s).', status_history, column_name, part);
			ELSIF part = 'history_changed_at' AND type_name <> 'timestamp with time zone' THEN
				problems := problems || format('Column "%s" (%s) of the status history is of type %s; it must be timestamp with time zone.',
					column_name, part, type_name);
			ELSIF part = 'history_seq' AND type_name NOT IN ('bigint', 'integer', 'smallint') THEN
				problems := problems || format('Column "%s" (%s) of the status history is of type %s; it must be an integer.',
					column_name, part, type_name);
			END IF;
		END LOOP;
		history_seq := NULLIF(history_seq, '');
	END IF;

	-- What the trigger fills ----------------------------------------------
	FOR i IN 1 .. cardinality(parts) LOOP
		part := parts[i];
		kind := kinds[i];
		column_name := COALESCE(given[i], part);
		computed := i >= 14 OR (part = 'priority' AND columns ? 'urgency' AND NOT EXISTS (
				SELECT FROM pg_attribute AS a WHERE a.attrelid = ticket_table
					AND a.attname = column_name AND a.attgenerated <> ''))
			OR (part = 'paused' AND paused_when IS NOT NULL);
		wanted := computed AND column_name <> '' AND (columns ? 'resolved_at' OR part NOT LIKE 'resolution%');
		CONTINUE WHEN NOT computed;
		IF part = ANY (seen) AND NOT columns ? part THEN
			CONTINUE;			-- what is wrong with it has been said
		ELSIF part LIKE 'resolution%' AND columns ? part AND NOT columns ? 'resolved_at' THEN
			IF given[i] IS NOT NULL THEN
				problems := problems || format('Column "%s" (%s) needs a column for resolved_at.', column_name, part);
			END IF;
			columns := columns - part;
		ELSIF columns ? part THEN
			SELECT a.* INTO attribute FROM pg_attribute AS a
			WHERE a.attrelid = ticket_table AND a.attname = column_name;
			-- A column that a key's expression uses depends on its own table.
			IF EXISTS (SELECT FROM pg_depend AS d
				WHERE d.classid = 'pg_class'::regclass AND d.objid = ticket_table AND d.objsubid = attribute.attnum
					AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ticket_table AND d.refobjsubid = 0
					AND d.deptype = 'i')
				OR EXISTS (SELECT FROM pg_partition_tree(ticket_table) AS t
					JOIN pg_partitioned_table AS p ON p.partrelid = t.relid
					JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attname = column_name
					WHERE a.attnum = ANY (p.partattrs::int2[]))
			THEN
				problems := problems || format('Column "%s" (%s) is in the partition key, so the trigger cannot fill it.', column_name, part);
			END IF;
		ELSIF wanted AND add_columns THEN
			columns := columns || jsonb_build_object(part, column_name);
			missing := missing || format('ADD COLUMN %I %s', column_name,
				CASE part WHEN 'priority' THEN ext || '.ticket_priority' ELSE CASE kind WHEN 'timestamp with time zone' THEN 'timestamptz' ELSE kind END END);
			made := made || to_jsonb('column ' || column_name);
		ELSIF wanted AND (given[i] IS NOT NULL OR part IN ('priority', 'due_at', 'paused')) THEN
			problems := problems || format('There is no column "%s"%s; make one of type %s, or call with add_columns => true.',
				column_name, CASE WHEN column_name <> part THEN format(' (%s)', part) ELSE '' END, CASE part WHEN 'priority' THEN 'ticket_priority' ELSE kind END);
		ELSIF part IN ('due_at') THEN
			problems := problems || 'The first response needs a column for due_at.'::text;
		END IF;
	END LOOP;
	-- The columns of a clock without its deadline have nothing to say.
	IF NOT columns ? 'resolution_due_at' THEN
		columns := columns - 'resolution_at_risk_at' - 'resolution_target' - 'resolution_elapsed';
	END IF;
	IF on_change = 'from_change' AND NOT columns ? 'sla_state' THEN
		problems := problems || 'on_change => from_change needs a column for sla_state (jsonb); make one, or call with add_columns => true.'::text;
	END IF;

	FOR column_name, names IN
		SELECT m.value, array_agg(m.key ORDER BY array_position(parts, m.key)) FROM jsonb_each_text(columns) AS m
		GROUP BY m.value
		HAVING count(*) > 1 AND bool_or(array_position(parts, m.key) >= 14 OR (m.key = 'priority' AND columns ? 'urgency')
			OR (m.key = 'paused' AND paused_when IS NOT NULL))
	LOOP
		problems := problems || format('Column "%s" cannot be %s at once.', column_name, array_to_string(names, ' and '));
	END LOOP;

	-- The names of what is made -------------------------------------------
	IF EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = ticket_table
		AND t.tgfoid = to_regproc(ext || '._sla_track_ticket')::oid)
	THEN
		EXECUTE format('SELECT %s.sla_mapping($1)', ext) INTO previous USING ticket_table;
	END IF;
	view_prefix := COALESCE(NULLIF(prefix, ''), previous ->> 'prefix', relation.relname);
	FOREACH suffix IN ARRAY '{_sla_clock,_sla,_sla_compliance,_sla_misses,_sla_backlog,_sla_overrides,_sla_excuse,_sla_alarm,_priority_log}'::text[] LOOP
		IF octet_length(view_prefix || suffix) > 63 THEN
			problems := problems || format('The name "%s" is longer than 63 bytes; give a shorter one to begin with: prefix => ''...''.',
				view_prefix || suffix);
			EXIT;
		END IF;
	END LOOP;
	-- An object under these names that is not the owner's own is a problem.
	IF EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = relation.relnamespace
		AND c.relname = view_prefix || '_priority_log' AND (c.relkind NOT IN ('r', 'p') OR c.relowner <> relation.relowner))
	THEN
		problems := problems || format('There is something named "%s" already, which is not a table of "%s"; give another name to begin with: prefix => ''...''.',
			view_prefix || '_priority_log', owner);
	END IF;
	-- What an earlier tracking left is used again, if it is whole; it is not when
	-- the extension was dropped, and its types with it.
	FOR part, kind IN
		SELECT c.relname, string_agg(format('"%s"', k.name), ', ' ORDER BY k.n)
		FROM (VALUES
			('_priority_log', '{at,ticket,event,old_urgency,urgency,old_impact,impact,old_override,override,assigned,old_priority,priority,old_due_at,due_at,old_resolution_due_at,resolution_due_at,status,resolution_status,actor,actor_kind,reason}'::text[]),
			('_sla_excuse', '{ticket,metric,reason,excused_by,excused_at}'),
			('_sla_alarm', '{ticket,metric,level,due_at,sent_at}')) AS v (suffix, columns)
		JOIN pg_class AS c ON c.relnamespace = relation.relnamespace AND c.relname = view_prefix || v.suffix
			AND c.relkind IN ('r', 'p') AND c.relowner = relation.relowner
		CROSS JOIN LATERAL unnest(v.columns) WITH ORDINALITY AS k (name, n)
		WHERE NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = k.name AND NOT a.attisdropped)
		GROUP BY c.relname
		ORDER BY c.relname
	LOOP
		problems := problems || format('Table "%s", which an earlier tracking left, has lost columns: %s; drop or rename it, or give another name to begin with: prefix => ''...''.',
			part, kind);
	END LOOP;
	IF NOT has_schema_privilege(owner, relation.relnamespace, 'CREATE') THEN
		problems := problems || format('Role "%s", the owner of the table, has no right to create views in schema "%s".', owner, schema);
	END IF;

	mapping := columns || jsonb_strip_nulls(jsonb_build_object(
		'urgency_map', CASE WHEN columns ? 'urgency' THEN urgency_map END,
		'impact_map', CASE WHEN columns ? 'impact' THEN impact_map END,
		'priority_map', priority_map,
		'paused_when', to_jsonb(paused_when),
		'cancelled_when', to_jsonb(cancelled_when),
		'pause_metrics', to_jsonb(COALESCE(pause_metrics::text[], '{}')),
		'status_history', status_history::text,
		'history_ticket', CASE WHEN status_history IS NOT NULL THEN history_ticket END,
		'history_status', CASE WHEN status_history IS NOT NULL THEN history_status END,
		'history_changed_at', CASE WHEN status_history IS NOT NULL THEN history_changed_at END,
		'history_seq', CASE WHEN status_history IS NOT NULL THEN history_seq END,
		'on_change', on_change,
		'closed_without_answer', closed_without_answer,
		'report_time_zone', report_time_zone,
		'prefix', view_prefix,
		'trail', trail,
		'schema', schema,
		'trail_table', view_prefix || '_priority_log'));

	-- What was tracked before is tracked anew; its trail, its excuses and its
	-- columns stay, and go with the table to another schema.
	IF previous ->> 'prefix' <> view_prefix THEN
		problems := problems || format('The table is tracked with prefix "%s"; call sla_untrack() before you give it another.', previous ->> 'prefix');
	ELSIF previous IS NOT NULL AND problems = '{}' THEN
		made := COALESCE(previous -> 'made', '[]') || made;
		EXECUTE format('SELECT %s.sla_untrack($1, keep_columns => true, keep_log => true)', ext) USING ticket_table;
		FOR query IN
			SELECT format('ALTER TABLE %s SET SCHEMA %I', c.oid::regclass, schema)
			FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
			WHERE n.nspname = previous ->> 'schema' AND n.nspname <> schema AND c.relkind IN ('r', 'p') AND c.relowner = relation.relowner
				AND c.relname IN (view_prefix || '_priority_log', view_prefix || '_sla_excuse', view_prefix || '_sla_alarm')
		LOOP
			EXECUTE query;
		END LOOP;
	END IF;
	IF problems = '{}' THEN
		FOREACH suffix IN ARRAY '{_sla_clock,_sla,_sla_compliance,_sla_misses,_sla_backlog,_sla_overrides,_sla_history}'::text[] LOOP
			IF EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = relation.relnamespace AND c.relname = view_prefix || suffix) THEN
				problems := problems || format('There is something named "%s" already; give another name to begin with: prefix => ''...''.', view_prefix || suffix);
			END IF;
		END LOOP;
	END IF;
	IF problems <> '{}' THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = format('table "%s" cannot be tracked as it is', relation.relname),
			DETAIL = array_to_string(problems, E'\n');
	END IF;

	-- Columns, the trail, triggers, views ---------------------------------
	IF missing <> '{}' THEN
		EXECUTE format('ALTER TABLE %s %s', ticket_table, array_to_string(missing, ', '));
	END IF;
	SELECT a.* INTO STRICT attribute FROM pg_attribute AS a
	WHERE a.attrelid = ticket_table AND a.attname = mapping ->> 'id';
	IF to_regclass(format('%I.%I', schema, mapping ->> 'trail_table')) IS NULL THEN
		EXECUTE format($create$
CREATE TABLE %1$I.%2$I (
	at timestamptz NOT NULL,
	ticket %3$s,
	event text NOT NULL,
	old_urgency %4$s.ticket_urgency,
	urgency %4$s.ticket_urgency,
	old_impact %4$s.ticket_impact,
	impact %4$s.ticket_impact,
	old_override %4$s.ticket_priority,
	override %4$s.ticket_priority,
	assigned %4$s.ticket_priority,
	old_priority %4$s.ticket_priority,
	priority %4$s.ticket_priority,
	old_due_at timestamptz,
	due_at timestamptz,
	old_resolution_due_at timestamptz,
	resolution_due_at timestamptz,
	status %4$s.sla_status,
	resolution_status %4$s.sla_status,
	actor text NOT NULL,
	actor_kind text,
	reason text
);
CREATE INDEX ON %1$I.%2$I (ticket);
CREATE TRIGGER "!sla_trail_guard" BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %1$I.%2$I
	FOR EACH STATEMENT EXECUTE FUNCTION %4$s._sla_trail_guard();
COMMENT ON TABLE %1$I.%2$I IS 'Trail of the priorities of the tracked tickets: a row for each ticket that got a priority, and for each change of what was asked for, of the override, or of the priority. Written by the triggers of the ticket table alone.';
COMMENT ON COLUMN %1$I.%2$I.at IS 'When the statement that made or changed it last saw a ticket, by the clock: changes of one ticket stand in their order.';
COMMENT ON COLUMN %1$I.%2$I.ticket IS 'The ticket.';
COMMENT ON COLUMN %1$I.%2$I.event IS 'assigned: got its priority; overridden: the customer set or changed his override; override_cleared: he took it back; requested: urgency or impact changed; changed: the priority changed otherwise.';
COMMENT ON COLUMN %1$I.%2$I.assigned IS 'Priority that the matrix gives for urgency and impact.';
COMMENT ON COLUMN %1$I.%2$I.priority IS 'Priority that counts from then on.';
COMMENT ON COLUMN %1$I.%2$I.due_at IS 'Deadline of the first response from then on.';
COMMENT ON COLUMN %1$I.%2$I.status IS 'Status of the first response at that moment, before the change; of a new ticket, its first.';
COMMENT ON COLUMN %1$I.%2$I.resolution_status IS 'The same of the resolution.';
COMMENT ON COLUMN %1$I.%2$I.actor IS 'Who: the setting ticket_priority.actor, or else the user.';
COMMENT ON COLUMN %1$I.%2$I.actor_kind IS 'customer or agent: the setting ticket_priority.actor_kind. Null: not known.';
COMMENT ON COLUMN %1$I.%2$I.reason IS 'Why: the setting ticket_priority.reason. Null: not told.';
$create$, schema, mapping ->> 'trail_table', format_type(attribute.atttypid, attribute.atttypmod), ext);
		IF owner <> current_user THEN
			EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', schema, mapping ->> 'trail_table', owner);
		END IF;
	END IF;

	EXECUTE format('SELECT %s._sla_track_views($1, $2)', ext)
		USING ticket_table, mapping INTO names;
	made := made || COALESCE((SELECT jsonb_agg(i.item)
		FROM (SELECT 'index ' || (parse_ident(substr(n.name, 7)))[2] FROM unnest(names) AS n (name) WHERE n.name LIKE 'INDEX %') AS i (item)
		WHERE NOT made ? i.item), '[]');
	mapping := mapping || jsonb_build_object('made', made);

	SELECT string_agg(quote_literal(m.key || '=' || CASE jsonb_typeof(m.value)
			WHEN 'string' THEN m.value #>> '{}' ELSE m.value::text END), ', ' ORDER BY m.key),
		string_agg(quote_literal(m.key || '=' || CASE jsonb_typeof(m.value)
			WHEN 'string' THEN m.value #>> '{}' ELSE m.value::text END), ', ' ORDER BY m.key)
			FILTER (WHERE m.key <> ALL ('{made,prefix,report_time_zone,on_change,history_ticket,history_status,history_changed_at,history_seq}'))
	INTO arguments, trail_arguments FROM jsonb_each(mapping) AS m;
	-- A domain over an enum has no equality operator of its own.
	query := array_to_string(ARRAY(
		SELECT format('OLD.%1$I%2$s IS DISTINCT FROM NEW.%1$I%2$s', a.attname, CASE t.typtype WHEN 'd' THEN '::text' ELSE '' END)
		FROM unnest('{urgency,impact,override,priority}'::text[]) AS p (part)
		JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = mapping ->> p.part
		JOIN pg_type AS t ON t.oid = a.atttypid), ' OR ');
	FOR descendant IN
		WITH RECURSIVE below AS (
			SELECT ticket_table::oid AS oid
			UNION
			SELECT h.inhrelid FROM below AS b JOIN pg_inherits AS h ON h.inhparent = b.oid
			WHERE relation.relkind = 'r')
		SELECT b.oid::regclass FROM below AS b
	LOOP
		EXECUTE format('CREATE TRIGGER "~sla_track" BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s._sla_track_ticket(%s)',
			descendant, ext, arguments);
		CONTINUE WHEN trail = 'none';
		-- Their names come first in the order in which triggers fire, so that a
		-- change is in the trail before a trigger of the application changes the
		-- ticket again. Rows that move to another partition are inserted there.
		IF trail = 'all' OR relation.relkind = 'p' OR columns ? 'override' THEN
			EXECUTE format('CREATE TRIGGER "!sla_trail" AFTER INSERT ON %s FOR EACH ROW %s EXECUTE FUNCTION %s._sla_trail_write(%s)',
				descendant, CASE WHEN trail = 'changes' AND relation.relkind = 'r'
					THEN format('WHEN (NEW.%I IS NOT NULL)', columns ->> 'override') ELSE '' END, ext, trail_arguments);
		END IF;
		EXECUTE format('CREATE TRIGGER "!sla_trail_change" AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s._sla_trail_write(%s)',
			descendant, query, ext, trail_arguments);
	END LOOP;

	-- Pauses from the status history: one statement for all that a statement
	-- there touched, with the rights of the ticket table's owner.
	IF status_history IS NOT NULL THEN
		EXECUTE format('SELECT %s._sla_equality(a.atttypid) FROM pg_attribute AS a WHERE a.attrelid = $1 AND a.attname = $2', ext)
			INTO STRICT same USING ticket_table, mapping ->> 'id';
		EXECUTE format($create$
CREATE VIEW %1$I.%2$I WITH (security_invoker = true) AS
SELECT t.%3$I AS ticket, t.%4$I AS paused, (SELECT %5$s FROM %6$s AS h
	WHERE h.%7$I %8$s t.%3$I AND h.%9$I IS NOT NULL) AS told
FROM %10$s AS t;
COMMENT ON VIEW %1$I.%2$I IS 'Pauses of the tickets, as they have them and as the status history tells them. The trigger function of this name writes them.';
COMMENT ON COLUMN %1$I.%2$I.ticket IS 'The ticket.';
COMMENT ON COLUMN %1$I.%2$I.paused IS 'Pauses that it has.';
COMMENT ON COLUMN %1$I.%2$I.told IS 'Pauses that its history tells. Null: none.';
$create$, schema, view_prefix || '_sla_history', mapping ->> 'id', mapping ->> 'paused',
			format('NULLIF(%s.paused_periods(h.%I, h.%I::text = ANY (%L::text[])%s), ''{}'')', ext, history_changed_at,
				history_status, paused_when, CASE WHEN history_seq IS NOT NULL THEN format(', h.%I::bigint', history_seq) ELSE '' END),
			status_history, history_ticket, same, history_changed_at, ticket_table);
		EXECUTE format($create$
CREATE FUNCTION %1$I.%2$I() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
	pauses regclass;
	same text;					-- equality of ids
	touched text;
BEGIN
	-- The view with this function's name refers to the tables, even if they
	-- have been renamed.  The argument is the column that has the ticket.
	SELECT c.oid INTO pauses
	FROM pg_trigger AS t
	JOIN pg_proc AS p ON p.oid = t.tgfoid
	JOIN pg_class AS c ON c.relname = p.proname AND c.relnamespace = p.pronamespace
		AND c.relowner = p.proowner AND c.relkind = 'v'
	WHERE t.tgrelid = TG_RELID AND t.tgname = TG_NAME;
	IF NOT FOUND THEN
		RAISE WARNING USING ERRCODE = 'undefined_table',
			MESSAGE = format('the status history "%%s" keeps no pauses any more', TG_TABLE_NAME),
			HINT = 'The tickets, or what was made for them, are gone. Call sla_track() again, or drop the triggers "~sla_history_...".';
		RETURN NULL;
	END IF;
	IF TG_OP = 'TRUNCATE' THEN
		EXECUTE format('UPDATE %%s SET paused = NULL WHERE paused IS NOT NULL', pauses);
		RETURN NULL;
	END IF;

	-- Changes of one history are made one after the other, so that the last of
	-- them sees all.
	EXECUTE (SELECT format('SELECT %%s._sla_equality(a.atttypid) FROM pg_attribute AS a WHERE a.attrelid = $1 AND a.attname = ''ticket''',
			e.extnamespace::regnamespace) FROM pg_extension AS e WHERE e.extname = 'ticket_priority')
		INTO STRICT same USING pauses;
	touched := format(CASE TG_OP WHEN 'UPDATE' THEN
		'(SELECT r.%%1$I AS ticket FROM changed_rows AS r UNION ALL SELECT r.%%1$I FROM old_rows AS r) AS r'
		ELSE '(SELECT r.%%1$I AS ticket FROM changed_rows AS r) AS r' END, TG_ARGV[0]);
	EXECUTE format('SELECT FROM %%s AS p WHERE EXISTS (SELECT FROM %%s WHERE r.ticket %%s p.ticket) '
		'ORDER BY p.ticket FOR NO KEY UPDATE OF p', pauses, touched, same);
	EXECUTE format('UPDATE %%1$s AS p SET paused = n.told '
		'FROM (SELECT p.ticket, p.told FROM %%1$s AS p WHERE EXISTS (SELECT FROM %%2$s WHERE r.ticket %%3$s p.ticket) OFFSET 0) AS n '
		'WHERE n.ticket %%3$s p.ticket AND p.paused IS DISTINCT FROM n.told', pauses, touched, same);
	RETURN NULL;
END
$body$;
COMMENT ON FUNCTION %1$I.%2$I() IS 'Trigger function of the status history: keeps the pauses of the tickets.';
REVOKE ALL ON FUNCTION %1$I.%2$I() FROM PUBLIC;
$create$, schema, view_prefix || '_sla_history');
		IF owner <> current_user THEN
			EXECUTE format('ALTER VIEW %1$I.%2$I OWNER TO %3$I; ALTER FUNCTION %1$I.%2$I() OWNER TO %3$I', schema, view_prefix || '_sla_history', owner);
		END IF;
		EXECUTE format($create$
CREATE TRIGGER "~sla_history_insert" AFTER INSERT ON %1$s REFERENCING NEW TABLE AS changed_rows
	FOR EACH STATEMENT EXECUTE FUNCTION %2$I.%3$I(%4$L);
CREATE TRIGGER "~sla_history_update" AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS old_rows NEW TABLE AS changed_rows
	FOR EACH STATEMENT EXECUTE FUNCTION %2$I.%3$I(%4$L);
CREATE TRIGGER "~sla_history_delete" AFTER DELETE ON %1$s REFERENCING OLD TABLE AS changed_rows
	FOR EACH STATEMENT EXECUTE FUNCTION %2$I.%3$I(%4$L);
CREATE TRIGGER "~sla_history_truncate" AFTER TRUNCATE ON %1$s
	FOR EACH STATEMENT EXECUTE FUNCTION %2$I.%3$I();
$create$, status_history, schema, view_prefix || '_sla_history', history_ticket);
	END IF;

	IF approver IS NOT NULL THEN
		EXECUTE format('GRANT SELECT, INSERT (ticket, metric, reason), DELETE ON %I.%I TO %I', schema, view_prefix || '_sla_excuse', approver);
		EXECUTE format('GRANT SELECT ON %1$I.%2$I, %1$I.%3$I TO %4$I', schema, view_prefix || '_sla', view_prefix || '_sla_clock', approver);
	END IF;

	-- Tickets that are there already --------------------------------------
	IF backfill <> 'none' THEN
		label := COALESCE(current_setting('ticket_priority.recompute', true), 'off');
		PERFORM set_config('ticket_priority.recompute', 'all', true);
		EXECUTE format('UPDATE %s AS t SET %I = t.%I%s%s', ticket_table, mapping ->> 'opened_at', mapping ->> 'opened_at',
			CASE WHEN status_history IS NOT NULL THEN format(
				', %I = (SELECT NULLIF(%s.paused_periods(h.%I, h.%I::text = ANY (%L::text[])%s), ''{}'') FROM %s AS h WHERE h.%I = t.%I AND h.%I IS NOT NULL)',
				mapping ->> 'paused', ext, history_changed_at, history_status, paused_when,
				CASE WHEN history_seq IS NOT NULL THEN format(', h.%I::bigint', history_seq) ELSE '' END,
				status_history, history_ticket, mapping ->> 'id', history_changed_at) ELSE '' END,
			CASE WHEN backfill = 'open' THEN format(' WHERE t.%I IS NULL',
				COALESCE(mapping ->> 'resolved_at', mapping ->> 'answered_at')) ELSE '' END);
		PERFORM set_config('ticket_priority.recompute', COALESCE(NULLIF(label, ''), 'off'), true);
	END IF;
	RETURN mapping;
END
$function$;

COMMENT ON FUNCTION sla_track(regclass, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, name, jsonb, jsonb, jsonb, text[], text[], sla_metric[], regclass, name, name, name, name, text, text, text, name, name, text, boolean, text) IS
'Tracks the tickets of a table: installs triggers that fill priority, deadlines and at-risk times, and write a trail of priorities, and makes views beside the table. id to sla_state name the columns that play these parts; null: the column of that name, if there is one; an empty string: none. The table must have id, opened_at, plan, due_at, and either urgency and impact or a priority; the resolution is tracked where there are resolved_at and resolution_due_at. urgency_map, impact_map, priority_map: what the table''s labels mean, as {"1 - High": "high"}. paused_when, cancelled_when: statuses in which a ticket is paused, or does not count. pause_metrics: clocks that pauses stop. status_history: a table of status changes, from which pauses are taken, with the columns history_ticket, history_status, history_changed_at, history_seq. on_change: from_opening or from_change. closed_without_answer: counts_as_answer or cancelled. report_time_zone: zone of the months in the views. prefix: how the names of the views begin; null: with the table''s name. approver: role that may excuse misses. trail: what is written to the trail: all; changes: new tickets only if the customer overrides their priority, and all changes; none. add_columns: make the columns to fill that are missing. backfill: compute the tickets that are there: none, open or all. For the table''s owner. Called again, it tracks the table anew. Result: the mapping. Error: all that is wrong with the table, at once (invalid_parameter_value); not a table (wrong_object_type); not the owner (insufficient_privilege).';

CREATE FUNCTION sla_untrack(ticket_table regclass, keep_columns boolean DEFAULT false, keep_log boolean DEFAULT false)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT
SET search_path = pg_catalog, pg_temp
SET client_min_messages = warning
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	owner CONSTANT oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = ticket_table);
	mapping jsonb;
	schemas oid[];				-- where the table is, and where it was
	parent regclass;
	item text;
BEGIN
	EXECUTE format('SELECT %s.sla_mapping($1)', ext) INTO mapping USING ticket_table;
	SELECT h.inhparent::regclass INTO parent FROM pg_inherits AS h
	JOIN pg_trigger AS t ON t.tgrelid = h.inhparent AND t.tgfoid = to_regproc(ext || '._sla_track_ticket')
	WHERE h.inhrelid = ticket_table;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
			MESSAGE = format('"%s" is tracked as a part of table %s', (SELECT c.relname FROM pg_class AS c WHERE c.oid = ticket_table), parent),
			HINT = 'Call sla_untrack() for that table.';
	END IF;
	schemas := ARRAY[(SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = ticket_table),
		(SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = mapping ->> 'schema')];

	-- The mapping comes from a trigger, and anyone can make a trigger on his
	-- table. So only what belongs to the table and to its owner is dropped.
	FOR item IN
		WITH RECURSIVE below AS (
			SELECT ticket_table::oid AS oid
			UNION
			SELECT h.inhrelid FROM below AS b JOIN pg_inherits AS h ON h.inhparent = b.oid)
		SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)
		FROM below AS b JOIN pg_trigger AS t ON t.tgrelid = b.oid
		WHERE t.tgparentid = 0
			AND t.tgfoid IN (to_regproc(ext || '._sla_track_ticket'), to_regproc(ext || '._sla_trail_write'))
		UNION ALL
		SELECT format('DROP FUNCTION %s CASCADE', p.oid::regprocedure)
		FROM pg_proc AS p
		WHERE mapping ? 'status_history' AND p.proname = mapping ->> 'prefix' || '_sla_history'
			AND p.pronamespace = ANY (schemas) AND p.proowner = owner AND p.prorettype = 'trigger'::regtype AND p.pronargs = 0
		UNION ALL
		SELECT * FROM (
			SELECT format('DROP %s %s', CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, c.oid::regclass)
			FROM unnest('{_sla_history,_sla_misses,_sla_compliance,_sla_backlog,_sla_overrides,_sla,_sla_clock,_priority_log,_sla_excuse,_sla_alarm}'::text[])
				WITH ORDINALITY AS s (suffix, n)
			JOIN pg_class AS c ON c.relname = mapping ->> 'prefix' || s.suffix
				AND c.relnamespace = ANY (schemas) AND c.relowner = owner
			WHERE c.relkind = ANY (CASE WHEN s.n <= 7 THEN '{v}' ELSE '{r,p}' END::"char"[]) AND (s.n <= 7 OR NOT keep_log)
			ORDER BY s.n) AS made
		UNION ALL
		SELECT format('DROP STATISTICS %s.%I', e.stxnamespace::regnamespace, e.stxname)
		FROM pg_statistic_ext AS e
		WHERE e.stxname = mapping ->> 'prefix' || '_sla_groups' AND e.stxrelid = ticket_table
		UNION ALL
		-- The index of tickets that could not be judged needs the extension.
		SELECT format('DROP INDEX %s', c.oid::regclass)
		FROM jsonb_array_elements_text(COALESCE(mapping -> 'made', '[]')) AS m (item)
		JOIN pg_class AS c ON c.relname = substr(m.item, 7)
		JOIN pg_index AS i ON i.indexrelid = c.oid AND i.indrelid = ticket_table
		WHERE m.item LIKE 'index %' AND (NOT keep_columns OR m.item = format('index %s_sla_failed', mapping ->> 'prefix'))
		UNION ALL
		SELECT format('ALTER TABLE %s %s', ticket_table, string_agg(format('DROP COLUMN %I', a.attname), ', '))
		FROM jsonb_array_elements_text(COALESCE(mapping -> 'made', '[]')) AS m (item)
		JOIN pg_attribute AS a ON a.attrelid = ticket_table AND a.attname = substr(m.item, 8) AND NOT a.attisdropped
		WHERE m.item LIKE 'column %' AND NOT keep_columns
		HAVING count(*) > 0
	LOOP
		EXECUTE item;
	END LOOP;
END
$function$;
COMMENT ON FUNCTION sla_untrack(regclass, boolean, boolean) IS
'Removes exactly what sla_track() made for a table: triggers, views, indexes, the columns that it added with what is in them, the trail, the excuses and the alarms. keep_columns keeps columns and indexes, but for that of tickets that could not be judged, which needs the extension; keep_log keeps the trail, the excuses and the alarms. For the table''s owner. Errors: the table is not tracked (undefined_object); other objects use what would go (dependent_objects_still_exist).';
