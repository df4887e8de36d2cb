"""Files that lie in S3 already, looked at so that a table can be laid over them where they are.

A few of the files are downloaded and read as an upload would be. What the table can't say of them (encodings, headers
that differ, names that Athena can't read) is refused by name: laid over them all the same, it would misread rows.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, assert_never

from mesh_core.domain.intents import Draft
from mesh_core.domain.names import split_s3_uri
from mesh_core.domain.publish import location_problem
from mesh_core.domain.publish_wizard import Intake, sql_fingerprint, with_columns
from mesh_core.domain.schema import ColumnSpec, InferredSchema
from mesh_core.domain.world import World
from mesh_core.errors import InvalidInputError, NotFoundError
from mesh_core.services.ports import ObjectInfo, StorageReader
from mesh_core.services.ports_uploads import UploadReader

LOOKED_AT = 3
# What is read here passes through this machine, so it is held to the size of an upload.
MAX_READ_BYTES = 200 * 1024 * 1024
_TEXT_FORMATS = {
    "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
}


@dataclass(frozen=True)
class _Look:
    """One file as it was read."""

    key: str
    schema: InferredSchema
    columns: tuple[ColumnSpec, ...]
    storage: str


class Locations:
    """Reads files under a prefix as the portal."""

    def __init__(self, storage: StorageReader, uploads: UploadReader) -> None:
        self._storage, self._uploads = storage, uploads

    def inspect(self, world: World, draft: Draft, intake: Intake) -> tuple[Draft, Intake]:
        """The draft with the files' columns and storage; the intake's notes say what was looked at.

        InvalidInputError for a place or files that can't be a table, NotFoundError where there are no files.
        """
        location = draft.location if draft.location.endswith("/") else f"{draft.location}/"
        problem = location_problem(world, replace(draft, location=location))
        if problem:
            raise InvalidInputError(f"{problem} Nothing was changed.")
        bucket, prefix = split_s3_uri(location)
        files = self._files(bucket, prefix)
        looks = [self._look(bucket, one) for one in _chosen(files)]
        for other in looks[1:]:
            _require_alike(looks[0], other)
        words = {c.name: c.description for c in draft.columns}
        columns = tuple(replace(c, description=words.get(c.name, "")) for c in looks[0].columns)
        found = replace(with_columns(draft, columns), location=location, storage=looks[0].storage)
        schema = replace(looks[0].schema, columns=columns, questions=(), notes=_notes(files, looks))
        written = sql_fingerprint(f"{location}\n{looks[0].storage}\n{[(c.name, c.hive_type) for c in columns]}")
        return found, replace(intake, schema=schema, columns=columns, written=written)

    def sample(self, draft: Draft, rows: int) -> list[dict[str, Any]]:
        """The first rows of the smallest file under the draft's location, as they were inferred."""
        bucket, prefix = split_s3_uri(draft.location)
        file = _chosen(self._files(bucket, prefix))[0]
        with tempfile.TemporaryDirectory(prefix="mesh-look-") as folder:
            path = Path(folder) / "file"
            self._storage.get_file(bucket, file.key, path)
            return self._uploads.sample(path, self._uploads.read_upload(path, _name_of(file)), rows)

    def _files(self, bucket: str, prefix: str) -> tuple[ObjectInfo, ...]:
        found = tuple(o for o in self._storage.objects(bucket, prefix) if o.size_bytes and not _is_hidden(o.key))
        if not found:
            raise NotFoundError(
                f"There are no files under s3://{bucket}/{prefix}. Nothing was changed. Check the location, or put "
                "Parquet, CSV or JSON files there first."
            )
        return found

    def _look(self, bucket: str, file: ObjectInfo) -> _Look:
        name = _name_of(file)
        with tempfile.TemporaryDirectory(prefix="mesh-look-") as folder:
            path = Path(folder) / "file"
            self._storage.get_file(bucket, file.key, path)
            schema = self._uploads.read_upload(path, name)
            with path.open("rb") as opened:
                head = opened.read(64).lstrip()
        columns, storage = _laid_over(name, schema, head)
        return _Look(file.key, schema, columns, storage)


def _name_of(file: ObjectInfo) -> str:
    return file.key.rpartition("/")[2]


