"""Named columns of one principal on one table are one set, whoever gave which: plans and projections know it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain.govern import plan_grants
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.names import Naming
from mesh_core.domain.projection import after
from mesh_core.domain.steps import GrantPermissions, RevokePermissions, Step
from mesh_core.domain.world import Column, ColumnsResource, Grant, Table, World

NAMING = Naming("000000000000", "us-east-1")
ANALYST = NAMING.role_arn("analyst")
TABLE = Table("sales", "orders", tuple(Column(name, "string") for name in ("a", "b", "c")))


def on(*columns: str, option: bool = False, to: str = ANALYST) -> Grant:
    return Grant(to, ColumnsResource("sales", "orders", columns), ("SELECT",), ("SELECT",) if option else ())


def world(*grants: Grant) -> World:
    return World(NAMING, tables=(TABLE,), grants=grants)


GRANTS = [
    pytest.param((), on("a"), (GrantPermissions(on("a")),), id="nothing is held"),
    pytest.param((on("a", "b"),), on("a"), (), id="it is held with another column"),
    pytest.param((on("a"),), on("a", "b"), (GrantPermissions(on("b")),), id="a part of it is held"),
    pytest.param((on("a"), on("b", option=True)), on("a", "b"), (), id="it is held by two grants"),
    pytest.param((on("a"),), on("a", option=True), (GrantPermissions(on("a", option=True)),), id="without the option"),
    pytest.param((on("a", to="x"),), on("a"), (GrantPermissions(on("a")),), id="somebody else holds it"),
]


@pytest.mark.parametrize(("held", "wanted", "steps"), GRANTS)
def test_a_grant_of_named_columns_gives_those_that_are_missing(
    held: tuple[Grant, ...], wanted: Grant, steps: tuple[Step, ...]
) -> None:
    assert plan_grants(world(*held), ChangeGrants((wanted,))).steps == steps


REVOKES = [
    pytest.param((on("a", "b"),), on("a"), (RevokePermissions(on("a")),), id="one of two"),
    pytest.param((on("a", "b"),), on("a", "c"), (RevokePermissions(on("a")),), id="what isn't held is left out"),
    pytest.param((), on("a"), (), id="nothing is held"),
    pytest.param((on("a", to="x"),), on("a"), (), id="somebody else holds it"),
    pytest.param(
        (on("a"), on("b", option=True)),
        on("a", "b"),
        (RevokePermissions(on("a")), RevokePermissions(on("b", option=True))),
        id="with and without the option",
    ),
]


@pytest.mark.parametrize(("held", "unwanted", "steps"), REVOKES)
def test_a_revoke_of_named_columns_takes_those_and_no_others(
    held: tuple[Grant, ...], unwanted: Grant, steps: tuple[Step, ...]
) -> None:
    plan = plan_grants(world(*held), ChangeGrants(revokes=(unwanted,)))
    assert plan.steps == steps
    left = {c for g in after(world(*held), plan.steps).grants if g.principal == ANALYST for c in g.resource.columns}
    before = {c for g in held if g.principal == ANALYST for c in g.resource.columns}
    assert left == before - set(unwanted.resource.columns)


def test_two_grants_of_columns_are_listed_as_one() -> None:
    done = after(world(), (GrantPermissions(on("b")), GrantPermissions(on("a"))))
    assert done.grants == (on("a", "b"),)


def test_columns_with_the_grant_option_are_listed_apart() -> None:
    done = after(world(on("a", "b")), (GrantPermissions(on("b", option=True)),))
    assert set(done.grants) == {on("a"), on("b", option=True)}


def test_a_grant_and_its_revoke_leave_the_columns_of_others_alone() -> None:
    before = world(on("a"), on("a", to="x"))
    given = after(before, (GrantPermissions(on("b")),))
    assert set(after(given, (RevokePermissions(on("b")),)).grants) == set(before.grants)


def test_a_grant_on_all_columns_but_some_is_another_grant() -> None:
    excluded = replace(on(), resource=ColumnsResource("sales", "orders", (), ("c",)))
    assert set(after(world(excluded), (GrantPermissions(on("a")),)).grants) == {excluded, on("a")}
