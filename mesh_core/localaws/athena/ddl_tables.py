"""Tables as Glue keeps them and as Hive writes them: CREATE TABLE -> TableInput -> SHOW CREATE TABLE. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

from mesh_core.localaws.athena.ddl_forms import Column, CreateTable, Properties
from mesh_core.localaws.athena.failures import QueryFailure, failure

_TEXT = "org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_PARQUET = (
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
)
_ORC = "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat"
_AVRO = (
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat",
    "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat",
)
_SEQUENCE = (
    "org.apache.hadoop.mapred.SequenceFileInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat",
)
_RC = "org.apache.hadoop.hive.ql.io.RCFileInputFormat", "org.apache.hadoop.hive.ql.io.RCFileOutputFormat"
_ION = "com.amazon.ionhiveserde.formats.IonInputFormat", "com.amazon.ionhiveserde.formats.IonOutputFormat"

FORMATS: dict[str, tuple[tuple[str, str], str]] = {
    "TEXTFILE": (_TEXT, LAZY_SIMPLE),
    "PARQUET": (_PARQUET, PARQUET_SERDE),
    "ORC": (_ORC, "org.apache.hadoop.hive.ql.io.orc.OrcSerde"),
    "AVRO": (_AVRO, "org.apache.hadoop.hive.serde2.avro.AvroSerDe"),
    "SEQUENCEFILE": (_SEQUENCE, LAZY_SIMPLE),
    "RCFILE": (_RC, "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe"),
    "JSONFILE": (_TEXT, "org.apache.hive.hcatalog.data.JsonSerDe"),
    "JSON": (_TEXT, JSON_SERDE),
    "ION": (_ION, "com.amazon.ionhiveserde.IonHiveSerDe"),
}
"""STORED AS -> ((input class, output class), SerDe class)."""

_READ_ONLY = (
    "DatabaseName", "CreateTime", "UpdateTime", "CreatedBy", "IsRegisteredWithLakeFormation", "CatalogId", "VersionId",
    "FederatedTable", "IsMultiDialectView", "IsMaterializedView", "Status",
)  # fmt: skip
_IN_HEADER = ("EXTERNAL", "comment", "transient_lastDdlTime")


def table_input(form: CreateTable, now_s: int) -> dict[str, Any]:
    """The Glue TableInput of CREATE EXTERNAL TABLE. QueryFailure for what Hive's analyser rejects."""
    _check(form)
    parameters = {"EXTERNAL": "TRUE", "transient_lastDdlTime": str(now_s), **texts(form.properties)}
    if form.comment is not None:
        parameters["comment"] = form.comment
    return {
        "Name": form.table.table,
        "Owner": "hadoop",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": _storage(form),
        "PartitionKeys": glue_columns(form.partition_keys),
        "Parameters": parameters,
    }


def _check(form: CreateTable) -> None:
    if not form.external:
        raise QueryFailure(
            "FAILED: SemanticException Athena creates external tables only. Write CREATE EXTERNAL TABLE ... LOCATION "
            "'s3://...', or CREATE TABLE ... AS SELECT. (Iceberg tables run on Athena but not on the local engine)"
        )
    if not form.location:
        raise QueryFailure("FAILED: SemanticException table location must be specified: add LOCATION 's3://...'")
    check_location(form.location)
    if not form.columns:
        raise QueryFailure("FAILED: SemanticException the table has no columns")
    names = [column.name for column in form.columns]
    no_duplicates(names)
    repeated = [key.name for key in form.partition_keys if key.name in names]
    if repeated:
        raise QueryFailure(
            f"FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns: {repeated[0]}"
        )


def no_duplicates(names: Iterable[str]) -> None:
    """QueryFailure for the first name that comes twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise QueryFailure(f"FAILED: SemanticException [Error 10036]: Duplicate column name: {name}")
        seen.add(name)


def check_location(location: str) -> None:
    """QueryFailure unless it is a folder in S3."""
    if not location.startswith(("s3://", "s3a://", "s3n://")) or len(location.split("/")) < 4:
        raise QueryFailure(
            f"FAILED: SemanticException location {location} is no folder in S3: write it as s3://bucket/folder/"
        )


def _storage(form: CreateTable) -> dict[str, Any]:
    stored_as = form.stored_as or "TEXTFILE"
    if stored_as not in FORMATS:
        raise failure("NOT_SUPPORTED", f"Unknown storage format {stored_as}; known are {', '.join(FORMATS)}")
    formats, serde = FORMATS[stored_as]
    input_format, output_format = form.formats or formats
    parameters = texts(form.row_format.parameters)
    if form.row_format.serde is None and "field.delim" in parameters:
        parameters.setdefault("serialization.format", parameters["field.delim"])
    bucket_columns, bucket_count = form.buckets or ((), -1)
    return {
        "Columns": glue_columns(form.columns),
        "Location": form.location,
        "InputFormat": input_format,
        "OutputFormat": output_format,
        "Compressed": False,
        "NumberOfBuckets": bucket_count,
        "SerdeInfo": {
            "SerializationLibrary": form.row_format.serde or serde,
            "Parameters": {"serialization.format": "1", **parameters},
        },
        "BucketColumns": list(bucket_columns),
        "SortColumns": [],
        "Parameters": {},
        "SkewedInfo": {
            "SkewedColumnNames": [],
            "SkewedColumnValues": [],
            "SkewedColumnValueLocationMaps": {},
        },
        "StoredAsSubDirectories": False,
    }


def glue_columns(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """Columns in Glue's shape."""
    return [
        {"Name": column.name, "Type": column.type} | ({"Comment": column.comment} if column.comment is not None else {})
        for column in columns
    ]


