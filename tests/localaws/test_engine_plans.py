"""A statement that was compiled once is used again only while everything that it rests on is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryFailure
from mesh_core.localaws.athena.views import encode
from tests.localaws.engine_world import ACCOUNT, World, arn, caller

LENT = {"Table": {"DatabaseName": "shop", "Name": "people"}}
PEOPLE = "SELECT * FROM people ORDER BY 1"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.table("people", {"id": "bigint", "name": "string", "email": "string"})
    made.parquet(
        "people/1.parquet",
        "SELECT * FROM (VALUES (1::BIGINT, 'ada', 'a@x'), (2, 'bob', 'b@x')) t(id, name, email)",
    )
    yield made
    made.close()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were compiled, one entry for each time."""
    from mesh_core.localaws.athena import engine

    found: list[str] = []
    real = engine.compile_query
    monkeypatch.setattr(engine, "compile_query", lambda *given: found.append(given[2]) or real(*given))
    return found


def revoke(world: World, role: str, resource: dict[str, Any], *permissions: str) -> None:
    world.lf(
        "RevokePermissions",
        caller("admin"),
        Principal={"DataLakePrincipalIdentifier": arn(role)},
        Resource=resource,
        Permissions=list(permissions or ("SELECT",)),
    )


def cells(name: str, columns: list[str], rows: str) -> dict[str, Any]:
    return {
        "TableCatalogId": ACCOUNT,
        "DatabaseName": "shop",
        "TableName": "people",
        "Name": name,
        "ColumnNames": columns,
        "RowFilter": {"FilterExpression": rows},
    }


def make_view(world: World, name: str, sql: str, **more: Any) -> None:
    known = world.engine.describe(caller("admin"), sql, "shop")
    document = encode(name, sql, "shop", known) | more
    world.catalog.create_table("shop", document, arn("admin"))
    world.ctx.lake.table_created(caller("admin"), "shop", name)


def replace_view(world: World, name: str, sql: str) -> None:
    known = world.engine.describe(caller("admin"), sql, "shop")
    world.catalog.update_table("shop", encode(name, sql, "shop", known))


def test_a_repeated_query_is_compiled_once_whatever_is_granted_to_others(world: World, compiled: list[str]) -> None:
    for _ in range(2):
        world.run(PEOPLE)
    world.grant_table("somebody", "people")
    world.table("another", {"x": "int"})
    assert world.rows(PEOPLE)[0] == ["1", "ada", "a@x"]
    assert compiled == [PEOPLE]


def test_after_a_change_that_concerns_it_a_query_is_compiled_once(world: World, compiled: list[str]) -> None:
    world.grant_columns("analyst", "people", "id")
    world.run(PEOPLE, "analyst")
    world.grant_columns("analyst", "people", "name")
    for _ in range(3):
        assert world.rows(PEOPLE, "analyst") == [["1", "ada"], ["2", "bob"]]
    assert len(compiled) == 2


def test_a_grant_that_is_taken_away_is_missed_at_once_and_given_back_it_counts(world: World) -> None:
    world.grant_table("analyst", "people")
    assert len(world.rows(PEOPLE, "analyst")) == 2
    revoke(world, "analyst", LENT)
    for _ in range(2):
        assert "does not exist" in world.error(PEOPLE, "analyst")
    world.grant_table("analyst", "people")
    assert len(world.rows(PEOPLE, "analyst")) == 2


def test_a_filter_that_changes_shows_other_cells_at_once(world: World) -> None:
    world.grant_cells("analyst", "people", "some", ["id", "name"], "id = 1")
    assert world.rows(PEOPLE, "analyst") == [["1", "ada"]]
    world.lf("UpdateDataCellsFilter", caller("admin"), TableData=cells("some", ["id", "email"], "id = 2"))
    assert world.rows(PEOPLE, "analyst") == [["2", "b@x"]]


