"""What Athena refuses before it runs: the class of the error, its text, and its place in the statement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.engine_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


PLACES = [
    ("SELECT 1 = 'a'", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar(1)"),
    ("SELECT 1 + 2 +\n  'a'", "TYPE_MISMATCH: line 1:14: Cannot apply operator: integer + varchar(1)"),
    ("SELECT CAST(DATE '2020-01-01' AS integer)", "TYPE_MISMATCH: line 1:8: Cannot cast date to integer"),
    ("SELECT CAST(CAST(1 AS date) AS integer)", "TYPE_MISMATCH: line 1:13: Cannot cast integer to date"),
    ("SELECT CAST(1 AS nothing)", "TYPE_NOT_FOUND: line 1:8: Unknown type: nothing"),
    ("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH: line 1:10: column 1 in UNION query has incompatible types"),
    ("SELECT * FROM (VALUES 1) t ORDER BY 2", "INVALID_COLUMN_REFERENCE: line 1:37: ORDER BY position 2 is not in"),
    ("SELECT DISTINCT a FROM (VALUES (1, 2)) t(a, b) ORDER BY b", "EXPRESSION_NOT_IN_DISTINCT: line 1:1: For SELECT"),
    ("SELECT sum(a) OVER w FROM (VALUES 1) t(a)", "INVALID_WINDOW_REFERENCE: line 1:20: Cannot resolve WINDOW name w"),
    ("SELECT CASE 1 WHEN 'a' THEN 2 END", "TYPE_MISMATCH: line 1:20:"),
    ("VALUES 1, 'a'", "TYPE_MISMATCH: line 1:1: Values rows have mismatched types"),
]


@pytest.mark.parametrize(("sql", "wanted"), PLACES, ids=[sql for sql, _ in PLACES])
def test_a_refusal_says_where(world: World, sql: str, wanted: str) -> None:
    assert world.error(sql).startswith(wanted)


def _count(limit: int) -> str:
    return f"WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {limit}) SELECT max(n) FROM t"


def test_a_recursion_may_take_ten_steps(world: World) -> None:
    assert world.cell(_count(11)) == "11"


def test_a_recursion_of_more_than_ten_steps_fails_as_it_fails_on_athena(world: World) -> None:
    wanted = "NOT_SUPPORTED: Recursion depth limit exceeded (10). Use 'max_recursion_depth' session property"
    assert world.error(_count(12)).startswith(wanted)


RECURSIONS = [
    ("WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT 1 + n % 2 FROM t WHERE n < 2) SELECT count(*) FROM t", "2"),
    ("WITH RECURSIVE a(x) AS (SELECT 5), t(n) AS (SELECT x FROM a UNION ALL SELECT n - 1 FROM t WHERE n > 1) "
     "SELECT sum(n) FROM t", "15"),
    ("WITH RECURSIVE t(n, s) AS (SELECT 1, CAST('a' AS varchar) UNION ALL SELECT n + 1, s || 'b' FROM t WHERE n < 3) "
     "SELECT max(s) FROM t", "abb"),
    ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT t.n + u.m FROM t JOIN (VALUES 1, 2) u(m) ON t.n + u.m < 4) "
     "SELECT count(*) FROM t", "4"),
    ("SELECT (SELECT max(n) FROM (WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) "
     "SELECT n FROM t))", "3"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "cell"), RECURSIONS, ids=[sql for sql, _ in RECURSIONS])
def test_recursive_queries(world: World, sql: str, cell: str) -> None:
    assert world.cell(sql) == cell


SHAPES = [
    ("SELECT 1 UNION ALL SELECT n FROM t, t AS u", "multiple recursive references in the step relation of recursion"),
    ("SELECT n FROM t UNION ALL SELECT 1", "WITH table name is referenced in the base relation of recursion"),
    ("SELECT n FROM t", "INVALID_RECURSIVE_REFERENCE: line 1:39: recursive reference not allowed in this context"),
    ("SELECT 1 UNION ALL SELECT 2 WHERE 1 IN (SELECT n FROM t)", "recursive reference outside of FROM clause"),
    ("SELECT 1 UNION ALL SELECT n FROM (VALUES 1) u LEFT JOIN t ON true", "in right source of LEFT join"),
    ("SELECT 1 UNION ALL SELECT n FROM t RIGHT JOIN (VALUES 1) u ON true", "in left source of RIGHT join"),
    ("SELECT 1 UNION ALL SELECT 'a' FROM t", "recursion step relation output type (varchar(1)) is not coercible"),
    ("SELECT 1 UNION ALL SELECT n, n FROM t", "base and step relations of recursion have different number of fields"),
    ("SELECT 1 UNION ALL (SELECT n FROM t LIMIT 1)", "INVALID_LIMIT_CLAUSE: "),
]


@pytest.mark.parametrize(("body", "text"), SHAPES, ids=[body for body, _ in SHAPES])
def test_recursions_of_another_shape_are_refused_in_trinos_words(world: World, body: str, text: str) -> None:
    assert text in world.error(f"WITH RECURSIVE t(n) AS ({body}) SELECT * FROM t")


T = "(VALUES (1, 'x', 2)) AS t(a, b, c)"

WINDOWS = [
    ("sum(a) OVER (ROWS UNBOUNDED FOLLOWING)", "INVALID_WINDOW_FRAME"),
    ("sum(a) OVER (ROWS BETWEEN CURRENT ROW AND 1 PRECEDING)", "starting from CURRENT ROW cannot end with PRECEDING"),
    ("sum(a) OVER (ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW)", "starting from FOLLOWING cannot end with CURRENT ROW"),
    ("sum(a) OVER (ORDER BY a ROWS b PRECEDING)", "ROWS start value type must be exact numeric type with scale 0"),
    ("sum(a) OVER (RANGE 1 PRECEDING)", "MISSING_ORDER_BY: line 1:8: Window frame of type RANGE"),
    ("sum(a) OVER (ORDER BY a, c RANGE 1 PRECEDING)", "requires single sort item in ORDER BY (actual: 2)"),
    ("sum(a) OVER (ORDER BY b RANGE 1 PRECEDING)", "be numeric, datetime or interval (actual: varchar(1))"),
    ("sum(a) OVER (ORDER BY a RANGE b PRECEDING)", "RANGE value type (varchar(1)) not compatible with sort item type"),
    ("sum(a) OVER (ORDER BY a GROUPS a - 2 PRECEDING)", "INVALID_WINDOW_FRAME: Window frame offset value must not be"),
    ("sum(a) OVER (ORDER BY a ROWS nullif(a, 1) PRECEDING)", "Window frame offset value must not be negative or null"),
    ("sum(a) OVER (ORDER BY sum(a) OVER ())", "Cannot nest window functions or row pattern measures inside window"),
    ("sum(sum(a) OVER ()) OVER ()", "NESTED_WINDOW"),
    ("sum(sum(a) OVER ())", "NESTED_WINDOW"),
    ("lag(a) OVER ()", "MISSING_ORDER_BY: line 1:8: lag function requires an ORDER BY window clause"),
    ("count(DISTINCT a) OVER ()", "NOT_SUPPORTED: line 1:8: DISTINCT in window function parameters not yet supported"),
    (
        "sum(a) FILTER (WHERE a > 1) OVER ()",
        "line 1:1: FILTER is not yet supported for window functions",
    ),
    ("sum(a) IGNORE NULLS OVER ()", "NULL_TREATMENT_NOT_ALLOWED"),
]


@pytest.mark.parametrize(("item", "text"), WINDOWS, ids=[item for item, _ in WINDOWS])
def test_windows_that_trino_refuses(world: World, item: str, text: str) -> None:
    assert text in world.error(f"SELECT {item} FROM {T}")


NAMED = [
    ("WINDOW w AS (ORDER BY a), w AS ()", "DUPLICATE_WINDOW_NAME"),
    ("WINDOW w AS (v ORDER BY a), v AS (PARTITION BY a)", "Cannot resolve WINDOW name v"),
    ("WINDOW v AS (ORDER BY a), w AS (v ORDER BY b)", "INVALID_ORDER_BY"),
    ("WINDOW v AS (ORDER BY a), w AS (v PARTITION BY b)", "INVALID_PARTITION_BY"),
    ("WINDOW v AS (ORDER BY a ROWS 1 PRECEDING), w AS (v ORDER BY b)", "INVALID_"),
    ("WINDOW w AS (RANGE UNBOUNDED FOLLOWING)", "INVALID_WINDOW_FRAME"),
]


@pytest.mark.parametrize(("clause", "text"), NAMED, ids=[clause for clause, _ in NAMED])
def test_named_windows_are_checked_though_nothing_uses_them(world: World, clause: str, text: str) -> None:
    assert text in world.error(f"SELECT a FROM {T} {clause}")


def test_a_window_may_build_on_one_that_was_named_before(world: World) -> None:
    sql = "SELECT sum(c) OVER (w ROWS UNBOUNDED PRECEDING) FROM {} WINDOW v AS (PARTITION BY b), w AS (v ORDER BY a)"
    assert world.cell(sql.format(T)) == "2"


ANALYSED = [
    ("SELECT a FROM {T} GROUP BY ROLLUP (a + 1)", "GROUP BY expression must be a column reference: (a + 1)"),
    ("SELECT grouping(a) FROM {T}", "MISSING_GROUP_BY: line 1:1: A GROUPING() operation can only be used with"),
    ("SELECT grouping(c) FROM {T} GROUP BY a", "INVALID_ARGUMENTS: line 1:8: The arguments to GROUPING() must be"),
    ("SELECT a FROM {T} WHERE grouping(a) = 1 GROUP BY a", "EXPRESSION_NOT_SCALAR: line 1:"),
    ("SELECT 1 FROM {T} HAVING count(*) OVER () > 1", "HAVING clause cannot contain window functions"),
    ("SELECT a AS x, c AS x FROM {T} ORDER BY x", "AMBIGUOUS_NAME: line 1:"),
    ("SELECT max(a) AS a FROM {T} ORDER BY max(a + c)", "Invalid reference to output projection attribute from ORDER"),
    ("SELECT a FROM {T} FETCH FIRST 0 ROWS ONLY", "FETCH FIRST row count must be positive (actual value: 0)"),
    ("SELECT 1 FROM {T} JOIN (VALUES 1) u(a) USING (a, a)", "Column 'a' appears multiple times in USING clause"),
    ("SELECT 1 FROM {T} LEFT JOIN (VALUES 1) u(x) ON x IN (SELECT t.a)", "from outer scope not allowed in this"),
    ("WITH q AS (SELECT 1), q AS (SELECT 2) SELECT 1", "WITH query name 'q' specified more than once"),
    ("SELECT lower(DISTINCT b) FROM {T}", "DISTINCT is not supported for non-aggregation functions"),
    ("SELECT array_agg(DISTINCT a ORDER BY c) FROM {T}", "EXPRESSION_NOT_IN_DISTINCT"),
    ("SELECT abs(a) FILTER (WHERE a > 1) FROM {T}", "Filter is only valid for aggregation functions"),
    ("SELECT listagg(a) WITHIN GROUP (ORDER BY a) FROM {T}", "expression of varchar, but 'a' has integer type"),
    ("SELECT listagg(b) FROM {T}", "Expecting: 'WITHIN'"),
    ("SELECT listagg(b, c) WITHIN GROUP (ORDER BY a) FROM {T}", "Expecting: <string>"),
    ("SELECT DISTINCT approx_set(a) FROM {T}", "only be applied to comparable types (actual: HyperLogLog)"),
    ("SELECT 1 FROM (SELECT approx_set(a) AS s FROM {T}) GROUP BY s", "cannot be used in GROUP BY"),
    # types
    ("SELECT a BETWEEN 'x' AND 2 FROM {T}", "Cannot check if integer is BETWEEN varchar(1) and integer"),
    ("SELECT a IS DISTINCT FROM b FROM {T}", "Cannot check if integer is distinct from varchar(1)"),
    ("SELECT nullif(a, b) FROM {T}", "Types are not comparable with NULLIF: integer vs varchar(1)"),
    ("SELECT CASE a WHEN b THEN 1 END FROM {T}", "CASE operand type does not match WHEN clause operand type: integer"),
    ("SELECT CASE WHEN b THEN 1 END FROM {T}", "CASE WHEN clause must evaluate to a boolean (actual: varchar(1))"),
    ("SELECT a AND true FROM {T}", "Logical expression term must evaluate to a boolean (actual: integer)"),
    ("SELECT 1 FROM {T} WHERE a", "WHERE clause must evaluate to a boolean: actual type integer"),
    ("SELECT a IN (1, b) FROM {T}", "a common type. Cannot find common type between integer and varchar(1)"),
    ("SELECT b LIKE CHAR 'x' FROM {T}", "Pattern for LIKE expression must evaluate to a varchar (actual: char(1))"),
    ("SELECT extract(day FROM b) FROM {T}", "Cannot extract DAY from varchar(1)"),
    # literals
    ("SELECT BOOLEAN 'x'", "INVALID_LITERAL: line 1:"),
    ("SELECT TINYINT '300'", "INVALID_LITERAL: line 1:"),
    ("SELECT JSON '{'", "INVALID_LITERAL: line 1:"),
    ("SELECT 123456789012345678901234567890123456789.5", "INVALID_LITERAL: line 1:"),
    ("SELECT TIME '10:00:00+01:00'", "NOT_SUPPORTED: line 1:8: The type time with time zone runs on Athena but not on"),
    ("SELECT TIME '10:00:00.1234567'", "NOT_SUPPORTED: line 1:8: A time finer than microseconds runs on Athena but"),
    ("SELECT CAST('1.1.1.1' AS ipaddress)", "NOT_SUPPORTED: line 1:8: The type ipaddress runs on Athena but not on"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "text"), ANALYSED, ids=[sql for sql, _ in ANALYSED])
def test_what_the_analysis_of_trino_refuses(world: World, sql: str, text: str) -> None:
    assert text in world.error(sql.replace("{T}", T))
