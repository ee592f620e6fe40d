/*
 * clock_step.c
 *	  Tests of the step of a clock on its own: the rules one by one, and random
 *	  lives of which a few things must be true whatever happens.
 *
 * The policy here is simple: the desk is always open, a plan "std" has a target
 * of 1, 2, 3 or 4 hours for P1 to P4, "slow" has ten times that, "days" the end
 * of the 0th to 3rd day after the start, "none" has no target, and no other plan
 * exists.  Instants are minutes.
 */
#include "../fuzz/stubs.h"

#include "utils/timestamp.h"

#include "tickets/clock.h"

#define MINUTE	USECS_PER_MINUTE
#define MAX_STEPS	25

static int	checks;
static int	failures;
static int	targets_asked;		/* calls of the policy */
static int	factor = 1;			/* targets are multiplied by this */

static bool
fake_priority(void *arg, const ClockTerms *terms, int *priority, char **problem)
{
	*priority = Max(0, 3 - (terms->urgency + terms->impact) / 2);
	return true;
}

static int
plan_hours(const char *plan)
{
	return strcmp(plan, "std") == 0 ? 1 : strcmp(plan, "slow") == 0 ? 10 :
		strcmp(plan, "days") == 0 ? 24 : strcmp(plan, "none") == 0 ? 0 : -1;
}

static bool
known_plan(const ClockTerms *terms, char **problem)
{
	if (terms->plan != NULL && plan_hours(terms->plan) >= 0)
		return true;
	*problem = "no such plan";
	return false;
}

static bool
fake_target(void *arg, const char *metric, ClockRun *run, char **problem)
{
	const ClockTerms *terms = &run->terms;

	targets_asked++;
	if (!known_plan(terms, problem))
		return false;
	run->target.time = (int64) plan_hours(terms->plan) * (terms->priority + 1) * factor * 60 * MINUTE;
	run->has_target = run->target.time > 0;
	run->has_target_days = run->until_close = strcmp(terms->plan, "days") == 0;
	run->target_days = run->has_target_days ? terms->priority : 0;
	return true;
}

static bool
fake_due(void *arg, const char *metric, ClockRun *run, const Periods *paused,
		 TimestampTz *due_at, TimestampTz *at_risk_at, char **problem)
{
	TimestampTz start = run->started_at.at;
	const Interval *target = &run->target;
	int			part;

	if (!known_plan(&run->terms, problem))
		return false;
	if (run->has_target_days)
		run->target.time = (start / USECS_PER_DAY + run->target_days + 1) * USECS_PER_DAY - start;
	for (part = 0; part < 2; part++)
	{
		TimestampTz at = start + (part == 0 ? target->time : target->time / 4 * 3);
		int			i;

		for (i = 0; i < paused->n && paused->period[i].from < at; i++)
			at += paused->period[i].until - paused->period[i].from;
		*(part == 0 ? due_at : at_risk_at) = at;
	}
	return true;
}

static bool
fake_elapsed(void *arg, const char *metric, const ClockTerms *terms,
			 TimestampTz start, TimestampTz until, const Periods *paused,
			 bool *has_hours, int64 *elapsed, char **problem)
{
	int			i;

	if (!known_plan(terms, problem))
		return false;
	*has_hours = true;
	*elapsed = Max(0, until - start);
	for (i = 0; i < paused->n; i++)
	{
		TimestampTz end = Min(paused->period[i].until, until);

		if (end > paused->period[i].from)
			*elapsed -= end - paused->period[i].from;
	}
	return true;
}

static ClockPolicy policy = {
	NULL, NULL, false, fake_priority, fake_target, fake_due, fake_elapsed
};

/* ----------------------------------------------------------------------
 * One ticket and its clock
 * ----------------------------------------------------------------------
 */

static ClockInput in;
static ClockEvents ev;
static ClockEvent event[64];
static ClockRun *runs;
static int	nruns;
static const char *rule;

static inline Instant
at(int minute)
{
	Instant		i = {true, minute * MINUTE};

	return i;
}

static const Instant never = {false, 0};

/* A new ticket, opened at minute 0, with one clock. */
static void
ticket(const char *name)
{
	rule = name;
	memset(&in, 0, sizeof(in));
	memset(&ev, 0, sizeof(ev));
	memset(event, 0, sizeof(event));
	ev.event = event;
	in.metric = "test";
	in.opened_at = in.starts_at = at(0);
	in.terms.plan = "std";
	in.terms.urgency = in.terms.impact = in.terms.override = -1;
	in.terms.priority = 0;
	in.has_priority = true;
	in.closed = FLAG_FALSE;
	nruns = 0;
	factor = 1;
}

static void
step_mode(int minute, StepMode mode)
{
	nruns = clock_step(&in, &ev, runs, nruns, nruns, &policy, mode,
					   minute * MINUTE, &runs);
}

static void
step(int minute)
{
	step_mode(minute, STEP_SEEN);
}

static void
tell(int minute, const char *key, bool starts, bool stops, bool cancels, Flag paused)
{
	ClockEvent	e = {key, minute * MINUTE, starts, stops, cancels, paused};
	int			i = ev.n++;

	for (; i > 0 && event[i - 1].at > e.at; i--)
		event[i] = event[i - 1];
	event[i] = e;
	ev.given = true;
}

static void
check(bool ok, const char *what)
{
	checks++;
	if (ok)
		return;
	failures++;
	printf("not so: %s: %s\n", rule, what);
}

#define CHECK(condition)	check(condition, #condition)

static bool
is_at(Instant i, int minute)
{
	return i.known && i.at == minute * MINUTE;
}

static bool
is_cancelled(const ClockRun *run, const char *reason)
{
	return run->cancelled_at.known && strcmp(run->cancel_reason, reason) == 0;
}

static SlaStatus
status(int run, int minute)
{
	return clock_status(&runs[run], minute * MINUTE);
}

