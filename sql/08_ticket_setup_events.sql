-- Setting up a table of events that tells of a clock: the view by which its rows
-- are read, and its triggers.

CREATE FUNCTION _sla_event_key(events regclass)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
-- As text that depends on no setting.
SELECT 'pg_catalog.concat_ws(''/'', ' || string_agg(format(CASE a.atttypid
			WHEN 'timestamptz'::regtype THEN 'pg_catalog.to_char(%I AT TIME ZONE ''UTC'', ''YYYY-MM-DD HH24:MI:SS.US'')'
			WHEN 'timestamp'::regtype THEN 'pg_catalog.to_char(%I, ''YYYY-MM-DD HH24:MI:SS.US'')'
			WHEN 'date'::regtype THEN 'pg_catalog.to_char(%I::pg_catalog.timestamp, ''YYYY-MM-DD'')'
			ELSE '%I::pg_catalog.text' END, a.attname), ', ' ORDER BY k.n) || ')'
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, n)
JOIN pg_attribute AS a ON a.attrelid = events AND a.attnum = k.attnum
WHERE i.indrelid = events AND i.indisprimary AND k.n <= i.indnkeyatts;
END;
COMMENT ON FUNCTION _sla_event_key(regclass) IS
'The primary key of a table of events as an expression of type text. Null: there is none.';

CREATE FUNCTION _sla_check_events(ticket_table regclass, events regclass, metric text, used jsonb, tenant name, key text, only_after text)
RETURNS text[] LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	owner CONSTANT oid := (SELECT c.relowner FROM pg_class AS c WHERE c.oid = ticket_table);
	tenant_type CONSTANT oid := (SELECT a.atttypid FROM pg_attribute AS a WHERE a.attrelid = ticket_table AND a.attname = tenant);
	clocks jsonb;				-- metric -> that after which it starts
	pauses text;
	waits text := only_after;
	seen text[] := ARRAY[metric];
BEGIN
	EXECUTE format($$
		SELECT jsonb_object_agg(m.metric, %1$s._sla_constant(m.events, 'only_after')),
			max(pg_get_viewdef(m.input)) FILTER (WHERE m.metric = $2)
		FROM %1$s._sla_metrics($1) AS m$$, ext) INTO clocks, pauses USING ticket_table, metric;
	WHILE waits <> ALL (seen) LOOP
		seen := seen || waits;
		waits := clocks ->> waits;
	END LOOP;
	RETURN ARRAY(
		SELECT p.problem
		FROM (VALUES
			(events = ticket_table, 'events: this is the ticket table.'),
			(key IS NULL, 'events: the table has no primary key.'),
			(NOT has_table_privilege(owner, events, 'SELECT'), format('events: role "%s", the owner of the ticket table, must be able to read it.', pg_get_userbyid(owner))),
			(NOT used ? 'ticket', 'ticket: there is no column "ticket" or "ticket_id"; say which column it is.'),
			(NOT used ? 'at', 'at: there is no column "at" or "created_at"; say when an event happened.'),
			(NOT used ?| '{starts,stops,cancels,paused,state}', 'starts, stops, cancels, paused, state: none of them is given.'),
			(tenant IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute AS a
				WHERE a.attrelid = events AND a.attname = tenant AND a.atttypid = tenant_type AND NOT a.attisdropped),
				format('events: there is no column "%s" of type %s; events need the tenant of their ticket.', tenant, tenant_type::regtype)),
			(used ? 'paused' AND (pauses !~ 'NULL::boolean AS is_paused' OR pauses !~ 'NULL::tstzmultirange AS paused'),
				'paused: the ticket tells the pauses of this clock already.'),
			(NOT coalesce(clocks, '{}') ? only_after, format('only_after: the table has no clock "%s".', only_after)),
			(waits IS NOT NULL, format('only_after: the clocks would wait for each other: %s.', array_to_string(seen || waits, ', ')))) AS p (is_so, problem)
		WHERE p.is_so);
END
$function$;
COMMENT ON FUNCTION _sla_check_events(regclass, regclass, text, jsonb, name, text, text) IS
'What is wrong with what sla_add_events() is given, beyond the expressions, a line each.';

