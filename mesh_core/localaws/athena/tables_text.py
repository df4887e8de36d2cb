"""Text files: OpenCSVSerde's quoted fields, LazySimpleSerDe's delimited ones. One line is one row, whatever is quoted.

A text that does not fit its column's type is NULL for LazySimpleSerDe, and ends the query for OpenCSVSerde.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mesh_core.localaws.athena.failures import unsupported
from mesh_core.localaws.athena.tables_kinds import Columns, Kind
from mesh_core.localaws.athena.text_files import PLAIN_LINE_BYTES, TextFiles
from mesh_core.localaws.athena.types import INTEGERS, TEXTS, Type, duckdb_type, literal, quoted, row_fields

# two control characters that no line holds: each line is one column
_NOWHERE = chr(30) + chr(31)
LINE_BYTES = 64 << 20
_BITS = {"tinyint": 7, "smallint": 15, "integer": 31, "bigint": 63}
# no field is that
_NO_NULL = chr(0)
_SEPARATORS = "\x04\x05\x06\x07\x08\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1c\x1d\x1e\x1f"


def lines(files: str, codec: str, skip: int, longest_bytes: int = 0) -> str:
    """The lines of text files as `line` (NULL: empty) and `file_index`; a line ends in LF or CR LF."""
    options = [
        "columns = {'line': 'VARCHAR'}", "auto_detect = false", "header = false", "quote = ''", "escape = ''",
        "strict_mode = false", f"delim = {literal(_NOWHERE)}", f"skip = {skip}", "new_line = '\\r\\n'",
        f"compression = '{codec}'", *long_lines(longest_bytes),
    ]  # fmt: skip
    return f"read_csv({files}, {', '.join(options)})"


def long_lines(longest_bytes: int) -> list[str]:
    """Options of DuckDB's reader for lines that it would not take."""
    if longest_bytes <= PLAIN_LINE_BYTES:
        return []
    return [f"max_line_size = {longest_bytes + 2}", f"buffer_size = {2 * longest_bytes + 4}"]


def longest_line(known: TextFiles, files: Sequence[tuple[str, str]]) -> int:
    """How long lines are in bytes. QueryFailure for a file with lone carriage returns, Hive's line ends as well."""
    found = [known.lines(path, codec) for path, codec in files]
    if any(each.lone_cr for each in found):
        raise unsupported("A text file with carriage returns that no line feed follows")
    longest_bytes = max((each.longest_bytes for each in found), default=0)
    if longest_bytes > LINE_BYTES:
        raise unsupported(f"A text file with lines longer than {LINE_BYTES:,} bytes")
    return longest_bytes


@dataclass(frozen=True)
class Csv(Kind):
    """OpenCSVSerde. `exact`: every line is cut as opencsv does it, else DuckDB reads files that are plain."""

    separator: str
    quote: str
    escape: str
    skip: int
    exact: bool = True
    longest_bytes: int = 0
    packs = True

    def suited(self, known: TextFiles, files: Sequence[tuple[str, str]], columns: Columns) -> Csv:
        """The same, with DuckDB's own reader where that is known to be right for all these files."""
        longest_bytes = longest_line(known, files)
        plain = replace(self, exact=False)
        usual = len({self.separator, self.quote, self.escape, "\x00", "\n"}) == 5
        if usual and all(plain._is_plain(known, path, codec, columns) for path, codec in files):
            return replace(plain, longest_bytes=longest_bytes)
        return replace(self, longest_bytes=longest_bytes)

    def _is_plain(self, known: TextFiles, path: str, codec: str, columns: Columns) -> bool:
        """No escapes and empty lines, no quoted line ends (the rows were fewer than the lines), all quotes in place."""
        there = known.lines(path, codec, self.escape)
        if there.empty or there.marked:
            return False
        found = known.counted(path, self._native(f"[{literal(path)}]", columns, codec))
        return found == max(0, there.count - self.skip)

    def reader(self, files: str, columns: Columns, codec: str) -> str:
        """Rows of texts, or `line`, a list of the fields."""
        if not self.exact:
            return self._native(files, columns, codec)
        marks = "".join((self.separator, self.quote, self.escape))
        cut = f"python_csv(line, {literal(marks)})"
        plain = f"contains(line, {literal(self.quote)}) OR contains(line, {literal(self.escape)})"
        fields = f"CASE WHEN {plain} THEN {cut} ELSE string_split(line, {literal(self.separator)}) END"
        return (
            f"(SELECT {fields} AS line, file_index FROM {lines(files, codec, self.skip, self.longest_bytes)}) AS lines"
        )

    def _native(self, files: str, columns: Columns, codec: str) -> str:
        fields = ", ".join(f"{literal(name)}: 'VARCHAR'" for name, _ in columns)
        options = [
            f"columns = {{{fields}}}", "auto_detect = false", "header = false", "null_padding = true",
            f"nullstr = {literal(_NO_NULL)}", f"delim = {literal(self.separator)}", f"quote = {literal(self.quote)}",
            f"escape = {literal(self.quote)}", f"skip = {self.skip}", f"compression = '{codec}'",
            *long_lines(self.longest_bytes),
        ]  # fmt: skip
        return f"read_csv({files}, {', '.join(options)})"

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each text converted to its column's type."""
        texts = [f"line[{index + 1}]" if self.exact else quoted(name) for index, (name, _) in enumerate(columns)]
        return [
            (name, _from_csv(text, of, index))
            for index, ((name, of), text) in enumerate(zip(columns, texts, strict=True))
        ]


