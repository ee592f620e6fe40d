-- Views: the policy as people read it.  Each fact is read from the one place
-- where it is kept: the matrix in assign_priority(), targets and plans in their
-- tables.

CREATE VIEW priority_matrix (urgency, high_impact, medium_impact, low_impact) AS
SELECT u.urgency,
	@extschema@.assign_priority(u.urgency, 'high'::@extschema@.ticket_impact),
	@extschema@.assign_priority(u.urgency, 'medium'::@extschema@.ticket_impact),
	@extschema@.assign_priority(u.urgency, 'low'::@extschema@.ticket_impact)
FROM unnest(enum_range(NULL::@extschema@.ticket_urgency)) AS u (urgency)
ORDER BY u.urgency DESC;
COMMENT ON VIEW priority_matrix IS
'The published matrix: the priority for each urgency (rows) and impact (columns).';
COMMENT ON COLUMN priority_matrix.urgency IS 'Urgency that the customer selected.';
COMMENT ON COLUMN priority_matrix.high_impact IS 'Priority when the impact is high.';
COMMENT ON COLUMN priority_matrix.medium_impact IS 'Priority when the impact is medium.';
COMMENT ON COLUMN priority_matrix.low_impact IS 'Priority when the impact is low.';

-- From which plans a plan takes what it does not say itself.  The triggers
-- refuse a circle of plans; should there be one, the list ends there.
CREATE VIEW support_plan_chain (plan, step, supplier) AS
WITH RECURSIVE chain (plan, step, supplier) AS (
	SELECT p.plan, 0, p.plan
	FROM @extschema@.support_plan AS p
	UNION ALL
	SELECT c.plan, c.step + 1, s.sla_of
	FROM chain AS c
	JOIN @extschema@.support_plan AS s ON s.plan = c.supplier
	WHERE s.sla_of IS NOT NULL
) CYCLE supplier SET circle USING path
SELECT c.plan, c.step, c.supplier
FROM chain AS c
WHERE NOT c.circle;
COMMENT ON VIEW support_plan_chain IS
'The plans that supply a plan''s targets and hours, in the order in which they are asked: the plan itself, its sla_of, and so on.';
COMMENT ON COLUMN support_plan_chain.plan IS 'The plan.';
COMMENT ON COLUMN support_plan_chain.step IS '0 for the plan itself, 1 for its sla_of, and so on.';
COMMENT ON COLUMN support_plan_chain.supplier IS 'The plan that is asked at this step.';

CREATE VIEW support_hours (plan, title, calendar, hours, time_zone, holidays) AS
SELECT p.plan, p.title, b.calendar, b.hours, b.time_zone, b.holidays
FROM @extschema@.support_plan AS p
LEFT JOIN (
	SELECT DISTINCT ON (c.plan) c.plan, s.calendar
	FROM @extschema@.support_plan_chain AS c
	JOIN @extschema@.support_plan AS s ON s.plan = c.supplier
	WHERE s.calendar IS NOT NULL
	ORDER BY c.plan, c.step) AS h ON h.plan = p.plan
LEFT JOIN @extschema@.business_calendar AS b ON b.calendar = h.calendar
ORDER BY p.position, p.plan;
COMMENT ON VIEW support_hours IS
'When each plan''s desk is open: its calendar, or that of the plan in sla_of. Nulls: the plan has no hours.';
COMMENT ON COLUMN support_hours.plan IS 'The plan.';
COMMENT ON COLUMN support_hours.title IS 'Its name for people.';
COMMENT ON COLUMN support_hours.calendar IS 'The calendar that applies.';
COMMENT ON COLUMN support_hours.hours IS 'Its opening hours.';
COMMENT ON COLUMN support_hours.time_zone IS 'Its zone. Null: the customer''s, given with each call.';
COMMENT ON COLUMN support_hours.holidays IS 'Its holiday list. Null: no holidays.';

CREATE FUNCTION sla_targets_at(at timestamptz)
RETURNS TABLE (plan text, priority ticket_priority, metric text,
	target interval, target_days integer, until_close boolean,
	hours business_hours, since timestamptz)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT p.plan, l.priority, m.metric, r.target, r.target_days, r.until_close, b.hours, r.valid_from
	FROM @extschema@.support_plan AS p
	CROSS JOIN unnest(enum_range(NULL::@extschema@.ticket_priority)) AS l (priority)
	CROSS JOIN @extschema@.sla_metric AS m
	LEFT JOIN (
		SELECT DISTINCT ON (c.plan, t.priority, t.metric) c.plan, t.priority, t.metric,
			t.plan AS supplier, t.target, t.target_days, t.until_close, t.valid_from, t.calendar
		FROM @extschema@.support_plan_chain AS c
		JOIN @extschema@.sla_target_rule AS t ON t.plan = c.supplier
		WHERE t.valid_from <= sla_targets_at.at
		ORDER BY c.plan, t.priority, t.metric, c.step, t.valid_from DESC) AS r
		ON r.plan = p.plan AND r.priority = l.priority AND r.metric = m.metric
	LEFT JOIN @extschema@.support_hours AS h ON h.plan = r.supplier
	LEFT JOIN @extschema@.business_calendar AS b
		ON b.calendar = COALESCE(r.calendar, h.calendar)
	WHERE m.metric = 'first_response' OR r.plan IS NOT NULL
	ORDER BY p.position, p.plan, l.priority, m.position, m.metric;
