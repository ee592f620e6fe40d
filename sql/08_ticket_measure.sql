-- What the views of tracked tickets measure: of one ticket, and of many.  A report
-- reads whatever is in the tickets, and one odd row must not stop it.  So where
-- nothing can be measured the answer is null.
--
-- Functions whose names begin with _sla_ are the extension's own, not for users.

CREATE FUNCTION local_month(at timestamptz, time_zone text)
RETURNS date
AS 'MODULE_PATHNAME', 'local_month'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION local_month(timestamptz, text) IS
'First day of the month in which an instant lies by the wall clock of a zone. time_zone is a name in pg_timezone_names or a fixed offset such as +05:30. Null if an argument is null, if the instant is infinite, or if it lies in the month in which dates begin (November of 4714 BC). Error: unknown zone (invalid_parameter_value).';

CREATE FUNCTION _sla_share_used(elapsed interval, target interval)
RETURNS double precision
AS 'MODULE_PATHNAME', 'share_used'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _sla_share_used(interval, interval) IS
'Business time elapsed as a share of the target, 1 for all of it. A day counts as 24 hours. Null if an argument is null, or if the target is not above zero. Errors: an interval with months or years, an infinite one (invalid_parameter_value).';

CREATE FUNCTION _sla_late_by(due_at timestamptz, until timestamptz)
RETURNS interval
AS 'MODULE_PATHNAME', 'late_by'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _sla_late_by(timestamptz, timestamptz) IS
'Time by the clock on the wall, closed hours and pauses included, from due_at to a later instant, in hours, minutes and seconds. Null if an argument is null, if until is not after due_at, if one of them is infinite, or if no interval holds the time.';

CREATE FUNCTION _sla_tracked_elapsed(opened_at timestamptz, since timestamptz,
								until timestamptz, priority ticket_priority,
								plan text, time_zone text, metric sla_metric,
								paused tstzmultirange, holidays text)
RETURNS interval
AS 'MODULE_PATHNAME', 'tracked_elapsed'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_elapsed(timestamptz, timestamptz, timestamptz, ticket_priority, text, text, sla_metric, tstzmultirange, text) IS
'Business time on a ticket''s clock from since to until, without pauses, in hours, minutes and seconds; never below zero. It is sla_elapsed() but for two things: the clock starts at since, while the target in force at opened_at tells the hours; and nothing is an error. Null where sla_elapsed() gives null or an error: unknown plan, zone or holiday list, hours that need a zone and have none, a year for which a holiday rule has no answer, infinite or null since or until. No warnings.';

