"""Time deadlines of ten thousand customers and print ratios; run by measure.sh.

A helpdesk vendor has that many, each with hours, holidays and targets of its
own (customers.sql).  Counted are their first use, what follows a change of one
row of policy, and memory; shares of a limit stand for times on the clock.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import threading
import time

from measure import ZONE, Report, first_call_beyond, milliseconds, prepare, psql

CUSTOMERS = 10000
DEADLINES = 300000
FIRST_USE_MS = 0.15                 # of each
AFTER_CHANGE_MS = 5
FIRST_CALL_MS = 30
MEMORY_MB = 150
BACKENDS = 60
CALLS_A_SECOND = 2                  # of each backend
SECONDS = 20

TABLES = {                          # a row that changes, by table
    "a target": "UPDATE sla_target_rule SET target = target + '1 second' WHERE plan = 'customer 77' AND priority = 'P2'",
    "hours": "UPDATE business_calendar SET hours = 'Mo-Fr 07:0{}-17:00; PH off' WHERE calendar = 'customer 77'",
    "a holiday": "UPDATE business_holiday_rule SET name = 'Day {}' WHERE holidays = 'customer 77'"
                 " AND rule = (SELECT min(rule) FROM business_holiday_rule WHERE holidays = 'customer 77')",
    "a plan": "UPDATE support_plan SET title = 'Customer {}' WHERE plan = 'customer 77'",
}
CALL = f"SELECT sla_deadline('2026-11-20 15:30+01', 'P2', 'customer 77', {ZONE})"


def deadlines(table, plan):
    return f"SELECT count(sla_deadline(opened_at, priority, {plan}, {ZONE})) FROM bench.{table}"


def all_in_one_backend(rounds):
    """The statement against that with one calendar; milliseconds of a first use; bytes."""
    time_of = "SELECT '{}', bench.cost_by_processor_time($query${}$query$);\n"
    script = time_of.format("first", deadlines("customer_each", "plan"))
    script += time_of.format("again", deadlines("customer_each", "plan"))
    script += time_of.format("warm", deadlines("customer_tickets", "plan"))
    for _ in range(rounds):
        script += time_of.format("many", deadlines("customer_tickets", "plan"))
        script += time_of.format("one", deadlines("customer_tickets", "same"))
    script += """
SELECT 'bytes', sum(total_bytes) FROM pg_backend_memory_contexts WHERE name LIKE 'ticket\\_priority%';
SELECT 'setting', setting::bigint * 1024 FROM pg_settings WHERE name = 'ticket_priority.cache_size';
"""
    values = {}
    for name, value in psql(script):
        values.setdefault(name, []).append(int(value))
    median = {name: statistics.median(numbers) for name, numbers in values.items()}
    return (median["many"] / median["one"],
            (median["first"] - median["again"]) / 1e6 / CUSTOMERS,
            median["bytes"], median["setting"])


def after_a_change(change, rounds):
    """By how many milliseconds a call takes longer after another session's change."""
    timed = f"\\timing on\n{CALL};\n\\timing off\n"
    lines = psql(f"{CALL};\n" + "".join(
        timed + f"\\! psql -X -q -c \"{change.format(i % 10)}\"\n" + timed for i in range(rounds)))
    times = [milliseconds(line) for line in lines if line[0].startswith("Time:")]
    return statistics.median(times[1::2]) - statistics.median(times[::2])


def worst_second():
    """The calls of the worst second as a share of an ordinary one, while policy changes."""
    script = os.path.join(os.environ["FOLDER"], "calls.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write(f"\\set customer random(1, {CUSTOMERS})\n"
                   f"SELECT sla_deadline(now(), 'P2', 'customer ' || :customer, {ZONE});\n")

    def change():
        for i in range(SECONDS - 6):
            time.sleep(1)
            psql(TABLES["a target"] + ";")

    changes = threading.Thread(target=change)
    bench = subprocess.Popen(["pgbench", "-n", "-f", script, "-c", str(BACKENDS), "-j", "2", "-T", str(SECONDS),
                              "-R", str(BACKENDS * CALLS_A_SECOND), "-P", "1"],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    time.sleep(4)                   # the backends start, and make their first calls
    changes.start()
    _, progress = bench.communicate()
    changes.join()
    rates = [float(rate) for rate in re.findall(r"^progress: .* ([\d.]+) tps", progress, re.MULTILINE)]
    return min(rates[4:-1]) / statistics.median(rates[4:-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=400000)
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()
    prepare(options.rows)
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "customers.sql"), encoding="utf-8") as file:
        psql(f"\\set customers {CUSTOMERS}\n\\set tickets {DEADLINES}\n" + file.read(), settings="")

    print(f"\n{CUSTOMERS} customers, each with plan, hours, 14 rules and four targets of its own")
    report = Report()
    report.heading()
    ratio, first_use, own, setting = all_in_one_backend(options.rounds)
    report.row(f"{DEADLINES} deadlines in random order, against one customer's", ratio, 4)
    report.row(f"first use of each, as a share of {FIRST_USE_MS} ms", first_use / FIRST_USE_MS, 1)
    report.row(f"memory when all were used, as a share of {MEMORY_MB} MB", own / 1024 / 1024 / MEMORY_MB, 1)
    report.row("  of cache_size", own / setting)
    report.row(f"first call of a new backend, as a share of {FIRST_CALL_MS} ms",
               first_call_beyond(*(f"{name}('2026-11-20 15:30+01', 'P2', 'customer 77', {ZONE})"
                                   for name in ("public.sla_deadline", "bench.noop_deadline"))) / FIRST_CALL_MS, 1)
    for what, change in TABLES.items():
        report.row(f"call after {what} changed, as a share of {AFTER_CHANGE_MS} ms",
                   after_a_change(change, options.rounds) / AFTER_CHANGE_MS, 1)
    report.row(f"{BACKENDS} backends, a change a second: worst second against an ordinary one",
               worst_second(), 0.5, at_least=True)
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
