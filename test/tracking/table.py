"""A tracked table: how it is made and tracked, and its statements."""

import collections
import random

from model import FIRST_RESPONSE, METRICS, RESOLUTION
from policies import DAY
from session import copied, literal
from tickets import Mapping

NOW = "now()"                           # a value that the server gives

RESULTS = {FIRST_RESPONSE: ("response_target", "due_at", "at_risk_at"),
           RESOLUTION: ("resolution_target", "resolution_due_at", "resolution_at_risk_at")}

TYPES = {
    "id": "bigint", "plan": "text", "urgency": "ticket_urgency", "impact": "ticket_impact",
    "override": "ticket_priority", "priority": "ticket_priority",
    "opened_at": "timestamptz", "answered_at": "timestamptz", "resolved_at": "timestamptz",
    "time_zone": "text", "holidays": "text", "status": "text", "paused": "tstzmultirange",
    "response_target": "interval", "due_at": "timestamptz", "at_risk_at": "timestamptz",
    "resolution_target": "interval", "resolution_due_at": "timestamptz",
    "resolution_at_risk_at": "timestamptz", "sla_state": "jsonb",
}
STATUSES = ["new", "open", "waiting", "on hold", "solved", "spam"]
PAUSED = ("waiting", "on hold")

# Labels of urgency and impact where they are not the types' own.
LABELS = {
    "text": {"low": "3 - Low", "medium": "2 - Medium", "high": "1 - High"},
    "integer": {"low": 3, "medium": 2, "high": 1},
}


