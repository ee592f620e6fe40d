"""A tracked ticket, by brute force: what an insert or an update makes of it,
and the rows of the views.  The mapping tells what of the table is tracked."""

import collections
import dataclasses

from clock import INFINITY, SECOND, NeverOpen, merged, without
from model import (FIRST_RESPONSE, LEVELS, METRICS, RESOLUTION, BadTicket, covers, local_month,
                   percentile, status)

NOTHING = (None, None, None)            # target, due, at risk
MOMENT = SECOND // 5


@dataclasses.dataclass
class Mapping:
    """How a table is tracked; see sla_track()."""
    columns: frozenset                  # of the arguments that name a column
    pauses: str = None                  # who keeps them: "application", "status", "history", None
    paused_when: tuple = ()
    cancelled_when: tuple = ()
    pause_metrics: tuple = (RESOLUTION,)
    on_change: str = "from_opening"
    closed_without_answer: str = "counts_as_answer"
    report_time_zone: str = "UTC"

    @property
    def inputs(self):
        """Columns whose changes count."""
        found = {"opened_at", "plan", "urgency", "impact", "override", "priority", "answered_at",
                 "resolved_at", "time_zone", "holidays", "paused"}
        if self.cancelled_when or self.pauses == "status":
            found.add("status")
        return found

    @property
    def metrics(self):
        return METRICS if "resolution_due_at" in self.columns else METRICS[:1]


@dataclasses.dataclass
class Clock:
    """One clock of a ticket: what is stored, and what is remembered."""
    target: int = None
    due: float = None
    risk: float = None
    plan: str = None                    # that count; the ticket's may differ later
    priority: str = None
    since: int = None                   # None: the opening
    stop: int = None                    # of a first response that a reopened closing gave


