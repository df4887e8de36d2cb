-- Where a refusal says that the fault is: the operand that does not fit, the condition, the aggregate around.

SELECT CASE WHEN TRUE THEN 'a' ELSE 1 END
  ! TYPE_MISMATCH: line 1:37: All CASE results must be the same type
SELECT COALESCE(1, 'a')
  ! TYPE_MISMATCH: line 1:20: All COALESCE operands must be the same type
SELECT 1 FROM (VALUES 1) t(a) WHERE 'a' IN ('b', 1)
  ! TYPE_MISMATCH: line 1:50: IN value and list items must be the same type
SELECT 1 FROM (VALUES 1) t(a) WHERE sum(a) > 1
  ! EXPRESSION_NOT_SCALAR: line 1:44: WHERE clause cannot contain aggregations, window functions or grouping operations: [sum(a)]
SELECT 1 FROM (VALUES 1) t(a) GROUP BY sum(a)
  ! EXPRESSION_NOT_SCALAR: line 1:40: GROUP BY clause cannot contain aggregations, window functions or grouping operations: [sum(a)]
SELECT sum(abs(count(*))) FROM (VALUES 1) t(a)
  ! NESTED_AGGREGATION: line 1:8: Cannot nest aggregations inside aggregation 'sum': [count(*)]
SELECT count() RESPECT NULLS OVER () FROM (VALUES 1) t(a)
  ! NULL_TREATMENT_NOT_ALLOWED: line 1:8: Cannot specify null treatment clause for count function
SELECT lag(a) RESPECT NULLS OVER (ORDER BY a), first_value(a) RESPECT NULLS OVER (ORDER BY a) FROM (VALUES 1, 2) t(a)
  NULL | 1
  1 | 1
