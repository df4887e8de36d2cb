"""Checksums of bodies as S3 names them: verified when sent, kept, and given back when asked.

Values travel as base64 of the big-endian digest; names are lower-case here (`crc32`) and upper-case in documents.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.s3.crc import crc32c, crc64nvme
from mesh_core.localaws.s3.errors import bad_digest, invalid_request

HEADER = "x-amz-checksum-"


class Digest(Protocol):
    """What hashlib's objects and ours have in common."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._state = 0

    def update(self, data: bytes, /) -> None:
        self._state = zlib.crc32(data, self._state)

    def digest(self) -> bytes:
        return self._state.to_bytes(4, "big")


_ALGORITHMS: dict[str, Callable[[], Digest]] = {
    "crc32": _Crc32,
    "crc32c": crc32c,
    "crc64nvme": crc64nvme,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
}


def check_algorithm(name: str) -> str:
    """An algorithm's lower-case name; AwsError InvalidRequest for one that S3 does not know."""
    if name.lower() not in _ALGORITHMS:
        raise invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            f"[{', '.join(sorted(n.upper() for n in _ALGORITHMS))}]"
        )
    return name.lower()


class Digests:
    """Several checksums of one stream, read once, and its length. MD5 (hexadecimal) is always among them."""

    def __init__(self, algorithms: Iterable[str] = ()) -> None:
        self.size_bytes = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._others = {name: _ALGORITHMS[name]() for name in algorithms}

    def update(self, data: bytes) -> None:
        """Take more bytes in."""
        self.size_bytes += len(data)
        self._md5.update(data)
        for digest in self._others.values():
            digest.update(data)

    @property
    def md5(self) -> str:
        """MD5 in hexadecimal: an ETag."""
        return self._md5.hexdigest()

    def values(self) -> dict[str, str]:
        """Base64 by algorithm."""
        return {name: base64.b64encode(digest.digest()).decode() for name, digest in self._others.items()}


@dataclass(frozen=True)
class Announced:
    """What a request says about its body: MD5 in hexadecimal, base64 checksums by algorithm."""

    md5: str | None = None
    checksums: Mapping[str, str] = field(default_factory=dict)

    def verify(self, computed: Digests) -> None:
        """AwsError BadDigest unless what was announced is what arrived."""
        if self.md5 is not None and self.md5 != computed.md5:
            raise bad_digest("Content-MD5")
        values = computed.values()
        for name, value in self.checksums.items():
            if values[name] != value:
                raise bad_digest(name.upper())


def announced(headers: Mapping[str, str]) -> Announced:
    """From a request's headers, trailers merged in; AwsError InvalidRequest, InvalidDigest if malformed."""
    found = {name: headers[HEADER + name] for name in _ALGORITHMS if HEADER + name in headers}
    if len(found) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for name, value in found.items():
        if len(_decoded(value)) != len(_ALGORITHMS[name]().digest()):
            raise invalid_request(f"Value for {HEADER}{name} header is invalid.")
    return Announced(_announced_md5(headers), found)


def _announced_md5(headers: Mapping[str, str]) -> str | None:
    if "content-md5" not in headers:
        return None
    raw = _decoded(headers["content-md5"])
    if len(raw) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400)
    return raw.hex()


def composite(name: str, parts: Iterable[str]) -> str:
    """A multipart object's checksum of its parts' checksums: `base64-N`."""
    raw = [_decoded(part) for part in parts]
    digest = _ALGORITHMS[name]()
    digest.update(b"".join(raw))
    return f"{base64.b64encode(digest.digest()).decode()}-{len(raw)}"


def composite_etag(parts: Iterable[str]) -> str:
    """A multipart object's ETag: MD5 of the parts' MD5s, and their number."""
    raw = [bytes.fromhex(part) for part in parts]
    return f"{hashlib.md5(b''.join(raw), usedforsecurity=False).hexdigest()}-{len(raw)}"


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return b""
