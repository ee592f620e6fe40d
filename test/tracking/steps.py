"""Random lives of tickets: transactions of a tracked table, as plain data.

A transaction is a list of operations, each with the instant at which it runs;
desk.py says what an operation is in SQL and to the model.  Instants fall on
quarters of an hour, so that many are equal, or at a deadline.
"""

from clock import INFINITY
from desk import CUSTOMERS, TENANTS
from policy import DAY, HOUR, LEVELS, MINUTE, PRIORITIES, BusinessDays

BEGIN = 1767600000 * 10 ** 6            # Monday, 2026-01-05 08:00 UTC
QUARTER = 15 * MINUTE
PLANS = ("standard", "premium", "community", "trial", "office", "round", "gold", "local", "none",
         "daily", "daily")
ZONES = ("UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "+05:30")
TEAMS = ("network", "storage", "desk")
# These read now(), when the transaction began; or change the policy.
ALONE = ("policy", "refresh", "excuse", "unseen", "restart", "neutral", "remap")


class Life:
    """Makes the transactions of one desk."""

    def __init__(self, desk, rng):
        self.desk, self.rng = desk, rng
        self.now = BEGIN + rng.randrange(400) * QUARTER
        self.number = 0
        self.message = 0
        self.seen = []                  # rows as they once were, for stale writes
        self.gone = []
        self.used = set()
        self.changed_policy = False
        self.repair = False             # something was not seen
        self.unseen_before = False

    def way(self, changes):
        """How an application writes them."""
        how = self.pick(*[None] * 12, "upsert", "merge", "saved", "rewrite")
        if how == "rewrite":
            changes = {}
        if how == "upsert" and "shelf" in changes:
            how = None                  # this moves no row
        if how is None and self.chance(0.02) and not {"closed_at", "is_closed", "replied_at", "replied"} & set(changes):
            how = "renamed"
        return {"changes": changes, "how": how}

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, share):
        return self.rng.random() < share

    def tick(self):
        """Time goes on, or stands still."""
        if self.chance(0.7):
            self.now += self.rng.choice([1, 1, 1, 2, 2, 4, 4, 8, 20]) * QUARTER
            if self.chance(0.02):
                self.now += 7 * DAY

    def some_instant(self, row):
        """Now, or an instant that an application would write."""
        base = self.now
        if row and row.get("opened_at") and self.chance(0.3):
            base = row["opened_at"]
        how = self.rng.random()
        if how < 0.45:
            return self.now
        if how < 0.85:
            return base - self.rng.randrange(20) * QUARTER
        if how < 0.88:
            return base + self.rng.randrange(12) * QUARTER
        return base - self.rng.randrange(400 if self.chance(0.005) else 40) * QUARTER

    def some_pauses(self, row):
        found, at = [], (row["opened_at"] or self.now) - self.rng.randrange(8) * QUARTER
        for _ in range(self.rng.randrange(4)):
            at += self.rng.randrange(1, 16) * QUARTER
            until = at + self.rng.randrange(1, 24) * QUARTER
            if self.chance(0.15):
                until = INFINITY
            found.append((at, until))
            if until == INFINITY:
                break
            at = until
        return found

    def plan(self):
        return None if self.chance(0.05) else self.rng.choice(PLANS)

    def new_row(self, one):
        row = {"id": one, "opened_at": self.now, "plan": self.plan(), "team": self.rng.choice(TEAMS),
               "urgency": self.rng.choice(LEVELS), "impact": self.rng.choice(LEVELS),
               "level": self.rng.choice(PRIORITIES), "zone": self.rng.choice(ZONES)}
        if self.chance(0.2):
            row["opened_at"] = self.some_instant(None)
        if self.chance(0.03):
            row["opened_at"] = None
        row["began_at"] = row["opened_at"] if self.chance(0.5) else None
        if self.chance(0.1):
            row["days_off"] = "off days"
        if self.chance(0.1):
            row["hours"] = self.pick("always", "long", "night")
        row["own_plan"], row["own_level"] = self.plan(), self.rng.choice(PRIORITIES)
        row["own_hours"] = self.pick(None, "always", "split")
        if self.chance(0.1):
            row["override"] = self.rng.choice(PRIORITIES)
        for name, share in (("spam", 0.04), ("waiting", 0.06), ("is_closed", 0.06), ("solved", 0.04),
                            ("replied", 0.04)):
            row[name] = self.chance(share)
        for name in ("closed_at", "replied_at", "solved_at"):
            if self.chance(0.06):
                row[name] = self.some_instant(row)
        if self.chance(0.1):
            row["pauses"] = self.some_pauses(row)
        if self.chance(0.02):
            row["urgency"] = None
        if self.desk.partitioned:
            row["shelf"] = self.rng.randrange(3)
        if self.desk.lookup and self.chance(0.6):
            row["customer"] = self.pick(*CUSTOMERS)
        if self.desk.family and self.desk.rows and self.chance(0.4):
            row["parent"] = self.plain(self.rng.choice(self.ids()[-4:]))
        return row

    def plain(self, key):
        """The id alone."""
        return key[1] if self.desk.has_tenants else key

    def bad(self):
        """(name, value) that the policy does not know."""
        return self.pick(("plan", "nobody's"), ("zone", "Mars/Base"), ("days_off", "nowhere"), ("hours", "never"))

    def change(self, row):
        """One thing that happens to a ticket."""
        changes = {}
        for _ in range(self.pick(1, 1, 1, 2, 3)):
            what = self.rng.choice(
                ["reply"] * 4 + ["solve"] * 4 + ["close"] * 6 + ["wait"] * 6 + ["pauses"] * 3
                + ["terms"] * 5 + ["spam"] * 2 + ["start"] * 2 + ["team", "note"])
            if what == "reply":
                changes["replied"] = not row["replied"]
                changes["replied_at"] = None if row["replied_at"] and self.chance(0.3) \
                    else self.some_instant(row)
            elif what == "solve":
                changes["solved"] = not row["solved"]
                changes["solved_at"] = None if row["solved_at"] and self.chance(0.4) \
                    else self.some_instant(row)
            elif what == "close":
                is_closed = row["is_closed"]
                changes["is_closed"] = not is_closed
                changes["closed_at"] = None if row["closed_at"] and self.chance(0.75) \
                    else self.some_instant(row)
                if self.chance(0.2):
                    changes["spam"] = not row["spam"]
                if self.chance(0.2):
                    changes["solved_at"], changes["solved"] = changes["closed_at"], changes["is_closed"]
            elif what == "wait":
                changes["waiting"] = not row["waiting"]
            elif what == "pauses":
                changes["pauses"] = self.some_pauses(row)
            elif what == "terms":
                name = self.pick("plan", "plan", "urgency", "impact", "override", "level", "zone", "days_off",
                                 "hours", "own_plan", "own_level", "own_hours")
                changes[name] = {
                    "plan": self.plan(), "own_plan": self.plan(), "urgency": self.rng.choice(LEVELS),
                    "impact": self.rng.choice(LEVELS), "override": self.pick(None, *PRIORITIES),
                    "level": self.rng.choice(PRIORITIES), "own_level": self.rng.choice(PRIORITIES),
                    "zone": self.rng.choice(ZONES), "days_off": self.pick(None, "off days"),
                    "hours": self.pick(None, "always", "long", "night"),
                    "own_hours": self.pick(None, "always", "split")}[name]
                if self.chance(0.06):
                    name, changes[name] = self.bad()
                    changes[name] = changes.pop(name)
            elif what == "spam":
                changes["spam"] = not row["spam"]
            elif what == "start":
                name = self.pick("opened_at", "began_at", "began_at")
                changes[name] = None if self.chance(0.2) else self.some_instant(row)
            elif what == "team":
                changes["team"] = self.rng.choice(TEAMS)
            elif self.desk.partitioned and self.chance(0.5):
                changes["shelf"] = self.rng.randrange(3)
            elif self.desk.lookup and self.chance(0.5):
                changes["customer"] = self.pick(None, *CUSTOMERS)
            else:
                changes["note"] = str(self.rng.randrange(100))
        return changes

    def ids(self):
        return list(self.desk.rows)

    def make_id(self):
        if self.desk.has_tenants:       # the same id may be another tenant's
            other = [(tenant, key[1]) for key in self.ids() for tenant in TENANTS
                     if (tenant, key[1]) not in self.used]
            key = self.rng.choice(other) if other and self.chance(0.4) else (self.pick(*TENANTS), self.new_id())
            self.used.add(key)
            return key
        return self.new_id()

    def new_id(self):
        self.number += 1
        return self.number if self.desk.id_type != "text" else f"T-{self.number}"

    def new_message(self, ticket):
        self.message += self.rng.choice([1, 1, 1, 2])
        row = self.desk.rows.get(ticket)
        return {"id": self.message, "ticket": ticket,
                "sent_at": self.now if self.chance(0.6) else self.some_instant(row),
                "seq": self.rng.randrange(5), "author": self.pick("customer", "agent", "agent", "router"),
                "internal": self.chance(0.2), "waiting": self.chance(0.4)}

    def operation(self):
        ids = self.ids()
        rng = self.rng
        what = rng.choice(["insert"] * 4 + ["update"] * 28 + ["say"] * 12 + ["edit", "unsay", "stale", "delete",
                                                                            "again", "policy"] * 2
                          + ["unseen", "neutral", "rejudge", "excuse", "unexcuse", "cancel_run", "restore_run", "refresh", "rekey"]
                          + ["customer", "customer", "replace"] * self.desk.lookup)
        if self.chance(0.01):
            what = self.pick("restart", "remap", "remap")
        if self.changed_policy and self.chance(0.2):
            what = "refresh"
        if self.repair and self.chance(0.3):
            what = "repair"
        if what == "insert" or not ids:
            rows = [self.new_row(self.make_id()) for _ in range(self.pick(1, 1, 2))]
            if self.desk.family and len(rows) == 2 and self.chance(0.7):
                self.rng.shuffle(rows)
                rows[0]["parent"] = self.plain(rows[1]["id"])
                self.rng.shuffle(rows)
            # A copy writes each partition at once, so that no one knows which row is seen first.
            copy = "copy" if not (self.desk.family and self.desk.partitioned) else None
            return {"op": "insert", "rows": rows, "how": self.pick(None, None, None, copy)}
        one = rng.choice(ids[-4:])
        row = self.desk.rows[one]
        if what == "update":
            some = [one] if self.chance(0.85) else rng.sample(ids, min(len(ids), 3))
            self.seen.append((one, dict(row)))
            way = self.way(self.change(row))
            if self.desk.family and (way["how"] == "rewrite" or "shelf" in way["changes"]):
                some = [one]            # the trigger on the parent sees an INSERT
            return {"op": "update", "ids": some, **way}
        if what == "stale":
            old = [each for each in self.seen if each[0] == one]
            if not old:
                return None
            return {"op": "update", "ids": [one],
                    **self.way({name: value for name, value in rng.choice(old)[1].items() if name != "id"})}
        if what == "neutral":
            return {"op": what, "what": self.pick("track", "column", "rename", *["domain"] * self.desk.domains)}
        if what == "remap":
            self.repair = False
            return self.remap()
        if what == "restart":
            self.repair = self.unseen_before = True
            return {"op": what}
        if what == "unseen":
            self.repair = self.unseen_before = True
            return self.unseen(ids)
        if what == "repair":
            self.repair = self.chance(0.3)
            return {"op": what}
        if what == "rekey":
            key = (one[0], self.new_id()) if self.desk.has_tenants else self.new_id()
            self.used.add(key)
            return {"op": what, "id": one, "to": key}
        if what == "customer":
            return {"op": what, "name": self.pick(*CUSTOMERS), "plan": self.plan()}
        if what == "replace":
            return {"op": what, "replaced": not self.desk.replaced}
        if what == "delete" and self.chance(0.05):
            self.gone += [(each, dict(self.desk.rows[each])) for each in ids]
            return {"op": "truncate"}
        if what == "delete":
            self.gone.append((one, dict(row)))
            return {"op": "delete", "ids": [one]}
        if what == "again":
            if not self.gone:
                return None
            one, row = rng.choice(self.gone)
            if one in self.desk.rows:
                return None
            row = dict(row) if self.chance(0.6) else self.new_row(one)
            return {"op": "insert", "rows": [row | {"id": one}]}
        if what == "say":
            return {"op": "say", "rows": [self.new_message(rng.choice([one, one, rng.choice(ids)]))
                                          for _ in range(self.pick(1, 1, 1, 2, 3))]}
        known = list(self.desk.messages)[-12:]
        if what in ("edit", "unsay"):
            if not known:
                return None
            some = rng.sample(known, min(len(known), self.pick(1, 1, 2)))
            if what == "unsay":
                return {"op": "unsay", "ids": some}
            changes = self.pick({"sent_at": self.some_instant(row)}, {"author": self.pick("agent", "customer")},
                                {"ticket": one}, {"waiting": self.chance(0.5)}, {"internal": True})
            return {"op": "edit", "ids": some, "changes": changes}
        if what == "policy":
            self.changed_policy = True
            return self.policy()
        if what == "refresh":
            self.changed_policy = False
            return {"op": "refresh", "force": self.chance(0.3) or self.desk.lookup or self.unseen_before}
        if what == "rejudge":
            return {"op": what, "id": one, "metric": rng.choice([None, *self.desk.clocks])}
        return self.decision(what)

    def unseen(self, ids):
        """Things that no trigger sees: a load as a replica, or with the
        triggers disabled, or writes to a partition that is detached."""
        how = self.pick("disabled", "disabled" if self.desk.cascades else "replica",
                        "detached" if self.desk.partitioned else "disabled", "untracked")
        if how == "detached":
            ids = [one for one in ids if self.desk.rows[one]["shelf"] == 0]
        parts = []
        for kind in self.rng.sample(["insert", "update", "update", "update", "delete", "say", "say", "unsay"],
                                    self.pick(1, 2, 3)):
            one = self.rng.choice(ids[-4:] or [None])
            if kind == "insert":
                row = self.new_row(self.make_id())
                if how == "detached":
                    row["shelf"] = 0
                parts.append({"op": kind, "rows": [row]})
            elif kind == "unsay" and how != "detached" and self.desk.messages:
                parts.append({"op": kind, "ids": [self.rng.choice(list(self.desk.messages)[-6:])]})
            elif kind == "say" and self.desk.rows:
                parts.append({"op": kind, "rows": [self.new_message(one or self.rng.choice(self.ids()))]})
            elif kind == "delete" and one is not None:
                self.gone.append((one, dict(self.desk.rows[one])))
                parts.append({"op": kind, "ids": [one]})
            elif kind == "update" and one is not None:
                changes = self.change(self.desk.rows[one])
                changes.pop("shelf", None)
                parts.append({"op": kind, "ids": [one], "changes": changes or {"note": "unseen"}})
        anew = self.pick(None, "kept", "dropped")
        if how == "untracked" and anew == "dropped":    # the triggers on messages are left, and find no tracked table
            parts = [part for part in parts if part["op"] not in ("say", "unsay")
                     and not (part["op"] == "delete" and self.desk.cascades)]
        return {"op": "unseen", "how": how, "anew": anew, "parts": parts} if parts else None

    def decision(self, what):
        """What an approver says of a run; most often of one of which it can be said."""
        runs = [(key, run) for key, runs in self.desk.runs.items() for run in runs]
        apt = [(key, run) for key, run in runs
               if {"excuse": run.status(self.now) in ("missed", "overdue"),
                   "unexcuse": (*key, run.run) in self.desk.excuses,
                   "cancel_run": run.cancelled_at is None,
                   "restore_run": run.cancelled_by is not None}[what]]
        if not runs or not apt and self.chance(0.8):
            return None
        key, run = self.rng.choice(apt[-6:] or runs[-6:])
        return {"op": what, "id": key[0], "metric": key[1], "run": run.run if self.chance(0.7) else None}

    def remap(self):
        """A clock gets other options."""
        metric = self.rng.choice(list(self.desk.clocks))
        one = self.desk.clocks[metric]
        options = {"on_reopen": self.pick("continue", "new run", "keep")}
        kept = any(run.kept for key, runs in self.desk.runs.items() for run in runs if key[1] == metric)
        if not kept and self.desk.closed != "is_closed":
            options["on_close"] = self.pick("stop", "cancel", "run", one["on_close"])
        needed = any(other["events"].get("only_after") == metric for other in self.desk.clocks.values())
        return {"op": "remap", "metric": metric, "drop": not needed and self.chance(0.5), "options": options}

    def policy(self):
        kind = self.pick("target", "matrix", "hours", "rename")
        plan = self.rng.choice(PLANS)
        if kind == "target":
            key = self.rng.choice(sorted(self.desk.policy.rules))
            target = self.pick(30 * MINUTE, HOUR, 5 * HOUR, 12 * HOUR, BusinessDays(1, True), BusinessDays(2, False))
            return {"op": "policy", "what": kind, "args": [*key, target]}
        if kind == "matrix":
            return {"op": "policy", "what": kind,
                    "args": [plan, self.rng.choice(LEVELS), self.rng.choice(LEVELS), self.pick(None, *PRIORITIES)]}
        if kind == "hours":
            return {"op": "policy", "what": kind,
                    "args": [self.pick("long", "split"),
                             self.pick("Mo-Sa 07:00-22:00; PH off", "Mo-Fr 09:00-17:00", "Mo-Su 06:00-10:00,12:00-23:00")]}
        plan = self.pick("gold", "local", "office", "daily")
        return {"op": "policy", "what": kind,
                "args": self.pick([plan, plan + " old"], [plan + " old", plan], [plan + " old", plan])}

    def transaction(self):
        """A few operations; most often one."""
        count = 1 if self.chance(0.85) else self.rng.randrange(2, 5)
        found, new = [], set()
        lenient = self.chance(0.35)
        for _ in range(count):
            self.tick()
            one = self.operation()
            if one and one["op"] == "insert":
                if new & {row["id"] for row in one["rows"]}:
                    continue            # a partitioned table does not refuse it
                new |= {row["id"] for row in one["rows"]}
            if one:
                # What waits for the end of the transaction forbids to change the table.
                alone = one["op"] in ALONE or self.desk.deferred and (
                    one["op"] == "truncate" or one.get("how") == "renamed")
                if alone and found:
                    break
                if not alone and self.chance(0.04):
                    one["how"] = "undone"
                found.append(one | {"at": self.now, "lenient": lenient})
                if alone:
                    break
        return found
