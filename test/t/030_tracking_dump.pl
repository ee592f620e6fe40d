# Tracked tickets through dump and restore, by an ordinary owner, through renames
# of the schemas, and on a subscriber of logical replication.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$node->start;
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;

my $dir = PostgreSQL::Test::Utils::tempdir();

# Runs a program that must succeed without a word of complaint.
sub silently
{
	my ($name, @command) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err);
	is(($ok ? '' : "failed\n") . $err, '', $name);
	return $out;
}

# A new database of a role that is no superuser.
sub new_database
{
	my $name = shift;
	$node->safe_psql('postgres', qq(CREATE DATABASE $name OWNER desk_owner));
	return;
}

# What tracking has stored and shows, but for what depends on the day.
my $shown = q(
	SELECT * FROM "Help Desk"."Ticket" ORDER BY "No";
	SELECT id, metric, plan, priority, target, due_at, elapsed, status, late_by, late_by_business
	  FROM "Help Desk"."Ticket_sla" WHERE answered_at IS NOT NULL ORDER BY id, metric;
	SELECT plan, priority, metric, month, tickets, met, missed, p50, worst, excused
	  FROM "Help Desk"."Ticket_sla_compliance" ORDER BY plan, priority, metric, month;
	SELECT id, metric, late_by, paused, priority_changes FROM "Help Desk"."Ticket_sla_misses" WHERE answered_at IS NOT NULL ORDER BY 1, 2;
	SELECT * FROM "Help Desk"."Ticket_priority_log" ORDER BY at, ticket, event;
	SELECT * FROM "Help Desk"."Ticket_sla_excuse";);

$node->safe_psql('postgres', 'CREATE ROLE desk_owner LOGIN');
new_database('source');
$node->safe_psql('source', q(
	CREATE SCHEMA sla;
	CREATE EXTENSION ticket_priority SCHEMA sla;
	GRANT USAGE ON SCHEMA sla TO desk_owner;
	CREATE SCHEMA "Help Desk" AUTHORIZATION desk_owner;
	SET ROLE desk_owner;
	SET search_path = pg_catalog;
	CREATE TABLE "Help Desk"."Ticket" (
		"No" int PRIMARY KEY, plan text, urgency text, impact text, override text,
		opened_at timestamptz, "First answer" timestamptz, resolved_at timestamptz, status text);
	SELECT sla.sla_track('"Help Desk"."Ticket"', id => 'No', answered_at => 'First answer', add_columns => true,
		urgency_map => '{"1 - \"High\"": "high", "2 = Łow''s\\\\": "low"}', paused_when => '{waiting,"on ''hold''"}',
		cancelled_when => '{spam}', report_time_zone => 'Europe/Warsaw');
	INSERT INTO "Help Desk"."Ticket" ("No", plan, urgency, impact, opened_at, "First answer") VALUES
		(1, 'premium', '1 - "High"', 'high', '2026-01-10 12:00+00', '2026-01-10 12:10+00'),
		(2, 'premium', E'2 = Łow''s\\\\', 'high', '2026-01-10 12:00+00', '2026-01-10 19:00+00'),
		(3, 'premium', '1 - "High"', 'low', '2026-02-10 12:00+00', NULL);
	UPDATE "Help Desk"."Ticket" SET override = 'P1' WHERE "No" IN (1, 3);
	SELECT sla.sla_excuse('"Help Desk"."Ticket"', '2', 'first_response', 'storm');));
my $source = $node->safe_psql('source', $shown);
isnt($source, '', 'there are tickets');

# What a restored table does with new tickets and changes.
my $use = q(
	BEGIN;
	SET search_path = pg_catalog;
	INSERT INTO "Help Desk"."Ticket" ("No", plan, urgency, impact, opened_at)
		VALUES (4, 'premium', '1 - "High"', 'low', '2026-11-20 12:00+00');
	UPDATE "Help Desk"."Ticket" SET "First answer" = '2026-11-20 13:00+00', override = 'P4' WHERE "No" = 4;
	SELECT due_at, priority FROM "Help Desk"."Ticket" WHERE "No" = 4;
	SELECT event, priority FROM "Help Desk"."Ticket_priority_log" WHERE ticket = 4 ORDER BY priority;
	SELECT status FROM "Help Desk"."Ticket_sla" WHERE id = 4 AND metric = 'first_response';
	ROLLBACK;);
my $used = $node->safe_psql('source', $use);

