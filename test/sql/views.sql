-- Views: the policy as people read it.
\set ON_ERROR_ROLLBACK on
SET intervalstyle = 'postgres';
SET datestyle = 'ISO';

-- The published matrix, highest urgency first.
SELECT * FROM priority_matrix;

-- What the levels mean.
SELECT * FROM priority_level;

-- First responses of the shipped plans: trial has those of premium, community
-- has none.
SELECT * FROM sla_target_matrix;

-- The same for every plan, with the hours in which they count.
SELECT * FROM sla_target_list;

-- When the desks are open.
SELECT * FROM support_hours;

-- What the plans include; empty where the policy says nothing.
SELECT * FROM plan_feature_matrix;

-- The same for every plan: each plan has every feature.
SELECT plan, count(*), count(included) AS known FROM plan_feature_list GROUP BY plan ORDER BY plan;
SELECT * FROM plan_feature_list WHERE plan = 'premium';
SELECT * FROM plan_feature_list WHERE category = 'support channels' AND plan <> 'premium';

-- Whom a plan asks for what it does not say itself.
SELECT * FROM support_plan_chain ORDER BY plan, step;

-- No line of a view is wider than 100 columns in psql: cells, separators.
SELECT w.view, w.width FROM (
	SELECT 'priority_level' AS view, max(length(title)) + max(length(description)) +
		max(length(example)) + length('priority') + 11 AS width FROM priority_level
	UNION ALL
	SELECT 'plan_feature_matrix', max(length(category)) + max(length(feature)) +
		max(length(community)) + length('trial') + max(length(standard)) +
		max(length(premium)) + 17 FROM plan_feature_matrix) AS w
WHERE w.width > 100;

-- A target in force from some day on: the views show what is in force now.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target, valid_from) VALUES
	('standard', 'P1', '50 minutes', '2020-01-01 00:00+00'),
	('standard', 'P1', '40 minutes', '2024-01-01 00:00+00'),
	('standard', 'P1', '30 minutes', now() + interval '1 day'),
	-- None from then on, though sla_of has one.
	('trial', 'P1', NULL, '2024-01-01 00:00+00'),
	-- The plan's own row counts, not that of sla_of.
	('trial', 'P2', '2 hours', '2024-01-01 00:00+00'),
	-- In force only later: till then that of sla_of.
	('trial', 'P3', '5 hours', now() + interval '1 day');
SELECT * FROM sla_target_matrix;
SET LOCAL timezone = 'UTC';
SELECT * FROM sla_target_list WHERE plan IN ('trial', 'standard');
ROLLBACK;

-- Targets in business days: in words in the matrix, as a number in the list.
BEGIN;
INSERT INTO sla_target_rule (plan, priority, target_days, until_close) VALUES ('standard', 'P2', 0, true), ('standard', 'P3', 1, true),
	('standard', 'P4', 2, false), ('premium', 'P4', 2, true);
SELECT * FROM sla_target_matrix;
SELECT * FROM sla_target_matrix('pl');
SELECT standard FROM sla_target_matrix('de');
SET LOCAL timezone = 'UTC';
SELECT * FROM sla_target_list WHERE plan = 'standard' OR (plan = 'trial' AND priority = 'P4');
SELECT plan, target, target_days, until_close FROM sla_targets_at(now()) WHERE metric = 'first_response' AND priority = 'P4';
ROLLBACK;

-- Hours are those of the row's calendar, else of the plan that supplied the
-- row, else of the plan from which that one takes its hours.
BEGIN;
INSERT INTO business_calendar (calendar, hours) VALUES
	('nights', 'Mo-Su 22:00-06:00'), ('weekend', 'Sa,Su 10:00-14:00');
INSERT INTO support_plan (plan, title, calendar, sla_of, position) VALUES
	('gold', 'Gold', 'nights', 'silver', 5),
	('silver', 'Silver', NULL, 'bronze', 6),
	('bronze', 'Bronze', 'weekend', NULL, 7);
