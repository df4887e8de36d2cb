"""What the portal counts on when it reads and changes Lake Formation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import pytest

from mesh_core.domain.codec import from_json, to_json
from mesh_core.domain.glue_shapes import table_input
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    DatabaseResource,
    DataFilter,
    ExpressionResource,
    Grant,
    LocationResource,
    NamedExpressionResource,
    Resource,
    Table,
    TableResource,
    TagResource,
    Target,
)
from mesh_core.errors import AwsError, MeshError, NotFoundError
from mesh_core.services.ports import RoleDefinition, TableDefinition
from tests.contracts.conftest import Place

COLUMNS = (Column("id", "bigint"), Column("email", "string"))


@pytest.fixture
def table(place: Place, database: str) -> Table:
    """A table with two columns in a database of the test's own."""
    made = Table(database, "orders", COLUMNS, location="s3://mesh-none/x/")
    place.writers.catalog.create_table(database, "orders", TableDefinition(table_input(made)))
    return made


@pytest.fixture
def key(place: Place) -> Iterator[str]:
    """An LF-tag with two values, deleted afterwards."""
    name = place.name("k")
    place.writers.governance.set_tag_values(name, (), ("true", "false"))
    yield name
    place.writers.governance.set_tag_values(name, ("true", "false"), ())


@pytest.fixture
def reader(place: Place, role: RoleDefinition) -> str:
    """A role that holds nothing; its ARN."""
    place.writers.people.create_role(role)
    return place.naming.role_arn(role.name)


def _own(place: Place, table: Table) -> dict[str, dict[str, str]]:
    found = place.writers.governance.assigned((table,), (table.database,))
    return {str(t)[len(table.database) :]: dict(own) for t, own in found.items() if t.database == table.database}


def _held(place: Place, principal: str) -> set[Grant]:
    return {g for g in place.writers.governance.grants() if g.principal == principal}


def test_an_lf_tag_is_made_changed_and_deleted(place: Place) -> None:
    governance, name = place.writers.governance, place.name("k")
    for before, after in (((), ("a", "b")), (("a", "b"), ("b", "c")), (("b", "c"), ())):
        governance.set_tag_values(name, before, after)
        governance.set_tag_values(name, before, after)
        assert set(governance.tags().get(name, ())) == set(after)


def test_an_lf_tag_holds_more_values_than_one_call_takes(place: Place) -> None:
    governance, name = place.writers.governance, place.name("k")
    values = tuple(f"v{n:03}" for n in range(120))
    governance.set_tag_values(name, (), values)
    assert set(governance.tags()[name]) == set(values)
    governance.set_tag_values(name, values, values[:1])
    assert governance.tags()[name] == values[:1]
    governance.set_tag_values(name, values[:1], ())


def test_tags_are_kept_at_the_very_target_that_they_were_assigned_to(place: Place, table: Table, key: str) -> None:
    governance = place.writers.governance
    targets = (Target(table.database), Target(table.database, "orders"), Target(table.database, "orders", "email"))
    for target, value in zip(targets, ("true", "false", "true"), strict=True):
        governance.assign(target, {}, {key: value})
        governance.assign(target, {}, {key: value})
    assert _own(place, table) == {"": {key: "true"}, ".orders": {key: "false"}, ".orders.email": {key: "true"}}
    governance.assign(targets[1], {key: "false"}, {})
    governance.assign(targets[2], {key: "true"}, {key: "false"})
    governance.assign(targets[1], {key: "false"}, {})
    assert _own(place, table) == {"": {key: "true"}, ".orders.email": {key: "false"}}
    governance.assign(targets[2], {key: "false"}, {})
    governance.assign(targets[0], {key: "true"}, {})


@pytest.mark.parametrize(
    ("after", "where"),
    [
        pytest.param({"nokey": "true"}, "orders", id="an unknown key"),
        pytest.param({"KEY": "novalue"}, "orders", id="an unknown value"),
        pytest.param({"KEY": "true"}, "gone", id="an unknown table"),
    ],
)
def test_what_is_unknown_is_not_assigned(
    place: Place, table: Table, key: str, after: dict[str, str], where: str
) -> None:
    wanted = {key if k == "KEY" else k: v for k, v in after.items()}
    with pytest.raises(MeshError):
        place.writers.governance.assign(Target(table.database, where), {}, wanted)
    assert _own(place, table) == {}


def test_a_table_that_is_gone_has_no_tags_to_lose(place: Place, database: str, key: str) -> None:
    place.writers.governance.assign(Target(database, "gone"), {key: "true"}, {})


