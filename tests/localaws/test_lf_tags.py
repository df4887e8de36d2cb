"""LF-tags: the vocabulary, assignments with inheritance, saved expressions, search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.lake_world import DATABASE, Mesh, caller, columns, policy, refused, saved, settled, table, tag

CUSTOMERS, ORDERS = table("customers"), table("orders")


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    made = settled(tmp_path)
    made.vocabulary(domain=["sales", "hr"], sensitivity=["public", "internal", "secret"], pii=["true", "false"])
    return made


def pairs(tags: list[dict[str, Any]]) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValues"][0] for tag in tags}


def test_keys_and_values_are_lower_case(mesh: Mesh) -> None:
    mesh.vocabulary(Retention=["30D", "1y"])
    assert mesh.call("admin", "GetLFTag", TagKey="RETENTION")["TagValues"] == ["30d", "1y"]
    with refused("InvalidInputException", "already exists"):
        mesh.vocabulary(RETENTION=["x"])
    assert mesh.tag(DATABASE, RETENTION="1Y") == []
    mesh.grant("analyst", policy(retention=["1Y"]), "SELECT")
    assert "SELECT" in mesh.access("analyst", "orders").permissions


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("CreateLFTag", {"TagKey": "big", "TagValues": [f"v{n}" for n in range(51)]}, "InvalidInputException"),
        ("CreateLFTag", {"TagKey": "k" * 129, "TagValues": ["x"]}, "InvalidInputException"),
        ("CreateLFTag", {"TagKey": "a;b", "TagValues": ["x"]}, "InvalidInputException"),
        ("CreateLFTag", {"TagKey": "star", "TagValues": ["*"]}, "InvalidInputException"),
        ("UpdateLFTag", {"TagKey": "nosuch", "TagValuesToAdd": ["x"]}, "EntityNotFoundException"),
        ("UpdateLFTag", {"TagKey": "domain", "TagValuesToDelete": ["nosuch"]}, "EntityNotFoundException"),
        ("UpdateLFTag", {"TagKey": "pii", "TagValuesToDelete": ["true", "false"]}, "InvalidInputException"),
        ("DeleteLFTag", {"TagKey": "nosuch"}, "EntityNotFoundException"),
        ("GetLFTag", {"TagKey": "nosuch"}, "EntityNotFoundException"),
    ],
)
def test_a_vocabulary_has_rules(mesh: Mesh, operation: str, params: dict[str, Any], code: str) -> None:
    with refused(code):
        mesh.call("admin", operation, **params)


def test_a_value_in_use_is_not_deleted(mesh: Mesh) -> None:
    mesh.tag(ORDERS, domain="hr")
    with refused("InvalidInputException", "Update not allowed"):
        mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToDelete=["hr"])
    removed = mesh.call(
        "admin", "RemoveLFTagsFromResource", Resource=ORDERS, LFTags=[{"TagKey": "domain", "TagValues": ["hr"]}]
    )
    assert removed == {"Failures": []}
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToDelete=["hr"], TagValuesToAdd=["legal"])
    assert mesh.call("admin", "GetLFTag", TagKey="domain")["TagValues"] == ["sales", "legal"]


def test_a_deleted_tag_is_gone_from_resources_and_its_grants_stay_dead(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales", sensitivity="internal")
    mesh.grant("analyst", policy(domain=["sales"]), "SELECT")
    mesh.call("admin", "DeleteLFTag", TagKey="domain")
    shown = mesh.call("admin", "GetResourceLFTags", Resource=DATABASE)
    assert pairs(shown["LFTagOnDatabase"]) == {"sensitivity": "internal"}
    mesh.vocabulary(domain=["sales"])
    mesh.tag(DATABASE, domain="sales")
    assert mesh.access("analyst", "orders").permissions == frozenset()


def test_tags_are_inherited_overridden_and_restored(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales", sensitivity="internal")
    mesh.tag(CUSTOMERS, sensitivity="public")
    mesh.tag(columns("customers", "name", "email"), sensitivity="secret", pii="true")
    shown = mesh.call("admin", "GetResourceLFTags", Resource=CUSTOMERS)
    assert pairs(shown["LFTagOnDatabase"]) == {"domain": "sales", "sensitivity": "internal"}
    assert pairs(shown["LFTagsOnTable"]) == {"domain": "sales", "sensitivity": "public"}
    on_columns = {c["Name"]: pairs(c["LFTags"]) for c in shown["LFTagsOnColumns"]}
    assert on_columns["email"] == {"domain": "sales", "sensitivity": "secret", "pii": "true"}
    assert on_columns["id"] == {"domain": "sales", "sensitivity": "public"}
    assigned = mesh.call("admin", "GetResourceLFTags", Resource=CUSTOMERS, ShowAssignedLFTags=True)
    assert "LFTagOnDatabase" not in assigned and pairs(assigned["LFTagsOnTable"]) == {"sensitivity": "public"}
    assert [c["Name"] for c in assigned["LFTagsOnColumns"]] == ["name", "email"]
    mesh.call(
        "admin",
        "RemoveLFTagsFromResource",
        Resource=CUSTOMERS,
        LFTags=[{"TagKey": "sensitivity", "TagValues": ["public"]}],
    )
    shown = mesh.call("admin", "GetResourceLFTags", Resource=CUSTOMERS)
    assert pairs(shown["LFTagsOnTable"])["sensitivity"] == "internal"


@pytest.mark.parametrize(
    ("tags", "containing"),
    [
        ([{"TagKey": "domain", "TagValues": ["sales", "hr"]}], "size not equal to 1"),
        ([{"TagKey": "domain", "TagValues": ["*"]}], "wild card"),
        ([{"TagKey": "domain", "TagValues": ["hr"]}, {"TagKey": "Domain", "TagValues": ["hr"]}], "duplicate tag key"),
    ],
)
def test_a_resource_has_one_value_a_key(mesh: Mesh, tags: list[dict[str, Any]], containing: str) -> None:
    with refused("InvalidInputException", containing):
        mesh.call("admin", "AddLFTagsToResource", Resource=DATABASE, LFTags=tags)


def test_tags_that_cannot_be_assigned_are_reported_and_the_others_are_assigned(mesh: Mesh) -> None:
    failures = mesh.tag(ORDERS, domain="sales", nosuch="x", pii="maybe")
    assert [(f["LFTag"]["TagKey"], f["Error"]) for f in failures] == [
        (key, {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Tag or tag value does not exist."})
        for key in ("nosuch", "pii")
    ]
    assert pairs(mesh.call("admin", "GetResourceLFTags", Resource=ORDERS)["LFTagsOnTable"]) == {"domain": "sales"}


def test_an_inherited_tag_is_not_removed_where_it_is_inherited(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales")
    wanted = [{"TagKey": "domain", "TagValues": ["sales"]}]
    failures = mesh.call("admin", "RemoveLFTagsFromResource", Resource=ORDERS, LFTags=wanted)["Failures"]
    assert [f["Error"]["ErrorCode"] for f in failures] == ["EntityNotFoundException"]


def test_tagging_needs_the_tag_and_the_resource(mesh: Mesh) -> None:
    assert [f["Error"]["ErrorCode"] for f in mesh.tag(ORDERS, by="producer", domain="sales")] == [
        "AccessDeniedException"
    ]
    mesh.grant("producer", tag("domain", "sales"), "ASSOCIATE")
    mesh.grant("engineer", tag("domain", "*"), "ASSOCIATE")
    assert mesh.tag(ORDERS, by="producer", domain="sales") == []
    assert len(mesh.tag(ORDERS, by="producer", domain="hr")) == 1
    with refused("AccessDeniedException"):
        mesh.tag(ORDERS, by="engineer", domain="hr")
    mesh.grant("engineer", ORDERS, "ALL", passing=("ALL",))
    assert mesh.tag(ORDERS, by="engineer", domain="hr") == []


def test_tags_are_shown_to_those_who_may_know_of_them(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales", sensitivity="internal")
    mesh.grant("analyst", ORDERS, "SELECT")
    assert mesh.call("analyst", "GetResourceLFTags", Resource=ORDERS) == {}
    assert mesh.call("analyst", "ListLFTags")["LFTags"] == []
    mesh.grant("analyst", tag("domain", "sales"), "ASSOCIATE")
    assert [(t["TagKey"], t["TagValues"]) for t in mesh.call("analyst", "ListLFTags")["LFTags"]] == [
        ("domain", ["sales"])
    ]
    assert pairs(mesh.call("analyst", "GetResourceLFTags", Resource=ORDERS)["LFTagsOnTable"]) == {"domain": "sales"}
    with refused("AccessDeniedException"):
        mesh.call("analyst", "GetLFTag", TagKey="sensitivity")
    with refused("AccessDeniedException"):
        mesh.call("analyst", "GetLFTag", TagKey="nosuch")


def test_a_tag_creator_rules_his_tag_and_no_other(mesh: Mesh) -> None:
    with refused("AccessDeniedException", "Required create tag on catalog"):
        mesh.call("steward", "CreateLFTag", TagKey="retention", TagValues=["30d"])
    mesh.grant("steward", {"Catalog": {}}, "CREATE_LF_TAG")
    mesh.call("steward", "CreateLFTag", TagKey="retention", TagValues=["30d"])
    mesh.call("steward", "UpdateLFTag", TagKey="retention", TagValuesToAdd=["1y"])
    mesh.grant("producer", tag("retention", "1y"), "ASSOCIATE", by="steward")
    with refused("AccessDeniedException"):
        mesh.call("producer", "UpdateLFTag", TagKey="retention", TagValuesToAdd=["5y"])
    for operation in ("UpdateLFTag", "DeleteLFTag"):
        with refused("AccessDeniedException"):
            mesh.call("steward", operation, TagKey="domain")
    mesh.call("steward", "DeleteLFTag", TagKey="retention")


def test_a_saved_expression_moves_the_grants_by_its_name(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales")
    mesh.tag(ORDERS, domain="hr")
    body = [{"TagKey": "domain", "TagValues": ["sales"]}]
    mesh.call("admin", "CreateLFTagExpression", Name="ours", Expression=body, Description="our tables")
    mesh.grant("analyst", saved("ours"), "SELECT")
    assert ("SELECT" in mesh.access("analyst", "customers").permissions, mesh.access("analyst", "orders").columns) == (
        True,
        (),
    )
    mesh.call("admin", "UpdateLFTagExpression", Name="ours", Expression=[{"TagKey": "domain", "TagValues": ["hr"]}])
    assert mesh.access("analyst", "customers").columns == ()
    assert "SELECT" in mesh.access("analyst", "orders").permissions
    assert mesh.call("admin", "GetLFTagExpression", Name="ours")["Description"] == "our tables"
    mesh.call("admin", "DeleteLFTagExpression", Name="ours")
    mesh.call("admin", "CreateLFTagExpression", Name="ours", Expression=body)
    assert mesh.access("analyst", "customers").columns == ()


def test_a_saved_expression_is_made_by_those_who_may_use_its_tags(mesh: Mesh) -> None:
    body = [{"TagKey": "domain", "TagValues": ["sales"]}]
    with refused("AccessDeniedException"):
        mesh.call("steward", "CreateLFTagExpression", Name="ours", Expression=body)
    mesh.grant("steward", {"Catalog": {}}, "CREATE_LF_TAG_EXPRESSION")
    with refused("AccessDeniedException"):
        mesh.call("steward", "CreateLFTagExpression", Name="ours", Expression=body)
    mesh.grant("steward", tag("domain", "sales"), "GRANT_WITH_LF_TAG_EXPRESSION")
    mesh.call("steward", "CreateLFTagExpression", Name="ours", Expression=body)
    assert [e["Name"] for e in mesh.call("steward", "ListLFTagExpressions")["LFTagExpressions"]] == ["ours"]
    assert mesh.call("analyst", "ListLFTagExpressions")["LFTagExpressions"] == []
    with refused("AccessDeniedException"):
        mesh.call("analyst", "GetLFTagExpression", Name="ours")
    with refused("InvalidInputException", "already exists"):
        mesh.call("steward", "CreateLFTagExpression", Name="ours", Expression=body)


def test_an_inline_expression_has_900_bytes_at_most(mesh: Mesh) -> None:
    values = [f"value-{n:04}-{'x' * 20}" for n in range(30)]
    mesh.vocabulary(long=values)
    with refused("InvalidInputException", "900"):
        mesh.grant("analyst", policy(long=values), "SELECT")
    mesh.call("admin", "CreateLFTagExpression", Name="long", Expression=[{"TagKey": "long", "TagValues": values}])
    mesh.grant("analyst", saved("long"), "SELECT")


def test_search_finds_what_the_caller_sees(mesh: Mesh) -> None:
    mesh.tag(DATABASE, domain="sales")
    mesh.tag(columns("customers", "email"), pii="true")
    found = mesh.call("admin", "SearchTablesByLFTags", Expression=[{"TagKey": "pii", "TagValues": ["true"]}])
    assert [(t["Table"]["Name"], [c["Name"] for c in t["LFTagsOnColumns"]]) for t in found["TableList"]] == [
        ("customers", ["email"])
    ]
    wanted = [{"TagKey": "domain", "TagValues": ["sales"]}]
    assert [
        d["Database"]["Name"] for d in mesh.call("admin", "SearchDatabasesByLFTags", Expression=wanted)["DatabaseList"]
    ] == ["sales"]
    with refused("AccessDeniedException"):
        mesh.call("analyst", "SearchTablesByLFTags", Expression=wanted)
    mesh.grant("analyst", tag("domain", "sales"), "DESCRIBE")
    assert mesh.call("analyst", "SearchTablesByLFTags", Expression=wanted)["TableList"] == []
    mesh.grant("analyst", ORDERS, "DESCRIBE")
    tables = mesh.call("analyst", "SearchTablesByLFTags", Expression=wanted)["TableList"]
    assert [t["Table"]["Name"] for t in tables] == ["orders"]
    assert mesh.lake.database_access(caller("analyst"), "sales") == {"DESCRIBE"}


HR = [{"TagKey": "domain", "TagValues": ["hr"]}]


def test_a_value_added_again_revives_no_grant(mesh: Mesh) -> None:
    mesh.grant("analyst", policy(domain=["hr"]), "SELECT")
    mesh.grant("steward", policy(domain=["hr", "sales"]), "SELECT", passing=("SELECT",))
    mesh.grant("auditor", policy(domain=["hr"], pii=["true"]), "SELECT")
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToDelete=["hr"])
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToAdd=["hr"])
    mesh.tag(ORDERS, domain="hr", pii="true")
    mesh.tag(CUSTOMERS, domain="sales")
    for nobody in ("analyst", "auditor"):
        assert not mesh.access(nobody, "orders").columns
    assert not mesh.access("steward", "orders").columns
    assert mesh.access("steward", "customers").columns == ("id", "name", "email", "country")
    kept = mesh.call("admin", "ListPermissions", ResourceType="LF_TAG_POLICY_TABLE")["PrincipalResourcePermissions"]
    assert [each["Resource"]["LFTagPolicy"]["Expression"] for each in kept] == [
        [{"TagKey": "domain", "TagValues": ["sales"]}]
    ]
    assert kept[0]["PermissionsWithGrantOption"] == ["SELECT"]


def test_a_narrowed_policy_joins_the_one_that_it_now_equals(mesh: Mesh) -> None:
    mesh.grant("analyst", policy(domain=["sales"]), "SELECT", "DESCRIBE")
    mesh.grant("analyst", policy(domain=["hr", "sales"]), "SELECT", passing=("SELECT",))
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToDelete=["hr"])
    kept = mesh.call("admin", "ListPermissions", ResourceType="LF_TAG_POLICY_TABLE")["PrincipalResourcePermissions"]
    assert [(each["Permissions"], each["PermissionsWithGrantOption"]) for each in kept] == [
        (["DESCRIBE", "SELECT"], ["SELECT"])
    ]


def test_every_value_means_values_added_later_too(mesh: Mesh) -> None:
    mesh.grant("analyst", policy(domain=["*"]), "SELECT")
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToDelete=["hr"])
    mesh.call("admin", "UpdateLFTag", TagKey="domain", TagValuesToAdd=["hr"])
    mesh.tag(ORDERS, domain="hr")
    assert "amount" in mesh.access("analyst", "orders").columns


def test_a_principal_holds_grants_by_fifty_saved_expressions_at_most(mesh: Mesh) -> None:
    for number in range(51):
        mesh.call("admin", "CreateLFTagExpression", Name=f"e{number}", Expression=HR)
    for number in range(50):
        mesh.grant("analyst", saved(f"e{number}"), "SELECT")
    with refused("ResourceNumberLimitExceededException", "at most 50"):
        mesh.grant("analyst", saved("e50"), "SELECT")
    mesh.grant("analyst", saved("e49"), "DESCRIBE")
    mesh.grant("analyst", saved("e49", "DATABASE"), "DESCRIBE")
    mesh.grant("analyst", policy(pii=["true"]), "SELECT")
    mesh.grant("steward", saved("e50"), "SELECT")
    mesh.revoke("analyst", saved("e0"), "SELECT")
    mesh.grant("analyst", saved("e50"), "SELECT")
