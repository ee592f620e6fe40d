-- The configuration tables: holidays, calendars, plans, metrics, targets, and
-- what a plan offers.
--
-- Rows that the extension ships have builtin = true and are not dumped.  The
-- owner's rows have builtin = false; they are dumped, and restored over the
-- shipped ones.  The triggers below ensure this, whatever is written.

-- Trigger functions ------------------------------------------------------

CREATE FUNCTION _sla_policy_changed() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_policy_changed';
COMMENT ON FUNCTION _sla_policy_changed() IS
'Trigger function of the configuration tables: makes every session read the changed policy.';

CREATE FUNCTION _sla_policy_keep() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_policy_keep';
COMMENT ON FUNCTION _sla_policy_keep() IS
'Trigger function of the configuration tables: makes a row that is written the owner''s own instead of a shipped one; an insert with the key of a shipped row edits that row.';

CREATE FUNCTION _sla_policy_guard() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_policy_guard';
COMMENT ON FUNCTION _sla_policy_guard() IS
'Trigger function of the configuration tables: refuses to delete a shipped row or to change its key. The trigger''s argument is the hint to give. Error: restrict_violation.';

CREATE FUNCTION _sla_calendar_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'business_calendar_check';
COMMENT ON FUNCTION _sla_calendar_check() IS
'Trigger function of business_calendar: the hours of a calendar with a holiday list must have a PH rule. Error: check_violation.';

CREATE FUNCTION _sla_holiday_rule_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'business_holiday_rule_check';
COMMENT ON FUNCTION _sla_holiday_rule_check() IS
'Trigger function of business_holiday_rule: the text of the rule must parse. Errors: invalid_text_representation, with the position and what was expected there; feature_not_supported; program_limit_exceeded.';

CREATE FUNCTION _sla_target_rule_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_target_rule_check';
COMMENT ON FUNCTION _sla_target_rule_check() IS
'Trigger function of sla_target_rule: a target must be an amount of business time above zero, or business days above zero, or none with until_close. Errors: check_violation for less; invalid_parameter_value for months, years and infinity.';

CREATE FUNCTION _sla_target_rule_notice() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'sla_target_rule_notice';
COMMENT ON FUNCTION _sla_target_rule_notice() IS
'Trigger function of sla_target_rule: a notice for a target that has days, in hours that are not round the clock, as each of those days counts as 24 hours. None while the extension''s owner has check_function_bodies off, as it is when a dump is restored.';

CREATE FUNCTION _sla_plan_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_plan_check';
COMMENT ON FUNCTION _sla_plan_check() IS
'Constraint trigger function of support_plan: no plan may take its targets from itself, not even through others. Error: check_violation. Nothing is checked while the extension''s owner has check_function_bodies off, as it is when a dump is restored.';

CREATE FUNCTION _sla_holiday_list_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'business_holiday_list_check';
COMMENT ON FUNCTION _sla_holiday_list_check() IS
'Constraint trigger function of business_holiday_list: no list may include itself, not even through others. Error: check_violation. Nothing is checked while the extension''s owner has check_function_bodies off, as it is when a dump is restored.';

CREATE FUNCTION _sla_policy_refers() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_policy_refers';
COMMENT ON FUNCTION _sla_policy_refers() IS
'Constraint trigger function of the configuration tables: a plan, metric, calendar or holiday list that a row names must exist. The trigger''s arguments are the column, the table to which it refers, the column there, and what the first column has: a name, names joined by +, or an array of names. Error: foreign_key_violation. Nothing is checked while the extension''s owner has check_function_bodies off, as it is when a dump is restored.';

CREATE FUNCTION _sla_policy_referred() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_policy_referred';
COMMENT ON FUNCTION _sla_policy_referred() IS
'Constraint trigger function of the configuration tables: a plan, metric, calendar or holiday list that rows name must stay. The trigger''s arguments are the column to which others refer, then a table, a column and what that has for each of those. Error: foreign_key_violation. Nothing is checked while the extension''s owner has check_function_bodies off, as it is when a dump is restored.';

