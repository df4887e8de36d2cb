"""Numbers as Java's Formatter writes them: halves are rounded up on the shortest digits, not on the binary value."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

_DIGITS = Context(prec=400)


def decimal_text(text: str) -> str:
    """A decimal as BigDecimal.toString() writes it: `1E-7` for the very small."""
    return str(Decimal(text))


def java_number(text: str, layout: str) -> str:
    """A number by `flags|width|precision|conversion`, the conversion one of d, x, X, o, f, e, E."""
    flags, width, precision, kind = layout.split("|")
    if text.lstrip("-") in ("NaN", "Infinity"):
        body, flags = text.lstrip("-"), flags.replace("0", "").replace(",", "")
        body = body.upper() if kind == "E" else body
        negative = text.startswith("-")
        sign = "" if body.lower() == "nan" else _sign(negative, flags)
        return _padded(sign, body, ")" if sign == "(" else "", (flags, int(width or 0)))
    if kind in "xXo":
        return _padded("", _bits(int(text), kind), "", (flags, int(width or 0)))
    value = Decimal(text)
    sign = _sign(value.is_signed(), flags)
    body = _body(value.copy_abs(), int(precision), kind, "," in flags)
    return _padded(sign, body, ")" if sign == "(" else "", (flags, int(width or 0)))


def _sign(negative: bool, flags: str) -> str:
    if negative:
        return "(" if "(" in flags else "-"
    return "+" if "+" in flags else " " if " " in flags else ""


def _bits(value: int, kind: str) -> str:
    """A negative number's bits as a long has them."""
    shown = f"{value & 0xFFFFFFFFFFFFFFFF:{'o' if kind == 'o' else 'x'}}"
    return shown.upper() if kind == "X" else shown


def _body(value: Decimal, precision: int, kind: str, grouped: bool) -> str:
    comma = "," if grouped else ""
    if kind == "d":
        return f"{int(value):{comma}}"
    if kind == "f":
        rounded = value.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP, _DIGITS)
        return f"{rounded:{comma}f}"
    exact = Context(prec=precision + 1, rounding=ROUND_HALF_UP).plus(value)
    digits = "".join(map(str, exact.as_tuple().digits)).ljust(precision + 1, "0")[: precision + 1]
    exponent = exact.adjusted() if exact else 0
    point = "." if precision else ""
    mantissa = f"{digits[0]}{point}{digits[1:]}"
    shown = f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"
    return shown.upper() if kind == "E" else shown


def _padded(sign: str, body: str, close: str, how: tuple[str, int]) -> str:
    flags, width = how
    missing = width - len(sign) - len(body) - len(close)
    if missing <= 0:
        return f"{sign}{body}{close}"
    if "0" in flags:
        return f"{sign}{'0' * missing}{body}{close}"
    shown = f"{sign}{body}{close}"
    return shown.ljust(width) if "-" in flags else shown.rjust(width)
