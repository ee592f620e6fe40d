#!/bin/sh
# The demonstration itself, run by launch.sh in the private folder.

set -eu
. "$FOLDER/project/test/lib/server.sh"

echo "Building ticket_priority against $("$PG_CONFIG" --version) ..."
build
install_privately
echo "Starting a private server ..."
start_server
createdb tickets
PGDATABASE=tickets psql -X -q -v ON_ERROR_STOP=1 -f test/demo/demo.sql

# The report for the terminal; as a page beside the server while that is kept.
show_report()
{
	PGDATABASE=tickets psql -X -v prefix=ticket "$@"
}
if [ "$(query -d tickets -c "SELECT to_regclass('ticket_sla') IS NOT NULL")" = t ]; then
	printf '\nTHE REPORT, IN SHORT\n\n'
	show_report -f doc/report_terminal.sql
	[ "${1:-}" != --keep ] || show_report -f doc/report.sql -o "$FOLDER/report.html"
fi

if [ "${1:-}" = --keep ]; then
	cat >"$FOLDER/stop" <<-END
	# Stops the demonstration's server and removes all of it.
	. "$project/test/lib/launch.sh"
	stop_servers "$FOLDER"
	rm -rf "$FOLDER"
	END
	client=$(PATH=${PATH#"$bin":} command -v psql || echo "$bin/psql")
	cat <<-END

	The server is still running, with the tickets in it.

	Connect:  $client -h $FOLDER -p 5432 -U postgres tickets
	Stop:     sh $FOLDER/stop      (this removes it, too)

	END
	[ ! -f "$FOLDER/report.html" ] || printf 'Report:   %s\n\n' "$FOLDER/report.html"
fi
