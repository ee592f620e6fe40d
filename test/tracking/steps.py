"""Random statements on a tracked table, as a helpdesk writes them, and worse."""

import dataclasses

from cases import interval, timestamp
from clock import INFINITY, SECOND, merged
from model import FIRST_RESPONSE, LEVELS, PRIORITIES, RESOLUTION
from policies import DAY, HOUR, MINUTE, ZONES
from session import literal
from table import NOW, RESULTS, STATUSES

NEED_NO_ZONE = ["premium", "trial", "community", "tracking round", "tracking round", "tracking local",
                "tracking heir", "tracking quick", "tracking quick"]
NEED_ZONE = ["standard", "tracking office", "tracking office", "tracking gold", "tracking nights"]
HOLIDAYS = [None, None, "tracking A", "tracking B", "tracking C"]


@dataclasses.dataclass
class Step:
    """One statement: what it does to which tickets."""
    kind: str
    statement: str
    rows: list = dataclasses.field(default_factory=list)        # to be inserted
    changes: dict = dataclasses.field(default_factory=dict)     # by id: to be updated
    history: dict = dataclasses.field(default_factory=dict)     # by id: all rows of the history
    upserted: dict = dataclasses.field(default_factory=dict)    # by id: rows
    excused: tuple = ()                 # ticket, metric, reason
    deleted: list = dataclasses.field(default_factory=list)
    rule: tuple = ()                    # of the policy: old, new
    refreshed: bool = False
    force: bool = False
    lenient: bool = False               # bad rows are stored
    told: dict = dataclasses.field(default_factory=dict)        # by id: as if for it alone


def choose_plan(table, rng):
    return rng.choice(NEED_NO_ZONE + NEED_ZONE if "time_zone" in table.types else NEED_NO_ZONE)


def choose_opening(table, plan, now, rng):
    if plan == "tracking quick":
        return now - rng.randrange(30 * SECOND)
    ago = rng.random() ** 3 * 10 * DAY if rng.random() < 0.5 else rng.random() * 120 * DAY
    at = now - int(ago)
    return at // MINUTE * MINUTE if rng.random() < 0.5 else at


