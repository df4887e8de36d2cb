"""Session policies: what AssumeRole and GetFederationToken are given to narrow the session by."""

from __future__ import annotations

import json
import re
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.late import LateIam
from mesh_core.localaws.policy_document import statements

LONGEST = 2048  # characters of an inline session policy
MOST_ARNS = 10
_ARN = re.compile(r"PolicyArns\.member\.\d+\.arn")


def read(form: Form, moto: LateIam) -> str | None:
    """The inline session policy and the managed ones of PolicyArns, joined; None when the form has none.

    AwsError MalformedPolicyDocument, PackedPolicyTooLarge, ValidationError.
    """
    texts = [form["Policy"]] if form.get("Policy") else []
    for text in texts:
        _check(text)
    arns = [value for key, value in form.items() if _ARN.fullmatch(key)]
    if len(arns) > MOST_ARNS:
        raise AwsError("ValidationError", f"{len(arns)} policies; a session has at most {MOST_ARNS}.")
    texts += [moto.managed_policy(arn) for arn in arns]
    return _joined(texts)


def _check(text: str) -> None:
    if len(text) > LONGEST:
        used = round(100 * len(text) / LONGEST)
        raise AwsError("PackedPolicyTooLarge", f"Packed policy consumes {used}% of allotted space, please use smaller")
    check_identity_policy(text)


def check_identity_policy(text: str) -> None:
    """AwsError MalformedPolicyDocument for what IAM would not take as the policy of a user, a role or a session."""
    from moto.iam.exceptions import MalformedPolicyDocument
    from moto.iam.policy_validation import IAMPolicyDocumentValidator

    try:
        IAMPolicyDocumentValidator(text).validate()
    except (MalformedPolicyDocument, RecursionError) as error:
        message = getattr(error, "message", None) or "Syntax errors in policy."
        raise AwsError("MalformedPolicyDocument", message) from error
    if any(s.principals is not None or s.not_principals is not None for s in statements(text)):
        raise AwsError("MalformedPolicyDocument", "Policy document should not specify a principal.")


def _joined(texts: list[str]) -> str | None:
    """One text stays as it is: its version says whether it has variables."""
    if len(texts) <= 1:
        return texts[0] if texts else None
    if any("${" in text and not _is_current(text) for text in texts):
        raise AwsError("ValidationError", "A session policy of version 2008-10-17 with ${ can't be joined with others.")
    found: list[Any] = []
    for text in texts:
        more = json.loads(text)["Statement"]
        found += more if isinstance(more, list) else [more]
    return json.dumps({"Version": "2012-10-17", "Statement": found})


def _is_current(text: str) -> bool:
    return all(statement.has_variables for statement in statements(text))