def _is_hidden(key: str) -> bool:
    """What Athena leaves out: names that begin with _ or a dot."""
    return key.rpartition("/")[2][:1] in ("", "_", ".")


def _chosen(files: tuple[ObjectInfo, ...]) -> list[ObjectInfo]:
    smallest = sorted(files, key=lambda one: (one.size_bytes, one.key))[:LOOKED_AT]
    if smallest[0].size_bytes > MAX_READ_BYTES:
        raise InvalidInputError(
            f"The smallest file, {smallest[0].key}, is larger than 200 MB, so it can't be looked at here. Nothing was "
            "changed. Split the files, or create the table in Athena."
        )
    return [one for one in smallest if one.size_bytes <= MAX_READ_BYTES]


def _laid_over(name: str, schema: InferredSchema, head: bytes) -> tuple[tuple[ColumnSpec, ...], str]:
    """The columns and the storage of a table over such files."""
    match schema.format:
        case "parquet":
            return _by_name(name, schema), ""
        case "json":
            if head.startswith(b"["):
                raise _refused(name, "is one JSON array; Athena reads one object a line")
            return _by_name(name, schema), _storage(
                "org.openx.data.jsonserde.JsonSerDe", {}, {"classification": "json"}
            )
        case "csv":
            return _csv(name, schema)
    assert_never(schema.format)


def _by_name(name: str, schema: InferredSchema) -> tuple[ColumnSpec, ...]:
    """Columns that are found by their names in the files, so these can't be changed."""
    for column in schema.columns:
        if column.source_name.lower() != column.name:
            raise _refused(name, f"has a column '{column.source_name}', which can't be a column's name here as it is")
    return schema.columns


def _csv(name: str, schema: InferredSchema) -> tuple[tuple[ColumnSpec, ...], str]:
    """OpenCSVSerde, all text: it alone reads quoted values, and it reads an empty number as an error."""
    options = schema.options
    if options.get("encoding", "utf-8").lower().replace("_", "-") not in ("utf-8", "utf-8-sig", "ascii"):
        raise _refused(name, f"is in {options['encoding']}; Athena reads UTF-8")
    parameters = {"separatorChar": options["delimiter"], "quoteChar": '"', "escapeChar": "\\"}
    table = {"classification": "csv", "skip.header.line.count": options.get("skip", "0")}
    columns = tuple(replace(c, hive_type="string") for c in schema.columns)
    return columns, _storage("org.apache.hadoop.hive.serde2.OpenCSVSerde", parameters, table)


def _storage(serde: str, parameters: dict[str, str], table: dict[str, str]) -> str:
    """The StorageDescriptor's part as JSON. Its Parameters become the table's too, as Glue's crawlers do it."""
    info: dict[str, Any] = {"SerializationLibrary": serde, "Parameters": parameters}
    return json.dumps({**_TEXT_FORMATS, "SerdeInfo": info, "Parameters": table}, sort_keys=True)


def _require_alike(first: _Look, other: _Look) -> None:
    if first.storage != other.storage:
        raise InvalidInputError(
            f"{first.key} and {other.key} are laid out differently, so one table can't read both. Nothing was changed. "
            "Put them under prefixes of their own."
        )
    ours, theirs = ({c.name: c.hive_type for c in one.columns} for one in (first, other))
    if ours != theirs or (first.schema.format == "csv" and list(ours) != list(theirs)):
        differing = sorted(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)) or list(ours)
        raise InvalidInputError(
            f"{first.key} and {other.key} differ in columns or types ({', '.join(differing)}), so one table can't read "
            "both. Nothing was changed. Put them under prefixes of their own."
        )


def _notes(files: tuple[ObjectInfo, ...], looks: list[_Look]) -> tuple[str, ...]:
    total = sum(one.size_bytes for one in files)
    notes = [f"{len(files):,} files, {total:,} bytes; {len(looks):,} of them were looked at. They stay where they are."]
    if looks[0].schema.format == "csv":
        notes.append("CSV in place is read as text, column by column: cast in queries, or upload the file for types.")
    if any("=" in one.key for one in files):
        notes.append("Folders such as year=2024 are read, but their names don't become columns.")
    return tuple(notes)


def _refused(name: str, what: str) -> InvalidInputError:
    return InvalidInputError(f"'{name}' {what}. Nothing was changed. Upload it instead, or write it again as Parquet.")
