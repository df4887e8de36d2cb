"""The gate: nothing reaches a service unless the host is ours, the signature holds and the signer is known.

Transport: the endpoint listens on loopback only, so policies that ask for TLS (aws:SecureTransport) hold here: nobody
between client and endpoint can read along.
A web page in a visitor's browser reaches nothing: a foreign Host (DNS rebinding), any Origin header, and whatever a
browser says that it fetches for a page are refused, presigned URLs included. Somebody may open a presigned URL.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import parse_qsl, unquote, unquote_plus

from mesh_core.localaws import chunked, full_disk, sigv4
from mesh_core.localaws.auth_errors import AuthError, auth_error
from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.errors import (
    FEDERATED,
    error_reply,
    guess_service,
    target_service,
    unfederated,
    unknown_service_reply,
)
from mesh_core.localaws.http import BLOCK_BYTES, Api, FileBody, Reply, Request
from mesh_core.localaws.listener import HEADERS, LOST_BODY
from mesh_core.localaws.request_context import asking, keys_of
from mesh_core.localaws.sigv2 import OldSignature, check_old_signature, read_old_signature

SPOOL_BYTES = 8 * 1024 * 1024  # above this a decoded body goes to a file
_FORM_BYTES = 64 * 1024
# A stored page that somebody opens runs no script and belongs to no origin.
_SANDBOX = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}
_MOTO_DOOR = re.compile(r"/+moto-api(/|$)", re.IGNORECASE)
_GLOBAL_SERVICES = frozenset({"iam", "sts"})  # clients sign for us-east-1, wherever they are
_INTERNAL = AwsError("InternalFailure", "The endpoint failed on this request; its log has the cause.", 500)
_ECDSA_KINDS = ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credential:
    """What an access key stands for. `token` is None for long-term keys."""

    secret: str
    caller: Caller
    token: str | None = None
    expires_at: datetime | None = None


class Keyring(Protocol):
    """Finds the credential of an access key id; None when there is none (or it is inactive)."""

    def credential(self, access_key_id: str) -> Credential | None:
        """The credential, expired ones included."""
        ...


@dataclass(frozen=True)
class Gate:
    """A WSGI application. `apis` by the service name of the signature's scope; `answered` is told of each answer."""

    port: int
    region: str
    temp: Path
    now: Callable[[], datetime]
    keyring: Keyring
    apis: Mapping[str, Api]
    answered: Callable[[], None] = lambda: None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request; never raises."""
        request = _request(environ)
        lost = environ.get(LOST_BODY)
        reply = self._answer(request) if lost is None else self._lost(request, lost)
        self.answered()
        if "sec-fetch-dest" in request.headers:
            reply = replace(reply, headers={**reply.headers, **_SANDBOX})
        return _send(reply, request.method, start_response, environ.get("wsgi.file_wrapper"))

    def _lost(self, request: Request, error: OSError) -> Reply:
        """A body that could not be kept until it was here."""
        return error_reply(self._failure(error), guess_service(request), request.path)

    def _answer(self, request: Request) -> Reply:
        service = guess_service(request)
        try:
            self._refuse_browsers(request)
            if not request.raw_path.startswith("/"):
                raise AwsError("InvalidURI", "Couldn't parse the specified URI.")
            old = None if "authorization" in request.headers else read_old_signature(request.query)
            if old is not None:
                service, caller = "s3", self._verified_old(old, request)
            else:
                signature = sigv4.read_signature(request.headers, request.query)
                asked = target_service(request)
                service = asked or signature.service
                caller, request = self._verified(signature, service, request)
            if service == "s3":
                request = _hoisted(_path_style(request))
            if service not in self.apis:
                return unknown_service_reply(request, service)
            with asking(keys_of(request, service, self.now())), closing(request.body):
                return self.apis[service].handle(request, caller)
        except AuthError as error:
            refusal = _refused_by_name(request) if error.kind == "missing" else None
            return error_reply(refusal or auth_error(error, service), service, request.path)
        except AwsError as error:
            return error_reply(error, service, request.path)
        except (OSError, sqlite3.OperationalError) as error:
            return error_reply(self._failure(error), service, request.path)
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            return error_reply(_INTERNAL, service, request.path)

    def _failure(self, error: Exception) -> AwsError:
        """A full disk is said by name; nothing was acknowledged, so nothing is lost."""
        folder = self.temp.parent
        if full_disk.is_full(error, folder):
            return full_disk.refusal(folder)
        _log.error("A request failed", exc_info=error)
        return _INTERNAL

    def _refuse_browsers(self, request: Request) -> None:
        host, _, port = request.headers.get("host", "").lower().rpartition(":")
        local = host in ("127.0.0.1", "localhost") or host.endswith(".localhost")
        if not local or port != str(self.port):
            raise AwsError("AccessDenied", "This endpoint answers on 127.0.0.1 and localhost only.", 403)
        if "origin" in request.headers or _is_part_of_a_page(request.headers) or _MOTO_DOOR.match(request.path):
            raise AwsError("AccessDenied", "This endpoint does not answer web pages.", 403)

    def _verified(self, signature: sigv4.Signature, service: str, request: Request) -> tuple[Caller, Request]:
        sigv4.check_scope(signature, service, {self.region} | ({"us-east-1"} if service in _GLOBAL_SERVICES else set()))
        sigv4.check_time(signature, self.now())
        credential = self._credential(signature.access_key_id, signature.token)
        payload, hashed = _payload(request, signature)
        parts = (request.method, request.raw_path, request.query, request.headers, payload)
        sigv4.check_signature(signature, credential.secret, sigv4.canonical_request(signature, *parts))
        if hashed is not None and payload != hashed:
            raise AwsError(
                "XAmzContentSHA256Mismatch",
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
                ClientComputedContentSHA256=payload,
                S3ComputedContentSHA256=hashed,
            )
        self._check_token(signature.token, credential)
        if service == "s3" and payload in chunked.KINDS:
            request = self._unframe(request, payload, signature, credential.secret)
        return credential.caller, request

    def _verified_old(self, old: OldSignature, request: Request) -> Caller:
        credential = self._credential(old.access_key_id, old.token)
        parts = (request.method, _path_style(request).raw_path, request.query)
        check_old_signature(old, credential.secret, parts, request.headers, self.now())
        self._check_token(old.token, credential)
        return credential.caller

    def _credential(self, access_key_id: str, token: str | None) -> Credential:
        credential = self.keyring.credential(access_key_id)
        # temporary keys are no keys at all without their token
        if credential is None or (credential.token is not None and token is None):
            raise AuthError("unknown_key", AWSAccessKeyId=access_key_id)
        return credential

    def _check_token(self, token: str | None, credential: Credential) -> None:
        if token is not None and not hmac.compare_digest(token.encode(), (credential.token or "").encode()):
            raise AuthError("bad_token")
        if credential.expires_at is not None and credential.expires_at <= self.now():
            raise AuthError("expired_token")

    def _unframe(self, request: Request, kind: str, signature: sigv4.Signature, secret: str) -> Request:
        framed = chunked.framing(kind, request.headers)
        spooled = tempfile.SpooledTemporaryFile(SPOOL_BYTES, dir=str(self.temp))  # noqa: SIM115 - read by the service
        target = cast(BinaryIO, spooled)
        try:
            trailer = chunked.decode(request.body, target, framed, signature, sigv4.signing_key(signature, secret))
            target.seek(0)
            return _unframed(request, target, framed, trailer)
        except BaseException:
            target.close()
            raise


def _is_part_of_a_page(headers: Mapping[str, str]) -> bool:
    """Whether a browser asks for something of a page's: an image, a script, a frame, a fetch.

    What is left is that somebody opens a presigned URL, by a link or from the address bar.
    """
    if not any(name.startswith("sec-fetch-") for name in headers):
        return False
    return (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) != ("navigate", "document")


def _payload(request: Request, signature: sigv4.Signature) -> tuple[str, str | None]:
    """What the signature covers in place of the body, and the body's hash (None where it may go unhashed).

    Only S3 reads x-amz-content-sha256; the other services hash what they got, whatever the header says.
    """
    if signature.service != "s3":
        return _hash(request.body), None
    payload = request.headers.get("x-amz-content-sha256", "")
    if signature.is_url and not payload:
        payload = request.arg("X-Amz-Content-Sha256", sigv4.UNSIGNED_PAYLOAD) or ""
    if payload in (sigv4.UNSIGNED_PAYLOAD, *chunked.KINDS):
        return payload, None
    if not payload:
        raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    if payload in _ECDSA_KINDS:
        raise AuthError("v4a")
    if not re.fullmatch(r"[0-9a-f]{64}", payload):
        raise AwsError(
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
            ArgumentName="x-amz-content-sha256",
            ArgumentValue=payload,
        )
    return payload, _hash(request.body)


def _unframed(request: Request, body: BinaryIO, framed: chunked.Framing, trailer: Mapping[str, str]) -> Request:
    """The request as it would be without the framing; the trailer's checksum joins its headers."""
    encodings = [e.strip() for e in request.headers.get("content-encoding", "").split(",")]
    kept = ",".join(e for e in encodings if e and e != "aws-chunked")
    headers = {k: v for k, v in request.headers.items() if k != "content-encoding"} | dict(trailer)
    headers |= {"content-length": str(framed.size_bytes)} | ({"content-encoding": kept} if kept else {})
    return replace(request, headers=headers, body=body)


