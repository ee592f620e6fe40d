# Sourced by suite.sh for --assert: finds or builds a server with assertions.
#
# It is built from the distribution's source package for the version of the server
# that PG_CONFIG names, and kept for later runs under that server's version.  The
# machine's apt configuration is not changed: apt uses a copy of its list of
# sources, made to name source packages, and writes into the private folder only.
#
# The caller sets FOLDER, PG_CONFIG, and CACHE, the folder in which the server
# is kept.

# The machine's own sources of packages, as sources of source packages.
list_sources()
{
	mkdir -p "$apt/parts" "$apt/state/lists/partial" "$apt/cache/archives/partial"
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$file" ] ||
			sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" >"$apt/parts/$(basename "$file")"
	done
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$file" ] ||
			sed 's/^[Tt]ypes:.*/Types: deb-src/' "$file" >"$apt/parts/$(basename "$file")"
	done
}

# apt PROGRAM ARGUMENT...
apt()
{
	"$@" -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" \
		-o Dir::State="$apt/state" -o Dir::Cache="$apt/cache" -o Acquire::Retries=3
}

# Unpacks the newest source of the major version $1 that a mirror really has: the
# newest one in its list may not have arrived there yet.
fetch_source()
{
	apt=$FOLDER/apt
	list_sources
	# not every source need answer: the list afterwards shows what there is
	apt apt-get update >"$FOLDER/log" 2>&1 || :
	mkdir "$FOLDER/source"
	for version in $(apt apt-cache showsrc "postgresql-$1" 2>/dev/null |
		sed -n 's/^Version: //p' | sort -rVu)
	do
		(cd "$FOLDER/source" &&
			apt apt-get source --download-only --tar-only "postgresql-$1=$version") \
			>>"$FOLDER/log" 2>&1 || continue
		tar -C "$FOLDER/source" --strip-components=1 -xf "$FOLDER/source/"*.orig.tar.* && return 0
	done
	cat "$FOLDER/log" >&2
	return 1
}

# build_server PREFIX
build_server()
(
	cd "$FOLDER/source" || exit 1
	# the same zones as the server's
	zones=$("$PG_CONFIG" --configure | tr -d "'" | tr ' ' '\n' | grep '^--with-system-tzdata=')
	quietly ./configure --prefix="$1" --enable-cassert --enable-debug --enable-tap-tests \
		--with-icu --without-readline --without-zlib $zones CFLAGS='-O1 -g' || exit 1
	quietly make -j "$(nproc 2>/dev/null || echo 2)" || exit 1
	for part in . contrib/btree_gist contrib/pg_trgm; do
		quietly make -C "$part" DESTDIR="$FOLDER/built" install || exit 1
	done
)

# Sets PG_CONFIG to that of a server with assertions.
use_server_with_assertions()
{
	case $("$PG_CONFIG" --configure) in
		*--enable-cassert*) return 0 ;;
	esac
	version=$("$PG_CONFIG" --version | sed 's/^[^0-9]*//; s/[^A-Za-z0-9.]\{1,\}/-/g; s/-$//')
	kept=$CACHE/server-$version
	if [ ! -x "$kept/bin/pg_config" ]; then
		major=${version%%[!0-9]*}
		echo "   fetching the source of PostgreSQL $major ..."
		fetch_source "$major" || die "no source package of PostgreSQL $major can be had here"
		echo "   building PostgreSQL $(sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" "$FOLDER/source/configure")" \
			"with assertions; this takes some minutes, once ..."
		build_server "$kept" || return 1
		# renamed at once, so that it is complete or absent; if another run was
		# faster, its server is used
		mv "$FOLDER/built$kept" "$CACHE/new.$$" || return 1
		mv -T "$CACHE/new.$$" "$kept" 2>/dev/null || rm -rf "$CACHE/new.$$"
		for old in "$CACHE/server-$major".*; do
			[ "$old" = "$kept" ] || rm -rf "$old"
		done
		rm -rf "$FOLDER/source" "$FOLDER/built" "$FOLDER/apt"
	fi
	PG_CONFIG=$kept/bin/pg_config
	export PG_CONFIG
}
