-- The words for the values of the policy, in nine languages and in the owner's
-- own.
\set ON_ERROR_ROLLBACK on
\set VERBOSITY default
\pset null '(null)'

-- A word has the gender of its kind: pilność and urgence are feminine, wpływ and
-- impact masculine.  It is in lower case where the language has no capital.
SELECT l AS locale, ticket_label('urgency', 'high', l) AS urgency, ticket_label('impact', 'high', l) AS impact,
	ticket_label('priority', 'P2', l) AS priority
FROM unnest('{en,pl,de,fr,es,it,pt,nl,ja}'::text[]) WITH ORDINALITY AS x (l, n) ORDER BY n;
SELECT ticket_label('urgency', k, 'pl') AS urgency, ticket_label('impact', k, 'pl') AS impact
FROM unnest('{high,medium,low}'::text[]) WITH ORDINALITY AS x (k, n) ORDER BY n;
SELECT ticket_label('feature', 'phone', 'de') AS german, ticket_label('feature', 'phone', 'pl') AS polish,
	ticket_label('plan', 'premium', 'pl') AS plan, ticket_label('metric', 'first_response', 'fr') AS metric,
	ticket_label('category', 'ticket management', 'it') AS category, ticket_label('detail', 'yes', 'es') AS detail;

-- A column of an enum needs no cast.
SELECT ticket_label(u, 'es') AS urgency, ticket_label(u::text::ticket_impact, 'es') AS impact
FROM unnest(enum_range(NULL::ticket_urgency)) AS u;
SELECT ticket_label(p, 'ja') AS title FROM unnest(enum_range(NULL::ticket_priority)) AS p;
SELECT ticket_label(s, 'nl') AS status FROM unnest(enum_range(NULL::sla_status)) AS s;

-- Null gives null.
SELECT ticket_label(NULL::ticket_urgency, 'pl') AS value, ticket_label('high'::ticket_urgency, NULL) AS locale,
	ticket_label(NULL, 'high', 'pl') AS kind, ticket_label('urgency', NULL, 'pl') AS key,
	ticket_label('urgency', 'high', NULL) AS locale_of_three;

-- What the owner named himself and nobody translated: plans and metrics have a
-- title, the others are their keys.
BEGIN;
INSERT INTO support_plan (plan, title, calendar) VALUES ('gold', 'Gold care', 'always');
SELECT ticket_label('plan', 'gold', 'pl') AS plan, ticket_label('plan', 'no such plan', 'pl') AS none,
	ticket_label('category', 'our category', 'pl') AS category, ticket_label('feature', 'chat', 'pl') AS feature,
	ticket_label('detail', 'on weekdays', 'pl') AS detail;
-- A shipped plan with another title is called by that.
UPDATE support_plan SET title = 'Platinum' WHERE plan = 'premium';
SELECT ticket_label('plan', 'premium', 'pl') AS renamed, ticket_label('plan', 'standard', 'pl') AS shipped;
ROLLBACK;
BEGIN;
INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Agreement of the network team');
SELECT ticket_label('metric', 'ola network', 'pl') AS metric, ticket_label('metric', 'no such metric', 'pl') AS none;
-- A text of the owner's wins over the title, in its language.
INSERT INTO support_translation VALUES ('pl', 'metric', 'ola network', 'umowa zespołu sieci', NULL);
SELECT ticket_label('metric', 'ola network', 'pl-PL') AS polish, ticket_label('metric', 'ola network', 'de') AS german;
-- A shipped metric with another title is called by that.
UPDATE sla_metric SET title = 'First answer' WHERE metric = 'first_response';
SELECT * FROM ticket_translations('pl') WHERE kind = 'metric';
ROLLBACK;

-- Unknown kinds, keys and locales are errors that say what is known.
SELECT ticket_label('colour', 'red', 'pl');
SELECT ticket_label('urgency', 'urgent', 'pl');
SELECT ticket_label('status', 'Met', 'pl');
SELECT ticket_label('duration', 'week.other', 'pl');
-- A form of a plural is a known key in every language, also in one without a text for it.
SELECT ticket_label('duration', 'hour.few', 'pl') AS few, ticket_label('duration', 'hour.two', 'pl') AS two;
SELECT ticket_label('urgency', 'high', 'xx');
SELECT ticket_label('high'::ticket_urgency, 'not a locale');

-- The matrices in a language: same columns, and rows in the views' order.
SELECT * FROM priority_matrix('pl');
SELECT * FROM priority_level('pl');
SELECT category, feature, community, standard, premium FROM plan_feature_matrix('pl') LIMIT 7;
SELECT m.category = ticket_label('category', v.category, 'de') AND m.feature = ticket_label('feature', v.feature, 'de') AS same_row, count(*)
FROM (SELECT row_number() OVER () AS n, x.* FROM plan_feature_matrix('de') AS x) AS m
FULL JOIN (SELECT row_number() OVER () AS n, x.* FROM plan_feature_matrix AS x) AS v USING (n) GROUP BY 1;
SELECT priority, community IS NULL AS community, trial <> '' AS trial, standard <> '' AS standard, premium <> '' AS premium
FROM sla_target_matrix('pl');
SELECT count(*) FROM priority_matrix(NULL);
SELECT count(*) FROM priority_level(NULL);
SELECT count(*) FROM sla_target_matrix(NULL);
SELECT count(*) FROM plan_feature_matrix(NULL);
SELECT * FROM priority_matrix('xx');

-- The view is the English of the function, so that each text is in one place.
SELECT count(*) FROM (TABLE priority_level EXCEPT SELECT * FROM priority_level('en')) AS differ;

-- Holidays are named in the languages of the list's country, else in English.
SELECT day, name FROM holiday_dates('PL', 2026, 'pl') WHERE name ~ '^(Boże|Trzech)';
SELECT name FROM holiday_dates('PL', 2026, 'de') WHERE day = '2026-06-04';
SELECT fr.name AS french, en.name AS english, pl.name AS polish
FROM holiday_dates('CA', 2026, 'fr-CA') AS fr JOIN holiday_dates('CA', 2026, 'en-CA') AS en USING (day)
JOIN holiday_dates('CA', 2026, 'pl') AS pl USING (day) WHERE day = '2026-12-26';
SELECT br.name AS brazil, pt.name AS portugal
FROM holiday_dates('BR', 2026, 'pt') AS br JOIN holiday_dates('PT', 2026, 'pt') AS pt USING (day) WHERE day = '2026-04-03';
-- The rows are those without a locale; names of the owner's own stay.
SELECT count(*) FROM (SELECT day, rule FROM holiday_dates('JP', 2026, 'ja') EXCEPT SELECT day, rule FROM holiday_dates('JP', 2026)) AS differ;
BEGIN;
UPDATE business_holiday_rule SET name = 'our day' WHERE holidays = 'PL' AND rule = '05-01';
UPDATE business_holiday_rule SET name = NULL WHERE holidays = 'PL' AND rule = '05-03';
SELECT day, name FROM holiday_dates('PL', 2026, 'pl') WHERE day IN ('2026-05-01', '2026-05-03');
ROLLBACK;
SELECT count(*) FROM holiday_dates(NULL, 2026, 'pl');
SELECT count(*) FROM holiday_dates('PL', 2026, NULL);
SELECT * FROM holiday_dates('PL', 2026, 'xx');
SELECT * FROM holiday_dates('Atlantis', 2026, 'pl');