static void
rules(void)
{
	Period		pauses[] = {{50 * MINUTE, 55 * MINUTE}, {20 * MINUTE, 25 * MINUTE}};

	ticket("R1, a run starts with the target in force at its start");
	step(0);
	CHECK(nruns == 1 && runs[0].run == 1 && is_at(runs[0].due_at, 60));
	CHECK(is_at(runs[0].at_risk_at, 45) && status(0, 44) == STATUS_ON_TRACK);
	CHECK(status(0, 45) == STATUS_AT_RISK && status(0, 60) == STATUS_AT_RISK);
	CHECK(status(0, 61) == STATUS_OVERDUE);

	ticket("R2, a running clock follows its terms");
	step(0);
	in.terms.priority = 1;
	step(30);
	CHECK(is_at(runs[0].due_at, 120) && runs[0].terms.priority == 1);

	ticket("R2, a miss stays one");
	step(0);
	in.terms.plan = "slow";
	step(61);
	CHECK(is_at(runs[0].due_at, 60) && strcmp(runs[0].terms.plan, "std") == 0);
	in.terms.plan = "lost";
	step(62);
	in.cancelled = true;
	step(63);
	in.cancelled = false;
	in.terms.plan = "slow";
	step(64);
	CHECK(is_at(runs[0].due_at, 60) && status(0, 64) == STATUS_OVERDUE);

	ticket("R2, at the deadline it has not passed");
	step(0);
	in.terms.plan = "slow";
	step(60);
	CHECK(is_at(runs[0].due_at, 600));

	ticket("R2, a stop is judged by the terms before it");
	step(0);
	in.terms.plan = "slow";
	in.stops_at = at(90);
	step(50);
	CHECK(is_at(runs[0].due_at, 60) && status(0, 90) == STATUS_MISSED);
	CHECK(runs[0].has_elapsed && runs[0].elapsed == 90 * MINUTE);

	ticket("R2, a changed matrix moves nothing until it is asked");
	in.has_priority = false;
	in.terms.urgency = in.terms.impact = 2;
	step(0);
	factor = 2;
	targets_asked = 0;
	step(10);
	CHECK(is_at(runs[0].due_at, 120) && targets_asked == 0);
	step_mode(20, STEP_REFRESH);
	CHECK(is_at(runs[0].due_at, 240));
	factor = 3;
	step_mode(241, STEP_REFRESH);
	CHECK(is_at(runs[0].due_at, 240));

	ticket("R3, a corrected opening");
	step(0);
	in.starts_at = at(-30);
	step(10);
	CHECK(is_at(runs[0].due_at, 30) && is_at(runs[0].started_at, -30));

	ticket("R3, a correction of facts keeps the clock's own terms");
	step(0);
	in.stops_at = at(61);
	step(61);
	in.terms.plan = "slow";
	in.stops_at = at(59);
	step(100);
	CHECK(status(0, 100) == STATUS_MET && is_at(runs[0].due_at, 60));
	CHECK(strcmp(runs[0].terms.plan, "std") == 0);

	ticket("R3, a start on another day keeps the clock's own business days");
	in.terms.plan = "days";
	in.terms.priority = 1;
	in.starts_at = at(1500);
	step(1500);
	CHECK(is_at(runs[0].due_at, 4320) && runs[0].target.time == 2820 * MINUTE);
	CHECK(runs[0].has_target_days && runs[0].target_days == 1 && runs[0].until_close);
	in.starts_at = at(1400);
	in.terms.plan = "std";
	in.stops_at = at(1510);
	step(1510);
	CHECK(is_at(runs[0].due_at, 2880) && runs[0].target.time == 1480 * MINUTE);
	CHECK(runs[0].target_days == 1 && strcmp(runs[0].terms.plan, "days") == 0);

	ticket("R2, from business days to an interval");
	in.terms.plan = "days";
	step(0);
	in.terms.plan = "std";
	step(10);
	CHECK(is_at(runs[0].due_at, 60) && !runs[0].has_target_days && !runs[0].until_close);

	ticket("R4, rejudged by the ticket's terms now");
	step(0);
	in.stops_at = at(90);
	step(90);
	in.terms.plan = "slow";
	step_mode(100, STEP_REJUDGE);
	CHECK(status(0, 100) == STATUS_MET && is_at(runs[0].due_at, 600));

	ticket("R5, paused");
	in.is_paused = FLAG_FALSE;
	step(0);
	in.is_paused = FLAG_TRUE;
	step(20);
	CHECK(!runs[0].due_at.known && runs[0].remaining == 40 * MINUTE);
	CHECK(!runs[0].at_risk_at.known && status(0, 500) == STATUS_PAUSED);
	in.is_paused = FLAG_FALSE;
	step(50);
	CHECK(is_at(runs[0].due_at, 90) && !runs[0].has_remaining);

	ticket("R5, a pause after the deadline changes no verdict");
	in.is_paused = FLAG_FALSE;
	step(0);
	in.is_paused = FLAG_TRUE;
	step(61);
	CHECK(is_at(runs[0].due_at, 60) && status(0, 62) == STATUS_OVERDUE);

	ticket("R5, a stop while paused");
	in.is_paused = FLAG_FALSE;
	step(0);
	in.is_paused = FLAG_TRUE;
	step(20);
	in.stops_at = at(200);
	step(200);
	CHECK(is_at(runs[0].due_at, 240) && status(0, 200) == STATUS_MET);
	CHECK(runs[0].elapsed == 20 * MINUTE && runs[0].paused.period[0].until == 200 * MINUTE);
	in.stops_at = never;
	step(210);
	CHECK(!runs[0].due_at.known && runs[0].paused.n == 1 &&
		  runs[0].paused.period[0].from == 20 * MINUTE &&
		  runs[0].paused.period[0].until == DT_NOEND);

	ticket("R6, a closing ends the clock");
	step(0);
	in.closed_at = at(30);
	step(31);
	CHECK(is_at(runs[0].stopped_at, 30) && runs[0].stopped_by_close);
	in.closed_at = at(25);
	step(40);
	CHECK(is_at(runs[0].stopped_at, 25));

	ticket("R6, a stop before the closing stands");
	step(0);
	in.stops_at = at(20);
	in.closed_at = at(30);
	step(31);
	CHECK(is_at(runs[0].stopped_at, 20) && !runs[0].stopped_by_close);

	ticket("R6, a closing that cancels, one that does not matter");
	in.on_close = ON_CLOSE_CANCEL;
	step(0);
	in.closed_at = at(30);
	step(31);
	CHECK(is_cancelled(&runs[0], CANCELLED_CLOSED) && is_at(runs[0].cancelled_at, 30));
	in.on_close = ON_CLOSE_RUN;
	step(32);
	CHECK(!runs[0].cancelled_at.known && !runs[0].stopped_at.known);

	ticket("R6, a closing while cancelled is no stop, also later");
	step(0);
	in.cancelled = true;
	in.closed_at = at(30);
	step(30);
	in.cancelled = false;
	step(40);
	CHECK(!runs[0].cancelled_at.known && !runs[0].stopped_at.known);
	CHECK(is_at(runs[0].due_at, 60));
	in.closed_at = never;
	step(50);
	in.closed_at = at(55);
	step(55);
	CHECK(is_at(runs[0].stopped_at, 55));

	ticket("R7, continue: the time in between is paused");
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(100);
	CHECK(nruns == 1 && !runs[0].stopped_at.known && is_at(runs[0].due_at, 130));
	in.closed_at = at(110);
	step(110);
	CHECK(is_at(runs[0].stopped_at, 110) && runs[0].elapsed == 40 * MINUTE);

	ticket("R7, new run: the verdict stands");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.stops_at = in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(100);
	CHECK(nruns == 2 && is_at(runs[0].stopped_at, 30) && is_at(runs[1].started_at, 100));
	CHECK(is_at(runs[1].due_at, 160) && !runs[1].stopped_at.known);
	in.stops_at = at(170);
	step(170);
	CHECK(status(0, 200) == STATUS_MET && status(1, 200) == STATUS_MISSED);

	ticket("R7, new run: a stop that is told late counts for the run in which it lies");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	in.stops_at = at(20);
	step(50);
	CHECK(is_at(runs[0].stopped_at, 20) && !runs[0].stopped_by_close && !runs[1].stopped_at.known);
	in.stops_at = at(60);
	step(60);
	CHECK(is_at(runs[0].stopped_at, 20) && is_at(runs[1].stopped_at, 60));

	ticket("R7, keep: it stays stopped, wherever the start goes");
	in.on_reopen = ON_REOPEN_KEEP;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	in.starts_at = at(3 * 24 * 60);
	step(50);
	step(60);
	CHECK(runs[0].stopped_at.known && runs[0].stopped_by_close && runs[0].problem == NULL);

	ticket("R7, continue: a stop at the instant of the closing is the closing");
	step(0);
	in.stops_at = in.closed_at = at(30);
	step(30);
	CHECK(is_at(runs[0].stopped_at, 30) && runs[0].stopped_by_close);
	in.closed_at = never;
	step(100);
	CHECK(!runs[0].stopped_at.known && is_at(runs[0].due_at, 130));

	ticket("R7, continue: a stop that is remembered stands where a closing was at its instant");
	step(0);
	in.closed_at = at(0);
	step(30);
	in.closed_at = never;
	step(40);
	in.stops = FLAG_TRUE;
	in.stops_at = at(-10);
	step(50);
	CHECK(is_at(runs[0].stopped_at, 0) && !runs[0].stopped_by_close);
	in.stops_at = never;
	step(60);
	CHECK(is_at(runs[0].stopped_at, 0) && !runs[0].stopped_by_close);

	ticket("R7, keep: nothing happens");
	in.on_reopen = ON_REOPEN_KEEP;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	in.closed_at = at(50);
	step(50);
	CHECK(nruns == 1 && is_at(runs[0].stopped_at, 30));

	ticket("R7, keep: a stop after the closing that cancelled it is none");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_KEEP;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	in.stops_at = at(40);
	step(50);
	CHECK(is_cancelled(&runs[0], CANCELLED_CLOSED) && !runs[0].stopped_at.known);
	in.stops_at = at(20);
	step(60);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 20));

	ticket("R7, a real stop is not reopened");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.stops_at = at(20);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	CHECK(nruns == 1 && is_at(runs[0].stopped_at, 20));

	ticket("R7, a stop without an instant that comes with the closing is the closing");
	in.stops = FLAG_FALSE;
	step(0);
	in.stops = in.closed = FLAG_TRUE;
	step(30);
	CHECK(is_at(runs[0].stopped_at, 30) && runs[0].stopped_by_close);
	in.closed = FLAG_FALSE;
	step(40);
	CHECK(!runs[0].stopped_at.known && is_at(runs[0].due_at, 70));
	in.stops = FLAG_FALSE;
	step(45);
	in.stops = FLAG_TRUE;
	step(50);
	CHECK(is_at(runs[0].stopped_at, 50) && !runs[0].stopped_by_close);

	ticket("R7, what a closing cancelled stays so, whatever hid it");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.cancelled = true;
	step(40);
	in.cancelled = false;
	in.closed_at = never;
	step(50);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_CLOSED) && is_at(runs[1].due_at, 110));

	ticket("R7 and R9, what a closing cancelled for good is not judged any more");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	in.terms.plan = "lost";
	step(50);
	CHECK(runs[0].problem == NULL && runs[1].problem != NULL);

	ticket("R7, the earlier of two ends before the start");
	in.closed_at = at(-20);
	step(0);
	CHECK(is_at(runs[0].stopped_at, 0) && runs[0].stopped_by_close);
	in.stops_at = at(-30);
	step(10);
	CHECK(is_at(runs[0].stopped_at, 0) && !runs[0].stopped_by_close);

	ticket("R7, the earlier of two ends before the start, when events tell the stop");
	ev.stop = true;
	tell(0, "a", false, true, false, FLAG_NONE);
	step(0);
	in.closed_at = at(-10);
	step(10);
	CHECK(is_at(runs[0].stopped_at, 0) && runs[0].stopped_by_close);

	ticket("R7, a closing while the start is not known does not concern the run");
	in.on_close = ON_CLOSE_CANCEL;
	step(0);
	in.starts_at = never;
	step(10);
	in.closed_at = at(20);
	step(20);
	in.closed_at = never;
	step(30);
	in.starts_at = at(0);
	step(40);
	CHECK(!runs[0].cancelled_at.known && runs[0].closed.n == 0 && is_at(runs[0].due_at, 60));

	ticket("R7, a reopening while the start is not known is seen when that is back");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed_at = at(20);
	step(20);
	in.starts_at = never;
	step(25);
	in.closed_at = never;
	step(30);
	CHECK(nruns == 1 && is_cancelled(&runs[0], CANCELLED_NO_START));
	in.starts_at = at(0);
	step(40);
	CHECK(nruns == 2 && is_at(runs[0].stopped_at, 20) && is_at(runs[1].started_at, 40));

	ticket("R8, a miss that was cancelled is a miss again");
	step(0);
	in.stops_at = at(70);
	step(70);
	in.cancelled = true;
	step(80);
	CHECK(status(0, 80) == STATUS_CANCELLED && is_at(runs[0].cancelled_at, 80));
	in.cancelled = false;
	step(90);
	CHECK(status(0, 90) == STATUS_MISSED);

	ticket("R9, a plan that is no more: what was judged stays");
	step(0);
	in.stops_at = at(50);
	step(50);
	in.terms.plan = "lost";
	step(60);
	CHECK(runs[0].problem == NULL && status(0, 60) == STATUS_MET);

	ticket("R9, what must be computed is a problem, until it can be");
	step(0);
	in.terms.plan = "lost";
	step(10);
	CHECK(runs[0].problem != NULL && !runs[0].due_at.known && status(0, 10) == STATUS_UNKNOWN);
	in.stops_at = at(20);
	step(20);
	CHECK(runs[0].problem != NULL);
	in.terms.plan = "slow";
	step(30);
	CHECK(runs[0].problem == NULL && is_at(runs[0].due_at, 600) && status(0, 30) == STATUS_MET);

	ticket("R9, a miss needs no computing, whatever becomes of its plan");
	in.is_paused = FLAG_FALSE;
	step(0);
	in.terms.plan = "lost";
	in.is_paused = FLAG_TRUE;
	step(90);
	CHECK(runs[0].problem == NULL && status(0, 90) == STATUS_OVERDUE);
	in.terms.plan = "slow";
	step(100);
	CHECK(is_at(runs[0].due_at, 60) && strcmp(runs[0].terms.plan, "std") == 0);

	ticket("R8, a refresh takes no clock that does not count");
	step(0);
	in.cancelled = true;
	step(5);
	factor = 2;
	step_mode(10, STEP_REFRESH);
	CHECK(is_at(runs[0].due_at, 60));
	in.cancelled = false;
	step(20);
	step_mode(20, STEP_REFRESH);
	CHECK(is_at(runs[0].due_at, 120));

	ticket("R9, what a refresh cannot tell stays as it is");
	step(0);
	in.terms.plan = "lost";
	step_mode(10, STEP_REFRESH);
	CHECK(runs[0].problem == NULL && is_at(runs[0].due_at, 60));

	ticket("R10, a stop before the start");
	in.stops_at = at(-5);
	step(0);
	CHECK(is_at(runs[0].stopped_at, 0) && status(0, 0) == STATUS_MET && runs[0].elapsed == 0);
	in.stops_at = at(-24 * 60 - 1);
	step(10);
	CHECK(!runs[0].stopped_at.known && status(0, 10) == STATUS_UNKNOWN);
	in.stops_at = at(-24 * 60);
	step(10);
	CHECK(is_at(runs[0].stopped_at, 0) && status(0, 10) == STATUS_MET);

	ticket("R10, a stop that becomes a mistake keeps what was judged");
	step(0);
	in.stops_at = at(50);
	step(50);
	in.stops_at = at(-2 * 24 * 60);
	in.terms.plan = "lost";
	step(55);
	CHECK(runs[0].problem != NULL && is_at(runs[0].due_at, 60) && !runs[0].has_elapsed);
	step(56);
	CHECK(runs[0].problem != NULL && is_at(runs[0].due_at, 60));
	in.stops_at = at(55);
	step(70);
	CHECK(runs[0].problem == NULL && status(0, 70) == STATUS_MET);

	ticket("R3 and R10, a stop that had become a mistake is taken back: the target is the clock's own");
	step(0);
	in.stops_at = at(30);
	step(30);
	factor = 2;
	in.starts_at = at(2000);
	step(2000);
	CHECK(runs[0].problem != NULL);
	in.stops_at = never;
	step(2001);
	CHECK(runs[0].problem == NULL && is_at(runs[0].due_at, 2060));

	ticket("R9 and R10, nothing is computed while the stop is a mistake");
	in.terms.plan = "none";
	in.stops_at = at(0);
	step(0);
	in.terms.plan = "std";
	step(10);
	in.starts_at = at(3 * 24 * 60);
	step(20);
	CHECK(runs[0].problem != NULL);
	targets_asked = 0;
	step(30);
	CHECK(targets_asked == 0 && strcmp(runs[0].terms.plan, "none") == 0);

	ticket("a plan that is known only after the stop");
	in.terms.plan = NULL;
	step(0);
	in.stops_at = at(50);
	step(50);
	CHECK(status(0, 50) == STATUS_UNKNOWN);
	in.terms.plan = "std";
	step(60);
	CHECK(status(0, 60) == STATUS_MET && is_at(runs[0].due_at, 60));

	ticket("R3, pauses that are corrected and move only the time from which the ticket is at risk");
	in.has_periods = true;
	in.periods = (Periods) {1, &pauses[0]};
	step(0);
	CHECK(is_at(runs[0].due_at, 65) && is_at(runs[0].at_risk_at, 45));
	factor = 2;					/* which moves nothing by itself */
	in.periods = (Periods) {1, &pauses[1]};
	step(30);
	CHECK(is_at(runs[0].due_at, 65) && is_at(runs[0].at_risk_at, 50));

	ticket("already over at first sight");
	in.stops = FLAG_TRUE;
	step(0);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER));
	step(10);
	in.stops = FLAG_FALSE;
	step(20);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER));
	in.stops_at = at(15);
	step(30);
	CHECK(!runs[0].cancelled_at.known && status(0, 30) == STATUS_MET);

	ticket("already over, stopped after all, and that is taken back");
	in.closed = FLAG_TRUE;
	step(0);
	in.stops_at = at(-10);
	step(10);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 0));
	in.stops_at = at(5);
	step(20);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 5));
	in.stops_at = never;
	step(30);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER) && !runs[0].stopped_at.known);
	step(35);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER) && is_at(runs[0].cancelled_at, 30));

	ticket("stopped and closed at once while it does not count, and the stop is taken back");
	in.stops = FLAG_FALSE;
	in.cancelled = true;
	step(0);
	in.stops = in.closed = FLAG_TRUE;
	step(10);
	in.stops = FLAG_FALSE;
	step(20);
	CHECK(is_cancelled(&runs[0], CANCELLED_BY_TICKET));

	ticket("stopped and closed at one instant while it does not count, and the stop is taken back");
	in.cancelled = true;
	step(0);
	in.closed = FLAG_TRUE;
	in.stops_at = at(10);
	step(10);
	in.stops_at = never;
	step(20);
	CHECK(is_cancelled(&runs[0], CANCELLED_BY_TICKET) && !runs[0].stopped_at.known);
	in.cancelled = false;
	step(30);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].due_at, 60));

	ticket("closed at first sight, with a stop that is far too early, which is taken back");
	in.closed = FLAG_TRUE;
	in.stops_at = at(-3000);
	step(0);
	CHECK(runs[0].problem != NULL && !runs[0].cancelled_at.known);
	in.stops_at = never;
	step(10);
	CHECK(runs[0].problem == NULL && is_cancelled(&runs[0], CANCELLED_OVER));

	ticket("closed at first sight does not concern a clock that runs on, also when its stop is taken back");
	in.on_close = ON_CLOSE_RUN;
	in.closed = FLAG_TRUE;
	in.stops_at = at(-10);
	step(0);
	CHECK(is_at(runs[0].stopped_at, 0));
	in.stops_at = never;
	step(10);
	CHECK(!runs[0].cancelled_at.known && !runs[0].stopped_at.known && is_at(runs[0].due_at, 60));

	ticket("closed at first sight, without an instant");
	in.closed = FLAG_TRUE;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	step(5);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER) && !runs[0].stopped_at.known);
	in.closed = FLAG_FALSE;
	step(10);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_OVER) && is_at(runs[1].due_at, 70));

	ticket("R10, new run: a stop before a start that was moved behind the next run's");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed_at = at(15);
	step(15);
	in.closed_at = never;
	step(30);
	in.starts_at = at(100);
	step(110);
	CHECK(is_at(runs[0].stopped_at, 100) && runs[0].stopped_by_close);
	in.starts_at = at(50);
	in.stops_at = at(40);
	step(120);
	CHECK(is_at(runs[0].stopped_at, 50) && !runs[0].stopped_by_close);

	ticket("closed at first sight; the statement that reopens tells an earlier stop");
	in.closed = FLAG_TRUE;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed = FLAG_FALSE;
	in.stops_at = at(-10);
	step(10);
	CHECK(nruns == 2 && !runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 0));
	CHECK(!runs[1].stopped_at.known && is_at(runs[1].due_at, 70));

	ticket("closed at first sight and reopened; a stop counts for the run in which it lies");
	in.closed = FLAG_TRUE;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	in.closed = FLAG_FALSE;
	step(10);
	in.stops_at = at(15);
	step(20);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER) && is_at(runs[1].stopped_at, 15));
	in.stops_at = at(5);
	step(30);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 5) && !runs[1].stopped_at.known);

	ticket("closed at first sight, without an instant, and cancelled");
	in.closed = FLAG_TRUE;
	in.cancelled = true;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER));
	in.closed = FLAG_FALSE;
	in.cancelled = false;
	step(10);
	CHECK(nruns == 2 && is_at(runs[1].due_at, 70));

	ticket("stopped at first sight, without an instant: the closing did not end it, so its end begins no run");
	in.stops = FLAG_TRUE;
	in.closed_at = at(0);
	in.on_reopen = ON_REOPEN_NEW_RUN;
	step(0);
	CHECK(is_cancelled(&runs[0], CANCELLED_OVER));
	in.closed_at = never;
	step(10);
	CHECK(nruns == 1 && is_cancelled(&runs[0], CANCELLED_OVER));

	ticket("a stop without an instant");
	in.stops = FLAG_FALSE;
	step(0);
	in.stops = FLAG_TRUE;
	step(10);
	step(20);
	CHECK(is_at(runs[0].stopped_at, 10));
	in.stops = FLAG_FALSE;
	step(30);
	CHECK(!runs[0].stopped_at.known);

	ticket("carried values are those while it ran");
	in.carried = (struct varlena *) "\x08one";
	step(0);
	in.stops_at = at(10);
	in.carried = (struct varlena *) "\x08two";
	step(10);
	CHECK(runs[0].carried != in.carried);

	ticket("R11, a ticket that comes back");
	step(0);
	runs[0].gone_at = runs[0].cancelled_at = at(10);
	runs[0].cancel_reason = CANCELLED_GONE;
	step(20);
	CHECK(!runs[0].gone_at.known && !runs[0].cancelled_at.known && is_at(runs[0].due_at, 60));
}

