/*
 * compat.h
 *	  All differences between the supported server versions, so that no other
 *	  file needs to know the version.
 *
 * Include it after postgres.h.
 */
#ifndef COMPAT_H
#define COMPAT_H

/* 16 moved the varlena macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * 16 brought soft errors: an input function reports bad input through a
 * context that the caller may give.  Before, every such report is an ERROR.
 */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#define ERROR_CONTEXT(fcinfo)	((fcinfo)->context)
#else
#define ERROR_CONTEXT(fcinfo)	((Node *) NULL)
#define errsave(context, ...) \
	do { (void) (context); ereport(ERROR, __VA_ARGS__); } while (0)
#define ereturn(context, dummy_value, ...) \
	do { errsave(context, __VA_ARGS__); return dummy_value; } while (0)
#endif

/* 16 can tell whether a text is JSON. */
#if PG_VERSION_NUM >= 160000
#include "utils/json.h"
#define json_is_valid(json) json_validate(json, false, false)
#else
#include "common/jsonapi.h"
#include "utils/jsonfuncs.h"
#define json_is_valid(json) \
	(pg_parse_json(makeJsonLexContext(json, false), &nullSemAction) == JSON_SUCCESS)
#endif

/* 16 gave make_range a context for soft errors. */
#if PG_VERSION_NUM >= 160000
#define make_range_compat(type, lower, upper, empty) \
	make_range(type, lower, upper, empty, NULL)
#else
#define make_range_compat(type, lower, upper, empty) \
	make_range(type, lower, upper, empty)
#endif

/* 17 brought infinite intervals. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(i)	false
#endif

/* 17 wants the table here, opened. */
#if PG_VERSION_NUM >= 170000
#define identity_sequence(rel, attnum) \
	getIdentitySequence(rel, attnum, false)
#else
#define identity_sequence(rel, attnum) \
	getIdentitySequence(RelationGetRelid(rel), attnum, false)
#endif

/* 18 has generated columns that are not stored. */
#if PG_VERSION_NUM >= 180000
#define expand_virtual_columns(expression, rel, rti) \
	expand_generated_columns_in_expr(expression, rel, rti)
#else
#define expand_virtual_columns(expression, rel, rti)	(expression)
#endif

/* 18 brought this, which stands in front of a declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn	__attribute__((noreturn))
#endif

/*
 * 19 looks up in the query whether a column can be null, where it plans with
 * dependencies.  An expression alone has no query: there, columns must say that they can.
 */
#if PG_VERSION_NUM >= 190000
#define var_can_be_null(var)	((var)->varnullingrels = bms_make_singleton(1))
#else
#define var_can_be_null(var)	((void) (var))
#endif

/* 19 wants to be told that a description of rows is complete. */
#if PG_VERSION_NUM < 190000
#define TupleDescFinalize(desc)	((void) (desc))
#endif

/* 19 gave the caches of the catalogs a type. */
#if PG_VERSION_NUM < 190000
typedef int SysCacheIdentifier;
#endif

/* Whether a role has the rights of an extension's owner. */
#if PG_VERSION_NUM < 160000
#define owns_extension(extension, role) \
	pg_extension_ownercheck(extension, role)
#else
#define owns_extension(extension, role) \
	object_ownercheck(ExtensionRelationId, extension, role)
#endif

/* 18 lets a module say its name and version. */
#if PG_VERSION_NUM >= 180000
#define TICKET_PRIORITY_MAGIC(module, number) \
	PG_MODULE_MAGIC_EXT(.name = module, .version = number)
#else
#define TICKET_PRIORITY_MAGIC(module, number)	PG_MODULE_MAGIC
#endif

/*
 * Bytes in a line of the processor's cache.  Data that is read together is put
 * into one line.
 */
#define CACHE_LINE			64

/*
 * Start reading a cache line that will be needed soon.  Any address is safe.
 */
#ifdef __GNUC__
#define prefetch_line(address)	__builtin_prefetch((const void *) (address))
#else
#define prefetch_line(address)	((void) (address))
#endif

#endif							/* COMPAT_H */
