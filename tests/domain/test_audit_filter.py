"""Who sees which events, and what a filter leaves."""

from __future__ import annotations

import pytest

from mesh_core.domain.audit import Event
from mesh_core.domain.audit_chain import Entry
from mesh_core.domain.audit_filter import Wanted, as_csv, chosen, sees
from mesh_core.domain.visitors import Visitor

STEWARD = Visitor("mesh-steward", "arn:s", is_steward=True)
OWNER = Visitor("sales-owner", "arn:o", owned=frozenset({"sales"}))
ANALYST = Visitor("analyst", "arn:a")


def entry(seq: int = 1, **changes: object) -> Entry:
    event = Event(**{"kind": "query", "action": "run", "actor": "newcomer", "subject": "", "outcome": "ok", **changes})  # type: ignore[arg-type]
    return Entry(seq, "2026-03-01 12:00:00.000", event, "i", "p")


@pytest.mark.parametrize(
    ("visitor", "one", "seen"),
    [
        (STEWARD, entry(subject="product.goods"), True),
        (OWNER, entry(subject="sales.orders"), True),
        (OWNER, entry(subject="product.goods, sales.orders"), True),
        (OWNER, entry(subject="domain sales"), True),
        (OWNER, entry(subject="product.sales"), False),
        (OWNER, entry(subject="presales.orders"), False),
        (OWNER, entry(subject="tag team"), False),
        (ANALYST, entry(actor="analyst"), True),
        (ANALYST, entry(kind="run-as", actor="sales-owner", detail={"role": "analyst"}), True),
        (ANALYST, entry(subject="sales.orders"), False),
    ],
)
def test_an_event_is_seen_by_the_steward_its_domains_owner_and_whom_it_is_about(
    visitor: Visitor, one: Entry, seen: bool
) -> None:
    assert sees(visitor, one) is seen


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Wanted(), [1, 2, 3]),
        (Wanted(kinds=("denied",)), [2]),
        (Wanted(actor="analyst"), [2, 3]),
        (Wanted(text="EMAIL"), [3]),
        (Wanted(kinds=("query",), actor="analyst"), [3]),
        (Wanted(text="nowhere"), []),
    ],
)
def test_a_filter_leaves_what_fits_all_its_parts(wanted: Wanted, left: list[int]) -> None:
    entries = (
        entry(1),
        entry(2, kind="denied", actor="analyst"),
        entry(3, actor="analyst", detail={"sql": "SELECT email FROM t"}),
    )
    assert [one.seq for one in chosen(STEWARD, entries, wanted)] == left


def test_a_download_runs_no_formula_of_an_events_words() -> None:
    lines = as_csv([entry(subject="=1+1", detail={"sql": 'SELECT "a"'})]).splitlines()
    assert lines[0].startswith("seq,at,kind,action")
    assert "'=1+1" in lines[1]
    assert '"sql=SELECT ""a"""' in lines[1]
