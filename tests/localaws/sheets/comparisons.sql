-- Comparisons: NULL and NaN also inside nested values, padding of char, order of maps.

SELECT ARRAY[1, NULL] = ARRAY[1, NULL]
  NULL :: boolean
SELECT ARRAY[1, NULL] = ARRAY[2, NULL]
  false
SELECT ARRAY[1, 2] = ARRAY[1, 2, NULL]
  false
SELECT ARRAY[1, NULL] <> ARRAY[1, 2]
  NULL
SELECT CAST(ARRAY[] AS array(integer)) = CAST(ARRAY[] AS array(integer))
  true
SELECT ARRAY[ARRAY[1], ARRAY[NULL]] = ARRAY[ARRAY[2], ARRAY[NULL]]
  false
SELECT ARRAY[1.5, 2] = ARRAY[1.50, 2.00]
  true
SELECT ARRAY[nan()] = ARRAY[nan()]
  false
SELECT ARRAY['b'] > ARRAY['a', 'z']
  true
SELECT ARRAY[1] < ARRAY[1, 0]
  true
SELECT ARRAY[1, NULL] < ARRAY[2, 0]
  true
SELECT ARRAY[1, NULL] < ARRAY[1, 0]
  ! NOT_SUPPORTED: ARRAY comparison not supported for arrays with null elements
SELECT ARRAY[MAP(ARRAY[1], ARRAY[1])] < ARRAY[MAP(ARRAY[1], ARRAY[1])]
  ! TYPE_MISMATCH: line 1:39: Cannot apply operator: array(map(integer, integer)) < array(map(integer, integer))

SELECT ROW(1, NULL) = ROW(1, 2)
  NULL
SELECT ROW(1, NULL) = ROW(2, 2)
  false
SELECT ROW(1, 'a') = ROW(1, 'a')
  true
SELECT (1, 2) <> (1, 3)
  true
SELECT ROW(1, 2) < ROW(1, 3)
  true
SELECT ROW(2, NULL) > ROW(1, NULL)
  true
SELECT ROW(1, CAST(NULL AS integer)) > ROW(1, 0)
  ! NOT_SUPPORTED: ROW comparison not supported for fields with null elements
SELECT ROW(1, ARRAY[1, 2]) <= ROW(1, ARRAY[1, 2])
  true

SELECT MAP(ARRAY['a', 'b'], ARRAY[1, 2]) = MAP(ARRAY['b', 'a'], ARRAY[2, 1])
  true
SELECT MAP(ARRAY['a'], ARRAY[1]) = MAP(ARRAY['b'], ARRAY[1])
  false
SELECT MAP(ARRAY['a'], ARRAY[NULL]) = MAP(ARRAY['a'], ARRAY[1])
  NULL
SELECT MAP(ARRAY['a', 'b'], ARRAY[NULL, 2]) = MAP(ARRAY['a', 'b'], ARRAY[1, 3])
  false
SELECT MAP(ARRAY[1], ARRAY[ARRAY[1, NULL]]) <> MAP(ARRAY[1], ARRAY[ARRAY[1, NULL]])
  NULL
SELECT MAP(ARRAY[1], ARRAY[1]) < MAP(ARRAY[1], ARRAY[2])
  ! TYPE_MISMATCH: line 1:32: Cannot apply operator: map(integer, integer) < map(integer, integer)
SELECT DISTINCT m FROM (VALUES MAP(ARRAY[1, 2], ARRAY[1, 2]), MAP(ARRAY[2, 1], ARRAY[2, 1])) AS t(m)
  ! NOT_SUPPORTED: line 1:17: DISTINCT of maps runs on Athena but not on the local engine
SELECT count(*) FROM (VALUES MAP(ARRAY[1], ARRAY[1])) AS t(m) GROUP BY m
  ! NOT_SUPPORTED: line 1:1: GROUP BY of maps runs on Athena but not on the local engine

SELECT nan() = nan(), nan() <> nan(), nan() < 1e0, nan() > 1e0, nan() >= nan()
  false | true | false | false | false
SELECT x > 1e0 FROM (VALUES nan(), 2e0, NULL, infinity()) AS t(x)
  false
  true
  NULL
  true
