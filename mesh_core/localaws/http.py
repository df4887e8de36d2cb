"""A request and a reply, independent of the WSGI server."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from mesh_core.localaws.caller import Caller

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request whose signature was verified.

    path      decoded, with its leading slash; raw_path as it came
    query     decoded pairs in their order; a key without value has ""
    headers   lower-case names
    body      already free of aws-chunked framing; may be a spooled file of any size, positioned at 0
    """

    method: str
    path: str
    raw_path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: BinaryIO

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The first query argument of that name."""
        return next((value for key, value in self.query if key == name), default)


class FileBody:
    """A part of an open file as the body of an answer; `close` may be called any time.

    The server sends the file itself where it can (`stream` stands at the part's start), else it is read in blocks.
    """

    def __init__(self, stream: BinaryIO, start: int, size_bytes: int) -> None:
        self.stream, self._left = stream, size_bytes
        stream.seek(start)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.stream.read(min(BLOCK_BYTES, self._left))
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._left = 0
        self.stream.close()


@dataclass(frozen=True)
class Reply:
    """status, headers, and a body of bytes or an iterable of chunks (then give content-length yourself)."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""


class Api(Protocol):
    """One AWS service: the wrapper hands it a verified request."""

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer; AwsError becomes the service's own error document."""
        ...

    def operations(self) -> frozenset[str]:
        """The names of the operations that are answered, as AWS's service model has them."""
        ...
