"""Opening hours, read and judged one local date at a time.

A second opinion on the text form of business_hours: it reads only what the
generator of cases writes (no spaces inside lists, four-digit years), and it
answers one question, which shifts start on this local date.  A list of
holidays, of holidays.py, can be part of the question.  Nothing here knows of
zones, instants or the extension.
"""

import datetime
import re

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WEEKDAYS = "Mo Tu We Th Fr Sa Su".split()

DAYS_PER_CYCLE = 146097         # the Gregorian calendar repeats after 400 years
YEARS_PER_CYCLE = 400
BASE = datetime.date(2000, 1, 1)
BASE_DAY = (BASE - datetime.date(1970, 1, 1)).days


def day_number(year, month, day):
    """Days since 1970-01-01 of a date in any year, 0 being 1 BC."""
    cycles, year_in_cycle = divmod(year - 2000, YEARS_PER_CYCLE)
    date = datetime.date(2000 + year_in_cycle, month, day)
    return BASE_DAY + (date - BASE).days + cycles * DAYS_PER_CYCLE


def date_of_day(number):
    """The inverse: (year, month, day)."""
    cycles, rest = divmod(number - BASE_DAY, DAYS_PER_CYCLE)
    date = BASE + datetime.timedelta(days=rest)
    return date.year + cycles * YEARS_PER_CYCLE, date.month, date.day


def weekday_of_day(number):
    """0 is Monday; 1970-01-01 was a Thursday."""
    return (number + 3) % 7


