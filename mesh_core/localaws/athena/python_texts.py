"""Functions of text in Python: Trino's work on code points, where DuckDB's count bytes or graphemes."""

from __future__ import annotations

import itertools
import math
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

LARGEST_LEVENSHTEIN = 1_000_000


def fail(message: str) -> ValueError:
    """An error that becomes Athena's INVALID_FUNCTION_ARGUMENT."""
    return ValueError(f"[athena INVALID_FUNCTION_ARGUMENT] {message}")


def strpos(text: str, part: str, instance: int) -> int:
    """The place of the n-th occurrence, which may overlap the one before; negative: from the end."""
    if instance == 0:
        raise fail("'instance' must be a positive or negative number.")
    if not part:
        return 1
    at = -1 if instance > 0 else len(text) + 1
    for _ in range(abs(instance)):
        at = text.find(part, at + 1) if instance > 0 else _before(text, part, at)
        if at < 0:
            return 0
    return at + 1


def _before(text: str, part: str, at: int) -> int:
    return text.rfind(part, 0, at - 1 + len(part)) if at > 0 else -1


def translate(text: str, source: str, target: str) -> str:
    """Characters replaced one by one; those without a counterpart are left out."""
    table: dict[int, str | None] = {}
    for index, each in enumerate(source):
        table.setdefault(ord(each), target[index] if index < len(target) else None)
    return text.translate(table)


def levenshtein(one: str, other: str) -> int:
    """Edits of code points from one text to the other."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    if not short:
        return len(long)
    if len(long) * (len(short) - 1) > LARGEST_LEVENSHTEIN:
        raise fail("The combined inputs for Levenshtein distance are too large")
    row = list(range(len(short) + 1))
    for index, each in enumerate(long, 1):
        before, row[0] = row[0], index
        for place, char in enumerate(short, 1):
            above = row[place]
            row[place] = before if each == char else 1 + min(before, above, row[place - 1])
            before = above
    return row[-1]


def hamming(one: str, other: str) -> int:
    """Places at which two texts of one length differ."""
    if len(one) != len(other):
        raise fail("The input strings to hamming_distance function must have the same length")
    return sum(a != b for a, b in zip(one, other, strict=True))


_SOUNDS = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "01230120022455012623010202", strict=True))


def soundex(text: str) -> str:
    """American Soundex; H and W do not part letters of one sound."""
    letters = [each for each in text if each.isalpha()]
    if not letters:
        return ""
    upper = "".join(letters).upper()
    for each in upper:
        if each not in _SOUNDS:
            raise fail(f"The character is not mapped: {each} (index={ord(each) - ord('A')})")
    code, last = upper[0], _SOUNDS[upper[0]]
    for each in upper[1:]:
        sound = _SOUNDS[each]
        if each in "HW":
            continue
        if sound not in ("0", last):
            code += sound
        last = sound
    return code[:4].ljust(4, "0")


def luhn_check(digits: str) -> bool:
    """Whether the last digit is the check digit of the others."""
    if any(each not in "0123456789" for each in digits):
        raise fail("Input contains non-digit character")
    doubled = [int(each) * (1 + index % 2) for index, each in enumerate(reversed(digits))]
    return bool(digits) and sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def normalize(text: str, form: str) -> str:
    """Unicode normalisation."""
    match form:
        case "NFC" | "NFD" | "NFKC" | "NFKD":
            return unicodedata.normalize(form, text)
        case _:
            raise fail("Normalization form must be one of [NFD, NFC, NFKD, NFKC]")


def format_number(value: float) -> str:
    """`1.23M`: three digits and a unit."""
    fraction, unit = float(int(value)), ""
    for each in "KMBTQ":
        if abs(fraction) < 1000:
            break
        fraction, unit = fraction / 1000, each
    digits = 2 if fraction < 10 else 1 if fraction < 100 else 0
    # DecimalFormat rounds the number that the double is, not its shortest digits
    exact = Decimal(fraction).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    text = f"{exact:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit


def human_seconds(seconds: float) -> str:
    """`1 week, 2 days`."""
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        raise fail(f"Invalid argument found: {str(seconds).replace('nan', 'NaN').replace('inf', 'Infinity')}")
    rest = int(abs(seconds) + Fraction(1, 2))
    found = []
    for name, size in (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, size)
        if count:
            found.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(found) or "0 seconds"


LARGEST_COMBINATIONS = 100_000


def combinations(length: int, size: int) -> list[list[int]]:
    """The places of every combination of so many of an array's elements, those with the later last ones later."""
    if size < 0:
        raise fail(f"combination size must not be negative: {size}")
    if size > 5:
        raise fail(f"combination size must not exceed 5: {size}")
    if math.comb(length, size) > LARGEST_COMBINATIONS:
        raise fail(f"combinations exceed max size: {LARGEST_COMBINATIONS}")
    found = itertools.combinations(range(1, length + 1), size)
    return [list(each) for each in sorted(found, key=lambda places: places[::-1])]


_UNITS = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}


def data_size(text: str) -> str:
    """`2.3MB` in bytes."""
    digits = text[: len(text) - len(text.lstrip("0123456789."))]
    unit = _UNITS.get(text[len(digits) :])
    if unit is None or not any(map(str.isdigit, digits)) or digits.count(".") > 1:
        raise fail(f"Invalid data size: '{text}'")
    return str(int(Fraction(digits if digits[-1] != "." else digits + "0") * unit))
