"""Time what tracking of tickets costs and print ratios; run by measure.sh.

Both sides of a ratio do the same work in turn: in one session, by the server
process's use of a processor; single statements by pgbench.  See tickets.sql
for what is written and read.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys

from measure import Report, psql

SETTINGS = """
SET search_path = public, pg_temp;
SET timezone = 'UTC';
SET client_min_messages = warning;
SET jit = off;
SET max_parallel_workers_per_gather = 0;
"""
PARTS = 40                          # of the rows that are inserted, desk by desk
SINGLES = 4000                      # statements of a run of pgbench
FLAT = 1.5                          # what is found by an index, in five times as many rows

# A single ticket, as it comes in; and what tracking does not read.
NEW_TICKET = """
\\set requester random(1, 1000)
\\set plan random(1, 4)
\\set level random(1, 3)
INSERT INTO bench.{desk} (number, subject, body, requester, assignee, team, plan, time_zone, urgency, impact, opened_at)
VALUES (nextval('bench.{desk}_number'), 'Cannot print report', 'It says that it cannot be printed.', :requester, 7, 'team 1',
    (ARRAY['community', 'trial', 'standard', 'premium'])[:plan], 'Europe/Warsaw',
    (ARRAY['low', 'medium', 'high']::public.ticket_urgency[])[:level],
    (ARRAY['low', 'medium', 'high']::public.ticket_impact[])[:level], now());
"""
UNRELATED = """
\\set number random(1, {rows})
UPDATE bench.{desk} SET subject = 'Cannot print report ' || :number WHERE number = :number;
"""
# A statement that pgbench repeats; after some, what the server uses counts.
TIMED = f"""
\\set done :done + 1
\\if :done = {SINGLES // 10}
    SELECT bench.processor_time() AS start \\gset
\\endif
{{}}
\\if :done = {SINGLES}
    INSERT INTO bench.used VALUES (bench.processor_time() - :start);
\\endif
"""
SEVERAL = "UPDATE bench.{desk} SET subject = subject || '.' WHERE number BETWEEN {low} AND {high}"

ALL_OF = "SELECT count(s) FROM ({}) AS s"       # all columns of it, without its rows
COMPLIANCE = ALL_OF.format("SELECT * FROM bench.{desk}_sla_compliance{where} OFFSET 0")
STORED = ALL_OF.format("""
    SELECT s.plan, s.priority, s.metric, s.month, (s.tally).*, s.last_start,
        (s.tally).met / NULLIF((s.tally).met + (s.tally).missed + (s.tally).overdue, 0)::float8 AS share_met
    FROM (
        SELECT plan, priority, metric, month, public.sla_tally(status, elapsed) AS tally, max(started_at) AS last_start
        FROM bench.stored GROUP BY plan, priority, metric, month OFFSET 0) AS s OFFSET 0""")
MONTH = "(SELECT month FROM bench.a_month)"
CALLED = ALL_OF.format(f"""SELECT * FROM public.sla_compliance('bench.{{desk}}',
    {MONTH}::timestamp AT TIME ZONE 'UTC', ({MONTH} + interval '1 month') AT TIME ZONE 'UTC') OFFSET 0""")
MISSES = ALL_OF.format(f"SELECT * FROM bench.{{desk}}_sla_misses WHERE month = {MONTH} OFFSET 0")
BACKLOG = ALL_OF.format("SELECT * FROM bench.{desk}_sla_backlog WHERE $1 >= 0 LIMIT 50")
SUMMARY = ALL_OF.format("SELECT * FROM bench.{desk}_sla_summary WHERE ticket = $1 OFFSET 0")

# A target changes to and fro.
CHANGE = """
UPDATE public.sla_target_rule SET target = interval '40 hours' - target
WHERE plan = 'standard' AND priority = 'P3' AND metric = 'resolution';
"""
REFRESH = """
SELECT bench.processor_time() AS before \\gset
CALL public.sla_refresh('bench.desk') \\gset
SELECT 'refresh', bench.processor_time() - :before, :moved;
"""
UPDATE = """
SELECT 'update', spent, written
FROM bench.cost_of_command($$UPDATE bench.manual_clock
    SET target = '40 hours' - target, due_at = due_at + interval '1 hour', at_risk_at = at_risk_at + interval '1 hour'
    WHERE plan = 'standard' AND priority = 'P3' AND metric = 'resolution' AND stopped_at IS NULL
        AND cancelled_at IS NULL AND gone_at IS NULL AND due_at >= now()$$);
"""


def run(script):
    return psql(script, settings=SETTINGS)


def run_file(name, rows):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, name), encoding="utf-8") as file:
        psql(f"\\set module '{os.path.join(here, 'noop')}'\n\\set rows {rows}\n" + file.read(), settings="")


def costs_in_turn(command, desks, part, parts=PARTS):
    """Times and WAL of a command, in which {desk}, {low} and {high} are replaced: desk by desk, part by part."""
    lines = run("".join(
        f"SELECT '{desk}', spent, wal FROM bench.cost_of_command("
        f"$${command.format(desk=desk, low=1 + n * part, high=(n + 1) * part)}$$);\n"
        for n in range(parts) for desk in desks[n % len(desks):] + desks[:n % len(desks)]))
    return {desk: [(int(time), int(wal)) for name, time, wal in lines if name == desk] for desk in desks}


def costs(queries, rounds, count=1, numbers=1):
    """The times of each query, round by round; one round more warms up.  A query with $1 is prepared."""
    lines = run("".join(
        f"SELECT '{name}', bench.cost_by_processor_time($query${query}$query$);\n" if count == 1 else
        f"SELECT '{name}', bench.cost_of_prepared($query${query}$query$, "
        f"ARRAY(SELECT 1 + n::bigint * 7919 % {numbers} FROM generate_series(1, {count}) AS n));\n"
        for _ in range(rounds + 1) for name, query in queries.items()))
    return {name: [int(time) for key, time in lines if key == name][1:] for name in queries}


def median_ratio(times, others):
    return statistics.median(a / b for a, b in zip(times, others))


def pgbench(script):
    """Statements a second by the clock on the wall, and the server's use of a processor for one."""
    done = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", "1", "-t", str(SINGLES), "-D", "done=0",
                           "-f", "/dev/stdin"], input=TIMED.format(script), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or "pgbench failed")
    return (float(re.search(r"tps = ([\d.]+)", done.stdout).group(1)),
            int(psql("DELETE FROM bench.used RETURNING spent", settings="")[0][0]))


