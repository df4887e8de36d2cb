"""The data contract of one output port: an ODCS v3.2 document, one for each Glue table.

The document in S3 is the truth; a `PortContract` is what the portal reads from it and sets in it. Whatever else stands
in a document (quality rules, prices, roles, other tools' properties) outlives an edit.

Validation asks the standard's own JSON schema first and the model second: the model drops a misspelt field below the
root without a word, the schema names it.
"""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard
from pydantic import ValidationError

from mesh_core.domain import documents, hive_types, promises
from mesh_core.domain.documents import Document, put
from mesh_core.errors import ContractInvalidError, InvalidInputError

API_VERSION = "v3.2.0"
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
SERVER = "athena"
_ORDER = (
    "apiVersion kind id name version status domain dataProduct tenant description tags servers schema support price "
    "team roles slaDefaultElement slaProperties authoritativeDefinitions customProperties contractCreatedTs"
)


@dataclass(frozen=True)
class ContractColumn:
    """A column: `hive_type` is the physical type, `classification` free text such as `confidential`."""

    name: str
    hive_type: str
    description: str = ""
    classification: str = ""
    required: bool = False
    partitioned: bool = False
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class PortContract:
    """The portal's part of a port's contract.

    `product` is `domain.name`; `table`, `database` and `region` say where Athena finds the port; `owner` is the owning
    team or role; `custom` are customProperties to set, with values of any JSON
    type; others in the document stay. `document` is the whole document that was
    read, into which `contract_yaml` writes; it takes no part in comparisons. `contact` is where readers ask (the entry
    `contact` of `support`), `retention_days` how long rows are kept (`retention` of `slaProperties`), 0 for not said.
    """

    id: str
    version: str
    status: str
    name: str
    domain: str
    product: str
    table: str
    database: str
    region: str
    columns: tuple[ContractColumn, ...]
    owner: str = ""
    purpose: str = ""
    usage: str = ""
    limitations: str = ""
    tags: tuple[str, ...] = ()
    physical_type: str = "table"
    custom: Mapping[str, Any] = field(default_factory=dict)
    contact: str = ""
    retention_days: int = 0
    document: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


def contract_yaml(contract: PortContract) -> str:
    """The whole document as YAML, valid ODCS; ContractInvalidError when it would not be."""
    document = _written(contract)
    validate(document)
    return documents.dump(document)


def parse_contract(text: str) -> PortContract:
    """The contract in `text`; ContractInvalidError says where it isn't ODCS, or isn't about one table."""
    document = documents.load(text)
    validate(document)
    schemas = document.get("schema") or []
    if len(schemas) != 1:
        raise ContractInvalidError("schema", f"a port's contract describes one table, this one {len(schemas)}.")
    server: Mapping[str, Any] = next((s for s in document.get("servers") or [] if s.get("type") == "athena"), {})
    description: Mapping[str, Any] = document.get("description") or {}
    table = schemas[0]
    return PortContract(
        id=document["id"],
        version=document["version"],
        status=document.get("status", ""),
        name=document.get("name", ""),
        domain=document.get("domain", ""),
        product=document.get("dataProduct", ""),
        table=table.get("physicalName") or table["name"],
        database=server.get("schema", ""),
        region=server.get("regionName", ""),
        columns=tuple(_column(p, f"schema[0].properties[{i}]") for i, p in enumerate(table.get("properties") or ())),
        owner=_owner(document),
        purpose=description.get("purpose", ""),
        usage=description.get("usage", ""),
        limitations=description.get("limitations", ""),
        tags=tuple(document.get("tags") or ()),
        physical_type=table.get("physicalType", "table"),
        custom=documents.custom_properties(document),
        contact=promises.contact_of(document),
        retention_days=promises.retention_of(document),
        document=document,
    )


def validate(document: Document) -> None:
    """ContractInvalidError unless it is an ODCS document, by the standard's schema and then by the model."""
    documents.validate(document, _schema())
    try:
        OpenDataContractStandard.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise ContractInvalidError(documents.path_of(first["loc"]), f"{first['msg']}.") from error


def sha256(text: str) -> str:
    """The digest that `mesh.contract_sha256` and the like compare."""
    return documents.sha256(text)


