"""TPC-H SF1: 22 queries through boto3 on the endpoint, against raw DuckDB on the same files, turn by turn in one run.

Through boto3 means: StartQueryExecution, GetQueryExecution until it is over, the first page of GetQueryResults. Raw
means: one connection for the whole run, every row fetched. A pause before each turn, so that what either side does
behind its answers (the endpoint makes the next connection) is not counted against the other.
"""

import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.endpoint import Running, ask, endpoint
from benchmarks.measure import Part, Room, Row, geometric_mean, once_s
from scripts.portal_process import ROOT

TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
HIVE_TYPES = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DATE": "date"}
GENERATOR = ROOT / "build" / "bench" / "tools" / "bin" / "tpchgen-cli"  # put there by `make bench`
BUCKET = DATABASE = "tpch"
OUTPUT = f"s3://{BUCKET}/results/"
MEAN_GOAL, EACH_GOAL = 1.25, 2.0
PAUSE_S = 0.15
HEAD = """## TPC-H, scale factor 1

22 queries through boto3 on the endpoint (StartQueryExecution to the first page of GetQueryResults) against raw DuckDB
on the same Parquet files (one warm connection, every row fetched), turn by turn with a pause between, rounds: {rounds}.

| query | rows | DuckDB, ms | endpoint, ms | ratio |
|---|---|---|---|---|
{lines}"""


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


def load(running: Running, data: Path) -> None:
    """The eight files as tables of the catalog."""
    s3, glue = running.client("s3"), running.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in TABLES:
        file = data / f"{table}.parquet"
        s3.upload_file(str(file), BUCKET, f"{table}/{file.name}")
        glue.create_table(DatabaseName=DATABASE, TableInput=table_input(table, f"{table}/", file))


def table_input(table: str, prefix: str, file: Path) -> dict[str, Any]:
    """A TableInput for Parquet like this file, with its columns."""
    described = duckdb.sql(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
    return {
        "Name": table,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": [{"Name": row[0], "Type": HIVE_TYPES.get(row[1], row[1].lower())} for row in described],
            "Location": f"s3://{BUCKET}/{prefix}",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        },
    }


def run(room: Room) -> Part:
    """The part of the report: the geometric mean, the worst query, and every query's line."""
    rounds = room.rounds(5)
    found = compare(generate(room.kept / "tpch-sf1"), room.fresh("tpch"), rounds)
    return Part(rows(found), HEAD.format(rounds=rounds, lines="\n".join(map(_line, found))))


def rows(found: list[QueryTimes]) -> list[Row]:
    """The goals that the queries have to meet together and each."""
    mean, worst = mean_ratio(found), max(found, key=lambda one: one.ratio)
    text = f"{worst.ratio:.2f}x (query {worst.number})"
    return [
        Row(
            "TPC-H SF1 on the endpoint against DuckDB, geometric mean",
            f"{mean:.2f}x",
            f"{MEAN_GOAL}x",
            mean <= MEAN_GOAL,
        ),
        Row("TPC-H SF1, the slowest query against DuckDB", text, f"{EACH_GOAL:g}x", worst.ratio <= EACH_GOAL),
    ]


def _line(one: QueryTimes) -> str:
    raw_ms, endpoint_ms = one.raw_s * 1000, one.endpoint_s * 1000
    return f"| {one.number} | {one.rows:,} | {raw_ms:,.0f} | {endpoint_ms:,.0f} | {one.ratio:.2f}x |"


def compare(data: Path, state: Path, times: int) -> list[QueryTimes]:
    """All 22, each `times` times on either side, turn by turn after one run to warm up."""
    raw = raw_connection(data)
    with endpoint(state) as running:
        load(running, data)
        athena = running.client("athena")
        found = [_compare_one(number, sql, raw, athena, times) for number, sql in queries().items()]
    raw.close()
    return found


def raw_connection(data: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB as it comes, with a view of each file."""
    raw = duckdb.connect()
    for table in TABLES:
        raw.execute(f"CREATE VIEW {table} AS SELECT * FROM '{data / table}.parquet'")
    return raw


def _compare_one(number: int, sql: str, raw: duckdb.DuckDBPyConnection, athena: Any, times: int) -> QueryTimes:
    expected, given = len(raw.execute(sql).fetchall()), len(ask(athena, sql, DATABASE, OUTPUT))
    if min(expected, 999) != min(given, 999):  # the first page holds 999 rows and the header
        raise RuntimeError(f"Query {number}: DuckDB finds {expected} rows, the endpoint {given}.")
    pairs = [
        (_alone_s(lambda: raw.execute(sql).fetchall()), _alone_s(lambda: ask(athena, sql, DATABASE, OUTPUT)))
        for _ in range(times)
    ]
    raws, endpoints = zip(*pairs, strict=True)
    found = QueryTimes(number, statistics.median(raws), statistics.median(endpoints), expected)
    print(f"TPC-H {number:2}: {found.raw_s * 1000:6.0f} ms raw, {found.endpoint_s * 1000:6.0f} ms, {found.ratio:.2f}x")
    return found


def _alone_s(act: Callable[[], object]) -> float:
    time.sleep(PAUSE_S)
    return once_s(act)


def mean_ratio(times: list[QueryTimes]) -> float:
    """Geometric mean of the ratios."""
    return geometric_mean([one.ratio for one in times])
