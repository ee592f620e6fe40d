#!/bin/sh
# The benchmark, run by launch.sh in the private folder.

set -u
. "$FOLDER/project/test/lib/server.sh"

only=
if [ "${1:-}" = --only ]; then
	only=$2
	shift 2
fi
build || exit
pgxs=$("$PG_CONFIG" --pgxs)
quietly make -C test/bench -f "$pgxs" PGXS="$pgxs" PG_CONFIG="$PG_CONFIG" with_llvm=no noop.so || exit
install_privately || exit
start_server || exit

# As of a server for a helpdesk of this size that has run for a while: it does
# not write its first log files anew.
query -c "ALTER SYSTEM SET shared_buffers = '1GB'" -c "ALTER SYSTEM SET max_wal_size = '8GB'" \
	-c "ALTER SYSTEM SET wal_init_zero = off" || exit
quietly pg_ctl -D "$data" -l "$FOLDER/server.log" -m fast -w restart || exit
status=0
case $only in '' | functions) python3 test/bench/measure.py "$@" || status=$? ;; esac
case $only in '' | customers) python3 test/bench/customers.py "$@" || status=$? ;; esac
case $only in '' | language) python3 test/bench/language.py "$@" || status=$? ;; esac
case $only in '' | tickets) python3 test/bench/tickets.py "$@" || status=$? ;; esac
quietly pg_ctl -D "$data" -m fast -w stop
exit $status
