"""Queries need their caller's identity policies as well as Lake Formation's grants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryFailure
from mesh_core.localaws.athena.views import encode
from tests.localaws.engine_world import ACCOUNT, World, arn, caller

PEOPLE = "SELECT id FROM people ORDER BY id"
DATA_ACCESS = "lakeformation:GetDataAccess"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.table("people", {"id": "bigint"}, keys={"year": "int"})
    made.partition("people", ["2024"], "s3://lake/people/year=2024/")
    made.parquet("people/year=2024/p.parquet", "SELECT * FROM (VALUES (1::BIGINT), (2)) t(id)")
    made.table("flat", {"id": "bigint"})
    made.parquet("flat/p.parquet", "SELECT 3::BIGINT AS id")
    for role in ("analyst", "owner", "guest"):
        made.grant_table(role, "people")
    yield made
    made.close()


def view(world: World, name: str, sql: str, **more: Any) -> None:
    known = world.engine.describe(caller("admin"), sql, "shop")
    world.catalog.create_table("shop", encode(name, sql, "shop", known) | more, arn("admin"))
    world.ctx.lake.table_created(caller("admin"), "shop", name)


def protected(world: World, name: str, sql: str, definer: str) -> None:
    text = {"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": sql}
    bases = [f"arn:aws:glue:us-east-1:{ACCOUNT}:table/shop/people"]
    view(world, name, sql, ViewDefinition={"Definer": arn(definer), "SubObjects": bases, "Representations": [text]})


@pytest.mark.parametrize(
    ("action", "sql"),
    [
        ("glue:GetTable", PEOPLE),
        ("glue:GetTable", "SELECT count(*) FROM flat"),
        ("glue:GetPartitions", PEOPLE),
        ("glue:GetPartitions", 'SELECT * FROM "people$partitions"'),
        ("glue:GetDatabases", "SELECT * FROM information_schema.schemata"),
        ("glue:GetDatabases", "SELECT * FROM information_schema.tables"),
        (DATA_ACCESS, PEOPLE),
        (DATA_ACCESS, "SELECT count(*) FROM flat"),
    ],
)
def test_a_query_is_refused_where_iam_denies_what_it_needs(world: World, action: str, sql: str) -> None:
    world.grant_table("analyst", "flat")
    before = world.rows(sql, "analyst")
    world.iam.denied.add(("analyst", action))
    refusal = world.error(sql, "analyst")
    assert refusal.startswith("PERMISSION_DENIED: ") and action in refusal
    world.iam.denied.clear()
    assert world.rows(sql, "analyst") == before


@pytest.mark.parametrize("action", ["glue:GetTable", DATA_ACCESS])
def test_a_statement_that_one_session_ran_is_asked_again_for_another_of_the_same_name(
    world: World, action: str
) -> None:
    wide, narrow = caller("analyst"), replace(caller("analyst"), access_key_id="ASIANARROW")
    world.iam.denied.add(("ASIANARROW", action))
    world.engine.select(wide, PEOPLE, "shop", world.out, Cancel())
    with pytest.raises(QueryFailure, match="PERMISSION_DENIED"):
        world.engine.select(narrow, PEOPLE, "shop", world.out, Cancel())


def test_iam_is_asked_before_anything_is_said_about_the_table(world: World) -> None:
    world.iam.denied.add(("analyst", "glue:GetTable"))
    for sql in ("SELECT nosuch FROM people", "SELECT 1 FROM flat", "SELECT 1 FROM nothing"):
        assert "glue:GetTable" in world.error(sql, "analyst")


def test_data_outside_of_registered_locations_needs_no_data_access(world: World) -> None:
    world.ctx.objects.buckets.create("open", "us-east-1")  # type: ignore[attr-defined]
    world.ctx.objects.put("open", "t/p.parquet", world.ctx.objects.get("lake", "flat/p.parquet"))
    world.table("outside", {"id": "bigint"}, location="s3://open/t/")
    world.iam.denied.add(("admin", DATA_ACCESS))
    assert world.rows("SELECT id FROM outside") == [["3"]]


def test_databases_whose_tables_iam_does_not_list_have_none_in_information_schema(world: World) -> None:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop'"
    assert world.rows(sql, "analyst") == [["people"]]
    world.iam.denied.add(("analyst", "glue:GetTables"))
    assert world.rows(sql, "analyst") == []


def test_a_views_reader_needs_iams_permission_on_its_bases(world: World) -> None:
    view(world, "ids", "SELECT id FROM people")
    world.grant_table("analyst", "ids")
    assert world.rows("SELECT id FROM ids ORDER BY id", "analyst") == [["1"], ["2"]]
    world.iam.denied.add(("analyst", "glue:GetPartitions"))
    assert "glue:GetPartitions" in world.error("SELECT id FROM ids", "analyst")


@pytest.mark.parametrize(
    ("role", "action", "refusal"),
    [
        ("owner", "glue:GetTable", "INVALID_VIEW: line 1:16: Failed analyzing stored view"),
        ("owner", DATA_ACCESS, "role/owner needs lakeformation:GetDataAccess"),
        ("reader", "glue:GetTable", "is not authorized to perform: glue:GetTable"),
        ("reader", DATA_ACCESS, "role/reader needs lakeformation:GetDataAccess"),
    ],
)
def test_a_protected_view_needs_iams_permission_of_its_definer_and_its_reader(
    world: World, role: str, action: str, refusal: str
) -> None:
    protected(world, "safe", "SELECT id FROM people", "owner")
    world.grant_table("reader", "safe")
    assert world.rows("SELECT id FROM safe ORDER BY id", "reader") == [["1"], ["2"]]
    world.iam.denied.add((role, action))
    assert refusal in world.error("SELECT id FROM safe", "reader")


def test_what_the_reader_may_not_do_to_a_base_is_no_matter_to_a_protected_view(world: World) -> None:
    protected(world, "safe", "SELECT id FROM people", "owner")
    world.grant_table("reader", "safe")
    world.iam.denied.add(("reader", "glue:GetPartitions"))
    assert world.rows("SELECT id FROM safe ORDER BY id", "reader") == [["1"], ["2"]]