def test_a_table_that_comes_back_has_neither_the_tags_nor_the_grants_of_the_one_before(
    place: Place, table: Table, key: str, reader: str
) -> None:
    catalog, governance = place.writers.catalog, place.writers.governance
    governance.assign(Target(table.database, "orders", "email"), {}, {key: "true"})
    governance.grant(Grant(reader, TableResource(table.database, "orders"), ("SELECT",)))
    kept = catalog.table_definition(table.database, "orders")
    assert kept is not None
    catalog.delete_table(table.database, "orders")
    catalog.create_table(table.database, "orders", kept)
    assert _own(place, table) == {}
    assert _held(place, reader) == set()


RESOURCES = [
    pytest.param(DatabaseResource("DB"), ("DESCRIBE",), id="a database"),
    pytest.param(TableResource("DB", "orders"), ("SELECT",), id="a table"),
    pytest.param(TableResource("DB", "orders"), ("DESCRIBE", "INSERT", "SELECT"), id="mixed permissions"),
    pytest.param(TableResource("DB", "*"), ("SELECT",), id="all tables"),
    pytest.param(TableResource("DB", "*"), ("DESCRIBE", "SELECT"), id="mixed on all tables"),
    pytest.param(ColumnsResource("DB", "orders", ("id",)), ("SELECT",), id="columns"),
    pytest.param(ColumnsResource("DB", "orders", (), ("email",)), ("SELECT",), id="all columns but some"),
    pytest.param(ExpressionResource("TABLE", (("KEY", ("true",)),)), ("SELECT",), id="by LF-tag"),
    pytest.param(
        ExpressionResource("TABLE", (("KEY", ("false", "true")),)),
        ("DESCRIBE", "SELECT"),
        id="two values",
    ),
    pytest.param(ExpressionResource("DATABASE", (("KEY", ("true",)),)), ("DESCRIBE",), id="databases"),
    pytest.param(TagResource("KEY", ("true",)), ("DESCRIBE",), id="an LF-tag"),
]


def _real(pattern: Resource, database: str, key: str) -> Resource:
    text = to_json(pattern).replace('"DB"', f'"{database}"').replace('"KEY"', f'"{key}"')
    found: Resource = from_json(text, get_args(Resource))
    return found


@pytest.mark.parametrize("grantable", [False, True], ids=["", "with grant option"])
@pytest.mark.parametrize(("pattern", "permissions"), RESOURCES)
def test_a_grant_reads_back_as_it_was_made_and_is_gone_when_it_is_revoked(
    place: Place, table: Table, key: str, reader: str, pattern: Resource, permissions: tuple[str, ...], grantable: bool
) -> None:
    resource = _real(pattern, table.database, key)
    if isinstance(resource, ColumnsResource) and resource.excluded and grantable:
        pytest.skip("Lake Formation refuses the grant option together with excluded columns")
    grant = Grant(reader, resource, permissions, permissions if grantable else ())
    governance = place.writers.governance
    governance.grant(grant)
    governance.grant(grant)
    assert _held(place, reader) == {grant}
    governance.revoke(grant)
    governance.revoke(grant)
    assert _held(place, reader) == set()


def test_a_part_of_a_grant_can_be_revoked(place: Place, table: Table, reader: str) -> None:
    resource = TableResource(table.database, "orders")
    place.writers.governance.grant(Grant(reader, resource, ("DESCRIBE", "SELECT")))
    place.writers.governance.revoke(Grant(reader, resource, ("SELECT",)))
    assert _held(place, reader) == {Grant(reader, resource, ("DESCRIBE",))}
    place.writers.governance.revoke(Grant(reader, resource, ("DESCRIBE",)))


def test_a_grant_on_what_does_not_exist_is_refused(place: Place, database: str, reader: str) -> None:
    with pytest.raises(NotFoundError):
        place.writers.governance.grant(Grant(reader, TableResource(database, "gone"), ("SELECT",)))


def test_revoking_on_what_does_not_exist_is_no_error(place: Place, database: str, reader: str) -> None:
    place.writers.governance.revoke(Grant(reader, TableResource(database, "gone"), ("SELECT",)))


def test_a_location_is_registered_granted_and_deregistered(
    place: Place, bucket: str, role: RoleDefinition, reader: str
) -> None:
    governance, uri = place.writers.governance, f"s3://{bucket}/"
    governance.register(uri, reader)
    governance.register(uri, reader)
    assert [one for one in governance.locations() if one == uri] == [uri]
    grant = Grant(reader, LocationResource(uri), ("DATA_LOCATION_ACCESS",))
    governance.grant(grant)
    assert _held(place, reader) == {grant}
    governance.revoke(grant)
    governance.deregister(uri)
    governance.deregister(uri)
    assert uri not in governance.locations()


