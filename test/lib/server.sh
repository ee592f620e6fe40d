# Sourced by the scripts that launch.sh runs: the part that runs in the private
# folder, as its owner.  Builds the project there, installs it into a copy of
# the server's own programs, and runs a server from that copy.
#
# The caller sets FOLDER, the private folder, and PG_CONFIG, that of the server
# to use.

project=$FOLDER/project
cd "$project" || exit 1

die()
{
	printf '%s\n' "$*" >&2
	exit 1
}

# Runs a command quietly; shows what it printed if it fails.
quietly()
{
	"$@" >"$FOLDER/log" 2>&1 && return 0
	cat "$FOLDER/log" >&2
	return 1
}

# build [VARIABLE=VALUE...]: builds the copy of the project.
build()
{
	quietly make -j "$(nproc 2>/dev/null || echo 2)" PG_CONFIG="$PG_CONFIG" "$@"
}

# Installs the build, and a copy of the server, under $FOLDER/server.  A server
# finds its files relative to its own program, so the copy uses only its own
# files.  Afterwards PG_CONFIG and $bin are those of the copy.
install_privately()
{
	bindir=$("$PG_CONFIG" --bindir)
	copy=$FOLDER/server
	for dir in "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)"; do
		mkdir -p "$copy$dir"
		(cd "$dir" && tar -cf - --exclude=./bitcode --exclude=./man .) | (cd "$copy$dir" && tar -xf -)
	done
	includedir=$("$PG_CONFIG" --includedir)
	mkdir -p "$copy${includedir%/*}"
	ln -s "$includedir" "$copy$includedir"
	bin=$copy$bindir
	mkdir -p "$bin"
	for program in "$bindir"/pg* "$bindir/postgres" "$bindir/psql" "$bindir/initdb" \
		"$bindir/createdb" "$bindir/dropdb" "$bindir/createuser" "$bindir/vacuumdb"
	do
		[ ! -f "$program" ] || cp -L "$program" "$bin/"
	done
	quietly make PG_CONFIG="$PG_CONFIG" DESTDIR="$copy" install || return 1
	PG_CONFIG=$bin/pg_config
	case $("$PG_CONFIG" --sharedir) in
		"$copy"/*) ;;
		*) die "this server cannot be copied: its files are found by fixed names" ;;
	esac
	export PG_CONFIG
	PATH=$bin:$PATH
}

# Runs the copy, reached only by a socket in the private folder.
start_server()
{
	data=$FOLDER/data
	quietly initdb -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N || return 1
	cat >>"$data/postgresql.conf" <<-END
	listen_addresses = ''
	unix_socket_directories = '$FOLDER'
	port = 5432
	fsync = off
	max_prepared_transactions = 10
	log_line_prefix = '%m [%p] %q%a '
	END
	quietly pg_ctl -D "$data" -l "$FOLDER/server.log" -w start ||
		{ cat "$FOLDER/server.log" >&2; return 1; }
	PGHOST=$FOLDER PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export PGHOST PGPORT PGUSER PGDATABASE
}

query()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}
