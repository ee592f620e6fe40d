"""A session with the server, through psql; and values as it writes them.

Timestamps and intervals become whole microseconds, as the model has them."""

import datetime
import json
import re
import subprocess

from cases import multirange, timestamp
from clock import INFINITY, SECOND

PREPARE = """
\\set VERBOSITY terse
SET client_min_messages = error;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
SELECT format('SET search_path = %s, pg_catalog, pg_temp', extnamespace::regnamespace)
FROM pg_extension WHERE extname = 'ticket_priority' \\gexec
"""
END = "-- end of answer --"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


class Session:
    """One psql process.  Errors are answers too: code and message."""

    def __init__(self, database):
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-d", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.ask(PREPARE)

    def ask(self, script):
        """Lines that a script prints."""
        try:
            self.psql.stdin.write(script + f"\n\\echo {END}\n")
            self.psql.stdin.flush()
        except BrokenPipeError:
            pass
        lines = []
        while True:
            line = self.psql.stdout.readline()
            if not line:
                raise RuntimeError("psql or the server died")
            if line == END + "\n":
                return lines
            lines.append(line.rstrip("\n"))

    def do(self, script):
        """Runs what must not fail."""
        lines = self.ask(f"\\set LAST_ERROR_MESSAGE\n{script};\n\\echo :LAST_ERROR_MESSAGE")
        if lines[-1]:
            raise RuntimeError(f"{lines[-1]}\n{script}")
        return lines[:-1]

    def transaction(self, statement, query, before=""):
        """What a statement ends with (None, or the error), now() of its
        transaction, and what the query then gives, as JSON."""
        end = "" if statement.startswith("COPY") else ";"
        lines = self.ask(
            f"BEGIN;\n{before}\nSELECT now();\n\\o /dev/null\n{statement}{end}\n"
            "\\set failed :SQLSTATE ' ' :LAST_ERROR_MESSAGE\n\\o\n\\echo :failed\n"
            f"{query};\n\\echo :SQLSTATE\nCOMMIT;")
        # The last message stays when all is well; of COPY there is no code.
        now, outcome, rest, after = lines[0], lines[1], lines[2:-1], lines[-1]
        failed = None if outcome.startswith("00000") and after == "00000" else outcome
        return failed, instant(now), json.loads("".join(rest) or "null")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def instant(text):
    if text is None:
        return None
    if "infinity" in text:
        return -INFINITY if text.startswith("-") else INFINITY
    moment = datetime.datetime.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", text))
    return (moment - EPOCH) // datetime.timedelta(microseconds=1)


def amount(text):
    """An interval of days, hours and less."""
    if text is None:
        return None
    match = re.fullmatch(r"(?:(-?\d+) days?)? ?(?:(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?", text)
    days, sign, hours, minutes, seconds, fraction = match.groups()
    found = ((int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)) * SECOND \
        + int((fraction or "").ljust(6, "0"))
    return int(days or 0) * 86400 * SECOND + (-found if sign else found)


def measure(text):
    """An interval that must have hours, minutes and seconds only."""
    if text is not None and "day" in text:
        return text
    return amount(text)


def periods(text):
    """A multirange of timestamps."""
    if text is None:
        return None
    found = []
    for start, end in re.findall(r'[\[(]"?([^",]*)"?,"?([^",)\]]*)"?[)\]]', text):
        found.append((instant(start) if start else -INFINITY, instant(end) if end else INFINITY))
    return found


def copied(value):
    """A value in a line of COPY."""
    return "\\N" if value is None else literal(value).strip("'")


def literal(value):
    """An instant, pauses or anything else, for a statement."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"'{multirange(value)}'".replace(',"infinity")', ",)")
    if isinstance(value, (int, float)) and abs(value) > 10 ** 12:
        return f"'{timestamp(value)}'"
    return "'" + str(value).replace("'", "''") + "'"
