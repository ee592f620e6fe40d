-- Names are never code.  Every name that tracking meets is made of what would break
-- out of an identifier, a literal or a dollar quote, or would mean something to
-- format().
\set VERBOSITY terse
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA "n%1$s 'x' ""y"" $body$";
SET search_path = "n%1$s 'x' ""y"" $body$", public;
CREATE TABLE executed (what text);
GRANT INSERT ON executed TO PUBLIC;
CREATE FUNCTION evil(text) RETURNS text LANGUAGE sql AS 'INSERT INTO executed VALUES ($1) RETURNING what';

-- A column of the history, as its name stands in no text that is executed.
CREATE TABLE ticket (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, answered_at timestamptz, resolved_at timestamptz);
CREATE TABLE ticket_event ("ticket's id" int, changed_at timestamptz, status text);
SELECT sla_track('ticket', add_columns => true, paused_when => '{waiting}', status_history => 'ticket_event', history_ticket => 'ticket''s id') IS NOT NULL AS tracked;
INSERT INTO ticket VALUES (1, 'premium', 'high', 'high', '2026-11-20 10:00');
INSERT INTO ticket_event VALUES (1, '2026-11-20 11:00', 'waiting'), (1, '2026-11-20 12:00', 'open');
UPDATE ticket_event SET changed_at = '2026-11-20 13:00' WHERE status = 'open';
SELECT id, paused FROM ticket;
SELECT sla_untrack('ticket');
SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = current_schema()::regnamespace AND p.prorettype = 'trigger'::regtype;

-- No identifier stands in the function that a history has.
CREATE FUNCTION crafted(n int) RETURNS name LANGUAGE sql IMMUTABLE AS $$
	SELECT left((ARRAY['q'' || evil(''q'') || ''', 'd" || evil(''d'') || "', '$body$; SELECT evil(''b''); $body$', '$create$, $sql$, %I %s %1$I',
		'back\'' || evil(''s'') --', E'mark \x01 t. (', 'r.ticket', '_sla_kept_stop(', 'a = b', 'NEW.x OR true) --'])[n], 40)::name $$;
DO $do$
DECLARE
	keys CONSTANT text[] := '{id,opened_at,plan,urgency,impact,override,time_zone,holidays,status,answered_at,resolved_at,priority,paused,due_at,at_risk_at,response_target,response_elapsed,resolution_due_at,resolution_at_risk_at,resolution_target,resolution_elapsed,sla_state}';
	types CONSTANT text[] := '{int,timestamptz,text,text,text,text,varchar,text,text,timestamptz,timestamptz,text,tstzmultirange,timestamptz,timestamptz,interval,interval,timestamptz,timestamptz,interval,interval,jsonb}';
	columns text;
	arguments text;
	name text;
BEGIN
	FOR n IN 1 .. 10 LOOP
		name := crafted(n);
		SELECT string_agg(format('%I %s', k.key || name, k.type), ', '), string_agg(format('%I => %L', k.key, k.key || name), ', ')
		INTO columns, arguments FROM unnest(keys, types) AS k (key, type);
		EXECUTE format('CREATE TABLE %I (%s, PRIMARY KEY (%I))', name, columns, 'id' || name);
		EXECUTE format('CREATE TABLE %I (%I int, %I timestamptz, %I text, %I int)', 'h' || name, 'ticket' || name, 'at' || name, 'status' || name, 'seq' || name);
		-- Its own name, unless that is too long, and one more.
		FOR m IN 1 .. 2 LOOP
			EXECUTE format('SELECT sla_track(%L, prefix => %L, paused_when => %L, cancelled_when => %L, status_history => %L, history_ticket => %L,
				history_status => %L, history_changed_at => %L, history_seq => %L, urgency_map => %L, %s)', format('%I', name),
				CASE m WHEN 1 THEN name ELSE '' END, ARRAY['waiting' || name], ARRAY['spam' || name], format('%I', 'h' || name), 'ticket' || name,
				'status' || name, 'at' || name, 'seq' || name, jsonb_build_object('high' || name, 'high', 'low', 'low'), arguments);
			EXECUTE format('INSERT INTO %I (%I, %I, %I, %I, %I) VALUES (%s, %L, ''premium'', %L, ''low'')', name, 'id' || name, 'opened_at' || name,
				'plan' || name, 'urgency' || name, 'impact' || name, m, '2026-11-20 10:00+00', 'high' || name);
			EXECUTE format('INSERT INTO %I VALUES (%s, ''2026-11-20 11:00'', %L, 1), (%2$s, ''2026-11-20 12:00'', ''open'', 2)', 'h' || name, m, 'waiting' || name);
			EXECUTE format('UPDATE %I SET %I = ''low''', name, 'urgency' || name);
			EXECUTE format('DELETE FROM %I WHERE %I = 2', 'h' || name, 'seq' || name);
			EXECUTE format('SELECT count(*) FROM %I', name || '_sla'), format('SELECT count(*) FROM %I', name || '_sla_misses');
			PERFORM sla_due(format('%I', name)::regclass, '1 day');
			CALL sla_refresh(format('%I', name)::regclass, true, NULL);
			CALL sla_notify(format('%I', name)::regclass);
			IF m = 1 THEN
				PERFORM sla_excuse(format('%I', name)::regclass, '1', 'first_response', 'because');
				EXECUTE format('TABLE %I', name || '_sla_compliance');
			END IF;
			PERFORM sla_untrack(format('%I', name)::regclass, keep_columns => true);
		END LOOP;
	END LOOP;
END $do$;
SELECT * FROM executed;
