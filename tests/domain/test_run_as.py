"""Two halves put side by side: which columns and rows appear, disappear or change, and what is withheld."""

from __future__ import annotations

import pytest

from mesh_core.domain.names import Naming
from mesh_core.domain.opened import Opened, opened, select_opened
from mesh_core.domain.run_as import WITHHELD, Half, View, compare, withhold
from mesh_core.domain.world import (
    Column,
    ColumnsResource,
    Database,
    DataFilter,
    FilterResource,
    Grant,
    Resource,
    Table,
    TableResource,
    World,
)
from mesh_core.errors import InvalidInputError

ORDER = (("id", "bigint"), ("email", "string"), ("tags", "array<string>"))
ALL = Opened({"id": (), "email": (), "tags": ()})
READER = "arn:aws:iam::000000000000:role/reader"
ORDERS = Table("sales", "orders", (Column("id", "bigint"), Column("email", "string"), Column("country", "string")))
COUNTRIES = Table("insights", "countries", (Column("country", "string"),), view_sql="SELECT country FROM sales.orders")
GERMAN = DataFilter("sales", "orders", "german", ("id", "country"), row_filter="country = 'DE'")
OLD = DataFilter("sales", "orders", "old", row_filter="id < 10")


def half(*rows, names=("id", "email"), types=("bigint", "varchar"), **more) -> Half:
    return Half(tuple(zip(names, types, strict=True)), tuple(rows), **more)


def marks(now: Half, after: Half, then: Opened = ALL, viewer: Opened = ALL):
    found = compare("reader", "sales.orders", View(ORDER, ALL, then, viewer), now, after)
    return [(line.mark, (line.now or line.after or ("",))[0]) for line in found.lines]


def test_rows_are_paired_whatever_their_number():
    now, after = half(("1", "a"), ("2", "b"), ("10", "c")), half(("2", "b"), ("3", "d"), ("10", "c"))
    assert marks(now, after) == [("disappears", "1"), ("same", "2"), ("appears", "3"), ("same", "10")]


def test_numbers_are_ordered_as_numbers_and_null_comes_last():
    now = half(("9", "a"), ("10", "b"), (None, "c"))
    assert marks(now, half(("9", "a"), (None, "c"))) == [("same", "9"), ("disappears", "10"), ("same", None)]


def test_rows_behind_the_end_of_a_half_that_goes_on_are_not_judged():
    now, after = half(("1", "a"), ("2", "b"), truncated=True), half(("2", "b"), ("3", "c"))
    assert marks(now, after) == [("disappears", "1"), ("same", "2"), ("unknown", "3")]


def test_equal_rows_are_paired_one_by_one():
    now, after = half(("1", "a"), ("1", "a")), half(("1", "a"))
    assert marks(now, after) == [("same", "1"), ("disappears", "1")]


def test_a_cell_that_turns_null_is_a_changed_row():
    then = Opened({"id": (), "email": ("country = 'DE'",)})
    found = compare("reader", "p.q", View(ORDER, ALL, then, ALL), half(("1", "a")), half(("1", None)))
    assert [(line.mark, line.cells) for line in found.lines] == [("changed", ("email",))]


def test_columns_keep_the_tables_order_and_bear_their_mark():
    now, after = half(("1",), names=("id",), types=("bigint",)), half(("1", "a"))
    found = compare("reader", "p.q", View(ORDER, Opened({"id": ()}), ALL, ALL), now, after)
    assert found.columns == (("id", "same"), ("email", "appears"))
    assert found.words == "reader gains email."


def test_a_column_that_appears_in_some_rows_only_says_so():
    then = Opened({"id": (), "email": ("country = 'DE'",)})
    now, after = half(("1",), names=("id",), types=("bigint",)), half(("1", None))
    found = compare("reader", "p.q", View(ORDER, Opened({"id": ()}), then, ALL), now, after)
    assert found.words == "reader gains email (in some rows)."


def test_what_differs_in_nothing_says_so():
    one = half(("1", "a"))
    assert compare("reader", "p.q", View(ORDER, ALL, ALL, ALL), one, one).words == "No change in what reader gets."


def test_a_refused_half_has_no_rows_and_all_of_the_other_appear():
    refused = Half(state="refused", words="Insufficient permissions")
    found = compare("reader", "p.q", View(ORDER, Opened({}), ALL, ALL), refused, half(("1", "a")))
    assert [line.mark for line in found.lines] == ["appears"]
    assert found.words == "reader gains id, email; of the rows shown 1 appears."


