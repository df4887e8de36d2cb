"""Random tags, grants and filters: what holds of every decision. Which cells it gives: see test_doors.py."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.localaws.lakeformation.decide import CellFilter, Held, Policy, Shape, decide

COLUMNS = ("a", "b", "c", "k")
KEYS = ("domain", "pii")
VALUES = ("x", "y")
PREDICATES = (None, "0", "1", "2")

value = st.sampled_from(VALUES)
tags = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, value))
some_columns = st.sets(st.sampled_from(COLUMNS), max_size=3).map(frozenset)
values = st.sampled_from([frozenset({"x"}), frozenset({"y"}), frozenset(VALUES)])
expressions = (
    st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, values)).filter(bool).map(lambda e: tuple(sorted(e.items())))
)
permissions = st.sampled_from(((), ("SELECT",), ("INSERT",), ("DROP", "DESCRIBE"), ("ALL",), ("SELECT", "INSERT"))).map(
    frozenset
)
predicates = st.sampled_from(PREDICATES)
filters = st.one_of(
    st.builds(CellFilter, some_columns.filter(bool), st.just(frozenset()), predicates),
    st.builds(CellFilter, st.none(), some_columns, predicates),
)
shapes = st.builds(
    Shape,
    columns=st.just(COLUMNS),
    partition_keys=st.sampled_from((frozenset(), frozenset({"k"}))),
    database_tags=tags,
    table_tags=tags,
    column_tags=st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, tags.filter(bool))),
)
grants = st.builds(
    Held,
    permissions=permissions,
    included=some_columns,
    excluded=st.lists(some_columns.filter(bool), max_size=2).map(tuple),
    filters=st.lists(filters, max_size=3).map(tuple),
)
policies = st.lists(st.builds(Policy, expressions, permissions.filter(bool)), max_size=2)


@settings(max_examples=200, deadline=None)
@given(shapes, grants, policies, policies)
def test_another_grant_never_takes_anything_away(
    shape: Shape, held: Held, before: list[Policy], added: list[Policy]
) -> None:
    less, more = decide(shape, held, before), decide(shape, held, [*before, *added])
    assert less.permissions <= more.permissions
    assert set(less.columns) <= set(more.columns)
    assert set(less.metadata_columns) <= set(more.metadata_columns)
