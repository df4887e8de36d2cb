"""Glue's operations: what they answer, page by page, and in which words they refuse."""

from __future__ import annotations

import pytest

from tests.localaws.glue_world import ACCOUNT, World, table_input


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory):
    """For tests that change nothing."""
    made = World(tmp_path_factory.mktemp("glue"))
    made.make("sales.orders")
    made.make(*[f"patterns.{name}" for name in ("t1", "t10", "t11", "t2", "t20", "x_sales_y")])
    return made


def names(page):
    return [entry["Name"] for entry in page]


@pytest.mark.parametrize("operation, member", [("GetDatabases", "DatabaseList"), ("GetTables", "TableList")])
def test_listings_come_in_pages_without_gaps_or_repeats(world, operation, member):
    world.make(*[f"db{number}.t" for number in range(7)])
    world.make(*[f"sales.t{number}" for number in range(7)])
    scope = {"DatabaseName": "sales"} if operation == "GetTables" else {}
    pages = world.pages(operation, member, MaxResults=3, **scope)
    flat = [name for page in pages for name in names(page)]
    assert [len(page) for page in pages] == ([3, 3, 1] if operation == "GetTables" else [3, 3, 2])
    assert flat == sorted(set(flat))


def test_a_page_that_ends_at_the_last_entry_has_no_token(world):
    world.make("sales.a", "sales.b")
    assert "NextToken" not in world.glue("GetTables", DatabaseName="sales", MaxResults=2)


def test_a_page_is_full_even_when_most_tables_are_invisible(world):
    world.make(*[f"sales.t{number:03}" for number in range(250)])
    for number in range(250):
        if number % 50:
            world.lake.let(f"sales.t{number:03}", "")
    pages = world.pages("GetTables", "TableList", DatabaseName="sales", MaxResults=3)
    assert [names(page) for page in pages] == [["t000", "t050", "t100"], ["t150", "t200"]]


@pytest.mark.parametrize(
    "expression, found",
    [
        ("t1*", ["t1", "t10", "t11"]),
        ("t1", ["t1"]),
        ("T1", ["t1"]),
        ("*0|*sales*", ["t10", "t20", "x_sales_y"]),
        (".*sales.*", ["x_sales_y"]),
        ("t[12]", ["t1", "t2"]),
        ("t.", ["t1", "t2"]),
        ("", ["t1", "t10", "t11", "t2", "t20", "x_sales_y"]),
        ("nothing", []),
    ],
)
def test_get_tables_takes_hives_wildcards_and_regular_expressions_of_the_whole_name(unchanged, expression, found):
    assert names(unchanged.glue("GetTables", DatabaseName="patterns", Expression=expression)["TableList"]) == found


@pytest.mark.parametrize(
    "operation, params, code, words",
    [
        ("GetDatabase", {"Name": "no"}, "EntityNotFoundException", "Database no not found."),
        ("GetTable", {"DatabaseName": "sales", "Name": "no"}, "EntityNotFoundException", "Table no not found."),
        ("GetTables", {"DatabaseName": "no"}, "EntityNotFoundException", "Database no not found."),
        ("GetTables", {"DatabaseName": "sales", "MaxResults": 101}, "InvalidInputException", "'maxResults'"),
        ("GetTables", {"DatabaseName": "sales", "NextToken": "?!"}, "InvalidInputException", "pagination token"),
        ("GetTables", {"DatabaseName": "sales", "Expression": "(["}, "InvalidInputException", "regular expression"),
        ("GetTables", {"DatabaseName": "sales", "AttributesToGet": ["TABLE_TYPE"]}, "InvalidInputException", "NAME"),
        ("GetDatabases", {"CatalogId": "999999999999"}, "EntityNotFoundException", "Catalog 999999999999 not found."),
        ("CreateTable", {"DatabaseName": "sales"}, "InvalidInputException", "TableInput is required"),
        (
            "CreateTable",
            {"DatabaseName": "sales", "TableInput": table_input("t"), "OpenTableFormatInput": {}},
            "NotImplementedException",
            "OpenTableFormatInput",
        ),
        (
            "CreateDatabase",
            {"DatabaseInput": {"Name": "x", "FederatedDatabase": {"Identifier": "y"}}},
            "NotImplementedException",
            "FederatedDatabase",
        ),
        (
            "UpdateTable",
            {"DatabaseName": "sales", "Name": "other", "TableInput": table_input("orders")},
            "InvalidInputException",
            "keeps its name",
        ),
        (
            "GetTableVersion",
            {"DatabaseName": "sales", "TableName": "orders", "VersionId": "9"},
            "EntityNotFoundException",
            "Version not found.",
        ),
        (
            "BatchDeleteTable",
            {"DatabaseName": "sales", "TablesToDelete": ["t"] * 101},
            "InvalidInputException",
            "'tablesToDelete'",
        ),
        (
            "GetPartitions",
            {"DatabaseName": "sales", "TableName": "orders", "Expression": "x = 1"},
            "InvalidInputException",
            "Invalid partition expression!",
        ),
        (
            "GetPartitions",
            {
                "DatabaseName": "sales",
                "TableName": "orders",
                "Segment": {"SegmentNumber": 2, "TotalSegments": 2},
            },
            "InvalidInputException",
            "Segment 2 of 2",
        ),
        (
            "GetPartition",
            {"DatabaseName": "sales", "TableName": "orders", "PartitionValues": ["7"]},
            "EntityNotFoundException",
            "Cannot find partition.",
        ),
        ("GetTags", {"ResourceArn": "arn:aws:s3:::x"}, "InvalidInputException", "is not an ARN of this catalog"),
    ],
)
def test_a_refusal_names_what_is_wrong(unchanged, operation, params, code, words):
    got, message = unchanged.refusal(operation, **params)
    assert (got, words in message) == (code, True), message


