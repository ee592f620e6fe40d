/*
 * stubs.h
 *	  What the fuzzers share: as much of a server as the code under test needs,
 *	  and random numbers.
 */
#ifndef STUBS_H
#define STUBS_H

#include "postgres.h"

#include <ctype.h>
#include <limits.h>
#include <setjmp.h>
#include <strings.h>

/* its declaration differs between versions */
#define appendBinaryStringInfo server_appendBinaryStringInfo
#include "lib/stringinfo.h"
#undef appendBinaryStringInfo
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"

#undef qsort
#undef printf
#undef vsnprintf
#undef snprintf
#undef fprintf

/* Where an ERROR goes to, and what it said; nsaved counts soft errors. */
extern jmp_buf on_error;
extern int	error_code;
extern int	nsaved;
extern char messages[4000];

/* Free all that the code under test has allocated. */
extern void free_all(void);

/* 0 .. n - 1 */
extern int	below(int n);
extern bool chance(int percent);
extern void start_random(long seed);

#endif							/* STUBS_H */
