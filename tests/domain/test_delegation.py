"""What an owner may assign and grant by: its own domain, and never what is another's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh_core.domain.access import decide
from mesh_core.domain.delegation import (
    ASSIGN,
    GRANT_BY,
    allowed_values,
    check_delegated,
    is_confined,
    lacking,
    usual_rights,
)
from mesh_core.domain.foundation import plan_domain, prepare_steps
from mesh_core.domain.govern import plan_assignments, plan_grants
from mesh_core.domain.intents import ChangeAssignments, ChangeGrants, CreateDomain, EditProduct, Intent, PublishProduct
from mesh_core.domain.names import MANAGED, Naming, ProductName
from mesh_core.domain.projection import after
from mesh_core.domain.visitors import Visitor, visitor_of
from mesh_core.domain.world import (
    Column,
    ExpressionResource,
    Grant,
    NamedExpressionResource,
    Principal,
    Resource,
    Table,
    TagResource,
    Target,
    World,
)
from mesh_core.errors import PermissionDeniedError
from tests.builders import draft

EMPTY = World(Naming("000000000000", "us-east-1"))
READER = EMPTY.naming.role_arn("reader")


def _mesh() -> World:
    world = after(EMPTY, prepare_steps(EMPTY))
    for name in ("sales", "hr"):
        world = after(world, plan_domain(world, CreateDomain(name)).steps)
    columns = (Column("a", "string"), Column("b", "string"))
    own = {d: {MANAGED: "true", "mesh.product": f"{d}.t"} for d in ("sales", "hr")}
    tables = tuple(Table(d, "t", columns, parameters=own[d]) for d in own)
    people = (*world.principals, Principal("reader", READER))
    tags = {**world.tags, "cost": ("low", "high")}
    return replace(
        world, tables=tables, principals=people, tags=tags, expressions={"all of sales": (("domain", ("sales",)),)}
    )


MESH = _mesh()
OWNER, STEWARD = visitor_of(MESH, "sales-owner"), visitor_of(MESH, "mesh-steward")


def by(*pairs: tuple[str, tuple[str, ...]]) -> ExpressionResource:
    return ExpressionResource("TABLE", pairs)


def tagging(**tags: str) -> ChangeAssignments:
    return ChangeAssignments(((Target("sales", "t"), tags),))


def granting(resource: Resource) -> ChangeGrants:
    return ChangeGrants((Grant(READER, resource, ("SELECT",)),))


def test_a_new_owner_may_assign_its_own_domain_and_what_classifies() -> None:
    assert allowed_values(MESH, OWNER) == {
        "domain": ("sales",),
        "pii": MESH.tags["pii"],
        "sensitivity": MESH.tags["sensitivity"],
    }
    assert allowed_values(MESH, OWNER, GRANT_BY) == {"domain": ("sales",)}
    assert allowed_values(MESH, STEWARD) == MESH.tags


def test_a_value_that_comes_later_to_a_key_given_whole_may_be_assigned_too() -> None:
    more = replace(MESH, tags={**MESH.tags, "sensitivity": (*MESH.tags["sensitivity"], "secret")})
    assert "secret" in allowed_values(more, OWNER)["sensitivity"]


@pytest.mark.parametrize(
    "intent",
    [
        tagging(pii="true", sensitivity="public", domain="sales"),
        EditProduct(ProductName("sales", "t"), tags={"pii": "true"}, column_tags={"a": {"pii": "false"}}),
        EditProduct(ProductName("sales", "t"), description="x"),
        PublishProduct(draft(tags={"pii": "false"})),
        granting(by(("domain", ("sales",)))),
        granting(by(("domain", ("sales",)), ("pii", ("false",)))),
        granting(NamedExpressionResource("TABLE", "all of sales")),
    ],
)
def test_an_owner_assigns_and_grants_what_is_its_own(intent: Intent) -> None:
    check_delegated(MESH, OWNER, intent)


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (tagging(domain="hr"), "domain=hr"),
        (tagging(cost="low"), "Of cost it may assign none"),
        (EditProduct(ProductName("sales", "t"), column_tags={"a": {"cost": "high"}}), "sales.t.a"),
        (PublishProduct(draft(column_tags={"id": {"domain": "hr"}})), "domain=hr"),
        (granting(by(("pii", ("false",)))), "must say domain=sales"),
        (granting(by(("domain", ("hr", "sales")))), "must say domain=sales"),
        (granting(by(("domain", ("*",)))), "must say domain=sales"),
        (granting(NamedExpressionResource("TABLE", "gone")), "must say domain=sales"),
        (ChangeGrants(revokes=(Grant(READER, by(("pii", ("false",))), ("SELECT",)),)), "must say domain=sales"),
    ],
)
def test_what_reaches_further_is_refused_with_the_reason_and_whom_to_ask(intent: Intent, words: str) -> None:
    with pytest.raises(PermissionDeniedError, match="mesh-steward") as caught:
        check_delegated(MESH, OWNER, intent)
    assert words in str(caught.value)
    check_delegated(MESH, STEWARD, intent)


def test_a_tag_that_stays_as_it_is_needs_no_right_and_taking_one_away_does() -> None:
    tagged = replace(MESH, assigned={**MESH.assigned, Target("sales", "t"): {"cost": "low"}})
    check_delegated(tagged, OWNER, tagging(cost="low", pii="true"))
    with pytest.raises(PermissionDeniedError, match="cost=low"):
        check_delegated(tagged, OWNER, tagging(pii="true"))


def test_who_holds_nothing_grants_by_name_only() -> None:
    bare = replace(MESH, grants=())
    with pytest.raises(PermissionDeniedError, match="holds no GRANT_WITH_LF_TAG_EXPRESSION"):
        check_delegated(bare, OWNER, granting(by(("domain", ("sales",)))))
    assert lacking(bare, "sales-owner", "sales") == usual_rights(bare, "sales-owner", "sales")
    assert lacking(MESH, "sales-owner", "sales") == ()


def test_the_steward_hands_on_one_value_more_and_takes_it_back() -> None:
    grant = Grant(MESH.naming.role_arn("sales-owner"), TagResource("cost", ("low",)), (ASSIGN,))
    given_on = after(MESH, plan_grants(MESH, ChangeGrants((grant,))).steps)
    check_delegated(given_on, OWNER, tagging(cost="low"))
    with pytest.raises(PermissionDeniedError):
        check_delegated(given_on, OWNER, tagging(cost="high"))
    taken = after(given_on, plan_grants(given_on, ChangeGrants(revokes=(grant,))).steps)
    with pytest.raises(PermissionDeniedError):
        check_delegated(taken, OWNER, tagging(cost="low"))


KEYS = st.sampled_from(["domain", "pii", "sensitivity", "cost"])
VALUES = st.sampled_from(["sales", "hr", "*", "true", "false", "public", "internal", "low"])
EXPRESSIONS = st.dictionaries(KEYS, st.lists(VALUES, min_size=1, unique=True), min_size=1)
TAGS = st.dictionaries(KEYS, VALUES)


@given(EXPRESSIONS, st.lists(st.tuples(st.sampled_from(["", "a", "b"]), TAGS), max_size=3))
def test_whatever_an_owner_may_do_opens_nothing_of_another_domain(
    expression: dict[str, list[str]], assigned: list[tuple[str, dict[str, str]]]
) -> None:
    world = MESH
    for column, tags in assigned:
        known = {key: value for key, value in tags.items() if value in world.tags[key]}
        change = ChangeAssignments(((Target("sales", "t", column or None), known),))
        world = _if_allowed(world, OWNER, change)
    pairs = tuple(
        (key, kept)
        for key, values in sorted(expression.items())
        if (kept := tuple(v for v in values if v == "*" or v in world.tags[key]))
    )
    if pairs:
        world = _if_allowed(world, OWNER, granting(by(*pairs)))
    assert decide(world, READER, world.table("hr", "t")).columns == ()


def _if_allowed(world: World, who: Visitor, intent: ChangeAssignments | ChangeGrants) -> World:
    try:
        check_delegated(world, who, intent)
    except PermissionDeniedError:
        return world
    plan = plan_assignments(world, intent) if isinstance(intent, ChangeAssignments) else plan_grants(world, intent)
    return after(world, plan.steps)


def test_a_grant_by_name_is_no_matter_of_tags() -> None:
    assert not is_confined(MESH, OWNER, TagResource("pii", ("true",)))
