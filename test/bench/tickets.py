"""Time what tracking of tickets costs and print ratios; run by measure.sh.

Each ratio has both sides in one session, in turn.  Times are the server
process's use of a processor, but for parallel workers, whose point is the
clock on the wall.  See tickets.sql for what is measured, and against what.
"""

import argparse
import os
import statistics
import sys

from measure import Report, psql

SETTINGS = """
SET search_path = public, pg_temp;
SET timezone = 'UTC';
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
"""
DEFAULT_WORKERS = "RESET max_parallel_workers_per_gather;\n"
PARTS = 40                          # of the rows that are inserted, desk by desk
NEW, SINGLE = 5000, 500             # tickets in a part, of those that come in later

# The desks that tickets are inserted into: the trail, or none for a trigger
# that does nothing.
DESKS = {"plain": "NULL", "changes": "'changes'", "all": "'all'"}

# All rows of a query are computed, and one is returned.
ALL_OF = "SELECT count(s) FROM ({} OFFSET 0) AS s"
COMPLIANCE = ALL_OF.format("SELECT * FROM bench.desk_sla_compliance")
SUMS = """SELECT plan, priority, metric, opened_month, (tally).*,
    (tally).met / NULLIF((tally).met + (tally).missed + (tally).overdue, 0)::float8 AS share_met
FROM ({}) AS t"""
TALLIES = """SELECT plan, priority, '{metric}'::text AS metric, opened_month,
    public.sla_tally({metric}_status, {metric}_elapsed) AS tally
FROM bench.stored_desk GROUP BY plan, priority, opened_month"""
STATUSES = ("met", "missed", "on_track", "at_risk", "paused", "overdue", "no_target", "unknown", "cancelled")
REPORTS = {
    "view": COMPLIANCE,
    "columns": ALL_OF.format(SUMS.format(" UNION ALL ".join(
        TALLIES.format(metric=metric).replace("'response'", "'first_response'")
        for metric in ("response", "resolution")))),
    "narrow": ALL_OF.format(SUMS.format(
        "SELECT plan, priority, metric, opened_month, public.sla_tally(status, elapsed) AS tally "
        "FROM bench.stored GROUP BY plan, priority, metric, opened_month")),
    "filters": ALL_OF.format(
        "SELECT plan, priority, metric, opened_month, count(*), "
        + ", ".join(f"count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
        + ", percentile_cont('{0.5,0.9,0.95}'::float8[]) WITHIN GROUP (ORDER BY elapsed) "
        "FILTER (WHERE status IN ('met', 'missed')), max(elapsed) FILTER (WHERE status IN ('met', 'missed')) "
        "FROM bench.stored GROUP BY plan, priority, metric, opened_month"),
}
MODELS = {name: f"SELECT (SELECT count(r) FROM bench.{name} AS r)" for name in ("view_report", "week_report")}

# Tickets whose zone's offset is not the same at both ends are not for the model.
DIFFERENCES = """
SELECT count(*), count(*) FILTER (WHERE abs(extract(epoch FROM s.elapsed) - m.minutes * 60) > 0.001)
FROM bench.week_model AS m
JOIN bench.some_desk_sla AS s ON s.id = m.number AND s.metric = m.metric
WHERE s.elapsed IS NOT NULL
    AND (m.opened_at AT TIME ZONE m.time_zone) - (m.opened_at AT TIME ZONE 'UTC')
    = (COALESCE(m.stop, now()) AT TIME ZONE m.time_zone) - (COALESCE(m.stop, now()) AT TIME ZONE 'UTC')
"""

# A target changes to and fro; the same rows are moved by sla_refresh and, in the
# other table, by an update of just these rows that says what they become.
CHANGE = """
UPDATE public.sla_target_rule SET target = interval '17 hours' - target
WHERE plan = 'standard' AND priority = 'P3' AND metric = 'first_response';
"""
MOVING = """
CREATE UNLOGGED TABLE bench.moving AS
SELECT number FROM bench.busy_desk AS b JOIN bench.manual_desk AS m USING (number)
WHERE b.due_at <> m.due_at;
VACUUM ANALYZE bench.moving;
"""
REFRESH = """
SELECT bench.processor_time() AS before \\gset
CALL public.sla_refresh('bench.busy_desk') \\gset
SELECT 'refresh', bench.processor_time() - :before, :moved;
"""
UPDATE = """
SELECT 'update', bench.command_by_processor_time(
    'UPDATE bench.manual_desk SET due_at = due_at + interval ''1 hour'', at_risk_at = at_risk_at + interval ''1 hour'',
        response_target = response_target + interval ''1 hour''
    WHERE number = ANY (ARRAY(SELECT number FROM bench.moving))'), count(*) FROM bench.moving;
SELECT 'scan', bench.cost_by_processor_time('SELECT count(sla_state) FROM bench.manual_desk'), 0;
"""


def run(script):
    return psql(script, settings=SETTINGS)


def make_desks():
    run("".join(f"CALL bench.make_desk('{desk}', {trail});\n" for desk, trail in DESKS.items()))


def drop_desks():
    run("".join(f"DROP TABLE IF EXISTS bench.{desk}, bench.{desk}_priority_log, "
                f"bench.{desk}_sla_excuse, bench.{desk}_sla_alarm CASCADE;\n" for desk in DESKS))


def times_in_turn(query, part, first=1):
    """Times of a query, in which {desk}, {low} and {high} are replaced: desk by desk, part by part."""
    desks = list(DESKS)
    lines = run("".join(
        f"SELECT '{desk}', {query.format(desk=desk, low=first + n * part, high=first + (n + 1) * part - 1)};\n"
        for n in range(PARTS) for desk in desks[n % len(desks):] + desks[:n % len(desks)]))
    return {desk: [int(time) for name, time in lines if name == desk] for desk in desks}


def insertion(source):
    return ("bench.command_by_processor_time(bench.insertion('{desk}', '" + source
            + "', 'number BETWEEN {low} AND {high}'))")


def costs(queries, rounds, clock="processor", settings=""):
    """The times of each query, round by round; one round more warms up."""
    lines = run(settings + "".join(f"SELECT '{name}', bench.cost_by_{clock}_time($query${query}$query$);\n"
                                   for _ in range(rounds + 1) for name, query in queries.items()))
    return {name: [int(time) for key, time in lines if key == name][1:] for name in queries}


def median_ratio(times, others):
    return statistics.median(a / b for a, b in zip(times, others))


def refreshes(rounds):
    """Times of sla_refresh, of an update of the rows that move, and of a scan; and their number."""
    lines = run(CHANGE + REFRESH + MOVING + (CHANGE + REFRESH + UPDATE) * rounds)
    times = {name: [int(time) for key, time, _ in lines if key == name] for name in ("refresh", "update", "scan")}
    numbers = {int(number) for key, _, number in lines if key != "scan"}
    if len(numbers) != 1:
        sys.exit("sla_refresh did not move the rows that move")
    return times["refresh"][1:], times["update"], times["scan"], numbers.pop()


def set_up(rows):
    here = os.path.dirname(os.path.abspath(__file__))
    module = os.path.join(here, "noop")
    for name, size in (("tables.sql", 50000), ("tickets.sql", rows)):
        if name == "tickets.sql" or psql("SELECT to_regnamespace('bench') IS NULL", settings="")[0][0] == "t":
            with open(os.path.join(here, name), encoding="utf-8") as file:
                psql(f"\\set module '{module}'\n\\set rows {size}\n\\set newcomers {(NEW + SINGLE) * PARTS}\n"
                     + file.read(), settings="")


def report_insertions(report, rows):
    """A table is filled; more come in; and once more a table is filled, with nothing but open ones."""
    def rows_of(what, times, limit=1.9):
        for desk in ("all", "changes"):
            report.row(f"{what}, trail {DESKS[desk]}", median_ratio(times[desk], times["plain"]), limit)

    print("\nInsert with tracking, against a trigger that does nothing")
    report.heading()
    make_desks()
    rows_of(f"{rows} tickets of two years", times_in_turn(insertion("history"), rows // PARTS))
    rows_of(f"new ones on top, {NEW} a statement", times_in_turn(insertion("newcomer"), NEW, rows + 1))
    rows_of("new ones on top, one a statement",
            times_in_turn("bench.one_by_one_{desk}({low}, {high})", SINGLE, rows + NEW * PARTS + 1))
    drop_desks()
    make_desks()
    rows_of(f"  {rows} open ones, into an empty table", times_in_turn(insertion("arrival"), rows // PARTS), None)
    drop_desks()


def report_compliance(report, rounds):
    print("\nCompliance of all tickets, against sums over what is stored")
    report.heading()
    times = costs(REPORTS, rounds)
    report.row("columns of the tickets, sla_tally", median_ratio(times["view"], times["columns"]), 1.5)
    report.row("rows with nothing else, sla_tally", median_ratio(times["view"], times["narrow"]))
    report.row("rows with nothing else, FILTER and percentile_cont", median_ratio(times["view"], times["filters"]))


def report_workers(report, rounds):
    print("\nTwo parallel workers, by the clock on the wall; all settings are the server's own")
    report.heading()
    with_them = costs({"": COMPLIANCE}, rounds, "wall", DEFAULT_WORKERS)[""]
    without = costs({"": COMPLIANCE}, rounds, "wall")[""]
    report.row("compliance, times faster than with none: best rounds", min(without) / min(with_them), 1.6, at_least=True)
    report.row("  medians", statistics.median(without) / statistics.median(with_them))
    leader = costs({"": COMPLIANCE}, rounds, settings=DEFAULT_WORKERS)[""]
    alone = costs({"": COMPLIANCE}, rounds)[""]
    report.row("  by the first process's use of a processor: best rounds", min(alone) / min(leader))


def report_refresh(report, rounds):
    refresh, update, scan, moved = refreshes(rounds)
    print(f"\nsla_refresh when one target changed; it moves {moved} tickets")
    report.heading()
    allowed = [1.3 * a + b for a, b in zip(update, scan)]
    report.row("against 1.3 times an update of these, plus a scan", median_ratio(refresh, allowed), 1)
    report.row("  against an update and a scan", median_ratio(refresh, [a + b for a, b in zip(update, scan)]))
    report.row("  a scan, as a share of it", median_ratio(scan, refresh))


def report_model(report, rounds):
    number = psql("SELECT count(*) FROM bench.some_desk")[0][0]
    print(f"\nTimes faster than a model week by week in SQL, both on the same {number} tickets")
    report.heading()
    figures = [run(f"SELECT * FROM bench.{name}")[0] for name in MODELS]
    if figures[0] != figures[1]:
        sys.exit(f"the model and the views have different rows: {figures}")
    times = costs(MODELS, rounds)
    report.row("compliance with percentiles, and the backlog",
               median_ratio(times["week_report"], times["view_report"]), 20, at_least=True)
    compared, different = run(DIFFERENCES)[0]
    print(f"  minutes of {compared} clocks compared where the offset does not change, {different} differ")
    report.over += different != "0" or compared == "0"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--wall", action="store_true", help="not used here")
    options = parser.parse_args()
    if options.rounds < 3 or options.rows < 50000:
        sys.exit("at least 3 rounds and 50000 rows")

    set_up(options.rows)
    version = psql("SHOW server_version")[0][0]
    print(f"PostgreSQL {version}; {options.rows} tickets in tracked tables; medians of {options.rounds} rounds, "
          f"or of {PARTS} parts")
    report = Report()
    report_insertions(report, options.rows)
    report_compliance(report, options.rounds)
    report_workers(report, options.rounds)
    report_refresh(report, options.rounds)
    report_model(report, options.rounds)
    print(f"\n{report.over} over the limit" if report.over else "\nall within the limits")
    return 1 if report.over else 0


if __name__ == "__main__":
    sys.exit(main())
