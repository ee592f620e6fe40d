"""The plainest check of all: ask the wall clock again and again.

No list of periods, no stretches, no sorting: step through time and ask at
each step whether the desk is open.  Slow, so it is used on short distances,
to check clock.py with.  Instants and amounts are seconds, and whole steps; so
must be the openings and the changes of the zone's offset.
"""

from zones import offset


def is_open(hours, zone, second):
    return hours.open_at_wall_clock(second + offset(zone, second))


def between(hours, zone, a, b, step):
    """Open seconds in [a, b)."""
    return sum(step for second in range(a, b, step) if is_open(hours, zone, second))


def add(hours, zone, at, amount, step, most):
    """The instant by which, or since which, so many seconds were open; None if
    it is more than so many steps away."""
    left = abs(amount)
    for _ in range(most):
        if amount < 0:
            at -= step
        if is_open(hours, zone, at):
            left -= step
        if amount > 0:
            at += step
        if left == 0:
            return at
    return None
