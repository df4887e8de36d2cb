"""Tables as Athena reads them: formats, partitions, missing columns, `$path`; and what of them a caller sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.localaws.engine_world import CSV, HCATALOG_JSON, JSON, LAZY, World, caller


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.table("orders", {"id": "bigint", "customer": "string", "amount": "decimal(10,2)", "city": "string"})
    made.parquet(
        "orders/a.parquet",
        "SELECT * FROM (VALUES (1::BIGINT, 'ann', 10.50::DECIMAL(10,2), 'Bonn'), (2, 'bob', 20, 'Kiel'),"
        " (3, 'cid', NULL, ''))"
        " t(id, customer, amount, city)",
    )
    yield made
    made.close()


def test_a_select_gives_athenas_csv_with_null_and_empty_text_apart(world: World) -> None:
    assert world.text("SELECT id, amount, city FROM orders ORDER BY id DESC LIMIT 2") == (
        '"id","amount","city"\n"3",,""\n"2","20.00","Kiel"\n'
    )


def test_bytes_scanned_are_what_was_read_of_the_files(world: World) -> None:
    found = world.run("SELECT sum(amount) FROM orders")
    assert 0 < found.bytes_scanned < 5000
    assert world.run("SELECT 1").bytes_scanned == 0


def test_the_columns_carry_trinos_types(world: World) -> None:
    found = world.run("SELECT id, amount, customer, id / 2, amount * 2, ARRAY[id] FROM orders")
    assert [(each.name, each.type) for each in found.columns] == [
        ("id", "bigint"),
        ("amount", "decimal(10,2)"),
        ("customer", "varchar"),
        ("_col3", "bigint"),
        ("_col4", "decimal(20,2)"),
        ("_col5", "array(bigint)"),
    ]
    assert found.row_count == 3


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("WITH a AS (SELECT id FROM orders) SELECT max(id) FROM a", [["3"]], id="in a WITH"),
        pytest.param(
            "WITH a AS (SELECT id FROM orders) SELECT o.id FROM orders o, a WHERE o.id = (SELECT max(id) FROM a) + 0"
            " AND a.id = o.id",
            [["3"]],
            id="in a WITH that is named twice, and beside it",
        ),
        pytest.param(
            "WITH RECURSIVE n(x) AS (SELECT min(id) FROM orders UNION ALL SELECT x + 1 FROM n WHERE x < 3)"
            " SELECT count(*) FROM n JOIN orders ON id = x",
            [["3"]],
            id="in a recursive WITH",
        ),
        pytest.param(
            "WITH v1 AS (SELECT 7 AS id) SELECT id FROM v1 UNION ALL SELECT max(id) FROM orders",
            [["7"], ["3"]],
            id="beside a WITH that has the engine's own name for it",
        ),
        pytest.param(
            "SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM orders i WHERE i.id = o.id + 1) ORDER BY id",
            [["1"], ["2"]],
            id="in a correlated subquery on itself",
        ),
        pytest.param(
            "SELECT x FROM (WITH a AS (SELECT id FROM orders) SELECT id AS x FROM a) ORDER BY x DESC LIMIT 1",
            [["3"]],
            id="in a WITH of a subquery",
        ),
        pytest.param(
            "TABLE orders EXCEPT SELECT * FROM orders WHERE id > 1", [["1", "ann", "10.50", "Bonn"]], id="TABLE"
        ),
    ],
)
def test_a_table_reads_the_same_wherever_a_statement_names_it(
    world: World, sql: str, expected: list[list[str]]
) -> None:
    assert world.rows(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("SELECT count(*) FROM orders", [["3"]], id="a count"),
        pytest.param("SELECT count(*) FROM (SELECT * FROM orders)", [["3"]], id="a count over a star"),
        pytest.param("SELECT 'x' FROM orders WHERE city = 'Bonn'", [["x"]], id="a constant"),
        pytest.param("SELECT o.* FROM orders o WHERE id = 1", [["1", "ann", "10.50", "Bonn"]], id="a star of an alias"),
        pytest.param(
            "SELECT * FROM (SELECT * FROM orders) ORDER BY id LIMIT 1", [["1", "ann", "10.50", "Bonn"]], id="two stars"
        ),
        pytest.param(
            "SELECT * FROM orders UNION SELECT * FROM orders ORDER BY 1 LIMIT 1",
            [["1", "ann", "10.50", "Bonn"]],
            id="stars that are matched by position",
        ),
        pytest.param(
            "SELECT id FROM orders JOIN (SELECT id, city FROM orders) USING (id) WHERE amount > 15",
            [["2"]],
            id="a column of USING alone",
        ),
        pytest.param("SELECT regexp_extract(\"$path\", '[^/]+$') FROM orders LIMIT 1", [["a.parquet"]], id="the path"),
        pytest.param("SELECT '\"city\"' FROM orders WHERE id = 1", [['"city"']], id="a text that looks like a column"),
    ],
)
def test_only_the_columns_that_a_statement_names_are_read_and_none_is_missed(
    world: World, sql: str, expected: list[list[str]]
) -> None:
    assert world.rows(sql) == expected


def test_repeated_output_names_stay_repeated(world: World) -> None:
    assert world.text("SELECT id, id FROM orders WHERE id = 1") == '"id","id"\n"1","1"\n'


def test_a_column_that_newer_files_have_is_null_in_the_older_ones(world: World) -> None:
    world.table("grown", {"id": "bigint", "added": "string"})
    world.parquet("grown/1.parquet", "SELECT 1::BIGINT AS id")
    world.ahead += timedelta(days=1)
    world.parquet("grown/2.parquet", "SELECT 2::BIGINT AS id, 'new' AS added")
    world.ahead += timedelta(days=1)
    assert world.rows("SELECT * FROM grown ORDER BY id") == [["1", ""], ["2", "new"]]
    world.parquet("grown/0.parquet", "SELECT 3::BIGINT AS id")
    assert world.rows("SELECT * FROM grown ORDER BY id") == [["1", ""], ["2", "new"], ["3", ""]]


def test_a_file_without_a_column_gives_null_and_columns_are_found_by_name_in_any_case(world: World) -> None:
    world.table("drifted", {"id": "bigint", "name": "string", "added": "string"})
    world.parquet("drifted/1.parquet", 'SELECT \'a\' AS "Name", 1::INTEGER AS "ID"')
    world.parquet("drifted/2.parquet", "SELECT 2::BIGINT AS id, 'new' AS added, 'b' AS name")
    assert world.rows("SELECT * FROM drifted ORDER BY id") == [["1", "a", ""], ["2", "b", "new"]]


def test_hidden_files_markers_and_empty_objects_are_not_data(world: World) -> None:
    world.table("tidy", {"x": "int"})
    world.parquet("tidy/x.parquet", "SELECT 1::INTEGER AS x")
    world.put("tidy/", b"")
    world.put("tidy/_SUCCESS", b"done")
    world.put("tidy/.hidden/x", b"no parquet")
    assert world.rows("SELECT x FROM tidy") == [["1"]]


def test_an_empty_table_has_no_rows_and_the_right_types(world: World) -> None:
    world.table("nothing", {"x": "int", "y": "array<string>"})
    found = world.run("SELECT * FROM nothing")
    assert (found.row_count, [each.type for each in found.columns]) == (0, ["integer", "array(varchar)"])


def test_the_path_of_a_row_is_its_s3_address_and_no_column_of_star(world: World) -> None:
    assert world.rows('SELECT DISTINCT "$path" FROM orders') == [["s3://lake/orders/a.parquet"]]
    assert "path" not in world.text("SELECT * FROM orders")


def test_opencsv_reads_quotes_and_short_lines_and_gz(world: World) -> None:
    columns = {"id": "int", "name": "string", "at": "timestamp", "on": "date", "ok": "boolean"}
    world.table("quoted", columns, CSV, parameters={"skip.header.line.count": "1"})
    world.put("quoted/1.csv", b'id,name,at,on,ok\n1,"a, ""b""",1577836800000,18262,TRUE\n2,x\n')
    world.packed("quoted/2.csv.gz", "id,name\n3,c\n")
    assert world.rows('SELECT id, name, "at", "on", ok FROM quoted ORDER BY name') == [
        ["1", 'a, "b"', "2020-01-01 00:00:00.000", "2020-01-01", "true"],
        ["3", "c", "", "", ""],
        ["2", "x", "", "", ""],
    ]


