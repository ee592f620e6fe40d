/*
 * The life of tracked tickets: tickets that were there before, a policy that
 * changed, what must be looked into, what an approver says, and what is
 * forgotten.
 *
 * Nothing here writes a clock: _sla_reconcile() does, as the triggers do.  The
 * procedures that commit have no SET, because such a one must not commit; so
 * everything in them is written with its schema.
 */

CREATE FUNCTION _sla_may_commit() RETURNS boolean
LANGUAGE C VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'may_commit';
COMMENT ON FUNCTION _sla_may_commit() IS
'Whether the procedure that calls it can commit: false inside a transaction block, a function, or a block with EXCEPTION.';

CREATE FUNCTION _sla_clock_moved(started_at timestamptz, priority ticket_priority, plan text, time_zone text, metric text,
	paused tstzmultirange, holidays text, calendar text, urgency ticket_urgency, impact ticket_impact, override ticket_priority,
	target interval, target_days integer, until_close boolean, due_at timestamptz, at_risk_at timestamptz, remaining interval)
RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'clock_moved';
COMMENT ON FUNCTION _sla_clock_moved(timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text, ticket_urgency, ticket_impact, ticket_priority, interval, integer, boolean, timestamptz, timestamptz, interval) IS
'Whether the policy now gives a clock that runs another priority, target, deadline or time left than the clock has. Null: the policy cannot tell (unknown plan, metric, calendar, zone or list). A priority is held against the matrix where urgency and impact are known and there is no override. No error and no warning.';

CREATE FUNCTION _sla_beside(ticket_table regclass, needed text[] DEFAULT '{}', of_tenant text DEFAULT NULL,
	OUT clock text, OUT trail text, OUT excuse text, OUT alarm text, OUT input text, OUT key text,
	OUT key_of_text text, OUT this text, OUT same text, OUT same_input text, OUT tenant text, OUT sla text)
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_beside';
COMMENT ON FUNCTION _sla_beside(regclass, text[], text) IS
'What stands beside a tracked table, for SQL that is put together as text: the tables, the input view, the view <prefix>_sla, the key of a ticket (columns; and of a row r that has it as text), whether a row c is of the ticket in $1 and the tenant in $2, whether rows a and c, or i of the input view and c, are of one ticket, and the tenant of a row c as text. needed: names and values of arguments that must not be null; "reason" must not be blank; with "ticket" a tenant must be given where there are tenants. Errors: a null argument (null_value_not_allowed), a blank reason, a tenant where there are none (invalid_parameter_value), the table is not tracked (undefined_object).';

CREATE FUNCTION _sla_batches(ticket_table regclass, tickets text,
							 batch_size integer, may_commit boolean,
							 of_plan text DEFAULT NULL,
							 of_metric text DEFAULT NULL,
							 since timestamptz DEFAULT NULL)
RETURNS TABLE (ids text[], tenants text[], done bigint, total bigint)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- An instant as text must be read as it was written.
SET datestyle = ISO
-- Rather fail than take a ticket that cannot be seen for one that is gone.
SET row_security = off
-- Compiling takes longer than going over a million clocks, and all clocks that
-- run are read faster as they lie in the table than as they fall due.
SET jit = off
SET enable_indexscan = off AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	b record;
	key text;
	keys text;
