/*
 * What an approver says of clocks: a miss is excused, a run does not count, a
 * ticket is judged by the terms that it has now.
 *
 * An approver is a member of the role that sla_track() was given, or of the
 * owner of the table.  Excuses are rows of a plain table, on which the approver
 * has been granted rights; all else is written by _sla_reconcile() and
 * _sla_judge_run(), which ask for the approver.
 */

CREATE FUNCTION _sla_say_of_run(ticket_table regclass, ticket text, tenant text, metric text, run integer, reason text, event text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	what CONSTANT text := format('the %s of ticket "%s"', left(metric, 100), left(ticket, 100));
	wanted CONSTANT text := CASE event WHEN 'excused' THEN 'missed' WHEN 'unexcused' THEN 'excused'
		WHEN 'run cancelled' THEN 'counted' ELSE 'cancelled by an approver' END;
	b record;
	clocks bigint;
	runs integer[];
	excuses bigint;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_beside($1, $2, $3)', ext) INTO b USING ticket_table, ARRAY['ticket', ticket, 'metric', metric]
		|| CASE WHEN event IN ('excused', 'run cancelled') THEN ARRAY['reason', reason] END, tenant;
	EXECUTE format('SELECT count(*), array_agg(c.run ORDER BY c.run) FILTER (WHERE %s) FROM %s AS c '
		'WHERE %s AND c.metric = $3 AND ($4 IS NULL OR c.run = $4)', CASE event
			WHEN 'excused' THEN 'c.cancelled_at IS NULL AND c.problem IS NULL AND c.due_at < COALESCE(c.stopped_at, now())'
			WHEN 'unexcused' THEN format('EXISTS (SELECT FROM %s AS a WHERE %s AND a.metric = c.metric AND a.run = c.run)', b.excuse, b.same)
			WHEN 'run cancelled' THEN 'c.cancelled_at IS NULL'
			ELSE 'c.cancelled_by IS NOT NULL' END, b.clock, b.this)
		INTO clocks, runs USING ticket, tenant, metric, run;
	IF clocks = 0 THEN
		EXECUTE format('SELECT %s.sla_target(''P1'', ''community'', $1)', ext) USING metric;	-- is it known?
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('ticket "%s" has no %s%s in table %s', left(ticket, 100), 'run ' || run || ' of ', left(metric, 100), ticket_table),
			HINT = format('The table %s has the clocks of each ticket.', b.clock);
	ELSIF runs IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s is not %s', what, wanted);
	ELSIF cardinality(runs) > 1 THEN
		RAISE EXCEPTION USING ERRCODE = 'cardinality_violation',
			MESSAGE = format('%s runs of %s are %s', cardinality(runs), what, wanted),
			HINT = format('Say which, with run: %s.', array_to_string(runs[:20], ', '));
	END IF;

	IF event = 'excused' THEN
		EXECUTE format('INSERT INTO %s (%s, clock_id, metric, run, reason) SELECT %2$s, c.clock_id, c.metric, c.run, $5 '
			'FROM %s AS c WHERE %s AND c.metric = $3 AND c.run = $4 ON CONFLICT DO NOTHING', b.excuse, b.key, b.clock, b.this)
			USING ticket, tenant, metric, runs[1], reason;
		GET DIAGNOSTICS excuses = ROW_COUNT;
		IF excuses = 0 THEN
			RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = format('%s is excused already', what),
				HINT = 'To give another reason, take the excuse back first, with sla_unexcuse().';
		END IF;
	ELSIF event = 'unexcused' THEN
		EXECUTE format('DELETE FROM %s AS c WHERE %s AND c.metric = $3 AND c.run = $4', b.excuse, b.this)
			USING ticket, tenant, metric, runs[1];
	END IF;
	EXECUTE format('SELECT %s._sla_judge_run($1, $2, $3, $4, $5, $6, $7)', ext)
		USING ticket_table, ticket, tenant, metric, runs[1], event, reason;
END
$function$;
COMMENT ON FUNCTION _sla_say_of_run(regclass, text, text, text, integer, text, text) IS
'Writes down what an approver says of a run: excused (of one that is missed), unexcused, run cancelled (of one that counts), run restored (of one that an approver cancelled). run: null, the only one of which it can be said. Errors: those of sla_excuse() and its like.';

CREATE FUNCTION sla_excuse(ticket_table regclass, ticket anycompatible, metric text, reason text,
	run integer DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	EXECUTE format('SELECT %s._sla_say_of_run($1, $2, $3, $4, $5, $6, ''excused'')',
		(SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority'))
		USING ticket_table, ticket::text, tenant, metric, run, reason;
END
$function$;
COMMENT ON FUNCTION sla_excuse(regclass, anycompatible, text, text, integer, text) IS
'Excuses a missed or overdue clock; reports show the share that was met with and without excused ones, and the trail tells who excused it and why. ticket: its id, of any type; tenant: its tenant, where there are tenants. run: null, the only run that is missed. Works for tickets that are gone, too. For members of the role approver given to sla_track, and the owner of the table (insufficient_privilege). Other errors: another null argument (null_value_not_allowed), a blank reason, a tenant where there are none (invalid_parameter_value), no such clock (no_data_found), no such metric (undefined_object), a clock that is neither missed nor overdue (object_not_in_prerequisite_state), several missed runs (cardinality_violation), one that is excused already (unique_violation), text that is no id (invalid_text_representation), the table is not tracked (undefined_object).';

CREATE FUNCTION sla_unexcuse(ticket_table regclass, ticket anycompatible, metric text, reason text DEFAULT NULL,
	run integer DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	EXECUTE format('SELECT %s._sla_say_of_run($1, $2, $3, $4, $5, $6, ''unexcused'')',
		(SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority'))
		USING ticket_table, ticket::text, tenant, metric, run, reason;
END
$function$;
COMMENT ON FUNCTION sla_unexcuse(regclass, anycompatible, text, text, integer, text) IS
'Takes back what sla_excuse did; the trail tells who did so and why (reason null: it does not say). run: null, the only run that is excused. Other arguments, rights and errors as sla_excuse; a clock that is not excused is object_not_in_prerequisite_state.';

CREATE FUNCTION sla_cancel_run(ticket_table regclass, ticket anycompatible, metric text, reason text,
	run integer DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	EXECUTE format('SELECT %s._sla_say_of_run($1, $2, $3, $4, $5, $6, ''run cancelled'')',
		(SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority'))
		USING ticket_table, ticket::text, tenant, metric, run, reason;
END
$function$;
COMMENT ON FUNCTION sla_cancel_run(regclass, anycompatible, text, text, integer, text) IS
'Takes a run of a clock out of what counts, such as one that began when an automatic reply reopened the ticket. It stays cancelled, whatever becomes of the ticket, until sla_restore_run; the trail tells who did so and why. run: null, the only one that is not cancelled. Other arguments, rights and errors as sla_excuse; a run that is cancelled already is object_not_in_prerequisite_state.';

CREATE FUNCTION sla_restore_run(ticket_table regclass, ticket anycompatible, metric text, reason text DEFAULT NULL,
	run integer DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	EXECUTE format('SELECT %s._sla_say_of_run($1, $2, $3, $4, $5, $6, ''run restored'')',
		(SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority'))
		USING ticket_table, ticket::text, tenant, metric, run, reason;
END
$function$;
COMMENT ON FUNCTION sla_restore_run(regclass, anycompatible, text, text, integer, text) IS
'Takes back what sla_cancel_run did: the run is what it would have been, a miss a miss; the trail tells who did so and why (reason null: it does not say). run: null, the only one that an approver cancelled. Other arguments, rights and errors as sla_excuse; a run that no approver cancelled is object_not_in_prerequisite_state.';

CREATE FUNCTION sla_rejudge(ticket_table regclass, ticket anycompatible, reason text, metric text DEFAULT NULL, tenant text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	id CONSTANT text := ticket::text;
	b record;
	is_there boolean;
	is_gone boolean;
	judged bigint;
BEGIN
	EXECUTE format('SELECT * FROM %s._sla_beside($1, $2, $3)', ext) INTO b
		USING ticket_table, ARRAY['ticket', id, 'reason', reason], tenant;
	EXECUTE format('SELECT bool_or(c.gone_at IS NULL), bool_and(c.gone_at IS NOT NULL) FROM %s AS c '
		'WHERE %s AND ($3 IS NULL OR c.metric = $3)', b.clock, b.this) INTO is_there, is_gone USING id, tenant, metric;
	IF is_gone THEN
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('ticket "%s" is no longer in table %s', left(id, 100), ticket_table),
			HINT = 'Its clocks stay as they are; they can be excused or taken out of what counts.';
	ELSIF is_there IS NULL THEN
		EXECUTE format('SELECT %s.sla_target(''P1'', ''community'', $1)', ext) USING metric;	-- is it known?
		RAISE EXCEPTION USING ERRCODE = 'no_data_found',
			MESSAGE = format('ticket "%s" has no %s in table %s', left(id, 100), COALESCE(left(metric, 100), 'clock'), ticket_table),
			HINT = format('The table %s has the clocks of each ticket.', b.clock);
	END IF;
	EXECUTE format('SELECT %s._sla_reconcile($1, ARRAY[$2], CASE WHEN $3 IS NOT NULL THEN ARRAY[$3] END, ''rejudge'', $4, $5)', ext)
		INTO judged USING ticket_table, id, tenant, metric, reason;
	RETURN judged;
END
$function$;
COMMENT ON FUNCTION sla_rejudge(regclass, anycompatible, text, text, text) IS
'Judges the clocks of a ticket, stopped and missed ones too, by the terms that the ticket has now and by the policy as it is now: for a plan that was mistyped and found out late. metric: null, all its clocks. Result: how many changed; the trail tells what they were, who did so and why. ticket, tenant: as sla_excuse. A ticket that is gone cannot be judged anew. For members of the role approver given to sla_track, and the owner of the table (insufficient_privilege). Other errors: another null argument (null_value_not_allowed), a blank reason, a tenant where there are none (invalid_parameter_value), no such ticket or clock (no_data_found), no such metric (undefined_object), text that is no id (invalid_text_representation), the table is not tracked (undefined_object), and those of the table''s triggers.';