static void
event_rules(void)
{
	ticket("events: next responses");
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	tell(20, "b", true, false, false, FLAG_NONE);
	tell(40, "c", false, true, false, FLAG_NONE);
	tell(50, "d", true, false, false, FLAG_NONE);
	step(55);
	CHECK(nruns == 2 && is_at(runs[0].started_at, 10) && is_at(runs[0].stopped_at, 40));
	CHECK(is_at(runs[1].started_at, 50) && is_at(runs[1].due_at, 110));

	rule = "R12, an event that comes late";
	tell(5, "e", true, false, false, FLAG_NONE);
	tell(7, "f", false, true, false, FLAG_NONE);
	step(60);
	CHECK(nruns == 3 && runs[2].run == 3 && is_at(runs[2].started_at, 5) &&
		  is_at(runs[2].stopped_at, 7) && is_at(runs[0].started_at, 10));

	rule = "R12, an event that is gone";
	ev.event = event + 2;		/* e and f */
	ev.n -= 2;
	step(70);
	CHECK(nruns == 3 && is_cancelled(&runs[2], CANCELLED_NO_START));
	ev.event += 1;				/* a: the run starts at b now */
	ev.n -= 1;
	step(80);
	CHECK(nruns == 3 && is_at(runs[0].started_at, 20) && strcmp(runs[0].started_by, "b") == 0);

	ticket("events: a periodic update, one event stops and starts");
	ev.start = ev.stop = true;
	tell(0, "a", true, true, false, FLAG_NONE);
	tell(50, "b", true, true, false, FLAG_NONE);
	step(50);
	CHECK(nruns == 2 && is_at(runs[0].stopped_at, 50) && is_at(runs[1].started_at, 50));

	ticket("events: an assignment cancels the one before");
	ev.start = ev.stop = true;
	tell(0, "a", true, false, true, FLAG_NONE);
	tell(50, "b", true, false, true, FLAG_NONE);
	step(50);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_EVENT) && !runs[0].stopped_at.known);

	ticket("events: nothing starts before the first response");
	ev.start = ev.stop = ev.wait = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	tell(30, "b", true, false, false, FLAG_NONE);
	step(30);
	CHECK(nruns == 0);
	ev.after = at(20);
	step(40);
	CHECK(nruns == 1 && is_at(runs[0].started_at, 30));

	ticket("events: pauses alone");
	ev.pause = true;
	tell(10, "a", false, false, false, FLAG_TRUE);
	tell(20, "b", false, false, false, FLAG_TRUE);
	tell(30, "c", false, false, false, FLAG_FALSE);
	step(30);
	CHECK(nruns == 1 && is_at(runs[0].due_at, 80));

	ticket("events: a closing ends the run, and the reopening goes on with it");
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(30);
	step(30);
	CHECK(is_at(runs[0].stopped_at, 30) && runs[0].stopped_by_close);
	in.closed_at = never;
	step(40);
	CHECK(nruns == 1 && !runs[0].stopped_at.known && is_at(runs[0].due_at, 80));

	ticket("events: a reopening begins a run, which later steps find again");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(40);
	step(45);
	CHECK(nruns == 2 && is_at(runs[0].stopped_at, 30) && is_at(runs[1].due_at, 100));
	tell(50, "b", false, true, false, FLAG_NONE);
	step(50);
	CHECK(nruns == 2 && is_at(runs[1].stopped_at, 50));

	ticket("events: a closing cancels the run, and a reopening begins one");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	ev.start = ev.stop = true;
	tell(15, "a", true, false, false, FLAG_NONE);
	step(15);
	in.closed_at = at(30);
	step(30);
	in.closed_at = never;
	step(45);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_CLOSED) && is_at(runs[1].started_at, 45));

	ticket("events: a start that is moved behind the closing");
	in.on_close = ON_CLOSE_CANCEL;
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(30);
	step(30);
	event[0].at = 35 * MINUTE;
	step(40);
	CHECK(!runs[0].cancelled_at.known && is_at(runs[0].due_at, 95));
	in.closed_at = never;
	step(50);
	CHECK(runs[0].closed.n == 0 && is_at(runs[0].due_at, 95));

	ticket("events: a late event splits a run that a closing ended, which is over");
	for (in.on_close = ON_CLOSE_STOP; in.on_close <= ON_CLOSE_CANCEL; in.on_close++)
	{
		nruns = ev.n = 0;
		in.on_reopen = ON_REOPEN_NEW_RUN;
		ev.start = true;
		in.closed_at = never;
		tell(10, "a", true, false, true, FLAG_NONE);
		step(10);
		in.closed_at = at(30);
		step(30);
		in.closed_at = never;
		step(40);
		tell(20, "b", true, false, true, FLAG_NONE);
		step(50);
		CHECK(nruns == 3 && is_cancelled(&runs[0], CANCELLED_EVENT) && is_at(runs[0].cancelled_at, 20));
		CHECK(is_at(runs[2].started_at, 20) && (in.on_close == ON_CLOSE_STOP ?
												is_at(runs[2].stopped_at, 30) && runs[2].stopped_by_close :
												is_cancelled(&runs[2], CANCELLED_CLOSED) && is_at(runs[2].cancelled_at, 30)));
		CHECK(is_at(runs[1].started_at, 40) && !runs[1].cancelled_at.known);
	}

	ticket("events: what a closing cancelled stays so, whatever hid it");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_KEEP;
	ev.start = ev.stop = true;
	tell(0, "a", true, true, false, FLAG_NONE);
	step(0);
	in.closed_at = at(30);
	step(30);
	tell(40, "b", true, true, false, FLAG_NONE);
	step(40);
	in.cancelled = true;
	step(50);
	in.closed_at = never;
	step(60);
	in.cancelled = false;
	step(70);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_CLOSED) && is_at(runs[0].cancelled_at, 30));
	CHECK(!runs[1].cancelled_at.known && is_at(runs[1].started_at, 40));

	ticket("events: a closing moved to an earlier run by the statement that cancels");
	in.on_close = ON_CLOSE_CANCEL;
	ev.start = true;
	tell(0, "a", true, false, true, FLAG_NONE);
	tell(40, "b", true, false, true, FLAG_NONE);
	step(40);
	in.closed_at = at(50);
	step(50);
	in.closed_at = at(20);
	in.cancelled = true;
	step(60);
	in.cancelled = false;
	step(70);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_CLOSED) && is_at(runs[0].cancelled_at, 20));
	CHECK(!runs[1].cancelled_at.known && is_at(runs[1].started_at, 40));

	ticket("events: a closing while a run has no start does not concern it");
	in.on_close = ON_CLOSE_CANCEL;
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	ev.n = 0;
	in.closed_at = at(20);
	in.opened_at = at(-5);
	step(20);
	CHECK(is_cancelled(&runs[0], CANCELLED_NO_START));
	CHECK(is_at(runs[0].opened_at, -5));	/* by which a later life is told apart */
	in.closed_at = never;
	step(30);
	ev.n = 1;
	step(40);
	CHECK(!runs[0].cancelled_at.known && runs[0].closed.n == 0 && is_at(runs[0].due_at, 70));

	ticket("events: a closing corrected while a run has no start is seen when that is back");
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(20);
	step(20);
	ev.n = 0;
	step(25);
	in.closed_at = at(5);
	step(30);
	CHECK(is_cancelled(&runs[0], CANCELLED_NO_START) && is_at(runs[0].stopped_at, 20));
	ev.n = 1;
	step(40);
	CHECK(!runs[0].cancelled_at.known && !runs[0].stopped_at.known);

	ticket("events: a reopening while a run has no start is seen when that is back");
	in.on_reopen = ON_REOPEN_NEW_RUN;
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(20);
	step(20);
	ev.n = 0;
	step(25);
	in.closed_at = never;
	step(30);
	CHECK(nruns == 1 && is_cancelled(&runs[0], CANCELLED_NO_START));
	ev.n = 1;
	step(40);
	CHECK(nruns == 2 && !runs[0].cancelled_at.known && is_at(runs[0].stopped_at, 20));
	CHECK(is_at(runs[1].started_at, 40) && !runs[1].cancelled_at.known);

	ticket("events: another event starts a run of which the closing was seen before it was cancelled");
	in.on_close = ON_CLOSE_CANCEL;
	ev.start = ev.stop = true;
	tell(0, "a", true, false, false, FLAG_NONE);
	tell(5, "b", true, false, false, FLAG_NONE);
	tell(20, "c", false, true, false, FLAG_NONE);
	step(20);
	in.closed_at = at(20);
	step(21);
	in.cancelled = true;
	step(22);
	event[0] = event[1];
	event[1] = event[2];
	ev.n = 2;
	step(23);
	in.cancelled = false;
	step(24);
	CHECK(nruns == 1 && is_at(runs[0].started_at, 5) && is_cancelled(&runs[0], CANCELLED_CLOSED));

	ticket("R7, events: a stop at the instant of the closing counts as the closing, also when the run goes on");
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	tell(30, "b", false, true, false, FLAG_NONE);
	in.closed_at = at(30);
	step(30);
	CHECK(is_at(runs[0].stopped_at, 30) && runs[0].stopped_by_close);
	in.closed_at = never;
	step(50);
	CHECK(!runs[0].stopped_at.known && is_at(runs[0].due_at, 90));

	ticket("events: a run of no length gets the number of none that lay around it");
	ev.start = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	ev.n = 0;
	step(40);
	CHECK(is_cancelled(&runs[0], CANCELLED_NO_START));
	tell(20, "b", true, false, true, FLAG_NONE);
	tell(20, "c", true, false, true, FLAG_NONE);
	step(50);
	CHECK(nruns == 2 && strcmp(runs[0].started_by, "c") == 0 && !runs[0].cancelled_at.known);
	CHECK(strcmp(runs[1].started_by, "b") == 0 && is_cancelled(&runs[1], CANCELLED_EVENT));

	ticket("events: a run that stopped, and then was cancelled by a closing after all, took no time");
	in.on_close = ON_CLOSE_CANCEL;
	in.on_reopen = ON_REOPEN_NEW_RUN;
	ev.start = ev.stop = true;
	tell(0, "a", true, false, false, FLAG_NONE);
	tell(10, "b", true, true, false, FLAG_NONE);
	step(10);
	CHECK(runs[0].has_elapsed && runs[0].elapsed == 10 * MINUTE);
	in.closed_at = at(20);
	step(20);
	in.closed_at = never;
	step(30);
	ev.n = 1;
	step(40);
	CHECK(is_cancelled(&runs[0], CANCELLED_CLOSED) && !runs[0].has_elapsed);

	ticket("events: one that is told late and ends a run before the closing leaves that to the next run");
	in.on_close = ON_CLOSE_CANCEL;
	ev.start = true;
	tell(10, "a", true, false, true, FLAG_NONE);
	step(10);
	in.closed_at = at(30);
	step(30);
	CHECK(nruns == 1 && is_cancelled(&runs[0], CANCELLED_CLOSED));
	tell(20, "b", true, false, true, FLAG_NONE);
	step(40);
	CHECK(nruns == 2 && is_cancelled(&runs[0], CANCELLED_EVENT) && is_cancelled(&runs[1], CANCELLED_CLOSED));
	in.closed_at = never;
	step(50);
	CHECK(is_cancelled(&runs[0], CANCELLED_EVENT) && is_at(runs[0].cancelled_at, 20));
	CHECK(!runs[1].cancelled_at.known && is_at(runs[1].due_at, 100));

	ticket("events: those of the instant at which a run is seen to be over begin none");
	ev.start = true;
	in.stops = FLAG_TRUE;
	tell(10, "a", true, false, false, FLAG_NONE);
	tell(10, "b", true, false, false, FLAG_NONE);
	step(10);
	step(10);
	CHECK(nruns == 1 && is_cancelled(&runs[0], CANCELLED_OVER));
	tell(11, "c", true, false, false, FLAG_NONE);
	step(11);
	CHECK(nruns == 2 && !runs[1].cancelled_at.known && is_at(runs[1].due_at, 71));

	ticket("R7 and R10, a stop without an instant told together with a closing that is far too early");
	in.stops = FLAG_FALSE;
	step(0);
	in.stops = FLAG_TRUE;
	in.closed_at = at(-2000);
	step(10);
	CHECK(runs[0].problem != NULL && !runs[0].stopped_at.known);
	in.closed_at = at(10);
	step(20);
	CHECK(runs[0].problem == NULL && is_at(runs[0].stopped_at, 10) && runs[0].stopped_by_close);
	in.closed_at = never;
	step(30);
	CHECK(!runs[0].stopped_at.known && is_at(runs[0].due_at, 80));

	ticket("a stop far before the start does not concern a run that a new one follows");
	in.starts_at = at(3000);
	in.on_reopen = ON_REOPEN_NEW_RUN;
	in.stops_at = at(0);
	in.closed_at = at(3030);
	step(3030);
	CHECK(runs[0].problem != NULL);
	in.closed_at = never;
	step(3040);
	CHECK(nruns == 2 && runs[0].problem == NULL && is_at(runs[0].due_at, 3060) && is_at(runs[0].stopped_at, 3030));
	step(3041);
	CHECK(nruns == 2 && runs[0].problem == NULL && is_at(runs[0].due_at, 3060));

	ticket("a touch that changes nothing of a clock with a problem is no error");
	in.terms.plan = "no such plan";
	step(0);
	CHECK(runs[0].problem != NULL && !policy.unchanged);
	step(10);
	CHECK(runs[0].problem != NULL && policy.unchanged);
	in.stops_at = at(20);
	step(20);
	CHECK(runs[0].problem != NULL && !policy.unchanged);
	in.terms.plan = "nor such a plan";
	step(30);
	CHECK(!policy.unchanged);
	step_mode(40, STEP_REJUDGE);
	CHECK(!policy.unchanged);

	ticket("events: a message after the closing begins a run that it does not end");
	ev.start = ev.stop = true;
	tell(10, "a", true, false, false, FLAG_NONE);
	step(10);
	in.closed_at = at(30);
	step(30);
	tell(40, "b", true, false, false, FLAG_NONE);
	step(40);
	step(41);
	CHECK(nruns == 2 && is_at(runs[0].stopped_at, 30) && !runs[1].stopped_at.known);
	CHECK(!runs[1].cancelled_at.known && is_at(runs[1].due_at, 100));
}

