-- What is not asked for can't fail: AND, OR, IN, IF and TRY. And the order in which rows come out of arrays.

SELECT x <> 0 AND 10 / x > 1 AND x < 7, x = 0 OR 10 / x > 1 OR x > 7 FROM (VALUES 0, 1, NULL) t(x)
  false | true
  true | true
  NULL | NULL
SELECT x FROM (VALUES 0, 1, 2, NULL) t(x) WHERE x <> 0 AND 10 % x = 0 AND 10 / x > 5
  1
SELECT x FROM (VALUES 0, 1, NULL) t(x) WHERE NOT (x = 0 OR 10 / x > 11)
  1
SELECT a.x FROM (VALUES 0, 1) a(x) JOIN (VALUES 0, 1) b(x) ON a.x = b.x AND b.x <> 0 AND 10 / a.x > 5
  1
SELECT length(s) < 3 AND CAST(s AS integer) > 5 FROM (VALUES '12', '4', 'many') t(s)
  true
  false
  false
SELECT x = 300 OR CAST(x AS tinyint) > 5 FROM (VALUES 300, 4) t(x)
  true
  false
SELECT 10 / x > 1 AND x <> 0 FROM (VALUES 0) t(x)
  ! DIVISION_BY_ZERO: Division by zero
SELECT IF(3 IN (2, 3, 5 / 0), 1, x) FROM (VALUES 7, 8) t(x)
  1
  1
SELECT IF(x IN (1, 2, 5 / 0), 1, x) FROM (VALUES 3) t(x)
  ! DIVISION_BY_ZERO: Division by zero
SELECT CASE WHEN x > 5 THEN 1 / 0 WHEN x > 4 THEN ARRAY[1][3] ELSE CAST('7' AS integer) END FROM (VALUES 1, 2) t(x)
  7
  7

-- TRY: also where the message is the same for every row
SELECT TRY(to_base(100, x)) FROM (VALUES 40, 2) t(x)
  NULL
  1100100
SELECT TRY(to_base(100, 40)), TRY(MAP(ARRAY[NULL], ARRAY[1])) IS NULL
  NULL | true
SELECT TRY(MAP(ARRAY[NULL], ARRAY[x])) IS NULL, TRY(ARRAY[5][x]), TRY(CAST('a' || CAST(x AS varchar) AS bigint))
FROM (VALUES 1, 2) t(x)
  true | 5 | NULL
  true | NULL | NULL
SELECT count(TRY(from_base(s, 2))) FROM (VALUES '11', '12', 'x') t(s)
  1

-- LEFT JOIN UNNEST: the elements come in their order, an empty array gives one row
SELECT array_agg(x) FROM (VALUES (1, ARRAY[1, 2, 3]), (2, ARRAY[]), (3, NULL)) t(k, a) LEFT JOIN UNNEST(a) u(x) ON TRUE
  [1, 2, 3, null, null]
SELECT b FROM (VALUES ARRAY[1, 2, 3]) t(a)
LEFT JOIN LATERAL (SELECT array_agg(x) FROM (SELECT x FROM (VALUES 1) LEFT JOIN UNNEST(a) u(x) ON TRUE)) v(b) ON TRUE
  [1, 2, 3]
SELECT k, x, y, z, o
FROM (VALUES (1, MAP(ARRAY[1, 2], ARRAY['a', 'b']), ARRAY[]), (2, MAP(), ARRAY[1]), (3, NULL, NULL)) t(k, a, b)
LEFT JOIN UNNEST(a, b) WITH ORDINALITY u(x, y, z, o) ON TRUE
  1 | 1 | a | NULL | 1
  1 | 2 | b | NULL | 2
  2 | NULL | NULL | 1 | 1
  3 | NULL | NULL | NULL | NULL
SELECT k, x, y FROM (VALUES (1, ARRAY[ROW(1, 2), ROW(3, 4)]), (2, ARRAY[])) t(k, a) LEFT JOIN UNNEST(a) u(x, y) ON TRUE
  1 | 1 | 2
  1 | 3 | 4
  2 | NULL | NULL