@pytest.mark.parametrize(
    ("now", "viewer"),
    [
        pytest.param(Half(state="failed", words="Stopped after 60 s."), ALL, id="one half is not known"),
        pytest.param(half(("1", "a")), Opened({"id": ("id < 3",)}), id="the viewer himself is narrowed by rows"),
        pytest.param(half(("1", "a")), Opened({}), id="the viewer may read none of the columns"),
    ],
)
def test_rows_are_not_judged_where(now, viewer):
    found = compare("reader", "p.q", View(ORDER, ALL, ALL, viewer), now, half(("2", "b")))
    assert not found.compared
    assert {line.mark for line in found.lines} == {"unknown"}


def test_values_of_columns_that_the_viewer_may_not_read_are_withheld():
    assert withhold(half(("1", "a"), ("2", None)), {"id"}).rows == (("1", WITHHELD), ("2", WITHHELD))


@pytest.mark.parametrize(
    ("viewer", "readable"),
    [
        pytest.param(ALL, {"id", "email", "tags"}, id="every row"),
        pytest.param(Opened({"id": (), "email": ("id < 3",)}), {"id"}, id="a column narrowed by rows is not his"),
        pytest.param(Opened({"id": ()}, below=True), set(), id="a view over narrowed bases is not his"),
    ],
)
def test_the_viewer_reads_a_column_only_when_he_reads_all_its_rows(viewer, readable):
    assert View(ORDER, ALL, None, viewer).readable == readable


def world(*resources: Resource, filters=(GERMAN, OLD)) -> World:
    grants = tuple(Grant(READER, resource, ("SELECT",)) for resource in resources)
    databases = (Database("sales"), Database("insights"))
    return World(
        Naming("000000000000", "us-east-1"), databases, (ORDERS, COUNTRIES), grants=grants, filters=tuple(filters)
    )


def sql_of(of: World, table: Table = ORDERS) -> str:
    return select_opened(of, READER, table, table.column_names).sql("athena").replace('"', "")


GERMAN_ROWS, OLD_ROWS = FilterResource("sales", "orders", "german"), FilterResource("sales", "orders", "old")
SOME = ColumnsResource("sales", "orders", ("id",))


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param((SOME,), "SELECT id FROM sales.orders", id="columns"),
        pytest.param(
            (GERMAN_ROWS,), "SELECT id, country FROM sales.orders WHERE (country = 'DE')", id="a filter on its columns"
        ),
        pytest.param((TableResource("sales", "*"), OLD_ROWS), "SELECT id, email, country FROM sales.orders", id="all"),
        pytest.param(
            (SOME, GERMAN_ROWS),
            "SELECT id, CASE WHEN (country = 'DE') THEN country END AS country FROM sales.orders",
            id="every row of one column, another in some rows",
        ),
        pytest.param(
            (GERMAN_ROWS, OLD_ROWS),
            "SELECT id, CASE WHEN (id < 10) THEN email END AS email, country FROM sales.orders "
            "WHERE (country = 'DE') OR (id < 10)",
            id="two filters",
        ),
    ],
)
def test_grants_become_one_select(resources, expected):
    assert sql_of(world(*resources)) == expected


def test_a_view_over_narrowed_rows_is_read_through_its_bases():
    narrowed = sql_of(world(TableResource("insights", "countries"), GERMAN_ROWS), COUNTRIES)
    assert "FROM (SELECT id, country FROM sales.orders WHERE (country = 'DE')) AS orders" in narrowed
    whole = sql_of(world(TableResource("insights", "countries"), TableResource("sales", "*")), COUNTRIES)
    assert whole == "SELECT country FROM insights.countries"


def test_a_view_whose_base_is_closed_gives_nothing():
    assert opened(world(TableResource("insights", "countries")), READER, COUNTRIES).columns == {}


@pytest.mark.parametrize("text", ["id IN (SELECT id FROM sales.orders)", "id = 1 ORDER BY id", "id = (", "1=1; DROP"])
def test_a_row_filter_that_is_no_plain_condition_is_never_put_into_a_statement(text):
    odd = DataFilter("sales", "orders", "german", row_filter=text)
    with pytest.raises(InvalidInputError, match="no plain condition"):
        sql_of(world(GERMAN_ROWS, filters=(odd,)))
