"""Where and how a writing statement writes: location, format, compression, partitions. Pure decisions.

CTAS and UNLOAD say it in WITH (...), INSERT takes it from the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.athena import ddl_forms as f
from mesh_core.localaws.athena.ddl_tables import FORMATS, JSON_SERDE, LAZY_SIMPLE, PARQUET_SERDE, check_location
from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.projection import has_template, is_projected
from mesh_core.localaws.athena.workgroups import WorkGroup

_COMMON = {"format", "write_compression", "field_delimiter", "partitioned_by", "compression_level"}
_CTAS = _COMMON | {
    "external_location", "bucketed_by", "bucket_count", "orc_compression", "parquet_compression", "is_external",
    "table_type", "location",
}  # fmt: skip
_UNLOAD = _COMMON | {"compression"}
_STORED = {"PARQUET": "PARQUET", "JSON": "JSON", "TEXTFILE": "TEXTFILE", "ORC": "ORC", "AVRO": "AVRO"}
_SERDES = {
    PARQUET_SERDE: "PARQUET",
    LAZY_SIMPLE: "TEXTFILE",
    JSON_SERDE: "JSON",
    "org.apache.hive.hcatalog.data.JsonSerDe": "JSON",
    "org.apache.hadoop.hive.serde2.JsonSerDe": "JSON",
}
_DEFAULT_COMPRESSION = {"PARQUET": "GZIP", "JSON": "GZIP", "TEXTFILE": "GZIP"}
_NOT_STORED = {"time", "zone", "json", "uuid", "interval", "ipaddress", "hyperloglog", "unknown"}
_CONTROL_A = "\x01"


@dataclass(frozen=True)
class Target:
    """format: PARQUET, JSON or TEXTFILE; compression upper-case or NONE; columns: (name, Hive type) to convert to."""

    location: str
    format: str
    compression: str
    partitioned_by: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] | None = None
    delimiter: str = _CONTROL_A
    null_text: str = "\\N"


def ctas_target(form: f.CreateTableAs, output: str, group: WorkGroup) -> Target:
    """Where CTAS writes: `external_location`, else a folder of its own under the query's output."""
    properties = dict(form.properties)
    if str(properties.get("table_type", "HIVE")).upper() == "ICEBERG":
        raise unsupported("CREATE TABLE AS for an Iceberg table")
    _known(properties, _CTAS, "table")
    if "bucketed_by" in properties:
        raise unsupported("CREATE TABLE AS with bucketed_by")
    external = properties.get("external_location")
    if external and group.configuration["EnforceWorkGroupConfiguration"]:
        raise failure(
            "INVALID_TABLE_PROPERTY",
            "The Create Table As Select query failed because it was submitted with an 'external_location' property to "
            f"an Athena Workgroup that enforces a centralized output location for all queries ({group.name}). Please "
            "remove the 'external_location' property and resubmit the query",
        )
    location = str(external or f"{output}/")
    check_location(location)
    return _from_properties(properties, location, "PARQUET")


def unload_target(form: f.Unload) -> Target:
    """Where UNLOAD writes."""
    properties = dict(form.properties)
    _known(properties, _UNLOAD, "unload")
    check_location(form.to)
    if "compression" in properties:
        properties["write_compression"] = properties["compression"]
    return _from_properties(properties, form.to, "PARQUET")


