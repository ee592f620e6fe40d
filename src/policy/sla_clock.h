/*
 * sla_clock.h
 *	  A ticket's clock: what runs, against which target, on which time line.
 *
 * It is asked by the SQL functions on service levels and by the triggers of
 * tracked tickets.
 */
#ifndef SLA_CLOCK_H
#define SLA_CLOCK_H

#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "policy/policy.h"

/* What decides a clock, as a caller has it. */
typedef struct SlaTerms
{
	TimestampTz opened_at;		/* the target in force then counts */
	const SupportPlan *plan;
	int			metric;			/* by policy_metric() */
	int			priority;
	Zone	   *zone;			/* NULL: the calendar's own */
	const char *holidays;		/* list that replaces the calendar's; or NULL */
	int			holidays_len;
	PolicyCalendar *calendar;	/* replaces the hours; or NULL */
} SlaTerms;

/* A clock. */
typedef struct SlaClock
{
	TimestampTz since;			/* when it starts */
	const TargetRule *rule;		/* NULL: no target */
	TimestampTz days_end;		/* end of a target in business days without
								 * pauses; DT_NOBEGIN: not known yet */
	Timeline   *line;			/* NULL: no hours, so nothing is measured */
	MultirangeType *paused;		/* NULL: none */
	TypeCacheEntry *multirange; /* of paused; needed if that is not NULL */
	PolicyHolidays *holidays;	/* that count; NULL: none */
	HolidayGap *gap;			/* notes that some may be missing; NULL: not
								 * noted, and unknown years pass, which
								 * policy_knows_holidays() tells */
} SlaClock;

/*
 * Find the clock of some terms; it starts at the opening, with no pauses.
 * What the policy does not know is an ERROR or, if soft, gives false.
 */
extern bool sla_clock_find(const PolicyMap *map, const SlaTerms *terms,
						   bool soft, SlaClock *clock);

/*
 * The same as if the target in force were another one.  Its hours and its share
 * at risk stay those of the row in force; without a row, the plan's hours and
 * DEFAULT_AT_RISK.  A target below zero, or with months, is an ERROR.
 */
extern bool sla_clock_what_if(const PolicyMap *map, const SlaTerms *terms,
							  const Interval *target, bool soft, SlaClock *clock);

/* The same with a target in business days, to the end of the last one or not. */
extern bool sla_clock_what_if_days(const PolicyMap *map, const SlaTerms *terms,
								   int32 days, bool until_close, bool soft,
								   SlaClock *clock);

/* Set pauses from a multirange; one that is empty is none. */
extern void sla_clock_pause(SlaClock *clock, MultirangeType *paused,
							TypeCacheEntry *multirange);

/*
 * The deadline of the clock's target, of which there is one: the earliest instant
 * by which the clock has run for that long.  Paused time counts as closed.  If a
 * pause without an end begins before the target runs out, the deadline is
 * infinity.  If there is no deadline, that is an ERROR or, if soft, gives
 * false.
 *
 * A target in business days becomes an amount of open time: that from the start
 * of the clock to its deadline without pauses.  From then on it is in the rule of
 * the clock, unless the clock starts at an infinite instant.  The deadline itself
 * can be an opening.  If a pause begins before the deadline, the open time that
 * is paused is added to it.
 */
extern bool sla_clock_due(SlaClock *clock, bool soft, TimestampTz *due);

/* The share of a rule's target after which a ticket is at risk, in microseconds. */
extern int64 sla_at_risk_part(const TargetRule *rule);

/* When the share of the target after which a ticket is at risk has run. */
extern bool sla_clock_at_risk(SlaClock *clock, bool soft, TimestampTz *at_risk);

/* Time on the clock until a finite instant, in microseconds; never below zero. */
extern int64 sla_clock_ran(const SlaClock *clock, TimestampTz until);

/*
 * The same without an ERROR.  False if there are no hours, if the holidays of
 * the time are not known, if an instant is infinite, or if an interval cannot
 * hold the result.
 */
extern bool sla_clock_ran_softly(const SlaClock *clock, TimestampTz until,
								 int64 *ran);

/* Whether the clock stands still in a pause. */
extern bool sla_clock_is_paused(const SlaClock *clock, TimestampTz at);

/*
 * The verdict: it compares instants.  due_at is NULL where there is no target,
 * the others where they are not known.
 */
extern SlaStatus sla_verdict(const TimestampTz *due_at,
							 const TimestampTz *answered_at,
							 const TimestampTz *at,
							 const TimestampTz *at_risk_at, bool is_paused);

#endif							/* SLA_CLOCK_H */
