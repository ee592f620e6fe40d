/*
 * From a ticket as it is now to its clocks as they should be: the triggers of
 * tracked tables, and what the rest of tracking calls.
 */

CREATE FUNCTION _sla_ticket_fill() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_ticket_fill';
COMMENT ON FUNCTION _sla_ticket_fill() IS
'Trigger function of a tracked table, before a row is written: puts the priority that urgency, impact, override and plan give into the column that is to be filled. Where none of these has changed, the column keeps what it had. Argument of the trigger: how the names beside the table begin.';

CREATE FUNCTION _sla_ticket_changed() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_ticket_changed';
COMMENT ON FUNCTION _sla_ticket_changed() IS
'Trigger function of a tracked table, after a row was written: makes the ticket''s clocks what they should be, and tells the trail. Argument of the trigger: how the names beside the table begin.';

CREATE FUNCTION _sla_ticket_truncated() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_ticket_truncated';
COMMENT ON FUNCTION _sla_ticket_truncated() IS
'Trigger function of a tracked table, after TRUNCATE: marks the clocks of all tickets that are not there any more as gone. Argument of the trigger: how the names beside the table begin.';

CREATE FUNCTION _sla_events_changed() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_events_changed';
COMMENT ON FUNCTION _sla_events_changed() IS
'Trigger function of a table of events, after a row was written: locks the tickets that it names, before and now, and makes their clocks what they should be. Argument of the trigger: how the names beside the tracked table begin.';

CREATE FUNCTION _sla_events_truncated() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_events_truncated';
COMMENT ON FUNCTION _sla_events_truncated() IS
'Trigger function of a table of events, after TRUNCATE: makes the clocks of all tickets that had events what they should be. Argument of the trigger: how the names beside the tracked table begin.';

CREATE FUNCTION _sla_guard() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_guard';
COMMENT ON FUNCTION _sla_guard() IS
'Trigger function of the clock table and the trail: refuses what is not written by tracking (insufficient_privilege). It stands aside for the owner of the table while check_function_bodies is off, as it is in what pg_dump writes.';

CREATE FUNCTION _sla_reconcile(ticket_table regclass, tickets text[], tenants text[], mode text, metric text DEFAULT NULL,
	reason text DEFAULT NULL)
RETURNS bigint LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'sla_reconcile';
COMMENT ON FUNCTION _sla_reconcile(regclass, text[], text[], text, text, text) IS
'Locks tickets, in the order of their keys, and makes their clocks what they should be. tickets, tenants: their keys as text; tenants null: the table has none. mode: backfill (nothing is told of what was never seen), refresh (running clocks by the policy now), rejudge (all by the ticket''s terms now). metric: this clock alone. reason: for the trail. Gives the number of clocks that were written; 0 if the table or the tickets are null. The owner of the table may call it, and for rejudge the approver. Errors: a table that is not tracked (undefined_object), no right (insufficient_privilege), and what the triggers raise.';

CREATE FUNCTION _sla_ask_as_owner(ticket_table regclass, query text, arguments text[])
RETURNS SETOF record LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'sla_ask_as_owner';
COMMENT ON FUNCTION _sla_ask_as_owner(regclass, text, text[]) IS
'Runs a query as the owner of a tracked table, so that the expressions in the input views, and his triggers, do. arguments: texts for its parameters. If somebody else calls, it is a security-restricted operation. No rows if an argument is null. The owner of the table may call it. Errors: a table that is not tracked (undefined_object), no right (insufficient_privilege), and those of the query.';

CREATE FUNCTION _sla_differences(ticket_table regclass, ticket text, tenant text DEFAULT NULL)
RETURNS TABLE (metric text, run integer, what text)
LANGUAGE C VOLATILE ROWS 1 AS 'MODULE_PATHNAME', 'sla_differences';
COMMENT ON FUNCTION _sla_differences(regclass, text, text) IS
'Which clocks of a ticket are not what the ticket says now, and in what, or why they cannot be judged. Nothing is written. No rows if all is well, or the table or the ticket is null. The owner of the table may call it. Errors: a table that is not tracked (undefined_object), no right (insufficient_privilege), and what the triggers raise.';

CREATE FUNCTION _sla_judge_run(ticket_table regclass, ticket text, tenant text, metric text, run integer, event text, reason text)
RETURNS void LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'sla_judge_run';
COMMENT ON FUNCTION _sla_judge_run(regclass, text, text, text, integer, text, text) IS
'Writes down what an approver says of a run, and tells the trail. event: run cancelled or run restored (nothing is done if it is so already), excused or unexcused (told alone). The ticket may be gone. The owner of the table may call it, and the approver. Errors: a table that is not tracked or a run that there is not (undefined_object), no right (insufficient_privilege).';

CREATE FUNCTION _sla_tell_change(ticket_table regclass) RETURNS void
LANGUAGE C VOLATILE STRICT AS 'MODULE_PATHNAME', 'sla_tell_change';
COMMENT ON FUNCTION _sla_tell_change(regclass) IS
'Tells all sessions that clocks of a tracked table may have changed, so that they look at its views again.';
