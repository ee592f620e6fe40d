-- Names are never code.  Every name that tracking meets is made of what would break
-- out of an identifier, a literal or a dollar quote, or would mean something to
-- format().
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA "n%1$s 'x' ""y"" $body$";
SET search_path = "n%1$s 'x' ""y"" $body$", public;
CREATE TABLE executed (what text);
CREATE FUNCTION evil(text) RETURNS text LANGUAGE sql AS 'INSERT INTO executed VALUES ($1) RETURNING what';

-- A quote in the name of the history's column.
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz);
CREATE TABLE ticket_event ("ticket's id" int, changed_at timestamptz, status text);
SELECT sla_track('ticket', add_columns => true, paused_when => '{waiting}', status_history => 'ticket_event', history_ticket => 'ticket''s id') IS NOT NULL AS tracked;
INSERT INTO ticket VALUES (1, 'premium', 'high', 'high', '2026-11-20 10:00');
INSERT INTO ticket_event VALUES (1, '2026-11-20 11:00', 'waiting'), (1, '2026-11-20 12:00', 'open');
UPDATE ticket_event SET changed_at = '2026-11-20 13:00' WHERE status = 'open';
SELECT id, paused FROM ticket;
-- The function that a history has is the same for all: names are told to its triggers.
SELECT DISTINCT p.prosrc ~ 'ticket''s id|ticket_event|ticket_sla_history' AS names, p.prosrc ~ 'TG_ARGV' AS arguments
FROM pg_proc AS p JOIN pg_trigger AS t ON t.tgfoid = p.oid WHERE t.tgrelid = 'ticket_event'::regclass;
SELECT sla_untrack('ticket');

-- Crafted names: of the table, its history, all of their columns, the prefix, and
-- labels.
CREATE FUNCTION crafted(n int) RETURNS name LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['q'' || evil(''q'') || ''', 'd" || evil(''d'') || "', '$body$;SELECT evil(''b'');$body$', '$create$ $sql$ %I %s %1$I %%',
		'b\'' || evil(''s'') --', E'm \x01 t. (', 'r.ticket', '_sla_kept_stop(', 'a = b', 'NEW.x OR true) --'])[n]::name $$;
CREATE TABLE done (n int, name text, priority text, paused tstzmultirange, clocks bigint, misses bigint, told bigint);
CREATE PROCEDURE try_name(n int, prefix text) LANGUAGE plpgsql AS $do$
DECLARE
	keys CONSTANT text[] := '{id,opened_at,plan,urgency,impact,override,time_zone,holidays,status,answered_at,resolved_at,priority,paused,due_at,at_risk_at,response_target,response_elapsed,resolution_due_at,resolution_at_risk_at,resolution_target,resolution_elapsed,sla_state}';
	types CONSTANT text[] := '{int,timestamptz,text,text,text,text,varchar,text,text,timestamptz,timestamptz,text,tstzmultirange,timestamptz,timestamptz,interval,interval,timestamptz,timestamptz,interval,interval,jsonb}';
	name CONSTANT text := crafted(n);
	ticket CONSTANT text := format('%I', name);
	columns text;
	arguments text;
	made text;
	n_done bigint;
BEGIN
	SELECT string_agg(format('%I %s', k.key || name, k.type), ', '), string_agg(format('%I => %L', k.key, k.key || name), ', ')
	INTO columns, arguments FROM unnest(keys, types) AS k (key, type);
	EXECUTE format('CREATE TABLE %s (%s, PRIMARY KEY (%I))', ticket, columns, 'id' || name);
	EXECUTE format('CREATE TABLE %I (%I int, %I timestamptz, %I text, %I int)', 'h' || name, 't' || name, 'at' || name, 'st' || name, 'seq' || name);
	EXECUTE format('SELECT sla_track(%L, prefix => %L, paused_when => %L, cancelled_when => %L, status_history => %L, history_ticket => %L,
		history_status => %L, history_changed_at => %L, history_seq => %L, urgency_map => %L, %s)', ticket, prefix,
		ARRAY['waiting' || name], ARRAY['spam' || name], format('%I', 'h' || name), 't' || name, 'st' || name, 'at' || name, 'seq' || name,
		jsonb_build_object('high' || name, 'high', 'low', 'low'), arguments);
	EXECUTE format('INSERT INTO %s (%I, %I, %I, %I, %I) VALUES (1, ''2020-11-20 10:00+00'', ''premium'', %L, ''low'')', ticket, 'id' || name,
		'opened_at' || name, 'plan' || name, 'urgency' || name, 'impact' || name, 'high' || name);
	EXECUTE format('INSERT INTO %I VALUES (1, ''2020-11-20 11:00+00'', %L, 1), (1, ''2020-11-20 12:00+00'', ''open'', 2)', 'h' || name, 'waiting' || name);
	EXECUTE format('UPDATE %I SET %I = ''2020-11-20 13:00+00'' WHERE %I = 2', 'h' || name, 'at' || name, 'seq' || name);
	EXECUTE format('UPDATE %s SET %I = ''low''', ticket, 'urgency' || name);
	PERFORM sla_due(ticket::regclass, '1 day');
	CALL sla_refresh(ticket::regclass, true, NULL, n_done);
	CALL sla_notify(ticket::regclass, 'sla', true, n_done);
	PERFORM sla_excuse(ticket::regclass, '1', 'first_response', 'because');
	FOREACH made IN ARRAY '{_sla,_sla_compliance,_sla_misses,_sla_backlog,_sla_overrides,_sla_clock,_sla_alarm}'::text[] LOOP
		EXECUTE format('SELECT count(m) FROM %I AS m', COALESCE(prefix, name) || made);
	END LOOP;
	EXECUTE format('INSERT INTO done SELECT %s, %L, t.%I, t.%I, (SELECT count(s) FROM %I AS s), (SELECT count(m) FROM %I AS m), (SELECT count(*) FROM %I) FROM %s AS t',
		n, COALESCE(prefix, name), 'priority' || name, 'paused' || name, COALESCE(prefix, name) || '_sla', COALESCE(prefix, name) || '_sla_misses',
		COALESCE(prefix, name) || '_priority_log', ticket);
	PERFORM sla_untrack(ticket::regclass);
	EXECUTE format('DROP TABLE %s, %I', ticket, 'h' || name);
END $do$;
SET client_min_messages = error;
DO $$
BEGIN
	FOR n IN 1 .. 10 LOOP
		CALL try_name(n, NULL);
		CALL try_name(n, 'p' || crafted(11 - n));
	END LOOP;
END $$;
SELECT n, name, priority, paused, clocks, misses, told FROM done ORDER BY n, name LIKE 'p%';
SELECT * FROM executed;
SELECT relname FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'v') ORDER BY relname;
DO $$
BEGIN
	EXECUTE format('DROP SCHEMA %I CASCADE', current_schema());
END $$;
RESET search_path;