/* ----------------------------------------------------------------------
 * Random lives
 * ----------------------------------------------------------------------
 */

static Instant
some_instant(int now)
{
	return chance(40) ? never : at(now - 100 + below(120));
}

static void
change(int now, int i)
{
	static const char *const plans[] = {"std", "slow", "none", "lost", NULL};
	static char keys[MAX_STEPS][12];

	switch (below(12))
	{
		case 0:
			in.terms.plan = plans[below(5)];
			break;
		case 1:
			in.terms.priority = below(5) - 1;
			break;
		case 2:
			in.stops_at = some_instant(now);
			break;
		case 3:
			in.closed_at = some_instant(now);
			break;
		case 4:
			in.cancelled = chance(30);
			break;
		case 5:
			in.is_paused = below(3);
			break;
		case 6:
			in.stops = below(3);
			break;
		case 7:
			in.closed = 1 + below(2);
			break;
		case 8:
			in.starts_at = chance(10) ? never : at(below(now + 1));
			break;
		case 9:
		case 10:
			if (ev.n < 60 && ev.start)
			{
				snprintf(keys[i], sizeof(keys[i]), "e%d", i);
				tell(now - below(50), keys[i], chance(60), chance(40), chance(10),
					 below(3));
			}
			break;
		default:
			if (ev.n > 0)
			{
				int			which = below(ev.n);

				memmove(&event[which], &event[which + 1],
						(ev.n - which - 1) * sizeof(ClockEvent));
				ev.n--;
			}
	}
}

