"""Functions of binary values and URLs in Python."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac as _hmac
import re
import struct
import zlib
from functools import lru_cache
from urllib.parse import unquote_plus

from mesh_core.localaws.athena.python_texts import fail

_MASK = (1 << 64) - 1


def from_utf8(data: bytes, replacement: str) -> str:
    """Text; each invalid sequence becomes the replacement."""
    if len(replacement) > 1:
        raise fail("Replacement character string must empty or a single character")
    return data.decode("utf-8", "replace").replace("\ufffd", replacement) if data else ""


def from_hex(text: str) -> bytes:
    """Bytes of hexadecimal digits."""
    if len(text) % 2:
        raise fail(f"invalid input length {len(text)}")
    if bad := re.search(r"[^0-9a-fA-F]", text):
        raise fail(f"invalid hex character: {bad[0]}")
    return bytes.fromhex(text)


def from_base64(text: str) -> bytes:
    """Bytes of base64, with or without its padding."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise fail(f"Illegal base64: {error}") from error


def to_base32(data: bytes) -> str:
    """Base32 text."""
    return base64.b32encode(data).decode()


def from_base32(text: str) -> bytes:
    """Bytes of base32, with or without its padding."""
    try:
        return base64.b32decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 8))
    except binascii.Error as error:
        raise fail(f"Unrecognized base32: {text}") from error


