"""Teardown removes what the portal made, nothing else, and its proof finds by name whatever is left."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants, ChangeVocabulary, CreateDomain, Teardown
from mesh_core.domain.world import (
    DatabaseResource,
    ExpressionResource,
    Grant,
    Principal,
    TableResource,
    TagResource,
    Target,
)
from mesh_core.errors import NotFoundError, PermissionDeniedError
from mesh_core.services.ports import TableDefinition
from tests.builders import draft, mesh_with, portal_on, steward, view_draft
from tests.fakes import FakeAws, FakePeople

ORDERS, SALES, MESH = Teardown("product", "sales.orders"), Teardown("domain", "sales"), Teardown("mesh")
SALES_BUCKET = "mesh-sales-000000000000-us-east-1"
ARN = "arn:aws:iam::000000000000:role/"


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    """sales with orders and the view recent on it, and an analyst."""
    portal = portal_on(aws)
    mesh_with(portal, aws, draft(), view_draft())
    return portal


def tear_down(portal: Portal, intent: Teardown) -> None:
    portal.changes.apply_now(steward(portal), intent)


def grant(portal: Portal, *grants: Grant) -> None:
    portal.changes.apply_now(steward(portal), ChangeGrants(grants=grants))


def add_foreign_table(aws: FakeAws, location: str = "s3://elsewhere/a/") -> None:
    """A table that somebody else put into the domain's database, with a right on it and on the database."""
    columns = [{"Name": "a", "Type": "int"}]
    text = json.dumps({"Name": "theirs", "StorageDescriptor": {"Columns": columns, "Location": location}})
    aws.tables["sales", "theirs"] = TableDefinition(text, ())
    aws.grants += (
        Grant(ARN + "scientist", TableResource("sales", "theirs"), ("SELECT",)),
        Grant(ARN + "scientist", DatabaseResource("sales"), ("DESCRIBE",)),
    )


@pytest.mark.parametrize("intent", [Teardown("product", "sales.recent"), ORDERS, SALES, MESH], ids=str)
def test_the_proof_counts_zero_of_every_kind_after_a_teardown(portal: Portal, intent: Teardown):
    tear_down(portal, intent)
    left, names = portal.teardowns.proof(intent)
    assert (left.is_empty, left.size_bytes, names) == (True, 0, ())


@pytest.mark.parametrize("intent", [ORDERS, SALES, MESH], ids=str)
def test_before_a_teardown_the_proof_names_what_stands(portal: Portal, intent: Teardown):
    left, names = portal.teardowns.proof(intent)
    assert not left.is_empty
    assert "Tables: sales.orders" in names


@pytest.mark.parametrize(
    ("intent", "leave", "name"),
    [
        (
            ORDERS,
            lambda aws: aws.objects[SALES_BUCKET].update({"orders/orders/x.parquet": [b"12345"]}),
            "Object versions",
        ),
        (ORDERS, lambda aws: aws.assigned.update({Target("sales", "orders"): {"pii": "true"}}), "LF-tag assignments"),
        (SALES, lambda aws: aws.objects.update({SALES_BUCKET: {}}), "Buckets"),
        (SALES, lambda aws: aws.locations.update({f"s3://{SALES_BUCKET}/": ARN}), "Registered locations"),
        (SALES, lambda aws: aws.work_groups.update({"sales-owner": ""}), "Work groups"),
        (SALES, lambda aws: aws.tag_values.update({"domain": ("sales",)}), "LF-tag values"),
        (MESH, lambda aws: aws.tag_values.update({"pii": ("true",)}), "LF-tag values"),
        (MESH, lambda aws: aws.objects.update({SALES_BUCKET: {}}), "Buckets"),
    ],
    ids=[
        "a product's object",
        "a product's LF-tag",
        "a domain's bucket",
        "a domain's location",
        "a domain's work group",
        "a domain's value",
        "a value of the mesh",
        "a bucket of the mesh",
    ],
)
def test_whatever_a_teardown_would_forget_is_found_by_the_proof(portal: Portal, aws: FakeAws, intent, leave, name: str):
    tear_down(portal, intent)
    leave(aws)
    left, names = portal.teardowns.proof(intent)
    assert dict(left.counts)[name] == 1
    assert [one.partition(":")[0] for one in names] == [name]


