"""What the trail tells, by the manual's table of its events."""

CLOCK_TERMS = ("plan", "calendar", "time_zone", "holidays", "urgency", "impact", "override", "priority")
MISSES = ("missed", "overdue")
DECISIONS = {"rejudge": "rejudged", "refresh": "refreshed"}


def status_if_counted(run, now):
    other = run.copy()
    other.cancelled_at = None
    return other.status(now)


def moved(before, after):
    return not before.has_same_target(after) or before.due_at != after.due_at


def event_of(before, after, mode, now):
    """Event that is told of a clock, or None."""
    was, now_is = status_if_counted(before, now), status_if_counted(after, now)
    if before.gone_at is not None:
        return None                     # that a ticket comes back is not told
    if (before.cancelled_at is None) != (after.cancelled_at is None):
        cancelled = after.cancelled_at is not None
        if (was if cancelled else now_is) not in MISSES:
            return None
        return "cancelled" if cancelled else "restored"
    changed = any(before.terms[name] != after.terms[name] for name in CLOCK_TERMS)
    if mode in DECISIONS:
        return DECISIONS[mode] if changed or moved(before, after) or was != now_is else None
    if changed:
        return "changed" if moved(before, after) else None
    if before.closed_periods != after.closed_periods or after.cancelled_at is not None or after.problem:
        return None
    if before.stopped_at is None and was != "overdue":
        return None
    if (was, now_is) == ("overdue", "missed") and not moved(before, after):
        return None
    return "corrected" if moved(before, after) or was != now_is else None


def clock_row(before, after, event, now, assigned, reason=None):
    return {"at": now, "event": event, "old_priority": before.terms["priority"],
            "priority": after.terms["priority"], "old_plan": before.terms["plan"],
            "plan": after.terms["plan"], **{name: after.terms[name] for name in ("urgency", "impact", "override")},
            "assigned": assigned, "old_due_at": before.due_at, "due_at": after.due_at,
            "status": before.status(now), "reason": reason}


class Trail:
    """The rows of each ticket, and how each was when it was last seen."""

    def __init__(self, wanted):
        self.wanted = wanted            # all, changes, none
        self.rows, self.seen = {}, {}
        self.before = {}                # ticket -> rows of its earlier lives; None in the first
        self.runs = {}                  # ticket -> how many runs its earlier lives had
        self.revived = set()            # tickets that were seen after their end, and then went on after all
        self.drifted = set()            # tickets that a refresh found with another plan, which no row tells

    def copy(self):
        other = Trail(self.wanted)
        other.rows = {one: list(rows) for one, rows in self.rows.items()}
        other.seen, other.revived, other.drifted = dict(self.seen), set(self.revived), set(self.drifted)
        other.before, other.runs = dict(self.before), dict(self.runs)
        return other

    def add(self, ticket, metric, row):
        self.rows.setdefault(ticket, []).append({"metric": metric, **row})

    def begin_life(self, ticket, nruns):
        self.seen.pop(ticket, None)
        self.runs[ticket] = nruns
        self.before[ticket] = len(self.rows.get(ticket, ())) if ticket in self.before else None

    def told_of_ticket(self, ticket):
        return any(row["metric"] is None for row in self.rows.get(ticket, ())[self.before.get(ticket):])

    def ticket(self, ticket, terms, assigned, has_priority, known, now, reason):
        """A ticket is seen.  known: its clocks tell what it was."""
        old = self.seen.get(ticket)
        if old is not None and not has_priority and all(
                old[name] == terms[name] for name in ("plan", "urgency", "impact", "override")):
            terms = terms | {"priority": old["priority"]}   # a changed matrix is no change
        if self.wanted == "none" or old == terms:
            pass
        elif old is None:
            if self.wanted == "all":
                self.add(ticket, None, {"event": "opened", "old_priority": None, "old_plan": None,
                                        **self.rest(terms, assigned, now, reason)})
        elif known or self.told_of_ticket(ticket):
            self.add(ticket, None, {"event": "changed", "old_priority": old["priority"], "old_plan": old["plan"],
                                    **self.rest(terms, assigned, now, reason)})
        self.seen[ticket] = terms

    def rest(self, terms, assigned, now, reason):
        return {"at": now, **terms, "assigned": assigned, "old_due_at": None, "due_at": None,
                "status": None, "reason": reason}

    def clocks(self, ticket, metric, before, after, mode, now, assigned, reason):
        later = {run.run: run for run in after}
        for run in before:
            event = self.wanted != "none" and event_of(run, later[run.run], mode, now)
            if event:
                self.add(ticket, metric, clock_row(run, later[run.run], event, now, assigned, reason))
