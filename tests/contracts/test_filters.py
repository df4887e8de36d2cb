"""What the editor says a filter lets through is what the endpoint gives to who is granted it."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import (
    ChangeFilter,
    ChangeGrants,
    CreateDomain,
    CreatePersona,
    Draft,
    PrepareMesh,
    PublishProduct,
)
from mesh_core.domain.world import Column, DataFilter, Grant
from mesh_core.errors import PermissionDeniedError
from tests.builders import steward

ROWS = {"id": [1, 2, 3, 4], "city": ["Oslo", "Bergen", None, "Oslo"]}
OSLO = DataFilter("filtered", "people", "oslo", ("id",), (), "city = 'Oslo'")


@pytest.fixture(scope="module")
def portal(local: tuple[Portal, Outside], tmp_path_factory: pytest.TempPathFactory) -> Portal:
    found = local[0]
    for intent in (PrepareMesh(), CreateDomain("filtered"), CreatePersona("filtered-reader")):
        found.changes.apply_now(steward(found), intent)
    path = Path(tmp_path_factory.mktemp("data")) / "people.parquet"
    parquet.write_table(pyarrow.table(ROWS), path)
    columns = (Column("id", "bigint"), Column("city", "string"))
    draft = Draft("from-file", "filtered", "people", "People", owner="filtered-owner", columns=columns)
    found.changes.apply_now(steward(found), PublishProduct(found.drafts.stage("filtered", draft, path, 4)))
    return found


def test_the_rows_in_and_out_are_counted_and_unknown_ones_are_out(portal: Portal) -> None:
    found = portal.filters.effect(portal.visitors.visitor("filtered-owner"), OSLO)
    assert (found.inside_count, found.outside_count) == (2, 2)
    assert sorted(row[0] or "" for row in found.inside.rows) == ["1", "4"]
    assert sorted(row[0] or "" for row in found.outside.rows) == ["2", "3"]


def test_who_is_granted_it_gets_the_rows_that_the_editor_showed(portal: Portal) -> None:
    owner, reader = (portal.visitors.visitor(role) for role in ("filtered-owner", "filtered-reader"))
    shown = portal.filters.effect(owner, OSLO)
    portal.changes.apply_now(owner, ChangeFilter(OSLO))
    portal.changes.apply_now(owner, ChangeGrants((Grant(reader.arn, OSLO.resource, ("SELECT",)),)))
    _, page = portal.queries.run(reader, "SELECT * FROM filtered.people", 10)
    assert sorted(page.rows) == sorted(shown.inside.rows)
    assert [use.roles for use in portal.filters.of(owner)] == [("filtered-reader",)]
    portal.changes.apply_now(owner, ChangeFilter(OSLO, delete=True))
    assert portal.filters.of(owner) == ()


def test_who_does_not_own_the_table_is_shown_no_row_of_it(portal: Portal) -> None:
    with pytest.raises(PermissionDeniedError, match="may not filter"):
        portal.filters.effect(portal.visitors.visitor("filtered-reader"), OSLO)
