"""The picture of the governance model shows what stands, and nothing else."""

from __future__ import annotations

import pytest

from mesh_core.domain.governance_map import MAX_VALUES_SHOWN, GovernanceMap, governance_map
from mesh_core.domain.names import MANAGED, Naming
from mesh_core.domain.world import (
    IAM_ALLOWED,
    Column,
    Database,
    ExpressionResource,
    Grant,
    Principal,
    Resource,
    Table,
    TableResource,
    Target,
    World,
)

NAMING = Naming("000000000000", "us-east-1")
STEWARD, ANALYST, PORTAL = (NAMING.role_arn(name) for name in ("mesh-steward", "analyst", "mesh-portal"))
NOT_PERSONAL = ExpressionResource("TABLE", (("pii", ("false",)),))


def world(*grants: tuple[str, Resource], values: tuple[str, ...] = ("false", "true")) -> World:
    """sales, whose orders carry pii=false by inheritance and pii=true on the e-mail."""
    return World(
        NAMING,
        databases=(Database("sales", parameters={MANAGED: "true", "mesh.owner": "sales-owner"}), Database("default")),
        tables=(Table("sales", "orders", (Column("id", "bigint"), Column("email", "string"))),),
        tags={"pii": values},
        assigned={Target("sales"): {"pii": "false"}, Target("sales", "orders", "email"): {"pii": "true"}},
        grants=tuple(Grant(principal, resource, ("SELECT",)) for principal, resource in grants),
        principals=(Principal("analyst", ANALYST),),
        administrators=(PORTAL, STEWARD),
    )


def links(model: GovernanceMap) -> set[tuple[str, str]]:
    return {(link.source, link.target) for link in model.links}


def test_the_steward_defines_the_domain_carries_the_expression_names_and_the_reader_holds():
    model = governance_map(world((ANALYST, NOT_PERSONAL)))
    assert links(model) == {
        ("steward mesh-steward", "key pii"),
        ("domain sales", "value pii=false"),
        ("domain sales", "value pii=true"),
        ("value pii=false", "grant pii=false"),
        ("grant pii=false", "reader analyst"),
    }


def test_two_roles_with_the_same_expression_share_one_box():
    model = governance_map(world((ANALYST, NOT_PERSONAL), (STEWARD, NOT_PERSONAL)))
    assert [node.label for node in model.nodes if node.kind == "expression"] == ["pii=false"]
    assert {("grant pii=false", "reader analyst"), ("grant pii=false", "reader mesh-steward")} <= links(model)


def test_a_grant_by_name_leads_from_its_domain_to_its_reader():
    model = governance_map(world((ANALYST, TableResource("sales", "orders"))))
    assert {("domain sales", "named sales"), ("named sales", "reader analyst")} <= links(model)


def test_an_expression_with_any_value_is_linked_from_every_value():
    model = governance_map(world((ANALYST, ExpressionResource("TABLE", (("pii", ("*",)),)))))
    assert {("value pii=false", "grant pii=*"), ("value pii=true", "grant pii=*")} <= links(model)


def test_tables_open_to_iam_stand_out():
    model = governance_map(world((IAM_ALLOWED, TableResource("sales", "orders"))))
    assert [node.label for node in model.nodes if node.kind == "open"] == [IAM_ALLOWED]


@pytest.mark.parametrize("label", ["default", "mesh-portal"])
def test_neither_untagged_foreign_databases_nor_the_portal_itself_are_shown(label: str):
    assert label not in {node.label for node in governance_map(world((PORTAL, NOT_PERSONAL))).nodes}


def test_of_a_long_vocabulary_only_the_used_values_are_shown_and_the_rest_is_counted():
    values = ("false", "true", *(f"v{n}" for n in range(MAX_VALUES_SHOWN)))
    model = governance_map(world((ANALYST, NOT_PERSONAL), values=values))
    assert [node.label for node in model.nodes if node.kind in ("key", "value")] == [
        f"pii (+{MAX_VALUES_SHOWN} unused)",
        "false",
        "true",
    ]


def test_every_box_has_a_place_of_its_own_and_every_link_two_ends():
    model = governance_map(world((ANALYST, NOT_PERSONAL), (STEWARD, TableResource("sales", "*"))))
    assert len({(node.x, node.y) for node in model.nodes}) == len(model.nodes)
    assert all(0 <= node.y <= model.rows for node in model.nodes)
    assert {end for link in links(model) for end in link} <= {node.id for node in model.nodes}


def test_an_empty_world_gives_an_empty_picture():
    assert governance_map(World(NAMING)) == GovernanceMap((), (), 0)
