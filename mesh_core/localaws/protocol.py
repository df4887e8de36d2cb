"""AWS's JSON protocols over botocore's own service models: which operation, is the input valid, how errors look.

Glue and Athena speak `json` (one path, the operation in X-Amz-Target), Lake Formation `rest-json` (one path an
operation). Timestamps travel as epoch seconds. Source: the service models that botocore ships.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate

from mesh_core.localaws.aws_error import AwsError
from mesh_core.localaws.caller import Caller
from mesh_core.localaws.constraints import refusal
from mesh_core.localaws.http import Reply, Request

# Glue and Lake Formation check their own, in their own words.
_CONSTRAINED = ("athena",)
Handler = Callable[[Caller, dict[str, Any]], dict[str, Any] | None]


class Json(str):
    """JSON text that stands in an answer as it is: a member of the answer, or an item of a list that is one."""


class JsonApi:
    """One service with its handlers, by operation name (`{"GetTable": handler}`).

    A handler gets the caller and the validated input, and returns the output's members (None for none). An operation of
    the service that has no handler is refused by name, with a status that clients do not retry.
    """

    def __init__(
        self, service: str, handlers: Mapping[str, Handler], authorize: Callable[[Caller, str, dict[str, Any]], None]
    ) -> None:
        document = botocore.loaders.Loader().load_service_model(service, "service-2")
        self._model = botocore.model.ServiceModel(document, service)
        self._service, self._handlers, self._authorize = service, dict(handlers), authorize
        self._rest = self._model.metadata["protocol"] == "rest-json"
        self._by_path = {
            self._model.operation_model(name).http["requestUri"]: name for name in self._model.operation_names
        }
        self._validator = botocore.validate.ParamValidator()
        unknown = set(handlers) - set(self._model.operation_names)
        if unknown:
            raise ValueError(f"{service} has no operation {sorted(unknown)}")

    def operations(self) -> frozenset[str]:
        """The names of the operations that have a handler."""
        return frozenset(self._handlers)

    def handle(self, request: Request, caller: Caller) -> Reply:
        """Answer one request; every AwsError becomes the error document of the service's protocol."""
        try:
            operation = self._operation(request)
            params = self._input(operation, request.body.read())
            self._authorize(caller, operation, params)
            return self._reply(200, self._handlers[operation](caller, params) or {})
        except AwsError as error:
            return self._error(error)

    def _operation(self, request: Request) -> str:
        if self._rest:
            name = self._by_path.get(request.path)
        else:
            prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
            name = name if prefix == self._model.metadata["targetPrefix"] else None
        if name not in self._model.operation_names:
            raise AwsError("UnknownOperationException", f"{self._service} has no operation {name or request.path}.")
        if name not in self._handlers:
            raise AwsError(
                "NotImplementedException", f"{self._service}:{name} runs on AWS but not on the local endpoint."
            )
        return name

    def _input(self, operation: str, body: bytes) -> dict[str, Any]:
        shape = self._model.operation_model(operation).input_shape
        try:
            text = body.decode() or "{}"
            document = json.loads(text, parse_constant=_no_constant)
            if "\\ud" in text.lower():
                json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair is no text
            params = {} if shape is None else _parse(document, shape)
        except (ValueError, RecursionError, OverflowError) as error:
            raise AwsError("SerializationException", f"The request's body is not JSON: {error}") from error
        if shape is None:
            return {}
        report = self._validator.validate(params, shape)
        if report.has_errors():
            raise AwsError(_validation_code(self._service), report.generate_report())
        if self._service in _CONSTRAINED and (broken := refusal(params, shape)) is not None:
            raise AwsError(_validation_code(self._service), broken)
        return params

    def _error(self, error: AwsError) -> Reply:
        document = {"__type": error.code, "Message": error.message, "message": error.message, **error.fields}
        reply = self._reply(error.status, document)
        return Reply(reply.status, {**reply.headers, "x-amzn-errortype": error.code}, reply.body)

    def _reply(self, status: int, document: dict[str, Any]) -> Reply:
        kind = "application/json" if self._rest else "application/x-amz-json-1.1"
        members = (f"{_text(name)}:{_member(value)}" for name, value in document.items())
        return Reply(status, {"content-type": kind}, f"{{{','.join(members)}}}".encode())


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    """A handler's answer without texts of JSON in it, for those who read it themselves."""

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [json.loads(item) if isinstance(item, Json) else item for item in value]
        return json.loads(value) if isinstance(value, Json) else value

    return {name: read(value) for name, value in answer.items()}


def _member(value: Any) -> str:
    if isinstance(value, Json):
        return value
    if isinstance(value, list) and any(isinstance(item, Json) for item in value):
        return f"[{','.join(item if isinstance(item, Json) else _text(item) for item in value)}]"
    return _text(value)


def _validation_code(service: str) -> str:
    return "InvalidRequestException" if service == "athena" else "InvalidInputException"


def _parse(value: Any, shape: Any) -> Any:
    """JSON as sent -> Python as botocore's validator and the handlers want it; unknown members are dropped."""
    if value is None:
        return None
    if shape.type_name == "structure" and isinstance(value, dict):
        return {k: _parse(value[k], s) for k, s in shape.members.items() if value.get(k) is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_parse(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {k: _parse(item, shape.value) for k, item in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    is_number = shape.type_name in ("integer", "long") and isinstance(value, int)
    if is_number and (isinstance(value, bool) or abs(value) >= 2**63):
        raise ValueError(f"{str(value)[:20]} is no number of 64 bits")
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    return value


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} can't be sent as JSON")


_text = json.JSONEncoder(default=_encode, separators=(",", ":")).encode
