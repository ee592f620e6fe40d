"""A tracked table: how it is mapped, in SQL and for the model; and what the
model has of it."""

import random

from clock import INFINITY, SECOND
from model import Step, appears, gone
from policy import DAY, HOUR, LEVELS, MATRIX, MINUTE, PRIORITIES, Bad, BusinessDays, Calendar, Policy
from cases import interval, timestamp
from trail import Trail, clock_row
from hours import day_number
from holiday_cases import iso_date

COLUMNS = {
    "opened_at": "timestamptz", "began_at": "timestamptz", "plan": "text", "urgency": "text",
    "impact": "text", "override": "text", "level": "text", "zone": "text", "days_off": "text",
    "hours": "text", "replied_at": "timestamptz", "replied": "boolean", "solved_at": "timestamptz",
    "solved": "boolean", "closed_at": "timestamptz", "is_closed": "boolean", "waiting": "boolean",
    "pauses": "tstzmultirange", "spam": "boolean", "own_plan": "text", "own_level": "text",
    "own_hours": "text", "team": "text", "note": "text", "customer": "text", "parent": None,
}
CUSTOMERS = ("acme", "ajax")
# A function of the application; as it is first, and replaced.
PLAN_OF = ("SELECT plan FROM desk.customer WHERE name = $1",
           "SELECT CASE WHEN plan = 'gold' THEN 'round' ELSE plan END FROM desk.customer WHERE name = $1")
# Children are closed and reopened with their parent; and a ticket is told of its first answer.
FOLLOW = """CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE desk.ticket SET closed_at = NEW.closed_at, is_closed = NEW.is_closed WHERE parent = NEW.id AND id <> NEW.id{};
	RETURN NULL;
END $$"""
FOLLOWS = """CREATE {} TRIGGER follow AFTER INSERT OR UPDATE OF closed_at, is_closed ON ticket {}
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION follow()"""
ANSWER = """CREATE FUNCTION answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE desk.ticket SET replied_at = NEW.sent_at, replied = true WHERE id = NEW.ticket AND replied_at IS NULL{};
	RETURN NULL;
END $$"""
ANSWERS = """CREATE {} TRIGGER answer AFTER INSERT ON message {}
FOR EACH ROW WHEN (NEW.author = 'agent' AND NOT NEW.internal) EXECUTE FUNCTION answer()"""
DEFERRED = "CONSTRAINT", "DEFERRABLE INITIALLY DEFERRED"
DOMAINS = {"plan": "plan_name", "zone": "plan_name", "closed_at": "moment", "solved_at": "moment", "waiting": "yes"}
TENANTS = ("north", "south")
MESSAGE = {"ticket": None, "sent_at": "timestamptz", "seq": "bigint", "author": "text",
           "internal": "boolean", "waiting": "boolean"}
OWN_METRIC = "team time"
DECIDED = {"excuse": "excused", "unexcuse": "unexcused", "cancel_run": "run cancelled",
           "restore_run": "run restored"}
METRICS = ("first_response", "next_response", "update", "resolution", OWN_METRIC)


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "'{" + ",".join(f'["{timestamp(a)}",' + (")" if b == INFINITY else f'"{timestamp(b)}")')
                               for a, b in value) + "}'"
    if isinstance(value, (int, float)) and abs(value) > 10 ** 12:
        return f"'{timestamp(value)}'"
    return "'" + str(value).replace("'", "''") + "'"


def copied(value):
    """A value in a line of COPY."""
    text = literal(value)
    return "\\N" if value is None else text[1:-1].replace("''", "'") if text.startswith("'") else text


def first_policy():
    """(policy, SQL that makes it out of the shipped one)."""
    policy = Policy()
    policy.lists["off days"] = frozenset([day_number(2026, 1, 7), day_number(2026, 1, 14)])
    policy.calendars |= {"long": Calendar("Mo-Sa 07:00-22:00; PH off", None),
                         "night": Calendar("Mo-Fr 20:00-04:00; PH off", None),
                         "split": Calendar("Mo-Fr 08:00-12:00,13:00-18:00; Sa 10:00-14:00", "Europe/Warsaw")}
    policy.plans |= {"office": ("standard", "standard"), "round": (None, "premium"),
                     "gold": ("long", "round"), "local": ("split", None), "none": ("standard", None),
                     "daily": ("standard", None)}
    policy.matrix |= {("gold", "medium", "medium"): "P1", ("local", "low", "low"): "P2"}
    add = policy.rules
    for metric in METRICS:
        for place, priority in enumerate(PRIORITIES):
            if metric != "first_response":
                add["office", priority, metric] = [(-INFINITY, (2, 4, 9, 27)[place] * HOUR, None, 0.75)]
                add["round", priority, metric] = [(-INFINITY, (1, 3, 24, 60)[place] * HOUR, None, 0.5)]
            add["local", priority, metric] = [
                (-INFINITY, (30, 60, 240, 600)[place] * MINUTE, None, 0.75),
                (day_number(2026, 1, 9) * DAY, (45, None, 300, 900)[place] and
                 (45, None, 300, 900)[place] * MINUTE, "always" if place == 1 else None, 1.0)]
            add["daily", priority, metric] = [
                (-INFINITY, BusinessDays(*((0, True), (1, False), (2, True), (5, False))[place]),
                 (None, "split", None, "always")[place], 0.75)]
        add["local", "P4", metric][1] = (day_number(2026, 1, 9) * DAY, BusinessDays(1, True), "night", 0.5)
    add["gold", "P1", "first_response"] = [(-INFINITY, 10 * MINUTE, "always", 0.9)]
    shipped = Policy()
    sql = [f"INSERT INTO sla_metric (metric, title, position) VALUES ('{OWN_METRIC}', 'Team', 9)",
           "INSERT INTO business_holiday_list (holidays, title) VALUES ('off days', 'Off')"]
    for day in sorted(policy.lists["off days"]):
        sql.append(f"INSERT INTO business_holiday (holidays, day) VALUES ('off days', '{iso_date(day)}')")
    for name, row in policy.calendars.items():
        if name not in shipped.calendars:
            sql.append("INSERT INTO business_calendar (calendar, hours, time_zone) VALUES "
                       f"('{name}', '{row.hours}', {literal(row.zone)})")
    for name, (calendar, sla_of) in policy.plans.items():
        if name not in shipped.plans:
            sql.append("INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES "
                       f"('{name}', '{name}', {literal(calendar)}, {literal(sla_of)})")
    for key, rows in policy.rules.items():
        if key not in shipped.rules:
            for since, target, calendar, share in rows:
                sql.append(rule_sql(key, since, target, calendar, share))
    for (plan, urgency, impact), priority in policy.matrix.items():
        sql.append("INSERT INTO support_priority_rule (plan, urgency, impact, priority) VALUES "
                   f"('{plan}', '{urgency}', '{impact}', '{priority}')")
    return policy, sql