INSERT INTO sla_target_rule (plan, priority, metric, target, calendar) VALUES
	('gold', 'P1', 'first_response', '1 hour', 'always'),
	('gold', 'P2', 'first_response', '2 hours', NULL),
	('silver', 'P3', 'first_response', '3 hours', NULL),
	('bronze', 'P4', 'first_response', '4 hours', NULL),
	('bronze', 'P4', 'resolution', '40 hours', NULL);
INSERT INTO sla_target_rule (plan, priority, target_days) VALUES ('bronze', 'P3', 3);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM support_hours WHERE plan IN ('gold', 'silver', 'bronze');
SELECT * FROM sla_target_list WHERE plan IN ('gold', 'silver', 'bronze');
-- The list agrees with sla_target() and sla_target_days() for every plan,
-- priority and metric.
SELECT count(*) AS compared, count(*) FILTER (WHERE (l.target, l.target_days) IS DISTINCT FROM
	(sla_target(u.priority, p.plan, m.metric), sla_target_days(u.priority, p.plan, m.metric))) AS differ
FROM support_plan p
CROSS JOIN unnest(enum_range(NULL::ticket_priority)) AS u (priority)
CROSS JOIN sla_metric AS m
LEFT JOIN sla_target_list l
	ON l.plan = p.plan AND l.priority = u.priority AND l.metric = m.metric;
-- Its hours are those in which sla_deadline() counts.
SELECT count(*) AS compared, count(*) FILTER (WHERE
	COALESCE(business_time_add('2026-11-20 15:30+01', l.target, l.hours, 'Europe/Warsaw'),
		business_days_add('2026-11-20 15:30+01', l.target_days, l.hours, 'Europe/Warsaw'))
	IS DISTINCT FROM sla_deadline('2026-11-20 15:30+01', l.priority, l.plan,
		'Europe/Warsaw', l.metric)) AS differ
FROM sla_target_list l;
ROLLBACK;

-- Edited features: the detail, or yes and no, or nothing.  Position orders.
BEGIN;
UPDATE support_plan_feature SET detail = '24x7 line' WHERE feature = 'phone' AND plan = 'premium';
INSERT INTO support_plan_feature VALUES
	('support channels', 'chat', 'standard', true, NULL, 205),
	('support channels', 'chat', 'trial', NULL, NULL, 205);
SELECT * FROM plan_feature_matrix WHERE category = 'support channels';
ROLLBACK;

-- A plan that the owner removed leaves its column empty.
BEGIN;
UPDATE support_plan SET title = 'Gone' WHERE plan = 'trial';
UPDATE support_plan_feature SET included = false WHERE plan = 'trial';
DELETE FROM support_plan_feature WHERE plan = 'trial';
DELETE FROM support_plan WHERE plan = 'trial';
SET CONSTRAINTS ALL IMMEDIATE;
SELECT * FROM sla_target_matrix;
SELECT * FROM plan_feature_matrix WHERE category LIKE 'support%';
SELECT DISTINCT plan FROM sla_target_list ORDER BY plan;
ROLLBACK;

-- A circle of plans, which can only come in past the checks, ends the lists.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE support_plan SET sla_of = 'trial' WHERE plan = 'premium';
SELECT * FROM support_plan_chain WHERE plan IN ('trial', 'premium') ORDER BY plan, step;
SELECT * FROM support_hours WHERE plan IN ('trial', 'premium');
ROLLBACK;

-- Everyone reads the views.
CREATE ROLE regress_tp_viewer;
SET ROLE regress_tp_viewer;
SELECT count(*) FROM priority_matrix;
SELECT count(*) FROM priority_level;
SELECT count(*) FROM sla_target_matrix;
SELECT count(*) FROM sla_target_list;
SELECT count(*) FROM plan_feature_matrix;
SELECT count(*) FROM plan_feature_list;
SELECT count(*) FROM support_hours;
SELECT count(*) FROM support_plan_chain;
RESET ROLE;
DROP ROLE regress_tp_viewer;
