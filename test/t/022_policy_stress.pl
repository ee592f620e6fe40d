# Many writers and readers at a time.  Each writer changes a target and, in the
# same transaction, a row of an ordinary table that says what the target is.
# Each reader looks at both in one statement: whatever its snapshot sees of the
# one it must see of the other.  It is run on a primary and its standby, and
# every disagreement ends it.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = 5;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q(
fsync = off
jit = off
max_connections = 60
max_prepared_transactions = 5
hot_standby_feedback = on
max_standby_streaming_delay = -1
log_statement = none
));
$primary->start;
$primary->safe_psql(
	'postgres', q(
	CREATE EXTENSION ticket_priority;
	CREATE TABLE noted (n integer);
	CREATE TABLE said (plan text PRIMARY KEY, minutes integer);
	INSERT INTO support_plan (plan, title, calendar)
	SELECT 'desk' || i, 'Desk', 'always' FROM generate_series(1, 3) AS i;
	INSERT INTO sla_target_rule (plan, priority, target)
	SELECT 'desk' || i, 'P1', '1 minute' FROM generate_series(1, 3) AS i;
	INSERT INTO said SELECT 'desk' || i, 1 FROM generate_series(1, 3) AS i;

	CREATE FUNCTION agree(plan text, minutes integer, target interval) RETURNS boolean
	LANGUAGE plpgsql AS $$
	BEGIN
		IF target IS DISTINCT FROM make_interval(mins => minutes) THEN
			RAISE EXCEPTION 'policy disagrees with the snapshot: %, % minutes, target %',
				plan, minutes, target;
		END IF;
		RETURN true;
	END $$;
	CREATE VIEW check_all AS
	SELECT bool_and(agree(plan, minutes, sla_target('P1', plan))) FROM said;

	-- The statements of a STABLE function see one snapshot.
	CREATE FUNCTION check_slowly() RETURNS void LANGUAGE plpgsql STABLE AS $$
	BEGIN
		PERFORM * FROM check_all;
		PERFORM pg_sleep(0.002);
		PERFORM * FROM check_all;
	END $$;
));
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $choose = q(
\set desk random(1, 3)
\set minutes random(1, 500)
);
my $say = q(UPDATE said SET minutes = :minutes WHERE plan = 'desk' || :desk;);
my $change = q(UPDATE sla_target_rule SET target = make_interval(mins => :minutes) WHERE plan = 'desk' || :desk;);
my $check = q(SELECT * FROM check_all;);
my $note = q(INSERT INTO noted VALUES (1););

my %writers = (
	update => "$choose BEGIN; $say $change $check COMMIT;",
	replace => "$choose BEGIN; $say
		DELETE FROM sla_target_rule WHERE plan = 'desk' || :desk;
		SAVEPOINT a;
		INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk' || :desk, 'P1', '9 hours');
		SELECT sla_target('P1', 'desk' || :desk);
		ROLLBACK TO a;
		INSERT INTO sla_target_rule (plan, priority, target)
		VALUES ('desk' || :desk, 'P1', make_interval(mins => :minutes));
		$check COMMIT;",
	abandon => "$choose BEGIN; $say $change $check ROLLBACK; $check",
	prepare => "$choose BEGIN; $say $change PREPARE TRANSACTION 'prepared'; $check COMMIT PREPARED 'prepared'; $check",
	forget => "$choose BEGIN; $say $change PREPARE TRANSACTION 'forgotten'; $check ROLLBACK PREPARED 'forgotten'; $check");

my $open = q(SELECT agree(plan, minutes, sla_target('P1', plan)) FROM said, generate_series(1, 3));
my %readers = (
	statements => $check,
	transaction => "BEGIN; $check $check COMMIT;",
	function => 'SELECT check_slowly();',
	repeatable => "BEGIN ISOLATION LEVEL REPEATABLE READ; $check
		\\sleep 1 ms
		$check COMMIT;",
	cursors => "BEGIN; DECLARE c CURSOR FOR $open; FETCH 1 FROM c; $check
		\\sleep 1 ms
		DECLARE d CURSOR FOR $open; $check
		\\sleep 1 ms
		FETCH 1 FROM d; FETCH 4 FROM c; $check FETCH ALL FROM d; FETCH ALL FROM c; COMMIT;");
my %primary_readers = (
	%readers,
	writing => "BEGIN; $note $check $note $check COMMIT;",
	savepoints => "BEGIN ISOLATION LEVEL REPEATABLE READ; $check SAVEPOINT a; $note $check ROLLBACK TO a; $check COMMIT;",
	serializable => "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY; $check $check COMMIT;");

# Starts pgbench; the scripts' statements are one a line.
my @runs;
my $dir = PostgreSQL::Test::Utils::tempdir();

sub start
{
	my ($name, $node, $clients, $script) = @_;
	my $file = "$dir/" . scalar(@runs);
	my ($out, $err) = ('', '');
	append_to_file($file, $script);
	push @runs,
	  {
		name => $name,
		out => \$out,
		err => \$err,
		handle => IPC::Run::start(
			[
				'pgbench', '-n', '-M', $name =~ /prepare|forget/ ? 'simple' : 'prepared',
				'-c', $clients, '-T', $seconds, '-f', $file, '-h', $node->host,
				'-p', $node->port, 'postgres'
			],
			'<', \undef, '>', \$out, '2>', \$err)
	  };
}

start("writer: $_", $primary, 1, $writers{$_}) foreach sort keys %writers;
start("reader on the primary: $_", $primary, 2, $primary_readers{$_}) foreach sort keys %primary_readers;
start("reader on the standby: $_", $standby, 1, $readers{$_}) foreach sort keys %readers;
foreach my $run (@runs)
{
	IPC::Run::finish($run->{handle});
	my ($n) = ${ $run->{out} } =~ /actually processed: (\d+)/;
	my ($wrong) = ${ $run->{err} } =~ /(ERROR.*)/;
	is($wrong || ($n ? 'agrees' : "did nothing: ${ $run->{err} }"), 'agrees', $run->{name});
}

$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is($_->safe_psql('postgres', $check), 't', 'in the end, on the ' . $_->name) foreach ($primary, $standby);

$_->stop foreach ($standby, $primary);
unlike(slurp_file($_->logfile), qr/terminated by signal|PANIC|TRAP|leak/, 'nothing crashed or leaked')
  foreach ($primary, $standby);

done_testing();
