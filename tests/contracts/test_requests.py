"""A request on the endpoint: the analyst is refused, asks, is granted, reads, and is refused again when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from mesh_core.bootstrap import Outside, Portal
from mesh_core.domain.intents import ChangeGrants, CreateDomain, CreatePersona, Draft, PrepareMesh, PublishProduct
from mesh_core.domain.request_forms import Ask, Choice
from mesh_core.domain.requests import Request
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import Column, ColumnsResource, Grant
from mesh_core.services.request_store import RequestStore
from mesh_core.services.requests import Requests
from mesh_core.services.requests_worker import Means, Worker
from tests.builders import steward

DOMAIN, ROLE, TABLE = "asked", "asked-reader", "asked.people"
ROWS = {"id": [1, 2, 3], "email": ["a@example.com", "b@example.com", None], "country": ["DE", "FR", "DE"]}
COLUMNS = (Column("id", "bigint"), Column("email", "string"), Column("country", "string"))


@dataclass
class Desk:
    """A portal with one product, its owner, a reader who holds nothing, and a clock that the test turns."""

    portal: Portal
    outside: Outside
    day: datetime

    def __post_init__(self) -> None:
        p, store = self.portal, RequestStore(self.outside.writers.storage, self.portal.naming)
        means = Means(p.reading, p.changes, p.jobs, self.outside.runners, p.audit.record, p.audit.record_after)
        self.requests = Requests(store, p.reading, p.changes, Worker(store, means, lambda: self.day), lambda: self.day)

    def who(self, role: str) -> Visitor:
        return self.portal.visitors.visitor(role)

    def asked(self, sql: str, until: str = "") -> Request:
        who = self.who(ROLE)
        form = self.requests.form(who, self.requests.wishes(who, sql))
        return self.requests.submit(who, Ask(form.wishes, "To answer mails", until, form.conditions, sql))

    def approved(self, request: Request, choice: Choice) -> Request:
        self.requests.approve(self.who(f"{DOMAIN}-owner"), request.id, {TABLE: choice})
        return self.settled(request)

    def settled(self, request: Request) -> Request:
        self.requests.worker.settle()
        return self.requests.get(self.who(ROLE), request.id)

    def reads(self, sql: str) -> tuple[tuple[str | None, ...], ...] | str:
        """The rows that the reader gets, or the endpoint's reason."""
        queries, who = self.portal.queries, self.who(ROLE)
        query_id = queries.start(who, sql)
        while not (status := queries.status(who, query_id)).is_over:
            pass
        return queries.results(who, query_id, 10).rows if status.state == "SUCCEEDED" else status.reason


@pytest.fixture(scope="module")
def mesh(local: tuple[Portal, Outside], tmp_path_factory: pytest.TempPathFactory) -> tuple[Portal, Outside]:
    portal, who = local[0], steward(local[0])
    for intent in (PrepareMesh(), CreateDomain(DOMAIN), CreatePersona(ROLE)):
        portal.changes.apply_now(who, intent)
    path = Path(tmp_path_factory.mktemp("data")) / "people.parquet"
    parquet.write_table(pyarrow.table(ROWS), path)
    whole = Draft(
        template="from-file",
        domain=DOMAIN,
        name="people",
        description="People",
        owner=f"{DOMAIN}-owner",
        columns=COLUMNS,
        column_tags={"email": {"pii": "true"}},
    )
    portal.changes.apply_now(who, PublishProduct(portal.drafts.stage("asked", whole, path, 3)))
    return local


@pytest.fixture
def desk(mesh: tuple[Portal, Outside]) -> Iterator[Desk]:
    found = Desk(*mesh, datetime.now(UTC))
    yield found
    for request in found.requests.sent(found.who(ROLE)):
        if not request.is_over:
            action = found.requests.revoke if request.state == "granted" else found.requests.close
            action(steward(found.portal), request.id)
    found.requests.worker.settle()
    assert isinstance(found.reads(f"SELECT id FROM {TABLE}"), str)


def test_the_query_that_was_refused_succeeds_once_the_request_is_granted(desk: Desk) -> None:
    sql = f"SELECT email FROM {TABLE} ORDER BY id"
    assert isinstance(desk.reads(sql), str)
    request = desk.asked(sql)
    assert request.parts[0].columns == ("id", "email")
    assert desk.approved(request, Choice(("id", "email"))).state == "granted"
    assert desk.reads(sql) == (("a@example.com",), ("b@example.com",), (None,))
    assert isinstance(desk.reads(f"SELECT country FROM {TABLE}"), str)


def test_only_the_rows_that_were_approved_are_read(desk: Desk) -> None:
    sql = f"SELECT id, country FROM {TABLE} ORDER BY id"
    assert desk.approved(desk.asked(sql), Choice(("id", "country"), "country = 'DE'")).state == "granted"
    assert desk.reads(sql) == (("1", "DE"), ("3", "DE"))


def test_after_its_last_day_the_same_query_is_refused_again(desk: Desk) -> None:
    sql = f"SELECT id FROM {TABLE}"
    request = desk.asked(sql, (desk.day + timedelta(days=1)).date().isoformat())
    assert desk.approved(request, Choice(("id",))).state == "granted"
    assert isinstance(desk.reads(sql), tuple)
    desk.day += timedelta(days=2)
    assert desk.settled(request).state == "expired"
    assert isinstance(desk.reads(sql), str)


def test_what_was_granted_beside_the_request_outlives_it(desk: Desk) -> None:
    own = Grant(desk.portal.naming.role_arn(ROLE), ColumnsResource(DOMAIN, "people", ("country",)), ("SELECT",))
    desk.portal.changes.apply_now(steward(desk.portal), ChangeGrants((own,)))
    try:
        request = desk.asked(f"SELECT id, country FROM {TABLE}")
        desk.approved(request, Choice(("id", "country")))
        desk.requests.revoke(desk.who(ROLE), request.id)
        assert desk.settled(request).state == "revoked"
        assert desk.reads(f"SELECT country FROM {TABLE} ORDER BY 1") == (("DE",), ("DE",), ("FR",))
        assert isinstance(desk.reads(f"SELECT id FROM {TABLE}"), str)
    finally:
        desk.portal.changes.apply_now(steward(desk.portal), ChangeGrants(revokes=(own,)))


def test_a_grant_that_somebody_revoked_by_hand_is_seen_and_applied_again(desk: Desk) -> None:
    request = desk.approved(desk.asked(f"SELECT id FROM {TABLE}"), Choice(("id",)))
    desk.outside.writers.governance.revoke(request.parts[0].grants[0])
    desk.portal.reading.forget()
    assert desk.settled(request).state == "drifted"
    desk.requests.reapply(desk.who(f"{DOMAIN}-owner"), request.id)
    assert desk.settled(request).state == "granted"
    assert isinstance(desk.reads(f"SELECT id FROM {TABLE}"), tuple)
