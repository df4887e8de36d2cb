"""The pytest fixtures of the endpoint: tables, personas, grants, assertions that say which grant let one through."""

from __future__ import annotations

import datetime
import decimal
import os
import re
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mesh_core.errors import InvalidInputError, NotFoundError, QueryFailedError
from mesh_core.gateways.testing import LocalAws
from mesh_core.gateways.testing_personas import Persona

pytest_plugins = ["localaws_pytest"]
ROOT = Path(__file__).parents[2]
PEOPLE = [
    {"id": 1, "email": "ann@example.com", "country": "de"},
    {"id": 2, "email": "bob@example.com", "country": "fr"},
    {"id": 3, "email": None, "country": "de"},
]


NUMBERS = count(1)


@pytest.fixture
def contacts(localaws: LocalAws) -> str:
    """A table in a database of the test's own: `base1.contacts`."""
    return localaws.table(f"base{next(NUMBERS)}", "contacts", PEOPLE)


@pytest.fixture
def analyst(localaws: LocalAws, contacts: str) -> Persona:
    """A persona of the test's own."""
    return localaws.persona(f"analyst-{contacts.partition('.')[0]}")


def test_a_persona_reads_what_it_was_granted_and_nothing_else(
    localaws: LocalAws, contacts: str, analyst: Persona
) -> None:
    analyst.must_not_read(contacts)
    localaws.grant(analyst, contacts, without=["email"])
    analyst.must_read(f"{contacts}.id")
    analyst.must_not_read(f"{contacts}.email")
    assert analyst.sql(f"SELECT * FROM {contacts} ORDER BY id")[0] == {"id": 1, "country": "de"}


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("table", "SELECT on {table}, granted to {arn}"),
        ("columns", "SELECT on {table}, columns email, id, granted to {arn}"),
        ("without", "SELECT on {table}, all columns but id, granted to {arn}"),
        ("column", "SELECT on {table}, columns email, granted to {arn}"),
        ("database", "SELECT on {database}.*, granted to {arn}"),
        ("rows", r"SELECT on the data cells filter rows-\d+ of {table}, granted to {arn}"),
        ("tags", "SELECT on everything with the LF-tags {database}=yes, granted to {arn}"),
        ("everybody", "ALL on {table}, granted to IAM_ALLOWED_PRINCIPALS .so Lake Formation leaves it to IAM policies"),
    ],
)
def test_a_failing_assertion_names_the_grant_that_let_it_through(
    localaws: LocalAws, contacts: str, analyst: Persona, how: str, words: str
) -> None:
    database = contacts.partition(".")[0]
    match how:
        case "table":
            localaws.grant(analyst, contacts)
        case "columns":
            localaws.grant(analyst, contacts, "SELECT", columns=["id", "email"])
        case "without":
            localaws.grant(analyst, contacts, without=["id"])
        case "column":
            localaws.grant(analyst, f"{contacts}.email")
        case "database":
            localaws.grant(analyst, f"{database}.*")
        case "rows":
            localaws.grant(analyst, contacts, rows="country = 'fr'")
        case "tags":
            localaws.tag(f"{contacts}.email", **{database: "yes"})
            localaws.grant_by_tags(analyst, **{database: "yes"})
        case "everybody":
            localaws.grant("IAM_ALLOWED_PRINCIPALS", contacts, "ALL")
    wanted = words.format(table=contacts, database=database, arn=re.escape(analyst.arn))
    with pytest.raises(AssertionError, match=rf"(?s){analyst.name} can read {contacts}.email: . values.*{wanted}"):
        analyst.must_not_read(f"{contacts}.email")


def test_a_filter_opens_its_rows_only_and_hidden_cells_count_as_not_read(
    localaws: LocalAws, contacts: str, analyst: Persona
) -> None:
    localaws.grant(analyst, contacts, columns=["id"])
    localaws.grant(analyst, contacts, columns=["id", "email"], rows="id = 3")
    assert [row["email"] for row in analyst.sql(f"SELECT id, email FROM {contacts}")] == [None, None, None]
    analyst.must_not_read(f"{contacts}.email")
    analyst.must_read(f"{contacts}.id")


