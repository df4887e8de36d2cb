"""Finding a data product: by words, by facet, by a link that somebody sent."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from scripts.portal_browser import Visit

Person = Callable[..., Visit]


def test_a_product_found_by_search_and_facet_is_found_again_by_the_link(person: Person) -> None:
    visit = person("analyst", "catalog")
    visit.keyed("q").locator("input").press_sequentially("household")
    expect(visit.page.get_by_role("link", name="product.products")).to_have_count(0)
    expect(visit.page.get_by_role("link", name="customer.households")).to_have_count(1)
    visit.keyed("facet_domain").get_by_role("button").first.click()
    visit.page.get_by_test_id("stPopoverBody").get_by_role("button", name="marketing").click()
    expect(visit.page.get_by_role("link", name="customer.households")).to_have_count(0)
    visit.page.keyboard.press("Escape")
    visit.idle()
    address = visit.page.url
    assert parse_qs(urlsplit(address).query) == {"q": ["household"], "domain": ["marketing"]}

    second = visit.second_tab(address)
    expect(second.page.get_by_role("link", name="marketing.campaigns")).to_have_count(1)
    expect(second.page.get_by_role("link", name="customer.households")).to_have_count(0)
    second.page.get_by_role("link", name="marketing.campaigns").click()
    expect(second.page.get_by_role("heading", level=1)).to_contain_text("marketing.campaigns")
    second.idle()
    assert parse_qs(urlsplit(second.page.url).query) == {"product": ["marketing.campaigns"]}


def test_a_link_to_a_product_opens_it_in_a_fresh_browser(person: Person) -> None:
    visit = person("analyst", "product", product="sales.transactions")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("sales.transactions")


def test_a_link_to_a_product_that_is_gone_says_so_and_leads_on(person: Person) -> None:
    visit = person("analyst", "product", product="sales.nothing")
    visit.see("sales.nothing")
    assert "Traceback" not in visit.text