def test_the_inventory_counts_by_kind_with_bytes_and_names_views_and_readers_that_depend_on_it(portal: Portal):
    grant(portal, Grant(ARN + "analyst", TableResource("sales", "orders"), ("SELECT",)))
    preview = portal.teardowns.preview(steward(portal), ORDERS)
    counts = dict(preview.inventory.counts)
    assert (counts["Tables"], counts["Grants"], counts["LF-tag assignments"]) == (1, 1, 2)
    assert preview.inventory.size_bytes > 0
    assert (preview.dependents, preview.readers) == (("sales.recent",), ("analyst: SELECT on sales.orders",))


def test_a_foreign_table_stays_with_its_rights_its_database_and_its_bucket(portal: Portal, aws: FakeAws):
    add_foreign_table(aws)
    kept = [one for one in aws.grants if one.principal == ARN + "scientist"]
    preview = portal.teardowns.preview(steward(portal), SALES)
    assert preview.kept[0].startswith("The portal did not make theirs in sales: they stay")
    tear_down(portal, SALES)
    assert {one for one in aws.tables if one[0] == "sales"} == {("sales", "theirs")}
    assert "mesh.managed" not in aws.databases["sales"]
    assert SALES_BUCKET in aws.objects
    assert [one for one in aws.grants if getattr(one.resource, "database", "") == "sales"] == kept
    assert portal.teardowns.proof(SALES)[1] == ()


def test_of_a_detached_domain_the_portals_own_data_goes(portal: Portal, aws: FakeAws):
    add_foreign_table(aws, f"s3://{SALES_BUCKET}/theirs/")
    aws.objects[SALES_BUCKET]["theirs/1.csv"] = [b"1"]
    tear_down(portal, MESH)
    assert list(aws.objects) == [SALES_BUCKET]
    assert list(aws.objects[SALES_BUCKET]) == ["theirs/1.csv"]


@pytest.mark.parametrize("intent", [SALES, MESH], ids=["the domain", "the mesh"])
def test_files_that_somebody_else_put_into_a_domains_bucket_stay_with_it(
    portal: Portal, aws: FakeAws, intent: Teardown
):
    aws.objects[SALES_BUCKET]["raw/theirs.csv"] = [b"1"]
    record = portal.changes.apply_now(steward(portal), intent)
    assert record is not None and record.state == "done"
    assert aws.objects[SALES_BUCKET] == {"raw/theirs.csv": [b"1"]}
    assert "sales" not in aws.databases


def test_the_plan_says_how_many_files_of_others_stay(portal: Portal, aws: FakeAws):
    aws.objects[SALES_BUCKET]["raw/theirs.csv"] = [b"1"]
    plan = portal.changes.preview(steward(portal), SALES)
    assert (
        f"The portal did not put 1 objects into s3://{SALES_BUCKET}/: they stay, and so does the bucket." in plan.notes
    )


def test_data_that_a_foreign_table_reads_stays_even_under_a_products_prefix(portal: Portal, aws: FakeAws):
    add_foreign_table(aws, f"s3://{SALES_BUCKET}/orders/")
    before = [key for key in aws.objects[SALES_BUCKET] if key.startswith("orders/")]
    tear_down(portal, SALES)
    assert [key for key in aws.objects[SALES_BUCKET] if key.startswith("orders/")] == before


def test_foreign_buckets_roles_and_tags_stay(portal: Portal, aws: FakeAws, monkeypatch: pytest.MonkeyPatch):
    aws.objects["mesh-theirs"] = {"a": [b"1"]}
    aws.tag_values["theirs"] = ("x",)
    aws.roles["scientist"] = replace(aws.roles["analyst"], name="scientist")
    marked = FakePeople.principals

    def principals(self: FakePeople) -> tuple[Principal, ...]:
        return tuple(replace(one, managed=one.name != "scientist") for one in marked(self))

    monkeypatch.setattr(FakePeople, "principals", principals)
    tear_down(portal, MESH)
    assert (list(aws.objects), list(aws.tag_values)) == (["mesh-theirs"], ["theirs"])
    assert "scientist" in aws.roles
    assert "analyst" not in aws.roles


