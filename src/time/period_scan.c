/*
 * period_scan.c
 *	  A walk over the open periods of hours in a zone.
 *
 * It goes by stretches of constant offset, and within each by local dates, so
 * that gaps and folds of the wall clock need no special care.
 */
#include "postgres.h"

#include "time/period_scan.h"

/* Go to the date scan->date; the shifts of the one before can be NULL. */
static void
period_scan_date(PeriodScan *scan, const OpeningShifts *before)
{
	span_walk_begin(&scan->walk, before, axis_shifts(scan->axis, scan->date));
}

static void
period_scan_stretch(PeriodScan *scan, int64 from)
{
	int32		next_offset;

	scan->offset = zone_offset(scan->zone, from);
	if (!zone_next_change(scan->zone, from, scan->until,
						  &scan->stretch_end, &next_offset))
		scan->stretch_end = scan->until;
	scan->local_from = from + scan->offset;
	scan->local_end = scan->stretch_end + scan->offset;
	/* A shift lasts at most until the end of the next date. */
	scan->date = floor_div(scan->local_from, SECS_PER_DAY) - 1;
	period_scan_date(scan, NULL);
}

void
period_scan_begin(PeriodScan *scan, Axis *axis, const Zone *zone,
				  int64 from, int64 until)
{
	scan->axis = axis;
	scan->zone = zone;
	scan->until = until;
	scan->pending = false;
	scan->done = from >= until;
	if (!scan->done)
		period_scan_stretch(scan, from);
}

bool
period_scan_next(PeriodScan *scan, OpenPeriod *period)
{
	while (!scan->done)
	{
		int64		midnight = scan->date * SECS_PER_DAY;
		int64		start;
		int64		end;
		int			first;
		int			last;

		if (midnight >= scan->local_end)
		{
			if (scan->stretch_end >= scan->until)
				scan->done = true;
			else
				period_scan_stretch(scan, scan->stretch_end);
			continue;
		}
		if (!span_walk_next(&scan->walk, &first, &last))
		{
			scan->date++;
			period_scan_date(scan, scan->walk.own);
			continue;
		}
		start = midnight + (int64) first * SECS_PER_MINUTE;
		end = midnight + (int64) last * SECS_PER_MINUTE;
		start = Max(start, scan->local_from);
		end = Min(end, scan->local_end);
		if (start >= end)
			continue;
		scan->local_from = end;
		start -= scan->offset;
		end -= scan->offset;
		if (scan->pending && scan->period.end == start)
		{
			scan->period.end = end;
			continue;
		}
		if (scan->pending)
		{
			*period = scan->period;
			scan->period.start = start;
			scan->period.end = end;
			return true;
		}
		scan->pending = true;
		scan->period.start = start;
		scan->period.end = end;
	}
	if (scan->pending)
	{
		scan->pending = false;
		*period = scan->period;
		return true;
	}
	return false;
}
