"""Open time between instants, by walking a sorted list of open periods.

A zone is cut into its stretches of constant offset; in each the shifts of
hours.py are moved to UTC and clipped to the stretch; the pieces are sorted
and merged.  Every answer comes from walking that list.  Instants and amounts
are whole microseconds since 1970 UTC.
"""

from hours import date_of_day, day_number
from zones import instant_of_wall_clock, offset, stretches, year_of

SECOND = 1000000
INFINITY = float("inf")
REACH = 3                       # days: a shift of 48 hours, and any offset


class NeverOpen(Exception):
    """The hours never open again (or never were)."""


def merged(periods):
    """Sorted, with overlapping and touching periods joined."""
    result = []
    for start, end in sorted(periods):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def without(periods, holes):
    """Periods, less the time in holes."""
    for start, end in holes:
        rest = []
        for a, b in periods:
            if end <= a or b <= start:
                rest.append((a, b))
                continue
            if a < start:
                rest.append((a, start))
            if end < b:
                rest.append((end, b))
        periods = rest
    return periods


class Clock:
    """Hours in a zone, with paused time as closed time."""

    def __init__(self, hours, zone, paused=()):
        self.hours = hours
        self.zone = zone
        self.paused = merged(paused)
        self.cache = {}

    def year(self, year):
        """Open periods of a UTC year, in microseconds, merged, pauses out."""
        if year in self.cache:
            return self.cache[year]
        begin = day_number(year, 1, 1) * 86400
        finish = day_number(year + 1, 1, 1) * 86400
        local = self.hours.between_dates(begin // 86400 - REACH, finish // 86400 + REACH)
        pieces = []
        for start, end, shift in stretches(self.zone, year) if local else []:
            for opening, closing in local:
                opening = max(opening - shift, start)
                closing = min(closing - shift, end)
                if opening < closing:
                    pieces.append((opening * SECOND, closing * SECOND))
        # Only pauses of the year, so that a long list costs nothing.
        paused = [p for p in self.paused
                  if p[0] < finish * SECOND and p[1] > begin * SECOND]
        self.cache[year] = without(merged(pieces), paused)
        return self.cache[year]

    def forward(self, at):
        """Open periods from an instant on, clipped to it.  Ends where no time
        is ever open again: in a pause without end, or out of patience."""
        year = year_of(at // SECOND)
        barren = 0
        while barren <= self.hours.patience or year <= self.hours.last_year + 1:
            barren += 1
            for start, end in self.year(year):
                if end > at:
                    yield max(start, at), end
                    barren = 0
            year += 1
            if self.paused and self.paused[-1][1] == INFINITY \
                    and self.paused[-1][0] < day_number(year, 1, 1) * 86400 * SECOND:
                return
        raise NeverOpen

    def backward(self, at):
        """Open periods before an instant, clipped to it, latest first."""
        year = year_of(at // SECOND)
        barren = 0
        while barren <= self.hours.patience or year >= self.hours.first_year:
            barren += 1
            for start, end in reversed(self.year(year)):
                if start < at:
                    yield start, min(end, at)
                    barren = 0
            year -= 1
        raise NeverOpen

    def between(self, a, b):
        """Rule 3."""
        if b < a:
            return -self.between(b, a)
        total = 0
        for year in range(year_of(a // SECOND), year_of(b // SECOND) + 1):
            for start, end in self.year(year):
                total += max(0, min(end, b) - max(start, a))
        return total

    def add(self, at, amount):
        """Rule 4: the earliest instant by which so much time was open, and
        for negative amounts the latest since which it was."""
        left = abs(amount)
        if left == 0:
            return at
        for start, end in self.forward(at) if amount > 0 else self.backward(at):
            if left <= end - start:
                return start + left if amount > 0 else end - left
            left -= end - start
        return INFINITY

    def is_open(self, at):
        """Rule 1."""
        if any(start <= at < end for start, end in self.paused):
            return False
        second = at // SECOND
        return self.hours.open_at_wall_clock(second + offset(self.zone, second))

    def next(self, at):
        return next(self.forward(at))[0]

    def previous(self, at):
        """The latest instant, at or before, that is open or a closing time."""
        return at if self.is_open(at) else next(self.backward(at))[1]

    def periods(self, a, b):
        """Open periods in [a, b)."""
        found = []
        for year in range(year_of(a // SECOND), year_of(b // SECOND) + 1):
            for start, end in self.year(year):
                if start < b and end > a:
                    found.append((max(start, a), min(end, b)))
        return merged(found)

    def wall_clock(self, at):
        return at + offset(self.zone, at // SECOND) * SECOND

    def starts_shift(self, number):
        """Whether a shift that starts on a local date has open time."""
        for start, end in self.hours.shifts(number):
            first = number * 86400 + start * 60
            last = number * 86400 + end * 60
            for year in range(date_of_day(number - REACH)[0],
                              date_of_day(number + REACH)[0] + 1):
                for begin, finish, shift in stretches(self.zone, year):
                    if max(first - shift, begin) < min(last - shift, finish):
                        return True
        return False

    def near(self, second):
        """The stretches of constant offset around a second, UTC or local."""
        years = sorted({year_of(second - 4 * 86400), year_of(second + 4 * 86400)})
        return [stretch for year in years for stretch in stretches(self.zone, year)]

    def counted(self, at):
        """The wall clock as it counts for business days: the least that it shows
        from an instant on."""
        return min([self.wall_clock(at)] + [(start + shift) * SECOND
                                            for start, _, shift in self.near(at // SECOND)
                                            if at < start * SECOND <= at + 2 * 86400 * SECOND])

    def start(self, number):
        """When the shift of a date starts, as a local second."""
        return number * 86400 + min(start for start, _ in self.hours.shifts(number)) * 60

    def starts(self, number, back):
        """The instant from which on an answer may lie in the shift of a date."""
        local, near = self.start(number), self.near(number * 86400)
        if not back:
            return min(max(start, local - shift) for start, end, shift in near
                       if local < end + shift) * SECOND
        at = max(min(end, local - shift) for start, end, shift in near
                 if start + shift <= local) * SECOND
        try:
            return next(self.backward(at))[1]
        except NeverOpen:
            return -INFINITY

    def in_progress(self, at):
        """The date of the shift that began last, and how long it is since its midnight."""
        counted = self.counted(at)
        day = self.wall_clock(at) // SECOND // 86400
        near = [number for number in range(day - 4, day + 1) if self.starts_shift(number)]
        begun = [number for number in near if self.start(number) * SECOND <= counted]
        if begun:
            return begun[-1], counted - begun[-1] * 86400 * SECOND
        return near[0], (self.start(near[0]) - near[0] * 86400) * SECOND

    def nth_shift(self, number, days):
        """The date that many after one, or before it, of those on which shifts start."""
        step = -1 if days < 0 else 1
        left = abs(days)
        last = number
        while left > 0:
            number += step
            if self.starts_shift(number):
                left -= 1
                last = number
            elif abs(number - last) > 366 * self.hours.patience and not (
                    self.hours.first_year - 1 <= date_of_day(number)[0] <= self.hours.last_year + 1):
                raise NeverOpen
        return number

    def closes(self, number):
        """The end of the hours of a date: of what its shift has open, and before
        the next shift starts."""
        after = [later for later in range(number + 1, number + 6) if self.starts_shift(later)]
        limit = self.starts(after[0], False) // SECOND if after else INFINITY
        ends = []
        for start, end in self.hours.shifts(number):
            for begin, finish, shift in self.near(number * 86400 + start * 60):
                opening = max(number * 86400 + start * 60 - shift, begin)
                closing = min(number * 86400 + end * 60 - shift, finish, limit)
                if opening < closing:
                    ends.append(closing)
        return max(ends) * SECOND

    def close_of_day(self, at, days):
        """The end of the hours of the date that many business days later."""
        at = self.next(at)
        number, _ = self.in_progress(at)
        if days == 0 and self.closes(number) <= at:
            days = 1
        return max(self.closes(self.nth_shift(number, days)), at)

    def days_between(self, a, b):
        """The largest number of business days that fits, one by one."""
        if b < a:
            return -self.days_between(b, a)
        days = 0
        try:
            while self.add_days(a, days + 1) <= b:
                days += 1
        except NeverOpen:
            pass
        return days

    def later_by_pauses(self, at, due, paused):
        """A deadline of a clock without pauses, which starts at an instant, and the
        open time that is paused before it."""
        open_time = 0
        later = due
        for start, end in merged(paused):
            start = max(start, at)
            if end <= start or start >= later:
                continue
            if end == INFINITY:
                return INFINITY
            open_time += self.between(start, end)
            later = self.add(due, open_time)
        return later

    def add_days(self, at, days):
        """Rule 7: business days."""
        back = days < 0
        move = self.previous if back else self.next
        at = move(at)
        if days == 0:
            return at
        number, time = self.in_progress(at)
        number = self.nth_shift(number, days)
        second, micro = divmod(number * 86400 * SECOND + time, SECOND)
        found = instant_of_wall_clock(self.zone, second) * SECOND + micro
        after = [later for later in range(number + 1, number + 6) if self.starts_shift(later)]
        if after:
            found = min(found, self.starts(after[0], back))
        return move(max(found, self.starts(number, back)))
