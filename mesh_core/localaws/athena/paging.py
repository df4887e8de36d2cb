"""Pages of lists: NextToken is the place of the next item, opaque to clients."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, TypeVar

from mesh_core.localaws.aws_error import AwsError

Item = TypeVar("Item")


def invalid_request(message: str, code: str = "INVALID_INPUT") -> AwsError:
    """InvalidRequestException, with the code that Athena adds."""
    return AwsError("InvalidRequestException", message, AthenaErrorCode=code, ErrorCode=code)


def page(items: Sequence[Item], params: dict[str, Any], default: int = 50) -> tuple[list[Item], dict[str, str]]:
    """The items of one page, and {"NextToken": ...} unless it is the last. AwsError for a token that is not ours."""
    start, size = _place(params.get("NextToken")), params.get("MaxResults") or default
    following = {"NextToken": token(start + size)} if start + size < len(items) else {}
    return list(items[start : start + size]), following


def token(place: int) -> str:
    """The token of a place."""
    return base64.urlsafe_b64encode(f"at:{place}".encode()).decode()


def _place(text: str | None) -> int:
    if text is None:
        return 0
    try:
        kind, _, place = base64.urlsafe_b64decode(text.encode()).decode().partition(":")
        if kind == "at" and place.isdecimal():
            return int(place)
    except ValueError:
        pass
    raise invalid_request(f"Malformed nextToken: {text}")


place = _place
"""The place that a token stands for; 0 without one."""
