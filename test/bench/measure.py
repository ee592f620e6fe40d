"""Time queries and print ratios; run by measure.sh against the private server.

The cost of a function is what a query costs with it, less what the same query
costs with a function in C that does nothing and has the same arguments.  Each
is the median over rounds that take all queries in turn, in one session.  Times
are told only as shares of each other: the unit is the cost of the built-in
timestamptz + interval '1 day' in the same run.

A query's time is that for which the server process used a processor, so that
what else runs on the machine hardly counts; --wall takes the clock instead.
All tables fit in memory, so nothing waits.
"""

import argparse
import os
import statistics
import subprocess
import sys

import instructions
import peers

SETTINGS = """
SET search_path = public, pg_temp;
SET timezone = 'Europe/Warsaw';
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SET enable_memoize = off;           -- no two tickets are alike: plain SQL is faster without
"""

HOURS = "business_hours 'Mo-Fr 08:00-17:00'"
ZONE = "'Europe/Warsaw'"
CALLS = 20                          # of assign_priority in a row
NEW_BACKENDS = 15                   # for the first deadline
FIRST_MS = 5                        # a first deadline may cost this much more
MEMORY_MB = 1
CHANGES = 15                        # of a holiday, each before a call
CHANGE_MS = 5                       # the call after one may cost this much more
COMPILE_MS = 20                     # so may the first call with a list


def scan(expression, table="bench.tickets"):
    return f"SELECT count({expression}) FROM {table}"


def deadline(plan, zone, table="bench.tickets"):
    """The query with sla_deadline, and the same with the no-op."""
    return tuple(scan(f"{name}(opened_at, priority, {plan}, {zone})", table)
                 for name in ("sla_deadline", "bench.noop_deadline"))


def array_lookup():
    """An entry of an array in C, which stands for a version of a target."""
    return tuple(scan(f"bench.{name}(opened_at, priority, 'bench versions', {ZONE})")
                 for name in ("array_deadline", "noop_deadline"))


def add(amount):
    return tuple(scan(f"{name}(opened_at, '{amount}', {HOURS}, {ZONE})")
                 for name in ("business_time_add", "bench.noop_add"))


def between(length):
    """The other end is computed from the row, and alike for both lengths."""
    finish = f"opened_at + interval '{length} hours'"
    return tuple(scan(f"{name}(opened_at, {finish}, {HOURS}, {ZONE})")
                 for name in ("business_time_between", "bench.noop_between"))


def calendar(name, table="bench.tickets"):
    return tuple(scan(f"{function}(opened_at, '8 hours', {name}, {ZONE})", table)
                 for function in ("calendar_add", "bench.noop_calendar"))


def priorities():
    return tuple(scan("num_nonnulls(" + ", ".join(CALLS * [f"{name}(urgency, impact)"]) + ")")
                 for name in ("assign_priority", "bench.noop_priority"))


SOME = "bench.some_tickets"

# Each is a pair: the query, and the same without what is measured.
QUERIES = {
    "plus": (scan("opened_at + interval '1 day'"),
             scan("bench.noop_plus(opened_at, interval '1 day')")),
    "random": deadline("plan", "time_zone"),
    "standard": deadline("'standard'", "time_zone"),
    "recent": deadline("'standard'", "time_zone", "bench.recent_tickets"),
    "constant": deadline("'standard'", ZONE),
    "always": deadline("'premium'", ZONE),
    "one version": deadline("'bench one'", ZONE),
    "100 versions": deadline("'bench 100'", ZONE),
    "versions": deadline("'bench versions'", ZONE),
    "array": array_lookup(),
    "add 8": add("8 hours"),
    "add 2000": add("2000 hours"),
    "between day": between(24),
    "between years": between(5 * 365 * 24),
    "priorities": priorities(),
    "some": deadline("'standard'", "time_zone", SOME),
}

PEERS = {"some": QUERIES["some"],
         "some, one zone": deadline("'standard'", ZONE, SOME),
         **{way: (query.format(what="count(due_at)", table=SOME), scan("opened_at", SOME))
            for way, query in peers.SQL.items()}}

CALENDARS = {name: calendar(f"'bench {name}'") for name in ("plain", "days", "rules")}

# The row of the table: what is measured, against what, the limit, what to reach for.
ROWS = [
    ("sla_deadline: plan, priority, zone of each row", "random", "plus", 0.4, 0.3),
    ("sla_deadline: as above, always plan standard", "standard", "plus", 0.6, 0.5),
    ("sla_deadline: as above, tickets of the last 90 days", "recent", "plus", 0.6, 0.5),
    ("sla_deadline: constant plan and zone", "constant", "plus", 0.38, 0.3),
    ("sla_deadline: constant plan, round the clock", "always", "plus", 0.2, None),
    ("sla_deadline: 100 versions of a target against one", "100 versions", "one version", 1.5, None),
    ("sla_deadline: 25000 versions of a target against one", "versions", "one version", 1.5, None),
    ("  25000 entries of an array in C, looked up at random", "array", "one version", None, None),
    ("business_time_add: 2000 h against 8 h", "add 2000", "add 8", 2, None),
    ("business_time_between: 5 years against a day", "between years", "between day", 2, None),
    ("assign_priority: each of 20 calls in a row", "priorities", "plus", 0.2, None),
]


