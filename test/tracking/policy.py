"""A support policy as plain values, and what it says of a clock.

Open time is that of the reference (clock.py), which walks lists of open
periods.  Instants and amounts are whole microseconds since 1970 UTC.  No code
is shared with the extension, and none of its results is used.
"""

import collections
import functools

from clock import INFINITY, SECOND, Clock, merged, without
from hours import Hours, day_number
from zones import zone as find_zone

LEVELS = ("low", "medium", "high")
PRIORITIES = ("P1", "P2", "P3", "P4")
MATRIX = {"high": ("P3", "P2", "P1"), "medium": ("P4", "P3", "P2"), "low": ("P4", "P4", "P3")}
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND

Calendar = collections.namedtuple("Calendar", "hours zone")
BusinessDays = collections.namedtuple("BusinessDays", "days until_close")    # a target in them


class Bad(Exception):
    """The policy does not know what the ticket says."""


class PausedClock(Clock):
    """A clock with pauses that shares the open periods of one without."""

    def __init__(self, base, paused):
        super().__init__(base.hours, base.zone, paused)
        self.base = base

    def year(self, year):
        if year not in self.cache:
            begin = day_number(year, 1, 1) * DAY
            finish = day_number(year + 1, 1, 1) * DAY
            self.cache[year] = without(self.base.year(year), [
                p for p in self.paused if p[0] < finish and p[1] > begin])
        return self.cache[year]


@functools.lru_cache(None)
def open_clock(hours, zone, holidays):
    """The clock of opening hours in a zone; holidays are days of a list."""
    return Clock(Hours(hours, Days(holidays)), zone)


class Days:
    """A list of single days."""

    def __init__(self, days):
        self.days = days
        years = [1970 + day // 365 for day in days]
        self.first_year = min(years, default=INFINITY)
        self.last_year = max(years, default=-INFINITY)

    def holiday(self, number):
        return number in self.days

    def hours(self, number):
        return None


class Policy:
    """Plans are {name: (calendar, sla_of)}; rules are {(plan, priority,
    metric): [(valid_from, target, calendar, at_risk)]}; lists are {name: days}.
    A target is an amount, or BusinessDays."""

    def __init__(self):
        self.calendars = {"standard": Calendar("Mo-Fr 08:00-17:00; PH off", None),
                          "always": Calendar("24/7", None)}
        self.lists = {}
        self.plans = {"community": (None, None), "trial": (None, "premium"),
                      "standard": ("standard", None), "premium": ("always", None)}
        self.matrix = {}
        self.rules = {}
        for plan, minutes in (("standard", (60, 180, 480, 1440)), ("premium", (15, 60, 240, 480))):
            for priority, target in zip(PRIORITIES, minutes):
                self.rules[plan, priority, "first_response"] = [(-INFINITY, target * MINUTE, None, 0.75)]

    def copy(self):
        other = Policy.__new__(Policy)
        other.calendars = dict(self.calendars)
        other.lists = dict(self.lists)
        other.plans = dict(self.plans)
        other.matrix = dict(self.matrix)
        other.rules = {key: list(rows) for key, rows in self.rules.items()}
        return other

    def priority(self, terms):
        """The override, else the plan's own matrix, else the published one."""
        if terms["override"]:
            return terms["override"]
        urgency, impact = terms["urgency"], terms["impact"]
        if urgency is None or impact is None:
            return None
        if terms["plan"] is not None and terms["plan"] not in self.plans:
            raise Bad(f"plan {terms['plan']}")
        return self.matrix.get((terms["plan"], urgency, impact),
                               MATRIX[urgency][LEVELS.index(impact)])

    def calendar_of(self, plan):
        while plan is not None:
            if self.plans[plan][0]:
                return self.plans[plan][0]
            plan = self.plans[plan][1]
        return None

    def find(self, metric, terms, start):
        """(target or None, share at risk, a function that gives the clock
        without pauses, or None).  What is not needed is not looked up."""
        plan = terms["plan"]
        if plan is None or terms["priority"] is None:
            return None, None, lambda: None
        if plan not in self.plans:
            raise Bad(f"plan {plan}")
        target, share, calendar = None, None, self.calendar_of(plan)
        while plan is not None:
            rows = [row for row in self.rules.get((plan, terms["priority"], metric), ())
                    if row[0] <= start]
            if rows:
                _, target, calendar, share = max(rows, key=lambda row: row[0])
                calendar = calendar or self.calendar_of(plan)
                break
            plan = self.plans[plan][1]
        return target, share, lambda: self.line(terms, terms["calendar"] or calendar)

    def line(self, terms, calendar):
        zone, holidays = terms["time_zone"], terms["holidays"]
        if zone is not None:
            try:
                find_zone(zone)
            except Exception as error:
                raise Bad(f"zone {zone}") from error
        if calendar is not None and calendar not in self.calendars:
            raise Bad(f"calendar {calendar}")
        if holidays is not None and holidays not in self.lists:
            raise Bad(f"holidays {holidays}")
        if calendar is not None:
            hours, own_zone = self.calendars[calendar]
            zone = zone or own_zone or ("UTC" if hours == "24/7" else None)
            if zone is None:
                raise Bad(f"no zone of {calendar}")
        if calendar is None:
            return None
        return open_clock(hours, zone, frozenset(self.lists.get(holidays, ())))


def days_from(clock, start, target):
    """When business days without pauses run out."""
    if target.until_close:
        return clock.close_of_day(start, target.days)
    return clock.add_days(start, target.days)


def with_pauses(clock, paused):
    return PausedClock(clock, paused) if paused else clock