@cache
def _schema() -> dict[str, Any]:
    text = importlib.resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _written(contract: PortContract) -> Document:
    document: Document = dict(contract.document)
    document.setdefault("apiVersion", API_VERSION)
    document["kind"] = "DataContract"
    for key, value in (
        ("id", contract.id),
        ("version", contract.version),
        ("status", contract.status),
        ("name", contract.name),
        ("domain", contract.domain),
        ("dataProduct", contract.product),
        ("tags", list(contract.tags)),
        ("description", _description(contract)),
        ("servers", _servers(contract)),
        ("schema", [_table(contract)]),
        ("team", _team(contract)),
        ("support", promises.support(contract.document, contract.contact)),
        ("slaProperties", promises.sla_properties(contract.document, contract.retention_days)),
    ):
        put(document, key, value)
    documents.put_custom_properties(document, contract.custom)
    order = _ORDER.split()
    return documents.ordered(document, lambda key: order.index(key) if key in order else len(order))


def _description(contract: PortContract) -> Document:
    description = dict(contract.document.get("description") or {})
    put(description, "purpose", contract.purpose)
    put(description, "usage", contract.usage)
    put(description, "limitations", contract.limitations)
    return description


def _servers(contract: PortContract) -> list[Document]:
    others = [s for s in contract.document.get("servers") or () if s.get("type") != "athena"]
    mine = next((dict(s) for s in contract.document.get("servers") or () if s.get("type") == "athena"), {})
    mine = {"server": SERVER, "type": "athena", **mine}
    put(mine, "catalog", mine.get("catalog", "awsdatacatalog"))
    put(mine, "schema", contract.database)
    put(mine, "regionName", contract.region)
    return [mine, *others] if contract.database else others


def _team(contract: PortContract) -> Any:
    team = contract.document.get("team")
    if isinstance(team, list):  # ODCS 3.0's form: members only, the owner is one of them
        others = [m for m in team if m.get("role") != "owner"]
        mine = next((dict(m) for m in team if m.get("role") == "owner"), {})
        return [{**mine, "username": contract.owner, "role": "owner"}, *others] if contract.owner else others
    team = dict(team or {})
    put(team, "name", contract.owner)
    return team


def _owner(document: Document) -> str:
    team = document.get("team") or {}
    if isinstance(team, list):
        return next((str(m["username"]) for m in team if m.get("role") == "owner"), "")
    return str(team.get("name", ""))


def _table(contract: PortContract) -> Document:
    before = dict((contract.document.get("schema") or [{}])[0])
    table: Document = {"name": contract.table, **before, "physicalName": contract.table}
    table["physicalType"] = contract.physical_type
    table.setdefault("logicalType", "object")
    known = before.get("properties")
    positions = [c.name for c in contract.columns if c.partitioned]
    table["properties"] = [_property(c, documents.named(known, c.name), positions) for c in contract.columns]
    return table


def _property(column: ContractColumn, known: Document, partitions: list[str]) -> Document:
    """The column's entry: what was there before, with our fields set."""
    logical = hive_types.logical_type(column.hive_type)
    if known.get("physicalType") != column.hive_type or "logicalType" not in known:
        # Options belong to a logical type: a length on what is now a number would make the document invalid.
        if known.get("logicalType") != logical:
            known.pop("logicalTypeOptions", None)
        known["logicalType"] = logical
    known["physicalType"] = column.hive_type
    put(known, "description", column.description)
    put(known, "classification", column.classification)
    put(known, "required", column.required or None)
    put(known, "partitioned", column.partitioned or None)
    put(known, "partitionKeyPosition", partitions.index(column.name) + 1 if column.partitioned else None)
    put(known, "tags", list(column.tags))
    return known


def _column(entry: Mapping[str, Any], path: str) -> ContractColumn:
    physical = entry.get("physicalType", "string")
    try:
        hive_types.parse(physical)
    except InvalidInputError as error:
        raise ContractInvalidError(f"{path}.physicalType", f"'{physical}' is not a column type of Athena.") from error
    return ContractColumn(
        name=entry.get("physicalName") or entry["name"],
        hive_type=physical,
        description=entry.get("description", ""),
        classification=entry.get("classification", ""),
        required=bool(entry.get("required", False)),
        partitioned=bool(entry.get("partitioned", False)),
        tags=tuple(entry.get("tags") or ()),
    )
