"""awswrangler, unmodified, led to the endpoint by AWS_ENDPOINT_URL: catalog, s3 and athena, and what it can't do."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Iterator
from typing import Any

import boto3
import pandas as pd
import pytest

from tests.clients.limits import cannot

CLIENT = "awswrangler"
# awswrangler's own use of pandas
pytestmark = [
    pytest.mark.filterwarnings("ignore::pandas.errors.PandasChangeWarning"),
    pytest.mark.filterwarnings("ignore:No `s3_output` was provided"),
    pytest.mark.filterwarnings("ignore:.*deprecated and will be removed in future AWS SDK for Pandas"),
]
HOME = "s3://lake/wr"
DB = {"database": "wr", "s3_output": "s3://lake/results/"}
MANY = "UNNEST(sequence(1, 9000))"
ENDLESS = f"SELECT count(*) FROM {MANY} a(x), {MANY} b(y), {MANY} c(z)"


def people() -> pd.DataFrame:
    """Three rows with a value and a missing one of every kind that Parquet and Athena share."""
    return pd.DataFrame(
        {
            "id": [1, 2, 3],
            "name": ["ann", None, "cyd"],
            "amount": [decimal.Decimal("1.50"), decimal.Decimal("2.25"), None],
            "born": [datetime.date(2024, 1, day) for day in (1, 2, 3)],
            "seen": pd.to_datetime(["2024-01-01 01:02:03.004", None, "2024-01-03 00:00:00.000"]),
            "active": pd.array([True, False, None], dtype="boolean"),
            "tags": [["a"], ["b", "c"], None],
            "day": ["x", "x", "y"],
        }
    )


@pytest.fixture(scope="module")
def wr(led: Any) -> Iterator[Any]:
    """awswrangler with a database `wr` and the table `people`, partitioned by day."""
    import awswrangler

    awswrangler.config.athena_query_wait_polling_delay = 0.05
    with pytest.MonkeyPatch.context() as patch:
        # One session for all calls: a new one for each would parse botocore's models each time
        patch.setattr("boto3.DEFAULT_SESSION", boto3.Session())
        awswrangler.catalog.create_database("wr", "of the checks")
        awswrangler.s3.to_parquet(
            people(), f"{HOME}/people/", dataset=True, database="wr", table="people", partition_cols=["day"]
        )
        yield awswrangler
    awswrangler.config.reset()


def rows(frame: pd.DataFrame) -> list[list[Any]]:
    """The values as lists, missing ones as None, ordered by the first column."""
    plain = [[None if not isinstance(v, list) and pd.isna(v) else v for v in row] for row in frame.to_numpy().tolist()]
    return sorted(plain, key=lambda row: row[0])


SQL = "SELECT id, name, amount, born, day FROM people"
WANTED = [
    [1, "ann", decimal.Decimal("1.50"), datetime.date(2024, 1, 1), "x"],
    [2, None, decimal.Decimal("2.25"), datetime.date(2024, 1, 2), "x"],
    [3, "cyd", None, datetime.date(2024, 1, 3), "y"],
]


@pytest.mark.parametrize(
    "approach",
    [
        pytest.param({"ctas_approach": False}, id="plain"),
        pytest.param({"ctas_approach": True}, id="CTAS"),
        pytest.param({"ctas_approach": False, "unload_approach": True, "s3_output": "s3://lake/unload/"}, id="UNLOAD"),
    ],
)
def test_read_sql_query_gives_the_same_rows_whichever_way(wr: Any, approach: dict[str, Any]) -> None:
    assert rows(wr.athena.read_sql_query(SQL, **{**DB, **approach})) == WANTED


@pytest.mark.slow
def test_read_sql_query_reads_in_chunks(wr: Any) -> None:
    chunks = list(wr.athena.read_sql_query("SELECT id FROM people", ctas_approach=False, chunksize=2, **DB))
    assert [len(chunk) for chunk in chunks] == [2, 1]
    assert sorted(pd.concat(chunks)["id"]) == [1, 2, 3]


def test_read_sql_query_takes_named_and_positional_parameters(wr: Any) -> None:
    named = wr.athena.read_sql_query(
        "SELECT id FROM people WHERE name = :name AND born < :born",
        params={"name": "ann", "born": datetime.date(2024, 1, 2)},
        ctas_approach=False,
        **DB,
    )
    positional = wr.athena.read_sql_query(
        "SELECT id FROM people WHERE name = ?", params=["'cyd'"], paramstyle="qmark", ctas_approach=False, **DB
    )
    assert (list(named["id"]), list(positional["id"])) == ([1], [3])


@pytest.mark.slow
def test_a_query_that_ran_before_is_answered_from_its_result(wr: Any) -> None:
    settings = {"ctas_approach": False, "athena_cache_settings": {"max_cache_seconds": 900}, **DB}
    first = wr.athena.read_sql_query("SELECT max(id) AS top FROM people", **settings)
    again = wr.athena.read_sql_query("SELECT max(id) AS top FROM people", **settings)
    assert list(again["top"]) == [3]
    assert again.query_metadata["QueryExecutionId"] == first.query_metadata["QueryExecutionId"]


def test_a_table_is_described_repaired_and_shown(wr: Any) -> None:
    wr.s3.to_parquet(pd.DataFrame({"id": [4]}), f"{HOME}/people/day=z/more.parquet")
    assert wr.athena.repair_table("people", **DB) == "SUCCEEDED"
    values = wr.catalog.get_partitions("wr", "people").values()
    wr.catalog.delete_partitions("people", "wr", [["z"]])
    wr.s3.delete_objects(f"{HOME}/people/day=z/")
    described = wr.athena.describe_table("people", **DB)
    assert sorted(values) == [["x"], ["y"], ["z"]]
    assert list(described["Type"])[:4] == ["bigint", "string", "decimal(3,2)", "date"]
    assert list(described["Column Name"][described["Partition"]]) == ["day"]
    assert wr.athena.show_create_table("people", **DB).startswith("CREATE EXTERNAL TABLE `people`(")
    assert "PARTITIONED BY" in wr.athena.generate_create_query("people", database="wr")


def test_ctas_tables_are_made_with_format_and_partitions(wr: Any) -> None:
    made = wr.athena.create_ctas_table(
        "SELECT id, name, day FROM people",
        ctas_table="people_json",
        ctas_database="wr",
        storage_format="JSON",
        write_compression="gzip",
        partitioning_info=["day"],
        wait=True,
        s3_output="s3://lake/ctas/",
        database="wr",
    )
    assert made["ctas_query_metadata"].raw_payload["Status"]["State"] == "SUCCEEDED"
    assert sorted(wr.catalog.get_partitions("wr", "people_json").values()) == [["x"], ["y"]]
    assert len(wr.athena.read_sql_query("SELECT * FROM people_json", ctas_approach=False, **DB)) == 3


@pytest.mark.slow
def test_prepared_statements_are_saved_run_listed_and_deleted(wr: Any) -> None:
    wr.athena.create_prepared_statement("SELECT id FROM people WHERE id = ?", "one_person")
    listed = [each["StatementName"] for each in wr.athena.list_prepared_statements()]
    found = wr.athena.read_sql_query("EXECUTE one_person", params=["2"], paramstyle="qmark", ctas_approach=False, **DB)
    wr.athena.delete_prepared_statement("one_person")
    assert (listed, list(found["id"]), wr.athena.list_prepared_statements()) == (["one_person"], [2], [])


def test_a_query_is_started_stopped_and_its_end_is_seen(wr: Any) -> None:
    execution = wr.athena.start_query_execution(ENDLESS, **DB)
    wr.athena.stop_query_execution(execution)
    with pytest.raises(wr.exceptions.QueryCancelled):
        wr.athena.wait_query(execution)
    assert wr.athena.get_query_execution(execution)["Status"]["State"] == "CANCELLED"


@pytest.mark.slow
def test_results_go_to_a_bucket_of_the_clients_own_making_when_none_is_named(wr: Any, led: Any) -> None:
    found = wr.athena.read_sql_query("SELECT 1 AS one", database="wr", ctas_approach=False)
    assert list(found["one"]) == [1]
    assert f"aws-athena-query-results-{led.account_id}-{led.region}" in wr.s3.list_buckets()


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        pytest.param("append", [1, 2, 3, 9], marks=pytest.mark.slow),
        pytest.param("overwrite", [9], marks=pytest.mark.slow),
        ("overwrite_partitions", [3, 9]),
    ],
)
def test_a_dataset_is_written_again_in_each_mode(wr: Any, mode: str, wanted: list[int]) -> None:
    target = {"dataset": True, "database": "wr", "table": mode, "partition_cols": ["day"]}
    wr.s3.to_parquet(people()[["id", "day"]], f"{HOME}/modes/{mode}/", **target)
    wr.s3.to_parquet(pd.DataFrame({"id": [9], "day": ["x"]}), f"{HOME}/modes/{mode}/", mode=mode, **target)
    assert sorted(wr.s3.read_parquet_table(mode, "wr")["id"]) == wanted
    assert sorted(wr.athena.read_sql_query(f"SELECT id FROM {mode}", ctas_approach=False, **DB)["id"]) == wanted


@pytest.mark.slow
def test_a_dataset_gains_a_column_and_older_files_show_it_empty(wr: Any) -> None:
    target = {"dataset": True, "database": "wr", "table": "grows"}
    wr.s3.to_parquet(pd.DataFrame({"id": [1]}), f"{HOME}/grows/", **target)
    wr.s3.to_parquet(pd.DataFrame({"id": [2], "extra": ["new"]}), f"{HOME}/grows/", schema_evolution=True, **target)
    assert rows(wr.athena.read_sql_query("SELECT id, extra FROM grows", ctas_approach=False, **DB)) == [
        [1, None],
        [2, "new"],
    ]


@pytest.mark.slow
def test_parquet_is_read_by_partition_in_chunks_and_by_its_footer(wr: Any) -> None:
    path = f"{HOME}/people/"
    only_x = wr.s3.read_parquet(path, dataset=True, partition_filter=lambda values: values["day"] == "x")
    chunked = [len(chunk) for chunk in wr.s3.read_parquet(path, dataset=True, chunked=1)]
    types, partitions = wr.s3.read_parquet_metadata(path, dataset=True)
    assert (sorted(only_x["id"]), chunked, partitions) == ([1, 2], [1, 1, 1], {"day": "string"})
    assert types["tags"] == "array<string>"
    assert wr.s3.store_parquet_metadata(path, "wr", "stored", dataset=True)[0] == types


@pytest.mark.parametrize(
    ("kind", "options"), [("csv", {"index": False}), ("json", {"index": False, "orient": "records", "lines": True})]
)
def test_text_datasets_are_written_and_queried(wr: Any, kind: str, options: dict[str, Any]) -> None:
    write = getattr(wr.s3, f"to_{kind}")
    frame = people()[["id", "name", "day"]]
    write(frame, f"{HOME}/{kind}/", dataset=True, database="wr", table=f"as_{kind}", mode="overwrite", **options)
    found = wr.athena.read_sql_query(f"SELECT id, name, day FROM as_{kind}", ctas_approach=False, **DB)
    assert rows(found) == [[1, "ann", "x"], [2, None, "x"], [3, "cyd", "y"]]


@pytest.mark.slow
def test_single_files_are_written_read_listed_copied_and_deleted(wr: Any, tmp_path: Any) -> None:
    frame = people()[["id", "name"]]
    wr.s3.to_csv(frame, f"{HOME}/files/one.csv", index=False)
    wr.s3.to_json(frame, f"{HOME}/files/one.json", orient="records", lines=True)
    wr.s3.download(f"{HOME}/files/one.csv", str(tmp_path / "one.csv"))
    wr.s3.upload(str(tmp_path / "one.csv"), f"{HOME}/files/up.csv")
    wr.s3.copy_objects([f"{HOME}/files/one.csv"], f"{HOME}/files", f"{HOME}/copied")
    listed = wr.s3.list_objects(f"{HOME}/files/*.csv")
    assert rows(wr.s3.read_csv(f"{HOME}/files/up.csv")) == rows(frame)
    assert rows(wr.s3.read_json(f"{HOME}/files/one.json", lines=True)) == rows(frame)
    assert [path.rpartition("/")[2] for path in listed] == ["one.csv", "up.csv"]
    assert wr.s3.size_objects(f"{HOME}/files/one.csv") == {
        f"{HOME}/files/one.csv": (tmp_path / "one.csv").stat().st_size
    }
    assert (wr.s3.does_object_exist(f"{HOME}/copied/one.csv"), wr.s3.does_object_exist(f"{HOME}/no")) == (True, False)
    wr.s3.delete_objects(f"{HOME}/copied/")
    assert wr.s3.list_objects(f"{HOME}/copied/") == []


@pytest.mark.slow
def test_a_dataset_is_merged_into_another(wr: Any) -> None:
    wr.s3.merge_datasets(source_path=f"{HOME}/people/", target_path=f"{HOME}/merged/", mode="append")
    assert sorted(wr.s3.read_parquet(f"{HOME}/merged/", dataset=True)["id"]) == [1, 2, 3]


def test_the_catalog_is_searched_listed_changed_and_emptied(wr: Any) -> None:
    wr.catalog.create_parquet_table(
        database="wr",
        table="declared",
        path=f"{HOME}/declared/",
        columns_types={"id": "int", "amount": "decimal(10,2)"},
        partitions_types={"year": "int"},
        description="made by hand",
        columns_comments={"id": "the key"},
    )
    wr.catalog.add_parquet_partitions("wr", "declared", {f"{HOME}/declared/2024/": ["2024"]})
    wr.catalog.add_column("wr", "declared", "note", column_type="string", column_comment="free")
    listed = wr.catalog.tables(database="wr", name_contains="declar")
    assert list(listed["Table"]) == ["declared"]
    assert list(wr.catalog.table("wr", "declared")["Column Name"]) == ["id", "amount", "note", "year"]
    assert wr.catalog.get_columns_comments("wr", "declared")["id"] == "the key"
    assert wr.catalog.get_table_location("wr", "declared") == f"{HOME}/declared/"
    assert [table["Name"] for table in wr.catalog.search_tables(text="declared")] == ["declared"]
    assert wr.catalog.get_parquet_partitions("wr", "declared") == {f"{HOME}/declared/2024/": ["2024"]}
    assert wr.catalog.delete_table_if_exists("wr", "declared")
    assert not wr.catalog.does_table_exist("wr", "declared")


def test_the_caller_is_known(wr: Any, led: Any) -> None:
    assert wr.sts.get_account_id() == led.account_id
    assert wr.sts.get_current_identity_arn() == f"arn:aws:iam::{led.account_id}:root"


def test_lake_formation_narrows_what_a_role_reads(wr: Any, led: Any) -> None:
    arn = led.make_role("wr-reader")
    led.client("glue").create_database(DatabaseInput={"Name": "wr_closed", "CreateTableDefaultPermissions": []})
    wr.s3.to_parquet(people()[["id", "name"]], f"{HOME}/closed/", dataset=True, database="wr_closed", table="people")
    settings = {"boto3_session": led.session("wr-reader"), "ctas_approach": False, **DB}
    with pytest.raises(wr.exceptions.QueryFailed):
        wr.athena.read_sql_query("SELECT * FROM wr_closed.people", **settings)
    led.client("lakeformation").grant_permissions(
        Principal={"DataLakePrincipalIdentifier": arn},
        Permissions=["SELECT"],
        Resource={"TableWithColumns": {"DatabaseName": "wr_closed", "Name": "people", "ColumnNames": ["id"]}},
    )
    assert list(wr.athena.read_sql_query("SELECT * FROM wr_closed.people", **settings).columns) == ["id"]


def test_iceberg_tables_are_refused(wr: Any) -> None:
    where = {"temp_path": "s3://lake/tmp/", "s3_output": DB["s3_output"]}
    frame = people()[["id", "name"]]
    with cannot(CLIENT, "athena.to_iceberg, delete_from_iceberg_table"):
        wr.athena.to_iceberg(frame, "wr", "iced", table_location="s3://lake/iced/", **where)
    with cannot(CLIENT, "athena.to_iceberg, delete_from_iceberg_table"):
        wr.athena.delete_from_iceberg_table(frame, "wr", "people", merge_cols=["id"], **where)


@pytest.mark.slow
def test_orc_files_are_written_but_not_queried(wr: Any) -> None:
    wr.s3.to_orc(people()[["id"]], f"{HOME}/orc/", dataset=True, database="wr", table="as_orc", mode="overwrite")
    assert sorted(wr.s3.read_orc(f"{HOME}/orc/", dataset=True)["id"]) == [1, 2, 3]
    with cannot(CLIENT, "Athena on ORC files (s3.to_orc writes them)"):
        wr.athena.read_sql_query("SELECT id FROM as_orc", ctas_approach=False, **DB)


@pytest.mark.slow
def test_s3_select_is_refused(wr: Any) -> None:
    wr.s3.to_csv(people()[["id"]], f"{HOME}/select.csv", index=False)
    with cannot(CLIENT, "s3.select_query"):
        wr.s3.select_query("SELECT * FROM s3object", f"{HOME}/select.csv", "CSV", {})


@pytest.mark.slow
def test_data_quality_rulesets_are_refused(wr: Any) -> None:
    with cannot(CLIENT, "data_quality"):
        wr.data_quality.create_ruleset("rules", "wr", "people", dqdl_rules="Rules = [ RowCount > 1 ]")


@pytest.mark.slow
def test_cloudwatch_is_refused(wr: Any) -> None:
    with cannot(CLIENT, "cloudwatch"):
        wr.cloudwatch.read_logs("fields @message", ["/some/group"])
