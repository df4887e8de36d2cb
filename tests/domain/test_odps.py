"""A product's document: written as ODPS, read back, edited without loss, and refused when wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from mesh_core.domain.odps import InputPort, OutputPort, ProductDocument, parse_product, product_yaml
from mesh_core.errors import ContractInvalidError


def product(**changes):
    basis = ProductDocument(
        id="insights.campaign_response",
        name="Campaign response",
        version="1.0.0",
        status="active",
        domain="insights",
        output_ports=(OutputPort("campaign_response", "1.0.0", "insights.campaign_response", "By segment", "view"),),
        input_ports=(InputPort("sales.transactions", "1.0.0", "sales.transactions"),),
        owner="insights-owner",
        purpose="Which campaigns work.",
        tags=("demo",),
        custom={"mesh.template": "cross-domain-view"},
    )
    return replace(basis, **changes)


HAND_WRITTEN = """
apiVersion: v1.0.0
kind: DataProduct
id: fbe8d147
status: draft
tenant: ACME
productCreatedTs: 2024-01-01T00:00:00Z
description:
  purpose: Orders
  authoritativeDefinitions:
    - type: tutorial
      url: https://example.org/t
inputPorts:
  - {name: raw, version: 1.0.0, contractId: c-1}
outputPorts:
  - name: orders
    version: 2.0.0
    contractId: c-2
    type: table
    sbom:
      - {type: external, url: 'https://example.org/sbom'}
    inputContracts:
      - {id: c-1, version: 1.0.0}
managementPorts:
  - {name: check, content: observability, type: rest, url: 'https://example.org/m'}
support:
  - {channel: '#help', url: 'https://example.org/h', tool: slack}
team:
  - {username: ann, role: owner, dateIn: '2024-01-01'}
  - {username: bob, role: steward}
customProperties:
  - {property: other, value: [1, 2]}
"""


def test_a_written_product_reads_back_as_the_same():
    assert parse_product(product_yaml(product())) == product()


def test_the_document_follows_the_standards_order_and_is_the_same_each_time():
    text = product_yaml(product())
    assert list(yaml.safe_load(text))[:4] == ["apiVersion", "kind", "id", "name"]
    assert product_yaml(parse_product(text)) == text


def test_saving_a_hand_written_product_unchanged_keeps_every_field():
    before = yaml.safe_load(HAND_WRITTEN.replace("2024-01-01T00:00:00Z", "'2024-01-01T00:00:00Z'"))
    assert yaml.safe_load(product_yaml(parse_product(HAND_WRITTEN))) == before


def test_a_new_version_of_a_port_keeps_what_others_wrote_about_it():
    read = parse_product(HAND_WRITTEN)
    edited = replace(read, output_ports=(replace(read.output_ports[0], version="3.0.0"),), owner="")
    document = yaml.safe_load(product_yaml(edited))
    assert document["outputPorts"][0]["version"] == "3.0.0"
    assert document["outputPorts"][0]["sbom"]
    assert [m["username"] for m in document["team"]] == ["bob"]


def test_a_port_that_is_gone_is_gone_from_the_document():
    read = parse_product(product_yaml(product()))
    assert "inputPorts" not in yaml.safe_load(product_yaml(replace(read, input_ports=())))


@pytest.mark.parametrize(
    ("before", "after", "path", "reason"),
    [
        ("status: draft\n", "", "its root", "'status' is a required property"),
        ("kind: DataProduct", "kind: DataContract", "kind", "'DataProduct' was expected"),
        ("tenant: ACME", "tennant: ACME", "its root", "'tennant' was unexpected"),
        ("v1.0.0\nkind", "v9\nkind", "apiVersion", "'v9' is none of v0.9.0, v1.0.0"),
        ("    version: 2.0.0\n", "", "outputPorts[0]", "'version' is a required property"),
        ("contractId: c-1}", "contract: c-1}", "inputPorts[0]", "'contract' was unexpected"),
        ("version: 2.0.0", "version: 2", "outputPorts[0].version", "should be of type string"),
        ("type: tutorial", "type: blog", "description.authoritativeDefinitions[0].type", "'blog' is none of"),
        ("content: observability, ", "", "managementPorts[0]", "'content' is a required property"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place_and_the_reason(before, after, path, reason):
    with pytest.raises(ContractInvalidError) as caught:
        parse_product(HAND_WRITTEN.replace(before, after))
    assert path in str(caught.value)
    assert reason in str(caught.value)


def test_what_would_not_be_valid_is_not_written():
    with pytest.raises(ContractInvalidError, match="status"):
        product_yaml(product(status=""))