def _from_csv(sql: str, of: Type, index: int) -> str:
    """A field's text as its column's type. As in Athena a number can't be empty, and a date is a number of days."""
    match of.name:
        case "varchar" | "char":
            return text_value(sql, of)
        case "boolean":
            return f"(lower({sql}) = 'true')"
        case "date":
            return f"(DATE '1970-01-01' + CAST(athena_csv_integer({sql}, {index}, 31) AS INTEGER))"
        case "timestamp":
            return f"make_timestamp(athena_csv_integer({sql}, {index}, 63) * 1000)"
        case name if name in INTEGERS:
            return f"CAST(athena_csv_integer({sql}, {index}, {_BITS[name]}) AS {duckdb_type(of)})"
        case "double" | "real":
            return f"CAST(athena_csv_double({sql}, {index}) AS {duckdb_type(of)})"
        case "decimal":
            return f"CAST(athena_csv_decimal({sql}, {index}) AS {duckdb_type(of)})"
        case _:
            raise unsupported(f"A column of type {of} in a table of OpenCSVSerde")


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
            return f"athena_lazy_binary({sql})"
        case "varchar" | "char":
            return text_value(sql, of)
        case "date":
            return f"athena_lazy_date({sql})"
        case "timestamp":
            return f"athena_lazy_timestamp({sql})"
        case "double" | "real":
            return f"TRY_CAST(athena_java_double({sql}) AS {duckdb_type(of)})"
        case "decimal":
            return f"TRY_CAST(athena_java_decimal({sql}) AS {duckdb_type(of)})"
        case name if name in INTEGERS:
            return f"TRY_CAST(athena_lazy_integer({sql}) AS {duckdb_type(of)})"
        case _:
            raise unsupported(f"A column of type {of} in this text format")