def target_sql(target):
    """Values of target, target_days and until_close."""
    if isinstance(target, BusinessDays):
        return f"NULL, {target.days}, {literal(target.until_close)}"
    return ("NULL" if target is None else literal(interval(target))) + ", NULL, false"


def rule_sql(key, since, target, calendar, share):
    return ("INSERT INTO sla_target_rule (plan, priority, metric, valid_from, target, target_days, until_close, "
            f"calendar, at_risk) VALUES ('{key[0]}', '{key[1]}', '{key[2]}', '{timestamp(since)}', "
            f"{target_sql(target)}, {literal(calendar)}, {share})")


class Desk:
    """How a table is mapped; the same seed gives the same desk."""

    step_class = Step

    def __init__(self, seed):
        self.seed = seed
        rng = random.Random(seed)
        self.id_type = rng.choice(["integer", "bigint", "text"])
        self.has_level = rng.random() < 0.2     # a priority instead of urgency and impact
        self.fill = not self.has_level and rng.random() < 0.5
        self.closed = rng.choice(["closed_at", "closed_at", "is_closed", ""])
        self.cancelled = rng.choice(["spam", "spam", ""])
        self.has_zone = rng.random() < 0.8
        self.trail = rng.choice(["all", "changes", "none"])
        self.seq = rng.random() < 0.5
        self.clocks = {}
        self.add_clock(rng, "resolution")
        if rng.random() < 0.8:
            self.add_clock(rng, "first_response")
        if rng.random() < 0.6:
            self.add_events(rng, rng.choice(["next_response", "update"]))
        if rng.random() < 0.3:
            self.add_events(rng, OWN_METRIC)
        self.has_tenants = rng.random() < 0.2   # then the key of a ticket is (tenant, id)
        self.partitioned = rng.random() < 0.3   # by another column
        self.cascades = not self.partitioned and rng.random() < 0.4     # messages go with their ticket
        self.lookup = rng.random() < 0.3        # plans are looked up
        self.family = rng.random() < 0.3        # a trigger of the application on the parent writes its children
        self.answers = rng.random() < 0.3       # another on messages
        self.deferred = rng.random() < 0.5      # both of them wait for the end of the transaction
        self.domains = rng.random() < 0.3       # columns are of domains
        self.later = []                 # rows of which such triggers have still to tell
        self.policy, self.policy_sql = first_policy()
        self.rows, self.messages, self.runs, self.excuses = {}, {}, {}, {}
        self.trail_rows = Trail(self.trail)
        self.priorities = {}            # what is filled in
        self.plans = dict.fromkeys(CUSTOMERS, "office")     # of customers
        self.replaced = False           # the function that looks them up

    # The mapping ---------------------------------------------------------------

    def common(self, rng, metric):
        one = {"metric": metric, "on_close": rng.choice(["stop", "stop", "cancel", "run"]),
               "on_reopen": rng.choice(["continue", "continue", "new run", "keep"]),
               "args": {}, "events": {}}
        if metric == "first_response" and rng.random() < 0.5:
            one["on_close"] = "stop"
        for name, column in (("plan", "own_plan"), ("priority", "own_level"), ("calendar", "own_hours")):
            if rng.random() < 0.1:
                one["args"][name] = column
        self.clocks[metric] = one
        return one

    def add_clock(self, rng, metric):
        one = self.common(rng, metric)
        args, events = one["args"], one["events"]
        if rng.random() < 0.25:
            args["starts"] = "began_at"
        done = ("replied_at", "replied") if metric == "first_response" else ("solved_at", "solved")
        how = rng.choice(["instant", "instant", "flag", "event", "none"])
        if how == "none" and not self.closed:
            how = "instant"
        if how == "event":
            events["stops"] = "author = 'agent' AND NOT internal"
        elif how != "none":
            args["stops"] = done[how == "flag"]
        how = rng.choice(["waiting", "waiting", "pauses", "event", "none"])
        if how == "event":
            events["paused"] = "waiting"
        elif how != "none":
            args["paused"] = how

    def add_events(self, rng, metric):
        one = self.common(rng, metric)
        if self.closed == "is_closed":
            one["on_close"] = "run"
        events = one["events"]
        if metric == "next_response":
            events["starts"] = "author = 'customer'"
            if rng.random() < 0.3:
                one["args"]["stops"] = rng.choice(("solved_at", "solved"))
            else:
                events["stops"] = "author = 'agent' AND NOT internal"
        elif metric == "update":
            events["starts"] = events["stops"] = "author = 'agent' AND NOT internal"
        else:
            events["starts"] = events["cancels"] = "author = 'router'"
        if rng.random() < 0.3:
            events["paused"] = "waiting"
        if "first_response" in self.clocks and metric != OWN_METRIC and rng.random() < 0.7:
            events["only_after"] = "first_response"

    def create(self):
        """Statements that make the table and track it."""
        if self.domains:
            yield "CREATE DOMAIN plan_name AS text"
            yield "CREATE DOMAIN moment AS timestamptz"
            yield "CREATE DOMAIN yes AS boolean"
        yield from self.create_tables()
        if self.lookup:
            yield "CREATE TABLE customer (name text PRIMARY KEY, plan text)"
            yield "INSERT INTO customer VALUES " + ", ".join(f"('{name}', '{plan}')" for name, plan in self.plans.items())
            yield f"CREATE FUNCTION plan_of(text) RETURNS text LANGUAGE sql STABLE AS $${PLAN_OF[0]}$$"
        messages = ", ".join(f"{name} {kind or self.id_type}" for name, kind in MESSAGE.items())
        yield f"CREATE TABLE message (id integer PRIMARY KEY, {messages}{', tenant text' * self.has_tenants})"
        yield "CREATE INDEX ON message (ticket)"
        same_tenant = " AND tenant = NEW.tenant" * self.has_tenants
        yield FOLLOW.format(same_tenant)
        yield ANSWER.format(same_tenant)
        if self.answers:
            yield self.when_later(ANSWERS)
        yield from self.connect()
        yield from self.track()

    def when_later(self, trigger):
        return trigger.format(*DEFERRED if self.deferred else ("", ""))

    def create_tables(self):
        """The table of tickets."""
        key = f"id {self.id_type} NOT NULL, " + "tenant text NOT NULL, " * self.has_tenants \
            + "shelf integer NOT NULL, " * self.partitioned + f"PRIMARY KEY ({self.primary_key()})"
        columns = ", ".join(f"{name} {self.domains and DOMAINS.get(name) or kind or self.id_type}"
                            for name, kind in COLUMNS.items())
        yield f"CREATE TABLE ticket ({key}, {columns}, priority ticket_priority)" \
            + " PARTITION BY LIST (shelf)" * self.partitioned
        if self.partitioned:
            yield "CREATE TABLE ticket_0 PARTITION OF ticket FOR VALUES IN (0)"
            yield "CREATE TABLE ticket_1 (LIKE ticket INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            yield "ALTER TABLE ticket_1 DROP COLUMN note, ADD COLUMN note text"     # in another order
            yield "ALTER TABLE ticket ATTACH PARTITION ticket_1 FOR VALUES IN (1)"
            yield "CREATE TABLE ticket_other PARTITION OF ticket DEFAULT"

    def connect(self):
        """What goes with the table of tickets."""
        if self.cascades:
            yield (f"ALTER TABLE message ADD FOREIGN KEY ({'tenant, ' * self.has_tenants}ticket) REFERENCES ticket "
                   "ON DELETE CASCADE ON UPDATE CASCADE")
        if self.family:
            yield self.when_later(FOLLOWS)

    def track(self):
        """Statements that track it."""
        args = {"id": "id", "opened_at": "opened_at", "plan": "plan",
                "time_zone": "zone" if self.has_zone else "", "holidays": "days_off", "calendar": "hours",
                "closed": self.closed, "cancelled": self.cancelled, "trail": self.trail}
        if self.has_level:
            args |= {"priority": "level", "urgency": "urgency", "impact": "impact", "override": ""}
        else:
            args |= {"urgency": "urgency", "impact": "impact", "override": "override"}
            args["priority"] = ""
        if self.lookup:
            args["plan"] = "CASE WHEN customer IS NULL THEN plan ELSE plan_of(customer) END"
        if self.fill:
            args["fill"] = "priority"
        if self.has_tenants:
            args["tenant"] = "tenant"
        yield ("SELECT sla_track('ticket', " + ", ".join(f"{name} => {literal(value)}"
                                                        for name, value in args.items())
               + ", carry => '{team}')")
        for one in self.clocks.values():
            yield from self.add_sql(one)

    def add_sql(self, one):
        """Statements that add a clock, or replace it."""
        metric = one["metric"]
        args = "".join(f", {name} => {literal(value)}" for name, value in one["args"].items())
        yield (f"SELECT sla_add_clock('ticket', '{metric}'{args}, on_close => '{one['on_close']}', "
               f"on_reopen => '{one['on_reopen']}')")
        if one["events"]:
            events = "".join(f", {name} => {literal(value)}" for name, value in one["events"].items())
            seq = ", seq => 'seq'" if self.seq else ""
            yield (f"SELECT sla_add_events('ticket', '{metric}', 'message', ticket => 'ticket', "
                   f"at => 'sent_at'{seq}{events})")

    def primary_key(self):
        return "tenant, " * self.has_tenants + "id" + ", shelf" * self.partitioned

    # What the model has -----------------------------------------------------------

    def copy_state(self):
        return (self.policy.copy(), {one: dict(row) for one, row in self.rows.items()},
                {one: dict(row) for one, row in self.messages.items()}, dict(self.runs), dict(self.excuses),
                self.trail_rows.copy(), dict(self.priorities), dict(self.plans), self.replaced, dict(self.clocks))

    def set_state(self, state):
        (self.policy, self.rows, self.messages, self.runs, self.excuses, self.trail_rows,
         self.priorities, self.plans, self.replaced, self.clocks) = state

    def plan(self, row):
        """What the expression gives."""
        if not self.lookup or row["customer"] is None:
            return row["plan"]
        plan = self.plans[row["customer"]]
        return "round" if self.replaced and plan == "gold" else plan

    def inputs(self, one, row):
        args = one["args"]
        told = dict.fromkeys(("stops_at", "stops", "closed_at", "closed", "is_paused", "paused"))
        told["opened_at"] = row["opened_at"]
        told["starts_at"] = row[args["starts"]] if "starts" in args else row["opened_at"]
        if "stops" in args:
            if args["stops"].endswith("_at"):
                told["stops_at"] = row[args["stops"]]
            else:
                told["stops"] = bool(row[args["stops"]])
        if self.closed == "closed_at":
            told["closed_at"] = row["closed_at"]
        elif self.closed:
            told["closed"] = bool(row["is_closed"])
        if args.get("paused") == "waiting":
            told["is_paused"] = bool(row["waiting"])
        elif "paused" in args:
            told["paused"] = row["pauses"] or []
        told["cancelled"] = bool(self.cancelled and row["spam"])
        told["plan"] = row[args["plan"]] if "plan" in args else self.plan(row)
        told["calendar"] = row[args.get("calendar", "hours")]
        told["time_zone"] = row["zone"] if self.has_zone else None
        told["holidays"] = row["days_off"]
        told["urgency"], told["impact"] = row["urgency"], row["impact"]
        told["override"] = None if self.has_level else row["override"]
        told["priority"] = row[args.get("priority", "level")]
        told["carried"] = {"team": row["team"]}
        return told

    def events(self, one, ticket):
        rows = sorted((row["sent_at"], (row["seq"] is None, row["seq"] or 0) if self.seq else key, key)
                      for key, row in self.messages.items() if row["ticket"] == ticket and row["sent_at"] is not None)
        for _, _, key in rows:
            row = self.messages[key]
            public = row["author"] == "agent" and row["internal"] is False
            meaning = {"author = 'agent' AND NOT internal": public,
                       "author = 'customer'": row["author"] == "customer",
                       "author = 'router'": row["author"] == "router", "waiting": bool(row["waiting"])}
            event = {"key": str(key), "at": row["sent_at"]}
            for name in ("starts", "stops", "cancels", "paused"):
                event[name] = meaning[one["events"][name]] if name in one["events"] else False
            yield event

    @staticmethod
    def month(at):
        return timestamp(at)[:7] + "-01"

    def config(self, one):
        return {"metric": one["metric"], "on_close": one["on_close"], "on_reopen": one["on_reopen"],
                "has_priority": self.has_level or "priority" in one["args"],
                **{f"event_{name}": True for name in ("starts", "stops", "cancels", "paused")
                   if name in one["events"]},
                "event_pauses": "paused" in one["events"]}

    def reconcile(self, ticket, now, strict, mode="seen", metrics=None, appeared=False, reason=None):
        before = {metric: [run.copy() for run in self.runs.get((ticket, metric), [])] for metric in self.clocks}
        goes_on, found = self.found(ticket, now, strict, mode, metrics)
        nruns = sum(len(runs) for runs in before.values())
        if not goes_on and (appeared or nruns > self.trail_rows.runs.get(ticket, 0)):
            self.trail_rows.begin_life(ticket, nruns)
        gone_runs = all(run.gone_at is not None for runs in before.values() for run in runs)
        if goes_on and gone_runs and (not appeared or self.trail_rows.before.get(ticket) is not None):
            self.trail_rows.revived.add(ticket)         # there may have been a life between, without clocks
        self.runs.update({(ticket, metric): runs for metric, runs in found.items()})
        self.tell(ticket, before, mode, metrics, now, reason)

    def found(self, ticket, now, strict, mode="seen", metrics=None):
        """(whether the ticket goes on with clocks that it has, all its clocks as they should be)."""
        row = self.rows[ticket]
        found = {metric: [run.copy() for run in self.runs.get((ticket, metric), [])] for metric in self.clocks}
        goes_on = appears([run for runs in found.values() for run in runs], row["opened_at"], now)
        for metric, one in self.in_order():
            if metrics and metric not in metrics:
                continue
            runs = [run.copy() for run in found[metric]]
            present = [run for run in runs if run.gone_at is None]
            last = max((run.run for run in runs), default=0)
            after = False
            if "only_after" in one["events"]:
                first = [run for run in found[one["events"]["only_after"]] if run.gone_at is None]
                after = None
                if first and first[0].cancelled_at is None:
                    after = first[0].stopped_at
            step = self.step_class(self.config(one), self.policy, self.inputs(one, row),
                                   list(self.events(one, ticket)), "seen" if mode == "backfill" else mode, now, strict)
            found[metric] = [run for run in runs if run not in present] + step.runs(present, last, after)
        return goes_on, {metric: runs for metric, runs in found.items()
                         if runs or not metrics or metric in metrics}

    def all_found(self, now):
        """What reconciling all tickets would give."""
        return {(ticket, metric): runs for ticket in self.rows
                for metric, runs in self.found(ticket, now, False)[1].items()}

    def id_of(self, text):
        return text if self.id_type == "text" or text is None else int(text)

    def in_order(self):
        return sorted(self.clocks.items(), key=lambda item: "only_after" in item[1]["events"])

    # The trail --------------------------------------------------------------------

    def ticket_terms(self, row):
        """(terms of the ticket itself, what the matrix gives)."""
        row = row | {"plan": self.plan(row)}
        terms = {name: row[name] for name in ("plan", "urgency", "impact")}
        terms["override"] = None if self.has_level else row["override"]
        assigned = None
        if row["urgency"] and row["impact"] and (row["plan"] is None or row["plan"] in self.policy.plans):
            assigned = self.policy.matrix.get((row["plan"], row["urgency"], row["impact"]),
                                              MATRIX[row["urgency"]][LEVELS.index(row["impact"])])
        terms["priority"] = row["level"] if self.has_level else terms["override"] or assigned
        return terms, assigned

    def tell(self, ticket, before, mode, metrics, now, reason):
        terms, assigned = self.ticket_terms(self.rows[ticket])
        present = {metric: [run for run in runs if run.gone_at is None or any(
            one.run == run.run and one.gone_at is None for one in self.runs[ticket, metric])]
            for metric, runs in before.items() if runs}
        if mode == "backfill" and not any(
                runs and self.follows(runs[-1], now) for metric, runs in present.items()
                if not {"plan", "priority"} & set(self.clocks[metric]["args"])):
            self.trail_rows.revived.add(ticket)         # what was not seen is not told
            self.trail_rows.seen[ticket] = terms
        elif mode != "refresh" and not metrics:
            known = any(runs for metric, runs in present.items()
                        if not {"plan", "priority"} & set(self.clocks[metric]["args"]))
            self.trail_rows.ticket(ticket, terms, assigned, self.has_level, known, now, reason)
            told = self.trail_rows.rows.get(ticket, ())
            if told and told[-1]["event"] == "changed" and told[-1]["metric"] is None and told[-1]["at"] == now:
                # Or what the ticket's clocks say that it was, which a refresh may have moved.
                told[-1].setdefault("or_priority", {run.terms["priority"] for runs in present.values() for run in runs})
                told[-1].setdefault("or_plan", {run.terms["plan"] for runs in present.values() for run in runs}
                                    | {row["plan"] for row in told[:-1] if row["metric"] is None} if self.lookup else ())
        for metric, runs in present.items():
            if not metrics or metric in metrics:
                self.trail_rows.clocks(ticket, metric, runs, self.runs[ticket, metric], mode, now, assigned, reason)

    @staticmethod
    def follows(run, now):
        """Whether its terms are those that the ticket had when last seen."""
        return run.stopped_at is None and not run.problem and run.gone_at is None and not run.is_past(now) \
            and run.cancel_reason not in ("no such start", "closed")

    def is_known(self, metric, run):
        """Whether the policy knows a clock's own terms, which it then can judge."""
        try:
            target, _, line = self.policy.find(metric, run.terms, run.started_at)
            if target is not None:      # else nothing needs hours
                line()
        except Bad:
            return False
        return True

    def follow(self, ticket, now):
        """After clocks were judged anew, one that runs says what the ticket was;
        or, if nothing was told yet, any that does not."""
        seen = self.trail_rows.seen.get(ticket)
        found = [runs[-1] for runs in (
            [run for run in self.runs.get((ticket, metric), ()) if run.gone_at is None]
            for metric, one in self.clocks.items() if not {"plan", "priority"} & set(one["args"])) if runs]
        running = [run.terms["plan"] for run in found if self.follows(run, now)]
        if not running and not self.trail_rows.told_of_ticket(ticket):
            running = [run.terms["plan"] for run in found]
        if len(set(running)) > 1:
            self.trail_rows.revived.add(ticket)
        elif seen and running:
            if seen["plan"] != running[0]:
                self.trail_rows.drifted.add(ticket)
            self.trail_rows.seen[ticket] = seen | {"plan": running[0]}

    def fill_in(self, ticket, old, now, strict):
        """The priority that is written into the ticket's own column."""
        if not self.fill:
            return
        row = self.rows[ticket] | {"plan": self.plan(self.rows[ticket])}
        if old is not None and all((old | {"plan": self.plan(old)})[name] == row[name]
                                   for name in ("plan", "urgency", "impact", "override")):
            return
        self.priorities[ticket] = None
        try:
            self.priorities[ticket] = self.policy.priority(row)
        except Bad:
            if strict:
                raise

    def move(self, ticket, now, strict):
        """To another partition, or deleted and inserted by one statement: it was never gone."""
        if self.cascades:
            self.messages = {one: row for one, row in self.messages.items() if row["ticket"] != ticket}
        self.fill_in(ticket, None, now, strict)

    def rekey(self, ticket, key, now):
        row, priority = self.rows[ticket], self.priorities.get(ticket)
        messages = [message for message in self.messages.values() if message["ticket"] == ticket]
        self.delete(ticket, now)
        self.rows[key] = row | {"id": key}
        if self.fill:
            self.priorities[key] = priority
        if self.cascades:
            for message in messages:
                message["ticket"] = key
                self.messages[message["id"]] = message

    def delete(self, ticket, now):
        del self.rows[ticket]
        self.priorities.pop(ticket, None)
        if self.cascades:
            self.messages = {one: row for one, row in self.messages.items() if row["ticket"] != ticket}
        for (one, metric), runs in list(self.runs.items()):
            if one == ticket:
                copies = [run.copy() for run in runs]
                gone(copies, now)
                self.runs[one, metric] = copies

    def apply(self, op, now):
        """What a statement does; raises Bad if it must fail."""
        kind, strict = op["op"], not op.get("lenient")
        how = op.get("how")
        touched, answered, appeared = [], [], set()
        if how == "undone":
            return
        if kind == "insert":
            for row in op["rows"]:
                if row["id"] in self.rows:
                    if how == "copy":
                        raise Bad("a key that is there")
                    continue            # ON CONFLICT DO NOTHING
                self.rows[row["id"]] = dict.fromkeys(COLUMNS) | row
                self.fill_in(row["id"], None, now, strict)
                touched.append(row["id"])
                appeared.add(row["id"])
            new = {one: dict(self.rows[one]) for one in touched}
            for one, row in new.items() if self.family else ():
                # In the order in which triggers see them.
                for child in (*self.follow_parent(one, row), one):
                    self.reconcile(child, now, strict, appeared=child in appeared)
                    appeared.discard(child)
        elif kind == "update":
            for one in op["ids"]:
                if one in self.rows:
                    old = dict(self.rows[one])
                    if how == "upsert":     # first as a new row
                        priority = self.priorities.get(one)
                        self.fill_in(one, None, now, strict)
                        self.priorities[one] = priority
                    self.rows[one].update(op["changes"])
                    if how != "rewrite":
                        self.fill_in(one, old, now, strict)
                    if how == "rewrite" or old.get("shelf") != self.rows[one].get("shelf"):
                        self.move(one, now, strict)
                        appeared.add(one)
                    touched.append(one)
                    if self.family and (one in appeared or {"closed_at", "is_closed"} & set(op["changes"])):
                        touched += self.follow_parent(one, self.rows[one])
        elif kind == "delete":
            for one in op["ids"]:
                if one in self.rows:
                    self.delete(one, now)
        elif kind == "unseen":
            self.unseen(op, now, strict)
        elif kind == "remap":
            self.remap(op, now)
            self.apply(op | {"op": "repair"}, now)
        elif kind == "restart":
            self.runs, self.excuses, self.trail_rows = {}, {}, Trail(self.trail)
        elif kind == "repair":
            for one in list(self.rows):
                living = any(run.gone_at is None for key, runs in self.runs.items() if key[0] == one for run in runs)
                self.reconcile(one, now, strict, "backfill", appeared=not living)
            self.find_gone(now)
        elif kind == "rekey":
            if op["id"] in self.rows:
                self.rekey(op["id"], op["to"], now)
                touched.append(op["to"])
                appeared.add(op["to"])
        elif kind == "customer":
            self.plans[op["name"]] = op["plan"]
        elif kind == "replace":
            self.replaced = op["replaced"]
        elif kind == "say":
            for row in op["rows"]:
                if self.cascades and row["ticket"] not in self.rows:
                    raise Bad("no such ticket")
                if row["id"] not in self.messages:
                    self.messages[row["id"]] = dict.fromkeys(MESSAGE) | row
                    answered += self.answer(self.messages[row["id"]])
                    touched.append(row["ticket"])
        elif kind == "edit":
            for one in op["ids"]:
                if one in self.messages:
                    if self.cascades and op["changes"].get("ticket", self.messages[one]["ticket"]) not in self.rows:
                        raise Bad("no such ticket")
                    touched.append(self.messages[one]["ticket"])
                    self.messages[one].update(op["changes"])
                    touched.append(self.messages[one]["ticket"])
        elif kind == "unsay":
            for one in op["ids"]:
                if one in self.messages:
                    touched.append(self.messages.pop(one)["ticket"])
        elif kind == "policy":
            op_policy(self.policy, op)
        elif kind == "truncate":
            for one in list(self.rows):
                self.delete(one, now)
            self.find_gone(now)         # all clocks, also of tickets that went unseen
        elif kind == "rejudge":
            if not any(run.gone_at is None for (one, metric), runs in self.runs.items() for run in runs
                       if one == op["id"] and op["metric"] in (None, metric)):
                raise Bad("no such clock")
            self.reconcile(op["id"], now, strict, "rejudge", op["metric"] and [op["metric"]], reason="why")
            if op["metric"]:
                self.follow(op["id"], now)
        elif kind == "refresh":
            for one in dict.fromkeys(ticket for (ticket, metric), runs in self.runs.items() for run in runs
                                     if run.is_refreshed(now) and (run.problem or self.is_known(metric, run))):
                if one not in self.rows:
                    self.find_gone(now, one)
                    continue
                self.reconcile(one, now, False, "refresh")
                self.follow(one, now)
        elif kind in DECIDED:
            self.decide(op, now)
            if kind in ("cancel_run", "restore_run") and op["id"] in self.rows:
                touched.append(op["id"])
        if kind in ("say", "edit", "unsay") and not any(one["events"] for one in self.clocks.values()):
            touched = []                # the table of messages is not known
        for one in dict.fromkeys(answered + touched):
            if one in self.rows:
                self.reconcile(one, now, strict, appeared=one in appeared)
            else:
                self.find_gone(now, one)

    def children(self, one, row):
        """Writes what a trigger of the application does; which they are."""
        place = self.place(one)
        found = [key for key, child in self.rows.items()
                 if key != one and self.place(key) | {"id": child["parent"]} == place]
        for key in found:
            self.rows[key].update(closed_at=row["closed_at"], is_closed=row["is_closed"])
        return found

    def follow_parent(self, one, row):
        """The trigger of the application on a parent; tickets that it writes now."""
        if not self.family:
            return []
        if self.deferred:
            self.later.append(("children", one, dict(row)))
            return []
        return self.children(one, row)

    def answer(self, message):
        """The same of that on messages."""
        if not self.answers or message["author"] != "agent" or message["internal"] is not False:
            return []
        if self.deferred:
            self.later.append(("answered", message["ticket"], dict(message)))
            return []
        return self.answered(message["ticket"], message)

    def answered(self, one, message):
        row = self.rows.get(one)
        if row is None or row["replied_at"] is not None:
            return []
        row.update(replied_at=message["sent_at"], replied=True)
        return [one]

    def commit(self, now, strict):
        """What waits for the end of the transaction."""
        later, self.later = self.later, []
        for kind, one, row in later:
            for ticket in getattr(self, kind)(one, row):
                self.reconcile(ticket, now, strict)

    def find_gone(self, now, ticket=None):
        """Tickets that are not there any more, which was not seen."""
        for (one, metric), runs in list(self.runs.items()):
            if one not in self.rows and ticket in (None, one):
                copies = [run.copy() for run in runs]
                gone(copies, now)
                self.runs[one, metric] = copies

    def unseen(self, op, now, strict):
        """What happens while no trigger sees it."""
        rows = self.rows
        if op["how"] == "detached":     # there it is as if they were gone
            rows = {one: row for one, row in self.rows.items() if row["shelf"] == 0}
            self.rows = {one: row for one, row in self.rows.items() if one not in rows}
        for part in op["parts"]:
            kind = part["op"]
            if kind == "say" and op["how"] == "detached":
                self.apply(part | {"lenient": not strict}, now)
            elif kind == "say":
                for row in part["rows"]:
                    if self.cascades and row["ticket"] not in rows:
                        raise Bad("no such ticket")
                    if row["id"] not in self.messages:
                        self.messages[row["id"]] = dict.fromkeys(MESSAGE) | row
                        if op["how"] == "untracked":    # only the triggers of the application are there
                            self.answer(self.messages[row["id"]])
            elif kind == "unsay":
                for one in part["ids"]:
                    self.messages.pop(one, None)
            elif kind == "insert":
                for row in part["rows"]:
                    if row["id"] not in rows:
                        rows[row["id"]] = dict.fromkeys(COLUMNS) | row
                        self.priorities[row["id"]] = None
                        if op["how"] == "untracked":
                            self.follow_parent(row["id"], rows[row["id"]])
            elif kind == "update":
                for one in part["ids"]:
                    if one in rows:
                        rows[one].update(part["changes"])
                        if op["how"] == "untracked" and {"closed_at", "is_closed"} & set(part["changes"]):
                            self.follow_parent(one, rows[one])
            elif kind == "delete":
                for one in part["ids"]:
                    if rows.pop(one, None) and self.cascades:
                        self.messages = {each: row for each, row in self.messages.items() if row["ticket"] != one}
        self.rows |= rows

    def remap(self, op, now):
        """A clock is replaced, or dropped and added again."""
        metric = op["metric"]
        self.clocks = self.clocks | {metric: self.clocks[metric] | op["options"]}
        for key, runs in list(self.runs.items()) if op["drop"] else ():
            copies = [run.copy() for run in runs]
            for run in copies if key[1] == metric else ():
                if run.stopped_at is None and run.cancelled_at is None and run.gone_at is None and not run.is_past(now):
                    run.cancel_reason, run.cancelled_at = "clock dropped", now
            self.runs[key] = copies

    def decide(self, op, now):
        """What an approver says of a run."""
        kind, key = op["op"], (op["id"], op["metric"])
        runs = [run.copy() for run in self.runs.get(key, ())]
        wanted = {
            "excuse": lambda run: run.cancelled_at is None and not run.problem and run.due_at is not None
            and run.due_at < (now if run.stopped_at is None else run.stopped_at),
            "unexcuse": lambda run: (*key, run.run) in self.excuses,
            "cancel_run": lambda run: run.cancelled_at is None,
            "restore_run": lambda run: run.cancelled_by is not None}[kind]
        found = [run for run in runs if op["run"] in (None, run.run) and wanted(run)]
        if len(found) != 1:
            raise Bad(f"{len(found)} runs to {kind}")
        run = found[0]
        before = run.copy()
        if kind == "excuse":
            if (*key, run.run) in self.excuses:
                raise Bad("excused already")
            self.excuses[(*key, run.run)] = "why"
        elif kind == "unexcuse":
            del self.excuses[(*key, run.run)]
        elif kind == "cancel_run":
            run.cancelled_by, run.cancel_reason, run.cancelled_at = "postgres", "why", now
        else:
            run.cancelled_by = run.cancel_reason = run.cancelled_at = None
            if run.gone_at is not None and run.stopped_at is None and not run.is_past(run.gone_at):
                run.cancel_reason, run.cancelled_at = "ticket gone", run.gone_at
        self.runs[key] = runs
        self.trail_rows.add(*key, clock_row(before, run, DECIDED[kind], now, None, "why"))

    def place(self, key, ticket="id"):
        """Columns that say which ticket."""
        return {"tenant": key[0], ticket: key[1]} if self.has_tenants else {ticket: key}

    def condition(self, keys, ticket="id"):
        if not keys:
            return "true"
        names = ", ".join(self.place(next(iter(keys)), ticket))
        rows = ", ".join("(" + ", ".join(literal(value) for value in self.place(key).values()) + ")" for key in keys)
        return f"({names}) IN ({rows})"

    def key(self, row, ticket="ticket"):
        return (row["tenant"], row[ticket]) if self.has_tenants else row[ticket]

    def sql(self, op):
        """Statements, without the last semicolon."""
        text = self.statement(op)
        if op.get("how") == "undone":
            return f"SAVEPOINT one;\n{text};\nROLLBACK TO SAVEPOINT one"
        if op.get("how") == "saved":
            return f"SAVEPOINT one;\n{text};\nRELEASE SAVEPOINT one"
        return text

    def renamed_sql(self, op, changes):
        """An update while a column has another name."""
        name = sorted(changes)[0]
        told = ", ".join(f"{'renamed' if one == name else one} = {literal(value)}" for one, value in changes.items())
        return (f"ALTER TABLE ticket RENAME COLUMN {name} TO renamed;\n"
                f"UPDATE ticket SET {told} WHERE {self.which(op)};\nALTER TABLE ticket RENAME COLUMN renamed TO {name}")

    def copy_sql(self, op):
        told = [row | self.place(row["id"]) for row in op["rows"]]
        names = list(dict.fromkeys(name for row in told for name in row))
        lines = ["\t".join(copied(row.get(name)) for name in names) for row in told]
        # A statement more, as psql has no code of an error in the copy.
        return f"COPY ticket ({', '.join(names)}) FROM STDIN;\n" + "\n".join(lines) + "\n\\.\nSELECT 1"

    def update_sql(self, op, changes):
        key = self.primary_key()
        if op.get("how") == "rewrite":
            return (f"WITH gone AS (DELETE FROM ticket WHERE {self.which(op)} RETURNING *) "
                    "INSERT INTO ticket SELECT * FROM gone")
        if op.get("how") == "upsert":
            return f"INSERT INTO ticket SELECT * FROM ticket WHERE {self.which(op)} " \
                f"ON CONFLICT ({key}) DO UPDATE SET {changes}"
        if op.get("how") == "merge":
            same = " AND ".join(f"t.{name} = s.{name}" for name in key.split(", "))
            return f"MERGE INTO ticket AS t USING (SELECT {key} FROM ticket WHERE {self.which(op)}) AS s " \
                f"ON {same} WHEN MATCHED THEN UPDATE SET {changes}"
        return None

    def unseen_sql(self, op):
        parts = ";\n".join(self.statement(part) for part in op["parts"])
        if op["how"] == "detached":
            parts = parts.replace("INTO ticket (", "INTO ticket_0 (").replace("UPDATE ticket ", "UPDATE ticket_0 ") \
                .replace("FROM ticket ", "FROM ticket_0 ")
            return (f"ALTER TABLE ticket DETACH PARTITION ticket_0;\n{parts};\n"
                    "ALTER TABLE ticket ATTACH PARTITION ticket_0 FOR VALUES IN (0)")
        if op["how"] == "disabled":
            tables = ("ticket", "message")
            return ";\n".join([*(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables), parts,
                               *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables)])
        if op["how"] == "untracked":
            keep = ["SELECT sla_untrack('ticket', keep => true)"] if op["anew"] != "dropped" else []
            return ";\n".join([*keep, *(self.anew() if op["anew"] else ()), parts, *self.track()])
        return f"SET LOCAL session_replication_role = replica;\n{parts};\nSET LOCAL session_replication_role = origin"

    def anew(self):
        """Statements that drop the table and make another of its name."""
        yield "CREATE TABLE kept AS SELECT * FROM ticket"
        yield "DROP TABLE ticket CASCADE"
        yield from self.create_tables()
        yield "INSERT INTO ticket SELECT * FROM kept"
        yield "DROP TABLE kept"
        yield from self.connect()

    def neutral_sql(self, what):
        """Statements after which all is as it was before."""
        if what == "track":
            return ";\n".join(self.track())
        if what == "column":
            return "ALTER TABLE ticket ADD COLUMN extra integer DEFAULT 7;\nALTER TABLE ticket DROP COLUMN extra"
        if what == "rename":
            return ";\n".join(f"ALTER TABLE ticket RENAME COLUMN {a} TO {b}" for a, b in (
                ("solved_at", "done_at"), ("done_at", "solved_at")))
        return ("ALTER DOMAIN plan_name ADD CONSTRAINT known CHECK (VALUE <> '');\n"
                "ALTER DOMAIN plan_name DROP CONSTRAINT known;\n"
                "ALTER DOMAIN moment RENAME TO instant;\nALTER DOMAIN instant RENAME TO moment")

    def statement(self, op):
        kind = op["op"]
        if kind == "unseen":
            return self.unseen_sql(op)
        if kind == "remap":
            one = self.clocks[op["metric"]] | op["options"]
            drop = [f"SELECT sla_drop_clock('ticket', '{op['metric']}')"] * op["drop"]
            return ";\n".join([*drop, *self.add_sql(one), self.statement({"op": "repair"})])
        if kind == "restart":
            return ";\n".join(["SELECT sla_untrack('ticket')", *self.track()])
        if kind == "neutral":
            return self.neutral_sql(op["what"])
        if kind == "repair":
            return "CALL sla_backfill('ticket', 'all', batch_size => NULL)"
        if kind == "insert" and op.get("how") == "copy":
            return self.copy_sql(op)
        if kind == "insert" or kind == "say":
            table = "ticket" if kind == "insert" else "message"
            told = [row | self.place(row["id"]) if kind == "insert" else row | self.place(row["ticket"], "ticket")
                    for row in op["rows"]]
            names = list(dict.fromkeys(name for row in told for name in row))
            rows = ",\n".join("(" + ", ".join(literal(row.get(name)) for name in names) + ")" for row in told)
            return f"INSERT INTO {table} ({', '.join(names)}) VALUES {rows} ON CONFLICT DO NOTHING"
        if kind == "update" or kind == "edit":
            table = "ticket" if kind == "update" else "message"
            changes = dict(op["changes"])
            if "ticket" in changes:
                changes |= self.place(changes["ticket"], "ticket")
            if op.get("how") == "renamed":
                return self.renamed_sql(op, changes)
            changes = ", ".join(f"{name} = {literal(value)}" for name, value in changes.items())
            other = self.update_sql(op, changes)
            if other is not None:
                return other
            return f"UPDATE {table} SET {changes} WHERE {self.which(op)}"
        if kind == "delete":
            return f"DELETE FROM ticket WHERE {self.which(op)}"
        if kind == "unsay":
            return f"DELETE FROM message WHERE {self.which(op)}"
        if kind == "truncate":
            return "TRUNCATE ticket" + " CASCADE" * self.cascades
        if kind == "rekey":
            changes = ", ".join(f"{name} = {literal(value)}" for name, value in self.place(op["to"]).items())
            return f"UPDATE ticket SET {changes} WHERE {self.condition([op['id']])}"
        if kind == "customer":
            return f"UPDATE customer SET plan = {literal(op['plan'])} WHERE name = {literal(op['name'])}"
        if kind == "replace":
            return "CREATE OR REPLACE FUNCTION plan_of(text) RETURNS text LANGUAGE sql STABLE " \
                f"AS $${PLAN_OF[op['replaced']]}$$"
        if kind == "policy":
            return op_policy_sql(op)
        if kind == "rejudge":
            return f"SELECT sla_rejudge('ticket', {self.named(op)}, reason => 'why', metric => {literal(op['metric'])})"
        if kind == "refresh":
            return f"CALL sla_refresh('ticket', force => {literal(op['force'])}, batch_size => NULL)"
        if kind in DECIDED:
            return (f"SELECT sla_{kind}('ticket', {self.named(op)}, metric => {literal(op['metric'])}, "
                    f"reason => 'why', run => {literal(op['run'])})")
        raise ValueError(kind)

    def which(self, op):
        if op["op"] in ("edit", "unsay"):
            return "id IN (" + ", ".join(literal(one) for one in op["ids"]) + ")"
        return self.condition(op["ids"])

    def named(self, op):
        """The ticket, as arguments."""
        return ", ".join(f"{'ticket' if name == 'id' else name} => {literal(value)}"
                         + f"::{self.id_type}" * (name == "id") for name, value in self.place(op["id"]).items())


