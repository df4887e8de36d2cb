"""CAST to JSON and from JSON, by type, as Trino writes and reads JSON."""

from __future__ import annotations

from mesh_core.localaws.athena.rewrite_texts import decimal_text, text_of
from mesh_core.localaws.athena.types import INTEGERS, NUMERIC, UNKNOWN, Type, duckdb_type, literal, quoted, row_fields

_KEYS = {"boolean", *NUMERIC, "varchar"}
_WRITTEN = {*_KEYS, "unknown", "json", "timestamp", "date"}
_READ = {*_KEYS, "json"}


def to_json_castable(of: Type) -> bool:
    """Whether Trino writes a type as JSON."""
    return _castable(of, _WRITTEN, {*_KEYS, "unknown"})


def from_json_castable(of: Type) -> bool:
    """Whether Trino reads a type from JSON."""
    return _castable(of, _READ, _KEYS)


def _castable(of: Type, scalars: set[str], keys: set[str]) -> bool:
    match of.name:
        case "array":
            return _castable(of.args[0], scalars, keys)
        case "map":
            return of.args[0].name in keys and _castable(of.args[1], scalars, keys)
        case "row":
            return all(_castable(each, scalars, keys) for _, each in of.args)
        case name:
            return name in scalars


def to_json(sql: str, of: Type) -> str:
    """CAST(... AS JSON); NULL stays NULL."""
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE CAST({_written(sql, of, 0)} AS JSON) END"


def _written(sql: str, of: Type, depth: int) -> str:
    """The JSON text of a value; 'null' for NULL."""
    return f"coalesce({_text(sql, of, depth)}, 'null')"


def _text(sql: str, of: Type, depth: int) -> str:
    one = f"j{depth}"
    match of.name:
        case "unknown":
            return "'null'"
        case "double" | "real":
            return f"athena_json_float({text_of(sql, of)})"
        case "decimal":
            return f"athena_json_decimal({decimal_text(sql, of)})" if of.args[1] > 6 else decimal_text(sql, of)
        case "varchar":
            return f"CAST(to_json({sql}) AS VARCHAR)"
        case "timestamp" | "date":
            return f"('\"' || {text_of(sql, of)} || '\"')"
        case "array":
            items = f"list_transform({sql}, lambda {one}: {_written(one, of.args[0], depth + 1)})"
            return f"('[' || array_to_string({items}, ',') || ']')"
        case "map":
            key, value = f"{one}.key", _written(f"{one}.value", of.args[1], depth + 1)
            pair = f"struct_pack(k := {_key(key, of.args[0])}, v := {value})"
            items = f"list_sort(list_transform(map_entries({sql}), lambda {one}: {pair}))"
            lines = f"list_transform({items}, lambda {one}: to_json({one}.k) || ':' || {one}.v)"
            return f"('{{' || array_to_string({lines}, ',') || '}}')"
        case "row":
            return _row_text(sql, of, depth)
        case _:
            return f"CAST({sql} AS VARCHAR)"


def _key(sql: str, of: Type) -> str:
    return "NULL" if of == UNKNOWN else text_of(sql, of)


def _row_text(sql: str, of: Type, depth: int) -> str:
    parts = [
        f"to_json({literal(given or '')}) || ':' || {_written(f'({sql}).{quoted(name)}', kind, depth)}"
        for (name, kind), (given, _) in zip(row_fields(of), of.args, strict=True)
    ]
    inside = " || ',' || ".join(parts)
    return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {inside} || '}}' END"


def from_json(sql: str, target: Type, depth: int = 0) -> str:
    """CAST(json AS target); the JSON null is NULL."""
    one = f"j{depth}"
    match target.name:
        case "json":
            return sql
        case "varchar":
            text = f"athena_json_text({sql})"
            return text if target.args[0] is None else f"athena_fits({text}, {target.args[0]})"
        case "boolean":
            return f"athena_json_boolean({sql})"
        case name if name in INTEGERS:
            return f"CAST(athena_json_integer({sql}) AS {duckdb_type(target)})"
        case "double" | "real":
            return f"CAST(athena_json_number({sql}) AS {duckdb_type(target)})"
        case "decimal":
            return f"CAST(athena_json_digits({sql}) AS {duckdb_type(target)})"
        case "array":
            item = from_json(one, target.args[0], depth + 1)
            items = f"list_transform(json_extract({sql}, '$[*]'), lambda {one}: {item})"
            return _expected(sql, "ARRAY", items, "array")
        case "map":
            return _expected(sql, "OBJECT", _map(sql, target, depth), "map")
        case _:
            return _row(sql, target, depth)


def _expected(sql: str, kind: str, found: str, name: str) -> str:
    wrong = f"athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast to {name}. Expected a json {kind.lower()}')"
    return (
        f"CASE WHEN {sql} IS NULL OR json_type({sql}) = 'NULL' THEN NULL WHEN json_type({sql}) = '{kind}' THEN {found} "
        f"ELSE {wrong} END"
    )


def _map(sql: str, target: Type, depth: int) -> str:
    one = f"j{depth}"
    key = from_json(f"to_json({one})", target.args[0], depth + 1)
    value = from_json(one, target.args[1], depth + 1)
    keys = f"list_transform(json_keys({sql}), lambda {one}: {key})"
    return f"map({keys}, list_transform(json_extract({sql}, '$.*'), lambda {one}: {value}))"


def _row(sql: str, target: Type, depth: int) -> str:
    by_name, by_place = [], []
    for index, ((name, kind), (given, _)) in enumerate(zip(row_fields(target), target.args, strict=True)):
        found = f"json_extract({sql}, '$[{index}]')"
        by_place.append(f"{quoted(name)} := {from_json(found, kind, depth)}")
        found = f"athena_json_member({sql}, {literal((given or '').lower())})"
        by_name.append(f"{quoted(name)} := {from_json(found, kind, depth)}")
    wrong = "athena_fail('INVALID_CAST_ARGUMENT', 'Cannot cast to row. Expected a json array or object')"
    return (
        f"CASE WHEN {sql} IS NULL OR json_type({sql}) = 'NULL' THEN NULL "
        f"WHEN json_type({sql}) = 'OBJECT' THEN struct_pack({', '.join(by_name)}) "
        f"WHEN json_type({sql}) <> 'ARRAY' THEN {wrong} "
        f"WHEN json_array_length({sql}) <> {len(by_place)} THEN {wrong} ELSE struct_pack({', '.join(by_place)}) END"
    )