# Each form of a dump, restored by the database's owner.
foreach my $form (['plain'], ['custom', '-Fc'], [ 'directory', '-Fd' ], ['inserts', '--inserts'])
{
	my ($name, @options) = @$form;
	new_database($name);
	silently("$name: dump", 'pg_dump', '-d', 'source', '-f', "$dir/$name", @options);
	if ($name eq 'custom' || $name eq 'directory')
	{
		silently("$name: restore", 'pg_restore', '-d', $name, ($name eq 'directory' ? ('-j', '2') : ()), "$dir/$name");
	}
	else
	{
		silently("$name: restore", 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $name, '-o', "$dir/out", '-f', "$dir/$name");
	}
	is($node->safe_psql($name, $shown), $source, "$name: the same tickets, clocks and trail");
	is($node->safe_psql($name, $use), $used, "$name: and the same from then on");
	is( $node->safe_psql($name, q(SELECT mapping FROM sla.sla_tracked)),
		$node->safe_psql('source', q(SELECT mapping FROM sla.sla_tracked)),
		"$name: the mapping is the same");
}

# A dump of the schema is the same before tracking and after it ended.
new_database('exact');
$node->safe_psql('exact', q(
	CREATE EXTENSION ticket_priority;
	CREATE SCHEMA app AUTHORIZATION desk_owner;
	SET ROLE desk_owner;
	CREATE TABLE app.history (ticket int, status text, changed_at timestamptz);
	CREATE TABLE app.ticket (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, resolved_at timestamptz);
	CREATE INDEX ON app.ticket (opened_at);));
sub schema_of
{
	my $dump = silently('dump of the schema', 'pg_dump', '-d', 'exact', '--schema-only');
	$dump =~ s/^\\(un)?restrict .*\n//mg;
	return $dump;
}
my $before = schema_of();
$node->safe_psql('exact', q(
	SET ROLE desk_owner;
	SELECT public.sla_track('app.ticket', add_columns => true, paused_when => '{waiting}', status_history => 'app.history');));
isnt(schema_of(), $before, 'tracking made something');
$node->safe_psql('exact', q(SET ROLE desk_owner; SELECT public.sla_untrack('app.ticket');));
is(schema_of(), $before, 'and the end of tracking removed exactly that');

# The schemas get other names, and nothing breaks.
$node->safe_psql('source', q(
	ALTER SCHEMA sla RENAME TO "Service Levels";
	ALTER SCHEMA "Help Desk" RENAME TO renamed;
	ALTER SCHEMA renamed RENAME TO "Help Desk";));
is($node->safe_psql('source', $use), $used, 'with another name of the extension\'s schema');
$node->safe_psql('source', q(ALTER SCHEMA "Help Desk" RENAME TO hd));
(my $renamed = $use) =~ s/"Help Desk"/hd/g;
is($node->safe_psql('source', $renamed), $used, 'with another name of the table\'s schema');
$node->safe_psql('source', q(ALTER SCHEMA hd RENAME TO "Help Desk"));

# On a subscriber the triggers do not fire: results come as they are, and its
# views show them.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$subscriber->start;
$node->safe_psql('source', q(ALTER SCHEMA "Service Levels" RENAME TO sla));
my $schema = silently('dump for the subscriber', 'pg_dump', '-d', 'source', '--schema-only', '--no-owner');
$subscriber->safe_psql('postgres', 'CREATE ROLE desk_owner');
$subscriber->safe_psql('postgres', $schema);
(my $connection = $node->connstr('source')) =~ s/'/''/g;
$node->safe_psql('source', q(CREATE PUBLICATION desk FOR TABLE "Help Desk"."Ticket"));
$subscriber->safe_psql('postgres', qq(CREATE SUBSCRIPTION desk CONNECTION '$connection' PUBLICATION desk));
$subscriber->wait_for_subscription_sync($node, 'desk');
my $stored = q(SELECT * FROM "Help Desk"."Ticket" ORDER BY "No");
is($subscriber->safe_psql('postgres', $stored), $node->safe_psql('source', $stored), 'the first copy has the results');
$node->safe_psql('source', q(
	UPDATE "Help Desk"."Ticket" SET override = 'P2' WHERE "No" = 3;
	INSERT INTO "Help Desk"."Ticket" ("No", plan, urgency, impact, opened_at)
		VALUES (5, 'premium', '1 - "High"', 'low', '2026-11-20 12:00+00');));
$node->wait_for_catchup('desk');
is($subscriber->safe_psql('postgres', $stored), $node->safe_psql('source', $stored), 'so have changes');
is( $subscriber->safe_psql('postgres', q(SELECT count(*) FROM "Help Desk"."Ticket_priority_log")),
	'0', 'the trail there is written by replication alone');
my $clocks = q(SELECT id, metric, priority, due_at FROM "Help Desk"."Ticket_sla" ORDER BY 1, 2);
is($subscriber->safe_psql('postgres', $clocks), $node->safe_psql('source', $clocks), 'the views there show the same');

$subscriber->stop;
$node->stop;
done_testing();
