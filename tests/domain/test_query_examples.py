"""The queries that the empty page offers, and the tree beside the editor."""

from __future__ import annotations

from mesh_core.domain.names import Naming
from mesh_core.domain.query_check import check
from mesh_core.domain.query_examples import examples
from mesh_core.domain.query_tree import completion, tree
from mesh_core.domain.world import Column, ColumnsResource, Grant, Table, TableResource, World

NAMING = Naming("000000000000", "us-east-1")
ANALYST, STEWARD = NAMING.role_arn("analyst"), NAMING.role_arn("steward")
PEOPLE = Table("crm", "people", (Column("person_id", "bigint"), Column("city", "string"), Column("email", "string")))
ORDERS = Table("sales", "orders", (Column("person_id", "bigint"), Column("state", "string")))
SECRETS = Table("crm", "secrets", (Column("key", "string"),))
WORLD = World(
    NAMING,
    tables=(PEOPLE, ORDERS, SECRETS),
    grants=(
        Grant(ANALYST, ColumnsResource("crm", "people", ("person_id", "city")), ("SELECT",)),
        Grant(ANALYST, TableResource("sales", "*"), ("SELECT",)),
        Grant(STEWARD, TableResource("sales", "*"), ("SELECT",)),
        Grant(STEWARD, TableResource("crm", "*"), ("SELECT",)),
    ),
)


def test_any_mesh_offers_five_queries_and_the_last_is_refused_on_purpose() -> None:
    found = examples(WORLD, ANALYST)
    assert len(found) == 5
    assert [one.refused for one in found] == [False] * 4 + [True]
    assert [check(WORLD, ANALYST, one.sql).is_allowed for one in found] == [True] * 4 + [False]


def test_the_first_query_joins_two_domains_by_a_key_that_they_share() -> None:
    assert "crm.people a\nJOIN sales.orders b ON a.person_id = b.person_id" in examples(WORLD, ANALYST)[0].sql


def test_who_may_read_everything_is_offered_nothing_that_is_refused() -> None:
    assert not any(one.refused for one in examples(WORLD, STEWARD))


def test_who_may_read_nothing_is_offered_a_refusal_to_look_at() -> None:
    (only,) = examples(WORLD, NAMING.role_arn("newcomer"))
    assert only.refused


def test_an_empty_mesh_offers_nothing() -> None:
    assert examples(World(NAMING), ANALYST) == ()


def test_the_tree_shows_everything_and_says_what_is_locked() -> None:
    crm, sales = tree(WORLD, ANALYST)
    assert [(t.name, t.closed) for t in crm.tables] == [("people", False), ("secrets", True)]
    assert [bool(c.reason) for c in crm.tables[0].columns] == [False, False, True]
    assert sales.name == "sales"


def test_only_what_may_be_read_is_completed() -> None:
    found = completion(tree(WORLD, ANALYST))
    assert found == {"crm": {"people": ["person_id", "city"]}, "sales": {"orders": ["person_id", "state"]}}
