"""The Catalog page: search, facets, cards, table, the URL."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from tests.builders import draft, mesh_with
from tests.fakes import FakeAws

Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    """All Markdown of a page."""
    return "\n".join(one.value for one in page.main.markdown)


def shown(page: AppTest) -> list[str]:
    """The products that are shown as cards, by what links to them."""
    links = (e.proto.query_string for e in page.main.get("page_link"))
    return [query for query in links if query.startswith("product=")]


def test_every_product_is_a_card_that_says_what_i_can_read(portal: Portal, open_page: Open) -> None:
    page = open_page("catalog", role="analyst")
    assert shown(page) == ["product=sales.orders", "product=sales.recent"]
    assert words(page).count("Not yet") >= 2


def test_the_badge_of_a_card_leads_to_its_explanation(portal: Portal, open_page: Open) -> None:
    links = [(e.proto.label, e.proto.query_string) for e in open_page("catalog", role="analyst").main.get("page_link")]
    assert ("Why not?", "access_role=analyst&access_product=sales.orders") in links


def test_an_owner_can_read_all_of_it(portal: Portal, open_page: Open) -> None:
    assert words(open_page("catalog", role="sales-owner")).count(":material/lock_open: All of it") == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"q": "recent"}, ["sales.recent"], id="a name"),
        pytest.param({"q": "email"}, ["sales.orders"], id="a column"),
        pytest.param({"personal": "yes"}, ["sales.orders"], id="a facet"),
        pytest.param({"domain": "sales", "q": "ORDERS id"}, ["sales.orders", "sales.recent"], id="words in any case"),
    ],
)
def test_a_link_reproduces_the_view(portal: Portal, open_page: Open, query: dict[str, str], found: list[str]) -> None:
    assert shown(open_page("catalog", **query)) == [f"product={name}" for name in found]


def test_what_is_not_found_is_said_and_one_click_shows_all_again(portal: Portal, open_page: Open) -> None:
    page = open_page("catalog", q="nowhere")
    assert "No data product was found for **nowhere**" in words(page)
    page.button(key="show_all").click().run()
    assert len(shown(page)) == 2


def test_facets_are_counted_with_what_else_is_chosen(portal: Portal, open_page: Open) -> None:
    page = open_page("catalog", q="email")
    assert "yes **1** · no **0**" in words(page)


def test_a_filter_that_nobody_offers_is_ignored(portal: Portal, open_page: Open) -> None:
    assert len(shown(open_page("catalog", domain="nowhere", view="Nonsense", page="99"))) == 2


def test_the_table_holds_the_same_products(portal: Portal, open_page: Open) -> None:
    page = open_page("catalog", view="Table", q="orders")
    assert list(page.dataframe[0].value["Product"])[0] == "sales.orders"


def test_24_products_fill_a_page_and_the_url_holds_the_next(
    aws: FakeAws, empty_portal: Portal, open_page: Open
) -> None:
    mesh_with(empty_portal, aws, *(draft(f"p{number:02}") for number in range(26)))
    assert len(shown(open_page("catalog"))) == 24
    page = open_page("catalog", page="2")
    assert shown(page) == ["product=sales.p24", "product=sales.p25"]
    page.text_input(key="q").set_value("p01").run()
    assert shown(page) == ["product=sales.p01"]


def test_descriptions_are_shown_as_text(aws: FakeAws, empty_portal: Portal, open_page: Open) -> None:
    mesh_with(empty_portal, aws, draft(description="![x](https://a.example/p.png) <b>bold</b>"))
    page = open_page("catalog")
    assert "![x](" not in words(page)
    assert "<b>" not in words(page)


def test_an_empty_catalog_invites_to_create_a_product(empty_portal: Portal, open_page: Open) -> None:
    page = open_page("catalog")
    assert "There is no data product yet" in words(page)
