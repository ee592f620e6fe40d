-- The type business_hours: when a desk is open, in local time.

CREATE TYPE business_hours;

CREATE FUNCTION business_hours_in(cstring) RETURNS business_hours
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_in(cstring) IS
'Reads the text form of business hours. Errors: invalid_text_representation with the position and what was expected there; program_limit_exceeded for more than 1000 rules, 96 times, 100 ranges of years, of dates with years or of days from Easter in a rule, or 65536 bytes. A notice tells of a rule that a later one replaces on all its dates.';

CREATE FUNCTION business_hours_out(business_hours) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_out(business_hours) IS
'Writes business hours in normal form; reading it gives the same value.';

CREATE FUNCTION business_hours_recv(internal) RETURNS business_hours
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_recv(internal) IS
'Reads the binary form of business hours: a byte with the version, 1, then the text form. Errors: invalid_binary_representation for another version; those of the text form.';

CREATE FUNCTION business_hours_send(business_hours) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_send(business_hours) IS
'Writes business hours in binary form: a byte with the version, 1, then the normal form as text.';

CREATE TYPE business_hours (
	INPUT = business_hours_in,
	OUTPUT = business_hours_out,
	RECEIVE = business_hours_recv,
	SEND = business_hours_send,
	INTERNALLENGTH = variable,
	ALIGNMENT = int4,
	STORAGE = extended,
	CATEGORY = 'U'
);
COMMENT ON TYPE business_hours IS
'When a desk is open, in local time: "24/7", "off", or rules separated by ";". A later rule replaces earlier ones on the dates that it selects, as in "Mo-Fr 08:00-17:00; PH off". A rule after "," adds hours, and one with times and "off" takes them out. The text form is a part of the opening_hours syntax of OpenStreetMap.';

-- Comparison, of the stored bytes, as the server compares those of bytea: equal
-- hours have equal bytes. The order has no meaning of its own.

CREATE FUNCTION business_hours_eq(business_hours, business_hours) RETURNS boolean
	AS 'byteaeq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_eq(business_hours, business_hours) IS
'True when both have the same normal form; null if either is null.';

CREATE FUNCTION business_hours_ne(business_hours, business_hours) RETURNS boolean
	AS 'byteane' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_ne(business_hours, business_hours) IS
'True when the normal forms differ; null if either is null.';

CREATE FUNCTION business_hours_lt(business_hours, business_hours) RETURNS boolean
	AS 'bytealt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_lt(business_hours, business_hours) IS
'True when the first sorts before the second; null if either is null. The order is that of the stored bytes: it is total and stable, but has no meaning of its own.';

CREATE FUNCTION business_hours_le(business_hours, business_hours) RETURNS boolean
	AS 'byteale' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_le(business_hours, business_hours) IS
'True when the first sorts before the second or equals it; null if either is null. The order is that of business_hours_lt.';

CREATE FUNCTION business_hours_gt(business_hours, business_hours) RETURNS boolean
	AS 'byteagt' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_gt(business_hours, business_hours) IS
'True when the first sorts after the second; null if either is null. The order is that of business_hours_lt.';

CREATE FUNCTION business_hours_ge(business_hours, business_hours) RETURNS boolean
	AS 'byteage' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_ge(business_hours, business_hours) IS
'True when the first sorts after the second or equals it; null if either is null. The order is that of business_hours_lt.';

CREATE OPERATOR = (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (business_hours, business_hours) IS 'the same normal form';

CREATE OPERATOR <> (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (business_hours, business_hours) IS 'another normal form';

CREATE OPERATOR < (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (business_hours, business_hours) IS 'sorts before';

CREATE OPERATOR <= (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (business_hours, business_hours) IS 'sorts before or equals';

CREATE OPERATOR > (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (business_hours, business_hours) IS 'sorts after';

CREATE OPERATOR >= (
	LEFTARG = business_hours, RIGHTARG = business_hours,
	FUNCTION = business_hours_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (business_hours, business_hours) IS 'sorts after or equals';

CREATE FUNCTION business_hours_cmp(business_hours, business_hours) RETURNS integer
	AS 'byteacmp' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_cmp(business_hours, business_hours) IS
'Less than 0, 0 or more than 0 if the first sorts before the second, equals it or sorts after it; null if either is null. For the B-tree operator class.';

CREATE FUNCTION business_hours_hash(business_hours) RETURNS integer
	AS 'hashvarlena' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_hash(business_hours) IS
'A hash of the normal form. For the hash operator class.';

CREATE FUNCTION business_hours_hash_extended(business_hours, bigint) RETURNS bigint
	AS 'hashvarlenaextended' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION business_hours_hash_extended(business_hours, bigint) IS
'A 64-bit hash of the normal form with a seed. For the hash operator class.';

CREATE OPERATOR FAMILY business_hours_ops USING btree;
COMMENT ON OPERATOR FAMILY business_hours_ops USING btree IS 'business hours, in the order of their stored bytes';

CREATE OPERATOR CLASS business_hours_ops DEFAULT FOR TYPE business_hours
	USING btree FAMILY business_hours_ops AS
		OPERATOR 1 <,
		OPERATOR 2 <=,
		OPERATOR 3 =,
		OPERATOR 4 >=,
		OPERATOR 5 >,
		FUNCTION 1 business_hours_cmp(business_hours, business_hours),
		FUNCTION 4 (business_hours, business_hours) pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS business_hours_ops USING btree IS 'business hours, in the order of their stored bytes';

CREATE OPERATOR FAMILY business_hours_ops USING hash;
COMMENT ON OPERATOR FAMILY business_hours_ops USING hash IS 'business hours by their normal form';

CREATE OPERATOR CLASS business_hours_ops DEFAULT FOR TYPE business_hours
	USING hash FAMILY business_hours_ops AS
		OPERATOR 1 =,
		FUNCTION 1 business_hours_hash(business_hours),
		FUNCTION 2 business_hours_hash_extended(business_hours, bigint);
COMMENT ON OPERATOR CLASS business_hours_ops USING hash IS 'business hours by their normal form';
