/*
 * reconcile.c
 *	  From a ticket as it is now to its clocks as they should be.
 *
 * The order is: the application's expressions, which can run anything; what is
 * stored; then the policy, with nothing of others in between; then writing.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/compat.h"
#include "policy/sla_clock.h"
#include "tickets/reconcile.h"

#define AT_A_TIME	500			/* tickets that are read and written together */

bool
ticket_key(const Tracked *tracked, TupleTableSlot *slot, TicketKey *key)
{
	bool		isnull;

	key->tenant = (Datum) 0;
	key->id = slot_getattr(slot, tracked->id, &isnull);
	if (!isnull && tracked->tenant > 0)
		key->tenant = slot_getattr(slot, tracked->tenant, &isnull);
	return !isnull;
}

bool
same_value(Datum a, Datum b, Oid type)
{
	int16		length;
	bool		by_value;

	get_typlenbyval(type, &length, &by_value);
	return datum_image_eq(a, b, by_value, length);
}

bool
same_ticket_key(const Tracked *tracked, const TicketKey *a, const TicketKey *b)
{
	return same_value(a->id, b->id, tracked->id_type) &&
		(tracked->tenant == 0 || same_value(a->tenant, b->tenant, tracked->tenant_type));
}

int
compare_ticket_keys(const void *a, const void *b, void *arg)
{
	const Tracked *tracked = arg;
	const TicketKey *x = a;
	const TicketKey *y = b;
	TypeCacheEntry *tenant;
	TypeCacheEntry *id;
	int			result = 0;

	if (tracked->tenant > 0)
	{
		tenant = lookup_type_cache(tracked->tenant_type, TYPECACHE_CMP_PROC_FINFO);
		result = DatumGetInt32(FunctionCall2Coll(&tenant->cmp_proc_finfo, DEFAULT_COLLATION_OID,
												 x->tenant, y->tenant));
	}
	id = lookup_type_cache(tracked->id_type, TYPECACHE_CMP_PROC_FINFO);
	return result != 0 ? result :
		DatumGetInt32(FunctionCall2Coll(&id->cmp_proc_finfo, DEFAULT_COLLATION_OID, x->id, y->id));
}

/* ----------------------------------------------------------------------
 * Asking the policy
 * ----------------------------------------------------------------------
 */

/* A question to the policy, and its answer. */
typedef struct Question
{
	const ClockPolicy *policy;
	const PolicyMap *map;
	TypeCacheEntry *multirange;
	HolidayGap	gap;
	bool		forgiving;		/* what is not known is a problem, and no error */
	const char *metric;
	const ClockTerms *terms;
	TimestampTz start;
	ClockRun   *run;			/* that has a target, or gets one; or NULL */
	const Periods *paused;
	TimestampTz until;
	bool	   *found;			/* where the answers go */
	int		   *priority;
	int64	   *elapsed;
	TimestampTz *due_at;
	TimestampTz *at_risk_at;
} Question;

static const SupportPlan *
plan_of_terms(const Question *question, bool soft)
{
	const char *plan = question->terms->plan;

	return plan == NULL ? NULL : policy_plan(question->map, plan, strlen(plan), soft);
}

static void
find_priority(Question *question)
{
	*question->priority = matrix_priority(plan_of_terms(question, false), question->terms->urgency,
										  question->terms->impact);
}

static void
find_target(Question *question)
{
	const char *metric = question->metric;
	ClockRun   *run = question->run;
	int			calendar;
	const TargetRule *rule = policy_target(question->map, plan_of_terms(question, false),
										   policy_metric(question->map, metric, strlen(metric), false),
										   question->terms->priority, question->start,
										   false, &calendar);

	if (rule == NULL || !rule->has_target)
		return;
	run->has_target = true;
	run->target = rule->interval;
	run->has_target_days = rule->days != NOT_DAYS;
	run->target_days = run->has_target_days ? rule->days : 0;
	run->until_close = rule->until_close;
}

