/*
 * noop.c
 *	  Functions that do nothing, called like those that are measured.
 *
 * What a query costs with one of these is what the scan, the arguments and
 * the call cost; the rest is the function that it stands for.
 */
#include "postgres.h"

#include <time.h>

#include "commands/trigger.h"
#include "fmgr.h"
#include "utils/timestamp.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(first_argument);
PG_FUNCTION_INFO_V1(an_interval);
PG_FUNCTION_INFO_V1(array_lookup);
PG_FUNCTION_INFO_V1(processor_time);
PG_FUNCTION_INFO_V1(wall_time);
PG_FUNCTION_INFO_V1(no_op_trigger);

/* Returns its first argument, which is no pointer. */
Datum
first_argument(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

Datum
an_interval(PG_FUNCTION_ARGS)
{
	static Interval constant;

	PG_RETURN_INTERVAL_P(&constant);
}

/*
 * The first argument, by way of one of 25000 entries for each of four priorities: that
 * of its hour since 2024.  This is what the processor's caches alone take to find a
 * version of a target.
 */
Datum
array_lookup(PG_FUNCTION_ARGS)
{
	static int64 amounts[4][25000];
	static bool filled = false;
	int64		hour;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	for (int i = 0; i < 4 * 25000 && !filled; i++)
		amounts[i / 25000][i % 25000] = i;
	filled = true;
	hour = PG_GETARG_TIMESTAMPTZ(0) / USECS_PER_HOUR - 8766 * 24;
	PG_RETURN_TIMESTAMPTZ(PG_GETARG_TIMESTAMPTZ(0) +
						  amounts[PG_GETARG_OID(1) / 2 % 4][Min(Max(hour, 0), 25000 - 1)]);
}

static int64
nanoseconds(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read the clock: %m")));
	return (int64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds for which this server process has used a processor. */
Datum
processor_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(nanoseconds(CLOCK_PROCESS_CPUTIME_ID));
}

/* Nanoseconds on a clock that is never set. */
Datum
wall_time(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(nanoseconds(CLOCK_MONOTONIC));
}

/* BEFORE or AFTER INSERT OR UPDATE FOR EACH ROW: the row as it comes in. */
Datum
no_op_trigger(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		elog(ERROR, "no_op_trigger was not called by trigger manager");
	PG_RETURN_POINTER(TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ?
					  trigdata->tg_newtuple : trigdata->tg_trigtuple);
}
