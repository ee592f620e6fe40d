/*
 * ticket_calls.c
 *	  What SQL calls to reconcile tickets that nobody has written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "policy/policy.h"
#include "tickets/reconcile.h"

PG_FUNCTION_INFO_V1(sla_ask_as_owner);
PG_FUNCTION_INFO_V1(sla_reconcile);
PG_FUNCTION_INFO_V1(sla_differences);
PG_FUNCTION_INFO_V1(sla_judge_run);

/* What is done acts as the table's owner; so only he may ask, or an approver. */
static void
check_rights(const Tracked *tracked, bool approver_may)
{
	Oid			approver = tracked->approver == NULL || !approver_may ? InvalidOid :
		get_role_oid(tracked->approver, true);

	if (has_privs_of_role(GetUserId(), tracked->owner) ||
		(OidIsValid(approver) && has_privs_of_role(GetUserId(), approver)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied for the clocks of table %s", tracked->name),
			 approver_may ? errhint("The owner of the table may do this, and the role that sla_track() was given as approver.") :
			 errhint("The owner of the table may do this.")));
}

/*
 * Act as the table's owner.  Who calls can be a superuser: so nothing that the
 * owner's functions and triggers do may wait for the commit, and be done as him.
 */
static void
act_as_owner(const Tracked *tracked, Caller *caller)
{
	Oid			owner;
	int			security;

	become_owner(tracked, caller);
	GetUserIdAndSecContext(&owner, &security);
	if (owner != caller->user)
		SetUserIdAndSecContext(owner, security | SECURITY_RESTRICTED_OPERATION);
}

/* A value from its text, as the type reads it. */
static Datum
value_of_text(Oid type, const char *text)
{
	Oid			input;
	Oid			parameter;

	getTypeInputInfo(type, &input, &parameter);
	return OidInputFunctionCall(input, unconstify(char *, text), parameter, -1);
}

/* To be called as the owner: the type can be a domain, whose checks are his. */
static TicketKey
key_of_texts(const Tracked *tracked, const char *ticket, const char *tenant)
{
	TicketKey	key = {value_of_text(tracked->id_type, ticket), (Datum) 0};

	if (tracked->tenant > 0 && tenant == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("tickets of table %s are known by their tenant too", tracked->name),
				 errhint("Give the tenant.")));
	if (tracked->tenant > 0)
		key.tenant = value_of_text(tracked->tenant_type, tenant);
	return key;
}

static char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static ReconcileMode
mode_argument(FunctionCallInfo fcinfo, int n)
{
	const char *mode = text_argument(fcinfo, n);

	if (mode != NULL && strcmp(mode, "backfill") == 0)
		return RECONCILE_BACKFILL;
	if (mode != NULL && strcmp(mode, "refresh") == 0)
		return RECONCILE_REFRESH;
	if (mode != NULL && strcmp(mode, "rejudge") == 0)
		return RECONCILE_REJUDGE;
	elog(ERROR, "mode must be backfill, refresh or rejudge");
	return RECONCILE_SEEN;		/* keep compiler quiet */
}

/* The keys in arrays of texts. */
static TicketKey *
key_arguments(FunctionCallInfo fcinfo, Tracked *tracked, int tickets, int tenants, int *n)
{
	Datum	   *ticket;
	Datum	   *tenant = NULL;
	bool	   *null_ticket;
	bool	   *null_tenant = NULL;
	int			ntenants;
	TicketKey  *keys;
	int			i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(tickets), TEXTOID, -1, false, TYPALIGN_INT,
					  &ticket, &null_ticket, n);
	ntenants = *n;
	if (!PG_ARGISNULL(tenants))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(tenants), TEXTOID, -1, false, TYPALIGN_INT,
						  &tenant, &null_tenant, &ntenants);
	if (ntenants != *n)
		elog(ERROR, "there must be as many tenants as tickets");
	keys = palloc((*n + 1) * sizeof(TicketKey));
	for (i = 0; i < *n; i++)
	{
		if (null_ticket[i])
			elog(ERROR, "a ticket must not be null");
		keys[i] = key_of_texts(tracked, TextDatumGetCString(ticket[i]),
							   tenant == NULL || null_tenant[i] ? NULL :
							   TextDatumGetCString(tenant[i]));
	}
	return keys;
}

/*
 * _sla_ask_as_owner(ticket_table, query, arguments)
 *
 * The input views have expressions of the application in them, and the tables
 * can have triggers of their owner; both run as the one whose query it is.
 */
