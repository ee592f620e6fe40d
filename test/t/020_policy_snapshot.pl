# Policy follows the snapshot, where it takes several sessions at a time or a
# server that is restarted: imported snapshots, prepared transactions, many
# subtransactions, schemas that are renamed and extensions that are replaced.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# What each session says is shown by the tests.
{
	no warnings 'redefine';
	*PostgreSQL::Test::BackgroundPsql::note = sub { };
}

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf(
	'postgresql.conf', q(
fsync = off
jit = off
autovacuum = off
max_prepared_transactions = 5
synchronous_standby_names = 'nobody'
synchronous_commit = local
));
$node->start;
$node->safe_psql(
	'postgres', q(
	CREATE SCHEMA desk;
	CREATE EXTENSION ticket_priority SCHEMA desk;
	CREATE TABLE noted (n integer);
	SET search_path = desk;
	INSERT INTO support_plan (plan, title, calendar) VALUES ('desk', 'Desk', 'always');
	INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '10 minutes');
));

my $ask = q(SELECT desk.sla_target('P1', 'desk'););

sub session
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('SELECT 1');
	return $session;
}

sub set_target
{
	my ($minutes) = @_;
	return "UPDATE desk.sla_target_rule SET target = '$minutes minutes' WHERE plan = 'desk' AND priority = 'P1';";
}

# A session that has asked before, and answers to the end.
my $known = session();
is($known->query_safe($ask), '00:10:00', 'the policy to begin with');

# ---------------------------------------------------------------------------
# An imported snapshot brings its policy with it, whatever the session knows.

my $exporter = session();
$exporter->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
my $id = $exporter->query_safe('SELECT pg_export_snapshot();');
$node->safe_psql('postgres', set_target(20));
is($known->query_safe($ask), '00:20:00', 'before importing: the new policy');
foreach my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	if ($level eq 'SERIALIZABLE')
	{
		$exporter->query_safe('COMMIT; BEGIN ISOLATION LEVEL SERIALIZABLE;');
		$id = $exporter->query_safe('SELECT pg_export_snapshot();');
		$node->safe_psql('postgres', set_target(30));
		$known->query_safe($ask);
	}
	my $old = $level eq 'SERIALIZABLE' ? '00:20:00' : '00:10:00';
	$known->query_safe("BEGIN ISOLATION LEVEL $level; SET TRANSACTION SNAPSHOT '$id';");
	is($known->query_safe($ask), $old, "$level, imported: the old policy");
	$known->query_safe('INSERT INTO noted VALUES (1);');
	is($known->query_safe($ask), $old, "$level, after a write: still");
	is($exporter->query_safe($ask), $old, "$level, the exporter: the same");
	$known->query_safe('COMMIT;');
}
is($known->query_safe($ask), '00:30:00', 'afterwards: the new policy');
$exporter->query_safe('COMMIT;');

# What the exporter itself has changed is not in the snapshot that it exports.
$exporter->query_safe('BEGIN;' . set_target(31));
is($exporter->query_safe($ask), '00:31:00', 'the exporter sees its own change');
$id = $exporter->query_safe('SELECT pg_export_snapshot();');
$known->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '$id';");
is($known->query_safe($ask), '00:30:00', 'the importer does not');
$exporter->query_safe('COMMIT;');
is($known->query_safe($ask), '00:30:00', 'nor does it when the exporter has committed');
is($exporter->query_safe($ask), '00:31:00', 'while others do');
$known->query_safe('COMMIT;');
is($known->query_safe($ask), '00:31:00', 'and the importer in its next transaction');

# A session that imports the snapshot from before its own last commit.
$exporter->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
$id = $exporter->query_safe('SELECT pg_export_snapshot();');
$known->query_safe(set_target(32));
is($known->query_safe($ask), '00:32:00', 'own commit');
$known->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '$id';");
is($known->query_safe($ask), '00:31:00', 'the snapshot from before it');
$known->query_safe('COMMIT;');
is($known->query_safe($ask), '00:32:00', 'and afterwards');
$exporter->query_safe('COMMIT;');
$exporter->quit;

# ---------------------------------------------------------------------------
# Snapshots in which not all subtransactions are known, because there are too
# many: with few before and after them, in whatever order the server has them.

