-- business_hours reports bad input softly, so that callers can test it: on
-- servers with soft errors (16 and later).

-- Every error of the text form, limits included, is one that a caller can ask
-- for rather than suffer.
SELECT input, pg_input_is_valid(input, 'business_hours') AS valid
FROM (VALUES
	('24/7'), ('off'), ('Mo-Fr 08:00-17:00; PH off'), ('2026 Dec 20-Jan 06,easter +1 day Mo[1] 22:00-06:00'),
	(''), (';'), ('Mo-Fr'), ('Mo-Fx 08:00-17:00'), ('25:00-26:00'), ('10:00-48:01'), ('Feb 30 off'), ('Dec 26-24 off'),
	('2026-2025 off'), ('easter +251 days off'), ('easter-Dec 24 off'), ('Mo[6] off'), ('PH Mo off'), ('24/8'), ('Mo 08:00-17:00;')
) AS v(input);
SELECT limit_of, pg_input_is_valid(input, 'business_hours') AS valid
FROM (VALUES
	('rules', repeat('off;', 1000) || 'off'),
	('times', (SELECT string_agg(format('%1$s:%2$s-%1$s:%3$s', t / 60, to_char(t % 60, 'FM00'), to_char(t % 60 + 1, 'FM00')), ',') FROM generate_series(0, 960, 10) AS t)),
	('years', (SELECT string_agg(y::text, ',') || ' off' FROM generate_series(2000, 2200, 2) AS y)),
	('days from Easter', (SELECT string_agg(format('easter +%s days', d), ',') || ' off' FROM generate_series(1, 201, 2) AS d)),
	('bytes', repeat(' ', 65536) || 'off'),
	('bytes of the normal form', (SELECT repeat('Jan ' || string_agg(d::text, ',') || ' off;', 600) || 'off' FROM generate_series(1, 31, 2) AS d))
) AS v(limit_of, input);

-- The error itself is the same.
\x on
SELECT * FROM pg_input_error_info('Mo-Fx 08:00-17:00', 'business_hours');
SELECT * FROM pg_input_error_info('Mo-Fr', 'business_hours');
SELECT * FROM pg_input_error_info('Monday 08:00-17:00', 'business_hours');
SELECT * FROM pg_input_error_info(repeat('off;', 1000) || 'off', 'business_hours');
\x off