END;
COMMENT ON FUNCTION sla_targets_at(timestamptz) IS
'Targets in force at an instant, which are those that count for tickets opened then: plan, priority, metric, target in business time, or target_days in business days and whether they last to the end of the last of them (both null: none), the hours in which it counts, and the instant from which the row is in force. Every plan is listed, with the targets that sla_of supplies. There is a row for the first response of each priority, and for every other metric that has a target row. For a null instant, plans without targets.';

CREATE VIEW sla_target_list (plan, priority, metric, target, target_days, until_close, hours, since) AS
SELECT t.plan, t.priority, t.metric, t.target, t.target_days, t.until_close, t.hours, t.since
FROM @extschema@.sla_targets_at(now()) AS t;
COMMENT ON VIEW sla_target_list IS
'Targets of every plan in force now, with those that sla_of supplies. There is a row for the first response of each priority, and for every other metric that has a target row.';
COMMENT ON COLUMN sla_target_list.plan IS 'The plan.';
COMMENT ON COLUMN sla_target_list.priority IS 'Priority of the ticket.';
COMMENT ON COLUMN sla_target_list.metric IS 'What is measured, by its name in sla_metric.';
COMMENT ON COLUMN sla_target_list.target IS 'Business time allowed. Null: no target, or one in business days.';
COMMENT ON COLUMN sla_target_list.target_days IS 'Business days allowed. Null: no target, or one in business time.';
COMMENT ON COLUMN sla_target_list.until_close IS 'Whether these last to the end of the hours of the last of them. Null: the plan has no row.';
COMMENT ON COLUMN sla_target_list.hours IS 'Hours in which it counts: those of the target''s calendar, or else of the plan that supplied the target.';
COMMENT ON COLUMN sla_target_list.since IS 'Instant from which it has been in force. Null: the plan has no row.';

CREATE VIEW plan_feature_list (plan, category, feature, included, detail) AS
SELECT p.plan, f.category, f.feature, d.included, d.detail
FROM @extschema@.support_plan AS p
CROSS JOIN (
	SELECT x.category, x.feature, min(x.position) AS position
	FROM @extschema@.support_plan_feature AS x
	GROUP BY x.category, x.feature) AS f
LEFT JOIN @extschema@.support_plan_feature AS d
	ON d.category = f.category AND d.feature = f.feature AND d.plan = p.plan
ORDER BY p.position, p.plan, f.position, f.category, f.feature;
COMMENT ON VIEW plan_feature_list IS
'Every plan with every feature. Nulls: the policy does not say.';
COMMENT ON COLUMN plan_feature_list.plan IS 'The plan.';
COMMENT ON COLUMN plan_feature_list.category IS 'Group of features.';
COMMENT ON COLUMN plan_feature_list.feature IS 'The feature.';
COMMENT ON COLUMN plan_feature_list.included IS 'Whether the plan includes it. Null: not known.';
COMMENT ON COLUMN plan_feature_list.detail IS 'Details in words.';

CREATE VIEW plan_feature_matrix (category, feature, community, trial, standard, premium) AS
SELECT f.category, f.feature,
	max(f.cell) FILTER (WHERE f.plan = 'community'),
	max(f.cell) FILTER (WHERE f.plan = 'trial'),
	max(f.cell) FILTER (WHERE f.plan = 'standard'),
	max(f.cell) FILTER (WHERE f.plan = 'premium')
FROM (
	SELECT x.category, x.feature, x.plan, x.position,
		COALESCE(x.detail, CASE WHEN x.included THEN 'yes'
			WHEN NOT x.included THEN 'no' END) AS cell
	FROM @extschema@.support_plan_feature AS x) AS f
GROUP BY f.category, f.feature
ORDER BY min(f.position), f.category, f.feature;
COMMENT ON VIEW plan_feature_matrix IS
'What the four shipped plans include: the detail where there is one, else yes or no. Null: not known. plan_feature_list has every plan.';
COMMENT ON COLUMN plan_feature_matrix.category IS 'Group of features.';
COMMENT ON COLUMN plan_feature_matrix.feature IS 'The feature.';
COMMENT ON COLUMN plan_feature_matrix.community IS 'What the plan community includes.';
COMMENT ON COLUMN plan_feature_matrix.trial IS 'What the plan trial includes.';
COMMENT ON COLUMN plan_feature_matrix.standard IS 'What the plan standard includes.';
COMMENT ON COLUMN plan_feature_matrix.premium IS 'What the plan premium includes.';

GRANT SELECT ON priority_matrix, support_plan_chain, support_hours,
	sla_target_list, plan_feature_list, plan_feature_matrix TO PUBLIC;
