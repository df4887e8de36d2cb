"""TPC-H SF1: 22 queries through boto3 on the endpoint, against raw DuckDB on the same files, turn by turn in one run.

Through boto3 means: StartQueryExecution, GetQueryExecution until it is over, the first page of GetQueryResults.
"""

import configparser
import contextlib
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import duckdb

from benchmarks.measure import geometric_mean, once_s
from scripts.portal_process import ROOT, environment

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
HIVE_TYPES = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DATE": "date"}
GENERATOR = ROOT / "build" / "bench" / "tools" / "bin" / "tpchgen-cli"  # put there by `make bench`
BUCKET, DATABASE = "tpch", "tpch"
POLL_S = 0.01


@dataclass(frozen=True)
class QueryTimes:
    """Medians of one query, in seconds."""

    number: int
    raw_s: float
    endpoint_s: float
    rows: int

    @property
    def ratio(self) -> float:
        """How many times as long the endpoint takes."""
        return self.endpoint_s / self.raw_s


def queries() -> dict[int, str]:
    """The 22 statements by number."""
    parts = re.split(r"^-- (\d+)\n", (ROOT / "benchmarks" / "tpch_queries.sql").read_text(), flags=re.M)[1:]
    return {int(number): sql.strip().rstrip(";") for number, sql in zip(parts[::2], parts[1::2], strict=True)}


def generate(folder: Path) -> Path:
    """The eight files of scale factor 1, made once."""
    if not all((folder / f"{table}.parquet").exists() for table in TABLES):
        subprocess.run([GENERATOR, "parquet", "-s", "1", "--output-dir", folder], check=True)
    return folder


@contextlib.contextmanager
def endpoint(folder: Path) -> Iterator[boto3.Session]:
    """A fresh endpoint; a session of its root, with its address as `endpoint_url` of every client."""
    command = [sys.executable, "-m", "mesh_core.localaws", "--data-dir", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        ready = json.loads(process.stdout.readline())
        ini = configparser.ConfigParser(interpolation=None)
        ini.read(ready["credentials_file"])
        key, secret = ini["root"]["aws_access_key_id"], ini["root"]["aws_secret_access_key"]
        session = boto3.Session(key, secret, region_name=ready["region"])
        make = session.client
        session.client = lambda name: make(name, endpoint_url=ready["endpoint"])  # type: ignore[method-assign,assignment]
        yield session
        process.stdin.close()


def load(session: boto3.Session, data: Path) -> None:
    """The eight files as tables of the catalog."""
    s3, glue = session.client("s3"), session.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in TABLES:
        file = data / f"{table}.parquet"
        s3.upload_file(str(file), BUCKET, f"{table}/{file.name}")
        glue.create_table(DatabaseName=DATABASE, TableInput=_table_input(table, file))


def _table_input(table: str, file: Path) -> dict[str, Any]:
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": [{"Name": row[0], "Type": HIVE_TYPES.get(row[1], row[1].lower())} for row in described],
            "Location": f"s3://{BUCKET}/{table}/",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        },
    }


def ask(athena: Any, sql: str) -> list[Any]:
    """Run a statement to its first page of rows. Raises RuntimeError with Athena's words when it fails."""
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": DATABASE},
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(POLL_S)
    if status["State"] != "SUCCEEDED":
        raise RuntimeError(f"{sql}\n{status.get('StateChangeReason')}")
    rows: list[Any] = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return rows[1:]


def compare(data: Path, state: Path, times: int) -> list[QueryTimes]:
    """All 22, each `times` times on either side, turn by turn after one run to warm up."""
    raw = duckdb.connect()
    for table in TABLES:
        raw.execute(f"CREATE VIEW {table} AS SELECT * FROM '{data / table}.parquet'")
    with endpoint(state) as session:
        load(session, data)
        athena = session.client("athena")
        found = [_compare_one(number, sql, raw, athena, times) for number, sql in queries().items()]
    raw.close()
    return found


def _compare_one(number: int, sql: str, raw: duckdb.DuckDBPyConnection, athena: Any, times: int) -> QueryTimes:
    expected, given = len(raw.execute(sql).fetchall()), len(ask(athena, sql))
    if min(expected, 999) != min(given, 999):  # the first page holds 999 rows and the header
        raise RuntimeError(f"Query {number}: DuckDB finds {expected} rows, the endpoint {given}.")
    pairs = [(once_s(lambda: raw.execute(sql).fetchall()), once_s(lambda: ask(athena, sql))) for _ in range(times)]
    raws, endpoints = zip(*pairs, strict=True)
    found = QueryTimes(number, statistics.median(raws), statistics.median(endpoints), expected)
    print(f"TPC-H {number:2}: {found.raw_s * 1000:6.0f} ms raw, {found.endpoint_s * 1000:6.0f} ms, {found.ratio:.2f}x")
    return found


def mean_ratio(times: list[QueryTimes]) -> float:
    """Geometric mean of the ratios."""
    return geometric_mean([one.ratio for one in times])