def psql(script, settings=SETTINGS):
    done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"],
                          input=settings + script, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr.strip() or "psql failed")
    return [line.split("\t") for line in done.stdout.splitlines()]


class Report:
    """The table, a row at a time."""

    def __init__(self):
        self.over = 0

    def heading(self, more=""):
        print(f"{'':58} {'measured':>9} {'limit':>9}  {more}".rstrip())

    def end(self):
        print(f"\n{self.over} over the limit" if self.over else "\nall within the limits")
        return 1 if self.over else 0

    def row(self, name, value, limit=None, reach=None, at_least=False, more=""):
        verdict = ""
        if limit is not None:
            good = value >= limit if at_least else value <= limit
            self.over += not good
            verdict = "pass" if good else "MISSED" if at_least else "OVER"
            if good and reach is not None:
                verdict += f", and {'within' if value <= reach else 'not yet'} {reach:g}"
        bound = "" if limit is None else f"{'>=' if at_least else '<='} {limit:g}"
        print(f"{name:58} {value:9.3g} {bound:>9}  {more:>{len(more) and 12}}  {verdict}".rstrip(), flush=True)


def different_answers(query):
    """How many deadlines another way gives differently, of how many."""
    total = int(psql(f"SELECT count(*) FROM {SOME}")[0][0])
    same = int(psql(query.format(table=SOME, what="""
        count(*) FILTER (WHERE due_at = public.sla_deadline(opened_at, priority,
                                                            'standard', time_zone))"""))[0][0])
    return total - same


def measure_costs(queries, rounds, clock):
    """The cost of each pair, in nanoseconds for the whole query."""
    times = {(name, side): [] for name in queries for side in (0, 1)}
    script = "".join(f"SELECT {turn}, '{name}', {side}, bench.cost_by_{clock}_time($query${query}$query$);\n"
                     for turn in range(-1, rounds)
                     for name, pair in queries.items()
                     for side, query in enumerate(pair))
    for turn, name, side, time in psql(script):
        if int(turn) >= 0:          # the first round only warms up
            times[name, int(side)].append(int(time))
    return {name: statistics.median(times[name, 0]) - statistics.median(times[name, 1])
            for name in queries}


def milliseconds(line):
    """The number in what psql prints for \\timing."""
    return float(line[0].split()[1].replace(",", "."))


def first_call(expression):
    """What the first call in a new backend takes, in milliseconds on the clock."""
    return milliseconds(psql(f"\\timing on\nSELECT {expression};\n")[-1])


def first_call_beyond(expression, other):
    """By how many milliseconds the first call of one takes longer than of the other."""
    with_it, without = [], []
    for _ in range(NEW_BACKENDS):
        without.append(first_call(other))
        with_it.append(first_call(expression))
    return statistics.median(with_it) - statistics.median(without)


def first_deadline():
    return first_call_beyond(*(
        f"{name}('2026-11-20 15:30+01', 'P2', 'standard', 'Europe/Warsaw')"
        for name in ("public.sla_deadline", "bench.noop_deadline")))


def first_with_list(name):
    return first_call_beyond(*(
        f"calendar_add('2026-11-20 15:30+01', '8 hours', 'bench none', {ZONE}, {holidays})"
        for holidays in (f"'{name}'", "NULL")))


def after_a_change(name):
    """By how many milliseconds a call takes longer after a holiday was added."""
    call = f"SELECT calendar_add('2026-11-20 15:30+01', '8 hours', 'bench {name}', {ZONE});"
    days = f"business_holiday WHERE holidays = 'bench {name}' AND day >= '2035-01-01'"
    lines = psql(call + "\n" + "".join(f"""
\\timing on
{call}
\\timing off
INSERT INTO business_holiday (holidays, day) VALUES ('bench {name}', date '2035-01-01' + {i});
\\timing on
{call}
\\timing off
""" for i in range(CHANGES)) + f"DELETE FROM {days};\n")
    times = [milliseconds(line) for line in lines if line[0].startswith("Time:")]
    return statistics.median(times[1::2]) - statistics.median(times[::2])


def instructions_of(queries):
    """Instructions of a call by the name of its query; empty without valgrind."""
    few = [query.replace("bench.tickets", "bench.few_tickets").replace("bench.recent_tickets", "bench.few_recent")
           for pair in queries.values() for query in pair]
    counts = instructions.count(psql("SHOW data_directory")[0][0], SETTINGS, few)
    if counts is None:
        return {}
    return {name: counts[2 * i] - counts[2 * i + 1] for i, name in enumerate(queries)}


