"""What each persona of the demo mesh gets from Athena, product by product: the engine enforces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mesh_core.bootstrap import Portal, portal_from
from mesh_core.demo.load import Demo, Progress
from mesh_core.demo.spec import spec
from mesh_core.errors import QueryError

PERSONAL = ("first_name", "last_name", "email", "phone", "birth_date")
ALL, PART, NONE = "all", "part", "none"
PRODUCTS = {str(one.name): tuple(one.columns) for one in spec().products if not one.late}


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The demo mesh without its big table, on an endpoint of its own."""
    portal = portal_from({"MESH_HOME": str(tmp_path_factory.mktemp("demo"))})
    Demo(portal).load(lambda _: None, late=False)
    yield portal
    portal.close()


def _amount(portal: Portal, role: str, product: str) -> str:
    """What `SELECT *` gives a role: all of the product's columns, part of them, or none."""
    try:
        _, page = portal.queries.run(portal.visitors.visitor(role), f"SELECT * FROM {product} LIMIT 1", 1)
    except QueryError:
        return NONE
    names = tuple(column.name for column in page.columns)
    return ALL if names == PRODUCTS[product] else PART


def _expected(role: str, product: str) -> str:
    domain = product.split(".")[0]
    match role:
        case "mesh-steward":
            return ALL
        case "newcomer":
            return NONE
        case "analyst":
            return PART if product == "customer.contacts" else ALL
        case "marketing-analyst":
            if domain not in ("marketing", "sales", "customer"):
                return NONE
            return PART if product == "customer.contacts" else ALL
        case _:
            return ALL if domain == role.removesuffix("-owner") else NONE


@pytest.mark.parametrize("role", ["mesh-steward", "analyst", "marketing-analyst", "newcomer", "sales-owner"])
def test_a_persona_reads_what_its_grants_open_and_nothing_else(portal: Portal, role: str) -> None:
    found = {product: _amount(portal, role, product) for product in PRODUCTS}
    assert found == {product: _expected(role, product) for product in PRODUCTS}


@pytest.mark.parametrize("role", ["mesh-steward", "analyst", "marketing-analyst", "newcomer", "sales-owner"])
def test_the_catalogs_badges_say_what_athena_gives(portal: Portal, role: str) -> None:
    badges = {str(card.name): card.access for card in portal.catalog.cards(portal.visitors.visitor(role))}
    assert badges == {product: _expected(role, product) for product in PRODUCTS}


def test_the_analyst_gets_no_personal_column_of_the_contacts(portal: Portal) -> None:
    analyst = portal.visitors.visitor("analyst")
    _, page = portal.queries.run(analyst, "SELECT * FROM customer.contacts LIMIT 1", 1)
    assert not set(PERSONAL) & {column.name for column in page.columns}
    for column in PERSONAL:
        with pytest.raises(QueryError, match=f"Column '{column}' cannot be resolved"):
            portal.queries.run(analyst, f"SELECT {column} FROM customer.contacts", 1)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        pytest.param("SELECT count(*) FROM customer.households", "801", id="households with demographics"),
        pytest.param("SELECT count(*) FROM customer.contacts", "2469", id="a contact for every household"),
        pytest.param("SELECT count(*) FROM sales.transactions", "1469307", id="transactions"),
        pytest.param("SELECT count(*) FROM sales.baskets", "155848", id="baskets"),
        pytest.param("SELECT count(*) FROM product.products", "92331", id="products"),
        pytest.param("SELECT count(*) FROM marketing.campaigns", "6589", id="campaigns"),
        pytest.param(
            "SELECT round(sum(coverage), 2) FROM insights.basket_value_by_segment", "1.0", id="segments cover everybody"
        ),
        pytest.param(
            "SELECT count(*) FROM insights.basket_value_by_segment WHERE age = 'unknown'", "1", id="unknown is kept"
        ),
        pytest.param("SELECT count(*) FROM insights.campaign_response", "27", id="every campaign has its response"),
    ],
)
def test_the_demo_holds_the_whole_tables(portal: Portal, sql: str, value: str) -> None:
    _, page = portal.queries.run(portal.visitors.visitor("mesh-steward"), sql, 1)
    assert page.rows == ((value,),)


def test_loading_it_again_changes_nothing(portal: Portal) -> None:
    said: list[Progress] = []
    Demo(portal).load(said.append, late=False)
    assert {one.words.rpartition(": ")[2] for one in said} == {"nothing to do"}