Datum
sla_ask_as_owner(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Tracked    *tracked;
	char	   *query;
	Datum	   *values;
	bool	   *isnull;
	char	   *nulls;
	Oid		   *types;
	int			n;
	int			i;
	Caller		caller;
	Oid			owner;
	int			security;

	InitMaterializedSRF(fcinfo, 0);
	tracked = tracked_of_table(PG_GETARG_OID(0), policy_namespace(fcinfo));
	check_rights(tracked, false);
	query = text_argument(fcinfo, 1);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT,
					  &values, &isnull, &n);
	types = palloc((n + 1) * sizeof(Oid));
	nulls = palloc((n + 1) * sizeof(char));
	for (i = 0; i < n; i++)
	{
		types[i] = TEXTOID;
		nulls[i] = isnull[i] ? 'n' : ' ';
	}

	act_as_owner(tracked, &caller);
	/* Row-level security that hides tickets from the caller must be met. */
	GetUserIdAndSecContext(&owner, &security);
	if (!has_bypassrls_privilege(caller.user))
		SetUserIdAndSecContext(owner, security & ~SECURITY_NOFORCE_RLS);
	SPI_connect();
	if (SPI_execute_with_args(query, n, types, values, nulls, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "a query was expected: %s", query);
	(void) build_attrmap_by_position(SPI_tuptable->tupdesc, result->setDesc,
									 "the query gives other columns");
	for (uint64 row = 0; row < SPI_processed; row++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[row]);
	SPI_finish();
	become_caller(&caller);
	PG_RETURN_NULL();
}

/* _sla_reconcile(ticket_table, tickets, tenants, mode, metric, reason) */
Datum
sla_reconcile(PG_FUNCTION_ARGS)
{
	Tracked    *tracked;
	TicketKey  *keys;
	ReconcileMode mode;
	Caller		caller;
	int64		written;
	int			n;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_INT64(0);
	tracked = tracked_of_table(PG_GETARG_OID(0), policy_namespace(fcinfo));
	mode = mode_argument(fcinfo, 3);
	check_rights(tracked, mode == RECONCILE_REJUDGE);
	act_as_owner(tracked, &caller);
	keys = key_arguments(fcinfo, tracked, 1, 2, &n);
	written = reconcile_tickets(tracked, keys, n, mode, text_argument(fcinfo, 4),
								text_argument(fcinfo, 5));
	become_caller(&caller);
	PG_RETURN_INT64(written);
}

/* ----------------------------------------------------------------------
 * Differences
 * ----------------------------------------------------------------------
 */

/* In what runs differ: the first of the columns that explain the others. */
static const char *
difference(const Tracked *tracked, const ClockRun *is, const ClockRun *should)
{
	static const char *const columns[] = {
		"plan", "priority", "time_zone", "holidays", "calendar", "started_at", "stopped_at", "target",
		"due_at", "cancelled_at", "gone_at", "closed_at", "problem", "paused",
		"urgency", "impact", "override", "opened_at", "carried", "cancel_reason", "stopped_by",
		"started_by", "closed_periods"
	};
	size_t		i;

	if (clock_run_equal(is, should))
		return should->problem;
	for (i = 0; i < lengthof(columns); i++)
	{
		char	   *was = run_text(tracked, is, columns[i]);
		char	   *will_be = run_text(tracked, should, columns[i]);

		if (!same_text(was, will_be))
			return psprintf("%s is %s, should be %s", columns[i], was == NULL ? "null" : was,
							will_be == NULL ? "null" : will_be);
	}
	return "it is not what the ticket says now";
}

static void
put_difference(ReturnSetInfo *result, const char *metric, int run, const char *what)
{
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	values[0] = CStringGetTextDatum(metric);
	values[1] = Int32GetDatum(run);
	values[2] = CStringGetTextDatum(what);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_differences(ReturnSetInfo *result, const Reconciling *reconciling)
{
	int			i;
	int			j;

	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];
		const char *metric = reconciling->tracked->clock[i].metric;

		if (work->nresult == 0 && work->fact_problem != NULL)
			put_difference(result, metric, 1, work->fact_problem);
		for (j = 0; j < work->nresult; j++)
		{
			const char *what = j >= work->nstored ? "it is missing" :
				difference(reconciling->tracked, &work->stored[j], &work->result[j]);

			if (what != NULL)
				put_difference(result, metric, work->result[j].run, what);
		}
	}
}