/* The clock; what the policy does not know is an ERROR or, if soft, false. */
static bool
find_clock(Question *question, bool soft, SlaClock *clock)
{
	const ClockTerms *terms = question->terms;
	const char *metric = question->metric;
	const ClockRun *run = question->run;
	SlaTerms	sought = {0};

	sought.opened_at = question->start;
	sought.plan = plan_of_terms(question, soft);
	sought.metric = policy_metric(question->map, metric, strlen(metric), soft);
	sought.priority = terms->priority;
	if (terms->time_zone != NULL)
		sought.zone = zone_lookup(terms->time_zone, strlen(terms->time_zone), soft);
	if (terms->holidays != NULL)
	{
		sought.holidays = terms->holidays;
		sought.holidays_len = strlen(terms->holidays);
	}
	if (terms->calendar != NULL)
		sought.calendar = policy_calendar(question->map, terms->calendar,
										  strlen(terms->calendar), soft);
	if (sought.plan == NULL || sought.metric < 0 ||
		(sought.zone == NULL && terms->time_zone != NULL) ||
		(sought.calendar == NULL && terms->calendar != NULL))
		return false;
	if (run == NULL ? !sla_clock_find(question->map, &sought, soft, clock) :
		run->has_target_days ?
		!sla_clock_what_if_days(question->map, &sought, run->target_days,
								run->until_close, soft, clock) :
		!sla_clock_what_if(question->map, &sought, &run->target, soft, clock))
		return false;
	if (question->paused->n > 0)
		sla_clock_pause(clock, periods_to_multirange(question->multirange, question->paused),
						question->multirange);
	return true;
}

static void
find_due(Question *question)
{
	SlaClock	clock;

	(void) find_clock(question, false, &clock);
	clock.gap = &question->gap;
	(void) sla_clock_due(&clock, false, question->due_at);
	(void) sla_clock_at_risk(&clock, false, question->at_risk_at);
	question->run->target = clock.rule->interval;
}

/* How long a run took is no verdict: where it cannot be told, it is not (R9). */
static void
find_elapsed(Question *question)
{
	SlaClock	clock;

	question->run = NULL;
	*question->found = find_clock(question, true, &clock) &&
		sla_clock_ran_softly(&clock, question->until, question->elapsed);
	if (!*question->found)
		*question->elapsed = 0;
}

/*
 * Ask.  What the policy does not know is raised, or becomes a problem.  That
 * needs no subtransaction: when the policy raises an error that can become a
 * problem, it holds nothing of the server's.
 */
static bool
ask(void (*find) (Question *question), Question *question, char **problem)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool known = true;

	PG_TRY();
	{
		find(question);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		*problem = question->policy != NULL && question->policy->known != NULL &&
			(question->policy->unchanged ||
			 strcmp(question->policy->known, error->message) == 0) ?
			error->message : input_problem(error, question->forgiving);
		known = false;
	}
	PG_END_TRY();
	return known;
}

static bool
ask_priority(void *arg, const ClockTerms *terms, int *priority, char **problem)
{
	Question   *question = arg;

	question->terms = terms;
	question->priority = priority;
	return ask(find_priority, question, problem);
}

/* What is asked of a run. */
static Question *
of_run(void *arg, const char *metric, ClockRun *run)
{
	Question   *question = arg;

	question->metric = metric;
	question->terms = &run->terms;
	question->start = run->started_at.at;
	question->run = run;
	return question;
}

static bool
ask_target(void *arg, const char *metric, ClockRun *run, char **problem)
{
	return ask(find_target, of_run(arg, metric, run), problem);
}

static bool
ask_due(void *arg, const char *metric, ClockRun *run, const Periods *paused,
		TimestampTz *due_at, TimestampTz *at_risk_at, char **problem)
{
	Question   *question = of_run(arg, metric, run);

	question->paused = paused;
	question->due_at = due_at;
	question->at_risk_at = at_risk_at;
	return ask(find_due, question, problem);
}