def test_columns_that_are_granted_one_after_another_are_one_grant_and_are_revoked_one_by_one(
    place: Place, table: Table, reader: str
) -> None:
    governance = place.writers.governance

    def on(*columns: str) -> Grant:
        return Grant(reader, ColumnsResource(table.database, table.name, columns), ("SELECT",))

    governance.grant(on("id"))
    governance.grant(on("email"))
    assert _held(place, reader) == {on("email", "id")}
    for _ in range(2):
        governance.revoke(on("id"))
    assert _held(place, reader) == {on("email")}
    governance.revoke(on("email"))
    assert _held(place, reader) == set()


def test_rights_on_values_of_an_lf_tag_are_one_grant_and_are_revoked_value_by_value(
    place: Place, key: str, reader: str
) -> None:
    governance = place.writers.governance

    def held() -> dict[tuple[str, ...], tuple[str, ...]]:
        mine = (g for g in governance.grants() if g.principal == reader)
        return {g.resource.values: g.permissions for g in mine if isinstance(g.resource, TagResource)}

    for values in (("true",), ("false",)):
        governance.grant(Grant(reader, TagResource(key, values), ("ASSOCIATE",)))
    assert held() == {("false", "true"): ("ASSOCIATE",)}
    governance.grant(Grant(reader, TagResource(key, ("true",)), ("GRANT_WITH_LF_TAG_EXPRESSION",)))
    assert held() == {("false",): ("ASSOCIATE",), ("true",): ("ASSOCIATE", "GRANT_WITH_LF_TAG_EXPRESSION")}
    governance.revoke(Grant(reader, TagResource(key, ("true",)), ("ASSOCIATE", "GRANT_WITH_LF_TAG_EXPRESSION")))
    assert held() == {("false",): ("ASSOCIATE",)}
    governance.grant(Grant(reader, TagResource(key, ("*",)), ("ASSOCIATE",)))
    governance.revoke(Grant(reader, TagResource(key, ("false",)), ("ASSOCIATE",)))
    assert held() == {("*",): ("ASSOCIATE",)}


def test_settings_are_replaced_whole(place: Place) -> None:
    governance = place.writers.governance
    before = dict(governance.settings())
    changed = {**before, "CreateTableDefaultPermissions": [], "Parameters": {"CROSS_ACCOUNT_VERSION": "4"}}
    governance.put_settings(changed)
    assert governance.settings()["CreateTableDefaultPermissions"] == []
    governance.put_settings(before)
    left, wanted = governance.settings(), before
    assert {k: v for k, v in left.items() if v} == {k: v for k, v in wanted.items() if v}


def test_a_filter_is_made_changed_granted_and_deleted_with_the_grants_on_it(
    place: Place, table: Table, reader: str
) -> None:
    governance = place.writers.governance
    one = DataFilter(table.database, table.name, "eu", ("id",), (), "id = 1")
    wide = replace(one, columns=(), excluded=("id",), row_filter="")
    for _ in range(2):
        governance.put_filter(None, one)
    assert one in governance.filters()
    grant = Grant(reader, one.resource, ("SELECT",))
    governance.grant(grant)
    governance.put_filter(one, wide)
    assert wide in governance.filters() and _held(place, reader) == {grant}
    for _ in range(2):
        governance.put_filter(wide, None)
    assert not [f for f in governance.filters() if f.table == table.name] and _held(place, reader) == set()


def test_a_saved_expression_is_made_changed_granted_and_deleted_with_the_grants_by_its_name(
    place: Place, key: str, reader: str
) -> None:
    governance, name = place.writers.governance, place.name("expression")
    first, second = ((key, ("true",)),), ((key, ("false", "true")),)
    for _ in range(2):
        governance.put_expression(name, (), first)
    assert governance.expressions()[name] == first
    grant = Grant(reader, NamedExpressionResource("TABLE", name), ("SELECT",))
    governance.grant(grant)
    governance.put_expression(name, first, second)
    assert governance.expressions()[name] == second and _held(place, reader) == {grant}
    for _ in range(2):
        governance.put_expression(name, second, ())
    assert name not in governance.expressions() and _held(place, reader) == set()


def test_a_value_in_use_is_not_taken_away(place: Place, table: Table, key: str) -> None:
    target = Target(table.database, "orders")
    place.writers.governance.assign(target, {}, {key: "true"})
    with pytest.raises(AwsError):
        place.writers.governance.set_tag_values(key, ("true", "false"), ("false",))
    place.writers.governance.assign(target, {key: "true"}, {})
