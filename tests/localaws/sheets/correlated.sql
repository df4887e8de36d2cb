-- Subqueries for each row outside: those that Athena can turn into joins, and those that it refuses.

SELECT (SELECT t.b FROM (VALUES (1, 2), (1, 3)) t(a, b) WHERE t.a = o.a LIMIT 1) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:9: Given correlated subquery is not supported
SELECT (SELECT t.a FROM (VALUES (1, 2), (1, 3)) t(a, b) WHERE t.a = o.a LIMIT 1) FROM (VALUES 1) o(a)
  1
SELECT (SELECT t.b FROM (VALUES (1, 2), (1, 3)) t(a, b) WHERE t.a = o.a ORDER BY t.b DESC LIMIT 1) FROM (VALUES 1) o(a)
  3
SELECT (SELECT t.b FROM (VALUES (1, 2)) t(a, b) WHERE t.a = o.a AND t.b > o.a ORDER BY t.b LIMIT 1) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:9: Given correlated subquery is not supported
SELECT o.a, x FROM (VALUES 1, 2) o(a), LATERAL (SELECT b FROM (VALUES (1, 5), (1, 4)) t(k, b) WHERE k = o.a LIMIT 2) u(x)
WHERE x > 4
  1 | 5
SELECT o.a FROM (VALUES 1) o(a), LATERAL (SELECT b FROM (VALUES (1, 5)) t(k, b) WHERE k >= o.a LIMIT 2) u(x)
  ! NOT_SUPPORTED: line 1:43: Given correlated subquery is not supported
SELECT (SELECT t.b FROM (VALUES (1, 2)) t(a, b) WHERE t.a = o.a ORDER BY b FETCH FIRST ROW WITH TIES) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:9: Given correlated subquery is not supported
SELECT (SELECT max(t.b) FROM (VALUES (1, 2), (1, 3)) t(a, b) WHERE t.a = o.a) FROM (VALUES 1, 2) o(a)
  3
  NULL
SELECT (SELECT count(*) FROM (VALUES 1) t(a) WHERE t.a = o.a HAVING count(*) > 3) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:9: Given correlated subquery is not supported
SELECT EXISTS (SELECT count(*) FROM (VALUES 1) t(a) WHERE t.a = o.a HAVING count(*) > 3) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:16: Given correlated subquery is not supported
SELECT (SELECT o.a * 2), (SELECT o.a + t.b FROM (VALUES 7) t(b)), EXISTS (SELECT o.a FROM (VALUES 7) t(b) WHERE b > o.a)
FROM (VALUES 1) o(a)
  2 | 8 | true
SELECT (SELECT o.a * 2 WHERE o.a = 1) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:9: Given correlated subquery is not supported
SELECT 1 IN (SELECT 2 * o.a) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:14: Given correlated subquery is not supported
SELECT o.a IN (SELECT t.b FROM (VALUES (1, 1)) t(a, b) WHERE t.a = o.a) FROM (VALUES 1, 2) o(a)
  true
  false
SELECT o.a IN (SELECT max(t.b) FROM (VALUES (1, 1)) t(a, b) WHERE t.a = o.a) FROM (VALUES 1, 2) o(a)
  ! NOT_SUPPORTED: line 1:16: Given correlated subquery is not supported
WITH t AS (SELECT 1 AS a, 2 AS b) SELECT (SELECT o.a FROM t WHERE t.b > o.a) FROM (VALUES 1) o(a)
  ! NOT_SUPPORTED: line 1:43: Given correlated subquery is not supported

-- what a subquery uses of a grouped query must be a key
SELECT (SELECT o.a) FROM (VALUES (1, 2)) o(a, b) GROUP BY b
  ! EXPRESSION_NOT_AGGREGATE: line 1:16: Subquery uses 'o.a' which must appear in GROUP BY clause
SELECT EXISTS (SELECT 1 FROM (VALUES 1) t(c) WHERE c = a) FROM (VALUES (1, 2)) o(a, b) GROUP BY b
  ! EXPRESSION_NOT_AGGREGATE: line 1:56: Subquery uses 'a' which must appear in GROUP BY clause
SELECT (SELECT b), count(*) FROM (VALUES (1, 2)) o(a, b) GROUP BY b
  2 | 1
SELECT a FROM (VALUES (1, 2)) o(a, b) GROUP BY b
  ! EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression or appear in GROUP BY clause