def test_a_missing_right_is_explained_by_what_is_held(localaws: LocalAws, contacts: str, analyst: Persona) -> None:
    localaws.grant(analyst, contacts, columns=["id"])
    with pytest.raises(AssertionError, match=r"(?s)can't read \S+\.email: COLUMN_NOT_FOUND.*It holds:.*columns id"):
        analyst.must_read(contacts)


@pytest.mark.parametrize("missing", ["{}.emial", "{}s", "nowhere.contacts", "nowhere"])
def test_a_misspelled_name_fails_instead_of_passing_for_ever(
    localaws: LocalAws, contacts: str, analyst: Persona, missing: str
) -> None:
    with pytest.raises(NotFoundError):
        analyst.must_not_read(missing.format(contacts))


def test_a_query_that_fails_for_another_reason_proves_nothing(
    localaws: LocalAws, contacts: str, analyst: Persona
) -> None:
    localaws.client("athena").update_work_group(WorkGroup=analyst.name, State="DISABLED")
    with pytest.raises(QueryFailedError, match="is disabled"):
        analyst.must_not_read(contacts)


def test_a_persona_that_may_not_keep_results_proves_nothing(localaws: LocalAws, contacts: str) -> None:
    closed = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::localaws-results/*"}
    mute = localaws.persona("mute", policies=[closed])
    with pytest.raises(QueryFailedError, match="output"):
        mute.must_not_read(contacts)


def test_files_that_a_policy_opens_are_a_way_round_that_is_found(localaws: LocalAws, contacts: str) -> None:
    files = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::localaws-lake/*"}
    intern = localaws.persona("intern", policies=[files])
    with pytest.raises(
        AssertionError, match=r"s3:GetObject on s3://localaws-lake/\S+/contacts/data.parquet is allowed"
    ):
        intern.must_not_read(contacts)


def test_a_column_without_values_that_can_be_selected_counts_as_read(
    localaws: LocalAws, contacts: str, analyst: Persona
) -> None:
    empty = localaws.table(contacts.partition(".")[0], "empty", pa.table({"id": pa.array([], pa.int64())}))
    analyst.must_not_read(empty)
    localaws.grant(analyst, empty)
    with pytest.raises(AssertionError, match="the column can be selected"):
        analyst.must_not_read(empty)


def test_tables_come_from_rows_files_and_frames_with_their_types(localaws: LocalAws, tmp_path: Path) -> None:
    import pandas as pd

    row = {
        "number": 1,
        "share": 0.5,
        "price": decimal.Decimal("2.50"),
        "day": datetime.date(2024, 1, 2),
        "on": True,
        "at": datetime.datetime(2024, 1, 2, 3, 4, 5),
        "tags": ["a"],
        "place": {"city": "x"},
        "raw": b"\x01",
        "Name": "n",
    }
    arrow = pa.Table.from_pylist([row])
    pq.write_table(arrow, tmp_path / "t.parquet")
    sources = {"rows": [row], "arrow": arrow, "file": tmp_path / "t.parquet", "path": str(tmp_path / "t.parquet")}
    laid = {name: localaws.table("typed", name, data) for name, data in sources.items()}
    laid["frame"] = localaws.table("typed", "frame", pd.DataFrame({"number": [1], "name": ["n"]}))
    plain = ("number", "share", "price", "day", "on", "at", "name")
    columns = ", ".join(f'"{name}"' for name in plain)
    wanted = {name: row[name.replace("name", "Name")] for name in plain} | {"tag": "a", "city": "x"}
    for name in sources:
        assert localaws.sql(f"SELECT {columns}, tags[1] AS tag, place.city FROM {laid[name]}") == [wanted]
    assert localaws.sql(f"SELECT * FROM {laid['frame']}") == [{"number": 1, "name": "n"}]


def test_a_table_is_partitioned_and_laid_again_in_place(localaws: LocalAws) -> None:
    table = localaws.table(
        "parted", "events", [{"id": n, "day": f"d{n % 2}"} for n in range(4)], partitioned_by=["day"]
    )
    partitions = localaws.client("glue").get_partitions(DatabaseName="parted", TableName="events")["Partitions"]
    assert sorted(each["Values"] for each in partitions) == [["d0"], ["d1"]]
    assert localaws.sql(f"SELECT id FROM {table} WHERE day = 'd1' ORDER BY id") == [{"id": 1}, {"id": 3}]
    localaws.table("parted", "events", [{"id": 9}])
    assert localaws.sql(f"SELECT * FROM {table}") == [{"id": 9}]


@pytest.mark.parametrize("data", [[{"a": None}], [{"at": datetime.time(1, 2)}]])
def test_data_that_no_table_holds_is_refused(localaws: LocalAws, data: list[dict[str, object]]) -> None:
    with pytest.raises(InvalidInputError, match="can't be laid"):
        localaws.table("refused", "t", data)


@pytest.mark.parametrize(
    ("on", "options"),
    [("db", {"columns": ["a"]}), ("db.t", {"columns": ["a"], "without": ["b"]}), ("", {})],
)
def test_a_grant_that_makes_no_sense_is_refused(localaws: LocalAws, on: str, options: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInputError):
        localaws.grant("arn:aws:iam::000000000000:role/x", on, **options)  # type: ignore[arg-type]


def test_a_persona_is_found_again_and_reads_no_other_ones_results(localaws: LocalAws, contacts: str) -> None:
    ann, bob = localaws.persona("ann"), localaws.persona("bob")
    localaws.grant(ann, contacts)
    assert localaws.persona("ann").arn == ann.arn
    athena = ann.client("athena")
    query = athena.start_query_execution(QueryString=f"SELECT * FROM {contacts}", WorkGroup="ann")["QueryExecutionId"]
    with pytest.raises(bob.client("athena").exceptions.ClientError, match="AccessDenied"):
        bob.client("athena").get_query_results(QueryExecutionId=query)
    with pytest.raises(bob.client("s3").exceptions.ClientError, match="AccessDenied"):
        bob.client("s3").get_object(Bucket="localaws-results", Key=f"ann/{query}.csv")


def test_other_programs_are_led_there_by_the_environment(
    localaws_environment: LocalAws, contacts: str, analyst: Persona
) -> None:
    import boto3

    assert boto3.client("sts").get_caller_identity()["Account"] == localaws_environment.account_id
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **localaws_environment.environment(analyst)},
        capture_output=True,
    )
    assert f"assumed-role/{analyst.name}/" in told.stdout.decode()


def test_a_fresh_endpoint_has_nothing_of_the_others(localaws: LocalAws, fresh_localaws: LocalAws) -> None:
    localaws.table("everywhere", "t", [{"a": 1}])
    assert fresh_localaws.url != localaws.url
    assert fresh_localaws.client("glue").get_databases()["DatabaseList"] == []


HANGING = """
import json, pathlib, time

def test_that_never_ends(localaws):
    print("READY", json.loads(next(pathlib.Path(".").rglob("endpoint.json")).read_text())["pid"], flush=True)
    time.sleep(600)
"""


def run_tests(folder: Path, text: str) -> subprocess.Popen[str]:
    """pytest on one file, in a folder that is no clone of the project: only PYTHONPATH leads to the plugin."""
    (folder / "conftest.py").write_text('pytest_plugins = ["localaws_pytest"]\n')
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--basetemp", str(folder / "tmp"), "-p", "no:cacheprovider"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_killed_test_run_leaves_no_endpoint(tmp_path: Path) -> None:
    with run_tests(tmp_path, HANGING) as run:
        assert run.stdout is not None
        line = next(line for line in run.stdout if "READY" in line)
        endpoint = int(line.split("READY")[1])
        os.kill(endpoint, 0)
        run.send_signal(signal.SIGKILL)
    deadline_s = time.monotonic() + 30
    while is_running(endpoint):
        assert time.monotonic() < deadline_s, f"process {endpoint} is still there"


def is_running(pid: int) -> bool:
    """Whether a process is there and is no corpse that nobody has buried yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
