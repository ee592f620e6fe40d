"""Random cases, dense where things go wrong; those with holidays are in
holiday_cases.py.

A setting is hours in a zone at a place in time: near a change of the zone's
offset, near the end of a year, at the ends of the calendar.  On each a
handful of questions is asked, with the answers of clock.py.
"""

import random

from clock import INFINITY, SECOND, Clock, NeverOpen, merged
from hours import MONTHS, WEEKDAYS, Hours, date_of_day, day_number, weekday_of_day
from zones import changes, instant_of_wall_clock, offset, year_of, zone

ZONES = """
    Europe/Berlin Europe/Warsaw Europe/London Europe/Dublin Europe/Lisbon
    Africa/Casablanca Africa/Cairo Africa/Monrovia Asia/Gaza Asia/Tehran
    Asia/Kolkata Asia/Kathmandu Asia/Manila Asia/Pyongyang Australia/Lord_Howe
    Australia/Sydney Pacific/Apia Pacific/Chatham Pacific/Kwajalein
    Pacific/Kiritimati Antarctica/Troll Antarctica/Casey America/New_York
    America/Sao_Paulo America/Caracas America/Juneau America/St_Johns
    America/Scoresbysund UTC CET EST +05:30 -03:30 +15:59:59 -15:59:59
""".split()

# The range of timestamps: from Julian day 0, the year 4714 BC, to the year 294276.
FIRST_INSTANT = day_number(-4713, 11, 24) * 86400 * SECOND
END_OF_INSTANTS = day_number(294277, 1, 1) * 86400 * SECOND


def choose_zones(known, everything):
    """Of the zones above, or of everything that the server knows, keeps what
    Python knows too; says what is missing."""
    if everything:
        ZONES[:] = sorted(name for name in known if not name.startswith("posix")
                          and name.rpartition("/")[2] not in ("localtime", "Factory"))
    missing = []
    for name in list(ZONES):
        try:
            zone(name)
            if name[0] not in "+-" and name not in known:
                raise KeyError(name)
        except KeyError:
            ZONES.remove(name)
            missing.append(name)
    return missing


USUAL_HOURS = [
    "24/7",
    "Mo-Fr 08:00-17:00",
    "Mo-Fr 08:00-17:00; PH off",
    "Mo-Fr 08:00-13:00,14:00-18:00",
    "Mo-Su 22:00-06:00",
    "Fr,Sa 22:00-06:00",
    "Su 02:30-05:00",
    "Sa 22:00-24:00; Su 00:00-06:00",
    "Mo,We,Fr 09:00-17:00; Tu,Th 10:00-16:00; Sa 11:00-14:30",
    "00:00-12:00,12:00-24:00",
    "00:00-00:30,01:30-02:15,02:45-03:15,23:30-24:00",
    "23:59-24:00",
    "Mo 00:00-48:00",
    "Mo,We 12:00-48:00; Th 00:00-06:00",
    "Mo-Su 20:00-32:00",
    "Mo-Fr 08:00-17:00; Dec 24 08:00-12:00; Dec 25-26 off; easter +1 day off",
    "Mo-Fr 09:00-17:00; Dec 20-Jan 06 off",
    "Jun-Aug 07:00-15:00; Sep-May Mo-Sa 09:00-19:00",
    "Nov-Feb Mo-Fr 10:00-14:00; Mar-Oct 08:00-20:00",
    "Mo-Fr 08:00-17:00; We 12:00-13:00 off",
    "Mo-Fr 08:00-12:00, Tu,Th 14:00-18:00, Sa 09:00-12:00",
    "Mo-Sa 08:00-20:00; Su,PH off; PH -1 day 08:00-14:00",
    "Mo-Fr 08:00-17:00; week 01-53/2 Fr 08:00-12:00; PH Mo-Th 10:00-12:00",
]

