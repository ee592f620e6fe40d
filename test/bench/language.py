"""Time the functions of language and print ratios; run by measure.sh.

As measure.py does it: a cost is what a query costs with a function, less what it
costs without; medians of rounds that take all queries in turn.  What other text
the server makes of the same values is the measure.
"""

import argparse
import os
import sys

from measure import Report, measure_costs, psql

ROWS = 100000

TABLE = f"""
CREATE UNLOGGED TABLE bench.language AS
SELECT (ARRAY['low', 'medium', 'high'])[1 + i % 3]::ticket_urgency AS urgency,
       (ARRAY['en', 'pl', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'ja'])[1 + hashint4(i) % 9 + 8 * (hashint4(i) < 0)::integer] AS locale,
       (ARRAY['wysoka', 'SREDNI', 'niski', 'High', 'mittlere', 'élevée', '1 - High', 'alto', 'gemiddeld'])[1 + i % 9] AS word,
       timestamptz '2026-01-01 00:00+00' + i * interval '7 minutes' AS at,
       make_interval(mins => 1 + i % 3000) AS amount
FROM generate_series(1, {ROWS}) AS i;
VACUUM ANALYZE bench.language;
"""


def scan(expression, columns):
    return (f"SELECT count({expression}) FROM bench.language",
            "SELECT num_nonnulls(" + ", ".join(f"count({c})" for c in columns) + ") FROM bench.language")


QUERIES = {
    "enum": scan("urgency::text", ["urgency"]),
    "label": scan("ticket_label(urgency, 'pl')", ["urgency"]),
    "label of nine": scan("ticket_label(urgency, locale)", ["urgency", "locale"]),
    "to_char": scan("to_char(at, 'FMDay, DD FMMonth YYYY HH24:MI')", ["at"]),
    "deadline": scan("format_deadline(at, 'Europe/Warsaw', 'pl')", ["at"]),
    "deadline of nine": scan("format_deadline(at, 'Europe/Warsaw', locale)", ["at", "locale"]),
    "time": scan("format_business_time(amount, 'pl')", ["amount"]),
    "time of nine": scan("format_business_time(amount, locale)", ["amount", "locale"]),
    "lower": scan('lower(word COLLATE "und-x-icu")', ["word"]),
    "parse": scan("parse_urgency(word)", ["word"]),
}

LIMITS = [
    ("ticket_label, against an enum's text", "label", "enum", 3),
    ("  nine locales in random order", "label of nine", "enum", 3),
    ("format_deadline, against to_char", "deadline", "to_char", 7),
    ("  nine locales, against one", "deadline of nine", "deadline", 1.5),
    ("format_business_time, against to_char", "time", "to_char", 10),
    ("  nine locales, against one", "time of nine", "time", 1.5),
    ("parse_urgency, against lower by ICU", "parse", "lower", 8),
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=0)      # of tickets; none here
    parser.add_argument("--wall", action="store_true")
    options = parser.parse_args()

    here = os.path.dirname(os.path.abspath(__file__))
    if psql("SELECT to_regnamespace('bench') IS NULL", settings="")[0][0] == "t":
        with open(os.path.join(here, "tables.sql"), encoding="utf-8") as file:
            psql(f"\\set module '{os.path.join(here, 'noop')}'\n\\set rows 50000\n" + file.read(), settings="")
    psql(TABLE, settings="")
    report = Report()
    costs = measure_costs(QUERIES, options.rounds, "wall" if options.wall else "processor")
    print("\nLanguages: costs of a call as ratios")
    report.heading()
    for name, query, unit, limit in LIMITS:
        report.row(name, costs[query] / costs[unit], limit)
    return 1 if report.over else 0


if __name__ == "__main__":
    sys.exit(main())
