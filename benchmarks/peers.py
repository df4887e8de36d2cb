"""Two emulators that pip installs beside the endpoint, on the same work through the same client: only what they can do.

Each runs in a virtual environment of its own below `build/bench`, started as its documentation says, with what it takes
to keep S3 objects in files (without that, MiniStack's Athena finds none). What an emulator doesn't do is said in its
column, and whether it lets in whom it should not is tried out in the same run.
"""

import contextlib
import os
import statistics
import subprocess
import time
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.endpoint import ask, free_port, process, root_session
from benchmarks.measure import Part, Room, memory_bytes, milliseconds, once_s
from benchmarks.tpch import generate, table_input

DUCKDB = "duckdb==2.0.0"
BUCKET, DATABASE, SQL = "peers", "peers", "SELECT n_name FROM nation WHERE n_nationkey = 7"
TABLES, OBJECT = 500, b"x" * 1_000_000
START_S, QUERY_S = 60, 30
TEXT = """## Beside other emulators

The same work through the same boto3 client, one emulator after the other; medians, rounds: {rounds}. The endpoint
checks signatures, IAM and Lake Formation, and syncs to disk before it answers. The others, as they are started by
default, keep their state in memory and check less (the last rows, tried out in this run): so the figures also say what
checking and remembering cost.

| what | {names} |
|---|{rules}|
{lines}"""


@dataclass(frozen=True)
class Peer:
    """An emulator: what pip installs, the command below its `bin` and its environment ({port} and {folder} in both)."""

    name: str
    packages: tuple[str, ...]
    command: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    queries: bool


PEERS = (
    Peer(
        "MiniStack 1.5.33",
        ("ministack==1.5.33", DUCKDB),
        ("ministack",),
        (
            ("GATEWAY_PORT", "{port}"),
            ("BIND_HOST", "127.0.0.1"),
            ("S3_PERSIST", "1"),
            ("S3_DATA_DIR", "{folder}/s3"),
            ("STATE_DIR", "{folder}/state"),
        ),
        queries=True,
    ),
    Peer(
        "moto server 5.2.5",
        ("moto[server]==5.2.5",),
        ("moto_server", "-H", "127.0.0.1", "-p", "{port}"),
        (),
        queries=False,
    ),
)
OURS = "this endpoint"
ROWS = (
    "start to first answer",
    f"memory with {TABLES} tables",
    "CreateTable, 20 columns",
    f"GetTables, {TABLES} tables in pages",
    "put an object of 1 MB",
    "get an object of 1 MB",
    "SELECT of one row",
    "a wrong secret key",
    "a role without any policy reads the catalog",
)


def run(room: Room) -> Part:
    """The part of the report; it has no goals."""
    rounds = room.rounds(25)
    data = generate(room.kept / "tpch-sf1")
    columns = {OURS: _ours(room, data, rounds)}
    for peer in PEERS:
        columns[peer.name] = _theirs(peer, room, data, rounds)
    return Part(text=text(rounds, columns))


def text(rounds: int, columns: dict[str, list[str]]) -> str:
    """The section of the report: a column for each emulator."""
    lines = [f"| {what} | {' | '.join(cells)} |" for what, *cells in zip(ROWS, *columns.values(), strict=True)]
    rules = "|".join("---" for _ in columns)
    return TEXT.format(rounds=rounds, names=" | ".join(columns), rules=rules, lines="\n".join(lines))


def _ours(room: Room, data: Path, rounds: int) -> list[str]:
    folder, port = room.fresh("ours"), free_port()
    with process(folder):
        pass  # makes the key
    session = root_session(folder)
    began = time.perf_counter()
    with process(folder, "--port", str(port)) as (pid, _):
        return _work(Emulator(session, port, pid, began, queries=True), data, rounds)


def _theirs(peer: Peer, room: Room, data: Path, rounds: int) -> list[str]:
    try:
        binaries = _installed(peer, room.kept / "peers")
    except subprocess.CalledProcessError as error:
        reason = (error.stderr or "").strip().splitlines()[-1:] or ["pip failed"]
        return [f"not installed: {reason[0]}"] + [""] * (len(ROWS) - 1)
    session = boto3.Session("test", "test", region_name="us-east-1")
    with _started(peer, binaries, room.fresh(peer.name.split()[0])) as (port, pid, began):
        return _work(Emulator(session, port, pid, began, peer.queries), data, rounds)


