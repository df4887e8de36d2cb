"""A policy document taken apart: statements with tuples in place of JSON's one-or-many.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mesh_core.localaws.aws_error import AwsError

Principals = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Statement:
    """One statement; an element is None where it is absent.

    `has_variables`: `${...}` is replaced, as from version 2012-10-17 on.
    """

    effect: str
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Principals | None
    not_principals: Principals | None
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    has_variables: bool

    @property
    def names_resources(self) -> bool:
        """Whether it says on what; only a trust policy does not."""
        return self.resources is not None or self.not_resources is not None


@lru_cache(maxsize=2048)
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a policy. AwsError MalformedPolicyDocument when it is none."""
    try:
        document = json.loads(text, object_pairs_hook=no_repeats)
        found = document["Statement"]
        variables = document.get("Version") == "2012-10-17"
        return tuple(_statement(item, variables) for item in (found if isinstance(found, list) else [found]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise AwsError("MalformedPolicyDocument", f"The policy is not in the valid JSON format ({error!r}).") from error


def no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError when it says one thing twice, since readers would differ on which of them counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an element occurs twice")
    return found


def _statement(item: dict[str, Any], variables: bool) -> Statement:
    conditions = {
        operator: {key: _texts(value) or () for key, value in keys.items()}
        for operator, keys in item.get("Condition", {}).items()
    }
    return Statement(
        item["Effect"],
        _texts(item.get("Action")),
        _texts(item.get("NotAction")),
        _texts(item.get("Resource")),
        _texts(item.get("NotResource")),
        _principals(item.get("Principal")),
        _principals(item.get("NotPrincipal")),
        conditions,
        variables,
    )


def _texts(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(_text(item) for item in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _principals(value: Any) -> Principals | None:
    if value is None:
        return None
    if value == "*":
        return {"AWS": ("*",)}
    return {kind: _texts(names) or () for kind, names in value.items()}