def test_a_tag_that_is_taken_off_takes_the_rights_through_it(world: World) -> None:
    admin = caller("admin")
    tag = {"TagKey": "level", "TagValues": ["open"]}
    on_table = {"Resource": LENT, "LFTags": [tag]}
    world.lf("CreateLFTag", admin, **tag)
    world.lf("AddLFTagsToResource", admin, **on_table)
    world.grant("analyst", {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [tag]}}, "SELECT")
    assert len(world.rows(PEOPLE, "analyst")) == 2
    world.lf("RemoveLFTagsFromResource", admin, **on_table)
    assert "does not exist" in world.error(PEOPLE, "analyst")


def test_a_table_with_another_column_shows_it(world: World, compiled: list[str]) -> None:
    before = world.catalog.table("shop", "people")
    assert world.rows("SELECT * FROM people WHERE id = 1") == [["1", "ada", "a@x"]]
    storage = before["StorageDescriptor"]
    fewer = {**storage, "Columns": storage["Columns"][:1]}
    world.catalog.update_table("shop", {"Name": "people", "StorageDescriptor": fewer})
    assert world.rows("SELECT * FROM people WHERE id = 1") == [["1"]]
    assert len(compiled) == 2


def test_a_table_that_is_made_anew_is_read_where_it_lies_now(world: World) -> None:
    sql = "SELECT id FROM people ORDER BY id"
    world.grant_table("analyst", "people")
    assert world.rows(sql, "analyst") == [["1"], ["2"]]
    world.catalog.delete_table("shop", "people")
    world.ctx.lake.table_dropped("shop", "people")
    assert "does not exist" in world.error(sql)
    world.parquet("moved/1.parquet", "SELECT 7::BIGINT AS id")
    world.table("people", {"id": "bigint"}, location="s3://lake/moved/")
    assert world.rows(sql) == [["7"]]
    assert "does not exist" in world.error(sql, "analyst")


def test_a_view_with_another_body_answers_by_it(world: World) -> None:
    make_view(world, "shown", "SELECT id FROM people WHERE id = 1")
    assert world.rows("SELECT * FROM shown") == [["1"]]
    replace_view(world, "shown", "SELECT id FROM people WHERE id = 2")
    assert world.rows("SELECT * FROM shown") == [["2"]]


def test_a_view_of_a_view_answers_by_the_inner_ones_new_body(world: World) -> None:
    make_view(world, "inner_one", "SELECT id FROM people WHERE id = 1")
    make_view(world, "outer_one", "SELECT id FROM inner_one")
    assert world.rows("SELECT * FROM outer_one") == [["1"]]
    replace_view(world, "inner_one", "SELECT id FROM people WHERE id = 2")
    assert world.rows("SELECT * FROM outer_one") == [["2"]]


@pytest.mark.parametrize("loser", ["definer", "reader"])
def test_a_protected_view_ends_with_the_rights_of_its_definer_or_of_its_reader(world: World, loser: str) -> None:
    text = {"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": "SELECT id FROM people"}
    bases = [f"arn:aws:glue:us-east-1:{ACCOUNT}:table/shop/people"]
    definition = {"Definer": arn("definer"), "SubObjects": bases, "Representations": [text]}
    make_view(world, "shown", "SELECT id FROM people", ViewDefinition=definition)
    world.grant_table("definer", "people")
    world.grant_table("reader", "shown")
    assert world.rows("SELECT * FROM shown ORDER BY id", "reader") == [["1"], ["2"]]
    name = "people" if loser == "definer" else "shown"
    revoke(world, loser, {"Table": {"DatabaseName": "shop", "Name": name}})
    assert world.error("SELECT * FROM shown ORDER BY id", "reader")


def test_a_partition_that_comes_or_goes_is_seen(world: World) -> None:
    world.table("days", {"x": "int"}, keys={"day": "string"})
    for number, day in enumerate(("mon", "tue")):
        world.parquet(f"days/{day}/1.parquet", f"SELECT {number}::INTEGER AS x")
    world.partition("days", ["mon"], "s3://lake/days/mon/")
    statements = "SELECT x, day FROM days ORDER BY day", 'SELECT day FROM "days$partitions" ORDER BY day'
    assert [world.rows(sql) for sql in statements] == [[["0", "mon"]], [["mon"]]]
    world.partition("days", ["tue"], "s3://lake/days/tue/")
    assert [world.rows(sql) for sql in statements] == [[["0", "mon"], ["1", "tue"]], [["mon"], ["tue"]]]
    world.catalog.delete_partition("shop", "days", ["mon"])
    assert [world.rows(sql) for sql in statements] == [[["1", "tue"]], [["tue"]]]


