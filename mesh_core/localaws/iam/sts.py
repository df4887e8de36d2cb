"""STS: who am I, and who may become whom. Roles and users are IAM's; the credentials issued here are our own table.

Known difference from AWS: the root may assume a role whose trust policy names the account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.errors import error_reply
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.iam import session_tags
from mesh_core.localaws.iam.bridge import MotoIam
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.service import denied, read_form
from mesh_core.localaws.iam.sessions import Session, Sessions
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.iam.xml import query_reply
from mesh_core.localaws.policy import evaluate_resource, joined, statements

DEFAULT_ROLE_S, DEFAULT_TOKEN_S, CHAINED_ROLE_S = 3600, 43_200, 3600
Result = Mapping[str, Any]


class StsService:
    """Api of the service `sts`."""

    def __init__(self, moto_iam: MotoIam, verdicts: Verdicts, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._moto, self._verdicts, self._sessions, self._now = moto_iam, verdicts, sessions, now
        self._operations: dict[str, Callable[[Caller, Form], Result]] = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
            "GetSessionToken": self._get_session_token,
            "GetAccessKeyInfo": self._get_access_key_info,
        }

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer one form; AwsError becomes STS's error document."""
        try:
            form = read_form(request)
            action = form["Action"]
            if action not in self._operations:
                raise AwsError("InvalidAction", f"The local endpoint's STS has no action {action}; AWS's may have it.")
            return query_reply("sts", action, self._operations[action](caller, form))
        except AwsError as error:
            return error_reply(error, "sts")

    def _get_caller_identity(self, caller: Caller, form: Form) -> Result:
        user_id = self._verdicts.user_id(caller, self._verdicts.identity(caller.principal))
        return {"UserId": user_id, "Account": caller.account_id, "Arn": caller.arn}

    def _get_access_key_info(self, caller: Caller, form: Form) -> Result:
        return {"Account": caller.account_id}

    def _get_session_token(self, caller: Caller, form: Form) -> Result:
        if caller.role_name is not None or caller.access_key_id.startswith("ASIA"):
            raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
        expires_at = self._expiry(form, DEFAULT_TOKEN_S, 129_600)
        identity = self._verdicts.identity(caller.principal)
        session = self._sessions.issue(caller, identity.unique_id if identity else caller.account_id, expires_at)
        return {"Credentials": _credentials(session)}

    def _assume_role(self, caller: Caller, form: Form) -> Result:
        arn, name = form.get("RoleArn", ""), form.get("RoleSessionName", "")
        self._validate(arn, name, form)
        role, tags = self._role(arn), session_tags.read(form)
        for action in ("sts:AssumeRole", *((session_tags.ACTION,) if tags else ())):
            if role is None or not self._may(caller, action, (arn, role), form, tags):
                raise denied(caller, action, arn)
        assert role is not None
        expires_at = self._role_expiry(caller, role, form)
        session_arn = f"arn:aws:sts::{caller.account_id}:assumed-role/{role['name']}/{name}"
        becoming = Caller(caller.account_id, session_arn, arn, "")
        session = self._sessions.issue(becoming, role["id"], expires_at, self._session_policy(form), tags)
        user = {"AssumedRoleId": f"{role['id']}:{name}", "Arn": session_arn}
        return {"Credentials": _credentials(session), "AssumedRoleUser": user}

    def _validate(self, arn: str, name: str, form: Form) -> None:
        if not re.fullmatch(r"[\w+=,.@-]{2,64}", name):
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have 2 to 64 characters",
            )
        if not re.fullmatch(r"arn:aws:iam::\d{12}:role/.+", arn):
            raise AwsError("ValidationError", f"{arn} is invalid")

    def _role(self, arn: str) -> dict[str, str] | None:
        with self._moto.lock:
            role = next((role for role in self._moto.backend.roles.values() if role.arn == arn), None)
            if role is None:
                return None
            longest = str(role.max_session_duration or DEFAULT_ROLE_S)
            return {"id": role.id, "name": role.name, "trust": role.assume_role_policy_document, "max_s": longest}

    def _may(
        self, caller: Caller, action: str, role: tuple[str, Mapping[str, str]], form: Form, tags: Mapping[str, str]
    ) -> bool:
        context = {"sts:rolesessionname": form["RoleSessionName"]}
        context |= {"sts:externalid": form["ExternalId"]} if "ExternalId" in form else {}
        ask = self._verdicts.ask(caller, action, role[0], context)
        ask = replace(ask, context={**ask.context, **session_tags.context(tags)})
        trust = evaluate_resource(role[1]["trust"], ask)
        if trust.denies or not trust.grants:
            return False
        return caller.is_root or joined(self._verdicts.standing(caller, ask), trust) == "allow"

    def _role_expiry(self, caller: Caller, role: Mapping[str, str], form: Form) -> datetime:
        longest_s = int(role["max_s"])
        if caller.role_name is not None:
            longest_s = min(longest_s, CHAINED_ROLE_S)
        return self._expiry(form, min(DEFAULT_ROLE_S, longest_s), longest_s)

    def _expiry(self, form: Form, default_s: int, longest_s: int) -> datetime:
        text = form.get("DurationSeconds", str(default_s))
        if not text.isdecimal() or int(text) < 900:
            raise AwsError("ValidationError", f"DurationSeconds {text} must be at least 900 (seconds).")
        if int(text) > longest_s:
            raise AwsError(
                "ValidationError",
                f"The requested DurationSeconds exceeds the MaxSessionDuration set for this role ({longest_s}).",
            )
        return self._now().replace(microsecond=0) + timedelta(seconds=int(text))

    def _session_policy(self, form: Form) -> str | None:
        """The inline session policy and the managed ones of PolicyArns, joined."""
        texts = [form["Policy"]] if form.get("Policy") else []
        arns = [value for key, value in form.items() if re.fullmatch(r"PolicyArns\.member\.\d+\.arn", key)]
        with self._moto.lock:
            for arn in arns:
                if arn not in self._moto.backend.managed_policies:
                    raise AwsError("ValidationError", f"The policy {arn} does not exist or is not attachable.")
                policy = self._moto.backend.managed_policies[arn]
                texts += [v.document for v in policy.versions if v.version_id == policy.default_version_id]
        joined: list[Any] = []
        for text in texts:
            statements(text)  # refuses what is no policy
            found = json.loads(text)["Statement"]
            joined += found if isinstance(found, list) else [found]
        return json.dumps({"Version": "2012-10-17", "Statement": joined}) if texts else None


def _credentials(session: Session) -> Result:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
