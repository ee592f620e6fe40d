# The configuration through dump and restore, in every form of a dump, by a
# superuser and by an ordinary owner; through ALTER SCHEMA RENAME; and through
# DROP and CREATE EXTENSION.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
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

sub restore_sql
{
	my ($name, $db, @options) = @_;
	silently($name, 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $db,
		'-o', "$dir/out", @options);
}

# All configuration, as text.
sub policy
{
	my ($db, $schema) = @_;
	my @rows;
	foreach my $table (
		qw(business_holiday_list business_holiday business_holiday_rule business_calendar
		support_plan sla_metric sla_target_rule support_priority_rule support_plan_feature
		support_translation))
	{
		push @rows, "-- $table",
		  $node->safe_psql($db,
			qq(SELECT t FROM "$schema".$table AS t ORDER BY t::text COLLATE "C"));
	}
	return join("\n", @rows);
}

# What the restored extension answers, not only stores.
sub answers
{
	my ($db, $schema) = @_;
	return $node->safe_psql(
		$db, qq(
		SET search_path = pg_catalog;
		SELECT "$schema".sla_target('P1', 'standard'), "$schema".sla_target('P1', 'silver'),
			"$schema".sla_deadline('2026-11-20 15:30+01', 'P1', 'standard'),
			"$schema".sla_deadline('2026-11-20 15:30+01', 'P1', 'standard', metric => 'ola; "sieć"');
		SELECT "$schema".calendar_add('2026-04-30 12:00+02', '20 hours', 'warsaw', holidays => list)
		FROM unnest('{NULL, PL, DE, desk, late, desk+DE, early}'::text[]) AS list;
		SELECT h FROM unnest('{PL, DE, desk, late, desk+DE, early}'::text[]) AS list, "$schema".holiday_dates(list, 2026) AS h;
		SELECT * FROM "$schema".sla_target_list;
		SELECT * FROM "$schema".support_hours;
		SELECT * FROM "$schema".plan_feature_matrix;
		SELECT "$schema".ticket_label('metric', m, 'pl') FROM unnest(ARRAY['update', 'ola; "sieć"']) AS m;
		SELECT "$schema".ticket_label('urgency', 'high', 'pt-AO'), "$schema".parse_urgency('pilne!');
		SELECT * FROM "$schema".plan_feature_matrix('cs');));
}

