"""The catalog as a store: names, versions, locks, partitions, and what a deletion takes along."""

from __future__ import annotations

import pytest

from mesh_core.localaws.aws_error import AwsError
from tests.localaws.glue_world import ACCOUNT, MAKER, Clock, make_catalog, table_input


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def catalog(tmp_path, clock):
    made = make_catalog(tmp_path, clock)
    made.create_database({"Name": "sales", "Description": "Orders"}, MAKER)
    return made


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """For tests that change nothing."""
    made = make_catalog(tmp_path_factory.mktemp("catalog"))
    made.create_database({"Name": "sales"}, MAKER)
    return made


def refused(code, call, *args, **kwargs):
    with pytest.raises(AwsError) as error:
        call(*args, **kwargs)
    assert error.value.code == code
    return error.value.message


def test_names_are_folded_to_lower_case_and_found_in_any_case(catalog):
    catalog.create_database({"Name": "HR"}, MAKER)
    catalog.create_table("Hr", table_input("Payroll"), MAKER)
    assert [d["Name"] for d in catalog.databases()] == ["hr", "sales"]
    assert catalog.table("HR", "PAYROLL")["Name"] == "payroll"
    assert catalog.table("hr", "payroll")["DatabaseName"] == "hr"


def test_columns_keep_the_case_they_were_given(catalog):
    catalog.create_table("sales", table_input("orders", "orderId int"), MAKER)
    assert catalog.table("sales", "orders")["StorageDescriptor"]["Columns"] == [{"Name": "orderId", "Type": "int"}]


def test_a_table_knows_its_account_maker_times_and_version(catalog, clock):
    made = catalog.create_table("sales", table_input("orders"), MAKER)
    clock.pass_s(10)
    updated = catalog.update_table("sales", table_input("orders", "id bigint"))
    assert (made["CatalogId"], made["CreatedBy"], made["VersionId"]) == (ACCOUNT, MAKER, "0")
    assert made["CreateTime"] == int(clock().timestamp()) - 10
    assert (updated["CreateTime"], updated["UpdateTime"]) == (made["CreateTime"], made["CreateTime"] + 10)
    assert (updated["CreatedBy"], updated["VersionId"]) == (MAKER, "1")


@pytest.mark.parametrize(
    "call, code, words",
    [
        (lambda c: c.create_database({"Name": "SALES"}, MAKER), "AlreadyExistsException", "Database already exists."),
        (lambda c: c.database("nosuch"), "EntityNotFoundException", "Database nosuch not found."),
        (lambda c: c.delete_database("nosuch"), "EntityNotFoundException", "Database nosuch not found."),
        (lambda c: c.tables("nosuch"), "EntityNotFoundException", "Database nosuch not found."),
        (lambda c: c.table("nosuch", "t"), "EntityNotFoundException", "Database nosuch not found."),
        (lambda c: c.table("sales", "T"), "EntityNotFoundException", "Table t not found."),
        (lambda c: c.update_table("sales", table_input("t")), "EntityNotFoundException", "Table t not found."),
        (lambda c: c.delete_table("sales", "t"), "EntityNotFoundException", "Table t not found."),
        (lambda c: c.create_table("nosuch", table_input("t"), MAKER), "EntityNotFoundException", "Database nosuch"),
        (lambda c: c.create_database({"Name": ""}, MAKER), "InvalidInputException", "'databaseInput.name'"),
        (lambda c: c.create_database({"Name": "x" * 256}, MAKER), "InvalidInputException", "less than or equal to 255"),
        (lambda c: c.create_database({"Name": "a\nb"}, MAKER), "InvalidInputException", "regular expression pattern"),
        (
            lambda c: c.create_database({"Name": "a", "Description": "x" * 2049}, MAKER),
            "InvalidInputException",
            "'databaseInput.description' failed to satisfy constraint: Member must have length less than or equal to",
        ),
        (
            lambda c: c.create_table("sales", table_input("t", "a int, b\0 int"), MAKER),
            "InvalidInputException",
            "'tableInput.storageDescriptor.columns.2.member.name'",
        ),
        (
            lambda c: c.create_table("sales", table_input("t", Parameters={"": "x"}), MAKER),
            "InvalidInputException",
            "'tableInput.parameters'",
        ),
        (
            lambda c: c.update_database("sales", {"Name": "other"}),
            "InvalidInputException",
            "can't be renamed",
        ),
    ],
)
def test_a_refusal_says_what_aws_says(unchanged, call, code, words):
    assert words in refused(code, call, unchanged)


def test_a_second_table_of_the_same_name_is_refused_and_the_first_stays(catalog):
    catalog.create_table("sales", table_input("orders"), MAKER)
    message = refused("AlreadyExistsException", catalog.create_table, "sales", table_input("ORDERS", "z int"), MAKER)
    assert message == "Table already exists."
    assert catalog.table("sales", "orders")["StorageDescriptor"]["Columns"][0]["Name"] == "id"


def test_an_update_keeps_the_version_before_unless_told_not_to(catalog):
    catalog.create_table("sales", table_input("orders", "v0 int"), MAKER)
    catalog.update_table("sales", table_input("orders", "v1 int"))
    catalog.update_table("sales", table_input("orders", "v2 int"), skip_archive=True)
    catalog.update_table("sales", table_input("orders", "v3 int"))
    versions = catalog.table_rows.versions("sales", "orders")
    assert [(v["VersionId"], v["StorageDescriptor"]["Columns"][0]["Name"]) for v in versions] == [
        ("3", "v3"),
        ("2", "v2"),
        ("0", "v0"),
    ]