def _installed(peer: Peer, folder: Path) -> Path:
    """The `bin` of the peer's own environment, made once in a place: its scripts name it. CalledProcessError."""
    home = folder / "-".join(peer.packages).replace("[", "-").replace("]", "")
    done = home / "done"
    if not done.exists() or done.read_text() != str(home):
        venv.create(home, clear=True, with_pip=True)
        pip = [home / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", *peer.packages]
        subprocess.run(pip, check=True, capture_output=True, text=True)
        done.write_text(str(home))
    return home / "bin"


@contextlib.contextmanager
def _started(peer: Peer, binaries: Path, folder: Path) -> Iterator[tuple[int, int, float]]:
    port = free_port()
    folder.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    program, *words = (word.format(port=port) for word in peer.command)
    own = {name: value.format(port=port, folder=folder) for name, value in peer.environment}
    own |= {**kept, "HOME": str(folder), "TMPDIR": str(folder)}
    began = time.perf_counter()
    with (folder / "log").open("wb") as log:
        started = subprocess.Popen([binaries / program, *words], cwd=folder, env=own, stdout=log, stderr=log)
        try:
            yield port, started.pid, began
        finally:
            started.kill()
            started.wait()


@dataclass(frozen=True)
class Emulator:
    """What the work needs to know of a started emulator; `began` is when its process was started (perf_counter)."""

    session: boto3.Session
    port: int
    pid: int
    began: float
    queries: bool

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        """A client that does not retry."""
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        made: Any = (session or self.session).client(
            service,  # type: ignore[call-overload]
            endpoint_url=f"http://127.0.0.1:{self.port}",
            config=config,
        )
        return made


def _work(emulator: Emulator, data: Path, rounds: int) -> list[str]:
    """The cells of one column, in the order of ROWS."""
    start_s = _first_answer_s(emulator)
    creating_s = _make_tables(emulator, data)
    memory = memory_bytes(emulator.pid)[0]
    glue, s3 = emulator.client("glue"), emulator.client("s3")
    pages = glue.get_paginator("get_tables")
    acts: list[Callable[[], object]] = [
        lambda: sum(len(page["TableList"]) for page in pages.paginate(DatabaseName=DATABASE)),
        lambda: s3.put_object(Bucket=BUCKET, Key="object", Body=OBJECT),
        lambda: s3.get_object(Bucket=BUCKET, Key="object")["Body"].read(),
    ]
    times = [start_s, creating_s, *(statistics.median(once_s(act) for _ in range(rounds)) for act in acts)]
    start, creating, *others = map(milliseconds, times)
    query = milliseconds(_query_s(emulator, rounds)) if emulator.queries else "does not run queries"
    doors = [_door(lambda: _as_stranger(emulator)), _door(lambda: _as_role(emulator))]
    return [start, f"{memory / 1e6:,.0f} MB", creating, *others, query, *doors]


def _first_answer_s(emulator: Emulator) -> float:
    client = emulator.client("sts")
    while time.perf_counter() - emulator.began < START_S:
        with contextlib.suppress(BotoCoreError, ClientError):
            client.get_caller_identity()
            return time.perf_counter() - emulator.began
        time.sleep(0.01)
    raise RuntimeError(f"The emulator on port {emulator.port} did not answer within {START_S} s.")


def _make_tables(emulator: Emulator, data: Path) -> float:
    """A bucket with one file, a table over it, and many more; median seconds of one CreateTable."""
    s3, glue, file = emulator.client("s3"), emulator.client("glue"), data / "nation.parquet"
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="nation/nation.parquet", Body=file.read_bytes())
    glue.create_database(DatabaseInput={"Name": DATABASE})
    wanted = table_input("nation", "nation/", file)
    wanted["StorageDescriptor"]["Location"] = f"s3://{BUCKET}/nation/"
    glue.create_table(DatabaseName=DATABASE, TableInput=wanted)
    columns = [{"Name": f"column_{i:02}", "Type": "string"} for i in range(20)]
    many = [
        {
            **wanted,
            "Name": f"table_{number:04}",
            "StorageDescriptor": {**wanted["StorageDescriptor"], "Columns": columns},
        }
        for number in range(TABLES - 1)
    ]
    return statistics.median(
        once_s(lambda one=one: glue.create_table(DatabaseName=DATABASE, TableInput=one)) for one in many
    )


def _query_s(emulator: Emulator, rounds: int) -> float:
    athena = emulator.client("athena")

    def query() -> None:
        rows = ask(athena, SQL, DATABASE, f"s3://{BUCKET}/results/")
        assert [row["Data"][0]["VarCharValue"] for row in rows] == ["GERMANY"], rows

    query()
    return statistics.median(once_s(query) for _ in range(rounds))


def _door(act: Callable[[], object]) -> str:
    try:
        act()
    except ClientError as error:
        return f"refused ({error.response['Error']['Code']})"
    return "**let in**"


def _as_stranger(emulator: Emulator) -> None:
    """As the same key with another secret."""
    credentials = emulator.session.get_credentials()
    assert credentials is not None
    stranger = boto3.Session(credentials.access_key, "not-the-secret", region_name=emulator.session.region_name)
    emulator.client("sts", stranger).get_caller_identity()


def _as_role(emulator: Emulator) -> None:
    """As a role that no policy and no grant allows anything."""
    account = emulator.client("sts").get_caller_identity()["Account"]
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        f'"Principal": {{"AWS": "arn:aws:iam::{account}:root"}}}}]}}'
    )
    arn = emulator.client("iam").create_role(RoleName="nobody", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    got = emulator.client("sts").assume_role(RoleArn=arn, RoleSessionName="bench")["Credentials"]
    keys = (got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])
    emulator.client("glue", boto3.Session(*keys, region_name="us-east-1")).get_tables(DatabaseName=DATABASE)