# Everything that an owner may do to the policy.
my $edits = q{
	-- Shipped rows, edited in place.
	UPDATE business_calendar SET hours = 'Mo-Fr 09:00-18:00', time_zone = 'Europe/Warsaw'
		WHERE calendar = 'standard';
	UPDATE sla_target_rule SET target = '40 minutes', goal = 0.95
		WHERE plan = 'standard' AND priority = 'P1';
	UPDATE support_plan_feature SET included = true, detail = 'weekdays'
		WHERE plan = 'community' AND feature = 'phone';
	-- Edited by INSERT.
	INSERT INTO sla_target_rule (plan, priority, target) VALUES ('premium', 'P4', NULL);
	-- A shipped list of holidays, customised: a title, a name, a day more, a day less
	-- by special hours.
	UPDATE business_holiday_list SET title = 'Polska; "święta"' WHERE holidays = 'PL';
	INSERT INTO business_holiday_rule (holidays, rule, name) VALUES ('PL', '05-01', 'Święto Pracy');
	INSERT INTO business_holiday (holidays, day, name, hours) VALUES
		('PL', '2018-11-12', E'once\n\ttwice', NULL),
		('PL', '2026-05-04', NULL, NULL), ('PL', '2026-11-11', 'Open', '10:00-12:00,22:00-02:00');
	-- A list of one's own, and a calendar with it.
	BEGIN;
	INSERT INTO business_calendar VALUES ('warsaw', 'Mo-Fr 08:00-16:00; PH off', 'Europe/Warsaw', 'desk');
	INSERT INTO business_holiday_rule VALUES ('desk', 'easter 60 since 2000 and prior to 2030', 'Corpus Christi');
	INSERT INTO business_holiday_rule VALUES ('desk', '12-24', 'Half a day', 'Mo-Fr 08:00-12:00'), ('desk', '-1 day', NULL, '08:00-14:00');
	INSERT INTO business_holiday VALUES ('desk', '2026-05-01', 'Ours', NULL), ('desk', '2026-05-05', NULL, 'off');
	INSERT INTO business_holiday_list VALUES ('desk', 'Desk', '2020-01-01', '2027-12-31');
	COMMIT;
	SELECT import_holidays('desk', E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260506\nDURATION:P2D\n'
		'RRULE:FREQ=YEARLY\nEND:VEVENT\nEND:VCALENDAR', replace => false);
	-- Lists on lists, a list before the one that it includes, and a calendar with two.
	BEGIN;
	INSERT INTO business_holiday_list (holidays, title, includes) VALUES ('early', 'Early', '{"late; \"quoted\", so",desk+late,PL}'),
		('late', 'Late', '{DE}'), ('late; "quoted", so', 'Quoted', '{}');
	INSERT INTO business_holiday VALUES ('late; "quoted", so', '2026-05-08', 'Early', '08:00-09:00');
	INSERT INTO business_calendar VALUES ('both', 'Mo-Fr 08:00-16:00; PH off', 'Europe/Berlin', 'desk+late; "quoted", so');
	COMMIT;
	-- A shipped list that includes more.
	UPDATE business_holiday_list SET includes = '{desk}' WHERE holidays = 'DE';
	-- Own rows, the referring plan before the one to which it refers.
	INSERT INTO business_calendar (calendar, hours) VALUES ('nights', 'Mo-Su 22:00-06:00');
	BEGIN;
	INSERT INTO support_plan (plan, title, sla_of, successor, calendar)
		VALUES ('silver', 'Silver; "quoted" ''so''', 'gold', 'bronze', NULL);
	INSERT INTO support_plan (plan, title, calendar, position)
		VALUES ('gold', 'Gold', 'nights', 5), ('bronze', 'Bronze', 'always', 6);
	COMMIT;
	INSERT INTO sla_target_rule (plan, priority, metric, valid_from, target, calendar, at_risk)
		VALUES ('gold', 'P1', 'first_response', '-infinity', '10 minutes', 'always', 0.5),
			('gold', 'P1', 'first_response', '2026-01-01 00:00+00', '5 minutes', NULL, 0.5),
			('standard', 'P2', 'first_response', '2027-01-01 00:00+00', '2 hours', NULL, 0.75),
			('standard', 'P2', 'resolution', '2027-01-01 00:00+00', '3 days', NULL, 0.75);
	-- Targets in business days, one of them in a shipped row.
	INSERT INTO sla_target_rule (plan, priority, metric, target_days, until_close)
		VALUES ('gold', 'P2', 'first_response', 1, true), ('gold', 'P3', 'resolution', 5, false);
	UPDATE sla_target_rule SET target = NULL, target_days = 2 WHERE plan = 'standard' AND priority = 'P3';
	-- A metric of one's own, a shipped one edited.
	INSERT INTO sla_metric (metric, title, position) VALUES ('ola; "sieć"', E'Network\tteam', 7);
	INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('standard', 'P1', 'ola; "sieć"', '20 minutes');
	UPDATE sla_metric SET title = 'status report' WHERE metric = 'update';
	INSERT INTO support_priority_rule VALUES ('gold', 'low', 'low', 'P1');
	INSERT INTO support_plan_feature VALUES ('support channels', 'chat', 'gold', true, NULL, 205);
	-- Words of one's own.
	INSERT INTO support_translation VALUES ('pt_PT', 'urgency', 'high', 'urgente', NULL),
		('pl', 'urgency', 'high', 'pilna; "bardzo"', '{pilne,"na wczoraj, ''proszę''"}'),
		('cs', 'detail', 'yes', 'ano', NULL), ('cs', 'duration', 'hour.few', '{0} hodiny', NULL);
	-- The direction of sla_of turned round: rows that come back one by one
	-- make a circle with the shipped ones for a while.
	BEGIN;
	UPDATE support_plan SET sla_of = 'trial' WHERE plan = 'premium';
	UPDATE support_plan SET sla_of = NULL, successor = 'standard' WHERE plan = 'trial';
	COMMIT;
};

# ---------------------------------------------------------------- superuser

my $schema = 'help desk';
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', qq(
	CREATE SCHEMA "$schema";
	CREATE EXTENSION ticket_priority SCHEMA "$schema";));
my $shipped = policy('source', $schema);

