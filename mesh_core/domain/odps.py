"""The document of a data product: Bitol ODPS v1.0.0, one for each product; its output ports point to their contracts.

As with contracts, the document in S3 is the truth, and what the portal doesn't know in it outlives an edit. No model of
this standard is published, so `schemas/odps-v1.json`, this project's own wording of the standard's rules, validates it.
(Two standards bear this name: the other one is of the Open Data Product Initiative.)
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mesh_core.domain import documents
from mesh_core.domain.documents import Document, put

API_VERSION = "v1.0.0"
_ORDER = (
    "apiVersion kind id name version status domain tenant description tags inputPorts outputPorts managementPorts "
    "support team authoritativeDefinitions customProperties productCreatedTs"
)


@dataclass(frozen=True)
class OutputPort:
    """A port that others read: one table or view. `contract_id` is the `id` of its ODCS document."""

    name: str
    version: str
    contract_id: str
    description: str = ""
    type: str = "table"


@dataclass(frozen=True)
class InputPort:
    """What the product is made from: another product's port, by its contract."""

    name: str
    version: str
    contract_id: str


@dataclass(frozen=True)
class ProductDocument:
    """The portal's part of a product's document; `document` is all of it, and takes no part in comparisons."""

    id: str
    name: str
    version: str
    status: str
    domain: str
    output_ports: tuple[OutputPort, ...]
    input_ports: tuple[InputPort, ...] = ()
    owner: str = ""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tags: tuple[str, ...] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


def product_yaml(product: ProductDocument) -> str:
    """The whole document as YAML, valid ODPS; ContractInvalidError when it would not be."""
    document = _written(product)
    validate(document)
    return documents.dump(document)


def parse_product(text: str) -> ProductDocument:
    """The product in `text`; ContractInvalidError says where it isn't ODPS."""
    document = documents.load(text)
    validate(document)
    description: Mapping[str, Any] = document.get("description") or {}
    return ProductDocument(
        id=document["id"],
        name=document.get("name", ""),
        version=document.get("version", ""),
        status=document["status"],
        domain=document.get("domain", ""),
        output_ports=tuple(_output(p) for p in document.get("outputPorts") or ()),
        input_ports=tuple(
            InputPort(p["name"], p["version"], p["contractId"]) for p in document.get("inputPorts") or ()
        ),
        owner=next((str(m.get("username", "")) for m in document.get("team") or () if m.get("role") == "owner"), ""),
        purpose=description.get("purpose", ""),
        usage=description.get("usage", ""),
        limitations=description.get("limitations", ""),
        tags=tuple(document.get("tags") or ()),
        custom=documents.custom_properties(document),
        document=document,
    )


def validate(document: Document) -> None:
    """ContractInvalidError unless it is an ODPS v1.0.0 (or v0.9.0) document."""
    documents.validate(document, _schema())


@cache
def _schema() -> dict[str, Any]:
    text = importlib.resources.files("mesh_core.domain").joinpath("schemas/odps-v1.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _written(product: ProductDocument) -> Document:
    document: Document = dict(product.document)
    document.setdefault("apiVersion", API_VERSION)
    document["kind"] = "DataProduct"
    for key, value in (
        ("id", product.id),
        ("name", product.name),
        ("version", product.version),
        ("status", product.status),
        ("domain", product.domain),
        ("description", _description(product)),
        ("tags", list(product.tags)),
        ("inputPorts", [_input_entry(product, p) for p in product.input_ports]),
        ("outputPorts", [_output_entry(product, p) for p in product.output_ports]),
        ("team", _team(product)),
    ):
        put(document, key, value)
    documents.put_custom_properties(document, product.custom)
    order = _ORDER.split()
    return documents.ordered(document, lambda key: order.index(key) if key in order else len(order))


def _description(product: ProductDocument) -> Document:
    description = dict(product.document.get("description") or {})
    put(description, "purpose", product.purpose)
    put(description, "usage", product.usage)
    put(description, "limitations", product.limitations)
    return description


def _input_entry(product: ProductDocument, port: InputPort) -> Document:
    known = documents.named(product.document.get("inputPorts"), port.name)
    return {**known, "version": port.version, "contractId": port.contract_id}


def _output_entry(product: ProductDocument, port: OutputPort) -> Document:
    entry = documents.named(product.document.get("outputPorts"), port.name)
    entry["version"] = port.version
    put(entry, "description", port.description)
    put(entry, "type", port.type)
    put(entry, "contractId", port.contract_id)
    return entry


def _output(entry: Mapping[str, Any]) -> OutputPort:
    return OutputPort(
        name=entry["name"],
        version=entry["version"],
        contract_id=entry.get("contractId", ""),
        description=entry.get("description", ""),
        type=entry.get("type", "table"),
    )


def _team(product: ProductDocument) -> list[Document]:
    members = [dict(m) for m in product.document.get("team") or ()]
    others = [m for m in members if m.get("role") != "owner"]
    if not product.owner:
        return others
    mine = next((m for m in members if m.get("role") == "owner"), {})
    return [{**mine, "username": product.owner, "role": "owner"}, *others]