BEGIN
	IF batch_size < 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('invalid size of a batch: %s', batch_size),
			HINT = 'It is the number of tickets after which to commit, at least 1, or null to do without commits.';
	ELSIF batch_size IS NOT NULL AND NOT may_commit THEN
		RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction', MESSAGE = 'cannot commit after each batch inside a transaction block',
			HINT = 'Call the procedure outside of one, or with batch_size => NULL to do everything in this transaction.';
	END IF;

	EXECUTE format('SELECT * FROM %s._sla_beside($1)', ext) INTO b USING ticket_table;
	key := replace(b.key, 'ticket', 'id AS ticket');
	keys := CASE
		WHEN tickets = 'open' THEN
			format('SELECT %s FROM %s WHERE closed_at IS NULL AND closed IS NOT TRUE', key, b.input)
		WHEN tickets = 'all' THEN
			format('SELECT %s FROM %s UNION SELECT %s FROM %s AS c WHERE c.gone_at IS NULL', key, b.input, b.key, b.clock)
		-- A clock with a problem may have stopped, and its plan is not the ticket's.
		ELSE format($sql$
			SELECT DISTINCT %s FROM %s AS c
			WHERE ($2 IS NULL OR c.metric = $2) AND ($3 IS NULL OR c.started_at >= $3::timestamptz) AND c.gone_at IS NULL
				AND (c.problem IS NOT NULL
					OR (($1 IS NULL OR c.plan = $1) AND c.stopped_at IS NULL AND c.cancelled_at IS NULL AND c.gone_at IS NULL
						AND (c.due_at IS NULL OR c.due_at >= now())
						AND (%s._sla_clock_moved(c.started_at, c.priority, c.plan, c.time_zone, c.metric, c.paused,
							c.holidays, c.calendar, c.urgency, c.impact, c.override, c.target, c.target_days, c.until_close,
							c.due_at, c.at_risk_at, c.remaining) %s)))
			$sql$, b.key, b.clock, ext, CASE tickets WHEN 'running' THEN 'IS NOT NULL' ELSE '' END) END;

	RETURN QUERY EXECUTE format('SELECT * FROM %s._sla_ask_as_owner($1, $2, $3) AS b (ids text[], tenants text[], done bigint, total bigint)', ext)
		USING ticket_table, format($sql$
		SELECT array_agg(c.ticket), array_agg(c.tenant) FILTER (WHERE c.tenant IS NOT NULL), max(c.n), (sum(count(*)) OVER ())::bigint
		FROM (
			SELECT c.ticket::text AS ticket, %s AS tenant, row_number() OVER (ORDER BY %s) AS n
			FROM (%s) AS c
			WHERE c.ticket IS NOT NULL) AS c
		GROUP BY (c.n - 1) / $4::integer
		ORDER BY 3
		$sql$, b.tenant, b.key, keys), ARRAY[of_plan, of_metric, since::text, COALESCE(batch_size, 10000)::text];
END
$function$;
COMMENT ON FUNCTION _sla_batches(regclass, text, integer, boolean, text, text, timestamptz) IS
'Ids, and tenants (null: there are none), of tickets in the order of their keys, in batches, with how many there are up to each and in all. tickets: open, all (those that are gone and of which clocks do not say so, too), moved (with clocks that run and that the policy now judges otherwise, or with a problem), running (the same, judged otherwise or not).';

CREATE PROCEDURE sla_backfill(ticket_table regclass, which text DEFAULT 'open', batch_size integer DEFAULT 10000, INOUT written bigint DEFAULT 0)
LANGUAGE plpgsql AS $procedure$
DECLARE
	ext CONSTANT pg_catalog.text := (SELECT e.extnamespace::pg_catalog.regnamespace::pg_catalog.text
		FROM pg_catalog.pg_extension AS e WHERE e.extname OPERATOR(pg_catalog.=) 'ticket_priority');
	batch pg_catalog.record;
	n pg_catalog.int8;
BEGIN
	IF which IS NULL OR which OPERATOR(pg_catalog.<>) ALL ('{open,all}') THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = pg_catalog.format('invalid choice of tickets: %L', which),
			HINT = 'The choices are "open" and "all".';
	END IF;
	written := 0;
	FOR batch IN EXECUTE pg_catalog.format('SELECT * FROM %1$s._sla_batches($1, $2, $3, %1$s._sla_may_commit())', ext)
		USING ticket_table, which, batch_size
	LOOP
		EXECUTE pg_catalog.format('SELECT %s._sla_reconcile($1, $2, $3, ''backfill'')', ext)
			INTO n USING ticket_table, batch.ids, batch.tenants;
		written := written OPERATOR(pg_catalog.+) n;
		RAISE NOTICE '% of % tickets, % clocks written', batch.done, batch.total, written;
		IF batch_size IS NOT NULL THEN
			COMMIT;
		END IF;
	END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE sla_backfill(regclass, text, integer, bigint) IS
