"""Functions of JSON in Python: numbers as they stand in the text, or as Java writes them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from mesh_core.localaws.athena import json_paths
from mesh_core.localaws.athena.java_text import double_text
from mesh_core.localaws.athena.python_texts import fail


class _Raw(str):
    """A number as it is to be written."""


def _java(digits: str) -> _Raw:
    text = double_text(float(digits))
    return _Raw(text if text[-1].isdigit() else f'"{text}"')


def parsed(text: str) -> str:
    """JSON as Jackson writes what it has read into a map with ordered keys: no blanks, Java's numbers."""
    return _written(json.loads(text, parse_float=_java), ordered=True)


def numbers(text: str) -> str:
    """JSON with its numbers as Java writes them, all else as it is."""
    return _written(json.loads(text, parse_float=_java), ordered=False)


def _written(value: Any, ordered: bool) -> str:
    match value:
        case _Raw():
            return value
        case dict():
            keys = sorted(value) if ordered else list(value)
            return "{" + ",".join(f"{_written(key, ordered)}:{_written(value[key], ordered)}" for key in keys) + "}"
        case list():
            return "[" + ",".join(_written(each, ordered) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def raw_number(text: str, path: str) -> str | None:
    """The number at a path (DuckDB's), digit by digit as it stands in the text."""
    value = json.loads(text, parse_float=_Raw, parse_int=_Raw)
    for step in _steps(path):
        if isinstance(value, list) and isinstance(step, int):
            value = value[step] if step < len(value) else None
        elif isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        else:
            return None
    return str(value) if isinstance(value, _Raw) else None


@lru_cache(256)
def _steps(path: str) -> tuple[str | int, ...]:
    found = re.findall(r"\[(\d+)\]|\.\"((?:[^\"\\]|\\.)*)\"", path)
    return tuple(int(index) if index else re.sub(r"\\(.)", r"\1", name) for index, name in found)


def path(text: str) -> str:
    """A path that a row holds, as DuckDB reads it."""
    found = json_paths.canonical(text)
    if found is None:
        raise fail(f"Invalid JSON path: '{text}'")
    return found
