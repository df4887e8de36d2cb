"""Casts to JSON, with Trino's texts: `{"":1}` for a row without names, keys of a map in order, 1.0E20."""

from __future__ import annotations

import json

from mesh_core.localaws.athena.types import INTEGERS, UNKNOWN, ZONED, Type, literal, quoted, row_fields

_NATIVE = {*INTEGERS, "boolean", "varchar", "json"}
_KEYS = {*_NATIVE - {"json"}, "double", "real", "decimal", "unknown"}


def to_json(sql: str, of: Type) -> str:
    """A value as DuckDB's JSON; NULL stays NULL."""
    if of == UNKNOWN or of.name == "json":
        return f"CAST({sql} AS JSON)"
    return f"to_json({sql})" if _native(of) else f"CAST({_text(sql, of, 0)} AS JSON)"


def _native(of: Type) -> bool:
    return of.name in _NATIVE or (of.name == "array" and _native(of.args[0]))


def _text(sql: str, of: Type, depth: int) -> str:
    """The text of the JSON value."""
    from mesh_core.localaws.athena.rewrite_casts import text_of

    match of.name:
        case "json":
            return f"CAST({sql} AS VARCHAR)"
        case _ if _native(of):
            return f"CAST(to_json({sql}) AS VARCHAR)"
        case "double" | "real":
            return f"athena_json_number({sql})"
        case "decimal":
            return text_of(sql, of)
        case "array":
            item = f"j{depth}"
            texts = f"list_transform({sql}, lambda {item}: {_item(item, of.args[0], depth + 1)})"
            return f"('[' || array_to_string({texts}, ',') || ']')"
        case "map":
            return _map(sql, of, depth)
        case "row":
            fields = [
                f"{literal(json.dumps(given or '', ensure_ascii=False) + ':')} || "
                f"{_item(f'({sql}).{quoted(name)}', kind, depth + 1)}"
                for (given, _), (name, kind) in zip(of.args, row_fields(of), strict=True)
            ]
            inside = " || ',' || ".join(fields)
            return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {inside} || '}}' END"
        case "unknown":
            return "'null'"
        case _:
            return f"CAST(to_json({text_of(sql, of)}) AS VARCHAR)"


def _item(sql: str, of: Type, depth: int) -> str:
    return f"coalesce({_text(sql, of, depth)}, 'null')"


def _map(sql: str, of: Type, depth: int) -> str:
    from mesh_core.localaws.athena.rewrite_casts import text_of

    entry = f"j{depth}"
    key, value = text_of(f"{entry}.key", of.args[0]), _item(f"{entry}.value", of.args[1], depth + 1)
    pairs = f"list_transform(map_entries({sql}), lambda {entry}: struct_pack(k := {key}, v := {value}))"
    one = f"CAST(to_json({entry}.k) AS VARCHAR) || ':' || {entry}.v"
    texts = f"list_transform(list_sort({pairs}), lambda {entry}: {one})"
    return f"('{{' || array_to_string({texts}, ',') || '}}')"


def jsonable(of: Type) -> bool:
    """Whether Trino casts a type to JSON."""
    match of.name:
        case "array":
            return jsonable(of.args[0])
        case "map":
            return of.args[0].name in _KEYS and jsonable(of.args[1])
        case "row":
            return all(jsonable(each) for _, each in of.args)
        case name:
            return name in {*_NATIVE, "double", "real", "decimal", "date", "timestamp", ZONED, "unknown"}
