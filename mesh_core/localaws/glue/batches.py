"""Batches: every entry is tried, and each failure is an entry of `Errors`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.glue.documents import Document

T = TypeVar("T")


def detail(error: AwsError) -> Document:
    """An ErrorDetail."""
    return {"ErrorCode": error.code, "ErrorMessage": error.message}


def each(entries: Iterable[T], act: Callable[[T], object], failed: Callable[[T, Document], Document]) -> list[Document]:
    """Act on every entry; the errors of those that AWS would refuse, shaped by `failed`."""
    errors = []
    for entry in entries:
        try:
            act(entry)
        except AwsError as error:
            errors.append(failed(entry, detail(error)))
    return errors