class Table:
    """A tracked table, and the model's tickets of it."""

    def __init__(self, number, seed, policy, now):
        rng = self.rng = random.Random(f"{seed}/{number}")
        self.number = number
        self.policy = policy
        self.start = now
        self.name = f"tracking.ticket_{number}" if number % 3 else f'tracking."Ticket {number}"'
        self.prefix = self.name.replace('"', "")[len("tracking."):]
        self.backfilled = number % 5 in (2, 3)          # tickets are there before tracking
        self.labels = [None, "text", "integer"][number % 3]
        self.partitioned = [None, None, "region", "opened_at"][number % 4]
        self.id_type = rng.choice(["bigint", "text", "uuid"])
        self.tickets = {}
        self.inserted = 0
        self.sequence = 0                           # of rows of the status history
        self.told = collections.defaultdict(list)   # statements about a ticket
        self.spoilt = set()                         # tickets that differ already
        self.excused = {}
        self.mapping = self.choose_mapping(number, rng)
        self.types = {name: kind for name, kind in TYPES.items() if name in self.mapping.columns}
        self.types["id"] = self.id_type
        for name in ("urgency", "impact"):
            if name in self.types and self.labels:
                self.types[name] = self.labels
        # Other names than the arguments' own, that need quotes, in some tables.
        self.column = {name: name if number % 2 else f'"{name.title()}"' for name in self.types}
        self.columns_by_name = {column.strip('"'): name for name, column in self.column.items()}

    def choose_mapping(self, number, rng):
        columns = set(TYPES)
        pauses = [None, "application", "status", "history"][number % 4]
        if number % 12 == 8:
            # As little as can be: priority is the application's.
            columns = {"id", "plan", "priority", "opened_at", "due_at", "sla_state"}
            columns |= {name for name in ("answered_at", "resolved_at", "time_zone")
                        if rng.random() < 0.7}
        elif rng.random() < 0.6:
            columns -= {name for name in ("holidays", "override", "at_risk_at", "response_target",
                                          "resolution_target", "resolution_at_risk_at")
                        if rng.random() < 0.3}
        from_change = (number + number // 4) % 2
        if number % 7 == 6:
            # Nothing is remembered.
            columns -= {"sla_state"}
            from_change = False
        if pauses is None:
            columns -= {"paused"} | ({"status"} if rng.random() < 0.5 else set())
        if "resolved_at" not in columns or rng.random() < 0.15:
            columns -= set(RESULTS[RESOLUTION])
        return Mapping(
            frozenset(columns), pauses,
            paused_when=PAUSED if pauses in ("status", "history") else (),
            cancelled_when=("spam",) if "status" in columns and rng.random() < 0.7 else (),
            pause_metrics=rng.choice([(RESOLUTION,), METRICS, METRICS, (FIRST_RESPONSE,)]),
            on_change="from_change" if from_change else "from_opening",
            closed_without_answer=["counts_as_answer", "cancelled"][number // 2 % 2],
            report_time_zone=rng.choice(["UTC", "Asia/Kolkata", "America/Sao_Paulo"]))

    # SQL -----------------------------------------------------------------

    def create(self):
        columns = [f"{self.column[name]} {kind}" for name, kind in self.types.items()]
        columns += ["region text", "note text"]
        if not self.partitioned:
            columns.append(f"PRIMARY KEY ({self.column['id']})")
        script = f"CREATE TABLE {self.name} ({', '.join(columns)})"
        if self.partitioned == "region":
            script += " PARTITION BY LIST (region);\n"
            for region in ("a", "b"):
                script += (f"CREATE TABLE tracking.{region}_{self.number}"
                           f" PARTITION OF {self.name} FOR VALUES IN ('{region}');\n")
        elif self.partitioned == "opened_at":
            middle = literal(self.start - 20 * DAY)
            script += f" PARTITION BY RANGE ({self.column['opened_at']});\n"
            for place, bounds in (("old", f"(MINVALUE) TO ({middle})"),
                                  ("young", f"({middle}) TO (MAXVALUE)")):
                script += (f"CREATE TABLE tracking.{place}_{self.number}"
                           f" PARTITION OF {self.name} FOR VALUES FROM {bounds};\n")
        else:
            script += ";\n"
        if self.mapping.pauses == "history":
            script += (f"CREATE TABLE {self.history} (ticket {self.id_type}, status text,"
                       " changed_at timestamptz, seq bigint);\n")
        return script

    @property
    def remembers(self):
        """Without sla_state there is no place to say that a ticket is a bad one."""
        return "sla_state" in self.types

    @property
    def history(self):
        return f"tracking.history_{self.number}"

    def track(self):
        mapping = self.mapping
        given = {name: column.strip('"') for name, column in self.column.items()}
        # What is not there must not be guessed.
        given |= {name: "" for name in TYPES if name not in mapping.columns}
        arguments = [f"{name} => {literal(column)}" for name, column in given.items()]
        if self.labels and "urgency" in mapping.columns:
            pairs = ", ".join(f'"{label}": "{level}"' for level, label in LABELS[self.labels].items())
            arguments += [f"urgency_map => '{{{pairs}}}'", f"impact_map => '{{{pairs}}}'"]
        for name in ("paused_when", "cancelled_when"):
            values = getattr(mapping, name)
            if values:
                arguments.append(f"{name} => ARRAY[{', '.join(map(literal, values))}]")
        arguments.append("pause_metrics => ARRAY[%s]::sla_metric[]"
                         % ", ".join(map(literal, mapping.pause_metrics)))
        for name in ("on_change", "closed_without_answer", "report_time_zone"):
            arguments.append(f"{name} => {literal(getattr(mapping, name))}")
        if mapping.pauses == "history":
            arguments += [f"status_history => '{self.history}'", "history_ticket => 'ticket'",
                          "history_status => 'status'", "history_changed_at => 'changed_at'",
                          "history_seq => 'seq'"]
        arguments.append(f"backfill => '{'all' if self.backfilled else 'none'}'")
        return f"SELECT sla_track({literal(self.name)}, {', '.join(arguments)})"

    def view(self, ending):
        return f'tracking."{self.prefix}_{ending}"'

    def value(self, name, value):
        """A column's value in a statement."""
        if value == NOW:
            return NOW
        return literal(self.label(name, value))

    def live(self):
        """Tickets that may still be judged."""
        return [one for one in self.tickets if one not in self.spoilt]

    def choose(self, most):
        live = self.live()
        return self.rng.sample(live, min(most, len(live)))

    def new_id(self, ahead):
        number = self.inserted + ahead + 1
        return {"bigint": number, "text": f"T-{number}",
                "uuid": f"00000000-0000-0000-0000-{number:012}"}[self.id_type]

    def assignments(self, changes):
        return ", ".join(f"{self.column.get(name.strip('!'), name)} = {self.value(name, value)}"
                         for name, value in changes.items())

    def label(self, name, value):
        """What the table has for a level of urgency or impact."""
        if name in ("urgency", "impact") and self.labels and value is not None:
            return LABELS[self.labels].get(value, 9)
        return value

    def insert(self, rows, rng=None):
        names = list(rows[0])
        columns = ", ".join(self.column.get(name, name) for name in names)
        if rng and rng.random() < 0.3 and not any(value == NOW for row in rows for value in row.values()):
            lines = "".join("\t".join(copied(self.label(name, row[name])) for name in names) + "\n"
                            for row in rows)
            return f"COPY {self.name} ({columns}) FROM STDIN;\n{lines}\\."
        values = ",\n".join("(" + ", ".join(self.value(name, row[name]) for name in names) + ")"
                            for row in rows)
        return f"INSERT INTO {self.name} ({columns}) VALUES\n{values}"

    def upsert(self, row):
        """An insert of a ticket that is there; the columns that an update writes."""
        names = [name for name in row if name not in ("id", "region")]
        changed = ", ".join(f"{self.column[name]} = EXCLUDED.{self.column[name]}" for name in names)
        columns = ", ".join(self.column.get(name, name) for name in row)
        values = ", ".join(self.value(name, value) for name, value in row.items())
        return (f"INSERT INTO {self.name} ({columns}) VALUES ({values})"
                f" ON CONFLICT ({self.column['id']}) DO UPDATE SET {changed}")

    def where(self, ids):
        return f"{self.column['id']} IN ({', '.join(map(literal, ids))})"

    def read(self, ids):
        return (f"SELECT json_agg(to_jsonb(t) - 'note' - 'region') FROM {self.name} t"
                f" WHERE {self.where(ids)}")