'Makes the clocks of tickets that were there before, and repairs clocks that are not what the tickets say (loads with triggers off; sla_check lists them). which: open, tickets that are not closed; all, those and also clocks of tickets that are gone. A clock that is right costs its reading, so after a cancel call it again. Commits after every batch_size tickets, in the order of their keys, with a NOTICE; so it cannot be called inside a transaction block. batch_size null: all in the caller''s transaction. written: how many clocks were written. The trail does not tell of clocks that were never seen. For the owner of the table, if no row-level security hides tickets from him (insufficient_privilege). Other errors: a null table (null_value_not_allowed), another choice, a batch_size below 1 (invalid_parameter_value), a batch_size inside a transaction block (active_sql_transaction), the table is not tracked (undefined_object), and those of the table''s triggers.';

CREATE PROCEDURE sla_refresh(ticket_table regclass, plan text DEFAULT NULL, metric text DEFAULT NULL, since timestamptz DEFAULT NULL,
	force boolean DEFAULT false, batch_size integer DEFAULT 10000, INOUT moved bigint DEFAULT 0)
LANGUAGE plpgsql AS $procedure$
DECLARE
	ext CONSTANT pg_catalog.text := (SELECT e.extnamespace::pg_catalog.regnamespace::pg_catalog.text
		FROM pg_catalog.pg_extension AS e WHERE e.extname OPERATOR(pg_catalog.=) 'ticket_priority');
	setting CONSTANT pg_catalog.text := COALESCE(pg_catalog.current_setting('ticket_priority.bad_ticket', true), 'error');
	batch pg_catalog.record;
	n pg_catalog.int8;
BEGIN
	IF force IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'force must not be null';
	END IF;
	-- An unknown plan or metric is an error that lists the known.
	EXECUTE pg_catalog.format('SELECT %s.sla_target(''P1'', COALESCE($1, ''community''), COALESCE($2, ''first_response''))', ext)
		USING plan, metric;
	moved := 0;
	FOR batch IN EXECUTE pg_catalog.format('SELECT * FROM %1$s._sla_batches($1, $2, $3, %1$s._sla_may_commit(), $4, $5, $6)', ext)
		USING ticket_table, CASE WHEN force THEN 'running' ELSE 'moved' END, batch_size, plan, metric, since
	LOOP
		-- What cannot be judged is told by sla_check(), and stops nothing.
		PERFORM pg_catalog.set_config('ticket_priority.bad_ticket', 'unknown', true);
		EXECUTE pg_catalog.format('SELECT %s._sla_reconcile($1, $2, $3, ''refresh'', $4)', ext)
			INTO n USING ticket_table, batch.ids, batch.tenants, metric;
		PERFORM pg_catalog.set_config('ticket_priority.bad_ticket', setting, true);
		moved := moved OPERATOR(pg_catalog.+) n;
		RAISE NOTICE '% of % tickets, % clocks moved', batch.done, batch.total, moved;
		IF batch_size IS NOT NULL THEN
			COMMIT;
		END IF;
	END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE sla_refresh(regclass, text, text, timestamptz, boolean, integer, bigint) IS
'Computes clocks anew after a change of policy: those that run and whose deadline has not passed, of a plan, of a metric, started since an instant (each null: all), if the policy now gives another priority, target or deadline; and tries those that have a problem, of any plan, again. force: also those of which it gives the same, so that plans and zones which the application looks up elsewhere are read again. Writes clocks, and never the application''s table. What cannot be judged stays as it is; sla_check lists it. Commits after every batch_size tickets, with a NOTICE; so it cannot be called inside a transaction block, but can be cancelled and called again. batch_size null: all in the caller''s transaction. moved: how many clocks were written. For the owner of the table (insufficient_privilege). Other errors: a null table or force (null_value_not_allowed), unknown plan or metric, the table is not tracked (undefined_object), a batch_size below 1 (invalid_parameter_value), a batch_size inside a transaction block (active_sql_transaction).';

