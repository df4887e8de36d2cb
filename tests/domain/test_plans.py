"""What is planned for an intent on a world: foundation, products, governance, teardown; and who may ask for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from mesh_core.domain import intents as i
from mesh_core.domain import steps as s
from mesh_core.domain.delegation import check_delegated
from mesh_core.domain.foundation import plan_domain, plan_persona, plan_prepare
from mesh_core.domain.glue_shapes import table_input, table_of
from mesh_core.domain.govern import plan_assignments, plan_grants, plan_vocabulary
from mesh_core.domain.intents import Teardown
from mesh_core.domain.names import MANAGED, Naming, ProductName
from mesh_core.domain.projection import after
from mesh_core.domain.publish import Documents, next_version, plan_edit, plan_publication, problems
from mesh_core.domain.teardown import (
    Holding,
    dependents,
    plan_teardown,
    purge_targets,
)
from mesh_core.domain.teardown_scope import people_in_scope, tables_in_scope
from mesh_core.domain.visitors import Visitor, check_may, visitor_of
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    Database,
    ExpressionResource,
    Grant,
    Principal,
    Table,
    TableResource,
    Target,
    World,
)
from mesh_core.errors import (
    InvalidDraftError,
    InvalidInputError,
    InvalidNameError,
    NameTakenError,
    NotFoundError,
    PermissionDeniedError,
)
from tests.builders import draft, view_draft

NAMING = Naming("000000000000", "us-east-1")
ARN = NAMING.role_arn
EMPTY = World(NAMING)
DOCUMENTS = Documents("_mesh/orders/c.yaml", "contract", "0" * 64, "_mesh/orders/p.yaml", "product")
NEXT = replace(DOCUMENTS, contract="other", contract_sha256="1" * 64)
PREPARED = after(EMPTY, plan_prepare(EMPTY, i.PrepareMesh()).steps)
SALES = i.CreateDomain("sales", "Sales")
MESH = after(PREPARED, (*plan_domain(PREPARED, SALES).steps, *plan_persona(PREPARED, i.CreatePersona("analyst")).steps))
PUBLISHED = after(MESH, plan_publication(MESH, i.PublishProduct(draft()), DOCUMENTS).steps)
WITH_VIEW = after(PUBLISHED, plan_publication(PUBLISHED, i.PublishProduct(view_draft()), DOCUMENTS).steps)
ORDERS = PUBLISHED.table("sales", "orders")
BY_TAG = Grant(ARN("analyst"), ExpressionResource("TABLE", (("pii", ("false",)),)), ("SELECT",))
BY_NAME = Grant(ARN("analyst"), TableResource("sales", "orders"), ("SELECT",))


def _kinds(steps: Iterable[s.Step]) -> list[str]:
    return [type(step).__name__ for step in steps]


def _holding(world: World, intent: Teardown, **changes: Any) -> Holding:
    found = {(t.database, t.name): (table_input(t), ()) for t in tables_in_scope(world, intent)}
    roles = dict.fromkeys(people_in_scope(world, intent), ("d", "{}", "{}"))
    purges = tuple(s.PurgeTarget(bucket, prefix, 3, 10) for bucket, prefix in purge_targets(world, intent))
    return replace(Holding(found, purges, roles, dict.fromkeys(roles, "s3://b/")), **changes)


# Foundation


def test_a_new_account_gets_governed_defaults_a_steward_and_the_vocabulary_and_then_nothing_more() -> None:
    assert PREPARED.settings["CreateTableDefaultPermissions"] == []
    assert ARN("mesh-steward") in PREPARED.administrators
    assert set(PREPARED.tags) == {"sensitivity", "pii"}
    assert plan_prepare(PREPARED, i.PrepareMesh()).is_empty


def test_values_that_others_gave_a_tag_stay() -> None:
    world = replace(EMPTY, tags={"pii": ("maybe", "true")})
    steps = plan_prepare(world, i.PrepareMesh()).steps
    assert s.SetTagValues("pii", ("maybe", "true"), ("maybe", "true", "false")) in steps


def test_a_domain_on_an_empty_account_brings_the_foundation_and_stands_after_it() -> None:
    new = replace(EMPTY, settings={"CreateTableDefaultPermissions": [{}]})
    plan = plan_domain(new, SALES)
    assert plan_domain(after(new, plan.steps), SALES).is_empty
    assert "governed by Lake Formation instead of IAM alone" in plan.notes[0]


def test_a_domain_that_is_half_made_gets_what_is_missing() -> None:
    half = replace(MESH, work_groups=(), locations=())
    steps = ["CreateWorkGroup", "RegisterLocation", "RegisterLocation", "CreateWorkGroup"]
    assert _kinds(plan_domain(half, SALES).steps) == steps


@pytest.mark.parametrize("name", ["Sales", "default", "a-b", ""])
def test_a_domain_needs_a_name_that_aws_takes(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_domain(EMPTY, i.CreateDomain(name))


def test_a_database_that_somebody_else_made_is_no_domain_and_is_not_made_one() -> None:
    with pytest.raises(NameTakenError):
        plan_domain(replace(EMPTY, databases=(Database("sales"),)), SALES)


# Publishing


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"name": "Or ders"}, "name", id="a name that Glue refuses"),
        pytest.param({"domain": "hr"}, "domain", id="a domain that isn't there"),
        pytest.param({"description": " "}, "description", id="no description"),
        pytest.param({"owner": ""}, "owner", id="no owner"),
        pytest.param({"columns": (), "column_tags": {}}, "columns", id="no columns"),
        pytest.param({"columns": (Column("email", "int"),) * 2}, "columns", id="a column twice"),
        pytest.param({"files": ()}, "files", id="no file"),
        pytest.param({"template": "from-s3", "location": "here"}, "location", id="no S3 location"),
        pytest.param({"template": "from-s3", "location": "s3://other/x/"}, "location", id="another's bucket"),
        pytest.param(
            {"template": "from-s3", "location": f"s3://{NAMING.bucket('sales')}/"}, "location", id="the whole bucket"
        ),
        pytest.param(
            {"template": "from-s3", "location": f"s3://{NAMING.bucket('sales')}/_mesh/x/"}, "location", id="documents"
        ),
        pytest.param({"template": "cross-domain-view", "view_sql": " "}, "view_sql", id="no SQL"),
        pytest.param({"tags": {"pii": "perhaps"}}, "tags", id="an unknown tag value"),
        pytest.param({"column_tags": {"gone": {"pii": "true"}}}, "column_tags", id="a tag for no column"),
    ],
)
def test_a_draft_that_lacks_something_is_told_where_and_nothing_is_planned(changes: dict[str, Any], field: str) -> None:
    wrong = draft(**changes)
    assert [name for name, _ in problems(MESH, wrong)] == [field]
    with pytest.raises(InvalidDraftError):
        plan_publication(MESH, i.PublishProduct(wrong), DOCUMENTS)


def test_documents_come_first_then_the_table_then_its_tags_then_the_data() -> None:
    kinds = _kinds(plan_publication(MESH, i.PublishProduct(draft()), DOCUMENTS).steps)
    assert kinds == ["PutObject", "PutObject", "CreateTable", "AssignTags", "CopyObject"]


def test_a_published_product_is_not_published_again() -> None:
    assert plan_publication(PUBLISHED, i.PublishProduct(draft()), DOCUMENTS).is_empty


@pytest.mark.parametrize(
    ("existing", "documents"),
    [
        pytest.param(replace(ORDERS, parameters={}), DOCUMENTS, id="made by somebody else"),
        pytest.param(replace(ORDERS, columns=ORDERS.columns[:1]), DOCUMENTS, id="other columns"),
        pytest.param(replace(ORDERS, view_sql="SELECT 1 AS id"), DOCUMENTS, id="a view"),
        pytest.param(ORDERS, NEXT, id="another contract"),
    ],
)
def test_another_thing_of_that_name_is_in_the_way(existing: Table, documents: Documents) -> None:
    with pytest.raises(NameTakenError):
        plan_publication(replace(MESH, tables=(existing,)), i.PublishProduct(draft()), documents)


def test_publishing_says_who_gains_what() -> None:
    world = after(MESH, (s.GrantPermissions(BY_TAG),))
    effects = [str(e) for e in plan_publication(world, i.PublishProduct(draft()), DOCUMENTS).effects]
    assert "analyst gains id of sales.orders" in effects


# Editing


def _edited(intent: i.EditProduct) -> tuple[World, list[str]]:
    plan = plan_edit(PUBLISHED, intent, table_input(ORDERS), NEXT)
    world = after(PUBLISHED, plan.steps)
    assert plan_edit(world, intent, table_input(world.table("sales", "orders")), NEXT).is_empty
    return world, _kinds(plan.steps)


def test_new_words_make_a_new_version_of_the_contract_and_keep_the_rest() -> None:
    edit = i.EditProduct(ProductName("sales", "orders"), "New words", "Why", column_descriptions={"id": "The key"})
    world, kinds = _edited(edit)
    table = world.table("sales", "orders")
    assert kinds == ["PutObject", "PutObject", "UpdateTable"]
    assert (table.description, table.columns[0].description, table.columns[1]) == (
        "New words",
        "The key",
        ORDERS.columns[1],
    )
    assert (table.parameters["mesh.version"], table.parameters["mesh.contract_sha256"]) == ("1.0.1", "1" * 64)
    assert table.location == ORDERS.location


def test_new_tags_alone_leave_the_contract_as_it_is() -> None:
    world, kinds = _edited(i.EditProduct(ProductName("sales", "orders"), column_tags={"email": {"pii": "false"}}))
    assert kinds == ["AssignTags"]
    assert world.assigned[Target("sales", "orders", "email")] == {"pii": "false"}


def test_an_edit_that_changes_nothing_plans_nothing() -> None:
    edit = i.EditProduct(ProductName("sales", "orders"), description="Orders")
    assert plan_edit(PUBLISHED, edit, table_input(ORDERS), NEXT).is_empty


def test_what_others_added_to_a_table_survives_an_edit() -> None:
    document = json.loads(table_input(ORDERS))
    document["StorageDescriptor"]["SortColumns"] = [{"Column": "id", "SortOrder": 1}]
    plan = plan_edit(
        PUBLISHED, i.EditProduct(ProductName("sales", "orders"), description="New"), json.dumps(document), NEXT
    )
    changed = next(one for one in plan.steps if isinstance(one, s.UpdateTable))
    assert json.loads(changed.after)["StorageDescriptor"]["SortColumns"] == [{"Column": "id", "SortOrder": 1}]
    assert table_of("sales", json.loads(changed.after)).description == "New"


def test_a_product_that_is_gone_is_not_edited() -> None:
    with pytest.raises(NotFoundError):
        plan_edit(MESH, i.EditProduct(ProductName("sales", "gone"), description="x"), "{}", NEXT)


@pytest.mark.parametrize(("version", "after_it"), [("1.0.3", "1.0.4"), ("2", "2.0.1"), ("1.0.x", "1.0.x.1")])
def test_an_edit_of_words_is_a_patch(version: str, after_it: str) -> None:
    assert next_version(version) == after_it


# Governing


def test_a_value_is_added_to_the_vocabulary_and_one_in_use_is_not_taken_away() -> None:
    world = replace(PUBLISHED, grants=(BY_TAG,))
    assert _kinds(plan_vocabulary(world, i.ChangeVocabulary("team", ("a",))).steps) == ["SetTagValues"]
    assert plan_vocabulary(world, i.ChangeVocabulary("pii", ("true", "false"))).is_empty
    with pytest.raises(InvalidInputError, match="sales.orders.email"):
        plan_vocabulary(world, i.ChangeVocabulary("pii", ("false",)))


def test_deleting_a_value_that_a_grant_names_is_said() -> None:
    world = replace(EMPTY, tags={"pii": ("true", "false")}, grants=(BY_TAG,))
    assert plan_vocabulary(world, i.ChangeVocabulary("pii", ())).notes == (
        "A grant names it: analyst on every table with pii=false",
    )


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(i.ChangeVocabulary("gone", ()), id="deleting a tag that isn't there"),
        pytest.param(i.ChangeAssignments(((Target("hr"), {}),)), id="a database that isn't there"),
        pytest.param(i.ChangeAssignments(((Target("sales", "gone"), {}),)), id="a table that isn't there"),
        pytest.param(i.ChangeAssignments(((Target("sales", "orders", "gone"), {}),)), id="a column that isn't there"),
        pytest.param(i.ChangeAssignments(((Target("sales"), {"pii": "perhaps"}),)), id="a value that isn't there"),
    ],
)
def test_what_is_not_there_is_not_governed(intent: i.ChangeVocabulary | i.ChangeAssignments) -> None:
    with pytest.raises(NotFoundError):
        if isinstance(intent, i.ChangeVocabulary):
            plan_vocabulary(PUBLISHED, intent)
        else:
            plan_assignments(PUBLISHED, intent)


def test_only_what_differs_is_assigned_granted_or_revoked() -> None:
    email, changed = Target("sales", "orders", "email"), {"pii": "false"}
    same = dict(PUBLISHED.assigned[email])
    assert plan_assignments(PUBLISHED, i.ChangeAssignments(((email, same),))).is_empty
    plan = plan_assignments(PUBLISHED, i.ChangeAssignments(((email, changed),)))
    assert plan.steps == (s.AssignTags(email, same, changed),)
    held = replace(PUBLISHED, grants=(BY_NAME,))
    both = Grant(BY_NAME.principal, BY_NAME.resource, ("DESCRIBE", "SELECT"))
    more = Grant(BY_NAME.principal, BY_NAME.resource, ("DESCRIBE",))
    assert plan_grants(held, i.ChangeGrants((both,))).steps == (s.GrantPermissions(more),)
    assert plan_grants(held, i.ChangeGrants((), (both,))).steps == (s.RevokePermissions(BY_NAME),)
    assert plan_grants(held, i.ChangeGrants((BY_NAME,), (more,))).is_empty


# Tearing down


def test_a_product_goes_grants_first_its_data_last_and_its_neighbours_stay() -> None:
    world = replace(WITH_VIEW, grants=(*WITH_VIEW.grants, BY_NAME, BY_TAG))
    intent = Teardown("product", "sales.orders")
    purge = (s.PurgeTarget(NAMING.bucket("sales"), "orders/", 1, 10),)
    plan = plan_teardown(world, intent, _holding(world, intent, purges=purge))
    assert _kinds(plan.steps) == ["RevokePermissions", "AssignTags", "DeleteTable", "Purge"]
    assert plan.steps[0] == s.RevokePermissions(BY_NAME)
    assert plan.notes == ("The view sales.recent reads from it and will stop working.",)
    assert dependents(world, intent) == ("sales.recent",)


def test_views_go_before_what_they_read() -> None:
    found = tables_in_scope(WITH_VIEW, Teardown("domain", "sales"))
    assert [t.name for t in found] == ["recent", "orders"]


def test_the_whole_mesh_goes_and_nothing_of_it_is_left_in_the_world() -> None:
    intent = Teardown("mesh")
    holding = _holding(WITH_VIEW, intent, settings='{"CreateTableDefaultPermissions": [{"x": 1}]}')
    world = after(WITH_VIEW, plan_teardown(WITH_VIEW, intent, holding).steps)
    assert (world.databases, world.tables, world.principals, world.grants, world.locations) == ((), (), (), (), ())
    assert dict(world.tags) == {}
    assert world.settings["CreateTableDefaultPermissions"] == [{"x": 1}]
    assert ARN("mesh-steward") not in world.administrators


def test_what_the_portal_did_not_make_stays_and_so_does_the_database_that_holds_it() -> None:
    foreign = Table("sales", "theirs", (Column("id", "int"),), location="s3://elsewhere/")
    by_them = Grant(ARN("somebody"), TableResource("hr", "theirs"), ("SELECT",))
    world = replace(
        WITH_VIEW,
        tables=(*WITH_VIEW.tables, foreign),
        databases=(*WITH_VIEW.databases, Database("hr")),
        principals=(*WITH_VIEW.principals, Principal("somebody", ARN("somebody"))),
        grants=(*WITH_VIEW.grants, by_them),
        tags={**WITH_VIEW.tags, "team": ("a",)},
    )
    intent = Teardown("mesh")
    plan = plan_teardown(world, intent, _holding(world, intent))
    left = after(world, plan.steps)
    assert left.tables == (foreign,)
    assert {d.name: MANAGED in d.parameters for d in left.databases} == {"hr": False, "sales": False}
    assert (left.grants, [p.name for p in left.principals], left.tags["team"]) == ((by_them,), ["somebody"], ("a",))
    purged = [target for step in plan.steps if isinstance(step, s.Purge) for target in step.targets]
    assert (NAMING.bucket("sales"), "") not in [(one.bucket, one.prefix) for one in purged]
    assert "theirs" in plan.notes[0]


def test_an_owner_of_two_domains_stays_with_the_second() -> None:
    other = Database("product", "", "", {MANAGED: "true", "mesh.owner": "sales-owner"})
    world = replace(WITH_VIEW, databases=(*WITH_VIEW.databases, other))
    assert people_in_scope(WITH_VIEW, Teardown("domain", "sales")) == ("sales-owner",)
    assert people_in_scope(world, Teardown("domain", "sales")) == ()


@pytest.mark.parametrize("name", ["gone", "theirs"])
def test_a_domain_that_is_not_the_meshs_is_not_torn_down(name: str) -> None:
    world = replace(MESH, databases=(*MESH.databases, Database("theirs")))
    with pytest.raises(NotFoundError):
        plan_teardown(world, Teardown("domain", name), _holding(world, Teardown("domain", name)))


# Who may


OWN, OTHER = ("sales-owner", "mesh-steward"), ("mesh-steward",)
TO_COLUMNS = Grant(ARN("x"), ColumnsResource("sales", "orders", ("id",)), ("SELECT",))


def check(visitor: Visitor, intent: i.Intent) -> None:
    check_may(visitor, intent)
    check_delegated(PUBLISHED, visitor, intent)


@pytest.mark.parametrize(
    ("intent", "allowed"),
    [
        pytest.param(i.PrepareMesh(), OTHER, id="prepare the mesh"),
        pytest.param(i.CreateDomain("hr"), OTHER, id="create a domain"),
        pytest.param(i.CreatePersona("x"), OTHER, id="create a role"),
        pytest.param(i.ChangeVocabulary("pii", ()), OTHER, id="change the vocabulary"),
        pytest.param(i.PublishProduct(draft()), OWN, id="publish in a domain"),
        pytest.param(i.EditProduct(ProductName("sales", "orders")), OWN, id="edit a product"),
        pytest.param(i.ChangeAssignments(((Target("sales", "orders"), {}),)), OWN, id="tag a table"),
        pytest.param(i.ChangeAssignments(((Target("sales"), {}), (Target("hr"), {}))), OTHER, id="tag two domains"),
        pytest.param(i.ChangeGrants((BY_NAME,)), OWN, id="grant a table"),
        pytest.param(i.ChangeGrants((), (TO_COLUMNS,)), OWN, id="revoke columns"),
        pytest.param(i.ChangeGrants((BY_TAG,)), OTHER, id="grant by tag"),
        pytest.param(Teardown("product", "sales.orders"), OWN, id="tear down a product"),
        pytest.param(Teardown("domain", "sales"), OWN, id="tear down a domain"),
        pytest.param(Teardown("domain", "hr"), OTHER, id="tear down another's domain"),
        pytest.param(Teardown("mesh"), OTHER, id="tear down the mesh"),
    ],
)
def test_who_may_ask_for_what(intent: i.Intent, allowed: tuple[str, ...]) -> None:
    for role in ("mesh-steward", "sales-owner", "analyst"):
        visitor = visitor_of(PUBLISHED, role)
        if role in allowed:
            check(visitor, intent)
        else:
            with pytest.raises(PermissionDeniedError, match="[Aa]sk "):
                check(visitor, intent)
