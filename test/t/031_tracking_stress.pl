# Many sessions write the same few tickets and their messages at a time, at every
# isolation level, while the upkeep runs and the policy changes.  Afterwards each
# clock must be what ticket and messages say, and the runs of messages what plain
# SQL makes of them.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $seconds = 3;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q(
fsync = off
jit = off
max_connections = 60
deadlock_timeout = 50ms
log_statement = none
));
$node->start;
$node->safe_psql(
	'postgres', q(
	SET client_min_messages = warning;
	CREATE EXTENSION ticket_priority;
	INSERT INTO sla_target_rule (plan, priority, metric, target)
	SELECT 'premium', p, m, '3 seconds'
	FROM unnest(enum_range(NULL::ticket_priority)) AS p, unnest(ARRAY['next_response', 'resolution']) AS m;
	CREATE TABLE ticket (
		id integer PRIMARY KEY, opened_at timestamptz DEFAULT now(), plan text DEFAULT 'premium', priority text DEFAULT 'P2',
		waiting boolean DEFAULT false, answered_at timestamptz, closed_at timestamptz, spam boolean DEFAULT false, note text
	);
	CREATE TABLE message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket integer, at timestamptz DEFAULT clock_timestamp(), author text);
	CREATE INDEX ON message (ticket);
	SELECT sla_track('ticket', cancelled => 'spam');
	SELECT sla_add_clock('ticket', 'resolution', stops => 'closed_at', paused => 'waiting', on_reopen => 'new run');
	SELECT sla_add_clock('ticket', 'next_response', on_close => 'run');
	SELECT sla_add_events('ticket', 'next_response', 'message', starts => $$author = 'customer'$$, stops => $$author = 'agent'$$);
	INSERT INTO ticket (id) SELECT i FROM generate_series(1, 12) AS i;
	CREATE TABLE opened AS SELECT id, opened_at FROM ticket;
));

# Each touches one ticket with each transaction, so these never wait for each
# other in a circle.
my %alone = (
	message => q(INSERT INTO message (ticket, author) VALUES (:id, CASE WHEN :n < 50 THEN 'customer' ELSE 'agent' END);),
	late => q(INSERT INTO message (ticket, author, at)
		VALUES (:id, CASE WHEN :n < 50 THEN 'customer' ELSE 'agent' END, clock_timestamp() - :n * interval '20 ms');),
	pause => q(UPDATE ticket SET waiting = NOT waiting WHERE id = :id;),
	close => q(UPDATE ticket SET closed_at = CASE WHEN closed_at IS NULL THEN clock_timestamp() END WHERE id = :id;),
	answer => q(UPDATE ticket SET answered_at = CASE WHEN :n < 70 THEN clock_timestamp() END WHERE id = :id;),
	spam => q(UPDATE ticket SET spam = :n < 20 WHERE id = :id;),
	priority => q(INSERT INTO ticket (id, opened_at, priority) SELECT id, opened_at, 'P' || 1 + :n % 4 FROM opened WHERE id = :id
		ON CONFLICT (id) DO UPDATE SET priority = excluded.priority;),
	again => q(BEGIN; DELETE FROM ticket WHERE id = :id;
		INSERT INTO ticket (id, opened_at, note) SELECT id, opened_at, 'back' FROM opened WHERE id = :id ON CONFLICT (id) DO NOTHING; COMMIT;));

# These touch several, in any order.
my %many = (
	notes => q(UPDATE ticket SET note = 'n' || :n, waiting = :n < 10 WHERE id % 3 = :n % 3;),
	merge => q(UPDATE message SET ticket = :id WHERE id IN (SELECT id FROM message WHERE ticket = 1 + :id % 12 ORDER BY at LIMIT 2);),
	tidy => q(DELETE FROM message WHERE id IN (SELECT id FROM message WHERE ticket = :id ORDER BY at LIMIT 1 + :n % 5);),
	both => q(BEGIN; INSERT INTO message (ticket, author) VALUES (:id, 'customer');
		SAVEPOINT a; INSERT INTO message (ticket, author) VALUES (1 + :n % 12, 'agent'); ROLLBACK TO a;
		UPDATE ticket SET waiting = false WHERE id = 1 + :n % 12; COMMIT;),
	refresh => q(UPDATE sla_target_rule SET target = (2 + :n % 5) * interval '1 second' WHERE plan = 'premium' AND metric = 'resolution';
		CALL sla_refresh('ticket', batch_size => 4);),
	backfill => q(CALL sla_backfill('ticket', 'all', batch_size => 5);),
	notify => q(CALL sla_notify('ticket');));

