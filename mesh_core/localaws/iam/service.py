"""IAM's API: the caller's rights are asked as on AWS, then moto answers."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.errors import error_reply
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.iam import resources
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.late import LateIam
from mesh_core.localaws.iam.managed import no_such_policy
from mesh_core.localaws.iam.session_policy import check_identity_policy
from mesh_core.localaws.iam.simulate import simulate
from mesh_core.localaws.iam.verdict import Verdicts
from mesh_core.localaws.iam.xml import query_reply
from mesh_core.localaws.request_context import asking

# Operations that mean the caller himself when no UserName is given.
_OWN = frozenset(
    {"GetUser", "CreateAccessKey", "ListAccessKeys", "DeleteAccessKey", "UpdateAccessKey", "ListMFADevices"}
)
_SIMULATIONS = frozenset({"SimulatePrincipalPolicy", "SimulateCustomPolicy"})
_MOST_FIELDS = 10_000
_IDENTITY_POLICIES = frozenset(
    {"PutRolePolicy", "PutUserPolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion"}
)


class IamService:
    """Api of the service `iam`."""

    def __init__(self, moto_iam: LateIam, verdicts: Verdicts, account_id: str) -> None:
        self._moto, self._verdicts, self._account_id = moto_iam, verdicts, account_id

    def operations(self) -> frozenset[str]:
        """The names of the operations that moto or this package answers."""
        return self._moto.operations() | _SIMULATIONS

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer one form; AwsError becomes IAM's error document."""
        try:
            form = read_form(request)
            if caller.access_key_id.startswith("ASIA") and caller.role_name is None:
                # AWS lets session tokens of users and of the root into IAM only with MFA, which is not here
                raise AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
            own = form["Action"] in _OWN and "UserName" not in form
            if own and ":user/" in caller.principal:
                form["UserName"] = caller.principal.rsplit("/", 1)[1]
            elif own and not (caller.is_root and form["Action"] == "GetUser"):
                raise AwsError("ValidationError", "Must specify userName when calling with non-User credentials")
            self._authorize(caller, form)
            self._check(form)
            return self._own_answer(form) or self._moto.run(form)
        except AwsError as error:
            return error_reply(error, "iam")

    def _own_answer(self, form: Form) -> Reply | None:
        """What moto has not, or answers with an invented user."""
        if form["Action"] in _SIMULATIONS:
            return query_reply("iam", form["Action"], simulate(self._verdicts, form, self._account_id))
        if form["Action"] == "GetUser" and "UserName" not in form:
            root = {"UserId": self._account_id, "Arn": f"arn:aws:iam::{self._account_id}:root"}
            return query_reply("iam", "GetUser", {"User": root})
        return None

    def _authorize(self, caller: Caller, form: Form) -> None:
        with self._moto.lock:
            resource = resources.resource(self._moto.backend, self._account_id, form)
            keys = resources.condition_keys(self._moto.backend, form)
        with asking(keys):
            self._require(caller, f"iam:{form['Action']}", resource)
        if form["Action"] == "AddRoleToInstanceProfile":
            self._require(caller, "iam:PassRole", f"arn:aws:iam::{self._account_id}:role/{form.get('RoleName')}")

    def _require(self, caller: Caller, action: str, resource: str) -> None:
        if not self._verdicts.allows(caller, action, resource):
            raise denied(caller, action, resource)

    def _check(self, form: Form) -> None:
        """AwsError for what AWS refuses and moto takes: principals in policies, policies that are not there."""
        text = form.get("PolicyDocument")
        if text is not None and form["Action"] in _IDENTITY_POLICIES:
            check_identity_policy(text)
        attached = form.get("PermissionsBoundary") or (form["Action"].startswith("Attach") and form.get("PolicyArn"))
        if attached and attached not in self._moto.backend.managed_policies:
            raise AwsError("NoSuchEntity", no_such_policy(attached), 404)


def read_form(request: Request) -> Form:
    """The request's form (body or query). AwsError MissingAction when it names no operation."""
    text = request.body.read().decode("utf-8", "replace")
    try:
        form = dict(request.query) | dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise AwsError("MalformedQueryString", f"The form has more than {_MOST_FIELDS} fields.", 404) from error
    if not re.fullmatch(r"[A-Z][A-Za-z]+", form.get("Action", "")):
        raise AwsError("MissingAction", "Could not find operation in the request's form.")
    return form


def denied(caller: Caller, action: str, resource: str) -> AwsError:
    """AccessDenied in the words of IAM and STS."""
    return AwsError(
        "AccessDenied",
        f"User: {caller.arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action",
        403,
    )
