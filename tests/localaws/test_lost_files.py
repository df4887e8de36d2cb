"""Files that somebody took from under the index, or put there: never wrong bytes, and everything else goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh_core.localaws.athena.engine import Cancel, QueryEngine
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3.checksums import Announced
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.s3.uploads import PartClaim
from mesh_core.localaws.s3.versions import Condition, Target
from mesh_core.localaws.store import Store
from tests.localaws.athena_world import World

BODY = b"id,name\n1,ada\n2,grace\n"


def now() -> datetime:
    return datetime.now(UTC)


class Lake:
    """S3 on a folder, with objects `a` and `b`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.open()
        self.objects.buckets.create("lake", "us-east-1")
        for key in "ab":
            self.objects.put("lake", key, BODY)

    def open(self) -> None:
        """As a new process does."""
        self.objects = ObjectStore(Store(self.folder), self.folder / "objects", now, lambda *_: True)

    def file(self, key: str) -> Path:
        (found,) = [file.path for file in self.objects.files("lake", key)]
        return found

    def refusal(self, act: Any, *arguments: Any) -> AwsError:
        with pytest.raises(AwsError) as refused:
            act(*arguments)
        return refused.value


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def damage(file: Path, how: str) -> None:
    match how:
        case "missing":
            file.unlink()
        case "shorter":
            file.write_bytes(BODY[:-3])
        case "longer":
            file.write_bytes(BODY + b"3,eve\n")


@pytest.mark.parametrize("how", ["missing", "shorter", "longer"])
def test_an_object_whose_file_is_not_as_it_was_is_an_error_of_its_own(
    lake: Lake, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    file = lake.file("a")
    damage(file, how)
    with caplog.at_level(logging.ERROR):
        error = lake.refusal(lake.objects.get, "lake", "a")
    assert (error.code, error.status) == ("InternalError", 500)
    assert "s3://lake/a" in error.message and "put or delete the object again" in error.message
    assert "s3://lake/a" in caplog.text and str(file) in caplog.text
    assert lake.objects.get("lake", "b") == BODY


def test_it_is_not_copied_and_not_joined(lake: Lake) -> None:
    versions, uploads = lake.objects.versions, lake.objects.uploads
    damage(lake.file("a"), "shorter")
    error = lake.refusal(versions.copy, versions.find("lake", "a"), Target("lake", "copy"))
    assert error.code == "InternalError"
    upload = uploads.begin(Target("lake", "big"))
    with lake.file("b").open("rb") as source:
        part = uploads.put_part(upload, 1, source, Announced())
    (lake.folder / "objects" / part.file).write_bytes(b"half")
    error = lake.refusal(uploads.complete, upload, [PartClaim(1, part.etag, {})], Condition(), Announced())
    assert error.code == "InternalError" and "s3://lake/big" in error.message
    assert [file.key for file in lake.objects.files("lake", "")] == ["a", "b"]


def test_it_can_be_written_again_and_deleted(lake: Lake) -> None:
    for key in "ab":
        damage(lake.file(key), "missing")
    lake.objects.put("lake", "a", b"new")
    lake.objects.delete("lake", "b")
    assert lake.objects.get("lake", "a") == b"new"


def test_a_file_that_no_index_names_goes_at_the_next_start(lake: Lake) -> None:
    orphan = lake.file("a").with_name("0" * 30)
    orphan.write_bytes(b"half of an upload that was never acknowledged")
    lake.open()
    assert not orphan.exists() and lake.objects.get("lake", "a") == BODY


def test_what_is_not_ours_is_left_where_it_is_and_said(lake: Lake, caplog: pytest.LogCaptureFixture) -> None:
    strange = [lake.folder / "objects" / name for name in (".DS_Store", "notes", "00/notes.txt", "01/folder/inner")]
    for path in strange:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    with caplog.at_level(logging.WARNING):
        lake.open()
    assert all(path.read_text() == "mine" for path in strange)
    assert "00/notes.txt" in caplog.text and "01/folder" in caplog.text


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, engine=lambda: QueryEngine(made.ctx), switch=Cancel)
    made.lines("CREATE DATABASE sales")
    made.lines(
        "CREATE EXTERNAL TABLE sales.people (id int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"
        " LOCATION 's3://lake/people/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    made.objects.put("lake", "people/a.csv", BODY)
    yield made
    made.close()


@pytest.mark.parametrize("how", ["missing", "shorter", "longer"])
def test_a_query_over_it_fails_and_does_not_give_other_rows(world: World, how: str) -> None:
    assert len(world.lines("SELECT * FROM sales.people")) == 3
    (file,) = world.objects.files("lake", "people/")
    damage(file.path, how)
    reason = world.failure("SELECT * FROM sales.people")
    assert reason.startswith("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://lake/people/a.csv")
    assert "missing or of a wrong size" in reason
    assert world.lines("SELECT 1")[1:] == ["1"]


def test_a_querys_result_whose_file_is_not_as_it_was_is_said(world: World) -> None:
    done = world.run("SELECT * FROM sales.people")
    (file,) = [
        one for one in world.objects.files("results", "athena/") if done["QueryExecutionId"] + ".csv" == one.key[7:]
    ]
    damage(file.path, "shorter")
    error = world.refusal("GetQueryResults", {"QueryExecutionId": done["QueryExecutionId"]})
    assert error.code == "InvalidRequestException" and "Run the query again" in error.message