static bool
ask_elapsed(void *arg, const char *metric, const ClockTerms *terms,
			TimestampTz start, TimestampTz until, const Periods *paused,
			bool *has_hours, int64 *elapsed, char **problem)
{
	Question   *question = arg;

	question->metric = metric;
	question->terms = terms;
	question->start = start;
	question->until = until;
	question->paused = paused;
	question->found = has_hours;
	question->elapsed = elapsed;
	return ask(find_elapsed, question, problem);
}

/* Begin to ask; from here to the end of asking, no code of others runs. */
static void
begin_asking(const Tracked *tracked, PolicyPin *pin, Question *question)
{
	memset(question, 0, sizeof(Question));
	question->multirange = tracked->multirange;
	question->forgiving = bad_ticket == BAD_TICKET_UNKNOWN;
	policy_pin_init(pin, tracked->namespace, CurrentMemoryContext);
	policy_begin_call();
	question->map = policy_current(pin);
}

int
ticket_priority_of(Tracked *tracked, const ClockTerms *terms)
{
	PolicyPin  *pin = palloc(sizeof(PolicyPin));
	Question	question;
	int			priority;
	char	   *problem;

	if (terms->override >= 0)
		return terms->override;
	if (terms->urgency < 0 || terms->impact < 0)
		return -1;
	begin_asking(tracked, pin, &question);
	return ask_priority(&question, terms, &priority, &problem) ? priority : -1;
}

/* ----------------------------------------------------------------------
 * Inputs
 * ----------------------------------------------------------------------
 */

/* The rows of the views. */
typedef struct Inputs
{
	InputRow	ticket;
	InputRow   *clock;
} Inputs;

static void
evaluate_inputs(Tracked *tracked, TupleTableSlot *slot, Inputs *inputs)
{
	InputQuery *query = palloc((1 + tracked->nclocks) * sizeof(InputQuery));
	int			i;

	inputs->clock = palloc(tracked->nclocks * sizeof(InputRow));
	query[0].view = &tracked->ticket;
	query[0].columns = ALL_INPUT_COLUMNS(NUM_TICKET_COLUMNS) &
		~(INPUT_COLUMN(TICKET_ID) | INPUT_COLUMN(TICKET_TENANT) |
		  INPUT_COLUMN(TICKET_FILLED) | INPUT_COLUMN(TICKET_TRAIL) |
		  INPUT_COLUMN(TICKET_APPROVER));
	query[0].row = &inputs->ticket;
	for (i = 0; i < tracked->nclocks; i++)
	{
		query[i + 1].view = &tracked->clock[i].input;
		query[i + 1].columns = ALL_INPUT_COLUMNS(NUM_CLOCK_COLUMNS) &
			~(INPUT_COLUMN(CLOCK_METRIC) | INPUT_COLUMN(CLOCK_ON_CLOSE) |
			  INPUT_COLUMN(CLOCK_ON_REOPEN));
		query[i + 1].row = &inputs->clock[i];
	}
	input_evaluate(tracked, slot, query, 1 + tracked->nclocks);
}

/* Where a value comes from: the clock's own view, or else the ticket's. */
typedef struct Source
{
	const InputView *view;
	const InputRow *row;
	int			column;
} Source;

#define NO_COLUMN	(-1)

static Source
source(const Tracked *tracked, const Inputs *inputs, int clock, int own, int of_ticket,
	   const char **problem)
{
	Source		result = {&tracked->clock[clock].input, &inputs->clock[clock], own};

	if (own == NO_COLUMN || (of_ticket != NO_COLUMN && !result.view->column[own].given))
	{
		result.view = &tracked->ticket;
		result.row = &inputs->ticket;
		result.column = of_ticket;
	}
	if (*problem == NULL)
		*problem = result.row->problem[result.column];
	return result;
}

#define TEXT_OF(s)		input_text((s).row, (s).column)
#define INSTANT_OF(s)	input_instant((s).row, (s).column)
#define FLAG_OF(s)		input_flag((s).view, (s).row, (s).column)
#define LEVEL_OF(s, levels)	input_level(levels, (s).row, (s).column)
#define GIVEN(s)		((s).view->column[(s).column].given)

