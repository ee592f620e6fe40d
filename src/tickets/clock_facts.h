/*
 * clock_facts.h
 *	  Facts of a clock's runs: start, stop, pauses, whether it is cancelled; and
 *	  what is asked of them.  It is for the files of clock_step() alone.
 */
#ifndef CLOCK_FACTS_H
#define CLOCK_FACTS_H

#include "tickets/clock.h"

/* What does not change during a step. */
typedef struct Step
{
	const ClockInput *input;
	const ClockEvents *events;
	ClockPolicy *policy;
	StepMode	mode;
	TimestampTz now;
} Step;

static const Instant no_instant = {false, 0};

static inline bool
ends_open(const Periods *periods)
{
	return periods->n > 0 && periods->period[periods->n - 1].until == DT_NOEND;
}

static inline bool
is_closed(const ClockInput *input)
{
	return input->closed_at.known || input->closed == FLAG_TRUE;
}

static inline bool
past_deadline(const ClockRun *run, TimestampTz now)
{
	return run->due_at.known && now > run->due_at.at;
}

/* Whether a run is cancelled by the rules, for a reason. */
static inline bool
cancelled_as(const ClockRun *run, const char *reason)
{
	return run->cancelled_by == NULL && same_text(run->cancel_reason, reason);
}

static inline bool
has_no_start(const ClockRun *run)
{
	return cancelled_as(run, CANCELLED_NO_START);
}

static inline bool
is_over(const ClockRun *run)
{
	return cancelled_as(run, CANCELLED_OVER);
}

/* Whether a closing ended the run that no longer lasts, or does not count. */
static inline bool
kept_close(const ClockRun *run)
{
	return run->stopped_at.known && run->stopped_by_close &&
		(!run->closed_at.known || !run->closing_counts);
}

static inline bool
kept_cancel(const ClockRun *run)
{
	return cancelled_as(run, CANCELLED_CLOSED) &&
		(!run->closed_at.known || !run->closing_counts);
}

/* When it did; not known: none did. */
static inline Instant
kept_end(const ClockRun *run)
{
	return kept_close(run) ? run->stopped_at :
		kept_cancel(run) ? run->cancelled_at : no_instant;
}

static inline void
forget_stop(ClockRun *run)
{
	run->stopped_at = no_instant;
	run->stopped_by_close = false;
}

/* A run that a closing cancelled is not. */
static inline void
forget_closed(ClockRun *run)
{
	if (cancelled_as(run, CANCELLED_CLOSED))
	{
		run->cancelled_at = no_instant;
		run->cancel_reason = NULL;
	}
}

/* The parts of periods from an instant to another. */
extern Periods clip_periods(const Periods *periods, TimestampTz from,
							TimestampTz until);

/* A run that starts, of which nothing else is known yet. */
extern ClockRun new_run(const Step *step, int number, TimestampTz start,
						const char *key);

/* What a closing or a reopening of the ticket does to a run; see clock_facts.c. */
extern void begin_closing(const Step *step, ClockRun *run, bool first_sight);
extern bool see_closing(const Step *step, ClockRun *run, bool first_sight,
						bool last, TimestampTz *reopened);

/* The stop that the ticket itself tells of a run, closing apart. */
extern Instant ticket_stop(const Step *step, ClockRun *run, const ClockRun *old);

extern void set_pauses(const Step *step, ClockRun *run, const ClockRun *old,
					   bool last);
extern void set_cancelled(const Step *step, ClockRun *run, bool over,
						  bool no_start, Instant by_event);
extern void set_no_start(const Step *step, ClockRun *run, const ClockRun *old);

/*
 * Facts of the runs that the ticket starts, or its events: the stored ones and
 * new ones.  problem gets what is wrong with each, or NULL.
 */
extern int	ticket_facts(const Step *step, const ClockRun *stored, int nstored,
						 int last_run, ClockRun *result, const char **problem);
extern int	event_facts(const Step *step, const ClockRun *stored, int nstored,
						int last_run, ClockRun *result, int room);

#endif							/* CLOCK_FACTS_H */