def test_what_is_made_is_reported_to_lake_formation(world):
    world.glue("CreateDatabase", DatabaseInput={"Name": "Sales"})
    world.glue("CreateTable", DatabaseName="sales", TableInput=table_input("A"))
    world.glue("CreateTable", DatabaseName="sales", TableInput=table_input("B"))
    world.glue("DeleteTable", DatabaseName="sales", Name="A")
    world.glue("DeleteDatabase", Name="SALES")
    assert world.lake.happened == [
        ("database_created", "sales"),
        ("table_created", "sales", "a"),
        ("table_created", "sales", "b"),
        ("table_dropped", "sales", "a"),
        ("database_dropped", "sales"),
    ]


def test_a_table_whose_partition_index_is_wrong_is_not_half_made(world):
    world.make("sales.other")
    indexes = [{"IndexName": "i", "Keys": ["nosuch"]}]
    code, _ = world.refusal("CreateTable", DatabaseName="sales", TableInput=table_input("t"), PartitionIndexes=indexes)
    assert code == "InvalidInputException"
    assert names(world.catalog.tables("sales")) == ["other"]


def test_an_optimistic_update_loses_against_one_that_came_before(world):
    world.make("sales.orders")
    version = world.glue("GetTable", DatabaseName="sales", Name="orders")["Table"]["VersionId"]
    world.glue("UpdateTable", DatabaseName="sales", TableInput=table_input("orders", "a int"), VersionId=version)
    update = {"DatabaseName": "sales", "TableInput": table_input("orders", "b int"), "VersionId": version}
    assert world.refusal("UpdateTable", **update)[0] == "ConcurrentModificationException"


