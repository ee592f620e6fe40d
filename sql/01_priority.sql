/*
 * Priority: the enums, and the published matrix over urgency and impact.
 */

CREATE TYPE ticket_urgency AS ENUM ('low', 'medium', 'high');
COMMENT ON TYPE ticket_urgency IS
'How soon the customer needs an answer: low, medium or high.';

CREATE TYPE ticket_impact AS ENUM ('low', 'medium', 'high');
COMMENT ON TYPE ticket_impact IS
'How much of the customer''s work is affected: low, medium or high.';

CREATE TYPE ticket_priority AS ENUM ('P1', 'P2', 'P3', 'P4');
COMMENT ON TYPE ticket_priority IS
'Priority of a ticket, P1 (critical) to P4 (low). P1 sorts first, so min() is the most urgent.';

CREATE FUNCTION assign_priority(urgency ticket_urgency, impact ticket_impact)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'assign_priority'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION assign_priority(ticket_urgency, ticket_impact) IS
'Priority that the published matrix gives for an urgency and an impact (see the view priority_matrix). Null if an argument is null.';

CREATE FUNCTION assign_priority(urgency ticket_urgency, impact ticket_impact,
								override ticket_priority)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'assign_priority_override'
LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION assign_priority(ticket_urgency, ticket_impact, ticket_priority) IS
'The customer''s override if it is not null, else the priority that the published matrix gives for an urgency and an impact; null if those are needed and one of them is null.';

CREATE FUNCTION to_urgency(label text)
RETURNS ticket_urgency
AS 'MODULE_PATHNAME', 'to_urgency'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION to_urgency(text) IS
'Urgency with exactly this label: low, medium or high. Unlike a cast of text it is immutable, and so fits generated columns and indexes. Any other text is an error (invalid_parameter_value); null gives null.';

CREATE FUNCTION to_impact(label text)
RETURNS ticket_impact
AS 'MODULE_PATHNAME', 'to_impact'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION to_impact(text) IS
'Impact with exactly this label: low, medium or high. Unlike a cast of text it is immutable, and so fits generated columns and indexes. Any other text is an error (invalid_parameter_value); null gives null.';

CREATE FUNCTION to_priority(label text)
RETURNS ticket_priority
AS 'MODULE_PATHNAME', 'to_priority'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION to_priority(text) IS
'Priority with exactly this label: P1, P2, P3 or P4. Unlike a cast of text it is immutable, and so fits generated columns and indexes. Any other text is an error (invalid_parameter_value); null gives null.';
