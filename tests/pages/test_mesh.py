"""The Mesh page: the figures, the map, the workshop, the empty mesh."""

import json
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from mesh_core.bootstrap import Portal
from mesh_core.domain.intents import Teardown
from tests.builders import steward

INSTRUCTIONS = {5: "see the proof that nothing is left"}
Open = Callable[..., AppTest]


def words(page: AppTest) -> str:
    """All Markdown of the page."""
    return "\n".join(one.value for one in page.main.markdown)


def step(page: AppTest, number: int) -> str:
    """What a step of the workshop says."""
    (words_of_step,) = [one for one in page.main.markdown if INSTRUCTIONS[number] in one.value]
    return words_of_step.value


def series(page: AppTest) -> dict[str, Any]:
    """The map's graph."""
    (chart,) = page.get("echarts_chart")
    found: dict[str, Any] = json.loads(chart.proto.spec)["baseOption"]["series"][0]
    return found


def test_the_figures_count_domains_products_rows_and_bytes(portal: Portal, open_page: Open) -> None:
    figures = {one.label: one.value for one in open_page("mesh").metric}
    assert figures["Domains"] == "1"
    assert figures["Data products"] == "2"
    assert figures["Rows"] == "2"
    assert figures["Stored"] == "4 bytes"


def test_the_map_holds_every_domain_and_product_and_the_edges_of_the_views(portal: Portal, open_page: Open) -> None:
    graph = series(open_page("mesh"))
    assert [node["id"] for node in graph["data"]] == ["domain sales", "sales.orders", "sales.recent"]
    links = [(link["source"], link["target"]) for link in graph["links"]]
    assert ("sales.orders", "sales.recent") in links
    assert ("domain sales", "sales.orders") in links


def test_the_map_tells_what_i_can_read_without_colour(portal: Portal, open_page: Open) -> None:
    names = [node["name"] for node in series(open_page("mesh", role="analyst"))["data"]]
    assert "sales.orders: I can't read it yet" in names
    names = [node["name"] for node in series(open_page("mesh", role="sales-owner"))["data"]]
    assert "sales.orders: I can read all of it" in names


def test_the_map_says_in_words_what_it_shows(portal: Portal, open_page: Open) -> None:
    (chart,) = open_page("mesh").get("echarts_chart")
    assert "1 domains with 2 data products and 1 links" in chart.proto.alt


def test_the_workshop_ticks_itself(portal: Portal, open_page: Open) -> None:
    before = open_page("mesh")
    assert "Done" not in step(before, 5)
    portal.changes.apply_now(steward(portal), Teardown("product", "sales.recent"))
    assert "Done" in step(before.run(), 5)


def test_each_step_leads_to_its_page_and_shows_the_calls(portal: Portal, open_page: Open) -> None:
    page = open_page("mesh")
    steps = ["catalog", "publish", "tags", "query", "teardown"]
    assert [link.proto.page for link in page.main.get("page_link")] == steps
    assert len(page.main.code) == 5
    assert "lakeformation.grant_permissions(" in page.main.code[2].value


def test_the_workshop_can_be_dismissed_and_brought_back(portal: Portal, open_page: Open) -> None:
    page = open_page("mesh")
    page.button(key="workshop_dismiss").click().run()
    assert "Workshop" not in words(page)
    page.button(key="workshop_show").click().run()
    assert "Workshop" in words(page)


def test_an_empty_mesh_invites_to_create_a_domain_or_to_load_the_demo(empty_portal: Portal, open_page: Open) -> None:
    page = open_page("mesh")
    assert "The mesh is empty" in words(page)
    assert page.button(key="demo_load").label == "Load the demo mesh"
    assert [link.proto.page for link in page.main.get("page_link")] == ["domains"]
