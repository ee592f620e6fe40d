"""The rules of tracking, over plain values.

reconcile() goes from the ticket as it is, its events and its stored clocks to
the clocks as they should be.  The names R1 to R13 are those of the rules in
the manual of tracking.
"""

import copy

from clock import INFINITY, merged
from policy import DAY, Bad, BusinessDays, days_from, with_pauses

TERMS = ("plan", "calendar", "time_zone", "holidays", "urgency", "impact", "override")


LATE = "stopped more than a day before its start"


class Run:
    """A row of the clock table."""

    def __init__(self, number, start, key=None):
        self.run = number
        self.started_at, self.started_by = start, key
        self.opened_at = None
        self.terms = dict.fromkeys(TERMS + ("priority",))
        self.stopped_at = self.stopped_by = None
        self.stop_counts = True
        self.closed_at = None
        self.closing_counts = True
        self.closed_periods = []
        self.cancelled_at = self.cancel_reason = self.cancelled_by = None
        self.gone_at = None
        self.paused = []
        self.goal = None                # the target, as the policy has it,
        self.target = None              # and as open time from the start
        self.due_at = self.at_risk_at = self.remaining = self.elapsed = None
        self.problem = None
        self.carried = None
        # What the row says only by what it lacks.
        self.over = False
        self.unknown_closing = False
        self.kept, self.kept_stop = False, None
        self.by_closing = False
        self.new = True

    def copy(self):
        other = copy.copy(self)
        other.terms = dict(self.terms)
        return other

    def last_instant(self):
        known = [self.started_at, self.stopped_at, self.closed_at]
        known += [bound for period in self.paused + self.closed_periods for bound in period]
        return max(at for at in known if at is not None and abs(at) != INFINITY)

    @property
    def target_days(self):
        return self.goal.days if isinstance(self.goal, BusinessDays) else None

    @property
    def until_close(self):
        return isinstance(self.goal, BusinessDays) and self.goal.until_close

    def has_same_target(self, other):
        return self.goal == other.goal and self.target == other.target

    def forget_verdict(self):
        self.goal = self.target = self.due_at = self.at_risk_at = self.remaining = None

    def keep_verdict(self, old):
        for name in ("goal", "target", "due_at", "at_risk_at", "remaining"):
            setattr(self, name, getattr(old, name))

    def is_past(self, now):
        return self.due_at is not None and now > self.due_at

    def is_closed_for_good(self):
        return self.kept and self.stopped_at is None and self.cancel_reason == "closed"

    def is_ended_for_good(self):
        """By a closing that cancelled it, or before it was seen; nothing else
        of it matters."""
        return self.over or self.kept and self.stopped_at is None and self.cancelled_at is not None

    def is_refreshed(self, now):
        """So that its ticket is."""
        return self.gone_at is None and (bool(self.problem) or (
            self.stopped_at is None and self.cancelled_at is None and not self.is_past(now)))

    def status(self, now):
        if self.cancelled_at is not None:
            return "cancelled"
        if self.problem or self.terms["plan"] is None or self.terms["priority"] is None:
            return "unknown"
        if self.target is None:
            return "no_target"
        if self.stopped_at is not None:
            return "met" if self.stopped_at <= self.due_at else "missed"
        if self.due_at is None:
            return "paused"
        if now > self.due_at:
            return "overdue"
        if self.at_risk_at is not None and now >= self.at_risk_at:
            return "at_risk"
        return "on_track"


def clipped(periods, start, end):
    return merged([(max(a, start), min(b, end)) for a, b in periods if max(a, start) < min(b, end)])


def overlap(run, one, on_close):
    """Whether a run lay where another of by_events() lies."""
    ends = one[2:4] + [one[4] if one[5] and on_close != "run" else None]
    end = min(at for at in ends + [INFINITY] if at is not None)
    until = next(at for at in (run.stopped_at, run.cancelled_at, INFINITY) if at is not None)
    return max(run.started_at, one[0]) < min(until, end) or one[0] <= run.started_at == until < end


