"""What the portal counts on in S3, in IAM and in Athena."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mesh_core.errors import ConflictError, NameTakenError, NotFoundError
from mesh_core.gateways.athena import Athena
from mesh_core.services.ports import Listing, RoleDefinition, Versioned
from mesh_core.services.ports_queries import QueryRunner, QueryStatus, ResultColumn, ResultPage
from tests.contracts.conftest import Place
from tests.fakes import FakeRunner

SQL = "SELECT 1 AS one, CAST(NULL AS varchar) AS two"


def test_a_document_reads_back_and_every_version_is_counted(place: Place, bucket: str) -> None:
    storage = place.writers.storage
    storage.create_bucket(bucket)
    storage.put_text(bucket, "a/ü.json", "first")
    storage.put_text(bucket, "a/ü.json", "second €")
    storage.put_text(bucket, "b", "x")
    assert storage.get_text(bucket, "a/ü.json") == "second €"
    assert storage.get_text(bucket, "nothing") is None
    assert [(one.key, one.size_bytes) for one in storage.objects(bucket)] == [("a/ü.json", 10), ("b", 1)]
    assert storage.listing(bucket, "a/") == Listing(1, 2, 15)
    assert bucket in storage.buckets()


def test_a_conditional_write_is_refused_when_somebody_else_wrote_meanwhile(place: Place, bucket: str) -> None:
    storage, key = place.writers.storage, "requests/1.json"
    first = storage.put_if(bucket, key, "mine", None)
    with pytest.raises(ConflictError):
        storage.put_if(bucket, key, "theirs", None)
    second = storage.put_if(bucket, key, "mine again", first)
    with pytest.raises(ConflictError):
        storage.put_if(bucket, key, "theirs", first)
    assert storage.get_versioned(bucket, key) == Versioned("mine again", second)


def test_a_conditional_write_of_what_is_gone_is_refused(place: Place, bucket: str) -> None:
    storage, key = place.writers.storage, "requests/2.json"
    etag = storage.put_if(bucket, key, "mine", None)
    storage.purge(bucket, key)
    with pytest.raises(ConflictError):
        storage.put_if(bucket, key, "theirs", etag)
    assert storage.get_versioned(bucket, key) is None


def test_a_file_goes_there_and_comes_back_and_is_copied(place: Place, bucket: str, tmp_path: Path) -> None:
    storage = place.writers.storage
    (tmp_path / "there").write_bytes(b"\x00\xff" * 1000)
    storage.put_file(bucket, "draft", tmp_path / "there")
    storage.copy((bucket, "draft"), (bucket, "its/place"))
    storage.get_file(bucket, "its/place", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"\x00\xff" * 1000


def test_what_is_not_there_is_said_to_be_not_there(place: Place, bucket: str, tmp_path: Path) -> None:
    storage, none = place.writers.storage, "mesh-nobody-has-this-one"
    assert storage.get_text(none, "k") is None
    assert storage.objects(none) == ()
    assert storage.listing(none) == Listing(0, 0, 0)
    for wrong in (
        lambda: storage.get_file(bucket, "nothing", tmp_path / "x"),
        lambda: storage.copy((bucket, "nothing"), (bucket, "k")),
        lambda: storage.put_text(none, "k", "text"),
        lambda: storage.put_file(none, "k", Path(__file__)),
    ):
        with pytest.raises(NotFoundError):
            wrong()


def test_a_purge_leaves_no_version_and_what_is_beside_it_alone(place: Place, bucket: str) -> None:
    storage = place.writers.storage
    for key in ("a/1", "a/1", "a/2", "ab"):
        storage.put_text(bucket, key, f"text {key}")
    storage.purge(bucket, "a/")
    storage.purge(bucket, "a/")
    assert [one.key for one in storage.objects(bucket)] == ["ab"]
    assert storage.listing(bucket, "a/").version_count == 0
    storage.purge(bucket)
    storage.purge(bucket)
    assert bucket not in storage.buckets()


def test_a_role_reads_back_as_it_was_made(place: Place, role: RoleDefinition) -> None:
    people = place.writers.people
    people.create_role(role)
    people.create_role(role)
    found = people.role_definition(role.name)
    assert found is not None and (found.name, found.description) == (role.name, role.description)
    assert json.loads(found.trust) == json.loads(role.trust)
    assert json.loads(found.policy) == json.loads(role.policy)
    mine = [p for p in people.principals() if p.name == role.name]
    assert [(p.arn, p.description, p.managed) for p in mine] == [(place.naming.role_arn(role.name), "A role", True)]


def test_a_role_of_that_name_with_another_definition_is_in_the_way(place: Place, role: RoleDefinition) -> None:
    people = place.writers.people
    people.create_role(role)
    other = replace(role, policy=role.policy.replace("glue:GetTable", "s3:GetObject"))
    with pytest.raises(NameTakenError):
        people.create_role(other)
    found = people.role_definition(role.name)
    assert found is not None and json.loads(found.policy) == json.loads(role.policy)


def test_a_deleted_role_is_gone_and_deleting_it_again_is_no_error(place: Place, role: RoleDefinition) -> None:
    people = place.writers.people
    people.create_role(role)
    people.delete_role(role.name)
    people.delete_role(role.name)
    assert people.role_definition(role.name) is None
    assert role.name not in [p.name for p in people.principals()]


def test_a_work_group_writes_its_results_where_it_was_told_to(place: Place, bucket: str) -> None:
    people, name, uri = place.writers.people, place.name(), f"s3://{bucket}/results/"
    people.create_work_group(name, uri)
    people.create_work_group(name, uri)
    assert people.work_groups()[name] == uri
    with pytest.raises(NameTakenError):
        people.create_work_group(name, f"s3://{bucket}/elsewhere/")
    people.delete_work_group(name)
    people.delete_work_group(name)
    assert name not in people.work_group_names()


@pytest.fixture
def runner(place: Place, bucket: str, role: RoleDefinition) -> QueryRunner:
    """Athena as a role with a work group of its own, on an account as the visitor."""
    if place.kind == "fakes":
        page = ResultPage((ResultColumn("one", "integer"), ResultColumn("two", "varchar")), (("1", None),), False)
        return FakeRunner({SQL: page, "SELECT nothing": "COLUMN_NOT_FOUND: nothing"})
    allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    place.writers.people.create_role(replace(role, policy=allow))
    place.writers.people.create_work_group(role.name, f"s3://{bucket}/results/")
    # The bucket of this test lets the portal in, so the query runs as the portal in its role's work group.
    as_portal = place.outside.runners._client  # type: ignore[attr-defined]
    return Athena(lambda: as_portal("mesh-portal", "athena"), lambda: as_portal("mesh-portal", "s3"), role.name)


def _over(runner: QueryRunner, query_id: str) -> QueryStatus:
    deadline = time.monotonic() + 60
    while not (status := runner.status(query_id)).is_over and time.monotonic() < deadline:
        time.sleep(0.02)
    return status


def test_a_query_runs_and_its_rows_are_text_with_none_for_null(runner: QueryRunner) -> None:
    query_id = runner.start(SQL)
    status = _over(runner, query_id)
    assert (status.state, status.sql) == ("SUCCEEDED", SQL)
    page = runner.results(query_id, 10)
    assert [c.name for c in page.columns] == ["one", "two"]
    assert (page.rows, page.truncated) == ((("1", None),), False)
    assert runner.row_count(query_id) in (1, None)
    assert runner.download(query_id).splitlines()[-1] == b'"1",'
    runner.cancel(query_id)
    assert [one.query_id for one in runner.history(5)] == [query_id]


def test_a_query_that_fails_says_why_and_one_that_never_was_is_not_found(runner: QueryRunner) -> None:
    status = _over(runner, runner.start("SELECT nothing"))
    assert status.state == "FAILED" and "COLUMN_NOT_FOUND" in status.reason
    with pytest.raises(NotFoundError):
        runner.status("00000000-0000-0000-0000-000000000000")
