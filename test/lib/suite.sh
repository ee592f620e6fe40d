#!/bin/sh
# All the tests, run by launch.sh in the private folder.  A failure is shown and
# counted, and the rest goes on; the last line counts.

set -u
. "$FOLDER/project/test/lib/server.sh"
. "$FOLDER/project/test/lib/assert.sh"

only=
assert=
comparison=						# options of the comparison with a brute force
while [ $# -gt 0 ]; do
	case $1 in
		--only) only=$(printf '%s' "$2" | tr , ' '); shift ;;
		--assert) assert=yes ;;
		*) comparison="$comparison $1" ;;
	esac
	shift
done
passed=0
failed=0

heading()
{
	printf '\n== %s\n' "$1"
}

# check NAME COMMAND...: one test, passed if the command succeeds silently.
check()
{
	name=$1
	shift
	if "$@" >"$FOLDER/check" 2>&1 && [ ! -s "$FOLDER/check" ]; then
		passed=$((passed + 1))
		printf 'ok - %s\n' "$name"
	else
		failed=$((failed + 1))
		printf 'not ok - %s\n' "$name"
		sed 's/^/    /' "$FOLDER/check"
		return 1
	fi
}

# Counts the tests in $FOLDER/log, the output of pg_regress (in version 15's
# form or as TAP) or of a TAP test.  A run that failed, by its status $1,
# without a failed test counts as one failed test.  So does a run without any
# test.
count()
{
	ok=$(grep -c -E '^ok [0-9]|^test .* \.\.\. ok ' "$FOLDER/log")
	bad=$(grep -c -E '^not ok [0-9]|^test .* \.\.\. (FAILED|failed)' "$FOLDER/log")
	if [ "$bad" = 0 ] && { [ "$1" != 0 ] || [ "$ok" = 0 ]; }; then
		bad=1
		cat "$FOLDER/log"
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
}

results='^(not )?ok [0-9]|^test .* \.\.\. |^#  |^Result'

finish()
{
	printf '\n%d passed, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}

# ------------------------------------------------------------ about the files

versions_agree()
{
	control=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" ticket_priority.control)
	[ -n "$control" ] || echo "no version in the control file"
	python3 - "$control" <<-'END'
	import json, sys
	meta = json.load(open("META.json"))
	for version in meta["version"], meta["provides"]["ticket_priority"]["version"]:
	    if version != sys.argv[1] + ".0":
	        print("META.json is of", version)
	END
	changes=$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | sed -n 1p)
	[ "$changes" = "$control" ] || echo "the newest entry of CHANGELOG.md is of $changes"
}

conditionals_in_one_place()
{
	grep -rn 'PG_VERSION_NUM\|PG_MAJORVERSION' src | grep -v '^src/base/compat\.h:'
	:
}

# The folders of src are layers: a file includes headers of its own folder and of
# those after it here.
layers_call_down()
{
	layers="tickets language functions policy time hours base"
	for folder in src/*/; do
		folder=$(basename "$folder")
		case " $layers " in
			*" $folder "*) ;;
			*) echo "src/$folder is no layer" ;;
		esac
	done
	above=
	for layer in $layers; do
		[ -z "$above" ] || grep -n -E "#include \"($above)/" "src/$layer"/*.[ch] 2>/dev/null
		above=${above:+$above|}$layer
	done
	# every header of the project is named with its folder, so none is missed
	for header in src/*/*.h; do
		grep -rn "#include \"$(basename "$header")\"" src
	done
	:
}

