"""Requests that make no sense, and how they are refused: cases beside those of the conformance suite, on its mesh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.mesh_world import (
    ACCOUNT,
    CATALOG,
    EVERYBODY,
    INVALID,
    MISSING,
    Case,
    Step,
    arn,
    asks,
    but,
    cells,
    check,
    chosen,
    codes,
    columns,
    database,
    filtered,
    grant,
    location,
    pairs,
    policy,
    revoke,
    saved,
    table,
    tag,
    tagged,
    untagged,
)

ORDERS, CUSTOMERS = "sales.orders", "sales.customers"
TAKEN = codes("AlreadyExistsException", "InvalidInputException")


def lf(operation: str, **params: Any) -> Step:
    return asks("admin", "lakeformation", operation, **params)


def to(resource: dict[str, Any], *permissions: str, passing: str = "") -> Step:
    return grant("analyst", resource, *permissions, passing=passing)


def failed(code: str) -> dict[str, Any]:
    """One tag was not assigned, for that reason; the call itself succeeds."""
    return {"Failures[].Error.ErrorCode": [code]}


def saves(name: str, text: str) -> Step:
    return lf("CreateLFTagExpression", Name=name, Expression=pairs(text))


def entry(identifier: str) -> dict[str, Any]:
    return {"Id": identifier, **grant("analyst", table(ORDERS), "SELECT").params}


WHO = {"DataLakePrincipalIdentifier": arn("analyst")}
TAGS: dict[str, tuple[Step, Any]] = {
    "a value that is not in the vocabulary": (
        tagged(database("sales"), "domain=legal"),
        failed("EntityNotFoundException"),
    ),
    "a tag removed where it is not": (untagged(table(ORDERS), "pii=true"), failed("EntityNotFoundException")),
    "a tag removed where it is only inherited": (
        untagged(table(ORDERS), "env=prod"),
        failed("EntityNotFoundException"),
    ),
    "a tag removed with another value": (
        untagged(table(ORDERS), "sensitivity=internal"),
        failed("EntityNotFoundException"),
    ),
    "a key removed that is not in the vocabulary": (
        untagged(table(ORDERS), "nosuch=x"),
        failed("EntityNotFoundException"),
    ),
    "a tag on all tables": (tagged(table("sales.*"), "env=dev"), INVALID),
    "a tag on all columns": (tagged(but(ORDERS), "env=dev"), INVALID),
    "a tag on the catalog": (tagged(CATALOG, "env=dev"), INVALID),
    "a tag on a location": (tagged(location("mesh-lake"), "env=dev"), INVALID),
    "a tag on a missing table": (tagged(table("sales.nosuch"), "env=dev"), MISSING),
    "a tag on a missing database": (tagged(database("nosuch"), "env=dev"), MISSING),
    "a tag on a missing column": (tagged(columns(ORDERS, "nosuch"), "env=dev"), MISSING),
    "two values removed at once": (untagged(database("sales"), "domain=sales,hr"), INVALID),
    "the same key removed twice": (untagged(database("sales"), "domain=sales Domain=sales"), INVALID),
    "no tags": (lf("AddLFTagsToResource", Resource=database("sales"), LFTags=[]), INVALID),
    "a key of 129 letters": (lf("CreateLFTag", TagKey="k" * 129, TagValues=["x"]), INVALID),
    "a key of 128 letters": (lf("CreateLFTag", TagKey="k" * 128, TagValues=["x"]), None),
    "a value of 257 letters": (lf("CreateLFTag", TagKey="long", TagValues=["v" * 257]), INVALID),
    "a value of 256 letters": (lf("CreateLFTag", TagKey="long", TagValues=["v" * 256]), None),
    "a comma in a key": (lf("CreateLFTag", TagKey="a,b", TagValues=["x"]), INVALID),
    "a star in a key": (lf("CreateLFTag", TagKey="a*", TagValues=["x"]), INVALID),
    "an empty key": (lf("CreateLFTag", TagKey="", TagValues=["x"]), INVALID),
    "an empty value": (lf("CreateLFTag", TagKey="a", TagValues=[""]), INVALID),
    "a key with every mark that is allowed": (lf("CreateLFTag", TagKey="a_.:/=+-@% b", TagValues=["ü"]), None),
    "fifty values": (lf("CreateLFTag", TagKey="fifty", TagValues=[f"v{n}" for n in range(50)]), None),
    "fifty-one values added": (lf("UpdateLFTag", TagKey="env", TagValuesToAdd=[f"v{n}" for n in range(51)]), INVALID),
    "a value deleted that is not there": (lf("UpdateLFTag", TagKey="env", TagValuesToDelete=["nosuch"]), MISSING),
    "a missing tag deleted": (lf("DeleteLFTag", TagKey="nosuch"), MISSING),
    "a missing tag shown": (lf("GetLFTag", TagKey="nosuch"), MISSING),
    "tags of a missing table": (lf("GetResourceLFTags", Resource=table("sales.nosuch")), MISSING),
    "a search for nothing": (lf("SearchTablesByLFTags", Expression=[]), INVALID),
    "a search for a key twice": (lf("SearchTablesByLFTags", Expression=pairs("env=dev env=prod")), INVALID),
    "a search for a value that is not there": (lf("SearchDatabasesByLFTags", Expression=pairs("env=nosuch")), MISSING),
}
EXPRESSIONS: dict[str, tuple[Step, Any]] = {
    "an expression with a key twice": (to(policy("domain=sales domain=hr"), "SELECT"), INVALID),
    "an expression with an unknown key": (to(policy("nosuch=x"), "SELECT"), MISSING),
    "an empty expression": (to({"LFTagPolicy": {"ResourceType": "TABLE", "Expression": []}}, "SELECT"), INVALID),
    "an expression and a name": (
        to({"LFTagPolicy": {**policy("env=dev")["LFTagPolicy"], "ExpressionName": "x"}}, "SELECT"),
        INVALID,
    ),
    "neither": (to({"LFTagPolicy": {"ResourceType": "TABLE"}}, "SELECT"), INVALID),
    "a policy on columns": (to(policy("env=dev", "COLUMN"), "SELECT"), INVALID),
    "INSERT by a database policy": (to(policy("env=dev", "DATABASE"), "INSERT"), INVALID),
    "CREATE_TABLE by a table policy": (to(policy("env=dev"), "CREATE_TABLE"), INVALID),
    "a saved expression over an unknown value": (saves("e", "domain=legal"), MISSING),
    "a saved expression with a key twice": (saves("e", "domain=sales domain=hr"), INVALID),
    "a saved expression that is not there": (lf("GetLFTagExpression", Name="nosuch"), MISSING),
    "an update of one that is not there": (
        lf("UpdateLFTagExpression", Name="nosuch", Expression=pairs("env=dev")),
        MISSING,
    ),
    "a deletion of one that is not there": (lf("DeleteLFTagExpression", Name="nosuch"), MISSING),
    "a grant by one that is not there": (to(saved("nosuch"), "SELECT"), MISSING),
    "a grant on one that is not there": (to({"LFTagExpression": {"Name": "nosuch"}}, "DESCRIBE"), MISSING),
}
GRANTS: dict[str, tuple[Step, Any]] = {
    **{
        f"{permission} on {name}": (to(resource, permission), INVALID)
        for permission, name, resource in (
            ("CREATE_TABLE", "a table", table(ORDERS)),
            ("CREATE_DATABASE", "a table", table(ORDERS)),
            ("DATA_LOCATION_ACCESS", "a table", table(ORDERS)),
            ("ASSOCIATE", "a table", table(ORDERS)),
            ("INSERT", "a database", database("sales")),
            ("DELETE", "a database", database("sales")),
            ("CREATE_DATABASE", "a database", database("sales")),
            ("DESCRIBE", "the catalog", CATALOG),
            ("ALL", "the catalog", CATALOG),
            ("SELECT", "a location", location("mesh-lake")),
            ("ALL", "some columns", columns(ORDERS, "status")),
            ("INSERT", "some columns", columns(ORDERS, "status")),
            ("DESCRIBE", "all columns but some", but(ORDERS, "status")),
            ("SELECT", "a tag", tag("env=dev")),
            ("CREATE_TABLE", "all tables", table("sales.*")),
        )
    },
    "another account's catalog": (to({"Catalog": {"Id": "999999999999"}}, "CREATE_DATABASE"), MISSING),
    "the account's own catalog by its id": (to({"Catalog": {"Id": ACCOUNT}}, "CREATE_DATABASE"), None),
    "another account's table": (
        to({"Table": {"CatalogId": "999999999999", "DatabaseName": "sales", "Name": "orders"}}, "SELECT"),
        MISSING,
    ),
    "no permission": (to(table(ORDERS)), INVALID),
    "an option without its permission": (to(table(ORDERS), "SELECT", passing="INSERT"), INVALID),
    "an option alone": (to(table(ORDERS), passing="SELECT"), INVALID),
    "the option on excluded columns": (to(but(ORDERS, "status"), "SELECT", passing="SELECT"), INVALID),
    "an unknown column among excluded ones": (to(but(ORDERS, "nosuch"), "SELECT"), INVALID),
    "a partition key among excluded ones": (to(but(ORDERS, "year"), "SELECT"), INVALID),
    "a missing table": (to(table("sales.nosuch"), "SELECT"), MISSING),
    "a missing table's columns": (to(columns("sales.nosuch", "a"), "SELECT"), MISSING),
    "all tables of a missing database": (to(table("nosuch.*"), "SELECT"), MISSING),
    "a missing tag": (to(tag("nosuch=x"), "DESCRIBE"), MISSING),
    "a missing value of a tag": (to(tag("env=nosuch"), "ASSOCIATE"), MISSING),
    "nobody": (grant("nobody", table(ORDERS), "SELECT"), INVALID),
    "a role that is not there": (grant(f"arn:aws:iam::{ACCOUNT}:role/nosuch", table(ORDERS), "SELECT"), INVALID),
    "another account": (grant("999999999999", table(ORDERS), "SELECT"), INVALID),
    "no principal": (lf("GrantPermissions", Principal={}, Resource=table(ORDERS), Permissions=["SELECT"]), INVALID),
    "no resource": (lf("GrantPermissions", Principal=WHO, Resource={}, Permissions=["SELECT"]), INVALID),
    "a condition": (
        lf(
            "GrantPermissions",
            Principal=WHO,
            Resource=table(ORDERS),
            Permissions=["SELECT"],
            Condition={"Expression": "true"},
        ),
        INVALID,
    ),
    "columns listed and wildcarded": (
        to({"TableWithColumns": {**columns(ORDERS, "status")["TableWithColumns"], "ColumnWildcard": {}}}, "SELECT"),
        INVALID,
    ),
    "a column of all tables": (to(columns("sales.ALL_TABLES", "id"), "SELECT"), INVALID),
    "a revoke of nothing": (revoke("analyst", table(ORDERS)), INVALID),
    "a revoke on a missing table": (revoke("analyst", table("sales.nosuch"), "SELECT"), MISSING),
    "a revoke on a missing filter": (revoke("analyst", cells(ORDERS, "nosuch"), "SELECT"), INVALID),
    "a revoke from the group that has nothing": (revoke(EVERYBODY, table(ORDERS), "SELECT"), INVALID),
    "a revoke of a permission that the resource has not": (revoke("analyst", database("sales"), "SELECT"), INVALID),
    "an empty batch entry list is done": (lf("BatchGrantPermissions", Entries=[]), {"Failures": []}),
    "twenty-one entries": (lf("BatchGrantPermissions", Entries=[entry(str(n)) for n in range(21)]), INVALID),
    "two entries of one id": (lf("BatchGrantPermissions", Entries=[entry("a"), entry("a")]), INVALID),
}
LISTINGS: dict[str, tuple[Step, Any]] = {
    "no results a page": (lf("ListPermissions", MaxResults=0), INVALID),
    "too many results a page": (lf("ListPermissions", MaxResults=1001), INVALID),
    "a token of nobody's": (lf("ListPermissions", NextToken="nosuch"), INVALID),
    "a token of another listing": (lf("ListLFTags", NextToken="WyJhIl0="), INVALID),
    "a principal without a resource": (lf("ListPermissions", Principal=WHO), INVALID),
    "a principal and related ones": (
        lf("ListPermissions", Principal=WHO, Resource=table(ORDERS), IncludeRelated="TRUE"),
        INVALID,
    ),
    "permissions on columns": (lf("ListPermissions", Resource=but(ORDERS)), INVALID),
    "permissions on a missing table": (lf("ListPermissions", Resource=table("sales.nosuch")), MISSING),
    "permissions on a missing database": (lf("ListPermissions", Resource=database("nosuch")), MISSING),
    "a path that is not in S3": (lf("GetEffectivePermissionsForPath", ResourceArn="s3://mesh-lake/"), INVALID),
    "a location registered without a role": (lf("RegisterResource", ResourceArn="arn:aws:s3:::mesh-open"), INVALID),
    "a location that is no location": (lf("RegisterResource", ResourceArn="mesh-open", RoleArn=arn("admin")), INVALID),
    "a missing location updated": (
        lf("UpdateResource", ResourceArn="arn:aws:s3:::mesh-open", RoleArn=arn("admin")),
        MISSING,
    ),
    "a missing location deregistered": (lf("DeregisterResource", ResourceArn="arn:aws:s3:::mesh-open"), MISSING),
    "an opt-in that is not there": (
        lf("DeleteLakeFormationOptIn", Principal=WHO, Resource=table(ORDERS)),
        MISSING,
    ),
    "a filter of a view's table that is missing": (filtered("sales.nosuch", "f"), MISSING),
}
CASES = {name: Case((), step, expect) for name, (step, expect) in (TAGS | EXPRESSIONS | GRANTS | LISTINGS).items()} | {
    "a saved expression's name that is taken": Case((saves("e", "env=dev"),), saves("e", "env=prod"), TAKEN),
    "a column list beside a table's grant": Case(
        (to(table(CUSTOMERS), "INSERT"),), to(columns(CUSTOMERS, "id"), "SELECT"), INVALID
    ),
    "an exclude list beside a table's grant": Case(
        (to(table(CUSTOMERS), "DROP"),), to(but(CUSTOMERS, "id"), "SELECT"), INVALID
    ),
    "a table's grant beside an exclude list": Case(
        (to(but(CUSTOMERS, "id"), "SELECT"),), to(table(CUSTOMERS), "ALTER"), INVALID
    ),
    "SELECT on the table beside a column list": Case(
        (to(columns(CUSTOMERS, "id"), "SELECT"),), to(table(CUSTOMERS), "SELECT"), INVALID
    ),
    "a grant on all tables beside a column list": Case(
        (to(columns(CUSTOMERS, "id"), "SELECT"),), to(table("sales.*"), "DESCRIBE"), None
    ),
    "a grant on the table after the column list is gone": Case(
        (to(columns(CUSTOMERS, "id"), "SELECT"), revoke("analyst", columns(CUSTOMERS, "id"), "SELECT")),
        to(table(CUSTOMERS), "ALTER"),
        None,
    ),
}


@pytest.mark.parametrize("name", chosen(CASES))
def test_refusals(name: str, tmp_path: Path) -> None:
    check(CASES[name], tmp_path)
