"""Athena as clients see it: boto3 and awswrangler, unmodified, on a real endpoint."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

DDL = Path(__file__).parents[1] / "conformance" / "athena_ddl.txt"
# awswrangler's own use of pandas.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.PandasChangeWarning")
NINE_THOUSAND = "UNNEST(sequence(1, 9000))"
ENDLESS = f"SELECT count(*) FROM {NINE_THOUSAND} a(x), {NINE_THOUSAND} b(y), {NINE_THOUSAND} c(z)"
RESULTS = {"OutputLocation": "s3://athena-clients/results/"}


@pytest.fixture(scope="module")
def sales(endpoint: Any) -> Any:
    """The endpoint with a bucket and a database of this module's own."""
    endpoint.client("s3").create_bucket(Bucket="athena-clients")
    endpoint.sql("CREATE DATABASE athena_clients", ResultConfiguration=RESULTS)
    return endpoint


@pytest.fixture
def wr(sales: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """awswrangler, led to the endpoint by the environment as its users do."""
    for name in ("ATHENA", "GLUE", "S3", "STS", "LAKEFORMATION"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", sales.url)
    for name, value in sales.root_key().items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", sales.region)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)  # one that other tests left knows other keys
    import awswrangler

    yield awswrangler
    awswrangler.config.reset()


def state(endpoint: Any, sql: str, **arguments: Any) -> tuple[str, str]:
    """How a statement ends: its state, and the reason ('REFUSED' when it was not even started)."""
    from botocore.exceptions import ClientError

    athena = endpoint.client("athena")
    try:
        execution = athena.start_query_execution(QueryString=sql, ResultConfiguration=RESULTS, **arguments)
    except ClientError as error:
        return "REFUSED", f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    status = ended(athena, execution["QueryExecutionId"])
    return status["State"], status.get("StateChangeReason", "")


def ended(athena: Any, execution: str) -> dict[str, Any]:
    """An execution's status once it has finished."""
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            return dict(status)
        time.sleep(0.02)


def test_every_statement_of_the_collection_works_or_is_refused_by_name(sales: Any) -> None:
    context = {"QueryExecutionContext": {"Database": "athena_clients"}}
    sales.sql("CREATE DATABASE IF NOT EXISTS sales", ResultConfiguration=RESULTS)
    for statement in DDL.read_text().split(";;"):
        ended, reason = state(sales, statement.strip(), **context)
        assert ended in ("SUCCEEDED", "FAILED", "REFUSED")
        assert "INTERNAL" not in reason.upper(), (statement, reason)
        assert ended == "SUCCEEDED" or reason, statement


def test_a_frame_goes_to_a_table_and_comes_back(wr: Any) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "name": ["a", None, "c"], "day": ["x", "x", "y"]})
    wr.s3.to_parquet(
        frame,
        "s3://athena-clients/frames/",
        dataset=True,
        database="athena_clients",
        table="frames",
        partition_cols=["day"],
    )
    sql = "SELECT id, name, day FROM frames ORDER BY id"
    where = {"database": "athena_clients", "s3_output": "s3://athena-clients/results/"}

    plain = wr.athena.read_sql_query(sql, ctas_approach=False, **where)
    ctas = wr.athena.read_sql_query(sql, ctas_approach=True, **where)
    unload = wr.athena.read_sql_query(
        sql, ctas_approach=False, unload_approach=True, **{**where, "s3_output": "s3://athena-clients/unload/"}
    )
    for found in (plain, ctas, unload):
        assert found["id"].tolist() == [1, 2, 3]
        assert found["name"].isna().tolist() == [False, True, False]
        assert found["day"].tolist() == ["x", "x", "y"]


def test_awswrangler_describes_shows_and_repairs_tables(wr: Any) -> None:
    where = {"database": "athena_clients", "s3_output": "s3://athena-clients/results/"}
    frame = pd.DataFrame({"id": [1], "day": ["x"]})
    wr.s3.to_parquet(
        frame,
        "s3://athena-clients/shown/",
        dataset=True,
        database="athena_clients",
        table="shown",
        partition_cols=["day"],
    )
    wr.s3.to_parquet(frame, "s3://athena-clients/shown/day=z/part.parquet")

    assert wr.athena.repair_table("shown", **where) == "SUCCEEDED"
    described = wr.athena.describe_table("shown", **where)
    assert described["Column Name"].tolist() == ["id", "day"]
    assert described["Partition"].tolist() == [False, True]
    assert wr.athena.show_create_table("shown", **where).startswith("CREATE EXTERNAL TABLE `shown`(")
    values = wr.catalog.get_partitions("athena_clients", "shown")
    assert values == {"s3://athena-clients/shown/day=x/": ["x"], "s3://athena-clients/shown/day=z/": ["z"]}


def test_results_page_through_boto3(sales: Any) -> None:
    rows = sales.sql("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)", ResultConfiguration=RESULTS)

    assert [row[0] for row in rows] == ["n", *map(str, range(1, 2501))]


def test_history_is_there_after_a_kill_and_what_ran_has_failed(own_endpoint: Any) -> None:
    own_endpoint.client("s3").create_bucket(Bucket="athena-clients")
    athena = own_endpoint.client("athena")
    done, running = (
        athena.start_query_execution(QueryString=sql, ResultConfiguration=RESULTS)["QueryExecutionId"]
        for sql in ("SELECT 1 AS one", ENDLESS)
    )
    assert ended(athena, done)["State"] == "SUCCEEDED"
    assert athena.get_query_execution(QueryExecutionId=running)["QueryExecution"]["Status"]["State"] == "RUNNING"
    own_endpoint.kill()
    own_endpoint.start()
    athena = own_endpoint.client("athena")

    found = athena.get_query_results(QueryExecutionId=done)["ResultSet"]["Rows"]
    assert [row["Data"] for row in found] == [[{"VarCharValue": "one"}], [{"VarCharValue": "1"}]]
    status = athena.get_query_execution(QueryExecutionId=running)["QueryExecution"]["Status"]
    assert (status["State"], "stopped while the query ran" in status["StateChangeReason"]) == ("FAILED", True)


def test_a_running_query_is_cancelled(sales: Any) -> None:
    athena = sales.client("athena")
    execution = athena.start_query_execution(QueryString=ENDLESS, ResultConfiguration=RESULTS)["QueryExecutionId"]
    athena.stop_query_execution(QueryExecutionId=execution)

    assert ended(athena, execution)["State"] == "CANCELLED"
