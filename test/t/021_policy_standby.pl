# Policy on a streaming standby: it follows what the standby's snapshots see,
# through changes, rollbacks, prepared transactions and promotion.

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

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf(
	'postgresql.conf', q(
fsync = off
jit = off
autovacuum = off
max_prepared_transactions = 5
max_standby_streaming_delay = -1
));
$primary->start;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $ask = q(SELECT sla_target('P1', 'desk'););

sub set_target
{
	my ($minutes) = @_;
	return "UPDATE sla_target_rule SET target = '$minutes minutes' WHERE plan = 'desk';";
}

# Runs it on the primary, and waits until the standby has it.
sub primary
{
	my ($sql) = @_;
	$primary->safe_psql('postgres', $sql);
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
}

sub session
{
	my ($node) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe('SELECT 1;');
	return $session;
}

# The extension and the policy come to the standby from the primary.
my $known = session($standby);
primary(q(
	CREATE EXTENSION ticket_priority;
	CREATE TABLE noted (n integer);
	INSERT INTO support_plan (plan, title, calendar) VALUES ('desk', 'Desk', 'always');
	INSERT INTO sla_target_rule (plan, priority, target) VALUES ('desk', 'P1', '10 minutes');));
is($known->query_safe($ask), '00:10:00', 'the policy to begin with');
is($known->query_safe($ask), '00:10:00', 'asked again');

# A change appears, to a session that has asked before and to a new one.
primary(set_target(20));
is($known->query_safe($ask), '00:20:00', 'a change on the primary');
is($standby->safe_psql('postgres', $ask), '00:20:00', 'a change, for a new session');
primary('INSERT INTO noted VALUES (1)');
is($known->query_safe($ask), '00:20:00', 'another transaction');
primary('BEGIN;' . set_target(21) . 'ROLLBACK;');
is($known->query_safe($ask), '00:20:00', 'a change that was rolled back');
primary('BEGIN;' . set_target(22) . 'SAVEPOINT a;' . set_target(23) . 'ROLLBACK TO a; COMMIT;');
is($known->query_safe($ask), '00:22:00', 'a change of which a part was rolled back');

# The owner's texts come as well.
my $word = q(SELECT ticket_label('urgency', 'high', 'nl'););
is($known->query_safe($word), 'hoog', 'a word of the library');
primary(q(INSERT INTO support_translation VALUES ('nl', 'urgency', 'high', 'dringend')));
is($known->query_safe($word), 'dringend', 'a word of the owner');
primary('TRUNCATE support_translation');
is($known->query_safe($word), 'hoog', 'a word that is gone');

# A cursor and a REPEATABLE READ transaction keep the old one.
my $cursor = session($standby);
$cursor->query_safe(q(BEGIN; DECLARE c CURSOR FOR SELECT sla_target('P1', 'desk') FROM generate_series(1, 9);));
my $repeatable = session($standby);
$repeatable->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ;');
is($repeatable->query_safe($ask), '00:22:00', 'REPEATABLE READ, before');
my $unasked = session($standby);
$unasked->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM noted;');
primary(set_target(30));
is($cursor->query_safe('FETCH 1 FROM c;'), '00:22:00', 'a cursor, first fetched after a change');
is($cursor->query_safe($ask), '00:30:00', 'a statement beside it');
is($cursor->query_safe('FETCH 1 FROM c;'), '00:22:00', 'the cursor again');
is($repeatable->query_safe($ask), '00:22:00', 'REPEATABLE READ, after a change');
is($unasked->query_safe($ask), '00:22:00', 'REPEATABLE READ, first asked after a change');
is($known->query_safe($ask), '00:30:00', 'others meanwhile');
$unasked->query_safe('COMMIT;');
is($unasked->query_safe($ask), '00:30:00', 'and the next transaction');
$unasked->quit;

# A statement keeps its policy while the standby replays a change.
my $slow = session($standby);
my $pid = $slow->query_safe('SELECT pg_backend_pid();');
$slow->query_until(
	qr/begun/, q(\echo begun
SELECT sla_target('P1', 'desk'), pg_sleep(1), sla_target('P1', 'desk') FROM generate_series(1, 2);
));
$standby->poll_query_until('postgres',
	"SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = $pid") or die;
primary(set_target(40));
is($slow->query_safe($ask), "00:30:00||00:30:00\n00:30:00||00:30:00\n00:40:00",
	'a statement that takes long, and one after it');
$slow->quit;

# Prepared on the primary, also with more subtransactions than are listed.
my $writer = session($primary);
$writer->query_safe('BEGIN;' . set_target(50) . q(
	DO $$ BEGIN
		FOR i IN 1 .. 100 LOOP
			BEGIN
				INSERT INTO noted VALUES (i);
			EXCEPTION WHEN division_by_zero THEN
				NULL;
			END;
		END LOOP;
	END $$;));
primary('INSERT INTO noted VALUES (1)');
is($known->query_safe($ask), '00:40:00', 'many subtransactions in progress');
$writer->query_safe("PREPARE TRANSACTION 'fifty';");
primary('INSERT INTO noted VALUES (1)');
is($known->query_safe($ask), '00:40:00', 'prepared');
primary("COMMIT PREPARED 'fifty'");
is($known->query_safe($ask), '00:50:00', 'committed');

# Promotion: what was prepared stays prepared, an older snapshot keeps its
# policy, and the new primary takes changes.
$writer->query_safe('BEGIN;' . set_target(60) . "PREPARE TRANSACTION 'sixty';");
primary('INSERT INTO noted VALUES (1)');
is($known->query_safe($ask), '00:50:00', 'prepared again');
$writer->quit;
$primary->stop;
$standby->promote;
is($known->query_safe($ask), '00:50:00', 'after promotion');
is($repeatable->query_safe($ask), '00:22:00', 'REPEATABLE READ since long before promotion');
is($cursor->query_safe('FETCH 1 FROM c;'), '00:22:00', 'a cursor since long before promotion');
$standby->safe_psql('postgres', "COMMIT PREPARED 'sixty'");
is($known->query_safe($ask), '01:00:00', 'what was prepared before promotion, committed');
is($repeatable->query_safe($ask), '00:22:00', 'REPEATABLE READ still');
$repeatable->query_safe('COMMIT;');
is($repeatable->query_safe($ask), '01:00:00', 'its next transaction');
$known->query_safe('BEGIN;' . set_target(70));
is($known->query_safe($ask), '01:10:00', 'own change on the new primary');
is($repeatable->query_safe($ask), '01:00:00', 'not seen by others');
$known->query_safe('COMMIT;');
is($repeatable->query_safe($ask), '01:10:00', 'until it is committed');
is($cursor->query_safe('FETCH 1 FROM c;'), '00:22:00', 'the cursor to its end');
$_->quit foreach ($known, $repeatable, $cursor);

$standby->stop;
unlike(slurp_file($_->logfile), qr/terminated by signal|PANIC|TRAP|leak/, 'nothing crashed or leaked')
  foreach ($primary, $standby);

done_testing();
