-- What the reading views measure: of one clock, and of many.  A report reads
-- whatever the clocks say, and one odd row must not stop it.  So where nothing
-- can be measured the answer is null.
--
-- Functions whose names begin with _sla_ are the extension's own, not for users.

CREATE FUNCTION _sla_clock_time(since timestamptz, until timestamptz, started_at timestamptz, priority ticket_priority,
	plan text, time_zone text, metric text, paused tstzmultirange, holidays text, calendar text)
RETURNS interval LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'clock_time';
COMMENT ON FUNCTION _sla_clock_time(timestamptz, timestamptz, timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text) IS
'Business time from since to until, without pauses, in hours, minutes and seconds; never below zero. The target in force at started_at tells the hours, those of the plan where there is none, those of calendar where it is not null. It is sla_elapsed() but for two things: it measures from since, and nothing is an error. Null where sla_elapsed() gives null or an error: unknown plan, metric, calendar, zone or holiday list, hours that need a zone and have none, a year for which a holiday rule has no answer, infinite or null instants. No warnings.';

CREATE FUNCTION _sla_clock_goal(priority ticket_priority, plan text, metric text, started_at timestamptz)
RETURNS double precision LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'clock_goal';
COMMENT ON FUNCTION _sla_clock_goal(ticket_priority, text, text, timestamptz) IS
'Share of clocks, 0 to 1, that should meet the target in force at an instant (sla_target_rule.goal). Null if none is set, if the plan or metric is unknown or has no target then, or an argument is null.';

CREATE TYPE sla_tally AS (
	clocks bigint, met bigint, missed bigint, on_track bigint, at_risk bigint, paused bigint,
	overdue bigint, no_target bigint, unknown bigint, cancelled bigint,
	p50 interval, p90 interval, p95 interval, worst interval
);
COMMENT ON TYPE sla_tally IS
'What the aggregate sla_tally gives. clocks: those that have a status. met to cancelled: those of each status. p50, p90, p95: business time within which half, 90 % and 95 % of those that met or missed their target had stopped, as percentile_cont() has it, to the microsecond. worst: the longest. Null where none has.';

CREATE FUNCTION _sla_tally_transfn(internal, sla_status, interval)
RETURNS internal LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_tally_transfn';
COMMENT ON FUNCTION _sla_tally_transfn(internal, sla_status, interval) IS
'Transition function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_combinefn(internal, internal)
RETURNS internal LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_tally_combinefn';
COMMENT ON FUNCTION _sla_tally_combinefn(internal, internal) IS
'Combine function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_serialfn(internal)
RETURNS bytea LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_tally_serialfn';
COMMENT ON FUNCTION _sla_tally_serialfn(internal) IS
'Serialization function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_deserialfn(bytea, internal)
RETURNS internal LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_tally_deserialfn';
COMMENT ON FUNCTION _sla_tally_deserialfn(bytea, internal) IS
'Deserialization function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_finalfn(internal)
RETURNS sla_tally LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_tally_finalfn';
COMMENT ON FUNCTION _sla_tally_finalfn(internal) IS
'Final function of the aggregate sla_tally.';

CREATE AGGREGATE sla_tally(status sla_status, elapsed interval) (
	SFUNC = _sla_tally_transfn, STYPE = internal, SSPACE = 256, FINALFUNC = _sla_tally_finalfn,
	COMBINEFUNC = _sla_tally_combinefn, SERIALFUNC = _sla_tally_serialfn, DESERIALFUNC = _sla_tally_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sla_tally(sla_status, interval) IS
'Clocks by status, and percentiles of the business time that those took which met or missed their target: one row of type sla_tally. A row with a null status counts nowhere; one with a null elapsed counts, but not in the percentiles. A day of elapsed counts as 24 hours. No rows: all counts zero, all times null. Errors: elapsed with months or years, or infinite (invalid_parameter_value).';
