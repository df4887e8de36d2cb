"""Frozen dataclasses as JSON and back: the form in which plans and journals are stored.

A dataclass becomes an object with its class name under `_`; tuples become arrays; mappings whose keys are no strings
become arrays of pairs. Reading knows only the classes it is given, so a stored document can't name others.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any


def to_json(value: object) -> str:
    """Deterministic: keys sorted, no spaces."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"_": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {str(key): _plain(item) for key, item in value.items()}
        return sorted(([_plain(key), _plain(item)] for key, item in value.items()), key=json.dumps)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


def from_json(text: str, classes: Iterable[type]) -> Any:
    """The value that `to_json` wrote; KeyError or TypeError for a class that is not among `classes`."""
    return _build(json.loads(text), {one.__name__: one for one in classes}, Any)


def _build(value: Any, known: Mapping[str, type], hint: Any) -> Any:
    if isinstance(value, dict) and "_" in value:
        kind = known[value["_"]]
        hints = typing.get_type_hints(kind)
        # A field that is younger than the document has its default.
        fields = (f for f in dataclasses.fields(kind) if f.name in value)
        return kind(**{f.name: _build(value[f.name], known, hints[f.name]) for f in fields})
    if isinstance(value, dict):
        return {key: _build(item, known, Any) for key, item in value.items()}
    if isinstance(value, list):
        inner = _item_hint(hint)
        items = [_build(item, known, inner) for item in value]
        return items if _is_list(hint) else tuple(items)
    return value


def _item_hint(hint: Any) -> Any:
    arguments = [a for a in typing.get_args(hint) if a is not Ellipsis]
    if isinstance(hint, types.UnionType) or not arguments:
        return Any
    return arguments[0] if len(set(map(str, arguments))) == 1 else Any


def _is_list(hint: Any) -> bool:
    return hint is list or typing.get_origin(hint) is list
