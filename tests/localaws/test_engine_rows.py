"""Rows as Trino has them: VALUES takes them apart, queries become them, a NULL inside leaves equality open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.engine_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


R = "(VALUES ROW(ROW(1, 'x'), 10), ROW(ROW(2, 'y'), 20), ROW(ROW(1, 'x'), 30)) AS t(r, n)"

ROWS = [
    # VALUES
    ("VALUES ROW(1, 'a'), (2, 'b')", '"1","a"\n"2","b"'),
    ("VALUES (1), (2)", '"1"\n"2"'),
    ("VALUES CAST(ROW(1, 2) AS ROW(a bigint, b double)), (3, 4)", '"1","2.0"\n"3","4.0"'),
    ("VALUES ROW(1), NULL", '"1"\n'),
    ("SELECT r.b FROM (VALUES ROW(CAST(ROW(1, 2) AS ROW(a integer, b integer)))) AS t(r)", '"2"'),
    ("SELECT a + b FROM (VALUES (ROW(1, 2))) AS t(a, b)", '"3"'),
    ("SELECT b FROM (VALUES CAST(NULL AS ROW(a integer, b integer))) AS t(a, b)", ""),
    # stars
    ("SELECT t.r.* FROM {R} WHERE n = 20", '"2","y"'),
    ("SELECT a, b FROM (SELECT t.r.* AS (a, b) FROM {R}) WHERE b = 'y'", '"2","y"'),
    ("SELECT (1, 'x').*", '"1","x"'),
    ("SELECT t.r.*, sum(n) FROM {R} GROUP BY r ORDER BY 3 DESC", '"1","x","40"\n"2","y","20"'),
    ("SELECT count(*) FROM {R} GROUP BY r, r ORDER BY 1", '"1"\n"2"'),
    ("SELECT (SELECT u.* FROM (VALUES 0)) FROM (VALUES (1, 2)) AS u(a, b)", '"{a=1, b=2}"'),
    # queries as rows
    ("SELECT (SELECT 1 AS x, 'q' AS y)", '"{x=1, y=q}"'),
    ("SELECT (SELECT 1 AS x, 'q' AS y).y", '"q"'),
    ("SELECT (SELECT 1 AS x, 'q' AS y WHERE false)", '"{x=null, y=null}"'),
    ("SELECT (SELECT 1, 2) = ROW(1, 2)", '"true"'),
    ("SELECT ROW(1, 2) IN (SELECT 1, 3)", '"false"'),
    ("SELECT ROW(1, 2) IN (SELECT 1, NULL)", ""),
    ("SELECT ROW(1, 2) IN (VALUES (1, NULL), (1, 2))", '"true"'),
    ("SELECT ROW(1, 2) NOT IN (VALUES (3, NULL))", '"true"'),
    ("SELECT ROW(1, NULL) IN (SELECT 1, 2 WHERE false)", '"false"'),
    ("SELECT ROW(2, 1) > ALL (VALUES (1, 9), (2, 0))", '"true"'),
    ("SELECT ROW(2, 1) > ANY (VALUES (2, 1), (3, 0))", '"false"'),
    ("SELECT ROW(2) > ALL (VALUES ROW(1), ROW(NULL))", ""),
    ("SELECT count(*) FROM {R} WHERE (r[1], n) IN (VALUES (1, 30), (2, NULL))", '"1"'),
    ("SELECT 3 > ALL (VALUES 1, 2)", '"true"'),
    ("SELECT 2 IN (VALUES 1, 2)", '"true"'),
    # equality
    ("SELECT ROW(1, NULL) = ROW(1, 2)", ""),
    ("SELECT ROW(1, NULL) = ROW(2, 2)", '"false"'),
    ("SELECT ROW(1, 2) <> ROW(1, 3)", '"true"'),
    ("SELECT ARRAY[1, NULL] = ARRAY[1, NULL]", ""),
    ("SELECT ARRAY[1, NULL] = ARRAY[2, NULL]", '"false"'),
    ("SELECT ARRAY[1, NULL] = ARRAY[1]", '"false"'),
    ("SELECT ARRAY[ROW(1, NULL)] IN (ARRAY[ROW(2, 1)], ARRAY[ROW(1, 1)])", ""),
    ("SELECT MAP(ARRAY[1, 2], ARRAY['a', 'b']) = MAP(ARRAY[2, 1], ARRAY['b', 'a'])", '"true"'),
    ("SELECT MAP(ARRAY[1], ARRAY['a']) = MAP(ARRAY[1], ARRAY[NULL])", ""),
    ("SELECT MAP(ARRAY[1], ARRAY['a']) = MAP(ARRAY[2], ARRAY['a'])", '"false"'),
    ("SELECT ROW(1, 2) < ROW(1, 3)", '"true"'),
    ("SELECT ROW(nan()) = ROW(nan())", '"false"'),
    # keys of groups and windows
    ("SELECT a[1], count(*) FROM (VALUES ARRAY[1, 2], ARRAY[1, 3]) AS t(a) GROUP BY a[1]", '"1","2"'),
    ("SELECT sum(n) OVER (PARTITION BY a[1]) FROM (VALUES (ARRAY[1], 5)) AS t(a, n)", '"5"'),
    ("SELECT n IN (SELECT 10), count(*) FROM {R} GROUP BY n IN (SELECT 10) ORDER BY 2", '"true","1"\n"false","2"'),
    ("SELECT a, count(*) FROM (VALUES 1) AS t(a) GROUP BY DISTINCT ROLLUP (a, a)", '"1","1"\n,"1"'),
    ("SELECT a FROM (VALUES 1) AS t(a) GROUP BY DISTINCT GROUPING SETS ((a), (t.a))", '"1"'),
    ("SELECT count(*) FROM (SELECT 1 FROM {R} GROUP BY DISTINCT CUBE (n), ())", '"4"'),
    ("SELECT typeof(grouping(n)) FROM {R} GROUP BY n LIMIT 1", '"integer"'),
    ("SELECT count_if(n > 0), count_if(n > 99), count_if(DISTINCT n > 0) FROM {R}", '"3","0","1"'),
    ("SELECT count_if(n > 0) FROM {R} WHERE n > 99", '"0"'),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "lines"), ROWS, ids=[sql for sql, _ in ROWS])
def test_rows_mean_what_they_mean_in_trino(world: World, sql: str, lines: str) -> None:
    assert world.text(sql.replace("{R}", R)).split("\n", 1)[1] == lines + "\n"


JOINS = [
    ("SELECT * FROM LATERAL (VALUES 1, 2) AS t(a)", '"1"\n"2"'),
    (
        "SELECT a, b FROM (VALUES 1, 2) AS t(a) LEFT JOIN LATERAL (SELECT a WHERE a > 1) AS u(b) ON true",
        '"1",\n"2","2"',
    ),
    ("SELECT a, b FROM (VALUES 1, 2) AS t(a) RIGHT JOIN LATERAL (VALUES 3) AS u(b) ON a > 1", ',"3"\n"2","3"'),
    ("SELECT count(*) FROM (SELECT 1 WHERE false) AS t(a) RIGHT JOIN LATERAL (VALUES 3) AS u(b) ON true", '"0"'),
    ("SELECT a FROM (VALUES 1) AS t(a) FULL JOIN LATERAL (SELECT 1 WHERE false) AS u(b) ON true", '"1"'),
    ("SELECT x.b FROM ((VALUES 1) AS t(a) JOIN (VALUES 1) AS u(b) ON a = b) AS x", '"1"'),
    ("SELECT x.c FROM ((SELECT 1) AS t(a) CROSS JOIN (VALUES 2) AS u(b)) AS x(a, c)", '"2"'),
    ("SELECT q FROM ((SELECT ARRAY[1, 2]) AS t(a) CROSS JOIN UNNEST(t.a) AS u(q)) WHERE q > 1", '"2"'),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "lines"), JOINS, ids=[sql for sql, _ in JOINS])
def test_joins_with_what_depends_on_the_row_at_the_left(world: World, sql: str, lines: str) -> None:
    assert sorted(world.text(sql).split("\n")[1:-1]) == sorted(lines.split("\n"))


REFUSED = [
    ("VALUES (1, 2), 3", "TYPE_MISMATCH: line 1:1: Values rows have mismatched sizes: 2 vs 1"),
    ("VALUES 1, 'a'", "Values rows have mismatched types: row(integer) vs row(varchar(1))"),
    (
        "SELECT t.r.* AS (a) FROM {R}",
        "line 1:18: Column alias list has 1 entries but relation has 2 columns",
    ),
    ("SELECT t.n.* FROM {R}", "TABLE_NOT_FOUND: line 1:8: Unable to resolve reference t.n"),
    ("SELECT (n).* FROM {R}", "TYPE_MISMATCH: line 1:1: expected expression of type Row"),
    ("SELECT t.* FROM {R} GROUP BY r", "EXPRESSION_NOT_AGGREGATE"),
    ("SELECT 1 IN (SELECT 1, 2)", "must be of the same type: row(integer) vs row(integer, integer)"),
    ("SELECT ARRAY[1][2]", "Array subscript must be less than or equal to array length: 2 > 1"),
    ("SELECT MAP(ARRAY[1], ARRAY[2])[3]", "INVALID_FUNCTION_ARGUMENT: Key not present in map"),
    (
        "SELECT 1 FROM (VALUES ARRAY[1]) AS t(a) JOIN UNNEST(a) AS u(b) ON b > 1",
        "only supported with condition ON TRUE",
    ),
    ("SELECT 1 FROM (VALUES 1) AS t(a) RIGHT JOIN LATERAL (VALUES a) AS u(b) ON true", "LATERAL reference not allowed"),
    ("SELECT transform(ARRAY[1], x -> (SELECT 1))", "Lambda expression cannot contain subqueries"),
]  # fmt: skip


def test_a_subscripts_error_is_trinos_to_the_end(world: World) -> None:
    assert world.error("SELECT ARRAY[1][2]").endswith("array length: 2 > 1")
    assert world.error("SELECT MAP(ARRAY[1], ARRAY[2])[3]").endswith("Key not present in map")


@pytest.mark.parametrize(("sql", "text"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_trino_refuses_of_rows_is_refused_in_its_words(world: World, sql: str, text: str) -> None:
    assert text in world.error(sql.replace("{R}", R))
