"""The Condition element of IAM policies: operators, their IfExists forms, and set quantifiers.

All conditions of a statement must hold; the values of one key are alternatives (for negated operators: none may match).
A key that the request lacks makes a condition fail, except for IfExists, negated operators, ForAllValues and Null.
UnknownKeyError is what can't be judged here: a key or an operator that nobody knows, a value that its operator can't
read. Whoever asks fails closed on it.
Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context values".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from mesh_core.localaws.policy_keys import UnknownKeyError, is_known
from mesh_core.localaws.policy_wildcards import Context, Pattern, filled, fits, fits_arn, plain

Conditions = Mapping[str, Mapping[str, tuple[str, ...]]]
_Test = Callable[[Pattern, str], bool]


def conditions_hold(conditions: Conditions, context: Context, variables: bool = True) -> bool:
    """Whether every condition of a statement holds. UnknownKeyError when that can't be judged and matters."""
    unknown: UnknownKeyError | None = None
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            try:
                if not _holds(operator, key.lower(), wanted, context, variables):
                    return False
            except UnknownKeyError as error:
                unknown = error
    if unknown is not None:
        raise unknown
    return True


def check_operators(conditions: Conditions) -> None:
    """UnknownKeyError for an operator that does not exist, or a quantifier that does not."""
    for operator in conditions:
        quantifier, _, rest = operator.rpartition(":")
        if quantifier not in ("", "ForAllValues", "ForAnyValue") or rest.removesuffix("IfExists") not in {
            *_OPERATORS,
            "Null",
        }:
            raise UnknownKeyError(operator)


def _holds(operator: str, key: str, wanted: tuple[str, ...], context: Context, variables: bool) -> bool:
    check_operators({operator: {}})
    quantifier, _, rest = operator.rpartition(":")
    name, if_exists = rest.removesuffix("IfExists"), rest.endswith("IfExists")
    values = context.get(key, ())
    if not values and not is_known(key):
        raise UnknownKeyError(key)
    if name == "Null":
        return (not values) == _truth(wanted)
    negated, test = _OPERATORS[name]
    patterns = [filled(item, context, variables) for item in wanted]
    if not values:
        return if_exists or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
    found = [any(test(item, value) for item in patterns) != negated for value in values]
    # without a quantifier: one of several values is enough, for a negated operator all of them must differ
    return all(found) if quantifier == "ForAllValues" or (negated and not quantifier) else any(found)


def _truth(wanted: tuple[str, ...]) -> bool:
    if len(wanted) != 1 or wanted[0].lower() not in ("true", "false"):
        raise UnknownKeyError(f"Null: {wanted}")
    return wanted[0].lower() == "true"


def _read(test: Callable[[str, str], bool]) -> _Test:
    """A test of two plain texts. UnknownKeyError when one of them is not what the operator compares."""

    def compare(pattern: Pattern, value: str) -> bool:
        wanted = plain(pattern)
        if wanted is None:
            return False
        try:
            return test(wanted, value)
        except ValueError as error:
            raise UnknownKeyError(f"{wanted}, {value}") from error

    return compare


def _arn_like(pattern: Pattern, value: str) -> bool:
    return value.count(":") >= 5 and fits_arn(pattern, value)


def _in_network(wanted: str, value: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?", text):
        raise ValueError(text)
    return float(text)


def _instant(text: str) -> float:
    """Seconds since 1970 of a date as W3C writes it (2026, 2026-11, 2026-11-22, with a time), or of such seconds."""
    if re.fullmatch(r"[0-9]{5,15}(\.[0-9]{1,9})?", text):
        return float(text)
    if partial := re.fullmatch(r"([0-9]{4})(?:-([0-9]{2}))?", text):
        return datetime(int(partial[1]), int(partial[2] or 1), 1, tzinfo=UTC).timestamp()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9]{2}:?[0-9]{2})?)?", text):
        raise ValueError(text)
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _numbers(test: Callable[[float, float], bool]) -> _Test:
    return _read(lambda w, v: test(_number(w), _number(v)))


def _dates(test: Callable[[float, float], bool]) -> _Test:
    return _read(lambda w, v: test(_instant(w), _instant(v)))


_EQUAL = _read(lambda w, v: w == v)
_EQUAL_IGNORING_CASE = _read(lambda w, v: w.lower() == v.lower())
_OPERATORS: dict[str, tuple[bool, _Test]] = {
    "StringEquals": (False, _EQUAL),
    "StringNotEquals": (True, _EQUAL),
    "StringEqualsIgnoreCase": (False, _EQUAL_IGNORING_CASE),
    "StringNotEqualsIgnoreCase": (True, _EQUAL_IGNORING_CASE),
    "StringLike": (False, fits),
    "StringNotLike": (True, fits),
    "ArnEquals": (False, _arn_like),
    "ArnNotEquals": (True, _arn_like),
    "ArnLike": (False, _arn_like),
    "ArnNotLike": (True, _arn_like),
    "Bool": (False, _EQUAL_IGNORING_CASE),
    "NumericEquals": (False, _numbers(lambda w, v: v == w)),
    "NumericNotEquals": (True, _numbers(lambda w, v: v == w)),
    "NumericLessThan": (False, _numbers(lambda w, v: v < w)),
    "NumericLessThanEquals": (False, _numbers(lambda w, v: v <= w)),
    "NumericGreaterThan": (False, _numbers(lambda w, v: v > w)),
    "NumericGreaterThanEquals": (False, _numbers(lambda w, v: v >= w)),
    "DateEquals": (False, _dates(lambda w, v: v == w)),
    "DateNotEquals": (True, _dates(lambda w, v: v == w)),
    "DateLessThan": (False, _dates(lambda w, v: v < w)),
    "DateLessThanEquals": (False, _dates(lambda w, v: v <= w)),
    "DateGreaterThan": (False, _dates(lambda w, v: v > w)),
    "DateGreaterThanEquals": (False, _dates(lambda w, v: v >= w)),
    "IpAddress": (False, _read(_in_network)),
    "NotIpAddress": (True, _read(_in_network)),
    "BinaryEquals": (False, _EQUAL),
}
