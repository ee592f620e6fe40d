# Writers of single tickets, while the trail is vacuumed and its indexes, of several
# kinds, are changed: no process dies, and each index finds every row.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('node');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\njit = off");
$node->start;
$node->safe_psql(
	'postgres', q(
	CREATE EXTENSION ticket_priority;
	CREATE TABLE desk (id serial PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, answered_at timestamptz);
	SELECT sla_track('desk', add_columns => true) IS NOT NULL;
	CREATE INDEX words ON desk_priority_log USING gin (to_tsvector('simple', event || ' ' || actor));
	CREATE INDEX actors ON desk_priority_log USING gin (to_tsvector('simple', actor));
	CREATE INDEX times ON desk_priority_log USING brin (at);
	CREATE INDEX tickets ON desk_priority_log USING hash (ticket);
));

my %script = (
	insert => q(INSERT INTO desk (plan, urgency, impact, opened_at) VALUES ('premium', 'high', 'high', now());),
	update => q(\set n random(1, 100)
UPDATE desk SET urgency = CASE urgency WHEN 'high' THEN 'low' ELSE 'high' END WHERE id = :n;),
	alter => q(ALTER INDEX words SET (fastupdate = off);
ALTER INDEX times SET (autosummarize = on);
ALTER INDEX words RESET (fastupdate);
REINDEX INDEX CONCURRENTLY tickets;
VACUUM ANALYZE desk_priority_log;));
my @files;
for my $name (qw(insert update alter))
{
	my $file = $node->basedir . "/$name.sql";
	append_to_file($file, $script{$name});
	push @files, $file;
}
my ($insert, $update, $alter) = @files;
my $changes = IPC::Run::start(
	[ 'pgbench', '-n', '-c', 1, '-t', 60, '-f', $alter, '-h', $node->host, '-p', $node->port, 'postgres' ],
	'>', \my $out, '2>', \my $err);
$node->command_ok(
	[ 'pgbench', '-n', '-c', 4, '-t', 700, '-f', "$insert\@3", '-f', "$update\@1", 'postgres' ],
	'tickets are written');
ok($changes->finish, 'while the trail and its indexes are changed') or diag($err);

my $all = $node->safe_psql('postgres', 'SET enable_indexscan = off; SET enable_indexonlyscan = off; SET enable_bitmapscan = off; SELECT count(*) FROM desk_priority_log');
cmp_ok($all, '>=', $node->safe_psql('postgres', 'SELECT count(*) FROM desk'), 'each ticket is in the trail');
my %condition = (
	words => q(to_tsvector('simple', event || ' ' || actor) @@ to_tsquery('simple', 'assigned | requested')),
	actors => q(to_tsvector('simple', actor) @@ plainto_tsquery('simple', current_user)),
	times => q(at > '2000-01-01'));
for my $index (sort keys %condition)
{
	is($node->safe_psql('postgres', "SET enable_seqscan = off; SELECT count(*) FROM desk_priority_log WHERE $condition{$index}"),
		$all, "the index $index finds every row");
}
is( $node->safe_psql(
		'postgres', q(SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_hashjoin = off; DROP INDEX desk_priority_log_ticket_idx;
		SELECT count(*) FROM desk AS d, LATERAL (SELECT FROM desk_priority_log AS l WHERE l.ticket = d.id OFFSET 0) AS l)),
	$all, 'the index tickets finds every row');
is( $node->safe_psql(
		'postgres', q(SELECT count(*) FROM desk AS d WHERE priority IS DISTINCT FROM
		(SELECT l.priority FROM desk_priority_log AS l WHERE l.ticket = d.id ORDER BY at DESC LIMIT 1))),
	'0', 'what the trail says last is what the ticket is');
$node->stop;
done_testing();
