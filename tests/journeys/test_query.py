"""SQL as somebody: what is left out and why, a join over three domains as a chart, a query that is stopped."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from scripts.portal_browser import Visit
from scripts.portal_walks import RESULT, run_query, write_sql

Person = Callable[..., Visit]
PERSONAL = {"first_name", "last_name", "email", "phone", "birth_date"}
THREE_DOMAINS = """
SELECT p.department, h.age, sum(t.sales_value) AS sales
FROM sales.transactions t
JOIN product.products p ON p.product_id = t.product_id
JOIN customer.households h ON h.household_id = t.household_id
GROUP BY p.department, h.age ORDER BY sales DESC LIMIT 20"""
# 1.4 million rows against each other, by a key that every one shares with tens of thousands.
ENDLESS = (
    "SELECT count(*) FROM sales.transactions a JOIN sales.transactions b ON a.week = b.week AND a.quantity < b.week"
)


def test_personal_columns_are_left_out_for_the_analyst_with_the_reason_and_shown_to_the_steward(person: Person) -> None:
    visit = person("analyst")
    run_query(visit, "SELECT * FROM customer.contacts ORDER BY household_id LIMIT 10")
    assert not PERSONAL & set(visit.columns(RESULT))
    reason = visit.keyed("query_left_out").inner_text()
    assert all(column in reason for column in PERSONAL) and "customer-owner" in reason

    visit.act_as("mesh-steward")
    visit.press("run_as_me")
    visit.see("scanned")
    visit.idle()
    assert set(visit.columns(RESULT)) >= PERSONAL


def test_a_join_over_three_domains_can_be_seen_as_a_chart(person: Person) -> None:
    visit = person("analyst")
    run_query(visit, THREE_DOMAINS)
    visit.page.get_by_role("tab", name="Chart").click()
    expect(visit.page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    visit.idle()
    expect(visit.page.locator(".js-plotly-plot .bars path").first).to_be_attached()


def test_a_long_query_can_be_stopped(person: Person) -> None:
    visit = person("analyst")
    visit.go_to("Query")
    write_sql(visit, ENDLESS)
    visit.page.keyboard.press("ControlOrMeta+Enter")
    cancel = visit.keyed("cancel_query").get_by_role("button").first
    cancel.click()
    visit.see("The query was stopped.")
