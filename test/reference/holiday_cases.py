"""Random cases with named calendars and lists of holidays.

The holidays lie where the questions are asked: on and beside the days on which
a zone's offset changes, at the new year, at week-ends.
"""

import random

import cases
from cases import PLAN_HOURS, TARGETS, Setting
from clock import SECOND
from holidays import MONTHS, WEEKDAYS, HolidayList
from hours import date_of_day, day_number, days_in_month
from zones import changes, instant_of_wall_clock, year_of

OWN_HOURS = [
    "off", "off", "09:00-13:00", "09:00-13:00", "22:00-06:00", "20:00-48:00", "24/7",
    "00:00-00:30,23:30-24:00", "Sa 10:00-14:00", "Mo-Fr 10:00-12:00; Sa,Su off",
    "08:00-12:00; PH off", "01:00-04:00",
]

HOLIDAY_HOURS = (["off"] * 5 + ["10:00-14:00"] * 3
                 + ["22:00-06:00", "00:00-24:00", "12:00-36:00", "00:00-00:01"])


def iso_date(number):
    """As PostgreSQL writes a date."""
    year, month, day = date_of_day(number)
    era = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{month:02}-{day:02}{era}"


def random_day(rng, zone, near):
    """A day on which something happens to the questions asked."""
    year = year_of(near)
    kind = rng.random()
    known = changes(zone, year)
    if known and kind < 0.35:
        return rng.choice(known) // 86400 + rng.choice([-1, 0, 0, 1])
    if kind < 0.75:
        return near // 86400 + rng.randint(-8, 8)
    if kind < 0.85:
        return day_number(year, 12, 31) + rng.randint(-8, 3)
    if kind < 0.95:
        return near // 86400 + rng.randint(-45, 45)
    return near // 86400 + rng.randint(-800, 800)


def ordinal(count):
    ending = "th" if 10 < count < 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def random_base(rng, zone, near):
    """What a rule says before its conditions."""
    year, month, day = date_of_day(random_day(rng, zone, near))
    date = f"{month:02}-{day:02}"
    weekday = rng.choice(WEEKDAYS)
    kind = rng.random()
    if kind < 0.35:
        return date
    if kind < 0.40 and 1 <= year <= 9999:
        return f"{year:04}-{date}"
    if kind < 0.55:
        name = rng.choice(["easter", "easter", "orthodox"])
        offset = rng.choice([-52, -48, -47, -2, 0, 1, 39, 49, 50, 60, rng.randint(-100, 250)])
        return f"{name} {offset}" if offset else name
    if kind < 0.68:
        # The one of the month in which that day lies.
        return f"{ordinal(min((day + 6) // 7, 5))} {weekday} in {MONTHS[month - 1]}"
    if kind < 0.76:
        return f"last {weekday} in {MONTHS[month - 1]}"
    if kind < 0.94:
        count = rng.choice([0, 0, 1, 2, 3, 5, 12])
        direction = rng.choice(["before", "after"])
        if rng.random() < 0.3:
            date = rng.choice(["easter", "easter 49", f"1st monday in {MONTHS[month - 1]}"])
        return (ordinal(count) + " " if count else "") + f"{weekday} {direction} {date}"
    return f"{rng.choice([1, 2, 10, 100])} days {rng.choice(['before', 'after'])} {date}"


def random_condition(rng):
    days = ",".join(rng.sample(WEEKDAYS, rng.choice([1, 1, 2])))
    towards = rng.choice(["next", "next", "previous"])
    return f"if {days} then {towards} {rng.choice(WEEKDAYS)}"


