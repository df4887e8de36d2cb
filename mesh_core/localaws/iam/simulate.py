"""SimulatePrincipalPolicy and SimulateCustomPolicy: what policies would say, by the same evaluation that decides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.policy import Ask, Standing, Verdict, evaluate, joined

_DECISIONS: Mapping[Verdict, str] = {"allow": "allowed", "deny": "explicitDeny", "none": "implicitDeny"}


def simulate(verdicts: Verdicts, form: Form, account_id: str) -> Mapping[str, Any]:
    """The result of either action. AwsError NoSuchEntity for an unknown principal, InvalidInput for a resource policy.

    Every action is asked on every resource (`*` when none is given).
    """
    if "ResourcePolicy" in form:
        raise AwsError("InvalidInput", "ResourcePolicy runs on AWS but not on the local endpoint.")
    arn = form.get("PolicySourceArn", form.get("CallerArn", f"arn:aws:iam::{account_id}:root"))
    identity = verdicts.identity(arn)
    if form["Action"] == "SimulatePrincipalPolicy" and identity is None:
        raise AwsError("NoSuchEntity", f"The entity {arn} cannot be found.", 404)
    policies = [*_members(form, "PolicyInputList"), *(identity.policies if identity else ())]
    boundary = identity.boundary if identity else None
    results = []
    for action in _members(form, "ActionNames"):
        for resource in _members(form, "ResourceArns") or ["*"]:
            ask = verdicts.ask(Caller(account_id, arn, arn, ""), action, resource)
            verdict = _verdict(policies, boundary, replace(ask, context={**ask.context, **_context(form)}))
            results.append(_result(action, resource, verdict))
    return {"EvaluationResults": results, "IsTruncated": False}


def _verdict(policies: list[str], boundary: str | None, ask: Ask) -> Verdict:
    limits = () if boundary is None else (evaluate([boundary], ask),)
    return joined(Standing(evaluate(policies, ask), limits))


def _result(action: str, resource: str, verdict: Verdict) -> Mapping[str, Any]:
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": _DECISIONS[verdict],
        "MatchedStatements": [],
        "MissingContextValues": [],
    }


def _members(form: Form, name: str) -> list[str]:
    numbered = [(re.fullmatch(rf"{name}\.member\.(\d+)", key), value) for key, value in form.items()]
    return [value for _, value in sorted((int(match.group(1)), value) for match, value in numbered if match)]


def _context(form: Form) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, name in form.items():
        if match := re.fullmatch(r"(ContextEntries\.member\.\d+)\.ContextKeyName", key):
            found[name.lower()] = tuple(_members(form, re.escape(match.group(1)) + r"\.ContextKeyValues"))
    return found
