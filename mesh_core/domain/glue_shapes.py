"""Tables, views and databases in the shape of Glue's API, and back. Pure text work.

A view is stored as Athena and Trino store it: TableType VIRTUAL_VIEW, parameter presto_view, the SQL as base64 JSON in
ViewOriginalText. Source: Trino's ViewReaderUtil and Glue's TableInput.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from mesh_core.domain.world import Column, Database, Table

PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
_PREFIX, _SUFFIX = "/* Presto View: ", " */"
_SIMPLE = {"string": "varchar", "binary": "varbinary", "float": "real", "int": "integer"}
TABLE_INPUT_KEYS = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
    "ViewExpandedText",
    "TableType",
    "Parameters",
    "TargetTable",
)
DATABASE_INPUT_KEYS = ("Name", "Description", "LocationUri", "Parameters")
PARTITION_INPUT_KEYS = ("Values", "StorageDescriptor", "Parameters")


def table_input(table: Table, storage: Mapping[str, Any] | None = None) -> str:
    """A TableInput as deterministic JSON; `storage` overrides the Parquet formats of the StorageDescriptor."""
    if table.view_sql is not None:
        return _text(_view_input(table, table.view_sql))
    descriptor = {**PARQUET, **(storage or {}), "Columns": _columns(table.columns), "Location": table.location}
    return _text(
        {
            "Name": table.name,
            "Description": table.description,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", **table.parameters},
            "PartitionKeys": _columns(table.partition_keys),
            "StorageDescriptor": descriptor,
        }
    )


def _view_input(table: Table, sql: str) -> dict[str, Any]:
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": table.database,
        "columns": [{"name": c.name, "type": trino_type(c.type)} for c in table.columns],
    }
    encoded = base64.b64encode(json.dumps(document, ensure_ascii=False).encode()).decode()
    return {
        "Name": table.name,
        "Description": table.description,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View", **table.parameters},
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": _columns(table.columns), "SerdeInfo": {}},
        "ViewOriginalText": f"{_PREFIX}{encoded}{_SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
    }


def _columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{"Name": c.name, "Type": c.type, **({"Comment": c.description} if c.description else {})} for c in columns]


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, ensure_ascii=False)


def table_of(database: str, document: Mapping[str, Any]) -> Table:
    """A Glue Table or TableInput as our Table; what Glue leaves out is empty."""
    storage = document.get("StorageDescriptor") or {}
    return Table(
        database=database,
        name=document["Name"],
        columns=_read_columns(storage.get("Columns")),
        partition_keys=_read_columns(document.get("PartitionKeys")),
        location=storage.get("Location") or "",
        description=document.get("Description") or "",
        view_sql=view_sql(document),
        parameters=dict(document.get("Parameters") or {}),
        definer=str((document.get("ViewDefinition") or {}).get("Definer") or ""),
    )


def _read_columns(columns: Iterable[Mapping[str, str]] | None) -> tuple[Column, ...]:
    return tuple(Column(c["Name"], c.get("Type") or "string", c.get("Comment") or "") for c in columns or ())


def view_sql(document: Mapping[str, Any]) -> str | None:
    """A view's SQL, None for a table; "" for a view that was not written by Athena or Trino.

    A protected view carries one statement for each dialect: Athena's is taken.
    """
    if definition := document.get("ViewDefinition"):
        texts = (one for one in definition.get("Representations") or () if one.get("Dialect") == "ATHENA")
        return next((one.get("ViewExpandedText") or one.get("ViewOriginalText") or "" for one in texts), "")
    if document.get("TableType") != "VIRTUAL_VIEW":
        return None
    text = (document.get("ViewOriginalText") or "").strip()
    if not (text.startswith(_PREFIX) and text.endswith(_SUFFIX)):
        return ""
    try:
        return str(json.loads(base64.b64decode(text[len(_PREFIX) : -len(_SUFFIX)]))["originalSql"])
    except (ValueError, KeyError):
        return ""


def database_input(database: Database) -> str:
    """A DatabaseInput as deterministic JSON. Glue takes no empty LocationUri."""
    return _text(
        {
            "Name": database.name,
            "Description": database.description,
            **({"LocationUri": database.location} if database.location else {}),
            "Parameters": dict(database.parameters),
        }
    )


def database_of(document: Mapping[str, Any]) -> Database:
    """A Glue Database or DatabaseInput as our Database."""
    return Database(
        document["Name"],
        document.get("LocationUri") or "",
        document.get("Description") or "",
        dict(document.get("Parameters") or {}),
    )


def only(document: Mapping[str, Any], keys: Iterable[str]) -> str:
    """The members that an input shape has, as deterministic JSON: what an undo needs to create it again."""
    return _text({key: document[key] for key in keys if document.get(key) is not None})


def trino_type(hive_type: str) -> str:
    """`array<struct<a:string>>` -> `array(row(a varchar))`."""
    text = hive_type.strip().lower()
    if text.startswith("array<"):
        return f"array({trino_type(text[6:-1])})"
    if text.startswith("map<"):
        return f"map({', '.join(trino_type(part) for part in _split(text[4:-1]))})"
    if text.startswith("struct<"):
        fields = (part.split(":", 1) for part in _split(text[7:-1]))
        return f"row({', '.join(f'{name} {trino_type(kind)}' for name, kind in fields)})"
    return _SIMPLE.get(text, text)


def hive_type(trino: str) -> str:
    """`array(row(a varchar))` -> `array<struct<a:string>>`; lengths of varchar are dropped."""
    text = trino.strip().lower()
    if text.startswith("array("):
        return f"array<{hive_type(text[6:-1])}>"
    if text.startswith("map("):
        return f"map<{','.join(hive_type(part) for part in _split(text[4:-1]))}>"
    if text.startswith("row("):
        fields = (part.strip().split(" ", 1) for part in _split(text[4:-1]))
        pairs = (f"{name.strip(chr(34))}:{hive_type(kind)}" for name, kind in fields)
        return f"struct<{','.join(pairs)}>"
    if re.match(r"varchar|char\b|json|time\b|uuid|ipaddress|interval", text):
        return "string"
    if text.startswith("timestamp"):
        return "timestamp"
    return {"varbinary": "binary", "real": "float", "integer": "int"}.get(text, text.replace(" ", ""))


def _split(text: str) -> list[str]:
    """At the commas of the outermost level."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]
