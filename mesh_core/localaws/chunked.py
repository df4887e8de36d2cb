"""Bodies in AWS's own framing (`aws-chunked`): taken apart, each chunk's signature and the trailer's checked.

Three kinds, named by the header x-amz-content-sha256: signed chunks, signed chunks with a signed trailer, and unsigned
chunks with a trailer. A trailer holds what the header x-amz-trailer announces and nothing else: a checksum. Whether
that is the body's is asked where the body is stored.
Source: Amazon S3 API Reference, "Signature calculations: transferring payload in multiple chunks".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from mesh_core.localaws.auth_errors import AuthError
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.sigv4 import Signature

SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", SIGNED_TRAILER)
KINDS = (*SIGNED, UNSIGNED_TRAILER)
SMALLEST_CHUNK_BYTES = 8192  # of all but the last one
_EMPTY = hashlib.sha256(b"").hexdigest()
_LINE_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024 * 1024
_TRAILERS = frozenset(f"x-amz-checksum-{name}" for name in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256"))


@dataclass(frozen=True)
class Framing:
    """How a body is framed: its kind, the trailer that it must have (None: none), and its decoded size in bytes."""

    kind: str
    trailer: str | None
    size_bytes: int


def framing(kind: str, headers: Mapping[str, str]) -> Framing:
    """What the headers say about the framing. AwsError MissingContentLength, InvalidRequest."""
    size_text = headers.get("x-amz-decoded-content-length", "")
    if not re.fullmatch(r"[0-9]{1,15}", size_text):
        raise AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    trailer = headers.get("x-amz-trailer", "").strip().lower() or None
    if trailer is not None and (trailer not in _TRAILERS or kind == SIGNED[0]):
        raise AwsError("InvalidRequest", "The value specified in the x-amz-trailer header is not supported")
    if trailer is not None and not _TRAILERS.isdisjoint(headers):
        raise AwsError("InvalidRequest", "Expecting a single x-amz-checksum- header")
    return Framing(kind, trailer, int(size_text))


@dataclass
class _Chain:
    """Each chunk's signature covers the one before; key None: chunks are not signed."""

    signature: Signature
    key: bytes | None
    previous: str

    def check(self, claimed: str, data_hash: str, trailer: bool = False) -> None:
        if self.key is None:
            return
        kind = "AWS4-HMAC-SHA256-TRAILER" if trailer else "AWS4-HMAC-SHA256-PAYLOAD"
        parts = [kind, self.signature.amz_date, self.signature.scope, self.previous]
        parts += [data_hash] if trailer else [_EMPTY, data_hash]
        wanted = hmac.new(self.key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted.encode(), claimed.encode("utf-8", "replace")):
            raise AuthError("mismatch")
        self.previous = wanted


def decode(source: BinaryIO, target: BinaryIO, framed: Framing, signature: Signature, key: bytes) -> Mapping[str, str]:
    """Write the decoded body to `target`; returns the trailer's header (lower-case), if any.

    AwsError IncompleteBody for broken framing, MalformedTrailerError, InvalidChunkSizeError; AuthError `mismatch` for a
    wrong chunk or trailer signature.
    """
    chain = _Chain(signature, key if framed.kind in SIGNED else None, signature.signature)
    done_bytes, last_bytes = 0, SMALLEST_CHUNK_BYTES
    while True:
        size_bytes, claimed = _head(_line(source), chain.key is not None)
        if size_bytes and last_bytes < SMALLEST_CHUNK_BYTES:
            raise AwsError(
                "InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes", 403
            )
        done_bytes, last_bytes = done_bytes + size_bytes, size_bytes
        if done_bytes > framed.size_bytes or (not size_bytes and done_bytes != framed.size_bytes):
            raise _incomplete(f"its chunks do not add up to {framed.size_bytes} bytes")
        data = source.read(size_bytes)
        if len(data) != size_bytes:
            raise _incomplete("a chunk is shorter than it says")
        chain.check(claimed, hashlib.sha256(data).hexdigest())
        if size_bytes == 0:
            return _trailer(source, framed, chain)
        target.write(data)
        if _line(source):
            raise _incomplete("a chunk is longer than it says")


def _head(line: str, signed: bool) -> tuple[int, str]:
    found = re.fullmatch(r"([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?", line)
    if found is None or (signed and found[2] is None):
        raise _incomplete(f"{line[:20]!r} does not begin a chunk")
    size_bytes = int(found[1], 16)
    if size_bytes > _CHUNK_BYTES:
        raise _incomplete(f"a chunk of {size_bytes} bytes; at most {_CHUNK_BYTES} are taken")
    return size_bytes, found[2] or ""


def _trailer(source: BinaryIO, framed: Framing, chain: _Chain) -> Mapping[str, str]:
    lines = _trailer_lines(source)
    claimed = lines.pop("x-amz-trailer-signature", "")
    wanted = {framed.trailer} if framed.trailer else set()
    if set(lines) != wanted or bool(claimed) != (framed.kind == SIGNED_TRAILER):
        raise AwsError(
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        )
    if framed.kind == SIGNED_TRAILER:
        signed = "".join(f"{name}:{value}\n" for name, value in lines.items())
        chain.check(claimed, hashlib.sha256(signed.encode()).hexdigest(), trailer=True)
    return lines


def _trailer_lines(source: BinaryIO) -> dict[str, str]:
    """The lines up to the empty one, which ends the body."""
    lines: dict[str, str] = {}
    while line := _line(source):
        name, _, value = line.partition(":")
        if name.strip().lower() in lines:
            raise _incomplete("its trailer says one thing twice")
        lines[name.strip().lower()] = value.strip()
    if source.read(1):
        raise _incomplete("something follows its end")
    return lines


def _line(source: BinaryIO) -> str:
    line = source.readline(_LINE_BYTES)
    if not line.endswith(b"\r\n"):
        raise _incomplete("the body ends inside a line")
    return line[:-2].decode("latin-1")


def _incomplete(why: str) -> AwsError:
    return AwsError("IncompleteBody", f"The request's body is not what its headers say: {why}.", 400)