def test_delimited_text_has_no_quotes_and_bad_values_are_null(world: World) -> None:
    columns = {"id": "int", "name": "string", "tags": "array<string>", "marks": "map<string,int>", "x": "double"}
    delimiters = {"field.delim": "|", "collection.delim": ",", "mapkey.delim": ":"}
    world.table("lazy", columns, LAZY, serde_parameters=delimiters)
    world.put("lazy/1.txt", b'1|"q"|a,b|k:1,m:2|1.5\nx|\\N|||zz\n3|c\n')
    assert world.rows("SELECT * FROM lazy ORDER BY id") == [
        ["1", '"q"', "[a, b]", "{k=1, m=2}", "1.5"],
        ["3", "c", "", "", ""],
        ["", "", "[]", "{}", ""],
    ]


@pytest.mark.parametrize("serde", [JSON, HCATALOG_JSON])
def test_json_lines_are_read_by_name_with_nested_types(world: World, serde: str) -> None:
    name = "json_" + serde.rsplit(".", 1)[1].lower() + str(len(serde))
    world.table(name, {"id": "int", "who": "struct<name:string,age:int>", "tags": "array<int>", "big": "bigint"}, serde)
    lines = '{"ID":1,"who":{"name":"a","age":3},"tags":[1,2],"big":9007199254740993}\n{"id":null,"tags":null}\n'
    world.put(f"{name}/1.json", lines.encode())
    assert world.rows(f"SELECT id, who, tags, big, who.age FROM {name} ORDER BY big") == [
        ["1", "{name=a, age=3}", "[1, 2]", "9007199254740993", "3"],
        ["", "", "", "", ""],
    ]


