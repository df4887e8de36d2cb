"""The audit log in the bucket: nobody's event is lost, nobody overwrites, and what is tampered with is named."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import HEAD_KEY, Checked, key_of
from mesh_core.errors import AwsUnavailableError, InvalidInputError, NotRecordedError
from mesh_core.services.audit import Audit
from tests.fakes import NOW, FakeAws

CHANGE = Event("change", "apply", "sales-owner", "sales.orders", "started")
QUERY = Event("query", "run", "analyst", "sales.orders", "started", detail={"query_id": "q1", "sql": "SELECT 1"})


def audit_on(aws: FakeAws, folder: Path | None = None) -> Audit:
    return Audit(aws.writers.storage, aws.naming, lambda: NOW, folder)


def with_events(count: int) -> tuple[FakeAws, Audit]:
    aws = FakeAws()
    audit = audit_on(aws)
    for number in range(count):
        audit.record(replace(CHANGE, subject=f"s{number + 1}"))
    return aws, audit


def events(aws: FakeAws) -> dict[str, list[bytes]]:
    return aws.objects[aws.naming.control_bucket]


def told(found: Checked) -> list[tuple[str, int, int]]:
    return [(one.trouble, one.first, one.last) for one in found.findings]


def refuse(aws: FakeAws, what: str = "journal") -> None:
    def unavailable(name: str) -> None:
        if name == what:
            raise AwsUnavailableError("S3 can't be reached.")

    aws.before_write = unavailable


def test_events_come_back_newest_first_with_their_number_and_time() -> None:
    _, audit = with_events(3)
    assert [(e.seq, e.event.subject) for e in audit.entries()] == [(3, "s3"), (2, "s2"), (1, "s1")]
    assert {e.time for e in audit.entries()} == {NOW}
    assert [e.subject for e in audit.events(max_count=2)] == ["s3", "s2"]


def test_the_first_event_of_a_mesh_makes_the_control_bucket() -> None:
    aws, audit = with_events(1)
    assert aws.naming.control_bucket in aws.objects
    assert audit.verify().is_whole


@pytest.mark.parametrize("portals", [1, 8])
def test_eight_who_write_at_once_get_consecutive_numbers_and_lose_nothing(portals: int) -> None:
    aws = FakeAws()
    audits = [audit_on(aws) for _ in range(portals)]
    audits[0].record(CHANGE)

    def write(number: int) -> None:
        for _ in range(10):
            audits[number % portals].record(replace(CHANGE, actor=f"a{number}"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = audit_on(aws)
    assert [e.seq for e in found.entries()] == list(range(81, 0, -1))
    assert {a: sum(e.event.actor == a for e in found.entries()) for a in ("a0", "a7")} == {"a0": 10, "a7": 10}
    assert found.verify().is_whole


def test_another_portal_goes_on_where_the_last_one_ended_after_few_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    aws, _ = with_events(300)
    events(aws)[HEAD_KEY] = events(aws)[HEAD_KEY][:1]  # as noted long ago
    other = audit_on(aws)
    reads = []
    get_text = type(aws.writers.storage).get_text
    monkeypatch.setattr(
        type(aws.writers.storage), "get_text", lambda s, b, key: (reads.append(key), get_text(s, b, key))[1]
    )
    other.record(CHANGE)
    assert key_of(301) in events(aws)
    assert len(reads) < 30


def test_an_event_whose_answer_was_lost_is_not_written_twice() -> None:
    aws, audit = with_events(1)
    storage = aws.writers.storage
    put_if = type(storage).put_if

    class Forgetful(type(storage)):
        """The write arrives, its answer doesn't, the client tries again."""

        def put_if(self, bucket: str, key: str, text: str, etag: str | None) -> str:
            if key == key_of(2):
                put_if(self, bucket, key, text, etag)
            return put_if(self, bucket, key, text, etag)

    audit = Audit(Forgetful(aws), aws.naming, lambda: NOW)
    audit.record(replace(CHANGE, subject="once"))
    assert [e.event.subject for e in audit.entries()] == ["once", "s1"]


