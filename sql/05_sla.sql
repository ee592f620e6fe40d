/*
 * Service levels: targets, deadlines, clocks and verdicts.
 *
 * Functions that read the configuration tables are stable: they see them as
 * the query's snapshot does.  Their caller needs no SELECT on them.
 */

CREATE TYPE sla_status AS ENUM ('no_target', 'unknown', 'on_track', 'at_risk',
	'paused', 'overdue', 'met', 'missed', 'cancelled');
COMMENT ON TYPE sla_status IS
'Where a ticket stands against its target. no_target: the plan has none. unknown: an input is null. on_track, at_risk, paused, overdue: not answered yet; overdue outranks paused. met, missed: answered at or before the deadline, or after it. cancelled: does not count.';

CREATE FUNCTION plan_priority(urgency ticket_urgency, impact ticket_impact,
							  plan text, override ticket_priority DEFAULT NULL)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'plan_priority'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION plan_priority(ticket_urgency, ticket_impact, text, ticket_priority) IS
'The customer''s override if it is not null, else what the plan''s own matrix (support_priority_rule) gives for the urgency and the impact, else the published matrix. Null if urgency, impact or plan is null and there is no override. Error: unknown plan (undefined_object).';

CREATE FUNCTION sla_target(priority ticket_priority, plan text,
						   metric text DEFAULT 'first_response',
						   at timestamptz DEFAULT now())
RETURNS interval
AS 'MODULE_PATHNAME', 'sla_target'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_target(ticket_priority, text, text, timestamptz) IS
'Target, in business time, that a plan has for a priority and a metric at an instant. For a ticket, give the instant of its opening. metric is a name in sla_metric. Null if the plan has none then, if the target is one of business days, which sla_target_days() tells, or if an argument is null. Errors: unknown plan or metric (undefined_object).';

CREATE FUNCTION sla_target_days(priority ticket_priority, plan text,
								metric text DEFAULT 'first_response',
								at timestamptz DEFAULT now())
RETURNS integer
AS 'MODULE_PATHNAME', 'sla_target_days'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_target_days(ticket_priority, text, text, timestamptz) IS
'Target, in business days, that a plan has for a priority and a metric at an instant (sla_target_rule.target_days); sla_targets_at() tells whether it lasts to the end of the last day. Null if the plan has none then, if the target is an interval, which sla_target() tells, or if an argument is null. metric and errors as sla_target.';