def test_versions_are_listed_newest_first_in_pages(world):
    world.make("sales.orders")
    for _ in range(4):
        world.glue("UpdateTable", DatabaseName="sales", TableInput=table_input("orders"))
    pages = world.pages("GetTableVersions", "TableVersions", DatabaseName="sales", TableName="orders", MaxResults=2)
    assert [[entry["VersionId"] for entry in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"]]
    one = world.glue("GetTableVersion", DatabaseName="sales", TableName="orders", VersionId="2")["TableVersion"]
    assert (one["VersionId"], one["Table"]["VersionId"]) == ("2", "2")


def test_batches_do_what_they_can_and_name_the_rest(world):
    world.make("sales.a", "sales.b")
    world.glue("UpdateTable", DatabaseName="sales", TableInput=table_input("b"))
    tables = world.glue("BatchDeleteTable", DatabaseName="sales", TablesToDelete=["a", "nosuch"])["Errors"]
    versions = world.glue("BatchDeleteTableVersion", DatabaseName="sales", TableName="b", VersionIds=["0", "1", "x"])[
        "Errors"
    ]
    assert [(e["TableName"], e["ErrorDetail"]["ErrorCode"]) for e in tables] == [("nosuch", "EntityNotFoundException")]
    assert [(e["VersionId"], e["ErrorDetail"]["ErrorCode"]) for e in versions] == [
        ("1", "InvalidInputException"),
        ("x", "EntityNotFoundException"),
    ]


class TestPartitions:
    scope = {"DatabaseName": "sales", "TableName": "orders"}

    @pytest.fixture
    def world(self, tmp_path):
        made = World(tmp_path)
        made.make("sales.orders", keys="year int, region string")
        entries = [{"Values": [str(year), region]} for year in range(2015, 2025) for region in ("eu", "us")]
        assert made.glue("BatchCreatePartition", **self.scope, PartitionInputList=entries) == {"Errors": []}
        return made

    def values(self, partitions):
        return [tuple(partition["Values"]) for partition in partitions]

    def test_pages_of_a_filtered_listing_are_full(self, world):
        pages = world.pages(
            "GetPartitions", "Partitions", **self.scope, Expression="region = 'us' and year > 2019", MaxResults=2
        )
        assert [self.values(page) for page in pages] == [
            [("2020", "us"), ("2021", "us")],
            [("2022", "us"), ("2023", "us")],
            [("2024", "us")],
        ]

    def test_segments_share_the_partitions_out(self, world):
        parts = [
            self.values(
                world.glue("GetPartitions", **self.scope, Segment={"SegmentNumber": n, "TotalSegments": 3})[
                    "Partitions"
                ]
            )
            for n in range(3)
        ]
        assert all(parts)
        assert sorted(sum(parts, [])) == self.values(world.catalog.partitions("sales", "orders"))

    def test_columns_are_left_out_when_asked(self, world):
        storage = {"Columns": [{"Name": "id", "Type": "int"}], "Location": "s3://mesh-lake/orders/y/"}
        world.glue(
            "UpdatePartition",
            **self.scope,
            PartitionValueList=["2015", "eu"],
            PartitionInput={"Values": ["2015", "eu"], "StorageDescriptor": storage},
        )
        found = world.glue("GetPartitions", **self.scope, ExcludeColumnSchema=True)["Partitions"]
        assert found[0]["StorageDescriptor"] == {"Location": "s3://mesh-lake/orders/y/"}

    def test_get_batch_finds_what_is_there(self, world):
        wanted = [{"Values": ["2015", "eu"]}, {"Values": ["1900", "eu"]}]
        got = world.glue("BatchGetPartition", **self.scope, PartitionsToGet=wanted)
        assert (self.values(got["Partitions"]), got["UnprocessedKeys"]) == ([("2015", "eu")], [])

    @pytest.mark.parametrize(
        "operation, member, entries, key, refused",
        [
            (
                "BatchCreatePartition",
                "PartitionInputList",
                [{"Values": ["2015", "eu"]}, {"Values": ["2030", "eu"]}, {"Values": ["1"]}],
                "PartitionValues",
                [(["2015", "eu"], "AlreadyExistsException"), (["1"], "InvalidInputException")],
            ),
            (
                "BatchUpdatePartition",
                "Entries",
                [
                    {"PartitionValueList": ["2015", "eu"], "PartitionInput": {"Values": ["2031", "eu"]}},
                    {"PartitionValueList": ["1900", "eu"], "PartitionInput": {"Values": ["1901", "eu"]}},
                ],
                "PartitionValueList",
                [(["1900", "eu"], "EntityNotFoundException")],
            ),
            (
                "BatchDeletePartition",
                "PartitionsToDelete",
                [{"Values": ["2015", "eu"]}, {"Values": ["1900", "eu"]}],
                "PartitionValues",
                [(["1900", "eu"], "EntityNotFoundException")],
            ),
        ],
    )
    def test_batches_name_each_failure(self, world, operation, member, entries, key, refused):
        errors = world.glue(operation, **self.scope, **{member: entries})["Errors"]
        assert [(error[key], error["ErrorDetail"]["ErrorCode"]) for error in errors] == refused

    @pytest.mark.parametrize(
        "operation, member, count",
        [
            ("BatchCreatePartition", "PartitionInputList", 101),
            ("BatchGetPartition", "PartitionsToGet", 1001),
            ("BatchUpdatePartition", "Entries", 101),
            ("BatchDeletePartition", "PartitionsToDelete", 26),
        ],
    )
    def test_a_batch_that_is_too_long_is_refused_whole(self, world, operation, member, count):
        assert world.refusal(operation, **self.scope, **{member: [{}] * count})[0] == "InvalidInputException"

    def test_a_single_partition_is_made_read_and_dropped(self, world):
        world.glue("CreatePartition", **self.scope, PartitionInput={"Values": ["1999", "eu"]})
        got = world.glue("GetPartition", **self.scope, PartitionValues=["1999", "eu"])["Partition"]
        assert (got["TableName"], got["CreationTime"]) == ("orders", int(world.clock().timestamp()))
        world.glue("DeletePartition", **self.scope, PartitionValues=["1999", "eu"])
        assert world.refusal("DeletePartition", **self.scope, PartitionValues=["1999", "eu"]) == (
            "EntityNotFoundException",
            "Partition not found.",
        )

    def test_indexes_are_stored_listed_and_dropped(self, world):
        world.glue("CreatePartitionIndex", **self.scope, PartitionIndex={"IndexName": "By_Year", "Keys": ["year"]})
        assert world.glue("GetPartitionIndexes", **self.scope)["PartitionIndexDescriptorList"] == [
            {"IndexName": "by_year", "Keys": [{"Name": "year", "Type": "int"}], "IndexStatus": "ACTIVE"}
        ]
        world.glue("DeletePartitionIndex", **self.scope, IndexName="by_year")
        assert world.glue("GetPartitionIndexes", **self.scope)["PartitionIndexDescriptorList"] == []
        assert world.refusal("DeletePartitionIndex", **self.scope, IndexName="by_year")[0] == "EntityNotFoundException"

    def test_statistics_are_kept_for_the_table_and_for_each_partition(self, world):
        entry = {"ColumnName": "id", "ColumnType": "int", "StatisticsData": {"Type": "LONG"}}
        unknown = {**entry, "ColumnName": "nosuch"}
        where = {"PartitionValues": ["2015", "eu"]}
        errors = world.glue("UpdateColumnStatisticsForTable", **self.scope, ColumnStatisticsList=[entry, unknown])[
            "Errors"
        ]
        assert [error["ColumnStatistics"]["ColumnName"] for error in errors] == ["nosuch"]
        got = world.glue("GetColumnStatisticsForTable", **self.scope, ColumnNames=["ID", "name"])
        assert [one["ColumnName"] for one in got["ColumnStatisticsList"]] == ["id"]
        assert [(e["ColumnName"], e["Error"]["ErrorCode"]) for e in got["Errors"]] == [
            ("name", "EntityNotFoundException")
        ]
        of_partition = world.glue("GetColumnStatisticsForPartition", **self.scope, **where, ColumnNames=["id"])
        assert of_partition["ColumnStatisticsList"] == []
        world.glue("UpdateColumnStatisticsForPartition", **self.scope, **where, ColumnStatisticsList=[entry])
        world.glue("DeleteColumnStatisticsForTable", **self.scope, ColumnName="id")
        of_partition = world.glue("GetColumnStatisticsForPartition", **self.scope, **where, ColumnNames=["id"])
        assert [one["ColumnName"] for one in of_partition["ColumnStatisticsList"]] == ["id"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """For searches, which change nothing."""
    made = World(tmp_path_factory.mktemp("glue"))
    made.make("hr.people", columns="id int, salary int", Description="Everyone who works here", Owner="ana")
    made.clock.pass_s(5)
    made.make("sales.orders", columns="id int, customer_id int", Parameters={"classification": "parquet"})
    made.make("sales.people_view", columns="id int", TableType="VIRTUAL_VIEW")
    return made


class TestSearch:
    @pytest.mark.parametrize(
        "params, found",
        [
            ({}, ["people", "orders", "people_view"]),
            ({"SearchText": "people"}, ["people", "people_view"]),
            ({"SearchText": '"people"'}, ["people"]),
            ({"SearchText": "PEOPLE everyone"}, ["people"]),
            ({"SearchText": "customer"}, ["orders"]),
            ({"SearchText": "parquet"}, ["orders"]),
            ({"SearchText": "zzz"}, []),
            ({"Filters": [{"Key": "DatabaseName", "Value": "sales"}]}, ["orders", "people_view"]),
            ({"Filters": [{"Key": "tableType", "Value": "virtual_view"}]}, ["people_view"]),
            ({"Filters": [{"Key": "classification", "Value": "parquet"}]}, ["orders"]),
            (
                {"Filters": [{"Key": "CreateTime", "Value": "1767323046", "Comparator": "LESS_THAN"}]},
                ["people"],
            ),
            ({"SortCriteria": [{"FieldName": "Name", "Sort": "DESC"}]}, ["people_view", "people", "orders"]),
            ({"SortCriteria": [{"FieldName": "Owner"}]}, ["people", "orders", "people_view"]),
            ({"ResourceShareType": "FOREIGN"}, []),
        ],
    )
    def test_tables_are_found_by_text_and_filters(self, library, params, found):
        assert names(library.glue("SearchTables", **params)["TableList"]) == found

    def test_results_come_in_pages(self, library):
        pages = library.pages("SearchTables", "TableList", MaxResults=2)
        assert [names(page) for page in pages] == [["people", "orders"], ["people_view"]]

    def test_a_hidden_column_finds_nothing(self, world):
        world.make("hr.people", columns="id int, salary int", Description="Everyone who works here")
        world.lake.let("hr.people", "SELECT DESCRIBE", "id")
        assert world.glue("SearchTables", SearchText="salary")["TableList"] == []
        assert names(world.glue("SearchTables", SearchText="everyone")["TableList"]) == ["people"]


def test_functions_are_registered_and_found_by_pattern(world):
    world.make("sales.orders")
    scope = {"DatabaseName": "sales"}
    entry = {"FunctionName": "Mask", "ClassName": "com.example.Mask", "OwnerName": "ana", "OwnerType": "USER"}
    world.glue("CreateUserDefinedFunction", **scope, FunctionInput=entry)
    assert world.refusal("CreateUserDefinedFunction", **scope, FunctionInput=entry)[0] == "AlreadyExistsException"
    world.glue("UpdateUserDefinedFunction", **scope, FunctionName="mask", FunctionInput={**entry, "OwnerName": "bo"})
    found = world.glue("GetUserDefinedFunctions", Pattern="ma*")["UserDefinedFunctions"]
    assert [(one["FunctionName"], one["OwnerName"], one["CatalogId"]) for one in found] == [("mask", "bo", ACCOUNT)]
    world.glue("DeleteUserDefinedFunction", **scope, FunctionName="mask")
    assert world.refusal("GetUserDefinedFunction", **scope, FunctionName="mask")[0] == "EntityNotFoundException"


def test_tags_of_a_database_are_kept_until_it_is_dropped(world):
    arn = f"arn:aws:glue:eu-west-1:{ACCOUNT}:database/sales"
    world.glue("CreateDatabase", DatabaseInput={"Name": "sales"}, Tags={"team": "a"})
    world.glue("TagResource", ResourceArn=arn, TagsToAdd={"cost": "1", "team": "b"})
    world.glue("UntagResource", ResourceArn=arn, TagsToRemove=["cost", "nosuch"])
    assert world.glue("GetTags", ResourceArn=arn) == {"Tags": {"team": "b"}}
    world.glue("DeleteDatabase", Name="sales")
    world.glue("CreateDatabase", DatabaseInput={"Name": "sales"})
    assert world.glue("GetTags", ResourceArn=arn) == {"Tags": {}}


def test_tags_of_other_resources_are_refused_by_name(world):
    arn = f"arn:aws:glue:eu-west-1:{ACCOUNT}:table/sales/orders"
    code, message = world.refusal("TagResource", ResourceArn=arn, TagsToAdd={"a": "b"})
    assert code == "NotImplementedException"
    assert arn in message


@pytest.mark.parametrize(
    "operation, params, members",
    [
        ("GetTables", {"AttributesToGet": ["NAME"]}, {"Name", "DatabaseName"}),
        ("GetTables", {"AttributesToGet": ["NAME", "TABLE_TYPE"]}, {"Name", "DatabaseName", "TableType"}),
    ],
)
def test_a_listing_can_be_cut_to_names(world, operation, params, members):
    world.make("sales.orders", TableType="EXTERNAL_TABLE")
    assert set(world.glue(operation, DatabaseName="sales", **params)["TableList"][0]) == members


def test_the_catalog_says_that_it_is_imported_and_not_encrypted(world):
    assert world.glue("GetCatalogImportStatus")["ImportStatus"]["ImportCompleted"] is True
    settings = world.glue("GetDataCatalogEncryptionSettings")["DataCatalogEncryptionSettings"]
    assert settings["EncryptionAtRest"]["CatalogEncryptionMode"] == "DISABLED"