def random_rule(rng, zone, near):
    """A rule: often a day that moves away from the week-end."""
    words = [random_base(rng, zone, near)]
    year = year_of(near)
    kind = rng.random()
    if kind < 0.12:
        words.append(rng.choice(["and if saturday then next monday if sunday then next tuesday",
                                 "and if sunday then next monday",
                                 "if saturday,sunday then next monday",
                                 "if saturday then previous friday if sunday then next monday"]))
    elif kind < 0.24:
        words += [random_condition(rng) for _ in range(rng.choice([1, 1, 2, 3]))]
    elif kind < 0.36:
        # Once said, "and" holds for what follows.
        words.append("and " + random_condition(rng))
        words += [rng.choice(["and ", ""]) + random_condition(rng)
                  for _ in range(rng.choice([0, 1, 2]))]
    elif kind < 0.48:
        words[0] = "substitutes " + words[0]
        words += [random_condition(rng) for _ in range(rng.choice([1, 2, 3]))]

    extra = None
    kind = rng.random()
    if kind < 0.10:
        extra = (rng.choice(["", "not "]) + "on "
                 + ",".join(rng.sample(WEEKDAYS, rng.choice([1, 2, 3, 4]))))
    elif kind < 0.20:
        extra = f"in {rng.choice(['even', 'odd', 'leap', 'non-leap'])} years"
    elif kind < 0.26 and 20 < year < 9990:
        extra = f"every {rng.randint(1, 4)} years since {year - rng.randint(0, 9):04}"
    if extra:
        # Asked of the day before it moves, or where it has moved to.
        words.insert(rng.choice([1, len(words)]), extra)
    if rng.random() < 0.12:
        words.insert(1, f"P{rng.randint(1, 4)}D")
    if 20 < year < 9990 and rng.random() < 0.25:
        limits = []
        for distance in (rng.randint(-9, 1), rng.randint(0, 3)):
            limit = f"{year + distance:04}"
            if rng.random() < 0.3:
                _, month, day = date_of_day(random_day(rng, zone, near))
                limit += f"-{month:02}" + (f"-{min(day, 28):02}" if rng.random() < 0.7 else "")
            limits.append(limit)
        since, until = f"since {limits[0]}", f"prior to {limits[1]}"
        if limits[0][:4] < limits[1][:4]:
            words.append(rng.choice([since, until, f"{since} and {until}"]))
        else:
            words.append(rng.choice([since, until]))
    return " ".join(words)


def random_list(rng, name, zone, near):
    rows = {}
    for _ in range(rng.choice([0, 1, 3, 6, 14, 30])):
        own = None
        if rng.random() < 0.45:
            own = rng.choice(OWN_HOURS) if rng.random() < 0.7 else cases.random_spans(rng)
        rows[random_day(rng, zone, near)] = own
    rules = {random_rule(rng, zone, near) for _ in range(rng.choice([0, 1, 2, 4, 8, 14]))}
    if rng.random() < 0.3:
        rules.add(rng.choice(["-1 day", "-1 day", "-2 days", "+1 day", "-30 days"]))
    hours = {rule: rng.choice(OWN_HOURS) for rule in sorted(rules)
             if rng.random() < (0.7 if rule[0] in "+-" else 0.2)}
    return HolidayList(name, rows, sorted(rules), hours)


def random_lists(rng, name, zone, near):
    """A list, which may include others; or several together."""
    kind = rng.random()
    if kind < 0.5:
        return random_list(rng, name, zone, near)
    several = [random_list(rng, f"{name} {number}", zone, near) for number in range(rng.choice([2, 2, 3, 4]))]
    for number, found in enumerate(several):
        # Only later ones, so that none includes itself.
        found.includes = [other for other in several[number + 1:] if rng.random() < 0.4]
        rng.shuffle(found.includes)
    if kind < 0.75:
        made = random_list(rng, name, zone, near)
        made.includes = rng.sample(several, len(several) - rng.choice([0, 1]))
        return made
    named = rng.sample(several, 2)
    return HolidayList("+".join(found.name for found in named), {}, [], includes=named)


def calendar_hours(rng, zone, near):
    """Hours with a rule for holidays, at the end mostly."""
    hours = None
    if rng.random() < 0.2:
        hours = cases.hours_of_change(rng, zone, near)
    elif rng.random() < 0.4:
        hours = rng.choice(["24/7", "Mo-Fr 22:00-06:00", "22:00-06:00", "Mo-Fr 08:00-17:00",
                            "Mo-Su 20:00-32:00", "Mo-Sa 00:00-48:00"])
    hours = hours or cases.random_hours(rng, year_of(near))
    rules = hours.split("; ")
    rule = "PH " + rng.choice(HOLIDAY_HOURS)
    place = rng.random()
    if place < 0.8:
        rules.append(rule)
    elif place < 0.95:
        rules.insert(rng.randint(0, len(rules)), rule)
    else:
        rules = [rule]          # open on holidays alone, if at all
    return "; ".join(rules)