my @sessions = map { session() } 1 .. 3;
foreach my $i (0 .. 2)
{
	my $n = $i == 1 ? 100 : 5;
	$sessions[$i]->query_safe(
		qq(BEGIN;
		DO \$\$ BEGIN
			FOR i IN 1 .. $n LOOP
				BEGIN
					INSERT INTO noted VALUES (i);
				EXCEPTION WHEN division_by_zero THEN
					NULL;
				END;
			END LOOP;
		END \$\$;));
}
$sessions[1]->query_safe(set_target(40));
$node->safe_psql('postgres', 'INSERT INTO noted VALUES (0)');
is($known->query_safe($ask), '00:32:00', 'many subtransactions in progress');
is($node->safe_psql('postgres', $ask), '00:32:00', 'and for a new session');
$known->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
is($known->query_safe($ask), '00:32:00', 'and in REPEATABLE READ');
$sessions[1]->query_safe('COMMIT;');
is($known->query_safe($ask), '00:32:00', 'which stays so when they commit');
is($node->safe_psql('postgres', $ask), '00:40:00', 'while others see it');
$known->query_safe('COMMIT;');
is($known->query_safe($ask), '00:40:00', 'and then so does the session');
$sessions[0]->query_safe('ROLLBACK;');
$sessions[2]->query_safe('COMMIT;');
$_->quit foreach @sessions;

# ---------------------------------------------------------------------------
# A prepared change is not seen, not even by the session that made it, until it
# is committed; and never when it is rolled back.

my $preparer = session();
is($preparer->query_safe($ask), '00:40:00', 'before preparing');
$preparer->query_safe('BEGIN;' . set_target(50));
is($preparer->query_safe($ask), '00:50:00', 'own change before preparing it');
$preparer->query_safe("PREPARE TRANSACTION 'fifty';");
is($preparer->query_safe($ask), '00:40:00', 'prepared: not seen by who made it');
is($known->query_safe($ask), '00:40:00', 'prepared: not seen by others');
is($node->safe_psql('postgres', $ask), '00:40:00', 'prepared: not seen by a new session');
$node->safe_psql('postgres', 'INSERT INTO noted VALUES (0)');
is($known->query_safe($ask), '00:40:00', 'prepared, and something else committed');
$known->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
is($known->query_safe($ask), '00:40:00', 'prepared, in REPEATABLE READ');
$node->safe_psql('postgres', "COMMIT PREPARED 'fifty'");
is($known->query_safe($ask), '00:40:00', 'which stays so when it is committed');
is($preparer->query_safe($ask), '00:50:00', 'committed: seen by who made it');
$known->query_safe('COMMIT;');
is($known->query_safe($ask), '00:50:00', 'committed: seen by others');

$preparer->query_safe('BEGIN;' . set_target(60) . "PREPARE TRANSACTION 'sixty';");
is($known->query_safe($ask), '00:50:00', 'prepared again');
$preparer->query_safe("ROLLBACK PREPARED 'sixty';");
is($preparer->query_safe($ask), '00:50:00', 'rolled back: not seen by who made it');
is($known->query_safe($ask), '00:50:00', 'rolled back: not seen by others');

# A prepared change survives a crash of the server, and is seen as late.
$preparer->query_safe('BEGIN;' . set_target(70) . "PREPARE TRANSACTION 'seventy';");
$preparer->quit;
$known->quit;
$node->stop('immediate');
$node->start;
$known = session();
is($known->query_safe($ask), '00:50:00', 'prepared, after a crash');
$node->safe_psql('postgres', 'INSERT INTO noted VALUES (0)');
is($known->query_safe($ask), '00:50:00', 'prepared, after a crash and a commit');
$node->safe_psql('postgres', "COMMIT PREPARED 'seventy'");
is($known->query_safe($ask), '01:10:00', 'committed after a crash');

