-- The words for the values of the policy in a language: the library's, and the
-- owner's own.

CREATE FUNCTION _sla_translation_check() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'support_translation_check';
COMMENT ON FUNCTION _sla_translation_check() IS
'Trigger function of support_translation: kind and key are known ones, the text is not empty and is a pattern where one is needed, accepted words are words; the locale is stored in its canonical form. Errors: invalid_parameter_value for an unknown locale, kind or key; check_violation.';

CREATE TABLE support_translation (
	locale text NOT NULL,
	kind text NOT NULL,
	key text NOT NULL,
	text text NOT NULL,
	accepted text[],
	PRIMARY KEY (locale, kind, key)
);
COMMENT ON TABLE support_translation IS
'The owner''s own texts, which win over those of the library. Ships empty: the library''s texts are no rows. Readable by all, written by the extension''s owner.';
COMMENT ON COLUMN support_translation.locale IS
'Language, as a BCP 47 tag such as pl or pt-AO; stored in canonical form, without extensions.';
COMMENT ON COLUMN support_translation.kind IS
'What the text names: a kind of ticket_label().';
COMMENT ON COLUMN support_translation.key IS
'Which one: a value, a name, or a form such as hour.few.';
COMMENT ON COLUMN support_translation.text IS
'The text. In the kinds duration and hours, {0} stands for the number or the time.';
COMMENT ON COLUMN support_translation.accepted IS
'Other words that parse_urgency(), parse_impact() and parse_priority() read as this; the text itself is read, too. Null: none.';

CREATE TRIGGER support_policy_check BEFORE INSERT OR UPDATE ON support_translation
	FOR EACH ROW EXECUTE FUNCTION _sla_translation_check();
CREATE TRIGGER support_policy_changing BEFORE INSERT OR UPDATE OR DELETE ON support_translation
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_changed();
CREATE TRIGGER support_policy_truncating BEFORE TRUNCATE ON support_translation
	FOR EACH STATEMENT EXECUTE FUNCTION _sla_policy_changed();
CREATE TRIGGER support_policy_changed AFTER INSERT OR UPDATE OR DELETE ON support_translation
	FOR EACH ROW EXECUTE FUNCTION _sla_policy_changed();
CREATE TRIGGER support_policy_truncated AFTER TRUNCATE ON support_translation
	FOR EACH STATEMENT EXECUTE FUNCTION _sla_policy_changed();
ALTER TABLE support_translation
	ENABLE ALWAYS TRIGGER support_policy_check,
	ENABLE ALWAYS TRIGGER support_policy_changing,
	ENABLE ALWAYS TRIGGER support_policy_truncating,
	ENABLE ALWAYS TRIGGER support_policy_changed,
	ENABLE ALWAYS TRIGGER support_policy_truncated;

GRANT SELECT ON support_translation TO PUBLIC;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON support_translation TO @extowner@;
SELECT pg_catalog.pg_extension_config_dump('@extschema@.support_translation', '');

