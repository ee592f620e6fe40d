/*
 * year_window.h
 *	  The years for which something is compiled.  They are those around what was
 *	  asked for, and grow when more is asked for.
 */
#ifndef YEAR_WINDOW_H
#define YEAR_WINDOW_H

#include "base/dates.h"

/* No window reaches beyond these years; the second is the first not in it. */
#define PAST_YEAR			1970
#define FUTURE_YEAR			2106

/*
 * The first window has two years before the one asked for, and one after it.
 * Each ends after 2000, so that it has an instant from 2000 on.
 */
#define YEARS_AROUND		2
#define LEAST_UNTIL			2001

/* Years from one to another, which is not in it; 0 and 0 for none. */
typedef struct YearWindow
{
	int			from;
	int			until;
} YearWindow;

static inline bool
window_has(YearWindow window, int year)
{
	return year >= window.from && year < window.until;
}

static inline bool
same_window(YearWindow a, YearWindow b)
{
	return a.from == b.from && a.until == b.until;
}

/*
 * A window that has all years of another one and a further year, which lies
 * between the limits.  It is at least twice as long, so that growing to any
 * length costs no more than twice the last step.
 */
static inline YearWindow
window_grown(YearWindow window, int year)
{
	int			length = window.until - window.from;
	YearWindow	grown = window;

	if (length == 0)
	{
		grown.from = year - YEARS_AROUND;
		grown.until = Max(year + YEARS_AROUND, LEAST_UNTIL);
	}
	else if (year < window.from)
		grown.from = Min(year - YEARS_AROUND, window.from - length);
	else if (year >= window.until)
		grown.until = Max(year + YEARS_AROUND, window.until + length);
	grown.from = Max(grown.from, PAST_YEAR);
	grown.until = Min(grown.until, FUTURE_YEAR);
	return grown;
}

#endif							/* YEAR_WINDOW_H */
