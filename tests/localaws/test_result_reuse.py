"""Results that are given again: to whom, for what, for how long, and when they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.lakeformation.service import LakeFormationService
from tests.localaws.athena_world import ACCOUNT, OWNER, READER, World

SQL = "SELECT id, note FROM sales.orders ORDER BY id"
FIRST = [["id", "note"], ["1", "a"], ["2", None]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, engine=lambda: QueryEngine(made.ctx), switch=Cancel)
    made.lines("CREATE DATABASE sales")
    made.lines(
        "CREATE TABLE sales.orders WITH (external_location='s3://lake/orders/') AS "
        "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t (id, note)"
    )
    made.lines("CREATE VIEW sales.seen AS SELECT id FROM sales.orders")
    yield made
    made.close()


def asked(minutes: int | None = 60) -> dict[str, Any]:
    age = {} if minutes is None else {"MaxAgeInMinutes": minutes}
    return {"ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": True, **age}}}


def again(world: World, sql: str = SQL, caller: Caller = OWNER, **more: Any) -> bool:
    """Whether an earlier result is given for a statement."""
    done = world.run(sql, caller, **{**asked(), **more})
    assert done["Status"]["State"] == "SUCCEEDED", done["Status"]
    return bool(done["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"])


def test_a_result_is_given_again_without_a_scan_although_the_data_changed(world: World) -> None:
    first = world.run(SQL)
    world.lines("INSERT INTO sales.orders VALUES (3, 'c')")
    second = world.run(SQL, **asked())
    assert second["QueryExecutionId"] != first["QueryExecutionId"]
    assert second["Statistics"]["ResultReuseInformation"] == {"ReusedPreviousResult": True}
    assert (second["Statistics"]["DataScannedInBytes"], first["Statistics"]["DataScannedInBytes"] > 0) == (0, True)
    assert second["ResultConfiguration"] == first["ResultConfiguration"]
    assert second["ResultReuseConfiguration"] == asked()["ResultReuseConfiguration"]
    assert world.rows(second["QueryExecutionId"]) == FIRST
    assert world.lines(SQL) == [*FIRST, ["3", "c"]], "without the setting the query runs"


def test_a_result_is_given_again_after_a_restart_and_its_age_counts_from_its_own_run(world: World) -> None:
    world.run(SQL)
    world.close()
    world.start(engine=lambda: QueryEngine(world.ctx), switch=Cancel)
    assert again(world, **asked(None))
    assert again(world)
    assert not again(world, **asked(0))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id FROM sales.orders WHERE random() < 2",
        "SELECT id, now() AS at FROM sales.orders",
        "SELECT id, CURRENT_DATE AS at FROM sales.orders",
        "SELECT uuid()",
        "SELECT count(*) FROM information_schema.tables",
        "SHOW TABLES IN sales",
        "EXPLAIN SELECT 1",
    ],
)
def test_what_differs_from_run_to_run_runs(world: World, sql: str) -> None:
    world.run(sql)
    assert not again(world, sql)


def test_parameters_texts_databases_and_folders_are_part_of_the_question(world: World) -> None:
    by = {"ExecutionParameters": ["1"]}
    sql = "SELECT note FROM orders WHERE id = ?"
    there = {"QueryExecutionContext": {"Database": "sales"}}
    world.run(sql, **by, **there)
    assert again(world, sql, **by, **there)
    assert not again(world, sql, ExecutionParameters=["2"], **there)
    assert not again(world, f"{sql} AND true", **by, **there)
    assert not again(world, sql, ResultConfiguration={"OutputLocation": "s3://results/other/"}, **by, **there)
    world.lines("CREATE DATABASE other")
    world.lines("CREATE TABLE other.orders WITH (external_location='s3://lake/other/') AS SELECT 1 AS id, 'z' AS note")
    assert not again(world, sql, QueryExecutionContext={"Database": "other"}, **by)


def test_nobody_is_given_anothers_result_nor_one_whose_file_he_may_not_read(world: World) -> None:
    world.run(SQL)
    assert not again(world, caller=READER)
    assert again(world, caller=READER)
    world.policies.deny(READER, "s3:GetObject", "results")
    assert not again(world, caller=READER)


def test_a_result_that_is_gone_is_made_anew(world: World) -> None:
    done = world.run(SQL)
    world.objects.delete("results", done["ResultConfiguration"]["OutputLocation"].removeprefix("s3://results/"))
    assert not again(world)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE sales.orders ADD COLUMNS (more string)",
        "CREATE OR REPLACE VIEW sales.seen AS SELECT id FROM sales.orders WHERE id > 1",
    ],
)
def test_a_changed_table_or_view_makes_the_result_a_different_one(world: World, change: str) -> None:
    sql = "SELECT id FROM sales.seen"
    world.run(sql)
    assert again(world, sql)
    world.lines(change)
    assert not again(world, sql)


@pytest.fixture
def grant(world: World) -> Callable[..., None]:
    """The world with Lake Formation deciding about sales.orders; grants to the reader."""
    handlers = LakeFormationService(world.ctx).handlers
    root_arn = f"arn:aws:iam::{ACCOUNT}:root"
    settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": OWNER.principal}]}
    handlers["PutDataLakeSettings"](Caller(ACCOUNT, root_arn, root_arn, "AKIA"), {"DataLakeSettings": settings})
    place = {"ResourceArn": "arn:aws:s3:::lake", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/lf"}
    handlers["RegisterResource"](OWNER, place)
    table = {"DatabaseName": "sales", "Name": "orders"}
    everyone = {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}
    handlers["RevokePermissions"](OWNER, {"Principal": everyone, "Resource": {"Table": table}, "Permissions": ["ALL"]})
    who = {"DataLakePrincipalIdentifier": READER.principal}

    def change(operation: str = "GrantPermissions", **more: Any) -> None:
        resource = {"TableWithColumns": {**table, **more}} if more else {"Table": table}
        handlers[operation](OWNER, {"Principal": who, "Resource": resource, "Permissions": ["SELECT"]})

    return change


def test_a_revoked_reader_is_not_given_what_he_once_read(world: World, grant: Callable[..., None]) -> None:
    grant()
    world.run(SQL, READER)
    assert again(world, caller=READER)
    grant("RevokePermissions")
    assert "does not exist" in world.failure(SQL, READER, **asked()) or "Insufficient" in world.failure(SQL, READER)
    grant(ColumnNames=["id"])
    assert "cannot be resolved" in world.failure(SQL, READER, **asked())


def test_a_reader_of_some_columns_always_asks_anew_as_on_athena(world: World, grant: Callable[..., None]) -> None:
    grant(ColumnNames=["id"])
    world.run("SELECT id FROM sales.orders", READER)
    assert not again(world, "SELECT id FROM sales.orders", READER)
