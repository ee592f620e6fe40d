"""Other ways to compute the deadlines of the plan standard; used by measure.py.

Each gives the same answers.  The cost of numpy is that of its arithmetic alone:
the times are arrays before the clock starts, and what it gives stays one.
"""

import statistics
import time

# By plain SQL in two ways (see tables.sql), and as helpdesks do it.
SQL = {
    "plain SQL, hours on the wall clock": """
SELECT {what}
FROM {table} AS t
JOIN bench.office_target AS g USING (priority)
CROSS JOIN LATERAL (SELECT t.opened_at AT TIME ZONE t.time_zone AS opened OFFSET 0) AS l
CROSS JOIN LATERAL (
    SELECT least(l.opened, d.closes) - d.shift + g.target AS clock
    FROM bench.office_day AS d
    WHERE d.opens <= l.opened
    ORDER BY d.opens DESC LIMIT 1) AS a
CROSS JOIN LATERAL (
    SELECT (a.clock + d.shift) AT TIME ZONE t.time_zone AS due_at
    FROM bench.office_day AS d
    WHERE d.clock_closes >= a.clock
    ORDER BY d.clock_closes LIMIT 1) AS b
""",
    "plain SQL, hours of each zone": """
SELECT {what}
FROM {table} AS t
JOIN bench.office_target AS g USING (priority)
CROSS JOIN LATERAL (
    SELECT least(t.opened_at, p.closes) - p.shift + g.target AS clock
    FROM bench.office_period AS p
    WHERE p.zone_id = t.zone_id AND p.opens <= t.opened_at
    ORDER BY p.opens DESC LIMIT 1) AS a
CROSS JOIN LATERAL (
    SELECT a.clock + p.shift AS due_at
    FROM bench.office_period AS p
    WHERE p.zone_id = t.zone_id AND p.clock_closes >= a.clock
    ORDER BY p.clock_closes LIMIT 1) AS b
""",
    "PL/pgSQL that walks from day to day": """
SELECT {what}
FROM {table} AS t
JOIN bench.office_target AS g USING (priority)
CROSS JOIN LATERAL (SELECT bench.walk(t.opened_at, g.target, t.time_zone) AS due_at OFFSET 0) AS b
"""}


def columns(psql, query):
    """A query's columns of whole numbers, as arrays."""
    import numpy

    rows = psql(query)
    return [numpy.array([int(value) for value in column], dtype=numpy.int64) for column in zip(*rows)]


def microseconds(value):
    return f"(extract(epoch FROM {value}) * 1000000)::bigint"


def numpy_cost(psql, table, zone, rounds):
    """Nanoseconds of a deadline by running sums and binary search, and how many of the
    answers differ from those of the extension.  zone: one for all, or each ticket's own.
    None where there is no numpy.
    """
    try:
        import numpy
    except ImportError:
        return None
    own = zone is None
    which = "true" if own else f"zone_id = (SELECT id FROM bench.zone WHERE name = '{zone}')"
    zone_id, opens, closes = columns(psql, f"""
        SELECT {'zone_id' if own else 0}, {microseconds('opens')}, {microseconds('closes')}
        FROM bench.office_period WHERE {which} ORDER BY zone_id, opens""")
    opened, target, ticket_zone, right = columns(psql, f"""
        SELECT {microseconds('opened_at')}, {microseconds('target')}, {'zone_id' if own else 0},
            {microseconds(f"public.sla_deadline(opened_at, priority, 'standard', {'time_zone' if own else repr(zone)})")}
        FROM {table} JOIN bench.office_target USING (priority)""")
    # zones one after the other, each in a stretch of time of its own
    apart = zone_id * 2**52
    length = closes - opens
    start = numpy.cumsum(length) - length
    end = start + length
    opens_at = opens + apart

    def deadlines():
        at = opened + ticket_zone * 2**52
        i = numpy.searchsorted(opens_at, at, "right") - 1
        clock = start[i] + numpy.minimum(at - opens_at[i], length[i]) + target
        j = numpy.searchsorted(end, clock, "left")
        return opens[j] + (clock - start[j])

    times = []
    for _ in range(rounds):
        begun = time.process_time_ns()
        answer = deadlines()
        times.append(time.process_time_ns() - begun)
    return statistics.median(times) / len(opened), int((answer != right).sum())
