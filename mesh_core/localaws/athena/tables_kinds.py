"""The file formats that tables can have, and how DuckDB reads each with a Glue schema."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mesh_core.localaws.athena.failures import failure, unsupported
from mesh_core.localaws.athena.types import NUMERIC, Type, duckdb_type, literal, quoted, row_fields

Columns = Sequence[tuple[str, Type]]


class Kind(ABC):
    """A format: the reader as an item of FROM, and each column's expression over it. `packs`: `.gz` files are gzip."""

    packs = True

    @abstractmethod
    def reader(self, files: str, columns: Columns, packed: bool) -> str:
        """The table function call; `files` is a list literal, `packed` means gzip."""

    @abstractmethod
    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """(name, expression over the reader) of every column."""


@dataclass(frozen=True)
class Parquet(Kind):
    """Columns by name, in any case; what a file lacks is NULL. `shown`: plain reading is enough, with these columns."""

    shown: tuple[tuple[str, str], ...] | None = None
    packs = False

    def plain(self, shown: Sequence[tuple[str, str]] | None) -> Parquet:
        """The same, read plainly where that is known to be right."""
        return Parquet(None if shown is None else tuple(shown))

    def reader(self, files: str, columns: Columns, packed: bool) -> str:
        """read_parquet, with the Glue schema unless plain."""
        if self.shown is not None:
            return f"read_parquet({files})"
        fields = [
            f"{literal(name)}: {{name: {literal(name)}, type: {literal(duckdb_type(of))}, default_value: NULL}}"
            for name, of in columns
        ]
        return f"read_parquet({files}, schema = MAP {{{', '.join(fields)}}})"

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """As they are, or as the plain reader needs them."""
        return list(self.shown) if self.shown is not None else [(name, quoted(name)) for name, _ in columns]


@dataclass(frozen=True)
class Csv(Kind):
    """OpenCSVSerde: quoted texts; dates are days, timestamps milliseconds since 1970 (or, leniently, written out)."""

    separator: str
    quote: str
    escape: str
    skip: int

    def reader(self, files: str, columns: Columns, packed: bool) -> str:
        """read_csv with texts only."""
        fields = ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in columns)
        options = [
            f"columns = {{{fields}}}", "auto_detect = false", "header = false", "null_padding = true",
            "strict_mode = false",
            f"delim = {literal(self.separator)}", f"quote = {literal(self.quote)}", f"escape = {literal(self.escape)}",
            f"skip = {self.skip}", "allow_quoted_nulls = false",
            f"compression = '{'gzip' if packed else 'none'}'",
        ]  # fmt: skip
        return f"read_csv({files}, {', '.join(options)})"

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each text converted to its column's type."""
        # DuckDB knows one escape; a doubled quote is the second that this SerDe has
        twice, once = literal(self.quote * 2), literal(self.quote)
        return [(name, _from_csv(f"replace({quoted(name)}, {twice}, {once})", of)) for name, of in columns]


def _from_csv(sql: str, of: Type) -> str:
    match of.name:
        case "varchar" | "char":
            return text_value(f"coalesce({sql}, '')", of)
        case "date":
            days = f"DATE '1970-01-01' + TRY_CAST({sql} AS INTEGER)"
            return f"CASE WHEN regexp_full_match({sql}, '-?[0-9]+') THEN {days} ELSE TRY_CAST({sql} AS DATE) END"
        case "timestamp":
            moment = f"make_timestamp(TRY_CAST({sql} AS BIGINT) * 1000)"
            return f"CASE WHEN regexp_full_match({sql}, '-?[0-9]+') THEN {moment} ELSE TRY_CAST({sql} AS TIMESTAMP) END"
        case _:
            return scalar_value(sql, of)


def text_value(sql: str, of: Type) -> str:
    """A text of bounded length."""
    length = of.args[0]
    if of.name == "char":
        return f"rtrim(left({sql}, {length}), ' ')"
    return sql if length is None else f"left({sql}, {length})"


