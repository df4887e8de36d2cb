"""CRC-32C and CRC-64/NVME, which Python lacks: table-driven, and over numpy lanes for large data.

A CRC is linear, so a long text is cut into equal lanes, the lanes' CRCs are computed side by side, and joined by
shifting. Source: the "CRC catalogue" parameters of CRC-32/ISCSI and CRC-64/NVME (both reflected, all-ones in and out).
"""

from __future__ import annotations

from functools import cache
from typing import Any

_LANE_BYTES = 1024
_LANES_FROM_BYTES = 64 * 1024


class Crc:
    """A running CRC with hashlib's `update` and `digest` (big-endian)."""

    def __init__(self, polynomial: int, bits: int) -> None:
        self._polynomial, self._bits = polynomial, bits
        self._mask = (1 << bits) - 1
        self._state = self._mask

    def update(self, data: bytes) -> None:
        """Take more bytes in."""
        whole = len(data) - len(data) % _LANE_BYTES if len(data) >= _LANES_FROM_BYTES else 0
        if whole:
            self._state = _join_lanes(self._polynomial, self._bits, self._state, memoryview(data)[:whole])
        table, state = _table(self._polynomial), self._state
        for byte in memoryview(data)[whole:]:
            state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
        self._state = state

    def digest(self) -> bytes:
        """The CRC of everything so far."""
        return (self._state ^ self._mask).to_bytes(self._bits // 8, "big")


def crc32c() -> Crc:
    """CRC-32C (Castagnoli)."""
    return Crc(0x82F63B78, 32)


def crc64nvme() -> Crc:
    """CRC-64/NVME."""
    return Crc(0x9A6C9329AC4BC9B5, 64)


@cache
def _table(polynomial: int) -> tuple[int, ...]:
    return tuple(_shift_bits(polynomial, byte, 8) for byte in range(256))


def _shift_bits(polynomial: int, state: int, count: int) -> int:
    for _ in range(count):
        state = (state >> 1) ^ (polynomial if state & 1 else 0)
    return state


@cache
def _lane_shift(polynomial: int, bits: int) -> tuple[tuple[int, ...], ...]:
    """By byte of a state: what it becomes after a lane of zero bytes; the bytes' results are XORed."""
    columns = [_shift_bits(polynomial, 1 << bit, 8 * _LANE_BYTES) for bit in range(bits)]
    return tuple(
        tuple(_combine(columns[start : start + 8], byte) for byte in range(256)) for start in range(0, bits, 8)
    )


def _combine(columns: list[int], byte: int) -> int:
    result = 0
    for bit, column in enumerate(columns):
        if byte >> bit & 1:
            result ^= column
    return result


def _join_lanes(polynomial: int, bits: int, state: int, data: memoryview) -> int:
    shift = _lane_shift(polynomial, bits)
    for lane in _lane_states(polynomial, data):
        moved = 0
        for index, table in enumerate(shift):
            moved ^= table[state >> 8 * index & 0xFF]
        state = moved ^ lane
    return state


def _lane_states(polynomial: int, data: memoryview) -> list[int]:
    """Each lane's state from a start of 0 (the running state is shifted over it afterwards)."""
    import numpy  # only when a client sends one of these checksums: it costs 0.1 s and 20 MB

    table: Any = numpy.array(_table(polynomial), dtype=numpy.uint64)
    lanes = numpy.frombuffer(data, dtype=numpy.uint8).reshape(-1, _LANE_BYTES).T.astype(numpy.uint64)
    states = numpy.zeros(lanes.shape[1], dtype=numpy.uint64)
    low, eight = numpy.uint64(0xFF), numpy.uint64(8)
    for column in lanes:
        states = table[(states ^ column) & low] ^ (states >> eight)
    return [int(state) for state in states]
