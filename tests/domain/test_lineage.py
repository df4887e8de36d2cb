"""Where a view's columns come from, and where a product's columns go."""

import pytest

from mesh_core.domain.lineage import Flow, Lineage, lineage_of
from mesh_core.domain.names import Naming
from mesh_core.domain.world import Column, Table, World

BASKETS = Table("sales", "baskets", tuple(Column(n, "string") for n in ("basket_id", "household_id", "value")))
HOUSEHOLDS = Table("customer", "households", tuple(Column(n, "string") for n in ("household_id", "age")))


def view(sql: str, *columns: str, name: str = "v", database: str = "insights") -> Table:
    """A view with these result columns."""
    return Table(database, name, tuple(Column(c, "string") for c in columns), view_sql=sql)


def world(*views: Table) -> World:
    """Two base tables and the views."""
    return World(Naming("000000000000", "us-east-1"), tables=(BASKETS, HOUSEHOLDS, *views))


def pairs(lineage: Lineage) -> set[tuple[str, str]]:
    """Flows as (from, to)."""
    return {(f"{f.source}.{f.source_column}", f"{f.target}.{f.target_column}") for f in lineage.flows}


@pytest.mark.parametrize(
    ("sql", "columns", "found"),
    [
        pytest.param(
            "SELECT value FROM sales.baskets", ["value"], {("sales.baskets.value", "value")}, id="a column as it is"
        ),
        pytest.param(
            "SELECT value AS amount FROM sales.baskets", ["amount"], {("sales.baskets.value", "amount")}, id="renamed"
        ),
        pytest.param(
            "SELECT concat(h.age, b.value) AS both FROM sales.baskets b JOIN customer.households h ON true",
            ["both"],
            {("customer.households.age", "both"), ("sales.baskets.value", "both")},
            id="an expression over two domains",
        ),
        pytest.param(
            "WITH a AS (SELECT value AS x FROM sales.baskets), b AS (SELECT max(x) AS y FROM a) SELECT y FROM b",
            ["y"],
            {("sales.baskets.value", "y")},
            id="through common table expressions",
        ),
        pytest.param(
            "SELECT * FROM customer.households",
            ["household_id", "age"],
            {("customer.households.household_id", "household_id"), ("customer.households.age", "age")},
            id="a star",
        ),
        pytest.param(
            "SELECT value AS x FROM sales.baskets UNION ALL SELECT age FROM customer.households",
            ["x"],
            {("sales.baskets.value", "x"), ("customer.households.age", "x")},
            id="both sides of a union",
        ),
        pytest.param("SELECT count(*) AS n FROM sales.baskets", ["n"], set(), id="a count comes from no column"),
        pytest.param("SELECT 'x' AS n FROM sales.baskets", ["n"], set(), id="a constant comes from no column"),
        pytest.param(
            'SELECT "Value" AS "A" FROM sales.baskets',
            ["a"],
            {("sales.baskets.value", "a")},
            id="quoted names in another case",
        ),
        pytest.param(
            "SELECT value FROM baskets", ["value"], {("sales.baskets.value", "value")}, id="the view's own database"
        ),
    ],
)
def test_a_column_of_a_view_comes_from(sql: str, columns: list[str], found: set[tuple[str, str]]) -> None:
    one = view(sql, *columns, database="sales" if "FROM baskets" in sql else "insights")
    assert pairs(lineage_of(world(one), one)) == {(source, f"{one.full_name}.{target}") for source, target in found}


def test_what_is_read_only_to_join_filter_or_group_is_listed_apart() -> None:
    one = view(
        "SELECT h.age FROM sales.baskets b JOIN customer.households h ON h.household_id = b.household_id "
        "WHERE b.value > '1'",
        "age",
    )
    assert lineage_of(world(one), one).also_read == (
        ("insights.v", "customer.households", "household_id"),
        ("insights.v", "sales.baskets", "household_id"),
        ("insights.v", "sales.baskets", "value"),
    )


def test_views_on_views_are_followed_to_the_end_both_ways() -> None:
    first = view("SELECT value AS x FROM sales.baskets", "x", name="first")
    second = view("SELECT x AS y FROM insights.first", "y", name="second")
    everything = (
        Flow("insights.first", "x", "insights.second", "y"),
        Flow("sales.baskets", "value", "insights.first", "x"),
    )
    for table in (BASKETS, first, second):
        assert lineage_of(world(first, second), table).flows == everything


def test_what_merely_meets_a_product_in_another_view_is_left_out() -> None:
    one = view("SELECT b.value, h.age FROM sales.baskets b JOIN customer.households h ON true", "value", "age")
    found = lineage_of(world(one), BASKETS)
    assert pairs(found) == {("sales.baskets.value", "insights.v.value")}
    assert found.tables == (("sales.baskets", "insights.v"),)


def test_a_table_that_no_view_reads_has_no_lineage() -> None:
    one = view("SELECT value FROM sales.baskets", "value")
    assert lineage_of(world(one), HOUSEHOLDS).is_empty


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(view("SELECT value FROM sales.baskets", "value", "another"), id="more columns than its SQL gives"),
        pytest.param(view("SELECT nothing FROM sales.baskets b, sales.gone g", "nothing"), id="a table that is gone"),
    ],
)
def test_a_view_that_cannot_be_followed_still_shows_its_tables(one: Table) -> None:
    found = lineage_of(world(one), one)
    assert ("sales.baskets", "insights.v") in found.tables
    assert pairs(found) == set()


def test_views_that_read_each_other_come_to_an_end() -> None:
    one = view("SELECT x FROM insights.b", "x", name="a")
    other = view("SELECT x FROM insights.a", "x", name="b")
    assert len(lineage_of(world(one, other), one).flows) == 2
