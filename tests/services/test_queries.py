"""Queries run as the visitor: checked, kept by principal, and compared with Athena's answer."""

from __future__ import annotations

import logging

import pytest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import ChangeGrants
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import ColumnsResource, Grant
from mesh_core.errors import NotAReadError, NotFoundError
from mesh_core.services.ports_queries import QueryStatus, ResultColumn, ResultPage
from mesh_core.services.query import KEPT_RESULTS
from tests.builders import draft, mesh_with, portal_on, view_draft
from tests.fakes import FakeAws, FakeRunner, FakeRunners

SQL = "SELECT id FROM sales.orders"
PAGE = ResultPage((ResultColumn("id", "bigint"),), (("1",), (None,)), False)
REFUSAL = "Insufficient Lake Formation permission(s) on orders"


@pytest.fixture
def runners() -> FakeRunners:
    return FakeRunners({"analyst": FakeRunner(default=PAGE), "mesh-steward": FakeRunner(default=PAGE)})


@pytest.fixture
def portal(runners: FakeRunners) -> Portal:
    aws = FakeAws()
    found = portal_on(aws, runners)
    mesh_with(found, aws, draft(), view_draft())
    return found


@pytest.fixture
def analyst(portal: Portal) -> Visitor:
    return portal.visitors.visitor("analyst")


@pytest.fixture
def steward(portal: Portal) -> Visitor:
    return portal.visitors.visitor("mesh-steward")


def test_a_result_is_typed_and_read_from_athena_once(portal: Portal, analyst: Visitor) -> None:
    query_id = portal.queries.start(analyst, SQL)
    first = portal.queries.result(analyst, query_id)
    assert first.table.column("id").to_pylist() == [1, None]
    assert (first.row_count, first.truncated) == (2, False)
    assert portal.queries.result(analyst, query_id) is first


def test_a_result_is_never_given_to_another_principal(portal: Portal, analyst: Visitor, steward: Visitor) -> None:
    query_id = portal.queries.start(analyst, SQL)
    portal.queries.result(analyst, query_id)
    with pytest.raises(NotFoundError):
        portal.queries.result(steward, query_id)


def test_only_the_latest_results_are_kept(portal: Portal, analyst: Visitor) -> None:
    ids = [portal.queries.start(analyst, SQL) for _ in range(KEPT_RESULTS + 1)]
    first = portal.queries.result(analyst, ids[0])
    for one in ids[1:]:
        portal.queries.result(analyst, one)
    assert portal.queries.result(analyst, ids[0]) is not first


def test_nothing_but_a_select_reaches_athena(portal: Portal, analyst: Visitor, runners: FakeRunners) -> None:
    with pytest.raises(NotAReadError, match="DROP was found"):
        portal.queries.start(analyst, "DROP TABLE sales.orders")
    assert runners.as_role("analyst").started == []


def _status(sql: str, state: str, reason: str = "") -> QueryStatus:
    return QueryStatus("q1", state, sql, reason)  # type: ignore[arg-type]


AGREE = [
    ("SELECT id FROM sales.orders", "SUCCEEDED", ""),
    ("SELECT email FROM sales.orders", "FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'email' cannot be resolved"),
    ("SELECT nosuch FROM sales.orders", "FAILED", "COLUMN_NOT_FOUND: ... or requester is not authorized to access"),
    ("SELECT id FROM sales.orders", "FAILED", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT email FROM sales.orders", "CANCELLED", ""),
    ("SHOW TABLES", "FAILED", REFUSAL),
]


@pytest.mark.parametrize(("sql", "state", "reason"), AGREE)
def test_nothing_is_said_where_athena_and_the_verdict_agree(
    portal: Portal, analyst: Visitor, sql: str, state: str, reason: str
) -> None:
    analyst = _with_grant(portal, analyst)
    assert portal.queries.disagreement(analyst, _status(sql, state, reason)) == ""


DIFFER = [
    ("SELECT id FROM sales.orders", "FAILED", REFUSAL, "Athena refused it"),
    ("SELECT email FROM sales.orders", "SUCCEEDED", "", "Athena answered it"),
]


@pytest.mark.parametrize(("sql", "state", "reason", "words"), DIFFER)
def test_a_difference_between_athena_and_the_verdict_is_a_fault_of_ours_and_is_logged(
    portal: Portal,
    analyst: Visitor,
    caplog: pytest.LogCaptureFixture,
    sql: str,
    state: str,
    reason: str,
    words: str,
) -> None:
    analyst = _with_grant(portal, analyst)
    with caplog.at_level(logging.ERROR, "portal"):
        assert words in portal.queries.disagreement(analyst, _status(sql, state, reason))
    assert sql in caplog.text


DENIALS = [
    ("SELECT email FROM sales.orders", "COLUMN_NOT_FOUND: ... not authorized", True),
    ("SELECT nosuch FROM sales.orders", "COLUMN_NOT_FOUND: ... not authorized", False),
    ("SELECT id FROM sales.recent", "TABLE_NOT_FOUND: line 1:16: Table does not exist", True),
    ("SELECT id FROM sales.nosuch", "TABLE_NOT_FOUND: line 1:16: Table does not exist", False),
    ("SELECT id FROM sales.orders", REFUSAL, True),
    ("SELECT 1/0", "DIVISION_BY_ZERO: Division by zero", False),
]


@pytest.mark.parametrize(("sql", "reason", "expected"), DENIALS)
def test_what_athena_calls_missing_is_a_denial_only_when_it_exists(
    portal: Portal, analyst: Visitor, sql: str, reason: str, expected: bool
) -> None:
    analyst = _with_grant(portal, analyst)
    assert portal.queries.is_denied(analyst, _status(sql, "FAILED", reason)) is expected


def _with_grant(portal: Portal, analyst: Visitor) -> Visitor:
    """The analyst reads the id of sales.orders, and nothing else."""
    grant = Grant(analyst.arn, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    portal.changes.apply_now(portal.visitors.visitor("mesh-steward"), ChangeGrants((grant,), ()))
    return analyst
