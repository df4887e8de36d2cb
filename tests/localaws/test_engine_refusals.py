"""What Athena refuses before it runs: the class of the error, its text, and its place in the statement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.engine_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield World(tmp_path_factory.mktemp("lake"))


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