def op_policy(policy, op):
    what, args = op["what"], op["args"]
    if what == "target":
        key = tuple(args[:3])
        policy.rules[key] = [(since, args[3], calendar, share) for since, _, calendar, share
                             in policy.rules.get(key, [])]
    elif what == "matrix":
        policy.matrix.pop(tuple(args[:3]), None)
        if args[3] and args[0] in policy.plans:
            policy.matrix[tuple(args[:3])] = args[3]
    elif what == "hours":
        old = policy.calendars[args[0]]
        policy.calendars[args[0]] = old._replace(hours=args[1])
    elif what == "rename":
        rename(policy, *args)


def rename(policy, old, new):
    if old not in policy.plans or new in policy.plans:
        return
    policy.plans[new] = policy.plans.pop(old)
    policy.rules = {((new,) + key[1:] if key[0] == old else key): rows
                    for key, rows in policy.rules.items()}
    policy.matrix = {((new,) + key[1:] if key[0] == old else key): row
                     for key, row in policy.matrix.items()}
    policy.plans = {plan: (calendar, new if sla_of == old else sla_of)
                    for plan, (calendar, sla_of) in policy.plans.items()}


def op_policy_sql(op):
    what, args = op["what"], op["args"]
    if what == "target":
        return (f"UPDATE sla_target_rule SET (target, target_days, until_close) = ({target_sql(args[3])}) WHERE plan = '{args[0]}' "
                f"AND priority = '{args[1]}' AND metric = '{args[2]}'")
    if what == "matrix":
        key = f"plan = '{args[0]}' AND urgency = '{args[1]}' AND impact = '{args[2]}'"
        if args[3] is None:
            return f"DELETE FROM support_priority_rule WHERE {key}"
        return ("INSERT INTO support_priority_rule (plan, urgency, impact, priority) "
                f"SELECT plan, '{args[1]}', '{args[2]}', '{args[3]}' FROM support_plan "
                f"WHERE plan = '{args[0]}' "
                "ON CONFLICT (plan, urgency, impact) DO UPDATE SET priority = EXCLUDED.priority")
    if what == "hours":
        return f"UPDATE business_calendar SET hours = '{args[1]}' WHERE calendar = '{args[0]}'"
    if what == "rename":
        old, new = args
        taken = f"NOT EXISTS (SELECT FROM support_plan WHERE plan = '{new}')"
        return (f"WITH a AS (UPDATE support_plan SET plan = '{new}' WHERE plan = '{old}' AND {taken} "
                "RETURNING 1), "
                f"b AS (UPDATE sla_target_rule SET plan = '{new}' WHERE plan = '{old}' AND {taken}), "
                f"c AS (UPDATE support_priority_rule SET plan = '{new}' WHERE plan = '{old}' AND {taken}), "
                f"d AS (UPDATE support_plan SET sla_of = '{new}' WHERE sla_of = '{old}' AND plan <> '{old}' "
                f"AND {taken}) SELECT count(*) FROM a")
    raise ValueError(what)
