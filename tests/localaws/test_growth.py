"""What one change or one check costs does not grow with the catalog: counted in SQLite's own steps, not in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.iam.sessions import Sessions
from mesh_core.localaws.lakeformation import grants, tags
from mesh_core.localaws.lakeformation.grants import Giving
from mesh_core.localaws.lakeformation.targets import Target
from mesh_core.localaws.store import Store
from tests.localaws.lake_world import (
    ALL_TABLES,
    DATABASE,
    IAM_ALLOWED,
    Mesh,
    arn,
    caller,
    columns,
    policy,
    settled,
    table,
    table_input,
)

SMALL, LARGE = 20, 500
COLUMNS = [f"c{number}:string" for number in range(20)]
Act = Callable[[Mesh], Any]


def name_of(number: int) -> str:
    return f"t{number:05d}"


def filled(folder: Path, count: int, governed: bool = True) -> Mesh:
    """A mesh with many tables of the producer's, each granted to the analyst; on half of them a column is tagged."""
    mesh = settled(folder, governed)
    mesh.vocabulary(pii=["true", "false"], layer=["raw", "gold"])
    with mesh.store.write():
        for number in range(count):
            mesh.catalog.create_table("sales", table_input(name_of(number), COLUMNS, ["day:string"]), arn("producer"))
            mesh.lake.table_created(caller("producer"), "sales", name_of(number))
        with mesh.lake.changes.write() as db:
            for number in range(count):
                target = Target("table", "sales", name_of(number))
                grants.put(db, Giving(arn("analyst"), target, frozenset({"SELECT"})), mesh.lake.stamp(caller("admin")))
            for number in range(0, count, 2):
                tags.assign(db, "sales", name_of(number), "c3", ("pii", "true"))
    mesh.grant("steward", policy(pii=["true"]), "SELECT")
    mesh.grant("engineer", policy(layer=["gold"], pii=["true"]), "SELECT")
    return mesh


@pytest.fixture(scope="module", params=[True, False], ids=["governed", "open"])
def meshes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Mesh, Mesh]:
    folder = tmp_path_factory.mktemp("growth")
    return filled(folder / "small", SMALL, request.param), filled(folder / "large", LARGE, request.param)


@contextmanager
def counted(store: Store) -> Iterator[list[None]]:
    """One entry for each step of SQLite's while the block runs."""
    found: list[None] = []
    with store.read() as db:
        connection = db
    connection.set_progress_handler(lambda: found.append(None), 1)
    try:
        yield found
    finally:
        connection.set_progress_handler(None, 0)


def steps(mesh: Mesh, act: Act) -> int:
    """How many steps an act takes right after a change, which empties what was remembered."""
    with mesh.lake.changes.write():
        pass
    with counted(mesh.store) as found, suppress(AwsError):  # a refusal costs something, too
        act(mesh)
    return len(found)


def glue(role: str, operation: str, **params: Any) -> Act:
    return lambda mesh: mesh.make(role, operation, **params)


def lake(role: str, operation: str, **params: Any) -> Act:
    return lambda mesh: mesh.call(role, operation, **params)


