"""A table as one caller may see it: columns that he may not know of are cut out, and what would betray them.

Cut for partial readers: the columns, unreadable fields of structs, what SortColumns, BucketColumns and SkewedInfo say,
the text of a view, and `spark.sql.sources.schema*` parameters. Other parameters stay, as on AWS, even where they leak
(`avro.schema.literal`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from mesh_core.localaws.glue.documents import Document, columns_of

if TYPE_CHECKING:
    from mesh_core.localaws.lakeformation.access import TableAccess

_SPARK_SCHEMA = "spark.sql.sources.schema"
_TEXTS = ("ViewOriginalText", "ViewExpandedText", "ViewDefinition")


class View:
    """One verdict on one table, applied to the table, its versions and its partitions.

    `table` is the current definition: whoever sees all of its columns sees old versions whole as well.
    """

    def __init__(self, table: Document, access: TableAccess) -> None:
        self.whole = not access.governed
        if not self.whole:
            everything = tuple(column["Name"].lower() for column in columns_of(table))
            self.whole = everything == access.metadata_columns and not access.fields
        if not self.whole:
            self._shown = {name.lower() for name in access.metadata_columns}
            self._fields = {name.lower(): paths for name, paths in access.fields.items()}
            self.whole = self._shown.issuperset(everything) and not self._fields

    def table(self, document: Document) -> Document:
        """A definition of the table, narrowed."""
        if self.whole:
            return document
        cut = {key: value for key, value in document.items() if key not in _TEXTS}
        cut["PartitionKeys"] = self._columns(document.get("PartitionKeys", []))
        if "StorageDescriptor" in document:
            cut["StorageDescriptor"] = self._storage(document["StorageDescriptor"])
        if "Parameters" in document:
            cut["Parameters"] = _without_schema(document["Parameters"])
        return cut

    def partition(self, document: Document) -> Document:
        """A partition of the table, narrowed."""
        if self.whole or "StorageDescriptor" not in document:
            return document
        return {**document, "StorageDescriptor": self._storage(document["StorageDescriptor"])}

    def _storage(self, storage: Document) -> Document:
        cut = {key: value for key, value in storage.items() if key != "SkewedInfo"}
        if "Columns" in storage:
            cut["Columns"] = self._columns(storage["Columns"])
        if "BucketColumns" in storage:
            cut["BucketColumns"] = [name for name in storage["BucketColumns"] if name.lower() in self._shown]
        if "SortColumns" in storage:
            cut["SortColumns"] = [item for item in storage["SortColumns"] if item["Column"].lower() in self._shown]
        if "Parameters" in storage:
            cut["Parameters"] = _without_schema(storage["Parameters"])
        return cut

    def _columns(self, columns: list[Document]) -> list[Document]:
        return [self._column(column) for column in columns if column["Name"].lower() in self._shown]

    def _column(self, column: Document) -> Document:
        paths = self._fields.get(column["Name"].lower())
        return column if paths is None else {**column, "Type": struct_with(column["Type"], paths)}


def struct_with(column_type: str, paths: Collection[str]) -> str:
    """`struct<street:string,zip:string>` with the paths {"zip"} -> `struct<zip:string>`."""
    if not column_type.lower().startswith("struct<"):
        return column_type
    kept = []
    for member in _members(column_type[len("struct<") : -1]):
        name, _, kind = member.partition(":")
        lower = name.strip().lower()
        inner = [path.partition(".")[2] for path in paths if path.lower().startswith(f"{lower}.")]
        if any(path.lower() == lower for path in paths):
            kept.append(member)
        elif inner:
            kept.append(f"{name}:{struct_with(kind.strip(), inner)}")
    return f"struct<{','.join(kept)}>"


def _members(text: str) -> list[str]:
    """Split at the commas that are not inside <> or ()."""
    members, depth = [""], 0
    for char in text:
        depth += (char in "<(") - (char in ">)")
        if char == "," and depth == 0:
            members.append("")
        else:
            members[-1] += char
    return members


def _without_schema(parameters: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if not key.startswith(_SPARK_SCHEMA)}