scripts_parse()
{
	for script in test/run test/lib/*.sh test/demo/run test/demo/*.sh .ci/run; do
		sh -n "$script"
	done
}

# CREATE EXTENSION reads the script in the encoding of the database, whatever that is.
scripts_are_ascii()
{
	LC_ALL=C grep -n '[^[:print:][:space:]]' sql/*.sql
	:
}

# "make clean" leaves exactly the files that were there before the build.
clean_leaves_nothing()
{
	find . -type f | sort >"$FOLDER/files_before"
	quietly make PG_CONFIG="$PG_CONFIG" regress-files all || return 1
	quietly make PG_CONFIG="$PG_CONFIG" clean || return 1
	find . -type f | sort | diff "$FOLDER/files_before" -
}

# The project can be built out of tree, with assertions compiled in. After a
# change of a header everything is built again.
builds_out_of_tree()
(
	mkdir "$FOLDER/elsewhere"
	cd "$FOLDER/elsewhere" || exit 1
	build -f "$project/Makefile" WERROR=1 COPT=-DUSE_ASSERT_CHECKING || exit 1
	[ -f ticket_priority.so ] || echo "no library"
	touch "$project/src/base/compat.h"
	make -n PG_CONFIG="$PG_CONFIG" -f "$project/Makefile" >"$FOLDER/log"
	for object in src/*.o src/*/*.o; do
		grep -q -e "-o $object " "$FOLDER/log" || echo "a changed header does not rebuild $object"
	done
	rm -rf "$FOLDER/elsewhere"
)

builds_without_clang()
(
	mkdir "$FOLDER/elsewhere"
	cd "$FOLDER/elsewhere" || exit 1
	build -f "$project/Makefile" WERROR=1 CLANG=no-such-clang || exit 1
	[ -f ticket_priority.so ] || echo "no library"
	find . -name '*.bc'
	rm -rf "$FOLDER/elsewhere"
)

# Installed and uninstalled, nothing is left.
uninstalls()
{
	staged=$FOLDER/staged
	quietly make PG_CONFIG="$PG_CONFIG" DESTDIR="$staged" install || return 1
	[ -n "$(find "$staged" -name 'ticket_priority*.sql')" ] || echo "no script"
	quietly make PG_CONFIG="$PG_CONFIG" DESTDIR="$staged" uninstall || return 1
	find "$staged" ! -type d
	rm -rf "$staged"
}

# What "make installcheck" runs needs no Perl.
installcheck_is_plain()
{
	make -n PG_CONFIG="$PG_CONFIG" installcheck >"$FOLDER/log" 2>&1 || cat "$FOLDER/log"
	grep -q pg_regress "$FOLDER/log" || echo "no regression tests"
	grep -q pg_isolation_regress "$FOLDER/log" || echo "no isolation tests"
	grep -n -E 'prove|perl' "$FOLDER/log"
	:
}

says_what_is_missing()
{
	make PG_CONFIG=no-such-program 2>&1 | grep -q 'make PG_CONFIG=/path/to/pg_config' ||
		echo "no hint without pg_config"
	make PG_CONFIG="$PG_CONFIG" with_icu=no 2>&1 | grep -q 'built with ICU' || echo "no hint without ICU"
}

if [ -n "$assert" ]; then
	heading "Server with assertions"
	use_server_with_assertions || die "the server could not be built; see above"
fi

heading "Build against $("$PG_CONFIG" --version)"
if [ -z "$only$assert" ]; then
	check "the version is the same everywhere" versions_agree
	check "differences between servers are in compat.h alone" conditionals_in_one_place
	check "no layer includes a header of one above it" layers_call_down
	check "the shell scripts parse" scripts_parse
	check "the install script is plain ASCII" scripts_are_ascii
	check "make clean leaves nothing behind" clean_leaves_nothing
	check "builds out of tree, with assertions, and follows headers" builds_out_of_tree
	check "builds where clang is missing" builds_without_clang
	check "says what is missing" says_what_is_missing
	check "make installcheck needs no Perl" installcheck_is_plain
fi
check "builds without a warning" build WERROR=1 || finish
[ -n "$only$assert" ] || check "make uninstall removes all that make install made" uninstalls
check "installs into a private copy of the server" install_privately || finish
check "the private server starts" start_server || finish
if [ -n "$assert" ]; then
	check "the private server checks assertions" \
		sh -c '[ "$(psql -X -A -t -c "SHOW debug_assertions")" = on ] || echo "it does not"'
