"""Settings, administrators, locations, opt-ins, filters, and what the other services ask of the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.localaws.lake_world import (
    ALL_TABLES,
    DATABASE,
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
    settled,
    table,
)

CUSTOMERS, ORDERS = table("customers"), table("orders")


@pytest.fixture
def mesh(tmp_path: Path) -> Mesh:
    return settled(tmp_path)


@pytest.fixture
def open_mesh(tmp_path: Path) -> Mesh:
    return settled(tmp_path, governed=False)


def named(*roles: str) -> list[dict[str, str]]:
    return [{"DataLakePrincipalIdentifier": arn(role)} for role in roles]


def test_a_new_account_leaves_access_to_iam(tmp_path: Path) -> None:
    mesh = Mesh(tmp_path)
    mesh.make("analyst", "CreateDatabase", DatabaseInput={"Name": "sales"})
    mesh.table("orders", ["id:int"], by="analyst")
    verdict = mesh.access("engineer", "orders")
    assert (verdict.governed, verdict.columns, "DROP" in verdict.permissions) == (False, ("id",), True)


def test_settings_are_put_by_the_root_and_administrators_and_replaced_as_a_whole(mesh: Mesh) -> None:
    for role in ("analyst", "producer"):
        with refused("AccessDeniedException"):
            mesh.call(role, "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": named(role)})
    mesh.call("admin", "PutDataLakeSettings", DataLakeSettings={"ReadOnlyAdmins": named("auditor")})
    found = mesh.call("analyst", "GetDataLakeSettings")["DataLakeSettings"]
    assert (found["DataLakeAdmins"], found["ReadOnlyAdmins"]) == ([], named("auditor"))
    with refused("AccessDeniedException"):
        mesh.grant("analyst", ORDERS, "SELECT")


@pytest.mark.parametrize(
    "settings",
    [
        {"DataLakeAdmins": named(*(f"a{n}" for n in range(31)))},
        {"ReadOnlyAdmins": [{"DataLakePrincipalIdentifier": "everybody"}]},
        {"CreateTableDefaultPermissions": [{"Principal": named("analyst")[0], "Permissions": ["SELECT"]}]},
    ],
)
def test_settings_that_aws_refuses_are_refused(mesh: Mesh, settings: dict[str, Any]) -> None:
    with refused("InvalidInputException"):
        mesh.call("admin", "PutDataLakeSettings", DataLakeSettings=settings)
    assert mesh.call("admin", "GetDataLakeSettings")["DataLakeSettings"]["DataLakeAdmins"] == named("admin")


def test_administrators_describe_all_and_read_nothing_until_they_grant_it_to_themselves(mesh: Mesh) -> None:
    assert mesh.access("admin", "orders").permissions == {"DESCRIBE"}
    with refused("AccessDeniedException", "Required Drop"):
        mesh.lake.require_table(caller("admin"), "sales", "orders", "DROP")
    mesh.grant("admin", ORDERS, "SELECT")
    assert "SELECT" in mesh.access("admin", "orders").permissions
    mesh.lake.require_catalog(caller("admin"), "CREATE_DATABASE")


def test_read_only_administrators_see_all_and_change_nothing(mesh: Mesh) -> None:
    settings = {"DataLakeAdmins": named("admin"), "ReadOnlyAdmins": named("auditor")}
    mesh.call("admin", "PutDataLakeSettings", DataLakeSettings=settings)
    assert mesh.access("auditor", "orders").permissions == {"DESCRIBE"}
    assert mesh.listed("auditor") == mesh.listed("admin")
    with refused("AccessDeniedException"):
        mesh.grant("auditor", ORDERS, "SELECT", by="auditor")
    with refused("AccessDeniedException"):
        mesh.lake.require_catalog(caller("auditor"), "CREATE_DATABASE")


def test_a_database_creator_has_nothing_on_the_tables_of_others(mesh: Mesh) -> None:
    mesh.grant("engineer", DATABASE, "CREATE_TABLE")
    mesh.table("byeng", ["id:int"], by="engineer")
    assert mesh.access("producer", "byeng").permissions == frozenset()
    assert "DROP" in mesh.lake.database_access(caller("producer"), "sales")
    assert "DROP" in mesh.access("engineer", "byeng").permissions


def test_any_permission_on_a_table_shows_its_database_but_not_the_other_tables(mesh: Mesh) -> None:
    assert mesh.lake.database_access(caller("analyst"), "sales") == frozenset()
    mesh.grant("analyst", columns("customers", "id"), "SELECT")
    assert mesh.lake.database_access(caller("analyst"), "sales") == {"DESCRIBE"}
    documents = mesh.catalog.tables("sales")
    found = mesh.lake.tables_access(caller("analyst"), "sales", documents)
    assert {name: access.columns for name, access in found.items()} == {"customers": ("id",), "orders": ()}
    assert not found["orders"].permissions
    mesh.grant("engineer", ALL_TABLES, "SELECT")
    assert mesh.lake.database_access(caller("engineer"), "sales") == {"DESCRIBE"}


def test_one_verdict_and_many_verdicts_agree(mesh: Mesh) -> None:
    mesh.vocabulary(domain=["sales", "hr"])
    mesh.tag(DATABASE, domain="sales")
    mesh.tag(ORDERS, domain="hr")
    mesh.tag(columns("customers", "email"), domain="hr")
    mesh.grant("analyst", policy(domain=["sales"]), "ALL")
    mesh.grant("engineer", ALL_TABLES, "DESCRIBE")
    for role in ("analyst", "engineer", "producer", "admin", "auditor"):
        one = {name: mesh.access(role, name) for name in ("customers", "orders")}
        mesh.call("admin", "CreateLFTag", TagKey=f"fresh-{role}", TagValues=["x"])  # nothing is cached after a change
        assert mesh.lake.tables_access(caller(role), "sales", mesh.catalog.tables("sales")) == one


def test_a_missing_table_looks_like_a_forbidden_one_unless_one_could_make_it(mesh: Mesh) -> None:
    for name in ("orders", "nosuch"):
        with refused("AccessDeniedException", f"Required Select on {name}"):
            mesh.lake.require_table(caller("analyst"), "sales", name, "SELECT")
    mesh.grant("engineer", DATABASE, "CREATE_TABLE")
    with refused("EntityNotFoundException"):
        mesh.lake.require_table(caller("engineer"), "sales", "nosuch", "SELECT")
    for name in ("sales", "nosuch"):
        with refused("AccessDeniedException", f"Required Describe on {name}"):
            mesh.lake.require_database(caller("analyst"), name, "DESCRIBE")
    with refused("EntityNotFoundException"):
        mesh.lake.require_database(caller("admin"), "nosuch", "DESCRIBE")


def test_a_verdict_changes_with_the_columns_of_the_table(mesh: Mesh) -> None:
    mesh.grant("analyst", columns("orders", "status"), "SELECT")
    mesh.grant("engineer", but("orders", "status"), "SELECT")
    assert mesh.access("analyst", "orders").columns == ("status", "year")
    document = mesh.catalog.table("sales", "orders")
    wanted = {k: document[k] for k in ("Name", "StorageDescriptor", "PartitionKeys")}
    renamed = [{"Name": "state", "Type": "string"}, {"Name": "note", "Type": "string"}]
    wanted["StorageDescriptor"] = {**wanted["StorageDescriptor"], "Columns": renamed}
    mesh.catalog.update_table("sales", wanted)
    assert mesh.access("analyst", "orders").permissions == frozenset()
    assert mesh.access("engineer", "orders").columns == ("state", "note", "year")


def test_what_was_decided_inside_a_change_that_is_undone_is_forgotten(mesh: Mesh) -> None:
    class UndoneError(Exception):
        pass

    def read_inside() -> None:
        with mesh.store.write():
            mesh.grant("analyst", ORDERS, "SELECT")
            assert "SELECT" in mesh.access("analyst", "orders").permissions
            raise UndoneError

    with pytest.raises(UndoneError):
        read_inside()
    mesh.grant("engineer", ORDERS, "SELECT")
    assert mesh.access("analyst", "orders").permissions == frozenset()


@pytest.mark.parametrize("role", ["analyst", "engineer"])
def test_a_hybrid_table_is_open_until_iam_allowed_principals_is_revoked(open_mesh: Mesh, role: str) -> None:
    open_mesh.grant("analyst", columns("customers", "id"), "SELECT")
    assert open_mesh.access(role, "customers").governed is False
    open_mesh.revoke(IAM_ALLOWED, CUSTOMERS, "ALL")
    assert open_mesh.access("analyst", "customers").columns == ("id",)
    assert open_mesh.access("engineer", "customers").permissions == frozenset()


def test_an_opt_in_is_enforced_for_its_principal_only(open_mesh: Mesh) -> None:
    opting = {"Principal": named("analyst")[0], "Resource": CUSTOMERS}
    with refused("AccessDeniedException"):
        open_mesh.call("producer", "CreateLakeFormationOptIn", **opting)
    open_mesh.call("admin", "CreateLakeFormationOptIn", **opting)
    assert open_mesh.access("analyst", "customers").permissions == frozenset()
    open_mesh.grant("analyst", columns("customers", "id"), "SELECT")
    assert open_mesh.access("analyst", "customers").columns == ("id",)
    assert open_mesh.access("engineer", "customers").governed is False
    assert open_mesh.access("analyst", "orders").governed is False
    found = open_mesh.call("admin", "ListLakeFormationOptIns")["LakeFormationOptInsInfoList"]
    assert [entry["Principal"] for entry in found] == named("analyst")
    open_mesh.call("admin", "DeleteLakeFormationOptIn", **opting)
    assert open_mesh.access("analyst", "customers").governed is False
    with refused("EntityNotFoundException"):
        open_mesh.call("admin", "DeleteLakeFormationOptIn", **opting)


def test_an_opt_in_to_a_database_holds_for_its_tables(open_mesh: Mesh) -> None:
    opting = {"Principal": named("analyst")[0], "Resource": DATABASE}
    open_mesh.call("admin", "CreateLakeFormationOptIn", **opting)
    assert open_mesh.access("analyst", "customers").permissions == frozenset()
    assert open_mesh.lake.database_access(caller("analyst"), "sales") == frozenset()
    with refused("InvalidInputException"):
        resource = policy(domain=["sales"])
        open_mesh.call("admin", "CreateLakeFormationOptIn", Principal=named("analyst")[0], Resource=resource)


@pytest.mark.parametrize("at", [CUSTOMERS, ALL_TABLES, DATABASE], ids=["table", "all tables", "database"])
def test_who_is_opted_in_is_not_told_of_a_table_by_the_grant_to_iam_allowed_principals(
    open_mesh: Mesh, at: dict[str, Any]
) -> None:
    def told(role: str) -> list[Any]:
        found = open_mesh.call(role, "ListPermissions", Resource=CUSTOMERS)["PrincipalResourcePermissions"]
        return [entry["Principal"] for entry in found]

    assert told("analyst") == told("engineer") == [{"DataLakePrincipalIdentifier": IAM_ALLOWED}]
    open_mesh.call("admin", "CreateLakeFormationOptIn", Principal=named("analyst")[0], Resource=at)
    assert (told("analyst"), len(told("engineer"))) == ([], 1)


def test_emptied_defaults_change_new_tables_only(open_mesh: Mesh) -> None:
    open_mesh.call("admin", "PutDataLakeSettings", DataLakeSettings={"DataLakeAdmins": named("admin")})
    open_mesh.table("fresh", ["id:int"])
    assert open_mesh.access("analyst", "orders").governed is False
    assert open_mesh.access("analyst", "fresh").permissions == frozenset()
    with refused("AccessDeniedException", "Required Create Database on Catalog"):
        open_mesh.lake.require_catalog(caller("analyst"), "CREATE_DATABASE")


@pytest.mark.parametrize(
    ("role", "uri", "database", "allowed"),
    [
        pytest.param("producer", "s3://lake/sales/x/", None, True, id="below a granted location"),
        pytest.param("producer", "s3://lake/hr/x/", None, False, id="beside a granted location"),
        pytest.param("producer", "s3://lake/salesforce/", None, False, id="a prefix of the name is no parent"),
        pytest.param("analyst", "s3://lake/sales/x/", "sales", True, id="below the database's location"),
        pytest.param("analyst", "s3://lake/hr/", "sales", False, id="outside of the database's location"),
        pytest.param("analyst", "s3://open/x/", None, True, id="a path that is not registered"),
        pytest.param("admin", "s3://lake/hr/", None, True, id="an administrator"),
    ],
)
def test_a_registered_path_needs_data_location_access(
    mesh: Mesh, role: str, uri: str, database: str | None, allowed: bool
) -> None:
    if allowed:
        mesh.lake.require_location(caller(role), uri, database)
    else:
        with refused("AccessDeniedException", "Data Location Access"):
            mesh.lake.require_location(caller(role), uri, database)


def test_data_in_a_hybrid_location_is_read_with_own_rights_by_those_whom_iam_allows(mesh: Mesh) -> None:
    governed = mesh.access("producer", "orders")
    mesh.grant(IAM_ALLOWED, ORDERS, "ALL")
    assert mesh.lake.vends(governed, "s3://lake/sales/orders/") is True
    assert mesh.lake.vends(mesh.access("analyst", "orders"), "s3://lake/sales/orders/") is False
    assert mesh.lake.vends(governed, "s3://elsewhere/x/") is False
    mesh.call("admin", "UpdateResource", ResourceArn="arn:aws:s3:::lake", RoleArn=arn("lf"), HybridAccessEnabled=False)
    assert mesh.lake.vends(mesh.access("analyst", "orders"), "s3://lake/sales/orders/") is True


def test_locations_are_administered_by_administrators(mesh: Mesh) -> None:
    wanted = {"ResourceArn": "arn:aws:s3:::other/x/", "RoleArn": arn("lf")}
    for operation in ("RegisterResource", "UpdateResource", "DeregisterResource"):
        with refused("AccessDeniedException"):
            mesh.call("producer", operation, **wanted)
    mesh.call("admin", "RegisterResource", **wanted)
    with refused("AlreadyExistsException"):
        mesh.call("admin", "RegisterResource", **wanted)
    with refused("InvalidInputException"):
        mesh.call("admin", "RegisterResource", ResourceArn="arn:aws:s3:::third")
    assert mesh.call("admin", "DescribeResource", ResourceArn="arn:aws:s3:::other/x")["ResourceInfo"]["RoleArn"] == (
        arn("lf")
    )
    only = [{"Field": "RESOURCE_ARN", "ComparisonOperator": "BEGINS_WITH", "StringValueList": ["arn:aws:s3:::other"]}]
    found = mesh.call("admin", "ListResources", FilterConditionList=only)["ResourceInfoList"]
    assert [info["ResourceArn"] for info in found] == ["arn:aws:s3:::other/x"]
    assert mesh.lake.is_registered("s3://other/x/y.parquet")
    mesh.call("admin", "DeregisterResource", ResourceArn="arn:aws:s3:::other/x")
    assert not mesh.lake.is_registered("s3://other/x/y.parquet")
    with refused("EntityNotFoundException"):
        mesh.call("admin", "DescribeResource", ResourceArn="arn:aws:s3:::other/x")


@pytest.mark.parametrize(
    ("data", "containing"),
    [
        (filter_data("customers", "f", "nosuch = 1"), "no column"),
        (filter_data("customers", "f", "id = 1", ColumnNames=["id", "nosuch"]), "non-existent"),
        (
            filter_data("customers", "f", "id = 1", ColumnNames=["id"], ColumnWildcard={}),
            "both column wildcard expression and column names",
        ),
        (filter_data("orders", "f", None, ColumnWildcard={"ExcludedColumnNames": ["year"]}), "partition key"),
        ({**filter_data("customers", "f", "id = 1"), "RowFilter": {}}, "RowFilter"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(mesh: Mesh, data: dict[str, Any], containing: str) -> None:
    with refused("InvalidInputException", containing):
        mesh.call("admin", "CreateDataCellsFilter", TableData=data)


def test_filters_are_made_by_those_who_may_pass_on_the_whole_table(mesh: Mesh) -> None:
    data = filter_data("customers", "us", "country = 'US'")
    mesh.grant("analyst", CUSTOMERS, "SELECT")
    mesh.grant("engineer", columns("customers", "id"), "SELECT", passing=("SELECT",))
    for role in ("analyst", "engineer", "auditor"):
        with refused("AccessDeniedException"):
            mesh.call(role, "CreateDataCellsFilter", TableData=data)
    mesh.call("producer", "CreateDataCellsFilter", TableData=data)
    with refused("AlreadyExistsException"):
        mesh.call("producer", "CreateDataCellsFilter", TableData=data)
    mesh.grant("engineer", cells("customers", "us"), "SELECT", by="producer")
    assert mesh.call("engineer", "ListDataCellsFilter", Table=CUSTOMERS["Table"])["DataCellsFilters"][0]["Name"] == "us"
    assert mesh.call("analyst", "ListDataCellsFilter")["DataCellsFilters"] == []
    with refused("AccessDeniedException"):
        mesh.call("engineer", "DeleteDataCellsFilter", **cells("customers", "us")["DataCellsFilter"])


def test_a_filter_is_changed_and_deleted_with_the_grants_on_it(mesh: Mesh) -> None:
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("customers", "f", "country = 'US'"))
    mesh.grant("analyst", cells("customers", "f"), "SELECT")
    assert [c.row_filter for c in mesh.access("analyst", "customers").cells] == ["country = 'US'"]
    changed = filter_data("customers", "f", "country = 'FR'", ColumnNames=["id"])
    mesh.call("admin", "UpdateDataCellsFilter", TableData=changed)
    verdict = mesh.access("analyst", "customers")
    assert ([c.row_filter for c in verdict.cells], verdict.columns) == (["country = 'FR'"], ("id",))
    shown = mesh.call("analyst", "GetDataCellsFilter", **cells("customers", "f")["DataCellsFilter"])
    assert shown["DataCellsFilter"]["RowFilter"] == {"FilterExpression": "country = 'FR'"}
    mesh.call("admin", "DeleteDataCellsFilter", **cells("customers", "f")["DataCellsFilter"])
    mesh.call("admin", "CreateDataCellsFilter", TableData=changed)
    assert mesh.access("analyst", "customers").permissions == frozenset()


def test_another_accounts_catalog_is_not_found(mesh: Mesh) -> None:
    with refused("EntityNotFoundException", "999999999999"):
        mesh.call("admin", "ListPermissions", Resource={"Database": {"CatalogId": "999999999999", "Name": "sales"}})


def test_a_definer_is_the_role_itself(mesh: Mesh) -> None:
    definer = mesh.lake.definer_caller(arn("producer"))
    assert mesh.lake.table_access(definer, "sales", "orders") == mesh.access("producer", "orders")
    assert mesh.call("producer", "GetDataLakePrincipal") == {"Identity": arn("producer")}


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        (['"address"."zip"'], {"street", "geo"}),
        (['"address"."geo"."lat"'], {"street", "zip", "geo.lon"}),
        (['"address"."zip"', '"address"."geo"."lat"', '"address"."geo"."lon"'], {"street"}),
    ],
)
def test_a_filter_that_excludes_fields_of_a_struct_shows_the_other_fields_only(
    mesh: Mesh, excluded: list[str], left: set[str]
) -> None:
    mesh.table("people", ["id:int", "address:struct<street:string,zip:string,geo:struct<lat:int,lon:int>>"])
    data = filter_data("people", "partly", None, ColumnWildcard={"ExcludedColumnNames": excluded})
    mesh.call("admin", "CreateDataCellsFilter", TableData=data)
    mesh.grant("analyst", cells("people", "partly"), "SELECT")
    access = mesh.access("analyst", "people")
    assert access.columns == ("id", "address")
    assert access.fields == {"address": left}


def test_a_filter_that_excludes_a_struct_and_a_field_of_it_shows_nothing_of_it(mesh: Mesh) -> None:
    mesh.table("people", ["id:int", "address:struct<street:string,zip:string>"])
    both = {"ExcludedColumnNames": ["address", '"address"."zip"']}
    mesh.call("admin", "CreateDataCellsFilter", TableData=filter_data("people", "none", None, ColumnWildcard=both))
    mesh.grant("analyst", cells("people", "none"), "SELECT")
    assert mesh.access("analyst", "people").columns == ("id",)
