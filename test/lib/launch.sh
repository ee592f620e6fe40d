# Sourced by test/run, test/demo/run and test/bench/run: the part that runs as
# the caller.
#
# It installs missing Debian packages, makes a private folder with a copy of the
# project, and runs a script of the copy there as an ordinary user.  In the end,
# whatever happened, it stops the servers and removes the folder.  It leaves
# nothing behind but the packages and the server that --assert keeps.
#
# It needs only POSIX sh and programs that every Debian has.
#
# The caller sets root, the project's folder.

# shellcheck shell=sh disable=SC2086,SC2012,SC2154
# (names of packages are words to split; names listed are plain)

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 1
}

# ---------------------------------------------------------------- packages

# The pg_config of a server of version 15 or later that extensions can be built
# for: the caller's choice, else the first on the path, else Debian's newest.
find_pg_config()
{
	for candidate in ${PG_CONFIG:-pg_config \
		$(ls -d /usr/lib/postgresql/*/bin/pg_config 2>/dev/null | sort -rV)}
	do
		candidate=$(command -v "$candidate" 2>/dev/null) || continue
		case $candidate in /*) ;; *) candidate=$PWD/$candidate ;; esac
		[ -f "$("$candidate" --pgxs 2>/dev/null)" ] || continue
		[ -f "$("$candidate" --includedir-server)/postgres.h" ] || continue
		[ -x "$("$candidate" --bindir)/postgres" ] || continue
		major=$("$candidate" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
		[ "$major" -ge 15 ] || continue
		printf '%s\n' "$candidate"
		return 0
	done
	return 1
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

have_header()
{
	printf '#include <%s>\n' "$1" | "$(command -v gcc || command -v cc || echo gcc)" -E -x c -o /dev/null - 2>/dev/null
}

# Debian's names of the packages that $1 (demo, tests, bench, assert) lacks.  "server" stands
# for those of the server, whose names depend on its version.
missing_packages()
{
	find_pg_config >/dev/null || echo server
	have make || echo make
	have gcc || have cc || echo gcc
	have_header stdio.h || echo libc6-dev
	have_header unicode/ucal.h || echo libicu-dev
	[ "$1" != demo ] || return 0
	python3 -c 'import zoneinfo, subprocess, random' 2>/dev/null || echo python3
	[ -e /usr/share/zoneinfo/Europe/Warsaw ] || echo tzdata
	have prove || echo perl
	perl -MTest::More -MIPC::Run -e 1 2>/dev/null || echo libipc-run-perl
	if [ "$1" != assert ]; then
		# moves the clock of a server
		ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || echo faketime
		return 0
	fi
	# to build a server
	for program in bison flex pkg-config bzip2; do
		have "$program" || echo "$program"
	done
	have xz || echo xz-utils
}

# Debian's names of packages with which $1 (demo, tests, bench, assert) does more.
optional_packages()
{
	if [ "$1" = bench ]; then
		have valgrind || echo valgrind
		python3 -c 'import numpy' 2>/dev/null || echo python3-numpy
	fi
	[ "$1" = tests ] || return 0
	# Chromium does not run without /proc
	[ -r /proc/self/maps ] || return 0
	have chromium || have chromium-browser || have google-chrome || echo chromium
}

# The packages of the newest server that is installed, else of the newest that
# Debian has.
server_packages()
{
	major=$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null |
		sed 's,/usr/lib/postgresql/\([0-9]*\)/.*,\1,' | sort -rn | sed -n 1p)
	if [ "${major:-0}" -lt 15 ]; then
		major=$(apt-cache depends postgresql 2>/dev/null |
			sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | sort -rn | sed -n 1p)
	fi
	[ "${major:-0}" -ge 15 ] || return 1
	echo "postgresql-$major" "postgresql-server-dev-$major"
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt_get()
{
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 \
		"$@" </dev/null >>"$apt_dir/log" 2>&1 && return 0
	cat "$apt_dir/log" >&2
	die "apt-get $1 failed; see above"
}

install_without_server()
{
	apt_get install --no-install-recommends \
		-o "DPkg::Path=$apt_dir/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
		"$@"
}

# Installs what is missing.  Installs what is optional, too, if it can be had
# without asking for a password only for that.  Debian's server package would also
# create and start a server of the machine's own.  Nobody asked for that.  So
# while dpkg configures the packages, stand-ins come first in its search path and
# take the place of the programs that would do it.  No configuration is changed.
install_packages()
{
	missing=$(missing_packages "$1")
	optional=$(optional_packages "$1")
	if [ -z "$missing" ]; then
		[ -n "$optional" ] && have apt-get && [ "$(id -u)" = 0 ] || return 0
	fi
	if [ -n "${PG_CONFIG:-}" ] && ! find_pg_config >/dev/null; then
		die "PG_CONFIG=$PG_CONFIG: no server of version 15 or later with its build files there"
	fi
	have apt-get || die "missing here (by Debian's names):" $missing
	if [ "$(id -u)" != 0 ]; then
		have sudo || die "missing here, and only root can install:" $missing
	fi

	apt_dir=$(mktemp -d /tmp/ticket_priority_apt.XXXXXX)
	trap 'rm -rf "$apt_dir"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	chmod 755 "$apt_dir"
	mkdir "$apt_dir/bin"
	: >"$apt_dir/log"
	cat >"$apt_dir/bin/pg_createcluster" <<-'END'
	#!/bin/sh
	echo "not creating a server"
	END
	for program in invoke-rc.d deb-systemd-invoke; do
		real=$(command -v "$program" || echo "/usr/bin/$program")
		cat >"$apt_dir/bin/$program" <<-END
		#!/bin/sh
		case " \$* " in
			*" postgresql"*) exit 0 ;;
		esac
		exec $real "\$@"
		END
	done
	chmod 755 "$apt_dir/bin/"*

	say "Installing what is missing ..."
	if [ -z "$missing" ]; then
		(apt_get update) 2>/dev/null || optional=
	else
		apt_get update
	fi
	case $missing in
		*server*)
			server=$(server_packages) ||
				die "this system offers no PostgreSQL 15 or later"
			missing="$server $(printf '%s\n' "$missing" | sed '/^server$/d')"
			;;
	esac
	if [ -n "$missing" ]; then
		say "  " $missing
		install_without_server $missing
	fi
	for package in $optional; do
		say "  " "$package (optional)"
		(install_without_server "$package") 2>/dev/null || say "   going on without $package"
	done
	rm -rf "$apt_dir"
	trap - EXIT HUP INT TERM

	missing=$(missing_packages "$1")
	[ -z "$missing" ] || die "still missing after the installation:" $missing
}

# ------------------------------------------------------ the private folder

# The words before a command that run it as user $1.
words_to_become()
{
	if have setpriv; then
		echo "setpriv --reuid=$1 --regid=$(id -g "$1") --clear-groups"
	else
		echo "chroot --userspec=$1:$(id -g "$1") /"
	fi
}

# Makes the private folder, in TMPDIR or another usual place where programs may
# run.  Its name is plain, because build tools split names at spaces, and short,
# because a socket's name has at most 107 bytes.  When root calls, it belongs to
# another user, because PostgreSQL refuses to run as root.
make_folder()
{
	owners=self
	if [ "$(id -u)" = 0 ]; then
		owners="$(id -un "${SUDO_UID:-0}" 2>/dev/null || :) nobody postgres"
	fi
	for place in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
		case $place in
			*[!A-Za-z0-9/._-]*) continue ;;
			?????????????????????????????????????????*) continue ;;
			/*) ;;
			*) continue ;;
		esac
		folder=$(mktemp -d "$place/ticket_priority.XXXXXX" 2>/dev/null) || continue
		printf '#!/bin/sh\nexit 0\n' >"$folder/probe"
		chmod 755 "$folder/probe"
		for owner in $owners; do
			as_owner=
			case $owner in
				root) continue ;;
				self) ;;
				*)
					give_to_owner 2>/dev/null || continue
					as_owner=$(words_to_become "$owner")
					;;
			esac
			if $as_owner "$folder/probe" 2>/dev/null; then
				rm -f "$folder/probe"
				return 0
			fi
		done
		rm -rf "$folder"
	done
	folder=
	die "no place for a private folder: looked at ${TMPDIR:+$TMPDIR, }/tmp and /var/tmp"
}

give_to_owner()
{
	[ "$owner" = self ] || chown -R "$owner:$(id -g "$owner")" "$folder"
}

# The folder that keeps what takes long to build.  It belongs to the user who
# builds.  When root calls, that is another user, who cannot read root's home.
make_cache()
{
	if [ "$owner" = self ]; then
		cache=${XDG_CACHE_HOME:-$HOME/.cache}/ticket_priority
		mkdir -p "$cache"
	else
		cache=/var/cache/ticket_priority/$owner
		mkdir -p "$cache"
		chown "$owner:$(id -g "$owner")" "$cache"
	fi
	case $cache in
		*[!A-Za-z0-9/._-]*) die "$cache: build tools need a name of plain characters; set XDG_CACHE_HOME" ;;
	esac
}

# A copy of the project without what builds leave behind.
copy_project()
{
	mkdir "$folder/project" "$folder/home" "$folder/tmp"
	(cd -- "$1" && tar -cf - --exclude=./.git --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
		--exclude='./ticket_priority--*' --exclude='./src/language/shipped_texts.inc*' --exclude=./regress --exclude=./tmp_check .) |
		(cd "$folder/project" && tar -xf - --no-same-owner)
	give_to_owner
}

# Stops every server that runs in a folder.  A missing file shows that a server
# has stopped; its process can stay in the list as a zombie.
stop_servers()
{
	find "$1" -name postmaster.pid 2>/dev/null | while read -r file; do
		pid=$(sed -n 1p "$file" 2>/dev/null) && kill -s INT "$pid" 2>/dev/null || continue
		tries=0
		while [ -e "$file" ] && [ "$tries" -lt 100 ]; do
			[ "$tries" -ne 50 ] || kill -s QUIT "$pid" 2>/dev/null || break
			sleep 0.1
			tries=$((tries + 1))
		done
	done
}

# ------------------------------------------------------------------ running

clean_up()
{
	status=$?
	trap '' HUP INT TERM
	if [ -n "$child" ]; then
		kill -s TERM -- "-$child" 2>/dev/null || kill -s TERM "$child" 2>/dev/null || :
		tries=0
		while kill -s 0 -- "-$child" 2>/dev/null && [ "$tries" -lt 20 ]; do
			sleep 0.1
			tries=$((tries + 1))
		done
		kill -s KILL -- "-$child" 2>/dev/null || :
		wait "$child" 2>/dev/null || :
	fi
	if [ -n "$folder" ] && ! { [ "$status" = 0 ] && [ -e "$folder/stop" ]; }; then
		stop_servers "$folder"
		rm -rf "$folder" 2>/dev/null || { sleep 1; rm -rf "$folder"; }
	fi
	exit "$status"
}

# launch PURPOSE SCRIPT [ARGUMENT...]: runs a script of the project, named from the
# project's root, in a private copy.  Its environment has little but PG_CONFIG, the private
# FOLDER and, for the purpose "assert", the folder CACHE.  If it leaves a file
# "stop" in the private folder, the folder is kept.  Does not return.
launch()
{
	purpose=$1
	script=$2
	shift 2
	install_packages "$purpose"
	pg_config=$(find_pg_config)
	umask 022

	folder=
	child=
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	make_folder
	cache=
	[ "$purpose" != assert ] || make_cache
	copy_project "$root"

	# In a process group of its own, so that all of it can be ended at once, and
	# in the background, because sh handles signals only between commands.
	cd "$folder" || exit 1
	$as_owner setsid env -i PATH="$PATH" HOME="$folder/home" TMPDIR="$folder/tmp" \
		LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" PYTHONDONTWRITEBYTECODE=1 \
		PG_CONFIG="$pg_config" FOLDER="$folder" CACHE="$cache" \
		sh "$folder/project/$script" "$@" &
	child=$!
	status=0
	wait "$child" || status=$?
	child=
	exit "$status"
}
