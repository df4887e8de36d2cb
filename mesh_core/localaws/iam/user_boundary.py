"""Permissions boundaries of users, which moto has for roles only: set, removed and shown on moto's own users.

They are changes of the log like all others, and so come back with a replay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.http import Reply
from mesh_core.localaws.iam.change_log import Form
from mesh_core.localaws.iam.xml import query_reply

BOUNDARY = "PermissionsBoundary"
OPERATIONS = frozenset({"PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"})
"""The operations that moto has not."""


def answer(form: Form, backend: Any, moto: Callable[[Form], Reply]) -> Reply:
    """moto's answer to a form, with the user's boundary in it or set by it. AwsError NoSuchEntity."""
    action = form["Action"]
    if action in OPERATIONS:
        _user(backend, form).permissions_boundary_arn = form.get(BOUNDARY)
        return query_reply("iam", action, {})
    reply = moto(form)
    if action == "CreateUser" and reply.status == 200 and BOUNDARY in form:
        _user(backend, form).permissions_boundary_arn = form[BOUNDARY]
    if action in ("CreateUser", "GetUser") and reply.status == 200:
        return _shown(reply, getattr(_user(backend, form), "permissions_boundary_arn", None))
    return reply


def _user(backend: Any, form: Form) -> Any:
    name = form.get("UserName", "")
    if name not in backend.users:
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return backend.users[name]


def _shown(reply: Reply, arn: str | None) -> Reply:
    if arn is None or not isinstance(reply.body, bytes):
        return reply
    kind = "<PermissionsBoundaryType>Policy</PermissionsBoundaryType>"
    text = f"<{BOUNDARY}>{kind}<PermissionsBoundaryArn>{escape(arn)}</PermissionsBoundaryArn></{BOUNDARY}></User>"
    return Reply(reply.status, reply.headers, reply.body.replace(b"</User>", text.encode(), 1))
