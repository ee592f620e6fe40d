/*
 * clock.h
 *	  Clocks of a ticket: what a row of the clock table says, what the input
 *	  views and the events say, and the step from one to the other.
 *
 * All of it is plain data.  clock_step() reads no table and calls no code of
 * the application; what it must know of the policy it asks by way of
 * ClockPolicy.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include "utils/timestamp.h"

#include "base/enums.h"

/* A period [from, until); until is DT_NOEND while it lasts. */
typedef struct Period
{
	TimestampTz from;
	TimestampTz until;
} Period;

/* Periods in order, none of them empty, overlapping or touching. */
typedef struct Periods
{
	int			n;
	Period	   *period;			/* palloc'd; not changed in place */
} Periods;

/* An instant that may be null. */
typedef struct Instant
{
	bool		known;
	TimestampTz at;
} Instant;

/* By which terms a clock is judged; a NULL text or -1 is null. */
typedef struct ClockTerms
{
	const char *plan;
	const char *calendar;		/* replaces that of the target */
	const char *time_zone;
	const char *holidays;
	int			urgency;
	int			impact;
	int			override;
	int			priority;
} ClockTerms;

/* A yes or no that an application may leave out. */
typedef enum Flag
{
	FLAG_NONE,					/* there is no such expression */
	FLAG_FALSE,					/* false or null */
	FLAG_TRUE
} Flag;

typedef enum OnClose
{
	ON_CLOSE_STOP,
	ON_CLOSE_CANCEL,
	ON_CLOSE_RUN
} OnClose;

typedef enum OnReopen
{
	ON_REOPEN_CONTINUE,
	ON_REOPEN_NEW_RUN,
	ON_REOPEN_KEEP
} OnReopen;

/* What the ticket says of one of its clocks now. */
typedef struct ClockInput
{
	const char *metric;
	Instant		opened_at;
	Instant		starts_at;		/* not known: not yet */
	Instant		stops_at;
	Flag		stops;			/* a stop without an instant */
	Instant		closed_at;
	Flag		closed;			/* a closing without an instant */
	Flag		is_paused;
	bool		has_periods;	/* the application keeps the pauses: */
	Periods		periods;
	bool		cancelled;
	ClockTerms	terms;			/* priority: as given; -1: from the matrix */
	bool		has_priority;	/* the ticket's own, not the matrix */
	OnClose		on_close;
	OnReopen	on_reopen;
	struct varlena *carried;	/* jsonb; NULL: null */
} ClockInput;

/* An event, in the order of time. */
typedef struct ClockEvent
{
	const char *key;
	TimestampTz at;
	bool		starts;
	bool		stops;
	bool		cancels;
	Flag		paused;			/* FLAG_NONE: as before */
} ClockEvent;

/* The events of one clock. */
typedef struct ClockEvents
{
	bool		given;			/* there is a table of events */
	bool		start;			/* which of these it tells; what it does not */
	bool		stop;			/* tell comes from the ticket */
	bool		pause;
	bool		wait;			/* starts count from an instant on only: */
	Instant		after;			/* not known: not yet */
	int			n;
	ClockEvent *event;
} ClockEvents;

/* A row of the clock table; what each column means is in its comment. */
typedef struct ClockRun
{
	int64		clock_id;		/* 0: a new row */
	int			run;
	Instant		opened_at;
	ClockTerms	terms;
	Instant		started_at;		/* always known in a stored row */
	const char *started_by;		/* key of an event; NULL: the ticket */
	Instant		stopped_at;
	bool		stopped_by_close;
	bool		stop_counts;	/* false: the stop was there before the run, or
								 * told when the run was over already */
	Instant		closed_at;		/* of the ticket when last seen; unknown: open */
	bool		closing_counts; /* false: it did not end this run */
	Periods		closed;			/* closed and reopened, and the run went on */
	Instant		cancelled_at;
	const char *cancel_reason;
	const char *cancelled_by;	/* role of an approver; NULL: by the rules */
	Instant		gone_at;
	Periods		paused;
	bool		has_target;
	Interval	target;			/* of business days: the open time from the
								 * start to the deadline, without pauses */
	bool		has_target_days;	/* else the target is an interval */
	int			target_days;
	bool		until_close;
	Instant		due_at;
	Instant		at_risk_at;
	bool		has_remaining;
	int64		remaining;		/* microseconds */
	bool		has_elapsed;
	int64		elapsed;
	const char *problem;
	struct varlena *carried;
} ClockRun;