def scalar_value(sql: str, of: Type) -> str:
    """A text as a scalar type; NULL when it is none."""
    match of.name:
        case "boolean":
            return f"CASE lower({sql}) WHEN 'true' THEN true WHEN 'false' THEN false END"
        case "varbinary":
            return f"from_base64({sql})"
        case "varchar" | "char":
            return text_value(sql, of)
        case name if name in NUMERIC:
            whole = (
                f"CASE WHEN regexp_full_match({sql}, '\\s*[+-]?[0-9]+\\s*') THEN TRY_CAST({sql} AS "
                f"{duckdb_type(of)}) END"
            )
            return f"TRY_CAST({sql} AS {duckdb_type(of)})" if name in ("decimal", "real", "double") else whole
        case "array" | "map" | "row":
            raise unsupported("A nested type in this text format")
        case _:
            return f"TRY_CAST({sql} AS {duckdb_type(of)})"


@dataclass(frozen=True)
class Lazy(Kind):
    """LazySimpleSerDe: fields cut at a delimiter, with no quotes; nested values at further delimiters."""

    field: str
    items: str
    keys: str
    escape: str | None
    null: str
    skip: int

    def reader(self, files: str, columns: Columns, packed: bool) -> str:
        """Lines, cut at the delimiter."""
        options = [
            "columns = {'line': 'VARCHAR'}", "auto_detect = false", "header = false", "quote = ''", "escape = ''",
            "strict_mode = false",
            # two control characters that no line holds: each line is one column
            f"delim = {literal(chr(30) + chr(31))}", f"skip = {self.skip}",
            f"compression = '{'gzip' if packed else 'none'}'",
        ]  # fmt: skip
        lines = f"read_csv({files}, {', '.join(options)})"
        return (
            f"(SELECT string_split(coalesce(line, ''), {literal(self.field)}) AS line, file_index FROM "
            f"{lines}) AS lines"
        )

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each field by its position."""
        return [(name, self._value(f"line[{index + 1}]", of, 1)) for index, (name, of) in enumerate(columns)]

    def _value(self, sql: str, of: Type, level: int) -> str:
        text = f"nullif({sql}, {literal(self.null)})"
        if self.escape:
            text = f"regexp_replace({text}, {literal(_escaped(self.escape) + '(.)')}, '\\1', 'g')"
        match of.name:
            case "array":
                inner = self._value("e", of.args[0], level + 1)
                return f"list_transform(string_split(nullif({text}, ''), {literal(self.items)}), lambda e: {inner})"
            case "map":
                key, value = (
                    self._value(f"string_split(e, {literal(self.keys)})[{i + 1}]", kind, level + 1)
                    for i, kind in enumerate(of.args)
                )
                pairs = (
                    f"list_transform(string_split(nullif({text}, ''), {literal(self.items)}), lambda e: "
                    f"struct_pack(key := {key}, value := {value}))"
                )
                return f"map_from_entries({pairs})"
            case "row":
                items = f"string_split({text}, {literal(self.items)})"
                values = [self._value(f"{items}[{i + 1}]", kind, level + 1) for i, (_, kind) in enumerate(of.args)]
                parts = [f"{quoted(name)} := {v}" for (name, _), v in zip(row_fields(of), values, strict=True)]
                return f"CASE WHEN {text} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
            case _:
                return scalar_value(text, of)


def _escaped(mark: str) -> str:
    return "\\" + mark


class Json(Kind):
    """One object a line; keys in any case; a value that does not fit its type is NULL."""

    def reader(self, files: str, columns: Columns, packed: bool) -> str:
        """Objects, their keys in lower case."""
        objects = f"read_ndjson_objects({files}, ignore_errors = true, compression = '{'gzip' if packed else 'none'}')"
        names = ", ".join(_member(name) for name, _ in columns)
        return f"(SELECT {names}, file_index FROM {objects}) AS objects"

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each member converted to its column's type."""
        return [(name, from_json(quoted(name), of)) for name, of in columns]