CREATE FUNCTION ticket_label(kind text, key text, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label(text, text, text) IS
'The word for a value of the policy in a language. Kinds: urgency, impact, priority (its title), description and example (of a priority), plan, metric, status, category, feature, detail, duration and hours (patterns). Looked up along the locale''s CLDR parents, the owner''s texts (support_translation) first, then in English; a plan, metric, category, feature or detail without a text is the title of the plan or metric, else the key. Null if an argument is null, or for a plural form that neither the language nor English has. Errors: unknown locale, kind, or key of another kind (invalid_parameter_value); a text that the database''s encoding cannot hold (untranslatable_character).';

CREATE FUNCTION ticket_label(value ticket_urgency, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label_urgency'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label(ticket_urgency, text) IS
'The word for an urgency, as ticket_label(''urgency'', value, locale).';

CREATE FUNCTION ticket_label(value ticket_impact, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label_impact'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label(ticket_impact, text) IS
'The word for an impact, as ticket_label(''impact'', value, locale).';

CREATE FUNCTION ticket_label(value ticket_priority, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label_priority'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label(ticket_priority, text) IS
'The title of a priority, as ticket_label(''priority'', value, locale).';

CREATE FUNCTION ticket_label(value sla_status, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label_status'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label(sla_status, text) IS
'The word for a status, as ticket_label(''status'', value, locale).';

CREATE FUNCTION ticket_label_source(kind text, key text, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_label_source'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ticket_label_source(text, text, text) IS
'Where ticket_label() has a word from: own (support_translation), shipped (the library), or english, which is also said of a key that nobody translated. Null and errors as ticket_label.';

CREATE FUNCTION ticket_label_keys(locale text)
RETURNS TABLE (kind text, key text, english_key text, "position" integer)
AS 'MODULE_PATHNAME', 'ticket_label_keys'
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 120;
COMMENT ON FUNCTION ticket_label_keys(text) IS
'The kinds and keys for which the library has words, with the plural forms that the locale has; english_key is the key whose English word means the same. No rows if the locale is null. Error: unknown locale (invalid_parameter_value).';

CREATE FUNCTION ticket_translations(locale text)
RETURNS TABLE (kind text, key text, english text, text text, source text)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 150
BEGIN ATOMIC
	SELECT k.kind, k.key,
		@extschema@.ticket_label(k.kind, k.english_key, 'en'),
		COALESCE(@extschema@.ticket_label(k.kind, k.key, ticket_translations.locale),
			@extschema@.ticket_label(k.kind, k.english_key, 'en')),
		@extschema@.ticket_label_source(k.kind, k.key, ticket_translations.locale)
	FROM (
		SELECT DISTINCT ON (a.kind, a.key) a.kind, a.key, a.english_key, a.position
		FROM (
			SELECT l.kind, l.key, l.english_key, l.position
			FROM @extschema@.ticket_label_keys(ticket_translations.locale) AS l
			UNION ALL
			SELECT o.kind, o.key, o.key, NULL
			FROM (
				SELECT 'plan', p.plan FROM @extschema@.support_plan AS p
				UNION SELECT 'metric', m.metric FROM @extschema@.sla_metric AS m
				UNION SELECT 'category', f.category FROM @extschema@.support_plan_feature AS f
				UNION SELECT 'feature', f.feature FROM @extschema@.support_plan_feature AS f
				UNION SELECT 'detail', f.detail FROM @extschema@.support_plan_feature AS f
				WHERE f.detail IS NOT NULL
				UNION SELECT t.kind, t.key FROM @extschema@.support_translation AS t
				WHERE t.kind IN ('plan', 'metric', 'category', 'feature', 'detail')) AS o (kind, key)
			WHERE ticket_translations.locale IS NOT NULL) AS a
		ORDER BY a.kind, a.key, a.position) AS k
	ORDER BY min(k.position) OVER (PARTITION BY k.kind), k.position, k.key COLLATE "C";
END;
COMMENT ON FUNCTION ticket_translations(text) IS
'Every text of a language: kind, key, the English text, the text that is used, and where that is from: own (support_translation), shipped (the library), or english, which means that a translation is missing. Names of the owner''s own plans, metrics, categories, features and details are among them. No rows if the locale is null. Errors as ticket_label.';

CREATE FUNCTION ticket_locale(accept_language text, fallback text DEFAULT 'en')
RETURNS text
AS 'MODULE_PATHNAME', 'ticket_locale'
LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION ticket_locale(text, text) IS
'The best locale for the header Accept-Language of a request (RFC 9110, RFC 4647): the one of most weight for which there are words, the owner''s included, as a canonical tag with its region. Elements that are malformed, of an unknown language, * or of weight 0 are skipped. Nothing left, or null: the fallback, in canonical form if it is a locale. Never an error.';

CREATE FUNCTION holiday_label(holidays text, name text, locale text)
RETURNS text
AS 'MODULE_PATHNAME', 'holiday_label'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION holiday_label(text, text, text) IS
'Name of a holiday of a shipped list, of a country or of a region such as DE-BY, in a language of the country; the name as it is in any other language, and for the owner''s own. Null if an argument is null. Error: unknown locale (invalid_parameter_value).';

CREATE FUNCTION holiday_dates(holidays text, year integer, locale text)
RETURNS TABLE (day date, name text, rule text, hours business_hours)
LANGUAGE SQL STABLE PARALLEL SAFE ROWS 20
BEGIN ATOMIC
	SELECT d.day, @extschema@.holiday_label(d.list, d.name, holiday_dates.locale),
		d.rule, d.hours
	FROM @extschema@._sla_holiday_dates(holiday_dates.holidays, holiday_dates.year) AS d
	WHERE holiday_dates.locale IS NOT NULL
	ORDER BY d.day, d.name, d.rule;
END;
COMMENT ON FUNCTION holiday_dates(text, integer, text) IS
'As holiday_dates(holidays, year), with the names as holiday_label() gives them: in the language of the locale if it is one of the list''s country, else as they are, which is English in the shipped lists. No rows if an argument is null. Errors as that, and: unknown locale (invalid_parameter_value).';
