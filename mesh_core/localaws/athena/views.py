"""Athena's views in Glue: the Presto view codec, and the statements of protected multi-dialect views.

A plain view is a VIRTUAL_VIEW whose ViewOriginalText is `/* Presto View: <base64 of JSON> */`. It is read as its
invoker. A Data Catalog view (ViewDefinition) carries one statement per dialect; its definer, a role, reads.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from mesh_core.localaws.athena.type_texts import parse_type
from mesh_core.localaws.athena.types import hive_type

PREFIX, SUFFIX = "/* Presto View: ", " */"


class Column(Protocol):
    """A column: name, and Trino's type text."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...


class BadViewError(Exception):
    """A view's stored text is none that Trino reads."""


@dataclass(frozen=True)
class View:
    """A stored view. columns: (name, Trino type text), () if not stored.

    definer, bases: of a protected view, the ARN of its role and all that it may read as (database, table); else None.
    """

    sql: str
    database: str
    columns: tuple[tuple[str, str], ...]
    definer: str | None = None
    bases: frozenset[tuple[str, str]] | None = None


def encode(name: str, sql: str, database: str, columns: Sequence[Column]) -> dict[str, Any]:
    """Glue's TableInput for a view of that name, whose unqualified tables are in `database`."""
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": each.name, "type": each.type} for each in columns],
    }
    text = base64.b64encode(json.dumps(document).encode()).decode()
    return {
        "Name": name.lower(),
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "StorageDescriptor": {
            "Columns": [{"Name": each.name, "Type": hive_type(parse_type(each.type))} for each in columns],
            "Location": "",
            "SerdeInfo": {},
        },
        "ViewOriginalText": f"{PREFIX}{text}{SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
    }


def is_view(table: dict[str, Any]) -> bool:
    """Whether a Glue table is a view of either kind."""
    return table.get("TableType") == "VIRTUAL_VIEW" or bool(table.get("ViewDefinition"))


def decode(table: dict[str, Any]) -> View:
    """The view that a Glue table stores. BadViewError when it has no text for Athena."""
    if table.get("ViewDefinition"):
        return _multi_dialect(table)
    text = table.get("ViewOriginalText") or ""
    if not (text.startswith(PREFIX) and text.endswith(SUFFIX)):
        raise BadViewError(f"View '{table['Name']}' has no text that Athena reads")
    try:
        document = json.loads(base64.b64decode(text[len(PREFIX) : -len(SUFFIX)], validate=True))
        columns = tuple((str(each["name"]), str(each["type"])) for each in document["columns"])
        return View(str(document["originalSql"]), str(document.get("schema") or table["DatabaseName"]), columns)
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise BadViewError(f"View '{table['Name']}' has damaged text") from error


def _multi_dialect(table: dict[str, Any]) -> View:
    definition = table["ViewDefinition"]
    for each in definition.get("Representations") or ():
        text = each.get("ViewExpandedText") or each.get("ViewOriginalText")
        if each.get("Dialect") == "ATHENA" and text:
            definer = str(definition.get("Definer") or "")
            return View(str(text), str(table["DatabaseName"]), (), definer, _bases(definition))
    raise BadViewError(f"View '{table['Name']}' has no Athena dialect")


def _bases(definition: dict[str, Any]) -> frozenset[tuple[str, str]]:
    parts = (arn.rsplit("/", 2) for arn in definition.get("SubObjects") or ())
    return frozenset((part[1].lower(), part[2].lower()) for part in parts if len(part) == 3)