def _member(name: str) -> str:
    exact = f"json_extract(json, {literal(_pointer(name))})"
    found = f"list_filter(json_keys(json), lambda k: lower(k) = {literal(name)})[1]"
    anyhow = f"json_extract(json, '$.\"' || {found} || '\"')"
    return f"coalesce({exact}, {anyhow}) AS {quoted(name)}"


def _pointer(name: str) -> str:
    return f'$."{name}"'


def from_json(sql: str, of: Type) -> str:
    """A JSON value as a column's type."""
    text = f"json_extract_string({sql}, '$')"
    match of.name:
        case "array":
            return (
                f"CASE WHEN json_type({sql}) = 'ARRAY' THEN list_transform(CAST({sql} AS JSON[]), lambda "
                f"e: {from_json('e', of.args[0])}) END"
            )
        case "map":
            value = from_json("e.value", of.args[1])
            key = scalar_value("e.key", of.args[0])
            pairs = (
                f"list_transform(map_entries(CAST({sql} AS MAP(VARCHAR, JSON))), lambda e: "
                f"struct_pack(key := {key}, value := {value}))"
            )
            return f"CASE WHEN json_type({sql}) = 'OBJECT' THEN map_from_entries({pairs}) END"
        case "row":
            parts = [
                f"{quoted(name)} := {from_json(f'json_extract({sql}, {literal(_pointer(name))})', kind)}"
                for name, kind in row_fields(of)
            ]
            return f"CASE WHEN json_type({sql}) = 'OBJECT' THEN struct_pack({', '.join(parts)}) END"
        case "boolean" | "varchar" | "char" | "varbinary":
            return scalar_value(text, of)
        case _:
            return f"TRY_CAST({text} AS {duckdb_type(of)})"


_PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_JSON = (
    "org.openx.data.jsonserde.JsonSerDe",
    "org.apache.hive.hcatalog.data.JsonSerDe",
    "org.apache.hadoop.hive.serde2.JsonSerDe",
)


def kind_of(table: dict[str, Any]) -> Kind:
    """A table's format, by its SerDe. QueryFailure by name for one that is not read here."""
    descriptor = table.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    library = serde.get("SerializationLibrary") or ""
    given = {**(table.get("Parameters") or {}), **(serde.get("Parameters") or {})}
    if library == _PARQUET or (not library and "parquet" in (descriptor.get("InputFormat") or "").lower()):
        return Parquet()
    if library == _CSV:
        return Csv(
            _one(given, "separatorChar", ","),
            _one(given, "quoteChar", '"'),
            _one(given, "escapeChar", "\\"),
            _skip(given),
        )
    if library == _LAZY:
        return _lazy(given)
    if library in _JSON:
        return Json()
    short = library.rsplit(".", 1)[-1] or descriptor.get("InputFormat") or "no SerDe"
    for name in ("Orc", "Avro", "Regex", "Grok", "Ion", "CloudTrail"):
        if name.lower() in short.lower():
            raise unsupported(f"A table in {name} format ({short})")
    raise failure("HIVE_UNSUPPORTED_FORMAT", f"Unable to read a table with SerDe '{short}'")


def _lazy(given: dict[str, str]) -> Lazy:
    return Lazy(
        _one(given, "field.delim", given.get("serialization.format", "\x01") or "\x01"),
        _one(given, "collection.delim", given.get("colelction.delim") or "\x02"),
        _one(given, "mapkey.delim", "\x03"),
        given.get("escape.delim"),
        given.get("serialization.null.format", "\\N"),
        _skip(given),
    )


def _one(given: dict[str, str], name: str, default: str) -> str:
    value = given.get(name) or default
    if value.isdigit():  # Hive writes control characters as numbers: '1' is Ctrl-A
        return chr(int(value))
    return value.replace("\\t", "\t").replace("\\u0001", "\x01").replace("\\001", "\x01")


def _skip(given: dict[str, str]) -> int:
    text = given.get("skip.header.line.count", "0")
    return int(text) if text.isdigit() else 0