def choose_between(start, now, rng):
    """An instant of the past, since a ticket's opening."""
    if rng.random() < 0.3 or start is None or start >= now:
        return NOW
    reach = rng.choice([now - start, min(now - start, 4 * HOUR), min(now - start, 3 * DAY)])
    at = start + rng.randint(0, reach)
    return max(at // MINUTE * MINUTE, start) if rng.random() < 0.5 else at


def choose_stop(ticket, metric, now, rng):
    """When a clock stops: often just at its deadline."""
    due = ticket.clocks[metric].due if metric in ticket.clocks else None
    if due is not None and ticket.columns["opened_at"] < due < now and rng.random() < 0.3:
        return due + rng.choice([0, 0, 1, -1])
    return choose_between(ticket.columns["opened_at"], now, rng)


def choose_pauses(opened, now, rng):
    found = []
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        start = opened + rng.randint(-DAY, max(now - opened, DAY))
        found.append((start, start + rng.choice([rng.randint(1, 5 * HOUR), rng.randint(1, 4 * DAY)])))
    if rng.random() < 0.2:
        found.append((now - rng.randrange(5 * DAY), INFINITY))
    return merged(found) if found or rng.random() < 0.5 else None


def random_row(table, now):
    rng, known = table.rng, table.types
    row = {"id": None, "plan": choose_plan(table, rng)}
    row["opened_at"] = choose_opening(table, row["plan"], now, rng)
    if "time_zone" in known:
        row["time_zone"] = rng.choice(ZONES)
        if row["plan"] not in NEED_ZONE and rng.random() < 0.2:
            row["time_zone"] = None
    if "holidays" in known:
        row["holidays"] = rng.choice(HOLIDAYS)
    if "urgency" in known:
        row["urgency"], row["impact"] = rng.choice(LEVELS), rng.choice(LEVELS)
        if "override" in known:
            row["override"] = rng.choice(PRIORITIES) if rng.random() < 0.2 else None
    else:
        row["priority"] = rng.choice(PRIORITIES)
    if "status" in known:
        row["status"] = rng.choice(STATUSES[:3]) if rng.random() < 0.9 else "spam"
    if "answered_at" in known:
        row["answered_at"] = (choose_between(row["opened_at"], now, rng)
                              if rng.random() < 0.3 else None)
    if "resolved_at" in known:
        row["resolved_at"] = (choose_between(row["opened_at"], now, rng)
                              if rng.random() < 0.2 else None)
    if table.mapping.pauses == "application":
        row["paused"] = choose_pauses(row["opened_at"], now, rng)
    if rng.random() < 0.03:
        # Not bad, only not known yet.
        row[rng.choice([name for name in ("plan", "urgency", "impact", "priority")
                        if name in row])] = None
    return row


def insert(table, now, count=None):
    rng = table.rng
    rows = [random_row(table, now) for _ in range(count or rng.choice([1, 1, 1, 2, 5]))]
    for number, row in enumerate(rows):
        row["id"] = table.new_id(number)
        row["region"] = rng.choice("ab")
    return Step("insert", table.insert(rows, rng), rows=rows, told=told(table, rows))


def told(table, rows):
    return {row["id"]: table.insert([row]) for row in rows}


def spoil(table, values, opened, rng):
    """Makes an insert or an update a bad one."""
    known = table.types
    kinds = [("plan", "no such plan"), ("plan", "tracking never")]
    if "time_zone" in known:
        kinds += [("time_zone", "Nowhere/City"), ("time_zone", "IST")]
    if "holidays" in known:
        kinds.append(("holidays", "no such list"))
    for name in ("answered_at", "resolved_at"):
        if name in known:
            kinds.append((name, opened - rng.choice([1, HOUR])))
    if "urgency" in known and table.labels:
        kinds.append(("urgency", "no such label"))
    name, value = rng.choice(kinds)
    values[name] = value
    if value == "no such label" and "override" in known:
        values["override"] = None
    if value == "tracking never":
        values["override" if "override" in known else "priority"] = "P1"
        if "override" not in known and "urgency" in known:
            values |= {"urgency": "high", "impact": "high"}
            del values["priority"]


def insert_bad(table, now):
    rng = table.rng
    rows = [random_row(table, now) for _ in range(rng.choice([1, 3]))]
    spoil(table, rng.choice(rows), now - 150 * DAY, rng)
    names = {name: None for row in rows for name in row}
    rows = [names | row for row in rows]
    for number, row in enumerate(rows):
        row["id"] = table.new_id(number)
        row["region"] = rng.choice("ab")
    return Step("bad insert", table.insert(rows, rng), rows=rows, told=told(table, rows),
                lenient=table.remembers and rng.random() < 0.5)


def upsert(table, now):
    """A whole row again, of which the ticket may have another already."""
    rng = table.rng
    chosen, = table.choose(1)
    row = random_row(table, now)
    row["id"] = chosen
    row["region"] = "a"
    for name in rng.sample(list(row), rng.randrange(len(row))):
        # The rest stays as it is.
        if name in table.types and name != "id":
            row[name] = table.tickets[chosen].columns[name]
    return Step("upsert", table.upsert(row), upserted={chosen: row})


def excuse(table, now):
    """Somebody approves of a miss."""
    misses = [(one, metric) for one in table.live() for metric in table.mapping.metrics
              if table.tickets[one].row(metric, now)["status"] in ("missed", "overdue")
              and (one, metric) not in table.excused]
    if not misses:
        return update(table, now)
    one, metric = table.rng.choice(misses)
    reason = table.rng.choice(["customer's network", "agreed"])
    return Step("excuse", f"SELECT sla_excuse({literal(table.name)}, {literal(one)}, {literal(metric)},"
                f" {literal(reason)})", excused=(one, metric, reason))


def refresh(table, now):
    """A target changes, of tickets that are there already."""
    rng = table.rng
    rule = rng.choice([rule for rule in table.policy.rules if rule.plan.startswith("tracking")
                       and rule.plan not in ("tracking quick", "tracking never")])
    target = rng.choice([2, 5, 10, 30]) * HOUR
    changed = rule._replace(target=target)
    statement = (f"UPDATE sla_target_rule SET target = '{interval(target)}' WHERE plan = '{rule.plan}'"
                 f" AND priority = '{rule.priority}' AND metric = '{rule.metric}'"
                 f" AND valid_from = '{timestamp(rule.valid_from)}'")
    force = rng.random() < 0.3
    return Step("refresh", f"{statement};\nCALL sla_refresh({literal(table.name)}, force => {force},"
                " batch_size => NULL)", rule=(rule, changed), refreshed=True, force=force)


# What an update writes to one ticket ------------------------------------

def change_priority(table, ticket, now, rng):
    if "urgency" not in table.types:
        return {"priority": rng.choice(PRIORITIES)}
    if "override" in table.types and rng.random() < 0.4:
        return {"override": rng.choice([None, *PRIORITIES])}
    return {rng.choice(["urgency", "impact"]): rng.choice(LEVELS)}


def change_plan(table, ticket, now, rng):
    return {"plan": choose_plan(table, rng)}


def change_zone(table, ticket, now, rng):
    return {"time_zone": rng.choice(ZONES)} if "time_zone" in table.types else None


def change_holidays(table, ticket, now, rng):
    return {"holidays": rng.choice(HOLIDAYS)} if "holidays" in table.types else None


def answer(table, ticket, now, rng):
    if "answered_at" not in table.types:
        return None
    if ticket.columns["answered_at"] is not None and rng.random() < 0.3:
        return {"answered_at": None}
    return {"answered_at": choose_stop(ticket, FIRST_RESPONSE, now, rng)}


def resolve(table, ticket, now, rng):
    if "resolved_at" not in table.types:
        return None
    changes = {"resolved_at": choose_stop(ticket, RESOLUTION, now, rng)}
    if ticket.columns["resolved_at"] is not None and rng.random() < 0.7:
        changes = {"resolved_at": None}
    if "status" in table.types and rng.random() < 0.5:
        changes["status"] = "open" if changes["resolved_at"] is None else "solved"
    return changes


def change_status(table, ticket, now, rng):
    return {"status": rng.choice(STATUSES)} if "status" in table.types else None


def correct_opening(table, ticket, now, rng):
    limits = [ticket.columns[name] for name in ("answered_at", "resolved_at")
              if ticket.columns[name] is not None]
    opened = choose_opening(table, ticket.columns["plan"], now, rng)
    return {"opened_at": min(limits + [opened])}


def correct_pauses(table, ticket, now, rng):
    if table.mapping.pauses != "application":
        return None
    return {"paused": choose_pauses(ticket.columns["opened_at"] or now, now, rng)}


def write_note(table, ticket, now, rng):
    return {"note": "written"}


def move(table, ticket, now, rng):
    return {"region": rng.choice("ab")}


def write_results(table, ticket, now, rng):
    """The application has no business there; nothing may come of it."""
    names = [name for metric in RESULTS for name in RESULTS[metric]
             if name in table.types and not name.endswith("target")]
    if "urgency" in table.types:
        names.append("priority")
    name = rng.choice(names)
    return {"!" + name: rng.choice(PRIORITIES) if name == "priority" else now - rng.randrange(DAY)}


CHANGES = {
    change_priority: 8, change_plan: 4, change_zone: 2, change_holidays: 1, answer: 8, resolve: 8,
    change_status: 8, correct_opening: 4, correct_pauses: 6, write_note: 2, move: 2, write_results: 2,
}


def random_changes(table, ticket, now, rng):
    changes = None
    while not changes:
        changes = rng.choices(list(CHANGES), CHANGES.values())[0](table, ticket, now, rng)
    if rng.random() < 0.15:
        changes |= rng.choices(list(CHANGES), CHANGES.values())[0](table, ticket, now, rng) or {}
    return changes


def update_statement(table, changes, ids, rng=None):
    assignments = table.assignments(changes)
    if rng and rng.random() < 0.2:
        values = ", ".join(f"({literal(one)})" for one in ids)
        return (f"MERGE INTO {table.name} t USING (VALUES {values}) v (id)"
                f" ON t.{table.column['id']} = v.id::{table.id_type}"
                f" WHEN MATCHED THEN UPDATE SET {assignments}")
    return f"UPDATE {table.name} SET {assignments} WHERE {table.where(ids)}"


def written(changes):
    """What of an update concerns the model."""
    return {name: value for name, value in changes.items()
            if name[0] != "!" and name not in ("note", "region")}


def update(table, now):
    rng = table.rng
    ids = table.choose(1)
    changes = random_changes(table, table.tickets[ids[0]], now, rng)
    kind = "update " + ", ".join(sorted(changes))
    return Step(kind, update_statement(table, changes, ids, rng), changes={ids[0]: written(changes)})


def nightly(table, now):
    """A job that changes many tickets at once."""
    rng = table.rng
    ids = table.choose(rng.choice([3, 8, 20]))
    changes = rng.choice([change_plan, change_plan, change_priority, change_zone, change_status])(
        table, None, now, rng) or {"note": "nightly"}
    return Step("nightly " + ", ".join(changes), update_statement(table, changes, ids, rng),
                changes={one: written(changes) for one in ids},
                told={one: update_statement(table, changes, [one]) for one in ids})


def update_bad(table, now):
    rng = table.rng
    ids = table.choose(rng.choice([1, 1, 3]))
    opened = min(table.tickets[one].columns["opened_at"] or now for one in ids)
    changes = {}
    spoil(table, changes, opened, rng)
    return Step("bad update " + ", ".join(sorted(changes)), update_statement(table, changes, ids, rng),
                changes={one: written(changes) for one in ids},
                lenient=table.remembers and rng.random() < 0.3,
                told={one: update_statement(table, changes, [one]) for one in ids})


def status_history(table, now):
    """Rows of the status history, often several in one instant, not in order."""
    rng = table.rng
    chosen, = table.choose(1)
    ticket = table.tickets[chosen]
    opened = ticket.columns["opened_at"] or now
    if ticket.history and rng.random() < 0.15:
        gone = rng.choice(ticket.history)
        rest = [row for row in ticket.history if row != gone]
        statement = (f"DELETE FROM {table.history} WHERE ticket = {literal(chosen)} AND seq = {gone[1]}")
        return Step("delete history", statement, history={chosen: rest})
    rows, at = [], None
    for _ in range(rng.choice([1, 1, 2, 4])):
        if at is None or rng.random() < 0.6:
            at = rng.choice([now, opened + rng.randint(-HOUR, max(now - opened, HOUR))])
        table.sequence += 1
        rows.append((at, table.sequence, rng.choice(STATUSES)))
    values = ", ".join(f"({literal(chosen)}, {literal(value)}, {literal(at)}, {seq})"
                       for at, seq, value in rng.sample(rows, len(rows)))
    return Step("insert history",
                f"INSERT INTO {table.history} (ticket, status, changed_at, seq) VALUES {values}",
                history={chosen: ticket.history + rows})


def delete(table, now):
    chosen, = table.choose(1)
    return Step("delete", f"DELETE FROM {table.name} WHERE {table.where([chosen])}", deleted=[chosen])


def next_step(table, now):
    rng = table.rng
    if len(table.live()) < 12 or rng.random() < 0.1:
        return insert(table, now)
    kinds = {update: 70, nightly: 5, insert_bad: 3, update_bad: 4, delete: 1, excuse: 2, refresh: table.remembers,
             upsert: 0 if table.partitioned else 5,
             status_history: 30 if table.mapping.pauses == "history" else 0}
    return rng.choices(list(kinds), kinds.values())[0](table, now)
