-- Words that people write for a level or a priority.

CREATE FUNCTION parse_urgency(input text, or_null boolean DEFAULT false)
RETURNS ticket_urgency
AS 'MODULE_PATHNAME', 'parse_urgency'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION parse_urgency(text, boolean) IS
'The urgency that a word means in any language of the library, or by support_translation (texts and accepted words). Case, accents, width, punctuation and spaces do not count, nor does a number before the word. Null if an argument is null, or, with or_null, if the word is unknown. Errors: unknown or ambiguous word (invalid_parameter_value), with the choices.';

CREATE FUNCTION parse_impact(input text, or_null boolean DEFAULT false)
RETURNS ticket_impact
AS 'MODULE_PATHNAME', 'parse_impact'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION parse_impact(text, boolean) IS
'The impact that a word means; as parse_urgency.';

CREATE FUNCTION parse_priority(input text, or_null boolean DEFAULT false)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'parse_priority'
LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION parse_priority(text, boolean) IS
'The priority that a title means, or a code P1 to P4; where both are written they must agree. As parse_urgency otherwise.';