static void
find_terms(const Tracked *tracked, const Inputs *inputs, int clock, ClockWork *work)
{
	const char **problem = &work->term_problem;
	ClockInput *input = &work->input;
	ClockTerms *terms = &input->terms;
	Source		priority = source(tracked, inputs, clock, CLOCK_PRIORITY,
								  TICKET_PRIORITY, problem);
	const char *ignored = NULL;

	input->has_priority = GIVEN(priority);
	terms->priority = LEVEL_OF(priority, &tracked->priority);
	if (input->has_priority)
		problem = &ignored;		/* the matrix is not asked */
	terms->urgency = LEVEL_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_URGENCY, problem),
							  &tracked->level[0]);
	terms->impact = LEVEL_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_IMPACT, problem),
							 &tracked->level[1]);
	terms->override = LEVEL_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_OVERRIDE, problem),
							   &tracked->priority);
	problem = &work->term_problem;
	terms->plan = TEXT_OF(source(tracked, inputs, clock, CLOCK_PLAN, TICKET_PLAN, problem));
	terms->calendar = TEXT_OF(source(tracked, inputs, clock, CLOCK_CALENDAR, TICKET_CALENDAR, problem));
	terms->time_zone = TEXT_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_TIME_ZONE, problem));
	terms->holidays = TEXT_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_HOLIDAYS, problem));
}

static void
find_input(const Tracked *tracked, const Inputs *inputs, int clock, ClockWork *work)
{
	const TrackedClock *described = &tracked->clock[clock];
	ClockInput *input = &work->input;
	const char **problem = &work->fact_problem;
	Source		value;

	input->metric = described->metric;
	input->on_close = described->on_close;
	input->on_reopen = described->on_reopen;
	input->opened_at = INSTANT_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_OPENED_AT, problem));
	input->starts_at = INSTANT_OF(source(tracked, inputs, clock, CLOCK_STARTS_AT, TICKET_OPENED_AT, problem));
	input->stops_at = INSTANT_OF(source(tracked, inputs, clock, CLOCK_STOPS_AT, NO_COLUMN, problem));
	input->stops = FLAG_OF(source(tracked, inputs, clock, CLOCK_STOPS, NO_COLUMN, problem));
	input->closed_at = INSTANT_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_CLOSED_AT, problem));
	input->closed = FLAG_OF(source(tracked, inputs, clock, NO_COLUMN, TICKET_CLOSED, problem));
	input->is_paused = FLAG_OF(source(tracked, inputs, clock, CLOCK_IS_PAUSED, NO_COLUMN, problem));
	value = source(tracked, inputs, clock, CLOCK_PAUSED, NO_COLUMN, problem);
	input->has_periods = GIVEN(value);
	if (!value.row->isnull[value.column])
		input->periods = multirange_to_periods(tracked->multirange,
											   DatumGetMultirangeTypeP(value.row->value[value.column]));
	input->cancelled = FLAG_OF(source(tracked, inputs, clock, CLOCK_CANCELLED,
									  TICKET_CANCELLED, problem)) == FLAG_TRUE;
	find_terms(tracked, inputs, clock, work);
	value = source(tracked, inputs, clock, NO_COLUMN, TICKET_CARRIED, &work->term_problem);
	if (!value.row->isnull[value.column])
		input->carried = PG_DETOAST_DATUM(value.row->value[value.column]);
}

void
ticket_terms(const Tracked *tracked, const InputRow *row, ClockTerms *terms)
{
	memset(terms, 0, sizeof(ClockTerms));
	terms->priority = -1;
	terms->plan = input_text(row, TICKET_PLAN);
	terms->urgency = input_level(&tracked->level[0], row, TICKET_URGENCY);
	terms->impact = input_level(&tracked->level[1], row, TICKET_IMPACT);
	terms->override = input_level(&tracked->priority, row, TICKET_OVERRIDE);
}

