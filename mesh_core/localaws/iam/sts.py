"""STS: who am I, and who may become whom. Roles and users are IAM's; the credentials issued here are our own table.

Known difference from AWS: the root may assume a role whose trust policy names the account.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.errors import FEDERATED, error_reply, unfederated
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.iam import assume_role, session_policy, session_tags
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.known import NOTHING
from mesh_core.localaws.iam.late import LateIam
from mesh_core.localaws.iam.service import denied, read_form
from mesh_core.localaws.iam.sessions import Session, Sessions
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.iam.xml import query_reply
from mesh_core.localaws.request_context import asking, tag_keys

DEFAULT_TOKEN_S, LONGEST_TOKEN_S, ROOT_TOKEN_S = 43_200, 129_600, 3600
_NAME = re.compile(r"[\w+=,.@-]{2,32}", re.ASCII)
Result = Mapping[str, Any]


class StsService:
    """Api of the service `sts`."""

    def __init__(self, moto_iam: LateIam, verdicts: Verdicts, sessions: Sessions, now: Callable[[], datetime]) -> None:
        self._moto, self._verdicts, self._sessions, self._now = moto_iam, verdicts, sessions, now
        self._operations: dict[str, Callable[[Caller, Form], Result]] = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
            "GetSessionToken": self._get_session_token,
            "GetFederationToken": self._get_federation_token,
            "GetAccessKeyInfo": self._get_access_key_info,
        }

    def operations(self) -> frozenset[str]:
        """The names of the operations that have a handler."""
        return frozenset(self._operations)

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer one form; AwsError becomes STS's error document."""
        try:
            form = read_form(request)
            action = form["Action"]
            if action not in self._operations:
                text = f"{action} may run on AWS but not on the local endpoint. Nothing was done."
                raise unfederated(action) if action in FEDERATED else AwsError("InvalidAction", text)
            return query_reply("sts", action, self._operations[action](caller, form))
        except AwsError as error:
            return error_reply(error, "sts")

    def _get_caller_identity(self, caller: Caller, form: Form) -> Result:
        """Nobody can be refused this: not even an explicit deny counts."""
        user_id = self._verdicts.user_id(caller, self._verdicts.identity(caller.principal))
        return {"UserId": user_id, "Account": caller.account_id, "Arn": caller.arn}

    def _get_access_key_info(self, caller: Caller, form: Form) -> Result:
        if not re.fullmatch(r"\w{16,128}", form.get("AccessKeyId", ""), re.ASCII):
            raise AwsError("ValidationError", "AccessKeyId must have 16 to 128 letters and digits.")
        if not self._verdicts.allows(caller, "sts:GetAccessKeyInfo"):
            raise denied(caller, "sts:GetAccessKeyInfo", "*")
        return {"Account": caller.account_id}

    def _get_session_token(self, caller: Caller, form: Form) -> Result:
        """Needs no permission: the token is worth what its user is."""
        expires_at = self._token_expiry(caller, form, "GetSessionToken")
        session = self._sessions.issue(caller, self._unique_id(caller), expires_at)
        return {"Credentials": _credentials(session)}

    def _get_federation_token(self, caller: Caller, form: Form) -> Result:
        """A session of a user under another name, which may what both the user and the session policy may."""
        name = form.get("Name", "")
        if not _NAME.fullmatch(name):
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have 2 to 32 characters",
            )
        expires_at = self._token_expiry(caller, form, "GetFederationToken")
        arn, tags = f"arn:aws:sts::{caller.account_id}:federated-user/{name}", session_tags.read(form)
        policy = session_policy.read(form, self._moto) or NOTHING
        with asking(tag_keys(tags)):
            for action in ("sts:GetFederationToken", *((session_tags.ACTION,) if tags else ())):
                if not self._verdicts.allows(caller, action, arn):
                    raise denied(caller, action, arn)
        becoming = Caller(caller.account_id, arn, caller.principal, "")
        session = self._sessions.issue(becoming, self._unique_id(caller), expires_at, policy, tags)
        user = {"FederatedUserId": f"{caller.account_id}:{name}", "Arn": arn}
        return {"Credentials": _credentials(session), "FederatedUser": user}

    def _token_expiry(self, caller: Caller, form: Form, action: str) -> datetime:
        if caller.access_key_id.startswith("ASIA"):
            raise AwsError("AccessDenied", f"Cannot call {action} with session credentials", 403)
        for parameter in ("SerialNumber", "TokenCode"):
            if parameter in form:
                raise AwsError("ValidationError", f"{parameter} runs on AWS but not on the local endpoint.")
        default_s = ROOT_TOKEN_S if caller.is_root else DEFAULT_TOKEN_S
        lasts_s = assume_role.seconds(form, default_s, LONGEST_TOKEN_S)
        return self._ends(min(lasts_s, ROOT_TOKEN_S) if caller.is_root else lasts_s)

    def _unique_id(self, caller: Caller) -> str:
        identity = self._verdicts.identity(caller.principal)
        return identity.unique_id if identity else caller.account_id

    def _ends(self, lasts_s: int) -> datetime:
        return self._now().replace(microsecond=0) + timedelta(seconds=lasts_s)

    def _assume_role(self, caller: Caller, form: Form) -> Result:
        assume_role.check(form)
        if ":federated-user/" in caller.arn:
            raise AwsError("AccessDenied", "Cannot call AssumeRole with federation credentials", 403)
        role = self._verdicts.identity(form["RoleArn"])
        tags = assume_role.require(self._verdicts, caller, form, role)
        assert role is not None
        expires_at = self._ends(assume_role.duration_s(caller, role, form))
        name, policy = form["RoleSessionName"], session_policy.read(form, self._moto)
        session_arn = f"arn:aws:sts::{caller.account_id}:assumed-role/{role.name}/{name}"
        becoming = Caller(caller.account_id, session_arn, form["RoleArn"], "")
        session = self._sessions.issue(becoming, role.unique_id, expires_at, policy, tags)
        user = {"AssumedRoleId": f"{role.unique_id}:{name}", "Arn": session_arn}
        return {"Credentials": _credentials(session), "AssumedRoleUser": user}


def _credentials(session: Session) -> Result:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret,
        "SessionToken": session.token,
        "Expiration": session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