def tell_peers(report, rounds, clock):
    """What other ways cost, where a deadline of the extension is 1."""
    costs = measure_costs(PEERS, min(rounds, 3), clock)
    rows = int(psql(f"SELECT count(*) FROM {SOME}")[0][0])
    found = [(way, costs[way] / costs["some"], different_answers(query)) for way, query in peers.SQL.items()]
    for name, zone, own in (("numpy, one zone for all", ZONE.strip("'"), "some, one zone"),
                            ("numpy, hours of each zone", None, "some")):
        of_numpy = peers.numpy_cost(psql, SOME, zone, rounds)
        if of_numpy is None:
            print("numpy is not there")
        else:
            found.append((name, of_numpy[0] * rows / costs[own], of_numpy[1]))
    for name, cost, wrong in found:
        report.row(name, cost, 20 if "plain" in name else None, at_least=True,
                   more=f"{wrong} differ" if wrong else "all equal")
        report.over += wrong > 0


def memory():
    """Megabytes that 400 zones take: of the extension, of the server's zones, in all."""
    contexts = "SELECT name, total_bytes FROM pg_backend_memory_contexts"
    rows = psql(f"""
SELECT count(bench.noop_deadline(now(), 'P1', 'standard', name)) FROM bench.zone;
CREATE TEMP TABLE before AS {contexts};
CREATE TEMP TABLE after AS {contexts} WITH NO DATA;
DELETE FROM before;
INSERT INTO before {contexts};
SELECT count(sla_deadline(now(), 'P1', 'standard', name)) FROM bench.zone;
INSERT INTO after {contexts};
SELECT (SELECT sum(total_bytes) FROM after WHERE name LIKE 'ticket\\_priority%'),
    (SELECT sum(total_bytes) FROM after WHERE name = 'Timezones')
    - (SELECT sum(total_bytes) FROM before WHERE name = 'Timezones'),
    (SELECT sum(total_bytes) FROM after) - (SELECT sum(total_bytes) FROM before);
""")
    return [int(value) / 1024 / 1024 for value in rows[-1]]


def prepare(rows):
    """Make what is measured, if it is not there yet."""
    if psql("SELECT to_regnamespace('bench') IS NOT NULL", settings="")[0][0] == "t":
        return
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "tables.sql"), encoding="utf-8") as file:
        psql(f"\\set module '{os.path.join(here, 'noop')}'\n\\set rows {rows}\n" + file.read(), settings="")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=400000)
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()
    if options.rounds < 5 or options.rows < 50000:
        sys.exit("at least 5 rounds and 50000 rows")

    clock = "wall" if options.wall else "processor"
    prepare(options.rows)
    version = psql("SHOW server_version")[0][0]
    zones = psql("SELECT count(*) FROM bench.zone")[0][0]
    print(f"PostgreSQL {version}; {options.rows} tickets in {zones} zones; "
          f"medians of {options.rounds} rounds\n")

    report = Report()
    costs = measure_costs({**QUERIES, **CALENDARS}, options.rounds, clock)
    counts = instructions_of({name: QUERIES[name] for name in {row[1] for row in ROWS} | {"plus"}})

    print("Cost of a call; that of timestamptz + interval '1 day' is 1, where nothing else is named")
    report.heading("instructions")
    for name, query, unit, limit, reach in ROWS:
        calls = CALLS if query == "priorities" else 1
        report.row(name, costs[query] / calls / costs[unit], limit, reach,
                   more=f"{counts[query] / calls:.0f}" if counts else "")
    if counts:
        print(f"timestamptz + interval '1 day' itself: {counts['plus']:.0f} instructions")

    print("\nOther ways to the same deadlines of plan standard; the cost of sla_deadline is 1")
    report.heading()
    tell_peers(report, options.rounds, clock)

    print(f"\nIn a new backend, as shares of {FIRST_MS} ms and of {MEMORY_MB} MB")
    report.heading()
    report.row("first deadline, beyond the first call of any C function",
               first_deadline() / FIRST_MS, 1)
    own, server, growth = memory()
    report.row("memory of the extension, all zones, plan standard", own / MEMORY_MB, 1)
    report.row("  the server's own cache of these zones", server / MEMORY_MB)
    report.row("  growth of the backend in all", growth / MEMORY_MB)

    print(f"\nCalendars: costs of a call as ratios; times as shares of {CHANGE_MS} ms and {COMPILE_MS} ms")
    report.heading()
    report.row("20 years of 14 holidays, day by day, against none",
               costs["days"] / costs["plain"], 1.1)
    report.row("14 rules, against none", costs["rules"] / costs["plain"], 1.1)
    report.row("first call after a new holiday, 20 years day by day",
               after_a_change("days") / CHANGE_MS, 1)
    report.row("first call after a new holiday, 14 rules",
               after_a_change("rules") / CHANGE_MS, 1)
    report.row("first call with the Hebrew list IL, beyond one without",
               first_with_list("IL") / COMPILE_MS, 1)
    report.row("first call with Islamic rules, beyond one without",
               first_with_list("bench moon") / COMPILE_MS, 1)

    return report.end()


if __name__ == "__main__":
    sys.exit(main())
