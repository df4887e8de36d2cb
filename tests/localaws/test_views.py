"""Views: the Presto codec, and whose rights a view is read with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import QueryColumn
from mesh_core.localaws.athena.views import BadViewError, decode, encode, is_view
from tests.localaws.engine_world import ACCOUNT, World, arn, caller

COLUMNS = (QueryColumn("id", "bigint"), QueryColumn("tags", "array(varchar)"), QueryColumn("at", "timestamp"))


def test_a_view_is_stored_as_athena_stores_it() -> None:
    document = encode("V", "SELECT 1", "shop", COLUMNS)
    text = document["ViewOriginalText"]
    assert text.startswith("/* Presto View: ") and text.endswith(" */")
    assert json.loads(base64.b64decode(text[16:-3])) == {
        "originalSql": "SELECT 1",
        "catalog": "awsdatacatalog",
        "schema": "shop",
        "columns": [
            {"name": "id", "type": "bigint"},
            {"name": "tags", "type": "array(varchar)"},
            {"name": "at", "type": "timestamp"},
        ],
    }
    assert document["TableType"] == "VIRTUAL_VIEW"
    assert document["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert document["ViewExpandedText"] == "/* Presto View */"
    types = [each["Type"] for each in document["StorageDescriptor"]["Columns"]]
    assert types == ["bigint", "array<string>", "timestamp"]


def test_what_is_encoded_is_decoded() -> None:
    table = encode("v", "SELECT 'é'", "shop", COLUMNS) | {"DatabaseName": "other"}
    found = decode(table)
    assert (found.sql, found.database, found.definer) == ("SELECT 'é'", "shop", None)
    assert found.columns == (("id", "bigint"), ("tags", "array(varchar)"), ("at", "timestamp"))
    assert is_view(table)


@pytest.mark.parametrize(
    "text", ["", "SELECT 1", "/* Presto View: !!! */", "/* Presto View: e30= */", "/* Presto View: W10= */"]
)
def test_damaged_views_say_so(text: str) -> None:
    with pytest.raises(BadViewError):
        decode({"Name": "v", "DatabaseName": "d", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": text})


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("lake"))
    made.table("people", {"id": "bigint", "name": "string", "email": "string"})
    made.parquet(
        "people/p.parquet", "SELECT * FROM (VALUES (1::BIGINT, 'ann', 'a@x'), (2, 'bob', 'b@x')) t(id, name, email)"
    )
    yield made
    made.close()


def view(world: World, name: str, sql: str, columns: tuple[QueryColumn, ...] | None = None, **more: Any) -> None:
    """A view of `shop`, with the columns that its query has unless others are given."""
    known = columns if columns is not None else world.engine.describe(caller("admin"), sql, "shop")
    world.catalog.create_table("shop", encode(name, sql, "shop", known) | more, arn("admin"))
    world.ctx.lake.table_created(caller("admin"), "shop", name)


def test_a_view_is_read_through_another(world: World) -> None:
    view(world, "names", "SELECT id, upper(name) AS name FROM people")
    view(world, "last_name", "SELECT max(name) AS last FROM shop.names")
    assert world.rows("SELECT * FROM last_name") == [["BOB"]]
    assert [each.type for each in world.run("SELECT * FROM names").columns] == ["bigint", "varchar"]


def test_a_view_needs_rights_on_itself_and_on_what_it_reads(world: World) -> None:
    view(world, "mails", "SELECT id, email FROM people")
    world.grant_table("analyst", "mails")
    assert "does not have any privilege" in world.error("SELECT * FROM mails", "analyst")
    world.grant_columns("analyst", "people", "id", "name")
    assert "Column 'email' cannot be resolved" in world.error("SELECT * FROM mails", "analyst")
    assert "does not exist" in world.error("SELECT * FROM mails", "stranger")
    world.grant_table("reader", "people")
    assert "does not exist" in world.error("SELECT * FROM mails", "reader")
    world.grant_table("reader", "mails")
    assert world.rows("SELECT * FROM mails ORDER BY id", "reader") == [["1", "a@x"], ["2", "b@x"]]


def test_a_base_that_is_gone_and_one_that_is_forbidden_fail_a_view_in_the_same_words(world: World) -> None:
    columns = (QueryColumn("id", "bigint"),)
    for name, base in (("over_forbidden", "people"), ("over_gone", "nothing")):
        view(world, name, f"SELECT id FROM {base}", columns)
        world.grant_table("passer", name)
    forbidden, gone = (world.error(f"SELECT * FROM {n}", "passer") for n in ("over_forbidden", "over_gone"))
    assert forbidden.replace("over_forbidden", "v") == gone.replace("over_gone", "v")
    assert "Insufficient permissions" in gone


def by_tag(world: World, role: str, table: str, column: str) -> None:
    """SELECT on one column by an LF-tag: views take no grants on columns by name."""
    admin, tag = caller("admin"), {"TagKey": "shown", "TagValues": ["yes"]}
    there = {"TableWithColumns": {"DatabaseName": "shop", "Name": table, "ColumnNames": [column]}}
    world.lf("CreateLFTag", admin, **tag)
    world.lf("AddLFTagsToResource", admin, Resource=there, LFTags=[tag])
    world.grant(role, {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": [tag]}}, "SELECT")


def test_why_a_view_fails_names_columns_only_to_who_may_see_its_text(world: World) -> None:
    view(world, "contacts", "SELECT id, email AS contact FROM people")
    for role in ("partial", "whole"):
        world.grant_columns(role, "people", "id")
    world.grant_table("whole", "contacts")
    by_tag(world, "partial", "contacts", "id")
    assert "Column 'email' cannot be resolved" in world.error("SELECT id FROM contacts", "whole")
    text = world.error("SELECT id FROM contacts", "partial")
    assert text == "INVALID_VIEW: line 1:16: Failed analyzing stored view 'awsdatacatalog.shop.contacts'"


def test_the_rows_of_a_view_are_the_readers_own(world: World) -> None:
    view(world, "everybody", "SELECT count(*) AS n FROM people")
    world.grant_cells("local", "people", "ann", [], "name = 'ann'")
    world.grant_table("local", "everybody")
    assert world.cell("SELECT n FROM everybody", "local") == "1"


def test_views_that_read_themselves_are_refused(world: World) -> None:
    column = (QueryColumn("id", "bigint"),)
    view(world, "a", "SELECT id FROM b", column)
    view(world, "b", "SELECT id FROM a", column)
    assert "recursive" in world.error("SELECT * FROM a")


def test_a_view_whose_columns_changed_is_stale(world: World) -> None:
    view(world, "old", "SELECT id, name FROM people", (QueryColumn("id", "bigint"),))
    assert world.error("SELECT * FROM old").startswith("VIEW_IS_STALE")


def test_a_views_values_have_its_declared_types(world: World) -> None:
    view(world, "typed", "SELECT id FROM people", (QueryColumn("id", "varchar"),))
    assert world.cell("SELECT typeof(id) FROM typed") == "varchar"


def protected(world: World, name: str, sql: str, *columns: str) -> None:
    """A Data Catalog view, of column `id` unless others are named, whose definer is `owner`."""
    definition = {
        "Definer": arn("owner"),
        "SubObjects": [f"arn:aws:glue:us-east-1:{ACCOUNT}:table/shop/people"],
        "Representations": [{"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": sql}],
    }
    types = {"id": "bigint", "name": "string"}
    shape = {"Columns": [{"Name": each, "Type": types[each]} for each in columns or ("id",)]}
    document = {"Name": name, "TableType": "VIRTUAL_VIEW", "StorageDescriptor": shape, "ViewDefinition": definition}
    world.catalog.create_table("shop", document, arn("admin"))
    world.ctx.lake.table_created(caller("admin"), "shop", name)


def test_a_protected_view_is_read_with_its_definers_rights(world: World) -> None:
    protected(world, "safe", "SELECT id FROM people")
    world.grant_table("guest", "safe")
    assert "on behalf of its definer" in world.error("SELECT * FROM safe", "guest")
    world.grant_table("owner", "people")
    assert world.rows("SELECT * FROM safe ORDER BY id", "guest") == [["1"], ["2"]]
    assert "does not exist" in world.error("SELECT * FROM people", "guest")


def test_explain_of_a_protected_view_says_nothing_of_its_bases(world: World) -> None:
    protected(world, "safe", "SELECT id FROM people")
    world.grant_table("guest", "safe")
    world.grant_table("owner", "people")
    plan = world.engine.explain(caller("guest"), "SELECT * FROM safe", "shop")
    assert "id" in plan
    assert "people" not in plan and "email" not in plan


@pytest.mark.parametrize("kind", ["plain", "protected"])
def test_the_text_of_a_view_is_for_those_who_may_see_all_of_its_columns(world: World, kind: str) -> None:
    name, reader = f"{kind}_text", f"{kind}_reader"
    if kind == "plain":
        view(world, name, "SELECT id, name FROM people")
    else:
        protected(world, name, "SELECT id, name FROM people", "id", "name")
    sql = f"SELECT table_name, view_definition FROM information_schema.views WHERE table_name = '{name}'"
    admin, tag = caller("admin"), [{"TagKey": kind, "TagValues": ["shown"]}]
    world.lf("CreateLFTag", admin, TagKey=kind, TagValues=["shown"])
    column = {"DatabaseName": "shop", "Name": name, "ColumnNames": ["id"]}
    world.lf("AddLFTagsToResource", admin, Resource={"TableWithColumns": column}, LFTags=tag)
    world.grant(reader, {"LFTagPolicy": {"ResourceType": "TABLE", "Expression": tag}}, "SELECT")
    assert world.rows(sql, reader) == [[name, ""]]
    world.grant_table(reader, name)
    assert world.rows(sql, reader) == [[name, "SELECT id, name FROM people"]]
