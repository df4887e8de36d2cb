"""axe-core finds no serious fault on any page, light or dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scripts.accessibility import accessibility_faults
from scripts.portal_browser import Visit

PAGES = [
    pytest.param("", {}, id="mesh"),
    pytest.param("catalog", {}, id="catalog"),
    pytest.param("catalog", {"q": "household", "view": "Table"}, id="catalog as a table"),
    pytest.param("product", {"product": "customer.contacts"}, id="product"),
    pytest.param("product", {"product": "insights.basket_value_by_segment"}, id="view"),
    pytest.param("query", {}, id="query"),
    pytest.param("domains", {}, id="domains"),
    pytest.param("publish", {}, id="create product"),
    pytest.param("tags", {}, id="tags"),
    pytest.param("access", {}, id="access"),
    pytest.param("requests", {}, id="requests"),
    pytest.param("personal", {}, id="personal data"),
    pytest.param("policies", {}, id="policies"),
    pytest.param("checks", {}, id="governance tests"),
    pytest.param("activity", {}, id="activity"),
    pytest.param("audit", {}, id="audit"),
    pytest.param("teardown", {}, id="teardown"),
]


@pytest.mark.parametrize(("page", "query"), PAGES)
def test_no_page_has_a_serious_fault_of_accessibility(
    page: str, query: dict[str, str], person: Callable[..., Visit]
) -> None:
    visit = person("mesh-steward", page, **query)
    assert accessibility_faults(visit.page) == []
    visit.page.emulate_media(color_scheme="dark")
    visit.idle()
    assert accessibility_faults(visit.page) == []
