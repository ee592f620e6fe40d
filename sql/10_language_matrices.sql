-- The matrices of the policy in a language.

CREATE FUNCTION priority_matrix(locale text)
RETURNS TABLE (urgency text, high_impact ticket_priority, medium_impact ticket_priority,
	low_impact ticket_priority)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
	SELECT @extschema@.ticket_label(m.urgency, priority_matrix.locale),
		m.high_impact, m.medium_impact, m.low_impact
	FROM @extschema@.priority_matrix AS m
	WHERE priority_matrix.locale IS NOT NULL
	ORDER BY m.urgency DESC;
END;
COMMENT ON FUNCTION priority_matrix(text) IS
'The view priority_matrix with the urgency in a language. No rows if the locale is null. Error: unknown locale (invalid_parameter_value).';

CREATE FUNCTION priority_level(locale text)
RETURNS TABLE (priority ticket_priority, title text, description text, example text)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
	SELECT l.priority, @extschema@.ticket_label(l.priority, priority_level.locale),
		@extschema@.ticket_label('description', l.priority::text, priority_level.locale),
		@extschema@.ticket_label('example', l.priority::text, priority_level.locale)
	FROM unnest(enum_range(NULL::@extschema@.ticket_priority)) AS l (priority)
	WHERE priority_level.locale IS NOT NULL
	ORDER BY l.priority;
END;
COMMENT ON FUNCTION priority_level(text) IS
'What the priorities mean, in a language. No rows if the locale is null. Error: unknown locale (invalid_parameter_value).';

CREATE VIEW priority_level (priority, title, description, example) AS
SELECT l.priority, l.title, l.description, l.example
FROM @extschema@.priority_level('en') AS l;
COMMENT ON VIEW priority_level IS
'What the priorities mean, in English.';
COMMENT ON COLUMN priority_level.priority IS 'The priority; P1 is the most urgent.';
COMMENT ON COLUMN priority_level.title IS 'The impact in a word.';
COMMENT ON COLUMN priority_level.description IS 'What has happened.';
COMMENT ON COLUMN priority_level.example IS 'An example.';
GRANT SELECT ON priority_level TO PUBLIC;

CREATE VIEW sla_target_matrix (priority, community, trial, standard, premium) AS
SELECT l.priority,
	max(t.target) FILTER (WHERE t.plan = 'community'),
	max(t.target) FILTER (WHERE t.plan = 'trial'),
	max(t.target) FILTER (WHERE t.plan = 'standard'),
	max(t.target) FILTER (WHERE t.plan = 'premium')
FROM unnest(enum_range(NULL::@extschema@.ticket_priority)) AS l (priority)
LEFT JOIN (
	SELECT x.plan, x.priority,
		COALESCE(x.target::text, @extschema@.format_business_days(x.target_days, 'en', 'long', x.until_close)) AS target
	FROM @extschema@.sla_target_list AS x
	WHERE x.metric = 'first_response') AS t ON t.priority = l.priority
GROUP BY l.priority
ORDER BY l.priority;
COMMENT ON VIEW sla_target_matrix IS
'Targets of the first response in force now, for the four shipped plans: business time, such as 03:00:00, or business days, in English. Null: no target, or the plan has been removed. sla_target_list has every plan.';
COMMENT ON COLUMN sla_target_matrix.priority IS 'Priority of the ticket.';
COMMENT ON COLUMN sla_target_matrix.community IS 'Target of the plan community.';
COMMENT ON COLUMN sla_target_matrix.trial IS 'Target of the plan trial.';
COMMENT ON COLUMN sla_target_matrix.standard IS 'Target of the plan standard.';
COMMENT ON COLUMN sla_target_matrix.premium IS 'Target of the plan premium.';
GRANT SELECT ON sla_target_matrix TO PUBLIC;

CREATE FUNCTION sla_target_matrix(locale text)
RETURNS TABLE (priority ticket_priority, community text, trial text, standard text, premium text)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 4
BEGIN ATOMIC
	SELECT l.priority,
		max(t.target) FILTER (WHERE t.plan = 'community'),
		max(t.target) FILTER (WHERE t.plan = 'trial'),
		max(t.target) FILTER (WHERE t.plan = 'standard'),
		max(t.target) FILTER (WHERE t.plan = 'premium')
	FROM unnest(enum_range(NULL::@extschema@.ticket_priority)) AS l (priority)
	LEFT JOIN (
		SELECT x.plan, x.priority,
			COALESCE(@extschema@.format_business_time(x.target, sla_target_matrix.locale),
				@extschema@.format_business_days(x.target_days, sla_target_matrix.locale, 'long', x.until_close)) AS target
		FROM @extschema@.sla_target_list AS x
		WHERE x.metric = 'first_response') AS t ON t.priority = l.priority
	WHERE sla_target_matrix.locale IS NOT NULL
	GROUP BY l.priority
	ORDER BY l.priority;
END;
COMMENT ON FUNCTION sla_target_matrix(text) IS
'The view sla_target_matrix with the targets as format_business_time() and format_business_days() write them in a language. No rows if the locale is null. Error: unknown locale (invalid_parameter_value).';

CREATE FUNCTION plan_feature_matrix(locale text)
RETURNS TABLE (category text, feature text, community text, trial text, standard text, premium text)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT @extschema@.ticket_label('category', m.category, plan_feature_matrix.locale),
		@extschema@.ticket_label('feature', m.feature, plan_feature_matrix.locale),
		@extschema@.ticket_label('detail', m.community, plan_feature_matrix.locale),
		@extschema@.ticket_label('detail', m.trial, plan_feature_matrix.locale),
		@extschema@.ticket_label('detail', m.standard, plan_feature_matrix.locale),
		@extschema@.ticket_label('detail', m.premium, plan_feature_matrix.locale)
	FROM @extschema@.plan_feature_matrix AS m
	JOIN (
		SELECT f.category, f.feature, min(f.position) AS position
		FROM @extschema@.support_plan_feature AS f
		GROUP BY f.category, f.feature) AS p ON p.category = m.category AND p.feature = m.feature
	WHERE plan_feature_matrix.locale IS NOT NULL
	ORDER BY p.position, m.category, m.feature;
END;
COMMENT ON FUNCTION plan_feature_matrix(text) IS
'The view plan_feature_matrix with all its words in a language, yes and no included. No rows if the locale is null. Error: unknown locale (invalid_parameter_value).';
