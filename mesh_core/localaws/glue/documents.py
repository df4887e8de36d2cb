"""How the catalog's documents are kept: JSON exactly as the Glue API sends it, one text a row.

Times are epoch seconds (whole ones, as AWS gives them) and blobs are base64, so that a stored document is an answer.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

Document = dict[str, Any]
Clock = Callable[[], datetime]


def to_text(document: Any) -> str:
    """A document as the text that is stored."""
    return json.dumps(document, default=_wire, separators=(",", ":"))


def of_text(text: str) -> Document:
    """The stored text as a document."""
    document: Document = json.loads(text)
    return document


class Stored(dict[str, Any]):
    """A document as it was read, which nobody changes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(json.loads(text))
        self.text = text


def as_sent(document: Document) -> Document:
    """The same document with times and blobs as the wire has them; a copy that shares nothing with the original."""
    return of_text(to_text(document))


def epoch_s(moment: datetime) -> float:
    """Whole seconds since 1970: Glue keeps no fractions."""
    return float(int(moment.timestamp()))


def columns_of(table: Document) -> list[Document]:
    """Every column of a table in the order of the whole endpoint: data columns, then partition keys."""
    return [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]


def key_of(values: list[str]) -> str:
    """A partition's values as one text that sorts and compares: its key within the table."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def _wire(value: object) -> object:
    match value:
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a catalog document")
