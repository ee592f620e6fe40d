"""Lists of holidays, and the days that a rule means, found by counting days.

A second opinion on the notation of business_holiday_rule: it reads only what
the generator of lists writes, and looks for weekdays one day at a time.  Dates
of other calendars are not here.
"""

import re

from hours import Hours, date_of_day, day_number, days_in_month, easter, weekday_of_day

WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTHS = """January February March April May June July August September October November
            December""".split()
YEARS_AROUND = 2                # no rule moves a date by more than a year

STEPS = re.compile(r"""
    (?P<also>and\ )?if\ (?P<when>[a-z,]+)\ then\ (?P<towards>next|previous)\ (?P<to>[a-z]+)
    | (?P<never>not\ )?on\ (?P<on>[a-z,]+)
    | in\ (?P<years>even|odd|leap|non-leap)\ years
    | every\ (?P<every>\d+)\ years\ since\ (?P<first>\d{4})
    | since\ (?P<since>[\d-]+)(?:\ and(?=\ prior))?
    | prior\ to\ (?P<until>[\d-]+)
    | P(?P<duration>\d+)D
    """, re.VERBOSE)


def is_leap(year):
    return days_in_month(year, 2) == 29


def weekday_name(number):
    return WEEKDAYS[weekday_of_day(number)]


def walk_to(number, weekday, step):
    """The nearest such weekday in one direction; the day itself counts."""
    while weekday_name(number) != weekday:
        number += step
    return number


def julian_first_of_march(year):
    """Four years of the Julian calendar have 1461 days, without exception;
    its 1 March 1900 was 14 March."""
    return day_number(1900, 3, 14) + 365 * (year - 1900) + year // 4 - 475


def orthodox_easter(year):
    """The Sunday after the full moon that 19 Julian years bring back."""
    full_moon = julian_first_of_march(year) + 20 + (19 * (year % 19) + 15) % 30
    return walk_to(full_moon + 1, "sunday", 1)


def first_day(limit):
    """Of a year, a month, or the day itself."""
    year, month, day = (limit + "-01-01").split("-")[:3]
    return day_number(int(year), int(month), int(day))


def days_of_base(base, year):
    """The days that the part of a rule before all conditions names in a year
    (of the Julian calendar, for orthodox Easter)."""
    match = re.fullmatch(r"(\d+) days (before|after) (.*)", base)
    if match:
        step = int(match[1]) * (1 if match[2] == "after" else -1)
        return [number + step for number in days_of_base(match[3], year)]

    match = re.fullmatch(r"(?:(\d+)[a-z]{2} )?([a-z]+day) (before|after) (.*)", base)
    if match:
        found = []
        for number in days_of_base(match[4], year):
            step = 1 if match[3] == "after" else -1
            if step < 0:
                number -= 1     # a day is not before itself, but counts as after
            number = walk_to(number, match[2], step)
            found.append(number + step * 7 * (int(match[1] or 1) - 1))
        return found

    match = re.fullmatch(r"(last|\d)(?:[a-z]{2})? ([a-z]+day) in (\w+)", base)
    if match:
        month = MONTHS.index(match[3]) + 1
        days = [number for number in range(day_number(year, month, 1),
                                           day_number(year, month, 1) + days_in_month(year, month))
                if weekday_name(number) == match[2]]
        if match[1] == "last":
            return days[-1:]
        return days[int(match[1]) - 1:int(match[1])]

    match = re.fullmatch(r"(easter|orthodox)(?: (-?\d+))?", base)
    if match:
        sunday = easter(year) if match[1] == "easter" else orthodox_easter(year)
        return [sunday + int(match[2] or 0)]

    match = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)", base)
    month, day = int(match[2]), int(match[3])
    if match[1] and int(match[1]) != year or day > days_in_month(year, month):
        return []
    return [day_number(year, month, day)]