class Step:
    """One clock of one ticket, at one instant."""

    def __init__(self, config, policy, inputs, events, mode, now, strict):
        self.config, self.policy, self.inputs, self.events = config, policy, inputs, events
        self.mode, self.now, self.strict = mode, now, strict

    # Which runs there are ---------------------------------------------------

    def runs(self, stored, last_number, after):
        """stored: runs of the present life.  after: instant from which events
        may start a run, None for never; False where that does not matter."""
        self.old = {run.run: run for run in stored}
        self.back = set()               # runs without a start, of which it is back
        while True:
            runs = [run.copy() for run in stored]
            for run in runs:
                run.new = False
            self.number = last_number
            self.stops = {}             # run -> instant of its real stop
            self.closings = {}          # run -> instant of the closing that ended it
            self.ended = {}             # run -> instant at which an event cancelled it
            self.no_start = set()
            self.ignored = set()        # runs that the present closing does not concern
            if self.config.get("event_starts"):
                runs = self.by_events(runs, after)
            else:
                runs = self.by_ticket(runs)
            back = {run.run for run in stored if run.cancel_reason == "no such start"} - self.no_start - self.back
            if not back:
                break
            self.back |= back
        for run in runs:
            self.finish(run, run is runs[-1])
        return runs

    def add(self, start, key=None):
        self.number += 1
        return Run(self.number, start, key)

    def closed_now(self):
        return bool(self.inputs["closed"]) or self.inputs["closed_at"] is not None

    def by_ticket(self, runs):
        start = self.inputs["starts_at"]
        if not runs:
            if start is None:
                return []
            runs = [self.add(start)]
        elif start is None:
            self.no_start.add(runs[0].run)
        else:
            runs[0].started_at = start
        at = self.reopened_at(runs[-1])
        if not self.is_missing(runs[-1]) and self.reopened(runs[-1]):
            runs.append(self.add(at))
            # A stop that is told already was there before this run.
            runs[-1].stop_counts = not self.inputs["stops"]
            runs[-1].new = False
        for run, later in zip(runs, runs[1:] + [None]):
            if later is not None:
                self.ignored.add(run.run)
            self.stops_of(run, later, run is runs[0])
        return runs

    def is_missing(self, run):
        """What started it is no more, as before; nothing that happens meanwhile concerns it."""
        return run.cancel_reason == "no such start" and run.run not in self.back

    # Closing and reopening ---------------------------------------------------

    def reopened_at(self, run):
        return max(self.now, run.last_instant())

    def reopened(self, run):
        """The ticket was closed when last seen and is open now.  True: a new
        run begins (R7)."""
        if run.new or run.kept or run.closed_at is None or self.closed_now():
            return False
        on_close, on_reopen = self.config["on_close"], self.config["on_reopen"]
        was_ended = run.by_closing and (not run.over or on_reopen == "new run")
        if was_ended and on_reopen != "continue":
            run.kept_stop = run.closed_at if run.stopped_at is None else run.stopped_at
            run.kept, run.closed_at = True, None
            return on_reopen == "new run"
        if was_ended and not run.over:
            at = run.stopped_at if run.stopped_at is not None else run.closed_at
            run.closed_periods = merged(run.closed_periods + [(at, self.reopened_at(run))]) \
                if at < self.reopened_at(run) else run.closed_periods
            run.stopped_at = run.stopped_by = None
        if run.cancel_reason == "closed":
            run.cancel_reason = run.cancelled_at = None
        run.closed_at, run.closing_counts, run.unknown_closing = None, True, False
        return False

    def closing(self, run):
        """Instant at which the present or kept closing ends a run, or None."""
        if run.run in self.ignored:
            return run.kept_stop
        if run.kept:
            run.closing_counts = not self.closed_now()
            if not self.closed_now():
                run.closed_at = None
            elif self.inputs["closed_at"] is not None:
                run.closed_at = self.inputs["closed_at"]
            elif run.closed_at is None:
                run.closed_at = max(self.now, run.last_instant())
            return run.kept_stop
        if not self.closed_now():
            return None
        if run.closed_at is None:       # seen for the first time
            run.closing_counts = not self.is_cancelled(run)
            if self.inputs["closed_at"] is None:
                run.closed_at = max(self.now, run.last_instant())
                if run.new:
                    run.unknown_closing = True
        if self.inputs["closed_at"] is not None:
            run.closed_at = self.inputs["closed_at"]
        return run.closed_at

    def is_cancelled(self, run):
        """So that a closing seen now does not count."""
        return bool(run.cancelled_by or run.over and not run.new or self.inputs["cancelled"])

    # Stops ---------------------------------------------------------------------

    def stops_of(self, run, later, first):
        """The real stop of a run that the ticket started."""
        until = later.started_at if later else INFINITY
        since = -INFINITY if first else run.started_at
        stop = None
        old = self.old.get(run.run)
        if later is not None and old is not None and later.run in self.old:
            # What an earlier run was stays; but a stop before the closing may be told late.
            stop = old.stopped_at if old.stopped_by == "stop" else None
            told = [event["at"] for event in self.events if event["stops"] and event["at"] >= since] \
                if self.config.get("event_stops") else [self.inputs["stops_at"]]
            if run.kept and stop is None and told and told[0] is not None \
                    and (since if not first else run.started_at - DAY) <= told[0] \
                    and (told[0] < until if run.over else self.is_before(run, told[0], run.kept_stop)):
                stop = told[0]
            if old.cancel_reason == "cancelled by an event":
                self.ended[run.run] = old.cancelled_at
            self.stops[run.run] = stop
            run.first = first
            return
        if self.config.get("event_stops"):
            for event in self.events:
                if not since <= event["at"] < until:
                    continue
                if event["cancels"] and event["at"] >= run.started_at:
                    self.ended[run.run] = event["at"]
                    break
                if event["stops"]:
                    stop = event["at"]
                    break
        elif self.inputs["stops_at"] is not None:
            if since <= self.inputs["stops_at"] < until:
                stop = self.inputs["stops_at"]
        elif self.inputs["stops"] is not None:
            old = self.old.get(run.run)
            if later is not None:
                stop = old.stopped_at if old and old.stopped_by == "stop" else None
            elif not self.inputs["stops"]:
                run.stop_counts = True
            elif run.stop_counts:
                if run.new:
                    run.over = True
                elif run.stopped_by == "stop":
                    stop = run.stopped_at
                elif not run.over:
                    stop = max(self.now, run.last_instant(), self.inputs["closed_at"] or -INFINITY)
        if self.config.get("event_cancels") and not self.config.get("event_stops"):
            for event in self.events:
                if event["cancels"] and run.started_at <= event["at"] < until:
                    if stop is None or event["at"] <= stop:
                        self.ended[run.run] = event["at"]
                    break
        self.stops[run.run] = stop
        run.first = first

    # Runs that events start ------------------------------------------------------

    def by_events(self, stored, after):
        """R12: the runs that events, closings and reopenings make, matched
        with those that are stored."""
        by_key = {run.started_by: run for run in stored if run.started_by is not None}
        latest = max((run.started_at for run in stored if not self.is_missing(run)), default=-INFINITY)
        acts = [(event["at"], 1, place, event, None) for place, event in enumerate(self.events)]
        for run in stored:
            if run.closed_at is not None and not self.closed_now() and not run.kept and not self.is_missing(run):
                if run.by_closing and run.started_at >= latest and self.config["on_reopen"] == "new run":
                    stored = stored + [self.add(self.reopened_at(run))]
                    run.kept, run.kept_stop = True, run.closed_at
                elif not run.by_closing or run.started_at >= latest and self.config["on_reopen"] == "continue":
                    self.reopened(run)
                else:
                    run.kept, run.kept_stop = True, run.closed_at
            if run.kept:
                acts.append((run.kept_stop, 0, 0, None, run))
        for run in stored:
            if run.started_by is None:
                acts.append((run.started_at, 2, 0, None, run))
        if self.closed_now() and self.inputs["closed_at"] is not None:
            acts.append((self.inputs["closed_at"], 0, 1, None, None))
        acts.sort(key=lambda act: act[:3])

        # A closing that is corrected, so that it ends an earlier run, was seen before by runs that had begun.
        known_closing = max((run.closed_at for run in stored if run.closed_at is not None and run.closing_counts),
                            default=-INFINITY)
        # Nor does one count, corrected, that was no stop when such runs saw it (R6).
        self.uncounted = max((run.closed_at for run in stored if run.closed_at is not None and not run.closing_counts
                              and not run.kept), default=-INFINITY) if known_closing == -INFINITY else -INFINITY
        made = self.sequence(acts, by_key, known_closing, after, {})
        renamed = []
        while True:                     # another event may be the start of a run (R12)
            keys = [one[1] for one in made]
            found = [(one[1], run) for one in made for run in stored
                     if not isinstance(one[1], Run) and one[1] not in by_key and run not in renamed
                     and run.started_by is not None and run.started_by not in keys and overlap(run, one, self.config["on_close"])]
            if not found:
                break
            by_key[found[0][0]] = found[0][1]
            renamed.append(found[0][1])
            made = self.sequence(acts, by_key, known_closing, after, {})
        last_stop = {}                  # only the last run follows the ticket's stop
        while made and not self.config.get("event_stops"):
            run = made[-1][1] if isinstance(made[-1][1], Run) else by_key.get(made[-1][1])
            if run is None or run.run in last_stop or run.over or run.new:
                break
            stop = self.told_stop(run)
            if stop is not None and self.inputs["stops_at"] is None and stop < made[-1][0]:
                # The run begins after it now; that the ticket is still stopped is seen anew.
                stop = max(self.now, made[-1][0], run.last_instant(), self.inputs["closed_at"] or -INFINITY)
            last_stop[run.run] = stop
            made = self.sequence(acts, by_key, known_closing, after, last_stop)
        return self.matched(stored, by_key, made)

    def told_stop(self, run):
        """What the ticket says now of a run's stop."""
        if self.inputs["stops_at"] is not None:
            return self.inputs["stops_at"]
        if not self.inputs["stops"]:
            run.stop_counts = True
            return None
        if not run.stop_counts:
            return None
        return run.stopped_at if run.stopped_by == "stop" else \
            max(self.now, run.last_instant(), self.inputs["closed_at"] or -INFINITY)

    def sequence(self, acts, by_key, known_closing, after, last_stop):
        """[start, run or key, stop, cancelled, closing, it counts, it is over] of each run, in the order of time."""
        made = []
        running = stop = None
        for at, kind, _, event, run in acts:
            known = running and (running[1] if isinstance(running[1], Run) else by_key.get(running[1]))
            if running and stop is not None and running[0] <= stop <= at and (kind or stop < at):
                running[2], running = stop, None
            if running and known and known.over and max(known.cancelled_at, running[0]) < at:
                running = None          # it blocks what came until it was seen
            if kind == 0:
                if not running or running[0] >= at or run is None and known and known.kept:
                    continue            # or what an earlier closing did stays
                counts = True if run is not None else known.closing_counts \
                    if known and known.closed_at is not None \
                    else known and known_closing > known.started_at \
                    and known.cancel_reason == "cancelled by an event" \
                    or not (self.inputs["cancelled"] or known and (
                        known.cancelled_by or known.cancel_reason == "cancelled by an event"
                        and self.uncounted > known.started_at))
                running[4:] = at, counts, run is not None
                if counts and self.config["on_close"] != "run":
                    running = None
                continue
            if running and event:
                if event["cancels"]:
                    running[3], running = at, None
                elif event["stops"] and not any(a == at for a, _ in (known.closed_periods if known else ())):
                    running[2], running = at, None
            if not running and (event is None or event["starts"] and after is not None
                                and (after is False or at >= after)):
                running = [at, run if event is None else event["key"], None, None, None, True, False]
                made.append(running)
                stop = None
                if not self.config.get("event_stops"):
                    known = run if event is None else by_key.get(event["key"])
                    stop = self.inputs["stops_at"] if known is None or known.new else last_stop[known.run] \
                        if known.run in last_stop else known.stopped_at if known.stopped_by == "stop" else None
        if running and stop is not None and running[0] <= stop:
            running[2] = stop
        return made

    def matched(self, stored, by_key, made):
        free = list(stored)
        places = []
        for one in made:
            run = one[1] if isinstance(one[1], Run) else by_key.get(one[1])
            run = run if run in free else None
            if run is not None:
                free.remove(run)
            places.append(run)
        for place, one in enumerate(made):
            for run in free if places[place] is None else ():
                if overlap(run, one, self.config["on_close"]):
                    places[place] = run
                    free.remove(run)
                    break
        for run, one in zip(places, made):
            if run is None:
                run = self.add(one[0])
                stored = stored + [run]
            if not run.new and run.started_by != one[1] and one is made[-1] and one[2] is None \
                    and run.stopped_by == "stop" and run.stop_counts and self.inputs["stops"] \
                    and self.inputs["stops_at"] is None and not self.config.get("event_stops"):
                one[2] = run.stopped_at         # another event starts it; its stop is what it was
            run.started_at = one[0]
            run.started_by = None if isinstance(one[1], Run) else one[1]
            self.stops[run.run] = one[2]
            self.closings[run.run] = one[4:6]
            if one[6] and self.config["on_close"] != "run":
                run.kept, run.kept_stop = True, one[4]
            if one[3] is not None:
                self.ended[run.run] = one[3]
            run.first = False
            if run.new and not self.old and not self.config.get("event_stops") and self.inputs["stops"] \
                    and self.inputs["stops_at"] is None:
                run.over = one is made[-1] and all(end is None for end in one[2:5])
            elif run.new and self.inputs["stops"] and self.inputs["stops_at"] is None:
                run.stop_counts = False     # that was before this run
            elif not self.inputs["stops"]:
                run.stop_counts = True
        for run in free:
            self.no_start.add(run.run)
        return stored

    # What a run is -------------------------------------------------------------

    def pauses(self, run, old, end):
        if self.config.get("event_pauses"):
            periods, since = [], None
            for event in self.events:
                if event["paused"] and since is None:
                    since = event["at"]
                elif not event["paused"] and since is not None:
                    periods.append((since, event["at"]))
                    since = None
            if since is not None:
                periods.append((since, INFINITY))
        elif self.inputs["paused"] is not None:
            periods = self.inputs["paused"]
        elif self.inputs["is_paused"] is not None:
            periods = list(run.paused)
            now = max(self.now, (run if old is None else old).last_instant())
            wanted = self.inputs["is_paused"]
            if old is not None and old.stopped_at is not None and wanted \
                    and (end is None or end > old.stopped_at) \
                    and periods and periods[-1][1] == old.stopped_at:
                periods[-1] = (periods[-1][0], INFINITY)
            is_open = bool(periods) and periods[-1][1] == INFINITY
            if wanted and not is_open:
                periods.append((now, INFINITY))
            elif not wanted and is_open:
                periods[-1] = (periods[-1][0], now)
        else:
            periods = []
        return clipped([p for p in periods + run.closed_periods if p[0] < p[1]], run.started_at,
                       INFINITY if end is None else end)

    def finish(self, run, last):
        old = None if run.new else self.old.get(run.run)
        run.opened_at = self.inputs["opened_at"]
        if run.run in self.no_start:    # what started it is no more
            if not self.config.get("event_starts"):
                if run.closed_at is not None and not run.kept:
                    run.by_closing = run.unknown_closing and run.over and self.config["on_close"] != "run" or run.closing_counts and (
                        run.stopped_by == "close" or self.config["on_close"] == "cancel" and run.stopped_at is None)
            self.cancel(run, old, None)
            if run.stopped_at is None:
                run.elapsed = None
            if run.cancel_reason != "no such start" and not run.kept and (last or not run.over):
                self.judge(run, old, False)
            return
        stop = self.stops[run.run]
        if self.config.get("event_starts"):
            closing, run.closing_counts = self.closings[run.run]
            run.closed_at = None if run.kept else closing
            if closing is None and run.cancel_reason == "closed" and not run.kept:
                run.cancelled_at = run.cancel_reason = None     # it did not concern the run
            told = self.inputs["closed_at"]
            if closing is None and not run.kept and old is not None and old.closed_at is not None \
                    and told is not None and told > run.started_at:
                run.closed_at, run.closing_counts = told, old.closing_counts    # it is known, though the run had ended
        else:
            closing = self.closing(run)
        if run.unknown_closing:
            closing = None
            if self.config["on_close"] != "run" and stop is None:
                run.over = True
            run.closing_counts = stop is None
        if stop is not None and not (run.first and stop < run.started_at - DAY):
            if run.over:
                closing, run.kept, run.kept_stop, run.over = None, False, None, False
                if self.inputs["closed"] and self.config["on_close"] != "run" and not self.config.get("event_starts"):
                    run.unknown_closing, run.closing_counts = True, False   # without that stop it is over again
        on_close = self.config["on_close"]
        if not run.closing_counts and not run.kept or on_close == "run" or run.over:
            closing = None
        stays = run.run in self.ignored and old is not None and old.stopped_by == "stop"
        earliest = run.started_at - DAY if run.first and not stays else -INFINITY
        closing = None if stays else closing
        if closing is not None and self.inputs["stops"] and not self.config.get("event_stops") \
                and (old is None or old.closed_at is None and old.stopped_by != "stop"):
            run.stop_counts, stop = False, None     # R7: the stop of this instant is the closing
        if stop is not None and any(a == stop for a, _ in run.closed_periods):
            stop = None                 # R7: it counted as the closing
        late = stop is not None and stop < earliest \
            or closing is not None and closing < earliest
        if run.kept:
            late = stop is not None and stop < earliest and run.run not in self.ignored
        if stop is not None and stop < earliest:
            stop = None
        if closing is not None and closing < earliest and not run.kept and (on_close == "stop" or stop is not None):
            closing = None
        if closing is not None and stop is not None and (
                self.is_before(run, stop, closing) or self.is_remembered(run, old)):
            closing = None
        if closing is not None:
            stop = None
        run.stopped_at = run.stopped_by = None
        if run.run not in self.ended:
            if stop is not None:
                run.stopped_at, run.stopped_by = max(stop, run.started_at), "stop"
            elif closing is not None and on_close == "stop":
                run.stopped_at, run.stopped_by = max(closing, run.started_at), "close"
        end = run.stopped_at
        if not (run.kept and end is None):
            run.paused = self.pauses(run, old, end)
        if run.stopped_by == "stop" and run.kept and run.run not in self.ignored:
            run.kept = False            # a stop that is entered later takes its place
        if run.kept and run.stopped_by == "close":
            run.kept_stop = run.stopped_at
        run.by_closing = closing is not None or run.unknown_closing and run.over and on_close != "run"
        run.unknown_closing &= self.closed_now()
        self.cancel(run, old, closing if on_close == "cancel" else None)
        if old is None or not run.is_closed_for_good() and (last or not run.over):
            self.judge(run, old, late)
        elif end is None:
            run.elapsed = None

    def is_before(self, run, stop, closing):
        """Whether a stop came before the closing; one that stopped a run is known only as it counted."""
        return (max(stop, run.started_at) if run.kept and self.config["on_close"] == "stop" else stop) < closing

    def is_remembered(self, run, old):
        """A stop without an instant that was first when it and the closing were stored."""
        return bool(self.inputs["stops"]) and self.inputs["stops_at"] is None and not self.config.get("event_stops") \
            and old is not None and old.stopped_by == "stop" and old.closed_at == run.closed_at

    def cancel(self, run, old, closed):
        """D12: which reason counts, and since when."""
        if run.cancelled_by:
            return
        natural = max(self.now, run.last_instant())
        if run.over:
            reason = "already over"
        elif run.run in self.no_start and run.kept and run.stopped_at is None \
                and self.config["on_close"] == "cancel":
            reason, natural = "closed", run.kept_stop   # R7: what a closing ended stays so
        elif run.run in self.no_start:
            reason = "no such start"
        elif run.run in self.ended:
            reason, natural = "cancelled by an event", self.ended[run.run]
        elif closed is not None and (run.kept or not self.inputs["cancelled"]):
            reason, natural = "closed", closed
        elif self.inputs["cancelled"]:
            reason = "cancelled"
        else:
            run.cancel_reason = run.cancelled_at = None
            return
        if run.cancelled_at is None or reason in ("closed", "cancelled by an event"):
            run.cancelled_at = natural
        run.cancel_reason = reason

    # The verdict -----------------------------------------------------------------

    def verdict(self, start, stop, paused, goal, find):
        """(due, at risk, remaining, target as open time, elapsed) by a target."""
        _, share, line = find
        target = goal
        due = risk = remaining = elapsed = None
        try:
            clock = None if target is None and stop is None else line()
        except Bad:
            if target is not None:
                raise
            clock = None                # without a target only the elapsed time is lost
        if clock is None:
            return due, risk, remaining, target, elapsed
        if target is not None:
            ended = [p for p in paused if p[1] != INFINITY]
            line = with_pauses(clock, ended)
            if isinstance(goal, BusinessDays):
                end = days_from(clock, start, goal)
                target, due = clock.between(start, end), clock.later_by_pauses(start, end, ended)
            else:
                due = line.add(start, target)
            risk = line.add(start, round(target * (share or 0.75)))
            if len(ended) < len(paused) and paused[-1][0] < due:
                remaining = target - line.between(start, paused[-1][0])
                risk = risk if risk <= paused[-1][0] else None
                due = None
        if stop is not None:
            elapsed = with_pauses(clock, paused).between(start, stop)
        return due, risk, remaining, target, elapsed

    def judge(self, run, old, late):
        """R1 to R5, R9, R10."""
        self.late = late
        try:
            self.compute(run, old)
        except Bad as bad:
            if self.strict and not self.was_told(run, old, bad):
                raise
            if self.mode == "refresh" and old is not None and run.cancelled_at is None:
                run.keep_verdict(old)
                run.terms, run.elapsed, run.problem = old.terms, old.elapsed, old.problem
                return                  # what a refresh cannot tell stays as it is
            run.problem = str(bad)
            run.elapsed = None
            if old is None or run.stopped_at is None and not run.is_past(self.now):
                run.forget_verdict()
        if late:
            run.problem = LATE
            run.forget_verdict()
            if run.stopped_at is None:
                run.elapsed = None
            if old is not None and (run.stopped_at is not None or old.stopped_at is not None or old.is_past(self.now)
                                    or old.problem and old.target is not None):
                run.keep_verdict(old)
        if old is None or run.stopped_at is None:   # what it was while the clock ran
            run.carried = self.inputs["carried"]

    def was_told(self, run, old, bad):
        """What was told already is no error again, nor another where nothing has changed."""
        return old is not None and bool(old.problem) and (old.problem == str(bad) or self.mode == "seen" and (
            run.started_at, run.stopped_at, run.paused) == (
                old.started_at, old.stopped_at, old.paused) and not self.changed_terms(old))

    def wanted_terms(self):
        """What the ticket says now; priority is filled in by priority_of()."""
        return {name: self.inputs[name] for name in TERMS}

    def priority_of(self, terms):
        if self.config["has_priority"]:
            return self.inputs["priority"]
        return self.policy.priority(terms)

    def changed_terms(self, run):
        return any(run.terms[name] != self.inputs[name] for name in TERMS) or (
            self.config["has_priority"] and run.terms["priority"] != self.inputs["priority"])

    def compute(self, run, old):
        metric = self.config["metric"]
        if old is None:
            run.terms = self.wanted_terms()
            run.terms["priority"] = None
            run.terms["priority"] = self.priority_of(run.terms)
            find = self.policy.find(metric, run.terms, run.started_at)
            self.set_verdict(run, find)
            return
        if self.late:
            return                      # nothing is computed of it
        retry = bool(old.problem)
        mode = "seen" if self.mode == "refresh" and run.cancelled_at is not None else self.mode
        unknown = run.target is None and (run.terms["plan"] is None or run.terms["priority"] is None)
        anew = retry and run.target is None
        failed = None
        try:
            self.compute_facts(run, old, retry, anew)
        except Bad as bad:              # other terms may be known
            if self.strict and not self.was_told(run, old, bad):
                raise
            failed = bad
        if anew or mode == "rejudge" or run.stopped_at is None \
                and not run.kept and not run.is_past(self.now) and (
                mode == "refresh" or self.changed_terms(run)) or unknown and self.changed_terms(run):
            terms = self.wanted_terms()
            terms["priority"] = None if mode == "seen" and not anew and not unknown else "anew"
            if self.config["has_priority"] or terms["priority"] or any(
                    terms[name] != run.terms[name] for name in ("plan", "urgency", "impact", "override")):
                terms["priority"] = None
                terms["priority"] = self.priority_of(terms)
            else:                       # R2: the matrix is a term only with these
                terms["priority"] = run.terms["priority"]
            find = self.policy.find(metric, terms, run.started_at)
            self.set_verdict(run, find)
            run.terms, run.problem, failed = terms, None, None
        if failed is not None:
            raise failed

    def compute_facts(self, run, old, retry, anew):
        """By the terms that it has (R3)."""
        metric = self.config["metric"]
        facts = (run.started_at, run.stopped_at, run.paused)
        old_facts = (old.started_at, old.stopped_at, old.paused)
        if run.stopped_at is None and not retry and (
                run.target is None or self.same_until_due(run, old)):
            run.elapsed = None          # nothing is to be computed
        elif not retry and facts != old_facts and self.same_until_due(run, old):
            run.elapsed = self.elapsed(run, metric)     # the stop alone moves no deadline
        elif not anew and not retry and run.target is None:
            before, after = self.elapsed(run, metric, old), self.elapsed(run, metric)
            if before != after or (old.stopped_at is None) != (run.stopped_at is None):
                run.elapsed = after     # there is no verdict, which would need the policy
        elif not anew and (facts != old_facts or retry):
            find = self.policy.find(metric, run.terms, run.started_at)
            before = self.verdict(*old_facts, run.goal, find)
            after = self.verdict(*facts, run.goal, find)
            same_kind = (old.due_at is None, old.remaining is None) == (before[0] is None, before[2] is None)
            if retry or not same_kind or (before[0], *before[2:4]) != (after[0], *after[2:4]):
                run.due_at, run.at_risk_at, run.remaining, run.target = after[:4]
            elif before[1] != after[1]:
                run.at_risk_at = after[1]       # that alone has moved
            if retry or before[4] != after[4] or (old.stopped_at is None) != (run.stopped_at is None):
                run.elapsed = after[4]
            run.problem = None
            if run.stopped_at is None:
                run.elapsed = None

    def same_until_due(self, run, old):
        """What happens after the deadline needs no computing (R9)."""
        if run.started_at != old.started_at:
            return False
        if run.paused == old.paused and (run.due_at is not None or run.target is None):
            return True
        due = old.due_at
        return due is not None and clipped(run.paused, -INFINITY, due) == clipped(old.paused, -INFINITY, due)

    def elapsed(self, run, metric, facts=None):
        """By the terms of a run, and its facts or those of another."""
        facts = facts or run
        try:
            line = self.policy.find(metric, run.terms, facts.started_at)[2]()
        except Bad:
            return None
        if line is None or facts.stopped_at is None:
            return None
        return with_pauses(line, facts.paused).between(facts.started_at, facts.stopped_at)

    def set_verdict(self, run, find):
        """By the target that the policy has for it."""
        found = self.verdict(run.started_at, run.stopped_at, run.paused, find[0], find)
        run.goal = find[0]
        run.due_at, run.at_risk_at, run.remaining, run.target, run.elapsed = found


def gone(runs, now):
    """R11: the ticket is deleted."""
    for run in runs:
        if run.gone_at is not None:
            continue
        run.gone_at = now
        if run.stopped_at is None and not run.is_past(now) \
                and run.cancelled_at is None:
            run.cancel_reason, run.cancelled_at = "ticket gone", now


def appears(runs, opened_at, statement_at):
    """R11: the runs of the present life when a ticket of this id appears;
    runs are those of all its clocks."""
    latest = max((run.gone_at for run in runs if run.gone_at is not None), default=None)
    present = [run for run in runs if run.gone_at is None]
    if present or latest is None:
        return present
    again = [run for run in runs if run.gone_at == latest]
    if latest < statement_at and again[0].opened_at != opened_at:
        return []
    for run in again:
        run.gone_at = None
        if run.cancel_reason == "ticket gone":
            run.cancel_reason = None
    return again
