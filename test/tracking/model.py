"""What tracking must answer, by brute force.

A policy (calendars, lists, plans, targets) as plain Python values, and tickets
that are written as an application writes them.  Open time is that of the
reference (clock.py), which walks lists of open periods.  Instants and amounts
are whole microseconds since 1970 UTC; infinity is a float.  No code is shared
with the extension, and none of its results is used.
"""

import collections

from clock import INFINITY, SECOND, Clock, merged, without
from hours import Hours, date_of_day, day_number
from zones import offset, zone as find_zone

FIRST_RESPONSE, RESOLUTION = "first_response", "resolution"
METRICS = (FIRST_RESPONSE, RESOLUTION)
LEVELS = ("low", "medium", "high")
PRIORITIES = ("P1", "P2", "P3", "P4")
MATRIX = {"high": ("P3", "P2", "P1"), "medium": ("P4", "P3", "P2"), "low": ("P4", "P4", "P3")}

Plan = collections.namedtuple("Plan", "calendar sla_of")
Calendar = collections.namedtuple("Calendar", "hours zone holidays")
Rule = collections.namedtuple("Rule", "plan priority metric valid_from target calendar at_risk goal")


class BadTicket(Exception):
    """The policy, or the zone, does not know what the ticket says."""


class PausedClock(Clock):
    """A clock with pauses that shares the open periods of one without."""

    def __init__(self, base, paused):
        super().__init__(base.hours, base.zone, paused)
        self.base = base

    def year(self, year):
        if year not in self.cache:
            begin = day_number(year, 1, 1) * 86400 * SECOND
            finish = day_number(year + 1, 1, 1) * 86400 * SECOND
            self.cache[year] = without(self.base.year(year), [
                p for p in self.paused if p[0] < finish and p[1] > begin])
        return self.cache[year]


class Policy:
    """The configuration tables, as what is in them."""

    def __init__(self):
        self.calendars = {"standard": Calendar("Mo-Fr 08:00-17:00; PH off", None, None),
                          "always": Calendar("24/7", None, None)}
        self.lists = {}
        self.plans = {"community": Plan(None, None), "trial": Plan(None, "premium"),
                      "standard": Plan("standard", None), "premium": Plan("always", None)}
        self.rules = []
        for plan, minutes in (("standard", (60, 180, 480, 1440)), ("premium", (15, 60, 240, 480))):
            for priority, target in zip(PRIORITIES, minutes):
                self.rules.append(Rule(plan, priority, FIRST_RESPONSE, -INFINITY,
                                       target * 60 * SECOND, None, 0.75, None))
        self.matrix = {}                # of plans of their own
        self.clocks = {}

    def assign(self, plan, urgency, impact):
        """The plan's own matrix, else the published one."""
        return self.matrix.get((plan, urgency, impact), MATRIX[urgency][LEVELS.index(impact)])

    def calendar_of(self, plan):
        while plan is not None:
            if self.plans[plan].calendar:
                return self.plans[plan].calendar
            plan = self.plans[plan].sla_of
        return None

    def rule(self, plan, priority, metric, at):
        """The row that is in force, or None; and the calendar that counts."""
        if plan not in self.plans:
            raise BadTicket(f"plan {plan}")
        asked = plan
        while plan is not None:
            found = [rule for rule in self.rules if rule[:3] == (plan, priority, metric)
                     and rule.valid_from <= at]
            if found:
                rule = max(found, key=lambda rule: rule.valid_from)
                return rule, rule.calendar or self.calendar_of(plan)
            plan = self.plans[plan].sla_of
        return None, self.calendar_of(asked)

    def clock(self, calendar, zone, holidays, paused=()):
        """The clock of a calendar; None without one, but what is wrong is said."""
        if zone is not None:
            try:
                find_zone(zone)
            except Exception as error:
                raise BadTicket(f"zone {zone}") from error
        if holidays is not None and holidays not in self.lists:
            raise BadTicket(f"holidays {holidays}")
        if calendar is None:
            return None
        hours, own_zone, own_holidays = self.calendars[calendar]
        zone = zone or own_zone or ("UTC" if hours == "24/7" else None)
        if zone is None:
            raise BadTicket("no zone")
        key = hours, zone, holidays or own_holidays
        if key not in self.clocks:
            self.clocks[key] = Clock(Hours(hours, self.lists.get(key[2])), zone)
        return PausedClock(self.clocks[key], merged(paused)) if paused else self.clocks[key]

    def goal(self, plan, priority, metric, at):
        rule, _ = self.rule(plan, priority, metric, at)
        return rule.goal if rule and rule.target is not None else None


def local_month(at, zone):
    """First day of the month in a zone, as a date."""
    if at is None or abs(at) == INFINITY:
        return None
    second = at // SECOND
    year, month, _ = date_of_day((second + offset(zone, second)) // 86400)
    return f"{year:04}-{month:02}-01"


def status(due, stop, at, risk, paused):
    """Rule 8: instants are compared."""
    if due is None:
        return "no_target"
    if stop is not None:
        return "met" if stop <= due else "missed"
    if at > due:
        return "overdue"
    if paused:
        return "paused"
    return "at_risk" if risk is not None and at >= risk else "on_track"


def covers(periods, at):
    return any(start <= at < end for start, end in periods)


def percentile(values, share):
    """Linear between ranks, as percentile_cont() has it; values are sorted."""
    if not values:
        return None
    place = share * (len(values) - 1)
    low = int(place // 1)
    high = min(low + (place > low), len(values) - 1)
    return values[low] + round((values[high] - values[low]) * (place - low))
