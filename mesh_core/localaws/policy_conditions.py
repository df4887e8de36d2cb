"""The Condition element of IAM policies: operators, their IfExists forms, and set quantifiers.

All conditions of a statement must hold; the values of one key are alternatives (for negated operators: none may match).
A key that the request lacks makes a condition fail, except for IfExists, negated operators and Null.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from mesh_core.localaws.aws_error import AwsError

Context = Mapping[str, tuple[str, ...]]


def conditions_hold(conditions: Mapping[str, Mapping[str, tuple[str, ...]]], context: Context) -> bool:
    """Whether every condition of a statement holds. AwsError MalformedPolicyDocument for an unknown operator."""
    return all(
        _holds(operator, key, wanted, context) for operator, keys in conditions.items() for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: tuple[str, ...], context: Context) -> bool:
    quantifier, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    values = context.get(key.lower(), ())
    if name == "Null":
        return (not values) == (wanted == ("true",))
    negated, test = _test(name)
    filled = tuple(_fill(item, context) for item in wanted)
    if quantifier == "ForAllValues":
        return all(_one(test, negated, value, filled) for value in values)
    if quantifier == "ForAnyValue":
        return any(_one(test, negated, value, filled) for value in values)
    if not values:
        return negated or rest.endswith("IfExists")
    if negated:
        return all(_one(test, negated, value, filled) for value in values)
    return any(_one(test, negated, value, filled) for value in values)


def _one(test: Callable[[str, str], bool], negated: bool, value: str, wanted: tuple[str, ...]) -> bool:
    return any(_safely(test, item, value) for item in wanted) != negated


def _safely(test: Callable[[str, str], bool], wanted: str, value: str) -> bool:
    """A value that is no number, date or address matches nothing."""
    try:
        return test(wanted, value)
    except ValueError:
        return False


def _fill(wanted: str, context: Context) -> str:
    def value(match: re.Match[str]) -> str:
        values = context.get(match.group(1).lower())
        return values[0] if values else match.group(0)

    return re.sub(r"\$\{([^}]+)\}", value, wanted) if "${" in wanted else wanted


def _test(name: str) -> tuple[bool, Callable[[str, str], bool]]:
    try:
        return _OPERATORS[name]
    except KeyError as error:
        raise AwsError("MalformedPolicyDocument", f"The local endpoint knows no condition operator {name}.") from error


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", text)
    return re.compile("".join({"*": ".*", "?": "."}.get(p, re.escape(p)) for p in parts), re.DOTALL)


def _string_like(wanted: str, value: str) -> bool:
    return _pattern(wanted).fullmatch(value) is not None


def _arn_like(wanted: str, value: str) -> bool:
    """Each of the six parts by itself; `*` does not cross a colon, except in the last."""
    left, right = wanted.split(":", 5), value.split(":", 5)
    return len(left) == len(right) and all(_string_like(w, v) for w, v in zip(left, right, strict=True))


def _in_network(wanted: str, value: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _instant(text: str) -> float:
    if re.fullmatch(r"\d+(\.\d+)?", text) and len(text) > 4:
        return float(text)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


_OPERATORS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "StringEquals": (False, lambda w, v: w == v),
    "StringNotEquals": (True, lambda w, v: w == v),
    "StringEqualsIgnoreCase": (False, lambda w, v: w.lower() == v.lower()),
    "StringNotEqualsIgnoreCase": (True, lambda w, v: w.lower() == v.lower()),
    "StringLike": (False, _string_like),
    "StringNotLike": (True, _string_like),
    "ArnEquals": (False, _arn_like),
    "ArnNotEquals": (True, _arn_like),
    "ArnLike": (False, _arn_like),
    "ArnNotLike": (True, _arn_like),
    "Bool": (False, lambda w, v: w.lower() == v.lower()),
    "NumericEquals": (False, lambda w, v: float(v) == float(w)),
    "NumericNotEquals": (True, lambda w, v: float(v) == float(w)),
    "NumericLessThan": (False, lambda w, v: float(v) < float(w)),
    "NumericLessThanEquals": (False, lambda w, v: float(v) <= float(w)),
    "NumericGreaterThan": (False, lambda w, v: float(v) > float(w)),
    "NumericGreaterThanEquals": (False, lambda w, v: float(v) >= float(w)),
    "DateEquals": (False, lambda w, v: _instant(v) == _instant(w)),
    "DateNotEquals": (True, lambda w, v: _instant(v) == _instant(w)),
    "DateLessThan": (False, lambda w, v: _instant(v) < _instant(w)),
    "DateLessThanEquals": (False, lambda w, v: _instant(v) <= _instant(w)),
    "DateGreaterThan": (False, lambda w, v: _instant(v) > _instant(w)),
    "DateGreaterThanEquals": (False, lambda w, v: _instant(v) >= _instant(w)),
    "IpAddress": (False, _in_network),
    "NotIpAddress": (True, _in_network),
    "BinaryEquals": (False, lambda w, v: w == v),
}
