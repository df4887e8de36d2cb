"""May this caller do that? Identity policies, permissions boundary, session policy, and a resource's own policy.

Within one account either an identity policy or the resource's policy is enough to allow, and a Deny in any of them is
final. A permissions boundary and a session policy narrow what identity policies allow. The root is restrained by
explicit denies of a resource's policy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mesh_core.localaws.caller import Caller
from mesh_core.localaws.iam.known import Identity, Known
from mesh_core.localaws.iam.sessions import VENDED, Session, Sessions
from mesh_core.localaws.policy import Ask, Standing, evaluate, evaluate_resource, joined
from mesh_core.localaws.request_context import condition_keys


class Verdicts:
    """Implements context.Iam."""

    def __init__(self, known: Known, sessions: Sessions, region: str, now: Callable[[], datetime]) -> None:
        self._known, self.sessions, self._region, self._now = known, sessions, region, now

    def allows(self, caller: Caller, action: str, resource: str = "*") -> bool:
        """Whether identity policies allow an action on a resource ARN. The root may do everything."""
        return caller.is_root or joined(self.standing(caller, self.ask(caller, action, resource))) == "allow"

    def allows_on(self, caller: Caller, action: str, resource: str, resource_policy: str | None) -> bool:
        """The same, where the resource has a policy of its own (a bucket); a deny in it binds the root too."""
        if resource_policy is None:
            return self.allows(caller, action, resource)
        ask = self.ask(caller, action, resource)
        found = evaluate_resource(resource_policy, ask)
        if caller.is_root:
            return not found.denies
        return joined(self.standing(caller, ask), found) == "allow"

    def principal_exists(self, arn: str) -> bool:
        """Whether an IAM user or role of that ARN exists in the account (the root always does)."""
        return arn.endswith(":root") or self.identity(arn) is not None

    def identity(self, principal: str) -> Identity | None:
        """The user or role of that ARN; None for the root and for those that do not exist (any more)."""
        return None if principal.endswith(":root") else self._known.identity(principal)

    def standing(self, caller: Caller, ask: Ask) -> Standing:
        """What the caller's own policies say, and his boundary and session policy.

        No role's policies stand behind what Lake Formation hands out: its session policy is all that it may.
        """
        session = self._session_policy(caller)
        if self.sessions.is_vended(caller.access_key_id):
            return Standing("allow", (evaluate([session] if session else [], ask),), is_role=True)
        identity = self.identity(caller.principal)
        if identity is None:
            return Standing("none")
        limits = [limit for limit in (identity.boundary, session) if limit is not None]
        verdict = evaluate(identity.policies, ask)
        return Standing(verdict, tuple(evaluate([limit], ask) for limit in limits), caller.arn != caller.principal)

    def vend(self, role_arn: str, session_name: str, policy: str, expires_at: datetime) -> Session:
        """Credentials in the name of a role, which may do what the policy allows and nothing else."""
        account_id, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
        session_arn = f"arn:aws:sts::{account_id}:assumed-role/{role}/{session_name}"
        return self.sessions.issue(Caller(account_id, session_arn, role_arn, ""), VENDED, expires_at, policy)

    def session_tags(self, caller: Caller) -> Mapping[str, str]:
        """The tags that the caller's session was given when its role was assumed."""
        return self.sessions.tags(caller.access_key_id)

    def _session_policy(self, caller: Caller) -> str | None:
        return self.sessions.policy(caller.access_key_id) if caller.access_key_id.startswith("ASIA") else None

    def ask(self, caller: Caller, action: str, resource: str) -> Ask:
        """The question, with the condition keys that hold for every request and those of this one (`asking`).

        aws:SecureTransport is true: the endpoint is reached over loopback only, where nobody can listen in, so that
        "TLS only" policies written for AWS hold here as they do there.
        """
        identity = self.identity(caller.principal)
        now = self._now()
        keys: dict[str, str] = {
            "aws:principalarn": caller.principal,
            "aws:principalaccount": caller.account_id,
            "aws:principaltype": _type_of(caller),
            "aws:resourceaccount": caller.account_id,
            "s3:resourceaccount": caller.account_id,
            "aws:sourceip": "127.0.0.1",
            "aws:securetransport": "true",
            "aws:principalisawsservice": "false",
            "aws:viaawsservice": "false",
            "aws:requestedregion": self._region,
            "aws:currenttime": now.isoformat(),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:userid": self.user_id(caller, identity),
        }
        if issued_at := self.sessions.issued_at(caller.access_key_id):
            keys |= {"aws:multifactorauthpresent": "false", "aws:tokenissuetime": issued_at.isoformat()}
        if identity is not None:
            tags = {**identity.tags, **self.session_tags(caller)}
            keys |= {f"aws:principaltag/{key.lower()}": value for key, value in tags.items()}
        if ":user/" in caller.arn:
            keys["aws:username"] = caller.principal.rsplit("/", 1)[1]
        principals = tuple(dict.fromkeys((caller.principal, caller.arn)))
        context = {**{key: (value,) for key, value in keys.items()}, **condition_keys()}
        return Ask(action, resource, caller.account_id, principals, context)

    def user_id(self, caller: Caller, identity: Identity | None) -> str:
        """STS's UserId: the account for the root, the user's id, or the role's id with the session's name."""
        session = caller.arn.rsplit("/", 1)[-1]
        if ":federated-user/" in caller.arn:
            return f"{caller.account_id}:{session}"
        if identity is None:
            return caller.account_id
        return f"{identity.unique_id}:{session}" if ":assumed-role/" in caller.arn else identity.unique_id


def _type_of(caller: Caller) -> str:
    if ":federated-user/" in caller.arn:
        return "FederatedUser"
    return "Account" if caller.is_root else "AssumedRole" if caller.role_name else "User"