/* ----------------------------------------------------------------------
 * Stored clocks
 * ----------------------------------------------------------------------
 */

static bool
is_metric(const Tracked *tracked, int clock, const StoredRun *run)
{
	return strcmp(tracked->clock[clock].metric, run->metric) == 0;
}

static void
add_in_order(ClockWork *work, const ClockRun *run)
{
	int			at = work->nstored++;

	for (; at > 0 && work->stored[at - 1].run > run->run; at--)
		work->stored[at] = work->stored[at - 1];
	work->stored[at] = *run;
}

/*
 * Which of the stored clocks are of the ticket's present life (R11): those that
 * are not gone, or else those that went last, unless it is a new ticket.
 */
static void
choose_life(Reconciling *reconciling, const StoredRun *stored, int n)
{
	const Tracked *tracked = reconciling->tracked;
	TimestampTz last_gone = DT_NOBEGIN;
	bool		living = false;
	bool		returns = true;
	int			i;
	int			j;

	for (i = 0; i < n; i++)
	{
		if (!stored[i].run.gone_at.known)
			living = true;
		else
			last_gone = Max(last_gone, stored[i].run.gone_at.at);
	}
	reconciling->lost_at = last_gone;
	for (i = 0; i < n && !living; i++)
	{
		const ClockRun *run = &stored[i].run;
		Instant		opened = tracked->nclocks > 0 ?
			reconciling->clock[0].input.opened_at : run->opened_at;

		if (run->gone_at.at == last_gone &&
			last_gone < GetCurrentStatementStartTimestamp() &&
			(run->opened_at.known != opened.known ||
			 (opened.known && run->opened_at.at != opened.at)))
			returns = false;
	}
	if (!living && returns && n > 0)
		reconciling->lost_at = DT_NOBEGIN;
	for (j = 0; j < tracked->nclocks; j++)
	{
		ClockWork  *work = &reconciling->clock[j];

		work->nstored = 0;
		work->stored = palloc((n + 1) * sizeof(ClockRun));
		work->last_run = 0;
		for (i = 0; i < n; i++)
		{
			const ClockRun *run = &stored[i].run;

			if (!is_metric(tracked, j, &stored[i]))
				continue;
			work->last_run = Max(work->last_run, run->run);
			if (living ? !run->gone_at.known : returns && run->gone_at.at == last_gone)
				add_in_order(work, run);
		}
	}
}

/* ----------------------------------------------------------------------
 * The step
 * ----------------------------------------------------------------------
 */

/* The stop of the first run of the metric that a clock waits for. */
static Instant
waits_until(const Reconciling *reconciling, int clock)
{
	const Tracked *tracked = reconciling->tracked;
	Instant		never = {false, 0};
	int			i;

	for (i = 0; i < tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];

		if (strcmp(tracked->clock[i].metric, tracked->clock[clock].only_after) == 0 &&
			work->nresult > 0 && !work->result[0].cancelled_at.known)
			return work->result[0].stopped_at;
	}
	return never;
}

/* A clock of which something could not be read (R9). */
static void
set_problem(ClockRun *run, const char *problem, bool keeps)
{
	run->problem = problem;
	if (keeps)
		return;
	clock_forget_target(run);
	run->due_at.known = run->at_risk_at.known = run->has_remaining = run->has_elapsed = false;
	run->due_at.at = run->at_risk_at.at = run->remaining = run->elapsed = 0;
}

static bool
runs_ahead(const ClockRun *run, TimestampTz now)
{
	return !run->stopped_at.known && (!run->due_at.known || now <= run->due_at.at);
}

/* Nothing is known of the clock now: it is as it was, but for the problem. */
static void
step_unread(const Reconciling *reconciling, ClockWork *work)
{
	int			i;

	work->result = palloc0((work->nstored + 1) * sizeof(ClockRun));
	work->nresult = work->nstored;
	for (i = 0; i < work->nstored; i++)
	{
		work->result[i] = work->stored[i];
		work->result[i].gone_at.known = false;
		work->result[i].gone_at.at = 0;
		set_problem(&work->result[i], work->fact_problem,
					!runs_ahead(&work->stored[i], reconciling->now));
	}
}