def test_information_schema_names_no_field_of_a_struct_that_is_hidden(world: World) -> None:
    world.table("callers", {"id": "int", "who": "struct<name:string,phone:string>"})
    world.grant_cells("clerk", "callers", "names", ["id", '"who"."name"'], None)
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'callers'"
    assert world.rows(sql, "clerk") == [["id", "integer"], ["who", "row(name varchar)"]]
    assert world.rows(sql)[1] == ["who", "row(name varchar, phone varchar)"]


@pytest.fixture(scope="module")
def daily(world: World) -> World:
    world.table("daily", {"n": "int"}, keys={"day": "date", "region": "string"})
    for index, (day, region) in enumerate([("2024-01-01", "eu"), ("2024-01-02", "eu"), ("2024-01-02", "us")]):
        location = f"s3://lake/daily/{index}/"
        world.parquet(f"daily/{index}/f.parquet", f"SELECT {index}::INTEGER AS n")
        world.partition("daily", [day, region], location)
    world.parquet("daily/unregistered/f.parquet", "SELECT 99::INTEGER AS n")
    return world


def test_only_registered_partitions_are_read_and_their_values_are_typed_columns(daily: World) -> None:
    assert daily.rows("SELECT * FROM daily ORDER BY n") == [
        ["0", "2024-01-01", "eu"],
        ["1", "2024-01-02", "eu"],
        ["2", "2024-01-02", "us"],
    ]
    assert daily.cell("SELECT typeof(day) FROM daily LIMIT 1") == "date"


def test_the_partitions_of_a_table_can_be_listed(daily: World) -> None:
    assert daily.rows("SELECT * FROM \"daily$partitions\" WHERE region = 'us'") == [["2024-01-02", "us"]]
    assert "does not exist" in daily.error('SELECT * FROM "orders$partitions"')
    assert "does not exist" in daily.error('SELECT * FROM "daily$partitions"', "stranger")


def test_a_path_is_not_shown_where_a_partition_key_is_hidden(daily: World) -> None:
    """Column lists never cut off a partition key; tags may, for all rows or for those that no filter shows."""
    admin = caller("admin")
    daily.lf("CreateLFTag", admin, TagKey="open", TagValues=["yes"])
    tag = [{"TagKey": "open", "TagValues": ["yes"]}]
    column = {"DatabaseName": "shop", "Name": "daily", "ColumnNames": ["n"]}
    daily.lf("AddLFTagsToResource", admin, Resource={"TableWithColumns": column}, LFTags=tag)
    policy = {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}
    for role in ("tagged", "both"):
        daily.grant(role, policy, "SELECT")
    daily.grant_cells("both", "daily", "eu", ["day"], "region = 'eu'")
    daily.grant_cells("filtered", "daily", "us", ["n"], "region = 'us'")
    assert daily.rows("SELECT * FROM daily ORDER BY n", "tagged") == [["0"], ["1"], ["2"]]
    for name in ("$path", "$file_size", "$file_modified_time", "$partition"):
        assert f"Column '{name}' cannot be resolved" in daily.error(f'SELECT "{name}" FROM daily', "tagged")
    assert daily.rows('SELECT n, "$partition" FROM daily ORDER BY n', "both") == [
        ["0", "day=2024-01-01/region=eu"],
        ["1", "day=2024-01-02/region=eu"],
        ["2", ""],
    ]
    assert daily.rows('SELECT n, "$path" FROM daily ORDER BY n', "both") == [
        ["0", "s3://lake/daily/0/f.parquet"],
        ["1", "s3://lake/daily/1/f.parquet"],
        ["2", ""],
    ]
    assert daily.rows('SELECT "$path" FROM daily', "filtered") == [["s3://lake/daily/2/f.parquet"]]


