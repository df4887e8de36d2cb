"""Glue through real clients on a running endpoint: boto3, awswrangler, and Lake Formation's grants in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import awswrangler as wr
import boto3
import pytest
from botocore.exceptions import ClientError

from tests.localaws.glue_world import table_input


def refusal(call, **params):
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response["Error"]["Code"]


def test_boto3s_paginators_walk_through_tables_versions_and_partitions(endpoint):
    glue = endpoint.client("glue")
    glue.create_database(DatabaseInput={"Name": "walks"})
    for number in range(5):
        glue.create_table(DatabaseName="walks", TableInput=table_input(f"t{number}", keys="year int"))
    glue.update_table(DatabaseName="walks", TableInput=table_input("t0", keys="year int"))
    scope = {"DatabaseName": "walks", "TableName": "t0"}
    glue.batch_create_partition(**scope, PartitionInputList=[{"Values": [str(year)]} for year in range(7)])

    def walk(operation, member, **params):
        pages = glue.get_paginator(operation).paginate(**params, PaginationConfig={"PageSize": 2})
        return [entry for page in pages for entry in page[member]]

    assert [t["Name"] for t in walk("get_tables", "TableList", DatabaseName="walks")] == [f"t{n}" for n in range(5)]
    assert [v["VersionId"] for v in walk("get_table_versions", "TableVersions", **scope)] == ["1", "0"]
    assert [p["Values"] for p in walk("get_partitions", "Partitions", **scope)] == [[str(year)] for year in range(7)]


@pytest.mark.parametrize(
    "operation, params, code",
    [
        ("get_table", {"DatabaseName": "nosuch", "Name": "t"}, "EntityNotFoundException"),
        ("create_database", {"DatabaseInput": {"Name": "x" * 256}}, "InvalidInputException"),
        ("get_databases", {"CatalogId": "999999999999"}, "EntityNotFoundException"),
        ("get_crawlers", {}, "NotImplementedException"),
    ],
)
def test_refusals_reach_boto3_with_their_code(endpoint, operation, params, code):
    assert refusal(getattr(endpoint.client("glue"), operation), **params) == code


def test_of_eight_simultaneous_updates_of_one_version_exactly_one_wins(endpoint):
    glue = endpoint.client("glue")
    glue.create_database(DatabaseInput={"Name": "races"})
    glue.create_table(DatabaseName="races", TableInput=table_input("t"))

    def update(number):
        try:
            glue.update_table(DatabaseName="races", TableInput=table_input("t", f"c{number} int"), VersionId="0")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "updated"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(update, range(8)))
    assert outcomes == ["ConcurrentModificationException"] * 7 + ["updated"]


def test_a_policy_on_one_database_opens_no_other(endpoint):
    glue = endpoint.client("glue")
    for name in ("mine", "yours"):
        glue.create_database(DatabaseInput={"Name": f"policy_{name}"})
        glue.create_table(DatabaseName=f"policy_{name}", TableInput=table_input("t"))
    prefix = f"arn:aws:glue:{endpoint.region}:{endpoint.account_id}"
    mine = [f"{prefix}:catalog", f"{prefix}:database/policy_mine", f"{prefix}:table/policy_mine/*"]
    endpoint.make_role("glue-policy", {"Effect": "Allow", "Action": "glue:*", "Resource": mine})
    reader = endpoint.client("glue", role="glue-policy")
    assert reader.get_table(DatabaseName="policy_mine", Name="t")["Table"]["Name"] == "t"
    assert refusal(reader.get_table, DatabaseName="policy_yours", Name="t") == "AccessDeniedException"
    assert refusal(reader.get_databases) == "AccessDeniedException"


def test_a_column_grant_narrows_the_schema_until_it_is_revoked(endpoint):
    arn = endpoint.make_role("glue-columns")
    glue, lake = endpoint.client("glue"), endpoint.client("lakeformation")
    glue.create_database(DatabaseInput={"Name": "narrow", "CreateTableDefaultPermissions": []})
    glue.create_table(DatabaseName="narrow", TableInput=table_input("people", "id int, email string, country string"))
    resource = {"DatabaseName": "narrow", "Name": "people", "ColumnNames": ["id", "country"]}
    grant = {
        "Principal": {"DataLakePrincipalIdentifier": arn},
        "Resource": {"TableWithColumns": resource},
        "Permissions": ["SELECT"],
    }
    lake.grant_permissions(**grant)
    reader = endpoint.client("glue", role="glue-columns")
    table = reader.get_table(DatabaseName="narrow", Name="people")["Table"]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == ["id", "country"]
    assert refusal(reader.delete_table, DatabaseName="narrow", Name="people") == "AccessDeniedException"
    lake.revoke_permissions(**grant)
    assert refusal(reader.get_table, DatabaseName="narrow", Name="people") == "AccessDeniedException"


def test_what_was_answered_survives_a_kill(own_endpoint):
    glue = own_endpoint.client("glue")
    glue.create_database(DatabaseInput={"Name": "kept"}, Tags={"a": "b"})
    glue.create_table(DatabaseName="kept", TableInput=table_input("t", keys="year int"))
    glue.update_table(DatabaseName="kept", TableInput=table_input("t", "x int", keys="year int"))
    glue.create_partition(DatabaseName="kept", TableName="t", PartitionInput={"Values": ["2023"]})
    before = glue.get_table(DatabaseName="kept", Name="t")["Table"]
    own_endpoint.kill()
    own_endpoint.start()
    glue = own_endpoint.client("glue")
    scope = {"DatabaseName": "kept", "TableName": "t"}
    assert glue.get_table(DatabaseName="kept", Name="t")["Table"] == before
    assert [v["VersionId"] for v in glue.get_table_versions(**scope)["TableVersions"]] == ["1", "0"]
    assert [p["Values"] for p in glue.get_partitions(**scope)["Partitions"]] == [["2023"]]


class TestAwswrangler:
    @pytest.fixture
    def catalog(self, endpoint, monkeypatch):
        """awswrangler's catalog module, pointed at the endpoint as its documentation says, and a database in it."""
        for service in ("glue", "sts", "s3"):
            monkeypatch.setattr(wr.config, f"{service}_endpoint_url", endpoint.url)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", endpoint.session())
        wr.catalog.create_database("wrangled", "from awswrangler", exist_ok=True)
        return wr.catalog

    @pytest.fixture
    def orders(self, catalog):
        catalog.create_parquet_table(
            database="wrangled",
            table="orders",
            path="s3://mesh/orders/",
            columns_types={"id": "int", "amount": "decimal(10,2)"},
            partitions_types={"year": "int", "region": "string"},
            description="All orders",
            parameters={"owner": "sales"},
            columns_comments={"id": "the key"},
            mode="overwrite",
        )
        return {"database": "wrangled", "table": "orders"}

    def test_it_makes_finds_and_describes_tables(self, catalog, orders):
        catalog.create_csv_table(
            database="wrangled", table="raw", path="s3://mesh/raw/", columns_types={"id": "int"}, mode="overwrite"
        )
        assert list(catalog.tables(database="wrangled")["Table"]) == ["orders", "raw"]
        assert list(catalog.tables(database="wrangled", name_contains="rder")["Table"]) == ["orders"]
        assert list(catalog.tables(database="wrangled", name_prefix="ra")["Table"]) == ["raw"]
        assert list(catalog.table(**orders)["Column Name"]) == ["id", "amount", "year", "region"]
        assert catalog.get_table_description(**orders) == "All orders"
        assert catalog.get_columns_comments(**orders)["id"] == "the key"
        found = [table for table in catalog.search_tables(text="orders") if table["DatabaseName"] == "wrangled"]
        assert [table["Name"] for table in found] == ["orders"]
        assert (catalog.does_table_exist(**orders), catalog.does_table_exist("wrangled", "no")) == (True, False)

    def test_it_registers_filters_and_drops_partitions(self, catalog, orders):
        paths = {f"s3://mesh/orders/{year}/eu/": [str(year), "eu"] for year in range(1900, 2020)}
        catalog.add_parquet_partitions(**orders, partitions_values=paths)
        found = catalog.get_partitions(**orders, expression="year > 2017 AND region = 'eu'")
        assert sorted(found.values()) == [["2018", "eu"], ["2019", "eu"]]
        catalog.delete_partitions(**orders, partitions_values=[["2019", "eu"]])
        assert len(catalog.get_partitions(**orders)) == 119
        catalog.delete_all_partitions(**orders)
        assert catalog.get_partitions(**orders) == {}

    def test_it_changes_columns_parameters_and_versions(self, catalog, orders):
        catalog.add_column(**orders, column_name="note", column_type="string", column_comment="free")
        catalog.delete_column(**orders, column_name="amount")
        catalog.upsert_table_parameters({"tier": "gold"}, catalog_versioning=True, **orders)
        assert list(catalog.get_table_types(**orders)) == ["id", "note", "year", "region"]
        assert catalog.get_table_parameters(**orders).items() >= {"owner": "sales", "tier": "gold"}.items()
        assert catalog.get_table_number_of_versions(**orders) == 4

    def test_it_deletes_tables_and_the_database(self, catalog, orders):
        assert catalog.delete_table_if_exists(**orders)
        assert not catalog.delete_table_if_exists(**orders)
        catalog.delete_database("wrangled")
        assert "wrangled" not in list(catalog.databases()["Database"])
