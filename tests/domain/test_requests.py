"""What may happen to a part of a request, at whose wish, and what its grants come down to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from mesh_core.domain import request_grants as g
from mesh_core.domain.names import Naming
from mesh_core.domain.requests import (
    LIVE,
    MOVES,
    OVER,
    Action,
    Part,
    Request,
    State,
    check_side,
    check_until,
    has_ended,
    is_ending_soon,
    moved,
    needs,
)
from mesh_core.domain.visitors import Visitor
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    Database,
    ExpressionResource,
    Grant,
    Principal,
    Table,
    Target,
    World,
)
from mesh_core.errors import InvalidInputError, PermissionDeniedError, RowFilterError

NAMING = Naming("000000000000", "us-east-1")
ANALYST = NAMING.role_arn("analyst")
NAMED = Grant(ANALYST, ColumnsResource("sales", "orders", ("email", "id")), ("SELECT",))
PART = Part("sales.orders", "sales", ("id", "email"))
TODAY = date(2026, 3, 1)


def request(*parts: Part, **changes: str) -> Request:
    return Request("r1", "analyst", "To answer mails", parts or (PART,), "2026-03-01", "2026-03-01", **changes)  # type: ignore[arg-type]


def visitor(role: str, *owned: str, steward: bool = False) -> Visitor:
    return Visitor(role, NAMING.role_arn(role), is_steward=steward, owned=frozenset(owned))


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("action", get_args(Action))
def test_an_action_is_done_in_the_states_that_it_is_for_and_refused_by_name_in_all_others(
    state: State, action: Action
) -> None:
    part = replace(PART, state=state)
    if state in MOVES[action].states:
        assert moved(part, action).state == MOVES[action].to
    else:
        with pytest.raises(InvalidInputError, match=f"is {state} already"):
            moved(part, action)


@pytest.mark.parametrize("state", sorted(set(get_args(State)) - OVER - {"ending"}))
def test_a_part_that_is_not_over_can_always_be_ended_by_the_portal_itself(state: State) -> None:
    assert moved(replace(PART, state=state), "give up").state == "closed"


@pytest.mark.parametrize("action", ["revoke", "expire", "close", "give up"])
def test_what_was_granted_is_taken_back_before_a_part_is_over(action: Action) -> None:
    after = moved(replace(PART, state="drifted", made=(NAMED,)), action, by="sales-owner")
    assert (after.state, after.ends_as, after.ended_by) == ("ending", MOVES[action].to, "sales-owner")
    assert "ending" in LIVE


@pytest.mark.parametrize(
    ("who", "action", "may"),
    [
        (visitor("analyst"), "withdraw", True),
        (visitor("analyst"), "revoke", True),
        (visitor("analyst"), "approve", False),
        (visitor("analyst", "sales"), "approve", True),
        (visitor("sales-owner", "sales"), "approve", True),
        (visitor("sales-owner", "sales"), "withdraw", False),
        (visitor("product-owner", "product"), "approve", False),
        (visitor("mesh-steward", steward=True), "reject", True),
        (visitor("newcomer"), "revoke", False),
    ],
)
def test_who_may_do_what_is_decided_by_the_side_that_one_stands_on(who: Visitor, action: Action, may: bool) -> None:
    if may:
        check_side(who, request(), PART, action)
    else:
        with pytest.raises(PermissionDeniedError, match=f"{who.role} may not {action}"):
            check_side(who, request(), PART, action)


@pytest.mark.parametrize(
    ("who", "state", "waits"),
    [
        (visitor("sales-owner", "sales"), "open", True),
        (visitor("sales-owner", "sales"), "failed", True),
        (visitor("sales-owner", "sales"), "drifted", True),
        (visitor("sales-owner", "sales"), "granted", False),
        (visitor("product-owner", "product"), "open", False),
        (visitor("analyst"), "open", False),
        (visitor("analyst"), "failed", True),
    ],
)
def test_a_request_waits_for_whom_it_needs(who: Visitor, state: State, waits: bool) -> None:
    assert needs(who, request(replace(PART, state=state)), TODAY) is waits


@pytest.mark.parametrize(
    ("until", "soon", "ended"),
    [("", False, False), ("2026-03-01", True, False), ("2026-03-08", True, False), ("2026-03-09", False, False),
     ("2026-02-28", False, True)],
)  # fmt: skip
def test_a_request_ends_after_its_last_day_and_reminds_a_week_before(until: str, soon: bool, ended: bool) -> None:
    one = request(replace(PART, state="granted"), until=until)
    assert (is_ending_soon(one, TODAY), has_ended(one, TODAY)) == (soon, ended)


@pytest.mark.parametrize(("text", "words"), [("tomorrow", "is no date"), ("2026-02-28", "is past")])
def test_a_last_day_that_can_not_be_one_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        check_until(text, TODAY)


def world(**changes: object) -> World:
    orders = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string"), Column("country", "string")))
    stores = Table("sales", "stores", (Column("id", "bigint"), Column("mail", "string")))
    view = Table("sales", "recent", (Column("email", "string"),), view_sql="SELECT email FROM sales.orders")
    whole = World(
        NAMING,
        (Database("sales"),),
        (orders, stores, view),
        tags={"pii": ("false", "true")},
        assigned={Target("sales"): {"pii": "false"}, Target("sales", "orders", "email"): {"pii": "true"}},
        principals=(Principal("analyst", ANALYST),),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def test_a_query_wishes_for_the_columns_that_it_reads_and_no_others() -> None:
    found = g.wishes_of_query(world(), ANALYST, "SELECT email FROM sales.orders WHERE country = 'FI'")
    assert [(one.table, one.owner, one.columns) for one in found] == [("sales.orders", "sales", ("email", "country"))]
    assert "holds no grant" in found[0].reason


def test_a_view_wishes_for_itself_and_for_what_it_reads() -> None:
    found = g.wishes_of_table(world(), ANALYST, "sales.recent")
    assert {one.table: one.columns for one in found} == {"sales.recent": ("email",), "sales.orders": ("email",)}


def test_what_is_read_already_is_not_wished_for() -> None:
    grants = (Grant(ANALYST, ColumnsResource("sales", "orders", ("country", "id")), ("SELECT",)),)
    found = g.wishes_of_table(world(grants=grants), ANALYST, "sales.orders")
    assert [one.columns for one in found] == [("email",)]


def test_the_narrowest_grant_comes_first_and_tags_are_for_the_steward() -> None:
    part = Part("sales.orders", "sales", ("email",))
    owners, stewards = (g.proposals(world(), "analyst", part, "r", may_tag) for may_tag in (False, True))
    assert [one.kind for one in owners] == ["columns"]
    assert [one.kind for one in stewards] == ["tags", "columns"]
    assert stewards[0].opens_more == ()
    assert stewards[0].intent.grants[0].resource == ExpressionResource("TABLE", (("pii", ("true",)),))


def test_tags_that_would_open_more_come_second_and_say_what() -> None:
    part = Part("sales.orders", "sales", ("id",))
    found = g.proposals(world(), "analyst", part, "r", True)
    assert [one.kind for one in found] == ["columns", "tags"]
    assert found[1].opens_more == (
        "sales.orders.country", "sales.recent.email", "sales.stores.id", "sales.stores.mail",
    )  # fmt: skip


def test_only_some_rows_are_granted_by_a_filter_and_a_condition_that_is_none_is_refused() -> None:
    part = Part("sales.orders", "sales", ("id", "email"), "country = 'FI'")
    found = g.proposals(world(), "analyst", part, "request-1", True)
    assert [(one.kind, one.intent.filters[0].row_filter) for one in found] == [("rows", "country = 'FI'")]
    with pytest.raises(RowFilterError):
        g.proposals(world(), "analyst", replace(part, row_filter="upper(country) = 'FI'"), "request-1", True)


def test_what_another_request_of_the_role_needs_is_kept_and_the_rest_is_taken_back() -> None:
    mine = request(replace(PART, state="granted", grants=(NAMED,), made=(NAMED,)))
    need = Grant(ANALYST, ColumnsResource("sales", "orders", ("id",)), ("SELECT",))
    other = replace(request(replace(PART, state="granted", columns=("id",), grants=(need,))), id="r2")
    kept = g.kept_for(mine, mine.parts[0], (mine, other))
    assert kept == {("r2", "sales.orders"): (need,)}
    left = g.without(mine.parts[0].made, kept[("r2", "sales.orders")])
    assert [one.resource for one in left] == [ColumnsResource("sales", "orders", ("email",))]


@pytest.mark.parametrize("state", ["open", "expired", "ending"])
def test_requests_that_hold_nothing_keep_nothing(state: State) -> None:
    mine = request(replace(PART, state="granted", grants=(NAMED,), made=(NAMED,)))
    other = replace(request(replace(PART, state=state, grants=(NAMED,))), id="r2")
    assert g.kept_for(mine, mine.parts[0], (other,)) == {}


def test_two_requests_that_need_the_same_leave_it_to_one_of_them() -> None:
    mine = request(replace(PART, state="granted", grants=(NAMED,), made=(NAMED,)))
    others = tuple(replace(request(replace(PART, state="granted", grants=(NAMED,))), id=name) for name in ("r2", "r3"))
    assert list(g.kept_for(mine, mine.parts[0], others)) == [("r2", "sales.orders")]
