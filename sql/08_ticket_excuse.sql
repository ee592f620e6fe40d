-- Excused misses.
--
-- Whoever may write the table <prefix>_sla_excuse may excuse.  Who did so, and
-- when, are defaults of the table, so that a role with a right on the other
-- columns only cannot write anything else there.

CREATE FUNCTION sla_excuse(ticket_table regclass, ticket text,
						   metric sla_metric, reason text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	clocks text;
	excuses text;
	id_type text;
	same text;
	status text;
	is_new boolean;
BEGIN
	IF ticket_table IS NULL OR ticket IS NULL OR metric IS NULL OR reason IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s must not be null', CASE WHEN ticket_table IS NULL THEN 'table' WHEN ticket IS NULL THEN 'ticket'
				WHEN metric IS NULL THEN 'metric' ELSE 'reason' END);
	ELSIF reason !~ '[^[:space:]]' THEN
		RAISE EXCEPTION USING
			ERRCODE = 'invalid_parameter_value',
			MESSAGE = 'reason must not be blank',
			HINT = 'Say why the miss is excused; reports show it.';
	END IF;

	EXECUTE format('SELECT %s._sla_relation($1, ''_sla''), %1$s._sla_relation($1, ''_sla_excuse'')', ext)
		INTO clocks, excuses USING ticket_table;
	EXECUTE format('SELECT format_type(a.atttypid, NULL), %s._sla_equality(a.atttypid) FROM pg_attribute AS a '
		'WHERE a.attrelid = $1 AND a.attname = ''ticket''', ext)
		INTO STRICT id_type, same USING excuses::regclass;

	EXECUTE format('SELECT s.status FROM %s AS s WHERE s.id %s $1::%s AND s.metric = $2', clocks, same, id_type)
		INTO status USING ticket, metric;
	IF status IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'no_data_found',
			MESSAGE = format('ticket "%s" has no %s in table %s', left(ticket, 100), metric, ticket_table),
			HINT = format('The view %s has the tickets and what is measured of each.', clocks);
	ELSIF status NOT IN ('missed', 'overdue') THEN
		RAISE EXCEPTION USING
			ERRCODE = 'object_not_in_prerequisite_state',
			MESSAGE = format('the %s of ticket "%s" is not missed', metric, left(ticket, 100)),
			DETAIL = format('Its status is %s.', status),
			HINT = 'Only what is missed or overdue can be excused.';
	END IF;

	EXECUTE format('INSERT INTO %s (ticket, metric, reason) VALUES ($1::%s, $2, $3) ON CONFLICT DO NOTHING RETURNING true',
		excuses, id_type) INTO is_new USING ticket, metric, reason;
	IF is_new IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'unique_violation',
			MESSAGE = format('the %s of ticket "%s" is excused already', metric, left(ticket, 100)),
			HINT = 'To give another reason, take the excuse back first, with sla_unexcuse().';
	END IF;
END
$function$;
COMMENT ON FUNCTION sla_excuse(regclass, text, sla_metric, text) IS
'Excuses a ticket''s missed or overdue clock; <prefix>_sla_compliance shows the share that was met with and without excused ones. ticket is the ticket''s id, as text. Who excused it is the user. Runs with the caller''s rights, who must be able to read the table and its views and to insert into <prefix>_sla_excuse, as the approver given to sla_track may (insufficient_privilege). Other errors: a null argument (null_value_not_allowed), a blank reason (invalid_parameter_value), no such ticket (no_data_found), a clock that is neither missed nor overdue (object_not_in_prerequisite_state), one that is excused already (unique_violation), text that is no id (invalid_text_representation), the table is not tracked (undefined_object).';

CREATE FUNCTION sla_unexcuse(ticket_table regclass, ticket text,
							 metric sla_metric)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e
		WHERE e.extname = 'ticket_priority');
	excuses text;
	id_type text;
	same text;
	is_gone boolean;
BEGIN
	IF ticket_table IS NULL OR ticket IS NULL OR metric IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'null_value_not_allowed',
			MESSAGE = format('%s must not be null', CASE WHEN ticket_table IS NULL THEN 'table'
				WHEN ticket IS NULL THEN 'ticket' ELSE 'metric' END);
	END IF;

	EXECUTE format('SELECT %s._sla_relation($1, ''_sla_excuse'')', ext) INTO excuses USING ticket_table;
	EXECUTE format('SELECT format_type(a.atttypid, NULL), %s._sla_equality(a.atttypid) FROM pg_attribute AS a '
		'WHERE a.attrelid = $1 AND a.attname = ''ticket''', ext)
		INTO STRICT id_type, same USING excuses::regclass;

	EXECUTE format('DELETE FROM %s AS e WHERE e.ticket %s $1::%s AND e.metric = $2 RETURNING true', excuses, same, id_type)
		INTO is_gone USING ticket, metric;
	IF is_gone IS NULL THEN
		RAISE EXCEPTION USING
			ERRCODE = 'no_data_found',
			MESSAGE = format('the %s of ticket "%s" is not excused', metric, left(ticket, 100)),
			HINT = format('The table %s has what is excused.', excuses);
	END IF;
END
$function$;
COMMENT ON FUNCTION sla_unexcuse(regclass, text, sla_metric) IS
'Takes back what sla_excuse did. Runs with the caller''s rights, who must be able to read <prefix>_sla_excuse and to delete from it, as the approver given to sla_track may (insufficient_privilege). Other errors: a null argument (null_value_not_allowed), no such excuse (no_data_found), text that is no id (invalid_text_representation), the table is not tracked (undefined_object).';
