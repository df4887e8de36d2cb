"""What engines that filter themselves are told: a table whole, and which columns and rows their user may read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.lakeformation.engines import TAG
from tests.localaws.lake_world import (
    ACCOUNT,
    Mesh,
    arn,
    but,
    cells,
    columns,
    filter_data,
    refused,
    settled,
    table,
)

CUSTOMERS = {"CatalogId": ACCOUNT, "DatabaseName": "sales", "Name": "customers"}
ORDERS = {"CatalogId": ACCOUNT, "DatabaseName": "sales", "TableName": "orders"}
CELLS = {"SupportedPermissionTypes": ["CELL_FILTER_PERMISSION"]}
TRUST = {
    "AllowExternalDataFiltering": True,
    "ExternalDataFilteringAllowList": [{"DataLakePrincipalIdentifier": ACCOUNT}],
    "AuthorizedSessionTagValueList": ["engine1"],
}


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    """`analyst` asks through an engine that is trusted."""
    made = settled(tmp_path)
    integrate(made, **TRUST)
    made.iam.tags["analyst"] = {TAG: "engine1"}
    for year in ("2023", "2024"):
        wanted = {"Values": [year], "StorageDescriptor": {"Location": f"s3://lake/sales/orders/year={year}/"}}
        made.make("producer", "CreatePartition", DatabaseName="sales", TableName="orders", PartitionInput=wanted)
    return made


def integrate(mesh: Mesh, **settings: Any) -> None:
    admins = [{"DataLakePrincipalIdentifier": arn("admin")}]
    mesh.call("root", "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": admins, **settings})


def grant_cells(mesh: Mesh, name: str, rows: str | None, **chosen: Any) -> None:
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("customers", name, rows, **chosen))
    mesh.grant("analyst", cells("customers", name), "SELECT")


def metadata(mesh: Mesh, role: str = "analyst", **more: Any) -> dict[str, Any]:
    return mesh.make(role, "GetUnfilteredTableMetadata", **{**CUSTOMERS, **CELLS, **more})


def test_a_trusted_engine_sees_the_whole_table_and_which_columns_its_user_reads(mesh: Mesh) -> None:
    mesh.grant("analyst", but("customers", "email"), "SELECT")
    got = metadata(mesh, SupportedPermissionTypes=["COLUMN_PERMISSION"])
    names = [column["Name"] for column in got["Table"]["StorageDescriptor"]["Columns"]]
    assert (names, got["AuthorizedColumns"]) == (["id", "name", "email", "country"], ["id", "name", "country"])
    assert (got["CellFilters"], "RowFilter" in got, got["Permissions"]) == ([], False, ["SELECT"])
    assert (got["IsRegisteredWithLakeFormation"], got["IsProtected"]) == (True, False)


def test_filters_are_told_column_by_column_and_as_one(mesh: Mesh) -> None:
    grant_cells(mesh, "german", "country = 'DE'", ColumnNames=["id", "name"])
    grant_cells(mesh, "first", "id = 1", ColumnNames=["id", "email"])
    got = metadata(mesh)
    found = {each["ColumnName"]: each["RowFilterExpression"] for each in got["CellFilters"]}
    assert found == {
        "id": "(id = 1) OR (country = 'DE')",
        "name": "(country = 'DE')",
        "email": "(id = 1)",
    }
    assert got["RowFilter"] == "(id = 1) OR (country = 'DE')"


def test_a_column_that_is_readable_in_every_row_says_so(mesh: Mesh) -> None:
    grant_cells(mesh, "ids", None, ColumnNames=["id"])
    grant_cells(mesh, "german", "country = 'DE'")
    got = metadata(mesh)
    assert {"ColumnName": "id", "RowFilterExpression": "TRUE"} in got["CellFilters"]
    assert "RowFilter" not in got


@pytest.mark.parametrize(
    ("role", "supported", "code"),
    [
        ("analyst", ["COLUMN_PERMISSION"], "PermissionTypeMismatchException"),
        ("engineer", ["CELL_FILTER_PERMISSION"], "AccessDeniedException"),
        ("producer", ["COLUMN_PERMISSION"], "AccessDeniedException"),
        ("auditor", ["COLUMN_PERMISSION"], "AccessDeniedException"),
    ],
)
def test_metadata_is_for_engines_that_can_hide_what_must_be_hidden(
    mesh: Mesh, role: str, supported: list[str], code: str
) -> None:
    grant_cells(mesh, "german", "country = 'DE'")
    mesh.grant("engineer", table("customers"), "SELECT")
    with refused(code):
        metadata(mesh, role, SupportedPermissionTypes=supported)


def test_whole_tables_can_be_open_to_engines_without_a_tag(mesh: Mesh) -> None:
    integrate(mesh, AllowFullTableExternalDataAccess=True)
    mesh.grant("engineer", table("customers"), "SELECT")
    mesh.grant("auditor", columns("customers", "id"), "SELECT")
    assert metadata(mesh, "engineer")["AuthorizedColumns"] == ["id", "name", "email", "country"]
    with refused("AccessDeniedException", "Access is not allowed"):
        metadata(mesh, "auditor")


@pytest.mark.parametrize(
    ("permissions", "asked", "code"),
    [
        (("SELECT",), ["SELECT"], None),
        (("SELECT",), ["INSERT"], "AccessDeniedException"),
        (("INSERT",), ["INSERT"], None),
        (("INSERT",), None, "AccessDeniedException"),
        (("ALL",), ["ALL"], None),
        (("DESCRIBE",), None, "AccessDeniedException"),
        (("SELECT",), ["CREATE_TABLE"], "InvalidInputException"),
    ],
)
def test_the_permissions_asked_for_must_be_held(
    mesh: Mesh, permissions: tuple[str, ...], asked: list[str] | None, code: str | None
) -> None:
    mesh.grant("analyst", table("customers"), *permissions)
    wanted = {} if asked is None else {"Permissions": asked}
    if code is None:
        assert metadata(mesh, **wanted)["Table"]["Name"] == "customers"
    else:
        with refused(code):
            metadata(mesh, **wanted)


def test_partitions_come_whole_to_who_reads_and_not_to_who_only_writes(mesh: Mesh) -> None:
    mesh.grant("analyst", columns("orders", "amount"), "SELECT")
    one = mesh.make("analyst", "GetUnfilteredPartitionMetadata", **ORDERS, **CELLS, PartitionValues=["2023"])
    assert (one["Partition"]["Values"], one["AuthorizedColumns"]) == (["2023"], ["amount", "year"])
    assert one["IsRegisteredWithLakeFormation"] is True
    many = mesh.make("analyst", "GetUnfilteredPartitionsMetadata", **ORDERS, **CELLS, Expression="year > 2023")
    assert [each["Partition"]["Values"] for each in many["UnfilteredPartitions"]] == [["2024"]]
    first = mesh.make("analyst", "GetUnfilteredPartitionsMetadata", **ORDERS, **CELLS, MaxResults=1)
    rest = mesh.make("analyst", "GetUnfilteredPartitionsMetadata", **ORDERS, **CELLS, NextToken=first["NextToken"])
    assert [each["Partition"]["Values"] for each in rest["UnfilteredPartitions"]] == [["2024"]]
    mesh.iam.tags["engineer"] = {TAG: "engine1"}
    mesh.grant("engineer", table("orders"), "INSERT")
    with refused("AccessDeniedException", "Required Select"):
        mesh.make("engineer", "GetUnfilteredPartitionsMetadata", **ORDERS, **CELLS)


def test_what_engines_are_not_told_is_refused_by_name(mesh: Mesh) -> None:
    mesh.grant("analyst", table("customers"), "SELECT")
    for member in ("ParentResourceArn", "RootResourceArn"):
        with refused("NotImplementedException", member):
            metadata(mesh, **{member: "arn:aws:glue:us-east-1:000000000000:table/sales/v"})
    mesh.table("people", ["id:int", "address:struct<zip:string,city:string>"])
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("people", "z", None, ColumnNames=["address.zip"]))
    mesh.grant("analyst", cells("people", "z"), "SELECT")
    with refused("NotImplementedException", "fields of structs"):
        metadata(mesh, Name="people", SupportedPermissionTypes=["NESTED_CELL_PERMISSION"])
