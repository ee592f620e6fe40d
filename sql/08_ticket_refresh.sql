-- After a change of policy: which tickets it moved, and computing them anew.
--
-- sla_moved() finds them by the clocks, and sla_refresh() updates them. The
-- trigger that sla_track() made then decides what to compute.

CREATE FUNCTION sla_moved(ticket_table regclass, force boolean DEFAULT false)
RETURNS TABLE (id text, was_unknown boolean)
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT ROWS 1000
SET search_path = pg_catalog, pg_temp
-- Compiling the conditions takes longer than going over a million tickets.
SET jit = off
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	mapping jsonb;
	clocks text;
	terms CONSTANT text := 'c.priority, c.plan, c.time_zone, c.metric, c.paused, c.holidays';
	deadline text;
	target text;
	moved text;
BEGIN
	EXECUTE format('SELECT %s.sla_mapping($1), %1$s._sla_relation($1, ''_sla_clock'')', ext)
		INTO mapping, clocks USING ticket_table;

	-- Nearly always the deadline is what it was, and then the rest must be too.
	-- Where there is a target but its deadline cannot be told, what is stored
	-- stays; where there is none, nothing may be stored, if the plan is known.
	deadline := format('%s._sla_tracked_deadline(c.opened_at, COALESCE(c.since, c.opened_at), %s)', ext, terms);
	target := format('%s._sla_tracked_target(c.priority, c.plan, c.metric, c.opened_at)', ext);
	moved := concat_ws(' OR ',
		CASE WHEN mapping ?| '{at_risk_at,resolution_at_risk_at}' THEN
			format('(c.at_risk_at = %s._sla_tracked_at_risk(c.opened_at, COALESCE(c.since, c.opened_at), %s)) IS NOT TRUE', ext, terms) END,
		CASE WHEN mapping ?| '{response_target,resolution_target}' THEN
			format('(c.target = %s) IS NOT TRUE', target) END);
	moved := format('CASE WHEN c.due_at = %1$s THEN %2$s WHEN %3$s IS NOT NULL THEN %1$s IS NOT NULL '
		'ELSE (c.due_at IS NOT NULL OR c.failed) AND c.plan IN (SELECT p.plan FROM %4$s.support_plan AS p) END',
		deadline, COALESCE(NULLIF(moved, ''), 'false'), target, ext);

	-- A ticket that was answered before it was opened cannot be judged under any
	-- policy.  The two parts are apart so that the due indexes serve the first.
	-- In their order the tickets lie near each other when they are updated.
	RETURN QUERY EXECUTE format($sql$
		SELECT m.id::text, bool_or(m.failed)
		FROM (
			SELECT c.id, c.failed
			FROM %1$s AS c
			WHERE %2$s AND c.plan IS NOT NULL AND NOT c.failed AND (c.reassigned OR %3$s)
			UNION ALL
			SELECT c.id, c.failed
			FROM %1$s AS c
			WHERE c.failed AND c.metric = 'first_response' AND c.plan IS NOT NULL AND (c.reply_at < c.opened_at) IS NOT TRUE
				AND (c.closed_at < c.opened_at) IS NOT TRUE AND (c.closed_at < c.reply_at) IS NOT TRUE AND %3$s) AS m
		GROUP BY m.id
		ORDER BY m.id
		$sql$, clocks, CASE WHEN force THEN 'true'
			ELSE 'c.reply_at IS NULL AND c.closed_at IS NULL AND c.kept_answer IS NULL AND (c.due_at IS NULL OR c.due_at >= now())' END,
		moved);
END
$function$;
COMMENT ON FUNCTION sla_moved(regclass, boolean) IS
'The tickets that sla_refresh would compute anew: those of which a stored deadline, at-risk time, target or priority is not what the policy gives now. id is the ticket''s, as text; was_unknown tells those that were stored though they could not be judged, and now can. Only clocks that run and whose deadline has not passed; with force, all. What the policy cannot tell (a plan, zone or list that is not known) is no move. No rows if an argument is null. Error: the table is not tracked (undefined_object).';

-- No SET here, because a procedure with one must not commit; so everything is
-- written out with its schema.  The updates run in the caller's search_path, as
-- the application's own triggers may expect.
CREATE PROCEDURE sla_refresh(ticket_table regclass, force boolean DEFAULT false,
							 batch_size integer DEFAULT 10000,
							 INOUT moved bigint DEFAULT 0)
LANGUAGE plpgsql
AS $procedure$
DECLARE
	ext pg_catalog.text;
	update_batch pg_catalog.text;
	found_ids pg_catalog.text[];
	unknown_ids pg_catalog.text[];
	ids pg_catalog.text[];
	batch pg_catalog.text[];
	step pg_catalog.int4;
	were_unknown pg_catalog.bool;
	setting pg_catalog.text;
	bad pg_catalog.text;
	updated pg_catalog.int8;
	total pg_catalog.int8;