/* _sla_differences(ticket_table, ticket, tenant): of a ticket that is there */
Datum
sla_differences(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Reconciling reconciling = {0};
	Tracked    *tracked;
	TupleTableSlot *slot;
	Caller		caller;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	tracked = tracked_of_table(PG_GETARG_OID(0), policy_namespace(fcinfo));
	check_rights(tracked, false);
	reconciling.tracked = tracked;
	slot = MakeSingleTupleTableSlot(tracked->row, &TTSOpsVirtual);
	act_as_owner(tracked, &caller);
	reconciling.key = key_of_texts(tracked, text_argument(fcinfo, 1), text_argument(fcinfo, 2));
	reconciling.store = store_open(tracked, &reconciling.key, 1);
	store_find(reconciling.store, false);
	if (store_ticket(reconciling.store, 0, slot))
	{
		reconcile_dry(&reconciling, slot);
		put_differences(result, &reconciling);
	}
	store_close(reconciling.store);
	become_caller(&caller);
	PG_RETURN_NULL();
}

/* ----------------------------------------------------------------------
 * What an approver says of a run
 * ----------------------------------------------------------------------
 */

static const StoredRun *
find_run(Store *store, const Tracked *tracked, const char *ticket,
		 const char *metric, int run)
{
	StoredRun  *stored;
	int			n = store_clocks(store, 0, &stored);
	int			i;

	for (i = 0; i < n; i++)
	{
		if (stored[i].run.run == run && strcmp(stored[i].metric, metric) == 0)
			return &stored[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("ticket %s of table %s has no run %d of clock \"%s\"",
					ticket, tracked->name, run, metric)));
	return NULL;				/* keep compiler quiet */
}

/* Cancel a run, or take that back.  False if it is so already. */
static bool
cancel_run(ClockRun *run, bool restore, const char *role, const char *reason,
		   TimestampTz now)
{
	if ((run->cancelled_by != NULL) != restore)
		return false;
	if (!restore)
	{
		run->cancelled_by = role;
		run->cancel_reason = reason;
		if (!run->cancelled_at.known)
			run->cancelled_at.at = now;
		run->cancelled_at.known = true;
		return true;
	}
	run->cancelled_by = run->cancel_reason = NULL;
	run->cancelled_at.known = run->gone_at.known && !run->stopped_at.known &&
		(!run->due_at.known || run->due_at.at >= run->gone_at.at);
	if (run->cancelled_at.known)
	{
		run->cancelled_at = run->gone_at;
		run->cancel_reason = CANCELLED_GONE;
	}
	return true;
}

/* _sla_judge_run(ticket_table, ticket, tenant, metric, run, event, reason) */
Datum
sla_judge_run(PG_FUNCTION_ARGS)
{
	Tracked    *tracked;
	Store	   *store;
	TicketKey	key;
	TupleTableSlot *slot;
	const char *ticket;
	const char *event;
	const char *reason;
	const char *role = GetUserNameFromId(GetUserId(), false);
	const StoredRun *stored;
	ClockRun	run;
	TrailRow	told;
	TimestampTz now;
	Caller		caller;
	bool		is_there;
	bool		restores;
	bool		judges;			/* and does not only tell */
	bool		changes;
	int			i;

	for (i = 0; i < 7; i++)
	{
		if (PG_ARGISNULL(i) && i != 2 && i != 6)
			elog(ERROR, "only the tenant and the reason may be null");
	}
	ticket = text_argument(fcinfo, 1);
	event = text_argument(fcinfo, 5);
	reason = text_argument(fcinfo, 6);
	restores = strcmp(event, "run restored") == 0;
	judges = restores || strcmp(event, "run cancelled") == 0;
	if (!judges && strcmp(event, "excused") != 0 && strcmp(event, "unexcused") != 0)
		elog(ERROR, "unknown event \"%s\"", event);
	tracked = tracked_of_table(PG_GETARG_OID(0), policy_namespace(fcinfo));
	check_rights(tracked, true);
	slot = MakeSingleTupleTableSlot(tracked->row, &TTSOpsVirtual);

	act_as_owner(tracked, &caller);
	key = key_of_texts(tracked, ticket, text_argument(fcinfo, 2));
	store = store_open(tracked, &key, 1);
	store_find(store, true);
	is_there = store_ticket(store, 0, slot);
	stored = find_run(store, tracked, ticket, text_argument(fcinfo, 3), PG_GETARG_INT32(4));
	run = stored->run;
	now = GetCurrentTimestamp();
	changes = judges && cancel_run(&run, restores, role, reason, now);
	if (changes)
		store_update(store, 0, &run);
	if (changes || !judges)
	{
		told = trail_row(&stored->run, &run, now);
		told.metric = stored->metric;
		told.event = event;
		told.reason = reason;
		store_trail(store, 0, &told);
	}
	store_close(store);
	if (changes && is_there)
		(void) reconcile_tickets(tracked, &key, 1, RECONCILE_SEEN, NULL, NULL);
	become_caller(&caller);
	PG_RETURN_VOID();
}