ONE = {"DatabaseName": "sales", "Name": name_of(7)}
GRANT = {
    "Principal": {"DataLakePrincipalIdentifier": arn("auditor")},
    "Resource": table(name_of(7)),
    "Permissions": ["SELECT"],
}
TAGS = [{"TagKey": "layer", "TagValues": ["raw"]}]
CHANGED = table_input(name_of(7), [*COLUMNS, "more:int"], ["day:string"])
ACTS: dict[str, Act] = {
    "the owner makes a table": glue(
        "producer", "CreateTable", DatabaseName="sales", TableInput=table_input("new", COLUMNS, [])
    ),
    "a stranger tries to": glue(
        "auditor", "CreateTable", DatabaseName="sales", TableInput=table_input("none", COLUMNS, [])
    ),
    "the owner changes a table": glue("producer", "UpdateTable", DatabaseName="sales", TableInput=CHANGED),
    "the owner drops a table": glue("producer", "DeleteTable", DatabaseName="sales", Name="new"),
    "the owner adds a partition": glue(
        "producer", "CreatePartition", DatabaseName="sales", TableName=name_of(7), PartitionInput={"Values": ["1"]}
    ),
    "the owner reads a table": glue("producer", "GetTable", **ONE),
    "a reader by name reads a table": glue("analyst", "GetTable", **ONE),
    "a reader by tags reads a table": glue("steward", "GetTable", **ONE),
    "a stranger reads a table": glue("auditor", "GetTable", **ONE),
    "a reader by name reads the database": glue("analyst", "GetDatabase", Name="sales"),
    "a reader by tags reads the database": glue("steward", "GetDatabase", Name="sales"),
    "a reader by tags that nothing has reads it": glue("engineer", "GetDatabase", Name="sales"),
    "a stranger reads the database": glue("auditor", "GetDatabase", Name="sales"),
    "a stranger reads all databases": glue("auditor", "GetDatabases"),
    "the administrator grants": lake("admin", "GrantPermissions", **GRANT),
    "the administrator revokes": lake("admin", "RevokePermissions", **GRANT),
    "the owner grants": lake("producer", "GrantPermissions", **GRANT),
    "a reader tries to grant": lake("analyst", "GrantPermissions", **GRANT),
    "the administrator tags a table": lake("admin", "AddLFTagsToResource", Resource=table(name_of(7)), LFTags=TAGS),
    "the owner tries to tag a table": lake("producer", "AddLFTagsToResource", Resource=table(name_of(7)), LFTags=TAGS),
    "the administrator tags the database": lake("admin", "AddLFTagsToResource", Resource=DATABASE, LFTags=TAGS),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_among_many_times_as_many_tables_it_costs_the_same(meshes: tuple[Mesh, Mesh], act: Act) -> None:
    small, large = meshes
    few, many = steps(small, act), steps(large, act)
    assert many <= 1.3 * few + 200


def test_credentials_are_issued_beside_many_at_the_same_cost(tmp_path: Path) -> None:
    sessions = Sessions(store := Store(tmp_path))
    reader, until = caller("analyst"), datetime.now(UTC) + timedelta(hours=1)

    def steps_of_one() -> int:
        with counted(store) as found:
            sessions.issue(reader, "id", until)
        return len(found)

    few = steps_of_one()
    with store.write():
        for _ in range(LARGE):
            sessions.issue(reader, "id", until)
    assert steps_of_one() <= 1.3 * few + 50


EMAIL = columns("customers", "email")
LEVELS = st.sampled_from([DATABASE, table("customers"), table("orders"), EMAIL])
RESOURCES = st.sampled_from(
    [
        table("customers"),
        ALL_TABLES,
        columns("orders", "amount"),
        policy(pii=["true"]),
        policy(pii=["true", "false"], layer=["raw"]),
        policy(layer=["gold"], pii=["false"]),
    ]
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    assigned=st.lists(st.tuples(LEVELS, st.sampled_from([("pii", "true"), ("pii", "false"), ("layer", "raw")]))),
    granted=st.lists(RESOURCES, max_size=2, unique_by=str),
    governed=st.booleans(),
    opted_in=st.lists(st.sampled_from([DATABASE, ALL_TABLES, table("customers"), table("orders")]), unique_by=str),
)
@example([(table("orders"), ("pii", "true"))], [policy(pii=["true"])], True, [])
@example([(DATABASE, ("layer", "raw")), (EMAIL, ("pii", "true"))], [policy(pii=["true"], layer=["raw"])], True, [])
@example([(DATABASE, ("pii", "true"))], [policy(pii=["true"])], True, [])
@example([], [], False, [table("customers")])
@example([], [], False, [table("customers"), table("orders")])
@example([], [], False, [ALL_TABLES])
def test_a_database_is_visible_exactly_when_something_in_it_is(
    tmp_path_factory: pytest.TempPathFactory, assigned: Any, granted: Any, governed: bool, opted_in: Any
) -> None:
    mesh = settled(tmp_path_factory.mktemp("visible"), governed)
    mesh.vocabulary(pii=["true", "false"], layer=["raw", "gold"])
    if not governed:  # the database itself is governed, its tables are open
        mesh.revoke(IAM_ALLOWED, DATABASE, "ALL")
    for resource, (key, value) in assigned:
        mesh.tag(resource, **{key: value})
    for resource in granted:
        mesh.grant("analyst", resource, "SELECT")
    for resource in opted_in:
        principal = {"DataLakePrincipalIdentifier": arn("analyst")}
        mesh.call("admin", "CreateLakeFormationOptIn", Principal=principal, Resource=resource)
    seen = any(mesh.access("analyst", name).permissions for name in ("customers", "orders"))
    every_table = ALL_TABLES in granted
    assert bool(mesh.lake.database_access(caller("analyst"), "sales")) == (seen or every_table)