CREATE FUNCTION sla_deadline(opened_at timestamptz, priority ticket_priority,
							 plan text, time_zone text DEFAULT NULL,
							 metric text DEFAULT 'first_response',
							 paused tstzmultirange DEFAULT NULL,
							 holidays text DEFAULT NULL,
							 calendar text DEFAULT NULL,
							 target interval DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'sla_deadline'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_deadline(timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text, interval) IS
'Instant at which the target in force at opened_at runs out, counted in the hours of the target''s calendar. A target in business days runs out when business_days_add() gives, or at the end of the hours of that day (sla_target_rule.until_close); paused business time before that is added to it. time_zone: the customer''s, a name in pg_timezone_names or a fixed offset such as +05:30; null: the calendar''s own. paused: time that does not count; a pause without end that starts before the target runs out makes it infinity. holidays: list that replaces the calendar''s. calendar: replaces the hours. target: business time to count with instead of the target in force, whose hours and share at risk stay; where there is none, in the hours of the plan and with a share of 0.75. Null if the plan has no target and none is given, or opened_at, priority, plan or metric is null. Infinite opened_at: itself. Errors: unknown plan, metric, calendar or holiday list (undefined_object), unknown zone, hours that never open again, a target that is negative, infinite or has months or years, a target and no hours to count it in (invalid_parameter_value), hours that need a zone and have none (null_value_not_allowed), result out of range (datetime_field_overflow).';

CREATE FUNCTION sla_at_risk(opened_at timestamptz, priority ticket_priority,
							plan text, time_zone text DEFAULT NULL,
							metric text DEFAULT 'first_response',
							paused tstzmultirange DEFAULT NULL,
							holidays text DEFAULT NULL,
							calendar text DEFAULT NULL,
							target interval DEFAULT NULL)
RETURNS timestamptz
AS 'MODULE_PATHNAME', 'sla_at_risk'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_at_risk(timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text, interval) IS
'Instant at which the at-risk share of the target (sla_target_rule.at_risk) is used up; for a target in business days, of the business time that it has from opened_at without pauses. Arguments, nulls and errors as sla_deadline.';

CREATE FUNCTION sla_elapsed(opened_at timestamptz, until timestamptz,
							priority ticket_priority, plan text,
							time_zone text DEFAULT NULL,
							metric text DEFAULT 'first_response',
							paused tstzmultirange DEFAULT NULL,
							holidays text DEFAULT NULL,
							calendar text DEFAULT NULL,
							target interval DEFAULT NULL)
RETURNS interval
AS 'MODULE_PATHNAME', 'sla_elapsed'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_elapsed(timestamptz, timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text, interval) IS
'Business time on the ticket''s clock from opened_at to until, without pauses, in hours, minutes and seconds; never below zero. Measured in the hours in which the target counts or, without a target, in those of the plan. A target that is given is checked as by sla_deadline, and changes nothing of the time. Null if there are no hours and no target is given, or opened_at, until, priority, plan or metric is null. Errors: as sla_deadline; infinite timestamps (datetime_field_overflow).';

CREATE FUNCTION sla_clock(opened_at timestamptz, priority ticket_priority,
						  plan text, time_zone text DEFAULT NULL,
						  metric text DEFAULT 'first_response',
						  paused tstzmultirange DEFAULT NULL,
						  holidays text DEFAULT NULL,
						  calendar text DEFAULT NULL,
						  answered_at timestamptz DEFAULT NULL,
						  at timestamptz DEFAULT now(),
						  target interval DEFAULT NULL,
						  OUT target interval, OUT due_at timestamptz,
						  OUT at_risk_at timestamptz, OUT elapsed interval,
						  OUT remaining interval, OUT used double precision,
						  OUT status sla_status)
AS 'MODULE_PATHNAME', 'sla_clock'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_clock(timestamptz, ticket_priority, text, text, text, tstzmultirange, text, text, timestamptz, timestamptz, interval) IS
'One row with all that concerns a ticket''s clock: target (that of a target in business days is the business time from opened_at to the deadline without pauses), deadline, instant from which it is at risk, business time elapsed until the answer (or until "at"), what remains of the target (negative when more was used), elapsed as a share of the target, and status. Status is unknown if opened_at, priority, plan or metric is null, and no_target if the plan has none and none is given. The argument target replaces the one in force. Other arguments, nulls and errors as sla_deadline.';

CREATE FUNCTION sla_status(due_at timestamptz, answered_at timestamptz,
						   at timestamptz DEFAULT now(),
						   at_risk_at timestamptz DEFAULT NULL,
						   is_paused boolean DEFAULT false)
RETURNS sla_status
AS 'MODULE_PATHNAME', 'sla_status'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION sla_status(timestamptz, timestamptz, timestamptz, timestamptz, boolean) IS
'Status by comparing instants. due_at null: no_target. Answered: met at or before due_at, missed after it. Not answered: overdue after due_at (not at it), else paused if is_paused, else at_risk from at_risk_at on, else on_track; unknown if "at" is null. A null at_risk_at or is_paused leaves that status out.';

CREATE FUNCTION plan_at(plan text, ends_at timestamptz, at timestamptz)
RETURNS text
AS 'MODULE_PATHNAME', 'plan_at'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION plan_at(text, timestamptz, timestamptz) IS
'Plan that a customer whose plan ends has at an instant: the plan itself before ends_at, its successor (support_plan.successor) from then on. ends_at null: the plan does not end. Null if plan is null, if ends_at is not null and "at" is, or if there is no successor. Error: unknown plan (undefined_object).';

CREATE FUNCTION _sla_paused_periods_transfn(internal, timestamptz, boolean)
RETURNS internal
AS 'MODULE_PATHNAME', 'paused_periods_transfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_paused_periods_transfn(internal, timestamptz, boolean) IS
'Transition function of the aggregate paused_periods.';

CREATE FUNCTION _sla_paused_periods_transfn(internal, timestamptz, boolean, bigint)
RETURNS internal
AS 'MODULE_PATHNAME', 'paused_periods_transfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_paused_periods_transfn(internal, timestamptz, boolean, bigint) IS
'Transition function of the aggregate paused_periods.';

CREATE FUNCTION _sla_paused_periods_finalfn(internal)
RETURNS tstzmultirange
AS 'MODULE_PATHNAME', 'paused_periods_finalfn'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _sla_paused_periods_finalfn(internal) IS
'Final function of the aggregate paused_periods.';

CREATE AGGREGATE paused_periods(changed_at timestamptz, is_paused boolean) (
	SFUNC = _sla_paused_periods_transfn,
	STYPE = internal,
	FINALFUNC = _sla_paused_periods_finalfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE paused_periods(timestamptz, boolean) IS
'Periods of pause from a status history: each row says whether the ticket was paused from changed_at on. Rows count in the order of time; rows of one instant count in the order of input. Periods of no length are left out. If the last row is paused, the last period has no end. No rows give {}. is_paused null counts as false. Error: changed_at null (null_value_not_allowed).';

CREATE AGGREGATE paused_periods(changed_at timestamptz, is_paused boolean,
								seq bigint) (
	SFUNC = _sla_paused_periods_transfn,
	STYPE = internal,
	FINALFUNC = _sla_paused_periods_finalfn,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE paused_periods(timestamptz, boolean, bigint) IS
'As paused_periods(changed_at, is_paused), but rows of one instant count in the order of seq; a null seq comes last.';