my $dump = silently('an untouched policy is dumped', 'pg_dump', 'source');
unlike($dump, qr/^COPY .*\n(?!\\\.)/m, 'no shipped row is dumped');

$node->safe_psql('source', qq(SET search_path = "$schema"; $edits));
my $policy = policy('source', $schema);
my $answers = answers('source', $schema);
isnt($policy, $shipped, 'the policy has been edited');

silently('plain dump', 'pg_dump', '-f', "$dir/plain.sql", 'source');
silently('custom dump', 'pg_dump', '-Fc', '-f', "$dir/custom", 'source');
silently('dump of the data alone', 'pg_dump', '-a', '-f', "$dir/data.sql", 'source');
silently('dump of the schema alone', 'pg_dump', '-s', '-f', "$dir/schema.sql", 'source');
silently('dump as INSERT commands', 'pg_dump', '--column-inserts', '-f',
	"$dir/inserts.sql", 'source');

# Each way of restoring, into a new database.
my %restore = (
	'plain' => sub { restore_sql('plain restored', $_[0], '-f', "$dir/plain.sql") },
	'plain in one transaction' => sub {
		restore_sql('plain restored in one transaction', $_[0], '-1', '-f', "$dir/plain.sql");
	},
	'INSERT commands' => sub {
		restore_sql('INSERT commands restored', $_[0], '-f', "$dir/inserts.sql");
	},
	'schema, then data' => sub {
		restore_sql('schema restored', $_[0], '-f', "$dir/schema.sql");
		restore_sql('data restored', $_[0], '-f', "$dir/data.sql");
	},
	'custom' => sub {
		silently('custom restored', 'pg_restore', '-e', '-d', $_[0], "$dir/custom");
	},
	# The jobs load the tables in any order.
	'custom by several jobs' => sub {
		silently('custom restored by several jobs', 'pg_restore', '-e', '-j3', '-d', $_[0], "$dir/custom");
	},
	'custom by sections' => sub {
		silently("section $_ restored", 'pg_restore', '-e', "--section=$_", '-d', $_[0], "$dir/custom")
		  foreach qw(pre-data data post-data);
	},
	'as a replica' => sub {
		restore_sql('plain restored as a replica', $_[0], '-c',
			'SET session_replication_role = replica', '-f', "$dir/plain.sql");
	},);
my $n = 0;
foreach my $way (sort keys %restore)
{
	my $db = 'restored' . ++$n;
	$node->safe_psql('postgres', "CREATE DATABASE $db TEMPLATE template0");
	$restore{$way}->($db);
	is(policy($db, $schema), $policy, "$way: the policy is the same");
	is(answers($db, $schema), $answers, "$way: the answers are the same");
}

# A dump of what was restored is the dump itself: nothing wears off.
sub without_key
{
	my $text = shift;
	$text =~ s/^\\(un)?restrict .*\n//mg;
	return join("\n", sort split(/\n/, $text));
}
is( without_key(silently('the restored database is dumped', 'pg_dump', 'restored1')),
	without_key(slurp_file("$dir/plain.sql")),
	'the second dump equals the first');

# An edited shipped row that was deleted is back, as shipped, after a restore;
# so are truncated ones.  (The manual says so.)
$node->safe_psql('source', qq(
	SET search_path = "$schema";
	DELETE FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P1';
	DELETE FROM business_holiday_rule WHERE holidays = 'PL' AND rule = '05-01';
	TRUNCATE support_plan_feature, business_holiday;));
silently('dump after deletions', 'pg_dump', '-f', "$dir/deleted.sql", 'source');
$node->safe_psql('postgres', 'CREATE DATABASE deleted TEMPLATE template0');
restore_sql('restored after deletions', 'deleted', '-f', "$dir/deleted.sql");
is( $node->safe_psql('deleted', qq(
	SELECT target, builtin FROM "$schema".sla_target_rule
	WHERE plan = 'standard' AND priority = 'P1';
	SELECT name, builtin FROM "$schema".business_holiday_rule
	WHERE holidays = 'PL' AND rule = '05-01';
	SELECT name, hours, builtin FROM "$schema".business_holiday
	WHERE holidays = 'PL';
	SELECT count(*), bool_and(builtin) FROM "$schema".support_plan_feature;)),
	"01:00:00|t\nLabour Day|t\nCentenary of Independence||t\n40|t",
	'deleted shipped rows are back as shipped');

