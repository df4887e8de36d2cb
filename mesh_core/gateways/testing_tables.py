"""Lay a table: its data as Parquet in S3, its definition in the Glue Data Catalog."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mesh_core.errors import InvalidInputError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Data: TypeAlias = "Sequence[Mapping[str, Any]] | str | Path | pa.Table | pd.DataFrame"

_FORMAT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquet"
_STORED = {
    "InputFormat": f"{_FORMAT}InputFormat",
    "OutputFormat": f"{_FORMAT}OutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}
_PLAIN = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "large_string": "string",
    "binary": "binary",
    "date32[day]": "date",
}


class Tables:
    """Lays tables in one bucket. `client` gives boto3 clients by service."""

    def __init__(self, client: Callable[[str], Any], bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def lay(self, database: str, name: str, data: Data, partitioned_by: Sequence[str]) -> str:
        """The table's full name. InvalidInputError for data that no table can hold."""
        arrow = _arrow(data)
        missing = [column for column in partitioned_by if column not in arrow.column_names]
        if missing:
            raise InvalidInputError(f"The data has no column {', '.join(missing)} to partition by. Nothing was laid.")
        types = {field.name: hive_type(field.type) for field in arrow.schema}
        self._clear(database, name)
        prefix = f"{database}/{name}/"
        columns = [{"Name": key, "Type": kind} for key, kind in types.items() if key not in partitioned_by]
        keys = [{"Name": key, "Type": types[key]} for key in partitioned_by]
        storage = {"Columns": columns, "Location": f"s3://{self._bucket}/{prefix}", **_STORED}
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "StorageDescriptor": storage, "PartitionKeys": keys}
        table["Parameters"] = {"EXTERNAL": "TRUE", "classification": "parquet"}
        self._client("glue").create_table(DatabaseName=database, TableInput=table)
        for values, part in _parts(arrow, partitioned_by):
            folder = prefix + "".join(f"{key}={value}/" for key, value in zip(partitioned_by, values, strict=True))
            self._client("s3").put_object(Bucket=self._bucket, Key=f"{folder}data.parquet", Body=_parquet(part))
            if partitioned_by:
                where = {**storage, "Location": f"s3://{self._bucket}/{folder}"}
                partition = {"Values": list(values), "StorageDescriptor": where}
                self._client("glue").create_partition(DatabaseName=database, TableName=name, PartitionInput=partition)
        return f"{database}.{name}"

    def _clear(self, database: str, name: str) -> None:
        glue, s3 = self._client("glue"), self._client("s3")
        try:
            glue.create_database(DatabaseInput={"Name": database, "CreateTableDefaultPermissions": []})
        except glue.exceptions.AlreadyExistsException:
            try:
                glue.delete_table(DatabaseName=database, Name=name)
            except glue.exceptions.EntityNotFoundException:
                return
            listed = s3.list_objects_v2(Bucket=self._bucket, Prefix=f"{database}/{name}/").get("Contents", [])
            for each in listed:
                s3.delete_object(Bucket=self._bucket, Key=each["Key"])


def _arrow(data: Data) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(data, str | Path):
        table = pq.read_table(data)
    elif isinstance(data, pa.Table):
        table = data
    elif hasattr(data, "to_numpy"):
        table = pa.Table.from_pandas(data, preserve_index=False)
    else:
        table = pa.Table.from_pylist(list(data))
    return table.rename_columns([name.lower() for name in table.column_names])


def hive_type(kind: pa.DataType) -> str:
    """The type in the catalog of an Arrow type. InvalidInputError for one that Hive has not, all-NULL columns too."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision},{kind.scale})"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"array<{hive_type(kind.value_type)}>"
    if pa.types.is_map(kind):
        return f"map<{hive_type(kind.key_type)},{hive_type(kind.item_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{hive_type(field.type)}' for field in kind)}>"
    if str(kind) not in _PLAIN:
        raise InvalidInputError(
            f"A column of type {kind} can't be laid. Nothing was laid. Give it values of one type, or a pyarrow schema."
        )
    return _PLAIN[str(kind)]


def _parts(table: pa.Table, keys: Sequence[str]) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    """The rows of each combination of partition values, without the keys' columns."""
    if not keys:
        yield (), table
        return
    import pyarrow as pa

    rows = list(zip(*(table.column(key).to_pylist() for key in keys), strict=True))
    for values in dict.fromkeys(rows):
        mask = pa.array([row == values for row in rows])
        yield tuple(str(value) for value in values), table.filter(mask).drop_columns(list(keys))


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    body = io.BytesIO()
    pq.write_table(table, body)
    return body.getvalue()
