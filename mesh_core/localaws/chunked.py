"""Bodies in AWS's own framing (`aws-chunked`): taken apart, each chunk's signature and the trailer's checksums checked.

Three kinds, named by the header x-amz-content-sha256: signed chunks, signed chunks with a signed trailer, and unsigned
chunks with a trailer.
Source: Amazon S3 API Reference, "Signature calculations: transferring payload in multiple chunks".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.sigv4 import AuthError, Signature

SIGNED = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
KINDS = (*SIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
_EMPTY = hashlib.sha256(b"").hexdigest()
_LINE_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024 * 1024


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
        if not hmac.compare_digest(wanted.encode(), claimed.encode()):
            raise AuthError("mismatch", "A chunk's signature does not match the signature we calculated.")
        self.previous = wanted


def decode(source: BinaryIO, target: BinaryIO, kind: str, signature: Signature, key: bytes) -> Mapping[str, str]:
    """Write the decoded body to `target`; returns the trailer's headers (lower-case).

    AwsError IncompleteBody for broken framing, AuthError `mismatch` for a wrong chunk or trailer signature.
    """
    chain = _Chain(signature, key if kind in SIGNED else None, signature.signature)
    while True:
        head = _line(source)
        size_text, _, extension = head.partition(";")
        size_bytes = _size(size_text)
        claimed = extension.removeprefix("chunk-signature=")
        data = source.read(size_bytes)
        if len(data) != size_bytes:
            raise _incomplete("a chunk is shorter than it says")
        chain.check(claimed, hashlib.sha256(data).hexdigest())
        if size_bytes == 0:
            return _trailer(source, chain)
        target.write(data)
        if _line(source):
            raise _incomplete("a chunk is longer than it says")


def _trailer(source: BinaryIO, chain: _Chain) -> Mapping[str, str]:
    trailer: dict[str, str] = {}
    while line := _line(source, at_end=True):
        name, _, value = line.partition(":")
        trailer[name.strip().lower()] = value.strip()
    claimed = trailer.pop("x-amz-trailer-signature", None)
    if trailer and chain.key is not None:
        signed = "".join(f"{name}:{value}\n" for name, value in sorted(trailer.items()))
        chain.check(claimed or "", hashlib.sha256(signed.encode()).hexdigest(), trailer=True)
    return trailer


def _line(source: BinaryIO, at_end: bool = False) -> str:
    line = source.readline(_LINE_BYTES)
    if not line.endswith(b"\n") and not (at_end and len(line) < _LINE_BYTES):
        raise _incomplete("the body ends inside a chunk")
    return line.rstrip(b"\r\n").decode("latin-1")


def _size(text: str) -> int:
    try:
        size_bytes = int(text, 16)
    except ValueError as error:
        raise _incomplete(f"{text[:20]!r} is not a chunk's size") from error
    if not 0 <= size_bytes <= _CHUNK_BYTES:
        raise _incomplete(f"a chunk of {size_bytes} bytes; at most {_CHUNK_BYTES} are taken")
    return size_bytes


def _incomplete(why: str) -> AwsError:
    return AwsError("IncompleteBody", f"The request's body is not what its headers say: {why}.", 400)
