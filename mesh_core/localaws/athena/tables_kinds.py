"""The file formats that tables can have, and how DuckDB reads each with a Glue schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from mesh_core.localaws.athena.failures import BAD_FILE, failure, unsupported
from mesh_core.localaws.athena.rewrite_casts import cast
from mesh_core.localaws.athena.scope import Typed
from mesh_core.localaws.athena.types import NESTED, Type, duckdb_type, literal, parts, quoted

if TYPE_CHECKING:
    from mesh_core.localaws.athena.text_files import TextFiles

_NOWHERE = "\x1f"  # begins the name of no column
Columns = Sequence[tuple[str, Type]]


class Kind(ABC):
    """A format: the reader as an item of FROM, and each column's expression over it. `packs`: `.gz` files are gzip."""

    packs: ClassVar[bool] = False

    @abstractmethod
    def reader(self, files: str, columns: Columns, codec: str) -> str:
        """The table function call; `files` is a list literal, all packed in one way."""

    @abstractmethod
    def suited(self, known: TextFiles, files: Sequence[tuple[str, str]], columns: Columns) -> Kind:
        """The same as these files (path, codec) need it. QueryFailure for files that can't be read here."""

    @abstractmethod
    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """(name, expression over the reader) of every column."""


@dataclass(frozen=True)
class Parquet(Kind):
    """Columns by name, in any case; what a file lacks is NULL. `shown`: plain reading is enough, with these columns.

    A timestamp of Hive's has milliseconds. fine: columns whose values have more digits (None: nobody has looked).
    by_place: parquet.column.index.access; places: what the columns are called in the files then, as far as they go.
    """

    shown: tuple[tuple[str, str], ...] | None = None
    fine: frozenset[str] | None = None
    by_place: bool = False
    places: tuple[str, ...] | None = None

    def suited(self, known: TextFiles, files: Sequence[tuple[str, str]], columns: Columns) -> Parquet:
        """The same."""
        return self

    def plain(self, shown: Sequence[tuple[str, str]] | None) -> Parquet:
        """The same, read plainly where that is known to be right."""
        return replace(self, shown=None if shown is None else tuple(shown))

    def reader(self, files: str, columns: Columns, codec: str) -> str:
        """read_parquet, with the Glue schema unless plain."""
        if self.shown is not None:
            return f"read_parquet({files})"
        fields = [
            f"{literal(there)}: {{name: {literal(name)}, type: {literal(duckdb_type(of))}, default_value: NULL}}"
            for there, (name, of) in zip(self.sought(columns), columns, strict=True)
        ]
        return f"read_parquet({files}, schema = MAP {{{', '.join(fields)}}})"

    def sought(self, columns: Columns) -> list[str]:
        """What each column is called in the files."""
        if not self.by_place:
            return [name for name, _ in columns]
        if self.places is None:
            raise failure("HIVE_BAD_DATA", BAD_FILE)
        lacking = [_NOWHERE + name for name, _ in columns[len(self.places) :]]
        return [*self.places[: len(columns)], *lacking]

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """As they are, or as the plain reader needs them; timestamps with their milliseconds."""
        shown = dict(self.shown) if self.shown is not None else {name: quoted(name) for name, _ in columns}
        return [(name, self._rounded(shown[name], name, of)) for name, of in columns]

    def _rounded(self, sql: str, name: str, of: Type) -> str:
        if of.name == "timestamp" and (self.fine is None or name in self.fine):
            return f"athena_round_timestamp({sql}, 1000)"
        if of.name in NESTED and any(each.name == "timestamp" for each in parts(of)):
            return cast(Typed(sql, _finer(of)), of)
        return sql


def _finer(of: Type) -> Type:
    """A nested type as its values are stored: with microseconds."""
    if of.name == "timestamp":
        return Type("timestamp", (6,))
    inner = (((each[0], _finer(each[1])) if isinstance(each, tuple) else _finer(each)) for each in of.args)
    return Type(of.name, tuple(inner)) if of.name in NESTED else of


_PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def _readers() -> dict[str, Callable[[dict[str, str]], Kind]]:
    from mesh_core.localaws.athena import tables_json, tables_text

    return {
        "org.apache.hadoop.hive.serde2.OpenCSVSerde": tables_text.csv,
        "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": tables_text.lazy,
        "org.openx.data.jsonserde.JsonSerDe": tables_json.openx,
        "org.apache.hive.hcatalog.data.JsonSerDe": tables_json.hive,
        "org.apache.hadoop.hive.serde2.JsonSerDe": tables_json.hive,
    }


def kind_of(table: dict[str, Any]) -> Kind:
    """A table's format, by its SerDe. QueryFailure by name for one that is not read here."""
    descriptor = table.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    library = serde.get("SerializationLibrary") or ""
    given = {**(table.get("Parameters") or {}), **(serde.get("Parameters") or {})}
    if library == _PARQUET or (not library and "parquet" in (descriptor.get("InputFormat") or "").lower()):
        return Parquet(by_place=given.get("parquet.column.index.access", "").lower() == "true")
    if (reader := _readers().get(library)) is not None:
        return reader(given)
    short = library.rsplit(".", 1)[-1] or descriptor.get("InputFormat") or "no SerDe"
    for name in ("Orc", "Avro", "Regex", "Grok", "Ion", "CloudTrail"):
        if name.lower() in short.lower():
            raise unsupported(f"A table in {name} format ({short})")
    raise failure("HIVE_UNSUPPORTED_FORMAT", f"Unable to read a table with SerDe '{short}'")
