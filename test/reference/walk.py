"""The plainest check of all: ask the wall clock again and again.

No list of periods, no stretches, no sorting: step through time and ask at
each step whether the desk is open.  Slow, so it is used on short distances,
to check clock.py with.
"""

from hours import Hours
from zones import offset


def is_open(hours, zone, second):
    return hours.open_at_wall_clock(second + offset(zone, second))


def between(hours, zone, a, b, step):
    """Open seconds in [a, b); a, b and every change of offset are whole steps."""
    return sum(step for second in range(a, b, step) if is_open(hours, zone, second))


def add(hours, zone, at, amount, step, limit):
    """The instant by which so many seconds were open; None past the limit."""
    left = abs(amount)
    while left > 0:
        if abs(limit) <= 0:
            return None
        if amount > 0:
            left -= step if is_open(hours, zone, at) else 0
            at += step
        else:
            at -= step
            left -= step if is_open(hours, zone, at) else 0
        limit -= 1
    return at


__all__ = ["Hours", "is_open", "between", "add"]
