"""Count the instructions of a call by valgrind; run by measure.py.

A machine that does other work beside gives other times, but the same counts.
The server is stopped meanwhile, because callgrind watches a server process of
a single user.
"""

import glob
import os
import re
import shutil
import subprocess

ROWS = 2000                         # of the table bench.few_tickets
CALLGRIND = ["valgrind", "-q", "--tool=callgrind", "--collect-atstart=no", "--dump-instr=no",
             "--toggle-collect=standard_ExecutorRun", "--dump-after=standard_ExecutorRun"]


def pg_ctl(data, *words):
    log = os.path.join(os.environ["FOLDER"], "server.log")
    subprocess.run(["pg_ctl", "-D", data, "-l", log, "-w", *words], check=True, stdout=subprocess.DEVNULL)


def executions(folder):
    """The instructions of each execution of a query, in order."""
    dumps = sorted(glob.glob(os.path.join(folder, "callgrind.out.*")),
                   key=lambda name: int(name.rsplit(".", 1)[1]))
    counts = []
    for name in dumps:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        if "Trigger: --dump-after" in text:
            counts.append(int(re.search(r"^(?:summary|totals): (\d+)", text, re.MULTILINE).group(1)))
    return counts


def count(data, settings, queries):
    """The instructions of a row by query; None where valgrind is missing."""
    if shutil.which("valgrind") is None:
        return None
    folder = os.path.join(os.environ["FOLDER"], "callgrind")
    os.makedirs(folder)
    # a server of a single user takes a line for a statement; the first turn only
    # warms up, and what it executes besides is not counted
    lines = [" ".join(line.split("--")[0].strip() for line in settings.splitlines())]
    lines += 2 * [" ".join(query.split()) for query in queries]
    pg_ctl(data, "-m", "fast", "stop")
    try:
        subprocess.run([*CALLGRIND, f"--callgrind-out-file={folder}/callgrind.out", shutil.which("postgres"),
                        "--single", "-D", data, "postgres"], input="\n".join(lines) + "\n",
                       text=True, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    finally:
        pg_ctl(data, "start")
    counts = executions(folder)
    shutil.rmtree(folder)
    return [n / ROWS for n in counts[-len(queries):]]
