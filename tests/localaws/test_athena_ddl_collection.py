"""The collection of Athena's DDL: each statement does what Athena does, or is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine
from mesh_core.localaws.aws_error import AwsError
from tests.localaws.athena_world import OWNER, World

IN_DB: dict[str, Any] = {"QueryExecutionContext": {"Database": "db"}}
TEXTS = [
    text.strip().replace("s3://b/", "s3://lake/")
    for text in (Path(__file__).parents[1] / "conformance" / "athena_ddl.txt").read_text().split("\n;;\n")
]
PRELUDE = (
    "CREATE DATABASE db",
    "CREATE EXTERNAL TABLE orders (id bigint, amount decimal(12,2), tags array<string>, m map<string,int>, "
    "s struct<a:int,b:string>) PARTITIONED BY (dt string, region string) STORED AS PARQUET LOCATION 's3://lake/orders/'",
    "ALTER TABLE orders ADD PARTITION (dt='a', region='eu')",
    "CREATE VIEW v AS SELECT id FROM orders",
    "PREPARE p FROM SELECT * FROM orders WHERE id = ? AND dt = ?",
)
NOT_HERE = "runs on Athena but not on the local engine"
# The beginning of a statement -> why it does not succeed. All others do.
ENDS: dict[str, str] = {
    "CREATE TABLE ice ": NOT_HERE,
    "CREATE TABLE ctas ": NOT_HERE,  # bucketed
    "CREATE TABLE ictas ": NOT_HERE,
    "CREATE PROTECTED MULTI": "ALREADY_EXISTS",
    "CREATE SCHEMA db": "AlreadyExistsException",
    "ALTER TABLE orders RENAME PARTITION (dt='a')": "doesn't contain all (2) partition columns",
    "ALTER TABLE orders PARTITION (dt='a') SET": "doesn't contain all (2) partition columns",
    "ALTER TABLE orders CHANGE COLUMN a b": "Invalid column reference a",
    "ALTER TABLE ice ": NOT_HERE,
    "ALTER VIEW DIALECT": NOT_HERE,
    "EXPLAIN (FORMAT JSON": NOT_HERE,
    "EXPLAIN ANALYZE": NOT_HERE,
    "DELETE": NOT_HERE,
    "UPDATE": NOT_HERE,
    "MERGE": NOT_HERE,
    "OPTIMIZE": NOT_HERE,
    "VACUUM": NOT_HERE,
    "SELECT * FROM ice FOR": NOT_HERE,
    'SELECT * FROM "db"."ice$history"': "TABLE_NOT_FOUND",
    "PREPARE p": "Prepared statement p already exists",
    "USING EXTERNAL FUNCTION": NOT_HERE,
    "SHOW FUNCTIONS": NOT_HERE,
    # Trino and Hive know these; Athena's parser does not.
    "CREATE TABLE t2 LIKE": "mismatched input 'LIKE'",
    "TRUNCATE": "mismatched input 'TRUNCATE'",
    "SHOW STATS": "mismatched input 'SHOW'",
    "ANALYZE": "mismatched input 'ANALYZE'",
    "SHOW SESSION": "mismatched input 'SHOW'",
    "SET SESSION": "mismatched input 'SET'",
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One account for all statements: making one costs more than making the tables anew."""
    made = World(tmp_path_factory.mktemp("ddl"), engine=lambda: QueryEngine(made.ctx), switch=Cancel)
    yield made
    made.close()


@pytest.fixture
def world(prepared: World) -> World:
    for database in prepared.catalog.databases():
        prepared.catalog.delete_database(database["Name"])
    for key in prepared.keys("lake"):
        prepared.objects.delete("lake", key)
    prepared.run("DEALLOCATE PREPARE p")
    prepared.lines("CREATE DATABASE sales")
    for statement in PRELUDE:
        prepared.lines(statement, **IN_DB)
    return prepared


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:50])
def test_a_statement_does_what_athena_does_or_is_refused_by_name(world: World, text: str) -> None:
    expected = next((why for start, why in ENDS.items() if text.startswith(start)), None)
    try:
        status = world.run(text, OWNER, **IN_DB)["Status"]
    except AwsError as error:
        status = {"State": "REFUSED", "StateChangeReason": error.message}

    reason = status.get("StateChangeReason", "")
    assert "INTERNAL" not in reason
    if expected is None:
        assert status["State"] == "SUCCEEDED", reason
    else:
        assert expected in reason
