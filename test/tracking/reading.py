"""What the views show, from the clocks as the model has them."""

from policy import Bad, with_pauses

RANKS = ("overdue", "missed", "at_risk", "unknown", "paused", "on_track", "met", "no_target", "cancelled")


class Reading:
    """At one instant."""

    def __init__(self, desk, now):
        self.desk, self.now = desk, now

    def measured(self, run, metric, since, until, paused=True):
        """Open time by the policy of now; None: it cannot be told."""
        try:
            line = self.desk.policy.find(metric, run.terms, run.started_at)[2]()
        except Bad:
            return None
        if line is None:
            return None
        if paused:
            line = with_pauses(line, run.paused)
        return line.between(since, until) if since < until else 0

    def until(self, run):
        ends = (run.stopped_at, run.gone_at, self.now)
        return next(at for at in ends if at is not None)

    def sla(self, ticket, metric, run):
        """A row of _sla; what is the clock's own is compared elsewhere."""
        status = run.status(self.now)
        counts = run.cancelled_at is None
        elapsed = run.elapsed
        if run.stopped_at is None and counts:
            elapsed = self.measured(run, metric, run.started_at,
                                    self.now if run.gone_at is None else run.gone_at)
        row = dict.fromkeys(("remaining", "used", "late_by", "late_by_business"))
        row |= {"status": status, "elapsed": elapsed}
        if status not in ("cancelled", "unknown"):
            row["remaining"] = run.remaining
            if run.target is not None and elapsed is not None:
                row["used"] = elapsed / run.target
                if run.remaining is None:
                    row["remaining"] = run.target - elapsed
        if status in ("missed", "overdue"):
            row["late_by"] = self.until(run) - run.due_at
            row["late_by_business"] = self.measured(run, metric, run.due_at, self.until(run))
        row["excuse"] = self.desk.excuses.get((ticket, metric, run.run))
        return row

    def miss(self, ticket, metric, run):
        if run.status(self.now) not in ("missed", "overdue"):
            return None
        until = self.until(run)
        open_time = self.measured(run, metric, run.started_at, until)
        unpaused = self.measured(run, metric, run.started_at, until, False)
        first = [one for one in self.desk.runs.get((ticket, "first_response"), ()) if one.cancelled_at is None]
        before_answer = None
        if first:
            end = min(at for at in (min(first, key=lambda one: one.run).stopped_at, until) if at is not None)
            before_answer = self.measured(run, metric, run.started_at, end)
        return {"wall_time": until - run.started_at, "open_time": open_time,
                "paused_time": None if open_time is None else unpaused - open_time,
                "closed_time": None if unpaused is None else until - run.started_at - unpaused,
                "before_answer": before_answer,
                **self.priority_changes(ticket, run, until)}

    def priority_changes(self, ticket, run, until):
        if ticket in self.desk.trail_rows.revived:
            return {}
        return {"priority_changes": sum(
            row["metric"] is None and row["old_priority"] is not None and row["priority"] is not None
            and row["old_priority"] != row["priority"] and run.started_at <= row["at"] <= until
            for row in self.desk.trail_rows.rows.get(ticket, ()))}

    def backlog(self, metric, run):
        if run.due_at is None or any(at is not None for at in (run.stopped_at, run.cancelled_at, run.gone_at)):
            return None
        return {"due_in": self.measured(run, metric, self.now, run.due_at)}

    def summary(self, ticket):
        """A row of _sla_summary, or None."""
        clocks = {}
        for (one, metric), runs in self.desk.runs.items():
            there = [run for run in runs if run.gone_at is None]
            if one == ticket and there:
                clocks[metric] = max(there, key=lambda run: (run.cancelled_at is None, run.run))
        if not clocks:
            return None
        status = {metric: run.status(self.now) for metric, run in clocks.items()}
        due = sorted((run.due_at, metric) for metric, run in clocks.items()
                     if run.due_at is not None and status[metric] in ("overdue", "at_risk", "on_track"))
        row = {"status": min(status.values(), key=RANKS.index), "next_due_at": None, "next_metric": None}
        if due:
            row["next_due_at"], row["next_metric"] = due[0]
        for metric in ("first_response", "resolution"):
            row[metric + "_status"] = status.get(metric)
            row[metric + "_due_at"] = clocks[metric].due_at if metric in clocks else None
        return row

    def compliance(self):
        """{(plan, priority, metric, month): row}; months are of UTC."""
        found = {}
        for (ticket, metric), runs in self.desk.runs.items():
            for run in runs:
                key = (run.terms["plan"], run.terms["priority"], metric, self.desk.month(run.started_at))
                row = found.setdefault(key, {"clocks": 0, "excused": 0, "times": [], **dict.fromkeys(RANKS, 0)})
                status = run.status(self.now)
                row["clocks"] += 1
                row[status] += 1
                row["excused"] += status in ("missed", "overdue") and (ticket, metric, run.run) in self.desk.excuses
                if status in ("met", "missed") and run.elapsed is not None:
                    row["times"].append(run.elapsed)
        for row in found.values():
            times = sorted(row.pop("times"))
            judged = row["met"] + row["missed"] + row["overdue"]
            row["share_met"] = row["met"] / judged if judged else None
            left = judged - row["excused"]
            row["share_met_excused"] = row["met"] / left if left else None
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("worst", 1)):
                place = share * (len(times) - 1)
                low = int(place)
                row[name] = round(times[low] + (place - low) * (times[min(low + 1, len(times) - 1)] - times[low])) \
                    if times else None
        return found

    def overrides(self):
        """{assigned: row}."""
        found = {}
        for rows in self.desk.trail_rows.rows.values():
            before, groups = None, {}
            for row in rows:
                if row["metric"] is not None or row["event"] not in ("opened", "changed"):
                    continue
                override, assigned = row["override"], row["assigned"]
                if assigned is not None:
                    one = groups.setdefault(assigned, {"overridden": False, "raised": False, "lowered": False,
                                                       "cleared": False})
                    one["overridden"] |= override is not None
                    one["raised"] |= override is not None and override < assigned
                    one["lowered"] |= override is not None and override > assigned
                    one["cleared"] |= override is None and before is not None
                before = override
            for assigned, one in groups.items():
                total = found.setdefault(assigned, {"tickets": 0, **dict.fromkeys(one, 0)})
                total["tickets"] += 1
                for name, value in one.items():
                    total[name] += value
        return found
