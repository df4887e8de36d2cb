"""IAM policies evaluated as AWS evaluates them. Pure: documents and a question in, a verdict out.

An explicit Deny wins, else an Allow, else nothing ("none"). Identity policies and a resource's policy are asked apart
and joined by the callers of this module (`iam/verdict.py`), who know whether one of them is enough. A statement that
can't be judged here (a condition key or an operator that nobody knows) fails closed.
Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from mesh_core.localaws.policy_conditions import conditions_hold
from mesh_core.localaws.policy_document import Statement, statements
from mesh_core.localaws.policy_keys import UnknownKeyError
from mesh_core.localaws.policy_wildcards import filled, fits_resource, like

__all__ = [
    "Ask",
    "ResourceVerdict",
    "Standing",
    "Statement",
    "Verdict",
    "evaluate",
    "evaluate_resource",
    "joined",
    "like",
    "statements",
]

Verdict = Literal["allow", "deny", "none"]
Grant = Literal["everybody", "principal", "session", "account"]


@dataclass(frozen=True)
class Ask:
    """May this principal do this, to that?

    principals  every ARN that names the asker: the user or role, then the session, for `AWS` principals of resource
                policies
    context     condition keys, lower-case ("aws:principalarn") -> values
    """

    action: str
    resource: str
    account_id: str = ""
    principals: tuple[str, ...] = ()
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ResourceVerdict:
    """What a resource's policy says: deny, or to whom of the asker it grants (nobody: empty).

    `everybody` (`*`), `principal` (the user or role by name), `session` (the role's session by name), `account`: the
    asker's account alone is named, which leaves the decision to identity policies.
    """

    denies: bool
    grants: frozenset[Grant]


def evaluate(documents: Iterable[str], ask: Ask) -> Verdict:
    """The verdict of identity policies (policy texts)."""
    found = {s.effect for text in documents for s in statements(text) if s.names_resources and _applies(s, ask)}
    return "deny" if "Deny" in found else "allow" if "Allow" in found else "none"


def evaluate_resource(document: str, ask: Ask) -> ResourceVerdict:
    """The verdict of a resource's policy, whose statements name principals."""
    denies, grants = False, set[Grant]()
    for statement in statements(document):
        named = names_principal(statement, ask)
        if named and _applies(statement, ask):
            denies = denies or statement.effect == "Deny"
            grants |= named if statement.effect == "Allow" else set()
    return ResourceVerdict(denies, frozenset(grants))


def _applies(statement: Statement, ask: Ask) -> bool:
    if not _action_fits(statement, ask.action):
        return False
    try:
        return _resource_fits(statement, ask) and conditions_hold(
            statement.conditions, ask.context, statement.has_variables
        )
    except UnknownKeyError:
        return statement.effect != "Allow"


def _action_fits(statement: Statement, action: str) -> bool:
    if statement.actions is not None:
        return any(like(pattern.lower(), action.lower()) for pattern in statement.actions)
    return statement.not_actions is not None and not any(
        like(pattern.lower(), action.lower()) for pattern in statement.not_actions
    )


def _resource_fits(statement: Statement, ask: Ask) -> bool:
    if statement.resources is not None:
        return _covers(statement, statement.resources, ask)
    if statement.not_resources is not None:
        return not _covers(statement, statement.not_resources, ask)
    return True  # a trust policy has no resource: it is the role's own


def _covers(statement: Statement, patterns: tuple[str, ...], ask: Ask) -> bool:
    return any(fits_resource(filled(each, ask.context, statement.has_variables), ask.resource) for each in patterns)


def names_principal(statement: Statement, ask: Ask) -> set[Grant]:
    """As what a resource policy's statement speaks of the asker; empty when it does not.

    NotPrincipal means everybody but those who are named in full: a user with his account, a role's session with role
    and account. With less of them listed, a Deny still hits them, as on AWS.
    """
    if statement.principals is not None:
        return _named(statement.principals.get("AWS", ()), ask)
    if statement.not_principals is None:
        return set()
    listed = statement.not_principals.get("AWS", ())
    chain = {*ask.principals, f"arn:aws:iam::{ask.account_id}:root"}
    spared = chain <= set(listed) or "*" in listed
    if statement.effect == "Allow":
        spared = bool(_named(listed, ask))
    return set() if spared else {"everybody"}


def _named(names: Iterable[str], ask: Ask) -> set[Grant]:
    kinds: dict[str, Grant] = {"*": "everybody", ask.account_id: "account"}
    kinds[f"arn:aws:iam::{ask.account_id}:root"] = "account"
    for index, arn in enumerate(ask.principals):
        kinds[arn] = "session" if index else "principal"
    return {kinds[name] for name in names if name in kinds}


@dataclass(frozen=True)
class Standing:
    """What speaks for and against an asker besides the resource: his policies, and what narrows them.

    limits    the verdicts of permissions boundary and session policy
    is_role   a grant to a role by name is narrowed by the limits; one to a user or to a session by name is not
    """

    identity: Verdict
    limits: tuple[Verdict, ...] = ()
    is_role: bool = False


NOTHING_SAID = ResourceVerdict(False, frozenset())


def joined(mine: Standing, resource: ResourceVerdict = NOTHING_SAID) -> Verdict:
    """The verdict of all policies within one account: a deny is final, else one side that allows is enough.

    Source: IAM User Guide, "Policy evaluation for requests within a single account" and "Permissions boundaries".
    """
    if resource.denies or "deny" in (mine.identity, *mine.limits):
        return "deny"
    within_limits = all(limit == "allow" for limit in mine.limits)
    granted = resource.grants & {"everybody", "principal"}
    if "session" in resource.grants or (granted and (within_limits or not mine.is_role)):
        return "allow"
    return "allow" if mine.identity == "allow" and within_limits else "none"
