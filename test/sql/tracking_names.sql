-- Names are never code, and any name will do.  Every name that the setting up of
-- tracking meets is made of what would break out of an identifier, a literal or a
-- dollar quote, or would mean something to format() or to a regular expression.
\set SHOW_CONTEXT never
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA "n%1$s 'x' ""y"" $function$";
SET search_path = "n%1$s 'x' ""y"" $function$", public;
CREATE TABLE executed (what text);
CREATE FUNCTION evil(text) RETURNS text LANGUAGE sql AS 'INSERT INTO executed VALUES ($1) RETURNING what';
CREATE FUNCTION crafted(n int) RETURNS name LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['q'' || evil(''q'') || ''', 'd" || evil(''d'') || "', '$function$;evil(''f'');', '%s %I %1$s %%',
		'b\'' || evil(''s'')--', E'm \x01 t. (', 'AS made_by, {QUERY ', 'a.b', '::text AS prefix', 'NULL::text AS plan'])[n]::name $$;

-- The table, all its columns, its events and their columns, the metric, the prefix, the
-- approver and the schema have such names.
CREATE TABLE done (n int, name text, prefix text, metrics text[], id name, tenant name, option text, ticket jsonb, clock jsonb, event jsonb, pairs bigint);
CREATE PROCEDURE try_name(n int) LANGUAGE plpgsql AS $do$
DECLARE
	name CONSTANT text := crafted(n);
	ticket CONSTANT text := format('%I', name);
	events CONSTANT text := format('%I', 'h ' || name);
	c text[] := ARRAY(SELECT format('%I', c || ' ' || name) FROM unnest('{id,tenant,opened,prio,text,at,fill}'::text[]) AS c);
	made record;
	prefix text;
BEGIN
	EXECUTE format('CREATE TABLE %s (%s int, %s int, %s timestamptz, %s text, %s text, %s text, PRIMARY KEY (%2$s, %3$s))', ticket, c[1], c[2], c[3], c[4], c[5], c[7]);
	EXECUTE format('CREATE TABLE %s (%s int PRIMARY KEY, %s int, %s timestamptz, %s text)', events, c[1], c[2], c[6], c[5]);
	EXECUTE format('CREATE INDEX ON %s (%s)', events, c[1]);
	INSERT INTO sla_metric (metric, title) VALUES ('m' || name, name);
	EXECUTE format('CREATE ROLE %I', 'role ' || name);
	PERFORM sla_track(ticket::regclass, id => c[1], tenant => 'tenant ' || name, opened_at => c[3], priority => c[4], plan => c[5],
		carry => ARRAY['prio ' || name, 'id ' || name], fill => 'fill ' || name, closed => format('%s = %L', c[5], name), approver => 'role ' || name);
	PERFORM sla_add_clock(ticket::regclass, 'm' || name, stops => format('%s = %L', c[5], name));
	PERFORM sla_add_events(ticket::regclass, 'm' || name, events::regclass, ticket => c[1], at => c[6], state => c[5], starts => format('%s <> %L', c[5], name));
	SET LOCAL session_replication_role = replica;
	EXECUTE format('INSERT INTO %s VALUES (1, 2, ''2026-11-20 12:00'', ''P2'', %L, ''x'')', ticket, name);
	EXECUTE format('INSERT INTO %s VALUES (1, 2, ''2026-11-20 12:00'', %L)', events, name);
	SELECT t.prefix, t.metrics, k.id, k.tenant, _sla_constant(k.input, 'approver') AS option INTO made
	FROM sla_tracked AS t, _sla_tracking(t.ticket_table) AS k;
	EXECUTE format('INSERT INTO done SELECT $1, $2, $3, $4, $5, $6, $7, to_jsonb(i), to_jsonb(m), to_jsonb(e), '
		'(SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = $8) FROM %I AS i, %I AS m, %I AS e', made.prefix || '_sla_input',
		made.prefix || '_sla_input_m' || name, made.prefix || '_sla_events_m' || name)
		USING n, name, made.prefix, made.metrics, made.id, made.tenant, made.option, events::regclass;
	PERFORM sla_track(ticket::regclass, id => c[1], tenant => 'tenant ' || name, opened_at => c[3], priority => c[4], plan => c[5]);
	PERFORM sla_untrack(ticket::regclass, true);
	PERFORM sla_track(ticket::regclass, id => c[1], tenant => 'tenant ' || name, opened_at => c[3], priority => c[4], plan => c[5]);
	PERFORM sla_untrack(ticket::regclass);
	EXECUTE format('DROP TABLE %s, %s', ticket, events);
	EXECUTE format('DROP ROLE %I', 'role ' || name);
	DELETE FROM sla_metric WHERE metric = 'm' || name;
END
$do$;
SELECT format('CALL try_name(%s)', n) FROM generate_series(1, 10) AS n
\gexec
SELECT n, name, prefix = name AS prefix, metrics = ARRAY['m' || name, 'resolution'] AS metrics,
	id = 'id ' || name AND tenant = 'tenant ' || name AS key, option = 'role ' || name AS option, pairs,
	ticket @> jsonb_build_object('id', 1, 'tenant', 2, 'plan', name, 'closed', true, 'priority', 'P2', 'filled', 'x', 'prefix', name,
		'carried', jsonb_build_object('prio ' || name, 'P2', 'id ' || name, 1)) AS ticket,
	clock @> jsonb_build_object('id', 1, 'tenant', 2, 'metric', 'm' || name, 'stops', true) AS clock,
	event @> jsonb_build_object('key', '1', 'seq', NULL, 'ticket', 1, 'tenant', 2, 'metric', 'm' || name, 'state', name, 'starts', false) AS event
FROM done ORDER BY n;
SELECT * FROM executed;
SELECT relname FROM pg_class WHERE relname LIKE '%\_sla\_%' AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'executed'::regclass);

-- Expressions are one expression each, whatever they are made of.
CREATE TABLE plain (id int PRIMARY KEY, opened_at timestamptz, priority text, at timestamptz, ticket int);
CREATE TABLE other (id int);
SELECT sla_track('plain', plan => $$'x') FROM other --$$, time_zone => $$'x') AS a, ('y'$$, holidays => $$'x') UNION ALL SELECT ('y'$$,
	calendar => $$'x') FROM other; SELECT evil('c'), ('y'$$, cancelled => $$true) FROM plain; DROP TABLE other; SELECT (true$$, closed => $$now()) FROM plain /*$$,
	override => $$'P1') FROM other WHERE ('a' = 'a'$$, urgency => $$'x' -- $$, impact => $$'low')) AS x FROM (VALUES ((1$$, opened_at => '$1', id => 'id + 1');
SELECT sla_add_clock('plain', 'update', starts => $$opened_at) FROM plain; CREATE TABLE hacked (); SELECT (opened_at$$);
SELECT sla_track('plain');
SELECT sla_add_clock('plain', 'update', starts => $$opened_at) FROM plain; CREATE TABLE hacked (); SELECT (opened_at$$,
	stops => $$true) INTO hacked FROM (VALUES (1$$, plan => 'current_setting($$a$$) -- comment');
SELECT sla_add_events('plain', 'update', 'plain', starts => $$true) FROM plain; DROP TABLE other; SELECT (true$$);
SELECT count(*) FROM other;
SELECT * FROM executed;
-- A comment in an expression, and functions of the path that the caller has.
CREATE FUNCTION label() RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'standard' $$;
SELECT sla_track('plain', plan => 'label() -- as for all');
SET search_path = public;
INSERT INTO "n%1$s 'x' ""y"" $function$".plain (id, opened_at, priority) VALUES (1, '2026-11-20 12:00', 'P2');
SELECT plan FROM "n%1$s 'x' ""y"" $function$".plain_sla_input;
SET search_path = "n%1$s 'x' ""y"" $function$", public;
SELECT sla_untrack('plain');

-- Names have at most 63 bytes; letters of several bytes count as such.
CREATE TABLE "Zgłoszenia klientów firmy, ażółćęśąźńżółćęś" (id int PRIMARY KEY, opened_at timestamptz, priority text, resolved_at timestamptz);
SELECT sla_track('"Zgłoszenia klientów firmy, ażółćęśąźńżółćęś"');
SELECT sla_track('"Zgłoszenia klientów firmy, ażółćęśąźńżółćęś"', prefix => 'Zgłoszenia');
SELECT relname FROM pg_class WHERE relname LIKE 'Zg%\_sla%' AND relkind IN ('r', 'v') ORDER BY relname COLLATE "C";
INSERT INTO sla_metric (metric, title) VALUES ('czas do pierwszej naprawy u klienta ąęśćż', 'x');
SELECT sla_add_clock('"Zgłoszenia klientów firmy, ażółćęśąźńżółćęś"', 'czas do pierwszej naprawy u klienta ąęśćż');
SELECT sla_untrack('"Zgłoszenia klientów firmy, ażółćęśąźńżółćęś"');
DELETE FROM sla_metric WHERE metric LIKE 'czas%';
-- Long names of triggers have a hash in place of the prefix.
CREATE TABLE event (id int PRIMARY KEY, ticket int, at timestamptz);
CREATE INDEX ON event (ticket);
SELECT sla_track('plain', prefix => repeat('p', 43));
SELECT sla_add_events('plain', 'update', 'event', starts => 'true');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'event'::regclass ORDER BY 1;
SELECT sla_untrack('plain');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'event'::regclass;

DROP SCHEMA "n%1$s 'x' ""y"" $function$" CASCADE;