@dataclass(frozen=True)
class Lazy(Kind):
    """LazySimpleSerDe: fields cut at a delimiter, with no quotes; nested values at further delimiters."""

    separators: str
    escape: str | None
    null: str
    skip: int
    longest_bytes: int = 0
    packs = True

    def suited(self, known: TextFiles, files: Sequence[tuple[str, str]], columns: Columns) -> Lazy:
        """The same, for lines of their length."""
        return replace(self, longest_bytes=longest_line(known, files))

    def reader(self, files: str, columns: Columns, codec: str) -> str:
        """Lines, cut at the delimiter."""
        fields = self._cut("coalesce(line, '')", 0)
        return (
            f"(SELECT {fields} AS line, file_index FROM {lines(files, codec, self.skip, self.longest_bytes)}) AS lines"
        )

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each field by its position."""
        return [(name, self._value(f"line[{index + 1}]", of, 1)) for index, (name, of) in enumerate(columns)]

    def _cut(self, sql: str, level: int, at_most: int = 0) -> str:
        """A text at the separators of a level; one behind an escape is none."""
        if level >= len(self.separators):
            raise unsupported("Values nested deeper than there are separators in this text format")
        mark = literal(self.separators[level])
        if self.escape is None:
            return f"string_split({sql}, {mark})"
        careful = f"python_cut({sql}, {literal(self.separators[level] + self.escape)})"
        return f"CASE WHEN contains({sql}, {literal(self.escape)}) THEN {careful} ELSE string_split({sql}, {mark}) END"

    def _value(self, sql: str, of: Type, level: int) -> str:
        text = f"nullif({sql}, {literal(self.null)})"
        items = self._cut(f"nullif({text}, '')", level) if of.name in ("array", "map") else ""
        item = f"e{level}"
        match of.name:
            case "array":
                inner = self._value(item, of.args[0], level + 1)
                made = f"list_transform({items}, lambda {item}: {inner})"
                return f"CASE WHEN {text} = '' THEN CAST([] AS {duckdb_type(of)}) ELSE {made} END"
            case "map":
                cut = self._cut(item, level + 1)
                key, value = (self._value(f"({cut})[{i + 1}]", kind, level + 2) for i, kind in enumerate(of.args))
                pairs = f"list_transform({items}, lambda {item}: struct_pack(key := {key}, value := {value}))"
                made = f"athena_map_agg({pairs})"
                return f"CASE WHEN {text} = '' THEN CAST(MAP {{}} AS {duckdb_type(of)}) ELSE {made} END"
            case "row":
                cut = self._cut(text, level)
                values = [self._value(f"({cut})[{i + 1}]", kind, level + 1) for i, (_, kind) in enumerate(of.args)]
                parts = [f"{quoted(name)} := {v}" for (name, _), v in zip(row_fields(of), values, strict=True)]
                return f"CASE WHEN {text} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
            case _:
                if self.escape and of.name in TEXTS:
                    text = f"regexp_replace({text}, {literal(_escaped(self.escape) + '(.)')}, '\\1', 'gs')"
                return scalar_value(text, of)


def _escaped(mark: str) -> str:
    return "\\" + mark if not mark.isalnum() else mark


def lazy(given: dict[str, str]) -> Lazy:
    """LazySimpleSerDe with a table's properties."""
    field = _one(given, "field.delim", given.get("serialization.format") or "\x01")
    items = _one(given, "collection.delim", given.get("colelction.delim") or "\x02")
    keys = _one(given, "mapkey.delim", "\x03")
    if given.get("serialization.last.column.takes.rest", "").lower() == "true":
        raise unsupported("The table property serialization.last.column.takes.rest")
    escape = given.get("escape.delim")
    return Lazy(
        field + items + keys + _SEPARATORS,
        escape[0] if escape else None,
        given.get("serialization.null.format", "\\N"),
        skip_of(given),
    )


def csv(given: dict[str, str]) -> Csv:
    """OpenCSVSerde with a table's properties."""
    separator, quote = _one(given, "separatorChar", ","), _one(given, "quoteChar", '"')
    return Csv(separator[0], quote[0], _one(given, "escapeChar", "\\")[0], skip_of(given))


def _one(given: dict[str, str], name: str, default: str) -> str:
    value = given.get(name) or default
    if value.isdigit() and len(value) <= 3:  # Hive writes control characters as numbers: '1' is Ctrl-A
        return chr(int(value))
    return value.replace("\\t", "\t").replace("\\u0001", "\x01").replace("\\001", "\x01")[0]


def skip_of(given: dict[str, str]) -> int:
    """skip.header.line.count. QueryFailure by name for properties that would change what is read."""
    if (given.get("skip.footer.line.count") or "0").strip() != "0":
        raise unsupported("The table property skip.footer.line.count")
    encoding = given.get("serialization.encoding") or "UTF-8"
    if encoding.upper().replace("_", "-") not in ("UTF-8", "UTF8"):
        raise unsupported(f"The table property serialization.encoding={encoding}")
    if given.get("line.delim", "\n").replace("\\n", "\n") not in ("\n", "10"):
        raise unsupported("The table property line.delim")
    for name in ("textinputformat.record.delimiter", "timestamp.formats"):
        if given.get(name):
            raise unsupported(f"The table property {name}")
    text = given.get("skip.header.line.count", "0").strip()
    return int(text) if text.isdigit() else 0
