"""Row filters and saved LF-tag expressions, planned and torn down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.domain import steps as s
from mesh_core.domain.govern import plan_expression, plan_filter, plan_grants
from mesh_core.domain.intents import ChangeExpression, ChangeFilter, ChangeGrants, Teardown
from mesh_core.domain.names import MANAGED, Naming
from mesh_core.domain.teardown import Holding, plan_teardown
from mesh_core.domain.world import (
    Column,
    Database,
    DataFilter,
    Grant,
    NamedExpressionResource,
    Table,
    World,
)
from mesh_core.errors import NameTakenError, NotFoundError

NAMING = Naming("000000000000", "us-east-1")
ANA = NAMING.role_arn("analyst")
PARAMETERS = {MANAGED: "true", "mesh.product": "sales.orders"}
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("region", "string")), parameters=PARAMETERS)
EU = DataFilter("sales", "orders", "eu", ("id",), (), "region = 'eu'")
WORLD = World(
    NAMING,
    (Database("sales", parameters={MANAGED: "true"}),),
    (ORDERS,),
    {"pii": ("true", "false"), "domain": ("sales", "crm")},
)
GRANT = Grant(ANA, EU.resource, ("SELECT",))
HARMLESS = (("pii", ("false",)),)
BY_NAME = Grant(ANA, NamedExpressionResource("TABLE", "harmless"), ("SELECT",))


def test_a_grant_brings_its_filter_along_and_takes_it_away_again() -> None:
    made = plan_grants(WORLD, ChangeGrants((GRANT,), filters=(EU,)))
    assert made.steps == (s.PutFilter(None, EU), s.GrantPermissions(GRANT))
    held = replace(WORLD, filters=(EU,), grants=(GRANT,))
    gone = plan_grants(held, ChangeGrants(revokes=(GRANT,), drops=(EU,)))
    assert gone.steps == (s.RevokePermissions(GRANT), s.PutFilter(EU, None))
    assert plan_grants(held, ChangeGrants((GRANT,), filters=(EU,))).is_empty


def test_a_grant_does_not_change_a_filter_that_others_read_by() -> None:
    other = replace(EU, row_filter="region = 'us'")
    with pytest.raises(NameTakenError):
        plan_grants(replace(WORLD, filters=(other,)), ChangeGrants((GRANT,), filters=(EU,)))


def test_a_filter_names_columns_that_exist() -> None:
    with pytest.raises(NotFoundError, match="has no column 'phone'"):
        plan_filter(WORLD, ChangeFilter(replace(EU, columns=("phone",))))


def test_deleting_a_filter_first_revokes_what_is_granted_on_it_so_that_an_undo_brings_both_back() -> None:
    held = replace(WORLD, filters=(EU,), grants=(GRANT,))
    assert plan_filter(held, ChangeFilter(EU, delete=True)).steps == (s.RevokePermissions(GRANT), s.PutFilter(EU, None))
    assert plan_filter(WORLD, ChangeFilter(EU, delete=True)).is_empty


@pytest.mark.parametrize(
    ("held", "wanted", "steps"),
    [
        pytest.param({}, HARMLESS, (s.PutExpression("harmless", (), HARMLESS),), id="saved"),
        pytest.param({"harmless": HARMLESS}, HARMLESS, (), id="as it is"),
        pytest.param(
            {"harmless": HARMLESS},
            (),
            (s.RevokePermissions(BY_NAME), s.PutExpression("harmless", HARMLESS, ())),
            id="deleted, the grant by it first",
        ),
    ],
)
def test_an_expression_is(held: dict[str, object], wanted: object, steps: tuple[s.Step, ...]) -> None:
    world = replace(WORLD, expressions=held, grants=(BY_NAME,) if held else ())  # type: ignore[arg-type]
    assert plan_expression(world, ChangeExpression("harmless", wanted)).steps == steps  # type: ignore[arg-type]


def test_an_expression_names_values_of_the_vocabulary() -> None:
    with pytest.raises(NotFoundError, match="pii=perhaps"):
        plan_expression(WORLD, ChangeExpression("odd", (("pii", ("perhaps",)),)))


def test_a_torn_down_product_leaves_no_filter_that_would_narrow_the_next_one_of_its_name() -> None:
    held = replace(WORLD, filters=(EU,), grants=(GRANT,))
    holding = Holding({("sales", "orders"): ("{}", ())}, (), {}, {})
    steps = plan_teardown(held, Teardown("product", "sales.orders"), holding).steps
    assert steps.index(s.RevokePermissions(GRANT)) < steps.index(s.PutFilter(EU, None))


def test_a_torn_down_domain_leaves_saved_expressions_and_the_mesh_takes_them_along() -> None:
    both = (("domain", ("crm", "sales")), ("pii", ("false",)))
    held = replace(WORLD, expressions={"both": both, "only": (("domain", ("sales",)),)})
    holding = Holding({}, (), {}, {})
    narrowed = plan_teardown(held, Teardown("domain", "sales"), holding).steps
    assert s.PutExpression("both", both, (("domain", ("crm",)), ("pii", ("false",)))) in narrowed
    assert s.PutExpression("only", (("domain", ("sales",)),), ()) in narrowed
    assert s.PutExpression("both", both, ()) in plan_teardown(held, Teardown("mesh"), holding).steps