class Ticket:
    """The columns of a row, by the names of sla_track()'s arguments, and its
    clocks.  Statements change a copy, which takes the place of the ticket if
    they succeed."""

    def __init__(self, policy, mapping, **columns):
        self.policy = policy
        self.mapping = mapping
        self.columns = collections.defaultdict(lambda: None, columns)
        self.clocks = {metric: Clock() for metric in mapping.metrics}
        self.closed = []
        self.error = False
        self.priority_changes = []      # when
        self.history = []               # (at, seq, status)

    def copy(self):
        other = Ticket(self.policy, self.mapping, **self.columns)
        other.clocks = {metric: dataclasses.replace(clock) for metric, clock in self.clocks.items()}
        other.closed = list(self.closed)
        other.error = self.error
        other.priority_changes = list(self.priority_changes)
        other.history = list(self.history)
        return other

    # What the columns say ------------------------------------------------

    @property
    def priority(self):
        """The override, or what the matrix gives."""
        if "urgency" not in self.mapping.columns:
            return self.columns["priority"]
        if self.error:
            return None
        if self.columns["override"]:
            return self.columns["override"]
        if not {self.columns["urgency"], self.columns["impact"]} <= set(LEVELS):
            return None
        return self.policy.assign(self.columns["plan"], self.columns["urgency"],
                                  self.columns["impact"])

    def paused(self, metric):
        """Time that does not count on a clock."""
        found = []
        if metric in self.mapping.pause_metrics:
            found += self.columns["paused"] or []
        if metric == RESOLUTION:
            found += self.closed
        return merged(found)

    def stop(self, metric):
        """When a clock stopped, or None."""
        answered, resolved = self.columns["answered_at"], self.columns["resolved_at"]
        if metric == RESOLUTION:
            return resolved
        if self.mapping.closed_without_answer == "cancelled":
            return answered
        known = [at for at in (answered, resolved, self.clocks[metric].stop) if at is not None]
        return min(known, default=None)

    def until(self, metric, now):
        """Until when time is counted."""
        if metric == FIRST_RESPONSE and self.cancelled_by_closing():
            return self.columns["resolved_at"]
        stop = self.stop(metric)
        return now if stop is None else stop

    def final(self, metric):
        """Whether a clock has stopped, or does not count."""
        return self.cancelled(metric) or self.stop(metric) is not None

    def cancelled_by_closing(self):
        answered, resolved = self.columns["answered_at"], self.columns["resolved_at"]
        return (self.mapping.closed_without_answer == "cancelled" and resolved is not None
                and (answered is None or answered > resolved))

    def cancelled(self, metric):
        return (metric == FIRST_RESPONSE and self.cancelled_by_closing()
                or self.columns["status"] in self.mapping.cancelled_when)

    def since(self, metric):
        since = self.clocks[metric].since
        return self.columns["opened_at"] if since is None else since

    def stores_target(self, metric):
        return {FIRST_RESPONSE: "response_target", RESOLUTION: "resolution_target"}[metric] \
            in self.mapping.columns

    def stores_risk(self, metric):
        return {FIRST_RESPONSE: "at_risk_at", RESOLUTION: "resolution_at_risk_at"}[metric] \
            in self.mapping.columns

    def target(self, metric):
        """The stored one, or what the policy says."""
        clock, plan, priority = self.clocks[metric], *self.terms(metric)
        if self.stores_target(metric):
            return clock.target
        if None in (plan, priority, self.columns["opened_at"]):
            return None
        try:
            rule, _ = self.policy.rule(plan, priority, metric, self.columns["opened_at"])
        except BadTicket:
            return None
        return rule.target if rule else None

    def at_risk(self, metric):
        """The same; zone and holidays are those of the ticket now."""
        clock = self.clocks[metric]
        if self.stores_risk(metric):
            return clock.risk
        if self.error:
            return None
        other = self.copy()
        other.clocks[metric].plan, other.clocks[metric].priority = self.terms(metric)
        try:
            other.judge(metric)
        except BadTicket:
            return None
        return other.clocks[metric].risk

    def terms(self, metric):
        """Plan and priority by which a clock is judged."""
        clock = self.clocks[metric]
        if self.error and clock.plan is None:
            return self.columns["plan"], self.priority
        return clock.plan, clock.priority

    def check(self):
        """Refuses what no policy can judge."""
        opened = self.columns["opened_at"]
        for name in ("urgency", "impact"):
            if self.columns[name] not in (None, *LEVELS):
                raise BadTicket(f"{name} {self.columns[name]}")
        if (self.columns["urgency"] and self.columns["impact"]
                and self.columns["plan"] not in (None, *self.policy.plans)):
            # The matrix is the plan's.  Other names are looked up where they count.
            raise BadTicket(f"plan {self.columns['plan']}")
        for name in ("answered_at", "resolved_at"):
            if opened is not None and self.columns[name] is not None and self.columns[name] < opened:
                raise BadTicket(f"{name} before opened_at")

    # Writing -------------------------------------------------------------

    def judge(self, metric, kept=False):
        """Target, deadline and at-risk time by the terms that count; a clock
        that keeps its verdict keeps the target too, where it is stored."""
        clock, opened = self.clocks[metric], self.columns["opened_at"]
        target = clock.target
        clock.target, clock.due, clock.risk = NOTHING
        if opened is None or clock.plan is None or clock.priority is None:
            return
        rule, calendar = self.policy.rule(clock.plan, clock.priority, metric, opened)
        periods = self.policy.clock(calendar, self.columns["time_zone"], self.columns["holidays"],
                                    self.paused(metric))
        if rule is None or rule.target is None:
            return
        try:
            clock.target = target if kept and self.stores_target(metric) else rule.target
            clock.due = periods.add(self.since(metric), clock.target)
            clock.risk = periods.add(self.since(metric), round(clock.target * rule.at_risk))
        except NeverOpen as error:
            raise BadTicket("never open") from error

    def judged(self, metric):
        """Whether it is known by what a clock was judged."""
        return None not in (self.columns["opened_at"], self.clocks[metric].plan,
                            self.clocks[metric].priority)

    def missed(self, metric, now):
        due = self.clocks[metric].due
        return due is not None and not self.cancelled(metric) and self.until(metric, now) > due

    def keeps_verdict(self, metric, old, now):
        """Rule 10: it had stopped and still has, or its deadline had passed."""
        return old.judged(metric) and (
            old.final(metric) and self.final(metric) or old.missed(metric, now))

    def inserted(self, now, before_tracking=False):
        if not before_tracking:
            self.keep_pauses(None, now)
        self.check()
        for metric, clock in self.clocks.items():
            clock.plan, clock.priority = self.columns["plan"], self.priority
            self.judge(metric)

    def remember(self):
        """Without a column to remember in, what the ticket says counts."""
        if "sla_state" not in self.mapping.columns:
            self.closed = []
            for clock in self.clocks.values():
                clock.plan, clock.priority = self.columns["plan"], self.priority
                clock.stop = None

    def updated(self, changes, now):
        """Rule 10."""
        old = self.copy()
        self.columns |= changes
        if all(old.columns[name] == self.columns[name] for name in self.mapping.inputs):
            return
        self.error = False
        self.keep_pauses(old, now)
        self.check()
        if old.priority != self.priority and None not in (old.priority, self.priority):
            self.priority_changes.append(now)
        self.reopen(old, now)
        new_terms = (old.priority != self.priority or
                     any(old.columns[name] != self.columns[name]
                         for name in ("plan", "time_zone", "holidays")))
        for metric, clock in self.clocks.items():
            known = old.judged(metric)
            new_time = (old.columns["opened_at"] != self.columns["opened_at"]
                        or metric in self.mapping.pause_metrics
                        and old.columns["paused"] != self.columns["paused"]
                        or metric == RESOLUTION and old.closed != self.closed)
            if self.keeps_verdict(metric, old, now):
                if new_time and clock.due is not None:
                    self.judge(metric, kept=True)
                continue
            if ((known or clock.due is not None and not old.error)
                    and not new_terms and not new_time and not old.final(metric)):
                # Where there is no deadline, there is none to keep.
                if clock.due is None:
                    self.judge(metric)
                continue
            # It runs, or could not be judged: what counts is what the ticket says.
            clock.plan, clock.priority = self.columns["plan"], self.priority
            if new_terms and known and self.mapping.on_change == "from_change":
                clock.since = now
            self.judge(metric)
        self.remember()

    def waits(self):
        return (self.columns["status"] in self.mapping.paused_when
                and self.columns["resolved_at"] is None)

    def keep_pauses(self, old, now):
        """By the status, if so asked; a ticket that is resolved does not wait."""
        if self.mapping.pauses != "status":
            return
        known = self.columns["paused"] or []
        if not self.waits():
            known = without(known, [(now, INFINITY)])
        elif old is None or old.error or not old.waits():
            known = merged(known + [(max(now, self.columns["opened_at"]), INFINITY)])
        self.columns["paused"] = known or None

    def reopen(self, old, now):
        resolved = old.columns["resolved_at"]
        if (resolved is None or self.columns["resolved_at"] is not None
                or "sla_state" not in self.mapping.columns):
            return
        if resolved < now:
            self.closed = merged(self.closed + [(resolved, now)])
        stop, answered = old.stop(FIRST_RESPONSE), self.columns["answered_at"]
        if self.mapping.closed_without_answer == "counts_as_answer" and (
                answered is None or answered > stop):
            self.clocks[FIRST_RESPONSE].stop = stop

    def historic(self, rows, now):
        """The status history has other rows now."""
        self.history = sorted(rows)
        periods, since = [], None
        for at, _, value in self.history:
            if value in self.mapping.paused_when:
                since = at if since is None else since
            elif since is not None:
                periods.append((since, at))
                since = None
        if since is not None:
            periods.append((since, INFINITY))
        self.updated({"paused": merged(p for p in periods if p[0] < p[1]) or None}, now)

    def stored_as_bad(self, changes, now):
        """What remains of a bad insert or update where the setting lets it be:
        verdicts that there are stay, the rest is computed when it is mended."""
        for metric, clock in list(self.clocks.items()):
            if not (self.judged(metric) and (self.final(metric) or self.missed(metric, now))):
                self.clocks[metric] = Clock(since=clock.since, stop=clock.stop)
        self.columns |= changes
        self.error = True

    def refreshed(self, now, force):
        """After a change of policy: running clocks, or all, by their own terms."""
        for metric, clock in list(self.clocks.items()):
            if not self.error and (force or not self.keeps_verdict(metric, self, now)):
                before = dataclasses.replace(clock)
                try:
                    self.judge(metric)
                except BadTicket:
                    # What the policy cannot tell stays as it is.
                    self.clocks[metric] = before

    # Reading -------------------------------------------------------------

    def measured(self, metric, since, until, pauses):
        """Business time on a clock; None where it is not known or has no hours."""
        clock = self.clocks[metric]
        if None in (clock.plan, clock.priority):
            return None
        try:
            _, calendar = self.policy.rule(clock.plan, clock.priority, metric,
                                           self.columns["opened_at"])
            periods = self.policy.clock(calendar, self.columns["time_zone"],
                                        self.columns["holidays"], pauses)
        except BadTicket:
            return None
        if periods is None:
            return None
        return periods.between(since, until) if since < until else 0

    def desk_open(self, metric, now):
        clock = self.clocks[metric]
        try:
            _, calendar = self.policy.rule(clock.plan, clock.priority, metric,
                                           self.columns["opened_at"])
            periods = self.policy.clock(calendar, self.columns["time_zone"], self.columns["holidays"])
        except BadTicket:
            return None
        return periods.is_open(now) if periods else None

    def row(self, metric, now):
        """Of the view <table>_sla."""
        clock, opened, stop = self.clocks[metric], self.columns["opened_at"], self.stop(metric)
        until = self.until(metric, now)
        plan, priority = self.terms(metric)
        found = {
            "id": self.columns["id"], "metric": metric, "plan": plan, "priority": priority,
            "target": self.target(metric), "due_at": clock.due, "at_risk_at": self.at_risk(metric),
            "opened_at": opened, "answered_at": stop,
            "elapsed": None, "remaining": None, "used": None, "late_by": None, "late_by_business": None,
            "opened_month": local_month(opened, self.mapping.report_time_zone),
            "due_month": local_month(clock.due, self.mapping.report_time_zone),
        }
        if self.cancelled(metric):
            found["status"] = "cancelled"
        elif clock.due is None and (self.error or not self.judged(metric)):
            found["status"] = "unknown"
        else:
            found["status"] = status(clock.due, stop, now, found["at_risk_at"],
                                     covers(self.paused(metric), now))
        if not self.error and self.judged(metric):
            found["elapsed"] = self.measured(metric, self.since(metric), until, self.paused(metric))
        if None not in (found["elapsed"], found["target"]):
            found["remaining"] = found["target"] - found["elapsed"]
            found["used"] = found["elapsed"] / found["target"]
        if clock.due is not None and clock.due < until and not self.cancelled(metric):
            found["late_by"] = until - clock.due
            found["late_by_business"] = self.measured(metric, clock.due, until, self.paused(metric))
        return found

    def miss(self, metric, now):
        """Where the time of a miss went: of the view <table>_sla_misses."""
        found = self.row(metric, now)
        until = self.until(metric, now)
        found |= dict.fromkeys(("wall", "open", "paused", "closed", "before_first_touch", "per_status"))
        # The trail has them by the clock, a little later than their transactions.
        found["priority_changes"] = (sum(at + MOMENT < until for at in self.priority_changes),
                                     sum(at <= until for at in self.priority_changes))
        if self.error:
            return found
        found["wall"] = until - self.since(metric)
        found["open"] = found["elapsed"]
        unpaused = self.measured(metric, self.since(metric), until, [])
        found["paused"] = (None if None in (unpaused, found["elapsed"])
                           else unpaused - found["elapsed"])
        found["closed"] = None if unpaused is None else found["wall"] - unpaused
        if self.mapping.pauses == "history":
            self.add_history(found, metric, until)
            found["per_status"] = found["per_status"] or None
        return found

    def add_history(self, found, metric, until):
        opened = found["opened_at"]
        later = [at for at, _, _ in self.history if at > opened]
        found["before_first_touch"] = self.measured(
            metric, self.since(metric), min(later + [until]), self.paused(metric))
        found["per_status"] = {}
        for number, (at, _, value) in enumerate(self.history):
            end = self.history[number + 1][0] if number + 1 < len(self.history) else until
            start, end = max(at, self.since(metric)), min(end, until)
            if start < end:
                spent = self.measured(metric, start, end, [])
                if spent is not None:
                    spent += found["per_status"].get(value) or 0
                found["per_status"][value] = spent


