/*
 * ticket_kept.c
 *	  SQL functions that read what tracking remembers of a ticket.
 *
 * Each takes the column sla_state (ticket_state.h), which is null for nearly
 * all tickets, and the value of the ticket's own column.  It returns what is
 * remembered or, if nothing is, that value.  The views call them for each
 * ticket.  So they do nothing where nothing is remembered, and raise no error
 * where it cannot be read.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "tickets/ticket_state.h"

/* What a call site knows. */
typedef struct KeptSite
{
	EnumValues	metric;
	EnumValues	priority;
} KeptSite;

PG_FUNCTION_INFO_V1(kept_plan);
PG_FUNCTION_INFO_V1(kept_priority);
PG_FUNCTION_INFO_V1(kept_since);
PG_FUNCTION_INFO_V1(kept_stop);
PG_FUNCTION_INFO_V1(kept_closed);
PG_FUNCTION_INFO_V1(kept_failed);

/*
 * What is remembered of the clock in the second argument.  False for a metric
 * that is not tracked.
 */
static pg_noinline bool
read_kept(FunctionCallInfo fcinfo, TicketState *state, KeptTerms *kept)
{
	KeptSite   *site = fcinfo->flinfo->fn_extra;
	int			which;

	if (site == NULL)
	{
		site = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeptSite));
		enum_values(&site->metric, declared_argtype(fcinfo, 1),
					metric_labels, NUM_METRICS);
		fcinfo->flinfo->fn_extra = site;
	}
	ticket_state_read(PG_GETARG_JSONB_P(0), state);
	if (PG_ARGISNULL(1))
		return false;
	which = clock_of_metric(enum_find(&site->metric, PG_GETARG_OID(1)));
	if (which < 0)
		return false;
	*kept = state->kept[which];
	return true;
}

/* The third argument as it is. */
static Datum
as_given(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(2);
}

/* kept_plan(state, metric, plan) */
Datum
kept_plan(PG_FUNCTION_ARGS)
{
	TicketState state;
	KeptTerms	kept;

	if (PG_ARGISNULL(0) || !read_kept(fcinfo, &state, &kept) ||
		kept.plan == NULL)
		return as_given(fcinfo);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(kept.plan, kept.plan_len));
}

/* kept_priority(state, metric, priority) */
Datum
kept_priority(PG_FUNCTION_ARGS)
{
	KeptSite   *site;
	TicketState state;
	KeptTerms	kept;

	if (PG_ARGISNULL(0) || !read_kept(fcinfo, &state, &kept) ||
		kept.priority < 0)
		return as_given(fcinfo);
	site = fcinfo->flinfo->fn_extra;
	if (site->priority.n == 0)
		enum_values(&site->priority, declared_rettype(fcinfo),
					priority_labels, NUM_PRIORITIES);
	PG_RETURN_OID(site->priority.value[kept.priority]);
}

/* kept_since(state, metric, opened_at): null for a ticket that was not judged */
Datum
kept_since(PG_FUNCTION_ARGS)
{
	TicketState state;
	KeptTerms	kept;

	if (PG_ARGISNULL(0) || !read_kept(fcinfo, &state, &kept))
		return as_given(fcinfo);
	if (state.error != NULL)
		PG_RETURN_NULL();
	if (!kept.has_from)
		return as_given(fcinfo);
	PG_RETURN_TIMESTAMPTZ(kept.from);
}

/*
 * kept_stop(state, answered_at, resolved_at): the least of both and of an earlier
 * closing that counted as the answer
 */
Datum
kept_stop(PG_FUNCTION_ARGS)
{
	TimestampTz stop = DT_NOEND;
	bool		found = false;
	int			i;

	for (i = 1; i <= 2; i++)
	{
		if (PG_ARGISNULL(i))
			continue;
		stop = found ? Min(stop, PG_GETARG_TIMESTAMPTZ(i)) : PG_GETARG_TIMESTAMPTZ(i);
		found = true;
	}
	if (!PG_ARGISNULL(0))
	{
		TicketState state;
		const KeptTerms *kept = &state.kept[CLOCK_RESPONSE];

		ticket_state_read(PG_GETARG_JSONB_P(0), &state);
		if (kept->has_answered)
		{
			stop = found ? Min(stop, kept->answered_at) : kept->answered_at;
			found = true;
		}
	}
	if (!found)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(stop);
}

/* kept_closed(state): when the ticket was closed before it was reopened */
Datum
kept_closed(PG_FUNCTION_ARGS)
{
	TicketState state;

	ticket_state_read(PG_GETARG_JSONB_P(0), &state);
	if (state.closed == NULL)
		PG_RETURN_NULL();
	PG_RETURN_MULTIRANGE_P(state.closed);
}

/* kept_failed(state): whether it could not be judged, or cannot be read */
Datum
kept_failed(PG_FUNCTION_ARGS)
{
	TicketState state;

	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	ticket_state_read(PG_GETARG_JSONB_P(0), &state);
	PG_RETURN_BOOL(state.error != NULL);
}
