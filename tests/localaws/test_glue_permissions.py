"""Glue behind Lake Formation: what a caller sees, what he may change, and what he never learns."""

from __future__ import annotations

import json
import shutil

import pytest

from mesh_core.localaws.glue.view import struct_with
from mesh_core.localaws.lakeformation.access import Cells
from tests.localaws.glue_world import ACCOUNT, READER, World, table_input

SCOPE = {"DatabaseName": "sales", "TableName": "orders"}
NAMED = {"DatabaseName": "sales", "Name": "orders"}
STORAGE = {
    "Columns": [{"Name": "id", "Type": "int"}, {"Name": "Email", "Type": "string"}],
    "Location": "s3://mesh-lake/sales/orders/",
    "BucketColumns": ["email"],
    "SortColumns": [{"Column": "Email", "SortOrder": 1}, {"Column": "id", "SortOrder": 1}],
    "SkewedInfo": {"SkewedColumnNames": ["email"], "SkewedColumnValues": ["ada@x.io"]},
    "Parameters": {"spark.sql.sources.schema.x": "email", "kept": "1"},
}
ORDERS = {
    "Name": "orders",
    "PartitionKeys": [{"Name": "year", "Type": "int"}],
    "StorageDescriptor": STORAGE,
    "Parameters": {
        "spark.sql.sources.schema": "email",
        "spark.sql.sources.schema.part.0": "email",
        "spark.sql.sources.provider": "parquet",
        "avro.schema.literal": "leaks on AWS as well",
    },
    "ViewOriginalText": "SELECT email",
    "ViewExpandedText": "SELECT email",
    "ViewDefinition": {"Representations": [{"Dialect": "SPARK", "DialectVersion": "3", "ViewOriginalText": "email"}]},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The folder of a catalog with one table, written once and copied for each test."""
    folder = tmp_path_factory.mktemp("glue")
    made = World(folder)
    with made.store.write():
        made.catalog.create_database({"Name": "sales", "LocationUri": "s3://mesh-lake/sales/"}, "arn")
        made.catalog.create_table("sales", ORDERS, "arn")
        made.catalog.create_partition(
            "sales", "orders", {"Values": ["2023"], "StorageDescriptor": STORAGE, "Parameters": {}}
        )
        made.catalog.update_table("sales", {**ORDERS, "Description": "second"})
        table = made.catalog.table("sales", "orders")
        for column in ("id", "email"):
            made.catalog.statistics_rows.put(table, [], {"ColumnName": column, "ColumnType": "string"})
            made.catalog.statistics_rows.put(table, ["2023"], {"ColumnName": column, "ColumnType": "string"})
    return folder


@pytest.fixture
def world(template, tmp_path):
    return World(shutil.copytree(template, tmp_path / "state"))


READS = [
    pytest.param("GetTable", NAMED, id="get"),
    pytest.param("GetTables", {"DatabaseName": "sales"}, id="list"),
    pytest.param("GetTableVersion", {**SCOPE, "VersionId": "0"}, id="an old version"),
    pytest.param("GetTableVersions", SCOPE, id="versions"),
    pytest.param("SearchTables", {"SearchText": "orders"}, id="search"),
    pytest.param("GetPartitions", SCOPE, id="partitions"),
    pytest.param("GetPartition", {**SCOPE, "PartitionValues": ["2023"]}, id="a partition"),
    pytest.param("BatchGetPartition", {**SCOPE, "PartitionsToGet": [{"Values": ["2023"]}]}, id="some partitions"),
    pytest.param("GetColumnStatisticsForTable", {**SCOPE, "ColumnNames": ["id"]}, id="statistics"),
    pytest.param(
        "GetColumnStatisticsForPartition",
        {**SCOPE, "PartitionValues": ["2023"], "ColumnNames": ["id"]},
        id="a partition's statistics",
    ),
]


@pytest.mark.parametrize("operation, params", READS)
def test_a_column_without_a_grant_is_nowhere_in_an_answer(world, operation, params):
    world.lake.let("sales.orders", "SELECT DESCRIBE", "id year")
    answer = world.glue(operation, **params)
    assert "id" in json.dumps(answer)
    assert "mail" not in json.dumps(answer).lower()


@pytest.mark.parametrize("operation, params", READS)
def test_who_reads_everything_gets_everything(world, operation, params):
    world.lake.let("sales.orders", "SELECT DESCRIBE")
    narrowed = world.glue(operation, **params)
    del world.lake.tables["sales", "orders"]
    assert narrowed == world.glue(operation, **params)


def test_a_partial_reader_keeps_column_order_partition_keys_and_other_parameters(world):
    world.lake.let("sales.orders", "SELECT DESCRIBE", "year id")
    table = world.glue("GetTable", **NAMED)["Table"]
    assert [c["Name"] for c in table["StorageDescriptor"]["Columns"]] == ["id"]
    assert [c["Name"] for c in table["PartitionKeys"]] == ["year"]
    assert set(table["Parameters"]) == {"spark.sql.sources.provider", "avro.schema.literal"}
    assert table["StorageDescriptor"]["Parameters"] == {"kept": "1"}


def test_describe_shows_the_whole_schema(world):
    world.lake.let("sales.orders", "DESCRIBE")
    columns = world.glue("GetTable", **NAMED)["Table"]["StorageDescriptor"]["Columns"]
    assert [column["Name"] for column in columns] == ["id", "Email"]


@pytest.mark.parametrize(
    "operation, params",
    [read for read in READS if read.id not in ("list", "search")],
)
def test_an_invisible_table_is_refused_with_lake_formations_words(world, operation, params):
    world.lake.let("sales.orders", "")
    assert world.refusal(operation, **params) == (
        "AccessDeniedException",
        "Insufficient Lake Formation permission(s): Required Describe on orders",
    )


def test_an_invisible_table_is_not_listed(world):
    world.lake.let("sales.orders", "")
    assert world.glue("GetTables", DatabaseName="sales") == {"TableList": []}
    assert world.glue("SearchTables")["TableList"] == []


def test_an_invisible_database_is_neither_listed_nor_opened(world):
    world.lake.databases["sales"] = frozenset()
    refused = ("AccessDeniedException", "Insufficient Lake Formation permission(s): Required Describe on sales")
    assert world.glue("GetDatabases") == {"DatabaseList": []}
    assert world.refusal("GetDatabase", Name="sales") == refused
    assert world.refusal("GetTables", DatabaseName="sales") == refused
    assert world.refusal("GetTags", ResourceArn=f"arn:aws:glue:eu-west-1:{ACCOUNT}:database/sales") == refused


@pytest.mark.parametrize("operation, params", [read for read in READS if "artition" in read.values[0]])
@pytest.mark.parametrize(
    "permissions, more",
    [
        pytest.param("DESCRIBE", {}, id="describe only"),
        pytest.param("DESCRIBE INSERT ALTER", {}, id="writer without select"),
        pytest.param("SELECT DESCRIBE", {"cells": (Cells(frozenset({"id", "year"}), "id = 1"),)}, id="some rows"),
        pytest.param("SELECT DESCRIBE", {"columns": "id"}, id="without the partition key"),
    ],
)
def test_the_values_of_partitions_are_data(world, permissions, more, operation, params):
    world.lake.let("sales.orders", permissions, **more)
    code, _ = world.refusal(operation, **params)
    assert code in ("AccessDeniedException", "EntityNotFoundException")


def test_statistics_are_for_readers_of_every_row_of_the_column(world):
    cells = (Cells(frozenset({"id", "year"}), None), Cells(frozenset({"Email"}), "id = 1"))
    world.lake.let("sales.orders", "SELECT DESCRIBE", cells=cells)
    got = world.glue("GetColumnStatisticsForTable", **SCOPE, ColumnNames=["id", "email"])
    assert [one["ColumnName"] for one in got["ColumnStatisticsList"]] == ["id"]
    assert [error["ColumnName"] for error in got["Errors"]] == ["email"]


@pytest.mark.parametrize(
    "operation, params, permission",
    [
        ("UpdateTable", {"DatabaseName": "sales", "TableInput": ORDERS}, "ALTER"),
        ("DeleteTable", NAMED, "DROP"),
        ("DeleteTableVersion", {**SCOPE, "VersionId": "0"}, "DROP"),
        ("BatchDeleteTableVersion", {**SCOPE, "VersionIds": ["0"]}, "DROP"),
        ("CreatePartition", {**SCOPE, "PartitionInput": {"Values": ["1"]}}, "INSERT"),
        ("CreatePartition", {**SCOPE, "PartitionInput": {"Values": ["1"]}}, "ALTER"),
        ("BatchCreatePartition", {**SCOPE, "PartitionInputList": [{"Values": ["1"]}]}, "INSERT"),
        (
            "UpdatePartition",
            {**SCOPE, "PartitionValueList": ["2023"], "PartitionInput": {"Values": ["2023"]}},
            "INSERT",
        ),
        ("BatchUpdatePartition", {**SCOPE, "Entries": []}, "ALTER"),
        ("DeletePartition", {**SCOPE, "PartitionValues": ["2023"]}, "DELETE"),
        ("BatchDeletePartition", {**SCOPE, "PartitionsToDelete": [{"Values": ["2023"]}]}, "ALTER"),
        ("CreatePartitionIndex", {**SCOPE, "PartitionIndex": {"IndexName": "i", "Keys": ["year"]}}, "ALTER"),
        (
            "UpdateColumnStatisticsForTable",
            {**SCOPE, "ColumnStatisticsList": [{"ColumnName": "id", "ColumnType": "int"}]},
            "ALTER",
        ),
        ("DeleteColumnStatisticsForTable", {**SCOPE, "ColumnName": "id"}, "ALTER"),
        (
            "DeleteColumnStatisticsForPartition",
            {**SCOPE, "PartitionValues": ["2023"], "ColumnName": "id"},
            "ALTER",
        ),
    ],
)
def test_a_change_needs_its_permission_and_no_other(world, operation, params, permission):
    everything = {"SELECT", "INSERT", "DELETE", "ALTER", "DROP", "DESCRIBE"}
    instead = {"INSERT": {"ALTER"}, "DELETE": {"ALTER"}, "ALTER": {"INSERT", "DELETE"}}.get(permission, set())
    others = everything - {permission} - (instead if "Partition" in operation else set())
    before = world.catalog.version
    world.lake.let("sales.orders", " ".join(others))
    code, message = world.refusal(operation, **params)
    assert (code, world.catalog.version) == ("AccessDeniedException", before)
    assert message.startswith("Insufficient Lake Formation permission(s): Required ")
    world.lake.let("sales.orders", f"{permission} DESCRIBE")
    world.glue(operation, **params)


@pytest.mark.parametrize(
    "operation, params, permission",
    [
        ("CreateTable", {"DatabaseName": "sales", "TableInput": table_input("t")}, "CREATE_TABLE"),
        ("UpdateDatabase", {"Name": "sales", "DatabaseInput": {"Name": "sales"}}, "ALTER"),
        ("DeleteDatabase", {"Name": "sales"}, "DROP"),
        ("TagResource", {"ResourceArn": f"arn:aws:glue:eu-west-1:{ACCOUNT}:database/sales", "TagsToAdd": {}}, "ALTER"),
        (
            "CreateUserDefinedFunction",
            {"DatabaseName": "sales", "FunctionInput": {"FunctionName": "f"}},
            "CREATE_TABLE",
        ),
    ],
)
def test_a_change_of_a_database_needs_its_permission(world, operation, params, permission):
    world.lake.databases["sales"] = frozenset({"ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"} - {permission})
    wanted = permission.replace("_", " ").title()
    assert world.refusal(operation, **params) == (
        "AccessDeniedException",
        f"Insufficient Lake Formation permission(s): Required {wanted} on sales",
    )
    world.lake.databases["sales"] = frozenset({permission})
    world.glue(operation, **params)


def test_a_database_is_made_by_those_who_hold_create_database(world):
    world.lake.catalog = frozenset()
    assert world.refusal("CreateDatabase", DatabaseInput={"Name": "mine"}) == (
        "AccessDeniedException",
        "Insufficient Lake Formation permission(s): Required Create Database on Catalog",
    )


def test_a_batch_of_deletions_names_the_tables_that_may_not_be_dropped(world):
    world.catalog.create_table("sales", table_input("mine"), "arn")
    world.lake.let("sales.orders", "DESCRIBE")
    errors = world.glue("BatchDeleteTable", DatabaseName="sales", TablesToDelete=["orders", "mine"])["Errors"]
    assert [(e["TableName"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [("orders", "AccessDeniedException")]
    assert [table["Name"] for table in world.catalog.tables("sales")] == ["orders"]


def elsewhere(**storage):
    return {"StorageDescriptor": {"Columns": [], **storage}}


@pytest.mark.parametrize(
    "operation, params",
    [
        ("CreateDatabase", {"DatabaseInput": {"Name": "x", "LocationUri": "s3://vault/x/"}}),
        ("UpdateDatabase", {"Name": "sales", "DatabaseInput": {"Name": "sales", "LocationUri": "s3://vault/x/"}}),
        (
            "CreateTable",
            {"DatabaseName": "sales", "TableInput": {"Name": "t", **elsewhere(Location="s3://vault/x/")}},
        ),
        (
            "CreateTable",
            {"DatabaseName": "sales", "TableInput": {"Name": "t", **elsewhere(AdditionalLocations=["s3://vault/x/"])}},
        ),
        (
            "CreateTable",
            {
                "DatabaseName": "sales",
                "TableInput": {"Name": "t", "Parameters": {"storage.location.template": "s3://vault/x/${year}"}},
            },
        ),
        (
            "UpdateTable",
            {"DatabaseName": "sales", "TableInput": {**ORDERS, **elsewhere(Location="s3://vault/x/")}},
        ),
        (
            "CreatePartition",
            {**SCOPE, "PartitionInput": {"Values": ["1"], **elsewhere(Location="s3://vault/x/")}},
        ),
        (
            "UpdatePartition",
            {
                **SCOPE,
                "PartitionValueList": ["2023"],
                "PartitionInput": {"Values": ["2023"], **elsewhere(Location="s3://vault/x/")},
            },
        ),
    ],
)
def test_nothing_points_at_a_registered_path_without_access_to_it(world, operation, params):
    world.lake.registered = {"s3://vault/"}
    before = world.catalog.version
    code, message = world.refusal(operation, **params)
    assert (code, "Data Location Access" in message, world.catalog.version) == ("AccessDeniedException", True, before)
    world.lake.open_locations = {"s3://vault/x/"}
    world.glue(operation, **params)


def test_partitions_below_their_registered_table_need_no_access_to_the_location(world):
    world.lake.registered = {"s3://mesh-lake/"}
    partition = {"Values": ["1"], **elsewhere(Location="s3a://mesh-lake/sales/orders/year=1/")}
    world.glue("CreatePartition", **SCOPE, PartitionInput=partition)


def test_a_partition_below_a_table_that_is_not_registered_can_reach_no_registered_path(world):
    world.lake.registered = {"s3://mesh-lake/sales/orders/vault/"}
    partition = {"Values": ["1"], **elsewhere(Location="s3://mesh-lake/sales/orders/vault/")}
    assert world.refusal("CreatePartition", **SCOPE, PartitionInput=partition)[0] == "AccessDeniedException"


def test_a_table_says_whether_its_location_is_registered(world):
    assert world.glue("GetTable", **NAMED)["Table"]["IsRegisteredWithLakeFormation"] is False
    world.lake.registered = {"s3://mesh-lake/"}
    assert world.glue("GetTable", **NAMED)["Table"]["IsRegisteredWithLakeFormation"] is True
    assert world.glue("GetTables", DatabaseName="sales")["TableList"][0]["IsRegisteredWithLakeFormation"] is True


TRICKY = '"IsRegisteredWithLakeFormation":false \\ "Name":"x"'


@pytest.mark.parametrize(
    ("registered", "seen"),
    [
        pytest.param(set(), None, id="whole, not registered"),
        pytest.param({"s3://mesh-lake/"}, None, id="whole, registered"),
        pytest.param({"s3://mesh-lake/tricky/"}, "id", id="some columns"),
        pytest.param({"s3://mesh-lake/"}, "", id="one table invisible"),
    ],
)
def test_get_tables_shows_each_table_as_get_table_does(world, registered, seen):
    world.make("sales.tricky", Description=TRICKY, Parameters={"IsRegisteredWithLakeFormation": "false", 'a"b': TRICKY})
    world.make("sales.bare")
    world.lake.registered = registered
    if seen is not None:
        world.lake.let("sales.tricky", "SELECT DESCRIBE" if seen else "", seen)
    listed = world.glue("GetTables", DatabaseName="sales")["TableList"]
    assert [table["Name"] for table in listed] == ["bare", "orders", *(["tricky"] if seen != "" else [])]
    assert listed == [world.glue("GetTable", DatabaseName="sales", Name=table["Name"])["Table"] for table in listed]


class TestResourceLinks:
    target = {"CatalogId": ACCOUNT, "DatabaseName": "sales"}

    @pytest.fixture
    def world(self, world):
        with world.store.write():
            world.catalog.create_database({"Name": "other"}, "arn")
            world.catalog.create_table("other", {"Name": "link", "TargetTable": {**self.target, "Name": "orders"}}, "a")
            world.catalog.create_database({"Name": "alias", "TargetDatabase": self.target}, "arn")
        return world

    def test_a_link_shows_its_target_under_its_own_name(self, world):
        table = world.glue("GetTable", DatabaseName="other", Name="link")["Table"]
        assert (table["Name"], table["DatabaseName"], table["Description"]) == ("link", "other", "second")
        assert table["TargetTable"]["Name"] == "orders"

    def test_a_link_gives_no_right_on_its_target(self, world):
        world.lake.let("sales.orders", "SELECT DESCRIBE", "id year")
        assert "mail" not in json.dumps(world.glue("GetTable", DatabaseName="other", Name="link")).lower()
        world.lake.let("sales.orders", "")
        table = world.glue("GetTable", DatabaseName="other", Name="link")["Table"]
        assert "StorageDescriptor" not in table
        assert world.refusal("GetPartitions", DatabaseName="other", TableName="link")[0] == "AccessDeniedException"

    def test_a_linked_database_lists_and_opens_the_tables_of_its_target(self, world):
        assert [t["Name"] for t in world.glue("GetTables", DatabaseName="alias")["TableList"]] == ["orders"]
        assert world.glue("GetTable", DatabaseName="alias", Name="orders")["Table"]["DatabaseName"] == "sales"
        found = world.glue("GetPartitions", DatabaseName="alias", TableName="orders")["Partitions"]
        assert [partition["Values"] for partition in found] == [["2023"]]

    def test_dropping_a_link_leaves_its_target(self, world):
        world.glue("DeleteTable", DatabaseName="other", Name="link")
        world.glue("DeleteDatabase", Name="alias")
        assert world.glue("GetTable", **NAMED)["Table"]["Name"] == "orders"


@pytest.mark.parametrize(
    "paths, narrowed",
    [
        ({"zip"}, "struct<zip:string>"),
        ({"ZIP", "street"}, "struct<street:string,zip:string>"),
        ({"geo.lat"}, "struct<geo:struct<lat:decimal(9,6)>>"),
        ({"geo"}, "struct<geo:struct<lat:decimal(9,6),lon:decimal(9,6)>>"),
        ({"tags", "zip"}, "struct<zip:string,tags:map<string,array<int>>>"),
    ],
)
def test_a_struct_shows_only_its_granted_fields(paths, narrowed):
    whole = "struct<street:string,zip:string,geo:struct<lat:decimal(9,6),lon:decimal(9,6)>,tags:map<string,array<int>>>"
    assert struct_with(whole, paths) == narrowed


def test_a_struct_column_is_cut_in_the_tables_answer(world):
    world.catalog.create_table("sales", table_input("people", "id int; address struct<street:string,zip:string>"), "a")
    world.lake.let("sales.people", "SELECT DESCRIBE", fields={"address": frozenset({"zip"})})
    columns = world.glue("GetTable", DatabaseName="sales", Name="people")["Table"]["StorageDescriptor"]["Columns"]
    assert columns[1] == {"Name": "address", "Type": "struct<zip:string>"}


class TestDefinerViews:
    """A view reads with its definer's rights: nobody borrows a role that is not his."""

    other = f"arn:aws:iam::{ACCOUNT}:role/powerful"

    def view(self, definer=None, text="SELECT 1"):
        shape = {"Representations": [{"Dialect": "ATHENA", "DialectVersion": "3", "ViewOriginalText": text}]}
        return {"Name": "v", "ViewDefinition": shape | ({"Definer": definer} if definer else {})}

    def test_the_maker_is_the_definer(self, world):
        world.glue("CreateTable", DatabaseName="sales", TableInput=self.view())
        table = world.glue("GetTable", DatabaseName="sales", Name="v")["Table"]
        assert (table["ViewDefinition"]["Definer"], table["IsMultiDialectView"]) == (READER.principal, True)

    def test_another_definer_needs_the_right_to_pass_that_role(self, world):
        make = {"DatabaseName": "sales", "TableInput": self.view(self.other)}
        code, message = world.refusal("CreateTable", **make)
        assert (code, "iam:PassRole" in message) == ("AccessDeniedException", True)
        world.iam.allowed = {"iam:PassRole"}
        world.glue("CreateTable", **make)

    def test_alter_does_not_rewrite_a_view_of_another_definer(self, world):
        world.catalog.create_table("sales", self.view(self.other), "arn")
        world.lake.let("sales.v", "ALTER DESCRIBE")
        rewritten = {"DatabaseName": "sales", "TableInput": self.view(self.other, "SELECT * FROM hr.payroll")}
        assert world.refusal("UpdateTable", **rewritten)[0] == "AccessDeniedException"
        unchanged = {**self.view(self.other), "Description": "new"}
        world.glue("UpdateTable", DatabaseName="sales", TableInput=unchanged)

    def test_merging_dialects_is_refused_by_name(self, world):
        code, message = world.refusal(
            "UpdateTable", DatabaseName="sales", TableInput=self.view(), ViewUpdateAction="ADD"
        )
        assert (code, "ViewUpdateAction ADD" in message) == ("NotImplementedException", True)
