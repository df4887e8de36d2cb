"""16 clients at once with mixed work, a bounded number of requests each: every error counts, none is repeated.

Queries, GetTables, puts and gets of S3 objects, grants and revokes, each client as a role of its own.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.endpoint import QueryError, Running, ask, endpoint, make_role
from benchmarks.measure import Part, Room, Row, milliseconds, percentile
from benchmarks.tpch import BUCKET, DATABASE, generate, table_input

CLIENTS, ROUNDS = 16, 25
BODY = b"0123456789abcdef" * 4096
TEXT = """## {clients} clients at once

Mixed work, each client as a role of its own and with one connection at a time, {rounds} rounds of every kind: {count:,}
requests and queries in {seconds:.1f} s, {errors} errors. A query counts from its start to its first page of results.

| what | count | p50 | p95 |
|---|---|---|---|
{lines}"""


@dataclass(frozen=True)
class Done:
    """One act that has ended: its kind, its seconds, and what went wrong (None: nothing)."""

    kind: str
    took_s: float
    error: str | None = None


def run(room: Room) -> Part:
    """The part of the report."""
    rounds, data = room.rounds(ROUNDS), generate(room.kept / "tpch-sf1")
    with endpoint(room.fresh("crowd")) as running:
        _prepare(running, data)
        crowd = [_Client(running, number) for number in range(CLIENTS)]
        gate = threading.Barrier(CLIENTS + 1)
        threads = [threading.Thread(target=client.work, args=(gate, rounds)) for client in crowd]
        for thread in threads:
            thread.start()
        gate.wait()
        began = time.perf_counter()
        for thread in threads:
            thread.join()
        seconds = time.perf_counter() - began
    found = list(itertools.chain.from_iterable(client.done for client in crowd))
    return Part(rows(found), text(found, rounds, seconds))


def rows(found: list[Done]) -> list[Row]:
    """The goal: no error."""
    errors = [one.error for one in found if one.error is not None]
    measured = f"{len(errors)} of {len(found):,}" + (f", the first: {errors[0]}" if errors else "")
    return [Row(f"Errors with {CLIENTS} clients at once", measured, "0", not errors)]


def text(found: list[Done], rounds: int, seconds: float) -> str:
    """The section of the report."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    for one in found:
        by_kind[one.kind].append(one.took_s)
    lines = [
        f"| {kind} | {len(took):,} | {milliseconds(percentile(took, 50))} | {milliseconds(percentile(took, 95))} |"
        for kind, took in by_kind.items()
    ]
    errors = sum(one.error is not None for one in found)
    counts = {"count": len(found), "errors": errors or "no", "clients": CLIENTS, "rounds": rounds}
    return TEXT.format(seconds=seconds, lines="\n".join(lines), **counts)


def _prepare(running: Running, data: Path) -> None:
    """Two tables that IAM decides about, and one role for each client."""
    s3, glue = running.client("s3"), running.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in ("nation", "supplier"):
        file = data / f"{table}.parquet"
        s3.upload_file(str(file), BUCKET, f"{table}/{file.name}")
        glue.create_table(DatabaseName=DATABASE, TableInput=table_input(table, f"{table}/", file))
    admins = [make_role(running, f"client{number:02}") for number in range(CLIENTS)]
    settings = running.client("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    settings["DataLakeAdmins"] = [{"DataLakePrincipalIdentifier": arn} for arn in admins]
    running.client("lakeformation").put_data_lake_settings(DataLakeSettings=settings)
    for number in range(CLIENTS):  # clients are made by one thread: boto3's sessions are not for many
        for service in ("athena", "glue", "s3", "lakeformation"):
            running.client(service, f"client{number:02}")


class _Client:
    """One of the crowd; `done` is what it did."""

    def __init__(self, running: Running, number: int) -> None:
        self.done: list[Done] = []
        name = f"client{number:02}"
        athena, glue, s3, lake = (running.client(each, name) for each in ("athena", "glue", "s3", "lakeformation"))
        giving = {
            "Principal": {"DataLakePrincipalIdentifier": make_role(running, f"friend{number:02}")},
            "Resource": {"Table": {"DatabaseName": DATABASE, "Name": "nation"}},
            "Permissions": ["DESCRIBE"],
        }
        sql = (
            "SELECT n_name, count(*) FROM supplier JOIN nation ON s_nationkey = n_nationkey"
            f" WHERE s_suppkey % 97 = {number} GROUP BY n_name ORDER BY n_name"
        )
        output, key = f"s3://{BUCKET}/results/{name}/", f"files/{name}"
        self._acts: dict[str, Callable[[], Any]] = {
            "query over two tables": lambda: ask(athena, sql, DATABASE, output),
            "GetTables": lambda: glue.get_tables(DatabaseName=DATABASE),
            "PutObject, 64 KB": lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=BODY),
            "GetObject, 64 KB": lambda: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read(),
            "GrantPermissions": lambda: lake.grant_permissions(**giving),
            "RevokePermissions": lambda: lake.revoke_permissions(**giving),
        }

    def work(self, gate: threading.Barrier, rounds: int) -> None:
        """Every kind of act, round after round, from the moment that all are there."""
        gate.wait()
        for _ in range(rounds):
            for kind, act in self._acts.items():
                self.done.append(_one(kind, act))


def _one(kind: str, act: Callable[[], Any]) -> Done:
    began, error = time.perf_counter(), None
    try:
        act()
    except (ClientError, BotoCoreError, QueryError) as raised:
        error = f"{kind}: {raised}"
    return Done(kind, time.perf_counter() - began, error)