CREATE FUNCTION _sla_tracked_deadline(opened_at timestamptz, since timestamptz,
								 priority ticket_priority, plan text,
								 time_zone text, metric sla_metric,
								 paused tstzmultirange, holidays text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'tracked_deadline'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_deadline(timestamptz, timestamptz, ticket_priority, text, text, sla_metric, tstzmultirange, text) IS
'Instant at which the target in force at opened_at runs out on a clock that starts at since: sla_deadline() of a ticket opened then, but nothing is an error. Infinite since: itself. Null where sla_deadline() gives null or an error: no target, unknown plan, zone or holiday list, hours that never open again or need a zone and have none, result out of range. No warnings.';

CREATE FUNCTION _sla_tracked_at_risk(opened_at timestamptz, since timestamptz,
								priority ticket_priority, plan text,
								time_zone text, metric sla_metric,
								paused tstzmultirange, holidays text)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'tracked_at_risk'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_at_risk(timestamptz, timestamptz, ticket_priority, text, text, sla_metric, tstzmultirange, text) IS
'Instant at which the at-risk share of the target is used up. Arguments and nulls as _sla_tracked_deadline.';

CREATE FUNCTION _sla_tracked_target(priority ticket_priority, plan text,
							   metric sla_metric, opened_at timestamptz)
RETURNS interval
AS 'MODULE_PATHNAME', 'tracked_target'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_target(ticket_priority, text, sla_metric, timestamptz) IS
'Target, in business time, in force at opened_at: sla_target(), but nothing is an error. Null if the plan is unknown or has none then, or an argument is null.';

CREATE FUNCTION _sla_tracked_goal(priority ticket_priority, plan text,
							 metric sla_metric, at timestamptz)
RETURNS double precision
AS 'MODULE_PATHNAME', 'tracked_goal'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_goal(ticket_priority, text, sla_metric, timestamptz) IS
'Share of tickets, 0 to 1, that should meet the target in force at an instant (sla_target_rule.goal). Null if none is set, if the plan is unknown or has no target then, or an argument is null.';

CREATE FUNCTION _sla_tracked_is_open(at timestamptz, opened_at timestamptz,
								priority ticket_priority, plan text,
								time_zone text, metric sla_metric,
								holidays text)
RETURNS boolean
AS 'MODULE_PATHNAME', 'tracked_is_open'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tracked_is_open(timestamptz, timestamptz, ticket_priority, text, text, sla_metric, text) IS
'Whether the desk is open at an instant, in the hours in which the target in force at opened_at counts, or those of the plan where there is no target. Null where there are no hours, where the policy or the zone does not know as _sla_tracked_elapsed has it, if "at" is infinite, or an argument other than time_zone and holidays is null.';

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

CREATE FUNCTION _sla_tally_transfn(internal, sla_status, interval)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_transfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tally_transfn(internal, sla_status, interval) IS
'Transition function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_combinefn(internal, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_combinefn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tally_combinefn(internal, internal) IS
'Combine function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_serialfn(internal)
RETURNS bytea
AS 'MODULE_PATHNAME', 'sla_tally_serialfn'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tally_serialfn(internal) IS
'Serialization function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_deserialfn(bytea, internal)
RETURNS internal
AS 'MODULE_PATHNAME', 'sla_tally_deserialfn'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tally_deserialfn(bytea, internal) IS
'Deserialization function of the aggregate sla_tally.';

CREATE FUNCTION _sla_tally_finalfn(internal)
RETURNS sla_tally
AS 'MODULE_PATHNAME', 'sla_tally_finalfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_tally_finalfn(internal) IS
'Final function of the aggregate sla_tally.';

CREATE AGGREGATE sla_tally(status sla_status, elapsed interval) (
	SFUNC = _sla_tally_transfn,
	STYPE = internal,
	FINALFUNC = _sla_tally_finalfn,
	COMBINEFUNC = _sla_tally_combinefn,
	SERIALFUNC = _sla_tally_serialfn,
	DESERIALFUNC = _sla_tally_deserialfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE sla_tally(sla_status, interval) IS
'Tickets by status, and percentiles of the business time that the answered ones (met and missed) took: one row of type sla_tally. A row with a null status counts nowhere; one with a null elapsed counts, but not in the percentiles. A day of elapsed counts as 24 hours. No rows: all counts zero, all times null. Errors: elapsed with months or years, or infinite (invalid_parameter_value).';

CREATE FUNCTION _sla_ticket_elapsed(state jsonb, opened_at timestamptz,
							   until timestamptz, priority ticket_priority,
							   plan text, time_zone text, metric sla_metric,
							   paused tstzmultirange, holidays text)
RETURNS interval
AS 'MODULE_PATHNAME', 'ticket_elapsed'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_ticket_elapsed(jsonb, timestamptz, timestamptz, ticket_priority, text, text, sla_metric, tstzmultirange, text) IS
'As _sla_tracked_elapsed, of a ticket and what the column sla_state remembers of it: by the plan and priority by which the clock was judged, and from when it runs. Null, too, for a ticket that was stored though it could not be judged.';

-- What tracking remembers of a ticket. For nearly all, that is nothing, and
-- sla_state is null.

CREATE FUNCTION _sla_kept_plan(state jsonb, metric sla_metric, plan text)
RETURNS text
AS 'MODULE_PATHNAME', 'kept_plan'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_plan(jsonb, sla_metric, text) IS
'Plan by which a clock of a tracked ticket was judged, if the column sla_state remembers one; else the plan given.';

CREATE FUNCTION _sla_kept_priority(state jsonb, metric sla_metric,
							  priority ticket_priority)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'kept_priority'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_priority(jsonb, sla_metric, ticket_priority) IS
'Priority by which a clock of a tracked ticket was judged, if the column sla_state remembers one; else the priority given.';

CREATE FUNCTION _sla_kept_since(state jsonb, metric sla_metric,
						   opened_at timestamptz)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'kept_since'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_since(jsonb, sla_metric, timestamptz) IS
'When a clock of a tracked ticket starts: at a change, if the column sla_state remembers one, else at the opening given. Null for a ticket that was stored though it could not be judged.';

CREATE FUNCTION _sla_kept_stop(state jsonb, answered_at timestamptz,
						  resolved_at timestamptz)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'kept_stop'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_stop(jsonb, timestamptz, timestamptz) IS
'When the first response of a tracked ticket stopped, if a closing counts as the answer: the earliest of the answer, the closing, and an earlier closing that the column sla_state remembers. Null if there is none of them.';

CREATE FUNCTION _sla_kept_closed(state jsonb)
RETURNS tstzmultirange
AS 'MODULE_PATHNAME', 'kept_closed'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_closed(jsonb) IS
'When a tracked ticket was closed before it was reopened, as the column sla_state remembers it. Null if it never was, or if that cannot be read.';

CREATE FUNCTION _sla_kept_failed(state jsonb)
RETURNS boolean
AS 'MODULE_PATHNAME', 'kept_failed'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_kept_failed(jsonb) IS
'Whether a tracked ticket was stored though it could not be judged, or its column sla_state cannot be read. False for null.';
