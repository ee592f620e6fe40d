/*
 * What the views of tracked tickets measure: of one ticket, and of many.
 *
 * A report goes over whatever is in the tickets, so one odd row must not stop
 * it: where nothing can be measured the answer is null.
 */

CREATE FUNCTION local_month(at timestamptz, time_zone text)
RETURNS date
AS 'MODULE_PATHNAME', 'local_month'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION local_month(timestamptz, text) IS
'First day of the month in which an instant lies by the wall clock of a zone. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Null if an argument is null, if the instant is infinite, or if it lies in the month in which dates begin (November of 4714 BC). Error: unknown zone (invalid_parameter_value).';

CREATE FUNCTION share_used(elapsed interval, target interval)
RETURNS double precision
AS 'MODULE_PATHNAME', 'share_used'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION share_used(interval, interval) IS
'Business time elapsed as a share of the target, 1 for all of it. A day counts as 24 hours. Null if an argument is null, or if the target is not above zero. Errors: an interval with months or years, an infinite one (invalid_parameter_value).';

CREATE FUNCTION late_by(due_at timestamptz, until timestamptz)
RETURNS interval
AS 'MODULE_PATHNAME', 'late_by'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION late_by(timestamptz, timestamptz) IS
'Time by the clock on the wall, closed hours and pauses included, from due_at to a later instant, in hours, minutes and seconds. Null if an argument is null, if until is not after due_at, if one of them is infinite, or if no interval holds the time.';

CREATE TYPE sla_tally AS (
	tickets bigint,
	met bigint,
	missed bigint,
	on_track bigint,
	at_risk bigint,
	paused bigint,
	overdue bigint,
	no_target bigint,
	unknown bigint,
	cancelled bigint,
	p50 interval,
	p90 interval,
	p95 interval,
	worst interval
);
COMMENT ON TYPE sla_tally IS
'What the aggregate sla_tally gives. tickets: those that have a status. met to cancelled: those of each status. p50, p90, p95: business time within which half, 90 % and 95 % of the answers came, as percentile_cont() has it, to the microsecond. worst: the longest. Null where there are no answers.';

CREATE FUNCTION sla_tally_transfn(internal, sla_status, interval)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_transfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_tally_transfn(internal, sla_status, interval) IS
'Transition function of the aggregate sla_tally.';

CREATE FUNCTION sla_tally_combinefn(internal, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_combinefn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_tally_combinefn(internal, internal) IS
'Combine function of the aggregate sla_tally.';

CREATE FUNCTION sla_tally_serialfn(internal)
RETURNS bytea
AS 'MODULE_PATHNAME', 'sla_tally_serialfn'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sla_tally_serialfn(internal) IS
'Serialization function of the aggregate sla_tally.';

CREATE FUNCTION sla_tally_deserialfn(bytea, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_deserialfn'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION sla_tally_deserialfn(bytea, internal) IS
'Deserialization function of the aggregate sla_tally.';

CREATE FUNCTION sla_tally_finalfn(internal)
RETURNS sla_tally
AS 'MODULE_PATHNAME', 'sla_tally_finalfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_tally_finalfn(internal) IS
'Final function of the aggregate sla_tally.';

CREATE AGGREGATE sla_tally(status sla_status, elapsed interval) (
	SFUNC = sla_tally_transfn,
	STYPE = internal,
	FINALFUNC = sla_tally_finalfn,
	COMBINEFUNC = sla_tally_combinefn,
	SERIALFUNC = sla_tally_serialfn,
	DESERIALFUNC = sla_tally_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sla_tally(sla_status, interval) IS
'Tickets by status, and percentiles of the business time that the answered ones (met and missed) took: one row of type sla_tally. A row with a null status counts nowhere; one with a null elapsed counts, but not in the percentiles. A day of elapsed counts as 24 hours. No rows: all counts zero, all times null. Errors: elapsed with months or years, or infinite (invalid_parameter_value).';
