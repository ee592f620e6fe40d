-- What must hold of any answers, whatever the hours and the zone: the rules of
-- time as equations.  Over "trio": setting, three instants a <= b <= c and two
-- amounts d <= e, neither negative; and "setting": its hours and zone.
-- Prints a line for each property that fails: its name, how often, one case.

CREATE TEMP TABLE broken (property text, setting integer, a timestamptz, b timestamptz,
                          c timestamptz, d interval, e interval);

-- Whether the wall clock skips something in the day before an instant: the one
-- reason for which a later start can give an earlier time of a business day.
CREATE FUNCTION pg_temp.skips(x timestamptz, zone text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN (x AT TIME ZONE zone) - ((x - interval '24 hours') AT TIME ZONE zone) > interval '24 hours';

CREATE FUNCTION pg_temp.us() RETURNS interval LANGUAGE sql IMMUTABLE
    RETURN interval '1 microsecond';

INSERT INTO broken
SELECT p.property, t.*
FROM trio t
JOIN setting s ON s.id = t.setting,
LATERAL (
    SELECT business_time_between(a, b, hours, zone) AS ab,
           business_time_between(b, c, hours, zone) AS bc,
           business_time_between(a, c, hours, zone) AS ac,
           business_time_between(b, a, hours, zone) AS ba,
           business_time_add(a, d, hours, zone) AS a_d,
           business_time_add(a, e, hours, zone) AS a_e,
           business_time_add(b, d, hours, zone) AS b_d,
           business_time_add(a, -d, hours, zone) AS a_minus_d,
           business_time_add(a, -e, hours, zone) AS a_minus_e,
           business_time_add(b, -d, hours, zone) AS b_minus_d,
           next_business_time(a, hours, zone) AS next_a,
           previous_business_time(a, hours, zone) AS previous_a,
           is_business_time(a, hours, zone) AS open_a,
           business_periods(tstzrange(a, b), hours, zone) AS periods,
           business_days_between(a, c, hours, zone) AS days_ac
) f,
LATERAL (VALUES
    ('rule 1: what is open at a depends on the wall clock alone',
     zone NOT LIKE '%/%' OR     -- AT TIME ZONE has other readings of +05:30 and CET
     open_a = is_business_time((a AT TIME ZONE zone) AT TIME ZONE 'UTC', hours, 'UTC')),
    ('rule 3: additive', ab + bc = ac),
    ('rule 3: negative backwards', ba = -ab),
    ('rule 3: no more than the time itself', ab BETWEEN '0' AND b - a),
    ('rule 3: the length of the periods',
     ab = (SELECT coalesce(sum(upper(p) - lower(p)), '0') FROM unnest(periods) p)),
    ('rule 4: nothing added', business_time_add(a, '0', hours, zone) = a),
    ('rule 4: the inverse of measuring', business_time_between(a, a_d, hours, zone) = d),
    ('rule 4: the earliest', d = '0'
     OR business_time_between(a, a_d - pg_temp.us(), hours, zone) < d),
    ('rule 4: the inverse, backwards', business_time_between(a_minus_d, a, hours, zone) = d),
    ('rule 4: the latest', d = '0'
     OR business_time_between(a_minus_d + pg_temp.us(), a, hours, zone) < d),
    ('rule 4: adding does not decrease in the start', a_d <= b_d),
    ('rule 4: adding does not decrease in the amount', a_d <= a_e AND a <= a_d),
    ('rule 4: subtracting does not decrease in the start', a_minus_d <= b_minus_d),
    ('rule 4: subtracting does not increase in the amount', a_minus_e <= a_minus_d AND a_minus_d <= a),
    ('rule 4: added twice', d = '0' OR d = e
     OR business_time_add(a_d, e - d, hours, zone) = a_e),
    ('next: open, itself if open, nothing before it', is_business_time(next_a, hours, zone)
     AND (next_a = a) = open_a AND next_a >= a
     AND business_time_between(a, next_a, hours, zone) = '0'),
    ('next: adding starts there',
     d = '0' OR business_time_add(next_a, d, hours, zone) = a_d),
    ('previous: itself if open, nothing after it', (previous_a = a OR NOT open_a) AND previous_a <= a
     AND business_time_between(previous_a, a, hours, zone) = '0'
     AND (is_business_time(previous_a, hours, zone) = open_a)
     AND business_time_between(previous_a - pg_temp.us(), previous_a, hours, zone)
         = CASE WHEN open_a THEN business_time_between(a - pg_temp.us(), a, hours, zone)
                ELSE pg_temp.us() END),
    ('next and previous: twice is once',
     next_business_time(next_a, hours, zone) = next_a
     AND previous_business_time(previous_a, hours, zone) = previous_a),
    ('periods: a lies in them if open', a = b OR (periods @> a) = open_a),
    ('periods: neither empty nor outside', periods <@ tstzrange(a, b)
     AND NOT EXISTS (SELECT FROM unnest(periods) p WHERE isempty(p))),
    ('days: none is the next opening', business_days_add(a, 0, hours, zone) = next_a),
    ('days between: the largest number that fits',
     business_days_add(a, days_ac, hours, zone) <= c OR days_ac = 0),
    ('days between: one more does not fit', business_days_add(a, days_ac + 1, hours, zone) > c),
    ('days between: negative backwards', days_ac >= 0 AND business_days_between(c, a, hours, zone) = -days_ac),
    ('days: one more is never earlier',
     (SELECT bool_and(f <= g)
      FROM generate_series(-3, 2) n, business_days_add(a, n, hours, zone) f,
           business_days_add(a, n + 1, hours, zone) g)),
    ('days: a later start never gives an earlier answer',
     zone NOT LIKE '%/%' OR     -- AT TIME ZONE has other readings of +05:30 and CET
     (SELECT bool_and(f <= g OR pg_temp.skips(CASE WHEN n > 0 THEN g ELSE f END, zone))
      FROM generate_series(-3, 3) n,
           (VALUES (a, b), (b, c), (a, a + interval '25 minutes'), (c, c + interval '7 hours')) p(x, y),
           business_days_add(x, n, hours, zone) f, business_days_add(y, n, hours, zone) g))
) p(property, holds)
WHERE p.holds IS NOT TRUE;

SELECT property, count(*),
       min(format('hours %L zone %L a %L b %L c %L d %L e %L',
                  s.hours, s.zone, a, b, c, d, e))
FROM broken JOIN setting s ON s.id = setting
GROUP BY property
ORDER BY property;