static void
step_clock(Reconciling *reconciling, int clock, ClockPolicy *policy)
{
	ClockWork  *work = &reconciling->clock[clock];
	StepMode	mode = reconciling->mode == RECONCILE_REFRESH ? STEP_REFRESH :
		reconciling->mode == RECONCILE_REJUDGE ? STEP_REJUDGE : STEP_SEEN;
	int			i;

	if (reconciling->metric != NULL &&
		strcmp(reconciling->metric, work->input.metric) != 0)
	{
		work->result = work->stored;
		work->nresult = work->nstored;
		return;
	}
	if (work->fact_problem != NULL)
	{
		step_unread(reconciling, work);
		return;
	}
	if (work->events.wait)
		work->events.after = waits_until(reconciling, clock);
	if (work->term_problem != NULL && work->nstored > 0)
	{
		/* Judged by the terms that it had. */
		work->input.terms = work->stored[work->nstored - 1].terms;
		work->input.has_priority = true;
	}
	work->nresult = clock_step(&work->input, &work->events, work->stored,
							   work->nstored, work->last_run, policy, mode,
							   reconciling->now, &work->result);
	for (i = 0; i < work->nresult && work->term_problem != NULL; i++)
	{
		bool		lost = i < work->nstored && work->stored[i].problem != NULL &&
			!work->stored[i].has_target;

		if (i >= work->nstored || lost || runs_ahead(&work->result[i], reconciling->now))
			set_problem(&work->result[i], work->term_problem, false);
	}
}

/*
 * Judge all clocks, by one map of the policy.  What it does not know is no
 * error if forgiving.  False: a clock has a problem.
 */
static bool
step_clocks(Reconciling *reconciling, bool forgiving)
{
	Tracked    *tracked = reconciling->tracked;
	ClockTerms *terms = &reconciling->terms;
	PolicyPin  *pin = palloc(sizeof(PolicyPin));
	const SupportPlan *plan = NULL;
	Question	question;
	ClockPolicy policy = {&question, NULL, false, ask_priority, ask_target, ask_due, ask_elapsed};
	bool		judged = true;
	int			i;
	int			j;

	begin_asking(tracked, pin, &question);
	question.policy = &policy;
	question.forgiving |= forgiving;
	reconciling->now = GetCurrentTimestamp();
	for (i = 0; i < tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];

		step_clock(reconciling, i, &policy);
		for (j = 0; j < work->nresult; j++)
			judged = judged && work->result[j].problem == NULL;
	}

	if (terms->plan != NULL)
		plan = policy_plan(question.map, terms->plan, strlen(terms->plan), true);
	if (terms->plan == NULL || plan != NULL)
		reconciling->assigned = matrix_priority(plan, terms->urgency, terms->impact);
	if (!tracked->ticket.column[TICKET_PRIORITY].given)
		terms->priority = terms->override >= 0 ? terms->override : reconciling->assigned;
	holiday_gap_warn(&question.gap, &tracked->warned);
	return judged;
}

/* ----------------------------------------------------------------------
 * A ticket
 * ----------------------------------------------------------------------
 */

static void
write_clocks(Reconciling *reconciling)
{
	int			i;
	int			j;

	reconciling->written = 0;
	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];

		for (j = 0; j < work->nresult; j++)
		{
			if (j >= work->nstored)
				store_insert(reconciling->store, reconciling->number,
							 reconciling->tracked->clock[i].metric, &work->result[j]);
			else if (!clock_run_equal(&work->stored[j], &work->result[j]))
				store_update(reconciling->store, reconciling->number, &work->result[j]);
			else
				continue;
			reconciling->written++;
		}
	}
}

static void
read_clocks(Reconciling *reconciling)
{
	StoredRun  *stored;
	int			n = store_clocks(reconciling->store, reconciling->number, &stored);

	choose_life(reconciling, stored, n);
}