SELECT count(*) FROM (VALUES nan(), nan(), 1e0) AS t(x) GROUP BY x ORDER BY 1
  1
  2
SELECT nan() IS DISTINCT FROM nan(), 1e0 IS DISTINCT FROM nan(), NULL IS DISTINCT FROM nan()
  false | true | true
SELECT x FROM (VALUES 1e0, nan(), NULL, -infinity()) AS t(x) ORDER BY x
  -Infinity
  1.0
  NaN
  NULL
SELECT x FROM (VALUES 1e0, nan(), NULL, infinity()) AS t(x) ORDER BY x DESC
  Infinity
  1.0
  NaN
  NULL
SELECT x FROM (VALUES 1e0, nan(), NULL) AS t(x) ORDER BY x DESC NULLS FIRST
  NULL
  1.0
  NaN
SELECT DISTINCT x FROM (VALUES 1e0, nan(), 2e0, 1e0) AS t(x) ORDER BY x DESC
  2.0
  1.0
  NaN
SELECT x, rank() OVER (ORDER BY x DESC) FROM (VALUES REAL '1', CAST(nan() AS real), REAL '2') AS t(x) ORDER BY 2
  2.0 | 1
  1.0 | 2
  NaN | 3
SELECT max(x), min(x) FROM (VALUES 1e0, nan(), 2e0) AS t(x)
  2.0 | 1.0
SELECT max(x), min(x) FROM (VALUES nan(), CAST(nan() AS double)) AS t(x)
  NaN | NaN
SELECT greatest(nan(), 1e0), greatest(1e0, nan()), least(nan(), 1e0), greatest(nan(), nan())
  1.0 | 1.0 | 1.0 | NaN
SELECT array_max(ARRAY[1e0, nan()]), array_min(ARRAY[nan(), 1e0]), array_max(ARRAY[nan()])
  1.0 | 1.0 | NaN
SELECT nan() IN (nan(), 1e0), 1e0 IN (nan(), 1e0), 2e0 NOT IN (nan())
  false | true | true

SELECT CAST('a' AS char(3)) = CAST('a' AS char(5)), CAST('a' AS char(3)) = 'a', CAST('a' AS char(3)) = 'a  '
  true | true | true
SELECT CAST('ab' AS char(5)) < 'abc', CAST('b' AS char(3)) > CAST('abc' AS char(3))
  true | true
SELECT CAST('a' AS char(3)) = CAST('a  ' AS varchar)
  true
SELECT CAST(U&'a\0001' AS char(3)) < CAST('a' AS char(3))
  true

SELECT 1 = 1.0, 1 = 1e0, TINYINT '1' = BIGINT '1', DECIMAL '1.50' = 1.5, REAL '0.1' = 0.1e0
  true | true | true | true | false
SELECT 0.0e0 = -0.0e0, 1 < 1.5, -1 < DECIMAL '-0.5'
  true | true | true
SELECT 1 = '1'
  ! TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar(1)
SELECT DATE '2020-01-01' = '2020-01-01'
  ! TYPE_MISMATCH: line 1:26: Cannot apply operator: date = varchar(10)
SELECT true > false, NULL = NULL, NULL IS NOT DISTINCT FROM NULL
  true | NULL | true
SELECT DATE '2020-01-01' < TIMESTAMP '2020-01-01 00:00:01', TIMESTAMP '2020-01-01 00:00:00' = DATE '2020-01-01'
  true | true
SELECT TIMESTAMP '2020-01-01 00:00:00 UTC' = TIMESTAMP '2020-01-01 09:00:00 Asia/Tokyo'
  true
SELECT TIMESTAMP '2020-01-01 00:00:00 UTC' IS DISTINCT FROM TIMESTAMP '2020-01-01 09:00:00 Asia/Tokyo'
  false
SELECT JSON '{"b": [1, 2], "a": {"d": 1, "c": 2}}' = JSON '{"a": {"c": 2, "d": 1}, "b": [1,2]}'
  true
SELECT JSON '[1, 2]' = JSON '[2, 1]', JSON '1.0' = JSON '1', JSON 'null' = JSON 'null'
  false | false | true
