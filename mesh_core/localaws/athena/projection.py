"""Partition projection: a table's properties say which partitions it has and where they are; Glue's are ignored.

`storage.location.template` (or the folders that Hive would make) is filled with each key's values. Few partitions are
listed one by one; of many, what is there is listed, and the keys are read from the objects' names.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from mesh_core.localaws.athena.ddl_tables import escaped, in_folder
from mesh_core.localaws.athena.failures import failure
from mesh_core.localaws.athena.partition_values import Condition
from mesh_core.localaws.athena.projection_columns import (
    MOST_PARTITIONS,
    Injected,
    Projection,
    Properties,
    TooManyError,
    Value,
)
from mesh_core.localaws.athena.types import Type

LISTED_ONE_BY_ONE = 200
_TEMPLATE = "storage.location.template"
Keys = Sequence[tuple[str, Type]]


def is_projected(table: dict[str, Any]) -> bool:
    """Whether a table's partitions come from its properties."""
    parameters = table.get("Parameters") or {}
    return str(parameters.get("projection.enabled", "")).strip().lower() == "true" and bool(table.get("PartitionKeys"))


def has_template(table: dict[str, Any]) -> bool:
    """Whether a table says itself where its partitions are."""
    return bool((table.get("Parameters") or {}).get(_TEMPLATE))


@dataclass(frozen=True)
class Places:
    """The partitions of a query: each key's values, and how a location is made of them."""

    template: str
    keys: tuple[str, ...]
    values: tuple[tuple[Value, ...], ...]
    shapes: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return math.prod(len(each) for each in self.values)

    def each(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Location and values of every partition."""
        for chosen in product(*self.values):
            yield self._location(chosen), tuple(each.text for each in chosen)

    def _location(self, chosen: Sequence[Value]) -> str:
        location = self.template
        for name, value in zip(self.keys, chosen, strict=True):
            location = location.replace(f"${{{name}}}", value.path)
        return location.rstrip("/") + "/"

    @property
    def scheme(self) -> str:
        """How the locations begin: s3, s3a or s3n."""
        return self.template.partition("://")[0]

    @property
    def root(self) -> str:
        """What all locations begin with."""
        location = self.template
        for name, values in zip(self.keys, self.values, strict=True):
            if len(values) == 1:
                location = location.replace(f"${{{name}}}", values[0].path)
        return location.partition("${")[0].rpartition("/")[0] + "/"

    def reader(self) -> PlaceReader:
        """Finds out which partition an object belongs to."""
        return PlaceReader(self)


class PlaceReader:
    """Reads the values of an object's partition from its address."""

    def __init__(self, places: Places) -> None:
        self._known = [{each.path: each.text for each in values} for values in places.values]
        self._keys = places.keys
        shape, seen = "", set()
        for part in re.split(r"(\$\{[^}]*\})", places.template.rstrip("/") + "/"):
            name = part[2:-1] if part.startswith("${") else None
            if name is None or name not in places.keys:
                shape += re.escape(part)
            elif name in seen:
                shape += f"(?P=k{places.keys.index(name)})"
            else:
                index = places.keys.index(name)
                seen.add(name)
                shape += f"(?P<k{index}>{places.shapes[index]})"
        self._shape = re.compile(shape)

    def read(self, uri: str) -> tuple[int, tuple[str, ...]] | None:
        """Where the partition's location ends in an address, and its values; None for what is in none."""
        found = self._shape.match(uri)
        if found is None:
            return None
        texts = [known.get(found[f"k{index}"]) for index, known in enumerate(self._known)]
        if any(each is None for each in texts):
            return None
        return found.end(), tuple(each for each in texts if each is not None)


def places(
    table: dict[str, Any], keys: Keys, conditions: Sequence[tuple[str, str, tuple[Any, ...]]], now: datetime
) -> Places:
    """The partitions that can hold what a query asks for. QueryFailure for properties that make no sense."""
    given = {str(name).lower(): str(value) for name, value in (table.get("Parameters") or {}).items()}
    projections = [Properties(name, of, given, now).projection() for name, of in keys]
    template = _template(given, keys)
    values = []
    for each in projections:
        asked: list[Condition] = [(symbol, wanted) for name, symbol, wanted in conditions if name == each.name]
        found = _values(table, each, asked)
        if not template:  # Hive's folders
            found = [Value(escaped(value.path), value.text) for value in found]
        values.append(tuple(found))
    shapes = [each.shape if template else r"[^/]+" for each in projections]
    names = tuple(name for name, _ in keys)
    places_ = Places(template or _folders(table, names), names, tuple(values), tuple(shapes))
    if places_.count > MOST_PARTITIONS:
        raise _too_many(table)
    return places_


def _values(table: dict[str, Any], projection: Projection, conditions: list[Condition]) -> list[Value]:
    try:
        return projection.values(conditions)
    except TooManyError:
        raise _too_many(table) from None


def _too_many(table: dict[str, Any]) -> Exception:
    name = f"{table['DatabaseName']}.{table['Name']}"
    return failure(
        "HIVE_EXCEEDED_PARTITION_LIMIT",
        f"Query over table '{name}' can potentially read more than {MOST_PARTITIONS} partitions",
    )


def _folders(table: dict[str, Any], names: Sequence[str]) -> str:
    folders = "/".join(f"{name}=${{{name}}}" for name in names)
    return in_folder(table["StorageDescriptor"].get("Location") or "", folders)


def _template(given: dict[str, str], keys: Keys) -> str | None:
    """storage.location.template; None where the folders are Hive's."""
    template = given.get(_TEMPLATE)
    missing = [name for name, _ in keys if f"${{{name}}}" not in template] if template else []
    if missing:
        raise failure(
            "INVALID_TABLE_PROPERTY",
            f"The table property '{_TEMPLATE}' must have a placeholder for each partition key; "
            f"'${{{missing[0]}}}' is missing in '{template}'",
        )
    return template or None


__all__ = ["Injected", "Places", "is_projected", "places"]
