"""Aggregates and lists: sketches, folds by lambdas, NaN, ties, and casts to JSON."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localaws.engine_world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("lake")) as made:
        yield made


N = "(VALUES 4, 2, 2, NULL, 9) AS t(n)"
D = "(VALUES nan(), 5e0, 3e0) AS t(d)"

CELLS = [
    # sketches hold what they stand for
    ("SELECT cardinality(approx_set(n)) FROM {N}", "3"),
    ("SELECT cardinality(approx_set(n)) FROM {N} WHERE n IS NULL", ""),
    ("SELECT cardinality(CAST(approx_set(n) AS P4HyperLogLog)) FROM {N}", "3"),
    ("SELECT cardinality(merge(s)) FROM (SELECT approx_set(n) AS s FROM {N} GROUP BY n % 2)", "3"),
    ("SELECT cardinality(empty_approx_set())", "0"),
    ("SELECT typeof(approx_set(n)) FROM {N}", "HyperLogLog"),
    ("SELECT typeof(qdigest_agg(CAST(n AS bigint))) FROM {N}", "qdigest(bigint)"),
    ("SELECT value_at_quantile(qdigest_agg(CAST(n AS bigint)), 0.5) FROM {N}", "4"),
    ("SELECT values_at_quantiles(tdigest_agg(n), ARRAY[0, 1]) FROM {N}", "[2.0, 9.0]"),
    ("SELECT value_at_quantile(tdigest_agg(n), 0.5) FROM {N} WHERE n > 10", ""),
    ("SELECT jaccard_index(make_set_digest(n), make_set_digest(n + 2)) FROM {N}", "0.2"),
    ("SELECT approx_most_frequent(1, CAST(n AS bigint), 10) FROM {N}", "{2=2}"),
    ("SELECT approx_percentile(CAST(n AS bigint), CASE n WHEN 2 THEN 1 ELSE 100 END, 0.5) FROM {N}", "9"),
    # folds
    ("SELECT reduce_agg(n, 0, (s, x) -> s + x, (a, b) -> a + b) FROM {N}", "17"),
    ("SELECT reduce_agg(n, 0, (s, x) -> s + x, (a, b) -> a + b) FROM {N} WHERE n > 10", ""),
    ("SELECT reduce_agg(n, 1e0, (s, x) -> s * x, (a, b) -> a * b) OVER () FROM {N} LIMIT 1", "144.0"),
    ("SELECT reduce_agg(n, 0, (s, x) -> s + x, (a, b) -> a + b) FILTER (WHERE n > 3) FROM {N}", "13"),
    ("SELECT array_sort(ARRAY[3, 1, 2], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1)))", "[3, 2, 1]"),
    ("SELECT array_sort(ARRAY['bb', 'a', 'cc'], (x, y) -> length(x) - length(y) ) IS NULL", "false"),
    ("SELECT array_sort(CAST(ARRAY[] AS array(integer)), (x, y) -> 0)", "[]"),
    ("SELECT combinations(ARRAY['a', 'b', 'c', 'd'], 2)", "[[a, b], [a, c], [b, c], [a, d], [b, d], [c, d]]"),
    ("SELECT combinations(ARRAY[1, 2], 0)", "[[]]"),
    ("SELECT combinations(ARRAY[1, 2], 3)", "[]"),
    ("SELECT corr(DISTINCT x, y) FROM (VALUES (1e0, 1e0), (2e0, 2e0), (2e0, 2e0)) AS t(x, y)", "1.0"),
    ("SELECT typeof(corr(n, n)) FROM {N}", "real"),
    ("SELECT histogram(n) FROM {N}", "{2=2, 4=1, 9=1}"),
    ("SELECT map_agg(n, n + 1) FROM {N}", "{4=5, 2=3, 9=10}"),
    ("SELECT array_distinct(ARRAY[3, NULL, 3, 1, NULL])", "[3, null, 1]"),
    # NaN is the greatest number for DuckDB, and never so for Trino
    ("SELECT max(d) FROM {D}", "5.0"),
    ("SELECT max(d) FROM {D} WHERE is_nan(d)", "NaN"),
    ("SELECT max(d, 2) FROM {D}", "[5.0, 3.0]"),
    ("SELECT max(CAST(d AS real)) FROM {D}", "5.0"),
    ("SELECT max_by(x, d) FROM (VALUES ('a', nan()), ('b', 1e0)) AS t(x, d)", "b"),
    ("SELECT max(n, 2) FROM {N}", "[9, 4]"),
    # decimals below one keep their zero
    ("SELECT 0.5", "0.5"),
    ("SELECT CAST(-0.25 AS varchar)", "-0.25"),
    ("SELECT ARRAY[0.5]", "[0.5]"),
    # JSON
    ("SELECT json_format(CAST(ROW(1, 'a') AS json))", '{"":1,"":"a"}'),
    ("SELECT json_format(CAST(CAST(ROW(1, ARRAY[NULL]) AS ROW(x integer, y array(integer))) AS json))",
     '{"x":1,"y":[null]}'),
    ("SELECT json_format(CAST(MAP(ARRAY['b', 'a'], ARRAY[1, 2]) AS json))", '{"a":2,"b":1}'),
    ("SELECT json_format(CAST(ARRAY[1e20, 1.5e0] AS json))", "[1.0E20,1.5]"),
    ("SELECT json_format(CAST(nan() AS json))", '"NaN"'),
    ("SELECT json_format(CAST(1.50 AS json))", "1.50"),
    ("SELECT json_format(CAST(ARRAY[DATE '2020-01-01'] AS json))", '["2020-01-01"]'),
    # zones
    ("SELECT CAST(TIMESTAMP '2020-01-01 00:00' AT TIME ZONE INTERVAL '-02:30' HOUR TO MINUTE AS varchar)",
     "2019-12-31 21:30:00.000 -02:30"),
    # frames
    ("SELECT array_agg(n) OVER (ORDER BY n ROWS BETWEEN CURRENT ROW AND DECIMAL '99999999999999999999' FOLLOWING) "
     "FROM {N} ORDER BY n LIMIT 1", "[2, 2, 4, 9, null]"),
    ("SELECT a AS b, 2 AS a FROM (VALUES -9, -8) AS t(a) WINDOW w AS (ORDER BY a) "
     "ORDER BY count(*) OVER (w RANGE BETWEEN CURRENT ROW AND a FOLLOWING) LIMIT 1", "-8"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "cell"), CELLS, ids=[sql for sql, _ in CELLS])
def test_values_are_trinos(world: World, sql: str, cell: str) -> None:
    assert (world.rows(sql.replace("{N}", N).replace("{D}", D))[0] or [""])[0] == cell


TIES = [
    ("SELECT n FROM (VALUES 1, 1, 2, 2, 3) AS t(n) ORDER BY n OFFSET 1 FETCH FIRST 2 ROWS WITH TIES", [1, 2, 2]),
    ("SELECT n FROM (VALUES 1, 1, 2) AS t(n) ORDER BY n OFFSET 9 FETCH FIRST 2 ROWS WITH TIES", []),
    ("SELECT DISTINCT n FROM (VALUES 1, 1, 2, 3) AS t(n) ORDER BY n FETCH FIRST 2 ROWS WITH TIES", [1, 2]),
    ("SELECT 1 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 ORDER BY n FETCH FIRST ROW WITH TIES", [1, 1]),
    ("SELECT n FROM (VALUES 1, 3, 3) AS t(n) ORDER BY n DESC FETCH FIRST ROW WITH TIES", [3, 3]),
]


@pytest.mark.parametrize(("sql", "numbers"), TIES, ids=[sql for sql, _ in TIES])
def test_the_peers_of_the_last_row_come_too(world: World, sql: str, numbers: list[int]) -> None:
    assert [int(row[0]) for row in world.rows(sql)] == numbers


REFUSED = [
    ("SELECT CAST(approx_set(1) AS varbinary)", "NOT_SUPPORTED: line 1:8: A cast of HyperLogLog to varbinary"),
    ("SELECT hash_counts(make_set_digest(1))", "NOT_SUPPORTED: line 1:8: hash_counts runs on Athena"),
    ("SELECT array_sort(ARRAY[1, 2], (x, y) -> 5)", "Lambda comparator must return either -1, 0, or 1"),
    ("SELECT values_at_quantiles(tdigest_agg(1), ARRAY[1, 0])", "percentiles must be sorted in increasing order"),
    ("SELECT combinations(ARRAY[1], 6)", "combination size must not exceed 5: 6"),
    ("SELECT reduce_agg('a', 'b', (s, x) -> s, (a, b) -> a)", "State type not supported for reduce_agg: varchar(1)"),
    ("SELECT abs(1) OVER ()", "FUNCTION_NOT_AGGREGATE"),
    ("SELECT coalesce(1, 2) OVER ()", "FUNCTION_NOT_AGGREGATE"),
    ("SELECT CAST(1 AS nothing)", "Unknown type: nothing"),
    ("SELECT CAST(MAP(ARRAY[ROW(1)], ARRAY[1]) AS json)", "Cannot cast map(row(integer), integer) to json"),
]


@pytest.mark.parametrize(("sql", "text"), REFUSED, ids=[sql for sql, _ in REFUSED])
def test_what_cannot_be_is_refused_in_trinos_words_or_by_name(world: World, sql: str, text: str) -> None:
    assert text in world.error(sql)