def insert_target(form: f.Insert, table: dict[str, Any]) -> tuple[Target, str]:
    """Where INSERT writes, and its query with a value for every column of the table."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    library, parameters = serde.get("SerializationLibrary", ""), serde.get("Parameters", {})
    if table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG":
        raise unsupported("INSERT INTO an Iceberg table")
    if is_projected(table) and has_template(table):
        raise unsupported("INSERT INTO a table with partition projection and a storage.location.template")
    if library not in _SERDES:
        raise unsupported(f"INSERT INTO a table of SerDe {library or 'unknown'}")
    if storage.get("NumberOfBuckets", -1) > 0 and storage.get("BucketColumns"):
        raise failure("NOT_SUPPORTED", "INSERT INTO a bucketed table is not supported")
    stored = _SERDES[library]
    settings = {key.lower(): value for key, value in table.get("Parameters", {}).items()}
    compression = settings.get(f"{stored.lower()}.compression") or settings.get("write.compression")
    keys = tuple(key["Name"].lower() for key in table.get("PartitionKeys", []))
    columns = [*storage.get("Columns", []), *table.get("PartitionKeys", [])]
    target = Target(
        storage["Location"],
        stored,
        (compression or ("SNAPPY" if stored == "PARQUET" else "NONE")).upper(),
        keys,
        tuple((column["Name"].lower(), column["Type"]) for column in columns),
        parameters.get("field.delim") or parameters.get("serialization.format", _CONTROL_A).replace("1", _CONTROL_A),
        parameters.get("serialization.null.format", "\\N"),
    )
    return target, _completed(form, [name for name, _ in target.columns or ()])


def _completed(form: f.Insert, names: list[str]) -> str:
    if form.columns is None:
        return form.sql
    unknown = [name for name in form.columns if name not in names]
    if unknown:
        raise failure("COLUMN_NOT_FOUND", f"line 1:1: Insert column name does not exist in target table: {unknown[0]}")
    repeated = next((name for name in form.columns if form.columns.count(name) > 1), None)
    if repeated:
        raise failure("DUPLICATE_COLUMN_NAME", f"line 1:1: Insert column name is specified more than once: {repeated}")
    if list(form.columns) == names:
        return form.sql
    values = ", ".join(_quoted(name) if name in form.columns else "NULL" for name in names)
    given = ", ".join(_quoted(name) for name in form.columns)
    return f"SELECT {values} FROM (\n{form.sql}\n) AS inserted ({given})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _known(properties: dict[str, object], known: set[str], what: str) -> None:
    unknown = sorted(set(properties) - known)
    if unknown:
        raise failure(
            "INVALID_TABLE_PROPERTY",
            f"line 1:1: {what} property '{unknown[0]}' does not exist; known are {', '.join(sorted(known))}",
        )


def _from_properties(properties: dict[str, object], location: str, default: str) -> Target:
    stored = str(properties.get("format", default)).upper()
    if stored not in _STORED:
        raise failure("INVALID_TABLE_PROPERTY", f"Unknown format {stored}; known are {', '.join(_STORED)}")
    if stored not in _DEFAULT_COMPRESSION:
        raise unsupported(f"Writing {stored}")
    compression = properties.get("write_compression") or properties.get(f"{stored.lower()}_compression")
    keys = properties.get("partitioned_by", ())
    if not isinstance(keys, tuple):
        raise failure("INVALID_TABLE_PROPERTY", "partitioned_by must be ARRAY['column', ...]")
    return Target(
        location,
        stored,
        str(compression or _DEFAULT_COMPRESSION[stored]).upper(),
        tuple(str(key).lower() for key in keys),
        delimiter=str(properties.get("field_delimiter", _CONTROL_A)),
    )


def check_columns(names: Sequence[str], partitioned_by: Sequence[str] = ()) -> None:
    """QueryFailure unless every column has a name of its own and partition keys come last, in their order."""
    for position, name in enumerate(names, 1):
        if not name or name.startswith("_col") and name[4:].isdecimal():
            raise failure("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {position}")
        if name.lower() in [each.lower() for each in names[: position - 1]]:
            raise failure("DUPLICATE_COLUMN_NAME", f"line 1:1: Column name '{name}' specified more than once")
    last = [name.lower() for name in names[len(names) - len(partitioned_by) :]] if partitioned_by else []
    if last != list(partitioned_by):
        raise failure(
            "INVALID_TABLE_PROPERTY",
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            f"[{', '.join(partitioned_by)}]",
        )
    if partitioned_by and len(partitioned_by) == len(names):
        raise failure("INVALID_TABLE_PROPERTY", "Table contains only partition columns")


def check_types(columns: Sequence[tuple[str, str]]) -> None:
    """QueryFailure for a column (name, Trino type) that no Hive table can store."""
    for name, kind in columns:
        words = set(re.findall(r"[a-z]+", re.sub(r'"[^"]*"', "", kind.lower())))
        if kind == "unknown":
            raise failure("NOT_SUPPORTED", f"Column '{name}' has no type: Column type is unknown, CAST it to one")
        if words & _NOT_STORED and "row" not in words:
            raise failure("NOT_SUPPORTED", f"Unsupported Hive type: {kind} (column '{name}'): CAST it to another")


def new_table(name: str, columns: Sequence[tuple[str, str]], target: Target, now_s: int) -> dict[str, Any]:
    """The Glue TableInput of CTAS; columns are (name, Hive type)."""
    (input_format, output_format), serde = FORMATS[target.format]
    data = [{"Name": column, "Type": kind} for column, kind in columns if column.lower() not in target.partitioned_by]
    keys = [{"Name": column, "Type": kind} for column, kind in columns if column.lower() in target.partitioned_by]
    parameters = {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(now_s), "has_encrypted_data": "false"}
    if target.format == "PARQUET":
        parameters["parquet.compression"] = target.compression
    delimited = {"field.delim": target.delimiter} if target.format == "TEXTFILE" else {}
    return {
        "Name": name,
        "Owner": "hadoop",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": {
            "Columns": data,
            "Location": target.location,
            "InputFormat": input_format,
            "OutputFormat": output_format,
            "Compressed": False,
            "NumberOfBuckets": -1,
            "SerdeInfo": {
                "Name": name,
                "SerializationLibrary": serde,
                "Parameters": {"serialization.format": target.delimiter if delimited else "1", **delimited},
            },
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": {},
            "StoredAsSubDirectories": False,
        },
        "PartitionKeys": keys,
        "Parameters": parameters,
    }