class HolidayRule:
    """The text of a rule, cut into its base and the steps that follow."""

    def __init__(self, text):
        self.text = text
        self.only_substitutes = text.startswith("substitutes ")
        text = text.removeprefix("substitutes ")
        first = STEPS.search(text)
        self.base = text[:first.start()].strip() if first else text
        self.steps = [match.groupdict() for match in STEPS.finditer(text)]
        rest = STEPS.sub("", text[first.start():]) if first else ""
        assert not rest.strip(), f"{self.text}: not understood: {rest}"
        self.years = [int(year) for year in re.findall(r"\b\d{4}\b", text)]

    def occurrence(self, number):
        """The first days that follow from a day of the base, in the end."""
        dates = [(number, False)]       # and whether it was moved
        since, until = float("-inf"), float("inf")
        also = False
        for step in self.steps:
            if step["when"]:
                also = also or bool(step["also"])
                result = []
                for day, moved in dates:
                    if moved or weekday_name(day) not in step["when"].split(","):
                        result.append((day, moved))
                        continue
                    if also:
                        result.append((day, False))
                    to = 1 if step["towards"] == "next" else -1
                    result.append((walk_to(day + to, step["to"], to), True))
                dates = result
            elif step["on"]:
                dates = [date for date in dates
                         if (weekday_name(date[0]) in step["on"].split(",")) != bool(step["never"])]
            elif step["years"]:
                dates = [date for date in dates
                         if {"even": lambda year: year % 2 == 0, "odd": lambda year: year % 2 == 1,
                             "leap": is_leap, "non-leap": lambda year: not is_leap(year)
                             }[step["years"]](date_of_day(date[0])[0])]
            elif step["every"]:
                first = int(step["first"])
                dates = [date for date in dates if date_of_day(date[0])[0] >= first
                         and (date_of_day(date[0])[0] - first) % int(step["every"]) == 0]
            elif step["since"]:
                since = first_day(step["since"])
            elif step["until"]:
                until = first_day(step["until"])
        return [day for day, moved in dates
                if since <= day < until and (moved or not self.only_substitutes)]

    def days(self, year):
        """The days of a Gregorian year that are holidays by this rule."""
        duration = max([int(step["duration"]) for step in self.steps if step["duration"]], default=1)
        around = year
        if "orthodox" in self.base:
            # So many days the calendars are apart; in far years these are years.
            around -= (year // 100 - year // 400 - 2) // 365
        found = set()
        for other in range(around - YEARS_AROUND, around + YEARS_AROUND + 1):
            for number in days_of_base(self.base, other):
                for start in self.occurrence(number):
                    found.update(day for day in range(start, start + duration)
                                 if date_of_day(day)[0] == year)
        return found


class HolidayList:
    """A list: days with a row of their own (text of hours, or None for a
    holiday), rules, whose days are holidays or have hours, and the lists that it
    includes.  A name with a plus means several lists; it has no rows and rules,
    and includes them."""

    def __init__(self, name, rows, rules, rule_hours=None, includes=()):
        self.name = name
        self.rows = rows
        self.includes = list(includes)
        self.rule_hours = rule_hours or {}      # by the text of the rule
        self.texts = rules
        self.near = [text for text in rules if re.fullmatch(r"[-+]\d+ days?", text)]
        self.rules = [HolidayRule(text) for text in rules if text not in self.near]
        self.own = {number: Hours(text) for number, text in rows.items() if text is not None}
        self.of_rule = {text: Hours(hours) for text, hours in self.rule_hours.items()}
        self.by_year = {}

        # Years that it names: what it means of other years goes on for ever.
        named = [date_of_day(number)[0] for number in rows]
        named += [year for rule in self.rules for year in rule.years]
        self.first_year = min([found.first_year for found in self.includes]
                              + named, default=float("inf"))
        self.last_year = max([found.last_year for found in self.includes]
                             + named, default=float("-inf"))

    def all(self):
        """The list itself, then what it includes, each with all that it includes."""
        found = [self]
        for included in self.includes:
            found += [one for one in included.all() if one not in found]
        return found

    def own_answer(self, number):
        """What the list's own rows and rules with days of their own say: nothing,
        or a row's or rule's hours, None for a holiday."""
        if number in self.rows:
            return [self.own.get(number)]
        year = date_of_day(number)[0]
        if year not in self.by_year:
            self.by_year[year] = [(rule.text, rule.days(year)) for rule in self.rules]
        found = [text for text, days in self.by_year[year] if number in days]
        return self.first(found)

    def first(self, found):
        """A holiday goes before hours, and the first text before others."""
        if any(text not in self.of_rule for text in found):
            return [None]
        return [self.of_rule[min(found)]] if found else []

    def given(self, number):
        """The same of the list with all that it includes: the first one decides."""
        for found in self.all():
            answer = found.own_answer(number)
            if answer:
                return answer
        return []

    def says(self, number):
        """With the days near holidays, which go by the holidays of all lists."""
        answer = self.given(number)
        for found in self.all():
            answer = answer or found.first(
                [text for text in found.near if self.given(number - int(text.split()[0])) == [None]])
        return answer

    def hours(self, number):
        """The hours of a day that has its own, whatever the calendar says of it."""
        return next(iter(self.says(number)), None)

    def holiday(self, number):
        """Whether PH selects a day."""
        return self.says(number) == [None]