def test_two_equal_events_at_the_same_moment_are_both_kept() -> None:
    aws = FakeAws()
    for _ in range(2):
        audit_on(aws).record(CHANGE)
    assert len(audit_on(aws).entries()) == 2


def _drop(*numbers: int):
    return lambda objects: [objects.pop(key_of(number)) for number in numbers]


def _alter(number: int, **fields: object):
    def work(objects: dict[str, list[bytes]]) -> None:
        stored = json.loads(objects[key_of(number)][-1])
        objects[key_of(number)] = [json.dumps({**stored, **fields}).encode()]

    return work


def _put(key: str, text: str):
    return lambda objects: objects.update({key: [text.encode()]})


def _write_over(objects: dict[str, list[bytes]]) -> None:
    objects[key_of(2)].insert(0, b"what was there before")


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        pytest.param(lambda _: None, [], id="nothing"),
        pytest.param(_drop(3), [("missing", 3, 3)], id="an event is removed"),
        pytest.param(_drop(5, 6), [("cut off", 5, 6)], id="the end is cut off"),
        pytest.param(_alter(2, actor="analyst"), [("altered", 2, 2)], id="an event is altered"),
        pytest.param(_write_over, [("overwritten", 0, 0)], id="an event was written over, and S3 keeps the older one"),
        pytest.param(_put("mesh_system/audit/x.json", "{}"), [("unreadable", 0, 0)], id="something is put beside them"),
        pytest.param(lambda o: o.pop(HEAD_KEY), [("other end", 6, 6)], id="the head is removed"),
    ],
)
def test_a_check_reads_the_bucket_and_names_what_was_done_to_it(tamper, expected: list) -> None:
    aws, audit = with_events(6)
    audit.entries()  # what is kept in memory must not hide it
    tamper(events(aws))
    assert told(audit.verify()) == expected


def test_a_cut_off_end_does_not_heal_when_more_is_written() -> None:
    aws, _ = with_events(6)
    _drop(5, 6)(events(aws))
    for _ in range(3):
        audit_on(aws).record(CHANGE)
    assert told(audit_on(aws).verify()) == [("missing", 5, 6)]


def test_a_seal_that_was_noted_is_checked_and_one_that_is_none_is_refused() -> None:
    _, audit = with_events(3)
    seal = audit.seal().seal
    audit.record(CHANGE)
    assert audit.verify(seal).is_whole
    assert told(audit.verify(f"2:{'a' * 64}")) == [("other end", 2, 2)]
    with pytest.raises(InvalidInputError, match="no seal"):
        audit.verify("2:abc")


def test_what_must_be_recorded_first_is_refused_where_it_cannot_be() -> None:
    aws, audit = with_events(1)
    refuse(aws)
    for kind in ("change", "request", "decision", "run-as"):
        with pytest.raises(NotRecordedError, match="Nothing was changed"):
            audit.record(replace(CHANGE, kind=kind))


def test_what_has_happened_is_never_lost_to_its_visitor_and_is_written_as_soon_as_that_works() -> None:
    aws, audit = with_events(1)
    refuse(aws)
    audit.record(QUERY)
    audit.record_after(replace(CHANGE, outcome="done"))
    assert not audit.flush()
    aws.before_write = lambda _: None
    assert audit.flush()
    assert [e.event.outcome for e in audit.entries()] == ["done", "started", "started"]
    assert audit.verify().is_whole


def test_before_there_is_a_control_bucket_a_query_makes_none_and_its_event_waits_for_one() -> None:
    aws = FakeAws()
    audit = audit_on(aws)
    audit.record(QUERY)
    audit.flush()
    assert aws.objects == {}
    audit.record(CHANGE)
    assert [e.event.kind for e in audit.entries()] == ["query", "change"]