# Between being prepared and leaving its session a transaction is listed twice.
# If another one commits meanwhile, there are as many as before, from the same
# oldest to the same newest; that is another snapshot all the same.
my $twice = session();
my $writer = session();
my $pid = $twice->query_safe('SELECT pg_backend_pid();');
$twice->query_safe('SET synchronous_commit = on; BEGIN; INSERT INTO noted VALUES (2);');
$writer->query_safe('BEGIN;' . set_target(71));
$node->safe_psql('postgres', 'INSERT INTO noted VALUES (3)');
$known->query_safe('BEGIN;');
is($known->query_safe($ask), '01:10:00', 'while two are in progress');
$twice->query_until(qr/begun/, "\\echo begun\nPREPARE TRANSACTION 'twice';\n");
$node->poll_query_until('postgres',
	"SELECT wait_event = 'SyncRep' FROM pg_stat_activity WHERE pid = $pid")
  or die 'PREPARE TRANSACTION does not wait for the standby that is not there';
$writer->query_safe('COMMIT;');
is($known->query_safe($ask), '01:11:00', 'one committed while the other is listed twice');
$known->query_safe('COMMIT;');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
$twice->query('SELECT 1;');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'twice'");
$twice->quit;

# ---------------------------------------------------------------------------
# A writer that takes long delays nobody.

$writer->query_safe('BEGIN;' . set_target(80));
is($known->query_safe("SET statement_timeout = '5s'; SELECT DISTINCT desk.sla_target('P1', 'desk') FROM generate_series(1, 100000);"),
	'01:11:00', 'a hundred thousand answers while a writer is in progress');
is($known->query_safe(q(
	DO $$ BEGIN
		FOR i IN 1 .. 2000 LOOP
			INSERT INTO noted VALUES (1);
			IF desk.sla_target('P1', 'desk') <> '71 minutes' THEN
				RAISE 'wrong';
			END IF;
		END LOOP;
	END $$;) . 'RESET statement_timeout;' . $ask),
	'01:11:00', 'and in two thousand snapshots');
$writer->query_safe('ROLLBACK;');
$writer->quit;

# ---------------------------------------------------------------------------
# The schema gets another name, the extension is replaced: the same session
# goes on.

$known->query_safe(q(
	CREATE VIEW asked AS SELECT desk.sla_target('P1', 'desk');
	PREPARE target AS SELECT * FROM asked;));
is($known->query_safe('EXECUTE target;'), '01:11:00', 'a prepared plan');
$node->safe_psql('postgres', 'ALTER SCHEMA desk RENAME TO counter');
is($known->query_safe('EXECUTE target;'), '01:11:00', 'in a schema of another name');
is($known->query_safe(q(SELECT counter.sla_target('P1', 'desk');)), '01:11:00', 'by its new name');
$node->safe_psql('postgres', q(UPDATE counter.sla_target_rule SET target = '1 minute' WHERE plan = 'desk'));
is($known->query_safe('EXECUTE target;'), '00:01:00', 'a change there');
$node->safe_psql('postgres', 'ALTER SCHEMA counter RENAME TO desk');

# In the session's own transaction, rolled back.
$known->query_safe('SET client_min_messages = warning; BEGIN; DROP EXTENSION ticket_priority CASCADE; CREATE EXTENSION ticket_priority SCHEMA desk;');
is($known->query_safe(q(SELECT desk.sla_target('P1', 'standard');)), '01:00:00', 'dropped and created anew');
my ($out, $failed) = $known->query($ask);
like($known->{stderr}, qr/support plan "desk" does not exist/, 'there the plan is gone');
$known->{stderr} = '';
$known->query('ROLLBACK;');
is($known->query_safe($ask), '00:01:00', 'rolled back: the old extension');

# By another session, in another schema, with another policy.
$node->safe_psql(
	'postgres', q(
	CREATE SCHEMA other;
	DROP EXTENSION ticket_priority CASCADE;
	CREATE EXTENSION ticket_priority SCHEMA other;
	UPDATE other.sla_target_rule SET target = '2 minutes' WHERE plan = 'standard' AND priority = 'P1';));
is($known->query_safe(q(SELECT other.sla_target('P1', 'standard');)), '00:02:00', 'created anew elsewhere');
$node->safe_psql('postgres', 'DROP EXTENSION ticket_priority; CREATE EXTENSION ticket_priority SCHEMA other;');
is($known->query_safe(q(SELECT other.sla_target('P1', 'standard');)), '01:00:00', 'and once more in the same place');
$known->quit;

$node->stop;
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/, 'nothing crashed or leaked');

done_testing();