# ----------------------------------------------------------- ordinary owner

$node->safe_psql('postgres', q(
	CREATE ROLE desk_owner LOGIN;
	CREATE ROLE desk_reader LOGIN;
	CREATE DATABASE owned;
	GRANT CREATE ON DATABASE owned TO desk_owner;));

sub as
{
	my ($role, $db, $sql) = @_;
	return $node->psql($db, $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
}

my ($ret, $out, $err) = as('desk_owner', 'owned', qq(
	CREATE SCHEMA desk;
	GRANT USAGE ON SCHEMA desk TO PUBLIC;
	CREATE EXTENSION ticket_priority SCHEMA desk;
	SET search_path = desk;
	SET client_min_messages = warning;
	$edits));
is("$ret $err", '0 ', 'an ordinary owner creates the extension and edits the policy');
is( $node->safe_psql('owned', q(
	SELECT DISTINCT relowner::regrole FROM pg_class
	WHERE relname IN ('sla_target_rule', 'support_plan');)),
	$node->safe_psql('owned', 'SELECT oid::regrole FROM pg_roles WHERE oid = 10'),
	'the tables belong to the bootstrap superuser');
is(policy('owned', 'desk'), $policy, 'the policy is as the superuser made it');

($ret, $out, $err) = as('desk_reader', 'owned', q(SELECT * FROM desk.sla_target_matrix;));
is($ret, 0, 'another role reads');
foreach my $command (
	"UPDATE desk.sla_target_rule SET target = '1 hour'",
	"INSERT INTO desk.support_plan (plan, title) VALUES ('x', 'X')",
	"INSERT INTO desk.sla_metric (metric, title) VALUES ('x', 'X')",
	'DELETE FROM desk.support_plan_feature',
	"UPDATE desk.business_holiday_rule SET name = 'x'",
	"INSERT INTO desk.business_holiday (holidays, day) VALUES ('PL', '2026-05-02')",
	"INSERT INTO desk.support_translation VALUES ('pl', 'urgency', 'high', 'x')",
	'TRUNCATE desk.support_priority_rule')
{
	($ret, $out, $err) = as('desk_reader', 'owned', $command);
	like($err, qr/permission denied for table/, "another role may not: $command");
}
($ret, $out, $err) = as('desk_reader', 'owned', "SELECT desk.import_holidays('PL', '')");
like($err, qr/permission denied for function import_holidays/, 'nor import holidays');

silently('the owner dumps', 'pg_dump', '-U', 'desk_owner', '-Fc', '-f', "$dir/owned", 'owned');
$node->safe_psql('postgres', q(
	CREATE DATABASE owned_again TEMPLATE template0;
	GRANT CREATE ON DATABASE owned_again TO desk_owner;));
silently('the owner restores', 'pg_restore', '-e', '-U', 'desk_owner', '-d', 'owned_again', "$dir/owned");
is(policy('owned_again', 'desk'), $policy, 'the policy is the same');
is(answers('owned_again', 'desk'), $answers, 'the answers are the same');

($ret, $out, $err) = as('desk_owner', 'owned_again', q(
	UPDATE desk.sla_target_rule SET goal = 0.5 WHERE plan = 'standard';
	INSERT INTO desk.support_plan (plan, title) VALUES ('x', 'X');
	DELETE FROM desk.support_plan WHERE plan = 'x';
	TRUNCATE desk.support_priority_rule;
	SELECT added FROM desk.import_holidays('desk', E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260601\nEND:VEVENT\nEND:VCALENDAR', replace => false);));
is("$ret $out $err", '0 1 ', 'the owner writes what he restored');

# The superuser restores it too; the ordinary role is the owner no more.
$node->safe_psql('postgres', 'CREATE DATABASE owned_by_admin TEMPLATE template0');
silently('the superuser restores', 'pg_restore', '-e', '-d', 'owned_by_admin', "$dir/owned");
is(policy('owned_by_admin', 'desk'), $policy, 'the policy is the same');

# ------------------------------------------------------------------- rename

# All in one session, so that whatever it remembers must follow.
is( $node->safe_psql('owned', q(
	SELECT desk.sla_target('P1', 'gold');
	INSERT INTO desk.sla_target_rule (plan, priority, target) VALUES ('premium', 'P3', '3 hours');
	ALTER SCHEMA desk RENAME TO "desk 2";
	SELECT "desk 2".sla_target('P3', 'premium');
	INSERT INTO "desk 2".sla_target_rule (plan, priority, target) VALUES ('premium', 'P2', '2 hours');
	UPDATE "desk 2".support_plan SET sla_of = 'gold' WHERE plan = 'bronze';
	SELECT target, builtin FROM "desk 2".sla_target_rule WHERE plan = 'premium' AND priority = 'P2';
	SELECT "desk 2".sla_target('P2', 'premium'), "desk 2".sla_target('P1', 'bronze');
	INSERT INTO "desk 2".business_calendar (calendar, hours, time_zone) VALUES ('z', '24/7', 'Asia/Tokyo');
	INSERT INTO "desk 2".business_holiday (holidays, day) VALUES ('desk', '2026-05-29');
	SELECT added FROM "desk 2".import_holidays('desk', E'BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260528\nDURATION:P2D\nEND:VEVENT\nEND:VCALENDAR', replace => false);
	SELECT "desk 2".calendar_between('2026-05-28 00:00+02', '2026-06-02 00:00+02', 'warsaw');
	SELECT count(*) FROM "desk 2".sla_target_list WHERE plan = 'bronze' AND target IS NOT NULL;)),
	"00:05:00\n03:00:00\n02:00:00|f\n02:00:00|00:05:00\n1\n08:00:00\n1",
	'after ALTER SCHEMA RENAME everything works');
($ret, $out, $err) = $node->psql('owned', q(
	\set VERBOSITY terse
	DELETE FROM "desk 2".support_plan WHERE plan = 'standard';
	UPDATE "desk 2".support_plan SET sla_of = 'silver' WHERE plan = 'gold';
	DELETE FROM "desk 2".support_plan WHERE plan = 'bronze';), on_error_stop => 0);
like($err, qr/cannot delete a shipped row/, 'shipped rows are still guarded');
like($err, qr/"gold" takes its targets from itself/, 'circles are still refused');
like($err, qr/"bronze" is still in use/, 'references are still checked');
my $renamed = policy('owned', 'desk 2');
silently('dump after the rename', 'pg_dump', '-f', "$dir/renamed.sql", 'owned');
$node->safe_psql('postgres', 'CREATE DATABASE renamed TEMPLATE template0');
restore_sql('restored after the rename', 'renamed', '-f', "$dir/renamed.sql");
is(policy('renamed', 'desk 2'), $renamed, 'a dump after the rename restores');

# --------------------------------------------------------- drop and create

# In one session, with the policy in use before and after.
is( $node->safe_psql('restored1', qq(
	SET search_path = "$schema";
	SET client_min_messages = warning;
	SELECT sla_target('P1', 'standard');
	DROP EXTENSION ticket_priority;
	CREATE EXTENSION ticket_priority SCHEMA "$schema";
	SELECT sla_target('P1', 'standard');
	UPDATE sla_target_rule SET target = '2 hours' WHERE plan = 'standard' AND priority = 'P1';
	SELECT sla_target('P1', 'standard');
	DROP EXTENSION ticket_priority;
	CREATE EXTENSION ticket_priority SCHEMA public;
	SELECT public.sla_target('P1', 'standard');
	DROP EXTENSION ticket_priority;
	-- Nothing is pending on the tables of a new extension.
	BEGIN;
	CREATE EXTENSION ticket_priority SCHEMA "$schema";
	INSERT INTO sla_target_rule (plan, priority, target) VALUES ('standard', 'P1', '4 hours');
	SELECT sla_target('P1', 'standard');
	SET CONSTRAINTS ALL IMMEDIATE;
	DROP EXTENSION ticket_priority;
	CREATE EXTENSION ticket_priority SCHEMA "$schema";
	DROP EXTENSION ticket_priority;
	ROLLBACK;
	CREATE EXTENSION ticket_priority SCHEMA "$schema";)),
	"00:40:00\n01:00:00\n02:00:00\n01:00:00\n04:00:00",
	'DROP and CREATE EXTENSION in one session');
is(policy('restored1', $schema), $shipped, 'the shipped policy is there again');

$node->stop;
done_testing();