fi

# ------------------------------------------------------------------ the suites

# regression NAME...: without a name, all of them.
regression()
{
	heading "Regression tests"
	make -s PG_CONFIG="$PG_CONFIG" ISOLATION= ${1:+REGRESS="$*"} installcheck >"$FOLDER/log" 2>&1
	count $?
	grep -E "$results" "$FOLDER/log"
	[ ! -f regress/regression.diffs ] || cat regress/regression.diffs
}

isolation()
{
	heading "Isolation tests"
	make -s PG_CONFIG="$PG_CONFIG" REGRESS= ${1:+ISOLATION="$*"} installcheck >"$FOLDER/log" 2>&1
	count $?
	grep -E "$results" "$FOLDER/log"
	[ ! -f output_iso/regression.diffs ] || cat output_iso/regression.diffs
}

# tap SCRIPT
tap()
{
	heading "$1"
	make -s PG_CONFIG="$PG_CONFIG" REGRESS= ISOLATION= TAP_TESTS=1 PROVE_TESTS="$1" PROVE_FLAGS=-v \
		installcheck >"$FOLDER/log" 2>&1
	status=$?
	count $status
	grep -E "$results" "$FOLDER/log"
	[ "$status" = 0 ] || tail -n 30 tmp_check/log/regress_log_*
}

# No process may have died, or kept what it should release.
log_is_clean()
{
	grep -E 'terminated by signal|PANIC|TRAP:|reference leak|resource was not closed|server process .* exited' \
		"$FOLDER/server.log"
	:
}

check_server()
{
	heading "Server"
	check "nothing crashed or leaked" log_is_clean
	quietly pg_ctl -D "$data" -m fast -w stop
}

# named PATTERN...: the names of --only for which a file matches a pattern, in
# which % stands for the name.
named()
{
	for name in $only; do
		for file in $(printf '%s' "$1" | sed "s/%/$name/g"); do
			[ ! -f "$file" ] || printf '%s\n' "$name"
		done
	done
}

if [ -n "$only" ]; then
	for name in $only; do
		ls "test/sql/$name.sql" test/sql[0-9]*/"$name.sql" "test/isolation/specs/$name.spec" \
			"test/t/$name.pl" 2>/dev/null | grep -q . || die "no test is named $name"
	done
	names=$(named 'test/sql/%.sql test/sql[0-9]*/%.sql')
	[ -z "$names" ] || regression $names
	names=$(named 'test/isolation/specs/%.spec')
	[ -z "$names" ] || isolation $names
	for name in $(named 'test/t/%.pl'); do
		tap "test/t/$name.pl"
	done
	check_server
	finish
fi
if [ -n "$assert" ]; then
	regression
	isolation
	check_server
	finish
fi

# ------------------------------------------------------- about the SQL objects

heading "Every object"
createdb objects
export PGDATABASE=objects
check "installs into any schema, owned by an ordinary user" \
	query -f test/lib/install.sql
query -F ': ' -f test/lib/objects.sql >"$FOLDER/objects" 2>&1
for promise in $(sed -n 's/^-- PROMISE \([a-z_]*\)$/\1/p' test/lib/objects.sql); do
	check "$(echo "$promise" | tr _ ' ')" \
		sh -c 'sed -n "s/^$1: //p; /^psql:/p" "$2"' sh "$promise" "$FOLDER/objects"
done
PGDATABASE=postgres

regression
isolation
for script in test/t/*.pl; do
	tap "$script"
done

# Without a server, under the compiler's sanitizers. The address sanitizer needs
# /proc.
heading "Fuzzing"
# fuzz COUNT FILE...: builds a fuzzer of these files, and runs it.
fuzz()
(
	times=$1
	shift
	sanitizers=undefined
	[ ! -r /proc/self/maps ] || sanitizers=address,undefined
	"$("$PG_CONFIG" --cc | sed 's/ .*//')" -g -O1 -fsanitize=$sanitizers \
		-fno-sanitize-recover=all -I"$("$PG_CONFIG" --includedir-server)" -Isrc \
		-o "$FOLDER/fuzz" "$@" test/fuzz/stubs.c src/hours/scanner.c -licui18n -licuuc -lm || exit 1
	quietly "$FOLDER/fuzz" "$times"
)
check "a million random opening hours, a thousand of them with their meaning" fuzz 1000 \
	test/fuzz/opening_hours.c src/hours/opening_hours*.c src/hours/business_hours.c