def singles(script, rounds, rows):
    """Rates and costs of a tracked table as shares of those of one with a trigger that does nothing."""
    rates = {desk: [] for desk in ("desk", "idle_desk")}
    for _ in range(rounds + 1):
        for desk, measured in rates.items():
            measured.append(pgbench(script.format(desk=desk, rows=rows)))
    return [statistics.median(a[way] / b[way] for a, b in zip(rates["desk"][1:], rates["idle_desk"][1:]))
            for way in (0, 1)]


def report_insertions(report, rows):
    """A table is filled; the clocks that are written are the same."""
    print(f"\nInsert of {rows} tickets, {rows // PARTS} a statement; each with two clocks and a row of the trail")
    report.heading()
    found = costs_in_turn("INSERT INTO bench.{desk} SELECT * FROM bench.history WHERE number BETWEEN {low} AND {high}",
                          ["desk", "loop_desk", "once_desk", "idle_desk"], rows // PARTS)
    times = {desk: [time for time, _ in costs] for desk, costs in found.items()}
    for name, desk, limit in (("PL/pgSQL: a loop over the metrics", "loop_desk", 0.6),
                              ("  PL/pgSQL: one INSERT for the clocks", "once_desk", None),
                              ("  a trigger that does nothing", "idle_desk", None)):
        report.row(f"against {name}" if limit else name, median_ratio(times["desk"], times[desk]), limit)
    for name, desk in (("WAL, bytes a ticket: with tracking", "desk"), ("  PL/pgSQL: a loop", "loop_desk"),
                       ("  a trigger that does nothing", "idle_desk")):
        report.row(name, sum(wal for _, wal in found[desk]) / rows)
    different = psql("SELECT count(*) FROM bench.different_clock")[0][0]
    print(f"  clocks that tracking and PL/pgSQL write differently: {different}")
    report.over += different != "0"
    run("DROP TABLE bench.loop_desk, bench.loop_clock, bench.loop_trail, bench.once_desk, bench.once_clock, "
        "bench.once_trail CASCADE")


def report_singles(report, rounds, rows):
    print("\nPrepared statements of one row, by pgbench, against a trigger that does nothing")
    report.heading()
    run("VACUUM ANALYZE bench.desk, bench.idle_desk, bench.desk_sla_clock, bench.desk_sla_trail")
    rate, used = singles(NEW_TICKET, rounds, rows)
    report.row("insert: its rate as a share", rate, 0.4, at_least=True)
    report.row("  the server's use of a processor, times", used)
    rate, used = singles(UNRELATED, rounds, rows)
    report.row("update of an unrelated column: times slower", 1 / rate, 1.8)
    report.row("  the server's use of a processor, times", used)
    found = costs_in_turn(SEVERAL, ["desk", "idle_desk"], rows // PARTS, 10)
    report.row(f"  {rows // PARTS} rows a statement, by the server's use of a processor",
               median_ratio(*[[time for time, _ in found[desk]] for desk in ("desk", "idle_desk")]))


def report_backfill(report, rounds):
    """Of the tickets that came in where nothing was tracked."""
    run("DROP TRIGGER no_op ON bench.idle_desk; CALL bench.track_desk('idle_desk');"
        "CREATE TABLE bench.copied_clock (LIKE bench.idle_desk_sla_clock INCLUDING ALL) WITH (fillfactor = 90)")
    lines = run("""
SET check_function_bodies = off;
TRUNCATE bench.idle_desk_sla_clock, bench.copied_clock;
RESET check_function_bodies;
SELECT bench.processor_time() AS before \\gset
CALL public.sla_backfill('bench.idle_desk', 'all') \\gset
SELECT bench.processor_time() - :before AS used \\gset
SELECT :used, :written, spent FROM bench.cost_of_command('INSERT INTO bench.copied_clock SELECT * FROM bench.idle_desk_sla_clock');
""" * rounds)
    print(f"\nsla_backfill, {lines[0][1]} clocks")
    report.heading()
    report.row("against INSERT ... SELECT of the same clocks",
               median_ratio([int(line[0]) for line in lines], [int(line[2]) for line in lines]), 3)
    run("DROP TABLE bench.copied_clock")


def report_reading(report, rounds, rows):
    def of(query, desk="desk", where=""):
        return query.format(desk=desk, where=where)

    def row(name, query, limit, count=1):
        both = {desk: query.format(desk=desk, where=f" WHERE month = {MONTH}") for desk in ("big_desk", "desk")}
        times = costs(both, rounds, count, rows)
        report.row(name, median_ratio(times["big_desk"], times["desk"]), limit)

    print("\nCompliance of all tickets, against the same sums over columns of a clock table")
    report.heading()
    times = costs({"view": of(COMPLIANCE), "stored": STORED}, rounds)
    report.row("all months", median_ratio(times["view"], times["stored"]), 1.5)
    month = costs({"month": of(COMPLIANCE, where=f" WHERE month = {MONTH}")}, rounds)
    report.row("  one month of 24, as a share of them", median_ratio(month["month"], times["view"]))

    print(f"\nOf {5 * rows} tickets of ten years, against {rows} of two")
    report.heading()
    row("compliance of one month", COMPLIANCE, 2)
    row("  by sla_compliance()", CALLED, 2)
    row("misses of one month", MISSES, FLAT)
    row("backlog LIMIT 50, prepared", BACKLOG, FLAT, 200)
    row("summary of one ticket, prepared", SUMMARY, FLAT, 2000)


def report_refresh(report, rounds, rows):
    """Where a tenth of the tickets are new, one target changes, to and fro."""
    run(f"""INSERT INTO bench.desk (number, subject, body, requester, plan, time_zone, urgency, impact, opened_at)
        SELECT number + 200000000, subject, body, requester, plan, time_zone, urgency, impact, now() - interval '1 minute'
        FROM bench.history WHERE number <= {rows // 10};
        {CHANGE} CALL public.sla_refresh('bench.desk');
        CREATE TABLE bench.manual_clock (LIKE bench.desk_sla_clock INCLUDING ALL) WITH (fillfactor = 90);
        INSERT INTO bench.manual_clock SELECT * FROM bench.desk_sla_clock;
        VACUUM ANALYZE bench.desk_sla_clock, bench.manual_clock""")
    lines = run((CHANGE + REFRESH + UPDATE) * rounds)
    times = {name: [int(time) for key, time, _ in lines if key == name] for name in ("refresh", "update")}
    moved = {int(number) for _, _, number in lines}
    if len(moved) != 1:
        sys.exit(f"sla_refresh and the UPDATE moved different numbers of clocks: {sorted(moved)}")
    print(f"\nsla_refresh when one target changed; it moves {moved.pop()} of {2 * (rows + rows // 10)} clocks")
    report.heading()
    report.row("against an UPDATE of the clocks that move", median_ratio(times["refresh"], times["update"]), 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--wall", action="store_true", help="not used here")
    options = parser.parse_args()
    if options.rounds < 3 or options.rows < 50000:
        sys.exit("at least 3 rounds and 50000 rows")

    if psql("SELECT to_regnamespace('bench') IS NULL", settings="")[0][0] == "t":
        run_file("tables.sql", 50000)
    run_file("tickets.sql", options.rows)
    version = psql("SHOW server_version")[0][0]
    print(f"PostgreSQL {version}, fsync {psql('SHOW fsync')[0][0]}; {options.rows} tickets in tracked tables; "
          f"medians of {options.rounds} rounds, or of {PARTS} parts")
    report = Report()
    report_insertions(report, options.rows)
    report_singles(report, options.rounds, options.rows)
    report_backfill(report, min(options.rounds, 3))
    run_file("ticket_reports.sql", options.rows)
    report_reading(report, options.rounds, options.rows)
    report_refresh(report, options.rounds, options.rows)
    print(f"\n{report.over} over the limit" if report.over else "\nall within the limits")
    return 1 if report.over else 0


if __name__ == "__main__":
    sys.exit(main())
