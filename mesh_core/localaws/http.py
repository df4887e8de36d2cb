"""A request and a reply, independent of the WSGI server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from mesh_core.localaws.caller import Caller


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
