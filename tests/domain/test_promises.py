"""A product's contact and retention stand in its contract as the standard has them, beside what others wrote there."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_core.domain.contract import PortContract, contract_yaml, parse_contract
from mesh_core.domain.intents import EditProduct, PublishProduct
from mesh_core.domain.names import ProductName
from mesh_core.domain.promises import contact_of, retention_of, sla_properties, support
from mesh_core.domain.publish import CONTACT, RETENTION
from mesh_core.errors import InvalidDraftError
from tests.builders import draft, mesh_with, portal_on, steward
from tests.fakes import FakeAws

SLACK = {"channel": "#sales", "tool": "slack"}


@pytest.mark.parametrize(
    ("contact", "entry"),
    [
        ("a@b.example", {"channel": "a@b.example", "url": "mailto:a@b.example", "tool": "email"}),
        ("https://chat.example/x", {"channel": "https://chat.example/x", "url": "https://chat.example/x"}),
        ("ask at the desk", {"channel": "ask at the desk", "tool": "other"}),
    ],
)
def test_a_contact_is_a_support_channel_beside_those_of_others(contact: str, entry: dict[str, Any]) -> None:
    found = support({"support": [SLACK]}, contact)
    assert (found[0].items() >= entry.items(), found[1:]) == (True, [SLACK])
    assert contact_of({"support": found}) == contact
    assert support({"support": found}, "") == [SLACK]


def test_a_contact_that_somebody_wrote_by_hand_is_read_and_left_alone() -> None:
    assert contact_of({"support": [SLACK]}) == "#sales"
    assert support({"support": [SLACK]}, "#sales") == [SLACK]


@pytest.mark.parametrize(
    ("value", "unit", "days"),
    [(3, "y", 1095), (90, "d", 90), (2, "m", 60), ("3", "y", 0), (3, "moons", 0), (True, "d", 0)],
)
def test_retention_is_read_in_days(value: Any, unit: str, days: int) -> None:
    assert retention_of({"slaProperties": [{"property": "retention", "value": value, "unit": unit}]}) == days


def test_a_retention_of_three_years_stays_as_it_was_written() -> None:
    written = [
        {"property": "latency", "value": 4, "unit": "d"},
        {"property": "retention", "value": 3, "unit": "y", "driver": "regulatory"},
    ]
    assert sla_properties({"slaProperties": written}, 1095) == written
    changed = sla_properties({"slaProperties": written}, 30)
    assert changed == [written[0], {"property": "retention", "value": 30, "unit": "d", "driver": "regulatory"}]
    assert sla_properties({"slaProperties": written}, 0) == written[:1]


def test_a_contract_with_both_is_valid_and_reads_back() -> None:
    contract = PortContract(
        "urn:x", "1.0.0", "active", "orders", "sales", "sales.orders", "orders", "sales", "eu-west-1", ()
    )
    whole = PortContract(**{**vars(contract), "contact": "a@b.example", "retention_days": 30})
    assert parse_contract(contract_yaml(whole)) == whole


def test_contact_and_retention_are_published_edited_and_taken_away() -> None:
    aws = FakeAws()
    portal = portal_on(aws)
    mesh_with(portal, aws)
    made = draft(contact="a@b.example", retention_days=30)
    portal.changes.apply_now(steward(portal), PublishProduct(made))

    def said() -> tuple[str | None, str | None]:
        parameters = portal.reading.world(0).table("sales", "orders").parameters
        return parameters.get(CONTACT), parameters.get(RETENTION)

    assert said() == ("a@b.example", "30")
    assert portal.changes.preview(steward(portal), PublishProduct(made)).is_empty
    name = ProductName("sales", "orders")
    portal.changes.apply_now(steward(portal), EditProduct(name, contact="#sales", retention_days=0))
    assert said() == ("#sales", None)
    portal.changes.apply_now(steward(portal), EditProduct(name, owner="somebody"))
    assert said() == ("#sales", None)


@pytest.mark.parametrize(("contact", "days"), [("x" * 201, 0), ("a\nb", 0), ("", -1), ("", 36_501)])
def test_a_contact_or_a_retention_that_can_not_be_is_refused_with_the_reason(contact: str, days: int) -> None:
    aws = FakeAws()
    portal = portal_on(aws)
    mesh_with(portal, aws, draft())
    with pytest.raises(InvalidDraftError):
        portal.changes.apply_now(
            steward(portal), EditProduct(ProductName("sales", "orders"), contact=contact, retention_days=days)
        )