RARE_HOURS = [
    "Feb 29 00:00-24:00",
    "Feb 29 Mo 10:00-22:00",
    "easter 22:00-30:00",
    "Mo[1] 10:00-12:00; Fr[-1] 15:00-16:00",
    "Jan 01 00:00-00:01",
    "Dec 31 23:00-25:00",
    "Mar 31 Su[-1] 01:00-04:00",
    "week 53 Su 10:00-12:00",
    "Fr 20:00-40:00; Fr 23:00-26:30 off; Sa 01:00-02:00, Sa 04:00-05:00",
]

NEVER_HOURS = ["off", "easter Mo 08:00-17:00", "Mo-Fr 08:00-17:00; off",
               "Feb 29 Mo[1] 08:00-09:00"]


def clock_time(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def random_spans(rng):
    if rng.random() < 0.12:
        return "off"
    spans = []
    for _ in range(rng.choice([1, 1, 1, 2, 2, 3])):
        grain = rng.choice([60, 30, 15, 1])
        start = rng.randrange(0, 1440, grain)
        length = rng.randrange(grain, rng.choice([240, 600, 1440, 2880]) + 1, grain)
        end = min(start + length, 2880)
        if 1440 < end < start + 1440 and rng.random() < 0.5:
            end -= 1440
        spans.append(f"{clock_time(start)}-{clock_time(end)}")
    return ",".join(spans)


def random_weekdays(rng):
    items = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        kind = rng.random()
        if kind < 0.5:
            items.append("-".join(rng.sample(WEEKDAYS, 2)))
        elif kind < 0.85:
            items.append(rng.choice(WEEKDAYS))
        else:
            items.append(f"{rng.choice(WEEKDAYS)}[{rng.choice([1, 2, 3, 4, 5, -1, -2, -3, -4, -5])}]")
    return ",".join(items)


def random_date(rng):
    """A day of the year, often at an end of a month."""
    month = rng.randrange(1, 13)
    last = day_number(2000 + month // 12, month % 12 + 1, 1) - day_number(2000, month, 1)
    return month, rng.choice([1, last, rng.randint(1, last)])


def random_dates(rng):
    items = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        kind = rng.random()
        first, last = random_date(rng), random_date(rng)
        name = MONTHS[first[0] - 1]
        if kind < 0.3:
            items.append(f"{name} {first[1]:02}")
        elif kind < 0.6 and first != last:
            items.append(f"{name} {first[1]:02}-{MONTHS[last[0] - 1]} {last[1]:02}")
        elif kind < 0.75 and first[0] != last[0]:
            items.append(f"{name}-{MONTHS[last[0] - 1]}")
        elif kind < 0.85:
            items.append(name)
        else:
            days = rng.choice([0, 1, -2, -46, 39, 49, 60, -80, 250, rng.randint(-80, 250)])
            items.append(f"easter {days:+d} days" if days else "easter")
    return ",".join(items)


def random_years(rng, year):
    items = []
    for _ in range(rng.choice([1, 1, 2])):
        first = year + rng.choice([-2, -1, 0, 0, 1])
        items.append(rng.choice([f"{first:04}", f"{first:04}-{first + rng.randint(1, 3):04}",
                                 f"{first:04}+"]))
    return ",".join(items)


def random_periods(rng, year):
    """Dates with years of their own, where none can be written with one year."""
    first = year + rng.choice([-2, -1, 0])
    name = rng.choice(MONTHS)
    return rng.choice([f"{first:04} {name} {rng.randint(2, 28):02}+",
                       f"{first:04} {name} 20-{first + rng.randint(2, 3):04} {rng.choice(MONTHS)} 05",
                       f"{first:04} {name} 24,{first + 1:04} {name} 10-{rng.choice(MONTHS)} 10"])


def random_weeks(rng):
    first = rng.randint(1, 50)
    last = rng.randint(first + 1, 53)
    return "week " + rng.choice([f"{first:02}", f"{first:02}-{last:02}", "01-53/2", "02-52/2",
                                 f"{first:02},{last:02}"])


def random_holidays(rng):
    return rng.choice(["PH", "PH", "PH -1 day", "PH +1 day", "PH -2 days,PH"])


def random_hours(rng, year):
    kind = rng.random()
    if kind < 0.35:
        return rng.choice(USUAL_HOURS)
    if kind < 0.42:
        return rng.choice(RARE_HOURS)
    rules = []
    if rng.random() < 0.8:
        rules.append(rng.choice(["Mo-Fr 08:00-17:00", "Mo-Sa 06:30-12:00,12:45-21:15",
                                 "Mo-Su 22:00-06:00", "Fr-Mo 18:00-30:00"]))
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        selector = []
        if 1010 < year < 9980 and rng.random() < 0.1:
            selector.append(random_periods(rng, year))
        else:
            if 1010 < year < 9980 and rng.random() < 0.3:
                selector.append(random_years(rng, year))
            if rng.random() < 0.6:
                selector.append(random_dates(rng))
        if rng.random() < 0.1:
            selector.append(random_weeks(rng))
        narrows = rng.random() < 0.05
        if narrows:
            selector.append(random_holidays(rng))
        if rng.random() < 0.5:
            selector.append(random_weekdays(rng))
            if not narrows and rng.random() < 0.1:
                selector[-1] += "," + random_holidays(rng)
        spans = random_spans(rng)
        if not selector and spans == "off" and rules:
            continue
        if spans != "off" and rules and rng.random() < 0.2:
            spans += " off"
        sign = ", " if rules and selector and rng.random() < 0.2 else "; "
        rules.append((sign if rules else "") + " ".join(selector + [spans]))
    return "".join(rules)


def hours_of_change(rng, zone, near):
    """Hours that lie just where the wall clock jumps, every day or on that day
    of the week; None if it does not jump in that year."""
    known = changes(zone, year_of(near))
    if not known:
        return None
    change = min(known, key=lambda at: abs(at - near))
    before, after = offset(zone, change - 1), offset(zone, change)
    number, second = divmod(change + min(before, after), 86400)
    start = second // 60
    length = min(-(-abs(after - before) // 60), 1440)
    grow = rng.choice([0, 0, 0, 30, -15])
    span = f"{clock_time(start)}-{clock_time(start + max(length + grow, 1))}"
    return rng.choice(["", WEEKDAYS[weekday_of_day(number)] + " "]) + span


def random_instant(rng, zone):
    """Where a setting lies, in seconds."""
    if rng.random() < 0.04:
        # The years that the extension keeps an index for begin and end here.
        return (day_number(rng.choice([1970, 2106]), 1, 1) * 86400
                + rng.randint(-4 * 86400, 4 * 86400))
    kind = rng.random()
    if kind < 0.60:
        year = rng.randint(1970, 2099)
    elif kind < 0.68:
        year = rng.randint(1900, 1969)
    elif kind < 0.76:
        year = rng.choice([2038, 2100, 2104, 2105, 2105, 2106, 2106, 2107, 2108])
    elif kind < 0.80:
        year = rng.randint(2110, 2600)
    elif kind < 0.88:
        year = rng.choice([1, 1000, 1582, 1700, 1844, 1845, 1867, 1883, 1892,
                           1941, 1944, 1945, 1947, 1993, 1994, 2011, 2012])
    elif kind < 0.91:
        year = rng.choice([9997, 9998, 9999])
    elif kind < 0.93:
        year = rng.choice([-4000, -43, 0, 12000, 200000, 290000])
    else:
        year = rng.randint(2005, 2030)

    known = changes(zone, year)
    place = rng.random()
    if known and place < 0.6:
        return rng.choice(known) + rng.randint(-86400, 86400)
    if place < 0.75:
        return day_number(year, 12, 31) * 86400 + rng.randint(-86400, 2 * 86400)
    return rng.randrange(day_number(year, 1, 1) * 86400, day_number(year + 1, 1, 1) * 86400)


class Setting:
    """Hours in a zone near an instant, and the questions asked there.  The
    hours are given by value; or as those of a plan, with pauses, or of a
    calendar, perhaps with a list of holidays."""

    def __init__(self, number, rng, zone, hours, near, plan=None, calendar=None, holidays=None):
        self.number = number
        self.rng = rng
        self.zone = zone
        self.hours = hours
        self.near = near
        self.plan = plan
        self.calendar = calendar
        self.paused = merged(random_pauses(rng, near)) if plan else []
        # What is in the tables: a row of business_calendar, and lists; and
        # what is given to the functions.
        self.row = (calendar, hours, None, None) if calendar else None
        self.lists = []
        self.given = {"hours": hours, "zone": zone, "plan": plan, "calendar": calendar,
                      "paused": multirange(self.paused) if plan else None, "holidays": None}
        self.clock = Clock(Hours(hours, holidays), zone, self.paused)
        self.unpaused = Clock(self.clock.hours, zone)
        year = year_of(near)
        self.edges = [edge for period in self.clock.periods(
            (near - 10 * 86400) * SECOND, (near + 10 * 86400) * SECOND) for edge in period]
        self.edges += [change * SECOND for change in changes(zone, year)
                       if abs(change - near) < 40 * 86400]
        a_year = day_number(year, 1, 1) * 86400 * SECOND
        self.per_year = self.clock.between(a_year, a_year + 365 * 86400 * SECOND)

    def forget(self):
        """Gives back the memory that the answers took."""
        self.clock.cache.clear()
        self.unpaused.cache.clear()
        self.clock.hours.by_date.clear()

    def instant(self):
        rng = self.rng
        if self.edges and rng.random() < 0.3:
            return rng.choice(self.edges) + rng.choice([0, 0, 0, 1, -1, 1800 * SECOND])
        reach = rng.choice([43200, 2 * 86400, 5 * 86400, 40 * 86400])
        grain = rng.choice([3600, 900, 60, 1]) * SECOND
        at = (self.near + rng.randint(-reach, reach)) * SECOND // grain * grain
        if rng.random() < 0.15:
            at += rng.randrange(SECOND)
        return at

    def amount(self, at, sign):
        rng = self.rng
        kind = rng.random()
        hour = 3600 * SECOND
        if kind < 0.15 and self.edges:
            # Runs out exactly where a period begins or ends.
            found = abs(self.clock.between(at, rng.choice(self.edges)))
        elif kind < 0.2:
            found = rng.choice([0, 1, 999999, 60 * SECOND])
        elif kind < 0.45:
            found = rng.randint(1, 12 * 60) * 60 * SECOND
        elif kind < 0.75:
            found = rng.randint(1, 60) * hour
        elif kind < 0.85:
            found = rng.randrange(60 * hour)
        elif kind < 0.97 or self.per_year < 400 * hour:
            found = rng.randint(1, 500) * hour
        else:
            found = rng.randint(500, 20000) * hour
        most = max(3 * self.per_year, 2 * hour)
        if found > most and found > 500 * hour:
            most *= 3
        return sign * (found if found <= most else found % most)


# What is expected instead of an answer.
NEVER = "never open"
OUT_OF_RANGE = "out of range"


def timestamp(at):
    """As PostgreSQL writes it, in UTC."""
    if abs(at) == INFINITY:
        return "infinity" if at > 0 else "-infinity"
    if not FIRST_INSTANT <= at < END_OF_INSTANTS:
        return OUT_OF_RANGE
    second, micro = divmod(at, SECOND)
    year, month, day = date_of_day(second // 86400)
    second %= 86400
    era = "" if year > 0 else " BC"
    year = year if year > 0 else 1 - year
    fraction = f".{micro:06}" if micro else ""
    return (f"{year:04}-{month:02}-{day:02} {second // 3600:02}:{second // 60 % 60:02}:"
            f"{second % 60:02}{fraction}+00{era}")


def interval(amount, rng=None):
    """An amount of time; with a generator of chance, sometimes with days."""
    days = 0
    if rng and rng.random() < 0.2:
        days = rng.choice([amount // (86400 * SECOND), 1, -1])
        amount -= days * 86400 * SECOND
    sign, rest = ("-", -amount) if amount < 0 else ("", amount)
    second, micro = divmod(rest, SECOND)
    text = (f"{sign}{second // 3600}:{second // 60 % 60:02}:{second % 60:02}.{micro:06}")
    return f"{days} days {text}" if days else text


def multirange(periods):
    return "{" + ",".join(f'["{timestamp(start)}","{timestamp(end)}")'
                          for start, end in periods) + "}"


def random_pauses(rng, near):
    pauses = []
    for _ in range(rng.choice([0, 1, 1, 2, 4, 12])):
        reach = rng.choice([43200, 3 * 86400, 10 * 86400])
        start = (near + rng.randint(-reach, reach)) * SECOND
        length = rng.choice([60, 3600, 86400, 10 * 86400]) * rng.randint(1, 24)
        pauses.append((start, start + rng.choice([length * SECOND, rng.randint(1, SECOND)])))
    if rng.random() < 0.1:
        pauses.append(((near + rng.randint(-86400, 20 * 86400)) * SECOND, INFINITY))
    if rng.random() < 0.05:
        pauses.append((-INFINITY, (near + rng.randint(-86400, 86400)) * SECOND))
    return pauses


# First-response targets of the plans, in minutes, and the hours they count in.
TARGETS = {
    "standard": {"P1": 60, "P2": 180, "P3": 480, "P4": 1440},
    "premium": {"P1": 15, "P2": 60, "P3": 240, "P4": 480},
    "trial": {"P1": 15, "P2": 60, "P3": 240, "P4": 480},
}
PLAN_HOURS = {"standard": "Mo-Fr 08:00-17:00; PH off", "premium": "24/7", "trial": "24/7"}
AT_RISK = (3, 4)

# Targets in business days, of the metric "update": how many, and whether to the end
# of the last one.
DAYS = {"P1": (0, True), "P2": (1, True), "P3": (1, False), "P4": (3, False)}


def setting(seed, number):
    """The setting of a number, without holidays: the same for a seed, whoever asks."""
    rng = random.Random(f"{seed}/{number}")
    zone = ZONES[number // 2 % len(ZONES)]
    near = random_instant(rng, zone)
    if rng.random() > 0.15:
        hours = hours_of_change(rng, zone, near) if rng.random() < 0.15 else None
        return Setting(number, rng, zone, hours or random_hours(rng, year_of(near)), near)
    plan = rng.choice(list(TARGETS))
    if rng.random() < 0.5:
        return Setting(number, rng, zone, PLAN_HOURS[plan], near, plan)
    return Setting(number, rng, zone, rng.choice(USUAL_HOURS), near, plan, f"reference {number}")


# Each kind of case: the SQL that answers it, over a case (t, arg) and its
# setting (hours, zone, and for those with a plan: plan, calendar, paused), and
# the type of the answer.
KINDS = {
    "offset": ("t AT TIME ZONE zone - t AT TIME ZONE 'UTC'", "interval"),
    "wall clock": ("arg::timestamp AT TIME ZONE zone", "timestamptz"),
    "add": ("business_time_add(t, arg::interval, hours, zone)", "timestamptz"),
    "subtract": ("business_time_add(t, arg::interval, hours, zone)", "timestamptz"),
    "between": ("business_time_between(t, arg::timestamptz, hours, zone)", "interval"),
    "is": ("is_business_time(t, hours, zone)", "boolean"),
    "next": ("next_business_time(t, hours, zone)", "timestamptz"),
    "previous": ("previous_business_time(t, hours, zone)", "timestamptz"),
    "periods": ("business_periods(tstzrange(t, arg::timestamptz), hours, zone)",
                "tstzmultirange"),
    "days": ("business_days_add(t, arg::integer, hours, zone)", "timestamptz"),
    "count": ("business_days_between(t, arg::timestamptz, hours, zone)", "integer"),
    "due": ("sla_deadline(t, arg::ticket_priority, plan, zone, 'update', paused, NULL, calendar)",
            "timestamptz"),
    "deadline": ("sla_deadline(t, arg::ticket_priority, plan, zone, 'first_response', "
                 "paused, NULL, calendar)", "timestamptz"),
    "at risk": ("sla_at_risk(t, arg::ticket_priority, plan, zone, 'first_response', "
                "paused, NULL, calendar)", "timestamptz"),
    "elapsed": ("sla_elapsed(t, arg::timestamptz, 'P2', plan, zone, 'first_response', "
                "paused, NULL, calendar)", "interval"),
}

# The questions asked on each setting by value, and on each with a plan.
BY_VALUE = (["offset", "wall clock"] * 2 + ["add"] * 10 + ["subtract"] * 6 + ["between"] * 8
            + ["is"] * 4 + ["next"] * 2 + ["previous"] * 2 + ["periods"] * 2 + ["days"] * 6
            + ["count"] * 4)
WITH_PLAN = ["deadline"] * 12 + ["due"] * 8 + ["at risk"] * 10 + ["elapsed"] * 18
PER_SETTING = 48
assert len(BY_VALUE) == len(WITH_PLAN) == PER_SETTING


def answer(setting, kind, at):
    """The argument of a question at an instant, and the expected answer."""
    rng, clock = setting.rng, setting.clock
    arg = ""
    try:
        if kind == "offset":
            return arg, interval(clock.wall_clock(at) - at)
        if kind == "wall clock":
            local = clock.wall_clock(at) + rng.choice([0, 1800, 3600, -3600]) * SECOND
            second, micro = divmod(local, SECOND)
            found = instant_of_wall_clock(setting.zone, second) * SECOND + micro
            return timestamp(local).replace("+00", ""), timestamp(found)
        kind = kind.rpartition(" ")[2]
        if kind in ("add", "subtract"):
            amount = setting.amount(at, 1 if kind == "add" else -1)
            arg = interval(amount, rng)
            return arg, timestamp(clock.add(at, amount))
        if kind == "between":
            other = setting.instant()
            return timestamp(other), interval(clock.between(at, other))
        if kind == "elapsed":
            other = at + rng.choice([1, 1, 1, -1]) * abs(at - setting.instant())
            # On a ticket's clock there is no time before the opening.
            return timestamp(other), interval(max(clock.between(at, other), 0))
        if kind == "is":
            return arg, "true" if clock.is_open(at) else "false"
        if kind == "next":
            return arg, timestamp(clock.next(at))
        if kind == "previous":
            return arg, timestamp(clock.previous(at))
        if kind == "periods":
            until = at + abs(at - setting.instant()) % (20 * 86400 * SECOND)
            return timestamp(until), multirange(clock.periods(at, until))
        if kind == "days":
            days = rng.choice([0, 1, 2, 3, 5, rng.randint(0, 30)]) * rng.choice([1, 1, -1])
            arg = str(days)
            return arg, timestamp(clock.add_days(at, days))
        if kind == "count":
            other = at + rng.choice([1, 1, 1, -1]) * (abs(at - setting.instant()) % (30 * 86400 * SECOND))
            if rng.random() < 0.3:
                try:
                    other = clock.add_days(at, rng.randint(0, 5)) - rng.choice([0, 0, 1])
                except NeverOpen:
                    pass
            return timestamp(other), str(clock.days_between(at, other))
        arg = rng.choice(["P1", "P2", "P3", "P4"])
        if kind == "due":
            days, until_close = DAYS[arg]
            clock = setting.unpaused
            due = clock.close_of_day(at, days) if until_close else clock.add_days(at, days)
            return arg, timestamp(clock.later_by_pauses(at, due, setting.paused))
        target = TARGETS[setting.plan][arg] * 60 * SECOND
        if kind == "risk":
            target = target * AT_RISK[0] // AT_RISK[1]
        return arg, timestamp(clock.add(at, target))
    except NeverOpen:
        return arg, NEVER


def at_time_zone_agrees(name):
    """AT TIME ZONE takes +05:30 for west of Greenwich, and CET for the
    abbreviation, where the extension takes east, and the zone of that name."""
    return "/" in name


def cases(setting, kinds=None):
    """(kind, instant, argument, expected answer), in PostgreSQL's words."""
    for kind in kinds or (WITH_PLAN if setting.plan else BY_VALUE):
        if not at_time_zone_agrees(setting.zone) and kind in ("offset", "wall clock"):
            kind = "add"
        at = setting.instant()
        arg, expected = answer(setting, kind, at)
        yield kind, timestamp(at), arg, expected