check "a million random holiday rules, a thousand of them with their days, and other calendars" fuzz 1000 \
	test/fuzz/holiday_rule.c src/hours/holiday_rule*.c src/hours/non_gregorian.c src/hours/opening_hours_shifts.c
check "1,000 random holiday feeds" fuzz 1000 \
	test/fuzz/holiday_feed.c src/hours/holiday_feed.c src/hours/feed_*.c src/hours/recurrence.c \
	src/hours/holiday_rule*.c src/hours/non_gregorian.c src/hours/opening_hours_shifts.c

check "The step of a clock, rule by rule, and 1,000 random lives" fuzz 1000 \
	test/unit/clock_step.c src/tickets/clock_step.c src/tickets/clock_facts.c src/tickets/clock_events.c

if [ -f test/reference/run ]; then
	heading "Randomised comparison with a brute force"
	createdb reference
	query -d reference -c 'CREATE EXTENSION ticket_priority'
	for memory in '' '--small-cache --cases 12000'; do
		if PGDATABASE=reference python3 test/reference/run $memory $comparison; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
		fi
	done
fi

if [ -f test/tracking/compare ]; then
	heading "Tracked tickets compared with a model of the rules"
	if python3 test/tracking/compare; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
fi

heading "Comparisons with other programs, where they can be had"
for script in test/compare/*/compare; do
	[ -f "$script" ] || continue
	if PGDATABASE=reference python3 "$script"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done

heading "Demonstration"
demonstration()
{
	createdb demo
	psql -X -q -d demo -v ON_ERROR_STOP=1 -f test/demo/demo.sql >"$FOLDER/demo.out" 2>&1 ||
		tail -n 20 "$FOLDER/demo.out"
	grep -n -E '^psql:|ERROR|WARNING' "$FOLDER/demo.out"
	LC_ALL=C.UTF-8 awk 'length($0) > 100 { print FILENAME ":" FNR ": wider than 100 columns" }' "$FOLDER/demo.out"
	tickets=$(query -d demo -c 'SELECT count(*) FROM ticket')
	[ "$tickets" -ge 10000 ] || echo "only $tickets tickets"
}
check "the demonstration runs, at 100 columns" demonstration

heading "Report"
# The scripts are run from where they are installed.
manual_installed=$("$PG_CONFIG" --docdir)/extension/ticket_priority
manual_is_complete()
{
	for file in *.md LICENSE doc; do
		diff -r "$file" "$manual_installed/$file"
	done
}
check "the manual is installed" manual_is_complete
report_of_demonstration()
{
	psql -X -d demo -v prefix=ticket -f "$manual_installed/doc/report.sql" -o "$FOLDER/demo.html" || return 1
	python3 test/report/check "$FOLDER/demo.html" >"$FOLDER/log" 2>&1 || cat "$FOLDER/log"
	psql -X -d demo -v prefix=ticket -f "$manual_installed/doc/report_terminal.sql" >"$FOLDER/demo.out" || return 1
	LC_ALL=C.UTF-8 awk 'length($0) > 100 { print FNR ": wider than 100 columns" }' "$FOLDER/demo.out"
}
check "the demonstration's tickets make a report" report_of_demonstration
if python3 test/report/check; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi

heading "Manual"
manual()
{
	createdb manual
	query -d manual -c 'CREATE EXTENSION ticket_priority'
	PGDATABASE=manual python3 test/doc/check
}
check "the manual shows what the server does" manual

check_server
finish
