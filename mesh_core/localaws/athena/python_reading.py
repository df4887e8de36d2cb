"""Lines of text files in Python, where they are not plain: opencsv's quotes, escaped separators, odd JSON."""

from __future__ import annotations

import base64
import binascii
import json
import re
from decimal import Decimal, InvalidOperation


def csv_fields(line: str, marks: str) -> list[str | None]:
    """A line's fields as opencsv cuts them; marks: separator, quote, escape. A field that stays open is NULL."""
    separator, quote, escape = tuple(marks)
    fields: list[str | None] = []
    field = ""
    quoted = inside = False
    at, end = 0, len(line)
    while at < end:
        char = line[at]
        after = line[at + 1] if at + 1 < end else ""
        if char == escape:
            if (quoted or inside) and after in (quote, escape) and after:
                field += after
                at += 1
        elif char == quote:
            if (quoted or inside) and after == quote:
                field += after
                at += 1
            else:
                if at > 2 and line[at - 1] != separator and after and after != separator:
                    # a quote amidst a field stays, unless only blanks are before it
                    field = "" if field and not field.strip() else field + char
                quoted = not quoted
            inside = not inside
        elif char == separator and not quoted:
            fields.append(field)
            field, inside = "", False
        else:
            field += char
            inside = True
        at += 1
    fields.append(None if quoted else field)
    return fields


def cut(text: str, marks: str) -> list[str]:
    """A text at its separators, those behind an escape left alone; marks: separator, escape. Escapes stay."""
    separator, escape = tuple(marks)
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        elif text[at] == escape:
            at += 1
        at += 1
    return [*parts, text[start:]]


NUMBER = "\x01"


def openx_line(line: str, lenient: bool) -> str | None:
    """JSON that OpenX' parser takes as DuckDB's: what follows it is left out, odd numbers are marked texts."""
    try:
        value, _ = _EXACT.raw_decode(line.strip())
    except ValueError:
        if lenient:
            return None
        raise ValueError("[athena HIVE_CURSOR_ERROR] Row is not a valid JSON Object") from None
    return json.dumps(value, ensure_ascii=False)


def hive_json_line(line: str) -> str:
    """A line of JSON with its odd numbers as marked texts."""
    return json.dumps(_STRICT.decode(line), ensure_ascii=False)


def _plain(digits: str) -> str | int:
    """An integer that fits a long as it is; other numbers as BigDecimal writes them."""
    if re.fullmatch(r"-?\d{1,18}", digits):
        return int(digits)
    return NUMBER + str(Decimal(digits))


def _raw(digits: str) -> str | int:
    return int(digits) if re.fullmatch(r"-?\d{1,18}", digits) else NUMBER + digits


_EXACT = json.JSONDecoder(parse_float=_plain, parse_int=_plain, strict=False)
_STRICT = json.JSONDecoder(parse_float=_raw, parse_int=_raw, strict=False)


def openx_long(text: str) -> str | None:
    """A whole number written in octal, hexadecimal or with an exponent; None for what is none."""
    try:
        if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
            return str(int(text[2:], 16))
        if re.fullmatch(r"0[0-7]+", text):
            return str(int(text[1:], 8))
        if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", text):
            return str(int(Decimal(text)))
    except (ValueError, InvalidOperation, OverflowError):
        return None
    return None


def loose_base64(text: str) -> bytes:
    """Base64 of both alphabets, blanks and all."""
    plain = re.sub(r"[\s=]", "", text).replace("-", "+").replace("_", "/")
    plain = plain[:-1] if len(plain) % 4 == 1 else plain
    return base64.b64decode(plain + "=" * (-len(plain) % 4))


def strict_base64(text: str) -> bytes | None:
    """Base64 by the book; None for anything else."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
