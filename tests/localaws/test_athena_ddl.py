"""DDL statements on the real catalog: what they change, what they print, what they refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation.service import LakeFormationService
from tests.localaws.athena_world import ACCOUNT, OWNER, READER, World

IN_SALES: dict[str, Any] = {"QueryExecutionContext": {"Database": "sales"}}
ORDERS = (
    "CREATE EXTERNAL TABLE orders (id bigint COMMENT 'key', note string) COMMENT 'all orders' "
    "PARTITIONED BY (dt string, region string) STORED AS PARQUET LOCATION 's3://lake/orders/' "
    "TBLPROPERTIES ('parquet.compression'='SNAPPY')"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.lines("CREATE DATABASE sales")
    made.lines(ORDERS, **IN_SALES)
    return made


def table(world: World, name: str = "orders") -> dict[str, Any]:
    return world.catalog.table("sales", name)


def columns(world: World, name: str = "orders") -> list[tuple[str, str]]:
    return [(each["Name"], each["Type"]) for each in table(world, name)["StorageDescriptor"]["Columns"]]


def govern(world: World, *grants: dict[str, Any]) -> None:
    """Lake Formation decides from now on; OWNER administers, others have these grants."""
    handlers = LakeFormationService(world.ctx).handlers
    settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OWNER.principal}]}
    root_arn = f"arn:aws:iam::{ACCOUNT}:root"
    root = Caller(ACCOUNT, root_arn, root_arn, "AKIAROOT")
    handlers["PutDataLakeSettings"](root, {"DataLakeSettings": settings})
    everyone = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    for resource in (
        {"Table": {"DatabaseName": "sales", "Name": "orders"}},
        {"Database": {"Name": "sales"}},
    ):
        revoke = {"Principal": everyone, "Resource": resource, "Permissions": ["ALL"]}
        handlers["RevokePermissions"](OWNER, revoke)
    for grant in grants:
        who = {"Principal": {"DataLakePrincipalIdentifier": READER.principal}}
        handlers["GrantPermissions"](OWNER, who | grant)


def test_an_external_table_is_what_glue_expects(world: World) -> None:
    made = table(world)

    assert made["TableType"] == "EXTERNAL_TABLE"
    assert made["StorageDescriptor"]["Location"] == "s3://lake/orders/"
    assert made["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert [key["Name"] for key in made["PartitionKeys"]] == ["dt", "region"]
    assert made["Parameters"]["comment"] == "all orders"
    assert made["Parameters"]["parquet.compression"] == "SNAPPY"


@pytest.mark.parametrize(
    ("clauses", "library", "input_format"),
    [
        ("", "LazySimpleSerDe", "TextInputFormat"),
        ("ROW FORMAT DELIMITED FIELDS TERMINATED BY ','", "LazySimpleSerDe", "TextInputFormat"),
        ("ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'", "OpenCSVSerde", "TextInputFormat"),
        ("ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'", "JsonSerDe", "TextInputFormat"),
        ("STORED AS ORC", "OrcSerde", "OrcInputFormat"),
        ("STORED AS INPUTFORMAT 'in.put' OUTPUTFORMAT 'out.put'", "LazySimpleSerDe", "in.put"),
    ],
)
def test_row_formats_and_storage_formats_name_their_classes(
    world: World, clauses: str, library: str, input_format: str
) -> None:
    world.lines(f"CREATE EXTERNAL TABLE sales.t (a int) {clauses} LOCATION 's3://lake/t/'")
    storage = table(world, "t")["StorageDescriptor"]

    assert storage["SerdeInfo"]["SerializationLibrary"].endswith(library)
    assert storage["InputFormat"].endswith(input_format)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE EXTERNAL TABLE sales.orders (a int) LOCATION 's3://lake/x/'", "AlreadyExistsException"),
        ("CREATE EXTERNAL TABLE nowhere.t (a int) LOCATION 's3://lake/x/'", "EntityNotFoundException"),
        ("CREATE EXTERNAL TABLE sales.t (a int)", "location must be specified"),
        ("CREATE EXTERNAL TABLE sales.t (a int) LOCATION '/tmp/x'", "no folder in S3"),
        ("CREATE EXTERNAL TABLE sales.t (a int, A string) LOCATION 's3://lake/x/'", "Duplicate column name: a"),
        ("CREATE EXTERNAL TABLE sales.t (a int) PARTITIONED BY (a int) LOCATION 's3://lake/x/'", "Column repeated"),
        ("CREATE TABLE sales.t (a int) LOCATION 's3://lake/x/'", "external tables only"),
        ("CREATE TABLE sales.t (a int) TBLPROPERTIES ('table_type'='ICEBERG')", "runs on Athena but not on"),
        ("CREATE DATABASE sales", "AlreadyExistsException"),
        ("DROP DATABASE nowhere", "Database does not exist: nowhere"),
        ("DROP DATABASE sales", "is not empty"),
        ("DROP TABLE sales.nothing", "Table not found sales.nothing"),
        ("DROP VIEW sales.orders", "is a table: use DROP TABLE"),
        ("SHOW TABLES IN nowhere", "Database does not exist: nowhere"),
        ("SHOW PARTITIONS sales.nothing", "Table not found"),
        ("SHOW CREATE VIEW sales.orders", "is a table, not a view"),
        ("ALTER TABLE sales.orders ADD PARTITION (dt='a')", "doesn't contain all (2) partition columns"),
        ("ALTER TABLE sales.orders ADD PARTITION (x='a')", "Non-Partition column"),
        ("ALTER TABLE sales.orders DROP PARTITION (dt='a')", "Partition not found"),
        ("ALTER TABLE sales.orders ADD COLUMNS (id int)", "Duplicate column name: id"),
        ("ALTER TABLE sales.orders ADD COLUMNS (dt int)", "Duplicate column name: dt"),
        ("ALTER TABLE sales.orders CHANGE nothing a int", "Invalid column reference nothing"),
        ("ALTER TABLE sales.orders SET LOCATION 'x'", "no folder in S3"),
        ("MERGE INTO sales.orders USING s ON true WHEN MATCHED THEN DELETE", "MERGE INTO runs on Athena but not on"),
        ("OPTIMIZE sales.orders REWRITE DATA USING BIN_PACK", "OPTIMIZE runs on Athena but not on"),
    ],
)
def test_what_can_not_be_done_fails_with_its_reason(world: World, sql: str, why: str) -> None:
    before = world.catalog.version

    assert why in world.failure(sql)
    assert world.catalog.version == before


def test_if_exists_and_if_not_exists_make_a_statement_harmless(world: World) -> None:
    before = world.catalog.version
    for sql in (
        ORDERS.replace("TABLE orders", "TABLE IF NOT EXISTS sales.orders"),
        "CREATE DATABASE IF NOT EXISTS sales",
        "DROP TABLE IF EXISTS sales.nothing",
        "DROP VIEW IF EXISTS sales.nothing",
        "DROP DATABASE IF EXISTS nothing CASCADE",
        "ALTER TABLE sales.orders DROP IF EXISTS PARTITION (dt='a')",
    ):
        world.lines(sql)

    assert world.catalog.version == before


def test_show_filters_with_stars_and_bars(world: World) -> None:
    world.lines("CREATE EXTERNAL TABLE sales.returns (a int) LOCATION 's3://lake/returns/'")

    assert world.lines("SHOW TABLES IN sales") == ["orders", "returns"]
    assert world.lines("SHOW TABLES 'ord*'", **IN_SALES) == ["orders"]
    assert world.lines("SHOW TABLES IN sales 'o*|ret.*'") == ["orders", "returns"]
    assert world.lines("SHOW VIEWS IN sales") == []
    assert world.lines("SHOW DATABASES LIKE 's*'") == ["sales"]


def test_describe_pads_its_columns_and_lists_partitions(world: World) -> None:
    lines = world.lines("DESCRIBE sales.orders")

    assert lines[0] == "id                  \tbigint              \tkey                 "
    assert lines[4:] == [
        "\t \t ",
        "# Partition Information\t \t ",
        "# col_name          \tdata_type           \tcomment             ",
        "\t \t ",
        "dt                  \tstring              \t                    ",
        "region              \tstring              \t                    ",
    ]
    assert world.lines("DESCRIBE sales.orders note") == [
        "note                \tstring              \t                    "
    ]
    assert world.lines("SHOW COLUMNS IN sales.orders")[0] == "id                  "


def test_formatted_and_extended_say_where_the_table_lies(world: World) -> None:
    assert any("s3://lake/orders/" in line for line in world.lines("DESCRIBE FORMATTED sales.orders"))
    assert "location:s3://lake/orders/" in world.lines("DESCRIBE EXTENDED sales.orders")[-1]
    assert "Partition not found" in world.failure("DESCRIBE FORMATTED sales.orders PARTITION (dt='a')")


def test_show_create_table_makes_the_same_table_again(world: World) -> None:
    statement = "\n".join(world.lines("SHOW CREATE TABLE sales.orders"))
    before = table(world)
    world.lines("DROP TABLE sales.orders")
    world.lines(statement)

    after = table(world)
    for member in ("StorageDescriptor", "PartitionKeys", "Parameters", "TableType"):
        assert after[member] == before[member], member


def test_show_create_table_quotes_what_needs_it(world: World) -> None:
    world.lines(
        r"CREATE EXTERNAL TABLE sales.t (a string COMMENT 'it\'s') ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' "
        r"ESCAPED BY '\\' LINES TERMINATED BY '\n' LOCATION 's3://lake/t/'"
    )
    before = table(world, "t")
    statement = "\n".join(world.lines("SHOW CREATE TABLE sales.t"))
    world.lines("DROP TABLE sales.t")
    world.lines(statement)

    assert table(world, "t")["StorageDescriptor"] == before["StorageDescriptor"]


def test_partitions_are_added_listed_moved_renamed_and_dropped(world: World) -> None:
    world.lines(
        "ALTER TABLE orders ADD PARTITION (dt='a', region='eu') LOCATION 's3://lake/elsewhere/' "
        "PARTITION (region='us', dt='b/c')",
        **IN_SALES,
    )
    assert world.lines("SHOW PARTITIONS sales.orders") == ["dt=a/region=eu", "dt=b%2Fc/region=us"]
    places = [each["StorageDescriptor"]["Location"] for each in world.catalog.partitions("sales", "orders")]
    assert places == ["s3://lake/elsewhere/", "s3://lake/orders/dt=b%2Fc/region=us/"]

    assert "Partition already exists" in world.failure("ALTER TABLE sales.orders ADD PARTITION (dt='a', region='eu')")
    world.lines(
        "ALTER TABLE sales.orders ADD IF NOT EXISTS PARTITION (dt='a', region='eu') PARTITION (dt='n', region='x')"
    )
    world.lines("ALTER TABLE sales.orders PARTITION (dt='a', region='eu') SET LOCATION 's3://lake/moved/'")
    world.lines("ALTER TABLE sales.orders PARTITION (dt='a', region='eu') RENAME TO PARTITION (dt='z', region='eu')")
    world.lines("ALTER TABLE sales.orders DROP PARTITION (dt='n')")

    found = {
        tuple(each["Values"]): each["StorageDescriptor"]["Location"]
        for each in world.catalog.partitions("sales", "orders")
    }
    assert found == {("b/c", "us"): "s3://lake/orders/dt=b%2Fc/region=us/", ("z", "eu"): "s3://lake/moved/"}


def test_repair_registers_the_folders_that_hold_data(world: World) -> None:
    for key in (
        "orders/dt=2024-01-01/region=eu/a.parquet",
        "orders/dt=2024-01-01/region=eu/b.parquet",
        "orders/dt=x%2Fy/region=us/a.parquet",
        "orders/dt=2024-01-02/a.parquet",
        "orders/notes.txt",
        "orders/region=eu/dt=1/a.parquet",
    ):
        world.objects.put("lake", key, b"x")
    lines = world.lines("MSCK REPAIR TABLE sales.orders")

    assert lines == [
        "Partitions not in metastore:\torders:dt=2024-01-01/region=eu\torders:dt=x%2Fy/region=us",
        "Repair: Added partition to metastore orders:dt=2024-01-01/region=eu",
        "Repair: Added partition to metastore orders:dt=x%2Fy/region=us",
    ]
    values = [each["Values"] for each in world.catalog.partitions("sales", "orders")]
    assert values == [["2024-01-01", "eu"], ["x/y", "us"]]
    assert world.lines("MSCK REPAIR TABLE sales.orders") == []


def test_columns_are_added_replaced_and_changed(world: World) -> None:
    world.lines("ALTER TABLE sales.orders ADD COLUMNS (qty int COMMENT 'pieces', price double)")
    assert columns(world) == [("id", "bigint"), ("note", "string"), ("qty", "int"), ("price", "double")]

    world.lines("ALTER TABLE sales.orders CHANGE COLUMN qty amount bigint AFTER id")
    assert columns(world) == [("id", "bigint"), ("amount", "bigint"), ("note", "string"), ("price", "double")]
    assert table(world)["StorageDescriptor"]["Columns"][1]["Comment"] == "pieces"

    world.lines("ALTER TABLE sales.orders REPLACE COLUMNS (a int)")
    assert columns(world) == [("a", "int")]


def test_properties_and_location_are_set(world: World) -> None:
    world.lines("ALTER TABLE sales.orders SET TBLPROPERTIES ('owner.team'='sales', 'parquet.compression'='GZIP')")
    world.lines("ALTER TABLE sales.orders SET LOCATION 's3://lake/new/'")
    world.lines("ALTER DATABASE sales SET DBPROPERTIES ('a'='b')")

    assert table(world)["StorageDescriptor"]["Location"] == "s3://lake/new/"
    assert world.lines("SHOW TBLPROPERTIES sales.orders('owner.team')") == ["sales"]
    assert "parquet.compression\tGZIP" in world.lines("SHOW TBLPROPERTIES sales.orders")
    assert world.catalog.database("sales")["Parameters"] == {"a": "b"}


def test_cascade_drops_the_database_with_its_tables(world: World) -> None:
    world.lines("DROP DATABASE sales CASCADE")

    assert world.lines("SHOW DATABASES") == []


def test_a_narrowed_reader_sees_his_columns_only(world: World) -> None:
    some = {"TableWithColumns": {"DatabaseName": "sales", "Name": "orders", "ColumnNames": ["id"]}}
    govern(world, {"Resource": some, "Permissions": ["SELECT"]})

    assert world.lines("SHOW COLUMNS IN sales.orders", READER)[0].strip() == "id"
    assert "note" not in "".join(world.lines("SHOW COLUMNS IN sales.orders", READER))
    assert "note" not in "".join(world.lines("DESCRIBE sales.orders", READER))
    assert "note" not in "".join(world.lines("SHOW CREATE TABLE sales.orders", READER))


def test_a_change_by_a_narrowed_caller_keeps_the_columns_that_he_does_not_see(world: World) -> None:
    some = {"TableWithColumns": {"DatabaseName": "sales", "Name": "orders", "ColumnNames": ["id"]}}
    whole = {"Table": {"DatabaseName": "sales", "Name": "orders"}}
    everybody = {"DataLakePrincipalIdentifier": f"{ACCOUNT}:IAMPrincipals"}
    govern(
        world,
        {"Principal": everybody, "Resource": some, "Permissions": ["SELECT"]},
        {"Resource": whole, "Permissions": ["ALTER"]},
    )
    world.lines("ALTER TABLE sales.orders SET TBLPROPERTIES ('a'='b')", READER)

    assert columns(world) == [("id", "bigint"), ("note", "string")]


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE DATABASE another",
        "CREATE EXTERNAL TABLE sales.t (a int) LOCATION 's3://lake/t/'",
        "DROP TABLE sales.orders",
        "DROP DATABASE sales CASCADE",
        "ALTER TABLE sales.orders ADD COLUMNS (z int)",
        "ALTER TABLE sales.orders ADD PARTITION (dt='a', region='b')",
        "MSCK REPAIR TABLE sales.orders",
        "DESCRIBE sales.orders",
    ],
)
def test_who_has_no_grant_changes_and_sees_nothing(world: World, sql: str) -> None:
    world.objects.put("lake", "orders/dt=1/region=2/a", b"x")
    govern(world)
    before = world.catalog.version
    reason = world.failure(sql, READER)

    assert any(word in reason for word in ("Insufficient", "AccessDenied", "not found", "does not exist")), reason
    assert world.catalog.version == before


def test_iam_is_asked_for_the_glue_call_behind_a_statement(world: World) -> None:
    world.policies.deny(READER, "glue:DeleteTable")

    assert "not authorized to perform: glue:DeleteTable" in world.failure("DROP TABLE sales.orders", READER)
    assert table(world)
