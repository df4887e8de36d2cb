"""JSON lines: OpenX' SerDe, which forgives much, and Hive's own, which forgives nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mesh_core.localaws.athena.tables_kinds import Columns, Kind
from mesh_core.localaws.athena.tables_text import lines, longest_line, skip_of, text_value
from mesh_core.localaws.athena.text_files import TextFiles
from mesh_core.localaws.athena.types import INTEGERS, Type, duckdb_type, literal, quoted, row_fields


@dataclass(frozen=True)
class Json(Kind):
    """One object a line. names: the keys that a property gives to columns, in any case unless `exact`.

    openx: OpenX' SerDe; lenient: a line that is no JSON gives a row of NULLs; dots: `a.b` is also called `a_b`.
    """

    openx: bool
    skip: int = 0
    lenient: bool = False
    exact: bool = False
    dots: bool = False
    names: tuple[tuple[str, str], ...] = ()
    longest_bytes: int = 0
    packs = True

    def suited(self, known: TextFiles, files: Sequence[tuple[str, str]], columns: Columns) -> Json:
        """The same, for lines of their length."""
        return replace(self, longest_bytes=longest_line(known, files))

    def reader(self, files: str, columns: Columns, codec: str) -> str:
        """`j`, the line's JSON, and `found`, what it has for each column under its plain name."""
        line = f"athena_openx_line(line, {str(self.lenient).lower()})" if self.openx else "athena_hive_json_line(line)"
        names = dict(self.names)
        paths = ", ".join(literal(_pointer(names.get(name, name))) for name, _ in columns)
        parsed = f"SELECT {line} AS j, file_index FROM {lines(files, codec, self.skip, self.longest_bytes)}"
        return f"(SELECT j, json_extract(j, [{paths}]) AS found, file_index FROM ({parsed}) AS parsed) AS objects"

    def columns(self, columns: Columns) -> list[tuple[str, str]]:
        """Each member converted to its column's type."""
        names = dict(self.names)
        return [
            (name, self.value(self._member("j", f"found[{index + 1}]", name, (names.get(name, name), index)), of, 0))
            for index, (name, of) in enumerate(columns)
        ]

    def _member(self, json: str, exact: str, name: str, sought: tuple[str, int]) -> str:
        key, index = sought
        others = []
        if not self.exact:
            others.append(f"athena_line_member({json}, {literal(key.lower())})")
        if self.dots and "_" in name:
            others.append(f"athena_json_dotted({json}, {literal(name)})")
        if self.openx and index >= 0:
            others.append(f"CASE WHEN left({json}, 1) = '[' THEN json_extract({json}, '$[{index}]') END")
        return f"coalesce({', '.join([exact, *others])})" if others else exact

    def value(self, sql: str, of: Type, depth: int) -> str:
        """A JSON value as a column's type."""
        match of.name:
            case "array":
                item = f"e{depth}"
                listed = f"athena_openx_list({sql})" if self.openx else f"athena_json_list({sql})"
                return f"list_transform({listed}, lambda {item}: {self.value(item, of.args[0], depth + 1)})"
            case "map":
                item = f"e{depth}"
                entries = f"map_entries(CAST(athena_json_object({sql}) AS MAP(VARCHAR, JSON)))"
                key = self._scalar(f"{item}.key", "'VARCHAR'", of.args[0])
                value = self.value(f"{item}.value", of.args[1], depth + 1)
                pairs = f"list_transform({entries}, lambda {item}: struct_pack(key := {key}, value := {value}))"
                return f"athena_map_agg({pairs})"
            case "row":
                whole = f"o{depth}"
                found = f"athena_openx_row({sql})" if self.openx else f"athena_json_object({sql})"
                parts = [
                    f"{quoted(name)} := {self.value(self._field(whole, name, index), kind, depth + 1)}"
                    for index, (name, kind) in enumerate(row_fields(of))
                ]
                made = f"struct_pack({', '.join(parts)})"
                return f"list_transform([{found}], lambda {whole}: CASE WHEN {whole} IS NOT NULL THEN {made} END)[1]"
            case _:
                return self._scalar(f"athena_json_words({sql})", f"athena_json_kind({sql})", of)

    def _field(self, json: str, name: str, index: int) -> str:
        return self._member(json, f"json_extract({json}, {literal(_pointer(name))})", name, (name, index))

    def _scalar(self, text: str, kind: str, of: Type) -> str:
        """A scalar's text; `kind` is what JSON it was."""
        prefix = "openx" if self.openx else "hive_json"
        match of.name:
            case "varchar" | "char":
                return text_value(f"athena_{prefix}_text({text}, {kind})", of)
            case "boolean":
                return f"(lower({text}) = 'true')"
            case "varbinary":
                return f"athena_{prefix}_binary({text}, {kind})"
            case "date":
                return f"athena_{prefix}_date({text}, {kind})"
            case "timestamp":
                return f"athena_{prefix}_timestamp({text}, {kind})"
            case "double" | "real":
                cast = "TRY_CAST" if self.openx else "CAST"
                return f"{cast}(athena_{prefix}_double({text}, {kind}) AS {duckdb_type(of)})"
            case "decimal":
                return f"TRY_CAST(athena_java_decimal(athena_{prefix}_number({text}, {kind})) AS {duckdb_type(of)})"
            case name if name in INTEGERS:
                cast = "TRY_CAST" if self.openx else "CAST"
                return f"{cast}(athena_{prefix}_integer({text}, {kind}) AS {duckdb_type(of)})"
            case _:
                return f"TRY_CAST({text} AS {duckdb_type(of)})"


def _pointer(name: str) -> str:
    return '$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def openx(given: dict[str, str]) -> Json:
    """OpenX' SerDe with a table's properties."""

    def on(name: str, default: str) -> bool:
        return given.get(name, default).strip().lower() == "true"

    names = [(key[len("mapping.") :].lower(), value) for key, value in given.items() if key.startswith("mapping.")]
    exact = not on("case.insensitive", "true")
    shown = tuple((name, value if exact else value.lower()) for name, value in names)
    lenient, dots = on("ignore.malformed.json", "false"), on("dots.in.keys", "false")
    return Json(True, skip_of(given), lenient, exact, dots, shown)


def hive(given: dict[str, str]) -> Json:
    """Hive's SerDe with a table's properties."""
    return Json(False, skip_of(given))
