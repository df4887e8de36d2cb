"""Values as Athena's result files write them, by type: `{k=1, z=q}`, `[1, null]`, `1.0E20`."""

from __future__ import annotations

from mesh_core.localaws.athena.failures import unsupported
from mesh_core.localaws.athena.functions_sketches import TYPES as SKETCHES
from mesh_core.localaws.athena.rewrite_texts import decimal_text, text_of, timestamp_text
from mesh_core.localaws.athena.scope import Query
from mesh_core.localaws.athena.types import INTEGERS, Type, literal, quoted, row_fields
from mesh_core.localaws.athena.zones import local, zone_text


def csv_projection(query: Query, names: list[str]) -> str:
    """A query whose columns are texts, under the names (quoted, unique) that the file's header shows."""
    parts = [f"{rendered(each.sql, each.type)} AS {name}" for each, name in zip(query.fields, names, strict=True)]
    return f"SELECT {', '.join(parts)} FROM ({query.sql}) AS q"


def rendered(sql: str, of: Type, depth: int = 0) -> str:
    """One value as text (at depth 0 also as what COPY writes as that text); NULL stays NULL."""
    match of.name:
        case "unknown":
            return f"CAST({sql} AS VARCHAR)"
        case "decimal" if depth or of.args[0] == of.args[1]:
            return decimal_text(sql, of)
        case "boolean" | "date" | "decimal" | "uuid":
            return f"CAST({sql} AS VARCHAR)" if depth else sql
        case name if name in INTEGERS:
            return f"CAST({sql} AS VARCHAR)" if depth else sql
        case "timestamp":
            return timestamp_text(sql, max(3, of.args[0]))
        case "timestamp with time zone":
            digits, zone = of.args
            return f"({timestamp_text(local(sql, zone), max(3, digits))} || ' ' || {zone_text(sql, of)})"
        case "time":
            return timestamp_text(f"(DATE '1970-01-01' + {sql})", max(3, of.args[0]), "%H:%M:%S")
        case "varbinary":
            return f"rtrim(regexp_replace(lower(hex({sql})), '(..)', '\\1 ', 'g'))"
        case "json":
            return f"CAST({sql} AS VARCHAR)"
        case "array" | "map" | "row":
            return _nested(sql, of, 0)
        case name if name in SKETCHES:
            raise unsupported(f"A column of {of} in a result")
        case _:
            return text_of(sql, of)


def _item(sql: str, of: Type, depth: int) -> str:
    text = _nested(sql, of, depth) if of.name in ("array", "map", "row") else rendered(sql, of, depth)
    return f"coalesce({text}, 'null')"


def _nested(sql: str, of: Type, depth: int) -> str:
    one = f"i{depth}"
    match of.name:
        case "array":
            items = f"list_transform({sql}, lambda {one}: {_item(one, of.args[0], depth + 1)})"
            return f"('[' || array_to_string({items}, ', ') || ']')"
        case "map":
            key, value = _item(f"{one}.key", of.args[0], depth + 1), _item(f"{one}.value", of.args[1], depth + 1)
            items = f"list_transform(map_entries({sql}), lambda {one}: {key} || '=' || {value})"
            return f"('{{' || array_to_string({items}, ', ') || '}}')"
        case _:
            return _row(sql, of, depth)


def _row(sql: str, of: Type, depth: int) -> str:
    fields = []
    for index, ((name, kind), (given, _)) in enumerate(zip(row_fields(of), of.args, strict=True)):
        label = given or f"field{index}"
        fields.append(f"{literal(label + '=')} || {_item(f'({sql}).{quoted(name)}', kind, depth + 1)}")
    inside = " || ', ' || ".join(fields)
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE '{{' || {inside} || '}}' END"