CREATE FUNCTION sla_check(ticket_table regclass)
RETURNS TABLE (tenant text, ticket text, metric text, run integer, what text)
LANGUAGE plpgsql VOLATILE ROWS 100
SET search_path = pg_catalog, pg_temp
SET row_security = off
SET jit = off
-- A ticket that cannot be judged stops nothing.
SET ticket_priority.bad_ticket = unknown AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	b record;
	metrics text[];
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_beside($1)', ext) INTO b USING ticket_table;
	EXECUTE format('SELECT t.metrics FROM %s.sla_tracked AS t WHERE t.ticket_table = $1', ext)
		INTO metrics USING ticket_table;
	RETURN QUERY EXECUTE format('SELECT * FROM %s._sla_ask_as_owner($1, $2, $3) AS c (tenant text, ticket text, metric text, run integer, what text)', ext)
		USING ticket_table, format($sql$
		SELECT %3$s, c.ticket::text, d.metric, d.run, d.what
		FROM (SELECT i.tenant, i.id AS ticket FROM %1$s AS i WHERE i.id IS NOT NULL) AS c
		CROSS JOIN LATERAL %2$s._sla_differences($1::oid, c.ticket::text, %3$s) AS d
		UNION ALL
		SELECT %3$s, c.ticket::text, NULL, NULL, CASE WHEN c.ticket IS NULL THEN 'the id is null' ELSE 'the id is not unique' END
		FROM (SELECT i.tenant, i.id AS ticket, count(*) AS n FROM %1$s AS i GROUP BY 1, 2) AS c
		WHERE c.n > 1 OR c.ticket IS NULL
		UNION ALL
		SELECT %3$s, c.ticket::text, c.metric, c.run, 'the ticket is gone, and the clock does not say so'
		FROM %4$s AS c
		WHERE c.gone_at IS NULL AND NOT EXISTS (SELECT FROM %1$s AS i WHERE %5$s)
		UNION ALL
		SELECT %3$s, c.ticket::text, c.metric, c.run, CASE WHEN c.metric <> ALL ($2::text[]) THEN 'the table has no such clock any more'
			ELSE 'the policy cannot judge it any more' END
		FROM %4$s AS c
		WHERE c.stopped_at IS NULL AND c.cancelled_at IS NULL AND c.gone_at IS NULL AND c.problem IS NULL
			AND (c.metric <> ALL ($2::text[])
				OR ((c.due_at IS NULL OR c.due_at >= now())
					AND %2$s._sla_clock_moved(c.started_at, c.priority, c.plan, c.time_zone, c.metric, c.paused, c.holidays,
						c.calendar, c.urgency, c.impact, c.override, c.target, c.target_days, c.until_close, c.due_at, c.at_risk_at,
						c.remaining) IS NULL))
		$sql$, b.input, ext, b.tenant, b.clock, b.same_input), ARRAY[ticket_table::oid::text, metrics::text];
END
$function$;
COMMENT ON FUNCTION sla_check(regclass) IS
'What is to be looked into: clocks that are not what the tickets and events say now, or missing (repair: CALL sla_backfill(..., ''all'')); clocks with a problem, and running ones that the policy cannot judge any more, since their plan, calendar or list is gone (mend the policy, then sla_refresh); clocks of tickets that are gone, which do not say so; running clocks of a metric that the table has no more; ids that are null or not unique. A changed policy alone is no difference. Goes over all tickets, each at about the cost of an update that changes nothing. No row: all is well. For the owner of the table, if no row-level security hides tickets from him (insufficient_privilege). Other errors: a null table (null_value_not_allowed), the table is not tracked (undefined_object).';