def test_an_update_made_for_another_version_is_refused(catalog):
    catalog.create_table("sales", table_input("orders"), MAKER)
    catalog.update_table("sales", table_input("orders", "a int"), version_id="0")
    message = refused(
        "ConcurrentModificationException",
        catalog.update_table,
        "sales",
        table_input("orders", "b int"),
        version_id="0",
    )
    assert message.startswith("Update table failed due to concurrent modifications")
    assert catalog.table("sales", "orders")["StorageDescriptor"]["Columns"][0]["Name"] == "a"


def test_old_versions_can_be_deleted_and_the_current_one_cant(catalog):
    catalog.create_table("sales", table_input("orders"), MAKER)
    catalog.update_table("sales", table_input("orders"))
    refused("InvalidInputException", catalog.table_rows.delete_version, "sales", "orders", "1")
    refused("EntityNotFoundException", catalog.table_rows.delete_version, "sales", "orders", "7")
    catalog.table_rows.delete_version("sales", "orders", "0")
    assert [v["VersionId"] for v in catalog.table_rows.versions("sales", "orders")] == ["1"]


def test_deleting_a_database_takes_tables_partitions_versions_and_statistics_along(catalog):
    table = catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    catalog.create_partition("sales", "orders", {"Values": ["2023"]})
    catalog.statistics_rows.put(table, [], {"ColumnName": "id", "ColumnType": "int"})
    catalog.update_table("sales", table_input("orders", keys="year int"))
    catalog.delete_database("sales")
    catalog.create_database({"Name": "sales"}, MAKER)
    again = catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    assert catalog.partitions("sales", "orders") == []
    assert [v["VersionId"] for v in catalog.table_rows.versions("sales", "orders")] == ["0"]
    refused("EntityNotFoundException", catalog.statistics_rows.get, again, [], "id")


def test_every_change_moves_the_version_of_the_catalog_and_a_refused_one_does_not(catalog):
    seen = [catalog.version]
    catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    seen.append(catalog.version)
    catalog.create_partition("sales", "orders", {"Values": ["1"]})
    seen.append(catalog.version)
    catalog.delete_table("sales", "orders")
    seen.append(catalog.version)
    assert seen == sorted(set(seen))
    refused("AlreadyExistsException", catalog.create_database, {"Name": "sales"}, MAKER)
    assert catalog.version == seen[-1]


def test_the_catalog_is_still_there_after_a_restart(tmp_path, catalog):
    catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    catalog.create_partition("sales", "orders", {"Values": ["2023"]})
    again = make_catalog(tmp_path)
    assert again.version == catalog.version
    assert [p["Values"] for p in again.partitions("sales", "orders")] == [["2023"]]


def test_partitions_come_in_the_order_of_their_values_and_carry_their_table(catalog):
    catalog.create_table("sales", table_input("orders", keys="year int, region string"), MAKER)
    for values in (["2024", "eu"], ["2023", "us"], ["2023", "eu"]):
        catalog.create_partition("sales", "orders", {"Values": values, "Parameters": {"rows": "1"}})
    found = catalog.partitions("sales", "orders")
    assert [p["Values"] for p in found] == [["2023", "eu"], ["2023", "us"], ["2024", "eu"]]
    assert (found[0]["DatabaseName"], found[0]["TableName"], found[0]["CatalogId"]) == ("sales", "orders", ACCOUNT)
    assert [p["Values"] for p in catalog.partitions("sales", "orders", "year = 2023 and region = 'us'")] == [
        ["2023", "us"]
    ]


def test_a_batch_of_partitions_keeps_the_good_ones_and_names_the_bad_ones(catalog):
    catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    catalog.create_partition("sales", "orders", {"Values": ["1"]})
    errors = catalog.create_partitions("sales", "orders", [{"Values": ["1"]}, {"Values": ["2"]}, {"Values": []}])
    assert [(e["PartitionValues"], e["ErrorDetail"]["ErrorCode"]) for e in errors] == [
        (["1"], "AlreadyExistsException"),
        ([], "InvalidInputException"),
    ]
    assert [p["Values"] for p in catalog.partitions("sales", "orders")] == [["1"], ["2"]]


def test_a_partition_can_move_to_other_values_unless_they_are_taken(catalog):
    catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    catalog.create_partitions("sales", "orders", [{"Values": ["1"]}, {"Values": ["2"]}])
    refused("AlreadyExistsException", catalog.update_partition, "sales", "orders", ["1"], {"Values": ["2"]})
    catalog.update_partition("sales", "orders", ["1"], {"Values": ["3"]})
    assert [p["Values"] for p in catalog.partitions("sales", "orders")] == [["2"], ["3"]]
    refused("EntityNotFoundException", catalog.partition, "sales", "orders", ["1"])


def test_the_number_of_partition_keys_is_fixed_while_there_are_partitions(catalog):
    catalog.create_table("sales", table_input("orders", keys="year int"), MAKER)
    catalog.create_partition("sales", "orders", {"Values": ["1"]})
    refused("InvalidInputException", catalog.update_table, "sales", table_input("orders"))
    catalog.delete_partition("sales", "orders", ["1"])
    catalog.update_table("sales", table_input("orders"))


@pytest.mark.parametrize(
    "database, name",
    [("sales", "orders"), ("sales", "orders_link"), ("sales_link", "orders")],
)
def test_a_resource_link_stands_for_its_target(catalog, database, name):
    target = {"CatalogId": ACCOUNT, "DatabaseName": "sales"}
    catalog.create_table("sales", table_input("orders"), MAKER)
    catalog.create_table("sales", {"Name": "orders_link", "TargetTable": {**target, "Name": "orders"}}, MAKER)
    catalog.create_database({"Name": "sales_link", "TargetDatabase": target}, MAKER)
    assert catalog.target(database, name) == ("sales", "orders")