def pad_bytes(data: bytes, length: int, filling: bytes, left: bool) -> bytes:
    """lpad and rpad of bytes."""
    if not 0 <= length <= 2**31 - 1:
        raise fail("Target length must be in the range [0..2147483647]")
    if not filling:
        raise fail("Padding bytes must not be empty")
    more = length - len(data)
    if more <= 0:
        return data[:length]
    extra = (filling * (more // len(filling) + 1))[:more]
    return extra + data if left else data + extra


def lpad_bytes(data: bytes, length: int, filling: bytes) -> bytes:
    """lpad."""
    return pad_bytes(data, length, filling, left=True)


def rpad_bytes(data: bytes, length: int, filling: bytes) -> bytes:
    """rpad."""
    return pad_bytes(data, length, filling, left=False)


def sha512(data: bytes) -> bytes:
    """SHA-512."""
    return hashlib.sha512(data).digest()


def crc32(data: bytes) -> int:
    """CRC-32."""
    return zlib.crc32(data)


def hmac(data: bytes, key: bytes, algorithm: str) -> bytes:
    """HMAC with md5, sha1, sha256 or sha512."""
    return _hmac.new(key, data, algorithm).digest()


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


_P1, _P2, _P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_P4, _P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def _round(lane: int, word: int) -> int:
    return _rotated((lane + word * _P2) & _MASK, 31) * _P1 & _MASK


def xxhash64(data: bytes) -> bytes:
    """XXH64 with seed 0, as eight bytes, the highest first."""
    found, at = _P5, 0
    if len(data) >= 32:
        lanes = [(_P1 + _P2) & _MASK, _P2, 0, -_P1 & _MASK]
        while at + 32 <= len(data):
            lanes = [_round(lane, word) for lane, word in zip(lanes, struct.unpack_from("<4Q", data, at), strict=True)]
            at += 32
        found = sum(_rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            found = ((found ^ _round(0, lane)) * _P1 + _P4) & _MASK
    found = (found + len(data)) & _MASK
    return _tail(found, data[at:]).to_bytes(8, "big")


def _tail(found: int, rest: bytes) -> int:
    at = 0
    while at + 8 <= len(rest):
        found = (_rotated(found ^ _round(0, struct.unpack_from("<Q", rest, at)[0]), 27) * _P1 + _P4) & _MASK
        at += 8
    if at + 4 <= len(rest):
        word = struct.unpack_from("<I", rest, at)[0]
        found = (_rotated(found ^ (word * _P1 & _MASK), 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in rest[at:]:
        found = _rotated(found ^ (byte * _P5 & _MASK), 11) * _P1 & _MASK
    found = (found ^ found >> 33) * _P2 & _MASK
    found = (found ^ found >> 29) * _P3 & _MASK
    return found ^ found >> 32


_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def murmur3(data: bytes) -> bytes:
    """MurmurHash3 of 128 bits (x64) with seed 0, both halves with their lowest byte first."""
    one = other = 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        low, high = struct.unpack_from("<2Q", data, at)
        one = (_rotated(one ^ _mixed(low, _C1, 31, _C2), 27) + other) * 5 + 0x52DCE729 & _MASK
        other = (_rotated(other ^ _mixed(high, _C2, 33, _C1), 31) + one) * 5 + 0x38495AB5 & _MASK
    rest = data[whole:]
    other ^= _mixed(int.from_bytes(rest[8:], "little"), _C2, 33, _C1)
    one ^= _mixed(int.from_bytes(rest[:8], "little"), _C1, 31, _C2)
    one, other = one ^ len(data), other ^ len(data)
    one = (one + other) & _MASK
    other = (other + one) & _MASK
    one, other = _final(one), _final(other)
    one = (one + other) & _MASK
    return struct.pack("<2Q", one, (other + one) & _MASK)


def _mixed(word: int, first: int, bits: int, second: int) -> int:
    return _rotated(word * first & _MASK, bits) * second & _MASK


def _final(value: int) -> int:
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD & _MASK
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53 & _MASK
    return value ^ value >> 33


def unpack(data: bytes, size: int, layout: str) -> float:
    """The number that so many bytes are."""
    if len(data) != size:
        raise fail(f"expected {size}-byte input, but got instead: {len(data)}")
    return struct.unpack(layout, data)[0]  # type: ignore[no-any-return]


# URLs, as java.net.URI takes them apart

_URI = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.S)
_LEGAL = re.compile(r"(?:[A-Za-z0-9_.!~*'();/?:@&=+$,\[\]-]|%[0-9A-Fa-f]{2}|[^\x00-\xa0\u2000-\u200f\u2028-\u202f])*")
_SERVER = re.compile(
    r"(?:[^@]*@)?((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?"
    r"|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]+\])(?::(\d*))?"
)


@lru_cache(1024)
def _parsed(text: str) -> dict[str, str] | None:
    found = _URI.fullmatch(text)
    legal = all(_LEGAL.fullmatch(each) for each in text.split("#", 1))
    if found is None or not text or not legal or (found[1] and not (found[2] or found[3])):
        return None
    parts = dict(zip(("scheme", "authority", "path", "query", "fragment"), found.groups(), strict=True))
    if parts["scheme"] and parts["authority"] is None and not parts["path"].startswith("/"):
        parts["path"] = parts["query"] = None  # mailto:a@b.c has no parts
    server = _SERVER.fullmatch(parts["authority"] or "")
    if server:
        parts |= {"host": server[1], "port": server[2]}
    return {key: value for key, value in parts.items() if value is not None}


def url(text: str, part: str) -> str | None:
    """A part of a URL: '' where it has none, NULL where it is no URL (or has no such port)."""
    found = _parsed(text)
    if found is None:
        return None
    value = found.get(part, "")
    if part == "port":
        return value or None
    return _decoded(value) if part in ("path", "query", "fragment") else value


def _decoded(text: str) -> str:
    def run(found: re.Match[str]) -> str:
        return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")

    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", run, text)


def url_parameter(text: str, name: str) -> str | None:
    """The first value of a query parameter."""
    found = _parsed(text)
    for each in found["query"].split("&") if found and "query" in found else ():
        key, _, value = each.partition("=")
        if key == name:
            return url_decode(value)
    return None


def url_decode(text: str) -> str:
    """The text that an URL's parameter stands for."""
    if bad := re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise fail(f"URLDecoder: Illegal hex characters in escape (%) pattern at {bad.start()}")
    return unquote_plus(text, errors="replace")