CREATE FUNCTION sla_forget(ticket_table regclass, ticket anycompatible DEFAULT NULL::text, before timestamptz DEFAULT NULL,
	tenant text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
-- An instant as text must be read as it was written.
SET datestyle = ISO
-- With this off the guards stand aside for the owner.
SET check_function_bodies = off AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	as_owner CONSTANT text := format('SELECT n FROM %s._sla_ask_as_owner($1, $2, $3) AS c (n bigint)', ext);
	b record;
	whose text;
	n bigint;
	forgotten bigint;
BEGIN
	IF num_nonnulls(ticket, before) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'what to forget must be given by a ticket or by an instant',
			HINT = 'Call it with ticket => or with before =>.';
	END IF;
	EXECUTE format('SELECT * FROM %s._sla_beside($1, $2, $3)', ext) INTO b
		USING ticket_table, CASE WHEN ticket IS NULL THEN '{}' ELSE ARRAY['ticket', ticket::text] END, tenant;
	whose := CASE WHEN ticket IS NOT NULL THEN b.this WHEN tenant IS NOT NULL THEN b.tenant || ' = $2' ELSE 'true' END;

	IF before IS NULL THEN
		EXECUTE as_owner INTO n USING ticket_table,
			format('SELECT count(*) FROM (SELECT i.tenant, i.id AS ticket FROM %s AS i) AS c WHERE %s', b.input, whose),
			ARRAY[ticket::text, tenant];
		IF n > 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'object_in_use', MESSAGE = format('ticket "%s" is in table %s', left(ticket::text, 100), ticket_table),
				HINT = 'Only a ticket that is gone can be forgotten. Delete it first.';
		END IF;
		EXECUTE as_owner INTO forgotten USING ticket_table, format($sql$
			WITH trail AS (DELETE FROM %1$s AS c WHERE %5$s), excuses AS (DELETE FROM %2$s AS c WHERE %5$s),
				alarms AS (DELETE FROM %3$s AS c WHERE %5$s), clocks AS (DELETE FROM %4$s AS c WHERE %5$s RETURNING 1)
			SELECT count(*) FROM clocks
			$sql$, b.trail, b.excuse, b.alarm, b.clock, whose), ARRAY[ticket::text, tenant];
		RETURN forgotten;
	END IF;

	-- The id may have been used again: of a ticket with other clocks, the trail
	-- goes up to the end of the life that is forgotten.
	EXECUTE as_owner INTO forgotten USING ticket_table, format($sql$
		WITH gone AS (
			DELETE FROM %1$s AS c WHERE c.gone_at < $3::timestamptz AND %7$s RETURNING c.*
		), lives AS (
			SELECT %5$s, max(c.gone_at) AS gone_at FROM gone AS c GROUP BY %5$s
		), excuses AS (
			DELETE FROM %3$s AS a USING gone AS c WHERE %6$s AND a.metric = c.metric AND a.run = c.run
		), alarms AS (
			DELETE FROM %4$s AS a USING gone AS c WHERE %6$s AND a.metric = c.metric AND a.run = c.run
		), trail AS (
			DELETE FROM %2$s AS a USING lives AS c
			WHERE %6$s AND (a.at <= c.gone_at
				OR NOT EXISTS (SELECT FROM %1$s AS c WHERE %6$s AND (c.gone_at IS NULL OR c.gone_at >= $3::timestamptz)))
		)
		SELECT count(*) FROM gone
		$sql$, b.clock, b.trail, b.excuse, b.alarm, b.key, b.same, whose), ARRAY[ticket::text, tenant, before::text];
	-- Tickets that never had a clock.
	EXECUTE as_owner INTO n USING ticket_table, format($sql$
		WITH trail AS (
			DELETE FROM %1$s AS c WHERE c.at < $3::timestamptz AND %5$s AND NOT EXISTS (SELECT FROM %2$s AS a WHERE %3$s)
				AND NOT EXISTS (SELECT FROM %4$s AS i WHERE %6$s)
		)
		SELECT 0::bigint
		$sql$, b.trail, b.clock, b.same, b.input, whose, b.same_input), ARRAY[ticket::text, tenant, before::text];
	RETURN forgotten;
END
$function$;
COMMENT ON FUNCTION sla_forget(regclass, anycompatible, timestamptz, text) IS
'Removes all that is kept of a ticket that is gone (ticket: its id, of any type, and its tenant where there are tenants), or of all that were gone before an instant (of one tenant, or of one ticket, where they are given too): clocks, trail, excuses, alarms. Result: how many clocks. Of an id that is used again, before removes the earlier lives alone. For the owner of the table, if no row-level security hides tickets from him (insufficient_privilege). Other errors: the ticket is still there (object_in_use); none of ticket and before, a tenant where there are none (invalid_parameter_value); a null table, no tenant where there are tenants (null_value_not_allowed); text that is no id (invalid_text_representation); the table is not tracked (undefined_object).';
