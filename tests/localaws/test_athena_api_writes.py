"""CTAS, INSERT, UNLOAD and views with the real engine: what they leave, as whom, and that a failure leaves nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine
from mesh_core.localaws.athena.executions import Execution
from mesh_core.localaws.athena.failures import QueryCancelled
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation.service import LakeFormationService
from mesh_core.localaws.s3 import index
from tests.localaws.athena_world import ACCOUNT, OWNER, READER, World

IN_SALES: dict[str, Any] = {"QueryExecutionContext": {"Database": "sales"}}
ROWS = "SELECT * FROM (VALUES (1, 'a', 'eu'), (2, NULL, 'eu'), (3, 'c', 'us')) AS t (id, note, region)"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, engine=lambda: QueryEngine(made.ctx), switch=Cancel)
    made.lines("CREATE DATABASE sales")
    yield made
    made.close()


def read(world: World, table: str, caller: Caller = OWNER) -> list[Any]:
    return world.lines(f"SELECT * FROM {table} ORDER BY 1", caller, **IN_SALES)[1:]


def test_ctas_makes_a_table_of_the_querys_rows(world: World) -> None:
    done = world.run(f"CREATE TABLE orders WITH (external_location='s3://lake/orders/') AS {ROWS}", **IN_SALES)

    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    assert done["ResultConfiguration"]["OutputLocation"].endswith(f"tables/{done['QueryExecutionId']}")
    written = world.text(done["Statistics"]["DataManifestLocation"]).split()
    assert written == [f"s3://lake/{key}" for key in world.keys("lake")]
    assert read(world, "orders") == [["1", "a", "eu"], ["2", None, "eu"], ["3", "c", "us"]]
    results = world.call("GetQueryResults", {"QueryExecutionId": done["QueryExecutionId"]})
    assert (results["UpdateCount"], results["ResultSet"]["Rows"]) == (3, [])


def test_ctas_partitions_by_its_last_columns(world: World) -> None:
    world.lines(
        "CREATE TABLE orders WITH (external_location='s3://lake/orders/', partitioned_by=ARRAY['region'], "
        f"format='JSON') AS {ROWS}",
        **IN_SALES,
    )

    assert world.lines("SHOW PARTITIONS sales.orders") == ["region=eu", "region=us"]
    assert {key.split("/")[1] for key in world.keys("lake")} == {"region=eu", "region=us"}
    assert world.lines("SELECT id FROM sales.orders WHERE region = 'us'") == ["id", "3"]


def test_ctas_without_a_place_lies_under_the_results(world: World) -> None:
    done = world.run("CREATE TABLE sales.small AS SELECT 1 AS a")

    place = world.catalog.table("sales", "small")["StorageDescriptor"]["Location"]
    assert place == f"s3://results/athena/tables/{done['QueryExecutionId']}/"
    assert read(world, "small") == ["1"]


def test_ctas_with_no_data_has_columns_only(world: World) -> None:
    world.lines("CREATE TABLE sales.empty AS SELECT 1 AS a, 'x' AS b WITH NO DATA")

    assert [line.split()[:2] for line in world.lines("DESCRIBE sales.empty")] == [["a", "int"], ["b", "varchar(1)"]]
    assert read(world, "empty") == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE TABLE sales.t AS SELECT 1", "Column name not specified at position 1"),
        ("CREATE TABLE sales.t AS SELECT 1 AS a, 2 AS A", "specified more than once"),
        ("CREATE TABLE sales.t AS SELECT NULL AS a", "Column type is unknown"),
        ("CREATE TABLE sales.t AS SELECT TIME '01:00' AS a", "Unsupported Hive type"),
        (
            "CREATE TABLE sales.t AS SELECT ARRAY[ROW('x', 3)] AS a",
            "Anonymous row type is not supported in Hive. Please give each field a name: row(varchar(1), integer)",
        ),
        ("CREATE TABLE sales.t WITH (partitioned_by=ARRAY['a']) AS SELECT 1 AS a, 2 AS b", "must be the last columns"),
        ("CREATE TABLE sales.t WITH (colour='red') AS SELECT 1 AS a", "table property 'colour' does not exist"),
        ("CREATE TABLE sales.t WITH (format='XML') AS SELECT 1 AS a", "Unknown format XML"),
        ("CREATE TABLE sales.t WITH (format='ORC') AS SELECT 1 AS a", "runs on Athena but not on the local engine"),
        ("CREATE TABLE sales.t WITH (table_type='ICEBERG') AS SELECT 1 AS a", "runs on Athena but not on the local"),
        ("CREATE TABLE sales.t WITH (external_location='s3://lake/old/') AS SELECT 1 AS a", "already exists"),
        ("CREATE TABLE sales.old AS SELECT 1 AS a", "already exists"),
        ("CREATE TABLE nowhere.t AS SELECT 1 AS a", "nowhere"),
        ("CREATE TABLE sales.t AS SELECT x AS a FROM sales.old", "COLUMN_NOT_FOUND"),
        ("CREATE TABLE sales.t AS SELECT 1 / (a - a) AS b FROM sales.old", "DIVISION_BY_ZERO"),
        ("INSERT INTO sales.nothing VALUES 1", "Table not found"),
        ("INSERT INTO sales.old VALUES (1, 2)", "columns"),
        ("INSERT INTO sales.old VALUES ARRAY[1]", "mismatched column types"),
        ("INSERT INTO sales.old (b) VALUES 1", "does not exist in target table"),
        ("UNLOAD (SELECT 1 AS a) TO 's3://lake/old/' WITH (format='PARQUET')", "already exists"),
        ("UNLOAD (SELECT 1 AS a) TO 'here' WITH (format='PARQUET')", "no folder in S3"),
        ("UNLOAD (SELECT 1 AS a) TO 's3://nowhere/x/' WITH (format='PARQUET')", "NoSuchBucket"),
        ("CREATE VIEW sales.v AS SELECT 1", "Column name not specified"),
        ("CREATE VIEW sales.v AS SELECT x FROM sales.nothing", "sales.nothing"),
        ("CREATE VIEW sales.old AS SELECT 1 AS a", "already exists"),
        ("CREATE OR REPLACE VIEW sales.old AS SELECT 1 AS a", "already exists"),
    ],
)
def test_a_write_that_can_not_be_done_leaves_nothing(world: World, sql: str, why: str) -> None:
    world.lines("CREATE TABLE sales.old WITH (external_location='s3://lake/old/') AS SELECT 1 AS a")
    tables, files, results = world.lines("SHOW TABLES IN sales"), world.keys("lake"), world.keys("results")

    assert why in world.failure(sql)
    assert world.lines("SHOW TABLES IN sales") == tables
    assert world.keys("lake") == files
    assert [key for key in world.keys("results") if key not in results and ".txt" not in key] == []
    assert list(world.ctx.temp.glob("*.export")) == []


def test_insert_adds_rows_beside_the_old_ones(world: World) -> None:
    world.lines(f"CREATE TABLE orders WITH (external_location='s3://lake/orders/') AS {ROWS}", **IN_SALES)
    done = world.run("INSERT INTO orders VALUES (4, 'd', 'us'), (5, 'e', 'eu')", **IN_SALES)
    world.lines("INSERT INTO orders (region, id) SELECT 'xx', 6", **IN_SALES)

    assert done["SubstatementType"] == "INSERT"
    assert world.call("GetQueryResults", {"QueryExecutionId": done["QueryExecutionId"]})["UpdateCount"] == 2
    assert [row[0] for row in read(world, "orders")] == ["1", "2", "3", "4", "5", "6"]
    assert read(world, "orders")[5] == ["6", None, "xx"]


def test_insert_registers_new_partitions_and_uses_old_ones_where_they_lie(world: World) -> None:
    world.lines(
        "CREATE EXTERNAL TABLE sales.days (id int) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/days/'"
    )
    world.lines("ALTER TABLE sales.days ADD PARTITION (dt='a') LOCATION 's3://lake/apart/'")
    world.lines("INSERT INTO sales.days VALUES (1, 'a'), (2, 'b'), (3, 'x/y')")

    assert world.lines("SHOW PARTITIONS sales.days") == ["dt=a", "dt=b", "dt=x%2Fy"]
    assert [key.rpartition("/")[0] for key in world.keys("lake")] == ["apart", "days/dt=b", "days/dt=x%2Fy"]
    assert read(world, "days") == [["1", "a"], ["2", "b"], ["3", "x/y"]]


def test_insert_writes_text_tables_as_their_serde_reads_them(world: World) -> None:
    world.lines(
        "CREATE EXTERNAL TABLE sales.lines (id int, note string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' "
        "LOCATION 's3://lake/lines/'"
    )
    world.lines("INSERT INTO sales.lines VALUES (1, 'a'), (2, NULL)")

    assert world.objects.get("lake", world.keys("lake")[0]) == b"1|a\n2|\\N\n"
    assert read(world, "lines") == [["1", "a"], ["2", None]]


def test_unload_writes_files_and_lists_them(world: World) -> None:
    done = world.run(f"UNLOAD ({ROWS}) TO 's3://lake/out/' WITH (format='PARQUET', partitioned_by=ARRAY['region'])")

    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    listed = world.text(done["Statistics"]["DataManifestLocation"]).split()
    assert listed == [f"s3://lake/{key}" for key in world.keys("lake")]
    assert [key.split("/")[1] for key in world.keys("lake")] == ["region=eu", "region=us"]


def test_a_view_is_made_shown_replaced_and_dropped(world: World) -> None:
    world.lines(f"CREATE TABLE orders WITH (external_location='s3://lake/orders/') AS {ROWS}", **IN_SALES)
    world.lines("CREATE VIEW per_region AS SELECT region, count(*) AS n FROM orders GROUP BY region", **IN_SALES)

    assert world.lines("SELECT n FROM sales.per_region ORDER BY n") == ["n", "1", "2"]
    assert world.lines("SHOW VIEWS IN sales") == ["per_region"]
    assert world.lines("DESCRIBE sales.per_region") == ["region\tvarchar(2)", "n\tbigint"]
    shown = "\n".join(world.lines("SHOW CREATE VIEW sales.per_region"))
    assert shown == ("CREATE VIEW sales.per_region AS\nSELECT region, count(*) AS n FROM orders GROUP BY region")
    assert "is a view: use DROP VIEW" in world.failure("DROP TABLE sales.per_region")
    assert "already exists" in world.failure("CREATE VIEW sales.per_region AS SELECT 1 AS a")
    world.lines("CREATE OR REPLACE VIEW sales.per_region AS SELECT 1 AS a")
    assert world.lines("SELECT * FROM sales.per_region") == ["a", "1"]
    assert "Inserting into views is not supported" in world.failure("INSERT INTO sales.per_region VALUES 1")
    world.lines("DROP VIEW sales.per_region")
    assert world.lines("SHOW TABLES IN sales") == ["orders"]


def test_parameters_take_their_place_in_statements_that_write(world: World) -> None:
    world.lines("CREATE TABLE sales.t AS SELECT ? AS a, ? AS b", ExecutionParameters=["7", "'it''s ?'"])
    world.run("PREPARE more FROM INSERT INTO sales.t SELECT ?, ?")
    world.lines("EXECUTE more USING 8, 'x'")

    assert read(world, "t") == [["7", "it's ?"], ["8", "x"]]


def test_who_may_not_write_the_place_writes_nothing(world: World) -> None:
    world.policies.deny(READER, "s3:PutObject", "lake/")
    sql = "CREATE TABLE sales.t WITH (external_location='s3://lake/t/') AS SELECT 1 AS a"

    assert "AccessDenied" in world.failure(sql, READER)
    assert (world.lines("SHOW TABLES IN sales"), world.keys("lake")) == ([], [])


def test_an_enforced_work_group_refuses_a_place_of_ones_own(world: World) -> None:
    enforced = {"ResultConfiguration": {"OutputLocation": "s3://results/team/"}}
    world.call("CreateWorkGroup", {"Name": "team", "Configuration": enforced})
    sql = "CREATE TABLE sales.t WITH (external_location='s3://lake/t/') AS SELECT 1 AS a"

    assert "enforces a centralized output location" in world.failure(sql, WorkGroup="team")
    world.lines("CREATE TABLE sales.t AS SELECT 1 AS a", WorkGroup="team")
    assert world.catalog.table("sales", "t")["StorageDescriptor"]["Location"].startswith("s3://results/team/tables/")


CTAS_OF_TWO = (
    "CREATE TABLE sales.t WITH (external_location='s3://lake/t/', partitioned_by=ARRAY['b']) AS SELECT 1 AS a, 2 AS b"
)
INSERT_OF_ONE = "INSERT INTO sales.days VALUES (1, 'new')"
UNLOAD_OF_ONE = "UNLOAD (SELECT 1 AS a) TO 's3://lake/t/' WITH (format='PARQUET')"


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        (CTAS_OF_TWO, "manifest"),
        (CTAS_OF_TWO, "catalog"),
        (INSERT_OF_ONE, "manifest"),
        (INSERT_OF_ONE, "catalog"),
        (UNLOAD_OF_ONE, "manifest"),
    ],
)
def test_a_failure_after_the_files_were_written_takes_them_away(
    world: World, monkeypatch: pytest.MonkeyPatch, sql: str, broken: str
) -> None:
    world.lines(
        "CREATE EXTERNAL TABLE sales.days (id int) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/days/'"
    )
    real_stage = world.objects.stage

    def stage(bucket: str, key: str, *rest: Any) -> Any:
        if broken == "manifest" and key.endswith("-manifest.csv"):
            raise AwsError("SlowDown", "the disk is full")
        return real_stage(bucket, key, *rest)

    def no_partitions(*_: Any) -> Any:
        raise AwsError("InternalServiceException", "the catalog is gone")

    monkeypatch.setattr(world.objects, "stage", stage)
    if broken == "catalog":
        monkeypatch.setattr(world.catalog, "create_partitions", no_partitions)

    assert world.failure(sql)
    assert world.keys("lake") == []
    assert world.lines("SHOW TABLES IN sales") == ["days"]
    assert world.lines("SHOW PARTITIONS sales.days") == []


def test_a_cancel_after_the_files_were_written_takes_them_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real_stage = world.objects.stage

    def stage(bucket: str, key: str, *rest: Any) -> Any:
        staged = real_stage(bucket, key, *rest)
        if bucket == "lake":
            for execution in world.athena._pool.live():
                world.athena._pool.stop(execution.id, "Query was canceled by the user", 0)
        return staged

    monkeypatch.setattr(world.objects, "stage", stage)
    done = world.run("CREATE TABLE sales.t WITH (external_location='s3://lake/t/') AS SELECT 1 AS a")

    assert done["Status"]["State"] == "CANCELLED"
    assert (world.lines("SHOW TABLES IN sales"), world.keys("lake")) == ([], [])
    assert issubclass(QueryCancelled, Exception)


@pytest.mark.parametrize(
    "sql", [CTAS_OF_TWO, INSERT_OF_ONE, UNLOAD_OF_ONE, "CREATE VIEW sales.v AS SELECT 1 AS a", "DROP TABLE sales.days"]
)
def test_what_a_statement_leaves_and_its_success_are_recorded_together_or_not_at_all(
    world: World, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    world.lines(
        "CREATE EXTERNAL TABLE sales.days (id int) PARTITIONED BY (dt string) STORED AS PARQUET LOCATION 's3://lake/days/'"
    )
    real_save, before = world.athena._history.save, world.keys("results")

    def save(execution: Execution) -> None:
        if execution.state == "SUCCEEDED":
            raise sqlite3.OperationalError("database or disk is full")
        real_save(execution)

    with monkeypatch.context() as patched:
        patched.setattr(world.athena._history, "save", save)
        assert "The query left nothing" in world.failure(sql)
    assert (world.keys("lake"), world.keys("results")) == ([], before)
    assert world.lines("SHOW TABLES IN sales") == ["days"]
    assert world.lines("SHOW PARTITIONS sales.days") == []
    on_disk = {f"{file.parent.name}/{file.name}" for file in (world.folder / "objects").glob("*/*")}
    with world.ctx.store.read() as db:
        assert on_disk == index.known_files(db)


def test_the_record_of_a_success_is_not_overwritten_by_an_older_one_of_the_run(world: World) -> None:
    done = world.run("SELECT 1")
    history = world.athena._history
    finished = history.get(done["QueryExecutionId"])
    assert finished is not None
    history.save(replace(finished, state="RUNNING"))
    assert history.get(finished.id) == finished


def govern(world: World) -> Any:
    """Lake Formation decides, s3://lake is registered; returns `grant(resource, *permissions)` for READER."""
    handlers = LakeFormationService(world.ctx).handlers
    root_arn = f"arn:aws:iam::{ACCOUNT}:root"
    settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OWNER.principal}]}
    handlers["PutDataLakeSettings"](Caller(ACCOUNT, root_arn, root_arn, "AKIA"), {"DataLakeSettings": settings})
    everyone = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    resources = [{"Table": {"DatabaseName": "sales", "Name": name}} for name in world.lines("SHOW TABLES IN sales")]
    for resource in (*resources, {"Database": {"Name": "sales"}}):
        handlers["RevokePermissions"](OWNER, {"Principal": everyone, "Resource": resource, "Permissions": ["ALL"]})
    handlers["RegisterResource"](
        OWNER, {"ResourceArn": "arn:aws:s3:::lake", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/lf"}
    )
    world.policies.deny(READER, "s3:", "lake")

    def grant(resource: dict[str, Any], *permissions: str, option: bool = False) -> None:
        who = {"DataLakePrincipalIdentifier": READER.principal}
        extra = {"PermissionsWithGrantOption": list(permissions)} if option else {}
        handlers["GrantPermissions"](
            OWNER, {"Principal": who, "Resource": resource, "Permissions": list(permissions), **extra}
        )

    return grant


DATABASE = {"Database": {"Name": "sales"}}
OLD = {"Table": {"DatabaseName": "sales", "Name": "old"}}


@pytest.fixture
def lake(world: World) -> World:
    world.lines("CREATE TABLE sales.old WITH (external_location='s3://lake/old/') AS SELECT 1 AS a, 'x' AS b")
    return world


def test_insert_into_a_registered_place_needs_the_grant_and_no_rights_on_s3(lake: World) -> None:
    grant = govern(lake)
    grant(OLD, "SELECT")
    assert "Insufficient" in lake.failure("INSERT INTO sales.old VALUES (2, 'y')", READER)

    grant(OLD, "INSERT")
    lake.lines("INSERT INTO sales.old VALUES (2, 'y')", READER)
    assert read(lake, "old", READER) == [["1", "x"], ["2", "y"]]


def test_ctas_in_a_registered_place_needs_the_database_and_the_place(lake: World) -> None:
    grant = govern(lake)
    grant(OLD, "SELECT")
    sql = "CREATE TABLE sales.mine WITH (external_location='s3://lake/mine/') AS SELECT a FROM sales.old"
    assert "Insufficient" in lake.failure(sql, READER)
    grant(DATABASE, "CREATE_TABLE", "DESCRIBE")
    assert "Data Location Access" in lake.failure(sql, READER)

    grant({"DataLocation": {"ResourceArn": "arn:aws:s3:::lake/mine"}}, "DATA_LOCATION_ACCESS")
    lake.lines(sql, READER)
    assert read(lake, "mine", READER) == ["1"]


def test_who_may_not_make_tables_does_not_learn_which_names_are_taken(lake: World) -> None:
    grant = govern(lake)
    lake.lines("CREATE TABLE sales.hidden AS SELECT 1 AS a")
    grant(OLD, "SELECT")
    taken, free = (
        [lake.failure(f"{what} sales.{name} AS SELECT 1 AS a", READER) for what in ("CREATE TABLE", "CREATE VIEW")]
        for name in ("hidden", "free")
    )

    assert [each.replace("free", "hidden") for each in free] == taken


def test_a_view_needs_select_on_its_bases_and_create_table_on_the_database(lake: World) -> None:
    grant = govern(lake)
    sql = "CREATE VIEW sales.v AS SELECT a FROM sales.old"
    grant(DATABASE, "CREATE_TABLE", "DESCRIBE")
    assert any(word in lake.failure(sql, READER) for word in ("Insufficient", "does not exist"))

    grant(OLD, "SELECT")
    lake.lines(sql, READER)
    assert read(lake, "v", READER) == ["1"]


def test_a_protected_view_needs_a_definer_who_may_pass_everything_on(lake: World) -> None:
    grant = govern(lake)
    sql = "CREATE PROTECTED MULTI DIALECT VIEW sales.v SECURITY DEFINER AS SELECT a FROM sales.old"
    grant(DATABASE, "CREATE_TABLE", "DESCRIBE")
    grant(OLD, "SELECT")
    assert "Insufficient Lake Formation permission(s): the definer needs" in lake.failure(sql, READER)

    grant(OLD, "SELECT", option=True)
    lake.lines(sql, READER)
    definition = lake.catalog.table("sales", "v")["ViewDefinition"]
    assert definition["Definer"] == READER.principal
    assert definition["SubObjects"] == [f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/sales/old"]
    assert read(lake, "v", READER) == ["1"]


def test_a_closed_endpoint_keeps_no_connections(world: World) -> None:
    world.lines("SELECT 1 AS one")
    engine = world.athena._engine.get()
    world.close()
    waiting = engine._connections
    assert waiting._spares.empty() and waiting._used.empty()
    assert not list(world.ctx.temp.glob("spill-*"))
    waiting.refill()
    for thread in threading.enumerate():
        if thread.name == "athena-spares":
            thread.join(20)
    assert waiting._spares.empty()