static void
find_inputs(Reconciling *reconciling, TupleTableSlot *slot)
{
	Tracked    *tracked = reconciling->tracked;
	Inputs		inputs;
	int			i;

	reconciling->lost_at = DT_NOBEGIN;
	reconciling->assigned = -1;
	reconciling->clock = palloc0((tracked->nclocks + 1) * sizeof(ClockWork));
	evaluate_inputs(tracked, slot, &inputs);
	ticket_terms(tracked, &inputs.ticket, &reconciling->terms);
	reconciling->terms.priority = input_level(&tracked->priority, &inputs.ticket, TICKET_PRIORITY);
	for (i = 0; i < tracked->nclocks; i++)
		find_input(tracked, &inputs, i, &reconciling->clock[i]);
}

/* The clock of which events are read. */
typedef struct EventsRead
{
	Reconciling *reconciling;
	int			clock;
} EventsRead;

static void
read_events(void *arg)
{
	const EventsRead *reading = arg;

	store_events(reading->reconciling->store, reading->reconciling->number, reading->clock,
				 &reading->reconciling->clock[reading->clock].events);
}

/* Read the events of each clock; an expression over them that fails is a problem. */
static void
find_events(Reconciling *reconciling)
{
	int			i;

	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const InputView *view = &reconciling->tracked->clock[i].events;
		EventsRead	reading = {reconciling, i};
		char	   *problem = NULL;

		if (bad_ticket == BAD_TICKET_UNKNOWN && view->evaluates)
			problem = input_carefully(true, read_events, &reading);
		else
			read_events(&reading);
		if (problem == NULL)
			continue;
		memset(&reconciling->clock[i].events, 0, sizeof(ClockEvents));
		reconciling->clock[i].fact_problem = psprintf("events of \"%s\": %s", view->name, problem);
	}
}

void
reconcile_dry(Reconciling *reconciling, TupleTableSlot *slot)
{
	find_inputs(reconciling, slot);
	find_events(reconciling);
	read_clocks(reconciling);
	(void) step_clocks(reconciling, false);
}

/* Error context: which ticket. */
static void
say_which_ticket(void *arg)
{
	const Reconciling *reconciling = arg;
	const Tracked *tracked = reconciling->tracked;

	errcontext("tracking of ticket %s of table %s",
			   value_text(tracked->id_type, reconciling->key.id), tracked->name);
}

/* Say of a clock that it cannot be judged, when it becomes so. */
static void
warn_of_problems(const Reconciling *reconciling)
{
	int			i;
	int			j;

	for (i = 0; i < reconciling->tracked->nclocks; i++)
	{
		const ClockWork *work = &reconciling->clock[i];

		/* Not even its start is known, so that there is no row to keep it. */
		if (work->nresult == 0 && work->fact_problem != NULL)
			ereport(WARNING,
					(errmsg("clock \"%s\" cannot be judged: %s",
							reconciling->tracked->clock[i].metric, work->fact_problem)));
		for (j = 0; j < work->nresult; j++)
		{
			const char *problem = work->result[j].problem;
			const char *before = j < work->nstored ? work->stored[j].problem : NULL;

			if (problem != NULL && (before == NULL || strcmp(problem, before) != 0))
				ereport(WARNING,
						(errmsg("clock \"%s\" cannot be judged: %s",
								reconciling->tracked->clock[i].metric, problem)));
		}
	}
}

/*
 * Whether the row version that a trigger saw is the one that counts.  A trigger
 * or an expression of the application, or the same statement, may have written
 * it again; then that is seen when its turn comes.
 */
static bool
is_live(const Reconciling *reconciling)
{
	return reconciling->rel == NULL ||
		table_tuple_satisfies_snapshot(reconciling->rel, reconciling->version, SnapshotSelf);
}

