"""Pages: at most so many entries, and an opaque token that says behind which key the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from mesh_core.localaws.aws_error import invalid
from mesh_core.localaws.glue.documents import Document

T = TypeVar("T")


def after(params: Document) -> str:
    """The key behind which a page begins, "" for the first. AwsError InvalidInputException on a foreign token."""
    token = params.get("NextToken") or ""
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise invalid(f"Invalid pagination token provided: {token}") from error


def page(params: Document, most: int, found: Iterator[T], key: Callable[[T], str]) -> tuple[list[T], dict[str, str]]:
    """The first MaxResults entries of a stream that starts behind the token, and {"NextToken": ...} if more follow."""
    size = _size(params, most)
    taken = list(islice(found, size + 1))
    if len(taken) <= size:
        return taken, {}
    return taken[:size], {"NextToken": _token(key(taken[size - 1]))}


def chunks(read: Callable[[str], list[T]], size: int, key: Callable[[T], str], behind: str) -> Iterator[list[T]]:
    """Lists of `size` entries behind a key, until one is shorter."""
    while True:
        chunk = read(behind)
        yield chunk
        if len(chunk) < size:
            return
        behind = key(chunk[-1])


def page_of(params: Document, most: int, entries: list[T]) -> tuple[list[T], dict[str, str]]:
    """The same for a list at hand, whose tokens are positions."""
    text = after(params) or "0"
    if not text.isdecimal():
        raise invalid(f"Invalid pagination token provided: {params['NextToken']}")
    start, size = int(text), _size(params, most)
    more = {"NextToken": _token(str(start + size))} if start + size < len(entries) else {}
    return entries[start : start + size], more


def _size(params: Document, most: int) -> int:
    size: int = params.get("MaxResults", most)
    if size > most:
        raise invalid(
            f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
    return size


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()
