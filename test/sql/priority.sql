-- Priority from urgency and impact.

-- The published matrix.
SELECT u AS urgency, assign_priority(u, 'high') AS high, assign_priority(u, 'medium') AS medium, assign_priority(u, 'low') AS low
FROM unnest(enum_range(NULL::ticket_urgency)) AS u ORDER BY u DESC;
-- The override wins, whatever the rest is; without it, null needs no answer.
SELECT assign_priority('low', 'low', 'P1') AS override, assign_priority(NULL, NULL, 'P3') AS alone, assign_priority('high', 'high', NULL) AS none,
	assign_priority('high', NULL, NULL) AS half, assign_priority(NULL, 'high') AS half_too;

-- Exact labels to values, in generated columns and indexes too.
CREATE TEMPORARY TABLE request (urgency text, impact text, priority ticket_priority GENERATED ALWAYS AS (assign_priority(to_urgency(urgency), to_impact(impact))) STORED);
INSERT INTO request VALUES ('high', 'medium'), ('low', 'low'), ('high', NULL);
TABLE request;
SELECT to_urgency('medium'), to_impact('low'), to_priority('P2'), to_priority(NULL) IS NULL AS null;
INSERT INTO request VALUES ('High', 'low');
SELECT to_impact('');
SELECT to_priority(repeat('P1', 100));
-- P1 sorts first.
SELECT min(p), max(p) FROM unnest(enum_range(NULL::ticket_priority)) AS p;

-- The enums must keep their labels: one that is gone is missed, and one more means nothing.
BEGIN;
ALTER TYPE ticket_priority RENAME VALUE 'P4' TO 'P5';
SELECT assign_priority('high', 'high');
ROLLBACK;
ALTER TYPE ticket_urgency ADD VALUE 'none';
SELECT assign_priority('none', 'high');
DELETE FROM pg_enum WHERE enumtypid = 'ticket_urgency'::regtype AND enumlabel = 'none';