def test_a_file_that_comes_is_read(world: World) -> None:
    assert world.rows("SELECT count(*) FROM people") == [["2"]]
    world.parquet("people/2.parquet", "SELECT 3::BIGINT AS id, 'cyd' AS name, 'c@x' AS email")
    assert world.rows("SELECT count(*) FROM people") == [["3"]]


def test_a_link_is_followed_to_where_it_leads_now(world: World) -> None:
    world.table("others", {"id": "bigint"})
    world.parquet("others/1.parquet", "SELECT 9::BIGINT AS id")

    def link(target: str) -> dict[str, Any]:
        return {"Name": "near", "TargetTable": {"CatalogId": ACCOUNT, "DatabaseName": "shop", "Name": target}}

    world.catalog.create_table("shop", link("people"), arn("admin"))
    world.ctx.lake.table_created(caller("admin"), "shop", "near")
    assert world.rows("SELECT id FROM near ORDER BY id") == [["1"], ["2"]]
    world.catalog.update_table("shop", link("others"))
    assert world.rows("SELECT id FROM near ORDER BY id") == [["9"]]


def _wider(world: World) -> None:
    world.table("newcomer", {"x": "int"})


def _narrower(world: World) -> None:
    world.catalog.delete_table("shop", "people")
    world.ctx.lake.table_dropped("shop", "people")


@pytest.mark.parametrize(
    ("change", "names"), [(_wider, [["newcomer"], ["people"]]), (_narrower, [])], ids=["more", "fewer"]
)
def test_a_list_of_tables_is_the_one_of_now(
    world: World, change: Callable[[World], None], names: list[list[str]]
) -> None:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1"
    assert world.rows(sql) == [["people"]]
    change(world)
    assert world.rows(sql) == names


def test_what_iam_allows_later_is_in_a_list_of_tables_that_was_asked_for_before(world: World) -> None:
    sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop'"
    world.grant_table("analyst", "people")
    world.iam.denied.add(("analyst", "glue:GetTables"))
    assert world.rows(sql, "analyst") == []
    world.iam.denied.clear()
    assert world.rows(sql, "analyst") == [["people"]]
    world.iam.denied.add(("analyst", "glue:GetTables"))
    assert world.rows(sql, "analyst") == []


def test_what_one_session_compiled_says_nothing_about_another_of_the_same_role(world: World) -> None:
    sql, wide = "SELECT id, current_user FROM people WHERE id = 1", caller("admin")
    narrow = replace(wide, arn=wide.arn.replace("/test", "/other"), access_key_id="ASIANARROW")
    assert world.rows(sql) == [["1", wide.arn]]
    world.engine.select(narrow, sql, "shop", world.out, Cancel())
    assert narrow.arn in world.out.read_text()
    world.iam.denied.add(("ASIANARROW", "glue:GetTable"))
    with pytest.raises(QueryFailure, match="PERMISSION_DENIED"):
        world.engine.select(narrow, sql, "shop", world.out, Cancel())
    assert world.rows(sql) == [["1", wide.arn]]


def test_a_statement_that_could_not_be_compiled_is_tried_again(world: World) -> None:
    assert "does not exist" in world.error("SELECT 1 FROM later")
    world.table("later", {"x": "int"})
    assert world.rows("SELECT 1 FROM later") == []


def test_the_location_of_a_table_that_is_not_registered_any_more_is_read_with_the_callers_own_rights(
    world: World,
) -> None:
    world.grant_table("analyst", "people")
    assert len(world.rows(PEOPLE, "analyst")) == 2
    world.lf("DeregisterResource", caller("admin"), ResourceArn="arn:aws:s3:::lake")
    world.denied.add("analyst")
    assert world.error(PEOPLE, "analyst").startswith("PERMISSION_DENIED: ")