def test_events_beyond_what_the_queue_holds_are_counted_told_in_the_log_and_in_the_chain(
    caplog: pytest.LogCaptureFixture,
) -> None:
    aws, audit = with_events(1)
    audit._queue._capacity = 2
    refuse(aws)
    with caplog.at_level(logging.ERROR, "portal"):
        for number in range(4):
            audit.record(replace(QUERY, subject=f"q{number}"))
    assert caplog.text.count("an audit event was lost") == 2
    aws.before_write = lambda _: None
    audit.flush()
    lost = [e.event for e in audit.entries() if e.event.outcome == "lost"]
    assert [(one.subject, one.detail["count"]) for one in lost] == [("audit", "2")]


def test_a_mesh_that_was_torn_down_and_begun_anew_begins_a_chain_of_its_own() -> None:
    aws, audit = with_events(4)
    assert len(audit.entries()) == 4
    aws.objects.clear()
    audit.record_after(replace(CHANGE, subject="mesh", outcome="done"))
    assert aws.objects == {}
    audit.record(replace(CHANGE, subject="anew"))
    audit.flush()
    assert [(e.seq, e.event.subject) for e in audit.entries()] == [(2, "mesh"), (1, "anew")]
    assert audit.verify().is_whole


def test_a_portal_that_did_not_write_for_a_while_sees_that_the_chain_is_another_one() -> None:
    aws, audit = with_events(4)
    aws.objects.clear()
    audit_on(aws).record(replace(CHANGE, subject="theirs"))
    audit._log._seen_s -= 10
    audit.record(replace(CHANGE, subject="mine"))
    assert [(e.seq, e.event.subject) for e in audit.entries()] == [(2, "mine"), (1, "theirs")]


def test_what_is_waiting_is_held_back_while_the_bucket_is_taken_away() -> None:
    aws, audit = with_events(1)
    with audit.held():
        audit.record(QUERY)
        audit.flush()
        assert len(events(aws)) == 2  # the event and the head
    audit.flush()
    assert len(events(aws)) == 3


def test_events_are_read_once_and_kept_for_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aws, _ = with_events(20)
    assert len(audit_on(aws, tmp_path).entries()) == 20
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    reads = []
    get_text = type(aws.writers.storage).get_text
    monkeypatch.setattr(
        type(aws.writers.storage), "get_text", lambda s, b, key: (reads.append(key), get_text(s, b, key))[1]
    )
    assert len(audit_on(aws, tmp_path).entries()) == 20
    assert len(reads) < 6


def test_what_was_kept_of_another_chain_or_half_written_is_not_believed(tmp_path: Path) -> None:
    aws, _ = with_events(5)
    audit_on(aws, tmp_path).entries()
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text() + '{"seq": 6, "at')
    assert len(audit_on(aws, tmp_path).entries()) == 5
    aws.objects.clear()
    audit_on(aws).record(replace(CHANGE, subject="anew"))
    assert [e.event.subject for e in audit_on(aws, tmp_path).entries()] == ["anew"]


def test_only_as_far_back_is_read_as_somebody_asks_for() -> None:
    aws, now = FakeAws(), [datetime(2026, 1, 1, tzinfo=UTC)]
    audit = Audit(aws.writers.storage, aws.naming, lambda: now[0])
    for day in range(3):
        now[0] = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        audit.record(replace(CHANGE, subject=f"d{day}"))
    assert [e.event.subject for e in audit.entries(since=datetime(2026, 1, 2, tzinfo=UTC))] == ["d2", "d1"]


def test_the_queries_of_a_time_are_told_once_each_with_their_last_outcome() -> None:
    _, audit = with_events(1)
    audit.record(QUERY)
    audit.record(replace(QUERY, outcome="answered"))
    audit.record(replace(QUERY, kind="denied", outcome="denied", detail={"query_id": "q2", "sql": "SELECT 2"}))
    assert [(q.principal, q.sql, q.outcome) for q in audit.queries()] == [
        ("analyst", "SELECT 2", "denied"),
        ("analyst", "SELECT 1", "answered"),
    ]
