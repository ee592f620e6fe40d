"""Offsets from UTC, by Python's own reading of the system's zone data.

Seconds since 1970 in, seconds east of UTC out.  Python's dates end with the
year 9999 and begin with 1; past 2400 every zone repeats with the calendar,
and before the year 2 no zone has changed yet, so any instant has an answer.
"""

import datetime
import functools
import re
import zoneinfo

from hours import DAYS_PER_CYCLE, date_of_day, day_number

CYCLE = DAYS_PER_CYCLE * 86400
LOWEST = day_number(2, 1, 1) * 86400
HIGHEST = day_number(9000, 1, 1) * 86400
STEP = 3 * 3600                 # no zone ever changed twice within it


@functools.lru_cache(None)
def zone(name):
    fixed = re.fullmatch(r"([-+])(\d\d):(\d\d)(?::(\d\d))?", name)
    if fixed:
        sign, hours, minutes, seconds = fixed.groups()
        delta = datetime.timedelta(hours=int(hours), minutes=int(minutes),
                                   seconds=int(seconds or 0))
        return datetime.timezone(delta if sign == "+" else -delta)
    return zoneinfo.ZoneInfo(name)


def offset(name, second):
    """Seconds east of UTC in a zone at an instant."""
    if second > HIGHEST:
        second -= ((second - HIGHEST) // CYCLE + 1) * CYCLE
    second = max(second, LOWEST)
    moment = datetime.datetime.fromtimestamp(second, zone(name))
    delta = moment.utcoffset()
    return delta.days * 86400 + delta.seconds


@functools.lru_cache(None)
def stretches(name, year):
    """The stretches of constant offset in a UTC year: (from, to, offset)."""
    begin = day_number(year, 1, 1) * 86400
    finish = day_number(year + 1, 1, 1) * 86400
    result = []
    start, current = begin, offset(name, begin)
    for probe in range(begin + STEP, finish + STEP, STEP):
        probe = min(probe, finish - 1)
        if offset(name, probe) == current:
            continue
        low, high = probe - STEP, probe     # differs at high, not at low
        while high - low > 1:
            middle = (low + high) // 2
            if offset(name, middle) == current:
                low = middle
            else:
                high = middle
        result.append((start, high, current))
        start, current = high, offset(name, high)
    result.append((start, finish, current))
    return result


def changes(name, year):
    """Instants in a UTC year at which the zone's offset changes."""
    begin = day_number(year, 1, 1) * 86400
    return [start for start, _, shift in stretches(name, year)
            if start > begin or offset(name, begin - 1) != shift]


def year_of(second):
    """The UTC year of an instant."""
    return date_of_day(second // 86400)[0]


def instant_of_wall_clock(name, local):
    """The instant of a local second, as "timestamp AT TIME ZONE" has it: a
    skipped one by the offset before the change, a repeated one by that after."""
    near = []
    for year in sorted({year_of(local - 2 * 86400), year_of(local + 2 * 86400)}):
        near += stretches(name, year)
    found = [local - shift for start, end, shift in near
             if start <= local - shift < end]
    if found:
        return max(found)
    for (_, change, before), (_, _, after) in zip(near, near[1:]):
        if change + before <= local < change + after:
            return local - before
    raise AssertionError(f"{name}: no reading of local second {local}")