my @runs;
my $dir = PostgreSQL::Test::Utils::tempdir();

sub start
{
	my ($name, $level, $retries, $script) = @_;
	my $file = "$dir/" . scalar(@runs);
	my ($out, $err) = ('', '');
	append_to_file($file, "\\set id random(1, 12)\n\\set n random(0, 99)\n$script\n");
	local $ENV{PGOPTIONS} = "-c default_transaction_isolation=$level -c client_min_messages=warning";
	push @runs,
	  {
		name => "$name, $level",
		retries => $retries,
		out => \$out,
		err => \$err,
		handle => IPC::Run::start(
			[
				'pgbench', '-n', '-M', 'prepared', '-c', 1, '-T', $seconds, '--max-tries', 0, '-f', $file,
				'-h', $node->host, '-p', $node->port, 'postgres'
			],
			'<', \undef, '>', \$out, '2>', \$err)
	  };
	return;
}

# Ends what was started: nobody met an error but those that are to be tried again.
# Whoever may have to try again may have found no gap in so short a time.
sub finish
{
	foreach my $run (@runs)
	{
		IPC::Run::finish($run->{handle});
		my ($n) = ${ $run->{out} } =~ /actually processed: (\d+)/;
		my ($wrong) = ${ $run->{err} } =~ /(ERROR.*)/;
		my ($retried) = ${ $run->{out} } =~ /transactions retried: (\d+)/;
		$wrong ||= "$retried tried again" if $retried && !$run->{retries};
		is($wrong || ($n || (defined $n && $run->{retries}) ? 'writes' : "did nothing: ${ $run->{err} }"), 'writes', $run->{name});
	}
	@runs = ();
	return;
}

# What must hold when nobody writes.
sub check
{
	my $when = shift;
	is($node->safe_psql('postgres', q(SELECT * FROM sla_check('ticket'))), '', "$when: each clock is what ticket and messages say");
	is($node->safe_psql(
			'postgres', q(
			WITH runs AS (
				SELECT m.ticket, m.id::text AS started_by, m.at AS started_at,
					(SELECT min(a.at) FROM message AS a WHERE a.ticket = m.ticket AND a.author = 'agent' AND (a.at, a.id) > (m.at, m.id)) AS stopped_at
				FROM (SELECT message.*, lag(author) OVER (PARTITION BY ticket ORDER BY at, id) AS before FROM message) AS m
				WHERE m.author = 'customer' AND m.before IS DISTINCT FROM 'customer'
			), clocks AS (
				SELECT ticket, started_by, started_at, stopped_at FROM ticket_sla_clock
				WHERE metric = 'next_response' AND cancel_reason IS DISTINCT FROM 'no such start'
			)
			(TABLE runs EXCEPT ALL TABLE clocks) UNION ALL (TABLE clocks EXCEPT ALL TABLE runs)
		)), '', "$when: the runs of messages are those of plain SQL");
	is($node->safe_psql(
			'postgres', q(
			SELECT ticket, metric, count(*) FROM ticket_sla_clock
			WHERE stopped_at IS NULL AND cancelled_at IS NULL GROUP BY 1, 2 HAVING count(*) > 1
		)), '', "$when: of a metric one run runs");
	return;
}

foreach my $level ('read committed', 'repeatable read', 'serializable')
{
	(my $setting = $level) =~ s/ /\\ /g;
	start($_, $setting, $level ne 'read committed', $alone{$_}) foreach sort keys %alone;
	finish();
	check("one ticket at a time, $level");
}
foreach my $level ('read committed', 'repeatable read', 'serializable')
{
	(my $setting = $level) =~ s/ /\\ /g;
	start($_, $setting, 1, $alone{$_}) foreach sort keys %alone;
}
start($_, 'read\ committed', 1, $many{$_}) foreach sort keys %many;
finish();
check('all at once');

$node->stop;
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP|leak/, 'nothing crashed or leaked');

done_testing();
