# Tracked tickets through dump and restore by an ordinary owner, in every form of a
# dump, through renames of the schemas, and on a subscriber of logical replication.

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

# Restores a dump, as the role that is given.
sub restore
{
	my ($name, $database, $file, $role, @options) = @_;
	my @command =
	  $file =~ /\.sql$/
	  ? ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', "$dir/out", '-f', $file)
	  : ('pg_restore', @options, $file);
	silently($name, $command[0], '-U', $role, '-d', $database, @command[ 1 .. $#command ]);
	return;
}

# A new database of a role that is no superuser.
sub new_database
{
	my $name = shift;
	$node->safe_psql('postgres', qq(CREATE DATABASE $name OWNER desk_owner));
	return;
}

my $superuser = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', 'CREATE ROLE desk_owner LOGIN; CREATE ROLE desk_approver; CREATE ROLE desk_reader');
new_database('source');
$node->safe_psql('source', q(
	SET ROLE desk_owner;
	CREATE SCHEMA sla;
	CREATE EXTENSION ticket_priority SCHEMA sla;
	INSERT INTO sla.sla_metric (metric, title) VALUES ('ola network', 'Network');
	CREATE SCHEMA "Help Desk";
	SET search_path = pg_catalog;
	CREATE TYPE "Help Desk"."Level" AS ENUM ('1 - "High"', '2 = Łow''s\\\\');
	CREATE FUNCTION "Help Desk".level_of(level "Help Desk"."Level") RETURNS text LANGUAGE sql IMMUTABLE
		BEGIN ATOMIC SELECT CASE level WHEN '1 - "High"' THEN 'high' ELSE 'low' END; END;
	CREATE TABLE "Help Desk"."Ticket" (
		"No" int, org int, opened_at timestamptz NOT NULL, plan text, "How urgent" "Help Desk"."Level", override text, "First answer" timestamptz,
		status text, priority text, PRIMARY KEY (org, "No", opened_at)) PARTITION BY RANGE (opened_at);
	CREATE TABLE "Help Desk".old PARTITION OF "Help Desk"."Ticket" FOR VALUES FROM (MINVALUE) TO ('2026-02-01');
	CREATE TABLE "Help Desk".new PARTITION OF "Help Desk"."Ticket" FOR VALUES FROM ('2026-02-01') TO (MAXVALUE);
	CREATE TABLE "Help Desk"."Note" (id bigint PRIMARY KEY, org int, ticket_id int, created_at timestamptz, author text);
	CREATE INDEX ON "Help Desk"."Note" (org, ticket_id);
	ALTER TABLE "Help Desk"."Ticket" ENABLE ROW LEVEL SECURITY;
	CREATE POLICY by_org ON "Help Desk"."Ticket" USING (org = 1);
	SET search_path = "Help Desk";
	SELECT sla.sla_track('"Ticket"', id => '"No"', tenant => 'org', urgency => 'level_of("How urgent")', impact => $$'high'$$,
		closed => $$status IN ('closed', 'it''s "done"')$$, fill => 'priority', carry => '{status,"First answer"}', report_time_zone => 'Europe/Warsaw',
		approver => 'desk_approver');
	SELECT sla.sla_add_clock('"Ticket"', 'first_response', stops => '"First answer"', paused => $$status = 'on ''hold'''$$, on_close => 'cancel');
	SELECT sla.sla_add_events('"Ticket"', 'next_response', '"Note"', starts => $$author = 'customer'$$, stops => $$author = 'agent'$$, state => 'author');
	SELECT sla.sla_add_events('"Ticket"', 'ola network', '"Note"', starts => $$author = 'network'$$, only_after => 'first_response');
	GRANT SELECT ON "Ticket_sla", "Ticket_sla_compliance" TO desk_reader;
	INSERT INTO "Ticket" ("No", org, opened_at, plan, "How urgent", "First answer") VALUES
		(1, 1, '2026-01-10 12:00+00', 'premium', '1 - "High"', '2026-01-10 12:10+00'),
		(2, 1, '2026-01-10 12:00+00', 'premium', E'2 = Łow''s\\\\\\\\', '2026-01-10 19:00+00'),
		(1, 2, '2026-02-10 12:00+00', 'premium', '1 - "High"', NULL);
	INSERT INTO "Note" VALUES (1, 1, 1, '2026-01-10 13:00+00', 'customer'), (2, 1, 1, '2026-01-10 14:00+00', 'agent'),
		(3, 1, 1, '2026-01-10 15:00+00', 'customer'), (4, 1, 2, '2026-01-10 20:00+00', 'network');
	UPDATE "Ticket" SET override = 'P1' WHERE org = 2;
	UPDATE "Ticket" SET status = 'on ''hold''' WHERE org = 2;
	INSERT INTO "Ticket_sla_excuse" (tenant, clock_id, ticket, metric, run, reason)
		SELECT tenant, clock_id, ticket, metric, run, 'storm' FROM "Ticket_sla_clock" WHERE ticket = 2 AND metric = 'first_response';
	DELETE FROM "Ticket" WHERE "No" = 1 AND org = 1;));

# What tracking has stored, what its views are, and who may read them.
my $stored = q(
	SELECT * FROM "Help Desk"."Ticket" ORDER BY org, "No";
	SELECT * FROM "Help Desk"."Ticket_sla_clock" ORDER BY tenant, clock_id;
	SELECT * FROM "Help Desk"."Ticket_sla_trail" ORDER BY tenant, id;
	SELECT * FROM "Help Desk"."Ticket_sla_excuse" ORDER BY tenant, clock_id;
	SELECT * FROM "Help Desk"."Ticket_sla_alarm" ORDER BY 1, 2, 3;);
my $shown = $stored . q(
	SELECT clock, status, late_by, late_by_business FROM "Help Desk"."Ticket_sla" WHERE stopped_at IS NOT NULL ORDER BY clock;
	SELECT c.relname, c.relkind, c.relowner::regrole, c.relacl, c.relrowsecurity, obj_description(c.oid, 'pg_class'), c.reloptions,
		CASE WHEN c.relname ~ '_sla_(input|events)' AND c.relkind = 'v' THEN pg_get_viewdef(c.oid) END
	  FROM pg_class AS c WHERE c.relnamespace = '"Help Desk"'::regnamespace ORDER BY c.relname COLLATE "C";
	SELECT t.tgrelid::regclass, pg_get_triggerdef(t.oid), t.tgparentid <> 0 FROM pg_trigger AS t WHERE t.tgname LIKE '~sla%' ORDER BY t.tgrelid::regclass::text COLLATE "C", t.tgname;
	SELECT polrelid::regclass, polname, pg_get_expr(polqual, polrelid) FROM pg_policy ORDER BY polrelid::regclass::text COLLATE "C", polname;
	SELECT * FROM sla.sla_tracked;
	SELECT m.* FROM sla.sla_tracked AS t, sla._sla_metrics(t.ticket_table) AS m;
	SELECT * FROM sla.sla_check('"Help Desk"."Ticket"'););
my $source = $node->safe_psql('source', $shown);
like($source, qr/ticket gone/, 'there are clocks');
is($node->safe_psql('source', q(SELECT count(*) FROM sla.sla_check('"Help Desk"."Ticket"'))), '0', 'and they are what the tickets say');

# What a restored table does with new tickets, events and changes, by its owner.
my $use = q(
	BEGIN;
	SET ROLE desk_owner;
	SET search_path = pg_catalog;
	INSERT INTO "Help Desk"."Ticket" ("No", org, opened_at, plan, "How urgent") VALUES (4, 1, '2026-11-20 12:00+00', 'premium', '1 - "High"');
	INSERT INTO "Help Desk"."Note" VALUES (5, 1, 4, '2026-11-20 12:30+00', 'customer');
	UPDATE "Help Desk"."Ticket" SET "First answer" = '2026-11-20 13:00+00', override = 'P4' WHERE "No" = 4;
	SELECT priority FROM "Help Desk"."Ticket" WHERE "No" = 4;
	SELECT clock_id > 0, metric, run, priority, due_at, stopped_at FROM "Help Desk"."Ticket_sla_clock" WHERE ticket = 4 ORDER BY metric, run;
	SELECT metric, event, priority FROM "Help Desk"."Ticket_sla_trail" WHERE ticket = 4 ORDER BY id;
	UPDATE "Help Desk"."Note" SET author = 'agent' WHERE id = 3;
	SELECT metric, run, stopped_at, cancel_reason FROM "Help Desk"."Ticket_sla_clock" WHERE ticket = 1 ORDER BY tenant, metric, run;
	SELECT sla.sla_track('"Help Desk"."Ticket"', id => '"No"', tenant => 'org', priority => $$'P3'$$);
	SELECT metrics FROM sla.sla_tracked;
	ROLLBACK;);
my $used = $node->safe_psql('source', $use);
like($used, qr/next_response/, 'the clocks are kept');

# Each form of a dump, restored by the database's owner.
foreach my $form ([ 'plain', '.sql' ], [ 'custom', '', '-Fc' ], [ 'directory', '', '-Fd' ], [ 'inserts', '.sql', '--inserts' ])
{
	my ($name, $suffix, @options) = @$form;
	new_database($name);
	silently("$name: dump", 'pg_dump', '-U', 'desk_owner', '-d', 'source', '-f', "$dir/$name$suffix", @options);
	restore("$name: restore", $name, "$dir/$name$suffix", 'desk_owner', ($name eq 'directory' ? ('-j', '2') : ()));
	is($node->safe_psql($name, $shown), $source, "$name: the same tickets, clocks, trail, views, triggers and rights");
	is($node->safe_psql($name, $use), $used, "$name: and the same from then on");
}

# The schema alone, and then the data alone: guard and triggers stand aside.
silently('schema alone: dump', 'pg_dump', '-U', 'desk_owner', '-d', 'source', '--schema-only', '-f', "$dir/schema.sql");
foreach my $form ([ 'data_plain', '.sql' ], [ 'data_custom', '', '-Fc' ])
{
	my ($name, $suffix, @options) = @$form;
	new_database($name);
	restore("$name: restore of the schema", $name, "$dir/schema.sql", 'desk_owner');
	is($node->safe_psql($name, $stored), '', "$name: no rows");
	silently("$name: dump", 'pg_dump', '-U', 'desk_owner', '-d', 'source', '--data-only', '-f', "$dir/$name$suffix", @options);
	restore("$name: restore of the data", $name, "$dir/$name$suffix", 'desk_owner');
	is($node->safe_psql($name, $shown), $source, "$name: the same tickets, clocks, trail, views, triggers and rights");
	is($node->safe_psql($name, $use), $used, "$name: and the same from then on");
}
# With triggers off, which only a superuser can do.
new_database('disabled');
restore('disabled: restore of the schema', 'disabled', "$dir/schema.sql", 'desk_owner');
silently('disabled: dump', 'pg_dump', '-d', 'source', '--data-only', '-Fc', '-f', "$dir/disabled");
restore('disabled: restore of the data', 'disabled', "$dir/disabled", $superuser, '--data-only', '--disable-triggers');
is($node->safe_psql('disabled', $shown), $source, 'disabled: the same tickets, clocks, trail, views, triggers and rights');

# A dump of the schema is the same before tracking and after it ended.
new_database('exact');
$node->safe_psql('exact', q(
	SET ROLE desk_owner;
	CREATE SCHEMA app;
	CREATE EXTENSION ticket_priority SCHEMA app;
	CREATE TABLE app.history (id int PRIMARY KEY, ticket int, status text, at timestamptz);
	CREATE INDEX ON app.history (ticket);
	CREATE TABLE app.ticket (id int PRIMARY KEY, plan text, urgency text, impact text, opened_at timestamptz, resolved_at timestamptz, priority text);
	ALTER TABLE app.ticket ENABLE ROW LEVEL SECURITY;));

sub schema_of
{
	my $dump = silently('dump of the schema', 'pg_dump', '-U', 'desk_owner', '-d', 'exact', '--schema-only');
	$dump =~ s/^\\(un)?restrict .*\n//mg;
	return $dump;
}
my $before = schema_of();
$node->safe_psql('exact', q(
	SET ROLE desk_owner;
	SELECT app.sla_track('app.ticket', fill => 'priority', approver => 'desk_approver');
	SELECT app.sla_add_events('app.ticket', 'resolution', 'app.history', paused => $$status = 'waiting'$$);));
isnt(schema_of(), $before, 'tracking made something');
$node->safe_psql('exact', q(SET ROLE desk_owner; SELECT app.sla_untrack('app.ticket');));
is(schema_of(), $before, 'and the end of tracking removed exactly that');

# The schemas get other names, and nothing breaks.
$node->safe_psql('source', q(
	ALTER SCHEMA sla RENAME TO "Service Levels";
	ALTER SCHEMA "Help Desk" RENAME TO hd;));
(my $renamed = $use) =~ s/"Help Desk"/hd/g;
$renamed =~ s/sla\.sla_/"Service Levels".sla_/g;
is($node->safe_psql('source', $renamed), $used, 'with other names of the schemas');
$node->safe_psql('source', q(
	ALTER SCHEMA "Service Levels" RENAME TO sla;
	ALTER SCHEMA hd RENAME TO "Help Desk";));

# On a subscriber the triggers do not fire: clocks and trail come as they are.
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$subscriber->start;
my $schema = silently('dump for the subscriber', 'pg_dump', '-d', 'source', '--schema-only', '--no-owner');
$subscriber->safe_psql('postgres', 'CREATE ROLE desk_owner; CREATE ROLE desk_approver; CREATE ROLE desk_reader');
$subscriber->safe_psql('postgres', $schema);
(my $connection = $node->connstr('source')) =~ s/'/''/g;
$node->safe_psql('source', q(CREATE PUBLICATION desk FOR TABLE "Help Desk"."Ticket", "Help Desk"."Note", "Help Desk"."Ticket_sla_clock",
	"Help Desk"."Ticket_sla_trail", "Help Desk"."Ticket_sla_excuse", "Help Desk"."Ticket_sla_alarm"));
$subscriber->safe_psql('postgres', qq(CREATE SUBSCRIPTION desk CONNECTION '$connection' PUBLICATION desk));
$subscriber->wait_for_subscription_sync($node, 'desk');
is($subscriber->safe_psql('postgres', $stored), $node->safe_psql('source', $stored), 'the first copy has all rows');
$node->safe_psql('source', q(
	UPDATE "Help Desk"."Ticket" SET override = 'P2' WHERE "No" = 2;
	UPDATE "Help Desk"."Note" SET author = 'agent' WHERE id = 3;
	INSERT INTO "Help Desk"."Ticket" ("No", org, opened_at, plan, "How urgent") VALUES (5, 1, '2026-11-20 12:00+00', 'premium', '1 - "High"');));
$node->wait_for_catchup('desk');
is($subscriber->safe_psql('postgres', $stored), $node->safe_psql('source', $stored), 'so have changes');
my $clocks = q(SELECT clock, priority, due_at, status FROM "Help Desk"."Ticket_sla" WHERE stopped_at IS NOT NULL ORDER BY clock);
is($subscriber->safe_psql('postgres', $clocks), $node->safe_psql('source', $clocks), 'the views there show the same');

$subscriber->stop;
$node->stop;
done_testing();
