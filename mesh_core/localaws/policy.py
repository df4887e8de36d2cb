"""IAM policies evaluated as AWS evaluates them. Pure: documents and a question in, a verdict out.

An explicit Deny wins, else an Allow, else nothing ("none"). Identity policies and a resource's policy are asked apart
and joined by the callers of this module (`iam/verdict.py`), who know whether one of them is enough.
Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.policy_conditions import conditions_hold

Verdict = Literal["allow", "deny", "none"]
ResourceVerdict = Literal["allow", "delegated", "deny", "none"]


@dataclass(frozen=True)
class Ask:
    """May this principal do this, to that?

    principals  every ARN that names the asker: the user or role, the session, for `AWS` principals of resource policies
    context     condition keys, lower-case ("aws:principalarn") -> values
    """

    action: str
    resource: str
    account_id: str = ""
    principals: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """One statement; its lists are tuples, None where the element is absent."""

    effect: str
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principal: Mapping[str, tuple[str, ...]] | None
    not_principal: Mapping[str, tuple[str, ...]] | None
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]


def evaluate(documents: Iterable[str], ask: Ask) -> Verdict:
    """The verdict of identity policies (policy texts)."""
    return _join(s.effect for text in documents for s in statements(text) if _applies(s, ask))


def evaluate_resource(document: str, ask: Ask) -> ResourceVerdict:
    """The verdict of a resource's policy, whose statements name principals.

    "delegated": an Allow names only the asker's account, and so leaves the decision to identity policies.
    """
    named = [s for s in statements(document) if names_principal(s, ask.account_id, ask.principals)]
    applying = [s for s in named if _applies(s, ask)]
    verdict = _join(s.effect for s in applying)
    if verdict == "allow" and not any(_names_directly(s, ask) for s in applying):
        return "delegated"
    return verdict


def _join(effects: Iterable[str]) -> Verdict:
    found = set(effects)
    return "deny" if "Deny" in found else "allow" if "Allow" in found else "none"


@lru_cache(maxsize=2048)
def statements(text: str) -> tuple[Statement, ...]:
    """A policy document taken apart. AwsError MalformedPolicyDocument when it is none."""
    try:
        found = json.loads(text)["Statement"]
        return tuple(_statement(item) for item in (found if isinstance(found, list) else [found]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise AwsError("MalformedPolicyDocument", f"The policy is not in the valid JSON format ({error!r}).") from error


def _statement(item: dict[str, Any]) -> Statement:
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
    )


def _texts(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    return tuple(_text(item) for item in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _principals(value: Any) -> Mapping[str, tuple[str, ...]] | None:
    if value is None:
        return None
    if value == "*":
        return {"AWS": ("*",)}
    return {kind: _texts(names) or () for kind, names in value.items()}


def _applies(statement: Statement, ask: Ask) -> bool:
    return (
        _action_fits(statement, ask.action)
        and _resource_fits(statement, ask)
        and conditions_hold(statement.conditions, ask.context)
    )


def _action_fits(statement: Statement, action: str) -> bool:
    if statement.actions is not None:
        return any(like(pattern.lower(), action.lower()) for pattern in statement.actions)
    return statement.not_actions is not None and not any(
        like(pattern.lower(), action.lower()) for pattern in statement.not_actions
    )


def _resource_fits(statement: Statement, ask: Ask) -> bool:
    if statement.resources is not None:
        return any(resource_like(pattern, ask) for pattern in statement.resources)
    if statement.not_resources is not None:
        return not any(resource_like(pattern, ask) for pattern in statement.not_resources)
    return True  # a trust policy has no resource: it is the role's own


def resource_like(pattern: str, ask: Ask) -> bool:
    """Whether a statement's resource covers the one asked about; policy variables are filled in."""
    return like(_filled(pattern, ask.context), ask.resource)


def _filled(pattern: str, context: Mapping[str, tuple[str, ...]]) -> str:
    if "${" not in pattern:
        return pattern

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in ("*", "?", "$"):
            return name
        values = context.get(name.lower())
        return values[0] if values else match.group(0)

    return re.sub(r"\$\{([^}]+)\}", value, pattern)


def names_principal(statement: Statement, account_id: str, principals: tuple[str, ...]) -> bool:
    """Whether a resource policy's statement speaks of this principal."""
    if statement.principal is not None:
        return _named(statement.principal, account_id, principals)
    return statement.not_principal is not None and not _named(statement.not_principal, account_id, principals)


def _named(principal: Mapping[str, tuple[str, ...]], account_id: str, principals: tuple[str, ...]) -> bool:
    whole = {"*", account_id, f"arn:aws:iam::{account_id}:root"}
    return any(name in whole or name in principals for name in principal.get("AWS", ()))


def _names_directly(statement: Statement, ask: Ask) -> bool:
    if statement.principal is None:
        return True
    return any(name == "*" or name in ask.principals for name in statement.principal.get("AWS", ()))


def like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` any characters, `?` one."""
    return pattern == "*" or _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=8192)
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    source = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.compile(source, re.DOTALL)