def test_a_tag_that_a_foreign_table_carries_stays_and_the_plan_says_so(portal: Portal, aws: FakeAws):
    add_foreign_table(aws)
    aws.assigned[Target("sales", "theirs")] = {"pii": "true"}
    plan = portal.changes.preview(steward(portal), MESH)
    assert "The LF-tag pii stays: sales.theirs, which the portal did not make, carries it." in plan.notes
    tear_down(portal, MESH)
    assert list(aws.tag_values) == ["pii"]
    assert portal.teardowns.proof(MESH)[1] == ()


def test_a_tag_that_was_made_in_the_portal_goes_with_the_mesh(portal: Portal, aws: FakeAws):
    portal.changes.apply_now(steward(portal), ChangeVocabulary("team", ("retail",)))
    aws.grants += (Grant(ARN + "mesh-portal", TagResource("team", ("*",)), ("ALTER", "DROP")),)
    tear_down(portal, MESH)
    assert aws.tag_values == {}


def test_a_grant_by_two_domains_keeps_the_one_that_stays(portal: Portal, aws: FakeAws):
    portal.changes.apply_now(steward(portal), CreateDomain("product"))
    both = ExpressionResource("TABLE", (("domain", ("product", "sales")), ("pii", ("false",))))
    grant(portal, Grant(ARN + "analyst", both, ("SELECT",)))
    tear_down(portal, SALES)
    assert [str(g.resource) for g in aws.grants if g.principal == ARN + "analyst"] == ["domain=product AND pii=false"]


def test_a_grant_by_a_domain_does_not_come_back_to_life_with_a_new_domain_of_that_name(portal: Portal, aws: FakeAws):
    grant(portal, Grant(ARN + "analyst", ExpressionResource("TABLE", (("domain", ("sales",)),)), ("SELECT",)))
    tear_down(portal, SALES)
    assert [g for g in aws.grants if g.principal == ARN + "analyst"] == []


def test_an_owner_of_two_domains_keeps_what_he_holds_in_the_other(portal: Portal, aws: FakeAws):
    portal.changes.apply_now(steward(portal), CreateDomain("product"))
    shared = json.loads(aws.databases["product"])
    shared["Parameters"]["mesh.owner"] = "sales-owner"
    aws.databases["product"] = json.dumps(shared)
    held = Grant(ARN + "sales-owner", TableResource("product", "*"), ("SELECT",))
    grant(portal, held)
    tear_down(portal, SALES)
    assert held in aws.grants
    assert "sales-owner" in aws.roles


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("sales-owner", ["Product sales.orders", "Product sales.recent", "Domain sales"]),
        ("mesh-steward", ["Product sales.orders", "Product sales.recent", "Domain sales", "The whole mesh"]),
        ("analyst", []),
    ],
)
def test_a_visitor_is_offered_what_he_may_change(portal: Portal, role: str, words: list[str]):
    assert [scope.words for scope in portal.teardowns.scopes(portal.visitors.visitor(role))] == words


def test_nothing_is_offered_when_nothing_of_the_mesh_is_left(portal: Portal, aws: FakeAws):
    aws.objects["mesh-theirs"] = {}
    tear_down(portal, MESH)
    assert portal.teardowns.scopes(steward(portal)) == ()


def test_an_owner_tears_down_neither_the_mesh_nor_another_domain(portal: Portal):
    owner = portal.visitors.visitor("sales-owner")
    for intent in (MESH, Teardown("domain", "product")):
        with pytest.raises(PermissionDeniedError):
            portal.teardowns.preview(owner, intent)


def test_a_database_that_the_portal_did_not_make_is_no_scope(portal: Portal, aws: FakeAws):
    aws.databases["theirs"] = json.dumps({"Name": "theirs"})
    with pytest.raises(NotFoundError, match="did not make the database 'theirs'"):
        portal.teardowns.preview(steward(portal), Teardown("domain", "theirs"))
