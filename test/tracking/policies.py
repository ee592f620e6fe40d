"""A policy to track tickets under: plans, calendars and lists of all kinds,
in SQL and as the model has them.  All names begin with "tracking "; forget()
removes all."""

from cases import interval, timestamp
from clock import INFINITY, SECOND
from holiday_cases import iso_date
from holidays import HolidayList
from model import FIRST_RESPONSE, PRIORITIES, RESOLUTION, Calendar, Plan, Policy, Rule

MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND



def quoted(value):
    """As a literal."""
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


ZONES = """
    Europe/Warsaw Europe/London America/New_York America/Sao_Paulo Asia/Kolkata
    Australia/Lord_Howe Pacific/Apia UTC +05:30 -03:30
""".split()

CALENDARS = {
    "tracking long": Calendar("Mo-Sa 07:00-22:00; PH off", None, None),
    "tracking shifts": Calendar("Mo-Fr 08:00-12:00,13:00-18:00; Sa 22:00-30:00; PH 10:00-14:00",
                                "Europe/Warsaw", "tracking A"),
    "tracking nights": Calendar("Mo-Su 22:00-06:00; PH off", None, "tracking B"),
    "tracking never": Calendar("off", "UTC", None),
}
PLANS = {
    "tracking office": Plan("standard", "standard"),
    "tracking round": Plan(None, "premium"),
    "tracking gold": Plan("tracking long", "tracking round"),
    "tracking local": Plan("tracking shifts", None),
    "tracking heir": Plan(None, "tracking local"),
    "tracking nights": Plan("tracking nights", None),
    "tracking quick": Plan("always", None),
    "tracking never": Plan("tracking never", None),
}
MATRIX = {
    ("tracking gold", "medium", "medium"): "P2",
    ("tracking local", "low", "low"): "P1",
    ("tracking local", "high", "high"): "P3",
    ("tracking round", "medium", "low"): "P2",
}


def rules(now):
    """Targets; some change in the time from which the tickets are."""
    def each(plan, metric, targets, since=-INFINITY, calendar=None, at_risk=0.75, goal=None):
        return [Rule(plan, priority, metric, since, target, calendar, at_risk, goal)
                for priority, target in zip(PRIORITIES, targets)]

    month, week = now - 70 * DAY, now - 12 * DAY
    return (
        each("tracking office", RESOLUTION, (4 * HOUR, 9 * HOUR, 27 * HOUR, None), goal=0.9)
        + each("tracking round", RESOLUTION, (HOUR, 4 * HOUR, 24 * HOUR, 100 * HOUR), at_risk=0.5)
        + [Rule("tracking gold", "P1", FIRST_RESPONSE, -INFINITY, 10 * MINUTE, "always", 0.9, 0.95),
           Rule("tracking gold", "P4", FIRST_RESPONSE, -INFINITY, 6 * HOUR, None, 0.75, 0.5)]
        + each("tracking local", FIRST_RESPONSE, (HOUR, 2 * HOUR, 8 * HOUR, 20 * HOUR), at_risk=1.0)
        + each("tracking local", FIRST_RESPONSE, (30 * MINUTE, None, 4 * HOUR, 40 * HOUR), month,
               goal=0.8)
        + each("tracking local", FIRST_RESPONSE, (45 * MINUTE, HOUR, None, DAY), week, "always")
        + each("tracking local", RESOLUTION, (3 * HOUR, 11 * HOUR, 33 * HOUR + SECOND // 8, 90 * HOUR))
        + each("tracking nights", FIRST_RESPONSE, (HOUR, 8 * HOUR, 20 * HOUR, 50 * HOUR), goal=1.0)
        + each("tracking nights", RESOLUTION, (8 * HOUR, 16 * HOUR, None, 80 * HOUR), at_risk=0.3)
        + each("tracking quick", FIRST_RESPONSE,
               (SECOND // 10, SECOND // 2, 3 * SECOND, 20 * SECOND), at_risk=0.5, goal=0.7)
        + each("tracking quick", RESOLUTION,
               (SECOND, 2 * SECOND, 8 * SECOND, MINUTE), at_risk=0.6, goal=0.0)
        + each("tracking never", FIRST_RESPONSE, (HOUR,)))


def make(now):
    """The model's policy, and SQL that writes what the shipped one has not."""
    policy = Policy()
    today = now // DAY
    lists = [
        HolidayList("tracking A",
                    {today - 3: None, today - 20: "10:00-13:00", today - 41: "off", today - 80: None,
                     today - 11: "22:00-30:00", today: "00:00-12:00", today + 1: None},
                    ["05-03", "easter 1", "last monday in August",
                     "11-01 and if saturday,sunday then next monday", "12-25 P2D"]),
        HolidayList("tracking B", {today - 1: None, today - 2: None, today - 30: None},
                    ["substitutes 10-10 if saturday,sunday then next monday", "2nd tuesday in July",
                     "orthodox 49", "3 days before 12-24"]),
        HolidayList("tracking C", {today - number: None for number in range(0, 200, 3)}, []),
    ]
    policy.lists = {found.name: found for found in lists}
    policy.calendars |= CALENDARS
    policy.plans |= PLANS
    added = rules(now)
    policy.rules += added
    policy.matrix = MATRIX

    def rows(table, columns, values):
        return f"INSERT INTO {table} ({columns}) VALUES\n" + ",\n".join(
            "(" + ", ".join(map(quoted, row)) + ")" for row in values) + ";\n"

    script = (
        "BEGIN;\n"
        + rows("business_holiday_list", "holidays, title", [(found.name, "") for found in lists])
        + rows("business_holiday", "holidays, day, hours",
               [(found.name, iso_date(day), own) for found in lists for day, own in found.rows.items()])
        + rows("business_holiday_rule", "holidays, rule, hours",
               [(found.name, rule, found.rule_hours.get(rule)) for found in lists for rule in found.texts])
        + rows("business_calendar", "calendar, hours, time_zone, holidays",
               [(name, *row) for name, row in CALENDARS.items()])
        + rows("support_plan", "plan, title, calendar, sla_of",
               [(name, name, *row) for name, row in PLANS.items()])
        + rows("sla_target_rule", "plan, priority, metric, valid_from, target, calendar, at_risk, goal",
               [(rule.plan, rule.priority, rule.metric, timestamp(rule.valid_from),
                 None if rule.target is None else interval(rule.target), *rule[5:]) for rule in added])
        + rows("support_priority_rule", "plan, urgency, impact, priority",
               [(*key, priority) for key, priority in MATRIX.items()])
        + "COMMIT;\n")
    return policy, script


def forget():
    return """
        BEGIN;
        DELETE FROM sla_target_rule WHERE plan LIKE 'tracking %';
        DELETE FROM support_priority_rule WHERE plan LIKE 'tracking %';
        DELETE FROM support_plan WHERE plan LIKE 'tracking %';
        DELETE FROM business_calendar WHERE calendar LIKE 'tracking %';
        DELETE FROM business_holiday WHERE holidays LIKE 'tracking %';
        DELETE FROM business_holiday_rule WHERE holidays LIKE 'tracking %';
        DELETE FROM business_holiday_list WHERE holidays LIKE 'tracking %';
        COMMIT;
        """
