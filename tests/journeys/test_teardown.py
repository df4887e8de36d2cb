"""Taking away a product, a domain and the whole mesh, each with its proof; and the demo mesh again."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_process import PortalProcess


def tear_down(visit: Visit, scope: str, confirm: str) -> None:
    """Choose the scope, type its name, wait for the proof."""
    visit.choose("teardown_scope", scope)
    visit.see("The plan:")
    button = visit.keyed("teardown_apply").get_by_role("button")
    expect(button).to_be_disabled()
    visit.keyed("teardown_confirm").locator("input").fill(confirm)
    expect(button).to_be_enabled()
    button.click()
    visit.see("Nothing is left: every kind counts zero.", timeout_ms=120_000)
    visit.press("teardown_back")


def test_a_product_a_domain_and_the_mesh_are_gone_with_the_proof_and_the_demo_comes_back(
    own_portal: PortalProcess, visits: Callable[..., Visit]
) -> None:
    visit = visits(own_portal)
    visit.open("teardown")  # a page's own address, as the first that a fresh process is asked for
    visit.act_as("mesh-steward")
    tear_down(visit, "Product marketing.redemptions", "marketing.redemptions")
    tear_down(visit, "Domain product", "product")
    tear_down(visit, "The whole mesh", "mesh")
    visit.see("the mesh is empty")
    visit.go_to("Mesh")
    visit.see("The mesh is empty.")
    visit.press("demo_load")
    visit.see("Data products", timeout_ms=200_000)
    visit.go_to("Catalog")
    expect(visit.page.get_by_role("link", name="sales.transactions")).to_have_count(1)
