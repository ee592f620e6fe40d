# Logical replication of the configuration onto a subscriber that has the
# shipped rows: the first copy and what follows.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$publisher->start;

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', "fsync = off\njit = off\n");
$subscriber->start;

# The schemas bear the same name, as logical replication wants it; it is not
# on anyone's search_path.
my @tables = map { "desk.$_" }
  qw(business_holiday_list business_holiday business_holiday_rule business_calendar
  support_plan sla_metric sla_target_rule support_priority_rule support_plan_feature support_translation);
foreach my $node ($publisher, $subscriber)
{
	$node->safe_psql('postgres', q(
		CREATE SCHEMA desk;
		CREATE EXTENSION ticket_priority SCHEMA desk;));
}

sub policy
{
	my $node = shift;
	return join("\n",
		map { $node->safe_psql('postgres', qq(SELECT t FROM $_ AS t ORDER BY t::text COLLATE "C")) }
		  @tables);
}

sub same_policy
{
	my $name = shift;
	$publisher->wait_for_catchup('desk');
	is(policy($subscriber), policy($publisher), $name);
}

# Edited and new rows meet the subscriber's shipped ones.
$publisher->safe_psql('postgres', q(
	SET search_path = desk;
	UPDATE business_calendar SET time_zone = 'Europe/Warsaw' WHERE calendar = 'standard';
	UPDATE sla_target_rule SET target = '30 minutes' WHERE plan = 'standard' AND priority = 'P1';
	INSERT INTO support_plan (plan, title, calendar, sla_of) VALUES ('gold', 'Gold', 'always', 'premium');
	INSERT INTO sla_target_rule (plan, priority, target, valid_from)
		VALUES ('gold', 'P1', '5 minutes', '2026-01-01 00:00+00');
	INSERT INTO sla_metric (metric, title) VALUES ('ola network', 'Network team');
	INSERT INTO sla_target_rule (plan, priority, metric, target) VALUES ('gold', 'P1', 'ola network', '40 minutes');
	UPDATE sla_metric SET title = 'status report' WHERE metric = 'update';
	INSERT INTO support_priority_rule VALUES ('gold', 'low', 'low', 'P2');
	INSERT INTO support_translation VALUES ('nl', 'urgency', 'high', 'dringend', '{spoed}');
	UPDATE business_holiday_list SET title = 'Polska' WHERE holidays = 'PL';
	UPDATE business_holiday_rule SET name = 'Nowy Rok' WHERE holidays = 'PL' AND rule = '01-01';
	INSERT INTO business_holiday (holidays, day) VALUES ('PL', '2026-05-04');
	INSERT INTO business_holiday_list (holidays, title, known_until) VALUES ('desk', 'Desk', '2030-12-31');
	INSERT INTO business_holiday_rule (holidays, rule) VALUES ('desk', '05-05');
	INSERT INTO business_holiday (holidays, day, hours) VALUES ('desk', '2026-05-06', '09:00-10:00');));
my $subscriber_says = sub { $subscriber->safe_psql('postgres', $_[0]) };
is($subscriber_says->("SELECT desk.sla_target('P1', 'standard')"), '01:00:00', 'shipped target');

$publisher->safe_psql('postgres',
	'CREATE PUBLICATION desk FOR TABLE ' . join(', ', @tables));
my $connstr = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres',
	"CREATE SUBSCRIPTION desk CONNECTION '$connstr' PUBLICATION desk");
$subscriber->wait_for_subscription_sync($publisher, 'desk');

# Shipped rows that the publisher has not edited stay shipped.
same_policy('the first copy lands on the shipped rows');
is($subscriber_says->("SELECT desk.sla_target('P1', 'standard'), desk.sla_target('P1', 'gold')"),
	'00:30:00|00:05:00', 'the subscriber answers with it');
is($subscriber_says->("SELECT desk.sla_target('P1', 'gold', 'ola network'), desk.ticket_label('metric', 'update', 'en')"),
	'00:40:00|status report', 'and with its metrics');
is($subscriber_says->("SELECT desk.ticket_label('urgency', 'high', 'nl'), desk.parse_urgency('SPOED')"),
	'dringend|high', 'and in its words');

# Business time from Monday 4 to Wednesday 6 May 2026: without a list, then by list.
my $may = q(SELECT desk.calendar_between('2026-05-04 00:00+02', '2026-05-07 00:00+02', 'standard', holidays => list)
	FROM unnest('{NULL, PL, desk}'::text[]) AS list);
is($subscriber_says->($may), "27:00:00\n18:00:00\n10:00:00", 'and with its holidays');

$publisher->safe_psql('postgres', q(
	SET search_path = desk;
	UPDATE sla_target_rule SET target = '20 minutes' WHERE plan = 'standard' AND priority = 'P1';
	UPDATE support_plan SET successor = 'gold' WHERE plan = 'trial';
	INSERT INTO sla_target_rule (plan, priority, target) VALUES ('premium', 'P4', '6 hours');
	INSERT INTO sla_target_rule (plan, priority, target_days, until_close) VALUES ('gold', 'P2', 1, true);
	INSERT INTO business_calendar (calendar, hours) VALUES ('nights', 'Mo-Su 22:00-06:00');
	UPDATE sla_target_rule SET calendar = 'nights' WHERE plan = 'gold';
	DELETE FROM sla_target_rule WHERE metric = 'ola network';
	DELETE FROM sla_metric WHERE metric = 'ola network';
	UPDATE business_calendar SET holidays = 'desk' WHERE calendar = 'standard';
	UPDATE business_holiday SET hours = NULL WHERE holidays = 'desk';
	INSERT INTO business_holiday (holidays, day, hours) VALUES ('PL', '2018-11-12', 'off');
	DELETE FROM business_holiday WHERE holidays = 'PL' AND day = '2026-05-04';
	INSERT INTO business_holiday_rule (holidays, rule) VALUES ('PL', '05-06');));
same_policy('what is written later follows');
is($subscriber_says->("SELECT desk.sla_target('P1', 'standard'), desk.sla_target_days('P2', 'gold')"),
	'00:20:00|1', 'the subscriber answers with it');
is($subscriber_says->($may), "09:00:00\n18:00:00\n09:00:00", 'and with its holidays');

# An edited shipped row may be deleted; the subscriber has it as edited.
$publisher->safe_psql('postgres', q(
	SET search_path = desk;
	DELETE FROM sla_target_rule WHERE plan = 'standard' AND priority = 'P1';
	DELETE FROM sla_target_rule WHERE plan = 'gold' AND priority = 'P2';
	DELETE FROM support_priority_rule;
	DELETE FROM business_holiday_rule WHERE holidays = 'desk';
	TRUNCATE support_plan_feature, business_holiday;));
same_policy('deletions and TRUNCATE follow');
is($subscriber_says->("SELECT desk.sla_target('P1', 'standard') IS NULL"), 't',
	'the subscriber answers with it');
is($subscriber_says->($may), "27:00:00\n18:00:00\n27:00:00", 'and with its holidays');

# A row that is shipped on the subscriber goes as well, if it goes there.
$publisher->safe_psql('postgres', q(
	SET session_replication_role = replica;
	DELETE FROM desk.sla_target_rule WHERE plan = 'premium' AND priority = 'P1';));
same_policy('a shipped row that is deleted on the publisher is deleted');

$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION desk');
$subscriber->stop;
$publisher->stop;
done_testing();
