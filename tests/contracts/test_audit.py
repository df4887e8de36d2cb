"""The chain of audit events on conditional writes: in memory, on the local endpoint, on an account when asked for."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import HEAD_KEY, key_of
from mesh_core.domain.names import Naming
from mesh_core.services.audit import Audit
from tests.contracts.conftest import Place

EVENT = Event("change", "apply", "sales-owner", "sales.orders", "started")


@pytest.fixture
def naming(place: Place) -> Iterator[Naming]:
    """A control bucket of the test's own."""
    found = Naming(str(10**11 + secrets.randbelow(10**11)), place.naming.region)
    yield found
    place.writers.storage.purge(found.control_bucket)


def audit_on(place: Place, naming: Naming) -> Audit:
    return Audit(place.writers.storage, naming, lambda: datetime.now(UTC))


def test_eight_portals_that_write_at_once_get_consecutive_numbers_and_lose_nothing(place: Place, naming: Naming):
    audit_on(place, naming).record(EVENT)

    def write() -> None:
        mine = audit_on(place, naming)
        for _ in range(5):
            mine.record(EVENT)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = audit_on(place, naming)
    assert [one.seq for one in found.entries()] == list(range(41, 0, -1))
    assert found.verify().is_whole


def test_what_is_done_to_the_bucket_is_named(place: Place, naming: Naming):
    audit, storage, bucket = audit_on(place, naming), place.writers.storage, naming.control_bucket
    for _ in range(6):
        audit.record(EVENT)
    seal = audit.seal().seal
    assert audit.verify(seal).is_whole
    storage.put_text(bucket, key_of(2), (storage.get_text(bucket, key_of(2)) or "").replace("sales-owner", "nobody"))
    found = audit.verify()
    assert {one.trouble for one in found.findings} == {"altered", "overwritten"}
    storage.purge(bucket, key_of(4))
    storage.purge(bucket, key_of(6))
    found = audit.verify()
    assert [(one.trouble, one.first) for one in found.findings if one.first] == [
        ("altered", 2),
        ("missing", 4),
        ("cut off", 6),
    ]
    storage.purge(bucket, HEAD_KEY)
    assert "other end" in {one.trouble for one in audit.verify(seal).findings}
