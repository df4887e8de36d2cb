-- Functions: NULL in any argument, NaN, zones, and arguments that are no constants.

SELECT sin(x), cos(x), tan(x) FROM (VALUES 0e0, NULL, nan(), infinity()) t(x)
  0.0 | 1.0 | 0.0
  NULL | NULL | NULL
  NaN | NaN | NaN
  NaN | NaN | NaN
SELECT from_ieee754_64(to_ieee754_64(nan())), from_ieee754_32(to_ieee754_32(CAST(nan() AS real))), from_ieee754_64(NULL)
  NaN | NaN | NULL
SELECT bit_count(x, x), bitwise_right_shift_arithmetic(4, CAST(x AS integer)), slice(ARRAY[1], 1, x), split('a', 'b', x), codepoint(s)
FROM (VALUES (CAST(NULL AS bigint), CAST(NULL AS varchar(1)))) t(x, s)
  NULL | NULL | NULL | NULL | NULL
SELECT split(s, ',', 2), split('a', s), split_to_map(s, ',', '='), split_to_map('a=b', s, '='),
split_to_multimap('a=b', ',', s), regexp_split('a', s), regexp_extract('a', 'a', x), regexp_extract_all('a', 'a', x)
FROM (VALUES (CAST(NULL AS bigint), CAST(NULL AS varchar))) t(x, s)
  NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
SELECT width_bucket(x, 0, 10, 4), width_bucket(3, x, 10, 4), width_bucket(x, ARRAY[1e0]), to_base(5, CAST(x AS bigint))
FROM (VALUES CAST(NULL AS double)) t(x)
  NULL | NULL | NULL | NULL
SELECT split_to_map('a=b', s, t) FROM (VALUES (',', '='), (NULL, '=')) t(s, t)
  {a=b}
  NULL

-- separators from a column
SELECT array_join(ARRAY['a', NULL, 'b'], x), array_join(ARRAY['a', NULL, 'b'], x, '?'), concat_ws(x, ARRAY['p', 'q', NULL]),
array_join(ARRAY[], x), split('a-b-c', x, 2)
FROM (VALUES '-', NULL) t(x)
  a-b | a-?-b | p-q |  | [a, b-c]
  NULL | NULL | NULL | NULL | NULL
SELECT array_join(ARRAY['a', NULL, 'b'], ','), array_join(ARRAY[1, NULL], '', '?'), array_join(ARRAY['a'], ',', NULL)
  a,b | 1? | NULL

-- NaN is the greatest only where nothing else is, also inside rows and arrays
SELECT greatest(ROW(5), ROW(nan()), ROW(3)), greatest(ARRAY[1e0], ARRAY[nan()], ARRAY[0e0, 2e0]), least(ROW(5), ROW(nan()))
  {field0=5.0} | [1.0] | {field0=5.0}
SELECT array_max(ARRAY[ROW(nan()), ROW(2), ROW(3)]), array_max(ARRAY[ARRAY[nan()], ARRAY[2]]), array_max(ARRAY[ARRAY[1e0], NULL])
  {field0=3.0} | [2.0] | NULL
SELECT max(x), min(x), max(x) FILTER (WHERE x[1] < 3) FROM (VALUES ARRAY[nan()], ARRAY[2e0], ARRAY[3e0], NULL) t(x)
  [3.0] | [2.0] | [2.0]

-- the clock
SELECT CAST(CAST(TIME '01:02:03.456' AS timestamp(1) with time zone) AS time(3)), CAST(TIME '01:02:03.456' AS timestamp) > DATE '2020-01-01'
  01:02:03.500 | true
SELECT typeof(current_timestamp(2)), typeof(localtimestamp(6)), typeof(localtime(1)), length(CAST(localtime(1) AS varchar)),
current_timestamp(6) >= current_timestamp(0), localtimestamp(3) = localtimestamp
  timestamp(2) with time zone | timestamp(6) | time(1) | 10 | true | true
SELECT current_timestamp(9)
  ! NOT_SUPPORTED: line 1:8: A timestamp finer than microseconds runs on Athena but not on the local engine
SELECT current_time(3)
  ! NOT_SUPPORTED: line 1:8: The type time with time zone runs on Athena but not on the local engine
SELECT date_trunc('month', DATE '2020-01-02'), date_trunc('Hour', TIMESTAMP '2020-01-02 03:04:05')
  2020-01-01 | 2020-01-02 03:00:00.000
SELECT date_trunc('decade', DATE '2020-01-02')
  ! INVALID_FUNCTION_ARGUMENT: 'decade' is not a valid DATE field

-- texts
SELECT normalize('schön') = 'schön', length(normalize('é', NFD)), length(trim(chr(8232) || 'b' || chr(8199) || chr(12288)))
  true | 2 | 2

-- an array joins an array of arrays as an element
SELECT ARRAY[ARRAY[1], ARRAY[2, 8]] || ARRAY[3, 6], ARRAY[2] || ARRAY[ARRAY[3]], ARRAY[1] || ARRAY[2] || 3, ARRAY[1] || NULL
  [[1], [2, 8], [3, 6]] | [[2], [3]] | [1, 2, 3] | NULL
