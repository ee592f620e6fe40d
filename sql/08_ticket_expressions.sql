-- Expressions over a row, as callers of sla_track() and its like give them: what
-- they are, of which type, and what is wrong with them.  They are read with the
-- caller's search_path.

CREATE FUNCTION _sla_base_type(type regtype)
RETURNS regtype LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
WITH RECURSIVE base (oid, under) AS (
	SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type AS t WHERE t.oid = type
	UNION ALL
	SELECT t.oid, t.typbasetype FROM base AS b JOIN pg_catalog.pg_type AS t ON t.oid = b.under)
SELECT b.oid::regtype FROM base AS b WHERE b.under = 0;
END;
COMMENT ON FUNCTION _sla_base_type(regtype) IS
'The type under a domain, or the type itself. Null for a null type.';

CREATE FUNCTION _sla_equality(type regtype)
RETURNS text LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_equality';
COMMENT ON FUNCTION _sla_equality(regtype) IS
'The operator that is equality to the indexes of a type, such as OPERATOR(pg_catalog.=), for SQL that is put together as text. Null for a null type. Error: values of the type cannot be compared (undefined_function).';

CREATE FUNCTION _sla_convert(expression text, type regtype, wanted regtype)
RETURNS text LANGUAGE sql STABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT CASE
	WHEN b.oid = w.base
		OR b.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AND w.base IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
		OR b.typcategory IN ('S', 'E') AND w.typcategory = 'S'
	THEN pg_catalog.format('(%s)::%s', expression, wanted)
	WHEN b.typcategory IN ('S', 'E')
		AND wanted IN ('@extschema@.ticket_urgency'::regtype, '@extschema@.ticket_impact'::regtype, '@extschema@.ticket_priority'::regtype)
	THEN pg_catalog.format('%s.%I((%s)::pg_catalog.text)', w.schema, pg_catalog.replace(w.typname, 'ticket_', 'to_'), expression)
	END
FROM pg_catalog.pg_type AS b
CROSS JOIN (SELECT t.typname, t.typcategory, @extschema@._sla_base_type(t.oid::regtype), t.typnamespace::pg_catalog.regnamespace
	FROM pg_catalog.pg_type AS t WHERE t.oid = wanted) AS w (typname, typcategory, base, schema)
WHERE b.oid = @extschema@._sla_base_type(type);
END;
COMMENT ON FUNCTION _sla_convert(text, regtype, regtype) IS
'An expression of a type as one of the type that is wanted: by a cast, or by to_urgency(), to_impact(), to_priority() from text and other enums. Null if it does not fit.';

CREATE FUNCTION _sla_is_expression(expression text) RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'sla_is_expression';
COMMENT ON FUNCTION _sla_is_expression(text) IS
'Whether a text is one SQL expression and nothing else. Null for null. Error: it is no SQL (syntax_error).';

CREATE FUNCTION _sla_probe(path text, source regclass, expression text,
	OUT type regtype, OUT plain_column smallint, OUT used smallint[], OUT problem text)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
DECLARE
	view_name CONSTANT text := gen_random_uuid();
	ext CONSTANT text := (SELECT e.extnamespace::regnamespace::text FROM pg_extension AS e WHERE e.extname = 'ticket_priority');
	schema CONSTANT text := (SELECT c.relnamespace::regnamespace FROM pg_class AS c WHERE c.oid = source);
	view_oid oid;
	is_expression boolean;
	tree text;
BEGIN
	-- A view shows what the expression is; it goes with the end of the block.
	BEGIN
		EXECUTE format('SELECT %s._sla_is_expression($1)', ext) INTO is_expression USING expression;
		IF NOT is_expression THEN
			problem := 'it is more than one expression';
			RETURN;
		END IF;
		PERFORM set_config('search_path', path, true);
		EXECUTE format(E'CREATE VIEW %s.%I AS SELECT (\n%s\n) AS expression FROM %s', schema, view_name, expression, source);
		PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

		view_oid := to_regclass(format('%s.%I', schema, view_name));
		SELECT w.ev_action, ARRAY(SELECT d.refobjsubid FROM pg_depend AS d
			WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
				AND d.refobjid = source AND d.refobjsubid > 0)
		INTO tree, used FROM pg_rewrite AS w WHERE w.ev_class = view_oid;
		SELECT a.atttypid INTO type FROM pg_attribute AS a WHERE a.attrelid = view_oid AND a.attnum = 1;
		problem := CASE
			WHEN tree ~ ':hasSubLinks true' THEN 'a subquery is not possible; put it into a function'
			WHEN tree ~ ':hasAggs true' THEN 'an aggregate is not possible; put it into a function'
			WHEN tree ~ ':hasWindowFuncs true' THEN 'a window function is not possible'
			WHEN tree ~ ':hasTargetSRFs true' THEN 'a function that returns a set is not possible'
			END;
		IF tree ~ ':varattno 0 ' THEN	-- the whole row
			used := ARRAY(SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped);
		END IF;
		plain_column := (regexp_match(tree, ':targetList \(\{TARGETENTRY :expr \{VAR :varno \d+ :varattno (\d+) '))[1];
		RAISE EXCEPTION USING ERRCODE = 'TP000';
	EXCEPTION
		WHEN SQLSTATE 'TP000' THEN NULL;
		WHEN syntax_error_or_access_rule_violation OR data_exception OR feature_not_supported
			OR program_limit_exceeded OR invalid_schema_name THEN
			problem := CASE SQLSTATE WHEN '42P16' THEN 'it has a type that no column can have'
				ELSE replace(SQLERRM, E'\n)"', '"') END;
	END;