def texts(properties: Properties) -> dict[str, str]:
    """Properties as Glue's map of texts."""
    return {key: str(value) for key, value in properties}


def as_input(table: dict[str, Any]) -> dict[str, Any]:
    """A Table without what only Glue writes: a TableInput."""
    return {key: value for key, value in table.items() if key not in _READ_ONLY}


def partition_name(keys: list[str], values: list[str]) -> str:
    """`dt=2024-01-01/region=eu`, as Hive names the folder: special characters as %XX."""
    return "/".join(f"{key}={escaped(value)}" for key, value in zip(keys, values, strict=True))


def escaped(value: str) -> str:
    """A partition's value as Hive writes it in a folder's name."""
    return quote(value, safe=" !$&()+,-.;<>@_|~`") if value else "__HIVE_DEFAULT_PARTITION__"


def unescaped(text: str) -> str:
    """The value that a folder's name stands for."""
    return unquote(text)


def in_folder(location: str, name: str) -> str:
    """`s3://b/t/` + `dt=1` -> `s3://b/t/dt=1/`."""
    return f"{location.rstrip('/')}/{name}/"


def create_statement(table: dict[str, Any], written_name: str) -> list[str]:
    """SHOW CREATE TABLE's lines for a table, in Hive's layout."""
    storage = table["StorageDescriptor"]
    serde = storage.get("SerdeInfo", {})
    comment = table.get("Parameters", {}).get("comment") or table.get("Description")
    lines = [f"CREATE EXTERNAL TABLE `{written_name}`(", *_column_lines(storage.get("Columns", []))]
    lines += [f"COMMENT '{_quoted(comment)}'"] if comment else []
    if table.get("PartitionKeys"):
        lines += ["PARTITIONED BY ( ", *_column_lines(table["PartitionKeys"])]
    if storage.get("BucketColumns"):
        lines += ["CLUSTERED BY ( ", *_list_lines(storage["BucketColumns"], "  {} ")]
        lines += [f"INTO {storage.get('NumberOfBuckets', -1)} BUCKETS"]
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    if serde.get("Parameters"):
        lines += ["WITH SERDEPROPERTIES ( ", *_property_lines(serde["Parameters"], ") ")]
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{storage.get('Location', '')}'"]
    shown = {key: value for key, value in table.get("Parameters", {}).items() if key not in _IN_HEADER}
    if "transient_lastDdlTime" in table.get("Parameters", {}):
        shown["transient_lastDdlTime"] = table["Parameters"]["transient_lastDdlTime"]
    return lines + (["TBLPROPERTIES (", *_property_lines(shown, ")")] if shown else [])


def _column_lines(columns: list[dict[str, Any]]) -> list[str]:
    def text(column: dict[str, Any]) -> str:
        comment = f" COMMENT '{_quoted(column['Comment'])}'" if column.get("Comment") else ""
        return f"  `{column['Name']}` {column['Type']}{comment}"

    shown = [text(column) for column in columns]
    return [f"{line}, " for line in shown[:-1]] + [f"{line})" for line in shown[-1:]]


def _list_lines(names: list[str], layout: str) -> list[str]:
    shown = [layout.format(name).rstrip() for name in names]
    return [f"{line}, " for line in shown[:-1]] + [f"{line}) " for line in shown[-1:]]


def _property_lines(properties: dict[str, str], end: str) -> list[str]:
    shown = [f"  '{_quoted(key)}'='{_quoted(value)}'" for key, value in sorted(properties.items())]
    return [f"{line}, " for line in shown[:-1]] + [f"{line}{end}" for line in shown[-1:]]


def _quoted(text: str) -> str:
    return (
        text.replace("\\", "\\\\")
        .replace("'", "\\'")
        .replace("\n", "\\n")
        .replace("\t", "\\t")
        .replace("\x01", "\\u0001")
    )