@pytest.mark.parametrize(
    ("where", "files"),
    [
        ("day = DATE '2024-01-01'", 1),
        ("DATE '2024-01-01' < day", 2),
        ("region IN ('us', 'xx')", 1),
        ("region = 'us' AND n > 0", 1),
        ("day BETWEEN DATE '2024-01-02' AND DATE '2024-01-03'", 2),
        ("region = 'us' OR n > 0", 3),
        ("region = 'nowhere'", 0),
    ],
)
def test_a_comparison_of_a_partition_key_leaves_the_other_partitions_unread(
    daily: World, where: str, files: int
) -> None:
    whole = daily.run("SELECT n FROM daily").bytes_scanned
    assert round(3 * daily.run(f"SELECT n FROM daily WHERE {where}").bytes_scanned / whole) == files


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"serde": "org.apache.hadoop.hive.ql.io.orc.OrcSerde"}, "Orc"),
        ({"parameters": {"table_type": "ICEBERG"}}, "Iceberg"),
        ({"serde": "org.apache.hadoop.hive.serde2.avro.AvroSerDe"}, "Avro"),
    ],
)
def test_what_is_not_read_here_is_refused_by_name(world: World, more: dict[str, object], what: str) -> None:
    name = f"odd_{what.lower()}"
    world.table(name, {"x": "int"}, **more)  # type: ignore[arg-type]
    assert what.lower() in world.error(f"SELECT x FROM {name}").lower()


# who sees what


def test_a_hidden_column_looks_as_if_it_were_not_there(world: World) -> None:
    world.grant_columns("analyst", "orders", "id", "city")
    assert world.text("SELECT * FROM orders WHERE id = 1", "analyst") == '"id","city"\n"1","Bonn"\n'
    for sql in (
        "SELECT amount FROM orders",
        "SELECT id FROM orders o WHERE o.amount > 1",
        "SELECT max(nothing) FROM orders",
    ):
        name = sql.split("amount")[0] and (
            "o.amount" if "o.amount" in sql else "amount" if "amount" in sql else "nothing"
        )
        assert world.error(sql, "analyst").endswith(
            f"Column '{name}' cannot be resolved or requester is not authorized to access requested resources"
        )
    assert world.error("SELECT amount FROM orders", "analyst").startswith("COLUMN_NOT_FOUND: line 1:8: ")


def test_a_table_without_permissions_looks_as_if_it_were_not_there(world: World) -> None:
    hidden = world.error("SELECT 1 FROM daily", "stranger").replace("daily", "T")
    assert hidden == world.error("SELECT 1 FROM missing", "stranger").replace("missing", "T")
    assert "does not exist" in hidden


def test_describe_alone_shows_no_row_and_no_count(world: World) -> None:
    world.grant_table("reader", "orders", "DESCRIBE")
    assert world.error("SELECT * FROM orders", "reader") == (
        "SYNTAX_ERROR: line 1:8: SELECT * not allowed from relation that has no columns"
    )
    assert world.error("SELECT count(*) FROM orders", "reader").startswith("Insufficient permissions")


def test_filters_are_a_union_of_cells_and_uncovered_cells_are_null(world: World) -> None:
    world.grant_cells("local", "orders", "bonn", ["id", "customer"], "city = 'Bonn'")
    world.grant_cells("local", "orders", "cheap", ["id", "amount"], "amount >= 20")
    assert world.text("SELECT * FROM orders ORDER BY id", "local") == (
        '"id","customer","amount"\n"1","ann",\n"2",,"20.00"\n'
    )
    assert world.cell("SELECT count(*) FROM orders", "local") == "2"


def test_a_condition_never_meets_a_value_of_a_hidden_row(world: World) -> None:
    world.grant_cells("curious", "orders", "one", [], "id = 1")
    assert world.rows("SELECT id FROM orders WHERE 1 / (id - 2) < 100", "curious") == [["1"]]
    assert world.rows("SELECT id FROM orders WHERE CAST(customer AS varchar) <> 'zz'", "curious") == [["1"]]
    message = world.error("SELECT CAST(customer AS integer) FROM orders", "curious")
    assert "ann" not in message and "bob" not in message


def test_outside_of_registered_places_the_callers_own_rights_read_the_files(world: World) -> None:
    world.ctx.objects.buckets.create("open", "us-east-1")  # type: ignore[attr-defined]
    world.table("outside", {"x": "int"}, location="s3://open/outside/")
    world.parquet("made/x.parquet", "SELECT 7::INTEGER AS x")
    world.ctx.objects.put("open", "outside/x.parquet", world.ctx.objects.get("lake", "made/x.parquet"))
    world.grant_table("analyst", "outside")
    world.grant_table("keyless", "outside")
    world.denied.add("keyless")
    assert world.rows("SELECT x FROM outside", "analyst") == [["7"]]
    assert world.error("SELECT x FROM outside", "keyless").startswith("PERMISSION_DENIED")


def test_the_engine_leaves_nothing_in_its_folder(world: World) -> None:
    world.run("SELECT * FROM orders ORDER BY amount")
    assert {each.name for each in Path(world.ctx.temp).iterdir()} == {"result.csv"}
