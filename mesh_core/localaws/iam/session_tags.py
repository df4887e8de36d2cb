"""Tags that whoever assumes a role puts on the session, for policies and for Lake Formation to see.

The role's trust policy must allow `sts:TagSession` besides `sts:AssumeRole`. A session's tag hides the role's own tag
of that key. Tags end with the session: transitive ones are refused by name.
Source: IAM User Guide, "Pass session tags in AWS STS".
"""

from __future__ import annotations

import re

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.iam.change_log import Form

ACTION = "sts:TagSession"
MOST = 50
_MEMBER = re.compile(r"Tags\.member\.(\d+)\.(Key|Value)")
_ALLOWED = re.compile(r"[\w\s.:/=+\-@]*")


def read(form: Form) -> dict[str, str]:
    """The tags of an AssumeRole form. AwsError ValidationError, InvalidParameterValue."""
    refused = [name for name in form if name.startswith(("TransitiveTagKeys.", "ProvidedContexts."))]
    if refused:
        what = refused[0].partition(".")[0]
        raise AwsError("ValidationError", f"{what} runs on AWS but not on the local endpoint. Nothing was done.")
    members: dict[str, dict[str, str]] = {}
    for name, value in form.items():
        if match := _MEMBER.fullmatch(name):
            members.setdefault(match[1], {})[match[2]] = value
    found = [(member.get("Key", ""), member.get("Value", "")) for member in members.values()]
    if len(found) > MOST:
        raise AwsError("ValidationError", f"{len(found)} tags; a session has at most {MOST}.")
    for key, value in found:
        _check(key, value)
    if len({key.lower() for key, _ in found}) < len(found):
        raise AwsError(
            "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    return dict(found)


def _check(key: str, value: str) -> None:
    well_formed = 1 <= len(key) <= 128 and len(value) <= 256 and _ALLOWED.fullmatch(key) and _ALLOWED.fullmatch(value)
    if not well_formed or key.lower().startswith("aws:"):
        raise AwsError("ValidationError", f"The session tag {key}={value} is not valid: letters, digits and _.:/=+-@")