def _refused_by_name(request: Request) -> AwsError | None:
    """AWS takes some requests without a signature: web identities' and uploads by a form. Here they have none."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return AwsError("NotImplemented", "Uploads by a form (POST) run on AWS but not on the local endpoint.", 501)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    action = dict(parse_qsl(request.body.read(_FORM_BYTES).decode("utf-8", "replace"))).get("Action", "")
    return unfederated(action) if action in FEDERATED else None


def _hoisted(request: Request) -> Request:
    """In a signed URL an argument `x-amz-acl=...` stands for the header of that name, as on S3."""
    signed = {name for name, _ in request.query} & {"X-Amz-Signature", "Signature"}
    found = {name.lower(): value for name, value in request.query if name.lower().startswith("x-amz-")}
    return replace(request, headers={**found, **request.headers}) if signed and found else request


def _path_style(request: Request) -> Request:
    """`bucket.localhost` as host means the bucket's path."""
    host = request.headers["host"].lower().rpartition(":")[0]
    if not host.endswith(".localhost"):
        return request
    bucket = host.removesuffix(".localhost")
    return replace(request, path=f"/{bucket}{request.path}", raw_path=f"/{bucket}{request.raw_path}")


def _request(environ: dict[str, Any]) -> Request:
    raw_path, _, raw_query = environ["REQUEST_URI"].partition("?")
    pairs = [part.partition("=") for part in raw_query.split("&") if part]
    return Request(
        method=environ["REQUEST_METHOD"],
        path=unquote(raw_path),
        raw_path=raw_path,
        query=tuple((unquote_plus(key), unquote_plus(value)) for key, _, value in pairs),
        headers=environ[HEADERS],
        body=environ["wsgi.input"],
    )


def _hash(body: BinaryIO) -> str:
    digest = hashlib.sha256()
    while block := body.read(BLOCK_BYTES):
        digest.update(block)
    body.seek(0)
    return digest.hexdigest()


def _send(
    reply: Reply, method: str, start_response: Callable[..., Any], wrapper: Callable[..., Iterable[bytes]] | None
) -> Iterable[bytes]:
    reason = http.client.responses.get(reply.status, "Unknown")
    headers = {name: str(value) for name, value in reply.headers.items()}
    if isinstance(reply.body, bytes):
        if not any(name.lower() == "content-length" for name in headers):
            headers["content-length"] = str(len(reply.body))
        start_response(f"{reply.status} {reason}", list(headers.items()))
        return [] if method == "HEAD" else [reply.body]
    start_response(f"{reply.status} {reason}", list(headers.items()))
    if wrapper is not None and isinstance(reply.body, FileBody):
        return wrapper(reply.body.stream, BLOCK_BYTES)  # sent while the sockets are waited for: no worker is held
    return reply.body