/* Reasons of cancelling, as they are stored. */
#define CANCELLED_BY_TICKET	"cancelled"
#define CANCELLED_CLOSED	"closed"
#define CANCELLED_OVER		"already over"
#define CANCELLED_GONE		"ticket gone"
#define CANCELLED_EVENT		"cancelled by an event"
#define CANCELLED_NO_START	"no such start"

/*
 * What clock_step() must know of the policy.  Each gives false where the
 * policy does not know, with the reason in problem; or it raises an error.
 */
typedef struct ClockPolicy
{
	void	   *arg;

	/*
	 * A problem that is stored already: asked again, the same is no error,
	 * and of a clock of which nothing has changed, no other either.
	 * clock_step() sets both for each run.  NULL: none.
	 */
	const char *known;
	bool		unchanged;

	/* The priority that a plan's matrix, or the published one, gives; -1: none. */
	bool		(*priority) (void *arg, const ClockTerms *terms,
							 int *priority, char **problem);

	/*
	 * Give a run, which has none, the target in force at its start, by its
	 * terms; has_target false: there is none.
	 */
	bool		(*target) (void *arg, const char *metric, ClockRun *run,
						   char **problem);

	/*
	 * When the target of a run runs out, and when the ticket is at risk, with
	 * pauses that have all ended.  A target in business days gets its open time.
	 */
	bool		(*due) (void *arg, const char *metric, ClockRun *run,
						const Periods *paused, TimestampTz *due_at,
						TimestampTz *at_risk_at, char **problem);

	/* Time on the clock until an instant; has_hours false: none is measured. */
	bool		(*elapsed) (void *arg, const char *metric,
							const ClockTerms *terms, TimestampTz start,
							TimestampTz until, const Periods *paused,
							bool *has_hours, int64 *elapsed, char **problem);
} ClockPolicy;

typedef enum StepMode
{
	STEP_SEEN,					/* the ticket or an event was written */
	STEP_REFRESH,				/* running clocks: by the policy now */
	STEP_REJUDGE				/* all: by the ticket's terms and the policy now */
} StepMode;

/*
 * From the runs of a clock as they are stored to those that should be, by what
 * the ticket and the events say now.  stored are the runs of the ticket's
 * present life, by their number; last_run is the highest number of all lives,
 * 0 for none.  The result has the stored runs, in their order, changed or not,
 * and then the new ones.  It is idempotent at one instant.
 */
extern int	clock_step(const ClockInput *input, const ClockEvents *events,
					   const ClockRun *stored, int nstored, int last_run,
					   ClockPolicy *policy, StepMode mode,
					   TimestampTz now, ClockRun **result);

/* Whether two runs have the same target, or none; and take it from a run. */
extern bool clock_same_target(const ClockRun *a, const ClockRun *b);
extern void clock_forget_target(ClockRun *run);

/* Whether two rows say the same. */
extern bool clock_run_equal(const ClockRun *a, const ClockRun *b);

/* Where a clock stands at an instant. */
extern SlaStatus clock_status(const ClockRun *run, TimestampTz at);

static inline Instant
instant(TimestampTz at)
{
	Instant		result = {true, at};

	return result;
}

static inline bool
same_periods(const Periods *a, const Periods *b)
{
	return a->n == b->n &&
		(a->n == 0 || memcmp(a->period, b->period, a->n * sizeof(Period)) == 0);
}

static inline bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static inline bool
same_instant(Instant a, Instant b)
{
	return a.known == b.known && (!a.known || a.at == b.at);
}

static inline bool
same_terms(const ClockTerms *a, const ClockTerms *b)
{
	return a->urgency == b->urgency && a->impact == b->impact &&
		a->override == b->override && a->priority == b->priority &&
		same_text(a->plan, b->plan) && same_text(a->calendar, b->calendar) &&
		same_text(a->time_zone, b->time_zone) && same_text(a->holidays, b->holidays);
}

#endif							/* CLOCK_H */