def days_in_month(year, month):
    return day_number(year + month // 12, month % 12 + 1, 1) - day_number(year, month, 1)


def easter(year):
    """Day number of western Easter Sunday, by the golden number and the epact."""
    golden = year % 19 + 1
    century = year // 100 + 1
    solar = 3 * century // 4 - 12
    lunar = (8 * century + 5) // 25 - 5
    epact = (11 * golden + 20 + lunar - solar) % 30
    if epact == 24 or (epact == 25 and golden > 11):
        epact += 1
    full_moon = 44 - epact
    if full_moon < 21:
        full_moon += 30
    sunday = 5 * year // 4 - solar - 10
    return day_number(year, 3, 1) - 1 + full_moon + 7 - (sunday + full_moon) % 7


class Rule:
    """One rule of the text: the dates that it selects, and what it does to the
    hours of earlier rules there."""

    def __init__(self, text, adds=False):
        self.adds = adds
        self.takes_out = False
        self.holidays = []      # days after a holiday
        self.together = False   # holidays and weekdays are one list
        self.weeks = set()
        self.years = []         # (first, last); last is None for no end
        self.periods = []       # (first, last) as day numbers; the same
        self.dates = []         # ((month, day), (month, day)); may wrap
        self.easter = []        # offsets in days
        self.weekdays = {}      # weekday -> set of nth, or None for every one
        self.spans = []         # minutes from midnight of the date

        selector, _, times = text.rpartition(" ")
        if times == "off" and ":" in selector:
            self.takes_out = True
            selector, _, times = selector.rpartition(" ")
        if times != "off":
            for span in times.split(","):
                start, end = (int(t[:2]) * 60 + int(t[3:]) for t in span.split("-"))
                self.spans.append((start, end if end > start else end + 1440))
        else:
            self.adds = False
        for word in self.words(selector):
            items = word.split(",")
            kinds = {item[:2] == "PH" for item in items}
            self.together = self.together or len(kinds) == 2
            for item in items:
                self.read(item)

    @staticmethod
    def words(selector):
        """Years, dates and weekdays, each a list without spaces between items."""
        selector = re.sub(r"easter ([-+])(\d+) days?", r"easter\g<1>\2", selector)
        selector = re.sub(r"PH ([-+])(\d+) days?", r"PH\g<1>\2", selector)
        selector = re.sub(r"([A-Z][a-z]{2}) (\d\d)\b", r"\1\2", selector)
        selector = re.sub(r"week (\S+)", lambda found: ",".join(
            "week" + item for item in found[1].split(",")), selector)
        selector = re.sub(r"(?<=[a-z]\d\d[-,])(\d{4}) (?=[A-Z])", r"\1", selector)
        selector = re.sub(r"^(\d{4}) (?=[A-Z]\S*(?:\d\d\+|[-,]\d{4}))", r"\1", selector)
        return selector.split()

    def read(self, item):
        if item.startswith("PH"):
            self.holidays.append(int(item[2:] or 0))
        elif item.startswith("week"):
            first, last, step = re.fullmatch(r"week(\d+)(?:-(\d+)(?:/(\d+))?)?", item).groups()
            self.weeks.update(range(int(first), int(last or first) + 1, int(step or 1)))
        elif re.match(r"\d{4}[A-Z]", item):
            year, month, day, open_end, to_year, to_month, to_day = re.fullmatch(
                r"(\d{4})(...)(\d\d)(\+)?(?:-(\d{4})?(...)(\d\d))?", item).groups()
            first = last = (int(year), MONTHS.index(month) + 1, int(day))
            if to_month:
                last = (int(to_year or year), MONTHS.index(to_month) + 1, int(to_day))
                if last < first:
                    last = (last[0] + 1, *last[1:])
            self.periods.append((day_number(*first), None if open_end else day_number(*last)))
        elif re.fullmatch(r"\d{4}(-\d{4}|\+)?", item):
            first = int(item[:4])
            last = None if item.endswith("+") else int(item[-4:])
            self.years.append((first, last))
        elif item.startswith("easter"):
            self.easter.append(int(item[6:] or 0))
        elif item[:3] in MONTHS:
            first, _, last = item.partition("-")
            month = MONTHS.index(first[:3]) + 1
            day = int(first[3:] or 1)
            if not last:
                until = (month, int(first[3:] or 31))
            elif last[:3] in MONTHS:
                until = (MONTHS.index(last[:3]) + 1, int(last[3:] or 31))
            else:
                until = (month, int(last))
            self.dates.append(((month, day), until))
        else:
            match = re.fullmatch(r"(..)(?:-(..)|\[(-?\d)\])?", item)
            first, last, nth = match.groups()
            weekday = WEEKDAYS.index(first)
            if nth:
                known = self.weekdays.setdefault(weekday, set())
                if known is not None:
                    known.add(int(nth))
                return
            self.weekdays[weekday] = None
            while last and WEEKDAYS[weekday] != last:
                weekday = (weekday + 1) % 7
                self.weekdays[weekday] = None

    def in_years(self, year):
        return not self.years or any(
            first <= year and (last is None or year <= last)
            for first, last in self.years)

    def selects(self, number, holidays):
        year, month, day = date_of_day(number)
        weekday = weekday_of_day(number)
        near = bool(holidays) and any(holidays.holiday(number - days) for days in self.holidays)

        if self.holidays and not self.together and not near:
            return False
        if self.weeks:
            thursday = number - weekday + 3
            if (thursday - day_number(date_of_day(thursday)[0], 1, 1)) // 7 + 1 not in self.weeks:
                return False
        if self.periods and not any(first <= number and (last is None or number <= last)
                                    for first, last in self.periods):
            return False
        if self.weekdays and not (self.together and near):
            if weekday not in self.weekdays:
                return False
            nths = self.weekdays[weekday]
            if nths is not None:
                from_start = (day - 1) // 7 + 1
                from_end = -((days_in_month(year, month) - day) // 7 + 1)
                if from_start not in nths and from_end not in nths:
                    return False

        if not self.dates and not self.easter:
            return self.in_years(year)
        for first, last in self.dates:
            if first <= last:
                if first <= (month, day) <= last and self.in_years(year):
                    return True
            elif (month, day) >= first and self.in_years(year):
                return True
            elif (month, day) <= last and self.in_years(year - 1):
                return True     # a range over the new year starts in its year
        return any(number == easter(year) + offset and self.in_years(year)
                   for offset in self.easter)


class Hours:
    """The rules of one text, and the list of holidays that it asks for."""

    def __init__(self, text, holidays=None):
        self.text = text
        parts = re.split(r"([;,]) ", text.replace("24/7", "00:00-24:00"))
        self.rules = [Rule(part.strip(), sign == ",")
                      for part, sign in zip(parts[::2], [";"] + parts[1::2])]
        # Hours without a rule for holidays have none, and no special days.
        self.holidays = holidays if any(rule.holidays for rule in self.rules) else None
        self.by_date = {}

        # After so many years without an opening, beyond all the years that
        # the text names, there is none to come: a day of the week falls on a
        # given date within 12 years, on 29 February within 40.
        named = [year for rule in self.rules for years in rule.years
                 for year in years if year is not None]
        named += [date_of_day(day)[0] for rule in self.rules for period in rule.periods
                  for day in period if day is not None]
        self.first_year = min(named, default=float("inf"))
        self.last_year = max(named, default=float("-inf"))
        self.patience = 450 if "easter" in text else 120 if "week" in text else \
            40 if "Feb" in text else 12
        if self.holidays:
            self.first_year = min(self.first_year, self.holidays.first_year)
            self.last_year = max(self.last_year, self.holidays.last_year)
            self.patience = max(self.patience, 45)

    def shifts(self, number):
        """Spans, in minutes, that start on a local date: each rule that selects
        the date replaces those before it, adds to them or takes from them.  A
        day that the list gives hours of its own has those."""
        if number not in self.by_date:
            own = self.holidays.hours(number) if self.holidays else None
            self.by_date[number] = own.shifts(number) if own else self.changed(number)
        return self.by_date[number]

    def changed(self, number):
        spans = []
        for rule in self.rules:
            if not rule.selects(number, self.holidays):
                continue
            if rule.takes_out:
                for start, end in rule.spans:
                    spans = [part for first, last in spans
                             for part in ((first, min(last, start)), (max(first, end), last))
                             if part[0] < part[1]]
            else:
                spans = (spans if rule.adds else []) + rule.spans
        return spans

    def between_dates(self, first, last):
        """The shifts that start on some dates, in local seconds since 1970."""
        return [(number * 86400 + start * 60, number * 86400 + end * 60)
                for number in range(first, last + 1)
                for start, end in self.shifts(number)]

    def open_at_wall_clock(self, second):
        """Rule 1, said plainly: some shift of these dates covers the second."""
        number = second // 86400
        minute = second % 86400 // 60
        return any(start <= minute + 1440 * back < end
                   for back in (0, 1, 2)
                   for start, end in self.shifts(number - back))
