"""Every tag tells who assigned it and when, as far as the portal did it."""

from __future__ import annotations

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeAssignments
from mesh_core.domain.tags import effective
from mesh_core.domain.world import Target
from mesh_core.services.journal import JobRecord, Journal
from mesh_core.services.tag_history import TagHistory
from tests.builders import draft, mesh_with, portal_on
from tests.fakes import FakeAws

EMAIL = Target("sales", "orders", "email")


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def portal(aws: FakeAws) -> Portal:
    found = portal_on(aws)
    mesh_with(found, aws, draft())
    return found


def who(portal: Portal, key: str, target: Target = EMAIL) -> str | None:
    (tag,) = [one for one in effective(portal.reading.world(0), target) if one.key == key]
    found = TagHistory(Journal(portal.storage, portal.naming)).who(tag)  # type: ignore[arg-type]
    return found.by if found else None


def test_a_tag_names_who_assigned_it_where_it_comes_from(portal: Portal) -> None:
    assert who(portal, "pii") == "mesh-steward"
    owner = portal.visitors.visitor("sales-owner")
    portal.changes.apply_now(owner, ChangeAssignments(((EMAIL, {"pii": "true", "sensitivity": "restricted"}),)))
    assert (who(portal, "sensitivity"), who(portal, "pii")) == ("sales-owner", "mesh-steward")
    assert who(portal, "domain") == "mesh-steward"  # inherited from the domain, which the steward made


def test_what_was_undone_names_who_assigned_it_before(portal: Portal) -> None:
    owner = portal.visitors.visitor("sales-owner")
    intent = ChangeAssignments(((EMAIL, {"pii": "true", "sensitivity": "restricted"}),))
    job = portal.changes.apply(owner, portal.changes.preview(owner, intent))
    portal.jobs.wait(job)
    portal.jobs.undo(job, "mesh-steward")
    portal.jobs.wait(job)
    assert who(portal, "sensitivity") == "mesh-steward"


def test_what_was_assigned_past_the_portal_names_nobody(portal: Portal, aws: FakeAws) -> None:
    aws.assigned[EMAIL] = {"pii": "true", "sensitivity": "internal"}
    assert (who(portal, "sensitivity"), who(portal, "pii")) == (None, "mesh-steward")


def test_the_journal_is_not_read_for_every_pill_of_a_page(portal: Portal) -> None:
    read, now = list[int](), [0.0]

    class Counted(Journal):
        def all(self, max_count: int = 200) -> tuple[JobRecord, ...]:
            read.append(max_count)
            return super().all(max_count)

    history = TagHistory(Counted(portal.storage, portal.naming), lambda: now[0])  # type: ignore[arg-type]
    for now[0] in (0.0, 1.0, 1.0, 5.0):
        for tag in effective(portal.reading.world(0), EMAIL):
            history.who(tag)
    assert len(read) == 2
