"""What the portal counts on when it reads and changes the Glue catalog."""

from __future__ import annotations

import json

import pytest

from mesh_core.domain.glue_shapes import database_input, table_input
from mesh_core.domain.world import Column, Database, Table
from mesh_core.errors import AwsError, NameTakenError, NotFoundError
from mesh_core.services.ports import TableDefinition
from tests.contracts.conftest import Place

COLUMNS = (Column("id", "bigint", "Key"), Column("tags", "array<string>"))


def _table(database: str, name: str = "orders", **changes: object) -> Table:
    known = {"EXTERNAL": "TRUE", "classification": "parquet", "mesh.managed": "true"}
    whole = {"columns": COLUMNS, "location": "s3://mesh-none/x/", "description": "Orders", "parameters": known}
    return Table(database, name, **{**whole, **changes})  # type: ignore[arg-type]


def _create(place: Place, table: Table, partitions: tuple[str, ...] = ()) -> None:
    definition = TableDefinition(table_input(table), partitions)
    place.writers.catalog.create_table(table.database, table.name, definition)


def test_a_database_reads_back_as_it_was_made(place: Place) -> None:
    catalog = place.writers.catalog
    made = Database(place.name(), "s3://mesh-none/", "Ünïcode", {"mesh.managed": "true"})
    catalog.create_database(made.name, database_input(made))
    catalog.create_database(made.name, database_input(made))
    assert [d for d in catalog.databases() if d.name == made.name] == [made]
    with pytest.raises(NameTakenError):
        catalog.create_database(made.name, database_input(Database(made.name, "", "another")))
    catalog.delete_database(made.name)
    catalog.delete_database(made.name)
    assert catalog.database_definition(made.name) is None


def test_a_database_is_changed_and_one_that_is_gone_is_not(place: Place, database: str) -> None:
    catalog = place.writers.catalog
    catalog.update_database(database, database_input(Database(database, "", "changed")))
    assert json.loads(catalog.database_definition(database) or "{}")["Description"] == "changed"
    with pytest.raises(NotFoundError):
        catalog.update_database("nobody_has_it", database_input(Database("nobody_has_it")))


def test_a_database_with_tables_in_it_is_not_deleted(place: Place, database: str) -> None:
    _create(place, _table(database))
    with pytest.raises(AwsError):
        place.writers.catalog.delete_database(database)
    assert [t.name for t in place.writers.catalog.tables(database)] == ["orders"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="a table"),
        pytest.param({"partition_keys": (Column("day", "date"),)}, id="a partitioned table"),
        pytest.param(
            {
                "view_sql": "SELECT 1 AS id, ARRAY['ü'] AS tags",
                "location": "",
                "parameters": {"presto_view": "true", "comment": "Presto View"},
            },
            id="a view",
        ),
    ],
)
def test_a_table_reads_back_as_it_was_made(place: Place, database: str, changes: dict[str, object]) -> None:
    table = _table(database, **changes)
    _create(place, table)
    _create(place, table)
    assert place.writers.catalog.tables(database) == (table,)


def test_a_table_of_that_name_with_other_columns_is_in_the_way(place: Place, database: str) -> None:
    _create(place, _table(database))
    with pytest.raises(NameTakenError):
        _create(place, _table(database, columns=COLUMNS[:1]))


def test_a_deleted_table_comes_back_with_its_partitions(place: Place, database: str) -> None:
    catalog = place.writers.catalog
    storage = json.loads(table_input(_table(database)))["StorageDescriptor"]
    parts = tuple(json.dumps({"Values": [f"2026-01-0{n}"], "StorageDescriptor": storage}) for n in (1, 2))
    _create(place, _table(database, partition_keys=(Column("day", "date"),)), parts)
    kept = catalog.table_definition(database, "orders")
    assert kept is not None and len(kept.partitions) == 2
    catalog.delete_table(database, "orders")
    catalog.delete_table(database, "orders")
    assert catalog.table_definition(database, "orders") is None
    catalog.create_table(database, "orders", kept)
    again = catalog.table_definition(database, "orders")
    assert again is not None
    assert sorted(json.loads(p)["Values"] for p in again.partitions) == [["2026-01-01"], ["2026-01-02"]]


def test_a_table_is_changed_and_one_that_is_gone_is_not(place: Place, database: str) -> None:
    catalog = place.writers.catalog
    _create(place, _table(database))
    catalog.update_table(database, "orders", table_input(_table(database, description="changed")))
    assert catalog.tables(database)[0].description == "changed"
    with pytest.raises(NotFoundError):
        catalog.update_table(database, "gone", table_input(_table(database, "gone")))


def test_what_is_in_no_database_is_nothing(place: Place) -> None:
    catalog = place.writers.catalog
    assert catalog.tables("nobody_has_it") == ()
    assert catalog.table_definition("nobody_has_it", "t") is None
    with pytest.raises(NotFoundError):
        _create(place, _table("nobody_has_it"))
