"""Nothing that a query answers, in rows, in errors or in figures, depends on rows that its caller may not see.

Each attack runs on two lakes that differ in what is hidden, and in nothing else: the answers must be the same. One that
fails only where a hidden row is would tell of it, whatever the text of its error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from mesh_core.localaws.athena.engine import Cancel
from mesh_core.localaws.athena.export import Export
from mesh_core.localaws.athena.failures import QueryFailure
from tests.localaws.engine_world import CSV, World, caller

SEEN = [(1, "eu", 10, "7", "ann"), (2, "eu", 20, "8", "bob")]
HIDDEN = [
    (3, "us", 0, "s3cr3t", "s3cr3t"),
    (4, "us", 777, "", "s3cr3t(["),
    (5, "us", -9223372036854775808, "1e400", ""),
]
FILTER = "region = 'eu'"


class Lakes(NamedTuple):
    """`full` has hidden rows, `bare` has none."""

    full: World
    bare: World


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    made = Lakes(*(_lake(World(tmp_path_factory.mktemp("lake")), rows) for rows in (SEEN + HIDDEN, SEEN)))
    yield made
    for world in made:
        world.close()


def _lake(world: World, rows: list[tuple[object, ...]]) -> World:
    columns = {"id": "bigint", "region": "string", "pay": "bigint", "code": "string", "name": "string"}
    values = ", ".join(str(row) for row in rows)
    world.table("staff", columns)
    world.parquet(
        "staff/p.parquet", f"SELECT * REPLACE (pay::BIGINT AS pay) FROM (VALUES {values}) AS t ({', '.join(columns)})"
    )
    world.grant_cells("reader", "staff", "eu", [], FILTER)
    world.table("lines", columns, CSV)
    world.put("lines/l.csv", "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode())
    world.grant_cells("reader", "lines", "eu", [], FILTER)
    world.table(
        "parts", {"id": "bigint", "pay": "bigint", "code": "string", "name": "string"}, keys={"region": "string"}
    )
    for region in sorted({str(row[1]) for row in rows}):
        own = ", ".join(str((i, pay, code, name)) for i, where, pay, code, name in rows if where == region)
        made = f"SELECT * REPLACE (pay::BIGINT AS pay) FROM (VALUES {own}) AS t (id, pay, code, name)"
        world.parquet(f"parts/region={region}/p.parquet", made)
        world.partition("parts", [region], f"s3://lake/parts/region={region}/")
    world.grant_cells("reader", "parts", "eu", [], FILTER)
    return world


def outcome(world: World, sql: str, role: str = "reader") -> tuple[object, ...]:
    """What somebody learns: rows, types and count, or the failure."""
    try:
        done = world.run(sql, role)
    except QueryFailure as failure:
        return failure.message, failure.category, failure.type
    return sorted(world.out.read_text().splitlines()), done.columns, done.row_count


CONDITIONS = {
    "a division by a hidden zero": "1 / pay > 0",
    "a remainder by a hidden zero": "1 % pay = 1",
    "a division where nothing is": "1 / coalesce(pay, 0) > 0",
    "an overflow of a hidden value": "pay * pay * pay > 0",
    "the negation of a hidden smallest number": "-pay < 0",
    "the absolute of a hidden smallest number": "abs(pay) > 0",
    "a hidden text that is no number": "CAST(code AS bigint) > 0",
    "a hidden text that is no date": "CAST(concat('2020-01-0', code) AS date) > DATE '2019-01-01'",
    "a hidden text that is no regular expression": "regexp_like('a', name) OR true",
    "a hidden text that is no JSON": "json_parse(code) IS NOT NULL",
    "a hidden text of no length": "length(code) / length(code) = 1",
    "a hidden number as an index": "element_at(ARRAY[1, 2], CAST(pay / 10 AS integer)) > 0",
    "a hidden number as a subscript": "ARRAY[1, 2][pay / 10] > 0",
    "a hidden key of a map": "MAP(ARRAY['7', '8'], ARRAY[1, 2])[code] > 0",
    "a hidden length of a sequence": "cardinality(sequence(1, pay)) > 0",
    "a hidden number of a character": "chr(pay) IS NOT NULL",
    "a hidden base": "to_base(5, CAST(pay AS integer)) IS NOT NULL",
    "a hidden length to pad to": "lpad('a', pay, 'b') <> ''",
    "a text padded with a hidden one": "lpad('a', 3, code) <> ''",
    "a text split at a hidden one": "cardinality(split('a', code)) > 0",
    "a hidden name of a zone": "at_timezone(TIMESTAMP '2020-01-01 00:00:00 UTC', name) IS NOT NULL OR true",
    "a subquery of several rows for a hidden one": "(SELECT max(x) FROM UNNEST(sequence(1, pay)) AS u (x)) > 0",
    "an error of the reader's own for a hidden name": "CASE WHEN name LIKE 's3%' THEN 1 / 0 ELSE 1 END = 1",
    "an error where a name is missing": "CASE WHEN name IS NULL THEN 1 / (id - id) ELSE 1 END = 1",
    "an error where a region is not the one allowed": "CASE WHEN region = 'eu' THEN 1 ELSE 1 / (id - id) END = 1",
    "an error where the region is missing": "1 / (CASE WHEN region IS NULL THEN 0 ELSE 1 END) = 1",
}
TABLES = ("staff", "lines", "parts")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("what", CONDITIONS)
def test_no_condition_fails_for_a_hidden_row(lakes: Lakes, what: str, table: str) -> None:
    for sql in (
        f"SELECT id FROM {table} WHERE {CONDITIONS[what]}",
        f"SELECT count(*) FILTER (WHERE {CONDITIONS[what]}) FROM {table}",
    ):
        assert outcome(lakes.full, sql) == outcome(lakes.bare, sql), sql


QUERIES = {
    "a sum over an expression": "SELECT sum(1000 / pay) FROM staff",
    "a group by a failing expression": "SELECT 100 / pay, count(*) FROM staff GROUP BY 1",
    "an order by a failing expression": "SELECT id FROM staff ORDER BY 100 / pay LIMIT 1",
    "a limit before the order": "SELECT id FROM staff ORDER BY pay LIMIT 1",
    "the largest of all": "SELECT max(pay), min(pay), max(name), min(code) FROM staff",
    "the counts of all": "SELECT count(*), count(pay), count(DISTINCT region), approx_distinct(id) FROM staff",
    "a window over all": "SELECT id, rank() OVER (ORDER BY pay), lag(name) OVER (ORDER BY id) FROM staff",
    "a ratio": "SELECT id, ratio FROM (SELECT id, pay * 1.0 / sum(pay) OVER () AS ratio FROM staff)",
    "a join with itself": "SELECT a.id, b.id FROM staff a JOIN staff b ON a.pay <> b.pay",
    "an outer join": "SELECT a.x, b.name FROM (VALUES 1, 2, 3, 4) AS a (x) LEFT JOIN staff b ON a.x = b.id",
    "a full join": "SELECT a.x, b.name FROM (VALUES 1, 9) AS a (x) FULL JOIN staff b ON a.x = b.id",
    "a cross join that fails": "SELECT 1 / (a.id - 3) FROM staff a CROSS JOIN staff b WHERE a.id = 3",
    "what is missing": "SELECT x FROM UNNEST(sequence(1, 5)) AS t (x) EXCEPT SELECT id FROM staff",
    "what is in it": "SELECT x, x IN (SELECT id FROM staff) FROM UNNEST(sequence(1, 5)) AS t (x)",
    "what exists": "SELECT EXISTS (SELECT 1 FROM staff WHERE region = 'us')",
    "all of them": "SELECT 0 < ALL (SELECT pay FROM staff)",
    "one of many as a scalar": "SELECT (SELECT name FROM staff WHERE id > 2)",
    "a correlated query": "SELECT a.id, (SELECT count(*) FROM staff b WHERE b.pay > a.pay) FROM staff a",
    "a sample": "SELECT count(*) FROM staff TABLESAMPLE BERNOULLI (100)",
    "an array of all": "SELECT array_agg(name ORDER BY id) FROM staff",
    "a map of all": "SELECT map_agg(id, name) FROM staff",
    "names with quiet errors": "SELECT TRY(1 / pay), TRY(CAST(code AS bigint)) FROM staff",
    "the paths of files": "SELECT DISTINCT \"$path\" LIKE '%us%' FROM parts",
    "the names of partitions": 'SELECT DISTINCT "$partition" FROM parts',
    "the number of files": 'SELECT count(DISTINCT "$path"), count(DISTINCT "$file_size") FROM parts',
    "the sizes of partitions": "SELECT region, count(*) FROM parts GROUP BY region",
    "the list of partitions": 'SELECT * FROM "parts$partitions"',
    "a hidden partition by name": "SELECT count(*) FROM parts WHERE region = 'us'",
    "a hidden partition and an error": "SELECT 1 / 0 FROM parts WHERE region = 'us'",
    "rows and totals": "SELECT region, grouping(region), count(*) FROM staff GROUP BY ROLLUP (region)",
    "an offset": "SELECT id FROM staff ORDER BY id OFFSET 2",
    "a recursion": "WITH RECURSIVE t (n) AS (SELECT max(id) FROM staff UNION ALL SELECT n - 1 FROM t WHERE n > 1) "
    "SELECT n FROM t",
    "lines that do not parse": "SELECT sum(pay), count(code) FROM lines",
}


@pytest.mark.parametrize("what", QUERIES)
def test_no_answer_depends_on_a_hidden_row(lakes: Lakes, what: str) -> None:
    full, bare = (outcome(world, QUERIES[what]) for world in lakes)
    assert full == bare


@pytest.mark.parametrize(
    "sql", [*(f"SELECT id FROM staff WHERE {each}" for each in CONDITIONS.values()), *QUERIES.values()]
)
def test_the_attacks_would_tell_if_nothing_were_hidden(lakes: Lakes, sql: str) -> None:
    assert outcome(lakes.full, sql, "admin") != outcome(lakes.bare, sql, "admin")


def test_a_plan_says_the_same_with_and_without_hidden_rows(lakes: Lakes) -> None:
    for sql in ("SELECT id FROM staff WHERE pay > 5", "SELECT count(*) FROM parts WHERE region = 'us'"):
        full, bare = (world.engine.explain(caller("reader"), sql, "shop") for world in lakes)
        assert full == bare


def test_what_is_exported_holds_no_hidden_row(lakes: Lakes) -> None:
    found = []
    for world in lakes:
        folder = world.folder / "exported"
        folder.mkdir()
        world.engine.export(caller("reader"), "SELECT * FROM staff", "shop", folder, Cancel(), Export("JSON"))
        found.append([each.read_bytes() for each in sorted(folder.rglob("*")) if each.is_file()])
    assert found[0] == found[1]