/* From the inputs and the events that were found to what is written. */
static void
judge(Reconciling *reconciling)
{
	if (reconciling->mode == RECONCILE_NEW)
	{
		/*
		 * Nothing is stored of it, in all likelihood: the statement tells.  If
		 * clocks are stored, what the ticket says now may not matter to them.
		 */
		if (step_clocks(reconciling, true))
			write_clocks(reconciling);
	}
	if (reconciling->mode != RECONCILE_NEW || !store_insert_first(reconciling->store))
	{
		read_clocks(reconciling);
		(void) step_clocks(reconciling, false);
		write_clocks(reconciling);
	}
	trail_tell(reconciling);
	if (reconciling->mode == RECONCILE_SEEN || reconciling->mode == RECONCILE_NEW)
		warn_of_problems(reconciling);
}

static void
reconcile(Reconciling *reconciling, TupleTableSlot *slot)
{
	ErrorContextCallback callback = {error_context_stack, say_which_ticket, reconciling};

	error_context_stack = &callback;
	find_inputs(reconciling, slot);
	find_events(reconciling);
	if (is_live(reconciling))
		judge(reconciling);
	error_context_stack = callback.previous;
}

void
reconcile_ticket(Tracked *tracked, Relation rel, TupleTableSlot *version, TupleTableSlot *slot,
				 bool is_new)
{
	Reconciling reconciling = {.tracked = tracked, .mode = is_new ? RECONCILE_NEW : RECONCILE_SEEN,
	.rel = rel, .version = version};

	if (!is_live(&reconciling) || !ticket_key(tracked, slot, &reconciling.key))
		return;
	reconciling.store = store_open(tracked, &reconciling.key, 1);
	reconcile(&reconciling, slot);
	store_close(reconciling.store);
}

void
reconcile_gone(Tracked *tracked, const TicketKey *key)
{
	Store	   *store = store_open(tracked, key, 1);

	(void) store_gone(store, 0, GetCurrentTimestamp());
	store_close(store);
}

/*
 * Reconcile some tickets, of which the keys are in order.  What is read and what
 * is to be written of all of them is in memory together, and in the processor's
 * caches if they are few.
 */
static int64
reconcile_some(Reconciling *reconciling, const TicketKey *keys, int n, TupleTableSlot *slot)
{
	Store	   *store = store_open(reconciling->tracked, keys, n);
	MemoryContext one;
	MemoryContext old;
	int64		written = 0;
	int			i;

	reconciling->store = store;
	store_find(store, true);
	/* What is reset keeps its first block; a ticket needs more than the usual 8 kB. */
	one = AllocSetContextCreate(CurrentMemoryContext, "reconciled ticket",
								ALLOCSET_DEFAULT_MINSIZE, 4 * ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
	old = MemoryContextSwitchTo(one);
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		reconciling->key = keys[i];
		reconciling->number = i;
		if (store_ticket(store, i, slot))
		{
			reconcile(reconciling, slot);
			written += reconciling->written;
		}
		else
			written += store_gone(store, i, GetCurrentTimestamp());
		ExecClearTuple(slot);
		MemoryContextReset(one);
	}
	MemoryContextSwitchTo(old);
	store_close(store);
	return written;
}

int64
reconcile_tickets(Tracked *tracked, TicketKey *keys, int n, ReconcileMode mode,
				  const char *metric, const char *reason)
{
	Reconciling reconciling = {.tracked = tracked, .mode = mode, .metric = metric, .reason = reason};
	TupleTableSlot *slot = MakeSingleTupleTableSlot(tracked->row, &TTSOpsVirtual);
	int64		written = 0;
	int			unique = 0;
	int			i;

	qsort_arg(keys, n, sizeof(TicketKey), compare_ticket_keys, tracked);
	for (i = 0; i < n; i++)
	{
		if (unique == 0 || compare_ticket_keys(&keys[unique - 1], &keys[i], tracked) != 0)
			keys[unique++] = keys[i];
	}
	for (i = 0; i < unique; i += AT_A_TIME)
		written += reconcile_some(&reconciling, keys + i, Min(AT_A_TIME, unique - i), slot);
	return written;
}