END
$function$;
COMMENT ON FUNCTION _sla_probe(text, regclass, text) IS
'Tries an expression over the rows of a table, read with a search_path; nothing is left behind. Result: its type; the number of the column if it is nothing but that; the numbers of the columns that it uses; what is wrong with it (null: nothing).';

CREATE FUNCTION _sla_misfit(argument text, type regtype, wanted regtype[])
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
SELECT pg_catalog.format('%s: it is of type %s; it must be %s%s.', argument, type, k.kinds, CASE
	WHEN b.typcategory = 'D' AND 'timestamptz'::regtype = ANY (wanted)
	THEN ', because the meaning of others depends on the session''s time zone. Name theirs: AT TIME ZONE ''UTC'''
	WHEN b.typcategory = 'N' AND w.typcategory IN ('S', 'E')
	THEN '. Say what the numbers mean: CASE ... WHEN 1 THEN ''...'' END'
	WHEN w.typname = 'bool' THEN '. Write a condition, such as ... = ''...'''
	ELSE '' END)
FROM pg_catalog.pg_type AS b
CROSS JOIN (SELECT t.typcategory, t.typname FROM pg_catalog.pg_type AS t WHERE t.oid = wanted[1]) AS w
CROSS JOIN (SELECT pg_catalog.string_agg(CASE WHEN t.typcategory IN ('S', 'E') THEN 'text or an enum' ELSE t.oid::regtype::text END, ' or ' ORDER BY u.n)
	FROM unnest(wanted) WITH ORDINALITY AS u (oid, n) JOIN pg_catalog.pg_type AS t ON t.oid = u.oid) AS k (kinds)
WHERE b.oid = @extschema@._sla_base_type(type);
END;
COMMENT ON FUNCTION _sla_misfit(text, regtype, regtype[]) IS
'Says that the expression of an argument is of a type that does not fit, and what to write.';

CREATE FUNCTION _sla_read(path text, source regclass, view_kind text, given jsonb, id_type regtype,
	OUT columns jsonb, OUT used jsonb, OUT problems text[])
LANGUAGE sql SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
WITH argument AS (
	SELECT p.argument, min(p.n) AS n, array_agg(p.name ORDER BY p.n) AS names, array_agg(coalesce(p.type, id_type) ORDER BY p.n) AS types,
		coalesce(given ->> p.argument, max(d.name)) AS expression
	FROM @extschema@._sla_parts() WITH ORDINALITY AS p (relation, name, type, definition, argument, defaults, comment, n)
	LEFT JOIN LATERAL (
		SELECT quote_ident(a.attname) FROM unnest(p.defaults) WITH ORDINALITY AS d (name, n)
		JOIN pg_attribute AS a ON a.attrelid = source AND a.attname = d.name AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY d.n LIMIT 1) AS d (name) ON true
	WHERE p.relation = view_kind AND p.argument IS NOT NULL
	GROUP BY p.argument
), probe AS MATERIALIZED (
	SELECT a.argument, a.n, a.names, a.types, a.expression, (regexp_match(a.expression, '^\s*([[:alpha:]_]\w*)\s*$'))[1] AS word,
		p.type, p.plain_column, p.used, p.problem
	FROM argument AS a CROSS JOIN LATERAL @extschema@._sla_probe(path, source, a.expression) AS p
	WHERE a.expression ~ '[^[:space:]]'
), fit AS (
	SELECT p.argument, c.name, k.converted
	FROM probe AS p
	CROSS JOIN LATERAL unnest(p.names, p.types) AS c (name, type)
	CROSS JOIN LATERAL (SELECT CASE WHEN c.type IS NOT NULL THEN @extschema@._sla_convert(E'\n' || p.expression || E'\n', p.type, c.type)
		ELSE (SELECT quote_ident(a.attname) FROM pg_attribute AS a WHERE a.attrelid = source AND a.attnum = p.plain_column) END) AS k (converted)
	WHERE p.problem IS NULL AND k.converted IS NOT NULL
)
SELECT (SELECT coalesce(jsonb_object_agg(f.name, f.converted), '{}') FROM fit AS f),
	(SELECT coalesce(jsonb_object_agg(p.argument, coalesce(p.used, '{}')), '{}') FROM probe AS p),
	ARRAY(SELECT CASE WHEN p.problem IS NOT NULL THEN format('%s: %s%s.', p.argument, p.problem, CASE
				-- a word alone, by which a column or a text was meant
				WHEN p.word <> lower(p.word) AND EXISTS (
					SELECT FROM pg_attribute AS a WHERE a.attrelid = source AND a.attname = p.word AND NOT a.attisdropped)
				THEN format('; a name with capital letters is quoted: %L', quote_ident(p.word))
				WHEN (SELECT y.typcategory FROM pg_type AS y WHERE p.word IS NOT NULL AND y.oid = p.types[1]) IN ('S', 'E')
				THEN format('; a constant text is quoted: $$%L$$', p.word) END)
			WHEN p.types[1] IS NULL THEN format('%s: it must be a column.', p.argument)
			ELSE @extschema@._sla_misfit(p.argument, p.type, p.types) END
		FROM probe AS p WHERE p.argument NOT IN (SELECT f.argument FROM fit AS f) ORDER BY p.n);
END;
COMMENT ON FUNCTION _sla_read(text, regclass, text, jsonb, regtype) IS
'Reads the expressions that a call gives for a view: as the columns of the view, with their casts; which columns of the table each argument uses; and all that is wrong, a line each.';

CREATE FUNCTION _sla_refuse(what text, problems text[])
RETURNS void LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
	IF cardinality(problems) > 0 THEN
		RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
			MESSAGE = what, DETAIL = array_to_string(problems, E'\n');
	END IF;
END
$function$;
COMMENT ON FUNCTION _sla_refuse(text, text[]) IS
'Raises an error (invalid_parameter_value) with a line for each problem, if there are any.';