BEGIN
	IF ticket_table IS NULL OR force IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = CASE WHEN ticket_table IS NULL THEN 'table to refresh must not be null' ELSE 'force must not be null' END;
	ELSIF batch_size OPERATOR(pg_catalog.<) 1 THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = pg_catalog.format('invalid size of a batch: %s', batch_size),
			HINT = 'It is the number of tickets after which to commit, at least 1, or null to do without commits.';
	END IF;

	-- Inside a transaction block this is an error, before anything was done.
	IF batch_size IS NOT NULL THEN
		COMMIT;
	END IF;

	SELECT pg_catalog.quote_ident(n.nspname) INTO STRICT ext
	FROM pg_catalog.pg_extension AS e
	JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
	WHERE e.extname OPERATOR(pg_catalog.=) 'ticket_priority';

	EXECUTE pg_catalog.format($sql$
		SELECT pg_catalog.array_agg(m.id) FILTER (WHERE NOT m.was_unknown),
			pg_catalog.array_agg(m.id) FILTER (WHERE m.was_unknown)
		FROM %s.sla_moved($1, $2) AS m
		$sql$, ext) INTO found_ids, unknown_ids USING ticket_table, force;
	moved := 0;
	total := COALESCE(pg_catalog.cardinality(found_ids), 0) OPERATOR(pg_catalog.+) COALESCE(pg_catalog.cardinality(unknown_ids), 0);

	EXECUTE pg_catalog.format($sql$
		SELECT pg_catalog.format('UPDATE %%s AS t SET %%I = t.%%2$I WHERE t.%%3$I %%4$s ANY ($1::%%5$s[])',
			$1, m.mapping OPERATOR(pg_catalog.->>) 'due_at', a.attname, %1$s._sla_equality(a.atttypid),
			pg_catalog.format_type(a.atttypid, NULL))
		FROM %1$s.sla_mapping($1) AS m (mapping)
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid OPERATOR(pg_catalog.=) $1
			AND a.attname OPERATOR(pg_catalog.=) (m.mapping OPERATOR(pg_catalog.->>) 'id')
		$sql$, ext) INTO STRICT update_batch USING ticket_table;

	-- Clocks of tickets that could not be judged are computed even if stopped.
	FOREACH were_unknown IN ARRAY '{false,true}'::pg_catalog.bool[] LOOP
		ids := CASE WHEN were_unknown THEN unknown_ids ELSE found_ids END;
		CONTINUE WHEN ids IS NULL;
		step := COALESCE(batch_size, pg_catalog.cardinality(ids));
		FOR n IN 1 .. pg_catalog.cardinality(ids) BY step LOOP
			batch := ids[n : n OPERATOR(pg_catalog.+) step OPERATOR(pg_catalog.-) 1];
			setting := COALESCE(pg_catalog.current_setting('ticket_priority.recompute', true), 'off');
			bad := COALESCE(pg_catalog.current_setting('ticket_priority.bad_ticket', true), 'error');
			PERFORM pg_catalog.set_config('ticket_priority.recompute',
				CASE WHEN force OR were_unknown THEN 'all' ELSE 'running' END, true);
			-- What still cannot be judged stays as it is, and is told.
			IF were_unknown THEN
				PERFORM pg_catalog.set_config('ticket_priority.bad_ticket', 'unknown', true);
			END IF;
			EXECUTE update_batch USING batch;
			GET DIAGNOSTICS updated = ROW_COUNT;
			PERFORM pg_catalog.set_config('ticket_priority.recompute', setting, true);
			PERFORM pg_catalog.set_config('ticket_priority.bad_ticket', bad, true);
			moved := moved OPERATOR(pg_catalog.+) updated;
			RAISE NOTICE '% of % tickets computed anew', moved, total;
			IF batch_size IS NOT NULL THEN
				COMMIT;
			END IF;
		END LOOP;
	END LOOP;
END
$procedure$;
COMMENT ON PROCEDURE sla_refresh(regclass, boolean, integer, bigint) IS
'Computes anew, after a change of policy, the tickets that it moved, which sla_moved tells, and no others: clocks that run and whose deadline has not passed; with force, stopped and passed ones too. Commits after every batch_size tickets, with a NOTICE; so it cannot be called inside a transaction block (invalid_transaction_termination), but can be cancelled and called again. batch_size null: all in the caller''s transaction. moved: how many were updated. Runs with the caller''s rights, who must be able to update the table. Errors: a null table or force (null_value_not_allowed), batch_size below 1 (invalid_parameter_value), the table is not tracked (undefined_object), and those of the table''s triggers.';
