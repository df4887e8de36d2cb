"""The queue of suspected personal columns: what a new scan changes in it, and what it leaves."""

from __future__ import annotations

from dataclasses import replace

from mesh_core.domain.names import MANAGED, Naming
from mesh_core.domain.personal_data import Suggestion
from mesh_core.domain.suggestions import Found, Queue, accepting, decided, merged, shape_of, standing, state_of
from mesh_core.domain.world import Column, Database, Table, Target, World

OWN = {MANAGED: "true"}
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string"), Column("city", "string")))
EMAIL = Suggestion("email", "email", 0.95, "The name reads like it.", "name and values")
CITY = Suggestion("city", "address", 0.7, "The name reads like 'address'.", "name")
WORLD = World(
    Naming("000000000000", "us-east-1"),
    (Database("sales", parameters=OWN),),
    (ORDERS,),
    tags={"pii": ("false", "true"), "sensitivity": ("public", "internal", "confidential", "restricted")},
    assigned={Target("sales"): {"pii": "false", "sensitivity": "internal"}},
)


def scanned(*suggestions: Suggestion, queue: Queue = Queue(), at: str = "t1") -> Queue:
    return merged(queue, ORDERS, suggestions, at)


def told(queue: Queue) -> list[tuple[str, str, str]]:
    return [(one.column, one.kind, one.rejected_by) for one in queue.found]


def test_a_scan_puts_what_it_suspects_in_the_order_of_the_columns() -> None:
    found = scanned(CITY, EMAIL)
    assert told(found) == [("email", "email", ""), ("city", "address", "")]
    assert found.scanned == {"sales.orders": shape_of(ORDERS)}


def test_what_was_rejected_stays_rejected_with_its_reason() -> None:
    queue = decided(scanned(EMAIL, CITY), ["sales.orders.city"], ("mesh-steward", "t2", "shops' cities"))
    again = scanned(replace(CITY, confidence=0.8), EMAIL, queue=queue, at="t3")
    (city,) = [one for one in again.found if one.column == "city"]
    assert (city.rejected_by, city.note, city.confidence, city.found_at) == (
        "mesh-steward",
        "shops' cities",
        0.8,
        "t1",
    )


def test_a_rejection_does_not_cover_another_suspicion() -> None:
    queue = decided(scanned(CITY), ["sales.orders.city"], ("mesh-steward", "t2", ""))
    again = scanned(replace(CITY, kind="name"), queue=queue)
    assert told(again) == [("city", "name", "")]


def test_what_is_suspected_no_longer_goes_but_what_was_decided() -> None:
    queue = decided(scanned(EMAIL, CITY), ["sales.orders.city"], ("mesh-steward", "t2", ""))
    assert told(scanned(queue=queue)) == [("city", "address", "mesh-steward")]


def test_what_is_about_columns_and_tables_that_are_gone_goes() -> None:
    narrower = replace(ORDERS, columns=ORDERS.columns[:2])
    assert told(standing(scanned(EMAIL, CITY), replace(WORLD, tables=(narrower,)))) == [("email", "email", "")]
    assert standing(scanned(EMAIL), replace(WORLD, tables=())) == Queue()


def test_the_queues_of_other_tables_are_left_alone() -> None:
    other = Found("sales.other", "x", "name", 0.7, "", "name")
    assert other in scanned(EMAIL, queue=Queue((other,))).found


def test_a_changed_table_has_another_shape() -> None:
    assert shape_of(ORDERS) != shape_of(replace(ORDERS, columns=ORDERS.columns[:2]))


def test_a_column_that_is_marked_counts_as_accepted_until_the_mark_goes() -> None:
    (one,) = scanned(EMAIL).found
    marked = replace(WORLD, assigned={**WORLD.assigned, one.target: {"pii": "true"}})
    assert (state_of(WORLD, one), state_of(marked, one)) == ("open", "accepted")
    assert state_of(WORLD, replace(one, rejected_by="mesh-steward")) == "rejected"


def test_a_rejection_can_be_taken_back() -> None:
    queue = decided(scanned(EMAIL), ["sales.orders.email"], ("mesh-steward", "t2", "x"))
    assert decided(queue, ["sales.orders.email"], None) == scanned(EMAIL)


def test_accepting_marks_a_column_and_raises_its_sensitivity_but_never_lowers_it() -> None:
    email, city = scanned(EMAIL, CITY).found
    restricted = {**WORLD.assigned, city.target: {"sensitivity": "restricted", "colour": "blue"}}
    assert accepting(replace(WORLD, assigned=restricted), (email, city)).changes == (
        (email.target, {"pii": "true", "sensitivity": "confidential"}),
        (city.target, {"sensitivity": "restricted", "colour": "blue", "pii": "true"}),
    )


def test_a_vocabulary_without_that_value_is_not_asked_for_it() -> None:
    (email,) = scanned(EMAIL).found
    bare = replace(WORLD, tags={"pii": ("false", "true")})
    assert accepting(bare, (email,)).changes == ((email.target, {"pii": "true"}),)
