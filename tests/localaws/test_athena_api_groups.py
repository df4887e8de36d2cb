"""Work groups, named queries, prepared statements, tags and the data catalog."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.localaws.athena_world import OWNER, READER, World

ENFORCED = {"ResultConfiguration": {"OutputLocation": "s3://results/team/"}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def make_group(world: World, **configuration: Any) -> None:
    world.call("CreateWorkGroup", {"Name": "team", "Configuration": configuration, "Description": "ours"})


def test_primary_is_there_and_lets_clients_choose_their_place(world: World) -> None:
    group = world.call("GetWorkGroup", {"WorkGroup": "primary"})["WorkGroup"]

    assert (group["State"], group["Configuration"]["EnforceWorkGroupConfiguration"]) == ("ENABLED", False)
    assert group["Configuration"]["EngineVersion"]["EffectiveEngineVersion"] == "Athena engine version 3"
    assert [each["Name"] for each in world.call("ListWorkGroups")["WorkGroups"]] == ["primary"]


def test_an_enforced_place_wins_over_the_clients(world: World) -> None:
    make_group(world, **ENFORCED)
    done = world.run("SELECT 1", WorkGroup="team")

    assert done["ResultConfiguration"]["OutputLocation"].startswith("s3://results/team/")
    assert done["WorkGroup"] == "team"


def test_a_place_that_is_not_enforced_is_only_a_default(world: World) -> None:
    make_group(world, **ENFORCED, EnforceWorkGroupConfiguration=False)

    chosen = world.run("SELECT 1", WorkGroup="team")
    default = world.run("SELECT 1", WorkGroup="team", ResultConfiguration={})
    assert chosen["ResultConfiguration"]["OutputLocation"].startswith("s3://results/athena/")
    assert default["ResultConfiguration"]["OutputLocation"].startswith("s3://results/team/")


def test_an_enforced_group_without_a_place_ignores_the_clients(world: World) -> None:
    make_group(world)
    params = {
        "QueryString": "SELECT 1",
        "WorkGroup": "team",
        "ResultConfiguration": {"OutputLocation": "s3://results/"},
    }

    assert "No output location provided" in world.refusal("StartQueryExecution", params).message


def test_a_disabled_group_takes_no_queries_until_it_is_enabled(world: World) -> None:
    make_group(world, **ENFORCED)
    world.call("UpdateWorkGroup", {"WorkGroup": "team", "State": "DISABLED"})
    assert (
        "is disabled" in world.refusal("StartQueryExecution", {"QueryString": "SELECT 1", "WorkGroup": "team"}).message
    )

    world.call("UpdateWorkGroup", {"WorkGroup": "team", "State": "ENABLED"})
    assert world.run("SELECT 1", WorkGroup="team")["Status"]["State"] == "SUCCEEDED"


def test_a_query_that_reads_too_much_is_cancelled_and_leaves_no_result(world: World) -> None:
    make_group(world, **ENFORCED, BytesScannedCutoffPerQuery=10_000_000)
    world.engine.bytes_scanned = 10_000_001
    done = world.run("SELECT 1", WorkGroup="team")

    assert done["Status"]["State"] == "CANCELLED"
    assert "Bytes scanned limit was exceeded" in done["Status"]["StateChangeReason"]
    assert world.keys("results") == []


def test_updates_change_what_they_name_and_remove_what_they_say(world: World) -> None:
    make_group(world, **ENFORCED, BytesScannedCutoffPerQuery=10_000_000)
    updates = {
        "RemoveBytesScannedCutoffPerQuery": True,
        "EnforceWorkGroupConfiguration": False,
        "ResultConfigurationUpdates": {"OutputLocation": "s3://results/new/"},
    }
    world.call("UpdateWorkGroup", {"WorkGroup": "team", "ConfigurationUpdates": updates})
    group = world.call("GetWorkGroup", {"WorkGroup": "team"})["WorkGroup"]

    assert group["Description"] == "ours"
    assert group["Configuration"]["ResultConfiguration"] == {"OutputLocation": "s3://results/new/"}
    assert group["Configuration"]["EnforceWorkGroupConfiguration"] is False
    assert "BytesScannedCutoffPerQuery" not in group["Configuration"]


def test_a_group_in_use_is_deleted_only_with_all_that_it_holds(world: World) -> None:
    make_group(world, **ENFORCED)
    world.run("SELECT 1", WorkGroup="team")

    assert "is not empty" in world.refusal("DeleteWorkGroup", {"WorkGroup": "team"}).message
    world.call("DeleteWorkGroup", {"WorkGroup": "team", "RecursiveDeleteOption": True})
    assert "is not found" in world.refusal("GetWorkGroup", {"WorkGroup": "team"}).message
    assert "can't be deleted" in world.refusal("DeleteWorkGroup", {"WorkGroup": "primary"}).message


def test_a_name_is_taken_once(world: World) -> None:
    make_group(world)

    assert "already created" in world.refusal("CreateWorkGroup", {"Name": "team"}).message
    assert world.refusal(
        "CreateWorkGroup", {"Name": "bad", "Configuration": {"ResultConfiguration": {"OutputLocation": "x"}}}
    )


def test_groups_survive_a_restart(world: World) -> None:
    make_group(world, **ENFORCED)
    world.start()

    assert [each["Name"] for each in world.call("ListWorkGroups")["WorkGroups"]] == ["primary", "team"]


def test_iam_is_asked_about_the_work_group(world: World) -> None:
    make_group(world, **ENFORCED)
    world.policies.deny(READER, "athena:StartQueryExecution", world.athena.groups.arn("team"))
    params = {"QueryString": "SELECT 1", "WorkGroup": "team"}

    assert world.refusal("StartQueryExecution", params, READER).code == "AccessDeniedException"
    assert world.call("StartQueryExecution", params, OWNER)


def test_tags_are_kept_on_a_work_group(world: World) -> None:
    tag = {"Key": "domain", "Value": "sales"}
    world.call("CreateWorkGroup", {"Name": "team", "Tags": [tag]})
    arn = world.athena.groups.arn("team")
    world.call("TagResource", {"ResourceARN": arn, "Tags": [{"Key": "cost", "Value": "1"}]})
    world.call("UntagResource", {"ResourceARN": arn, "TagKeys": ["cost"]})

    assert world.call("ListTagsForResource", {"ResourceARN": arn})["Tags"] == [tag]
    assert "no work group" in world.refusal("ListTagsForResource", {"ResourceARN": "arn:aws:athena:x"}).message


def test_named_queries_are_kept_changed_and_deleted(world: World) -> None:
    query = {"Name": "top", "Database": "sales", "QueryString": "SELECT 1", "ClientRequestToken": "t" * 32}
    made = world.call("CreateNamedQuery", query)["NamedQueryId"]
    assert world.call("CreateNamedQuery", query)["NamedQueryId"] == made

    world.call("UpdateNamedQuery", {"NamedQueryId": made, "Name": "best", "QueryString": "SELECT 2"})
    found = world.call("GetNamedQuery", {"NamedQueryId": made})["NamedQuery"]
    assert (found["Name"], found["QueryString"], found["WorkGroup"]) == ("best", "SELECT 2", "primary")
    batch = world.call("BatchGetNamedQuery", {"NamedQueryIds": [made, "x"]})
    assert (len(batch["NamedQueries"]), len(batch["UnprocessedNamedQueryIds"])) == (1, 1)
    assert world.call("ListNamedQueries")["NamedQueryIds"] == [made]
    world.call("DeleteNamedQuery", {"NamedQueryId": made})
    assert "was not found" in world.refusal("GetNamedQuery", {"NamedQueryId": made}).message


def test_prepared_statements_are_kept_changed_and_deleted(world: World) -> None:
    key = {"WorkGroup": "primary", "StatementName": "by_id"}
    world.call("CreatePreparedStatement", {**key, "QueryStatement": "SELECT ?"})
    assert "already exists" in world.refusal("CreatePreparedStatement", {**key, "QueryStatement": "SELECT ?"}).message

    world.call("UpdatePreparedStatement", {**key, "QueryStatement": "SELECT ? + 1"})
    assert world.call("GetPreparedStatement", key)["PreparedStatement"]["QueryStatement"] == "SELECT ? + 1"
    batch = {"WorkGroup": "primary", "PreparedStatementNames": ["by_id", "x"]}
    answer = world.call("BatchGetPreparedStatement", batch)
    assert (len(answer["PreparedStatements"]), len(answer["UnprocessedPreparedStatementNames"])) == (1, 1)
    listed = world.call("ListPreparedStatements", {"WorkGroup": "primary"})["PreparedStatements"]
    assert [each["StatementName"] for each in listed] == ["by_id"]
    world.call("DeletePreparedStatement", key)
    assert world.refusal("GetPreparedStatement", key).code == "ResourceNotFoundException"


def test_the_data_catalog_shows_databases_and_tables_as_the_caller_may_see_them(world: World) -> None:
    world.run("CREATE DATABASE sales COMMENT 'what we sold'")
    world.run("CREATE EXTERNAL TABLE sales.orders (id bigint) PARTITIONED BY (dt string) LOCATION 's3://lake/orders/'")
    where = {"CatalogName": "AwsDataCatalog", "DatabaseName": "sales"}

    assert world.call("ListDataCatalogs")["DataCatalogsSummary"] == [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}]
    databases = world.call("ListDatabases", {"CatalogName": "AwsDataCatalog"})["DatabaseList"]
    assert databases == [{"Name": "sales", "Description": "what we sold"}]
    table = world.call("GetTableMetadata", {**where, "TableName": "orders"})["TableMetadata"]
    assert table["Columns"] == [{"Name": "id", "Type": "bigint"}]
    assert table["PartitionKeys"] == [{"Name": "dt", "Type": "string"}]
    assert table["Parameters"]["location"] == "s3://lake/orders/"
    assert world.call("ListTableMetadata", {**where, "Expression": "^x"})["TableMetadataList"] == []
    assert len(world.call("ListTableMetadata", where)["TableMetadataList"]) == 1
    assert world.refusal("GetTableMetadata", {**where, "TableName": "x"}).code == "MetadataException"
    assert "was not found" in world.refusal("ListDatabases", {"CatalogName": "other"}).message


def test_a_metadata_refusal_wraps_glues_code_where_clients_look_for_it(world: World) -> None:
    world.run("CREATE DATABASE sales")
    where = {"CatalogName": "AwsDataCatalog", "DatabaseName": "sales", "TableName": "missing"}
    told = world.refusal("GetTableMetadata", where).message

    pattern = (
        r".*\(Service: AmazonDataCatalog; Status Code: 400; Error Code: (\w+); Request ID: [0-9a-f-]{36}; Proxy: null\)"
    )
    found = re.fullmatch(pattern, told)
    assert found is not None and found[1] == "EntityNotFoundException", told


@pytest.mark.parametrize(
    ("member", "switch", "update"),
    [
        ("ManagedQueryResultsConfiguration", "Enabled", "ManagedQueryResultsConfigurationUpdates"),
        ("IdentityCenterConfiguration", "EnableIdentityCenter", None),
        (
            "QueryResultsS3AccessGrantsConfiguration",
            "EnableS3AccessGrants",
            "QueryResultsS3AccessGrantsConfiguration",
        ),
    ],
)
def test_a_setting_that_would_change_where_results_go_or_who_asks_is_refused_by_name(
    world: World, member: str, switch: str, update: str | None
) -> None:
    refused = f"{member} runs on Athena but not on the local endpoint"

    made = world.refusal("CreateWorkGroup", {"Name": "team", "Configuration": {member: {switch: True}}})
    assert refused in made.message
    if update:
        updates = {update: {switch: True}}
        assert (
            refused
            in world.refusal("UpdateWorkGroup", {"WorkGroup": "primary", "ConfigurationUpdates": updates}).message
        )
    world.call("CreateWorkGroup", {"Name": "off", "Configuration": {member: {switch: False}}})


def test_engine_versions_are_listed(world: World) -> None:
    versions = world.call("ListEngineVersions")["EngineVersions"]

    assert {each["EffectiveEngineVersion"] for each in versions} == {"Athena engine version 3"}
