"""Who may look through a role's eyes, what he sees, and with whose rights it is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mesh_core.bootstrap import Outside, Portal, assemble
from mesh_core.domain.audit import Event
from mesh_core.domain.intents import ChangeGrants, CreateDomain, PublishProduct, Teardown
from mesh_core.domain.run_as import WITHHELD
from mesh_core.domain.steps import GrantPermissions
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import ColumnsResource, DataFilter, FilterResource, Grant, TableResource
from mesh_core.errors import AwsError, NotFoundError, NotRecordedError, PermissionDeniedError
from mesh_core.services.ports_queries import QueryStatus, ResultColumn, ResultPage
from mesh_core.services.query import POLL_S
from mesh_core.services.run_as import ROWS, TIMEOUT_S, Powers, RunAs, plan_hash
from mesh_core.settings import Settings
from tests.builders import draft, mesh_with, portal_on, steward, view_draft
from tests.fakes import FakeAws, FakeRunner, FakeRunners

ANALYST = "arn:aws:iam::000000000000:role/analyst"
ID = ResultColumn("id", "bigint")
EMAIL = ResultColumn("email", "varchar")
IDS = ResultPage((ID,), (("1",), ("2",)), False)
BOTH = ResultPage((ID, EMAIL), (("1", "a@example.com"), ("2", None)), False)
SOME = Grant(ANALYST, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
WHOLE = Grant(ANALYST, TableResource("sales", "orders"), ("SELECT",))

ORDERED = (
    f'/* run-as analyst, asked for by sales-owner */ SELECT * FROM "sales"."orders" ORDER BY "id" LIMIT {ROWS + 1}'
)


@pytest.fixture
def aws() -> FakeAws:
    return FakeAws()


@pytest.fixture
def runners() -> FakeRunners:
    return FakeRunners({"analyst": FakeRunner(default=IDS), "sales-owner": FakeRunner(default=BOTH)})


@pytest.fixture
def portal(aws: FakeAws, runners: FakeRunners) -> Portal:
    found = portal_on(aws, runners)
    mesh_with(found, aws, draft(), view_draft())
    aws.grants += (SOME,)
    found.reading.forget()
    return found


@pytest.fixture
def owner(portal: Portal) -> Visitor:
    return portal.visitors.visitor("sales-owner")


def run_as_events(portal: Portal) -> list[Event]:
    return [event for event in portal.audit.events() if event.kind == "run-as"]


def started(runners: FakeRunners, role: str) -> list[str]:
    return runners.as_role(role).started


def test_now_is_what_the_endpoint_gives_the_role_with_its_own_credentials(
    portal: Portal, owner: Visitor, runners: FakeRunners
) -> None:
    found = portal.run_as.preview(owner, "analyst", "sales.orders")
    assert (found.now.rows, found.now.read_as, found.after) == ((("1",), ("2",)), "analyst", None)
    assert started(runners, "sales-owner") == []
    assert started(runners, "analyst") == [ORDERED]


def test_after_is_read_with_the_viewers_credentials_never_with_the_roles(
    portal: Portal, owner: Visitor, runners: FakeRunners
) -> None:
    found = portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    assert found.after is not None
    assert (found.after.read_as, found.after.by_decision) == ("sales-owner", True)
    assert found.columns == (("id", "same"), ("email", "appears"))
    assert found.words == "analyst gains email."
    assert len(started(runners, "analyst")) == len(started(runners, "sales-owner")) == 1


def test_steps_can_be_looked_through_as_well_as_intents(portal: Portal, owner: Visitor) -> None:
    found = portal.run_as.preview(owner, "analyst", "sales.orders", (GrantPermissions(WHOLE),))
    assert found.words == "analyst gains email."


def test_a_preview_changes_nothing_but_the_record(portal: Portal, owner: Visitor, aws: FakeAws) -> None:
    before = aws.snapshot()
    portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    after = aws.snapshot()
    had, has = (one["objects"].pop(aws.naming.control_bucket) for one in (before, after))
    assert after == before
    assert all(key.startswith("mesh_system/audit/") for key in set(has) - set(had))


def test_every_look_is_recorded_with_who_as_whom_what_and_which_change(portal: Portal, owner: Visitor) -> None:
    portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    event = run_as_events(portal)[0]
    assert (event.actor, event.subject, event.outcome) == ("sales-owner", "sales.orders", "shown")
    assert (event.before, event.after) == ("columns id; 2 rows", "columns id, email; 2 rows")
    assert event.plan_hash == plan_hash((GrantPermissions(WHOLE),)) != ""
    assert event.detail == {
        "role": "analyst",
        "now_query": "q1",
        "now_read_as": "analyst",
        "after_query": "q1",
        "after_read_as": "sales-owner",
        "planned": "Grant SELECT on sales.orders to analyst",
    }


def test_a_look_that_was_refused_is_recorded(portal: Portal) -> None:
    with pytest.raises(PermissionDeniedError):
        portal.run_as.preview(portal.visitors.visitor("analyst"), "mesh-steward", "sales.orders")
    event = run_as_events(portal)[0]
    assert (event.actor, event.outcome, event.detail) == ("analyst", "denied", {"role": "mesh-steward"})


def test_what_can_not_be_recorded_is_not_shown(portal: Portal, owner: Visitor, aws: FakeAws) -> None:
    def full(what: str) -> None:
        raise AwsError(f"{what}: no space")

    aws.before_write = full
    with pytest.raises(NotRecordedError):
        portal.run_as.preview(owner, "analyst", "sales.orders")


@pytest.mark.parametrize("role", ["analyst", "newcomer", "other-owner"])
def test_it_is_never_offered_to_who_neither_owns_nor_stewards_the_product(
    portal: Portal, runners: FakeRunners, role: str
) -> None:
    portal.changes.apply_now(steward(portal), CreateDomain("other"))
    visitor = portal.visitors.visitor(role)
    assert not portal.run_as.may_preview(visitor, "sales.orders")
    with pytest.raises(PermissionDeniedError, match="may not see what others get of sales.orders"):
        portal.run_as.preview(visitor, "analyst", "sales.orders")
    assert started(runners, "analyst") == []


def test_an_approver_of_a_request_may_look_at_that_product_only(portal: Portal, runners: FakeRunners) -> None:
    powers = Powers(runners, lambda _: (), approves=lambda _, product: product == "sales.orders")
    run_as, approver = RunAs(portal.reading, powers, portal.audit.record), portal.visitors.visitor("analyst")
    assert run_as.may_preview(approver, "sales.orders")
    assert not run_as.may_preview(approver, "sales.recent")


def test_a_view_is_shown_to_who_answers_for_everything_that_it_reads(portal: Portal, aws: FakeAws) -> None:
    portal.changes.apply_now(steward(portal), CreateDomain("insights"))
    portal.changes.apply_now(
        steward(portal), PublishProduct(view_draft("seen", "insights", "SELECT id FROM sales.orders"))
    )
    owner_of_the_view = portal.visitors.visitor("insights-owner")
    with pytest.raises(PermissionDeniedError, match="insights.seen reads it, and a view shows what it reads"):
        portal.run_as.preview(owner_of_the_view, "analyst", "insights.seen")
    assert portal.run_as.may_preview(steward(portal), "insights.seen")
    assert portal.run_as.may_preview(portal.visitors.visitor("sales-owner"), "sales.recent")


def test_what_the_viewer_may_not_read_himself_is_withheld_on_both_sides(
    portal: Portal, aws: FakeAws, runners: FakeRunners, owner: Visitor
) -> None:
    aws.grants = tuple(g for g in aws.grants if g.principal != owner.arn)
    aws.grants += (Grant(owner.arn, ColumnsResource("sales", "orders", ("id",)), ("SELECT",)), WHOLE)
    portal.reading.forget()
    runners.runners["analyst"].default, runners.runners["sales-owner"].default = BOTH, IDS
    found = portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(revokes=(SOME,)))
    assert found.after is not None
    assert found.now.rows == found.after.rows == (("1", WITHHELD), ("2", WITHHELD))
    assert "email" not in started(runners, "sales-owner")[0]


def test_a_viewer_who_may_read_nothing_sees_the_columns_without_values(
    portal: Portal, aws: FakeAws, owner: Visitor, runners: FakeRunners
) -> None:
    aws.grants = tuple(g for g in aws.grants if g.principal != owner.arn)
    portal.reading.forget()
    found = portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    assert found.after is not None
    assert (found.after.state, found.after.names) == ("withheld", ("id", "email"))
    assert found.now.rows == ((WITHHELD,), (WITHHELD,))
    assert started(runners, "sales-owner") == []


def test_a_viewer_who_is_narrowed_by_rows_sees_no_values_of_others(
    portal: Portal, aws: FakeAws, owner: Visitor
) -> None:
    aws.filters = (DataFilter("sales", "orders", "few", row_filter="id < 2"),)
    aws.grants = tuple(g for g in aws.grants if g.principal != owner.arn)
    aws.grants += (Grant(owner.arn, FilterResource("sales", "orders", "few"), ("SELECT",)),)
    portal.reading.forget()
    assert portal.run_as.preview(owner, "analyst", "sales.orders").now.rows == ((WITHHELD,), (WITHHELD,))


def test_a_refusal_is_shown_in_athenas_words(portal: Portal, owner: Visitor, runners: FakeRunners) -> None:
    words = "Insufficient Lake Formation permission(s) on orders"
    runners.runners["analyst"].default = words  # type: ignore[assignment]
    runners.runners["analyst"].answers = {}
    found = portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    assert (found.now.state, found.now.words) == ("refused", words)
    assert found.count("appears") == 2


def test_a_failure_that_is_no_refusal_is_not_taken_for_one(
    portal: Portal, owner: Visitor, runners: FakeRunners
) -> None:
    runners.runners["analyst"].default = "HIVE_BAD_DATA: Malformed Parquet file"  # type: ignore[assignment]
    found = portal.run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    assert (found.now.state, found.compared, found.count("appears")) == ("failed", False, 0)


def test_a_column_that_the_endpoint_hides_against_the_decision_doesnt_hide_the_rest(
    portal: Portal, owner: Visitor, runners: FakeRunners
) -> None:
    runners.runners["analyst"].answers[ORDERED] = "COLUMN_NOT_FOUND: line 1:9: Column 'id' cannot be resolved"
    assert portal.run_as.preview(owner, "analyst", "sales.orders").now.rows == (("1",), ("2",))


def test_a_role_that_can_not_be_assumed_leaves_the_other_half(portal: Portal, aws: FakeAws, owner: Visitor) -> None:
    refusing = FakeRunners({"sales-owner": FakeRunner(default=BOTH)}, refused=frozenset({"analyst"}))
    run_as = RunAs(portal.reading, Powers(refusing, lambda _: (GrantPermissions(WHOLE),)), portal.audit.record)
    found = run_as.preview(owner, "analyst", "sales.orders", ChangeGrants(grants=(WHOLE,)))
    assert (found.now.state, found.now.words) == ("failed", "The role analyst can't be assumed.")
    assert found.after is not None and found.after.rows == BOTH.rows


def test_on_an_account_a_role_that_nobody_can_act_as_is_never_passed_off_as_its_own_answer(
    aws: FakeAws, portal: Portal
) -> None:
    runners = FakeRunners({"analyst": FakeRunner(default=BOTH), "mesh-steward": FakeRunner(default=IDS)})
    fixed = assemble(Settings(), aws.naming, Outside(aws.writers, runners, fixed_role="mesh-steward"))
    found = fixed.run_as.preview(steward(fixed), "analyst", "sales.orders")
    assert (found.now.read_as, found.now.by_decision, found.now.rows) == ("mesh-steward", True, IDS.rows)
    assert "can't act as analyst" in found.now.words
    assert started(runners, "analyst") == []


def test_a_product_that_the_change_removes_is_absent_afterwards(portal: Portal, owner: Visitor) -> None:
    found = portal.run_as.preview(steward(portal), "analyst", "sales.recent", Teardown("product", "sales.recent"))
    assert found.after is not None and found.after.state == "absent"


@pytest.mark.parametrize("role", ["mesh-portal", "mesh-lakeformation"])
def test_the_portals_own_roles_are_nobodys_eyes(portal: Portal, role: str) -> None:
    with pytest.raises(PermissionDeniedError, match="is no role that people act as"):
        portal.run_as.preview(steward(portal), role, "sales.orders")


@pytest.mark.parametrize(("role", "product"), [("nobody", "sales.orders"), ("analyst", "sales.gone")])
def test_what_does_not_exist_is_named(portal: Portal, role: str, product: str) -> None:
    with pytest.raises(NotFoundError):
        portal.run_as.preview(steward(portal), role, product)


class _Slow(FakeRunner):
    """A query that never ends."""

    cancelled: str = ""

    def status(self, query_id: str) -> QueryStatus:
        return replace(super().status(query_id), state="RUNNING")

    def cancel(self, query_id: str) -> None:
        self.cancelled = query_id


def test_a_query_that_takes_too_long_is_stopped(portal: Portal, owner: Visitor) -> None:
    slow, slept = _Slow(default=IDS), []
    powers = Powers(FakeRunners({"analyst": slow}), lambda _: (), sleep=slept.append)
    found = RunAs(portal.reading, powers, portal.audit.record).preview(owner, "analyst", "sales.orders")
    assert (found.now.state, slow.cancelled) == ("failed", "q1")
    assert sum(slept) == pytest.approx(TIMEOUT_S, abs=2 * POLL_S)
