"""A private server whose clock the test moves.

libfaketime, preloaded into the server, reads the time from a file, whenever
the server asks for it.  The clock stands still until the file is written
again, so every instant that the server takes is known.  Its monotonic clock,
which timeouts use, is the true one.
"""

import glob
import os
import shutil
import signal
import subprocess
import tempfile

from cases import timestamp

SETTINGS = """
listen_addresses = ''
fsync = off
autovacuum = off
log_line_prefix = '%m [%p] %q%a '
"""


def library():
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketime.so.1"))
    if not found:
        raise RuntimeError("libfaketime is not here (Debian's package: faketime)")
    return found[0]


class Server:
    """Uses the initdb and pg_ctl on the path."""

    def __init__(self, now):
        self.folder = tempfile.mkdtemp(prefix="tracking.")
        self.file = os.path.join(self.folder, "clock")
        self.ready = None               # of which desk the database "ready" is
        self.data = os.path.join(self.folder, "data")
        try:
            self.set(now)
            self.run(["initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "-N"])
            with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as file:
                file.write(SETTINGS + f"unix_socket_directories = '{self.folder}'\n")
            os.environ.update(PGHOST=self.folder, PGUSER="postgres", PGPORT="5432")
            self.run(["pg_ctl", "-D", self.data, "-l", self.folder + "/log", "-w", "start"], {
                "LD_PRELOAD": library(), "FAKETIME_TIMESTAMP_FILE": self.file, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "TZ": "UTC"})
        except BaseException:
            self.stop()
            raise

    def run(self, command, setting=None):
        log = os.path.join(self.folder, "output")
        with open(log, "w", encoding="utf-8") as output:
            done = subprocess.run(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                  env=os.environ | {"PGPORT": "5432"} | (setting or {}), check=False)
        if done.returncode:
            with open(log, encoding="utf-8") as output:
                raise RuntimeError(f"{' '.join(command)}:\n{output.read()}")

    def set(self, now):
        """Whoever reads the file finds it whole."""
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(timestamp(now).split("+")[0])
        os.rename(self.file + ".new", self.file)

    def tail(self):
        """The end of the server's log."""
        with open(self.folder + "/log", encoding="utf-8") as log:
            return log.read()[-3000:]

    def make(self, database, template):
        """A database, as a copy of another that no one uses."""
        self.run(["psql", "-X", "-q", "-d", "postgres", "-v", "ON_ERROR_STOP=1",
                  "-c", f"DROP DATABASE IF EXISTS {database} (FORCE)",
                  "-c", f"CREATE DATABASE {database} TEMPLATE {template}"])

    def stop(self):
        try:
            with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
                os.kill(int(file.readline()), signal.SIGINT)
            subprocess.run(["pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        except (OSError, ValueError):
            pass
        shutil.rmtree(self.folder, ignore_errors=True)