-- business_holiday_list --------------------------------------------------

CREATE TABLE business_holiday_list (
	holidays text PRIMARY KEY
		CONSTRAINT business_holiday_list_no_plus CHECK (pg_catalog.strpos(holidays, '+') = 0),
	title text NOT NULL,
	known_from date CHECK (pg_catalog.isfinite(known_from)),
	known_until date CHECK (pg_catalog.isfinite(known_until)),
	includes text[] NOT NULL DEFAULT '{}'
		CONSTRAINT business_holiday_list_no_null CHECK (pg_catalog.array_position(includes, NULL) IS NULL),
	CONSTRAINT business_holiday_list_order CHECK (known_from <= known_until),
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE business_holiday_list IS
'Lists of holidays; their days are in business_holiday and business_holiday_rule. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN business_holiday_list.holidays IS
'Name of the list, without +; calendars refer to it, also to several lists together as in office+PL.';
COMMENT ON COLUMN business_holiday_list.title IS
'Name of the list for people.';
COMMENT ON COLUMN business_holiday_list.known_from IS
'First date for which its own days are known; an answer about an earlier date comes with a warning. Null: no beginning.';
COMMENT ON COLUMN business_holiday_list.known_until IS
'Last date for which its own days are known, because later ones are not announced yet; an answer about a later date comes with a warning. Null: no end.';
COMMENT ON COLUMN business_holiday_list.includes IS
'Lists whose days belong to this one too, with all that they include. Where they disagree on a day, its own rows and rules go before included ones, and what is included by a list on the left before one on the right.';
COMMENT ON COLUMN business_holiday_list.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- business_holiday -------------------------------------------------------

CREATE TABLE business_holiday (
	holidays text NOT NULL,
	day date NOT NULL CHECK (pg_catalog.isfinite(day)),
	name text,
	hours @extschema@.business_hours,
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (holidays, day)
);
COMMENT ON TABLE business_holiday IS
'Single days of a holiday list: holidays, and days with other hours. A row for a day takes precedence over the list''s rules. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN business_holiday.holidays IS
'List to which the day belongs.';
COMMENT ON COLUMN business_holiday.day IS
'The day, as a local date of the calendar that uses the list.';
COMMENT ON COLUMN business_holiday.name IS
'What day it is, for people. Null: it has no name.';
COMMENT ON COLUMN business_holiday.hours IS
'Null: the day is a holiday, which PH in a calendar''s hours selects. Otherwise it is not a holiday, and a calendar with PH is open on it as these hours say for that date, whatever its own hours say: 09:00-13:00 for a half day, off for a closed day.';
COMMENT ON COLUMN business_holiday.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- business_holiday_rule --------------------------------------------------

CREATE TABLE business_holiday_rule (
	holidays text NOT NULL,
	rule text NOT NULL,
	name text,
	hours @extschema@.business_hours,
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (holidays, rule)
);
COMMENT ON TABLE business_holiday_rule IS
'Recurring holidays of a list, and recurring days with other hours. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN business_holiday_rule.holidays IS
'List to which the rule belongs.';
COMMENT ON COLUMN business_holiday_rule.rule IS
'When the holiday is, such as 05-03, easter 60, 3rd monday in January, 12-24 since 2025; -1 day for the day before each holiday of the list.';
COMMENT ON COLUMN business_holiday_rule.name IS
'What day it is, for people. Null: it has no name.';
COMMENT ON COLUMN business_holiday_rule.hours IS
'Null: the days are holidays, which PH in a calendar''s hours selects. Otherwise a calendar with PH is open on them as these hours say, whatever its own hours say: 08:00-12:00 for half a day, Mo-Fr 08:00-12:00 for half a day from Monday to Friday and none at the weekend. A day that is a holiday by another rule, or has a row of business_holiday, stays what that says.';
COMMENT ON COLUMN business_holiday_rule.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- business_calendar ------------------------------------------------------

CREATE TABLE business_calendar (
	calendar text PRIMARY KEY,
	hours @extschema@.business_hours NOT NULL,
	-- is_business_time() is true over '24/7' and raises the error that names
	-- the zone when it is not known.
	time_zone text CHECK (time_zone IS NULL OR
		@extschema@.is_business_time('2000-01-01 00:00:00+00'::pg_catalog.timestamptz,
			'24/7'::@extschema@.business_hours, time_zone)),
	holidays text,
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE business_calendar IS
'Named calendars: when a desk is open. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN business_calendar.calendar IS
'Name of the calendar; plans and targets refer to it.';
COMMENT ON COLUMN business_calendar.hours IS
'Opening hours, such as Mo-Fr 08:00-17:00; PH off.';
COMMENT ON COLUMN business_calendar.time_zone IS
'Zone of the wall clock to which the hours refer: a name in pg_timezone_names or a fixed offset such as +05:30. Null: each call gives the customer''s.';
COMMENT ON COLUMN business_calendar.holidays IS
'Name of the holiday list whose days PH in the hours selects, or of several as in office+PL, of which the first that says something of a day counts; the hours must then have a PH rule. Null: no holidays.';
COMMENT ON COLUMN business_calendar.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- support_plan -----------------------------------------------------------

CREATE TABLE support_plan (
	plan text PRIMARY KEY,
	title text NOT NULL,
	calendar text,
	sla_of text,
	successor text,
	position integer NOT NULL DEFAULT 100,
	description text,
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE support_plan IS
'Support plans. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN support_plan.plan IS
'Name of the plan, as it is written in tickets.';
COMMENT ON COLUMN support_plan.title IS
'Name of the plan for people.';
COMMENT ON COLUMN support_plan.calendar IS
'Calendar in which its targets count, by name. Null: that of the plan in sla_of.';
COMMENT ON COLUMN support_plan.sla_of IS
'Plan whose targets and hours apply where this one has none of its own. Null: there is none.';
COMMENT ON COLUMN support_plan.successor IS
'Plan that follows when this one ends. Null: none is set.';
COMMENT ON COLUMN support_plan.position IS
'Order in lists; the lowest comes first.';
COMMENT ON COLUMN support_plan.description IS
'What the plan is, in a sentence.';
COMMENT ON COLUMN support_plan.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- sla_metric -------------------------------------------------------------

CREATE TABLE sla_metric (
	metric text PRIMARY KEY
		CONSTRAINT sla_metric_not_blank CHECK (metric OPERATOR(pg_catalog.~) '[^[:space:]]'),
	title text NOT NULL,
	position integer NOT NULL DEFAULT 100,
	builtin boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE sla_metric IS
'What targets are for: what a clock measures. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN sla_metric.metric IS
'Name of the metric, such as first_response or ola network; targets refer to it.';
COMMENT ON COLUMN sla_metric.title IS
'Name of the metric for people.';
COMMENT ON COLUMN sla_metric.position IS
'Order in lists; the lowest comes first.';
COMMENT ON COLUMN sla_metric.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- sla_target_rule --------------------------------------------------------

CREATE TABLE sla_target_rule (
	plan text NOT NULL,
	priority @extschema@.ticket_priority NOT NULL,
	metric text NOT NULL DEFAULT 'first_response',
	valid_from timestamptz NOT NULL DEFAULT '-infinity',
	target interval,
	target_days integer,
	until_close boolean NOT NULL DEFAULT false,
	calendar text,
	at_risk numeric NOT NULL DEFAULT 0.75
		CHECK (at_risk > 0 AND at_risk <= 1),
	goal numeric CHECK (goal >= 0 AND goal <= 1),
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (plan, priority, metric, valid_from),
	CONSTRAINT sla_target_rule_target_or_days CHECK (target IS NULL OR target_days IS NULL),
	CONSTRAINT sla_target_rule_close_of_days CHECK (target_days IS NOT NULL OR NOT until_close)
);
COMMENT ON TABLE sla_target_rule IS
'Targets of each plan, priority and metric. The row that was in force when the ticket was opened counts: the latest valid_from that is not later. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN sla_target_rule.plan IS
'Plan that has the target.';
COMMENT ON COLUMN sla_target_rule.priority IS
'Priority of the tickets.';
COMMENT ON COLUMN sla_target_rule.metric IS
'What is measured, by its name in sla_metric; the shipped rows are first responses.';
COMMENT ON COLUMN sla_target_rule.valid_from IS
'Instant from which the row is in force, that instant included. Shipped rows: -infinity.';
COMMENT ON COLUMN sla_target_rule.target IS
'Business time allowed; a day counts as 24 hours; months, years, zero and less are refused. Null: target_days counts; both null: no target from then on.';
COMMENT ON COLUMN sla_target_rule.target_days IS
'Business days allowed, as business_days_add() counts them: 1 is the same time on the next business day. Above zero; zero with until_close only. Null: target counts.';
COMMENT ON COLUMN sla_target_rule.until_close IS
'Whether target_days last to the end of the hours of the last of them: with 1 to the end of the next business day, with 0 to that of the day of the start. If the desk is closed at the start, that day is the one of the next opening.';
COMMENT ON COLUMN sla_target_rule.calendar IS
'Calendar in which this target counts. Null: that of the plan.';
COMMENT ON COLUMN sla_target_rule.at_risk IS
'Share of the target, above 0 and up to 1, after which a ticket is at risk.';
COMMENT ON COLUMN sla_target_rule.goal IS
'Share of tickets, 0 to 1, that should meet the target; for reports. Null: none is set.';
COMMENT ON COLUMN sla_target_rule.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- support_priority_rule --------------------------------------------------

CREATE TABLE support_priority_rule (
	plan text NOT NULL,
	urgency @extschema@.ticket_urgency NOT NULL,
	impact @extschema@.ticket_impact NOT NULL,
	priority @extschema@.ticket_priority NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (plan, urgency, impact)
);
COMMENT ON TABLE support_priority_rule IS
'Where a plan''s priorities differ from the published matrix, which is assign_priority(). Ships empty. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN support_priority_rule.plan IS
'Plan to which the row applies.';
COMMENT ON COLUMN support_priority_rule.urgency IS
'Urgency of the ticket.';
COMMENT ON COLUMN support_priority_rule.impact IS
'Impact of the ticket.';
COMMENT ON COLUMN support_priority_rule.priority IS
'Priority that such a ticket gets.';
COMMENT ON COLUMN support_priority_rule.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- support_plan_feature ---------------------------------------------------

CREATE TABLE support_plan_feature (
	category text NOT NULL,
	feature text NOT NULL,
	plan text NOT NULL,
	included boolean,
	detail text,
	position integer NOT NULL,
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (category, feature, plan)
);
COMMENT ON TABLE support_plan_feature IS
'What each plan includes. No row: the policy does not say. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN support_plan_feature.category IS
'Group of features, such as support channels.';
COMMENT ON COLUMN support_plan_feature.feature IS
'The feature, such as phone.';
COMMENT ON COLUMN support_plan_feature.plan IS
'Plan that the row is about.';
COMMENT ON COLUMN support_plan_feature.included IS
'Whether the plan includes it. Null: not known.';
COMMENT ON COLUMN support_plan_feature.detail IS
'Details in words, shown instead of yes or no.';
COMMENT ON COLUMN support_plan_feature.position IS
'Order of the feature in lists; the lowest comes first. Shipped rows leave gaps.';
COMMENT ON COLUMN support_plan_feature.builtin IS
'True for a row as the extension ships it; writing the row makes it false.';

-- Triggers ---------------------------------------------------------------

-- Before a row is written, in the order of their names: changing, check, guard,
-- keep.  The triggers on which restore, COPY and logical replication depend are
-- ENABLE ALWAYS.

CREATE TRIGGER support_policy_check BEFORE INSERT OR UPDATE ON business_holiday_rule
	FOR EACH ROW EXECUTE FUNCTION _sla_holiday_rule_check();
CREATE TRIGGER support_policy_check BEFORE INSERT OR UPDATE ON business_calendar
	FOR EACH ROW EXECUTE FUNCTION _sla_calendar_check();
CREATE TRIGGER support_policy_check BEFORE INSERT OR UPDATE ON sla_target_rule
	FOR EACH ROW EXECUTE FUNCTION _sla_target_rule_check();
ALTER TABLE business_holiday_rule ENABLE ALWAYS TRIGGER support_policy_check;
ALTER TABLE business_calendar ENABLE ALWAYS TRIGGER support_policy_check;
ALTER TABLE sla_target_rule ENABLE ALWAYS TRIGGER support_policy_check;

CREATE TRIGGER sla_target_rule_notice AFTER INSERT OR UPDATE OF target, calendar ON sla_target_rule
	FOR EACH ROW WHEN (NEW.target IS NOT NULL) EXECUTE FUNCTION _sla_target_rule_notice();

-- In each table, shipped rows are guarded, and what the owner writes becomes
-- his own. The hint says what to do instead of deleting a shipped row.
DO $$
DECLARE
	policy_table name;
	hint text;
BEGIN
	FOR policy_table, hint IN VALUES
		('business_holiday_list', 'Let calendars use another list, or leave it: a list that no calendar names does no harm.'),
		('business_holiday', 'Set business_holiday.hours to when you open on that day, or copy what you want into a list of your own.'),
		('business_holiday_rule', 'Add the days on which you open to business_holiday, with their hours, or copy the rules you want into a list of your own.'),
		('business_calendar', 'Change its hours, or let plans and targets use another calendar.'),
		('support_plan', 'Change its other columns, or leave it: a plan that no ticket bears does no harm.'),
		('sla_metric', 'Change its title or position, or leave it: a metric without targets does no harm.'),
		('sla_target_rule', 'Set sla_target_rule.target to null, or add a row with a later valid_from.'),
		('support_priority_rule', 'Set support_priority_rule.priority to the one you want.'),
		('support_plan_feature', 'Set support_plan_feature.included to false, or to null when it is not known.')
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER support_policy_guard BEFORE UPDATE OR DELETE ON %I
			FOR EACH ROW EXECUTE FUNCTION _sla_policy_guard(%L)', policy_table, hint);
		EXECUTE pg_catalog.format('CREATE TRIGGER support_policy_keep BEFORE INSERT OR UPDATE ON %I
			FOR EACH ROW EXECUTE FUNCTION _sla_policy_keep()', policy_table);
		EXECUTE pg_catalog.format('ALTER TABLE %I ENABLE ALWAYS TRIGGER support_policy_keep', policy_table);
	END LOOP;
END $$;

-- References, checked at commit from both sides. policy_reference.c says why they
-- are not foreign keys.
DO $$
DECLARE
	-- a table and its column, the table to which it refers, the column there, and
	-- what the first column has
	reference text[] := ARRAY[
		['business_holiday', 'holidays', 'business_holiday_list', 'holidays', 'name'],
		['business_holiday_rule', 'holidays', 'business_holiday_list', 'holidays', 'name'],
		['business_holiday_list', 'includes', 'business_holiday_list', 'holidays', 'array of names'],
		['business_calendar', 'holidays', 'business_holiday_list', 'holidays', 'names'],
		['support_plan', 'calendar', 'business_calendar', 'calendar', 'name'],
		['sla_target_rule', 'calendar', 'business_calendar', 'calendar', 'name'],
		['support_plan', 'sla_of', 'support_plan', 'plan', 'name'],
		['support_plan', 'successor', 'support_plan', 'plan', 'name'],
		['sla_target_rule', 'plan', 'support_plan', 'plan', 'name'],
		['sla_target_rule', 'metric', 'sla_metric', 'metric', 'name'],
		['support_priority_rule', 'plan', 'support_plan', 'plan', 'name'],
		['support_plan_feature', 'plan', 'support_plan', 'plan', 'name']];
	one text[];
	target name;
	arguments text;
BEGIN
	FOREACH one SLICE 1 IN ARRAY reference LOOP
		EXECUTE pg_catalog.format('CREATE CONSTRAINT TRIGGER %I AFTER INSERT OR UPDATE ON %I
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _sla_policy_refers(%L, %L, %L, %L)',
			pg_catalog.concat(one[1], '_', one[2], '_refers'), one[1], one[2], one[3], one[4], one[5]);
	END LOOP;
	FOR target, arguments IN
		SELECT reference[i][3],
		       pg_catalog.format('%L, %s', reference[i][4],
		           pg_catalog.string_agg(pg_catalog.format('%L, %L, %L', reference[i][1], reference[i][2], reference[i][5]), ', ' ORDER BY i))
		  FROM pg_catalog.generate_subscripts(reference, 1) AS i
		 GROUP BY reference[i][3], reference[i][4]
	LOOP
		EXECUTE pg_catalog.format('CREATE CONSTRAINT TRIGGER %I AFTER UPDATE OR DELETE ON %I
			DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _sla_policy_referred(%s)',
			pg_catalog.concat(target, '_referred'), target, arguments);
		EXECUTE pg_catalog.format('CREATE TRIGGER %I AFTER TRUNCATE ON %I
			FOR EACH STATEMENT EXECUTE FUNCTION _sla_policy_referred(%s)',
			pg_catalog.concat(target, '_truncated'), target, arguments);
	END LOOP;
END $$;

CREATE CONSTRAINT TRIGGER business_holiday_list_check AFTER INSERT OR UPDATE ON business_holiday_list
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	EXECUTE FUNCTION _sla_holiday_list_check();

CREATE CONSTRAINT TRIGGER support_plan_check AFTER INSERT OR UPDATE ON support_plan
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	EXECUTE FUNCTION _sla_plan_check();

-- Every session is told of changes of the tables that the library reads: before
-- the change, and after it.
DO $$
DECLARE
	policy_table name;
	one name;
	event text;
BEGIN
	FOREACH policy_table IN ARRAY ARRAY['business_holiday_list', 'business_holiday', 'business_holiday_rule',
		'business_calendar', 'support_plan', 'sla_metric', 'sla_target_rule', 'support_priority_rule']
	LOOP
		FOR one, event IN VALUES
			('support_policy_changing', 'BEFORE INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'),
			('support_policy_truncating', 'BEFORE TRUNCATE ON %I FOR EACH STATEMENT'),
			('support_policy_changed', 'AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW'),
			('support_policy_truncated', 'AFTER TRUNCATE ON %I FOR EACH STATEMENT')
		LOOP
			EXECUTE pg_catalog.format('CREATE TRIGGER %I %s EXECUTE FUNCTION _sla_policy_changed()',
				one, pg_catalog.format(event, policy_table));
			EXECUTE pg_catalog.format('ALTER TABLE %I ENABLE ALWAYS TRIGGER %I', policy_table, one);
		END LOOP;
	END LOOP;
END $$;

-- Rights and dumps -------------------------------------------------------

GRANT SELECT ON business_holiday_list, business_holiday, business_holiday_rule,
	business_calendar, support_plan, sla_metric, sla_target_rule,
	support_priority_rule, support_plan_feature TO PUBLIC;

-- The tables of a trusted extension belong to the bootstrap superuser, so its
-- owner needs to be told that he may write them.
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON business_holiday_list,
	business_holiday, business_holiday_rule, business_calendar, support_plan,
	sla_metric, sla_target_rule, support_priority_rule, support_plan_feature TO @extowner@;

DO $$
DECLARE
	policy_table regclass;
BEGIN
	FOREACH policy_table IN ARRAY ARRAY['@extschema@.business_holiday_list', '@extschema@.business_holiday',
		'@extschema@.business_holiday_rule', '@extschema@.business_calendar', '@extschema@.support_plan',
		'@extschema@.sla_metric', '@extschema@.sla_target_rule', '@extschema@.support_priority_rule',
		'@extschema@.support_plan_feature']::pg_catalog.regclass[]
	LOOP
		PERFORM pg_catalog.pg_extension_config_dump(policy_table, 'WHERE NOT builtin');
	END LOOP;
END $$;