static void
life(void)
{
	int			now = 0;
	int			i;

	ticket("random life");
	in.on_close = below(3);
	in.on_reopen = below(3);
	if (chance(50))
	{
		ev.given = ev.start = true;
		ev.stop = chance(70);
		ev.pause = chance(50);
	}
	for (i = 0; i < MAX_STEPS; i++)
	{
		ClockRun   *before = runs;
		int			nbefore = nruns;
		int			j;

		now += below(60);
		change(now, i);
		step(now);
		CHECK(nruns >= nbefore);
		for (j = 0; j < nruns; j++)
		{
			ClockRun   *run = &runs[j];

			CHECK(run->run == j + 1);
			CHECK(!run->due_at.known || !run->has_remaining);
			CHECK(!run->stopped_at.known || run->stopped_at.at >= run->started_at.at);
			CHECK(!run->stopped_at.known || run->paused.n == 0 ||
				  run->paused.period[run->paused.n - 1].until <= run->stopped_at.at);
			CHECK((run->cancelled_at.known) == (run->cancel_reason != NULL));
			/* What was judged keeps its terms (R2). */
			if (j < nbefore && before[j].problem == NULL && before[j].due_at.known &&
				before[j].stopped_at.known && run->stopped_at.known)
				CHECK(before[j].terms.plan == run->terms.plan);
		}

		/* A second step changes nothing. */
		before = runs;
		nbefore = nruns;
		step(now);
		CHECK(nruns == nbefore);
		for (j = 0; j < nbefore; j++)
			CHECK(clock_run_equal(&before[j], &runs[j]));
		if (failures > 20)
			exit(1);
	}
}

int
main(int argc, char **argv)
{
	long		n = argc > 1 ? atol(argv[1]) : 1000;
	long		i;

	start_random(argc > 2 ? atol(argv[2]) : 1);
	rules();
	event_rules();
	for (i = 0; i < n; i++)
	{
		life();
		if (failures == 0)
			free_all();
	}
	printf("%d checks, %d failures\n", checks, failures);
	return failures > 0;
}