CREATE FUNCTION _sla_add_events(path text, ticket_table regclass, metric text, events regclass, given jsonb, only_after text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET client_min_messages = warning AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	tracking record;
	before record;
	event record;
	event_key text;
	problems text[];
	trigger_name text;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_begin($1, ''ticket table'', $2)', ext) INTO tracking USING ticket_table, metric;
	EXECUTE format('SELECT %s._sla_begin($1, ''table of events'')', ext) USING events;
	EXECUTE format('SELECT * FROM %s._sla_metrics($1) AS m WHERE m.metric = $2', ext) INTO before USING ticket_table, metric;

	EXECUTE format('SELECT * FROM %s._sla_read($1, $2, ''events'', $3, $4)', ext) INTO event USING path, events, given,
		(SELECT a.atttypid::regtype FROM pg_attribute AS a WHERE a.attrelid = ticket_table AND a.attname = tracking.id);
	EXECUTE format('SELECT %s._sla_event_key($1)', ext) INTO event_key USING events;
	EXECUTE format('SELECT $1 || %s._sla_check_events($2, $3, $4, $5, $6, $7, $8)', ext) INTO problems
		USING event.problems, ticket_table, events, metric, event.used, tracking.tenant, event_key, only_after;
	EXECUTE format('SELECT %s._sla_refuse($1, $2)', ext)
		USING format('events of clock "%s" of table %s cannot be read like this', metric, ticket_table), problems;
	EXECUTE format('SELECT %s._sla_names($1, $2, $3, $4, ARRAY[$5])', ext)
		USING ticket_table, tracking.schema, tracking.owner, tracking.prefix, '_sla_events_' || metric;

	-- The clock is not sla_track()'s own any more.
	IF before.input IS NULL THEN
		EXECUTE format('SELECT %s._sla_make_clock($1, $2, $3, ''{}'', $4, NULL)', ext) USING path, ticket_table, metric,
			'{"on_close": "stop", "on_reopen": "continue", "made_by": "sla_add_clock"}'::jsonb;
	ELSE
		EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s', before.input,
			replace(pg_get_viewdef(before.input), $$'sla_track'::text AS made_by$$, $$'sla_add_clock'::text AS made_by$$));
	END IF;
	-- What is read of the clocks shows time per state to whoever may read that.
	EXECUTE format('SELECT %s._sla_make_view($1, ''events'', $2, $3, $4, $5, $6, $7)', ext)
		USING path, format('%s.%I', tracking.schema::regnamespace, tracking.prefix || '_sla_events_' || metric), tracking.owner,
			jsonb_build_object('key', event_key, 'tenant', quote_ident(tracking.tenant)) || event.columns,
			jsonb_build_object('metric', metric, 'only_after', only_after), events, EXISTS (SELECT FROM pg_class AS c WHERE c.oid IN (ticket_table, events) AND c.relrowsecurity);
	trigger_name := CASE WHEN octet_length(tracking.prefix) > 42 THEN md5(tracking.prefix) ELSE tracking.prefix END;
	EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s._sla_events_changed(%L); '
		'CREATE OR REPLACE TRIGGER %5$I AFTER TRUNCATE ON %2$s FOR EACH STATEMENT EXECUTE FUNCTION %3$s._sla_events_truncated(%4$L)',
		'~sla_events_' || trigger_name, events, ext, tracking.prefix, '~sla_events_truncate_' || trigger_name);
	EXECUTE format('SELECT %s._sla_sweep($1)', ext) USING tracking.prefix;
	IF NOT EXISTS (
		SELECT FROM pg_attribute AS a
		JOIN pg_attribute AS k ON k.attrelid = ticket_table AND k.attname = tracking.id AND k.atttypid = a.atttypid
		JOIN pg_index AS i ON i.indrelid = events AND i.indpred IS NULL AND i.indisvalid
			AND a.attnum IN (i.indkey[0], CASE i.indkey[0] WHEN (SELECT t.attnum FROM pg_attribute AS t
				WHERE t.attrelid = events AND t.attname = tracking.tenant) THEN i.indkey[1] END)
		WHERE a.attrelid = events AND event.used -> 'ticket' = to_jsonb(ARRAY[a.attnum]))
	THEN
		RAISE WARNING USING MESSAGE = format('table %s has no index by which the events of one ticket are found', events),
			HINT = format('Each event will be slow without an index on %s, of the type of the ticket''s id.',
				concat_ws(' and ', tracking.tenant, 'the ticket'));
	END IF;
	EXECUTE format('SELECT %s._sla_make_views($1, true)', ext) USING ticket_table;
END
$function$;
COMMENT ON FUNCTION _sla_add_events(text, regclass, text, regclass, jsonb, text) IS
'sla_add_events(), with its expressions as one argument, and the search_path of the caller.';

CREATE FUNCTION sla_add_events(ticket_table regclass, metric text, events regclass,
	ticket text DEFAULT NULL, at text DEFAULT NULL, seq text DEFAULT NULL,
	starts text DEFAULT NULL, stops text DEFAULT NULL, cancels text DEFAULT NULL, paused text DEFAULT NULL,
	state text DEFAULT NULL, only_after text DEFAULT NULL)
RETURNS void LANGUAGE sql
BEGIN ATOMIC
SELECT @extschema@._sla_add_events(pg_catalog.current_setting('search_path'), ticket_table, metric, events, pg_catalog.jsonb_build_object(
	'ticket', ticket, 'at', at, 'seq', seq, 'starts', starts, 'stops', stops, 'cancels', cancels, 'paused', paused, 'state', state), only_after);
END;
COMMENT ON FUNCTION sla_add_events(regclass, text, regclass, text, text, text, text, text, text, text, text, text) IS
'Lets a table of events tell of a clock: of its runs, its pauses, or both; it replaces what events told of it before. Without such a clock, one is made as by sla_add_clock() without expressions. events: an ordinary or partitioned table with a primary key, and with a column of the tenant''s name where there is a tenant. The others but only_after are SQL expressions over its rows. ticket: the ticket''s id; null: the column ticket, else ticket_id. at: when it happened (timestamp with time zone); null: the column at, else created_at. seq: order of events of one instant, an integer; null, or equal: the primary key, numbers in it by their size. starts, stops, cancels: whether the event begins a run unless one runs, ends the run, ends it uncounted, as booleans; one event can do several, in the order cancels, stops, starts. paused: whether the ticket is paused from this event on, as boolean. state: a name of the state from this event on, as text or an enum, for the time in each state. At least one of these five must be given; what is null comes from the ticket. only_after: metric of a clock of this table; before its first run has stopped, nothing starts. Tickets that are there already are read by sla_backfill() or sla_refresh(). For the owner of both tables. Errors: the table is not tracked or there is no such metric (undefined_object); a null table or metric (null_value_not_allowed); not an ordinary or partitioned table (wrong_object_type); not the owner (insufficient_privilege); all that is wrong with the other arguments, at once (invalid_parameter_value); a name that is too long (name_too_long) or taken (duplicate_object).';
