"""Granting, revoking, passing on and listing permissions, over the store itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.lake_world import (
    ALL_TABLES,
    DATABASE,
    EVERYBODY,
    IAM_ALLOWED,
    Mesh,
    arn,
    but,
    caller,
    cells,
    columns,
    filter_data,
    policy,
    refused,
    saved,
    settled,
    table,
    tag,
)

CUSTOMERS, ORDERS = table("customers"), table("orders")
TAGS = {"domain": ["sales", "hr"], "sensitivity": ["public", "internal"]}


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return settled(tmp_path)


@pytest.mark.parametrize(
    ("resource", "permissions", "code", "message"),
    [
        pytest.param(DATABASE, ["SELECT"], "InvalidInputException", "modification is invalid", id="SELECT on database"),
        pytest.param(ORDERS, ["CREATE_TABLE"], "InvalidInputException", "invalid", id="CREATE_TABLE on a table"),
        pytest.param(ORDERS, ["READ"], "InvalidInputException", "", id="no such permission"),
        pytest.param(ORDERS, [], "InvalidInputException", "empty", id="no permission at all"),
        pytest.param(columns("orders", "status"), ["SELECT", "DESCRIBE"], "InvalidInputException", "", id="columns"),
        pytest.param(columns("orders", "nosuch"), ["SELECT"], "InvalidInputException", "non-existent", id="column"),
        pytest.param(but("orders", "nosuch"), ["SELECT"], "InvalidInputException", "non-existent", id="excluded"),
        pytest.param(but("orders", "year"), ["SELECT"], "InvalidInputException", "partition", id="partition key"),
        pytest.param(columns("orders"), ["SELECT"], "InvalidInputException", "", id="neither columns nor wildcard"),
        pytest.param(table("nosuch"), ["SELECT"], "EntityNotFoundException", "", id="no such table"),
        pytest.param({"Database": {"Name": "nosuch"}}, ["DROP"], "EntityNotFoundException", "", id="no such database"),
        pytest.param({"Table": {"DatabaseName": "sales"}}, ["DROP"], "InvalidInputException", "both be empty", id="0"),
        pytest.param(
            {"Table": {"DatabaseName": "sales", "Name": "orders", "TableWildcard": {}}},
            ["DROP"],
            "InvalidInputException",
            "both be present",
            id="table by name and by wildcard",
        ),
        pytest.param({**DATABASE, **ORDERS}, ["DROP"], "InvalidInputException", "exactly one", id="two resources"),
        pytest.param({}, ["DROP"], "InvalidInputException", "", id="no resource"),
        pytest.param(cells("orders", "x"), ["SELECT"], "InvalidInputException", "Cell Filter not found", id="filter"),
        pytest.param(tag("nosuch", "x"), ["DESCRIBE"], "EntityNotFoundException", "", id="no such tag"),
        pytest.param(policy(domain=["legal"]), ["SELECT"], "EntityNotFoundException", "", id="no such value"),
        pytest.param(policy("DATABASE", domain=["hr"]), ["SELECT"], "InvalidInputException", "", id="database policy"),
        pytest.param(saved("nosuch"), ["SELECT"], "EntityNotFoundException", "", id="no such saved expression"),
        pytest.param(
            {"DataLocation": {"ResourceArn": "arn:aws:s3:::elsewhere"}},
            ["DATA_LOCATION_ACCESS"],
            "InvalidInputException",
            "registered",
            id="location that is not registered",
        ),
        pytest.param({"Catalog": {}}, ["CREATE_TABLE"], "InvalidInputException", "", id="CREATE_TABLE on the catalog"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(
    mesh: Mesh, resource: dict[str, Any], permissions: list[str], code: str, message: str
) -> None:
    mesh.vocabulary(**TAGS)
    with refused(code, message):
        mesh.grant("analyst", resource, *permissions)


def test_a_grant_goes_to_a_principal_that_exists(mesh: Mesh) -> None:
    with refused("InvalidInputException", "Invalid principal"):
        mesh.grant("nobody", ORDERS, "SELECT")
    mesh.grant(EVERYBODY, ORDERS, "SELECT")
    assert mesh.access("engineer", "orders").columns == ("order_id", "amount", "status", "year")


def test_the_grant_option_is_part_of_the_permissions_and_not_for_excluded_columns(mesh: Mesh) -> None:
    with refused("InvalidInputException", "among Permissions"):
        mesh.grant("analyst", ORDERS, "SELECT", passing=("DROP",))
    with refused("InvalidInputException", "excluded columns"):
        mesh.grant("analyst", but("customers", "email"), "SELECT", passing=("SELECT",))


@pytest.mark.parametrize("permission", ["DESCRIBE", "ALTER", "SELECT", "INSERT"])
def test_nobody_holds_a_table_and_some_of_its_columns(mesh: Mesh, permission: str) -> None:
    mesh.grant("analyst", columns("customers", "id"), "SELECT")
    with refused("InvalidInputException", "Permissions modification is invalid"):
        mesh.grant("analyst", CUSTOMERS, permission)
    mesh.grant("engineer", CUSTOMERS, permission)
    with refused("InvalidInputException", "Permissions modification is invalid"):
        mesh.grant("engineer", columns("customers", "id"), "SELECT")


def test_include_lists_add_up_and_are_revoked_column_by_column(mesh: Mesh) -> None:
    mesh.grant("analyst", columns("customers", "id", "name"), "SELECT")
    mesh.grant("analyst", columns("customers", "COUNTRY", "name"), "SELECT")
    assert mesh.access("analyst", "customers").columns == ("id", "name", "country")
    mesh.revoke("analyst", columns("customers", "name"), "SELECT")
    assert mesh.access("analyst", "customers").columns == ("id", "country")
    mesh.revoke("analyst", columns("customers", "id", "country"), "SELECT")
    assert mesh.access("analyst", "customers").permissions == frozenset()


def test_a_revoke_mirrors_its_grant(mesh: Mesh) -> None:
    mesh.grant("analyst", ALL_TABLES, "SELECT")
    with refused("InvalidInputException", "No permissions revoked"):
        mesh.revoke("analyst", ORDERS, "SELECT")
    mesh.revoke("analyst", ALL_TABLES, "SELECT")
    with refused("InvalidInputException", "No permissions revoked"):
        mesh.revoke("analyst", ALL_TABLES, "SELECT")
    mesh.grant("analyst", ORDERS, "SELECT")
    with refused("InvalidInputException", "Permissions modification is invalid"):
        mesh.revoke("analyst", columns("orders", "status"), "SELECT")


def test_all_is_a_permission_of_its_own(mesh: Mesh) -> None:
    mesh.grant("analyst", ORDERS, "ALL", "SELECT")
    mesh.revoke("analyst", ORDERS, "ALL")
    assert mesh.access("analyst", "orders").permissions == {"SELECT", "DESCRIBE"}
    with refused("InvalidInputException", "No permissions revoked"):
        mesh.revoke("analyst", ORDERS, "DROP")


def test_the_grant_option_is_revoked_without_the_permission(mesh: Mesh) -> None:
    mesh.grant("engineer", ORDERS, "SELECT", passing=("SELECT",))
    mesh.revoke("engineer", ORDERS, passing=("SELECT",))
    assert "SELECT" in mesh.access("engineer", "orders").permissions
    with refused("AccessDeniedException"):
        mesh.grant("analyst", ORDERS, "SELECT", by="engineer")


def test_creators_keep_what_they_created_whatever_is_revoked(mesh: Mesh) -> None:
    mesh.grant("producer", ORDERS, "SELECT")
    mesh.revoke("producer", ORDERS, "SELECT")
    with refused("InvalidInputException", "No permissions revoked"):
        mesh.revoke("producer", ORDERS, "ALL")
    assert "SELECT" in mesh.access("producer", "orders").permissions


def test_nobody_grants_what_he_may_not_pass_on(mesh: Mesh) -> None:
    for role in ("analyst", "auditor", "root"):
        for resource in (ORDERS, DATABASE, ALL_TABLES, {"Catalog": {}}):
            with refused("AccessDeniedException"):
                mesh.grant("analyst", resource, *_any_of(resource), by=role)
    with refused("AccessDeniedException"):
        mesh.grant("analyst", table("nosuch"), "SELECT", by="analyst")


def _any_of(resource: dict[str, Any]) -> list[str]:
    return ["CREATE_DATABASE"] if "Catalog" in resource else ["DROP"]


@pytest.mark.parametrize(
    ("held", "passed", "allowed"),
    [
        pytest.param((ORDERS, "SELECT"), (ORDERS, "SELECT"), True, id="what is held"),
        pytest.param((ORDERS, "SELECT"), (ORDERS, "DESCRIBE"), False, id="not what it implies"),
        pytest.param((ORDERS, "ALL"), (ORDERS, "DROP"), True, id="a part of ALL"),
        pytest.param((ALL_TABLES, "SELECT"), (ORDERS, "SELECT"), True, id="one of all tables"),
        pytest.param((ORDERS, "SELECT"), (ALL_TABLES, "SELECT"), False, id="not all tables for one"),
        pytest.param((ORDERS, "SELECT"), (columns("orders", "status"), "SELECT"), True, id="columns of the table"),
        pytest.param((columns("customers", "id", "name"), "SELECT"), (columns("customers", "id"), "SELECT"), True),
        pytest.param((columns("customers", "id"), "SELECT"), (columns("customers", "name"), "SELECT"), False),
        pytest.param((columns("customers", "id"), "SELECT"), (CUSTOMERS, "SELECT"), False),
        pytest.param((columns("customers", "id"), "SELECT"), (but("customers", "name"), "SELECT"), False),
        pytest.param((DATABASE, "CREATE_TABLE"), (DATABASE, "CREATE_TABLE"), True),
        pytest.param((DATABASE, "ALL"), (ORDERS, "SELECT"), False, id="a database is not its tables"),
        pytest.param((tag("domain", "*"), "ASSOCIATE"), (tag("domain", "hr"), "ASSOCIATE"), True),
        pytest.param((tag("domain", "hr"), "ASSOCIATE"), (tag("domain", "sales"), "ASSOCIATE"), False),
        pytest.param((policy(domain=["sales", "hr"]), "SELECT"), (policy(domain=["hr", "sales"]), "SELECT"), True),
        pytest.param((policy(domain=["sales", "hr"]), "SELECT"), (policy(domain=["sales"]), "SELECT"), False),
        pytest.param((policy(domain=["sales"]), "SELECT"), (policy(domain=["sales", "hr"]), "SELECT"), False),
        pytest.param((policy(domain=["sales"]), "SELECT"), (ORDERS, "SELECT"), True, id="a table that matches"),
    ],
)
def test_the_grant_option_passes_on_just_what_is_held(
    mesh: Mesh, held: tuple[dict[str, Any], str], passed: tuple[dict[str, Any], str], allowed: bool
) -> None:
    mesh.vocabulary(**TAGS)
    mesh.tag(DATABASE, domain="sales")
    mesh.grant("engineer", held[0], held[1], passing=(held[1],))
    if allowed:
        mesh.grant("analyst", passed[0], passed[1], by="engineer")
    else:
        with refused("AccessDeniedException"):
            mesh.grant("analyst", passed[0], passed[1], by="engineer")


def test_the_right_to_use_tags_in_expressions_is_the_right_to_grant_by_them(mesh: Mesh) -> None:
    mesh.vocabulary(**TAGS)
    mesh.tag(DATABASE, domain="sales")
    mesh.grant("producer", tag("domain", "sales"), "GRANT_WITH_LF_TAG_EXPRESSION")
    mesh.grant("analyst", policy(domain=["sales"]), "SELECT", by="producer")
    assert "SELECT" in mesh.access("analyst", "orders").permissions
    with refused("AccessDeniedException"):
        mesh.grant("analyst", policy(domain=["sales", "hr"]), "SELECT", by="producer")


def test_a_batch_does_what_it_can_and_reports_the_rest(mesh: Mesh) -> None:
    entry = {"Principal": {"DataLakePrincipalIdentifier": arn("analyst")}, "Permissions": ["SELECT"]}
    entries = [{**entry, "Id": "ok", "Resource": ORDERS}, {**entry, "Id": "bad", "Resource": table("nosuch")}]
    failures = mesh.call("admin", "BatchGrantPermissions", Entries=entries)["Failures"]
    assert [(f["RequestEntry"]["Id"], f["Error"]["ErrorCode"]) for f in failures] == [
        ("bad", "EntityNotFoundException")
    ]
    assert "SELECT" in mesh.access("analyst", "orders").permissions
    failures = mesh.call("admin", "BatchRevokePermissions", Entries=entries)["Failures"]
    assert [f["RequestEntry"]["Id"] for f in failures] == ["bad"]
    assert mesh.access("analyst", "orders").permissions == frozenset()
    with refused("InvalidInputException", "at most 20"):
        many = [{**entry, "Id": str(n), "Resource": ORDERS} for n in range(21)]
        mesh.call("admin", "BatchGrantPermissions", Entries=many)


def test_select_on_a_table_is_listed_as_a_column_wildcard(mesh: Mesh) -> None:
    mesh.grant("analyst", ORDERS, "SELECT", "DESCRIBE", passing=("SELECT",))
    mesh.grant("analyst", ALL_TABLES, "SELECT")
    who = {"DataLakePrincipalIdentifier": arn("analyst")}
    found = [(e["Resource"], e["Permissions"], e["PermissionsWithGrantOption"]) for e in mesh.listed(Resource=ORDERS)]
    catalog = {"CatalogId": "000000000000", "DatabaseName": "sales"}
    wildcard: dict[str, Any] = {"ColumnWildcard": {}}
    assert found == [
        ({"TableWithColumns": {**catalog, "Name": "orders", **wildcard}}, ["SELECT"], ["SELECT"]),
        ({"Table": {**catalog, "Name": "orders"}}, ["DESCRIBE"], []),
        ({"Table": {**catalog, "Name": "orders"}}, ["ALL"], ["ALL"]),
    ]
    everything = mesh.listed(Resource=ALL_TABLES, Principal=who)
    assert [e["Resource"] for e in everything] == [
        {"TableWithColumns": {**catalog, "Name": "ALL_TABLES", **wildcard}},
    ]


def test_what_is_listed_can_be_revoked_as_it_stands(mesh: Mesh) -> None:
    mesh.vocabulary(**TAGS)
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("orders", "paid", "status = 'paid'"))
    for resource in (ORDERS, ALL_TABLES, columns("customers", "id"), cells("orders", "paid"), policy(domain=["hr"])):
        mesh.grant("analyst", resource, "SELECT")
    mesh.grant("analyst", tag("domain", "sales", "hr"), "ASSOCIATE", "DESCRIBE")
    mesh.grant("analyst", tag("sensitivity", "*"), "DESCRIBE")
    mesh.grant("analyst", ALL_TABLES, "INSERT", "DROP")
    for entry in mesh.listed():
        if entry["Principal"]["DataLakePrincipalIdentifier"] == arn("analyst"):
            wanted = {k: entry[k] for k in ("Principal", "Resource", "Permissions", "PermissionsWithGrantOption")}
            mesh.call("admin", "RevokePermissions", **wanted)
    assert not [e for e in mesh.listed() if e["Principal"]["DataLakePrincipalIdentifier"] == arn("analyst")]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_give_every_entry_once(mesh: Mesh, size: int) -> None:
    mesh.vocabulary(**TAGS)
    mesh.grant("analyst", columns("customers", "id"), "SELECT", passing=("SELECT",))
    mesh.grant("analyst", columns("customers", "name", "email"), "SELECT")
    mesh.grant("engineer", ORDERS, "SELECT", "DESCRIBE", "INSERT")
    mesh.grant("steward", tag("domain", "sales"), "ASSOCIATE")
    mesh.grant("steward", tag("domain", "hr"), "DESCRIBE")
    whole, pages, token = mesh.listed(), [], {}
    while True:
        answer = mesh.call("admin", "ListPermissions", MaxResults=size, **token)
        pages.append(answer["PrincipalResourcePermissions"])
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert [entry for page in pages for entry in page] == whole
    assert all(len(page) <= size for page in pages)


@pytest.mark.parametrize(
    ("params", "containing"),
    [
        ({"Principal": {"DataLakePrincipalIdentifier": arn("analyst")}}, "Resource is mandatory if Principal is set"),
        ({"Resource": columns("customers", "id")}, "TableWithColumns"),
        ({"NextToken": "bm90IG91cnM="}, "NextToken"),
        ({"NextToken": "!"}, "NextToken"),
        ({"MaxResults": 1001}, "MaxResults"),
    ],
)
def test_a_listing_that_makes_no_sense_is_refused(mesh: Mesh, params: dict[str, Any], containing: str) -> None:
    with refused("InvalidInputException", containing):
        mesh.listed(**params)


def test_others_are_listed_only_to_those_who_could_grant_it(mesh: Mesh) -> None:
    mesh.grant("analyst", ORDERS, "SELECT", "INSERT")
    mesh.grant("engineer", ORDERS, "SELECT", passing=("SELECT",))

    def seen(role: str) -> set[tuple[str, str]]:
        found = mesh.listed(role, Resource=ORDERS)
        return {(e["Principal"]["DataLakePrincipalIdentifier"], p) for e in found for p in e["Permissions"]}

    assert seen("analyst") == {(arn("analyst"), "SELECT"), (arn("analyst"), "INSERT")}
    assert seen("engineer") == {(arn("analyst"), "SELECT"), (arn("engineer"), "SELECT")}
    assert (arn("analyst"), "INSERT") in seen("producer")
    assert seen("auditor") == set()


def test_permissions_are_found_by_the_path_that_they_give_access_to(mesh: Mesh) -> None:
    mesh.grant("analyst", ORDERS, "INSERT")
    found = mesh.call("admin", "GetEffectivePermissionsForPath", ResourceArn="arn:aws:s3:::lake/sales/orders")
    resources = [next(iter(entry["Resource"])) for entry in found["Permissions"]]
    assert resources == ["Table", "Table", "DataLocation"]


def test_a_dropped_table_takes_its_grants_along(mesh: Mesh) -> None:
    mesh.vocabulary(**TAGS)
    mesh.grant("analyst", ORDERS, "SELECT")
    mesh.tag(ORDERS, domain="hr")
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("orders", "paid", "status = 'paid'"))
    mesh.grant("engineer", cells("orders", "paid"), "SELECT")
    mesh.make("producer", "DeleteTable", DatabaseName="sales", Name="orders")
    mesh.table("orders", ["order_id:int"])
    assert mesh.access("analyst", "orders").permissions == frozenset()
    assert mesh.access("engineer", "orders").permissions == frozenset()
    assert mesh.call("admin", "GetResourceLFTags", Resource=ORDERS) == {}
    assert mesh.call("admin", "ListDataCellsFilter")["DataCellsFilters"] == []


def test_a_dropped_database_takes_everything_along(mesh: Mesh) -> None:
    mesh.grant("analyst", ALL_TABLES, "SELECT")
    mesh.grant("analyst", DATABASE, "CREATE_TABLE")
    mesh.make("producer", "DeleteDatabase", Name="sales")
    mesh.make("producer", "CreateDatabase", DatabaseInput={"Name": "sales"})
    mesh.table("orders", ["order_id:int"])
    assert mesh.lake.database_access(caller("analyst"), "sales") == frozenset()
    assert not [e for e in mesh.listed() if e["Principal"]["DataLakePrincipalIdentifier"] == arn("analyst")]


def test_iam_allowed_principals_takes_no_grant_option(mesh: Mesh) -> None:
    with refused("InvalidInputException", IAM_ALLOWED):
        mesh.grant(IAM_ALLOWED, ORDERS, "ALL", passing=("ALL",))
