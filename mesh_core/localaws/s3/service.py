"""`S3Service`: S3's REST protocol. Finds the operation, asks for its permission, answers or refuses."""

from __future__ import annotations

import sqlite3
import uuid
from dataclasses import replace
from typing import Any

from mesh_core.localaws import full_disk
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.context import Context
from mesh_core.localaws.http import Reply, Request
from mesh_core.localaws.request_context import asking
from mesh_core.localaws.s3 import xml
from mesh_core.localaws.s3.call import Call, locate
from mesh_core.localaws.s3.objects import ObjectStore
from mesh_core.localaws.s3.request_keys import header_keys
from mesh_core.localaws.s3.routing import ROUTES, Route, find_route


class S3Service:
    """One request in, one reply out. `ctx.objects` must be an ObjectStore (TypeError)."""

    def __init__(self, ctx: Context) -> None:
        if not isinstance(ctx.objects, ObjectStore):
            raise TypeError(f"S3 is served from an ObjectStore, not from {type(ctx.objects).__name__}.")
        self._objects, self._ctx = ctx.objects, ctx

    def operations(self) -> frozenset[str]:
        """The names of the operations that have a route."""
        return frozenset(route.operation for route in ROUTES)

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer; every AwsError becomes S3's error document (none for HEAD and 304)."""
        request_id = uuid.uuid4().hex[:16].upper()
        try:
            reply = self._answer(request, caller)
        except AwsError as error:
            reply = _error_reply(request, error, request_id)
        except (OSError, sqlite3.OperationalError) as error:
            folder = self._ctx.store.folder
            if not full_disk.is_full(error, folder):
                raise
            reply = _error_reply(request, full_disk.refusal(folder, "InsufficientStorage"), request_id)
        return replace(reply, headers={"x-amz-request-id": request_id, "x-amz-id-2": request_id, **reply.headers})

    def _answer(self, request: Request, caller: Caller) -> Reply:
        bucket, key = locate(request)
        ctx = self._ctx
        call = Call(request, caller, bucket, key, self._objects, ctx.region, ctx.account_id, ctx.iam)
        route = find_route(call)
        with asking(header_keys(request.headers)):
            self._authorize(call, route)
            return route.handler(call)

    def _authorize(self, call: Call, route: Route) -> None:
        if route.operation not in ("ListBuckets", "CreateBucket"):
            call.objects.buckets.get(call.bucket)
        action = route.action_for(call)
        if action:
            call.require(action)
        call.require_owner("x-amz-expected-bucket-owner")


def _error_reply(request: Request, error: AwsError, request_id: str) -> Reply:
    fields: dict[str, Any] = dict(error.fields)
    headers: dict[str, str] = fields.pop("headers", {})
    if request.method == "HEAD" or error.status == 304:
        return Reply(error.status, headers)
    pairs = [
        *[("Code", error.code), ("Message", error.message)],
        *[(name, str(value)) for name, value in fields.items()],
        *[("Resource", request.path), ("RequestId", request_id), ("HostId", request_id)],
    ]
    body = xml.document("Error", pairs, namespace="")
    return Reply(error.status, {"content-type": "application/xml", **headers}, body)
