"""Random tags, grants and filters: the decision gives exactly the cells that a small model of the rules gives."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_core.localaws.lakeformation.decide import CellFilter, Held, Policy, Shape, decide

COLUMNS = ("a", "b", "c", "k")
KEYS = ("domain", "pii")
VALUES = ("x", "y")
ROWS = (0, 1, 2)  # a predicate "n" stands for "row n only"

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
predicates = st.sampled_from((None, *map(str, ROWS)))
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


@dataclass(frozen=True)
class Model:
    """The rules once more, cell by cell and grant by grant, without any of the code under test."""

    shape: Shape
    held: Held
    policies: list[Policy]

    def readable(self, column: str, row: int) -> bool:
        return self._by_name(column) or self._by_filter(column, row) or self._by_tags(column)

    def _by_name(self, column: str) -> bool:
        if self.held.permissions & {"SELECT", "ALL"}:
            return True
        lists = [self.held.included, *(frozenset(COLUMNS) - hidden for hidden in self.held.excluded)]
        return any(column in given or (given and column in self.shape.partition_keys) for given in lists)

    def _by_filter(self, column: str, row: int) -> bool:
        return any(
            (column in self._of(each) or column in self.shape.partition_keys) and each.row_filter in (None, str(row))
            for each in self.held.filters
        )

    def _of(self, each: CellFilter) -> frozenset[str]:
        return frozenset(COLUMNS) - each.excluded if each.columns is None else each.columns

    def _by_tags(self, column: str) -> bool:
        return any(self._matches(policy, column) for policy in self.policies if policy.permissions & {"SELECT", "ALL"})

    def _matches(self, policy: Policy, column: str) -> bool:
        for key, wanted in policy.expression:
            levels = (self.shape.column_tags.get(column, {}), self.shape.table_tags, self.shape.database_tags)
            value = next((level[key] for level in levels if key in level), None)
            if value not in wanted:
                return False
        return True


@settings(max_examples=300, deadline=None)
@given(shapes, grants, policies)
def test_a_decision_gives_the_cells_that_the_rules_give_and_no_other(
    shape: Shape, held: Held, policies: list[Policy]
) -> None:
    verdict, model = decide(shape, held, policies), Model(shape, held, policies)
    expected = {(column, row) for column in COLUMNS for row in ROWS if model.readable(column, row)}
    if verdict.cells:
        given_cells = {
            (column, row)
            for cells in verdict.cells
            for column in cells.columns
            for row in ROWS
            if cells.row_filter in (None, str(row))
        }
    else:
        given_cells = {(column, row) for column in verdict.columns for row in ROWS}
    assert given_cells == expected
    assert set(verdict.columns) == {column for column, _ in expected}
    assert ("SELECT" in verdict.permissions) == bool(expected)


@settings(max_examples=200, deadline=None)
@given(shapes, grants, policies, policies)
def test_another_grant_never_takes_anything_away(
    shape: Shape, held: Held, before: list[Policy], added: list[Policy]
) -> None:
    less, more = decide(shape, held, before), decide(shape, held, [*before, *added])
    assert less.permissions <= more.permissions
    assert set(less.columns) <= set(more.columns)
    assert set(less.metadata_columns) <= set(more.metadata_columns)
