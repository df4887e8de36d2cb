"""NextToken and MaxResults, as every listing of Lake Formation has them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, TypeVar

from mesh_core.localaws.aws_error import invalid

MAX_RESULTS = 1000
DEFAULT_RESULTS = 100

T = TypeVar("T")


def size(params: dict[str, Any]) -> int:
    """MaxResults, 100 unless given. AwsError InvalidInputException beyond 1000."""
    wanted = int(params.get("MaxResults", DEFAULT_RESULTS))
    if not 1 <= wanted <= MAX_RESULTS:
        raise invalid(f"MaxResults is {wanted}; it can be 1 to {MAX_RESULTS}.")
    return wanted


def place(params: dict[str, Any]) -> tuple[str, ...]:
    """What NextToken says: where the page begins, () at the start. AwsError InvalidInputException."""
    token = params.get("NextToken")
    if not token:
        return ()
    try:
        parts = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError) as error:
        raise invalid("NextToken is not one that this operation gave.") from error
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise invalid("NextToken is not one that this operation gave.")
    return tuple(parts)


def token(where: tuple[str, ...] | None) -> dict[str, str]:
    """{"NextToken": ...}, or {} where nothing follows."""
    if where is None:
        return {}
    return {"NextToken": base64.urlsafe_b64encode(json.dumps(where).encode()).decode()}


def cut(params: dict[str, Any], items: list[T]) -> tuple[list[T], dict[str, str]]:
    """The page of a list that the parameters ask for, and its NextToken."""
    where = place(params)
    if where and not where[0].isdecimal():
        raise invalid("NextToken is not one that this operation gave.")
    start, wanted = int(where[0]) if where else 0, size(params)
    more = token((str(start + wanted),) if start + wanted < len(items) else None)
    return items[start : start + wanted], more
