"""The search for personal data on the endpoint: the owner reads the values, and a mark hides them from others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_core.bootstrap import Portal, portal_from
from mesh_core.domain.intents import ChangeGrants, CreateDomain, CreatePersona, Draft, PrepareMesh, PublishProduct
from mesh_core.domain.world import Column, ExpressionResource, Grant
from mesh_core.errors import QueryError
from tests.builders import steward

ROWS = {
    "id": list(range(20)),
    "kontakt": [f"person{n}@mail.example" for n in range(20)],
    "colour": ["blue", "green"] * 10,
}


@pytest.fixture
def portal(tmp_path: Path):  # type: ignore[no-untyped-def]
    found = portal_from({"MESH_HOME": str(tmp_path / "mesh"), "MESH_DEMO": "0"})
    who = steward(found)
    for intent in (PrepareMesh(), CreateDomain("crm"), CreatePersona("analyst")):
        found.changes.apply_now(who, intent)
    file = tmp_path / "data.parquet"
    pq.write_table(pa.table(ROWS), file)
    columns = (Column("id", "bigint"), Column("kontakt", "string"), Column("colour", "string"))
    empty = Draft("from-file", "crm", "people", "People", owner="crm-owner", columns=columns)
    found.changes.apply_now(who, PublishProduct(found.drafts.stage("d1", empty, file, 20)))
    reader = ExpressionResource("TABLE", (("pii", ("false",)),))
    grant = Grant(found.naming.role_arn("analyst"), reader, ("SELECT",))
    found.changes.apply_now(who, ChangeGrants((grant,)))
    yield found
    found.close()


def read(portal: Portal, column: str) -> int:
    _, page = portal.queries.run(portal.visitors.visitor("analyst"), f"SELECT {column} FROM crm.people", 100)
    return len(page.rows)


def test_values_give_a_column_away_and_accepting_hides_it_from_the_analyst(portal: Portal) -> None:
    assert read(portal, "kontakt") == 20
    portal.personal.look_at_new()
    (row,) = portal.personal.rows(portal.visitors.visitor("crm-owner"))
    assert (row.found.name, row.found.kind, row.found.by, row.state) == (
        "crm.people.kontakt",
        "email",
        "values",
        "open",
    )
    portal.changes.apply_now(portal.visitors.visitor("crm-owner"), portal.personal.accepting([row.found]))
    assert portal.personal.rows(steward(portal))[0].state == "accepted"
    with pytest.raises(QueryError):
        read(portal, "kontakt")
    assert read(portal, "colour") == 20
    portal.personal.start(steward(portal))
    now = portal.personal.wait()
    assert now is not None and (now.state, now.open_found, now.by_names) == ("done", 0, ())