def compliance(policy, rows, excused):
    """The cells of <table>_sla_compliance, from rows of <table>_sla."""
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["plan"], row["priority"], row["metric"], row["opened_month"]].append(row)
    for (plan, priority, metric, month), some in groups.items():
        count = collections.Counter(row["status"] for row in some)
        missed = count["missed"] + count["overdue"]
        pardoned = sum((row["id"], row["metric"]) in excused for row in some
                       if row["status"] in ("missed", "overdue"))
        used = sorted(row["elapsed"] for row in some
                      if row["status"] in ("met", "missed") and row["elapsed"] is not None)
        share = count["met"] / (count["met"] + missed) if count["met"] + missed else None
        opened = [row["opened_at"] for row in some if row["opened_at"] is not None]
        goal = None
        if None not in (plan, priority) and opened and plan in policy.plans:
            goal = policy.goal(plan, priority, metric, max(opened))
        cell = {
            "plan": plan, "priority": priority, "metric": metric, "month": month,
            "tickets": len(some), "met": count["met"], "missed": count["missed"],
            "on_track": count["on_track"] + count["at_risk"] + count["paused"],
            "overdue": count["overdue"], "no_target": count["no_target"],
            "unknown": count["unknown"], "cancelled": count["cancelled"],
            "share_met": share, "excused": pardoned,
            "share_met_excused": (count["met"] / (count["met"] + missed - pardoned)
                                  if count["met"] + missed - pardoned else None),
            "goal": goal, "goal_met": None if None in (share, goal) else share >= goal,
            "p50": percentile(used, 0.5), "p90": percentile(used, 0.9),
            "p95": percentile(used, 0.95), "worst": used[-1] if used else None,
        }
        yield cell


def backlog(tickets, rows, now):
    """Running clocks."""
    for row in rows:
        if row["status"] in ("on_track", "at_risk", "paused", "overdue"):
            ticket = tickets[row["id"]]
            yield row | {"due_in": (None if row["due_at"] == INFINITY else
                                    ticket.measured(row["metric"], now, row["due_at"], [])),
                         "desk_open": ticket.desk_open(row["metric"], now)}
