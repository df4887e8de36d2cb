"""What Athena's SQL means: values, types, names and refusals, one query a case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryFailure
from mesh_core.localaws.athena.rewrite_casts import text_to_date
from tests.localaws.engine_world import World, caller

CASES = json.loads((Path(__file__).parents[1] / "conformance/athena_sql_cases.json").read_text())["cases"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in CASES])
def test_the_answer_is_athenas(world: World, case: dict[str, dict[str, object]]) -> None:
    sql = str(case["sql"])
    if case["expect"].get("error"):
        assert world.error(sql)
        return
    body = world.text(sql).split("\n", 1)[1]
    wanted = case["expect"]["value"]
    assert body == "\n" if wanted is None else _plain(world.cell(sql)) == _plain(str(wanted))


def _plain(text: str) -> str:
    return text.lower().replace(" ", "")


T = "(VALUES (1, 'a', DECIMAL '1.50'), (2, 'b', DECIMAL '2.25'), (3, NULL, NULL)) AS t(n, s, d)"

VALUES = [
    # nothing of a condition may get lost
    ("SELECT count(*) FROM {T} WHERE s NOT LIKE 'a%'", "1"),
    ("SELECT count(*) FROM {T} WHERE s LIKE 'a%'", "1"),
    ("SELECT count(*) FROM {T} WHERE s NOT LIKE 'x$a' ESCAPE '$'", "2"),
    ("SELECT count(*) FROM {T} WHERE n NOT IN (1, 2)", "1"),
    ("SELECT count(*) FROM {T} WHERE n NOT BETWEEN 1 AND 2", "1"),
    ("SELECT count(*) FROM {T} WHERE s IS NOT NULL", "2"),
    ("SELECT count(*) FROM {T} WHERE NOT (n = 1)", "2"),
    ("SELECT count(*) FROM {T} WHERE s IS DISTINCT FROM 'a'", "2"),
    # numbers
    ("SELECT typeof(d / 3) FROM {T} LIMIT 1", "decimal(3,2)"),
    ("SELECT sum(d) / count(d) FROM {T}", "1.88"),
    ("SELECT DECIMAL '2.00' / DECIMAL '3.00'", "0.67"),
    ("SELECT DECIMAL '-2.00' / DECIMAL '3.00'", "-0.67"),
    ("SELECT -7 / 2", "-3"),
    ("SELECT typeof(1.50)", "decimal(3,2)"),
    ("SELECT typeof(3000000000)", "bigint"),
    ("SELECT CAST(999999999.99 AS decimal(18,2)) * CAST(999999999.99 AS decimal(18,2))", "999999999980000000.0001"),
    ("SELECT CAST(1e20 AS varchar)", "1.0E20"),
    ("SELECT 1e20", "1.0E20"),
    ("SELECT 0.1e0 + 0.2e0", "0.30000000000000004"),
    ("SELECT CAST(3.5e0 AS bigint)", "4"),
    ("SELECT count(*) FROM {T} WHERE d > 1e0", "2"),
    ("SELECT typeof(TINYINT '1' + SMALLINT '2')", "smallint"),
    # dates
    ("SELECT DATE '2024-02-29' + INTERVAL '1' YEAR", "2025-02-28"),
    ("SELECT TIMESTAMP '2024-01-01 00:00:00' - TIMESTAMP '2023-12-31 00:00:00'", "1 00:00:00.000"),
    ("SELECT date_add('month', -1, DATE '2024-03-31')", "2024-02-29"),
    ("SELECT extract(dow FROM DATE '2024-01-07')", "7"),
    ("SELECT TIMESTAMP '2024-01-01 12:00:00.123'", "2024-01-01 12:00:00.123"),
    ("SELECT hour(TIMESTAMP '2024-01-01 12:00:00 UTC' AT TIME ZONE 'Asia/Tokyo')", "21"),
    ("SELECT typeof(current_timestamp)", "timestamp(3) with time zone"),
    ("SELECT from_unixtime(0)", "1970-01-01 00:00:00.000 UTC"),
    # texts
    ("SELECT concat('a', 'b') || 'c'", "abc"),
    ("SELECT substr('hello', -3, 2)", "ll"),
    ("SELECT split_part('a,b,c', ',', 2)", "b"),
    ("SELECT regexp_replace('ab12', '([a-z]+)([0-9]+)', '$2-$1')", "12-ab"),
    ("SELECT to_hex(X'00ff')", "00FF"),
    ("SELECT X'00ff'", "00 ff"),
    ("SELECT U&'\\0041'", "A"),
    ("SELECT json_extract('{\"a\": [1, 2]}', '$.a')", "[1,2]"),
    ("SELECT json_format(JSON '{\"b\": 1, \"a\": 2}')", '{"a":2,"b":1}'),
    ("SELECT chr(65) || CAST(1 AS varchar)", "A1"),
    ("SELECT json_format(JSON '{\"a\": [1, 2]}')", '{"a":[1,2]}'),
    ("SELECT CAST(ARRAY[1, 2] AS json)", "[1,2]"),
    ("SELECT TIME '10:00:00'", "10:00:00.000"),
    # arrays, maps, rows
    ("SELECT map_from_entries(ARRAY[ROW('a', 1)])", "{a=1}"),
    ("SELECT CAST(ROW(1, 2) AS ROW(a integer, b integer)).*", "1"),
    ("SELECT ARRAY[1, NULL]", "[1, null]"),
    ("SELECT MAP(ARRAY['k'], ARRAY[ARRAY[1.5]])", "{k=[1.5]}"),
    ("SELECT ROW(1, 'x')", "{field0=1, field1=x}"),
    ("SELECT CAST(ROW(1, ROW(2)) AS ROW(a bigint, b ROW(c varchar))).b.c", "2"),
    ("SELECT r.b FROM (VALUES ROW(CAST(ROW(1, 'x') AS ROW(a integer, b varchar)))) AS t(r)", "x"),
    ("SELECT reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10)", "60"),
    ("SELECT map_filter(MAP(ARRAY[1, 2], ARRAY['a', 'b']), (k, v) -> k > 1)", "{2=b}"),
    ("SELECT cardinality(array_agg(DISTINCT n % 2)) FROM {T}", "2"),
    ("SELECT array_agg(n ORDER BY n DESC) FROM {T}", "[3, 2, 1]"),
    ("SELECT array_agg(DISTINCT n ORDER BY n DESC) FROM {T}", "[3, 2, 1]"),
    ("SELECT array_agg(n ORDER BY n DESC) FILTER (WHERE n < 3) FROM {T}", "[2, 1]"),
    ("SELECT transform(ARRAY[1], x -> transform(ARRAY[2], y -> x + y))", "[[3]]"),
    ("SELECT a + b FROM UNNEST(ARRAY[1], ARRAY[2, 3]) AS t(a, b)", "3"),
    ("SELECT o FROM UNNEST(ARRAY['x', 'y']) WITH ORDINALITY AS t(e, o) WHERE e = 'y'", "2"),
    ("SELECT b FROM UNNEST(ARRAY[ROW(1, 'q')]) AS t(a, b)", "q"),
    ("SELECT count(*) FROM (VALUES ARRAY[1, 2], NULL) AS t(a) LEFT JOIN UNNEST(a) AS u(x) ON true", "3"),
    ("SELECT sum(x) FROM (VALUES ARRAY[1, 2]) AS t(a), UNNEST(a) AS u(x)", "3"),
    # relations
    ("SELECT count(*) FROM {T} JOIN (VALUES 1, 5) AS u(n) USING (n)", "1"),
    ("SELECT n FROM (VALUES 1) AS a(n) FULL JOIN (VALUES 2) AS b(n) USING (n) ORDER BY n DESC", "2"),
    ("SELECT count(*) FROM (SELECT 1 AS x UNION SELECT 1 UNION ALL SELECT 2)", "2"),
    ("SELECT x FROM (SELECT 1 AS x EXCEPT SELECT 2)", "1"),
    ("SELECT (SELECT max(n) FROM {T})", "3"),
    ("SELECT count(*) FROM {T} WHERE n > ALL (SELECT 1)", "2"),
    ("SELECT count(*) FROM {T} WHERE EXISTS (SELECT 1 FROM (VALUES 2) AS y(m) WHERE y.m = t.n)", "1"),
    ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b", "2"),
    ("SELECT sum(n) OVER w FROM {T} WINDOW w AS (ORDER BY n ROWS UNBOUNDED PRECEDING) ORDER BY n DESC", "6"),
    ("SELECT rank() OVER (PARTITION BY n % 2 ORDER BY n DESC) FROM {T} ORDER BY n LIMIT 1", "2"),
    ("SELECT count(*) FROM (SELECT n % 2, count(*) FROM {T} GROUP BY 1 HAVING count(*) > 1)", "1"),
    ("SELECT grouping(n) FROM {T} GROUP BY ROLLUP (n) ORDER BY 1 DESC", "1"),
    ("SELECT count(DISTINCT n) FILTER (WHERE n > 1) FROM {T}", "2"),
    ("SELECT n FROM {T} ORDER BY n OFFSET 1 LIMIT 1", "2"),
    ("SELECT n FROM {T} ORDER BY n DESC OFFSET 1 ROWS FETCH NEXT 1 ROW ONLY", "2"),
    ("SELECT \"N\" FROM {T} ORDER BY \"N\" LIMIT 1", "1"),
    ("SELECT t.* FROM {T} ORDER BY n LIMIT 1", "1"),
    ("VALUES 3, 4 ORDER BY 1 DESC", "4"),
    ("SELECT approx_percentile(n, 0.5) FROM {T}", "2"),
    ("SELECT TRY(CAST('x' AS date)) IS NULL", "true"),
    ("SELECT TRY(CAST('2021-02-29' AS date)) IS NULL", "true"),
    ("SELECT CAST('2020-02-29' AS date) + INTERVAL '1' DAY", "2020-03-01"),
    ("SELECT date('2020-02-29')", "2020-02-29"),
    ("SELECT CAST(' 2020-2-9 ' AS date)", "2020-02-09"),
    ("SELECT TRY_CAST('2.5' AS integer) IS NULL", "true"),
    ("SELECT coalesce(NULL, 1, 2)", "1"),
    ("SELECT CASE n WHEN 1 THEN 'one' ELSE s END FROM {T} ORDER BY n LIMIT 1", "one"),
    ("SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'shop'", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "wanted"), VALUES)
def test_values(world: World, sql: str, wanted: str) -> None:
    assert world.cell(sql.replace("{T}", T)) == wanted


ERRORS = [
    ("SELECT x FROM {T}", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved or requester is not"),
    ("SELECT a.n FROM {T}", "COLUMN_NOT_FOUND: line 1:8: Column 'a.n' cannot be resolved"),
    ("SELECT foo(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered"),
    ("SELECT lower(1)", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower. Expected: "),
    ("SELECT n = s FROM {T}", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar(1)"),
    ("SELECT 1 FROM {T} WHERE n", "TYPE_MISMATCH: "),
    ("SELECT 1 FROM nothing", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nothing' does not exist"),
    ("SELECT 1 FROM nowhere.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
    ("SELECT n, count(*) FROM {T}", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'n' must be an aggregate expression"),
    ("SELECT count(*) FROM {T} WHERE count(*) > 1", "EXPRESSION_NOT_SCALAR: line 1:"),
    ("SELECT sum(count(*)) FROM {T}", "NESTED_AGGREGATION: line 1:"),
    ("SELECT rank() FROM {T}", "MISSING_OVER: line 1:8: Window function rank requires an OVER clause"),
    ("SELECT n FROM {T} ORDER BY 2", "INVALID_COLUMN_REFERENCE: line 1:115: ORDER BY position 2 is not in select list"),
    ("SELECT DISTINCT n FROM {T} ORDER BY s", "EXPRESSION_NOT_IN_DISTINCT: "),
    ("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH: line 1:10: column 1 in UNION query has incompatible types"),
    ("SELECT 1 UNION SELECT 1, 2", "TYPE_MISMATCH: line 1:10: UNION query has different number of fields: 1, 2"),
    ("SELECT n FROM (VALUES 1) a(n), (VALUES 1) b(n)", "AMBIGUOUS_NAME: line 1:8: Column 'n' is ambiguous"),
    ("SELECT *", "COLUMN_NOT_FOUND: line 1:8: SELECT * not allowed in queries without FROM clause"),
    ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT CAST('x' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to "),
    ("SELECT CAST(DATE '2020-01-01' AS integer)", "TYPE_MISMATCH: line 1:"),
    ("SELECT (SELECT n FROM {T})", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"),
    ("SELECT", "SYNTAX_ERROR: line 1:"),
    ("SELECT FROM WHERE", "line 1:"),
    ("SELECT (1", "line 1:"),
    ("SELECT 'a", "line 1:"),
    ("SELECT n FROM {T} LIMIT n", "SYNTAX_ERROR: "),
    ("SELECT regexp_like('a', '(?=a)')", "NOT_SUPPORTED: line 1:"),
    ("SELECT approx_set(1)", "NOT_SUPPORTED: A column of HyperLogLog in a result runs on Athena but not on the local"),
    ("SELECT checksum(1)", "NOT_SUPPORTED: line 1:8: checksum runs on Athena but not on the local engine"),
    ("SELECT * FROM {T} MATCH_RECOGNIZE (PATTERN (a) DEFINE a AS n > 1)", "NOT_SUPPORTED: MATCH_RECOGNIZE"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "wanted"), ERRORS)
def test_refusals_and_failures(world: World, sql: str, wanted: str) -> None:
    assert world.error(sql.replace("{T}", T)).startswith(wanted)


LONG = """
SELECT count(*) FROM UNNEST(sequence(1, 9000)) a(x), UNNEST(sequence(1, 9000)) b(y), UNNEST(sequence(1, 900)) c(z)
WHERE x * y % 7 = z"""


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        pytest.param("'2020-02-29'", "DATE '2020-02-29'", id="a date"),
        pytest.param("'2021-02-29'", "athena_text_to_date('2021-02-29')", id="no day of the calendar"),
        pytest.param("'2020-2-9'", "athena_text_to_date('2020-2-9')", id="not in full"),
        pytest.param('"t1"."d"', 'athena_text_to_date("t1"."d")', id="a column"),
        pytest.param("'2020-01-01' || ''", "athena_text_to_date('2020-01-01' || '')", id="an expression"),
    ],
)
def test_a_date_that_is_written_out_is_a_constant_for_duckdb(text: str, sql: str) -> None:
    assert text_to_date(text) == sql


DEEP = "10 / x > 1"
for level in range(2, 26):
    DEEP = f"({DEEP} {'AND' if level % 2 else 'OR'} 10 / x > {level})"


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT {DEEP} FROM (VALUES 20) t(x)",
        f"SELECT x FROM (VALUES 20) t(x) WHERE {' AND '.join(f'x <> {n} AND {n} / x < 9' for n in range(19))}",
    ],
    ids=["nested", "in a row"],
)
def test_many_conditions_that_wait_for_each_other_do_not_double_the_statement_with_each(world: World, sql: str) -> None:
    assert len(world.rows(sql)) == 1


def test_a_cancelled_query_ends_as_cancelled(world: World) -> None:
    import threading

    cancel = Cancel()
    caught: list[QueryFailure] = []

    def run() -> None:
        try:
            world.engine.select(caller("admin"), LONG, "shop", world.ctx.temp / "long.csv", cancel)
        except QueryFailure as failure:
            caught.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    cancel.cancel()
    thread.join(30)
    assert [each.message for each in caught] == ["Query was canceled."]


def test_a_query_over_its_time_ends_with_athenas_text(world: World) -> None:
    from mesh_core.localaws.athena.engine import QueryEngine

    hurried = QueryEngine(world.ctx, time_limit_s=0.05)
    with pytest.raises(QueryFailure, match="EXCEEDED_TIME_LIMIT"):
        hurried.select(caller("admin"), LONG, "shop", world.out, Cancel())
    hurried.close()
