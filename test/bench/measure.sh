#!/bin/sh
# The benchmark, run by launch.sh in the private folder.

set -u
. "$FOLDER/project/test/lib/server.sh"

build || exit
pgxs=$("$PG_CONFIG" --pgxs)
quietly make -C test/bench -f "$pgxs" PGXS="$pgxs" PG_CONFIG="$PG_CONFIG" with_llvm=no noop.so || exit
install_privately || exit
start_server || exit
status=0
python3 test/bench/measure.py "$@" || status=$?
quietly pg_ctl -D "$data" -m fast -w stop
exit $status
