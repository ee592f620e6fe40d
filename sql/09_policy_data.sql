-- The shipped rows: the published support policy.  This part comes last, when
-- every type, function and trigger that the rows need is there.

INSERT INTO business_calendar (calendar, hours, builtin) VALUES
	('standard', 'Mo-Fr 08:00-17:00; PH off', true),
	('always', '24/7', true);

INSERT INTO support_plan
	(plan, title, calendar, sla_of, position, description, builtin) VALUES
	('community', 'Community', NULL, NULL, 1,
	 'E-mail only, best effort, as staff allow; no targets.', true),
	('trial', 'Trial', NULL, 'premium', 2,
	 'Hours and targets of premium while the evaluation lasts.', true),
	('standard', 'Standard', 'standard', NULL, 3,
	 'Support in office hours, in the customer''s local time.', true),
	('premium', 'Premium', 'always', NULL, 4,
	 'Support at every hour of every day.', true);

INSERT INTO sla_metric (metric, title, position, builtin) VALUES
	('first_response', 'first response', 1, true),
	('next_response', 'next response', 2, true),
	('update', 'update', 3, true),
	('resolution', 'resolution', 4, true);

INSERT INTO sla_target_rule (plan, priority, target, builtin) VALUES
	('standard', 'P1', '1 hour', true),
	('standard', 'P2', '3 hours', true),
	('standard', 'P3', '8 hours', true),
	('standard', 'P4', '24 hours', true),
	('premium', 'P1', '15 minutes', true),
	('premium', 'P2', '60 minutes', true),
	('premium', 'P3', '4 hours', true),
	('premium', 'P4', '8 hours', true);

-- Of the trial's features, the policy mentions only the hours. It mentions
-- e-mail only for community.
INSERT INTO support_plan_feature
	(category, feature, plan, included, detail, position, builtin) VALUES
	('support hours', 'hours', 'community', false, 'none', 110, true),
	('support hours', 'hours', 'trial', true, '24x7', 110, true),
	('support hours', 'hours', 'standard', true, 'Mo-Fr 08:00-17:00', 110, true),
	('support hours', 'hours', 'premium', true, '24x7x365', 110, true),
	('support channels', 'phone', 'community', false, NULL, 210, true),
	('support channels', 'phone', 'standard', true, NULL, 210, true),
	('support channels', 'phone', 'premium', true, NULL, 210, true),
	('support channels', 'web', 'community', false, NULL, 220, true),
	('support channels', 'web', 'standard', true, NULL, 220, true),
	('support channels', 'web', 'premium', true, NULL, 220, true),
	('support channels', 'e-mail', 'community', true, 'best effort', 230, true),
	('support channels', 'account manager', 'community', false, NULL, 240, true),
	('support channels', 'account manager', 'standard', false, NULL, 240, true),
	('support channels', 'account manager', 'premium', true, NULL, 240, true),
	('training and onboarding', 'training', 'standard', true, 'recorded', 310, true),
	('training and onboarding', 'training', 'premium', true, 'tailored', 310, true),
	('training and onboarding', 'onboarding', 'standard', true, 'self-help', 320, true),
	('training and onboarding', 'onboarding', 'premium', true, 'assisted', 320, true);

-- Features that standard and premium share.
INSERT INTO support_plan_feature
	(category, feature, plan, included, position, builtin)
SELECT f.category, f.feature, p.plan, true, f.position, true
FROM (VALUES
	('product availability', 'minor enhancements', 410),
	('product availability', 'major enhancements', 420),
	('product availability', 'patches', 430),
	('ticket management', 'coaching', 510),
	('ticket management', 'historical records', 520),
	('self-service resources', 'first-steps guides', 610),
	('self-service resources', 'first-steps videos', 620),
	('self-service resources', 'blog', 630),
	('self-service resources', 'documentation', 640),
	('self-service resources', 'API documentation', 650),
	('self-service resources', 'global search', 660))
	AS f (category, feature, position),
	(VALUES ('standard'), ('premium')) AS p (plan);

-- Check the rows now, so that nothing stays pending on the tables: a session
-- may drop the extension in the transaction that created it.
SET CONSTRAINTS
	@extschema@.business_holiday_holidays_refers, @extschema@.business_holiday_rule_holidays_refers,
	@extschema@.business_calendar_holidays_refers,
	@extschema@.support_plan_calendar_refers, @extschema@.support_plan_sla_of_refers,
	@extschema@.support_plan_successor_refers, @extschema@.sla_target_rule_plan_refers,
	@extschema@.sla_target_rule_metric_refers, @extschema@.sla_target_rule_calendar_refers,
	@extschema@.support_priority_rule_plan_refers, @extschema@.support_plan_feature_plan_refers,
	@extschema@.support_plan_check
	IMMEDIATE;
SET CONSTRAINTS
	@extschema@.business_holiday_holidays_refers, @extschema@.business_holiday_rule_holidays_refers,
	@extschema@.business_calendar_holidays_refers,
	@extschema@.support_plan_calendar_refers, @extschema@.support_plan_sla_of_refers,
	@extschema@.support_plan_successor_refers, @extschema@.sla_target_rule_plan_refers,
	@extschema@.sla_target_rule_metric_refers, @extschema@.sla_target_rule_calendar_refers,
	@extschema@.support_priority_rule_plan_refers, @extschema@.support_plan_feature_plan_refers,
	@extschema@.support_plan_check
	DEFERRED;