def setting(seed, number):
    """The setting of a number: a calendar or a plan, and its holidays."""
    rng = random.Random(f"{seed}/{number}")
    zone = cases.ZONES[number // 2 % len(cases.ZONES)]
    near = cases.random_instant(rng, zone)
    name = f"reference {number}"
    plan = rng.choice(list(TARGETS)) if rng.random() < 0.3 else None
    by_plan = plan and rng.random() < 0.5
    own = given = None
    if not by_plan and rng.random() < 0.65:
        own = random_lists(rng, name, zone, near)
    if rng.random() < (0.95 if by_plan else 0.4):
        given = random_lists(rng, name + " of a customer", zone, near)
    if by_plan:
        hours, own_zone = PLAN_HOURS[plan], None
    else:
        hours = calendar_hours(rng, zone, near)
        if not own and rng.random() < 0.3:
            # Round the clock, whatever the list says.
            hours = rng.choice(["24/7", "24/7", "Mo-Fr 22:00-06:00"])
        own_zone = rng.choice([None, zone, rng.choice(cases.ZONES)])
    # The list that is given takes the place of the calendar's own.
    made = Setting(number, rng, zone, hours, near, plan, None if by_plan else name, given or own)
    made.lists = [found for found in (own, given) if found]
    made.row = None if by_plan else (name, hours, own_zone, own.name if own else None)
    made.given.update(holidays=given.name if given else None,
                      zone=None if own_zone == zone and rng.random() < 0.5 else zone)
    made.edges += [instant_of_wall_clock(zone, day * 86400) * SECOND
                   for found in made.lists
                   for day in range(near // 86400 - 10, near // 86400 + 12)
                   if found.says(day)]
    return made


# As in cases.py.
KINDS = {
    "calendar add": ("calendar_add(t, arg::interval, calendar, zone, holidays)", "timestamptz"),
    "calendar subtract": ("calendar_add(t, arg::interval, calendar, zone, holidays)", "timestamptz"),
    "calendar between": ("calendar_between(t, arg::timestamptz, calendar, zone, holidays)",
                         "interval"),
    "calendar is": ("calendar_is_open(t, calendar, zone, holidays)", "boolean"),
    "calendar next": ("calendar_next_open(t, calendar, zone, holidays)", "timestamptz"),
    "calendar previous": ("calendar_previous_open(t, calendar, zone, holidays)", "timestamptz"),
    "calendar periods": ("calendar_periods(tstzrange(t, arg::timestamptz), calendar, zone, holidays)",
                         "tstzmultirange"),
    "calendar days": ("calendar_days_add(t, arg::integer, calendar, zone, holidays)", "timestamptz"),
    "holiday deadline": ("sla_deadline(t, arg::ticket_priority, plan, zone, 'first_response', "
                         "paused, holidays, calendar)", "timestamptz"),
    "holiday at risk": ("sla_at_risk(t, arg::ticket_priority, plan, zone, 'first_response', "
                        "paused, holidays, calendar)", "timestamptz"),
    "holiday elapsed": ("sla_elapsed(t, arg::timestamptz, 'P2', plan, zone, 'first_response', "
                        "paused, holidays, calendar)", "interval"),
    "holiday dates": ("(SELECT string_agg(DISTINCT concat(h.day, CASE WHEN h.hours IS NOT NULL THEN "
                      "' own' END), ', ') "
                      "FROM holiday_dates(coalesce(holidays, (SELECT l FROM business_calendar AS c (n, h, z, l) "
                      "WHERE n = calendar)), arg::integer) AS h)", "text"),
}

BY_CALENDAR = (["calendar add"] * 12 + ["calendar subtract"] * 8 + ["calendar between"] * 8
               + ["calendar is"] * 5 + ["calendar next"] * 3 + ["calendar previous"] * 3
               + ["calendar periods"] * 3 + ["calendar days"] * 6)
WITH_PLAN = ["holiday deadline"] * 20 + ["holiday at risk"] * 10 + ["holiday elapsed"] * 18
assert len(BY_CALENDAR) == len(WITH_PLAN) == cases.PER_SETTING


def dates(setting):
    """The list itself, in a year: the days, and whether they have hours of their own."""
    found = setting.lists[-1]
    year = min(max(year_of(setting.near) + setting.rng.randint(-1, 1), 1), 9998)
    first, end = day_number(year, 1, 1), day_number(year + 1, 1, 1)
    days = sorted(iso_date(day) + (" own" if found.hours(day) else "")
                  for day in range(first, end) if found.holiday(day) or found.hours(day))
    return "holiday dates", None, str(year), ", ".join(days) or None


def all_cases(setting):
    """As cases() in cases.py."""
    kinds = WITH_PLAN if setting.plan else BY_CALENDAR
    if setting.lists:
        yield dates(setting)
        kinds = kinds[1:]
    yield from cases.cases(setting, kinds)
